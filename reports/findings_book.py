"""A workbook of findings to read, filter and print: a summary, all of them, then by chapter and by kind of subject."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from dabiao.base.messages import say, visible
from dabiao.engine.gravity import find_gravest
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Result
from dabiao.facts import layout
from dabiao.reports import check
from dabiao.reports.document import TONES, Heading, Paragraph, Tone
from dabiao.reports.finding_lines import cut, finding_lines, problem_line
from dabiao.reports.gravest import count_texts, numbers_text, show
from dabiao.reports.workbook_marks import Line, fill_findings, link_to, put, set_up_print
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

_WORST = 20
_LONGEST = 31  # characters of the name of a sheet
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\\]")
_RESERVED = "history"
_WIDTHS = (6, 14, 44, 30, 50, 22, 26, 28)
_NAMES = ("number", "verdict", "commitment", "subject", "numbers", "owner", "due", "place")
_FILLS: dict[Tone, str] = {"grave": "FFF8CBAD", "behind": "FFFFE699"}
_HEAD = PatternFill("solid", fgColor="FFD9E1F2")


@dataclass(frozen=True, slots=True)
class _Part:
    """A sheet of findings: its title, which may be no name of a sheet, and its lines."""

    title: str
    lines: Sequence[Line]


def write_book(outcome: CheckOutcome, lang: str, stream: IO[bytes]) -> None:
    """Write the findings of an outcome as a workbook; of inputs that were refused, what is wrong with them."""
    book = Workbook()
    book.properties.creator = ""
    summary = book.active
    assert isinstance(summary, Worksheet)
    names = [name_sheet(say("book.summary", lang), ())]
    summary.title = names[0]
    parts = list(_parts(outcome, lang))
    for part in parts:
        names.append(name_sheet(part.title, names))
        fill_findings(book.create_sheet(names[-1]), cut(part.lines, lang), lang)
    _summarize(summary, outcome, [(name, part) for name, part in zip(names[1:], parts, strict=True)], lang)
    book.save(stream)


def name_sheet(title: str, taken: Sequence[str]) -> str:
    """Return a name for a sheet that spreadsheets accept and that no other sheet has, in whatever case."""
    name = _FORBIDDEN.sub(" ", visible(title)).strip(" '")[:_LONGEST].strip(" '") or "-"
    known = {_RESERVED, *(one.casefold() for one in taken)}
    number, free = 1, name
    while free.casefold() in known:
        number += 1
        ending = f" {number}"
        free = name[: _LONGEST - len(ending)].rstrip() + ending
    return free


def _parts(outcome: CheckOutcome, lang: str) -> Iterator[_Part]:
    """Iterate over all problems and findings, those of each chapter, and those of each kind of subject."""
    found = list(finding_lines(outcome, lang))
    problems = [problem_line(problem, lang) for problem in outcome.problems]
    yield _Part(layout.FINDINGS_SHEET.say(lang), [*problems, *(line for _, line in found)])
    if (result := outcome.result) is None:
        return
    chapters = dict.fromkeys(commitment.chapter for commitment in result.plan.commitments.values())
    for chapter in chapters:
        if lines := [line for finding, line in found if finding.commitment.chapter == chapter]:
            yield _Part(chapter or say("page.no-chapter", lang), lines)
    for kind in result.plan.kinds.values():
        if lines := [line for finding, line in found if finding.kind == kind.id]:
            yield _Part(kind.title[lang], lines)


def _summarize(sheet: Worksheet, outcome: CheckOutcome, parts: Sequence[tuple[str, _Part]], lang: str) -> None:
    """Write what the check came to, what is worst, and what stands on the other sheets."""
    row = 0
    for text in _texts(outcome, lang):
        row += 1
        put(sheet.cell(row, 1), text)
        sheet.cell(row, 1).font = Font(bold=row == 1, size=14 if row == 1 else 11)
    if outcome.result is not None:
        row = _list_worst(sheet, outcome.result, row + 2, lang)
    put(sheet.cell(row + 2, 1), say("book.sheets", lang))
    sheet.cell(row + 2, 1).font = Font(bold=True)
    for number, (name, part) in enumerate(parts, row + 3):
        put(sheet.cell(number, 1), say("book.sheet", lang, title=part.title, count=len(part.lines)))
        link_to(sheet.cell(number, 1), name, "A1")
    for column, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    set_up_print(sheet)


def _texts(outcome: CheckOutcome, lang: str) -> Iterator[str]:
    if (result := outcome.result) is None:
        yield say("gate.refused", lang, count=sum(one.severity == "error" for one in outcome.problems))
        return
    for block in check.head(outcome, result, lang):
        if isinstance(block, Heading | Paragraph):
            yield block.text
    yield from count_texts(result, lang)
    yield from check.count_lines(result, lang)


def _list_worst(sheet: Worksheet, result: Result, row: int, lang: str) -> int:
    """Write a table of what is worst from a row on; return its last row."""
    groups = find_gravest(result)
    put(sheet.cell(row, 1), say("screen.worst" if groups else "screen.nothing-short", lang, count=len(groups)))
    sheet.cell(row, 1).font = Font(bold=True)
    for column, name in enumerate(_NAMES if groups else (), 1):
        put(sheet.cell(row + 1, column), say(f"brief.{name}", lang))
        sheet.cell(row + 1, column).font, sheet.cell(row + 1, column).fill = Font(bold=True), _HEAD
    last = row
    for number, group in enumerate(groups[:_WORST], 1):
        shown, last = show(group, result, lang), row + 1 + number
        texts = (
            str(number), say(f"verdict.{group.verdict}", lang), shown.finding.commitment.title[lang], shown.subjects,
            numbers_text(shown, lang), shown.owner, shown.due, shown.place,
        )  # fmt: skip
        for column, text in enumerate(texts, 1):
            put(sheet.cell(last, column), text)
            sheet.cell(last, column).alignment = Alignment(vertical="top", wrap_text=True)
        sheet.cell(last, 2).fill = PatternFill("solid", fgColor=_FILLS[TONES[group.verdict]])
    if len(groups) > _WORST:
        last += 1
        put(sheet.cell(last, 1), say("report.more", lang, count=len(groups) - _WORST))
    return last
