"""Which commitments cannot be judged on the way to their due year, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from dabiao.rules.bounds import find_stated, select_judged
from dabiao.rules.model import Commitment, Plan

Unpaced = Literal["no-baseline", "ladder", "condition"]


def find_unpaced(plan: Plan) -> Mapping[Unpaced, tuple[Commitment, ...]]:
    """Return the commitments without a path before they are due, by the reason, in the order of the plan.

    What is counted from the start of the plan, or looked up in a sheet of the baseline year, is only known with such a sheet:
    a baseline that the plan does not state counts as none.
    """
    found: dict[Unpaced, list[Commitment]] = {"no-baseline": [], "ladder": [], "condition": []}
    for c in select_judged(plan):
        if years_on_the_way(plan, c) and (reason := _find_reason(plan, c)):
            found[reason].append(c)
    return {reason: tuple(commitments) for reason, commitments in found.items() if commitments}


def _find_reason(plan: Plan, c: Commitment) -> Unpaced | None:
    if c.value is None:
        return "condition"
    if c.value.steps:
        return "ladder"
    return "no-baseline" if find_stated(plan, c.baseline) is None else None


def years_on_the_way(plan: Plan, c: Commitment) -> list[int]:
    """Return the years of the plan before the due year, and between stages."""
    if c.due is None or c.due.year is None:
        return []
    stages = {stage.year for stage in c.stages}
    return [y for y in range(max(plan.first, plan.baseline + 1), c.due.year) if y not in stages]
