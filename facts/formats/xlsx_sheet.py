"""One sheet of an XLSX workbook (ECMA-376 part 1, 18.3.1.99), parsed by expat: its cells, and what is around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from dabiao.facts.formats.xlsx_cells import KINDS, is_hidden, is_uncomputed, make_cell, make_text
from dabiao.facts.formats.xlsx_conditions import TRUE, Conditions
from dabiao.facts.formats.xlsx_parts import DEPTH, Strings, Texts, UnsoundError
from dabiao.facts.workbook.grid import MAX_COLUMN, MAX_ROW, PLAIN, Area, Cell, Shape, a1, column_of

_DIGITS = "0123456789"
_LONGEST = 9  # digits of a number of a row, a style or a text
_INSIDE = 10  # levels below the rows, and more


class Frame(NamedTuple):
    """What a sheet has around its rows: merged areas, hidden columns, and areas with a conditional format that counts.

    `shows_zeros` is unset if a view of the sheet has them switched off.
    """

    merged: tuple[Area, ...]
    hidden_columns: tuple[tuple[int, int], ...]
    conditional: tuple[tuple[Area, Shape], ...]
    shows_zeros: bool


class SheetPart(Texts):
    """One sheet. Cells that hold nothing but a format are left out.

    `differences` are the differential formats, and `computed` is unset if no saved result of a formula counts. `count` is
    given each row, and `check` each text.
    """

    HOLDS = frozenset(
        ("sheetView", "sheetData", "row", "c", "v", "f", "is", "t", "mergeCell", "col", *Conditions.HOLDS)
    )

    def __init__(
        self,
        name: str,
        strings: Strings,
        shapes: list[Shape],
        differences: Sequence[Shape],
        count: Callable[[str, int, dict[int, Cell]], None],
        check: Callable[[str], str],
        *,
        computed: bool,
    ) -> None:
        super().__init__()
        self._name, self._strings, self._shapes, self._conditions = name, strings, shapes, Conditions(differences)
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
        self._shows_zeros = True

    def parse(self, data: bytes) -> None:
        """Parse the whole sheet; raises as `Part.parse` does."""
        super().parse(data)
        conditional = tuple((_parse_area(area), shape) for area, shape in self._conditions.found)
        self.frame = Frame(tuple(self._merged), tuple(self._hidden_columns), conditional, self._shows_zeros)

    @property
    def found(self) -> tuple[dict[int, dict[int, Cell]], frozenset[int], int]:
        """What is in the rows."""
        rows = {row: cells for row, cells in self._rows.items() if cells}
        return rows, frozenset(self._hidden_rows), self._row

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
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
        elif name == "col" and is_hidden(attributes, "width"):
            self._hidden_columns.append((int(attributes["min"]), int(attributes["max"])))
            if len(self._hidden_columns) > MAX_COLUMN:
                raise ValueError("more columns than there are")
        elif name == "sheetView":
            self._shows_zeros = self._shows_zeros and attributes.get("showZeros", "1").lower() in TRUE
        elif not self._in_data:
            self._parser.CharacterDataHandler = self._conditions.start(name, attributes)

    def end(self, name: str) -> None:
        """Take the end of an element."""
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
        if is_hidden(attributes, "ht"):
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
        if self._formula and is_uncomputed(kind, value, computed=self._computed):
            return Cell("uncomputed", "", shape)
        if kind == "s":
            if not value:  # refers to no text: the cell is empty
                return None
            index = _number_of(value)
            if not 0 <= index < len(self._strings.texts):
                raise UnsoundError("no-text", value, self._here())
            return make_text(self._strings.texts[index], shape, struck=index in self._strings.struck)
        if value and kind not in KINDS:
            raise UnsoundError("no-type", kind, self._here())
        return make_cell(kind, value, shape, self._check, struck=self._struck_text)

    def _find_shape(self) -> Shape:
        text = self._attributes.get("s") or "0"
        index = _number_of(text)
        if index < 0 or (self._shapes and index >= len(self._shapes)):
            raise UnsoundError("no-style", text, self._here())
        return self._shapes[index] if self._shapes else PLAIN


class FramePart(SheetPart):
    """A sheet without its rows. What stands before them must leave nothing open that could change what they say."""

    def __init__(self, differences: Sequence[Shape]) -> None:
        super().__init__("", Strings(lambda text, _: text), [], differences, lambda *_: None, str, computed=True)
        self._is_plain = False

    def parse(self, data: bytes) -> None:
        """Parse what is around the rows; raises as `Part.parse` does, and `ValueError` where they cannot be taken apart."""
        super().parse(data)
        if not self._is_plain:
            raise ValueError("rows in an odd place")

    def _start_around(self, name: str, attributes: dict[str, str]) -> None:
        super()._start_around(name, attributes)
        if name == "sheetData":
            is_open = self._prefix or self._reading or self._conditions.is_inside
            self._is_plain = not is_open and self._depth < DEPTH - _INSIDE


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
