"""What a scenario changes: findings whose verdict or value moved, consequences that appear or vanish, what stays short."""

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
    """A finding before and after; None where there is no such finding, because its subject or commitment is new or gone."""

    before: Finding | None
    after: Finding | None

    @property
    def verdict_changed(self) -> bool:
        """Whether it is more than a value that moved."""
        return (self.before.verdict if self.before else None) != (self.after.verdict if self.after else None)


@dataclass(frozen=True)
class Difference:
    """Two results of the same sheets, the second after scenarios. `appeared` and `vanished` are consequences."""

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
        """The exit code of a check of what is after the scenarios."""
        return self.after.exit_code(self.fail_on)

    @property
    def changed(self) -> list[Shift]:
        """The findings whose verdict changed."""
        return [shift for shift in self.shifts if shift.verdict_changed]

    @property
    def moved(self) -> list[Shift]:
        """The findings whose value or target moved while the verdict stayed."""
        return [shift for shift in self.shifts if not shift.verdict_changed]


def difference(
    names: tuple[str, ...], variant: Variant, before: Result, after: Result, fail_on: FailOn = "shortfall"
) -> Difference:
    """Compare two results."""
    followed = [{(f.rule, f.subject, f.kind, f.root): f for f in result.followed} for result in (before, after)]
    return Difference(
        names, variant, before, after, tuple(_shifts(before, after)),
        appeared=tuple(f for place, f in followed[1].items() if place not in followed[0]),
        vanished=tuple(f for place, f in followed[0].items() if place not in followed[1]), fail_on=fail_on,
    )  # fmt: skip


def priced(difference: Difference, losses: Mapping[str, Fraction]) -> Difference:
    """Return the difference with the money of consequences as `losses` says, in 元 each; the rest as the plan says."""

    def at_price(followed: Sequence[Followed]) -> tuple[Followed, ...]:
        return tuple(replace(one, amount=losses.get(one.rule, one.amount)) for one in followed)

    return replace(difference, appeared=at_price(difference.appeared), vanished=at_price(difference.vanished))


def _shifts(before: Result, after: Result) -> list[Shift]:
    """Pair the rows of two results and explain those that differ, in the order of the plan after the change."""
    one, other = (_rows(result) for result in (before, after))
    pairs = other.join(one, on=_KEY, how="full", suffix="_before", coalesce=True, maintain_order="left_right")
    same = pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(f"{name}_before")) for name in ("verdict", "actual", "target", "weight")
    )
    rows = pairs.filter(~same).select("@row", "@row_before").iter_rows()
    return [
        Shift(None if old is None else before.explain(old), None if new is None else after.explain(new))
        for new, old in rows
    ]


def _rows(result: Result) -> pl.DataFrame:
    """Return the table of a result, numbered, with names as text, and how many unlisted subjects a nameless row stands for."""
    table = result.table.with_row_index("@row")
    weights = pl.Series("weight", [1]).new_from_index(0, table.height)
    for row in (table["subject"] == "").arg_true().to_list():
        weights[row] = result.explain(row).stands_for
    return table.with_columns(pl.col("commitment", "kind", "verdict").cast(pl.String), weights)
