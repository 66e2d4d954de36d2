"""Questions about what was handed in: why a finding is so, who owes what, and how the districts stand beside each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dabiao.base.files import Upload
from dabiao.base.messages import say
from dabiao.base.problems import Location, Problem, Refused
from dabiao.engine.by_plan import OverviewRequest
from dabiao.engine.overview import overview
from dabiao.engine.requests import ExplainRequest
from dabiao.engine.run import explain
from dabiao.engine.status import Status, StatusRequest, status
from dabiao.reports import explain as explanation_report
from dabiao.reports import overview as overview_report
from dabiao.reports import status as status_report
from dabiao.reports.document import Document, Heading, Paragraph
from dabiao.rules.shape import read_day
from dabiao.serve.home import find_plan
from dabiao.serve.pages import Asked, message, name_of, read_year, refusal, render
from dabiao.serve.runs import Runs, ask_again
from dabiao.serve.store import Submission
from starlette.responses import Response

_MOST_EXPECTED = 500


def show_why(runs: Runs, asked: Asked) -> Response:
    """Explain the findings of a commitment. Raises `Refused` as `explain` does."""
    lang, commitment, subject = asked.lang, asked.value("commitment"), asked.value("subject")
    with runs.judged(asked.parts["run"]) as judged:
        request = judged.outcome.request
        explanation = explain(
            ExplainRequest(
                plan=request.plan, parts=request.parts, sheets=request.sheets, waivers=request.waivers,
                assignments=request.assignments, year=request.year, as_of=request.as_of, commitment=commitment,
                subject=subject or None,
            )
        )  # fmt: skip
        title = explanation.findings[0].commitment.title[lang]
        shown = explanation_report.document(explanation, lang)
        document = replace(shown, blocks=(Heading(say("serve.why-of", lang, title=title), 1), *shown.blocks))
        return render(asked, document, "back.html", run=judged.submission.id)


def show_status(runs: Runs, asked: Asked) -> Response:
    """Show who owes what to a plan, by what was handed in; without a due day, the form that asks for one."""
    lang, name = asked.lang, asked.parts["plan"]
    plan = find_plan(runs, name)
    expected = tuple(
        dict.fromkeys(line.strip() for line in asked.value("expect").splitlines()[:_MOST_EXPECTED] if line.strip())
    )
    document, code = Document(lang, (Heading(say("serve.status-of", lang, plan=plan.title[lang]), 1),)), 200
    if asked.value("due"):
        try:
            document = status_report.document(_find_status(runs, asked, expected), lang)
        except Refused as wrong:  # what was asked stands in its fields, to be corrected
            document, code = refusal(wrong.problems, lang), 422
    fields = {field: asked.value(field) for field in ("due", "as_of", "expect", "year")}
    years = [str(year) for year in range(plan.first, plan.last + 1)]
    return render(
        asked, document, "status.html", status=code, plan=name, plan_title=plan.title[lang], fields=fields, years=years
    )


def _find_status(runs: Runs, asked: Asked, expected: tuple[str, ...]) -> Status:
    name = asked.parts["plan"]
    return status(
        StatusRequest(
            plan=runs.store.find_plans()[name], sheets=_last_sheets(runs, name), due=_read_day(asked.value("due")),
            year=read_year(asked.value("year")), expect=expected,
            as_of=_read_day(asked.value("as_of")) if asked.value("as_of") else None,
            assignments=runs.store.find_beside(name)[1],
        )
    )  # fmt: skip


def _read_day(text: str) -> date:
    """Read a day. Raises `Refused` for what is none."""
    day = read_day(text)
    if day is None:
        raise Refused([Problem("serve.day", Location("--due"), {"found": text})])
    return day


def _last_sheets(runs: Runs, plan: str) -> tuple[Upload, ...]:
    """Return the sheets of the last submissions to a plan: of each subject and year those that count, and those of nobody
    known, which somebody has to look at.
    """
    last = {about: one.id for about, one in runs.store.find_last().items() if about[0] == plan}
    sheets: list[Upload] = []
    for one in reversed(runs.store.list()):
        if one.told.plan != plan:
            continue
        counting = {
            sheet.file
            for sheet in one.told.sheets
            if not sheet.subject or last.get((plan, sheet.subject, sheet.year)) == one.id
        }
        if counting:
            sheets += _sheets_of(runs, one, counting)
    return tuple(sheets)


def _sheets_of(runs: Runs, one: Submission, names: set[str]) -> list[Upload]:
    """Return some sheets of a submission with the tables that belong to them, apart from those of others."""
    request = ask_again(runs.store.read(one), one.path)
    sheets = [sheet for sheet in request.sheets if isinstance(sheet, Upload)]
    folder = one.came.astimezone().strftime("%Y-%m-%d-%H%M%S") + f"-{one.id[:6]}"
    tables = [sheet for sheet in sheets if sheet.suffix.lower() in (".csv", ".parquet")]
    return [
        Upload(f"{folder}/{sheet.name}", sheet.content) for sheet in sheets if sheet in tables or sheet.name in names
    ]


def show_overview(runs: Runs, asked: Asked) -> Response:
    """Show how the districts stand: by the last submission of each to each plan, of the latest year."""
    lang = asked.lang
    latest: dict[tuple[str, str], tuple[int, Submission]] = {}
    for (plan, subject, year), one in runs.store.find_last().items():
        if not one.told.refused and year > latest.get((plan, subject), (0, one))[0]:
            latest[plan, subject] = year, one
    chosen = {one.id: one for _, one in latest.values()}
    if not chosen:
        return message(asked, "no-overview", 200)
    bundles = tuple(
        Upload(f"{name_of(one)}-{one.id[:6]}.zip", runs.store.read(one)) for one in reversed(chosen.values())
    )
    document = overview_report.page(overview(OverviewRequest(given=bundles)), lang)
    note = Paragraph(say("serve.overview-advice", lang))
    return render(asked, replace(document, blocks=(*document.blocks, note)))
