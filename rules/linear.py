"""Systems of linear conditions on unknown numbers: whether any numbers can fulfil them all.

Unknowns are taken out one by one, as Fourier and Motzkin do: whatever is at least one thing and at most another needs the
first not to be above the second. That an unknown is a whole number counts for conditions on it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, gcd, lcm

from dabiao.rules.intervals import Interval

_MOST = 300
"""Conditions looked at before a system is taken to be possible."""

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A number that is not known, told by its key, with the values it can have."""

    key: tuple[object, ...]
    values: Interval = field(compare=False)
    whole: bool = field(compare=False)

    def __mul__(self, other: Unknown) -> Unknown:
        """Return the product of two, which is an unknown of its own."""
        key = tuple(sorted((*self.key, *other.key), key=hash))
        return Unknown(key, self.values * other.values, self.whole and other.whole)


UNIT = Unknown((), Interval.point(Fraction(1)), whole=True)
"""The factor of nothing unknown, of which a constant is a multiple."""

Terms = Mapping[Unknown, Fraction]
"""A sum of unknowns, each with its factor."""


def add_terms(parts: Iterable[Terms]) -> dict[Unknown, Fraction]:
    """Return the sum of several sums."""
    found: dict[Unknown, Fraction] = {}
    for unknown, factor in (term for part in parts for term in part.items()):
        found[unknown] = found.get(unknown, _ZERO) + factor
    return found


def multiply_terms(one: Terms, other: Terms) -> dict[Unknown, Fraction]:
    """Return the product of two sums."""
    return add_terms({a * b: x * y} for a, x in one.items() for b, y in other.items())


@dataclass(frozen=True, slots=True)
class Inequality:
    """A sum of unknowns and a constant is zero or more; if `strict`, it is more."""

    factors: Terms
    constant: Fraction
    strict: bool = False

    @classmethod
    def of(cls, terms: Terms, side: int, strict: bool) -> Inequality:
        """Return the condition that a sum, or for side -1 its opposite, is zero or more."""
        factors = {unknown: factor * side for unknown, factor in terms.items() if unknown.key and factor}
        return cls(factors, terms.get(UNIT, _ZERO) * side, strict)

    @property
    def holds(self) -> bool:
        """Whether it holds; only for one without unknowns."""
        return self.constant > 0 or (self.constant == 0 and not self.strict)

    def allow(self) -> Interval:
        """Return what its only unknown may be."""
        ((_, factor),) = self.factors.items()
        end = -self.constant / factor
        return Interval(low=end, open_low=self.strict) if factor > 0 else Interval(high=end, open_high=self.strict)

    def without(self, unknown: Unknown, other: Inequality) -> Inequality:
        """Return what this and another one, which bound an unknown from two sides, say of all others."""
        mine, theirs = abs(self.factors[unknown]), abs(other.factors[unknown])
        both = add_terms(
            {name: factor * times for name, factor in one.factors.items()}
            for one, times in ((self, theirs), (other, mine))
        )
        kept = {name: factor for name, factor in both.items() if factor}
        return Inequality(kept, self.constant * theirs + other.constant * mine, self.strict or other.strict)


@dataclass(frozen=True, slots=True)
class System:
    """What is asked of unknowns: the values that are left of each, and the conditions on several together."""

    left: Mapping[Unknown, Interval] = field(default_factory=dict)
    conditions: tuple[Inequality, ...] = ()

    def add(self, conditions: Iterable[Inequality]) -> System | None:
        """Return the system with more conditions; None if nothing fulfils them all. Never wrongly None."""
        left = dict(self.left)
        several = list(self.conditions)
        for condition in map(_tighten, conditions):
            if not condition.factors:
                if not condition.holds:
                    return None
            elif len(condition.factors) > 1:
                several.append(condition)
            else:
                (unknown,) = condition.factors
                values = _round(unknown, left.get(unknown, unknown.values).meet(condition.allow()))
                if values.empty:
                    return None
                left[unknown] = values
        found = System(left, tuple(several))
        return found if not several or found._is_possible() else None

    def _is_possible(self) -> bool:
        conditions, unknowns = list(self.conditions), dict.fromkeys(u for c in self.conditions for u in c.factors)
        for unknown in unknowns:
            conditions += _make_ends(unknown, self.left.get(unknown, unknown.values))
        waiting = list(unknowns)
        while waiting:
            unknown = min(waiting, key=lambda unknown: _count_pairs(conditions, unknown))
            waiting.remove(unknown)
            if _count_pairs(conditions, unknown) > _MOST or len(conditions) > _MOST:
                return True
            conditions = _eliminate(unknown, conditions)
            if any(not condition.factors and not condition.holds for condition in conditions):
                return False
        return True


def _tighten(condition: Inequality) -> Inequality:
    """Return what a condition on whole numbers alone says of them: 2 a + 4 b >= 3 is a + 2 b >= 2."""
    if len(condition.factors) < 2 or not all(unknown.whole for unknown in condition.factors):
        return condition
    common = lcm(*(factor.denominator for factor in condition.factors.values()))
    step = Fraction(gcd(*(int(factor * common) for factor in condition.factors.values())), common)
    least = -condition.constant / step
    above = floor(least) + 1 if condition.strict else ceil(least)
    return Inequality({unknown: factor / step for unknown, factor in condition.factors.items()}, Fraction(-above))


def _round(unknown: Unknown, values: Interval) -> Interval:
    """Return the whole numbers of an interval, if an unknown is one, as an interval with closed ends."""
    if not unknown.whole:
        return values
    low, high = values.low, values.high
    return Interval(
        None if low is None else Fraction(ceil(low) + (values.open_low and low.denominator == 1)),
        None if high is None else Fraction(floor(high) - (values.open_high and high.denominator == 1)),
    )


def _make_ends(unknown: Unknown, values: Interval) -> list[Inequality]:
    ends = []
    if values.low is not None:
        ends.append(Inequality({unknown: Fraction(1)}, -values.low, values.open_low))
    if values.high is not None:
        ends.append(Inequality({unknown: Fraction(-1)}, values.high, values.open_high))
    return ends


def _split(conditions: list[Inequality], unknown: Unknown) -> tuple[list[Inequality], list[Inequality]]:
    """Return the conditions that bound an unknown from below, and those that do from above."""
    naming = [condition for condition in conditions if unknown in condition.factors]
    return [c for c in naming if c.factors[unknown] > 0], [c for c in naming if c.factors[unknown] < 0]


def _count_pairs(conditions: list[Inequality], unknown: Unknown) -> int:
    low, high = _split(conditions, unknown)
    return len(low) * len(high)


def _eliminate(unknown: Unknown, conditions: list[Inequality]) -> list[Inequality]:
    low, high = _split(conditions, unknown)
    kept = [condition for condition in conditions if unknown not in condition.factors]
    return [*kept, *(one.without(unknown, other) for one in low for other in high)]
