"""What can be wrong with a costs file: each mistake is named with its place, all of them in one run."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from dabiao import read_facts
from dabiao.base.problems import Problems, Refused
from dabiao.budget.requests import BudgetRequest
from dabiao.budget.run import plan_budget
from dabiao.facts.costs.read import read_costs
from dabiao.rules.load import load_plan
from dabiao.rules.model import Plan
from dabiao.rules.schema import schema_text
from helpers import ROOT, commitment, make_plan, measure, sheet_text

MEASURES = (
    measure("care_beds") + measure("trained", "unit: 名") + measure("rate", 'unit: "%"') + measure("law", "ladder: deliverable")
    + measure("per_head", "unit: 张/人, formula: care_beds / trained") + measure("beds", of="home")
    + measure("rated", "yes_no: true", of="home")
)  # fmt: skip
HEAD = "plan: demo\nactions:\n"
GOOD = "{id: add, title: {zh: 甲, en: A}, adds: {care_beds: 1 张}, unit_cost: 2 万元, at_most: 3}"


def demo() -> Plan:
    """Return a plan with a total of a flow."""
    return make_plan(
        MEASURES,
        commitment("care", "measure: care_beds\nat_least: 40 张\ndue: 2025")
        + commitment("trained", "measure: total(trained)\nat_least: 40 名\ndue: 2025"),
    )


def told(folder: Path, costs: str) -> list[str]:
    """Return what the program says of a costs file."""
    plan = demo()
    (folder / "demo.facts.yaml").write_text(
        sheet_text(
            "care_beds: 10 张\ntrained: 5 名\nrate: 50 %\nlaw: issued",
            "- {kind: home, name: 甲院, facts: {beds: 20 张, rated: yes}}", 2023, "home: complete",
        ),
        encoding="utf-8",
    )  # fmt: skip
    (folder / "c.yaml").write_text(costs, encoding="utf-8")
    facts = read_facts(folder / "demo.facts.yaml", plan)
    try:
        plan_budget(plan, facts, BudgetRequest(plan="demo", sheets=(), costs=folder / "c.yaml"))
    except Refused as refused:
        return [problem.text().removeprefix(f"{folder}/") for problem in refused.problems]
    return []


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        ("adds: {care_beds: 1 张}, unit_cost: 2, at_most: 3", "3:71", "'2' has no currency"),
        ("adds: {care_beds: 1 张}, unit_cost: 2万, at_most: 3", "3:71", "no currency"),
        ("adds: {care_beds: 1 张}, unit_cost: 2 张, at_most: 3", "3:71", "not an amount of money"),
        ("adds: {care_beds: 1 张}, unit_cost: 2 万园, at_most: 3", "3:71", "unknown unit"),
        ("adds: {care_beds: 1 张}, unit_cost: -2 元, at_most: 3", "3:71", "negative"),
        ("adds: {care_beds: 1 张}, unit_cost: 2 元", "3:5", "how many at most"),
        ("adds: {care_beds: 1 张}, at_most: 3", "3:5", "has no cost"),
        ("adds: {care_beds: 0 张}, unit_cost: 2 元, at_most: 3", "3:5", "changes nothing"),
        ("unit_cost: 2 元, at_most: 3", "3:5", "changes nothing"),
        ("sets: {law: issued}, unit_cost: 2 元", "3:5", "changes nothing"),
        ("adds: {care_bed: 1 张}, unit_cost: 2 元, at_most: 3", "3:43", "care_beds"),
        ("adds: {per_head: 1 张/人}, unit_cost: 2 元, at_most: 3", "3:43", "derived by a formula"),
        ("adds: {care_beds: 1.5 张}, unit_cost: 2 元, at_most: 3", "3:54", "is not whole: enter"),
        ("adds: {care_beds: 1 名}, unit_cost: 2 元, at_most: 3", "3:54", "wrong unit"),
        ("adds: {care_beds: -11 张}, unit_cost: 2 元, at_most: 3", "3:5", "out of its range"),
        ("adds: {rate: 5 %}, unit_cost: 2 元, at_most: 3", "3:49", "the wrong unit"),
        ("adds: {rate: 5}, unit_cost: 2 元, at_most: 3", "3:49", "has no unit"),
        ("adds: {law: issued}, unit_cost: 2 元, at_most: 3", "3:43", "use sets"),
        ("sets: {law: isued}, unit_cost: 2 元", "3:48", "issued"),
        ("adds: {trained: 1 名}, unit_cost: 2 元, at_most: 3", "3:43", "list it under flows"),
        ("of: home, adds: {beds: 1 张}, unit_cost: 2 元, at_most: 3", "3:5", "which home it is for"),
        ("of: home, subject: 甲园, adds: {beds: 1 张}, unit_cost: 2 元, at_most: 3", "3:5", "甲院"),
        ("of: hom, subject: 甲院, adds: {beds: 1 张}, unit_cost: 2 元, at_most: 3", "3:40", "home"),
        ("each: home, where: bed > 3 张, adds: {beds: 1 张}, unit_cost: 2 元, at_most: 3", "3:55", "beds"),
        ("each: home, where: beds > 99 张, adds: {beds: 1 张}, unit_cost: 2 元, at_most: 3", "3:5", "no subject meets"),
        ("where: care_beds > 3 张, adds: {care_beds: 1 张}, unit_cost: 2 元, at_most: 3", "3:43", "where needs each"),
        ("opens: {kind: home, name: 新, facts: {beds: -5 张}}, unit_cost: 2 元, at_most: 3", "3:79", "beds"),
        ("opens: {kind: home, name: 新}, unit_cost: 2 元, at_most: 3", "3:43", "no figures"),
        ("opens: {kind: district, name: 新, facts: {}}, unit_cost: 2 元, at_most: 3", "3:50", "district"),
        ("adds: {care_beds: 1 张}, unit_cost: 2 元, at_most: 0", "3:85", "at_most must be from"),
        ("adds: {care_beds: 1 张}, unit_cost: 2 元, at_most: 3, lead_time: 2", "3:99", "the plan ends in 2025"),
        ("adds: {care_beds: 1 张}, unit_cost: 2 元, at_most: 3, lead_time: -1", "3:99", "cannot be -1"),
        ("adds: {care_beds: 1 张}, unit_cost: 2 元, at_most: 3, earliest: 2026", "3:98", "2026"),
        ("adds: {care_beds: 1 张}, cost_steps: [{up_to: 5, unit_cost: 1 元}], at_most: 9", "3:73", "left out in the last"),
        ("adds: {care_beds: 1 张}, unit_cost: 2 元, at_most: 3, excludes: [other]", "3:98", "no other action 'other'"),
        ("adds: {care_beds: 1 张}, unit_cost: 2 元, at_most: 3, requires: [{action: x}]", "3:108", "no other action"),
        ("adds: {care_beds: 1 张}, unit_cots: 2 元, lump_sum: 1 元, at_most: 3", "3:60", "unit_cost"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_place(tmp_path: Path, change: str, place: str, said: str) -> None:
    """Each mistake is refused with its line and column, and says what is wrong or the nearest name."""
    found = told(tmp_path, HEAD + f"  - {{id: x, title: {{zh: 甲, en: A}}, {change}}}\n")

    assert found
    assert any(line.startswith(f"c.yaml:{place}:") and said in line for line in found), found


def test_everything_wrong_is_said_in_one_run(tmp_path: Path) -> None:
    """Mistakes of the head, of several actions and of what they say of one another come together."""
    found = told(
        tmp_path,
        "plan: demo\nmoney: 张\nflows: [trainees, law]\nweights: {car: 2, care: 0}\n"
        "consequences: [{consequence: none, loses: 5}]\nactions:\n"
        f"  - {GOOD}\n  - {GOOD}\n"
        "  - {id: a, title: {zh: 甲, en: A}, adds: {care_beds: 1 张}, unit_cost: 2, at_most: 3, requires: [{action: b}]}\n"
        "  - {id: b, title: {zh: 甲, en: A}, adds: {care_beds: 1 张}, unit_cost: 2 元, at_most: 3,"
        " requires: [{action: a}, {action: add, at_least: 4}]}\n",
    )
    expected = [
        "c.yaml:2:8:", "trainees", "law", "car", "weight", "'none'", "'5' has no currency", "add", "'2' has no currency",
        "a → b → a", "never be 4",
    ]  # fmt: skip

    assert all(any(part in line for line in found) for part in expected), found
    assert len(found) >= len(expected)


def test_a_sound_file_is_read_exactly(tmp_path: Path) -> None:
    """Amounts are read in yuan, differences of percentages in points, and the first year is the earliest that is left."""
    (tmp_path / "c.yaml").write_text(
        HEAD
        + "  - {id: x, title: {zh: 甲, en: A}, adds: {rate: 2.5 百分点}, unit_cost: 0.3 万元, at_most: 2, earliest: 2021}\n",
        encoding="utf-8",
    )
    problems = Problems()
    costs = read_costs(tmp_path / "c.yaml", demo(), 2024, problems)

    assert [] == list(problems.found)
    assert costs is not None
    action = costs.actions["x"]
    assert (Fraction(3000), {"rate": Fraction(1, 40)}, 2024) == (action.steps[0].price, action.adds, action.earliest)


def test_costs_of_another_plan_are_refused(tmp_path: Path) -> None:
    """A costs file says which plan it is about."""
    assert [] != [line for line in told(tmp_path, HEAD.replace("demo", "other") + f"  - {GOOD}\n") if "other" in line]


def test_the_published_schema_is_the_one_that_is_printed() -> None:
    """The committed JSON Schema of costs files is what the reader is made from, and the shipped files satisfy it."""
    import json

    import yaml
    from jsonschema import Draft202012Validator

    text = (ROOT / "rules" / "schemas" / "costs.schema.json").read_text(encoding="utf-8")
    validator = Draft202012Validator(json.loads(text))

    assert schema_text("costs") == text
    for path in sorted((ROOT / "facts" / "samples").glob("*.costs.yaml")):
        assert [] == list(validator.iter_errors(yaml.safe_load(path.read_text(encoding="utf-8")))), path


@pytest.mark.parametrize("path", sorted((ROOT / "facts" / "samples").glob("*.costs.yaml")), ids=lambda path: path.name)
def test_shipped_costs_are_sound_and_marked_as_made_up(path: Path) -> None:
    """Every shipped costs file is read without a problem and says that its amounts are made up."""
    problems = Problems()
    costs = read_costs(path, load_plan(path.name.split(".")[0]), 2024, problems)

    assert [] == list(problems.found)
    assert costs is not None
    assert costs.illustrative
