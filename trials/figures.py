"""Values to try for a figure: simple ones, and those around a boundary."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from dabiao.rules.model import Measure

_SIMPLE = (100, 10, 1, 1000, 0, 2, 5, 10_000)
_SIMPLE_SHARES = (50, 10, 100, 0, 90, 1)
_SIGNED = (-10, -100)
_PLACES = range(4, 13)


def list_simple_values(measure: Measure) -> list[Fraction]:
    """List a few simple values that a measure can have."""
    if measure.steps:
        return [Fraction(step) for step in reversed(range(len(measure.steps)))]
    numbers: tuple[int, ...] = _SIMPLE_SHARES if measure.unit.is_percentage else _SIMPLE
    if measure.low is None:
        numbers = (*numbers, *_SIGNED)
    values = [number * measure.unit.factor for number in numbers]
    ends = [end for end in (measure.low, measure.high) if end is not None]
    return [value for value in dict.fromkeys([*values, *ends]) if is_possible(measure, value)]


def list_values_around(root: Fraction, measure: Measure) -> list[Fraction]:
    """List a value, if it is a whole step, and its neighbours: a step is one whole thing or a small decimal."""
    grid = Fraction(1)
    if not measure.whole:
        places = next((p for p in _PLACES if (root / measure.unit.factor * 10**p).denominator == 1), _PLACES[0])
        grid = measure.unit.factor / 10**places
    steps = root / grid
    exact = [root] if steps.denominator == 1 else []
    return [*exact, (ceil(steps) - 1) * grid, (floor(steps) + 1) * grid]


def is_possible(measure: Measure, value: Fraction) -> bool:
    """Whether a measure can have a value."""
    if (measure.low is not None and value < measure.low) or (measure.high is not None and value > measure.high):
        return False
    return not measure.whole or value.denominator == 1
