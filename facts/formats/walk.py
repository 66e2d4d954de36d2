"""Finds the sheets at a path: a file, a CSV folder, or all sheets in a folder and in the folders below it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from dabiao.base.files import File, Upload, UploadedFolder, is_within
from dabiao.base.limits import limits
from dabiao.base.problems import Location, Problems, Refused, make_limit_problem
from dabiao.base.system import put_system_reason
from dabiao.facts.formats.csv_folder import HEAD, LOCK, Source, folders_among, is_table, note_headless
from dabiao.facts.formats.detect import (
    belongs_to_plan,
    find_foreign_table,
    is_archive,
    is_disguised,
    is_sheet_file,
    may_be_submission,
)
from dabiao.facts.formats.registry import find_format


def is_sheet_only(file: File) -> bool:
    """Whether a file that is no sheet is listed all the same: none is."""
    del file
    return False


def find_sources(path: Path, problems: Problems, is_other: Callable[[File], bool] = is_sheet_only) -> list[Path]:
    """List the sheets at a path. A path that is a file is always taken; in a folder, files that are no sheets are skipped.

    Folders are searched in order of their names, each only once even if links lead to it again. Notes a folder without
    sheets, tables without their head, and what looks like a sheet or a table but is not read. `is_other` says which other
    files of a folder are listed, too.
    """
    try:
        if not path.is_dir():
            return [path]
        before = len(problems.errors)
        walk = _FolderSearch(path, problems, is_other)
        if (path / HEAD).is_file():
            return [path] if walk.beside(path) else []
        walk.into(path)
        if not walk.found and len(problems.errors) == before:
            problems.add("no-sheets", Location(str(path)), expected=HEAD)
    except OSError as error:  # no permission to list the folder
        problems.add("unreadable", Location(str(path)), reason=put_system_reason(error))
        return []
    except Refused as refused:
        problems.extend(refused.problems)
        return []
    return walk.found


def find_uploaded_sources(folder: UploadedFolder, problems: Problems) -> list[Source]:
    """List the sheets in an uploaded folder. Notes the same problems as `find_sources`."""
    above = len(PurePosixPath(folder.name).parts) + 1  # its place, and the file's own name
    levels = max((len(PurePosixPath(upload.name).parts) for upload in folder.files), default=above) - above
    for limit, size in (("members", len(folder.files)), ("depth", levels)):
        if size > getattr(limits(), limit):
            problems.extend([make_limit_problem(limit, Location(folder.name), size)])
            return []
    uploads = sorted(folder.files, key=lambda upload: PurePosixPath(upload.name).parts)
    found = folders_among(uploads)
    sheets: list[Source] = []
    headless: dict[PurePosixPath, list[Upload]] = {}
    for source in found:
        path = PurePosixPath(str(source))
        if isinstance(source, Upload) and is_table(path.name):
            headless.setdefault(path.parent, []).append(source)
        else:
            sheets.append(source)
    for parent, tables in headless.items():
        note_headless(parent, tables, problems)
    if not found:
        problems.add("no-sheets", Location(folder.name), expected=HEAD)
    return sheets


class _FolderSearch:
    def __init__(self, root: Path, problems: Problems, is_other: Callable[[File], bool]) -> None:
        self.found: list[Path] = []
        self._root, self._problems, self._is_other = root, problems, is_other
        self._seen: set[tuple[int, int]] = set()
        self._left = limits().members
        self._left_out = 0

    def into(self, folder: Path, depth: int = 0) -> int:
        """Search a folder; return how many sheets it holds. Raises `Refused` for too many entries and too deep a nesting."""
        sheets, tables = 0, []
        for child in self._entries(folder, depth):
            if child.is_dir():
                sheets += self._folder(child, depth + 1)
            elif is_table(child.name) and not belongs_to_plan(child.name):
                tables.append(child)
            elif is_sheet_file(child):
                sheets += 1
                self.found.append(child)
            elif self._is_other(child):
                self.found.append(child)
            else:
                self._look_closer(child)
        if tables:
            note_headless(folder, tables, self._problems)
        return sheets

    def beside(self, folder: Path, depth: int = 0) -> bool:
        """Note what lies in a folder of tables, or below it, and looks like a sheet: it is not read.

        Returns whether the folder can be read: not if a link in it leads out.
        """
        before = self._left_out
        for child in self._entries(folder, depth):
            if child.is_dir():
                before = len(self.found)
                self._folder(child, depth + 1)
                for found in self.found[before:]:
                    self._note_beside(found)
                del self.found[before:]
            elif is_table(child.name) or child.name == HEAD:
                continue
            elif is_sheet_file(child):
                self._note_beside(child)
            else:
                self._look_closer(child)
        return self._left_out == before

    def _folder(self, folder: Path, depth: int) -> int:
        """Look into a folder below another; return how many sheets it holds."""
        try:
            if not (folder / HEAD).is_file():
                return self.into(folder, depth)
            at = len(self.found)
            if self.beside(folder, depth):
                self.found.insert(at, folder)
        except OSError as error:
            self._problems.add("unreadable", Location(str(folder)), reason=put_system_reason(error))
            return 0
        return 1

    def _entries(self, folder: Path, depth: int) -> list[Path]:
        """List what is in a folder, without hidden folders and locks; nothing if it has been looked through before."""
        about = folder.stat()
        if (about.st_dev, about.st_ino) in self._seen:
            return []
        self._seen.add((about.st_dev, about.st_ino))
        if depth > limits().depth:
            raise Refused([make_limit_problem("depth", Location(str(folder)), depth)])
        found = []
        for child in folder.iterdir():
            self._left -= 1
            if self._left < 0:
                raise Refused([make_limit_problem("members", Location(str(folder)), f"> {limits().members}")])
            if child.name.startswith(LOCK) or (child.name.startswith(".") and child.is_dir()):
                continue
            if child.is_symlink() and self._leads_out(child):
                self._note_link(child)
            else:
                found.append(child)
        return sorted(found)

    def _leads_out(self, link: Path) -> bool:
        try:
            return not is_within(link, self._root)
        except (OSError, RuntimeError):  # a loop: what is to be read there tells it
            return False

    def _note_link(self, link: Path) -> None:
        """Note a link out of the folder that is searched, unless it has the name of something that is passed over."""
        if link.is_dir() or find_format(link.name) is not None:
            self._left_out += 1
            self._problems.add("reading.link-out", Location(str(link)), found=link.name, expected=str(self._root))

    def _look_closer(self, file: Path) -> None:
        """Note a file that is passed over although it may be a submission."""
        if is_disguised(file):
            self._problems.add("reading.overlooked", Location(str(file)), found=file.name)
        elif is_archive(file.name):
            self._problems.warn("reading.archive", Location(str(file)), found=file.name)
        elif found := find_foreign_table(file):
            self._problems.add("reading.foreign", Location(str(file)), found=file.name, form=found)
        elif may_be_submission(file):
            self._problems.warn("reading.overlooked", Location(str(file)), found=file.name)

    def _note_beside(self, file: Path) -> None:
        self._problems.add("reading.beside", Location(str(file)), found=file.name, expected=HEAD)
