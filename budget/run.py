"""The service `budget`: forecast, programme, solution, and the engine's verdict on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.budget.actions import Spending
from dabiao.budget.affine import Affine, add_up, make_constant
from dabiao.budget.decisions import Decisions
from dabiao.budget.demands import Demand, Demands, OtherFinding
from dabiao.budget.explain import Explainer
from dabiao.budget.figures import Figures
from dabiao.budget.forecast import Forecast, Site, carry_out, check_sheets, find_sites, name_opened
from dabiao.budget.prices import Pricer
from dabiao.budget.programme import Programme, Row
from dabiao.budget.requests import BudgetRequest
from dabiao.budget.results import Budget, Change, Following, Point, Shortfall, Status, Step
from dabiao.budget.solve import Deadline, DisagreementError, Solution, Solver, make_row
from dabiao.engine.check import check
from dabiao.engine.requirement import phase_of
from dabiao.engine.results import Result, Verdict
from dabiao.facts.costs.read import read_costs
from dabiao.facts.model import Facts
from dabiao.facts.read import read_facts
from dabiao.rules.amend import in_force
from dabiao.rules.counting import select_counted
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.select import select
from dabiao.rules.written import Nature

EXPLAINED = 60  # findings of each group that a report can explain
MOST_SECONDS = 1_000_000
POINTS = 12  # of the curve, besides the one of no money
TIDYING = 5.0  # seconds at most for choosing among programmes that cost the same
KEPT: tuple[Verdict, ...] = ("met", "early", "not_applicable", "not_due", "waived")
_NATURES: tuple[Nature, ...] = ("binding", "anticipatory", "unstated")


def budget(request: BudgetRequest) -> Budget:
    """Find the cheapest programme of actions that keeps the commitments.

    Raises `Refused` for inputs that cannot be used, `DisagreementError` if the engine contradicts the solution.
    """
    plan = request.load_plan()
    return plan_budget(plan, read_facts(request.sheets, plan), request)


def plan_budget(plan: Plan, facts: Facts, request: BudgetRequest) -> Budget:
    """Find the cheapest programme for a plan and facts that are loaded. Raises as `budget` does."""
    deadline = Deadline(request.seconds)
    select(plan, request.select)  # refuses an unknown name before the work starts
    first = check_sheets(facts, plan, request.first)
    problems = Problems()
    costs = read_costs(request.costs, plan, first, problems)
    _check_limits(request, first, plan, problems)
    if costs is None or (problems.errors and not costs.actions):
        raise Refused(problems.found)
    forecast = Forecast(plan, facts, costs, first)
    sites = find_sites(forecast, problems)
    problems.refuse()
    return _Run(forecast, sites, request, deadline, (*facts.notes, *problems.found)).solve()


def _check_limits(request: BudgetRequest, first: int, plan: Plan, problems: Problems) -> None:
    if not 0 < request.seconds < MOST_SECONDS:
        problems.add("costs.bad-time", Location("--time-limit"), found=request.seconds)
    if request.limits.total == 0:
        problems.add("costs.zero-limit", Location("--limit"))
    for year in request.limits.by_year:
        if not first <= year <= plan.last:
            problems.add("year-outside", Location("--limit-year"), found=year, first=first, last=plan.last)


class _Run:
    """The computation of one budget."""

    def __init__(
        self,
        forecast: Forecast,
        sites: tuple[Site, ...],
        request: BudgetRequest,
        deadline: Deadline,
        problems: tuple[Problem, ...],
    ) -> None:
        self.forecast, self.sites, self.request, self.deadline, self.problems = (
            forecast,
            sites,
            request,
            deadline,
            problems,
        )
        self.unproven: tuple[Nature, Fraction, Fraction] | None = None
        self.picked = self._select()
        self.before = self._judge(forecast.facts)
        self.programme = Programme()
        self.decisions = Decisions(self.programme, forecast, sites)
        self.figures = Figures(forecast, self.decisions)
        self.spending = Spending(forecast, self.decisions, self.figures)
        self.demands = Demands(self.figures, self.before, self.picked)
        self._owed: dict[tuple[str, int], list[Demand]] = {}
        for demand in self.demands.demands:
            self._owed.setdefault((demand.commitment.id, demand.year), []).append(demand)
        primary = [variable for number in self.decisions.begun.values() for variable in number.factors]
        switches = [demand.switch for demand in self.demands.demands]
        self.solver = Solver(self.programme, sorted({*primary, *switches}), deadline)

    def _select(self) -> dict[int, list[Commitment]]:
        """Return the selected commitments that count and are due in each year, by the text of the plan in force then."""
        found = {}
        for year in self.forecast.years:
            plan = in_force(self.forecast.plan, date(year, 12, 31))
            picked = select(plan, self.request.select)
            found[year] = [c for c in select_counted(picked, plan) if phase_of(c, plan, year) == "judged"]
        return found

    def _judge(self, facts: Facts) -> dict[int, Result]:
        """Judge every year to come; commitments that are not due only if consequences may follow from them."""
        plan = self.forecast.plan
        found = {}
        for year in self.forecast.years:
            owed = tuple(c.id for c in self.picked[year])
            chosen = self.request.select if plan.consequences or not owed else owed
            found[year] = check(plan, facts, year=year, select=chosen, data_checks=False, unrelated=True)
        return found

    def make_limit_rows(self) -> list[Row]:
        """Return the limits of spending as rows."""
        limits = self.request.limits
        rows = [make_row(make_constant(most) - self.spending.by_year[year]) for year, most in limits.by_year.items()]
        if limits.total is not None:
            rows.append(make_row(make_constant(limits.total) - self.spending.total))
        return rows

    def solve(self) -> Budget:
        """Solve, carry out, judge, explain."""
        rows = self.make_limit_rows()
        every = {demand.switch: 1 for demand in self.demands.demands}
        cost = self.spending.total
        solved = self.solver.minimise(cost, lower=every, rows=rows)
        all_kept = solved.found
        if not all_kept:
            with self.solver.hurry(3 / 4):  # the rest is for reasons and prices
                solved, every = self._keep_most(rows)
        if solved.found:
            solved = self._tidy(solved, every, rows)
        begun = self._read_begun(solved.values)
        after, facts = self._carry_out(begun)
        self._verify(solved.values, after, begun)
        return self._make_budget(solved, begun, after, facts, every, all_kept)

    def _keep_most(self, rows: Sequence[Row]) -> tuple[Solution, dict[int, int]]:
        """Keep the most by weight, binding commitments first, then anticipatory ones, then the rest; then minimise the cost.

        Returns the solution and the switches of the demands that it keeps.
        """
        weights = self.forecast.costs.weights
        fixed: list[Row] = list(rows)
        best: Solution | None = None
        proven = True
        for nature in _NATURES:
            wanted = [d for d in self.demands.demands if d.commitment.nature == nature]
            if not wanted:
                continue
            kept = add_up(self.programme.of(d.switch).times(Fraction(weights.get(d.commitment.id, 1))) for d in wanted)
            start = best.values if best else None
            found = self.solver.minimise(kept.times(-1), lower={}, rows=fixed, start=start)
            if found.status != "optimal" and proven:
                proven = False
                self.unproven = (nature, -found.value, -found.bound) if found.found else None
            if not found.found:
                break
            best = found
            # without limits the most is kept of each block
            fixed += (
                [make_row(kept + make_constant(found.value))]
                if rows
                else self.solver.bound_by_block(kept.times(-1), found.values)
            )
        if best is None:
            return Solution("unknown", {}), {}
        every = {d.switch: 1 for d in self.demands.demands if best.values.get(d.switch)}
        cheapest = self.solver.minimise(self.spending.total, lower={}, rows=fixed, start=best.values)
        if not cheapest.found:
            return Solution("feasible", best.values, self.spending.total.at(best.values)), every
        every = {d.switch: 1 for d in self.demands.demands if cheapest.values.get(d.switch)}
        status = cheapest.status if proven else "feasible"
        return Solution(status, cheapest.values, cheapest.value, cheapest.bound), every

    def _find_curve(self, needed: Fraction | None) -> tuple[Point, ...]:
        """Return what the best programme keeps within limits from nothing to what everything costs, as far as the time allows.

        Where not everything can be kept, to what the best programme costs that has no limit.
        """
        unproven, found = self.unproven, list[Point]()
        best = self._keep_most([])[0] if needed is None else None
        most = needed if best is None else best.value if best.status == "optimal" else None
        if most is None:
            return ()
        for part in range(POINTS + 1):
            limit = most * part / POINTS
            solved, every = self._keep_most([make_row(make_constant(limit) - self.spending.total)])
            if solved.status != "optimal":
                break
            sure = (d for d in self.demands.demands if d.switch in every and d.before != "undetermined")
            kept = Counter(demand.commitment.nature for demand in sure)
            found.append(Point(limit, solved.value, {nature: kept[nature] for nature in _NATURES}))
        self.unproven = unproven
        return tuple(found)

    def _tidy(self, solved: Solution, every: Mapping[int, int], rows: Sequence[Row]) -> Solution:
        """Among solutions of the same cost take the fewest units, begun as early as possible."""
        cost = self.spending.total
        cheap = self.solver.bound_by_block(cost, solved.values)
        units = add_up(
            number.times(Fraction(1 + year - self.forecast.first)) for (_, year), number in self.decisions.begun.items()
        )
        if solved.status != "optimal":
            return solved
        tidy = self.solver.minimise(units, lower=every, rows=[*rows, *cheap], start=solved.values, most=TIDYING)
        if not tidy.found:
            return solved
        return Solution(solved.status, tidy.values, cost.at(tidy.values), solved.bound)

    def _read_begun(self, values: Mapping[int, int]) -> dict[tuple[int, int], int]:
        found = {place: int(number.at(values)) for place, number in self.decisions.begun.items()}
        return {place: units for place, units in found.items() if units}

    def _carry_out(self, begun: Mapping[tuple[int, int], int]) -> tuple[dict[int, Result], Facts]:
        if not begun:
            return self.before, self.forecast.facts
        facts = carry_out(self.forecast, self.sites, begun)
        return self._judge(facts), facts

    def _verify(
        self, values: Mapping[int, int], after: Mapping[int, Result], begun: Mapping[tuple[int, int], int]
    ) -> None:
        """Compare the solution with the engine's verdicts. Raises `DisagreementError` with the first difference.

        Nothing is claimed of what the engine could not decide at the outset: it reasons more closely than bounds do.
        """
        verdicts = {year: _find_verdicts(result) for year, result in after.items()}
        for demand in self.demands.demands:
            if values.get(demand.switch) and demand.opening is None and demand.before != "undetermined":
                verdict = verdicts[demand.year].get((demand.commitment.id, demand.subject.name))
                if verdict is not None and verdict not in KEPT:
                    raise DisagreementError(f"{demand.commitment.id} {demand.subject.name} {demand.year}: {verdict}")
        for other in self.demands.others:
            verdict = verdicts[other.year].get((other.commitment.id, other.subject))
            if other.state == "fixed" and verdict == "shortfall" != other.before:
                raise DisagreementError(
                    f"{other.commitment.id} {other.subject} {other.year}: {other.before} → {verdict}"
                )
        limits, spent = self.request.limits, self._find_spent(values)
        over = [y for y, most in limits.by_year.items() if spent.get(y, 0) > most]
        if over or (limits.total is not None and sum(spent.values()) > limits.total):
            raise DisagreementError(f"limit {over}")
        self._verify_opened(values, verdicts, begun)

    def _verify_opened(
        self,
        values: Mapping[int, int],
        verdicts: Mapping[int, Mapping[tuple[str, str], Verdict]],
        begun: Mapping[tuple[int, int], int],
    ) -> None:
        names = name_opened(self.sites, begun)
        for demand in self.demands.demands:
            if demand.opening is None or not values.get(demand.switch):
                continue
            year = demand.subject.opened - self.sites[demand.opening].action.lead
            for name in names.get((demand.opening, year), ()):
                verdict = verdicts[demand.year].get((demand.commitment.id, name))
                if verdict is not None and verdict not in KEPT:
                    raise DisagreementError(f"{demand.commitment.id} {name} {demand.year}: {verdict}")

    def _find_spent(self, values: Mapping[int, int]) -> dict[int, Fraction]:
        return {year: cost.at(values) for year, cost in self.spending.by_year.items()}

    def _make_budget(
        self,
        solved: Solution,
        begun: Mapping[tuple[int, int], int],
        after: Mapping[int, Result],
        facts: Facts,
        every: Mapping[int, int],
        all_kept: bool,
    ) -> Budget:
        changes = self._list_changes(after)
        short = [c for c in changes if c.after == "shortfall"]
        explainer = Explainer(self.solver, self.spending, self.demands, self.request.limits, self.make_limit_rows())
        with self.solver.hurry(1 / 3):
            conflicts = () if all_kept else explainer.find_conflicts(every)
        with self.solver.hurry(1 / 2):
            reasons = tuple(self._explain_shortfall(change, explainer, every) for change in short)
        pricer = Pricer(self.solver, self.spending, self.demands, every)
        prices, unpriced = pricer.find_prices() if solved.found else ((), 0)
        unsupported = {
            (a.commitment.id, a.year, a.subject): a.why for a in self.demands.others if a.state == "unsupported"
        }
        places = {(c.commitment.id, c.year, c.subject): c for c in changes}
        needed = explainer.find_needed(all_kept, solved)
        curve = self._find_curve(needed) if self.request.curve else ()
        status: Status = "optimal" if solved.status == "optimal" else "feasible" if solved.found else "unknown"
        if not begun and all_kept:
            status = "nothing_to_do"
        return Budget(
            plan=self.forecast.plan, costs=self.forecast.costs, root=self.forecast.root, base=self.forecast.base,
            years=self.forecast.years, limits=self.request.limits, status=status,
            steps=self._list_steps(begun), spent=self._find_spent(solved.values), running=self._find_running(solved.values),
            paid=self._find_paid(solved.values),
            changes=changes, short=reasons,
            undetermined=tuple(c for c in changes if c.after == "undetermined"),
            unsupported=tuple((places.get(p, _make_unopened(self.demands.others, p)), why) for p, why in unsupported.items()),
            prices=prices, unpriced=unpriced, conflicts=conflicts, needed=needed,
            following=self._compare_consequences(after), bound=solved.bound if solved.found else None,
            unproven=self.unproven, curve=curve, seconds=self.deadline.seconds - self.deadline.left,
            synthetic=any(sheet.synthetic for sheet in facts.sheets), problems=self.problems,
        )  # fmt: skip

    def _explain_shortfall(self, change: Change, explainer: Explainer, every: Mapping[int, int]) -> Shortfall:
        owed = self._owed.get((change.commitment.id, change.year), ())
        demands = [demand for demand in owed if self._concerns(demand, change.subject)]
        if not demands:
            return Shortfall(change, "no_action")
        why, more = explainer.explain_shortfall(demands, every)
        return Shortfall(change, why, more)

    def _concerns(self, demand: Demand, subject: str) -> bool:
        if demand.opening is None:
            return demand.subject.name == subject
        name = demand.subject.name
        return subject.startswith(name) and subject.removeprefix(name).isdigit()

    def _list_changes(self, after: Mapping[int, Result]) -> tuple[Change, ...]:
        """Return every finding of the years to come, before and after; the first `EXPLAINED` of each group are explained."""
        owed = {(d.commitment.id, d.year) for d in self.demands.demands} | {
            (a.commitment.id, a.year) for a in self.demands.others
        }
        found = []
        counts: dict[str, int] = {}
        demanded = {(d.commitment.id, d.year, d.subject.name) for d in self.demands.demands}
        borne = demanded | {(a.commitment.id, a.year, a.subject) for a in self.demands.others if a.borne}
        for year, result in after.items():
            before = _find_verdicts(self.before[year])
            commitments: Mapping[str, Commitment] = result.plan.commitments
            rows = result.table.select("commitment", "subject", "verdict").iter_rows()
            for position, (name, subject, verdict) in enumerate(rows):
                if (name, year) in owed:
                    was = before.get((name, subject))
                    sort = verdict if verdict in ("shortfall", "undetermined") else "changed" if was != verdict else ""
                    if sort == "shortfall" and (name, year, subject) in demanded:
                        sort = "demanded"  # explained first
                    counts[sort] = counts.get(sort, 0) + 1
                    finding = result.explain(position) if sort and counts[sort] <= EXPLAINED else None
                    reached = (name, year, subject) in borne or (name, subject) not in before
                    found.append(Change(commitments[name], year, subject, was, verdict, finding, reached))
        return tuple(found)

    def _list_steps(self, begun: Mapping[tuple[int, int], int]) -> tuple[Step, ...]:
        names = name_opened(self.sites, begun)
        steps = []
        for (number, year), units in sorted(begun.items(), key=lambda item: (item[0][1], item[0][0])):
            action = self.sites[number].action
            opened = tuple(names.get((number, year), ()))
            subject = (action.opens.parent or self.forecast.root) if action.opens else self.sites[number].subject
            steps.append(Step(action, subject, year, year + action.lead, units, opened))
        return tuple(steps)

    def _find_paid(self, values: Mapping[int, int]) -> dict[tuple[str, int], Fraction]:
        paid = {place: cost.at(values) for place, cost in self.spending.by_action.items()}
        return {place: amount for place, amount in paid.items() if amount}

    def _find_running(self, values: Mapping[int, int]) -> dict[int, Fraction]:
        def cost(year: int) -> Affine:
            return add_up(self.decisions.in_effect(s, year).times(s.action.running) for s in self.sites)

        return {year: cost(year).at(values) for year in self.forecast.years}

    def _compare_consequences(self, after: Mapping[int, Result]) -> tuple[Following, ...]:
        found = []
        for year, result in after.items():
            for rule in self.forecast.plan.consequences:
                each = [[f.amount for f in r.followed if f.rule == rule] for r in (self.before[year], result)]
                if any(each):
                    change = self._compare_losses(rule, each[1], each[0])
                    found.append(Following(rule, year, len(each[0]), len(each[1]), change))
        return tuple(found)

    def _compare_losses(self, rule: str, now: list[Fraction | None], before: list[Fraction | None]) -> Fraction | None:
        """Return by how much losses rise: by the costs file for each consequence, or else by the plan for each subject."""
        if (loss := self.forecast.costs.losses.get(rule)) is not None:
            return loss * (len(now) - len(before))
        if self.forecast.plan.consequences[rule].amount is None or None in now or None in before:
            return None
        return sum(filter(None, now), Fraction(0)) - sum(filter(None, before), Fraction(0))


def _find_verdicts(result: Result) -> dict[tuple[str, str], Verdict]:
    rows = result.table.select("commitment", "subject", "verdict").iter_rows()
    return {(name, subject): verdict for name, subject, verdict in rows}


def _make_unopened(others: Sequence[OtherFinding], place: tuple[str, int, str]) -> Change:
    """Return a change without findings, for a new subject that is not opened."""
    other = next(a for a in others if (a.commitment.id, a.year, a.subject) == place)
    return Change(other.commitment, other.year, other.subject, other.before, None)
