"""Lookups written out: the figures of single years that a total, last year's value or a baseline is made of.

In the first year of a plan the total so far is the figure of the year, and in the year after the baseline year last year's
value is the baseline: one figure, by whatever name. Written out, what is the same is the same variable.
"""

from __future__ import annotations

from dataclasses import replace

from dabiao.rules.algebra import (
    ZERO,
    Condition,
    Leaf,
    Polynomial,
    Sum,
    Variable,
    make_sum,
    replace_variables,
)
from dabiao.rules.model import Plan
from dabiao.rules.walks import leaves

ADDED = frozenset(("total", "part"))
"""The times of figures to which a year in which a subject was not there adds nothing."""


def write_out(form: Polynomial, plan: Plan, year: int) -> Polynomial:
    """Return a polynomial of a year in which every lookup is written as the figures, or stated numbers, behind it."""
    if all(leaf.current for leaf in leaves(form)):
        return form
    return form.substitute(lambda variable: _write_variable(variable, plan, year))


def write_condition(condition: Condition, plan: Plan, year: int) -> Condition:
    """Return a condition of a year in which every lookup is written as the figures, or stated numbers, behind it."""
    if all(leaf.current for leaf in leaves(condition)):
        return condition
    return replace_variables(condition, lambda variable: _write_variable(variable, plan, year))


def _write_variable(variable: Variable, plan: Plan, year: int) -> Polynomial:
    if isinstance(variable, Leaf):
        return _write_leaf(variable, plan, year)
    then = year if variable.year is None else variable.year
    of = write_out(variable.of, plan, then)
    where = None if variable.where is None else write_condition(variable.where, plan, then)
    if isinstance(variable, Sum):
        return make_sum(variable.kind, of, where, variable.owner, variable.year)
    return of if of.number is not None else Polynomial.variable(replace(variable, of=of, where=where))


def _write_leaf(leaf: Leaf, plan: Plan, year: int) -> Polynomial:
    if (stated := plan.stated(leaf, year)) is not None:
        return Polynomial.constant(stated)
    found = ZERO
    for one in plan.years_of(leaf, year):
        is_part = leaf.time == "total" and leaf.kind != plan.root.id and one != year
        part = replace(leaf, time="part" if is_part else "now", year=None if one == year else one)
        found = found + Polynomial.variable(part)
    return found
