"""What the forms of a plan come to in a made-up world: by them figures on the edge of a condition are looked for.

Whether a world is what was looked for is never decided here: the oracle says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from dabiao.rules.algebra import Aggregate, And, Condition, Leaf, Not, Or, Polynomial, Test, Variable, polynomials
from dabiao.rules.comparators import has_sign
from dabiao.rules.model import Plan
from dabiao.trials.worlds import Cell, Place, World


@dataclass(frozen=True)
class Margins:
    """A plan in one year: what its forms come to in a world."""

    plan: Plan
    year: int

    def cells(self, leaf: Leaf, subject: Place, world: World) -> list[Cell]:
        """Return where the figures of a leaf stand, seen from a subject: one, or one a year for a total."""
        place = next(p for p in world.above(subject) if p.kind == leaf.kind)
        years = {
            "now": [self.year],
            "baseline": [self.plan.baseline],
            "last": [self.year - 1],
            "total": list(range(self.plan.first, self.year + 1)),
        }[leaf.time]
        return [Cell(place, leaf.measure, year) for year in years]

    def variable(self, variable: Variable, subject: Place, world: World) -> Fraction | None:
        """Return the value of a variable, None if a figure is missing."""
        if isinstance(variable, Leaf):
            figures = [world.cells.get(cell) for cell in self.cells(variable, subject, world)]
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
                terms += [term] * world.many(place, owner)
        return variable.combine(terms)

    def polynomial(
        self, form: Polynomial, subject: Place, world: World, given: Mapping[Variable, Fraction] | None = None
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

    def holds(self, condition: Condition, subject: Place, world: World) -> bool | None:
        """Return whether a condition is true, None if the figures do not say."""
        match condition:
            case Test():
                bases = [self.polynomial(base, subject, world) for base in condition.bases]
                margin = self.polynomial(condition.margin, subject, world)
                if None in bases or margin is None:
                    return None
                return 0 not in bases and has_sign(margin, condition.sign)
            case Not(inner):
                holds = self.holds(inner, subject, world)
                return None if holds is None else not holds
            case And(parts):
                found = [self.holds(part, subject, world) for part in parts]
                return False if False in found else None if None in found else True
            case Or(parts):
                found = [self.holds(part, subject, world) for part in parts]
                return True if True in found else None if None in found else False

    def open_cells(self, forms: Iterable[Polynomial], subject: Place, world: World) -> list[Cell]:
        """List the figures that forms look at and that are not set yet, those of subjects below included."""
        cells = dict.fromkeys(cell for form in forms for cell in self._cells_of(form, subject, world))
        return [cell for cell in cells if cell not in world.cells]

    def _cells_of(self, form: Polynomial, subject: Place, world: World) -> Iterator[Cell]:
        for variable in form.variables:
            if isinstance(variable, Leaf):
                yield from self.cells(variable, subject, world)
                continue
            for place in world.below(_owner(variable, subject, world), variable.kind):
                if not variable.where or self.holds(variable.where, place, world):
                    yield from self._cells_of(variable.of, place, world)
                for part in polynomials(variable.where):
                    yield from self._cells_of(part, place, world)


def _owner(variable: Aggregate, subject: Place, world: World) -> Place:
    """Return the subject that a sum or rank is made within, seen from a subject that names it: itself, or one above."""
    return next(place for place in world.above(subject) if place.kind == variable.owner)
