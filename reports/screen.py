"""A check on one screen: what it came to, what is worst and whose, what follows, what is missing most, and where to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dabiao.base.messages import join_list, say
from dabiao.engine.awaited import find_awaited, find_missed
from dabiao.engine.gravity import find_gravest
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Group, Result
from dabiao.engine.views import find_rows, find_view
from dabiao.reports import check, words
from dabiao.reports.by_view import by_view
from dabiao.reports.document import TONES, Block, Document, Heading, Item, Items, Paragraph
from dabiao.reports.gravest import Shown, awaited_text, count_texts, next_due_text, numbers_text, show

_WORST, _FEW = 5, 3


def document(outcome: CheckOutcome, lang: str, most: int | None = None) -> Document:
    """Return the screen, or the whole report if that is asked for. Problems of inputs stand on standard error beside it."""
    asked = outcome.request
    if outcome.result is None:
        return check.terminal_document(outcome, lang)
    if asked.subject is not None or asked.by is not None:
        return Document(lang, tuple(_view(outcome, outcome.result, lang, None if asked.show_all else most)))
    if asked.show_all:
        return check.terminal_document(outcome, lang)
    return Document(lang, tuple(_blocks(outcome, outcome.result, lang)))


def _view(outcome: CheckOutcome, result: Result, lang: str, most: int | None) -> Iterator[Block]:
    """Return the findings of one subject, or all that count by what is asked for, or those of the subject by that."""
    asked = outcome.request
    yield from check.head(outcome, result, lang)
    among = None if asked.subject is None else find_rows(result, asked.subject)
    if asked.by is not None:
        yield from by_view(result, find_view(result.plan, asked.by), lang, most, among)
    elif among is not None:
        count = (among & result.rows_in()).sum()
        yield Paragraph(say("screen.of-subject", lang, subject=asked.subject, count=count))
        yield from check.by_verdict(result, lang, most, among)


def _blocks(outcome: CheckOutcome, result: Result, lang: str) -> Iterator[Block]:
    yield from check.head(outcome, result, lang)
    yield Items(tuple(Item(text) for text in (*count_texts(result, lang), *check.count_lines(result, lang))))
    yield from worst(result, lang, find_gravest(result), _WORST)
    if text := next_due_text(result, lang):
        yield Paragraph(text)
    yield from _missed(result, lang)
    yield from check.change_line(outcome, lang)
    yield from _followed(result, lang)
    yield from _awaited(result, lang)
    if differing := result.differing():
        yield Paragraph(say("screen.differ", lang, count=len(differing)))
    yield from check.waiver_lines([note for note in result.waivers if note.state != "used"], lang)
    yield Paragraph(say("screen.more", lang))


def worst(result: Result, lang: str, groups: Sequence[Group], most: int | None, level: int = 2) -> Iterator[Block]:
    """List groups of findings, two lines each: what and of whom, then the numbers, whose they are, when and where."""
    yield Heading(say("screen.worst" if groups else "screen.nothing-short", lang, count=len(groups)), level)
    lines: list[Item] = []
    for number, group in enumerate(groups[:most], start=1):
        shown = show(group, result, lang)
        lines.append(Item(head_text(shown, number, lang), tone=TONES[group.verdict]))
        lines.append(Item(join_list([numbers_text(shown, lang), *whose(shown, lang)], lang, "clauses"), nested=True))
    if lines:
        yield Items(tuple(lines), left=len(groups) - len(lines) // 2)


def head_text(shown: Shown, number: int, lang: str) -> str:
    """Say the verdict of a group, its commitment and its subjects."""
    details = {"verdict": say(f"verdict.{shown.group.verdict}", lang), "subject": shown.subjects}
    return say("screen.head", lang, number=number, title=words.title_text(shown.finding.commitment, lang), **details)


def whose(shown: Shown, lang: str) -> Iterator[str]:
    """Say who answers for a group, by when, and where it stands."""
    yield shown.owner or say("screen.no-owner", lang)
    yield from (text for text in (shown.due, shown.place) if text)


def _missed(result: Result, lang: str) -> Iterator[Block]:
    missed = [finding for _, finding in find_missed(result)]
    if missed:
        titles = list(dict.fromkeys(finding.commitment.title[lang] for finding in missed))
        named = join_list(words.first_few(titles, _FEW, lang), lang, "items")
        yield Paragraph(say("screen.missed", lang, count=len(titles), titles=named))


def _followed(result: Result, lang: str) -> Iterator[Block]:
    if not result.followed:
        return
    texts = [
        say("screen.followed", lang, what=words.consequence_text(one, result.plan, lang), subject=one.subject)
        for one in result.followed
    ]
    named = join_list(words.first_few(list(dict.fromkeys(texts)), _FEW, lang), lang, "clauses")
    yield Paragraph(say("screen.follows", lang, count=len(result.followed), named=named))


def _awaited(result: Result, lang: str) -> Iterator[Block]:
    awaited = find_awaited(result)
    if awaited:
        texts = [awaited_text(one, result, lang) for one in awaited]
        named = join_list(words.first_few(texts, _FEW, lang), lang, "clauses")
        yield Paragraph(say("screen.awaits", lang, count=len(awaited), named=named))
    if silent := check.silent_names(result):
        yield Paragraph(say("screen.silent", lang, count=len(silent)))
