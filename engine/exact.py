"""The same figures in exact rational arithmetic, row by row: for the few rows on a boundary, and for what is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING, Any

import polars as pl
from dabiao.facts.model import Fact, shortest
from dabiao.rules.algebra import Count, Leaf, Polynomial, Ratio, Sign, Sum, Variable

if TYPE_CHECKING:
    from dabiao.engine.measure import Measured

Bounds = tuple[Fraction | None, Fraction | None]
"""Lowest and highest possible value; None where there is no limit."""

_ZERO = Fraction(0)
_LISTED = 200_000  # rows; lists of more take too much memory


class Exact:
    """Exact bounds of variables, polynomials and ratios for single rows of a kind's frame of the year."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        self._cache: dict[tuple[str, Variable, int], Bounds] = {}
        self._columns: dict[tuple[str, str], pl.Series | list[Any]] = {}

    def cell(self, kind: str, column: str, row: int) -> Any:
        """Return one cell of a kind's frame of the year; a table of moderate length is taken out of its columns once."""
        place = (kind, column)
        if place not in self._columns:
            cells = self._measured.frame(kind)[column]
            self._columns[place] = cells.to_list() if cells.len() <= _LISTED else cells
        return self._columns[place][row]

    def signs(self, kind: str, margin: Polynomial, sign: Sign, rows: Sequence[int]) -> pl.Series:
        """Decide a sign exactly for some rows. Rows with the same figures are worked out once."""
        plain = [
            (v.kind, v.measure) not in self._measured.tables.rough
            if isinstance(v, Leaf) and v.kind == kind and v.time == "now" else False
            for v in margin.variables
        ]  # fmt: skip
        if not all(plain):
            return pl.Series([decided(self.polynomial(kind, margin, row), sign) for row in rows], dtype=pl.Boolean)
        columns = [self._measured.figure(kind, v).value for v in margin.variables]
        frame = pl.DataFrame([column.gather(list(rows)).alias(str(i)) for i, column in enumerate(columns)])
        known: dict[tuple[float | None, ...], bool | None] = {}
        for row, figures in zip(rows, frame.iter_rows(), strict=True):
            if figures not in known:
                known[figures] = decided(self.polynomial(kind, margin, row), sign)
        return pl.Series([known[figures] for figures in frame.iter_rows()], dtype=pl.Boolean)

    def ratio(self, kind: str, ratio: Ratio, row: int) -> Fraction | None:
        """Return the exact value of a ratio, None if a figure is unknown or the denominator is zero."""
        top, bottom = self.polynomial(kind, ratio.top, row), self.polynomial(kind, ratio.bottom, row)
        if top[0] is None or top[0] != top[1] or bottom[0] is None or bottom[0] != bottom[1] or not bottom[0]:
            return None
        return top[0] / bottom[0]

    def polynomial(self, kind: str, polynomial: Polynomial, row: int) -> Bounds:
        """Return the exact bounds of a polynomial for one row."""
        low: Fraction | None = _ZERO
        high: Fraction | None = _ZERO
        for monomial, factor in polynomial.terms:
            term: Bounds = (factor, factor)
            for variable in monomial:
                term = _times(term, self.variable(kind, variable, row))
            low = None if low is None or term[0] is None else low + term[0]
            high = None if high is None or term[1] is None else high + term[1]
        return low, high

    def variable(self, kind: str, variable: Variable, row: int) -> Bounds:
        """Return the exact bounds of one variable for one row."""
        place = (kind, variable, row)
        if place not in self._cache:
            self._cache[place] = self._variable(kind, variable, row)
        return self._cache[place]

    def _variable(self, kind: str, variable: Variable, row: int) -> Bounds:
        if isinstance(variable, Leaf):
            return self._leaf(kind, variable, row)
        low, high = (column[row] for column in self._measured.figure(kind, variable).bounds())
        if isinstance(variable, Count):
            return _rational(low), _rational(high)
        if low != high or not isfinite(low):
            return self._sum(kind, variable, row)
        places = self._measured.figure(kind, variable).places
        return (_rational(low), _rational(high)) if places == 0 else self._sum(kind, variable, row)

    def _sum(self, kind: str, variable: Sum, row: int) -> Bounds:
        """Add up exactly what the subjects below contribute."""
        low: Fraction | None = _ZERO
        high: Fraction | None = _ZERO
        for child, certain, weight in self.members(kind, variable, row):
            least, most = self.polynomial(variable.kind, variable.of, child)
            if not certain:
                least = None if least is None else min(least, _ZERO)
                most = None if most is None else max(most, _ZERO)
            count = None if weight is None else Fraction(weight)
            low = None if low is None else _add(low, least, count)
            high = None if high is None else _add(high, most, count)
        return low, high

    def members(self, kind: str, variable: Count | Sum, row: int) -> list[tuple[int, bool, float | None]]:
        """List the rows below a subject that count, or may: position, whether that is sure, and weight (None: endless)."""
        measured, below = self._measured, variable.kind
        rows, frame = measured.frame(below), measured.frame(kind)
        mine = rows["@root"] == frame["@root"][row]
        sure = pl.Series(values=[True]).new_from_index(0, rows.height)
        if variable.where:
            sure = measured.decide(below, variable.where)
        if kind != measured.plan.root.id:
            here = rows[f"@{kind}"] == frame["@name"][row]
            mine = mine & here.fill_null(value=True)
            sure = sure & here.fill_null(value=False)
        weights = rows["@weight"]
        found = []
        for position in (mine & sure.fill_null(value=True)).arg_true().to_list():
            weight = weights[position]
            endless = not isfinite(weight)
            found.append((position, bool(sure[position]) and not endless, None if endless else weight))
        return found

    def _leaf(self, kind: str, leaf: Leaf, row: int) -> Bounds:
        measured = self._measured
        if leaf.time == "now" and leaf.kind == kind and (kind, leaf.measure) not in measured.tables.rough:
            value = self.cell(kind, leaf.measure, row)
            return (leaf.low, leaf.high) if value is None else (shortest(value), shortest(value))
        low: Fraction | None = _ZERO
        high: Fraction | None = _ZERO
        for _, fact in self.facts(kind, leaf, row):
            known = fact.value if fact else None
            least, most = (leaf.low, leaf.high) if known is None else (known, known)
            low = None if low is None or least is None else low + least
            high = None if high is None or most is None else high + most
        return low, high

    def facts(self, kind: str, leaf: Leaf, row: int) -> list[tuple[int, Fact | None]]:
        """Return the facts behind a leaf with their years: one, or one a year for a total; None where nothing is reported."""
        measured = self._measured
        if leaf.time == "now" and leaf.kind == kind:
            return [(measured.year, self._at(kind, self.cell(kind, "@index", row), leaf.measure))]
        root = self.cell(kind, "@root", row)
        name = self.cell(kind, "@name", row)
        if leaf.kind != kind:
            name = root if leaf.kind == measured.plan.root.id else self.cell(kind, f"@{leaf.kind}", row)
        years = {
            "now": [measured.year],
            "baseline": [measured.plan.baseline],
            "last": [measured.year - 1],
            "total": list(range(measured.plan.first, measured.year + 1)),
        }[leaf.time]
        found = []
        for year in years:
            index = measured.tables.index.get((leaf.kind, year, root, name))
            found.append((year, None if index is None else self._at(leaf.kind, index, leaf.measure)))
        return found

    def _at(self, kind: str, index: int, measure: str) -> Fact | None:
        return self._measured.tables.fact(kind, index, measure)


def decided(bounds: Bounds, sign: Sign) -> bool | None:
    """Return whether every value between the bounds satisfies a sign (True), none does (False), or some do (None)."""
    low, high = bounds
    if sign == "!=":
        equal = decided(bounds, "==")
        return None if equal is None else not equal
    if sign == "==":
        if low is not None and low == high:
            return low == 0
        return False if (low is not None and low > 0) or (high is not None and high < 0) else None
    passes: Callable[[Fraction], bool] = (lambda x: x >= 0) if sign == ">=" else (lambda x: x > 0)
    if low is not None and passes(low):
        return True
    return False if high is not None and not passes(high) else None


def _times(a: Bounds, b: Bounds) -> Bounds:
    """Multiply two intervals; zero times endless is zero."""
    if a == (_ZERO, _ZERO) or b == (_ZERO, _ZERO):
        return _ZERO, _ZERO
    if a[0] is not None and b[0] is not None and a[0] == a[1] and b[0] == b[1]:
        return (a[0] * b[0],) * 2
    corners: list[Fraction | float | None] = []
    for x, low_x in ((a[0], True), (a[1], False)):
        for y, low_y in ((b[0], True), (b[1], False)):
            if x is not None and y is not None:
                corners.append(x * y)
            else:
                corners.append(_endless(x, low_x) * _endless(y, low_y))
    finite = [c for c in corners if isinstance(c, Fraction)]
    ends = [c for c in corners if isinstance(c, float) and c != 0]
    zero = [_ZERO] if any(isinstance(c, float) and c == 0 for c in corners) else []
    low = None if any(e < 0 for e in ends) else min(finite + zero)
    high = None if any(e > 0 for e in ends) else max(finite + zero)
    return low, high


def _endless(x: Fraction | None, is_low: bool) -> float:
    """Return only the sign of a bound, so that a product with an endless one keeps its direction."""
    if x is None:
        return -1.0 if is_low else 1.0
    return float((x > 0) - (x < 0))


def _add(total: Fraction, part: Fraction | None, count: Fraction | None) -> Fraction | None:
    if part is None:
        return None
    if count is None:
        return total if part == 0 else None
    return total + part * count


def _rational(value: float) -> Fraction | None:
    return shortest(value) if isfinite(value) else None
