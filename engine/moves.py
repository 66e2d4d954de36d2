"""How far values moved between two submissions: towards their targets, or away from them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from dabiao.engine.compare import Comparison, Shift
from dabiao.engine.gravity import WRONG, distance
from dabiao.engine.results import COUNTED
from dabiao.engine.views import REACHED


@dataclass(frozen=True, slots=True)
class Move:
    """A commitment of one root subject whose value two submissions tell; of several subjects the one that moved most.

    `share` is how far the value moved, as a share of the whole distance to its target: below zero it moved away from it.
    `subjects` is how many subjects have a value on both sides.
    """

    shift: Shift
    share: float
    subjects: int


def find_moves(comparison: Comparison) -> tuple[Move, ...]:
    """Return what moved between two submissions: first what moved away from its target, then what stands as it stood and
    does not reach it, then what moved towards it, then what reaches it as it did.

    Of these, what is short or behind comes first, then what moved farthest. Those of the first tier that has any are
    returned: of the main indicators if a plan has such.
    """
    old, new = comparison.old, comparison.new
    for tier in COUNTED:
        of_tier = comparison.findings.filter(pl.col("commitment").is_in(new.names_in(tier)))
        pairs = of_tier.select("@row", "@row_old").drop_nulls().sort("@row")
        places = pairs["@row_old"].sort()
        past = pl.DataFrame({"@row_old": places, "before": old.columns_of(places.to_list())["actual"]})
        frame = pl.concat([pairs, new.columns_of(pairs["@row"].to_list())], how="horizontal")
        frame = frame.join(past, on="@row_old", how="left", maintain_order="left")
        frame = frame.filter(pl.all_horizontal(pl.col("before", "actual", "target").is_not_null()))
        if frame.height:
            return _order(frame.with_columns(_share().alias("share")), comparison)
    return ()


def _share() -> pl.Expr:
    """Return how far each value moved: up where it has to rise, down where it has to fall, else nearer to its target."""
    now, before, target = pl.col("actual"), pl.col("before"), pl.col("target")
    risen = now - before
    nearer = (before - target).abs() - (now - target).abs()
    operator = pl.col("operator").cast(pl.String)
    moved = pl.when(operator.str.starts_with(">")).then(risen).when(operator.str.starts_with("<")).then(-risen)
    return moved.otherwise(nearer) / pl.when(distance() > 0.0).then(distance()).otherwise(1.0)


def _order(frame: pl.DataFrame, comparison: Comparison) -> tuple[Move, ...]:
    """Return a move of each commitment and root: the one that moved most, away from its target if one did."""
    share, each = pl.col("share"), ["commitment", "root"]
    frame = frame.with_columns(pl.len().over(each).alias("subjects"))
    stands = pl.when(pl.col("verdict").cast(pl.String).is_in(REACHED)).then(3).otherwise(1)
    place = pl.when(share < 0).then(0).when(share > 0).then(2).otherwise(stands)
    wrong = pl.col("verdict").cast(pl.String).is_in(WRONG)
    frame = frame.sort(place, ~wrong, -share.abs(), maintain_order=True)
    frame = frame.unique(each, keep="first", maintain_order=True)
    rows = frame.select("@row_old", "@row", "share", "subjects").iter_rows()
    return tuple(
        Move(Shift(comparison.old.explain(one), comparison.new.explain(other)), share, count)
        for one, other, share, count in rows
    )
