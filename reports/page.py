"""The page of a check: the brief, then everything it rests on, each finding with its numbers, its owner and its place."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl
from dabiao.base.messages import bracket, join_list, say
from dabiao.engine.awaited import Awaited
from dabiao.engine.gravity import WRONG, find_gravest
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import VERDICTS, Finding, Group, Result, Verdict
from dabiao.engine.views import Tallies, list_paths, rank_offices, tally
from dabiao.reports import brief, check, words
from dabiao.reports.bars import bar_of, drawing_of
from dabiao.reports.by_view import MOST, by_view
from dabiao.reports.document import (
    TONES,
    Block,
    Cell,
    Data,
    Document,
    Fold,
    Heading,
    Paragraph,
    Table,
    items,
    name_columns,
)
from dabiao.reports.finding_texts import sentence
from dabiao.reports.gravest import (
    anchor_of,
    awaited_subject,
    due_text,
    numbers_text,
    offices_text,
    show,
    silent_names,
    whose_text,
    worst_title,
)
from dabiao.reports.json import as_json

if TYPE_CHECKING:
    from dabiao.engine.moves import Move

_FEW, _MOST_NAMES = 20, 10
_MOST_COLUMNS = 60  # subjects of a matrix
_MOST_DRAWINGS = 12
_TOLD = 6  # commitments of a line in a table
_MOST_CHANGES = 50  # of each fate
_MOST_FINDINGS, _MOST_DATA = 1_000, 900_000  # what is embedded: so many findings, and characters at most


def document(outcome: CheckOutcome, lang: str, most: int | None = None) -> Document:
    """Return the page; of inputs that were refused, what is wrong with them."""
    if outcome.result is None:
        return check.document(outcome, lang, most)
    result = outcome.result
    limit = MOST if most is None else most
    return Document(lang, tuple(_blocks(outcome, result, lang, limit)))


def memo(outcome: CheckOutcome, lang: str, most: int | None = None) -> Document:
    """Return the report to paste into an issue or a memo: the brief, then every finding by verdict."""
    if outcome.result is None:
        return check.document(outcome, lang, most)
    return Document(lang, (*brief.document(outcome, lang).blocks, *check.rest(outcome, lang, most)))


def _blocks(outcome: CheckOutcome, result: Result, lang: str, most: int) -> Iterator[Block]:
    found = brief.find_all(outcome, result)
    yield from check.head(outcome, result, lang)
    yield from brief.blocks(outcome, result, found, lang)
    yield Heading(say("page.totals", lang), anchor="counts", new_page=True)
    yield items(check.count_lines(result, lang))
    yield from check.problem_blocks(outcome.problems, lang, most)
    yield from _gravity(result, found.groups, lang, most)
    yield from _undetermined(result, found.awaited, lang, most)
    yield from _ahead(result, found, lang, most)
    yield from _views(result, found.tallies, lang)
    yield from _moves(outcome, found.moves, lang, most)
    yield from check.changes(outcome, lang, min(most, _MOST_CHANGES))
    yield from _matrices(result, lang)
    yield from _chapters(result, lang, most)
    yield from check.beside(result, lang, most)
    yield from _data(outcome, lang)


def _gravity(result: Result, groups: Sequence[Group], lang: str, most: int) -> Iterator[Block]:
    """List what fell short or is behind, the gravest first; the subjects of each line are folded away below."""
    yield Heading(say("page.gravity", lang, count=len(groups)), anchor="gravity")
    if not groups:
        yield Paragraph(worst_title(groups, result, lang))
        return
    yield Paragraph(say("page.gravity-order", lang))
    names = ("number", "verdict", "commitment", "numbers", "whose", "clause")
    rows = [_gravity_row(number, group, result, lang) for number, group in enumerate(groups[:most], start=1)]
    yield Table(name_columns("brief", lang, *names), tuple(rows), left=len(groups) - len(rows))
    for group in groups[:most]:
        if len(group.rows) > 1:
            yield _members(group, result, lang, most)


def _gravity_row(number: int, group: Group, result: Result, lang: str) -> tuple[str | Cell, ...]:
    shown = show(group, result, lang)
    finding = shown.finding
    note = sentence(finding, lang, result.plan)
    return (
        Cell(str(number), anchor=shown.name), Cell(say(f"verdict.{group.verdict}", lang), TONES[group.verdict]),
        Cell(f"{finding.commitment.title[lang]}\n{shown.subjects}\n[{finding.commitment.id}]", note=note),
        Cell(numbers_text(shown, lang), bar=bar_of(finding)), whose_text(shown, lang, with_contact=True),
        words.clause_text(finding.commitment, lang),
    )  # fmt: skip


def _members(group: Group, result: Result, lang: str, most: int) -> Fold:
    """Return the findings of a group, one line a subject."""
    rows = []
    for row in group.rows[:most]:
        one = show(Group(group.commitment, group.root, group.verdict, (row,), group.missing, 1), result, lang)
        where = anchor_of(row) if row != group.rows[0] else ""
        rows.append(
            (Cell(one.subjects, anchor=where), Cell(numbers_text(one, lang), bar=bar_of(one.finding)), one.place)
        )
    headings = name_columns("brief", lang, "subject", "numbers", "place")
    title = result.plan.commitments[group.commitment].title[lang]
    summary = say("page.members", lang, title=title, count=group.subjects)
    return Fold(summary, (Table(headings, tuple(rows), left=len(group.rows) - len(rows)),))


def _undetermined(result: Result, awaited: Sequence[Awaited], lang: str, most: int) -> Iterator[Block]:
    """Say what is open, and which figures would settle it."""
    groups = find_gravest(result, ("undetermined",))
    open_ones = [group for group in groups if group.commitment not in result.silent]
    if not groups:
        return
    yield Heading(say("page.undetermined", lang, count=sum(len(group.rows) for group in groups)), anchor="undetermined")
    yield from _awaited(result, awaited, lang, most)
    rows = []
    for group in open_ones[:most]:
        shown = show(group, result, lang)
        missing = words.missing_text(shown.finding, result.plan, lang)
        rows.append(
            (
                Cell(words.title_text(shown.finding.commitment, lang, "\n"), anchor=shown.name), shown.subjects,
                Cell(say("verdict.undetermined", lang), TONES["undetermined"]),
                words.actual_text(shown.finding, lang), words.target_text(shown.finding, lang), missing,
                shown.owner,
            )
        )  # fmt: skip
    if rows:
        names = ("commitment", "subject", "verdict", "actual", "target", "missing", "owner")
        headings = tuple(say(f"report.{name}" if name == "missing" else f"brief.{name}", lang) for name in names)
        yield Fold(
            say("page.open", lang, count=len(open_ones)),
            (Table(headings, tuple(rows), left=len(open_ones) - len(rows)),),
        )
    if silent := silent_names(result):
        ranks = rank_offices(result)
        asked = [
            words.title_text(result.plan.commitments[name], lang) + bracket(_offices(result, [name], ranks, lang), lang)
            for name in silent
        ]
        yield Fold(say("screen.silent", lang, count=len(silent)), (items(asked, most),))


def _awaited(result: Result, awaited: Sequence[Awaited], lang: str, most: int) -> Iterator[Block]:
    """List the figures that are missing, those first that would settle the most, with the subjects they are of."""
    rows, ranks = [], rank_offices(result)
    for one in awaited[:most]:
        names = [awaited_subject(pair, one.kind, result, lang) for pair in one.subjects]
        titles = [result.plan.commitments[name].title[lang] for name in one.commitments]
        rows.append(
            (
                say("page.figure", lang, title=result.plan.measures[one.kind, one.measure].title[lang], year=one.year),
                join_list(words.first_few(names, _MOST_NAMES, lang), lang, "items"),
                join_list(words.first_few(titles, _MOST_NAMES, lang), lang, "items"),
                _offices(result, one.commitments, ranks, lang),
            )
        )
    if rows:
        headings = name_columns("page", lang, "missing-figure", "missing-of", "waiting", "ask")
        summary = say("page.awaited", lang, count=len(awaited))
        yield Fold(summary, (Table(headings, tuple(rows), left=len(awaited) - len(rows)),), open=len(rows) <= _FEW)


def _offices(result: Result, commitments: Sequence[str], ranks: Mapping[str, int], lang: str) -> str:
    """Name the offices that answer for some commitments in the order of the view by owner, or say that none is named."""
    return offices_text(result.plan, commitments, lang, ranks) or say("screen.no-owner", lang)


def _views(result: Result, tallies: Mapping[str, Tallies], lang: str) -> Iterator[Block]:
    """Show the findings by owner and deadline, and by the subjects of each kind that has some."""
    for by, found in {"owner": tally(result, "owner"), "due": tally(result, "due"), **tallies}.items():
        if len(found) > 1:
            yield from by_view(result, by, found, lang, MOST, _TOLD)


def _ahead(result: Result, found: brief.Found, lang: str, most: int) -> Iterator[Block]:
    """Show what is not reached yet: the indicators, all that will be missed at the present pace, the years of the gravest."""
    missed = found.missed
    yield from brief.indicator_blocks(result, found.groups, lang, most, at="all-indicators")
    if len(missed) > brief.MISSED:
        yield from brief.missed_blocks(result, missed[:most], len(missed), lang, at="all-missed")
    findings = (result.explain(group.rows[0]) for group in find_gravest(result, (*WRONG, "on_track")))
    drawings = (drawing_of(finding, lang, with_root=result.several_roots) for finding in findings)
    if shown := list(islice(filter(None, drawings), _MOST_DRAWINGS)):
        yield Heading(say("page.drawings", lang), anchor="drawings")
        yield from shown


def _moves(outcome: CheckOutcome, moves: Sequence[Move], lang: str, most: int) -> Iterator[Block]:
    """Show every value that both submissions tell, if there is an earlier one."""
    if outcome.since is not None:
        from dabiao.reports.comparison import MOVES, move_blocks  # most checks have nothing to compare with

        if len(moves) > MOVES:
            yield from move_blocks(outcome.since, moves[:most], moves, lang, at="all-moves")


def _matrices(result: Result, lang: str) -> Iterator[Block]:
    """Show the commitments of each kind of subject in a table of signs: a row a commitment, a column a subject."""
    counting = result.rows_in()
    for kind in result.table["kind"].filter(counting).unique(maintain_order=True):
        if kind == result.plan.root.id:
            continue
        listed = (counting & (result.table["kind"] == kind)).arg_true()
        names_of = list_paths(result, listed, kind).with_columns(
            result.table["commitment"].gather(listed).alias("@commitment"), listed.cast(pl.Int64).alias("@row")
        )
        subjects = _as_listed(result, kind, names_of)
        shown = subjects.head(_MOST_COLUMNS)
        own = shown.columns if result.several_roots else shown.columns[1:]
        names = [_path_text(path, lang) for path in shown.select(own).iter_rows()]
        places = {path: place for place, path in enumerate(shown.iter_rows())}
        found = names_of["@commitment"].unique(maintain_order=True).to_list()
        cells: dict[str, dict[int, int]] = {}
        held = names_of.join(shown, on=shown.columns, how="semi", nulls_equal=True)
        for name, row, *path in held.select("@commitment", "@row", *shown.columns).iter_rows():
            cells.setdefault(name, {})[places[tuple(path)]] = row
        rows: list[tuple[str | Cell, ...]] = []
        for name in found[:MOST]:
            signs = [_sign(result, cells.get(name, {}).get(place), names[place], lang) for place in range(len(names))]
            rows.append((result.plan.commitments[name].title[lang], *signs))
        title = say("page.matrix", lang, kind=result.plan.kinds[kind].title[lang])
        yield Heading(title, anchor=f"matrix-{kind}")
        yield Paragraph(_legend(lang))
        if (left := subjects.height - _MOST_COLUMNS) > 0:
            yield Paragraph(say("page.matrix-left", lang, count=left))
        headings = (say("brief.commitment", lang), *names)
        yield Table(headings, tuple(rows), left=len(found) - len(rows), dense=True)


def _path_text(names: Sequence[str | None], lang: str) -> str:
    return "/".join(name or say("report.unlisted", lang) for name in names if name is not None)


def _as_listed(result: Result, kind: str, names: pl.DataFrame) -> pl.DataFrame:
    """Return the paths of the subjects of a kind in the order of the sheets, those that no sheet lists last."""
    root, levels = result.plan.root.id, [name for name in names.columns if not name.startswith("@")]
    listed = result.tables.of_year(kind, result.year).select(
        pl.col("@root").alias(root), pl.col("@name").alias(kind), pl.int_range(pl.len()).alias("@rank")
    )
    listed = listed.unique(subset=[root, kind], keep="last")
    found = (
        names.select(levels)
        .unique(maintain_order=True)
        .join(listed, on=[root, kind], how="left", maintain_order="left")
    )
    return found.sort(pl.col(kind) == "", "@rank", nulls_last=True, maintain_order=True).select(levels)


def _sign(result: Result, row: int | None, subject: str, lang: str) -> Cell:
    if row is None:
        return Cell("")
    verdict: Verdict = result.table["verdict"][row]
    link = anchor_of(row) if verdict in WRONG else ""
    return Cell(
        say(f"sign.{verdict}", lang), TONES[verdict], note=f"{subject}: {say(f'verdict.{verdict}', lang)}", link=link
    )


def _legend(lang: str) -> str:
    return " · ".join(f"{say(f'sign.{verdict}', lang)} {say(f'verdict.{verdict}', lang)}" for verdict in VERDICTS)


def _chapters(result: Result, lang: str, most: int) -> Iterator[Block]:
    """Give every commitment a line, by chapter: its value against its target, or how many of its subjects came to what."""
    yield Heading(say("page.chapters", lang), anchor="chapters")
    headings = name_columns("brief", lang, "commitment", "verdict", "numbers", "due", "clause")
    for one in tally(result, "chapter"):
        table = result.table.select("commitment", "verdict")[list(one.rows)].with_columns(pl.Series("row", one.rows))
        by_name = table.group_by("commitment", maintain_order=True).agg(pl.col("row").first(), "verdict")
        rows = [
            _commitment_row(result, first, verdicts, lang)
            for first, verdicts in by_name.head(most).select("row", "verdict").iter_rows()
        ]
        title = str(one.key or say("page.no-chapter", lang))
        summary = say(
            "page.chapter", lang, title=title, count=by_name.height, counts=check.verdict_counts(one.counts, lang)
        )
        yield Fold(summary, (Table(headings, tuple(rows), left=by_name.height - len(rows)),))


def _commitment_row(result: Result, first: int, verdicts: Sequence[Verdict], lang: str) -> tuple[str | Cell, ...]:
    finding: Finding = result.explain(first)
    commitment = finding.commitment
    title, clause = words.title_text(commitment, lang, "\n"), words.clause_text(commitment, lang)
    if len(verdicts) > 1:
        counts = check.verdict_counts(Counter(verdicts), lang)
        return title, counts, say("report.unknown", lang), due_text(finding, result.as_of, lang), clause
    numbers = words.against_target_text(finding, lang)
    if not finding.targets:
        numbers = words.gap_text(finding, lang, result.plan) or say("report.unknown", lang)
    verdict = Cell(say(f"verdict.{finding.verdict}", lang), TONES[finding.verdict])
    return title, verdict, Cell(numbers, bar=bar_of(finding)), due_text(finding, result.as_of, lang), clause


def _data(outcome: CheckOutcome, lang: str) -> Iterator[Block]:
    """Embed what the page says for programs, with its hash, and say how to check the page again."""
    yield Heading(say("page.data", lang), anchor="data")
    text = _data_text(outcome, lang)
    if text is None:
        yield Paragraph(say("page.data-left", lang))
        return
    yield Paragraph(say("page.data-hash", lang, hash=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()))
    yield Data(text)


def _data_text(outcome: CheckOutcome, lang: str) -> str | None:
    """Return the findings and what stands beside them, without single figures and changes; None if that is too much."""
    if outcome.result is not None and outcome.result.table.height > _MOST_FINDINGS:
        return None
    values = as_json(replace(outcome, since=None), lang)
    for finding in values.get("findings", ()):
        finding.pop("facts", None), finding.pop("populations", None)
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= _MOST_DATA else None
