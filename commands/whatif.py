"""Before the money is spent: `what-if` and `seek`."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
from dabiao.base.exits import EXIT_CLEAN
from dabiao.base.problems import Location, Problem, Refused
from dabiao.commands.common import (
    AS_OF,
    FAIL_ON,
    LANG,
    SELECT,
    SHEETS,
    WAIVERS,
    YEAR,
    Write,
    command_line,
    day_of,
    reports_asked,
    tell,
    write_each,
    write_one,
)
from dabiao.engine.results import FailOn

if TYPE_CHECKING:
    from dabiao.scenarios.difference import Difference
    from dabiao.scenarios.sweep import Swept


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
@click.option(
    "-o",
    "--output",
    multiple=True,
    metavar="FORMAT[:FILE]",
    help="text, json, markdown; sweeps: csv, svg, png; repeatable.",
)
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
    outputs = _outputs(output, _SWEEP if sweeps else _DIFFERENCE, _PICTURES if sweeps else ())
    if sweeps:
        _write_sweep(ask.sweep_through(asked, sweeps), outputs, lang)
        return EXIT_CLEAN
    difference = ask.what_if(asked)
    _write_difference(difference, outputs, lang)
    return difference.after.exit_code(fail_on)


def _files(texts: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(Path(part) for text in texts for part in text.split("+") if part)


_DIFFERENCE = ("text", "markdown", "json")
_SWEEP = (*_DIFFERENCE, "csv")
_PICTURES = ("svg", "png")


def _outputs(texts: tuple[str, ...], known: tuple[str, ...], pictures: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the reports asked for. Raises `Refused` for an unknown one, and for a picture without a file."""
    outputs = reports_asked(texts, (*known, *pictures))
    for text in outputs:
        form, _, file = text.partition(":")
        if form in pictures and not file:
            raise Refused([Problem("report-needs-file", Location("--output"), {"found": form})])
    return outputs


def _write_difference(difference: Difference, outputs: tuple[str, ...], lang: str) -> None:
    from dabiao.reports import whatif as report

    writers: dict[str, Write] = {
        "text": lambda stream: report.write(difference, lang, stream),
        "markdown": lambda stream: report.write(difference, lang, stream, markdown=True),
        "json": lambda stream: report.write_json(difference, lang, stream),
    }
    write_each(outputs, writers)


def _write_sweep(swept: Swept, outputs: tuple[str, ...], lang: str) -> None:
    from dabiao.reports import sweep as report

    writers: dict[str, Write] = {
        "text": lambda stream: report.write(swept, lang, stream),
        "markdown": lambda stream: report.write(swept, lang, stream, markdown=True),
        "csv": lambda stream: report.write_csv(swept, lang, stream),
        "json": lambda stream: report.write_json(swept, lang, stream),
    }
    for output in outputs:
        form, _, file = output.partition(":")
        if form in _PICTURES:
            _draw(swept, form, file, lang)
        else:
            write_one(output, writers)


def _draw(swept: Swept, form: Any, file: str, lang: str) -> None:
    from dabiao.reports import sweep_chart
    from dabiao.reports.write import write_bytes

    def draw(stream: IO[bytes]) -> None:
        sweep_chart.write(swept, lang, stream, form)

    write_bytes(Path(file), draw)


@click.command()
@click.argument("plan")
@SHEETS
@YEAR
@AS_OF
@WAIVERS
@SELECT
@click.option("-o", "--output", multiple=True, metavar="FORMAT[:FILE]", help="text, json or markdown; repeatable.")
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
    from dabiao.reports import seek as report
    from dabiao.rules.load import load_plan
    from dabiao.scenarios.seek import seek as sought

    outputs = _outputs(output, _DIFFERENCE)
    loaded = load_plan(plan, waivers)
    if len(sheets) > 1 and not sheets[-1].exists() and not sheets[-1].suffix:
        sheets, select = sheets[:-1], (*select, str(sheets[-1]))
    found = sought(loaded, read_facts(sheets, loaded), year=year, as_of=day_of(as_of), select=select)
    tell(found.result.notes, lang)
    writers: dict[str, Write] = {
        "text": lambda stream: report.write(found, lang, stream),
        "markdown": lambda stream: report.write(found, lang, stream, markdown=True),
        "json": lambda stream: report.write_json(found, lang, stream),
    }
    write_each(outputs, writers)
    return found.result.exit_code(fail_on)
