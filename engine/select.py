"""Which commitments are looked at: by id, by chapter, or by nature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from dabiao.base.problems import Location, Problem, Refused, nearest
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.written import Nature

COMMITMENT = "COMMITMENT"  # what the argument of commands is called
NATURES: tuple[str, ...] = get_args(Nature)


def select(plan: Plan, names: str | Sequence[str] = (), place: str = "--select") -> list[Commitment]:
    """Return the commitments named, in the order of the plan; all if nothing is named.

    Raises `Refused` for a name that means nothing, and for a nature that no commitment of the plan has; `place` is what it
    is told of.
    """
    names = (names,) if isinstance(names, str) else names
    commitments = list(plan.commitments.values())
    wrong = [name for name in names if not any(is_named(c, name) for c in commitments)]
    if wrong:
        raise Refused(_selects_nothing(plan, name, place) for name in wrong)
    return [c for c in commitments if not names or any(is_named(c, name) for name in names)]


def is_named(commitment: Commitment, name: str) -> bool:
    """Whether a name selects a commitment."""
    chapter = commitment.chapter
    return name in (commitment.id, commitment.nature, chapter)


def selectable(plan: Plan) -> list[str]:
    """List the names that select something: ids, natures and chapters."""
    chapters = [c.chapter for c in plan.commitments.values() if c.chapter]
    natures = [nature for nature in NATURES if any(c.nature == nature for c in plan.commitments.values())]
    return list(dict.fromkeys([*plan.commitments, *natures, *chapters]))


def _selects_nothing(plan: Plan, name: str, place: str) -> Problem:
    if name in NATURES:
        return Problem("nature-unused", Location(place), {"found": name})
    known = selectable(plan)
    details = {"found": name, "nearest": nearest(name, known), "expected": tuple(known[:12])}
    return Problem("unknown-selection", Location(place), details)
