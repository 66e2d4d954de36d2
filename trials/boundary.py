"""Finds worlds on the boundary of a condition, and one step to either side, by solving for one figure at a time.

A margin is linear in each figure it depends on. So all figures except one are set to simple values, the equation is solved
for the last one, and its neighbours are tried: one whole thing or a small decimal to either side. For counts and shares,
the number of subjects that satisfy them is solved for in the same way. For several conditions, the search backtracks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product
from math import ceil, floor

from dabiao.rules.algebra import And, Condition, Or, Polynomial, Sum, Test, Variable
from dabiao.rules.model import Plan
from dabiao.rules.walks import variables
from dabiao.trials.figures import is_possible, list_simple_values, list_values_around
from dabiao.trials.margins import Margins
from dabiao.trials.subjects import Population
from dabiao.trials.worlds import FigureKey, Subject, World

Goal = tuple[Condition, bool]

_TRIES = 4_000  # tests looked at before a goal is given up
_SAMPLE_TRIES = 1_500
_FILLS = 40
_MOST_SUBJECTS = 1_000
_TIMES = (1, 2, 5)
_SORTS = 3  # of more sorts than these, two at a time are not enough
_SIZES = (10, 5, 4, 1, 20, 3, 2, 7, 100)


class Solver:
    """Finds worlds in which conditions are true or false in one year, those nearest to the boundary first."""

    def __init__(self, plan: Plan, year: int, together: Iterable[Variable] = ()) -> None:
        """Prepare for the conditions of one commitment; `together` are all variables in them."""
        self.margins = Margins(plan, year)
        self._population = Population(plan)
        self.plan = plan
        self._counted = list(dict.fromkeys(v for v in together if isinstance(v, Sum)))
        self._left = 0
        self._samples: dict[tuple[str, Subject, tuple[Condition, ...], tuple[bool, ...]], World | None] = {}

    def find(self, goals: Sequence[Goal], world: World, subject: Subject) -> Iterator[World]:
        """Iterate over worlds that fulfil every goal, within a bounded number of tries."""
        self._left = _TRIES
        yield from self._find_all(goals, world, subject)

    def _find_all(self, goals: Sequence[Goal], world: World, subject: Subject) -> Iterator[World]:
        if not goals:
            yield world
            return
        (condition, want), *rest = goals
        for found in self._find_one(condition, want, world, subject):
            yield from self._find_all(rest, found, subject)
            if self._left <= 0:
                return

    def _find_one(self, condition: Condition, want: bool, world: World, subject: Subject) -> Iterator[World]:
        match condition:
            case Test():
                yield from self._find_for_test(condition, want, world, subject)
            case And(parts) | Or(parts):
                every = want == isinstance(condition, And)
                if every:
                    yield from self._find_all([(part, want) for part in parts], world, subject)
                    return
                for chosen in range(len(parts)):  # exactly one part decides; if that is impossible, all parts, or any
                    others = [(part, not want) for place, part in enumerate(parts) if place != chosen]
                    yield from self._find_all([*others, (parts[chosen], want)], world, subject)
                yield from self._find_all([(part, want) for part in parts], world, subject)
                for part in parts:
                    yield from self._find_one(part, want, world, subject)

    def _find_for_test(self, test: Test, want: bool, world: World, subject: Subject) -> Iterator[World]:
        for peopled in self._add_subjects(test, world, subject):
            figures = self.margins.list_open_figures((test.margin, *test.bases), subject, peopled)
            candidates = self._assign_figures(test, peopled, subject, figures) if figures else [peopled]
            for candidate in candidates:
                self._left -= 1
                if self._left <= 0:
                    return
                if self.margins.holds(test, subject, candidate) is want:
                    yield candidate

    def _assign_figures(self, test: Test, world: World, subject: Subject, figures: list[FigureKey]) -> Iterator[World]:
        """Set every open figure: all except one to simple values, and that one near the root of the margin."""
        for pivot in figures:
            others = [figure for figure in figures if figure != pivot]
            for filled in islice(self.assign_simple_values(others), _FILLS):
                base = world.with_figures(filled)
                for value in self._find_values(test.margin, pivot, base, subject):
                    yield base.with_figures({pivot: value})

    def assign_simple_values(self, figures: list[FigureKey]) -> Iterator[Mapping[FigureKey, Fraction]]:
        """Iterate over simple values for some figures: the same choice for all first, then every combination."""
        choices = [list_simple_values(self.plan.measures[figure.subject.kind, figure.measure]) for figure in figures]
        for position in range(max(map(len, choices), default=1)):
            yield {figure: own[min(position, len(own) - 1)] for figure, own in zip(figures, choices, strict=True)}
        for values in product(*choices):
            yield dict(zip(figures, values, strict=True))

    def _find_values(self, margin: Polynomial, pivot: FigureKey, world: World, subject: Subject) -> Iterator[Fraction]:
        """Iterate over values of one figure: the root of the margin, a step to either side, then simple values."""
        measure = self.plan.measures[pivot.subject.kind, pivot.measure]
        at = [
            self.margins.polynomial(margin, subject, world.with_figures({pivot: Fraction(number)}))
            for number in range(3)
        ]
        tight: list[Fraction] = []
        if at[0] is not None and at[1] is not None and at[2] is not None:
            slope = at[1] - at[0]
            if slope and at[2] - at[1] == slope:
                tight = list_values_around(-at[0] / slope, measure)
        for value in dict.fromkeys([*tight, *list_simple_values(measure)]):
            if is_possible(measure, value):
                yield value

    def _add_subjects(self, test: Test, world: World, subject: Subject) -> Iterator[World]:
        """Iterate over worlds with subjects of every kind that the test counts or sums over."""
        needed = [v for v in variables(test) if isinstance(v, Sum)]
        kinds = [v.kind for v in needed if not any((owner, v.kind) in world.peopled for owner in world.above(subject))]
        if not kinds:
            yield world
            return
        kind = kinds[0]
        together = list(dict.fromkeys(v for v in (*needed, *self._counted) if v.kind == kind))
        for peopled in self._populate(test, together, kind, world, subject):
            yield from self._add_subjects(test, peopled, subject)

    def _populate(self, test: Test, counted: list[Sum], kind: str, world: World, subject: Subject) -> Iterator[World]:
        conditions = list(dict.fromkeys(v.where for v in counted if v.where is not None))
        if not all(v.counts for v in counted):
            yield from self._add_one_each(conditions, kind, world, subject)
            return
        samples = [
            (truth, sample)
            for truth in sorted(product((True, False), repeat=len(conditions)), key=sum, reverse=True)
            if (sample := self._make_sample(conditions, truth, kind, world, subject))
        ]
        alone = set(counted) <= set(variables(test))
        if not alone or len(samples) > _SORTS:
            yield from self._mix_sorts([sample for _, sample in samples], kind, world, subject)
        for (one, sample), (other, counter) in product(samples, repeat=2):
            if one == other and len(samples) > 1:
                continue
            values: list[dict[Variable, Fraction]] = [
                {v: Fraction(v.where is None or truth[conditions.index(v.where)]) for v in counted}
                for truth in (one, other)
            ]
            for number, rest in dict.fromkeys(self._find_splits(test, values, kind, world, subject)):
                yield self._population.add_copies([(sample, number), (counter, rest)], kind, world, subject)
        yield from self._population.fit([], kind, world, subject)

    def _mix_sorts(self, samples: list[World], kind: str, world: World, subject: Subject) -> Iterator[World]:
        """Add a few subjects of every sort, or of every sort except one: for counts that need several sorts."""
        for times in _TIMES:
            for left_out in (None, *samples):
                people = [(sample, times) for sample in samples if sample is not left_out]
                yield from self._population.fit(people, kind, world, subject)

    def _add_one_each(self, conditions: list[Condition], kind: str, world: World, subject: Subject) -> Iterator[World]:
        """Add one subject of each sort; their figures remain to be found."""
        truths = sorted(product((True, False), repeat=len(conditions)), key=sum, reverse=True)
        samples = [s for truth in truths if (s := self._make_sample(conditions, truth, kind, world, subject))]
        for people in (samples, samples[:1], [*samples, *samples[:1]], []):
            yield from self._population.fit([(sample, 1) for sample in people], kind, world, subject)

    def _make_sample(
        self, conditions: list[Condition], truth: tuple[bool, ...], kind: str, world: World, subject: Subject
    ) -> World | None:
        """Return a world with one subject of a kind for which some conditions are true and the others false."""
        key = (kind, subject, tuple(conditions), truth)
        alone = all(v.kind == kind for v in variables(*conditions))
        if alone and key in self._samples:
            return self._samples[key]
        place, parents = self._population.next_child(kind, 0, world, subject)
        bare = replace(world, figures={}) if alone else world
        goals = sorted(zip(conditions, truth, strict=True), key=lambda goal: not goal[1])
        left, self._left = self._left, _SAMPLE_TRIES
        found = next(iter(self._find_all(goals, bare.with_subjects(parents).settle(subject, kind), place)), None)
        self._left = left
        if alone:
            self._samples[key] = found
        return found

    def _find_splits(
        self, test: Test, adds: list[dict[Variable, Fraction]], kind: str, world: World, subject: Subject
    ) -> Iterator[tuple[int, int]]:
        """Iterate over numbers of subjects of two sorts near the root of the margin.

        `adds` is the amount that one subject of each sort adds to each variable.
        """
        one, other = adds
        size = self._population.find_register_size(kind, subject)
        if size is not None:
            yield from self._split_size(test, one, other, size, world, subject)
            return
        for rest in (1, 0):
            for number in self._find_roots(test, one, {v: rest * n for v, n in other.items()}, world, subject):
                if 0 <= number <= _MOST_SUBJECTS:
                    yield number, rest
        for size in _SIZES:
            yield from self._split_size(test, one, other, size, world, subject)

    def _split_size(
        self,
        test: Test,
        one: Mapping[Variable, Fraction],
        other: Mapping[Variable, Fraction],
        size: int,
        world: World,
        subject: Subject,
    ) -> Iterator[tuple[int, int]]:
        whole = {v: size * n for v, n in other.items()}
        for number in self._find_roots(test, {v: n - other[v] for v, n in one.items()}, whole, world, subject):
            if 0 <= number <= size:
                yield number, size - number

    def _find_roots(
        self,
        test: Test,
        step: Mapping[Variable, Fraction],
        first: Mapping[Variable, Fraction],
        world: World,
        subject: Subject,
    ) -> list[int]:
        """List whole numbers of steps, counted from `first`, near the root of the margin."""
        margins = [
            self.margins.polynomial(test.margin, subject, world, {v: first[v] + times * n for v, n in step.items()})
            for times in range(2)
        ]
        if margins[0] is None or margins[1] is None or margins[0] == margins[1]:
            return [1, 0, 2, 10]
        root = margins[0] / (margins[0] - margins[1])
        return [*([int(root)] if root.denominator == 1 else []), ceil(root) - 1, floor(root) + 1]
