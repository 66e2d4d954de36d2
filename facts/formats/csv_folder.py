"""Reads a folder that is one sheet: `sheet.facts.yaml`, and tables beside it.

`KIND.csv` or `KIND.parquet` is the register of a kind of subject; a CSV file named after the root kind lists facts of the
root subject. The head may then hold no more than plan, subject and year.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from dabiao.base.files import File, Upload
from dabiao.base.problems import Location, Problems, Refused, nearest
from dabiao.facts.formats.registry import find_format
from dabiao.facts.formats.yaml_sheet import read_sheet
from dabiao.facts.model import Sheet
from dabiao.facts.vocabulary import Vocabulary

LOCK = "~$"
"""How the names of the locks of office programs begin."""
HEAD = "sheet.facts.yaml"


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a folder that is one sheet, on disk or uploaded."""

    name: str
    head: File
    tables: tuple[File, ...]

    def __str__(self) -> str:
        return self.name


Source: TypeAlias = Path | Upload | Folder
"""What one sheet is read from: a file or a folder on disk, an uploaded file, or the uploaded files of a folder."""


def is_table(name: str) -> bool:
    """Whether a file of this name is a table of a folder."""
    found = find_format(name)
    return found is not None and found.is_table and not name.startswith((".", LOCK))


def tables_in(folder: Path) -> list[Path]:
    """List the tables of a folder in order of their names."""
    return sorted(path for path in folder.iterdir() if is_table(path.name))


def note_headless(folder: object, tables: Iterable[File], problems: Problems) -> None:
    """Note a folder with tables that no head says anything of."""
    found = tuple(PurePosixPath(str(table)).name for table in tables)
    problems.add("no-sheet-head", Location(str(folder)), found=found, expected=HEAD)


def folders_among(uploads: Iterable[Upload]) -> list[Source]:
    """Group uploaded files into sheets: a head with the tables in its folder is one, every other file is its own."""
    uploads = list(uploads)
    places = {upload: PurePosixPath(upload.name) for upload in uploads}
    heads = {place.parent: upload for upload, place in places.items() if place.name == HEAD}
    tables: dict[PurePosixPath, list[Upload]] = {folder: [] for folder in heads}
    alone: list[Upload] = []
    for upload, place in places.items():
        if place.name == HEAD:
            alone.append(upload)
        elif place.parent in heads and is_table(place.name):
            tables[place.parent].append(upload)
        else:
            alone.append(upload)
    found: list[Source] = []
    for upload in alone:
        parent = places[upload].parent
        if heads.get(parent) is upload:
            name = upload.name if parent == PurePosixPath() else str(parent)
            found.append(Folder(name, upload, tuple(sorted(tables[parent], key=str))))
        else:
            found.append(upload)
    return found


def read_folder(folder: Path | Folder, vocabulary: Vocabulary, problems: Problems) -> Sheet | None:
    """Read a folder as one sheet; returns None after noting that it cannot be used at all."""
    if isinstance(folder, Path):
        if not (folder / HEAD).is_file():
            note_headless(folder, tables_in(folder), problems)
            return None
        folder = Folder(str(folder), folder / HEAD, tuple(tables_in(folder)))
    sheet = read_sheet(folder.head, vocabulary, problems)
    if sheet is None:
        return None
    taken: dict[str, File] = {}
    for file in folder.tables:
        first = taken.setdefault(file.stem, file)
        if first is not file:
            names = {"found": PurePosixPath(str(file)).name, "other": PurePosixPath(str(first)).name}
            problems.add("reading.two-tables", Location(str(file)), **names)
            continue
        try:
            sheet = _add_table(sheet, file, vocabulary, problems)
        except Refused as refused:
            problems.extend(refused.problems)
    return sheet


def _add_table(sheet: Sheet, file: File, vocabulary: Vocabulary, problems: Problems) -> Sheet:
    """Read one table (the register of a kind, or the list of the root's facts) and return the sheet with it added."""
    plan, form = vocabulary.plan, find_format(file)
    assert form is not None  # tables are found by their format
    kind = plan.kinds.get(file.stem)
    if kind is plan.root and not form.marks:
        from dabiao.facts.formats.root_list import read_list

        root = next(sheet.of(kind.id))
        facts = read_list(file, vocabulary, sheet.percentages, root.facts(0), problems)
        own = root.replaced({(0, measure): fact for measure, fact in facts.items()})
        return replace(sheet, parts=tuple(own if part is root else part for part in sheet.parts))
    if kind is None or kind.parent is None:
        known = [k.id for k in plan.kinds.values()]
        close, expected = nearest(file.stem, known), ", ".join(known)
        problems.add("unknown-kind", Location(str(file)), found=file.stem, nearest=close, expected=expected)
        return sheet
    from dabiao.facts.formats.register import RegisterReader

    columns = RegisterReader(file, kind, vocabulary, sheet.percentages, problems).read(form)
    return sheet if columns is None else replace(sheet, parts=(*sheet.parts, columns))
