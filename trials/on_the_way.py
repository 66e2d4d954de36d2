"""Makes up the cases of a year before the due year: at the target, at what is expected by then, just short of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import NamedTuple, cast

from dabiao.engine.results import Verdict
from dabiao.rules.algebra import Ratio, compare
from dabiao.rules.comparators import COMPARATORS, Operator
from dabiao.trials.boundary import Goal
from dabiao.trials.figures import list_simple_values
from dabiao.trials.makers import CaseMaker, Draft, Sort, find_bounds_before
from dabiao.trials.oracle import ExpectedNow
from dabiao.trials.worlds import FigureKey, World

_STARTS = 24  # baseline figures tried to find a path to the target
_NEARLY = (Fraction(4, 5), Fraction(2, 3))  # of a target: more than is expected by then if the path begins at nothing


class _Start(NamedTuple):
    """A world with a start of the path, and worlds from there: at the target, just on track and just behind."""

    start: World
    early: Sequence[World]
    on_track: Sequence[World]
    behind: Sequence[World]


class OnTheWay(CaseMaker):
    """Makes up cases of a year before the due year: at the target, at the expected value, just short of it, without a path."""

    def drafts(self, met: Sequence[World], short: Sequence[World]) -> Iterator[Draft]:
        """Iterate over the cases; `met` and `short` are figures that keep and miss the commitment where it is due."""
        yield from self._make_paced(met, short)
        yield from self._make_unlike()

    def _make_paced(self, met: Sequence[World], short: Sequence[World]) -> Iterator[Draft]:
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
        ratios = [bound.target.form for bound in (*self._bounds, *find_bounds_before(self._commitment, self._year))]
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
