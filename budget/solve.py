"""Integer programmes solved with HiGHS block by block, every answer checked in exact whole numbers."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, gcd, inf, isfinite, lcm
from typing import TYPE_CHECKING

from dabiao.base.libraries import require_library
from dabiao.budget.affine import ZERO, Affine
from dabiao.budget.blocks import Block, Blocks, join_blocks
from dabiao.budget.programme import Programme, Row, to_whole_numbers

if TYPE_CHECKING:
    from dabiao.budget.highs import Status

_TOLERANCES = (1e-6, 1e-9)  # the second is tried if the first answer holds only within its tolerance
_ROUNDING = Fraction(1, 10**12)  # of a number, by which floats may err
_REMEMBERED = 2_000_000  # values of variables in answers that are kept
_Key = tuple[Block, int, frozenset[tuple[int, int]]]  # the objective by identity


class DisagreementError(RuntimeError):
    """An answer of the solver fails the exact check, or the engine judges it otherwise than the programme."""


class OutOfTimeError(Exception):
    """The solver found no answer within the time limit."""


class Deadline:
    """The time by which solving must end."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.seconds = seconds

    @property
    def left(self) -> float:
        """Seconds left, never below zero."""
        return max(self._end - time.monotonic(), 0.0)


@dataclass(frozen=True)
class Solution:
    """The result of a solve: exact `values` of the variables, the `value` of the objective, and a lower `bound` on it."""

    status: Status
    values: Mapping[int, int]
    value: Fraction = Fraction(0)
    bound: Fraction = Fraction(0)

    @property
    def found(self) -> bool:
        """Whether there is a solution."""
        return self.status in ("optimal", "feasible")


@dataclass(frozen=True)
class _Question:
    """What the least of an objective is over a block, or several that `rows` join; `lower` raises bounds, `start` is known.

    `best` is the answer if no bound is raised, where that is known.
    """

    block: Block
    objective: Affine
    lower: Mapping[int, int]
    rows: Sequence[Row] = ()
    start: Mapping[int, int] | None = None
    best: Solution | None = None
    joined: bool = False


class Solver:
    """Solves one programme for different objectives, raised lower bounds and further rows.

    Blocks that no row joins are solved one by one, and what was asked of a block before is remembered: what one commitment
    costs is a question to the few decisions that bear on it.
    """

    def __init__(self, programme: Programme, primary: Sequence[int], deadline: Deadline) -> None:
        """Prepare; `primary` are the decision variables, which define all others."""
        self.programme = programme
        self.primary = frozenset(primary)
        self.deadline = deadline
        self.blocks = Blocks(programme)
        self._joined: tuple[frozenset[Block], Block] | None = None  # the last blocks that were joined
        self._objectives: dict[int, tuple[tuple[int, int], Affine, dict[Block, Affine]]] = {}  # by block
        self._best: dict[int, tuple[tuple[int, int], Solution, dict[Block, Solution]]] = {}  # if no bound is raised
        self._remembered: dict[_Key, tuple[Affine, Solution]] = {}  # those asked for last are last
        self._size = 0  # of what is remembered, in values

    @contextmanager
    def hurry(self, part: float) -> Iterator[None]:
        """Allow only a part of the time that is left for what is asked meanwhile."""
        whole = self.deadline
        self.deadline = Deadline(whole.left * part)
        try:
            yield
        finally:
            self.deadline = whole

    def minimise(
        self,
        objective: Affine,
        *,
        lower: Mapping[int, int],
        rows: Sequence[Row] = (),
        start: Mapping[int, int] | None = None,
        most: float = inf,
        within: Fraction | None = None,
    ) -> Solution:
        """Minimise an objective in at most `most` seconds. `lower` raises lower bounds, `start` is a known solution.

        What is sure to come to more than `within` is infeasible, and not worked out to the end.

        A solution is optimal if its exact value is the bound that the solver has proven. Rows that join blocks are left out at
        first: the best without them is the best with them where it satisfies them. Raises `DisagreementError` if no answer
        passes the exact check.
        """
        if self.deadline.left <= 0:
            return Solution("unknown", {})
        end = time.monotonic() + min(most, self.deadline.left)
        if self.blocks.impossible or not all(row.factors or row.holds({}) for row in rows):
            return Solution("infeasible", {})
        rows = [row for row in rows if row.factors]
        apart = [row for row in rows if len(self.blocks.find_touched(row.factors)) == 1]
        found = self._minimise(objective, lower, apart, start, end, within)
        if len(apart) == len(rows) or not found.found:
            return found
        if found.status == "optimal" and all(row.holds(found.values) for row in rows):
            return found
        return self._minimise(objective, lower, rows, start, end, within)

    def minimise_within(self, block: Block, objective: Affine, lower: Mapping[int, int], most: float) -> Solution:
        """Minimise an objective over one block, as `minimise` does over all."""
        return self._solve(_Question(block, objective, lower), time.monotonic() + min(most, self.deadline.left))

    def bound_by_block(self, number: Affine, values: Mapping[int, int]) -> list[Row]:
        """Return rows by which what each block adds to a number is at most what it adds for some values."""
        found = []
        for factors in self.blocks.split(number.factors).values():
            part = Affine(0, factors)
            found.append(make_row(Affine(part.at(values)) - part))
        return found

    def _minimise(
        self,
        objective: Affine,
        lower: Mapping[int, int],
        rows: Sequence[Row],
        start: Mapping[int, int] | None,
        end: float,
        within: Fraction | None,
    ) -> Solution:
        sought, raised = self.split(objective), self.blocks.split(lower)
        asked = self._join(rows)
        known = {part for _, parts, _ in asked for part in parts}
        asked += [(block, (block,), ()) for block in raised if block not in known]
        known.update(raised)
        best = self._find_best(objective, known, end)
        if not best.found:
            return best
        found = [best]
        questions: list[_Question] = []
        for block, parts, among in sorted(asked, key=lambda each: len(each[0].variables)):
            goal = sought.get(block, ZERO)
            if len(parts) > 1:
                goal = Affine(0, {v: f for part in parts for v, f in sought.get(part, ZERO).factors.items()})
            low = {v: n for part in parts for v, n in raised.get(part, {}).items()}
            questions.append(_Question(block, goal, low, among, start, joined=len(parts) > 1))
        least = best.bound + sum(self.programme.find_range(each.objective)[0] for each in questions)
        for question in questions:
            found.append(self._solve(question, end))
            if not found[-1].found:
                break
            least += found[-1].bound - self.programme.find_range(question.objective)[0]
            if within is not None and least > within:
                return Solution("infeasible", {})
        return _put_together(found)

    def split(self, objective: Affine) -> dict[Block, Affine]:
        """Return an objective by block: the same parts of the same objective, as long as nothing is added to a block."""
        size, _, found = self._objectives.get(id(objective), ((0, 0), objective, {}))
        if size != self.blocks.size:
            found = {b: found.get(b) or Affine(0, f) for b, f in self.blocks.split(objective.factors).items()}
            self._objectives[id(objective)] = self.blocks.size, objective, found
        return found

    def _find_best(self, objective: Affine, but: Collection[Block], end: float) -> Solution:
        """Return the best of all blocks but some if no bound is raised; of these the values are given, too."""
        blocks, sought = self.blocks.find(), self.split(objective)
        few = 2 * len(but) < len(blocks)
        size, whole, parts = self._best.get(id(objective), ((0, 0), Solution("unknown", {}), {}))
        if size != self.blocks.size or not few:
            wanted = blocks if few else [block for block in blocks if block not in but]
            parts = {b: self._solve(_Question(b, sought.get(b, ZERO), {}), end) for b in wanted}
            constant = Fraction(objective.constant)
            whole = _put_together([Solution("optimal", {}, constant, constant), *parts.values()])
            if few and whole.status == "optimal":
                self._best[id(objective)] = self.blocks.size, whole, parts
        if not whole.found:
            return whole
        left_out = [parts[block] for block in but if block in parts]
        value, bound = sum(part.value for part in left_out), sum(part.bound for part in left_out)
        return Solution(whole.status, whole.values, whole.value - value, whole.bound - bound)

    def _join(self, rows: Sequence[Row]) -> list[tuple[Block, Sequence[Block], Sequence[Row]]]:
        """Return the blocks that further rows join, each as one, with its parts and those rows."""
        joined: dict[Block, tuple[list[Block], list[Row]]] = {}
        for row in rows:
            touched = self.blocks.find_touched(row.factors)
            known = {id(joined[block]): joined[block] for block in touched if block in joined}.values()
            parts = dict.fromkeys([*touched, *(block for blocks, _ in known for block in blocks)])
            group = list(parts), [row, *(other for _, among in known for other in among)]
            joined.update(dict.fromkeys(parts, group))
        groups = {id(group): group for group in joined.values()}.values()
        return [(self._make_one(blocks), blocks, among) for blocks, among in groups]

    def _make_one(self, blocks: Sequence[Block]) -> Block:
        """Return several blocks as one; the same one if they are asked for again."""
        if len(blocks) == 1:
            return blocks[0]
        if self._joined is None or self._joined[0] != frozenset(blocks):
            self._joined = frozenset(blocks), join_blocks(blocks)
        return self._joined[1]

    def _solve(self, asked: _Question, end: float) -> Solution:
        """Answer a question, from memory if it was asked before."""
        if asked.rows:
            return self._ask(asked, end)
        key = (asked.block, id(asked.objective), frozenset(asked.lower.items()))
        _, found = self._remembered.pop(key, (None, None))
        if found is None:
            if asked.lower:
                best = self._solve(_Question(asked.block, asked.objective, {}), end)
                if best.status == "infeasible":
                    return best
                asked = replace(asked, best=best if best.status == "optimal" else None)
            found = self._ask(asked, end)
            if found.status not in ("optimal", "infeasible"):
                return found
            self._size += len(found.values)
        self._remembered[key] = asked.objective, found  # behind all others
        while self._size > _REMEMBERED:
            oldest = next(iter(self._remembered))
            self._size -= len(self._remembered.pop(oldest)[1].values)
        return found

    def _ask(self, asked: _Question, end: float) -> Solution:
        """Ask HiGHS, which may return the start as optimal where it is not: then it is asked again without one."""
        best: Solution | None = None
        ways: list[tuple[float, Mapping[int, int] | None]] = [(each, None) for each in _TOLERANCES]
        if asked.start is not None:
            ways.insert(0, (_TOLERANCES[0], asked.start))
        for tolerance, begin in ways:
            left = end - time.monotonic()
            if left <= 0:
                return best or Solution("unknown", {})
            status, values, bound = self._call(replace(asked, start=begin), tolerance, left)
            if values is None:
                return best or Solution(status, {})
            variables = asked.block.variables
            otherwise = asked.best.values if asked.best else dict(enumerate(self.programme.lower))
            decided = {v: round(values.get(v, otherwise[v])) for v in variables if v in self.primary}
            decided.update({v: round(values[v]) for v in asked.lower})
            exact = self.programme.complete(decided, variables)
            if not all(row.holds(exact) for row in (*asked.block.rows, *asked.rows)):
                continue
            value = asked.objective.at(exact)
            if value <= bound or (status == "optimal" and value - bound <= abs(value) * _ROUNDING):
                return Solution("optimal", exact, value, min(bound, value))
            if best is None or value < best.value:
                best = Solution("feasible", exact, value, bound)
            if status != "optimal":  # out of time
                return best
        if best is None:
            raise DisagreementError
        return best

    def _call(
        self, asked: _Question, tolerance: float, seconds: float
    ) -> tuple[Status, Mapping[int, float] | None, Fraction]:
        """Return the status, values in floats, and a bound on the objective that is exact."""
        with require_library("highspy"):
            import numpy as np
            from dabiao.budget.highs import make_matrix, solve_matrix

        programme = self.programme
        objective, rest = asked.objective, Fraction(0)
        if asked.best is None:
            variables, needed = asked.block.find_needed([*objective.factors, *asked.lower], asked.rows)
        else:
            variables, needed = asked.block.find_near(objective, asked.lower)
            objective = Affine(0, {v: objective.factors[v] for v in variables if v in objective.factors})
            rest = asked.best.bound - objective.at(asked.best.values)
        if not variables:
            return "optimal", {}, rest
        places = {variable: place for place, variable in enumerate(variables)}
        scale, factors = _scale(objective)
        cost, low = np.zeros(len(variables)), np.array([programme.lower[v] for v in variables], dtype=float)
        for variable, factor in factors.items():
            cost[places[variable]] = factor
        for variable, number in asked.lower.items():
            low[places[variable]] = number
        high = np.array([programme.upper[v] for v in variables], dtype=float)
        start = None if asked.start is None else [float(asked.start.get(v, 0)) for v in variables]
        matrix = make_matrix(needed, places)
        found = solve_matrix(
            cost,
            low,
            high,
            matrix,
            tolerance=tolerance,
            seconds=seconds,
            start=start,
            plain=asked.joined and start is not None,
        )
        least = (
            scale * _round_up(found.bound) if isfinite(found.bound) else Fraction(programme.find_range(objective)[0])
        )
        values = None if found.values is None else dict(zip(variables, found.values, strict=True))
        return found.status, values, rest + least


def _put_together(parts: Iterable[Solution]) -> Solution:
    """Return solutions of blocks as one; later ones take the place of earlier ones, and one that is missing makes all so."""
    values: dict[int, int] = {}
    value = bound = Fraction(0)
    status: Status = "optimal"
    for part in parts:
        if not part.found:
            return Solution(part.status, {})
        values.update(part.values)
        value, bound = value + part.value, bound + part.bound
        if part.status != "optimal":
            status = "feasible"
    return Solution(status, values, value, bound)


def _round_up(bound: float) -> int:
    """Return the least whole number that is not below a bound of the solver, which may be too high by rounding."""
    return ceil(bound - max(1e-6, abs(bound) * float(_ROUNDING)))


def _scale(objective: Affine) -> tuple[Fraction, dict[int, int]]:
    """Return an objective as coprime whole factors, and the number that they have to be multiplied by."""
    if not objective.factors:
        return Fraction(1), {}
    common = lcm(*(factor.denominator for factor in objective.factors.values()))
    factors = {variable: int(factor * common) for variable, factor in objective.factors.items()}
    divisor = gcd(*factors.values())
    return Fraction(divisor, common), {variable: factor // divisor for variable, factor in factors.items()}


def make_row(number: Affine) -> Row:
    """Return the row that requires number >= 0."""
    factors, constant = to_whole_numbers(number)
    return Row(factors, -constant, None) if factors else Row({}, 1 if constant < 0 else None, None)
