"""Writes a document for people at a terminal, in colour and as wide as the window, or as plain text elsewhere.

Elsewhere it is as wide as COLUMNS says; without it tables have 160 columns, and other lines do not end before their text does.
A table that does not fit is written as cards. No line ends within an id, a number or the name of a file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TextIO, cast

from dabiao.base.messages import say, visible
from dabiao.reports.document import (
    Cell,
    Document,
    Heading,
    Item,
    Items,
    Paragraph,
    Plain,
    Table,
    Tone,
    in_words,
    one_line,
)

if TYPE_CHECKING:
    from rich.console import Console

STYLES: dict[Tone, str] = {
    "": "", "grave": "bold red", "behind": "yellow", "open": "magenta", "on_course": "green", "good": "bold green",
    "set_aside": "cyan", "quiet": "dim",
}  # fmt: skip
_PLAIN_WIDTH = 160
_NARROW = 100  # below, a table whose cells do not fit is written as cards
_NARROWEST, _NARROWEST_COLUMN = 20, 12
_GAP = 3  # between columns
_NOTHING = ("", "—", "-")  # what a card leaves out
_PADDING = re.compile(r" +$", re.MULTILINE)


class _Trimmed:
    """A stream that drops the blanks a table pads its lines with."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = getattr(stream, "encoding", None) or "utf-8"  # rules are drawn in ASCII where it has no others

    def write(self, text: str) -> int:
        """Write text without blanks at the ends of lines."""
        return self._stream.write(_PADDING.sub("", text))

    def flush(self) -> None:
        """Pass on what has been written."""
        self._stream.flush()


class _Output:
    """Where a document is written: in colour and as wide as the window on a terminal, as plain text elsewhere.

    `width` is that of tables, `lines` that of all other lines (None: they end where their text does). Loading Rich takes longer
    than writing a report: only colours and tables wait for it.
    """

    def __init__(self, stream: TextIO, lang: str, *, fixed: bool) -> None:
        self.lang = lang
        self.is_terminal = stream.isatty() and not fixed
        self._stream = stream if self.is_terminal else cast(TextIO, _Trimmed(stream))
        columns = "" if fixed else os.environ.get("COLUMNS", "")
        asked = max(int(columns), _NARROWEST) if columns.isascii() and columns.isdigit() else None
        self.lines = max(self.console.width, _NARROWEST) if self.is_terminal else asked
        self.width = self.console.width if self.is_terminal else asked or _PLAIN_WIDTH

    @cached_property
    def console(self) -> Console:
        """What draws tables and colours."""
        from rich.console import Console

        if self.is_terminal:
            return Console(file=self._stream, highlight=False, emoji=False)
        return Console(
            file=self._stream, width=self.width, no_color=True, force_terminal=False, highlight=False, emoji=False
        )  # fmt: skip

    def line(self, text: str = "", *styles: tuple[str, int, int]) -> None:
        """Write one line, with the styles of its pieces."""
        if not self.is_terminal:
            self._stream.write(text + "\n")
            return
        from rich.text import Text

        styled = Text(text)
        for style, start, end in styles:
            styled.stylize(style, start, end)
        self.console.print(styled, soft_wrap=True)

    def write(self, text: str, style: str = "", first: str = "", further: str = "", width: int | None = None) -> None:
        """Write a text on lines that fit, each behind its indent."""
        for line in self.fit(text, first, further, width):
            self.line(line, (style, 0, len(line)))

    def fit(self, text: str, first: str = "", further: str = "", width: int | None = None) -> list[str]:
        """Return a text in lines that fit (in a width, if one is given), each behind its indent."""
        width = width or self.lines
        if width is None:
            return [first + text]
        from dabiao.reports.wrapping import wrap

        start, *rest = wrap(text, width - len(first), width - len(further))
        return [first + start, *(further + line for line in rest)]


def write(document: Document, stream: TextIO, *, fixed: bool = False) -> None:
    """Write a document, its summary last, where a terminal stops.

    `fixed` is text of the same width whatever the surroundings say.
    """
    output = _Output(stream, document.lang, fixed=fixed)
    before: Plain | None = None
    for block in in_words(document.blocks):
        if before is not None and _stands_apart(block, before):
            output.line()
        _write_block(block, output)
        before = block
    if document.summary and before is not None:
        output.line()
    for line in document.summary:
        output.write(one_line(line))


def _stands_apart(block: Plain, before: Plain) -> bool:
    """Whether a block is set off from the one before it by an empty line."""
    if isinstance(block, Heading):
        return True
    if isinstance(block, Paragraph):
        return isinstance(before, Table)
    return isinstance(block, Table) and isinstance(before, Heading) and before.level == 1


def _write_block(block: Plain, output: _Output) -> None:
    match block:
        case Heading():
            _write_heading(block, output)
        case Paragraph(text, warning):
            output.write(one_line(text), "yellow" if warning else "")
        case Items(lines, left):
            for item in lines:
                _write_item(item, output)
            _write_left(left, output)
        case Table():
            _write_table(block, output)
            _write_left(block.left, output)


def _write_left(count: int, output: _Output) -> None:
    if count:
        output.write(say("report.more", output.lang, count=count))


def _write_heading(heading: Heading, output: _Output) -> None:
    name = f"[{visible(heading.id)}]" if heading.id else ""
    style = STYLES[heading.tone] or ("bold underline" if heading.level < 3 else "bold")
    for line in output.fit(" ".join(filter(None, (one_line(heading.text), name)))):
        end = len(line) - len(name) if name and line.endswith(name) else len(line)
        output.line(line, (style, 0, len(line[:end].rstrip())), ("dim", end, len(line)))


def _write_item(item: Item, output: _Output) -> None:
    indent = "    " if item.nested else "  "
    label = item.label + say("page.colon", output.lang) if item.label else ""
    for number, line in enumerate(output.fit(label + one_line(item.text), indent, indent + "  ")):
        end = len(indent) + len(label) if number == 0 else 0
        output.line(line, ("dim", 0, end), (STYLES[item.tone], end, len(line)))


@dataclass(frozen=True, slots=True)
class _Shown:
    """A cell as it is shown: its lines, and their style."""

    lines: tuple[str, ...]
    style: str = ""

    @property
    def flat(self) -> str:
        """Its lines as one: an id stands behind what it names."""
        first, *others = self.lines
        return first + "".join(f" {line}" if line.startswith("[") else f" · {line}" for line in others if line)


def _write_table(table: Table, output: _Output) -> None:
    rows = [[_show(cell, output) for cell in row] for row in table.rows]
    if not rows:
        return
    columns = [[heading, *(line for row in rows for line in row[n].lines)] for n, heading in enumerate(table.headings)]
    widths = _fit_columns(columns, output.width)
    if widths is None:
        for row in rows:
            _write_card(table.headings, row, output)
        return
    from dabiao.reports.wrapping import wrap
    from rich import box
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, (heading, width) in enumerate(zip(table.headings, widths, strict=True)):
        justify: Literal["left", "right"] = "right" if number in table.numbers else "left"
        grid.add_column(Text("\n".join(wrap(heading, width))), width=width, no_wrap=True, justify=justify)
    for row in rows:
        cells = zip(row, widths, strict=True)
        grid.add_row(*(Text("\n".join(part for line in c.lines for part in wrap(line, w)), c.style) for c, w in cells))
    output.console.print(grid)


def _show(cell: str | Cell, output: _Output) -> _Shown:
    if isinstance(cell, str):
        cell = Cell(cell)
    chart = f" {cell.chart}" if output.is_terminal and cell.chart else ""
    return _Shown(tuple(visible(line) for line in f"{cell.text}{chart}".split("\n")), STYLES[cell.tone])


def _fit_columns(columns: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Return the widths of columns of lines, the longest lines broken where that fits them in; None if nothing does."""
    from dabiao.reports.wrapping import longest_piece
    from rich.cells import cell_len

    room = width - _GAP * (len(columns) - 1)
    wanted = [max(1, *map(cell_len, lines)) for lines in columns]
    if sum(wanted) <= room:
        return wanted
    least = [max(map(longest_piece, lines)) for lines in columns]
    for most in range(max(wanted), _NARROWEST_COLUMN - 1, -1) if width >= _NARROW else ():
        widths = [min(whole, max(part, most)) for whole, part in zip(wanted, least, strict=True)]
        if sum(widths) <= room:
            return widths
    return None


def _write_card(headings: Sequence[str], row: Sequence[_Shown], output: _Output) -> None:
    """Write a row as a head, and what else it says behind the headings, as many on a line as fit."""
    from rich.cells import cell_len

    first = next((n for n, cell in enumerate(row) if not cell.style and not cell.flat.isdecimal()), 0)
    head = " ".join(cell.flat for cell in row[: first + 1])
    style = next((cell.style for cell in row[: first + 1] if cell.style), "bold")
    width = output.lines or output.width
    output.write(head, style, "", "  ", width)
    line = ""
    for heading, cell in zip(headings[first + 1 :], row[first + 1 :], strict=True):
        if cell.flat in _NOTHING:
            continue
        text = f"{heading}{say('page.colon', output.lang)}{cell.flat}"
        if line and cell_len(line) + _GAP + cell_len(text) + 2 > output.width:
            output.write(line, "", "  ", "    ", width)
            line = ""
        line = f"{line}{' ' * _GAP}{text}" if line else text
    if line:
        output.write(line, "", "  ", "    ", width)
