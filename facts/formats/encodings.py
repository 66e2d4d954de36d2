"""Decodes the bytes of a table: strict UTF-8, or with a warning GB18030 and UTF-16, which spreadsheet programs write."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from dabiao.base.problems import Location, Problem, Problems, Refused

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(data: bytes, location: Location, problems: Problems) -> str:
    """Return the text of a table. Warns of an encoding other than UTF-8.

    Raises `Refused` for bytes that are text in none of the encodings. UTF-8 with a damaged character is refused, too: read
    as GB18030, all names in it would be wrong.
    """
    encoding = "utf-8-sig"
    if data.startswith(UTF16):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if encoding != "utf-8-sig" or _is_nearly_utf8(data):
            raise Refused([Problem("not-utf8", Location(location.file, line))]) from None
        if mixed := _find_utf8_line(data):
            raise Refused([Problem("reading.mixed", Location(location.file, mixed))]) from None
        encoding = "gb18030"
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            raise Refused([Problem("reading.encoding", Location(location.file, line))]) from None
    if "\x00" in text:
        raise Refused([Problem("binary-file", location)])
    if not text or text.isspace():
        raise Refused([Problem("empty-file", location)])
    if encoding != "utf-8-sig":
        problems.warn("reading.not-utf8", location, found={"gb18030": "GB18030", "utf-16": "UTF-16"}[encoding])
    return text


def lines_of(text: str) -> Iterator[str]:
    """Iterate over the lines of a text with their line ends, without copying the whole text."""
    start = 0
    while end := text.find("\n", start) + 1:
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def _find_utf8_line(data: bytes) -> int:
    """Return the first line with Chinese signs in UTF-8, 0 if there is none: such a line was put into a text in GB18030."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.isascii():
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError:
                continue
            if any("\u2e80" <= sign <= "\u9fff" for sign in text):
                return number
    return 0


def _is_nearly_utf8(data: bytes) -> bool:
    """Whether most bytes that are not ASCII are valid UTF-8; of a text in GB18030 hardly any are."""
    if data.startswith(codecs.BOM_UTF8):
        return True
    text = data.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    return sum(sign >= "\u0800" for sign in text) - wrong > wrong
