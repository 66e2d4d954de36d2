"""Judging: `check` and `explain`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from dabiao.base.exits import EXIT_CLEAN, EXIT_REFUSED
from dabiao.base.problems import Location, Problem, Refused
from dabiao.commands.common import AS_OF, FAIL_ON, LANG, SELECT, SHEETS, WAIVERS, YEAR, command_line, day_of, tell
from dabiao.engine.results import Asked, FailOn
from dabiao.reports.write import REPORTS


@click.command()
@click.argument("plan")
@SHEETS
@YEAR
@AS_OF
@WAIVERS
@SELECT
@click.option(
    "-o",
    "--output",
    multiple=True,
    metavar="FORMAT[:FILE]",
    help=f"A report ({', '.join(REPORTS)}), to a file if named; repeatable.",
)
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
    from dabiao.engine.run import answer
    from dabiao.reports.write import parse_outputs, refuse_overwriting, write_all

    outputs = parse_outputs(output)
    asked = Asked(
        plan=plan, sheets=sheets, waivers=waivers, year=year, as_of=day_of(as_of), select=select, fail_on=fail_on
    )
    refuse_overwriting(outputs, asked)
    outcome = answer(asked)
    tell(outcome.problems, lang)
    write_all(outcome, outputs, lang)
    return outcome.exit_code


@click.command()
@click.argument("plan")
@SHEETS
@click.argument("commitment")
@click.option("--subject", help="Only this subject.")
@YEAR
@AS_OF
@WAIVERS
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
    lang: str,
) -> int:
    """Say why a COMMITMENT has its verdict, down to each fact and where it stands."""
    from dabiao.engine.run import answer
    from dabiao.reports.text import write_explanation

    select = (commitment,)
    outcome = answer(Asked(plan=plan, sheets=sheets, waivers=waivers, year=year, as_of=day_of(as_of), select=select))
    tell(outcome.problems, lang)
    result = outcome.result
    if result is None:
        return EXIT_REFUSED
    shown = 0
    for finding in result.findings():
        if subject is None or finding.subject == subject:
            write_explanation(finding, result.plan, lang, sys.stdout)
            shown += 1
    if not shown:
        raise Refused([Problem("explain.no-finding", Location("--subject"), {"found": commitment})])
    return EXIT_CLEAN
