"""Reads the tables of a workbook as rows of facts. Entries are read alike in a list of measures and in a register."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dabiao.base.problems import Location, Problems, nearest
from dabiao.base.units import Unit, UnknownUnit
from dabiao.facts.asides import Asides, are_numbered, is_numbered
from dabiao.facts.cells import (
    Percentages,
    SmallPercentages,
    absent_reason,
    is_bare_number,
    note_wrapped,
    read_value,
    unwrap,
)
from dabiao.facts.layout import IN, LIST, REASONS
from dabiao.facts.model import Absent, Blank, Fact
from dabiao.facts.rows import Row
from dabiao.facts.unit_banners import BannerUnits
from dabiao.facts.vocabulary import Headings, Vocabulary, fold_label, is_remark, keys_of
from dabiao.facts.whole_columns import ColumnProblems
from dabiao.facts.workbook.cells import is_converted, note_unshown, plain_text, reported_text, shown_text
from dabiao.facts.workbook.grid import a1, column_letters
from dabiao.facts.workbook.plain_lines import PlainEntries, PlainLines, find_unit, strip_unit
from dabiao.facts.workbook.tables import (
    Column,
    Table,
    check_title,
    head_rows,
    hidden_cells,
    merged_entries,
    row_texts,
    unit_banners,
)
from dabiao.rules.model import Measure
from dabiao.rules.shape import Text

_REASON_WORDS = keys_of(REASONS)
_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_SPACES = re.compile(r"\s+")
_MOST_MERGED = 100  # noted in one table


@dataclass(frozen=True, slots=True)
class _RowNotes:
    """The reason and the remarks in the row of an entry; `reason_text` is the reason as written."""

    reason: Absent | None = None
    reason_text: str = ""
    note: str = ""
    confirmed: str = ""
    evidence: str = ""


_NO_NOTES = _RowNotes()
_REMARKS = ("reason", "note", "confirmed", "evidence")


class TableReader:
    """Reads the tables of one workbook."""

    def __init__(self, vocabulary: Vocabulary, percentages: Percentages | None, file: str, problems: Problems) -> None:
        self._vocabulary, self._plan, self._percentages = vocabulary, vocabulary.plan, percentages
        self._file, self._problems = file, problems
        self._units: dict[Location, tuple[bool, Unit | None]] = {}
        self.blanks: list[Blank] = []
        self._start()

    def _start(self, table: Table | None = None) -> None:
        """Begin a table: forget what was kept of another one."""
        self._read: list[tuple[int, int]] = []
        self._asked = 0
        self._empty: list[tuple[int, int]] = []
        self._strays: dict[int, list[tuple[int, str]]] = {}
        self._small = SmallPercentages(self._problems)
        self._above = BannerUnits(unit_banners(table, self._file) if table else (), self._problems)
        self._remarks = [at for key in _REMARKS if table and (at := table.column(key))]
        if table:
            known = self._vocabulary.headings(table.kind)
            place = f"entries {table.kind} {self._percentages}"
            self._plain = self._vocabulary.keep(place, lambda: PlainEntries(known, self._percentages))

    def list_facts(self, table: Table, facts: dict[str, Fact]) -> None:
        """Read a list of the root's measures into `facts`."""
        self._start(table)
        known, value = self._vocabulary.headings(table.kind), table.column("value")
        assert value is not None  # it is how a list is recognised
        entries = [value, *(p for p in (table.column("reason"),) if p)]
        blocked = self._check_merged(table, entries)
        asides = Asides(self._plan.root, head_rows(table), self._problems, LIST["title"])
        labels = [position for key in ("id", "title") if (position := table.column(key))]
        seen: dict[str, int] = {}
        unit_at = table.column("unit") or value
        lines = PlainLines(table, self._plain, self._remarks, self._file, needs_unit=not self._above.is_empty)
        for row in table.data:
            plain = lines.read(row)
            if plain and plain[0].id not in seen and (row, value) not in blocked:
                self._take_fact(row, value, *plain, facts)
                seen[plain[0].id] = row
                continue
            measure = self._find_measure(table, row, value, known, asides)
            if measure is None or not self._check_shown(table, row, labels, blocked):
                continue
            if measure.id in seen:
                first = a1(seen[measure.id], value)
                self._problems.add("duplicate-line", self._locate(table, row, value), found=measure.title, first=first)
                continue
            seen[measure.id] = row
            self._check_strays(table, row)
            self._asked += 1
            if (row, value) not in blocked and not (value in table.grid.rows[row] or self._text(table, row, "reason")):
                self._empty.append((row, value))
            elif (row, value) not in blocked:
                notes = self._read_notes(table, row, measure.title)
                unit = self._text(table, row, "unit")
                fact = self._read_entry(table, (row, value), measure, notes, unit, (row, unit_at))
                if fact:
                    self._add_fact(fact, measure, facts)
        self._finish(table)

    def _take_fact(self, row: int, column: int, measure: Measure, fact: Fact, facts: dict[str, Fact]) -> None:
        """Take the figure of a plain line into `facts`."""
        self._asked += 1
        self._read.append((row, column))
        if measure.unit.symbol == "%" and fact.value is not None:
            self._small.look(fact.raw, fact.value, measure, fact.location)
        self._add_fact(fact, measure, facts)

    def _add_fact(self, fact: Fact, measure: Measure, facts: dict[str, Fact]) -> None:
        first = facts.setdefault(measure.id, fact)
        if first is not fact:  # in another list
            self._problems.add("duplicate-fact", fact.location, found=measure.title, first=first.location)

    def register_rows(self, table: Table) -> list[Row]:
        """Read the rows of a register."""
        self._start(table)
        kind = self._plan.kinds[table.kind]
        name_at, in_at = table.column("name"), table.column("in")
        assert name_at is not None  # it is how a register is recognised
        inside = kind.parent is not None and kind.parent != self._plan.root.id
        if inside and in_at is None:
            location = self._locate(table, table.last, name_at)
            self._problems.add("no-parent-column", location, expected=IN)
            return []
        entries = [column for column in table.columns.values() if column.measure]
        numbered = are_numbered(
            is_numbered(shown_text(table.grid.cell(row, name_at), table.grid))
            for row in table.data
            if any(table.grid.cell(row, column.position) for column in entries)
        )
        asides = Asides(kind, head_rows(table), self._problems, numbered=numbered)
        places = [name_at, *([in_at] if inside and in_at else []), *(c.position for c in entries)]
        spans = self._pass_over_spans(table, places, asides)
        blocked = self._check_merged(table, places, spans)
        rows = []
        with self._folding():
            for row in table.data:
                if row in spans:
                    continue
                name = self._read_name(table, row, name_at, entries, asides)
                if not name or not self._check_shown(table, row, [name_at], blocked):
                    continue
                self._check_strays(table, row)
                notes = self._read_notes(table, row, name)
                nothing = self._text(table, row, "nothing")
                self._asked += 0 if nothing else len(entries)
                facts = {}
                for column in entries:
                    if column.measure and (row, column.position) not in blocked:
                        at, unit_at = (row, column.position), (table.last, column.position)
                        fact = self._read_entry(table, at, column.measure, notes, column.unit, unit_at)
                        if fact:
                            facts[column.measure.id] = fact
                        elif not nothing and self._is_empty(table, row, column.position):
                            self._empty.append((row, column.position))
                parent = above = None
                if inside and in_at is not None:
                    parent = unwrap(_clean_name(shown_text(table.grid.cell(row, in_at), table.grid)))
                    above = self._locate(table, row, in_at)
                    if not parent:
                        expected = self._plan.kinds[kind.parent or ""].title
                        self._problems.add("no-parent", above, found=name, expected=expected)
                        continue
                location = self._locate(table, row, name_at)
                rows.append(Row(table.kind, name, parent, location, facts, nothing, above))
        self._finish(table)
        return rows

    @contextmanager
    def _folding(self) -> Iterator[None]:
        """Note what several cells of a column have alike as one problem."""
        outer, noted = self._problems, ColumnProblems()
        self._problems = noted
        try:
            yield
        finally:
            outer.extend(noted.fold(Counter(column_letters(column) for _, column in self._read)))
            self._problems = outer

    def _locate(self, table: Table, row: int, column: int) -> Location:
        return Location(self._file, 0, 0, table.grid.name, a1(row, column))

    def _text(self, table: Table, row: int, key: str) -> str:
        position = table.column(key)
        cell = table.grid.rows[row].get(position) if position else None
        if cell is None:
            return ""
        return cell.text.strip() if cell.stored == "text" else shown_text(cell, table.grid)

    # rows

    def _find_measure(self, table: Table, row: int, value: int, known: Headings, asides: Asides) -> Measure | None:
        """Return the measure of a row of a list, by its id or its title; None for headings and empty rows."""
        grid = table.grid
        key, title = self._text(table, row, "id"), self._text(table, row, "title")
        if plain := known.named(key, title):
            return plain
        cell = grid.cell(row, value)
        filled = cell is not None and bool(shown_text(cell, grid) or cell.stored == "uncomputed")
        at = table.column("id") if key else table.column("title")
        location = self._locate(table, row, at or value)
        measure = known.measure(key) if key else known.measure(title)
        if measure is not None and key:
            title_at = table.column("title")
            if title_at and title:
                named = known.measure(title) or known.heading(title).measure
                check_title(
                    title, named, measure, grid.cell(row, title_at), self._locate(table, row, title_at), self._problems
                )
            return measure
        if measure is None and not key:
            measure = known.heading(title).measure if title else None
        if measure is not None:
            return measure
        if not filled or not asides.is_data(title or key, row_texts(table, row), (value,), location):
            return None
        if known.is_derived(key) or known.is_derived(title):
            self._problems.add("derived-fact", self._locate(table, row, value), found=key or title)
        elif not key and not title:
            self._problems.add("figure-without-label", self._locate(table, row, value), found=shown_text(cell, grid))
        else:
            close = nearest(key or title, known.known)
            self._problems.add("unknown-measure", location, found=key or title, nearest=close, expected=known.titles)
        return None

    def _read_name(self, table: Table, row: int, name_at: int, entries: list[Column], asides: Asides) -> str:
        """Return the name of the subject of a row; empty if the row is no subject."""
        grid, kind = table.grid, self._plan.kinds[table.kind]
        cell, location = grid.cell(row, name_at), self._locate(table, row, name_at)
        name = note_wrapped(_clean_name(shown_text(cell, grid)), location, self._problems)
        if cell is not None and cell.stored in ("error", "uncomputed"):
            code = "error-cell" if cell.stored == "error" else "uncomputed-formula"
            self._problems.add(code, location, label=kind.title, found=cell.text, expected=kind.title)
            return ""
        if cell is not None and is_converted(cell):
            self._problems.add("name-converted", location, found=name)
            return ""
        columns = [column.position for column in entries]
        if not name and not any(grid.cell(row, column) for column in columns):
            if not any(other.stored == "text" or other.shape.shown == "date" for other in grid.rows[row].values()):
                self._check_strays(table, row)  # with a text, or as a date, it belongs to a remark or a signature
            return ""
        if asides.may_be(name) and not asides.is_data(name, row_texts(table, row), columns, location):
            return ""
        if not name:
            self._problems.add("no-name", location, found="", expected=kind.title)
        return self._vocabulary.headings(table.kind).listed(name)

    def _check_shown(self, table: Table, row: int, labels: list[int], blocked: set[tuple[int, int]]) -> bool:
        """Note what is struck out or not shown, and block it; returns whether the label of the row is sound."""
        if row not in table.grid.odd_rows:
            return True
        odd = {column for column, cell in table.grid.rows[row].items() if cell.shape.struck or cell.shape.hides}
        for column in [*(label for label in labels if label in odd), *sorted(odd.difference(labels))]:
            if column not in labels and not table.is_read(column):
                continue
            if note_unshown(table.grid.rows[row][column], self._locate(table, row, column), self._problems):
                if column in labels:
                    return False
                blocked.add((row, column))
        return True

    def _check_strays(self, table: Table, row: int) -> None:
        """Keep figures outside of the columns of the table."""
        cells = table.grid.rows[row]
        if cells.keys() <= table.columns.keys():
            return
        for position, cell in cells.items():
            if position not in table.columns and cell.stored != "text":
                found = shown_text(cell, table.grid) or cell.stored
                self._strays.setdefault(position, []).append((row, found))

    def _finish(self, table: Table) -> None:
        """Note what shows when all rows have been read: figures outside of the columns, small percentages, hidden cells."""
        for position, ((row, found), *more) in self._strays.items():
            if more:
                location, column = self._locate(table, table.last, position), column_letters(position)
                self._problems.add("untitled-column", location, column=column, found=found)
            else:
                self._problems.add("stray-figure", self._locate(table, row, position), found=found)
        self._small.finish()
        self._above.finish()
        self._warn_hidden(table)
        first = self._locate(table, *self._empty[0]) if self._empty else self._locate(table, table.last, 1)
        self.blanks.append(Blank(first, len(self._empty), self._asked))

    def _is_empty(self, table: Table, row: int, column: int) -> bool:
        cell = table.grid.cell(row, column)
        return cell is None or (cell.stored == "text" and not cell.text.strip())

    def _pass_over_spans(self, table: Table, places: list[int], asides: Asides) -> set[int]:
        """Warn of the sub-headings that are merged over all columns of a table; return their rows."""
        spans = set()
        for area, covered in sorted(merged_entries(table, places)):
            text = shown_text(table.grid.cell(area.top, area.left), table.grid)
            alone = area.top == area.bottom and len(table.grid.rows[area.top]) == 1
            if alone and len(covered) == len(places) and asides.is_span(text):
                self._problems.warn("ignored-row", self._locate(table, area.top, area.left), found=text)
                spans.add(area.top)
        return spans

    def _check_merged(
        self, table: Table, entries: list[int], spans: Collection[int] | None = None
    ) -> set[tuple[int, int]]:
        """Note merged entries, but for those in the rows of sub-headings, and return the cells they cover."""
        blocked: set[tuple[int, int]] = set()
        left = _MOST_MERGED
        for area, covered in merged_entries(table, entries):
            if spans is not None and area.top in spans:
                continue
            whole = spans is not None and len(covered) == len(entries)
            text = shown_text(table.grid.cell(area.top, area.left), table.grid)
            if area.top == area.bottom and (
                is_remark(text) or (not any(map(str.isdigit, text)) and area.left not in covered and not whole)
            ):
                continue
            if (left := left - 1) < 0:  # the workbook is refused already
                break
            titles = tuple(table.columns[column].title for column in covered[:4] if column in table.columns)
            location = self._locate(table, area.top, area.left)
            self._problems.add("merged-entry", location, found=str(area), label=titles)
            rows = range(area.top, min(area.bottom, max(table.grid.rows)) + 1)
            blocked.update((row, column) for row in rows for column in covered)
        return blocked

    def _warn_hidden(self, table: Table) -> None:
        if found := hidden_cells(table.grid, self._read):
            first = found.split(",")[0].rstrip("…")
            self._problems.warn("hidden-figures", Location(self._file, sheet=table.grid.name, cell=first), found=found)

    # entries

    def _read_notes(self, table: Table, row: int, label: str | Text) -> _RowNotes:
        cells = table.grid.rows[row]
        if not any(at in cells for at in self._remarks):
            return _NO_NOTES
        text = self._text(table, row, "reason")
        reason: Absent | None = None
        if text:
            word = _REASON_WORDS.get(fold_label(text))
            reason = absent_reason(text) or (absent_reason(f"absent:{word}") if word else None)
            if reason is None:
                location = self._locate(table, row, table.column("reason") or 1)
                expected = tuple(REASONS.values())
                self._problems.add("unknown-reason", location, label=label, found=text, expected=expected)
        note, confirmed, evidence = (self._text(table, row, key) for key in ("note", "confirmed", "evidence"))
        return _RowNotes(reason, text, note, confirmed, evidence)

    def _read_entry(
        self,
        table: Table,
        place: tuple[int, int],
        measure: Measure,
        notes: _RowNotes,
        unit: str,
        unit_place: tuple[int, int],
    ) -> Fact | None:
        """Read one entry; None if it is empty without a reason, or after noting what is wrong.

        `unit` is the text in its heading or in the column of units, and `unit_place` where that stands.
        """
        row, column = place
        cell, location = table.grid.rows[row].get(column), self._locate(table, row, column)
        remarks = notes.note, notes.confirmed, notes.evidence
        if cell is not None and not notes.reason_text:
            plain, is_own = self._plain.find(measure, unit)
            text = plain_text(cell)
            if plain and (is_own or self._above.is_empty) and (value := plain.value(text)) is not None:
                self._read.append(place)
                self._small.look(text, value, measure, location)
                return Fact(value, location, text, None, *remarks)
        if self._is_empty(table, row, column):
            if notes.reason is None:
                return None
            return Fact(None, location, notes.reason_text, notes.reason, *remarks)
        self._read.append(place)
        assert cell is not None
        reported = reported_text(cell, measure, table.grid, location, self._problems)
        if reported is None:
            return None
        if reason := absent_reason(reported):
            return Fact(None, location, reported, reason, *remarks)
        if notes.reason_text and table.form == "list":
            details = {"found": reported, "reason": notes.reason_text}
            self._problems.add("value-and-reason", location, label=measure.title, **details)
            return None
        known, own = self._read_unit(unit, measure, self._locate(table, *unit_place))
        if known and own is None:
            known, own = self._above.find(measure, is_bare=is_bare_number(reported))
        if not known:
            return None
        found = read_value(reported, measure, location, self._problems, self._percentages, own)
        if found is None:
            return None
        self._small.look(reported, found, measure, location)
        return Fact(found, location, reported, None, *remarks)

    def _read_unit(self, text: str, measure: Measure, location: Location) -> tuple[bool, Unit | None]:
        """Return whether the unit in a heading or a column of units is known, and the unit; it is looked at only once."""
        if location not in self._units:
            try:
                self._units[location] = True, find_unit(text, measure)
            except UnknownUnit as error:
                self._problems.add("unknown-unit", location, found=strip_unit(text), nearest=error.nearest)
                self._units[location] = False, None
        return self._units[location]


def _clean_name(text: str) -> str:
    """Return a name without line breaks and repeated spaces, which are only layout."""
    return _SPACES.sub(" ", _BREAKS.sub("", text)).strip()
