"""What all commands share: options, and exit codes for whatever goes wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any

import click
from dabiao.base.exits import EXIT_INTERNAL, EXIT_REFUSED
from dabiao.base.messages import default_lang, say, visible
from dabiao.base.problems import Location, Problem, Refused

LANG = click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of messages (default: the locale's).")
YEAR = click.option("--year", type=int, help="Year to judge (default: the latest reported).")
AS_OF = click.option("--as-of", metavar="DATE", help="Day whose text and waivers count (default: 31 December).")
WAIVERS = click.option("--waivers", type=click.Path(path_type=Path), help="A file of waivers.")
SELECT = click.option(
    "--select", multiple=True, metavar="NAME", help="Only this commitment, chapter or nature; repeatable."
)
FAIL_ON = click.option(
    "--fail-on", type=click.Choice(["shortfall", "behind", "undetermined", "never"]), default="shortfall",
    show_default=True, help="Least grave verdict that makes the exit code 1.",
)  # fmt: skip


class _NamedPath(click.Path):
    """A path that is not empty: an empty one would be the current folder, which nobody asked for."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail(say("empty-path", default_lang()), param, ctx)
        return super().convert(value, param, ctx)


SHEETS = click.argument("sheets", nargs=-1, required=True, type=_NamedPath(path_type=Path))


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


def day_of(text: str | None, option: str = "--as-of") -> date | None:
    """Read a date given on the command line; raises `Refused` if it is none."""
    from dabiao.rules.shape import day

    found = day(text) if text else None
    if text and found is None:
        raise Refused([Problem("bad-as-of", Location(option), {"found": text})])
    return found
