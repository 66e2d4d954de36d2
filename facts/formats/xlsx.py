"""XLSX workbooks: the parts of the file (ECMA-376 part 1) as grids, in one pass.

Values and formats come from one reading of the XML, so that no figure can be taken from one cell and its format from
another; see `docs/decisions/0009-workbooks.md`.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn
from xml.parsers import expat
from zipfile import ZipFile

from dabiao.base.archive import open_archive
from dabiao.base.contents import OLE, name_archive, refuse_content
from dabiao.base.files import File
from dabiao.base.limits import limits
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Problem, Problems, Refused, make_limit_problem
from dabiao.facts.formats.number_formats import PLAIN, shape_at
from dabiao.facts.formats.xlsx_conditions import TRUE, Conditions
from dabiao.facts.formats.xlsx_parts import (
    DEPTH,
    Links,
    Part,
    Strings,
    Styles,
    Texts,
    UnsoundError,
    Workbook,
)
from dabiao.facts.model import Sheet
from dabiao.facts.vocabulary import Vocabulary
from dabiao.facts.workbook.cells import is_number
from dabiao.facts.workbook.cover import find_plan_entry
from dabiao.facts.workbook.grid import MAX_COLUMN, MAX_ROW, Area, Cell, Grid, Shape, a1, column_of
from dabiao.facts.workbook.read import is_silent, read_workbook

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_DIGITS = "0123456789"
_LONGEST = 9  # digits of a number of a row, a style or a text
_EMPTY_CELL = re.compile(rb'<c r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]{1,6}")?(?: t="n")? ?/>')


def read_xlsx(file: File, vocabulary: Vocabulary, problems: Problems) -> Sheet | None:
    """Read a workbook; returns None after noting that it cannot be used at all.

    Raises `Refused` for a file that is no valid XLSX workbook or exceeds a limit.
    """
    return read_workbook(read_grids(read_bytes(file), str(file), is_silent), str(file), vocabulary, problems)


def find_plan_name(file: File) -> tuple[str, Location] | None:
    """Return the plan that a workbook names, with its place. Raises as `read_xlsx` does."""
    return find_plan_entry(read_grids(read_bytes(file), str(file), is_silent), str(file))


def read_grids(data: bytes, file: str, passed_over: Callable[[str], bool] = lambda _: False) -> list[Grid]:
    """Return the sheets of a workbook, in its order, without those for whose name `passed_over` is true.

    Raises `Refused` for a file that is no XLSX workbook (an old or encrypted one is named as such), is damaged or exceeds a
    limit.
    """
    location = Location(file)
    if data.startswith(OLE):
        raise Refused([Problem("workbook-locked" if _ENCRYPTED in data else "workbook-old", location)])
    if not data.startswith(b"PK"):
        raise Refused([Problem("not-a-workbook", location)])
    with open_archive(data, file, backslashes=True) as archive:
        return _Book(archive, file).grids(passed_over)


class _Book:
    """Finds the parts of a workbook and reads them."""

    def __init__(self, archive: ZipFile, file: str) -> None:
        self._archive, self._file = archive, file
        self._names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
        self._cells = 0
        self._limits = limits()

    def grids(self, passed_over: Callable[[str], bool]) -> list[Grid]:
        main = next(
            (path for kind, path in self._read_links("").values() if kind == "officeDocument"), "xl/workbook.xml"
        )
        if main.lower() not in self._names or main.lower().endswith(".bin"):
            raise self._refuse_other()
        book = Workbook()
        self._parse(main, book)
        if not book.is_workbook:
            raise self._refuse_other()
        links = self._read_links(main)
        parts = dict(links.values())
        strings, styles = Strings(self._take_text), Styles()
        for kind, reader in (("sharedStrings", strings), ("styles", styles)):
            if kind in parts and parts[kind].lower() in self._names:
                self._parse(parts[kind], reader)
        grids, shapes = [], styles.shapes()
        names = Counter(name.casefold() for name, _, _ in book.sheets)
        for name, link, hidden in book.sheets:
            if names[name.casefold()] > 1:
                self._refuse_unsound(UnsoundError("sheet-twice", name))
            if link not in links:
                raise Refused([Problem("sheet-lost", Location(self._file), {"found": name})])
            kind, path = links[link]
            if kind != "worksheet" or passed_over(name):  # a chart or a macro sheet is nothing to read
                continue
            conditions = Conditions(styles.differences)
            sheet = _Sheet(name, strings, shapes, conditions, not book.recalculate, self._count_cells, self._take_text)
            self._parse(path, sheet, name)
            grids.append(sheet.grid(hidden, epoch_1904=book.epoch_1904))
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
        reader = Links()
        self._parse(path, reader)
        return {
            link: (kind, posixpath.normpath(posixpath.join("/" + folder, target.replace("\\", "/"))).lstrip("/"))
            for link, kind, target in reader.found
        }

    def _parse(self, path: str, reader: Part, sheet: str = "") -> None:
        name = self._names.get(path.lower())
        if name is None:
            raise Refused([Problem("archive-damaged", Location(self._file), {"found": path})])
        try:
            data = self._archive.read(name)
            reader.parse(_drop_empty_cells(data) if isinstance(reader, _Sheet) else data)
        except UnsoundError as error:
            self._refuse_unsound(error, sheet)
        except (expat.ExpatError, ValueError, KeyError, IndexError, LookupError):
            raise Refused([Problem("archive-damaged", Location(self._file), {"found": path})]) from None

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
        return _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


def _drop_empty_cells(data: bytes) -> bytes:
    """Leave out the cells of a sheet that hold only a format: in a form these are most of the cells.

    Nothing is left out where that might change the meaning of the rest: the position of a cell without a reference depends
    on the cell before it, and in a comment or a CDATA section the same characters are text.
    """
    plain = b"<!" not in data and b"<c>" not in data and data.count(b"<c ") == data.count(b'<c r="')
    return _EMPTY_CELL.sub(b"", data) if plain else data


class _Sheet(Texts):
    """One sheet. Cells that hold nothing but a format are left out."""

    HOLDS = frozenset(("sheetData", "row", "c", "v", "f", "is", "t", "mergeCell", "col", *Conditions.HOLDS))

    def __init__(
        self,
        name: str,
        strings: Strings,
        shapes: list[Shape],
        conditions: Conditions,
        computed: bool,
        count: Callable[[str, int, dict[int, Cell]], None],
        check: Callable[[str], str],
    ) -> None:
        super().__init__()
        self._name, self._strings, self._shapes, self._conditions = name, strings, shapes, conditions
        self._computed, self._count_cells, self._check = computed, count, check
        self._rows: dict[int, dict[int, Cell]] = {}
        self._hidden_rows: set[int] = set()
        self._hidden_columns: list[tuple[int, int]] = []
        self._merged: list[Area] = []
        self._row = self._column = 0
        self._place = self._row_text = ""
        self._cells: dict[int, Cell] = {}
        self._attributes: dict[str, str] = {}
        self._value: list[str] | None = None
        self._formula = self._inline = self._in_cell = self._struck_text = self._twice = False
        self._in_data = self._had_data = self._in_row = False

    def grid(self, hidden: bool, *, epoch_1904: bool) -> Grid:
        rows = {row: cells for row, cells in self._rows.items() if cells}
        return Grid(
            self._name, hidden, rows, tuple(self._merged), frozenset(self._hidden_rows), tuple(self._hidden_columns),
            epoch_1904, tuple((_parse_area(area), shape) for area, shape in self._conditions.found),
        )  # fmt: skip

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise ValueError("nested too deep")
        if name == "c":
            if self._in_cell or not self._in_row:
                raise UnsoundError("outside", cell=attributes.get("r", ""))
            self._attributes, self._value, self._in_cell = attributes, None, True
            self._formula = self._inline = self._twice = False
            self._taken, self._struck_text = [], False
        elif name == "v":
            if self._in_cell:
                self._twice = self._twice or self._value is not None
                self._value = []
                self._parser.CharacterDataHandler = self._value.append
        elif name == "f":
            self._formula = self._in_cell
        elif name == "is":
            self._inline = True
        elif self._inline:
            self.piece_start(name, attributes)
        else:
            self._start_around(name, attributes)

    def _start_around(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element that is not in a cell."""
        if name == "row":
            if self._in_data and not self._in_row:  # elsewhere, in a drawing, it is another word
                self._start_row(attributes)
        elif name == "sheetData":
            if self._had_data:
                raise UnsoundError("data-twice")
            self._in_data = self._had_data = True
        elif name == "mergeCell":
            self._merged.append(_parse_area(attributes["ref"]))
        elif name == "col" and _is_hidden(attributes, "width"):
            self._hidden_columns.append((int(attributes["min"]), int(attributes["max"])))
            if len(self._hidden_columns) > MAX_COLUMN:
                raise ValueError("more columns than there are")
        elif not self._in_data:
            self._parser.CharacterDataHandler = self._conditions.start(name, attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        if name == "v":
            self._parser.CharacterDataHandler = None
        elif name == "c":
            self._end_cell()
        elif name == "row":
            if self._in_row:
                self._in_row = False
                self._count_cells(self._name, self._row, self._cells)
        elif name == "sheetData":
            self._in_data = False
        elif name == "is":
            self._inline = False
            self._twice = self._twice or bool(self._value)
            text, self._struck_text = self.taken()
            self._value = [text]
        elif self._inline:
            self.piece_end(name)
        elif self._conditions.is_inside:
            self._parser.CharacterDataHandler = None
            self._conditions.end(name)

    def _start_row(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r", str(self._row + 1))
        self._row = _number_of(place)
        self._column, self._place, self._row_text = 0, "", str(self._row)
        if not 1 <= self._row <= MAX_ROW:
            raise UnsoundError("no-row", place)
        if self._row in self._rows:
            raise UnsoundError("row-twice", place, a1(self._row, 1))
        self._rows[self._row] = self._cells = {}
        self._in_row = True
        if _is_hidden(attributes, "ht"):
            self._hidden_rows.add(self._row)

    def _end_cell(self) -> None:
        self._in_cell = False
        place = self._attributes.get("r")
        if place is None:
            self._column = self._column_at(self._place) + 1
            self._place = ""
        elif self._value is None and not self._formula:
            self._place = place  # empty, as most cells of a form are: its column counts only if the next one has none
            return
        else:
            self._place, self._column = "", self._column_at(place)
        if self._twice:
            raise UnsoundError("two-values", cell=self._here())
        if self._value is None and not self._formula:
            return
        cell = self._add_cell("".join(self._value or ()))
        if cell is None:
            return
        if self._column > MAX_COLUMN:
            raise UnsoundError("no-place", place, a1(self._row, MAX_COLUMN))
        if self._column in self._cells:
            raise UnsoundError("cell-twice", cell=self._here())
        self._cells[self._column] = cell

    def _column_at(self, place: str) -> int:
        """Return the column of a cell of this row; if the cell has no reference, the column after the last cell."""
        if not place:
            return self._column
        name = place.rstrip(_DIGITS)
        try:
            if place[len(name) :] == self._row_text:
                return column_of(name)
        except ValueError:
            pass
        raise UnsoundError("no-place", place, a1(self._row, 1) if self._row else "")

    def _here(self) -> str:
        """Return the place of the cell that has been read."""
        return a1(self._row, self._column)

    def _add_cell(self, value: str) -> Cell | None:
        kind, shape = self._attributes.get("t") or "n", self._find_shape()
        if self._formula and (not self._computed or (not value and kind != "str")):
            return Cell("uncomputed", "", shape)
        if kind == "s":
            if not value:  # refers to no text: the cell is empty
                return None
            index = _number_of(value)
            if not 0 <= index < len(self._strings.texts):
                raise UnsoundError("no-text", value, self._here())
            value, self._struck_text = self._strings.texts[index], index in self._strings.struck
        elif kind in ("str", "inlineStr"):
            value = self._check(value)
        elif kind == "b":
            return Cell("boolean", "TRUE" if value.strip() in TRUE else "FALSE", shape)
        elif kind == "e":
            return Cell("error", value or "#N/A", shape)
        elif kind == "d":
            return Cell("text", value, shape)
        elif not value:
            return None
        elif kind != "n":
            raise UnsoundError("no-type", kind, self._here())
        else:
            return Cell("number", value, shape_at(shape, value)) if is_number(value) else Cell("broken", value, shape)
        if not value.strip():
            return None
        return Cell("text", value, replace(shape, struck=True) if self._struck_text else shape)

    def _find_shape(self) -> Shape:
        text = self._attributes.get("s") or "0"
        index = _number_of(text)
        if index < 0 or (self._shapes and index >= len(self._shapes)):
            raise UnsoundError("no-style", text, self._here())
        return self._shapes[index] if self._shapes else PLAIN


def _is_hidden(attributes: dict[str, str], size: str) -> bool:
    """Whether a row or column is hidden, also by a height or width of zero."""
    return attributes.get("hidden", "0").lower() in TRUE or not attributes.get(size, "1").strip("0.")


def _number_of(text: str) -> int:
    """Return the number of a row, a style or a text; -1 for what is none."""
    text = text.strip()
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= _LONGEST else -1


def _parse_area(text: str) -> Area:
    first, _, last = text.replace("$", "").partition(":")
    corners = []
    for corner in (first, last or first):
        name = corner.rstrip(_DIGITS)
        try:
            corners.append((int(corner[len(name) :]), column_of(name)))
        except ValueError:
            raise UnsoundError("no-area", text) from None
    (top, bottom), (left, right) = (sorted(places) for places in zip(*corners, strict=True))  # from any corner to any
    return Area(top, left, bottom, right)
