"""Exact numbers as columns of whole numbers, and the texts of them: what is done with one number, done with many at once.

A text is by definition what `quantities` makes of one number. Here it is made for a column by columns, as long as 64 bits
hold what has to be worked out; the numbers for which they do not are written one by one, each once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from operator import truediv
from typing import Any

import polars as pl
from dabiao.base.quantities import FEWEST, MOST, decimal_text, exact_text
from dabiao.base.slots import divide_into

SAFE = 2**62
"""What is worked out by columns stays below it."""
_PLACES = 18  # decimals that end and are written by columns
_POWERS = pl.Series([10**count for count in range(_PLACES + 1)])
_READ = 9  # decimals of figures
_DIGITS = 2.0**53 / 10  # whole numbers below it have at most 15 digits: no float stands for two such decimals


@dataclass(frozen=True)
class Rationals:
    """A column of fractions in lowest terms: `top` and `bottom` are whole numbers of 64 bits, `bottom` above zero."""

    top: pl.Series
    bottom: pl.Series

    @classmethod
    def of(cls, top: pl.Series, bottom: pl.Series) -> Rationals:
        """Return quotients of whole numbers in lowest terms; a divisor of zero counts as one."""
        bottom = bottom.set(bottom == 0, 1)
        sign = bottom.sign()
        common = _gcd(top.abs(), bottom.abs())
        return cls(top * sign // common, bottom.abs() // common)

    def __len__(self) -> int:
        return len(self.top)

    def gather(self, rows: pl.Series) -> Rationals:
        """Return the numbers of some rows."""
        return Rationals(self.top.gather(rows), self.bottom.gather(rows))

    def to_list(self) -> list[Fraction]:
        """Return the numbers."""
        return list(map(Fraction, self.top, self.bottom))

    def __abs__(self) -> Rationals:
        return Rationals(self.top.abs(), self.bottom)

    def reciprocal(self) -> Rationals:
        """Return 1 over each number; of zero it is 1."""
        nothing = self.top == 0
        return Rationals((self.bottom * self.top.sign()).set(nothing, 1), self.top.abs().set(nothing, 1))

    def times(self, number: Fraction) -> Rationals | None:
        """Multiply by a number; None where that takes more than 64 bits."""
        top, bottom = number.numerator, number.denominator
        if number == 1:
            return self
        if peak(self.top) * abs(top) >= SAFE or peak(self.bottom) * bottom >= SAFE:
            return None
        one, other = _gcd(self.top.abs(), repeat(bottom, len(self))), _gcd(repeat(abs(top), len(self)), self.bottom)
        return Rationals(self.top // one * (repeat(top, len(self)) // other), self.bottom // other * (bottom // one))


def read_figures(values: pl.Series) -> tuple[pl.Series, int] | None:
    """Return floats that stand for their shortest decimals as whole numbers, and what these are divided by.

    None if they have more decimals than are looked at, or if a float could stand for several decimals.
    """
    for places in range(_READ + 1):
        scaled = (values * 10.0**places).round()
        if not bool((scaled.abs() < _DIGITS).all()):
            return None
        by = pl.Series([10.0**places]).new_from_index(
            0, len(values)
        )  # a column: by one number Polars divides inexactly
        if bool((scaled / by == values).all()):
            return scaled.cast(pl.Int64), 10**places
    return None


def write_quotient(number: Fraction) -> str:
    """Return a number as `read_quotients` reads it."""
    return f"{number.numerator}/{number.denominator}"


def read_quotients(texts: pl.Series) -> tuple[pl.Series, int] | None:
    """Return quotients of whole numbers as whole numbers, and what these are divided by; None if 64 bits do not hold them."""
    parts = texts.str.split_exact("/", 1).struct.unnest()
    top, bottom = (parts[name].cast(pl.Int64, strict=False) for name in parts.columns)
    if top.null_count() or bottom.null_count():
        return None
    by = lcm(*bottom.unique())
    if by >= SAFE or peak(top) * by >= SAFE:
        return None
    return top * (by // bottom), by


def do_with(do: Callable[..., Any], numbers: Any, others: Sequence[Any]) -> Any:
    """Do with a column what `do` does with a number and what else it is told; None where 64 bits do not hold it."""
    if do is abs:
        return abs(numbers)
    if do is truediv:
        return numbers.times(1 / others[0])
    if do is divide_into:
        return numbers.reciprocal().times(Fraction(others[0]))
    if do is decimal_text:
        return decimal_texts(numbers, *others)
    if do is exact_text:
        return exact_texts(numbers, *others)
    assert do is str, do
    return numbers.cast(pl.String)


def exact_texts(numbers: Rationals, divided: str = "/") -> pl.Series:
    """Return `exact_text` of each number."""
    places, endless = _count_decimals(numbers.bottom)
    quotients = pl.format("{}{}{}", numbers.top, pl.lit(divided), numbers.bottom)
    written = _sign(numbers.top) + _split(numbers, places, _digits)
    texts = pl.select(pl.when(endless).then(quotients).otherwise(written)).to_series()
    return _complete(texts, numbers, lambda number: exact_text(number, divided))


def decimal_texts(numbers: Rationals, *against: Fraction | None) -> pl.Series:
    """Return `decimal_text` of each number."""
    places, endless = _count_decimals(numbers.bottom)
    texts = pl.select(_sign(numbers.top) + _split(numbers, places, _grouped)).to_series()
    rest = endless.arg_true()
    for count in range(FEWEST, MOST + 1):
        if not len(rest) or (shown := _round(numbers.gather(rest), count, against)) is None:
            break
        found = shown.is_not_null()
        shown = shown.filter(found)
        scaled = Rationals(shown, repeat(10**count, len(shown)))
        written = pl.select(_sign(shown) + _split(scaled, repeat(count, len(shown)), _grouped)).to_series()
        texts = texts.scatter(rest.filter(found), written.str.strip_chars_end("0").str.strip_chars_end("."))
        rest = rest.filter(~found)
    return _complete(texts, numbers, lambda number: decimal_text(number, *against))


def _complete(texts: pl.Series, numbers: Rationals, write: Callable[[Fraction], str]) -> pl.Series:
    """Write the numbers that have no text yet one by one, each once."""
    rows = texts.is_null().arg_true()
    if not len(rows):
        return texts
    some = numbers.gather(rows).to_list()
    known = {number: write(number) for number in dict.fromkeys(some)}
    return texts.scatter(rows, pl.Series([known[number] for number in some], dtype=pl.String))


def _round(numbers: Rationals, places: int, against: Sequence[Fraction | None]) -> pl.Series | None:
    """Return numbers rounded to so many decimals, as so many of the last; null where that hides the side they are on.

    None where 64 bits do not hold what is compared.
    """
    scale = 10**places
    size = peak(numbers.top) * scale
    others = [(0, 1), *((other.numerator, other.denominator) for other in against if other is not None)]
    most = max((size + 1) * bottom + abs(top) * scale * peak(numbers.bottom) for top, bottom in others)
    if 2 * most >= SAFE:
        return None
    scaled = numbers.top * scale
    shown: pl.Series = scaled // numbers.bottom
    rest = 2 * (scaled - shown * numbers.bottom)
    shown = shown + ((rest > numbers.bottom) | ((rest == numbers.bottom) & (shown % 2 == 1))).cast(pl.Int64)
    hidden = pl.Series([False]).new_from_index(0, len(numbers))
    for top, bottom in others:
        side = (numbers.top * bottom - numbers.bottom * top).sign()
        hidden |= (shown * bottom - top * scale).sign() != side
    return shown.set(hidden, None)


def _split(numbers: Rationals, places: pl.Series, write: Callable[[pl.Series], pl.Expr]) -> pl.Expr:
    """Write the size of numbers with so many decimals each; null where these are not known."""
    size = numbers.top.abs()
    whole = size // numbers.bottom
    if not bool((places > 0).any()):
        return pl.when(places.is_not_null()).then(write(whole))
    decimals = (size - whole * numbers.bottom) * (_POWERS.gather(places) // numbers.bottom)
    ended = write(whole) + "." + pl.lit(decimals.cast(pl.String)).str.zfill(pl.lit(places))
    return pl.when(places == 0).then(write(whole)).otherwise(ended)


def _sign(column: pl.Series) -> pl.Expr:
    return pl.when(column < 0).then(pl.lit("-")).otherwise(pl.lit(""))


def _digits(whole: pl.Series) -> pl.Expr:
    return pl.lit(whole.cast(pl.String))


def _grouped(whole: pl.Series) -> pl.Expr:
    """Write whole numbers with thousands separators."""
    most = peak(whole)
    text, rest, unit = None, whole, 1
    found = pl.lit(whole.cast(pl.String))
    while most >= 1000:
        last = pl.lit((rest % 1000).cast(pl.String)).str.zfill(3)
        text = last if text is None else last + "," + text
        rest, most, unit = rest // 1000, most // 1000, unit * 1000
        found = pl.when(whole >= unit).then(pl.lit(rest.cast(pl.String)) + "," + text).otherwise(found)
    return found


def _count_decimals(bottom: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return how many decimals fractions in lowest terms have, and where they do not end; of very long ones neither."""
    most = repeat(10**_PLACES, len(bottom))
    ends = most % bottom == 0
    places = repeat(0, len(bottom))
    for count in range(_PLACES):
        more = (repeat(10**count, len(bottom)) % bottom != 0) & ends
        if not bool(more.any()):
            break
        places = places + more.cast(pl.Int64)
    endless = ~ends
    if peak(bottom) >= 2**_PLACES:
        rest = bottom // _gcd(most, bottom)
        endless &= (rest % 2 != 0) & (rest % 5 != 0)
    return places.set(~ends, None), endless


def _gcd(one: pl.Series, other: pl.Series) -> pl.Series:
    """Return the greatest common divisors of whole numbers, the second above zero."""
    while True:
        rest = one % other
        left = rest != 0
        if not bool(left.any()):
            return other
        one, other = other.zip_with(left, one), rest.zip_with(left, other)


def repeat(number: int, height: int) -> pl.Series:
    """Return a column of one whole number."""
    return pl.Series([number], dtype=pl.Int64).new_from_index(0, height)


def peak(column: pl.Series) -> int:
    """Return the largest size of a whole number of a column."""
    low, high = column.min(), column.max()
    return max(abs(low), abs(high)) if isinstance(low, int) and isinstance(high, int) else 0
