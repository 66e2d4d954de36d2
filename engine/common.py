"""What districts have in common: promises that several of them made, and that are short, behind or open in several."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from dabiao.engine.gravity import SUMMED_UP, WRONG, find_gravest
from dabiao.engine.results import Group, Result, Verdict
from dabiao.facts.vocabulary import fold_label
from dabiao.rules.model import Commitment, Plan

_OPEN: tuple[Verdict, ...] = (*WRONG, "undetermined")
_NAME = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Judged:
    """A district that was judged: its name, its place in the list of districts, and the result it is part of."""

    name: str
    place: int
    result: Result


@dataclass(frozen=True, slots=True)
class Member:
    """How one district stands with a promise: its place in the list of districts, and the gravest findings of it."""

    district: int
    group: Group


@dataclass(frozen=True, slots=True)
class Common:
    """A promise that several districts made: those where it is short, behind or open, and how many of them made it."""

    members: tuple[Member, ...]
    sharing: int

    def count(self, *verdicts: Verdict) -> int:
        """Return in how many districts it has one of some verdicts."""
        return sum(member.group.verdict in verdicts for member in self.members)


def find_common(districts: Sequence[Judged]) -> tuple[Common, ...]:
    """Return the promises that are short, behind or open in two districts or more: those first that are wrong in the most.

    Commitments of two plans are one promise if they have one title, in any language, or judge a measure of one id and unit.
    Restatements and efforts do not count.
    """
    promises = _Promises()
    made: dict[int, set[str]] = {}
    members: dict[int, dict[int, Member]] = {}
    for one in districts:
        groups = _find_open(one)
        for name in _list_made(one):
            number = promises.number(one.result.plan, name)
            made.setdefault(number, set()).add(one.name)
            if group := groups.get(name):
                known = members.setdefault(number, {}).get(one.place)
                if known is None or SUMMED_UP.index(group.verdict) < SUMMED_UP.index(known.group.verdict):
                    members[number][one.place] = Member(one.place, group)
    names = {one.place: one.name for one in districts}
    found = [
        Common(tuple(theirs.values()), len(made[number]))
        for number, theirs in members.items()
        if len({names[place] for place in theirs}) > 1
    ]
    return tuple(sorted(found, key=lambda one: (-one.count(*WRONG), -len(one.members))))


def _list_made(one: Judged) -> Iterator[str]:
    """Iterate over the commitments of a district that count and were judged."""
    result = one.result
    judged = set(result.table["commitment"].unique())
    yield from (name for name in result.names_in() if name in judged)


def _find_open(one: Judged) -> dict[str, Group]:
    """Return the gravest group of each commitment of a district that is short, behind or open."""
    found: dict[str, Group] = {}
    for group in find_gravest(one.result, _OPEN):
        if group.root == one.name:
            known = found.setdefault(group.commitment, group)
            if SUMMED_UP.index(group.verdict) < SUMMED_UP.index(known.verdict):
                found[group.commitment] = group
    return found


class _Promises:
    """Numbers promises. Commitments of several plans that have a label in common are one; two of one plan never are."""

    def __init__(self) -> None:
        self._labelled: dict[Hashable, list[int]] = {}
        self._number: dict[tuple[str, str], int] = {}
        self._members: list[dict[str, str]] = []

    def number(self, plan: Plan, name: str) -> int:
        """Return the number of the promise that a commitment is: that of the first one that is free for its plan."""
        if (known := self._number.get((plan.id, name))) is not None:
            return known
        labels = list(_labels(plan, plan.commitments[name]))
        numbers = (number for label in labels for number in self._labelled.get(label, ()))
        found = next((number for number in numbers if plan.id not in self._members[number]), None)
        if found is None:
            found = len(self._members)
            self._members.append({})
        self._members[found][plan.id] = name
        self._number[plan.id, name] = found
        for label in labels:
            self._labelled.setdefault(label, []).append(found)
        return found


def _labels(plan: Plan, commitment: Commitment) -> Iterator[Hashable]:
    """Iterate over what makes a commitment the same promise as another one."""
    for lang, title in enumerate(commitment.title):
        yield lang, fold_label(title)
    text = commitment.value.text.strip() if commitment.value else ""
    measure = plan.measures.get((commitment.kind, text)) if _NAME.fullmatch(text) else None
    if measure is not None:
        depth = len(plan.kinds[commitment.kind].path)
        yield depth, measure.id, measure.dimension
