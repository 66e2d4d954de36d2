"""Judging: `check`, `overview` of several districts, and `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from dabiao.commands.asking import AS_OF, ASSIGNMENTS, JUDGING, LANG, PLAN, SHEETS, TEXT, WAIVERS, YEAR, asks, words
from dabiao.commands.common import command_line
from dabiao.commands.outputs import answer, output_option

if TYPE_CHECKING:
    from dabiao.engine.by_plan import OverviewRequest

_AUTO = "auto"  # stands for the plan where every sheet names its own; a file of that name is ./auto


@click.command()
@JUDGING
@asks(
    click.option("--all", "show_all", is_flag=True, help="List every finding, not only what is worst."),
    words("--by", "Show the findings by owner, due, tier, nature, chapter, or a kind of subject.", metavar="VIEW"),
    words("--subject", "Show the findings of this subject and of all that lies in it.", metavar="NAME"),
)
@output_option("check")
@LANG
@command_line
def check(output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Judge fact SHEETS against a PLAN (a shipped plan's name, or a file; auto: the one that each sheet names)."""
    from dabiao.engine.requests import CheckRequest
    from dabiao.engine.run import run

    request = CheckRequest(**asked)
    if request.plan == _AUTO:
        from dabiao.engine.by_plan import ask_overview

        return _overview(ask_overview(request), output, lang)
    return answer(request, run, "check", output, lang)


def _overview(request: OverviewRequest, output: tuple[str, ...], lang: str) -> int:
    from dabiao.engine.overview import overview

    return answer(request, overview, "overview", output, lang)


@click.command("overview")
@asks(
    click.argument("given", metavar="INPUT...", nargs=-1, required=True, type=PATH), YEAR, AS_OF,
    click.option("--waivers", type=PATH, multiple=True, help="A file of waivers of one of the plans; repeatable."),
    click.option("--assignments", type=PATH, multiple=True, help="A file that says who answers for what; repeatable."),
    SELECT, FAIL_ON, output_option("overview"), LANG,
)  # fmt: skip
@command_line
def overview(output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Judge several districts at once: bundles of evidence, sheets and folders, each by the plan it names or brings.

    The exit code is the gravest of the checks: 2, then 1, then 3.
    """
    from dabiao.engine.by_plan import OverviewRequest

    return _overview(OverviewRequest(**asked), output, lang)


@click.command()
@asks(
    PLAN, SHEETS, click.argument("commitment", type=TEXT),
    words("--subject", "Only this subject.", metavar="NAME"), YEAR, AS_OF, WAIVERS, ASSIGNMENTS,
    output_option("explanation"), LANG,
)  # fmt: skip
@command_line
def explain(output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Say why a COMMITMENT has its verdict, down to each fact and where it stands."""
    from dabiao.engine import run
    from dabiao.engine.requests import ExplainRequest

    return answer(ExplainRequest(**asked), run.explain, "explanation", output, lang)
