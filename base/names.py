"""Names of subjects: hidden marks in them, and the folded form in which names that look alike are equal."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
_LINE_SIGNS = frozenset("\t\n\r")
_FILLERS = "\u034f\u115f\u1160\u2800\u3164\uffa0"  # letters and marks without a visible shape
_FILLER = re.compile(f"[{_FILLERS}]")
_IGNORED = re.compile(f"[{_FILLERS}\u180b-\u180d\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # and variation selectors
PLAIN = "[0-9A-Za-z_\u3400-\u4dbf\u4e00-\u9fff]*"
"""A name that matches (in Python as in Polars) is folded already."""
_PLAIN = re.compile(PLAIN)
_SPACES = re.compile(r"\s+")
_SPACE_BESIDE = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")


def find_hidden_mark(text: str, *, name: bool = False) -> str:
    """Describe the first invisible mark of a text by its code point, such as U+202E; empty if there is none.

    Invisible marks are control, format and direction marks and surrogates; in a name also line ends, tabs and letters
    without a visible shape.
    """
    if text.isprintable() and not (name and _FILLER.search(text)):
        return ""
    for sign in text:
        if unicodedata.category(sign) in _HIDDEN and (name or sign not in _LINE_SIGNS):
            return describe_sign(sign)
        if name and sign in _FILLERS:
            return describe_sign(sign)
    return ""


def drop_hidden_marks(text: str) -> str:
    """Return a text without its invisible marks."""
    return "".join(sign for sign in text if sign in _LINE_SIGNS or unicodedata.category(sign) not in _HIDDEN)


def describe_sign(sign: str) -> str:
    """Return the code point of one character: its name in Unicode is English, whatever the language of the message."""
    return f"U+{ord(sign):04X}"


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
