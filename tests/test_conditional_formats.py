"""Conditional formats that may strike cells out or show other figures are refused by their range; all others change nothing."""

from __future__ import annotations

import re
import zipfile
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from helpers import commitment, covered_book, make_plan, measure, read_noted
from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule, DataBarRule, FormulaRule, IconSetRule, Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat

PLAN = make_plan(
    measure("beds", of="home") + measure("staff", "unit: 人", of="home"),
    commitment("beds", "each: home\nmeasure: beds\nat_least: 5 张\ndue: throughout"),
)
STRUCK = Font(strike=True)


def make_book() -> Workbook:
    """Return a workbook with a register of two homes, and a column that is not read."""
    book = covered_book()
    sheet = book.create_sheet("home")
    for row in (("名称", "beds", "staff", "上年床位"), ("甲院", 50, 10, 40), ("乙院", 60, 20, 50)):
        sheet.append(row)
    return book


read = partial(read_noted, PLAN)


def save(book: Workbook, folder: Path) -> Path:
    """Save a workbook."""
    book.save(folder / "s.xlsx")
    return folder / "s.xlsx"


RULES = {
    "cell-is": CellIsRule(operator="lessThan", formula=["55"], font=STRUCK), "formula": FormulaRule(formula=['$A2="甲院"'], font=STRUCK),
    "filled": FormulaRule(formula=["TRUE"], font=STRUCK, fill=PatternFill("solid", bgColor="FFFF0000")),
    "duplicates": Rule(type="duplicateValues", dxf=DifferentialStyle(font=STRUCK)),
}  # fmt: skip


@pytest.mark.parametrize("sort", RULES)
@pytest.mark.parametrize(
    ("area", "place"), [("B2:B3", "B2"), ("A1:C9", "A1"), ("A3:A3", "A3"), ("B1:B1", "B1"), ("C3:D9", "C3")]
)
def test_a_format_that_may_strike_out_is_refused_by_its_range(sort: str, area: str, place: str, tmp_path: Path) -> None:
    """Whatever its condition is, over figures, names and headings the range is one error, which names it."""
    book = make_book()
    book["home"].conditional_formatting.add(area, RULES[sort])
    facts, (problem,) = read(save(book, tmp_path))
    assert (None, "condition-strike", place) == (facts, problem.code, problem.location.cell)
    assert area.removesuffix(":A3").removesuffix(":B1") in problem.text("en")


@pytest.mark.parametrize("area", ["D2:D3", "B4:C9", "F1:H3"])
def test_a_format_over_nothing_that_is_read_says_nothing(area: str, tmp_path: Path) -> None:
    """Over empty cells, last year's figures and columns beside the table it changes no fact."""
    book = make_book()
    book["home"].conditional_formatting.add(area, RULES["formula"])
    assert (True, []) == (
        (found := read(save(book, tmp_path)))[0] is not None,
        [p for p in found[1] if p.severity == "error"],
    )


def test_the_cover_is_looked_at_too(tmp_path: Path) -> None:
    """A reporting unit that may be struck out is refused; two ranges of one sheet are one error."""
    book = make_book()
    book["封面"].conditional_formatting.add("B3", RULES["formula"])
    book["封面"].conditional_formatting.add("B2 A1:A3", RULES["cell-is"])
    _, (problem,) = read(save(book, tmp_path))
    assert ("condition-strike", "封面", "A1") == (problem.code, problem.location.sheet, problem.location.cell)
    assert all(area in problem.text("en") for area in ("B3", "B2", "A1:A3"))


@pytest.mark.parametrize(
    ("code", "is_refused"),
    [('0"万"', True), (";;;", True), ("0.0%", True), ("0,", True), ("0.00", False), ("#,##0", False)],
)
def test_a_format_that_shows_other_figures_is_refused(code: str, is_refused: bool, tmp_path: Path) -> None:
    """A cell is what it shows: a number format that writes a unit or hides figures on a condition cannot be passed over."""
    book = make_book()
    style = DifferentialStyle(numFmt=NumberFormat(numFmtId=190, formatCode=code))
    book["home"].conditional_formatting.add("B2:B3", Rule(type="expression", formula=["B2>55"], dxf=style))
    found = [(p.code, p.location.cell) for p in read(save(book, tmp_path))[1]]
    assert is_refused == (("condition-number", "B2") in found)


@pytest.mark.parametrize(
    ("own", "code", "value", "is_refused"),
    [
        ("0%", "0.0%", 0.5, False),  # as LibreOffice writes for a style made from the cell
        ("0.0%", "0.00", 0.5, False),
        ('0"万"', '0"万"', 50, False),
        ('0"万"', "0", 50, True),
        ('0"万"', '0"亿"', 50, True),
        ("0", "#", 50, False),
        ("0", "#", 0, True),
        ("0", "0;0", -5, True),
    ],
)
def test_what_a_condition_shows_is_compared_with_what_the_cell_shows(
    own: str, code: str, value: float, is_refused: bool, tmp_path: Path
) -> None:
    """A number format on a condition is refused where it shows the value of a cell otherwise than the cell does, only there."""
    book = make_book()
    book["home"]["B2"].value, book["home"]["B2"].number_format = value, own
    style = DifferentialStyle(numFmt=NumberFormat(numFmtId=190, formatCode=code))
    book["home"].conditional_formatting.add("B2:B2", Rule(type="expression", formula=["B2>55"], dxf=style))
    found = [(p.code, p.location.cell) for p in read(save(book, tmp_path))[1]]
    assert is_refused == (("condition-number", "B2") in found)


def test_a_format_that_strikes_out_and_has_a_number_format_is_refused_over_names(tmp_path: Path) -> None:
    """A number format beside the strike does not make it any less of one."""
    book = make_book()
    style = DifferentialStyle(font=STRUCK, numFmt=NumberFormat(numFmtId=190, formatCode="0%"))
    book["home"].conditional_formatting.add("A2:A3", Rule(type="expression", formula=["B2>55"], dxf=style))
    assert [("condition-strike", "A2")] == [(p.code, p.location.cell) for p in read(save(book, tmp_path))[1]]


def test_the_number_formats_of_conditions_are_not_those_of_cells(tmp_path: Path) -> None:
    """A number that a conditional format gives to its own format names no format of a cell, which may have the same number."""
    book = make_book()
    book["home"]["B2"].number_format = "0.0000"
    style = DifferentialStyle(numFmt=NumberFormat(numFmtId=164, formatCode='0"万"'))
    book["home"].conditional_formatting.add("F2:F3", Rule(type="expression", formula=["B2>55"], dxf=style))
    path = save(book, tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert [b'"164"'] * 2 == re.findall(rb'<numFmt numFmtId=("164")', archive.read("xl/styles.xml"))
    facts, _ = read(path)
    assert facts is not None
    (part,) = facts.sheets[0].of("home")
    assert Fraction(50) == part.facts(0)["beds"].value


@pytest.mark.parametrize("prefix", ["x14", "ext"])
def test_a_format_of_an_extension_is_looked_at(prefix: str, tmp_path: Path) -> None:
    """What Excel 2010 and later write beside the sheet, with the format in the rule itself, is the same."""
    path = save(make_book(), tmp_path)
    main, office = (
        "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main",
        "http://schemas.microsoft.com/office/excel/2006/main",
    )
    p = prefix
    extension = (
        f'<extLst><ext xmlns:{p}="{main}" uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}"><{p}:conditionalFormattings>'
        f'<{p}:conditionalFormatting xmlns:xm="{office}"><{p}:cfRule type="expression" priority="1" id="{{A}}"><xm:f>other!$A$1=1</xm:f>'
        f"<{p}:dxf><font><strike/></font></{p}:dxf></{p}:cfRule><xm:sqref>B2:B3 C3</xm:sqref></{p}:conditionalFormatting>"
        f"</{p}:conditionalFormattings></ext></extLst>"
    )
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "x.xlsx", "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(
                name, text.replace(b"</worksheet>", extension.encode() + b"</worksheet>") if "sheet2" in name else text
            )
    _, (problem,) = read(tmp_path / "x.xlsx")
    assert ("condition-strike", "B2", True) == (problem.code, problem.location.cell, "B2:B3, C3" in problem.text("en"))


def test_very_many_ranges_are_looked_at_as_one(tmp_path: Path) -> None:
    """A sheet with a format for each cell, as copying makes them, is refused at once with the range of all."""
    book = make_book()
    for row in range(2, 400):
        book["home"].conditional_formatting.add(
            f"B{row}", CellIsRule(operator="lessThan", formula=[str(row)], font=STRUCK)
        )
    _, (problem,) = read(save(book, tmp_path))
    assert ("condition-strike", "B2", True) == (problem.code, problem.location.cell, "B2:B399" in problem.text("en"))


@pytest.mark.parametrize("rule", [IconSetRule, DataBarRule])
@pytest.mark.parametrize("shows", [False, True])
def test_icons_and_bars_in_the_place_of_numbers_are_refused(rule: Any, shows: bool, tmp_path: Path) -> None:
    """A rule that shows an icon or a bar and not the number hides figures; one that shows both changes nothing."""
    book = make_book()
    kinds = {IconSetRule: ("3Arrows", "percent", [0, 33, 67]), DataBarRule: ("min", 0, "max", 0, "FF638EC6")}
    book["home"].conditional_formatting.add("B2:B3", rule(*kinds[rule], showValue=shows))
    found = [(problem.code, problem.location.cell) for problem in read(save(book, tmp_path))[1]]

    assert ([] if shows else [("condition-number", "B2")]) == found
