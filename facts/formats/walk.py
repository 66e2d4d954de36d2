"""The sheets a path stands for: itself, a CSV folder, or the sheets in a folder and in the folders below it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from dabiao.base.files import Upload, UploadedFolder
from dabiao.base.limits import limits
from dabiao.base.problems import Location, Problems, Refused, make_limit_problem
from dabiao.facts.formats.csv_folder import HEAD, Source, folders_among, is_table, tables_in
from dabiao.facts.formats.detect import belongs


def sources(path: Path, problems: Problems) -> list[Path]:
    """List the sheets a path stands for. What is named is taken; in a folder, what is no sheet is passed over.

    Folders are looked through in order of their names, each once, however links lead to it. Notes a folder without sheets,
    and a folder with tables but without their head.
    """
    try:
        if not path.is_dir() or (path / HEAD).is_file():
            return [path]
        before = len(problems.errors)
        walk = _Walk(problems)
        walk.into(path)
        if not walk.found and len(problems.errors) == before:
            problems.add("no-sheets", Location(str(path)), expected=HEAD)
    except OSError as error:  # a folder that may not be looked into
        problems.add("unreadable", Location(str(path)), reason=error.strerror or type(error).__name__)
        return []
    except Refused as refused:
        problems.extend(refused.problems)
        return []
    return walk.found


def sources_in(folder: UploadedFolder, problems: Problems) -> list[Source]:
    """List the sheets in an uploaded folder, and note what `sources` notes of one on disk."""
    uploads = sorted(folder.files, key=lambda upload: PurePosixPath(upload.name).parts)
    found = folders_among(uploads)
    headless = [source for source in found if isinstance(source, Upload) and is_table(PurePosixPath(source.name).name)]
    for parent in dict.fromkeys(str(PurePosixPath(table.name).parent) for table in headless):
        problems.add("no-sheet-head", Location(parent), expected=HEAD)
    sheets = [source for source in found if source not in headless]
    if not found:
        problems.add("no-sheets", Location(folder.name), expected=HEAD)
    return sheets


class _Walk:
    def __init__(self, problems: Problems) -> None:
        self.found: list[Path] = []
        self._problems = problems
        self._seen: set[tuple[int, int]] = set()
        self._left = limits().members

    def into(self, folder: Path, depth: int = 0) -> None:
        """Look through a folder. Raises `Refused` where there is too much in it."""
        about = folder.stat()
        if (about.st_dev, about.st_ino) in self._seen:
            return
        self._seen.add((about.st_dev, about.st_ino))
        if depth > limits().depth:
            raise Refused([make_limit_problem("depth", Location(str(folder)), depth)])
        before = len(self.found)
        for child in sorted(folder.iterdir()):
            self._left -= 1
            if self._left < 0:
                raise Refused([make_limit_problem("members", Location(str(folder)), f"> {limits().members}")])
            if child.name.startswith((".", "~")):
                continue
            if not child.is_dir():
                if belongs(child):
                    self.found.append(child)
            elif (child / HEAD).is_file():
                self.found.append(child)
            else:
                self._below(child, depth + 1)
        if len(self.found) == before and tables_in(folder):
            self._problems.add("no-sheet-head", Location(str(folder)), expected=HEAD)

    def _below(self, folder: Path, depth: int) -> None:
        try:
            self.into(folder, depth)
        except OSError as error:
            self._problems.add("unreadable", Location(str(folder)), reason=error.strerror or type(error).__name__)
