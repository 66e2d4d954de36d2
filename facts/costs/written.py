"""A costs file as it is written in YAML. The reader and the JSON Schema are both made from these classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dabiao.base.nodes import Node
from dabiao.base.problems import Location, Problems
from dabiao.facts.written import FactMap
from dabiao.rules.shape import IDENTIFIER, NAME, Json, Source, Text, Written, describe, key, refuse_scalar

LAST = "last"


@dataclass(frozen=True, slots=True)
class Flows:
    """Measures counted anew every year, and what each comes to without any action; None is its last reported value."""

    values: Mapping[str, Node | None]
    keys: Mapping[str, Location]

    @classmethod
    def read(cls, node: Node, problems: Problems) -> Flows | None:
        """Take a list of measures, or a mapping of measures to a value a year or the word last."""
        if node.mapping is not None:
            values = {name: None if child.scalar == LAST else child for name, child in node.mapping.items()}
            return cls(values, node.keys)
        names: dict[str, Location] = {}
        for item in node.sequence if node.sequence is not None else [node]:
            if item.scalar is None:
                problems.add("expected-string", item.location, found=describe(item))
            elif item.scalar in names:
                problems.add("duplicate-id", item.location, found=item.scalar, first=names[item.scalar].line)
            else:
                names[item.scalar] = item.location
        return cls(dict.fromkeys(names), names)

    @classmethod
    def schema(cls) -> Json:
        """Return the JSON Schema: a list of measures, or measures to values."""
        value = {"type": ["string", "number"]}
        return {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"},
                          {"type": "object", "additionalProperties": value}]}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weights:
    """How much a commitment counts beside others of its nature: a whole number from 1 to 1000."""

    values: Mapping[str, int]
    keys: Mapping[str, Location]

    @classmethod
    def read(cls, node: Node, problems: Problems) -> Weights | None:
        """Take a mapping of commitments to whole numbers."""
        if node.mapping is None:
            refuse_scalar(node, "commitment: 1", problems)
            return None
        values: dict[str, int] = {}
        for name, child in node.mapping.items():
            if child.integer is None or not 1 <= child.integer <= 1000:
                problems.add("costs.bad-weight", child.location, found=describe(child))
            else:
                values[name] = child.integer
        return cls(values, node.keys)

    @classmethod
    def schema(cls) -> Json:
        """Return the JSON Schema: commitments to whole numbers."""
        return {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1, "maximum": 1000}}


@dataclass(frozen=True, kw_only=True)
class Opening(Written):
    """A subject that an action opens, with the figures it reports every year from then on."""

    kind: str = key("kind of subject, as the plan names it", pattern=NAME)
    name: str = key("its name; a number is put behind it")
    in_: str | None = key("name of the subject that contains it, unless that is the root", None, name="in")
    facts: FactMap | None = key("its figures", None)


@dataclass(frozen=True, kw_only=True)
class CostStep(Written):
    """A part of a cost curve: what each unit costs up to a number of units."""

    up_to: int | None = key("last unit that costs this much (left out in the last step)", None)
    unit_cost: Source = key("what each of these units costs, with its currency")


@dataclass(frozen=True, kw_only=True)
class Requirement(Written):
    """What has to be in effect before an action can begin."""

    action: str = key("the action that comes first", pattern=IDENTIFIER)
    at_least: int = key("how many units of it", 1)


@dataclass(frozen=True, kw_only=True)
class Action(Written):
    """Something that can be done: where, which figures it changes, its price, how often, and when."""

    id: str = key("stable name, lower case with hyphens", pattern=IDENTIFIER)
    title: Text = key("title")
    note: Text | None = key("anything a reader should know", None)
    of: str | None = key("kind of the one subject it acts on (default: the root)", None, pattern=NAME)
    subject: str | None = key("name of the one subject it acts on", None)
    each: str | None = key("kind of subject: it can be taken for each of them", None, pattern=NAME)
    where: Source | None = key("condition that selects them, by the latest figures", None)
    opens: Opening | None = key("a new subject, instead of acting on one", None)
    adds: FactMap | None = key("what one unit adds to which figures (negative: takes away)", None)
    sets: FactMap | None = key("which figures it sets to which value", None)
    unit_cost: Source | None = key("what one unit costs, with its currency", None)
    cost_steps: tuple[CostStep, ...] = key("cost curve: what the units cost one after another", ())
    lump_sum: Source | None = key("what is paid once, in the first year it is used", None)
    running_cost: Source | None = key("what one unit costs each year from the year it takes effect", None)
    at_most: int | None = key("how many units in all", None)
    at_most_a_year: int | None = key("how many units begun in one year", None)
    at_most_each: int | None = key("how many units for each subject", None)
    earliest: int | None = key("first year in which it can begin", None)
    lead_time: int = key("years from beginning (and paying) to effect", 0)
    excludes: tuple[str, ...] = key("actions that cannot be taken as well", (), pattern=IDENTIFIER)
    requires: tuple[Requirement, ...] = key("what has to be in effect in the year it begins", ())


@dataclass(frozen=True, kw_only=True)
class Price(Written):
    """What a consequence of the plan costs the district, each time it follows in a year."""

    consequence: str = key("id of the consequence", pattern=IDENTIFIER)
    loses: Source = key("the money lost, with its currency")


@dataclass(frozen=True, kw_only=True)
class Costs(Written):
    """Actions that help to keep the commitments of a plan, and their prices."""

    plan: str = key("the plan it is about", pattern=IDENTIFIER)
    title: Text | None = key("title", None)
    illustrative: bool = key("true if the actions and amounts are made up, for an example or a test", False)
    source: str | None = key("where the amounts come from", None)
    money: str = key("unit of money that amounts are shown in", "万元")
    flows: Flows | None = key("measures counted anew every year", None)
    weights: Weights | None = key("how much commitments count beside others of their nature (default 1)", None)
    consequences: tuple[Price, ...] = key("what consequences of the plan cost", ())
    actions: tuple[Action, ...] = key("what can be done")
