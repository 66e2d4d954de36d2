"""The submitter's own workbook, returned with its faulty cells marked, and a sheet of findings in front.

One workbook among the sheets is returned under the name asked for. Of several, each is returned as NAME-ITSOWN.xlsx, and
the name asked for has the sheet of all findings. Where no sheet is a workbook there is only that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

from dabiao.base.files import File, Upload, paths_among
from dabiao.base.messages import say
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import COUNTED, VERDICTS, Finding, Verdict
from dabiao.facts.formats.csv_folder import Folder
from dabiao.facts.formats.registry import find_format
from dabiao.facts.read import list_sources
from dabiao.reports import words
from dabiao.reports.files import write_bytes
from dabiao.reports.finding_texts import MOST_PLACES, sentence
from dabiao.reports.locations import fact_places, place_of
from dabiao.reports.workbook_marks import Grade, Line, Mark, write_findings, write_marked

MOST_LINES = 20_000  # of the sheet of findings; the rest is counted

_MARKED: tuple[Verdict, ...] = ("shortfall", "behind", "undetermined")


def write(outcome: CheckOutcome, lang: str, path: Path) -> None:
    """Write the marked workbooks, each whole or not at all. Raises `Refused` if one cannot be written."""
    books = [book for book in _books(outcome) if _is_workbook(book)]
    if len(books) != 1:
        lines = list(_lines(outcome, lang, None))
        write_bytes(path, lambda stream: write_findings(lines, lang, stream))
    beside = (book for book in paths_among(*books) if book.parent.resolve() == path.parent.resolve())
    taken = {path.name.lower(), *(book.name.lower() for book in beside)}  # no return replaces what was submitted
    for book in books:
        target = path if len(books) == 1 else _beside(path, book, taken)
        write_bytes(target, _writer(outcome, book, lang))


def _writer(outcome: CheckOutcome, book: File, lang: str) -> Callable[[IO[bytes]], None]:
    marks, lines = list(_marks(outcome, lang, str(book))), list(_lines(outcome, lang, str(book)))
    return partial(_write, book, marks, lines, lang)


def _write(book: File, marks: list[Mark], lines: list[Line], lang: str, stream: IO[bytes]) -> None:
    write_marked(read_bytes(book), str(book), marks, lines, lang, stream)


def _books(outcome: CheckOutcome) -> Iterator[File]:
    seen: set[File] = set()
    for source in list_sources(outcome.request.sheets, Problems()):
        if isinstance(source, Folder) or not (form := find_format(source)) or not form.can_be_marked:
            continue
        place = source.resolve() if isinstance(source, Path) else source
        if place not in seen and (isinstance(source, Upload) or source.is_file()):
            seen.add(place)
            yield source


def _is_workbook(book: File) -> bool:
    """Whether a file can be marked: one that is no workbook at all has been refused, and there are no cells in it."""
    from dabiao.facts.formats.xlsx import read_grids

    try:
        return bool(read_grids(read_bytes(book), str(book)))
    except Refused:
        return False


def _beside(path: Path, book: File, taken: set[str]) -> Path:
    """Return the name of one of several workbooks."""
    number, name = 1, f"{path.stem}-{book.stem}{book.suffix}"
    while name.lower() in taken:
        number += 1
        name = f"{path.stem}-{book.stem}-{number}{book.suffix}"
    taken.add(name.lower())
    return path.with_name(name)


def _marks(outcome: CheckOutcome, lang: str, file: str) -> Iterator[Mark]:
    """Iterate over what is to be said at the cells of one workbook, problems first."""
    for problem in outcome.problems:
        location = problem.location
        if location.file == file and location.cell:
            yield Mark(location.sheet, location.cell, problem.severity, _sentence(problem, lang))
    if outcome.result is None:
        return
    for finding in outcome.result.findings(_MARKED, tiers=COUNTED):
        text = sentence(finding, lang, outcome.result.plan)
        for location in _places(finding):
            if location.file == file and location.cell:
                yield Mark(location.sheet, location.cell, _grade(finding) or "shortfall", text)


def _places(finding: Finding) -> list[Location]:
    """Return the places of a finding: the one to point at, and those of its figures, of a count over many only some."""
    first = place_of(finding)
    places = dict.fromkeys([first] if first else [])
    places.update(dict.fromkeys(location for location, _ in fact_places(finding)))
    return list(places)[:MOST_PLACES]


def _grade(finding: Finding) -> Grade | None:
    if finding.verdict == "shortfall":
        return "binding" if finding.commitment.nature == "binding" else "shortfall"
    if finding.verdict in ("behind", "undetermined"):
        return "behind" if finding.verdict == "behind" else "undetermined"
    return None


def _sentence(problem: Problem, lang: str) -> str:
    """Say a problem without its place, which is the cell it is put in."""
    return problem.text(lang).removeprefix(f"{problem.location}: ")


def _lines(outcome: CheckOutcome, lang: str, file: str | None) -> Iterator[Line]:
    """Iterate over the lines of the sheet of findings; of one workbook among several, those that concern it."""
    lines = 0
    for line in _all_lines(outcome, lang, file):
        lines += 1
        if lines <= MOST_LINES:
            yield line
    if lines > MOST_LINES:
        yield Line((say("report.more", lang, count=lines - MOST_LINES), "", "", "", "", ""))


def _all_lines(outcome: CheckOutcome, lang: str, file: str | None) -> Iterator[Line]:
    several = sum(1 for _ in _books(outcome)) > 1
    for problem in outcome.problems:
        here = problem.location.file == file
        if file is None or here or not several:
            sort = say("marked.problem" if problem.severity == "error" else "marked.warning", lang)
            place = _shown(problem.location, file)
            yield Line(
                (sort, place, "", "", _sentence(problem, lang), ""), problem.severity, *_goto(problem.location, file)
            )
    if (result := outcome.result) is None:
        return
    for verdict in VERDICTS:
        for finding in result.findings([verdict], tiers=COUNTED):
            places = _places(finding)
            if file is not None and several and not any(place.file == file for place in places):
                continue
            location = next((p for p in places if p.file == file and p.cell), places[0] if places else None)
            commitment = finding.commitment
            cells = (
                say(f"verdict.{verdict}", lang),
                _shown(location, file) if location else "",
                words.subject_text(finding, lang, with_root=True),
                f"{commitment.title[lang]} [{commitment.id}]",
                sentence(finding, lang, result.plan),
                f"{commitment.cite.section}「{commitment.cite.phrase}」",
            )
            yield Line(cells, _grade(finding), *(_goto(location, file) if location else ()))


def _shown(location: Location, file: str | None) -> str:
    """Write a place: in the workbook itself without the name of the file."""
    return (
        f"{location.sheet}!{location.cell}"
        if location.file == file and location.cell and location.sheet
        else str(location)
    )


def _goto(location: Location, file: str | None) -> tuple[str, str]:
    """Return the sheet and cell to go to, if the place is in the workbook itself."""
    return (location.sheet, location.cell) if location.file == file and location.cell and location.sheet else ("", "")
