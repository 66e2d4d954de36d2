"""The result as JSON, for programs: a versioned format with exact numbers as text."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any, TextIO

from dabiao.facts.quantities import in_unit
from dabiao.problems import Problem
from dabiao.reports import words
from dabiao.results import Finding, Outcome, Result, Used
from dabiao.rules.model import Plan

FORMAT = "dabiao/findings/1"


def write(outcome: Outcome, lang: str, stream: TextIO) -> None:
    """Write the whole outcome as one JSON object."""
    json.dump(as_json(outcome, lang), stream, ensure_ascii=False, indent=1)
    stream.write("\n")


def as_json(outcome: Outcome, lang: str) -> dict[str, Any]:
    """Return the outcome as plain values. Numbers are exact: decimals as text, other ratios as `a/b`."""
    head = {
        "format": FORMAT,
        "exit_code": outcome.exit_code,
        "refused": outcome.result is None,
        "problems": [problem_json(problem, lang) for problem in outcome.problems],
    }
    return head if outcome.result is None else {**head, **_result(outcome.result, lang)}


def problem_json(problem: Problem, lang: str) -> dict[str, Any]:
    """Return one problem of an input as plain values."""
    where = problem.where
    return {
        "code": problem.code, "severity": problem.severity, "place": str(where), "file": where.file,
        "line": where.line or None, "column": where.column or None, "sheet": where.sheet or None,
        "cell": where.cell or None, "message": problem.text(lang),
    }  # fmt: skip


def _result(result: Result, lang: str) -> dict[str, Any]:
    plan = result.plan
    return {
        "plan": {"id": plan.id, "version": plan.version, "amendments": list(plan.amended)},
        "year": result.year,
        "as_of": result.as_of.isoformat(),
        "synthetic": result.synthetic,
        "counts": {**result.counts(), "manual": len(result.manual)},
        "findings": [finding_json(finding, lang, plan) for finding in result.findings()],
        "consequences": [
            {
                "consequence": f.rule, "subject": f.subject, "kind": f.kind, "root": f.root, "year": f.year,
                "because": [{"id": name, "subject": subject} for name, subject in f.because],
            }
            for f in result.followed
        ],
        "differing": [
            {"commitment": d.one, "same_as": d.other, "subject": d.subject, "verdicts": list(d.verdicts)}
            for d in result.differing()
        ],
        "manual": [{"commitment": c.id, "section": c.cite.section, "phrase": c.cite.phrase} for c in result.manual],
        "waivers": [
            {
                "commitment": w.commitment, "subject": w.subject, "expires": w.expires.isoformat(), "state": w.state,
                "reason": w.reason, "authority": w.authority,
            }
            for w in result.waivers
        ],
    }  # fmt: skip


def finding_json(finding: Finding, lang: str, plan: Plan) -> dict[str, Any]:
    """Return one finding as plain values, in the unit it is shown in."""
    commitment, unit = finding.commitment, finding.unit

    def number(value: Fraction | None) -> str | None:
        return None if value is None else exact_text(in_unit(value, unit))

    return {
        "commitment": commitment.id,
        "title": commitment.title[lang],
        "subject": finding.subject,
        "kind": finding.kind,
        "year": finding.year,
        "verdict": finding.verdict,
        "severity": finding.severity,
        "nature": commitment.nature,
        "unit": unit.symbol,
        "actual": number(finding.actual),
        "low": number(finding.low),
        "high": number(finding.high),
        "targets": [
            {"operator": t.operator, "value": number(t.value), "expected": number(t.expected)} for t in finding.targets
        ],
        "gap": number(finding.gap),
        "whole_gap": finding.whole_gap,
        "whole_unit": finding.whole_unit,
        "baseline": number(finding.baseline),
        "pace": None if finding.pace is None else exact_text(finding.pace),
        "unmet": [f"{kind}.{measure}" for kind, measure in finding.unmet],
        "waived_from": finding.waived_from,
        "reason": finding.reason,
        "sentence": words.sentence(finding, lang, plan),
        "clause": {"section": commitment.cite.section, "phrase": commitment.cite.phrase},
        "facts": [_used(used) for used in finding.used],
    }


def exact_text(number: Fraction) -> str:
    """Write a number exactly: as a decimal if it ends, else as a fraction."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{number.numerator}/{number.denominator}"
    places = 0
    while (number * 10**places).denominator != 1:
        places += 1
    digits = str(abs(int(number * 10**places))).rjust(places + 1, "0")
    sign = "-" if number < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def _used(used: Used) -> dict[str, Any]:
    fact = used.fact
    return {
        "kind": used.kind,
        "subject": used.subject,
        "measure": used.measure,
        "year": used.year,
        "value": None if used.value is None else exact_text(used.value),
        "raw": fact.raw if fact else None,
        "absent": fact.absent if fact else None,
        "place": str(fact.where) if fact else None,
    }
