"""Commitments about which nothing at all is reported."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from dabiao.engine.measure import Measured
from dabiao.engine.requirement import requirement_of
from dabiao.rules.algebra import Leaf
from dabiao.rules.model import Commitment
from dabiao.rules.walks import leaves


def find_silent(measured: Measured, commitments: Iterable[Commitment]) -> frozenset[str]:
    """Return the commitments that look at figures of which not one is known in any of the years looked at."""
    known: dict[Leaf, bool] = {}

    @cache
    def reported(kind: str, year: int) -> frozenset[str]:
        """Return the figures of a kind of which one at least is known in a year."""
        rows = measured.frame(kind) if year == measured.year else measured.tables.of_year(kind, year)
        counts = rows.null_count().row(0, named=True) if rows.height else {}
        return frozenset(name for name, missing in counts.items() if missing < rows.height)

    def is_known(leaf: Leaf) -> bool:
        if leaf not in known:
            known[leaf] = any(
                leaf.measure in reported(leaf.kind, y) for y in measured.plan.years_of(leaf, measured.year)
            )
        return known[leaf]

    found = set()
    for c in commitments:
        looked_at = leaves(*c.forms(requirement_of(c, measured.plan, measured.year).bounds))
        if looked_at and not any(is_known(leaf) for leaf in looked_at):
            found.add(c.id)
    return frozenset(found)
