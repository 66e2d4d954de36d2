"""Resolves a written plan: names, units and expressions. All errors are collected in one run."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR

from dabiao.base.problems import Problems, Refused
from dabiao.rules import written as w
from dabiao.rules.commitments import resolve_commitments
from dabiao.rules.compiler import Compiler
from dabiao.rules.consequences import resolve_consequences
from dabiao.rules.measures import resolve_measures
from dabiao.rules.model import DataCheck, Kind, Plan, PlanText
from dabiao.rules.references import check_links, note_unknown


def resolve(text: PlanText, problems: Problems) -> Plan:
    """Resolve a written plan without its amendments. Raises `Refused` with every error, which are noted in `problems`."""
    return resolve_text(text.as_written, text, (), problems)


def resolve_text(text: w.Plan, original: PlanText, amended: tuple[str, ...], problems: Problems) -> Plan:
    """Resolve `text`, which is `original` with the amendments named in `amended`. Raises `Refused` with every error."""
    _check_period(text, problems)
    kinds = _resolve_kinds(text, problems)
    if not kinds:  # nothing else can be resolved
        problems.add("no-subjects", text.location)
        raise Refused(problems.found)
    measures = resolve_measures(text, kinds, problems)
    compiler = Compiler(kinds, measures, problems)
    commitments = resolve_commitments(text, compiler, problems)
    checks: tuple[DataCheck, ...] = ()
    if text.checks:
        from dabiao.rules.checks import resolve_checks  # loading it takes time, and few plans have checks

        checks = resolve_checks(text.checks, compiler, problems)
    check_links(text, kinds, problems)
    consequences = resolve_consequences(text, commitments, compiler, problems)
    problems.refuse()
    return Plan(
        id=text.plan,
        version=text.version,
        title=text.title,
        document=text.document,
        first=text.period.first,
        last=text.period.last,
        history=text.baseline if text.period.history is None else text.period.history,
        baseline=text.baseline,
        percentages=text.percentages,
        kinds=kinds,
        measures=measures,
        commitments=commitments,
        consequences=consequences,
        checks=checks,
        amendments=original.as_written.amendments,
        waivers=text.waivers,
        left_out=text.left_out,
        amended=amended,
        text=original,
    )


def _check_period(plan: w.Plan, problems: Problems) -> None:
    period, baseline = plan.period, plan.baseline
    years = {
        period.place("from"): period.first,
        period.place("to"): period.last,
        plan.place("baseline"): baseline,
        period.place("history"): period.first if period.history is None else period.history,
    }
    for location, year in years.items():
        if not MINYEAR <= year <= MAXYEAR:
            problems.add("bad-year", location, found=year)
    if period.first > period.last:
        problems.add("period-backwards", period.location, found=period.first, expected=period.last)
    if baseline >= period.first:
        problems.add("baseline-late", plan.place("baseline"), found=baseline, expected=period.first)


def _resolve_kinds(plan: w.Plan, problems: Problems) -> dict[str, Kind]:
    """Return the kinds of subject by id, the root first."""
    kinds: dict[str, Kind] = {}
    for kind in plan.subjects:
        if kind.id in kinds:
            problems.add("duplicate-id", kind.place("id"), found=kind.id, first=kinds[kind.id].location.line)
        elif kind.in_ is None and kinds:
            problems.add("second-root", kind.location, found=kind.id, expected=next(iter(kinds)))
        elif kind.in_ is not None and kind.in_ not in kinds:
            note_unknown(problems, "unknown-kind", kind.place("in"), kind.in_, kinds)
            problems.dropped.add(kind.id)
        else:
            above = (*kinds[kind.in_].path, kind.in_) if kind.in_ else ()
            kinds[kind.id] = Kind(kind.id, kind.title, above, kind.register, kind.location)
    return kinds
