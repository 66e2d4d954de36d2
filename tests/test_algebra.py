"""The algebra: intervals and their columns against every number in them, walking over forms, halves of a share."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product
from math import inf

import polars as pl
import pytest
from dabiao.engine.columns import Bounds
from dabiao.rules.algebra import (
    ONE,
    ZERO,
    And,
    Condition,
    Leaf,
    Or,
    Polynomial,
    Ranked,
    Ratio,
    Sum,
    Test,
    Variable,
    compare,
    complement,
    conjuncts,
    decide,
    make_sum,
    negate,
)
from dabiao.rules.comparators import COMPARATORS, OPERATORS, Operator, Sign, has_sign, meets, toward
from dabiao.rules.intervals import Interval
from dabiao.rules.shares import complete, divide, gather, list_ways, other_half
from dabiao.rules.walks import aggregates, inside, leaves, variables, walk
from hypothesis import given
from hypothesis import strategies as st

END = st.none() | st.integers(-3, 3).map(Fraction)
SIGNS: tuple[Sign, ...] = (">=", ">", "==", "!=")
FAR = 1000  # stands for a number as large as one likes


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    """Draw an interval with whole ends, or without."""
    low, high = draw(END), draw(END)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return Interval(low, high)


def numbers(interval: Interval) -> list[Fraction]:
    """List numbers of an interval: its ends, zero, those next to them, and some far away where there is no end."""
    low = -FAR if interval.low is None else interval.low
    high = FAR if interval.high is None else interval.high
    near = (low, low + 1, -1, 0, 1, high - 1, high)
    return [Fraction(n) for n in near if low <= n <= high]


def spanned(values: list[Fraction]) -> Interval:
    """Return the interval that numbers span, where those far away stand for no end."""
    low, high = min(values), max(values)
    return Interval(None if low < -FAR // 2 else low, None if high > FAR // 2 else high)


@given(one=intervals(), other=intervals())
def test_sums_and_products_hold_every_number_and_no_more(one: Interval, other: Interval) -> None:
    """The sum and the product of two intervals are what the sums and products of their numbers span, endless ends too."""
    pairs = list(product(numbers(one), numbers(other)))
    assert spanned([a + b for a, b in pairs]) == one + other
    assert spanned([a * b for a, b in pairs]) == one * other
    assert spanned([*numbers(one), *numbers(other)]) == one.hull(other)


def test_half_of_what_has_no_limit_has_none() -> None:
    """Between minus a half and a half of one or more may be any number, whichever is multiplied by the other."""
    half, some = Interval(Fraction(-1, 2), Fraction(1, 2)), Interval(Fraction(1), None)
    assert [Interval()] * 2 == [half * some, some * half]


@given(st.lists(st.tuples(intervals(), intervals()), min_size=1, max_size=5))
def test_columns_follow_the_law_of_intervals(rows: list[tuple[Interval, Interval]]) -> None:
    """Sums and products of bounds in columns are those of the intervals row by row."""
    ones, others = (columns([row[side] for row in rows]) for side in (0, 1))
    assert [one + other for one, other in rows] == unpacked(ones + others)
    assert [one * other for one, other in rows] == unpacked(ones * others)
    assert [one * Fraction(-2) for one, _ in rows] == unpacked(ones.times(-2.0))
    sure, possible = (pl.Series([held, held][:1] * len(rows), dtype=pl.Boolean) for held in (False, True))
    assert [one.hull(Interval.point(Fraction(0))) for one, _ in rows] == unpacked(ones.perhaps(sure, possible))


def columns(found: list[Interval]) -> Bounds:
    """Put intervals below one another as columns of floats."""
    lows = [-inf if one.low is None else float(one.low) for one in found]
    highs = [inf if one.high is None else float(one.high) for one in found]
    return Bounds(pl.Series(lows, dtype=pl.Float64), pl.Series(highs, dtype=pl.Float64))


def unpacked(bounds: Bounds) -> list[Interval]:
    """Return columns as intervals."""
    pairs = zip(bounds.low.to_list(), bounds.high.to_list(), strict=True)
    return [
        Interval(None if low == -inf else Fraction(low), None if high == inf else Fraction(high)) for low, high in pairs
    ]


@given(interval=intervals(), sign=st.sampled_from(SIGNS))
def test_a_sign_is_decided_where_all_numbers_agree(interval: Interval, sign: Sign) -> None:
    """An interval has a sign if all of its numbers have it, has it not if none has, and else it is not decided."""
    seen = {has_sign(number, sign) for number in numbers(interval)}
    assert (seen.pop() if len(seen) == 1 else None) == interval.decide(sign)


@given(one=intervals(), other=intervals(), opened=st.tuples(*[st.booleans()] * 4))
def test_meeting_keeps_open_ends(one: Interval, other: Interval, opened: tuple[bool, bool, bool, bool]) -> None:
    """What lies in two intervals lies in their meeting and nothing else does, whichever ends are left out."""
    one = Interval(one.low, one.high, opened[0], opened[1])
    other = Interval(other.low, other.high, opened[2], opened[3])

    def has(interval: Interval, number: Fraction) -> bool:
        above = interval.low is None or (number > interval.low if interval.open_low else number >= interval.low)
        return above and (
            interval.high is None or (number < interval.high if interval.open_high else number <= interval.high)
        )

    both = one.meet(other)
    halves = [Fraction(n, 2) for n in range(-10, 11)]
    assert [has(one, n) and has(other, n) for n in halves] == [has(both, n) for n in halves]
    assert both.empty == (not any(has(both, n) for n in halves))


@given(value=st.integers(-3, 3).map(Fraction), target=st.integers(-3, 3).map(Fraction))
def test_comparators_agree_with_the_sign_of_a_margin(value: Fraction, target: Fraction) -> None:
    """A value meets a target exactly if the margin that a comparison is turned into has the sign asked for."""
    for operator in COMPARATORS:
        test = compare(Ratio.constant(value), operator, Ratio.constant(target))
        assert test.margin.number is not None
        assert meets(value, operator, target) == has_sign(test.margin.number, test.sign)


@pytest.mark.parametrize(
    ("operator", "rising", "expected"),
    [(">", True, ">="), (">=", False, ">="), ("<", True, "<="), ("==", True, ">="), ("==", False, "<=")],
)
def test_on_the_way_reaching_the_path_is_enough(operator: Operator, rising: bool, expected: Operator) -> None:
    """On the way to a target its comparator is no longer strict, and `==` asks for the way it goes."""
    assert expected == toward(operator, rising=rising)


def test_every_key_of_a_plan_has_its_operator() -> None:
    """The keys of the plan language name the five comparators that can set a target."""
    expected = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<", "exactly": "=="}
    assert expected == dict(OPERATORS)


BEDS, USED = Leaf("home", "beds"), Leaf("home", "used")
POOR = Test(Polynomial.variable(Leaf("home", "score", high=Fraction(5))) - Polynomial.constant(Fraction(3)), ">=")
OPEN = Test(Polynomial.variable(Leaf("home", "open")), ">")
RATED = Test(Polynomial.variable(USED), ">=", (Polynomial.variable(BEDS),))


def counted(where: Condition | None, kind: str = "home", owner: str = "district") -> Sum:
    """Return a count."""
    return Sum(kind, ONE, where, owner)


def test_a_walk_visits_everything_once() -> None:
    """A walk visits the variables of a form and those inside its aggregates, their conditions and terms included, each once."""
    near = Sum("home", Polynomial.variable(BEDS) * Polynomial.variable(USED), And((OPEN, complement(POOR))), "town")
    crowded = Test(Polynomial.variable(near) - Polynomial.variable(Leaf("town", "people")), ">")
    far = counted(crowded, "town")
    own = Leaf("district", "people")
    form = Ratio(Polynomial.variable(far), Polynomial.variable(own) + Polynomial.variable(far))
    assert {far, own} == set(variables(form))
    assert {near, Leaf("town", "people")} == set(inside(far))
    assert {"open", "score", "beds", "used", "people"} == {leaf.measure for leaf in leaves(form)}
    assert (far, near) == aggregates(form)
    assert len(walk(form)) == len(set(walk(form))) == 8


@given(truths=st.tuples(*[st.sampled_from([True, False, None])] * 3))
def test_conditions_have_three_values(truths: tuple[bool | None, bool | None, bool | None]) -> None:
    """A condition is decided exactly if all ways to settle its open parts agree."""
    tests = [Test(Polynomial.variable(Leaf("home", name)), ">=") for name in "abc"]
    form = Or((And((tests[0], negate(tests[1]))), tests[2]))
    choices = product(*([truth] if truth is not None else [True, False] for truth in truths))
    settled = {(a and not b) or c for a, b, c in choices}

    def truth(test: Test) -> bool | None:
        if test in tests:
            return truths[tests.index(test)]
        return None if truths[1] is None else not truths[1]

    found = decide(form, truth)
    assert (settled.pop() if len(settled) == 1 else None) == found
    assert (tests[0], negate(tests[1])) == conjuncts(form.conditions[0])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (counted(OPEN), counted(complement(OPEN)), True),
        (counted(complement(OPEN)), counted(OPEN), True),
        (counted(RATED), counted(complement(RATED)), True),
        (counted(complement(RATED)), counted(RATED), True),
        (counted(And((POOR, OPEN))), counted(And((POOR, complement(OPEN)))), True),
        (counted(OPEN), counted(complement(POOR)), False),
        (counted(OPEN), counted(And((POOR, complement(OPEN)))), False),
        (counted(And((POOR, OPEN))), counted(And((complement(POOR), complement(OPEN)))), False),
        (counted(OPEN), counted(complement(OPEN), owner="town"), False),
        (counted(OPEN), counted(complement(OPEN), kind="centre"), False),
        (counted(OPEN), counted(None), False),
        (counted(OPEN), Sum("home", Polynomial.variable(BEDS), complement(OPEN), "district"), False),
        (counted(OPEN), BEDS, False),
        (BEDS, counted(OPEN), False),
        (counted(OPEN), Ranked("max", "home", ONE, complement(OPEN), "district"), False),
        (Ranked("max", "home", ONE, OPEN, "district"), counted(complement(OPEN)), False),
        (Ranked("max", "home", ONE, OPEN, "district"), Ranked("max", "home", ONE, complement(OPEN), "district"), False),
    ],
)
def test_the_other_half_negates_exactly_one_condition(one: Variable, other: Variable, expected: bool) -> None:
    """Two counts or sums are the halves of a share only if they divide the same subjects by the same condition."""
    assert expected == other_half(one, other)


def test_halves_are_gathered_to_the_whole() -> None:
    """Those that satisfy a condition and those that do not are together all: one sum, with no condition left."""
    halves = Polynomial.variable(counted(OPEN)) + Polynomial.variable(counted(complement(OPEN)))
    assert Polynomial.variable(counted(None)) == gather(halves)
    within = Polynomial.variable(counted(And((POOR, OPEN)))) + Polynomial.variable(
        counted(And((POOR, complement(OPEN))))
    )
    assert Polynomial.variable(counted(POOR)) == gather(within)


def test_a_whole_is_divided_into_a_part_and_the_rest() -> None:
    """A sum over all beside one over some of them becomes one over these and one over the others."""
    part, rest = counted(And((POOR, OPEN))), counted(And((POOR, complement(OPEN))))
    margin = Polynomial.variable(part) - Polynomial.variable(counted(POOR)) * Fraction(3, 5)
    divided = Polynomial.variable(part) * Fraction(2, 5) - Polynomial.variable(rest) * Fraction(3, 5)
    assert divided == divide(margin)
    apart = Polynomial.variable(counted(OPEN)) - Polynomial.variable(counted(POOR))
    assert apart == divide(apart)


def test_two_halves_are_one_half_and_the_whole_or_the_whole_and_the_other_half() -> None:
    """Beds of the open homes and places of the others are written with the beds of all, or with the places of all."""
    beds, used = (Polynomial.variable(leaf) for leaf in (BEDS, USED))
    closed = complement(OPEN)

    def total(of: Polynomial, where: Condition | None = None) -> Polynomial:
        return make_sum("home", of, where, "district")

    ways = complete(total(beds, OPEN) + total(used, closed))
    assert {total(beds - used, OPEN) + total(used), total(used - beds, closed) + total(beds)} == set(ways)


HOMES: list[dict[Variable, int]] = [
    dict(zip((BEDS, *variables(OPEN, POOR)), figures, strict=True))
    for figures in ((3, 0, 1), (5, 1, 1), (7, 0, 4), (11, 1, 4))
]
WHERE = [None, OPEN, complement(OPEN), POOR, And((POOR, OPEN)), And((POOR, complement(OPEN)))]


@given(
    st.lists(st.tuples(st.sampled_from([ONE, Polynomial.variable(BEDS)]), st.sampled_from(WHERE), st.integers(-2, 2)))
)
def test_whatever_way_a_sum_is_written_it_comes_to_the_same(
    parts: list[tuple[Polynomial, Condition | None, int]],
) -> None:
    """Of homes that are open or not, and poor or not, each sum is the same number in all its ways, which are all different."""
    terms = [make_sum("home", of, where, "district") * Fraction(factor) for of, where, factor in parts]
    form = sum(terms, ZERO)

    def value(one: Polynomial, home: dict[Variable, int]) -> Fraction:
        number = one.substitute(lambda leaf: Polynomial.constant(Fraction(home[leaf]))).number
        assert number is not None
        return number

    def add_up(one: Variable) -> Polynomial:
        assert isinstance(one, Sum)
        where = one.where
        found = [
            value(one.of, home)
            for home in HOMES
            if where is None or decide(where, lambda test, home=home: has_sign(value(test.margin, home), test.sign))  # type: ignore[misc]
        ]
        return Polynomial.constant(sum(found, Fraction(0)))

    ways = list_ways(form)
    assert {form.substitute(add_up).number} == {way.substitute(add_up).number for way in (form, *ways)}
    assert len(ways) == len({form, *ways}) - 1


RATED = Test(Polynomial.variable(BEDS) - Polynomial.variable(USED), ">=", (Polynomial.variable(USED),))


@pytest.mark.parametrize(
    ("operator", "opposite"), [(">=", "<"), ("<", ">="), (">", "<="), ("<=", ">"), ("==", "!="), ("!=", "==")]
)
def test_a_comparison_turned_round_is_the_opposite_one(operator: Operator, opposite: Operator) -> None:
    """What does not satisfy a comparison satisfies its opposite, the very same form: so the halves of a share are known."""
    beds, used = Ratio(Polynomial.variable(BEDS)), Ratio(Polynomial.variable(USED))
    assert (
        compare(beds, opposite, used)
        == negate(compare(beds, operator, used))
        == complement(compare(beds, operator, used))
    )


def test_a_ratio_without_a_base_satisfies_neither_a_condition_nor_its_negation() -> None:
    """`not` turns the comparison round and keeps the base; what does not satisfy a condition may also have no base."""
    away = Polynomial.variable(USED) - Polynomial.variable(BEDS)
    assert Test(away, ">", RATED.bases) == negate(RATED)
    assert Or((Test(away, ">"), Test(RATED.bases[0], "=="))) == complement(RATED)
    assert And((negate(OPEN), negate(POOR))) == negate(Or((OPEN, POOR)))
    assert RATED == negate(negate(RATED))


def test_equal_polynomials_are_equal_however_they_are_written() -> None:
    """The order of terms and factors does not matter, and two figures of one name at two times are two."""
    a, b = (Polynomial.variable(v) for v in (BEDS, BEDS.at("last")))
    c = Polynomial.variable(counted(OPEN))
    assert a * b * c + b - c == b + c * b * a - c
    assert hash(a * b * c + b) == hash(b + b * c * a)
    assert a != b


def test_figures_of_every_sort_have_an_order() -> None:
    """A figure, a sum and a rank over the same subjects come in one order, however a product of them is written."""
    beds = Polynomial.variable(BEDS)
    total, largest, used = Sum("home", beds, None, "district"), Ranked("max", "home", beds, None, "district"), USED
    a, b, c = (Polynomial.variable(one) for one in (used, total, largest))
    assert (((used, total, largest), Fraction(1)),) == (c * b * a).terms == (b * a * c).terms
    assert [(used,), (total,), (largest,)] == [monomial for monomial, _ in (c + a + b).terms]
    for one in (used, total, largest):
        years = [Polynomial.variable(one.in_year(year)) for year in (2020, 2021)]
        years.append(Polynomial.variable(one))
        for first, second in permutations(years, 2):
            assert first * second == second * first
            assert first + second == second + first != first + first


def test_a_form_consists_of_one_figure_only_where_it_is_that_figure() -> None:
    """A figure by itself is one; twice of it, a product, a sum, a part of another and a number are not."""
    a, b = Polynomial.variable(BEDS), Polynomial.variable(USED)
    assert BEDS == a.single == Ratio(a).single
    assert [None] * 5 == [form.single for form in (a * Fraction(2), a * b, a + b, a + ONE, ONE)]
    assert Ratio(a, b).single is None


def test_a_quotient_keeps_all_its_bases() -> None:
    """What stood in a denominator of a denominator must not be zero either, though it has moved to the top."""
    a, b, c = (Ratio(Polynomial.variable(Leaf("home", name))) for name in "abc")
    assert {b.top, c.top} == set((a / (b / c)).bases)
    assert {b.top, c.top} == set((a / b + a / c).bases)
    assert () == (a * b - c).bases
    assert (b.top,) == compare(a / b, ">=", Ratio.constant(Fraction(1, 2))).bases
    assert (Polynomial.constant(Fraction(0)),) == (a / (b - b)).bases


def test_a_figure_is_written_as_a_plan_writes_it() -> None:
    """What a form shows of itself names the figure, its time and year, and who is counted, summed or ranked."""
    beds, rest = Polynomial.variable(BEDS), Polynomial.variable(USED.at("last"))
    form = beds * beds * Fraction(2) - rest + ONE
    assert "0" == repr(Polynomial.of(()))
    assert ["home.beds", "home.used@last", "home.beds@now[2020]"] == [
        repr(leaf) for leaf in (BEDS, USED.at("last"), BEDS.in_year(2020))
    ]
    assert "1 + 2 * home.beds * home.beds + -1 * home.used@last" == repr(form)
    assert [
        f"count(home where {OPEN})", "count(home)[2020]", f"sum(home.beds of home where {OPEN})",
        "median(home.beds of home)", f"max(home.beds of home where {OPEN})[2021]",
    ] == [
        repr(one) for one in (
            counted(OPEN), counted(None).in_year(2020), Sum("home", beds, OPEN, "district"),
            Ranked("median", "home", beds, None, "district"), Ranked("max", "home", beds, OPEN, "district", 2021),
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "total", "largest", "least", "middle"),
    [((), 0, 0, 0, 0), ((4,), 4, 4, 4, 4), ((7, 1, 2, 4), 14, 7, 1, 3)],
)
def test_an_aggregate_is_worked_out_from_what_it_is_made_of(
    values: tuple[int, ...], total: int, largest: int, least: int, middle: int
) -> None:
    """Four figures add up, one of them is the largest and one the least, and the middle is the mean of the two between."""
    of, numbers = Polynomial.variable(BEDS), [Fraction(value) for value in values]
    assert total == Sum("home", of, None, "district").combine(numbers)
    assert [largest, least, middle] == [
        Ranked(rank, "home", of, None, "district").combine(numbers) for rank in ("max", "min", "median")
    ]
