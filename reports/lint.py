"""What lint found in plans: a table of problems by plan, what cannot be judged on the way, readings, and coverage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dabiao.base.messages import join_list, say
from dabiao.base.problems import Problem
from dabiao.reports.document import Block, Cell, Document, Heading, Item, Items, Tone, table
from dabiao.reports.words import first_few, title_text

if TYPE_CHECKING:
    from dabiao.rules.documents import Coverage
    from dabiao.rules.services import LintedPlan, LintOutcome

NAMED = 6  # commitments of a reason, where several plans are looked at

_TONES: dict[str, Tone] = {"error": "grave", "warning": "behind"}


def document(outcome: LintOutcome, lang: str, most: int | None = None) -> Document:
    """Return what was found, plan by plan. At most `most` problems of a plan are listed (None: all)."""
    named = None if len(outcome.plans) == 1 else NAMED
    blocks = [block for one in outcome.plans for block in _plan_blocks(one, lang, most, named)]
    errors = sum(problem.severity == "error" for problem in outcome.problems)
    counts = {"plans": len(outcome.plans), "errors": errors, "warnings": len(outcome.problems) - errors}
    return Document(lang, (Heading(say("lint.title", lang, **counts), 1), *blocks))


def _plan_blocks(one: LintedPlan, lang: str, most: int | None, named: int | None) -> Iterator[Block]:
    plan = one.plan
    yield Heading(plan.title[lang] if plan else one.name, id=plan.id if plan else "")
    lines = [*plan_lines(one, lang, named), *([coverage_line(one.coverage, lang)] if one.coverage else [])]
    if lines:
        yield Items(tuple(map(Item, lines)))
    problems = (*one.warnings, *one.citations)
    if problems:
        headings = tuple(say(name, lang) for name in ("lint.severity", "gate.place", "gate.message"))
        yield table(headings, [_row(problem, lang) for problem in problems], most)
    if one.readings:
        yield Items(tuple(Item(line.strip(), nested=line.startswith(" ")) for line in reading_lines(one, lang)))


def _row(problem: Problem, lang: str) -> Sequence[str | Cell]:
    severity = Cell(say(f"lint.{problem.severity}", lang), _TONES[problem.severity])
    text = problem.text(lang).removeprefix(f"{problem.location}: ").removeprefix(say("warning-prefix", lang))
    return severity, str(problem.location), text


def plan_lines(one: LintedPlan, lang: str, most: int | None = None) -> Iterator[str]:
    """Say that a plan has no errors, and which commitments cannot be judged on the way, by the reason; `most` are named."""
    if one.plan is None:
        return
    counts = {"commitments": len(one.plan.commitments), "measures": len(one.plan.measures)}
    yield say("lint.fine", lang, plan=one.plan.id, **counts)
    for reason, commitments in one.unpaced.items():
        names = [title_text(commitment, lang) for commitment in commitments]
        shown = names if most is None else first_few(names, most, lang)
        details = {"count": len(names), "names": join_list(shown, lang)}
        yield say(f"lint.unpaced.{reason}", lang, plan=one.plan.id, **details)


def reading_lines(one: LintedPlan, lang: str) -> Iterator[str]:
    """Say what each of the common words means, and which commitments use it."""
    for use in one.readings:
        yield say("lint.reading", lang, words=use.usual.shown_words, meaning=use.usual.meaning.say(lang))
        using = join_list([title_text(commitment, lang) for commitment in use.commitments], lang)
        used = say("lint.reading-used", lang, count=len(use.commitments), names=using)
        yield used if use.commitments else say("lint.reading-unused", lang)


def coverage_line(coverage: Coverage, lang: str) -> str:
    """Say how much of its document a plan answers for."""
    percent = 100 * coverage.covered // max(coverage.promising, 1)
    return say("lint.coverage", lang, covered=coverage.covered, total=coverage.promising, percent=percent)
