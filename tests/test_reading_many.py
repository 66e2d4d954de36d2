"""Many sheets: read in several processes, the result is that of reading them one by one."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import polars as pl
import pytest
from dabiao import Refused, load_plan, read_facts
from dabiao.base.limit_options import parse_limits
from dabiao.base.limits import use_limits
from dabiao.base.problems import Listing, Location, Near, Problem, Term
from dabiao.facts.columns import Columns
from dabiao.facts.layout import LIST
from dabiao.facts.model import ABSENT, Fact, Facts, Sheet
from dabiao.facts.parallel import reading as many
from dabiao.facts.parallel import worker
from dabiao.facts.parallel.reading import ReadOptions, use_read_options
from dabiao.facts.read_one import ReadSheet, read_with_problems
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan
from dabiao.rules.shape import Text
from helpers import ROOT, commitment, covered_book, make_plan, measure, plan_text, sheet_text
from hypothesis import given
from hypothesis import strategies as st

MEASURES = measure("beds", "unit: 张") + measure("coverage", 'unit: "%"') + measure("places", "unit: 张", "home")
COMMITMENTS = commitment("beds", "measure: beds\nat_least: 10 张\ndue: every_year")
SHEETS = 70


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A small plan."""
    return make_plan(MEASURES, COMMITMENTS)


def write(folder: Path, count: int = SHEETS, bad: tuple[int, ...] = ()) -> list[Path]:
    """Write many sheets; the bad ones have two mistakes each."""
    folder.mkdir(exist_ok=True)
    paths = []
    for number in range(count):
        facts = f"beds: {{value: {number} 张, note: 初步, evidence: 附件}}\ncoverage: {number / 10:.1f} %"
        if number in bad:
            facts = "bedz: 5\ncoverage: 0.8"
        path = folder / f"d{number:03d}.facts.yaml"
        homes = "\n".join(f"- {{kind: home, name: 院{i}, facts: {{places: {i} 张}}}}" for i in range(3))
        path.write_text(sheet_text(facts, homes, name=f"区{number}"), encoding="utf-8")
        paths.append(path)
    return paths


def read(paths: list[Path] | Path, plan: Plan, way: ReadOptions | None = None) -> Facts:
    """Read sheets in some way."""
    with use_read_options(way or ReadOptions()):
        return read_facts(paths, plan)


# ---------------------------------------------------------------- processes


def test_several_processes_read_what_one_reads(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sheets, their order, their places and notes are the same, read by one process or by two."""
    monkeypatch.setattr(many, "_WORTH_PROCESSES", 0)
    paths = write(tmp_path / "s")
    alone = read(paths, plan)
    assert SHEETS == len(alone.sheets)
    assert alone == read(paths, plan, ReadOptions(processes=2))


def test_several_processes_find_the_same_mistakes(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every problem of every sheet is told in the same order, with the same place and the same words."""
    monkeypatch.setattr(many, "_WORTH_PROCESSES", 0)
    paths = [*write(tmp_path / "s", bad=(0, 33, 68, 69)), tmp_path / "gone.facts.yaml"]
    said = []
    for processes in (1, 3):
        with pytest.raises(Refused) as refused:
            read(paths, plan, ReadOptions(processes))
        said.append([problem.text("zh") for problem in refused.value.problems])
    assert 9 == len(said[0])
    assert said[0] == said[1]


def test_few_sheets_start_no_process(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sheets that are read sooner than a process is started are read by this one, however many it may start."""
    monkeypatch.setattr(worker, "make_pool", lambda processes: pytest.fail("a pool was made"))
    paths = write(tmp_path / "s")
    assert read(paths, plan) == read(paths, plan, ReadOptions(processes=8))


def test_limits_hold_in_every_process(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that is set refuses sheets wherever they are read."""
    monkeypatch.setattr(many, "_WORTH_PROCESSES", 0)
    paths = write(tmp_path / "s")
    with use_limits(parse_limits(["file=50"])), pytest.raises(Refused) as refused:
        read(paths, plan, ReadOptions(processes=2))
    assert SHEETS == len(refused.value.problems)
    assert {"over-limit"} == {problem.code for problem in refused.value.problems}


def test_a_killed_process_loses_nothing(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a helping process dies, its share is read here."""
    monkeypatch.setattr(many, "_WORTH_PROCESSES", 0)
    paths = write(tmp_path / "s")

    def kill(done: int, total: int) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    assert read(paths, plan) == read(paths, plan, ReadOptions(2, progress=kill))


def test_no_process_is_left_behind(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the sheets are read, or the reading is broken off, no process remains."""
    monkeypatch.setattr(many, "_WORTH_PROCESSES", 0)
    paths = write(tmp_path / "s")

    def stop(done: int, total: int) -> None:
        if done > 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(paths, plan, ReadOptions(2, progress=stop))
    assert [] == multiprocessing.active_children()
    read(paths, plan, ReadOptions(2))
    assert [] == multiprocessing.active_children()


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a process group are Unix")
def test_an_interrupted_command_leaves_no_process(tmp_path: Path) -> None:
    """A Ctrl-C ends the command and the processes that help it."""
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS), "utf-8")
    facts = "coverage: {value: 1 %, note: " + "初" * 15_000 + "}"
    for number in range(200):
        sheet = sheet_text(facts, name=f"区{number}")
        (tmp_path / f"d{number}.facts.yaml").write_text(sheet, encoding="utf-8")
    command = [sys.executable, "-m", "dabiao", "check", str(tmp_path / "demo.plan.yaml"), str(tmp_path)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(0.6)
    os.killpg(running.pid, signal.SIGINT)
    running.wait(timeout=20)
    for _ in range(100):  # the group is gone when its last process is
        try:
            os.killpg(running.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


def test_a_helping_process_does_not_wait_for_polars() -> None:
    """A process that reads YAML sheets imports neither Polars nor the engine."""
    script = "import sys, dabiao.facts.parallel.worker, dabiao.facts.read; print(sorted({'polars', 'durable', 'rich', 'click'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "[]" == found.stdout.strip()


def test_workbooks_are_read_alike_by_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sheets, cells and notes of workbooks are the same from another process."""
    monkeypatch.setattr(many, "_WORTH_PROCESSES", 0)
    shipped = load_plan("example")
    paths = []
    for number in range(20):
        paths.append(tmp_path / f"{number}.xlsx")
        book = covered_book("example", 2023, f"区{number}")
        table = book.create_sheet("区")
        table.append(("编号", "本年值", "备注"))
        name = next(m.id for m in shipped.reported(shipped.root.id).values() if m.unit.counts_wholes and not m.steps)
        table.append((name, f"{number}①", "初步"))
        book.save(paths[-1])
    alone = read(paths, shipped)
    assert alone.notes
    assert alone == read(paths, shipped, ReadOptions(processes=2))


@pytest.mark.parametrize("processes", [1, 2])
def test_progress_is_told_from_none_to_all(
    processes: int, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks is told how many sheets are read: from 0 to all of them, never fewer than before."""
    monkeypatch.setattr(many, "_WORTH_PROCESSES", 0)
    told: list[tuple[int, int]] = []
    read(write(tmp_path / "s"), plan, ReadOptions(processes, lambda done, total: told.append((done, total))))
    assert ((0, SHEETS), (SHEETS, SHEETS)) == (told[0], told[-1])
    assert sorted(told) == told
    assert len(told) > 2


# ---------------------------------------------------------------- what is sent


@pytest.fixture(scope="module")
def send() -> Iterator[Callable[[Path, Plan], ReadSheet]]:
    """Return how a sheet is read in another process, and comes back from it."""
    with worker.make_pool(1) as pool:

        def read_there(path: Path, plan: Plan) -> ReadSheet:
            (found,) = pool.submit(worker.read_sheets, worker.pack_settings(plan), [str(path)]).result()
            return found

        yield read_there


def lay_open(value: object) -> object:
    """Return a sheet as plain values that can be compared: Polars compares columns cell by cell."""
    if isinstance(value, pl.Series):
        return value.name, value.dtype, value.to_list()
    if isinstance(value, Columns):
        return {field.name: lay_open(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: lay_open(part) for key, part in value.items()}
    return value


def open_sheet(sheet: Sheet | None) -> tuple[object, list[object]]:
    """Return a sheet without its parts, and its parts laid open."""
    assert sheet
    return dataclasses.replace(sheet, parts=()), [lay_open(part) for part in sheet.parts]


HOMES = {
    "name": ["甲院", "乙院", "丙院"],
    "places": ["5", "12345678901234567891", "缺:迟报"],
    "note": ["初步", "", ""],
}


def as_tables(path: Path, write_table: Callable[[Path], object]) -> Path:
    """Write a folder of a head and one table."""
    path.mkdir()
    (path / "sheet.facts.yaml").write_text(sheet_text("beds: 5 张", registers="home: complete"), encoding="utf-8")
    write_table(path)
    return path


def as_yaml(path: Path) -> Path:
    """Write a sheet in YAML with all that a fact may have beside its value."""
    facts = "beds: {value: 1.0万 张, note: 初步, confirmed: 新建, evidence: 附件}\ncoverage: {absent: late, note: 市里尚未反馈}"
    rows = "- {kind: home, name: 甲院, facts: {places: 3 张}}\n- {kind: home, name: 乙院, nothing: 停业}"
    path.write_text(sheet_text(facts, rows, registers="home: complete") + "submitted: 2025-03-01\n", encoding="utf-8")
    return path


def as_book(path: Path) -> Path:
    """Write a workbook with an empty cell and a note."""
    book = covered_book()
    table = book.create_sheet("区")
    for row in (("编号", "本年值", "备注"), ("beds", "5①", "初步"), ("coverage", None, None)):
        table.append(row)
    book.save(path)
    return path


SHEETS_OF: dict[str, Callable[[Path], Path]] = {
    "yaml": lambda folder: as_yaml(folder / "s.facts.yaml"),
    "xlsx": lambda folder: as_book(folder / "s.xlsx"),
    "csv": lambda folder: as_tables(
        folder / "s", lambda at: (at / "home.csv").write_bytes(pl.DataFrame(HOMES).write_csv().encode("gbk"))
    ),
    "parquet": lambda folder: as_tables(
        folder / "s", lambda at: pl.DataFrame(HOMES).write_parquet(at / "home.parquet")
    ),
}

FACTS = [("district", "某区", "beds"), ("home", "甲院", "places"), ("home", "乙院", "places")]
VALUES = {
    "yaml": [10_000, 3, None], "xlsx": [5, None, None], "csv": [5, 5, 12345678901234567891],
    "parquet": [5, 5, 12345678901234567891],
}  # fmt: skip
NOTES = {"xlsx": ["footnote-mark"], "csv": ["reading.not-utf8"]}


@pytest.mark.parametrize("form", SHEETS_OF)
def test_a_sheet_of_any_form_arrives_as_it_was_read(
    form: str, plan: Plan, tmp_path: Path, send: Callable[[Path, Plan], ReadSheet]
) -> None:
    """Facts, columns with their exact figures, places, remarks and notes are the same behind another process."""
    path = SHEETS_OF[form](tmp_path)
    sheet, problems = read_with_problems(path, Vocabulary(plan))
    there, told = send(path, plan)

    assert (problems, open_sheet(sheet)) == (told, open_sheet(there))
    assert there and VALUES[form] == [fact and fact.value for fact in (there.fact(*about) for about in FACTS)]
    assert NOTES.get(form, []) == [problem.code for problem in told]


@pytest.mark.parametrize("name", ["yanqing-2020", "tongzhou-2015", "example-2023"])
def test_the_samples_arrive_as_they_were_read(name: str, send: Callable[[Path, Plan], ReadSheet]) -> None:
    """Every shipped sheet is the same behind another process."""
    path, plan = ROOT / "facts" / "samples" / f"{name}.facts.yaml", load_plan(name.split("-", maxsplit=1)[0])
    assert read_with_problems(path, Vocabulary(plan)) == send(path, plan)


ANY = st.text(st.characters())  # surrogates, too: a file may have any name
PLACES = st.builds(Location, ANY, st.integers(), st.integers(), ANY, ANY)


@given(st.builds(Fact, st.none() | st.fractions(), PLACES, ANY, st.none() | st.sampled_from(ABSENT), ANY, ANY, ANY))
def test_a_fact_is_pickled_whole(fact: Fact) -> None:
    """A fact comes out of its pickle equal, whatever its texts and numbers are, and so does its place."""
    found = pickle.loads(pickle.dumps(fact))
    assert (fact, type(fact.location)) == (found, type(found.location))


class Marked(Fact):
    """A fact of another class."""


def test_every_field_of_a_fact_is_pickled() -> None:
    """A field that is added to facts is pickled too, and a fact of another class stays of that class."""
    names = [field.name for field in dataclasses.fields(Fact)]
    fact = Marked(*names)  # type: ignore[arg-type]
    found = pickle.loads(pickle.dumps(fact))
    assert (Marked, names) == (type(found), [getattr(found, name) for name in names])


def test_problems_arrive_as_they_were_found() -> None:
    """A problem whose parts are terms, titles, lists and places comes out of its pickle equal, and says the same."""
    title, step = Text("床位", "beds"), Text("三星", "three stars")
    parts = {
        "label": title, "expected": (title, step), "read": Listing((step, title, "x"), "clauses"),
        "found": Term("data.at-least", {"text": title}), "times": 2, "measure": title, "mark": LIST["note"],
        "first": Near(Location("s.csv", 3), Location("s.csv", 4)),
    }  # fmt: skip
    problem = Problem(
        "footnote-mark", Location("s.csv", 4), parts, "warning", (Location("s.xlsx", sheet="区", cell="B2"),)
    )
    found = pickle.loads(pickle.dumps(problem))
    assert (problem, problem.places) == (found, found.places)
    assert "s.csv:4: 警告：“床位”的值“至少 床位”读作“三星；床位；x”，“备注”视为脚注标记" == found.text("zh")
