"""What a report for people says, whatever it is written as: headings, lines, tables and charts in one order.

A report builds a `Document`; a writer is one function over it (`text.write`, `markdown.write`, `html.write`). A further
form of writing is one more such function. What a form cannot show (a link, a bar, a drawing) it leaves out: the words and
numbers stand beside it in every form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from dabiao.base.messages import say, visible
from dabiao.engine.results import Verdict

Tone = Literal["", "grave", "behind", "open", "on_course", "good", "set_aside", "quiet"]

TONES: dict[Verdict, Tone] = {
    "shortfall": "grave", "behind": "behind", "undetermined": "open", "on_track": "on_course", "early": "good", "met": "good",
    "waived": "set_aside", "not_due": "quiet", "not_applicable": "quiet",
}  # fmt: skip
_BREAKS = re.compile(r"[\t\n\r\f\v ]+")


@dataclass(frozen=True, slots=True)
class Bar:
    """A value between zero and the right end of a bar, as shares of its length, with marks where others stand on it."""

    actual: float
    start: float | None = None
    expected: float | None = None
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with a tone, an id that is shown as written, or a text with a small chart where there is room for one.

    `mark` is what the text begins with if that alone has the tone. `link` is the anchor in the document that it leads to,
    `anchor` the one that leads to its row; `address` leads out of it, where pages are served. `note` says more where there
    is room for it: under a pointer, or nowhere.
    """

    text: str
    tone: Tone = ""
    chart: str = ""
    is_id: bool = False
    bar: Bar | None = None
    link: str = ""
    anchor: str = ""
    note: str = ""
    mark: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: level 1 is the page. `id` is shown beside the text. In print, one of level 2 can begin a `new_page`."""

    text: str
    level: int = 2
    id: str = ""
    tone: Tone = ""
    anchor: str = ""
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of its own; `warning` sets it off."""

    text: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list, with a label in front, or one level down. `link` and `address` lead on as those of a cell do."""

    text: str
    label: str = ""
    nested: bool = False
    tone: Tone = ""
    link: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list of lines; `left` more were left out (see `Table`)."""

    items: tuple[Item, ...]
    left: int = 0
    more: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. A line end in a cell is one. `numbers` are the columns of numbers; `left` more rows were left out: on a
    page they are to be found at the anchor `more`.

    `dense` is a table of short signs with many columns (commitments by subjects), whose tones say what they mean.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
    numbers: tuple[int, ...] = ()
    left: int = 0
    dense: bool = False
    more: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A value in a year, with the words for it."""

    year: int
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """Points of a drawing that belong together: what was reported, the path expected, the target, where the trend leads."""

    role: Literal["reported", "expected", "target", "outlook"]
    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Values over the years as lines. The same numbers stand in a table or in words beside it."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """Everything that the report says, for programs: embedded where a form can carry it."""

    text: str


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that are folded away under a line where a form can fold; `open` ones are unfolded at first."""

    summary: str
    blocks: tuple[Block, ...]
    open: bool = False


Plain = Heading | Paragraph | Items | Table
Block = Plain | Drawing | Data | Fold


@dataclass(frozen=True, slots=True)
class Document:
    """The blocks of a report in their order, and the lines that sum it up: last on a terminal, first on a page.

    `as_of` is the day it speaks of: a form that carries a date has this one, so that it is the same every time.
    """

    lang: str
    blocks: tuple[Block, ...]
    summary: tuple[str, ...] = ()
    as_of: date | None = None


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str | Cell]],
    most: int | None = None,
    numbers: tuple[int, ...] = (),
) -> Table:
    """Return a table of at most `most` rows (None: all) that counts the others."""
    shown = tuple(tuple(row) for row in rows[:most])
    return Table(tuple(headings), shown, numbers, len(rows) - len(shown))


def as_cell(cell: str | Cell) -> Cell:
    """Return a cell; a text is one without anything else."""
    return cell if isinstance(cell, Cell) else Cell(cell)


def items(texts: Sequence[str], most: int | None = None) -> Items:
    """Return a list of at most `most` lines (None: all) that counts the others."""
    shown = tuple(Item(text) for text in texts[:most])
    return Items(shown, len(texts) - len(shown))


def name_columns(topic: str, lang: str, *names: str) -> tuple[str, ...]:
    """Name the columns of a table by the messages of a topic."""
    return tuple(say(f"{topic}.{name}", lang) for name in names)


def drop_empty(headings: Sequence[str], rows: Sequence[Sequence[str | Cell]], left: int = 0) -> Table:
    """Return a table without the columns in which no row says anything."""
    kept = [at for at in range(len(headings)) if not rows or any(is_said(row[at]) for row in rows)]
    return Table(tuple(headings[at] for at in kept), tuple(tuple(row[at] for at in kept) for row in rows), left=left)


def is_said(cell: str | Cell) -> bool:
    """Whether there is anything in a cell."""
    return bool(cell) if isinstance(cell, str) else bool(cell.text or cell.bar)


def in_words(blocks: Iterable[Block]) -> Iterator[Plain]:
    """Iterate over the blocks that a form without drawings and folds shows: what is folded away stands under its line."""
    for block in blocks:
        if isinstance(block, Fold):
            yield Heading(block.summary, 3)
            yield from in_words(block.blocks)
        elif not isinstance(block, Drawing | Data):
            yield block


def one_line(text: str) -> str:
    """Return a text on one line, with nothing in it that a terminal would act on."""
    return visible(_BREAKS.sub(" ", text).strip(" "))
