"""The start page, the page of a plan, and its form: what is there, what is next, and what to fill in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from io import BytesIO
from typing import get_args

from dabiao.base.files import Upload
from dabiao.base.messages import say
from dabiao.base.problems import Refused
from dabiao.engine.forms import template
from dabiao.facts.template.book import write_book
from dabiao.facts.template.form import TemplateRequest
from dabiao.facts.template.uses import ALL
from dabiao.reports.document import Block, Cell, Document, Heading, Item, Items, Paragraph, table
from dabiao.rules.load import find_shipped_plans, load_plan
from dabiao.rules.model import Owner, Plan
from dabiao.rules.written import Tier
from dabiao.serve.pages import (
    BOOK,
    Asked,
    about_text,
    download,
    problem_cells,
    read_year,
    render,
    submissions_table,
)
from dabiao.serve.runs import Runs, ask_again
from dabiao.serve.store import DamagedError, GoneError, Submission
from starlette.responses import RedirectResponse, Response

_NEXT = 10  # lines of what is next


def show_start(runs: Runs, asked: Asked) -> Response:
    """Show the plans, what was handed in, and what is next."""
    lang = asked.lang
    submissions = runs.store.list()
    titles = _titles(runs, asked, submissions)
    blocks = (
        Heading(say("serve.title", lang), 1),
        Paragraph(say("serve.folder", lang, folder=runs.store.folder.resolve())),
        Heading(say("serve.next", lang)),
        Items(tuple(_next(runs, asked, submissions, titles))),
        Heading(say("serve.plans", lang)),
        table(
            [say(f"serve.{name}", lang) for name in ("plan", "period", "submissions")],
            list(_plan_rows(runs, asked, submissions)),
        ),
        Heading(say("serve.so-far", lang)),
        submissions_table(asked, submissions, titles),
    )
    return render(asked, Document(lang, blocks))


def _next(runs: Runs, asked: Asked, submissions: list[Submission], titles: Mapping[str, str]) -> Iterator[Item]:
    lang = asked.lang
    if not submissions:
        yield Item(say("serve.next-first", lang))
        return
    last = runs.store.find_last()
    wrong = list({one.id: one for one in last.values() if one.told.refused}.values())
    for one in wrong[:_NEXT]:
        text = say("serve.next-correct", lang, about=about_text(one, lang), count=one.told.problems)
        yield Item(text, tone="grave", address=asked.address("run", one.id))
    if len(wrong) > _NEXT:
        yield Item(say("report.more", lang, count=len(wrong) - _NEXT))
    for plan in sorted(titles):
        yield Item(say("serve.next-status", lang, plan=titles[plan]), address=asked.address("plan", plan, "status"))
    if len({(plan, subject) for plan, subject, _ in last}) > 1:
        yield Item(say("serve.next-overview", lang), address=asked.address("overview"))


def _plan_rows(runs: Runs, asked: Asked, submissions: list[Submission]) -> Iterator[tuple[str | Cell, ...]]:
    for name, source in runs.store.find_plans().items():
        count = sum(one.told.plan == name for one in submissions)
        try:
            plan = _load(source)
        except Refused as refused:  # the other plans can be used all the same
            yield name, Cell(problem_cells(refused.problems[0], asked.lang)[1], tone="grave"), str(count)
            continue
        own = "" if source in find_shipped_plans() else f"\n[{name}]"
        yield (
            Cell(f"{plan.title[asked.lang]}{own}", address=asked.address("plan", name)),
            f"{plan.first}–{plan.last}", str(count),
        )  # fmt: skip


def _titles(runs: Runs, asked: Asked, submissions: list[Submission]) -> dict[str, str]:
    return {name: find_title(runs, name, asked.lang) for name in {one.told.plan for one in submissions}}


def find_title(runs: Runs, name: str, lang: str) -> str:
    """Return the title of a plan, its id where it cannot be used any more."""
    try:
        return find_plan(runs, name).title[lang]
    except (GoneError, Refused):
        return name


def find_plan(runs: Runs, name: str) -> Plan:
    """Load a plan by its id. Raises `GoneError` if there is none, `Refused` for one that cannot be used."""
    plans = runs.store.find_plans()
    if name not in plans:
        raise GoneError(name)
    return _load(plans[name])


def _load(source: str) -> Plan:
    """Load a plan; one that comes with the program is the same every time."""
    return _load_shipped(source) if source in find_shipped_plans() else load_plan(source)


@cache
def _load_shipped(name: str) -> Plan:
    return load_plan(name)


def show_plan(runs: Runs, asked: Asked) -> Response:
    """Show what to do for a plan: get its form, hand it in, see who owes what."""
    lang, name = asked.lang, asked.parts["plan"]
    plan = find_plan(runs, name)
    mine = [one for one in runs.store.list() if one.told.plan == name]
    blocks: tuple[Block, ...] = (
        Heading(plan.title[lang], 1),
        Heading(say("serve.so-far", lang)),
        submissions_table(asked, mine, {name: plan.title[lang]}),
    )
    years = range(plan.first, plan.last + 1)
    own = {commitment.tier for commitment in plan.commitments.values()}
    tiers = {tier: say(f"tier.{tier}", lang) for tier in get_args(Tier) if tier in own}
    choices = {
        "owner": sorted({owner.office for owner in _owners(runs, name, plan)}),
        "chapter": list(dict.fromkeys(c.chapter for c in plan.commitments.values() if c.chapter)),
    }
    register = plan.root.register
    return render(
        asked, Document(lang, blocks), "plan.html", plan=name, years=years,
        year=min(max(date.today().year - 1, plan.first), plan.last), root_kind=plan.root.title[lang],
        subjects=register.names if register else (), tiers={**tiers, ALL: say("serve.every-tier", lang)},
        choices={part: names for part, names in choices.items() if names},
    )  # fmt: skip


def _owners(runs: Runs, name: str, plan: Plan) -> list[Owner]:
    _, assignments = runs.store.find_beside(name)
    if assignments is not None:
        plan = load_plan(runs.store.find_plans()[name], assignments=assignments)
    return list(plan.owners.values())


def give_form(runs: Runs, asked: Asked) -> Response:
    """Give the form of a plan for a year as a workbook. Raises `Refused` as `template` does."""
    name = asked.parts["plan"]
    find_plan(runs, name)
    subject, tier, owner, chapter = (asked.value(key) for key in ("subject", "tier", "owner", "chapter"))
    year = read_year(asked.value("year"))
    if year is None:
        return RedirectResponse(asked.address("plan", name), 303)
    form = template(
        TemplateRequest(
            plan=runs.store.find_plans()[name], year=year, subject=subject or None,
            last=_find_last_year(runs, name, subject, year - 1), tier=(tier,) if tier else (),
            owner=(owner,) if owner else (), select=(chapter,) if chapter else (),
            assignments=runs.store.find_beside(name)[1],
        )
    )  # fmt: skip
    stream = BytesIO()
    write_book(form, asked.lang, stream)
    file = "-".join(filter(None, (name, form.subject, str(year))))
    return download(stream.getvalue(), f"{file}.xlsx", BOOK)


def _find_last_year(runs: Runs, plan: str, subject: str, year: int) -> tuple[Upload, ...]:
    """Return the sheets of the year before that were handed in and judged, nothing if there are none."""
    found = runs.store.find_last().get((plan, subject, year))
    if found is None or found.told.refused:
        return ()
    try:
        sheets = ask_again(runs.store.read(found), found.path).sheets
    except (GoneError, DamagedError):  # the form can do without
        return ()
    return tuple(sheet for sheet in sheets if isinstance(sheet, Upload))
