"""A scenario as it is written in YAML. The reader and the JSON Schema are both made from these classes."""

from __future__ import annotations

from dataclasses import dataclass

from dabiao.facts.written import FactMap, SubjectFacts
from dabiao.rules import written as w
from dabiao.rules.shape import IDENTIFIER, NAME, Source, Text, Written, key


@dataclass(frozen=True, kw_only=True)
class FactChange(Written):
    """Figures that are set, added to or scaled, for one subject or for all that satisfy a condition."""

    root: str | None = key("the root subject, where the sheets speak of several", None, name="of")
    kind: str | None = key("kind of subject whose figures change (default: the root kind)", None, pattern=NAME)
    subject: str | None = key("name of one subject; all of the kind if neither it nor `where` is given", None)
    where: Source | None = key("condition that selects subjects", None)
    sets: FactMap | None = key("new values, with units", None, name="set")
    adds: FactMap | None = key("amounts to add (or, with a minus, to take away)", None, name="add")
    scales: FactMap | None = key("factors to multiply by: 1.1, or 110 %; whole things are rounded", None, name="scale")


@dataclass(frozen=True, kw_only=True)
class Opening(SubjectFacts):
    """A subject that is added, with its figures."""

    root: str | None = key("the root subject, where the sheets speak of several", None, name="of")


@dataclass(frozen=True, kw_only=True)
class Closing(Written):
    """A subject that is taken away."""

    root: str | None = key("the root subject, where the sheets speak of several", None, name="of")
    kind: str = key("kind of subject", pattern=NAME)
    name: str = key("its name")


@dataclass(frozen=True, kw_only=True)
class Scenario(Written):
    """Changes to the facts of one year and to the plan, made in this order: facts, open, close; plan, waivers."""

    scenario: str = key("short name of the scenario", pattern=IDENTIFIER)
    plan: str = key("the plan it belongs to", pattern=IDENTIFIER)
    title: Text | None = key("the scenario in a few words", None)
    facts: tuple[FactChange, ...] = key("figures that change", ())
    opens: tuple[Opening, ...] = key("subjects that are added", (), name="open")
    closes: tuple[Closing, ...] = key("subjects that are taken away", (), name="close")
    changes: tuple[w.Change, ...] = key("targets and due times of commitments, or their withdrawal", ())
    amendments: tuple[w.Amendment, ...] = key("amendments, in force from their date as in a plan", ())
    waivers: tuple[w.Waiver, ...] = key("further waivers", ())
