"""Chooses the commitments that a form asks about, and finds which reported measures they need, directly or by formulas,
conditions and aggregates.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dabiao.base.problems import Location, Problem, Refused, Term, refuse_unknown
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.select import select as choose
from dabiao.rules.walks import aggregates, leaves
from dabiao.rules.written import Tier

Place = tuple[str, str]  # kind and measure
ALL = "all"  # the word for all tiers
DEFAULT: Tier = "indicator"


def choose_commitments(
    plan: Plan, select: Sequence[str] = (), tiers: Collection[str] = (), offices: Sequence[str] = ()
) -> list[Commitment] | None:
    """Return the commitments that a form asks about, in the order of the plan; None for all that the plan can be asked.

    They are of one of the tiers (all are for `ALL` and for none), are selected, and one of the offices answers for them. Raises
    `Refused` for a name that means nothing, and where no commitment is left.
    """
    narrow = bool(tiers) and ALL not in tiers
    if not (narrow or select or offices):
        return None
    _check_offices(plan, offices)
    owners = plan.owners
    found = [
        c
        for c in choose(plan, select)
        if (not narrow or c.tier in tiers) and (not offices or (c.id in owners and owners[c.id].office in offices))
    ]
    if not found:
        said = tuple(Term(f"tier.{tier}") for tier in tiers) if narrow else ()
        place = "--tier" if narrow else "--owner"
        raise Refused([Problem("template.chooses-nothing", Location(place), {"found": (*said, *offices, *select)})])
    return found


def _check_offices(plan: Plan, offices: Sequence[str]) -> None:
    """Raise `Refused` for an office that answers for nothing, with the nearest that does."""
    known = list(dict.fromkeys(owner.office for owner in plan.owners.values()))
    if not known and offices:
        raise Refused([Problem("template.no-owners", Location("--owner"), {"found": name}) for name in offices])
    refuse_unknown("template.unknown-owner", Location("--owner"), offices, known, tuple(known))


def find_uses(plan: Plan, chosen: Sequence[Commitment] | None = None) -> dict[Place, tuple[Commitment, ...]]:
    """Return what uses each reported measure, in the order of the plan: commitments, then conditions of consequences.

    Unused measures are left out; with chosen commitments, those that none of them needs, too.
    """
    found: dict[Place, dict[str, Commitment]] = {}
    for commitment in (*plan.commitments.values(), *plan.tests) if chosen is None else chosen:
        for leaf in leaves(*commitment.forms()):
            found.setdefault((leaf.kind, leaf.measure), {})[commitment.id] = commitment
    return {place: tuple(commitments.values()) for place, commitments in found.items()}


def find_kinds(plan: Plan, chosen: Sequence[Commitment] | None = None) -> set[str]:
    """Return the kinds that a form lists: all, or those that chosen commitments are about or count, and those above."""
    if chosen is None:
        return set(plan.kinds)
    forms = [form for c in chosen for form in c.forms()]
    found = {c.kind for c in chosen if not c.manual} | {one.kind for one in (*leaves(*forms), *aggregates(*forms))}
    return found.union(*(plan.kinds[kind].path for kind in found))
