"""The numbers of findings that are alike, by columns: value, distance, completion, and how they lie to each other.

What is worked out here is exact: whole numbers of 64 bits, as far as these hold them. `engine/explain.py` says what the
numbers of one finding are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import gcd, lcm, prod
from operator import add, and_, mul
from typing import Any

import polars as pl
from dabiao.base.number_columns import SAFE, Rationals, peak, read_figures, read_quotients, repeat
from dabiao.engine.columns import repeated
from dabiao.engine.gap import count_gain
from dabiao.engine.requirement import Requirement
from dabiao.engine.results import ON_THE_WAY
from dabiao.rules.algebra import Leaf, Polynomial
from dabiao.rules.comparators import COMPARATORS, Operator
from dabiao.rules.model import Plan

Numbers = Mapping[str, Rationals | pl.Series]
_Asked = tuple[Operator, Fraction]


class _TooLargeError(ArithmeticError):
    """A number that 64 bits do not hold."""


@dataclass(frozen=True)
class _Scaled:
    """A column of whole numbers, and what they are divided by."""

    number: pl.Series
    by: int


@dataclass(frozen=True)
class AlikeNumbers:
    """Works out the numbers of rows of one commitment from the figures that it looks at."""

    plan: Plan
    one: Requirement
    leaves: Sequence[Leaf]
    _gains: dict[Fraction, Fraction | None] = field(default_factory=dict)

    def __call__(self, rows: pl.DataFrame) -> tuple[pl.Series, Numbers]:
        """Return how the numbers of rows lie to each other, and the numbers.

        Null and without meaning where a finding is more than value, target and distance, or 64 bits do not hold its numbers.
        """
        nothing = pl.Series("order", [None], dtype=pl.Int64).new_from_index(0, rows.height)
        value = self.one.commitment.value
        forms = [bound.target.form.number for bound in self.one.bounds]
        if value is None or value.steps or not forms or None in forms:
            return nothing, {}
        columns = [rows[f"figure {leaf.measure}"] for leaf in self.leaves]
        known = reduce(and_, (column.is_not_null() for column in columns), repeated(value=True, height=rows.height))
        if self.one.start is not None:
            known &= ~rows["verdict"].is_in(ON_THE_WAY)
        read = [
            read_quotients(column.fill_null("0/1"))
            if column.dtype == pl.String
            else read_figures(column.fill_null(0.0))
            for column in columns
        ]
        figures: dict[Leaf, _Scaled] = {}
        for leaf, found in zip(self.leaves, read, strict=True):
            if found is None:
                return nothing, {}
            figures[leaf] = _Scaled(*found)
        asked = [
            bound.asked(number) for bound, number in zip(self.one.bounds, forms, strict=True) if number is not None
        ]
        try:
            top, bottom, *bases = (
                _evaluate(form, figures, rows.height) for form in (value.form.top, value.form.bottom, *value.form.bases)
            )
            known = reduce(and_, (base.number != 0 for base in (bottom, *bases)), known)
            order, numbers = self._compare(top, bottom, asked)
        except _TooLargeError:
            return nothing, {}
        of = {
            f"figure {leaf.measure}": Rationals.of(f.number, repeat(f.by, rows.height)) for leaf, f in figures.items()
        }
        return order.set(~known, None).alias("order"), {**numbers, **of}

    def _compare(self, top: _Scaled, bottom: _Scaled, asked: Sequence[_Asked]) -> tuple[pl.Series, Numbers]:
        """Return the value of each row, its distance to the target that is furthest from being met, and how they lie."""
        common = gcd(top.by, bottom.by)
        actual = Rationals.of(_times(top.number, bottom.by // common), _times(bottom.number, top.by // common))
        by = lcm(*(target.denominator for _, target in asked))
        sides = [
            _minus(actual.bottom, target.numerator * (by // target.denominator), actual.top, by) for _, target in asked
        ]
        gaps = [_to_distance(operator, side) for (operator, _), side in zip(asked, sides, strict=True)]
        wholes = [self._count_wholes(top, bottom, *one) for one in asked]
        gap, whole, furthest = gaps[0], wholes[0], repeat(0, len(actual))
        for at in range(1, len(asked)):
            farther = gaps[at] > gap
            gap, whole = gaps[at].zip_with(farther, gap), wholes[at].zip_with(farther, whole)
            furthest = furthest.set(farther, at)
        numbers: dict[str, Rationals | pl.Series] = {"actual": actual, "whole": whole}
        numbers["gap"] = missing = Rationals.of(gap, _times(actual.bottom, by))
        (operator, target) = asked[0]
        if len(asked) == 1 and operator in (">=", ">") and target > 0:
            if (done := actual.times(1 / target)) is None:
                raise _TooLargeError
            numbers["completion"] = done
        same = (whole.abs() == missing.top.abs()) & (missing.bottom == 1)
        few = whole.clip(-2, 2).abs() * 2 + (whole == 1).cast(pl.Int64)  # none and one are told in words of their own
        lies = [
            *((side.sign() + 1, 3) for side in sides), (missing.top.sign() + 1, 3), (furthest, len(asked)),
            (actual.top.sign() + 1, 3), (bottom.number.sign() + 1, 3), (few.fill_null(5), 6),
            (same.fill_null(value=False).cast(pl.Int64), 2),
        ]  # fmt: skip
        order = repeat(0, len(actual))
        for one, many in lies:
            order = order * many + one
        return order, numbers

    def _count_wholes(self, top: _Scaled, bottom: _Scaled, operator: Operator, target: Fraction) -> pl.Series:
        """Return `engine.gap.count_wholes` of each row, null where nothing is counted."""
        if target not in self._gains:
            self._gains[target] = count_gain(self.plan, self.one, target)
        gain = self._gains[target]
        if gain is None:
            return pl.Series([None], dtype=pl.Int64).new_from_index(0, len(top.number))
        one = gain.denominator * target.numerator * top.by
        other = gain.denominator * target.denominator * bottom.by
        by = target.denominator * bottom.by * top.by * gain.numerator
        common = gcd(one, other, by)
        need = _minus(bottom.number, one // common, top.number, other // common)
        by //= common
        if by >= SAFE:
            raise _TooLargeError
        missing = -(-need // by) if COMPARATORS[operator].upward else -(need // by)
        return missing + (need % by == 0).cast(pl.Int64) if COMPARATORS[operator].strict else missing


def _evaluate(polynomial: Polynomial, figures: Mapping[Any, _Scaled], height: int) -> _Scaled:
    """Return the value of a polynomial whose variables are all known."""
    scales = [prod(figures[variable].by for variable in monomial) for monomial, _ in polynomial.terms]
    by = lcm(1, *(factor.denominator * scale for (_, factor), scale in zip(polynomial.terms, scales, strict=True)))
    found, size = repeat(0, height), 0
    for (monomial, factor), scale in zip(polynomial.terms, scales, strict=True):
        columns = [figures[variable].number for variable in monomial]
        whole = int(factor * by / scale)
        size += abs(whole) * prod(max(peak(column), 1) for column in columns)
        if size >= SAFE:
            raise _TooLargeError
        found = add(found, reduce(mul, columns, repeat(whole, height)))
    return _Scaled(found, by)


def _times(column: pl.Series, number: int) -> pl.Series:
    if max(peak(column), 1) * abs(number) >= SAFE:
        raise _TooLargeError
    return column if number == 1 else column * number


def _minus(one: pl.Series, factor: int, other: pl.Series, by: int) -> pl.Series:
    """Return the difference of two columns, each multiplied by a number."""
    if peak(one) * abs(factor) + peak(other) * abs(by) >= SAFE or max(abs(factor), abs(by)) >= SAFE:
        raise _TooLargeError
    return one * factor - other * by


def _to_distance(operator: Operator, side: pl.Series) -> pl.Series:
    """Return how far values are from a target, given how far they are below it."""
    if operator == "==":
        return side.abs()
    return side if COMPARATORS[operator].upward else -side
