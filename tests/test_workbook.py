"""Workbooks: recognised by their sheets and headings, read with the place of every cell, or refused by name and place."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from click.testing import CliRunner
from dabiao import load_plan, read_facts
from dabiao.base.limits import Limits, use_limits
from dabiao.base.problems import Problem, Problems, Refused
from dabiao.cli import main
from dabiao.facts.formats.xlsx import read_grids, read_xlsx
from dabiao.facts.model import Sheet
from dabiao.facts.vocabulary import Vocabulary
from dabiao.facts.workbook.cells import number_text
from dabiao.facts.workbook.grid import Cell
from dabiao.rules.model import Plan
from helpers import HEAD, commitment, form_words, make_plan, measure, own_facts, plan_text, subjects
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

MEASURES = (
    measure("beds", "unit: 张") + measure("people", "unit: 万人") + measure("coverage", 'unit: "%"')
    + '- {id: per_head, title: {zh: 人均床位, en: beds per head}, unit: 张/人, formula: beds / people}\n'
    + measure("rehab", "yes_no: true", "town") + measure("stations", "unit: 个", "town")
    + measure("places", "unit: 张", "home") + measure("score", 'unit: "%"', "home") + measure("visits", "unit: 人次", "centre")
)  # fmt: skip
PLAN = make_plan(MEASURES, commitment("manual", "manual: true"))
COVER = [["规划", "demo"], ["规划版本", "1"], ["年度", 2025], ["报送单位", "某区"], ["报送日期", "2026年3月15日"], ["数据来源", "年报"], ["养老机构总数", 2], ["照料中心总数", "全部列出"]]  # fmt: skip
LIST = [["区级指标"], ["编号", "指标", "单位", "上年值", "本年值", "缺报原因", "异动确认（说明）", "佐证", "备注"],
        ["beds", "beds 指标", "张", 480, 500, None, "新开两家", "附件1", "复核"], ["people", "people 指标", "万人", 25, None, "迟报"],
        ["coverage", "coverage 指标", "%", 40, 47.5]]  # fmt: skip
TOWNS = [["name", "rehab", "stations", "last:stations", "reason"], ["名称", "rehab 指标", "stations 指标 [个]", "stations 指标（上年）", "缺报原因"],
         ["东镇", "是", 3, 2], ["西镇", "否", None, 4, "未统计"]]  # fmt: skip
HOMES = [
    ["养老机构情况表"],
    ["序号", "名称", "score 指标(%)", "places 指标"],
    [1, "甲院", 93.5, "120张"],
    [2, "乙院", 80, 60],
]
CENTRES = [["名称", "所属", "visits"], ["一站", "东镇", "1.2万人次"]]
Sheets = dict[str, list[list[Any]]]


def sheets() -> Sheets:
    """Return the sheets of a sound workbook."""
    tables = {"封面": COVER, "区": LIST, "乡镇": TOWNS, "养老机构": HOMES, "照料中心": CENTRES}
    return {name: [list(line) for line in lines] for name, lines in tables.items()}


def write(path: Path, made: Sheets, change: Callable[[Workbook], None] = lambda _: None) -> Path:
    """Write sheets into a workbook."""
    book = Workbook()
    book.remove(book.active)
    for name, lines in made.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    change(book)
    book.save(path)
    return path


def read(path: Path, plan: Plan = PLAN) -> tuple[list[Problem], Sheet | None]:
    """Read a workbook, with everything noted."""
    problems = Problems()
    try:
        sheet = read_xlsx(path, Vocabulary(plan), problems)
    except Refused as refused:
        return list(refused.problems), None
    return list(problems.found), sheet


def brief(noted: list[Problem]) -> list[tuple[str, str]]:
    """Return codes with their cells."""
    return [(p.code, f"{p.location.sheet}!{p.location.cell}" if p.location.cell else "") for p in noted]


def values(sheet: Sheet | None) -> dict[tuple[str, str], Fraction | str | None]:
    """Return every fact by subject and measure: its value, or why it is absent."""
    assert sheet is not None
    return {
        (who, name): fact.value if fact.absent is None else fact.absent
        for (_, who), own in subjects(sheet).items()
        for name, fact in own.items()
    }


VALUES = {
    ("某区", "beds"): Fraction(500), ("某区", "people"): "late", ("某区", "coverage"): Fraction("0.475"),
    ("东镇", "rehab"): Fraction(1), ("东镇", "stations"): Fraction(3), ("西镇", "rehab"): Fraction(0), ("西镇", "stations"): "not_collected",
    ("甲院", "score"): Fraction("0.935"), ("甲院", "places"): Fraction(120), ("乙院", "score"): Fraction("0.8"), ("乙院", "places"): Fraction(60),
    ("一站", "visits"): Fraction(12_000),
}  # fmt: skip


def test_a_workbook_is_read_with_the_place_of_every_cell(tmp_path: Path) -> None:
    """The cover, the list and the registers give the same facts as any sheet; last year's column is never one."""
    noted, sheet = read(write(tmp_path / "s.xlsx", sheets()))
    assert ([], VALUES) == (brief(noted), values(sheet))
    assert sheet is not None
    assert ("某区", 2025, "年报", date(2026, 3, 15)) == (sheet.subject, sheet.year, sheet.source, sheet.submitted)
    assert {"home": 2, "centre": None} == sheet.registers
    beds = own_facts(sheet)["beds"]
    assert ("区", "E3", "500", "复核", "新开两家", "附件1") == (
        beds.location.sheet,
        beds.location.cell,
        beds.raw,
        beds.note,
        beds.confirmed,
        beds.evidence,
    )
    assert f"{tmp_path / 's.xlsx'}[区]!E3" == str(beds.location)
    assert {"一站": "东镇", "甲院": None} == {
        name: sheet.parent(kind, name) for kind, name in subjects(sheet) if name in ("一站", "甲院")
    }


def changed(name: str, row: int, column: int, value: Any) -> Callable[[Workbook], None]:
    """Set one cell, counted from 1."""

    def change(book: Workbook) -> None:
        book[name].cell(row, column).value = value

    return change


def merge(name: str, cells: str) -> Callable[[Workbook], None]:
    """Merge cells."""
    return lambda book: book[name].merge_cells(cells)


def both(*changes: Callable[[Workbook], None]) -> Callable[[Workbook], None]:
    """Make several changes."""

    def change_all(book: Workbook) -> None:
        for change in changes:
            change(book)

    return change_all


def hide(book: Workbook) -> None:
    """Hide a row and a column with figures."""
    book["养老机构"].row_dimensions[4].hidden = True
    book["乡镇"].column_dimensions["C"].hidden = True


def hide_sheet(book: Workbook) -> None:
    """Hide a register, and add a hidden sheet of no plan."""
    book["乡镇"].sheet_state = "hidden"
    book.create_sheet("参数").sheet_state = "hidden"
    book["参数"].append(["内部", "代码"])


def extra(name: str, *lines: list[Any]) -> Callable[[Workbook], None]:
    """Add rows at the end of a sheet."""

    def append(book: Workbook) -> None:
        for line in lines:
            book[name].append(line)

    return append


WARNED = {
    "renamed": (changed("区", 3, 2, "养老床位数"), [("label-renamed", "区!B3")]), "version": (changed("封面", 2, 2, "2"), [("other-version", "封面!B2")]),
    "hidden": (hide, [("hidden-figures", "乡镇!C3"), ("hidden-figures", "养老机构!C4")]), "hidden sheet": (hide_sheet, [("hidden-sheet", "乡镇!A1")]),
    "remark": (extra("养老机构", [None, "注：不含在建机构"], [None, "填表人：张三"]), [("ignored-row", "养老机构!B5"), ("ignored-row", "养老机构!B6")]),
    "column": (both(changed("养老机构", 2, 5, "联系人"), changed("养老机构", 3, 5, "王芳")), [("ignored-column", "养老机构!E2")]),
    "sheet": (both(lambda b: b.create_sheet("草稿"), changed("草稿", 2, 2, 7)), [("ignored-sheet", "草稿!B2")]),
    "plan": (changed("封面", 1, 2, None), [("no-plan-stamp", "")]), "label": (changed("封面", 6, 1, "数据来原"), [("cover-label", "封面!A6")]),
    "empty column": (changed("养老机构", 2, 5, "placees"), []), "title row": (merge("养老机构", "A1:D1"), []), "section": (both(extra("区", ["一、其他"]), merge("区", "A6:I6")), []),
    "last year": (changed("区", 3, 4, 9999), []), "derived": (extra("区", ["per_head", "人均床位", "张/人", None, None]), []), "year": (changed("封面", 3, 2, "２０２５年度"), []),
    "by title": (both(changed("区", 3, 1, None), changed("区", 3, 2, "beds\n指标①")), []), "date": (changed("封面", 5, 2, datetime(2026, 3, 15)), []),
    "name": (changed("养老机构", 3, 2, " 甲\n院 "), []), "in one cell": (both(changed("封面", 4, 1, "报送单位：某区"), changed("封面", 4, 2, None)), []),
    "blank row": (extra("养老机构", [3, None, None, None]), []),
}  # fmt: skip


@pytest.mark.parametrize("name", WARNED)
def test_what_is_odd_but_certain_is_read_with_a_warning(name: str, tmp_path: Path) -> None:
    """Renamed titles, hidden figures, remarks and idle columns change no value; what was passed over is said."""
    change, expected = WARNED[name]
    noted, sheet = read(write(tmp_path / "s.xlsx", sheets(), change))
    assert (expected, VALUES) == (brief(noted), values(sheet))
    assert {"warning"} >= {p.severity for p in noted}


REFUSED = {
    "contradicts": (changed("区", 3, 2, "people 指标"), ("label-contradicts", "区!B3")), "value in title": (changed("区", 3, 2, "500张"), ("value-in-title", "区!B3")),
    "number in title": (changed("乡镇", 2, 3, 7), ("value-in-title", "乡镇!C2")), "heading contradicts": (changed("乡镇", 2, 3, "rehab 指标"), ("label-contradicts", "乡镇!C2")),
    "unknown row": (extra("区", ["bedz", None, None, None, 5]), ("unknown-measure", "区!A6")), "no label": (extra("区", [None, None, None, None, 5]), ("figure-without-label", "区!E6")),
    "derived": (extra("区", ["per_head", None, None, None, 5]), ("derived-fact", "区!E6")), "twice": (extra("区", ["beds", None, None, None, 5]), ("duplicate-line", "区!E6")),
    "total of list": (extra("区", [None, "合计", None, None, 500]), ("totals-row", "区!B6")), "reason": (changed("区", 4, 6, "不知道"), ("unknown-reason", "区!F4")),
    "both": (changed("区", 3, 6, "迟报"), ("value-and-reason", "区!E3")), "unit": (changed("区", 3, 3, "床位"), ("unknown-unit", "区!C3")), "unit kind": (changed("区", 3, 3, "人"), ("fact-dimension", "区!E3")),
    "percent": (changed("区", 5, 3, None), ("bare-fact", "区!E5")), "stray": (changed("区", 3, 12, 7), ("stray-figure", "区!L3")),
    "merged rows": (merge("区", "E3:E4"), ("merged-entry", "区!E3")), "merged measures": (merge("养老机构", "C3:D3"), ("merged-entry", "养老机构!C3")),
    "merged subjects": (merge("养老机构", "C3:C4"), ("merged-entry", "养老机构!C3")), "merged names": (merge("养老机构", "B3:B4"), ("merged-entry", "养老机构!B3")),
    "unknown column": (both(changed("养老机构", 2, 5, "placees"), changed("养老机构", 3, 5, 7)), ("unknown-column", "养老机构!E2")),
    "misnamed column": (changed("养老机构", 2, 3, "scroe"), ("unknown-column", "养老机构!C2")), "old id": (changed("乡镇", 1, 3, "old_stations"), ("unknown-measure", "乡镇!C1")),
    "same column": (both(changed("养老机构", 2, 5, "places"), changed("养老机构", 3, 5, 7)), ("duplicate-column", "养老机构!E2")),
    "total": (extra("养老机构", [None, "合计", 85, 180]), ("totals-row", "养老机构!B5")), "subtotal": (extra("养老机构", [None, "其中：公办", 85, 180]), ("totals-row", "养老机构!B5")),
    "total elsewhere": (extra("养老机构", ["总计", None, 85, 180]), ("totals-row", "养老机构!B5")), "english total": (extra("养老机构", [None, "Total", 85, 180]), ("totals-row", "养老机构!B5")),
    "remark with figure": (extra("养老机构", [None, "注：公办", None, 180]), ("totals-row", "养老机构!B5")), "no name": (changed("养老机构", 3, 2, None), ("no-name", "养老机构!B3")),
    "no parent": (changed("照料中心", 2, 2, None), ("no-parent", "照料中心!B2")), "no parents": (changed("照料中心", 1, 2, "备注"), ("no-parent-column", "照料中心!A1")),
    "no headings": (changed("养老机构", 2, 2, "院"), ("no-headings", "养老机构!A1")), "other plan": (changed("封面", 1, 2, "yanqing"), ("other-plan", "封面!B1")),
    "year outside": (changed("封面", 3, 2, 1999), ("year-outside", "封面!B3")), "no year": (changed("封面", 3, 2, "去年"), ("cover-value", "封面!B3")), "no subject": (changed("封面", 4, 2, None), ("cover-missing", "")),
    "template": (extra("封面", ["表式版本", "0"]), ("other-template", "封面!B9")), "day": (changed("封面", 5, 2, "三月"), ("cover-value", "封面!B5")), "size": (changed("封面", 7, 2, "若干"), ("cover-value", "封面!B7")),
    "two years": (extra("封面", ["年度", 2024]), ("cover-twice", "封面!B9")), "formula": (changed("封面", 7, 2, "=1+1"), ("uncomputed-formula", "封面!B7")), "name error": (changed("养老机构", 3, 2, "#REF!"), ("error-cell", "养老机构!B3")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_certain_is_refused_by_cell(name: str, tmp_path: Path) -> None:
    """Contradictions, totals, merged entries, stray or unlabelled figures and a wrong stamp are errors at their cell."""
    change, expected = REFUSED[name]
    noted, _ = read(write(tmp_path / "s.xlsx", sheets(), change))
    assert expected in brief([p for p in noted if p.severity == "error"])
    for lang in ("zh", "en"):
        assert all(p.text(lang) for p in noted)


def test_everything_wrong_is_told_in_one_run(tmp_path: Path) -> None:
    """Five mistakes on four sheets are five problems, through the command too, with exit code 2 and no traceback."""
    cells = {"区!E3": "—", "乡镇!B3": "也许", "养老机构!C3": "0.8.1", "照料中心!C2": "/", "封面!B7": "若干"}

    def change(book: Workbook) -> None:
        for place, value in cells.items():
            name, cell = place.split("!")
            book[name][cell] = value

    path = write(tmp_path / "s.xlsx", sheets(), change)
    noted, _ = read(path)
    assert set(cells) == {place for _, place in brief(noted)}
    plan = tmp_path / "demo.plan.yaml"
    plan.write_text(plan_text(MEASURES, commitment("manual", "manual: true")), encoding="utf-8")
    found = CliRunner().invoke(main, ["check", str(plan), str(path)])
    assert 2 == found.exit_code
    assert all(f"[{place.replace('!', ']!')}" in found.stderr for place in cells)


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    """A list and a register with their columns turned round give the same facts."""
    made = sheets()
    made["养老机构"] = [line[::-1] for line in HOMES[1:]]
    made["区"] = [[*line, *[None] * (9 - len(line))][::-1] for line in LIST[1:]]
    noted, sheet = read(write(tmp_path / "s.xlsx", made))
    assert ([], VALUES) == (brief(noted), values(sheet))


def test_sheets_need_no_names_of_the_template(tmp_path: Path) -> None:
    """A clerk's own workbook is recognised by labels above a table and by the headings of its columns."""
    made = {
        "Sheet1": [["年度", 2025, "填报单位：", "某区"], ["指标", "单位", "本年值"], ["beds 指标", "张", 500], ["people 指标", "万人", "缺:迟报"], ["coverage 指标", None, "47.5%"]],
        "Sheet2": [["机构名称", "places 指标（张）", "score 指标"], ["甲院", 120, "93.5%"], ["乙院", 60, "80%"]],
    }  # fmt: skip
    noted, sheet = read(write(tmp_path / "s.xlsx", made))
    assert [("no-plan-stamp", "")] == brief(noted)
    assert {k: v for k, v in VALUES.items() if k[0] in ("某区", "甲院", "乙院")} == values(sheet)


def test_a_total_that_is_a_subject_is_one(tmp_path: Path) -> None:
    """Where the register names 其中镇, a row of that name is data."""
    named = make_plan(
        MEASURES, commitment("manual", "manual: true"), head=HEAD.replace("register: 3", "register: [其中镇, 西镇]")
    )
    _, sheet = read(write(tmp_path / "s.xlsx", sheets(), changed("乡镇", 3, 1, "其中镇")), named)
    assert Fraction(3) == values(sheet)["其中镇", "stations"]


def test_the_same_name_twice_is_refused_at_its_cell(tmp_path: Path) -> None:
    """A subject with two rows is refused where it stands the second time."""
    path = write(tmp_path / "s.xlsx", sheets(), changed("养老机构", 4, 2, "甲院"))
    with pytest.raises(Refused) as refused:
        read_facts(path, PLAN)
    assert ("duplicate-subject", "养老机构!B4") in brief(list(refused.value.problems))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_template_is_read_back(lang: str, tmp_path: Path) -> None:
    """An empty template has its subjects and no facts; nothing in it is taken for a figure."""
    path = tmp_path / "t.xlsx"
    made = CliRunner().invoke(
        main,
        form_words(path, "示例区", lang),
    )
    assert 0 == made.exit_code, made.output
    noted, sheet = read(path, load_plan("example"))
    assert ([], {}) == (brief(noted), values(sheet))
    assert sheet is not None
    assert ("示例区", 2023, 5) == (sheet.subject, sheet.year, len(sheet.names("town")))


SPANS: dict[str, tuple[list[Any], str, str]] = {  # a row below the headings, what is merged, and what is said of it
    "no number": (["公办机构"], "A3:D3", "ignored-row"), "chapter": (["一、公办机构（12家）"], "A3:D3", "ignored-row"), "from the names on": ([None, "公办机构"], "B3:D3", "ignored-row"),
    "a figure": (["公办机构 12 家"], "A3:D3", "merged-entry"), "total": (["合计"], "A3:D3", "merged-entry"), "not over all": ([None, "公办机构"], "B3:C3", "merged-entry"),
    "known": (["甲镇"], "A3:D3", "merged-entry"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPANS)
def test_a_sub_heading_may_be_merged_over_the_table(name: str, tmp_path: Path) -> None:
    """A text that is merged over all columns and holds no figure is a sub-heading, with or without a number in front."""
    row, area, code = SPANS[name]
    head = HEAD.replace("register: reported", "register: [甲镇, 甲院, 乙院]", 1)
    plan = make_plan(MEASURES, commitment("manual", "manual: true"), head=head)
    book = sheets()
    book["养老机构"].insert(2, row)
    noted, sheet = read(write(tmp_path / "s.xlsx", book, merge("养老机构", area)), plan)
    assert [code] == [p.code for p in noted if p.severity == "error" or p.code == "ignored-row"]
    if code == "ignored-row":
        assert sheet is not None
        assert ["甲院", "乙院"] == sheet.names("home")


def test_a_merged_entry_is_found_behind_many_sub_headings(tmp_path: Path) -> None:
    """However many rows are merged over the table, figures that are merged are refused."""
    book = sheets()
    book["养老机构"][2:2] = [["公办机构"]] * 150
    change = both(*(merge("养老机构", f"A{row}:D{row}") for row in range(3, 153)), merge("养老机构", "C153:C154"))
    noted, _ = read(write(tmp_path / "s.xlsx", book, change))
    assert [("merged-entry", "养老机构!C153")] == brief([p for p in noted if p.severity == "error"])


# ---------------------------------------------------------------- files


def part(path: Path, name: str, edit: Callable[[bytes], bytes]) -> Path:
    """Change one part of a workbook in place."""
    with zipfile.ZipFile(path) as source:
        parts = {each: source.read(each) for each in source.namelist()}
    assert edit(parts[name]) != parts[name]
    parts[name] = edit(parts[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for each, data in parts.items():
            made.writestr(each, data)
    return path


SHEET = "xl/worksheets/sheet2.xml"
PARTS: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "doctype": (SHEET, lambda d: b'<!DOCTYPE x [<!ENTITY a "1">]>' + d, "xml-entity"), "cut": (SHEET, lambda d: d[: len(d) // 2], "archive-damaged"),
    "empty": (SHEET, lambda _: b"", "archive-damaged"), "deep": (SHEET, lambda d: d.replace(b"<sheetData>", b"<sheetData>" + b"<a>" * 5000), "archive-damaged"),
    "column": (SHEET, lambda d: d.replace(b'r="E3"', b'r="ZZZZ3"'), "workbook-unsound"), "row": (SHEET, lambda d: d.replace(b'r="E3"', b'r="E4"'), "workbook-unsound"),
    "twice": (SHEET, lambda d: d.replace(b'r="E3"', b'r="D3"'), "workbook-unsound"), "number": (SHEET, lambda d: d.replace(b"<v>500</v>", b"<v>5oo</v>"), "bad-fact"),
    "nan": (SHEET, lambda d: d.replace(b"<v>500</v>", b"<v>nan</v>"), "bad-fact"), "infinite": (SHEET, lambda d: d.replace(b"<v>500</v>", b"<v>1e400</v>"), "bad-fact"),
    "two values": (SHEET, lambda d: d.replace(b"<v>500</v>", b"<v>50</v><v>500</v>"), "workbook-unsound"),
    "no style": (SHEET, lambda d: re.sub(rb'(<c r="D3")( s="\d+")?', rb'\1 s="99"', d), "workbook-unsound"),
    "lost": ("xl/_rels/workbook.xml.rels", lambda d: re.sub(rb'Id="rId2"', b'Id="rId77"', d), "sheet-lost"),
    "no book": ("xl/_rels/workbook.xml.rels", lambda d: d.replace(b"worksheets/sheet2.xml", b"worksheets/none.xml"), "archive-damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_a_damaged_part_is_refused_by_name(name: str, tmp_path: Path) -> None:
    """Entities, cut-off XML, impossible cells and numbers that are none never end in a traceback or in a value."""
    location, edit, code = PARTS[name]
    noted, _ = read(part(write(tmp_path / "s.xlsx", sheets()), location, edit))
    assert [code] == [p.code for p in noted]


UNSOUND: dict[str, tuple[str, Callable[[bytes], bytes], str, str]] = {  # what is changed, the cell, and what is said
    "twice": (SHEET, lambda d: d.replace(b'r="E3"', b'r="D3"'), "D3", "此单元格出现两次"),
    "small letters": (SHEET, lambda d: d.replace(b'r="E3"', b'r="e3"'), "A3", "“e3”不是这一行单元格的位置"),
    "dollars": (SHEET, lambda d: d.replace(b'r="E3"', b'r="$E$3"'), "A3", "“$E$3”不是这一行单元格的位置"),
    "other row": (SHEET, lambda d: d.replace(b'r="E3"', b'r="E4"'), "A3", "“E4”不是这一行单元格的位置"),
    "row 0": (SHEET, lambda d: d.replace(b'<row r="3"', b'<row r="0"'), "", "“0”不是行号"),
    "row 1e9": (SHEET, lambda d: d.replace(b'<row r="3"', b'<row r="1e9"'), "", "“1e9”不是行号"),
    "row twice": (SHEET, lambda d: d.replace(b'<row r="3"', b'<row r="2"'), "A2", "第 2 行出现两次"),
    "two values": (SHEET, lambda d: d.replace(b"<v>500</v>", b"<v>50</v><v>500</v>"), "E3", "此单元格有两个值"),
    "two sorts of value": (SHEET, lambda d: d.replace(b"<v>500</v>", b"<v>50</v><is><t>500</t></is>"), "E3", "此单元格有两个值"),
    "no style": (SHEET, lambda d: re.sub(rb'(<c r="D3")( s="\d+")?', rb'\1 s="99"', d), "D3", "单元格用的格式 99"),
    "no text": (SHEET, lambda d: re.sub(rb'<c r="E3"[^>]*><v>500', b'<c r="E3" t="s"><v>99', d), "E3", "第 99 条共用文本"),
    "area": (SHEET, lambda d: d.replace(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:7"/></mergeCells>'), "", "“A1:7”不是合并单元格的范围"),
    "encoding": (SHEET, lambda d: b'<?xml version="1.0" encoding="GB18030"?>' + d, "", "编码是 GB18030"),
    "alternative row": (SHEET, lambda d: re.sub(rb'(<row r="3".*?</row>)', rb'<mc:AlternateContent xmlns:mc="m"><mc:Choice Requires="zz">\1</mc:Choice></mc:AlternateContent>', d, flags=re.DOTALL), "", "<row> 只供部分程序读取"),
    "alternative format": ("xl/styles.xml", lambda d: d.replace(b"<cellXfs ", b'<mc:AlternateContent xmlns:mc="m"><mc:Fallback/></mc:AlternateContent><cellXfs ').replace(b"<cellXfs", b'<mc:AlternateContent xmlns:mc="m"><cellXfs').replace(b"</cellXfs>", b"</cellXfs></mc:AlternateContent>"), None, "<cellXfs> 只供部分程序读取"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSOUND)
def test_what_no_program_writes_is_refused_in_its_cell(name: str, tmp_path: Path) -> None:
    """A cell that stands twice, or refers to what is not there, is named with its sheet and in words, in both languages."""
    location, edit, cell, says = UNSOUND[name]
    ((problem,), _) = read(part(write(tmp_path / "s.xlsx", sheets()), location, edit))
    assert ("区" if cell is not None else "", cell or "") == (problem.location.sheet, problem.location.cell)
    assert says in problem.text("zh")
    assert not re.search("[一-鿿]", problem.text("en").partition(": ")[2])


def test_alternatives_that_hold_nothing_are_read_past(tmp_path: Path) -> None:
    """Buttons and drawings, which programs write as alternatives, with rows and columns of their own, do not matter."""
    button = (
        b'<mc:AlternateContent xmlns:mc="m" xmlns:xdr="d"><mc:Choice Requires="x14"><control><xdr:col>0</xdr:col>'
        b"<xdr:row>1</xdr:row></control></mc:Choice></mc:AlternateContent></worksheet>"
    )
    path = part(write(tmp_path / "s.xlsx", sheets()), SHEET, lambda d: d.replace(b"</worksheet>", button))
    assert [] == brief(read(path)[0])


def test_a_cell_beyond_the_columns_that_are_read_is_named(tmp_path: Path) -> None:
    """A text far to the right, typed by mistake, is found by its sheet and cell."""
    book = sheets()
    book["区"][3] = [*book["区"][3], *[None] * 2100, "x"]
    ((problem,), _) = read(write(tmp_path / "s.xlsx", book))
    assert ("over-limit", "columns", "区", "CCA4") == (
        problem.code, problem.details["limit"], problem.location.sheet, problem.location.cell
    )  # fmt: skip


FILES = {
    "text": (b"name,beds\n", "not-a-workbook"), "html": (b"<html><table>", "not-a-workbook"), "old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "workbook-old"),
    "locked": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "workbook-locked"), "empty": (b"", "empty-file"), "cut": (b"PK\x03\x04" + b"\0" * 60, "bad-archive"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_workbook_is_refused_by_name(name: str, tmp_path: Path) -> None:
    """Old, encrypted and broken workbooks and other files are each called what they are."""
    data, code = FILES[name]
    path = tmp_path / "s.xlsx"
    path.write_bytes(data)
    assert [code] == [p.code for p in read(path)[0]]


@pytest.mark.parametrize(
    ("member", "found"),
    [("word/document.xml", "DOCX"), ("content.xml", "OpenDocument"), ("Index/Document.iwa", "Numbers"), ("a.csv", "ZIP"),
     ("xl/workbook.bin", "XLSB"), ("ppt/presentation.xml", "PPTX")],
)  # fmt: skip
def test_another_archive_is_told_by_what_it_is(member: str, found: str, tmp_path: Path) -> None:
    """An archive that is no workbook, under the name of one, is refused as what it is."""
    path = tmp_path / "s.xlsx"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(member, "<a/>")
    ((problem,), _) = read(path)
    assert ("reading.lies", found) == (problem.code, problem.details["found"])


def test_a_document_named_as_a_workbook_is_one_error(tmp_path: Path) -> None:
    """A text document under the name of a workbook is refused as none, and not as a workbook that lacks a cover and tables."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    path = tmp_path / "s.xlsx"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        link = f'<Relationship Id="r1" Type="{kind}" Target="word/document.xml"/>'
        made.writestr("_rels/.rels", f"<Relationships>{link}</Relationships>")
        made.writestr("word/document.xml", '<w:document xmlns:w="u"><w:body/></w:document>')
    assert [("reading.lies", "DOCX")] == [(p.code, p.details["found"]) for p in read(path)[0]]


def rewritten(path: Path, changes: dict[str, tuple[str, str]]) -> Path:
    """Rewrite parts of a workbook: by the end of their names, what stands there and what is to."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for end, (old, new) in changes.items():
        name = next(name for name in parts if name.endswith(end))
        assert 1 <= parts[name].count(old.encode())
        parts[name] = parts[name].replace(old.encode(), new.encode(), 1)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_what_no_program_writes_is_refused_by_cell(tmp_path: Path) -> None:
    """A cell of a type that there is not, and one outside the rows of the sheet, are no figures: each is refused by its place."""
    made = write(tmp_path / "s.xlsx", sheets())
    ((problem,), _) = read(rewritten(made, {"sheet2.xml": (' t="n"><v>500', ' t="zz"><v>500')}))
    assert ("workbook.no-type", "E3") == (problem.details["reason"].code, problem.location.cell)

    made = write(tmp_path / "s.xlsx", sheets())
    outside = '</sheetData><row r="3"><c r="E3"><v>900</v></c></row>'
    ((problem,), _) = read(rewritten(made, {"sheet2.xml": ("</sheetData>", outside)}))
    assert ("workbook.outside", "E3") == (problem.details["reason"].code, problem.location.cell)


def test_paths_with_backslashes_and_merges_from_any_corner_are_read(tmp_path: Path) -> None:
    """Relations name their parts with either slash, and a range of merged cells begins at any corner."""
    made = rewritten(
        write(tmp_path / "s.xlsx", sheets()),
        {
            "workbook.xml.rels": ("/xl/worksheets/sheet2.xml", "worksheets\\sheet2.xml"),
            "sheet2.xml": ("</sheetData>", '</sheetData><mergeCells><mergeCell ref="C2:B1"/></mergeCells>'),
        },
    )
    assert [] == read(write(tmp_path / "t.xlsx", sheets()))[0]
    assert [] == read(rewritten(made, {"sheet2.xml": ("C2:B1", "B1:A1")}))[0]
    (area,) = read_grids(made.read_bytes(), "s.xlsx")[1].merged
    assert "A1:B1" == str(area)


@pytest.mark.parametrize(
    "limit",
    [{"cells": 20}, {"columns": 4}, {"rows": 3}, {"text": 5}, {"file": 100}, {"unpacked": 1000}, {"members": 3}],
)
def test_a_workbook_over_a_limit_is_refused_by_the_limit(limit: dict[str, int], tmp_path: Path) -> None:
    """Each limit is named with what was found and how to set it."""
    path = write(tmp_path / "s.xlsx", sheets())
    with use_limits(Limits(**limit)):
        ((problem,), _) = read(path)
    assert ("over-limit", next(iter(limit))) == (problem.code, problem.details["limit"])


# ---------------------------------------------------------------- beside other readers


def as_calamine(cell: Cell | None) -> Any:
    """Return a cell as python-calamine gives it."""
    if cell is None or cell.stored in ("error", "uncomputed"):
        return ""
    if cell.stored == "boolean":
        return cell.text == "TRUE"
    return float(cell.text) if cell.stored == "number" else cell.text


def test_every_value_is_that_of_calamine(tmp_path: Path) -> None:
    """Texts, numbers, booleans and empty cells stand where another well-known reader finds them, to the last digit."""

    def odd(book: Workbook) -> None:
        sheet: Worksheet = book["区"]
        sheet["L9"], sheet["B12"], sheet["AA30"] = True, 0.1 + 0.2, "  空格 与\n换行 "
        sheet["C13"], sheet["D14"] = "=1+1", "#DIV/0!"

    path = write(tmp_path / "s.xlsx", sheets(), odd)
    other = python_calamine.load_workbook(path)
    for grid in read_grids(path.read_bytes(), "s.xlsx"):
        rows = other.get_sheet_by_name(grid.name).to_python(skip_empty_area=False)
        ours = [[as_calamine(grid.cell(r, c)) for c in range(1, len(line) + 1)] for r, line in enumerate(rows, 1)]
        assert rows == ours


def test_a_prefix_and_missing_places_change_nothing(tmp_path: Path) -> None:
    """A sheet whose elements have a prefix, or whose cells leave out their places, is read the same."""
    made = sheets()
    plain = values(read(write(tmp_path / "a.xlsx", made))[1])
    bare = part(
        write(tmp_path / "b.xlsx", made), "xl/worksheets/sheet5.xml", lambda d: re.sub(rb' r="[A-Z]*[0-9]+"', b"", d)
    )
    assert plain == values(read(bare)[1])
    prefixed = part(
        write(tmp_path / "c.xlsx", made),
        SHEET,
        lambda d: re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", d).replace(b"xmlns=", b"xmlns:x="),
    )
    assert plain == values(read(prefixed)[1])


def test_fifteen_digits_are_kept() -> None:
    """A stored number is rounded to 15 significant digits exactly, as spreadsheet programs show it."""
    for text, expected in (
        ("0.07000000000000001", "0.07"),
        ("0.47499999999999998", "0.475"),
        ("1E3", "1000"),
        ("123456789012345678", "123456789012346000"),
        ("-0.1", "-0.1"),
    ):
        assert expected == number_text(text)


def test_a_check_of_yaml_imports_no_reader_of_workbooks() -> None:
    """Reading YAML loads neither the workbook reader nor expat nor a library for workbooks."""
    code = "import sys\nfrom dabiao import load_plan, read_facts\n" \
        "import dabiao.facts.samples as s\nfrom pathlib import Path\n" \
        "read_facts(Path(s.__file__).parent / 'example-2023.facts.yaml', load_plan('example'))\n" \
        "print([m for m in ('dabiao.facts.workbook.read', 'openpyxl', 'python_calamine', 'pyexpat') if m in sys.modules])"  # fmt: skip
    assert "[]\n" == subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
