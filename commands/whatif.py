"""Before the money is spent: `what-if` and `seek`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from dabiao.commands.asking import JUDGING, LANG, PATH, asks, files, words
from dabiao.commands.common import command_line
from dabiao.commands.help import command
from dabiao.commands.outputs import answer, output_option


@command("what-if")
@JUDGING
@asks(
    files("--scenario"),
    files("--baseline"),
    words("--set", metavar="FIGURE=VALUE", multiple=True, field="sets"),
    words("--target", metavar="COMMITMENT=VALUE", multiple=True, field="targets"),
    words("--sweep", metavar="FIGURE=FROM:TO:STEP", multiple=True, field="sweeps"),
    click.option(
        "--as-if", type=int, metavar="YEAR"
    ),
    click.option("--costs", type=PATH),
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


@command()
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
