"""The result as JSON, for programs: a versioned format with exact numbers as text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, TextIO

from dabiao.base.problems import Problem
from dabiao.base.quantities import exact_text, in_unit
from dabiao.base.slots import WholeSlot
from dabiao.engine.compare import FATES, Comparison, Doubt, Fate, Shift
from dabiao.engine.compare_figures import FigureChange, Register, RegisterChange, SubjectChange
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import COUNTED, Finding, Followed, Outlook, Population, Result, SubjectPath, Used
from dabiao.reports import words
from dabiao.reports.alike import Form, write_findings
from dabiao.reports.finding_texts import nothing_judged
from dabiao.reports.locations import place_of, spot
from dabiao.rules.model import Plan
from dabiao.rules.written import Cite

FORMAT = "dabiao/findings/1"
COMPARISON = "dabiao/comparison/1"
_CODED = re.compile(r"[\ud800-\udfff]|(?<=#)#(?=\w*\[)")


def dump(value: object, stream: TextIO) -> None:
    """Write plain values as JSON.

    Half a character, as in a file name of undecodable bytes, is written out as its code, and so is what a runner of CI would
    take for a command.
    """
    if not isinstance(value, dict):
        stream.write(json_text(value, 0) + "\n")
        return
    before = "{"
    for name, one in value.items():
        stream.write(f"{before}\n {json_text(name)}: ")
        before = ","
        if not isinstance(one, Texts):
            stream.write(json_text(one, 1))
            continue
        start = "["
        for text in one.items:
            stream.write(f"{start}\n  {text}")
            start = ","
        stream.write("[]" if start == "[" else "\n ]")
    stream.write("{}\n" if before == "{" else "\n}\n")


def json_text(value: object, depth: int | None = None) -> str:
    """Return a value as JSON on one line, or as it stands at a depth within a document."""
    text = json.dumps(value, ensure_ascii=False, indent=None if depth is None else 1)
    coded = _CODED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
    return coded.replace("\n", "\n" + " " * depth) if depth else coded


@dataclass(frozen=True)
class Texts:
    """The items of a list of a document, as JSON: written one after the other, and never all there at once."""

    items: Iterator[str]


def stream_json(outcome: CheckOutcome, lang: str) -> dict[str, Any]:
    """Return the outcome as `as_json` does, with the findings as texts, for `dump`."""
    result = outcome.result
    if result is None:
        return as_json(outcome, lang)

    def cells(finding: Finding) -> list[str]:
        return [slotted_text({"root": finding.root, **finding_json(finding, lang, result.plan)}, 2)]

    return _as_json(outcome, lang, lambda: Texts(write_findings(result, Form(cells, ",\n  "))))


def slotted_text(finding: dict[str, Any], depth: int | None = None) -> str:
    """Return a finding as JSON that may have a slot for its whole gap."""
    whole = finding["whole_gap"]
    if not isinstance(whole, WholeSlot):
        return json_text(finding, depth)
    token = str(whole)
    return json_text({**finding, "whole_gap": token}, depth).replace(f'"{token}"', token)


def as_json(outcome: CheckOutcome, lang: str) -> dict[str, Any]:
    """Return the outcome as plain values. Numbers are exact: decimals as text, other ratios as `a/b`."""
    result = outcome.result

    def findings() -> list[dict[str, Any]]:
        assert result is not None
        return [{"root": finding.root, **finding_json(finding, lang, result.plan)} for finding in result.findings()]

    return _as_json(outcome, lang, findings)


def _as_json(outcome: CheckOutcome, lang: str, findings: Callable[[], object]) -> dict[str, Any]:
    head = {
        "format": FORMAT,
        "lang": lang,
        "asked": outcome.request.values(),
        "exit_code": outcome.exit_code,
        "refused": outcome.result is None,
        "problems": [problem_json(problem, lang) for problem in outcome.problems],
    }
    if outcome.result is None:
        return head
    judged = {**head, "nothing_judged": nothing_judged(outcome), **_result(outcome.result, lang, findings())}
    return {**judged, "since": comparison_json(outcome.since, lang)} if outcome.since else judged


def problem_json(problem: Problem, lang: str) -> dict[str, Any]:
    """Return one problem of an input as plain values."""
    return {
        "code": problem.code, "severity": problem.severity, "place": str(problem.location), **(spot(problem.location) or {}),
        "message": problem.text(lang), **({"check": check} if (check := problem.details.get("check")) else {}),
    }  # fmt: skip


def _result(result: Result, lang: str, findings: object) -> dict[str, Any]:
    plan = result.plan
    rules = plan.consequences
    return {
        "plan": {"id": plan.id, "version": plan.version, "title": plan.title[lang], "amendments": list(plan.amended)},
        "year": result.year,
        "as_of": result.as_of.isoformat(),
        "synthetic": result.synthetic,
        "counts": {**result.counts(), "manual": len(result.manual)},
        "tiers": {tier: result.counts(tier) for tier in COUNTED},
        "findings": findings,
        "consequences": [
            {
                "consequence": f.rule, "title": rules[f.rule].title[lang], "level": rules[f.rule].level,
                "clause": _clause(rules[f.rule].cite),
                "subject": f.subject, "kind": f.kind, "root": f.root, "year": f.year,
                "because": [{"id": name, "subject": subject} for name, subject in f.because],
                "amount": None if f.amount is None else exact_text(f.amount),
            }
            for f in result.followed
        ],
        "data_checks": [
            {"check": c.check, "made": c.made, "failed": c.failed, "confirmed": c.confirmed, "unmade": c.unmade}
            for c in result.checked
        ],
        "efforts": [result.table["commitment"][row] for row in result.efforts()],
        "other_readings": [
            {
                "commitment": f.commitment.id, "says": reading.other.says, "root": f.root, "subject": f.subject,
                "kind": f.kind, "verdict": f.verdict, "sentence": words.sentence(f, lang, plan),
            }
            for f in result.others.findings() if (reading := plan.commitments[f.commitment.id].reading)
        ],
        "differing": [
            {"commitment": d.one, "same_as": d.other, "root": d.root, "subject": d.subject, "verdicts": list(d.verdicts)}
            for d in result.differing()
        ],
        "manual": [
            {"commitment": c.id, "title": c.title[lang], "section": c.cite.section, "phrase": c.cite.phrase}
            for c in result.manual
        ],
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
        "path": [name for _, name in finding.path],
        "kind": finding.kind,
        "year": finding.year,
        "due": finding.due_year,
        "verdict": finding.verdict,
        "severity": finding.severity,
        "tier": commitment.tier,
        "nature": commitment.nature,
        "strength": commitment.strength,
        "owner": asdict(finding.owner) if finding.owner else None,
        "duty": commitment.duty,
        "unit": unit.symbol,
        "actual": number(finding.actual),
        "low": number(finding.low),
        "high": number(finding.high),
        "targets": [
            {
                "operator": t.operator,
                "value": number(t.value),
                "expected": number(t.expected),
                "least_expected": number(t.least_expected),
            }
            for t in finding.targets
        ],
        "gap": number(finding.gap),
        "least_gap": number(finding.least_gap),
        "whole_gap": finding.whole_gap,
        "whole_unit": finding.whole_unit,
        "baseline": number(finding.baseline),
        "pace": None if finding.pace is None else exact_text(finding.pace),
        "completion": None if finding.completion is None else exact_text(finding.completion),
        "time_elapsed": None if finding.time_elapsed is None else exact_text(finding.time_elapsed),
        "outlook": None if finding.outlook is None else _outlook(finding.outlook, number),
        "unmet": [f"{kind}.{measure}" for kind, measure in finding.unmet],
        "waived_from": finding.waived_from,
        "restates": finding.restates,
        "reason": finding.reason,
        "sentence": words.sentence(finding, lang, plan),
        "clause": _clause(commitment.cite),
        "stands_for": finding.stands_for,
        "at": spot(place_of(finding)),
        "populations": [_population(population) for population in finding.populations],
        "facts": [_used(used) for used in finding.used],
    }


def _outlook(outlook: Outlook, number: Callable[[Fraction | None], str | None]) -> dict[str, Any]:
    return {
        "points": [{"year": year, "value": number(value)} for year, value in outlook.points],
        "goal": {"year": outlook.goal[0], "operator": outlook.operator, "value": number(outlook.goal[1])},
        "progress": [
            {
                "method": progress.method, "rating": progress.rating,
                "ratio": None if progress.ratio is None else exact_text(progress.ratio),
            }
            for progress in (outlook.linear, outlook.compound)
        ],
        "projected": number(outlook.projected),
        "reaches": outlook.reaches,
    }  # fmt: skip


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
        "place": str(fact.location) if fact else None,
        "at": spot(fact.location) if fact else None,
        "note": fact.note if fact else "",
        "confirmed": fact.confirmed if fact else "",
        "evidence": fact.evidence if fact else "",
        "stated": spot(used.stated),
    }


def _population(population: Population) -> dict[str, Any]:
    return {
        "kind": population.text, "year": population.year, "counted": population.counted, "possible": population.possible,
        "names": list(population.names), "unsure": list(population.unsure), "unlisted": population.unlisted,
    }  # fmt: skip


def _clause(cite: Cite | None) -> dict[str, str] | None:
    return None if cite is None else {"section": cite.section, "phrase": cite.phrase}


def comparison_json(comparison: Comparison, lang: str) -> dict[str, Any]:
    """Return what changed as plain values. Numbers are exact: decimals as text, other ratios as `a/b`."""
    plan = comparison.new.plan
    return {
        "format": COMPARISON,
        "lang": lang,
        "exit_code": comparison.exit_code,
        "plan": {"id": plan.id, "version": plan.version, "title": plan.title[lang]},
        "as_of": comparison.new.as_of.isoformat(),
        "old": {**_side(comparison.old), "refused": comparison.refused},
        "new": _side(comparison.new),
        "changed": comparison.changed,
        "counts": comparison.counts(),
        "trends": comparison.trends,
        "transitions": [
            {"before": before, "after": after, "count": count}
            for (before, after), count in comparison.transitions.items()
        ],
        "findings": [
            _shift_json(shift, fate, plan, lang) for fate in FATES for shift in comparison.shifts(fate)
        ],
        "figures": [_figure_json(change, plan) for change in comparison.figures()],
        "subjects": [_subject_json(change) for change in comparison.subjects],
        "registers": [_register_json(change) for change in comparison.registers],
        "doubts": [_doubt_json(doubt, lang) for doubt in comparison.doubts],
        "appeared": followed_json(comparison.appeared),
        "vanished": followed_json(comparison.vanished),
    }  # fmt: skip


def _side(result: Result) -> dict[str, Any]:
    return {"year": result.year, "years": list(result.tables.years), "counts": result.counts()}


def _shift_json(shift: Shift, fate: Fate, plan: Plan, lang: str) -> dict[str, Any]:
    before, after = (
        None if finding is None else {"root": finding.root, **finding_json(finding, lang, plan)}
        for finding in (shift.before, shift.after)
    )
    return {"fate": fate, "trend": shift.trend, "before": before, "after": after}


def _figure_json(change: FigureChange, plan: Plan) -> dict[str, Any]:
    return {
        "state": change.state, "kind": change.after.kind, "path": _names(change.path), "measure": change.after.measure,
        "unit": plan.measures[change.after.kind, change.after.measure].unit.symbol,
        "before": _reported_json(change.before, plan), "after": _reported_json(change.after, plan),
    }  # fmt: skip


def _reported_json(used: Used, plan: Plan) -> dict[str, Any]:
    fact = used.fact
    return {
        "year": used.year, "value": figure_value(used, plan), "raw": fact.raw if fact else None,
        "absent": fact.absent if fact else None, "place": str(fact.location) if fact else None,
        "at": spot(fact.location) if fact else None,
    }  # fmt: skip


def figure_value(used: Used, plan: Plan) -> str | None:
    """Return a figure in the unit of its measure; of a ladder the id of its step."""
    if used.value is None:
        return None
    measure = plan.measures[used.kind, used.measure]
    return measure.steps[int(used.value)].id if measure.steps else exact_text(in_unit(used.value, measure.unit))


def _names(path: SubjectPath) -> list[str]:
    return [name for _, name in path]


def _subject_json(change: SubjectChange) -> dict[str, Any]:
    return {
        "state": change.state, "kind": change.path[-1][0], "path": _names(change.path), "year_before": change.years[0],
        "year": change.years[1], "subjects": change.subjects, "figures": change.figures,
        "place": str(change.place) if change.place else None,
    }  # fmt: skip


def _register_json(change: RegisterChange) -> dict[str, Any]:
    def one(register: Register) -> dict[str, int | None]:
        return {"listed": register.listed, "size": register.size}

    return {
        "root": change.root, "kind": change.kind, "year_before": change.years[0], "year": change.years[1],
        "before": one(change.before), "after": one(change.after),
    }  # fmt: skip


def _doubt_json(doubt: Doubt, lang: str) -> dict[str, Any]:
    def one(problem: Problem | None) -> dict[str, Any] | None:
        return None if problem is None else problem_json(problem, lang)

    return {
        "state": doubt.state, "check": doubt.check, "root": doubt.root, "kind": doubt.kind, "subject": doubt.subject,
        "reason": doubt.reason, "before": one(doubt.before), "after": one(doubt.after),
    }  # fmt: skip


def followed_json(followed: Sequence[Followed]) -> list[dict[str, Any]]:
    """Return consequences as plain values."""
    return [
        {
            "consequence": f.rule, "subject": f.subject, "kind": f.kind, "root": f.root,
            "amount": None if f.amount is None else exact_text(f.amount),
        }
        for f in followed
    ]  # fmt: skip
