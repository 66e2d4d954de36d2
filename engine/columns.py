"""Figures as columns of floats, with the bounds of what is missing: their sums and products.

The bounds follow the same laws as `rules.intervals`, a column at a time: a product is bounded by its corners, and zero
times endless is zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from math import isfinite
from typing import Protocol

import polars as pl
from dabiao.facts.model import to_float
from dabiao.facts.tables import Tables
from dabiao.rules.algebra import Condition, Polynomial, Variable
from dabiao.rules.model import Plan

SAFE = 2.0**53
"""Whole numbers below it are floats, and so are their sums and products as long as they stay below."""

HAIR = 2.0**-36
"""Sums of ten million floats, and roots, err by less than this share of the sum of their sizes."""

_PLACES = range(1, 7)
_FEW = 1_000


def constant(value: float | None, height: int) -> pl.Series:
    """Return a column of one number."""
    return pl.Series([value], dtype=pl.Float64).new_from_index(0, height)


def repeated(value: bool | None, height: int) -> pl.Series:
    """Return a column of one answer."""
    return pl.Series([value], dtype=pl.Boolean).new_from_index(0, height)


def list_rows(where: pl.Series) -> pl.Series:
    """Return the numbers of the rows in which a condition holds: what `arg_true` gives, several times as fast."""
    return pl.int_range(len(where), dtype=pl.UInt32, eager=True).filter(where)


def replaced(column: pl.Series, where: pl.Series, value: float | None) -> pl.Series:
    """Return a column of floats with one value where a condition holds."""
    return column.set(where, value) if where.any() else column


def product(columns: Sequence[pl.Series], factor: float, height: int) -> pl.Series:
    """Multiply columns and a number."""
    if not columns:
        return constant(factor, height)
    found = reduce(lambda a, b: a * b, columns)
    return found if factor == 1.0 else found * factor


def total(columns: Sequence[pl.Series], height: int) -> pl.Series:
    """Add columns up."""
    return reduce(lambda a, b: a + b, columns) if columns else constant(0.0, height)


def number_alike(columns: Sequence[pl.Series], rows: pl.Series) -> tuple[list[int], pl.Series]:
    """Return the positions among `rows` where other figures stand for the first time, and for each the number of its like."""
    taken = (column.gather(rows) for column in columns)
    frame = pl.DataFrame([column.alias(str(n)) for n, column in enumerate(taken) if column.null_count() < len(rows)])
    if not frame.width:  # nothing is known of any of them
        return [0], pl.Series([0], dtype=pl.UInt32).new_from_index(0, len(rows))
    if frame.height <= _FEW:  # grouping takes longer
        known: dict[tuple[object, ...], tuple[int, int]] = {}
        each = [known.setdefault(key, (len(known), at))[0] for at, key in enumerate(frame.iter_rows())]
        return [at for _, at in known.values()], pl.Series(each, dtype=pl.UInt32)
    alike = frame.with_row_index("@at").group_by(frame.columns, maintain_order=True).agg("@at")
    numbers = alike.select("@at").with_row_index("@number").explode("@at").sort("@at")["@number"]
    return alike["@at"].list.first().to_list(), numbers


@dataclass(frozen=True)
class Bounds:
    """The lowest and the highest possible values of a figure, row by row; infinite where there is no limit."""

    low: pl.Series
    high: pl.Series

    @classmethod
    def of(cls, number: float, height: int) -> Bounds:
        """Return the bounds of a known number."""
        column = constant(number, height)
        return cls(column, column)

    @property
    def known(self) -> bool:
        """Whether both are one column: nothing is missing."""
        return self.low is self.high

    def __add__(self, other: Bounds) -> Bounds:
        low = self.low + other.low
        return Bounds(low, low if self.known and other.known else self.high + other.high)

    def __mul__(self, other: Bounds) -> Bounds:
        if self.known and other.known:
            both = _times(self.low, other.low)
            return Bounds(both, both)
        corners = [_times(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return Bounds(reduce(least, corners), reduce(most, corners))

    def times(self, number: float) -> Bounds:
        """Multiply by a number that is not zero."""
        if number == 1.0:
            return self
        low = self.low * number
        high = low if self.known else self.high * number
        return Bounds(low, high) if number > 0 else Bounds(high, low)

    def weighed(self, weight: pl.Series) -> Bounds:
        """Multiply by how many subjects each row stands for."""
        return self.map(lambda end: _times(end, weight))

    def map(self, change: Callable[[pl.Series], pl.Series]) -> Bounds:
        """Change both ends in one way, which keeps their order."""
        low = change(self.low)
        return Bounds(low, low if self.known else change(self.high))

    def perhaps(self, sure: pl.Series, possible: pl.Series) -> Bounds:
        """Return what is added at least and at most: all of it where that is sure, nothing where it is not possible."""
        zero = constant(0.0, len(self.low))
        low = self.low.zip_with(sure, least(self.low, zero).zip_with(possible, zero))
        return Bounds(low, self.high.zip_with(sure, most(self.high, zero).zip_with(possible, zero)))


def _times(a: pl.Series, b: pl.Series) -> pl.Series:
    return (a * b).set((a == 0.0) | (b == 0.0), 0.0)


def least(one: pl.Series, other: pl.Series) -> pl.Series:
    """Return the smaller of two columns."""
    return one.zip_with(one < other, other)


def most(one: pl.Series, other: pl.Series) -> pl.Series:
    """Return the larger of two columns."""
    return one.zip_with(one > other, other)


@dataclass(frozen=True)
class Figure:
    """One variable as columns: `value` is null where unknown, and `low` and `high` bound it there, by column or by number.

    `rough` is set if the value may not be the number that was reported, but only near it; `whole` if it counts things that
    are whole, which readers keep to, as they do to the range.
    """

    value: pl.Series
    low: pl.Series | float
    high: pl.Series | float
    rough: bool
    whole: bool = False

    def bounds(self, rows: pl.Series | None = None) -> Bounds:
        """Return the lowest and highest possible values, of all rows or of some."""
        value = self.value if rows is None else self.value.gather(rows)
        if not value.null_count():
            return Bounds(value, value)
        return Bounds(_end(self.low, value, rows), _end(self.high, value, rows))

    @cached_property
    def peak(self) -> float:
        """The largest size of a value."""
        if isinstance(self.low, float) and self.low >= 0.0:
            highest = self.value.max()
            return highest if isinstance(highest, float) else 0.0
        return peak(self.value)

    @cached_property
    def is_positive(self) -> bool:
        """Whether all values that are known are above zero."""
        lowest = self.value.min()
        return not isinstance(lowest, float) or lowest > 0.0

    @cached_property
    def reach(self) -> float | None:
        """The largest size of a value, or of an end of its range that is not endless; None if not all of these are whole."""
        sizes = [self.peak]
        for end in (self.low, self.high):
            if isinstance(end, pl.Series):
                known = end.filter(end.is_finite())
                if not _holds_wholes(known):
                    return None
                sizes.append(peak(known))
            elif isfinite(end):
                if not end.is_integer():
                    return None
                sizes.append(abs(end))
        return max(1.0, *sizes) if self.places == 0 else None

    @cached_property
    def places(self) -> int | None:
        """The decimals such that every value times 10**places is a whole number, exactly; None if there is no such number."""
        if self.rough:
            return None
        return 0 if self.whole else places(self.value, self.peak)

    @property
    def scaled(self) -> pl.Series:
        """The values times 10**places, whole numbers all."""
        return (self.value * 10.0**self.places).round() if self.places else self.value


class YearColumns(Protocol):
    """The figures and conditions of one year as columns, as `Measured` works them out and others ask for them."""

    tables: Tables
    plan: Plan
    year: int

    def in_year(self, year: int | None) -> YearColumns:
        """Return the same tables in another year; None is this one."""

    def frame(self, kind: str) -> pl.DataFrame:
        """Return the rows of a kind."""

    def was_absent(self, kind: str, year: int) -> pl.Series:
        """Return which subjects of a kind were not there in another year, though all that there were are listed."""

    def all_listed(self, kind: str) -> bool:
        """Whether each row of a kind stands for one subject."""

    def figure(self, kind: str, variable: Variable) -> Figure:
        """Return a variable beside the rows of a kind."""

    def value(self, kind: str, polynomial: Polynomial) -> pl.Series:
        """Return a polynomial beside the rows of a kind, null where a figure is unknown."""

    def decide(self, kind: str, condition: Condition) -> pl.Series:
        """Return a condition beside the rows of a kind, null where it is not decided."""


def _end(end: pl.Series | float, value: pl.Series, rows: pl.Series | None) -> pl.Series:
    if not isinstance(end, pl.Series):
        return value.fill_null(end)
    return end if rows is None else end.gather(rows)


def multiplied(figures: Sequence[Bounds], factor: float, height: int) -> Bounds:
    """Return the bounds of a product of figures and a number that is not zero."""
    if not figures:
        return Bounds.of(factor, height)
    return reduce(lambda a, b: a * b, figures).times(factor)


def bounds_of(polynomial: Polynomial, figures: dict[Variable, Figure], height: int) -> Bounds:
    """Return the bounds of a polynomial, its figures as columns."""
    terms = [multiplied([figures[v].bounds() for v in m], to_float(c), height) for m, c in polynomial.terms]
    return reduce(lambda a, b: a + b, terms)


def places(known: pl.Series, peak: float) -> int | None:
    """Return how many decimals a column has, None if more than six or if floats cannot hold it exactly."""
    if peak < SAFE and _holds_wholes(known):
        return 0
    for count in _PLACES:
        if peak * 10.0**count >= SAFE:
            return None
        if ((known * 10.0**count).round() / 10.0**count == known).all():
            return count
    return None


def _holds_wholes(known: pl.Series) -> bool:
    return bool((known % 1.0 == 0.0).all())


def peak(values: pl.Series) -> float:
    """Return the largest size of a value of a column."""
    low, high = values.min(), values.max()
    return max(abs(low), abs(high)) if isinstance(low, float) and isinstance(high, float) else 0.0


def are_whole(figures: Iterable[Figure]) -> bool:
    """Whether all figures take whole numbers only."""
    return all(figure.places == 0 for figure in figures)
