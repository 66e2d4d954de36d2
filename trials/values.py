"""Evaluates written expressions in plain fractions, for one subject of a made-up world."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from statistics import median

from dabiao.base.units import PERCENT, PLAIN, Dimension, Unit, parse_unit
from dabiao.rules import expressions as x
from dabiao.rules import written as w
from dabiao.rules.model import Measure, Plan
from dabiao.rules.shape import Source
from dabiao.trials.worlds import FigureKey, Subject, World


class Lack(Enum):
    """Why an expression has no value."""

    MISSING = "a figure is not reported"
    NOTHING = "a denominator is zero"


MISSING, NOTHING = Lack.MISSING, Lack.NOTHING

Value = Fraction | Lack
Truth = bool | None


@dataclass(frozen=True, slots=True)
class UnitValue:
    """A value in base units, with the unit that a bare number compared with it takes; None if it is a bare number itself.

    `steps` are the steps if it is the position on a ladder or in a category.
    """

    value: Value
    unit: Unit | None
    steps: tuple[w.Step, ...] = ()


class Reader:
    """Evaluates expressions of a plan in one year."""

    def __init__(self, plan: Plan, text: w.Plan, year: int) -> None:
        self._plan = plan
        self._judged = self._year = year
        self._starting = False
        self._written = {(m.of or plan.root.id, m.id): m for m in text.measures}
        self._trees: dict[Source, x.Tree] = {}

    def in_year(self, year: int) -> Reader:
        """Return a reader of the same plan in another year."""
        found = copy(self)
        found._year = year
        return found

    def at_start(self) -> Reader:
        """Return a reader of what a path starts from: figures as they are stated, or else were reported, at the baseline.

        Totals and changes are still zero then.
        """
        found = self.in_year(self._plan.baseline)
        found._starting = True
        return found

    def tree(self, source: Source) -> x.Tree:
        """Return the tree of an expression, parsed once."""
        if source not in self._trees:
            self._trees[source] = x.parse_expression(source)
        return self._trees[source]

    def constant(self, source: Source) -> Fraction:
        """Return the value of an expression in which no measure occurs."""
        root = Subject(self._plan.root.id, "")
        value = self.evaluate(self.tree(source), root, World({root: None})).value
        assert isinstance(value, Fraction), source
        return value

    # ------------------------------------------------------------ values

    def evaluate(self, tree: x.Tree, subject: Subject, world: World, like: UnitValue | None = None) -> UnitValue:
        """Evaluate an expression. A bare number takes its unit, and the name of a step its position, from `like`.

        `like` is the value with which the expression is compared.
        """
        match tree:
            case x.Number(quantity):
                number = quantity.number * quantity.scale
                found = UnitValue(number if quantity.unit is None else number * quantity.unit.factor, quantity.unit)
            case x.Name():
                return self._evaluate_name(tree, subject, world, like)
            case x.Arithmetic():
                first, links = _split_chain(tree)
                found = self.evaluate(first, subject, world)
                for link in links:
                    found = _join(link.operator, found, self.evaluate(link.right, subject, world))
            case x.Lookup(function, name):
                return self._look_up(function, self.get_measure(name, subject.kind), subject, world)
            case x.Aggregate():
                found = self._aggregate_subjects(tree, subject, world)
            case _:
                raise TypeError(tree)
        return _adopt_unit(found, like) if like else found

    def _evaluate_name(self, name: x.Name, subject: Subject, world: World, like: UnitValue | None) -> UnitValue:
        measure = None if name.quoted else self.find_measure(name.name, subject.kind)
        if measure is not None:
            if self._starting and not self._written[measure.kind, measure.id].formula:
                return self._read_baseline(measure, subject, world)
            return self._read_figures(measure, subject, world, [self._year])
        assert like is not None, name
        position = next(n for n, step in enumerate(like.steps) if name.name in (step.id, *step.title))
        return replace(like, value=Fraction(position))

    def find_measure(self, name: str, kind: str) -> Measure | None:
        """Return the measure with a name: of the kind, or else of the nearest kind above."""
        chain = [kind, *reversed(self._plan.kinds[kind].path)]
        of, dot, rest = name.partition(".")
        places = [(of, rest)] if dot else [(each, name) for each in chain]
        return next((self._plan.measures[place] for place in places if place in self._plan.measures), None)

    def get_measure(self, name: x.Name, kind: str) -> Measure:
        """Return the measure that a name means for a subject of a kind."""
        measure = self.find_measure(name.name, kind)
        assert measure is not None, name
        return measure

    def _read_figures(self, measure: Measure, subject: Subject, world: World, years: list[int]) -> UnitValue:
        """Return the sum of the reported figures of a measure in some years, or the value of its formula."""
        place = next(each for each in world.above(subject) if each.kind == measure.kind)
        if formula := self._written[measure.kind, measure.id].formula:
            found = self.evaluate(self.tree(formula), place, world)
            return replace(
                found, unit=measure.unit if self._written[measure.kind, measure.id].unit else found.unit or PLAIN
            )
        values = [world.figures.get(FigureKey(place, measure.id, year)) for year in years]
        known = [value for value in values if value is not None]
        total = sum(known, Fraction(0)) if len(known) == len(values) else MISSING
        return UnitValue(total, measure.unit, measure.steps)

    def _look_up(self, function: str, measure: Measure, subject: Subject, world: World) -> UnitValue:
        if self._starting and function in ("total", "change"):
            return UnitValue(Fraction(0), measure.unit)
        match function:
            case "last":
                if self._year - 1 == self._plan.baseline:
                    return self._read_baseline(measure, subject, world)
                return self._read_figures(measure, subject, world, [self._year - 1])
            case "total":
                return self._read_figures(measure, subject, world, list(range(self._plan.first, self._year + 1)))
            case "baseline":
                return self._read_baseline(measure, subject, world)
        now, before = (
            self._read_figures(measure, subject, world, [self._year]),
            self._read_baseline(measure, subject, world),
        )
        return _join("-", now, before)

    def _read_baseline(self, measure: Measure, subject: Subject, world: World) -> UnitValue:
        """Return a measure in the baseline year, as stated by the plan or else as reported."""
        if (stated := self._written[measure.kind, measure.id].baseline) is None:
            return self._read_figures(measure, subject, world, [self._plan.baseline])
        like = UnitValue(MISSING, measure.unit, measure.steps)
        return replace(like, value=self.evaluate(self.tree(stated), subject, world, like).value)

    def _aggregate_subjects(self, tree: x.Aggregate, subject: Subject, world: World) -> UnitValue:
        kind, argument = tree.kind.name, tree.argument
        missing = self._make_missing(tree.function, argument, kind)
        if not any((owner, kind) in world.peopled for owner in world.above(subject)) or not self._has_sheet(world):
            return missing
        places = world.below(subject, kind)
        found = [(place, self.holds(tree.where, place, world) if tree.where else True) for place in places]
        members = [(place, sure) for place, sure in found if sure is not False]
        unsure = not all(sure for _, sure in members)
        if argument is None:
            count = Fraction(sum(world.count(place, subject) for place, _ in members))
            return missing if unsure else replace(missing, value=count)
        values: list[Value] = []
        for place, _ in members:
            if tree.function == "share":
                passed = self.holds(argument, place, world)
                each: Value = MISSING if passed is None else Fraction(passed)
            else:
                each = self.evaluate(argument, place, world).value
            values += [each] * world.count(place, subject)
        if unsure:  # whoever belongs, a sum of nothing is nothing, and so is a mean if it is over somebody
            based = tree.function == "sum" or (tree.function in ("share", "average") and any(s for _, s in members))
            return replace(missing, value=Fraction(0)) if based and not any(values) else missing
        return replace(missing, value=_aggregate(tree.function, values))

    def _has_sheet(self, world: World) -> bool:
        """Whether there is a sheet of the year: always of the judged one, of another if it reports anything."""
        return self._year == self._judged or any(figure.year == self._year for figure in world.figures)

    def _make_missing(self, function: str, argument: x.Tree | None, kind: str) -> UnitValue:
        """Return the value that an aggregate has where figures are missing: its unit and steps depend on no figure."""
        if argument is None or function == "share":
            return UnitValue(MISSING, PERCENT if argument else parse_unit("个"))
        chain = [Subject(each, "") for each in (*self._plan.kinds[kind].path, kind)]
        nowhere = World({place: chain[n - 1] if n else None for n, place in enumerate(chain)})
        each = self.evaluate(argument, chain[-1], nowhere)
        value: Value = Fraction(0) if function == "sum" and each.value == 0 else MISSING  # nothing, however often
        return UnitValue(value, each.unit, each.steps if function in ("max", "min") else ())

    # ------------------------------------------------------------ the baseline year

    def at_baseline(self, tree: x.Tree, subject: Subject, world: World) -> Value:
        """Return the value of an expression in the baseline year: as the plan states it, or what it came to then."""
        if isinstance(tree, x.Name):
            measure = self.get_measure(tree, subject.kind)
            if measure.kind == subject.kind and self._written[measure.kind, measure.id].baseline:
                return self._read_baseline(measure, subject, world).value
        return self.at_start().evaluate(tree, subject, world).value

    # ------------------------------------------------------------ conditions

    def holds(self, tree: x.Tree, subject: Subject, world: World, turned: bool = False) -> Truth:
        """Whether a condition is true; None if missing figures leave it undetermined.

        `turned` asks for the opposite: `not` turns every comparison round, so that what has no value satisfies neither.
        """
        match tree:
            case x.Logic("not", (operand,)):
                return self.holds(operand, subject, world, not turned)
            case x.Logic(word, operands):
                found = [self.holds(operand, subject, world, turned) for operand in operands]
                decisive = (word == "or") is not turned  # one true part decides an or, one false part an and
                return decisive if decisive in found else None if None in found else not decisive
            case x.Comparison(operator, left, right):
                one, other = self._evaluate_sides(left, right, subject, world)
            case _:
                operator, one, other = ">", self.evaluate(tree, subject, world).value, Fraction(0)
        if NOTHING in (one, other):
            return False
        if not isinstance(one, Fraction) or not isinstance(other, Fraction):
            return None
        return satisfies(one, operator, other) is not turned

    def _evaluate_sides(self, left: x.Tree, right: x.Tree, subject: Subject, world: World) -> tuple[Value, Value]:
        if isinstance(left, x.Name) and not self.find_measure(left.name, subject.kind):  # a step on the left
            other = self.evaluate(right, subject, world)
            return self.evaluate(left, subject, world, other).value, other.value
        one = self.evaluate(left, subject, world)
        other = self.evaluate(right, subject, world, one)
        return _adopt_unit(one, other).value, other.value


def satisfies(value: Fraction, operator: str, target: Fraction) -> bool:
    """Whether a number satisfies a comparator."""
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


def _split_chain(tree: x.Arithmetic) -> tuple[x.Tree, list[x.Arithmetic]]:
    """Split a + b - c, which groups from the left, into its first operand and the operations on it in order."""
    links, first = [tree], tree.left
    while isinstance(first, x.Arithmetic):
        links.append(first)
        first = first.left
    return first, links[::-1]


def _join(operator: str, left: UnitValue, right: UnitValue) -> UnitValue:
    """Join two figures by + - * or /."""
    if operator in "+-":
        left, right = _adopt_unit(left, right), _adopt_unit(right, left)
        sign = 1 if operator == "+" else -1
        return UnitValue(_add(left.value, right.value, Fraction(sign)), left.unit)
    over = operator == "/"
    value = _divide(left.value, right.value) if over else _multiply(left.value, right.value)
    return UnitValue(value, _combine_units(left.unit, right.unit, over))


def _adopt_unit(figure: UnitValue, other: UnitValue) -> UnitValue:
    """Return a bare number with the unit of the value beside it; return any other value unchanged."""
    if figure.unit is not None or other.unit is None or not isinstance(figure.value, Fraction):
        return figure
    return UnitValue(figure.value * other.unit.factor, other.unit)


def _aggregate(function: str, values: Sequence[Value]) -> Value:
    """Return the sum, mean, maximum, minimum or median of the values of subjects."""
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


def _combine_units(left: Unit | None, right: Unit | None, over: bool) -> Unit:
    """Return the unit that a bare number compared with a product or quotient takes."""
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


def _add(one: Value, other: Value, times: Fraction) -> Value:
    """Return one + times * other."""
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one + times * other
    return NOTHING if NOTHING in (one, other) else MISSING


def _multiply(one: Value, other: Value) -> Value:
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one * other
    return NOTHING if NOTHING in (one, other) else MISSING


def _divide(one: Value, other: Value) -> Value:
    if other == 0:
        return NOTHING
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one / other
    return NOTHING if NOTHING in (one, other) else MISSING
