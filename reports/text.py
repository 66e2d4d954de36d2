"""The report people read: tables by verdict, a summary with every count, and what follows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TextIO, cast

from dabiao.base.messages import say
from dabiao.base.quantities import decimal_text, quantity_text
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import VERDICTS, Finding, Followed, Result, Verdict
from dabiao.reports import words
from dabiao.rules.model import Commitment, Plan
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

COLOURS: dict[Verdict, str] = {
    "shortfall": "bold red", "behind": "yellow", "undetermined": "magenta", "on_track": "green", "met": "bold green",
    "waived": "cyan", "not_due": "dim", "not_applicable": "dim",
}  # fmt: skip
_PLAIN_WIDTH = 160
_NAMED = 4
_PADDING = re.compile(r" +$", re.MULTILINE)
_TOGETHER: tuple[Verdict, ...] = ("not_due", "not_applicable")  # nothing to act on: one line a commitment


class _Trimmed:
    """A stream that drops the blanks a table pads its lines with."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = getattr(stream, "encoding", None) or "utf-8"  # rules are drawn in ASCII where it has no others

    def write(self, text: str) -> int:
        """Write text without blanks at the ends of lines."""
        return self._stream.write(_PADDING.sub("", text))

    def flush(self) -> None:
        """Pass on what has been written."""
        self._stream.flush()


def console_for(stream: TextIO) -> Console:
    """Return a console that draws colour and fits the window on a terminal, and writes plain wide text elsewhere."""
    if stream.isatty():
        return Console(file=stream, highlight=False, emoji=False)
    plain = cast(TextIO, _Trimmed(stream))
    return Console(file=plain, width=_PLAIN_WIDTH, no_color=True, force_terminal=False, highlight=False, emoji=False)


def write(outcome: CheckOutcome, lang: str, stream: TextIO, most: int = 50) -> None:
    """Write the report, if there is a result. At most `most` findings a verdict are listed; all are counted."""
    if (result := outcome.result) is None:
        return
    console = console_for(stream)
    plan = result.plan
    title = say("report.title", lang, plan=plan.title[lang], version=plan.version, year=result.year, as_of=result.as_of)
    console.print(f"[bold]{escape(title)}[/bold]")
    if plan.amended:
        console.print(say("report.amended", lang, names=", ".join(plan.amended)))
    if result.synthetic:
        console.print(f"[yellow]{say('report.synthetic', lang)}[/yellow]")
    counts = result.counts()
    for verdict in VERDICTS:
        if counts[verdict]:
            _group(console, result, verdict, counts[verdict], lang, most)
    _differing(console, result, lang)
    _consequences(console, result, lang, most)
    _manual(console, result.manual, lang)
    _waivers(console, result, lang)
    console.print()
    if result.checked:
        console.print(checked_text(result, lang))
    console.print(summary(result, lang))


def summary(result: Result, lang: str) -> str:
    """Return one line with every count, zeros included."""
    counts = result.counts()
    parts = [f"{say(f'verdict.{verdict}', lang)} {count}" for verdict, count in counts.items()]
    parts.append(say("report.manual-count", lang, count=len(result.manual)))
    separator = "，" if lang == "zh" else ", "
    return say("report.summary", lang, total=sum(counts.values()), counts=separator.join(parts))


def checked_text(result: Result, lang: str) -> str:
    """Return one line about the data checks: how many were made, failed, were confirmed, or could not be made."""
    sums = {name: sum(getattr(c, name) for c in result.checked) for name in ("made", "failed", "confirmed", "unmade")}
    return say("data.summary", lang, **sums)


def _group(console: Console, result: Result, verdict: Verdict, count: int, lang: str, most: int) -> None:
    heading = f"\n[{COLOURS[verdict]}]{say(f'verdict.{verdict}', lang)} {count}[/]"
    console.print(heading)
    pace = verdict in ("on_track", "behind")
    columns = ["commitment", "subject", "actual", "target", *(["expected"] if pace else [])]
    columns += ["missing" if verdict == "undetermined" else "gap", "nature", "clause"]
    table = table_with([say(f"report.{column}", lang) for column in columns])
    rows = result.rows_of(verdict, together=verdict in _TOGETHER)
    for row, subjects in rows[:most]:
        finding = result.explain(row)
        cells = cells_of(finding, result.plan, pace, lang)
        if console.is_terminal and finding.outlook:
            cells[2] += " " + words.trend_text(finding.outlook)
        if subjects > 1:
            kind = result.plan.kinds[finding.kind].title[lang]
            cells[1:3] = [say("report.subjects", lang, count=subjects, kind=kind), say("report.unknown", lang)]
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)
    if len(rows) > most:
        console.print(say("report.more", lang, count=count - sum(subjects for _, subjects in rows[:most])))


def cells_of(finding: Finding, plan: Plan, pace: bool, lang: str) -> list[str]:
    """Return the cells of one finding in the table of its verdict, in the order of its columns."""
    commitment = finding.commitment
    gap = words.gap_text(finding, lang, plan)
    if finding.verdict == "undetermined":
        gap = words.missing_text(finding, plan, lang)
    elif not gap and finding.reason:
        gap = say(f"reason.{finding.reason}", lang)
    return [
        f"{commitment.title[lang]}\n[{commitment.id}]",
        words.subject_text(finding, lang),
        words.actual_text(finding, lang),
        words.target_text(finding, lang),
        *([words.expected_text(finding, lang)] if pace else []),
        gap,
        say(f"nature.{commitment.nature}", lang),
        commitment.cite.section,
    ]


def table_with(headings: list[str]) -> Table:
    """Return an empty table with light rules that folds long cells."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _differing(console: Console, result: Result, lang: str) -> None:
    differing = result.differing()
    if not differing:
        return
    console.print(f"\n[bold]{say('report.differing', lang)} {len(differing)}[/bold]")
    table = table_with(
        [say(f"report.{column}", lang) for column in ("subject", "commitment", "verdict", "same-as", "verdict")]
    )
    commitments = result.plan.commitments
    for pair in differing:
        one, other = (f"{commitments[name].title[lang]} [{name}]" for name in (pair.one, pair.other))
        first, second = (say(f"verdict.{verdict}", lang) for verdict in pair.verdicts)
        table.add_row(*(escape(cell) for cell in (pair.subject, one, first, other, second)))
    console.print(table)


def _consequences(console: Console, result: Result, lang: str, most: int) -> None:
    rules = result.plan.consequences
    console.print(f"\n[bold]{say('report.consequences', lang)} {len(result.followed)}[/bold]")
    if not result.followed:
        return
    table = table_with([say(f"report.{column}", lang) for column in ("consequence", "subject", "because", "clause")])
    for followed in result.followed[:most]:
        rule = rules[followed.rule]
        cells = (
            f"{words.consequence_text(followed, result.plan, lang)} [{rule.id}]",
            followed.subject,
            because(followed, result.plan, lang),
            rule.cite.section if rule.cite else "—",
        )
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)
    if len(result.followed) > most:
        console.print(say("report.more", lang, count=len(result.followed) - most))


def because(followed: Followed, plan: Plan, lang: str) -> str:
    """Name what a consequence follows from: each commitment or consequence by its title, with the subjects."""
    titles = {rule.id: rule.title[lang] for rule in plan.consequences.values()}
    titles |= {name: commitment.title[lang] for name, commitment in plan.commitments.items()}
    subjects: dict[str, list[str]] = {}
    for name, subject in followed.because:
        subjects.setdefault(name, []).append(subject or say("report.unlisted", lang))
    comma, semicolon = ("、", "；") if lang == "zh" else (", ", "; ")
    parts = []
    for name, found in subjects.items():
        if found == [followed.subject]:
            parts.append(titles[name])
            continue
        names = comma.join(found[:_NAMED])
        if len(found) > _NAMED:
            names = say("report.because-many", lang, names=names, count=len(found))
        parts.append(say("report.because-of", lang, title=titles[name], subjects=names))
    more = [say("report.more", lang, count=len(parts) - _NAMED)] if len(parts) > _NAMED else []
    return semicolon.join([*parts[:_NAMED], *more])


def _manual(console: Console, clauses: Sequence[Commitment], lang: str) -> None:
    if not clauses:
        return
    console.print(f"\n[bold]{say('report.manual', lang)} {len(clauses)}[/bold]")
    for clause in clauses:
        console.print(escape(f"  {clause.title[lang]} [{clause.id}] · {clause.cite.section}「{clause.cite.phrase}」"))


def _waivers(console: Console, result: Result, lang: str) -> None:
    if not result.waivers:
        return
    console.print(f"\n[bold]{say('report.waivers', lang)} {len(result.waivers)}[/bold]")
    for note in result.waivers:
        line = say(
            "report.waiver", lang, commitment=note.commitment, subject=note.subject, authority=note.authority,
            reason=note.reason, expires=note.expires, state=say(f"waiver.{note.state}", lang),
        )  # fmt: skip
        console.print(escape("  " + line))


def write_explanation(finding: Finding, plan: Plan, lang: str, stream: TextIO) -> None:
    """Write why a finding is what it is, down to each fact and where it stands."""
    console = console_for(stream)
    commitment = finding.commitment
    console.print(f"[{COLOURS[finding.verdict]}]●[/] {escape(words.sentence(finding, lang, plan))}")
    for line in _reasons(finding, lang):
        console.print(escape("  " + line))
    console.print(
        escape("  " + say("explain.clause", lang, section=commitment.cite.section, phrase=commitment.cite.phrase))
    )
    if commitment.cite.note:
        console.print(escape("  " + say("explain.note", lang, note=commitment.cite.note)))
    if reading := commitment.reading:
        details = {"chosen": reading.chosen, "other": reading.other, "why": reading.why}
        console.print(escape("  " + say("explain.reading", lang, **details)))
    for population in finding.populations:
        kind = plan.kinds[population.text].title[lang]
        names = "、".join(population.names[:12]) or "—"
        counts = {"counted": population.counted, "possible": population.possible}
        console.print(escape("  " + say("explain.population", lang, kind=kind, names=names, **counts)))
        if population.unsure:
            console.print(escape("    " + say("explain.unsure", lang, names="、".join(population.unsure[:12]))))
        if population.unlisted is None:
            console.print(escape("    " + say("explain.endless", lang)))
        elif population.unlisted:
            console.print(escape("    " + say("explain.unlisted", lang, count=population.unlisted)))
    if finding.used:
        _facts(console, finding, plan, lang)


def _reasons(finding: Finding, lang: str) -> list[str]:
    lines = []
    if finding.waived_from:
        lines.append(say("explain.waived", lang, verdict=say(f"verdict.{finding.waived_from}", lang)))
    if finding.reason:
        lines.append(say(f"reason.{finding.reason}", lang))
    if finding.baseline is not None:
        lines.append(say("explain.baseline", lang, value=words.value_text(finding, finding.baseline, lang)))
    if finding.pace is not None:
        pace = decimal_text(finding.pace * 100)
        lines.append(say("explain.pace-figure", lang, pace=f"{pace} %"))
    if finding.outlook:
        lines += words.outlook_texts(finding, finding.outlook, lang)
    return lines


def _facts(console: Console, finding: Finding, plan: Plan, lang: str) -> None:
    table = table_with([say(f"explain.{column}", lang) for column in ("measure", "value", "place")])
    for used in finding.used:
        measure = plan.measures[used.kind, used.measure]
        if used.fact is None or used.fact.value is None:
            state = used.fact.absent if used.fact and used.fact.absent else "missing"
            value = say(f"absent.{state}", lang)
        elif measure.steps:
            value = measure.steps[int(used.fact.value)].title[lang]
        else:
            value = quantity_text(used.fact.value, measure.unit)
            if used.fact.raw and "".join(used.fact.raw.split()) != "".join(value.split()):
                value += f"  ({used.fact.raw})"
        place = str(used.fact.location) if used.fact else "—"
        table.add_row(*(escape(cell) for cell in (words.used_text(used, plan, lang), value, place)))
    console.print(table)
