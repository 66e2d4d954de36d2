"""What is true of a commitment in a made-up world, worked out from the words of the plan: a second opinion on the engine.

Expressions are read as they are written and worked out in plain fractions, one subject at a time. The parser, the units
and the figures are those of the engine; forms, columns, bounds, comparators and paths are not: nothing is shared that could
be wrong in the same way twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from dabiao.engine.results import Verdict
from dabiao.rules import expressions as x
from dabiao.rules import written as w
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.shape import Source
from dabiao.trials.values import NOTHING, Figure, Reader, Truth, Value, satisfies
from dabiao.trials.worlds import Place, World

Phase = Literal["before", "on the way", "due"]

_COMPARATORS = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<", "exactly": "=="}
_DIRECTIONS = {"increase": ">", "decrease": "<", "no_increase": "<=", "no_decrease": ">=", "maintain": ">="}


class Aim(NamedTuple):
    """A comparator and the value it is compared with."""

    operator: str
    target: Value


class ByNow(NamedTuple):
    """A comparator and the value expected by now: the target itself where the baseline is past it (`holding`)."""

    operator: str
    value: Fraction
    holding: bool


class Way(NamedTuple):
    """Where the way to a target starts and which share of its time has passed; `start` is None where no path is known."""

    start: Value | None
    share: Fraction


@dataclass(frozen=True, slots=True)
class Pace:
    """How a value is to move: the path, and the share of the distance that counts as on track."""

    path: str
    cut_off: Fraction

    def expected(self, start: Fraction, target: Fraction, share: Fraction) -> Fraction:
        """Return the value expected when a share of the time has passed; a compound one only about."""
        if self.path == "step":
            return start
        covered = (target - start) * share
        if self._grows(start, target):
            covered = Fraction(float(start) * float(target / start) ** float(share)) - start
        return start + covered * self.cut_off

    def reached(self, value: Fraction, start: Fraction, target: Fraction, share: Fraction, rising: bool) -> bool:
        """Return whether a value has come as far as is expected, or further. Exact for compound paths, too."""
        if self.path != "step" and self._grows(start, target):
            whole = start + (value - start) / self.cut_off  # the value that has come as far without a cut-off
            far = (whole / start) ** share.denominator if whole > 0 else Fraction(0)
            asked = (target / start) ** share.numerator
            return far >= asked if rising else far <= asked
        asked = self.expected(start, target, share)
        return value >= asked if rising else value <= asked

    def _grows(self, start: Fraction, target: Fraction) -> bool:
        return self.path == "compound" and start > 0 and target > 0


def phase_of(plan: Plan, commitment: Commitment, year: int) -> Phase:
    """Return whether a year lies before the plan, on the way to the due year, or asks for the target itself."""
    if year < plan.first or year <= plan.baseline:
        return "before"
    due = commitment.due.year if commitment.due else None
    staged = any(stage.year == year for stage in commitment.stages)
    return "due" if due is None or year >= due or staged else "on the way"


class Oracle:
    """Says what verdict the words of a plan give to a commitment in one year."""

    def __init__(self, plan: Plan, text: w.Plan, year: int) -> None:
        """Prepare for one year; `text` is the plan as it is written, with the amendments that are in force."""
        self._plan = plan
        self.year = year
        self._reader = Reader(plan, text, year)
        self._commitments = {commitment.id: commitment for commitment in text.commitments}
        self._plan_pace = text.pace

    def verdict(self, name: str, subject: Place | None, world: World) -> Verdict | None:
        """Return the verdict of a commitment for a subject; None if the figures do not say.

        `subject` is None where there is nobody of its kind.
        """
        written = self._commitments[name]
        phase = phase_of(self._plan, self._plan.commitments[name], self.year)
        if phase == "before":
            return "not_due"
        if subject is None:
            return "not_applicable"
        if written.where and not (applies := self._holds(written.where, subject, world)):
            return None if applies is None else "not_applicable"
        after = written.due.after if written.due else None
        if after and not (happened := self._holds(after, subject, world)):
            return None if happened is None else "not_due"
        if written.holds:
            if phase == "on the way":
                return "not_due"
            holds = self._holds(written.holds, subject, world)
            return None if holds is None else "met" if holds else "shortfall"
        return self._of_value(written, phase, subject, world)

    def _of_value(self, written: w.Commitment, phase: Phase, subject: Place, world: World) -> Verdict | None:
        actual = self._measured(written, subject, world)
        if phase == "on the way" and actual.steps:
            return "not_due"
        aims = self._aims(written, self._asked(written), actual, subject, world)
        values = [actual.value, *(aim.target for aim in aims)]
        if NOTHING in values:
            return "not_applicable"
        if phase == "on the way":
            return self._on_the_way(written, actual, aims, subject, world)
        numbers = [value for value in values if isinstance(value, Fraction)]
        if len(numbers) < len(values):
            return None
        held = all(satisfies(numbers[0], aim.operator, number) for aim, number in zip(aims, numbers[1:], strict=True))
        return "met" if held else "shortfall"

    def _on_the_way(
        self, written: w.Commitment, actual: Figure, aims: Sequence[Aim], subject: Place, world: World
    ) -> Verdict | None:
        start, share = self._way(written, subject, world)
        if not isinstance(start, Fraction):
            return "not_due"
        if not isinstance(actual.value, Fraction):
            return None
        pace = self._pace(written)
        for operator, target in aims:
            if not isinstance(target, Fraction):
                return None
            if satisfies(start, operator, target):  # hold
                reached = satisfies(actual.value, operator, target)
            else:
                reached = pace.reached(actual.value, start, target, share, _rises(operator, start, target))
            if not reached:
                return "behind"
        return "on_track"

    def expected(self, name: str, subject: Place, world: World) -> list[ByNow]:
        """List what is expected by now on the way to each target, compound paths only about; empty where no path is known."""
        written = self._commitments[name]
        actual = self._measured(written, subject, world)
        start, share = self._way(written, subject, world)
        found = []
        for operator, target in self._aims(written, self._asked(written), actual, subject, world):
            if not isinstance(start, Fraction) or not isinstance(target, Fraction):
                return []
            if satisfies(start, operator, target):
                found.append(ByNow(operator, target, holding=True))
            else:
                value = self._pace(written).expected(start, target, share)
                found.append(ByNow(">=" if _rises(operator, start, target) else "<=", value, holding=False))
        return found

    def _asked(self, written: w.Commitment) -> w.Comparison:
        """Return the comparison that is due in this year, or next."""
        stages = written.staged or ()
        return next((stage for stage in stages if stage.year >= self.year), stages[-1]) if stages else written

    def _way(self, written: w.Commitment, subject: Place, world: World) -> Way:
        stages = written.staged or ()
        behind = [stage for stage in stages if stage.year < self.year]
        asked = self._asked(written)
        due = asked.year if isinstance(asked, w.Stage) else written.due.year if written.due else None
        assert due is not None, written.id
        if behind:
            measured = self._measured(written, subject, world)
            start: Value | None = self._aims(written, behind[-1], measured, subject, world)[0].target
            since = behind[-1].year
        else:
            start, since = self._baseline(written, subject, world), self._plan.baseline
        return Way(start, Fraction(self.year - since, due - since))

    def _aims(
        self, written: w.Commitment, asked: w.Comparison, measured: Figure, subject: Place, world: World
    ) -> list[Aim]:
        if written.direction and asked is written:
            return [Aim(_DIRECTIONS[written.direction], self._reference(written, subject, world))]
        if asked.between:
            targets = [self._target(source, measured, subject, world) for source in asked.between]
            return [Aim(">=", targets[0]), Aim("<=", targets[1])]
        name, source = next((name, s) for name in _COMPARATORS if (s := getattr(asked, name)) is not None)
        return [Aim(_COMPARATORS[name], self._target(source, measured, subject, world))]

    def _target(self, source: Source, measured: Figure, subject: Place, world: World) -> Value:
        return self._reader.figure(self._reader.tree(source), subject, world, like=measured).value

    def _reference(self, written: w.Commitment, subject: Place, world: World) -> Value:
        """Return what a direction is measured against."""
        assert written.measure is not None
        tree = self._reader.tree(written.measure)
        if written.against == "last_year" and isinstance(tree, x.Name):
            return self._reader.figure(x.Lookup("last", tree, tree.location), subject, world).value
        start = self._baseline(written, subject, world)
        assert start is not None, written.id
        return start

    def _baseline(self, written: w.Commitment, subject: Place, world: World) -> Value | None:
        """Return the value in the baseline year: as the plan states it, or of the figures of that year; None if not kept."""
        assert written.measure is not None
        reader, tree = self._reader, self._reader.tree(written.measure)
        if written.baseline:
            return reader.figure(
                reader.tree(written.baseline), subject, world, like=self._measured(written, subject, world)
            ).value
        return reader.at_baseline(tree, subject, world)

    def _measured(self, written: w.Commitment, subject: Place, world: World) -> Figure:
        assert written.measure is not None
        return self._reader.figure(self._reader.tree(written.measure), subject, world)

    def _holds(self, source: Source, subject: Place, world: World) -> Truth:
        return self._reader.holds(self._reader.tree(source), subject, world)

    def _pace(self, written: w.Commitment) -> Pace:
        pace = written.pace or self._plan_pace
        if pace is None:
            return Pace("linear", Fraction(1))
        cut_off = self._reader.constant(pace.cut_off) if pace.cut_off else Fraction(1)
        return Pace(pace.path, cut_off)


def _rises(operator: str, start: Fraction, target: Fraction) -> bool:
    """Return whether the way to a target goes up."""
    return start < target if operator == "==" else operator in (">=", ">")
