"""Walks over forms: the tests, polynomials and figures in them.

`variables` gives the figures of the judged subject in a form; `walk` also those of the subjects it aggregates over.
"""

from __future__ import annotations

from collections.abc import Iterator

from dabiao.rules.algebra import (
    Aggregate,
    And,
    Condition,
    Form,
    Leaf,
    Or,
    Polynomial,
    Ranked,
    Ratio,
    Sum,
    Test,
    Variable,
)


def tests(condition: Condition | None) -> Iterator[Test]:
    """Iterate over the tests in a condition."""
    match condition:
        case Test():
            yield condition
        case And(parts) | Or(parts):
            for part in parts:
                yield from tests(part)


def polynomials(*forms: Form | None) -> Iterator[Polynomial]:
    """Iterate over the polynomials in forms, not those inside aggregates."""
    for form in forms:
        match form:
            case Polynomial():
                yield form
            case Ratio():
                yield from (form.top, form.bottom, *form.bases)
            case Leaf() | Sum() | Ranked():
                yield Polynomial.variable(form)
            case _:
                for test in tests(form):
                    yield from (test.margin, *test.bases)


def variables(*forms: Form | None) -> tuple[Variable, ...]:
    """Return the variables of forms, each once; not those inside aggregates."""
    return tuple(dict.fromkeys(v for polynomial in polynomials(*forms) for v in polynomial.variables))


def inside(variable: Variable) -> tuple[Variable, ...]:
    """Return the variables inside an aggregate, as figures of the subjects it is made over; none for a leaf."""
    if isinstance(variable, Leaf):
        return ()
    found = variables(variable.where, variable.of)
    return found if variable.year is None else tuple(v.in_year(variable.year) for v in found)


def walk(*forms: Form | None) -> tuple[Variable, ...]:
    """Return every variable of forms, including those inside aggregates and their conditions, each once."""
    outer = variables(*forms)
    if all(isinstance(variable, Leaf) for variable in outer):
        return outer
    found: dict[Variable, None] = {}
    waiting = list(reversed(outer))
    while waiting:
        variable = waiting.pop()
        if variable not in found:
            found[variable] = None
            waiting += reversed(inside(variable))
    return tuple(found)


def leaves(*forms: Form | None) -> tuple[Leaf, ...]:
    """Return every reported measure in forms, including those inside aggregates, each once."""
    return tuple(v for v in walk(*forms) if isinstance(v, Leaf))


def aggregates(*forms: Form | None) -> tuple[Aggregate, ...]:
    """Return every aggregate in forms, including those inside others, each once."""
    return tuple(v for v in walk(*forms) if not isinstance(v, Leaf))
