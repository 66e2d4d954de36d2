"""What a submission came to: its problems by cell, or its findings; the page, the brief, and everything to download."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import get_args

from dabiao.base.files import File, Upload
from dabiao.base.messages import say
from dabiao.base.problems import Problem, Problems, count_problems, say_part
from dabiao.engine.gravity import list_by_gravity
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import VERDICTS, Finding, Result
from dabiao.facts.read import list_sources
from dabiao.reports import brief, page, words
from dabiao.reports.check import count_lines
from dabiao.reports.document import TONES, Block, Cell, Document, Heading, Item, Items, Paragraph, Table, items, table
from dabiao.reports.finding_texts import sentence
from dabiao.reports.findings_book import write_book
from dabiao.reports.gravest import count_texts
from dabiao.reports.html import policy
from dabiao.reports.html import write as write_html
from dabiao.reports.marked_workbooks import list_books, write_one
from dabiao.rules.written import Tier
from dabiao.serve.grids import cut_out, line_text
from dabiao.serve.home import find_title
from dabiao.serve.pages import (
    ARCHIVE,
    BOOK,
    WORD,
    Asked,
    about_text,
    came_text,
    download,
    name_of,
    problem_cells,
    read_year,
    render,
)
from dabiao.serve.runs import Judged, Runs
from dabiao.serve.store import GoneError
from starlette.responses import HTMLResponse, RedirectResponse, Response

_MOST_FINDINGS, _MOST_PROBLEMS = 150, 300


def hand_in(runs: Runs, asked: Asked) -> Response:
    """Judge what was sent and lead to what it came to. Raises `Refused` if it cannot be kept."""
    tier = asked.form.get("tier", "")
    select = (tier,) if tier in get_args(Tier) else ()
    submission = runs.take(asked.parts["plan"], asked.files, read_year(asked.form.get("year", "")), asked.lang, select)
    return RedirectResponse(asked.address("run", submission.id), 303)


def show_result(runs: Runs, asked: Asked) -> Response:
    """Show what a submission came to."""
    with runs.judged(asked.parts["run"]) as judged:
        return _show_refused(runs, judged, asked) if judged.outcome.result is None else _show_judged(judged, asked)


def _show_refused(runs: Runs, judged: Judged, asked: Asked) -> Response:
    outcome, lang = judged.outcome, asked.lang
    books = list_books(outcome)
    errors = count_problems(problem for problem in outcome.problems if problem.severity == "error")
    plan = judged.submission.told.plan
    advice = ["serve.do-get-marked", "serve.do-correct"] if books else ["serve.do-correct-text"]
    steps = [Item(f"{number}. {say(code, lang)}") for number, code in enumerate((*advice, "serve.do-again"), 1)]
    blocks: list[Block] = [
        Heading(
            say("serve.to-correct", lang, about=about_text(judged.submission, lang), count=errors), 1, tone="grave"
        ),
        Paragraph(say("serve.nothing-judged", lang)),
        Heading(say("serve.to-do", lang)),
        Items(tuple(steps)),
        Heading(say("serve.files-to-get", lang)),
        Items((*_marked_items(judged, books, asked), _link(asked, judged, "bundle", "bundle.zip"))),
        Heading(say("serve.again", lang)),
        Items(
            (Item(say("serve.to-plan", lang, plan=find_title(runs, plan, lang)), address=asked.address("plan", plan)),)
        ),
        *_problem_blocks(outcome, lang),
    ]
    return render(
        asked,
        Document(lang, tuple(blocks)),
        "grids.html",
        grids=list(cut_out(books, outcome.problems[:_MOST_PROBLEMS])),
    )


def _problem_blocks(outcome: CheckOutcome, lang: str) -> Iterator[Block]:
    """List the problems by number: what was found, what was expected, and the whole sentence."""
    if not outcome.problems:
        return
    sheets = [source for source in list_sources(outcome.request.sheets, Problems()) if isinstance(source, Upload)]
    yield Heading(say("serve.problems", lang))
    names = ("number", "place", "found", "expected", "says")
    rows = []
    for number, problem in enumerate(outcome.problems[:_MOST_PROBLEMS], 1):
        place, text = problem_cells(problem, lang)
        found = _part(problem, "found", lang) or line_text(problem, sheets)
        expected = _part(problem, "nearest", lang) or _part(problem, "expected", lang)
        tone = "grave" if problem.severity == "error" else "behind"
        rows.append((Cell(str(number), anchor=f"problem-{number}", tone=tone), place, found, expected, text))  # type: ignore[arg-type]
    yield table([say(f"serve.{name}", lang) for name in names], rows)
    if left := len(outcome.problems) - len(rows):
        yield Paragraph(say("report.more", lang, count=left))


def _part(problem: Problem, name: str, lang: str) -> str:
    part = problem.details.get(name)
    return "" if part is None or part == () else str(say_part(part, lang))


def _link(asked: Asked, judged: Judged, code: str, *place: str) -> Item:
    return Item(say(f"serve.get-{code}", asked.lang), address=asked.address("run", judged.submission.id, *place))


def _marked_items(judged: Judged, books: list[File], asked: Asked) -> Iterator[Item]:
    for number, book in enumerate(books, 1):
        text = say("serve.get-marked", asked.lang, file=book)
        yield Item(text, address=asked.address("run", judged.submission.id, "marked", f"{number}.xlsx"))


def _show_judged(judged: Judged, asked: Asked) -> Response:
    outcome, lang, name = judged.outcome, asked.lang, judged.submission.id
    result = outcome.result
    assert result is not None
    told = judged.submission.told
    subjects = list(dict.fromkeys(sheet.subject for sheet in told.sheets if sheet.subject))
    blocks: list[Block] = [
        Heading(say("serve.judged", lang, about=about_text(judged.submission, lang), plan=result.plan.title[lang]), 1),
        Paragraph(say("serve.kept", lang, came=came_text(judged.submission), id=name[:12])),
        items(list(count_texts(result, lang))),
        Heading(say("serve.read-on", lang)),
        Items(
            (
                _link(asked, judged, "brief", "brief"), _link(asked, judged, "page", "page"),
                *(
                    Item(
                        say("serve.what-if-of", lang, subject=subject),
                        address=asked.address("run", name, "what-if", subject=subject),
                    )
                    for subject in subjects
                ),
            )
        ),
        Heading(say("serve.files-to-get", lang)),
        Items(
            (
                *_marked_items(judged, list_books(outcome), asked), _link(asked, judged, "findings", "findings.xlsx"),
                *((_link(asked, judged, "word", "brief.docx"),) if _has_word() else ()),
                _link(asked, judged, "bundle", "bundle.zip"),
            )
        ),
        Heading(say("serve.findings", lang)),
        _findings_table(judged, result, asked),
        *_problem_blocks(outcome, lang),
    ]  # fmt: skip
    commitments = [(c.id, c.title[lang]) for c in result.plan.commitments.values()]
    document = Document(lang, tuple(blocks), count_lines(result, lang)[:1])
    return render(
        asked, document, "result.html", commitments=commitments, why=asked.address("run", name, "why"),
        grids=list(cut_out(list_books(outcome), outcome.problems[:_MOST_PROBLEMS])) if outcome.problems else [],
    )  # fmt: skip


def _findings_table(judged: Judged, result: Result, asked: Asked) -> Table:
    """List the findings, the gravest first, each with its sentence, and leading to why it is so."""
    lang = asked.lang
    lines = [line for verdict in VERDICTS for line in list_by_gravity(result, verdict)]
    rows = []
    for row, _ in lines[:_MOST_FINDINGS]:
        finding = result.explain(row)
        rows.append(
            (
                Cell(say(f"verdict.{finding.verdict}", lang), tone=TONES[finding.verdict]),
                Cell(finding.commitment.title[lang], address=why_address(judged, finding, asked)),
                words.subject_text(finding, lang, with_root=result.several_roots),
                sentence(finding, lang, result.plan),
            )
        )
    headings = [say(f"serve.{name}", lang) for name in ("verdict", "commitment", "subject", "says")]
    shown = table(headings, rows)
    return Table(shown.headings, shown.rows, left=len(lines) - len(rows))


def why_address(judged: Judged, finding: Finding, asked: Asked) -> str:
    """Return the address of the page that explains a finding."""
    subject = "/".join(name for _, name in finding.path)
    return asked.address("run", judged.submission.id, "why", commitment=finding.commitment.id, subject=subject)


def _has_word() -> bool:
    from importlib.util import find_spec

    return find_spec("docx") is not None


def show_brief(runs: Runs, asked: Asked) -> Response:
    """Show the brief, to read and to print."""
    with runs.judged(asked.parts["run"]) as judged:
        return render(asked, brief.document(judged.outcome, asked.lang), "brief.html", run=judged.submission.id)


def show_page(runs: Runs, asked: Asked) -> Response:
    """Show the page of the check as it is written to a file: with its own style and script, and its own policy."""
    with runs.judged(asked.parts["run"]) as judged:
        stream = StringIO()
        write_html(page.document(judged.outcome, asked.lang), stream)
    return HTMLResponse(stream.getvalue(), headers={"content-security-policy": f"{policy()}; frame-ancestors 'none'"})


def give_file(runs: Runs, asked: Asked) -> Response:
    """Give a file of a submission: the brief in Word, the findings as a workbook, or the bundle."""
    file = asked.parts["file"]
    with runs.judged(asked.parts["run"]) as judged:
        stream, name = BytesIO(), name_of(judged.submission)
        if file == "bundle.zip":
            return download(runs.store.read(judged.submission), f"{name}.zip", ARCHIVE)
        if file == "findings.xlsx":
            write_book(judged.outcome, asked.lang, stream)
            return download(stream.getvalue(), f"{name}-{say('serve.name-findings', asked.lang)}.xlsx", BOOK)
        if file == "brief.docx" and _has_word() and judged.outcome.result is not None:
            from dabiao.reports.word import write as write_word

            write_word(brief.document(judged.outcome, asked.lang), stream)
            return download(stream.getvalue(), f"{name}-{say('serve.name-brief', asked.lang)}.docx", WORD)
    raise GoneError(file)


def give_marked(runs: Runs, asked: Asked) -> Response:
    """Give one of the submitted workbooks back with its cells marked."""
    with runs.judged(asked.parts["run"]) as judged:
        books = list_books(judged.outcome)
        number = asked.parts["number"]
        if not number.isascii() or not number.isdigit() or not 0 < int(number[:4]) <= len(books):
            raise GoneError(number)
        stream, book = BytesIO(), books[int(number) - 1]
        write_one(judged.outcome, book, asked.lang, stream)
        mark = f"-{say('serve.name-marked', asked.lang)}"  # one that was marked before has it already
        return download(stream.getvalue(), f"{book.stem.removesuffix(mark)}{mark}.xlsx", BOOK)
