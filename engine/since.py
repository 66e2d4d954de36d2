"""What changed since an earlier submission: it is read, judged by the text that judges the new one, and compared.

The year judged of it is the one asked for, or the year its bundle was judged for, or that of the new submission if it has
sheets of that year (a correction), or else its latest (last year's report).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dabiao.base.files import Given, UploadedFolder
from dabiao.base.problems import Location, Problem, Refused
from dabiao.engine.bundles import find_altered, is_bundle, read_bundle
from dabiao.engine.check import check
from dabiao.engine.compare import Comparison, compare
from dabiao.engine.requests import CheckRequest, CompareRequest
from dabiao.engine.results import Result
from dabiao.facts.model import Facts, Sheet
from dabiao.facts.read import read_facts
from dabiao.rules.model import Plan


@dataclass(frozen=True, slots=True)
class Opened:
    """A submission to be read: its sheets, and if it came as a bundle, what was asked when that was made."""

    sheets: tuple[Given, ...]
    asked: CheckRequest | None = None
    file: str = ""


def compare_since(request: CheckRequest, plan: Plan, new: Facts, result: Result) -> Comparison:
    """Judge the earlier submission of a request by `plan` as the new one was judged, and compare both.

    Sheets of years before the one judged, such as the baseline year's, that only the `new` one has stand beside both:
    otherwise the earlier one would be judged on less.

    What its data checks would refuse is compared all the same, and the comparison says so. Raises `Refused` for sheets that
    cannot be read, and for a bundle that was altered or is of another plan.
    """
    opened = [open_submission(each) for each in request.since]
    for one in opened:
        if one.asked is not None:
            refuse_other_plan(one, plan)
    facts = read_facts([sheet for one in opened for sheet in one.sheets], plan)
    asked = [one.asked.year for one in opened if one.asked]
    year = request.since_year or next((year for year in asked if year), None)
    if year is None and result.year in facts.years:
        year = result.year
    facts = replace(facts, sheets=(*facts.sheets, *_lend(new, facts, year or max(facts.years))))
    old = _judge(plan, facts, year, request.select, result)
    return compare(old, result, request.fail_on)


def _lend(new: Facts, old: Facts, year: int) -> Iterator[Sheet]:
    """Iterate over the new submission's sheets of the years before one that the old submission lacks."""
    known = {(sheet.subject, sheet.year) for sheet in old.sheets}
    subjects = {sheet.subject for sheet in old.sheets}
    for sheet in new.sheets:
        if sheet.year < year and sheet.subject in subjects and (sheet.subject, sheet.year) not in known:
            yield sheet


def _judge(plan: Plan, facts: Facts, year: int | None, select: Sequence[str], new: Result) -> Result:
    """Judge the earlier submission; if nothing but data checks refuses it, without them, with what they found as its notes."""
    try:
        return check(plan, facts, year=year, as_of=new.as_of, select=select)
    except Refused as refused:
        if any(p.severity == "error" and "figures_of" not in p.details for p in refused.problems):
            raise
        judged = check(plan, facts, year=year, as_of=new.as_of, select=select, data_checks=False)
        return replace(judged, notes=refused.problems)


def open_submission(given: Given) -> Opened:
    """Return the sheets of a submission: what was given, or what is in it if it is a bundle.

    Raises `Refused` for a bundle that is not as it was made.
    """
    if isinstance(given, UploadedFolder) or not is_bundle(given):
        return Opened((given,))
    bundle = read_bundle(given)
    if altered := [problem for problem in find_altered(bundle) if problem.severity == "error"]:
        places = [replace(p, location=Location(f"{bundle.file}/{p.location}")) for p in altered]
        raise Refused(places)
    asked = bundle.request
    return Opened(asked.sheets, asked, bundle.file)


def refuse_other_plan(opened: Opened, plan: Plan) -> None:
    """Raise `Refused` for a bundle whose plan is not the one judged by; another version of it is the same plan."""
    assert opened.asked is not None
    found = opened.asked.load_plan().id
    if found != plan.id:
        details = {"found": found, "expected": plan.id}
        raise Refused([Problem("compare.other-plan", Location(opened.file), details)])


def _once(*sheets: Given) -> tuple[Given, ...]:
    """Return each sheet once: one that both sides are judged with may be one of them."""
    return tuple(dict.fromkeys(sheets))


def ask_check(request: CompareRequest) -> CheckRequest:
    """Return the check of the new submission since the old one that a comparison asks for.

    What the request leaves open is that of the bundle of the new submission, the plan also that of the old one. Raises
    `Refused` if there is no plan, or if a bundle is of another one.
    """
    old, new = (open_submission(each) for each in (request.old, request.new))
    asked = new.asked
    plan, parts = request.plan, request.parts
    for one in (new, old):
        if plan is None and one.asked is not None:
            plan, parts = one.asked.plan, one.asked.parts
    if plan is None:
        raise Refused([Problem("compare.no-plan", Location("PLAN"), {"found": (str(request.old), str(request.new))})])
    wanted = CheckRequest(
        plan=plan, parts=parts, sheets=_once(*new.sheets, *request.beside), since=_once(request.old, *request.beside),
        waivers=request.waivers, assignments=request.assignments, year=request.year, as_of=request.as_of,
        select=request.select, fail_on=request.fail_on, since_year=request.old_year,
    )  # fmt: skip
    if asked is None:
        return wanted
    refuse_other_plan(new, wanted.load_plan())
    return replace(
        wanted, waivers=wanted.waivers or asked.waivers, assignments=wanted.assignments or asked.assignments,
        year=wanted.year or asked.year, as_of=wanted.as_of or asked.as_of, select=wanted.select or asked.select,
    )  # fmt: skip
