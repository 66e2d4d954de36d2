"""The report as Markdown, to paste into an issue or a memo: the words of the text report, in tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO

from dabiao.base.messages import say
from dabiao.base.problems import Problem
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import VERDICTS, Finding, Result, Verdict
from dabiao.reports import gate, words
from dabiao.reports.rule_texts import escaped
from dabiao.reports.text import because, cells_of, summary

_TOGETHER: tuple[Verdict, ...] = ("not_due", "not_applicable")  # nothing to act on: one line a commitment


def write(outcome: CheckOutcome, lang: str, stream: TextIO) -> None:
    """Write the whole report; nothing is left out."""
    stream.write(text(outcome, lang))


def text(outcome: CheckOutcome, lang: str, most: int | None = None) -> str:
    """Return the report. At most `most` lines a table are listed (None: all), and the rest counted."""
    parts: list[str] = []
    result = outcome.result
    if result is None:
        errors = sum(problem.severity == "error" for problem in outcome.problems)
        parts.append(f"# {say('gate.refused', lang, count=errors)}")
    else:
        parts += _head(outcome, result, lang)
    parts += _problems(outcome.problems, lang, most)
    if result is not None:
        counts = result.counts()
        for verdict in (v for v in VERDICTS if counts[v]):
            parts += _group(result, verdict, counts[verdict], lang, most)
        parts += _differing(result, lang, most)
        parts += _consequences(result, lang, most)
        parts += _manual(result, lang, most)
        parts += _waivers(result, lang, most)
    return "\n\n".join(parts) + "\n"


def _head(outcome: CheckOutcome, result: Result, lang: str) -> list[str]:
    plan = result.plan
    details = {"version": plan.version, "year": result.year, "as_of": result.as_of}
    lines = [f"# {escaped(say('report.title', lang, plan=plan.title[lang], **details))}"]
    lines.append(f"**{escaped(summary(result, lang))}**")
    if gate.nothing_judged(outcome):
        lines.append(f"> {say('gate.nothing-judged', lang)}")
    if plan.amended:
        lines.append(escaped(say("report.amended", lang, names=", ".join(plan.amended))))
    if result.synthetic:
        lines.append(f"> {say('report.synthetic', lang)}")
    return lines


def _problems(problems: Sequence[Problem], lang: str, most: int | None) -> list[str]:
    if not problems:
        return []
    warnings = all(problem.severity == "warning" for problem in problems)
    parts = [f"## {say('gate.warnings', lang, count=len(problems))}"] if warnings else []
    rows = [[str(p.location), p.text(lang).removeprefix(f"{p.location}: ")] for p in problems]
    return [*parts, *_table([say("gate.place", lang), say("gate.message", lang)], rows, lang, most)]


def _group(result: Result, verdict: Verdict, count: int, lang: str, most: int | None) -> list[str]:
    pace = verdict in ("on_track", "behind")
    columns = ["commitment", "subject", "actual", "target", *(["expected"] if pace else [])]
    columns += ["missing" if verdict == "undetermined" else "gap", "nature", "clause"]
    rows = result.rows_of(verdict, together=verdict in _TOGETHER)
    cells = [_cells(result, result.explain(row), subjects, pace, lang) for row, subjects in rows[:most]]
    left = count - sum(subjects for _, subjects in rows[:most])
    heading = f"## {say(f'verdict.{verdict}', lang)} {count}"
    return [heading, *_table([say(f"report.{column}", lang) for column in columns], cells, lang, None, left)]


def _cells(result: Result, finding: Finding, subjects: int, pace: bool, lang: str) -> list[str]:
    cells = cells_of(finding, result.plan, pace, lang)
    if subjects > 1:
        kind = result.plan.kinds[finding.kind].title[lang]
        cells[1:3] = [say("report.subjects", lang, count=subjects, kind=kind), say("report.unknown", lang)]
    return cells


def _differing(result: Result, lang: str, most: int | None) -> list[str]:
    pairs = result.differing()
    if not pairs:
        return []
    commitments = result.plan.commitments
    rows = []
    for pair in pairs:
        one, other = (f"{commitments[name].title[lang]}\n[{name}]" for name in (pair.one, pair.other))
        first, second = (say(f"verdict.{verdict}", lang) for verdict in pair.verdicts)
        rows.append([pair.subject, one, first, other, second])
    columns = [say(f"report.{c}", lang) for c in ("subject", "commitment", "verdict", "same-as", "verdict")]
    return [f"## {say('report.differing', lang)} {len(pairs)}", *_table(columns, rows, lang, most)]


def _consequences(result: Result, lang: str, most: int | None) -> list[str]:
    heading = f"## {say('report.consequences', lang)} {len(result.followed)}"
    if not result.followed:
        return [heading]
    rules = result.plan.consequences
    rows = []
    for followed in result.followed[:most]:
        rule = rules[followed.rule]
        clause = rule.cite.section if rule.cite else "—"
        name = f"{words.consequence_text(followed, result.plan, lang)}\n[{rule.id}]"
        rows.append([name, followed.subject, because(followed, result.plan, lang), clause])
    columns = [say(f"report.{c}", lang) for c in ("consequence", "subject", "because", "clause")]
    return [heading, *_table(columns, rows, lang, None, len(result.followed) - len(rows))]


def _manual(result: Result, lang: str, most: int | None) -> list[str]:
    if not result.manual:
        return []
    rows = [[f"{c.title[lang]}\n[{c.id}]", f"{c.cite.section}「{c.cite.phrase}」"] for c in result.manual]
    columns = [say("report.commitment", lang), say("report.clause", lang)]
    return [f"## {say('report.manual', lang)} {len(rows)}", *_table(columns, rows, lang, most)]


def _waivers(result: Result, lang: str, most: int | None) -> list[str]:
    if not result.waivers:
        return []
    rows = []
    for note in result.waivers:
        words = say("gate.waiver", lang, authority=note.authority, reason=note.reason, expires=note.expires)
        rows.append([note.commitment, note.subject, say(f"waiver.{note.state}", lang), words])
    columns = [say("report.commitment", lang), say("report.subject", lang), say("gate.waiver-state", lang)]
    columns.append(say("report.waivers", lang))
    return [f"## {say('report.waivers', lang)} {len(rows)}", *_table(columns, rows, lang, most)]


def _table(columns: list[str], rows: list[list[str]], lang: str, most: int | None, left: int = 0) -> list[str]:
    """Return a table of the first rows, and a line that counts those left out."""
    shown = rows[:most]
    left += len(rows) - len(shown)
    lines = [_line(map(escaped, columns)), _line("---" for _ in columns)]
    lines += [_line("<br>".join(escaped(part) for part in cell.split("\n")) for cell in row) for row in shown]
    parts = ["\n".join(lines)] if shown else []
    return [*parts, say("report.more", lang, count=left)] if left else parts


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell or ' ' for cell in cells)} |"
