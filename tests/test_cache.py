"""Many sheets: read in several processes or from the cache, the result is that of reading them one by one."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao import Refused, check, load_plan, read_facts
from dabiao.base.limit_options import parse_limits
from dabiao.base.limits import use_limits
from dabiao.base.problems import Listing, Location, Problem, Term
from dabiao.cli import main
from dabiao.facts.columns import Columns, Remark
from dabiao.facts.layout import LIST, Words
from dabiao.facts.model import Fact, Facts, Sheet
from dabiao.facts.parallel import packed
from dabiao.facts.parallel import reading as many
from dabiao.facts.parallel.cache import Cache, find_user_cache
from dabiao.facts.parallel.reading import ReadOptions, use_read_options
from dabiao.facts.read_one import read_one
from dabiao.facts.rows import Row, Rows
from dabiao.rules.model import Plan
from dabiao.rules.shape import Text
from helpers import (
    ROOT,
    commitment,
    covered_book,
    make_plan,
    measure,
    own_facts,
    plan_text,
    sheet_text,
    subjects,
    verdicts,
)
from planted import file_of_all, file_of_another, link, open_to_all

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


def kept(folder: Path) -> ReadOptions:
    """Read with a cache in a folder."""
    return ReadOptions(cache=lambda: Cache(folder))


def volumes(folder: Path) -> list[Path]:
    """Return the files of a cache."""
    return sorted(folder.glob("*.sheets"))


def entries(folder: Path) -> list[str]:
    """Return the keys of the sheets in a cache, each once."""
    found = set()
    for volume in volumes(folder):
        data = volume.read_bytes()
        found |= {key for key, _, _ in json.loads(data[40 : 40 + int.from_bytes(data[32:40], "big")])}
    return sorted(found)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return a list of the sheets that are really parsed."""
    parsed: list[Path] = []

    def noting(path: Path, *rest: object) -> object:
        parsed.append(path)
        return read_one(path, *rest)  # type: ignore[arg-type]

    for module in ("cache", "reading"):
        monkeypatch.setattr(f"dabiao.facts.parallel.{module}.read_one", noting)
    return parsed


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
    running = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "DABIAO_CACHE": "off"},
    )  # fmt: skip
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
    """Sheets, cells and notes of workbooks are the same from another process, and from the cache."""
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
    for _ in range(2):
        assert alone == read(paths, shipped, kept(tmp_path / "c"))
    assert 20 == len(entries(tmp_path / "c"))


# ---------------------------------------------------------------- packing


def test_packing_knows_every_field() -> None:
    """A field added to facts, rows, sheets or places must be packed too, or the cache would lose it."""
    packed_classes = (Fact, Row, Rows, Sheet, Columns, Remark, Problem, Term, Listing, Text, Words)
    names = {cls: [f.name for f in dataclasses.fields(cls)] for cls in packed_classes}
    expected = {
        Fact: ["value", "location", "raw", "absent", "note", "confirmed", "evidence"],
        Row: ["kind", "name", "parent", "location", "facts", "nothing", "parent_location"],
        Sheet: ["file", "subject", "year", "location", "parts", "registers", "source", "synthetic", "percentages", "submitted",
                "register_remarks", "blanks", "tiers"],
        Rows: ["kind", "rows"],
        Columns: ["kind", "file", "name", "above", "values", "exact", "absent", "column", "lines", "changed", "remarks"],
        Remark: ["note", "confirmed", "evidence", "nothing"], Problem: ["code", "location", "details", "severity", "also"],
        Term: ["code", "details"], Listing: ["parts", "sort"], Text: ["zh", "en"], Words: ["code"],
    }  # fmt: skip
    assert expected == names
    assert ("file", "line", "column", "sheet", "cell") == Location._fields


def test_the_samples_are_packed_whole() -> None:
    """Every shipped sheet comes out of its packing as it went in."""
    for name in ("yanqing-2020", "tongzhou-2015", "example-2023"):
        path = ROOT / "facts" / "samples" / f"{name}.facts.yaml"
        (sheet,) = read_facts(path, load_plan(name.split("-")[0])).sheets
        assert (sheet, []) == packed.unpack(packed.pack(sheet, [], str(path)), str(path))


def test_parts_said_late_are_packed_whole() -> None:
    """A problem whose parts are terms, titles, lists and places comes out of its packing equal, and says the same."""
    title, step = Text("床位", "beds"), Text("三星", "three stars")
    parts = {
        "label": title, "expected": (title, step), "read": Listing((step, title, "x"), "clauses"),
        "found": Term("data.at-least", {"text": title}), "first": Location("s.csv", 3), "times": 2,
    }  # fmt: skip
    problem = Problem("footnote-mark", Location("s.csv", 4), {**parts, "measure": title, "mark": LIST["note"]})
    _, (unpacked,) = packed.unpack(packed.pack(None, [problem], "s.csv"), "t.csv")
    moved = {**problem.details, "first": Location("t.csv", 3)}
    assert Problem("footnote-mark", Location("t.csv", 4), moved) == unpacked
    assert "t.csv:4: “床位”的值“至少 床位”读作“三星；床位；x”，“备注”视为脚注标记" == unpacked.text("zh")


# ---------------------------------------------------------------- the cache


def test_an_unchanged_sheet_is_not_parsed_again(plan: Plan, tmp_path: Path, counted: list[Path]) -> None:
    """The second reading parses nothing and gives equal sheets."""
    paths = write(tmp_path / "s")
    first = read(paths, plan, kept(tmp_path / "c"))
    assert SHEETS == len(counted)
    assert SHEETS == len(entries(tmp_path / "c"))
    assert first == read(paths, plan, kept(tmp_path / "c"))
    assert SHEETS == len(counted)


def test_a_changed_sheet_is_parsed_again(plan: Plan, tmp_path: Path, counted: list[Path]) -> None:
    """One changed byte is enough, and only that sheet is parsed; its new figure is read."""
    paths = write(tmp_path / "s")
    read(paths, plan, kept(tmp_path / "c"))
    counted.clear()
    about = paths[3].stat()
    paths[3].write_text(paths[3].read_text("utf-8").replace("value: 3 张", "value: 9 张"), encoding="utf-8")
    os.utime(paths[3], ns=(about.st_atime_ns, about.st_mtime_ns))
    assert 9 == read(paths, plan, kept(tmp_path / "c")).sheets[3].fact("district", "区3", "beds").value
    assert [paths[3]] == counted


def test_places_are_those_of_the_present_name(plan: Plan, tmp_path: Path, counted: list[Path]) -> None:
    """A sheet that was moved comes from the cache with its places in the new file."""
    read(write(tmp_path / "s"), plan, kept(tmp_path / "c"))
    counted.clear()
    paths = write(tmp_path / "elsewhere")
    moved = read(paths, plan, kept(tmp_path / "c"))
    assert [] == counted
    assert moved == read(paths, plan)
    assert str(paths[0]) == own_facts(moved.sheets[0])["beds"].location.file


@pytest.mark.parametrize("what", ["plan", "limits", "code"])
def test_what_the_reading_depends_on_makes_another_key(
    what: str, plan: Plan, tmp_path: Path, counted: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another plan, other limits and another program read anew."""
    paths = write(tmp_path / "s")
    read(paths, plan, kept(tmp_path / "c"))
    counted.clear()
    if what == "plan":
        plan = make_plan(MEASURES.replace("beds 指标", "床位"), COMMITMENTS)
    if what == "code":
        monkeypatch.setattr("dabiao.facts.parallel.cache._hash_code", lambda: b"another")
    with use_limits(parse_limits(["text=19999"] if what == "limits" else [])):
        read(paths, plan, kept(tmp_path / "c"))
    assert SHEETS == len(counted)


def test_the_key_covers_every_module_that_reading_loads(tmp_path: Path) -> None:
    """Whatever of the program is loaded to read a sheet of each format is part of the key, and so are its tables of data."""
    from dabiao.facts.parallel.cache import code_files

    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "sheet.facts.yaml").write_text(
        sheet_text(registers="home: complete", name="表区"), encoding="utf-8"
    )
    (tmp_path / "f" / "home.csv").write_text("name,places\n甲院,5\n", encoding="utf-8")
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS), encoding="utf-8")
    (tmp_path / "s.xlsx").write_bytes(b"PK\x03\x04")
    script = (
        "import sys\nfrom dabiao.base.problems import Problems\nfrom dabiao.facts.read_one import read_one\n"
        "from dabiao.facts.vocabulary import Vocabulary\nfrom dabiao.rules.load import load_plan\nfrom pathlib import Path\n"
        "words = Vocabulary(load_plan(sys.argv[1] + '/demo.plan.yaml'))\n"
        "for name in ('f', 's.xlsx'): read_one(Path(sys.argv[1], name), words, Problems())\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('dabiao.') and m.__file__), sep='\\n')"
    )
    found = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    loaded = {Path(line).resolve() for line in found.stdout.splitlines()}
    covered = {file.resolve() for file in code_files()}
    assert {"register.py", "csv_table.py", "xlsx.py", "yaml_sheet.py"} <= {file.name for file in loaded}
    assert set() == loaded - covered
    assert {"units.json", "zh.json", "en.json"} <= {file.name for file in covered}


def test_sheets_with_mistakes_are_not_kept(plan: Plan, tmp_path: Path) -> None:
    """What was refused is parsed again, and refused again in the same words."""
    paths = write(tmp_path / "s", bad=(5,))
    said = []
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            read(paths, plan, kept(tmp_path / "c"))
        said.append(str(refused.value))
    assert said[0] == said[1]
    assert SHEETS - 1 == len(entries(tmp_path / "c"))


@pytest.mark.parametrize("how", ["cut", "bit", "index", "empty", "foreign", "long", "folder"])
def test_a_damaged_volume_is_ignored_and_written_anew(
    how: str, plan: Plan, tmp_path: Path, counted: list[Path]
) -> None:
    """Whatever becomes of a volume, the sheets are the right ones, and the next reading finds sound ones; the rest is used."""
    paths = write(tmp_path / "s")
    right = read(paths, plan, kept(tmp_path / "c"))
    (volume,) = volumes(tmp_path / "c")
    data = volume.read_bytes()
    if how == "folder":
        volume.unlink()
        volume.mkdir()
    else:
        foreign = json.dumps(
            [["a", "b"]] if how == "foreign" else [[key, 10**30, ""] for key in entries(tmp_path / "c")]
        ).encode()
        made = hashlib.sha256(foreign).digest() + len(foreign).to_bytes(8, "big") + foreign
        volume.write_bytes({
            "cut": data[:-5], "bit": data[:-9] + bytes([data[-9] ^ 1]) + data[-8:], "index": data[:50] + b"!" + data[51:],
            "empty": b"", "foreign": made, "long": made,
        }[how])  # fmt: skip
    counted.clear()
    assert right == read(paths, plan, kept(tmp_path / "c"))
    assert (1 if how in ("cut", "bit") else SHEETS) == len(counted)
    assert right == read(paths, plan, kept(tmp_path / "c"))
    assert (1 if how in ("cut", "bit") else SHEETS) == len(counted)


def test_notes_come_from_the_cache_too(plan: Plan, tmp_path: Path, counted: list[Path]) -> None:
    """A folder of tables with a note about its encoding has the same columns and the same note again."""
    paths = write(tmp_path / "s")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "sheet.facts.yaml").write_text(sheet_text(registers="home: complete", name="表区"), encoding="utf-8")
    (folder / "home.csv").write_bytes("name,places,note\n甲院,5,初步\n乙院,,\n".encode("gbk"))
    first, second = (read([*paths, folder], plan, kept(tmp_path / "c")) for _ in range(2))
    assert SHEETS + 1 == len(counted)
    assert ["reading.not-utf8"] == [note.code for note in first.notes]
    assert first.notes == second.notes
    assert subjects(first.sheets[-1]) == subjects(second.sheets[-1])
    assert verdicts(check(plan, first)) == verdicts(check(plan, second))


def test_several_writers_do_not_harm_each_other(plan: Plan, tmp_path: Path) -> None:
    """Readings at the same time, with one cache, give what each gives alone; nothing half-written is left."""
    paths = write(tmp_path / "s")
    right = read(paths, plan)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: read(paths, plan, kept(tmp_path / "c")), range(4)):
            assert right == found
    assert SHEETS == len(entries(tmp_path / "c"))
    assert [] == list((tmp_path / "c").glob("*.tmp"))


def test_the_volumes_not_used_for_longest_are_dropped(plan: Plan, tmp_path: Path) -> None:
    """The cache stays within its bounds; what was used last stays, and what is read from a volume is a use of it."""
    paths, cache = write(tmp_path / "s", count=64), tmp_path / "c"
    days = [paths[start : start + 16] for start in range(0, 64, 16)]
    made: list[Path] = []
    for day in days:
        read(day, plan, kept(cache))
        made += [volume for volume in volumes(cache) if volume not in made]
    for age, volume in enumerate(made):
        os.utime(volume, (time.time() - (9 - age) * 86_400,) * 2)
    read(days[0], plan, kept(cache))
    Cache(cache, most_volumes=2).trim()
    assert sorted((made[0], made[3])) == volumes(cache)
    Cache(cache, most_bytes=0).trim()
    assert [] == volumes(cache)


def test_a_cache_that_cannot_be_written_changes_nothing(plan: Plan, tmp_path: Path) -> None:
    """Where the folder of the cache is a file, sheets are read as without it."""
    paths = write(tmp_path / "s")
    (tmp_path / "c").write_text("no folder", encoding="utf-8")
    assert read(paths, plan) == read(paths, plan, kept(tmp_path / "c" / "sheets"))


def test_the_cache_may_be_moved_or_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`DABIAO_CACHE` names a folder or says off; the command keeps sheets there, and none for a single sheet."""
    monkeypatch.setenv("DABIAO_CACHE", "off")
    assert find_user_cache() is None
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS), "utf-8")
    paths = write(tmp_path / "s")
    for given, expected in ((paths[:1], 0), (paths, SHEETS)):
        environment = {"DABIAO_CACHE": str(tmp_path / "c")}
        arguments = ["check", str(tmp_path / "demo.plan.yaml"), *map(str, given)]
        assert CliRunner().invoke(main, arguments, env=environment).exit_code in (0, 1)
        assert expected == len(entries(tmp_path / "c" / "sheets"))


def test_progress_is_told_from_none_to_all(plan: Plan, tmp_path: Path) -> None:
    """Whoever asks is told how many sheets are read: from 0 to all of them, never fewer than before."""
    told: list[tuple[int, int]] = []
    read(write(tmp_path / "s"), plan, ReadOptions(progress=lambda done, total: told.append((done, total))))
    assert ((0, SHEETS), (SHEETS, SHEETS)) == (told[0], told[-1])
    assert sorted(told) == told
    assert len(told) > 2


# ---------------------------------------------------------------- others


def _pipe(folder: Path) -> None:
    for entry in volumes(folder):
        entry.unlink()
        os.mkfifo(entry)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes and owners of this kind")
@pytest.mark.parametrize("plant", [open_to_all, file_of_all, file_of_another, link, _pipe])
def test_what_others_may_have_written_is_not_believed(
    plant: Callable[[Path], None], plan: Plan, tmp_path: Path, counted: list[Path]
) -> None:
    """Entries are believed only where nobody else can write; nothing waits for a pipe in the place of one."""
    paths = write(tmp_path / "s")
    first = read(paths, plan, kept(tmp_path / "cache"))
    counted.clear()
    plant(tmp_path / "cache")

    assert first == read(paths, plan, kept(tmp_path / "cache"))
    assert SHEETS == len(counted)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes of this kind")
def test_the_cache_is_for_its_user_alone(plan: Plan, tmp_path: Path) -> None:
    """The folder of the cache and its volumes can be read by nobody else, whatever the umask is."""
    before = os.umask(0)
    try:
        read(write(tmp_path / "s"), plan, kept(tmp_path / "cache"))
    finally:
        os.umask(before)
    found = [tmp_path / "cache", *(tmp_path / "cache").rglob("*")]

    assert 2 == len(found)
    assert {0} == {path.stat().st_mode & 0o077 for path in found}
