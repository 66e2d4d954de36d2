"""Counts, sums and ranks over the subjects below, as columns beside the subjects they lie in.

Each row is weighed by how many subjects it stands for. One that may not count, or may lie elsewhere, adds nothing or all
it can: that makes the bounds.
"""

from __future__ import annotations

from math import inf

import polars as pl
from dabiao.engine.columns import (
    SAFE,
    Bounds,
    Figure,
    YearColumns,
    are_whole,
    bounds_of,
    constant,
    peak,
    places,
    repeated,
)
from dabiao.rules.algebra import Aggregate, Ranked, Variable
from dabiao.rules.ranks import Member, bound_rank


def aggregate(measured: YearColumns, variable: Aggregate) -> Figure:
    """Return a figure over subjects as columns beside the rows of its owner's kind."""
    rows = measured.frame(variable.kind)
    counted = repeated(value=True, height=rows.height)
    if variable.where is not None:
        counted = measured.decide(variable.kind, variable.where)
    figures = {v: measured.figure(variable.kind, v) for v in variable.of.variables}
    rough = not (are_whole(figures.values()) and all(c.denominator == 1 for _, c in variable.of.terms))
    known = not counted.null_count() and not any(figure.value.null_count() for figure in figures.values())
    known = known and measured.all_listed(variable.kind)
    if isinstance(variable, Ranked):
        if variable.rank != "median" and variable.of.single is not None:
            rough = figures[variable.of.single].rough  # it is one of the values, and those are as they were reported
        return _ranked(measured, variable, counted, figures, known, rough)
    if not known:
        parts = _contributions(rows, variable, counted, figures)
    elif variable.counts:
        column = counted if variable.owner == measured.plan.root.id else counted.cast(pl.UInt32)
        parts = Bounds(column, column)
    else:
        column = measured.value(variable.kind, variable.of)
        if variable.where is not None:
            column = column.zip_with(counted, constant(0.0, rows.height))
        parts = Bounds(column, column)
    digits = _count_digits(parts) if rough else 0
    if not digits:
        return _figure(_grouped(measured, variable, parts), rough)
    scale = 10.0**digits
    sums = _grouped(measured, variable, parts.map(lambda end: (end * scale).round()))
    return _figure(sums.map(lambda end: end / scale), rough)


def _count_digits(parts: Bounds) -> int:
    """Return how many decimals contributions have if, scaled by them, they add up to the same in whatever order; else 0."""
    ends = [parts.low] if parts.known else [parts.low, parts.high]
    peaks = [peak(end) for end in ends]
    found = [places(end, size) for end, size in zip(ends, peaks, strict=True)]
    digits = max((one for one in found if one is not None), default=0)
    fits = None not in found and max(peaks) * 10.0**digits * len(parts.low) < SAFE
    return digits if fits else 0


def _figure(bounds: Bounds, rough: bool) -> Figure:
    value = bounds.low if bounds.known else bounds.low.set(bounds.low != bounds.high, None)
    return Figure(value, bounds.low, bounds.high, rough)


def _contributions(
    rows: pl.DataFrame, variable: Aggregate, counted: pl.Series, figures: dict[Variable, Figure]
) -> Bounds:
    """Return what each row adds at least and at most: nothing where it may not count, times how many it stands for."""
    sure = counted.fill_null(value=False) & rows["@weight"].is_finite()
    of = bounds_of(variable.of, figures, rows.height)
    return of.perhaps(sure, counted.fill_null(value=True)).weighed(rows["@weight"])


def _grouped(measured: YearColumns, variable: Aggregate, parts: Bounds) -> Bounds:
    """Add up contributions for each subject of a kind above; what has no known place may belong to any of them."""
    kind, frame = variable.owner, measured.frame(variable.owner)
    top = kind == measured.plan.root.id
    if top and frame.height == 1:
        low = pl.Series([float(parts.low.sum())])
        return Bounds(low, low if parts.known else pl.Series([float(parts.high.sum())]))
    keys = _keys(measured, kind)
    rows = measured.frame(variable.kind).select(keys).with_columns(parts.low.alias("@low"), parts.high.alias("@high"))
    here = _places(measured, kind)
    sums = rows.group_by(keys).agg(pl.col("@low", "@high").sum().cast(pl.Float64))
    joined = here.join(sums, on=keys, how="left", maintain_order="left")
    low, high = joined["@low"].fill_null(0.0), joined["@high"].fill_null(0.0)
    if top:
        return Bounds(low, high)
    loose = rows.filter(pl.col(f"@{kind}").is_null()).group_by("@root").agg(
        pl.col("@low").cast(pl.Float64).clip(upper_bound=0.0).sum(),
        pl.col("@high").cast(pl.Float64).clip(lower_bound=0.0).sum(),
    )  # fmt: skip
    extra = here.select("@root").join(loose, on="@root", how="left", maintain_order="left")
    return Bounds(low + extra["@low"].fill_null(0.0), high + extra["@high"].fill_null(0.0))


def _keys(measured: YearColumns, kind: str) -> list[str]:
    return ["@root"] if kind == measured.plan.root.id else ["@root", f"@{kind}"]


def _places(measured: YearColumns, kind: str) -> pl.DataFrame:
    """Return the subjects of a kind by the columns that name them in the rows below."""
    named = [pl.col("@name").alias(key) for key in _keys(measured, kind)[1:]]
    return measured.frame(kind).select("@root", *named)


def _ranked(
    measured: YearColumns,
    variable: Ranked,
    counted: pl.Series,
    figures: dict[Variable, Figure],
    known: bool,
    rough: bool,
) -> Figure:
    """Return the largest, smallest or middle value; null where there is none."""
    keys, here = _keys(measured, variable.owner), _places(measured, variable.owner)
    rows = measured.frame(variable.kind).select(*keys, "@weight")
    if not known or rows[keys[-1]].null_count():
        of = bounds_of(variable.of, figures, rows.height)
        return _figure(_rank_bounds(variable, rows.select(keys), rows["@weight"], counted, of, here), rough)
    values = rows.select(keys).with_columns(measured.value(variable.kind, variable.of).alias("@value")).filter(counted)
    column = pl.col("@value")
    one = {"max": column.max(), "min": column.min(), "median": column.median()}[variable.rank]
    found = here.join(values.group_by(keys).agg(one), on=keys, how="left", maintain_order="left")
    return Figure(found["@value"], -inf, inf, rough)


def _rank_bounds(
    variable: Ranked, keys: pl.DataFrame, weight: pl.Series, counted: pl.Series, of: Bounds, here: pl.DataFrame
) -> Bounds:
    """Rank row by row where something is missing: what has no known place may belong to any subject of its root."""
    members: dict[tuple[str | None, ...], list[Member]] = {}
    columns = (keys.iter_rows(), counted, of.low, of.high, weight)
    for place, counts, low, high, many in zip(*columns, strict=True):
        if counts is not False:
            sure = counts is True and None not in place and many != inf
            members.setdefault(place, []).append(Member(low, high, sure, many))
    found = [
        bound_rank(variable.rank, [*members.get(place, ()), *members.get((place[0], None), ())])
        for place in here.iter_rows()
    ]
    ends = pl.DataFrame(found, schema={"low": pl.Float64, "high": pl.Float64}, orient="row")
    return Bounds(ends["low"], ends["high"])
