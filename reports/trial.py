"""What `dabiao test` found: written cases, made-up cases, and what was seen of each commitment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from dabiao.base.messages import say
from dabiao.base.quantities import decimal_text
from dabiao.reports import words
from dabiao.reports.document import TONES, Block, Document, Heading, Item, Items, Paragraph, items, table
from dabiao.trials.cases import Case, CommitmentCoverage
from dabiao.trials.makers import SORTS
from dabiao.trials.trial import Expectation, Trial

FORMAT = "dabiao/test/2"
_WORDS = {"waiver": "waiver", "consequence": "trial"}


def document(trial: Trial, lang: str, most: int | None = None) -> Document:
    """Return what failed and what is not covered, and one line that sums up. At most `most` lines a section are listed."""
    blocks = [*_cases(trial, lang), *_wrong(trial, lang, most), *_made_up(trial, lang), *_open(trial, lang, most)]
    return Document(lang, tuple(blocks), (summary(trial, lang),))


def _cases(trial: Trial, lang: str) -> Iterator[Block]:
    plan = trial.plan
    yield Heading(say("trial.title", lang, plan=plan.title[lang], version=plan.version), 1)
    if trial.file is None:
        yield Paragraph(say("trial.no-file", lang, plan=plan.id))
    lines = []
    for case in trial.cases:
        sign, tone = ("✓", TONES["met"]) if case.passed else ("✗", TONES["shortfall"])
        lines.append(Item(f"{sign} {case.name[lang]} ({case.year})", tone=tone))
        for expectation in case.expectations:
            if not expectation.passed:
                text = f"{expectation.location}: {failure_text(expectation, trial, lang)}"
                lines.append(Item(text, nested=True))
    yield Items(tuple(lines))


def failure_text(expectation: Expectation, trial: Trial, lang: str) -> str:
    """Say what was expected and what was found instead, with the finding's sentence."""
    name = expectation.commitment + (f" ({expectation.subject})" if expectation.subject else "")
    if expectation.consequence:
        return say(
            "trial.must-follow" if expectation.expected == "follows" else "trial.must-not-follow", lang, name=name
        )
    if expectation.finding is None:
        return say("trial.nobody", lang, name=name, expected=_verdict(expectation.expected, lang))
    text = say(
        "trial.other-verdict", lang, name=name,
        expected=_verdict(expectation.expected, lang), actual=_verdict(expectation.actual, lang),
    )  # fmt: skip
    return f"{text} {words.sentence(expectation.finding, lang, trial.plan)}"


def summary(trial: Trial, lang: str) -> str:
    """Return one line with every count and the outcome."""
    coverage = trial.coverage
    return say(
        "trial.summary", lang,
        passed=len(trial.cases) - len(trial.failed), cases=len(trial.cases),
        agreed=len(coverage.cases) - len(coverage.wrong), made=len(coverage.cases),
        covered=len(coverage.seen) - len(coverage.open), commitments=len(coverage.seen),
        judged=sum(bool(s.met and s.short) for s in coverage.seen),
        early=sum(bool(s.early) for s in coverage.seen), later=sum("early" in s.wanted for s in coverage.seen),
        paced=sum(s.path and not set(s.lacking) & {"on_track", "behind"} for s in coverage.seen),
        paths=sum(s.path for s in coverage.seen),
        percent=percent_text(coverage.percent, trial.minimum), minimum=decimal_text(trial.minimum),
        outcome=say("trial.passed" if trial.passed else "trial.failed", lang),
    )  # fmt: skip


def percent_text(percent: Fraction, against: Fraction) -> str:
    """Write a share in percent so that rounding never lifts it to the minimum."""
    return decimal_text(percent, against)


def _wrong(trial: Trial, lang: str, most: int | None) -> Iterator[Block]:
    """List the made-up cases in which the tool contradicts exact arithmetic."""
    wrong = trial.coverage.wrong
    if not wrong:
        return
    yield Heading(say("trial.wrong", lang, count=len(wrong)), tone=TONES["shortfall"])
    texts = [
        f"{case.commitment} ({case.year}, {say(f'trial.sort.{case.sort}', lang)}): "
        + say(
            "trial.disagrees", lang, expected=_outcome(case.sort, case.expected, lang), actual=_actual(case, lang),
            facts=case.facts,
        )
        for case in wrong
    ]  # fmt: skip
    yield items(texts, most)


def _made_up(trial: Trial, lang: str) -> Iterator[Block]:
    """Count the made-up cases by sort."""
    counts = Counter(case.sort for case in trial.coverage.cases)
    agreed = Counter(case.sort for case in trial.coverage.cases if case.passed)
    rows = [
        (say(f"trial.sort.{sort}", lang), str(counts[sort]), str(agreed[sort])) for sort in SORTS if counts[sort]
    ]  # fmt: skip
    yield Heading(say("trial.made-up", lang, count=len(trial.coverage.cases)))
    yield table([say(f"trial.{column}", lang) for column in ("sort", "count", "agreed")], rows, numbers=(1, 2))


def _open(trial: Trial, lang: str, most: int | None) -> Iterator[Block]:
    """List the commitments of which a verdict that they can have was never seen, with what is lacking."""
    lacking = trial.coverage.open
    if not lacking:
        return
    rows = []
    for seen in lacking:
        name = words.title_text(seen.commitment, lang) + (f" ({seen.text})" if seen.text else "")
        counts = map(str, (seen.met, seen.short, seen.early, seen.on_track, seen.behind, seen.undetermined))
        lacks = say("report.and", lang).join(say(f"trial.lacking.{name}", lang) for name in seen.lacking)
        rows.append((name, *counts, lacks))
    seen_of = ("met", "short", "early", "on-track", "behind", "undetermined")
    columns = ("commitment", *(f"seen-{verdict}" for verdict in seen_of), "lacking")
    yield Heading(say("trial.open", lang, count=len(lacking)))
    yield table([say(f"trial.{column}", lang) for column in columns], rows, most, numbers=(1, 2, 3, 4, 5, 6))
    yield Paragraph(say("trial.lacking-why", lang))


def _verdict(verdict: str, lang: str) -> str:
    return say(f"verdict.{verdict}", lang)


def _outcome(sort: str, word: str, lang: str) -> str:
    """Say a verdict, the state of a waiver, or whether a consequence follows."""
    return say(f"{_WORDS.get(sort, 'verdict')}.{word}", lang)


def _actual(case: Case, lang: str) -> str:
    return " + ".join(_outcome(case.sort, word, lang) if word != "None" else "—" for word in case.actual.split(" + "))


def as_json(trial: Trial, lang: str) -> dict[str, Any]:
    """Return everything as plain values; shares are exact texts."""
    coverage = trial.coverage
    return {
        "format": FORMAT,
        "plan": {"id": trial.plan.id, "version": trial.plan.version},
        "file": str(trial.file) if trial.file else None,
        "passed": trial.passed,
        "minimum": str(trial.minimum),
        "coverage": str(coverage.percent),
        "cases": [
            {
                "name": case.name[lang], "year": case.year, "where": str(case.location), "passed": case.passed,
                "expectations": [_expectation(e, trial, lang) for e in case.expectations],
            }
            for case in trial.cases
        ],
        "commitments": [_seen(seen) for seen in coverage.seen],
        "made_up": {sort: sum(case.sort == sort for case in coverage.cases) for sort in SORTS},
        "wrong": [
            {
                "commitment": case.commitment, "sort": case.sort, "year": case.year,
                "expected": case.expected, "actual": case.actual, "facts": case.facts,
            }
            for case in coverage.wrong
        ],
    }  # fmt: skip


def _expectation(expectation: Expectation, trial: Trial, lang: str) -> dict[str, Any]:
    name = "consequence" if expectation.consequence else "commitment"
    return {
        name: expectation.commitment,
        "subject": expectation.subject or None,
        "expected": expectation.expected,
        "actual": expectation.actual,
        "passed": expectation.passed,
        "where": str(expectation.location),
        "text": "" if expectation.passed else failure_text(expectation, trial, lang),
    }


def _seen(seen: CommitmentCoverage) -> dict[str, Any]:
    return {
        "commitment": seen.commitment.id,
        "amendment": seen.text or None,
        "met": seen.met,
        "short": seen.short,
        "early": seen.early,
        "path": seen.path,
        "on_track": seen.on_track,
        "behind": seen.behind,
        "undetermined": seen.undetermined,
        "other": seen.other,
        "covered": not seen.lacking,
        "lacking": list(seen.lacking),
    }
