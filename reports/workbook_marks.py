"""Works on a submitter's own workbook: marks its cells, adds the sheet of findings, and leaves everything else as it is.

openpyxl writes numbers with 16 digits and formulas without their results, so both are put back as the file had them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any
from warnings import catch_warnings, simplefilter

from dabiao.base.messages import LANGS, say, visible
from dabiao.base.problems import Location, Problem, Refused
from dabiao.facts import layout
from dabiao.facts.formats.xlsx import read_grids
from dabiao.facts.workbook.grid import Cell, Grid
from dabiao.reports.finding_lines import COLOURS, Grade, Line, fill_findings
from dabiao.reports.workbook_sheets import plain, put
from openpyxl import Workbook, load_workbook
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

_ORDER: tuple[Grade, ...] = tuple(COLOURS)  # gravest first
_IN_COMMENT = 10  # sentences
_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_COLOUR = re.compile("[0-9A-F]{8}")
_CELL = re.compile(rb'<c r="([A-Z]+)([0-9]+)"([^>]*?)(?<!/)>(.*?)</c>', re.DOTALL)
_FORMULA = re.compile(rb"<f\b[^>]*?(?:/>|>.*?</f>)", re.DOTALL)
_TYPE = re.compile(rb' t="[A-Za-z]+"')
_STRICT, _USUAL = b"http://purl.oclc.org/ooxml/", b"http://schemas.openxmlformats.org/"
_STRICT_NAME = re.compile(re.escape(_STRICT) + rb"([A-Za-z]+)/([A-Za-z/]+)")
_KEPT = 40  # first of the hidden columns that keep the colours of the marked cells, right of any table
_NO_COLOUR = "none"


@dataclass(frozen=True, slots=True)
class Mark:
    """A sentence to put at one cell."""

    sheet: str
    cell: str
    grade: Grade
    text: str


def write_marked(
    data: bytes, file: str, marks: Sequence[Mark], lines: Sequence[Line], lang: str, stream: IO[bytes]
) -> None:
    """Write a workbook with its cells marked and the sheet of findings in front.

    Marks of an earlier return are taken away first. Raises `Refused` if the workbook cannot be read.
    """
    grids = {grid.name: grid for grid in read_grids(data, file)}
    book = _load(data, file, grids)
    _unmark(book)
    kept = _mark(book, marks, lang)
    sheet = book.create_sheet(_free_name(book, lang), 0)
    fill_findings(sheet, lines, lang)
    _keep(sheet, kept)
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False
    _calculation(book, grids)
    made = io.BytesIO()
    book.save(made)
    _restore(made, [grids.get(one.title) for one in book.worksheets], stream)


def _load(data: bytes, file: str, names: Iterable[str]) -> Workbook:
    """Load a workbook to be written again. Raises `Refused` if openpyxl cannot, which may raise anything, or loses a sheet."""
    try:
        with catch_warnings():  # of what it does not keep
            simplefilter("ignore")
            book = load_workbook(io.BytesIO(_make_transitional(data)), rich_text=True)
    except Exception:
        raise Refused([Problem("marked.cannot-load", Location(file))]) from None
    if lost := [name for name in names if name not in book.sheetnames]:  # strict Open XML, for one
        raise Refused([Problem("marked.sheets-lost", Location(file), {"found": tuple(lost)})])
    return book


def _make_transitional(data: bytes) -> bytes:
    """Return a workbook of strict Open XML in the names of the usual one, which openpyxl knows; any other as it is."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        if not any(_STRICT in old.read(name) for name in old.namelist() if name.endswith("workbook.xml")):
            return data
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
            for info in old.infolist():
                content = old.read(info)
                if info.filename.endswith((".xml", ".rels", ".vml")):
                    content = _STRICT_NAME.sub(_USUAL + rb"\1/2006/\2", content).replace(b' conformance="strict"', b"")
                new.writestr(info.filename, content)
    return made.getvalue()


def _free_name(book: Workbook, lang: str) -> str:
    name = layout.FINDINGS_SHEET.say(lang)
    return name if name not in book.sheetnames else next(w for w in layout.FINDINGS_SHEET if w not in book.sheetnames)


def _target(sheet: Any, place: str) -> Any:
    """Return the cell of a place, the first one of merged cells; None if it is no place of the sheet."""
    match = _PLACE.fullmatch(place.partition(":")[0])
    if not match or int(match[2]) > 1_048_576 or column_index_from_string(match[1]) > 16_384:
        return None
    cell = sheet[match[1] + match[2]]
    if isinstance(cell, MergedCell):
        area = next(area for area in sheet.merged_cells.ranges if cell.coordinate in area)
        return sheet.cell(area.min_row, area.min_col)
    return cell


def _mark(book: Workbook, marks: Sequence[Mark], lang: str) -> dict[tuple[str, str], str]:
    """Colour cells and put comments in them; return the colours they had."""
    found: dict[tuple[str, str], list[Mark]] = {}
    cells = {}
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    for mark in marks:
        cell = _target(sheets[mark.sheet], mark.cell) if mark.sheet in sheets else None
        if cell is not None:
            place = (mark.sheet, cell.coordinate)
            found.setdefault(place, []).append(mark)
            cells[place] = cell
    kept = {}
    for place, here in found.items():
        cell = cells[place]
        fill = cell.fill
        kept[place] = fill.fgColor.rgb if fill.fill_type == "solid" and fill.fgColor.type == "rgb" else _NO_COLOUR
        here.sort(key=lambda mark: _ORDER.index(mark.grade))
        colour = COLOURS[here[0].grade]
        cell.fill = PatternFill("solid", fgColor=colour)
        cell.comment = _comment([mark.text for mark in here], cell.comment, lang)
    return kept


def _comment(texts: Sequence[str], before: Comment | None, lang: str) -> Comment:
    texts = list(dict.fromkeys(visible(text) for text in texts))
    lines = texts[:_IN_COMMENT]
    if len(texts) > _IN_COMMENT:
        sheet = layout.FINDINGS_SHEET.say(lang)
        lines.append(say("marked.more", lang, count=len(texts) - _IN_COMMENT, sheet=sheet))
    if before is not None and before.text:
        lines += ["", f"{before.author or ''}:", before.text]
    comment = Comment(plain("\n".join(lines)), say("marked.author", lang))
    comment.width, comment.height = 360, min(40 + 36 * len(lines), 400)
    return comment


def _unmark(book: Workbook) -> None:
    """Take away what an earlier return put in: its sheet, its comments, and its colours."""
    authors = {say("marked.author", lang) for lang in LANGS}
    for title in [title for title in book.sheetnames if title in layout.FINDINGS_SHEET]:
        for name, place, colour in _collect_styles(book[title]):
            cell = _target(book[name], place) if name in book.sheetnames and isinstance(book[name], Worksheet) else None
            if cell is not None:
                cell.fill = PatternFill("solid", fgColor=colour) if colour != _NO_COLOUR else PatternFill()
                if cell.comment is not None and cell.comment.author in authors:
                    cell.comment = None
        if len(book.sheetnames) > 1:
            book.remove(book[title])


def _collect_styles(sheet: Any) -> Iterator[tuple[str, str, str]]:
    rows = sheet.iter_rows(min_row=2, min_col=_KEPT, max_col=_KEPT + 2, values_only=True)
    for name, place, colour in rows if isinstance(sheet, Worksheet) else ():
        if (
            isinstance(name, str)
            and isinstance(place, str)
            and (colour == _NO_COLOUR or _COLOUR.fullmatch(str(colour)))
        ):
            yield name, place, str(colour)


def _keep(sheet: Worksheet, kept: Mapping[tuple[str, str], str]) -> None:
    """Write beside the table, hidden, the colours that the marked cells had."""
    for row, ((name, place), colour) in enumerate(kept.items(), 2):
        for offset, text in enumerate((name, place, colour)):
            put(sheet.cell(row, _KEPT + offset), text)
    for offset in range(3):
        sheet.column_dimensions[get_column_letter(_KEPT + offset)].hidden = True


def _calculation(book: Workbook, grids: Mapping[str, Grid]) -> None:
    """Leave it to the file whether formulas are computed anew: openpyxl asks for that where the file says nothing."""
    computed = [cell.stored != "uncomputed" for grid in grids.values() for _, _, cell in grid.filled()]
    if book.calculation is not None and all(computed):
        book.calculation.fullCalcOnLoad = None


def _restore(made: io.BytesIO, grids: Sequence[Grid | None], stream: IO[bytes]) -> None:
    """Write the workbook with the digits and the results of formulas that the submitter's file has."""
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        parts = {f"xl/worksheets/sheet{number}.xml": grid for number, grid in enumerate(grids, 1) if grid is not None}
        for info in old.infolist():
            content = old.read(info)
            if grid := parts.get(info.filename):
                content = _CELL.sub(lambda found, grid=grid: _cell(found, grid), content)  # type: ignore[misc]
            new.writestr(info, content, zipfile.ZIP_DEFLATED)


def _cell(found: re.Match[bytes], grid: Grid) -> bytes:
    column, row, attributes, body = found.groups()
    was = grid.cell(int(row), column_index_from_string(column.decode()))
    formula = _FORMULA.match(body)
    if was is None or was.stored == "uncomputed" or (formula is None and was.stored != "number"):
        return found[0]
    kind, text = _result(was)
    attributes = _TYPE.sub(b"", attributes) + kind
    return b'<c r="%s%s"%s>%s<v>%s</v></c>' % (column, row, attributes, formula[0] if formula else b"", text)


def _result(cell: Cell) -> tuple[bytes, bytes]:
    """Return the type and the text of a stored value, as a cell of XML has them."""
    if cell.stored == "boolean":
        return b' t="b"', b"1" if cell.text == "TRUE" else b"0"
    kind = {"text": b' t="str"', "error": b' t="e"'}.get(cell.stored, b"")
    text = plain(cell.text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return kind, text.encode()
