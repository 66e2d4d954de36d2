"""What commitments ask for and what measures can be, as intervals worked out from the plan alone: the ground of lint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import ceil, floor

from dabiao.base.problems import Location
from dabiao.base.quantities import quantity_text
from dabiao.rules.algebra import ONE, ZERO, Condition, Count, Leaf, Polynomial, Ratio, Sum, Variable, variables
from dabiao.rules.model import Bound, Commitment, DataCheck, Plan

COMPARATORS = ("at_least", "at_most", "more_than", "less_than", "exactly", "between")
_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "="}


@dataclass(frozen=True, slots=True)
class Interval:
    """Values from `low` to `high` in base units, None for no end. `open_low` and `open_high` leave out the end itself.

    The ends are counted from `origin`, an expression without constant part: zero for plain numbers, or for example the
    municipal standard where targets are set against it. Only intervals of the same origin can be compared.
    """

    low: Fraction | None = None
    high: Fraction | None = None
    open_low: bool = False
    open_high: bool = False
    origin: Polynomial | Ratio = ZERO

    def meet(self, other: Interval) -> Interval:
        """Return the values in both."""
        low, open_low = self.low, self.open_low
        if other.low is not None and (low is None or (other.low, other.open_low) > (low, open_low)):
            low, open_low = other.low, other.open_low
        high, open_high = self.high, self.open_high
        if other.high is not None and (high is None or (other.high, not other.open_high) < (high, not open_high)):
            high, open_high = other.high, other.open_high
        return Interval(low, high, open_low, open_high, self.origin)

    @property
    def empty(self) -> bool:
        """Whether no value lies in it."""
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
        """Whether every value of another interval lies in it."""
        return self.meet(other) == other.meet(other)


def interval(bounds: Iterable[Bound]) -> Interval | None:
    """Return the values that satisfy all bounds, None if they are set against different things."""
    ends = [_end(bound) for bound in bounds]
    if not ends or any(end.origin != ends[0].origin for end in ends):
        return None
    return reduce(Interval.meet, ends)


def _end(bound: Bound) -> Interval:
    origin, number = _split(bound.target.form)
    strict = bound.operator in ("<", ">")
    low = number if bound.operator in (">=", ">", "==") else None
    high = number if bound.operator in ("<=", "<", "==") else None
    return Interval(low, high, strict and low is not None, strict and high is not None, origin)


def _split(target: Ratio) -> tuple[Polynomial | Ratio, Fraction]:
    """Part a target into its constant and the rest."""
    if (number := target.number) is not None:
        return ZERO, number
    if target.bottom != ONE:
        return target, Fraction(0)
    constant = sum((factor for monomial, factor in target.top.terms if not monomial), start=Fraction(0))
    return Polynomial.of((m, factor) for m, factor in target.top.terms if m), constant


def possible(plan: Plan, c: Commitment | DataCheck) -> Interval | None:
    """Return the values the measure of a commitment or check can have, None if the plan does not say."""
    form = c.value.form if c.value else None
    if form is None:
        return None
    if form.bottom != ONE:
        rest = form.bottom - form.top
        within = form.top.never_negative and rest.never_negative
        return Interval(Fraction(0), Fraction(1)) if within else None
    single = _single(form)
    if isinstance(single, Count):
        register = plan.kinds[single.kind].register
        most = None if register is None or register.count is None else Fraction(register.count)
        return Interval(Fraction(0), most)
    return None if single is None else Interval(single.low, single.high)


def only_whole(plan: Plan, c: Commitment) -> bool:
    """Whether the commitment's measure only takes whole numbers (in base units)."""
    single = _single(c.value.form) if c.value else None
    if isinstance(single, Leaf):
        return plan.measures[single.kind, single.measure].whole
    return isinstance(single, Count)


def single_figure(c: Commitment) -> bool:
    """Whether the commitment is about one reported figure of the year itself, not about an expression."""
    single = _single(c.value.form) if c.value else None
    return isinstance(single, Leaf) and single.time == "now"


def _single(form: Ratio) -> Variable | None:
    """Return the variable a form consists of, None if it is more than one."""
    one = len(form.top.terms) == 1 and form.bottom == ONE and form.top.terms[0][1] == 1
    monomial = form.top.terms[0][0] if one else ()
    return monomial[0] if len(monomial) == 1 else None


def required(plan: Plan, c: Commitment) -> dict[int, tuple[Bound, ...]]:
    """Return the bounds that are judged in each year: from the due year on, in every year, or by stages."""
    if c.due is None or c.due.kind == "after":
        return {}
    first = c.due.year if c.due.kind == "year" and c.due.year is not None else plan.first
    years = dict.fromkeys(range(first, plan.last + 1), c.bounds)
    return {**{stage.year: stage.bounds for stage in c.stages}, **years}


def judged(plan: Plan) -> list[Commitment]:
    """Return the commitments that are judged by figures, in the order of the plan."""
    return [c for c in plan.commitments.values() if not c.manual]


def targets(c: Commitment) -> Iterator[tuple[tuple[Bound, ...], Location]]:
    """Iterate over the targets of a commitment, one for each stage, and where each stands. A direction has none."""
    for bounds in [stage.bounds for stage in c.stages] or [c.bounds]:
        written = bounds[0].target.written if bounds else None
        if written and not c.direction:
            yield bounds, written.location


def place_of(c: Commitment) -> Location:
    """Return where the target of a commitment stands: the first of its stages, or its direction or condition."""
    return next((location for _, location in targets(c)), c.place("direction" if c.direction else "holds"))


def stated(plan: Plan, polynomial: Polynomial) -> Fraction | None:
    """Return the value of a polynomial in the baseline year, None if the plan does not state every figure in it."""
    total = Fraction(0)
    for monomial, factor in polynomial.terms:
        for variable in monomial:
            known = _baseline_of(plan, variable)
            if known is None:
                return None
            factor *= known  # noqa: PLW2901 - a running product
        total += factor
    return total


def stated_ratio(plan: Plan, ratio: Ratio | None) -> Fraction | None:
    """Return the value of a ratio in the baseline year, None if the plan does not state it."""
    if ratio is None:
        return None
    top, bottom = stated(plan, ratio.top), stated(plan, ratio.bottom)
    return top / bottom if top is not None and bottom else None


def _baseline_of(plan: Plan, variable: Variable) -> Fraction | None:
    if not isinstance(variable, Leaf) or variable.time not in ("now", "baseline"):
        return None
    return plan.measures[variable.kind, variable.measure].baseline


def looked_at(c: Commitment) -> Iterator[Variable]:
    """Iterate over everything a commitment looks at, the conditions inside counts and sums included."""
    conditions: list[Condition | None] = [c.where, c.holds, c.due.after if c.due else None]
    forms = [c.value.form if c.value else None, c.baseline]
    forms += [bound.target.form for bounds in (c.bounds, *(s.bounds for s in c.stages)) for bound in bounds]
    for condition in conditions:
        yield from deep(variables(condition))
    for form in forms:
        yield from deep(form.variables if form else ())


def deep(found: Iterable[Variable]) -> Iterator[Variable]:
    """Iterate over variables, and those inside the counts and sums among them."""
    for variable in found:
        yield variable
        if isinstance(variable, Count | Sum):
            yield from deep(variables(variable.where))
        if isinstance(variable, Sum):
            yield from deep(variable.of.variables)


def number_text(c: Commitment, number: Fraction) -> str:
    """Write a value of a commitment's measure with its unit, or as the id of the step it stands for."""
    if c.steps and number.denominator == 1 and 0 <= number < len(c.steps):
        return c.steps[int(number)].id
    return quantity_text(number, c.shown_unit)


def target_text(c: Commitment, bounds: Sequence[Bound]) -> str:
    """Write what bounds ask for, with signs that need no translation: ≥ 80 %; ≥ 1 个, ≤ 2 个."""
    return ", ".join(f"{_SIGNS[bound.operator]} {_target(c, bound)}" for bound in bounds)


def _target(c: Commitment, bound: Bound) -> str:
    """Write one target: a number with its unit, or the expression as it was written."""
    number = bound.target.form.number
    if number is not None:
        return number_text(c, number)
    return bound.target.text


def range_text(c: Commitment, values: Interval) -> str:
    """Write an interval: 0 % … 100 %."""
    low = "" if values.low is None else number_text(c, values.low)
    high = "" if values.high is None else number_text(c, values.high)
    return f"{low} … {high}".strip()
