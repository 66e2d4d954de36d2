"""Intervals, the values that an unknown figure can have, and their arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, inf

from dabiao.rules.comparators import Sign, has_sign

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Interval:
    """The numbers from `low` to `high`; None is no limit. `open_low` and `open_high` exclude the end itself.

    Sums and products are closed: they may contain an end that is excluded, but never lack a number.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    open_low: bool = False
    open_high: bool = False

    @classmethod
    def point(cls, number: Fraction) -> Interval:
        """Return the interval of one number."""
        return cls(number, number)

    @property
    def value(self) -> Fraction | None:
        """The only number in it, None if it has more."""
        return self.low if self.low is not None and self.high is not None and self.low == self.high else None

    def clamp(self, number: Fraction) -> Fraction:
        """Return the number of it, ends included, that is nearest to another."""
        number = number if self.low is None else max(number, self.low)
        return number if self.high is None else min(number, self.high)

    def __add__(self, other: Interval) -> Interval:
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Interval(low, high)

    def __mul__(self, other: Interval | Fraction) -> Interval:
        """Multiply by an interval or a number. Zero times no limit is zero."""
        if not isinstance(other, Interval):
            other = Interval(other, other)
        mine, theirs = self.value, other.value
        if mine is not None and theirs is not None:
            return Interval.point(mine * theirs)
        corners = [_multiply_ends(a, b) for a in self._ends() for b in other._ends()]
        low, high = min(corners), max(corners)
        return Interval(None if isinstance(low, float) else low, None if isinstance(high, float) else high)

    def _ends(self) -> tuple[Fraction | float, Fraction | float]:
        return (-inf if self.low is None else self.low), (inf if self.high is None else self.high)

    def hull(self, other: Interval) -> Interval:
        """Return the smallest interval that contains both."""
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        return Interval(low, high)

    def meet(self, other: Interval) -> Interval:
        """Return the intersection of both."""
        low, open_low = self.low, self.open_low
        if other.low is not None and (low is None or (other.low, other.open_low) > (low, open_low)):
            low, open_low = other.low, other.open_low
        high, open_high = self.high, self.open_high
        if other.high is not None and (high is None or (other.high, not other.open_high) < (high, not open_high)):
            high, open_high = other.high, other.open_high
        return Interval(low, high, open_low, open_high)

    def decide(self, sign: Sign) -> bool | None:
        """Return whether every number in it has a sign (True), none has (False), or some have (None)."""
        if sign == "!=":
            equal = self.decide("==")
            return None if equal is None else not equal
        if sign == "==":
            if (number := self.value) is not None:
                return number == 0
            return False if (self.low or _ZERO) > 0 or (self.high or _ZERO) < 0 else None
        if self.low is not None and has_sign(self.low, sign):
            return True
        return False if self.high is not None and not has_sign(self.high, sign) else None

    @property
    def empty(self) -> bool:
        """Whether no number lies in it."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.open_low or self.open_high))

    @property
    def without_wholes(self) -> bool:
        """Whether no whole number lies in it."""
        if self.low is None or self.high is None:
            return False
        first = ceil(self.low) + (self.open_low and self.low.denominator == 1)
        last = floor(self.high) - (self.open_high and self.high.denominator == 1)
        return first > last

    def contains(self, other: Interval) -> bool:
        """Whether every number of another interval lies in it."""
        return self.meet(other) == other.meet(other)


ZERO_INTERVAL = Interval(_ZERO, _ZERO)
NONNEGATIVE = Interval(_ZERO, None)


def _multiply_ends(a: Fraction | float, b: Fraction | float) -> Fraction | float:
    """Multiply two ends; a float is infinite."""
    if not a or not b:
        return _ZERO
    if isinstance(a, Fraction | int) and isinstance(b, Fraction | int):
        return a * b
    return inf if (a > 0) == (b > 0) else -inf
