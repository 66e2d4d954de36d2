"""Finds worlds on the edge of a condition: exactly at it, one step to either side; by solving for one figure at a time.

A margin is linear in each figure it depends on. So all figures but one are set to simple values, the last one is solved
for, and its neighbours are tried: one whole thing or a small decimal to either side. Counts and shares are solved in
the same way for how many subjects satisfy them. Conditions are joined by trying again where a later one cannot be had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product
from math import ceil, floor

from dabiao.rules.algebra import And, Condition, Not, Or, Polynomial, Sum, Test, Variable, variables
from dabiao.rules.model import Plan
from dabiao.trials.figures import around, can_be, simple
from dabiao.trials.margins import Margins
from dabiao.trials.subjects import Subjects
from dabiao.trials.worlds import Cell, Place, World

Goal = tuple[Condition, bool]

_TRIES = 4_000  # tests looked at before a goal is given up
_SAMPLE_TRIES = 1_500
_FILLS = 40
_MOST_SUBJECTS = 1_000
_TIMES = (1, 2, 5)
_SORTS = 3  # of more sorts than these, two at a time are not enough
_SIZES = (10, 5, 4, 1, 20, 3, 2, 7, 100)


class Solver:
    """Finds worlds of a plan's year in which conditions are true or false, tightest first."""

    def __init__(self, plan: Plan, year: int, together: Iterable[Variable] = ()) -> None:
        """Prepare for the conditions of one commitment; `together` are all the variables that occur in them."""
        self.margins = Margins(plan, year)
        self._subjects = Subjects(plan)
        self.plan = plan
        self._counted = list(dict.fromkeys(v for v in together if isinstance(v, Sum)))
        self._left = 0
        self._samples: dict[tuple[str, Place, tuple[Condition, ...], tuple[bool, ...]], World | None] = {}

    def find(self, goals: Sequence[Goal], world: World, subject: Place) -> Iterator[World]:
        """Iterate over worlds that fulfil every goal, within a bounded number of tries."""
        self._left = _TRIES
        yield from self._all(goals, world, subject)

    def _all(self, goals: Sequence[Goal], world: World, subject: Place) -> Iterator[World]:
        if not goals:
            yield world
            return
        (condition, want), *rest = goals
        for found in self._one(condition, want, world, subject):
            yield from self._all(rest, found, subject)
            if self._left <= 0:
                return

    def _one(self, condition: Condition, want: bool, world: World, subject: Place) -> Iterator[World]:
        match condition:
            case Test():
                yield from self._test(condition, want, world, subject)
            case Not(inner):
                yield from self._one(inner, not want, world, subject)
            case And(parts) | Or(parts):
                every = want == isinstance(condition, And)
                if every:
                    yield from self._all([(part, want) for part in parts], world, subject)
                    return
                for chosen in range(len(parts)):  # just one of them decides; where that cannot be, all, or any
                    others = [(part, not want) for place, part in enumerate(parts) if place != chosen]
                    yield from self._all([*others, (parts[chosen], want)], world, subject)
                yield from self._all([(part, want) for part in parts], world, subject)
                for part in parts:
                    yield from self._one(part, want, world, subject)

    def _test(self, test: Test, want: bool, world: World, subject: Place) -> Iterator[World]:
        for peopled in self._peopled(test, world, subject):
            cells = self.margins.open_cells((test.margin, *test.bases), subject, peopled)
            candidates = self._assigned(test, peopled, subject, cells) if cells else [peopled]
            for candidate in candidates:
                self._left -= 1
                if self._left <= 0:
                    return
                if self.margins.holds(test, subject, candidate) is want:
                    yield candidate

    def _assigned(self, test: Test, world: World, subject: Place, cells: list[Cell]) -> Iterator[World]:
        """Set every open figure: all but one to simple values, that one near where the margin is nothing."""
        for pivot in cells:
            others = [cell for cell in cells if cell != pivot]
            for filled in islice(self.fills(others), _FILLS):
                base = world.with_cells(filled)
                for value in self._near(test.margin, pivot, base, subject):
                    yield base.with_cells({pivot: value})

    def fills(self, cells: list[Cell]) -> Iterator[Mapping[Cell, Fraction]]:
        """Iterate over simple values for some figures: alike first, then in every combination."""
        choices = [simple(self.plan.measures[cell.place.kind, cell.measure]) for cell in cells]
        for position in range(max(map(len, choices), default=1)):
            yield {cell: own[min(position, len(own) - 1)] for cell, own in zip(cells, choices, strict=True)}
        for values in product(*choices):
            yield dict(zip(cells, values, strict=True))

    def _near(self, margin: Polynomial, pivot: Cell, world: World, subject: Place) -> Iterator[Fraction]:
        """Iterate over values of one figure: where the margin is nothing, a step to either side, then simple values."""
        measure = self.plan.measures[pivot.place.kind, pivot.measure]
        at = [
            self.margins.polynomial(margin, subject, world.with_cells({pivot: Fraction(number)})) for number in range(3)
        ]
        tight: list[Fraction] = []
        if at[0] is not None and at[1] is not None and at[2] is not None:
            slope = at[1] - at[0]
            if slope and at[2] - at[1] == slope:
                tight = around(-at[0] / slope, measure)
        for value in dict.fromkeys([*tight, *simple(measure)]):
            if can_be(measure, value):
                yield value

    def _peopled(self, test: Test, world: World, subject: Place) -> Iterator[World]:
        """Iterate over worlds that have subjects for everything the test counts or sums over."""
        needed = [v for v in variables(test) if isinstance(v, Sum)]
        kinds = [v.kind for v in needed if not any((owner, v.kind) in world.peopled for owner in world.above(subject))]
        if not kinds:
            yield world
            return
        kind = kinds[0]
        together = list(dict.fromkeys(v for v in (*needed, *self._counted) if v.kind == kind))
        for peopled in self._populations(test, together, kind, world, subject):
            yield from self._peopled(test, peopled, subject)

    def _populations(self, test: Test, counted: list[Sum], kind: str, world: World, subject: Place) -> Iterator[World]:
        conditions = list(dict.fromkeys(v.where for v in counted if v.where is not None))
        if not all(v.counts for v in counted):
            yield from self._one_each(conditions, kind, world, subject)
            return
        samples = [
            (truth, sample)
            for truth in sorted(product((True, False), repeat=len(conditions)), key=sum, reverse=True)
            if (sample := self._sample(conditions, truth, kind, world, subject))
        ]
        alone = set(counted) <= set(variables(test))
        if not alone or len(samples) > _SORTS:
            yield from self._mixtures([sample for _, sample in samples], kind, world, subject)
        for (one, sample), (other, counter) in product(samples, repeat=2):
            if one == other and len(samples) > 1:
                continue
            values: list[dict[Variable, Fraction]] = [
                {v: Fraction(v.where is None or truth[conditions.index(v.where)]) for v in counted}
                for truth in (one, other)
            ]
            for number, rest in dict.fromkeys(self._splits(test, values, kind, world, subject)):
                yield self._subjects.with_people([(sample, number), (counter, rest)], kind, world, subject)
        yield from self._subjects.fitted([], kind, world, subject)

    def _mixtures(self, samples: list[World], kind: str, world: World, subject: Place) -> Iterator[World]:
        """Put in a few of every sort, or of every sort but one: for counts that one sort alone cannot satisfy."""
        for times in _TIMES:
            for left_out in (None, *samples):
                people = [(sample, times) for sample in samples if sample is not left_out]
                yield from self._subjects.fitted(people, kind, world, subject)

    def _one_each(self, conditions: list[Condition], kind: str, world: World, subject: Place) -> Iterator[World]:
        """Put in one subject of each sort: then its figures are what is left to find."""
        truths = sorted(product((True, False), repeat=len(conditions)), key=sum, reverse=True)
        samples = [s for truth in truths if (s := self._sample(conditions, truth, kind, world, subject))]
        for people in (samples, samples[:1], []):
            yield from self._subjects.fitted([(sample, 1) for sample in people], kind, world, subject)

    def _sample(
        self, conditions: list[Condition], truth: tuple[bool, ...], kind: str, world: World, subject: Place
    ) -> World | None:
        """Return a world with one subject of a kind for which some conditions are true and the others false."""
        key = (kind, subject, tuple(conditions), truth)
        alone = all(v.kind == kind for v in variables(*conditions))
        if alone and key in self._samples:
            return self._samples[key]
        place, parents = self._subjects.child(kind, 0, world, subject)
        bare = replace(world, cells={}) if alone else world
        goals = sorted(zip(conditions, truth, strict=True), key=lambda goal: not goal[1])
        left, self._left = self._left, _SAMPLE_TRIES
        found = next(iter(self._all(goals, bare.with_subjects(parents).settled(subject, kind), place)), None)
        self._left = left
        if alone:
            self._samples[key] = found
        return found

    def _splits(
        self, test: Test, adds: list[dict[Variable, Fraction]], kind: str, world: World, subject: Place
    ) -> Iterator[tuple[int, int]]:
        """Iterate over how many subjects of two sorts to put in, near where the margin is nothing; `adds`: what one adds."""
        one, other = adds
        size = self._subjects.fixed(kind, subject)
        if size is not None:
            yield from self._split(test, one, other, size, world, subject)
            return
        for rest in (1, 0):
            for number in self._roots(test, one, {v: rest * n for v, n in other.items()}, world, subject):
                if 0 <= number <= _MOST_SUBJECTS:
                    yield number, rest
        for size in _SIZES:
            yield from self._split(test, one, other, size, world, subject)

    def _split(
        self,
        test: Test,
        one: Mapping[Variable, Fraction],
        other: Mapping[Variable, Fraction],
        size: int,
        world: World,
        subject: Place,
    ) -> Iterator[tuple[int, int]]:
        whole = {v: size * n for v, n in other.items()}
        for number in self._roots(test, {v: n - other[v] for v, n in one.items()}, whole, world, subject):
            if 0 <= number <= size:
                yield number, size - number

    def _roots(
        self,
        test: Test,
        step: Mapping[Variable, Fraction],
        first: Mapping[Variable, Fraction],
        world: World,
        subject: Place,
    ) -> list[int]:
        """List whole numbers of steps near which the margin is nothing, if it starts from `first`."""
        margins = [
            self.margins.polynomial(test.margin, subject, world, {v: first[v] + times * n for v, n in step.items()})
            for times in range(2)
        ]
        if margins[0] is None or margins[1] is None or margins[0] == margins[1]:
            return [1, 0, 2, 10]
        root = margins[0] / (margins[0] - margins[1])
        return [*([int(root)] if root.denominator == 1 else []), ceil(root) - 1, floor(root) + 1]
