"""Small plans and sheets for tests, written the way users write them."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from dabiao import check, load_plan, read_facts
from dabiao.base.problems import Problem, Refused
from dabiao.engine.results import Finding, Result
from dabiao.facts.model import Fact, Facts, Sheet
from dabiao.rules.load import parse_plan
from dabiao.rules.model import Plan
from openpyxl import Workbook

ON_UNIX = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no signals, modes, pipes and devices of this kind"
)

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"

HEAD = """\
plan: demo
version: "1"
title: {zh: 示例规划, en: Demo plan}
document: {title: {zh: 示例, en: Demo}}
period: {from: 2021, to: 2025}
baseline: 2020
subjects:
  - {id: district, title: {zh: 区, en: district}}
  - {id: town, title: {zh: 乡镇, en: town}, in: district, register: 3}
  - {id: home, title: {zh: 养老机构, en: home}, in: district, register: reported}
  - {id: centre, title: {zh: 照料中心, en: centre}, in: town, register: reported}
ladders:
  - id: deliverable
    steps:
      - {id: planned, title: {zh: 已计划, en: planned}}
      - {id: drafted, title: {zh: 已起草, en: drafted}}
      - {id: issued, title: {zh: 已印发, en: issued}}
      - {id: in_force, title: {zh: 已施行, en: in force}}
  - id: rating
    steps:
      - {id: none, title: {zh: 未评级, en: unrated}}
      - {id: one, title: {zh: 一星, en: one star}}
      - {id: two, title: {zh: 二星, en: two stars}}
      - {id: three, title: {zh: 三星, en: three stars}}
      - {id: four, title: {zh: 四星, en: four stars}}
"""

TITLE = "{zh: 承诺, en: Commitment}"
CITE = "{section: 第一部分 一, phrase: 承诺}"


def form_words(path: Path, subject: str, lang: str) -> list[str]:
    """Return the words of a command that write the whole form of the example plan for 2023."""
    asked = ["template", "example", "--year", "2023", "--tier", "all", "--subject", subject]
    return [*asked, "--lang", lang, "-o", str(path)]


def make_head(*kinds: str) -> str:
    """Return the head of the demo plan with these kinds of subjects below the district, each written in one line."""
    top, _, _ = HEAD.partition("  - {id: town")
    return top + "".join(f"  - {{{kind}}}\n" for kind in kinds)


def plan_text(measures: str = "", commitments: str = "", rest: str = "", head: str = HEAD) -> str:
    """Return a plan file: the head above, and indented blocks of measures, commitments and anything else."""
    parts = [head]
    for name, block in (("measures", measures), ("commitments", commitments)):
        if block.strip():
            parts.append(f"{name}:\n{textwrap.indent(textwrap.dedent(block).strip(), '  ')}\n")
    return "".join(parts) + textwrap.dedent(rest)


def measure(name: str, kind: str = "unit: 张", of: str = "") -> str:
    """Return one line that defines a measure: `kind` is its unit, ladder, options or yes_no."""
    of = f"of: {of}, " if of else ""
    return f"- {{id: {name}, {of}title: {{zh: {name} 指标, en: {name} measure}}, {kind}}}\n"


def commitment(name: str, body: str) -> str:
    """Return one commitment: id, title and citation, and the keys in `body` (one a line)."""
    keys = textwrap.indent(textwrap.dedent(body).strip(), "  ")
    return f"- id: {name}\n  title: {TITLE}\n  cite: {CITE}\n{keys}\n"


def make_plan(measures: str, commitments: str, rest: str = "", head: str = HEAD) -> Plan:
    """Load a plan made of blocks."""
    return parse_plan(plan_text(measures, commitments, rest, head), "demo.plan.yaml")


def sheet_text(facts: str = "", subjects: str = "", year: int = 2025, registers: str = "", name: str = "某区") -> str:
    """Return a fact sheet: `facts` one a line, `subjects` as list items."""
    lines = [f"plan: demo\nsubject: {name}\nyear: {year}\n"]
    if registers:
        lines.append(f"registers: {{{registers}}}\n")
    if facts.strip():
        lines.append("facts:\n" + textwrap.indent(textwrap.dedent(facts).strip(), "  ") + "\n")
    if subjects.strip():
        lines.append("subjects:\n" + textwrap.indent(textwrap.dedent(subjects).strip(), "  ") + "\n")
    return "".join(lines)


def covered_book(plan: str = "demo", year: int = 2025, name: str = "某区") -> Workbook:
    """Return a workbook that has the cover of a submission and nothing else yet."""
    book = Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "封面"
    for line in (("规划", plan), ("年度", year), ("报送单位", name)):
        cover.append(line)
    return book


def judge(plan: Plan, folder: Path, *sheets: str, year: int | None = None) -> Result:
    """Write sheets into a folder, read them back and check them against a plan."""
    paths = []
    for number, text in enumerate(sheets):
        path = folder / f"sheet{number}.facts.yaml"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return check(plan, read_facts(paths, plan), year=year)


def columns_of(finding: Finding) -> dict[str, object]:
    """Return what the columns of a table of findings must say of a finding."""

    def number(value: Fraction | None) -> float | None:
        return None if value is None else float(value)

    commitment, seen = finding.commitment, finding.outlook
    first, *others = finding.targets or (None,)
    ends = {name: end for name, end in (("low", finding.low), ("high", finding.high)) if end is not None}
    exact = {
        **ends, "actual": finding.actual, "target": first and first.value, "expected": first and first.expected,
        "upper": others[0].value if others else None, "baseline": finding.baseline, "gap": finding.gap,
        "pace": finding.pace, "completion": finding.completion, "time_elapsed": finding.time_elapsed,
        "projected": seen and seen.projected,
    }  # fmt: skip
    return {
        **{name: number(value) for name, value in exact.items()},
        "commitment": commitment.id,
        "root": finding.root,
        "kind": finding.kind,
        "subject": finding.subject,
        "path": "/".join(name for _, name in finding.path),
        "year": finding.year,
        "verdict": finding.verdict,
        "waived_from": finding.waived_from,
        "severity": finding.severity,
        "tier": commitment.tier,
        "nature": commitment.nature,
        "strength": commitment.strength,
        "owner": finding.owner and finding.owner.office,
        "duty": commitment.duty,
        "restates": finding.restates,
        "due": finding.due_year,
        "unit": finding.unit.symbol,
        "operator": first and first.operator,
        "whole_gap": finding.whole_gap,
        "whole_unit": finding.whole_unit or None,
        "trend": seen and "; ".join(f"{year}: {float(value):.15g}" for year, value in seen.points),
        "rating": seen and seen.by(commitment.path.name).rating,
        "reaches": seen and seen.reaches,
        "stands_for": finding.stands_for,
        "location": None if finding.place is None or finding.place.file == "" else str(finding.place),
    }


def verdicts(result: Result) -> dict[tuple[str, str], str]:
    """Return the verdict of every finding by commitment and subject."""
    rows = result.table.select("commitment", "subject", "verdict").iter_rows()
    return {(commitment, subject): verdict for commitment, subject, verdict in rows}


def one(result: Result) -> Finding:
    """Return the only finding of a result."""
    findings = list(result.findings())
    assert len(findings) == 1, [f.subject for f in findings]
    return findings[0]


__all__ = [
    "ROOT",
    "SHARED",
    "columns_of",
    "commitment",
    "judge",
    "load_plan",
    "make_plan",
    "measure",
    "one",
    "plan_text",
    "sheet_text",
    "verdicts",
]


def read_noted(plan: Plan, path: Path) -> tuple[Facts | None, list[Problem]]:
    """Read sheets; return their facts, None if they are refused, and everything that was noted."""
    try:
        facts = read_facts(path, plan)
    except Refused as refused:
        return None, list(refused.problems)
    return facts, list(facts.notes)


def subjects(sheet: Sheet) -> dict[tuple[str, str], Mapping[str, Fact]]:
    """Return the facts of every subject of a sheet, by kind and name."""
    return {(part.kind, name): part.facts(at) for part in sheet.parts for at, name in enumerate(part.names())}


def own_facts(sheet: Sheet) -> Mapping[str, Fact]:
    """Return the facts of the root subject of a sheet."""
    return sheet.parts[0].facts(0)


OPEN = measure("open", "yes_no: true", of="home")


def homes(*opened: str) -> str:
    """Return homes that say whether they are open; an empty text says nothing."""
    return "".join(
        f"- {{kind: home, name: h{i}{f', facts: {{open: {word}}}' if word else ''}}}\n" for i, word in enumerate(opened)
    )
