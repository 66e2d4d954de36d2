"""Measure: the figures of one year as columns, with bounds where facts are missing, and conditions in three values.

A condition is a Boolean column in which null means that the facts at hand do not decide it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from math import inf
from operator import add, and_, or_

import polars as pl
from dabiao.engine.aggregates import aggregate
from dabiao.engine.columns import (
    Figure,
    constant,
    list_rows,
    peak,
    places,
    product,
    repeated,
    replaced,
    total,
)
from dabiao.engine.completion import Completions
from dabiao.engine.exact import Exact
from dabiao.engine.signs import Margin
from dabiao.facts.model import to_exact, to_float
from dabiao.facts.tables import NO_ROW, Tables
from dabiao.rules.algebra import Aggregate, Condition, Leaf, Polynomial, Ratio, Test, Variable, fold
from dabiao.rules.comparators import Sign, has_sign
from dabiao.rules.lookups import ADDED, write_out
from dabiao.rules.shares import list_ways


class Measured:
    """The tables of one year, and every figure and condition asked of them, each worked out once."""

    def __init__(self, tables: Tables, year: int) -> None:
        self.tables = tables
        self.year = year
        self.plan = tables.plan
        self._frames: dict[str, pl.DataFrame] = {}
        self._positions: dict[str, pl.Series] = {}
        self._empty_roots: dict[str, pl.Series] = {}
        self._all_listed: dict[str, bool] = {}
        self._absent: dict[tuple[str, int], pl.Series] = {}
        self._years: dict[tuple[str, int], pl.DataFrame] = {}
        self._figures: dict[tuple[str, Variable], Figure] = {}
        self._decided: dict[tuple[str, Condition], pl.Series] = {}
        self._signs: dict[tuple[str, Polynomial, Sign], pl.Series] = {}
        self._quotients: dict[tuple[str, Polynomial, Polynomial], pl.Series] = {}
        self._positive: dict[tuple[str, Polynomial], bool] = {}
        self._by_year: dict[int, Measured] = {year: self}
        self.exact = Exact(self)
        self._completions = Completions(self, self.exact)

    def in_year(self, year: int | None) -> Measured:
        """Return the same tables measured in another year; None is this one."""
        if year is None or year == self.year:
            return self
        if year not in self._by_year:
            other = self._by_year[year] = Measured(self.tables, year)
            other._by_year = self._by_year
        return self._by_year[year]

    def frame(self, kind: str) -> pl.DataFrame:
        """Return the rows of a kind for the year, with their position in the whole table under `@index`."""
        if kind not in self._frames:
            self._frames[kind] = self.tables.of_year(kind, self.year)
        return self._frames[kind]

    def was_absent(self, kind: str, year: int) -> pl.Series:
        """Return which subjects of a kind were not there in another year: all that there were are listed, without them."""
        if (kind, year) not in self._absent:
            self._absent[kind, year] = self._find_absent(kind, year)
        return self._absent[kind, year]

    def _find_absent(self, kind: str, year: int) -> pl.Series:
        there, here = self.in_year(year).frame(kind), self.frame(kind)
        open_ = there.filter(pl.col("@row") == NO_ROW)["@root"]
        listed = self.in_year(year).frame(self.plan.root.id).join(open_.to_frame(), on="@root", how="anti")["@root"]
        before = here.join(there, on=["@root", "@name"], how="left", maintain_order="left")["@row_right"]
        return here["@root"].is_in(listed.implode()) & (here["@name"] != "") & before.is_null()

    def positions(self, kind: str) -> pl.Series:
        """Return the numbers of a kind's rows."""
        if kind not in self._positions:
            self._positions[kind] = pl.int_range(self.frame(kind).height, dtype=pl.UInt32, eager=True)
        return self._positions[kind]

    def empty_roots(self, kind: str) -> pl.Series:
        """Return the root subjects in which there is no subject of a kind."""
        if kind not in self._empty_roots:
            self._empty_roots[kind] = self.roots_without(self.frame(kind)["@root"])
        return self._empty_roots[kind]

    def roots_without(self, those: pl.Series) -> pl.Series:
        """Return the root subjects that are not among those of some rows."""
        roots = self.frame(self.plan.root.id)["@root"]
        if len(roots) == 1 and len(those):
            return roots.clear()
        return roots.filter(~roots.is_in(those.unique().implode()))

    def all_listed(self, kind: str) -> bool:
        """Whether each row of a kind stands for one subject."""
        if kind not in self._all_listed:
            self._all_listed[kind] = bool((self.frame(kind)["@weight"] == 1.0).all())
        return self._all_listed[kind]

    # conditions and signs

    def decide(self, kind: str, condition: Condition) -> pl.Series:
        """Return a condition as a Boolean column beside the rows of a kind; null where it is not decided."""
        place = (kind, condition)
        if place not in self._decided:
            decided = fold(condition, lambda test: self._test(kind, test), _every, _some)
            if decided.null_count() and self._completions.can_help(kind, condition):
                rows = list_rows(decided.is_null())
                found = self._completions.decide(kind, condition, rows)
                if found.null_count() < len(found):
                    decided = decided.scatter(rows, found)
            self._decided[place] = decided
        return self._decided[place]

    def _test(self, kind: str, test: Test) -> pl.Series:
        decided = self._sign(kind, test.margin, test.sign)
        # a quantity that does not exist satisfies nothing; one that may not exist cannot be said to satisfy
        return reduce(and_, (~zero for zero in self._zeros(kind, test.bases)), decided)

    def without_value(self, kind: str, *ratios: Ratio) -> pl.Series | None:
        """Return where one of several ratios has no value for want of a base (null: where it may have none).

        None if all have a value in every row.
        """
        zeros = list(self._zeros(kind, dict.fromkeys(base for ratio in ratios for base in ratio.bases)))
        return reduce(or_, zeros) if zeros else None

    def _zeros(self, kind: str, bases: Iterable[Polynomial]) -> Iterator[pl.Series]:
        """Iterate over the denominators that may be zero somewhere: where they are (null: where they may be)."""
        return (self.sign(kind, base, "==") for base in bases if not self.always_positive(kind, base))

    def always_positive(self, kind: str, base: Polynomial) -> bool:
        """Whether a denominator is known and above zero in every row."""
        place = (kind, base)
        if place not in self._positive:
            self._positive[place] = base.never_negative and self._all_positive(kind, base)
        return self._positive[place]

    def _all_positive(self, kind: str, base: Polynomial) -> bool:
        """Whether a polynomial that takes nothing away, so that rounding cannot bring it to zero, is known and not zero."""
        if isinstance(base.single, Leaf):
            figure = self.figure(kind, base.single)
            return not figure.value.null_count() and figure.is_positive
        values = self.value(kind, base)
        if values.null_count() or values.is_nan().any():  # 0 times what is beyond all floats
            return False
        lowest = values.min()
        return not isinstance(lowest, float) or lowest > 0

    def sign(self, kind: str, margin: Polynomial, sign: Sign) -> pl.Series:
        """Return where a polynomial is >= 0, > 0, == 0 or != 0, exactly; null where that is not decided."""
        return self.decide(kind, Test(margin, sign))

    def _sign(self, kind: str, margin: Polynomial, sign: Sign) -> pl.Series:
        if sign == "!=":
            return ~self._sign(kind, margin, "==")
        if sign == ">":  # a condition and its opposite are worked out once
            return ~self._sign(kind, margin * Fraction(-1), ">=")
        place = (kind, margin, sign)
        if place not in self._signs:
            self._signs[place] = self._find_sign(kind, margin, sign)
        return self._signs[place]

    def _find_sign(self, kind: str, margin: Polynomial, sign: Sign) -> pl.Series:
        decided = self._find_written(kind, margin, sign)
        if not decided.null_count():
            return decided
        plain = write_out(margin, self.plan, self.year)
        for way in (plain, *list_ways(plain)):
            if way != margin and decided.null_count():
                decided = decided.zip_with(decided.is_not_null(), self._find_written(kind, way, sign))
        return decided

    def _find_written(self, kind: str, margin: Polynomial, sign: Sign) -> pl.Series:
        """Return where a polynomial, as it is written, has a sign."""
        if (number := margin.number) is not None:
            return repeated(has_sign(number, sign), self.frame(kind).height)
        figures = {v: self.figure(kind, v) for v in margin.variables}

        def exactly(rows: Sequence[int], sign: Sign) -> pl.Series:
            return self.exact.signs(kind, margin, sign, rows)

        def divide(over: Variable, under: Variable) -> pl.Series:
            return self.quotient(kind, Polynomial.variable(over), Polynomial.variable(under))

        return Margin(margin, figures, exactly, divide).sign(sign)

    # figures

    def value(self, kind: str, polynomial: Polynomial) -> pl.Series:
        """Return a polynomial as a float column, null where a figure is unknown."""
        height = self.frame(kind).height
        terms = [
            product([self.figure(kind, v).value for v in monomial], to_float(factor), height)
            for monomial, factor in polynomial.terms
        ]
        return total(terms, height)

    def quotient(self, kind: str, over: Polynomial, under: Polynomial) -> pl.Series:
        """Return one polynomial over another as a float column, null where a figure is unknown."""
        place = (kind, over, under)
        if place not in self._quotients:
            self._quotients[place] = self.value(kind, over) / self.value(kind, under)
        return self._quotients[place]

    def figure(self, kind: str, variable: Variable) -> Figure:
        """Return a variable as columns beside the rows of a kind: of the subject itself, or of the one it lies in."""
        place = (kind, variable)
        if place not in self._figures:
            if variable.owner != kind:
                self._figures[place] = self._lowered(kind, variable)
            elif isinstance(variable, Leaf):
                self._figures[place] = self._leaf(variable)
            elif variable.year not in (None, self.year):
                self._figures[place] = self._remembered(variable)
            else:
                self._figures[place] = aggregate(self, variable)
        return self._figures[place]

    def _leaf(self, leaf: Leaf) -> Figure:
        low, high = (
            (-inf if leaf.low is None else to_float(leaf.low)),
            (inf if leaf.high is None else to_float(leaf.high)),
        )
        rough = (leaf.kind, leaf.measure) in self.tables.rough
        if (stated := self.plan.stated(leaf, self.year)) is not None:
            number = to_float(stated)
            column = constant(number, self.frame(leaf.kind).height)
            return Figure(column, number, number, to_exact(number) != stated)
        read = self._read_part if leaf.time in ADDED else self._read_year
        columns = [read(leaf, year) for year in self.plan.years_of(leaf, self.year)]
        if leaf.time == "total":
            return self._total(leaf, columns, low, high, rough)
        return Figure(columns[0], low, high, rough, self.plan.measures[leaf.kind, leaf.measure].whole)

    def _read_year(self, leaf: Leaf, year: int) -> pl.Series:
        """Return a column of this year, or of another one beside the rows of this year, by root and name."""
        if year == self.year:
            return self.frame(leaf.kind)[leaf.measure]
        place = (leaf.kind, year)
        if place not in self._years:
            keys = ["@root", "@name"]
            if not self.in_year(year).frame(leaf.kind).height:
                return constant(None, self.frame(leaf.kind).height)
            other = self.tables.frames[leaf.kind].filter(pl.col("@year") == year, pl.col("@name") != "").unique(keys)
            here = self.frame(leaf.kind).select(keys)
            self._years[place] = here.join(other, on=keys, how="left", maintain_order="left")
        return self._years[place][leaf.measure]

    def listed(self, kind: str, owner: str, of: str, year: int) -> pl.Series:
        """Return where a sheet of a year has subjects of a kind in the one of kind `owner` that a row belongs to, or is."""
        top = owner == self.plan.root.id

        def name_in(place: str) -> str:
            return "@name" if owner == place else f"@{owner}"

        there = self.tables.frames[of].filter(pl.col("@year") == year, pl.col("@row") != NO_ROW)
        known = there.select("@root", *([] if top else [pl.col(name_in(of)).alias(name_in(kind))])).unique()
        here = self.frame(kind).select("@root", *([] if top else [name_in(kind)]))
        marked = known.with_columns(pl.lit(value=True).alias("@there"))
        return here.join(marked, on=here.columns, how="left", maintain_order="left")["@there"].fill_null(value=False)

    def _read_part(self, leaf: Leaf, year: int) -> pl.Series:
        """Return what a year adds to a total: nothing for the subjects that were not there."""
        column = self._read_year(leaf, year)
        if year == self.year or not column.null_count():
            return column
        return replaced(column, column.is_null() & self.was_absent(leaf.kind, year), 0.0)

    def _total(self, leaf: Leaf, years: list[pl.Series], low: float, high: float, rough: bool) -> Figure:
        """Sum a measure over the plan's years so far; a year without a report leaves bounds."""
        if not years:
            return Figure(constant(0.0, self.frame(leaf.kind).height), 0.0, 0.0, rough)
        lows = reduce(add, (year.fill_null(low) for year in years))
        highs = reduce(add, (year.fill_null(high) for year in years))
        whole = all(places(year, peak(year)) == 0 for year in years)
        return Figure(reduce(add, years), lows, highs, rough or not whole)

    def _lowered(self, kind: str, variable: Variable) -> Figure:
        """Repeat a figure of a kind above beside the rows of a kind below; it is unknown where the subject above is."""
        above = variable.owner
        keys = ["@root"] if above == self.plan.root.id else ["@root", f"@{above}"]
        names = self.frame(above).select("@root", *(pl.col("@name").alias(key) for key in keys[1:]))
        return _join_figure(self.frame(kind).select(keys), names, self.figure(above, variable), variable)

    def _remembered(self, variable: Aggregate) -> Figure:
        """Return a figure of another year beside the rows of this one, by root and name: made of the subjects of then."""
        there, kind = self.in_year(variable.year), variable.owner
        if not there.frame(kind).height:
            least = 0.0 if variable.range.decide(">=") else -inf
            return Figure(constant(None, self.frame(kind).height), least, inf, rough=False)
        names = there.frame(kind).select("@root", "@name")
        here = self.frame(kind).select("@root", pl.col("@name").replace("", None))
        return _join_figure(here, names, there.figure(kind, replace(variable, year=None)), variable)


def _join_figure(here: pl.DataFrame, there: pl.DataFrame, figure: Figure, variable: Variable) -> Figure:
    """Return a figure of some named subjects beside other rows that have the same names; unknown where there is none."""
    keys = here.columns

    def joined(values: pl.Series | float, unknown: float | None) -> pl.Series | float:
        if not isinstance(values, pl.Series):
            return values
        found = here.join(there.with_columns(values.alias("@value")), on=keys, how="left", maintain_order="left")
        return found["@value"] if unknown is None else found["@value"].fill_null(unknown)

    values = joined(figure.value, None)
    assert isinstance(values, pl.Series)
    least = 0.0 if variable.range.decide(">=") else -inf
    return Figure(values, joined(figure.low, least), joined(figure.high, inf), figure.rough)


def _every(parts: Sequence[pl.Series]) -> pl.Series:
    return reduce(and_, parts)


def _some(parts: Sequence[pl.Series]) -> pl.Series:
    return reduce(or_, parts)
