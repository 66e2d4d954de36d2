"""One register of a folder, `KIND.csv` or `KIND.parquet`, to columns of facts.

The header is `name`, `in` (the subject that contains it, where that is not the root), and measures by id or title, each with
its unit in brackets if the cells are bare numbers: `beds [张]`, `满意率(%)`; and the columns `layout.ROW`, which speak of the
whole row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import polars as pl
from dabiao.base.files import File
from dabiao.base.problems import Location, Problems, nearest
from dabiao.base.quantities import MAX_DIGITS
from dabiao.base.units import Unit, UnknownUnit, parse_unit
from dabiao.facts.cells import Percentages, absent_reason, in_range, read_value
from dabiao.facts.columns import Columns, Remark
from dabiao.facts.formats.registry import Format
from dabiao.facts.formats.root_list import reason_of
from dabiao.facts.layout import IN, NAME, REASONS, ROW
from dabiao.facts.model import Absent, shortest
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Kind, Measure

_NAME_HEADERS = {"name", *NAME}
_PARENT_HEADERS = {"in", *IN}
_ROW_HEADERS = {word.casefold(): key for key, words in ROW.items() for word in (key, *words)}
_HEADER = re.compile(r"\s*(.*?)\s*(?:[\[(（［]([^\])）］]*)[\])）］])?\s*")
_PLAIN = r"^[+-]?\d{1,15}(\.\d+)?$"
_MOST_TOLD = 20  # rows told of one fault in one column
_SURE = 10**15  # below this a whole number and all its decimals by tens are exact as floats


@dataclass(frozen=True, slots=True)
class _Column:
    measure: Measure
    unit: Unit | None
    position: int


@dataclass(frozen=True, slots=True)
class _Head:
    """Where the columns of a register are; `row` has the columns that speak of the whole row."""

    name: int
    parent: int | None
    columns: list[_Column]
    row: dict[str, int]


class Register:
    """One file of a register. Cells that are plain numbers are read as columns; every other cell one by one."""

    def __init__(
        self,
        file: File,
        form: Format,
        kind: Kind,
        vocabulary: Vocabulary,
        percentages: Percentages | None,
        problems: Problems,
    ) -> None:
        self._file, self._format, self._path = file, form, str(file)
        self._kind, self._plan = kind, vocabulary.plan
        self._names = vocabulary.measures(kind.id)
        self._percentages, self._problems = percentages, problems
        self._exact: dict[tuple[str, int], Fraction] = {}
        self._absent: dict[tuple[str, int], Absent] = {}

    def columns(self) -> Columns | None:
        """Read the whole table; None after noting that it cannot be used. Raises `Refused` for what is no table."""
        frame, header, lines = self._format.read(self._file, self._problems)
        self._lines = lines
        head = self._header(header)
        if head is None:
            return None
        if not frame.height:
            self._problems.add("empty-register", Location(self._path))
            return None
        name = _texts(frame[:, head.name])
        self._required(name, lines, head.name, "no-name")
        parent = None if head.parent is None else _texts(frame[:, head.parent])
        if parent is not None and head.parent is not None:
            self._required(parent, lines, head.parent, "no-parent")
        said = {key: _texts(frame[:, position]) for key, position in head.row.items()}
        reasons = self._reasons(said["reason"], head.row["reason"]) if "reason" in said else {}
        values = {}
        for column in head.columns:
            cells = frame[:, column.position]
            values[column.measure.id] = self._values(cells, column)
            if reasons:
                empty = cells.is_null() if cells.dtype != pl.String else (cells.str.strip_chars().fill_null("") == "")
                blank = set(empty.arg_true().to_list())
                self._absent.update({(column.measure.id, row): why for row, why in reasons.items() if row in blank})
        places = {column.measure.id: column.position + 1 for column in head.columns}
        return Columns(
            self._kind.id, self._path, name, parent, values, self._exact, self._absent, places, lines,
            remarks=_remarks(said),
        )  # fmt: skip

    def _reasons(self, cells: pl.Series, position: int) -> dict[int, Absent]:
        """Return the reason that a row gives for its empty cells."""
        reasons: dict[int, Absent] = {}
        told = 0
        for row in (cells != "").arg_true().to_list():
            if why := reason_of(cells[row]):
                reasons[row] = why
            elif (told := told + 1) <= _MOST_TOLD:
                expected = tuple(REASONS.values())
                self._problems.add("unknown-choice", self._where(row, position), found=cells[row], expected=expected)
        return reasons

    def _where(self, row: int, position: int) -> Location:
        return Location(self._path, self._lines[row], position + 1)

    def _required(self, column: pl.Series, lines: Sequence[int], position: int, code: str) -> None:
        for row in (column.is_null() | (column == "")).arg_true().to_list()[:_MOST_TOLD]:
            self._problems.add(code, Location(self._path, lines[row], position + 1), found="", expected=self._kind.id)

    def _header(self, cells: list[str]) -> _Head | None:
        """Find the columns; None after noting that the rows cannot be told apart or placed."""
        names = parents = None
        columns: list[_Column] = []
        row: dict[str, int] = {}
        for position, cell in enumerate(cells):
            location = Location(self._path, 1, position + 1)
            title, bracket = cell.strip(), None
            said = _ROW_HEADERS.get(title.casefold())
            if title not in self._names and said is None and (match := _HEADER.fullmatch(cell)):
                title, bracket = match.groups()
            if title in _NAME_HEADERS:
                names = position
            elif title in _PARENT_HEADERS:
                parents = position
            elif title not in self._names and said is not None:
                if said in row:
                    self._problems.add("reading.column-twice", location, found=title)
                row[said] = position
            elif column := self._column(title, bracket, position, columns):
                columns.append(column)
        if names is None:
            self._problems.add("no-name-column", Location(self._path, 1), expected="name")
            return None
        if self._kind.parent != self._plan.root.id and parents is None:
            self._problems.add("no-parent-column", Location(self._path, 1), expected="in")
            return None
        return _Head(names, parents, columns, row)

    def _column(self, title: str, bracket: str | None, position: int, columns: list[_Column]) -> _Column | None:
        location = Location(self._path, 1, position + 1)
        measure = self._names.get(title)
        same = next((column for column in columns if column.measure is measure), None)
        if measure is not None and same is not None:
            first = Location(self._path, 1, same.position + 1)
            self._problems.add("duplicate-fact", location, found=title, first=first)
        elif measure is not None:
            return _Column(measure, self._unit(bracket, measure, location), position)
        elif title in self._plan.measures_of(self._kind.id):
            self._problems.add("derived-fact", location, found=title)
        else:
            ids = tuple(sorted(self._plan.reported(self._kind.id))[:12])
            close = nearest(title, self._names)
            self._problems.add("unknown-measure", location, found=title, nearest=close, expected=ids)
        return None

    def _unit(self, text: str | None, measure: Measure, location: Location) -> Unit | None:
        if not text:
            return None
        try:
            found = parse_unit(text)
        except UnknownUnit as error:
            self._problems.add("unknown-unit", location, found=text, nearest=error.nearest)
            return None
        if found.dimension != measure.dimension or measure.steps:
            self._problems.add("fact-dimension", location, found=text, measure=measure.id, expected=measure.unit.symbol)
        return found

    def _values(self, cells: pl.Series, column: _Column) -> pl.Series:
        """Read one column: plain numbers by columns, the rest one by one."""
        shift = self._shift(column)
        if cells.dtype != pl.String:
            if (numbers := _numbers(cells, shift)) is not None:
                self._check_range(numbers, cells, column, cells.is_not_null())
                return numbers.alias(column.measure.id)
            cells = _as_text(cells)
        cells = cells.str.strip_chars()
        cells = cells.set(cells == "", None)
        plain = cells.str.contains(_PLAIN) if shift is not None else pl.Series(values=[False] * len(cells))
        plain = plain.fill_null(value=False)
        values = _shifted(cells.zip_with(plain, pl.Series([None], dtype=pl.String)), shift or 0)
        odd = {}
        for row in (cells.is_not_null() & values.is_null()).arg_true().to_list():
            if (value := self._odd(cells[row], row, column)) is not None:
                odd[row] = float(value)
        if odd:
            values = values.scatter(list(odd), list(odd.values()))
        self._check_range(values, cells, column, plain)
        return values.alias(column.measure.id)

    def _shift(self, column: _Column) -> int | None:
        """Return the power of ten that turns a bare number of the column into base units, None if there is none."""
        measure = column.measure
        if measure.steps:
            return None
        if column.unit is None and (measure.unit.is_percentage or measure.unit.is_scaled):
            return {"percent": -2, "fraction": 0, None: None}[self._percentages] if measure.unit.symbol == "%" else None
        factor = (column.unit or measure.unit).factor
        power = len(str(factor.numerator)) - len(str(factor.denominator))
        return power if factor == Fraction(10) ** power else None

    def _odd(self, cell: str, row: int, column: _Column) -> Fraction | None:
        if reason := absent_reason(cell):
            self._absent[column.measure.id, row] = reason
            return None
        location = self._where(row, column.position)
        value = read_value(cell, column.measure, location, self._problems, self._percentages, column.unit)
        if value is not None and shortest(float(value)) != value:
            self._exact[column.measure.id, row] = value
        return value

    def _check_range(self, values: pl.Series, cells: pl.Series, column: _Column, plain: pl.Series) -> None:
        """Note plain numbers that the measure cannot have."""
        measure = column.measure
        wrong = pl.Series(values=[False]).new_from_index(0, len(values))
        if measure.low is not None:
            wrong = wrong | (values < float(measure.low))
        if measure.high is not None:
            wrong = wrong | (values > float(measure.high))
        if measure.whole:
            wrong = wrong | (values != values.round())
        for row in (wrong.fill_null(value=False) & plain).arg_true().to_list()[:_MOST_TOLD]:
            value = shortest(values[row])
            in_range(value, str(cells[row]), measure, self._where(row, column.position), self._problems)


def _shifted(cells: pl.Series, shift: int) -> pl.Series:
    """Turn plain decimals into floats times 10**shift, rounded once, so that the shortest decimal is the number."""
    parts = cells.str.split_exact(".", 1).struct.unnest()
    whole, decimals = parts.to_series(0), parts.to_series(1).fill_null("")
    digits = whole + decimals
    length = digits.str.strip_chars_start("+-").str.len_chars()
    digits = digits.zip_with(length <= 15, pl.Series([None], dtype=pl.String))
    number = digits.str.strip_chars_start("+").cast(pl.Int64, strict=False).cast(pl.Float64)
    scale = decimals.str.len_chars().cast(pl.Int64) - shift
    down = (pl.Series([10.0]).new_from_index(0, len(cells))).pow(scale.clip(0, 22))
    up = (pl.Series([10.0]).new_from_index(0, len(cells))).pow((-scale).clip(0, 22))
    return number / down * up


def _texts(cells: pl.Series) -> pl.Series:
    """Return cells as texts without outer spaces; what is empty is an empty text."""
    return cells.cast(pl.String).str.strip_chars().fill_null("")


def _numbers(cells: pl.Series, shift: int | None) -> pl.Series | None:
    """Return typed numbers in base units where the float is surely the nearest to the exact value, else None."""
    if shift is None:
        return None
    if cells.dtype.is_integer():
        low, high = cells.min(), cells.max()
        if (
            low is not None
            and high is not None
            and int(str(low)) > -_SURE
            and int(str(high)) < _SURE
            and -22 <= shift <= 22
        ):
            numbers = cells.cast(pl.Float64)
            return numbers * 10.0**shift if shift >= 0 else numbers / 10.0**-shift
    if cells.dtype == pl.Float64 and shift == 0 and cells.is_finite().fill_null(value=True).all():
        return cells
    return None


def _as_text(cells: pl.Series) -> pl.Series:
    """Write typed numbers as the shortest decimals they stand for, without exponents."""
    if cells.dtype.is_integer():
        return cells.cast(pl.String)
    texts = [None if value is None else _decimal_of(value) for value in cells.cast(pl.String).to_list()]
    return pl.Series(cells.name, texts, dtype=pl.String)


def _decimal_of(text: str) -> str:
    number = Decimal(text)
    return f"{number:f}" if number.is_finite() and abs(number.adjusted()) < MAX_DIGITS else text


def _remarks(said: dict[str, pl.Series]) -> dict[int, Remark]:
    """Return what rows say of themselves besides their reason for empty cells."""
    keys = [key for key in said if key != "reason"]
    rows = sorted({row for key in keys for row in (said[key] != "").arg_true().to_list()})
    return {row: Remark(**{key: said[key][row] for key in keys}) for row in rows}
