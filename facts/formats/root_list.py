"""Facts of the root subject as a table: one row a measure, with the columns `layout.LIST`. For those who do not write YAML."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from dabiao.base.files import File
from dabiao.base.limits import limits
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Problem, Problems, Refused, make_limit_problem, nearest
from dabiao.base.units import Unit, UnknownUnit, parse_unit
from dabiao.facts.cells import Percentages, absent_reason, read_value
from dabiao.facts.formats.encodings import decode
from dabiao.facts.layout import LIST, REASONS
from dabiao.facts.model import ABSENT, Absent, Fact
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Measure

_KEYS = {word.casefold(): key for key, words in LIST.items() for word in (key, *words)}


def read_list(
    file: File, vocabulary: Vocabulary, percentages: Percentages | None, before: Mapping[str, Fact], problems: Problems
) -> dict[str, Fact]:
    """Read a list of the root's facts; `before` are those that the head of the sheet gives already.

    Raises `Refused` for a file that is no table.
    """
    return _List(file, vocabulary, percentages, problems).facts(before)


class _List:
    def __init__(self, file: File, vocabulary: Vocabulary, percentages: Percentages | None, problems: Problems) -> None:
        self._file, self._plan = str(file), vocabulary.plan
        self._percentages, self._problems = percentages, problems
        self._text = decode(read_bytes(file), Location(str(file)), problems)
        self._columns: dict[str, int] = {}
        self._measures = vocabulary.measures(self._plan.root.id)

    def facts(self, before: Mapping[str, Fact]) -> dict[str, Fact]:
        facts: dict[str, Fact] = {}
        rows = self._rows()
        line, header = next(rows)
        if not self._header(header, line):
            return facts
        for line, cells in rows:
            cell = {key: cells[position].strip() for key, position in self._columns.items()}
            measure = self._measure(cell, line)
            if measure is None:
                continue
            first = facts.get(measure.id) or before.get(measure.id)
            if first and self._said(cell):
                self._problems.add("duplicate-fact", self._where("value", line), found=measure.id, first=first.location)
            elif fact := self._fact(measure, cell, line):
                facts[measure.id] = fact
        return facts

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Iterate over the rows that are not blank, each with the line it starts in."""
        text = self._text.replace("\r\n", "\n").replace("\r", "\n")
        reader, line, width = csv.reader(io.StringIO(text), strict=True), 1, 0
        try:
            for count, cells in enumerate(reader):
                if count > limits().cells:
                    raise Refused([make_limit_problem("rows", Location(self._file, line), f"> {count - 1}")])
                width = width or len(cells)
                if any(cell.strip() for cell in cells):
                    if len(cells) != width:
                        raise Refused([Problem("bad-csv", Location(self._file, line))])
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error:
            raise Refused([Problem("bad-csv", Location(self._file, line))]) from None

    def _where(self, key: str, line: int) -> Location:
        return Location(self._file, line, self._columns.get(key, -1) + 1)

    def _header(self, cells: list[str], line: int) -> bool:
        """Find the columns; returns whether the rows can be read."""
        sound = True
        for position, cell in enumerate(cells):
            location, name = Location(self._file, line, position + 1), cell.strip()
            key = _KEYS.get(name.casefold())
            if key is None:
                close = nearest(name.casefold(), _KEYS)
                self._problems.add("reading.column", location, found=name, nearest=close, expected=tuple(LIST))
                sound = False
            elif key in self._columns:
                self._problems.add("reading.column-twice", location, found=name)
                sound = False
            else:
                self._columns[key] = position
        if "value" not in self._columns or not {"id", "title"} & set(self._columns):
            self._problems.add("no-name-column", Location(self._file, line), expected="id, value")
            return False
        return sound

    def _measure(self, cell: Mapping[str, str], line: int) -> Measure | None:
        """Return the measure of a row; None after noting that there is none, or two."""
        name, title = cell.get("id", ""), cell.get("title", "")
        measure = self._measures.get(name or title)
        if measure is not None:
            other = self._measures.get(title, measure)
            if other is measure:
                return measure
            location = self._where("title", line)
            self._problems.add("reading.two-measures", location, found=title, measure=measure.id, other=other.id)
        elif name or title:
            location, found = self._where("id" if name else "title", line), name or title
            if found in self._plan.measures_of(self._plan.root.id):
                self._problems.add("derived-fact", location, found=found)
            else:
                ids = tuple(sorted(self._plan.reported(self._plan.root.id))[:12])
                close = nearest(found, self._measures)
                self._problems.add("unknown-measure", location, found=found, nearest=close, expected=ids)
        elif self._said(cell):  # a figure of nobody knows what
            self._problems.add("no-name", self._where("value", line))
        return None

    @staticmethod
    def _said(cell: Mapping[str, str]) -> bool:
        return bool(cell["value"] or cell.get("reason"))

    def _fact(self, measure: Measure, cell: Mapping[str, str], line: int) -> Fact | None:
        text, reason = cell["value"], cell.get("reason", "")
        location = self._where("value", line)
        note, confirmed, evidence = (cell.get(key, "") for key in ("note", "confirmed", "evidence"))
        given = absent_reason(text)
        if text and reason:
            self._problems.add("value-or-absent", self._where("reason", line), found=measure.id)
            return None
        if reason or given:
            absent = given or reason_of(reason)
            if absent is None:
                location = self._where("reason", line)
                expected = tuple(REASONS.values())
                self._problems.add("unknown-choice", location, found=reason, nearest="", expected=expected)
                return None
            return Fact(None, location if given else self._where("reason", line), absent, absent, note, "", evidence)
        if not text:
            return None
        problems = len(self._problems)
        shown = self._unit(cell.get("unit", ""), measure, line)
        if len(self._problems) > problems:
            return None
        value = read_value(text, measure, location, self._problems, self._percentages, shown)
        return None if value is None else Fact(value, location, text, None, note, confirmed, evidence)

    def _unit(self, text: str, measure: Measure, line: int) -> Unit | None:
        """Return the unit that the row gives for a bare number."""
        if not text or measure.steps:
            return None
        try:
            found = parse_unit(text)
        except UnknownUnit as error:
            self._problems.add("unknown-unit", self._where("unit", line), found=text, nearest=error.nearest)
            return None
        if found.dimension != measure.dimension or found.is_points != measure.unit.is_points:
            location, expected = self._where("unit", line), measure.unit.symbol or "1"
            self._problems.add("fact-dimension", location, found=text, measure=measure.id, expected=expected)
        return found


def reason_of(text: str) -> Absent | None:
    """Return the reason a cell of a column of reasons gives, by its word in either language or its name; None if it is none."""
    flat = text.strip().casefold()
    for name in ABSENT:
        if flat in (name, *(word.casefold() for word in REASONS[name])):
            return name
    return absent_reason(text)
