"""Makes up the cases of a commitment: in a year in which it is due, in a year before, and before the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import Literal, NamedTuple, cast, get_args

from dabiao.engine.results import Verdict
from dabiao.rules.algebra import Condition, Ratio, Test, aggregates, compare, conjuncts, variables
from dabiao.rules.comparators import Operator
from dabiao.rules.model import Commitment, Plan
from dabiao.trials.boundary import Goal, Solver
from dabiao.trials.figures import list_simple_values
from dabiao.trials.oracle import ExpectedNow, Oracle, phase_of
from dabiao.trials.prospects import find_bounds, find_bounds_before, find_years_due, find_years_on_the_way
from dabiao.trials.subjects import Population
from dabiao.trials.worlds import FigureKey, Subject, World

Sort = Literal[
    "short", "at", "above", "missing", "silent", "nobody", "excluded", "no_base", "no_target", "not_yet", "lapsed",
    "early", "on_track", "behind", "no_path", "unlike", "before", "later", "district", "waiver", "waived", "consequence",
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
    met: list[tuple[World, int]] = []
    short: list[tuple[World, int]] = []
    for year in find_years_due(plan, commitment):
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


class _CaseMaker:
    """Makes up cases of one commitment in one year: the common base of due years and years before."""

    def __init__(self, plan: Plan, commitment: Commitment, oracle: Oracle) -> None:
        self._plan = plan
        self._commitment = commitment
        self._oracle = oracle
        self._year = oracle.year
        self._bounds = find_bounds(commitment, oracle.year)
        self._looked_at = variables(*commitment.forms(self._bounds))
        self._solver = Solver(plan, oracle.year, self._looked_at)
        self._world, self._subject = Population(plan).make_world(commitment.kind)
        self._exists = dict(self._list_bases())
        self._unlike: dict[tuple[Verdict, Verdict], World] = {}

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
            actual = self._find_verdict(found)
            if actual == verdict:
                yield found
            elif actual is not None:
                self._unlike.setdefault((verdict, actual), found)

    def _make_unlike(self) -> Iterator[Draft]:
        """Make up cases of what was found with another verdict than was looked for: there a text may be misread."""
        yield from (self._make_draft("unlike", world) for world in self._unlike.values())

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
        yield from self._make_paced(met, short)
        yield from self._make_unlike()

    def _make_paced(self, met: Sequence[World], short: Sequence[World]) -> Iterator[Draft]:
        ways = [way for holding in (False, True) if (way := self._find_start(holding))]
        if not ways and (beside := self._find_beside([*met, *short])):
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
        ratios = [bound.target.form for bound in (*self._bounds, *find_bounds_before(self._commitment, self._year))]
        forms = [form for ratio in (*ratios, *([baseline] if baseline else [])) for form in (ratio.top, ratio.bottom)]
        figures = self._solver.margins.list_open_figures(forms, self._subject, self._world)
        for values in islice(self._solver.assign_simple_values(figures), _STARTS):
            start = self._world.with_figures(values)
            if asked := self._oracle.expected(self._commitment.id, self._subject, start):
                yield start, asked

    def _find_beside(self, worlds: Sequence[World]) -> _Start | None:
        """Put figures of the baseline year beside those of a due year: for counts and sums, which start from such."""
        ways: dict[str, World] = {}
        for world in worlds:
            keys = [figure for figure in world.figures if figure.year == self._year]
            values = {key: list_simple_values(self._plan.measures[key.subject.kind, key.measure]) for key in keys}
            for choose in (min, max, None):
                both = world.with_figures(
                    {
                        key._replace(year=self._plan.baseline): choose(values[key]) if choose else world.figures[key]
                        for key in keys
                    }
                )
                ways.setdefault(self._find_verdict(both) or "", both)
        if not ways.keys() & {"on_track", "behind"}:
            return None
        found = [[ways[verdict]] if verdict in ways else [] for verdict in ("early", "on_track", "behind")]
        return _Start(self._world, *found)

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
