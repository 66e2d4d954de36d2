"""One call of HiGHS: a programme in sparse arrays, solved in floats. Who asks checks the answer in whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Literal

import highspy
import numpy as np
import numpy.typing as npt
from dabiao.budget.programme import Row

Status = Literal["optimal", "feasible", "infeasible", "unknown"]


@dataclass(frozen=True, eq=False)
class Matrix:
    """Rows as sparse arrays: where each starts (one more than there are rows), places of variables, factors, limits of rows."""

    starts: npt.NDArray[np.int32]
    places: npt.NDArray[np.int32]
    factors: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """What HiGHS says: values by place (None if it found none), and a lower bound on the objective (`-inf`: none known)."""

    status: Status
    values: Sequence[float] | None = None
    bound: float = -inf


def make_matrix(rows: Iterable[Row], places: Mapping[int, int]) -> Matrix:
    """Return rows as arrays, their variables by place."""
    rows = tuple(rows)
    return Matrix(
        np.cumsum([0, *(len(row.factors) for row in rows)], dtype=np.int32),
        np.array([places[variable] for row in rows for variable in row.factors], dtype=np.int32),
        np.array([factor for row in rows for factor in row.factors.values()], dtype=float),
        np.array([-inf if row.low is None else row.low for row in rows], dtype=float),
        np.array([inf if row.high is None else row.high for row in rows], dtype=float),
    )


def solve_matrix(
    cost: npt.NDArray[np.float64],
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
    matrix: Matrix,
    *,
    tolerance: float,
    seconds: float,
    start: Sequence[float] | None,
    plain: bool = False,
) -> Answer:
    """Minimise cost * x for whole x from low to high that satisfy the rows, to a gap of one half, in at most some seconds.

    A `plain` search leaves out what helps to find good answers: it is for questions where the proof is what takes long.
    """
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(matrix.low)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, low, high
    lp.row_lower_, lp.row_upper_ = matrix.low, matrix.high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.starts, matrix.places, matrix.factors
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(cost)
    highs = highspy._core._Highs()  # its subclass `Highs` prints a banner as it is made, before anything can stop it
    options: dict[str, bool | int | float] = {
        "output_flag": False, "mip_rel_gap": 0.0, "mip_abs_gap": 0.5, "time_limit": seconds,
        "mip_feasibility_tolerance": tolerance, "primal_feasibility_tolerance": min(tolerance, 1e-7), "threads": 1,
        "mip_heuristic_run_rins": False, "mip_heuristic_run_rens": False, "mip_detect_symmetry": False,
        "mip_heuristic_run_root_reduced_cost": not plain, "mip_lp_age_limit": 2 if plain else 10,
    }  # fmt: skip
    for name, value in options.items():
        highs.setOptionValue(name, value)
    if highs.passModel(lp) == highspy.HighsStatus.kError:
        raise ValueError
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start)
        highs.setSolution(solution)
    highs.run()
    status, info, known = highs.getModelStatus(), highs.getInfo(), highspy.HighsModelStatus
    if status in (known.kInfeasible, known.kUnboundedOrInfeasible):
        return Answer("infeasible")
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Answer("unknown")
    bound = info.mip_dual_bound if isfinite(info.mip_dual_bound) else -inf
    return Answer("optimal" if status == known.kOptimal else "feasible", list(highs.getSolution().col_value), bound)
