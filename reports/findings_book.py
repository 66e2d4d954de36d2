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
from dabiao.reports.book_sheets import Sheet, list_sheets
from dabiao.reports.document import TONES, Heading, Paragraph, Tone
from dabiao.reports.finding_lines import Line, cut, fill_findings, finding_lines, problem_line
from dabiao.reports.gravest import count_texts, numbers_text, show, worst_title
from dabiao.reports.workbook_sheets import (
    BOLD,
    PLAIN,
    SIZE,
    TITLE,
    Column,
    count_lines,
    fill_table,
    height,
    link_to,
    put,
    set_up_print,
    set_widths,
    write_row,
)
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

_WORST = 20
_LONGEST = 31  # characters of the name of a sheet
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\\]")
_RESERVED = "history"
_COLUMNS = {
    "number": 5, "verdict": 9, "commitment": 32, "subject": 20, "numbers": 36, "owner": 17, "due": 17, "place": 16,
}  # fmt: skip
_FILLS: dict[Tone, str] = {"grave": "FFF8CBAD", "behind": "FFFFE699"}


@dataclass(frozen=True, slots=True)
class _Part:
    """A sheet of findings: its title, which may be no name of a sheet, and its lines."""

    title: str
    lines: Sequence[Line]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.lines)


def write_book(outcome: CheckOutcome, lang: str, stream: IO[bytes]) -> None:
    """Write the findings of an outcome as a workbook; of inputs that were refused, what is wrong with them."""
    book = Workbook()
    book.properties.creator = ""
    summary = book.active
    assert isinstance(summary, Worksheet)
    names = [name_sheet(say("book.summary", lang), ())]
    summary.title = names[0]
    listed: list[tuple[str, str]] = []
    every, *parts = _parts(outcome, lang)
    shown: list[_Part | Sheet] = [every, *list_sheets(outcome, lang), *parts]
    for part in shown:
        names.append(name_sheet(part.title, names))
        sheet = book.create_sheet(names[-1])
        if isinstance(part, _Part):
            fill_findings(sheet, cut(part.lines, lang), lang)
        else:
            fill_table(sheet, part.columns, part.rows)
        listed.append((names[-1], say("book.sheet", lang, title=part.title, count=part.count)))
    _summarize(summary, outcome, listed, lang)
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
    """Iterate over all findings, else the problems of what was refused; then the findings by chapter and kind of subject."""
    found = list(finding_lines(outcome, lang))
    problems = [] if outcome.result else [problem_line(problem, lang) for problem in outcome.problems]
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


def _summarize(sheet: Worksheet, outcome: CheckOutcome, listed: Sequence[tuple[str, str]], lang: str) -> None:
    """Write what the check came to, what is worst, and what stands on the other sheets."""
    columns = [Column(say(f"brief.{name}", lang), width) for name, width in _COLUMNS.items()]
    widths = set_widths(sheet, columns, ())
    row = 0
    for text in _texts(outcome, lang):
        row += 1
        _write_line(sheet, row, text, sum(widths), TITLE if row == 1 else PLAIN)
    if outcome.result is not None:
        row = _list_worst(sheet, outcome.result, row + 2, columns, widths, lang)
    _write_line(sheet, row + 2, say("book.sheets", lang), sum(widths), BOLD)
    for number, (name, text) in enumerate(listed, row + 3):
        _write_line(sheet, number, text, sum(widths))
        link_to(sheet.cell(number, 1), name, "A1")
    set_up_print(sheet)


def _write_line(sheet: Worksheet, row: int, text: str, width: int, font: Font = PLAIN) -> None:
    """Write a text over all columns, and make its row as high as it needs."""
    cell = sheet.cell(row, 1)
    put(cell, text)
    cell.font = font
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(_COLUMNS))
    sheet.row_dimensions[row].height = height(count_lines(text, int(width * SIZE / font.size)), font.size)


def _texts(outcome: CheckOutcome, lang: str) -> Iterator[str]:
    if (result := outcome.result) is None:
        yield say("gate.refused", lang, count=sum(one.severity == "error" for one in outcome.problems))
        return
    for block in check.head(outcome, result, lang):
        if isinstance(block, Heading | Paragraph):
            yield block.text
    yield from count_texts(result, lang)
    yield from check.count_lines(result, lang)


def _list_worst(
    sheet: Worksheet, result: Result, row: int, columns: Sequence[Column], widths: Sequence[int], lang: str
) -> int:
    """Write a table of what is worst from a row on; return its last row."""
    groups = find_gravest(result)
    _write_line(sheet, row, worst_title(groups, result, lang), sum(widths), BOLD)
    if groups:
        write_row(sheet, row + 1, [column.heading for column in columns], widths, head=True)
    last = row
    for number, group in enumerate(groups[:_WORST], 1):
        shown, last = show(group, result, lang), row + 1 + number
        texts = (
            str(number), say(f"verdict.{group.verdict}", lang), shown.finding.commitment.title[lang], shown.subjects,
            numbers_text(shown, lang), shown.owner, shown.due, shown.place,
        )  # fmt: skip
        write_row(sheet, last, texts, widths)
        sheet.cell(last, 2).fill = PatternFill("solid", fgColor=_FILLS[TONES[group.verdict]])
    if len(groups) > _WORST:
        last += 1
        _write_line(sheet, last, say("report.more", lang, count=len(groups) - _WORST), sum(widths))
    return last
