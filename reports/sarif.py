"""The outcome as SARIF 2.1.0: commitments are rules, findings are results at the line or cell of their facts.

`as_sarif` gives every finding, with its kind. What shows alerts reads no kind and no suppression, refuses a result without a
file, and takes whatever is there for a failure: `as_alerts` leaves in what fell short, is behind or undetermined.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from dabiao import __version__
from dabiao.base.messages import join_list, say, visible
from dabiao.base.problems import Location, Problem
from dabiao.base.quantities import exact_text
from dabiao.engine.overview import Overview
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Finding, Result, Verdict, find_counted
from dabiao.reports import finding_texts, locations, rule_texts, words
from dabiao.reports.locations import spot
from dabiao.reports.room import Room, find_room

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "SRCROOT"
KINDS: dict[Verdict, str] = {
    "met": "pass", "early": "pass", "shortfall": "fail", "on_track": "pass", "behind": "fail", "not_due": "notApplicable",
    "not_applicable": "notApplicable", "undetermined": "open", "waived": "fail",
}  # fmt: skip
_MOST_RELATED = 100
_MOST = 25_000  # results of a run: GitHub refuses more
_MOST_ALERTS = 5_000  # results of a run that GitHub shows

Json = dict[str, Any]


def as_sarif(outcome: CheckOutcome, lang: str, *, alerts_only: bool = False) -> Json:
    """Return the log as plain values."""
    rules, room = _Rules(), _find_room(outcome, alerts_only=alerts_only)
    results = list(_results(outcome, lang, rules, room, alerts_only=alerts_only))
    driver = {
        "name": "Dabiao", "fullName": "Dabiao 达标", "semanticVersion": __version__, "version": __version__,
        "language": say("language.tag", lang), "rules": rules.listed,
        "shortDescription": {"text": say("about.dabiao", lang)},
    }  # fmt: skip
    run: Json = {
        "tool": {"driver": driver},
        "language": say("language.tag", lang),
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": say("gate.top", lang)}}},
        "invocations": [_invocation(outcome, lang, room)],
        "artifacts": _artifacts(results),
        "results": results,
    }
    if outcome.result is not None:
        result = outcome.result
        run["properties"] = {
            "plan": result.plan.id, "version": result.plan.version, "year": result.year, "synthetic": result.synthetic,
            "as_of": result.as_of.isoformat(), "counts": {**result.counts(), "manual": len(result.manual)},
        }  # fmt: skip
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def as_alerts(outcome: CheckOutcome, lang: str) -> Json:
    """Return the log for what shows alerts, as GitHub code scanning does: what is open is a warning there."""
    log = as_sarif(outcome, lang, alerts_only=True)
    for result in log["runs"][0]["results"]:
        if result["kind"] == "open":
            result.update(kind="fail", level="warning")
    return log


def as_sarif_of_several(found: Overview, lang: str) -> Json:
    """Return one log with a run for each of several checks."""
    return _join([as_sarif(outcome, lang) for outcome in found.checks])


def as_alerts_of_several(found: Overview, lang: str) -> Json:
    """Return one log for what shows alerts, with a run for each of several checks."""
    return _join([as_alerts(outcome, lang) for outcome in found.checks])


def _join(logs: Sequence[Json]) -> Json:
    """Join logs of one check each; a run names its check, as a reader of alerts takes runs of one category for one another."""
    runs = [run for log in logs for run in log["runs"]]
    for number, run in enumerate(runs, start=1):
        run["automationDetails"] = {"id": f"dabiao/{run.get('properties', {}).get('plan', number)}/{number}"}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}


def level_of(finding: Finding) -> str:
    """Return the level of what fails: a binding shortfall is an error, another one a warning, behind a note."""
    if (finding.waived_from or finding.verdict) == "shortfall":
        return "error" if finding.commitment.nature == "binding" else "warning"
    return "note"


class _Rules:
    """The rules that results name, each listed once."""

    def __init__(self) -> None:
        self.listed: list[Json] = []
        self._places: dict[str, int] = {}

    def index(self, name: str, rule: Json) -> int:
        """Return where a rule is listed, adding it if it is new."""
        if name not in self._places:
            self._places[name] = len(self.listed)
            self.listed.append({"id": name, **rule})
        return self._places[name]


def _find_room(outcome: CheckOutcome, *, alerts_only: bool) -> Room | None:
    """Return the findings for which a run has room beside the problems of inputs, and consequences."""
    if (result := outcome.result) is None:
        return None
    most = (_MOST_ALERTS if alerts_only else _MOST - len(result.followed)) - len(outcome.problems) - 1
    verdicts: tuple[Verdict, ...] | None = ("shortfall", "behind", "undetermined") if alerts_only else None
    return find_room(result, max(most, 0), verdicts, find_counted(outcome.request.fail_on) if alerts_only else ())


def _results(
    outcome: CheckOutcome, lang: str, rules: _Rules, room: Room | None, *, alerts_only: bool
) -> Iterator[Json]:
    for problem in outcome.problems:
        yield _problem(outcome, problem, lang, rules)
    if finding_texts.nothing_judged(outcome):
        rule = rule_texts.plain(say("gate.nothing-rule", lang), finding_texts.nothing_text(outcome, lang), "error")
        message = finding_texts.nothing_text(outcome, lang)
        at = [_location(locations.nearest_place(outcome, None))]
        yield _result(rules, "dabiao/nothing-judged", rule, "fail", "error", message, at)
    if (result := outcome.result) is None or room is None:
        return
    waivers = finding_texts.waiver_texts(result, lang)
    for finding in map(result.explain, room.rows):
        yield _finding(outcome, result, finding, lang, rules, waivers)
    if not alerts_only:
        yield from _consequences(result, lang, rules)


def _finding(
    outcome: CheckOutcome, result: Result, finding: Finding, lang: str, rules: _Rules,
    waivers: finding_texts.Waivers,
) -> Json:  # fmt: skip
    commitment = finding.commitment
    location = locations.nearest_place(outcome, locations.place_of(finding))
    kind = KINDS[finding.verdict] if finding.counts else "informational" if finding.restates else "review"
    # only what fails has a level in SARIF; `as_alerts` makes warnings of what is open
    log = _result(
        rules, commitment.id, rule_texts.of_commitment(finding, result.plan, lang), kind,
        level_of(finding) if kind == "fail" else "none", finding_texts.sentence(finding, lang, result.plan),
        [_location(location, finding.subject, finding.kind)],
    )  # fmt: skip
    related = [
        {
            **_location(place),
            "id": number,
            "message": {"text": _unlinked(visible(words.used_text(used, result.plan, lang)))},
        }
        for number, (place, used) in enumerate(locations.fact_places(finding), 1)
        if place != location
    ]
    if related:
        log["relatedLocations"] = related[:_MOST_RELATED]
    key = "\0".join((result.plan.id, commitment.id, finding.root, finding.kind, finding.subject, str(finding.year)))
    log["partialFingerprints"] = {"finding/v1": hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()}
    if finding.verdict == "waived":
        reason = visible(waivers.get((commitment.id, finding.path), ""))
        log["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    log["properties"] = {
        "verdict": finding.verdict, "severity": finding.severity, "root": finding.root, "subject": finding.subject,
        "year": finding.year, "actual": words.actual_text(finding, lang), "target": words.target_text(finding, lang),
        "gap": words.gap_text(finding, lang, result.plan), "reason": finding.reason,
        "facts": [
            {"subject": u.subject, "measure": u.measure, "year": u.year, "place": spot(u.fact.location if u.fact else None),
             "value": None if u.value is None else exact_text(u.value)}
            for u in finding.used[:_MOST_RELATED]
        ],
    }  # fmt: skip
    return log


def _problem(outcome: CheckOutcome, problem: Problem, lang: str, rules: _Rules) -> Json:
    title = say("gate.problem-rule", lang, name=problem.code)
    rule = rule_texts.plain(title, say("gate.problem-help", lang), problem.severity)
    at = [_location(locations.nearest_place(outcome, problem.location))]
    code = f"dabiao/{problem.code}"
    log = _result(rules, code, rule, "fail", problem.severity, problem.text(lang), at)
    key = "\0".join(
        (problem.code, locations.relative(problem.location.file) or problem.location.file, problem.text(lang))
    )
    if check := problem.details.get("check"):
        log["properties"] = {"check": check}
    log["partialFingerprints"] = {"problem/v1": hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()}
    return log


def _consequences(result: Result, lang: str, rules: _Rules) -> Iterator[Json]:
    consequences = result.plan.consequences
    titles = words.name_causes(result.plan, lang)
    for followed in result.followed:
        rule = consequences[followed.rule]
        level = say(f"level.{rule.level}", lang)
        name = say("gate.consequence-rule", lang, title=rule.title[lang], level=level)
        because = dict.fromkeys(titles[name] for name, _ in followed.because)
        message = say(
            "gate.consequence", lang, subject=followed.subject, title=rule.title[lang],
            because=join_list(because, lang),
        )  # fmt: skip
        texts = rule_texts.plain(name, say("gate.consequence-help", lang), "none")
        log = _result(rules, f"consequence/{rule.id}", texts, "informational", "none", visible(message), [])
        log["locations"] = [{"logicalLocations": [_subject(followed.subject, followed.kind)]}]
        yield log


def _unlinked(text: str) -> str:
    """Return a text that holds no link: in SARIF a name such as [x](https://example.org) would be one."""
    return text.replace("](", "] (")


def _result(rules: _Rules, name: str, rule: Json, kind: str, level: str, message: str, at: list[Json]) -> Json:
    index = rules.index(name, rule)
    return {
        "ruleId": name, "ruleIndex": index, "kind": kind, "level": level, "message": {"text": _unlinked(message)},
        "locations": at,
    }  # fmt: skip


def _location(location: Location, subject: str = "", kind: str = "") -> Json:
    uri, inside = locations.uri(location.file)
    physical: Json = {"artifactLocation": {"uri": uri, **({"uriBaseId": ROOT} if inside else {})}}
    if location.line:
        column = locations.text_column(location)
        physical["region"] = {"startLine": location.line, **({"startColumn": column} if column else {})}
    logical = [_subject(subject, kind)] if subject else []
    if location.cell:
        name = f"{location.sheet}!{location.cell}" if location.sheet else location.cell
        logical.insert(0, {"fullyQualifiedName": visible(name), "name": location.cell, "kind": "cell"})
    return {"physicalLocation": physical, **({"logicalLocations": logical} if logical else {})}


def _subject(subject: str, kind: str) -> Json:
    return {"name": visible(subject), "fullyQualifiedName": visible(f"{kind}/{subject}"), "kind": kind}


def _artifacts(results: list[Json]) -> list[Json]:
    """List every file a result points at, once."""
    found: dict[str, Json] = {}
    for result in results:
        for place in [*result["locations"], *result.get("relatedLocations", [])]:
            if "physicalLocation" in place:
                location = place["physicalLocation"]["artifactLocation"]
                found.setdefault(location["uri"], {"location": dict(location)})
    return list(found.values())


def _invocation(outcome: CheckOutcome, lang: str, room: Room | None) -> Json:
    request = outcome.request
    invocation: Json = {
        "executionSuccessful": outcome.result is not None,
        "exitCode": outcome.exit_code,
        "properties": {
            "fail_on": request.fail_on, "select": list(request.select), "year": request.year,
            "as_of": None if request.as_of is None else request.as_of.isoformat(),
        },
    }  # fmt: skip
    told = [p for p in outcome.problems if p.severity == "error"]
    if told:
        invocation["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": _unlinked(p.text(lang))}, "descriptor": {"id": f"dabiao/{p.code}"}}
            for p in told
        ]
    if room is not None and room.left:
        note = {"level": "warning", "message": {"text": room.text(lang)}, "descriptor": {"id": "dabiao/left-out"}}
        invocation.setdefault("toolExecutionNotifications", []).append(note)
    return invocation
