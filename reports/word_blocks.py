"""The blocks of a document in Word: fonts, sizes and colours of its styles, tables that fit the page, bars of shaded blanks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from dabiao.base.messages import say, visible
from dabiao.reports.document import Bar, Cell, Heading, Item, Items, Paragraph, Plain, Table, Tone, as_cell, one_line
from dabiao.reports.wrapping import pieces
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

if TYPE_CHECKING:
    from docx.document import Document as WordFile
    from docx.styles.style import ParagraphStyle
    from docx.table import _Cell as WordCell
    from docx.table import _Row as WordRow
    from docx.text.paragraph import Paragraph as WordParagraph

COLOURS: dict[Tone, str] = {
    "grave": "96171B", "behind": "7D4300", "open": "62289A", "on_course": "124F83", "good": "19602A",
    "set_aside": "3A4A5F", "quiet": "545B63",
}  # fmt: skip
_STRONG: frozenset[Tone] = frozenset(("grave", "good"))
_BODY, _TITLES = ("Times New Roman", "宋体"), ("Arial", "黑体")  # Latin and Chinese
_PAGE, _SIDES, _ENDS = (210, 297), 14, 10  # millimetres
_SIZES = {
    "Normal": 8.5,
    "Heading 1": 12.0,
    "Heading 2": 10.0,
    "Heading 3": 9.5,
    "List Bullet": 8.5,
    "List Bullet 2": 8.5,
}
_CELLS, _DENSE = 7.8, 6.0  # points
_BESIDE = 1.0  # millimetres at either side of the text of a cell
_ROOM = 2 * _BESIDE + 0.8
_UNBROKEN = 5.0  # letters that stay on one line in any case
_LONGEST = 40  # signs that make a column wide
_LATIN = 0.62  # of the width of a Chinese letter; fonts differ by a tenth and more
_MILLIMETRE = 72 / 25.4  # points
_LEVELS = 3
_LISTS = ("List Bullet", "List Bullet 2")
_BAR = 36  # blanks that a bar is long
_SMALL = 0.75  # of the size of the letters beside it
_BLANK = "\u00a0"
_SHADES = {"value": "5B7FA8", "start": "9AA4AF", "expected": "C77700", "target": "111111", "": "E1E5EA"}
_MARKS = ("start", "expected", "target")
_LINE, _HEAD = "B9C2CC", "EEF1F4"


class WordBlocks:
    """Adds blocks to a Word file, after setting up its page and its styles."""

    def __init__(self, file: WordFile, lang: str) -> None:
        self._file = file
        self._lang = lang
        self._width = _PAGE[0] - 2 * _SIDES
        self._set_page()
        self._set_styles()

    def _set_page(self) -> None:
        section = self._file.sections[0]
        section.page_width, section.page_height = Mm(_PAGE[0]), Mm(_PAGE[1])
        section.left_margin = section.right_margin = Mm(_SIDES)
        section.top_margin = section.bottom_margin = Mm(_ENDS)

    def _set_styles(self) -> None:
        styles: Any = self._file.styles
        for fonts in styles.element.iter(qn("w:rFonts")):
            _set_fonts(fonts, _BODY)
        for spoken in styles.element.iter(qn("w:lang")):
            spoken.set(qn("w:eastAsia"), "zh-CN")
        cells = styles.add_style("Table Cell", WD_STYLE_TYPE.PARAGRAPH)
        cells.base_style = styles["Normal"]
        dense = styles.add_style("Dense Cell", WD_STYLE_TYPE.PARAGRAPH)
        dense.base_style = cells
        for name, size in {**_SIZES, "Table Cell": _CELLS, "Dense Cell": _DENSE}.items():
            style: ParagraphStyle = styles[name]
            style.font.size = Pt(size)
            layout = style.paragraph_format
            layout.space_before, layout.space_after, layout.line_spacing = Pt(0), Pt(0), 1.0
            if name in _LISTS:
                layout.left_indent, layout.first_line_indent = Mm(4 * (1 + _LISTS.index(name))), Mm(-4)
            if name.startswith("Heading"):
                style.font.bold, style.font.color.rgb = True, RGBColor(0, 0, 0)
                layout.space_before, layout.space_after = Pt(0 if name[-1] == "1" else 3), Pt(1)
                _set_fonts(style.element.get_or_add_rPr().get_or_add_rFonts(), _TITLES)

    def add(self, block: Plain) -> None:
        """Add a block at the end."""
        match block:
            case Heading():
                self._add_heading(block)
            case Paragraph(text, warning):
                paragraph = self._file.add_paragraph(_seen(text))
                if warning:
                    _colour(paragraph, "behind")
            case Items():
                self._add_items(block)
            case Table():
                self._add_table(block)

    def add_summary(self, line: str) -> None:
        """Add a line that sums the document up."""
        self._file.add_paragraph().add_run(_seen(line)).bold = True

    def _add_heading(self, heading: Heading) -> None:
        level = min(max(heading.level, 1), _LEVELS)
        paragraph = self._file.add_paragraph(_seen(heading.text), style=f"Heading {level}")
        _colour(paragraph, heading.tone)
        if heading.id:
            paragraph.add_run(f" [{visible(heading.id)}]").bold = False
        if heading.new_page:
            paragraph.paragraph_format.page_break_before = True

    def _add_items(self, items: Items) -> None:
        for item in items.items:
            self._add_item(item)
        self._add_left(items.left)

    def _add_item(self, item: Item) -> None:
        paragraph = self._file.add_paragraph(style=_LISTS[item.nested])
        if item.label:
            paragraph.add_run(_seen(item.label) + say("page.colon", self._lang)).bold = True
        paragraph.add_run(_seen(item.text))
        _colour(paragraph, item.tone)

    def _add_left(self, count: int) -> None:
        if count:
            _colour(self._file.add_paragraph(say("report.more", self._lang, count=count)), "quiet")

    def _add_table(self, table: Table) -> None:
        if table.rows:
            made = self._file.add_table(len(table.rows) + 1, len(table.headings))
            made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
            _set_borders(made)
            widths = _widths(table, self._width)
            for column, width in zip(made.columns, widths, strict=True):
                column.width = Mm(width)
            style = "Dense Cell" if table.dense else "Table Cell"
            head, *rows = made.rows
            _mark_row(head, "w:tblHeader")
            for cell, heading, width in zip(head.cells, table.headings, widths, strict=True):
                self._fill_cell(cell, Cell(heading), width, style)
                cell.paragraphs[0].paragraph_format.keep_with_next = True
                _shade(cell._tc.get_or_add_tcPr(), _HEAD)
                for run in cell.paragraphs[0].runs:
                    run.bold = True
            for row, values in zip(rows, table.rows, strict=True):
                _mark_row(row, "w:cantSplit")
                for number, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
                    self._fill_cell(cell, value if isinstance(value, Cell) else Cell(value), widths[number], style)
            for number in table.numbers:
                for cell in made.columns[number].cells:
                    cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
            self._add_key(table)
        self._add_left(table.left)

    def _fill_cell(self, cell: WordCell, value: Cell, width: float, style: str) -> None:
        cell.width = Mm(width)
        for number, line in enumerate(value.text.split("\n")):
            paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            paragraph.style = style
            if value.bar and not number:
                _add_bar(paragraph, value.bar)
            paragraph.add_run(_seen(line))
            _colour(paragraph, value.tone)

    def _add_key(self, table: Table) -> None:
        """Say what the colours of the bars of a table mean."""
        bars = [cell.bar for row in table.rows for cell in row if isinstance(cell, Cell) and cell.bar]
        marks = [mark for mark in _MARKS if any(getattr(bar, mark) is not None for bar in bars)]
        if not bars:
            return
        paragraph = self._file.add_paragraph(style="Table Cell")
        for name, shade in (("actual", _SHADES["value"]), *((mark, _SHADES[mark]) for mark in marks)):
            _shade(paragraph.add_run(_BLANK * 2).element.get_or_add_rPr(), shade)
            paragraph.add_run(f" {say(f'html.{name}', self._lang)}   ")
        _colour(paragraph, "quiet")


def _seen(text: str) -> str:
    """Return a text on one line, with nothing in it that Word would act on or XML cannot hold."""
    return one_line(text)


def _set_fonts(fonts: Any, names: tuple[str, str]) -> None:
    """Name the Latin and the Chinese font, and no font of the theme."""
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{name}"), names[0])
    fonts.set(qn("w:eastAsia"), names[1])


def _colour(paragraph: WordParagraph, tone: Tone) -> None:
    for run in paragraph.runs if tone else ():
        run.font.color.rgb = RGBColor.from_string(COLOURS[tone])
        if tone in _STRONG:
            run.bold = True


def _element(name: str, **attributes: str) -> Any:
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _shade(properties: Any, colour: str) -> None:
    properties.append(_element("w:shd", val="clear", color="auto", fill=colour))


def _mark_row(row: WordRow, *marks: str) -> None:
    """Let a row be repeated on every page, or not be split by the end of one."""
    properties = row._tr.get_or_add_trPr()
    for mark in ("w:cantSplit", *marks) if "w:cantSplit" not in marks else marks:
        properties.append(_element(mark))


def _set_borders(table: Any) -> None:
    """Draw lines between the rows and none between the columns, and let the texts stand close to each other."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        borders.append(_element(f"w:{side}", val="single", sz="4", space="0", color=_LINE))
    properties = table._tbl.tblPr
    properties.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(f"w:{side}", w=str(Mm(_BESIDE).twips), type="dxa"))
    properties.insert_element_before(margins, "w:tblLook")


def _widths(table: Table, total: float) -> list[float]:
    """Return the widths of the columns in millimetres: what their lines need, or as much more than the least as fits."""
    letter = (_DENSE if table.dense else _CELLS) / _MILLIMETRE
    least, wanted = [], []
    for number in range(len(table.headings)):
        lines = list(_lines_of(table, number))
        beside = _ROOM + (_BAR * _SMALL * _CELLS / 4 / _MILLIMETRE if _has_bars(table, number) else 0)
        words = (piece[:_LONGEST] for line in lines for piece in pieces(line))
        longest = max(map(_length, lines))
        least.append(max([min(longest, _UNBROKEN), *map(_length, words)]) * letter + beside)
        wanted.append(max(least[-1], longest * letter + beside))
    if sum(wanted) <= total or sum(least) >= total:
        fitting = wanted if sum(wanted) <= total else least
        return [width * total / sum(fitting) for width in fitting]
    share = (total - sum(least)) / (sum(wanted) - sum(least))
    return [low + (high - low) * share for low, high in zip(least, wanted, strict=True)]


def _length(text: str) -> float:
    """Return about how long a text is, in the size of its letters."""
    return sum(1.0 if east_asian_width(char) in "WF" else _LATIN for char in text)


def _lines_of(table: Table, number: int) -> Iterator[str]:
    yield table.headings[number]
    for row in table.rows:
        cell = row[number]
        yield from as_cell(cell).text.split("\n")


def _has_bars(table: Table, number: int) -> bool:
    return any(isinstance(cell := row[number], Cell) and cell.bar for row in table.rows)


def _add_bar(paragraph: WordParagraph, bar: Bar) -> None:
    """Draw a bar of blanks with a background: it needs no font, and a screen reader passes over it."""
    places = {round(share * (_BAR - 1)): mark for mark in _MARKS if (share := getattr(bar, mark)) is not None}
    filled = round(min(max(bar.actual, 0.0), 1.0) * _BAR)
    kinds = [places.get(place, "value" if place < filled else "") for place in range(_BAR)]
    for kind, same in groupby(kinds):
        run = paragraph.add_run(_BLANK * len(list(same)))
        run.font.size = Pt(_CELLS * _SMALL)
        _shade(run.element.get_or_add_rPr(), _SHADES[kind])
    paragraph.add_run("  ")
