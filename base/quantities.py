"""Reads numbers with units as people write them (２，８００人, 0.28 万人, 1:4, 47.5 %), exactly, and formats them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from dabiao.base.messages import say
from dabiao.base.slots import Slot
from dabiao.base.units import ONE_TO, SCALES, Unit, UnknownUnit, parse_unit

MAX_DIGITS = 40
FEWEST, MOST = 2, 12  # decimals of a number that does not end

_SPACES = re.compile(r"\s+")
_SPACED = re.compile(r"[\d.,，．]\s+[\d.,，．]")  # a space within a number, or between two of them
# thousands set apart by thin spaces are one number
_GROUPED = re.compile(r"(?<![\d.,，．])\d{1,3}(?:[\u00a0\u2005\u2006\u2009\u202f]\d{3})+(?!\d)")
_NUMBER = re.compile(r"([-+]?)(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?")
# 33分钟50秒: numbers in units, each of less than one of the unit before it; only the last may have decimals
_PARTS = re.compile(r"(?:\d+[^\W\d_]+)+\d+(?:\.\d+)?[^\W\d_]+")
_PART = re.compile(r"(\d+(?:\.\d+)?)([^\W\d_]+)")
_DURATIONS = ((("time", 1),), (("year", 1),))
_OF_DATES = frozenset(("月", "日"))  # 2023年6月 is a date
_RATIO = re.compile(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)")
_MINUS = str.maketrans({"−": "-", "–": "-", "﹣": "-", "∶": ":"})
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_COUNTED = "[0-9０-９一二三四五六七八九十]{0,2}"
_MARK = re.compile(
    rf"\s*(?:[①-⒇⓪-⓾❶-➓㉑-㉟㊱-㊿*＊※†‡]|[{_RAISED}]+|注[a-z]?{_COUNTED}|[\[［〔【](?:[0-9０-９]{{1,2}}|注[A-Za-z]{{0,2}}{_COUNTED})[\]］〕】]"
    rf"|[(（]注{_COUNTED}[)）])$"
)
_TEN = re.compile(r"(.*[x×*])?10")


class BadNumber(ValueError):  # noqa: N818
    """A text that is not a number as reports write numbers."""


class LongNumber(BadNumber):
    """A number of more digits than are read."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number and the unit it was written with; `unit` is None for a bare number.

    `scale` is the bare scale word (1.2万) that takes its unit from the measure. 1:4 has a unit of its own.
    """

    number: Fraction
    unit: Unit | None
    scale: int = 1


def normalise(text: str) -> str:
    """Fold full-width signs and digits to plain ones and drop spaces: ２，８００ 人 becomes 2,800人.

    Signs that are no digits but would fold to digits stay as they are: 500① must not become 5001, nor ½ become 1⁄2.
    """
    if text.isascii():
        return _SPACES.sub("", text)
    if any(map(_is_sign, text)):
        folded = "".join(sign if _is_sign(sign) else unicodedata.normalize("NFKC", sign) for sign in text)
    else:
        folded = unicodedata.normalize("NFKC", text)
    return _SPACES.sub("", folded.translate(_MINUS))


@lru_cache(4096)
def _is_sign(sign: str) -> bool:
    """Whether folding would turn a sign that is no digit into digits: ①, ², ½, ⒈, ㏠. Units such as ㎡ begin with letters."""
    if not sign or sign.isascii() or sign.isdecimal():
        return False
    flat = unicodedata.normalize("NFKC", sign)
    return any(part.isdecimal() for part in flat) and not flat[0].isalpha()


def split_mark(text: str) -> tuple[str, str]:
    """Split the footnote mark off the end of a text: 500①, 500*, 500[1], 500注1, 500² become 500 and the mark.

    A raised figure that belongs to a unit (m²) or to a power of ten (10⁴) is no mark; neither is a text of marks only.
    """
    base, mark = text.rstrip(), ""
    while found := _MARK.search(base[-12:]):
        rest = base[: len(base) - len(found[0])].rstrip()
        if not rest or (found[0].strip()[0] in _RAISED and not _can_carry_mark(rest)):
            break
        base, mark = rest, found[0].strip() + mark
    return base, mark


def _can_carry_mark(base: str) -> bool:
    """Whether a raised figure behind a text can only be a footnote mark."""
    return not (base[-1].isascii() and base[-1].isalpha()) and not _TEN.fullmatch(normalise(base))


def parse_quantity(text: str) -> Quantity:
    """Read a number with an optional unit.

    Raises `BadNumber` if the text does not start with a number, has a footnote mark or several numbers, and `UnknownUnit`
    if the text behind the number is no unit.
    """
    if not text.isascii() and split_mark(text)[1]:
        raise BadNumber(text)
    flat = normalise(text)
    if len(flat) < len(text) and _SPACED.search(_GROUPED.sub("0", text.strip(), count=1)):
        raise BadNumber(text)  # 50 60, or one below the other: two numbers in one place are not 5060
    if ratio := _RATIO.fullmatch(flat):
        if max(map(_count_digits, ratio.groups())) > MAX_DIGITS:
            raise LongNumber(text)
        left, right = (Fraction(part) for part in ratio.groups())
        if not right:
            raise BadNumber(text)
        return Quantity(left / right, ONE_TO)
    match = _NUMBER.match(flat)
    if not match or not (match[2] or match[3]):
        raise BadNumber(text)
    if _count_digits(match[0]) > MAX_DIGITS:
        raise LongNumber(text)
    rest = flat[match.end() :]
    if _is_sign(rest[:1]):
        raise BadNumber(text)
    if rest[:1] in {",", ".", "e", "E"} and (len(rest) == 1 or not rest[1].isalpha()):
        raise BadNumber(text)
    number = Fraction(match[0].replace(",", ""))
    if not rest:
        return Quantity(number, None)
    if rest in SCALES:
        return Quantity(number, None, SCALES[rest])
    if len(flat) <= MAX_DIGITS and _PARTS.fullmatch(flat) and (duration := _parse_duration(flat)):
        return duration
    return Quantity(number, parse_unit(rest))


def _count_digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _parse_duration(flat: str) -> Quantity | None:
    """Read a duration of several units, in the first of them: 33分钟50秒, 1小时20分. None if the units are others.

    Raises `BadNumber` for a date, and if a part is not less than one of the unit before it.
    """
    names = ["分钟" if name == "分" else name for _, name in _PART.findall(flat)]  # 分 alone are the points of a score
    try:
        units = [parse_unit(name) for name in names]
    except UnknownUnit:
        return None
    first = units[0]
    if first.dimension not in _DURATIONS or any(unit.dimension != first.dimension for unit in units):
        return None
    parts = [Fraction(number) * unit.factor for (number, _), unit in zip(_PART.findall(flat), units, strict=True)]
    falling = all(part < before.factor for before, part in zip(units, parts[1:], strict=False))
    if not falling or _OF_DATES.intersection(names):
        raise BadNumber(flat)
    return Quantity(sum(parts, start=Fraction(0)) / first.factor, first)


def in_unit(value: Fraction, shown: Unit) -> Fraction:
    """Convert a value in base units to the unit it is shown in."""
    return value if shown.factor == 1 else value / shown.factor


def decimal_text(number: Fraction, *against: Fraction | None) -> str:
    """Write a number with thousands separators and as few decimals as do not mislead.

    A decimal that ends within `MAX_DIGITS` digits is written out. Any other (2/3) is rounded to two places, or to more
    while rounding would make it zero or move it to the other side of `against`. Where even twelve places do not
    distinguish it from `against`, it is cut off and marked: 79.9999999999999… against 80.
    """
    if isinstance(number, Slot):
        return number.write(decimal_text, *against)
    top, bottom = number.numerator, number.denominator
    ends = count_decimals(bottom)
    if ends is not None and ends <= max(MAX_DIGITS - len(str(abs(top) // bottom)), 0):
        return _format_decimal(top * 10**ends // bottom, ends)
    others = [(0, 1), *((other.numerator, other.denominator) for other in against if other is not None)]
    for places in range(FEWEST, MOST + 1):
        scale = 10**places
        shown = _divide(top * scale, bottom)
        if all(find_sign(shown * b - a * scale) == find_sign(top * b - a * bottom) for a, b in others):
            return _format_decimal(shown, places).rstrip("0").rstrip(".")
    cut = abs(top) * 10 ** (MOST + 1) // bottom
    return _format_decimal(-cut if top < 0 else cut, MOST + 1) + "…"


def exact_text(number: Fraction, divided: str = "/") -> str:
    """Write a number exactly: as a decimal if it ends, else as a fraction."""
    if isinstance(number, Slot):
        return number.write(exact_text, divided)
    places = count_decimals(number.denominator)
    if places is None:
        return f"{number.numerator}{divided}{number.denominator}"
    if not places:
        return str(number.numerator)
    digits = str(abs(number.numerator) * 10**places // number.denominator).rjust(places + 1, "0")
    return f"{'-' if number < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def count_decimals(denominator: int) -> int | None:
    """Return how many decimals a fraction in lowest terms has; None if they do not end."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


def _divide(top: int, bottom: int) -> int:
    """Return the nearest whole number of a quotient, the even one of two that are as near."""
    whole, rest = divmod(top, bottom)
    return whole + (2 * rest > bottom or (2 * rest == bottom and whole % 2 == 1))


def find_sign(number: Fraction | int) -> int:
    """Return 1 for a number above zero, -1 for one below, 0 for zero."""
    return (number > 0) - (number < 0)


def _format_decimal(scaled: int, places: int) -> str:
    """Write a number with `places` decimals that is given as so many of the last."""
    whole, decimals = divmod(abs(scaled), 10**places)
    return f"{'-' if scaled < 0 else ''}{whole:,}" + (f".{decimals:0{places}d}" if places else "")


def quantity_text(value: Fraction, shown: Unit, *against: Fraction | None) -> str:
    """Write a value given in base units with its unit: 74.47 %, 500 张, 1:3.5. `against` is as in `decimal_text`."""
    if shown == ONE_TO and value:
        return f"1:{decimal_text(1 / value, *(1 / other for other in against if other))}"
    text = decimal_text(in_unit(value, shown), *(in_unit(other, shown) for other in against if other is not None))
    return f"{text} {shown.symbol}" if shown.symbol and shown != ONE_TO else text


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two values in base units, as a part of a message.

    Percentages differ by percentage points; the difference of two ratios such as 1:4 is shown as a plain number.
    `against` is as in `decimal_text`.
    """

    value: Fraction
    shown: Unit
    against: Fraction | None = None

    def say(self, lang: str) -> str:
        """Return the difference with its unit: 5 张, 1.5 pp or 1.5 百分点."""
        points = self.shown.factor == Fraction(1, 100) and (self.shown.is_percentage or self.shown.is_points)
        plain_unit = points or self.shown == ONE_TO
        text = quantity_text(self.value, Unit("", self.shown.factor, ()) if plain_unit else self.shown, self.against)
        return say("unit.points", lang, number=text) if points else text


def range_text(low: Fraction | None, high: Fraction | None, shown: Unit) -> str:
    """Write a range given in base units: 0 % – 100 %, ≥ 0 张."""
    if low is not None and high is not None:
        return f"{quantity_text(low, shown)} – {quantity_text(high, shown)}"
    return " ".join(f"{sign} {quantity_text(end, shown)}" for sign, end in (("≥", low), ("≤", high)) if end is not None)
