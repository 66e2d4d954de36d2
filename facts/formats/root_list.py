"""Reads the facts of the root subject from a table: one row per measure, with the columns `layout.LIST`."""

from __future__ import annotations

from collections.abc import Mapping

from dabiao.base.files import File
from dabiao.base.problems import Location, Problems, name_some, nearest
from dabiao.base.units import Unit, UnknownUnit, parse_unit
from dabiao.facts.asides import Asides
from dabiao.facts.cells import Percentages, SmallPercentages, absent_reason, read_value
from dabiao.facts.formats.csv_table import open_csv, refuse_spaces
from dabiao.facts.layout import LIST, REASONS
from dabiao.facts.model import ABSENT, Absent, Fact
from dabiao.facts.unit_banners import units_above
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Measure

_NEEDED = ("id", "value")
_KEYS = {word.casefold(): key for key, words in LIST.items() for word in (key, *words)}


def read_list(
    file: File, vocabulary: Vocabulary, percentages: Percentages | None, before: Mapping[str, Fact], problems: Problems
) -> dict[str, Fact]:
    """Read a list of the root's facts; `before` are the facts in the head of the sheet.

    Raises `Refused` for a file that is no table.
    """
    return _ListReader(file, vocabulary, percentages, problems).facts(before)


class _ListReader:
    def __init__(self, file: File, vocabulary: Vocabulary, percentages: Percentages | None, problems: Problems) -> None:
        self._file, self._plan = str(file), vocabulary.plan
        self._percentages, self._problems = percentages, problems
        self._rows = open_csv(file, problems).rows()
        self._columns: dict[str, int] = {}
        self._untitled: set[int] = set()
        self._small = SmallPercentages(problems)
        self._measures = vocabulary.measures(self._plan.root.id)

    def facts(self, before: Mapping[str, Fact]) -> dict[str, Fact]:
        facts: dict[str, Fact] = {}
        header_line, header = next(self._rows)
        if not self._find_columns(header, header_line):
            return facts
        asides = Asides(self._plan.root, [_by_column(header)], self._problems, LIST["title"])
        for line, cells in self._rows:
            self._check_untitled(cells, header_line)
            cell = {key: cells[position].strip() for key, position in self._columns.items()}
            measure = self._find_measure(cell, line, _by_column(cells), asides)
            if measure is None:
                continue
            first = facts.get(measure.id) or before.get(measure.id)
            if first and self._is_filled(cell):
                self._problems.add(
                    "duplicate-fact", self._locate("value", line), found=measure.title, first=first.location
                )
            elif fact := self._read_fact(measure, cell, line):
                facts[measure.id] = fact
        self._small.finish()
        return facts

    def _locate(self, key: str, line: int) -> Location:
        return Location(self._file, line, self._columns.get(key, -1) + 1)

    def _find_columns(self, cells: list[str], line: int) -> bool:
        """Find the columns; returns whether the rows can be read."""
        unknown: list[tuple[str, Location]] = []
        sound = True
        for position, cell in enumerate(cells):
            location, name = Location(self._file, line, position + 1), cell.strip()
            key = _KEYS.get(name.casefold())
            if not name:
                self._untitled.add(position)
            elif key is None and units_above(name):
                self._problems.add("unit-banner", location, found=name)
                return False
            elif key is None:
                unknown.append((name, location))
            elif key in self._columns:
                self._problems.add("reading.column-twice", location, found=name)
                sound = False
            else:
                self._columns[key] = position
        place = Location(self._file, line)
        if not self._columns:
            refuse_spaces(cells, lambda word: word.casefold() in _KEYS, place)
            self._problems.add(
                "no-head-row", place, found=name_some([name for name, _ in unknown], 4), expected=_NEEDED
            )
            return False
        for name, location in unknown:
            close = nearest(name.casefold(), _KEYS)
            self._problems.add("reading.column", location, found=name, nearest=close, expected=tuple(LIST))
        if not unknown and ("value" not in self._columns or not {"id", "title"} & set(self._columns)):
            self._problems.add("no-name-column", place, expected=", ".join(_NEEDED))
            return False
        return sound and not unknown

    def _check_untitled(self, cells: list[str], header_line: int) -> None:
        """Note a column without a heading where it is first filled in."""
        for position in [position for position in self._untitled if cells[position].strip()]:
            self._untitled.discard(position)
            location = Location(self._file, header_line, position + 1)
            self._problems.add("untitled-column", location, column=position + 1, found=cells[position].strip())

    def _find_measure(
        self, cell: Mapping[str, str], line: int, cells: Mapping[int, str], asides: Asides
    ) -> Measure | None:
        """Return the measure of a row; None after noting that its id and title name none or two different ones."""
        name, title = cell.get("id", ""), cell.get("title", "")
        location = self._locate("id" if name else "title", line)
        measure = self._measures.get(name or title)
        if measure is not None:
            other = self._measures.get(title, measure)
            if other is measure:
                return measure
            location = self._locate("title", line)
            self._problems.add("reading.two-measures", location, found=title, measure=measure.id, other=other.id)
        elif not asides.is_data(name or title, cells, (self._columns["value"],), location):
            return None
        elif name or title:
            found = name or title
            if found in self._plan.measures_of(self._plan.root.id):
                self._problems.add("derived-fact", location, found=found)
            else:
                ids = tuple(sorted(self._plan.reported(self._plan.root.id))[:12])
                close = nearest(found, self._measures)
                self._problems.add("unknown-measure", location, found=found, nearest=close, expected=ids)
        elif self._is_filled(cell):  # a figure without a measure
            self._problems.add("no-name", self._locate("value", line))
        return None

    @staticmethod
    def _is_filled(cell: Mapping[str, str]) -> bool:
        return bool(cell["value"] or cell.get("reason"))

    def _read_fact(self, measure: Measure, cell: Mapping[str, str], line: int) -> Fact | None:
        text, reason = cell["value"], cell.get("reason", "")
        location = self._locate("value", line)
        note, confirmed, evidence = (cell.get(key, "") for key in ("note", "confirmed", "evidence"))
        given = absent_reason(text)
        if text and reason:
            self._problems.add("value-or-absent", self._locate("reason", line), found=measure.id)
            return None
        if reason or given:
            absent = given or reason_of(reason)
            if absent is None:
                location = self._locate("reason", line)
                expected = tuple(REASONS.values())
                self._problems.add("unknown-choice", location, found=reason, nearest="", expected=expected)
                return None
            return Fact(None, location if given else self._locate("reason", line), absent, absent, note, "", evidence)
        if not text:
            return None
        problems = len(self._problems)
        shown = self._read_unit(cell.get("unit", ""), measure, line)
        if len(self._problems) > problems:
            return None
        value = read_value(text, measure, location, self._problems, self._percentages, shown)
        if value is not None:
            self._small.look(text, value, measure, location)
        return None if value is None else Fact(value, location, text, None, note, confirmed, evidence)

    def _read_unit(self, text: str, measure: Measure, line: int) -> Unit | None:
        """Return the unit that the row gives for a bare number."""
        if not text or measure.steps:
            return None
        try:
            found = parse_unit(text)
        except UnknownUnit as error:
            self._problems.add("unknown-unit", self._locate("unit", line), found=text, nearest=error.nearest)
            return None
        if found.dimension != measure.dimension or found.is_points != measure.unit.is_points:
            location, expected = self._locate("unit", line), measure.unit.symbol or "1"
            self._problems.add("fact-dimension", location, found=text, measure=measure.title, expected=expected)
        return found


def _by_column(cells: list[str]) -> dict[int, str]:
    return dict(enumerate(cells))


def reason_of(text: str) -> Absent | None:
    """Return the reason that a cell names, by its word in either language or its key; None if it names none."""
    flat = text.strip().casefold()
    for name in ABSENT:
        if flat in (name, *(word.casefold() for word in REASONS[name])):
            return name
    return absent_reason(text)
