"""Which commitments are looked at: by id, title, chapter, tier, nature, strength or owner, in any language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import get_args

from dabiao.base.messages import LANGS, say
from dabiao.base.problems import Location, Problem, Refused, nearest
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.written import Nature, Strength, Tier

COMMITMENT = "COMMITMENT"  # what the argument of commands is called
_SORTS: Mapping[str, tuple[str, ...]] = {
    "tier": get_args(Tier),
    "nature": get_args(Nature),
    "strength": tuple(one for one in get_args(Strength) if one != "unstated"),  # that word is a nature
}


def select(plan: Plan, names: str | Sequence[str] = (), place: str = "--select") -> list[Commitment]:
    """Return the commitments named, in the order of the plan; all if nothing is named.

    A name is an id, a title or a chapter, a tier, nature or strength as the plan language or a report says it (`must` or
    必须), or the office of an owner. One that several have names all of them. Raises `Refused` for a name that means nothing,
    and for a tier, nature or strength that no commitment of the plan has; `place` is what it is told of.
    """
    names = (names,) if isinstance(names, str) else names
    commitments = list(plan.commitments.values())
    wanted = set(names)
    wrong = wanted.difference(*(names_of(c, plan) for c in commitments)) if wanted else ()
    if wrong:
        known = selectable(plan)
        raise Refused(_selects_nothing(known, name, place) for name in names if name in wrong)
    return [c for c in commitments if not names or wanted & names_of(c, plan)]


def find_commitment(plan: Plan, name: str, place: str) -> Commitment:
    """Return the one commitment of an id or a title.

    Raises `Refused` for a name that none has, and for a title that several have, naming them; `place` is what it is told of.
    """
    refuse_ambiguous(plan, name, place)
    if name in plan.commitments:
        return plan.commitments[name]
    if found := next((c for c in plan.commitments.values() if name in c.title), None):
        return found
    known = [*plan.commitments, *(text for c in plan.commitments.values() for text in c.title)]
    details: dict[str, object] = {"found": name, "nearest": nearest(name, known), "expected": tuple(known[:12])}
    raise Refused([Problem("unknown-commitment", Location(place), details)])


def refuse_ambiguous(plan: Plan, name: str, place: str) -> None:
    """Raise `Refused` for a title that several commitments have, naming them; `place` is what it is told of."""
    found = tuple(c.id for c in plan.commitments.values() if name in c.title)
    if len(found) > 1 and name not in plan.commitments:
        raise Refused([Problem("ambiguous-title", Location(place), {"found": name, "expected": found})])


def names_of(c: Commitment, plan: Plan) -> set[str]:
    """Return every name by which a commitment is selected."""
    owner = plan.owners.get(c.id)
    names = {c.id, *c.title, *_words("tier", c.tier), *_words("nature", c.nature), *_words("strength", c.strength)}
    return names | {name for name in (c.chapter, owner.office if owner else None) if name}


@cache
def _words(sort: str, value: str) -> frozenset[str]:
    """Return how the plan language and the reports say a tier, nature or strength."""
    if value not in _SORTS[sort]:
        return frozenset()
    return frozenset({value, *(say(f"{sort}.{value}", lang) for lang in LANGS)})


def is_word(name: str) -> bool:
    """Whether a name is a tier, nature or strength, whether or not the plan has such commitments."""
    return any(name in _words(sort, value) for sort, values in _SORTS.items() for value in values)


def selectable(plan: Plan) -> list[str]:
    """List the names that select something: ids, words, chapters, offices and titles."""
    commitments = plan.commitments.values()
    words = [word for sort, values in _SORTS.items() for value in values for word in sorted(_words(sort, value))]
    used = set[str]().union(*(names_of(c, plan) for c in commitments))
    chapters = [c.chapter for c in commitments if c.chapter]
    offices = [owner.office for owner in plan.owners.values()]
    titles = [text for c in commitments for text in c.title]
    return list(
        dict.fromkeys([*plan.commitments, *(word for word in words if word in used), *chapters, *offices, *titles])
    )


def _selects_nothing(known: Sequence[str], name: str, place: str) -> Problem:
    if is_word(name):
        return Problem("word-unused", Location(place), {"found": name})
    details = {"found": name, "nearest": nearest(name, known), "expected": tuple(known[:12])}
    return Problem("unknown-selection", Location(place), details)
