"""Reads a folder that is one sheet: `sheet.facts.yaml` for the root, and `KIND.csv` for each register of subjects.

The header of a CSV file is `name`, `in` (the subject that contains it, where that is not the root), and measures by id or
title, each with its unit in brackets if the cells are bare numbers: `beds [张]`, `满意率(%)`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import polars as pl
from dabiao.facts.cells import Percentages, absent_reason, in_range, read_value
from dabiao.facts.model import Absent, Block, Sheet, shortest
from dabiao.facts.units import Unit, UnknownUnit, unit
from dabiao.facts.yaml_sheet import names_of, read_sheet
from dabiao.problems import Problem, Problems, Refused, Where, nearest
from dabiao.rules.model import Kind, Measure, Plan
from dabiao.source import read_text

HEAD = "sheet.facts.yaml"
MAX_CSV_BYTES = 2 * 1024**3

_NAME_HEADERS = {"name", "名称"}
_PARENT_HEADERS = {"in", "所属"}
_HEADER = re.compile(r"\s*(.*?)\s*(?:[\[(（［]([^\])）］]*)[\])）］])?\s*")
_PLAIN = r"^[+-]?\d{1,15}(\.\d+)?$"


def read_folder(folder: Path, plan: Plan, problems: Problems) -> Sheet | None:
    """Read a folder as one sheet; returns None after noting that it cannot be used at all."""
    head = folder / HEAD
    if not head.is_file():
        problems.add("no-sheet-head", Where(str(folder)), expected=HEAD)
        return None
    sheet = read_sheet(head, plan, problems)
    if sheet is None:
        return None
    blocks = []
    for path in sorted(folder.glob("*.csv")):
        kind = plan.kinds.get(path.stem)
        if kind is None or kind.parent is None:
            known = [k.id for k in plan.kinds.values() if k.parent]
            problems.add(
                "unknown-kind", Where(str(path)), found=path.stem,
                nearest=nearest(path.stem, known), expected=", ".join(known),
            )  # fmt: skip
            continue
        try:
            if block := _Register(path, kind, plan, sheet.percentages, problems).block():
                blocks.append(block)
        except Refused as refused:
            problems.found.extend(refused.problems)
    return replace(sheet, blocks=tuple(blocks))


@dataclass(frozen=True, slots=True)
class _Column:
    measure: Measure
    unit: Unit | None
    position: int


class _Register:
    """One CSV file. Cells that are plain numbers are read as columns; every other cell one by one."""

    def __init__(self, path: Path, kind: Kind, plan: Plan, percentages: Percentages | None, problems: Problems) -> None:
        self._path, self._kind, self._plan = path, kind, plan
        self._percentages, self._problems = percentages, problems
        self._exact: dict[tuple[str, int], Fraction] = {}
        self._absent: dict[tuple[str, int], Absent] = {}

    def block(self) -> Block | None:
        text = read_text(self._path, MAX_CSV_BYTES).replace("\r\n", "\n").replace("\r", "\n")
        reader = csv.reader(io.StringIO(text))
        try:
            header = next(reader)
        except csv.Error:
            raise Refused([Problem("bad-csv", Where(str(self._path), 1))]) from None
        above = reader.line_num
        names, parents, columns = self._header(header)
        if names is None:
            self._problems.add("no-name-column", Where(str(self._path), 1), expected="name")
            return None
        if self._kind.parent != self._plan.root.id and parents is None:
            self._problems.add("no-parent-column", Where(str(self._path), 1), expected="in")
            return None
        frame, lines = self._frame("".join(text.split("\n", above)[above:]), above, len(header))
        if not frame.height:
            self._problems.add("empty-register", Where(str(self._path)))
            return None
        name = frame[:, names].str.strip_chars()
        parent = frame[:, parents].str.strip_chars() if parents is not None else None
        self._required(name, lines, names, "no-name")
        if parent is not None:
            self._required(parent, lines, parents or 0, "no-parent")
        self._lines = lines
        values = {column.measure.id: self._values(frame[:, column.position], column) for column in columns}
        places = {column.measure.id: column.position + 1 for column in columns}
        return Block(
            self._kind.id, str(self._path), name, parent, values, self._exact, self._absent, places, lines
        )  # fmt: skip

    def _where(self, row: int, position: int) -> Where:
        return Where(str(self._path), self._lines[row], position + 1)

    def _required(self, column: pl.Series, lines: range | list[int], position: int, code: str) -> None:
        for row in (column.is_null() | (column == "")).arg_true().to_list()[:20]:
            self._problems.add(code, Where(str(self._path), lines[row], position + 1), found="", expected=self._kind.id)

    def _header(self, cells: list[str]) -> tuple[int | None, int | None, list[_Column]]:
        known = names_of(self._plan, self._kind.id)
        names = parents = None
        columns: list[_Column] = []
        for position, cell in enumerate(cells):
            where = Where(str(self._path), 1, position + 1)
            title, bracket = cell.strip(), None
            if title not in known and (match := _HEADER.fullmatch(cell)):
                title, bracket = match.groups()
            if title in _NAME_HEADERS:
                names = position
            elif title in _PARENT_HEADERS:
                parents = position
            elif title not in known and title in self._plan.measures_of(self._kind.id):
                self._problems.add("derived-fact", where, found=title)
            elif title not in known:
                ids = ", ".join(sorted(self._plan.reported(self._kind.id))[:12])
                self._problems.add("unknown-measure", where, found=title, nearest=nearest(title, known), expected=ids)
            elif any(column.measure is known[title] for column in columns):
                self._problems.add("duplicate-fact", where, found=title, first=where.line)
            else:
                columns.append(_Column(known[title], self._unit(bracket, known[title], where), position))
        return names, parents, columns

    def _unit(self, text: str | None, measure: Measure, where: Where) -> Unit | None:
        if not text:
            return None
        try:
            found = unit(text)
        except UnknownUnit as error:
            self._problems.add("unknown-unit", where, found=text, nearest=error.nearest)
            return None
        if found.dimension != measure.dimension or measure.steps:
            self._problems.add("fact-dimension", where, found=text, measure=measure.id, expected=measure.unit.symbol)
        return found

    def _frame(self, body: str, above: int, width: int) -> tuple[pl.DataFrame, range | list[int]]:
        """Return the cells below the header as texts, and the line each row starts in. Blank lines are no rows."""
        rows_from = body.lstrip("\n")  # Polars passes over blank lines at the top, and makes rows of later ones
        above, body = above + len(body) - len(rows_from), rows_from
        if not body:
            return pl.DataFrame(), range(0)
        columns = [f"c{i}" for i in range(width)]
        try:
            frame = pl.read_csv(
                body.encode(), has_header=False, new_columns=columns,
                schema_overrides=dict.fromkeys([f"column_{i + 1}" for i in range(width)], pl.String), infer_schema=False,
            )  # fmt: skip
        except pl.exceptions.PolarsError:
            raise self._ragged(body, above, width) from None
        plain = '"' not in body and "\n\n" not in body
        if plain and frame.width == width and body.count(",") == frame.height * (width - 1):
            return frame, range(above + 1, above + 1 + frame.height)
        rows = list(self._records(body, above, width))
        if frame.width != width or len(rows) != frame.height:
            raise self._ragged(body, above, width)
        kept = pl.Series([full for _, full in rows], dtype=pl.Boolean)
        return frame.filter(kept), [line for line, full in rows if full]

    def _records(self, body: str, above: int, width: int) -> Iterator[tuple[int, bool]]:
        """Iterate over the line each record starts in, and whether it is more than a blank line."""
        reader, line = csv.reader(io.StringIO(body), strict=True), above + 1
        try:
            for cells in reader:
                if cells and len(cells) != width:
                    raise Refused([Problem("bad-csv", Where(str(self._path), line))])
                yield line, bool(cells)
                line = above + reader.line_num + 1
        except csv.Error:
            raise Refused([Problem("bad-csv", Where(str(self._path), line))]) from None

    def _ragged(self, body: str, above: int, width: int) -> Refused:
        """Return the refusal with the first line that has too few or too many cells."""
        try:
            list(self._records(body, above, width))
        except Refused as refused:
            return refused
        return Refused([Problem("bad-csv", Where(str(self._path), above))])

    def _values(self, cells: pl.Series, column: _Column) -> pl.Series:
        """Read one column: plain numbers by columns, the rest one by one."""
        cells = cells.str.strip_chars()
        cells = cells.set(cells == "", None)
        shift = self._shift(column)
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
        where = self._where(row, column.position)
        value = read_value(cell, column.measure, where, self._problems, self._percentages, column.unit)
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
        for row in (wrong.fill_null(value=False) & plain).arg_true().to_list()[:20]:
            value = shortest(values[row])
            in_range(value, cells[row], measure, self._where(row, column.position), self._problems)


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
