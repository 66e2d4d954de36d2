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
from dabiao.engine.gravity import list_by_gravity
from dabiao.engine.measure import Measured
from dabiao.engine.requirement import requirement_of
from dabiao.engine.results import FailOn, Finding, Result, Target, Verdict
from dabiao.facts.model import Fact, Facts
from dabiao.facts.tables import build_tables
from dabiao.rules.actionable import Actionable
from dabiao.rules.algebra import Condition, Leaf, Ranked, Ratio, all_of, compare
from dabiao.rules.model import Commitment, DataCheck, Due, Measure, Plan
from dabiao.rules.shape import Text
from dabiao.rules.walks import variables
from dabiao.rules.written import Cite
from dabiao.scenarios.spread import CellKey, judge_variants, spread_variants
from dabiao.scenarios.ways import Way, WayFinder, measure_effort

MENDED: tuple[Verdict, ...] = ("met", "early", "on_track")
SHORT: tuple[Verdict, ...] = ("shortfall", "behind")
HERE = Location("seek")
_CHECK = "data check: "  # before the id of a data check among commitments
_NO_TITLE = Text("", "")  # of a check, which nobody is told of
_NO_CITE = Cite(location=HERE, section="", phrase="")


@dataclass(frozen=True, slots=True)
class JudgedWay:
    """A way to mend a finding that the engine has judged. `actionable` is set if the plan says of none that it is not.

    `verdict` is the one that the finding has with it. `breaks` lists the findings that fall short only with it: commitment,
    root and subject.
    """

    moves: Way
    actionable: bool
    verdict: Verdict
    breaks: tuple[tuple[str, str, str], ...] = ()


NoWay = Literal["", "no-way", "not-sought", "only-given"]
"""Why there is no way: nothing is enough, it is not looked for, or only changes that nobody may propose would do."""


Aim = Literal["target", "expected", "no-path"]
"""What is aimed at: the target, the value expected by now, or the target for want of a known path to it."""


@dataclass(frozen=True, slots=True)
class SoughtFinding:
    """A finding that falls short, and the ways to mend it, what can be done first; `reason` is set if there is none."""

    finding: Finding
    answers: tuple[JudgedWay, ...]
    reason: NoWay = ""

    @property
    def aim(self) -> Aim:
        """What the ways aim at."""
        if any(_aims_at_expected(target) for target in self.finding.targets):
            return "expected"
        open_ = all(target.expected is None for target in self.finding.targets)
        return "no-path" if open_ and self.finding.targets and self.finding.verdict == "behind" else "target"

    @property
    def proposed(self) -> list[JudgedWay]:
        """The ways that nothing in the plan speaks against."""
        return [answer for answer in self.answers if answer.actionable]


@dataclass(frozen=True)
class SeekResult:
    """The result of a check, and the ways to mend each of its shortfalls, the gravest first."""

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
    actionable = Actionable(plan)
    goals = list(_find_short(result, measured))
    short = [(finding, _find_allowed(measured, actionable, finding, row, goal)) for finding, row, goal in goals]
    flat = [(number, way) for number, (_, found) in enumerate(short) for way in found if way]
    tried = [way for _, way in flat] + [less for _, way in flat for less in _make_smaller(way)]
    verdicts = _judge_ways(measured, tried)
    answers: dict[int, list[JudgedWay]] = {}
    smaller = len(flat) + 1  # the number of the first variant that is one unit short of a way
    for variant, (number, way) in enumerate(flat, 1):
        finding = short[number][0]
        needless = any(_find_mended(finding, verdicts, smaller + i) for i in range(len(way)))
        smaller += len(way)
        broken = _find_broken(verdicts, variant)
        impossible = any(name.startswith(_CHECK) for name, _, _ in broken)
        mended = _find_mended(finding, verdicts, variant)
        if mended and not needless and not impossible:
            able = all(move.measure.actionable is not False for move in way)
            answers.setdefault(number, []).append(JudgedWay(way, able, mended, broken))
    sought = [
        SoughtFinding(finding, tuple(sorted(answers[i], key=_rank_way)))
        if i in answers
        else SoughtFinding(finding, (), _explain_none(measured, finding, row, goal))
        for i, (finding, row, goal) in enumerate(goals)
    ]
    return SeekResult(result, tuple(sought))


def _find_allowed(measured: Measured, actionable: Actionable, finding: Finding, row: int, goal: Condition) -> list[Way]:
    """Return the ways to mend a finding by changes that may be proposed: of no circumstance, and less of nothing good."""

    def allows(measure: Measure, more: bool) -> bool:
        return actionable.allows(finding.commitment, measure, more=more)

    return WayFinder(measured, allows).find(finding.kind, row, goal)


def _rank_way(way: JudgedWay) -> tuple[object, ...]:
    """Return the key that orders ways: what can be done, what breaks nothing, then what is least effort."""
    effort = measure_effort(way.moves)
    return effort[0], bool(way.breaks), effort


def _explain_none(measured: Measured, finding: Finding, row: int, goal: Condition) -> NoWay:
    """Return why there is no way to mend a finding."""
    aggregates = [v for v in variables(goal) if not isinstance(v, Leaf)]
    if any(isinstance(v, Ranked) or v.owner != finding.kind for v in aggregates):
        return "not-sought"
    anything = WayFinder(measured, None).find(finding.kind, row, goal)
    return "only-given" if anything else "no-way"


def _make_smaller(way: Way) -> Iterator[Way]:
    """Iterate over the ways with one of the figures changed by one unit less."""
    for number, move in enumerate(way):
        yield (*way[:number], replace(move, after=move.less), *way[number + 1 :])


def _find_short(result: Result, measured: Measured) -> Iterator[tuple[Finding, int, Condition]]:
    """Iterate over the findings that fall short, the gravest first, each with its row and the condition that would mend it."""
    for verdict in SHORT:
        for number, _ in list_by_gravity(result, verdict):
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
        if target.expected is not None and _aims_at_expected(target):
            tests.append(compare(commitment.value.form, bound.operator, Ratio.constant(target.expected)))
        else:
            tests.append(bound.condition(commitment.value.form))
    return all_of(tests)


def _aims_at_expected(target: Target) -> bool:
    """Whether less than the target is enough by now."""
    return target.expected is not None and target.expected != target.value


def _limits_figures(check: DataCheck) -> bool:
    """Whether figures that fail a data check cannot be. That two statements of one thing agree does not bar changing both."""
    exact = any(target.operator == "==" for target in check.targets)
    return check.severity == "error" and check.sort in ("compare", "holds") and not exact


def _as_commitment(check: DataCheck) -> Commitment:
    """Return a data check as a commitment of every year, under an id that no commitment has."""
    return Commitment(
        id=_CHECK + check.id, title=check.title or _NO_TITLE, cite=_NO_CITE, kind=check.kind, nature="unstated",
        strength="must", location=check.location, where=check.where, value=check.value, holds=check.holds, bounds=check.bounds,
        due=Due("throughout"),
    )  # fmt: skip


def _judge_ways(measured: Measured, ways: Sequence[Way]) -> pl.DataFrame:
    """Judge all commitments and data checks as reported (variant 0) and with each way (variants 1, 2, ...)."""
    cells: dict[CellKey, dict[int, Fact]] = {}
    for variant, way in enumerate(ways, 1):
        for move in way:
            fact = Fact(move.after, HERE, quantity_text(move.after, move.measure.unit))
            cells.setdefault((move.kind, move.index, move.measure.id), {})[variant] = fact
    commitments = [c for c in measured.plan.commitments.values() if not c.manual]
    possible = [_as_commitment(check) for check in measured.plan.checks if _limits_figures(check)]
    tables = spread_variants(measured.tables, cells, len(ways) + 1)
    table = judge_variants(tables, measured.year, [*commitments, *possible])
    return table.select(
        pl.col("commitment").cast(pl.String), "root", "kind", "subject", "variant", pl.col("verdict").cast(pl.String),
        pl.col("verdict").cast(pl.String).is_in(SHORT).alias("short"),
    )  # fmt: skip


def _find_mended(finding: Finding, verdicts: pl.DataFrame, variant: int) -> Verdict | None:
    """Return the verdict that a finding has in a variant, None if that still falls short or is open."""
    found = verdicts.filter(
        pl.col("commitment") == finding.commitment.id,
        pl.col("root") == finding.root,
        pl.col("kind") == finding.kind,
        pl.col("subject") == finding.subject,
        pl.col("variant") == variant,
    )
    mended = [one for one in MENDED if one in found["verdict"]]
    return mended[-1] if mended and found["verdict"].is_in(MENDED).all() else None


def _find_broken(verdicts: pl.DataFrame, variant: int) -> tuple[tuple[str, str, str], ...]:
    """Return the findings, and the data checks, that fall short in a variant and not as reported."""
    keys = ["commitment", "root", "subject"]
    before = verdicts.filter(pl.col("variant") == 0, pl.col("short")).select(keys)
    after = verdicts.filter(pl.col("variant") == variant, pl.col("short")).select(keys)
    return tuple(after.join(before, on=keys, how="anti").select(keys).iter_rows())
