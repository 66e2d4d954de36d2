"""Systems of linear conditions on numbers between bounds: whether some numbers fulfil them."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from dabiao.rules.intervals import Interval
from dabiao.rules.linear import Inequality, System, Unknown
from hypothesis import given, settings
from hypothesis import strategies as st

VALUES = range(4)
WHOLE = Interval(Fraction(0), Fraction(3))
NAMES = (Unknown(("a",), WHOLE, whole=True), Unknown(("b",), WHOLE, whole=True), Unknown(("c",), WHOLE, whole=True))
INEQUALITIES = st.lists(
    st.tuples(st.tuples(*[st.integers(-2, 2)] * 3), st.integers(-4, 4), st.booleans()), min_size=1, max_size=6
)


@settings(max_examples=200)
@given(rows=INEQUALITIES)
def test_a_system_that_some_numbers_fulfil_is_possible(rows: list[tuple[tuple[int, ...], int, bool]]) -> None:
    """A system is never said to be impossible if numbers fulfil it; with one unknown it is so exactly if none do."""
    made = [
        Inequality.of({n: Fraction(f) for n, f in zip(NAMES, fs, strict=True)}, 1, strict) for fs, _, strict in rows
    ]
    system = System().add(
        Inequality(one.factors, Fraction(constant), one.strict)
        for one, (_, constant, _) in zip(made, rows, strict=True)
    )

    def fulfilled(values: tuple[int, ...]) -> bool:
        sums = [sum(f * v for f, v in zip(fs, values, strict=True)) + constant for fs, constant, _ in rows]
        return all(total > 0 if strict else total >= 0 for total, (_, _, strict) in zip(sums, rows, strict=True))

    solved = any(fulfilled(values) for values in product(VALUES, repeat=3))
    assert system is not None or not solved
    if len({name for one in made for name in one.factors}) == 1:
        assert solved == (system is not None)


@pytest.mark.parametrize(("values", "side", "constant", "strict", "possible"), [
    (Interval(Fraction(0), Fraction(3)), 1, -6, False, True), (Interval(Fraction(0), Fraction(3)), 1, -6, True, False),
    (Interval(Fraction(0), Fraction(3)), -1, 0, False, True), (Interval(Fraction(0), Fraction(3)), -1, 0, True, False),
    (Interval(Fraction(0), None), 1, -99, True, True), (Interval(Fraction(0), None), -1, -1, False, False),
    (Interval(None, Fraction(3)), -1, -99, True, True), (Interval(None, Fraction(3)), 1, -7, False, False),
    (Interval(None, None), 1, -99, True, True), (Interval(None, None), -1, -99, True, True),
    (Interval(Fraction(0), Fraction(3), open_high=True), 1, -6, False, False),
    (Interval(Fraction(0), Fraction(3), open_low=True), -1, 0, False, False),
])  # fmt: skip
def test_the_ends_of_each_unknown_count_in_a_sum(
    values: Interval, side: int, constant: int, strict: bool, possible: bool
) -> None:
    """Two numbers from 0 to 3 make 6 and no more, 0 and no less; without an end, or with it left out, likewise."""
    terms = {Unknown((name,), values, whole=False): Fraction(side) for name in ("a", "b")}
    system = System().add([Inequality(terms, Fraction(constant), strict)])

    assert possible == (system is not None)


@pytest.mark.parametrize(("most", "possible"), [(300, False), (5, False), (4, True)])
def test_a_system_that_grows_too_large_is_taken_to_be_possible(
    most: int, possible: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That two numbers from 0 to 3 make no 7 is found with five conditions, and left open where four are the most."""
    monkeypatch.setattr("dabiao.rules.linear._MOST", most)
    terms = {Unknown((name,), WHOLE, whole=False): Fraction(1) for name in ("a", "b")}

    assert possible == (System().add([Inequality(terms, Fraction(-7))]) is not None)
