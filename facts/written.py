"""A fact sheet as it is written in YAML or JSON. The reader and the JSON Schema are both made from these classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from dabiao.base.nodes import Node
from dabiao.base.problems import Location, Problems
from dabiao.facts.model import ABSENT, RegisterRemark
from dabiao.rules.shape import IDENTIFIER, NAME, Json, Written, key, read, refuse_number, refuse_scalar
from dabiao.rules.written import Cite

COMPLETE = "complete"


@dataclass(frozen=True, kw_only=True)
class Entry(Written):
    """A fact with more than its value."""

    value: str | None = key("the value with its unit", None)
    absent: Literal["late", "not_collected", "suppressed", "not_applicable"] | None = key("why there is no value", None)
    note: str | None = key("anything a reader should know", None)
    evidence: str | None = key("where the figure can be verified", None)
    confirmed: str | None = key("why a figure that a data check doubts is right", None)
    cite: Cite | None = key("where a published document states it", None)


@dataclass(frozen=True, slots=True)
class FactMap:
    """Facts by measure: a value with its unit, or an entry."""

    nodes: Mapping[str, Node]
    node: Node

    @property
    def keys(self) -> Mapping[str, Location]:
        """Where the name of each fact stands."""
        return self.node.keys

    @classmethod
    def read(cls, node: Node, problems: Problems) -> FactMap | None:
        """Take any mapping; the sheet reader knows the measures of its plan."""
        if node.mapping is None:
            refuse_scalar(node, "measure: value", problems)
            return None
        return cls(node.mapping, node)

    @classmethod
    def schema(cls) -> Json:
        """Return the JSON Schema: measure ids to values or entries."""
        cite = {
            "type": "object",
            "properties": {"section": {"type": "string"}, "phrase": {"type": "string"}, "note": {"type": "string"}},
            "required": ["section", "phrase"],
            "additionalProperties": False,
        }
        texts = {name: {"type": "string"} for name in ("note", "evidence", "confirmed")}
        value = {"type": ["string", "number", "boolean"]}
        entry = {
            "type": "object",
            "properties": {"value": value, "absent": {"enum": list(ABSENT)}, "cite": cite, **texts},
            "additionalProperties": False,
        }
        return {"type": "object", "additionalProperties": {"anyOf": [value, entry]}}


@dataclass(frozen=True, kw_only=True)
class RegisterEntry(Written):
    """The size of a register that is not the plan's, with the reason."""

    size: str = key("how many subjects of the kind there are, or `complete`")
    confirmed: str | None = key("why the size is not the one that the plan gives", None)


@dataclass(frozen=True, slots=True)
class Registers:
    """How many subjects of each kind there are this year; None means that all are listed."""

    sizes: Mapping[str, int | None]
    keys: Mapping[str, Location]
    confirmed: Mapping[str, str]

    @property
    def remarks(self) -> dict[str, RegisterRemark]:
        """Where each size stands, and why it is not the plan's."""
        return {kind: RegisterRemark(self.keys[kind], self.confirmed.get(kind, "")) for kind in self.sizes}

    @classmethod
    def read(cls, node: Node, problems: Problems) -> Registers | None:
        """Take a mapping of kinds to whole numbers or the word complete, each alone or in an entry with a reason."""
        if node.mapping is None:
            refuse_scalar(node, "kind: number", problems)
            return None
        sizes: dict[str, int | None] = {}
        confirmed: dict[str, str] = {}
        for kind, size in node.mapping.items():
            entry = None if size.mapping is None else read(RegisterEntry, size, problems)
            given = (size.mapping or {}).get("size", size)
            if entry and entry.confirmed:
                confirmed[kind] = entry.confirmed
            if given.scalar == COMPLETE:
                sizes[kind] = None
            elif given.integer is not None and given.integer >= 0:
                sizes[kind] = given.integer
            elif given.mapping is None:
                refuse_number("bad-register-size", given, problems)
        return cls(sizes, node.keys, confirmed)

    @classmethod
    def schema(cls) -> Json:
        """Return the JSON Schema: kinds to numbers or the word complete, or to entries with a reason."""
        sizes: list[Json] = [{"type": "integer", "minimum": 0}, {"const": COMPLETE}]
        entry = {
            "type": "object",
            "properties": {"size": {"anyOf": sizes}, "confirmed": {"type": "string"}},
            "required": ["size"],
            "additionalProperties": False,
        }
        return {"type": "object", "additionalProperties": {"anyOf": [*sizes, entry]}}


@dataclass(frozen=True, kw_only=True)
class SubjectFacts(Written):
    """The facts of one town, institution or other subject."""

    kind: str = key("kind of subject, as the plan names it", pattern=NAME)
    name: str = key("its name")
    in_: str | None = key("name of the subject that contains it, unless that is the root", None, name="in")
    nothing: str | None = key("why the subject has nothing to report, which it confirms", None)
    facts: FactMap | None = key("its facts", None)


@dataclass(frozen=True, kw_only=True)
class Sheet(Written):
    """The facts of one root subject for one year."""

    plan: str = key("the plan it answers to", pattern=IDENTIFIER)
    subject: str = key("name of the district or city it is about")
    year: int = key("the year it is about")
    source: str | None = key("where the figures come from", None)
    submitted: date | None = key("day the sheet was handed in (YYYY-MM-DD)", None)
    nothing: str | None = key("why there is nothing to report this year, which the subject confirms", None)
    synthetic: bool = key("true if the figures are made up, for an example or a test", False)
    percentages: Literal["percent", "fraction"] | None = key("what a bare number means for a percentage", None)
    registers: Registers | None = key("how many subjects of a kind there are, or `complete` if all are listed", None)
    facts: FactMap | None = key("facts of the root subject", None)
    subjects: tuple[SubjectFacts, ...] = key("facts of other subjects", ())
