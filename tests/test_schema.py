"""The published JSON Schemas: what the command prints is what is committed, and both say what the loader says."""

from __future__ import annotations

import copy
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from dabiao import load_plan, read_facts
from dabiao.base.problems import Problems, Refused
from dabiao.cli import main
from dabiao.facts.costs.read import read_costs
from dabiao.rules.assignments import load_assignments
from dabiao.rules.load import load_waivers, parse_plan
from dabiao.scenarios.steps import read_scenario
from helpers import ROOT, commitment, measure, plan_text, sheet_text
from jsonschema import Draft202012Validator

NAMES = ("plan", "part", "facts", "waivers", "assignments", "scenario", "costs")
PLANS = sorted((ROOT / "rules" / "plans").glob("*.plan.yaml"))
PARTS = sorted(set((ROOT / "rules" / "plans").glob("*.*.yaml")) - set(PLANS))
SHEETS = sorted((ROOT / "facts" / "samples").rglob("*.facts.yaml"))  # also sheet.facts.yaml of CSV folders
SAMPLE_WAIVERS = sorted((ROOT / "facts" / "samples").rglob("*.waivers.yaml"))
SAMPLE_ASSIGNMENTS = sorted((ROOT / "facts" / "samples").rglob("*.assignments.yaml"))
SAMPLE_SCENARIOS = sorted((ROOT / "facts" / "samples").rglob("*.scenario.yaml"))
SAMPLE_COSTS = sorted((ROOT / "facts" / "samples").rglob("*.costs.yaml"))
SHIPPED = {
    "plan": PLANS, "part": PARTS, "facts": SHEETS, "waivers": SAMPLE_WAIVERS, "assignments": SAMPLE_ASSIGNMENTS,
    "scenario": SAMPLE_SCENARIOS,
    "costs": SAMPLE_COSTS,
}  # fmt: skip
DOCUMENTS = {"chaoyang", "daxing", "tongzhou", "yanan", "yanqing"}

PLAN = plan_text(
    measure("rate", 'unit: "%"') + measure("law", "ladder: deliverable"),
    commitment("rate", "measure: rate\nat_least: 80 %\ndue: 2025\nnature: binding\npace: {path: linear, cut_off: 90 %}")
    + commitment("law", "measure: law\nat_least: issued\ndue: {after: rate >= 50 %}")
    + commitment("stages", "measure: rate\nstaged: [{year: 2022, at_least: 50 %}, {year: 2025, at_least: 80 %}]")
    + commitment("read", "manual: true"),
    """\
    consequences:
      - {id: alarm, title: {zh: 警, en: Alarm}, level: alert, when: [{commitment: rate, verdict: [shortfall, behind]}]}
    amendments:
      - {id: revision, effective: 2023-07-01, authority: 区政府, changes: [{commitment: rate, at_least: 85 %}]}
    left_out: [{phrase: 回顾, reason: 回顾过去}]
    """,
)
PART = "part_of: demo\nmeasures:\n" + measure("orgs", "unit: 家") + "left_out: [{from: 甲, to: 乙, reason: 背景}]\n"
SHEET = (
    sheet_text(
        "rate: 80 %\nlaw: {absent: late, note: 待报}", "- {kind: town, name: 东, facts: {}}", registers="town: 3"
    )
    + "percentages: percent\nsynthetic: true\n"
)
WAIVERS = (
    "plan: demo\nwaivers:\n"
    "  - {commitment: rate, subject: 某区, year: 2025, reason: 无, authority: 区, expires: 2026-01-01}\n"
)
ASSIGNMENTS = (
    "assignments: demo\nowners:\n  - {tier: task, office: 科, deputy: 长}\n"
    "  - {commitment: rate, office: 室, contact: '1'}\n"
)
SCENARIO = (
    "scenario: more\nplan: demo\nfacts:\n- {set: {rate: 80 %}}\n- {kind: town, where: yes, scale: {x: 110 %}}\n"
    "open:\n- {kind: town, name: 北}\nclose:\n- {kind: town, name: 东}\nchanges:\n- {commitment: rate, at_least: 85 %}\n"
)
COSTS = (
    "plan: demo\nmoney: 万元\nillustrative: true\nweights: {rate: 2}\nactions:\n- id: better\n  title: {zh: 提升, en: Better}\n"
    "  adds: {rate: 5 百分点}\n  unit_cost: 3 万元\n  at_most: 4\n  lead_time: 1\n"
)
SOUND = {
    "plan": PLAN, "part": PART, "facts": SHEET, "waivers": WAIVERS, "assignments": ASSIGNMENTS,
    "scenario": SCENARIO, "costs": COSTS,
}  # fmt: skip


def plain(value: Any) -> Any:
    """Return what YAML text stands for in JSON: a date is its text."""
    if isinstance(value, dict):
        return {str(key): plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [plain(child) for child in value]
    return value.isoformat() if isinstance(value, date) else value


def document(text: str) -> Any:
    """Read YAML the way an editor does, without any of our own code."""
    return plain(yaml.safe_load(text))


def committed(name: str) -> bytes:
    """Return a schema as it stands in the repository."""
    return (ROOT / "rules" / "schemas" / f"{name}.schema.json").read_bytes()


def errors(name: str, value: Any) -> list[tuple[str, str]]:
    """Return what a schema has against a document: the place of each error and the keyword that it breaks."""
    validator = Draft202012Validator(json.loads(committed(name)))
    return [(error.json_path, str(error.validator)) for error in validator.iter_errors(value)]


@pytest.mark.parametrize("name", NAMES)
def test_printed_is_committed(name: str) -> None:
    """`dabiao schema` prints the committed file byte for byte, in either language."""
    for lang in ("zh", "en"):
        shown = CliRunner().invoke(main, ["schema", name, "--lang", lang])
        assert (0, committed(name)) == (shown.exit_code, shown.stdout_bytes)


def test_unknown_schema() -> None:
    """A schema that does not exist is a usage error."""
    assert 2 == CliRunner().invoke(main, ["schema", "plans"]).exit_code


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_sound(name: str) -> None:
    """Each schema is valid JSON Schema 2020-12, closed at every level, and explains each key."""
    schema = json.loads(committed(name))
    Draft202012Validator.check_schema(schema)
    assert "https://json-schema.org/draft/2020-12/schema" == schema["$schema"]
    for form in (schema, *schema["$defs"].values()):
        assert form["additionalProperties"] is False
        assert [] == [key for key, child in form["properties"].items() if not child.get("description")]


@pytest.mark.parametrize(
    ("name", "path"),
    [pytest.param(name, path, id=str(path.relative_to(ROOT))) for name, paths in SHIPPED.items() for path in paths],
)
def test_shipped_files_fit(name: str, path: Path) -> None:
    """Every plan, part, sample sheet and waiver file that is shipped fits its schema, and points editors at it."""
    text = path.read_text(encoding="utf-8")
    assert [] == errors(name, document(text))
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert named, "the first line names the schema"
    assert ROOT / "rules" / "schemas" / f"{name}.schema.json" == (path.parent / named[1]).resolve()


def test_something_is_shipped() -> None:
    """Each of the five plan documents has a plan with parts, and a sheet."""
    for paths in (PLANS, PARTS, SHEETS):
        assert set() == DOCUMENTS - {re.split(r"[.-]", str(path.relative_to(ROOT).parts[2]))[0] for path in paths}


def load(name: str, text: str, folder: Path) -> None:
    """Load a document with the program itself."""
    path = folder / f"demo.{name}.yaml"
    path.write_text(text, encoding="utf-8")
    if name == "plan":
        load_plan(path)
    elif name == "part":
        whole = folder / "whole.plan.yaml"
        whole.write_text(f"{PLAN}parts: [{path.name}]\n", encoding="utf-8")
        load_plan(whole)
    elif name == "facts":
        read_facts(path, parse_plan(PLAN))
    elif name == "scenario":
        read_scenario(path, parse_plan(PLAN))
    elif name == "costs":
        problems = Problems()
        read_costs(path, parse_plan(PLAN), 2024, problems)
        problems.refuse()
    elif name == "assignments":
        load_assignments(path, parse_plan(PLAN))
    else:
        load_waivers(path, parse_plan(PLAN))


@pytest.mark.parametrize("name", NAMES)
def test_sound_documents(tmp_path: Path, name: str) -> None:
    """The sound documents that the broken ones below are made from fit the schema, and the program takes them."""
    value = document(SOUND[name])
    assert [] == errors(name, value)
    load(name, SOUND[name], tmp_path)
    load(name, yaml.safe_dump(value, allow_unicode=True, sort_keys=False), tmp_path)


GONE = object()
BROKEN = [  # schema, place, what is put there, what the schema then has against it
    ("plan", "commitments.0.at_lest", "80 %", ("$.commitments", "anyOf")),
    ("plan", "commitments.0.title", GONE, ("$.commitments", "anyOf")),
    ("plan", "commitments.0.nature", "strict", ("$.commitments", "anyOf")),
    ("plan", "commitments.0.due", "soon", ("$.commitments", "anyOf")),
    ("plan", "commitments.1.due", {"before": "rate >= 50 %"}, ("$.commitments", "anyOf")),
    ("plan", "commitments.2.staged.0.year", GONE, ("$.commitments", "anyOf")),
    ("plan", "commitments.3.manual", "maybe", ("$.commitments", "anyOf")),
    ("plan", "commitments.0.id", "Rate_1", ("$.commitments", "anyOf")),
    ("plan", "commitments.0.cite.phrase", GONE, ("$.commitments", "anyOf")),
    ("plan", "commitments.0.at_least", {"percent": 80}, ("$.commitments", "anyOf")),
    ("plan", "commitments.0.pace.path", "straight", ("$.commitments", "anyOf")),
    ("plan", "consequences.0.level", "fine", ("$.consequences", "anyOf")),
    ("plan", "amendments.0.effective", "July 2023", ("$.amendments", "anyOf")),
    ("plan", "subjects.1.register", -1, ("$.subjects", "anyOf")),
    ("plan", "subjects.1.register", ["东", "东"], ("$.subjects", "anyOf")),
    ("plan", "title", {"zh": "甲"}, ("$.title", "required")),
    ("plan", "title", {"zh": "甲", "en": "A", "fr": "A"}, ("$.title", "additionalProperties")),
    ("plan", "baseline", "2020年", ("$.baseline", "type")),
    ("plan", "baseline", GONE, ("$", "required")),
    ("plan", "owner", "区政府", ("$", "additionalProperties")),
    ("plan", "period.until", 2026, ("$.period", "additionalProperties")),
    ("plan", "percentages", "percentage", ("$.percentages", "enum")),
    ("plan", "parts", ["../other.yaml"], ("$.parts", "anyOf")),
    ("part", "part_of", GONE, ("$", "required")),
    ("part", "waivers", [], ("$", "additionalProperties")),
    ("part", "measures.0.id", "Orgs", ("$.measures", "anyOf")),
    ("facts", "year", GONE, ("$", "required")),
    ("facts", "year", "二〇二五", ("$.year", "type")),
    ("facts", "facts.rate", None, ("$.facts.rate", "anyOf")),
    ("facts", "facts.rate", ["80 %"], ("$.facts.rate", "anyOf")),
    ("facts", "facts.law.absent", "lost", ("$.facts.law", "anyOf")),
    ("facts", "facts.law.why", "late", ("$.facts.law", "anyOf")),
    ("facts", "registers.town", "many", ("$.registers.town", "anyOf")),
    ("facts", "subjects.0.name", GONE, ("$.subjects", "anyOf")),
    ("waivers", "waivers.0.authority", GONE, ("$.waivers", "anyOf")),
    ("waivers", "waivers.0.expires", "31.12.2025", ("$.waivers", "anyOf")),
    ("waivers", "waivers.0.year", "every", ("$.waivers", "anyOf")),
]


@pytest.mark.parametrize(
    ("name", "place", "value", "expected"), BROKEN, ids=[f"{b[0]}-{b[1]}-{i}" for i, b in enumerate(BROKEN)]
)
def test_broken_documents(tmp_path: Path, name: str, place: str, value: Any, expected: tuple[str, str]) -> None:
    """A document broken in one place is refused by the schema there, and by the program too."""
    broken = copy.deepcopy(document(SOUND[name]))
    *way, last = (int(step) if step.isdigit() else step for step in place.split("."))
    parent = broken
    for step in way:
        parent = parent[step]
    if value is GONE:
        del parent[last]
    else:
        parent[last] = value
    assert [expected] == errors(name, broken)
    with pytest.raises(Refused):
        load(name, yaml.safe_dump(broken, allow_unicode=True, sort_keys=False), tmp_path)
