"""What a budget comes to: frozen values. Amounts are in yuan, exact; years are those to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from dabiao.base.exits import EXIT_CLEAN, EXIT_FELL_SHORT, EXIT_UNDECIDED
from dabiao.base.problems import Problem
from dabiao.engine.results import Finding, Verdict
from dabiao.facts.costs.model import Action, Costs
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.written import Nature

Status = Literal["nothing_to_do", "optimal", "feasible", "unknown"]
Why = Literal["no_action", "out_of_reach", "over_limit", "outranked", "conflict", "time"]


@dataclass(frozen=True)
class Limits:
    """How much may be spent: in all (None: any amount), and by year."""

    total: Fraction | None = None
    by_year: Mapping[int, Fraction] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.total is not None or bool(self.by_year)


@dataclass(frozen=True)
class Step:
    """So many units of an action begin for one subject in one year, and take effect in another. `opened`: what it opens."""

    action: Action
    subject: str
    year: int
    effect: int
    units: int
    opened: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A finding that a commitment has in a year, without the programme and with it, as the engine judges it."""

    commitment: Commitment
    year: int
    subject: str
    before: Verdict | None
    after: Verdict | None
    finding: Finding | None = None


@dataclass(frozen=True)
class Short:
    """A finding that stays short, and why. `more` is what it would cost to keep this commitment too, in yuan."""

    change: Change
    why: Why
    more: Fraction | None = None


@dataclass(frozen=True)
class Price:
    """What a commitment costs: what would be saved without it, and what one more unit of its target would cost.

    `step` is how far the target is moved, in base units; `more` is None if that cannot be had (then `reachable` is False) or
    was not worked out.
    """

    commitment: Commitment
    without: Fraction | None
    step: Fraction | None = None
    more: Fraction | None = None
    reachable: bool = True


@dataclass(frozen=True)
class Member:
    """One part of what cannot hold together: a commitment in a year, or a limit (`year` None: the total).

    `best` is the best value its measure can reach beside the others, in base units; `extra` the money a limit is short of.
    """

    commitment: Commitment | None
    year: int | None
    best: Fraction | None = None
    extra: Fraction | None = None


@dataclass(frozen=True)
class Conflict:
    """The smallest set of commitments and limits that cannot hold together; without any one of them the others can.

    `minimal` is False if the time was up before that was certain.
    """

    members: tuple[Member, ...]
    minimal: bool = True


@dataclass(frozen=True)
class Following:
    """How often a consequence follows in a year without the programme and with it, and what its money changes by.

    `change` is in 元, below zero where less is lost; None where nobody says how much, or a figure of it is not known.
    """

    rule: str
    year: int
    before: int
    after: int
    change: Fraction | None


@dataclass(frozen=True)
class Budget:
    """The answer: what to do, what it costs, and what the engine says of it.

    `spent` is by year, running costs included; `paid` by action and year without them; `running` are they by year. `needed` is
    the least that keeping everything would cost without limits, None if it cannot be kept or that is not known.
    `unproven` is the first nature of which more might be kept: how much is (by weight), and how much cannot be exceeded.
    `problems` are warnings about the sheets and the costs.
    """

    plan: Plan
    costs: Costs
    root: str
    base: int
    years: tuple[int, ...]
    limits: Limits
    status: Status
    steps: tuple[Step, ...]
    spent: Mapping[int, Fraction]
    paid: Mapping[tuple[str, int], Fraction]
    running: Mapping[int, Fraction]
    changes: tuple[Change, ...]
    short: tuple[Short, ...]
    undetermined: tuple[Change, ...]
    unsupported: tuple[tuple[Change, tuple[str, ...]], ...]
    prices: tuple[Price, ...] = ()
    unpriced: int = 0
    conflicts: tuple[Conflict, ...] = ()
    needed: Fraction | None = None
    following: tuple[Following, ...] = ()
    bound: Fraction | None = None
    unproven: tuple[Nature, Fraction, Fraction] | None = None
    seconds: float = 0.0
    synthetic: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def total(self) -> Fraction:
        """What the programme costs in all years, running costs included."""
        return sum(self.spent.values(), Fraction(0))

    @property
    def gap(self) -> Fraction | None:
        """How far the cost may be above the least possible, as a share of it; None if it is known to be the least."""
        if self.status != "feasible" or self.bound is None or not self.total or self.unproven or self.short:
            return None
        return (self.total - self.bound) / self.total

    @property
    def exit_code(self) -> int:
        """0 if everything selected is kept, 1 if something stays short, 3 if something could not be judged or worked out."""
        if self.short:
            return EXIT_FELL_SHORT
        if self.undetermined or self.unsupported or not self.changes or self.status == "unknown":
            return EXIT_UNDECIDED
        return EXIT_CLEAN
