"""Several districts at once, for people: a row a district, the worst over all, and what several have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor

from dabiao.base.messages import join_list, say
from dabiao.base.quantities import decimal_text
from dabiao.engine.common import Common
from dabiao.engine.gravity import WRONG
from dabiao.engine.overview import District, Overview, Standing
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import COUNTED, VERDICTS
from dabiao.engine.views import NATURES, REACHED
from dabiao.reports import brief, check, words
from dabiao.reports.document import Bar, Block, Cell, Document, Fold, Heading, Paragraph, Table, name_columns, table
from dabiao.reports.gravest import list_shown, numbers_text, show

_WORST = 5
_MOST_COLUMNS = 12  # districts beside each other
_MOST_COMMON = 10  # lines at a terminal
_SHOWN = tuple(verdict for verdict in VERDICTS if verdict not in REACHED)


def terminal_document(found: Overview, lang: str, most: int | None = None) -> Document:
    """Return the overview without the problems of inputs, which stand on standard error beside it: nothing if refused."""
    if not found.districts:
        return Document(lang, ())
    few = _MOST_COMMON if most is not None else None
    return Document(lang, tuple(_blocks(found, lang, most, few)), (_summary(found, lang),))


def document(found: Overview, lang: str, most: int | None = None, *, with_ids: bool = True) -> Document:
    """Return the overview with the problems of inputs; plans by id, and commitments with theirs, unless told not to."""
    problems = tuple(check.problem_blocks(found.problems, lang, most))
    if not found.districts:
        errors = sum(problem.severity == "error" for problem in found.problems)
        return Document(lang, (Heading(say("gate.refused", lang, count=errors), 1), *problems))
    return Document(
        lang, tuple(_blocks(found, lang, most, most, problems, with_ids=with_ids)), (_summary(found, lang),)
    )


def page(found: Overview, lang: str, most: int | None = None) -> Document:
    """Return the overview as a page, by titles alone, with the brief of each check folded away below it."""
    shown = document(found, lang, most, with_ids=False)
    folds = tuple(_briefs(found, lang)) if found.districts else ()
    return replace(shown, blocks=(*shown.blocks, *folds))


def _blocks(
    found: Overview,
    lang: str,
    most: int | None,
    few: int | None,
    problems: Sequence[Block] = (),
    *,
    with_ids: bool = True,
) -> Iterator[Block]:
    plans = {found.result_of(one.outcome).plan.id for one in found.districts}
    names = {one.name for one in found.districts}
    yield Heading(say("overview.title", lang, count=len(names), plans=len(plans)), 1)
    yield from _warnings(found, lang)
    yield _districts(found, lang, most, with_ids)
    yield from problems
    yield from _worst(found, lang, with_ids)
    yield from _common(found, lang, few)
    yield from _chapters(found, lang, most)


def _warnings(found: Overview, lang: str) -> Iterator[Block]:
    """Say what must be known before anything else is read."""
    for outcome in found.outcomes:
        if outcome.result is None:
            errors = sum(problem.severity == "error" for problem in outcome.problems)
            yield Paragraph(say("overview.refused", lang, plan=_plan_of(outcome, lang), count=errors), warning=True)
    for one in found.districts:
        if not one.is_judged:
            details = {"year": one.year, "years": join_list(map(str, one.years), lang)}
            yield Paragraph(say("overview.not-judged", lang, name=one.name, **details), warning=True)
    before = [one for one in found.districts if one.year < found.result_of(one.outcome).plan.first]
    if before:
        yield Paragraph(say("overview.before", lang, names=_names(before, lang)))
    made_up = [one for one in found.districts if found.result_of(one.outcome).synthetic]
    if made_up:
        yield Paragraph(say("overview.synthetic", lang, names=_names(made_up, lang)), warning=True)


def _names(districts: Sequence[District], lang: str) -> str:
    return join_list(words.first_few([one.name for one in districts], _MOST_COLUMNS, lang), lang)


def _plan_of(outcome: CheckOutcome, lang: str) -> str:
    return outcome.plan.title[lang] if outcome.plan else str(outcome.request.plan)


def _districts(found: Overview, lang: str, most: int | None, with_ids: bool) -> Table:
    """Return a row a district: how many of its commitments are reached, by tier, and by nature where a plan says that."""
    tiers = [tier for tier in COUNTED if any(tier in one.tiers for one in found.districts)]
    natures = [nature for nature in NATURES[:2] if any(nature in one.natures for one in found.districts)]
    rows: list[tuple[str | Cell, ...]] = []
    for one in found.districts:
        result = found.result_of(one.outcome)
        name = result.plan.id if with_ids else result.plan.title[lang]
        plan = say("overview.plan-of", lang, plan=name, version=result.plan.version, year=one.year)
        by_tier = [_standing(one.tiers.get(tier), lang) for tier in tiers]
        by_nature = [_standing(one.natures.get(nature), lang) for nature in natures]
        rows.append((one.name, plan, *by_tier, *by_nature))
    named = [say(f"tier.{tier}", lang) for tier in tiers] + [say(f"nature.{nature}", lang) for nature in natures]
    return table([say("overview.district", lang), say("overview.plan", lang), *named], rows, most)


def _standing(one: Standing | None, lang: str) -> Cell:
    """Write how many are reached of how many, and on the next line what the others come to."""
    if one is None or one.share is None:
        return Cell("—")
    lines = [say("overview.reached-of", lang, reached=one.reached, total=one.total, percent=percent_text(one.share))]
    if others := words.counts_text({verdict: one.counts[verdict] for verdict in _SHOWN}, lang):
        lines.append(others)
    return Cell("\n".join(lines), bar=Bar(float(one.share)))


def percent_text(share: Fraction) -> str:
    """Write a share in per cent to one decimal, a half rounded up; only none of them is 0, and only all of them 100."""
    tenths = floor(share * 1000 + Fraction(1, 2))
    if 0 < share < 1:
        tenths = min(max(tenths, 1), 999)
    return decimal_text(Fraction(tenths, 10))


def _worst(found: Overview, lang: str, with_ids: bool) -> Iterator[Block]:
    """List the gravest of all districts, each with its district."""
    count = len(found.worst)
    yield Heading(say("overview.worst" if count else "screen.nothing-short", lang, count=count), anchor="worst-of-all")
    shown = [show(group, found.result_of(place), lang, with_root=True) for place, group in found.worst[:_WORST]]
    if shown:
        yield list_shown(shown, count - len(shown), lang, with_ids=with_ids)


def _common(found: Overview, lang: str, most: int | None) -> Iterator[Block]:
    """Show the promises that are short, behind or open in several districts, with the words and numbers of each."""
    if len({one.name for one in found.districts}) < 2:
        return
    yield Heading(say("overview.common", lang, count=len(found.common)), anchor="common")
    if not found.common:
        yield Paragraph(say("overview.nothing-common", lang))
        return
    if len({found.result_of(one.outcome).plan.id for one in found.districts}) > 1:
        yield Paragraph(say("overview.common-rule", lang))
    rows = [
        (
            _title_of(one, found, lang), say("overview.sharing", lang, count=len(one.members), sharing=one.sharing),
            "\n".join(_member_lines(one, found, lang)),
        )
        for one in found.common[:most]
    ]  # fmt: skip
    names = ("promise", "how-many", "where")
    yield Table(name_columns("overview", lang, *names), tuple(rows), left=len(found.common) - len(rows))


def _title_of(one: Common, found: Overview, lang: str) -> str:
    first = one.members[0]
    plan = found.result_of(found.districts[first.district].outcome).plan
    return plan.commitments[first.group.commitment].title[lang]


def _member_lines(one: Common, found: Overview, lang: str) -> Iterator[str]:
    """Say how each district stands; its own title where that is another one."""
    title = _title_of(one, found, lang)
    for member in one.members[:_MOST_COLUMNS]:
        district = found.districts[member.district]
        shown = show(member.group, found.result_of(district.outcome), lang, with_root=True)
        own = shown.finding.commitment.title[lang]
        yield say(
            "overview.member" if own == title else "overview.member-titled", lang, subject=shown.subjects, title=own,
            verdict=say(f"verdict.{member.group.verdict}", lang), numbers=numbers_text(shown, lang),
        )  # fmt: skip
    if (left := len(one.members) - _MOST_COLUMNS) > 0:
        yield say("report.more", lang, count=left)


def _chapters(found: Overview, lang: str, most: int | None) -> Iterator[Block]:
    """Show the chapters that several districts have, a column a district: how many of their commitments are reached."""
    chapters = found.chapters()
    shown = [one for one in found.districts if any(chapter in one.chapters for chapter in chapters)]
    if not chapters:
        return
    yield Heading(say("overview.chapters", lang), anchor="chapters")
    if (left := len(shown) - _MOST_COLUMNS) > 0:
        yield Paragraph(say("overview.chapters-left", lang, count=left))
    shown = shown[:_MOST_COLUMNS]
    rows: list[list[str | Cell]] = [
        [chapter, *(_reached(one.chapters.get(chapter), lang) for one in shown)] for chapter in chapters
    ]
    headings = [say("overview.chapter", lang), *_columns(shown, lang)]
    yield table(headings, rows, most)


def _columns(districts: Iterable[District], lang: str) -> list[str]:
    return [say("overview.column", lang, name=one.name, year=one.year) for one in districts]


def _reached(one: Standing | None, lang: str) -> str:
    return say("overview.of", lang, reached=one.reached, total=one.total) if one else ""


def _summary(found: Overview, lang: str) -> str:
    """Say in one line how many districts have something short, behind or open."""
    with_some = {
        verdict: {
            one.name for one in found.districts if any(standing.counts[verdict] for standing in one.tiers.values())
        }
        for verdict in (*WRONG, "undetermined")
    }  # fmt: skip
    counts = {verdict: len(names) for verdict, names in with_some.items()}
    return say("overview.summary", lang, count=len({one.name for one in found.districts}), **counts)


def _briefs(found: Overview, lang: str) -> Iterator[Block]:
    """Return the brief of each check, folded away under its plan and its districts."""
    yield Heading(say("overview.briefs", lang), anchor="briefs", new_page=True)
    for place, outcome in enumerate(found.outcomes):
        if outcome.result is None:
            continue
        of_it = [one for one in found.districts if one.outcome == place]
        details = {"names": _names(of_it, lang), "plan": outcome.result.plan.title[lang], "year": outcome.result.year}
        told = brief.blocks(outcome, outcome.result, brief.find_all(outcome, outcome.result), lang)
        blocks = (_lowered(block) for block in told)
        yield Fold(say("overview.brief", lang, **details), tuple(blocks))


def _lowered(block: Block) -> Block:
    """Put a heading a level down, without a place of its own: the same stands under every plan."""
    return replace(block, level=max(block.level, 3), anchor="", new_page=False) if isinstance(block, Heading) else block
