"""What a scenario changes: verdicts and values of findings, and consequences that appear or vanish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import polars as pl
from dabiao.base.problems import Problem
from dabiao.engine.compare import Shift, compare_followed, find_fate, pair_findings
from dabiao.engine.gravity import SUMMED_UP, WRONG, list_gravest_rows
from dabiao.engine.results import FailOn, Followed, Result, Verdict
from dabiao.scenarios.apply import Variant


@dataclass(frozen=True)
class WhatIfResult:
    """Two results of the same sheets, the second with scenarios, or for a later year.

    `shifts` are the findings that differ, those first that are gravest now. `appeared` and `vanished` are consequences.
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
        """The findings whose verdict changed, and not in name only."""
        return [shift for shift in self.shifts if shift.verdict_changed and not self.is_renamed(shift)]

    @property
    def renamed(self) -> Mapping[tuple[Verdict, Verdict], int]:
        """How many verdicts changed in name only, by the verdict before and after."""
        pairs = [(s.before, s.after) for s in self.shifts if s.verdict_changed and self.is_renamed(s)]
        return Counter((one.verdict, other.verdict) for one, other in pairs if one and other)

    def is_renamed(self, shift: Shift) -> bool:
        """Whether a finding stands as it stood, reached before and after, and only the year makes another word of it."""
        before, after = (side.verdict if side else None for side in (shift.before, shift.after))
        return self.does_nothing and find_fate(before, after) is None

    @property
    def newly_short(self) -> list[Shift]:
        """The findings that count and are short of what is owed now, and were not."""
        return [s for s in self.changed if s.after is not None and s.after.counts and s.after.verdict == "shortfall"]

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
    """Pair the rows of two results and explain those that differ, the gravest after the change first."""
    pairs = pair_findings(before, after)
    pairs = pairs.with_columns(
        _find_weights(after).gather(pairs["@row"]).alias("weight"),
        _find_weights(before).gather(pairs["@row_old"]).alias("weight_old"),
    )
    same = pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(f"{name}_old")) for name in ("verdict", "actual", "target", "weight")
    )
    ranks = {row: rank for rank, row in enumerate(list_gravest_rows(after, WRONG))}

    def gravity(pair: tuple[int | None, int | None]) -> tuple[int, int]:
        new, _ = pair
        if new is None:
            return len(SUMMED_UP), 0
        return SUMMED_UP.index(after.table["verdict"][new]), ranks.get(new, len(ranks))

    rows = sorted(pairs.filter(~same).select("@row", "@row_old").iter_rows(), key=gravity)
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
