"""What a check came to, for people: findings by verdict, what follows, what is left to check by hand, waivers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dabiao.base.messages import join_list, say
from dabiao.base.problems import Problem
from dabiao.engine.gravity import list_by_gravity, rank_causes
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import COUNTED, VERDICTS, Finding, Followed, Result, Verdict, WaiverNote
from dabiao.facts.model import list_blanks
from dabiao.reports import words
from dabiao.reports.document import (
    TONES,
    Block,
    Cell,
    Document,
    Heading,
    Paragraph,
    Table,
    drop_empty,
    items,
    name_columns,
    table,
)
from dabiao.reports.finding_texts import nothing_judged, nothing_text, summary
from dabiao.reports.gravest import due_text, place_text, stack_whose
from dabiao.rules.model import Plan
from dabiao.rules.walks import leaves

if TYPE_CHECKING:
    import polars as pl

_NAMED = 4
_MORE: Mapping[Verdict, tuple[str, ...]] = {
    "behind": ("expected", "progress"), "on_track": ("expected", "progress"), "early": ("progress",), "not_due": ("progress",),
}  # fmt: skip
_MORE_TEXTS: Mapping[str, Callable[[Finding, str], str]] = {
    "expected": words.expected_text, "progress": words.progress_text
}  # fmt: skip
_TOGETHER: tuple[Verdict, ...] = ("not_due", "not_applicable")  # nothing to act on: one line a commitment


def document(outcome: CheckOutcome, lang: str, most: int | None = None) -> Document:
    """Return the report. At most `most` lines a section are listed (None: all); all are counted."""
    problems = problem_blocks(outcome.problems, lang, most)
    if (result := outcome.result) is None:
        errors = sum(problem.severity == "error" for problem in outcome.problems)
        return Document(lang, (Heading(say("gate.refused", lang, count=errors), 1), *problems))
    blocks = (*head(outcome, result, lang), *problems, *_body(result, lang, most), *changes(outcome, lang, most))
    return Document(lang, blocks, _summary(result, lang))


def rest(outcome: CheckOutcome, lang: str, most: int | None = None) -> Iterator[Block]:
    """Return the report without its title: counts, problems of inputs, every finding by verdict, and what stands beside."""
    if (result := outcome.result) is not None:
        yield Heading(say("page.totals", lang))
        yield items(_summary(result, lang))
        yield from problem_blocks(outcome.problems, lang, most)
        yield from _body(result, lang, most)
        yield from changes(outcome, lang, most)


def terminal_document(outcome: CheckOutcome, lang: str, most: int | None = None) -> Document:
    """Return the report without the problems of inputs, which stand on standard error beside it: nothing if refused."""
    if (result := outcome.result) is None:
        return Document(lang, ())
    blocks = (*head(outcome, result, lang), *_body(result, lang, most), *changes(outcome, lang, most))
    return Document(lang, blocks, _summary(result, lang))


def blank_lines(outcome: CheckOutcome, lang: str) -> Iterator[Block]:
    """Say how many cells of the workbooks are still empty, and where."""
    if outcome.blanks:
        count = sum(blank.empty for blank in outcome.blanks)
        yield Paragraph(say("blank-cells", lang, count=count, where=list_blanks(outcome.blanks).say(lang)))


def changes(outcome: CheckOutcome, lang: str, most: int | None) -> Iterator[Block]:
    """Tell what changed since the earlier submission, if one was given."""
    if outcome.since is not None:
        from dabiao.reports.comparison import since_blocks  # most checks have nothing to compare with

        yield from since_blocks(outcome.since, lang, most)


def change_lines(outcome: CheckOutcome, lang: str) -> Iterator[Block]:
    """Say in a line or two what moved since the earlier submission, and what became of the findings, if one was given."""
    if outcome.since is not None:
        from dabiao.engine.moves import find_moves
        from dabiao.reports.comparison import change_texts

        yield from (Paragraph(text) for text in change_texts(outcome.since, find_moves(outcome.since), lang))


def _body(result: Result, lang: str, most: int | None) -> Iterator[Block]:
    yield from by_verdict(result, lang, most)
    yield from beside(result, lang, most)


def beside(result: Result, lang: str, most: int | None) -> Iterator[Block]:
    """Return what stands beside the findings that count: efforts, other readings, consequences, clauses to review, waivers."""
    yield from _efforts(result, lang, most)
    yield from _differing(result, lang, most)
    yield from _others(result, lang, most)
    yield from _consequences(result, lang, most)
    yield from _manual(result, lang, most)
    yield from _waivers(result, lang, most)


def by_verdict(result: Result, lang: str, most: int | None, among: pl.Series | None = None) -> Iterator[Block]:
    """Return the findings that count in a table a verdict; of some rows, or of all."""
    for verdict in VERDICTS:
        if lines := list_by_gravity(result, verdict, together=verdict in _TOGETHER and among is None, among=among):
            yield from _group(result, verdict, lines, lang, most)


def count_lines(result: Result, lang: str) -> tuple[str, ...]:
    """Say how many findings came to what, which are not counted, and how the data checks went."""
    checked = (checked_text(result, lang),) if result.checked else ()
    return (summary(result, lang), *not_counted(result, lang), *checked)


def _summary(result: Result, lang: str) -> tuple[str, ...]:
    return (
        *((checked_text(result, lang),) if result.checked else ()),
        *_tier_texts(result, lang),
        summary(result, lang),
    )


def _tier_texts(result: Result, lang: str) -> Iterator[str]:
    """Say the counts of each tier on a line, if there are several, and how many efforts and restatements are not counted."""
    by_tier = {tier: result.counts(tier) for tier in COUNTED}
    if all(any(counts.values()) for counts in by_tier.values()):
        for tier, counts in by_tier.items():
            details = {"total": sum(counts.values()), "counts": words.counts_text(counts, lang)}
            details["commitments"] = len(set(result.table["commitment"].filter(result.rows_in(tier))))
            yield say("report.tier-summary", lang, tier=say(f"tier.{tier}", lang), **details)
    yield from not_counted(result, lang)


def not_counted(result: Result, lang: str) -> Iterator[str]:
    """Say how many efforts and restatements are not counted, if there are any."""
    efforts = len(set(result.table["commitment"].gather(result.efforts())))
    if efforts or result.restates:
        yield say("report.not-counted", lang, efforts=efforts, restatements=len(result.restates))


def checked_text(result: Result, lang: str) -> str:
    """Return one line about the data checks: how many were made, failed, were confirmed, or could not be made."""
    sums = {name: sum(getattr(c, name) for c in result.checked) for name in ("made", "failed", "confirmed", "unmade")}
    return say("data.summary", lang, **sums)


def head(outcome: CheckOutcome, result: Result, lang: str) -> Iterator[Block]:
    """Return the title: plan, year and text in force, and what must be known before anything else is read."""
    plan = result.plan
    details = {"version": plan.version, "year": result.year, "as_of": result.as_of}
    yield Heading(say("report.title", lang, plan=plan.title[lang], **details), 1)
    if nothing_judged(outcome):
        yield Paragraph(nothing_text(outcome, lang), warning=True)
    if plan.amended:
        yield Paragraph(say("report.amended", lang, names=join_list(plan.amended, lang)))
    if result.synthetic:
        yield Paragraph(say("report.synthetic", lang), warning=True)


def problem_blocks(problems: Sequence[Problem], lang: str, most: int | None) -> Iterator[Block]:
    """List problems of inputs with their places."""
    if not problems:
        return
    if all(problem.severity == "warning" for problem in problems):
        yield Heading(say("gate.warnings", lang, count=len(problems)))
    rows = [(str(p.location), p.text(lang).removeprefix(f"{p.location}: ")) for p in problems]
    yield table((say("gate.place", lang), say("gate.message", lang)), rows, most)


def _group(
    result: Result, verdict: Verdict, lines: list[tuple[int, int]], lang: str, most: int | None
) -> Iterator[Block]:
    count = sum(subjects for _, subjects in lines)
    more = _MORE.get(verdict, ())
    columns = ["commitment", "subject", "actual", "target", *more]
    columns += ["missing" if verdict == "undetermined" else "gap", "nature", "clause", "whose"]
    silent: list[tuple[int, int]] = []
    if verdict == "undetermined":
        silent = [line for line in lines if result.table["commitment"][line[0]] in result.silent]
        lines = [line for line in lines if line not in set(silent)]
    with_root = result.several_roots
    rows = []
    for row, subjects in lines[:most]:
        finding = result.explain(row)
        if subjects > 1:  # what is the worst one's alone is not said of all
            finding = replace(finding, actual=None, low=None, high=None, gap=None, least_gap=None, completion=None)
        cells = _finding_cells(finding, with_root, result, more, lang)
        if subjects > 1:
            kind = result.plan.kinds[finding.kind].title[lang]
            cells[1:3] = [say("report.subjects", lang, count=subjects, kind=kind), say("report.unknown", lang)]
            cells[-1] = str(cells[-1]).partition("\n")[0]  # each stands in a place of its own
            if not _have_one_target(result, finding):
                cells[3] = say("report.own-targets", lang)
        rows.append(tuple(cells))
    left = count - len(silent) - sum(subjects for _, subjects in lines[:most])
    yield Heading(f"{say(f'verdict.{verdict}', lang)} {count}", tone=TONES[verdict])
    if rows or left:
        yield drop_empty(name_columns("report", lang, *columns), rows, left)
    if silent:
        yield from _silent(result, [row for row, _ in silent], lang)


def _have_one_target(result: Result, finding: Finding) -> bool:
    """Whether all findings of a commitment with the verdict of one have the same target."""
    of_it = result.rows_with(finding.verdict) & (result.table["commitment"] == finding.commitment.id)
    return result.columns_of(of_it.arg_true().to_list()).select("target", "upper").n_unique() == 1


def _silent(result: Result, rows: list[int], lang: str) -> Iterator[Block]:
    """Tell in a line a tier how many commitments have nothing reported at all, of which chapters, and which figures."""
    plan = result.plan
    named = list(dict.fromkeys(result.table["commitment"].gather(rows)))
    yield Paragraph(say("report.silent", lang, count=len(named)))
    lines = []
    for tier in COUNTED:
        several = [plan.commitments[name] for name in named if plan.commitments[name].tier == tier]
        if not several:
            continue
        chapters = Counter(c.chapter or say("page.no-chapter", lang) for c in several)
        titles = dict.fromkeys(
            plan.measures[leaf.kind, leaf.measure].title[lang] for c in several for leaf in leaves(*c.forms(c.bounds))
        )
        texts = [
            say("report.silent-chapter", lang, chapter=name, count=count) for name, count in chapters.most_common()
        ]
        lines.append(
            say(
                "report.silent-tier", lang, tier=say(f"tier.{tier}", lang), count=len(several), figures=len(titles),
                chapters=join_list(words.first_few(texts, _NAMED, lang), lang, "clauses"),
                titles=join_list(words.first_few(list(titles), _NAMED, lang), lang, "clauses"),
            )
        )  # fmt: skip
    yield items(lines)


def _efforts(result: Result, lang: str, most: int | None) -> Iterator[Block]:
    """List the efforts with the evidence that was reported, for the reader to judge; those without any are counted."""
    rows = result.efforts()
    shown = [row for row in rows if result.table["commitment"][row] not in result.silent]
    if not rows:
        return
    yield Heading(f"{say('report.efforts', lang)} {len(rows)}")
    with_root = result.several_roots
    cells = []
    for row in shown[:most]:
        finding = result.explain(row)
        evidence = words.evidence_text(finding, result.plan, lang)
        cells.append(
            (
                words.title_text(finding.commitment, lang, "\n"), words.subject_text(finding, lang, with_root=with_root),
                evidence, finding.commitment.cite.section, _owner_cell(finding, lang),
            )
        )  # fmt: skip
    if shown:
        columns = ["commitment", "subject", "evidence", "clause", "owner"]
        yield drop_empty(name_columns("report", lang, *columns), cells, len(shown) - len(cells))
    if len(rows) > len(shown):
        yield Paragraph(say("report.no-evidence", lang, count=len(rows) - len(shown)))


def _others(result: Result, lang: str, most: int | None) -> Iterator[Block]:
    """List the readings that were not chosen and would give other verdicts, beside what counts: a line a commitment."""
    names = list(dict.fromkeys(result.others.table["commitment"]))
    if not names:
        return
    rows = []
    for name in names:
        commitment = result.plan.commitments[name]
        found, chosen = result.others.verdicts_of(name), result.verdicts_of(name)
        if chosen == found:
            continue
        says = commitment.reading.other.says if commitment.reading else ""
        rows.append(
            (
                words.title_text(commitment, lang, "\n"),
                verdict_counts(chosen, lang),
                says,
                verdict_counts(found, lang),
            )
        )
    yield Heading(f"{say('report.others', lang)} {len(names)}")
    if rows:
        yield table(name_columns("report", lang, "commitment", "verdict", "other-reading", "verdict"), rows, most)
    if same := len(names) - len(rows):
        yield Paragraph(say("report.same-by-other", lang, count=same))


def verdict_counts(counts: Mapping[Verdict, int], lang: str) -> str:
    """Say one verdict as such, and several with their counts; those that do not occur may be left out, or be zero."""
    if sum(counts.values()) == 1:
        return say(f"verdict.{next(verdict for verdict, count in counts.items() if count)}", lang)
    return words.counts_text(counts, lang) or say("report.unknown", lang)


def _finding_cells(
    finding: Finding, with_root: bool, result: Result, more: Sequence[str], lang: str
) -> list[str | Cell]:
    """Return the cells of one finding in the table of its verdict, in the order of its columns."""
    commitment, plan = finding.commitment, result.plan
    title = words.title_text(commitment, lang, "\n")
    if restated := result.restated_by(commitment.id):
        title += say("report.restated", lang, names=join_list(restated, lang))
    gap = words.gap_text(finding, lang, plan)
    if finding.verdict == "undetermined":
        gap = words.missing_text(finding, plan, lang)
    else:
        reason = words.reason_text(finding, lang) if not gap or finding.gap is None else ""
        parts = (gap, words.open_text(finding, plan, lang) or reason)
        gap = join_list((part for part in parts if part), lang, "clauses")
    return [
        title,
        words.subject_text(finding, lang, with_root=with_root),
        Cell(words.actual_text(finding, lang), chart=words.trend_text(finding.outlook) if finding.outlook else ""),
        words.target_text(finding, lang),
        *(_MORE_TEXTS[column](finding, lang) for column in more),
        gap,
        "" if commitment.nature == "unstated" else say(f"nature.{commitment.nature}", lang),
        commitment.cite.section,
        _whose_cell(finding, result, lang),
    ]


def _whose_cell(finding: Finding, result: Result, lang: str) -> str:
    """Say who answers and by when, and on a second line where the figure stands."""
    due = due_text(finding, result.as_of, lang)
    return stack_whose(_owner_cell(finding, lang), due, place_text(finding), lang)


def _owner_cell(finding: Finding, lang: str) -> str:
    """Return the cell that says who answers."""
    return words.owner_text(finding.owner, lang) if finding.owner else ""


def _differing(result: Result, lang: str, most: int | None) -> Iterator[Block]:
    pairs = result.differing()
    if not pairs:
        return
    rows = []
    for pair in pairs:
        one, other = (words.title_text(result.plan.commitments[name], lang, "\n") for name in (pair.one, pair.other))
        first, second = (say(f"verdict.{verdict}", lang) for verdict in pair.verdicts)
        subject = words.named_in(pair.subject, pair.root if result.several_roots else "")
        rows.append((subject, one, first, other, second))
    yield Heading(f"{say('report.differing', lang)} {len(pairs)}")
    yield table(name_columns("report", lang, "subject", "commitment", "verdict", "same-as", "verdict"), rows, most)


def _consequences(result: Result, lang: str, most: int | None) -> Iterator[Block]:
    yield Heading(f"{say('report.consequences', lang)} {len(result.followed)}", anchor="consequences")
    if not result.followed:
        return
    rules, ranks = result.plan.consequences, rank_causes(result)
    several = result.several_roots
    rows = []
    for followed in result.followed[:most]:
        rule = rules[followed.rule]
        name = f"{words.consequence_text(followed, result.plan, lang)} [{rule.id}]"
        subject = words.named_in(followed.subject, followed.root if several else "")
        rows.append(
            (name, subject, because(followed, result.plan, lang, ranks), rule.cite.section if rule.cite else "—")
        )
    columns = name_columns("report", lang, "consequence", "subject", "because", "clause")
    yield Table(columns, tuple(rows), left=len(result.followed) - len(rows))


def because(
    followed: Followed, plan: Plan, lang: str, ranks: Mapping[tuple[str, str, str], int], most: int = _NAMED
) -> str:
    """Name what a consequence follows from, the gravest first: commitments and consequences by title, conditions as such,
    with the subjects.

    At most `most` of them are named, and as many subjects of each.
    """
    titles = words.name_causes(plan, lang)
    subjects: dict[str, list[str]] = {}
    last = len(ranks)
    for name, subject in sorted(followed.because, key=lambda one: ranks.get((one[0], followed.root, one[1]), last)):
        subjects.setdefault(name, []).append(subject or say("report.unlisted", lang))
    parts = []
    for name, found in subjects.items():
        if found == [followed.subject]:
            parts.append(titles[name])
            continue
        names = join_list(found[:most], lang)
        if len(found) > most:
            names = say("report.because-many", lang, names=names, count=len(found))
        parts.append(say("report.because-of", lang, title=titles[name], subjects=names))
    return join_list(words.first_few(parts, most, lang), lang, "clauses")


def _manual(result: Result, lang: str, most: int | None) -> Iterator[Block]:
    if not result.manual:
        return
    yield Heading(f"{say('report.manual', lang)} {len(result.manual)}")
    yield items(
        [f"{words.title_text(c, lang)} · {c.cite.section}「{c.cite.phrase}」" for c in result.manual], most
    )  # fmt: skip


def _waivers(result: Result, lang: str, most: int | None) -> Iterator[Block]:
    if not result.waivers:
        return
    yield Heading(f"{say('report.waivers', lang)} {len(result.waivers)}")
    yield from waiver_lines(result.waivers, result.plan, lang, most)


def waiver_lines(notes: Sequence[WaiverNote], plan: Plan, lang: str, most: int | None = None) -> Iterator[Block]:
    """List waivers, what became of each, who granted it, why and until when."""
    texts = [
        say(
            "report.waiver", lang, commitment=words.title_text(plan.commitments[note.commitment], lang),
            subject=note.subject, authority=note.authority, reason=note.reason, expires=note.expires,
            state=say(f"waiver.{note.state}", lang),
        )
        for note in notes
    ]  # fmt: skip
    if texts:
        yield items(texts, most)
