"""Judging: `check` and `explain`."""

from __future__ import annotations

import sys
from typing import Any

import click
from dabiao.commands.asking import AS_OF, JUDGING, LANG, PLAN, SHEETS, TEXT, WAIVERS, YEAR, asks, words
from dabiao.commands.common import command_line, tell
from dabiao.reports.write import REPORTS


@click.command()
@JUDGING
@click.option(
    "-o",
    "--output",
    multiple=True,
    metavar="FORMAT[:FILE]",
    help=f"A report ({', '.join(REPORTS)}), to a file if named; repeatable.",
)
@LANG
@command_line
def check(output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Judge fact SHEETS against a PLAN (a shipped plan's name, or a file)."""
    from dabiao.engine.requests import CheckRequest
    from dabiao.engine.run import run
    from dabiao.reports.write import parse_outputs, refuse_overwriting, write_all

    outputs = parse_outputs(output)
    request = CheckRequest(**asked)
    refuse_overwriting(outputs, request)
    outcome = run(request)
    tell(outcome.problems, lang)
    write_all(outcome, outputs, lang)
    return outcome.exit_code


@click.command()
@asks(
    PLAN, SHEETS, click.argument("commitment", type=TEXT),
    words("--subject", "Only this subject.", metavar="NAME"), YEAR, AS_OF, WAIVERS, LANG,
)  # fmt: skip
@command_line
def explain(lang: str, **asked: Any) -> int:
    """Say why a COMMITMENT has its verdict, down to each fact and where it stands."""
    from dabiao.engine import run
    from dabiao.engine.requests import ExplainRequest
    from dabiao.reports.text import write_explanation

    explanation = run.explain(ExplainRequest(**asked))
    tell(explanation.problems, lang)
    for finding in explanation.findings:
        write_explanation(finding, explanation.plan, lang, sys.stdout)
    return explanation.exit_code
