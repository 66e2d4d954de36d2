"""Paths and uploads to facts: finds the sheets, reads them all, checks what belongs together, reports all problems at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from dabiao.base.files import File, Given, Upload, UploadedFolder
from dabiao.base.problems import MORE, Location, Problem, Problems, Refused
from dabiao.facts.datasets.head import is_data_set
from dabiao.facts.formats.csv_folder import Source, folders_among
from dabiao.facts.formats.walk import find_sources, find_uploaded_sources, is_sheet_only
from dabiao.facts.model import Facts, Sheet, list_blanks
from dabiao.facts.parallel.reading import read_many
from dabiao.facts.together import check_together
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan

_MAY_FOLLOW = frozenset(
    ("unknown-parent", "register-shrunk", "register-grown", "register-confirmed", "register-needless", MORE)
)
"""What may be wrong only because a row or a sheet could not be read."""


class PartlyRead(Refused):
    """Some figures cannot be read. `facts` has all others, which fit together: what else is wrong can be said of them."""

    def __init__(self, problems: Iterable[Problem], facts: Facts) -> None:
        super().__init__(problems)
        self.facts = facts


def read_facts(given: str | Given | Iterable[str | Given], plan: Plan | str) -> Facts:
    """Read fact sheets: files, folders of tables, folders of sheets, or uploads (bytes with a name).

    `plan` is a plan, or the name or path of one. Several processes are used only within
    `parallel.reading.use_read_options`. Raises `Refused` with every problem of every sheet, each with its location.
    """
    if isinstance(plan, str):
        from dabiao.rules.load import load_plan

        plan = load_plan(plan)
    problems = Problems()
    many = [given] if isinstance(given, str | Path | Upload | UploadedFolder) else list(given)
    found = list_sources((Path(each) if isinstance(each, str) else each for each in many), problems)
    heads = [source for source in found if is_data_set(source)]
    vocabulary = Vocabulary(plan)
    single = [source for source in found if source not in heads] if heads else found
    sheets = [sheet for sheet in read_many(single, vocabulary, problems) if sheet is not None]
    for head in heads:
        sheets += _read_set(head, vocabulary, problems)
    unsound, between = bool(problems.errors), Problems()
    if single or len(heads) > 1:  # a data set by itself has been checked by its columns
        check_together(sheets, plan, between)
        problems.extend(one for one in between.found if not (unsound and _may_follow(one)))
    if problems.errors:
        told = [*sort_problems(problems.found, sheets), *_tell_blanks(sheets)]
        if unsound and sheets and not between.errors:
            raise PartlyRead(told, Facts(plan, tuple(sheets)))
        raise Refused(told)
    return Facts(plan, tuple(sheets), problems.found)


def _may_follow(problem: Problem) -> bool:
    """Whether a problem may come from what could not be read; of a kind that the plan lists by name, all names are known."""
    return problem.code in _MAY_FOLLOW and not problem.details.get("named")


def sort_problems(problems: Sequence[Problem], sheets: Iterable[Sheet], *, by_line: bool = False) -> list[Problem]:
    """Return problems in the order of the sheets, of a workbook in that of its tables, rows and columns.

    Those of other files stay as they were found, or come by line. What is of a file that could not be read stays behind what
    was found before it.
    """
    if len(problems) < 2:
        return list(problems)
    files: dict[str, tuple[int, int]] = {}
    places: dict[str, dict[str, int]] = {}
    for sheet in sheets:
        begun = (place.file for part in sheet.parts if (place := part.beginning()) is not None)
        for file in (sheet.file, *begun):
            files.setdefault(file, (len(files), 0))
        if sheet.blanks:
            places[sheet.file] = {blank.location.sheet: at for at, blank in enumerate(sheet.blanks)}

    before = (-1, 0)
    for number, problem in enumerate(problems, 1):
        before = files.setdefault(problem.location.file, (before[0], number))

    def order(problem: Problem) -> tuple[int, ...]:
        place = problem.location
        if place.file in places:
            from dabiao.facts.workbook.grid import find_order

            return *files[place.file], *find_order(problem, places[place.file])
        return *files[place.file], *((problem.code == MORE, place.line, place.column) if by_line else ())

    return sorted(problems, key=order)


def _tell_blanks(sheets: Iterable[Sheet]) -> Iterator[Problem]:
    """Say of what is refused what is still empty in it, too."""
    for sheet in sheets:
        if count := sum(blank.empty for blank in sheet.blanks):
            details = {"count": count, "where": list_blanks(sheet.blanks)}
            yield Problem("blank-cells", Location(sheet.file), details, "warning")


def _read_set(head: Source, vocabulary: Vocabulary, problems: Problems) -> tuple[Sheet, ...]:
    """Read a data set, which needs Polars; most sheets do not."""
    from dabiao.facts.datasets.read import read_data_set

    assert isinstance(head, Path)
    return read_data_set(head, vocabulary, problems)


def list_sources(
    given: Iterable[Given], problems: Problems, is_other: Callable[[File], bool] = is_sheet_only
) -> list[Source]:
    """List the sheets in files and folders, on disk or uploaded; single uploads come last.

    `is_other` says which files of a folder that are no sheets are listed, too.
    """
    found: list[Source] = []
    uploads: list[Upload] = []
    for each in given:
        if isinstance(each, Upload):
            uploads.append(each)
        else:
            found += (
                find_uploaded_sources(each, problems)
                if isinstance(each, UploadedFolder)
                else find_sources(each, problems, is_other)
            )
    return [*found, *folders_among(uploads)]
