"""The brief: a check on one page for those who decide. What it came to, the worst, whose and by when, what will be missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from dabiao.base.messages import say
from dabiao.base.quantities import decimal_text
from dabiao.engine.awaited import Awaited, find_awaited, find_missed, find_unlisted
from dabiao.engine.gravity import find_gravest
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Finding, Group, Result
from dabiao.reports import check, words
from dabiao.reports.bars import bar_of
from dabiao.reports.document import TONES, Block, Cell, Document, Heading, Paragraph, Table, items, name_columns
from dabiao.reports.gravest import (
    anchor,
    count_texts,
    followed_texts,
    next_due_text,
    numbers_text,
    office_text,
    open_texts,
    place_text,
    show,
    whose_text,
)

_WORST, _BARS = 5, 6
_PROBLEMS = 20  # of inputs that were refused


def document(outcome: CheckOutcome, lang: str, most: int | None = None) -> Document:
    """Return the brief; of inputs that were refused, what is wrong with them."""
    if outcome.result is None:
        return check.document(outcome, lang, _PROBLEMS)
    result = outcome.result
    told = blocks(outcome, result, find_gravest(result), find_awaited(result), lang)
    return Document(lang, (*check.head(outcome, result, lang), *told), as_of=result.as_of)


def blocks(
    outcome: CheckOutcome, result: Result, groups: Sequence[Group], awaited: Sequence[Awaited], lang: str
) -> Iterator[Block]:
    """Return the brief without its title: what every report for those who decide begins with.

    `groups` are the gravest findings of the result, and `awaited` the figures that it waits for.
    """
    yield items(list(count_texts(result, lang)))
    if text := next_due_text(result, lang):
        yield Paragraph(text)
    yield from _worst(result, groups, lang)
    yield from _missed(list(find_missed(result)), result, lang)
    yield from check.change_line(outcome, lang)
    yield from _indicators(result, groups, lang)
    yield from _followed(result, lang)
    yield from _not_reported(result, awaited, lang)


def _worst(result: Result, groups: Sequence[Group], lang: str) -> Iterator[Block]:
    yield Heading(say("screen.worst" if groups else "screen.nothing-short", lang, count=len(groups)), anchor="worst")
    rows = []
    for number, group in enumerate(groups[:_WORST], start=1):
        shown = show(group, result, lang)
        rows.append(
            (
                str(number), Cell(say(f"verdict.{group.verdict}", lang), TONES[group.verdict]),
                Cell(f"{shown.finding.commitment.title[lang]}\n{shown.subjects}", link=shown.name),
                numbers_text(shown, lang), whose_text(shown, lang),
            )
        )  # fmt: skip
    if rows:
        names = ("number", "verdict", "commitment", "numbers", "whose")
        yield Table(name_columns("brief", lang, *names), tuple(rows), left=len(groups) - len(rows))


def _missed(missed: Sequence[tuple[int, Finding]], result: Result, lang: str) -> Iterator[Block]:
    """Say what will not be reached if it goes on as in the years that are known."""
    if not missed:
        return
    yield Heading(say("brief.missed", lang, count=len(missed)), anchor="missed")
    rows = [
        (
            Cell(_title_of(finding, result, lang), link=anchor(row)),
            Cell(words.actual_text(finding, lang), chart=words.trend_text(outlook)),
            words.value_text(finding, outlook.projected, lang, outlook.goal[1]), words.target_text(finding, lang),
            str(outlook.goal[0]), _owner_and_place(finding, lang),
        )
        for row, finding in missed[:_WORST] if (outlook := finding.outlook) is not None
    ]  # fmt: skip
    names = ("commitment", "actual", "projected", "target", "due", "owner-place")
    yield Table(name_columns("brief", lang, *names), tuple(rows), left=len(missed) - len(rows))


def _owner_and_place(finding: Finding, lang: str) -> str:
    return "\n".join(filter(None, (office_text(finding, lang), place_text(finding))))


def _title_of(finding: Finding, result: Result, lang: str) -> str:
    """Name a commitment, and its subject if that is not the root."""
    title = finding.commitment.title[lang]
    if len(finding.path) < 2:
        return title
    return f"{title} · {words.subject_text(finding, lang, with_root=result.several_roots)}"


def _indicators(result: Result, groups: Sequence[Group], lang: str) -> Iterator[Block]:
    """Draw the indicators that are not reached yet, the gravest first: a bar each, of the value against its target."""
    rows = []
    for group in (*groups, *find_gravest(result, ("on_track",))):
        finding = result.explain(group.rows[0])
        bar = bar_of(finding)
        if finding.commitment.tier == "indicator" and bar is not None:
            verdict = Cell(say(f"verdict.{group.verdict}", lang), TONES[group.verdict])
            numbers = say(
                "screen.numbers", lang, actual=words.actual_text(finding, lang), target=words.target_text(finding, lang)
            )
            title = Cell(finding.commitment.title[lang], link=anchor(group.rows[0]))
            expected = words.expected_text(finding, lang) or say("report.unknown", lang)
            rows.append((title, Cell(numbers, bar=bar), expected, verdict, place_text(finding)))
    if rows:
        yield Heading(say("brief.indicators", lang), anchor="indicators")
        names = ("commitment", "numbers", "expected", "verdict", "place")
        yield Table(name_columns("brief", lang, *names), tuple(rows[:_BARS]), left=max(len(rows) - _BARS, 0))


def _followed(result: Result, lang: str) -> Iterator[Block]:
    if not result.followed:
        return
    money = sum((one.amount for one in result.followed if one.amount is not None), Fraction(0))
    code = "brief.follows-money" if money else "brief.follows"
    yield Heading(say(code, lang, count=len(result.followed), amount=decimal_text(money)), anchor="follows")
    yield items(followed_texts(result, lang), _WORST)


def _not_reported(result: Result, awaited: Sequence[Awaited], lang: str) -> Iterator[Block]:
    """Say who has not reported, and which figures are awaited most."""
    lines = []
    for (root, kind), count in find_unlisted(result).items():
        code = "brief.endless" if count is None else "brief.unlisted"
        lines.append(say(code, lang, root=root, kind=result.plan.kinds[kind].title[lang], count=count))
    lines += open_texts(result, awaited, lang)
    yield Heading(say("brief.not-reported", lang), anchor="not-reported")
    if lines:
        yield items(lines)
    else:
        yield Paragraph(say("brief.all-reported", lang))
