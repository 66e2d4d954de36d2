"""Writes a document for people at a terminal, in colour and as wide as the window, or as plain text elsewhere."""

from __future__ import annotations

import re
from typing import TextIO, cast

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
from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

STYLES: dict[Tone, str] = {
    "": "", "grave": "bold red", "behind": "yellow", "open": "magenta", "on_course": "green", "good": "bold green",
    "set_aside": "cyan", "quiet": "dim",
}  # fmt: skip
_PLAIN_WIDTH = 160
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


def _console_for(stream: TextIO) -> Console:
    """Return a console that draws colour and fits the window on a terminal, and writes plain wide text elsewhere."""
    if stream.isatty():
        return Console(file=stream, highlight=False, emoji=False)
    plain = cast(TextIO, _Trimmed(stream))
    return Console(file=plain, width=_PLAIN_WIDTH, no_color=True, force_terminal=False, highlight=False, emoji=False)


def write(document: Document, stream: TextIO) -> None:
    """Write a document, its summary last, where a terminal stops."""
    console = _console_for(stream)
    before: Plain | None = None
    for block in in_words(document.blocks):
        if before is not None and _stands_apart(block, before):
            console.print()
        _write_block(block, console, document.lang)
        before = block
    if document.summary and before is not None:
        console.print()
    for line in document.summary:
        _write_line(console, line)


def _stands_apart(block: Plain, before: Plain) -> bool:
    """Whether a block is set off from the one before it by an empty line."""
    if isinstance(block, Heading):
        return True
    if isinstance(block, Paragraph):
        return isinstance(before, Table)
    return isinstance(block, Table) and isinstance(before, Heading) and before.level == 1


def _write_block(block: Plain, console: Console, lang: str) -> None:
    match block:
        case Heading(text, level, name, tone):
            line = Text(one_line(text), STYLES[tone] or ("bold underline" if level < 3 else "bold"))
            if name:
                line.append(" ").append(f"[{visible(name)}]", "dim")
            console.print(line, soft_wrap=True)
        case Paragraph(text, warning):
            _write_line(console, text, "yellow" if warning else "")
        case Items(lines, left):
            for item in lines:
                console.print(_item_text(item, lang), soft_wrap=True)
            if left:
                _write_line(console, say("report.more", lang, count=left))
        case Table():
            _write_table(block, console, lang)


def _write_line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(one_line(text), style), soft_wrap=True)


def _item_text(item: Item, lang: str) -> Text:
    line = Text("    " if item.nested else "  ")
    if item.label:
        line.append(item.label + say("page.colon", lang), "dim")
    return line.append(one_line(item.text), STYLES[item.tone])


def _write_table(table: Table, console: Console, lang: str) -> None:
    if table.rows:
        grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for number, heading in enumerate(table.headings):
            grid.add_column(Text(heading), overflow="fold", justify="right" if number in table.numbers else "left")
        for row in table.rows:
            grid.add_row(*(_cell_text(cell, console.is_terminal) for cell in row))
        console.print(grid)
    if table.left:
        _write_line(console, say("report.more", lang, count=table.left))


def _cell_text(cell: str | Cell, charts: bool) -> Text:
    if isinstance(cell, str):
        cell = Cell(cell)
    chart = f" {cell.chart}" if charts and cell.chart else ""
    return Text("\n".join(visible(line) for line in cell.text.split("\n")) + chart, STYLES[cell.tone])
