"""What is done with columns of exact numbers is what is done with each number by itself, text for text."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from operator import truediv

import polars as pl
import pytest
from dabiao.base.number_columns import Rationals, decimal_texts, do_with, exact_texts, read_figures
from dabiao.base.quantities import decimal_text, exact_text
from dabiao.base.slots import divide_into
from dabiao.base.spreadsheet import csv_cell, csv_cells
from dabiao.facts.model import to_exact
from hypothesis import given
from hypothesis import strategies as st

SMALL = st.integers(-1200, 1200)
TOPS = st.one_of(SMALL, st.integers(-(10**9), 10**9), st.integers(-(2**61), 2**61))
ENDING = st.builds(lambda twos, fives: 2**twos * 5**fives, st.integers(0, 40), st.integers(0, 9))
BOTTOMS = st.one_of(
    st.integers(1, 500), ENDING, st.integers(1, 10**9), st.builds(lambda two: 3 * 2**two, st.integers(0, 40))
)
PAIRS = st.lists(st.tuples(TOPS, BOTTOMS), min_size=1, max_size=20)
OTHERS = st.lists(st.one_of(st.none(), st.fractions(-100, 100, max_denominator=50)), max_size=2)


def columns(pairs: Sequence[tuple[int, int]]) -> tuple[Rationals, list[Fraction]]:
    """Return quotients as a column, and one by one."""
    tops, bottoms = zip(*pairs, strict=True)
    return Rationals.of(pl.Series(tops), pl.Series(bottoms)), [Fraction(*pair) for pair in pairs]


@given(PAIRS, OTHERS)
def test_texts_of_a_column_are_those_of_its_numbers(
    pairs: list[tuple[int, int]], others: list[Fraction | None]
) -> None:
    """Exact texts and decimals, long, endless, rounded against others or beyond 64 bits, are those of each number."""
    column, numbers = columns(pairs)
    near = [*others, numbers[0]]

    assert numbers == column.to_list()
    assert [exact_text(number) for number in numbers] == exact_texts(column).to_list()
    assert [exact_text(number, "÷") for number in numbers] == exact_texts(column, "÷").to_list()
    for against in ([], others, near):
        assert [decimal_text(number, *against) for number in numbers] == decimal_texts(column, *against).to_list()


@given(PAIRS, st.fractions(Fraction(1, 1000), 10_000, max_denominator=1000))
def test_steps_of_a_column_are_those_of_its_numbers(pairs: list[tuple[int, int]], other: Fraction) -> None:
    """Sizes, quotients and reciprocals are those of each number, unless 64 bits do not hold them."""
    column, numbers = columns(pairs)

    assert list(map(abs, numbers)) == do_with(abs, column, ()).to_list()
    divided, into = do_with(truediv, column, (other,)), do_with(divide_into, column, (other,))
    assert divided is None or [number / other for number in numbers] == divided.to_list()
    if all(numbers):
        assert into is None or [other / number for number in numbers] == into.to_list()
    if max(max(abs(top), bottom) for top, bottom in pairs) < 2**20:
        assert None is not divided
        assert None is not into


@given(st.lists(st.tuples(st.integers(-(10**6), 10**9), st.integers(0, 9)), min_size=1, max_size=20))
def test_figures_are_read_as_the_decimals_they_stand_for(pairs: list[tuple[int, int]]) -> None:
    """A float is the decimal of its shortest text, as everywhere; figures with too many digits are not read."""
    values = [float(f"{whole}e-{places}") for whole, places in pairs]
    read = read_figures(pl.Series(values))

    most = max(places for _, places in pairs)
    if max(abs(whole) * 10 ** (most - places) for whole, places in pairs) < 10**14:
        assert read is not None
    if read is not None:
        assert list(map(to_exact, values)) == [Fraction(whole, read[1]) for whole in read[0]]


@pytest.mark.parametrize("values", [[0.1 + 0.2], [1 / 3], [1e15 + 1], [2.0**60], [0.5, 1e-12]])
def test_figures_that_floats_do_not_tell_apart_are_not_read(values: list[float]) -> None:
    """Numbers of more digits than a float gives back, or more decimals than are looked at, are left to exact arithmetic."""
    assert None is read_figures(pl.Series(values))


@given(st.lists(st.text("=+-@＝－ 0123456789.,\"'÷甲a…", max_size=6)))
def test_cells_of_a_column_are_those_of_its_texts(texts: list[str]) -> None:
    """Formulas, numbers, commas and quotation marks in a column of cells are written as in each cell by itself."""
    column = pl.Series(texts, dtype=pl.String)

    assert list(map(csv_cell, texts)) == pl.select(csv_cells(pl.lit(column))).to_series().to_list()
