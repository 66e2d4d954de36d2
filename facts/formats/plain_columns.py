"""Cells of a whole column at once: texts, steps, and plain numbers as floats, each the nearest to its exact value.

What a float would lose is kept as text.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl
from dabiao.base.quantities import MAX_DIGITS
from dabiao.facts.cells import find_step
from dabiao.rules.model import Measure

_PLAIN = rf"^[+-]?[0-9]{{1,{MAX_DIGITS // 2}}}(\.[0-9]{{1,{MAX_DIGITS // 2}}})?$"
_EXPONENT = "e"
_SAFE_DIGITS = 15  # so many of a decimal come back from its float
_SURE = 10**15  # below this a whole number and all its decimals by tens are exact as floats


def find_plain(cells: pl.Series) -> pl.Series:
    """Return which texts are plain numbers, without a unit."""
    return cells.str.contains(_PLAIN).fill_null(value=False)


def shift_decimals(cells: pl.Series, shift: int) -> tuple[pl.Series, pl.Series | None]:
    """Convert plain decimals to floats times 10**shift, rounded only once.

    The second column has the exact decimals of those that have more digits than every float gives back; None if there are none.
    """
    written = cells + f"{_EXPONENT}{shift}" if shift else cells
    digits = cells.str.strip_chars_start("+-0.")
    count = digits.str.len_chars().cast(pl.Int32) - digits.str.contains(".", literal=True).cast(pl.Int32)
    long = (count > _SAFE_DIGITS).fill_null(value=False)
    texts = written.set(~long, None) if long.any() else None
    return written.cast(pl.Float64), texts


def convert_numbers(cells: pl.Series, shift: int | None) -> pl.Series | None:
    """Return typed numbers in base units, or None unless every float is certain to be the nearest to the exact value."""
    if shift is None:
        return None
    if cells.dtype.is_integer():
        low, high = cells.min(), cells.max()
        is_small = low is not None and high is not None and int(str(low)) > -_SURE and int(str(high)) < _SURE
        if is_small and -22 <= shift <= 22:
            numbers = cells.cast(pl.Float64)
            return numbers * 10.0**shift if shift >= 0 else numbers / 10.0**-shift
    if cells.dtype == pl.Float64 and shift == 0 and cells.is_finite().fill_null(value=True).all():
        return cells
    return None


def write_decimals(cells: pl.Series) -> pl.Series:
    """Write typed numbers as their shortest decimals, without exponents."""
    texts = cells.cast(pl.String)
    odd = texts.str.contains(f"{_EXPONENT}|N|f").fill_null(value=False).arg_true()  # 1e-7, NaN, inf
    return texts.scatter(odd, [_write_decimal(text) for text in texts.gather(odd)]) if len(odd) else texts


def _write_decimal(text: str) -> str:
    number = Decimal(text)
    return f"{number:f}" if number.is_finite() and abs(number.adjusted()) < MAX_DIGITS else text


def strip_texts(cells: pl.Series) -> pl.Series:
    """Return cells as texts without outer spaces; an empty cell is an empty text."""
    return cells.cast(pl.String).str.strip_chars().fill_null("")


def find_steps(cells: pl.Series, measure: Measure) -> pl.Series:
    """Return the positions of the steps that cells name, null for every other cell."""
    texts = cells.drop_nulls().unique().to_list()
    found = {text: float(step) for text in texts if (step := find_step(text, measure)) is not None}
    return cells.replace_strict(list(found), list(found.values()), default=None, return_dtype=pl.Float64)


def is_text(frame: pl.DataFrame, position: int) -> bool:
    """Whether most filled cells of a column are no numbers."""
    texts = strip_texts(frame[:, position]) if position < frame.width else pl.Series([], dtype=pl.String)
    filled = texts.filter(texts != "")
    return filled.cast(pl.Float64, strict=False).null_count() * 2 > len(filled)
