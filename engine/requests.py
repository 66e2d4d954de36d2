"""What a check is asked, and what it comes to. The requests of other commands about sheets add to these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dabiao.base.exits import EXIT_REFUSED
from dabiao.base.files import File, Given, Upload, paths_among
from dabiao.base.problems import Location, Problem, Refused
from dabiao.facts.files import sheet_files
from dabiao.rules.files import find_plan_files
from dabiao.rules.load import load_plan
from dabiao.rules.model import Plan
from dabiao.rules.requests import PlanRequest

if TYPE_CHECKING:
    from dabiao.engine.compare import Comparison
    from dabiao.engine.results import FailOn, Result
    from dabiao.facts.model import Blank

AUTO = "auto"
"""Stands for the plan where every sheet names its own; a file of that name is ./auto."""


@dataclass(frozen=True, kw_only=True)
class SheetsRequest(PlanRequest):
    """Sheets to be looked at by a plan, and files of waivers and assignments, on disk or uploaded."""

    sheets: tuple[Given, ...]
    waivers: File | None = None
    assignments: File | None = None

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read, of a folder those that are sheets or belong to one; uploads are none."""
        yield from super().inputs()
        yield from paths_among(self.waivers, self.assignments)
        for sheet in paths_among(*self.sheets):
            yield from sheet_files(sheet)

    def load_plan(self) -> Plan:
        """Load the plan with its waivers and owners. Raises `Refused` with everything wrong with any of them."""
        return load_plan(self.plan, self.waivers, self.parts, self.assignments)


@dataclass(frozen=True, kw_only=True)
class CheckRequest(SheetsRequest):
    """A check: the year to judge (default: the latest reported), the day whose text and waivers count (31 December of it).

    `select` names commitments, chapters, tiers, natures, strengths or owners; all are judged if it is empty. `fail_on` is
    the least grave verdict that makes the exit code 1. `since` are the sheets of an earlier submission, or a bundle of it,
    with which the outcome is compared; `since_year` is the year of it (default: see `dabiao.engine.since`). What a report
    for people shows: everything, if `show_all`; the findings by one of `engine/views.py`, if `by` names one; those of one
    subject and all that lies in it, if `subject` does. `columns` are those of findings in Parquet and Arrow; all if none
    is named.
    """

    year: int | None = None
    as_of: date | None = None
    select: tuple[str, ...] = ()
    fail_on: FailOn = "shortfall"
    show_all: bool = False
    by: str | None = None
    subject: str | None = None
    columns: tuple[str, ...] = ()
    since: tuple[Given, ...] = ()
    since_year: int | None = None

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read."""
        yield from super().inputs()
        for sheet in paths_among(*self.since):
            yield from sheet_files(sheet)

    def values(self, name: Callable[[Given], str] = str) -> dict[str, Any]:
        """Return what is asked as plain values for JSON; `name` names a sheet."""
        since = {"since": [name(sheet) for sheet in self.since], "since_year": self.since_year}
        return {
            "plan": str(self.plan),
            "sheets": [name(sheet) for sheet in self.sheets],
            "waivers": None if self.waivers is None else str(self.waivers),
            "assignments": None if self.assignments is None else str(self.assignments),
            "year": self.year,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "select": list(self.select),
            "fail_on": self.fail_on,
            **(since if self.since else {}),
        }


@dataclass(frozen=True, kw_only=True)
class CompareRequest:
    """Two submissions, each a sheet, a folder or a bundle, of one year or of two; both are judged by the same text.

    What is not given is that of a bundle: `plan`, waivers, assignments, `as_of` and `select` that of `new`, or the plan of
    `old`. `beside` are sheets that both sides are judged with, such as those of the baseline year. `year` is that of `new`,
    `old_year` that of `old`.
    """

    old: Given
    new: Given
    plan: str | Upload | None = None
    parts: tuple[Upload, ...] = ()
    beside: tuple[Given, ...] = ()
    waivers: File | None = None
    assignments: File | None = None
    year: int | None = None
    old_year: int | None = None
    as_of: date | None = None
    select: tuple[str, ...] = ()
    fail_on: FailOn = "shortfall"

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read."""
        if self.plan is not None:
            yield from find_plan_files(self.plan)
        yield from paths_among(self.waivers, self.assignments)
        for sheet in paths_among(self.old, self.new, *self.beside):
            yield from sheet_files(sheet)


def split_sides(named: Sequence[str]) -> tuple[str | None, Path, Path]:
    """Separate the plan, if there is one, from the two submissions named after it. Raises `Refused` for any other number."""
    if len(named) not in (2, 3):
        raise Refused([Problem("compare.two-sides", Location("compare"), {"found": tuple(named)})])
    *plan, old, new = named
    return plan[0] if plan else None, Path(old), Path(new)


@dataclass(frozen=True, kw_only=True)
class ExplainRequest(SheetsRequest):
    """Why a commitment has its verdict, for one subject or for all."""

    commitment: str
    subject: str | None = None
    year: int | None = None
    as_of: date | None = None


@dataclass(frozen=True, kw_only=True)
class CheckOutcome:
    """What a check came to: a result, or the problems for which an input was refused. Every report is made from it.

    `plan` is None where it was the plan that could not be read. With a result, `problems` are the warnings. `since` is
    what changed since the earlier submission, if one was given. `blanks` are the cells of workbooks that are not filled in.
    """

    request: CheckRequest
    plan: Plan | None
    result: Result | None
    problems: tuple[Problem, ...] = ()
    since: Comparison | None = None
    blanks: tuple[Blank, ...] = ()

    @property
    def exit_code(self) -> int:
        """The exit code of the whole check."""
        return EXIT_REFUSED if self.result is None else self.result.exit_code(self.request.fail_on)
