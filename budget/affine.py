"""Numbers that depend on decisions: a constant plus so much for each unit of each variable, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import cast


@dataclass(frozen=True, slots=True)
class Affine:
    """constant + sum of factor * variable. Variables are numbered; factors are never zero."""

    constant: Fraction
    factors: Mapping[int, Fraction] = field(default_factory=dict)

    def __add__(self, other: Affine) -> Affine:
        if not other.factors:
            return Affine(self.constant + other.constant, self.factors) if other.constant else self
        if not self.factors:
            return Affine(self.constant + other.constant, other.factors)
        factors = dict(self.factors)
        for variable, factor in other.factors.items():
            total = factors.get(variable, NONE) + factor
            if total:
                factors[variable] = plain(total)
            else:
                del factors[variable]
        return Affine(self.constant + other.constant, factors)

    def __sub__(self, other: Affine) -> Affine:
        return self + other.times(Fraction(-1))

    def times(self, number: Fraction) -> Affine:
        """Return it multiplied by a number."""
        if not number:
            return ZERO
        if number == 1:
            return self
        number = plain(number)
        return Affine(self.constant * number, {v: f * number for v, f in self.factors.items()})

    @property
    def fixed(self) -> bool:
        """Whether it depends on no decision."""
        return not self.factors

    def at(self, values: Mapping[int, int]) -> Fraction:
        """Return its value for some values of the variables (those not named are zero)."""
        return Fraction(self.constant + sum((f * values.get(v, 0) for v, f in self.factors.items()), NONE))


def plain(number: Fraction | int) -> Fraction:
    """Return a number in the form that is quickest to reckon with: a whole one as `int`, which does all that is asked here.

    Never divide by `/` what may be two of them.
    """
    return cast(Fraction, number.numerator) if number.denominator == 1 else cast(Fraction, number)


NONE = plain(0)
ZERO = Affine(NONE)
ONE = Affine(plain(1))


def const(number: Fraction | int) -> Affine:
    """Return a number that depends on nothing."""
    return Affine(plain(number))


def total(parts: Iterable[Affine]) -> Affine:
    """Add up."""
    constant = NONE
    factors: dict[int, Fraction] = {}
    for part in parts:
        constant += part.constant
        for variable, factor in part.factors.items():
            factors[variable] = factors.get(variable, NONE) + factor
    return Affine(constant, {v: f for v, f in factors.items() if f})


@dataclass(frozen=True, slots=True)
class Span:
    """A figure between `low` and `high` (None: without end); both are the same object if it is known."""

    low: Affine | None
    high: Affine | None

    @property
    def known(self) -> bool:
        """Whether there is nothing unknown about it."""
        return self.low is self.high and self.low is not None

    @property
    def fixed(self) -> bool:
        """Whether no decision changes it."""
        return (self.low is None or self.low.fixed) and (self.high is None or self.high.fixed)

    def __add__(self, other: Span) -> Span:
        low = None if self.low is None or other.low is None else self.low + other.low
        if self.known and other.known:
            return Span(low, low)
        return Span(low, None if self.high is None or other.high is None else self.high + other.high)

    def times(self, number: Fraction) -> Span:
        """Return it multiplied by a number, which turns it round if it is negative."""
        if not number:
            return NOTHING
        if self.known:
            product = self.low.times(number) if self.low is not None else None
            return Span(product, product)
        ends = [None if end is None else end.times(number) for end in (self.low, self.high)]
        return Span(ends[0], ends[1]) if number > 0 else Span(ends[1], ends[0])


NOTHING = Span(ZERO, ZERO)


def known(number: Affine) -> Span:
    """Return a figure that is known."""
    return Span(number, number)
