"""A table means the same in CSV, Parquet and XLSX: which rows are data, what a heading says, what a name is."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from dabiao.cli import main
from dabiao.facts.formats.number_formats import shape_of
from helpers import commitment, covered_book, make_plan, measure, plan_text, read_noted, sheet_text
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.styles import Font

MEASURES = (
    measure("beds", "unit: 张", "home") + measure("pleased", 'unit: "%"', "home") + measure("open", "yes_no: true", "home")
    + measure("total", "unit: 张") + measure("rate", 'unit: "%"')
)  # fmt: skip
COMMITMENT = commitment("pleased", "each: home\nmeasure: pleased\nat_least: 80 %\ndue: every_year")
PLAN = make_plan(MEASURES, COMMITMENT)
HEAD = ("名称", "beds 指标", "pleased 指标（%）", "备注")
ROWS = (("甲院", "50", "91", ""), ("乙院", "51", "84.6", "新建"))
FORMS = ("csv", "parquet", "xlsx")

Row = Sequence[str]


def write_table(folder: Path, form: str, head: Row, rows: Sequence[Row]) -> Path:
    """Write a register of homes in one of the formats."""
    if form == "xlsx":
        book = covered_book()
        sheet = book.create_sheet("养老机构")
        for row in (head, *rows):
            sheet.append([cell or None for cell in row])
            for cell in sheet[sheet.max_row]:
                cell.data_type = "s" if cell.value else cell.data_type
        book.save(folder / "s.xlsx")
        return folder / "s.xlsx"
    (folder / "sheet.facts.yaml").write_text(sheet_text(registers="home: complete"), encoding="utf-8")
    if form == "csv":
        lines = (",".join('"' + cell.replace('"', '""') + '"' if cell else "" for cell in row) for row in (head, *rows))
        (folder / "home.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        columns = {name: [row[at] or None for row in rows] for at, name in enumerate(head)}
        pl.DataFrame(columns, schema=dict.fromkeys(head, pl.String)).write_parquet(folder / "home.parquet")
    return folder


read = partial(read_noted, PLAN)


def read_table(
    form: str, head: Row, rows: Sequence[Row]
) -> tuple[dict[str, dict[str, Fraction | None]] | None, list[str]]:
    """Write and read a register; return the values by home, None if it is refused, and the codes of what was noted."""
    with tempfile.TemporaryDirectory() as folder:
        facts, problems = read(write_table(Path(folder), form, head, rows))
    codes = [problem.code for problem in problems]
    if facts is None:
        return None, codes
    homes = {
        part.names()[at]: {measure: fact.value for measure, fact in part.facts(at).items()}
        for part in facts.sheets[0].of("home")
        for at in range(len(part.names()))
    }
    return homes, codes


EXPECTED = {
    "甲院": {"beds": Fraction(50), "pleased": Fraction(91, 100)},
    "乙院": {"beds": Fraction(51), "pleased": Fraction(423, 500)},
}

# ---------------------------------------------------------------- rows

ASIDES = {
    "signatures": ("填表人：张某", "", "审核人：李某", "联系电话：010-00000000"), "bare": ("填表人", "", "审核人", "李某"),
    "telephone": ("联系电话：", "01000000000", "", ""), "nameless": ("", "", "审核人：李某", ""), "date": ("填报日期：", "2026年1月15日", "", ""),
    "stamp": ("单位负责人（盖章）", "", "", ""), "note": ("注：床位为年末数，含 12 张临时床位", "", "", ""), "end": ("以下空白", "", "", ""),
    "english": ("Prepared by: A. Person", "", "Date: 2026-01-15", ""), "chapter": ("一、公办机构", "", "", ""), "chapter-in-brackets": ("（二）民办机构", "", "", ""),
    "english-chapter": ("Part A", "", "", ""), "heading": HEAD, "short-heading": ("名称", "beds 指标", "", ""), "continued": ("续表", "", "", ""),
    "by-hand": ("负责人签字：", "", "经办人签字：", ""), "page": ("第 1 页，共 2 页", "", "", ""), "day": ("", "", "2026年1月15日", ""),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("aside", ASIDES)
def test_a_row_that_is_no_data_is_passed_over_with_a_warning(aside: str, form: str) -> None:
    """Signatures, remarks, sub-headings and the headings of a second page are no homes, in whatever format."""
    found, codes = read_table(form, HEAD, (ROWS[0], ASIDES[aside], ROWS[1]))
    assert (EXPECTED, 1) == (found, codes.count("ignored-row"))


REFUSED_ROWS = {
    "total": (("合计", "101", "", ""), "totals-row"), "total-behind": (("", "101", "", "合计"), "totals-row"), "empty-total": (("总计", "", "", ""), "totals-name"),
    "remark": (("注：其中", "20", "", ""), "totals-row"), "signed-figure": (("填表人：张某", "20", "", ""), "totals-row"), "nameless": (("", "20", "", ""), "no-name"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sort", REFUSED_ROWS)
def test_a_row_of_totals_or_with_a_stray_figure_is_refused(sort: str, form: str) -> None:
    """No figure is passed over: beside a remark, a total or no name it is refused, with one error, in whatever format."""
    row, code = REFUSED_ROWS[sort]
    found, codes = read_table(form, HEAD, (*ROWS, row))
    assert (None, [code]) == (found, [code for code in codes if code != "no-plan-stamp"])


@pytest.mark.parametrize("form", FORMS)
def test_a_home_that_is_called_as_a_chapter_is_read_where_it_has_a_figure(form: str) -> None:
    """A name with a number in front is a sub-heading only if nothing else stands in its row."""
    found, _ = read_table(form, HEAD, (*ROWS, ("一、丙院", "7", "", "")))
    assert {*EXPECTED, "一、丙院"} == set(found or ())


ANY_ROW = st.sampled_from(
    [*ASIDES.values(), *(row for row, _ in REFUSED_ROWS.values()), *ROWS, ("", "", "", ""), ("丙院", "", "", ""), ("丁院", "x", "", "")]
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY_ROW, min_size=1, max_size=6))
def test_the_formats_agree_on_any_rows(rows: list[Row]) -> None:
    """The same rows are the same homes and the same problems in CSV, Parquet and XLSX."""
    first, *others = (read_table(form, HEAD, rows) for form in FORMS)
    alone = {"empty-register"}  # a workbook is a sheet even without homes
    for homes, codes in others:
        if not alone & {*first[1], *codes}:  # only of a workbook it is told how many cells are still empty
            assert (first[0], sorted(first[1])) == (homes, sorted(code for code in codes if code != "blank-cells"))


# ---------------------------------------------------------------- headings

HEADINGS = (
    "beds 指标（单位：张）", "beds 指标（计量单位：张）", "beds 指标 [张]（必填）", "beds 指标（必填）[张]", "beds 指标【张】", "*beds 指标", "beds 指标\n（张）", "beds measure (unit: 张)",
    "beds 指标（选填）", "beds (required)", "beds 指标（张，必填）", "beds 指标（必填；单位：张）", "beds 指标（张）*",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("heading", HEADINGS)
def test_a_heading_may_say_unit_and_required(heading: str, form: str) -> None:
    """单位：张 is 张, and 必填 says nothing of the figures."""
    found, codes = read_table(form, ("名称", heading, *HEAD[2:]), ROWS)
    assert (EXPECTED, []) == (found, codes)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("heading", ["beds 指标（床）（年末）", "beds 指标（其中公办）", "beds 指标（张，年末）"])
def test_an_unknown_bracket_is_told_once(heading: str, form: str) -> None:
    """A bracket that is no unit is one error, however many figures are below it."""
    _, codes = read_table(form, ("名称", heading, *HEAD[2:]), ROWS)
    assert ["unknown-unit"] == codes


@pytest.mark.parametrize("form", FORMS)
def test_the_column_of_last_year_and_of_numbers_are_not_read(form: str) -> None:
    """Last year's figures and 序号 are no figures of this year, in a CSV as in a workbook."""
    rows = [(str(at), *row[:3], "12") for at, row in enumerate(ROWS, 1)]
    found, codes = read_table(form, ("序号", *HEAD[:3], "上年 beds"), rows)
    assert (EXPECTED, []) == (found, codes)


# ---------------------------------------------------------------- names and cells


@pytest.mark.parametrize("form", FORMS)
def test_a_text_kept_from_being_a_number_is_unwrapped(form: str) -> None:
    """="乙院" is 乙院 and ="50" is 50, with a warning for each."""
    found, codes = read_table(form, HEAD, (("甲院", '="50"', "91", ""), ('="乙院"', "51", "84.6", "")))
    assert (EXPECTED, 2) == (found, codes.count("wrapped-text"))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "code"), [("甲\ufffd院", "damaged-name"), ("甲\u0336院\u0336", "struck-out"), ("~~甲院~~", "struck-out")]
)
def test_a_damaged_or_struck_name_is_refused(name: str, code: str, form: str) -> None:
    """A name with a damaged character, or with a line drawn through it by its own signs, is no name."""
    assert (None, [code]) == read_table(form, HEAD, ((name, "50", "91", ""), ROWS[1]))


def test_names_in_yaml_follow_the_same_rule(tmp_path: Path) -> None:
    """A name in YAML is unwrapped or refused as in a table."""
    for name, code in (('="乙院"', "wrapped-text"), ("乙\ufffd院", "damaged-name"), ("合计", "totals-name")):
        path = tmp_path / "s.facts.yaml"
        path.write_text(sheet_text(subjects=f"- {{kind: home, name: '{name}', facts: {{beds: 5}}}}"), encoding="utf-8")
        facts, problems = read(path)
        assert [code] == [problem.code for problem in problems]
        if facts:
            assert ["乙院"] == facts.sheets[0].names("home")


@pytest.mark.parametrize("name", ["#REF!", "#N/A", "—", "/", "0", "无", "暂无", "N/A", "None", "null", "迟报"])
def test_what_names_nothing_is_refused_in_every_format(name: str, tmp_path: Path) -> None:
    """An error value, a mark of what is missing and the 0 of an empty cell are no subject with figures."""
    for form in FORMS:
        assert (None, ["names-nothing"]) == read_table(form, HEAD, ((name, "50", "91", ""), ROWS[1]))
    path = tmp_path / "s.facts.yaml"
    path.write_text(sheet_text(subjects=f'- {{kind: home, name: "{name}", facts: {{beds: 5}}}}'), encoding="utf-8")
    assert ["names-nothing"] == [problem.code for problem in read(path)[1]]
    assert EXPECTED == read_table("csv", HEAD, ROWS)[0]


def test_a_formula_is_no_name(tmp_path: Path) -> None:
    """A formula that a CSV has in the place of a name is refused."""
    assert (None, ["formula-name"]) == read_table("csv", HEAD, (("=A1", "50", "91", ""),))


@pytest.mark.parametrize("form", FORMS)
def test_a_bare_1_among_fractions_is_warned_of(form: str) -> None:
    """Among 0.91 and 0.85 a bare 1 is hardly 1 %; among whole percentages it is not warned of."""
    fractions = (("甲院", "50", "0.91", ""), ("乙院", "51", "1", ""), ("丙院", "52", "85 %", ""))
    assert 2 == read_table(form, HEAD, fractions)[1].count("small-percentage")
    assert [] == read_table(form, HEAD, (("甲院", "50", "91", ""), ("乙院", "51", "1", "")))[1]


def test_a_bare_fraction_in_yaml_and_in_a_list_is_warned_of(tmp_path: Path) -> None:
    """percentages: percent takes 0.91 for 0.91 %, and says so; with its sign it is what it is."""
    head = sheet_text() + "percentages: percent\n"
    (tmp_path / "a.facts.yaml").write_text(head + "facts: {rate: 0.91}\n", encoding="utf-8")
    (tmp_path / "b.facts.yaml").write_text(head + "facts: {rate: 0.91 %}\n", encoding="utf-8")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "sheet.facts.yaml").write_text(sheet_text(), encoding="utf-8")
    (tmp_path / "c" / "district.csv").write_text("id,unit,value\nrate,%,0.91\n", encoding="utf-8")
    for name, expected in (("a.facts.yaml", 1), ("b.facts.yaml", 0), ("c", 1)):
        assert expected == [p.code for p in read(tmp_path / name)[1]].count("small-percentage")


CELLS = {
    "2024-01-07": "date-not-number", "2024年1月7日": "date-not-number", "1月7日": "date-not-number", "7-Jan": "date-not-number", "50（含临时床位）": "remark-in-fact",
    "9" * 41: "long-number", "9" * 20_000: "long-number", f"1:{'9' * 41}": "long-number",
    "5\u200b0": "hidden-mark", "\u202e50": "hidden-mark", "50\u00ad张": "hidden-mark",
    "50，其中公办 20": "remark-in-fact", "#REF!": "error-cell", "=SUM(B2:B9)": "uncomputed-formula", "50 zhang": "unknown-unit", "见附件": "bad-fact",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", CELLS)
def test_what_stands_in_the_place_of_a_number_is_named(text: str, form: str) -> None:
    """A date, a remark, an error and a formula are told from an unknown unit."""
    assert (None, [CELLS[text]]) == read_table(form, HEAD, (("甲院", text, "91", ""), ROWS[1]))


@pytest.mark.parametrize("form", FORMS)
def test_a_mark_in_a_yes_or_no_is_named(form: str) -> None:
    """An invisible mark in an answer is told as that, and not as an answer that is not known."""
    head = ("名称", "open 指标")
    assert (None, ["hidden-mark"]) == read_table(form, head, (("甲院", "是\u200b"), ("乙院", "否")))


def test_a_column_without_a_heading_is_told_once(tmp_path: Path) -> None:
    """The column of numbers that pandas writes in front of a table is one error, at its heading, in every format."""
    (tmp_path / "c").mkdir()
    path = write_table(tmp_path / "c", "csv", ("", "名称", "beds 指标"), [(str(at), f"{at}院", "5") for at in range(9)])
    (tmp_path / "c" / "district.csv").write_text(",id,value\n0,total,5\n1,rate,5%\n", encoding="utf-8")
    found = [(Path(p.location.file).name, p.code, p.location.line, p.location.column) for p in read(path)[1]]
    assert [("district.csv", "untitled-column", 1, 1), ("home.csv", "untitled-column", 1, 1)] == found

    book = load_workbook(write_table(tmp_path, "xlsx", HEAD, ROWS))
    for row in (2, 3):
        book["养老机构"].cell(row, 7, row)
    book.save(tmp_path / "s.xlsx")
    (problem,) = (p for p in read(tmp_path / "s.xlsx")[1] if p.severity == "error")
    assert ("untitled-column", "G1") == (problem.code, problem.location.cell)
    assert "第 G 列没有标题" in problem.text("zh")


# ---------------------------------------------------------------- workbooks


def strike(path: Path, *cells: str) -> Path:
    """Strike out cells of the register by their font."""
    from openpyxl import load_workbook

    book = load_workbook(path)
    for cell in cells:
        book["养老机构"][cell].font = Font(strike=True)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("cells", "places"),
    [(("B2",), ["B2"]), (("A2", "B2", "C2", "D2"), ["A2"]), (("B1",), ["B1"]), (("B2", "C3"), ["B2", "C3"]), (("D3",), ["D3"]), (("D9",), [])],
)  # fmt: skip
def test_what_is_struck_out_is_refused_with_its_cell(cells: tuple[str, ...], places: list[str], tmp_path: Path) -> None:
    """A figure, a remark, a heading or a whole row struck out by its font is one error each; a row is told once."""
    path = strike(write_table(tmp_path, "xlsx", HEAD, ROWS), *cells)
    facts, problems = read(path)
    assert (not places, places) == (facts is not None, [p.location.cell for p in problems])
    assert {"struck-out"} >= {p.code for p in problems}


def test_the_cover_may_not_be_struck_out(tmp_path: Path) -> None:
    """A reporting unit that is struck out is not taken for one."""
    from openpyxl import load_workbook

    path = write_table(tmp_path, "xlsx", HEAD, ROWS)
    book = load_workbook(path)
    book["封面"]["B3"].font = Font(strike=True)
    book.save(path)
    assert ("struck-out", "B3") in [(p.code, p.location.cell) for p in read(path)[1]]


@pytest.mark.parametrize(
    ("code", "value", "is_hidden"),
    [
        (";;;", 50, True), (";;;", 0, True), ("0;-0;;@", 0, True), ("0;-0;;@", 50, False), ("#,###", 0, True), ("#,###", 50, False), ("#,##0", 0, False),
        ('_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', 0, False), ("0.0_);[Red](0.0)", 0, False), ('""', 5, True),
    ],
)  # fmt: skip
def test_a_figure_that_its_format_does_not_show_is_refused(
    code: str, value: float, is_hidden: bool, tmp_path: Path
) -> None:
    """A cell is what it shows: a format that shows nothing hides a figure, and one with # alone hides a zero."""
    from openpyxl import load_workbook

    path = write_table(tmp_path, "xlsx", HEAD, ROWS)
    book = load_workbook(path)
    book["养老机构"]["B2"] = value
    book["养老机构"]["B2"].number_format = code
    book.save(path)
    facts, problems = read(path)
    assert ([("hidden-value", "B2")] if is_hidden else []) == [(p.code, p.location.cell) for p in problems]
    assert is_hidden is (facts is None)


@pytest.mark.parametrize("form", ["0", "#,##0", "General", "0.00%"])
@pytest.mark.parametrize("value", [0, 50])
def test_a_zero_on_a_sheet_without_zeros_is_refused(form: str, value: int, tmp_path: Path) -> None:
    """Where zeros are switched off a zero looks like an empty cell, whatever its format; other figures are read."""
    from openpyxl import load_workbook

    path = write_table(tmp_path, "xlsx", HEAD, ROWS)
    book = load_workbook(path)
    sheet = book["养老机构"]
    sheet.sheet_view.showZeros = False
    sheet["B2"], sheet["B2"].number_format = value, form
    book.save(path)
    found = [(p.code, p.location.cell) for p in read(path)[1]]
    sheet.sheet_view.showZeros = True
    book.save(path)
    shown = [(p.code, p.location.cell) for p in read(path)[1]]
    assert (shown if value else [("hidden-zero", "B2")]) == found


def test_a_name_that_its_format_does_not_show_is_refused(tmp_path: Path) -> None:
    """;;; hides texts, too."""
    from openpyxl import load_workbook

    path = write_table(tmp_path, "xlsx", HEAD, ROWS)
    book = load_workbook(path)
    book["养老机构"]["A2"].number_format = ";;;"
    book.save(path)
    assert [("hidden-value", "A2")] == [(p.code, p.location.cell) for p in read(path)[1]]


@given(st.text(st.sampled_from('0#?.,;"%@-_*\\[]<>=hmyd "万'), max_size=12))
def test_any_number_format_is_read(code: str) -> None:
    """A number format, however odd, has a shape, and a format without sections hides no figure but zero by #."""
    shape = shape_of(164, {164: code})
    assert set(shape.hides) <= set("+-0@")


@pytest.mark.parametrize("code", ["-0", '"-"0', "\\-0", "[Red]-0", "(0)", '"("0")"', "0-", "00-00", "0\\:00", '0":"00'])
def test_a_format_that_turns_or_splits_a_figure_is_no_plain_one(code: str) -> None:
    """51 shown as -51, (51), 0-51 or 0:51 is another figure than the one stored."""
    assert "other" == shape_of(164, {164: code}).shown


PLAIN_CODES = (
    "0_);(0)",
    "0;-0",
    "#,##0;[Red]-#,##0",
    "_-* #,##0.00_-;-* #,##0.00_-",
    "_($* #,##0_);_($* (#,##0)",
    "# ?/?",
    "#\\ ##0",
    "0.00E+00",
    "[$-804]0",
    "+0",
    "General;-General",
)


@pytest.mark.parametrize("code", PLAIN_CODES)
def test_signs_of_figures_below_zero_say_nothing_of_others(code: str) -> None:
    """The formats of accounts, with minus and brackets for what is below zero, show a positive figure as it is."""
    assert "plain" == shape_of(164, {164: code}).shown


def homes_book(folder: Path, *rows: Sequence[object]) -> Path:
    """Write a workbook with two homes, and further rows."""
    book = covered_book()
    sheet = book.create_sheet("养老机构")
    for row in (HEAD, ("甲院", 50, 91, None), ("乙院", 51, 84.6, None), *rows):
        sheet.append(row)
    book.save(folder / "s.xlsx")
    return folder / "s.xlsx"


@pytest.mark.parametrize(("pattern", "new", "cells"), [
    (rb'<row r="3"', b'<row r="3" ht="0" customHeight="1"', "B3, C3"), (rb"<sheetData>", b'<cols><col min="2" max="2" width="0"/></cols><sheetData>', "B2, B3"),
])  # fmt: skip
def test_a_row_or_column_of_no_size_is_hidden(pattern: bytes, new: bytes, cells: str, tmp_path: Path) -> None:
    """A height or width of zero hides figures as well as the mark of hidden ones does."""
    _, problems = read(rewritten(homes_book(tmp_path), ("xl/worksheets/sheet2.xml", pattern, new)))
    assert [cells] == [problem.details["found"] for problem in problems if problem.code == "hidden-figures"]


def test_a_figure_beside_a_table_in_a_row_of_its_own_is_refused(tmp_path: Path) -> None:
    """A lone number that belongs to no column and no name is told; with a word beside it, it is a remark."""
    assert ["stray-figure"] == [p.code for p in read(homes_book(tmp_path, (), (None,) * 6 + (99,)))[1]]
    assert [] == read(homes_book(tmp_path, (), (None,) * 6 + ("页码", 99)))[1]


def rewritten(path: Path, *changes: tuple[str, bytes, bytes], backslashes: bool = False) -> Path:
    """Write a workbook again with parts changed: part, pattern, and what takes its place."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    for part, pattern, new in changes:
        name = next(name for name in sorted(parts, reverse=True) if re.fullmatch(part, name))
        changed = re.sub(pattern, new, parts[name])
        assert changed != parts[name]
        parts[name] = changed
    with zipfile.ZipFile(path, "w") as made:
        for name, data in parts.items():
            info = zipfile.ZipInfo("x")
            info.filename = name.replace("/", "\\") if backslashes else name
            made.writestr(info, data)
    return path


def test_backslashes_divide_the_paths_of_a_workbook(tmp_path: Path) -> None:
    """A workbook whose parts are named with backslashes is read; one of them that leads out is refused."""
    path = rewritten(write_table(tmp_path, "xlsx", HEAD, ROWS), backslashes=True)
    facts, problems = read(path)
    assert (True, []) == (facts is not None, problems)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("..\\out.xml", "<a/>")
    assert ["archive-path"] == [p.code for p in read(path)[1]]


def test_empty_attributes_and_shared_texts_say_nothing(tmp_path: Path) -> None:
    """s="" is the first format, and a cell that refers to no shared text is empty."""
    path = write_table(tmp_path, "xlsx", HEAD, ROWS)
    sheet = r"xl/worksheets/sheet2\.xml"
    rewritten(
        path,
        (sheet, rb'<c r="B2"', b'<c r="B2" s=""'),
        (sheet, rb'<c r="D3".*?</c>', b'<c r="D3" t="s"><v></v></c>'),
    )
    facts, problems = read(path)
    assert (True, []) == (facts is not None, problems)


@pytest.mark.parametrize("strict", [True, False])
def test_a_workbook_never_comes_back_without_its_sheets(strict: bool, tmp_path: Path) -> None:
    """Strict Open XML comes back whole; a part named in other letters than its relation is read, but not returned without it."""
    path = write_table(tmp_path, "xlsx", HEAD, ROWS)
    if strict:
        relations = rb"http://schemas\.openxmlformats\.org/officeDocument/2006/relationships"
        to = b"http://purl.oclc.org/ooxml/officeDocument/relationships"
        rewritten(path, (r"xl/workbook\.xml", relations, to), (r"xl/_rels/workbook\.xml\.rels", relations, to))
    else:
        rewritten(path, (r"xl/_rels/workbook\.xml\.rels", b"sheet2", b"Sheet2"))
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENT), encoding="utf-8")
    plan, back = str(tmp_path / "demo.plan.yaml"), tmp_path / "back.xlsx"
    assert 2 != CliRunner().invoke(main, ["check", plan, str(path)]).exit_code
    done = CliRunner().invoke(main, ["check", plan, str(path), "-o", f"xlsx:{back}"])
    assert (strict, strict) == (done.exit_code != 2, back.exists())
    if strict:
        assert {*load_workbook(path).sheetnames} < {*load_workbook(back).sheetnames}
    else:
        assert "养老机构" in done.output


def test_a_password_is_told_in_both_languages(tmp_path: Path) -> None:
    """A workbook with a password is called so, wherever in the file that stands."""
    path = tmp_path / "s.xlsx"
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100_000)
    for data, code in ((old + "EncryptedPackage".encode("utf-16-le"), "workbook-locked"), (old, "workbook-old")):
        path.write_bytes(data)
        (problem,) = read(path)[1]
        assert code == problem.code
    path.write_bytes(b"plan: demo\n")
    (problem,) = read(path)[1]
    assert ("reading.lies", True) == (problem.code, "文本" in problem.text("zh"))
