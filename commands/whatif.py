"""Before the money is spent: `what-if` and `seek`."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
from dabiao.base.problems import Location, Problem, Refused
from dabiao.commands.asking import JUDGING, LANG, PATH, asks, files, words
from dabiao.commands.common import Write, command_line, reports, reports_asked, tell, write_each, write_one

if TYPE_CHECKING:
    from dabiao.scenarios.difference import Difference
    from dabiao.scenarios.sweep import Swept


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
    reports("text, json, markdown; sweeps: csv, svg, png"), LANG,
)  # fmt: skip
@command_line
def what_if(sweeps: tuple[str, ...], output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Judge fact SHEETS once more with changed figures or targets, and tell the difference; or SWEEP through values."""
    from dabiao.scenarios import ask
    from dabiao.scenarios.requests import SweepRequest, WhatIfRequest

    outputs = _outputs(output, _SWEEP if sweeps else _DIFFERENCE, _PICTURES if sweeps else ())
    if sweeps:
        swept = ask.sweep(SweepRequest(**asked, sweeps=sweeps))
        tell(swept.problems, lang)
        _write_sweep(swept, outputs, lang)
        return swept.exit_code
    difference = ask.what_if(WhatIfRequest(**asked))
    tell(difference.problems, lang)
    _write_difference(difference, outputs, lang)
    return difference.exit_code


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
@JUDGING
@reports("text, json or markdown")
@LANG
@command_line
def seek(
    plan: str, sheets: tuple[Path, ...], select: tuple[str, ...], output: tuple[str, ...], lang: str, **asked: Any
) -> int:
    """Find the least changes of the figures in SHEETS that mend each shortfall; a COMMITMENT may follow the sheets."""
    from dabiao.reports import seek as report
    from dabiao.scenarios import ask
    from dabiao.scenarios.requests import SeekRequest, sheets_and_commitment

    outputs = _outputs(output, _DIFFERENCE)
    sheets, commitment = sheets_and_commitment(plan, sheets)
    found = ask.seek(SeekRequest(plan=plan, sheets=sheets, select=(*select, *commitment), **asked))
    tell(found.problems, lang)
    writers: dict[str, Write] = {
        "text": lambda stream: report.write(found, lang, stream),
        "markdown": lambda stream: report.write(found, lang, stream, markdown=True),
        "json": lambda stream: report.write_json(found, lang, stream),
    }
    write_each(outputs, writers)
    return found.exit_code
