"""Judges one partition of a data set: any number of whole root subjects with all their rows. Frames in, frames out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
from dabiao.base.problems import Problem, Problems, Refused
from dabiao.engine.check import check
from dabiao.engine.frame import COLUMNS, SCHEMA
from dabiao.engine.needed import find_needed, leave_out_checks
from dabiao.engine.results import COUNTED, VERDICTS, Result, Verdict
from dabiao.facts.datasets.read import DataSet, read_rows
from dabiao.facts.model import Facts, to_float
from dabiao.rules.amend import in_force
from dabiao.rules.model import Plan
from dabiao.rules.written import Tier

FINDINGS = {**SCHEMA, "verdict": pl.String(), "waived_from": pl.String()}
FOLLOWED: dict[str, pl.DataType] = {
    **dict.fromkeys(("consequence", "root", "kind", "subject"), pl.String()), "year": pl.Int32(), "amount": pl.Float64(),
    "because": pl.List(pl.Struct({"id": pl.String(), "subject": pl.String()})),
}  # fmt: skip
COUNTS: dict[str, pl.DataType] = {
    **dict.fromkeys(("commitment", "tier", "restates", "verdict"), pl.String()), "findings": pl.Int64(),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What is asked of every partition: the year and the day, the selection, and which columns of findings are written."""

    year: int
    as_of: date | None = None
    select: tuple[str, ...] = ()
    columns: tuple[str, ...] = COLUMNS

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """The columns of findings that are written, and their types."""
        return {name: FINDINGS[name] for name in self.columns}

    def narrow(self, plan: Plan) -> Plan:
        """Return the text of a plan in force, of a selection without the data checks that have nothing to do with it."""
        plan = in_force(plan, self.as_of or date(self.year, 12, 31))
        return leave_out_checks(plan, self.select) if self.select else plan

    def find_needed(self, plan: Plan) -> frozenset[tuple[str, str]] | None:
        """Return the measures, each with its kind, that a selection needs; None where all are read."""
        return find_needed(self.narrow(plan), self.select) if self.select else None


@dataclass(frozen=True)
class Judged:
    """What one partition came to: its findings, what follows from them, how many there are of each verdict, and the problems.

    `compact` are the findings with texts that repeat as Enum, which are written sooner.
    `reported` is how many facts of the year are known. Where an error is among the problems, nothing was judged.
    """

    compact: pl.DataFrame
    followed: pl.DataFrame
    counts: pl.DataFrame
    problems: tuple[Problem, ...]
    reported: int = 0

    @property
    def findings(self) -> pl.DataFrame:
        """The findings, with the types of `FINDINGS`."""
        return self.compact.cast({name: pl.String for name, kind in self.compact.schema.items() if kind == pl.Enum})

    @property
    def refused(self) -> bool:
        """Whether the rows must not be used."""
        return any(problem.severity == "error" for problem in self.problems)


def judge_partition(data: DataSet, frames: Mapping[str, pl.DataFrame], asked: Asked) -> Judged:
    """Read and judge the rows of some root subjects, by kind as `DataSet.scan` gives them, with all rows of each.

    Whatever is wrong with them is part of what is returned; nothing is raised for it.
    """
    problems = Problems()
    sheets = read_rows(data, frames, problems)
    facts = Facts(data.plan, sheets, problems.found)
    if problems.errors:
        return _nothing(asked, problems.found)
    if asked.year not in facts.years:
        return _nothing(asked, (*facts.notes, *facts.find_unjudged(asked.year)))
    try:
        result = check(asked.narrow(data.plan), facts, year=asked.year, as_of=asked.as_of, select=asked.select)
    except Refused as refused:
        return _nothing(asked, refused.problems)
    compact = result.complete(None, asked.columns)
    return Judged(compact, _followed(result), _count(result), tuple(result.notes), result.reported)


def total(counts: pl.DataFrame, tiers: tuple[Tier, ...] = COUNTED) -> dict[Verdict, int]:
    """Return how many findings of some tiers have each verdict, those of restatements left out, as `Result.counts` does."""
    counting = counts.filter(pl.col("tier").is_in(tiers), pl.col("restates").is_null())
    return dict(counting.group_by("verdict").agg(pl.col("findings").sum()).iter_rows())


def _nothing(asked: Asked, problems: tuple[Problem, ...]) -> Judged:
    findings, followed, counts = (pl.DataFrame(schema=schema) for schema in (asked.schema, FOLLOWED, COUNTS))
    return Judged(findings, followed, counts, problems)


def _followed(result: Result) -> pl.DataFrame:
    rows = [
        (
            one.rule, one.root, one.kind, one.subject, one.year, None if one.amount is None else to_float(one.amount),
            [{"id": name, "subject": subject} for name, subject in one.because],
        )
        for one in result.followed
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=FOLLOWED, orient="row")


def _count(result: Result) -> pl.DataFrame:
    tiers = {one.id: one.tier for one in result.plan.commitments.values()}
    sorts = result.table.schema["commitment"]
    assert isinstance(sorts, pl.Enum)
    ids, many = sorts.categories.to_list(), len(VERDICTS)
    both = result.table["commitment"].to_physical().cast(pl.UInt32) * many + result.table["verdict"].to_physical()
    rows = []
    for sort, findings in both.value_counts().iter_rows():
        name = ids[sort // many]
        rows.append((name, tiers[name], result.restates.get(name), VERDICTS[sort % many], findings))
    return pl.DataFrame(rows, schema=COUNTS, orient="row").sort("commitment", "verdict")
