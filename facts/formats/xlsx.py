"""XLSX workbooks: the parts of the file (ECMA-376 part 1) as grids.

Values and formats come from one reading of the XML, so that no figure can be taken from one cell and its format from
another; see `docs/decisions/0009-workbooks.md`.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable
from typing import NoReturn, TypeVar
from xml.parsers import expat

from dabiao.base.archive import CheckedArchive, open_archive
from dabiao.base.contents import OLE, name_archive, refuse_content
from dabiao.base.files import File
from dabiao.base.limits import limits
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Problem, Problems, Refused, make_limit_problem
from dabiao.facts.formats.xlsx_cells import hide_zeros, unescape_text
from dabiao.facts.formats.xlsx_kept import Kept, Looks
from dabiao.facts.formats.xlsx_parts import Links, Part, Strings, Styles, UnsoundError, Workbook
from dabiao.facts.formats.xlsx_regular import Irregular, Rows, split_sheet, take_texts
from dabiao.facts.formats.xlsx_sheet import Frame, FramePart, SheetPart
from dabiao.facts.model import Sheet
from dabiao.facts.vocabulary import Vocabulary
from dabiao.facts.workbook.cover import find_plan_entry
from dabiao.facts.workbook.grid import Cell, Grid, a1
from dabiao.facts.workbook.read import is_silent, read_workbook

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_EMPTY_CELL = re.compile(rb'<c r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]{1,6}")?(?: t="n")? ?/>')
_UNSOUND = (expat.ExpatError, ValueError, LookupError)

_Part = TypeVar("_Part", bound=Part)


def read_xlsx(file: File, vocabulary: Vocabulary, problems: Problems) -> Sheet | None:
    """Read a workbook; returns None after noting that it cannot be used at all.

    Raises `Refused` for a file that is no valid XLSX workbook or exceeds a limit.
    """
    grids = read_grids(read_bytes(file), str(file), is_silent, vocabulary.keep("workbooks", Kept))
    return read_workbook(grids, str(file), vocabulary, problems)


def find_plan_name(file: File) -> tuple[str, Location] | None:
    """Return the plan that a workbook names, with its place. Raises as `read_xlsx` does."""
    return find_plan_entry(read_grids(read_bytes(file), str(file), is_silent), str(file))


def read_grids(
    data: bytes, file: str, passed_over: Callable[[str], bool] = lambda _: False, kept: Kept | None = None
) -> list[Grid]:
    """Return the sheets of a workbook, in its order, without those for whose name `passed_over` is true.

    `kept` has what was read of others in the same reading. Raises `Refused` for a file that is no XLSX workbook (an old or
    encrypted one is named as such), is damaged or exceeds a limit.
    """
    location = Location(file)
    if data.startswith(OLE):
        raise Refused([Problem("workbook-locked" if _ENCRYPTED in data else "workbook-old", location)])
    if not data.startswith(b"PK"):
        raise Refused([Problem("not-a-workbook", location)])
    with open_archive(data, file, backslashes=True) as archive:
        return _Book(archive, file, kept or Kept()).grids(passed_over)


class _Book:
    """Finds the parts of a workbook and reads them."""

    def __init__(self, archive: CheckedArchive, file: str, kept: Kept) -> None:
        self._archive, self._file, self._kept = archive, file, kept
        self._names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
        self._cells = 0
        self._limits = limits()

    def grids(self, passed_over: Callable[[str], bool]) -> list[Grid]:
        main = next(
            (path for kind, path in self._read_links("").values() if kind == "officeDocument"), "xl/workbook.xml"
        )
        if main.lower() not in self._names or main.lower().endswith(".bin"):
            raise self._refuse_other()
        book = self._read_part(main, Workbook)
        if not book.is_workbook:
            raise self._refuse_other()
        links = self._read_links(main)
        parts = {kind: path for kind, path in dict(links.values()).items() if path.lower() in self._names}
        strings, looks = self._read_texts(parts.get("sharedStrings")), self._read_looks(parts.get("styles"))
        grids = []
        names = Counter(name.casefold() for name, _, _ in book.sheets)
        for name, link, hidden in book.sheets:
            if names[name.casefold()] > 1:
                self._refuse_unsound(UnsoundError("sheet-twice", name))
            if link not in links:
                raise Refused([Problem("sheet-lost", Location(self._file), {"found": name})])
            kind, path = links[link]
            if kind != "worksheet" or passed_over(name):  # a chart or a macro sheet is nothing to read
                continue
            (rows, hidden_rows, _), frame = self._read_sheet(path, name, strings, looks, computed=not book.recalculate)
            grids.append(
                Grid(
                    name,
                    hidden,
                    rows if frame.shows_zeros else hide_zeros(rows),
                    frame.merged,
                    hidden_rows,
                    frame.hidden_columns,
                    book.epoch_1904,
                    frame.conditional,
                )
            )
        if (merged := sum(area.cells for grid in grids for area in grid.merged)) > self._limits.merged:
            raise Refused([make_limit_problem("merged", Location(self._file), merged)])
        return grids

    def _refuse_other(self) -> Refused:
        """Return what refuses an archive without a workbook in it, by what it is."""
        found = name_archive(self._archive.namelist())
        return (
            refuse_content(self._file, found) if found else Refused([Problem("not-a-workbook", Location(self._file))])
        )

    def _read_links(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the kind and the path of every part that a part refers to, by id."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if path.lower() not in self._names:
            return {}
        return self._read_part(path, Links).resolve(folder)

    def _read_part(self, path: str, kind: type[_Part]) -> _Part:
        """Read a part that many workbooks have alike."""
        data = self._unpack(path)
        return self._kept.part(kind, data, lambda: self._parse(path, data, kind()))

    def _read_looks(self, path: str | None) -> Looks:
        """Read the formats of cells."""
        data = self._unpack(path) if path else b""
        return self._kept.looks(data, lambda: self._parse(path, data, Styles()) if path else Styles())

    def _read_texts(self, path: str | None) -> Strings:
        """Read the texts that cells share."""
        strings = Strings(self._take_text)
        if path is not None:
            data = self._unpack(path)
            try:
                strings.texts = take_texts(data, self._limits.text, self._limits.cells)
            except Irregular:
                self._parse(path, data, strings)
        return strings

    def _read_sheet(
        self, path: str, name: str, strings: Strings, looks: Looks, *, computed: bool
    ) -> tuple[Rows, Frame]:
        """Read the rows of a sheet, and what is around them."""
        data = self._unpack(path)
        try:
            return self._take_regular(data, strings, looks, computed=computed)
        except _UNSOUND:  # expat reads the whole of it, and finds what is wrong, if anything is
            pass
        sheet = SheetPart(
            name, strings, looks.shapes, looks.differences, self._count_cells, self._take_text, computed=computed
        )
        self._parse(path, _drop_empty_cells(data), sheet, name)
        return sheet.found, sheet.frame

    def _take_regular(self, data: bytes, strings: Strings, looks: Looks, *, computed: bool) -> tuple[Rows, Frame]:
        """Take a sheet whose rows have the regular form. Raises `Irregular`, or what its frame is refused for."""
        around, text = split_sheet(data)
        forms = looks.cell_forms(computed=computed, longest=self._limits.text)
        found = rows, _, last = forms.take_rows(text, strings.texts, strings.struck)
        count, most = self._cells + sum(map(len, rows.values())), self._limits
        if count > most.cells or last > most.rows or max(map(max, rows.values()), default=0) > most.columns:
            raise Irregular
        frame = looks.frame(around, lambda: _read_frame(around, looks))
        self._cells = count
        return found, frame

    def _unpack(self, path: str) -> bytes:
        """Return the bytes of a part."""
        name = self._names.get(path.lower())
        if name is None:
            raise self._refuse_damaged(path)
        try:
            return self._archive.unpack(name)
        except _UNSOUND:
            raise self._refuse_damaged(path) from None

    def _parse(self, path: str, data: bytes, reader: _Part, sheet: str = "") -> _Part:
        try:
            reader.parse(data)
        except UnsoundError as error:
            self._refuse_unsound(error, sheet)
        except _UNSOUND:
            raise self._refuse_damaged(path) from None
        return reader

    def _refuse_damaged(self, path: str) -> Refused:
        return Refused([Problem("archive-damaged", Location(self._file), {"found": path})])

    def _refuse_unsound(self, error: UnsoundError, sheet: str = "") -> NoReturn:
        location = Location(self._file, sheet=sheet, cell=error.cell)
        raise Refused([Problem("workbook-unsound", location, {"reason": error.reason})]) from None

    def _count_cells(self, sheet: str, row: int, cells: dict[int, Cell]) -> None:
        """Count the cells of a row of a sheet against the limits."""
        self._cells += len(cells)
        last = max(cells, default=0)
        for limit, found in (("cells", self._cells), ("rows", row), ("columns", last)):
            if found > getattr(self._limits, limit):
                location = Location(self._file, sheet=sheet, cell=a1(row, last or 1))
                raise Refused([make_limit_problem(limit, location, found)])

    def _take_text(self, text: str, count: int = 0) -> str:
        """Unescape one text. Raises `Refused` if it is too long, or if there are too many."""
        if len(text) > self._limits.text:
            raise Refused([make_limit_problem("text", Location(self._file), len(text))])
        if count > self._limits.cells:
            raise Refused([make_limit_problem("cells", Location(self._file), count)])
        return unescape_text(text)


def _read_frame(around: bytes, looks: Looks) -> Frame:
    """Read a sheet without its rows."""
    part = FramePart(looks.differences)
    part.parse(around)
    return part.frame


def _drop_empty_cells(data: bytes) -> bytes:
    """Leave out the cells of a sheet that hold only a format: in a form these are most of the cells.

    Nothing is left out where that might change the meaning of the rest: the position of a cell without a reference depends
    on the cell before it, and in a comment or a CDATA section the same characters are text.
    """
    plain = b"<!" not in data and b"<c>" not in data and data.count(b"<c ") == data.count(b'<c r="')
    return _EMPTY_CELL.sub(b"", data) if plain else data
