"""Ways to make a condition true: the least change of each figure it depends on, exact, one figure at a time.

A margin is linear in each figure that occurs once in a product, so division gives the value at which it is zero; that is
rounded to the next whole thing or decimal. A count needs more (or fewer) subjects that satisfy its condition: those with
the smallest changes are taken. The ways of conditions that must all hold are joined.

Only changes that are allowed are made up at all. Denominators are never lowered, and who is counted in them never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, floor

from dabiao.base.quantities import in_unit
from dabiao.engine.measure import Measured
from dabiao.rules.actionable import find_population
from dabiao.rules.algebra import And, Condition, Leaf, Or, Polynomial, Sum, Test, Variable, all_of, conjuncts, negate
from dabiao.rules.comparators import Sign, has_sign
from dabiao.rules.intervals import ZERO_INTERVAL
from dabiao.rules.model import Measure
from dabiao.rules.shares import gather, other_half

MOST_WAYS = 6
_MOST_SUBJECTS = 60  # that are named in one way
_PLACES = 2  # decimals of a figure that is no whole number, unless more were reported
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Move:
    """The change of one figure of a subject, in base units. `step` is its smallest change; `index` the row in the table."""

    root: str
    kind: str
    subject: str
    index: int
    measure: Measure
    before: Fraction
    after: Fraction
    step: Fraction

    @property
    def less(self) -> Fraction:
        """The value one step nearer to the reported one."""
        return self.after - self.step if self.after > self.before else self.after + self.step

    @property
    def size(self) -> Fraction:
        """The size of the change relative to the figure."""
        return abs(self.after - self.before) / max(abs(self.before), abs(self.after), self.step)


Way = tuple[Move, ...]
Allows = Callable[[Measure, bool], bool]  # whether a figure may be changed: to more of it (True) or to less


@dataclass(frozen=True, slots=True)
class _Need:
    """The change that a figure needs to reach a boundary: amount, direction, and sign (`>`: reaching it is not enough)."""

    amount: Fraction
    up: bool
    sign: Sign

    def divide_by(self, rate: Fraction) -> _Need:
        """Return the change needed of a figure whose unit adds `rate`."""
        return _Need(self.amount / rate, self.up == (rate > 0), self.sign)

    def round_beyond(self, start: Fraction, step: Fraction) -> Fraction:
        """Return the first multiple of a step that is far enough: at the boundary, or beyond it."""
        steps = (start + self.amount) / step
        whole = ceil(steps) if self.up else floor(steps)
        if self.sign == ">" and whole == steps:
            whole += 1 if self.up else -1
        return whole * step


def measure_effort(way: Way) -> tuple[int, int, int, Fraction, int]:
    """Return the key that orders ways by what an official could do.

    First what the plan does not say is out of an office's hands. What is done comes before what comes of it (things built,
    people served and papers issued before shares and averages), then fewer figures, then smaller changes, then increases
    before decreases.
    """
    beyond = sum(move.measure.actionable is False for move in way)
    results = sum(_is_result(move.measure) for move in way)
    size = sum((move.size for move in way), start=_ZERO)
    return beyond, results, len(way), size, sum(move.after < move.before for move in way)


def _is_result(measure: Measure) -> bool:
    """Whether a figure is a share or an average, which comes of what is done and is not done itself; no rate of money is."""
    powers = dict(measure.unit.dimension)
    return not measure.steps and (
        measure.unit.is_percentage or (min(powers.values(), default=0) < 0 and "money" not in powers)
    )


class WayFinder:
    """Finds ways for rows of the tables of one year, of changes that are allowed; of all there are if `allows` is None."""

    def __init__(self, measured: Measured, allows: Allows | None) -> None:
        self._measured = measured
        self._allows = allows
        self._exact = measured.exact
        self._plan = measured.plan

    def find(self, kind: str, row: int, condition: Condition) -> list[Way]:
        """Return the ways to make a condition true for a row, least effort first. An empty way: it already is."""
        match condition:
            case Test():
                found = self._find_for_test(kind, row, condition)
            case And(parts):
                found = _join([self.find(kind, row, part) for part in parts])
            case Or(parts):
                found = (way for part in parts for way in self.find(kind, row, part))
        return _sort_ways(found)

    def _find_for_test(self, kind: str, row: int, test: Test) -> Iterator[Way]:
        margin = self._exact.polynomial(kind, test.margin, row)
        low = margin.low
        bases = [self._exact.polynomial(kind, base, row) for base in test.bases]
        if low is None or any(base.low is None or base == ZERO_INTERVAL for base in bases):
            return  # unknown, or a base is zero: nothing to solve
        if margin.value is None and test.sign in ("==", "!="):
            return
        if has_sign(low, test.sign):  # even in the worst case that missing figures leave open
            yield ()
            return
        if test.sign == "!=":
            for side in (test.margin, test.margin * Fraction(-1)):
                yield from self._find_for_test(kind, row, Test(side, ">", test.bases))
            return
        bases_of = [gather(base) for base in test.bases]
        below = {variable for base in bases_of for variable in base.variables}
        population = find_population(bases_of)
        for variable in test.margin.variables:
            rate = self._find_rate(kind, row, test.margin, variable)
            if not rate or (self._allows and variable in below and (rate < 0 or _counts(variable))):
                continue
            need = _Need(-low / rate, rate > 0, test.sign)
            for way in self._change_variable(kind, row, variable, need, population):
                if all(self._has_base(kind, row, base, variable, way) for base in test.bases):
                    yield way

    def _has_base(self, kind: str, row: int, base: Polynomial, variable: Variable, way: Way) -> bool:
        """Whether a base is still not zero after a way."""
        slope = self._find_slope(kind, row, base, variable) if isinstance(variable, Leaf) else None
        low = self._exact.polynomial(kind, base, row).low
        return not slope or low is None or low + slope * (way[0].after - way[0].before) != 0

    def _find_rate(self, kind: str, row: int, margin: Polynomial, variable: Variable) -> Fraction | None:
        """Return by how much a margin rises per unit of a variable; None if it is not linear in it, or not known."""
        slope = self._find_slope(kind, row, margin, variable)
        if slope is None or isinstance(variable, Leaf) or not variable.counts:
            return slope
        rest = [v for v in margin.variables if other_half(variable, v)]
        return slope - sum(
            (self._find_slope(kind, row, margin, v) or _ZERO for v in rest), start=_ZERO
        )  # they leave the rest

    def _find_slope(self, kind: str, row: int, margin: Polynomial, variable: Variable) -> Fraction | None:
        """Return the factor of a variable, computed from the figures it is multiplied by."""
        terms = []
        for monomial, factor in margin.terms:
            if monomial.count(variable) > 1:
                return None
            if variable in monomial:
                terms.append((tuple(v for v in monomial if v != variable), factor))
        return self._exact.polynomial(kind, Polynomial.of(terms), row).value

    def _change_variable(
        self, kind: str, row: int, variable: Variable, need: _Need, population: frozenset[Condition]
    ) -> Iterator[Way]:
        """Iterate over the ways to change a variable by the needed amount."""
        if isinstance(variable, Sum):
            owner = self._exact.row_of(kind, variable.owner, row)
            if owner is not None and variable.counts:
                yield from self._change_count(owner, variable, need, population)
            elif owner is not None:
                yield from self._change_sum(owner, variable, need)
        elif (
            isinstance(variable, Leaf)
            and variable.time in ("now", "total")
            and (move := self._change_figure(kind, row, variable, need))
        ):
            yield (move,)

    def _change_figure(self, kind: str, row: int, leaf: Leaf, need: _Need) -> Move | None:
        """Return the least change of one reported figure that is enough, None if the measure cannot have that value."""
        place = self._find_owner(kind, row, leaf)
        if place is None:
            return None
        root, name, index = place
        measure = self._plan.measures[leaf.kind, leaf.measure]
        fact = self._measured.tables.fact(leaf.kind, index, leaf.measure)
        if fact is None or fact.value is None:
            return None
        before = fact.value
        step = _find_step(measure, before)
        after = need.round_beyond(before, step)
        if self._allows and not self._allows(measure, after > before):
            return None
        if need.sign == "==" and after != before + need.amount:
            return None
        if (measure.low is not None and after < measure.low) or (measure.high is not None and after > measure.high):
            return None
        if measure.steps and not measure.ordered and need.sign != "==":
            return None
        return Move(root, leaf.kind, name, index, measure, before, after, step)

    def _find_owner(self, kind: str, row: int, leaf: Leaf) -> tuple[str, str, int] | None:
        """Return root, name and table row of the subject that reports a leaf for a row: itself, or one that contains it."""
        frame = self._measured.frame(kind)
        root = frame["@root"][row]
        if leaf.kind == kind:
            index, name = frame["@index"][row], frame["@name"][row]
        else:
            name = root if leaf.kind == self._plan.root.id else frame[f"@{leaf.kind}"][row]
            index = self._measured.tables.index.get((leaf.kind, self._measured.year, root, name))
        return None if index is None or name is None else (root, name, index)

    def _list_children(self, row: int, added_up: Sum) -> list[int]:
        """List the rows of the subjects that a sum is made over, without unlisted ones."""
        kind = added_up.owner
        frame, rows = self._measured.frame(kind), self._measured.frame(added_up.kind)
        mine = (rows["@root"] == frame["@root"][row]) & (rows["@row"] >= 0)
        if kind != self._plan.root.id:
            mine = mine & (rows[f"@{kind}"] == frame["@name"][row]).fill_null(value=False)
        return [int(position) for position in mine.arg_true()]

    def _change_count(self, row: int, count: Sum, need: _Need, population: frozenset[Condition]) -> Iterator[Way]:
        """Change as many subjects as needed to satisfy the condition, or not to, those with the smallest changes first.

        Nobody enters or leaves the population that a share is taken of.
        """
        many = int(need.round_beyond(_ZERO, Fraction(1)))
        if (need.sign == "==" and many != need.amount) or not many or abs(many) > _MOST_SUBJECTS:
            return
        fixed = population if self._allows else frozenset()
        open_parts = tuple(part for part in conjuncts(count.where) if part not in fixed)
        if not open_parts:
            return
        where = all_of(open_parts)
        wanted = many > 0
        decided = self._measured.decide(count.kind, where)
        counted = [self._measured.decide(count.kind, part) for part in conjuncts(count.where) if part in fixed]
        nearest: list[Way] = []
        for child in self._list_children(row, count):
            if decided[child] is (not wanted) and all(part[child] for part in counted):
                nearest += self.find(count.kind, child, where if wanted else negate(where))[:1]
        nearest = sorted((way for way in nearest if way), key=measure_effort)
        if len(nearest) >= abs(many):
            yield _merge(nearest[: abs(many)])

    def _change_sum(self, row: int, total: Sum, need: _Need) -> Iterator[Way]:
        """Change one figure of one subject in a sum: for each measure the one with the smallest relative change."""
        by_measure: dict[str, Way] = {}
        decided = self._measured.decide(total.kind, total.where) if total.where else None
        for child in self._list_children(row, total):
            if decided is not None and not decided[child]:
                continue
            for leaf in (v for v in total.of.variables if isinstance(v, Leaf) and v.time in ("now", "total")):
                rate = self._find_rate(total.kind, child, total.of, leaf)
                move = self._change_figure(total.kind, child, leaf, need.divide_by(rate)) if rate else None
                best = by_measure.get(leaf.measure)
                if move and (best is None or measure_effort((move,)) < measure_effort(best)):
                    by_measure[leaf.measure] = (move,)
        yield from by_measure.values()


def _counts(variable: Variable) -> bool:
    """Whether a variable is a number of subjects."""
    return not isinstance(variable, Leaf) and variable.counts


def _sort_ways(ways: Iterator[Way] | Sequence[Way]) -> list[Way]:
    return sorted(dict.fromkeys(ways), key=measure_effort)[:MOST_WAYS]


def _join(each: list[list[Way]]) -> Iterator[Way]:
    """Join one way of each part. Ways that change a figure in opposite directions cannot be joined."""
    for ways in product(*(ways[:3] for ways in each)):
        moves: dict[tuple[str, int, str], Move] = {}
        clash = False
        for move in (move for way in ways for move in way):
            place = (move.kind, move.index, move.measure.id)
            same_side = place not in moves or (moves[place].after > move.before) == (move.after > move.before)
            clash = clash or not same_side
            further: Callable[..., Move] = max if move.after > move.before else min
            moves[place] = further(moves[place], move, key=lambda m: m.after) if place in moves else move
        if not clash:
            yield tuple(moves.values())


def _merge(ways: Sequence[Way]) -> Way:
    return tuple(dict.fromkeys(move for way in ways for move in way))


def _find_step(measure: Measure, value: Fraction) -> Fraction:
    """Return the smallest change of a figure: one thing or step, or its last reported decimal, at least the second."""
    if measure.whole:
        return Fraction(1)
    places = _PLACES
    while places < 12 and (in_unit(value, measure.unit) * 10**places).denominator != 1:
        places += 1
    return measure.unit.factor / Fraction(10) ** places
