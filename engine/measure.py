"""Measure: the figures of one year as columns, with bounds where facts are missing, and conditions in three values.

A condition is a Boolean column in which null means that the facts at hand do not decide it. It is decided in floats where
that is provably exact (whole numbers, or decimals scaled to whole numbers, below 2**53), and again in exact rational
arithmetic for the few rows that lie within a hair of the boundary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from math import inf, isinf, prod
from operator import add, and_, or_

import polars as pl
from dabiao.engine.exact import Exact
from dabiao.engine.exact import decided as exactly
from dabiao.facts.model import shortest
from dabiao.facts.tables import NO_ROW, Tables
from dabiao.rules.algebra import (
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
    tests,
)

_SAFE = 2.0**53
_HAIR = 2.0**-36  # sums of ten million floats err by less than this share of the sum of their sizes
_PLACES = range(1, 7)


@dataclass(frozen=True)
class Figure:
    """One variable as columns: `value` is null where unknown, and `low` and `high` bound it there, by column or by number.

    `rough` is set if the value may not be the number that was reported, but only near it. `profile` has the peak and the
    places if they are known already.
    """

    value: pl.Series
    low: pl.Series | float
    high: pl.Series | float
    rough: bool = False
    profile: tuple[float, int | None] | None = None

    def bounds(self, rows: pl.Series | None = None) -> tuple[pl.Series, pl.Series]:
        """Return the lowest and highest possible values, of all rows or of some."""
        value = self.value if rows is None else self.value.gather(rows)
        if not value.null_count():
            return value, value
        ends = (
            end.gather(rows) if rows is not None and isinstance(end, pl.Series) else end
            for end in (self.low, self.high)
        )
        low, high = (end if isinstance(end, pl.Series) else value.fill_null(end) for end in ends)
        return low, high

    @cached_property
    def peak(self) -> float:
        """The largest size of a value."""
        return self.profile[0] if self.profile else _peak(self.value)

    @cached_property
    def places(self) -> int | None:
        """The decimals such that every value times 10**places is a whole number, exactly; None if there is no such number."""
        if self.profile and self.profile[1] is not None:
            return self.profile[1]
        return None if self.rough else _places(self.value, self.peak)


class Measured:
    """The tables of one year, and every figure and condition asked of them, each worked out once."""

    def __init__(self, tables: Tables, year: int) -> None:
        self.tables = tables
        self.year = year
        self.plan = tables.plan
        self._frames: dict[str, pl.DataFrame] = {}
        self._positions: dict[str, pl.Series] = {}
        self._years: dict[tuple[str, int], pl.DataFrame] = {}
        self._figures: dict[tuple[str, Variable], Figure] = {}
        self._decided: dict[tuple[str, Condition], pl.Series] = {}
        self._signs: dict[tuple[str, Polynomial, Sign], pl.Series] = {}
        self._profiles: dict[tuple[str, str], tuple[float, int | None]] = {}
        self._positive: dict[tuple[str, Polynomial], bool] = {}
        self.exact = Exact(self)

    def frame(self, kind: str) -> pl.DataFrame:
        """Return the rows of a kind for the year, with their position in the whole table under `@index`."""
        if kind not in self._frames:
            whole = self.tables.frames[kind].with_row_index("@index")
            one = whole["@year"].n_unique() <= 1 and (not whole.height or whole["@year"][0] == self.year)
            self._frames[kind] = whole if one else whole.filter(pl.col("@year") == self.year)
        return self._frames[kind]

    def positions(self, kind: str) -> pl.Series:
        """Return the numbers of a kind's rows."""
        if kind not in self._positions:
            self._positions[kind] = pl.int_range(self.frame(kind).height, dtype=pl.UInt32, eager=True)
        return self._positions[kind]

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

    def prepare(self, forms: Iterable[Polynomial]) -> None:
        """Look once, and over all columns together, at what exact arithmetic on these polynomials needs to know of them."""
        wanted: dict[str, set[str]] = {}
        for form in forms:
            for leaf in _leaves(form):
                if leaf.time == "now" and (leaf.kind, leaf.measure) not in self.tables.rough:
                    wanted.setdefault(leaf.kind, set()).add(leaf.measure)
        for kind, measures in wanted.items():
            looks = []
            for name in measures:
                c, measure = pl.col(name), self.plan.measures[kind, name]  # the readers keep to range and whole things
                looks.append(c.max() if measure.low is not None and measure.low >= 0 else c.abs().max())
                looks.append(pl.lit(value=True) if measure.whole else (c.floor() == c).all())
            found = self.frame(kind).lazy().select(look.alias(str(i)) for i, look in enumerate(looks)).collect().row(0)
            for name, (peak, whole) in zip(measures, zip(*[iter(found)] * 2, strict=True), strict=True):
                self._profiles[kind, name] = (peak or 0.0, 0 if whole and (peak or 0.0) < _SAFE else None)

    def zero(self, kind: str, base: Polynomial) -> pl.Series:
        """Return where a denominator is zero (null: where it may be)."""
        if self.always_positive(kind, base):
            return _repeated(values=False, height=self.frame(kind).height)
        return self.sign(kind, base, "==")

    def always_positive(self, kind: str, base: Polynomial) -> bool:
        """Whether a denominator is known and above zero in every row."""
        place = (kind, base)
        if place not in self._positive:
            values = self.value(kind, base)
            lowest = values.min()
            self._positive[place] = not values.null_count() and (not isinstance(lowest, float) or lowest > 0)
        return self._positive[place]

    def value(self, kind: str, polynomial: Polynomial) -> pl.Series:
        """Return a polynomial as a float column, null where a figure is unknown."""
        height = self.frame(kind).height
        parts = [
            _product([self.figure(kind, v).value for v in monomial], float(factor), height)
            for monomial, factor in polynomial.terms
        ]
        return reduce(add, parts) if parts else _constant(0.0, height)

    def sign(self, kind: str, margin: Polynomial, sign: Sign) -> pl.Series:
        """Return where a polynomial is >= 0, > 0, == 0 or != 0, exactly; null where that is not decided."""
        if sign == "!=":
            return ~self.sign(kind, margin, "==")
        place = (kind, margin, sign)
        if place not in self._signs:
            self._signs[place] = self._sign(kind, margin, sign)
        return self._signs[place]

    def _sign(self, kind: str, margin: Polynomial, sign: Sign) -> pl.Series:
        if (number := margin.number) is not None:
            holds = {">=": number >= 0, ">": number > 0, "==": number == 0}[sign]
            return _repeated(values=holds, height=self.frame(kind).height)
        figures = {v: self.figure(kind, v) for v in margin.variables}
        if (decided := self._single(kind, margin, sign, figures)) is not None:
            return decided
        more, less, sure = self._sides(margin, figures)
        decided = {">=": pl.Series.ge, ">": pl.Series.gt, "==": pl.Series.eq}[sign](more, less)
        if not sure:
            near = (more - less).abs() <= self._size(margin, figures) * _HAIR
            decided = self._corrected(kind, margin, sign, decided, near.arg_true())
        if decided.null_count():
            decided = self._bounded(kind, margin, sign, figures, decided)
        if decided.null_count() and (gathered := margin.gathered) != margin:
            decided = decided.zip_with(decided.is_not_null(), self.sign(kind, gathered, sign))
        return decided

    def _corrected(self, kind: str, margin: Polynomial, sign: Sign, decided: pl.Series, rows: pl.Series) -> pl.Series:
        """Decide the rows within a hair of the boundary again, exactly."""
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
        added_up = isinstance(variable, Sum) or (isinstance(variable, Leaf) and variable.time == "total")
        if (figure.rough and added_up) or isinstance(figure.low, pl.Series) or isinstance(figure.high, pl.Series):
            return None
        values = figure.value
        if sign == "==":
            decided = values == border
        elif factor > 0:
            decided = values >= border if sign == ">=" else values > border
        else:
            decided = values <= border if sign == ">=" else values < border
        if decided.null_count():  # one answer for all the rows without a figure: what its range allows
            ends = [None if isinf(end) else factor * (shortest(end) - threshold) for end in (figure.low, figure.high)]
            answer = exactly((ends[0], ends[1]) if factor > 0 else (ends[1], ends[0]), sign)
            decided = decided if answer is None else decided.fill_null(value=answer)
        if shortest(border) == threshold and not figure.rough:
            return decided
        return self._corrected(kind, margin, sign, decided, (values == border).fill_null(value=False).arg_true())

    def _sides(self, margin: Polynomial, figures: dict[Variable, Figure]) -> tuple[pl.Series, pl.Series, bool]:
        """Return what a polynomial adds and what it takes away, and whether both are exact: whole numbers below 2**53."""
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
        sides: dict[bool, list[pl.Series]] = {True: [], False: []}
        for monomial, factor in terms:
            columns = [_scaled(figures[v]) if sure else figures[v].value for v in monomial]
            scale = factor * 10 ** (top - places[monomial]) if sure else factor
            sides[factor > 0].append(_product(columns, float(abs(scale)), height))
        more, less = (reduce(add, parts) if parts else _constant(0.0, height) for parts in sides.values())
        return more, less, sure

    def _size(self, margin: Polynomial, figures: dict[Variable, Figure]) -> pl.Series:
        terms = margin.scaled_to_integers()
        height = len(next(iter(figures.values())).value)
        parts = [_product([figures[v].value.abs() for v in m], float(abs(c)), height) for m, c in terms]
        return reduce(add, parts)

    def _bounded(
        self, kind: str, margin: Polynomial, sign: Sign, figures: dict[Variable, Figure], decided: pl.Series
    ) -> pl.Series:
        """Decide the rows with missing figures by the lowest and highest margin they allow."""
        rows = decided.is_null().arg_true()
        low = high = _constant(0.0, len(rows))
        terms = [
            _term_bounds([figures[v].bounds(rows) for v in monomial], float(factor), len(rows))
            for monomial, factor in margin.scaled_to_integers()
        ]
        for least, most in terms:
            low, high = low + least, high + most
        no = {">=": lambda: high < 0, ">": lambda: high <= 0, "==": lambda: (low > 0) | (high < 0)}[sign]()
        yes = {">=": lambda: low >= 0, ">": lambda: low > 0, "==": lambda: (low == 0) & (high == 0)}[sign]()
        found = yes | no
        if found.any():
            decided = decided.scatter(rows, yes.set(~found, None))
        if all(figure.places == 0 for figure in figures.values()):
            return decided  # sums of whole numbers, and the ends of ranges are whole where the values are
        size = reduce(add, (_finite(part).abs() for term in terms for part in term))
        hair = size * _HAIR
        near = ((low.abs() <= hair) | (high.abs() <= hair)) & (size > 0.0)
        return self._corrected(kind, margin, sign, decided, rows.filter(near))

    def _leaf(self, kind: str, leaf: Leaf) -> Figure:
        least, most = (-inf if leaf.low is None else float(leaf.low)), (inf if leaf.high is None else float(leaf.high))
        low: pl.Series | float = least
        high: pl.Series | float = most
        rough = (leaf.kind, leaf.measure) in self.tables.rough
        if leaf.time == "total":
            values, low, high, whole = self._total(leaf, least, most)
            rough = rough or not whole
        else:
            values = self._column(leaf)
        if kind == leaf.kind:
            return Figure(values, low, high, rough, self._profiles.get((kind, leaf.column)))
        lowered = [self._lowered(kind, leaf.kind, s) if isinstance(s, pl.Series) else s for s in (values, low, high)]
        return Figure(lowered[0], lowered[1], lowered[2], rough)  # type: ignore[arg-type]

    def _column(self, leaf: Leaf) -> pl.Series:
        """Return a reported column for the year's rows: of this year, the baseline year, or the year before."""
        frame = self.frame(leaf.kind)
        if leaf.time == "now":
            return frame[leaf.measure]
        year = self.plan.baseline if leaf.time == "baseline" else self.year - 1
        return self._other_year(leaf, year)

    def _other_year(self, leaf: Leaf, year: int) -> pl.Series:
        """Return a column of another year beside the rows of this year, by root and name."""
        if year == self.year:
            return self.frame(leaf.kind)[leaf.measure]
        place = (leaf.kind, year)
        if place not in self._years:
            keys = ["@root", "@name"]
            other = self.tables.frames[leaf.kind].filter(pl.col("@year") == year, pl.col("@name") != "").unique(keys)
            here = self.frame(leaf.kind).select(keys)
            self._years[place] = here.join(other, on=keys, how="left", maintain_order="left")
        return self._years[place][leaf.measure]

    def _total(
        self, leaf: Leaf, least: float, most: float
    ) -> tuple[pl.Series, pl.Series | float, pl.Series | float, bool]:
        """Sum a measure over the plan's years so far; a year without a report leaves bounds. Also: are all figures whole?"""
        years = [self._other_year(leaf, year) for year in range(self.plan.first, self.year + 1)]
        if not years:
            return _constant(0.0, self.frame(leaf.kind).height), 0.0, 0.0, True
        value = reduce(add, years)
        low = reduce(add, (year.fill_null(least) for year in years))
        high = reduce(add, (year.fill_null(most) for year in years))
        return value, low, high, all(_places(year, _peak(year)) == 0 for year in years)

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
        location = self.decide(below, variable.where) if variable.where else _repeated(values=True, height=rows.height)
        rough = False
        figures: dict[Variable, Figure] = {}
        if isinstance(variable, Sum):
            figures = {v: self.figure(below, v) for v in variable.of.variables}
            whole = all(f.places == 0 for f in figures.values()) and all(
                c.denominator == 1 for _, c in variable.of.terms
            )
            rough = not whole
        if (
            self._complete(below)
            and not location.null_count()
            and not any(f.value.null_count() for f in figures.values())
        ):
            low = high = location.cast(pl.UInt32) if kind != self.plan.root.id else location
            if isinstance(variable, Sum):
                low = high = self.value(below, variable.of).zip_with(location, _constant(0.0, rows.height))
        else:
            low, high = self._contributions(variable, location, figures)
        low, high = self._grouped(kind, below, low, high)
        value = low if low is high else low.set(low != high, None)
        return Figure(value, low, high, rough)

    def _complete(self, kind: str) -> bool:
        """Whether every subject of a kind is listed, one a row."""
        return bool((self.frame(kind)["@weight"] == 1.0).all()) and not (self.frame(kind)["@row"] == NO_ROW).any()

    def _contributions(
        self, variable: Count | Sum, location: pl.Series, figures: dict[Variable, Figure]
    ) -> tuple[pl.Series, pl.Series]:
        """Return what each row adds at least and at most: nothing where it may not count, times how many it stands for."""
        rows = self.frame(variable.kind)
        weight, zero = rows["@weight"], _constant(0.0, rows.height)
        if isinstance(variable, Count):
            low = high = _constant(1.0, rows.height)
        else:
            low, high = self._polynomial_bounds(variable.of, figures, rows.height)
        sure, possible = location.fill_null(value=False), location.fill_null(value=True)
        listed = sure & weight.is_finite()
        low = low.zip_with(listed, _least(low, zero).zip_with(possible, zero))
        high = high.zip_with(listed, (-_least(-high, zero)).zip_with(possible, zero))
        return _weighed(low, weight), _weighed(high, weight)

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
        if top and self.frame(kind).height == 1:
            low = pl.Series([float(lows.sum())])
            return low, low if lows is highs else pl.Series([float(highs.sum())])
        keys = ["@root"] if top else ["@root", f"@{kind}"]
        rows = self.frame(below).select(keys).with_columns(lows.alias("@low"), highs.alias("@high"))
        frame = self.frame(kind)
        here = frame.select("@root", *([] if top else [pl.col("@name").alias(f"@{kind}")]))
        sums = rows.group_by(keys).agg(pl.col("@low", "@high").sum().cast(pl.Float64))
        joined = here.join(sums, on=keys, how="left", maintain_order="left")
        low, high = joined["@low"].fill_null(0.0), joined["@high"].fill_null(0.0)
        if top:
            return low, high
        loose = rows.filter(pl.col(f"@{kind}").is_null()).group_by("@root").agg(
            pl.col("@low").cast(pl.Float64).clip(upper_bound=0.0).sum(),
            pl.col("@high").cast(pl.Float64).clip(lower_bound=0.0).sum(),
        )  # fmt: skip
        extra = here.select("@root").join(loose, on="@root", how="left", maintain_order="left")
        low, high = low + extra["@low"].fill_null(0.0), high + extra["@high"].fill_null(0.0)
        unlisted = frame["@row"] < 0
        return low.set(unlisted & (low < 0), -inf), high.set(unlisted, inf)


def _leaves(form: Polynomial) -> Iterator[Leaf]:
    """Iterate over the reported measures that meet others in a polynomial, in itself or in what it counts and sums."""
    together = len(form.variables) > 1
    for variable in form.variables:
        if isinstance(variable, Leaf):
            if together:
                yield variable
            continue
        if isinstance(variable, Sum):
            yield from (leaf for leaf in variable.of.variables if isinstance(leaf, Leaf))
        for test in tests(variable.where):
            yield from _leaves(test.margin)


def _repeated(values: bool, height: int) -> pl.Series:
    return pl.Series(values=[values]).new_from_index(0, height)


def _constant(value: float, height: int) -> pl.Series:
    return pl.Series([value], dtype=pl.Float64).new_from_index(0, height)


def _product(columns: list[pl.Series], factor: float, height: int) -> pl.Series:
    if not columns:
        return _constant(factor, height)
    product = reduce(lambda a, b: a * b, columns)
    return product if factor == 1.0 else product * factor


def _scaled(figure: Figure) -> pl.Series:
    return (figure.value * 10.0**figure.places).round() if figure.places else figure.value


def _places(known: pl.Series, peak: float) -> int | None:
    """Return how many decimals a column has, None if more than six or if floats cannot hold it exactly."""
    if peak < _SAFE and (known.floor() == known).all():
        return 0
    for places in _PLACES:
        if peak * 10.0**places >= _SAFE:
            return None
        if ((known * 10.0**places).round() / 10.0**places == known).all():
            return places
    return None


def _peak(values: pl.Series) -> float:
    low, high = values.min(), values.max()
    return max(abs(low), abs(high)) if isinstance(low, float) and isinstance(high, float) else 0.0


def _least(one: pl.Series, other: pl.Series) -> pl.Series:
    return one.zip_with(one < other, other)


def _finite(values: pl.Series) -> pl.Series:
    return values.zip_with(values.is_finite(), _constant(0.0, len(values)))


def _weighed(values: pl.Series, weight: pl.Series) -> pl.Series:
    weighed = values * weight
    return weighed.set(values == 0.0, 0.0)


def _term_bounds(columns: list[tuple[pl.Series, pl.Series]], factor: float, height: int) -> tuple[pl.Series, pl.Series]:
    """Bound a product of bounded columns: by its corners; zero times endless is zero."""
    if not columns:
        low = high = _constant(1.0, height)
    else:
        low, high = columns[0]
    for least, most in columns[1:]:
        corners = [_times(a, b) for a in (low, high) for b in (least, most)]
        low = reduce(_least, corners)
        high = -reduce(_least, [-corner for corner in corners])
    low, high = low * factor, high * factor
    return (low, high) if factor >= 0 else (high, low)


def _times(a: pl.Series, b: pl.Series) -> pl.Series:
    return (a * b).set((a == 0.0) | (b == 0.0), 0.0)
