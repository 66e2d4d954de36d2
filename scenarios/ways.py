"""Ways to make a condition true: the least change of each figure it rests on, solved exactly, one figure at a time.

A margin is linear in each figure that occurs once in a product, so the figure that brings it to its boundary is found by
division and then moved to the next whole thing, or the next decimal. A count needs more (or fewer) subjects that satisfy its
condition: the nearest ones are taken, each by the least change of its own figures. Parts that must all hold are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, floor

from dabiao.base.quantities import in_unit
from dabiao.engine.measure import Measured
from dabiao.rules.algebra import And, Condition, Leaf, Not, Or, Polynomial, Sum, Test, Variable, other_half
from dabiao.rules.comparators import Sign, has_sign
from dabiao.rules.intervals import NOTHING
from dabiao.rules.model import Measure

MOST_WAYS = 6
_MOST_SUBJECTS = 60  # that are named in one way
_PLACES = 2  # decimals of a figure that is no whole number, unless more were reported
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Move:
    """One figure that changes: whose it is, and its values before and after, in base units. `step` is one unit of it."""

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
        """The value that is one unit nearer to what was reported."""
        return self.after - self.step if self.after > self.before else self.after + self.step

    @property
    def size(self) -> Fraction:
        """How large the change is beside the figure: what the nearest subjects are found by."""
        return abs(self.after - self.before) / max(abs(self.before), abs(self.after), self.step)


Way = tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class _Need:
    """By how much a figure has to change to reach a boundary, which way, and whether reaching it is enough (not if `>`)."""

    amount: Fraction
    up: bool
    sign: Sign

    def over(self, rate: Fraction) -> _Need:
        """Return what is needed of a figure that adds `rate` for each of its own."""
        return _Need(self.amount / rate, self.up == (rate > 0), self.sign)

    def beyond(self, start: Fraction, step: Fraction) -> Fraction:
        """Return the multiple of a step at the boundary or next beyond it; never at it if that is not enough."""
        steps = (start + self.amount) / step
        whole = ceil(steps) if self.up else floor(steps)
        if self.sign == ">" and whole == steps:
            whole += 1 if self.up else -1
        return whole * step


def effort(way: Way) -> tuple[int, Fraction, int]:
    """Order ways: few figures before many, then small changes before large, then more before less."""
    return len(way), sum((move.size for move in way), start=_ZERO), sum(move.after < move.before for move in way)


class Ways:
    """Finds ways for rows of one year's tables."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        self._exact = measured.exact
        self._plan = measured.plan

    def to(self, kind: str, row: int, condition: Condition, wanted: bool = True) -> list[Way]:
        """Return the ways to make a condition true (or false) for a row, least effort first; an empty way if it already is."""
        match condition:
            case Test():
                found = self._test(kind, row, condition) if wanted else self._negated(kind, row, condition)
            case Not(inner):
                return self.to(kind, row, inner, not wanted)
            case And(parts) | Or(parts):
                each = [self.to(kind, row, part, wanted) for part in parts]
                together = isinstance(condition, And) == wanted
                found = _joined(each) if together else (way for ways in each for way in ways)
        return _least(found)

    def _negated(self, kind: str, row: int, test: Test) -> Iterator[Way]:
        """Iterate over the ways to make a test fail: its margin must have another sign."""
        away = test.margin * Fraction(-1)
        if test.sign in (">=", ">"):
            yield from self._test(kind, row, Test(away, ">" if test.sign == ">=" else ">=", test.bases))
        elif test.sign == "!=":
            yield from self._test(kind, row, Test(test.margin, "==", test.bases))
        else:
            yield from self._test(kind, row, Test(test.margin, ">", test.bases))
            yield from self._test(kind, row, Test(away, ">", test.bases))

    def _test(self, kind: str, row: int, test: Test) -> Iterator[Way]:
        margin = self._exact.polynomial(kind, test.margin, row)
        low = margin.low
        bases = [self._exact.polynomial(kind, base, row) for base in test.bases]
        if low is None or any(base.low is None or base == NOTHING for base in bases):
            return  # unknown, or a quantity that does not exist: nothing to solve
        if margin.value is None and test.sign in ("==", "!="):
            return
        if has_sign(low, test.sign):  # even in the worst case that missing figures leave open
            yield ()
            return
        if test.sign == "!=":
            for side in (test.margin, test.margin * Fraction(-1)):
                yield from self._test(kind, row, Test(side, ">", test.bases))
            return
        for variable in test.margin.variables:
            rate = self._rate(kind, row, test.margin, variable)
            for way in self._lever(kind, row, variable, _Need(-low / rate, rate > 0, test.sign)) if rate else ():
                if all(self._has_base(kind, row, base, variable, way) for base in test.bases):
                    yield way

    def _has_base(self, kind: str, row: int, base: Polynomial, variable: Variable, way: Way) -> bool:
        """Whether the quantity still exists after a way: a denominator of zero satisfies nothing."""
        slope = self._slope(kind, row, base, variable) if isinstance(variable, Leaf) else None
        low = self._exact.polynomial(kind, base, row).low
        return not slope or low is None or low + slope * (way[0].after - way[0].before) != 0

    def _rate(self, kind: str, row: int, margin: Polynomial, variable: Variable) -> Fraction | None:
        """Return what one more of a variable adds to a margin; None if it is not linear in it, or not known."""
        slope = self._slope(kind, row, margin, variable)
        if slope is None or isinstance(variable, Leaf) or not variable.counts:
            return slope
        rest = [v for v in margin.variables if other_half(variable, v)]
        return slope - sum(
            (self._slope(kind, row, margin, v) or _ZERO for v in rest), start=_ZERO
        )  # they leave the rest

    def _slope(self, kind: str, row: int, margin: Polynomial, variable: Variable) -> Fraction | None:
        """Return the factor of a variable, worked out from the other figures it is multiplied with."""
        terms = []
        for monomial, factor in margin.terms:
            if monomial.count(variable) > 1:
                return None
            if variable in monomial:
                terms.append((tuple(v for v in monomial if v != variable), factor))
        return self._exact.polynomial(kind, Polynomial.of(terms), row).value

    def _lever(self, kind: str, row: int, variable: Variable, need: _Need) -> Iterator[Way]:
        """Iterate over the ways to change a variable by what is needed."""
        if isinstance(variable, Sum):
            owner = self._exact.row_of(kind, variable.owner, row)
            if owner is not None:
                yield from (self._count if variable.counts else self._sum)(owner, variable, need)
        elif (
            isinstance(variable, Leaf)
            and variable.time in ("now", "total")
            and (move := self._figure(kind, row, variable, need))
        ):
            yield (move,)

    def _figure(self, kind: str, row: int, leaf: Leaf, need: _Need) -> Move | None:
        """Return the least move of one reported figure that is enough, if the measure can have that value."""
        place = self._place(kind, row, leaf)
        if place is None:
            return None
        root, name, index = place
        measure = self._plan.measures[leaf.kind, leaf.measure]
        fact = self._measured.tables.fact(leaf.kind, index, leaf.measure)
        if fact is None or fact.value is None:
            return None
        before = fact.value
        step = _step(measure, before)
        after = need.beyond(before, step)
        if need.sign == "==" and after != before + need.amount:
            return None
        if (measure.low is not None and after < measure.low) or (measure.high is not None and after > measure.high):
            return None
        if measure.steps and not measure.ordered and need.sign != "==":
            return None
        return Move(root, leaf.kind, name, index, measure, before, after, step)

    def _place(self, kind: str, row: int, leaf: Leaf) -> tuple[str, str, int] | None:
        """Return root, name and table row of the subject that reports a leaf for a row: itself, or one that contains it."""
        frame = self._measured.frame(kind)
        root = frame["@root"][row]
        if leaf.kind == kind:
            index, name = frame["@index"][row], frame["@name"][row]
        else:
            name = root if leaf.kind == self._plan.root.id else frame[f"@{leaf.kind}"][row]
            index = self._measured.tables.index.get((leaf.kind, self._measured.year, root, name))
        return None if index is None or name is None else (root, name, index)

    def _children(self, row: int, added_up: Sum) -> list[int]:
        """List the rows that a sheet lists of the subjects a sum may be made over."""
        kind = added_up.owner
        frame, rows = self._measured.frame(kind), self._measured.frame(added_up.kind)
        mine = (rows["@root"] == frame["@root"][row]) & (rows["@row"] >= 0)
        if kind != self._plan.root.id:
            mine = mine & (rows[f"@{kind}"] == frame["@name"][row]).fill_null(value=False)
        return [int(position) for position in mine.arg_true()]

    def _count(self, row: int, count: Sum, need: _Need) -> Iterator[Way]:
        """Take the nearest subjects that can be made to satisfy the condition, or be kept from it, as many as are needed."""
        many = int(need.beyond(_ZERO, Fraction(1)))
        if count.where is None or (need.sign == "==" and many != need.amount) or not many or abs(many) > _MOST_SUBJECTS:
            return
        wanted = many > 0
        decided = self._measured.decide(count.kind, count.where)
        nearest: list[Way] = []
        for child in self._children(row, count):
            if decided[child] is (not wanted):
                nearest += self.to(count.kind, child, count.where, wanted)[:1]
        nearest = sorted((way for way in nearest if way), key=effort)
        if len(nearest) >= abs(many):
            yield _merged(nearest[: abs(many)])

    def _sum(self, row: int, total: Sum, need: _Need) -> Iterator[Way]:
        """Move one figure of one subject in a sum: of each measure, the figure that it changes least beside its size."""
        by_measure: dict[str, Way] = {}
        decided = self._measured.decide(total.kind, total.where) if total.where else None
        for child in self._children(row, total):
            if decided is not None and not decided[child]:
                continue
            for leaf in (v for v in total.of.variables if isinstance(v, Leaf) and v.time in ("now", "total")):
                rate = self._rate(total.kind, child, total.of, leaf)
                move = self._figure(total.kind, child, leaf, need.over(rate)) if rate else None
                if move and (leaf.measure not in by_measure or effort((move,)) < effort(by_measure[leaf.measure])):
                    by_measure[leaf.measure] = (move,)
        yield from by_measure.values()


def _least(ways: Iterator[Way] | Sequence[Way]) -> list[Way]:
    return sorted(dict.fromkeys(ways), key=effort)[:MOST_WAYS]


def _joined(each: list[list[Way]]) -> Iterator[Way]:
    """Join one way of every part. Ways of two parts that set one figure to different values cannot be joined."""
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


def _merged(ways: Sequence[Way]) -> Way:
    return tuple(dict.fromkeys(move for way in ways for move in way))


def _step(measure: Measure, value: Fraction) -> Fraction:
    """Return one unit of a figure: a whole thing or step, or the last decimal it is reported with, at least the second."""
    if measure.whole:
        return Fraction(1)
    places = _PLACES
    while places < 12 and (in_unit(value, measure.unit) * 10**places).denominator != 1:
        places += 1
    return measure.unit.factor / Fraction(10) ** places
