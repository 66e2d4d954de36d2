"""Compiles expressions to forms. Names, units and types are checked before any data is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from dabiao.base.problems import Location, Problem, Refused, Term, nearest
from dabiao.base.units import PERCENT, PLAIN, Dimension, Unit, dimension_text
from dabiao.rules import expressions as x
from dabiao.rules.algebra import (
    ONE,
    Condition,
    Leaf,
    Polynomial,
    Ranked,
    Ratio,
    Test,
    Time,
    all_of,
    any_of,
    compare,
    complement,
    make_sum,
    negate,
)
from dabiao.rules.expressions import Tree, parse_expression
from dabiao.rules.model import YES_NO, Kind, Measure, Value
from dabiao.rules.ranks import Rank
from dabiao.rules.shape import Source

MAX_TERMS = 200
MAX_DEGREE = 24
_EACH = Unit("个", Fraction(1), (("thing", 1),))
_POINTS = Unit("百分点", Fraction(1, 100), ())


class Scope:
    """The names that an expression may use: the measures of a kind and of the kinds above it."""

    def __init__(self, kind: str, kinds: Mapping[str, Kind], measures: Mapping[tuple[str, str], Measure]) -> None:
        self.kind = kind
        self._kinds = kinds
        self._measures = measures

    def inside(self, kind: str) -> Scope:
        """Return the scope of another kind."""
        return Scope(kind, self._kinds, self._measures)

    def below(self, name: x.Name) -> Kind:
        """Return the kind a name stands for, which must lie below this scope's kind. Raises `Refused`."""
        known = {k.id: k for k in self._kinds.values() if self.kind in k.path}
        if name.name not in known:
            raise _refused("unknown-kind", name.location, found=name.name, **_hints(name.name, list(known)))
        return known[name.name]

    def measure(self, name: x.Name) -> Measure:
        """Return the measure a name stands for, of this kind or else of the nearest kind above. Raises `Refused`."""
        if measure := self.find(name.name):
            return measure
        if wanted := x.find_argument(name.name):
            raise _refused("needs-argument", name.location, found=name.name, expected=wanted)
        raise _refused("unknown-measure", name.location, found=name.name, **_hints(name.name, self.known()))

    def find(self, name: str) -> Measure | None:
        """Return the measure a name stands for, or None."""
        kind, dot, rest = name.partition(".")
        chain = (self.kind, *reversed(self._kinds[self.kind].path))
        if dot:
            return self._measures.get((kind, rest)) if kind in chain else None
        return next((self._measures[k, name] for k in chain if (k, name) in self._measures), None)

    def known(self) -> list[str]:
        """List the measure names in scope."""
        chain = {self.kind, *self._kinds[self.kind].path}
        return sorted(m for k, m in self._measures if k in chain)


def _refused(code: str, location: Location, **details: object) -> Refused:
    return Refused([Problem(code, location, details)])


def _hints(found: str, known: list[str]) -> dict[str, object]:
    return {"nearest": nearest(found, known), "expected": tuple(known[:12])}


def compile_value(source: Source, scope: Scope, like: Value | None = None) -> Value:
    """Compile a numeric expression. `like` is the value it is compared with, which gives bare numbers a unit and names steps.

    Raises `Refused` for an unknown name, a unit of another dimension, or an expression that is no value.
    """
    tree = parse_expression(source)
    found = _Compiler(scope).value(tree, like)
    if like is not None:
        like, found = _match_sides(like, found, source.location)
    return found


def compile_condition(source: Source, scope: Scope) -> Condition:
    """Compile a condition. Raises `Refused` for an unknown name, sides that cannot be compared, or a value."""
    return _Compiler(scope).condition(parse_expression(source))


def compile_parts(source: Source, scope: Scope) -> tuple[tuple[Tree, Condition], ...]:
    """Compile the parts that a condition joins by `and`, each as it is written with what it means. Raises like the above."""
    compiler = _Compiler(scope)
    return tuple((tree, compiler.condition(tree)) for tree in _split(parse_expression(source)))


def _split(tree: Tree) -> Iterator[Tree]:
    if isinstance(tree, x.Logic) and tree.operator == "and":
        for operand in tree.operands:
            yield from _split(operand)
    else:
        yield tree


class _Compiler:
    def __init__(self, scope: Scope, time: Time = "now") -> None:
        self._scope = scope
        self._time = time

    def condition(self, tree: Tree) -> Condition:
        match tree:
            case x.Logic("not", (operand,)):
                return negate(self.condition(operand))
            case x.Logic("and", operands):
                return all_of([self.condition(o) for o in operands])
            case x.Logic("or", operands):
                return any_of([self.condition(o) for o in operands])
            case x.Comparison():
                return self._comparison(tree)
        value = self.value(tree)
        if value.steps != YES_NO:
            raise _refused("expected-condition", tree.location)
        return Test(value.form.top, ">", value.form.bases)

    def _comparison(self, tree: x.Comparison) -> Condition:
        left_is_step = isinstance(tree.left, x.Name) and not self._scope.find(tree.left.name)
        if left_is_step:
            right = self.value(tree.right)
            left = self.value(tree.left, right)
        else:
            left = self.value(tree.left)
            right = self.value(tree.right, left)
        left, right = _match_sides(left, right, tree.location)
        if not left.ordered and tree.operator not in ("==", "!="):
            raise _refused("no-order", tree.location, found=tree.operator)
        return compare(left.form, tree.operator, right.form)

    def value(self, tree: Tree, like: Value | None = None) -> Value:
        match tree:
            case x.Number():
                if both := next((name for name in tree.joined if self._scope.find(name)), None):
                    raise _refused("unit-or-measure", tree.location, found=both, text=tree.text)
                return _read_literal(tree)
            case x.Name():
                return self._name(tree, like)
            case x.Arithmetic():
                return self._arithmetic(tree)
            case x.Aggregate():
                return self._aggregate(tree)
            case x.Lookup():
                return self._lookup(tree)
        raise _refused("expected-value", tree.location)

    def _name(self, name: x.Name, like: Value | None) -> Value:
        measure = None if name.quoted else self._scope.find(name.name)
        if measure:
            return self.of_measure(measure)
        if like is not None and like.steps:
            for position, step in enumerate(like.steps):
                if name.name in (step.id, *step.title):
                    return Value(Ratio.constant(Fraction(position)), (), PLAIN, like.steps, like.ordered)
            known = [step.id for step in like.steps]
            raise _refused("unknown-step", name.location, found=name.name, **_hints(name.name, known))
        self._scope.measure(name)
        raise _refused("expected-value", name.location)

    def of_measure(self, measure: Measure) -> Value:
        if measure.formula is not None:
            if self._time != "now":
                raise _refused("lookup-needs-reported", measure.location, found=measure.id)
            return measure.formula
        leaf = Leaf(measure.kind, measure.id, self._time, measure.low, measure.high)
        if self._time == "baseline" and measure.baseline is not None:
            form = Ratio.constant(measure.baseline)
        else:
            form = Ratio(Polynomial.variable(leaf))
        return Value(form, measure.dimension, measure.unit, measure.steps, measure.ordered)

    def _arithmetic(self, tree: x.Arithmetic) -> Value:
        chain = [tree]  # a + b - c groups from the left: walked in a loop, so that a long one needs no deep stack
        while isinstance(left := chain[-1].left, x.Arithmetic):
            chain.append(left)
        value = self.value(left)
        for link in reversed(chain):
            value = _check_size(self._combine(link, value, self.value(link.right)), link.location)
        return value

    def _combine(self, tree: x.Arithmetic, left: Value, right: Value) -> Value:
        for side in (left, right):
            if side.steps and side.steps != YES_NO:
                raise _refused("no-arithmetic", tree.location, found=tree.operator)
        if tree.operator in ("+", "-"):
            return _add(left, right, tree)
        if tree.operator == "*":
            return _multiply(left, right)
        if right.form.number == 0:
            raise _refused("division-by-zero", tree.location)
        return _divide(left, right)

    def _lookup(self, tree: x.Lookup) -> Value:
        measure = self._scope.measure(tree.measure)
        if tree.function == "change":
            now, before = self.of_measure(measure), self._at("baseline", measure, tree.location)
            shown = _POINTS if now.unit.is_percentage else now.unit
            return Value(now.form - before.form, now.dimension, shown, points=now.unit.is_percentage)
        if not measure.ordered:
            raise _refused("no-arithmetic", tree.location, found=tree.function)
        return self._at(tree.function, measure, tree.location)  # type: ignore[arg-type]

    def _at(self, time: Time, measure: Measure, location: Location) -> Value:
        if measure.formula is not None:
            raise _refused("lookup-needs-reported", location, found=measure.id)
        return _Compiler(self._scope, time).of_measure(measure)

    def _aggregate(self, tree: x.Aggregate) -> Value:
        kind = self._scope.below(tree.kind).id
        inner = _Compiler(self._scope.inside(kind))
        where = inner.condition(tree.where) if tree.where else None
        count = make_sum(kind, ONE, where, self._scope.kind)
        if tree.argument is None:
            return Value(Ratio(count), _EACH.dimension, _EACH)
        if tree.function == "share":
            passed = inner.condition(tree.argument)
            good = make_sum(kind, ONE, _join(where, passed), self._scope.kind)
            bad = make_sum(kind, ONE, _join(where, complement(passed)), self._scope.kind)
            return Value(Ratio(good, good + bad), (), PERCENT)
        value = inner.value(tree.argument)
        if value.form.bottom != ONE or value.form.bases:
            raise _refused("sum-of-ratio", tree.location)
        match tree.function:
            case "max" | "min" | "median" as rank:
                return self._rank(rank, tree, value, where, count)
        if value.steps not in ((), YES_NO):
            raise _refused("sum-of-ratio", tree.location)
        total = make_sum(kind, value.form.top, where, self._scope.kind)
        form = Ratio(total) if tree.function == "sum" else Ratio(total, count)
        return Value(form, value.dimension, value.unit)

    def _rank(self, rank: Rank, tree: x.Aggregate, value: Value, where: Condition | None, count: Polynomial) -> Value:
        """Return the largest, smallest or middle value; a step if the values are steps."""
        if value.steps and (rank == "median" or not value.ordered):
            raise _refused("no-arithmetic", tree.location, found=rank)
        of = value.form.top
        if of.number is None:
            of = Polynomial.variable(Ranked(rank, tree.kind.name, of, where, self._scope.kind))
        return replace(value, form=Ratio(of, bases=(count,)), literal=False)


def _check_size(value: Value, location: Location) -> Value:
    """Return a value. Raises `Refused` if it has too many terms: (a + b) * (c + d) * ... doubles them each time."""
    for side in (value.form.top, value.form.bottom):
        if len(side.terms) > MAX_TERMS or any(len(monomial) > MAX_DEGREE for monomial, _ in side.terms):
            raise _refused("too-many-terms", location, limit=MAX_TERMS, degree=MAX_DEGREE)
    return value


def _join(where: Condition | None, passed: Condition) -> Condition:
    return passed if where is None else all_of((where, passed))


def _read_literal(tree: x.Number) -> Value:
    quantity = tree.quantity
    number = quantity.number * quantity.scale
    if quantity.unit is not None:
        form = Ratio.constant(number * quantity.unit.factor)
        shown = quantity.unit
        return Value(form, shown.dimension, shown, points=shown.is_points, literal=True)
    return Value(Ratio.constant(number), None, PLAIN, literal=True)


def _match_sides(left: Value, right: Value, location: Location) -> tuple[Value, Value]:
    """Return both sides, a bare number with the unit of the other side. Raises `Refused` if they cannot be compared."""
    left, right = _adopt(left, right, location), _adopt(right, left, location)
    if left.steps or right.steps:
        if left.steps != right.steps:
            raise _refused("not-comparable", location)
        return left, right
    if (left.dimension or ()) != (right.dimension or ()):
        raise _refused("other-dimension", location, found=describe_unit(right), expected=describe_unit(left))
    percentages = left.unit.is_percentage or right.unit.is_percentage
    if left.points != right.points and percentages:
        raise _refused("percent-or-points", location)
    return left, right


def _adopt(value: Value, other: Value, location: Location) -> Value:
    if value.dimension is not None or other.dimension is None:
        return value
    unit = other.unit
    if value.form.number == 0:  # zero is zero in every unit
        return replace(value, dimension=other.dimension, unit=unit, points=other.points)
    if unit.is_percentage or unit.is_points or unit.is_scaled:
        raise _refused("bare-number", location, expected=unit.symbol)
    number = value.form * Ratio.constant(unit.factor)
    return Value(number, other.dimension, unit, points=other.points, literal=value.literal)


def _add(left: Value, right: Value, tree: x.Arithmetic) -> Value:
    left, right = _adopt(left, right, tree.location), _adopt(right, left, tree.location)
    if (left.dimension or ()) != (right.dimension or ()):
        raise _refused("other-dimension", tree.location, found=describe_unit(right), expected=describe_unit(left))
    literal_percent = any(v.literal and v.unit.is_percentage for v in (left, right))
    if literal_percent and not (left.literal and right.literal):
        raise _refused("percent-or-points", tree.location)
    form = left.form + right.form if tree.operator == "+" else left.form - right.form
    shown, points = left.unit, left.points and right.points
    if tree.operator == "-" and left.unit.is_percentage and right.unit.is_percentage:
        shown, points = _POINTS, True
    return Value(form, left.dimension, shown, points=points, literal=left.literal and right.literal)


def _multiply(left: Value, right: Value) -> Value:
    form, literal = left.form * right.form, left.literal and right.literal
    dimension = _combine_dimensions(left.dimension, right.dimension, 1)
    if left.dimension and right.dimension:
        return Value(form, dimension, PLAIN, literal=literal)
    main = max(left, right, key=lambda side: (bool(side.dimension), side.unit.is_percentage, bool(side.unit.symbol)))
    return Value(form, dimension, main.unit, points=main.points, literal=literal)


def _divide(left: Value, right: Value) -> Value:
    dimension = _combine_dimensions(left.dimension, right.dimension, -1)
    if dimension == left.dimension:
        shown = left.unit
    elif dimension and left.unit.symbol and right.unit.symbol:
        shown = Unit(
            f"{left.unit.symbol}/{right.unit.symbol}", left.unit.factor / right.unit.factor, dimension, made=True
        )
    else:
        shown = PLAIN
    points = left.points and right.dimension is None
    return Value(left.form / right.form, dimension, shown, points=points, literal=left.literal and right.literal)


def _combine_dimensions(left: Dimension | None, right: Dimension | None, sign: int) -> Dimension:
    powers = dict(left or ())
    for name, power in right or ():
        powers[name] = powers.get(name, 0) + sign * power
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def describe_unit(value: Value) -> str | Term:
    """Name the unit of a value for a message: the steps it counts, its base units if it has no unit of its own."""
    if value.steps:
        return "/".join(step.id for step in value.steps)
    return value.unit.symbol or dimension_text(value.dimension or ()) or Term("unit.none")
