"""The regular form of sheets and their texts, as spreadsheet programs write them, without an XML parser.

What is taken here is what expat gives for the same characters. What is not plainly of the regular form (an entity, a
comment, a run of formatted text, a cell out of its place, a limit exceeded) is not taken at all: `Irregular` leaves the whole
part to expat, which alone says what is wrong. `tests/test_regular_books.py` holds the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from dabiao.facts.formats.xlsx_cells import KINDS, is_hidden, is_uncomputed, make_cell, make_text, unescape_text
from dabiao.facts.workbook.grid import MAX_ROW, PLAIN, Cell, Shape, column_of

_BAD = r"\x00-\x08\x0b-\x1f\ufffe\uffff"  # what XML has not, and the carriage return, which it changes
_NAME = "[A-Za-z_][A-Za-z0-9_.:-]*"
_ATTRIBUTES = rf'(?: {_NAME}="[^"<&\t\n{_BAD}]*")*'
_TEXT = rf"[^<{_BAD}]*"
_ATTRIBUTE = re.compile(rf' ({_NAME})="([^"]*)"')
_DECLARED = "|".join(
    r"<\?xml version='1\.0'(?: encoding='[Uu][Tt][Ff]-8')?(?: standalone='(?:yes|no)')? ?\?>".replace("'", quote)
    for quote in "'\""
)
_BEGINNING = re.compile(rf"(?:\xef\xbb\xbf)?(?:{_DECLARED})?".encode("latin-1"))
_ROW = re.compile(rf'<row r="([1-9][0-9]{{0,6}})"({_ATTRIBUTES})(/?)>')
_FIGURE = re.compile(
    r"(<v>[0-9]{1,15}(?:\.[0-9]{1,15})?</v>"
    rf"|<is><t>[0-9]{{1,15}}(?:\.[0-9]{{1,15}})? ?[^<>&\s0-9{_BAD}]{{0,4}}</t></is>)"
)
_PLACE = rf'r="([A-Z]{{1,3}})([1-9][0-9]{{0,6}})"({_ATTRIBUTES})'
_FORMULA = rf"(?:<f({_ATTRIBUTES})(?:/>|>({_TEXT})</f>))?"
_OPEN = re.compile(rf"{_PLACE}>{_FORMULA}")
_NEXT = re.compile(rf"</c><c {_PLACE}>")
_CELL = re.compile(rf"{_PLACE}(?: ?/>|>{_FORMULA}(?:<v>({_TEXT})</v>|<is><t({_ATTRIBUTES})>({_TEXT})</t></is>)?</c>)")
_EMPTY = re.compile(  # cells that hold only a format; a cell within another one is never the first behind a </c>
    r'<c r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]{1,6}")?(?: t="n")? ?/>'
    r'|(?<=</c>)<c r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]{1,6}")?(?: t="n")? ?></c>(?=<c |</row>)'
)
_ITEM = re.compile(rf"<si><t({_ATTRIBUTES})>({_TEXT})</t>(?:<phoneticPr({_ATTRIBUTES})/>)?")
_TEXTS = re.compile(rf"\ufeff?(?:{_DECLARED})?[ \t\r\n]*<sst({_ATTRIBUTES})>(.*)</sst>[ \t\r\n]*", re.DOTALL)
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|([a-z]{2,4}));|&")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_DATA, _DATA_END = b"<sheetData>", b"</sheetData>"
_STYLE, _POSITION = re.compile("[0-9]{1,6}"), re.compile("[0-9]{1,9}")
_LARGEST = 32 << 20  # bytes of a part: a larger one would be held several times over
_MOST_KEPT = 2_000_000  # characters of cells and of what is between figures, of which what they mean is kept
_MOST_TEXTS, _MOST_TAILS = 20_000, 1_000  # that are kept
_LONGEST_STRETCH, _LONGEST_KEPT = 2_000, 200  # characters of what is kept
_NONE: dict[int, dict[int, Cell]] = {}
_NOTHING: frozenset[int] = frozenset()
_make = tuple.__new__


class Irregular(ValueError):  # noqa: N818 - it is not an error: expat reads the part
    """A part is not of the regular form."""


_Found: TypeAlias = tuple[int, int, Cell | None]
"""The row and column of a cell, and what it holds, if anything."""
Rows: TypeAlias = tuple[dict[int, dict[int, Cell]], frozenset[int], int]
"""The filled cells by row and column, the hidden rows, and the number of the last row."""


class _Figure(NamedTuple):
    """A cell whose value is a plain number: that of a text if `kind` is "s". `shape` has its format.

    `is_plain` is set if it holds the number as it is.
    """

    row: int
    column: int
    kind: str
    shape: Shape
    is_formula: bool
    is_plain: bool


class _Stretch(NamedTuple):
    """What stands between two figures: the rest of a row, whole rows, and the beginning of another row.

    `begun` has the cells of the row that was begun before; it is None at the beginning of a sheet, where there is none. `first`
    and `last` are the first and last of the further rows, and 0 if there are none; `rows` has their cells, of which the last
    row may be `open`, and `column` is the last column in it. `figure` is the cell behind; None at the end of a sheet.
    """

    begun: tuple[_Found, ...] | None
    first: int
    last: int
    rows: dict[int, dict[int, Cell]]
    hidden: frozenset[int]
    is_open: bool
    column: int
    figure: _Figure | None


def split_sheet(data: bytes) -> tuple[bytes, str]:
    """Return a sheet without its rows, and the rows. Raises `Irregular` where it is not plain where they begin and end."""
    start, end = data.find(_DATA), data.rfind(_DATA_END)
    if not 0 <= start < end or len(data) > _LARGEST:
        raise Irregular
    start += len(_DATA)
    around = data[:start] + data[end:]
    beginning = _BEGINNING.match(around)
    if (
        b"<!" in around  # a comment: what follows may be no markup
        or around.find(b"<?", beginning.end() if beginning else 0) >= 0
        or around.count(b"<sheetData") != 1
        or around.count(_DATA_END) != 1
    ):
        raise Irregular
    try:
        return around, data[start:end].decode()
    except UnicodeDecodeError:
        raise Irregular from None


class CellForms:
    """What the cells of a sheet mean, for workbooks with the same formats: most cells of a form are in all of its copies.

    `shapes` has the cell formats; `computed` is unset if no saved result of a formula counts; `longest` is the limit of texts.
    """

    def __init__(self, shapes: Sequence[Shape], *, computed: bool, longest: int) -> None:
        self._shapes, self._computed, self._longest = shapes, computed, longest
        self._tails: dict[str, tuple[str, Shape]] = {}
        self._stretches: dict[str, _Stretch] = {}
        self._cells: dict[str, _Found] = {}
        self._left = _MOST_KEPT

    def take_rows(self, text: str, texts: Sequence[str], struck: Collection[int]) -> Rows:
        """Take the rows of a sheet; `texts` are the shared ones, and `struck` has the positions of those struck out."""
        rows: dict[int, dict[int, Cell]] = {}
        hidden: set[int] = set()
        cells: dict[int, Cell] = {}
        row = column = 0
        figure: _Figure | None = None
        parts = _FIGURE.split(text)
        parts.append("")
        kept = self._stretches
        for before, value in zip(parts[::2], parts[1::2], strict=True):
            stretch = kept.get(before) or self._take_next(before) or self._take_stretch(before)
            begun, first, last, whole, hides, is_open, begin, figure = stretch
            if (begun is None) is not (row == 0):
                raise Irregular
            if begun:
                column = _add_cells(cells, begun, row, column)
            if first:
                if first <= row:
                    raise Irregular
                rows.update(whole)
                row, column = last, begin
                if is_open:
                    cells = rows[row] = whole[row].copy()
                if hides:
                    hidden |= hides
            if figure is None:
                break
            at, place, kind, shape, is_formula, is_plain = figure
            if at != row or place <= column:
                raise Irregular
            column = place
            if is_plain and value[1] == "v":
                cells[column] = _make(Cell, ("number", value[3:-4], shape))
            elif made := self._make_cell(kind, value, shape, texts, struck, is_formula=is_formula):
                cells[column] = made
        if figure is not None or before is not parts[-2]:
            raise Irregular
        return {row: cells for row, cells in rows.items() if cells}, frozenset(hidden), row

    def _take_next(self, text: str) -> _Stretch | None:
        """Take the beginning of the next cell of a row, as most are in a register; None for another stretch."""
        match = _NEXT.fullmatch(text)
        if match is None:
            return None
        letters, row, tail = match.groups()
        figure = self._make_figure(letters, row, tail)
        return _make(_Stretch, ((), 0, 0, _NONE, _NOTHING, False, 0, figure))

    def _take_stretch(self, text: str) -> _Stretch:
        """Take what stands between two figures."""
        begun: tuple[_Found, ...] | None = None
        filled = _EMPTY.sub("", text) if text.count("<c ") == text.count('<c r="') else text
        before, _, piece = filled.rpartition("<c ")
        figure = self._take_figure(piece)
        parts = (filled if figure is None else before).split("</row>")
        if filled.startswith("</c>"):
            rest, *pieces = parts.pop(0)[4:].split("<c ")
            if rest:
                raise Irregular
            begun = tuple(map(self._find_cell, pieces))
            if not parts and figure is None:  # its row does not end
                raise Irregular
        first = last = column = 0
        rows: dict[int, dict[int, Cell]] = {}
        hidden: set[int] = set()
        is_open = bool(parts) and figure is not None
        closed = [] if is_open or not parts else [parts.pop()]
        for part in parts:
            tags, *pieces = part.split("<c ")
            begin, last = _take_tags(tags, last, hidden)
            first = first or begin
            rows[last] = {}
            column = _add_cells(rows[last], map(self._find_cell, pieces), last, 0)
        if any(closed):
            begin, last = _take_tags(closed[0], last, hidden, closed=True)
            first = first or begin
        found = _Stretch(begun, first, last, rows, frozenset(hidden), is_open, column, figure)
        if len(text) <= _LONGEST_STRETCH:
            self._make_room(text)
            self._stretches[text] = found
        return found

    def _make_room(self, text: str) -> None:
        """Count a text that is to be kept; forget all others when there is no more room."""
        self._left -= len(text)
        if self._left < 0:
            self._stretches.clear()
            self._cells.clear()
            self._left = _MOST_KEPT - len(text)

    def _take_figure(self, piece: str) -> _Figure | None:
        """Take the beginning of a cell behind its `<c `, up to its value; None if it is no such beginning."""
        match = _OPEN.fullmatch(piece)
        if match is None:
            return None
        letters, row, tail, about, formula = match.groups()
        if about is not None:
            take_attributes(about)
            unescape(formula or "")
        return self._make_figure(letters, row, tail, is_formula=about is not None)

    def _make_figure(self, letters: str, row: str, tail: str, *, is_formula: bool = False) -> _Figure:
        kind, shape = self._tails.get(tail) or self._take_tail(tail)
        if kind not in KINDS and kind != "s":
            raise Irregular
        is_plain = kind == "n" and not is_formula and not shape.varies
        return _make(_Figure, (int(row), column_of(letters), kind, shape, is_formula, is_plain))

    def _make_cell(
        self, kind: str, value: str, shape: Shape, texts: Sequence[str], struck: Collection[int], *, is_formula: bool
    ) -> Cell | None:
        """Return the cell with a value, which is the whole element, None if it is empty."""
        value = value[3:-4] if value[1] == "v" else value[7:-9]
        if is_formula and is_uncomputed(kind, value, computed=self._computed):
            return Cell("uncomputed", "", shape)
        if kind != "s":
            return make_cell(kind, value, shape, self._check)
        if not _POSITION.fullmatch(value) or int(value) >= len(texts):
            raise Irregular
        return make_text(texts[int(value)], shape, struck=int(value) in struck)

    def _find_cell(self, piece: str) -> _Found:
        """Take a cell behind its `<c `: one that was taken before, or another one."""
        found = self._cells.get(piece)
        if found is None:
            found = self._take_cell(piece)
            if len(piece) <= _LONGEST_KEPT:
                self._make_room(piece)
                self._cells[piece] = found
        return found

    def _take_cell(self, piece: str) -> _Found:
        match = _CELL.fullmatch(piece)
        if match is None:
            raise Irregular
        letters, row, tail, about, formula, value, text_about, inline = match.groups()
        kind, shape = self._tails.get(tail) or self._take_tail(tail)
        place = int(row), column_of(letters)
        if about is not None:
            take_attributes(about)
            unescape(formula or "")
        if text_about is not None:
            take_attributes(text_about)
            value = inline
        if value is None and about is None:
            return *place, None
        value = unescape(value) if value else ""
        if about is not None and is_uncomputed(kind, value, computed=self._computed):
            return *place, Cell("uncomputed", "", shape)
        if kind not in KINDS:  # a shared text at a position that is no plain number
            raise Irregular
        return *place, make_cell(kind, value, shape, self._check)

    def _take_tail(self, tail: str) -> tuple[str, Shape]:
        """Return the type and the format of the cells with these attributes."""
        attributes = take_attributes(tail)
        style = attributes.get("s", "0")
        if "r" in attributes or not _STYLE.fullmatch(style):
            raise Irregular
        if self._shapes and int(style) >= len(self._shapes):
            raise Irregular
        found = attributes.get("t") or "n", self._shapes[int(style)] if self._shapes else PLAIN
        if len(self._tails) < _MOST_TAILS and len(tail) <= _LONGEST_KEPT:
            self._tails[tail] = found
        return found

    def _check(self, text: str) -> str:
        if len(text) > self._longest:
            raise Irregular
        return unescape_text(text)


def take_texts(data: bytes, longest: int, most: int) -> list[str]:
    """Take the shared texts. Raises `Irregular` if one is formatted or longer than `longest`, or if there are over `most`."""
    if len(data) > _LARGEST:
        raise Irregular
    try:
        match = _TEXTS.fullmatch(data.decode())
    except UnicodeDecodeError:
        raise Irregular from None
    if match is None:
        raise Irregular
    take_attributes(match[1])
    *items, after = match[2].split("</si>")
    texts = [_keep_item(item) if len(item) <= _LONGEST_KEPT else _take_item(item) for item in items]
    if after or len(texts) > most or max(map(len, texts), default=0) > longest:
        raise Irregular
    return [unescape_text(text) if "_x" in text else text for text in texts]


def _take_item(item: str) -> str:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise Irregular
    for attributes in (match[1], match[3]):
        if attributes:
            take_attributes(attributes)
    return unescape(match[2])


_keep_item = lru_cache(_MOST_TEXTS)(_take_item)


def _add_cells(cells: dict[int, Cell], found: Iterable[_Found], row: int, column: int) -> int:
    """Add cells of a row behind a column of it; return the last column."""
    for at, place, cell in found:
        if at != row or place <= column:
            raise Irregular
        column = place
        if cell is not None:
            cells[column] = cell
    return column


def _take_tags(tags: str, last: int, hidden: set[int], *, closed: bool = False) -> tuple[int, int]:
    """Take the tags between the cells of two rows: perhaps some of empty rows, and the one that opens the next row.

    Returns the numbers of the first and of the last. With `closed` no row is opened.
    """
    first = at = 0
    while at < len(tags):
        match = _ROW.match(tags, at)
        if match is None:
            raise Irregular
        row, at = int(match[1]), match.end()
        if not last < row <= MAX_ROW or bool(match[3]) != (closed or at < len(tags)):
            raise Irregular
        if match[2] and _hides_row(match[2]):
            hidden.add(row)
        first, last = first or row, row
    if not first:
        raise Irregular
    return first, last


@lru_cache(_MOST_TAILS)
def _hides_row(attributes: str) -> bool:
    found = take_attributes(attributes)
    if "r" in found:
        raise Irregular
    return is_hidden(found, "ht")


@lru_cache(_MOST_TAILS)
def take_attributes(text: str) -> dict[str, str]:
    """Take attributes that have the regular form. Raises `Irregular` if one is given twice."""
    found = _ATTRIBUTE.findall(text)
    attributes = dict(found)
    if len(attributes) != len(found):
        raise Irregular
    return attributes


def unescape(text: str) -> str:
    """Return the characters that a text of XML stands for. Raises `Irregular` for what stands for none."""
    if "]]>" in text:
        raise Irregular
    return _REFERENCE.sub(_refer, text) if "&" in text else text


def _refer(match: re.Match[str]) -> str:
    decimal, digits, name = match.groups()
    if name:
        if name not in _NAMED:
            raise Irregular
        return _NAMED[name]
    if not (decimal or digits):
        raise Irregular
    code = int(decimal) if decimal else int(digits, 16)
    if not (code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF):
        raise Irregular
    return chr(code)
