"""Text for people: as wide as the window or COLUMNS, tables that do not fit as cards, no line that ends within an id."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from dabiao.base.messages import LANGS
from dabiao.cli import main
from dabiao.engine.requests import CheckOutcome, CheckRequest
from dabiao.engine.run import run as judge
from dabiao.reports import brief, check
from dabiao.reports.document import Cell, Document, Heading, Item, Items, Paragraph, one_line, table
from dabiao.reports.text import write
from dabiao.reports.wrapping import longest_piece, pieces, wrap
from helpers import ROOT, commitment, measure, plan_text, sheet_text
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

WIDTHS = (60, 80, 100, 200)
SAMPLES = ROOT / "facts" / "samples"
SHEETS = (SAMPLES / "yanqing-2023", SAMPLES / "yanqing-2020.facts.yaml")
TABLE = table(
    ("no.", "verdict", "commitment", "value", "missing"),
    [
        ("1", Cell("shortfall", "grave"), "Emergency reserve\n[emergency-reserve]", "1.96 %, 1 张 short", "—"),
        ("2", Cell("未达标", "grave"), "按规范照护重度失能失智老年人\n[dementia-norms]", "0 张/万人，目标 ≥ 15 张/万人", "甲院 床位 2023"),
    ],
    most=2,
    numbers=(0,),
)  # fmt: skip
CARDS = """\
1 shortfall Emergency reserve [emergency-reserve]
  value: 1.96 %, 1 张 short
2 未达标 按规范照护重度失能失智老年人 [dementia-norms]
  value: 0 张/万人，目标 ≥ 15 张/万人
  missing: 甲院 床位 2023
"""


def text(*blocks: object, columns: object = "", monkeypatch: pytest.MonkeyPatch, fixed: bool = False) -> str:
    """Return blocks as text where COLUMNS is as given."""
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.StringIO()
    write(Document("en", blocks), stream, fixed=fixed)  # type: ignore[arg-type]
    return stream.getvalue()


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_plain_lines_are_those_that_rich_would_draw(line: str) -> None:
    """A line that is written as plain text is byte for byte the one that Rich writes where there is no terminal."""
    drawn, written = io.StringIO(), io.StringIO()
    console = Console(file=drawn, width=160, no_color=True, force_terminal=False, highlight=False, emoji=False)
    console.print(Text(one_line(line), "bold red"), soft_wrap=True)
    write(Document("en", (Paragraph(line),)), written, fixed=True)
    assert re.sub(r" +$", "", drawn.getvalue(), flags=re.MULTILINE) == written.getvalue()


def test_a_check_in_plain_text_loads_only_what_it_needs(tmp_path: Path) -> None:
    """Where there is no terminal neither Rich nor what data sets, workbooks and amendments need is loaded; the report is written."""
    (tmp_path / "demo.plan.yaml").write_text(
        plan_text(measure("beds"), commitment("beds", "measure: beds\nat_least: 10 张\ndue: 2025")), encoding="utf-8"
    )
    (tmp_path / "s.facts.yaml").write_text(sheet_text("beds: 9 张"), encoding="utf-8")
    script = (
        "import sys\nfrom dabiao.__main__ import run\n"
        "heavy = ('rich', 'pint', 'numpy', 'openpyxl', 'durable', 'dabiao.facts.datasets.whole', 'dabiao.rules.compile')\n"
        "run(lambda: print(*(name for name in heavy if name in sys.modules), file=sys.stderr))"
    )
    command = [sys.executable, "-c", script, "check", "demo.plan.yaml", "s.facts.yaml"]
    environment = {**os.environ, "DABIAO_CACHE": str(tmp_path / "k")}
    loaded = []
    for _ in range(3):
        found = subprocess.run(command, capture_output=True, cwd=tmp_path, env=environment, check=False)
        assert (1, b"shortfall") == (found.returncode, re.findall(b"shortfall", found.stdout)[0])
        loaded.append(found.stderr.decode().split())
    assert [["dabiao.rules.compile"], ["dabiao.rules.compile"], []] == loaded


def test_a_table_that_does_not_fit_is_written_as_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signs in front and what they are of are the head; what says nothing is left out; values stand behind headings."""
    assert CARDS == text(TABLE, columns=60, monkeypatch=monkeypatch)


@pytest.mark.parametrize("columns", WIDTHS)
def test_a_table_that_fits_is_a_table_at_any_width(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Narrow or wide, cells that need not be broken stand in columns."""
    shown = text(
        table(("name", "count"), [("甲院", "5"), ("乙院", "12")], numbers=(1,)),
        columns=columns,
        monkeypatch=monkeypatch,
    )

    assert "name   count\n────────────\n甲院       5\n乙院      12\n" == shown


def test_cells_are_broken_at_blanks_and_between_chinese_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 100 columns on a table keeps its columns: long cells are broken, but no id, number with its unit or file name."""
    long = "按规范照护重度失能失智老年人并每年（2023 年）提供服务 " * 4
    shown = text(
        table(("a", "b", "c"), [(long, "[an-id-that-is-quite-long-indeed]", long)]),
        columns=100,
        monkeypatch=monkeypatch,
    )

    assert "[an-id-that-is-quite-long-indeed]" in shown
    assert "2023\n" not in re.sub(" +\n", "\n", shown)
    assert all(cell_len(line) <= 100 for line in shown.splitlines())
    assert "─" in shown


@cache
def yanqing() -> CheckOutcome:
    """Return the check of a real plan."""
    return judge(CheckRequest(plan="yanqing", sheets=SHEETS, year=2023))


@pytest.mark.parametrize("report", [brief.document, check.document])
@pytest.mark.parametrize("lang", LANGS)
def test_no_line_is_wider_than_asked_for(report: Any, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports of a real check keep to COLUMNS, and every id and place in them stands on one line, as it does on a wide one."""
    blocks = report(yanqing(), lang, 50).blocks
    names = re.compile(r"\[[a-z][a-z-]+\]|[a-z]+\.(?:facts\.yaml|csv)(?::\d+)*")
    wide = sorted(names.findall(text(*blocks, columns=4000, monkeypatch=monkeypatch)))

    assert wide
    for columns in WIDTHS:
        shown = text(*blocks, columns=columns, monkeypatch=monkeypatch)
        assert all(cell_len(line) <= columns for line in shown.splitlines())
        assert wide == sorted(names.findall(shown))


def test_columns_count_when_piped() -> None:
    """The command keeps to COLUMNS too."""
    arguments = ["check", "example", str(SAMPLES / "example-2023.facts.yaml"), "--all", "--lang", "zh"]
    shown = CliRunner().invoke(main, arguments, env={"COLUMNS": "60"}).stdout

    assert 40 < max(map(cell_len, shown.splitlines())) <= 60


@pytest.mark.parametrize("columns", ["", "wide", "-3", "٦٠", "0", "1", "99999999999"])
def test_columns_that_say_nothing(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without COLUMNS, or with a text there, lines do not end before their text; with too few there is room for a word."""
    long = "word " * 100
    shown = text(Paragraph(long), TABLE, columns=columns, monkeypatch=monkeypatch)

    assert (long.strip() in shown) == (columns not in ("0", "1"))


def test_fixed_text_is_the_same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes into a bundle does not depend on the window of who makes it."""
    blocks = (Heading("title " * 30, 1, "an-id"), Items((Item("item " * 40, label="label"),)), TABLE)

    assert 1 == len({text(*blocks, columns=columns, fixed=True, monkeypatch=monkeypatch) for columns in ("", 40, 300)})


def test_lists_and_headings_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    """Further lines of an item stand under its text; an id stays whole behind its heading."""
    blocks = (
        Heading("A page with a title", 1, "a-long-id-of-it"),
        Items((Item("one two three four", label="first"), Item("five six seven eight nine", nested=True))),
    )
    shown = text(*blocks, columns=22, monkeypatch=monkeypatch)

    assert (
        "A page with a title\n[a-long-id-of-it]\n  first: one two three\n    four\n    five six seven\n      eight nine\n"
        == shown
    )


def test_lines_are_broken_where_a_reader_expects_it() -> None:
    """A closing sign stays with what it follows, an opening one with what follows it, a number with its unit."""
    assert ["达到 3 项", "（其中提前", "2 项），未", "达标"] == wrap("达到 3 项（其中提前 2 项），未达标", 10)
    assert ["≥ 50 名/万人", "a-b-c/d.e:5:6"] == wrap("≥ 50 名/万人 a-b-c/d.e:5:6", 4)
    assert ["2023-12-31"] == list(pieces("2023-12-31"))
    assert [""] == wrap("", 10)
    assert (0, 3, 8) == (longest_piece(" "), longest_piece("一“二"), longest_piece("a-id 中文 12345678"))


@pytest.mark.parametrize("columns", WIDTHS)
def test_names_in_cards_do_nothing(columns: int, tmp_path: Path) -> None:
    """Markup of the terminal library and control characters in a name are shown as they are."""
    rule = commitment("c", "each: home\nmeasure: beds\nat_least: 50 张\ndue: every_year")
    (tmp_path / "demo.plan.yaml").write_text(plan_text(measure("beds", of="home"), rule), encoding="utf-8")
    sheet = sheet_text("", '- {kind: home, name: "[bold]甲院[/bold] :smile:", facts: {beds: 5 张}}')
    (tmp_path / "s.facts.yaml").write_text(sheet, encoding="utf-8")
    files = [str(tmp_path / name) for name in ("demo.plan.yaml", "s.facts.yaml")]
    shown = CliRunner().invoke(main, ["check", *files, "--all", "--lang", "en"], env={"COLUMNS": str(columns)}).stdout

    assert {"[bold]甲院[/bold]", ":smile:"} <= {*shown.split()}
