"""What all reports share: every one can be written, people read the same in text and Markdown, spreadsheets run nothing."""

from __future__ import annotations

import csv
import io
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dabiao.base.messages import LANGS
from dabiao.cli import main
from dabiao.commands.outputs import FORMATS, REPORTS
from dabiao.reports.document import Cell, Document, Heading, Item, Items, Paragraph, table
from dabiao.reports.markdown import markdown_text
from dabiao.reports.text import write
from helpers import ROOT, commitment, measure, plan_text, sheet_text

SAMPLES = ROOT / "facts" / "samples"
SAMPLE = str(SAMPLES / "example-2023.facts.yaml")
COMMANDS = {
    "status": ("status", "example", SAMPLE, "--due", "2024-03-31"),
    "budget": ("budget", "example", SAMPLE, "--costs", str(SAMPLES / "example.costs.yaml")),
    "sweep": ("what-if", "example", SAMPLE, "--sweep", "family_care_beds=340:360:10"),
    "check": ("check", "example", SAMPLE),
}
DOCUMENT = Document(
    "en",
    (
        Heading("A | page", 1, "page"),
        Paragraph("made <up>", warning=True),
        Heading("Figures"),
        table(("name", "count"), [("甲院", "5"), ("b\nc", "12"), (Cell("d", is_id=True), "1")], most=2, numbers=(1,)),
        Items((Item("one", label="first"), Item("two\n  more", nested=True)), left=3),
    ),
    ("2 of 3",),
)
TEXT = """\
A | page [page]
made <up>

Figures
name   count
────────────
甲院       5
b         12
c
... and 1 more
  first: one
    two more
... and 3 more

2 of 3
"""
MARKDOWN = """\
# A \\| page `page`

**2 of 3**

> made &lt;up&gt;

## Figures

| name | count |
| --- | ---: |
| 甲院 | 5 |
| b<br>c | 12 |

... and 1 more

- **first**: one
  - two more
- ... and 3 more
"""


def run(*words: object) -> Result:
    """Run the program."""
    return CliRunner().invoke(main, [*map(str, words), "--lang", "en"])


def test_a_document_as_text_and_as_markdown() -> None:
    """A Chinese sign is two columns wide, numbers stand right, what is left out is counted, markup is shown as it is."""
    stream = io.StringIO()
    write(DOCUMENT, stream)

    assert TEXT == stream.getvalue()
    assert MARKDOWN == markdown_text(DOCUMENT)


@pytest.mark.parametrize(
    ("text", "written"),
    [("- 甲", "\\- 甲"), ("12. 甲", "12\\. 甲"), ("3) 甲", "3\\) 甲"), ("+ 甲", "\\+ 甲"), ("---", "\\---"), ("=", "\\="), ("-5 张", "-5 张")],
)  # fmt: skip
def test_a_text_that_begins_a_line_is_a_text(text: str, written: str) -> None:
    """A title that begins with the sign of a list, a line or a heading is shown as it is, as a paragraph and as an item."""
    document = Document("en", (Paragraph("甲"), Paragraph(text), Items((Item(text),))))
    assert f"甲\n\n{written}\n\n- {written}\n" == markdown_text(document)


def test_every_report_of_the_table_exists() -> None:
    """Each kind has text, Markdown and a page, every format is known, and the function that gives it is there.

    What stands beside a folder of findings is told on the terminal alone.
    """
    for kind, formats in REPORTS.items():
        least = {"text"} if kind == "partitions" else {"text", "markdown", "html"}
        assert least <= set(formats) <= set(FORMATS)
        for function in formats.values():
            module, _, name = function.partition(":")

            assert callable(getattr(import_module(f"dabiao.{module}"), name))


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_csv_has_the_mark_that_spreadsheets_need(kind: str) -> None:
    """UTF-8 with a byte-order mark, lines that end as RFC 4180 says, and as many cells in each line as in the first."""
    text = run(*COMMANDS[kind], "-o", "csv").stdout_bytes.decode("utf-8")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))

    assert text.startswith("\ufeff")
    assert text.endswith("\r\n")
    assert 1 == len({len(row) for row in rows})


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_homes_of_one_name_are_told_apart(form: str, tmp_path: Path) -> None:
    """Where two districts are judged every home is told with its district; where one is, without."""
    rule = commitment("c", "each: home\nmeasure: beds\nat_least: 50 张\ndue: every_year")
    (tmp_path / "demo.plan.yaml").write_text(plan_text(measure("beds", of="home"), rule), encoding="utf-8")
    for name in ("某区", "乙区"):
        text = sheet_text("", "- {kind: home, name: 甲院, facts: {beds: 5 张}}", name=name)
        (tmp_path / f"{name}.facts.yaml").write_text(text, encoding="utf-8")
    one = run("check", tmp_path / "demo.plan.yaml", tmp_path / "某区.facts.yaml", "-o", form).stdout
    both = run("check", tmp_path / "demo.plan.yaml", tmp_path, "-o", form).stdout

    assert "某区 甲院" not in one
    assert "甲院" in one
    assert all(f"{name} 甲院" in both for name in ("某区", "乙区"))


@pytest.mark.parametrize("lang", LANGS)
def test_an_explanation_can_be_written_as_markdown(lang: str, tmp_path: Path) -> None:
    """The sentence is a heading, the reasons are a list, the figures a table."""
    words = ("explain", "example", SAMPLE, "rehab-coverage", "-o", f"markdown:{tmp_path / 'e.md'}")
    CliRunner().invoke(main, [*words, "--lang", lang])
    page = (tmp_path / "e.md").read_text(encoding="utf-8")

    assert page.startswith("## ● ")
    assert "\n\n- " in page
    assert "| --- | --- | --- |" in page


@pytest.mark.parametrize(
    ("lang", "place"), [("zh", "《示例规划》（demo.plan.yaml 第 "), ("en", "Demo plan (demo.plan.yaml, line ")]
)
def test_a_reason_names_the_plan_by_title_and_no_figure_twice(lang: str, place: str, tmp_path: Path) -> None:
    """A baseline stands in a line of the plan by its title; what was entered is told beside a value only if it is written otherwise."""
    measures = "- {id: beds, title: {zh: 床位, en: beds}, unit: 张, baseline: 100 张}\n- {id: people, title: {zh: 人数, en: people}, unit: 人}"
    commitments = "".join(
        commitment(name, f"measure: {name}\nat_least: 200 {unit}\ndue: 2025")
        for name, unit in (("beds", "张"), ("people", "人"))
    )
    (tmp_path / "demo.plan.yaml").write_text(plan_text(measures, commitments), encoding="utf-8")
    (tmp_path / "s.facts.yaml").write_text(sheet_text("beds: 1,150\npeople: 0.28 万人", year=2023), encoding="utf-8")
    beds, people = (
        CliRunner()
        .invoke(
            main,
            [
                "explain",
                str(tmp_path / "demo.plan.yaml"),
                str(tmp_path / "s.facts.yaml"),
                name,
                "--lang",
                lang,
                "-o",
                "markdown",
            ],
        )
        .stdout
        for name in ("beds", "people")
    )
    assert place in beds
    assert "| 1,150 张 |" in beds
    assert "2,800 人（0.28 万人）" in people.replace(" (0.28 万人)", "（0.28 万人）")
