"""The outcome as annotations of a GitHub Actions step, and a job summary in Markdown where the step has a file for one.

GitHub shows ten annotations of a kind a step: the gravest come first, and the rest are plain lines of the log. A summary
may have 1 MiB: tables are cut until it fits, and what is left out is counted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

from dabiao.base.messages import say, visible
from dabiao.base.problems import Location, Problem
from dabiao.base.writing import refuse_output
from dabiao.engine.overview import Overview
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import FailOn, Finding, Result, Verdict, find_counted
from dabiao.reports import finding_texts, locations, markdown, page
from dabiao.reports.room import Room, find_room

Kind = Literal["error", "warning", "notice"]

SHOWN = 10  # annotations of a kind that GitHub shows of one step
LOGGED = 1_000  # findings that are told in the log
MAX_SUMMARY = 1024 * 1024  # bytes of the summary of one step
_ORDER: tuple[Verdict, ...] = ("shortfall", "undetermined", "behind")
_STEPS = (None, 500, 100, 20, 5, 0)  # lines a table


class Note(NamedTuple):
    """One annotation: how grave, a title, a text of one or more lines, and where it belongs."""

    kind: Kind
    title: str
    text: str
    location: Location | None


def write(outcome: CheckOutcome, lang: str, stream: TextIO) -> None:
    """Write the annotations, and add the summary to the file that GITHUB_STEP_SUMMARY names, if it is set."""
    _write([outcome], lang, stream)


def write_several(found: Overview, lang: str, stream: TextIO) -> None:
    """Write the annotations of several checks, the gravest first, and add the summary of each."""
    _write(found.checks, lang, stream)


def _write(outcomes: Sequence[CheckOutcome], lang: str, stream: TextIO) -> None:
    shown: dict[Kind, int] = dict.fromkeys(("error", "warning", "notice"), 0)
    rooms = [None if one.result is None else _find_room(one, one.result) for one in outcomes]
    found = [note for outcome, room in zip(outcomes, rooms, strict=True) for note in _notes(outcome, room, lang)]
    notes = sorted(found, key=lambda note: list(shown).index(note.kind))
    counts = {kind: sum(note.kind == kind for note in notes) for kind in shown}
    for note in notes:
        shown[note.kind] += 1
        if counts[note.kind] > SHOWN and shown[note.kind] == SHOWN:
            left = counts[note.kind] - SHOWN + 1
            words = say("gate.in-log", lang, limit=SHOWN, count=left)
            stream.write(command(Note(note.kind, say("gate.others", lang, count=left), words, None)))
        if shown[note.kind] < SHOWN or counts[note.kind] <= SHOWN:
            stream.write(command(note))
        else:
            stream.write(plain(note, lang))
    for room in rooms:
        if room is not None and room.left:
            stream.write(f"- {visible(room.text(lang))}\n")
    if file := os.environ.get("GITHUB_STEP_SUMMARY"):
        for outcome in outcomes:
            _append(Path(file), outcome, lang, stream)


def command(note: Note) -> str:
    """Return the workflow command for one annotation, on a line of its own."""
    parts = {"title": note.title}
    if note.location is not None and locations.in_file(note.location):
        parts["file"] = locations.relative(note.location.file) or note.location.file
        if note.location.line:
            parts["line"] = str(note.location.line)
            if column := locations.text_column(note.location):
                parts["col"] = str(column)
    listed = ",".join(f"{name}={_property(value)}" for name, value in parts.items())
    return f"::{note.kind} {listed}::{_data(note.text)}\n"


def summary(outcome: CheckOutcome, lang: str, room: int) -> str:
    """Return the summary, with as many lines as fit into `room` bytes; what is left out is counted. Empty if nothing fits."""
    for most in _STEPS:
        text = markdown.markdown_text(page.memo(outcome, lang, most))
        if len(text.encode("utf-8", "backslashreplace")) <= room:
            return text
    return ""


def _find_room(outcome: CheckOutcome, result: Result) -> Room:
    return find_room(result, LOGGED, _ORDER, find_counted(outcome.request.fail_on))


def _notes(outcome: CheckOutcome, room: Room | None, lang: str) -> Iterator[Note]:
    for problem in outcome.problems:
        yield _of_problem(problem, lang)
    if finding_texts.nothing_judged(outcome):
        location = locations.nearest_place(outcome, None)
        yield Note("error", say("gate.nothing-rule", lang), finding_texts.nothing_text(outcome, lang), location)
    if (result := outcome.result) is None or room is None:
        return
    found: dict[Verdict, list[Note]] = {verdict: [] for verdict in _ORDER}
    binding: list[Note] = []
    for finding in map(result.explain, room.rows):
        verdict = say(f"verdict.{finding.verdict}", lang)
        lines = [finding_texts.sentence(finding, lang, result.plan), *finding_texts.details(finding, lang, result.plan)]
        note = Note(
            _kind(finding, outcome.request.fail_on), f"{verdict}: {finding_texts.named(finding, lang)}", "\n".join(lines),
            locations.nearest_place(outcome, locations.place_of(finding)),
        )  # fmt: skip
        (binding if finding.severity == 3 else found[finding.verdict]).append(note)
    yield from binding
    for notes in found.values():
        yield from notes


def _kind(finding: Finding, fail_on: FailOn) -> Kind:
    """Return the annotation level: error for what fails the check, warning for other shortfalls and undetermined findings."""
    if finding_texts.grade(finding, fail_on) == "failure":
        return "warning" if fail_on == "never" else "error"
    return "warning" if finding.verdict == "undetermined" else "notice"


def _of_problem(problem: Problem, lang: str) -> Note:
    word = say(f"gate.{problem.severity}", lang)
    return Note(problem.severity, f"{word}: {problem.code}", problem.text(lang), problem.location)


def plain(note: Note, lang: str) -> str:
    """Return a note as a line of the log that GitHub takes for no command, whatever names are in it."""
    text = visible(note.text.split("\n", 1)[0]).replace("##[", "## [")
    place = visible(str(note.location)).replace("##[", "## [")
    return f"- {say('gate.line', lang, name=say(f'gate.{note.kind}', lang), text=text)} ({place})\n"


def _data(text: str) -> str:
    shown = "\n".join(visible(line) for line in text.split("\n"))
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")


def _append(path: Path, outcome: CheckOutcome, lang: str, stream: TextIO) -> None:
    """Add the summary to what earlier commands of the step wrote. Raises `Refused` if that is impossible."""
    try:
        text = summary(outcome, lang, MAX_SUMMARY - (path.stat().st_size if path.exists() else 0))
        if not text:
            stream.write(command(Note("warning", "dabiao", say("gate.no-room", lang, limit=MAX_SUMMARY), None)))
        with path.open("a", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.write(text)
    except OSError as error:
        raise refuse_output(str(path), error) from None
