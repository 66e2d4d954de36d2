"""Puts subjects into made-up worlds: one with what contains it, more of a kind below it, copies of a sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dabiao.rules.model import Plan
from dabiao.trials.worlds import Cell, Place, World, renamed


class Subjects:
    """Puts subjects of a plan's kinds into worlds, as many as its registers allow."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def start(self, kind: str) -> tuple[World, Place]:
        """Return a world with one subject of a kind, and that subject."""
        root = Place(self._plan.root.id, "")
        world = World({root: None})
        place = root
        for each in (*self._plan.kinds[kind].path, kind)[1:]:
            child = Place(each, self._name(each, 0))
            world, place = world.with_subjects({child: place}).settled(root, each), child
        return world, place

    def fixed(self, kind: str, owner: Place) -> int | None:
        """Return how many subjects of a kind the plan's register has, None if it leaves that to the sheets."""
        register = self._plan.kinds[kind].register
        return register.count if register and owner.kind == self._plan.root.id else None

    def fitted(self, people: list[tuple[World, int]], kind: str, world: World, subject: Place) -> Iterator[World]:
        """Put in subjects if the plan's register allows so many; the last sort makes up the number."""
        size = self.fixed(kind, subject)
        if size is not None:
            rest = size - sum(times for _, times in people)
            if rest < 0 or (rest and not people):
                return
            people = [*people[:-1], (people[-1][0], people[-1][1] + rest)] if people else []
        yield self.with_people(people, kind, world, subject)

    def child(self, kind: str, number: int, world: World, owner: Place) -> tuple[Place, dict[Place, Place | None]]:
        """Return the next subject of a kind below another, with whatever must lie between them."""
        parents: dict[Place, Place | None] = {}
        within = owner
        prefix = f"{owner.name}." if owner.name else ""
        path = self._plan.kinds[kind].path
        for between in path[path.index(owner.kind) + 1 :]:
            known = world.below(owner, between)
            place = known[0] if known else Place(between, prefix + self._name(between, 0))
            parents[place], within = within, place
        child = Place(kind, prefix + self._name(kind, number))
        parents[child] = within
        return child, parents

    def with_people(self, people: Sequence[tuple[World, int]], kind: str, world: World, owner: Place) -> World:
        """Put so many subjects like each sample, with everything below it, into a world: one by itself, the rest as copies."""
        sample, _ = self.child(kind, 0, world, owner)
        grown, number = world, 0
        for source, times in people:
            if not times:
                continue
            grown = self._moved(grown, source, sample, self.child(kind, number, world, owner))
            if times > 1:
                first = self.child(kind, number + 1, world, owner)
                names = [self.child(kind, number + n, world, owner)[0].name for n in range(2, times)]
                grown = self._moved(grown, source, sample, first)
                grown = grown.with_subjects({}, {first[0]: tuple(names)} if names else {})
            number += times
        return grown.settled(owner, kind)

    def _moved(
        self, world: World, source: World, sample: Place, target: tuple[Place, dict[Place, Place | None]]
    ) -> World:
        """Put what a source world has under its sample subject under another one here."""
        copy, parents = target

        def moved(place: Place) -> Place:
            if place == sample:
                return copy
            return Place(place.kind, renamed(place.name, sample.name, copy.name)) if place in inside else place

        inside = {place for place in source.parents if sample in source.above(place) and place != sample}
        for place in inside:
            within = source.parents[place]
            parents[moved(place)] = moved(within) if within else None
        copies = {moved(place): names for place, names in source.copies.items() if place in inside}
        if copies and copy != sample:
            copies = {p: tuple(renamed(n, sample.name, copy.name) for n in names) for p, names in copies.items()}
        cells = {Cell(moved(c.place), c.measure, c.year): value for c, value in source.cells.items()}
        peopled = {(moved(place), below) for place, below in source.peopled}
        grown = world.with_subjects(parents, copies).with_cells(cells)
        return replace(grown, peopled=grown.peopled | peopled)

    def _name(self, kind: str, number: int) -> str:
        """Name a subject: as the register does, or by kind and number."""
        register = self._plan.kinds[kind].register
        if register and number < len(register.names):
            return register.names[number]
        return f"{kind}-{number + 1}"
