"""When a commitment is due, what then bounds its value, and which verdicts it can have."""

from __future__ import annotations

from fractions import Fraction

from dabiao.rules.bounds import is_whole
from dabiao.rules.comparators import COMPARATORS, loosened, meets
from dabiao.rules.intervals import Interval
from dabiao.rules.model import Bound, Commitment, Plan
from dabiao.trials.oracle import phase_of


def find_years_due(plan: Plan, commitment: Commitment) -> list[int]:
    """Return the years of the stages, or else the first year in which the commitment is due."""
    if commitment.stages:
        return [stage.year for stage in commitment.stages]
    return [y for y in range(plan.first, plan.last + 1) if phase_of(plan, commitment, y) == "due"][:1]


def find_years_on_the_way(plan: Plan, commitment: Commitment) -> list[int]:
    """Return one year in the middle of the time before each stage, or before the due year."""
    years = [y for y in range(plan.first, plan.last + 1) if phase_of(plan, commitment, y) == "on the way"]
    ways: dict[int, list[int]] = {}
    for year in years:
        ways.setdefault(sum(stage.year < year for stage in commitment.stages), []).append(year)
    return [way[len(way) // 2] for way in ways.values()]


def list_verdicts(plan: Plan, commitment: Commitment) -> tuple[str, ...]:
    """List the verdicts a commitment can have by its figures: met and short; before it is due early, and on a path more."""
    ways = find_years_on_the_way(plan, commitment)
    value, stages = commitment.value, commitment.stages
    if not ways:
        return "met", "short"
    started = commitment.baseline is not None or any(stage.year < ways[-1] for stage in stages)
    if value is None or value.steps or not started:
        return "met", "short", "early"
    between = any(_leaves_room(plan, commitment, year) for year in ways)
    return "met", "short", "early", *(("on_track",) if between else ()), "behind"


def _leaves_room(plan: Plan, commitment: Commitment, year: int) -> bool:
    """Whether a value can lie between what is expected in a year and the target."""
    if commitment.direction and not commitment.stages:
        return False  # it starts from what it is compared with
    bounds = find_bounds(commitment, year)
    if find_bounds_before(commitment, year):
        return True
    whole = is_whole(plan, commitment)
    targets = [bound.target.form.number for bound in bounds]
    due = next((stage.year for stage in commitment.stages if stage.year >= year), plan.last)
    due = commitment.due.year or due if commitment.due and not commitment.stages else due
    for bound, target in zip(bounds, targets, strict=True):
        start = commitment.baseline.number if commitment.baseline else None
        if start is None and whole and COMPARATORS[bound.operator].upward:
            start = Fraction(0)  # the farthest that a start can be
        if start is None or target is None:
            return True
        if meets(start, loosened(bound.operator), target):
            continue
        ahead = start + (target - start) * Fraction(year - plan.baseline, due - plan.baseline)
        low, high = min(ahead, target), max(ahead, target)
        reached = not COMPARATORS[bound.operator].strict  # then the target itself is early
        if not whole or not Interval(low, high, reached and low == target, reached and high == target).without_wholes:
            return True
    return False


def find_bounds(commitment: Commitment, year: int) -> tuple[Bound, ...]:
    """Return the bounds of the first stage not before a year, or else those of the commitment."""
    stages = commitment.stages
    return next((stage.bounds for stage in stages if stage.year >= year), commitment.bounds)


def find_bounds_before(commitment: Commitment, year: int) -> tuple[Bound, ...]:
    """Return the bounds of the last stage before a year."""
    return next((stage.bounds for stage in reversed(commitment.stages) if stage.year < year), ())
