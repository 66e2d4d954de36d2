"""How a table stands on a page: which columns are numbers, how wide each has to be, and by what its rows are sorted."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from dabiao.reports.document import Cell, Table, Tone, as_cell

NOTHING = ("", "—", "-")  # cells that say nothing, last in either order
_NUMBER = re.compile(r"(?:[≥≤＞＜<>=≈+] ?)?([-−]?\d[\d,]*(?:\.\d+)?)(?![\d.]*[-/]\d)(?::(\d+(?:\.\d+)?)| ?([万亿]))?")
_SCALES = {"万": 1e4, "亿": 1e8}
_RANKS: dict[Tone, int] = {tone: rank for rank, tone in enumerate(get_args(Tone))}
_WIDTHS = (3, 4, 5, 6, 7, 8, 10, 12, 14, 16)  # in the size of the letters; the classes of page.css
_WIDEST = 12
_BAR = 10  # a bar can be read from this width on
_WIDEST_FIRST = 16


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, whether it holds numbers, and how wide it is at least."""

    heading: str
    numeric: bool
    width: int


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell, and what its row is sorted by instead of the text (None: the text)."""

    cell: Cell
    value: str | None


def columns_of(table: Table) -> tuple[Column, ...]:
    """Return the columns of a table."""
    return tuple(
        Column(heading, number in table.numbers, _width_of(table, number))
        for number, heading in enumerate(table.headings)
    )


def rows_of(table: Table) -> list[list[TableCell]]:
    """Return the cells of a table by row, with what each column is sorted by."""
    rows = [list(map(as_cell, row)) for row in table.rows]
    values = [_sort_values([row[number] for row in rows]) for number in range(len(table.headings))]
    return [[TableCell(cell, values[n][at]) for n, cell in enumerate(row)] for at, row in enumerate(rows)]


def _sort_values(cells: Sequence[Cell]) -> Sequence[str | None]:
    """Return what the cells of a column are sorted by: how grave they are, their numbers, or nothing but their texts."""
    saying = [cell for cell in cells if cell.text not in NOTHING]
    if saying and all(cell.tone for cell in saying):
        return [str(_RANKS[cell.tone]) if cell.tone else "" for cell in cells]
    numbers = {cell.text: number_of(cell.text) for cell in saying}
    if not saying or None in numbers.values():
        return [None] * len(cells)
    return [f"{numbers[cell.text]:.15g}" if cell.text in numbers else "" for cell in cells]


def number_of(text: str) -> float | None:
    """Return the number that a text begins with, in 万 and 亿 as ones, and 1:n as a share; None for a date or a word."""
    found = _NUMBER.match(text)
    if found is None:
        return None
    number = float(found[1].replace(",", "").replace("−", "-"))
    if found[2]:
        return number / float(found[2]) if float(found[2]) else None
    number *= _SCALES.get(found[3] or "", 1)
    return number if math.isfinite(number) else None


def _width_of(table: Table, number: int) -> int:
    """Return the least width of a column: that of its longest line, or one at which long lines break well."""
    cells = [as_cell(row[number]) for row in table.rows]
    texts = [table.headings[number] + "  ", *(cell.text.split("\n")[0] for cell in cells)]
    needed = max(_BAR if any(cell.bar for cell in cells) else 0, *map(_length, texts))
    widest = _WIDEST if number else _WIDEST_FIRST
    return next((width for width in _WIDTHS if min(needed, widest) <= width), widest)


def _length(text: str) -> float:
    """Return about how long a text is, in the size of its letters."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.56 for char in text[:64])
