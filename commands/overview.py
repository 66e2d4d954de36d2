"""Several districts at once: `overview`."""

from __future__ import annotations

from typing import Any

import click
from dabiao.commands.asking import AS_OF, FAIL_ON, LANG, PATH, SELECT, YEAR, asks
from dabiao.commands.common import command_line
from dabiao.commands.help import command
from dabiao.commands.outputs import answer, output_option


@command()
@asks(
    click.argument("given", metavar="INPUT...", nargs=-1, required=True, type=PATH), YEAR, AS_OF,
    click.option("--waivers", type=PATH, multiple=True),
    click.option("--assignments", type=PATH, multiple=True),
    SELECT, FAIL_ON, output_option("overview"), LANG,
)  # fmt: skip
@command_line
def overview(output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Judge several districts at once: bundles of evidence, sheets and folders, each by the plan it names or brings.

    The exit code is the gravest of the checks: 2, then 1, then 3.
    """
    from dabiao.engine.by_plan import OverviewRequest
    from dabiao.engine.overview import overview as look_across

    return answer(OverviewRequest(**asked), look_across, "overview", output, lang)
