"""What a commitment requires in one year: whether it is due, which bounds apply, and where the path to them starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from dabiao.rules.algebra import Condition, Ratio, in_year
from dabiao.rules.model import Bound, Commitment, Due, Plan

Phase = Literal["before", "pace", "judged"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What applies to one commitment in one year.

    `phase` is "before" the plan, "pace" on the way to the due year, "judged" from then on. `bounds` are owed in `due_year`
    (None: once a condition holds). On the way, `start` is the value the path begins with (None: there is no path to be judged
    by: along a ladder, or without a value to start from). `elapsed` is
    the share of the time until the due year that has passed; None before the plan, and where there is no such time. It is
    due once one of `since` holds: the condition of its due time, in the year itself and in each year of the plan before.
    """

    commitment: Commitment
    phase: Phase
    bounds: tuple[Bound, ...]
    due_year: int | None
    start: Ratio | None = None
    elapsed: Fraction | None = None
    since: tuple[Condition, ...] = ()

    @property
    def share(self) -> Fraction:
        """The share of the time of the path that has passed; there is one on the way and where it is over."""
        assert self.elapsed is not None
        return self.elapsed


def phase_of(commitment: Commitment, plan: Plan, year: int) -> Phase:
    """Return whether a year is before the plan, on the way to the due year ("pace"), or one to be judged."""
    if year < plan.first:  # as the baseline year is
        return "before"
    due = commitment.due
    if due is None or due.year is None or year >= due.year:
        return "judged"
    if any(stage.year == year for stage in commitment.stages):
        return "judged"
    return "pace"


def requirement_of(commitment: Commitment, plan: Plan, year: int) -> Requirement:
    """Return what a commitment requires in a year."""
    phase = phase_of(commitment, plan, year)
    if phase == "pace":
        return _requirement_before_due(commitment, plan, year)
    due = commitment.due
    over = Fraction(1) if phase == "judged" and due is not None and due.year is not None else None
    stage = next((stage for stage in commitment.stages if stage.year == year), None)
    if stage is not None:
        return Requirement(commitment, phase, stage.bounds, year, elapsed=over)
    bounds = _bounds_of(commitment, plan, year)
    if due is None or due.kind == "after":
        return Requirement(commitment, phase, bounds, None, since=list_conditions(due, plan, year))
    due_year = max(year, plan.first) if due.year is None else due.year
    return Requirement(commitment, phase, bounds, due_year, elapsed=over)


def _bounds_of(commitment: Commitment, plan: Plan, year: int) -> tuple[Bound, ...]:
    """Return the bounds that apply in a year. In the year after the baseline year, last year's value is the baseline."""
    last = commitment.against == "last_year" and year - 1 == plan.baseline
    if not last or commitment.baseline is None:
        return commitment.bounds
    return tuple(replace(bound, target=replace(bound.target, form=commitment.baseline)) for bound in commitment.bounds)


def list_conditions(due: Due | None, plan: Plan, year: int) -> tuple[Condition, ...]:
    """Return the condition of a due time in a year and in each year of the plan before it."""
    if due is None or due.after is None:
        return ()
    return (due.after, *(in_year(due.after, before) for before in range(plan.first, year)))


def _requirement_before_due(commitment: Commitment, plan: Plan, year: int) -> Requirement:
    """Return the stretch of the path that a year lies on: from the baseline, or the stage before, to the bounds due next."""
    start, start_year = commitment.baseline, plan.baseline
    bounds, due_year = commitment.bounds, commitment.due.year if commitment.due else None
    if commitment.stages:
        ahead = next(stage for stage in commitment.stages if stage.year >= year)
        behind = [stage for stage in commitment.stages if stage.year < year]
        bounds, due_year = ahead.bounds, ahead.year
        if behind:
            start, start_year = behind[-1].bounds[0].target.form, behind[-1].year
    if commitment.steps:
        start = None
    assert due_year is not None
    share = Fraction(year - start_year, due_year - start_year)
    return Requirement(commitment, "pace", bounds, due_year, start, share)
