"""Finds the commitments and consequences that need a reported measure, directly or by formulas, conditions and aggregates."""

from __future__ import annotations

from collections.abc import Sequence

from dabiao.rules.algebra import aggregates, leaves
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.select import select as choose

Place = tuple[str, str]  # kind and measure


def find_uses(plan: Plan, select: Sequence[str] = ()) -> dict[Place, tuple[Commitment, ...]]:
    """Return what uses each reported measure, in the order of the plan: commitments, then conditions of consequences.

    Unused measures are left out; with a selection, those that no selected commitment needs. Raises `Refused` for a name that
    selects nothing.
    """
    found: dict[Place, dict[str, Commitment]] = {}
    for commitment in (*choose(plan, select), *(() if select else plan.tests)):
        for leaf in leaves(*commitment.forms()):
            found.setdefault((leaf.kind, leaf.measure), {})[commitment.id] = commitment
    return {place: tuple(commitments.values()) for place, commitments in found.items()}


def find_kinds(plan: Plan, select: Sequence[str] = ()) -> set[str]:
    """Return the kinds of subject that a form lists: all, or with a selection those it is about or counts, and those above."""
    if not select:
        return set(plan.kinds)
    chosen = choose(plan, select)
    forms = [form for c in chosen for form in c.forms()]
    found = {c.kind for c in chosen} | {one.kind for one in (*leaves(*forms), *aggregates(*forms))}
    return found.union(*(plan.kinds[kind].path for kind in found))
