"""Small made-up worlds: subjects with exact figures, and the sheets that report them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import takewhile
from math import prod
from typing import NamedTuple

from dabiao.base.problems import Location
from dabiao.base.quantities import quantity_text
from dabiao.facts.model import Fact, Sheet
from dabiao.facts.rows import Row, rows_by_kind
from dabiao.rules.model import Measure, Plan


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

    def in_year(self, before: int, after: int) -> World:
        """Return the world with the figures of one year reported for another; figures of that other year stay."""
        moved = {c._replace(year=after) if c.year == before else c: v for c, v in self.cells.items()}
        return replace(self, cells={**moved, **{c: v for c, v in self.cells.items() if c.year == after}})

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
            sheets.append(Sheet(root, root, each, location, rows_by_kind(rows), registers=registers, synthetic=True))
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
