"""Explain: a row of the table of findings to a full finding, with the exact numbers that decided it and where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from math import inf, isfinite

import polars as pl
from dabiao.engine.exact import Exact as ExactYear
from dabiao.engine.gap import whole_gap, whole_unit
from dabiao.engine.history import History
from dabiao.engine.judge import expected_at
from dabiao.engine.measure import Measured
from dabiao.engine.pace import completion, covered, expected
from dabiao.engine.ratios import bound_at
from dabiao.engine.requirement import Requirement, requirement_of
from dabiao.engine.results import (
    ON_THE_WAY,
    Finding,
    Outlook,
    Population,
    SubjectPath,
    Target,
    Used,
    Verdict,
    find_furthest,
)
from dabiao.rules.algebra import Aggregate, Condition, Leaf, conjuncts
from dabiao.rules.comparators import COMPARATORS, loosened, meets
from dabiao.rules.model import Bound, Commitment
from dabiao.rules.shares import other_half
from dabiao.rules.walks import inside, leaves, variables

MAX_NAMED = 200

Exact = Fraction | None


class Explainer:
    """Explains the rows of one table of findings on the commitments of the plan, or on others by id.

    `restates` has the commitment that counts for each restatement.
    """

    def __init__(
        self,
        measured: Measured,
        table: pl.DataFrame,
        waived: dict[int, Verdict],
        restates: Mapping[str, str],
        commitments: Mapping[str, Commitment] | None = None,
    ) -> None:
        self._measured = measured
        self._table = table
        self._waived = waived
        self.restates = restates
        self._commitments = measured.plan.commitments if commitments is None else commitments
        self._history = History(measured)
        self._required: dict[str, Requirement] = {}

    @cached_property
    def _rows(self) -> pl.DataFrame:
        return self._table.select("commitment", "root", "subject", "kind", "verdict", "@index")

    def __call__(self, row: int) -> Finding:
        """Return the finding of one row."""
        name, root, subject, kind, verdict, index = self._rows.row(row)
        measured = self._measured
        commitment = self._commitments[name]
        finding = Finding(
            commitment, subject, kind, measured.year, verdict, None, None, None, (), commitment.shown_unit,
            waived_from=self._waived.get(row), stands_for=self.stands_for(commitment, index),
            path=subject_path(measured, kind, root, subject, index), due_year=self.required(commitment).due_year,
            time_elapsed=self.required(commitment).elapsed, owner=measured.plan.owners.get(name),
            restates=self.restates.get(name),
        )  # fmt: skip
        if index is None:
            return replace(finding, reason="nobody", populations=self._empty_population(commitment, root))
        place = measured.tables.place(commitment.kind, measured.exact.cell(commitment.kind, "@index", index))
        return _mark_certain(self._add_numbers(replace(finding, place=place), index))

    def find_paths(self, rows: Sequence[int] | pl.Series) -> list[SubjectPath]:
        """Return the paths of the subjects of rows."""
        found = self._rows[rows].with_row_index("@at")
        paths: dict[int, SubjectPath] = {}
        for (kind,), group in found.partition_by("kind", as_dict=True).items():
            listed = group.filter(pl.col("@index").is_not_null())
            indices = self._measured.frame(kind)["@index"].gather(listed["@index"])
            paths |= zip(listed["@at"], self._measured.tables.paths(kind, indices), strict=True)
            for at, root, subject in (
                group.filter(pl.col("@index").is_null()).select("@at", "root", "subject").iter_rows()
            ):
                paths[at] = subject_path(self._measured, kind, root, subject, None)
        return [paths[at] for at in range(found.height)]

    def required(self, commitment: Commitment) -> Requirement:
        """Return what a commitment requires in the year."""
        if commitment.id not in self._required:
            self._required[commitment.id] = requirement_of(commitment, self._measured.plan, self._measured.year)
        return self._required[commitment.id]

    def stands_for(self, commitment: Commitment, row: int | None) -> int | None:
        """Return how many subjects a row stands for, None if the number is unknown."""
        weight = 1.0 if row is None else self._measured.exact.cell(commitment.kind, "@weight", row)
        return int(weight) if isfinite(weight) else None

    def _empty_population(self, commitment: Commitment, root: str) -> tuple[Population, ...]:
        rows = self._measured.frame(commitment.kind)
        return (Population(commitment.kind, 0, int((rows["@root"] == root).sum()), year=self._measured.year),)

    def _add_numbers(self, finding: Finding, row: int) -> Finding:
        commitment = finding.commitment
        kind = commitment.kind
        used, populations = self._collect_facts(commitment, row)
        finding = replace(finding, used=used, populations=populations, reason=self._reason(finding, row))
        if commitment.value is None:
            open_ = self._unmet(commitment, row)
            measures = dict.fromkeys((leaf.kind, leaf.measure) for leaf in leaves(*open_))
            return replace(finding, unmet=tuple(measures), unmet_parts=open_)
        form = commitment.value.form
        actual = self._measured.exact.ratio(kind, form, row)
        low, high = self.range(commitment, row)
        if used and not populations and all(u.missing for u in used):
            low = high = None  # nothing is known: the range of the measure itself says nothing
        one = self.required(commitment)
        targets, baseline = self._targets(one, row), self._baseline(commitment, row)
        finding = replace(finding, actual=actual, low=low, high=high, targets=targets, baseline=baseline)
        finding = replace(finding, least_gap=_find_least_gap(finding))
        finding = replace(self._add_gap(finding, row), pace=self._pace(finding, row), completion=_complete(finding))
        seen = self._history.outlook(one, (finding.root, finding.subject), actual, targets, baseline)
        return replace(finding, outlook=seen)

    def outlook(self, commitment: Commitment, root: str, subject: str, row: int) -> Outlook | None:
        """Return the outlook of one row by itself, of a commitment that may have one; it costs less than the whole finding."""
        one = self.required(commitment)
        assert commitment.value is not None
        actual = self._measured.exact.ratio(commitment.kind, commitment.value.form, row)
        targets, baseline = self._targets(one, row), self._baseline(commitment, row)
        return self._history.outlook(one, (root, subject), actual, targets, baseline)

    def may_look_ahead(self, commitment: Commitment) -> bool:
        """Whether findings of a commitment may have an outlook."""
        return self._history.may_look_ahead(self.required(commitment))

    def _targets(self, one: Requirement, row: int) -> tuple[Target, ...]:
        return tuple(self._target(one, bound, row) for bound in one.bounds)

    def _baseline(self, commitment: Commitment, row: int) -> Exact:
        return (
            None
            if commitment.baseline is None
            else self._measured.exact.ratio(commitment.kind, commitment.baseline, row)
        )

    def _target(self, one: Requirement, bound: Bound, row: int) -> Target:
        """Return what a bound asks of one row."""
        kind = one.commitment.kind
        value, bound = (
            self._measured.exact.ratio(kind, bound.target.form, row),
            bound_at(self._measured, kind, bound, row),
        )
        operator = bound.operator
        if value is not None:
            operator, value = bound.asked(value)
        aim = expected_at(self._measured, one, bound, row)
        least = self._least_expected(one, Target(operator, value), row) if aim is None else None
        year = None
        if one.commitment.direction and not one.commitment.stages:
            plan = self._measured.plan
            year = plan.baseline if one.commitment.against == "baseline" else self._measured.year - 1
        return Target(operator, value, aim, bound.limit, least, year)

    def _least_expected(self, one: Requirement, aimed: Target, row: int) -> Exact:
        """Return what is expected by now from the lowest start that there can be, where more is better."""
        path, target = one.commitment.path, aimed.value
        if one.start is None or target is None or path.name == "compound":
            return None
        if not COMPARATORS[aimed.operator].upward or one.start.bottom.number is None:
            return None
        low = self._measured.exact.polynomial(one.commitment.kind, one.start.top, row).low
        if low is None or one.start.bottom.number <= 0:
            return None
        start = low / one.start.bottom.number
        return target if start >= target else expected(start, target, one.share, path)

    def _unmet(self, commitment: Commitment, row: int) -> tuple[Condition, ...]:
        """Return the parts of a condition that surely do not hold; where none does by itself, those not known to."""
        parts = [(part, self._measured.decide(commitment.kind, part)[row]) for part in conjuncts(commitment.holds)]
        wrong = tuple(part for part, holds in parts if holds is False)
        return wrong or tuple(part for part, holds in parts if holds is None)

    def _reason(self, finding: Finding, row: int) -> str:
        """Say in one word why a verdict is not a plain comparison."""
        commitment, measured = finding.commitment, self._measured
        kind = commitment.kind
        if finding.verdict == "not_due":
            if self.required(commitment).phase == "before":
                return "before-plan"
            if commitment.due and commitment.due.kind == "after":
                return "event-not-yet"
            return "no-path" if commitment.value is None or commitment.value.steps else "no-baseline"
        if measured.exact.cell(kind, "@row", row) < 0 and kind != measured.plan.root.id:
            return "unlisted" if self.stands_for(commitment, row) is not None else "no-register"
        if commitment.where and measured.decide(kind, commitment.where)[row] is None:
            return "unclear-whether-applies"
        return "no-base" if finding.verdict == "not_applicable" else ""

    def range(self, commitment: Commitment, row: int) -> tuple[Exact, Exact]:
        """Bound a share by its worst and best case, or a ratio whose denominator is known; else nothing useful is known."""
        if commitment.value is None:
            return None, None
        kind, form, exact = commitment.kind, commitment.value.form, self._measured.exact
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

    def _add_gap(self, finding: Finding, row: int) -> Finding:
        """Add what is missing to the target that is furthest from being met, or what is to spare."""
        actual = finding.actual
        if actual is None or (target := find_furthest(actual, finding.targets)) is None:
            return finding
        assert target.value is not None
        one = self.required(finding.commitment)
        whole = whole_gap(self._measured, one, target.operator, target.value, row)
        unit = "" if whole is None else whole_unit(self._measured.plan, one, target.value)
        return replace(finding, gap=target.distance(actual), whole_gap=whole, whole_unit=unit)

    def _pace(self, finding: Finding, row: int) -> Exact:
        """Return the share covered of the distance expected by now; None where no distance is expected."""
        one, actual = self.required(finding.commitment), finding.actual
        if finding.verdict not in ON_THE_WAY or actual is None or one.start is None:
            return None
        start = self._measured.exact.ratio(finding.commitment.kind, one.start, row)
        target = finding.targets[0]
        if start is None or target.value is None or meets(start, loosened(target.operator), target.value):
            return None
        return covered(actual, start, target.value, one.share, one.commitment.path)

    def _collect_facts(self, commitment: Commitment, row: int) -> tuple[tuple[Used, ...], tuple[Population, ...]]:
        """Collect the facts of the subject itself, and the populations its counts and sums looked at."""
        seen: dict[Used, None] = {}
        populations: list[Population] = []
        one = self.required(commitment)
        shown: list[Aggregate] = []
        exact, kind = self._measured.exact, commitment.kind
        looked_at = variables(*commitment.forms(one.bounds), *self._earlier_conditions(one, row))
        starts = (v for v in variables(one.start) if not isinstance(v, Leaf))
        started = (v for v in starts if exact.locate(kind, v, row)[1] is not None)
        for variable in sorted(
            (*looked_at, *started), key=lambda v: not (isinstance(v, Leaf) or v.counts)
        ):  # counts first
            if isinstance(variable, Leaf):
                seen.update(dict.fromkeys(self._leaf_facts(exact, kind, variable, row)))
                continue
            if not any(_same_subjects(before, variable) or other_half(before, variable) for before in shown):
                population = self._population(kind, variable, row)
                if variable.year is None or population.unlisted != 0:  # of earlier years, only what is not known
                    populations.append(population)
            shown.append(variable)
            seen.update(dict.fromkeys(self._member_facts(exact, kind, variable, row)))
        seen.update(dict.fromkeys((*self._stated_baselines(one, row), *self._start_facts(one, row))))
        return tuple(seen), tuple(populations)

    def _earlier_conditions(self, one: Requirement, row: int) -> tuple[Condition, ...]:
        """Return the condition that a commitment waits for, now and in the years before, unless it holds now."""
        return () if one.since and self._measured.decide(one.commitment.kind, one.since[0])[row] else one.since

    def _stated_baselines(self, one: Requirement, row: int) -> list[Used]:
        """Return the figures of the baseline year that the plan itself states, where the path starts from them."""
        value = one.commitment.value
        if one.start is None:
            return []
        assert value is not None
        stated = (v.at("baseline") for v in variables(value.form) if isinstance(v, Leaf))
        plan, exact = self._measured.plan, self._measured.exact
        return [
            used for leaf in stated if plan.stated(leaf, self._measured.year) is not None
            for used in self._leaf_facts(exact, one.commitment.kind, leaf, row)
        ]  # fmt: skip

    def _start_facts(self, one: Requirement, row: int) -> list[Used]:
        """Return the facts of the value that the path starts with; none where nothing was reported of the baseline year."""
        kind, exact, plan = one.commitment.kind, self._measured.exact, self._measured.plan
        found = []
        for leaf in (v for v in variables(one.start) if isinstance(v, Leaf)):
            place = leaf.kind, plan.baseline, exact.cell(kind, "@root", row), exact.name_at(kind, leaf.kind, row)
            if leaf.time != "baseline" or place in self._measured.tables.index:
                found += self._leaf_facts(exact, kind, leaf, row)
        return found

    def _leaf_facts(self, exact: ExactYear, kind: str, leaf: Leaf, row: int) -> list[Used]:
        plan, name = self._measured.plan, str(exact.name_at(kind, leaf.kind, row))
        if (stated := plan.stated(leaf, exact.year)) is not None:
            measure = plan.measures[leaf.kind, leaf.measure]
            return [Used(leaf.kind, name, leaf.measure, plan.baseline, None, stated, measure.location)]
        place = None
        if name and leaf.kind == kind != plan.root.id:
            place = self._measured.tables.place(kind, exact.cell(kind, "@index", row))
        return [
            Used(leaf.kind, name, leaf.measure, year, fact, fact.value if fact else None, row=None if fact else place)
            for year, fact in exact.facts(kind, leaf, row)
        ]

    def _population(self, kind: str, variable: Aggregate, row: int) -> Population:
        sure: list[str] = []
        unsure: list[str] = []
        unlisted = unlisted_sure = 0.0
        exact = self._measured.exact
        then, there = exact.locate(kind, variable, row)
        if there is None and variable.year is not None:
            unlisted = inf  # no sheet of that year
        members = exact.members(kind, variable, row)
        names = then.cells(variable.kind, "@name", [position for position, _, _ in members])
        for name, (_, certain, weight) in zip(names, members, strict=True):
            many = inf if weight is None else weight
            if name:
                (sure if certain else unsure).append(name)
            else:
                unlisted += many
                unlisted_sure += many if certain else 0
        counted = len(sure) + int(unlisted_sure)
        most = len(sure) + len(unsure) + (int(unlisted) if isfinite(unlisted) else 0)
        return Population(
            variable.kind, counted, max(most, counted), tuple(sure[:MAX_NAMED]), tuple(unsure[:MAX_NAMED]),
            int(unlisted) if isfinite(unlisted) else None, variable.year or self._measured.year,
        )  # fmt: skip

    def _member_facts(self, exact: ExactYear, kind: str, variable: Aggregate, row: int) -> list[Used]:
        """Return the facts behind a count or sum: those of counted subjects, and those missing of doubtful ones."""
        found: list[Used] = []
        then, _ = exact.locate(kind, variable, row)
        members = exact.members(kind, variable, row)[:MAX_NAMED]
        named = [(at, certain) for at, certain, _ in members if then.cell(variable.kind, "@name", at)]
        for position, certain in named:
            for part in inside(variable):
                if isinstance(part, Leaf):
                    facts = self._leaf_facts(then, variable.kind, part, position)
                else:  # a count or sum of what lies below the subject counted
                    facts = self._member_facts(then, variable.kind, part, position)
                found += facts if certain else [used for used in facts if used.missing]
        return found


def _mark_certain(finding: Finding) -> Finding:
    """Say of a verdict that stands without a value, or without a start, that it does so whatever is missing."""
    if finding.reason or finding.verdict not in ("met", "shortfall", "on_track", "behind", "early"):
        return finding
    missing = any(used.missing for used in finding.used) or any(
        p.unsure or p.unlisted != 0 for p in finding.populations
    )
    if finding.actual is None:
        return replace(finding, reason="whatever-missing") if missing else finding
    open_ = finding.verdict in ("on_track", "behind") and any(t.expected is None for t in finding.targets)
    return replace(finding, reason="whatever-baseline") if open_ else finding


def _find_least_gap(finding: Finding) -> Exact:
    """Return what is missing to the targets at least, or what they are exceeded by at least, where the value is not known.

    None where the value may as well be on the other side of one.
    """
    if finding.actual is not None:
        return None
    found = [_least_distance(target, finding.low, finding.high) for target in finding.targets]
    known = [gap for gap in found if gap is not None]
    most = max(known, default=None)
    return most if most is not None and (most > 0 or len(known) == len(found)) else None


def _least_distance(target: Target, low: Exact, high: Exact) -> Exact:
    """Return how far the values from `low` to `high` are from a target at least; None where it lies between them."""
    if target.value is None:
        return None
    above = low is not None and low > target.value
    below = high is not None and high < target.value
    near = low if above else high if below else None
    if near is None:
        return None
    return target.distance(near)


def _complete(finding: Finding) -> Exact:
    """Return the value over its target; None where that has no meaning, as for a range."""
    target, actual = finding.targets[0], finding.actual
    if actual is None or target.value is None or finding.commitment.steps or len(finding.targets) > 1:
        return None
    return completion(target.operator, actual, target.value)


def _same_subjects(one: Aggregate, other: Aggregate) -> bool:
    """Whether two aggregates are made over the same subjects."""
    return (one.kind, one.owner, one.year, one.where) == (other.kind, other.owner, other.year, other.where)


def subject_path(measured: Measured, kind: str, root: str, subject: str, index: int | None) -> SubjectPath:
    """Return the path of a subject, (kind, name) from the root down; "" stands for a name that is not known."""
    plan = measured.plan
    if kind == plan.root.id:
        return ((kind, root),)
    if index is None:
        return ((plan.root.id, root), (kind, subject))
    return measured.tables.path(kind, measured.exact.cell(kind, "@index", index))
