"""The values that targets allow and that measures can have, computed from the plan alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

from dabiao.base.problems import Location, say_part
from dabiao.base.quantities import quantity_text
from dabiao.rules.algebra import (
    ONE,
    ZERO,
    Condition,
    Leaf,
    Polynomial,
    Ranked,
    Ratio,
    Sum,
    Test,
    Variable,
    make_sum,
)
from dabiao.rules.comparators import COMPARATORS
from dabiao.rules.intervals import Interval
from dabiao.rules.model import Bound, Commitment, DataCheck, Kind, Plan
from dabiao.rules.shape import Text
from dabiao.rules.walks import leaves

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Values:
    """Values that bounds allow, or that a measure can have, in base units, relative to `origin`.

    The origin is an expression without a constant part: zero for plain numbers, or for example the municipal standard that
    targets refer to. Only values of the same origin can be compared.
    """

    interval: Interval
    origin: Polynomial | Ratio = ZERO

    @property
    def plain(self) -> bool:
        """Whether they are plain numbers."""
        return self.origin == ZERO


def find_allowed(bounds: Iterable[Bound]) -> Values | None:
    """Return the values that satisfy all bounds, None if the bounds have different origins."""
    ends = [_make_values(bound) for bound in bounds]
    if not ends or any(end.origin != ends[0].origin for end in ends):
        return None
    return Values(reduce(Interval.meet, [end.interval for end in ends]), ends[0].origin)


def _make_values(bound: Bound) -> Values:
    origin, number = _split(bound.target.form)
    operator, number = bound.asked(number) if origin == ZERO else (bound.operator, number)
    comparator = COMPARATORS[operator]
    if operator == "==":
        return Values(Interval.point(number), origin)
    if comparator.upward:
        return Values(Interval(low=number, open_low=comparator.strict), origin)
    return Values(Interval(high=number, open_high=comparator.strict), origin)


def _split(target: Ratio) -> tuple[Polynomial | Ratio, Fraction]:
    """Split a target into its origin and its constant part."""
    if (number := target.number) is not None:
        return ZERO, number
    if target.bottom != ONE:
        return target, Fraction(0)
    constant = sum((factor for monomial, factor in target.top.terms if not monomial), start=Fraction(0))
    return Polynomial.of((m, factor) for m, factor in target.top.terms if m), constant


def find_possible(plan: Plan, c: Commitment | DataCheck) -> Values | None:
    """Return the values the measure of a commitment or check can have, None if the plan does not say."""
    found = find_range(c.value.form, plan.kinds) if c.value else Interval()
    return None if found.low is None and found.high is None else Values(found)


def find_range(form: Ratio, kinds: Mapping[str, Kind]) -> Interval:
    """Return the values that a quantity can have: a share up to 100 %, a count up to the register, a mean as its parts."""
    top, bottom = form.top, form.bottom
    if any(leaf.time == "total" for leaf in leaves(form)):  # the highest value of a year is not that of several
        return Interval(_ZERO) if top.never_negative and bottom.never_negative else Interval()
    if bottom == ONE:
        single = top.single
        register = kinds[single.kind].register if isinstance(single, Sum) and single.counts else None
        return top.range if register is None or register.count is None else Interval(_ZERO, Fraction(register.count))
    added, counted = top.single, bottom.single
    if isinstance(added, Sum) and isinstance(counted, Sum) and counted == replace(added, of=ONE):
        return added.of.range
    if not (top.never_negative and bottom.never_negative):
        return Interval()
    return Interval(_ZERO, Fraction(1) if (bottom - top).never_negative else None)


def find_limit(form: Ratio, upward: bool, kinds: Mapping[str, Kind]) -> tuple[Fraction | None, Condition | None]:
    """Return the natural bound of what should rise or fall, and the condition on whom it holds for (None: for all).

    The number in the register is the most that can be counted only where the sheets of the year say the same number.
    """
    possible, counted = find_range(form, kinds), form.single
    if not upward or possible.high is None or not (isinstance(counted, Sum) and counted.counts):
        return (possible.high if upward else possible.low), None
    everyone = make_sum(counted.kind, ONE, None, next(iter(kinds)), counted.year)
    return possible.high, Test(everyone - Polynomial.constant(possible.high), "==")


def find_reachable(c: Commitment, plan: Plan) -> Interval:
    """Return the values that the measure of a commitment can come to, as far as they do not depend on the sheets."""
    if c.value is None:
        return Interval()
    low, high = (find_limit(c.value.form, upward, plan.kinds) for upward in (False, True))
    ends = [end if condition is None else None for end, condition in (low, high)]
    return Interval(ends[0], ends[1])


def is_whole(plan: Plan, c: Commitment) -> bool:
    """Return whether the measure of a commitment only takes whole numbers (in base units)."""
    return c.value is not None and c.value.form.bottom == ONE and takes_wholes(plan, c.value.form.top)


def takes_wholes(plan: Plan, polynomial: Polynomial) -> bool:
    """Return whether a polynomial only takes whole numbers (in base units)."""

    def whole(variable: Variable) -> bool:
        if isinstance(variable, Leaf):
            return plan.measures[variable.kind, variable.measure].whole
        return not (isinstance(variable, Ranked) and variable.rank == "median") and takes_wholes(plan, variable.of)

    return all(factor.denominator == 1 and all(map(whole, monomial)) for monomial, factor in polynomial.terms)


def is_single_figure(c: Commitment) -> bool:
    """Return whether a commitment is about one reported figure of the judged year, not an expression."""
    single = c.value.form.single if c.value else None
    return isinstance(single, Leaf) and single.time == "now"


def find_required(plan: Plan, c: Commitment) -> dict[int, tuple[Bound, ...]]:
    """Return the bounds that are judged in each year: from the due year on, in every year, or by stages."""
    if c.due is None or c.due.kind == "after":
        return {}
    first = plan.first if c.due.year is None else c.due.year
    years = dict.fromkeys(range(first, plan.last + 1), c.bounds)
    return {**{stage.year: stage.bounds for stage in c.stages}, **years}


def select_judged(plan: Plan) -> list[Commitment]:
    """Return the commitments that are judged by figures, in the order of the plan."""
    return [c for c in plan.commitments.values() if not c.manual]


def list_targets(c: Commitment) -> Iterator[tuple[tuple[Bound, ...], Location]]:
    """Iterate over the targets of a commitment with their locations, one for each stage. A direction has none."""
    for bounds in [stage.bounds for stage in c.stages] or [c.bounds]:
        written = bounds[0].target.written if bounds else None
        if written and not c.direction:
            yield bounds, written.location


def find_target_location(c: Commitment) -> Location:
    """Return the location of the target of a commitment: of its first stage, or its direction or condition."""
    return next((location for _, location in list_targets(c)), c.place("direction" if c.direction else "holds"))


def find_stated(plan: Plan, ratio: Ratio | None) -> Fraction | None:
    """Return the value of a ratio in the baseline year, None if the plan does not state every figure in it."""

    def stated(variable: Variable) -> Polynomial:
        if isinstance(variable, Leaf) and variable.time in ("now", "baseline"):
            known = plan.measures[variable.kind, variable.measure].baseline
            if known is not None:
                return Polynomial.constant(known)
        return Polynomial.variable(variable)

    return ratio.substitute(stated).number if ratio else None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Several parts of a message, one behind the other."""

    parts: tuple[object, ...]

    def say(self, lang: str) -> str:
        """Return the parts in one language."""
        return "".join(str(say_part(part, lang)) for part in self.parts)


def number_text(c: Commitment, number: Fraction) -> str | Text:
    """Write a value of a commitment's measure with its unit, or as the title of the step it stands for."""
    if c.steps:  # compared with nothing but steps
        return c.steps[int(number)].title
    return quantity_text(number, c.shown_unit)


def target_text(c: Commitment, bounds: Sequence[Bound]) -> str | Phrase:
    """Write bounds with signs that need no translation: ≥ 80 %; ≥ 1 个, ≤ 2 个."""
    parts: list[object] = []
    for bound in bounds:
        parts += [", "] * bool(parts) + [f"{COMPARATORS[bound.operator].text} ", _write_target(c, bound)]
    return "".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else Phrase(tuple(parts))


def _write_target(c: Commitment, bound: Bound) -> str | Text:
    """Write one target: a number with its unit, or the expression as it was written."""
    number = bound.target.form.number
    if number is not None:
        return number_text(c, number)
    return bound.target.text


def range_text(c: Commitment, values: Interval) -> str | Phrase:
    """Write an interval: 0 % … 100 %."""
    low = "" if values.low is None else number_text(c, values.low)
    high = "" if values.high is None else number_text(c, values.high)
    return Phrase((low, " … ", high)) if c.steps else f"{low} … {high}".strip()
