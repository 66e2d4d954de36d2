"""Pairs of targets that nothing satisfies together: found by their ends, the same as by looking at every pair."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

from dabiao.rules.conflicts import _list_apart, find_conflicts
from dabiao.rules.intervals import Interval
from helpers import commitment, make_plan, measure
from hypothesis import given
from hypothesis import strategies as st

STEPS = 4  # numbers are looked at in quarters


def intervals() -> st.SearchStrategy[Interval]:
    """Draw intervals with whole and halved ends, open and closed, some without a limit, some empty."""
    end = st.none() | st.integers(0, 8).map(lambda number: Fraction(number, 2))
    return st.builds(Interval, end, end, st.booleans(), st.booleans())


def numbers_in(one: Interval, step: int) -> set[Fraction]:
    """Return the numbers from -1 to 6 that lie in an interval, those on a grid."""
    grid = [Fraction(number, step) for number in range(-step, 6 * step + 1)]
    above = [n for n in grid if one.low is None or n > one.low or (n == one.low and not one.open_low)]
    return {n for n in above if one.high is None or n < one.high or (n == one.high and not one.open_high)}


def apart_by_numbers(drawn: Sequence[Interval], *, whole: bool) -> set[frozenset[int]]:
    """Return the pairs of which no number lies in both, or no whole one though each has some."""
    found = set()
    for i, j in combinations(range(len(drawn)), 2):
        both = numbers_in(drawn[i], STEPS) & numbers_in(drawn[j], STEPS)
        wholes = [numbers_in(drawn[k], 1) for k in (i, j)]
        if not both or (whole and all(wholes) and not wholes[0] & wholes[1]):
            found.add(frozenset((i, j)))
    return found


@given(st.lists(intervals(), max_size=8, unique=True), st.booleans())
def test_intervals_that_are_apart_are_all_found(drawn: list[Interval], whole: bool) -> None:
    """The pairs found by their ends are those without a number in common, also where only whole numbers count."""
    places = {one: place for place, one in enumerate(drawn)}
    pairs = {frozenset((places[one], places[other])) for one, other in _list_apart(drawn, whole=whole)}
    assert apart_by_numbers(drawn, whole=whole) == {pair for pair in pairs if len(pair) == 2}


def test_each_pair_is_told_once_with_its_first_year() -> None:
    """Of three targets each that contradicts another is told once, in the order of the plan, with the first year of both."""
    targets = (
        "at_least: 9 张\ndue: 2023",
        "at_most: 5 张\ndue: throughout",
        "at_least: 4 张\ndue: 2024",
        "at_most: 3 张\ndue: 2025",
    )
    plan = make_plan(
        measure("beds"), "".join(commitment(f"c{i}", f"measure: beds\n{t}") for i, t in enumerate(targets))
    )
    found = [(one.id, other.id, year) for one, other, (year, _, _) in find_conflicts(plan)]
    assert [("c0", "c1", 2023), ("c0", "c3", 2025), ("c2", "c3", 2025)] == found


def test_one_promise_stated_twice_is_no_conflict() -> None:
    """Commitments linked with `same_as` are left to the rule that compares statements of one promise."""
    stated = ("at_least: 9 张\ndue: 2025", "at_most: 5 张\ndue: 2025\nsame_as: c0")
    plan = make_plan(measure("beds"), "".join(commitment(f"c{i}", f"measure: beds\n{t}") for i, t in enumerate(stated)))
    assert [] == list(find_conflicts(plan))
