"""Decodes the bytes of a text: strict UTF-8, or else GB18030 and UTF-16, which other programs write."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import NamedTuple

from dabiao.base.problems import Location, Problem, Refused

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Decoded(NamedTuple):
    """A text; `encoding` is empty for UTF-8, and `line` the first one that is not."""

    text: str
    encoding: str = ""
    line: int = 0


def decode(data: bytes, location: Location) -> Decoded:
    """Return the text of a file. Raises `Refused` for bytes that are text in none of the encodings, and for no text at all.

    UTF-8 with a damaged character is refused, too: read as GB18030, all names in it would be wrong.
    """
    found = _decode(data, location)
    if "\x00" in found.text:
        raise Refused([Problem("binary-file", location)])
    if not found.text or found.text.isspace():
        raise Refused([Problem("empty-file", location)])
    return found


def _decode(data: bytes, location: Location) -> Decoded:
    is_utf16 = data.startswith(UTF16)
    try:
        return Decoded(data.decode("utf-16"), "UTF-16", 1) if is_utf16 else Decoded(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    if is_utf16 or _is_nearly_utf8(data):
        raise Refused([Problem("not-utf8", Location(location.file, line))])
    mixed, others = _find_utf8_line(data)
    try:
        text = others.decode("gb18030")
    except UnicodeDecodeError:
        code = "not-utf8" if mixed else "reading.encoding"
        raise Refused([Problem(code, Location(location.file, line))]) from None
    if mixed:
        raise Refused([Problem("reading.mixed", Location(location.file, mixed))])
    return Decoded(text, "GB18030", line)


def lines_of(text: str) -> Iterator[str]:
    """Iterate over the lines of a text with their line ends, without copying the whole text."""
    start = 0
    while end := text.find("\n", start) + 1:
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def _find_utf8_line(data: bytes) -> tuple[int, bytes]:
    """Return the first line with Chinese signs in UTF-8, 0 if there is none, and all lines that are not UTF-8.

    Where the other lines are in GB18030, such a line was put into the text.
    """
    first, others = 0, []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.isascii():
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError:
                pass
            else:
                if any("\u2e80" <= sign <= "\u9fff" for sign in text):
                    first = first or number
                    continue
        others.append(line)
    return first, b"\n".join(others)


def _is_nearly_utf8(data: bytes) -> bool:
    """Whether most bytes that are not ASCII are valid UTF-8; of a text in GB18030 hardly any are."""
    if data.startswith(codecs.BOM_UTF8):
        return True
    text = data.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    return sum(sign >= "\u0800" for sign in text) - wrong > wrong
