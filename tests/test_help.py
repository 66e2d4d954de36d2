"""What `--help` prints: every command and every option, in the language of the user."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from dabiao.base.messages import LANGS, catalogue
from dabiao.cli import main
from rich.cells import cell_len

LETTERS = re.compile(r"[A-Za-z][A-Za-z-]+")
NAMES = {  # of formats, files, standards and programs
    "file", "MiB", "beds", "home", "xlsx", "facts", "yaml", "sig", "tsr", "CSV", "JSON", "YAML", "Schema", "RFC", "ssh-keygen",
    "Spark",
}  # fmt: skip


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Iterate over a command and all in it, each with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from walk(found, (*path, name))


EVERY = dict(walk(main))


def ask(*words: str, lang: str = "C.UTF-8") -> str:
    """Return what a call prints under a locale, in a window of 80 columns."""
    result = CliRunner().invoke(main, words, prog_name="dabiao", env={"LC_ALL": lang, "COLUMNS": "80"})

    assert 0 == result.exit_code, result.output
    return result.output


@pytest.mark.parametrize("lang", ["zh_CN.UTF-8", "C.UTF-8"])
@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_option_is_told_in_the_language_of_the_user(path: tuple[str, ...], lang: str) -> None:
    """Every option of every command stands in its help with a text beside or below it, and no line is wider than the window."""
    lines = ask(*path, "--help", lang=lang).splitlines()
    options = [one for one in EVERY[path].params if isinstance(one, click.Option)]

    assert options
    for option in options:
        name = max(option.opts, key=len)
        (at,) = (n for n, line in enumerate(lines) if re.match(rf"  (-\w, )?{name}( |$)", line))
        assert re.search(r"\S  +\S", lines[at][2:]) or lines[at + 1].startswith(" " * 10), lines[at]
    assert [] == [line for line in lines if cell_len(line) > 80 and not line.startswith("{plan|")]


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_chinese_help_has_no_english_words(path: tuple[str, ...]) -> None:
    """Under a Chinese locale all but the names of commands, options, their values and formats is Chinese."""
    choices = {
        str(value)
        for command in EVERY.values()
        for one in command.params
        if isinstance(one.type, click.Choice)
        for value in one.type.choices
    }
    formats = {
        name
        for found in EVERY.values()
        for one in found.params
        for names in getattr(one, "parts", {}).values()
        for name in names
    }
    known = (
        NAMES | choices | formats | {word for words in EVERY for word in words} | {"dabiao", "auto", "help", "effort"}
    )
    said = re.sub(r"(?<!\w)--?[a-z][a-z-]*", "", ask(*path, "--help", lang="zh_CN.UTF-8"))

    assert set() == {word for word in LETTERS.findall(said) if word not in known and "x" != word}


def test_lang_puts_help_in_a_language_wherever_it_stands() -> None:
    """`--lang zh` before or after `--help` asks for Chinese help, and an unknown language for that of the locale."""
    for words in (("check", "--help", "--lang", "zh"), ("check", "--lang=zh", "--help")):
        assert ask(*words).startswith("用法：dabiao check [选项] 规划 报表...")
    assert ask("check", "--lang", "en", "--help", lang="zh_CN.UTF-8").startswith(
        "Usage: dabiao check [OPTIONS] PLAN SHEETS..."
    )
    assert ask("check", "--help", "--lang", "xx", lang="zh_CN.UTF-8").startswith("用法：")


def test_a_missing_argument_is_named_as_in_the_help() -> None:
    """What a Chinese error calls an argument is what the line of usage above it calls it."""
    said = CliRunner().invoke(main, ["check"], prog_name="dabiao", env={"LC_ALL": "zh_CN.UTF-8"}).stderr

    assert "用法：dabiao check [选项] 规划 报表...\n" in said
    assert said.splitlines()[-1].endswith("规划")


def test_every_text_of_help_belongs_to_something() -> None:
    """No text of help is about a command or an option that does not exist."""
    options = {
        f"help.{scope}{max(one.opts, key=len).lstrip('-')}"
        for path, command in EVERY.items()
        for one in command.params
        if isinstance(one, click.Option)
        for scope in ("", f"{'-'.join(path) or 'dabiao'}.")
    } | {"help.help", "help.options", "help.commands", "help.further"}
    about = {f"about.{'-'.join(path) or 'dabiao'}{more}" for path in EVERY for more in ("", ".more")}
    usages = [" ".join(command.collect_usage_pieces(click.Context(command))) for command in EVERY.values()]
    values = [
        one.make_metavar(click.Context(command))
        for command in EVERY.values()
        for one in command.params
        if not getattr(one, "is_flag", False)
    ]
    words = {f"metavar.{word}" for text in (*usages, *values) for word in re.findall("[A-Z]+", text)}
    codes = [
        code for code in catalogue(LANGS[0]) if code.startswith(("help.", "about.")) and not code.startswith("help.is.")
    ]

    assert [] == [code for code in codes if code not in options | about]
    assert words - {"metavar.RANGE"} == {code for code in catalogue(LANGS[0]) if code.startswith("metavar.")}
