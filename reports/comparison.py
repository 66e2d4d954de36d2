"""What changed between two submissions, for people: what is short since, what was mended, which figures changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dabiao.base.messages import bracket, join_list, say
from dabiao.engine.compare import DOUBT_STATES, FATES, TRENDS, Comparison, Doubt, DoubtState, Fate, Shift, Trend
from dabiao.engine.compare_figures import FigureChange, Register, RegisterChange, Side, SubjectChange
from dabiao.engine.moves import Move
from dabiao.engine.results import SubjectPath, Used
from dabiao.reports import words
from dabiao.reports.differences import count_blocks, followed_blocks, side_cells, targets_text
from dabiao.reports.document import (
    TONES,
    Block,
    Cell,
    Document,
    Heading,
    Paragraph,
    Table,
    Tone,
    drop_empty,
    name_columns,
    table,
)
from dabiao.reports.finding_texts import summary

MOVES = 3  # in a brief
_ALWAYS: tuple[Fate, ...] = ("new", "unverifiable", "still", "mended")  # told even where there are none
_HEADS: dict[Fate, Tone] = {
    "new": "grave", "unverifiable": "open", "still": "behind", "mended": "good", "newly_judged": "good",
    "set_aside": "set_aside", "gone": "quiet",
}  # fmt: skip
_TRENDS: dict[Trend, Tone] = {"narrower": "good", "wider": "grave", "same": "", "unknown": ""}
_DOUBTS: dict[DoubtState, Tone] = {
    "new": "grave", "carried": "open", "answered": "good", "open": "open", "gone": "quiet",
}  # fmt: skip


def document(comparison: Comparison, lang: str, most: int | None = None) -> Document:
    """Return what changed, at most `most` rows a section (None: all); all are counted."""
    new = comparison.new
    details = {"plan": new.plan.title[lang], "version": new.plan.version, "as_of": new.as_of}
    head = Heading(f"{say('compare.title', lang, **details)} · {years_text(comparison, lang)}", 1)
    return Document(
        lang, (head, *_notes(comparison, lang), *_sections(comparison, lang, most, 2)), _summary(comparison, lang)
    )


def since_blocks(comparison: Comparison, lang: str, most: int | None = None) -> Iterator[Block]:
    """Iterate over the section of what changed, for the report of the new submission."""
    yield Heading(say("compare.since", lang, years=years_text(comparison, lang)), anchor="changes")
    yield from _notes(comparison, lang, embedded=True)
    yield Paragraph(told_fates(comparison, lang) if _is_before_plan(comparison) else fates_text(comparison, lang))
    yield from _sections(comparison, lang, most, 3)


def years_text(comparison: Comparison, lang: str) -> str:
    """Say which years stand beside each other, or that one submission of a year takes the place of another."""
    old, new = comparison.old.year, comparison.new.year
    return say("compare.same-year" if old == new else "compare.years", lang, old=old, new=new)


def fates_text(comparison: Comparison, lang: str, *, with_zeros: bool = True) -> str:
    """Say in one line what became of the findings; empty if nothing did and zeros are left out."""
    parts = []
    for fate, count in comparison.counts().items():
        if not count and not with_zeros:
            continue
        text = say("compare.count", lang, fate=say(f"compare.fate.{fate}", lang), count=count)
        if fate == "new" and (unjudged := comparison.count_unjudged()):
            text += bracket(say("compare.unjudged", lang, count=unjudged), lang)
        parts.append(text)
    return say("compare.fates", lang, counts=join_list(parts, lang, "phrases")) if parts else ""


def change_blocks(comparison: Comparison, moves: Sequence[Move], lang: str) -> Iterator[Block]:
    """Say what moved, the worst first, and in a line what became of the findings: for those who decide."""
    yield from move_blocks(comparison, moves[:MOVES], moves, lang)
    if not (moves and _is_before_plan(comparison)):
        yield Paragraph(told_fates(comparison, lang))


def change_texts(comparison: Comparison, moves: Sequence[Move], lang: str) -> Iterator[str]:
    """Say in a line how many values got better or worse, with the worst of them, and in a line what became of the findings."""
    if moves:
        named = [
            say(
                "compare.moved", lang, before=words.actual_text(before, lang), after=words.actual_text(after, lang),
                title=words.titled_text(after, one.subjects, lang, with_root=comparison.several_roots),
            )
            for one in moves if (before := one.shift.before) and (after := one.shift.after)
        ]  # fmt: skip
        few = join_list(words.first_few(named, MOVES, lang), lang, "items")
        yield f"{_moves_text(comparison, moves, lang)}{say('page.colon', lang)}{few}"
    if not (moves and _is_before_plan(comparison)):
        yield f"{years_text(comparison, lang)}{say('page.colon', lang)}{told_fates(comparison, lang)}"


def _moves_text(comparison: Comparison, moves: Sequence[Move], lang: str) -> str:
    """Count what got better, worse, or neither."""
    better, worse = (sum(sign * one.share > 0 for one in moves) for sign in (1, -1))
    details = {"years": years_text(comparison, lang), "count": len(moves), "better": better, "worse": worse}
    return say("compare.moves", lang, **details, same=len(moves) - better - worse)


def _is_before_plan(comparison: Comparison) -> bool:
    return comparison.old.year < comparison.new.plan.first


def told_fates(comparison: Comparison, lang: str) -> str:
    """Say what became of the findings; that nothing was owed then where the earlier year is before the plan."""
    if _is_before_plan(comparison):
        return say("compare.before-plan", lang, year=comparison.old.year)
    return fates_text(comparison, lang, with_zeros=False) or say("compare.nothing", lang)


def move_blocks(
    comparison: Comparison, shown: Sequence[Move], moves: Sequence[Move], lang: str, at: str = "changed"
) -> Iterator[Block]:
    """Count what got better, worse, or neither, and show some of it."""
    if at == "all-moves":
        title = say("compare.all-moves", lang, count=len(moves), years=years_text(comparison, lang))
    elif moves:
        title = _moves_text(comparison, moves, lang)
    else:
        title = say("compare.since", lang, years=years_text(comparison, lang))
    yield Heading(title, anchor=at)
    rows = [
        (
            words.titled_text(after, one.subjects, lang, with_root=comparison.several_roots),
            words.actual_text(before, lang), words.actual_text(after, lang),
            say(f"compare.move.{_direction(one)}", lang), targets_text(before, after, lang),
            Cell(say(f"verdict.{after.verdict}", lang), TONES[after.verdict]),
        )
        for one in shown if (before := one.shift.before) and (after := one.shift.after)
    ]  # fmt: skip
    if rows:
        columns = name_columns("compare", lang, "commitment", "before", "now", "move", "target", "verdict")
        yield Table(columns, tuple(rows), left=len(moves) - len(rows), more="all-moves")


def _direction(move: Move) -> str:
    return "better" if move.share > 0 else "worse" if move.share < 0 else "same"


def _summary(comparison: Comparison, lang: str) -> tuple[str, ...]:
    counts = {
        "figures": comparison.cells.height, "subjects": len(comparison.subjects),
        "registers": len(comparison.registers), "doubts": len(comparison.doubts),
    }  # fmt: skip
    told = () if comparison.changed else (say("compare.nothing", lang),)
    return (
        *told,
        say("compare.counts", lang, **counts),
        fates_text(comparison, lang),
        summary(comparison.new, lang),
    )


def _notes(comparison: Comparison, lang: str, *, embedded: bool = False) -> Iterator[Block]:
    """Say what the reader must know before the rows: figures that were doubted, and years that one side has alone."""
    if comparison.refused:
        yield Paragraph(say("compare.refused", lang), warning=True)
    if comparison.old.synthetic or (comparison.new.synthetic and not embedded):
        yield Paragraph(say("report.synthetic", lang), warning=True)
    old, new = ({*result.tables.years} - {result.year} for result in (comparison.old, comparison.new))
    for code, alone in (("old", old - {*comparison.new.tables.years}), ("new", new - {*comparison.old.tables.years})):
        if alone:
            yield Paragraph(say(f"compare.only-{code}", lang, years=join_list(map(str, sorted(alone)), lang)))


def _sections(comparison: Comparison, lang: str, most: int | None, level: int) -> Iterator[Block]:
    if not _is_before_plan(comparison):  # else nothing was judged then
        yield from _fates(comparison, lang, most, level)
    yield from _sheets(comparison, lang, most, level)
    yield from _figures(comparison, lang, most, level)
    yield from _doubts(comparison.doubts, lang, most, level)
    yield from count_blocks(comparison.old, comparison.new, lang, level)


def _fates(comparison: Comparison, lang: str, most: int | None, level: int) -> Iterator[Block]:
    """List the findings by what became of them, and the consequences that came or went."""
    counts = comparison.counts()
    for fate in FATES:
        if counts[fate] or fate in _ALWAYS:
            yield from _findings(comparison, fate, counts[fate], lang, most, level)
    plan, several = comparison.new.plan, comparison.several_roots
    if comparison.appeared:
        yield from followed_blocks("appeared", comparison.appeared, plan, lang, most, level, with_root=several)
    if comparison.vanished:
        yield from followed_blocks("vanished", comparison.vanished, plan, lang, most, level, with_root=several)


def _findings(
    comparison: Comparison, fate: Fate, count: int, lang: str, most: int | None, level: int
) -> Iterator[Block]:
    title = f"{say(f'compare.fate.{fate}', lang)} {count}"
    columns = ["commitment", "subject", "before", "now", "target", "gap"]
    if fate == "still":
        columns = [*columns[:-1], "gap-before", "gap-now", "trend"]
        parts = [f"{say(f'compare.trend.{trend}', lang)} {comparison.trends[trend]}" for trend in TRENDS]
        title = say("compare.of-them", lang, title=title, parts=join_list(parts, lang, "phrases")) if count else title
    elif fate == "unverifiable":
        columns[-1] = "missing"
    yield Heading(title, level, tone=_HEADS[fate] if count else "")
    rows = [_finding_row(shift, fate, comparison, lang) for shift in comparison.shifts(fate, most)]
    if count:
        yield drop_empty(name_columns("compare", lang, *columns, "owner"), rows, count - len(rows))


def _finding_row(shift: Shift, fate: Fate, comparison: Comparison, lang: str) -> tuple[str | Cell, ...]:
    finding = shift.after or shift.before
    assert finding is not None
    plan = comparison.new.plan
    before, after = (words.gap_text(f, lang, plan) if f else "" for f in (shift.before, shift.after))
    last: tuple[str | Cell, ...] = (after or before,)
    if fate == "still":
        last = before, after, Cell(say(f"compare.trend.{shift.trend}", lang), _TRENDS[shift.trend])
    elif fate == "unverifiable":
        last = (words.missing_text(finding, plan, lang),)
    return (
        words.title_text(finding.commitment, lang, "\n"),
        words.subject_text(finding, lang, with_root=comparison.several_roots),
        *side_cells(shift.before, shift.after, lang),
        targets_text(shift.before, shift.after, lang),
        *last,
        words.owner_text(finding.owner, lang) if finding.owner else "",
    )


def _sheets(comparison: Comparison, lang: str, most: int | None, level: int) -> Iterator[Block]:
    """List the subjects that one submission alone lists, and registers that are not the same."""
    rows = [_subject_row(change, comparison, lang) for change in comparison.subjects]
    rows += [_register_row(change, comparison, lang) for change in comparison.registers]
    if rows:
        yield Heading(say("compare.sheets", lang, count=len(rows)), level)
        yield table(name_columns("compare", lang, "subject", "what", "before", "now", "where"), rows, most)


def _subject_row(change: SubjectChange, comparison: Comparison, lang: str) -> tuple[str, ...]:
    kind = comparison.new.plan.kinds[change.path[-1][0]].title[lang]
    held = say("compare.held", lang, subjects=change.subjects, figures=change.figures)
    sides: dict[Side, tuple[str, str]] = {"gone": (held, "—"), "appeared": ("—", held)}
    what = say(f"compare.subject.{change.state}", lang, kind=kind) + _year_text(change.years, comparison, lang)
    return path_text(change.path), what, *sides[change.state], str(change.place or "")


def _register_row(change: RegisterChange, comparison: Comparison, lang: str) -> tuple[str, ...]:
    kind = comparison.new.plan.kinds[change.kind].title[lang]
    what = say("compare.register", lang, kind=kind) + _year_text(change.years, comparison, lang)
    return change.root, what, _register_text(change.before, lang), _register_text(change.after, lang), ""


def _register_text(register: Register, lang: str) -> str:
    size = say("report.unknown", lang) if register.size is None else register.size
    return say("compare.listed", lang, listed=register.listed, size=size)


def path_text(path: SubjectPath) -> str:
    """Name a subject with those that contain it."""
    return " / ".join(name for _, name in path)


def _year_text(years: tuple[int, int], comparison: Comparison, lang: str) -> str:
    """Say which year is meant, where it is not the one that is judged."""
    if years == (comparison.old.year, comparison.new.year):
        return ""
    return say("compare.of-year", lang, year=years[1])


def _figures(comparison: Comparison, lang: str, most: int | None, level: int) -> Iterator[Block]:
    yield Heading(say("compare.figures", lang, count=comparison.cells.height), level)
    rows = [_figure_row(change, comparison, lang) for change in comparison.figures(most)]
    headings = name_columns("compare", lang, "subject", "figure", "before", "now", "where-before", "where")
    if rows:
        yield Table(headings, tuple(rows), left=comparison.cells.height - len(rows))


def _figure_row(change: FigureChange, comparison: Comparison, lang: str) -> tuple[str | Cell, ...]:
    plan, after = comparison.new.plan, change.after
    years = change.before.year, after.year
    title = plan.measures[after.kind, after.measure].title[lang] + _year_text(years, comparison, lang)
    sides = [
        Cell(words.figure_text(used, plan, lang), "open" if used.missing else "") for used in (change.before, after)
    ]
    return path_text(change.path), title, *sides, _place(change.before), _place(after)


def _place(used: Used) -> str:
    return str(used.fact.location) if used.fact else ""


def _doubts(doubts: Sequence[Doubt], lang: str, most: int | None, level: int) -> Iterator[Block]:
    if not doubts:
        return
    counts = {state: sum(doubt.state == state for doubt in doubts) for state in DOUBT_STATES}
    parts = [f"{say(f'compare.doubt.{state}', lang)} {count}" for state, count in counts.items() if count]
    yield Heading(say("compare.doubts", lang, count=len(doubts), parts=join_list(parts, lang, "phrases")), level)
    rows = [
        (Cell(say(f"compare.doubt.{doubt.state}", lang), _DOUBTS[doubt.state]), *_doubt_cells(doubt, lang))
        for doubt in sorted(doubts, key=lambda doubt: DOUBT_STATES.index(doubt.state))
    ]
    yield table(name_columns("compare", lang, "state", "where", "check"), rows, most)


def _doubt_cells(doubt: Doubt, lang: str) -> tuple[str, str]:
    """Return where a doubt stands, and what it says; of two, as it is now."""
    problem = doubt.after or doubt.before
    assert problem is not None
    return str(problem.location), problem.text(lang).removeprefix(f"{problem.location}: ")
