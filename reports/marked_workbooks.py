"""The submitter's own workbook, returned with its faulty cells marked, and a sheet of findings in front.

One workbook among the sheets is returned under the name asked for. Of several, each is returned as NAME-ITSOWN.xlsx, and
the name asked for has the book of all findings. Where no sheet is a workbook there is only that one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

from dabiao.base.files import File, Upload, paths_among
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Problems, Refused
from dabiao.base.writing import write_bytes
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import COUNTED, Verdict
from dabiao.facts.formats.csv_folder import Folder
from dabiao.facts.formats.registry import find_format
from dabiao.facts.read import list_sources
from dabiao.reports.finding_lines import Line, cut, finding_lines, grade_of, places_of, problem_line, sentence_of
from dabiao.reports.finding_texts import sentence
from dabiao.reports.workbook_marks import Mark, write_marked

_MARKED: tuple[Verdict, ...] = ("shortfall", "behind", "undetermined")


def write(outcome: CheckOutcome, lang: str, path: Path) -> None:
    """Write the marked workbooks, each whole or not at all. Raises `Refused` if one cannot be written."""
    books = list_books(outcome)
    if len(books) != 1:
        from dabiao.reports.findings_book import write_book

        write_bytes(path, lambda stream: write_book(outcome, lang, stream))
    beside = (book for book in paths_among(*books) if book.parent.resolve() == path.parent.resolve())
    taken = {path.name.lower(), *(book.name.lower() for book in beside)}  # no return replaces what was submitted
    for book in books:
        target = path if len(books) == 1 else _beside(path, book, taken)
        write_bytes(target, partial(write_one, outcome, book, lang))


def list_books(outcome: CheckOutcome) -> list[File]:
    """List the workbooks among the sheets that can be returned with marks."""
    return [book for book in _books(outcome) if _is_workbook(book)]


def write_one(outcome: CheckOutcome, book: File, lang: str, stream: IO[bytes]) -> None:
    """Write one of the workbooks with its marks. Raises `Refused` if it cannot be marked."""
    marks, lines = list(_marks(outcome, lang, str(book))), cut(_all_lines(outcome, lang, str(book)), lang)
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
        for place in problem.places:
            if place.file == file and place.cell:
                yield Mark(place.sheet, place.cell, problem.severity, sentence_of(problem, lang))
    if outcome.result is None:
        return
    for finding in outcome.result.findings(_MARKED, tiers=COUNTED):
        text = sentence(finding, lang, outcome.result.plan)
        for location in places_of(finding):
            if location.file == file and location.cell:
                yield Mark(location.sheet, location.cell, grade_of(finding) or "shortfall", text)


def _all_lines(outcome: CheckOutcome, lang: str, file: str) -> Iterator[Line]:
    """Iterate over the lines of the sheet of findings of one workbook; among several, over those that concern it."""
    several = sum(1 for _ in _books(outcome)) > 1
    problems = (one for one in outcome.problems if not several or one.location.file == file)
    yield from (problem_line(problem, lang, file) for problem in problems)
    for finding, line in finding_lines(outcome, lang, file):
        if not several or any(place.file == file for place in places_of(finding)):
            yield line
