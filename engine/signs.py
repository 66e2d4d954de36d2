"""The sign of a polynomial as a column: in floats where that is provably exact, else by whoever decides rows exactly.

Floats are exact for whole numbers, and for decimals scaled to whole numbers, below 2**53. Elsewhere the few rows that lie
within a hair of the boundary are decided again in exact rational arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from math import inf, isinf, prod

import polars as pl
from dabiao.engine.columns import HAIR, SAFE, Figure, are_whole, list_rows, multiplied, product, total
from dabiao.facts.model import to_exact, to_float
from dabiao.rules.algebra import Leaf, Monomial, Polynomial, Variable
from dabiao.rules.comparators import Sign
from dabiao.rules.intervals import Interval

_BITS = 500  # of a coefficient; products with figures then stay among the floats
_LARGE = 1e300
_TINY = 5e-324
_NORMAL = 2.0**-1000  # smaller coefficients have lost their proportion to one another

_COMPARED: dict[Sign, Callable[[pl.Series, pl.Series], pl.Series]] = {">=": pl.Series.ge, "==": pl.Series.eq}


@dataclass(frozen=True)
class Margin:
    """A polynomial that is no number, with its figures as columns, and what decides given rows exactly."""

    polynomial: Polynomial
    figures: dict[Variable, Figure]
    exactly: Callable[[Sequence[int], Sign], pl.Series]
    divide: Callable[[Variable, Variable], pl.Series]

    def sign(self, sign: Sign) -> pl.Series:
        """Return where the polynomial is >= 0 or == 0; null where the figures do not decide it."""
        if (decided := self._single(sign)) is not None:
            return decided
        if (decided := self._by_quotient(sign)) is None:
            decided = self._whole(sign) if self._sure else self._near(sign)
        return self._bounded(sign, decided) if decided.null_count() else decided

    @property
    def _height(self) -> int:
        return len(next(iter(self.figures.values())).value)

    def _corrected(self, decided: pl.Series, sign: Sign, rows: pl.Series) -> pl.Series:
        """Decide some rows again, exactly."""
        return decided.scatter(rows, self.exactly(rows.to_list(), sign)) if len(rows) else decided

    def _single(self, sign: Sign) -> pl.Series | None:
        """Compare one reported measure with one number directly: no arithmetic, so nothing to round."""
        linear = [(m, c) for m, c in self.polynomial.terms if m]
        if len(linear) != 1 or len(linear[0][0]) != 1:
            return None
        (variable,), factor = linear[0]
        figure = self.figures[variable]
        worked_out = not isinstance(variable, Leaf)
        if (figure.rough and worked_out) or isinstance(figure.low, pl.Series) or isinstance(figure.high, pl.Series):
            return None
        threshold = -sum((c for m, c in self.polynomial.terms if not m), start=Fraction(0)) / factor
        border = to_float(threshold)
        values = figure.value
        compared = pl.Series.eq if sign == "==" else pl.Series.ge if factor > 0 else pl.Series.le
        decided = compared(values, border)
        if decided.null_count():  # one answer for all the rows without a figure: what its range allows
            ends = Interval(_to_end(figure.low), _to_end(figure.high))
            allowed = variable.range if isinstance(variable, Leaf) else ends
            answer = ((allowed + Interval.point(-threshold)) * factor).decide(sign)
            decided = decided if answer is None else decided.fill_null(value=answer)
        if to_exact(border) == threshold and not figure.rough:
            return decided
        return self._corrected(decided, sign, list_rows(values == border))

    def _by_quotient(self, sign: Sign) -> pl.Series | None:
        """Compare the quotient of two whole figures, which is shown as well, with a number.

        Two fractions a/b and p/q that differ do so by at least 1/(b*q): floats keep them apart while b*p is below 2**52.
        """
        terms = sorted(self.polynomial.terms, key=lambda term: term[1])
        if [(len(m), c > 0) for m, c in terms] != [(1, False), (1, True)]:
            return None
        ((less,), loss), ((more,), gain) = terms
        over, under, number, compared = more, less, -loss / gain, pl.Series.ge
        if not self.figures[under].is_positive:
            over, under, number, compared = less, more, -gain / loss, pl.Series.le
        divisor = self.figures[under]
        if not (divisor.is_positive and are_whole((divisor, self.figures[over]))):
            return None
        if number.numerator >= SAFE / 2 / max(divisor.peak, 1.0) or number.denominator > _LARGE:
            return None
        return (pl.Series.eq if sign == "==" else compared)(self.divide(over, under), to_float(number))

    @cached_property
    def _terms(self) -> tuple[tuple[Monomial, int], ...]:
        return self.polynomial.scale_to_integers()

    @cached_property
    def _factors(self) -> list[float]:
        """The coefficients as floats, in proportion; none of them lost, however far apart they are."""
        shift = max(abs(c).bit_length() for _, c in self._terms) - _BITS
        if shift <= 0:
            return [float(c) for _, c in self._terms]
        shares = [Fraction(c, 1 << shift) for _, c in self._terms]
        return [max(float(share), _TINY) if share > 0 else min(float(share), -_TINY) for share in shares]

    @cached_property
    def _hairs(self) -> list[float]:
        """The share of each term by which it may err."""
        return [max(HAIR, _NORMAL / abs(factor)) for factor in self._factors]

    @cached_property
    def _scales(self) -> dict[Monomial, int]:
        """The power of ten that makes each monomial a whole number."""
        return {m: sum(self.figures[v].places or 0 for v in m) for m, _ in self._terms}

    @cached_property
    def _sure(self) -> bool:
        """Whether all terms, scaled to whole numbers, and their coefficients are below 2**53."""
        if any(figure.places is None for figure in self.figures.values()):
            return False
        top = max(self._scales.values())
        size = 0.0
        for m, c in self._terms:
            peaks = prod(self.figures[v].peak * 10 ** (self.figures[v].places or 0) for v in m)
            size += to_float(abs(c) * 10 ** (top - self._scales[m])) * max(peaks, 1.0)
        return size < SAFE

    def _whole(self, sign: Sign) -> pl.Series:
        """Compare what the polynomial adds with what it takes away, in whole numbers."""
        top = max(self._scales.values())
        sides: tuple[list[pl.Series], list[pl.Series]] = ([], [])
        for m, c in self._terms:
            factor = float(abs(c) * 10 ** (top - self._scales[m]))
            sides[c < 0].append(product([self.figures[v].scaled for v in m], factor, self._height))
        return _COMPARED[sign](total(sides[0], self._height), total(sides[1], self._height))

    def _near(self, sign: Sign) -> pl.Series:
        """Compare in floats, and again exactly where the two sides are too near for that, or too large."""
        sides: tuple[list[pl.Series], list[pl.Series]] = ([], [])
        errors = []
        for (m, _), factor, hair in zip(self._terms, self._factors, self._hairs, strict=True):
            term = product([self.figures[v].value for v in m], abs(factor), self._height)
            sides[factor < 0].append(term)
            errors.append(term.abs() * hair)
        more, less = (total(side, self._height) for side in sides)
        decided = _COMPARED[sign](more, less)
        near = (more - less).abs() <= total(errors, self._height)
        if self._may_overflow:
            near = near | ~(more.is_finite() & less.is_finite())
        for figure in self.figures.values():
            if figure.peak >= _LARGE:  # it may stand for a number beyond all floats
                near = near | (figure.value.abs() >= _LARGE)
        return self._corrected(decided, sign, list_rows(near))

    @cached_property
    def _may_overflow(self) -> bool:
        terms = zip(self._terms, self._factors, strict=True)
        return any(abs(factor) * prod(max(self.figures[v].peak, 1.0) for v in m) > _LARGE for (m, _), factor in terms)

    @cached_property
    def _whole_ends(self) -> bool:
        """Whether values and the ends of ranges are whole, and all sums of terms below 2**53."""
        reach = {variable: figure.reach for variable, figure in self.figures.items()}
        if None in reach.values() or not all(factor.is_integer() for factor in self._factors):
            return False
        terms = zip(self._terms, self._factors, strict=True)
        return 2 * sum(abs(factor) * prod(reach[v] or 1.0 for v in m) for (m, _), factor in terms) < SAFE

    def _bounded(self, sign: Sign, decided: pl.Series) -> pl.Series:
        """Decide the rows with missing figures by the lowest and highest margin they allow."""
        rows = list_rows(decided.is_null())
        height = len(rows)
        terms = [
            multiplied([self.figures[v].bounds(rows) for v in m], factor, height)
            for (m, _), factor in zip(self._terms, self._factors, strict=True)
        ]
        margin = reduce(lambda a, b: a + b, terms)
        low, high = margin.low, margin.high
        no, yes = (high < 0, low >= 0) if sign == ">=" else ((low > 0) | (high < 0), (low == 0) & (high == 0))
        found = yes | no
        if found.any():
            decided = decided.scatter(rows, yes.set(~found, None))
        if self._whole_ends:
            return decided
        sizes = [_finite(term.low).abs() + _finite(term.high).abs() for term in terms]
        size = total(sizes, height)
        error = total([part * hair for part, hair in zip(sizes, self._hairs, strict=True)], height)
        near = ((low.abs() <= error) | (high.abs() <= error)) & (size > 0.0)
        near = near | low.is_nan() | high.is_nan() | (low == inf) | (high == -inf)  # beyond all floats
        return self._corrected(decided, sign, rows.filter(near))


def _to_end(number: float) -> Fraction | None:
    return None if isinf(number) else to_exact(number)


def _finite(values: pl.Series) -> pl.Series:
    return values.set(~values.is_finite(), 0.0)
