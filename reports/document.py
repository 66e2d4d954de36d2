"""What a report for people says, whatever it is written as: headings, lines and tables in one order.

A report builds a `Document`; a writer is one function over it (`text.write`, `markdown.write`). A further form of
writing is one more such function.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dabiao.base.messages import visible
from dabiao.engine.results import Verdict

Tone = Literal["", "grave", "behind", "open", "on_course", "good", "set_aside", "quiet"]

TONES: dict[Verdict, Tone] = {
    "shortfall": "grave", "behind": "behind", "undetermined": "open", "on_track": "on_course", "early": "good", "met": "good",
    "waived": "set_aside", "not_due": "quiet", "not_applicable": "quiet",
}  # fmt: skip
_BREAKS = re.compile(r"[\t\n\r\f\v ]+")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with a tone, an id that is shown as written, or a text with a small chart where there is room for one."""

    text: str
    tone: Tone = ""
    chart: str = ""
    is_id: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: level 1 is the page. `id` is shown beside the text."""

    text: str
    level: int = 2
    id: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of its own; `warning` sets it off."""

    text: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list, with a label in front, or one level down."""

    text: str
    label: str = ""
    nested: bool = False
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list of lines; `left` more were left out."""

    items: tuple[Item, ...]
    left: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table. A line end in a cell is one. `numbers` are the columns of numbers; `left` more rows were left out."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
    numbers: tuple[int, ...] = ()
    left: int = 0


Block = Heading | Paragraph | Items | Table


@dataclass(frozen=True, slots=True)
class Document:
    """The blocks of a report in their order, and the lines that sum it up: last on a terminal, first on a page."""

    lang: str
    blocks: tuple[Block, ...]
    summary: tuple[str, ...] = ()


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str | Cell]],
    most: int | None = None,
    numbers: tuple[int, ...] = (),
) -> Table:
    """Return a table of at most `most` rows (None: all) that counts the others."""
    shown = tuple(tuple(row) for row in rows[:most])
    return Table(tuple(headings), shown, numbers, len(rows) - len(shown))


def items(texts: Sequence[str], most: int | None = None) -> Items:
    """Return a list of at most `most` lines (None: all) that counts the others."""
    shown = tuple(Item(text) for text in texts[:most])
    return Items(shown, len(texts) - len(shown))


def one_line(text: str) -> str:
    """Return a text on one line, with nothing in it that a terminal would act on."""
    return visible(_BREAKS.sub(" ", text).strip(" "))
