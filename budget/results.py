"""The results of a budget, as frozen values. Amounts are in yuan, exact."""

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
    """Limits of spending, in yuan: in all years together (None: no limit), and by year."""

    total: Fraction | None = None
    by_year: Mapping[int, Fraction] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.total is not None or bool(self.by_year)


@dataclass(frozen=True)
class Step:
    """Units of an action that begin for one subject in `year` and take effect in `effect`. `opened` names new subjects."""

    action: Action
    subject: str
    year: int
    effect: int
    units: int
    opened: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """A verdict of the engine on a commitment in a year, without the programme and with it. None: there is no finding.

    `within_reach` is set if some action of the costs file bears on it.
    """

    commitment: Commitment
    year: int
    subject: str
    before: Verdict | None
    after: Verdict | None
    finding: Finding | None = None
    within_reach: bool = True


@dataclass(frozen=True)
class Shortfall:
    """A shortfall that remains, and why. `more` is the extra cost of keeping this commitment too, in yuan."""

    change: Change
    why: Why
    more: Fraction | None = None


@dataclass(frozen=True)
class PricedCommitment:
    """What a commitment costs by itself (`alone`), and what a higher target costs more (`more`).

    `step` is by how much the target is raised, in base units. `more` is None if the higher target cannot be reached
    (`reachable` is then False) or was not computed.
    """

    commitment: Commitment
    alone: Fraction
    step: Fraction | None = None
    more: Fraction | None = None
    reachable: bool = True


@dataclass(frozen=True)
class Price:
    """The price of a commitment, or of several that are linked: the cost that is saved if all of them are left out.

    Commitments are linked if leaving out one saves nothing, because the others need what it needs. A price of zero is that
    of a commitment which costs nothing by itself either.
    """

    without: Fraction
    members: tuple[PricedCommitment, ...]


@dataclass(frozen=True)
class Member:
    """One member of a conflict: a commitment in a year, or a limit (`year` None: the total).

    `best` is the best value its measure can reach with the others, in base units; `extra` is the money a limit lacks.
    """

    commitment: Commitment | None
    year: int | None
    best: Fraction | None = None
    extra: Fraction | None = None


@dataclass(frozen=True)
class Conflict:
    """A smallest set of commitments and limits that cannot hold together; without any one of them the others can.

    `minimal` is False if the time limit came before that was certain.
    """

    members: tuple[Member, ...]
    minimal: bool = True


@dataclass(frozen=True)
class Point:
    """What the best programme within a limit costs, and how many of the findings that actions bear on it keeps, by nature."""

    limit: Fraction
    cost: Fraction
    kept: Mapping[Nature, int]


@dataclass(frozen=True)
class Following:
    """How often a consequence follows in a year without the programme and with it, and the change of its cost.

    `change` is in yuan, negative if less is lost; None if the amount is not stated or a figure in it is not known.
    """

    rule: str
    year: int
    before: int
    after: int
    change: Fraction | None


@dataclass(frozen=True)
class Budget:
    """What to do, what it costs, and the verdicts of the engine with it.

    `spent` is by year, running costs included; `paid` is by action and year without them; `running` is by year. `needed`
    is the least cost of keeping every commitment without limits, None if that is impossible or not known. `unproven` is
    the first nature of which more might be kept: the weight kept, and an upper bound on it. `curve` is what less money keeps,
    where it was asked for. `problems` are warnings about the sheets and the costs.
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
    short: tuple[Shortfall, ...]
    undetermined: tuple[Change, ...]
    unsupported: tuple[tuple[Change, tuple[str, ...]], ...]
    prices: tuple[Price, ...] = ()
    unpriced: int = 0
    conflicts: tuple[Conflict, ...] = ()
    needed: Fraction | None = None
    following: tuple[Following, ...] = ()
    bound: Fraction | None = None
    unproven: tuple[Nature, Fraction, Fraction] | None = None
    curve: tuple[Point, ...] = ()
    seconds: float = 0.0
    synthetic: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def total(self) -> Fraction:
        """What the programme costs in all years, running costs included."""
        return sum(self.spent.values(), Fraction(0))

    @property
    def beyond(self) -> int:
        """How many findings owed no action of the costs file bears on."""
        return sum(not change.within_reach for change in self.changes)

    @property
    def gap(self) -> Fraction | None:
        """How far the cost may be above the least possible, as a share of the cost; None if it is the least or not known.

        Where not everything can be kept, above the least for which as much is kept.
        """
        if self.status != "feasible" or not self.bound or not self.total or self.unproven:
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
