"""Ratios beside the rows of a kind, in floats: the numbers that are shown."""

from __future__ import annotations

import polars as pl
from dabiao.engine.columns import constant, repeated, replaced
from dabiao.engine.measure import Measured
from dabiao.facts.model import to_float
from dabiao.rules.algebra import ONE, Ratio
from dabiao.rules.comparators import COMPARATORS
from dabiao.rules.model import Bound


def limited(measured: Measured, kind: str, bound: Bound, target: pl.Series | float) -> pl.Series | float:
    """Return what a bound asks for beside the rows of a kind: its target, but nothing beyond its natural limit."""
    if bound.limit is None:
        return target
    limit, upward = to_float(bound.limit), COMPARATORS[bound.operator].upward
    if not isinstance(target, pl.Series):
        if bound.limit_where is None:
            return min(target, limit) if upward else max(target, limit)
        target = constant(target, measured.frame(kind).height)
    clipped = target.clip(upper_bound=limit) if upward else target.clip(lower_bound=limit)
    return clipped.zip_with(has_limit(measured, kind, bound), target)


def has_limit(measured: Measured, kind: str, bound: Bound) -> pl.Series:
    """Return where a bound has its natural limit: where that is not known, it is not said to have one."""
    if bound.limit is None or bound.limit_where is None:
        return repeated(bound.limit is not None, measured.frame(kind).height)
    return measured.decide(kind, bound.limit_where).fill_null(value=False)


def bound_at(measured: Measured, kind: str, bound: Bound, row: int) -> Bound:
    """Return a bound as it is for one row: without its natural limit where it has none."""
    if bound.limit_where is None or has_limit(measured, kind, bound)[row]:
        return bound
    return bound.without_limit()


def float_column(measured: Measured, kind: str, ratio: Ratio) -> pl.Series | float:
    """Return a ratio beside the rows of a kind, in floats, null where it has no value; a number where it is one."""
    if (number := ratio.number) is not None:
        return to_float(number)
    top = measured.value(kind, ratio.top)
    if top.null_count() == len(top):  # of a year of which nothing is known
        return constant(None, len(top))
    found = top if ratio.bottom == ONE else measured.quotient(kind, ratio.top, ratio.bottom)
    without = measured.without_value(kind, ratio)
    if without is None:
        return found
    if found.null_count():  # zero over what is not known, but is not zero, is zero
        nothing = top.is_not_null() & measured.sign(kind, ratio.top, "==")
        found = replaced(found, found.is_null() & nothing, 0.0)
    return replaced(found, without.fill_null(value=True) & found.is_not_null(), None)


def full_column(measured: Measured, kind: str, ratio: Ratio) -> pl.Series:
    """Return a ratio beside the rows of a kind, in floats, a number in every row."""
    column = float_column(measured, kind, ratio)
    return column if isinstance(column, pl.Series) else constant(column, measured.frame(kind).height)
