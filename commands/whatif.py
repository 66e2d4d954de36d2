"""Before the money is spent: `what-if` and `seek`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from dabiao.commands.asking import JUDGING, LANG, PATH, asks, files, words
from dabiao.commands.common import command_line
from dabiao.commands.outputs import answer, output_option


@click.command("what-if")
@JUDGING
@asks(
    files("--scenario", "Scenarios, one on top of the other."),
    files("--baseline", "Scenarios that both sides share."),
    words("--set", "beds=520, beds+=20, home[NAME].beds=50.", metavar="FIGURE=VALUE", multiple=True, field="sets"),
    words("--target", "Another target; repeatable.", metavar="COMMITMENT=VALUE", multiple=True, field="targets"),
    words("--sweep", "Where verdicts flip; at most two.", metavar="FIGURE=FROM:TO:STEP", multiple=True, field="sweeps"),
    click.option(
        "--as-if", type=int, metavar="YEAR", help="Take the figures as those of a later year, such as the due year."
    ),
    click.option("--costs", type=PATH, help="A costs file that says what consequences cost."),
    output_option("difference", "sweep"), LANG,
)  # fmt: skip
@command_line
def what_if(sweeps: tuple[str, ...], output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Judge fact SHEETS once more with changed figures or targets, and tell the difference; or SWEEP through values."""
    from dabiao.scenarios import run
    from dabiao.scenarios.requests import SweepRequest, WhatIfRequest

    if sweeps:
        return answer(SweepRequest(**asked, sweeps=sweeps), run.sweep, "sweep", output, lang)
    return answer(WhatIfRequest(**asked), run.what_if, "difference", output, lang)


@click.command()
@JUDGING
@output_option("seek")
@LANG
@command_line
def seek(
    plan: str, sheets: tuple[Path, ...], select: tuple[str, ...], output: tuple[str, ...], lang: str, **asked: Any
) -> int:
    """Find the least changes of the figures in SHEETS that mend each shortfall; a COMMITMENT may follow the sheets."""
    from dabiao.scenarios import run
    from dabiao.scenarios.requests import SeekRequest, split_arguments

    sheets, commitment = split_arguments(plan, sheets)
    request = SeekRequest(plan=plan, sheets=sheets, select=(*select, *commitment), **asked)
    return answer(request, run.seek, "seek", output, lang)
