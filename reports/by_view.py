"""The findings of a check by owner, deadline, chapter, ... or kind of subject: a table of counts, then what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import polars as pl
from dabiao.base.messages import join_list, say
from dabiao.engine.gravity import WRONG, find_gravest_each
from dabiao.engine.results import Result, Verdict
from dabiao.engine.views import Tallies, Tally, list_owners
from dabiao.reports import words
from dabiao.reports.document import TONES, Block, Cell, Heading, Item, Items, Paragraph, Table, drop_empty
from dabiao.reports.gravest import numbers_text, show

MOST = 200  # lines of a table; more are counted, and stand in the CSV
_COLUMNS: tuple[Verdict, ...] = ("shortfall", "behind", "undetermined", "on_track")
_REST: tuple[Verdict, ...] = ("waived", "not_due", "not_applicable")  # shown where there are some
_OPEN: tuple[Verdict, ...] = ("undetermined", "not_due")


def by_view(
    result: Result, by: str, tallies: Tallies, lang: str, most: int | None = None, named: int | None = None
) -> Iterator[Block]:
    """Return the counts of each owner, deadline, ... with what is open or not due, and below them what fell short or is
    behind, the gravest first. The table names at most `named` commitments a line; who has more of them has all below.
    """
    yield Heading(view_title(result, by, lang), anchor=f"by-{by}")
    further = most is None or most >= MOST  # a terminal has no room to say more than the table does
    wrong = tallies.counts.select(pl.sum_horizontal(WRONG) > 0).to_series()
    many = tallies.counts.select(pl.any_horizontal(pl.col(_OPEN) > (named or 0))).to_series() & (
        further and named is not None
    )
    listed = [
        place for place in (wrong | many).arg_true() if wrong[place] or _has_more(result, tallies[place], named, lang)
    ]
    shown_ones = [(place, tallies[place]) for place in listed[:most]]
    groups_of = find_gravest_each(result, [one.rows for _, one in shown_ones])
    cards = [(*pair, groups) for pair, groups in zip(shown_ones, groups_of, strict=True)]
    places = {place: f"by-{by}-{place + 1}" for place, _, _ in cards}
    yield counts_table(result, by, tallies, lang, most, named, places)
    for place, one, groups in cards:
        name, counts = _card_name(result, by, one, lang), words.counts_text(one.counts, lang)
        yield Heading(say("screen.card", lang, name=name, counts=counts), 3, anchor=places[place])
        lines = []
        for group in groups[:most]:
            shown = show(group, result, lang)
            text = say(
                "screen.line", lang, verdict=say(f"verdict.{group.verdict}", lang), subject=shown.subjects,
                title=words.title_text(shown.finding.commitment, lang), numbers=numbers_text(shown, lang),
            )  # fmt: skip
            lines.append(Item(text, tone=TONES[group.verdict], link=shown.name))
        if named is not None and further:
            lines += map(Item, _open_texts(result, one, None, lang))
        yield Items(tuple(lines), left=max(len(groups) - (most or len(groups)), 0))
    if len(listed) > len(cards):
        yield Paragraph(say("report.more", lang, count=len(listed) - len(cards)))


def _has_more(result: Result, one: Tally, named: int | None, lang: str) -> bool:
    """Whether more is open of a tally than the table names."""
    return named is not None and any(
        one.counts[verdict] > named and len(_open_titles(result, one, verdict, lang)) > named for verdict in _OPEN
    )


def _open_titles(result: Result, one: Tally, verdict: Verdict, lang: str) -> list[str]:
    """Return the titles of the commitments of which a tally has findings with a verdict."""
    found = result.table[list(one.rows)].filter(pl.col("verdict") == verdict)["commitment"]
    return [result.plan.commitments[name].title[lang] for name in found.unique(maintain_order=True)]


def _open_texts(result: Result, one: Tally, named: int | None, lang: str) -> list[str]:
    """Name what is undetermined and what is not due of a tally, a line each."""
    texts = []
    for verdict in _OPEN:
        if one.counts[verdict]:
            titles = _open_titles(result, one, verdict, lang)
            names = join_list(titles if named is None else words.first_few(titles, named, lang), lang, "items")
            counted = say("screen.open", lang, verdict=say(f"verdict.{verdict}", lang), count=one.counts[verdict])
            texts.append(f"{counted}{say('page.colon', lang)}{names}")
    return texts


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


def counts_table(
    result: Result,
    by: str,
    tallies: Tallies,
    lang: str,
    most: int | None,
    named: int | None = None,
    places: Mapping[int, str] = MappingProxyType({}),
) -> Table:
    """Return how many findings of each owner, deadline, ... are reached, wrong, or open: raw numbers, no score; and in the
    last column which are open. `places` are the anchors of those of which there is more to say.
    """  # fmt: skip
    columns = (*_COLUMNS, *(verdict for verdict in _REST if tallies.counts[verdict].sum()))
    rows: list[tuple[str | Cell, ...]] = [
        (
            Cell(key_text(result, by, one, lang), link=places.get(place, "")), str(sum(one.counts.values())),
            _count(one.reached, "met"), *(_count(one.counts[verdict], verdict) for verdict in columns),
            "\n".join(_open_texts(result, one, named, lang)),
        )
        for place, one in enumerate(tallies[:most])
    ]  # fmt: skip
    headings = [say(f"screen.{name}", lang) for name in ("key", "findings", "reached-count")]
    headings += [say(f"verdict.{verdict}", lang) for verdict in columns]
    found = drop_empty((*headings, say("screen.open-ones", lang)), rows, len(tallies) - len(rows))
    return replace(found, numbers=tuple(range(1, len(headings))))


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
