"""Integer programmes solved with HiGHS, every answer checked in exact whole numbers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, gcd, inf, isfinite, lcm
from typing import Literal

from dabiao.base.libraries import require_library
from dabiao.budget.affine import Affine
from dabiao.budget.programme import Programme, Row, to_whole_numbers

Status = Literal["optimal", "feasible", "infeasible", "unknown"]

_TOLERANCES = (1e-6, 1e-9)  # the second is tried if the first answer holds only within its tolerance
_ROUNDING = Fraction(1, 10**12)  # of a number, by which floats may err


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


class Solver:
    """Solves one programme for different objectives, raised lower bounds and further rows."""

    def __init__(self, programme: Programme, primary: Sequence[int], deadline: Deadline) -> None:
        """Prepare; `primary` are the decision variables, which define all others."""
        self.programme = programme
        self.primary = primary
        self.deadline = deadline

    def minimise(
        self,
        objective: Affine,
        *,
        lower: Mapping[int, int],
        rows: Sequence[Row] = (),
        start: Mapping[int, int] | None = None,
        most: float = inf,
    ) -> Solution:
        """Minimise an objective in at most `most` seconds. `lower` raises lower bounds, `start` is a known solution.

        A solution is optimal if its exact value is the bound that the solver has proven. HiGHS may return the start as optimal
        where it is not: then it is asked again without one. Raises `DisagreementError` if no answer passes the exact check.
        """
        if self.deadline.left <= 0:
            return Solution("unknown", {})
        best: Solution | None = None
        ways: list[tuple[float, Mapping[int, int] | None]] = [(each, None) for each in _TOLERANCES]
        if start is not None:
            ways.insert(0, (_TOLERANCES[0], start))
        for tolerance, begin in ways:
            allowed = tolerance, min(most, self.deadline.left)
            status, values, bound = self._solve(objective, lower, rows, allowed, begin)
            if values is None:
                return best or Solution(status, {})
            exact = self._complete(values, lower)
            if not all(row.holds(exact) for row in (*self.programme.rows, *rows)):
                continue
            value = objective.at(exact)
            if value <= bound or (status == "optimal" and value - bound <= abs(value) * _ROUNDING):
                return Solution("optimal", exact, value, min(bound, value))
            if best is None or value < best.value:
                best = Solution("feasible", exact, value, bound)
            if status != "optimal":  # out of time
                return best
        if best is None:
            raise DisagreementError
        return best

    def _complete(self, values: Sequence[float], lower: Mapping[int, int]) -> dict[int, int]:
        decided = {variable: round(values[variable]) for variable in self.primary}
        decided.update({variable: round(values[variable]) for variable in lower})
        return self.programme.complete(decided)

    def _solve(
        self,
        objective: Affine,
        lower: Mapping[int, int],
        rows: Sequence[Row],
        allowed: tuple[float, float],
        start: Mapping[int, int] | None,
    ) -> tuple[Status, Sequence[float] | None, Fraction]:
        with require_library("highspy"):
            import highspy
            import numpy as np

        tolerance, seconds = allowed
        all_rows = [*self.programme.rows, *rows]
        scale, factors = _scale(objective)
        lp = highspy.HighsLp()
        count = len(self.programme.lower)
        lp.num_col_, lp.num_row_ = count, len(all_rows)
        cost = np.zeros(count)
        for variable, factor in factors.items():
            cost[variable] = factor
        low = np.array(self.programme.lower, dtype=float)
        for variable, bound in lower.items():
            low[variable] = bound
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, low, np.array(self.programme.upper, dtype=float)
        lp.row_lower_ = np.array([-highspy.kHighsInf if r.low is None else r.low for r in all_rows], dtype=float)
        lp.row_upper_ = np.array([highspy.kHighsInf if r.high is None else r.high for r in all_rows], dtype=float)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        starts = np.cumsum([0, *(len(r.factors) for r in all_rows)])
        lp.a_matrix_.start_ = starts.astype(np.int32)
        lp.a_matrix_.index_ = np.array([v for r in all_rows for v in r.factors], dtype=np.int32)
        lp.a_matrix_.value_ = np.array([f for r in all_rows for f in r.factors.values()], dtype=float)
        lp.integrality_ = [highspy.HighsVarType.kInteger] * count
        highs = (
            highspy._core._Highs()
        )  # its subclass `Highs` prints a banner as it is made, before anything can stop it
        options: dict[str, bool | int | float] = {
            "output_flag": False, "mip_rel_gap": 0.0, "mip_abs_gap": 0.5, "time_limit": seconds,
            "mip_feasibility_tolerance": tolerance, "primal_feasibility_tolerance": min(tolerance, 1e-7), "threads": 1,
        }  # fmt: skip
        for name, value in options.items():
            highs.setOptionValue(name, value)
        if highs.passModel(lp) == highspy.HighsStatus.kError:
            raise DisagreementError
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = [float(start.get(v, 0)) for v in range(count)]
            highs.setSolution(solution)
        highs.run()
        status = highs.getModelStatus()
        info = highs.getInfo()
        known = highspy.HighsModelStatus
        if status in (known.kInfeasible, known.kUnboundedOrInfeasible):
            return "infeasible", None, Fraction(0)
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        if status == known.kModelEmpty:
            return "optimal", [0.0] * count, Fraction(objective.constant)
        if not found:
            return "unknown", None, Fraction(0)
        dual = info.mip_dual_bound
        if isfinite(dual):
            least = scale * _round_up(dual) + objective.constant
        else:
            least = Fraction(self.programme.find_range(objective)[0])
        return ("optimal" if status == known.kOptimal else "feasible"), list(highs.getSolution().col_value), least


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
