"""Resolves the commitments of a written plan: value, bounds, due time, baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from dabiao.base.problems import Location, Problems
from dabiao.base.units import Unit
from dabiao.rules import written as w
from dabiao.rules.algebra import (
    ZERO,
    Condition,
    Leaf,
    Polynomial,
    Ratio,
    Sum,
    Variable,
    all_of,
    make_sum,
    replace_variables,
)
from dabiao.rules.bounds import find_limit
from dabiao.rules.comparators import KEYS, Operator
from dabiao.rules.compiler import Compiler
from dabiao.rules.expressions import Tree
from dabiao.rules.model import (
    Bound,
    Commitment,
    Due,
    Measure,
    Path,
    Stage,
    Value,
    Wording,
    find_unit,
)
from dabiao.rules.references import note_unknown, refuse_needless
from dabiao.rules.shape import Source
from dabiao.rules.targets import list_comparators, resolve_bounds
from dabiao.rules.tiers import derive_tier
from dabiao.rules.walks import leaves

_DIRECTIONS: Mapping[str, Operator] = {
    "increase": ">", "decrease": "<", "no_increase": "<=", "no_decrease": ">=", "maintain": "==",
}  # fmt: skip


_TESTS = (*KEYS, "staged", "direction", "holds")
_OF_MEASURE = ("unit", "baseline", "against")
_DIFFERING = (*_TESTS, *_OF_MEASURE, "measure", "each", "where", "due")


def resolve_commitments(plan: w.Plan, compiler: Compiler, problems: Problems) -> dict[str, Commitment]:
    """Return the commitments of a plan by id, noting everything wrong with them in `problems`."""
    resolver = _Commitments(plan, compiler, problems)
    found = (resolver.whole(written) for written in plan.commitments)
    return {commitment.id: commitment for commitment in found if commitment}


def resolve_test(c: w.Commitment, plan: w.Plan, compiler: Compiler, problems: Problems) -> Commitment | None:
    """Resolve a condition that is written as a commitment's test is; None after noting what is wrong with it.

    It is judged in every year, so that the plan's pace is not its own.
    """
    return _Commitments(replace(plan, pace=None), compiler, problems).commitment(c)


@dataclass(frozen=True, slots=True)
class _Test:
    """What a commitment is judged by; nothing for a manual one."""

    value: Value | None = None
    bounds: tuple[Bound, ...] = ()
    stages: tuple[Stage, ...] = ()
    unit: Unit | None = None
    baseline: Ratio | None = None
    holds: Condition | None = None
    parts: tuple[tuple[Tree, Condition], ...] = ()


class _Commitments:
    def __init__(self, plan: w.Plan, compiler: Compiler, problems: Problems) -> None:
        self._plan = plan
        self._compiler = compiler
        self._problems = problems

    def whole(self, c: w.Commitment) -> Commitment | None:
        """Resolve one commitment with its tier and its other reading; None after noting why it cannot be."""
        before = len(self._problems)
        found = self.commitment(c)
        if found is None:
            return None
        compiler = self._compiler
        tier = c.tier.is_ if c.tier else derive_tier(found, compiler.root, compiler.measures)
        found = replace(found, tier=tier, tier_reason=c.tier.why if c.tier else "")
        differs = c.reading is not None and _differs(c.reading.other)
        if c.reading is None or not differs or len(self._problems) > before:  # what is wrong with both is said once
            return found
        other = self.commitment(_read_otherwise(c, c.reading.other))
        return replace(found, other=replace(other, tier=tier, reading=None) if other else None)

    def commitment(self, c: w.Commitment) -> Commitment | None:
        """Resolve one commitment as it is judged; None after noting why it cannot be."""
        compiler = self._compiler
        kind = c.each or compiler.root
        if kind not in compiler.kinds:
            note_unknown(self._problems, "unknown-kind", c.place("each"), kind, compiler.kinds)
            return None
        path = self._usual_path if c.pace is None else self._resolve_path(c.pace)
        where = due = None
        test: _Test | None = _Test()
        if c.manual:
            if c.measure or c.holds or c.staged or c.direction or list_comparators(c):
                self._problems.add("manual-with-test", c.location, found=c.id)
            needless = ("unit", "baseline", "against", "due", "implied", "pace")
            refuse_needless(c, needless, "manual", self._problems)
        else:
            where, due = compiler.condition(c.where, kind), self._resolve_due(c, kind)
            test = self._resolve_condition(c, c.holds, kind) if c.holds else self._resolve_measured(c, kind)
        if test is None:
            return None
        resolved = Commitment(
            c.id, c.title, c.cite, kind, c.nature, c.strength, c.location, manual=c.manual, where=where, value=test.value,
            holds=test.holds, bounds=test.bounds, stages=test.stages, due=due, unit=test.unit, baseline=test.baseline,
            path=path, direction=c.direction, against=c.against or "baseline", implied=c.implied, chapter=c.chapter,
            duty=c.duty, same_as=c.same_as, reading=c.reading, note=c.note, wording=_make_wording(c, test.parts),
            places=c.places("direction", "due", "holds", "same_as"),
        )  # fmt: skip
        if test.value is not None:
            self._refuse_compound(c, resolved)
        return resolved

    def _resolve_condition(self, c: w.Commitment, holds: Source, kind: str) -> _Test:
        if c.measure or c.staged or c.direction or list_comparators(c):
            self._problems.add("one-test", c.location, found=c.id)
        refuse_needless(c, ("unit", "baseline", "against", "pace"), "holds", self._problems)
        parts = self._compiler.parts(holds, kind)
        return _Test(holds=all_of([part for _, part in parts]) if parts else None, parts=parts)

    def _resolve_measured(self, c: w.Commitment, kind: str) -> _Test | None:
        if not c.measure:
            self._problems.add("no-measure", c.location, found=c.id)
            return None
        value = self._compiler.value(c.measure, kind)
        if value is None:
            return None
        shown = self._compiler.unit_for(c.unit, c.place("unit"), value) if c.unit else None
        single = self._compiler.measures.get((kind, c.measure.text.strip()))
        baseline = self._resolve_baseline(c, kind, value, single)
        bounds, stages = self._resolve_targets(c, kind, value, baseline, single)
        return _Test(value, bounds, stages, shown or find_unit(value, bounds), baseline)

    @cached_property
    def _usual_path(self) -> Path:
        return Path() if self._plan.pace is None else self._resolve_path(self._plan.pace)

    def _resolve_path(self, pace: w.Pace) -> Path:
        cut_off = Fraction(1)
        if pace.cut_off:
            value = self._compiler.value(pace.cut_off, self._compiler.root)
            number = value.form.number if value else None
            if number is None or not 0 < number <= 1:
                self._problems.add("bad-cut-off", pace.place("cut_off"), found=pace.cut_off.text)
            else:
                cut_off = number
        return Path(pace.path, cut_off)

    def _refuse_compound(self, c: w.Commitment, resolved: Commitment) -> None:
        """Note a compound path from or to a value that is not above zero, as growth by a factor needs.

        A baseline that is looked up in the facts may be above zero. The pace of the whole plan does not apply to a
        commitment without a path: a step of a ladder, a direction, one that is due every year.
        """
        if resolved.path.name != "compound":
            return
        due_once = resolved.due is not None and resolved.due.kind == "year"
        if not c.pace and (not due_once or resolved.steps or resolved.direction):
            return
        bounds = [bound for stage in resolved.stages for bound in stage.bounds] or resolved.bounds
        stated = [bound.target.form.number for bound in bounds]
        stated.append(resolved.baseline.number if resolved.baseline else None)
        if any(number is not None and number <= 0 for number in stated):
            self._problems.add("no-compound", c.pace.location if c.pace else c.location, found=c.id)

    def _resolve_due(self, c: w.Commitment, kind: str) -> Due | None:
        if c.staged:
            if c.due is not None:
                self._problems.add("due-and-staged", c.place("due"))
            for stage in c.staged:
                self._check_due_year(stage.year, stage.place("year"))
            years = [stage.year for stage in c.staged]
            if years != sorted(set(years)):
                self._problems.add("stages-unordered", c.place("staged"))
            return Due("year", max(years))
        if c.due is None:
            if not (self._problems.errors and c.wrote("due")):  # refused already: no second error
                self._problems.add("missing-key", c.location, expected="due")
            return None
        if c.due.kind == "year":
            self._check_due_year(c.due.year or 0, c.due.location)
        return Due(c.due.kind, c.due.year, self._compiler.condition(c.due.after, kind))

    def _check_due_year(self, year: int, location: Location) -> None:
        period = self._plan.period
        if period.first <= period.last and not period.first <= year <= period.last:
            self._problems.add("due-outside", location, found=year, first=period.first, last=period.last)

    def _resolve_baseline(self, c: w.Commitment, kind: str, value: Value, single: Measure | None) -> Ratio | None:
        """Return the value in the baseline year: stated in the plan, or looked up in the facts of that year.

        None if that takes figures of the year before, which no sheet may report. A direction is compared with it all the same.
        """
        if c.baseline:
            if single and single.baseline is not None:
                self._problems.add("baseline-twice", c.place("baseline"), found=single.id)
            stated = self._compiler.value(c.baseline, kind, value)
            return stated.form if stated else None
        if single and single.baseline is not None:
            return Ratio.constant(single.baseline)
        found = value.form.substitute(self._find_baseline)
        earliest = self._plan.period.history
        before = earliest is None or earliest >= self._plan.baseline
        return None if before and not c.direction and any(leaf.time == "last" for leaf in leaves(found)) else found

    def _find_baseline(self, variable: Variable) -> Polynomial:
        """Return a variable in the baseline year: stated in the plan, or looked up in the sheet of that year.

        A total starts at zero, and so does a change, which takes the baseline from itself. Sums and ranks are made over
        the subjects of the baseline year.
        """
        year = self._plan.baseline
        if not isinstance(variable, Leaf):
            of = variable.of.substitute(self._find_baseline)
            where = None if variable.where is None else replace_variables(variable.where, self._find_baseline)
            if isinstance(variable, Sum):
                return make_sum(variable.kind, of, where, variable.owner, year)
            ranked = replace(variable, of=of, where=where, year=year)
            return Polynomial.variable(ranked) if of.number is None else of
        if variable.time == "total":
            return ZERO
        if variable.time == "last":
            return Polynomial.variable(variable.in_year(year))
        known = self._compiler.measures[variable.kind, variable.measure].baseline
        return Polynomial.variable(variable.at("baseline")) if known is None else Polynomial.constant(known)

    def _resolve_targets(
        self, c: w.Commitment, kind: str, value: Value, baseline: Ratio | None, single: Measure | None
    ) -> tuple[tuple[Bound, ...], tuple[Stage, ...]]:
        written = list_comparators(c)
        names = (*KEYS, "staged", "direction")
        if self._problems.errors and any(c.wrote(name) and getattr(c, name) is None for name in names):
            return (), ()  # what is written cannot be read, and that has been said
        if sum(map(bool, (written, c.staged, c.direction))) != 1 or len(written) > 1:
            self._problems.add("one-test", c.location, found=c.id)
            return (), ()
        if c.direction:
            return self._resolve_direction(c, value, baseline, single), ()
        if c.against:
            self._problems.add("against-without-direction", c.place("against"))
        if c.staged:
            stages = tuple(Stage(stage.year, resolve_bounds(stage, kind, value, self._compiler)) for stage in c.staged)
            return stages[-1].bounds, stages
        return resolve_bounds(c, kind, value, self._compiler), ()

    def _resolve_direction(
        self, c: w.Commitment, value: Value, baseline: Ratio | None, single: Measure | None
    ) -> tuple[Bound, ...]:
        reference, time = baseline, "baseline"
        if c.against == "last_year":
            if single is None or single.formula is not None:
                self._problems.add("lookup-needs-reported", c.place("against"), found=value.text)
                return ()
            leaf = Leaf(single.kind, single.id, "last", single.low, single.high)
            reference, time = Ratio(Polynomial.variable(leaf)), "last"
        if reference is None:  # what is written as the baseline cannot be read, and that has been said
            return ()
        wording = Source(f"{time}({value.text})", c.place("direction"), spread=True)
        limit: tuple[Fraction | None, Condition | None] = (None, None)
        if c.direction in ("increase", "decrease"):
            limit = find_limit(value.form, c.direction == "increase", self._compiler.kinds)
        return (Bound(_DIRECTIONS[c.direction or ""], replace(value, form=reference, written=wording), *limit),)


def _make_wording(c: w.Commitment, parts: tuple[tuple[Tree, Condition], ...]) -> Wording:
    after = c.due.after if c.due else None
    return Wording(where=c.where, holds=c.holds, parts=parts, after=after, baseline=c.baseline)


def _differs(other: w.OtherReading) -> bool:
    """Whether another reading says how the commitment differs under it."""
    return other.node is not None and any(other.wrote(name) for name in _DIFFERING)


def _read_otherwise(c: w.Commitment, other: w.OtherReading) -> w.Commitment:
    """Return a commitment as it would be written by the other reading: what is written there replaces its own.

    A test replaces one of any sort, a measure what belonged to the measure before, a kind the condition on its subjects.
    """
    replaced: set[str] = set()
    if any(other.wrote(name) for name in _TESTS):
        replaced |= {*_TESTS, "against"}
    if other.wrote("measure") or other.wrote("holds"):
        replaced |= {*_OF_MEASURE, "holds", "measure", "pace"}
    if other.wrote("each"):
        replaced |= {"where"}
    if other.wrote("staged"):
        replaced |= {"due"}
    changes: dict[str, Any] = dict.fromkeys(replaced)
    written = (name for name in _DIFFERING if other.wrote(name))
    changes.update((name, getattr(other, name)) for name in written)
    return replace(c, **changes, manual=False, location=other.location, node=other.node)
