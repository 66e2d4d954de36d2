"""A costs file with names resolved, units checked and money in yuan. All types are frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from dabiao.base.problems import Location
from dabiao.base.units import Unit
from dabiao.rules.algebra import Condition
from dabiao.rules.shape import Text


@dataclass(frozen=True, slots=True)
class Opening:
    """A subject that one unit of an action opens, with its figures in base units."""

    kind: str
    name: str
    parent: str | None
    values: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class CostStep:
    """The next `width` units (None: all that follow) cost `price` yuan each."""

    width: int | None
    price: Fraction


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """At least `at_least` units of another action must be in effect in the year in which an action begins."""

    action: str
    at_least: int


@dataclass(frozen=True)
class Action:
    """Something with a price that changes figures. `adds` and `sets` are by measure id, in base units; money is in yuan.

    It acts on `subject` of `kind`, on each subject of `kind` (`each`) that satisfies `where`, or `opens` a new one.
    """

    id: str
    title: Text
    location: Location
    kind: str
    subject: str | None = None
    each: bool = False
    where: Condition | None = None
    opens: Opening | None = None
    adds: Mapping[str, Fraction] = field(default_factory=dict)
    sets: Mapping[str, Fraction] = field(default_factory=dict)
    steps: tuple[CostStep, ...] = ()
    lump: Fraction = Fraction(0)
    running: Fraction = Fraction(0)
    most: int | None = None
    most_a_year: int | None = None
    most_each: int | None = None
    earliest: int = 0
    lead: int = 0
    excludes: tuple[str, ...] = ()
    requires: tuple[Prerequisite, ...] = ()


@dataclass(frozen=True)
class Costs:
    """The actions of a costs file, with weights of commitments and losses by consequence.

    `flows` are measures (kind, id) counted anew every year, with their yearly value without any action (None: as last
    reported). `losses` are in yuan.
    """

    file: str
    title: Text | None
    illustrative: bool
    source: str
    money: Unit
    actions: Mapping[str, Action]
    flows: Mapping[tuple[str, str], Fraction | None]
    weights: Mapping[str, int]
    losses: Mapping[str, Fraction]
