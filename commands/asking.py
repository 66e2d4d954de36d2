"""What commands are asked: arguments and options, each declared once, named like the fields of the requests they fill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from unicodedata import normalize

import click
from dabiao.base.messages import LANGS, default_lang, say
from dabiao.commands.help import Option

_Command = TypeVar("_Command", bound=Callable[..., Any])
Declared = Callable[[_Command], _Command]


def _lang(ctx: click.Context | None) -> str:
    """Return the language to refuse a value in: `--lang` is looked at before all other options."""
    given = ctx.params.get("lang") if ctx else None
    return given if isinstance(given, str) else default_lang()


class _Text(click.types.StringParamType):
    """A text that is not empty: an unset variable in a script is not the same as an option that is left out."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail(say("empty-value", _lang(ctx)), param, ctx)
        return value


class _Path(click.Path):
    """A path type that rejects the empty string, which would silently mean the current folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail(say("empty-path", _lang(ctx)), param, ctx)
        return super().convert(value, param, ctx)


class _Paths(_Path):
    """Paths that are joined by plus signs."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return [super(_Paths, self).convert(part, param, ctx) for part in str(value).split("+")]


class _Day(_Text):
    """A date."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from dabiao.rules.shape import read_day

        found = read_day(super().convert(value, param, ctx))
        if found is None:
            self.fail(say("bad-date", _lang(ctx), found=value), param, ctx)
        return found


TEXT, PATH, DAY = _Text(), _Path(), _Day()

PLAN = click.argument("plan", type=TEXT)
SHEETS = click.argument("sheets", nargs=-1, required=True, type=PATH)
YEAR = click.option("--year", type=int)
AS_OF = click.option("--as-of", type=DAY, metavar="DATE")
WAIVERS = click.option("--waivers", type=PATH)
ASSIGNMENTS = click.option("--assignments", type=PATH)
SELECT = click.option("--select", type=TEXT, multiple=True, metavar="NAME")
FAIL_ON = click.option(
    "--fail-on", type=click.Choice(["shortfall", "behind", "undetermined", "effort", "never"]), default="shortfall",
    show_default=True
)  # fmt: skip
LANG = click.option("--lang", type=click.Choice(LANGS), is_eager=True)


def asks(*declared: Declared[Any]) -> Declared[Any]:
    """Declare several arguments and options, in the order of the help."""

    def declare(command: Any) -> Any:
        for one in reversed(declared):
            command = one(command)
        return command

    return declare


JUDGING = asks(
    PLAN, SHEETS, YEAR, AS_OF, WAIVERS, ASSIGNMENTS, SELECT, FAIL_ON
)  # what every command asks that judges sheets


def words(name: str, *, metavar: str, multiple: bool = False, field: str = "") -> Declared[Any]:
    """Declare an option that takes a text; `field` is the field of the request if it is not named like the option."""
    names = (name, field) if field else (name,)
    return click.option(*names, type=TEXT, metavar=metavar, multiple=multiple)


def listed(name: str, *, metavar: str, **parts: Sequence[str]) -> Declared[Any]:
    """Declare an option that takes names joined by commas, and may be repeated; `parts` are words of its help."""

    def split(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
        del ctx, param
        return tuple(name.strip() for value in values for name in normalize("NFKC", value).split(","))

    return click.option(
        name, type=TEXT, metavar=f"{metavar}[,{metavar}]", multiple=True, callback=split, cls=Option, parts=parts
    )


def files(name: str) -> Declared[Any]:
    """Declare an option that takes files joined by plus signs, and may be repeated."""

    def together(ctx: click.Context, param: click.Parameter, values: tuple[list[Path], ...]) -> tuple[Path, ...]:
        del ctx, param
        return tuple(path for paths in values for path in paths)

    return click.option(name, type=_Paths(), metavar="FILE[+FILE]", multiple=True, callback=together)
