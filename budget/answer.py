"""From a plan, sheets and costs to a budget: forecast, programme, solution, and the engine's judgement of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.budget.actions import Spending
from dabiao.budget.affine import Affine, const, total
from dabiao.budget.decisions import Decisions
from dabiao.budget.demands import Aside, Demand, Demands
from dabiao.budget.explain import Explaining
from dabiao.budget.figures import Figures
from dabiao.budget.forecast import Forecast, Site, carried_out, check_sheets, opened_names, sites_of
from dabiao.budget.programme import Programme, Row
from dabiao.budget.requests import BudgetRequest
from dabiao.budget.results import Budget, Change, Following, Short, Status, Step
from dabiao.budget.solve import Clock, Disagreement, Solved, Solver, at_least_zero
from dabiao.engine.check import check
from dabiao.engine.requirement import phase_of
from dabiao.engine.results import Result, Verdict
from dabiao.engine.select import select
from dabiao.facts.costs.read import read_costs
from dabiao.facts.model import Facts
from dabiao.facts.read import read_facts
from dabiao.rules.amend import in_force
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.written import Nature

EXPLAINED = 60  # findings of each sort that a report can tell in full
MOST_SECONDS = 1_000_000
TIDYING = 5.0  # seconds at most for choosing among programmes that cost the same
KEPT: tuple[Verdict, ...] = ("met", "not_applicable", "not_due", "waived")
_NATURES: tuple[Nature, ...] = ("binding", "anticipatory", "unstated")


def budget(request: BudgetRequest) -> Budget:
    """Answer what is asked for.

    Raises `Refused` for inputs that cannot be used, `Disagreement` if the answer does not stand.
    """
    plan = request.load_plan(request.waivers)
    return work_out(plan, read_facts(request.sheets, plan), request)


def work_out(plan: Plan, facts: Facts, request: BudgetRequest) -> Budget:
    """Answer what is asked for, for a plan and facts at hand. Raises as `budget` does."""
    clock = Clock(request.seconds)
    select(plan, request.select)  # refuses a name that means nothing, before anything is worked out
    first = check_sheets(facts, plan, request.first)
    problems = Problems()
    costs = read_costs(request.costs, plan, first, problems)
    _check_limits(request, first, plan, problems)
    if costs is None or (problems.errors and not costs.actions):
        raise Refused(problems.found)
    forecast = Forecast(plan, facts, costs, first)
    sites = sites_of(forecast, problems)
    problems.refuse()
    return _Working(forecast, sites, request, clock, (*facts.notes, *problems.found)).budget()


def _check_limits(request: BudgetRequest, first: int, plan: Plan, problems: Problems) -> None:
    if not 0 < request.seconds < MOST_SECONDS:
        problems.add("costs.bad-time", Location("--time-limit"), found=request.seconds)
    if request.limits.total == 0:
        problems.add("costs.zero-limit", Location("--limit"))
    for year in request.limits.by_year:
        if not first <= year <= plan.last:
            problems.add("year-outside", Location("--limit-year"), found=year, first=first, last=plan.last)


class _Working:
    """One budget being worked out."""

    def __init__(
        self,
        forecast: Forecast,
        sites: tuple[Site, ...],
        request: BudgetRequest,
        clock: Clock,
        problems: tuple[Problem, ...],
    ) -> None:
        self.forecast, self.sites, self.request, self.clock, self.problems = forecast, sites, request, clock, problems
        self.unproven: tuple[Nature, Fraction, Fraction] | None = None
        self.picked = self._picked()
        self.before = self._judged(forecast.facts)
        self.programme = Programme()
        self.decisions = Decisions(self.programme, forecast, sites)
        self.figures = Figures(forecast, self.decisions)
        self.spending = Spending(forecast, self.decisions, self.figures)
        self.demands = Demands(self.figures, self.before, self.picked)
        primary = [variable for number in self.decisions.begun.values() for variable in number.factors]
        switches = [demand.switch for demand in self.demands.demands]
        self.solver = Solver(self.programme, sorted({*primary, *switches}), clock)

    def _picked(self) -> dict[int, list[Commitment]]:
        """Return the selected commitments that are owed in each year, by the text of the plan in force then."""
        found = {}
        for year in self.forecast.years:
            plan = in_force(self.forecast.plan, date(year, 12, 31))
            picked = select(plan, self.request.select)
            found[year] = [c for c in picked if not c.manual and phase_of(c, plan, year) == "judged"]
        return found

    def _judged(self, facts: Facts) -> dict[int, Result]:
        """Judge every year to come by the ordinary engine; what is not owed yet only where consequences may follow from it."""
        plan = self.forecast.plan
        found = {}
        for year in self.forecast.years:
            owed = tuple(c.id for c in self.picked[year])
            chosen = self.request.select if plan.consequences or not owed else owed
            found[year] = check(plan, facts, year=year, select=chosen, data_checks=False)
        return found

    def limit_rows(self) -> list[Row]:
        """Return the limits as rows."""
        limits = self.request.limits
        rows = [at_least_zero(const(most) - self.spending.by_year[year]) for year, most in limits.by_year.items()]
        if limits.total is not None:
            rows.append(at_least_zero(const(limits.total) - self.spending.total))
        return rows

    def budget(self) -> Budget:
        """Solve, apply, judge, explain."""
        rows = self.limit_rows()
        every = {demand.switch: 1 for demand in self.demands.demands}
        cost = self.spending.total
        solved = self.solver.minimise(cost, lower=every, rows=rows)
        all_kept = solved.found
        if not all_kept:
            solved, every = self._best(rows)
        if solved.found:
            solved = self._tidy(solved, every, rows)
        begun = self._begun(solved.values)
        after, facts = self._carried_out(begun)
        self._stands(solved.values, after, begun)
        return self._answer(solved, begun, after, facts, every, all_kept)

    def _best(self, rows: Sequence[Row]) -> tuple[Solved, dict[int, int]]:
        """Keep as much as can be: binding before anticipatory before the rest, each by weight; then in the cheapest way.

        Returns the solution and the switches of what it keeps.
        """
        weights = self.forecast.costs.weights
        fixed: list[Row] = list(rows)
        best: Solved | None = None
        proven = True
        for nature in _NATURES:
            wanted = [d for d in self.demands.demands if d.commitment.nature == nature]
            if not wanted:
                continue
            kept = total(self.programme.of(d.switch).times(Fraction(weights.get(d.commitment.id, 1))) for d in wanted)
            start = best.values if best else None
            found = self.solver.minimise(kept.times(Fraction(-1)), lower={}, rows=fixed, start=start)
            if found.status != "optimal" and proven:
                proven = False
                self.unproven = (nature, -found.value, -found.bound) if found.found else None
            if not found.found:
                break
            best = found
            fixed.append(at_least_zero(kept + const(found.value)))
        if best is None:
            return Solved("unknown", {}), {}
        every = {d.switch: 1 for d in self.demands.demands if best.values.get(d.switch)}
        cheapest = self.solver.minimise(self.spending.total, lower={}, rows=fixed, start=best.values)
        if not cheapest.found:
            return Solved("feasible", best.values, self.spending.total.at(best.values)), every
        every = {d.switch: 1 for d in self.demands.demands if cheapest.values.get(d.switch)}
        status = cheapest.status if proven else "feasible"
        return Solved(status, cheapest.values, cheapest.value, cheapest.bound), every

    def _tidy(self, solved: Solved, every: Mapping[int, int], rows: Sequence[Row]) -> Solved:
        """Of what costs the same, take the fewest units, and those as early as can be."""
        cost = self.spending.total
        cheap = at_least_zero(const(cost.at(solved.values)) - cost)
        units = total(
            number.times(Fraction(1 + year - self.forecast.first)) for (_, year), number in self.decisions.begun.items()
        )
        if solved.status != "optimal":
            return solved
        tidy = self.solver.minimise(units, lower=every, rows=[*rows, cheap], start=solved.values, most=TIDYING)
        if not tidy.found:
            return solved
        return Solved(solved.status, tidy.values, cost.at(tidy.values), solved.bound)

    def _begun(self, values: Mapping[int, int]) -> dict[tuple[int, int], int]:
        found = {place: int(number.at(values)) for place, number in self.decisions.begun.items()}
        return {place: units for place, units in found.items() if units}

    def _carried_out(self, begun: Mapping[tuple[int, int], int]) -> tuple[dict[int, Result], Facts]:
        if not begun:
            return self.before, self.forecast.facts
        facts = carried_out(self.forecast, self.sites, begun)
        return self._judged(facts), facts

    def _stands(
        self, values: Mapping[int, int], after: Mapping[int, Result], begun: Mapping[tuple[int, int], int]
    ) -> None:
        """Compare what the programme claims with what the engine says. Raises `Disagreement` with the first difference."""
        verdicts = {year: _verdicts(result) for year, result in after.items()}
        for demand in self.demands.demands:
            if values.get(demand.switch) and demand.opening is None:
                verdict = verdicts[demand.year].get((demand.commitment.id, demand.subject))
                if verdict is not None and verdict not in KEPT:
                    raise Disagreement(f"{demand.commitment.id} {demand.subject} {demand.year}: {verdict}")
        for aside in self.demands.aside:
            verdict = verdicts[aside.year].get((aside.commitment.id, aside.subject))
            if aside.state == "fixed" and verdict == "shortfall" != aside.before:
                raise Disagreement(f"{aside.commitment.id} {aside.subject} {aside.year}: {aside.before} → {verdict}")
        limits, spent = self.request.limits, self._spent(values)
        over = [y for y, most in limits.by_year.items() if spent.get(y, 0) > most]
        if over or (limits.total is not None and sum(spent.values()) > limits.total):
            raise Disagreement(f"limit {over}")
        self._new_ones_stand(values, verdicts, begun)

    def _new_ones_stand(
        self,
        values: Mapping[int, int],
        verdicts: Mapping[int, Mapping[tuple[str, str], Verdict]],
        begun: Mapping[tuple[int, int], int],
    ) -> None:
        names = opened_names(self.sites, begun)
        for demand in self.demands.demands:
            if demand.opening is None or not values.get(demand.switch):
                continue
            year = demand.person.opened - self.sites[demand.opening].action.lead
            for name in names.get((demand.opening, year), ()):
                verdict = verdicts[demand.year].get((demand.commitment.id, name))
                if verdict is not None and verdict not in KEPT:
                    raise Disagreement(f"{demand.commitment.id} {name} {demand.year}: {verdict}")

    def _spent(self, values: Mapping[int, int]) -> dict[int, Fraction]:
        return {year: cost.at(values) for year, cost in self.spending.by_year.items()}

    def _answer(
        self,
        solved: Solved,
        begun: Mapping[tuple[int, int], int],
        after: Mapping[int, Result],
        facts: Facts,
        every: Mapping[int, int],
        all_kept: bool,
    ) -> Budget:
        changes = self._changes(after)
        short = [c for c in changes if c.after == "shortfall"]
        explaining = Explaining(self.solver, self.spending, self.demands, self.request.limits, self.limit_rows())
        conflicts = () if all_kept else explaining.conflicts(every)
        reasons = tuple(self._short(change, explaining, every) for change in short)
        prices, unpriced = explaining.prices(every, solved) if solved.found else ((), 0)
        unsupported = {
            (a.commitment.id, a.year, a.subject): a.why for a in self.demands.aside if a.state == "unsupported"
        }
        places = {(c.commitment.id, c.year, c.subject): c for c in changes}
        status: Status = "optimal" if solved.status == "optimal" else "feasible" if solved.found else "unknown"
        if not begun and all_kept:
            status = "nothing_to_do"
        return Budget(
            plan=self.forecast.plan, costs=self.forecast.costs, root=self.forecast.root, base=self.forecast.base,
            years=self.forecast.years, limits=self.request.limits, status=status,
            steps=self._steps(begun), spent=self._spent(solved.values), running=self._running(solved.values),
            paid=self._paid(solved.values),
            changes=changes, short=reasons,
            undetermined=tuple(c for c in changes if c.after == "undetermined"),
            unsupported=tuple((places.get(p, _unplaced(self.demands.aside, p)), why) for p, why in unsupported.items()),
            prices=prices, unpriced=unpriced, conflicts=conflicts, needed=explaining.needed(all_kept, solved),
            following=self._following(after), bound=solved.bound if solved.found else None,
            unproven=self.unproven, seconds=self.clock.seconds - self.clock.left,
            synthetic=any(sheet.synthetic for sheet in facts.sheets), problems=self.problems,
        )  # fmt: skip

    def _short(self, change: Change, explaining: Explaining, every: Mapping[int, int]) -> Short:
        demands = [
            d for d in self.demands.demands
            if d.commitment.id == change.commitment.id and d.year == change.year and self._about(d, change.subject)
        ]  # fmt: skip
        if not demands:
            return Short(change, "no_action")
        why, more = explaining.why(demands, every)
        return Short(change, why, more)

    def _about(self, demand: Demand, subject: str) -> bool:
        if demand.opening is None:
            return demand.subject == subject
        return subject.startswith(demand.subject) and subject.removeprefix(demand.subject).isdigit()

    def _changes(self, after: Mapping[int, Result]) -> tuple[Change, ...]:
        """Return every judged finding of the years to come, before and after; the first of each sort are explained."""
        owed = {(d.commitment.id, d.year) for d in self.demands.demands} | {
            (a.commitment.id, a.year) for a in self.demands.aside
        }
        found = []
        told: dict[str, int] = {}
        asked = {(d.commitment.id, d.year, d.subject) for d in self.demands.demands}
        for year, result in after.items():
            before = _verdicts(self.before[year])
            commitments: Mapping[str, Commitment] = result.plan.commitments
            rows = result.table.select("commitment", "subject", "verdict").iter_rows()
            for position, (name, subject, verdict) in enumerate(rows):
                if (name, year) in owed:
                    was = before.get((name, subject))
                    sort = verdict if verdict in ("shortfall", "undetermined") else "changed" if was != verdict else ""
                    if sort == "shortfall" and (name, year, subject) in asked:
                        sort = "asked"  # told first
                    told[sort] = told.get(sort, 0) + 1
                    finding = result.explain(position) if sort and told[sort] <= EXPLAINED else None
                    found.append(Change(commitments[name], year, subject, was, verdict, finding))
        return tuple(found)

    def _steps(self, begun: Mapping[tuple[int, int], int]) -> tuple[Step, ...]:
        names = opened_names(self.sites, begun)
        steps = []
        for (number, year), units in sorted(begun.items(), key=lambda item: (item[0][1], item[0][0])):
            action = self.sites[number].action
            opened = tuple(names.get((number, year), ()))
            subject = (action.opens.parent or self.forecast.root) if action.opens else self.sites[number].subject
            steps.append(Step(action, subject, year, year + action.lead, units, opened))
        return tuple(steps)

    def _paid(self, values: Mapping[int, int]) -> dict[tuple[str, int], Fraction]:
        paid = {place: cost.at(values) for place, cost in self.spending.by_action.items()}
        return {place: amount for place, amount in paid.items() if amount}

    def _running(self, values: Mapping[int, int]) -> dict[int, Fraction]:
        def cost(year: int) -> Affine:
            return total(self.decisions.in_effect(s, year).times(s.action.running) for s in self.sites)

        return {year: cost(year).at(values) for year in self.forecast.years}

    def _following(self, after: Mapping[int, Result]) -> tuple[Following, ...]:
        found = []
        for year, result in after.items():
            for rule in self.forecast.plan.consequences:
                each = [[f.amount for f in r.followed if f.rule == rule] for r in (self.before[year], result)]
                if any(each):
                    change = self._lost(rule, each[1], each[0])
                    found.append(Following(rule, year, len(each[0]), len(each[1]), change))
        return tuple(found)

    def _lost(self, rule: str, now: list[Fraction | None], before: list[Fraction | None]) -> Fraction | None:
        """Return what is lost more: as the costs file says for each, or else as the plan says for each subject."""
        if (loss := self.forecast.costs.losses.get(rule)) is not None:
            return loss * (len(now) - len(before))
        if self.forecast.plan.consequences[rule].amount is None or None in now or None in before:
            return None
        return sum(filter(None, now), Fraction(0)) - sum(filter(None, before), Fraction(0))


def _verdicts(result: Result) -> dict[tuple[str, str], Verdict]:
    rows = result.table.select("commitment", "subject", "verdict").iter_rows()
    return {(name, subject): verdict for name, subject, verdict in rows}


def _unplaced(asides: Sequence[Aside], place: tuple[str, int, str]) -> Change:
    """Return a change for something that no finding tells of: a new subject that is not opened."""
    aside = next(a for a in asides if (a.commitment.id, a.year, a.subject) == place)
    return Change(aside.commitment, aside.year, aside.subject, aside.before, None)
