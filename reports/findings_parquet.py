"""The findings as Parquet or Arrow: the columns of `to_polars()`, with titles, and problems of inputs as rows of their own.

What tells of problems is in every file, whichever columns of findings are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

import polars as pl
from dabiao.base.messages import say
from dabiao.engine.frame import COLUMNS, SCHEMA, find_columns
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Result
from dabiao.reports.finding_texts import nothing_judged

KNOWN = ("title", "chapter", *COLUMNS)
"""The columns of findings in a file."""
_TOLD, _PLACE = ("record", "code", "message"), "location"


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
    asked = outcome.request.columns
    shown = list(dict.fromkeys((*_TOLD, *find_columns(asked, KNOWN), _PLACE)))
    parts = [pl.DataFrame(problems, schema=dict.fromkeys((*_TOLD, _PLACE), pl.String()), orient="row")]
    if outcome.result is not None:
        parts.append(_findings(outcome.result, lang, asked))
    parts.append(pl.DataFrame(schema={name: SCHEMA.get(name, pl.String()) for name in shown}))
    whole = pl.concat(parts, how="diagonal").select(shown)
    return whole.cast({name: pl.String for name, kind in whole.schema.items() if kind == pl.Enum})


def _findings(result: Result, lang: str, asked: Sequence[str]) -> pl.DataFrame:
    """Return columns of the findings, with the titles and chapters of their commitments."""
    named, name = result.plan.commitments, pl.col("commitment")
    found = result.to_polars(["commitment", *(one for one in asked if one in SCHEMA), _PLACE] if asked else None)
    titles = {id_: one.title[lang] for id_, one in named.items()}
    chapters = {id_: one.chapter for id_, one in named.items()}
    return found.with_columns(
        pl.lit("finding").alias("record"),
        name.replace_strict(titles, default=None, return_dtype=pl.String).alias("title"),
        name.replace_strict(chapters, default=None, return_dtype=pl.String).alias("chapter"),
    )
