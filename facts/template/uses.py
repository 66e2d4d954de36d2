"""Finds the commitments and consequences that need a reported measure, directly or by formulas, conditions and aggregates."""

from __future__ import annotations

from dabiao.rules.algebra import leaves
from dabiao.rules.model import Commitment, Plan

Place = tuple[str, str]  # kind and measure


def find_uses(plan: Plan) -> dict[Place, tuple[Commitment, ...]]:
    """Return what uses each reported measure, in the order of the plan: commitments, then conditions of consequences.

    Unused measures are left out.
    """
    found: dict[Place, dict[str, Commitment]] = {}
    for commitment in (*plan.commitments.values(), *plan.tests):
        for leaf in leaves(*commitment.forms()):
            found.setdefault((leaf.kind, leaf.measure), {})[commitment.id] = commitment
    return {place: tuple(commitments.values()) for place, commitments in found.items()}
