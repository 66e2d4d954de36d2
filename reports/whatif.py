"""The difference that scenarios make: what moved, which verdicts changed and why, what follows now, what stays short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from dabiao.base.messages import join_list, say
from dabiao.base.problems import Location
from dabiao.base.quantities import quantity_text
from dabiao.engine.compare import FATES, Shift, find_fate
from dabiao.engine.gravity import list_by_gravity
from dabiao.engine.results import Finding, Result, Verdict
from dabiao.facts.change import Change
from dabiao.reports import words
from dabiao.reports.bars import bar_of
from dabiao.reports.differences import count_blocks, followed_blocks, side_cells, targets_text
from dabiao.reports.document import Block, Cell, Document, Heading, Paragraph, drop_empty, name_columns, table
from dabiao.reports.json import finding_json, followed_json
from dabiao.rules.model import Measure
from dabiao.scenarios.difference import WhatIfResult

FORMAT = "dabiao/difference/1"


def document(difference: WhatIfResult, lang: str, most: int | None = None, *, with_ids: bool = True) -> Document:
    """Return the difference as tables of at most `most` rows each (None: all), with the ids of commitments if asked for."""
    return Document(lang, tuple(_blocks(difference, lang, most, with_ids)))


def _blocks(difference: WhatIfResult, lang: str, most: int | None, with_ids: bool) -> Iterator[Block]:
    after, plan = difference.after, difference.after.plan
    names = " + ".join(difference.names) or say("whatif.command-line", lang)
    if difference.does_nothing:
        names = say("whatif.nothing", lang)
    yield Heading(say("whatif.title", lang, plan=plan.title[lang], year=after.year, names=names), 1)
    if after.synthetic:
        yield Paragraph(say("report.synthetic", lang), warning=True)
    if difference.does_nothing:
        yield Paragraph(say("whatif.years", lang, before=difference.before.year, after=after.year))
    else:
        yield from _figures(difference, lang, most)
    yield from _shifts(difference, difference.changed, "changed", lang, most, with_ids)
    if texts := [_renamed_text(*pair, count, lang) for pair, count in difference.renamed.items()]:
        count = sum(difference.renamed.values())
        yield Paragraph(say("whatif.renamed", lang, count=count, verdicts=join_list(texts, lang, "phrases")))
    yield from _shifts(difference, difference.moved, "moved", lang, most, with_ids)
    plan, several = after.plan, after.several_roots
    yield from followed_blocks("appeared", difference.appeared, plan, lang, most, with_root=several)
    yield from followed_blocks("vanished", difference.vanished, plan, lang, most, with_root=several)
    yield from _still_short(difference, lang, most, with_ids)
    yield from count_blocks(difference.before, after, lang)


def _still_short(difference: WhatIfResult, lang: str, most: int | None, with_ids: bool) -> Iterator[Block]:
    """Count what is newly short, which stands among the changed verdicts, and list what was short before, the worst first."""
    after = difference.after
    new = {(s.after.commitment.id, s.after.path) for s in difference.newly_short if s.after}
    short = [after.explain(row) for row, _ in list_by_gravity(after, "shortfall")]
    still = [finding for finding in short if (finding.commitment.id, finding.path) not in new]
    rows = [_short_row(finding, after, lang, with_ids) for finding in still[:most]]
    natures = words.nature_texts([finding.commitment for finding in still], lang)
    rows = [(*row, nature) for row, nature in zip(rows, natures, strict=False)]
    columns = ("commitment", "subject", "actual", "target", "gap", "owner", "nature")
    yield Heading(say("whatif.still-short", lang, count=len(still)))
    if len(short) > len(still):
        yield Paragraph(say("whatif.newly-short", lang, count=len(short) - len(still)))
    yield drop_empty(name_columns("report", lang, *columns), rows, len(still) - len(rows))


def _renamed_text(before: Verdict, after: Verdict, count: int, lang: str) -> str:
    names = (say(f"verdict.{verdict}", lang) for verdict in (before, after))
    return f"{' → '.join(names)} {count}"


def _figures(difference: WhatIfResult, lang: str, most: int | None) -> Iterator[Block]:
    """List every figure that was changed, every subject opened or closed, and what became of the plan's text."""
    variant, measures = difference.variant, difference.after.plan.measures
    rows = []
    for before, change in variant.moved:
        measure = measures[change.kind, change.measure]
        old, new = (step_text(measure, value, lang) for value in (before, change.value))
        rows.append((change.subject, measure.title[lang], old, new, place_text(change.location)))
    for one in variant.opened:
        values = _values(one.kind, one.values, measures, lang)
        rows.append((one.subject, say("whatif.opened", lang), "—", values, place_text(one.location)))
    rows += [(gone.subject, say("whatif.closed", lang), "", "—", "") for gone in variant.closed]
    rows += [("", say("whatif.text", lang), "", name, "") for name in variant.revised]
    yield Heading(say("whatif.figures", lang, count=len(rows)))
    yield table(name_columns("whatif", lang, "subject", "figure", "before", "after", "where"), rows, most)


def _values(kind: str, values: Any, measures: Any, lang: str) -> str:
    texts = [
        f"{measures[kind, name].title[lang]} {step_text(measures[kind, name], value, lang)}"
        for name, value in values.items()
    ]
    return join_list(texts, lang, "phrases") or "—"


def step_text(measure: Measure, value: Any, lang: str) -> str:
    """Write a value of a measure: with its unit, or as the step it stands for; a dash if it is unknown."""
    if value is None:
        return "—"
    return measure.steps[int(value)].title[lang] if measure.steps else quantity_text(value, measure.unit)


def place_text(location: Location) -> str:
    """Write where a change stands, empty for the command line."""
    return "" if location.file.startswith("--") else str(location)


def _shifts(
    difference: WhatIfResult, shifts: Sequence[Shift], what: str, lang: str, most: int | None, with_ids: bool
) -> Iterator[Block]:
    rows = [_shift_row(shift, difference, lang, with_ids) for shift in shifts[:most]]
    headings = (
        *name_columns("whatif", lang, "commitment", "subject", "was", "is", "target", "why"),
        say("report.owner", lang),
    )
    yield Heading(say(f"whatif.{what}", lang, count=len(shifts)))
    if fates := _fates_text(shifts, lang):
        yield Paragraph(fates)
    yield drop_empty(headings, rows, len(shifts) - len(rows))


def _fates_text(shifts: Sequence[Shift], lang: str) -> str:
    """Count what became of findings whose verdict changed: what is short now first; those apart that count for nothing."""
    counts: Counter[str] = Counter()
    for shift in shifts:
        finding = shift.after or shift.before
        if shift.verdict_changed and finding is not None and not finding.counts:
            counts["aside"] += 1
        elif shift.verdict_changed:
            before, after = (side.verdict if side else None for side in (shift.before, shift.after))
            counts[find_fate(before, after) or ""] += 1
            counts["shortfall"] += after == "shortfall"
    texts = [
        say("compare.count", lang, fate=say(f"compare.fate.{fate}", lang), count=counts[fate])
        for fate in FATES
        if counts[fate]
    ]
    if counts["shortfall"]:
        texts.insert(0, say("whatif.newly", lang, count=counts["shortfall"]))
    if counts["aside"]:
        texts.append(say("whatif.aside", lang, count=counts["aside"]))
    return join_list(texts, lang, "phrases")


def _shift_row(shift: Shift, difference: WhatIfResult, lang: str, with_id: bool) -> tuple[str | Cell, ...]:
    finding = shift.after or shift.before
    assert finding is not None
    return (
        words.title_text(finding.commitment, lang, with_id=with_id),
        words.subject_text(finding, lang, with_root=difference.after.several_roots),
        *side_cells(shift.before, shift.after, lang),
        targets_text(shift.before, shift.after, lang),
        _why(shift, difference, lang),
        finding.owner.office if finding.owner else "",
    )


def _why(shift: Shift, difference: WhatIfResult, lang: str) -> str:
    """Say which of the changes a finding rests on, which figures it lacks if it is open, and what is short or to spare."""
    if shift.after is None:
        return say("whatif.gone", lang)
    plan = difference.after.plan
    here = {change.location for _, change in difference.variant.moved} | {
        one.location for one in difference.variant.opened
    }
    used = [u for u in shift.after.used if u.fact and u.fact.location in here]
    named = list(dict.fromkeys(words.used_text(u, plan, lang) for u in used))
    parts = [say("whatif.by", lang, figures=join_list(words.first_few(named, 3, lang), lang))] if named else []
    if shift.after.verdict == "undetermined" and (lacks := words.missing_text(shift.after, plan, lang)):
        parts.append(say("report.lacks", lang, figures=lacks))
    if shift.before is None:
        parts.insert(0, say("whatif.new", lang))
    if gap := words.gap_text(shift.after, lang, plan):
        parts.append(gap)
    return join_list(parts, lang, "clauses")


def _short_row(finding: Finding, result: Result, lang: str, with_id: bool) -> tuple[str | Cell, ...]:
    return (
        words.title_text(finding.commitment, lang, with_id=with_id),
        words.subject_text(finding, lang, with_root=result.several_roots),
        Cell(words.actual_text(finding, lang), bar=bar_of(finding)),
        words.target_text(finding, lang),
        words.gap_text(finding, lang, result.plan),
        finding.owner.office if finding.owner else "",
    )


def as_json(difference: WhatIfResult, lang: str) -> dict[str, Any]:
    """Return the difference as plain values."""
    after, plan = difference.after, difference.after.plan

    def side(finding: Finding | None, result: Result) -> dict[str, Any] | None:
        return None if finding is None else finding_json(finding, lang, result.plan)

    variant = difference.variant
    return {
        "format": FORMAT,
        "plan": {"id": plan.id, "version": plan.version},
        "year": after.year,
        "year_before": difference.before.year,
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
        "renamed": [{"before": old, "after": new, "count": count} for (old, new), count in difference.renamed.items()],
        "moved": [
            {"before": side(s.before, difference.before), "after": side(s.after, after)} for s in difference.moved
        ],
        "appeared": followed_json(difference.appeared),
        "vanished": followed_json(difference.vanished),
        "short": [finding_json(after.explain(row), lang, plan) for row, _ in list_by_gravity(after, "shortfall")],
        "newly_short": len(difference.newly_short),
    }


def _change_json(before: Fraction | None, change: Change) -> dict[str, Any]:
    old, new = (None if value is None else str(value) for value in (before, change.value))
    return {
        "root": change.root, "kind": change.kind, "subject": change.subject, "year": change.year,
        "measure": change.measure, "before": old, "after": new, "place": str(change.location),
    }  # fmt: skip
