"""A sheet of a workbook as cells, with the stored value and the number format of each, independent of the file format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from dabiao.base.problems import MORE, Problem

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384  # of a sheet in Excel

_PLACE = re.compile(r"([A-Z]{1,3})([0-9]+)")

Stored = Literal["number", "text", "boolean", "error", "uncomputed", "broken"]
Shown = Literal["plain", "percent", "date", "time", "other"]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a number format shows a number; it writes `words` behind the number (0"万元" shows 5 as 5万元).

    "other" is a format that shows another figure than the stored one, such as thousands by a trailing comma. `hides` has the
    sorts of values that it shows as nothing: "+", "0", "-", and "@" for texts. `varies` is set if it shows some numbers
    otherwise than others: `number_formats.shape_at` tells how it shows one. `struck` is set if the font, or a piece of the
    text, is struck out. `money` is the sign of a currency that it writes beside the number.
    """

    shown: Shown = "plain"
    words: str = ""
    code: str = ""
    hides: str = ""
    struck: bool = False
    varies: bool = False
    money: str = ""


PLAIN = Shape()
"""A number is shown as it is stored."""


class Cell(NamedTuple):
    """The stored value of a cell: `text` has the digits of a number as in the file, a text, TRUE or FALSE, or an error.

    `stored` is "uncomputed" for a formula without a result, and "broken" for an invalid number.
    """

    stored: Stored
    text: str
    shape: Shape = PLAIN


class Area(NamedTuple):
    """Merged cells, from the first row and column to the last, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        return f"{a1(self.top, self.left)}:{a1(self.bottom, self.right)}"

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell lies in the area."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    @property
    def cells(self) -> int:
        """How many cells are merged; none if the last comes before the first."""
        return max(0, self.bottom - self.top + 1) * max(0, self.right - self.left + 1)


@dataclass(frozen=True)
class Grid:
    """One sheet: its filled cells by row and column, counted from 1. `epoch_1904` is set if it counts days from 1904.

    `conditional` has the areas with a conditional format that may strike cells out or has a number format of its own, and how
    it shows them.
    """

    name: str
    hidden: bool = False
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merged: tuple[Area, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: tuple[tuple[int, int], ...] = ()
    epoch_1904: bool = False
    conditional: tuple[tuple[Area, Shape], ...] = ()

    def cell(self, row: int, column: int) -> Cell | None:
        """Return a cell, or None if it is empty."""
        return self.rows.get(row, {}).get(column)

    def is_hidden(self, row: int, column: int) -> bool:
        """Whether a cell is in a hidden row or column."""
        return row in self.hidden_rows or any(low <= column <= high for low, high in self.hidden_columns)

    def area_at(self, row: int, column: int) -> Area | None:
        """Return the merged cells that begin with a cell, or None."""
        return self._areas.get((row, column))

    @cached_property
    def _areas(self) -> dict[tuple[int, int], Area]:
        return {(area.top, area.left): area for area in self.merged}

    @cached_property
    def odd_rows(self) -> frozenset[int]:
        """The rows with a cell that is struck out, or whose number format may show nothing."""
        return frozenset(
            row
            for row, cells in self.rows.items()
            for _, _, shape in cells.values()
            if shape is not PLAIN and (shape.struck or shape.hides)
        )

    def filled(self) -> Iterator[tuple[int, int, Cell]]:
        """Iterate over the filled cells by row and column."""
        for row in sorted(self.rows):
            for column in sorted(self.rows[row]):
                yield row, column, self.rows[row][column]


def find_order(problem: Problem, places: Mapping[str, int]) -> tuple[int, int, int]:
    """Return where a problem stands in a workbook: what is of the whole first, then by sheet, row and column."""
    if problem.code == MORE:
        return len(places), 0, 0
    found = _PLACE.match(problem.location.cell)
    row, column = (int(found[2]), column_of(found[1])) if found else (0, 0)
    return places.get(problem.location.sheet, -1), row, column


@lru_cache(maxsize=20_000)
def a1(row: int, column: int) -> str:
    """Return the name of a cell, such as C7."""
    return f"{column_letters(column)}{row}"


@lru_cache(maxsize=MAX_COLUMN)
def column_letters(column: int) -> str:
    """Return the letters of a column counted from 1."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


@lru_cache(maxsize=MAX_COLUMN)
def column_of(text: str) -> int:
    """Return the number of a column from its letters.

    Raises `ValueError` for other texts and for columns beyond the last one.
    """
    number = 0
    for sign in text:
        if not "A" <= sign <= "Z":
            raise ValueError(text)
        number = number * 26 + ord(sign) - 64
    if not 1 <= number <= MAX_COLUMN:
        raise ValueError(text)
    return number
