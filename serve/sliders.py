"""What if: the figures of a district to change, and the difference that it makes. Nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from dabiao.base.messages import say
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.base.quantities import in_unit
from dabiao.engine.requests import CheckRequest
from dabiao.engine.results import Result
from dabiao.facts.read import list_sources
from dabiao.facts.read_one import read_one
from dabiao.facts.template.form import entry_of, exact_decimal, make_form
from dabiao.facts.vocabulary import Vocabulary
from dabiao.reports import whatif
from dabiao.reports.document import Document, Heading, Paragraph
from dabiao.rules.model import Measure, Plan
from dabiao.scenarios.requests import WhatIfRequest
from dabiao.scenarios.run import what_if
from dabiao.serve.pages import Asked, refusal, render
from dabiao.serve.runs import Runs
from starlette.responses import Response

_PER_CENT = 100


@dataclass(frozen=True, slots=True)
class Slider:
    """A figure to change: its measure, unit and reported value, the value asked for, and the ends and steps of a slider."""

    id: str
    title: str
    unit: str
    reported: str
    value: str
    low: str
    high: str
    step: str

    @property
    def changed(self) -> bool:
        """Whether another value than the reported one is asked for."""
        return self.value != self.reported


def show_what_if(runs: Runs, asked: Asked) -> Response:
    """Show the figures of a district to change, and what changes with those that were.

    Raises `Refused` for a submission that could not be judged.
    """
    lang = asked.lang
    with runs.judged(asked.parts["run"]) as judged:
        outcome = judged.outcome
        if outcome.result is None or outcome.plan is None:
            raise Refused([Problem("serve.not-judged-yet", Location("--run"))])
        subject = asked.value("subject") or judged.submission.told.sheets[0].subject
        groups = {
            chapter or say("serve.without-chapter", lang): list(sliders)
            for chapter, sliders in _find_sliders(outcome.result, subject, asked)
        }
        request = _of_one(outcome.request, outcome.plan, subject)
        changed = [slider for sliders in groups.values() for slider in sliders if slider.changed]
        status, year = 200, outcome.result.year
        if changed:
            sets = tuple(f"{slider.id}={slider.value} {slider.unit}".strip() for slider in changed)
            try:
                found = what_if(_with_sets(request, sets, year))
                document = whatif.document(
                    replace(found, names=(say("serve.changed-here", lang),)), lang, with_ids=False
                )
            except Refused as wrong:  # a value that is none: it stands in its field, to be corrected
                document, status = refusal(wrong.problems, lang), 422
        else:
            none = "serve.nothing-changed" if any(groups.values()) else "serve.no-figures"
            document = Document(lang, (Heading(say("serve.what-if", lang), 1), Paragraph(say(none, lang))))
        about = say("serve.figures", lang, subject=subject, year=year)
        return render(
            asked, document, "sliders.html", status=status, run=judged.submission.id, subject=subject, about=about,
            groups=groups,
        )  # fmt: skip


def _with_sets(request: CheckRequest, sets: tuple[str, ...], year: int) -> WhatIfRequest:
    return WhatIfRequest(
        plan=request.plan, parts=request.parts, sheets=request.sheets, waivers=request.waivers,
        assignments=request.assignments, select=request.select, as_of=request.as_of, year=year, sets=sets,
    )  # fmt: skip


def _of_one(request: CheckRequest, plan: Plan, subject: str) -> CheckRequest:
    """Return a check of the sheets of one district alone."""
    vocabulary = Vocabulary(plan)
    others = set()
    for source in list_sources(request.sheets, Problems()):
        sheet = read_one(source, vocabulary, Problems())
        if sheet is not None and sheet.subject != subject:
            others.add(str(source))
    return replace(request, sheets=tuple(sheet for sheet in request.sheets if str(sheet) not in others))


def _find_sliders(result: Result, subject: str, asked: Asked) -> Iterator[tuple[str, Iterator[Slider]]]:
    """Iterate over the chapters with the figures of a district that are reported and are numbers."""
    plan = result.plan
    frame = result.tables.of_year(plan.root.id, result.year)
    rows = frame.filter(frame["@root"] == subject)["@index"].to_list()
    if not rows:
        raise Refused([Problem("unknown-subject", Location("--subject"), {"found": subject, "kind": plan.root.id})])
    for chapter, lines in make_form(plan, result.year, subject).chapters.items():
        yield chapter, _sliders_of((line.measure for line in lines), result, rows[0], asked)


def _sliders_of(measures: Iterator[Measure], result: Result, row: int, asked: Asked) -> Iterator[Slider]:
    for measure in measures:
        fact = result.tables.fact(measure.kind, row, measure.id)
        if fact is None or fact.value is None or entry_of(measure) not in ("number", "percent"):
            continue
        value = in_unit(fact.value, measure.unit)
        reported = exact_decimal(value)
        if reported is None:
            continue
        low, high, step = _ends(value, measure)
        title = measure.title[asked.lang]
        wanted = asked.value(f"figure.{measure.id}") or reported
        yield Slider(measure.id, title, measure.unit.symbol, reported, wanted, low, high, step)


def _ends(value: Fraction, measure: Measure) -> tuple[str, str, str]:
    """Return the ends of a slider, and steps from which its value can be reached: twice what is reported, or all of it."""
    text = exact_decimal(value) or "0"
    places = len(text.partition(".")[2])
    size = max(abs(value), Fraction(5))
    high = Fraction(_PER_CENT) if measure.unit.symbol == "%" and 0 <= value <= _PER_CENT else 2 * size
    low = -high if value < 0 else Fraction(0)
    if measure.unit.symbol == "%":
        places = max(places, 1)
    return exact_decimal(low) or "0", exact_decimal(Fraction(-(-high // 1))) or "0", f"{10.0**-places:.{places}f}"
