"""Where the conditions of consequences on measures hold, told by the oracle of each subject of a made-up world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from dabiao.rules import written as w
from dabiao.rules.model import Plan
from dabiao.trials.figures import list_simple_values
from dabiao.trials.oracle import Oracle, name_conditions
from dabiao.trials.worlds import FigureKey, Subject, World

_COMPLETIONS = 8  # values tried for what is missing


class Held(NamedTuple):
    """A condition that holds for a subject; `sure` is false if missing figures may make it hold or not."""

    condition: str
    subject: Subject
    sure: bool


def find_held(plan: Plan, text: w.Plan, oracle: Oracle, world: World) -> Iterator[Held]:
    """Iterate over the conditions on measures that hold, or may hold, in a world without copies, and where."""
    root = next(place for place, parent in world.parents.items() if parent is None)
    reported = _settle(plan, world, root)
    for name, condition in ((n, c) for rule in text.consequences for n, c in name_conditions(rule).items()):
        if condition.measure or condition.holds:
            for place in world.below(root, condition.each or plan.root.id):
                verdict = oracle.verdict(name, place, reported)
                if verdict == "met":
                    yield Held(name, place, sure=True)
                elif verdict is None and _may_hold(plan, oracle, name, place, reported):
                    yield Held(name, place, sure=False)


def _settle(plan: Plan, world: World, root: Subject) -> World:
    """Return the world as its sheets tell it: they list all subjects of a kind, or do not say how many there are."""
    return replace(world, peopled=frozenset((root, kind) for kind in plan.kinds if kind not in world.unlisted))


def _may_hold(plan: Plan, oracle: Oracle, name: str, place: Subject, world: World) -> bool:
    """Whether a condition that is open holds however the missing figures are completed, as far as is tried."""
    root = next(iter(world.peopled))[0] if world.peopled else place
    free = [kind.id for kind in plan.kinds.values() if not kind.register or kind.register.count is None]
    listed = replace(world, peopled=world.peopled | {(root, kind) for kind in free})
    completed = (replace(listed, figures=_Completed(plan, world.figures, n)) for n in range(_COMPLETIONS))
    return all(oracle.verdict(name, place, each) in ("met", None) for each in completed)


@dataclass(frozen=True)
class _Completed(Mapping[FigureKey, Fraction]):
    """Figures, with a simple value, by its number, for each that is missing."""

    plan: Plan
    known: Mapping[FigureKey, Fraction]
    number: int

    def __getitem__(self, key: FigureKey) -> Fraction:
        if key in self.known:
            return self.known[key]
        values = list_simple_values(self.plan.measures[key.subject.kind, key.measure])
        return values[min(self.number, len(values) - 1)]

    def __iter__(self) -> Iterator[FigureKey]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)
