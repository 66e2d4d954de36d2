"""The difference that scenarios make: what moved, which verdicts changed and why, what follows now, what stays short."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, TextIO

from dabiao.base.messages import say
from dabiao.base.problems import Location
from dabiao.base.quantities import decimal_text, quantity_text
from dabiao.engine.results import VERDICTS, Finding, Followed, Result
from dabiao.facts.change import Change
from dabiao.reports import words
from dabiao.reports.json import exact_text, finding_json
from dabiao.reports.tables import Block, write_markdown, write_text
from dabiao.rules.model import Measure
from dabiao.scenarios.difference import Difference, Shift

FORMAT = "dabiao/difference/1"
_MOST = 50


def write(difference: Difference, lang: str, stream: TextIO, *, markdown: bool = False) -> None:
    """Write the difference as tables."""
    writer = write_markdown if markdown else write_text
    writer(list(_blocks(difference, lang)), stream)


def _blocks(difference: Difference, lang: str) -> Iterator[Block]:
    after, plan = difference.after, difference.after.plan
    names = " + ".join(difference.names) or say("whatif.command-line", lang)
    title = say("whatif.title", lang, plan=plan.title[lang], year=after.year, names=names)
    notes = [say("report.synthetic", lang)] if after.synthetic else []
    yield Block(title, (), (), notes=tuple(notes))
    yield _moved_figures(difference, lang)
    yield _shifts(difference, difference.changed, "changed", lang)
    yield _shifts(difference, difference.moved, "moved", lang)
    yield _followed(difference.appeared, after, "appeared", lang)
    yield _followed(difference.vanished, difference.before, "vanished", lang)
    short = [after.explain(row) for row, _ in after.rows_of("shortfall")]
    headings = ("commitment", "subject", "actual", "target", "gap", "nature")
    yield Block(
        say("whatif.still-short", lang, count=len(short)), tuple(say(f"report.{h}", lang) for h in headings),
        tuple(_short_row(finding, after, lang) for finding in short[:_MOST]), more=max(0, len(short) - _MOST),
    )  # fmt: skip
    yield _counts(difference, lang)


def _moved_figures(difference: Difference, lang: str) -> Block:
    """Tell every figure that was changed, every subject opened or closed, and what became of the plan's text."""
    variant, measures = difference.variant, difference.after.plan.measures
    rows = []
    for before, change in variant.moved:
        measure = measures[change.kind, change.measure]
        old, new = (step_text(measure, value, lang) for value in (before, change.value))
        rows.append((change.subject, measure.title[lang], old, new, place_text(change.location)))
    for one in variant.opened:
        rows.append(
            (
                one.subject,
                say("whatif.opened", lang),
                "—",
                _values(one.kind, one.values, measures, lang),
                place_text(one.location),
            )
        )
    rows += [(gone.subject, say("whatif.closed", lang), "", "—", "") for gone in variant.closed]
    rows += [("", say("whatif.text", lang), "", name, "") for name in variant.revised]
    headings = ("subject", "figure", "before", "after", "where")
    return Block(
        say("whatif.figures", lang, count=len(rows)), tuple(say(f"whatif.{h}", lang) for h in headings),
        tuple(rows[:_MOST]), more=max(0, len(rows) - _MOST),
    )  # fmt: skip


def _values(kind: str, values: Any, measures: Any, lang: str) -> str:
    texts = [
        f"{measures[kind, name].title[lang]} {step_text(measures[kind, name], value, lang)}"
        for name, value in values.items()
    ]
    return ("，" if lang == "zh" else ", ").join(texts) or "—"


def step_text(measure: Measure, value: Any, lang: str) -> str:
    """Write a value of a measure: with its unit, or as the step it stands for; a dash if it is unknown."""
    if value is None:
        return "—"
    return measure.steps[int(value)].title[lang] if measure.steps else quantity_text(value, measure.unit)


def place_text(location: Location) -> str:
    """Write where a change stands, empty for the command line."""
    return "" if location.file.startswith("--") else str(location)


def _shifts(difference: Difference, shifts: Sequence[Shift], what: str, lang: str) -> Block:
    headings = ("commitment", "subject", "was", "is", "target", "why")
    rows = tuple(_shift_row(shift, difference, lang) for shift in shifts[:_MOST])
    return Block(
        say(f"whatif.{what}", lang, count=len(shifts)), tuple(say(f"whatif.{h}", lang) for h in headings), rows,
        more=max(0, len(shifts) - _MOST),
    )  # fmt: skip


def _shift_row(shift: Shift, difference: Difference, lang: str) -> tuple[str, ...]:
    finding = shift.after or shift.before
    assert finding is not None
    sides = [_side(side, lang) for side in (shift.before, shift.after)]
    target = words.target_text(shift.after, lang) if shift.after else "—"
    old = words.target_text(shift.before, lang) if shift.before else target
    return (
        f"{finding.commitment.title[lang]} [{finding.commitment.id}]",
        words.subject_text(finding, lang),
        *sides,
        target if old == target else f"{old} → {target}",
        _why(shift, difference, lang),
    )


def _side(finding: Finding | None, lang: str) -> str:
    if finding is None:
        return "—"
    return f"{say(f'verdict.{finding.verdict}', lang)} {words.actual_text(finding, lang)}"


def _why(shift: Shift, difference: Difference, lang: str) -> str:
    """Say which of the changes a finding rests on, and what is missing or to spare now."""
    if shift.after is None:
        return say("whatif.gone", lang)
    plan = difference.after.plan
    here = {change.location for _, change in difference.variant.moved} | {
        one.location for one in difference.variant.opened
    }
    used = [u for u in shift.after.used if u.fact and u.fact.location in here]
    named = list(dict.fromkeys(words.used_text(u, plan, lang) for u in used))
    parts = named[:3] + ([say("report.more", lang, count=len(named) - 3)] if len(named) > 3 else [])
    if shift.before is None:
        parts.insert(0, say("whatif.new", lang))
    gap = words.gap_text(shift.after, lang, plan)
    return ("；" if lang == "zh" else "; ").join([*parts, *([gap] if gap else [])])


def _followed(followed: Sequence[Followed], result: Result, what: str, lang: str) -> Block:
    """List consequences with the money they are about, and the money of all of them."""
    rows = tuple(
        (f"{words.consequence_text(f, result.plan, lang)} [{f.rule}]", f.subject) for f in followed[:_MOST]
    )  # fmt: skip
    money = sum((f.amount for f in followed if f.amount), start=Fraction(0))
    notes = (say(f"whatif.{what}-money", lang, amount=decimal_text(money)),) if money else ()
    headings = (say("report.consequence", lang), say("report.subject", lang))
    title = say(f"whatif.{what}", lang, count=len(followed))
    return Block(title, headings, rows, notes, max(0, len(followed) - _MOST), lang)


def _short_row(finding: Finding, result: Result, lang: str) -> tuple[str, ...]:
    return (
        f"{finding.commitment.title[lang]} [{finding.commitment.id}]",
        words.subject_text(finding, lang),
        words.actual_text(finding, lang),
        words.target_text(finding, lang),
        words.gap_text(finding, lang, result.plan),
        say(f"nature.{finding.commitment.nature}", lang),
    )


def _counts(difference: Difference, lang: str) -> Block:
    before, after = difference.before.counts(), difference.after.counts()
    rows = tuple(
        (say(f"verdict.{v}", lang), str(before[v]), str(after[v]), f"{after[v] - before[v]:+d}")
        for v in VERDICTS if before[v] or after[v]
    )  # fmt: skip
    headings = tuple(say(f"whatif.{h}", lang) for h in ("verdict", "before", "after", "change"))
    return Block(say("whatif.counts", lang), headings, rows)


def write_json(difference: Difference, lang: str, stream: TextIO) -> None:
    """Write the difference as one JSON object, with exact numbers."""
    json.dump(as_json(difference, lang), stream, ensure_ascii=False, indent=1)
    stream.write("\n")


def as_json(difference: Difference, lang: str) -> dict[str, Any]:
    """Return the difference as plain values."""
    after, plan = difference.after, difference.after.plan

    def side(finding: Finding | None, result: Result) -> dict[str, Any] | None:
        return None if finding is None else finding_json(finding, lang, result.plan)

    def followed(items: Sequence[Followed]) -> list[dict[str, str | None]]:
        return [
            {
                "consequence": f.rule, "subject": f.subject, "kind": f.kind, "root": f.root,
                "amount": None if f.amount is None else exact_text(f.amount),
            }
            for f in items
        ]  # fmt: skip

    variant = difference.variant
    return {
        "format": FORMAT,
        "plan": {"id": plan.id, "version": plan.version},
        "year": after.year,
        "scenarios": list(difference.names),
        "counts": {"before": difference.before.counts(), "after": after.counts()},
        "figures": [_change_json(old, change) for old, change in variant.moved],
        "opened": [
            {"kind": one.kind, "subject": one.subject, "values": {name: str(v) for name, v in one.values.items()}}
            for one in variant.opened
        ],
        "closed": [{"kind": gone.kind, "subject": gone.subject} for gone in variant.closed],
        "text": list(variant.revised),
        "changed": [
            {"before": side(s.before, difference.before), "after": side(s.after, after)} for s in difference.changed
        ],
        "moved": [
            {"before": side(s.before, difference.before), "after": side(s.after, after)} for s in difference.moved
        ],
        "appeared": followed(difference.appeared),
        "vanished": followed(difference.vanished),
        "short": [finding_json(after.explain(row), lang, plan) for row, _ in after.rows_of("shortfall")],
    }


def _change_json(before: Fraction | None, change: Change) -> dict[str, Any]:
    old, new = (None if value is None else str(value) for value in (before, change.value))
    return {
        "root": change.root, "kind": change.kind, "subject": change.subject, "year": change.year,
        "measure": change.measure, "before": old, "after": new, "place": str(change.location),
    }  # fmt: skip
