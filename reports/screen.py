"""A check on one screen: what it came to, what is worst and whose, what follows, what is missing most, and where to look."""

from __future__ import annotations

from collections.abc import Iterator

from dabiao.base.messages import join_list, say
from dabiao.engine.awaited import find_awaited, find_missed
from dabiao.engine.gravity import find_gravest
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Result
from dabiao.engine.views import find_rows, find_view, tally
from dabiao.reports import brief, check, words
from dabiao.reports.by_view import by_view
from dabiao.reports.document import Block, Document, Heading, Paragraph, items
from dabiao.reports.gravest import count_texts, followed_texts, list_shown, next_due_text, open_texts, show, worst_title

_WORST, _FEW, _TOLD = 5, 3, 3


def document(outcome: CheckOutcome, lang: str, most: int | None = None) -> Document:
    """Return the screen, or the whole report if that is asked for. Problems of inputs stand on standard error beside it."""
    if outcome.result is None:
        return check.terminal_document(outcome, lang)
    shown = _document(outcome, outcome.result, lang, most)
    return Document(lang, (*shown.blocks, *check.blank_lines(outcome, lang)), shown.summary)


def _document(outcome: CheckOutcome, result: Result, lang: str, most: int | None) -> Document:
    asked = outcome.request
    if asked.subject is not None or asked.by is not None:
        return Document(lang, tuple(_view(outcome, result, lang, None if asked.show_all else most)))
    if asked.show_all:
        return check.terminal_document(outcome, lang)
    return Document(lang, tuple(_blocks(outcome, result, lang)))


def _view(outcome: CheckOutcome, result: Result, lang: str, most: int | None) -> Iterator[Block]:
    """Return the findings of one subject, or all that count by what is asked for, or those of the subject by that."""
    asked = outcome.request
    yield from check.head(outcome, result, lang)
    among = None if asked.subject is None else find_rows(result, asked.subject)
    if asked.by is not None:
        by = find_view(result.plan, asked.by)
        yield from by_view(result, by, tally(result, by, among), lang, most, None if most is None else _TOLD)
    elif among is not None:
        count = (among & result.rows_in()).sum()
        yield Paragraph(say("screen.of-subject", lang, subject=asked.subject, count=count))
        yield from check.by_verdict(result, lang, most, among)


def _blocks(outcome: CheckOutcome, result: Result, lang: str) -> Iterator[Block]:
    yield from check.head(outcome, result, lang)
    yield items([*count_texts(result, lang), *check.count_lines(result, lang)])
    groups = find_gravest(result)
    yield Heading(worst_title(groups, result, lang))
    if groups:
        shown = [show(group, result, lang) for group in groups[:_WORST]]
        yield list_shown(shown, len(groups) - len(shown), lang)
    if text := next_due_text(result, lang):
        yield Paragraph(text)
    yield from _missed(result, lang)
    yield from check.change_lines(outcome, lang)
    yield from _followed(result, lang)
    yield from (Paragraph(text) for text in open_texts(result, find_awaited(result), lang))
    if differing := result.differing():
        yield Paragraph(say("screen.differ", lang, count=len(differing)))
    yield from check.waiver_lines([note for note in result.waivers if note.state != "used"], result.plan, lang)
    yield Paragraph(say("screen.more", lang))


def _missed(result: Result, lang: str) -> Iterator[Block]:
    if missed := find_missed(result):
        titles = [words.titled_text(one.finding, len(one.rows), lang, with_root=result.several_roots) for one in missed]
        named = join_list(words.first_few(titles, _FEW, lang), lang, "items")
        told = [say("screen.missed", lang, count=len(missed), titles=named), brief.trendless_text(result, lang)]
        yield Paragraph(join_list(filter(None, told), lang, "clauses"))


def _followed(result: Result, lang: str) -> Iterator[Block]:
    if result.followed:
        texts = words.first_few(followed_texts(result, lang), _FEW, lang)
        yield Paragraph(
            say("screen.follows", lang, count=len(result.followed), named=join_list(texts, lang, "clauses"))
        )
