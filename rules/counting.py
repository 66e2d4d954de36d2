"""What counts: each promise once, however often the document states it, and no effort."""

from __future__ import annotations

from collections.abc import Iterable

from dabiao.rules.model import Commitment, Plan


def find_restated(commitments: Iterable[Commitment], plan: Plan) -> dict[str, str]:
    """Return the restatements among some commitments that are judged together: the id of each, and of the one that counts.

    Commitments linked by `same_as`, directly or through others, are one promise. Of those at hand the one that the others
    name counts, or if it is not among them the first in the plan; an effort counts for a promise only if all of it are.
    """
    order = {name: number for number, name in enumerate(plan.commitments)}
    groups: dict[str, list[Commitment]] = {}
    for c in commitments:
        if not c.manual:
            groups.setdefault(_find_origin(c, plan), []).append(c)
    found = {}
    for origin, stated in groups.items():
        first = min(stated, key=lambda c: (c.tier == "effort", c.id != origin, order[c.id]))
        found.update({c.id: first.id for c in stated if c is not first})
    return found


def _find_origin(c: Commitment, plan: Plan) -> str:
    """Return the commitment at the end of the links; of a circle of links the one that comes first in the plan."""
    seen = {c.id: None}
    while c.same_as:
        c = plan.commitments[c.same_as]
        if c.id in seen:
            circle = list(seen)[list(seen).index(c.id) :]
            return next(name for name in plan.commitments if name in circle)
        seen[c.id] = None
    return c.id


def select_counted(commitments: Iterable[Commitment], plan: Plan) -> list[Commitment]:
    """Return the commitments that count among some: no clause by hand, no effort, no restatement."""
    commitments = list(commitments)
    restated = find_restated(commitments, plan)
    return [c for c in commitments if not c.manual and c.tier != "effort" and c.id not in restated]
