"""The gap of a finding in whole things: how many more (or fewer) of what the numerator counts would reach the target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from math import ceil, floor, lcm, prod
from operator import mul, or_

import polars as pl
from dabiao.engine.columns import SAFE, are_whole
from dabiao.engine.measure import Measured
from dabiao.engine.requirement import Requirement
from dabiao.rules.algebra import Leaf, Polynomial, Ratio, Variable
from dabiao.rules.comparators import COMPARATORS, Operator
from dabiao.rules.model import Plan
from dabiao.rules.shares import other_half
from dabiao.rules.walks import variables

_MOST = 2**63 - 1  # that a column of whole numbers holds


def whole_gap(measured: Measured, one: Requirement, operator: Operator, target: Fraction, row: int) -> int | None:
    """Return how many whole things more (or fewer) would reach a target in one row; None where they are not counted.

    Where exactly the target is asked for, it is below zero for as many as are too many; the gap, a distance, is not.
    """
    gain, value = count_gain(measured.plan, one, target), one.commitment.value
    if gain is None:
        return None
    assert value is not None
    kind, exact = one.commitment.kind, measured.exact
    top = exact.polynomial(kind, value.form.top, row).low
    bottom = exact.polynomial(kind, value.form.bottom, row).low
    return None if top is None or bottom is None else count_wholes(gain, operator, target, top, bottom)


def count_gain(plan: Plan, one: Requirement, target: Fraction) -> Fraction | None:
    """Return what one whole thing more adds to the margin of a target; None where they are not counted."""
    found = _find_counted(plan, one, target)
    return None if found is None else found[0]


def count_wholes(gain: Fraction, operator: Operator, target: Fraction, top: Fraction, bottom: Fraction) -> int:
    """Return how many whole things more (or fewer) would bring a ratio to a target, each adding `gain` to the margin."""
    need = (target * bottom - top) / gain
    missing = ceil(need) if COMPARATORS[operator].upward else -floor(need)
    return missing + 1 if COMPARATORS[operator].strict and need.denominator == 1 else missing  # equal is not enough


def whole_unit(plan: Plan, one: Requirement, target: Fraction) -> str:
    """Return the unit, or the kind of subject, in which the whole gap is counted; empty where nothing is counted."""
    found = _find_counted(plan, one, target)
    return "" if found is None else _unit_of(plan, found[1])


def whole_gaps(
    measured: Measured, one: Requirement, asked: Sequence[tuple[Operator, Fraction] | None], rows: Sequence[int]
) -> pl.Series:
    """Return the whole gaps of several rows, null where there is none. Rows with the same figures are worked out once.

    `asked` has the comparator and the target of each row.
    """
    value = one.commitment.value
    assert value is not None
    if not variables(value.form):
        return pl.Series([None] * len(rows), dtype=pl.Int64)

    def of(place: int) -> int | None:
        wanted = asked[place]
        return None if wanted is None else whole_gap(measured, one, *wanted, rows[place])

    kind = one.commitment.kind
    return _evaluate_once_each([measured.figure(kind, v).value for v in variables(value.form)], asked, rows, of)


def whole_gaps_to(
    measured: Measured, one: Requirement, operator: Operator, target: Fraction, rows: pl.Series
) -> pl.Series:
    """Return the whole gaps of several rows to one target: by columns where figures are whole numbers, else as `whole_gaps`."""
    counted, value = _find_counted(measured.plan, one, target), one.commitment.value
    if counted is None or value is None:
        return pl.Series([None], dtype=pl.Int64).new_from_index(0, len(rows))
    need = (value.form.bottom * target - value.form.top) * (1 / counted[0])
    figures = {v: measured.figure(one.commitment.kind, v) for v in variables(value.form)}
    divisor = lcm(*(factor.denominator for _, factor in need.terms))
    terms = [(monomial, int(factor * divisor)) for monomial, factor in need.terms]
    whole = are_whole(figures.values())
    if not whole or sum(abs(c) * prod(max(int(figures[v].peak), 1) for v in m) for m, c in terms) >= SAFE:
        return whole_gaps(measured, one, [(operator, target)] * len(rows), rows.to_list())
    numbers = {v: figure.value.gather(rows).cast(pl.Int64) for v, figure in figures.items()}
    total = pl.Series([0]).new_from_index(0, len(rows))
    for monomial, factor in terms:
        total = total + reduce(mul, (numbers[v] for v in monomial), pl.Series([factor]).new_from_index(0, len(rows)))
    missing = -(-total // divisor) if COMPARATORS[operator].upward else -(total // divisor)
    if COMPARATORS[operator].strict:  # equal is not enough
        missing = missing + (total % divisor == 0).cast(pl.Int64)
    unknown = reduce(or_, (column.is_null() for column in numbers.values())).arg_true()
    if len(unknown):
        single = whole_gaps(measured, one, [(operator, target)] * len(unknown), rows.gather(unknown).to_list())
        missing = missing.scatter(unknown, single)
    return missing


def _evaluate_once_each(
    figures: Sequence[pl.Series],
    asked: Sequence[object],
    rows: Sequence[int],
    of: Callable[[int], int | None],
) -> pl.Series:
    known: dict[tuple[object, ...], int | None] = {}
    gathered = pl.DataFrame([figure.gather(list(rows)).alias(str(i)) for i, figure in enumerate(figures)])
    found = []
    for place, (wanted, values) in enumerate(zip(asked, gathered.iter_rows(), strict=True)):
        key = (wanted, *values)
        if None in values or key not in known:
            known[key] = of(place)
        gap = known[key]
        found.append(gap if gap is not None and abs(gap) <= _MOST else None)
    return pl.Series(found, dtype=pl.Int64)


def _find_counted(plan: Plan, one: Requirement, target: Fraction) -> tuple[Fraction, Variable] | None:
    """Return the first figure of the numerator that comes in whole things, and what one more of it adds to the margin."""
    value = one.commitment.value
    if value is None or value.steps:
        return None
    found = _gain(value.form, target)
    return found if found is not None and found[0] > 0 and _is_count(plan, found[1]) else None


def _gain(form: Ratio, target: Fraction) -> tuple[Fraction, Variable] | None:
    """Return what one more of the first counted figure in the numerator adds to the margin, and that figure."""
    margin = form.top - form.bottom * target
    for variable in form.top.variables:
        factor = _linear(margin, variable)
        if factor is None:
            continue
        for other in form.bottom.variables:  # who now satisfies the condition no longer counts among the others
            if other_half(variable, other):
                factor -= _linear(margin, other) or Fraction(0)
        if factor:
            return factor, variable
    return None


def _linear(polynomial: Polynomial, variable: Variable) -> Fraction | None:
    """Return the coefficient of a variable that occurs only by itself, zero if it does not; None if it does in a product."""
    holding = {m: c for m, c in polynomial.terms if variable in m}
    return holding.get((variable,), Fraction(0)) if set(holding) <= {(variable,)} else None


def _is_count(plan: Plan, variable: Variable) -> bool:
    """Whether a figure counts things one by one, in its own unit."""
    if isinstance(variable, Leaf):
        measure = plan.measures[variable.kind, variable.measure]
        return measure.whole and measure.unit.factor == 1
    if any(len(monomial) > 1 or (monomial and abs(factor) != 1) for monomial, factor in variable.of.terms):
        return False  # one thing more may add any number, or several
    return all(_is_count(plan, v) for v in variable.of.variables)


def _unit_of(plan: Plan, variable: Variable) -> str:
    if isinstance(variable, Leaf):
        return plan.measures[variable.kind, variable.measure].unit.symbol
    return variable.kind if variable.counts else _unit_of(plan, variable.of.variables[0])
