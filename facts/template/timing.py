"""Tells whether a figure is the state at the end of a year or what happened in it, by how a plan uses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from dabiao.rules.model import Commitment, Measure
from dabiao.rules.walks import leaves

Timing = Literal["stock", "flow"]

EVENTS = ("人次", "次", "场次", "场", "期", "件次", "天次", "小时")
"""Units of what happens and is over: there is no such number at the end of a year."""


def find_timing(measure: Measure, commitments: Sequence[Commitment]) -> Timing | None:
    """Return whether a measure is a stock or a flow; None where its uses do not tell.

    What is added up over the years (`total`), or counted in units of events, is a flow; so is a number that is promised for
    every year and compared with no other year, unless it is a share. What has a baseline or is due by a year is a stock.
    """
    if measure.steps:
        return None
    times = {leaf.time for c in commitments for leaf in leaves(*c.forms()) if leaf.measure == measure.id}
    if "total" in times or measure.unit.symbol in EVENTS:
        return "flow"
    if measure.baseline is not None or times & {"baseline", "last"}:
        return "stock"
    due = {c.due.kind for c in commitments if c.due is not None}
    if due == {"every_year"} and not measure.unit.is_percentage:
        return "flow"
    return "stock" if due & {"year", "throughout"} else None
