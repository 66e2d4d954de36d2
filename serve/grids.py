"""The cells of a workbook around what is wrong in it, as they stand there, with the number of each problem at its cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dabiao.base.files import File, Upload
from dabiao.base.messages import visible
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Problem
from dabiao.facts.formats.xlsx import read_grids
from dabiao.facts.workbook.grid import Grid, column_letters
from openpyxl.utils.cell import coordinate_to_tuple

_MOST_ROWS, _MOST_COLUMNS, _LONGEST = 80, 14, 60


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell as it is shown: its place, its text, and the numbers of the problems in it."""

    place: str
    text: str
    problems: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class GridPart:
    """What is shown of a sheet: letters of columns, and rows by number; `left` faulty cells are not among them."""

    file: str
    sheet: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[GridCell, ...]], ...]
    left: int


def cut_out(books: Iterable[File], problems: Sequence[Problem]) -> Iterator[GridPart]:
    """Iterate over the sheets in which something is wrong; problems are numbered from 1 in their order."""
    for book in books:
        for grid in read_grids(read_bytes(book), str(book)):
            faults: dict[tuple[int, int], list[int]] = {}
            for number, problem in enumerate(problems, 1):
                for place in problem.places:
                    if (place.file, place.sheet) == (str(book), grid.name) and (at := _find_cell(place.cell)):
                        faults.setdefault(at, []).append(number)
            if faults:
                yield _cut(str(book), grid, faults)


def _find_cell(text: str) -> tuple[int, int] | None:
    """Return row and column of a cell, the first of several; None for no cell."""
    try:
        row, column = coordinate_to_tuple(text.partition(":")[0].replace("$", ""))
    except (ValueError, IndexError, KeyError):
        return None
    return (row, column) if row and column else None


def _cut(file: str, grid: Grid, faults: Mapping[tuple[int, int], list[int]]) -> GridPart:
    rows = sorted({row for row, _ in faults})[: _MOST_ROWS // 3]
    near = {row + step for row in rows for step in (-1, 0, 1) if row + step in grid.rows or step == 0}
    first = min(grid.rows, default=0)
    shown = sorted(row for row in {first, *near} if row > 0)
    seen = {column for row in shown for column in grid.rows.get(row, ()) if not grid.is_hidden(row, column)}
    filled = sorted(seen)[:_MOST_COLUMNS]
    faulty = sorted({column for row, column in faults if row in rows})
    columns = sorted({*filled, *faulty[:_MOST_COLUMNS]})
    lines = tuple(
        (row, tuple(_show(grid, row, column, faults.get((row, column), ())) for column in columns)) for row in shown
    )
    here = sum(bool(cell.problems) for _, cells in lines for cell in cells)
    return GridPart(file, grid.name, tuple(map(column_letters, columns)), lines, len(faults) - here)


def _show(grid: Grid, row: int, column: int, problems: Sequence[int]) -> GridCell:
    cell = grid.cell(row, column)
    text = visible(" ".join(cell.text.split())) if cell else ""
    return GridCell(
        f"{column_letters(column)}{row}", text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…", tuple(problems)
    )


def line_text(problem: Problem, sheets: Iterable[File]) -> str:
    """Return the line of a text sheet that a problem stands in, empty if it stands in none."""
    location = problem.location
    sheet = next((one for one in sheets if str(one) == location.file and isinstance(one, Upload)), None)
    if not location.line or not isinstance(sheet, Upload) or not sheet.content:
        return ""
    lines = sheet.content.decode("utf-8", "replace").splitlines()
    text = visible(lines[location.line - 1].strip()) if location.line <= len(lines) else ""
    return text if len(text) <= 2 * _LONGEST else f"{text[: 2 * _LONGEST]}…"
