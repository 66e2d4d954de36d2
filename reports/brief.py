"""The brief: a check on one page for those who decide. What it came to, the worst, whose and by when, what will be missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from dabiao.base.messages import join_list, say
from dabiao.base.quantities import decimal_text
from dabiao.engine.awaited import find_awaited, find_missed, find_unlisted
from dabiao.engine.gravity import find_gravest
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Finding, Group, Result
from dabiao.reports import check, words
from dabiao.reports.bars import bar_of
from dabiao.reports.document import TONES, Block, Cell, Document, Heading, Item, Items, Paragraph, Table
from dabiao.reports.gravest import (
    anchor,
    awaited_text,
    count_texts,
    next_due_text,
    numbers_text,
    place_text,
    show,
    whose_text,
)

_WORST, _FEW, _BARS = 5, 3, 6
_PROBLEMS = 20  # of inputs that were refused


def document(outcome: CheckOutcome, lang: str, most: int | None = None) -> Document:
    """Return the brief; of inputs that were refused, what is wrong with them."""
    if outcome.result is None:
        return check.document(outcome, lang, _PROBLEMS)
    result = outcome.result
    return Document(lang, (*check.head(outcome, result, lang), *blocks(outcome, result, lang)), as_of=result.as_of)


def blocks(outcome: CheckOutcome, result: Result, lang: str) -> Iterator[Block]:
    """Return the brief without its title: what every report for those who decide begins with."""
    yield Items(tuple(Item(text) for text in count_texts(result, lang)))
    groups = find_gravest(result)
    if text := next_due_text(result, lang):
        yield Paragraph(text)
    yield from _worst(result, groups, lang)
    yield from _missed(list(find_missed(result)), result, lang)
    yield from check.change_line(outcome, lang)
    yield from _indicators(result, groups, lang)
    yield from _followed(result, lang)
    yield from _not_reported(result, lang)


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
        yield Table(tuple(say(f"brief.{name}", lang) for name in names), tuple(rows), left=len(groups) - len(rows))


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
    yield Table(tuple(say(f"brief.{name}", lang) for name in names), tuple(rows), left=len(missed) - len(rows))


def _owner_and_place(finding: Finding, lang: str) -> str:
    owner = finding.owner.office if finding.owner else say("screen.no-owner", lang)
    return "\n".join(filter(None, (owner, place_text(finding))))


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
        yield Table(
            tuple(say(f"brief.{name}", lang) for name in names), tuple(rows[:_BARS]), left=max(len(rows) - _BARS, 0)
        )


def _followed(result: Result, lang: str) -> Iterator[Block]:
    if not result.followed:
        return
    money = sum((one.amount for one in result.followed if one.amount is not None), Fraction(0))
    code = "brief.follows-money" if money else "brief.follows"
    yield Heading(say(code, lang, count=len(result.followed), amount=decimal_text(money)), anchor="follows")
    texts = [
        say("screen.followed", lang, what=words.consequence_text(one, result.plan, lang), subject=one.subject)
        for one in result.followed
    ]
    yield Items(tuple(Item(text) for text in texts[:_WORST]), left=max(len(texts) - _WORST, 0))


def _not_reported(result: Result, lang: str) -> Iterator[Block]:
    """Say who has not reported, and which figures are awaited most."""
    unlisted, awaited = find_unlisted(result), find_awaited(result)
    lines = []
    for (root, kind), count in unlisted.items():
        code = "brief.endless" if count is None else "brief.unlisted"
        lines.append(say(code, lang, root=root, kind=result.plan.kinds[kind].title[lang], count=count))
    if awaited:
        texts = [awaited_text(one, result, lang) for one in awaited]
        named = join_list(words.first_few(texts, _FEW, lang), lang, "clauses")
        lines.append(say("screen.awaits", lang, count=len(awaited), named=named))
    if silent := check.silent_names(result):
        lines.append(say("screen.silent", lang, count=len(silent)))
    yield Heading(say("brief.not-reported", lang), anchor="not-reported")
    if lines:
        yield Items(tuple(map(Item, lines)))
    else:
        yield Paragraph(say("brief.all-reported", lang))
