"""The two sides of a data check as parts of its message: names, values, places, and how far they are apart."""

from __future__ import annotations

from fractions import Fraction

from dabiao.base.problems import Term
from dabiao.base.quantities import Difference, quantity_text
from dabiao.base.units import Unit
from dabiao.rules.intervals import Interval
from dabiao.rules.model import Measure
from dabiao.rules.wording import Worded
from dabiao.rules.written import Step

UNKNOWN = Term("data.unknown")


def quote_title(measure: Measure) -> Term:
    """Return the title of a measure in quotation marks."""
    return Term("data.quoted", {"name": measure.title})


def write_side(
    code: str,
    name: Term | Worded | str,
    value: Interval,
    other: Interval,
    unit: Unit,
    steps: tuple[Step, ...],
    place: object = "",
) -> object:
    """Return a side of a comparison: its name, its value, and its place where that is not the one of the problem."""
    text = write_value(value, other, unit, steps)
    if not name:
        return text
    return Term(f"data.{code}-placed" if place else f"data.{code}", {"name": name, "value": text, "place": place})


def write_value(value: Interval, other: Interval, unit: Unit, steps: tuple[Step, ...]) -> object:
    """Write a value, or the least and the most it can be, never rounded to the other side of what it is compared with."""
    low, high = value.low, value.high
    against = other.value

    def one(number: Fraction) -> object:
        if steps and number.denominator == 1 and 0 <= number < len(steps):
            return steps[int(number)].title
        return quantity_text(number, unit, against)

    if low is not None and high is not None:
        return one(low) if low == high else Term("data.from-to", {"low": one(low), "high": one(high)})
    if low is not None:
        return Term("data.at-least", {"text": one(low)})
    return UNKNOWN if high is None else Term("data.at-most", {"text": one(high)})


def write_gap(left: Interval, right: Interval, shown: Unit, within: Fraction) -> Term:
    """Return how far two values are apart, at least so far where figures are missing."""
    if left.value is not None and right.value is not None:
        return Term("data.apart", {"gap": Difference(abs(left.value - right.value), shown, within)})
    ends = [(left.low, right.high), (right.low, left.high)]
    apart = [low - high for low, high in ends if low is not None and high is not None and low > high]
    return Term("data.apart-at-least", {"gap": Difference(apart[0], shown, within)}) if apart else UNKNOWN
