"""The head of a data set as it is written. The reader and the JSON Schema are both made from these classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dabiao.base.nodes import Node
from dabiao.base.problems import Location, Problems
from dabiao.facts.written import Registers
from dabiao.rules.shape import IDENTIFIER, NAME, Json, Written, describe, key, refuse_scalar


@dataclass(frozen=True, slots=True)
class Meanings:
    """What columns are: the heading that each would have in a table of a fact sheet."""

    headings: Mapping[str, str]
    keys: Mapping[str, Location]

    @classmethod
    def read(cls, node: Node, problems: Problems) -> Meanings | None:
        """Take a mapping of columns to headings."""
        if node.mapping is None:
            refuse_scalar(node, "column: heading", problems)
            return None
        for child in node.mapping.values():
            if child.scalar is None or not child.scalar.strip():
                problems.add("expected-string", child.location, found=describe(child))
        return cls({name: child.scalar or "" for name, child in node.mapping.items()}, node.keys)

    @classmethod
    def schema(cls) -> Json:
        """Return the JSON Schema: columns to headings."""
        return {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}


@dataclass(frozen=True, kw_only=True)
class Table(Written):
    """The rows of one kind of subject."""

    kind: str = key("kind of subject, as the plan names it", pattern=NAME)
    files: tuple[str, ...] = key("its files, or folders of files, beside this file")
    columns: Meanings | None = key(
        "what its columns are: subject, year, name, in, a measure with the unit in brackets; or measure, value, unit",
        None,
    )
    ignored: tuple[str, ...] = key("columns that are not read", ())


@dataclass(frozen=True, kw_only=True)
class DataSet(Written):
    """Facts of many subjects and years, in tables."""

    plan: str = key("the plan it answers to", pattern=IDENTIFIER)
    dataset: tuple[Table, ...] = key("its tables, one a kind of subject")
    subject: str | None = key("name of the district or city it is about, if no column says it", None)
    year: int | None = key("the year it is about, if no column says it", None)
    source: str | None = key("where the figures come from", None)
    synthetic: bool = key("true if the figures are made up, for an example or a test", False)
    percentages: Literal["percent", "fraction"] | None = key("what a bare number means for a percentage", None)
    registers: Registers | None = key("how many subjects of a kind there are, or `complete` if all are listed", None)

    @property
    def whose(self) -> dict[str, object]:
        """What the head says of all rows: subject and year."""
        return {name: value for name in ("subject", "year") if (value := getattr(self, name)) is not None}
