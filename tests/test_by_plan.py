"""Sheets of several plans: each names its own in every format, and whatever names none, or too many, is refused where it stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from dabiao import Refused
from dabiao.base.files import Upload, UploadedFolder
from dabiao.base.nodes import find_scalar
from dabiao.base.problems import Problem
from dabiao.engine.by_plan import OverviewRequest, ask_overview, sort_by_plan
from dabiao.engine.requests import CheckRequest
from dabiao.facts.naming import find_plan_name
from helpers import ROOT, commitment, measure, plan_text, sheet_text
from hypothesis import given
from hypothesis import strategies as st

SAMPLES = ROOT / "facts" / "samples"
MEASURES = measure("beds") + measure("staff", "unit: 人")
COMMITMENTS = commitment("many-beds", "measure: beds\nat_least: 500 张\ndue: every_year")


def write(path: Path, text: str) -> Path:
    """Write a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_plan(path: Path, name: str, title: str = "") -> Path:
    """Write a plan of some id and title."""
    text = plan_text(MEASURES, COMMITMENTS).replace("plan: demo", f"plan: {name}", 1)
    return write(path, text.replace("zh: 示例规划", f"zh: {title or name}", 1))


def write_sheet(path: Path, plan: str, name: str = "某区") -> Path:
    """Write a sheet that names a plan."""
    return write(path, sheet_text("beds: 480 张", year=2023, name=name).replace("plan: demo", f"plan: {plan}", 1))


def ask(*paths: Path, **more: Any) -> OverviewRequest:
    """Return a request."""
    return OverviewRequest(given=paths, **more)


def codes(problems: tuple[Problem, ...]) -> list[str]:
    """Return the codes of problems."""
    return [problem.code for problem in problems]


def write_book(path: Path, plan: str, sheet: str = "封面") -> Path:
    """Write a workbook that names a plan on a sheet."""
    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = sheet
    for row in (("规划", plan), ("年度", 2023), ("填报单位", "某区")):
        page.append(row)
    table = book.create_sheet("区")
    for row in (("编号", "本年值"), ("beds", 480)):
        table.append(row)
    book.save(path)
    return path


MAKERS: dict[str, Callable[[Path], Path]] = {
    "yaml": lambda folder: write_sheet(folder / "s.facts.yaml", "one"),
    "yml without the word": lambda folder: write_sheet(folder / "s.yml", "one"),
    "last key": lambda folder: write(
        folder / "s.facts.yaml", "facts: {beds: 1 张}\nsubject: 某区\nyear: 2023\nplan: one\n"
    ),
    "json": lambda folder: write(
        folder / "s.json", '{"facts": {"plan": "no"}, "year": 2023, "subject": "某区", "plan": "one"}'
    ),
    "no ending": lambda folder: write_sheet(folder / "sheet.txtx", "one"),
    "workbook by id": lambda folder: write_book(folder / "s.xlsx", "one"),
    "workbook by title": lambda folder: write_book(folder / "s.xlsx", "第一份规划"),
    "workbook without a cover": lambda folder: write_book(folder / "s.xlsx", "one", "说了什么"),
}


@pytest.mark.parametrize("sort", sorted(MAKERS))
def test_a_sheet_of_any_format_names_its_plan(sort: str, tmp_path: Path) -> None:
    """YAML, JSON and workbooks go to the plan they name, by its id or, in a workbook, by its title."""
    plan = write_plan(tmp_path / "p" / "one.plan.yaml", "one", "第一份规划")
    sheet = MAKERS[sort](tmp_path)
    found = sort_by_plan(ask(sheet, plan))

    assert () == found.problems
    assert [(str(plan), (sheet,))] == [(check.plan, check.sheets) for check in found.checks]


def test_a_csv_folder_names_its_plan_in_its_head(tmp_path: Path) -> None:
    """A folder that is one sheet goes to the plan of its head, on disk and uploaded, tables and all."""
    plan = write_plan(tmp_path / "one.plan.yaml", "one")
    head = write_sheet(tmp_path / "csv" / "sheet.facts.yaml", "one")
    write(tmp_path / "csv" / "home.csv", "name\n甲\n")
    uploads = UploadedFolder("up", (Upload("up/sheet.facts.yaml", head.read_bytes()), Upload("up/home.csv", b"name\n")))
    found = sort_by_plan(OverviewRequest(given=(tmp_path, uploads)))

    assert () == found.problems
    (check,) = found.checks
    assert (str(plan), (tmp_path / "csv", *uploads.files)) == (check.plan, check.sheets)


def test_every_sample_goes_to_its_plan() -> None:
    """The sheets that come with the program are sorted by the plans that come with it."""
    found = sort_by_plan(ask(SAMPLES))
    sheets = {str(check.plan): [Path(str(one)).name for one in check.sheets] for check in found.checks}

    assert () == found.problems
    assert {
        "chaoyang": ["chaoyang-2020.facts.yaml"],
        "daxing": ["daxing-2020.facts.yaml"],
        "example": ["example-2023.facts.yaml"],
        "tongzhou": ["tongzhou-2015.facts.yaml", "tongzhou-2020.facts.yaml", "tongzhou-2023"],
        "yanan": ["yanan-2020.facts.yaml"],
        "yanqing": ["yanqing-2020.facts.yaml", "yanqing-2023"],
    } == sheets


def test_everything_that_names_no_plan_is_told_in_one_run(tmp_path: Path) -> None:
    """A sheet without a plan, of an unknown plan, broken before its plan, or of no known format: each is refused by itself."""
    write(tmp_path / "a.facts.yaml", "subject: 某区\nyear: 2023\n")
    write(tmp_path / "b.facts.yaml", "plan: [yanqing]\nsubject: 某区\nyear: 2023\n")
    write_sheet(tmp_path / "c.facts.yaml", "yanqin")
    write(tmp_path / "d.facts.yaml", "subject: [\nplan: yanqing\n")
    write(tmp_path / "e.facts.yaml", "- plan: yanqing\n")
    write(tmp_path / "f.xls", "not a workbook")
    write_sheet(tmp_path / "good.facts.yaml", "yanqing")
    problems = sort_by_plan(ask(tmp_path)).problems

    assert ["auto.no-plan", "auto.no-plan", "auto.unknown-plan", "yaml-syntax", "auto.no-plan"] == codes(problems)[:5]
    assert list("abcde") == [Path(problem.location.file).name[0] for problem in problems][:5]
    (unknown,) = [problem for problem in problems if problem.code == "auto.unknown-plan"]
    assert (1, 7) == (unknown.location.line, unknown.location.column)
    assert "did you mean 'yanqing'?" in unknown.text("en")
    assert "没有名为“yanqin”的规划" in unknown.text("zh")


def test_a_file_that_is_no_sheet_is_refused_when_named(tmp_path: Path) -> None:
    """What is named on the command line is never passed over, whatever it is."""
    given = [write(tmp_path / name, "name\n甲\n") for name in ("home.csv", "notes.md")]
    problems = sort_by_plan(ask(*given, tmp_path / "gone.facts.yaml", tmp_path / "gone")).problems

    assert ["reading.alone", "unknown-format", "unreadable", "unreadable"] == codes(problems)


def test_a_plan_of_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    """Nobody who hands in sheets puts another text in the place of a plan: not by its id, not by its title, not by two files."""
    write_plan(tmp_path / "x" / "own.plan.yaml", "yanqing")
    write_sheet(tmp_path / "x" / "a.facts.yaml", "yanqing")
    write_sheet(tmp_path / "x" / "b.facts.yaml", "yanqing")
    write_plan(tmp_path / "y" / "one.plan.yaml", "same")
    write_plan(tmp_path / "y" / "two.plan.yaml", "same")
    write_sheet(tmp_path / "y" / "c.facts.yaml", "same")
    write_plan(tmp_path / "z" / "like.plan.yaml", "like", "示例区养老服务发展规划")
    write_plan(tmp_path / "z" / "alike.plan.yaml", "alike", "示例区养老服务发展规划")
    write_book(tmp_path / "z" / "d.xlsx", "示例区养老服务发展规划")
    found = sort_by_plan(ask(tmp_path))

    assert [] == list(found.checks)
    assert ["auto.two-plans"] * 3 == codes(found.problems)
    assert ("own.plan.yaml", "yanqing") == tuple(Path(str(f)).name for f in found.problems[0].details["files"])  # type: ignore[attr-defined]


def test_a_plan_that_no_sheet_names_is_told(tmp_path: Path) -> None:
    """A plan without sheets is a warning, one without an id is refused."""
    write_plan(tmp_path / "one.plan.yaml", "one")
    write_sheet(tmp_path / "s.facts.yaml", "example")
    assert [("auto.unused-plan", "warning")] == [(p.code, p.severity) for p in sort_by_plan(ask(tmp_path)).problems]

    write(tmp_path / "two.plan.yaml", "version: 1\n")
    assert "auto.no-plan-id" in codes(sort_by_plan(ask(tmp_path)).problems)


def test_an_empty_folder_is_no_clean_run(tmp_path: Path) -> None:
    """Where there is nothing to judge, that is said; also where there is only a plan, or tables without a head beside one."""
    assert ["no-sheets"] == codes(sort_by_plan(ask(tmp_path)).problems)

    write_plan(tmp_path / "one.plan.yaml", "one")
    assert ["auto.unused-plan", "no-sheets"] == codes(sort_by_plan(ask(tmp_path)).problems)

    write(tmp_path / "home.csv", "name\n甲\n")
    assert "no-sheet-head" in codes(sort_by_plan(ask(tmp_path)).problems)


def test_waivers_and_assignments_go_to_the_plan_they_name(tmp_path: Path) -> None:
    """Each file belongs to one plan; one of a plan that is not there, of none, or a second one is refused."""
    for name in ("one", "two"):
        write_plan(tmp_path / f"{name}.plan.yaml", name)
        write_sheet(tmp_path / f"{name}.facts.yaml", name)
    waivers = write(tmp_path / "w.yaml", "plan: two\nwaivers: []\n")
    assigned = write(tmp_path / "a.yaml", "assignments: one\nowners: [{all: true, office: 民政局}]\n")
    found = sort_by_plan(ask(tmp_path, waivers=(waivers,), assignments=(assigned,)))

    assert () == found.problems
    assert [("one", None, assigned), ("two", waivers, None)] == [
        (Path(str(check.plan)).name.partition(".")[0], check.waivers, check.assignments) for check in found.checks
    ]
    other = write(tmp_path / "o.yaml", "plan: tow\nwaivers: []\n")
    none = write(tmp_path / "n.yaml", "waivers: []\n")
    gone = tmp_path / "gone.yaml"
    problems = sort_by_plan(ask(tmp_path, waivers=(waivers, other, none, waivers, gone))).problems
    assert ["auto.plan-not-there", "auto.no-plan", "auto.second-file", "unreadable"] == codes(problems)
    assert "two" == problems[0].details["nearest"]


def test_what_is_asked_of_one_plan_is_refused(tmp_path: Path) -> None:
    """All options that are about one result are refused at once, by name."""
    with pytest.raises(Refused) as refused:
        ask_overview(
            CheckRequest(plan="auto", sheets=(tmp_path,), show_all=True, by="due", subject="x", since=(tmp_path,))
        )

    assert ["--all", "--by", "--subject", "--since"] == [problem.details["found"] for problem in refused.value.problems]


def test_a_request_lists_every_file_it_may_read(tmp_path: Path) -> None:
    """Sheets, the plans among them with their parts, waivers, and the plans that come with the program."""
    plan = write_plan(tmp_path / "one.plan.yaml", "one")
    plan.write_text(plan.read_text("utf-8") + "parts: [more.part.yaml]\n", encoding="utf-8")
    for name in ("more.part.yaml", "w.yaml", "a.yaml"):
        write(tmp_path / name, "x: 1\n")
    write_sheet(tmp_path / "s.facts.yaml", "one")
    request = ask(tmp_path, waivers=(tmp_path / "w.yaml",), assignments=(tmp_path / "a.yaml",))
    names = {path.name for path in request.inputs()}

    assert {"one.plan.yaml", "more.part.yaml", "s.facts.yaml", "w.yaml", "a.yaml", "yanqing.care.yaml"} <= names


KEYS = st.sampled_from(["plan", "year", "subject", "facts", "x"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(0, 99), st.text("ab 中:#'\"-", max_size=6))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)


@given(st.dictionaries(KEYS, VALUES), st.sampled_from(["block", "flow", "json"]))
def test_a_key_is_found_without_reading_the_rest(written: dict[str, Any], style: str) -> None:
    """Whatever stands around it, the text under a key of the whole file is that which a full reading finds."""
    if style == "json":
        text = json.dumps(written, ensure_ascii=False)
    else:
        text = yaml.safe_dump(written, allow_unicode=True, sort_keys=False, default_flow_style=style == "flow")
    found = find_scalar(Upload("x.yaml", text.encode()), "plan")
    value = written.get("plan")
    is_text = value is not None and not isinstance(value, list | dict) and value != ""

    assert (None if not is_text else str(value).lower() if isinstance(value, bool) else str(value)) == (
        None if found is None else found.scalar
    )


def test_what_is_no_mapping_names_nothing(tmp_path: Path) -> None:
    """A list, a bare text, an alias and a nested plan name no plan; a file of several documents is read to its first."""
    for text in ("- plan: x\n", "plan\n", "a: &p x\nplan: *p\n", "facts: {plan: x}\n", "? {plan: x}\n: plan\n"):
        path = write(tmp_path / "s.facts.yaml", text)
        with pytest.raises(Refused) as refused:
            find_plan_name(path)
        assert ["auto.no-plan"] == codes(refused.value.problems), text
    assert "one" == find_plan_name(write_sheet(tmp_path / "t.facts.yaml", "one"))[0]
