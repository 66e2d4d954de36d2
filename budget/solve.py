"""Solves whole-number programmes with HiGHS, and checks every answer in exact whole numbers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, inf, isfinite, lcm
from typing import Literal

from dabiao.base.libraries import require_library
from dabiao.budget.affine import Affine
from dabiao.budget.programme import Programme, Row, whole

Status = Literal["optimal", "feasible", "infeasible", "unknown"]

_TOLERANCES = (1e-6, 1e-9)  # of the second try, if the first answer was one only within its tolerance


class Disagreement(RuntimeError):  # noqa: N818 - says what it is
    """The solver's answer does not satisfy the programme when it is checked exactly."""


class Clock:
    """The time that is left for solving."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.seconds = seconds

    @property
    def left(self) -> float:
        """Seconds that are left, never below zero."""
        return max(self._end - time.monotonic(), 0.0)


@dataclass(frozen=True)
class Solved:
    """What a solve came to. `values` are exact; `value` is that of the objective and `bound` what it cannot go below."""

    status: Status
    values: Mapping[int, int]
    value: Fraction = Fraction(0)
    bound: Fraction = Fraction(0)

    @property
    def found(self) -> bool:
        """Whether there is a solution."""
        return self.status in ("optimal", "feasible")


class Solver:
    """Solves one programme again and again, with other objectives, other fixed variables and further rows."""

    def __init__(self, programme: Programme, primary: Sequence[int], clock: Clock) -> None:
        """Prepare; `primary` are the variables that are decided, from which all others follow."""
        self.programme = programme
        self.primary = primary
        self.clock = clock
        self.solves = 0

    def minimise(
        self,
        objective: Affine,
        *,
        lower: Mapping[int, int],
        rows: Sequence[Row] = (),
        start: Mapping[int, int] | None = None,
        most: float = inf,
    ) -> Solved:
        """Find the least value of an objective in at most `most` seconds. `lower` raises the lower bounds of some variables.

        Raises `Disagreement` if an answer stays wrong when it is checked exactly.
        """
        if self.clock.left <= 0:
            return Solved("unknown", {})
        for tolerance in _TOLERANCES:
            status, values, bound = self._run(objective, lower, rows, (tolerance, min(most, self.clock.left)), start)
            if values is None:
                return Solved(status, {})
            exact = self._exact(values, lower)
            if not self._broken(exact, rows):
                value = objective.at(exact)
                return Solved(
                    status if status == "optimal" or value > bound else "optimal", exact, value, min(bound, value)
                )
        raise Disagreement

    def _exact(self, values: Sequence[float], lower: Mapping[int, int]) -> dict[int, int]:
        decided = {variable: round(values[variable]) for variable in self.primary}
        decided.update({variable: round(values[variable]) for variable in lower})
        return self.programme.complete(decided)

    def _broken(self, values: Mapping[int, int], rows: Sequence[Row]) -> bool:
        for row in rows:
            sum_ = sum(factor * values.get(variable, 0) for variable, factor in row.factors.items())
            if (row.low is not None and sum_ < row.low) or (row.high is not None and sum_ > row.high):
                return True
        return bool(self.programme.broken(values))

    def _run(
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

        self.solves += 1
        tolerance, seconds = allowed
        all_rows = [*self.programme.rows, *rows]
        scale, factors = _scaled(objective)
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
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
        options: dict[str, bool | int | float] = {
            "output_flag": False, "mip_rel_gap": 0.0, "mip_abs_gap": 0.5, "time_limit": seconds,
            "mip_feasibility_tolerance": tolerance, "primal_feasibility_tolerance": min(tolerance, 1e-7), "threads": 1,
        }  # fmt: skip
        for name, value in options.items():
            highs.setOptionValue(name, value)
        if highs.passModel(lp) == highspy.HighsStatus.kError:
            raise Disagreement
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
            return "optimal", [0.0] * count, objective.constant
        if not found:
            return "unknown", None, Fraction(0)
        dual = info.mip_dual_bound
        least = (
            scale * _least_whole(dual) + objective.constant if isfinite(dual) else _lowest(objective, self.programme)
        )
        return ("optimal" if status == known.kOptimal else "feasible"), list(highs.getSolution().col_value), least


def _lowest(objective: Affine, programme: Programme) -> Fraction:
    """Return what an objective cannot go below by the ranges of its variables alone."""
    return programme.range(objective)[0]


def _least_whole(bound: float) -> int:
    """Return the least whole number a whole objective can have, given a bound from below within rounding."""
    return Fraction(bound - 1e-6 * max(1.0, abs(bound) * 1e-6)).__ceil__()


def _scaled(objective: Affine) -> tuple[Fraction, dict[int, int]]:
    """Return an objective as whole factors without common divisor, and what they are multiplied by."""
    if not objective.factors:
        return Fraction(1), {}
    common = lcm(*(factor.denominator for factor in objective.factors.values()))
    factors = {variable: int(factor * common) for variable, factor in objective.factors.items()}
    divisor = gcd(*factors.values())
    return Fraction(divisor, common), {variable: factor // divisor for variable, factor in factors.items()}


def at_least_zero(number: Affine) -> Row:
    """Return the row number >= 0."""
    factors, constant = whole(number)
    return Row(factors, -constant, None) if factors else Row({}, 1 if constant < 0 else None, None)
