"""What an expression means: ratios of polynomials in known and unknown figures, and conditions on their sign.

Every measure, however it is written, becomes top / bottom, where both are polynomials with exact rational coefficients.
To compare a / b with a target t is then to ask for the sign of a - t * b. Like terms are collected, so that a figure
that is missing on both sides of a fraction is one unknown, not two: that is what makes bounds tight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Literal

Time = Literal["now", "baseline", "last", "total"]
Sign = Literal[">=", ">", "==", "!="]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A reported measure of one subject at one time, in base units, with the range its values can have."""

    kind: str
    measure: str
    time: Time = "now"
    low: Fraction | None = Fraction(0)
    high: Fraction | None = None

    @property
    def column(self) -> str:
        """The name of its column in the table of its kind."""
        return self.measure if self.time == "now" else f"{self.measure}@{self.time}"

    def __repr__(self) -> str:
        return f"{self.kind}.{self.column}"


@dataclass(frozen=True)
class Count:
    """How many subjects of a kind, below the subject judged, satisfy a condition."""

    kind: str
    where: Condition | None

    low = Fraction(0)
    high = None

    def __repr__(self) -> str:
        return f"count({self.kind}{f' where {self.where}' if self.where else ''})"


@dataclass(frozen=True)
class Sum:
    """The sum of a polynomial over the subjects of a kind that satisfy a condition."""

    kind: str
    of: Polynomial
    where: Condition | None

    high = None

    @property
    def low(self) -> Fraction | None:
        """Zero, unless a term can be negative."""
        return Fraction(0) if self.of.never_negative else None

    def __repr__(self) -> str:
        return f"sum({self.of} of {self.kind}{f' where {self.where}' if self.where else ''})"


Variable = Leaf | Count | Sum
Monomial = tuple[Variable, ...]


@dataclass(frozen=True)
class Polynomial:
    """A sum of products of variables with rational coefficients, like terms collected, zero terms dropped."""

    terms: tuple[tuple[Monomial, Fraction], ...]

    def __hash__(self) -> int:
        return self._hash  # asked for often, and deep: worked out once

    @cached_property
    def _hash(self) -> int:
        return hash(self.terms)

    @classmethod
    def of(cls, terms: Iterable[tuple[Monomial, Fraction]]) -> Polynomial:
        """Collect like terms."""
        collected: dict[Monomial, Fraction] = {}
        for monomial, factor in terms:
            ordered = tuple(sorted(monomial, key=repr)) if len(monomial) > 1 else monomial
            collected[ordered] = collected[ordered] + factor if ordered in collected else factor
        kept = [(m, c) for m, c in collected.items() if c]
        return cls(tuple(sorted(kept, key=lambda term: repr(term[0])) if len(kept) > 1 else kept))

    @classmethod
    def constant(cls, number: Fraction) -> Polynomial:
        """Return the polynomial that is one number."""
        return cls.of([((), number)])

    @classmethod
    def variable(cls, variable: Variable) -> Polynomial:
        """Return the polynomial that is one variable."""
        return cls((((variable,), Fraction(1)),))

    def __add__(self, other: Polynomial) -> Polynomial:
        return Polynomial.of((*self.terms, *other.terms))

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + other * Fraction(-1)

    def __mul__(self, other: Polynomial | Fraction) -> Polynomial:
        if isinstance(other, Fraction):
            return Polynomial.of((m, c * other) for m, c in self.terms)
        return Polynomial.of((m + n, c * d) for m, c in self.terms for n, d in other.terms)

    def __repr__(self) -> str:
        parts = [" * ".join([*([str(c)] if c != 1 or not m else []), *map(repr, m)]) for m, c in self.terms]
        return " + ".join(parts) or "0"

    @property
    def number(self) -> Fraction | None:
        """The value if no variable occurs."""
        if not self.terms:
            return Fraction(0)
        return self.terms[0][1] if len(self.terms) == 1 and not self.terms[0][0] else None

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that occur, each once."""
        return tuple(dict.fromkeys(v for monomial, _ in self.terms for v in monomial))

    @cached_property
    def never_negative(self) -> bool:
        """Whether no value of its variables makes it negative."""
        return all(c > 0 and all(v.low is not None and v.low >= 0 for v in m) for m, c in self.terms)

    @cached_property
    def gathered(self) -> Polynomial:
        """The same polynomial with everything counted and summed over the same subjects in one sum.

        A home that may or may not belong adds both its reserved beds and its beds, or neither: two sums bounded apart
        would take each at its worst. Those that satisfy a condition and those that do not are together all.
        """
        kept = [(m, c) for m, c in self.terms if len(m) != 1 or isinstance(m[0], Leaf)]
        parts: dict[tuple[str, Condition | None], Polynomial] = {}
        for monomial, factor in self.terms:
            if len(monomial) == 1 and not isinstance(variable := monomial[0], Leaf):
                of = ONE if isinstance(variable, Count) else variable.of
                place = variable.kind, variable.where
                parts[place] = parts.get(place, ZERO) + of * factor
        for (kind, where), of in list(parts.items()):
            match where:
                case Not(passed):
                    other, both = passed, None
                case All((first, Not(passed))):
                    other, both = All((first, passed)), first
                case _:
                    continue
            if parts.get((kind, other)) == of:
                del parts[kind, where], parts[kind, other]
                parts[kind, both] = parts.get((kind, both), ZERO) + of
        for (kind, where), of in parts.items():
            number = of.number
            kept.append(((Sum(kind, of, where),), Fraction(1)) if number is None else ((Count(kind, where),), number))
        return Polynomial.of(kept)

    def scaled_to_integers(self) -> tuple[tuple[Monomial, int], ...]:
        """Return the terms multiplied by one positive number so that every coefficient is a whole number."""
        common = lcm(*(factor.denominator for _, factor in self.terms))
        return tuple((m, int(c * common)) for m, c in self.terms)


ONE = Polynomial.constant(Fraction(1))
ZERO = Polynomial.constant(Fraction(0))


@dataclass(frozen=True)
class Ratio:
    """A quantity: top / bottom. Where bottom is zero there is nothing to measure."""

    top: Polynomial
    bottom: Polynomial = ONE

    @classmethod
    def constant(cls, number: Fraction) -> Ratio:
        """Return the ratio that is one number."""
        return cls(Polynomial.constant(number))

    def __add__(self, other: Ratio) -> Ratio:
        if self.bottom == other.bottom:
            return Ratio(self.top + other.top, self.bottom)
        return Ratio(self.top * other.bottom + other.top * self.bottom, self.bottom * other.bottom)

    def __sub__(self, other: Ratio) -> Ratio:
        return self + other * Ratio.constant(Fraction(-1))

    def __mul__(self, other: Ratio) -> Ratio:
        return Ratio(self.top * other.top, self.bottom * other.bottom)

    def __truediv__(self, other: Ratio) -> Ratio:
        number = other.top.number
        if number is not None and other.bottom == ONE and number:
            return Ratio(self.top * (1 / number), self.bottom)
        return Ratio(self.top * other.bottom, self.bottom * other.top)

    @property
    def number(self) -> Fraction | None:
        """The value if no variable occurs."""
        top, bottom = self.top.number, self.bottom.number
        return top / bottom if top is not None and bottom else None

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that occur, each once."""
        return tuple(dict.fromkeys((*self.top.variables, *self.bottom.variables)))


@dataclass(frozen=True)
class Test:
    """A condition on the sign of a margin: margin >= 0, > 0, == 0 or != 0, where base is not zero.

    Where `base` is zero the quantity compared does not exist and satisfies nothing.
    """

    __test__ = False  # not a test of pytest's

    margin: Polynomial
    sign: Sign
    base: Polynomial = ONE


@dataclass(frozen=True)
class Not:
    """True where its condition is false."""

    condition: Condition


@dataclass(frozen=True)
class All:
    """True where every condition is true."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Any_:  # noqa: N801 - `Any` is taken by typing
    """True where at least one condition is true."""

    conditions: tuple[Condition, ...]


Condition = Test | Not | All | Any_


def compare(left: Ratio, operator: str, right: Ratio) -> Test:
    """Turn a comparison of two ratios into a condition on the sign of one margin."""
    if operator in ("<", "<="):
        left, right = right, left
        operator = {"<": ">", "<=": ">="}[operator]
    difference = left - right
    base = difference.bottom
    margin = difference.top if base.never_negative else difference.top * base
    return Test(margin, operator, base)  # type: ignore[arg-type]


def tests(condition: Condition | None) -> Iterator[Test]:
    """Iterate over the tests a condition is made of."""
    match condition:
        case Test():
            yield condition
        case Not(inner):
            yield from tests(inner)
        case All(parts) | Any_(parts):
            for part in parts:
                yield from tests(part)


def variables(condition: Condition | None) -> Iterator[Variable]:
    """Iterate over the variables of a condition."""
    for test in tests(condition):
        yield from test.margin.variables
        yield from test.base.variables
