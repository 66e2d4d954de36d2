"""Fact sheets as values: what was reported, for whom, in which year, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from dabiao.base.problems import Location, Problem

if TYPE_CHECKING:
    import polars as pl
    from dabiao.rules.model import Plan

Absent = Literal["late", "not_collected", "suppressed", "not_applicable"]
ABSENT: tuple[Absent, ...] = ("late", "not_collected", "suppressed", "not_applicable")


@dataclass(frozen=True, slots=True)
class Fact:
    """One reported figure. `value` is exact and in base units; None if it is absent, with the reason if one is given.

    `confirmed` says why a figure that looks wrong is right.
    """

    value: Fraction | None
    location: Location
    raw: str
    absent: Absent | None = None
    note: str = ""
    confirmed: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The facts of one subject. `parent` names the subject that contains it, None if that is the root.

    `nothing` says why the subject has nothing to report, if it confirms that.
    """

    kind: str
    name: str
    parent: str | None
    location: Location
    facts: Mapping[str, Fact]
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a row of a table says of itself: of every figure in it, and of having nothing to report."""

    note: str = ""
    confirmed: str = ""
    evidence: str = ""
    nothing: str = ""


@dataclass(frozen=True)
class Block:
    """The facts of many subjects of one kind, as columns.

    `values` are floats whose shortest decimal is the reported number; where that would lose digits, `exact` has the
    number. `column` and `lines` say where each stands in its file. `changed` are figures that a scenario sets,
    `remarks` what a row says besides its figures.
    """

    kind: str
    file: str
    names: pl.Series
    parents: pl.Series | None
    values: Mapping[str, pl.Series]
    exact: Mapping[tuple[str, int], Fraction]
    absent: Mapping[tuple[str, int], Absent]
    column: Mapping[str, int]
    lines: Sequence[int]
    changed: Mapping[tuple[str, int], Fact] = field(default_factory=dict)
    remarks: Mapping[int, Remark] = field(default_factory=dict)

    def fact(self, measure: str, row: int) -> Fact | None:
        """Return one fact with its place, or None if the cell is empty."""
        if (measure, row) in self.changed:
            return self.changed[measure, row]
        location = Location(self.file, self.lines[row], self.column.get(measure, 0))
        said = self.remarks.get(row, _NO_REMARK)
        if reason := self.absent.get((measure, row)):
            return Fact(None, location, reason, reason, said.note, "", said.evidence)
        value = self.values[measure][row] if measure in self.values else None
        if value is None:
            return None
        exact = self.exact.get((measure, row), shortest(value))
        return Fact(exact, location, "", None, said.note, said.confirmed, said.evidence)


@dataclass(frozen=True)
class Sheet:
    """One submission: the facts of one root subject for one year.

    `registers` says how many subjects of a kind there are; None means that all of them are listed. `submitted` is the day
    the sheet says it was handed in.
    """

    file: str
    subject: str
    year: int
    location: Location
    rows: Sequence[Row]
    blocks: Sequence[Block] = ()
    registers: Mapping[str, int | None] = field(default_factory=dict)
    source: str = ""
    synthetic: bool = False
    percentages: Literal["percent", "fraction"] | None = None
    submitted: date | None = None


@dataclass(frozen=True)
class Facts:
    """All sheets of one check, sound and belonging to one plan. `notes` are warnings: what was read all the same."""

    plan: Plan
    sheets: tuple[Sheet, ...]
    notes: tuple[Problem, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """The years reported, in order."""
        return tuple(sorted({sheet.year for sheet in self.sheets}))


_NO_REMARK = Remark()


def shortest(value: float) -> Fraction:
    """Return the number whose shortest decimal text a float has: 0.29 means 29/100, not its binary neighbour."""
    return Fraction(repr(float(value)))
