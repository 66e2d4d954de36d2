"""Writes a document as one page of HTML that needs nothing else: it opens from a folder, without network, and can be mailed.

Style and script are in the page, named by their hashes in its security policy: whatever else a document brings, none of it
runs. The script only filters, sorts and unfolds; without it everything stands on the page.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from dabiao.base.messages import join_list, say, visible
from dabiao.reports.document import (
    Bar,
    Block,
    Cell,
    Data,
    Document,
    Drawing,
    Fold,
    Heading,
    Item,
    Items,
    Paragraph,
    Table,
    one_line,
)
from dabiao.reports.drawing import svg_text
from dabiao.reports.html_tables import columns_of, rows_of

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"
_NUMBERED = re.compile(r"\d+\. ")
_SPACES = re.compile(r"\s+")
_FEWEST_CONTENTS = 3  # headings that need a table of contents
_FEWEST_FILTERED = 13  # rows of a table that need a filter
_OPENING = "“‘「《（([{\"'<-−"  # signs that a text begins with as such
_NARROW, _FEW_COLUMNS = 10, 4  # a table of few short columns is not drawn out over the page
_WIDE = 64  # in the size of the letters: a table that needs more has heads and cells that break
_MOST_CARDS = 60  # rows of a table that a phone shows one below the other
_MARKS = ("start", "expected", "target")
_SCRIPT_WORDS = ("filter", "filter-page", "only", "no-match", "sort", "clear")

View = dict[str, Any]


def write(document: Document, stream: TextIO) -> None:
    """Write a document as a page, its summary under the title."""
    stream.write(html_text(document))


def html_text(document: Document) -> str:
    """Return a document as a page."""
    return environment().get_template("base.html").render(lay_out(document))


def lay_out(document: Document) -> View:
    """Return what the templates lay out of a document."""
    return _Page(document).view()


def policy() -> str:
    """Return the security policy of a page: its own style and script may be used, named by their hashes, and nothing else."""
    return str(environment().globals["policy"])


def style_and_script() -> tuple[str, str]:
    """Return the style and the script of every page."""
    return tuple(str(environment().globals[name]) for name in ("style", "script"))  # type: ignore[return-value]


@cache
def environment(*folders: Path) -> Environment:
    """Return the templates of pages, after those of other folders that use them."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader((*folders, _TEMPLATES)), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"line": one_line, "seen": visible}
    hashes = []
    for name in ("style", "script"):
        text = (_TEMPLATES / f"page.{'css' if name == 'style' else 'js'}").read_text(encoding="utf-8")
        hashes.append(f"{name}-src 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'")
        environment.globals[name] = Markup(text)
    rules = ("default-src 'none'", *hashes, "img-src data:", "base-uri 'none'", "form-action 'none'")
    environment.globals["policy"] = Markup("; ".join(rules))
    return environment


class _Page:
    """Turns the blocks of a document into what the templates lay out, and gives every place on the page its own id."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._lang = document.lang
        self._targets = set(_anchors(document.blocks))
        self._ids: set[str] = set()
        self._tables = 0
        self._numbers: dict[str, int] = {}
        self._label = ""  # the id of the heading above

    def view(self) -> View:
        """Return what the page is made of."""
        title, blocks = self._split_title()
        top, *parts = _by_section(blocks)
        sections = [self._section(heading, inside) for heading, inside in parts]
        head = self._blocks(top[1])
        contents = [section["heading"] for section in sections if section["heading"]["level"] == 2]
        return {
            "lang": say("language.tag", self._lang),
            "title": title,
            "summary": [one_line(line) for line in self._document.summary],
            "head": head,
            "tools_at": next((n for n, (heading, _) in enumerate(parts) if heading.new_page), None),  # not amid a brief
            "sections": sections,
            "contents": contents if len(contents) >= _FEWEST_CONTENTS else [],
            "says": {name: say(f"html.{name}", self._lang) for name in ("skip", "contents", *_SCRIPT_WORDS)},
            "shown": say("html.shown", self._lang, shown="{shown}", all="{all}"),
            "colon": say("page.colon", self._lang),
        }

    def _split_title(self) -> tuple[Heading, Sequence[Block]]:
        """Return the title of the page and the other blocks; a document whose only heading comes first is titled by it."""
        blocks = self._document.blocks
        first = blocks[0] if blocks else None
        alone = sum(isinstance(block, Heading) and block.level <= 2 for block in blocks) == 1
        if isinstance(first, Heading) and (first.level == 1 or alone):
            return first, blocks[1:]
        return Heading(say("html.report", self._lang), 1), blocks

    def _section(self, heading: Heading, blocks: Sequence[Block]) -> View:
        return {"heading": self._heading(heading, heading.level), "blocks": self._blocks(blocks)}

    def _blocks(self, blocks: Sequence[Block]) -> list[View]:
        views = []
        level = 2
        for block, after in zip(blocks, [*blocks[1:], None], strict=False):
            match block:
                case Heading():
                    level = min(block.level, level + 1)  # no level is left out, for those who go by headings
                    views.append(self._heading(block, level))
                case Paragraph():
                    leads = isinstance(after, Table)
                    text = one_line(block.text)
                    views.append({"kind": "paragraph", "text": text, "warning": block.warning, "before_table": leads})
                case Items():
                    views.append(self._items(block))
                case Table():
                    views.append(self._table(block))
                case Drawing():
                    views.append(self._drawing(block))
                case Data():
                    views.append({"kind": "data", "text": _script_text(block.text)})
                case Fold():
                    inside = self._blocks(block.blocks)
                    views.append(
                        {"kind": "fold", "summary": one_line(block.summary), "open": block.open, "blocks": inside}
                    )
        return views

    def _heading(self, heading: Heading, level: int) -> View:
        self._label = self._claim(heading.anchor) or self._name("part")
        tone = f"{heading.tone} own" if heading.tone and _has_sign(heading.text) else heading.tone
        return {"kind": "heading", "level": level, "at": self._label, "heading": heading, "tone": tone}

    def _name(self, kind: str) -> str:
        """Return an id of our own, which no document asks for."""
        while True:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            name = f"{kind}-{self._numbers[kind]}"
            if name not in self._targets:
                return name

    def _claim(self, anchor: str) -> str:
        """Return the id for an anchor, or nothing if there is none or its place on the page is taken."""
        name = _id_of(anchor)
        if not name or name in self._ids:
            return ""
        self._ids.add(name)
        return name

    def _link(self, anchor: str) -> str:
        """Return the address within the page that a link leads to, or nothing if the place was left out."""
        name = _id_of(anchor)
        return f"#{quote(name)}" if name in self._targets else ""

    def _items(self, items: Items) -> View:
        lines = [self._item(item) for item in items.items]
        labelled = bool(lines) and all(item.label and not item.nested for item in items.items)
        groups: list[View] = []
        for line in lines:
            if line["item"].nested and groups:
                groups[-1]["nested"].append(line)
            else:
                groups.append({**line, "nested": []})
        numbered = bool(groups) and all(_NUMBERED.match(group["item"].text) for group in groups)  # needs no other mark
        kind = "terms" if labelled else "items"
        return {"kind": kind, "groups": groups, "numbered": numbered, **self._left(items.left, items.more)}

    def _item(self, item: Item) -> View:
        tone = f"{item.tone} own" if item.tone and _has_sign(item.text) else item.tone
        return {"item": item, "link": self._link(item.link) or item.address, "tone": tone}

    def _left(self, count: int, more: str) -> View:
        """Say how many were left out, and lead to where they are."""
        return {"left": say("report.more", self._lang, count=count) if count else "", "more": self._link(more)}

    def _table(self, table: Table) -> View:
        self._tables += 1
        rows = []
        marks: set[str] = set()
        for cells in rows_of(table):
            anchors = [self._claim(shown.cell.anchor) for shown in cells]
            name = next(filter(None, anchors), "")
            views: list[View] = [
                {
                    "cell": shown.cell,
                    "value": shown.value,
                    "lines": [visible(line) for line in shown.cell.text.split("\n")],
                    "note": one_line(shown.cell.note),
                    "link": self._link(shown.cell.link) or shown.cell.address,
                    "at": anchor if anchor != name else "",
                    "bar": self._bar(shown.cell.bar) if shown.cell.bar else None,
                }
                for shown, anchor in zip(cells, anchors, strict=True)
            ]
            marks.update(mark for view in views if view["bar"] for mark in view["bar"]["marks"])
            rows.append({"at": name, "cells": views})
        columns = columns_of(table)
        key = [(mark, say(f"html.{mark}", self._lang)) for mark in _MARKS if mark in marks]
        return {
            "kind": "table", "dense": table.dense, "columns": columns, "rows": rows, **self._left(table.left, table.more),
            "label": self._label, "name": say("html.table", self._lang, number=self._tables),
            "filtered": len(rows) >= _FEWEST_FILTERED and not table.dense, "key": key,
            "cards": not table.dense and not table.numbers and len(rows) <= _MOST_CARDS,
            "wide": sum(column.width for column in columns) + len(columns) > _WIDE,
            "narrow": all(column.width <= _NARROW for column in columns) and len(columns) <= _FEW_COLUMNS,
        }  # fmt: skip

    def _bar(self, bar: Bar) -> View:
        """Return where the value and the marks of a bar stand, in per cent of its length, and the words for it."""
        places = {name: _percent(share) for name in _MARKS if (share := getattr(bar, name)) is not None}
        actual = _percent(bar.actual)
        parts = [
            say("html.mark", self._lang, name=say(f"html.{name}", self._lang), percent=f"{place:g}")
            for name, place in (("actual", actual), *places.items())
        ]
        label = say("html.bar", self._lang, marks=join_list(parts, self._lang, "phrases"))
        return {"actual": actual, "marks": places, "label": label}

    def _drawing(self, drawing: Drawing) -> View:
        from markupsafe import Markup

        svg = svg_text(drawing, self._lang, self._name("drawing"))
        return {"kind": "drawing", "title": one_line(drawing.title), "svg": Markup(svg)}  # made of escaped texts


def _by_section(blocks: Sequence[Block]) -> Iterator[tuple[Heading, list[Block]]]:
    """Split blocks at the headings of levels 1 and 2; what comes before the first one stands under an empty heading."""
    heading, inside = Heading(""), list[Block]()
    for block in blocks:
        if isinstance(block, Heading) and block.level <= 2:
            yield heading, inside
            heading, inside = Heading(block.text, 2, block.id, block.tone, block.anchor, block.new_page), []
        else:
            inside.append(block)
    yield heading, inside


def _has_sign(text: str) -> bool:
    """Whether a text begins with a sign of its own, such as ✓: it needs none for its tone."""
    return not (text[:1].isalnum() or text[:1] in _OPENING)


def _anchors(blocks: Iterable[Block]) -> Iterator[str]:
    """Iterate over the ids that the places of a document ask for."""
    for block in blocks:
        match block:
            case Heading(anchor=anchor) if anchor:
                yield _id_of(anchor)
            case Table(rows=rows):
                yield from (
                    _id_of(cell.anchor) for row in rows for cell in row if isinstance(cell, Cell) and cell.anchor
                )
            case Fold(blocks=inside):
                yield from _anchors(inside)


def _id_of(anchor: str) -> str:
    """Return the id for an anchor: HTML allows everything but blanks."""
    return _SPACES.sub("-", visible(anchor))


def _percent(share: float) -> float:
    """Return a share in per cent, held within the bar."""
    return round(100 * min(max(share, 0.0), 1.0), 1) if share == share else 0.0  # noqa: PLR0124 - not a number


def _script_text(text: str) -> str:
    r"""Return JSON that cannot end the element it stands in; no other `<\/` or `<\u0021` stands in JSON as it is written."""
    from markupsafe import Markup

    return Markup(text.replace("</", r"<\/").replace("<!--", r"<\u0021--"))
