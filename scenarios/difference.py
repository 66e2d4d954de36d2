"""What a scenario changes: verdicts and values of findings, and consequences that appear or vanish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import polars as pl
from dabiao.base.problems import Problem
from dabiao.engine.results import FailOn, Finding, Followed, Result
from dabiao.scenarios.apply import Variant

_KEY = ["commitment", "root", "subject", "kind"]


@dataclass(frozen=True, slots=True)
class Shift:
    """A finding before and after; None on a side where its subject or commitment does not exist."""

    before: Finding | None
    after: Finding | None

    @property
    def verdict_changed(self) -> bool:
        """Whether the verdict changed, not only the value or the target."""
        return (self.before.verdict if self.before else None) != (self.after.verdict if self.after else None)


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
    followed = [{(f.rule, f.subject, f.kind, f.root): f for f in result.followed} for result in (before, after)]
    return WhatIfResult(
        names, variant, before, after, tuple(_find_shifts(before, after)),
        appeared=tuple(f for place, f in followed[1].items() if place not in followed[0]),
        vanished=tuple(f for place, f in followed[0].items() if place not in followed[1]), fail_on=fail_on,
    )  # fmt: skip


def apply_losses(difference: WhatIfResult, losses: Mapping[str, Fraction]) -> WhatIfResult:
    """Return the result with the amounts of consequences replaced by `losses` (yuan each, by rule) where it has them."""

    def replace_amounts(followed: Sequence[Followed]) -> tuple[Followed, ...]:
        return tuple(replace(one, amount=losses.get(one.rule, one.amount)) for one in followed)

    return replace(
        difference, appeared=replace_amounts(difference.appeared), vanished=replace_amounts(difference.vanished)
    )


def _find_shifts(before: Result, after: Result) -> list[Shift]:
    """Pair the rows of two results and explain those that differ, in the order of the plan after the change."""
    one, other = (_read_rows(result) for result in (before, after))
    pairs = other.join(one, on=_KEY, how="full", suffix="_before", coalesce=True, maintain_order="left_right")
    same = pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(f"{name}_before")) for name in ("verdict", "actual", "target", "weight")
    )
    rows = pairs.filter(~same).select("@row", "@row_before").iter_rows()
    return [
        Shift(None if old is None else before.explain(old), None if new is None else after.explain(new))
        for new, old in rows
    ]


def _read_rows(result: Result) -> pl.DataFrame:
    """Return the table of a result with row numbers, and as `weight` how many unlisted subjects a nameless row stands for."""
    table = result.table.with_row_index("@row")
    weights = pl.Series("weight", [1]).new_from_index(0, table.height)
    for row in (table["subject"] == "").arg_true().to_list():
        weights[row] = result.explain(row).stands_for
    return table.with_columns(pl.col("commitment", "kind", "verdict").cast(pl.String), weights)
