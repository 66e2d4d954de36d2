"""What changed between two submissions as rows for CSV: one a finding, figure, subject, register and doubt."""

from __future__ import annotations

from collections.abc import Iterator

from dabiao.base.messages import say
from dabiao.base.quantities import exact_text, in_unit
from dabiao.engine.compare import FATES, Comparison, Doubt, Fate, Shift
from dabiao.engine.compare_figures import Register
from dabiao.engine.results import Finding, SubjectPath, Used
from dabiao.reports.json import figure_value
from dabiao.rules.model import Plan

_COLUMNS = (
    "about", "state", "commitment", "measure", "check", "kind", "path", "year_before", "year", "verdict_before", "verdict",
    "unit", "before", "after", "gap_before", "gap", "trend", "severity", "owner", "place_before", "place", "reason",
)  # fmt: skip


def csv_rows(comparison: Comparison, lang: str) -> Iterator[list[object]]:
    """Iterate over a line of headings, and one line for each thing that changed; all other words are for programs."""
    yield [say(f"compare.csv.{column}", lang) for column in _COLUMNS]
    for record in _records(comparison, lang):
        yield [record.get(column, "") for column in _COLUMNS]


def _records(comparison: Comparison, lang: str) -> Iterator[dict[str, object]]:
    plan = comparison.new.plan
    for fate in FATES:
        for shift in comparison.shifts(fate):
            yield _shift_record(shift, fate)
    for change in comparison.figures():
        after = change.after
        yield {
            "about": "figure", "state": change.state, "measure": after.measure, **_place_record(change.path),
            "year_before": change.before.year, "year": after.year,
            "unit": plan.measures[after.kind, after.measure].unit.symbol,
            "before": _written(change.before, plan), "after": _written(after, plan),
            "place_before": _fact_place(change.before), "place": _fact_place(after),
        }  # fmt: skip
    for subject in comparison.subjects:
        place = "place_before" if subject.state == "gone" else "place"
        yield {
            "about": "subject", "state": subject.state, **_place_record(subject.path), "year_before": subject.years[0],
            "year": subject.years[1], place: str(subject.place or ""),
        }  # fmt: skip
    for register in comparison.registers:
        yield {
            "about": "register", "state": "changed", "kind": register.kind, "path": register.root,
            "year_before": register.years[0], "year": register.years[1],
            "before": _register_text(register.before), "after": _register_text(register.after),
        }  # fmt: skip
    for doubt in comparison.doubts:
        yield {
            "about": "doubt", "state": doubt.state, "check": doubt.check, "kind": doubt.kind, "path": _doubt_path(doubt),
            "before": doubt.before.text(lang) if doubt.before else "", "after": doubt.after.text(lang) if doubt.after else "",
            "place_before": str(doubt.before.location) if doubt.before else "",
            "place": str(doubt.after.location) if doubt.after else "", "reason": doubt.reason,
        }  # fmt: skip


def _shift_record(shift: Shift, fate: Fate) -> dict[str, object]:
    finding = shift.after or shift.before
    assert finding is not None
    record: dict[str, object] = {
        "about": "finding", "state": fate, "commitment": finding.commitment.id, **_place_record(finding.path),
        "unit": finding.unit.symbol, "trend": shift.trend if fate == "still" else "", "severity": finding.severity,
        "owner": finding.owner.office if finding.owner else "", "reason": finding.reason,
    }  # fmt: skip
    sides = (
        ("year_before", "verdict_before", "before", "gap_before", shift.before),
        ("year", "verdict", "after", "gap", shift.after),
    )
    for year, verdict, value, gap, one in sides:
        if one is not None:
            record |= {year: one.year, verdict: one.verdict, value: _number(one, "actual"), gap: _number(one, "gap")}
    for place, one in (("place_before", shift.before), ("place", shift.after)):
        record[place] = str(one.place) if one and one.place else ""
    return record


def _number(finding: Finding, name: str) -> str:
    value = getattr(finding, name)
    return "" if value is None else exact_text(in_unit(value, finding.unit))


def _place_record(path: SubjectPath) -> dict[str, object]:
    return {"kind": path[-1][0], "path": "/".join(name for _, name in path)}


def _written(used: Used, plan: Plan) -> str:
    """Write a figure, or the reason for having none."""
    value = figure_value(used, plan)
    return value if value is not None else (used.fact and used.fact.absent) or ""


def _fact_place(used: Used) -> str:
    return str(used.fact.location) if used.fact else ""


def _register_text(register: Register) -> str:
    return f"{register.listed}/{'' if register.size is None else register.size}"


def _doubt_path(doubt: Doubt) -> str:
    return doubt.root if doubt.root == doubt.subject else f"{doubt.root}/{doubt.subject}"
