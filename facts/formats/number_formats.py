"""Number formats of cells: how a stored number is shown (ECMA-376 part 1, 18.8.30 and 18.8.31)."""

from __future__ import annotations

import operator
import re
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from dabiao.facts.workbook.grid import PLAIN, Shape

_BUILT_IN = {
    **dict.fromkeys((9, 10), Shape("percent")),
    **dict.fromkeys((14, 15, 16, 17, 22, *range(27, 32), 34, 35, 36, *range(50, 59)), Shape("date")),
    **dict.fromkeys((5, 6, 7, 8, 42, 44), Shape(money="¥")),  # the currency of the reader's own country
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 45, 46, 47), Shape("time")),
}
# quoted, escaped, blank as wide as, filled with, bracket
_SECTION = re.compile(r'"[^"]*"?|[\\!_*].|\[[^\]]*\]|[^;]', re.DOTALL)
_PIECE = re.compile(r'"([^"]*)"?|[\\!](.)|_.|\*.|\[([^\]]*)\]')
_CONDITION = re.compile(r"(?:\[[^\]]*\])*?\[(<=|>=|<>|<|>|=)\s*([+-]?\d+(?:\.\d*)?)\s*\]")
_COMPARE = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
_RED = re.compile(
    r"\[(?:red|color ?3|红色?)\]", re.IGNORECASE
)  # as Excel offers for what is below zero, without a minus
_LEAD = r"""((?:\[[^\]]*\]|_.|\*.|\s|["\\!]?[¥￥$€£]"?)*)"""
_MINUS = re.compile(_LEAD + r"""(?:["\\!]?[-−]"?)""", re.DOTALL)
_BRACKETS = re.compile(_LEAD + r"""["\\!]?\("?([^()]*?)["\\!]?\)"?(.*)$""", re.DOTALL)
_SYMBOL = re.compile(r"\[\$([^\]\"-]+)(?:-[^\]]*)?\]")  # of money, in a bracket: a text like any other
_CURRENCY = re.compile("[¥￥$€£]")
_FILLED = re.compile(r"\*[\d.,−—()-]")  # by signs that are read as the figure's own
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_GENERAL = re.compile("general|g/通用格式|am/pm|a/p|上午/下午|e[+-]", re.IGNORECASE)
_SCALING = re.compile(r"[0#?],+(?![0#?,])")
_DIGITS = re.compile(r"\s*[.\d]")
_OTHER_SIGNS = re.compile(r"^[^0#?@]*[-−—(][^0#?@]*[0#?]|[0#?][^0#?.,/\s]*[-−—:()][^0#?.,]*[0#?]|[0#?]\s*[-−—]\s*$")
_ZERO = re.compile(r"0|general|g/通用格式", re.IGNORECASE)
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
    varies = len(sections) > 1 or bool(_CONDITION.match(code))
    hides = "".join(sort for sort, is_hidden in hidden.items() if is_hidden and not (varies and sort != "@"))
    return replace(shape, hides=hides, code=code, varies=varies) if hides or varies else shape


def shape_at(shape: Shape, text: str) -> Shape:
    """Return how a number format shows a number: by its section for such numbers, "other" if it has none for it."""
    if not shape.varies:
        return shape
    number = float(text)
    at = _find_section(shape.code, number)
    found = Shape("other", code=shape.code) if at is None else _shape_in(shape.code, at, (number > 0) - (number < 0))
    return replace(found, struck=True) if shape.struck else found


def _find_section(code: str, number: float) -> int | None:
    """Return which section of a format is for a number, by its condition, or else by its place: above, below, zero."""
    sections = _split_sections(code)[:3]
    if len(sections) > 1 and "@" in _PIECE.sub("", sections[-1]):  # it is for texts, wherever it stands: yyyy/m/d;@
        sections.pop()
    found = [_CONDITION.match(section) for section in sections]
    if not any(found):
        at = 1 if number < 0 else 2 if number == 0 else 0
        return at if at < len(sections) else 0
    for at, condition in enumerate(found):
        if condition:
            fits = bool(_COMPARE[condition[1]](number, Fraction(condition[2])))
        else:
            fits = at == len(sections) - 1 or (number > 0 if at == 0 else number < 0)
        if fits:
            return at
    return None


@lru_cache(maxsize=4_096)
def _shape_in(code: str, at: int, sign: int) -> Shape:
    """Return how a section of a format shows the numbers above zero (1), zero, or the numbers below it (-1)."""
    section = _split_sections(code)[at]
    if not _shows(section, "#,." if sign == 0 else ""):
        return Shape(code=code, hides="+-0")
    if sign == 0 and not _ZERO.search(_PIECE.sub("", section)):  # a dash, or a word such as 无, in the place of a zero
        words = _PIECE.sub(lambda piece: piece[1] or piece[2] or "", section)
        return Shape("other" if re.search(r"\d", words) else "plain", code=code)
    if at == 1 and sign < 0 and not _CONDITION.match(_split_sections(code)[0]):  # it writes its own sign, or none
        bare = _drop_sign(section)
        return _parse_section(bare, code) if bare is not None else Shape("other", code=code)
    return _parse_section(section, code)


def _drop_sign(section: str) -> str | None:
    """Return a section for what is below zero without its minus or brackets; None if it has neither and is not red."""
    if found := _MINUS.match(section):
        return found[1] + section[found.end() :]
    if found := _BRACKETS.match(section):
        return "".join(found.groups())
    return section if _RED.search(section) else None


def _shows(section: str, blank: str = "") -> bool:
    """Whether a section of a format shows anything but space and the `blank` signs: # shows no zero."""
    shown = _PIECE.sub(lambda piece: piece[1] or piece[2] or (piece[3] if _is_elapsed(piece[3]) else ""), section)
    return bool(shown.strip(f"{blank} "))


def _is_elapsed(bracket: str | None) -> bool:
    """Whether a bracket in a format is that of hours, minutes or seconds: [h]"""
    return bool(bracket and _ELAPSED.fullmatch(bracket))


def _parse_section(first: str, code: str) -> Shape:
    """Return how a section of a format code shows a number, its sign apart."""
    words: list[str] = []
    elapsed = filled = False
    first = _SYMBOL.sub(r'"\1"', first)

    def take(piece: re.Match[str]) -> str:
        nonlocal elapsed, filled
        quoted, escaped, bracket = piece.groups()
        filled = filled or bool(_FILLED.fullmatch(piece[0]))
        words.append(quoted or escaped or "")
        elapsed = elapsed or _is_elapsed(bracket)
        return "\0" if quoted or escaped else ""

    bare = _PIECE.sub(take, first)
    signs = _GENERAL.sub("", bare).lower()
    if elapsed or re.search("[hs]", signs):
        return Shape("date" if re.search("[yd]", signs) else "time", code=code)
    if re.search("[ymdgeb]", signs):
        return Shape("date", code=code)
    before, _, after = bare.partition("\0") if bare.startswith("\0") else ("", "", bare)
    shown = _GENERAL.sub("", _PIECE.sub(lambda piece: piece[1] or piece[2] or "", first))
    if filled or _OTHER_SIGNS.search(shown):
        return Shape("other", code=code)
    text = "".join(words)
    unquoted = re.sub(r"[0#?.,\s\0@/%]", "", signs)  # letters that need no quotes, such as 元
    text += "" if _MONEY.fullmatch(unquoted) else unquoted
    if _SCALING.search(signs) or "‰" in signs:
        return Shape("other", code=code)
    if _DIGITS.match(text) or (text and not _FIGURE.search(bare)):
        return Shape("other", code=code)  # digits behind those of the figure, or words in its place
    if "%" in signs:  # words beside it would be lost, and a second sign is another factor of a hundred
        return Shape("percent" if signs.count("%") == 1 and _MONEY.fullmatch(text) else "other", code=code)
    currency = _CURRENCY.search(shown)
    money = currency[0].replace("￥", "¥") if currency else ""
    if _MONEY.fullmatch(text):
        return Shape(code=code, money=money)
    if before or (bare.startswith("\0") and re.search("[0#?]", after)) or re.search(r"[0#?]\0+[0#?]", bare):
        return Shape("other", code=code)  # words in front of the figure, or between its digits
    return Shape(words=text.strip(), code=code, money=money)


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
