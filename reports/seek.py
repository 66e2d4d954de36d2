"""What was sought: for each shortfall the least changes that mend it, with what they would break."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dabiao.base.messages import join_list, say
from dabiao.base.quantities import exact_text
from dabiao.engine.results import Result
from dabiao.reports import words
from dabiao.reports.document import TONES, Block, Cell, Document, Heading, Paragraph, name_columns, table
from dabiao.reports.gravest import due_text, finding_numbers, office_text
from dabiao.reports.json import finding_json
from dabiao.reports.whatif import step_text
from dabiao.rules.model import Plan
from dabiao.scenarios.seek import JudgedWay, SeekResult, SoughtFinding
from dabiao.scenarios.ways import Move

FORMAT = "dabiao/seek/1"
_NAMED = 8


def document(seeking: SeekResult, lang: str, most: int | None = None) -> Document:
    """Return what mends each shortfall; `most` is of no account."""
    del most
    return Document(lang, tuple(_blocks(seeking, lang)))


def _blocks(seeking: SeekResult, lang: str) -> Iterator[Block]:
    result = seeking.result
    title = say("seek.title", lang, plan=result.plan.title[lang], year=result.year, count=len(seeking.sought))
    yield Heading(title, 1)
    yield Paragraph(say("seek.rule", lang))
    if result.synthetic:
        yield Paragraph(say("report.synthetic", lang), warning=True)
    for sought in seeking.sought:
        yield from _sought(sought, result, lang)
    if undecided := result.counts()["undetermined"]:
        yield Heading(say("seek.undetermined", lang, count=undecided))


def _sought(sought: SoughtFinding, result: Result, lang: str) -> Iterator[Block]:
    finding, with_root = sought.finding, result.several_roots
    title = say(
        "seek.finding", lang, title=words.title_text(finding.commitment, lang),
        subject=words.subject_text(finding, lang, with_root=with_root), verdict=say(f"verdict.{finding.verdict}", lang),
    )  # fmt: skip
    yield Heading(title)
    numbers = finding_numbers(finding, words.gap_text(finding, lang, result.plan), lang)
    whose = (office_text(finding, lang), due_text(finding, result.as_of, lang))
    yield Paragraph(join_list(filter(None, (numbers, *whose)), lang, "clauses"))
    shown = sought.proposed or sought.answers
    if not sought.answers:
        yield Paragraph(say(f"seek.{sought.reason}", lang))
        return
    if sought.aim != "target":
        yield Paragraph(say(f"seek.aim-{sought.aim}", lang))
    if not sought.proposed:
        yield Paragraph(say("seek.none-actionable", lang))
    if others := len(sought.answers) - len(shown):
        yield Paragraph(say("seek.others", lang, count=others))
    rows = [
        (
            str(n), answer_text(answer, lang), Cell(say(f"verdict.{answer.verdict}", lang), TONES[answer.verdict]),
            _breaks(answer, result.plan, with_root, lang),
        )
        for n, answer in enumerate(shown, 1)
    ]  # fmt: skip
    yield table(("", *name_columns("seek", lang, "change", "verdict", "breaks")), rows)


def answer_text(answer: JudgedWay, lang: str) -> str:
    """Say in words which figures move, each from what to what, and by how much."""
    parts = [move_text(move, lang) for move in answer.moves]
    return join_list(words.first_few(parts, _NAMED, lang), lang, "clauses")


def move_text(move: Move, lang: str) -> str:
    """Say how one figure moves."""
    measure = move.measure
    before, after = (step_text(measure, value, lang) for value in (move.before, move.after))
    details: dict[str, Any] = {
        "subject": move.subject, "title": measure.title[lang], "before": before, "after": after,
    }  # fmt: skip
    if measure.steps or measure.unit.symbol == "1:n":
        return say("seek.step", lang, **details)
    amount = words.difference_text(move.after - move.before, measure.unit, lang)
    return say("seek.more" if move.after > move.before else "seek.less", lang, amount=amount, **details)


def _breaks(answer: JudgedWay, plan: Plan, with_root: bool, lang: str) -> str:
    names = [
        f"{plan.commitments[name].title[lang]} · {words.named_in(subject, root if with_root else '')}"
        for name, root, subject in answer.breaks
    ]
    return "\n".join(words.first_few(names, 3, lang)) or "—"


def as_json(seeking: SeekResult, lang: str) -> dict[str, Any]:
    """Return what was sought as plain values, with exact numbers in base units."""
    result = seeking.result
    return {
        "format": FORMAT,
        "plan": {"id": result.plan.id, "version": result.plan.version},
        "year": result.year,
        "counts": result.counts(),
        "sought": [
            {
                "finding": finding_json(sought.finding, lang, result.plan),
                "reason": sought.reason,
                "aim": sought.aim,
                "answers": [
                    {
                        "moves": [_move(move) for move in answer.moves],
                        "actionable": answer.actionable,
                        "verdict": answer.verdict,
                        "breaks": [
                            {"commitment": name, "root": root, "subject": subject}
                            for name, root, subject in answer.breaks
                        ],
                        "text": answer_text(answer, lang),
                    }
                    for answer in sought.answers
                ],
            }
            for sought in seeking.sought
        ],
    }


def _move(move: Move) -> dict[str, str]:
    numbers = {"before": move.before, "after": move.after, "unit_step": move.step}
    place = {"root": move.root, "kind": move.kind, "subject": move.subject, "measure": move.measure.id}
    return {**place, **{name: exact_text(number) for name, number in numbers.items()}}
