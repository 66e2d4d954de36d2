"""An integer programme: variables, rows with whole coefficients, and variables that are defined by others.

Everything is exact. A variable for the truth of a condition, or for a product, is defined by the decisions: `complete`
computes it again from them, so that every answer of a solver is checked in whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, gcd, lcm

from dabiao.budget.affine import ONE, ZERO, Affine, Number, make_constant

ENUMERATED = 24  # a variable of at most so many values may be a factor of a product


class NonlinearError(Exception):
    """A product of two figures that both depend on decisions with many values."""


@dataclass(frozen=True, slots=True)
class Row:
    """low <= sum of factor * variable <= high, in whole numbers; None is no limit.

    A row that says what some variables mean is `of` them: it can be left out wherever nothing else looks at any of them.
    """

    factors: Mapping[int, int]
    low: int | None
    high: int | None
    of: tuple[int, ...] = ()

    def holds(self, values: Mapping[int, int]) -> bool:
        """Return whether values of the variables satisfy the row (those not named are zero)."""
        number = sum(factor * values.get(variable, 0) for variable, factor in self.factors.items())
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)


class Programme:
    """Variables and rows. Variables are whole numbers within `lower` and `upper`."""

    def __init__(self) -> None:
        self.lower: list[int] = []
        self.upper: list[int] = []
        self.rows: list[Row] = []
        self._uses: dict[int, int] = {}
        self._definitions: dict[int, Callable[[Mapping[int, int]], int]] = {}
        self._holds: dict[tuple[tuple[tuple[int, int], ...], int], Affine] = {}
        self._joined: dict[frozenset[tuple[Number, frozenset[tuple[int, Number]]]], Affine] = {}
        self._products: dict[tuple[int, int], int] = {}
        self._values: dict[int, dict[int, int]] = {}

    def add_variable(self, lower: int, upper: int) -> int:
        """Add a variable and return its number."""
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.lower) - 1

    def of(self, variable: int) -> Affine:
        """Return the value of a variable as an affine number."""
        return Affine(0, {variable: 1})

    def find_range(self, number: Affine) -> tuple[Number, Number]:
        """Return the least and the greatest value that the ranges of the variables allow."""
        low = high = number.constant
        for variable, factor in number.factors.items():
            ends = factor * self.lower[variable], factor * self.upper[variable]
            low, high = low + min(ends), high + max(ends)
        return low, high

    def require(self, number: Affine, of: tuple[int, ...] = ()) -> None:
        """Require number >= 0; `of` are the variables of which it says what they mean."""
        factors, constant = to_whole_numbers(number)
        if factors:
            self.rows.append(Row(factors, -constant, None, of))
        elif constant < 0:
            self.rows.append(Row({}, 1, None))  # no values satisfy it

    def require_if(self, switch: int, number: Affine) -> None:
        """Require number >= 0 wherever a 0/1 variable is 1."""
        factors, constant = to_whole_numbers(number)
        scaled = Affine(constant, factors)
        low, _ = self.find_range(scaled)
        if low >= 0:
            return
        self._require_use(switch, scaled)
        # scaled >= low * (1 - switch)
        self.require(scaled - (ONE - self.of(switch)).times(low), (switch,))

    def note_use(self, used: int, units: Affine) -> None:
        """Note that a 0/1 variable is 1 wherever some units are not zero."""
        self._uses.update(dict.fromkeys(units.factors, used))

    def _require_use(self, switch: int, number: Affine) -> None:
        """Require that something is used if number >= 0 needs that. Whole numbers do so anyway, broken ones do not."""
        raising = {v: f for v, f in number.factors.items() if f > 0 and v in self._uses}
        rest = Affine(number.constant, {v: f for v, f in number.factors.items() if v not in raising})
        if raising and self.find_range(rest)[1] < 0:
            self.require(Affine(0, {**{self._uses[v]: 1 for v in raising}, switch: -1}), (switch,))

    def reaches(self, number: Affine) -> Affine:
        """Return 1 where number >= 0, else 0."""
        if number.fixed:
            return ONE if number.constant >= 0 else ZERO
        factors, constant = to_whole_numbers(number)
        scaled = Affine(constant, factors)
        low, high = self.find_range(scaled)
        if low >= 0:
            return ONE
        if high < 0:
            return ZERO
        if len(factors) == 1:
            (variable,) = factors
            if self.upper[variable] - self.lower[variable] == 1:
                return self._reach_by_value(variable, lambda value: scaled.at({variable: value}) >= 0)
        key = (tuple(sorted(factors.items())), constant)
        if key not in self._holds:
            switch = self.add_variable(0, 1)
            self._definitions[switch] = lambda values: int(scaled.at(values) >= 0)
            p = self.of(switch)
            self.require(scaled - (ONE - p).times(low), (switch,))
            self.require(p.times(high + 1) - scaled - ONE, (switch,))
            self._holds[key] = p
        return self._holds[key]

    def _reach_by_value(self, variable: int, holds: Callable[[int], bool]) -> Affine:
        """Return 1 where a variable of two values satisfies a test."""
        first, second = holds(self.lower[variable]), holds(self.upper[variable])
        if first == second:
            return ONE if first else ZERO
        step = self.of(variable) - make_constant(self.lower[variable])
        return step if second else ONE - step

    def exceeds(self, number: Affine) -> Affine:
        """Return 1 where number > 0, else 0."""
        if number.fixed:
            return ONE if number.constant > 0 else ZERO
        return ONE - self.reaches(number.times(-1))

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
            switch = self.add_variable(0, 1)
            self._definitions[switch] = lambda values: int(all(part.at(values) == 1 for part in open_parts))
            p = self.of(switch)
            rest = make_constant(len(open_parts) - 1)
            for part in open_parts:
                self.require(part - p, (switch,))
                rest = rest - part
            self.require(p + rest, (switch,))
            self._joined[place] = p
        return self._joined[place]

    def some(self, parts: Sequence[Affine]) -> Affine:
        """Return 1 where at least one of several 0/1 numbers is 1."""
        return ONE - self.every([ONE - part for part in parts])

    def multiply(self, left: Affine, right: Affine) -> Affine:
        """Return the product. Raises `NonlinearError` unless a side is fixed or depends on one variable with few values."""
        if left.fixed:
            return right.times(left.constant)
        if right.fixed:
            return left.times(right.constant)
        for one, other in ((left, right), (right, left)):
            if len(one.factors) == 1:
                ((variable, factor),) = one.factors.items()
                if self.upper[variable] - self.lower[variable] < ENUMERATED:
                    parts = other.times(one.constant)
                    for value, switch in self._switch_values(variable):
                        parts = parts + self._switch(switch, other).times(factor * value)
                    return parts
        raise NonlinearError

    def _switch_values(self, variable: int) -> list[tuple[int, Affine]]:
        """Return each value a variable can have, with a 0/1 number that is 1 where the variable has it."""
        low, high = self.lower[variable], self.upper[variable]
        if (low, high) == (0, 1):
            return [(0, ONE - self.of(variable)), (1, self.of(variable))]
        if variable not in self._values:
            found: dict[int, int] = {}
            for value in range(low, high + 1):
                switch = self.add_variable(0, 1)
                self._definitions[switch] = lambda values, value=value: int(values.get(variable, 0) == value)  # type: ignore[misc]
                found[value] = switch
            one, same = ONE.times(-1), self.of(variable).times(-1)
            for value, switch in found.items():
                one = one + self.of(switch)
                same = same + self.of(switch).times(value)
            for equal in (one, same):
                self.require(equal, tuple(found.values()))
                self.require(equal.times(-1), tuple(found.values()))
            self._values[variable] = found
        return [(value, self.of(switch)) for value, switch in self._values[variable].items()]

    def _switch(self, switch: Affine, number: Affine) -> Affine:
        """Return a number where a switch (0 or 1, of one variable) is 1, else 0."""
        result = switch.times(number.constant)
        ((binary, sign),) = switch.factors.items()
        for variable, factor in number.factors.items():
            part = self._multiply_by_switch(binary, variable).times(sign) + self.of(variable).times(switch.constant)
            result = result + part.times(factor)
        return result

    def _multiply_by_switch(self, binary: int, variable: int) -> Affine:
        """Return the product of a 0/1 variable and another variable."""
        if binary == variable:
            return self.of(variable)
        place = (binary, variable)
        if place not in self._products:
            low, high = self.lower[variable], self.upper[variable]
            product = self.add_variable(min(low, 0), max(high, 0))
            self._definitions[product] = lambda values: values.get(binary, 0) * values.get(variable, 0)
            w, p, x = self.of(product), self.of(binary), self.of(variable)
            for row in (
                p.times(high) - w,
                w - p.times(low),
                x - (ONE - p).times(low) - w,
                w - x + (ONE - p).times(high),
            ):
                self.require(row, (product,))
            self._products[place] = product
        return self.of(self._products[place])

    def define(self, variable: int, compute: Callable[[Mapping[int, int]], int]) -> None:
        """Set the function that computes a variable from those added before it."""
        self._definitions[variable] = compute

    def complete(self, decided: Mapping[int, int], variables: Iterable[int]) -> dict[int, int]:
        """Return the values of some variables, in order: the decided ones, and the defined ones computed from them."""
        values = dict(decided)
        for variable in variables:
            if (compute := self._definitions.get(variable)) is not None:
                values[variable] = compute(values)
        return values


def tighten_positive(number: Affine) -> Affine:
    """Return a number that is >= 0 exactly where the given one is > 0, for whole variables."""
    common = lcm(*(factor.denominator for factor in number.factors.values()))
    scaled = number.times(common)  # whole but for its constant: > 0 is at least the next whole number
    return Affine(ceil(scaled.constant) - 1, scaled.factors)


def to_whole_numbers(number: Affine) -> tuple[dict[int, int], int]:
    """Return factors and constant of number >= 0 as whole numbers: coprime factors, the constant rounded down.

    For whole variables this excludes no solution, and it is the tightest such row.
    """
    common = lcm(*(factor.denominator for factor in number.factors.values()))
    factors = {variable: int(factor * common) for variable, factor in number.factors.items()}
    divisor = gcd(*factors.values()) if factors else 1
    constant = number.constant * common // divisor
    return {variable: factor // divisor for variable, factor in factors.items()}, int(constant)
