"""Finds the sheets at a path: a file, a CSV folder, or all sheets in a folder and in the folders below it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from dabiao.base.files import File, Upload, UploadedFolder
from dabiao.base.limits import limits
from dabiao.base.problems import Location, Problems, Refused, make_limit_problem
from dabiao.facts.formats.csv_folder import HEAD, Source, folders_among, is_table, tables_in
from dabiao.facts.formats.detect import is_sheet_file


def is_sheet_only(file: File) -> bool:
    """Whether a file that is no sheet is listed all the same: none is."""
    del file
    return False


def find_sources(path: Path, problems: Problems, is_other: Callable[[File], bool] = is_sheet_only) -> list[Path]:
    """List the sheets at a path. A path that is a file is always taken; in a folder, files that are no sheets are skipped.

    Folders are searched in order of their names, each only once even if links lead to it again. Notes a folder without
    sheets, and a folder with tables but without their head. `is_other` says which other files of a folder are listed, too.
    """
    try:
        if not path.is_dir() or (path / HEAD).is_file():
            return [path]
        before = len(problems.errors)
        walk = _FolderSearch(problems, is_other)
        walk.into(path)
        if not walk.found and len(problems.errors) == before:
            problems.add("no-sheets", Location(str(path)), expected=HEAD)
    except OSError as error:  # no permission to list the folder
        problems.add("unreadable", Location(str(path)), reason=error.strerror or type(error).__name__)
        return []
    except Refused as refused:
        problems.extend(refused.problems)
        return []
    return walk.found


def find_uploaded_sources(folder: UploadedFolder, problems: Problems) -> list[Source]:
    """List the sheets in an uploaded folder. Notes the same problems as `find_sources`."""
    uploads = sorted(folder.files, key=lambda upload: PurePosixPath(upload.name).parts)
    found = folders_among(uploads)
    headless = [source for source in found if isinstance(source, Upload) and is_table(PurePosixPath(source.name).name)]
    for parent in dict.fromkeys(str(PurePosixPath(table.name).parent) for table in headless):
        problems.add("no-sheet-head", Location(parent), expected=HEAD)
    sheets = [source for source in found if source not in headless]
    if not found:
        problems.add("no-sheets", Location(folder.name), expected=HEAD)
    return sheets


class _FolderSearch:
    def __init__(self, problems: Problems, is_other: Callable[[File], bool]) -> None:
        self.found: list[Path] = []
        self._problems, self._is_other = problems, is_other
        self._seen: set[tuple[int, int]] = set()
        self._left = limits().members

    def into(self, folder: Path, depth: int = 0) -> int:
        """Search a folder; return how many sheets it holds. Raises `Refused` for too many entries and too deep a nesting."""
        about = folder.stat()
        if (about.st_dev, about.st_ino) in self._seen:
            return 0
        self._seen.add((about.st_dev, about.st_ino))
        if depth > limits().depth:
            raise Refused([make_limit_problem("depth", Location(str(folder)), depth)])
        sheets = 0
        for child in sorted(folder.iterdir()):
            self._left -= 1
            if self._left < 0:
                raise Refused([make_limit_problem("members", Location(str(folder)), f"> {limits().members}")])
            if child.name.startswith((".", "~")):
                continue
            if not child.is_dir():
                is_sheet = is_sheet_file(child)
                sheets += is_sheet
                if is_sheet or self._is_other(child):
                    self.found.append(child)
            elif (child / HEAD).is_file():
                sheets += 1
                self.found.append(child)
            else:
                sheets += self._search_below(child, depth + 1)
        if not sheets and tables_in(folder):
            self._problems.add("no-sheet-head", Location(str(folder)), expected=HEAD)
        return sheets

    def _search_below(self, folder: Path, depth: int) -> int:
        try:
            return self.into(folder, depth)
        except OSError as error:
            self._problems.add("unreadable", Location(str(folder)), reason=error.strerror or type(error).__name__)
            return 0
