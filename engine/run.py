"""The services `check`, `compare` and `explain`: from what is asked to an outcome, by way of plan, sheets and judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dabiao.base.exits import EXIT_CLEAN
from dabiao.base.problems import Location, Problem, Refused, name_some, nearest
from dabiao.engine.check import check, find_broken, in_order
from dabiao.engine.requests import CheckOutcome, CheckRequest, CompareRequest, ExplainRequest
from dabiao.engine.results import Finding, Result
from dabiao.engine.views import find_rows, find_view
from dabiao.facts.model import Facts
from dabiao.facts.read import PartlyRead, read_facts
from dabiao.rules.model import Plan
from dabiao.rules.select import COMMITMENT, refuse_ambiguous, select

if TYPE_CHECKING:
    from dabiao.engine.compare import Comparison

_NAMED = 12


def run(request: CheckRequest) -> CheckOutcome:
    """Read and judge what is asked. Whatever is refused is part of the outcome; nothing is raised for it."""
    plan: Plan | None = None
    try:
        plan = request.load_plan()
        facts = read_facts(request.sheets, plan)
        result = check(plan, facts, year=request.year, as_of=request.as_of, select=request.select)
        _refuse_unknown_view(result, request)
        since = _compare_since(request, plan, facts, result) if request.since else None
    except Refused as refused:
        problems = refused.problems
        if plan is not None and isinstance(refused, PartlyRead):
            problems = _add_broken(problems, plan, refused.facts)
        return CheckOutcome(request=request, plan=plan, result=None, problems=problems)
    blanks = tuple(
        blank for sheet in facts.sheets if sheet.year == result.year for blank in sheet.blanks if blank.empty
    )
    return CheckOutcome(
        request=request, plan=result.plan, result=result, problems=tuple(result.notes), since=since, blanks=blanks
    )


def _add_broken(problems: Sequence[Problem], plan: Plan, facts: Facts) -> tuple[Problem, ...]:
    """Return problems with those of the data checks, in the order of the sheets, and what is still empty at the end."""
    if not (broken := find_broken(plan, facts)):
        return tuple(problems)
    last = [problem for problem in problems if problem.code == "blank-cells"]
    others = [problem for problem in problems if problem.code != "blank-cells"]
    return (*in_order((*others, *broken), facts), *last)


def _compare_since(request: CheckRequest, plan: Plan, facts: Facts, result: Result) -> Comparison:
    from dabiao.engine.since import compare_since  # most checks have nothing to compare with

    return compare_since(request, plan, facts, result)


def compare(request: CompareRequest) -> Comparison:
    """Judge two submissions by the same text and compare them. Raises `Refused` for inputs that cannot be used."""
    from dabiao.engine.since import ask_check

    outcome = run(ask_check(request))
    if outcome.since is None:
        raise Refused(outcome.problems)
    return outcome.since


def _refuse_unknown_view(result: Result, request: CheckRequest) -> None:
    """Raise `Refused` where nothing of the result is by what, or of whom, is asked for."""
    problems: list[Problem] = []
    by, subject = request.by, request.subject
    for look in (
        lambda: by is None or find_view(result.plan, by),
        lambda: subject is None or find_rows(result, subject),
    ):
        try:
            look()
        except Refused as refused:
            problems += refused.problems
    if problems:
        raise Refused(problems)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a commitment has its verdict: its findings by the text of `plan` in force, and the warnings about the sheets.

    `others` are its findings by the reading that was not chosen.
    """

    request: ExplainRequest
    plan: Plan
    findings: tuple[Finding, ...]
    others: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    exit_code: int = EXIT_CLEAN


def explain(request: ExplainRequest) -> Explanation:
    """Judge one commitment. Raises `Refused` for inputs that cannot be used, and where there is no such finding."""
    plan = request.load_plan()
    named = (request.commitment,)
    select(plan, named, COMMITMENT)
    refuse_ambiguous(plan, request.commitment, COMMITMENT)
    result = check(plan, read_facts(request.sheets, plan), year=request.year, as_of=request.as_of, select=named)
    findings = tuple(f for f in result.findings() if request.subject is None or _is_called(f, request.subject))
    if not findings:
        raise Refused([*result.notes, _no_finding(request, result)])
    others = tuple(f for f in result.others.findings() if request.subject is None or _is_called(f, request.subject))
    return Explanation(
        request=request, plan=result.plan, findings=findings, others=others, problems=tuple(result.notes)
    )


def _no_finding(request: ExplainRequest, result: Result) -> Problem:
    """Return the problem that a commitment has no finding for a subject: whom it is judged for, and the nearest name."""
    found = list(result.findings())
    names = list(dict.fromkeys(f.subject for f in found if f.subject))
    kinds = tuple(dict.fromkeys(result.plan.kinds[f.kind].title for f in found))
    details: dict[str, object] = {"found": request.commitment, "subject": request.subject or "", "kinds": kinds}
    shown = name_some(names, _NAMED)
    close = nearest(request.subject or "", names)
    return Problem("explain.no-finding", Location("--subject"), {**details, "expected": shown, "nearest": close})


def _is_called(finding: Finding, name: str) -> bool:
    """Whether a name is that of the finding's subject, alone or after those that contain it: 某区/甲镇/甲院."""
    path = "/".join(part for _, part in finding.path)
    return name in (finding.subject, path) or path.endswith(f"/{name}")
