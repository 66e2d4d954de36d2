"""Sheets in the form that spreadsheet programs write are taken without a parser, and say what they say to the parser."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from dabiao.base.limits import Limits, use_limits
from dabiao.base.problems import Problem, Problems, Refused
from dabiao.facts.formats import xlsx
from dabiao.facts.formats.xlsx_kept import Kept
from dabiao.facts.formats.xlsx_regular import Irregular
from dabiao.facts.formats.xlsx_sheet import SheetPart
from dabiao.facts.model import Sheet
from dabiao.facts.vocabulary import Vocabulary
from dabiao.facts.workbook.cells import is_number
from dabiao.facts.workbook.grid import Area, Cell, Grid, Shape
from dabiao.facts.workbook.plain_lines import PlainEntries, PlainLines
from dabiao.facts.workbook.read import read_workbook
from helpers import commitment, make_plan, measure
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LINK = f'<Relationship Id="{{}}" Type="{RELATIONS}/{{}}" Target="{{}}"/>'
LINKS = "<Relationships>{}</Relationships>"
PARTS = {
    "_rels/.rels": LINKS.format(LINK.format("r1", "officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": f'<workbook xmlns="{NAMESPACE}" xmlns:r="{RELATIONS}"><sheets><sheet name="表" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": LINKS.format(
        LINK.format("r1", "worksheet", "worksheets/sheet1.xml")
        + LINK.format("r2", "styles", "styles.xml")
        + LINK.format("r3", "sharedStrings", "sharedStrings.xml")
    ),
    "xl/styles.xml": '<styleSheet><numFmts><numFmt numFmtId="165" formatCode="0;(0);;"/></numFmts><fonts><font/><font><strike/></font></fonts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="10"/><xf numFmtId="165"/><xf fontId="1"/></cellXfs>'
    '<dxfs><dxf><font><strike/></font></dxf></dxfs></styleSheet>',
}  # fmt: skip
BEFORE = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
TAILS = (
    "", "", "", ' s="1"', ' s="2" t="n"', ' t="n" s="3"', ' t="s"', ' s="1" t="s"', ' t="str"', ' t="inlineStr"', ' t="b"', ' t="e"',
    ' t="d"', ' t=""', ' s="9"', ' s="x"', ' t="zz"', ' cm="1"', ' r="A1"', ' s="1" s="1"', ' s="&#49;"', " s='1'",
)  # fmt: skip
VALUES = (
    "0", "1", "2", "12", "1.50", "-3", "1e3", "007", ".5", "5.", "1234567890123456", "9" * 400, "", " ", "甲院", "500①", "TRUE", "_x0041_",
    "&lt;5", "&#32534;", "&#x4e00;", "&#13;", "&#0;", "&#xD800;", "&nbsp;", "&", "a]]>b", "a>b", "\ufffe", "\x01", "\t", "\r\n", "<b/>",
)  # fmt: skip
HOLDING = (
    "<v>{}</v>", "<v>{}</v>", "<v>{}</v>", "<is><t>{}</t></is>", '<is><t xml:space="preserve">{}</t></is>', "<f>A1&amp;B1</f><v>{}</v>",
    '<f t="shared" si="0"/><v>{}</v>', "<f>{}</f>", "<v>{}</v><v>1</v>", "<v/>", "", "<is><t>{}</t><t>2</t></is>",
    '<is><r><rPr><strike/></rPr><t>{}</t></r></is>', "<f>1</f><f>2</f><v>{}</v>", "<v> {}</v>", '<c r="B1"></c>',
    '<c r="B1"/><v>{}</v>', '<v>{}</v><c r="B1"></c><c r="C1"></c>',
)  # fmt: skip
ROW_TAILS = (
    "", "", "", ' spans="1:3" ht="20" customHeight="1"', ' hidden="1"', ' hidden="true" ht="3"', ' ht="0"', ' r="1"', ' x:y="1"', ' ht="1" ht="2"',
)  # fmt: skip
ODD = (
    "<!-- x -->", "<![CDATA[1]]>", "<?x y?>", "<!DOCTYPE a>", " ", "\n", "</row>", "<row>", "<c/>", "<v>1</v>", "<sheetData/>", "</sheetData>",
    '<row r="7"/>', '<row r="3"></row>', '<c r="A1"/>', '<c r="B2"><v>1</v></c>', "<x:c/>", "&amp;", "1", "</c>", "<c ", '"', "<is>", "<t>",
    '<c r="XFE1"><v>1</v></c>', "<is><rPh><is></is></rPh></is>",
)  # fmt: skip
AROUND = (
    "", "", "", '<cols><col min="2" max="3" hidden="1"/></cols>', '<cols><col min="2" max="x" hidden="1"/></cols>', "<!-- <sheetData> -->", "<is>",
    "<x:sheetData/>", "<mc:AlternateContent/>", '<sheetViews a="&amp;"/>', '<c r="A1"/>', "<is><rPh><is></is></rPh></is>", "<a b='>'/>",
)  # fmt: skip
BEHIND = (
    "", "", "", '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>', '<mergeCell ref="A0"/>', "<mergeCell/>", "</x>", "<sheetData></sheetData>",
    '<conditionalFormatting sqref="A1:B9"><cfRule dxfId="0"/></conditionalFormatting>',
    '<conditionalFormatting sqref="?"><cfRule dxfId="0"/></conditionalFormatting>', "<!-- </sheetData> -->", "<row r='1'/>",
)  # fmt: skip
ITEMS = (
    "<si><t>甲</t></si>", "<si><t>a&amp;b</t></si>", '<si><t xml:space="preserve"> 5 </t></si>', '<si><t>x</t><phoneticPr fontId="1"/></si>',
    "<si><t/></si>", "<si><t></t></si>", "<si/>", "<si><r><rPr><strike/></rPr><t>旧</t></r></si>", "<si><t>_x000D_</t></si>", "<si><t>1</t> </si>",
    "<si><rPh><t>jia</t></rPh><t>甲</t></si>", "<si><t>&bad;</t></si>", "<!-- x -->", "<si><t>a]]></t></si>", '<si><t a="1" a="2">x</t></si>',
)  # fmt: skip
KEPT = Kept()
Read = list[tuple[object, ...]] | tuple[Problem, ...]


@st.composite
def sheets(draw: st.DrawFn) -> str:
    """Draw the XML of a sheet: of the regular form throughout, or with anything in it."""
    is_wild = draw(st.booleans())

    def pick(choices: tuple[str, ...], tame: int) -> str:
        return draw(st.sampled_from(choices if is_wild else choices[:tame]))

    rows = []
    row = 0
    for _ in range(draw(st.integers(0, 4))):
        row += draw(st.sampled_from((1, 1, 2, 0) if is_wild else (1, 1, 2)))
        cells = []
        column = 0
        for _ in range(draw(st.integers(0, 4))):
            column += draw(st.sampled_from((1, 1, 1, 2, 0) if is_wild else (1, 1, 2)))
            place = f"{chr(64 + column)}{row + draw(st.sampled_from((0,) * 30 + (is_wild,)))}"
            tail = pick(TAILS, 9)
            inside = pick(HOLDING, 3 if 't="s"' in tail else 8).format(pick(VALUES, 3 if 't="s"' in tail else 9))
            has_end = inside or draw(st.booleans())
            cells.append(f'<c r="{place}"{tail}>{inside}</c>' if has_end else f'<c r="{place}"{tail}/>')
        closed = not cells and draw(st.booleans())
        rows.append(f'<row r="{row}"{pick(ROW_TAILS, 7)}' + ("/>" if closed else f">{''.join(cells)}</row>"))
    text = "".join(rows)
    if is_wild and draw(st.booleans()):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(ODD)) + text[at + draw(st.integers(0, 2)) :]
    before, behind = pick(AROUND, 4), pick(BEHIND, 4)
    begin = pick((BEFORE, "", "\ufeff", BEFORE.replace("UTF-8", "GBK")), 3)
    return f'{begin}<worksheet xmlns="{NAMESPACE}">{before}<sheetData>{text}</sheetData>{behind}</worksheet>'


TEXTS = st.lists(st.sampled_from(ITEMS[:4]), min_size=3, max_size=4) | st.lists(st.sampled_from(ITEMS), max_size=4)


def make_book(sheet: str, texts: str) -> bytes:
    """Return a workbook with one sheet."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in {**PARTS, "xl/worksheets/sheet1.xml": sheet, "xl/sharedStrings.xml": texts}.items():
            archive.writestr(name, content)
    return made.getvalue()


def read(data: bytes, kept: Kept | None = None) -> Read:
    """Return everything in the sheets of a workbook, or what it is refused for."""
    try:
        return [
            (grid.name, list(map(list_cells, grid.rows.items())), grid.hidden_rows, grid.hidden_columns, grid.merged, grid.conditional)
            for grid in xlsx.read_grids(data, "s.xlsx", kept=kept)
        ]  # fmt: skip
    except Refused as refused:
        return refused.problems


def list_cells(row: tuple[int, dict[int, Cell]]) -> tuple[int, list[tuple[int, Cell]]]:
    """Return a row with its cells in their order."""
    return row[0], list(row[1].items())


@contextmanager
def only_expat() -> Iterator[None]:
    """Let expat read everything within the block."""
    with (
        patch.object(xlsx, "split_sheet", side_effect=Irregular),
        patch.object(xlsx, "take_texts", side_effect=Irregular),
    ):
        yield


@given(sheets(), TEXTS)
@example(
    f'<worksheet xmlns="{NAMESPACE}"><sheetData><row r="2"><c r="A2"><v>1</v></c></row><row r="1"/></sheetData></worksheet>',
    [],
)
@example(
    '<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row></sheetData></worksheet>', []
)
@example('<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></sheetData></worksheet>', [])
@example(
    '<worksheet><sheetData><row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row></sheetData></worksheet>',
    [],
)
@example(
    '<worksheet><sheetData><row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>2</v></c></row></sheetData></worksheet>', []
)
@example(
    '<worksheet><sheetData><row r="2"><c r="B2"><v>1</v></c><c r="C3"><v>2</v></c></row></sheetData></worksheet>', []
)
@example('<worksheet><sheetData><row r="1"><c r=<c r="Z1"/>"A1"><v>1</v></c></row></sheetData></worksheet>', [])
@example(
    '<worksheet><sheetData><row r="1"><c r="A1"><v>1<c r="Z1"></c><c r="Y1"/></v></c></row></sheetData></worksheet>', []
)
@example(
    '<worksheet><sheetData><row r="1"><c r="A1"><c r="B1"></c><c r="C1"></c><c r="D1"/></c></row></sheetData></worksheet>',
    [],
)
@example('<worksheet><sheetData><c r="A1"><v>1</v></c></sheetData></worksheet>', [])
@example('<worksheet><is><rPh><is></is></rPh></is><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>', [])  # fmt: skip
@example('<x:worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></x:worksheet>', [])
def test_a_regular_sheet_says_what_it_says_to_a_parser(sheet: str, items: list[str]) -> None:
    """Whatever the form of a sheet and its texts, with and without a parser it has the same cells, or is refused alike."""
    data = make_book(sheet, f'{BEFORE}<sst xmlns="{NAMESPACE}" count="3">{"".join(items)}</sst>')
    with only_expat():
        expected = read(data)
    assert expected == read(data)
    assert expected == read(data, KEPT)  # among all that was read before


def test_what_spreadsheet_programs_write_needs_no_parser(tmp_path: Path) -> None:
    """The sheets of openpyxl and of Excel's form are regular: none of them comes to the parser of sheets."""
    book = Workbook()
    for row in (["编号", "本年值"], ["beds", 500], ["people", 0.25], ["x", True], [None, "a & b"]):
        book.active.append(row)
    book.active.column_dimensions["D"].hidden = True
    book.save(tmp_path / "s.xlsx")
    excel = (
        f'{BEFORE}<worksheet xmlns="{NAMESPACE}"><dimension ref="A1:C2"/><sheetData><row r="1" spans="1:2" x14ac:dyDescent="0.25">'
        '<c r="A1" s="1" t="s"><v>0</v></c><c r="B1" s="1"/></row><row r="2" spans="1:2"><c r="A2"><v>7</v></c><c r="B2"><f>A2*2</f><v>14</v></c>'
        '</row></sheetData><pageMargins left="0.7"/></worksheet>'
    )
    with patch.object(SheetPart, "found", side_effect=AssertionError):
        (grid,) = xlsx.read_grids((tmp_path / "s.xlsx").read_bytes(), "s.xlsx")
        (other,) = xlsx.read_grids(make_book(excel, f"{BEFORE}<sst>{ITEMS[0]}</sst>"), "s.xlsx")
    assert (Cell("number", "500"), ((4, 4),)) == (grid.cell(2, 2), grid.hidden_columns)
    assert [("甲", "percent"), ("7", "plain"), ("14", "plain")] == [
        (cell.text, cell.shape.shown) for _, _, cell in other.filled()
    ]


@pytest.mark.parametrize("limit", [{"cells": 2}, {"rows": 1}, {"columns": 1}, {"text": 1}])
def test_the_limits_hold_without_a_parser(limit: dict[str, int]) -> None:
    """A sheet over a limit is refused at the cell at which the parser finds it."""
    data = make_book(
        '<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="B1" t="s"><v>0</v></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>ab</t></is></c></row></sheetData></worksheet>',
        "<sst><si><t>ab</t></si></sst>",
    )
    sound = read(data, KEPT)
    with use_limits(Limits(**limit)):
        with only_expat():
            expected = read(data)
        assert expected == read(data) == read(data, KEPT) != sound
    assert [next(iter(limit))] == [problem.details["limit"] for problem in expected if isinstance(problem, Problem)]


PLAN = make_plan(
    measure("beds", "unit: 张") + measure("people", "unit: 万人") + measure("share", 'unit: "%"') + measure("rehab", "yes_no: true")
    + '- {id: per_head, title: {zh: 人均, en: per head}, unit: 张/人, formula: beds / people}\n'
    + measure("places", "unit: 张", "home") + measure("score", 'unit: "%"', "home"),
    commitment("manual", "manual: true"),
)  # fmt: skip
COVER = {
    1: {1: Cell("text", "年度"), 2: Cell("number", "2025")},
    2: {1: Cell("text", "报送单位"), 2: Cell("text", "某区")},
}
VOCABULARY = Vocabulary(PLAN)
SHAPES = st.sampled_from(
    [Shape()] * 6
    + [Shape("percent"), Shape(words="万"), Shape("date"), Shape("other"), Shape(struck=True), Shape(hides="+")]
)
FIGURES = st.sampled_from(
    ("500", "0.5", "0.004", "1", "0", "-3", "1.50", "007", "1e3", "12345678901234567", "0.30000000000000004", "47.5", "100000000000000000000")
)  # fmt: skip
ENTRIES = st.sampled_from(
    ("500", "500 张", "47.5%", "0.5", "1", "1.2万", "2,800", "500①", "是", "—", "缺:迟报", "x", "3 家", "=")
)
ROOT_LABELS = st.sampled_from(
    ("beds", "people", "share", "rehab", "per_head", "beds 指标", "people 指标", "合计", "注：x", "bedz", " beds ")
)
UNITS = st.sampled_from(("张", "万人", "人", "%", "[张]", "家家", "元", ""))


def cell(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Cell | None]:
    """Draw a cell with a text, with a number, or with something else; or an empty one."""
    numbers = st.builds(
        lambda text, shape: Cell("number" if is_number(text) else "broken", text, shape), FIGURES, SHAPES
    )
    written = st.builds(lambda text, shape: Cell("text", text, shape) if text.strip() else None, texts, SHAPES)
    others = st.sampled_from((None, None, Cell("error", "#N/A"), Cell("boolean", "TRUE"), Cell("uncomputed", "")))
    return written | written | numbers | others


LINES: tuple[tuple[str | None, ...], ...] = (
    ("beds", "beds 指标", "张"), ("people", "people 指标", "万人"), ("share", None, "%"), ("people", "people", "人"), ("rehab", None, None),
    ("beds", "beds 指标", None), ("people", "people 指标", None), ("beds", "beds", "家家"), ("beds", "people 指标", "张"), (None, "beds 指标", None),
)  # fmt: skip
BANNERS = (None, "单位：张", "单位：人", "单位：元")
PLAIN_ROWS = st.builds(
    lambda labels, *others: (*(Cell("text", text) if text else None for text in labels), *others),
    st.sampled_from(LINES),
    st.builds(lambda text: Cell("number" if is_number(text) else "text", text), FIGURES | ENTRIES),
    st.sampled_from((None, None, None, Cell("text", "迟报"))),
    st.sampled_from((None, None, None, Cell("text", "复核"))),
    st.sampled_from((None, None, None, Cell("number", "7"))),
)
ROOT_ROWS = st.lists(
    PLAIN_ROWS | PLAIN_ROWS | st.tuples(
        cell(ROOT_LABELS), cell(ROOT_LABELS), cell(UNITS), cell(ENTRIES), cell(st.sampled_from(("", "", "迟报", "x"))),
        cell(st.sampled_from(("", "", "复核"))), cell(st.sampled_from(("", "", "7"))),
    ),
    max_size=6,
)  # fmt: skip
HOME_ROWS = st.lists(
    st.tuples(cell(st.sampled_from(("甲院", "乙院", "丙院", "合计"))), cell(ENTRIES), cell(ENTRIES), cell(ENTRIES)),
    max_size=5,
)
HEADS = st.tuples(
    st.sampled_from(BANNERS),
    st.sampled_from(("places", "places [张]", "places（家家）", "score(%)")),
)
Drawn = list[tuple[Cell | None, ...]]


def rows_of(heads: list[list[str | None]], drawn: Drawn) -> dict[int, dict[int, Cell]]:
    """Return rows of headings, and drawn rows below them."""
    told = [[Cell("text", text) if text else None for text in line] for line in heads]
    lines = enumerate([*told, *drawn], 1)
    rows = {row: {column: found for column, found in enumerate(line, 1) if found} for row, line in lines}
    return {row: cells for row, cells in rows.items() if cells}


def judge(grids: list[Grid], vocabulary: Vocabulary) -> tuple[Sheet | None, tuple[Problem, ...]]:
    """Read a workbook, with everything noted."""
    problems = Problems()
    return read_workbook(grids, "s.xlsx", vocabulary, problems), problems.found


def judge_slowly(grids: list[Grid]) -> tuple[Sheet | None, tuple[Problem, ...]]:
    """Read a workbook without the fast path for lines without anything to note."""
    nothing = (None, False)
    with patch.object(PlainLines, "read", return_value=None), patch.object(PlainEntries, "find", return_value=nothing):
        return judge(grids, Vocabulary(PLAN))


def list_grids(banner: str | None, root: Drawn, head: str | None = "编号", **about: Any) -> list[Grid]:
    """Return the cover and the list of the root's measures."""
    heads = [*([[banner]] if banner else []), [head, "指标", "单位", "本年值", "缺报原因", "备注"]]
    return [Grid("封面", rows=COVER), Grid("区", rows=rows_of(heads, root), **about)]


@pytest.mark.parametrize("banner", BANNERS)
def test_each_line_says_the_same_on_either_path(banner: str | None) -> None:
    """Each line of a list, with and without remarks, figures beside the table and odd formats, has one meaning."""
    texts = (("number", "500"), ("number", "0.4"), ("text", "30"), ("text", "3 人"), ("text", "是"))
    shapes = (Shape(), Shape("percent"), Shape(struck=True), Shape(hides="+"))
    beside: tuple[tuple[Cell | None, ...], ...] = (
        (None, None, None), (Cell("text", "迟报"), None, None), (None, Cell("text", "复核"), None), (None, None, Cell("number", "7")),
    )  # fmt: skip
    for line, (stored, text), shape, others in product(LINES, texts, shapes, beside):
        labels = (Cell("text", label) if label else None for label in line)
        grids = list_grids(banner, [(*labels, Cell(stored, text, shape), *others)])
        assert judge_slowly(grids) == judge(grids, VOCABULARY), (line, stored, text, shape, others)


@given(
    ROOT_ROWS,
    HOME_ROWS,
    HEADS,
    st.sampled_from((True, True, True, False)),
    st.sampled_from(((), (Area(3, 4, 4, 4),))),
    st.booleans(),
)
def test_plain_lines_say_what_all_lines_say(
    root: Drawn, homes: Drawn, heads: tuple[str | None, str], has_ids: bool, merged: tuple[Area, ...], hidden: bool
) -> None:
    """The fast path for lines without anything to note gives the facts and the notes of the way that all others take."""
    banner, places = heads
    above = [[banner]] if banner else []
    rows = frozenset({3} if hidden else ())
    grids = [
        *list_grids(banner, root, "编号" if has_ids else None, merged=merged, hidden_rows=rows),
        Grid("养老机构", rows=rows_of([*above, ["名称", places, "score", "备注"]], homes)),
    ]
    expected = judge_slowly(grids)
    assert expected == judge(grids, Vocabulary(PLAN))
    assert expected == judge(grids, VOCABULARY)  # which remembers what was read before
