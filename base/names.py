"""Names of subjects: hidden marks in them, and the folded form in which names that look alike are equal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_LINE_SIGNS = frozenset("\t\n\r")
_CONTROLS = {
    0x00: "NULL", 0x07: "BELL", 0x08: "BACKSPACE", 0x09: "TAB", 0x0A: "LINE FEED", 0x0D: "CARRIAGE RETURN",
    0x1A: "SUBSTITUTE",
    0x1B: "ESCAPE", 0x7F: "DELETE", 0x85: "NEXT LINE", 0x9B: "CONTROL SEQUENCE INTRODUCER", 0x9D: "OPERATING SYSTEM COMMAND",
}  # fmt: skip
_FILLERS = "\u034f\u115f\u1160\u2800\u3164\uffa0"  # letters and marks without a visible shape
_FILLER = re.compile(f"[{_FILLERS}]")
_IGNORED = re.compile(f"[{_FILLERS}\u180b-\u180d\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # and variation selectors
PLAIN = "[0-9A-Za-z_\u3400-\u4dbf\u4e00-\u9fff]*"
"""A name that matches (in Python as in Polars) is folded already."""
_PLAIN = re.compile(PLAIN)
_SPACES = re.compile(r"\s+")
_SPACE_BESIDE = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")


@dataclass(frozen=True, slots=True)
class Sign:
    """One character, in a message told by its code point, and in English by the name that Unicode gives it."""

    text: str

    def say(self, lang: str) -> str:
        """Return U+202E in Chinese, U+202E RIGHT-TO-LEFT OVERRIDE in English."""
        code = ord(self.text)
        if lang != "en":
            return f"U+{code:04X}"
        kind = "SURROGATE" if 0xD800 <= code <= 0xDFFF else "CONTROL CHARACTER"
        return f"U+{code:04X} {_CONTROLS.get(code) or unicodedata.name(self.text, kind)}"


def find_hidden_mark(text: str, *, name: bool = False) -> Sign | None:
    """Return the first invisible mark of a text, if there is one.

    Invisible marks are control, format and direction marks and surrogates; in a name also line ends, tabs and letters
    without a visible shape.
    """
    if text.isprintable() and not (name and _FILLER.search(text)):
        return None
    for sign in text:
        if unicodedata.category(sign) in _HIDDEN and (name or sign not in _LINE_SIGNS):
            return Sign(sign)
        if name and sign in _FILLERS:
            return Sign(sign)
    return None


def drop_hidden_marks(text: str) -> str:
    """Return a text without its invisible marks."""
    return "".join(sign for sign in text if sign in _LINE_SIGNS or unicodedata.category(sign) not in _HIDDEN)


def fold_name(name: str) -> str:
    """Return the form in which names are compared: two names with the same form look alike.

    Full-width and composed forms become plain ones (NFKC), and invisible marks are removed. Several spaces become one;
    beside a character that is not ASCII they are removed. So 甲院, 甲 院 and 甲院 with a zero-width space are one name,
    New Town and Newtown are two.
    """
    if _PLAIN.fullmatch(name):
        return name
    flat = _IGNORED.sub("", unicodedata.normalize("NFKC", name))
    if not flat.isprintable():
        flat = "".join(sign for sign in flat if unicodedata.category(sign) != "Cf")
    flat = _SPACES.sub(" ", flat).strip()
    return unicodedata.normalize("NFKC", _SPACE_BESIDE.sub("", flat))


def spell_out(name: str) -> str:
    """Escape what distinguishes a name from one that looks the same: unusual spaces and variation selectors."""
    if name.isascii():
        return name
    return "".join(
        sign.encode("unicode_escape").decode() if sign != " " and (sign.isspace() or _IGNORED.match(sign)) else sign
        for sign in name
    )
