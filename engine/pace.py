"""Numbers of a finding: the value expected by now, the distance to the target, and how much of the path is covered.

Linear is 时间过半、任务过半: half of the time, half of the distance. Compound grows by the same factor every year. With staged
targets the stages are the path. A start that already meets the target means hold: the target itself is expected.

Every formula is written once, for exact numbers and for float columns: what is shown is worked out as what decided.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any, TypeVar

import polars as pl
from dabiao.rules.algebra import Ratio
from dabiao.rules.comparators import COMPARATORS, Operator
from dabiao.rules.model import Path

Number = TypeVar("Number", Fraction, pl.Series)
Value = TypeVar("Value", Fraction, pl.Series, Ratio)


def expected(start: Value, target: Value, share: Fraction, path: Path) -> Value:
    """Return the value expected after a share of the time, lowered to what counts as on track.

    Start and target are numbers, columns, or forms. Growth by a constant factor needs both above zero; between other
    values the path is linear. It is no form, except between forms that are numbers.
    """
    if path.name == "step":
        return start
    linear: Value = start + (target - start) * _like(start, share * path.cut_off)
    if path.name != "compound":
        return linear
    if isinstance(start, pl.Series):
        grown = start + (start * (target / start) ** float(share) - start) * float(path.cut_off)
        return grown.zip_with((start > 0) & (target > 0), linear)
    if isinstance(start, Ratio):
        assert start.number is not None and target.number is not None
        return Ratio.constant(expected(start.number, target.number, share, path))
    return start + (_compound(start, target, share) - start) * path.cut_off if start > 0 and target > 0 else linear


def _like(value: Value, number: Fraction) -> Any:
    """Return a number as values of a sort are multiplied by it."""
    if isinstance(value, Ratio):
        return Ratio.constant(number)
    return float(number) if isinstance(value, pl.Series) else number


def distance(comparator: Operator, actual: Number, target: Number) -> Number:
    """Return how far a value is from its target: above zero if it is missed, below if there is room to spare."""
    if comparator == "==":
        return abs(actual - target)
    return target - actual if COMPARATORS[comparator].upward else actual - target


def completion(comparator: Operator, actual: Number, target: Number) -> Number | None:
    """Return the value over the target where more is better and the target is above zero; None, in columns null, elsewhere."""
    if comparator not in (">=", ">"):
        return None
    if isinstance(target, pl.Series):
        return (actual / target).set(target <= 0, None)
    return actual / target if target > 0 else None


def covered(actual: Number, start: Number, target: Number, share: Fraction, path: Path) -> Number | None:
    """Return the share covered of the distance expected by now on the path: 1 is exactly on it, whatever the cut-off.

    None, in columns null, where no distance is expected yet.
    """
    due = expected(start, target, share, Path(path.name)) - start
    if isinstance(due, pl.Series):
        return ((actual - start) / due).set(due == 0.0, None)
    return (actual - start) / due if due else None


def _compound(start: Fraction, target: Fraction, share: Fraction) -> Fraction:
    """Return start * (target / start) ** share: exact if it is a short decimal, else to 50 digits."""
    with localcontext() as context:
        context.prec = 60
        growth = _decimal(target / start) ** _decimal(share)
        value = Fraction(_decimal(start) * growth)
    short = Fraction(round(value * 10**12), 10**12)
    power = share.denominator
    exact = (short / start) ** power == (target / start) ** share.numerator
    return short if exact else value


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
