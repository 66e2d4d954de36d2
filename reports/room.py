"""Which findings go into a report that takes so many: the gravest. What is left out is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from dabiao.base.messages import say
from dabiao.engine.results import VERDICTS, Result, Verdict
from dabiao.reports.words import counts_text
from dabiao.rules.written import Tier


@dataclass(frozen=True, slots=True)
class Room:
    """The rows that a report of at most `limit` findings tells of, in the order of the plan, and the rows left out."""

    limit: int
    rows: Sequence[int]
    left: Sequence[int]
    counts: Mapping[Verdict, int]

    def text(self, lang: str) -> str:
        """Say how many are left out, and with which verdicts; empty if none is."""
        if not self.left:
            return ""
        return say("gate.left-out", lang, count=len(self.left), limit=self.limit, counts=counts_text(self.counts, lang))


def find_room(
    result: Result, limit: int, verdicts: Sequence[Verdict] | None = None, tiers: Sequence[Tier] = ()
) -> Room:
    """Return the gravest findings as far as there is room, among those that `Result.findings` gives.

    Binding shortfalls come before others, and what counts before what does not.
    """
    named = result.plan.commitments.values()
    binding = [one.id for one in named if one.nature == "binding"]
    commitment, verdict = pl.col("commitment").cast(pl.String), pl.col("verdict").cast(pl.String)
    table = result.table.select("commitment", "verdict").with_row_index("row")
    table = table.filter(result.rows_in(*tiers)) if tiers else table
    if verdicts is not None:
        table = table.filter(verdict.is_in(list(verdicts)))
    if table.height > limit:
        order = verdict.replace_strict({word: place for place, word in enumerate(VERDICTS)}, return_dtype=pl.Int8)
        counted = commitment.is_in(result.names_in("indicator", "task", *tiers))
        table = table.sort(~counted, order, ~commitment.is_in(binding), maintain_order=True)
    left = table[limit:]
    counts = dict(left.group_by(verdict.alias("verdict")).len().iter_rows())
    return Room(limit, table[:limit]["row"].sort().to_list(), left["row"].to_list(), counts)
