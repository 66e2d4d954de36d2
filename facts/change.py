"""Facts with some of them changed: what scenarios, seeking and budgets apply before the ordinary engine judges again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

import polars as pl
from dabiao.base.problems import Location
from dabiao.facts.model import Block, Fact, Facts, Row, Sheet, shortest
from dabiao.facts.read import register_size

_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class Change:
    """One figure of one subject and year set to a value in base units; None makes it unknown. `where` is who says so."""

    root: str
    kind: str
    subject: str
    year: int
    measure: str
    value: Fraction | None
    location: Location
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A subject that is added, with its figures. It adds one to the register of its kind where that is a number."""

    root: str
    kind: str
    subject: str
    year: int
    parent: str | None
    values: Mapping[str, Fraction]
    location: Location


@dataclass(frozen=True, slots=True)
class Closed:
    """A subject that is taken away. It takes one from the register of its kind where that is a number."""

    root: str
    kind: str
    subject: str
    year: int


@dataclass(frozen=True)
class Changes:
    """Everything that is changed, opened and closed, in this order."""

    changes: Sequence[Change] = ()
    opened: Sequence[Opened] = ()
    closed: Sequence[Closed] = ()


def changed(facts: Facts, changes: Changes) -> Facts:
    """Return the facts with all changes applied; later changes of one figure win.

    Raises `KeyError` with (kind, subject, year) for a subject that no sheet lists, which the caller checks before.
    """
    groups: dict[tuple[str, int], dict[tuple[str, str], dict[str, Fact]]] = {}
    for change in changes.changes:
        fact = Fact(change.value, change.location, change.raw, None if change.value is not None else "not_collected")
        own = groups.setdefault((change.root, change.year), {})
        own.setdefault((change.kind, change.subject), {})[change.measure] = fact
    sheets = list(facts.sheets)
    for place, wanted in groups.items():
        _set(sheets, place, dict(wanted))
    for new in changes.opened:
        _open(facts, sheets, new)
    for old in changes.closed:
        _close(facts, sheets, old)
    return replace(facts, sheets=tuple(sheets))


def _own(sheets: list[Sheet], root: str, year: int) -> list[int]:
    return [number for number, sheet in enumerate(sheets) if (sheet.subject, sheet.year) == (root, year)]


def _set(sheets: list[Sheet], place: tuple[str, int], wanted: dict[tuple[str, str], dict[str, Fact]]) -> None:
    """Set figures in the sheets of one root and year: in the sheet that has the figure, else in the first with the subject."""
    left = {(subject, name): fact for subject, new in wanted.items() for name, fact in new.items()}
    for only_known in (True, False):
        for number in _own(sheets, *place):
            sheet = sheets[number]
            rows = [_row_with(row, left, only_known) for row in sheet.rows]
            blocks = [_block_with(block, left, only_known) for block in sheet.blocks]
            sheets[number] = replace(sheet, rows=rows, blocks=tuple(blocks))
    if left:
        ((kind, subject), _), *_ = left
        raise KeyError((kind, subject, place[1]))


def _row_with(row: Row, left: dict[tuple[tuple[str, str], str], Fact], only_known: bool) -> Row:
    new = {
        name: left.pop((subject, name))
        for subject, name in list(left)
        if subject == (row.kind, row.name) and (not only_known or name in row.facts)
    }
    return replace(row, facts={**row.facts, **new}) if new else row


def _block_with(block: Block, left: dict[tuple[tuple[str, str], str], Fact], only_known: bool) -> Block:
    here = [(subject, name) for subject, name in left if subject[0] == block.kind]
    if not here:
        return block
    rows = {name: position for position, name in enumerate(block.names)}
    values, exact, overlaid = dict(block.values), dict(block.exact), dict(block.changed)
    for subject, name in here:
        position = rows.get(subject[1])
        if position is None or (only_known and block.fact(name, position) is None):
            continue
        fact = left.pop((subject, name))
        column = values.get(name, pl.Series(name, [None], dtype=pl.Float64).new_from_index(0, block.names.len()))
        values[name] = column.clone().scatter(position, None if fact.value is None else float(fact.value))
        exact.pop((name, position), None)
        if fact.value is not None and shortest(float(fact.value)) != fact.value:
            exact[name, position] = fact.value
        overlaid[name, position] = fact
    return replace(block, values=values, exact=exact, changed=overlaid)


def _open(facts: Facts, sheets: list[Sheet], new: Opened) -> None:
    own = _own(sheets, new.root, new.year)
    if not own:
        raise KeyError((new.kind, new.root, new.year))
    own_facts = {name: Fact(value, new.location, "") for name, value in new.values.items()}
    row = Row(new.kind, new.subject, new.parent, new.location, own_facts)
    sheets[own[0]] = replace(sheets[own[0]], rows=[*sheets[own[0]].rows, row])
    _resize(facts, sheets, own, new.kind, 1)


def _close(facts: Facts, sheets: list[Sheet], old: Closed) -> None:
    """Take away a subject and everything that lies in it."""
    plan = facts.plan
    own = _own(sheets, old.root, old.year)
    gone: dict[str, set[str]] = {old.kind: {old.subject}}
    for kind in plan.kinds.values():
        if kind.parent in gone and kind.id != old.kind:
            gone[kind.id] = {name for n in own for name in _inside(sheets[n], kind.id, gone[kind.parent])}
    listed = {kind: sum(_listed(sheets[n], kind, names) for n in own) for kind, names in gone.items()}
    if not listed[old.kind]:
        raise KeyError((old.kind, old.subject, old.year))
    for number in own:
        sheet = sheets[number]
        rows = [row for row in sheet.rows if row.name not in gone.get(row.kind, ())]
        blocks = tuple(_without(block, gone[block.kind]) if block.kind in gone else block for block in sheet.blocks)
        sheets[number] = replace(sheet, rows=rows, blocks=blocks)
    for kind_id, names in gone.items():
        _resize(facts, sheets, own, kind_id, -len(names))


def _inside(sheet: Sheet, kind: str, parents: set[str]) -> list[str]:
    names = [row.name for row in sheet.rows if row.kind == kind and row.parent in parents]
    for block in sheet.blocks:
        if block.kind == kind and block.parents is not None:
            names += block.names.filter(block.parents.is_in(list(parents))).to_list()
    return names


def _listed(sheet: Sheet, kind: str, names: set[str]) -> int:
    tables = sum(int(block.names.is_in(list(names)).sum()) for block in sheet.blocks if block.kind == kind)
    return tables + sum(row.kind == kind and row.name in names for row in sheet.rows)


def _without(block: Block, names: set[str]) -> Block:
    keep = (~block.names.is_in(list(names))).arg_true().to_list()
    place = {old: new for new, old in enumerate(keep)}
    return replace(
        block,
        names=block.names.gather(keep),
        parents=None if block.parents is None else block.parents.gather(keep),
        values={measure: column.gather(keep) for measure, column in block.values.items()},
        exact=_moved(block.exact, place), absent=_moved(block.absent, place), changed=_moved(block.changed, place),
        lines=[block.lines[row] for row in keep],
        remarks={place[row]: remark for row, remark in block.remarks.items() if row in place},
    )  # fmt: skip


def _moved(cells: Mapping[tuple[str, int], _V], place: Mapping[int, int]) -> dict[tuple[str, int], _V]:
    return {(measure, place[row]): value for (measure, row), value in cells.items() if row in place}


def _resize(facts: Facts, sheets: list[Sheet], own: list[int], kind: str, by: int) -> None:
    """Keep a register that is a number in step, also where it is the plan that says it."""
    size = register_size(kind, facts.plan, [sheets[number] for number in own])
    if size is None:
        return
    for number in own:
        if sheets[number].registers.get(kind, size) is not None:
            sheets[number] = replace(sheets[number], registers={**sheets[number].registers, kind: max(size + by, 0)})
