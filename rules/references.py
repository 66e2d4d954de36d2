"""Checks the references between items of a plan, and that every id is used once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from dabiao.base.problems import Location, Problems, nearest
from dabiao.rules import written as w
from dabiao.rules.comparators import KEYS
from dabiao.rules.model import Kind
from dabiao.rules.shape import Written

MAX_JOINED = 16  # as many facts as the rule engine joins in one rule


def check_links(plan: w.Plan, kinds: Mapping[str, Kind], problems: Problems) -> None:
    """Note every id that is used twice, and every reference to an unknown id."""
    for items in (plan.ladders, plan.commitments, plan.consequences, plan.checks, plan.amendments):
        _check_unique(items, problems)
    for ladder in plan.ladders:
        check_distinct(ladder.steps, problems)
    commitments = {c.id for c in plan.commitments}
    consequences = {c.id for c in plan.consequences}
    for commitment in plan.commitments:
        if commitment.same_as is not None and (
            commitment.same_as not in commitments or commitment.same_as == commitment.id
        ):
            others = commitments - {commitment.id}
            note_unknown(problems, "unknown-commitment", commitment.place("same_as"), commitment.same_as, others)
    for rule in plan.consequences:
        _check_consequence(rule, commitments, consequences, kinds, problems)
    for change in (change for amendment in plan.amendments for change in amendment.changes):
        check_change(change, commitments, problems)
    _check_withdrawn(plan.amendments, problems)
    for waiver in plan.waivers:
        check_waiver(waiver, commitments, plan.period.first, plan.period.last, problems)


def _check_consequence(
    rule: w.Consequence,
    commitments: Collection[str],
    consequences: Collection[str],
    kinds: Mapping[str, Kind],
    problems: Problems,
) -> None:
    if rule.for_ is not None and rule.for_ not in kinds:
        note_unknown(problems, "unknown-kind", rule.place("for"), rule.for_, kinds)
    if not rule.when or len(rule.when) > MAX_JOINED:
        problems.add("too-many-conditions", rule.place("when"), found=len(rule.when), limit=MAX_JOINED)
    for condition in rule.when:
        location = condition.place("commitment")
        if condition.commitment is not None and condition.commitment not in commitments:
            note_unknown(problems, "unknown-commitment", location, condition.commitment, commitments)
        location = condition.place("consequence")
        if condition.consequence is not None and condition.consequence not in consequences:
            note_unknown(problems, "unknown-consequence", location, condition.consequence, consequences)
        _check_sort(condition, problems)


def looks_at_measures(condition: w.Condition) -> bool:
    """Whether a condition of a consequence is one on measures."""
    return condition.measure is not None or condition.holds is not None


def _check_sort(condition: w.Condition, problems: Problems) -> None:
    """Note a condition without anything to look at, and keys that do not belong to what it looks at."""
    of_findings, of_measures = ("commitment", "nature", "verdict"), ("each", "where", *KEYS)
    if condition.consequence:
        refuse_needless(condition, (*of_findings, *of_measures, "measure", "holds"), "consequence", problems)
    elif looks_at_measures(condition):
        refuse_needless(condition, of_findings, "measure" if condition.measure else "holds", problems)
    elif condition.commitment or condition.nature:
        refuse_needless(condition, of_measures, "commitment" if condition.commitment else "nature", problems)
    else:
        problems.add("empty-condition", condition.location)


def check_change(change: w.Change, commitments: Iterable[str], problems: Problems) -> None:
    """Note what is wrong with a change of an amendment: an unknown commitment, or nothing that changes."""
    if change.commitment not in commitments:
        note_unknown(problems, "unknown-commitment", change.place("commitment"), change.commitment, commitments)
    new = ("at_least", "at_most", "more_than", "less_than", "exactly", "between", "staged", "due")
    if change.withdrawn:
        refuse_needless(change, new, "withdrawn", problems)
    elif not any(change.wrote(name) for name in new):
        problems.add("empty-change", change.location, found=change.commitment)


def _check_withdrawn(amendments: Iterable[w.Amendment], problems: Problems) -> None:
    """Note every change of a commitment that an amendment before it has withdrawn."""
    withdrawn: set[str] = set()
    for amendment in sorted(amendments, key=lambda one: one.effective):
        for change in amendment.changes:
            if change.commitment in withdrawn:
                problems.add("changes-withdrawn", change.place("commitment"), found=change.commitment)
            if change.withdrawn:
                withdrawn.add(change.commitment)


def check_waiver(waiver: w.Waiver, commitments: Iterable[str], first: int, last: int, problems: Problems) -> None:
    """Note what is wrong with a waiver: an unknown commitment, or a year that is not from `first` to `last`."""
    if waiver.commitment not in commitments:
        note_unknown(problems, "unknown-commitment", waiver.place("commitment"), waiver.commitment, commitments)
    if not first <= waiver.year <= last:
        problems.add("due-outside", waiver.place("year"), found=waiver.year, first=first, last=last)


def _check_unique(
    items: Iterable[w.Commitment | w.Consequence | w.DataCheck | w.Amendment | w.Ladder], problems: Problems
) -> None:
    seen: dict[str, Location] = {}
    for item in items:
        if item.id in seen:
            problems.add("duplicate-id", item.place("id"), found=item.id, first=seen[item.id].line)
        seen.setdefault(item.id, item.place("id"))


def refuse_needless(item: Written, names: Iterable[str], beside: str, problems: Problems) -> None:
    """Note the keys of an item that have no effect beside the key `beside`, so that none is ignored silently."""
    for name in names:
        if item.wrote(name):
            problems.add("no-effect", item.place(name), found=name, expected=beside)


def check_distinct(steps: Iterable[w.Step], problems: Problems) -> None:
    """Note every step of a ladder, or option of a category, whose id an earlier one has."""
    seen: set[str] = set()
    for step in steps:
        if step.id in seen:
            problems.add("duplicate-name", step.place("id"), found=step.id)
        seen.add(step.id)


def note_unknown(problems: Problems, code: str, location: Location, found: str, known: Iterable[str]) -> None:
    """Note an unknown name, with the nearest known one; not if an item of that name was dropped for its own errors."""
    if found in problems.dropped:
        return
    names = sorted(known)
    problems.add(code, location, found=found, nearest=nearest(found, names), expected=tuple(names[:12]))
