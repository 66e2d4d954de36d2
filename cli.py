"""The command line: a group of thin commands around the Python calls of the same names."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, cast

import click
from dabiao import __version__
from dabiao.base.exits import EXIT_REFUSED
from dabiao.base.limit_options import parse_limits
from dabiao.base.limits import use_limits
from dabiao.base.messages import default_lang
from dabiao.base.problems import Refused
from dabiao.commands.common import tell
from dabiao.commands.help import Group, given
from dabiao.commands.reading import reading_for_users
from dabiao.commands.streams import harden
from dabiao.commands.usage import worded_usage

COMMANDS = {
    "check": "judging:check",
    "overview": "overview:overview",
    "explain": "judging:explain",
    "compare": "judging:compare",
    "what-if": "whatif:what_if",
    "seek": "whatif:seek",
    "budget": "budget:budget",
    "lint": "plans:lint",
    "test": "plans:test",
    "diff": "plans:diff",
    "plans": "plans:plans",
    "schema": "plans:schema",
    "template": "template:template",
    "status": "submissions:status",
    "verify": "submissions:verify",
    "serve": "serve:serve",
}  # command: module of `dabiao.commands`, and name in it; imported when it is called


class _Commands(Group):
    """Finds a command in its module when it is asked for."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the arguments before the command."""
        harden()
        with worded_usage(tuple(args)):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with worded_usage(given(ctx)):
            return super().invoke(ctx)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Read the arguments and run the command; its help or version cannot be printed where nothing can be."""
        try:
            return super().main(*args, **extra)
        except Refused as refused:
            tell(refused.problems, default_lang())
            sys.exit(refused.exit_code)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None if there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        return cast(click.Command, getattr(import_module(f"dabiao.commands.{module}"), name))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dabiao")
@click.option("--limit", "limits", multiple=True, metavar="NAME=VALUE")
@click.pass_context
def main(context: click.Context, limits: tuple[str, ...]) -> None:
    """Set the limits and the ways of reading that all commands share."""
    if limits:
        try:
            context.with_resource(use_limits(parse_limits(limits)))
        except Refused as refused:
            tell(refused.problems, default_lang())
            context.exit(EXIT_REFUSED)
    context.with_resource(reading_for_users())


if __name__ == "__main__":
    main()
