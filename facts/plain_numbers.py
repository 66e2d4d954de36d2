"""Fast path for plain numbers: digits, perhaps a point and decimals, perhaps a unit, as nearly every figure of a sheet is.

The value is a product of whole numbers. Anything unusual (other digits, signs, separators, scale words, a value out of
range) is left to `cells.read_value`, which notes what is wrong. A value returned here is always the same as there.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from dabiao.base.quantities import normalise
from dabiao.base.units import SCALES, Unit, UnknownUnit, parse_unit
from dabiao.facts.cells import Percentages, bare_unit
from dabiao.rules.model import Measure

_PLAIN = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,15}))?(?: ?([^\s0-9.,:/eE+-]\S*))?")
_MOST_UNITS = 1_000  # remembered for a measure
_POWERS = tuple(10**places for places in range(16))
_exact = lru_cache(maxsize=100_000)(Fraction)  # figures repeat: within a sheet, and from sheet to sheet


class PlainNumbers:
    """Reads plain numbers of one measure; `column_unit` is that in the heading of a column, if there is one."""

    def __init__(self, measure: Measure, percentages: Percentages | None, column_unit: Unit | None = None) -> None:
        self._measure = measure
        self._bare = column_unit or bare_unit(measure, percentages)
        self._factors: dict[str | None, tuple[int, int] | None] = {}
        low, high = measure.low, measure.high
        self._usable = not measure.steps and (low is None or low <= 0)
        self._high = None if high is None else (high.numerator, high.denominator)

    def value(self, text: str) -> Fraction | None:
        """Return the exact value of a plain text in base units; None leaves the text to `read_value`."""
        if not self._usable or not (match := _PLAIN.fullmatch(text)):
            return None
        whole, decimals, name = match.groups()
        try:
            factor = self._factors[name]
        except KeyError:
            factor = self._find_factor(name)
        if factor is None:
            return None
        over, under = factor
        if decimals:
            number, under = int(whole + decimals) * over, under * _POWERS[len(decimals)]
        else:
            number = int(whole) * over
        if self._high is not None and number * self._high[1] > self._high[0] * under:
            return None
        if under == 1:
            return _exact(number)
        if self._measure.whole and number % under:
            return None
        return _exact(number, under)

    def _find_factor(self, name: str | None) -> tuple[int, int] | None:
        """Return the factor of a unit as numerator and denominator; None leaves the text to `read_value`."""
        found = self._find_unit(name)
        if found is not None and (
            found.dimension != self._measure.dimension or found.is_points != self._measure.unit.is_points
        ):
            found = None
        factor = None if found is None else found.factor.as_integer_ratio()
        if len(self._factors) < _MOST_UNITS:
            self._factors[name] = factor
        return factor

    def _find_unit(self, name: str | None) -> Unit | None:
        if name is None:
            return self._bare
        if name in SCALES or normalise(name) != name:
            return None
        try:
            return parse_unit(name)
        except UnknownUnit:
            return None
