"""What public reports of bugs in readers of workbooks, CSV and YAML tell of, where this reader passed something over, too."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from pathlib import Path

import pytest
from dabiao import read_facts
from dabiao.base.problems import Problem, Refused
from helpers import commitment, covered_book, make_plan, measure, sheet_text

PLAN = make_plan(
    measure("beds", of="home"), commitment("beds", "each: home\nmeasure: beds\nat_least: 5 张\ndue: throughout")
)


def refusal(path: Path) -> list[Problem]:
    """Return the errors of a sheet that is refused."""
    with pytest.raises(Refused) as refused:
        read_facts(path, PLAN)
    return [problem for problem in refused.value.problems if problem.severity == "error"]


def write_book(folder: Path, *rows: tuple[object, ...], **formats: str) -> Path:
    """Write a workbook with a register, and number formats of some of its cells."""
    book = covered_book()
    sheet = book.create_sheet("home")
    for row in (("名称", "beds"), *rows):
        sheet.append(row)
    for cell, code in formats.items():
        sheet[cell].number_format = code
    book.save(folder / "s.xlsx")
    return folder / "s.xlsx"


def edit(path: Path, part: str, pattern: str, new: str) -> Path:
    """Change the text of one part of a workbook."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as book:
        for name in old.namelist():
            text = old.read(name).decode()
            book.writestr(name, re.sub(pattern, new, text) if name == part else text)
    path.write_bytes(made.getvalue())
    return path


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (datetime.date(2025, 3, 1), 'm"月"d"日"'), (datetime.time(1, 30), "h:mm"), (0.5, "0%"), (8, "000"), (True, "General"),
        (45_717, "yyyy/m/d"), (5, '0"号院"'),
    ],
)  # fmt: skip
def test_a_name_that_a_spreadsheet_changed_is_refused(name: object, code: str, tmp_path: Path) -> None:
    """A cell of names with a date, a time, a percentage, TRUE, or zeros and words from its format holds another name than was typed."""
    (problem,) = refusal(write_book(tmp_path, (name, 5), ("乙院", 6), A2=code))
    assert ("name-converted", "A2") == (problem.code, problem.location.cell)


@pytest.mark.parametrize("form", ["csv", "yaml", "xlsx"])
@pytest.mark.parametrize(
    "name", ["3月1日", "1-Mar", "Mar-01", "2025/3/1", "2025-03-01", "2025年3月", "1.23E+11", "1E5", "1:30"]
)
def test_a_name_that_was_changed_before_it_was_saved_is_refused(name: str, form: str, tmp_path: Path) -> None:
    """3-1, SEPT1 and 1E5 come out of spreadsheet programs as dates and numbers, which name no subject in any format."""
    if form == "xlsx":
        path = write_book(tmp_path, (name, 5))
    elif form == "yaml":
        path = tmp_path / "a.facts.yaml"
        path.write_text(sheet_text(subjects=f"- {{kind: home, name: '{name}', facts: {{beds: 5 张}}}}"), "utf-8")
    else:
        path = tmp_path
        (path / "sheet.facts.yaml").write_text(sheet_text(), "utf-8")
        (path / "home.csv").write_text(f"名称,beds\n{name},5\n乙院,6\n", "utf-8")
    (problem,) = refusal(path)
    assert ("name-converted", name) == (problem.code, problem.details["found"])


@pytest.mark.parametrize("name", [8, "8", "3-1院", "1号院", "E5", "Mar", "2025", "八一院"])
def test_names_with_numbers_are_names(name: object, tmp_path: Path) -> None:
    """A number by itself or within a name is what was typed."""
    facts = read_facts(write_book(tmp_path, (name, 5)), PLAN)
    assert [str(name)] == [each for part in facts.sheets[0].of("home") for each in part.names()]


def test_two_sheets_of_one_name_are_refused(tmp_path: Path) -> None:
    """Which of two sheets of one name is meant, nobody can tell; no program writes them."""
    path = edit(write_book(tmp_path, ("甲院", 5)), "xl/workbook.xml", 'name="home"', 'name="封面"')
    (problem,) = refusal(path)
    assert ("workbook-unsound", True) == (problem.code, "there are two sheets named '封面'" in problem.text("en"))


def test_two_sets_of_rows_in_one_sheet_are_refused(tmp_path: Path) -> None:
    """Rows in a second set are shown by some programs only."""
    more = '</sheetData><sheetData><row r="9"><c r="B9"><v>1</v></c></row></sheetData>'
    (problem,) = refusal(edit(write_book(tmp_path, ("甲院", 5)), "xl/worksheets/sheet2.xml", "</sheetData>", more))
    assert ("workbook-unsound", "home") == (problem.code, problem.location.sheet)


def test_what_stands_behind_the_end_of_a_document_is_named(tmp_path: Path) -> None:
    """Text behind the end of a document is refused as that, in both languages."""
    (tmp_path / "a.facts.yaml").write_text(sheet_text() + "...\n附注\n", "utf-8")
    (problem,) = refusal(tmp_path / "a.facts.yaml")
    assert ("yaml-syntax", 5) == (problem.code, problem.location.line)
    assert ("文档已在上面结束" in problem.text("zh"), "the document has ended" in problem.text("en")) == (True, True)
