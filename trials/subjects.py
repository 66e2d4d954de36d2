"""Adds subjects to made-up worlds: one with its parents, further subjects below it, copies of a sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dabiao.rules.model import Plan
from dabiao.trials.worlds import FigureKey, Subject, World, rename


class Population:
    """Adds subjects of a plan's kinds to worlds, as many as its registers allow."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def make_world(self, kind: str) -> tuple[World, Subject]:
        """Return a world with one subject of a kind, and that subject."""
        root = Subject(self._plan.root.id, "")
        world = World({root: None})
        place = root
        for each in (*self._plan.kinds[kind].path, kind)[1:]:
            child = Subject(each, self._make_name(each, 0))
            world, place = world.with_subjects({child: place}).settle(root, each), child
        return world, place

    def find_register_size(self, kind: str, owner: Subject) -> int | None:
        """Return the number of subjects of a kind in the plan's register, None if the plan does not give it."""
        register = self._plan.kinds[kind].register
        return register.count if register and owner.kind == self._plan.root.id else None

    def fit(self, people: list[tuple[World, int]], kind: str, world: World, subject: Subject) -> Iterator[World]:
        """Add subjects if the plan's register has room for them; fill it up with the last sort."""
        size = self.find_register_size(kind, subject)
        if size is not None:
            rest = size - sum(times for _, times in people)
            if rest < 0 or (rest and not people):
                return
            people = [*people[:-1], (people[-1][0], people[-1][1] + rest)] if people else []
        yield self.add_copies(people, kind, world, subject)

    def next_child(
        self, kind: str, number: int, world: World, owner: Subject
    ) -> tuple[Subject, dict[Subject, Subject | None]]:
        """Return a subject of a kind below another by its number, with the parents of all subjects between them."""
        parents: dict[Subject, Subject | None] = {}
        within = owner
        prefix = f"{owner.name}." if owner.name else ""
        path = self._plan.kinds[kind].path
        for between in path[path.index(owner.kind) + 1 :]:
            known = world.below(owner, between)
            place = known[0] if known else Subject(between, prefix + self._make_name(between, 0))
            parents[place], within = within, place
        child = Subject(kind, prefix + self._make_name(kind, number))
        parents[child] = within
        return child, parents

    def add_copies(self, people: Sequence[tuple[World, int]], kind: str, world: World, owner: Subject) -> World:
        """Add `times` subjects like each sample, with everything below them; all after the second are stored as copies."""
        sample, _ = self.next_child(kind, 0, world, owner)
        grown, number = world, 0
        for source, times in people:
            if not times:
                continue
            grown = self._move_to(grown, source, sample, self.next_child(kind, number, world, owner))
            if times > 1:
                first = self.next_child(kind, number + 1, world, owner)
                names = [self.next_child(kind, number + n, world, owner)[0].name for n in range(2, times)]
                grown = self._move_to(grown, source, sample, first)
                grown = grown.with_subjects({}, {first[0]: tuple(names)} if names else {})
            number += times
        return grown.settle(owner, kind)

    def _move_to(
        self, world: World, source: World, sample: Subject, target: tuple[Subject, dict[Subject, Subject | None]]
    ) -> World:
        """Add the subject `sample` of a source world, with everything below it, to a world as `target`."""
        copy, parents = target

        def move(place: Subject) -> Subject:
            if place == sample:
                return copy
            return Subject(place.kind, rename(place.name, sample.name, copy.name)) if place in inside else place

        inside = {place for place in source.parents if sample in source.above(place) and place != sample}
        for place in inside:
            within = source.parents[place]
            parents[move(place)] = move(within) if within else None
        copies = {move(place): names for place, names in source.copies.items() if place in inside}
        if copies and copy != sample:
            copies = {p: tuple(rename(n, sample.name, copy.name) for n in names) for p, names in copies.items()}
        figures = {FigureKey(move(c.subject), c.measure, c.year): value for c, value in source.figures.items()}
        peopled = {(move(place), below) for place, below in source.peopled}
        grown = world.with_subjects(parents, copies).with_figures(figures)
        return replace(grown, peopled=grown.peopled | peopled)

    def _make_name(self, kind: str, number: int) -> str:
        """Name a subject: as the register does, or by kind and number."""
        register = self._plan.kinds[kind].register
        if register and number < len(register.names):
            return register.names[number]
        return f"{kind}-{number + 1}"
