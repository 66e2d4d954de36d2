"""The findings of a check by owner, deadline, tier, nature, chapter, or subject of a kind: how many have each verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from dabiao.base.messages import all_words
from dabiao.base.problems import Location, Problem, Refused, name_some, nearest
from dabiao.engine.results import VERDICTS, Result, SubjectPath, Verdict
from dabiao.rules.model import Commitment, Owner, Plan
from dabiao.rules.written import Nature

_NAMED = 10
_WORST_FIRST: tuple[Verdict, ...] = ("shortfall", "behind", "undetermined", "not_due")
REACHED: tuple[Verdict, ...] = ("met", "early")
NATURES: tuple[Nature, ...] = ("binding", "anticipatory", "unstated")
_BY_COMMITMENT: Mapping[str, Callable[[Commitment, Plan], object]] = {
    "owner": lambda c, plan: plan.owners[c.id].office if c.id in plan.owners else None,
    "chapter": lambda c, plan: c.chapter,
    "tier": lambda c, plan: c.tier,
    "nature": lambda c, plan: c.nature,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """The findings that count of one owner, deadline, tier, nature, chapter or subject: `rows`, and how many have each verdict.

    `key` is what they have in common: a name, a year, a path of a subject; None for those that have none, such as subjects
    that no sheet lists.
    """

    key: str | int | SubjectPath | None
    rows: tuple[int, ...]
    counts: Mapping[Verdict, int]

    @property
    def reached(self) -> int:
        """How many are met, or met early."""
        return count_reached(self.counts)


def count_reached(counts: Mapping[Verdict, int]) -> int:
    """Return how many are met, or met early."""
    return sum(counts[verdict] for verdict in REACHED)


def list_owners(plan: Plan, commitments: Iterable[str]) -> dict[str, tuple[Owner, ...]]:
    """Return the offices that answer for some commitments, each with all who are named in it for one of these."""
    found: dict[str, dict[Owner, None]] = {}
    asked = {*commitments}
    for name, owner in plan.owners.items():
        if name in asked:
            found.setdefault(owner.office, {})[owner] = None
    return {office: tuple(owners) for office, owners in found.items()}


def rank_offices(result: Result) -> dict[str, int]:
    """Rank the offices that answer for something that counts, as `tally` orders them."""
    return {str(one.key): rank for rank, one in enumerate(tally(result, "owner")) if one.key is not None}


def list_views(plan: Plan) -> tuple[str, ...]:
    """List by what findings can be viewed: the words of commitments, and the kinds of subjects."""
    return ("owner", "due", *list(_BY_COMMITMENT)[1:], *plan.kinds)


def find_view(plan: Plan, name: str) -> str:
    """Return the view that a name means: one of `list_views`, its word in any language, or the title of a kind.

    Raises `Refused` for any other.
    """
    views = list_views(plan)
    titles = {word: view for view in views if view not in plan.kinds for word in all_words(f"words.by.{view}")}
    titles |= {title: kind.id for kind in plan.kinds.values() for title in kind.title if kind.id in views}
    if name in views:
        return name
    if name in titles:
        return titles[name]
    details = {"found": name, "expected": views, "nearest": nearest(name, [*views, *titles])}
    raise Refused([Problem("view.unknown", Location("--by"), details)])


def tally(result: Result, by: str, among: pl.Series | None = None) -> tuple[Tally, ...]:
    """Return the findings that count by one of `list_views`, in the order in which they first occur: deadlines by
    year, owners and subjects with those first that have the most findings short, then behind, undetermined and not due.

    A subject has its own findings and those of all that lies in it. `among` says which rows are looked at (None: all).
    """
    plan, counting = result.plan, result.rows_in()
    if by in plan.kinds:  # what is none of the kind, and lies in none, is left out
        of_it = [c.id for c in plan.commitments.values() if by in (*plan.kinds[c.kind].path, c.kind)]
        counting &= result.table["commitment"].is_in(of_it)
    rows = (counting if among is None else counting & among).arg_true().to_list()
    if by in _BY_COMMITMENT:
        key_of = {name: _BY_COMMITMENT[by](one, plan) for name, one in plan.commitments.items()}
        keys: Iterable[Any] = [key_of[name] for name in result.table["commitment"].gather(rows)]
    elif by == "due":
        keys = result.due_years(result.table["commitment"].gather(rows))
    else:
        keys = [_subject_of(path, by) for path in result.find_paths(rows)]
    found: dict[Any, tuple[list[int], dict[Verdict, int]]] = {}
    for row, key, verdict in zip(rows, keys, result.table["verdict"].gather(rows), strict=True):
        if key not in found:
            found[key] = [], dict.fromkeys(VERDICTS, 0)
        own, counts = found[key]
        own.append(row)
        counts[verdict] += 1
    tallies = [Tally(key, tuple(own), counts) for key, (own, counts) in found.items()]
    if by == "due":
        return tuple(sorted(tallies, key=lambda one: (one.key is None, one.key)))
    if by != "owner" and by not in plan.kinds:
        return tuple(tallies)
    return tuple(sorted(tallies, key=lambda one: [-one.counts[verdict] for verdict in _WORST_FIRST]))


def _subject_of(path: SubjectPath, kind: str) -> SubjectPath | None:
    """Return the path down to the subject of a kind, None if there is none on it, or it has no name."""
    for place, (one, name) in enumerate(path):
        if one == kind and name:
            return path[: place + 1]
    return None


def find_rows(result: Result, subject: str) -> pl.Series:
    """Return which rows are of a subject and of all that lies in it; its name may have others in front (某区/甲镇).

    Raises `Refused` for a name that no subject of the check has.
    """
    names = [[name for _, name in path] for path in result.find_paths(range(result.table.height))]
    asked = subject.split("/")
    found = pl.Series([_contains(path, asked) for path in names], dtype=pl.Boolean)
    if not found.any():
        known = list(dict.fromkeys(name for path in names for name in path if name))
        details = {"found": subject, "expected": name_some(known, _NAMED), "nearest": nearest(subject, known)}
        raise Refused([Problem("view.subject", Location("--subject"), details)])
    return found


def _contains(path: list[str], asked: list[str]) -> bool:
    return any(path[start : start + len(asked)] == asked for start in range(len(path)))
