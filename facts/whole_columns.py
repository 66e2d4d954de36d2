"""Tells a fault that many cells of a column have alike as one: it has one cause, such as a heading without its unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from dabiao.base.limits import limits
from dabiao.base.problems import ALIKE, MORE, Listing, Location, Problem, Problems, Severity, Term, count_problems

_LEAST = 5  # cells of a column of which one fault is told once
_MOST_RUNS = 12  # cells, or runs of them, that a message names
_DIGITS = "0123456789"
_NOWHERE = Location("")


@dataclass(slots=True)
class _Column:
    """What was noted of one column: how many problems, of which sorts, and how many of them were kept."""

    count: int = 0
    kept: int = 0
    sorts: set[tuple[str, Severity]] = field(default_factory=set)


class ColumnProblems(Problems):
    """Collects the problems of one table. Of each column it keeps as many as the limit `problems` allows, and counts all."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: dict[str, _Column] = {}

    def extend(self, problems: Iterable[Problem]) -> None:
        """Keep or count each of several problems."""
        for problem in problems:
            column = self._columns.setdefault(_find_column(problem), _Column())
            column.count += count_problems([problem])
            column.sorts.add((problem.code, problem.severity))
            if column.kept < self._most and problem.code != MORE:
                column.kept += 1
                self._found.append(problem)

    def __len__(self) -> int:
        return sum(column.count for column in self._columns.values())

    def fold(self, filled: Mapping[str, int]) -> list[Problem]:
        """Return the problems in their order, with one in the place of those of a column that have one cause.

        These are the problems that every filled cell of a column has, if they are of one sort, and those that say the same
        of several cells. `filled` says how many cells of each column, by its letters or its number, were read. The one
        problem stands at the first cell, says how many there are, and has the others under `also`.
        """
        groups: dict[object, list[Problem]] = {}
        for problem in self._found:
            groups.setdefault(self._find_group(problem, filled), []).append(problem)
        folded: list[Problem] = []  # in the order of the first of each
        for problems in groups.values():
            column = _find_column(problems[0])
            if self._is_whole(column, filled):
                folded.append(_join(problems, Term("whole-column", {"count": self._columns[column].count})))
            else:
                folded.append(join_alike(problems))
        dropped = sum(c.count - c.kept for name, c in self._columns.items() if not self._is_whole(name, filled))
        if dropped:
            more = {"found": dropped, "limit": "problems"}
            folded.append(Problem(MORE, Location(self._found[0].location.file), more))
        return folded

    def _is_whole(self, name: str, filled: Mapping[str, int]) -> bool:
        """Whether every filled cell of a column has a problem, and all of one sort."""
        column = self._columns[name]
        return _LEAST <= column.count == filled.get(name) and len(column.sorts) == 1

    def _find_group(self, problem: Problem, filled: Mapping[str, int]) -> object:
        column = _find_column(problem)
        return column if self._is_whole(column, filled) else (column, _say(problem))


def join_alike(problems: Sequence[Problem], count: int = 0) -> Problem:
    """Return one problem for several that say the same of cells of one column; there are `count` of them, if not only these."""
    places = [problem.location for problem in problems]
    if len(places) == 1:
        return problems[0]
    count = max(count, len(places))
    return _join(problems, Term("several-cells", {"count": count, "places": _name_places(places, count)}))


def note_alike(
    problems: Problems, code: str, rows: Sequence[int], locate: Callable[[int], Location], **details: object
) -> None:
    """Note one fault of some rows of a column, as one problem."""
    kept = [Problem(code, locate(row), details) for row in rows[: limits().problems]]
    problems.extend([join_alike(kept, len(rows))] if kept else [])


def _find_column(problem: Problem) -> str:
    """Return the column of a problem: its letters or its number."""
    location = problem.location
    return location.cell.rstrip(_DIGITS) or str(location.column)


def _say(problem: Problem) -> tuple[str, str, str]:
    """Return what a problem says of its cell."""
    return problem.code, problem.severity, replace(problem, location=_NOWHERE).text()


def _join(problems: Sequence[Problem], alike: Term) -> Problem:
    """Return the first of several problems with the places of the others; `alike` is put before what it says."""
    first, *others = problems
    also = tuple(other.location for other in others)
    return replace(first, details={**first.details, ALIKE: alike}, also=also)


def _name_places(places: Sequence[Location], count: int) -> object:
    """Name some cells of a column: A2:A5, A9; of a text the lines; whole places, if they are in several files."""
    if len({place.file for place in places}) > 1:
        named: list[object] = list(map(str, places))
        runs = [(text, 1) for text in named[:_MOST_RUNS]]
    else:
        runs = [(_name_run(run), len(run)) for run in _find_runs(places)[:_MOST_RUNS]]
        named = [text for text, _ in runs]
    left = count - sum(size for _, size in runs)
    listed = Listing((*(text for text, _ in runs), *([Term("report.more", {"count": left})] if left else ())))
    return (
        listed
        if places[0].cell or len({place.file for place in places}) > 1
        else Term("places.lines", {"lines": listed})
    )


def _find_runs(places: Sequence[Location]) -> list[list[Location]]:
    """Return runs of places in rows that follow one another."""
    numbered = enumerate(sorted(set(places), key=_row_of))
    return [[place for _, place in run] for _, run in groupby(numbered, lambda pair: _row_of(pair[1]) - pair[0])]


def _row_of(place: Location) -> int:
    return int(place.cell[len(place.cell.rstrip(_DIGITS)) :] or 0) if place.cell else place.line


def _name_run(run: Sequence[Location]) -> str:
    first, last = (place.cell or str(place.line) for place in (run[0], run[-1]))
    if len(run) == 1:
        return first
    return f"{first}:{last}" if run[0].cell else f"{first}–{last}"
