"""The pipeline: measure, judge, apply waivers, infer consequences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import polars as pl
from dabiao.base.problems import Location, Problem, Refused
from dabiao.base.quantities import quantity_text
from dabiao.engine.alike import find_alike
from dabiao.engine.columns import repeated
from dabiao.engine.explain import Explainer, subject_path
from dabiao.engine.frame import frame_of
from dabiao.engine.infer import infer
from dabiao.engine.judge import VERDICT, judge
from dabiao.engine.measure import Measured
from dabiao.engine.results import Followed, Others, Result, SubjectPath, Verdict, WaiverNote, WaiverState
from dabiao.engine.silent import find_silent
from dabiao.facts.model import Facts
from dabiao.facts.read import sort_problems
from dabiao.facts.tables import build_tables
from dabiao.rules.amend import in_force
from dabiao.rules.checks import find_stated_baselines, list_compared
from dabiao.rules.counting import find_restated
from dabiao.rules.model import Commitment, DataCheck, Measure, Plan
from dabiao.rules.select import select as selected
from dabiao.rules.walks import aggregates
from dabiao.rules.written import Waiver

if TYPE_CHECKING:
    from dabiao.engine.data_checks import Checked

_WAIVABLE = ("shortfall", "behind")
_KEPT = 4_096  # findings: several parts of a report look at the same ones


def check(
    plan: Plan,
    facts: Facts,
    *,
    year: int | None = None,
    as_of: date | None = None,
    select: Sequence[str] = (),
    data_checks: bool = True,
    unrelated: bool = False,
) -> Result:
    """Judge the facts of one year against a plan, after its data checks have been made of every year.

    `year` is the latest year reported unless given. `as_of` is the day whose text of the plan and whose waivers count:
    the last day of the year unless given. Raises `Refused` for a year without facts or outside the plan, for a
    selection that names nothing, and with everything the data checks find if one of them refuses the sheets.
    `data_checks=False` leaves them out, for facts that are made up one figure at a time. Of a selection, only the consequences
    that have to do with it are told; with `unrelated` also those that follow from figures alone.
    """
    year = find_year(plan, facts.years, year)
    as_of = as_of or date(year, 12, 31)
    plan = in_force(plan, as_of)
    picked = selected(plan, select)
    measured = Measured(build_tables(Facts(plan, facts.sheets)), year)
    facts = replace(facts, notes=(*facts.notes, *facts.find_unjudged(year), *_note_baseline(plan, facts, year)))
    checked = _check_data(measured, facts) if plan.checks and data_checks else None
    judged = [c for c in picked if not c.manual]
    restates = find_restated(judged, plan)
    table = judge(measured, judged)
    table, notes, waived = _waive(measured, table, as_of)
    explained = Explainer(measured, table, waived, restates)
    return Result(
        plan=plan,
        year=year,
        as_of=as_of,
        table=table,
        restates=restates,
        find_silent=lambda: find_silent(measured, judged),
        judge_others=lambda: _judge_others(measured, picked),
        followed=_find_followed(measured, table, judged, restates, bool(select) and not unrelated),
        manual=[c for c in picked if c.manual],
        waivers=notes,
        reported=sum(_count_reported(measured, kind) for kind in plan.kinds),
        synthetic=any(sheet.synthetic for sheet in facts.sheets if sheet.year == year),
        notes=in_order((*facts.notes, *checked.problems), facts) if checked and checked.problems else facts.notes,
        checked=checked.counts if checked else (),
        unmade=checked.unmade if checked else {},
        tables=measured.tables,
        explain=lru_cache(_KEPT)(explained),
        find_paths=explained.find_paths,
        find_alike=lambda: find_alike(measured, explained, table),
        complete=partial(frame_of, measured, table, explained, waived),
    )


def _find_followed(
    measured: Measured, table: pl.DataFrame, judged: Sequence[Commitment], restates: Mapping[str, str], selected: bool
) -> list[Followed]:
    """Return what follows; of a selection, only what has to do with one of its commitments, directly or by what follows."""
    found = infer(measured, table, {*restates, *(c.id for c in judged if c.tier == "effort")})
    if not selected:
        return found
    ids, natures = {c.id for c in judged}, {c.nature for c in judged}
    rules = measured.plan.consequences.values()
    followers: dict[str | None, list[str]] = {}
    for rule in rules:
        for trigger in rule.when:
            followers.setdefault(trigger.consequence, []).append(rule.id)
    waiting = [rule.id for rule in rules if any(t.commitment in ids or t.nature in natures for t in rule.when)]
    about: set[str] = set()
    while waiting:
        if (name := waiting.pop()) not in about:
            about.add(name)
            waiting += followers.get(name, ())
    return [one for one in found if one.rule in about]


def _judge_others(measured: Measured, picked: Sequence[Commitment]) -> Others:
    """Judge commitments by the readings that were not chosen, where the plan says how they differ."""
    others = {c.id: c.other for c in picked if c.other}
    table = judge(measured, list(others.values()))
    return Others(table, Explainer(measured, table, {}, {}, others))


def find_broken(plan: Plan, facts: Facts) -> tuple[Problem, ...]:
    """Return the errors of the data checks that can be made of facts of which some are not known.

    Left out are those that count or add up subjects: one that is not known would break them.
    """
    years = [year for year in facts.years if plan.history <= year <= plan.last]
    if not years:
        return ()
    plan = in_force(plan, date(max(years), 12, 31))
    alone = tuple(one for one in plan.checks if one.sort in ("compare", "holds", "jump") and not _counts(one))
    if not alone:
        return ()
    plan = replace(plan, checks=alone)
    from dabiao.engine.data_checks import check_data

    measured = Measured(build_tables(Facts(plan, facts.sheets)), max(years))
    return tuple(problem for problem in check_data(measured, facts).problems if problem.severity == "error")


def _counts(check: DataCheck) -> bool:
    """Whether a data check looks at several subjects."""
    where = (check.where,) if check.where else ()
    return next(iter(aggregates(*list_compared(check), *where)), None) is not None


def _check_data(measured: Measured, facts: Facts) -> Checked:
    """Make the data checks. Raises `Refused` if the sheets must not be used."""
    from dabiao.engine.data_checks import check_data

    checked = check_data(measured, facts)
    if checked.refused:
        raise Refused(in_order((*facts.notes, *checked.problems), facts))
    return checked


def in_order(problems: Sequence[Problem], facts: Facts) -> tuple[Problem, ...]:
    """Return problems in the order of the sheets, and how many more of a check there are behind them."""
    more = [problem for problem in problems if problem.code == "data.more"]
    others = [problem for problem in problems if problem.code != "data.more"]
    return (*sort_problems(others, facts.sheets, by_line=True), *more)


def find_year(plan: Plan, reported: Sequence[int], year: int | None) -> int:
    """Return the year to judge: the latest of those reported, in order, unless one is given. Raises `Refused`."""
    chosen = reported[-1] if year is None and reported else year
    if chosen is None:
        raise Refused([Problem("no-sheets", Location("—"), {"expected": "*.facts.yaml"})])
    if not plan.history <= chosen <= plan.last:
        details: dict[str, object] = {"found": chosen, "first": plan.history, "last": plan.last}
        raise Refused([Problem("year-outside", Location("--year"), details)])
    if chosen not in reported:
        details = {"found": chosen, "expected": tuple(reported)}
        raise Refused([Problem("year-not-reported", Location("--year"), details)])
    return chosen


def _note_baseline(plan: Plan, facts: Facts, year: int) -> Iterator[Problem]:
    """Warn where the year is before the plan, so that nothing is due, and of baselines that are reported otherwise than stated.

    A plan that compares its baselines by a data check of its own is not warned of them twice.
    """
    if year < plan.first:
        place = next(sheet.location for sheet in facts.sheets if sheet.year == year)
        code = "baseline-year" if year == plan.baseline else "before-the-plan"
        yield Problem(code, place, {"found": year, "first": plan.first, "last": plan.last}, "warning")
    if any(one.sort == "baselines" for one in plan.checks):
        return
    stated = find_stated_baselines(plan)
    for sheet in (sheet for sheet in facts.sheets if sheet.year == plan.baseline):
        for name, fact in sheet.facts(plan.root.id, sheet.subject).items():
            number = stated.get((plan.root.id, name))
            if number is not None and fact.value is not None and fact.value != number:
                measure = plan.measures[plan.root.id, name]
                shown = {"found": _say_value(measure, fact.value), "expected": _say_value(measure, number)}
                yield Problem(
                    "baseline-differs", fact.location, {"title": measure.title, "year": sheet.year, **shown}, "warning"
                )


def _say_value(measure: Measure, value: Fraction) -> object:
    return measure.steps[int(value)].title if measure.steps else quantity_text(value, measure.unit)


def _count_reported(measured: Measured, kind: str) -> int:
    """Return how many facts of the year are known."""
    frame = measured.frame(kind)
    return sum(frame.height - frame[name].null_count() for name in measured.plan.reported(kind))


def _waive(
    measured: Measured, table: pl.DataFrame, as_of: date
) -> tuple[pl.DataFrame, list[WaiverNote], dict[int, Verdict]]:
    """Apply the waivers of the year that have not expired. Only what fell short can be waived, never what is unknown.

    A waiver holds for one subject. One whose name several subjects of the run have waives nothing until `in` says which.
    """
    notes: list[WaiverNote] = []
    waived: dict[int, Verdict] = {}
    for waiver in (w for w in measured.plan.waivers if w.year == measured.year):
        rows, among = _find_waived_rows(measured, table, waiver)
        fitting = [row for row in rows if table["verdict"][row] in _WAIVABLE]
        state: WaiverState = "used" if fitting else "unused" if rows else "unmatched"
        if waiver.expires < as_of:
            state = "expired"
        elif len(among) > 1:
            state = "ambiguous"
        if state == "used":
            waived.update({row: table["verdict"][row] for row in fitting})
        notes.append(
            WaiverNote(
                waiver.commitment, waiver.subject, waiver.expires, state, waiver.reason, waiver.authority,
                among,
            )
        )  # fmt: skip
    if waived:
        mask = repeated(value=False, height=table.height).scatter(list(waived), values=True)
        verdict = pl.Series(["waived"], dtype=VERDICT).new_from_index(0, table.height).zip_with(mask, table["verdict"])
        table = table.with_columns(verdict.alias("verdict"))
    return table, notes, waived


def _find_waived_rows(
    measured: Measured, table: pl.DataFrame, waiver: Waiver
) -> tuple[list[int], tuple[SubjectPath, ...]]:
    """Return the rows of the subject a waiver names, and the paths of all subjects that it may mean."""
    rows: list[int] = []
    among: dict[SubjectPath, None] = {}
    named = (table["commitment"].cast(pl.String) == waiver.commitment) & (table["subject"] == waiver.subject)
    for row in named.arg_true().to_list():
        kind, root, subject, index = (table[column][row] for column in ("kind", "root", "subject", "@index"))
        path = subject_path(measured, kind, root, subject, index)
        if waiver.in_ is None or waiver.in_ in (name for _, name in path[:-1]):
            rows.append(row)
            among[path] = None
    return rows, tuple(among)
