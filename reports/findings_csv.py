"""The findings as CSV for spreadsheets: one line each, with exact numbers.

Problems of inputs are lines of their own, before the findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from dabiao.base.messages import say
from dabiao.base.problems import Problem
from dabiao.base.quantities import exact_text, in_unit
from dabiao.base.spreadsheet import csv_cell, csv_cells
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Finding, Outlook
from dabiao.reports import finding_texts, words
from dabiao.reports.alike import Form, write_findings
from dabiao.reports.locations import place_of, spot
from dabiao.rules.model import Plan

COLUMNS = (
    "record", "verdict", "verdict_text", "severity", "commitment", "title", "chapter", "tier", "nature", "owner", "duty",
    "root",
    "subject", "kind", "year", "due", "unit", "actual", "actual_text", "target_text", "expected_text", "gap", "whole_gap",
    "whole_unit", "gap_text", "completion", "time_elapsed", "trend", "rating", "projected", "reaches",
    "missing", "reason", "waived_from", "restates", "counts", "section",
    "phrase", "file", "line", "column", "sheet", "cell", "sentence",
)  # fmt: skip


def csv_rows(outcome: CheckOutcome, lang: str) -> Iterator[list[object] | str]:
    """Iterate over a line of headings, the problems of inputs, and the findings."""
    yield [say(f"csv.{column}", lang) for column in COLUMNS]
    for problem in outcome.problems:
        yield _cells(problem_record(problem, lang), lang)
    if finding_texts.nothing_judged(outcome):
        yield _cells({"record": "error", "sentence": finding_texts.nothing_text(outcome, lang)}, lang)
    if (result := outcome.result) is not None:

        def cells(finding: Finding) -> list[str]:
            record = finding_record(finding, result.plan, lang, _share)
            return ["" if cell is None else str(cell) for cell in _cells(record, lang)]

        yield from write_findings(result, Form(cells, "\r\n", ",", csv_cell, csv_cells))


def _cells(record: Mapping[str, object], lang: str) -> list[object]:
    return [
        say("page.yes" if cell else "page.no", lang) if isinstance(cell, bool) else cell
        for cell in map(record.get, COLUMNS)
    ]


def _share(number: Fraction | None) -> str | None:
    """Write a number; a ratio as a÷b, because a spreadsheet makes a day of a/b."""
    return None if number is None else exact_text(number, "÷")


def problem_record(problem: Problem, lang: str) -> dict[str, object]:
    """Return a problem of an input as the columns that it has."""
    return {
        "record": problem.severity, "reason": problem.code, **(spot(problem.location) or {}),
        "sentence": problem.text(lang),
    }  # fmt: skip


def finding_record(
    finding: Finding, plan: Plan, lang: str, share: Callable[[Fraction | None], str | None]
) -> dict[str, object]:
    """Return a finding as columns; `share` writes exact numbers."""
    commitment = finding.commitment

    lacks = finding.verdict == "undetermined" or bool(words.open_text(finding, plan, lang))

    def exact(value: Fraction | None) -> str | None:
        return None if value is None else share(in_unit(value, finding.unit))

    return {
        "record": "finding",
        "verdict": finding.verdict,
        "verdict_text": say(f"verdict.{finding.verdict}", lang),
        "severity": finding.severity,
        "commitment": commitment.id,
        "title": commitment.title[lang],
        "chapter": commitment.chapter,
        "tier": commitment.tier,
        "nature": commitment.nature,
        "owner": words.owner_text(finding.owner, lang) if finding.owner else None,
        "duty": commitment.duty,
        "root": finding.root,
        "subject": words.subject_text(finding, lang),
        "kind": finding.kind,
        "year": finding.year,
        "due": finding.due_year,
        "unit": finding.unit.symbol,
        "actual": exact(finding.actual),
        "actual_text": words.actual_text(finding, lang),
        "target_text": words.target_text(finding, lang),
        "expected_text": words.expected_text(finding, lang),
        "gap": exact(finding.gap),
        "whole_gap": finding.whole_gap,
        "whole_unit": finding.whole_unit,
        "gap_text": words.gap_text(finding, lang, plan),
        "completion": share(finding.completion),
        "time_elapsed": share(finding.time_elapsed),
        **(_outlook(finding, finding.outlook, lang, share) if finding.outlook else {}),
        "missing": words.missing_text(finding, plan, lang, 1000) if lacks else None,
        "reason": words.reason_text(finding, lang) or None,
        "waived_from": finding.waived_from,
        "restates": finding.restates,
        "counts": finding.counts,
        "section": commitment.cite.section,
        "phrase": commitment.cite.phrase,
        **(spot(place_of(finding)) or {}),
        "sentence": finding_texts.sentence(finding, lang, plan),
    }


def _outlook(
    finding: Finding, outlook: Outlook, lang: str, share: Callable[[Fraction | None], str | None]
) -> dict[str, object]:
    """Return the values by year, the class of the pace, and where the trend leads, in the unit of the finding."""
    points = [f"{year}: {share(in_unit(value, finding.unit))}" for year, value in outlook.points]
    ahead = outlook.projected
    return {
        "trend": "; ".join(points),
        "rating": say(f"rating.{outlook.by(finding.commitment.path.name).rating}", lang),
        "projected": None if ahead is None else share(in_unit(ahead, finding.unit)),
        "reaches": outlook.reaches,
    }
