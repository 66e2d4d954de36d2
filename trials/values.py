"""Works out written expressions in plain fractions, for one subject of a made-up world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from statistics import median

from dabiao.base.units import PERCENT, PLAIN, Dimension, Unit, parse_unit
from dabiao.rules import expressions as x
from dabiao.rules import written as w
from dabiao.rules.model import Measure, Plan
from dabiao.rules.shape import Source
from dabiao.trials.worlds import Cell, Place, World


class Lack(Enum):
    """Why an expression has no value."""

    MISSING = "a figure is not reported"
    NOTHING = "a denominator is zero"


MISSING, NOTHING = Lack.MISSING, Lack.NOTHING

Value = Fraction | Lack
Truth = bool | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A value in base units, and the unit a bare number beside it would have; None if it is a bare number itself.

    `steps` are those of the ladder or category that the value counts along.
    """

    value: Value
    unit: Unit | None
    steps: tuple[w.Step, ...] = ()


class Reader:
    """Works out expressions of a plan in one year."""

    def __init__(self, plan: Plan, text: w.Plan, year: int) -> None:
        self._plan = plan
        self._year = year
        self._written = {(m.of or plan.root.id, m.id): m for m in text.measures}
        self._trees: dict[Source, x.Tree] = {}

    def tree(self, source: Source) -> x.Tree:
        """Return the tree of an expression, parsed once."""
        if source not in self._trees:
            self._trees[source] = x.parse_expression(source)
        return self._trees[source]

    def constant(self, source: Source) -> Fraction:
        """Return the value of an expression in which no measure occurs."""
        root = Place(self._plan.root.id, "")
        value = self.figure(self.tree(source), root, World({root: None})).value
        assert isinstance(value, Fraction), source
        return value

    # ------------------------------------------------------------ values

    def figure(self, tree: x.Tree, subject: Place, world: World, like: Figure | None = None) -> Figure:
        """Work out a value; a bare number or the name of a step takes its meaning from `like`, what it is compared with."""
        match tree:
            case x.Number(quantity):
                number = quantity.number * quantity.scale
                found = Figure(number if quantity.unit is None else number * quantity.unit.factor, quantity.unit)
            case x.Name():
                return self._named(tree, subject, world, like)
            case x.Arithmetic():
                first, links = _chain(tree)
                found = self.figure(first, subject, world)
                for link in links:
                    found = _joined(link.operator, found, self.figure(link.right, subject, world))
            case x.Lookup(function, name):
                return self._looked_up(function, self._measure(name, subject.kind), subject, world)
            case x.Aggregate():
                found = self._over_subjects(tree, subject, world)
            case _:
                raise TypeError(tree)
        return _adopted(found, like) if like else found

    def _named(self, name: x.Name, subject: Place, world: World, like: Figure | None) -> Figure:
        measure = None if name.quoted else self._find(name.name, subject.kind)
        if measure is not None:
            return self._reported(measure, subject, world, [self._year])
        assert like is not None, name
        position = next(n for n, step in enumerate(like.steps) if name.name in (step.id, *step.title))
        return replace(like, value=Fraction(position))

    def _find(self, name: str, kind: str) -> Measure | None:
        """Return the measure a name stands for: of the kind, or else of the nearest kind above."""
        chain = [kind, *reversed(self._plan.kinds[kind].path)]
        of, dot, rest = name.partition(".")
        places = [(of, rest)] if dot else [(each, name) for each in chain]
        return next((self._plan.measures[place] for place in places if place in self._plan.measures), None)

    def _measure(self, name: x.Name, kind: str) -> Measure:
        measure = self._find(name.name, kind)
        assert measure is not None, name
        return measure

    def _reported(self, measure: Measure, subject: Place, world: World, years: list[int]) -> Figure:
        """Return what is reported of a measure in some years, added up; or what its formula comes to."""
        place = next(each for each in world.above(subject) if each.kind == measure.kind)
        if formula := self._written[measure.kind, measure.id].formula:
            found = self.figure(self.tree(formula), place, world)
            return replace(
                found, unit=measure.unit if self._written[measure.kind, measure.id].unit else found.unit or PLAIN
            )
        values = [world.cells.get(Cell(place, measure.id, year)) for year in years]
        known = [value for value in values if value is not None]
        total = sum(known, Fraction(0)) if len(known) == len(values) else MISSING
        return Figure(total, measure.unit, measure.steps)

    def _looked_up(self, function: str, measure: Measure, subject: Place, world: World) -> Figure:
        match function:
            case "last":
                return self._reported(measure, subject, world, [self._year - 1])
            case "total":
                return self._reported(measure, subject, world, list(range(self._plan.first, self._year + 1)))
            case "baseline":
                return self._in_baseline_year(measure, subject, world)
        now, before = (
            self._reported(measure, subject, world, [self._year]),
            self._in_baseline_year(measure, subject, world),
        )
        return _joined("-", now, before)

    def _in_baseline_year(self, measure: Measure, subject: Place, world: World) -> Figure:
        """Return a measure in the baseline year: as the plan states it, else as reported."""
        if (stated := self._written[measure.kind, measure.id].baseline) is None:
            return self._reported(measure, subject, world, [self._plan.baseline])
        like = Figure(MISSING, measure.unit, measure.steps)
        return replace(like, value=self.figure(self.tree(stated), subject, world, like).value)

    def _over_subjects(self, tree: x.Aggregate, subject: Place, world: World) -> Figure:
        kind, argument = tree.kind.name, tree.argument
        shown = {"count": parse_unit("个"), "share": PERCENT}.get(tree.function) or self._unit(argument, kind)
        missing = Figure(MISSING, shown)
        if not any((owner, kind) in world.peopled for owner in world.above(subject)):
            return missing
        chosen: list[tuple[Place, int]] = []
        for place in world.below(subject, kind):
            belongs = self.holds(tree.where, place, world) if tree.where else True
            if belongs is None:
                return missing
            if belongs:
                chosen.append((place, world.many(place, subject)))
        if argument is None:
            return Figure(Fraction(sum(many for _, many in chosen)), shown)
        values: list[Value] = []
        for place, many in chosen:
            if tree.function == "share":
                passed = self.holds(argument, place, world)
                each: Value = MISSING if passed is None else Fraction(passed)
            else:
                each = self.figure(argument, place, world).value
            values += [each] * many
        return Figure(_aggregated(tree.function, values), shown)

    def _unit(self, argument: x.Tree | None, kind: str) -> Unit | None:
        """Return the unit of an expression: it does not depend on any figure, so none is needed."""
        chain = [Place(each, "") for each in (*self._plan.kinds[kind].path, kind)]
        nowhere = World({place: chain[n - 1] if n else None for n, place in enumerate(chain)})
        return self.figure(argument, chain[-1], nowhere).unit if argument else None

    # ------------------------------------------------------------ the baseline year

    def at_baseline(self, tree: x.Tree, subject: Place, world: World) -> Value | None:
        """Return what an expression came to in the baseline year; None if that is not kept: counts, sums, other years."""
        if isinstance(tree, x.Name):
            measure = self._measure(tree, subject.kind)
            if measure.kind == subject.kind and self._written[measure.kind, measure.id].baseline:
                return self._in_baseline_year(measure, subject, world).value
        found = self._then(tree, subject, world)
        return None if found is None else found.value

    def _then(self, tree: x.Tree, subject: Place, world: World) -> Figure | None:
        match tree:
            case x.Name():
                measure = self._measure(tree, subject.kind)
                if formula := self._written[measure.kind, measure.id].formula:
                    return self._then(self.tree(formula), subject, world)
                return self._in_baseline_year(measure, subject, world)
            case x.Arithmetic():
                first, links = _chain(tree)
                found = self._then(first, subject, world)
                for link in links:
                    other = self._then(link.right, subject, world)
                    found = None if found is None or other is None else _joined(link.operator, found, other)
                return found
            case x.Number():
                return self.figure(tree, subject, world)
            case x.Lookup("baseline", name):
                return self._in_baseline_year(self._measure(name, subject.kind), subject, world)
            case x.Lookup("change", name):
                return Figure(Fraction(0), self._measure(name, subject.kind).unit)
        return None

    # ------------------------------------------------------------ conditions

    def holds(self, tree: x.Tree, subject: Place, world: World) -> Truth:
        """Return whether a condition is true, None if the figures do not say."""
        match tree:
            case x.Logic("not", (operand,)):
                holds = self.holds(operand, subject, world)
                return None if holds is None else not holds
            case x.Logic(word, operands):
                found = [self.holds(operand, subject, world) for operand in operands]
                decisive = word == "or"  # one true part decides an or, one false part an and
                return decisive if decisive in found else None if None in found else not decisive
            case x.Comparison(operator, left, right):
                return self._compared(operator, left, right, subject, world)
        value = self.figure(tree, subject, world).value
        return value > 0 if isinstance(value, Fraction) else None if value is MISSING else False

    def _compared(self, operator: str, left: x.Tree, right: x.Tree, subject: Place, world: World) -> Truth:
        if isinstance(left, x.Name) and not self._find(left.name, subject.kind):  # a step on the left
            other = self.figure(right, subject, world)
            one = self.figure(left, subject, world, other)
        else:
            one = self.figure(left, subject, world)
            other = self.figure(right, subject, world, one)
            one = _adopted(one, other)
        if NOTHING in (one.value, other.value):
            return False
        if not isinstance(one.value, Fraction) or not isinstance(other.value, Fraction):
            return None
        return satisfies(one.value, operator, other.value)


def satisfies(value: Fraction, operator: str, target: Fraction) -> bool:
    """Return whether a number satisfies a comparator."""
    match operator:
        case ">=":
            return value >= target
        case ">":
            return value > target
        case "<=":
            return value <= target
        case "<":
            return value < target
        case "==":
            return value == target
    return value != target


def _chain(tree: x.Arithmetic) -> tuple[x.Tree, list[x.Arithmetic]]:
    """Split a + b - c, which groups from the left, into its first operand and what is joined to it in turn."""
    links, first = [tree], tree.left
    while isinstance(first, x.Arithmetic):
        links.append(first)
        first = first.left
    return first, links[::-1]


def _joined(operator: str, left: Figure, right: Figure) -> Figure:
    """Join two figures by + - * or /."""
    if operator in "+-":
        left, right = _adopted(left, right), _adopted(right, left)
        sign = 1 if operator == "+" else -1
        return Figure(_plus(left.value, right.value, Fraction(sign)), left.unit)
    over = operator == "/"
    value = _quotient(left.value, right.value) if over else _product(left.value, right.value)
    return Figure(value, _combined(left.unit, right.unit, over))


def _adopted(figure: Figure, other: Figure) -> Figure:
    """Give a bare number the unit of what it stands beside."""
    if figure.unit is not None or other.unit is None or not isinstance(figure.value, Fraction):
        return figure
    return Figure(figure.value * other.unit.factor, other.unit)


def _aggregated(function: str, values: Sequence[Value]) -> Value:
    """Return the sum, mean, greatest, least or middle of the values of subjects."""
    numbers = [value for value in values if isinstance(value, Fraction)]
    if len(numbers) < len(values):
        return NOTHING if NOTHING in values else MISSING
    if function == "sum":
        return sum(numbers, Fraction(0))
    if not numbers:
        return NOTHING
    match function:
        case "max":
            return max(numbers)
        case "min":
            return min(numbers)
        case "median":
            return median(numbers)
    return sum(numbers, Fraction(0)) / len(numbers)  # average; share, of ones and zeros


def _combined(left: Unit | None, right: Unit | None, over: bool) -> Unit:
    """Return the unit that a bare number beside a product or quotient would have."""
    one, other = left or PLAIN, right or PLAIN
    powers = dict(one.dimension)
    for name, power in other.dimension:
        powers[name] = powers.get(name, 0) + (-power if over else power)
    dimension: Dimension = tuple(sorted((name, power) for name, power in powers.items() if power))
    if not other.dimension:
        return one
    if not over and not one.dimension:
        return other
    factor = one.factor / other.factor if over and dimension and one.symbol and other.symbol else Fraction(1)
    return Unit("", factor, dimension)


def _plus(one: Value, other: Value, times: Fraction) -> Value:
    """Return one + times * other."""
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one + times * other
    return NOTHING if NOTHING in (one, other) else MISSING


def _product(one: Value, other: Value) -> Value:
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one * other
    return NOTHING if NOTHING in (one, other) else MISSING


def _quotient(one: Value, other: Value) -> Value:
    if other == 0:
        return NOTHING
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one / other
    return NOTHING if NOTHING in (one, other) else MISSING
