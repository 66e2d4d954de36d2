"""What is printed is one line a message, and commands nothing, whatever names are in it."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dabiao.commands.streams import _Lines, for_commands
from helpers import commitment, measure, plan_text, sheet_text
from hypothesis import given
from hypothesis import strategies as st

NAMES = (
    "::error title=x::pwned",
    "\u3000::stop-commands::x",
    "##[error]pwned",
    "##vso[task.setvariable]x",
    "a ##teamcity[x]",
)
COMMAND = re.compile(r"(?m)^\s*::|##\w*\[")


def run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a folder."""
    command = [sys.executable, "-m", "dabiao", *words]
    return subprocess.run(command, capture_output=True, check=False, cwd=folder, env={**os.environ, **more})


def write(folder: Path, name: str) -> None:
    """Write a plan whose titles begin with a name, and sheets of that name: one to be judged, one with an error."""
    said = json.dumps(name, ensure_ascii=False)
    plan = plan_text(measure("beds"), commitment("beds", "measure: beds\nat_least: 10 张\ndue: every_year"))
    plan = plan.replace("zh: 示例规划, en: Demo plan", f"zh: {said}, en: {said}").replace("zh: 承诺", f"zh: {said}")
    (folder / "p.plan.yaml").write_text(plan, "utf-8")
    (folder / f"{name}.facts.yaml").write_text(sheet_text("beds: 5 张", name=said), "utf-8")
    (folder / f"{name}2.facts.yaml").write_text(sheet_text("bed: 5 张", name=said), "utf-8")


@pytest.mark.parametrize(("name", "lang"), list(zip(NAMES, ("zh", "en", "zh", "en", "zh"), strict=True)))
def test_a_name_is_no_command(name: str, lang: str, tmp_path: Path) -> None:
    """Neither a title nor the name of a file makes a line that a runner of CI takes for a command, in any format of lines."""
    write(tmp_path, name)
    formats = [word for form in ("text", "markdown", "brief", "csv", "html", "json") for word in ("-o", form)]
    calls = [["check", "p.plan.yaml", f"{name}{number}.facts.yaml", *formats] for number in ("", "2", "3")]
    for words in (*calls, ["lint", "p.plan.yaml"], ["diff", "p.plan.yaml", "p.plan.yaml"]):
        done = run(tmp_path, *words, "--lang", lang)
        assert [] == COMMAND.findall((done.stdout + done.stderr).decode()), (done.stdout, done.stderr)
    done = run(tmp_path, "check", "p.plan.yaml", f"{name}.facts.yaml", "-o", "json")
    assert f"{name}.facts.yaml" in json.dumps(json.loads(done.stdout)["asked"], ensure_ascii=False)


def test_annotations_stay_commands(tmp_path: Path) -> None:
    """The report for GitHub consists of its commands, on standard output as in a file, and its names are none."""
    write(tmp_path, NAMES[0])
    sheet = f"{NAMES[0]}.facts.yaml"
    done = run(tmp_path, "check", "p.plan.yaml", sheet, "-o", "github", "-o", "github:log", GITHUB_STEP_SUMMARY="")

    assert (tmp_path / "log").read_bytes() == done.stdout
    assert re.match(rb"::error title=[^\n]*\n\Z", done.stdout)


def test_the_locale_changes_nothing(tmp_path: Path) -> None:
    """Where the locale cannot show Chinese, a line is no command either."""
    write(tmp_path, NAMES[0])
    done = run(tmp_path, "check", "p.plan.yaml", f"{NAMES[0]}2.facts.yaml", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert rb"\x3a:error" == done.stderr[:10]


@given(st.lists(st.text(":#[ \n\r\ta", max_size=5)))
def test_no_sequence_of_writes_is_a_command(pieces: list[str]) -> None:
    """However a line is put together, it does not begin with two colons; what is no command is as it was written."""
    stream = _Lines(io.BytesIO(), "utf-8", newline="")
    for piece in pieces:
        assert len(piece) == stream.write(piece)
    stream.seek(0)
    shown = re.split("\r\n|\r|\n", stream.read())

    assert not any(line.lstrip().startswith("::") or re.search(r"##\w*\[", line) for line in shown)
    assert len(re.split("\r\n|\r|\n", "".join(pieces))) == len(shown)
    if not re.search(r"(?m)::|##\w*\[", "".join(pieces)):
        assert "".join(pieces).splitlines() == "\n".join(shown).splitlines()


@pytest.mark.parametrize(("pieces", "shown"), [
    (("a ##", "[group]"), "a ## [group]"), (("a #", "#vs", "o[x]"), "a ##vs o[x]"), (("##:", "["), "##:["), (("a ##\n", "[x]"), "a ##\n[x]"), (("  :", ":x"), "  :\\x3ax"),
])  # fmt: skip
def test_a_mark_in_pieces_is_no_mark(pieces: tuple[str, ...], shown: str) -> None:
    """What a runner would take for a command is written out, too, if it comes in several pieces; nothing else is."""
    stream = _Lines(io.BytesIO(), "utf-8", newline="")
    for piece in pieces:
        stream.write(piece)
    stream.seek(0)

    assert shown == stream.read()


def test_commands_pass_where_they_are_meant() -> None:
    """Only a report that consists of commands writes them."""
    stream = _Lines(io.BytesIO(), "utf-8", newline="")
    for_commands(stream).write("::error::##vso[x]\n")
    stream.write("::error::x\n")
    stream.seek(0)

    assert "::error::## vso[x]\n\\x3a:error::x\n" == stream.read()
    assert for_commands(sys.__stdout__) is sys.__stdout__


def test_bytes_are_no_text() -> None:
    """The stream takes texts only, as any stream of texts does: a library that asks is not misled."""
    with pytest.raises(TypeError):
        _Lines(io.BytesIO(), "utf-8").write(b"")  # type: ignore[arg-type]
