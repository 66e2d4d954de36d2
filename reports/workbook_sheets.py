"""Tables in workbooks: texts that nothing runs, numbers and days to sort by, rows as high as their texts, set up for print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from dabiao.base.messages import visible
from dabiao.base.quantities import decimal_text, quantity_text
from dabiao.base.spreadsheet import is_formula
from dabiao.base.units import PERCENT
from dabiao.facts.model import to_float
from dabiao.reports.wrapping import wrap
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from rich.cells import cell_len

_TEXT = 32_000  # characters of a cell; Excel takes 32,767
_FORM = 250  # characters of a number format; Excel takes 255
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SIZE, _LINE, _HIGHEST = 10.5, 15.5, 405.0  # of letters, lines and rows, in points; Excel takes rows of 409
_WIDEST, _NARROWEST = 24, 6  # columns that are made wider or narrower, in characters
_PAPER = 152  # characters across A4 that stay as large as 8 points, also where the letters of the default font are wide
_FAMILY = "Calibri"
PLAIN, BOLD = Font(name=_FAMILY, size=SIZE), Font(name=_FAMILY, size=SIZE, bold=True)
TITLE = Font(name=_FAMILY, size=14, bold=True)
_LINK = Font(name=_FAMILY, size=SIZE, color="FF0563C1", underline="single")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_RIGHT = Alignment(vertical="top", horizontal="right", indent=1)
_HEAD = PatternFill("solid", fgColor="FFD9E1F2")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or a day to sort by: its value, its number format, and how it is shown by that."""

    value: float | date
    form: str
    text: str


Value = str | Figure


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading and its width in characters. One that is `folded` is opened by a click, and not printed."""

    heading: str
    width: int
    folded: bool = False


def number(value: Fraction, around: str = "{}", below: str = "", zero: str = "") -> Figure | None:
    """Return a number to sort by, shown in the words `around` it; one `below` zero and `zero` itself in words of their own.

    None where a spreadsheet has no such number: it keeps 15 digits.
    """
    found = to_float(value)
    if Fraction(f"{found:.15g}") != value:
        return None
    places = len(decimal_text(value).partition(".")[2])
    form = "#,##0" + ("." + "0" * places if places else "")
    if (around, below, zero) != ("{}", "", ""):
        under = _quote(below, form) if below else _quote(around, f"-{form}")
        form = ";".join((_quote(around, form), under, _quote(zero or around, form)))
    shown = around if value > 0 else below or around if value < 0 else zero or around
    text = shown.replace("{}", decimal_text(abs(value) if value < 0 and below else value))
    return Figure(int(found) if found.is_integer() else found, form, text) if len(form) <= _FORM else None


def _quote(around: str, digits: str) -> str:
    """Return a number format in which words stand around the digits."""
    return digits.join(f'"{part}"' if part else "" for part in around.replace('"', "'").split("{}"))


def percent(share: Fraction) -> Value:
    """Return a share as a percentage: to sort by where it ends, else a text."""
    text = quantity_text(share, PERCENT)
    places = len(decimal_text(share * 100).partition(".")[2])
    found = number(share)
    return Figure(found.value, "0" + ("." + "0" * places if places else "") + " %", text) if found else text


def day(value: date) -> Figure:
    """Return a day to sort by."""
    return Figure(value, "yyyy-mm-dd", str(value))


def plain(text: str) -> str:
    """Return a text that a cell can hold: what XML cannot hold is written out, and an endless text is cut."""
    text = _NOT_XML.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)
    return text if len(text) <= _TEXT else text[:_TEXT] + "…"


def put(cell: Any, value: Value) -> None:
    """Write a number or a day as one, and a text as a text, whatever it begins with."""
    if isinstance(value, Figure):
        cell.value, cell.number_format = value.value, value.form
    elif value:
        cell.value = plain(visible(value))
        cell.data_type = "s"  # openpyxl would take "=..." for a formula
        if is_formula(value):
            cell.quotePrefix = True


def link_to(cell: Any, sheet: str, place: str) -> None:
    """Let a cell lead to another one of its workbook."""
    target = f"{quote_sheetname(sheet)}!{place}"
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=target, display=cell.value)
    cell.font = _LINK


def fill_table(sheet: Worksheet, columns: Sequence[Column], rows: Sequence[Sequence[Value]]) -> None:
    """Write a table with a frozen head and a filter, all of its texts to be seen, set up to be printed."""
    widths = set_widths(sheet, columns, rows)
    write_row(sheet, 1, [column.heading for column in columns], widths, head=True)
    for position, row in enumerate(rows, 2):
        write_row(sheet, position, row, widths)
    last = get_column_letter(len(columns))
    sheet.auto_filter.ref = f"A1:{last}{len(rows) + 1}"
    sheet.print_area = f"A1:{last}{len(rows) + 1}"
    set_up_print(sheet)


def set_widths(sheet: Worksheet, columns: Sequence[Column], rows: Sequence[Sequence[Value]]) -> list[int]:
    """Give columns their widths, wider where a number would not be seen, others narrower where all have no room on paper;
    return them, zero for what is folded away.
    """
    needed = [
        max((cell_len(value.text) + 2 for value in several if isinstance(value, Figure)), default=0)
        for several in zip(*rows, strict=True)
    ] or [0] * len(columns)
    widths = [max(column.width, min(need, _WIDEST)) for column, need in zip(columns, needed, strict=True)]
    printed = [place for place, column in enumerate(columns) if not column.folded]
    texts = [place for place in printed if not needed[place]]
    over, room = sum(widths[place] for place in printed) - _PAPER, sum(widths[place] for place in texts)
    for place in texts if over > 0 else ():
        widths[place] = max(int(widths[place] * (room - over) / room), _NARROWEST)
    for place, (column, width) in enumerate(zip(columns, widths, strict=True)):
        dimension = sheet.column_dimensions[get_column_letter(place + 1)]
        dimension.width = width
        if column.folded:
            dimension.outlineLevel, dimension.hidden, widths[place] = 1, True, 0
    return widths


def write_row(
    sheet: Worksheet, row: int, values: Sequence[Value], widths: Sequence[int], *, head: bool = False
) -> None:
    """Write the cells of a row, and make it as high as the longest text needs."""
    lines = 1
    for position, (value, width) in enumerate(zip(values, widths, strict=True), 1):
        cell = sheet.cell(row, position)
        put(cell, value)
        cell.alignment, cell.font = _RIGHT if isinstance(value, Figure) else _WRAPPED, BOLD if head else PLAIN
        if head:
            cell.fill = _HEAD
        if width and isinstance(value, str):
            lines = max(lines, count_lines(value, width))
    sheet.row_dimensions[row].height = height(lines)


def height(lines: int, size: float = SIZE) -> float:
    """Return how high a row of some lines is, in points."""
    return min(lines * _LINE * size / SIZE, _HIGHEST)


@lru_cache(20_000)
def count_lines(text: str, width: int) -> int:
    """Return how many lines a text needs in a cell of a width: a spreadsheet breaks what has no room, and behind hyphens."""
    room = width - 1
    if 2 * len(text) <= room:
        return 1
    return sum(max(-(-cell_len(line) // room), 1) for line in wrap(visible(text).replace("-", "- "), room))


def set_up_print(sheet: Worksheet) -> None:
    """Freeze the first row and print it on every page: A4 across, as wide as the paper, with the pages numbered."""
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_margins = PageMargins(left=0.3, right=0.3, top=0.4, bottom=0.5, header=0.2, footer=0.2)
    if (foot := sheet.oddFooter) is not None:
        foot.left.text, foot.right.text = "&A", "&P / &N"
