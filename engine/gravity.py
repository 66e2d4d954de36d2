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
_GROUP = ("commitment", "root", "verdict", "row", "missing", "subjects")
_ORDER = {"severity": True, "rank": False, "missing": True, "subjects": True, "whole": True, "first": False}


def find_gravest(result: Result, verdicts: tuple[Verdict, ...] = WRONG) -> tuple[Group, ...]:
    """Return the findings that count with some verdicts in groups, the gravest first."""
    return tuple(group for _, group in find_gravest_of([result], verdicts))


def list_gravest_rows(result: Result, verdicts: tuple[Verdict, ...]) -> list[int]:
    """List the rows that count with some verdicts, the gravest first."""
    return [row for group in find_gravest(result, verdicts) for row in group.rows]


def list_by_gravity(
    result: Result, verdict: Verdict, *, together: bool = False, among: pl.Series | None = None
) -> list[tuple[int, int]]:
    """List what `Result.rows_of` lists, the gravest first where one can be graver than another."""
    lines = result.rows_of(verdict, together=together, among=among)
    if verdict not in WRONG:
        return lines
    ranks = {row: rank for rank, row in enumerate(list_gravest_rows(result, (verdict,)))}
    return sorted(lines, key=lambda line: ranks[line[0]])


def find_gravest_of(results: Sequence[Result], verdicts: tuple[Verdict, ...] = WRONG) -> tuple[tuple[int, Group], ...]:
    """Return the groups of several results in one order, each with the place of its result."""
    frames = []
    for place, result in enumerate(results):
        rows = result.rows_with(*verdicts).arg_true()
        frames.append(_group(result, rows, pl.repeat(place, len(rows), eager=True)))
    return _sort(frames)


def rank_causes(result: Result) -> dict[tuple[str, str, str], int]:
    """Rank what can cause a consequence by commitment, root and subject, the gravest first."""
    found = result.table.select("commitment", "root", "subject")[list_gravest_rows(result, (*WRONG, "undetermined"))]
    ranks: dict[tuple[str, str, str], int] = {}
    for rank, (name, root, subject) in enumerate(found.iter_rows()):
        ranks.setdefault((str(name), root, subject or ""), rank)
    return ranks


def find_gravest_each(
    result: Result, parts: Sequence[Sequence[int]], verdicts: tuple[Verdict, ...] = WRONG
) -> list[list[Group]]:
    """Return the groups of each of several parts of the rows, none of which has a row of another."""
    part_of = {row: number for number, part in enumerate(parts) for row in part}
    rows = [row for row in result.rows_with(*verdicts).arg_true() if row in part_of]
    places = pl.Series([part_of[row] for row in rows], dtype=pl.Int64)
    found: list[list[Group]] = [[] for _ in parts]
    for place, group in _sort([_group(result, pl.Series(rows, dtype=pl.Int64), places)]):
        found[place].append(group)
    return found


def _group(result: Result, rows: pl.Series, places: pl.Series) -> pl.DataFrame | None:
    """Return a row a group with what decides where it stands, None if there are no rows; a group is of one place."""
    if not len(rows):
        return None
    frame = result.columns_of(rows.to_list()).with_columns(rows.alias("row"), places.cast(pl.Int64).alias("place"))
    ranks = {tier: rank for rank, tier in enumerate(COUNTED)}
    return (
        frame.with_columns(_missing().alias("missing"))
        .sort("missing", "row", descending=[True, False])
        .group_by(*_ALIKE, "place", maintain_order=True)
        .agg(
            pl.col("row"),
            pl.col("row").min().alias("first"),
            pl.col("severity", "tier", "missing").first(),
            pl.col("stands_for").fill_null(1).sum().alias("subjects"),
            pl.col("whole_gap").clip(lower_bound=0).sum().alias("whole"),
        )
        .with_columns(pl.col("tier").replace_strict(ranks, default=len(ranks), return_dtype=pl.Int8).alias("rank"))
        .with_columns(pl.col("commitment", "root", "verdict").cast(pl.String))
        .select("place", *dict.fromkeys((*_GROUP, *_ORDER)))
    )


def _sort(frames: Sequence[pl.DataFrame | None]) -> tuple[tuple[int, Group], ...]:
    """Return groups in the order of gravity, each with its place."""
    known = [frame for frame in frames if frame is not None]
    if not known:
        return ()
    found = pl.concat(known).sort(*_ORDER, "place", descending=[*_ORDER.values(), False], maintain_order=True)
    return tuple(
        (place, Group(name, root, verdict, tuple(rows), missing, subjects))
        for place, name, root, verdict, rows, missing, subjects in found.select("place", *_GROUP).iter_rows()
    )


def _missing() -> pl.Expr:
    """Return the share of the distance that is still missing; all of it where there is none."""
    gap, whole = pl.col("gap").clip(lower_bound=0.0), distance()
    return pl.when(whole > 0.0).then(gap / whole).otherwise(1.0).fill_null(1.0)


def distance() -> pl.Expr:
    """Return the distance to the target: from the start, or from nothing if that is not known or is the target."""
    target = pl.col("target")
    way = (target - pl.coalesce("start", "baseline")).abs()
    return pl.when(way > 0.0).then(way).otherwise(target.abs())


def sum_up(result: Result, *tiers: Tier) -> pl.DataFrame:
    """Return what each commitment of some tiers (else: of those that count) comes to in each root subject.

    The columns are `commitment`, `root` and `verdict`: that of the gravest of its findings. It is met only where every one
    of its subjects meets it.
    """
    return sum_up_rows(result, result.rows_in(*tiers))


def sum_up_rows(result: Result, rows: pl.Series) -> pl.DataFrame:
    """Return what each commitment comes to in each root subject by some of its rows alone (see `sum_up`)."""
    ranks = {verdict: SUMMED_UP.index(verdict) for verdict in VERDICTS}
    rank = pl.col("verdict").cast(pl.String).replace_strict(ranks, return_dtype=pl.Int8)
    found = result.table.filter(rows).group_by("commitment", "root", maintain_order=True).agg(rank.min().alias("rank"))
    verdict = pl.col("rank").replace_strict(dict(enumerate(SUMMED_UP)), return_dtype=pl.String)
    return found.select("commitment", "root", verdict.alias("verdict"))
