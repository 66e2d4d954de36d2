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


class Subject(NamedTuple):
    """A subject: its kind and its name."""

    kind: str
    name: str


class FigureKey(NamedTuple):
    """The key of a figure: subject, measure and year."""

    subject: Subject
    measure: str
    year: int


@dataclass(frozen=True)
class World:
    """Subjects with their parents (None for the root), and figures in base units.

    `copies` names further subjects exactly like one, with everything below it: eighty equal ones are evaluated once.
    `peopled` has pairs of a subject and a kind of which all subjects below it are listed; `unlisted` names the kinds whose
    number of subjects the sheet does not give.
    """

    parents: Mapping[Subject, Subject | None]
    figures: Mapping[FigureKey, Fraction] = field(default_factory=dict)
    copies: Mapping[Subject, tuple[str, ...]] = field(default_factory=dict)
    peopled: frozenset[tuple[Subject, str]] = frozenset()
    unlisted: frozenset[str] = frozenset()

    def with_figures(self, figures: Mapping[FigureKey, Fraction]) -> World:
        """Return the world with some figures set."""
        return replace(self, figures={**self.figures, **figures})

    def without(self, figure: FigureKey) -> World:
        """Return the world with one figure not reported."""
        return replace(self, figures={c: v for c, v in self.figures.items() if c != figure})

    def join(self, other: World) -> World:
        """Return the world with what another holds besides: its subjects, and its figures where this one has none."""
        return World(
            {**other.parents, **self.parents}, {**other.figures, **self.figures}, {**other.copies, **self.copies},
            self.peopled | other.peopled, self.unlisted | other.unlisted,
        )  # fmt: skip

    def in_year(self, before: int, after: int) -> World:
        """Return the world with the figures of year `before` moved to year `after`; existing figures of `after` stay."""
        moved = {c._replace(year=after) if c.year == before else c: v for c, v in self.figures.items()}
        return replace(self, figures={**moved, **{c: v for c, v in self.figures.items() if c.year == after}})

    def with_subjects(
        self, parents: Mapping[Subject, Subject | None], copies: Mapping[Subject, tuple[str, ...]] | None = None
    ) -> World:
        """Return the world with more subjects."""
        return replace(self, parents={**self.parents, **parents}, copies={**self.copies, **(copies or {})})

    def settle(self, owner: Subject, kind: str) -> World:
        """Return the world in which all subjects of a kind below `owner` are listed."""
        return replace(self, peopled=self.peopled | {(owner, kind)})

    def above(self, place: Subject) -> Iterator[Subject]:
        """Iterate over a subject and its parents, up to the root."""
        here: Subject | None = place
        while here is not None:
            yield here
            here = self.parents[here]

    def below(self, owner: Subject, kind: str) -> list[Subject]:
        """List the subjects of a kind within a subject."""
        return [p for p in self.parents if p.kind == kind and owner in self.above(p)]

    def count(self, place: Subject, owner: Subject) -> int:
        """Return how many subjects below `owner` a subject represents, with its copies and those of its parents."""
        return prod(1 + len(self.copies.get(p, ())) for p in takewhile(lambda p: p != owner, self.above(place)))

    def expand(self) -> World:
        """Return the same world with every copy written out."""
        if not self.copies:
            return self
        parents: dict[Subject, Subject | None] = {}
        figures: dict[FigureKey, Fraction] = {}

        def put(place: Subject, name: str, within: Subject | None) -> None:
            here = Subject(place.kind, name)
            parents[here] = within
            figures.update(
                {FigureKey(here, c.measure, c.year): v for c, v in self.figures.items() if c.subject == place}
            )
            for child in (p for p, parent in self.parents.items() if parent == place):
                for each in (child.name, *self.copies.get(child, ())):
                    put(child, rename(each, place.name, name), here)

        root = next(place for place, parent in self.parents.items() if parent is None)
        put(root, root.name, None)
        return replace(self, parents=parents, figures=figures, copies={})

    def sheets(self, root: str, plan: Plan, year: int) -> list[Sheet]:
        """Return the sheets that report this world for a root subject, one a year; `year` is always among them."""
        if self.copies:
            return self.expand().sheets(root, plan, year)
        years = {year, *(figure.year for figure in self.figures)}
        location = Location(root)
        registers = {kind: None for kind in plan.kinds if kind not in self.unlisted}
        sheets = []
        for each in sorted(years):
            facts: dict[Subject, dict[str, Fact]] = {place: {} for place in self.parents}
            for figure, value in self.figures.items():
                if figure.year == each:
                    facts[figure.subject][figure.measure] = Fact(value, location, "")
            rows = [self._make_row(place, root, plan, facts[place], location) for place in self.parents]
            sheets.append(Sheet(root, root, each, location, rows_by_kind(rows), registers=registers, synthetic=True))
        return sheets

    def _make_row(self, place: Subject, root: str, plan: Plan, facts: Mapping[str, Fact], location: Location) -> Row:
        parent = self.parents[place]
        if parent is None:
            return Row(place.kind, root, None, location, facts)
        return Row(place.kind, place.name, None if parent.kind == plan.root.id else parent.name, location, facts)

    def text(self, plan: Plan) -> str:
        """Write the figures as a short text, in the units of a sheet."""
        parts = []
        for (place, name, year), value in self.figures.items():
            measure = plan.measures[place.kind, name]
            times = f"{1 + len(self.copies[place])} x " if self.copies.get(place) else ""
            whose = "" if self.parents[place] is None else f"{times}{place.name}."
            parts.append(f"{whose}{name}@{year} = {_format_value(measure, value)}")
        return "; ".join(parts)


def rename(name: str, before: str, after: str) -> str:
    """Return the name of a subject in a copy: replace the name of the parent at its beginning."""
    return after + name.removeprefix(before) if before and name.startswith(f"{before}.") else name


def _format_value(measure: Measure, value: Fraction) -> str:
    if measure.steps:
        return measure.steps[int(value)].id
    return quantity_text(value, measure.unit)
