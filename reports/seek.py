"""What was sought: for each shortfall the least changes that mend it, with what they would break."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from dabiao.base.messages import say
from dabiao.base.quantities import quantity_text
from dabiao.base.units import Unit
from dabiao.reports import words
from dabiao.reports.json import exact_text, finding_json
from dabiao.reports.tables import Block, write_markdown, write_text
from dabiao.reports.whatif import step_text
from dabiao.rules.model import Plan
from dabiao.scenarios.seek import Answer, Seeking, Sought
from dabiao.scenarios.ways import Move

FORMAT = "dabiao/seek/1"
_NAMED = 8


def write(seeking: Seeking, lang: str, stream: TextIO, *, markdown: bool = False) -> None:
    """Write what mends each shortfall."""
    (write_markdown if markdown else write_text)(list(_blocks(seeking, lang)), stream)


def _blocks(seeking: Seeking, lang: str) -> Iterator[Block]:
    result = seeking.result
    notes = [say("seek.rule", lang)] + ([say("report.synthetic", lang)] if result.synthetic else [])
    title = say("seek.title", lang, plan=result.plan.title[lang], year=result.year, count=len(seeking.sought))
    yield Block(title, notes=tuple(notes))
    for sought in seeking.sought:
        yield _block(sought, result.plan, lang)
    undecided = result.counts()["undetermined"]
    if undecided:
        yield Block(say("seek.undetermined", lang, count=undecided))


def _block(sought: Sought, plan: Plan, lang: str) -> Block:
    finding = sought.finding
    title = say(
        "seek.finding", lang, title=f"{finding.commitment.title[lang]} [{finding.commitment.id}]",
        subject=words.subject_text(finding, lang), actual=words.actual_text(finding, lang),
        target=words.expected_text(finding, lang) or words.target_text(finding, lang),
        verdict=say(f"verdict.{finding.verdict}", lang),
    )  # fmt: skip
    shown = sought.proposed or sought.answers
    notes = [] if sought.proposed or not sought.answers else [say("seek.none-actionable", lang)]
    others = len(sought.answers) - len(shown)
    if others:
        notes.append(say("seek.others", lang, count=others))
    if not sought.answers:
        notes.append(say("seek.no-way", lang))
    rows = tuple((str(n), answer_text(answer, lang), _breaks(answer, plan, lang)) for n, answer in enumerate(shown, 1))
    headings = ("", say("seek.change", lang), say("seek.breaks", lang))
    return Block(title, headings, rows, tuple(notes))


def answer_text(answer: Answer, lang: str) -> str:
    """Say in words which figures move, each from what to what, and by how much."""
    parts = [move_text(move, lang) for move in answer.moves[:_NAMED]]
    more = [say("report.more", lang, count=len(answer.moves) - _NAMED)] if len(answer.moves) > _NAMED else []
    return ("；" if lang == "zh" else "; ").join([*parts, *more])


def move_text(move: Move, lang: str) -> str:
    """Say how one figure moves."""
    measure = move.measure
    before, after = (step_text(measure, value, lang) for value in (move.before, move.after))
    details: dict[str, Any] = {
        "subject": move.subject, "title": measure.title[lang], "before": before, "after": after,
    }  # fmt: skip
    if measure.steps:
        return say("seek.step", lang, **details)
    unit = measure.unit
    if unit.is_percentage:
        unit = Unit("百分点" if lang == "zh" else "pp", unit.factor, ())
    elif unit.symbol == "1:n":
        return say("seek.step", lang, **details)
    amount = quantity_text(abs(move.after - move.before), unit)
    return say("seek.more" if move.after > move.before else "seek.less", lang, amount=amount, **details)


def _breaks(answer: Answer, plan: Plan, lang: str) -> str:
    names = [f"{plan.commitments[name].title[lang]} · {subject}" for name, _, subject in answer.breaks[:3]]
    if len(answer.breaks) > 3:
        names.append(say("report.more", lang, count=len(answer.breaks) - 3))
    return "\n".join(names) or "—"


def write_json(seeking: Seeking, lang: str, stream: TextIO) -> None:
    """Write what was sought as one JSON object, with exact numbers in base units."""
    result = seeking.result
    body = {
        "format": FORMAT,
        "plan": {"id": result.plan.id, "version": result.plan.version},
        "year": result.year,
        "counts": result.counts(),
        "sought": [
            {
                "finding": finding_json(sought.finding, lang, result.plan),
                "reason": sought.reason,
                "answers": [
                    {
                        "moves": [_move(move) for move in answer.moves],
                        "actionable": answer.actionable,
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
    json.dump(body, stream, ensure_ascii=False, indent=1)
    stream.write("\n")


def _move(move: Move) -> dict[str, str]:
    numbers = {"before": move.before, "after": move.after, "unit_step": move.step}
    place = {"root": move.root, "kind": move.kind, "subject": move.subject, "measure": move.measure.id}
    return {**place, **{name: exact_text(number) for name, number in numbers.items()}}
