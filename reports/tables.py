"""Titled tables, written to a terminal or as Markdown: what several reports are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from dabiao.base.messages import say
from dabiao.reports.rule_texts import escaped
from dabiao.reports.text import console_for, table_with
from rich.markup import escape


@dataclass(frozen=True, slots=True)
class Block:
    """A title with a table below it, both optional; `more` rows were left out, and `notes` are lines below the title."""

    title: str
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    more: int = 0
    lang: str = "en"


def write_text(blocks: Sequence[Block], stream: TextIO) -> None:
    """Write blocks one below the other."""
    console = console_for(stream)
    for number, block in enumerate(blocks):
        console.print(("\n" if number else "") + f"[bold]{escape(block.title)}[/bold]")
        for note in block.notes:
            console.print(escape(note))
        if block.rows:
            table = table_with(list(block.headings))
            for row in block.rows:
                table.add_row(*(escape(cell) for cell in row))
            console.print(table)
        if block.more:
            console.print(say("report.more", block.lang, count=block.more))


def write_markdown(blocks: Sequence[Block], stream: TextIO) -> None:
    """Write blocks as Markdown sections; the first is the heading of the page."""
    for number, block in enumerate(blocks):
        stream.write(("\n## " if number else "# ") + escaped(block.title) + "\n")
        for note in block.notes:
            stream.write(f"\n{escaped(note)}\n")
        if block.rows:
            stream.write(
                "\n| " + " | ".join(map(escaped, block.headings)) + " |\n|" + " --- |" * len(block.headings) + "\n"
            )
            stream.writelines("| " + " | ".join(map(escaped, row)) + " |\n" for row in block.rows)
        if block.more:
            stream.write("\n" + escaped(say("report.more", block.lang, count=block.more)) + "\n")
