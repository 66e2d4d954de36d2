"""Pages for tests: a command for every kind of report, a document with a text at every place, and texts that mean harm."""

from __future__ import annotations

import io
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from click.testing import CliRunner
from dabiao.cli import main
from dabiao.commands.outputs import REPORTS, write_report
from dabiao.reports.document import (
    Bar,
    Block,
    Cell,
    Data,
    Document,
    Drawing,
    Fold,
    Heading,
    Item,
    Items,
    Line,
    Paragraph,
    Point,
    Table,
)
from helpers import ROOT, commitment, measure, plan_text

_SAMPLES = ROOT / "facts" / "samples"
_EXAMPLE = ("example", f"{_SAMPLES / 'example-2023.facts.yaml'}")
YANQING = (
    "yanqing", f"{_SAMPLES / 'yanqing-2023'}", f"{_SAMPLES / 'yanqing-2020.facts.yaml'}",
    "--year", "2023", "--waivers", f"{_SAMPLES / 'yanqing-2023.waivers.yaml'}",
)  # fmt: skip
COMMANDS: dict[str, tuple[str, ...]] = {
    "check": ("check", *_EXAMPLE),
    "explanation": ("explain", *_EXAMPLE, "rehab-coverage"),
    "overview": ("overview", _EXAMPLE[1], f"{_SAMPLES / 'tongzhou-2020.facts.yaml'}"),
    "comparison": ("compare", *_EXAMPLE, _EXAMPLE[1]),
    "difference": ("what-if", *_EXAMPLE, "--scenario", f"{_SAMPLES / 'example.scenario.yaml'}"),
    "sweep": ("what-if", *_EXAMPLE, "--sweep", "family_care_beds=300:520:20"),
    "seek": ("seek", *_EXAMPLE),
    "budget": ("budget", *_EXAMPLE, "--costs", f"{_SAMPLES / 'example.costs.yaml'}"),
    "status": ("status", *_EXAMPLE, "--due", "2024-03-31"),
    "verification": ("verify", "bundle.zip"),
    "lint": ("lint", "--readings"),
    "trial": ("test", "demo.plan.yaml"),
    "plan-difference": ("diff", "example", "--from", "2021-01-01", "--to", "2025-12-31"),
    "plan": ("plans", "show", "example"),
    "plans": ("plans", "list"),
    "largest": ("check", *YANQING),
}
"""A command for every kind of report, and for the largest one that the samples give. `_lay_out` writes what is no sample."""

_CASE = """\
  - name: {{zh: {beds}张, en: {beds} beds}}
    year: 2025
    facts: {{care: {beds} 张}}
    expect: [{{commitment: care, verdict: met}}]
"""


HOSTILE = (
    "<script>hit()</script>", '"><img src=x onerror=hit()>', "]]></svg>", "</script><script>hit()//", "{{ 7 * 7 }}",
    "\u202egnp.exe", "a\u2028b", "' onmouseover='hit()", "&lt;b&gt;", "<!--", "\x1b[31m", "</style></title></textarea>",
)  # fmt: skip


def everything(text: str) -> Document:
    """Return a document with a text at every place that a document has."""
    points = tuple(Point(year, float(year), text) for year in (2021, 2022))
    cell = Cell(text, tone="grave", chart=text, bar=Bar(0.5, 0.1, 0.6, 0.9), link=text, anchor=text, note=text)
    blocks: tuple[Block, ...] = (
        Paragraph(text, warning=True),
        Items((Item(text, label=text, tone="open", link=text), Item(text, nested=True)), left=2),
        Items((Item(text, label=text),)),
        Table((text, text), ((cell, Cell(text, is_id=True)), (text, text))),
        Table((text, text), ((text, cell),), dense=True),
        Drawing(text, (Line("reported", text, points), Line("target", text, points[:1]))),
        Heading(text, 3, id=text, anchor=f"{text} 3"),
    )
    heading = Heading(text, 1, id=text)
    return Document(
        "zh", (heading, Heading(text, 2, text, "grave", "x"), *blocks, Fold(text, blocks), Data('"</script>"')), (text,)
    )


PAGES = tuple(kind for kind, formats in REPORTS.items() if "html" in formats)


@cache
def page_of(kind: str, lang: str) -> str:
    """Return a report of a kind as a page. Its command is run once, in Chinese; what it found is written in English, too."""
    page, found, options = _run(kind)
    if lang == "zh":
        return page
    stream = io.StringIO()
    write_report(*found, lang, stream, **options)
    return stream.getvalue()


@cache
def document_of(kind: str, lang: str) -> Document:
    """Return the document that the page of a kind is written from."""
    _, (_, _, found), _ = _run(kind)
    module, _, name = REPORTS[kind]["html"].partition(":")
    document = getattr(import_module(f"dabiao.{module}"), name)(found, lang)
    assert isinstance(document, Document)
    return document


@cache
def _run(kind: str) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """Run the command of a kind: return its page, and what the page was written from."""
    words, asked = list(COMMANDS[kind]), []

    def write(*report: Any, **options: Any) -> None:
        asked.append((report[:3], options))
        write_report(*report, **options)

    with TemporaryDirectory() as folder:
        if words[1] in ("bundle.zip", "demo.plan.yaml"):
            _lay_out(Path(folder))
            words[1] = f"{folder}/{words[1]}"
        path = Path(folder, "page.html")
        with patch("dabiao.commands.outputs.write_report", write):
            result = CliRunner().invoke(main, [*words, "-o", f"html:{path}", "--lang", "zh"])
        assert path.exists(), result.output
        ((found, options),) = asked
        return path.read_text(encoding="utf-8"), found, options


def _lay_out(folder: Path) -> None:
    """Write a bundle, and a plan of one commitment with a case that passes and one that does not."""
    CliRunner().invoke(main, ["check", *_EXAMPLE, "-o", f"bundle:{folder / 'bundle.zip'}"])
    plan = plan_text(measure("care"), commitment("care", "measure: care\nat_least: 40 张\ndue: 2025"))
    (folder / "demo.plan.yaml").write_text(plan, encoding="utf-8")
    cases = "".join(_CASE.format(beds=beds) for beds in (40, 39))
    (folder / "demo_test.yaml").write_text(f"plan: demo\ncases:\n{cases}", encoding="utf-8")
