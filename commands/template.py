"""Forms to fill in: `template`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

import click
from dabiao.base.messages import say, visible
from dabiao.base.problems import Location, Problem, Refused
from dabiao.commands.asking import ASSIGNMENTS, LANG, PATH, PLAN, SELECT, asks, words
from dabiao.commands.common import command_line, tell
from dabiao.commands.help import AsTyped, command
from dabiao.commands.outputs import refuse_overwriting

Format = Literal["xlsx", "csv", "yaml"]

_SUFFIXES: dict[Format, tuple[str, ...]] = {"xlsx": (".xlsx",), "yaml": (".facts.yaml", ".facts.yml")}


@command()
@asks(
    PLAN,
    click.option("--year", type=int, required=True),
    words("--subject", metavar="NAME"),
    click.option(
        "--last", multiple=True, type=PATH, metavar="SHEET"
    ),
    click.option("--blank", type=click.IntRange(0, 10_000)),
    click.option("--format", "form", type=click.Choice(["xlsx", "csv", "yaml"])),
    click.option("--tier", multiple=True, type=click.Choice(["indicator", "task", "effort", "all"])),
    words("--owner", metavar="OFFICE", multiple=True),
    SELECT, ASSIGNMENTS, click.option("--force", is_flag=True),
    click.option(
        "-o", "--output", required=True, metavar="FILE"
    ),
    LANG,
)  # fmt: skip
@command_line
def template(form: Format | None, force: bool, output: str, lang: str, **asked: Any) -> int:
    """Write a form for a PLAN and a year: a workbook, a CSV folder or a YAML skeleton."""
    form = _format(output, form)
    path = Path(output)
    if form != "csv" and path.exists() and not force:
        raise Refused([Problem("template.exists", Location(output))])
    from dabiao.engine.forms import template as lay_out
    from dabiao.facts.template.form import TemplateRequest

    request = TemplateRequest(**asked)
    refuse_overwriting([(form, path)], request.inputs(), may_be_sheet=True)
    made = lay_out(request)
    tell(made.problems, lang)
    if form == "xlsx":
        from dabiao.base.writing import own_temporary_folder, write_bytes
        from dabiao.facts.template.book import write_book

        with own_temporary_folder():
            write_bytes(path, lambda stream: write_book(made, lang, stream))
    elif form == "yaml":
        from dabiao.base.writing import write_file
        from dabiao.facts.template.text import write_yaml

        write_file(path, lambda stream: write_yaml(made, lang, stream))
    else:
        from dabiao.facts.template.text import write_folder

        write_folder(made, lang, path)
    sys.stdout.write(say("template.written", lang, found=visible(output)) + "\n")
    return made.exit_code


def _format(output: str, form: Format | None) -> Format:
    """Return the format that a file is to have; raises `Refused` where its name says another one, or none."""
    name = Path(output).name.lower()
    if form == "csv" or (form is None and (output.endswith("/") or not Path(output).suffix)):
        return "csv"
    for known, suffixes in _SUFFIXES.items():
        if form in (None, known) and name.endswith(suffixes):
            return known
    wanted = _SUFFIXES.get(form, ()) if form else (".xlsx", ".facts.yaml", "/")
    details = {
        "found": output,
        "expected": tuple(AsTyped(("DIR" if part == "/" else "FILE") + part) for part in wanted),
    }
    raise Refused([Problem("unknown-suffix", Location("--output"), details)])
