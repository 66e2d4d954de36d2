"""Writes a document for people at a terminal, in colour and as wide as the window, or as plain text elsewhere.

Elsewhere it is as wide as COLUMNS says; without it tables have 160 columns, and other lines do not end before their text does.
A table that does not fit is written as cards. No line ends within an id, a number or the name of a file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TextIO, cast

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
from dabiao.reports.wrapping import longest_piece, wrap
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

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


@dataclass(frozen=True, slots=True)
class _Output:
    """A console, and the width that every line of text keeps to (None: tables alone keep to the width of the console)."""

    console: Console
    lang: str
    lines: int | None

    def write(self, text: str, style: str = "", first: str = "", further: str = "") -> None:
        """Write a text on lines that fit, each behind its indent."""
        for line in self.fit(text, first, further):
            self.console.print(Text(line, style), soft_wrap=True)

    def fit(self, text: str, first: str = "", further: str = "") -> list[str]:
        """Return a text in lines that fit, each behind its indent."""
        if self.lines is None:
            return [first + text]
        start, *rest = wrap(text, self.lines - len(first), self.lines - len(further))
        return [first + start, *(further + line for line in rest)]


def write(document: Document, stream: TextIO, *, fixed: bool = False) -> None:
    """Write a document, its summary last, where a terminal stops.

    `fixed` is text of the same width whatever the surroundings say.
    """
    output = _output_to(stream, document.lang, fixed=fixed)
    before: Plain | None = None
    for block in in_words(document.blocks):
        if before is not None and _stands_apart(block, before):
            output.console.print()
        _write_block(block, output)
        before = block
    if document.summary and before is not None:
        output.console.print()
    for line in document.summary:
        output.write(one_line(line))


def _output_to(stream: TextIO, lang: str, *, fixed: bool) -> _Output:
    """Return a console that draws colour and fits the window on a terminal, and writes plain text elsewhere."""
    if stream.isatty() and not fixed:
        console = Console(file=stream, highlight=False, emoji=False)
        return _Output(console, lang, max(console.width, _NARROWEST))
    columns = "" if fixed else os.environ.get("COLUMNS", "")
    asked = max(int(columns), _NARROWEST) if columns.isascii() and columns.isdigit() else None
    plain, width = cast(TextIO, _Trimmed(stream)), asked or _PLAIN_WIDTH
    console = Console(file=plain, width=width, no_color=True, force_terminal=False, highlight=False, emoji=False)
    return _Output(console, lang, asked)


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
        text = Text(line)
        end = len(line) - len(name) if name and line.endswith(name) else len(line)
        text.stylize(style, 0, len(line[:end].rstrip()))
        text.stylize("dim", end)
        output.console.print(text, soft_wrap=True)


def _write_item(item: Item, output: _Output) -> None:
    indent = "    " if item.nested else "  "
    label = item.label + say("page.colon", output.lang) if item.label else ""
    for number, line in enumerate(output.fit(label + one_line(item.text), indent, indent + "  ")):
        text = Text(line)
        end = len(indent) + len(label) if number == 0 else 0
        text.stylize("dim", 0, end)
        text.stylize(STYLES[item.tone], end)
        output.console.print(text, soft_wrap=True)


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
    widths = _fit_columns(columns, output.console.width)
    if widths is None:
        for row in rows:
            _write_card(table.headings, row, output)
        return
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
    chart = f" {cell.chart}" if output.console.is_terminal and cell.chart else ""
    return _Shown(tuple(visible(line) for line in f"{cell.text}{chart}".split("\n")), STYLES[cell.tone])


def _fit_columns(columns: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Return the widths of columns of lines, the longest lines broken where that fits them in; None if nothing does."""
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
    first = next((n for n, cell in enumerate(row) if not cell.style and not cell.flat.isdecimal()), 0)
    head = " ".join(cell.flat for cell in row[: first + 1])
    narrow = _Output(output.console, output.lang, output.lines or output.console.width)
    narrow.write(head, next((cell.style for cell in row[: first + 1] if cell.style), "bold"), "", "  ")
    line = ""
    for heading, cell in zip(headings[first + 1 :], row[first + 1 :], strict=True):
        if cell.flat in _NOTHING:
            continue
        text = f"{heading}{say('page.colon', output.lang)}{cell.flat}"
        if line and cell_len(line) + _GAP + cell_len(text) + 2 > output.console.width:
            narrow.write(line, "", "  ", "    ")
            line = ""
        line = f"{line}{' ' * _GAP}{text}" if line else text
    if line:
        narrow.write(line, "", "  ", "    ")
