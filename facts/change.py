"""Changes facts: scenarios, `seek` and `budget` apply changes before the engine judges again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from dabiao.base.problems import Location
from dabiao.facts.model import Fact, Facts, Part, Sheet, register_size
from dabiao.facts.rows import Row, rows_by_kind


@dataclass(frozen=True, slots=True)
class Change:
    """One figure of one subject and year set to a value in base units; None makes it unknown.

    `location` is the place that asks for the change.
    """

    root: str
    kind: str
    subject: str
    year: int
    measure: str
    value: Fraction | None
    location: Location
    raw: str = ""


@dataclass(frozen=True, slots=True)
class OpenedSubject:
    """A subject to add, with its figures in base units. A register of its kind that is a number grows by one."""

    root: str
    kind: str
    subject: str
    year: int
    parent: str | None
    values: Mapping[str, Fraction]
    location: Location


@dataclass(frozen=True, slots=True)
class ClosedSubject:
    """A subject to remove. A register of its kind that is a number shrinks by one."""

    root: str
    kind: str
    subject: str
    year: int


@dataclass(frozen=True)
class Changes:
    """Figures to set, subjects to open and subjects to close, applied in this order."""

    changes: Sequence[Change] = ()
    opened: Sequence[OpenedSubject] = ()
    closed: Sequence[ClosedSubject] = ()


def apply_changes(facts: Facts, changes: Changes) -> Facts:
    """Return the facts with all changes applied; of two changes of one figure the later one counts.

    Raises `KeyError` with (kind, subject, year) for a subject that no sheet lists; callers check that first.
    """
    groups: dict[tuple[str, int], dict[tuple[str, str], dict[str, Fact]]] = {}
    for change in changes.changes:
        fact = Fact(change.value, change.location, change.raw, None if change.value is not None else "not_collected")
        own = groups.setdefault((change.root, change.year), {})
        own.setdefault((change.kind, change.subject), {})[change.measure] = fact
    sheets = list(facts.sheets)
    for place, wanted in groups.items():
        _set_facts(sheets, place, dict(wanted))
    for new in changes.opened:
        _open_subject(facts, sheets, new)
    for old in changes.closed:
        _close_subject(facts, sheets, old)
    return replace(facts, sheets=tuple(sheets))


def _find_sheets(sheets: list[Sheet], root: str, year: int) -> list[int]:
    return [number for number, sheet in enumerate(sheets) if (sheet.subject, sheet.year) == (root, year)]


def _set_facts(sheets: list[Sheet], place: tuple[str, int], wanted: dict[tuple[str, str], dict[str, Fact]]) -> None:
    """Set figures in the sheets of one root and year: in the sheet that has the figure, else in the first with the subject."""
    left = {(kind, name, measure): fact for (kind, name), new in wanted.items() for measure, fact in new.items()}
    for only_known in (True, False):
        for number in _find_sheets(sheets, *place):
            parts = tuple(_set_in_part(part, left, only_known) for part in sheets[number].parts)
            sheets[number] = replace(sheets[number], parts=parts)
    if left:
        ((kind, subject, _), *_) = left
        raise KeyError((kind, subject, place[1]))


def _set_in_part(part: Part, left: dict[tuple[str, str, str], Fact], only_known: bool) -> Part:
    """Set those figures in `left` whose subject is in a part, and remove them from `left`.

    With `only_known`, set only figures that the part already has.
    """
    new = {}
    for kind, name, measure in [place for place in left if place[0] == part.kind]:
        at = part.position(name)
        if at is not None and (not only_known or part.fact(at, measure) is not None):
            new[at, measure] = left.pop((kind, name, measure))
    return part.replaced(new) if new else part


def _open_subject(facts: Facts, sheets: list[Sheet], new: OpenedSubject) -> None:
    own = _find_sheets(sheets, new.root, new.year)
    if not own:
        raise KeyError((new.kind, new.root, new.year))
    own_facts = {name: Fact(value, new.location, "") for name, value in new.values.items()}
    row = Row(new.kind, new.subject, new.parent, new.location, own_facts)
    sheets[own[0]] = replace(sheets[own[0]], parts=(*sheets[own[0]].parts, *rows_by_kind([row])))
    _resize_register(facts, sheets, own, new.kind, 1)


def _close_subject(facts: Facts, sheets: list[Sheet], old: ClosedSubject) -> None:
    """Remove a subject and all subjects in it."""
    plan = facts.plan
    own = _find_sheets(sheets, old.root, old.year)
    gone: dict[str, set[str]] = {old.kind: {old.subject}}
    for kind in plan.kinds.values():
        if kind.parent in gone and kind.id != old.kind:
            gone[kind.id] = {name for n in own for name in _names_inside(sheets[n], kind.id, gone[kind.parent])}
    if not any(part.among(gone[old.kind]) for n in own for part in sheets[n].of(old.kind)):
        raise KeyError((old.kind, old.subject, old.year))
    for number in own:
        parts = tuple(p.without(gone[p.kind]) if p.kind in gone else p for p in sheets[number].parts)
        sheets[number] = replace(sheets[number], parts=parts)
    for kind_id, names in gone.items():
        _resize_register(facts, sheets, own, kind_id, -len(names))


def _names_inside(sheet: Sheet, kind: str, parents: set[str]) -> list[str]:
    return [name for part in sheet.of(kind) for name in _names_at(part, part.inside(parents))]


def _names_at(part: Part, positions: Sequence[int]) -> list[str]:
    names = part.names()
    return [names[at] for at in positions]


def _resize_register(facts: Facts, sheets: list[Sheet], own: list[int], kind: str, by: int) -> None:
    """Change the size of a register that is a number, whether a sheet or the plan gives it."""
    size = register_size(kind, facts.plan, [sheets[number] for number in own])
    if size is None:
        return
    for number in own:
        if sheets[number].registers.get(kind, size) is not None:
            sheets[number] = replace(sheets[number], registers={**sheets[number].registers, kind: max(size + by, 0)})
