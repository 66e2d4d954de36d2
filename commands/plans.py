"""Plans: `lint`, `test`, `diff`, `plans`, `schema`."""

from __future__ import annotations

import sys
from typing import Any

import click
from dabiao.base.exits import EXIT_CLEAN
from dabiao.commands.asking import AS_OF, DAY, LANG, PATH, PLAN, TEXT, asks
from dabiao.commands.common import command_line, tell
from dabiao.commands.help import Command, Group, command
from dabiao.commands.outputs import answer, ask_outputs, output_option, write


@command()
@asks(
    click.argument("plans", metavar="[PLAN]...", nargs=-1, type=TEXT),
    click.option("--documents", type=PATH),
    click.option("--strict", is_flag=True),
    click.option("--readings", is_flag=True),
    output_option("lint"), LANG,
)  # fmt: skip
@command_line
def lint(output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Check plans (or all shipped ones) for what cannot be meant, and citations against the document if it is at hand."""
    from dabiao.reports.lint import NAMED, coverage_line, plan_lines, reading_lines
    from dabiao.rules.services import LintRequest, lint_plans

    request = LintRequest(**asked)
    if output:
        return answer(request, lint_plans, "lint", output, lang)
    outcome = lint_plans(request)
    for one in outcome.plans:
        tell(one.warnings, lang)
        for line in plan_lines(one, lang, None if asked["plans"] else NAMED):
            sys.stdout.write(f"{line}\n")
        tell(one.citations, lang)
        for line in reading_lines(one, lang):
            sys.stdout.write(f"{line}\n")
        if one.coverage is not None:
            sys.stdout.write(coverage_line(one.coverage, lang) + "\n")
    return outcome.exit_code


@command()
@asks(
    PLAN,
    click.option(
        "--min", "minimum", type=click.IntRange(0, 100), default=100, show_default=True
    ),
    output_option("trial"), LANG,
)  # fmt: skip
@command_line
def test(plan: str, minimum: int, output: tuple[str, ...], lang: str) -> int:
    """Judge the cases written beside a PLAN, and boundary cases made up for each of its commitments."""
    from fractions import Fraction

    from dabiao.trials.trial import TrialRequest, try_plan

    return answer(TrialRequest(plan=plan, minimum=Fraction(minimum)), try_plan, "trial", output, lang)


@command()
@asks(
    click.argument("old", type=TEXT), click.argument("new", required=False, type=TEXT),
    click.option("--from", "first", type=DAY, metavar="DATE"),
    click.option("--to", "second", type=DAY, metavar="DATE"),
    output_option("plan-difference"), LANG,
)  # fmt: skip
@command_line
def diff(output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Say what changed between two plans, or between two days of one plan (--from, --to)."""
    from dabiao.rules.services import DiffRequest, diff_plans

    return answer(DiffRequest(**asked), diff_plans, "plan-difference", output, lang)


@click.group(cls=Group, invoke_without_command=True)
@LANG
@click.pass_context
def plans(context: click.Context, lang: str | None) -> None:
    """List the shipped plans; `plans show PLAN` prints one as a page."""
    if context.invoked_subcommand is None:
        context.invoke(list_plans, output=(), lang=lang)


@plans.command("list", cls=Command)
@output_option("plans")
@LANG
@command_line
def list_plans(output: tuple[str, ...], lang: str) -> int:
    """List the shipped plans."""
    from dabiao.rules.load import find_shipped_plans, load_plan

    outputs = ask_outputs("plans", output, find_shipped_plans().values())
    write([load_plan(name) for name in find_shipped_plans()], outputs, lang)
    return EXIT_CLEAN


@plans.command("show", cls=Command)
@asks(PLAN, AS_OF, output_option("plan"), LANG)
@command_line
def show_plan(output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Show a PLAN as a page to proofread against its document: promises in words, citations, measures."""
    from dabiao.rules.services import ShowRequest
    from dabiao.rules.services import show_plan as load

    return answer(ShowRequest(**asked), load, "plan", output, lang)


@command()
@click.argument(
    "what",
    type=click.Choice(
        [
            "plan",
            "part",
            "facts",
            "dataset",
            "waivers",
            "assignments",
            "scenario",
            "costs",
            "findings",
            "comparison",
            "overview",
        ]
    ),
)
@LANG
@command_line
def schema(what: str, lang: str) -> int:
    """Print the JSON Schema of plan files, their parts and other inputs, or of JSON (`check`, `compare`, `overview`)."""
    del lang
    if what in ("findings", "comparison"):
        from dabiao.reports.findings_schema import schema_text as report_schema

        click.echo(report_schema(what), nl=False)
        return EXIT_CLEAN
    if what == "overview":
        from dabiao.reports.overview_schema import schema_text as overview_schema

        click.echo(overview_schema(), nl=False)
        return EXIT_CLEAN
    from dabiao.rules.schema import schema_text

    click.echo(schema_text(what), nl=False)
    return EXIT_CLEAN
