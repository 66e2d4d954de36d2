"""Reasons for shortfalls, and conflicts, found by solving again without some of the demands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf

from dabiao.budget.actions import Spending
from dabiao.budget.affine import ZERO
from dabiao.budget.demands import Demand, Demands
from dabiao.budget.figures import UnsupportedError
from dabiao.budget.programme import NonlinearError, Row
from dabiao.budget.results import Conflict, Limits, Member, Why
from dabiao.budget.smallest import find_smallest
from dabiao.budget.solve import OutOfTimeError, Solution, Solver
from dabiao.rules.shares import gather


@dataclass(frozen=True)
class Part:
    """The demands of one commitment in one year, or one limit."""

    demands: tuple[Demand, ...] = ()
    row: Row | None = None
    year: int | None = None


class Explainer:
    """Answers counterfactual questions by solving again."""

    def __init__(
        self, solver: Solver, spending: Spending, demands: Demands, limits: Limits, rows: Sequence[Row]
    ) -> None:
        self.solver = solver
        self.spending = spending
        self.demands = demands
        self.limits = limits
        self.rows = rows
        self._reasons: dict[frozenset[int], tuple[Why, Fraction | None]] = {}

    def is_possible(self, demands: Sequence[Demand], rows: Sequence[Row]) -> bool:
        """Return whether some demands can be kept together within some limits. Raises `OutOfTimeError`."""
        lower = {d.switch: 1 for d in demands}
        objective = self.spending.total if self.rows else ZERO  # of a cost other questions make use, too
        within = self.limits.total if rows and not self.limits.by_year else None
        solved = self.solver.minimise(objective, lower=lower, within=within)
        if rows and solved.found and not all(row.holds(solved.values) for row in rows):
            if solved.status == "optimal" and within is not None:  # the cheapest way is beyond the limit
                return False
            solved = self.solver.minimise(ZERO, lower=lower, rows=rows)
        if solved.status == "unknown":
            raise OutOfTimeError
        return solved.found

    def explain_shortfall(self, demands: Sequence[Demand], every: Mapping[int, int]) -> tuple[Why, Fraction | None]:
        """Return why demands are not kept, and what it would cost more to keep them besides those that are (`every`)."""
        switches = frozenset(demand.switch for demand in demands)
        if switches not in self._reasons:
            self._reasons[switches] = self._find_reason(demands, every)
        return self._reasons[switches]

    def _find_reason(self, demands: Sequence[Demand], every: Mapping[int, int]) -> tuple[Why, Fraction | None]:
        try:
            if not self.is_possible(demands, ()):
                return "out_of_reach", None
            if self.rows:
                together, more = self._find_more(demands, every)
                if not self.is_possible(demands, self.rows):
                    return "over_limit", more
                if together:
                    return "outranked", more
        except OutOfTimeError:
            return "time", None
        return "conflict", None

    def _find_more(self, demands: Sequence[Demand], every: Mapping[int, int]) -> tuple[bool, Fraction | None]:
        """Return whether demands can be kept besides all others, and what that costs more (None: not known in time)."""
        cost, kept = self.solver.split(self.spending.total), self.solver.blocks.split(every)
        more = Fraction(0)
        for block, lower in self.solver.blocks.split({d.switch: 1 for d in demands}).items():
            goal, before = cost.get(block, ZERO), kept.get(block, {})
            beside = self.solver.minimise_within(block, goal, {**before, **lower}, inf)
            without = self.solver.minimise_within(block, goal, before, inf)
            if not beside.status == without.status == "optimal":
                return beside.status != "infeasible", None
            more += beside.value - without.value
        return True, more

    def find_needed(self, all_kept: bool, solved: Solution) -> Fraction | None:
        """Return the least cost of keeping every demand without limits, None if that is impossible or not known."""
        if not self.limits:
            return solved.value if all_kept and solved.status == "optimal" else None
        found = self.solver.minimise(self.spending.total, lower={d.switch: 1 for d in self.demands.demands})
        return found.value if found.status == "optimal" else None

    # conflicts

    def list_parts(self) -> list[Part]:
        """Return the limits, then the demands by commitment and year."""
        parts = [Part(row=row, year=year) for row, year in zip(self.rows, [*self.limits.by_year, None], strict=False)]
        groups: dict[tuple[str, int], list[Demand]] = {}
        for demand in self.demands.demands:
            groups.setdefault((demand.commitment.id, demand.year), []).append(demand)
        return parts + [Part(tuple(found), year=found[0].year) for found in groups.values()]

    def find_conflicts(self, every: Mapping[int, int]) -> tuple[Conflict, ...]:
        """Return each commitment that cannot be kept at all, then a smallest set of others that cannot hold together."""
        found: list[Conflict] = []
        rest: list[Part] = []
        try:
            for part in self.list_parts():
                kept = all(d.switch in every for d in part.demands)  # what is kept can be kept
                if part.demands and not kept and not self._can_hold([part]):
                    found.append(Conflict((self._make_member(part, []),)))
                else:
                    rest.append(part)
            if not self._can_hold(rest):
                smallest = find_smallest(rest, lambda parts: not self._can_hold(parts))
                found.append(self._make_conflict(smallest))
        except OutOfTimeError:
            found.append(Conflict((), minimal=False))
        return tuple(found)

    def _can_hold(self, parts: Sequence[Part]) -> bool:
        return self.is_possible([d for p in parts for d in p.demands], [p.row for p in parts if p.row is not None])

    def _make_conflict(self, parts: list[Part]) -> Conflict:
        """Return a set of parts as a conflict, minimal if the parts cannot hold together and any one fewer can."""
        minimal = not self._can_hold(parts) and all(self._can_hold([p for p in parts if p is not one]) for one in parts)
        return Conflict(tuple(self._make_member(p, [q for q in parts if q is not p]) for p in parts), minimal)

    def _make_member(self, part: Part, others: Sequence[Part]) -> Member:
        """Return a part of a conflict with how far it would have to give way for the others."""
        lower = {d.switch: 1 for p in others for d in p.demands}
        rows = [p.row for p in others if p.row is not None]
        if not part.demands:
            cost = self.spending.total if part.year is None else self.spending.by_year[part.year]
            limit = self.limits.total if part.year is None else self.limits.by_year[part.year]
            found = self.solver.minimise(cost, lower=lower, rows=rows)
            extra = found.value - limit if found.status == "optimal" and limit is not None else None
            return Member(None, part.year, extra=extra)
        demand = part.demands[0]
        best = self._find_best_value(demand, lower, rows) if len(part.demands) == 1 else None
        return Member(demand.commitment, demand.year, best=best)

    def _find_best_value(self, demand: Demand, lower: Mapping[int, int], rows: Sequence[Row]) -> Fraction | None:
        """Return the best value a measure can reach if the others hold, None if it is not a single number."""
        value = demand.commitment.value
        if value is None or value.steps or len(demand.bounds) != 1 or demand.opening is not None:
            return None
        bound = demand.bounds[0]
        try:
            top = self.demands.figures.evaluate(gather(value.form.top), demand.subject, demand.year)
            bottom = self.demands.figures.evaluate(gather(value.form.bottom), demand.subject, demand.year)
        except (UnsupportedError, NonlinearError):
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
