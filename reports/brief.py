"""The brief: a check on one page for those who decide. What it came to, the worst, whose and by when, what will be missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl
from dabiao.base.messages import join_list, say
from dabiao.base.quantities import decimal_text
from dabiao.engine.awaited import (
    Awaited,
    Missed,
    count_trendless,
    find_awaited,
    find_missed,
    find_unlisted,
    find_unprojected,
)
from dabiao.engine.gravity import WRONG, find_gravest, rank_causes
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Finding, Group, Result, Verdict
from dabiao.engine.views import Tallies, Tally, list_owners, rank_offices, tally
from dabiao.reports import check, words
from dabiao.reports.bars import bar_of
from dabiao.reports.by_view import key_text
from dabiao.reports.document import (
    TONES,
    Block,
    Cell,
    Document,
    Heading,
    Item,
    Items,
    Paragraph,
    Table,
    items,
    name_columns,
)
from dabiao.reports.gravest import (
    anchor_of,
    count_texts,
    followed_texts,
    next_due_text,
    numbers_text,
    office_text,
    open_texts,
    place_text,
    show,
    whose_text,
    worst_title,
)

if TYPE_CHECKING:
    from dabiao.engine.moves import Move

_WORST, _BARS, _NAMED, _OFFICES, _CAUSES = 5, 5, 2, 3, 1
MISSED = 3  # of what will not be reached
_PROBLEMS = 20  # of inputs that were refused


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a brief speaks of, and the page around it: the gravest findings, the figures that are awaited, what will be missed,
    what moved since an earlier submission, and the findings of the subjects of each kind.
    """

    groups: tuple[Group, ...]
    awaited: tuple[Awaited, ...]
    missed: tuple[Missed, ...]
    moves: tuple[Move, ...]
    tallies: Mapping[str, Tallies]


def document(outcome: CheckOutcome, lang: str, most: int | None = None) -> Document:
    """Return the brief; of inputs that were refused, what is wrong with them."""
    if outcome.result is None:
        return check.document(outcome, lang, _PROBLEMS)
    result = outcome.result
    told = blocks(outcome, result, find_all(outcome, result), lang)
    return Document(lang, (*check.head(outcome, result, lang), *told), as_of=result.as_of)


def find_all(outcome: CheckOutcome, result: Result) -> Found:
    """Find what a brief speaks of."""
    moves: tuple[Move, ...] = ()
    if outcome.since is not None:
        from dabiao.engine.moves import find_moves  # most checks have nothing to compare with

        moves = find_moves(outcome.since)
    kinds = [kind for kind in result.plan.kinds if kind != result.plan.root.id or result.several_roots]
    return Found(
        groups=find_gravest(result), awaited=find_awaited(result), missed=find_missed(result), moves=moves,
        tallies={kind: tally(result, kind) for kind in kinds},
    )  # fmt: skip


def blocks(outcome: CheckOutcome, result: Result, found: Found, lang: str) -> Iterator[Block]:
    """Return the brief without its title: what every report for those who decide begins with."""
    yield items(list(count_texts(result, lang)))
    if text := next_due_text(result, lang):
        yield Paragraph(text)
    yield from _worst(result, found.groups, lang)
    if found.missed:
        yield from missed_blocks(result, found.missed[:MISSED], len(found.missed), lang)
    else:
        yield from indicator_blocks(result, found.groups, lang, _BARS)
        if text := unprojected_text(result, lang):
            yield Paragraph(text)
    yield from _changed(outcome, found.moves, lang)
    yield from _subjects(result, found, lang)
    yield from _followed(result, lang)
    yield from _not_reported(result, found.awaited, lang)


def _worst(result: Result, groups: Sequence[Group], lang: str) -> Iterator[Block]:
    yield Heading(worst_title(groups, result, lang), anchor="worst")
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
        left = len(groups) - len(rows)
        yield Table(name_columns("brief", lang, *names), tuple(rows), left=left, more="gravity")


def missed_blocks(
    result: Result, shown: Sequence[Missed], count: int, lang: str, at: str = "missed"
) -> Iterator[Block]:
    """Say what will not be reached if it goes on as in the years that are known; `count` commitments, some of them shown."""
    code = "brief.missed" if at == "missed" else "brief.all-missed"
    yield Heading(say(code, lang, count=count), anchor=at)
    rows = [
        (
            Cell(
                words.titled_text(finding, len(one.rows), lang, with_root=result.several_roots),
                link=anchor_of(one.rows[0]),
            ),
            _numbers_cell(finding, lang),
            words.projected_text(finding, outlook, lang), str(outlook.goal[0]),
            _owner_and_place(finding, lang),
        )
        for one in shown
        if (finding := one.finding) and (outlook := finding.outlook) is not None
    ]  # fmt: skip
    names = ("commitment", "numbers", "projected", "due", "owner-place")
    yield Table(name_columns("brief", lang, *names), tuple(rows), left=count - len(rows), more="all-missed")
    if texts := [*filter(None, (trendless_text(result, lang), unprojected_text(result, lang)))]:
        yield Paragraph(join_list(texts, lang, "clauses"))


def unprojected_text(result: Result, lang: str) -> str:
    """Say what is behind and cannot be told where it will end; empty if there is nothing of that kind."""
    names = find_unprojected(result)
    titles = words.first_few([result.plan.commitments[name].title[lang] for name in names], _NAMED, lang)
    return say("brief.unprojected", lang, count=len(names), named=join_list(titles, lang, "items")) if names else ""


def trendless_text(result: Result, lang: str) -> str:
    """Say how many are open or not due and have no trend, so that nobody takes what will be missed for all; empty for none."""
    found = count_trendless(result)
    return say("brief.trendless", lang, count=found.total(), counts=words.counts_text(found, lang)) if found else ""


def _numbers_cell(finding: Finding, lang: str) -> Cell:
    """Write the value and the target of a finding, with the bar of it."""
    return Cell(words.against_target_text(finding, lang), bar=bar_of(finding))


def _owner_and_place(finding: Finding, lang: str) -> str:
    return "\n".join(filter(None, (office_text(finding, lang), place_text(finding))))


def _changed(outcome: CheckOutcome, moves: Sequence[Move], lang: str) -> Iterator[Block]:
    """Say which values moved since the earlier submission and what became of the findings, if one was given."""
    if outcome.since is not None:
        from dabiao.reports.comparison import change_blocks

        yield from change_blocks(outcome.since, moves, lang)


def _subjects(result: Result, found: Found, lang: str) -> Iterator[Block]:
    """Say which offices have the most to do, and of each kind of subject how many of those listed have something wrong."""
    groups, awaited, tallies = found.groups, found.awaited, found.tallies
    lines, right = list(_owner_items(result, groups, awaited, lang)), []
    for kind, found_of in tallies.items():
        listed = found_of.named
        if len(listed) < 2:
            continue
        wrong = listed.counts.select(pl.sum_horizontal(WRONG) > 0).to_series().arg_true()
        details = {"kind": result.plan.kinds[kind].title[lang], "count": len(listed)}
        if len(wrong):
            texts = [_wrong_text(result, kind, listed[place], lang) for place in wrong[:_NAMED]]
            texts += [say("report.more", lang, count=len(wrong) - _NAMED)] if len(wrong) > _NAMED else []
            text = say("brief.subjects-wrong", lang, wrong=len(wrong), named=join_list(texts, lang, "items"), **details)
            lines.append(Item(text, link=f"by-{kind}"))
        else:
            open_ones = [
                say(f"brief.subject-{verdict}", lang, count=count)
                for verdict in ("undetermined", "not_due")
                if (count := (listed.counts[verdict] > 0).sum())
            ]
            right.append(
                say(
                    "brief.subject-listed",
                    lang,
                    counts=join_list([say("brief.listed", lang, **details), *open_ones], lang, "phrases"),
                    **details,
                )
            )
    if right:
        lines.append(Item(say("brief.subjects-right", lang, named=join_list(right, lang, "items"))))
    if lines:
        yield Heading(say("brief.subjects", lang), anchor="subjects")
        yield Items(tuple(lines))


def _owner_items(result: Result, groups: Sequence[Group], awaited: Sequence[Awaited], lang: str) -> Iterator[Item]:
    """Say how much of what is wrong each office answers for, with its deputies and contacts, in the order of the view by owner;
    and how many of the missing figures its commitments wait for.
    """
    waits = Counter(office for one in awaited for office in list_owners(result.plan, one.commitments))
    found: dict[str, Counter[Verdict]] = {}
    for group in groups:
        if (owner := result.plan.owners.get(group.commitment)) is not None:
            found.setdefault(owner.office, Counter())[group.verdict] += 1
    if found:
        owners = list_owners(result.plan, [group.commitment for group in groups])
        ranks = rank_offices(result)
        ranked = sorted(found.items(), key=lambda one: ranks[one[0]])
        texts = []
        for office, counts in ranked:
            told = words.counts_text(counts, lang)
            if waits[office]:
                told = join_list([told, say("brief.office-waits", lang, count=waits[office])], lang, "phrases")
            texts.append(say("brief.office", lang, owner=words.owners_text(owners[office], lang), counts=told))
        shown = join_list(words.first_few(texts, _OFFICES, lang), lang, "clauses")
        yield Item(say("brief.owners", lang, count=len(found), named=shown), link="by-owner")


def _wrong_text(result: Result, kind: str, one: Tally, lang: str) -> str:
    counts = words.counts_text({verdict: one.counts[verdict] for verdict in WRONG}, lang)
    return say("brief.subject-wrong", lang, name=key_text(result, kind, one, lang), counts=counts)


def indicator_blocks(
    result: Result, groups: Sequence[Group], lang: str, most: int, at: str = "indicators"
) -> Iterator[Block]:
    """List the indicators that are not reached yet, the gravest first, with a bar of the value against its target."""
    rows = []
    for group in (*groups, *find_gravest(result, ("on_track",))):
        finding = result.explain(group.rows[0])
        if finding.commitment.tier == "indicator" and finding.actual is not None and finding.targets:
            verdict = Cell(say(f"verdict.{group.verdict}", lang), TONES[group.verdict])
            titled = words.titled_text(finding, len(group.rows), lang, with_root=result.several_roots)
            title = Cell(titled, link=anchor_of(group.rows[0]))
            expected = words.expected_text(finding, lang) or say("report.unknown", lang)
            rows.append((title, _numbers_cell(finding, lang), expected, verdict, place_text(finding)))
    if rows:
        yield Heading(say("brief.indicators", lang, count=len(rows)), anchor=at)
        names = ("commitment", "numbers", "expected", "verdict", "place")
        left = max(len(rows) - most, 0)
        yield Table(name_columns("brief", lang, *names), tuple(rows[:most]), left=left, more="all-indicators")


def _followed(result: Result, lang: str) -> Iterator[Block]:
    if not result.followed:
        return
    money = sum((one.amount for one in result.followed if one.amount is not None), Fraction(0))
    code = "brief.follows-money" if money else "brief.follows"
    yield Heading(say(code, lang, count=len(result.followed), amount=decimal_text(money)), anchor="follows")
    ranks = rank_causes(result)
    texts = [
        say("brief.followed", lang, what=what, because=check.because(one, result.plan, lang, ranks, _CAUSES))
        for one, what in zip(result.followed[:_WORST], followed_texts(result, lang), strict=False)
    ]
    yield Items(tuple(map(Item, texts)), left=len(result.followed) - len(texts), more="consequences")


def _not_reported(result: Result, awaited: Sequence[Awaited], lang: str) -> Iterator[Block]:
    """Say who has not reported, and which figures are awaited most."""
    unlisted: dict[str, list[str]] = {}
    for (root, kind), count in find_unlisted(result).items():
        code = "brief.endless" if count is None else "brief.unlisted"
        text = say(code, lang, kind=result.plan.kinds[kind].title[lang], count=count)
        unlisted.setdefault(root, []).append(text)
    lines = [
        say("brief.of-root", lang, root=root, texts=join_list(texts, lang, "clauses"))
        for root, texts in unlisted.items()
    ]
    lines += open_texts(result, awaited, lang)
    yield Heading(say("brief.not-reported", lang), anchor="not-reported")
    if lines:
        yield Items(tuple(Item(line, link="undetermined") for line in lines))
    else:
        yield Paragraph(say("brief.all-reported", lang))
