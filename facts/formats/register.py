"""Reads one register of a folder, `KIND.csv` or `KIND.parquet`, as columns of facts.

The header is `name`, `in` (the subject that contains it, where that is not the root), and measures by id or title, each with
its unit in brackets if the cells are bare numbers: `beds [张]`, `满意率(%)`; and the columns `layout.ROW`, which apply to the
whole row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl
from dabiao.base.files import File
from dabiao.base.problems import MORE, Location, Problem, Problems, name_some, nearest
from dabiao.base.units import Unit, UnknownUnit, parse_unit
from dabiao.facts.asides import MAYBE, NUMBERED, Asides, are_numbered
from dabiao.facts.cells import (
    Percentages,
    SmallPercentages,
    absent_reason,
    check_range,
    note_wrapped,
    read_value,
    unwrap,
)
from dabiao.facts.columns import Columns, remarks_of
from dabiao.facts.exact_figures import Cell, ExactFigures
from dabiao.facts.formats.csv_table import refuse_spaces
from dabiao.facts.formats.plain_columns import (
    convert_numbers,
    find_plain,
    find_steps,
    is_text,
    shift_decimals,
    strip_texts,
    write_decimals,
)
from dabiao.facts.formats.registry import Format
from dabiao.facts.formats.root_list import reason_of
from dabiao.facts.layout import IN, NAME, REASONS, ROW
from dabiao.facts.model import Absent, to_exact
from dabiao.facts.unit_banners import units_above
from dabiao.facts.vocabulary import Heading, Vocabulary
from dabiao.facts.whole_columns import ColumnProblems, note_alike
from dabiao.rules.model import Kind, Measure

_ONE_PERCENT = 0.01
_EXPECTED = {"name": NAME, "in": IN}
_MOST_NOTED = 20  # rows noted for one fault in one column


@dataclass(frozen=True, slots=True)
class _Column:
    measure: Measure
    unit: Unit | None
    position: int


@dataclass(frozen=True, slots=True)
class Head:
    """The positions of the columns of a register; `row` has the columns that apply to the whole row."""

    name: int
    parent: int | None
    columns: list[_Column]
    row: dict[str, int]


class RegisterReader:
    """Reads one file of a register. Plain numbers and steps are converted by columns, all other cells one by one."""

    def __init__(
        self,
        file: File,
        kind: Kind,
        vocabulary: Vocabulary,
        percentages: Percentages | None,
        problems: Problems,
    ) -> None:
        self._file, self._path = file, str(file)
        self._kind, self._plan = kind, vocabulary.plan
        self._names, self._headings = vocabulary.measures(kind.id), vocabulary.headings(kind.id)
        self._percentages, self._problems = percentages, problems
        self._small = SmallPercentages(problems)
        self._exact: dict[Cell, Fraction] = {}
        self._written: dict[str, pl.Series] = {}  # too long for a float, by measure
        self._absent: dict[tuple[str, int], Absent] = {}

    def read(self, form: Format) -> Columns | None:
        """Read the whole table; None after noting that it cannot be used. Raises `Refused` for a file that is no table."""
        frame, header, lines, self._top = form.read(self._file, self._problems)
        return self._read_frame(frame, header, lines)

    def _read_frame(self, frame: pl.DataFrame, header: list[str], lines: Sequence[int]) -> Columns | None:
        self._lines = lines
        head = self._find_columns(header, frame)
        if head is None:
            return None
        frame, lines = self._keep_data(frame, header, head)
        self._lines = lines
        if not frame.height:
            self._problems.add("empty-register", Location(self._path))
            return None
        name = self._read_names(frame[:, head.name], head.name)
        self._require_cells(name, head.name, "no-name", self._kind)
        parent = None if head.parent is None else self._read_names(frame[:, head.parent], head.parent)
        if parent is not None and head.parent is not None:
            self._require_cells(parent, head.parent, "no-parent-named", self._plan.kinds[self._kind.parent or ""])
        texts = {key: strip_texts(frame[:, position]) for key, position in head.row.items()}
        reasons = self._read_reasons(texts["reason"], head.row["reason"]) if "reason" in texts else {}
        values = {}
        for column in head.columns:
            cells = frame[:, column.position]
            values[column.measure.id] = self._read_values(cells, column)
            if reasons:
                empty = cells.is_null() if cells.dtype != pl.String else (cells.str.strip_chars().fill_null("") == "")
                blank = set(empty.arg_true().to_list())
                self._absent.update({(column.measure.id, row): why for row, why in reasons.items() if row in blank})
        self._small.finish()
        places = {column.measure.id: column.position + 1 for column in head.columns}
        exact = ExactFigures(self._exact, self._written)
        return Columns(
            self._kind.id, self._path, name, parent, values, exact, self._absent, places, lines,
            remarks=remarks_of(texts),
        )  # fmt: skip

    def _read_reasons(self, cells: pl.Series, position: int) -> dict[int, Absent]:
        """Return the reason that a row gives for its empty cells."""
        reasons: dict[int, Absent] = {}
        wrong = []
        for row in (cells != "").arg_true().to_list():
            if why := reason_of(cells[row]):
                reasons[row] = why
            else:
                wrong.append(row)
        expected = tuple(REASONS.values())
        for row in self._first(wrong):
            self._problems.add("unknown-choice", self._locate(row, position), found=cells[row], expected=expected)
        return reasons

    def _first(self, rows: Sequence[int]) -> Iterator[int]:
        """Iterate over the first rows with one fault; how many there are beyond them is counted among the problems."""
        yield from rows[:_MOST_NOTED]
        self._count_rest(len(rows) - _MOST_NOTED)

    def _count_rest(self, more: int) -> None:
        if more > 0:
            self._problems.extend([Problem(MORE, Location(self._path), {"found": more, "limit": "problems"})])

    def _locate(self, row: int, position: int) -> Location:
        return Location(self._path, self._lines[row], position + 1)

    def _head_place(self, position: int) -> Location:
        return Location(self._path, self._top, position + 1)

    def _require_cells(self, column: pl.Series, position: int, code: str, kind: Kind) -> None:
        rows = (column.is_null() | (column == "")).arg_true().to_list()
        note_alike(self._problems, code, rows, lambda row: self._locate(row, position), expected=kind.title)

    def _read_names(self, cells: pl.Series, position: int) -> pl.Series:
        """Return names without outer spaces, and without the ="…" that keeps spreadsheet programs from changing them."""
        names = strip_texts(cells)
        odd = names.str.starts_with("=").arg_true().to_list()
        for row in odd[:_MOST_NOTED]:
            note_wrapped(names[row], self._locate(row, position), self._problems, is_name=True)
        return names.scatter(odd, [unwrap(names[row]) for row in odd]) if odd else names

    def _keep_data(self, frame: pl.DataFrame, header: list[str], head: Head) -> tuple[pl.DataFrame, Sequence[int]]:
        """Return the rows that are data, with their lines. Empty rows are left out, and what `asides` knows."""
        if not frame.height:
            return frame, self._lines
        names = strip_texts(frame[:, head.name])
        entries = [column.position for column in head.columns]
        numbered = self._is_numbered(names, frame, entries)
        asides = Asides(self._kind, [dict(enumerate(header))], self._problems, numbered=numbered)
        dropped = []
        for row in (names.str.contains(MAYBE) | (names == header[head.name].strip())).arg_true().to_list():
            cells = {column: "" if cell is None else str(cell) for column, cell in enumerate(frame.row(row))}
            is_blank = not any(cell.strip() for cell in cells.values())
            if is_blank or not asides.is_data(names[row], cells, entries, self._locate(row, head.name)):
                dropped.append(row)
        if not dropped:
            return frame, self._lines
        kept = pl.Series(values=[True]).new_from_index(0, frame.height).scatter(dropped, values=False)
        return frame.filter(kept), [self._lines[row] for row in kept.arg_true().to_list()]

    def _is_numbered(self, names: pl.Series, frame: pl.DataFrame, entries: list[int]) -> bool:
        """Whether a row with a figure has a numbered name, or every row with one has."""
        numbered = names.str.contains(NUMBERED)
        if not numbered.any():
            return False
        filled = pl.Series(values=[False]).new_from_index(0, len(names))
        for column in entries:
            filled |= strip_texts(frame[:, column]) != ""
        return are_numbered(numbered.filter(filled))

    def _find_columns(self, cells: list[str], frame: pl.DataFrame) -> Head | None:
        """Find the columns; None after noting that the column of names or of parents is missing."""
        found: dict[str, int] = {}
        columns: list[_Column] = []
        odd: list[tuple[Heading, int]] = []
        for position, cell in enumerate(cells):
            location = self._head_place(position)
            heading = self._headings.heading(unwrap(cell.strip()))
            if heading.key in ("name", "in", *ROW):
                if heading.key in found:
                    self._problems.add("reading.column-twice", location, found=heading.text)
                found[heading.key] = position
            elif heading.measure is not None:
                if column := self._make_column(heading.measure, heading, position, columns):
                    columns.append(column)
            elif heading.key not in ("last", "numbering"):
                odd.append((heading, position))
        if self._note_banners(odd, is_head="name" in found):
            return None
        if len(odd) == len(cells):
            self._note_no_head(cells)
            return None
        needed = ("name",) if self._kind.parent in (None, self._plan.root.id) else ("name", "in")
        if missing := next((key for key in needed if key not in found), None):
            self._note_missing(missing, odd, frame)
            return None
        for heading, position in odd:
            self._note_odd_column(heading, position, frame)
        return Head(found.pop("name"), found.pop("in", None), columns, found)

    def _note_banners(self, odd: list[tuple[Heading, int]], *, is_head: bool) -> bool:
        """Note the units of the whole table beside the headings, or in a row above them; returns whether there are any."""
        found = [(heading.text, position) for heading, position in odd if units_above(heading.text, alone=is_head)]
        for text, position in found if is_head else found[:1]:
            self._problems.add("unit-banner", self._head_place(position), found=text)
        return bool(found)

    def _note_no_head(self, cells: list[str]) -> None:
        """Note a table of which no column has a known name. Raises `Refused` if its names are divided by spaces."""
        place = Location(self._path, self._top)
        refuse_spaces(cells, lambda word: bool(self._headings.heading(word).key), place)
        expected = (NAME, *self._headings.titles)
        self._problems.add("no-head-row", place, found=name_some(tuple(filter(None, cells)), 4), expected=expected)

    def _note_missing(self, key: str, odd: list[tuple[Heading, int]], frame: pl.DataFrame) -> None:
        """Note that the column of names or of parents is missing: one that holds texts under an unknown name may be meant."""
        meant = [
            (heading, at) for heading, at in odd if heading.text and heading.key != "derived" and is_text(frame, at)
        ]
        if len(meant) == 1:
            ((heading, position),) = meant
            self._problems.add(
                "no-known-heading", self._head_place(position), found=heading.text, expected=_EXPECTED[key]
            )
        else:
            code = "no-name-column" if key == "name" else "no-parent-column"
            self._problems.add(code, Location(self._path, self._top), expected=_EXPECTED[key])
        for heading, position in odd:
            if (heading, position) not in meant[: len(meant) == 1]:
                self._note_odd_column(heading, position, frame)

    def _make_column(self, measure: Measure, heading: Heading, position: int, columns: list[_Column]) -> _Column | None:
        location = self._head_place(position)
        if same := next((column for column in columns if column.measure is measure), None):
            first = self._head_place(same.position)
            self._problems.add("duplicate-fact", location, found=heading.text, first=first)
            return None
        if not heading.unit:
            return _Column(measure, None, position)
        unit = self._read_unit(heading.unit, measure, location)
        return None if unit is None else _Column(measure, unit, position)

    def _note_odd_column(self, heading: Heading, position: int, frame: pl.DataFrame) -> None:
        """Note a column of a derived or an unknown measure; one that is empty says nothing."""
        location, title = self._head_place(position), heading.text
        filled = (strip_texts(frame[:, position]) != "").arg_true().to_list() if position < frame.width else []
        if not title:
            found = str(frame[filled[0], position]) if filled else ""
            if len(filled) == 1:
                self._problems.add("stray-figure", self._locate(filled[0], position), found=found)
            elif filled:
                self._problems.add("untitled-column", location, column=position + 1, found=found)
        elif heading.key == "derived":
            self._problems.add("derived-fact", location, found=title)
        elif not filled:
            self._problems.warn("ignored-column", location, found=title)
        else:
            close, known = nearest(title, self._names), self._headings.titles
            self._problems.add("unknown-measure", location, found=title, nearest=close, expected=known)

    def _read_unit(self, text: str, measure: Measure, location: Location) -> Unit | None:
        """Return the unit of a column; None after noting that it is none, or one of something else."""
        try:
            found = parse_unit(text)
        except UnknownUnit as error:
            self._problems.add("unknown-unit", location, found=text, nearest=error.nearest)
            return None
        if found.dimension != measure.dimension or found.is_points != measure.unit.is_points or measure.steps:
            self._problems.add(
                "fact-dimension", location, found=text, measure=measure.title, expected=measure.unit.symbol
            )
            return None
        return found

    def _read_values(self, cells: pl.Series, column: _Column) -> pl.Series:
        """Read one column: plain numbers and steps all at once, the rest one by one."""
        shift = self._find_shift(column)
        if cells.dtype != pl.String:
            if (numbers := convert_numbers(cells, shift)) is not None:
                self._check_range(numbers, None, cells, column, cells.is_not_null())
                self._check_small(numbers, cells, column, cells.is_not_null())
                return numbers.alias(column.measure.id)
            cells = write_decimals(cells)
        cells = cells.str.strip_chars()
        cells = cells.set(cells == "", None)
        plain = find_plain(cells) if shift is not None else pl.Series(values=[False]).new_from_index(0, len(cells))
        written = None
        if column.measure.steps:
            values = find_steps(cells, column.measure)
        else:
            values, written = shift_decimals(cells.set(~plain, None), shift or 0)
        if written is not None:
            self._written[column.measure.id] = written
        odd = self._read_odd_cells(cells, (cells.is_not_null() & values.is_null()).arg_true(), column)
        if odd:
            values = values.scatter(list(odd), list(odd.values()))
        self._check_range(values, written, cells, column, plain)
        self._check_small(values, cells, column, plain)
        return values.alias(column.measure.id)

    def _read_odd_cells(self, cells: pl.Series, rows: pl.Series, column: _Column) -> dict[int, float]:
        """Return the values of cells that are read one by one; each text that is understood without a word is read once."""
        odd: dict[int, float] = {}
        known: dict[str, Fraction] = {}
        noted = ColumnProblems()
        for row, cell in zip(rows.to_list(), cells.gather(rows).to_list(), strict=True):
            if (value := known.get(cell)) is None:
                before = len(noted)
                if (value := self._read_odd_cell(cell, row, column, noted)) is None:
                    continue
                if len(noted) == before and column.measure.unit.symbol != "%":
                    known[cell] = value
            odd[row] = float(value)
            if to_exact(odd[row]) != value:
                self._exact[column.measure.id, row] = value
        self._problems.extend(noted.fold({str(column.position + 1): cells.count()}))
        return odd

    def _find_shift(self, column: _Column) -> int | None:
        """Return the power of ten that turns a bare number of the column into base units, None if there is none."""
        measure = column.measure
        if measure.steps:
            return None
        if column.unit is None and (measure.unit.is_percentage or measure.unit.is_scaled):
            return {"percent": -2, "fraction": 0, None: None}[self._percentages] if measure.unit.symbol == "%" else None
        factor = (column.unit or measure.unit).factor
        power = len(str(factor.numerator)) - len(str(factor.denominator))
        return power if factor == Fraction(10) ** power else None

    def _read_odd_cell(self, cell: str, row: int, column: _Column, noted: Problems) -> Fraction | None:
        if reason := absent_reason(cell):
            self._absent[column.measure.id, row] = reason
            return None
        location = self._locate(row, column.position)
        value = read_value(cell, column.measure, location, noted, self._percentages, column.unit)
        if value is None:
            return None
        self._small.look(cell, value, column.measure, location)
        return value

    def _check_small(self, values: pl.Series, cells: pl.Series, column: _Column, plain: pl.Series) -> None:
        """Look at the plain numbers of a column of percentages that are 1 or less."""
        if column.measure.unit.symbol != "%":
            return
        for wanted in (values.abs() < _ONE_PERCENT, values.abs() == _ONE_PERCENT):
            for row in (wanted.fill_null(value=False) & plain & (values != 0)).arg_true().to_list()[:_MOST_NOTED]:
                location = self._locate(row, column.position)
                self._small.look(str(cells[row]), to_exact(values[row]), column.measure, location)

    def _check_range(
        self, values: pl.Series, written: pl.Series | None, cells: pl.Series, column: _Column, plain: pl.Series
    ) -> None:
        """Note plain numbers that the measure cannot have; `written` has those that their floats are only near to."""
        measure = column.measure
        wrong = pl.Series(values=[False]).new_from_index(0, len(values))
        near = wrong
        if measure.low is not None:
            wrong, near = wrong | (values < float(measure.low)), near | (values == float(measure.low))
        if measure.high is not None:
            wrong, near = wrong | (values > float(measure.high)), near | (values == float(measure.high))
        if measure.whole:
            wrong, near = wrong | (values != values.round()), near | (values == values.round())
        rows = (wrong.fill_null(value=False) & plain).arg_true().to_list()
        for row in self._first(rows):
            value = to_exact(values[row])
            check_range(value, str(cells[row]), measure, self._locate(row, column.position), self._problems)
        if written is not None:
            for row in (near & written.is_not_null()).arg_true().to_list():
                exact = Fraction(written[row])
                check_range(exact, str(cells[row]), measure, self._locate(row, column.position), self._problems)
