"""One cause is one error: a table without names of columns, a list written as a mapping, a fault that many cells have."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao import read_facts
from dabiao.base.problems import Problem, Refused
from dabiao.cli import main
from helpers import commitment, covered_book, make_plan, measure, plan_text, sheet_text

MEASURES = measure("total") + measure("beds", of="home") + measure("reserved", of="home")
COMMITMENT = commitment("beds", "each: home\nmeasure: beds\nat_least: 5 张\ndue: throughout")
PLAN = make_plan(MEASURES, COMMITMENT)
MANY = 1_200  # more than are kept of one file


def problems_of(*paths: Path) -> list[Problem]:
    """Return everything noted of sheets."""
    try:
        return list(read_facts(paths, PLAN).notes)
    except Refused as refused:
        return list(refused.problems)


def write_table(folder: Path, text: str, name: str = "home.csv") -> Path:
    """Write a CSV folder with one table."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sheet.facts.yaml").write_text(sheet_text(registers="home: complete"), "utf-8")
    (folder / name).write_text(text, "utf-8")
    return folder


def write_sheet(form: str, folder: Path, rows: list[list[object]]) -> Path:
    """Write a register with its headings as a CSV folder or as a workbook."""
    if form == "csv":
        lines = "".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows)
        return write_table(folder / "s", lines)
    book = covered_book()
    sheet = book.create_sheet("home")
    for row in rows:
        sheet.append(row)
    book.save(folder / "s.xlsx")
    return folder / "s.xlsx"


HEADLESS = {
    "甲院,11,3\n乙院,12,4\n": ("no-head-row", 1, "found 甲院, 11, 3"), "某区养老机构情况表,,\nname,beds,reserved\n甲院,11,3\n": ("no-head-row", 1, "name, beds"),
    "name beds reserved\n甲院 11 3\n": ("reading.delimiter", 1, "spaces"), "名称  床位\n甲院  11\n": ("reading.delimiter", 1, "spaces"),
    "机构,beds,reserved\n甲院,11,3\n": ("no-known-heading", 1, "'机构' is not a known one"),
}  # fmt: skip


@pytest.mark.parametrize("text", HEADLESS)
def test_a_table_without_its_headings_has_one_error(text: str, tmp_path: Path) -> None:
    """No row of headings, headings divided by spaces, and an unknown heading over the names: each is told once."""
    code, line, word = HEADLESS[text]
    (problem,) = problems_of(write_table(tmp_path / "s", text))
    assert (code, line, True) == (problem.code, problem.location.line, word in problem.text("en"))


@pytest.mark.parametrize(
    ("text", "code"), [("total,11\n", "no-head-row"), ("id value\ntotal 11\n", "reading.delimiter")]
)
def test_a_list_without_its_headings_has_one_error(text: str, code: str, tmp_path: Path) -> None:
    """A list of the root's figures is told once that it has no headings, too."""
    (problem,) = problems_of(write_table(tmp_path / "s", text, "district.csv"))
    assert (code, 1) == (problem.code, problem.location.line)


def test_a_misspelt_heading_does_not_hide_that_there_are_no_names(tmp_path: Path) -> None:
    """An unknown heading over figures is no column of names: it is told, and so is that these are missing."""
    found = problems_of(write_table(tmp_path / "s", "bedz,reserved\n11,3\n"))
    assert [("no-name-column", 0), ("unknown-measure", 1)] == [(p.code, p.location.column) for p in found]


def test_a_workbook_without_headings_has_one_error(tmp_path: Path) -> None:
    """A sheet that is named after a kind and has no headings is told, and not that there are no sheets as well."""
    (problem,) = problems_of(write_sheet("xlsx", tmp_path, [["甲院", 11, 3], ["乙院", 12, 4]]))
    assert ("no-headings", "home") == (problem.code, problem.location.sheet)


def test_a_data_set_without_headings_has_one_error(tmp_path: Path) -> None:
    """A table of a data set with no heading that is known is told so once, and not column by column."""
    head = "plan: demo\nregisters: {home: complete}\ndataset:\n- {kind: district, files: d.csv}\n- {kind: home, files: h.csv}\n"
    (tmp_path / "dataset.facts.yaml").write_text(head, "utf-8")
    (tmp_path / "d.csv").write_text("区,年度,total\n某区,2025,5\n", "utf-8")
    (tmp_path / "h.csv").write_text("某区,2025,甲院,5\n某区,2025,乙院,5\n", "utf-8")
    (problem,) = problems_of(tmp_path / "dataset.facts.yaml")
    assert ("no-head-row", "h.csv") == (problem.code, Path(problem.location.file).name)


@pytest.mark.parametrize(
    "subjects",
    [
        "  home: {name: 甲院, facts: {beds: 5 张}}",
        "  home:\n  - {name: 甲院}",
        "  甲院: {beds: 5 张}\n  乙院: {beds: 6 张}",
    ],
)
def test_a_mapping_for_a_list_has_one_error(subjects: str, tmp_path: Path) -> None:
    """Subjects under their kind or their names, where a list is asked for, are one error that shows what an item has."""
    (tmp_path / "a.facts.yaml").write_text(sheet_text() + f"subjects:\n{subjects}\n", "utf-8")
    (problem,) = problems_of(tmp_path / "a.facts.yaml")
    assert ("expected-list", 5, True) == (problem.code, problem.location.line, "kind, name" in problem.text("en"))


def test_a_misspelt_key_is_not_missing_as_well(tmp_path: Path) -> None:
    """A required key that is misspelt is told as that, and neither as missing nor by what depends on it."""
    (tmp_path / "a.facts.yaml").write_text(
        sheet_text(subjects="- {kin: home, name: 甲院}").replace("plan:", "paln:"), "utf-8"
    )
    found = problems_of(tmp_path / "a.facts.yaml")
    assert [("unknown-key", "plan"), ("unknown-key", "kind")] == [(p.code, p.details["nearest"]) for p in found]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_missing_names_are_one_error_with_their_rows(form: str, tmp_path: Path) -> None:
    """Several rows without a name are one error that names them all."""
    rows: list[list[object]] = [["name", "beds"], [None, 5], [None, 6], ["甲院", 7], [None, 8]]
    (problem,) = problems_of(write_sheet(form, tmp_path, rows))
    places = "lines 2–3, 5" if form == "csv" else "A2:A3, A5"
    assert ("no-name", 3) == (problem.code, len(problem.places))
    assert f"3 cells ({places}) are alike: the name is missing" in problem.text("en")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_several_cells_say_alike_is_one_error(form: str, tmp_path: Path) -> None:
    """The same fault with the same words in several cells of a column is told once; other words are told by themselves."""
    rows: list[list[object]] = [["name", "beds"], ["甲院", "x"], ["乙院", "5人"], ["丙院", "x"], ["丁院", "9"]]
    found = problems_of(write_sheet(form, tmp_path, rows))
    assert [("bad-fact", [2, 4]), ("fact-dimension", [3])] == [
        (p.code, [place.line or int(place.cell[1:]) for place in p.places]) for p in found
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_column_that_is_wrong_throughout_is_one_error_however_long(form: str, tmp_path: Path) -> None:
    """Past the number of problems that are listed a whole column is still one; one sound cell, and the rest is counted."""
    rows: list[list[object]] = [["name", "beds"], *([f"第{number}院", f"{number}人"] for number in range(1, MANY + 1))]
    (problem,) = problems_of(write_sheet(form, tmp_path, rows))
    assert ("fact-dimension", 1_000, True) == (
        problem.code,
        len(problem.places),
        f"all {MANY} cells" in problem.text("en"),
    )
    *listed, more = problems_of(write_sheet(form, tmp_path, [*rows, ["末院", 5]]))
    assert (1_000, "more-problems", MANY - 1_000) == (len(listed), more.code, more.details["found"])


def test_another_column_is_told_beside_one_that_is_wrong_throughout(tmp_path: Path) -> None:
    """A fault far down in another column is not lost among those of a column that is wrong from its first cell on."""
    rows: list[list[object]] = [["name", "beds", "reserved"]]
    rows += [[f"第{number}院", f"{number}人", "x" if number == MANY else 1] for number in range(1, MANY + 1)]
    found = problems_of(write_sheet("xlsx", tmp_path, rows))
    assert [("fact-dimension", "B2"), ("bad-fact", f"C{MANY + 1}")] == [(p.code, p.location.cell) for p in found]


def test_an_invisible_mark_in_a_name_is_one_error(tmp_path: Path) -> None:
    """A name that has an invisible mark, and so looks like another, is told the mark alone."""
    (problem,) = problems_of(write_table(tmp_path / "s", "name,beds\n甲院,5\n甲\u200b院,6\n"))
    assert ("hidden-mark", 3) == (problem.code, problem.location.line)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_cell_of_a_joined_error_is_marked(lang: str, tmp_path: Path) -> None:
    """The workbook that comes back has each of the cells marked that one error is of, the first one to go to."""
    from openpyxl import load_workbook

    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENT), "utf-8")
    rows: list[list[object]] = [
        ["name", "beds", "reserved"],
        *([f"第{number}院", f"{number}人", 1] for number in range(1, 8)),
    ]
    path = write_sheet("xlsx", tmp_path, [*rows, [None, None, 2], [None, None, 3]])
    asked = [
        "check",
        str(tmp_path / "demo.plan.yaml"),
        str(path),
        "-o",
        f"xlsx:{tmp_path / 'back.xlsx'}",
        "--lang",
        lang,
    ]
    assert 2 == CliRunner().invoke(main, asked).exit_code
    book = load_workbook(tmp_path / "back.xlsx")
    marked = [cell.coordinate for row in book["home"].iter_rows() for cell in row if cell.comment]
    assert [*(f"B{row}" for row in range(2, 9)), "A9", "A10"] == marked
    front = [row[1].value for row in book.worksheets[0].iter_rows(min_row=2)]
    assert ["home!A9", "home!B2"] == sorted(str(place) for place in front if place)
