"""Names and figures that a report could take for a command, a formula, a tag or the end of its document."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.base.messages import visible
from dabiao.base.problems import Location, Problem
from dabiao.base.spreadsheet import make_inert
from dabiao.cli import main
from dabiao.commands.outputs import write_report
from dabiao.engine.requests import CheckOutcome, CheckRequest
from dabiao.reports import github
from dabiao.reports.junit import legal
from dabiao.reports.markdown import escaped, markdown_text
from dabiao.reports.page import memo
from helpers import ROOT, commitment, judge, make_plan, measure, sheet_text
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml
from markdown_it import MarkdownIt

EXAMPLE = ROOT / "facts" / "samples" / "example-2023.facts.yaml"
NAMES = (
    "::error file=x::pwned", "##[error]pwned", "=cmd|' /C calc'!A0", "@SUM(1,1)", "+1-1", "<img src=x onerror=alert(1)>",
    "@octocat", "https://example.org", "www.example.org", "a|b", "`x`](javascript:x)", "]]>&lt;", "%0A::stop-commands::x", "x" * 150,
    "[x](https://example.org)", "</script><script>alert(1)</script>", "{{7*7}} {0}", '<w:fldSimple w:instr="DDE"/>',
)  # fmt: skip
TEXTS = (
    st.text(st.characters(), max_size=60)
    | st.sampled_from(NAMES)
    | st.text("\x00\x01\x1b\r\n\t%:,=+-@|#[]<>&'\"\\ \u202e\ud800x")
)


def hostile(tmp_path: Path) -> CheckOutcome:
    """Return the outcome of a sheet whose subjects have hostile names, half of them short."""
    plan = make_plan(
        measure("beds", "unit: 张", "home"),
        commitment("many", "each: home\nmeasure: beds\nat_least: 10 张\ndue: throughout"),
    )
    subjects = "\n".join(
        f"- {{kind: home, name: {json.dumps(name)}, facts: {{beds: {5 + 10 * (number % 2)} 张}}}}"
        for number, name in enumerate(NAMES)
    )
    result = judge(plan, tmp_path, sheet_text("", subjects, registers=f"home: {len(NAMES)}"))
    return CheckOutcome(request=CheckRequest(plan="demo", sheets=(tmp_path,)), plan=plan, result=result)


def written(of: CheckOutcome, form: str) -> str:
    """Return one report of an outcome, as bytes of UTF-8 would hold it."""
    stream = io.StringIO()
    write_report("check", form, of, "en", stream)
    return stream.getvalue().encode("utf-8").decode()


def unescaped(text: str) -> str:
    """Undo the escapes of a workflow command, as a runner does."""
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, sign)
    return text


# ---------------------------------------------------------------- laws


@given(TEXTS, TEXTS, TEXTS)
def test_annotation_is_one_command_that_says_what_was_meant(title: str, text: str, file: str) -> None:
    """Whatever is in a title, a text and a file name, there is one line, one command, and a runner reads back the same."""
    line = github.command(github.Note("error", title, text, Location(f"{file}.yaml", 3, 4)))
    found = re.fullmatch(r"::error ([^:\r\n]*)::([^\r\n]*)\n", line)

    assert found
    given_ = dict(part.split("=", 1) for part in found[1].split(","))
    assert {"title", "file", "line", "col"} == set(given_)
    assert visible(title) == unescaped(given_["title"])
    assert "\n".join(visible(part) for part in text.split("\n")) == unescaped(found[2])


@given(TEXTS)
def test_log_line_is_never_a_command(text: str) -> None:
    """A note that is only logged is one line that a runner takes for no command of either style."""
    line = github.plain(github.Note("warning", "x", text, Location(text)), "en")

    assert 1 == line.count("\n")
    assert line.startswith("- ")
    assert "##[" not in line


@given(TEXTS)
def test_csv_cell_is_never_a_formula(text: str) -> None:
    """No cell begins with what a spreadsheet calculates, unless it is a plain number; and nothing of the text is lost."""
    cell = make_inert(text)

    assert re.fullmatch(r"-?\d+(\.\d+)?", cell) or not re.match(r"\s*[=+\-@＝＋－＠\t\r]", cell)
    assert cell.removeprefix("'") == visible(text).removeprefix("'")
    stream = io.StringIO()
    csv.writer(stream).writerow([cell, "end"])
    assert [cell, "end"] == next(csv.reader(io.StringIO(stream.getvalue(), newline="")))


@given(TEXTS)
def test_xml_text_is_always_legal(text: str) -> None:
    """Whatever a name holds, the JUnit document can be read, and has the name with illegal characters written out."""
    from junitparser import TestCase

    case = TestCase(legal(text))
    case.system_out = legal(text)
    again = TestCase.fromstring(case.tostring())

    lines = [one.replace("\r\n", "\n").replace("\r", "\n") for one in (legal(text), again.system_out or "")]
    assert lines[0] == lines[1]


@given(TEXTS)
def test_markdown_cell_shows_the_text_itself(text: str) -> None:
    """An escaped text in a table is one cell of plain text: no tag, no link, no code, no further column."""
    page = f"| a | b |\n| --- | --- |\n| x{escaped(text)}x | end |\n"
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(page)
    inline = [token for token in tokens if token.type == "inline"]

    assert 4 == len(inline)
    shown = [child for child in inline[2].children or () if child.content != "<!-- -->"]
    assert {"text"} >= {child.type for child in shown} - {"text_special"}
    assert f"x{visible(text)}x" == "".join(child.content for child in shown)


@given(TEXTS | st.text("@#:/w.aG-H12", max_size=30))
def test_markdown_mentions_and_links_nothing(text: str) -> None:
    """A person, an issue or an address in a name is no mention and no link where a host shows the page."""
    pieces = escaped(text).replace("\\#", "#").split("<!-- -->")

    assert not any(re.search(r"@\w|#\d|://|(?i:www\.|\bgh-\d)", piece) for piece in pieces)


# ---------------------------------------------------------------- whole reports


def test_hostile_names_inject_nothing_into_any_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Subjects named like commands, formulas and tags are names in every report."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    of = hostile(tmp_path)

    for line in written(of, "github").splitlines():
        assert re.match(
            r"(::(error|warning|notice) title=[^:]*,file=[^:]*,line=\d+,col=\d+::|::error title=[^:,]*::|- )", line
        )
        assert line.startswith("::") or "##[" not in line
    for row in csv.reader(io.StringIO(written(of, "csv").removeprefix("\ufeff"), newline="")):
        assert not any(re.match(r"[=+@]", cell) for cell in row)
    page = MarkdownIt("commonmark", {"html": True}).enable("table").parse(written(of, "markdown"))
    inside = [child for token in page for child in token.children or ()]
    assert {"<br>", "<!-- -->"} >= {child.content for child in inside if child.type == "html_inline"}
    assert not {child.type for child in inside} & {"link_open", "image", "code_inline"}
    suites = JUnitXml.fromstring(written(of, "junit").encode())
    assert (len(NAMES), sum(number % 2 == 0 for number in range(len(NAMES)))) == (suites.tests, suites.failures)
    names = {finding["subject"] for finding in json.loads(written(of, "json"))["findings"]}
    assert set(NAMES) == names
    for form in ("sarif", "code-scanning"):
        (run,) = json.loads(written(of, form))["runs"]
        messages = [
            each["message"]["text"] for one in run["results"] for each in (one, *one.get("relatedLocations", ()))
        ]
        assert messages and not any("](" in message for message in messages)
    bad = Problem("unknown-key", Location("a.yaml", 1), {"found": "[x](https://example.org)", "expected": "k"})
    (run,) = json.loads(written(replace(of, result=None, problems=(bad,)), "sarif"))["runs"]
    told = [*run["results"], *run["invocations"][0]["toolExecutionNotifications"]]
    assert [True, True] == ["[x] (https://example.org)" in each["message"]["text"] for each in told]


def test_summary_is_cut_to_the_limit_and_says_what_is_left_out(tmp_path: Path) -> None:
    """With less room the summary has shorter tables that count what they leave out, then nothing at all."""
    of = hostile(tmp_path)
    whole = markdown_text(memo(of, "en"))
    short = github.summary(of, "en", 1100)

    assert whole == github.summary(of, "en", github.MAX_SUMMARY)
    assert len(short.encode()) <= 1100 < len(whole.encode())
    assert re.search(r"\.\.\. and \d+ more", short)
    assert "5 shortfall" in short or "1 shortfall" in short
    assert "" == github.summary(of, "en", 10)


def test_full_summary_file_gives_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where earlier commands of the step have filled the summary, it stays as it is, and a warning says so."""
    file = tmp_path / "summary.md"
    file.write_bytes(b"x" * (github.MAX_SUMMARY - 20))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))

    assert "no room left" in written(hostile(tmp_path), "github").splitlines()[-1]
    assert github.MAX_SUMMARY - 20 == file.stat().st_size


@pytest.mark.parametrize("form", ["json", "junit", "sarif", "code-scanning", "github", "markdown", "csv"])
def test_file_name_of_undecodable_bytes_is_reported(form: str, tmp_path: Path) -> None:
    """A sheet whose name is no UTF-8 is judged, and every report is UTF-8 all the same."""
    sheet = tmp_path / os.fsdecode(b"\xff\xfe.facts.yaml")
    sheet.write_bytes(EXAMPLE.read_bytes())
    result = CliRunner().invoke(main, ["check", "example", str(sheet), "-o", f"{form}:{tmp_path / 'out'}"])

    assert 1 == result.exit_code, result.stderr
    text = (tmp_path / "out").read_bytes().decode("utf-8")
    if form != "markdown":  # it names no places
        assert ("%FF%FE" if form in ("sarif", "code-scanning") else "\\udcff") in text


def test_control_characters_in_problems_are_written_out(tmp_path: Path) -> None:
    """A problem whose found text has control characters breaks no report."""
    problem = Problem(
        "unknown-key", Location("a\x00b.yaml", 1), {"found": "x\x1b[31m\u202e\ud800\x00y\n::error::z", "expected": "k"}
    )
    of = CheckOutcome(
        request=CheckRequest(plan="p", sheets=(Path("a.yaml"),)), plan=None, result=None, problems=(problem,)
    )

    for form in ("json", "junit", "sarif", "code-scanning", "markdown", "csv", "github"):
        text = written(of, form)
        assert not re.search("[\x00\x1b\u202e]", text), form
    assert 1 == JUnitXml.fromstring(written(of, "junit").encode()).errors
    assert 1 == len(written(of, "github").splitlines())
    assert json.loads(written(replace(of, problems=(problem, problem)), "sarif"))
