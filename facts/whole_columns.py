"""Tells a fault that every cell of a column has as one: it has one cause, such as a heading without its unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dabiao.base.problems import Problem, Term

_LEAST = 5  # cells of a column of which one fault is told once
_DIGITS = "0123456789"


def fold_columns(noted: Iterable[Problem], filled: Mapping[str, int]) -> list[Problem]:
    """Return the problems of a table, with one in the place of those that every filled cell of a column has alike.

    `filled` says how many cells of each column, by its letters or its number, were read. What is alike has one code; the one
    problem stands at the first cell, and says how many there are.
    """
    noted = list(noted)
    by_column: dict[str, list[Problem]] = {}
    for problem in noted:
        by_column.setdefault(_find_column(problem), []).append(problem)
    whole = {
        column: problems[0]
        for column, problems in by_column.items()
        if _LEAST <= len(problems) == filled.get(column) and len({(each.code, each.severity) for each in problems}) == 1
    }
    folded = []
    for problem in noted:
        first = whole.get(_find_column(problem))
        if first is None:
            folded.append(problem)
        elif problem is first:
            folded.append(_make_whole(first, filled[_find_column(first)]))
    return folded


def _find_column(problem: Problem) -> str:
    """Return the column of a problem: its letters or its number."""
    location = problem.location
    return location.cell.rstrip(_DIGITS) or str(location.column)


def _make_whole(first: Problem, count: int) -> Problem:
    words = {"reason": Term(first.code, first.details), "count": count, "nearest": first.details.get("nearest", "")}
    return Problem("whole-column", first.location, words, first.severity)
