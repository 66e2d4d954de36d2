"""Fast path for lines of which nothing is to be noted, as nearly all lines of a list of measures are.

Such a line has the id and the title of a measure as the plan has them, a unit or none, and a plain number. Anything else is
left to `entries.TableReader`, which says what is wrong; a figure that is read here is the same as there.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

from dabiao.base.problems import Location
from dabiao.base.units import Unit, UnknownUnit, parse_unit
from dabiao.facts.cells import Percentages
from dabiao.facts.model import Fact
from dabiao.facts.plain_numbers import PlainNumbers
from dabiao.facts.vocabulary import Headings, Remembered
from dabiao.facts.workbook.cells import plain_text
from dabiao.facts.workbook.grid import Cell, a1
from dabiao.facts.workbook.tables import Table
from dabiao.rules.model import Measure

_BLANK = Cell("text", "")
_Line: TypeAlias = tuple[Measure, PlainNumbers, bool]


def strip_unit(text: str) -> str:
    """Return a unit without the brackets around it."""
    return text.strip().strip("[]()（）［］【】").strip()


def find_unit(text: str, measure: Measure) -> Unit | None:
    """Return the unit in a heading or in the column of units; None where there is none. Raises `UnknownUnit`."""
    text = strip_unit(text)
    if not text or measure.steps:
        return None
    return (
        measure.unit if text == measure.unit.symbol else parse_unit(text)
    )  # one of another kind is refused with the value


class PlainEntries:
    """The readers of plain numbers of one kind's measures, by the unit in the heading or in the column of units, as written.

    They are made once for all workbooks of one reading.
    """

    def __init__(self, known: Headings, percentages: Percentages | None) -> None:
        self._known, self._percentages = known, percentages
        self._readers: Remembered[tuple[str, str], tuple[PlainNumbers | None, bool]] = Remembered()
        self._lines: Remembered[tuple[str, str, str], _Line | None] = Remembered()

    def find(self, measure: Measure, unit: str) -> tuple[PlainNumbers | None, bool]:
        """Return the reader, None if the unit is not known, and whether the text gives a unit."""
        place = (measure.id, unit)
        if place in self._readers:
            return self._readers[place]
        found: tuple[PlainNumbers | None, bool] = None, False
        try:
            own = find_unit(unit, measure)
            found = PlainNumbers(measure, self._percentages, own), own is not None
        except UnknownUnit:
            pass
        return self._readers.keep(place, found, unit)

    def find_line(self, line: tuple[str, str, str]) -> _Line | None:
        """Return the measure of an id, a title and a unit, its reader, and whether there is a unit; None if not plain."""
        if line in self._lines:
            return self._lines[line]
        key, title, unit = line
        found: _Line | None = None
        if measure := self._known.named(key.strip(), title.strip()):
            plain, is_own = self.find(measure, unit)
            found = (measure, plain, is_own) if plain else None
        return self._lines.keep(line, found, *line)


class PlainLines:
    """Reads the plain lines of one list. `remarks` are the columns with reasons and notes; with a figure a line has none.

    `needs_unit` is set if a figure in a line without a unit is not plain: there are units above the table.
    """

    def __init__(
        self, table: Table, entries: PlainEntries, remarks: Collection[int], file: str, *, needs_unit: bool
    ) -> None:
        self._rows, self._odd, self._columns = table.grid.rows, table.grid.odd_rows, table.columns.keys()
        self._entries, self._needs_unit, self._remarks = entries, needs_unit, frozenset(remarks)
        self._file, self._sheet = file, table.grid.name
        self._at = tuple(table.column(key) or 0 for key in ("id", "title", "unit", "value"))

    def read(self, row: int) -> tuple[Measure, Fact] | None:
        """Return the measure and the figure of a line; None if it is not plain."""
        cells = self._rows[row]
        key_at, title_at, unit_at, value_at = self._at
        value = cells.get(value_at)
        if value is None or row in self._odd or not (self._remarks.isdisjoint(cells) and cells.keys() <= self._columns):
            return None
        labels = cells.get(key_at, _BLANK), cells.get(title_at, _BLANK), cells.get(unit_at, _BLANK)
        (key_is, key, _), (title_is, title, _), (unit_is, unit, _) = labels
        if not key_is == title_is == unit_is == "text":
            return None
        line = self._entries.find_line((key, title, unit))
        if line is None:
            return None
        measure, plain, is_own = line
        text = plain_text(value)
        number = plain.value(text) if is_own or not self._needs_unit else None
        if number is None:
            return None
        return measure, Fact(number, Location(self._file, 0, 0, self._sheet, a1(row, value_at)), text)
