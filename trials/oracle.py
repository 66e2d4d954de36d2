"""An independent evaluator of commitments in a made-up world, directly from the text of the plan, to test the engine.

It evaluates expressions as written, in plain fractions, one subject at a time. It shares the parser, the units and the
figures with the engine, but not forms, columns, bounds, comparators or paths: a fault there cannot hide in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from dabiao.engine.results import Verdict
from dabiao.rules import expressions as x
from dabiao.rules import written as w
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.shape import Source
from dabiao.trials.ends import find_ends, list_kinds, looks_back
from dabiao.trials.values import MISSING, NOTHING, Reader, Truth, UnitValue, Value, satisfies
from dabiao.trials.worlds import Subject, World

Phase = Literal["before", "on the way", "due"]

_COMPARATORS = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<", "exactly": "=="}
_WORDS: Mapping[Phase, tuple[Verdict, Verdict]] = {
    "before": ("not_due", "not_due"), "on the way": ("early", "not_due"), "due": ("met", "shortfall"),
}  # fmt: skip
_DIRECTIONS = {"increase": ">", "decrease": "<", "no_increase": "<=", "no_decrease": ">=", "maintain": "=="}


class Aim(NamedTuple):
    """A comparator and the value it is compared with.

    `last` is the value beyond which nothing can go in the direction asked for, None if there is none: it is enough.
    """

    operator: str
    target: Value
    last: Fraction | None = None

    def reached(self, value: Value) -> Truth:
        """Whether a value is enough; None if a figure is missing."""
        if not isinstance(value, Fraction):
            return None
        if value == self.last:
            return True
        return satisfies(value, self.operator, self.target) if isinstance(self.target, Fraction) else None

    def reached_by_start(self, start: Fraction, target: Fraction) -> bool:
        """Whether a path has nothing to cover: it starts at the target, or beyond."""
        return start == target or satisfies(start, self.operator, target)


class ExpectedNow(NamedTuple):
    """A comparator and the value expected in this year: the target itself if the path starts at or past it (`holding`)."""

    operator: str
    value: Fraction
    holding: bool


class PathProgress(NamedTuple):
    """The start of the path to a target, None if unknown, and the share of its time that has passed."""

    start: Value | None
    share: Fraction


@dataclass(frozen=True, slots=True)
class Pace:
    """The path of a value, and the share of the distance that counts as on track (`cut_off`)."""

    path: str
    cut_off: Fraction

    def expected(self, start: Fraction, target: Fraction, share: Fraction) -> Fraction:
        """Return the value expected when a share of the time has passed; only approximate for compound paths."""
        if self.path == "step":
            return start
        covered = (target - start) * share
        if self._grows(start, target):
            covered = Fraction(float(start) * float(target / start) ** float(share)) - start
        return start + covered * self.cut_off

    def reached(self, value: Fraction, start: Fraction, target: Fraction, share: Fraction, rising: bool) -> bool:
        """Whether a value has reached the expected one. Exact for compound paths, too."""
        if self.path != "step" and self._grows(start, target):
            whole = start + (value - start) / self.cut_off  # the same progress without a cut-off
            far = (whole / start) ** share.denominator if whole > 0 else Fraction(0)
            asked = (target / start) ** share.numerator
            return far >= asked if rising else far <= asked
        asked = self.expected(start, target, share)
        return value >= asked if rising else value <= asked

    def _grows(self, start: Fraction, target: Fraction) -> bool:
        return self.path == "compound" and start > 0 and target > 0


def phase_of(plan: Plan, commitment: Commitment | w.Commitment, year: int) -> Phase:
    """Return whether in a year a commitment is before the plan, on the way to the due year, or due."""
    if year < plan.first or year <= plan.baseline:
        return "before"
    stages = commitment.stages if isinstance(commitment, Commitment) else commitment.staged or ()
    years = [stage.year for stage in stages]
    due = years[-1] if years else commitment.due.year if commitment.due else None
    return "due" if due is None or year >= due or year in years else "on the way"


def name_conditions(rule: w.Consequence) -> dict[str, w.Condition]:
    """Return the conditions of a consequence by the names under which it tells those on measures."""
    return {f"{rule.id}.{number}": condition for number, condition in enumerate(rule.when, start=1)}


def _promise(rule: w.Consequence, name: str, condition: w.Condition) -> w.Commitment:
    """Return a condition on measures as a promise that is due throughout: it holds where that is met."""
    throughout = w.Due("throughout", None, None, condition.location)
    told = {key: getattr(condition, key) for key in ("each", "where", "measure", "holds", "between", *_COMPARATORS)}
    cite = w.Cite(location=condition.location, section="", phrase="")
    return w.Commitment(location=condition.location, id=name, title=rule.title, cite=cite, due=throughout, **told)


class Oracle:
    """Determines the verdict of commitments, and of conditions on measures, in one year from the text of the plan."""

    def __init__(self, plan: Plan, text: w.Plan, year: int) -> None:
        """Prepare for one year; `text` is the plan as written, with the amendments in force."""
        self._plan = plan
        self.year = year
        self._reader = Reader(plan, text, year)
        conditions = ((rule, *named) for rule in text.consequences for named in name_conditions(rule).items())
        promises = (_promise(*each) for each in conditions if each[-1].measure or each[-1].holds)
        self._commitments = {commitment.id: commitment for commitment in (*text.commitments, *promises)}
        self._plan_pace = text.pace

    def verdict(self, name: str, subject: Subject | None, world: World) -> Verdict | None:
        """Return the verdict of a commitment for a subject; None if missing figures leave it undetermined.

        `subject` is None if there is no subject of its kind.
        """
        written = self._commitments[name]
        phase = phase_of(self._plan, written, self.year)
        if phase == "before":
            return "not_due"
        if subject is None:
            return "not_applicable"
        if written.where and not (applies := self._holds(written.where, subject, world)):
            return None if applies is None else "not_applicable"
        after = written.due.after if written.due else None
        if after and not (happened := self._has_held(after, subject, world)):
            return None if happened is None else "not_due"
        if written.holds:
            yes, no = _WORDS[phase]
            holds = self._holds(written.holds, subject, world)
            return None if holds is None else yes if holds else no
        return self._judge_value(written, phase, subject, world)

    def _judge_value(self, written: w.Commitment, phase: Phase, subject: Subject, world: World) -> Verdict | None:
        actual = self._evaluate_measure(written, subject, world)
        aims = self._find_aims(written, self._find_comparison(written), actual, subject, world)
        values = [actual.value, *(aim.target for aim in aims)]
        if NOTHING in values:
            return "not_applicable"
        reached = _all_of([aim.reached(actual.value) for aim in aims])
        yes, no = _WORDS[phase]
        if reached is None:
            return None
        if reached or phase == "due" or actual.steps:
            return yes if reached else no
        return self._judge_on_the_way(written, actual.value, aims, subject, world)

    def _judge_on_the_way(
        self, written: w.Commitment, actual: Value, aims: Sequence[Aim], subject: Subject, world: World
    ) -> Verdict | None:
        """Judge a value that has not reached its target."""
        start, share = self._find_progress(written, subject, world)
        if start is None or start is NOTHING:
            return "not_due"
        if not isinstance(start, Fraction) or not isinstance(actual, Fraction):
            return None
        pace = self._find_pace(written)
        for aim in aims:
            if not isinstance(aim.target, Fraction):
                return None
            if aim.reached_by_start(start, aim.target):  # hold
                far_enough = aim.reached(actual)
            else:
                rising = _is_rising(aim.operator, start, aim.target)
                far_enough = pace.reached(actual, start, aim.target, share, rising)
            if not far_enough:
                return "behind"
        return "on_track"

    def expected(self, name: str, subject: Subject, world: World) -> list[ExpectedNow]:
        """List the value expected in this year for each target; empty if no path is known. See `Pace.expected`."""
        written = self._commitments[name]
        actual = self._evaluate_measure(written, subject, world)
        start, share = self._find_progress(written, subject, world)
        found = []
        for aim in self._find_aims(written, self._find_comparison(written), actual, subject, world):
            operator, target = aim.operator, aim.target
            if not isinstance(start, Fraction) or not isinstance(target, Fraction):
                return []
            if aim.reached_by_start(start, target):
                found.append(ExpectedNow(operator, target, holding=True))
            else:
                value = self._find_pace(written).expected(start, target, share)
                found.append(ExpectedNow(">=" if _is_rising(operator, start, target) else "<=", value, holding=False))
        return found

    def _find_comparison(self, written: w.Commitment) -> w.Comparison:
        """Return the comparison that is due in this year, or else the next one."""
        stages = written.staged or ()
        return next((stage for stage in stages if stage.year >= self.year), stages[-1]) if stages else written

    def _find_progress(self, written: w.Commitment, subject: Subject, world: World) -> PathProgress:
        stages = written.staged or ()
        behind = [stage for stage in stages if stage.year < self.year]
        asked = self._find_comparison(written)
        due = asked.year if isinstance(asked, w.Stage) else written.due.year if written.due else None
        assert due is not None, written.id
        if behind:
            measured = self._evaluate_measure(written, subject, world)
            start: Value | None = self._find_aims(written, behind[-1], measured, subject, world)[0].target
            since = behind[-1].year
        else:
            start, since = self._find_baseline(written, subject, world), self._plan.baseline
            assert written.measure is not None
            reported = {figure.subject.kind for figure in world.figures if figure.year == self._plan.baseline}
            looked_at = list_kinds(self._reader.tree(written.measure), subject.kind, self._reader)
            start = start if looked_at <= reported or start is not MISSING else None  # nothing was reported: no start
            start = None if self._starts_too_early(written, subject.kind) else start
        return PathProgress(start, Fraction(self.year - since, due - since))

    def _starts_too_early(self, written: w.Commitment, kind: str) -> bool:
        """Whether the value in the baseline year takes figures of the year before, which no sheet may report."""
        assert written.measure is not None
        tree = self._reader.tree(written.measure)
        stated = isinstance(tree, x.Name) and self._reader.get_measure(tree, kind).baseline is not None
        if written.baseline or stated or written.direction or self._plan.history < self._plan.baseline:
            return False
        return looks_back(tree, kind, self._reader)

    def _find_aims(
        self, written: w.Commitment, asked: w.Comparison, measured: UnitValue, subject: Subject, world: World
    ) -> list[Aim]:
        if written.direction and asked is written:
            operator = _DIRECTIONS[written.direction]
            assert written.measure is not None
            most = _count_most(self._plan, world)
            ends = find_ends(self._reader.tree(written.measure), subject.kind, most, self._reader)
            last = {">": ends.high, "<": ends.low}.get(operator)
            return [Aim(operator, self._find_reference(written, subject, world), last)]
        if asked.between:
            targets = [self._evaluate_target(source, measured, subject, world) for source in asked.between]
            return [Aim(">=", targets[0]), Aim("<=", targets[1])]
        name, source = next((name, s) for name in _COMPARATORS if (s := getattr(asked, name)) is not None)
        return [Aim(_COMPARATORS[name], self._evaluate_target(source, measured, subject, world))]

    def _evaluate_target(self, source: Source, measured: UnitValue, subject: Subject, world: World) -> Value:
        return self._reader.evaluate(self._reader.tree(source), subject, world, like=measured).value

    def _find_reference(self, written: w.Commitment, subject: Subject, world: World) -> Value:
        """Return the value with which a direction is compared."""
        assert written.measure is not None
        tree = self._reader.tree(written.measure)
        first = self.year - 1 == self._plan.baseline
        if written.against == "last_year" and isinstance(tree, x.Name) and not first:
            return self._reader.evaluate(x.Lookup("last", tree, tree.location), subject, world).value
        return self._find_baseline(written, subject, world)

    def _find_baseline(self, written: w.Commitment, subject: Subject, world: World) -> Value:
        """Return the value in the baseline year, stated by the plan or from the figures of that year."""
        assert written.measure is not None
        reader, tree = self._reader, self._reader.tree(written.measure)
        if written.baseline:
            return reader.evaluate(
                reader.tree(written.baseline), subject, world, like=self._evaluate_measure(written, subject, world)
            ).value
        return reader.at_baseline(tree, subject, world)

    def _evaluate_measure(self, written: w.Commitment, subject: Subject, world: World) -> UnitValue:
        assert written.measure is not None
        return self._reader.evaluate(self._reader.tree(written.measure), subject, world)

    def _holds(self, source: Source, subject: Subject, world: World) -> Truth:
        return self._reader.holds(self._reader.tree(source), subject, world)

    def _has_held(self, source: Source, subject: Subject, world: World) -> Truth:
        """Whether a condition holds, or has held in a year of the plan before: what has become due stays due."""
        tree, years = self._reader.tree(source), range(self._plan.first, self.year + 1)
        found = [self._reader.in_year(year).holds(tree, subject, world) for year in years]
        return True if True in found else None if None in found else False

    def _find_pace(self, written: w.Commitment) -> Pace:
        pace = written.pace or self._plan_pace
        if pace is None:
            return Pace("linear", Fraction(1))
        cut_off = self._reader.constant(pace.cut_off) if pace.cut_off else Fraction(1)
        return Pace(pace.path, cut_off)


def _all_of(parts: Sequence[Truth]) -> Truth:
    return False if False in parts else None if None in parts else True


def _is_rising(operator: str, start: Fraction, target: Fraction) -> bool:
    """Whether the path to a target rises."""
    return start < target if operator == "==" else operator in (">=", ">")


def _count_most(plan: Plan, world: World) -> dict[str, int]:
    """Return how many subjects of each kind there can be: the number in the register, unless the sheet has another."""
    root = next(place for place, parent in world.parents.items() if parent is None)
    found = {}
    for kind in plan.kinds.values():
        listed = sum(world.count(place, root) for place in world.below(root, kind.id))
        count = kind.register.count if kind.register else None
        if count is not None and (kind.id in world.unlisted or listed == count):
            found[kind.id] = count
    return found
