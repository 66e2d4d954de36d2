"""Makes up the cases of a commitment: in a year in which it is due, in a year before, and before the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import Literal, NamedTuple, cast, get_args

from dabiao.engine.results import Verdict
from dabiao.rules.algebra import Condition, Ratio, Test, aggregates, compare, conjuncts, variables
from dabiao.rules.bounds import is_whole
from dabiao.rules.comparators import COMPARATORS, Operator, loosened, meets
from dabiao.rules.intervals import Interval
from dabiao.rules.model import Bound, Commitment, Plan
from dabiao.trials.boundary import Goal, Solver
from dabiao.trials.figures import list_simple_values
from dabiao.trials.oracle import ExpectedNow, Oracle, phase_of
from dabiao.trials.subjects import Population
from dabiao.trials.worlds import FigureKey, Subject, World

Sort = Literal[
    "short", "at", "above", "missing", "silent", "nobody", "excluded", "no_base", "no_target", "not_yet", "lapsed",
    "early", "on_track", "behind", "no_path", "before", "later", "district", "waiver", "waived", "consequence",
]  # fmt: skip
SORTS: tuple[Sort, ...] = get_args(Sort)

_LOOK = 24  # worlds tried to find one exactly at the target, or strictly above
_STARTS = 24  # baseline figures tried to find a path to the target
_MOST_MISSING = 6
_NEARLY = (Fraction(4, 5), Fraction(2, 3))  # of a target: more than is expected by then if the path begins at nothing


@dataclass(frozen=True)
class Draft:
    """A case before it is judged, with the verdict that the oracle gives it."""

    commitment: Commitment
    sort: Sort
    year: int
    world: World
    expected: Verdict


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
        yield from _OnTheWay(plan, commitment, oracles[year]).drafts(*in_year)
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
    bounds = _find_bounds(commitment, year)
    if _find_bounds_before(commitment, year):
        return True
    whole = is_whole(plan, commitment)
    targets = [bound.target.form.number for bound in bounds]
    due = next((stage.year for stage in commitment.stages if stage.year >= year), plan.last)
    due = commitment.due.year or due if commitment.due and not commitment.stages else due
    for bound, target in zip(bounds, targets, strict=True):
        start = commitment.baseline.number if commitment.baseline else None
        if start is None and whole and COMPARATORS[bound.operator].upward:
            start = Fraction(0)  # the farthest that a start can be
        if start is None or target is None:
            return True
        if meets(start, loosened(bound.operator), target):
            continue
        ahead = start + (target - start) * Fraction(year - plan.baseline, due - plan.baseline)
        low, high = min(ahead, target), max(ahead, target)
        reached = not COMPARATORS[bound.operator].strict  # then the target itself is early
        if not whole or not Interval(low, high, reached and low == target, reached and high == target).without_wholes:
            return True
    return False


class _CaseMaker:
    """Makes up cases of one commitment in one year: the common base of due years and years before."""

    def __init__(self, plan: Plan, commitment: Commitment, oracle: Oracle) -> None:
        self._plan = plan
        self._commitment = commitment
        self._oracle = oracle
        self._year = oracle.year
        self._bounds = _find_bounds(commitment, oracle.year)
        self._looked_at = variables(*commitment.forms(self._bounds))
        self._solver = Solver(plan, oracle.year, self._looked_at)
        self._world, self._subject = Population(plan).make_world(commitment.kind)
        self._exists = dict(self._list_bases())

    def _make_draft(self, sort: Sort, world: World, expected: Verdict | None = None) -> Draft:
        verdict = expected or self._find_verdict(world)
        assert verdict is not None, (self._commitment.id, sort)
        return Draft(self._commitment, sort, self._year, world, verdict)

    def _find_verdict(self, world: World) -> Verdict | None:
        return self._oracle.verdict(self._commitment.id, self._subject, world)

    def _split_promise(self) -> list[Condition]:
        """Split the promise into conditions that must all hold."""
        commitment = self._commitment
        if commitment.holds is not None:
            return list(conjuncts(commitment.holds))
        assert commitment.value is not None
        return [bound.condition(commitment.value.form) for bound in self._bounds]

    def _list_preconditions(self, leave: Condition | None = None) -> list[Goal]:
        """List the conditions under which the commitment is judged at all, except `leave`."""
        commitment = self._commitment
        after = commitment.due.after if commitment.due else None
        found = [c for c in (commitment.where, after, *self._exists.values()) if c is not None]
        return [(condition, True) for condition in found if condition is not leave]

    def _list_bases(self) -> Iterator[tuple[Sort, Condition]]:
        """Iterate over conditions that the denominators of the value and of its targets are not zero."""
        value = self._commitment.value
        forms = [value.form, *(bound.target.form for bound in self._bounds)] if value else []
        seen = set()
        for place, form in enumerate(forms):
            for base in form.bases:
                if base not in seen:
                    seen.add(base)
                    yield "no_target" if place else "no_base", Test(base, "!=")

    def _find(self, goals: Sequence[Goal], verdict: Verdict, world: World | None = None) -> Iterator[World]:
        for found in islice(self._solver.find(goals, world or self._world, self._subject), _LOOK):
            if self._find_verdict(found) == verdict:
                yield found

    def _leave_out(self, full: World, others: Sequence[World], figures: Iterable[FigureKey]) -> Iterator[Draft]:
        """Leave out one figure at a time, if another value of it would change the verdict: then it is undetermined."""
        verdict = self._find_verdict(full)
        looked: set[tuple[str, str, int]] = set()
        for figure in figures:
            key = (figure.subject.kind, figure.measure, figure.year)
            alone = not any(full.copies.get(place) for place in full.above(figure.subject))
            if key in looked or len(looked) >= _MOST_MISSING or not alone:
                continue
            looked.add(key)
            elsewhere = [world.figures[figure] for world in others if figure in world.figures]
            for instead in dict.fromkeys(
                [*elsewhere, *list_simple_values(self._plan.measures[figure.subject.kind, figure.measure])]
            ):
                changed = (
                    self._find_verdict(full.with_figures({figure: instead}))
                    if instead != full.figures[figure]
                    else None
                )
                if changed not in (None, verdict):
                    yield self._make_draft("missing", full.without(figure), "undetermined")
                    break


class _Due(_CaseMaker):
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


class _Start(NamedTuple):
    """A world with a start of the path, and worlds from there: at the target, just on track and just behind."""

    start: World
    early: Sequence[World]
    on_track: Sequence[World]
    behind: Sequence[World]


class _OnTheWay(_CaseMaker):
    """Makes up cases of a year before the due year: at the target, at the expected value, just short of it, without a path."""

    def drafts(self, met: Sequence[World], short: Sequence[World]) -> Iterator[Draft]:
        """Iterate over the cases; `met` and `short` are figures that keep and miss the commitment where it is due."""
        ways = [way for holding in (False, True) if (way := self._find_start(holding))]
        if not ways and (beside := self._find_beside([*met, *short, *self._find_nearly()])):
            ways = [beside]
        for way in ways:
            yield from (self._make_draft("early", world) for world in way.early)
            yield from (self._make_draft("on_track", world) for world in way.on_track)
            yield from (self._make_draft("behind", world) for world in way.behind)
            for full in (*way.early[:1], *way.on_track[:1]):
                yield from self._leave_out(full, way.behind, self._list_open(full))
        if ways:
            paced = (world for way in ways for world in (*way.on_track, *way.behind))
            yield from self._take(1, "no_path", "not_due", (self._forget_baseline(world) for world in paced))
            return
        early = next((world for world in met if self._find_verdict(world) == "early"), None) or next(
            self._find(self._list_kept(), "early"), None
        )
        if early is not None:
            yield self._make_draft("early", early)
            yield from self._leave_out(early, short, self._list_open(early))
        yield from self._take(1, "no_path", "not_due", short)

    def _list_kept(self) -> list[Goal]:
        """List the conditions under which the commitment is kept."""
        return [*self._list_preconditions(), *((part, True) for part in self._split_promise())]

    def _list_open(self, full: World) -> list[FigureKey]:
        """List the figures without which the verdict is open: not those of the baseline year, if no others are left of it."""
        return [figure for figure in full.figures if self._find_verdict(full.without(figure)) is None]

    def _forget_baseline(self, world: World) -> World:
        figures = {figure: value for figure, value in world.figures.items() if figure.year != self._plan.baseline}
        return replace(world, figures=figures)

    def _take(self, most: int, sort: Sort, verdict: Verdict, worlds: Iterable[World]) -> Iterator[Draft]:
        """Make up cases from the first worlds with a verdict."""
        found = (self._make_draft(sort, world) for world in worlds if self._find_verdict(world) == verdict)
        yield from islice(found, most)

    def _find_start(self, holding: bool) -> _Start | None:
        """Find a start with worlds on track and behind; with `holding`, one that is past the target already."""
        best: _Start | None = None
        for start, asked in self._list_starts():
            if all(by_now.holding for by_now in asked) is not holding:
                continue
            way = self._find_around(start, asked)
            if way.behind and (way.on_track or (holding and way.early)):
                return way
            if best is None or len(way.behind) > len(best.behind):
                best = way if way.early or way.on_track or way.behind else best
        return best

    def _list_starts(self) -> Iterator[tuple[World, list[ExpectedNow]]]:
        """Iterate over worlds with known baseline and targets, each with the values expected in this year."""
        value, baseline = self._commitment.value, self._commitment.baseline
        if value is None or value.steps:
            return
        ratios = [bound.target.form for bound in (*self._bounds, *_find_bounds_before(self._commitment, self._year))]
        forms = [form for ratio in (*ratios, *([baseline] if baseline else [])) for form in (ratio.top, ratio.bottom)]
        figures = self._solver.margins.list_open_figures(forms, self._subject, self._world)
        for values in islice(self._solver.assign_simple_values(figures), _STARTS):
            start = self._world.with_figures(values)
            if asked := self._oracle.expected(self._commitment.id, self._subject, start):
                yield start, asked

    def _find_nearly(self) -> Iterator[World]:
        """Iterate over worlds a little short of each target that is a number."""
        value = self._commitment.value
        if value is None or value.steps:
            return
        for bound, part in zip(self._bounds, self._split_promise(), strict=True):
            target, upward = bound.target.form.number, COMPARATORS[bound.operator].upward
            if target is None:
                continue
            between: list[Sequence[Goal]] = []
            for share in _NEARLY:
                near = Ratio.constant(target * (share if upward else 1 / share))
                goals: list[Goal] = [(compare(value.form, ">=" if upward else "<=", near), True), (part, False)]
                between += [[*goals, *self._list_preconditions()], [*self._list_preconditions(), *goals]]
            found = (world for goals in between for world in self._solver.find(goals, self._world, self._subject))
            yield from islice(found, 1)

    def _find_beside(self, worlds: Sequence[World]) -> _Start | None:
        """Put figures of the baseline year beside those of a due year: for counts and sums, which start from such."""
        ways: dict[str, World] = {}
        for world in worlds:
            for before in self._list_before(world):
                both = world.with_figures(before)
                ways.setdefault(self._find_verdict(both) or "", both)
        if not ways.keys() & {"on_track", "behind"}:
            return None
        found = [[ways[verdict]] if verdict in ways else [] for verdict in ("early", "on_track", "behind")]
        return _Start(self._world, *found)

    def _list_before(self, world: World) -> Iterator[dict[FigureKey, Fraction]]:
        """Iterate over figures of the baseline year: those of this year, with one measure or all as low or high as can be."""
        now = {figure: value for figure, value in world.figures.items() if figure.year == self._year}
        measures = {(figure.subject.kind, figure.measure) for figure in now}
        for changed in (set[tuple[str, str]](), measures, *({one} for one in sorted(measures))):
            for choose in (min, max):
                yield {
                    figure._replace(year=self._plan.baseline): choose(list_simple_values(self._plan.measures[place]))
                    if (place := (figure.subject.kind, figure.measure)) in changed
                    else value
                    for figure, value in now.items()
                }

    def _find_around(self, start: World, asked: Sequence[ExpectedNow]) -> _Start:
        """Find worlds just on track and just behind for each bound."""
        value = self._commitment.value
        assert value is not None
        parts = [compare(value.form, cast(Operator, by_now.operator), Ratio.constant(by_now.value)) for by_now in asked]
        promise = self._split_promise()
        on_track: list[World] = []
        behind: list[World] = []
        for chosen, part in enumerate(parts):
            others: list[Goal] = [(other, True) for place, other in enumerate(parts) if place != chosen]
            open_: list[Goal] = [] if asked[chosen].holding else [(promise[chosen], False)]
            between: list[Goal] = [(part, True), *others, *open_]
            orders = ([*self._list_preconditions(), *between], [*between, *self._list_preconditions()])
            on_track += islice((world for goals in orders for world in self._find(goals, "on_track", start)), 1)
            behind += islice(self._find([*self._list_preconditions(), (part, False), *others], "behind", start), 1)
        early = list(islice(self._find(self._list_kept(), "early", start), 1))
        return _Start(start, early, on_track, behind)


def _find_bounds(commitment: Commitment, year: int) -> tuple[Bound, ...]:
    """Return the bounds of the first stage not before a year, or else those of the commitment."""
    stages = commitment.stages
    return next((stage.bounds for stage in stages if stage.year >= year), commitment.bounds)


def _find_bounds_before(commitment: Commitment, year: int) -> tuple[Bound, ...]:
    """Return the bounds of the last stage before a year."""
    return next((stage.bounds for stage in reversed(commitment.stages) if stage.year < year), ())
