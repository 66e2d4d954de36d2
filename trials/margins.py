"""Evaluates the forms of a plan in a made-up world, to search for figures on the boundary of a condition.

It only guides the search: the oracle decides whether a world is the right one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from dabiao.rules.algebra import Aggregate, And, Condition, Leaf, Or, Polynomial, Test, Variable
from dabiao.rules.comparators import has_sign
from dabiao.rules.model import Plan
from dabiao.rules.walks import polynomials
from dabiao.trials.worlds import FigureKey, Subject, World


@dataclass(frozen=True)
class Margins:
    """Evaluates the forms of a plan in one year."""

    plan: Plan
    year: int

    def figures(self, leaf: Leaf, subject: Subject, world: World) -> list[FigureKey]:
        """Return the figures of a leaf for a subject: one, or one per year for a total."""
        place = next(p for p in world.above(subject) if p.kind == leaf.kind)
        return [FigureKey(place, leaf.measure, year) for year in self.plan.years_of(leaf, self.year)]

    def variable(self, variable: Variable, subject: Subject, world: World) -> Fraction | None:
        """Return the value of a variable, None if a figure is missing."""
        if isinstance(variable, Leaf):
            figures = [world.figures.get(figure) for figure in self.figures(variable, subject, world)]
            return None if None in figures else sum((f for f in figures if f is not None), Fraction(0))
        owner = _owner(variable, subject, world)
        if not any((place, variable.kind) in world.peopled for place in world.above(owner)):
            return None
        terms: list[Fraction] = []
        for place in world.below(owner, variable.kind):
            counts = True if variable.where is None else self.holds(variable.where, place, world)
            if counts is None:
                return None
            if counts:
                term = self.polynomial(variable.of, place, world)
                if term is None:
                    return None
                terms += [term] * world.count(place, owner)
        return variable.combine(terms)

    def polynomial(
        self, form: Polynomial, subject: Subject, world: World, given: Mapping[Variable, Fraction] | None = None
    ) -> Fraction | None:
        """Return the value of a polynomial, None if a figure is missing; `given` overrides variables."""
        values: dict[Variable, Fraction] = {}
        for variable in form.variables:
            value = given[variable] if given and variable in given else self.variable(variable, subject, world)
            if value is None:
                return None
            values[variable] = value
        total = Fraction(0)
        for monomial, factor in form.terms:
            total += factor * prod((values[variable] for variable in monomial), start=Fraction(1))
        return total

    def holds(self, condition: Condition, subject: Subject, world: World) -> bool | None:
        """Return whether a condition is true, None if the figures do not say."""
        match condition:
            case Test():
                bases = [self.polynomial(base, subject, world) for base in condition.bases]
                margin = self.polynomial(condition.margin, subject, world)
                if None in bases or margin is None:
                    return None
                return 0 not in bases and has_sign(margin, condition.sign)
            case And(parts):
                found = [self.holds(part, subject, world) for part in parts]
                return False if False in found else None if None in found else True
            case Or(parts):
                found = [self.holds(part, subject, world) for part in parts]
                return True if True in found else None if None in found else False

    def list_open_figures(self, forms: Iterable[Polynomial], subject: Subject, world: World) -> list[FigureKey]:
        """List the figures that forms depend on and that are not set yet, including those of subjects below."""
        figures = dict.fromkeys(figure for form in forms for figure in self._list_figures(form, subject, world))
        return [figure for figure in figures if figure not in world.figures]

    def _list_figures(self, form: Polynomial, subject: Subject, world: World) -> Iterator[FigureKey]:
        for variable in form.variables:
            if isinstance(variable, Leaf):
                yield from self.figures(variable, subject, world)
                continue
            for place in world.below(_owner(variable, subject, world), variable.kind):
                if not variable.where or self.holds(variable.where, place, world):
                    yield from self._list_figures(variable.of, place, world)
                for part in polynomials(variable.where):
                    yield from self._list_figures(part, place, world)


def _owner(variable: Aggregate, subject: Subject, world: World) -> Subject:
    """Return the subject over whose subjects a sum or rank is taken: the given one, or one above it."""
    return next(place for place in world.above(subject) if place.kind == variable.owner)
