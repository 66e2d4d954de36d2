"""Commitments about which nothing at all is reported."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
from dabiao.engine.measure import Measured
from dabiao.engine.requirement import requirement_of
from dabiao.rules.algebra import Leaf, leaves
from dabiao.rules.model import Commitment


def find_silent(measured: Measured, commitments: Iterable[Commitment]) -> frozenset[str]:
    """Return the commitments that look at figures of which not one is known in any of the years looked at."""
    known: dict[Leaf, bool] = {}

    def is_known(leaf: Leaf) -> bool:
        if leaf not in known:
            frame = measured.tables.frames[leaf.kind].select("@year", leaf.measure)
            years = list(measured.plan.years_of(leaf, measured.year))
            rows = frame.filter(pl.col("@year").is_in(years))[leaf.measure]
            known[leaf] = rows.null_count() < len(rows)
        return known[leaf]

    found = set()
    for c in commitments:
        looked_at = leaves(*c.forms(requirement_of(c, measured.plan, measured.year).bounds))
        if looked_at and not any(is_known(leaf) for leaf in looked_at):
            found.add(c.id)
    return frozenset(found)
