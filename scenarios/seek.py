"""Seek: the least changes of reported figures that mend each shortfall, each judged before it is proposed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import polars as pl
from dabiao.base.problems import Location, Problem
from dabiao.base.quantities import quantity_text
from dabiao.engine.check import check
from dabiao.engine.measure import Measured
from dabiao.engine.requirement import requirement_of
from dabiao.engine.results import FailOn, Finding, Result
from dabiao.facts.model import Fact, Facts
from dabiao.facts.tables import build_tables
from dabiao.rules.algebra import Condition, Leaf, Ranked, Ratio, all_of, compare, variables
from dabiao.rules.model import Measure, Plan
from dabiao.scenarios.spread import CellKey, judge_variants, spread_variants
from dabiao.scenarios.ways import Way, WayFinder

MENDED = ("met", "early", "on_track")
SHORT = ("shortfall", "behind")
HERE = Location("seek")


@dataclass(frozen=True, slots=True)
class JudgedWay:
    """A way to mend a finding that the engine has judged. `actionable` is set if all its figures can be acted on.

    `breaks` lists the findings that fall short only with it: commitment, root and subject.
    """

    moves: Way
    actionable: bool
    breaks: tuple[tuple[str, str, str], ...] = ()


NoWay = Literal["", "no-way", "not-sought"]


@dataclass(frozen=True, slots=True)
class SoughtFinding:
    """A finding that falls short, and the ways to mend it, least effort first; `reason` is set if there is none."""

    finding: Finding
    answers: tuple[JudgedWay, ...]
    reason: NoWay = ""

    @property
    def proposed(self) -> list[JudgedWay]:
        """The ways whose figures can all be acted on."""
        return [answer for answer in self.answers if answer.actionable]


@dataclass(frozen=True)
class SeekResult:
    """The result of a check, and the ways to mend each of its shortfalls."""

    result: Result
    sought: tuple[SoughtFinding, ...]
    fail_on: FailOn = "shortfall"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The warnings about the sheets."""
        return tuple(self.result.notes)

    @property
    def exit_code(self) -> int:
        """The exit code of the check."""
        return self.result.exit_code(self.fail_on)


def find_ways(
    plan: Plan, facts: Facts, *, year: int | None = None, as_of: date | None = None, select: Sequence[str] = ()
) -> SeekResult:
    """Judge the facts and find the least changes that mend each shortfall. Raises `Refused` as `check` does."""
    result = check(plan, facts, year=year, as_of=as_of, select=select)
    plan = result.plan
    tables = build_tables(Facts(plan, facts.sheets))
    measured = Measured(tables, result.year)
    finder = WayFinder(measured)
    goals = list(_find_short(result, measured))
    short = [(finding, finder.find(finding.kind, row, goal)) for finding, row, goal in goals]
    flat = [(number, way) for number, (_, found) in enumerate(short) for way in found if way]
    tried = [way for _, way in flat] + [less for _, way in flat for less in _make_smaller(way)]
    verdicts = _judge_ways(measured, tried)
    answers: dict[int, list[JudgedWay]] = {}
    smaller = len(flat) + 1  # the number of the first variant that is one unit short of a way
    for variant, (number, way) in enumerate(flat, 1):
        finding = short[number][0]
        needless = any(_mends(finding, verdicts, smaller + i) for i in range(len(way)))
        smaller += len(way)
        if _mends(finding, verdicts, variant) and not needless:
            able = all(is_actionable(move.measure, plan) for move in way)
            answers.setdefault(number, []).append(JudgedWay(way, able, _find_broken(verdicts, variant)))
    sought = [
        SoughtFinding(finding, tuple(answers.get(i, ())), "" if i in answers else _explain_none(finding, goal))
        for i, (finding, _, goal) in enumerate(goals)
    ]
    return SeekResult(result, tuple(sought))


def _explain_none(finding: Finding, goal: Condition) -> NoWay:
    """Return why there is no way: no change is enough, or figures are not changed there (ranks, aggregates from below)."""
    aggregates = [v for v in variables(goal) if not isinstance(v, Leaf)]
    inside = any(isinstance(v, Ranked) or v.owner != finding.kind for v in aggregates)
    return "not-sought" if inside else "no-way"


def _make_smaller(way: Way) -> Iterator[Way]:
    """Iterate over the ways with one of the figures changed by one unit less."""
    for number, move in enumerate(way):
        yield (*way[:number], replace(move, after=move.less), *way[number + 1 :])


def is_actionable(measure: Measure, plan: Plan) -> bool:
    """Return whether a figure can be acted on: as the plan states, or if it marks no measure as actionable, any other."""
    if measure.actionable is not None:
        return measure.actionable
    return not any(other.actionable for other in plan.measures.values())


def _find_short(result: Result, measured: Measured) -> Iterator[tuple[Finding, int, Condition]]:
    """Iterate over the findings that fall short, each with its row and the condition that would mend it."""
    for verdict in SHORT:
        for number, _ in result.rows_of(verdict):  # type: ignore[arg-type]
            finding = result.explain(number)
            row = result.table["@index"][number]
            if row is not None and (goal := _find_goal(finding, measured)) is not None:
                yield finding, row, goal


def _find_goal(finding: Finding, measured: Measured) -> Condition | None:
    """Return the condition under which a finding is met, or on track before it is due."""
    commitment = finding.commitment
    if commitment.value is None:
        return commitment.holds
    bounds = requirement_of(commitment, measured.plan, measured.year).bounds
    tests: list[Condition] = []
    for bound, target in zip(bounds, finding.targets, strict=True):
        if target.expected is None or target.expected == target.value:
            tests.append(bound.condition(commitment.value.form))
        else:
            tests.append(compare(commitment.value.form, bound.operator, Ratio.constant(target.expected)))
    return all_of(tests)


def _judge_ways(measured: Measured, ways: Sequence[Way]) -> pl.DataFrame:
    """Judge all commitments as reported (variant 0) and with each way (variants 1, 2, ...)."""
    cells: dict[CellKey, dict[int, Fact]] = {}
    for variant, way in enumerate(ways, 1):
        for move in way:
            fact = Fact(move.after, HERE, quantity_text(move.after, move.measure.unit))
            cells.setdefault((move.kind, move.index, move.measure.id), {})[variant] = fact
    commitments = [c for c in measured.plan.commitments.values() if not c.manual]
    table = judge_variants(spread_variants(measured.tables, cells, len(ways) + 1), measured.year, commitments)
    return table.select(
        pl.col("commitment").cast(pl.String), "root", "kind", "subject", "variant", pl.col("verdict").cast(pl.String),
        pl.col("verdict").cast(pl.String).is_in(SHORT).alias("short"),
    )  # fmt: skip


def _mends(finding: Finding, verdicts: pl.DataFrame, variant: int) -> bool:
    found = verdicts.filter(
        pl.col("commitment") == finding.commitment.id,
        pl.col("root") == finding.root,
        pl.col("kind") == finding.kind,
        pl.col("subject") == finding.subject,
        pl.col("variant") == variant,
    )
    return found.height > 0 and all(verdict in MENDED for verdict in found["verdict"])


def _find_broken(verdicts: pl.DataFrame, variant: int) -> tuple[tuple[str, str, str], ...]:
    """Return the findings that fall short in a variant and not as reported."""
    keys = ["commitment", "root", "subject"]
    before = verdicts.filter(pl.col("variant") == 0, pl.col("short")).select(keys)
    after = verdicts.filter(pl.col("variant") == variant, pl.col("short")).select(keys)
    return tuple(after.join(before, on=keys, how="anti").select(keys).iter_rows())
