"""Gravity: what comes first for those who have to act, and what a commitment comes to over all its subjects.

One order for every report. First by severity (binding shortfall, other shortfall, behind), then by tier (indicator, task),
then by how far: the share of the distance that is still missing, then by how many subjects are affected, and at last by
how much is missing in whole things. What is equal in all of these stays in the order of the plan.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from dabiao.engine.results import COUNTED, VERDICTS, Group, Result, Verdict
from dabiao.rules.written import Tier

SUMMED_UP: tuple[Verdict, ...] = (
    "shortfall", "behind", "undetermined", "not_due", "on_track", "waived", "early", "met", "not_applicable",
)  # fmt: skip
"""The verdicts as they outweigh each other where several findings are summed up: one that is open leaves the sum open."""
WRONG: tuple[Verdict, ...] = ("shortfall", "behind")
_ALIKE = ("commitment", "root", "verdict", "target", "upper")
_ORDER = {"severity": True, "rank": False, "missing": True, "subjects": True, "whole": True, "first": False}


def find_gravest(result: Result, verdicts: tuple[Verdict, ...] = WRONG) -> tuple[Group, ...]:
    """Return the findings that count with some verdicts in groups, the gravest first."""
    rows = (result.table["verdict"].cast(pl.String).is_in(verdicts) & result.rows_in()).arg_true()
    return tuple(group for _, group in _find_groups(result, rows, pl.repeat(0, len(rows), eager=True)))


def find_gravest_each(
    result: Result, parts: Sequence[Sequence[int]], verdicts: tuple[Verdict, ...] = WRONG
) -> list[list[Group]]:
    """Return the same for each of several parts of the rows, none of which has a row of another."""
    part_of = {row: number for number, part in enumerate(parts) for row in part}
    wanted = (result.table["verdict"].cast(pl.String).is_in(verdicts) & result.rows_in()).arg_true()
    rows = [row for row in wanted.to_list() if row in part_of]
    found: list[list[Group]] = [[] for _ in parts]
    numbers = pl.Series([part_of[row] for row in rows], dtype=pl.Int64)
    for number, group in _find_groups(result, pl.Series(rows, dtype=pl.Int64), numbers):
        found[number].append(group)
    return found


def _find_groups(result: Result, rows: pl.Series, parts: pl.Series) -> list[tuple[int, Group]]:
    """Return the groups of rows, the gravest first, each with the part its rows are of: a group is of one part."""
    if not len(rows):
        return []
    frame = result.columns_of(rows.to_list()).with_columns(rows.alias("row"), parts.alias("part"))
    ranks = {tier: rank for rank, tier in enumerate(COUNTED)}
    found = (
        frame.with_columns(_missing().alias("missing"))
        .sort("missing", "row", descending=[True, False])
        .group_by(*_ALIKE, "part", maintain_order=True)
        .agg(
            pl.col("row"),
            pl.col("row").min().alias("first"),
            pl.col("severity", "tier", "missing").first(),
            pl.col("stands_for").fill_null(1).sum().alias("subjects"),
            pl.col("whole_gap").clip(lower_bound=0).sum().alias("whole"),
        )
        .with_columns(pl.col("tier").replace_strict(ranks, default=len(ranks), return_dtype=pl.Int8).alias("rank"))
        .sort(*_ORDER, descending=list(_ORDER.values()))
    )
    columns = ("part", "commitment", "root", "verdict", "row", "missing", "subjects")
    return [
        (part, Group(name, root, verdict, tuple(rows), missing, subjects))
        for part, name, root, verdict, rows, missing, subjects in found.select(columns).iter_rows()
    ]


def _missing() -> pl.Expr:
    """Return the share of the distance that is still missing: of that from the start, else of the target, else all of it."""
    gap, target = pl.col("gap").clip(lower_bound=0.0), pl.col("target")
    way = (target - pl.coalesce("start", "baseline")).abs()
    whole = pl.when(way > 0.0).then(way).otherwise(target.abs())
    return pl.when(whole > 0.0).then(gap / whole).otherwise(1.0).fill_null(1.0)


def sum_up(result: Result, *tiers: Tier) -> pl.DataFrame:
    """Return what each commitment of some tiers (else: of those that count) comes to in each root subject.

    The columns are `commitment`, `root` and `verdict`: that of the gravest of its findings. It is met only where every one
    of its subjects meets it.
    """
    ranks = {verdict: SUMMED_UP.index(verdict) for verdict in VERDICTS}
    rank = pl.col("verdict").cast(pl.String).replace_strict(ranks, return_dtype=pl.Int8)
    table = result.table.filter(result.rows_in(*tiers))
    found = table.group_by("commitment", "root", maintain_order=True).agg(rank.min().alias("rank"))
    verdict = pl.col("rank").replace_strict(dict(enumerate(SUMMED_UP)), return_dtype=pl.String)
    return found.select("commitment", "root", verdict.alias("verdict"))
