"""Numbers with units as people write them (２，８００人, 0.28 万人, 1:4, 47.5 %), read exactly; and written back."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from dabiao.facts.units import ONE_TO, SCALES, Unit, unit

MAX_DIGITS = 40

_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"([-+]?)(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?")
_RATIO = re.compile(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)")
_MINUS = str.maketrans({"−": "-", "–": "-", "﹣": "-", "∶": ":"})


class BadNumber(ValueError):  # noqa: N818
    """A text that is not a number as reports write numbers."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number and the unit it was written with; `unit` is None for a bare number.

    `scale` is the bare scale word (1.2万) that takes its unit from the measure. 1:4 has a unit of its own.
    """

    number: Fraction
    unit: Unit | None
    scale: int = 1


def normalise(text: str) -> str:
    """Fold full-width signs and digits to plain ones and drop spaces: ２，８００ 人 becomes 2,800人."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text).translate(_MINUS))


def parse(text: str) -> Quantity:
    """Read a number with an optional unit.

    Raises `BadNumber` if the text does not start with a number, `UnknownUnit` if what follows is no unit.
    """
    flat = normalise(text)
    if ratio := _RATIO.fullmatch(flat):
        left, right = (Fraction(part) for part in ratio.groups())
        if not right or max(map(len, ratio.groups())) > MAX_DIGITS:
            raise BadNumber(text)
        return Quantity(left / right, ONE_TO)
    match = _NUMBER.match(flat)
    if not match or not (match[2] or match[3]) or len(match[0]) > MAX_DIGITS:
        raise BadNumber(text)
    rest = flat[match.end() :]
    if rest[:1] in {",", ".", "e", "E"} and (len(rest) == 1 or not rest[1].isalpha()):
        raise BadNumber(text)
    number = Fraction(match[0].replace(",", ""))
    if not rest:
        return Quantity(number, None)
    if rest in SCALES:
        return Quantity(number, None, SCALES[rest])
    return Quantity(number, unit(rest))


def in_unit(value: Fraction, shown: Unit) -> Fraction:
    """Convert a value in base units to the unit it is shown in."""
    return value / shown.factor


def decimal_text(number: Fraction, against: Fraction | None = None, digits: int = 2) -> str:
    """Write a number with as few decimals as tell the truth.

    A terminating decimal of up to four places is written out; anything else is rounded to `digits` places, or more
    while rounding would put it on the wrong side of `against`: 79.996 against 80 is never written as 80.
    """
    if (number * 10_000).denominator == 1:
        return plain(number, 4)
    for places in range(digits, 13):
        shown = Fraction(round(number * 10**places), 10**places)
        if against is None or _side(shown, against) == _side(number, against):
            return plain(shown, places)
    return plain(number, 13) + "…"


def plain(number: Fraction, places: int) -> str:
    """Write a number with at most `places` decimals and thousands separators, without trailing zeros."""
    scaled = round(number * 10**places)
    text = f"{Decimal(scaled).scaleb(-places):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity_text(value: Fraction, shown: Unit, against: Fraction | None = None) -> str:
    """Write a value given in base units with its unit: 74.47 %, 500 张, 1:3.5."""
    if shown == ONE_TO and value:
        inverse = None if against is None or not against else 1 / against
        return f"1:{decimal_text(1 / value, inverse)}"
    number = in_unit(value, shown)
    other = None if against is None else in_unit(against, shown)
    text = decimal_text(number, other)
    return f"{text} {shown.symbol}" if shown.symbol and shown != ONE_TO else text


def _side(number: Fraction, against: Fraction) -> int:
    return (number > against) - (number < against)
