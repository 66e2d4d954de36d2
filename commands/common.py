"""What all commands share: exit codes for whatever goes wrong, and one report to a stream or a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TextIO

import click
from dabiao.base.exits import EXIT_INTERNAL, EXIT_REFUSED
from dabiao.base.messages import default_lang, say, visible
from dabiao.base.problems import Location, Problem, Refused, nearest

Write = Callable[[TextIO], None]


def command_line(run: Callable[..., int]) -> Callable[..., None]:
    """Turn what can go wrong into a message and an exit code: no traceback ever reaches a user."""

    @wraps(run)
    def command(*args: Any, **options: Any) -> None:
        lang = options["lang"] = options.get("lang") or default_lang()
        try:
            code = run(*args, **options)
            sys.stdout.flush()
        except Refused as refused:
            tell(refused.problems, lang)
            code = EXIT_REFUSED
        except Exception as error:
            if os.environ.get("DABIAO_DEBUG"):
                raise
            code = _told(error, lang)
        sys.exit(code)

    return command


def _told(error: Exception, lang: str) -> int:
    """Tell what nobody has foreseen: what the system says of a file is about that file, and all else is an error of ours."""
    if isinstance(error, OSError) and isinstance(error.filename, str):
        tell(
            [Problem("unreadable", Location(error.filename), {"reason": error.strerror or type(error).__name__})], lang
        )
        return EXIT_REFUSED
    click.echo(say("internal-error", lang, reason=visible(f"{type(error).__name__}: {error}")), err=True)
    return EXIT_INTERNAL


def tell(problems: Sequence[Problem], lang: str) -> None:
    """Print problems to standard error, one a line."""
    for problem in problems:
        click.echo(problem.text(lang), err=True)


def reports(formats: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that asks for reports; its help names the formats."""
    words = f"{formats}, to a file if named; repeatable."
    return click.option("-o", "--output", multiple=True, metavar="FORMAT[:FILE]", help=words)


def reports_asked(texts: Sequence[str], known: Iterable[str]) -> tuple[str, ...]:
    """Return the reports asked for, text if there are none. Raises `Refused` for an unknown one, before any is written."""
    names = list(known)
    for text in texts:
        if (report := text.partition(":")[0]) not in names:
            details = {"found": report, "nearest": nearest(report, names), "expected": ", ".join(names)}
            raise Refused([Problem("unknown-report", Location("--output"), details)])
    return tuple(texts) or ("text",)


def write_each(outputs: Sequence[str], writers: Mapping[str, Write]) -> None:
    """Write every report asked for, text to standard output if none was."""
    for output in reports_asked(outputs, writers):
        write_one(output, writers)


def write_one(output: str, writers: Mapping[str, Write]) -> None:
    """Write one report to standard output, or to the file named after the colon, whole or not at all."""
    from dabiao.reports.write import write_file

    report, _, file = output.partition(":")
    if file:
        write_file(Path(file), writers[report])
    else:
        writers[report](sys.stdout)
