"""How answers look: a report's document within the frame of the local page, forms beside it, and files to download."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from dabiao.base.files import Upload
from dabiao.base.messages import LANGS, Lang, join_list, say, visible
from dabiao.base.problems import Problem
from dabiao.engine.results import Verdict
from dabiao.reports.document import TONES, Block, Cell, Document, Heading, Paragraph, table
from dabiao.reports.html import environment, lay_out
from dabiao.serve.store import Submission
from starlette.responses import HTMLResponse, Response

_TEMPLATES = Path(__file__).parent / "templates"

BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ARCHIVE = "application/zip"
_YEAR_DIGITS = 4
_WRONG: tuple[Verdict, ...] = ("shortfall", "behind", "undetermined")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its language, the start `root` of all addresses (with the token), its place below the language, and what
    its address, its query and its form hold.
    """

    lang: Lang
    root: str
    place: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    query: Sequence[tuple[str, str]] = ()
    form: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Upload, ...] = ()

    def address(self, *parts: str, **query: object) -> str:
        """Return the address of a page in the language of this one."""
        return self._address(self.lang, "/".join(quote(part, safe="") for part in parts), urlencode(query))

    def in_language(self, lang: Lang) -> str:
        """Return the address of the same page in another language."""
        return self._address(lang, quote(self.place), urlencode(self.query))

    def _address(self, lang: Lang, place: str, query: str) -> str:
        return f"{self.root}/{lang}/{place}" + (f"?{query}" if query else "")

    def value(self, name: str) -> str:
        """Return a value of the query without blanks around it, empty if it is not there."""
        return next((value.strip() for key, value in self.query if key == name), "")


def read_year(text: str) -> int | None:
    """Read a year out of a field, None if it holds none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _YEAR_DIGITS else None


def render(
    asked: Asked, document: Document, template: str = "frame.html", *, status: int = 200, **more: Any
) -> HTMLResponse:
    """Lay out a document, and what a template adds to it, as a page of this server."""

    def told(code: str, **details: object) -> str:
        return say(code, asked.lang, **details)

    languages = [(lang, say("serve.language", lang), asked.in_language(lang), lang == asked.lang) for lang in LANGS]
    view = {"languages": languages, "root": asked.root, "address": asked.address, "say": told, **more}
    page = environment(_TEMPLATES).get_template(template).render({**lay_out(document), **view})
    return HTMLResponse(page, status)


def message(asked: Asked, code: str, status: int, *texts: str) -> HTMLResponse:
    """Return a page that says what happened: its title, and what to do."""
    title = Heading(say(f"serve.{code}", asked.lang), 1)
    return render(asked, Document(asked.lang, (title, *map(Paragraph, texts))), status=status)


def refused(asked: Asked, problems: Sequence[Problem], status: int, *advice: str) -> HTMLResponse:
    """Return a page that says why nothing was done."""
    return render(asked, refusal(problems, asked.lang, *advice), status=status)


def refusal(problems: Sequence[Problem], lang: str, *advice: str) -> Document:
    """Return why something was not done, and what to do."""
    headings = (say("gate.place", lang), say("gate.message", lang))
    rows = table(headings, [problem_cells(problem, lang) for problem in problems])
    return Document(lang, (Heading(say("serve.refused", lang), 1), rows, *map(Paragraph, advice)))


def problem_cells(problem: Problem, lang: str) -> tuple[str, str]:
    """Return the place of a problem, none where it is a field of a form, and what it says."""
    place = str(problem.location)
    return "" if place.startswith("--") else place, problem.text(lang).removeprefix(f"{place}: ")


def download(content: bytes, name: str, media: str) -> Response:
    """Return a file to save under a name."""
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(visible(name), safe='')}"}
    return Response(content, media_type=media, headers=headers)


def name_of(submission: Submission) -> str:
    """Name a submission in file names: plan, subjects and year."""
    told = submission.told
    subjects = dict.fromkeys(sheet.subject for sheet in told.sheets if sheet.subject)
    year = told.year or max((sheet.year for sheet in told.sheets), default=0)
    return "-".join(filter(None, (told.plan, *list(subjects)[:2], str(year or ""))))


def about_text(submission: Submission, lang: str) -> str:
    """Say whose submission it is and of which year; the names of its files if that cannot be told."""
    told = submission.told
    subjects = list(dict.fromkeys(sheet.subject for sheet in told.sheets if sheet.subject))
    years = sorted({sheet.year for sheet in told.sheets if sheet.subject})
    if not subjects:
        return join_list((sheet.file for sheet in told.sheets), lang)
    return f"{join_list(subjects, lang)} · {join_list(map(str, years), lang)}"


def outcome_cell(submission: Submission, lang: str) -> Cell:
    """Say what a submission came to."""
    told = submission.told
    if told.refused:
        return Cell(say("serve.has-problems", lang, count=told.problems), tone="grave")
    counts = {one: told.counts[one] for one in _WRONG if told.counts.get(one)}
    texts = [
        say("screen.count", lang, verdict=say(f"verdict.{one}", lang), count=count) for one, count in counts.items()
    ]
    return Cell(
        join_list(texts, lang, "phrases") or say("serve.none-short", lang), tone=TONES[next(iter(counts), "met")]
    )


def came_text(submission: Submission) -> str:
    """Write when a submission came, by the clock of this machine."""
    return submission.came.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def submissions_table(
    asked: Asked, submissions: Sequence[Submission], titles: Mapping[str, str], most: int = 100
) -> Block:
    """Return a table of submissions that leads to each; `titles` are those of their plans by id."""
    lang = asked.lang
    if not submissions:
        return Paragraph(say("serve.no-submissions", lang))
    headings = [say(f"serve.{name}", lang) for name in ("about", "outcome", "plan", "files", "came")]
    rows = [
        (
            Cell(about_text(one, lang), address=asked.address("run", one.id)), outcome_cell(one, lang), titles[one.told.plan],
            join_list((sheet.file for sheet in one.told.sheets), lang), came_text(one),
        )
        for one in submissions
    ]  # fmt: skip
    return table(headings, rows, most)


Answer = Callable[[Any, Asked], Response]
"""What answers a request: from what is in the folder, and what was asked, to a page or a file."""
