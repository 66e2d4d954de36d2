"""Judging: `check`, `explain`, and `compare`, which judges two submissions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from dabiao.base.problems import Location, Problem, Refused
from dabiao.commands.asking import (
    AS_OF,
    ASSIGNMENTS,
    FAIL_ON,
    JUDGING,
    LANG,
    PATH,
    PLAN,
    SELECT,
    SHEETS,
    TEXT,
    WAIVERS,
    YEAR,
    asks,
    listed,
    words,
)
from dabiao.commands.common import command_line
from dabiao.commands.help import command
from dabiao.commands.outputs import answer, formats_asked, output_option

if TYPE_CHECKING:
    from dabiao.engine.parts import Engine

TABLES = ("parquet", "arrow")
SPARK = "spark"
ENGINES = ("processes", SPARK)
EXAMPLES = ("local[2]", "spark://127.0.0.1:7077", "yarn")


@command()
@JUDGING
@asks(
    click.option("--all", "show_all", is_flag=True),
    words("--by", metavar="VIEW"),
    words("--subject", metavar="NAME"),
    listed("--columns", metavar="NAME", formats=TABLES),
    click.option("--since", type=PATH, multiple=True, metavar="OLD"),
    click.option("--since-year", type=int),
    click.option("--jobs", type=click.IntRange(1)),
    click.option("--engine", type=click.Choice(ENGINES)),
    click.option("--master", type=TEXT, metavar="ADDRESS"),
    click.option("--resume", is_flag=True),
    output_option("check"),
    LANG,
)
@command_line
def check(
    output: tuple[str, ...],
    lang: str,
    jobs: int | None,
    engine: str | None,
    master: str | None,
    resume: bool,
    **asked: Any,
) -> int:
    """Judge fact SHEETS against a PLAN (a shipped plan's name, or a file; auto: the one that each sheet names)."""
    from dabiao.engine.requests import AUTO, CheckRequest
    from dabiao.engine.run import run

    for name in ("by", "subject"):
        if asked[name] is not None and "text" not in formats_asked(output):
            raise Refused([Problem("view.text-only", Location(f"--{name}"), {"found": output})])
    given = {"--jobs": jobs, "--engine": engine, "--master": master, "--resume": resume or None}
    if asked["columns"] and formats_asked(output).isdisjoint(TABLES):
        details = {"found": output or ("text",), "expected": TABLES}
        raise Refused([Problem("columns.tables-only", Location("--columns"), details)])
    if (folder := _find_folder(output, given)) is not None:
        from dabiao.commands.reading import Bar
        from dabiao.engine.partitions import PartitionsRequest, run_partitions
        from dabiao.facts.parallel.reading import count_processors

        bar = Bar("partitions.progress")
        parts = PartitionsRequest(
            **asked, folder=folder, jobs=jobs or count_processors(), resume=resume, progress=bar.told,
            engine=_find_engine(engine, master, jobs),
        )  # fmt: skip
        return answer(parts, run_partitions, "partitions", (), lang)
    if asked["columns"]:
        from dabiao.engine.frame import find_columns
        from dabiao.reports.findings_parquet import KNOWN

        find_columns(asked["columns"], KNOWN)
    request = CheckRequest(**asked)
    if request.plan == AUTO:
        from dabiao.engine.by_plan import ask_overview
        from dabiao.engine.overview import overview

        return answer(ask_overview(request), overview, "overview", output, lang)
    return answer(request, run, "check", output, lang)


def _find_folder(output: tuple[str, ...], given: Mapping[str, object]) -> Path | None:
    """Return the folder that the findings of a data set go into, None if they do not.

    Raises `Refused` for what needs one: an option of those `given`.
    """
    folders = [text for text in output if text.startswith("parquet:") and text.endswith(("/", os.sep))]
    if not folders:
        for name in (name for name, value in given.items() if value is not None):
            raise Refused([Problem("partitions.needs-folder", Location(name), {"found": name})])
        return None
    if len(output) > 1:
        raise Refused([Problem("partitions.alone", Location("--output"), {"found": folders[0]})])
    return Path(folders[0].removeprefix("parquet:"))


def _find_engine(engine: str | None, master: str | None, jobs: int | None) -> Engine | None:
    """Return what judges the parts, None for processes of this machine. Raises `Refused` where the options do not fit."""
    if engine != SPARK:
        if master is not None:
            raise Refused([Problem("spark.master-alone", Location("--master"), {"found": master})])
        return None
    if master is None:
        raise Refused([Problem("spark.no-master", Location("--master"), {"expected": EXAMPLES})])
    if jobs is not None:
        raise Refused([Problem("spark.jobs", Location("--jobs"), {"found": jobs})])
    from dabiao.spark.parts import Spark
    from dabiao.spark.session import require_spark

    require_spark()
    return Spark(master)


@command()
@asks(
    PLAN, SHEETS, click.argument("commitment", type=TEXT),
    words("--subject", metavar="NAME"), YEAR, AS_OF, WAIVERS, ASSIGNMENTS,
    output_option("explanation"), LANG,
)  # fmt: skip
@command_line
def explain(output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Say why a COMMITMENT has its verdict, down to each fact and where it stands."""
    from dabiao.engine import run
    from dabiao.engine.requests import ExplainRequest

    return answer(ExplainRequest(**asked), run.explain, "explanation", output, lang)


@command()
@asks(
    click.argument("named", metavar="[PLAN] OLD NEW", nargs=-1, required=True, type=TEXT),
    click.option("--with", "beside", type=PATH, multiple=True, metavar="SHEET"),
    click.option("--old-year", type=int),
    YEAR, AS_OF, WAIVERS, ASSIGNMENTS, SELECT, FAIL_ON, output_option("comparison"), LANG,
)  # fmt: skip
@command_line
def compare(named: tuple[str, ...], output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Judge two submissions (sheets, folders or bundles) by one text, and tell what changed from OLD to NEW.

    A bundle brings its PLAN. The exit code is that of the check of NEW.
    """
    from dabiao.engine import run
    from dabiao.engine.requests import CompareRequest, split_sides

    plan, old, new = split_sides(named)
    return answer(CompareRequest(plan=plan, old=old, new=new, **asked), run.compare, "comparison", output, lang)
