"""Block by block: the least of a programme is what trying all values finds, whatever is asked before and beside it."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from dabiao.budget.affine import ONE, ZERO, Affine, add_up, make_constant
from dabiao.budget.programme import Programme
from dabiao.budget.solve import Deadline, Solver, make_row
from hypothesis import given, settings
from hypothesis import strategies as st

NUMBERS = st.integers(-3, 3)


@st.composite
def programmes(draw: st.DrawFn) -> tuple[list[int], list[tuple[dict[int, int], int]], list[tuple[dict[int, int], int]]]:
    """Draw the most of up to six variables, rows on one or two neighbours (factors, constant), and sums to be counted."""
    most = draw(st.lists(st.integers(0, 3), min_size=1, max_size=6))
    numbers = st.integers(0, len(most) - 1).flatmap(
        lambda first: st.tuples(
            st.dictionaries(st.integers(first, min(first + 1, len(most) - 1)), NUMBERS.filter(bool), max_size=2),
            NUMBERS,
        )
    )
    return most, draw(st.lists(numbers, max_size=4)), draw(st.lists(numbers, max_size=3))


@settings(max_examples=150, deadline=None)
@given(made=programmes(), data=st.data())
def test_the_least_is_what_trying_all_values_finds(
    made: tuple[list[int], list[tuple[dict[int, int], int]], list[tuple[dict[int, int], int]]], data: st.DataObject
) -> None:
    """Of several questions to one programme, with further rows, raised bounds and counted conditions, each is answered right."""
    most, rows, counted = made
    programme = Programme()
    for one in most:
        programme.add_variable(0, one)
    for factors, constant in rows:
        programme.require(Affine(constant, factors))
    holds = [programme.reaches(Affine(constant, factors)) for factors, constant in counted]
    solver = Solver(programme, range(len(most)), Deadline(60))
    for _ in range(3):
        costs = {v: n for v in range(len(most)) if (n := data.draw(NUMBERS))}
        worth = [data.draw(NUMBERS) for _ in holds]
        objective = add_up([Affine(0, costs), *(one.times(n) for one, n in zip(holds, worth, strict=True))])
        lower = {v: 1 for v in range(len(most)) if most[v] and data.draw(st.integers(0, 3)) == 0}
        limit = data.draw(st.none() | st.integers(-4, 6))
        total = Affine(0, {v: 1 + v % 2 for v in range(len(most))})
        further = [] if limit is None else [make_row(make_constant(limit) - total)]
        within = data.draw(st.none() | st.integers(-4, 6).map(Fraction))
        found = solver.minimise(objective, lower=lower, rows=further, within=within)

        tried = [
            sum(n * values[v] for v, n in costs.items())
            + sum(
                n * (sum(f * values[v] for v, f in factors.items()) + constant >= 0)
                for n, (factors, constant) in zip(worth, counted, strict=True)
            )
            for values in product(*(range(one + 1) for one in most))
            if all(sum(f * values[v] for v, f in factors.items()) + constant >= 0 for factors, constant in rows)
            and all(values[v] >= 1 for v in lower)
            and (limit is None or sum((1 + v % 2) * values[v] for v in range(len(most))) <= limit)
        ]
        expected = ("optimal", Fraction(min(tried))) if tried else ("infeasible", Fraction(0))
        if within is not None and tried and min(tried) > within:
            assert found.status == "infeasible" or expected == (found.status, found.value)  # it is too much either way
        else:
            assert expected == (found.status, found.value)


def test_what_no_row_joins_is_asked_apart() -> None:
    """Of three decisions two share a row: two blocks, and a switch that only a count looks at is left out of other questions."""
    programme = Programme()
    one, two, three = (programme.of(programme.add_variable(0, 5)) for _ in range(3))
    programme.require(one + two - make_constant(4))
    switch = programme.reaches(three - make_constant(2))
    blocks = Solver(programme, (0, 1, 2), Deadline(60)).blocks

    assert [(0, 1), (2, 3)] == sorted(block.variables for block in blocks.find())
    (block,) = blocks.find_touched([2])
    assert ([2], []) == block.find_needed(three.factors, ())
    assert ([2, 3], list(block.rows)) == block.find_needed(switch.factors, ())


def test_what_no_needed_row_joins_to_a_question_is_left_as_it_is_best() -> None:
    """A count joins two decisions in one block; a question that does not look at the count asks for one of them only."""
    programme = Programme()
    one, two = (programme.of(programme.add_variable(0, 5)) for _ in range(2))
    switch = programme.reaches(one + two - make_constant(3))
    (block,) = Solver(programme, (0, 1), Deadline(60)).blocks.find()
    cost = one + two.times(2)

    assert ([1], []) == block.find_near(cost, [1])
    assert ([0, 1, 2], list(block.rows)) == block.find_near(cost, switch.factors)


def test_a_switch_that_needs_an_action_needs_its_use() -> None:
    """Where a target is out of reach without some units, keeping it is at most their use, not a broken part of it."""
    programme = Programme()
    units, used, switch = (programme.add_variable(0, most) for most in (40, 1, 1))
    programme.note_use(used, programme.of(units))
    programme.require_if(switch, programme.of(units) - make_constant(3))
    programme.require_if(switch, programme.of(units) + ONE)  # holds anyway: no row

    assert [{used: 1, switch: -1}, {units: 1, switch: -3}] == [dict(row.factors) for row in programme.rows]


def test_what_was_asked_of_a_block_holds_after_the_programme_has_grown() -> None:
    """A row that joins two blocks later is heeded, and what was remembered of them is not taken for the answer."""
    programme = Programme()
    one, two = (programme.of(programme.add_variable(0, 5)) for _ in range(2))
    solver = Solver(programme, (0, 1), Deadline(60))
    cost = one + two.times(2)
    before = solver.minimise(cost, lower={1: 1})
    programme.require(one + two - make_constant(4))
    after = solver.minimise(cost, lower={1: 1})

    assert (2, 5) == (before.value, after.value)


def test_what_was_not_answered_in_time_is_asked_again() -> None:
    """No time for one question says nothing of the next one, for blocks that it only comes by, too."""
    programme = Programme()
    _, two = (programme.of(programme.add_variable(0, 5)) for _ in range(2))
    solver = Solver(programme, (0, 1), Deadline(60))

    assert "unknown" == solver.minimise(two, lower={1: 1}, most=0).status
    assert ("optimal", 1) == ((found := solver.minimise(two, lower={1: 1})).status, found.value)


def test_a_row_that_nothing_can_satisfy_is_seen() -> None:
    """A requirement without a decision that does not hold makes every question unanswerable, in the programme and beside it."""
    programme = Programme()
    number = programme.of(programme.add_variable(0, 1))
    solver = Solver(programme, (0,), Deadline(60))

    assert "infeasible" == solver.minimise(number, lower={}, rows=[make_row(make_constant(-1))]).status
    assert "optimal" == solver.minimise(number, lower={}, rows=[make_row(ONE)]).status
    programme.require(ZERO - ONE)
    assert "infeasible" == solver.minimise(number, lower={}).status
