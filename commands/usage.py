"""What is wrong with a command line, in the words of the catalogue: Click has none but English ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import click
from dabiao.base.messages import Lang, join_list, say, visible
from dabiao.base.problems import nearest
from dabiao.commands.help import describe_usage, find_language, word_metavar


class _Told(click.ClickException):
    """A usage error in words; its exit code is that of the error."""

    def __init__(self, error: click.UsageError, lang: Lang) -> None:
        super().__init__(visible(_word(error, lang)))
        self.exit_code = error.exit_code  # type: ignore[misc]
        self._context, self._lang = error.ctx, lang

    def show(self, file: IO[Any] | None = None) -> None:
        """Print how the command is used, and the error."""
        if context := self._context:
            usage = describe_usage(context, self._lang)
            click.echo(say("usage.line", self._lang, usage=usage), file=file, err=True)
            click.echo(say("usage.help", self._lang, command=f"{context.command_path} --help") + "\n", file, err=True)
        click.echo(say("usage.error", self._lang, message=self.message), file=file, err=True)


@contextmanager
def worded_usage(arguments: Sequence[str]) -> Iterator[None]:
    """Put a usage error in the language that the arguments ask for."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise _Told(error, find_language(arguments)) from None


def _word(error: click.UsageError, lang: Lang) -> str:
    context, name = error.ctx, type(error).__name__  # of a command that does not exist since Click 8.4
    if isinstance(error, click.NoSuchOption):
        known = [text for param in (context.command.params if context else ()) for text in param.opts]
        return _guess("usage.no-option", error.option_name, known, lang)
    if name == "NoSuchCommand" and context and isinstance(context.command, click.Group):
        return _guess(
            "usage.no-command", str(vars(error)["command_name"]), context.command.list_commands(context), lang
        )
    if isinstance(error, click.BadOptionUsage):
        code = "usage.no-value" if "does not take" in error.message else "usage.needs-value"
        return say(code, lang, found=error.option_name)
    if isinstance(error, click.MissingParameter) and error.param:
        return say("usage.missing", lang, found=_name(error.param, lang))
    if isinstance(error, click.BadParameter) and error.param:
        return say(
            "usage.bad-value", lang, found=_name(error.param, lang), message=_word_value(error, error.param.type, lang)
        )
    if surplus := re.search(r"extra arguments? \((.*)\)", error.message):
        return say("usage.surplus", lang, found=surplus[1])
    return (
        say("usage.no-command-given", lang) if isinstance(context and context.command, click.Group) else error.message
    )


def _guess(code: str, found: str, known: Sequence[str], lang: Lang) -> str:
    meant = nearest(found, known)
    return say(code, lang, found=found) + (say("nearest", lang, nearest=meant) if meant else "")


def _name(param: click.Parameter, lang: Lang) -> str:
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return word_metavar(param.make_metavar(click.Context(click.Command(""))), lang)


def _word_value(error: click.BadParameter, sort: click.ParamType[Any], lang: Lang) -> str:
    """Say what a value has to be; what the commands themselves refuse is in words already."""
    if isinstance(sort, click.Choice):
        return say("usage.choice", lang, expected=join_list(map(str, sort.choices), lang))
    if isinstance(sort, click.IntRange):
        if sort.max is None:
            return say("usage.at-least", lang, low=sort.min)
        return say("usage.range", lang, low=sort.min, high=sort.max)
    return say("usage.whole", lang) if sort is click.INT else error.message
