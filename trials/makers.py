"""What all makers of cases share: a world with one subject, the conditions of its commitment, a figure left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, get_args

from dabiao.engine.results import Verdict
from dabiao.rules.algebra import Condition, Test, conjuncts
from dabiao.rules.model import Bound, Commitment, Plan
from dabiao.rules.walks import variables
from dabiao.trials.boundary import Goal, Solver
from dabiao.trials.figures import list_simple_values
from dabiao.trials.oracle import Oracle
from dabiao.trials.subjects import Population
from dabiao.trials.worlds import FigureKey, World

Sort = Literal[
    "short", "at", "above", "missing", "silent", "nobody", "excluded", "no_base", "no_target", "not_yet", "lapsed",
    "early", "on_track", "behind", "no_path", "unlike", "before", "later", "district", "waiver", "waived", "consequence",
]  # fmt: skip
SORTS: tuple[Sort, ...] = get_args(Sort)

_LOOK = 24  # worlds tried to find one exactly at the target, or strictly above
_MOST_MISSING = 6


@dataclass(frozen=True)
class Draft:
    """A case before it is judged, with the verdict that the oracle gives it."""

    commitment: Commitment
    sort: Sort
    year: int
    world: World
    expected: Verdict


class CaseMaker:
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


def find_bounds(commitment: Commitment, year: int) -> tuple[Bound, ...]:
    """Return the bounds of the first stage not before a year, or else those of the commitment."""
    stages = commitment.stages
    return next((stage.bounds for stage in stages if stage.year >= year), commitment.bounds)


def find_bounds_before(commitment: Commitment, year: int) -> tuple[Bound, ...]:
    """Return the bounds of the last stage before a year."""
    return next((stage.bounds for stage in reversed(commitment.stages) if stage.year < year), ())
