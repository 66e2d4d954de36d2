"""Packs a sheet and its problems into bytes, for other processes and the cache. Plain JSON: unpacking executes nothing.

Locations are relative to the sheet's own path, so that a sheet found under another name has its locations there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dabiao.base.problems import Listing, Location, Problem, Term
from dabiao.facts.columns import Columns, Remark
from dabiao.facts.exact_figures import ExactFigures
from dabiao.facts.layout import Words
from dabiao.facts.model import Blank, Fact, Part, RegisterRemark, Sheet
from dabiao.facts.rows import Row, Rows
from dabiao.rules.shape import Text

if TYPE_CHECKING:
    import polars as pl

_MOST_CELLS = 1_000_000  # of one table: a larger one is read by columns faster than from here
_exact = lru_cache(maxsize=100_000)(Fraction)


class NotPackable(Exception):  # noqa: N818 - it is not an error: the sheet is read again
    """A sheet or a problem that plain JSON cannot represent."""


class Damaged(Exception):  # noqa: N818
    """Bytes that are not a packed sheet."""


def pack(sheet: Sheet | None, problems: Sequence[Problem], path: str) -> bytes:
    """Pack a sheet that was read from a path, with its problems. Raises `NotPackable`."""
    packer = _Packer(path)
    data = [None if sheet is None else packer.sheet(sheet), [packer.problem(problem) for problem in problems]]
    try:
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError):
        raise NotPackable from None


def unpack(data: bytes, path: str) -> tuple[Sheet | None, list[Problem]]:
    """Unpack a sheet and its problems, with locations at `path`. Raises `Damaged` for other bytes."""
    try:
        sheet, problems = json.loads(data)
        unpacker = _Unpacker(path)
        return None if sheet is None else unpacker.sheet(sheet), [unpacker.problem(problem) for problem in problems]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError):
        raise Damaged from None


class _Packer:
    def __init__(self, path: str) -> None:
        self._path = path

    def _file(self, file: str) -> str:
        if not file.startswith(self._path):
            raise NotPackable
        return file[len(self._path) :]

    def location(self, location: Location) -> list[object]:
        packed: list[object] = [self._file(location.file), location.line, location.column]
        return [*packed, location.sheet, location.cell] if location.sheet or location.cell else packed

    def sheet(self, sheet: Sheet) -> list[object]:
        submitted = sheet.submitted.isoformat() if sheet.submitted else None
        return [
            self._file(sheet.file), sheet.subject, sheet.year, self.location(sheet.location),
            [self.part(part) for part in sheet.parts], dict(sheet.registers), sheet.source, sheet.synthetic,
            sheet.percentages, submitted,
            {kind: [self.location(place), why] for kind, (place, why) in sheet.register_remarks.items()},
            [[self.location(place), count, asked] for place, count, asked in sheet.blanks], list(sheet.tiers),
        ]  # fmt: skip

    def part(self, part: Part) -> list[object]:
        if isinstance(part, Columns):
            return [part.kind, None, self.columns(part)]
        assert isinstance(part, Rows)
        return [part.kind, [self.row(row) for row in part.rows], None]

    def row(self, row: Row) -> list[object]:
        above = None if row.parent_location is None else self.location(row.parent_location)
        return [row.name, row.parent, self.location(row.location), self.facts(row.facts), row.nothing, above]

    def facts(self, facts: Mapping[str, Fact]) -> dict[str, list[object]]:
        """Pack facts: value, file, line, column and raw text; fields that few facts have are left out if all are empty."""
        path, found = self._path, dict[str, list[object]]()
        for name, fact in facts.items():
            file, line, column, sheet, cell = fact.location
            over, under = (None, 1) if fact.value is None else fact.value.as_integer_ratio()
            packed: list[object] = [over, under, "" if file == path else self._file(file), line, column, fact.raw]
            if sheet or cell or fact.absent or fact.note or fact.confirmed or fact.evidence:
                packed += [sheet, cell, fact.absent, fact.note, fact.confirmed, fact.evidence]
            found[name] = packed
        return found

    def columns(self, part: Columns) -> list[object]:
        if part.changed or len(part.name) * (len(part.values) + 1) > _MOST_CELLS:
            raise NotPackable
        lines: object = list(part.lines)
        if isinstance(part.lines, range):
            lines = {"from": part.lines.start, "to": part.lines.stop}
        return [
            self._file(part.file), part.name.to_list(), None if part.above is None else part.above.to_list(),
            {name: values.to_list() for name, values in part.values.items()},
            [[name, row, value.numerator, value.denominator] for (name, row), value in part.exact.items()],
            [[name, row, absent] for (name, row), absent in part.absent.items()], dict(part.column), lines,
            [[row, remark.note, remark.confirmed, remark.evidence, remark.nothing] for row, remark in part.remarks.items()],
        ]  # fmt: skip

    def problem(self, problem: Problem) -> list[object]:
        places = [self.location(place) for place in problem.places]
        return [problem.code, places, self.details(problem.details), problem.severity]

    def details(self, details: Mapping[str, object]) -> dict[str, object]:
        return {name: self.detail(part) for name, part in details.items()}

    def detail(self, part: object) -> object:
        if isinstance(part, Location):
            return ["location", *self.location(part)]
        if isinstance(part, Term):
            return ["term", part.code, self.details(part.details)]
        if isinstance(part, Listing):
            return ["listing", part.sort, *map(self.detail, part.parts)]
        if isinstance(part, Words):
            return ["words", part.code]
        if isinstance(part, Text):
            return ["text", *astuple(part)]
        if isinstance(part, tuple | list):
            return ["items", *map(self.detail, part)]
        if type(part) is str and part.startswith(self._path):
            return ["file", self._file(part)]
        if part is None or type(part) in (str, int, bool):
            return part
        raise NotPackable


class _Unpacker:
    def __init__(self, path: str) -> None:
        self._path = path

    def location(self, packed: Sequence[Any]) -> Location:
        file, line, column, *cell = packed
        return Location(self._path + file, _to_int(line), _to_int(column), *map(_to_text, cell))

    def sheet(self, packed: Sequence[Any]) -> Sheet:
        (
            file,
            subject,
            year,
            location,
            parts,
            registers,
            source,
            synthetic,
            percentages,
            submitted,
            remarks,
            blanks,
            tiers,
        ) = packed
        return Sheet(
            self._path + file, _to_text(subject), _to_int(year), self.location(location),
            tuple(self.part(part) for part in parts), registers, _to_text(source), synthetic, percentages,
            date.fromisoformat(submitted) if submitted else None,
            {kind: RegisterRemark(self.location(place), _to_text(why)) for kind, (place, why) in remarks.items()},
            tuple(Blank(self.location(place), _to_int(count), _to_int(asked)) for place, count, asked in blanks),
            tuple(map(_to_text, tiers)),
        )  # fmt: skip

    def part(self, packed: Sequence[Any]) -> Part:
        kind, rows, columns = packed
        if rows is None:
            return self.columns(_to_text(kind), columns)
        return Rows(_to_text(kind), tuple(self.row(kind, row) for row in rows))

    def row(self, kind: str, packed: Sequence[Any]) -> Row:
        name, parent, location, facts, nothing, above = packed
        place = None if above is None else self.location(above)
        return Row(kind, _to_text(name), parent, self.location(location), self.facts(facts), _to_text(nothing), place)

    def facts(self, packed: Mapping[str, Sequence[Any]]) -> dict[str, Fact]:
        path, facts = self._path, {}
        for measure, parts in packed.items():
            over, under, file, line, column, raw, *rest = parts
            value = None if over is None else _exact(over) if under == 1 else _exact(over, under)
            if rest:
                sheet, cell, absent, note, confirmed, evidence = rest
                location = Location(path + file, _to_int(line), _to_int(column), sheet, cell)
                facts[measure] = Fact(value, location, raw, absent, note, confirmed, evidence)
            else:
                facts[measure] = Fact(value, Location(path + file, _to_int(line), _to_int(column)), raw)
        return facts

    def columns(self, kind: str, packed: Sequence[Any]) -> Columns:
        import polars as pl

        file, names, parents, values, exact, absent, column, lines, remarks = packed
        if isinstance(lines, dict):
            lines = range(_to_int(lines["from"]), _to_int(lines["to"]))
        return Columns(
            kind, self._path + file, pl.Series(names, dtype=pl.String),
            None if parents is None else pl.Series(parents, dtype=pl.String),
            {name: _make_floats(name, cells) for name, cells in values.items()},
            ExactFigures({(name, row): Fraction(over, under) for name, row, over, under in exact}),
            {(name, row): reason for name, row, reason in absent}, column, lines,
            remarks={row: Remark(*remark) for row, *remark in remarks},
        )  # fmt: skip

    def problem(self, packed: Sequence[Any]) -> Problem:
        code, (location, *also), details, severity = packed
        others = tuple(self.location(place) for place in also)
        return Problem(code, self.location(location), self.details(details), severity, others)

    def details(self, packed: Mapping[str, Any]) -> dict[str, object]:
        return {name: self.detail(part) for name, part in packed.items()}

    def detail(self, part: Any) -> object:
        if not isinstance(part, list):
            return part
        sort, *rest = part
        match sort:
            case "location":
                return self.location(rest)
            case "term":
                return Term(rest[0], self.details(rest[1]))
            case "listing":
                return Listing(tuple(map(self.detail, rest[1:])), rest[0])
            case "items":
                return tuple(map(self.detail, rest))
            case "words":
                return Words(_to_text(rest[0]))
            case "text":
                return Text(*rest)
            case "file":
                return self._path + _to_text(rest[0])
        raise Damaged


def _to_int(number: Any) -> int:
    if type(number) is not int:
        raise Damaged
    return number


def _to_text(text: Any) -> str:
    if type(text) is not str:
        raise Damaged
    return text


def _make_floats(name: str, cells: list[float | None]) -> pl.Series:
    import polars as pl

    return pl.Series(name, cells, dtype=pl.Float64)
