"""What each commitment costs: what is saved without it, found by solving again. Linked commitments have one price together.

Two commitments that need the same beds save nothing if one of them is left out, and cost as much as the beds. Whatever
costs something by itself but saves nothing is therefore priced with the fewest others that have to go as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from dabiao.base.units import ONE_TO
from dabiao.budget.actions import Spending
from dabiao.budget.demands import Demand, Demands, make_harder
from dabiao.budget.figures import UnsupportedError
from dabiao.budget.forecast import Subject
from dabiao.budget.programme import NonlinearError
from dabiao.budget.results import Price, PricedCommitment
from dabiao.budget.smallest import find_smallest
from dabiao.budget.solve import OutOfTimeError, Solution, Solver
from dabiao.engine.results import Verdict
from dabiao.rules.model import Bound, Commitment


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
        self._costs: dict[frozenset[str], Fraction] = {}

    def find_prices(self, solved: Solution) -> tuple[tuple[Price, ...], int]:
        """Return the prices of the commitments that are kept, highest first, and how many could not be priced in time."""
        if solved.status != "optimal":
            return (), len(self.groups)
        linked: list[frozenset[str]] = []
        asked = 0
        try:
            for name in self.groups:
                linked.append(self._find_linked(name))
                asked += 1
        except OutOfTimeError:
            pass
        priced = [sorted(group, key=list(self.groups).index) for group in _merge(linked)]
        found: list[Price] = []
        left = len(self.groups) - asked
        for number, group in enumerate(priced):
            try:
                members = tuple(self._price_commitment(name) for name in group)
                found.append(Price(self._find_saving(group), members))
            except OutOfTimeError:
                left += sum(len(rest) for rest in priced[number:])
                break
        return tuple(sorted(found, key=lambda price: -price.without)), min(left, len(self.groups))

    def _find_cost(self, kept: Collection[str]) -> Fraction:
        """Return the least cost of keeping some commitments. Raises `OutOfTimeError`."""
        key = frozenset(kept)
        if key not in self._costs:
            lower = {demand.switch: 1 for name in key for demand in self.groups[name]}
            solved = self.solver.minimise(self.spending.total, lower=lower)
            if solved.status != "optimal":
                raise OutOfTimeError
            self._costs[key] = solved.value
        return self._costs[key]

    def _find_saving(self, left_out: Collection[str]) -> Fraction:
        """Return what is saved if some commitments are left out of those that are kept."""
        return self._find_cost(self.groups) - self._find_cost(self.groups.keys() - set(left_out))

    def _find_linked(self, name: str) -> frozenset[str]:
        """Return the fewest commitments, this one among them, that have to be left out to save what it needs."""
        if self._find_saving([name]) or not self._find_cost([name]):
            return frozenset([name])

        def enough(others: Sequence[str]) -> bool:
            return self._find_saving([*others, name]) > self._find_saving(others)

        rest = [other for other in self.groups if other != name]
        found = find_smallest(rest, enough)
        if not enough(found):
            found = rest
        return frozenset([name, *found])

    def _price_commitment(self, name: str) -> PricedCommitment:
        """Return what a commitment costs by itself, and what a harder target costs more."""
        demands, alone = self.groups[name], self._find_cost([name])
        first = demands[0].commitment
        step = find_price_step(demands[-1])
        if step is None or any(len(d.bounds) != 1 for d in demands):
            return PricedCommitment(first, alone)
        try:
            switches = {**self.every, **self._find_harder(demands, step)}
        except (UnsupportedError, NonlinearError):
            return PricedCommitment(first, alone)
        found = self.solver.minimise(self.spending.total, lower=switches)
        if found.status == "infeasible":
            return PricedCommitment(first, alone, step, reachable=False)
        more = found.value - self._find_cost(self.groups) if found.status == "optimal" else None
        return PricedCommitment(first, alone, step, more)

    def _find_harder(self, demands: Sequence[Demand], step: Fraction) -> dict[int, int]:
        """Return the switches of a commitment with a harder target, for subjects that no action changes too."""
        wanted: list[tuple[Commitment, tuple[Bound, ...], Subject, int, Verdict | None]] = []
        for demand in demands:
            if demand.opening is None:
                bounds = make_harder(demand.bounds, step)
                wanted.append((demand.commitment, bounds, demand.subject, demand.year, demand.before))
        name = demands[0].commitment.id
        for other in (f for f in self.demands.others if f.commitment.id == name and f.before == "met"):
            subjects = self.demands.figures.forecast.subjects(other.commitment.kind, other.year)
            for subject in (s for s in subjects if s.name == other.subject):
                wanted.append((other.commitment, make_harder(other.bounds, step), subject, other.year, other.before))
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
