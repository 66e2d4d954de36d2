"""The findings as Parquet or Arrow: the columns of `to_polars()`, with titles, and problems of inputs as rows of their own."""

from __future__ import annotations

from typing import IO

import polars as pl
from dabiao.base.messages import say
from dabiao.engine.frame import SCHEMA
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Result
from dabiao.reports.finding_texts import nothing_judged


def write(outcome: CheckOutcome, lang: str, stream: IO[bytes]) -> None:
    """Write the problems of inputs, then the findings, as Parquet."""
    _columns(outcome, lang).write_parquet(stream)


def write_arrow(outcome: CheckOutcome, lang: str, stream: IO[bytes]) -> None:
    """Write the same columns as a file of Arrow (IPC)."""
    _columns(outcome, lang).write_ipc(stream, compression="zstd", compat_level=pl.CompatLevel.oldest())


def _columns(outcome: CheckOutcome, lang: str) -> pl.DataFrame:
    """Return the problems of inputs, then the findings; the same outcome gives the same columns, refused or not."""
    problems = [
        (problem.severity, problem.code, problem.text(lang), str(problem.location)) for problem in outcome.problems
    ]
    if nothing_judged(outcome):
        problems.append(("error", "nothing-judged", say("gate.nothing-judged", lang), ""))
    noted = pl.DataFrame(
        problems, schema=dict.fromkeys(("record", "code", "message", "location"), pl.String()), orient="row"
    )
    parts = [noted, pl.DataFrame(schema=SCHEMA)] if outcome.result is None else [noted, _findings(outcome.result, lang)]
    whole = pl.concat(parts, how="diagonal").with_columns(pl.col("verdict", "waived_from").cast(pl.String))
    head = ("record", "code", "message", "title", "chapter")
    shown = whole.with_columns(pl.lit(None, pl.String).alias(name) for name in head if name not in whole.columns)
    return shown.select(*head, *SCHEMA)


def _findings(result: Result, lang: str) -> pl.DataFrame:
    """Return the findings with the titles and chapters of their commitments."""
    named = result.plan.commitments
    titles = {name: one.title[lang] for name, one in named.items()}
    chapters = {name: one.chapter for name, one in named.items()}
    name = pl.col("commitment")
    return result.to_polars().with_columns(
        pl.lit("finding").alias("record"),
        name.replace_strict(titles, default=None, return_dtype=pl.String).alias("title"),
        name.replace_strict(chapters, default=None, return_dtype=pl.String).alias("chapter"),
    )
