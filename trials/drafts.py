"""Makes up the cases of a commitment: in a year in which it is due, on the way there, and before the plan."""

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
from dabiao.trials.figures import simple
from dabiao.trials.oracle import ByNow, Oracle, phase_of
from dabiao.trials.subjects import Subjects
from dabiao.trials.worlds import Cell, Place, World

Sort = Literal[
    "short", "at", "above", "missing", "silent", "nobody", "excluded", "no_base", "no_target", "not_yet",
    "on_track", "behind", "no_path", "before",
]  # fmt: skip
SORTS: tuple[Sort, ...] = get_args(Sort)

_LOOK = 24  # worlds looked at for one that lies exactly at the target, or strictly above
_STARTS = 24  # figures of the baseline year tried for a way to the target
_MOST_MISSING = 6


@dataclass(frozen=True)
class Draft:
    """A case before it is judged, with the verdict that the oracle gives it."""

    commitment: Commitment
    sort: Sort
    year: int
    world: World
    expected: Verdict


def drafts_of(plan: Plan, commitment: Commitment, oracles: Mapping[int, Oracle]) -> Iterator[Draft]:
    """Iterate over the cases of a commitment; `oracles` has one for each year."""
    met: tuple[World, int] | None = None
    for year in _years_due(plan, commitment):
        due = _Due(plan, commitment, oracles[year])
        yield from due.drafts()
        met = (due.met[0], year) if due.met else met
    for year in years_on_the_way(plan, commitment):
        yield from _OnTheWay(plan, commitment, oracles[year]).drafts(met)
    before = [y for y in range(plan.history, plan.last + 1) if phase_of(plan, commitment, y) == "before"]
    if met and before:
        yield Draft(commitment, "before", before[-1], met[0].in_year(met[1], before[-1]), "not_due")


def _years_due(plan: Plan, commitment: Commitment) -> list[int]:
    """Return the years of its stages, the due year, or the first year in which it is judged."""
    if commitment.stages:
        return [stage.year for stage in commitment.stages]
    return [y for y in range(plan.first, plan.last + 1) if phase_of(plan, commitment, y) == "due"][:1]


def years_on_the_way(plan: Plan, commitment: Commitment) -> list[int]:
    """Return one year in the middle of the way to each stage, or to the due year."""
    years = [y for y in range(plan.first, plan.last + 1) if phase_of(plan, commitment, y) == "on the way"]
    ways: dict[int, list[int]] = {}
    for year in years:
        ways.setdefault(sum(stage.year < year for stage in commitment.stages), []).append(year)
    return [way[len(way) // 2] for way in ways.values()]


def has_path(plan: Plan, commitment: Commitment) -> bool:
    """Return whether progress can be judged in a year before the due year."""
    value = commitment.value
    ways = years_on_the_way(plan, commitment)
    staged = any(stage.year < ways[-1] for stage in commitment.stages) if ways else False
    return value is not None and not value.steps and bool(ways) and (commitment.baseline is not None or staged)


class _Maker:
    """What the cases of one commitment in one year have in common."""

    def __init__(self, plan: Plan, commitment: Commitment, oracle: Oracle) -> None:
        self._plan = plan
        self._commitment = commitment
        self._oracle = oracle
        self._year = oracle.year
        self._bounds = _bounds(commitment, oracle.year)
        self._looked_at = variables(*commitment.forms(self._bounds))
        self._solver = Solver(plan, oracle.year, self._looked_at)
        self._world, self._subject = Subjects(plan).start(commitment.kind)
        self._exists = dict(self._bases())

    def _draft(self, sort: Sort, world: World, expected: Verdict | None = None) -> Draft:
        verdict = expected or self._verdict(world)
        assert verdict is not None, (self._commitment.id, sort)
        return Draft(self._commitment, sort, self._year, world, verdict)

    def _verdict(self, world: World) -> Verdict | None:
        return self._oracle.verdict(self._commitment.id, self._subject, world)

    def _prelude(self, leave: Condition | None = None) -> list[Goal]:
        """List what must be so for the commitment to be judged at all."""
        commitment = self._commitment
        after = commitment.due.after if commitment.due else None
        found = [c for c in (commitment.where, after, *self._exists.values()) if c is not None]
        return [(condition, True) for condition in found if condition is not leave]

    def _bases(self) -> Iterator[tuple[Sort, Condition]]:
        """Iterate over what must not be zero: the denominators of the value and of its targets."""
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
            if self._verdict(found) == verdict:
                yield found

    def _missing(self, full: World, others: Sequence[World], cells: Iterable[Cell]) -> Iterator[Draft]:
        """Leave out one of some figures at a time where another value of it would change the verdict: nobody can know then."""
        verdict = self._verdict(full)
        looked: set[tuple[str, str, int]] = set()
        for cell in cells:
            key = (cell.place.kind, cell.measure, cell.year)
            alone = not any(full.copies.get(place) for place in full.above(cell.place))
            if key in looked or len(looked) >= _MOST_MISSING or not alone:
                continue
            looked.add(key)
            elsewhere = [world.cells[cell] for world in others if cell in world.cells]
            for instead in dict.fromkeys([*elsewhere, *simple(self._plan.measures[cell.place.kind, cell.measure])]):
                changed = self._verdict(full.with_cells({cell: instead})) if instead != full.cells[cell] else None
                if changed not in (None, verdict):
                    yield self._draft("missing", full.without(cell), "undetermined")
                    break


class _Due(_Maker):
    """Makes up the cases of a year in which the commitment is due: at its target, just short, just above, nothing to judge."""

    def __init__(self, plan: Plan, commitment: Commitment, oracle: Oracle) -> None:
        super().__init__(plan, commitment, oracle)
        self._parts = self._promised()
        self.met = self._met()

    def drafts(self) -> Iterator[Draft]:
        """Iterate over the cases."""
        met, short = self.met, self._short()
        yield from (self._draft("short", world) for world in short)
        for number, world in enumerate(met):
            at_edge = any(self._margin(part, world) == 0 for part in self._parts)
            yield self._draft("at" if at_edge or not number else "above", world)
        if met:
            yield from self._missing(met[0], [*met[1:], *short], met[0].cells)
        if met and short:
            yield self._draft("silent", self._silent(), "undetermined")
        yield from self._vacuous()

    def _promised(self) -> list[Condition]:
        """Split what is promised into the parts that must all hold."""
        commitment = self._commitment
        if commitment.holds is not None:
            return list(conjuncts(commitment.holds))
        assert commitment.value is not None
        return [compare(commitment.value.form, b.operator, b.target.form) for b in self._bounds]

    def _met(self) -> list[World]:
        """Find worlds that meet the commitment: at each bound as closely as can be, and above."""
        base = self._prelude()
        found: list[World] = []
        for chosen, part in enumerate(self._parts):
            others = [(other, True) for place, other in enumerate(self._parts) if place != chosen]
            goals: list[Goal] = [*base, (part, True), *others]
            exact, above = self._closest(part, goals)
            if exact is None and above is None:
                exact, above = self._closest(part, [(part, True), *others, *base])
            found += [world for world in (exact, above) if world is not None]
            if self._commitment.holds is not None:
                break  # its parts were solved together
        return found

    def _closest(self, part: Condition, goals: Sequence[Goal]) -> tuple[World | None, World | None]:
        """Find a world exactly at the edge of a part, and one beyond; either may be lacking."""
        exact: World | None = None
        above: World | None = None
        for world in self._find(goals, "met"):
            if self._margin(part, world):
                above = above or world
            else:
                exact = exact or world
            if (exact and above) or self._commitment.holds is not None:
                break
        return exact, above

    def _margin(self, part: Condition, world: World) -> Fraction | None:
        if not isinstance(part, Test):
            return None
        return self._solver.margins.polynomial(part.margin, self._subject, world)

    def _short(self) -> list[World]:
        """Find worlds that fall short by one part at a time, as closely as can be."""
        base = self._prelude()
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

    def _silent(self) -> World:
        """Return the world in which nothing is reported."""
        counted = frozenset(v.kind for v in aggregates(*self._looked_at))
        return World(self._world.parents, peopled=self._world.peopled, unlisted=counted - {self._commitment.kind})

    def _vacuous(self) -> Iterator[Draft]:
        """Make up the cases in which there is nothing to judge: that is never met."""
        commitment = self._commitment
        if commitment.kind != self._plan.root.id:
            root = Place(self._plan.root.id, "")
            yield self._draft("nobody", World({root: None}), "not_applicable")
        after = commitment.due.after if commitment.due else None
        sorts: tuple[tuple[Sort, Condition | None, Verdict], ...] = (
            ("excluded", commitment.where, "not_applicable"),
            ("no_base", self._exists.get("no_base"), "not_applicable"),
            ("no_target", self._exists.get("no_target"), "not_applicable"),
            ("not_yet", after, "not_due"),
        )
        for sort, condition, verdict in sorts:
            if condition is not None:
                goals = [*self._prelude(leave=condition), (condition, False)]
                world = next(iter(self._find(goals, verdict)), None)
                if world is not None:
                    yield self._draft(sort, world)


class _Way(NamedTuple):
    """Figures of a start, and worlds that are just on track and just behind from there."""

    start: World
    on_track: Sequence[World]
    behind: Sequence[World]


class _OnTheWay(_Maker):
    """Makes up the cases of a year before the due year: as far as is expected by now, just short of it, no path known."""

    def drafts(self, met: tuple[World, int] | None) -> Iterator[Draft]:
        """Iterate over the cases; `met` are figures that meet the commitment in a year in which it is due."""
        ways = [way for holding in (False, True) if (way := self._way(holding))]
        for way in ways:
            yield from (self._draft("on_track", world) for world in way.on_track)
            yield from (self._draft("behind", world) for world in way.behind)
        if ways and ways[0].on_track:
            full = ways[0].on_track[0]
            yield from self._missing(
                full, ways[0].behind, [cell for cell in full.cells if cell not in ways[0].start.cells]
            )
            yield from self._without_path(full.without(cell) for cell in full.cells if cell.year == self._plan.baseline)
        elif met:
            yield from self._without_path([met[0].in_year(met[1], self._year)])

    def _without_path(self, worlds: Iterable[World]) -> Iterator[Draft]:
        """Take the first world in which no path is known."""
        yield from islice((self._draft("no_path", w) for w in worlds if self._verdict(w) == "not_due"), 1)

    def _way(self, holding: bool) -> _Way | None:
        """Find figures on track and behind from one start: one that is past the target already, or one that is not."""
        best: _Way | None = None
        for start, asked in self._starts():
            if any(by_now.holding for by_now in asked) is not holding:
                continue
            way = self._from(start, asked)
            if way.on_track and way.behind:
                return way
            best = best or (way if way.on_track or way.behind else None)
        return best

    def _starts(self) -> Iterator[tuple[World, list[ByNow]]]:
        """Iterate over worlds in which baseline and targets are known, with what is expected by now."""
        value, baseline = self._commitment.value, self._commitment.baseline
        if value is None or value.steps:
            return
        ratios = [bound.target.form for bound in (*self._bounds, *_bounds_before(self._commitment, self._year))]
        forms = [form for ratio in (*ratios, *([baseline] if baseline else [])) for form in (ratio.top, ratio.bottom)]
        cells = self._solver.margins.open_cells(forms, self._subject, self._world)
        for figures in islice(self._solver.fills(cells), _STARTS):
            start = self._world.with_cells(figures)
            if asked := self._oracle.expected(self._commitment.id, self._subject, start):
                yield start, asked

    def _from(self, start: World, asked: Sequence[ByNow]) -> _Way:
        """Find figures just on track, and just behind, by each bound."""
        value = self._commitment.value
        assert value is not None
        parts = [compare(value.form, cast(Operator, by_now.operator), Ratio.constant(by_now.value)) for by_now in asked]
        on_track: list[World] = []
        behind: list[World] = []
        for chosen, part in enumerate(parts):
            others: list[Goal] = [(other, True) for place, other in enumerate(parts) if place != chosen]
            on_track += islice(self._find([*self._prelude(), (part, True), *others], "on_track", start), 1)
            behind += islice(self._find([*self._prelude(), (part, False), *others], "behind", start), 1)
        return _Way(start, on_track, behind)


def _bounds(commitment: Commitment, year: int) -> tuple[Bound, ...]:
    """Return the bounds that are due in a year, or next."""
    stages = commitment.stages
    return next((stage.bounds for stage in stages if stage.year >= year), commitment.bounds)


def _bounds_before(commitment: Commitment, year: int) -> tuple[Bound, ...]:
    """Return the bounds of the last stage before a year."""
    return next((stage.bounds for stage in reversed(commitment.stages) if stage.year < year), ())
