"""What each commitment costs: what is saved without it, found by solving again. Linked commitments have one price together.

Two commitments that need the same beds save nothing if one of them is left out, and cost as much as the beds. Whatever
costs something by itself but saves nothing is therefore priced with the fewest others that have to go as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import partial

from dabiao.base.units import ONE_TO
from dabiao.budget.actions import Spending
from dabiao.budget.affine import ZERO
from dabiao.budget.blocks import Block
from dabiao.budget.demands import Demand, Demands, OtherFinding, make_harder
from dabiao.budget.figures import UnsupportedError
from dabiao.budget.forecast import Subject
from dabiao.budget.programme import NonlinearError
from dabiao.budget.results import Price, PricedCommitment
from dabiao.budget.smallest import find_smallest
from dabiao.budget.solve import OutOfTimeError, Solver
from dabiao.engine.results import Verdict
from dabiao.rules.model import Bound, Commitment

QUESTION = 3.0  # seconds at most for one question of those that a price is made of


class Pricer:
    """Prices the commitments that are kept. `every` are the switches of their demands."""

    def __init__(self, solver: Solver, spending: Spending, demands: Demands, every: Mapping[int, int]) -> None:
        self.solver = solver
        self.spending = spending
        self.demands = demands
        self.every = every
        self.groups: dict[str, list[Demand]] = {}
        for demand in demands.demands:
            if demand.switch in every:
                self.groups.setdefault(demand.commitment.id, []).append(demand)
        self._met: dict[str, list[OtherFinding]] = {}
        for other in demands.others:
            if other.before == "met":
                self._met.setdefault(other.commitment.id, []).append(other)
        blocks = solver.blocks
        self._sought = solver.split(spending.total)
        self._raised: dict[Block, dict[str, Mapping[int, int]]] = {block: {} for block in blocks.find()}
        self._touched: dict[str, list[Block]] = {}
        for name, group in self.groups.items():
            raised = blocks.split({demand.switch: 1 for demand in group})
            self._touched[name] = list(raised)
            for block, lower in raised.items():
                self._raised[block][name] = lower
        self._costs: dict[tuple[Block, frozenset[str]], Fraction] = {}

    def find_prices(self) -> tuple[tuple[Price, ...], int]:
        """Return the prices of the commitments that are kept, highest first, and how many could not be priced in time.

        Prices are differences of least costs: they hold also where it is not proven that no more could be kept, or for less.
        """
        found: list[Price] = []
        for near in self._list_near():
            for group in self._list_linked(near):
                with suppress(OutOfTimeError):
                    members = tuple(self._price_commitment(name) for name in near if name in group)
                    found.append(Price(self._find_saving(group), members))
        left = len(self.groups) - sum(len(price.members) for price in found)
        return tuple(sorted(found, key=lambda price: -price.without)), left

    def _list_linked(self, near: Sequence[str]) -> list[frozenset[str]]:
        """Return the groups of commitments that have one price, as far as half of the time that is left allows."""
        linked: list[frozenset[str]] = []
        with self.solver.hurry(1 / 2):
            for name in near:
                with suppress(OutOfTimeError):
                    linked.append(self._find_linked(name))
        return _merge(linked)

    def _list_near(self) -> list[list[str]]:
        """Return the commitments in groups that have no block in common, those of few decisions first."""
        groups = _merge([frozenset(names) for names in self._raised.values() if names])
        sizes = {
            g: sum(len(b.variables) for b, names in self._raised.items() if not g.isdisjoint(names)) for g in groups
        }
        return [[name for name in self.groups if name in group] for group in sorted(groups, key=sizes.__getitem__)]

    def _find_cost(self, block: Block, kept: Collection[str]) -> Fraction:
        """Return the least cost of keeping some commitments in one block. Raises `OutOfTimeError`."""
        names = frozenset(kept)
        if (block, names) not in self._costs:
            lower = {switch: 1 for name in names for switch in self._raised[block][name]}
            solved = self.solver.minimise_within(block, self._sought.get(block, ZERO), lower, QUESTION)
            if solved.status != "optimal":
                raise OutOfTimeError
            self._costs[block, names] = solved.value
        return self._costs[block, names]

    def _find_cost_alone(self, name: str) -> Fraction:
        """Return what a commitment would cost if it were the only one."""
        nothing = sum((self._find_cost(block, ()) for block in self._raised), Fraction(self.spending.total.constant))
        return nothing + sum(self._find_cost(b, [name]) - self._find_cost(b, ()) for b in self._touched[name])

    def _find_saving(self, left_out: Collection[str]) -> Fraction:
        """Return what is saved if some commitments are left out of those that are kept."""
        saved = Fraction(0)
        for block in dict.fromkeys(block for name in left_out for block in self._touched[name]):
            kept = self._raised[block].keys()
            saved += self._find_cost(block, kept) - self._find_cost(block, kept - set(left_out))
        return saved

    def _find_linked(self, name: str) -> frozenset[str]:
        """Return the fewest commitments, this one among them, that have to be left out to save what it needs in some block."""

        def enough(block: Block, others: Collection[str]) -> bool:
            kept = self._raised[block].keys() - set(others)
            return self._find_cost(block, kept) > self._find_cost(block, kept - {name})

        blocks = sorted(self._touched[name], key=lambda block: len(self._raised[block]))
        if any(enough(block, ()) for block in blocks):
            return frozenset([name])
        for block in blocks:
            others = [other for other in self.groups if other in self._raised[block] and other != name]
            if enough(block, others):
                return frozenset([name, *find_smallest(others, partial(enough, block))])
        return frozenset([name])

    def _price_commitment(self, name: str) -> PricedCommitment:
        """Return what a commitment costs by itself, and what a harder target costs more."""
        demands, alone = self.groups[name], self._find_cost_alone(name)
        first = demands[0].commitment
        step = find_price_step(demands[-1])
        if step is None or any(len(d.bounds) != 1 for d in demands):
            return PricedCommitment(first, alone)
        if self.solver.deadline.left <= 0:
            raise OutOfTimeError
        try:
            harder = self._find_harder(demands, step)
        except (UnsupportedError, NonlinearError):
            return PricedCommitment(first, alone)
        reachable, more = self._find_more(harder)
        return PricedCommitment(first, alone, step, more, reachable)

    def _find_more(self, harder: Mapping[int, int]) -> tuple[bool, Fraction | None]:
        """Return whether switches can be kept besides all others, and what that costs more (None: not known in time)."""
        blocks = self.solver.blocks
        every, cost = blocks.split(self.every), self.solver.split(self.spending.total)
        more = Fraction(0)
        for block, lower in blocks.split(harder).items():
            kept = {**every.get(block, {}), **lower}
            found = self.solver.minimise_within(block, cost.get(block, ZERO), kept, QUESTION)
            if found.status != "optimal":
                return found.status != "infeasible", None
            there = set(block.variables)
            before = (each for each in self._raised if each.variables[0] in there)
            more += found.value - sum(self._find_cost(each, self._raised[each].keys()) for each in before)
        return True, more

    def _find_harder(self, demands: Sequence[Demand], step: Fraction) -> dict[int, int]:
        """Return the switches of a commitment with a harder target, for subjects that no action changes too."""
        wanted: list[tuple[Commitment, tuple[Bound, ...], Subject, int, Verdict | None]] = []
        made: dict[int, tuple[Bound, ...]] = {}  # by identity: one for all subjects
        subjects: dict[tuple[str, int], dict[str, Subject]] = {}

        def harden(bounds: tuple[Bound, ...]) -> tuple[Bound, ...]:
            if id(bounds) not in made:
                made[id(bounds)] = make_harder(bounds, step)
            return made[id(bounds)]

        for demand in demands:
            if demand.opening is None:
                bounds = harden(demand.bounds)
                wanted.append((demand.commitment, bounds, demand.subject, demand.year, demand.before))
        for other in self._met.get(demands[0].commitment.id, ()):
            place = other.commitment.kind, other.year
            if place not in subjects:
                subjects[place] = {s.name: s for s in self.demands.figures.forecast.subjects(*place)}
            if (subject := subjects[place].get(other.subject)) is not None:
                wanted.append((other.commitment, harden(other.bounds), subject, other.year, other.before))
        switches = [self.demands.make_kept(*one) for one in wanted]
        return {switch: 1 for switch in switches if switch is not None}


def find_price_step(demand: Demand) -> Fraction | None:
    """Return by how much to raise a target to price it, in base units: one thing, one point, or a tenth of its magnitude.

    None for a target that cannot be raised: a step of a ladder, a ratio of one to a number, an exact value.
    """
    commitment = demand.commitment
    if commitment.value is None or commitment.value.steps or len(demand.bounds) != 1:
        return None
    unit = commitment.shown_unit
    (bound,) = demand.bounds
    if unit == ONE_TO or bound.operator == "==":
        return None
    if unit.counts_wholes:
        return Fraction(1)
    number = bound.target.form.number
    if unit.is_percentage or unit.is_points or not number:
        return unit.factor
    size = Fraction(1)
    target = abs(number / unit.factor)
    while size > target:
        size /= 10
    while size * 10 <= target:
        size *= 10
    return size / 10 * unit.factor


def _merge(groups: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Join groups that have a member in common, and drop what is in another group."""
    found: list[frozenset[str]] = []
    for group in groups:
        apart = [one for one in found if not one & group]
        found = [*apart, group.union(*(one for one in found if one & group))]
    return found
