"""What reports of two results share: a finding on both sides, consequences that only one has, and the verdicts of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal

from dabiao.base.messages import say
from dabiao.base.quantities import decimal_text
from dabiao.engine.results import VERDICTS, Finding, Followed, Result
from dabiao.reports import words
from dabiao.reports.bars import bar_of
from dabiao.reports.document import TONES, Bar, Block, Cell, Heading, Paragraph, name_columns, table
from dabiao.rules.model import Plan


def side_text(finding: Finding | None, lang: str) -> str:
    """Write the verdict and the value of a finding on one side; a dash if it is not there."""
    if finding is None:
        return "—"
    return f"{say(f'verdict.{finding.verdict}', lang)} {words.actual_text(finding, lang)}"


def side_cells(before: Finding | None, after: Finding | None, lang: str) -> tuple[Cell, Cell]:
    """Write both sides in cells with their bars, the later one with the tone of its verdict."""
    first, last = side_bars(before, after)
    then = Cell(side_text(before, lang), bar=first)
    if after is None:
        return then, Cell("—")
    mark = say(f"verdict.{after.verdict}", lang)
    return then, Cell(side_text(after, lang), TONES[after.verdict], bar=last, mark=mark)


def side_bars(before: Finding | None, after: Finding | None) -> tuple[Bar | None, Bar | None]:
    """Return the bars of a finding on both sides, on one scale."""
    return bar_of(before, after) if before else None, bar_of(after, before) if after else None


def targets_text(before: Finding | None, after: Finding | None, lang: str) -> str:
    """Write the target, and the one before if it was another."""
    old, new = (words.target_text(finding, lang) if finding else "" for finding in (before, after))
    return f"{old} → {new}" if old and new and old != new else new or old


def followed_blocks(
    what: Literal["appeared", "vanished"],
    followed: Sequence[Followed],
    plan: Plan,
    lang: str,
    most: int | None,
    level: int = 2,
    *,
    with_root: bool,
) -> Iterator[Block]:
    """List the consequences that appeared or vanished, under their number and the money they are about."""
    yield Heading(say(f"whatif.{what}", lang, count=len(followed)), level)
    if amount := sum((f.amount for f in followed if f.amount), start=Fraction(0)):
        yield Paragraph(say(f"whatif.{what}-money", lang, amount=decimal_text(amount)))
    rows = [
        (
            f"{words.consequence_text(f, plan, lang)} [{f.rule}]",
            words.named_in(f.subject, f.root if with_root else ""),
        )
        for f in followed
    ]
    yield table((say("report.consequence", lang), say("report.subject", lang)), rows, most)


def count_blocks(before: Result, after: Result, lang: str, level: int = 2) -> Iterator[Block]:
    """Tell how many findings have each verdict in two results, and by how many that is more or less."""
    old, new = before.counts(), after.counts()
    rows = [
        (say(f"verdict.{v}", lang), str(old[v]), str(new[v]), f"{new[v] - old[v]:+d}")
        for v in VERDICTS
        if old[v] or new[v]
    ]
    headings = name_columns("whatif", lang, "verdict", "before", "after", "change")
    yield Heading(say("whatif.counts", lang), level)
    yield table(headings, rows, numbers=(1, 2, 3))
