"""Lists the files that make up sheets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dabiao.base.problems import Problems
from dabiao.facts.datasets.head import data_files, is_data_set
from dabiao.facts.formats.csv_folder import HEAD, tables_in
from dabiao.facts.formats.walk import find_sources


def sheet_files(path: Path) -> Iterator[Path]:
    """Iterate over the files that are read for a path: the file itself, with its tables, or all sheets and tables in a folder.

    Tables without a head are included.
    """
    try:
        folder = path.is_dir()
    except (OSError, ValueError):  # an impossible file name is reported when it is read
        folder = False
    if not folder:
        yield path
        if is_data_set(path):
            yield from data_files(path)
        return
    problems = Problems()
    for found in find_sources(path, problems):
        if found.is_dir():
            yield found / HEAD
            yield from tables_in(found)
        else:
            yield found
    for problem in problems.found:
        if problem.code == "no-sheet-head":
            yield from tables_in(Path(problem.location.file))
