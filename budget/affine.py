"""Numbers that depend on decisions: a constant plus a factor for each variable, exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Number = Fraction | int
"""An exact number. Whole ones are kept as `int`, which is several times faster than `Fraction`; see `reduce`."""


@dataclass(frozen=True, slots=True)
class Affine:
    """constant + sum of factor * variable. Variables are numbered; factors are never zero."""

    constant: Number
    factors: Mapping[int, Number] = field(default_factory=dict)

    def __add__(self, other: Affine) -> Affine:
        if not other.factors:
            return Affine(reduce(self.constant + other.constant), self.factors) if other.constant else self
        if not self.factors:
            return Affine(reduce(self.constant + other.constant), other.factors)
        factors = dict(self.factors)
        for variable, factor in other.factors.items():
            total = factors.get(variable, 0) + factor
            if total:
                factors[variable] = reduce(total)
            else:
                del factors[variable]
        return Affine(reduce(self.constant + other.constant), factors)

    def __sub__(self, other: Affine) -> Affine:
        return self + other.times(-1)

    def times(self, number: Number) -> Affine:
        """Return it multiplied by a number."""
        number = reduce(number)
        if number == 1:
            return self
        if not number:
            return ZERO
        return Affine(reduce(self.constant * number), {v: reduce(f * number) for v, f in self.factors.items()})

    @property
    def fixed(self) -> bool:
        """Whether it depends on no decision."""
        return not self.factors

    def at(self, values: Mapping[int, int]) -> Fraction:
        """Return its value for some values of the variables (those not named are zero)."""
        return Fraction(self.constant + sum(f * values.get(v, 0) for v, f in self.factors.items()))


def reduce(number: Number) -> Number:
    """Return a whole number as `int`, any other as it is."""
    if type(number) is int:
        return number
    return number.numerator if number.denominator == 1 else number


ZERO = Affine(0)
ONE = Affine(1)


def make_constant(number: Number) -> Affine:
    """Return a number that depends on no decision."""
    return Affine(reduce(number))


def add_up(parts: Iterable[Affine]) -> Affine:
    """Return the sum of numbers, zero if there are none."""
    constant: Number = 0
    factors: dict[int, Number] = {}
    for part in parts:
        constant += part.constant
        for variable, factor in part.factors.items():
            factors[variable] = factors.get(variable, 0) + factor
    return Affine(reduce(constant), {v: reduce(f) for v, f in factors.items() if f})


@dataclass(frozen=True, slots=True)
class Span:
    """A figure between `low` and `high` (None: no limit). For a known figure both are the same object."""

    low: Affine | None
    high: Affine | None

    @property
    def known(self) -> bool:
        """Whether the figure has one value, given the decisions."""
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

    def times(self, number: Number) -> Span:
        """Return it multiplied by a number; a negative one swaps the ends."""
        number = reduce(number)
        if number == 1:
            return self
        if not number:
            return ZERO_SPAN
        if self.known:
            product = self.low.times(number) if self.low is not None else None
            return Span(product, product)
        ends = [None if end is None else end.times(number) for end in (self.low, self.high)]
        return Span(ends[0], ends[1]) if number > 0 else Span(ends[1], ends[0])


ZERO_SPAN = Span(ZERO, ZERO)


def make_span(number: Affine) -> Span:
    """Return the span of a known figure."""
    return Span(number, number)
