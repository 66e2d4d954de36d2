"""What a selection of commitments needs of the facts: measures, and the data checks that look at one of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from dabiao.facts.template.uses import Place, find_uses
from dabiao.rules.algebra import Form
from dabiao.rules.checks import list_leaves
from dabiao.rules.model import Commitment, DataCheck, Plan
from dabiao.rules.select import select as selected
from dabiao.rules.walks import leaves


def find_needed(plan: Plan, select: Sequence[str]) -> frozenset[Place]:
    """Return the measures that selected commitments need, with those of consequences and of data checks that look at one.

    Raises `Refused` for a selection that names nothing.
    """
    own = _find_own(plan, select)
    checked = (leaf for check in plan.checks for leaf in list_leaves(plan, check) if _looks_at(plan, check, own))
    return frozenset(own) | {(leaf.kind, leaf.measure) for leaf in checked}


def leave_out_checks(plan: Plan, select: Sequence[str]) -> Plan:
    """Return a plan without the data checks that look at nothing which selected commitments need."""
    own = _find_own(plan, select)
    return replace(plan, checks=tuple(check for check in plan.checks if _looks_at(plan, check, own)))


def _find_own(plan: Plan, select: Sequence[str]) -> set[Place]:
    """Return what commitments need, and consequences, whichever of them the commitments have to do with."""
    chosen = selected(plan, select)
    forms = (*_list_limits(chosen), *(rule.amount.form for rule in plan.consequences.values() if rule.amount))
    return {*find_uses(plan, [*chosen, *plan.tests]), *((leaf.kind, leaf.measure) for leaf in leaves(*forms))}


def _list_limits(commitments: Sequence[Commitment]) -> Iterator[Form]:
    """Iterate over the conditions under which bounds have their natural limits."""
    for one in commitments:
        groups = (one.bounds, *(stage.bounds for stage in one.stages))
        yield from (bound.limit_where for bounds in groups for bound in bounds if bound.limit_where)
        yield from _list_limits([one.other] if one.other else ())


def _looks_at(plan: Plan, check: DataCheck, places: Collection[Place]) -> bool:
    """Whether a data check looks at one of some measures, or at none, but at which subjects are listed."""
    found = {(leaf.kind, leaf.measure) for leaf in list_leaves(plan, check)}
    return not found or not found.isdisjoint(places)
