"""The lowest and the highest value that a written expression can have: the natural bounds of a direction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from dabiao.rules import expressions as x
from dabiao.rules.model import Measure
from dabiao.trials.values import Reader

Most = Mapping[str, int]
"""How many subjects of each kind there can be; none for a kind of which that is not known."""


class Ends(NamedTuple):
    """The lowest and the highest value; None where there is no such value."""

    low: Fraction | None = None
    high: Fraction | None = None

    @property
    def never_negative(self) -> bool:
        """Whether no value is below zero."""
        return self.low is not None and self.low >= 0


def find_ends(tree: x.Tree, kind: str, most: Most, reader: Reader) -> Ends:
    """Return the ends of an expression about a subject of a kind. `most` has how many of each kind there can be."""

    def ends(part: x.Tree) -> Ends:
        return find_ends(part, kind, most, reader)

    match tree:
        case x.Number(quantity):
            number = quantity.number * quantity.scale * (quantity.unit.factor if quantity.unit else 1)
            return Ends(number, number)
        case x.Name():
            measure = reader.get_measure(tree, kind)
            return ends_of(measure, most, reader)
        case x.Lookup(function, name):
            return _find_ends_of_lookup(function, reader.get_measure(name, kind))
        case x.Aggregate():
            return _find_ends_of_aggregate(tree, most, reader)
        case x.Arithmetic("+", left, right):
            return _add(ends(left), ends(right))
        case x.Arithmetic("-", left, right):
            return _add(ends(left), _multiply(ends(right), Ends(Fraction(-1), Fraction(-1))))
        case x.Arithmetic("*", left, right):
            return _multiply(ends(left), ends(right))
        case x.Arithmetic("/", left, right):
            return _divide(left, right, ends(left), ends(right))
    return Ends()


def list_kinds(tree: x.Tree, kind: str, reader: Reader) -> set[str]:
    """Return the kinds of subject whose figures an expression about a subject of a kind looks at."""
    match tree:
        case x.Name():
            measure = reader.get_measure(tree, kind)
            written = measure.formula.written if measure.formula else None
            return list_kinds(reader.tree(written), measure.kind, reader) if written else {measure.kind}
        case x.Lookup(_, name):
            return {reader.get_measure(name, kind).kind}
        case x.Aggregate():
            return {tree.kind.name}
        case x.Arithmetic(_, left, right):
            return list_kinds(left, kind, reader) | list_kinds(right, kind, reader)
    return set()


def looks_back(tree: x.Tree | None, kind: str, reader: Reader) -> bool:
    """Whether an expression about a subject of a kind looks at figures of the year before."""
    match tree:
        case x.Name() if not tree.quoted and (measure := reader.find_measure(tree.name, kind)):
            written = measure.formula.written if measure.formula else None
            return written is not None and looks_back(reader.tree(written), measure.kind, reader)
        case x.Lookup(function):
            return function == "last"
        case x.Aggregate():
            return any(looks_back(part, tree.kind.name, reader) for part in (tree.argument, tree.where))
        case x.Arithmetic(_, left, right) | x.Comparison(_, left, right):
            return looks_back(left, kind, reader) or looks_back(right, kind, reader)
        case x.Logic(_, operands):
            return any(looks_back(operand, kind, reader) for operand in operands)
    return False


def ends_of(measure: Measure, most: Most, reader: Reader) -> Ends:
    """Return the ends of a measure: of what is reported, or of its formula."""
    if measure.formula is not None and measure.formula.written is not None:
        return find_ends(reader.tree(measure.formula.written), measure.kind, most, reader)
    return Ends(measure.low, measure.high)


def _find_ends_of_lookup(function: str, measure: Measure) -> Ends:
    now = Ends(measure.low, measure.high)
    before = now if measure.baseline is None else Ends(measure.baseline, measure.baseline)
    match function:
        case "last":
            return now
        case "baseline":
            return before
        case "change":
            return _add(now, _multiply(before, Ends(Fraction(-1), Fraction(-1))))
    return Ends(Fraction(0) if now.never_negative else None)  # a total of years


def _find_ends_of_aggregate(tree: x.Aggregate, most: Most, reader: Reader) -> Ends:
    if tree.function == "share":
        return Ends(Fraction(0), Fraction(1))
    if tree.argument is None:
        count = most.get(tree.kind.name)
        return Ends(Fraction(0), None if count is None else Fraction(count))
    each = find_ends(tree.argument, tree.kind.name, most, reader)
    if tree.function == "sum":
        return Ends(Fraction(0) if each.never_negative else None)
    return each


def _add(one: Ends, other: Ends) -> Ends:
    low = None if one.low is None or other.low is None else one.low + other.low
    return Ends(low, None if one.high is None or other.high is None else one.high + other.high)


def _multiply(one: Ends, other: Ends) -> Ends:
    if other.low is not None and other.low == other.high:
        factor = other.low
        ends = [None if end is None else end * factor for end in one]
        return Ends(*(ends if factor > 0 else reversed(ends)))
    if one.low is not None and one.low == one.high:
        return _multiply(other, one)
    if not (one.never_negative and other.never_negative):
        return Ends()
    assert one.low is not None
    assert other.low is not None
    return Ends(one.low * other.low, None if one.high is None or other.high is None else one.high * other.high)


def _divide(top: x.Tree, bottom: x.Tree, one: Ends, other: Ends) -> Ends:
    if other.low and other.low == other.high:
        return _multiply(one, Ends(1 / other.low, 1 / other.low))
    if not (one.never_negative and other.never_negative):
        return Ends()
    within = _text(top) in [_text(part) for part in _list_summands(bottom)]
    return Ends(Fraction(0), Fraction(1) if within else None)


def _list_summands(tree: x.Tree) -> Iterator[x.Tree]:
    """Iterate over what is added up; what is taken away is no part of it."""
    if isinstance(tree, x.Arithmetic) and tree.operator == "+":
        yield from _list_summands(tree.left)
        yield from _list_summands(tree.right)
    else:
        yield tree


def _text(tree: x.Tree) -> str:
    """Return what tells two expressions apart, wherever they stand."""
    match tree:
        case x.Name(name):
            return name
        case x.Number():
            return tree.text
        case x.Arithmetic(operator, left, right):
            return f"({_text(left)} {operator} {_text(right)})"
    return repr(tree)
