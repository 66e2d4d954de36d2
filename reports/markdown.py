"""Writes a document as Markdown, to paste into an issue or a memo."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TextIO

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
    as_cell,
    in_words,
    one_line,
)

_LIVE = re.compile(
    r"@(?=\w)|:(?=//)|\bwww(?=\.)|\\#(?=\d)|\bGH-(?=\d)", re.IGNORECASE
)  # hosts make links and mentions of them
_SIGNS = re.compile(r"[\\`*\[\]|~#$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")  # within a word a _ is only itself

_BLOCK = re.compile(r"^(\s*\d*)([-+=.)])(?=[\s=-]|$)")  # begins a list, a line or a heading


def write(document: Document, stream: TextIO) -> None:
    """Write a document, its summary under the title."""
    stream.write(markdown_text(document))


def markdown_text(document: Document) -> str:
    """Return a document as Markdown."""
    parts = [_block_text(block, document.lang) for block in in_words(document.blocks)]
    titled = document.blocks[:1] and isinstance(document.blocks[0], Heading) and document.blocks[0].level == 1
    parts[bool(titled) : bool(titled)] = [f"**{escaped(line)}**" for line in document.summary]
    return "\n\n".join(filter(None, parts)) + "\n"


def escaped(text: str) -> str:
    """Write a text so that Markdown and HTML show it as it is, on one line, in a table too; it mentions and links nothing."""
    text = _SIGNS.sub(r"\\\g<0>", visible(text))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LIVE.sub(r"\g<0><!-- -->", text)


def _beginning(text: str) -> str:
    """Write a text that begins a line: it begins no list and no line across the page."""
    return _BLOCK.sub(r"\1\\\2", escaped(text))


def _block_text(block: Plain, lang: str) -> str:
    match block:
        case Heading(text, level, name):
            return f"{'#' * level} {escaped(one_line(text))}" + (f" {_code(name)}" if name else "")
        case Paragraph(text, warning):
            return ("> " if warning else "") + _beginning(one_line(text))
        case Items(lines, left):
            listed = [_item_text(item, lang) for item in lines]
            return "\n".join([*listed, *([f"- {_left_out(left, lang)}"] if left else [])])
        case Table():
            return _table_text(block, lang)


def _item_text(item: Item, lang: str) -> str:
    label = f"**{escaped(item.label)}**{say('page.colon', lang)}" if item.label else ""
    text = one_line(item.text)
    return f"{'  ' if item.nested else ''}- {label}{escaped(text) if label else _beginning(text)}"


def _table_text(table: Table, lang: str) -> str:
    rules = ("---:" if number in table.numbers else "---" for number in range(len(table.headings)))
    lines = [_line(map(escaped, table.headings)), _line(rules), *(_line(map(_cell_text, row)) for row in table.rows)]
    parts = ["\n".join(lines)] if table.rows else []
    return "\n\n".join([*parts, *([_left_out(table.left, lang)] if table.left else [])])


def _cell_text(cell: str | Cell) -> str:
    text = as_cell(cell).text
    if isinstance(cell, Cell) and cell.is_id:
        return _code(text)
    return "<br>".join(escaped(part) for part in text.split("\n"))


def _code(name: str) -> str:
    return f"`{visible(name)}`"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _left_out(count: int, lang: str) -> str:
    return escaped(say("report.more", lang, count=count))
