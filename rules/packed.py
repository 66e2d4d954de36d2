"""Packs a resolved plan as plain values for JSON, and back. Unpacking executes nothing, and makes only what is listed here.

A packed plan is a list of rows. A row is a plain value, or a list: the number of a class, and the places of its fields among
the rows before it; what is equal is one row. Of the nodes that written items were read from only their keys and places are
packed: nothing else is asked of them once a plan is resolved. The text of the plan itself is not packed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import date
from fractions import Fraction
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import Any, NamedTuple, cast

from dabiao.base.nodes import Node
from dabiao.base.problems import Location
from dabiao.base.quantities import Quantity
from dabiao.base.units import Unit
from dabiao.rules import algebra, expressions, model
from dabiao.rules import written as w
from dabiao.rules.model import Plan, PlanText
from dabiao.rules.shape import Source, Text


class _Mark(NamedTuple):
    """The place of a node, counted from 0."""

    line: int
    column: int


CLASSES: tuple[Any, ...] = (
    tuple, dict, Fraction, date, Location, Node, _Mark, Unit, Quantity, Source, Text,
    algebra.Leaf, algebra.Sum, algebra.Ranked, algebra.Polynomial, algebra.Ratio, algebra.Test, algebra.And, algebra.Or,
    expressions.Number, expressions.Name, expressions.Arithmetic, expressions.Comparison, expressions.Logic,
    expressions.Aggregate, expressions.Lookup,
    w.Register, w.Due, w.Document, w.Step, w.Cite, w.Stage, w.OtherReading, w.Reading, w.Change, w.Amendment, w.Waiver,
    w.LeftOut,
    model.Wording, model.Value, model.Kind, model.Measure, model.Bound, model.Stage, model.Due, model.Path, model.Commitment,
    model.DataCheck, model.Trigger, model.Consequence, Plan,
)  # fmt: skip
"""What a plan consists of. A row names its class by its place here."""

_NUMBERS = {cls: number for number, cls in enumerate(CLASSES)}


class NotPackable(Exception):  # noqa: N818 - it is not an error: the plan is read again
    """A plan with something in it that is not listed here."""


class Damaged(Exception):  # noqa: N818
    """Values that are not a packed plan."""


def pack(plan: Plan) -> list[object]:
    """Pack a plan, and those that were resolved from its text with amendments. Raises `NotPackable`."""
    packer = _Packer()
    try:
        places = [packer.place(one) for one in (plan, *plan.text.amended.values())]
    except (KeyError, RecursionError):
        raise NotPackable from None
    return [packer.rows, places]


def unpack(data: Any, text: PlanText) -> Plan:
    """Unpack a plan with the text it was resolved from, which gets the plans with amendments. Raises `Damaged`."""
    try:
        rows, places = data
        made: list[Any] = []
        makers = [_find_maker(cls, text) for cls in CLASSES]
        find, add = made.__getitem__, made.append
        for row in rows:
            if type(row) is list:
                number, *at = row
                add(makers[number](*map(find, at)))
            else:
                add(row)
        plan, *amended = (made[place] for place in places)
        if not all(isinstance(one, Plan) for one in (plan, *amended)):
            raise Damaged
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError):
        raise Damaged from None
    text.amended.update((one.amended, one) for one in amended)
    return plan  # type: ignore[no-any-return]


class _Packer:
    """Lists the rows of a plan."""

    def __init__(self) -> None:
        self.rows: list[object] = []
        self._plain: dict[type, dict[Any, int]] = {cls: {} for cls in (NoneType, str, int, bool)}  # 1 is no truth
        self._known: dict[tuple[int, ...], int] = {}
        self._seen: dict[int, int] = {}
        self._held: list[object] = []  # so that nothing else gets the identity of what was seen

    def place(self, one: object) -> int:
        """Return in which row a thing stands. Raises `KeyError` for what is of no listed class."""
        plains, seen, cls = self._plain, self._seen, cast(Any, type(one))
        if (plain := plains.get(cls)) is not None:
            return self._add(one, one, plain)
        row = [_NUMBERS[cls]]
        for part in _find_taker(cls)(one):
            plain = plains.get(type(part))
            at = seen.get(id(part)) if plain is None else plain.get(part)
            row.append(self.place(part) if at is None else at)  # nearly all are known
        self._held.append(one)
        seen[id(one)] = at = self._add(tuple(row), row, self._known)
        return at

    def _add(self, key: Any, row: object, known: dict[Any, int]) -> int:
        if (at := known.get(key)) is None:
            at = known[key] = len(self.rows)
            self.rows.append(row)
        return at


@cache
def _find_taker(cls: Any) -> Callable[[Any], Iterable[object]]:
    """Return what takes a thing of a class apart."""
    special: dict[Any, Callable[[Any], Iterable[object]]] = {
        dict: lambda one: (part for pair in one.items() for part in pair),
        Fraction: lambda one: (one.numerator, one.denominator),
        date: lambda one: (one.isoformat(),),
    }
    if cls in special:
        return special[cls]
    if cls is Node:
        return lambda one: (one.value, one.file, one.mark)
    if issubclass(cls, tuple):
        return lambda one: one
    names = _list_fields(cls)
    if "node" not in names:
        return attrgetter(*names) if len(names) > 1 else lambda one: (getattr(one, names[0]),)
    return lambda one: [_outline(one.node) if name == "node" else getattr(one, name) for name in names]


def _outline(node: Node | None) -> Node | None:
    """Return a node with the keys of its mapping and their places, and nothing below."""
    if node is None:
        return None
    below = {name: _locate(child) for name, child in (node.mapping or {}).items()}
    return _locate(node)._replace(value=below)


def _locate(node: Node) -> Node:
    return Node(None, node.file, _Mark(node.mark.line, node.mark.column))


def _list_fields(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls) if not (cls is Plan and field.name == "text"))


def _find_maker(cls: Any, text: PlanText) -> Callable[..., Any]:
    """Return what makes a thing of a class from its parts."""
    if cls is tuple:
        return lambda *items: items
    if cls is dict:
        return lambda *items: dict(zip(items[::2], items[1::2], strict=True))
    if cls is date:
        return date.fromisoformat
    if cls in (Fraction, Node) or "__slots__" in vars(cls):
        return cls  # type: ignore[no-any-return]
    names = _list_fields(cls)
    more = {"text": text} if cls is Plan else {}

    def make(*parts: object) -> object:
        one = object.__new__(cls)  # it was in order when it was packed
        vars(one).update(zip(names, parts, strict=True), **more)
        return one

    return make
