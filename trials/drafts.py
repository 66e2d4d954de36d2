"""Makes up the cases of a commitment: in a year in which it is due, in a year before, and before the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Literal, NamedTuple, cast, get_args

from dabiao.engine.results import Verdict
from dabiao.rules.algebra import Condition, Ratio, Test, aggregates, compare, conjuncts, variables
from dabiao.rules.comparators import Operator
from dabiao.rules.model import Bound, Commitment, Plan
from dabiao.trials.boundary import Goal, Solver
from dabiao.trials.figures import list_simple_values
from dabiao.trials.oracle import ExpectedNow, Oracle, phase_of
from dabiao.trials.subjects import Population
from dabiao.trials.worlds import FigureKey, Subject, World

Sort = Literal[
    "short", "at", "above", "missing", "silent", "nobody", "excluded", "no_base", "no_target", "not_yet", "lapsed",
    "on_track", "behind", "no_path", "before",
]  # fmt: skip
SORTS: tuple[Sort, ...] = get_args(Sort)

_LOOK = 24  # worlds tried to find one exactly at the target, or strictly above
_STARTS = 24  # baseline figures tried to find a path to the target
_MOST_MISSING = 6


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
    met: tuple[World, int] | None = None
    worlds: list[tuple[World, int]] = []
    for year in _find_years_due(plan, commitment):
        due = _Due(plan, commitment, oracles[year])
        yield from due.drafts()
        met = (due.met[0], year) if due.met else met
        worlds = [(world, year) for world in (*due.met, *due.short)]
    if commitment.due and commitment.due.after and met and met[1] < plan.last:
        yield from _Due(plan, commitment, oracles[met[1] + 1]).recall(met[0])
    for year in find_years_on_the_way(plan, commitment):
        yield from _OnTheWay(plan, commitment, oracles[year]).drafts(met, worlds)
    before = [y for y in range(plan.history, plan.last + 1) if phase_of(plan, commitment, y) == "before"]
    if met and before:
        yield Draft(commitment, "before", before[-1], met[0].in_year(met[1], before[-1]), "not_due")


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


def can_have_path(plan: Plan, commitment: Commitment) -> bool:
    """Whether progress can be judged in a year before the due year."""
    value = commitment.value
    ways = find_years_on_the_way(plan, commitment)
    staged = any(stage.year < ways[-1] for stage in commitment.stages) if ways else False
    return value is not None and not value.steps and bool(ways) and (commitment.baseline is not None or staged)


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

    def _split_promise(self) -> list[Condition]:
        """Split the promise into conditions that must all hold."""
        commitment = self._commitment
        if commitment.holds is not None:
            return list(conjuncts(commitment.holds))
        assert commitment.value is not None
        return [compare(commitment.value.form, b.operator, b.target.form) for b in self._bounds]

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
    """A world with a start of the path, and worlds from there that are just on track and just behind."""

    start: World
    on_track: Sequence[World]
    behind: Sequence[World]


class _OnTheWay(_CaseMaker):
    """Makes up cases of a year before the due year: at the expected value, just short of it, without a path."""

    def drafts(self, met: tuple[World, int] | None, due: Sequence[tuple[World, int]]) -> Iterator[Draft]:
        """Iterate over the cases; `met` are figures that meet the commitment in a year in which it is due, `due` all such."""
        ways = [way for holding in (False, True) if (way := self._find_start(holding))]
        if not ways and (beside := self._find_beside(due)):
            ways = [beside]
        for way in ways:
            yield from (self._make_draft("on_track", world) for world in way.on_track)
            yield from (self._make_draft("behind", world) for world in way.behind)
        if ways and ways[0].on_track:
            full = ways[0].on_track[0]
            yield from self._leave_out(
                full, ways[0].behind, [figure for figure in full.figures if figure not in ways[0].start.figures]
            )
            at_baseline = [figure for figure in full.figures if figure.year == self._plan.baseline]
            yield from self._take_without_path([*map(full.without, at_baseline), full.without(*at_baseline)])
        elif met:
            yield from self._take_without_path([met[0].in_year(met[1], self._year)])

    def _take_without_path(self, worlds: Iterable[World]) -> Iterator[Draft]:
        """Make up one case from the first world without a known path."""
        yield from islice((self._make_draft("no_path", w) for w in worlds if self._find_verdict(w) == "not_due"), 1)

    def _find_start(self, holding: bool) -> _Start | None:
        """Find a start with worlds on track and behind; with `holding`, one that is past the target already."""
        best: _Start | None = None
        for start, asked in self._list_starts():
            if any(by_now.holding for by_now in asked) is not holding:
                continue
            way = self._find_around(start, asked)
            if way.on_track and way.behind:
                return way
            best = best or (way if way.on_track or way.behind else None)
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

    def _find_beside(self, due: Sequence[tuple[World, int]]) -> _Start | None:
        """Put figures of the baseline year beside those of a due year: for counts and sums, which start from such."""
        ways: dict[Verdict, World] = {}
        start = self._world
        for world, year in due:
            now = world.in_year(year, self._year)
            keys = [figure for figure in now.figures if figure.year == self._year]
            values = {key: list_simple_values(self._plan.measures[key.subject.kind, key.measure]) for key in keys}
            for choose in (min, max, None):
                before = {
                    key._replace(year=self._plan.baseline): choose(values[key]) if choose else now.figures[key]
                    for key in keys
                }
                both = now.with_figures(before)
                verdict = self._find_verdict(both)
                if verdict in ("on_track", "behind") and verdict not in ways:
                    ways[verdict], start = both, self._world.with_figures(before)
        found = [[ways[verdict]] if verdict in ways else [] for verdict in ("on_track", "behind")]
        return _Start(start, *found) if ways else None

    def _find_around(self, start: World, asked: Sequence[ExpectedNow]) -> _Start:
        """Find worlds just on track and just behind for each bound."""
        value = self._commitment.value
        assert value is not None
        parts = [compare(value.form, cast(Operator, by_now.operator), Ratio.constant(by_now.value)) for by_now in asked]
        on_track: list[World] = []
        behind: list[World] = []
        for chosen, part in enumerate(parts):
            others: list[Goal] = [(other, True) for place, other in enumerate(parts) if place != chosen]
            on_track += islice(self._find([*self._list_preconditions(), (part, True), *others], "on_track", start), 1)
            behind += islice(self._find([*self._list_preconditions(), (part, False), *others], "behind", start), 1)
        return _Start(start, on_track, behind)


def _find_bounds(commitment: Commitment, year: int) -> tuple[Bound, ...]:
    """Return the bounds of the first stage not before a year, or else those of the commitment."""
    stages = commitment.stages
    return next((stage.bounds for stage in stages if stage.year >= year), commitment.bounds)


def _find_bounds_before(commitment: Commitment, year: int) -> tuple[Bound, ...]:
    """Return the bounds of the last stage before a year."""
    return next((stage.bounds for stage in reversed(commitment.stages) if stage.year < year), ())
