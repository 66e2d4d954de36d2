"""Small made-up worlds: subjects with exact figures, the sheets that report them, and what is true in them.

What is true is worked out here in plain fractions, one subject at a time, by the meaning of each form and without any of
the columns, bounds and short cuts of `measure` and `judge`. That makes it a second opinion on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import takewhile
from math import prod
from statistics import median
from typing import NamedTuple

from dabiao.base.problems import Location
from dabiao.base.quantities import quantity_text
from dabiao.engine.results import Verdict
from dabiao.facts.model import Fact, Row, Sheet
from dabiao.rules.algebra import And, Condition, Leaf, Not, Or, Polynomial, Ratio, Sum, Test, Variable, polynomials
from dabiao.rules.comparators import has_sign, meets
from dabiao.rules.model import Bound, Commitment, Measure, Plan


class Place(NamedTuple):
    """A subject: its kind and its name."""

    kind: str
    name: str


class Cell(NamedTuple):
    """Where a figure belongs: subject, measure and year."""

    place: Place
    measure: str
    year: int


@dataclass(frozen=True)
class World:
    """Subjects with what contains each of them (None: the root), and figures in base units.

    `copies` names further subjects exactly like one, with everything below it: eighty alike are worked out once.
    `peopled` lists which kinds have been settled below which subject; `unlisted` names the kinds of which the sheet does
    not say how many there are.
    """

    parents: Mapping[Place, Place | None]
    cells: Mapping[Cell, Fraction] = field(default_factory=dict)
    copies: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)
    peopled: frozenset[tuple[Place, str]] = frozenset()
    unlisted: frozenset[str] = frozenset()

    def with_cells(self, cells: Mapping[Cell, Fraction]) -> World:
        """Return the world with some figures set."""
        return replace(self, cells={**self.cells, **cells})

    def without(self, cell: Cell) -> World:
        """Return the world with one figure not reported."""
        return replace(self, cells={c: v for c, v in self.cells.items() if c != cell})

    def with_subjects(
        self, parents: Mapping[Place, Place | None], copies: Mapping[Place, tuple[str, ...]] | None = None
    ) -> World:
        """Return the world with more subjects."""
        return replace(self, parents={**self.parents, **parents}, copies={**self.copies, **(copies or {})})

    def settled(self, owner: Place, kind: str) -> World:
        """Return the world with every subject of a kind below `owner` said to be listed."""
        return replace(self, peopled=self.peopled | {(owner, kind)})

    def above(self, place: Place) -> Iterator[Place]:
        """Iterate over a subject and what contains it, up to the root."""
        here: Place | None = place
        while here is not None:
            yield here
            here = self.parents[here]

    def below(self, owner: Place, kind: str) -> list[Place]:
        """List the subjects of a kind within a subject."""
        return [p for p in self.parents if p.kind == kind and owner in self.above(p)]

    def many(self, place: Place, owner: Place) -> int:
        """Return how many subjects below `owner` a subject stands for."""
        return prod(1 + len(self.copies.get(p, ())) for p in takewhile(lambda p: p != owner, self.above(place)))

    def expanded(self) -> World:
        """Return the same world with every copy written out."""
        if not self.copies:
            return self
        parents: dict[Place, Place | None] = {}
        cells: dict[Cell, Fraction] = {}

        def put(place: Place, name: str, within: Place | None) -> None:
            here = Place(place.kind, name)
            parents[here] = within
            cells.update({Cell(here, c.measure, c.year): v for c, v in self.cells.items() if c.place == place})
            for child in (p for p, parent in self.parents.items() if parent == place):
                for each in (child.name, *self.copies.get(child, ())):
                    put(child, renamed(each, place.name, name), here)

        root = next(place for place, parent in self.parents.items() if parent is None)
        put(root, root.name, None)
        return replace(self, parents=parents, cells=cells, copies={})

    def sheets(self, root: str, plan: Plan, year: int) -> list[Sheet]:
        """Return the sheets that report this world for a root subject, one a year; `year` is always among them."""
        if self.copies:
            return self.expanded().sheets(root, plan, year)
        years = {year, *(cell.year for cell in self.cells)}
        location = Location(root)
        registers = {kind: None for kind in plan.kinds if kind not in self.unlisted}
        sheets = []
        for each in sorted(years):
            facts: dict[Place, dict[str, Fact]] = {place: {} for place in self.parents}
            for cell, value in self.cells.items():
                if cell.year == each:
                    facts[cell.place][cell.measure] = Fact(value, location, "")
            rows = [self._row(place, root, plan, facts[place], location) for place in self.parents]
            sheets.append(Sheet(root, root, each, location, rows, registers=registers, synthetic=True))
        return sheets

    def _row(self, place: Place, root: str, plan: Plan, facts: Mapping[str, Fact], location: Location) -> Row:
        parent = self.parents[place]
        if parent is None:
            return Row(place.kind, root, None, location, facts)
        return Row(place.kind, place.name, None if parent.kind == plan.root.id else parent.name, location, facts)

    def text(self, plan: Plan) -> str:
        """Write the figures in a few words, as a sheet would have them."""
        parts = []
        for (place, name, year), value in self.cells.items():
            measure = plan.measures[place.kind, name]
            times = f"{1 + len(self.copies[place])} x " if self.copies.get(place) else ""
            whose = "" if self.parents[place] is None else f"{times}{place.name}."
            parts.append(f"{whose}{name}@{year} = {_written(measure, value)}")
        return "; ".join(parts)


def renamed(name: str, before: str, after: str) -> str:
    """Return the name of what lies in a copy: it starts with the name of what contains it."""
    return after + name.removeprefix(before) if before and name.startswith(f"{before}.") else name


def _written(measure: Measure, value: Fraction) -> str:
    if measure.steps:
        return measure.steps[int(value)].id
    return quantity_text(value, measure.unit)


@dataclass(frozen=True)
class Setting:
    """A plan in one year: what forms mean in a world."""

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
        if not any((owner, variable.kind) in world.peopled for owner in world.above(subject)):
            return None
        terms: list[Fraction] = []
        for place in world.below(subject, variable.kind):
            counts = True if variable.where is None else self.holds(variable.where, place, world)
            if counts is None:
                return None
            if counts:
                term = self.polynomial(variable.of, place, world)
                if term is None:
                    return None
                terms += [term] * world.many(place, subject)
        if isinstance(variable, Sum):
            return sum(terms, Fraction(0))
        if not terms:
            return Fraction(0)  # it has no value, as its base says
        return {"max": max(terms), "min": min(terms), "median": median(terms)}[variable.rank]

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

    def ratio(self, form: Ratio, subject: Place, world: World) -> Fraction | None:
        """Return the value of a ratio, None if a figure is missing or there is nothing to measure."""
        top, bottom = self.polynomial(form.top, subject, world), self.polynomial(form.bottom, subject, world)
        based = all(self.polynomial(base, subject, world) for base in form.bases)
        return top / bottom if top is not None and bottom and based else None

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

    def verdict(
        self, commitment: Commitment, bounds: tuple[Bound, ...], subject: Place | None, world: World
    ) -> Verdict | None:
        """Return what is true of a commitment that is to be judged; None if the figures do not say.

        `subject` is None where there is nobody of its kind.
        """
        if subject is None:
            return "not_applicable"
        applies = True if commitment.where is None else self.holds(commitment.where, subject, world)
        if not applies:
            return None if applies is None else "not_applicable"
        if commitment.due and commitment.due.after is not None:
            happened = self.holds(commitment.due.after, subject, world)
            if not happened:
                return None if happened is None else "not_due"
        if commitment.holds is not None:
            holds = self.holds(commitment.holds, subject, world)
            return None if holds is None else "met" if holds else "shortfall"
        assert commitment.value is not None
        forms = (commitment.value.form, *(bound.target.form for bound in bounds))
        bases = [self.polynomial(base, subject, world) for form in forms for base in form.bases]
        if 0 in bases or None in bases:  # nothing to measure, or nothing to compare with
            return "not_applicable" if 0 in bases else None
        actual = self.ratio(commitment.value.form, subject, world)
        if actual is None:
            return None
        for bound in bounds:
            target = self.ratio(bound.target.form, subject, world)
            if target is None:
                return None
            if not meets(actual, bound.operator, target):
                return "shortfall"
        return "met"

    def open_cells(self, test: Test, subject: Place, world: World) -> list[Cell]:
        """List the figures a test looks at that are not set yet, those of subjects below included."""
        found: dict[Cell, None] = {}
        for form in (test.margin, *test.bases):
            for cell in self._cells_of(form, subject, world):
                if cell not in world.cells:
                    found[cell] = None
        return list(found)

    def _cells_of(self, form: Polynomial, subject: Place, world: World) -> Iterator[Cell]:
        for variable in form.variables:
            if isinstance(variable, Leaf):
                yield from self.cells(variable, subject, world)
                continue
            for place in world.below(subject, variable.kind):
                if not variable.where or self.holds(variable.where, place, world):
                    yield from self._cells_of(variable.of, place, world)
                for tested in polynomials(variable.where):
                    yield from self._cells_of(tested, place, world)
