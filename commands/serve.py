"""A local page for people who have no terminal: `serve`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from dabiao.base.messages import say
from dabiao.base.writing import own_temporary_folder
from dabiao.commands.asking import LANG, PATH, asks
from dabiao.commands.common import command_line
from dabiao.commands.help import command
from dabiao.facts.parallel.reading import ReadOptions, use_read_options


@command()
@asks(
    click.argument("folder", type=PATH, default="."),
    click.option("--port", type=click.IntRange(0, 65535), default=0),
    click.option("--no-browser", is_flag=True),
    LANG,
)  # fmt: skip
@command_line
def serve(folder: Path, port: int, lang: str, no_browser: bool, **asked: Any) -> int:
    """Open a page on this machine: forms, checks, reports and what is owed, for the submissions in FOLDER."""
    del asked
    from dabiao.serve.start import Server

    source = click.get_current_context().get_parameter_source("lang")
    asked_for = source is not ParameterSource.DEFAULT

    def tell(address: str) -> None:
        sys.stdout.write(say("serve.open", lang, address=address) + "\n")
        sys.stdout.flush()

    with own_temporary_folder(), use_read_options(ReadOptions()):
        Server(folder, port=port, lang=lang, asked_for=asked_for).run(tell, open_browser=not no_browser)
    return 0
