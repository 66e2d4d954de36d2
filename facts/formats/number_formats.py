"""Number formats of cells: how a stored number is shown (ECMA-376 part 1, 18.8.30 and 18.8.31)."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from dabiao.facts.workbook.grid import Shape

PLAIN = Shape()
_BUILT_IN = {
    **dict.fromkeys((9, 10), Shape("percent")),
    **dict.fromkeys((14, 15, 16, 17, 22, *range(27, 32), 34, 35, 36, *range(50, 59)), Shape("date")),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 45, 46, 47), Shape("time")),
}
# quoted, escaped, blank as wide as, filled with, bracket
_SECTION = re.compile(r'"[^"]*"?|[\\!_*].|\[[^\]]*\]|[^;]', re.DOTALL)
_PIECE = re.compile(r'"([^"]*)"?|[\\!](.)|_.|\*.|\[([^\]]*)\]')
_CONDITION = re.compile(r"(\[[^\]]*\])*\[[<>=]")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_GENERAL = re.compile("general|g/通用格式|am/pm|a/p|上午/下午|e[+-]", re.IGNORECASE)
_SCALING = re.compile(r"[0#?],+(?![0#?,])")
_DIGITS = re.compile(r"\s*[.\d]")
_OTHER_SIGNS = re.compile(r"^[^0#?@]*[-−—(][^0#?@]*[0#?]|[0#?][^0#?.,/\s]*[-−—:()][^0#?.,]*[0#?]|[0#?]\s*[-−—]\s*$")
_FIGURE = re.compile(r"[0#?@]|general|g/通用格式", re.IGNORECASE)
_MONEY = re.compile(r"[\s()¥￥$€£+\-—_/:.,]*")


def shape_of(number: int, codes: dict[int, str]) -> Shape:
    """Return how a number format shows numbers; `codes` are the format codes of the workbook by number."""
    return _parse_format(codes[number]) if number in codes else _BUILT_IN.get(number, PLAIN)


@lru_cache(maxsize=4_096)
def _parse_format(code: str) -> Shape:
    """Return how a format code shows a positive number, and which values it does not show at all."""
    if not code.strip():
        return PLAIN
    sections = _split_sections(code)
    shape = _parse_section(sections[0], code)
    above, below, zero, text = [*sections, *(sections[:1] * (4 - len(sections)))][:4]
    hidden = {
        "+": not _shows(above), "-": not _shows(below), "0": not _shows(zero, "#,."),
        "@": len(sections) > 3 and not _shows(text),
    }  # fmt: skip
    if any(map(_CONDITION.match, sections)):  # sections for other figures than those above and below zero
        unseen = [one for one in sections if not _shows(one)]
        hides = "0" if unseen and all(one.startswith("[=0]") for one in unseen) else "+-0" if unseen else ""
    else:
        hides = "".join(sort for sort, is_hidden in hidden.items() if is_hidden)
    return replace(shape, hides=hides, code=code) if hides else shape


def _shows(section: str, blank: str = "") -> bool:
    """Whether a section of a format shows anything but space and the `blank` signs: # shows no zero."""
    shown = _PIECE.sub(lambda piece: piece[1] or piece[2] or (piece[3] if _is_elapsed(piece[3]) else ""), section)
    return bool(shown.strip(f"{blank} "))


def _is_elapsed(bracket: str | None) -> bool:
    """Whether a bracket in a format is that of hours, minutes or seconds: [h]"""
    return bool(bracket and _ELAPSED.fullmatch(bracket))


def _parse_section(first: str, code: str) -> Shape:
    """Return how the first section of a format code shows a positive number."""
    words: list[str] = []
    elapsed = False

    def take(piece: re.Match[str]) -> str:
        nonlocal elapsed
        quoted, escaped, bracket = piece.groups()
        words.append(quoted or escaped or "")
        elapsed = elapsed or _is_elapsed(bracket)
        return "\0" if quoted or escaped else ""

    bare = _PIECE.sub(take, first)
    signs = _GENERAL.sub("", bare).lower()
    if elapsed or re.search("[hs]", signs):
        return Shape("date" if re.search("[yd]", signs) else "time", code=code)
    if re.search("[ymdgeb]", signs):
        return Shape("date", code=code)
    if "%" in signs:
        return Shape("percent", code=code)
    before, _, after = bare.partition("\0") if bare.startswith("\0") else ("", "", bare)
    shown = _GENERAL.sub("", _PIECE.sub(lambda piece: piece[1] or piece[2] or "", first))
    if _OTHER_SIGNS.search(shown):
        return Shape("other", code=code)
    text = "".join(words)
    unquoted = re.sub(r"[0#?.,\s\0@/]", "", signs)  # letters that need no quotes, such as 元
    text += "" if _MONEY.fullmatch(unquoted) else unquoted
    if _SCALING.search(signs) or "‰" in signs:
        return Shape("other", code=code)
    if _DIGITS.match(text) or (text and not _FIGURE.search(bare)):
        return Shape("other", code=code)  # digits behind those of the figure, or words in its place
    if _MONEY.fullmatch(text):
        return Shape(code=code)
    if before or (bare.startswith("\0") and re.search("[0#?]", after)) or re.search(r"[0#?]\0+[0#?]", bare):
        return Shape("other", code=code)  # words in front of the figure, or between its digits
    return Shape(words=text.strip(), code=code)


def _split_sections(code: str) -> list[str]:
    """Split a format code at its semicolons, but not within quotes and brackets, nor behind an escape."""
    sections, end = [""], 0
    while end < len(code):
        if piece := _SECTION.match(code, end):
            sections[-1] += piece[0]
            end = piece.end()
        else:
            sections.append("")
            end += 1
    return sections
