"""What `--help` prints: texts of the catalogue, in the language that the command line asks for.

`about.COMMAND` says what a command does (and `about.COMMAND.more` the rest), `help.OPTION` or `help.COMMAND.OPTION` what an
option does, `metavar.WORD` what stands for its value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
from dabiao.base.messages import LANGS, Lang, catalogue, default_lang, join_list, say

_GIVEN = "dabiao.arguments"  # the words of the command line, before any is read
_INDENT, _LEFT = 2, 30  # cells
_WORD = re.compile(r"[A-Z]+")


class Option(click.Option):
    """An option whose text in the catalogue has parts to fill in."""

    def __init__(self, *names: Any, parts: Mapping[str, Sequence[str]] | None = None, **attributes: Any) -> None:
        super().__init__(*names, **attributes)
        self.parts = parts or {}


class Command(click.Command):
    """A command that prints its help from the catalogue."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words of the command line: help may be asked for before the language is read."""
        if ctx.parent is None:
            ctx.meta[_GIVEN] = tuple(args)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how the command is used, what it does, its options, and the commands in it."""
        from dabiao.reports.wrapping import wrap

        lang, name = find_language(given(ctx)), _name_of(ctx)
        usage = say("usage.line", lang, usage=describe_usage(ctx, lang))
        blocks = [wrap(usage, formatter.width)]
        for code in (f"about.{name}", f"about.{name}.more"):
            if code in catalogue(lang):
                blocks.append(_indent(wrap(say(code, lang), formatter.width - _INDENT)))
        records = [_describe(param, ctx, lang) for param in self.get_params(ctx) if isinstance(param, click.Option)]
        blocks.append([say("help.options", lang), *_list_in_columns(records, formatter.width)])
        if isinstance(self, click.Group):
            inner = [(one, say(f"about.{_join(name, one)}", lang)) for one in self.list_commands(ctx)]
            blocks.append([say("help.commands", lang), *_list_in_columns(inner, formatter.width)])
        formatter.write("\n\n".join("\n".join(block) for block in blocks) + "\n")


class Group(Command, click.Group):
    """A group of commands that prints its help from the catalogue."""


def command(name: str | None = None) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command whose help is in the catalogue."""
    return click.command(name, cls=Command)


def given(ctx: click.Context) -> Sequence[str]:
    """Return the words of the command line."""
    words: Sequence[str] = ctx.find_root().meta.get(_GIVEN, ())
    return words


def find_language(arguments: Sequence[str]) -> Lang:
    """Return the language that is asked for: what is printed early is printed before the option that names it is read."""
    for before, argument in zip(("", *arguments), arguments, strict=False):
        asked = argument if before == "--lang" else argument.removeprefix("--lang=")
        if asked in LANGS and (before == "--lang" or asked != argument):
            return asked
    return default_lang()


def describe_usage(ctx: click.Context, lang: Lang) -> str:
    """Return the command and what may follow it, in the words of a language."""
    return " ".join((ctx.command_path, *(word_metavar(piece, lang) for piece in ctx.command.collect_usage_pieces(ctx))))


def word_metavar(metavar: str, lang: Lang) -> str:
    """Put the words in capital letters that stand for a value into a language: FIGURE=VALUE is 指标=数值 in Chinese."""
    known = catalogue(lang)
    return _WORD.sub(lambda word: known.get(f"metavar.{word[0]}", word[0]), metavar.replace("INTEGER RANGE", "INTEGER"))


@dataclass(frozen=True, slots=True)
class AsTyped:
    """A part of a message that shows what to type, with words such as FILE for what the user fills in."""

    text: str

    def say(self, lang: Lang) -> str:
        """Return it in the words of a language."""
        return word_metavar(self.text, lang)


def _name_of(ctx: click.Context) -> str:
    """Return the name of a command below the program: `plans-show`; of the program itself, `dabiao`."""
    names: list[str] = []
    at: click.Context | None = ctx
    while at is not None and at.parent is not None:
        names.insert(0, at.command.name or "")
        at = at.parent
    return "-".join(names) or "dabiao"


def _join(group: str, name: str) -> str:
    return name if group == "dabiao" else f"{group}-{name}"


def _describe(option: click.Option, ctx: click.Context, lang: Lang) -> tuple[str, str]:
    """Return the names of an option with what follows it, and what it does."""
    names = ", ".join(sorted(option.opts, key=len))
    value = "" if option.is_flag else f" {word_metavar(option.make_metavar(ctx), lang)}"
    name = max(option.opts, key=len).lstrip("-")
    code = f"help.{_name_of(ctx)}.{name}"
    given_parts = option.parts if isinstance(option, Option) else {}
    parts = {part: join_list(words, lang) for part, words in given_parts.items()}
    text = say(code if code in catalogue(lang) else f"help.{name}", lang, **parts)
    extra = option.get_help_extra(ctx)
    further = [
        say(f"help.is.{sort}", lang, found=extra[sort]) for sort in ("default", "range", "required") if sort in extra
    ]
    if further:
        text += say("help.further", lang, further=join_list(further, lang, "clauses"))
    return names + value, text


def _list_in_columns(records: Iterable[tuple[str, str]], width: int) -> list[str]:
    """Return two columns: names, and texts that wrap beside them; a long name has a line of its own."""
    from dabiao.reports.wrapping import wrap
    from rich.cells import cell_len

    found = list(records)
    left = min(_LEFT, max((cell_len(name) for name, _ in found), default=0))
    start = _INDENT + left + 2
    lines: list[str] = []
    for name, text in found:
        first, *rest = wrap(text, max(width - start, 20))
        if cell_len(name) > left:
            lines.append(" " * _INDENT + name)
            lines.append(" " * start + first)
        else:
            lines.append(" " * _INDENT + name + " " * (left - cell_len(name) + 2) + first)
        lines += [" " * start + line for line in rest]
    return lines


def _indent(lines: Iterable[str]) -> list[str]:
    return [" " * _INDENT + line for line in lines]
