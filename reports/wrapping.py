"""Breaks lines where a reader expects it: at blanks and between Chinese signs, never within an id, a number or a file name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len

_CHINESE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
_OPENING, _CLOSING = (
    "“‘（《〈「『【〔［",
    "”’）》〉」』】〕］，。；：、？！…·%",
)  # stay with what follows, or with what they follow
_NUMBER = rf"[≥≤＞＜]? ?\d[\d.,]*(?![^\s{_CHINESE}])(?: ?(?:%|[{_CHINESE}](?:/[{_CHINESE}]{{1,3}})?))?"  # with its unit
_WORD = rf"[^\s{_CHINESE}]+|[{_CHINESE}]"
_PIECE = re.compile(rf"\s+|[{_OPENING}]*(?:{_NUMBER}|{_WORD})[{_CLOSING}]*|\S")


def pieces(text: str) -> Iterator[str]:
    """Iterate over what no line ends in, and the blanks between."""
    return (found[0] for found in _PIECE.finditer(text))


def longest_piece(text: str) -> int:
    """Return the width of the longest piece that cannot be broken."""
    return max((cell_len(piece) for piece in pieces(text) if not piece.isspace()), default=0)


def wrap(text: str, width: int, further: int | None = None) -> list[str]:
    """Return a text in lines of at most a width, those after the first of `further`; a longer piece has a line of its own."""
    lines, line, room = [], "", width
    for piece in pieces(text):
        if line and cell_len(line.rstrip() if piece.isspace() else line + piece) > room:
            lines.append(line.rstrip())
            line, room = "", width if further is None else further
        if line or not piece.isspace() or not lines:
            line += piece
    return [*lines, line.rstrip()] if line.rstrip() or not lines else lines
