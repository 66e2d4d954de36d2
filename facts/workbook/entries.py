"""From the tables of a workbook to rows of facts: one way of reading an entry, in a list of measures and in a register."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from dabiao.base.problems import Location, Problems, nearest
from dabiao.base.units import Unit, UnknownUnit, parse_unit
from dabiao.facts.cells import Percentages, absent_reason, read_value
from dabiao.facts.layout import IN, LIST, REASONS
from dabiao.facts.model import Absent, Fact
from dabiao.facts.rows import Row
from dabiao.facts.vocabulary import Headings, Vocabulary, flat, is_remark, is_total, keys_of
from dabiao.facts.workbook.cells import is_figure, number_text, reported_text, shown_text
from dabiao.facts.workbook.grid import Cell, a1
from dabiao.facts.workbook.tables import Column, Table, check_title, hidden_cells, merged_entries
from dabiao.rules.model import Kind, Measure
from dabiao.rules.shape import Text

_REASON_WORDS = keys_of(REASONS)
_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_SPACES = re.compile(r"\s+")
_MOST_MERGED = 100  # told of in one table


@dataclass(frozen=True, slots=True)
class _Said:
    """What stands beside an entry: why it is missing, and where that is said; and remarks."""

    reason: Absent | None = None
    reason_text: str = ""
    note: str = ""
    confirmed: str = ""
    evidence: str = ""


class TableReader:
    """Reads the tables of one workbook."""

    def __init__(self, vocabulary: Vocabulary, percentages: Percentages | None, file: str, problems: Problems) -> None:
        self._vocabulary, self._plan, self._percentages = vocabulary, vocabulary.plan, percentages
        self._file, self._problems = file, problems
        self._read: list[tuple[int, int]] = []

    def list_facts(self, table: Table, facts: dict[str, Fact]) -> None:
        """Read a list of the root's measures into `facts`."""
        self._read = []
        known, value = self._vocabulary.headings(table.kind), table.column("value")
        assert value is not None  # it is how a list is recognised
        entries = [value, *(p for p in (table.column("reason"),) if p)]
        blocked = self._merged(table, entries)
        seen: dict[str, int] = {}
        for row in table.data:
            measure = self._line(table, row, value, known)
            if measure is None:
                continue
            if measure.id in seen:
                first = a1(seen[measure.id], value)
                self._problems.add("duplicate-line", self._where(table, row, value), found=measure.id, first=first)
                continue
            seen[measure.id] = row
            self._strays(table, row)
            if (row, value) not in blocked and (value in table.grid.rows[row] or self._text(table, row, "reason")):
                column = Column(value, "measure", measure.id, measure, self._text(table, row, "unit"))
                unit_at = table.column("unit")
                said = self._said(table, row, measure.title)
                fact = self._fact(table, row, column, said, unit_row=row, unit_column=unit_at or value)
                if fact and (first_fact := facts.setdefault(measure.id, fact)) is not fact:  # in another list
                    location = self._where(table, row, value)
                    self._problems.add("duplicate-fact", location, found=measure.id, first=first_fact.location)
        self._hidden(table)

    def register_rows(self, table: Table) -> list[Row]:
        """Read the rows of a register."""
        self._read = []
        kind = self._plan.kinds[table.kind]
        name_at, in_at = table.column("name"), table.column("in")
        assert name_at is not None  # it is how a register is recognised
        inside = kind.parent is not None and kind.parent != self._plan.root.id
        if inside and in_at is None:
            location = self._where(table, table.last, name_at)
            self._problems.add("no-parent-column", location, expected=IN)
            return []
        entries = [column for column in table.columns.values() if column.measure]
        blocked = self._merged(table, [name_at, *([in_at] if inside and in_at else []), *(c.position for c in entries)])
        rows = []
        for row in table.data:
            name = self._name(table, row, name_at, entries, kind)
            if not name:
                continue
            self._strays(table, row)
            said = self._said(table, row, name)
            facts = {}
            for column in entries:
                if column.measure and (row, column.position) not in blocked:
                    fact = self._fact(table, row, column, said, unit_row=table.last, unit_column=column.position)
                    if fact:
                        facts[column.measure.id] = fact
            parent = None
            if inside and in_at is not None:
                parent = _name_text(shown_text(table.grid.cell(row, in_at), table.grid))
                if not parent:
                    expected = self._plan.kinds[kind.parent or ""].title
                    self._problems.add("no-parent", self._where(table, row, in_at), found=name, expected=expected)
                    continue
            location = self._where(table, row, name_at)
            rows.append(Row(table.kind, name, parent, location, facts, self._text(table, row, "nothing")))
        self._hidden(table)
        return rows

    def _where(self, table: Table, row: int, column: int) -> Location:
        return Location(self._file, sheet=table.grid.name, cell=a1(row, column))

    def _text(self, table: Table, row: int, key: str) -> str:
        position = table.column(key)
        cell = table.grid.rows[row].get(position) if position else None
        if cell is None:
            return ""
        return cell.text.strip() if cell.stored == "text" else shown_text(cell, table.grid)

    # rows

    def _line(self, table: Table, row: int, value: int, known: Headings) -> Measure | None:
        """Return the measure of a row of a list, by its id or its title; None for headings and empty rows."""
        grid = table.grid
        key, title = self._text(table, row, "id"), self._text(table, row, "title")
        cell = grid.cell(row, value)
        filled = cell is not None and bool(shown_text(cell, grid) or cell.stored == "uncomputed")
        at = table.column("id") if key else table.column("title")
        location = self._where(table, row, at or value)
        measure = known.measure(key) if key else known.measure(title)
        if measure is not None and key:
            title_at = table.column("title")
            if title_at and title:
                named = known.measure(title) or known.heading(title).measure
                check_title(
                    title, named, measure, grid.cell(row, title_at), self._where(table, row, title_at), self._problems
                )
            return measure
        if measure is None and not key:
            measure = known.heading(title).measure if title else None
        if measure is not None:
            return measure
        if not filled:
            return None
        if known.is_derived(key) or known.is_derived(title):
            self._problems.add("derived-fact", self._where(table, row, value), found=key or title)
        elif not key and not title:
            self._problems.add("figure-without-label", self._where(table, row, value), found=shown_text(cell, grid))
        elif is_total(title or key, self._plan.root):
            self._problems.add("totals-row", location, found=title or key, expected=LIST["title"])
        else:
            close = nearest(key or title, known.known)
            self._problems.add("unknown-measure", location, found=key or title, nearest=close, expected=known.ids)
        return None

    def _name(self, table: Table, row: int, name_at: int, entries: list[Column], kind: Kind) -> str:
        """Return the name of the subject of a row, or nothing where the row is none."""
        grid = table.grid
        name = _name_text(shown_text(grid.cell(row, name_at), grid))
        filled = [c for c in entries if grid.cell(row, c.position) is not None]
        location = self._where(table, row, name_at)
        cell = grid.cell(row, name_at)
        if cell is not None and cell.stored in ("error", "uncomputed"):
            code = "error-cell" if cell.stored == "error" else "uncomputed-formula"
            self._problems.add(code, location, label=kind.title, found=cell.text, expected=kind.title)
            return ""
        if not name:
            if filled:
                total = next((t for c in grid.rows[row].values() if is_total(t := shown_text(c, grid), kind)), "")
                code = "totals-row" if total else "no-name"
                self._problems.add(code, location, found=total, expected=kind.title)
            return ""
        if is_total(name, kind):
            figures = [c for c in filled if is_figure(grid.rows[row][c.position])]
            if figures or not is_remark(name):
                self._problems.add("totals-row", location, found=name, expected=kind.title)
            else:
                self._problems.warn("ignored-row", location, found=name)
            return ""
        if kind.register:
            same = [known for known in kind.register.names if flat(known) == flat(name)]
            return same[0] if len(same) == 1 else name
        return name

    def _strays(self, table: Table, row: int) -> None:
        """Note figures that stand in no column."""
        for position, cell in table.grid.rows[row].items():
            if position not in table.columns and cell.stored != "text":
                found = shown_text(cell, table.grid) or cell.stored
                self._problems.add("stray-figure", self._where(table, row, position), found=found)

    def _merged(self, table: Table, entries: list[int]) -> set[tuple[int, int]]:
        """Note merged entries, and return the cells they cover."""
        blocked: set[tuple[int, int]] = set()
        for area, covered in islice(merged_entries(table, entries), _MOST_MERGED):
            text = shown_text(table.grid.cell(area.top, area.left), table.grid)
            if area.top == area.bottom and (
                is_remark(text) or (not any(map(str.isdigit, text)) and area.left not in covered)
            ):
                continue
            titles = tuple(table.columns[column].title for column in covered[:4] if column in table.columns)
            location = self._where(table, area.top, area.left)
            self._problems.add("merged-entry", location, found=str(area), label=titles)
            rows = range(area.top, min(area.bottom, max(table.grid.rows)) + 1)
            blocked.update((row, column) for row in rows for column in covered)
        return blocked

    def _hidden(self, table: Table) -> None:
        if found := hidden_cells(table.grid, self._read):
            first = found.split(",")[0].rstrip("…")
            self._problems.warn("hidden-figures", Location(self._file, sheet=table.grid.name, cell=first), found=found)

    # entries

    def _said(self, table: Table, row: int, label: str | Text) -> _Said:
        text = self._text(table, row, "reason")
        reason: Absent | None = None
        if text:
            word = _REASON_WORDS.get(flat(text))
            reason = absent_reason(text) or (absent_reason(f"absent:{word}") if word else None)
            if reason is None:
                location = self._where(table, row, table.column("reason") or 1)
                expected = tuple(REASONS.values())
                self._problems.add("unknown-reason", location, label=label, found=text, expected=expected)
        note, confirmed, evidence = (self._text(table, row, key) for key in ("note", "confirmed", "evidence"))
        return _Said(reason, text, note, confirmed, evidence)

    def _fact(
        self, table: Table, row: int, column: Column, said: _Said, *, unit_row: int, unit_column: int
    ) -> Fact | None:
        """Read one entry; None if it is empty without a reason, or after noting what is wrong."""
        measure = column.measure
        assert measure is not None
        cell, location = table.grid.cell(row, column.position), self._where(table, row, column.position)
        remarks: Mapping[str, str] = {"note": said.note, "confirmed": said.confirmed, "evidence": said.evidence}
        if cell is None or (cell.stored == "text" and not cell.text.strip()):
            if said.reason is None:
                return None
            return Fact(None, location, said.reason_text, said.reason, **remarks)
        self._read.append((row, column.position))
        text = reported_text(cell, measure, table.grid, location, self._problems)
        if text is None:
            return None
        if reason := absent_reason(text):
            return Fact(None, location, text, reason, **remarks)
        if said.reason_text and table.form == "list":
            self._problems.add("value-and-reason", location, label=measure.title, found=text, reason=said.reason_text)
            return None
        own = self._unit(column.unit, measure, self._where(table, unit_row, unit_column))
        value = read_value(text, measure, location, self._problems, self._percentages, own)
        if value is None:
            return None
        self._small(cell, text, measure, location)
        return Fact(value, location, text, None, **remarks)

    def _unit(self, text: str, measure: Measure, location: Location) -> Unit | None:
        """Return the unit that a heading or a column of units gives; None if it gives none."""
        text = text.strip().strip("[]()（）［］").strip()
        if not text or measure.steps:
            return None
        if text == measure.unit.symbol:
            return measure.unit
        try:
            found = parse_unit(text)
        except UnknownUnit as error:
            self._problems.add("unknown-unit", location, found=text, nearest=error.nearest)
            return None
        return found  # a unit of another kind is refused with the value

    def _small(self, cell: Cell, text: str, measure: Measure, location: Location) -> None:
        """Warn of a bare 0.475 that a column reads as 0.475 %: often 47.5 % was meant."""
        if cell.stored != "number" or cell.shape.shown == "percent" or cell.shape.words or measure.unit.symbol != "%":
            return
        if self._percentages == "fraction" or not 0 < abs(float(text)) < 1:
            return
        times = number_text(str(float(text) * 100))
        self._problems.warn("small-percentage", location, label=measure.title, found=text, times=times)


def _name_text(text: str) -> str:
    """Return a name without the line breaks and spaces that only lay it out."""
    return _SPACES.sub(" ", _BREAKS.sub("", text)).strip()
