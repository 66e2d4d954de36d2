"""The outcome as JUnit XML, for what shows tests: a suite per chapter, a test per finding, an error per refused input."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TextIO
from xml.etree import ElementTree

from dabiao.base.messages import say
from dabiao.base.problems import Location, Problem
from dabiao.engine.overview import Overview
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Finding, Result
from dabiao.reports import finding_texts
from dabiao.reports.locations import place_of, relative
from dabiao.reports.room import Room, find_room
from junitparser import Attr, Error, Failure, IntAttr, JUnitXml, Properties, Property, Skipped, TestCase, TestSuite

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 has no place for
_RESULTS = {"failure": Failure, "error": Error}
_NAME = "dabiao"
MOST = 5_000  # tests: GitLab reads files of less than 30 MB and 250,000 elements with their attributes


class _Case(TestCase):
    """A test case with the place that readers such as GitLab and Jenkins link to."""

    file = Attr()
    line = IntAttr()


def write(outcome: CheckOutcome, lang: str, stream: TextIO) -> None:
    """Write one XML document."""
    _write([outcome], lang, stream)


def write_several(found: Overview, lang: str, stream: TextIO) -> None:
    """Write one XML document with the suites of several checks; the name of each begins with its plan."""
    _write(found.checks, lang, stream)


def _write(outcomes: Sequence[CheckOutcome], lang: str, stream: TextIO) -> None:
    suites = JUnitXml(_NAME)
    for outcome in outcomes:
        plan = outcome.plan.id if outcome.plan else str(outcome.request.plan)
        about = _about(outcome)  # once, in the first suite: readers put the properties of all suites together
        for name, cases in _suites(outcome, lang):
            suite = TestSuite(legal(name if len(outcomes) == 1 else f"{plan}: {name}"))
            for key, value in about:
                suite.add_property(key, legal(value))
            about = []
            suite.add_testcases(cases)
            suites.append(suite)  # type: ignore[no-untyped-call]
    suites.update_statistics()  # type: ignore[no-untyped-call]
    root = ElementTree.fromstring(suites.tostring())  # type: ignore[no-untyped-call]
    ElementTree.indent(root)
    stream.write('<?xml version="1.0" encoding="utf-8"?>\n')
    stream.write(ElementTree.tostring(root, encoding="unicode") + "\n")


def _suites(outcome: CheckOutcome, lang: str) -> list[tuple[str, list[TestCase]]]:
    """Return the suites: problems of inputs first, then the chapters in the order of the plan."""
    inputs = [_problem(problem, lang) for problem in outcome.problems]
    if finding_texts.nothing_judged(outcome):
        inputs.append(_case(say("gate.nothing-judged-name", lang), _NAME, None))
        inputs[-1].result = Error(finding_texts.nothing_text(outcome, lang), "nothing-judged")
    suites = [(say("gate.inputs", lang), inputs)] if inputs else []
    if outcome.result is not None:
        suites += _chapters(outcome, outcome.result, lang)
    return suites


def _chapters(outcome: CheckOutcome, result: Result, lang: str) -> list[tuple[str, list[TestCase]]]:
    found: dict[str, list[TestCase]] = {}
    waivers = finding_texts.waiver_texts(result, lang)
    room = find_room(result, MOST)
    for finding in map(result.explain, room.rows):
        chapter = finding_texts.chapter_of(finding, result.plan, lang)
        classname = f"{result.plan.id}.{chapter.replace('.', '·')}"
        case = _case(finding_texts.named(finding, lang), classname, place_of(finding))
        _set_result(case, finding, outcome, result, lang, waivers)
        found.setdefault(chapter, []).append(case)
    if room.left:
        found[say("gate.others", lang, count=len(room.left))] = [_left_out(room, outcome, result, lang)]
    return list(found.items())


def _left_out(room: Room, outcome: CheckOutcome, result: Result, lang: str) -> TestCase:
    """Return a test that says how many findings are left out; it fails as the gravest of them would."""
    text = legal(room.text(lang))
    case = _case(say("gate.others", lang, count=len(room.left)), _NAME, None)
    grade = finding_texts.grade(result.explain(room.left[0]), outcome.request.fail_on)
    if grade in _RESULTS:
        case.result = _RESULTS[grade](text, "left-out")
        case.result[0].text = text
    else:
        case.system_out = text
    return case


def _set_result(
    case: TestCase,
    finding: Finding,
    outcome: CheckOutcome,
    result: Result,
    lang: str,
    waivers: finding_texts.Waivers,
) -> None:
    sentence = finding_texts.sentence(finding, lang, result.plan)
    lines = "\n".join(finding_texts.details(finding, lang, result.plan))
    grade = finding_texts.grade(finding, outcome.request.fail_on)
    if grade == "skipped":
        case.result = Skipped(legal(finding_texts.why_skipped(finding, lang, waivers)), finding.verdict)
    elif grade != "passed":
        kind = f"{finding.commitment.nature} {finding.verdict}" if finding.verdict == "shortfall" else finding.verdict
        case.result = _RESULTS[grade](legal(sentence), kind)
        case.result[0].text = legal(f"{sentence}\n{lines}")
    if grade in ("skipped", "passed"):
        case.system_out = legal(f"{sentence}\n{lines}")
    properties = Properties()  # type: ignore[no-untyped-call]
    values = {
        "commitment": finding.commitment.id, "subject": finding.subject, "kind": finding.kind, "year": finding.year,
        "verdict": finding.verdict, "nature": finding.commitment.nature, "section": finding.commitment.cite.section,
    }  # fmt: skip
    for name, value in values.items():
        properties.add_property(Property(name, legal(str(value))))
    case.append(properties)  # type: ignore[no-untyped-call]


def _problem(problem: Problem, lang: str) -> TestCase:
    """Return a test for one problem: an error, or for a warning a test that passes and tells of it."""
    case = _case(f"{problem.code} · {problem.location}", f"{_NAME}.inputs", problem.location)
    text = legal(problem.text(lang))
    if problem.severity == "error":
        case.result = Error(text, problem.code)
        case.result[0].text = text
    else:
        case.system_out = text
    return case


def _case(name: str, classname: str, location: Location | None) -> _Case:
    case = _Case(legal(name), legal(classname))
    if location is not None:
        case.file = legal(relative(location.file) or location.file)
        if location.line:
            case.line = location.line
    return case


def _about(outcome: CheckOutcome) -> list[tuple[str, str]]:
    result = outcome.result
    about = [("exit_code", str(outcome.exit_code)), ("fail_on", outcome.request.fail_on)]
    if result is None:
        return [("plan", str(outcome.request.plan)), *about]
    plan = [("plan", result.plan.id), ("version", result.plan.version), ("year", str(result.year))]
    return [*plan, ("as_of", result.as_of.isoformat()), *about]


def legal(text: str) -> str:
    """Write out what XML has no place for: \\x01 for a control character, \\ud800 for half a character."""
    return _ILLEGAL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
