"""Ratios beside the rows of a kind, in floats: the numbers that are shown."""

from __future__ import annotations

from typing import TypeVar

import polars as pl
from dabiao.engine.columns import constant
from dabiao.engine.measure import Measured
from dabiao.facts.model import to_float
from dabiao.rules.algebra import ONE, Ratio
from dabiao.rules.comparators import COMPARATORS
from dabiao.rules.model import Bound

Target = TypeVar("Target", pl.Series, pl.Series | float)


def limited(bound: Bound, target: Target) -> Target:
    """Return what a bound asks for: its target, but nothing beyond its natural limit."""
    if bound.limit is None:
        return target
    limit, upward = to_float(bound.limit), COMPARATORS[bound.operator].upward
    if isinstance(target, pl.Series):
        return target.clip(upper_bound=limit) if upward else target.clip(lower_bound=limit)
    return min(target, limit) if upward else max(target, limit)


def float_column(measured: Measured, kind: str, ratio: Ratio) -> pl.Series | float:
    """Return a ratio beside the rows of a kind, in floats, null where it has no value; a number where it is one."""
    if (number := ratio.number) is not None:
        return to_float(number)
    top = measured.value(kind, ratio.top)
    found = top if ratio.bottom == ONE else top / measured.value(kind, ratio.bottom)
    without = measured.without_value(kind, ratio)
    if without is None:
        return found
    if found.null_count():  # zero over what is not known, but is not zero, is zero
        nothing = top.is_not_null() & measured.sign(kind, ratio.top, "==")
        found = found.set(found.is_null() & nothing.fill_null(value=False), 0.0)
    return found.set(without.fill_null(value=True), None)


def full_column(measured: Measured, kind: str, ratio: Ratio) -> pl.Series:
    """Return a ratio beside the rows of a kind, in floats, a number in every row."""
    column = float_column(measured, kind, ratio)
    return column if isinstance(column, pl.Series) else constant(column, measured.frame(kind).height)
