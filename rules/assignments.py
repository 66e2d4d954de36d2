"""Assignments: a file of the user that says which office answers for which commitments, as it is written and read."""

from __future__ import annotations

from dataclasses import dataclass

from dabiao.base.files import File
from dabiao.base.nodes import parse_yaml, read_text
from dabiao.base.problems import Problems, Refused
from dabiao.rules.model import Assignment, Owner, Plan
from dabiao.rules.references import note_unknown
from dabiao.rules.shape import IDENTIFIER, Written, key
from dabiao.rules.sorts import read_document
from dabiao.rules.written import Tier

SCOPES = ("commitment", "chapter", "tier", "all")


@dataclass(frozen=True, kw_only=True)
class Assigned(Written):
    """An office, and the commitments it answers for: exactly one of commitment, chapter, tier and all is written."""

    commitment: str | None = key("one commitment", None)
    chapter: str | None = key("the commitments listed under a chapter", None)
    tier: Tier | None = key("the commitments of a tier", None)
    all_: bool | None = key("true for all commitments", None, name="all")
    office: str = key("the office that answers for them (牵头单位)")
    deputy: str | None = key("who stands in for it (分管领导, 协办单位)", None)
    contact: str | None = key("a telephone number, an address", None)


@dataclass(frozen=True, kw_only=True)
class Assignments(Written):
    """A file of assignments."""

    assignments: str = key("the plan they belong to", pattern=IDENTIFIER)
    illustrative: bool = key("true for a made-up file that shows how one is written", False)
    owners: tuple[Assigned, ...] = key("who answers for what; the most particular entry counts")


def load_assignments(file: File, plan: Plan) -> tuple[Assignment, ...]:
    """Read a file of assignments. Raises `Refused` with everything wrong with it."""
    problems = Problems()
    written = read_document("assignments", Assignments, parse_yaml(read_text(file), str(file), problems), problems)
    if written is None:
        raise Refused(problems.found)
    if written.assignments != plan.id:
        problems.add("other-plan", written.place("assignments"), found=written.assignments, expected=plan.id)
        problems.refuse()  # what it names is another plan's
    seen: dict[object, int] = {}
    for one in written.owners:
        _check(one, plan, seen, problems)
    if not written.owners:
        problems.add("assigns-nobody", written.place("owners"))
    problems.refuse()
    return tuple(
        Assignment(Owner(one.office, one.deputy or "", one.contact or ""), one.commitment, one.chapter, one.tier)
        for one in written.owners
    )


def _check(one: Assigned, plan: Plan, seen: dict[object, int], problems: Problems) -> None:
    """Note an entry that names nothing or too much, that names what the plan does not have, or what another entry names."""
    written = [name for name in SCOPES if one.wrote(name)]
    if len(written) != 1 or one.all_ is False:
        problems.add("assigns-one", one.location, found=tuple(written) or "—", expected=SCOPES)
        return
    (scope,) = written
    named = "true" if one.all_ else one.commitment or one.chapter or one.tier
    if named is None:  # what is written cannot be read, and that has been said
        return
    chapters = {c.chapter for c in plan.commitments.values() if c.chapter}
    if scope == "commitment" and named not in plan.commitments:
        note_unknown(problems, "unknown-commitment", one.place(scope), named, plan.commitments)
    elif scope == "chapter" and named not in chapters:
        note_unknown(problems, "unknown-chapter", one.place(scope), named, chapters)
    elif scope == "tier" and not any(c.tier == named for c in plan.commitments.values()):
        problems.add("tier-unused", one.place(scope), found=named)
    if (scope, named) in seen:
        problems.add("assigned-twice", one.place(scope), found=named, first=seen[scope, named])
    seen.setdefault((scope, named), one.location.line)
