"""Amendments: the text of a plan in force on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from dabiao.base.problems import Problems
from dabiao.rules import written as w
from dabiao.rules.model import Plan

_TARGETS = ("at_least", "at_most", "more_than", "less_than", "exactly", "between", "staged")


def in_force(plan: Plan, day: date) -> Plan:
    """Return the plan with the amendments in force on `day`, in order of their dates, whichever `plan` has applied.

    Raises `Refused` if the amended text has errors; loading a plan checks every amended text.
    """
    amendments = [a for a in _sort_by_date(plan.amendments) if a.effective <= day]
    names = tuple(a.id for a in amendments)
    if names == plan.amended:
        return plan
    found = plan.text.amended.get(names)
    if found is None:
        from dabiao.rules.resolve import resolve_text  # most plans are in force as they were written

        text = replace(_amend(plan.original, amendments), amendments=())  # they may name what has been withdrawn
        found = plan.text.amended[names] = resolve_text(text, plan.text, names, Problems())
    return replace(found, assignments=plan.assignments)


def amend_text(plan: Plan) -> w.Plan:
    """Return the written text in force in a plan: the original with its amendments applied."""
    return _amend(plan.original, [a for a in _sort_by_date(plan.amendments) if a.id in plan.amended])


def _sort_by_date(amendments: Iterable[w.Amendment]) -> list[w.Amendment]:
    return sorted(amendments, key=lambda amendment: amendment.effective)


def _amend(plan: w.Plan, amendments: Iterable[w.Amendment]) -> w.Plan:
    """Apply amendments to a text in order."""
    commitments = {c.id: c for c in plan.commitments}
    for change in (change for amendment in amendments for change in amendment.changes):
        if change.withdrawn:
            commitments.pop(change.commitment, None)
        elif change.commitment in commitments:
            commitments[change.commitment] = _change(commitments[change.commitment], change)
    return _drop_dangling(replace(plan, commitments=tuple(commitments.values())))


def _change(commitment: w.Commitment, change: w.Change) -> w.Commitment:
    """Replace target and due time; a new target replaces one of any sort."""
    values = {name: getattr(change, name) for name in _TARGETS}
    if any(value is not None for value in values.values()):
        commitment = replace(commitment, **values, direction=None, against=None)
        if change.staged:
            commitment = replace(commitment, due=None)
    return replace(commitment, due=change.due) if change.due else commitment


def _drop_dangling(plan: w.Plan) -> w.Plan:
    """Drop what refers to withdrawn commitments; the unamended text was checked before."""
    known = {c.id for c in plan.commitments}
    kept = tuple(c if c.same_as in known else replace(c, same_as=None) for c in plan.commitments)
    rules = tuple(
        rule for rule in plan.consequences if all(x.commitment is None or x.commitment in known for x in rule.when)
    )
    while left := {rule.id for rule in plan.consequences} - {rule.id for rule in rules}:
        kept_rules = tuple(rule for rule in rules if all(x.consequence not in left for x in rule.when))
        if kept_rules == rules:
            break
        rules = kept_rules  # what follows from a dropped consequence is dropped with it
    waivers = tuple(waiver for waiver in plan.waivers if waiver.commitment in known)
    return replace(plan, commitments=kept, consequences=rules, waivers=waivers)
