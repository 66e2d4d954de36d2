"""Measure: the figures of one year as columns, with bounds where facts are missing, and conditions in three values.

A condition is a Boolean column in which null means that the facts at hand do not decide it. It is decided in floats where
that is provably exact (whole numbers, or decimals scaled to whole numbers, below 2**53), and again in exact rational
arithmetic for the few rows that lie within a hair of the boundary.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from math import inf, prod
from operator import and_, or_

import polars as pl
from dabiao.engine.exact import Exact
from dabiao.facts.model import shortest
from dabiao.facts.tables import Tables
from dabiao.rules.forms import (
    All,
    Any_,
    Condition,
    Count,
    Leaf,
    Not,
    Polynomial,
    Sign,
    Sum,
    Test,
    Variable,
)

_SAFE = 2.0**53
_HAIR = 2.0**-36  # sums of ten million floats err by less than this share of the sum of their sizes
_PLACES = range(7)


@dataclass(frozen=True)
class Figure:
    """One variable as columns. `value` is null where unknown; `low` and `high` then bound it (None: no unknowns).

    `places` is set if every value times 10**places is a whole number that the float holds exactly; `peak` bounds sizes.
    """

    value: pl.Series
    low: pl.Series | None = None
    high: pl.Series | None = None
    places: int | None = None
    peak: float = inf

    def bounds(self) -> tuple[pl.Series, pl.Series]:
        """Return the lowest and highest possible values."""
        return (self.value if self.low is None else self.low), (self.value if self.high is None else self.high)


class Measured:
    """The tables of one year, and every figure and condition asked of them, each worked out once."""

    def __init__(self, tables: Tables, year: int) -> None:
        self.tables = tables
        self.year = year
        self.plan = tables.plan
        self._frames: dict[str, pl.DataFrame] = {}
        self._figures: dict[tuple[str, Variable], Figure] = {}
        self._decided: dict[tuple[str, Condition], pl.Series] = {}
        self.exact = Exact(self)

    def frame(self, kind: str) -> pl.DataFrame:
        """Return the rows of a kind for the year, with their position in the whole table under `@index`."""
        if kind not in self._frames:
            whole = self.tables.frames[kind].with_row_index("@index")
            one = whole["@year"].n_unique() <= 1 and (not whole.height or whole["@year"][0] == self.year)
            self._frames[kind] = whole if one else whole.filter(pl.col("@year") == self.year)
        return self._frames[kind]

    def figure(self, kind: str, variable: Variable) -> Figure:
        """Return a variable as columns beside the rows of a kind."""
        place = (kind, variable)
        if place not in self._figures:
            match variable:
                case Leaf():
                    self._figures[place] = self._leaf(kind, variable)
                case Count() | Sum():
                    self._figures[place] = self._aggregate(kind, variable)
        return self._figures[place]

    def decide(self, kind: str, condition: Condition) -> pl.Series:
        """Return a condition as a Boolean column beside the rows of a kind; null where it is not decided."""
        place = (kind, condition)
        if place not in self._decided:
            match condition:
                case Test():
                    decided = self._test(kind, condition)
                case Not(inner):
                    decided = ~self.decide(kind, inner)
                case All(parts):
                    decided = reduce(and_, (self.decide(kind, part) for part in parts))
                case Any_(parts):
                    decided = reduce(or_, (self.decide(kind, part) for part in parts))
            self._decided[place] = decided
        return self._decided[place]

    def _test(self, kind: str, test: Test) -> pl.Series:
        decided = self.sign(kind, test.margin, test.sign)
        if test.base.number is not None:
            return decided
        zero = self.zero(kind, test.base)
        # a quantity that does not exist satisfies nothing; one that may not exist cannot be said to satisfy
        return decided & ~zero

    def zero(self, kind: str, base: Polynomial) -> pl.Series:
        """Return where a denominator is zero (null: where it may be)."""
        return self.sign(kind, base, "==")

    def value(self, kind: str, polynomial: Polynomial) -> pl.Series:
        """Return a polynomial as a float column, null where a figure is unknown."""
        height = self.frame(kind).height
        parts = [
            _product([self.figure(kind, v).value for v in monomial], float(factor), height)
            for monomial, factor in polynomial.terms
        ]
        return reduce(lambda a, b: a + b, parts) if parts else _constant(0.0, height)

    def sign(self, kind: str, margin: Polynomial, sign: Sign) -> pl.Series:
        """Return where a polynomial is >= 0, > 0, == 0 or != 0, exactly; null where that is not decided."""
        if sign == "!=":
            return ~self.sign(kind, margin, "==")
        if (number := margin.number) is not None:
            holds = {">=": number >= 0, ">": number > 0, "==": number == 0}[sign]
            return pl.Series(values=[holds]).new_from_index(0, self.frame(kind).height)
        figures = {v: self.figure(kind, v) for v in margin.variables}
        if (decided := self._single(kind, margin, sign, figures)) is not None:
            return decided
        known, sure = self._margin(margin, figures)
        decided = {">=": lambda: known >= 0, ">": lambda: known > 0, "==": lambda: known == 0}[sign]()
        unsure = pl.Series(values=[False]).new_from_index(0, len(known))
        if not sure:
            unsure = (known.abs() <= self._size(margin, figures) * _HAIR).fill_null(value=False)
        if known.null_count():
            decided, unsure = self._bounded(margin, sign, figures, decided, unsure)
        return self._corrected(kind, margin, sign, decided, unsure)

    def _corrected(self, kind: str, margin: Polynomial, sign: Sign, decided: pl.Series, unsure: pl.Series) -> pl.Series:
        """Decide the rows within a hair of the boundary again, exactly."""
        rows = unsure.arg_true()
        if not len(rows):
            return decided
        return decided.scatter(rows, self.exact.signs(kind, margin, sign, rows.to_list()))

    def _single(self, kind: str, margin: Polynomial, sign: Sign, figures: dict[Variable, Figure]) -> pl.Series | None:
        """Compare one reported measure with one number directly: no arithmetic, so nothing to round."""
        linear = [(m, c) for m, c in margin.terms if m]
        if len(linear) != 1 or len(linear[0][0]) != 1:
            return None
        (variable,), factor = linear[0]
        figure = figures[variable]
        threshold = -sum((c for m, c in margin.terms if not m), start=0 * factor) / factor
        border = float(threshold)
        rough = not isinstance(variable, Leaf) or variable.time == "total" or (
            (variable.kind, variable.measure) in self.tables.rough
        )  # fmt: skip
        if figure.value.null_count() or (rough and figure.places != 0):
            return None
        values = figure.value
        if sign == "==":
            decided = values == border
        elif factor > 0:
            decided = values >= border if sign == ">=" else values > border
        else:
            decided = values <= border if sign == ">=" else values < border
        if shortest(border) == threshold:
            return decided
        return self._corrected(kind, margin, sign, decided, values == border)

    def _margin(self, margin: Polynomial, figures: dict[Variable, Figure]) -> tuple[pl.Series, bool]:
        """Return a polynomial as floats, and whether every step was exact: all whole numbers below 2**53."""
        terms = margin.scaled_to_integers()
        places = {m: sum(figures[v].places or 0 for v in m) for m, _ in terms}
        top = max(places.values())
        whole = all(figure.places is not None for figure in figures.values())
        size = sum(
            abs(c) * 10 ** (top - places[m]) * prod(figures[v].peak * 10 ** (figures[v].places or 0) for v in m)
            for m, c in terms
        )
        sure = whole and size < _SAFE
        height = len(next(iter(figures.values())).value)
        parts = []
        for monomial, factor in terms:
            columns = [_scaled(figures[v]) if sure else figures[v].value for v in monomial]
            scale = float(factor * 10 ** (top - places[monomial])) if sure else float(factor)
            parts.append(_product(columns, scale, height))
        return reduce(lambda a, b: a + b, parts), sure

    def _size(self, margin: Polynomial, figures: dict[Variable, Figure]) -> pl.Series:
        terms = margin.scaled_to_integers()
        height = len(next(iter(figures.values())).value)
        parts = [_product([figures[v].value.abs() for v in m], float(abs(c)), height) for m, c in terms]
        return reduce(lambda a, b: a + b, parts)

    def _bounded(
        self, margin: Polynomial, sign: Sign, figures: dict[Variable, Figure], decided: pl.Series, unsure: pl.Series
    ) -> tuple[pl.Series, pl.Series]:
        """Decide the rows with missing figures by the lowest and highest margin they allow."""
        rows = decided.is_null().arg_true()
        lows = _constant(0.0, len(rows))
        highs, size = lows, lows
        for monomial, factor in margin.scaled_to_integers():
            low, high = _term_bounds([_gathered(figures[v], rows) for v in monomial], float(factor), len(rows))
            lows, highs = lows + low, highs + high
            size = size + _finite(low).abs() + _finite(high).abs()
        hair = size * _HAIR
        near = (lows.abs() <= hair) | (highs.abs() <= hair)
        true = pl.Series([True]).new_from_index(0, len(rows))
        nothing = pl.Series([None], dtype=pl.Boolean).new_from_index(0, len(rows))
        if sign == "==":
            found = nothing.zip_with(~((lows > 0) | (highs < 0)), ~true)
        else:
            no = highs < 0 if sign == ">=" else highs <= 0
            yes = lows >= 0 if sign == ">=" else lows > 0
            found = true.zip_with(yes, (~true).zip_with(no, nothing))
        return decided.scatter(rows, found), unsure.scatter(rows, near)

    def _leaf(self, kind: str, leaf: Leaf) -> Figure:
        values = self._column(leaf)
        low = high = None
        if leaf.time == "total":
            values, low, high = self._total(leaf)
        elif values.null_count():
            low = values.fill_null(-inf if leaf.low is None else float(leaf.low))
            high = values.fill_null(inf if leaf.high is None else float(leaf.high))
        if kind != leaf.kind:
            values, low, high = (None if s is None else self._lowered(kind, leaf.kind, s) for s in (values, low, high))
            if values is not None and low is None and values.null_count():
                low = values.fill_null(-inf if leaf.low is None else float(leaf.low))
                high = values.fill_null(inf if leaf.high is None else float(leaf.high))
        rough = (leaf.kind, leaf.measure) in self.tables.rough
        places = None if rough or values is None else _places(values)
        assert values is not None
        return Figure(values, low, high, places, _peak(values))

    def _column(self, leaf: Leaf) -> pl.Series:
        """Return a reported column for the year's rows: of this year, the baseline year, or the year before."""
        frame = self.frame(leaf.kind)
        if leaf.time == "now":
            return frame[leaf.measure]
        year = self.plan.baseline if leaf.time == "baseline" else self.year - 1
        return self._other_year(leaf, year)

    def _other_year(self, leaf: Leaf, year: int) -> pl.Series:
        whole = self.tables.frames[leaf.kind]
        keys = ["@root", "@name"]
        other = whole.filter(pl.col("@year") == year, pl.col("@name") != "").select(*keys, leaf.measure).unique(keys)
        return self.frame(leaf.kind).select(keys).join(other, on=keys, how="left", maintain_order="left")[leaf.measure]

    def _total(self, leaf: Leaf) -> tuple[pl.Series, pl.Series | None, pl.Series | None]:
        """Sum a measure over the plan's years so far; a year without a report leaves bounds."""
        years = [self._other_year(leaf, year) for year in range(self.plan.first, self.year + 1)]
        if not years:
            height = self.frame(leaf.kind).height
            return _constant(0.0, height), None, None
        value = reduce(lambda a, b: a + b, years)
        if not value.null_count():
            return value, None, None
        least, most = (-inf if leaf.low is None else float(leaf.low)), (inf if leaf.high is None else float(leaf.high))
        low = reduce(lambda a, b: a + b, (year.fill_null(least) for year in years))
        high = reduce(lambda a, b: a + b, (year.fill_null(most) for year in years))
        return value, low, high

    def _lowered(self, kind: str, above: str, values: pl.Series) -> pl.Series:
        """Repeat a column of a kind above beside the rows of a kind below."""
        keys = ["@root"] if above == self.plan.root.id else ["@root", f"@{above}"]
        names = self.frame(above).select(
            *(["@root"] if len(keys) == 1 else ["@root", pl.col("@name").alias(f"@{above}")]), values.alias("@value")
        )
        return self.frame(kind).select(keys).join(names, on=keys, how="left", maintain_order="left")["@value"]

    def _aggregate(self, kind: str, variable: Count | Sum) -> Figure:
        """Count or sum over the subjects below, each weighed by how many it stands for."""
        below = variable.kind
        rows = self.frame(below)
        weight = rows["@weight"]
        where = self.decide(below, variable.only) if variable.only else _true(rows.height)
        places: int | None = 0
        if isinstance(variable, Count):
            low = high = _constant(1.0, rows.height)
        else:
            figures = {v: self.figure(below, v) for v in variable.of.variables}
            places = max((f.places if f.places is not None else 99 for f in figures.values()), default=0)
            low, high = self._polynomial_bounds(variable.of, figures, rows.height)
        sure, possible = where.fill_null(value=False), where.fill_null(value=True)
        zero = _constant(0.0, rows.height)
        endless = weight.is_infinite()
        least, most = _least(low, zero), -_least(-high, zero)
        lows = low.zip_with(sure & ~endless, least.zip_with(possible, zero))
        highs = high.zip_with(sure & ~endless, most.zip_with(possible, zero))
        lows, highs = (_weighed(part, weight) for part in (lows, highs))
        low, high = self._grouped(kind, below, lows, highs)
        value = low.set(low != high, None)
        known = value.null_count() == 0
        if places or (isinstance(variable, Sum) and variable.of != Polynomial.variable(variable.of.variables[0])):
            places = None
        return Figure(value, None if known else low, None if known else high, places, _peak(value))

    def _polynomial_bounds(
        self, polynomial: Polynomial, figures: dict[Variable, Figure], height: int
    ) -> tuple[pl.Series, pl.Series]:
        low = high = _constant(0.0, height)
        for monomial, factor in polynomial.terms:
            least, most = _term_bounds([figures[v].bounds() for v in monomial], float(factor), height)
            low, high = low + least, high + most
        return low, high

    def _grouped(self, kind: str, below: str, lows: pl.Series, highs: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Add up contributions for each subject of a kind above; what has no known place may belong to any of them."""
        top = kind == self.plan.root.id
        keys = ["@root"] if top else ["@root", f"@{kind}"]
        rows = self.frame(below).select(keys).with_columns(lows.alias("@low"), highs.alias("@high"))
        frame = self.frame(kind)
        here = frame.select("@root", *([] if top else [pl.col("@name").alias(f"@{kind}")]))
        if top and frame.height == 1:
            return pl.Series([lows.sum()], dtype=pl.Float64), pl.Series([highs.sum()], dtype=pl.Float64)
        sums = rows.group_by(keys).agg(pl.col("@low").sum(), pl.col("@high").sum())
        joined = here.join(sums, on=keys, how="left", maintain_order="left")
        low, high = joined["@low"].fill_null(0.0), joined["@high"].fill_null(0.0)
        if top:
            return low, high
        loose = rows.filter(pl.col(f"@{kind}").is_null()).group_by("@root").agg(
            pl.col("@low").clip(upper_bound=0.0).sum(), pl.col("@high").clip(lower_bound=0.0).sum()
        )  # fmt: skip
        extra = here.select("@root").join(loose, on="@root", how="left", maintain_order="left")
        low, high = low + extra["@low"].fill_null(0.0), high + extra["@high"].fill_null(0.0)
        unlisted = frame["@row"] < 0
        return low.set(unlisted & (low < 0), -inf), high.set(unlisted, inf)


def _true(height: int) -> pl.Series:
    return pl.Series(values=[True]).new_from_index(0, height)


def _constant(value: float, height: int) -> pl.Series:
    return pl.Series([value], dtype=pl.Float64).new_from_index(0, height)


def _product(columns: list[pl.Series], factor: float, height: int) -> pl.Series:
    if not columns:
        return _constant(factor, height)
    product = reduce(lambda a, b: a * b, columns)
    return product if factor == 1.0 else product * factor


def _scaled(figure: Figure) -> pl.Series:
    return (figure.value * 10.0**figure.places).round() if figure.places else figure.value


def _places(values: pl.Series) -> int | None:
    """Return how many decimals a column has, None if more than six or if floats cannot hold it exactly."""
    known = values.drop_nulls() if values.null_count() else values
    for places in _PLACES:
        scaled = known if not places else known * 10.0**places
        whole = scaled.round()
        if bool(((whole / 10.0**places if places else whole) == known).all()):
            return places
    return None


def _peak(values: pl.Series) -> float:
    peak = values.abs().max()
    return float(peak) if isinstance(peak, int | float) else 0.0


def _least(one: pl.Series, other: pl.Series) -> pl.Series:
    return one.zip_with(one < other, other)


def _finite(values: pl.Series) -> pl.Series:
    return values.zip_with(values.is_finite(), _constant(0.0, len(values)))


def _weighed(values: pl.Series, weight: pl.Series) -> pl.Series:
    weighed = values * weight
    return weighed.set(values == 0.0, 0.0)


def _gathered(figure: Figure, rows: pl.Series) -> tuple[pl.Series, pl.Series]:
    low, high = figure.bounds()
    return low.gather(rows), high.gather(rows)


def _term_bounds(columns: list[tuple[pl.Series, pl.Series]], factor: float, height: int) -> tuple[pl.Series, pl.Series]:
    """Bound a product of bounded columns: by its corners; zero times endless is zero."""
    low = high = _constant(1.0, height)
    for least, most in columns:
        corners = [_times(a, b) for a in (low, high) for b in (least, most)]
        low = reduce(_least, corners)
        high = -reduce(_least, [-corner for corner in corners])
    low, high = low * factor, high * factor
    return (low, high) if factor >= 0 else (high, low)


def _times(a: pl.Series, b: pl.Series) -> pl.Series:
    return (a * b).set((a == 0.0) | (b == 0.0), 0.0)
