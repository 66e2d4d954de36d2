"""Before the money is spent: `what-if` and `seek`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from dabiao.base.exits import EXIT_CLEAN
from dabiao.commands.common import (
    AS_OF,
    FAIL_ON,
    LANG,
    SELECT,
    SHEETS,
    WAIVERS,
    YEAR,
    command_line,
    day_of,
    tell,
)
from dabiao.commands.outputs import ask_outputs, output_option, write
from dabiao.engine.results import FailOn

if TYPE_CHECKING:
    pass


@click.command("what-if")
@click.argument("plan")
@SHEETS
@click.option("--scenario", multiple=True, metavar="FILE[+FILE]", help="Scenarios, one on top of the other.")
@click.option("--baseline", multiple=True, metavar="FILE[+FILE]", help="Scenarios that both sides share.")
@click.option("--set", "sets", multiple=True, metavar="FIGURE=VALUE", help="beds=520, beds+=20, home[NAME].beds=50.")
@click.option("--target", "targets", multiple=True, metavar="COMMITMENT=VALUE", help="Another target; repeatable.")
@click.option(
    "--sweep", "sweeps", multiple=True, metavar="FIGURE=FROM:TO:STEP", help="Where verdicts flip; at most two."
)
@click.option(
    "--as-if", type=int, metavar="YEAR", help="Take the figures as those of a later year, such as the due year."
)
@click.option("--costs", type=click.Path(path_type=Path), help="A costs file that says what consequences cost.")
@YEAR
@AS_OF
@WAIVERS
@SELECT
@output_option("difference", "sweep")
@FAIL_ON
@LANG
@command_line
def what_if(
    plan: str,
    sheets: tuple[Path, ...],
    scenario: tuple[str, ...],
    baseline: tuple[str, ...],
    sets: tuple[str, ...],
    targets: tuple[str, ...],
    sweeps: tuple[str, ...],
    costs: Path | None,
    as_if: int | None,
    year: int | None,
    as_of: str | None,
    waivers: Path | None,
    select: tuple[str, ...],
    output: tuple[str, ...],
    fail_on: FailOn,
    lang: str,
) -> int:
    """Judge fact SHEETS once more with changed figures or targets, and tell the difference; or SWEEP through values."""
    from dabiao.scenarios import ask

    asked = ask.WhatIf(
        plan=plan, sheets=sheets, waivers=waivers, year=year, as_if=as_if, as_of=day_of(as_of), select=select,
        baseline=_files(baseline), scenario=_files(scenario), sets=sets, targets=targets, costs=costs,
    )  # fmt: skip
    outputs = ask_outputs("sweep" if sweeps else "difference", output, sheets)
    if sweeps:
        write(ask.sweep_through(asked, sweeps), outputs, lang)
        return EXIT_CLEAN
    difference = ask.what_if(asked)
    write(difference, outputs, lang)
    return difference.after.exit_code(fail_on)


def _files(texts: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(Path(part) for text in texts for part in text.split("+") if part)


@click.command()
@click.argument("plan")
@SHEETS
@YEAR
@AS_OF
@WAIVERS
@SELECT
@output_option("seek")
@FAIL_ON
@LANG
@command_line
def seek(
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
    """Find the least changes of the figures in SHEETS that mend each shortfall; a COMMITMENT may follow the sheets."""
    from dabiao.facts.read import read_facts
    from dabiao.rules.load import load_plan
    from dabiao.scenarios.seek import seek as sought

    outputs = ask_outputs("seek", output, sheets)
    loaded = load_plan(plan, waivers)
    if len(sheets) > 1 and not sheets[-1].exists() and not sheets[-1].suffix:
        sheets, select = sheets[:-1], (*select, str(sheets[-1]))
    found = sought(loaded, read_facts(sheets, loaded), year=year, as_of=day_of(as_of), select=select)
    tell(found.result.notes, lang)
    write(found, outputs, lang)
    return found.result.exit_code(fail_on)
