"""What a scenario changes: verdicts and values of findings, and consequences that appear or vanish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import polars as pl
from dabiao.base.problems import Problem
from dabiao.engine.compare import Shift, compare_followed, pair_findings
from dabiao.engine.results import FailOn, Followed, Result
from dabiao.scenarios.apply import Variant


@dataclass(frozen=True)
class WhatIfResult:
    """Two results of the same sheets, the second with scenarios, or for a later year.

    `appeared` and `vanished` are consequences.
    """

    names: tuple[str, ...]
    variant: Variant
    before: Result
    after: Result
    shifts: tuple[Shift, ...]
    appeared: tuple[Followed, ...]
    vanished: tuple[Followed, ...]
    fail_on: FailOn = "shortfall"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The warnings about the sheets."""
        return tuple(self.after.notes)

    @property
    def exit_code(self) -> int:
        """The exit code of a check with the scenarios applied."""
        return self.after.exit_code(self.fail_on)

    @property
    def does_nothing(self) -> bool:
        """Whether the second result is that of a later year in which the figures are still the same."""
        return self.before.year != self.after.year

    @property
    def changed(self) -> list[Shift]:
        """The findings whose verdict changed."""
        return [shift for shift in self.shifts if shift.verdict_changed]

    @property
    def moved(self) -> list[Shift]:
        """The findings whose value or target moved while the verdict stayed."""
        return [shift for shift in self.shifts if not shift.verdict_changed]


def compare_results(
    names: tuple[str, ...], variant: Variant, before: Result, after: Result, fail_on: FailOn = "shortfall"
) -> WhatIfResult:
    """Compare the results before and after the scenarios `names`."""
    appeared, vanished = compare_followed(before, after)
    shifts = tuple(_find_shifts(before, after))
    return WhatIfResult(names, variant, before, after, shifts, appeared, vanished, fail_on)


def apply_losses(difference: WhatIfResult, losses: Mapping[str, Fraction]) -> WhatIfResult:
    """Return the result with the amounts of consequences replaced by `losses` (yuan each, by rule) where it has them."""

    def replace_amounts(followed: Sequence[Followed]) -> tuple[Followed, ...]:
        return tuple(replace(one, amount=losses.get(one.rule, one.amount)) for one in followed)

    return replace(
        difference, appeared=replace_amounts(difference.appeared), vanished=replace_amounts(difference.vanished)
    )


def _find_shifts(before: Result, after: Result) -> list[Shift]:
    """Pair the rows of two results and explain those that differ, in the order of the plan after the change."""
    pairs = pair_findings(before, after)
    pairs = pairs.with_columns(
        _find_weights(after).gather(pairs["@row"]).alias("weight"),
        _find_weights(before).gather(pairs["@row_old"]).alias("weight_old"),
    )
    same = pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(f"{name}_old")) for name in ("verdict", "actual", "target", "weight")
    )
    rows = pairs.filter(~same).select("@row", "@row_old").iter_rows()
    return [
        Shift(None if old is None else before.explain(old), None if new is None else after.explain(new))
        for new, old in rows
    ]


def _find_weights(result: Result) -> pl.Series:
    """Return for every row how many unlisted subjects it stands for; 1 for a subject with a name."""
    weights = pl.Series("weight", [1]).new_from_index(0, result.table.height)
    for row in (result.table["subject"] == "").arg_true().to_list():
        weights[row] = result.explain(row).stands_for
    return weights
