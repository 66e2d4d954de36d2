"""Why something stays short, what cannot hold together, and what each commitment costs: by solving again without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from dabiao.base.units import ONE_TO
from dabiao.budget.actions import Spending
from dabiao.budget.affine import ZERO
from dabiao.budget.demands import Demand, Demands, moved
from dabiao.budget.figures import Unsupported
from dabiao.budget.forecast import Person
from dabiao.budget.programme import Row, TooCurved
from dabiao.budget.results import Conflict, Limits, Member, Price, Why
from dabiao.budget.solve import Solved, Solver
from dabiao.rules.model import Bound, Commitment


@dataclass(frozen=True)
class Part:
    """A part of what is asked for: the demands of one commitment in one year, or one limit."""

    demands: tuple[Demand, ...] = ()
    row: Row | None = None
    year: int | None = None


class OutOfTime(Exception):  # noqa: N818 - a state, not a mistake
    """A question was not answered within the time limit."""


class Explaining:
    """Asks the solver what would be if."""

    def __init__(
        self, solver: Solver, spending: Spending, demands: Demands, limits: Limits, rows: Sequence[Row]
    ) -> None:
        self.solver = solver
        self.spending = spending
        self.demands = demands
        self.limits = limits
        self.rows = rows

    def possible(self, demands: Sequence[Demand], rows: Sequence[Row]) -> bool:
        """Whether some demands can be kept together within some limits. Raises `OutOfTime`."""
        solved = self.solver.minimise(ZERO, lower={d.switch: 1 for d in demands}, rows=rows)
        if solved.status == "unknown":
            raise OutOfTime
        return solved.found

    def why(self, demands: Sequence[Demand], every: Mapping[int, int]) -> tuple[Why, Fraction | None]:
        """Return why some demands stay short, and what keeping them beside what is kept would cost more."""
        cost = self.spending.total
        try:
            if not self.possible(demands, ()):
                return "out_of_reach", None
            more = None
            if self.rows:
                switches = {**every, **{d.switch: 1 for d in demands}}
                beside = self.solver.minimise(cost, lower=switches)
                without = self.solver.minimise(cost, lower=every)
                if beside.status == "optimal" and without.status == "optimal":
                    more = beside.value - without.value
                if not self.possible(demands, self.rows):
                    return "over_limit", more
                if beside.status != "infeasible":
                    return "outranked", more
        except OutOfTime:
            return "time", None
        return "conflict", None

    def needed(self, all_kept: bool, solved: Solved) -> Fraction | None:
        """Return the least that keeping everything would cost without limits, None if it cannot be kept or is not known."""
        if not self.limits:
            return solved.value if all_kept and solved.status == "optimal" else None
        found = self.solver.minimise(self.spending.total, lower={d.switch: 1 for d in self.demands.demands})
        return found.value if found.status == "optimal" else None

    # what cannot hold together

    def parts(self) -> list[Part]:
        """Return everything that is asked for, limits first."""
        parts = [Part(row=row, year=year) for row, year in zip(self.rows, [*self.limits.by_year, None], strict=False)]
        groups: dict[tuple[str, int], list[Demand]] = {}
        for demand in self.demands.demands:
            groups.setdefault((demand.commitment.id, demand.year), []).append(demand)
        return parts + [Part(tuple(found), year=found[0].year) for found in groups.values()]

    def conflicts(self, every: Mapping[int, int]) -> tuple[Conflict, ...]:
        """Return what cannot hold together: each commitment that cannot be kept at all, then the smallest set of the others."""
        found: list[Conflict] = []
        rest: list[Part] = []
        try:
            for part in self.parts():
                kept = all(d.switch in every for d in part.demands)  # what is kept can be kept
                if part.demands and not kept and not self._holds([part]):
                    found.append(Conflict((self._member(part, []),)))
                else:
                    rest.append(part)
            if not self._holds(rest):
                smallest = self._smallest([], rest, checked=True)
                found.append(self._verified(smallest))
        except OutOfTime:
            found.append(Conflict((), minimal=False))
        return tuple(found)

    def _holds(self, parts: Sequence[Part]) -> bool:
        return self.possible([d for p in parts for d in p.demands], [p.row for p in parts if p.row is not None])

    def _smallest(self, kept: list[Part], parts: list[Part], *, checked: bool) -> list[Part]:
        """Return a smallest part of `parts` that cannot hold beside `kept`: by halves, each asked for again."""
        if not checked and not self._holds(kept):
            return []
        if len(parts) == 1:
            return parts
        middle = len(parts) // 2
        one, other = parts[:middle], parts[middle:]
        needed = self._smallest([*kept, *one], other, checked=not one)
        also = self._smallest([*kept, *needed], one, checked=not needed)
        return [*also, *needed]

    def _verified(self, parts: list[Part]) -> Conflict:
        """Check by solving that the set cannot hold and that without any one of it the rest can."""
        minimal = not self._holds(parts) and all(self._holds([p for p in parts if p is not one]) for one in parts)
        return Conflict(tuple(self._member(p, [q for q in parts if q is not p]) for p in parts), minimal)

    def _member(self, part: Part, others: Sequence[Part]) -> Member:
        """Say of one part how far it would have to give way for the others."""
        lower = {d.switch: 1 for p in others for d in p.demands}
        rows = [p.row for p in others if p.row is not None]
        if not part.demands:
            cost = self.spending.total if part.year is None else self.spending.by_year[part.year]
            limit = self.limits.total if part.year is None else self.limits.by_year[part.year]
            found = self.solver.minimise(cost, lower=lower, rows=rows)
            extra = found.value - limit if found.status == "optimal" and limit is not None else None
            return Member(None, part.year, extra=extra)
        demand = part.demands[0]
        best = self._best(demand, lower, rows) if len(part.demands) == 1 else None
        return Member(demand.commitment, demand.year, best=best)

    def _best(self, demand: Demand, lower: Mapping[int, int], rows: Sequence[Row]) -> Fraction | None:
        """Return the best value a measure can reach beside the others, None where that is no plain number."""
        value = demand.commitment.value
        if value is None or value.steps or len(demand.bounds) != 1 or demand.opening is not None:
            return None
        bound = demand.bounds[0]
        try:
            top = self.demands.figures.polynomial(value.form.top.gathered, demand.person, demand.year)
            bottom = self.demands.figures.polynomial(value.form.bottom.gathered, demand.person, demand.year)
        except (Unsupported, TooCurved):
            return None
        fixed = bottom.low
        if (
            not top.known
            or top.low is None
            or fixed is None
            or not bottom.known
            or not fixed.fixed
            or fixed.constant <= 0
        ):
            return None
        sign = Fraction(-1 if bound.operator in (">=", ">") else 1)
        found = self.solver.minimise(top.low.times(sign), lower=lower, rows=rows)
        return top.low.at(found.values) / fixed.constant if found.status == "optimal" else None

    # prices

    def prices(self, every: Mapping[int, int], solved: Solved) -> tuple[tuple[Price, ...], int]:
        """Return what each commitment that is kept costs, dearest first, and how many there was no time for."""
        cost = self.spending.total
        groups: dict[str, list[Demand]] = {}
        for demand in self.demands.demands:
            if demand.switch in every:
                groups.setdefault(demand.commitment.id, []).append(demand)
        found: list[Price] = []
        if solved.status != "optimal":
            return (), len(groups)
        base = self.solver.minimise(cost, lower=every)
        for done, demands in enumerate(groups.values()):
            others = {d.switch: 1 for rest in groups.values() if rest is not demands for d in rest}
            without = self.solver.minimise(cost, lower=others, start=base.values)
            if without.status != "optimal" or base.status != "optimal":
                return _dearest(found), len(groups) - done
            found.append(self._price(demands, every, base, base.value - without.value))
        return _dearest(found), 0

    def _harder(self, demands: Sequence[Demand], step: Fraction) -> dict[int, int]:
        """Return the switches of what is kept of a commitment with a harder target, for those no action is for, too."""
        wanted: list[tuple[Commitment, tuple[Bound, ...], Person, int]] = []
        for demand in demands:
            if demand.opening is None:
                bounds = moved(demand.bounds, step)
                wanted.append((demand.commitment, bounds, demand.person, demand.year))
        name = demands[0].commitment.id
        for aside in (a for a in self.demands.aside if a.commitment.id == name and a.before == "met"):
            people = self.demands.figures.forecast.people(aside.commitment.kind, aside.year)
            for person in (p for p in people if p.name == aside.subject):
                wanted.append((aside.commitment, moved(aside.bounds, step), person, aside.year))
        switches = [self.demands.kept(*one) for one in wanted]
        return {switch: 1 for switch in switches if switch is not None}

    def _price(self, demands: Sequence[Demand], every: Mapping[int, int], base: Solved, without: Fraction) -> Price:
        first = demands[0].commitment
        step = step_of(demands[-1])
        if step is None or any(len(d.bounds) != 1 for d in demands):
            return Price(first, without)
        try:
            switches = {**every, **self._harder(demands, step)}
        except (Unsupported, TooCurved):
            return Price(first, without)
        found = self.solver.minimise(self.spending.total, lower=switches)
        if found.status == "infeasible":
            return Price(first, without, step, reachable=False)
        more = found.value - base.value if found.status == "optimal" else None
        return Price(first, without, step, more)


def step_of(demand: Demand) -> Fraction | None:
    """Return how far to move a target to see what more costs, in base units: one thing, one point, or a tenth of its size.

    None where a target cannot be moved: a step of a ladder, a ratio of one to so many, exactly so much.
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


def _dearest(prices: Sequence[Price]) -> tuple[Price, ...]:
    return tuple(sorted(prices, key=lambda price: -(price.without or Fraction(0))))
