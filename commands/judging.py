"""Judging: `check` and `explain`."""

from __future__ import annotations

from pathlib import Path

import click
from dabiao.commands.common import AS_OF, FAIL_ON, LANG, SELECT, SHEETS, WAIVERS, YEAR, command_line, day_of, tell
from dabiao.commands.outputs import ask_outputs, output_option, write
from dabiao.engine.requests import CheckRequest
from dabiao.engine.results import FailOn


@click.command()
@click.argument("plan")
@SHEETS
@YEAR
@AS_OF
@WAIVERS
@SELECT
@output_option("check")
@FAIL_ON
@LANG
@command_line
def check(
    plan: str,
    sheets: tuple[Path, ...],
    year: int | None,
    as_of: str | None,
    waivers: Path | None,
    select: tuple[str, ...],
    output: tuple[str, ...],
    fail_on: FailOn,
    lang: str,
) -> int:
    """Judge fact SHEETS against a PLAN (a shipped plan's name, or a file)."""
    from dabiao.engine.run import run

    request = CheckRequest(
        plan=plan, sheets=sheets, waivers=waivers, year=year, as_of=day_of(as_of), select=select, fail_on=fail_on
    )
    outputs = ask_outputs("check", output, request.inputs())
    outcome = run(request)
    tell(outcome.problems, lang)
    write(outcome, outputs, lang)
    return outcome.exit_code


@click.command()
@click.argument("plan")
@SHEETS
@click.argument("commitment")
@click.option("--subject", help="Only this subject.")
@YEAR
@AS_OF
@WAIVERS
@output_option("explanation")
@LANG
@command_line
def explain(
    plan: str,
    sheets: tuple[Path, ...],
    commitment: str,
    subject: str | None,
    year: int | None,
    as_of: str | None,
    waivers: Path | None,
    output: tuple[str, ...],
    lang: str,
) -> int:
    """Say why a COMMITMENT has its verdict, down to each fact and where it stands."""
    from dabiao.engine.requests import ExplainRequest
    from dabiao.engine.run import explain as explain_why

    request = ExplainRequest(
        plan=plan, sheets=sheets, waivers=waivers, commitment=commitment, subject=subject, year=year,
        as_of=day_of(as_of),
    )  # fmt: skip
    outputs = ask_outputs("explanation", output, request.inputs())
    found = explain_why(request)
    tell(found.problems, lang)
    write(found, outputs, lang)
    return found.exit_code
