"""A whole-number programme: variables, rows with whole coefficients, and the variables that follow from others.

Everything is exact. A variable that says whether a condition holds, or what a product comes to, follows from the decisions:
`complete` works it out again from them, so that whatever a solver returns is checked in whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from dabiao.budget.affine import ONE, ZERO, Affine, const, plain

ENUMERATED = 24  # a variable of at most so many values may be a factor of a product


class TooCurved(Exception):  # noqa: N818 - the form is named by who asked for it
    """A product of two figures that both depend on many-valued decisions."""


@dataclass(frozen=True, slots=True)
class Row:
    """low <= sum of factor * variable <= high, in whole numbers; None is no end."""

    factors: Mapping[int, int]
    low: int | None
    high: int | None


class Programme:
    """Collects variables and rows. Variables are whole numbers within `lower` and `upper`."""

    def __init__(self) -> None:
        self.lower: list[int] = []
        self.upper: list[int] = []
        self.rows: list[Row] = []
        self._follows: dict[int, Callable[[Mapping[int, int]], int]] = {}
        self._holds: dict[tuple[tuple[tuple[int, int], ...], int], Affine] = {}
        self._joined: dict[frozenset[tuple[Fraction, frozenset[tuple[int, Fraction]]]], Affine] = {}
        self._products: dict[tuple[int, int], int] = {}
        self._values: dict[int, dict[int, int]] = {}

    def variable(self, lower: int, upper: int) -> int:
        """Add a variable and return its number."""
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.lower) - 1

    def of(self, variable: int) -> Affine:
        """Return a variable as a number that depends on it."""
        return Affine(plain(0), {variable: plain(1)})

    def range(self, number: Affine) -> tuple[Fraction, Fraction]:
        """Return the least and the greatest value that the variables' ranges allow."""
        low = high = number.constant
        for variable, factor in number.factors.items():
            ends = factor * self.lower[variable], factor * self.upper[variable]
            low, high = low + min(ends), high + max(ends)
        return low, high

    def require(self, number: Affine) -> None:
        """Require number >= 0."""
        factors, constant = whole(number)
        if factors:
            self.rows.append(Row(factors, -constant, None))
        elif constant < 0:
            self.rows.append(Row({}, 1, None))  # can never be

    def require_if(self, switch: Affine, number: Affine) -> None:
        """Require number >= 0 wherever a 0/1 switch is 1."""
        if switch.fixed:
            if switch.constant:
                self.require(number)
            return
        factors, constant = whole(number)
        scaled = Affine(plain(constant), {v: plain(f) for v, f in factors.items()})
        low, _ = self.range(scaled)
        if low >= 0:
            return
        # scaled >= low * (1 - switch)
        self.require(scaled - (ONE - switch).times(low))

    def reaches(self, number: Affine) -> Affine:
        """Return 1 where number >= 0, else 0."""
        factors, constant = whole(number)
        scaled = Affine(plain(constant), {v: plain(f) for v, f in factors.items()})
        low, high = self.range(scaled)
        if low >= 0:
            return ONE
        if high < 0:
            return ZERO
        if len(factors) == 1:
            (variable,) = factors
            if self.upper[variable] - self.lower[variable] == 1:
                return self._by_value(variable, lambda value: scaled.at({variable: value}) >= 0)
        key = (tuple(sorted(factors.items())), constant)
        if key not in self._holds:
            switch = self.variable(0, 1)
            self._follows[switch] = lambda values: int(scaled.at(values) >= 0)
            p = self.of(switch)
            self.require(scaled - (ONE - p).times(low))
            self.require(p.times(high + 1) - scaled - ONE)
            self._holds[key] = p
        return self._holds[key]

    def _by_value(self, variable: int, holds: Callable[[int], bool]) -> Affine:
        """Return 1 where a variable of two values satisfies a test."""
        first, second = holds(self.lower[variable]), holds(self.upper[variable])
        if first == second:
            return ONE if first else ZERO
        step = self.of(variable) - const(self.lower[variable])
        return step if second else ONE - step

    def exceeds(self, number: Affine) -> Affine:
        """Return 1 where number > 0, else 0."""
        return ONE - self.reaches(number.times(Fraction(-1)))

    def every(self, parts: Sequence[Affine]) -> Affine:
        """Return 1 where all of several 0/1 numbers are 1."""
        open_parts: list[Affine] = []
        for part in parts:
            if part.fixed:
                if not part.constant:
                    return ZERO
            elif part not in open_parts:
                open_parts.append(part)
        if not open_parts:
            return ONE
        if len(open_parts) == 1:
            return open_parts[0]
        place = frozenset((part.constant, frozenset(part.factors.items())) for part in open_parts)
        if place not in self._joined:
            switch = self.variable(0, 1)
            self._follows[switch] = lambda values: int(all(part.at(values) == 1 for part in open_parts))
            p = self.of(switch)
            rest = const(len(open_parts) - 1)
            for part in open_parts:
                self.require(part - p)
                rest = rest - part
            self.require(p + rest)
            self._joined[place] = p
        return self._joined[place]

    def some(self, parts: Sequence[Affine]) -> Affine:
        """Return 1 where at least one of several 0/1 numbers is 1."""
        return ONE - self.every([ONE - part for part in parts])

    def times(self, left: Affine, right: Affine) -> Affine:
        """Multiply, exactly. Raises `TooCurved` unless one side is fixed or depends on one variable of few values."""
        if left.fixed:
            return right.times(left.constant)
        if right.fixed:
            return left.times(right.constant)
        for one, other in ((left, right), (right, left)):
            if len(one.factors) == 1:
                ((variable, factor),) = one.factors.items()
                if self.upper[variable] - self.lower[variable] < ENUMERATED:
                    parts = other.times(one.constant)
                    for value, switch in self._each_value(variable):
                        parts = parts + self._switched(switch, other).times(factor * value)
                    return parts
        raise TooCurved

    def _each_value(self, variable: int) -> list[tuple[int, Affine]]:
        """Return a 0/1 number for each value a variable can have."""
        low, high = self.lower[variable], self.upper[variable]
        if (low, high) == (0, 1):
            return [(0, ONE - self.of(variable)), (1, self.of(variable))]
        if variable not in self._values:
            found: dict[int, int] = {}
            for value in range(low, high + 1):
                switch = self.variable(0, 1)
                self._follows[switch] = lambda values, value=value: int(values.get(variable, 0) == value)  # type: ignore[misc]
                found[value] = switch
            one, same = ONE.times(Fraction(-1)), self.of(variable).times(Fraction(-1))
            for value, switch in found.items():
                one = one + self.of(switch)
                same = same + self.of(switch).times(Fraction(value))
            for equal in (one, same):
                self.require(equal)
                self.require(equal.times(Fraction(-1)))
            self._values[variable] = found
        return [(value, self.of(switch)) for value, switch in self._values[variable].items()]

    def _switched(self, switch: Affine, number: Affine) -> Affine:
        """Return number where a 0/1 number of one variable is 1, else 0."""
        result = switch.times(number.constant)
        ((binary, sign),) = switch.factors.items()
        for variable, factor in number.factors.items():
            part = self._product(binary, variable).times(sign) + self.of(variable).times(switch.constant)
            result = result + part.times(factor)
        return result

    def _product(self, binary: int, variable: int) -> Affine:
        """Return the product of a 0/1 variable (counted from its lower end) and another variable."""
        if binary == variable:
            return self.of(variable)
        place = (binary, variable)
        if place not in self._products:
            low, high = self.lower[variable], self.upper[variable]
            product = self.variable(min(low, 0), max(high, 0))
            self._follows[product] = lambda values: values.get(binary, 0) * values.get(variable, 0)
            w, p, x = self.of(product), self.of(binary), self.of(variable)
            self.require(p.times(Fraction(high)) - w)
            self.require(w - p.times(Fraction(low)))
            self.require(x - (ONE - p).times(Fraction(low)) - w)
            self.require(w - x + (ONE - p).times(Fraction(high)))
            self._products[place] = product
        return self.of(self._products[place])

    def follow(self, variable: int, work_out: Callable[[Mapping[int, int]], int]) -> None:
        """Say how a variable follows from those before it."""
        self._follows[variable] = work_out

    def complete(self, decided: Mapping[int, int]) -> dict[int, int]:
        """Return the values of all variables, those that follow worked out anew, in the order they were added."""
        values = dict(decided)
        for variable, work_out in self._follows.items():
            values[variable] = work_out(values)
        return values

    def broken(self, values: Mapping[int, int]) -> list[Row]:
        """List the rows that some values do not satisfy, exactly."""
        found = []
        for row in self.rows:
            sum_ = sum(factor * values.get(variable, 0) for variable, factor in row.factors.items())
            if (row.low is not None and sum_ < row.low) or (row.high is not None and sum_ > row.high):
                found.append(row)
        return found


def above(number: Affine) -> Affine:
    """Return a number that is >= 0 where another is > 0, and only there, for whole variables."""
    common = lcm(*(factor.denominator for factor in number.factors.values()))
    scaled = number.times(Fraction(common))  # whole but for its constant: > 0 is at least the next whole number
    return Affine(plain(scaled.constant.__ceil__() - 1), {v: plain(f) for v, f in scaled.factors.items()})


def whole(number: Affine) -> tuple[dict[int, int], int]:
    """Return the tightest number >= 0 in whole factors without common divisor that means the same for whole variables."""
    common = lcm(*(factor.denominator for factor in number.factors.values()))
    factors = {variable: int(factor * common) for variable, factor in number.factors.items()}
    divisor = gcd(*factors.values()) if factors else 1
    constant = number.constant * common // divisor
    return {variable: factor // divisor for variable, factor in factors.items()}, int(constant)
