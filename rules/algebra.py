"""The meaning of expressions: ratios of polynomials in figures, and conditions on their sign.

Every measure, however it is written, becomes top / bottom, where both are polynomials with exact rational coefficients.
Comparing a / b with a target t asks for the sign of a - t * b. Like terms are collected, so that a figure missing on
both sides of a fraction is one unknown, not two, which makes bounds tight.

"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from math import lcm
from typing import Literal, TypeVar

from dabiao.rules.comparators import COMPARATORS, Operator, Sign
from dabiao.rules.intervals import NONNEGATIVE, ZERO_INTERVAL, Interval
from dabiao.rules.ranks import Member, Rank, bound_rank

Time = Literal["now", "baseline", "last", "total", "part"]
Key = tuple[object, ...]
"""A sort key of variables, polynomials and conditions: nested, of the same shape wherever two are compared."""

T = TypeVar("T")
_ONCE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A reported measure of one subject at one time, in base units, with the range its values can have.

    `year` is the year from which it is looked up, None for the judged one. A "part" is what a year adds to a total.
    """

    kind: str
    measure: str
    time: Time = "now"
    low: Fraction | None = Fraction(0)
    high: Fraction | None = None
    year: int | None = None

    def __hash__(self) -> int:
        return hash((self.kind, self.measure, self.time, self.year))

    @property
    def column(self) -> str:
        """The name of its column in the table of its kind."""
        return self.measure if self.current else f"{self.measure}@{self.time}"

    @property
    def current(self) -> bool:
        """Whether it is a figure of the judged year alone."""
        return self.time == "now" and self.year is None

    @property
    def owner(self) -> str:
        """The kind of the subject whose figure it is."""
        return self.kind

    @property
    def range(self) -> Interval:
        """The values it can have."""
        return Interval(self.low, self.high)

    @property
    def key(self) -> Key:
        """The key it is sorted by."""
        return 0, self.kind, self.column, self.year or 0

    def at(self, time: Time) -> Leaf:
        """Return the same measure at another time."""
        return Leaf(self.kind, self.measure, time, self.low, self.high, self.year)

    def in_year(self, year: int) -> Leaf:
        """Return the same measure looked up from another year."""
        if self.time == "baseline" or self.year is not None:
            return self
        return Leaf(self.kind, self.measure, self.time, self.low, self.high, year)

    def __repr__(self) -> str:
        return f"{self.kind}.{self.column}{_year_text(self.year)}"


@dataclass(frozen=True)
class Sum:
    """The sum of a polynomial over the subjects of a kind that satisfy a condition. A sum of 1 counts them.

    `owner` is the kind of subject that contains them: the sum of a district is the same figure for each of its homes.
    `year` is the year whose subjects and figures it is made of, None for the judged one.
    """

    kind: str
    of: Polynomial
    where: Condition | None
    owner: str
    year: int | None = None

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.kind, self.of, self.where, self.owner, self.year))

    @property
    def counts(self) -> bool:
        """Whether it is a number of subjects."""
        return self.of == ONE

    @property
    def range(self) -> Interval:
        """The values it can have: zero or more, unless a term can be negative."""
        return NONNEGATIVE if self.of.never_negative else Interval()

    @cached_property
    def key(self) -> Key:
        """The key it is sorted by."""
        return 1, self.kind, self.owner, self.year or 0, self.of.key, self.where.key if self.where else ()

    def in_year(self, year: int) -> Sum:
        """Return the same sum in another year."""
        return self if self.year is not None else replace(self, year=year)

    def combine(self, values: Sequence[Fraction]) -> Fraction:
        """Return its value if the polynomial has these values."""
        return sum(values, Fraction(0))

    def __repr__(self) -> str:
        condition = f" where {self.where}" if self.where else ""
        text = f"count({self.kind}{condition})" if self.counts else f"sum({self.of} of {self.kind}{condition})"
        return text + _year_text(self.year)


@dataclass(frozen=True)
class Ranked:
    """The largest, smallest or middle value of a polynomial over the subjects of a kind that satisfy a condition.

    It has no value if there is no such subject. The ratio that contains it has the number of subjects among its bases.
    """

    rank: Rank
    kind: str
    of: Polynomial
    where: Condition | None
    owner: str
    year: int | None = None

    counts = False

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.rank, self.kind, self.of, self.where, self.owner, self.year))

    @property
    def range(self) -> Interval:
        """The values it can have: those of the polynomial."""
        return self.of.range

    @cached_property
    def key(self) -> Key:
        """The key it is sorted by."""
        where = self.where.key if self.where else ()
        return 2, self.kind, self.owner, self.year or 0, self.rank, self.of.key, where

    def in_year(self, year: int) -> Ranked:
        """Return the same rank in another year."""
        return self if self.year is not None else replace(self, year=year)

    def combine(self, values: Sequence[Fraction]) -> Fraction:
        """Return its value if the polynomial has these values; zero for none, which its base excludes."""
        members = [Member(value, value, sure=True, many=1) for value in values]
        return Fraction(bound_rank(self.rank, members)[0]) if members else Fraction(0)

    def __repr__(self) -> str:
        condition = f" where {self.where}" if self.where else ""
        return f"{self.rank}({self.of} of {self.kind}{condition})" + _year_text(self.year)


def _year_text(year: int | None) -> str:
    return f"[{year}]" if year else ""


Aggregate = Sum | Ranked
Variable = Leaf | Aggregate
Monomial = tuple[Variable, ...]


@dataclass(frozen=True)
class Polynomial:
    """A sum of products of variables with rational coefficients. Like terms are collected, zero terms dropped."""

    terms: tuple[tuple[Monomial, Fraction], ...]

    def __hash__(self) -> int:
        return self._hash  # asked for often, and deep: worked out once

    @cached_property
    def _hash(self) -> int:
        return hash(self.terms)

    @classmethod
    def of(cls, terms: Iterable[tuple[Monomial, Fraction]]) -> Polynomial:
        """Return the sum of terms, like terms collected."""
        collected: dict[Monomial, Fraction] = {}
        for monomial, factor in terms:
            ordered = tuple(sorted(monomial, key=_key_of)) if len(monomial) > 1 else monomial
            collected[ordered] = collected[ordered] + factor if ordered in collected else factor
        kept = [(m, c) for m, c in collected.items() if c]
        return cls(tuple(sorted(kept, key=_keys_of_term) if len(kept) > 1 else kept))

    @classmethod
    def constant(cls, number: Fraction) -> Polynomial:
        """Return the polynomial that is one number."""
        return cls((((), number),) if number else ())

    @classmethod
    def variable(cls, variable: Variable) -> Polynomial:
        """Return the polynomial that is one variable."""
        return cls((((variable,), _ONCE),))

    def __add__(self, other: Polynomial) -> Polynomial:
        if not (self.terms and other.terms):
            return self if self.terms else other
        return Polynomial.of((*self.terms, *other.terms))

    def __sub__(self, other: Polynomial) -> Polynomial:
        return self + other * Fraction(-1)

    def __mul__(self, other: Polynomial | Fraction) -> Polynomial:
        if not isinstance(other, Fraction) and len(other.terms) == 1 and not other.terms[0][0]:
            other = other.terms[0][1]
        if isinstance(other, Fraction):
            return self if other == 1 else Polynomial(tuple((m, c * other) for m, c in self.terms) if other else ())
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

    @property
    def single(self) -> Variable | None:
        """The variable it consists of, None if it is anything else."""
        if len(self.terms) != 1:
            return None
        monomial, factor = self.terms[0]
        return monomial[0] if len(monomial) == 1 and factor == 1 else None

    @cached_property
    def key(self) -> Key:
        """The key it is sorted by."""
        return tuple((*_keys_of_term(term), term[1]) for term in self.terms)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that occur, each once."""
        if len(self.terms) == 1 and len(self.terms[0][0]) < 2:  # nearly always
            return self.terms[0][0]
        return self._variables

    @cached_property
    def _variables(self) -> tuple[Variable, ...]:
        return tuple(dict.fromkeys(v for monomial, _ in self.terms for v in monomial))

    @property
    def range(self) -> Interval:
        """The values it can have."""
        if single := self.single:
            return single.range
        found = ZERO_INTERVAL
        for monomial, factor in self.terms:
            term = Interval.point(factor)
            for variable in monomial:
                term = term * variable.range
            found = found + term
        return found

    @cached_property
    def never_negative(self) -> bool:
        """Whether no value of its variables makes it negative."""
        return all(c > 0 and all(v.range.decide(">=") for v in m) for m, c in self.terms)

    def scale_to_integers(self) -> tuple[tuple[Monomial, int], ...]:
        """Return the terms multiplied by one positive number so that every coefficient is a whole number."""
        common = lcm(*(factor.denominator for _, factor in self.terms))
        return tuple((m, int(c * common)) for m, c in self.terms)

    def substitute(self, change: Callable[[Variable], Polynomial]) -> Polynomial:
        """Return the polynomial with each variable (not those inside aggregates) replaced."""
        changed = ZERO
        for monomial, factor in self.terms:
            term = ONE
            for variable in monomial:
                term = change(variable) * term
            changed = changed + term * factor
        return changed


def _key_of(variable: Variable) -> Key:
    return variable.key


def _keys_of_term(term: tuple[Monomial, Fraction]) -> Key:
    return tuple(v.key for v in term[0]), len(term[0])


ONE = Polynomial.constant(Fraction(1))
ZERO = Polynomial.constant(Fraction(0))


def make_sum(kind: str, of: Polynomial, where: Condition | None, owner: str, year: int | None = None) -> Polynomial:
    """Return the sum of a polynomial over subjects; the sum of a number is that number times their count."""
    number = of.number
    if number is None:
        return Polynomial.variable(Sum(kind, of, where, owner, year))
    return Polynomial.variable(Sum(kind, ONE, where, owner, year)) * number


@dataclass(frozen=True)
class Ratio:
    """A quantity: top / bottom. It has no value where one of its `bases` is zero.

    The bases are all denominators it was made of: the bottom, its factors, and denominators of denominators such as c
    in a / (b / c), which is a * c / b.
    """

    top: Polynomial
    bottom: Polynomial = ONE
    bases: tuple[Polynomial, ...] = ()

    def __post_init__(self) -> None:
        if not self.bases and not self.bottom.number:
            object.__setattr__(self, "bases", (self.bottom,))

    @classmethod
    def constant(cls, number: Fraction) -> Ratio:
        """Return the ratio that is one number."""
        return cls(Polynomial.constant(number))

    def __add__(self, other: Ratio) -> Ratio:
        bases = _union(self.bases, other.bases)
        if self.bottom == other.bottom:
            return Ratio(self.top + other.top, self.bottom, bases)
        return Ratio(self.top * other.bottom + other.top * self.bottom, self.bottom * other.bottom, bases)

    def __sub__(self, other: Ratio) -> Ratio:
        return self + other * Ratio.constant(Fraction(-1))

    def __mul__(self, other: Ratio) -> Ratio:
        return Ratio(self.top * other.top, self.bottom * other.bottom, _union(self.bases, other.bases))

    def __truediv__(self, other: Ratio) -> Ratio:
        if number := other.number:
            return Ratio(self.top * (1 / number), self.bottom, self.bases)
        divided = () if other.top.number else (other.top,)
        bases = _union(self.bases, other.bases, divided)
        return Ratio(self.top * other.bottom, self.bottom * other.top, bases)

    @property
    def number(self) -> Fraction | None:
        """The value if no variable occurs."""
        top, bottom = self.top.number, self.bottom.number
        return top / bottom if top is not None and bottom and not self.bases else None

    @property
    def single(self) -> Variable | None:
        """The variable it consists of, None if it is anything else."""
        return self.top.single if self.bottom == ONE else None

    def substitute(self, change: Callable[[Variable], Polynomial]) -> Ratio:
        """Return the ratio with each variable (not those inside aggregates) replaced."""
        bases = [base.substitute(change) for base in self.bases]
        left = tuple(base for base in bases if not base.number)  # a number that is not zero is no condition
        return Ratio(self.top.substitute(change), self.bottom.substitute(change), left)


def _union(*parts: tuple[Polynomial, ...]) -> tuple[Polynomial, ...]:
    return tuple(dict.fromkeys(base for part in parts for base in part))


@dataclass(frozen=True)
class Test:
    """A condition on the sign of a margin: margin >= 0, > 0, == 0 or != 0, and no base is zero."""

    __test__ = False  # not a test of pytest's

    margin: Polynomial
    sign: Sign
    bases: tuple[Polynomial, ...] = ()

    @property
    def key(self) -> Key:
        """The key it is sorted by."""
        return "test", self.margin.key, self.sign, tuple(base.key for base in self.bases)

    def substitute(self, change: Callable[[Variable], Polynomial]) -> Test:
        """Return the test with each variable (not those inside aggregates) replaced."""
        bases = tuple(base.substitute(change) for base in self.bases)
        return Test(self.margin.substitute(change), self.sign, bases)


@dataclass(frozen=True)
class _Joined:
    """Several conditions in one order, each once, without brackets that change nothing: what is the same is written alike."""

    conditions: tuple[Condition, ...]

    def __post_init__(self) -> None:
        flat = (one for part in self.conditions for one in (part.conditions if type(part) is type(self) else (part,)))
        object.__setattr__(self, "conditions", tuple(sorted(dict.fromkeys(flat), key=lambda part: part.key)))

    @cached_property
    def key(self) -> Key:
        """The key it is sorted by."""
        return type(self).__name__, tuple(condition.key for condition in self.conditions)


class And(_Joined):
    """True where every condition is true."""


class Or(_Joined):
    """True where at least one condition is true."""


Condition = Test | And | Or
Form = Variable | Polynomial | Ratio | Condition


def compare(left: Ratio, operator: Operator, right: Ratio) -> Test:
    """Return a comparison of two ratios as a condition on the sign of one margin."""
    comparator = COMPARATORS[operator]
    difference = left - right if comparator.upward else right - left
    base = difference.bottom
    margin = difference.top if base.never_negative else difference.top * base
    return Test(margin, comparator.sign, difference.bases)


_OPPOSITE: dict[Sign, Sign] = {">=": ">", ">": ">=", "==": "!=", "!=": "=="}


def negate(condition: Condition) -> Condition:
    """Return what `not` makes of a condition: every comparison turned round. A ratio without a base satisfies neither."""
    return _turn(condition, lambda test: test)


@lru_cache(maxsize=4096)
def complement(condition: Condition) -> Condition:
    """Return the condition that is true exactly where the given one is not: also where a ratio has no base."""

    def include_zero(test: Test) -> Condition:
        zero = tuple(Test(base, "==") for base in test.bases)
        return any_of((replace(test, bases=()), *zero))

    return _turn(condition, include_zero)


def _turn(condition: Condition, finish: Callable[[Test], Condition]) -> Condition:
    """Apply de Morgan's laws: turn every test round, and what joins them."""

    def turn(test: Test) -> Condition:
        margin = test.margin if test.sign in ("==", "!=") else test.margin * Fraction(-1)
        return finish(Test(margin, _OPPOSITE[test.sign], test.bases))

    return fold(condition, turn, any_of, all_of)


def replace_variables(condition: Condition, change: Callable[[Variable], Polynomial]) -> Condition:
    """Return a condition with each variable (not those inside aggregates) replaced."""

    def replaced(test: Test) -> Condition:
        return test.substitute(change)

    return fold(condition, replaced, all_of, any_of)


def all_of(parts: Sequence[Condition]) -> Condition:
    """Return the condition that all of some hold; of one, that one."""
    joined = And(tuple(parts))
    return joined if len(joined.conditions) > 1 else joined.conditions[0]


def any_of(parts: Sequence[Condition]) -> Condition:
    """Return the condition that at least one of some holds; of one, that one."""
    joined = Or(tuple(parts))
    return joined if len(joined.conditions) > 1 else joined.conditions[0]


def in_year(condition: Condition, year: int) -> Condition:
    """Return a condition as it was in another year."""
    return replace_variables(condition, lambda variable: Polynomial.variable(variable.in_year(year)))


def fold(
    condition: Condition,
    test: Callable[[Test], T],
    every: Callable[[Sequence[T]], T],
    some: Callable[[Sequence[T]], T],
) -> T:
    """Evaluate a condition: apply `test` to its tests, and join the results by `every` and `some`."""

    def value(part: Condition) -> T:
        match part:
            case Test():
                return test(part)
            case And(parts):
                return every([value(one) for one in parts])
            case Or(parts):
                return some([value(one) for one in parts])

    return value(condition)


def decide(condition: Condition, test: Callable[[Test], bool | None]) -> bool | None:
    """Return whether a condition is true, None if it is not known."""
    return fold(condition, test, every, some)


def every(parts: Sequence[bool | None]) -> bool | None:
    """Return whether all are true; None if that is not known."""
    return False if False in parts else None if None in parts else True


def some(parts: Sequence[bool | None]) -> bool | None:
    """Return whether at least one is true; None if that is not known."""
    return True if True in parts else None if None in parts else False


def conjuncts(condition: Condition | None) -> tuple[Condition, ...]:
    """Return the conditions whose conjunction is the given one; none for None."""
    if condition is None:
        return ()
    if isinstance(condition, And):
        return tuple(part for inner in condition.conditions for part in conjuncts(inner))
    return (condition,)
