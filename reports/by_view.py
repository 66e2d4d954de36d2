"""The findings of a check by owner, deadline, chapter, ... or kind of subject: a table of counts, then what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dabiao.base.messages import say
from dabiao.engine.gravity import find_gravest_each
from dabiao.engine.results import Result, Verdict
from dabiao.engine.views import Tally, list_owners
from dabiao.reports import words
from dabiao.reports.document import TONES, Block, Cell, Heading, Item, Items, Paragraph, Table
from dabiao.reports.gravest import numbers_text, show

_COLUMNS: tuple[Verdict, ...] = ("shortfall", "behind", "undetermined", "on_track")
_REST: tuple[Verdict, ...] = ("waived", "not_due", "not_applicable")  # shown where there are some


def by_view(result: Result, by: str, tallies: Sequence[Tally], lang: str, most: int | None = None) -> Iterator[Block]:
    """Return the counts of each owner, deadline, ... and below them what fell short or is behind, the gravest first."""
    yield Heading(view_title(result, by, lang), anchor=f"by-{by}")
    yield counts_table(result, by, tallies, lang, most)
    listed = [
        (one, groups)
        for one, groups in zip(tallies, find_gravest_each(result, [one.rows for one in tallies]), strict=True)
        if groups
    ]
    for one, groups in listed[:most]:
        name, counts = _card_name(result, by, one, lang), words.counts_text(one.counts, lang)
        yield Heading(say("screen.card", lang, name=name, counts=counts), 3)
        lines = []
        for group in groups[:most]:
            shown = show(group, result, lang)
            text = say(
                "screen.line", lang, verdict=say(f"verdict.{group.verdict}", lang), subject=shown.subjects,
                title=words.title_text(shown.finding.commitment, lang), numbers=numbers_text(shown, lang),
            )  # fmt: skip
            lines.append(Item(text, tone=TONES[group.verdict], link=shown.name))
        yield Items(tuple(lines), left=len(groups) - len(lines))
    if most is not None and len(listed) > most:
        yield Paragraph(say("report.more", lang, count=len(listed) - most))


def _card_name(result: Result, by: str, one: Tally, lang: str) -> str:
    """Name what the findings of a tally have in common; an office with its deputies and contacts."""
    if by != "owner" or one.key is None:
        return key_text(result, by, one, lang)
    (owners,) = list_owners(result.plan, result.table["commitment"].gather(list(one.rows))).values()
    return words.owners_text(owners, lang)


def view_title(result: Result, by: str, lang: str) -> str:
    """Name a view."""
    if by in result.plan.kinds:
        return say("screen.by.kind", lang, kind=result.plan.kinds[by].title[lang])
    return say(f"screen.by.{by}", lang)


def counts_table(result: Result, by: str, tallies: Sequence[Tally], lang: str, most: int | None) -> Table:
    """Return how many findings of each owner, deadline, ... are reached, wrong, or open: raw numbers, no score."""
    columns = (*_COLUMNS, *(verdict for verdict in _REST if any(one.counts[verdict] for one in tallies)))
    rows: list[tuple[str | Cell, ...]] = [
        (
            key_text(result, by, one, lang), str(sum(one.counts.values())), _count(one.reached, "met"),
            *(_count(one.counts[verdict], verdict) for verdict in columns),
        )
        for one in tallies[:most]
    ]  # fmt: skip
    named = [say(f"verdict.{verdict}", lang) for verdict in columns]
    headings = (say("screen.key", lang), say("screen.findings", lang), say("screen.reached-count", lang), *named)
    numbers = tuple(range(1, len(headings)))
    return Table(headings, tuple(rows), numbers=numbers, left=len(tallies) - len(rows))


def _count(count: int, verdict: Verdict) -> Cell:
    return Cell(str(count), TONES[verdict] if count else "")


def key_text(result: Result, by: str, one: Tally, lang: str) -> str:
    """Name what the findings of a tally have in common."""
    key = one.key
    if by in ("tier", "nature"):
        return say(f"{by}.{key}", lang)
    if by == "due":
        return say("screen.no-year", lang) if key is None else say("screen.due-year", lang, year=key)
    if key is None and by in result.plan.kinds:
        return say("screen.unlisted", lang, kind=result.plan.kinds[by].title[lang])
    if key is None:
        return say("screen.no-owner" if by == "owner" else "page.no-chapter", lang)
    if isinstance(key, tuple):
        names = [name for _, name in key]
        return "/".join(names if result.several_roots else names[1:] or names)
    return str(key)
