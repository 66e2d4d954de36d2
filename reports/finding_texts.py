"""What reports of findings share: how a finding counts as a test, its name, and the lines that explain it."""

from __future__ import annotations

from typing import Literal

from dabiao.base.messages import join_list, say, visible
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import FailOn, Finding, Result, SubjectPath, Verdict, find_counted
from dabiao.reports import words
from dabiao.reports.locations import fact_places
from dabiao.rules.model import Plan

Waivers = dict[tuple[str, SubjectPath], str]  # in words, by commitment and path of the subject
Grade = Literal["failure", "error", "skipped", "passed"]

SKIPPED: frozenset[Verdict] = frozenset(("not_due", "not_applicable", "waived"))
MOST_PLACES = 50  # of one finding; a count over a register rests on thousands


def grade(finding: Finding, fail_on: FailOn) -> Grade:
    """Return how a finding counts as a test. A shortfall always fails, and what is undetermined never passes.

    What is not counted is skipped.
    """
    if finding.verdict in SKIPPED or not _decides(finding, fail_on):
        return "skipped"
    if finding.verdict == "shortfall":
        return "failure"
    if finding.verdict == "behind":
        return "failure" if fail_on in ("behind", "undetermined") else "passed"
    if finding.verdict == "undetermined":
        return "failure" if fail_on == "undetermined" else "error"
    return "passed"


def _decides(finding: Finding, fail_on: FailOn) -> bool:
    """Whether a finding can decide the exit code: no restatement, and an effort only if that is asked for."""
    return finding.restates is None and finding.commitment.tier in find_counted(fail_on)


def summary(result: Result, lang: str) -> str:
    """Return one line with every count, zeros included."""
    counts = result.counts()
    parts = [f"{say(f'verdict.{verdict}', lang)} {count}" for verdict, count in counts.items()]
    parts.append(say("report.manual-count", lang, count=len(result.manual)))
    return say("report.summary", lang, total=sum(counts.values()), counts=join_list(parts, lang, "phrases"))


def nothing_judged(outcome: CheckOutcome) -> bool:
    """Whether there is a result and nothing was judged in it: no commitment, or no fact of the year."""
    result = outcome.result
    if result is None or result.judged:
        return False
    return not (result.reported and "effort" in find_counted(outcome.request.fail_on) and result.efforts())


def nothing_text(outcome: CheckOutcome, lang: str) -> str:
    """Say why nothing was judged."""
    result = outcome.result
    only_efforts = result is not None and bool(result.reported) and bool(result.efforts())
    return say("gate.only-efforts" if only_efforts else "gate.nothing-judged", lang)


def named(finding: Finding, lang: str) -> str:
    """Name a finding so that no other has the same name: commitment, subject with its root, year."""
    subject = words.subject_text(finding, lang, with_root=True)
    return visible(f"{words.title_text(finding.commitment, lang)} · {subject} · {finding.year}")


def chapter_of(finding: Finding, plan: Plan, lang: str) -> str:
    """Return the chapter of a commitment, or the title of the plan where there are none."""
    return visible(finding.commitment.chapter or plan.title[lang])


def sentence(finding: Finding, lang: str, plan: Plan) -> str:
    """Return the sentence that says a finding, on one line."""
    text = words.sentence(finding, lang, plan)
    if finding.verdict == "undetermined" and (missing := words.missing_text(finding, plan, lang)):
        text += " " + say("gate.line", lang, name=say("report.missing", lang), text=missing)
    return visible(text)


def details(finding: Finding, lang: str, plan: Plan) -> list[str]:
    """Return the lines under the sentence: verdict, actual, target, gap, what is missing, why, clause, places."""
    commitment = finding.commitment
    pairs = [
        ("verdict", say(f"verdict.{finding.verdict}", lang)),
        ("nature", say(f"nature.{commitment.nature}", lang)),
        ("actual", words.actual_text(finding, lang)),
        ("target", words.target_text(finding, lang)),
        ("expected", words.expected_text(finding, lang)),
        ("gap", words.gap_text(finding, lang, plan)),
        ("missing", words.missing_text(finding, plan, lang) if finding.verdict == "undetermined" else ""),
    ]
    lines = [say("gate.line", lang, name=say(f"report.{name}", lang), text=text) for name, text in pairs if text]
    if finding.waived_from:
        lines.append(say("explain.waived", lang, verdict=say(f"verdict.{finding.waived_from}", lang)))
    if finding.reason and words.reason_text(finding, lang) not in (text for _, text in pairs):
        lines.append(words.open_text(finding, plan, lang) or words.reason_text(finding, lang))
    lines += clause_lines(finding, lang)
    places = [f"{words.used_text(used, plan, lang)}: {location}" for location, used in fact_places(finding)]
    if finding.place and not places:
        places = [str(finding.place)]
    lines += [say("gate.line", lang, name=say("explain.place", lang), text=place) for place in places[:MOST_PLACES]]
    if len(places) > MOST_PLACES:
        lines.append(say("report.more", lang, count=len(places) - MOST_PLACES))
    return [visible(line) for line in lines]


def clause_lines(finding: Finding, lang: str) -> list[str]:
    """Return the clause of a finding, how its text was read, and the reading that was chosen."""
    cite = finding.commitment.cite
    lines = [say("explain.clause", lang, section=cite.section, phrase=cite.phrase)]
    if cite.note:
        lines.append(say("explain.note", lang, note=cite.note))
    if reading := finding.commitment.reading:
        lines.append(say("explain.reading", lang, chosen=reading.chosen, other=reading.other.says, why=reading.why))
    return lines


def why_skipped(finding: Finding, lang: str, waivers: Waivers) -> str:
    """Say in a line why a finding is not judged: not counted, not due, not applicable, or waived by whom and until when."""
    parts = [say(f"verdict.{finding.verdict}", lang)]
    if not finding.counts:
        why = "report.restates" if finding.restates else "report.for-review"
        parts.insert(0, say(why, lang, id=finding.restates))
    if finding.waived_from:
        parts.append(waivers.get((finding.commitment.id, finding.path), ""))
        parts.append(say("explain.waived", lang, verdict=say(f"verdict.{finding.waived_from}", lang)))
    if finding.reason:
        parts.append(words.reason_text(finding, lang))
    return visible((" · ").join(part for part in parts if part))


def waiver_texts(result: Result, lang: str) -> Waivers:
    """Return the waivers that were used, in words, by commitment and path of the subject."""
    return {
        (note.commitment, path): say(
            "gate.waiver", lang, authority=note.authority, reason=note.reason, expires=note.expires
        )
        for note in result.waivers
        if note.state == "used"
        for path in note.paths
    }  # fmt: skip
