"""Explain: a row of the table of findings to a full finding, with exact numbers and the facts it rests on."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import isfinite

import polars as pl
from dabiao.engine.history import History
from dabiao.engine.judge import task
from dabiao.engine.measure import Measured
from dabiao.engine.pace import expected, leg
from dabiao.engine.results import Explainer, Finding, Population, Target, Used, Verdict
from dabiao.rules.algebra import (
    Aggregate,
    Leaf,
    Polynomial,
    Ratio,
    Sum,
    Variable,
    conjuncts,
    inside,
    leaves,
    other_half,
    variables,
)
from dabiao.rules.comparators import meets
from dabiao.rules.model import Bound, Commitment

MAX_NAMED = 200

Exact = Fraction | None


class Explained(Explainer):
    """Explains the rows of one table."""

    def __init__(self, measured: Measured, table: pl.DataFrame, waived: dict[int, Verdict]) -> None:
        self._measured = measured
        self._rows = table.select("commitment", "subject", "kind", "verdict", "@index")
        self._waived = waived
        self._history = History(measured)

    def __call__(self, row: int) -> Finding:
        """Return the finding of one row."""
        name, subject, kind, verdict, index = self._rows.row(row)
        commitment = self._measured.plan.commitments[name]
        finding = Finding(
            commitment, subject, kind, self._measured.year, verdict, None, None, None, (), commitment.shown_unit,
            waived_from=self._waived.get(row), stands_for=self._stands_for(commitment, index),
        )  # fmt: skip
        if index is None:
            return replace(finding, reason="nobody", populations=self._nobody(commitment))
        place = self._measured.tables.place(
            commitment.kind, self._measured.exact.cell(commitment.kind, "@index", index)
        )
        return self._with_numbers(replace(finding, place=place), index)

    def _stands_for(self, commitment: Commitment, row: int | None) -> int | None:
        weight = 1.0 if row is None else self._measured.exact.cell(commitment.kind, "@weight", row)
        return int(weight) if isfinite(weight) else None

    def _nobody(self, commitment: Commitment) -> tuple[Population, ...]:
        rows = self._measured.frame(commitment.kind)
        return (Population(commitment.kind, 0, rows.height),)

    def _with_numbers(self, finding: Finding, row: int) -> Finding:
        commitment = finding.commitment
        kind = commitment.kind
        used, populations = self._rests_on(commitment, row)
        finding = replace(finding, used=used, populations=populations, reason=self._reason(finding, row))
        if commitment.value is None:
            return replace(finding, unmet=self._unmet(commitment, row))
        form = commitment.value.form
        actual = self._measured.exact.ratio(kind, form, row)
        low, high = self._range(kind, form, row)
        if used and not populations and all(u.missing for u in used):
            low = high = None  # nothing is known: the range of the measure itself says nothing
        targets = self._targets(commitment, row)
        start = self._start(commitment, row)
        finding = replace(finding, actual=actual, low=low, high=high, targets=targets, baseline=start)
        finding = replace(finding, pace=_pace(finding, self._measured, commitment))
        if self._history.several:
            finding = replace(
                finding, outlook=self._history.outlook(finding, self._measured.exact.cell(kind, "@root", row))
            )
        return self._with_gap(finding, form, row)

    def _unmet(self, commitment: Commitment, row: int) -> tuple[tuple[str, str], ...]:
        """Name the measures in the parts of a condition that do not hold, or are not known to."""
        condition = commitment.holds
        if condition is None:
            return ()
        open_ = [part for part in conjuncts(condition) if not self._measured.decide(commitment.kind, part)[row]]
        return tuple(dict.fromkeys((leaf.kind, leaf.measure) for leaf in leaves(*open_)))

    def _reason(self, finding: Finding, row: int) -> str:
        """Say in one word why a verdict is not a plain comparison."""
        commitment, measured = finding.commitment, self._measured
        kind = commitment.kind
        if finding.verdict == "not_due":
            if measured.year < measured.plan.first or measured.year <= measured.plan.baseline:
                return "before-plan"
            if commitment.due and commitment.due.kind == "after":
                return "event-not-yet"
            return "no-path" if commitment.value is None or commitment.value.steps else "no-baseline"
        if measured.exact.cell(kind, "@row", row) < 0 and kind != measured.plan.root.id:
            return "unlisted"
        if commitment.where and measured.decide(kind, commitment.where)[row] is None:
            return "unclear-whether-applies"
        if finding.verdict == "not_applicable":
            return "no-base"
        return ""

    def _range(self, kind: str, form: Ratio, row: int) -> tuple[Exact, Exact]:
        """Bound a share by its worst and best case, or a ratio whose denominator is known; else nothing useful is known."""
        exact = self._measured.exact
        top = exact.polynomial(kind, form.top, row)
        low, high = top.low, top.high
        rest = form.bottom - form.top
        if form.bottom.number is None and rest.never_negative and form.top.never_negative:
            others = exact.polynomial(kind, rest, row)
            least, most = others.low, others.high
            worst = Fraction(0) if most is None or not low else low / (low + most)
            best = Fraction(1) if high is None or not least else high / (high + least)
            return (worst, best) if low or most != 0 else (None, None)
        bottom = exact.polynomial(kind, form.bottom, row).value
        if bottom is None or bottom <= 0:
            return None, None
        return (None if low is None else low / bottom), (None if high is None else high / bottom)

    def _targets(self, commitment: Commitment, row: int) -> tuple[Target, ...]:
        exact, measured = self._measured.exact, self._measured
        one = task(commitment, measured.plan, measured.year)
        targets = []
        for bound in one.bounds:
            value = exact.ratio(commitment.kind, bound.target.form, row)
            targets.append(Target(bound.operator, value, self._expected(commitment, bound, row, one.phase)))
        return tuple(targets)

    def _expected(self, commitment: Commitment, bound: Bound, row: int, phase: str) -> Exact:
        if phase != "pace" or commitment.value is None or commitment.value.steps:
            return None
        way = leg(commitment, self._measured.plan, self._measured.year)
        if way.start is None:
            return None
        start = self._measured.exact.ratio(commitment.kind, way.start, row)
        target = self._measured.exact.ratio(commitment.kind, bound.target.form, row)
        if start is None or target is None:
            return None
        if meets(start, bound.operator, target):
            return target
        share = way.share(self._measured.year)
        return expected(Ratio.constant(start), Ratio.constant(target), share, commitment.path).number

    def _start(self, commitment: Commitment, row: int) -> Exact:
        if commitment.baseline is None:
            return None
        return self._measured.exact.ratio(commitment.kind, commitment.baseline, row)

    def _with_gap(self, finding: Finding, form: Ratio, row: int) -> Finding:
        """Work out what is missing to the first target that is not reached, or what is to spare."""
        if finding.actual is None or any(t.value is None for t in finding.targets):
            return finding
        gaps = [(t.distance(finding.actual), t) for t in finding.targets]
        if not gaps:
            return finding
        gap, target = max(gaps, key=lambda pair: pair[0])
        finding = replace(finding, gap=gap)
        whole = self._whole_gap(finding.commitment, form, target, row)
        return finding if whole is None else replace(finding, whole_gap=whole[0], whole_unit=whole[1])

    def _whole_gap(self, commitment: Commitment, form: Ratio, target: Target, row: int) -> tuple[int, str] | None:
        """Return how many whole things more (or fewer) of what the numerator counts would reach the target exactly."""
        if target.value is None or (commitment.value and commitment.value.steps):
            return None
        gain = _gain(form, target.value)
        if gain is None or not self._comes_whole(gain[1]):
            return None
        per_unit, unit = gain
        exact = self._measured.exact
        top = exact.polynomial(commitment.kind, form.top, row).low
        bottom = exact.polynomial(commitment.kind, form.bottom, row).low
        if top is None or bottom is None or per_unit <= 0:
            return None
        need = (target.value * bottom - top) / per_unit
        up = target.operator in (">=", ">", "==")
        steps = -((-need) // 1) if up else -(need // 1)
        if target.operator in (">", "<") and need.denominator == 1:
            steps += 1
        return int(steps), self._unit_of(unit)

    def _comes_whole(self, variable: Variable) -> bool:
        """Whether a figure counts things one by one, in its own unit."""
        if isinstance(variable, Leaf):
            measure = self._measured.plan.measures[variable.kind, variable.measure]
            return measure.whole and measure.unit.factor == 1
        return all(self._comes_whole(v) for v in variable.of.variables)

    def _unit_of(self, variable: Variable) -> str:
        plan = self._measured.plan
        if isinstance(variable, Leaf):
            return plan.measures[variable.kind, variable.measure].unit.symbol
        return variable.kind if variable.counts else self._unit_of(variable.of.variables[0])

    def _rests_on(self, commitment: Commitment, row: int) -> tuple[tuple[Used, ...], tuple[Population, ...]]:
        """Collect the facts of the subject itself, and the populations its counts and sums looked at."""
        seen: dict[Used, None] = {}
        populations: list[Population] = []
        found = variables(*commitment.forms(task(commitment, self._measured.plan, self._measured.year).bounds))
        for variable in found:
            if isinstance(variable, Leaf):
                seen.update(dict.fromkeys(self._leaf(commitment.kind, variable, row)))
                continue
            earlier = found[: found.index(variable)]
            if not any(other_half(variable, other) for other in earlier):
                populations.append(self._population(commitment.kind, variable, row))
            seen.update(dict.fromkeys(self._members(commitment.kind, variable, row)))
        return tuple(seen), tuple(populations)

    def _leaf(self, kind: str, leaf: Leaf, row: int) -> list[Used]:
        exact = self._measured.exact
        root, name = exact.cell(kind, "@root", row), exact.cell(kind, "@name", row)
        if leaf.kind != kind:
            name = root if leaf.kind == self._measured.plan.root.id else exact.cell(kind, f"@{leaf.kind}", row)
        return [
            Used(leaf.kind, name, leaf.measure, year, fact, fact.value if fact else None)
            for year, fact in exact.facts(kind, leaf, row)
        ]

    def _population(self, kind: str, variable: Aggregate, row: int) -> Population:
        sure: list[str] = []
        unsure: list[str] = []
        unlisted = 0.0
        for position, certain, weight in self._measured.exact.members(kind, variable, row):
            name = self._measured.exact.cell(variable.kind, "@name", position)
            if not name:
                unlisted += float("inf") if weight is None else weight
            else:
                (sure if certain else unsure).append(name)
        high = self._measured.figure(kind, variable).bounds().high[row]
        most = int(high) if isfinite(high) and variable.counts else len(sure) + len(unsure)
        return Population(
            variable.kind, len(sure), max(most, len(sure)), tuple(sure[:MAX_NAMED]), tuple(unsure[:MAX_NAMED]),
            int(unlisted) if isfinite(unlisted) else None,
        )  # fmt: skip

    def _members(self, kind: str, variable: Aggregate, row: int) -> list[Used]:
        """Return the facts behind a count or sum: those of counted subjects, and those missing of doubtful ones."""
        found: list[Used] = []
        for position, certain, _ in self._measured.exact.members(kind, variable, row)[:MAX_NAMED]:
            if not self._measured.exact.cell(variable.kind, "@name", position):
                continue
            for part in inside(variable):
                if isinstance(part, Leaf):
                    facts = self._leaf(variable.kind, part, position)
                else:  # a count or sum of what lies below the subject counted
                    facts = self._members(variable.kind, part, position)
                found += facts if certain else [used for used in facts if used.missing]
        return found


def _pace(finding: Finding, measured: Measured, commitment: Commitment) -> Exact:
    """Return the share of the distance covered, over the share of the time passed (1 is exactly on a linear path)."""
    if finding.verdict not in ("on_track", "behind") or finding.actual is None:
        return None
    way = leg(commitment, measured.plan, measured.year)
    start = way.start.number if way.start is not None else None
    start = finding.baseline if start is None else start
    target = finding.targets[0].value if finding.targets else None
    if start is None or target is None or start == target or meets(start, finding.targets[0].operator, target):
        return None
    return ((finding.actual - start) / (target - start)) / way.share(measured.year)


def _gain(form: Ratio, target: Fraction) -> tuple[Fraction, Variable] | None:
    """Return what one more of the first counted figure in the numerator adds to the margin, and that figure."""
    margin = form.top - form.bottom * target
    for variable in form.top.variables:
        factor = _linear(margin, variable)
        if factor is None:
            continue
        if isinstance(variable, Sum):
            others = (v for v in form.bottom.variables if other_half(variable, v))
            factor -= sum(
                (_linear(margin, v) or Fraction(0) for v in others),
                start=Fraction(0),
            )  # a subject that now satisfies the condition no longer counts among those that do not
        return factor, variable
    return None


def _linear(polynomial: Polynomial, variable: Variable) -> Fraction | None:
    """Return the coefficient of a variable that occurs only by itself, None if it occurs in a product or not at all."""
    holding = [(m, c) for m, c in polynomial.terms if variable in m]
    return holding[0][1] if len(holding) == 1 and holding[0][0] == (variable,) else None
