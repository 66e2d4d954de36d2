"""The sheets of a workbook beside its findings: missing figures, what will be missed, consequences, waivers, efforts, data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from dabiao.base.messages import join_list, say
from dabiao.base.problems import Problem
from dabiao.base.quantities import in_unit
from dabiao.engine.awaited import Awaited, find_awaited, find_missed, find_unlisted, find_unprojected
from dabiao.engine.gravity import rank_causes
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Finding, Result
from dabiao.engine.views import rank_offices
from dabiao.reports import check, words
from dabiao.reports.finding_lines import number_cells, owner_cells, sentence_of
from dabiao.reports.gravest import awaited_subject, offices_text, place_text
from dabiao.reports.locations import short_text
from dabiao.reports.workbook_sheets import Column, Figure, Value, day, number
from dabiao.rules.wording import check_text

_NAMED = 10  # subjects, commitments or causes of a line


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its title, its columns, and at least one row; `count` is how many it is about."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Value]]
    count: int


def list_sheets(outcome: CheckOutcome, lang: str) -> Iterator[Sheet]:
    """Iterate over what stands beside the findings, a sheet each where there is something."""
    if (result := outcome.result) is None:
        return
    tables = {
        "awaited": _awaited(result, lang), "missed": _missed(result, lang), "consequences": _followed(result, lang),
        "waivers": _waivers(result, lang), "efforts": _efforts(result, lang), "checks": _checks(result, lang),
        "warnings": _warnings(outcome.problems, lang),
    }  # fmt: skip
    for name, rows in tables.items():
        if found := list(rows):
            columns = [Column(say(f"book.{column}", lang), width) for column, width in _COLUMNS[name]]
            count = len(found) - (len(find_unprojected(result)) if name == "missed" else 0)
            yield Sheet(say(f"book.sheet.{name}", lang), tuple(columns), found, count)


_COLUMNS = {
    "awaited": (("figure", 32), ("year", 8), ("subjects", 40), ("count", 8), ("commitments", 48), ("waiting", 10), ("ask", 34)),
    "missed": (
        ("commitment", 36), ("subject", 20), ("unit", 8), ("actual", 12), ("target", 12), ("projected", 18), ("due", 8),
        ("owner", 20), ("contact", 14), ("place", 22),
    ),
    "consequences": (
        ("consequence", 34), ("level", 10), ("subject", 22), ("because", 60), ("amount", 16), ("clause", 24),
    ),
    "waivers": (
        ("commitment", 40), ("subject", 24), ("state", 20), ("expires", 13), ("reason", 40), ("authority", 24),
    ),
    "efforts": (("commitment", 40), ("subject", 20), ("evidence", 50), ("clause", 30), ("owner", 20), ("contact", 14)),
    "checks": (("check", 70), ("made", 12), ("failed", 12), ("confirmed", 12), ("unmade", 14)),
    "warnings": (("place", 34), ("message", 120)),
}  # fmt: skip


def _count(number_of: int) -> Figure:
    return Figure(number_of, "0", str(number_of))


def _few(texts: Sequence[str], lang: str) -> str:
    return join_list(words.first_few(texts, _NAMED, lang), lang, "clauses")


def _awaited(result: Result, lang: str) -> Iterator[Sequence[Value]]:
    """List the figures that are missing, those first that the most commitments wait for, and whom to ask."""
    unlisted, ranks = find_unlisted(result), rank_offices(result)
    for one in find_awaited(result):
        names = [awaited_subject(pair, one.kind, result, lang) for pair in one.subjects]
        waiting = [result.plan.commitments[name].title[lang] for name in one.commitments]
        yield (
            result.plan.measures[one.kind, one.measure].title[lang], _count(one.year), _few(names, lang),
            _subjects_cell(one, unlisted, lang),
            _few(waiting, lang), _count(len(waiting)),
            offices_text(result.plan, one.commitments, lang, ranks) or say("screen.no-owner", lang),
        )  # fmt: skip


def _subjects_cell(one: Awaited, unlisted: Mapping[tuple[str, str], int | None], lang: str) -> Value:
    """Return how many subjects a figure is missing of, those counted that no sheet lists; a dash if nobody says how many."""
    counts = [1 if name else unlisted.get((root, one.kind), 1) for root, name in one.subjects]
    known = [count for count in counts if count is not None]
    return _count(sum(known)) if len(known) == len(counts) else say("report.unknown", lang)


def _missed(result: Result, lang: str) -> Iterator[Sequence[Value]]:
    """List what will not be reached at the present pace, the gravest first, then what is behind and cannot be projected."""
    missed = find_missed(result)
    for one in missed:
        finding, outlook = one.finding, one.finding.outlook
        if outlook is not None and outlook.projected is not None:
            leads = (
                number(in_unit(outlook.projected, finding.unit))
                if number_cells(finding, result, lang).get("unit")
                else None
            )
            shown = leads or words.projected_text(finding, outlook, lang)
            yield _missed_row(finding, len(one.rows), shown, outlook.goal[0], result, lang)
    for name in find_unprojected(result):
        rows = (result.rows_with("behind") & (result.table["commitment"] == name)).arg_true().to_list()
        finding = result.explain(rows[0])
        yield _missed_row(finding, len(rows), say("book.unprojected", lang), finding.due_year, result, lang)


def _missed_row(
    finding: Finding, count: int, leads: Value, year: int | None, result: Result, lang: str
) -> Sequence[Value]:
    cells = {**number_cells(finding, result, lang), **owner_cells(finding)}
    return (
        finding.commitment.title[lang], words.among_text(finding, count, lang, with_root=result.several_roots),
        *(cells.get(name, "") for name in ("unit", "actual", "target")), leads, "" if year is None else _count(year),
        *(cells.get(name, "") for name in ("owner", "contact")), place_text(finding),
    )  # fmt: skip


def _followed(result: Result, lang: str) -> Iterator[Sequence[Value]]:
    """List what follows from findings, on whom, and why."""
    ranks = rank_causes(result)
    for one in result.followed:
        rule = result.plan.consequences[one.rule]
        amount: Value = "" if rule.amount is None else say("report.amount-unknown", lang)
        if one.amount is not None:
            amount = number(one.amount) or words.consequence_text(one, result.plan, lang)
        subject = words.named_in(one.subject, one.root if result.several_roots else "")
        yield (
            rule.title[lang], say(f"level.{rule.level}", lang), subject,
            check.because(one, result.plan, lang, ranks, _NAMED), amount, rule.cite.section if rule.cite else "",
        )  # fmt: skip


def _waivers(result: Result, lang: str) -> Iterator[Sequence[Value]]:
    """List the waivers, what became of each, why and by whom each was granted, and when it expires."""
    for note in result.waivers:
        title = result.plan.commitments[note.commitment].title[lang]
        state = say(f"waiver.{note.state}", lang)
        yield title, note.subject, state, day(note.expires), note.reason, note.authority


def _efforts(result: Result, lang: str) -> Iterator[Sequence[Value]]:
    """List the efforts with the evidence that was reported, those without any last."""
    rows = result.efforts()
    silent = {row for row in rows if result.table["commitment"][row] in result.silent}
    for row in sorted(rows, key=lambda row: row in silent):
        finding = result.explain(row)
        evidence = say("absent.missing", lang) if row in silent else words.evidence_text(finding, result.plan, lang)
        owner = owner_cells(finding)
        yield (
            finding.commitment.title[lang],
            words.subject_text(finding, lang, with_root=result.several_roots), evidence,
            words.clause_text(finding.commitment, lang), owner.get("owner", ""), owner.get("contact", ""),
        )  # fmt: skip


def _checks(result: Result, lang: str) -> Iterator[Sequence[Value]]:
    """List the data checks with how often each was made, failed, was confirmed, or could not be made; failed ones first."""
    checks = {one.id: one for one in result.plan.checks}
    for one in sorted(result.checked, key=lambda one: (-one.failed, -one.confirmed, -one.unmade)):
        yield (
            check_text(checks[one.check], result.plan, lang),
            *(_count(count) for count in (one.made, one.failed, one.confirmed, one.unmade)),
        )


def _warnings(problems: Sequence[Problem], lang: str) -> Iterator[Sequence[Value]]:
    """List what the submitter should look at, though it was used all the same."""
    for problem in problems:
        place = short_text(problem.location) if PurePath(problem.location.file).name else str(problem.location)
        yield place, sentence_of(problem, lang)
