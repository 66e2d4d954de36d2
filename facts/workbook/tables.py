"""Finds the tables of a workbook by their headings: the list of the root's measures, and the registers of other kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from dabiao.base.problems import Location, Problems, Term, nearest
from dabiao.base.quantities import BadNumber, parse_quantity
from dabiao.base.units import UnknownUnit
from dabiao.facts.layout import LIST, NAME
from dabiao.facts.unit_banners import UnitBanner, units_above
from dabiao.facts.vocabulary import LIST_KEYS, Heading, Headings, Vocabulary, fold_label
from dabiao.facts.workbook.cells import is_figure, note_unshown, shown_text
from dabiao.facts.workbook.grid import Area, Grid, a1
from dabiao.rules.model import Measure

_SEARCHED = 40  # filled rows among which headings are looked for
_BETWEEN = 4  # rows between the row of ids and the last row of headings
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_NAME_LENGTH = 31
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*[_-][a-z0-9_-]*")
_SHOWN = 8
_NOT_READ = (
    "", "derived", "last", "numbering", "chapter", "definition", "clause", "timing", "owner", "baseline", "expected", "target",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table and its meaning; `unit` is the text in brackets in its heading."""

    position: int
    key: str
    title: str
    measure: Measure | None = None
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """A table found in a sheet: its kind, the rows of its headings, and its columns by position."""

    grid: Grid
    form: Literal["list", "register"]
    kind: str
    top: int
    last: int
    columns: Mapping[int, Column]

    def column(self, key: str) -> int | None:
        """Return the position of the column with a key, or None."""
        return self._positions.get(key)

    def is_read(self, column: int) -> bool:
        """Whether the cells of a column say something that is read."""
        return column in self.columns and self.columns[column].key not in _NOT_READ

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {column.key: position for position, column in sorted(self.columns.items(), reverse=True)}

    @property
    def data(self) -> Iterator[int]:
        """The rows below the headings that are not empty."""
        return (row for row in sorted(self.grid.rows) if row > self.last)


class Finder:
    """Finds the table of a sheet, and notes what is wrong with its headings."""

    def __init__(self, vocabulary: Vocabulary, file: str, problems: Problems) -> None:
        self._vocabulary, self._plan = vocabulary, vocabulary.plan
        self._file, self._problems = file, problems

    def location(self, grid: Grid, row: int, column: int) -> Location:
        """Return the place of a cell."""
        return Location(self._file, sheet=grid.name, cell=a1(row, column))

    def kind_named(self, grid: Grid) -> str | None:
        """Return the kind whose title or id is the name of a sheet, or None."""
        kinds = self._vocabulary.keep("sheets", self._name_sheets)
        return kinds.get(fold_label(_NOT_IN_NAMES.sub("", grid.name)))

    def _name_sheets(self) -> dict[str, str]:
        """Return each kind by the names that its sheet may have; one that several could have is that of the first."""
        kinds = [*self._plan.kinds.values()][::-1]
        words = ((kind.id, word) for kind in kinds for word in (kind.id, *kind.title))
        return {fold_label(_NOT_IN_NAMES.sub("", word)[:_NAME_LENGTH]): kind for kind, word in words}

    def find(self, grid: Grid) -> Table | None:
        """Return the table of a sheet, or None. A sheet that is named after a kind but has no table is noted."""
        kind = self.kind_named(grid)
        root = self._plan.root.id
        if kind in (None, root) and (table := self._find_list(grid, root)):
            return table
        if kind is None:
            kind = self._find_kind_by_headings(grid)
            if kind is None:
                return None
        elif kind != root and (table := self._find_register(grid, kind)):
            return table
        elif kind != root or grid.rows:
            listed = Term("workbook.list-headings", {key: LIST[key] for key in ("id", "title", "value")})
            expected = listed if kind == root else NAME
            self._problems.add("no-headings", self.location(grid, 1, 1), found=grid.name, expected=expected)
            return None
        return self._find_register(grid, kind)

    def _list_candidates(self, grid: Grid) -> list[int]:
        return sorted(grid.rows)[:_SEARCHED]

    def _read_headings(
        self, grid: Grid, row: int, known: Headings, keys: Mapping[str, str] | None = None
    ) -> dict[int, Heading]:
        """Return the headings of a row by column."""
        found = {}
        for column, cell in grid.rows.get(row, {}).items():
            text = shown_text(cell, grid)
            found[column] = known.heading(text, keys) if keys is not None else known.heading(text)
        return found

    def _find_list(self, grid: Grid, root: str) -> Table | None:
        known = self._vocabulary.headings(root)
        first = last = 0
        found: dict[int, Heading] = {}
        for row in self._list_candidates(grid):
            headings = self._read_headings(grid, row, known, LIST_KEYS)
            keys = {heading.key for heading in headings.values()}
            if "value" in keys and keys & {"id", "title"}:
                first, last, found = first or row, row, headings
            elif first:
                break
        if not first:
            return None
        columns = {
            position: Column(position, heading.key if heading.key in LIST_KEYS.values() else "", heading.text)
            for position, heading in found.items()
        }
        numbering = {p: Column(p, "numbering", h.text) for p, h in found.items() if h.key == "numbering"}
        table = Table(grid, "list", root, first, last, {**columns, **numbering})
        self._check_columns(table, known)
        return table

    def _find_kind_by_headings(self, grid: Grid) -> str | None:
        """Return the kind with the most measures among the headings; note a tie."""
        counts: dict[str, int] = {}
        for kind in self._plan.kinds.values():
            if kind.parent is not None and (rows := self._find_heading_rows(grid, kind.id)):
                known = self._vocabulary.headings(kind.id)
                headings = [h for row in rows for h in self._read_headings(grid, row, known).values()]
                counts[kind.id] = len({h.measure.id for h in headings if h.measure})
        best = max(counts.values(), default=0)
        kinds = [kind for kind, count in counts.items() if count == best]
        if not best or not kinds:
            return None
        if len(kinds) > 1:
            expected = tuple(self._plan.kinds[kind].title for kind in kinds)
            self._problems.add("which-kind", self.location(grid, 1, 1), found=grid.name, expected=expected)
            return None
        return kinds[0]

    def _find_heading_rows(self, grid: Grid, kind: str) -> tuple[int, int] | None:
        """Return the first and the last row of headings: those in which the column of names has its heading."""
        known = self._vocabulary.headings(kind)
        first = last = column = 0
        seen: list[set[tuple[int, str]]] = []
        for row in self._list_candidates(grid):
            if first and row > last + _BETWEEN:
                break
            headings = self._read_headings(grid, row, known)
            words = {(position, fold_label(heading.text)) for position, heading in headings.items()}
            if any(words <= before for before in seen):
                break  # the headings of a second page: what is between is data
            for position, heading in headings.items():
                if heading.key == "name" and (not first or position == column):
                    first, last, column = first or row, row, position
                    seen.append(words)
                    if area := grid.area_at(row, position):
                        last = area.bottom
        return (first, last) if first else None

    def _find_register(self, grid: Grid, kind: str) -> Table | None:
        rows = self._find_heading_rows(grid, kind)
        if rows is None:
            return None
        known = self._vocabulary.headings(kind)
        first, last = rows
        ids = self._read_headings(grid, first, known) if last > first else {}
        titles = {column: heading for column, heading in ids.items() if self._is_merged_down(grid, first, column, last)}
        titles |= self._read_headings(grid, last, known)
        columns: dict[int, Column] = {}
        for position in sorted({*ids, *titles}):
            key, title = ids.get(position), titles.get(position)
            columns[position] = self._make_column(grid, rows, position, key, title, known)
        table = Table(grid, "register", kind, first, last, columns)
        self._check_columns(table, known)
        return table

    def _is_merged_down(self, grid: Grid, row: int, column: int, to: int) -> bool:
        area = grid.area_at(row, column)
        return area is not None and area.bottom >= to

    def _make_column(
        self,
        grid: Grid,
        rows: tuple[int, int],
        position: int,
        key: Heading | None,
        title: Heading | None,
        known: Headings,
    ) -> Column:
        """Return a column with its meaning, by its id or else by its title. Notes a contradiction between the two."""
        first, last = rows
        if key is None or not (key.key and (key.measure is None or known.is_id(key.text))):
            found = title or Heading("")
            if key is not None and _IDENTIFIER.fullmatch(key.text) and found.measure:
                location = self.location(grid, first, position)
                close = nearest(key.text, known.known)
                self._problems.add("unknown-measure", location, found=key.text, nearest=close, expected=known.titles)
            return Column(position, found.key, found.text or (key.text if key else ""), found.measure, found.unit)
        if key.measure is not None and title is not None:
            cell, location = grid.cell(last, position), self.location(grid, last, position)
            check_title(title.text, title.measure, key.measure, cell, location, self._problems)
        elif key.measure is None and title is not None and title.measure is not None and key.key != "last":
            self._problems.add(
                "label-contradicts", self.location(grid, last, position),
                found=key.text, title=title.text, expected=key.key,
            )  # fmt: skip
        return Column(position, key.key, (title or key).text, key.measure, title.unit if title else "")

    def _check_columns(self, table: Table, known: Headings) -> None:
        """Note duplicate columns, unknown columns with figures, and figures of derived measures."""
        seen: dict[str, int] = {}
        for position, column in sorted(table.columns.items()):
            name = column.measure.id if column.measure else column.key
            location = self.location(table.grid, table.last, position)
            for row in {table.top, table.last}:
                if table.is_read(position) and (cell := table.grid.cell(row, position)):
                    note_unshown(cell, self.location(table.grid, row, position), self._problems)
            if name in ("", "derived"):
                self._check_odd_column(table, column, known, location)
            elif name in seen and name not in ("last", "numbering", "chapter"):
                first = a1(table.last, seen[name])
                self._problems.add("duplicate-column", location, found=column.title, first=first)
            seen.setdefault(name, position)

    def _check_odd_column(self, table: Table, column: Column, known: Headings, location: Location) -> None:
        filled = [row for row in table.data if table.grid.cell(row, column.position)]
        figures = [row for row in filled if is_figure(table.grid.rows[row][column.position])]
        if not figures:
            if filled and column.title:
                self._problems.warn("ignored-column", location, found=column.title)
        elif column.key == "derived":
            self._problems.add(
                "derived-fact", self.location(table.grid, figures[0], column.position), found=column.title
            )
        else:
            close = nearest(column.title, known.known)
            first = a1(figures[0], column.position)
            self._problems.add(
                "unknown-column", location, found=column.title, first=first, nearest=close, expected=known.titles
            )


def check_title(
    text: str, named: Measure | None, measure: Measure, cell: object, location: Location, problems: Problems
) -> None:
    """Compare the title beside an id with the plan's. Another measure's title is an error, an unknown one a warning."""
    if not text or named is measure:
        return
    if named is not None:
        problems.add("label-contradicts", location, found=measure.id, title=text, expected=measure.title)
    elif looks_like_value(text, cell):
        problems.add("value-in-title", location, found=text, expected=measure.title)
    else:
        problems.warn("label-renamed", location, found=measure.id, title=text, expected=measure.title)


def looks_like_value(text: str, cell: object) -> bool:
    """Whether a title is a figure in the wrong cell."""
    if getattr(cell, "stored", "text") != "text":
        return True
    try:
        parse_quantity(text)
    except (BadNumber, UnknownUnit):
        return False
    return True


def merged_entries(table: Table, entries: Iterable[int]) -> Iterator[tuple[Area, list[int]]]:
    """Iterate over filled merged cells that cover several entries, each with the columns of those entries."""
    columns = set(entries)
    for area in table.grid.merged:
        if area.bottom <= table.last or not table.grid.cell(area.top, area.left):
            continue
        covered = sorted(column for column in columns if area.left <= column <= area.right)
        if not covered or (area.top == area.bottom and covered == [area.left]):
            continue
        yield area, covered


def unit_banners(table: Table, file: str) -> Iterator[UnitBanner]:
    """Iterate over what gives units for a whole table: above its headings, or beside them in a cell of its own."""
    grid = table.grid
    for row in sorted(row for row in grid.rows if row <= table.last):
        for column, cell in sorted(grid.rows[row].items()):
            if cell.stored != "text" or (row >= table.top and table.is_read(column)):
                continue
            area = grid.area_at(row, column)
            is_head = row >= table.top
            beside = "" if is_head else shown_text(grid.cell(row, (area.right if area else column) + 1), grid)
            if units := units_above(cell.text, beside, alone=is_head):
                text = cell.text.strip() if units_above(cell.text) else f"{cell.text.strip()} {beside}"
                yield UnitBanner(text, units, Location(file, sheet=grid.name, cell=a1(row, column)))


def row_texts(table: Table, row: int) -> dict[int, str]:
    """Return what the cells of a row show."""
    return {column: shown_text(cell, table.grid) for column, cell in table.grid.rows[row].items()}


def head_rows(table: Table) -> list[dict[int, str]]:
    """Return the headings of a table and the rows above them."""
    return [row_texts(table, row) for row in table.grid.rows if row <= table.last]


def hidden_cells(grid: Grid, cells: Iterable[tuple[int, int]]) -> str:
    """Name the first few hidden cells among some cells."""
    if not (grid.hidden_rows or grid.hidden_columns):
        return ""
    found = [a1(row, column) for row, column in cells if grid.is_hidden(row, column)]
    return ", ".join(found[:_SHOWN]) + ("…" if len(found) > _SHOWN else "")
