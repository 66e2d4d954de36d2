"""The findings as CSV for spreadsheets: one line each, exact numbers, and nothing that a spreadsheet would calculate.

UTF-8 with a mark at the start, so that Excel reads Chinese. Problems of inputs are lines of their own, before the findings.
"""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from typing import TextIO

from dabiao.base.messages import say, visible
from dabiao.base.problems import Problem
from dabiao.base.quantities import in_unit
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Finding
from dabiao.reports import gate, words
from dabiao.reports.json import exact_text
from dabiao.reports.places import place_of, spot
from dabiao.rules.model import Plan

COLUMNS = (
    "record", "verdict", "verdict_text", "severity", "commitment", "title", "chapter", "nature", "root", "subject",
    "kind", "year", "unit", "actual", "actual_text", "target_text", "expected_text", "gap", "whole_gap", "whole_unit",
    "gap_text", "missing", "reason", "waived_from", "section", "phrase", "file", "line", "column", "sheet", "cell",
    "sentence",
)  # fmt: skip
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")  # a spreadsheet takes what begins so for a formula


def write(outcome: CheckOutcome, lang: str, stream: TextIO) -> None:
    """Write a line of headings, then the problems of inputs, then the findings."""
    stream.write("\ufeff")
    lines = csv.writer(stream, lineterminator="\r\n")
    lines.writerow(say(f"csv.{column}", lang) for column in COLUMNS)
    records = [_problem(problem, lang) for problem in outcome.problems]
    if gate.nothing_judged(outcome):
        records.append({"record": "error", "sentence": say("gate.nothing-judged", lang)})
    for record in records:
        lines.writerow(safe(record.get(column)) for column in COLUMNS)
    if (result := outcome.result) is not None:
        for root, finding in gate.rows(result):
            record = _finding(finding, root, result.plan, lang)
            lines.writerow(safe(record.get(column)) for column in COLUMNS)


def safe(value: object) -> str:
    """Return a cell that a spreadsheet shows as it is: numbers stay, and a text that would be a formula gets a `'`."""
    text = "" if value is None else visible(str(value))
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _problem(problem: Problem, lang: str) -> dict[str, object]:
    return {
        "record": problem.severity, "reason": problem.code, **(spot(problem.location) or {}),
        "sentence": problem.text(lang),
    }  # fmt: skip


def _finding(finding: Finding, root: str, plan: Plan, lang: str) -> dict[str, object]:
    commitment = finding.commitment

    def exact(value: Fraction | None) -> str | None:
        """Write a number; a ratio as a÷b, because a spreadsheet makes a day of a/b."""
        return None if value is None else exact_text(in_unit(value, finding.unit)).replace("/", "÷")

    return {
        "record": "finding",
        "verdict": finding.verdict,
        "verdict_text": say(f"verdict.{finding.verdict}", lang),
        "severity": finding.severity,
        "commitment": commitment.id,
        "title": commitment.title[lang],
        "chapter": commitment.chapter,
        "nature": commitment.nature,
        "root": root,
        "subject": words.subject_text(finding, lang),
        "kind": finding.kind,
        "year": finding.year,
        "unit": finding.unit.symbol,
        "actual": exact(finding.actual),
        "actual_text": words.actual_text(finding, lang),
        "target_text": words.target_text(finding, lang),
        "expected_text": words.expected_text(finding, lang),
        "gap": exact(finding.gap),
        "whole_gap": finding.whole_gap,
        "whole_unit": finding.whole_unit,
        "gap_text": words.gap_text(finding, lang, plan),
        "missing": words.missing_text(finding, plan, lang, 1000) if finding.verdict == "undetermined" else None,
        "reason": say(f"reason.{finding.reason}", lang) if finding.reason else None,
        "waived_from": finding.waived_from,
        "section": commitment.cite.section,
        "phrase": commitment.cite.phrase,
        **(spot(place_of(finding)) or {}),
        "sentence": gate.sentence(finding, lang, plan),
    }
