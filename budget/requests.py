"""The request for a budget, and limits of spending read from text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from dabiao.base.files import File, paths_among
from dabiao.base.problems import Location, Problems
from dabiao.budget.results import Limits
from dabiao.engine.requests import SheetsRequest
from dabiao.facts.costs.read import read_money


@dataclass(frozen=True, kw_only=True)
class BudgetRequest(SheetsRequest):
    """The cheapest way to keep the commitments in `select` (all if it is empty), by the actions of a costs file.

    `first` is the first year to plan for (default: the one after the latest sheet); `seconds` is the time limit for solving.
    `curve` asks what less money would keep.
    """

    costs: File
    select: tuple[str, ...] = ()
    limits: Limits = Limits()
    first: int | None = None
    seconds: float = 60.0
    curve: bool = False

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read."""
        yield from super().inputs()
        yield from paths_among(self.costs)


def read_limits(total: str | None, by_year: Sequence[str]) -> Limits:
    """Read limits such as `2000万元` in all and `2025=300万元` in a year.

    Raises `Refused` with every text that is not an amount of money, and for a year given twice.
    """
    problems = Problems()
    most = None if total is None else read_money(total, Location("--limit"), problems)
    years: dict[int, Fraction] = {}
    for text in by_year:
        year, sign, amount = text.partition("=")
        if not sign or not year.isdecimal() or int(year) in years:
            problems.add("costs.bad-limit-year", Location("--limit-year"), found=text)
        elif (limit := read_money(amount, Location("--limit-year"), problems)) is not None:
            years[int(year)] = limit
    problems.refuse()
    return Limits(most, years)
