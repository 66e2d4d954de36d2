"""The files that sheets are made of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dabiao.base.problems import Problems
from dabiao.facts.formats.csv_folder import HEAD, tables_in
from dabiao.facts.formats.walk import sources


def sheet_files(path: Path) -> Iterator[Path]:
    """Iterate over the files that are read for a path: itself, or of a folder the sheets and the tables of CSV folders.

    Tables without a head are among them.
    """
    try:
        folder = path.is_dir()
    except (OSError, ValueError):  # a name that no file can have is told where it is read
        folder = False
    if not folder:
        yield path
        return
    problems = Problems()
    for found in sources(path, problems):
        if found.is_dir():
            yield found / HEAD
            yield from tables_in(found)
        else:
            yield found
    for problem in problems.found:
        if problem.code == "no-sheet-head":
            yield from tables_in(Path(problem.location.file))
