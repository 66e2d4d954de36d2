"""The same figures in exact rational arithmetic, row by row: for the few rows on a boundary, and for what is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from math import inf, isfinite
from operator import add
from typing import Any

import polars as pl
from dabiao.engine.columns import YearColumns, number_alike, repeated
from dabiao.facts.model import Fact, to_exact
from dabiao.rules.algebra import Aggregate, Leaf, Polynomial, Ranked, Ratio, Sum, Variable
from dabiao.rules.comparators import Sign
from dabiao.rules.intervals import NONNEGATIVE, ZERO_INTERVAL, Interval
from dabiao.rules.lookups import ADDED
from dabiao.rules.ranks import Member, bound_rank

_LISTED = 200_000  # rows; lists of more take too much memory
_OFTEN = 16  # a column is taken out whole once one in so many of its cells has been looked at


class Exact:
    """Exact bounds of variables, polynomials and ratios for single rows of a kind's frame of the year."""

    def __init__(self, measured: YearColumns) -> None:
        self._measured = measured
        self._cache: dict[tuple[Variable, int], Interval] = {}
        self._columns: dict[tuple[str, str], pl.Series | list[Any]] = {}
        self._looks: Counter[tuple[str, str]] = Counter()
        self._rows: dict[tuple[str, str, str | None], int | None] = {}
        self._others: dict[int, Exact] = {}

    @property
    def year(self) -> int:
        """The year whose rows it is about."""
        return self._measured.year

    def cell(self, kind: str, column: str, row: int) -> Any:
        """Return one cell of a kind's frame of the year; many are soon taken from a list."""
        place = (kind, column)
        cells = self._columns.get(place)
        if cells is None:
            cells = self._columns[place] = self._measured.frame(kind)[column]
        if isinstance(cells, pl.Series):
            self._looks[place] += 1
            if self._looks[place] * _OFTEN > len(cells) and len(cells) <= _LISTED:
                self._columns[place] = cells.to_list()
        return cells[row]

    def cells(self, kind: str, column: str, rows: list[int]) -> list[Any]:
        """Return cells of one column of a kind's frame of the year."""
        return self._measured.frame(kind)[column].gather(rows).to_list()

    def signs(self, kind: str, margin: Polynomial, sign: Sign, rows: Sequence[int]) -> pl.Series:
        """Decide a sign exactly for some rows. Rows with the same figures are worked out once."""
        if not all(self.is_plain(kind, variable) for variable in margin.variables):
            answers = [self.polynomial(kind, margin, row).decide(sign) for row in rows]
            return pl.Series(answers, dtype=pl.Boolean)
        places = pl.Series(rows, dtype=pl.UInt32)
        firsts, numbers = number_alike([self._measured.figure(kind, v).value for v in margin.variables], places)
        answers = [self.polynomial(kind, margin, places[at]).decide(sign) for at in firsts]
        return pl.Series(answers, dtype=pl.Boolean).gather(numbers)

    def is_plain(self, kind: str, variable: Variable) -> bool:
        """Whether a variable is a reported figure of the subject itself that its column holds exactly."""
        if not isinstance(variable, Leaf) or variable.kind != kind or not variable.current:
            return False
        return (kind, variable.measure) not in self._measured.tables.rough

    def ratio(self, kind: str, ratio: Ratio, row: int) -> Fraction | None:
        """Return the exact value of a ratio, None if a figure is unknown or a base is zero, or may be.

        Zero over what is not known, but is not zero, is zero.
        """
        top, bottom = self.polynomial(kind, ratio.top, row).value, self.polynomial(kind, ratio.bottom, row).value
        if top is None or (top and bottom is None):
            return None
        based = all(self.polynomial(kind, base, row).decide("!=") for base in ratio.bases)
        return top / bottom if based and bottom else Fraction(0) if based and bottom is None else None

    def polynomial(self, kind: str, polynomial: Polynomial, row: int) -> Interval:
        """Return the values a polynomial can have in one row."""
        found = ZERO_INTERVAL
        for monomial, factor in polynomial.terms:
            term = Interval.point(factor)
            for variable in monomial:
                term = term * self.variable(kind, variable, row)
            found = found + term
        return found

    def variable(self, kind: str, variable: Variable, row: int) -> Interval:
        """Return the values a variable can have in one row."""
        if not isinstance(variable, Leaf) and variable.year not in (None, self._measured.year):
            then, there = self.locate(kind, variable, row)
            plain = replace(variable, year=None)
            return variable.range if there is None else then.variable(variable.owner, plain, there)
        at = self.row_of(kind, variable.owner, row)
        if at is None:
            return self._years(kind, variable, row) if isinstance(variable, Leaf) else variable.range
        place = (variable, at)
        if place not in self._cache:
            self._cache[place] = self._variable(variable, at)
        return self._cache[place]

    def row_of(self, kind: str, owner: str, row: int) -> int | None:
        """Return the row of the subject of another kind that a subject lies in, None if that is not known or not there."""
        if owner == kind:
            return row
        return self._find_row(owner, self.cell(kind, "@root", row), self.name_at(kind, owner, row))

    def _find_row(self, kind: str, root: str, name: str | None) -> int | None:
        """Return the row of a subject, None if it is not there, or has no name."""
        place = (kind, root, name)
        if place not in self._rows:
            measured = self._measured
            index = measured.tables.index.get((kind, measured.year, root, name)) if name else None
            self._rows[place] = None if index is None else measured.frame(kind)["@index"].index_of(index)
        return self._rows[place]

    def in_year(self, year: int | None) -> Exact:
        """Return the same in another year; None is this one."""
        there = self._measured.in_year(year)
        if there is self._measured:
            return self
        return self._others.setdefault(there.year, Exact(there))

    def locate(self, kind: str, variable: Aggregate, row: int) -> tuple[Exact, int | None]:
        """Return the year an aggregate is made of and the row of its owner then, None if that is not known or not there."""
        then, owner = self.in_year(variable.year), variable.owner
        if then is self:
            return self, self.row_of(kind, owner, row)
        return then, then._find_row(owner, self.cell(kind, "@root", row), self.name_at(kind, owner, row))

    def name_at(self, kind: str, above: str, row: int) -> Any:
        """Return the name of the subject of a kind above that a row belongs to, or its own; None if it is not known."""
        if above == kind:
            return self.cell(kind, "@name", row)
        return self.cell(kind, "@root" if above == self._measured.plan.root.id else f"@{above}", row)

    def _variable(self, variable: Variable, row: int) -> Interval:
        if isinstance(variable, Leaf):
            return self._leaf(variable, row)
        figure = self._measured.figure(variable.owner, variable)
        bounds = figure.bounds()
        low, high = bounds.low[row], bounds.high[row]
        exact = variable.counts or (low == high and figure.places == 0)
        if exact:
            return Interval(_rational(low), _rational(high))
        return self._sum(variable, row) if isinstance(variable, Sum) else self._ranked(variable, row)

    def _sum(self, variable: Sum, row: int) -> Interval:
        """Add up exactly what the subjects below contribute."""
        found = ZERO_INTERVAL
        for child, certain, weight in self.members(variable.owner, variable, row):
            of = self.polynomial(variable.kind, variable.of, child)
            many = NONNEGATIVE if weight is None else Interval.point(Fraction(weight))
            found = found + (of if certain else of.hull(ZERO_INTERVAL)) * many
        return found

    def _ranked(self, variable: Ranked, row: int) -> Interval:
        """Rank exactly what the subjects below have."""
        found = []
        for child, certain, weight in self.members(variable.owner, variable, row):
            of = self.polynomial(variable.kind, variable.of, child)
            low, high = (-inf if of.low is None else of.low), (inf if of.high is None else of.high)
            found.append(Member(low, high, certain, inf if weight is None else weight))
        least, most = bound_rank(variable.rank, found)
        return Interval(least if isinstance(least, Fraction) else None, most if isinstance(most, Fraction) else None)

    def members(self, kind: str, variable: Aggregate, row: int) -> list[tuple[int, bool, float | None]]:
        """List the rows below a subject that count, or may: position, whether that is sure, and weight (None: endless).

        The positions are among the rows of the year that the aggregate is made of.
        """
        then, at = self.locate(kind, variable, row)
        if at is None:
            return []
        measured, below = then._measured, variable.kind
        rows, frame = measured.frame(below), measured.frame(variable.owner)
        counted = repeated(value=True, height=rows.height)
        if variable.where:
            counted = measured.decide(below, variable.where)
        if variable.owner != measured.plan.root.id:
            counted = counted & (rows[f"@{variable.owner}"] == frame["@name"][at])  # null where the place is not known
        mine = rows["@root"] == frame["@root"][at]
        positions = (mine & counted.fill_null(value=True)).arg_true()
        weights = rows["@weight"].gather(positions)
        endless = ~weights.is_finite()
        sure = counted.fill_null(value=False).gather(positions) & ~endless
        return list(zip(positions, sure, weights.set(endless, None), strict=True))

    def _leaf(self, leaf: Leaf, row: int) -> Interval:
        if (stated := self._measured.plan.stated(leaf, self._measured.year)) is not None:
            return Interval.point(stated)
        if self.is_plain(leaf.kind, leaf):
            value = self.cell(leaf.kind, leaf.measure, row)
            return leaf.range if value is None else Interval.point(to_exact(value))
        return self._years(leaf.kind, leaf, row)

    def _years(self, kind: str, leaf: Leaf, row: int) -> Interval:
        """Add up the facts behind a leaf: one, or one a year for a total."""
        values = [fact.value if fact else None for _, fact in self.facts(kind, leaf, row)]
        return reduce(add, (leaf.range if value is None else Interval.point(value) for value in values), ZERO_INTERVAL)

    def facts(self, kind: str, leaf: Leaf, row: int) -> list[tuple[int, Fact | None]]:
        """Return the facts behind a leaf with their years: one, or one a year for a total; None where nothing is reported.

        The years in which a subject was not there add nothing to a total, and are left out.
        """
        measured = self._measured
        if leaf.current and leaf.kind == kind:
            return [(measured.year, self._at(kind, self.cell(kind, "@index", row), leaf.measure))]
        root, name = self.cell(kind, "@root", row), self.name_at(kind, leaf.kind, row)
        found = []
        at = self.row_of(kind, leaf.kind, row) if leaf.time in ADDED else None
        for year in measured.plan.years_of(leaf, measured.year):
            index = measured.tables.index.get((leaf.kind, year, root, name))
            if index is None and at is not None and year != measured.year and measured.was_absent(leaf.kind, year)[at]:
                continue
            found.append((year, None if index is None else self._at(leaf.kind, index, leaf.measure)))
        return found

    def _at(self, kind: str, index: int, measure: str) -> Fact | None:
        return self._measured.tables.fact(kind, index, measure)


def _rational(value: float) -> Fraction | None:
    return to_exact(value) if isfinite(value) else None
