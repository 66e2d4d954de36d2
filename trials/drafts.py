"""Makes up the cases of a commitment: in a year in which it is due, in a year before, and before the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from dabiao.engine.results import Verdict
from dabiao.rules.algebra import Condition, Sum, Test
from dabiao.rules.bounds import is_whole
from dabiao.rules.comparators import COMPARATORS, loosened, meets
from dabiao.rules.intervals import Interval
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.shares import gather
from dabiao.rules.walks import aggregates
from dabiao.trials.boundary import Goal
from dabiao.trials.figures import list_simple_values
from dabiao.trials.makers import CaseMaker, Draft, Sort, find_bounds, find_bounds_before
from dabiao.trials.on_the_way import OnTheWay
from dabiao.trials.oracle import Oracle, phase_of
from dabiao.trials.subjects import Population
from dabiao.trials.worlds import Subject, World


def make_drafts(plan: Plan, commitment: Commitment, oracles: Mapping[int, Oracle]) -> Iterator[Draft]:
    """Iterate over the cases of a commitment; `oracles` has one for each year."""
    met: list[tuple[World, int]] = []
    short: list[tuple[World, int]] = []
    for year in _find_years_due(plan, commitment):
        due = _Due(plan, commitment, oracles[year])
        yield from due.drafts()
        met = [(world, year) for world in due.met] or met
        short = [(world, year) for world in due.short] or short
    if commitment.due and commitment.due.after and met and met[0][1] < plan.last:
        yield from _Due(plan, commitment, oracles[met[0][1] + 1]).recall(met[0][0])
    for year in find_years_on_the_way(plan, commitment):
        in_year = [[world.in_year(due_year, year) for world, due_year in found] for found in (met, short)]
        yield from OnTheWay(plan, commitment, oracles[year]).drafts(*in_year)
    if met and met[0][1] < plan.last:
        world, due_year = met[0]
        later, subject = world.in_year(due_year, plan.last), Population(plan).make_world(commitment.kind)[1]
        if verdict := oracles[plan.last].verdict(commitment.id, subject, later):
            yield Draft(commitment, "later", plan.last, later, verdict)
    before = [y for y in range(plan.history, plan.last + 1) if phase_of(plan, commitment, y) == "before"]
    if met and before:
        yield Draft(commitment, "before", before[-1], met[0][0].in_year(met[0][1], before[-1]), "not_due")


def _find_years_due(plan: Plan, commitment: Commitment) -> list[int]:
    """Return the years of the stages, or else the first year in which the commitment is due."""
    if commitment.stages:
        return [stage.year for stage in commitment.stages]
    return [y for y in range(plan.first, plan.last + 1) if phase_of(plan, commitment, y) == "due"][:1]


def find_years_on_the_way(plan: Plan, commitment: Commitment) -> list[int]:
    """Return one year in the middle of the time before each stage, or before the due year."""
    years = [y for y in range(plan.first, plan.last + 1) if phase_of(plan, commitment, y) == "on the way"]
    ways: dict[int, list[int]] = {}
    for year in years:
        ways.setdefault(sum(stage.year < year for stage in commitment.stages), []).append(year)
    return [way[len(way) // 2] for way in ways.values()]


def list_verdicts(plan: Plan, commitment: Commitment) -> tuple[str, ...]:
    """List the verdicts a commitment can have by its figures: met and short; before it is due early, and on a path more."""
    ways = find_years_on_the_way(plan, commitment)
    value, stages = commitment.value, commitment.stages
    if not ways:
        return "met", "short"
    started = commitment.baseline is not None or any(stage.year < ways[-1] for stage in stages)
    if value is None or value.steps or not started:
        return "met", "short", "early"
    between = any(_leaves_room(plan, commitment, year) for year in ways)
    return "met", "short", "early", *(("on_track",) if between else ()), "behind"


def _leaves_room(plan: Plan, commitment: Commitment, year: int) -> bool:
    """Whether a value can lie between what is expected in a year and the target."""
    if commitment.direction and not commitment.stages:
        return False  # it starts from what it is compared with
    bounds = find_bounds(commitment, year)
    if find_bounds_before(commitment, year):
        return True
    parts = _count_parts(plan, commitment)
    targets = [bound.target.form.number for bound in bounds]
    due = next((stage.year for stage in commitment.stages if stage.year >= year), plan.last)
    due = commitment.due.year or due if commitment.due and not commitment.stages else due
    for bound, target in zip(bounds, targets, strict=True):
        start = commitment.baseline.number if commitment.baseline else None
        if start is None and parts and (COMPARATORS[bound.operator].upward or len(bounds) > 1):
            start = Fraction(0)  # the farthest that a start can be
        if start is None or target is None:
            return True
        if meets(start, loosened(bound.operator), target):
            continue
        ahead = start + (target - start) * Fraction(year - plan.baseline, due - plan.baseline)
        low, high = (end * (parts or 1) for end in sorted((ahead, target)))
        reached = not COMPARATORS[bound.operator].strict  # then the target itself is early
        at_target = reached and target < ahead, reached and target > ahead
        if not parts or not Interval(low, high, *at_target).without_wholes:
            return True
    return False


def _count_parts(plan: Plan, commitment: Commitment) -> int | None:
    """Return the number of parts that a value comes in: 1 of a count, 18 of a share of 18 towns; None if it may be any."""
    if is_whole(plan, commitment):
        return 1
    whole = gather(commitment.value.form.bottom).single if commitment.value else None
    if not isinstance(whole, Sum) or not whole.counts or whole.where is not None or whole.owner != plan.root.id:
        return None
    register = plan.kinds[whole.kind].register
    return register.count if register else None


class _Due(CaseMaker):
    """Makes up cases of a year in which the commitment is due: at the target, just short, above, not applicable."""

    def __init__(self, plan: Plan, commitment: Commitment, oracle: Oracle) -> None:
        super().__init__(plan, commitment, oracle)
        self._parts = self._split_promise()
        self.met = self._find_met()
        self.short = self._find_short()

    def drafts(self) -> Iterator[Draft]:
        """Iterate over the cases."""
        met, short = self.met, self.short
        yield from (self._make_draft("short", world) for world in short)
        for number, world in enumerate(met):
            at_edge = any(self._evaluate_margin(part, world) == 0 for part in self._parts)
            yield self._make_draft("at" if at_edge or not number else "above", world)
        if met:
            yield from self._leave_out(met[0], [*met[1:], *short], met[0].figures)
        if met and short:
            yield self._make_draft("silent", self._make_silent(), "undetermined")
        yield from self._make_vacuous()
        yield from self._make_unlike()

    def recall(self, before: World) -> Iterator[Draft]:
        """Make up cases in which the condition of the due time has held in the year before, and does so no longer."""
        keys = [figure for figure in before.figures if figure.year == self._year - 1]
        after = self._commitment.due.after if self._commitment.due else None
        for choose in (min, max):
            now = {
                key._replace(year=self._year): choose(
                    list_simple_values(self._plan.measures[key.subject.kind, key.measure])
                )
                for key in keys
            }
            world = before.with_figures(now)
            if after and self._solver.margins.holds(after, self._subject, world) is False:
                yield self._make_draft("lapsed", world)

    def _find_met(self) -> list[World]:
        """Find worlds that meet the commitment: as close to each bound as possible, and above."""
        base = self._list_preconditions()
        found: list[World] = []
        for chosen, part in enumerate(self._parts):
            others = [(other, True) for place, other in enumerate(self._parts) if place != chosen]
            goals: list[Goal] = [*base, (part, True), *others]
            exact, above = self._find_closest(part, goals)
            if exact is None and above is None:
                exact, above = self._find_closest(part, [(part, True), *others, *base])
            found += [world for world in (exact, above) if world is not None]
            if self._commitment.holds is not None:
                break  # all parts were solved together
        return found

    def _find_closest(self, part: Condition, goals: Sequence[Goal]) -> tuple[World | None, World | None]:
        """Find a world exactly on the boundary of a part, and one beyond; either may be None."""
        exact: World | None = None
        above: World | None = None
        for world in self._find(goals, "met"):
            if self._evaluate_margin(part, world):
                above = above or world
            else:
                exact = exact or world
            if (exact and above) or self._commitment.holds is not None:
                break
        return exact, above

    def _evaluate_margin(self, part: Condition, world: World) -> Fraction | None:
        if not isinstance(part, Test):
            return None
        return self._solver.margins.polynomial(part.margin, self._subject, world)

    def _find_short(self) -> list[World]:
        """Find worlds that fall short of one part at a time, by as little as possible."""
        base = self._list_preconditions()
        found = []
        for chosen, part in enumerate(self._parts):
            others = [(other, True) for place, other in enumerate(self._parts) if place != chosen]
            wrong: Goal = (part, False)
            orders: list[list[Goal]] = [
                [*base, wrong, *others],
                [*base, *others, wrong],
                [*base, wrong],
                [wrong, *base],
            ]
            world = next((w for goals in orders for w in self._find(goals, "shortfall")), None)
            if world is not None:
                found.append(world)
        return found

    def _make_silent(self) -> World:
        """Return a world without any reported figure."""
        counted = frozenset(v.kind for v in aggregates(*self._looked_at))
        return World(self._world.parents, peopled=self._world.peopled, unlisted=counted - {self._commitment.kind})

    def _make_vacuous(self) -> Iterator[Draft]:
        """Make up cases in which there is nothing to judge; the verdict must not be `met`."""
        commitment = self._commitment
        if commitment.kind != self._plan.root.id:
            root = Subject(self._plan.root.id, "")
            yield self._make_draft("nobody", World({root: None}), "not_applicable")
        after = commitment.due.after if commitment.due else None
        sorts: tuple[tuple[Sort, Condition | None, Verdict], ...] = (
            ("excluded", commitment.where, "not_applicable"),
            ("no_base", self._exists.get("no_base"), "not_applicable"),
            ("no_target", self._exists.get("no_target"), "not_applicable"),
            ("not_yet", after, "not_due"),
        )
        for sort, condition, verdict in sorts:
            if condition is not None:
                goals = [*self._list_preconditions(leave=condition), (condition, False)]
                world = next(iter(self._find(goals, verdict)), None)
                if world is not None:
                    yield self._make_draft(sort, world)
