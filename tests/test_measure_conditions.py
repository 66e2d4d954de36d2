"""Consequences that follow from conditions of their own on measures: a trigger is not a duty."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.base.problems import Refused
from dabiao.cli import main
from dabiao.engine.results import Result
from dabiao.rules.lint import lint
from dabiao.rules.model import Plan
from helpers import commitment, judge, make_plan, measure, plan_text, sheet_text

MEASURES = (
    measure("fund", "unit: 万元")
    + measure("score", "unit: 分", "home")
    + measure("beds", of="home")
    + measure("full", "unit: 张", "home")
    + measure("public", "yes_no: true", "home")
    + measure("rehab", "yes_no: true", "town")
)
COMMITMENTS = commitment("beds", "each: home\nmeasure: beds\nat_least: 50 张\ndue: throughout") + commitment(
    "rehab", "each: town\nholds: rehab\ndue: throughout"
)
HOMES = """
- {kind: home, name: 甲, facts: {score: 80 分, beds: 60 张, full: 30 张, public: yes}}
- {kind: home, name: 乙, facts: {score: 84.9 分, beds: 40 张, full: 0 张, public: no}}
- {kind: home, name: 丙, facts: {score: 85 分, beds: 60 张, full: 60 张, public: yes}}
- {kind: home, name: 丁, facts: {score: {absent: late}, beds: 10 张, full: 0 张, public: yes}}
"""
REGISTERS = "home: complete, centre: complete, town: {size: 0, confirmed: 撤并}"
TITLE = "title: {zh: 取消补贴, en: Subsidy cancelled}, level: sanction"


def rules(*written: str) -> str:
    """Return the block of consequences of a plan."""
    return "consequences:\n" + "".join(
        f"- {{id: cut{number or ''}, {TITLE}, {rule}}}\n" for number, rule in enumerate(written)
    )


def plan_with(*written: str) -> Plan:
    """Return a plan with some consequences."""
    return make_plan(MEASURES, COMMITMENTS, rules(*written))


def judged(plan: Plan, folder: Path, fund: str = "fund: 5 万元", year: int = 2025) -> Result:
    """Judge four homes, one of which does not report its score."""
    return judge(plan, folder, sheet_text(fund, HOMES, registers=REGISTERS, year=year))


def on(result: Result, rule: str = "cut") -> set[str]:
    """Return the subjects a consequence falls on."""
    return {followed.subject for followed in result.followed if followed.rule == rule}


@pytest.mark.parametrize(
    ("condition", "subjects"),
    [
        ("{each: home, measure: score, less_than: 85 分}", {"甲", "乙"}),
        ("{each: home, where: public, measure: score, less_than: 85 分}", {"甲"}),
        ("{each: home, measure: full / beds, at_most: 50 %}", {"甲", "乙", "丁"}),
        ("{each: home, holds: score < 85 分 and not public}", {"乙"}),
        ("{each: home, measure: score, between: [84 分, 85 分]}", {"乙", "丙"}),
        ("{measure: fund, less_than: 10 万元}", {"某区"}),
        ("{measure: fund, less_than: 5 万元}", set()),
        ("{measure: count(home where score < 85 分), at_least: 2 个}", {"某区"}),
        ("{measure: count(home where score < 85 分), at_least: 3 个}", set()),  # 丁 may be one, and nobody knows
    ],
)
def test_it_follows_where_the_condition_certainly_holds(condition: str, subjects: set[str], tmp_path: Path) -> None:
    """A consequence falls on each subject for which its condition holds, and on none whose figures are missing."""
    assert subjects == on(judged(plan_with(f"when: [{condition}]"), tmp_path))


def test_it_is_joined_as_commitments_are(tmp_path: Path) -> None:
    """A condition on measures and one on findings hold for the same subject, and one on the district for all in it."""
    plan = plan_with(
        "when: [{each: home, measure: score, less_than: 85 分}, {commitment: beds}]",
        "when: [{each: home, measure: score, less_than: 85 分}, {measure: fund, less_than: 10 万元}]",
        "when: [{consequence: cut}, {each: home, holds: full = 0 张}]",
        "for: district, when: [{each: home, measure: score, less_than: 85 分}]",
    )
    result = judged(plan, tmp_path)

    assert [{"乙"}, {"甲", "乙"}, {"乙"}, {"某区"}] == [on(result, rule) for rule in ("cut", "cut1", "cut2", "cut3")]


def test_it_says_why(tmp_path: Path) -> None:
    """A consequence names the condition it follows from in words, in either language, and by its number in JSON."""
    plan, sheet = tmp_path / "demo.plan.yaml", tmp_path / "a.facts.yaml"
    rule = "when: [{each: home, where: public, measure: score, less_than: 85 分}]"
    plan.write_text(plan_text(MEASURES, COMMITMENTS, rules(rule)), encoding="utf-8")
    sheet.write_text(sheet_text("fund: 5 万元", HOMES, registers=REGISTERS), encoding="utf-8")

    def told(*options: str) -> str:
        return CliRunner().invoke(main, ["check", str(plan), str(sheet), "--all", *options]).stdout

    assert "养老机构（public 指标）：score 指标 低于 85 分" in told("--lang", "zh")
    assert "home (public measure): score measure below 85 分" in told("--lang", "en").replace("less than", "below")
    followed = json.loads(told("-o", "json"))["consequences"]
    assert [[{"id": "cut.1", "subject": "甲"}]] == [one["because"] for one in followed]
    assert 0 == CliRunner().invoke(
        main, ["check", str(plan), str(sheet), "-o", "sarif", "--fail-on", "never"]
    ).stdout.count("cut.1")


def test_nothing_follows_before_the_plan(tmp_path: Path) -> None:
    """In the baseline year no consequence of the plan follows, whatever the figures."""
    result = judged(plan_with("when: [{each: home, measure: score, less_than: 85 分}]"), tmp_path, year=2020)

    assert [] == result.followed


def test_it_does_not_count_as_a_finding(tmp_path: Path) -> None:
    """Homes below the trigger broke no promise: the findings are those of the commitments."""
    result = judged(plan_with("when: [{each: home, measure: score, less_than: 85 分}]"), tmp_path)

    assert {"beds", "rehab"} == set(result.table["commitment"].cast(str))


@pytest.mark.parametrize(
    ("condition", "code", "found"),
    [
        ("{each: home}", "empty-condition", None),
        ("{each: home, measure: score}", "one-test", "cut.1"),
        ("{each: home, measure: score, at_most: 1 分, at_least: 1 分}", "one-test", "cut.1"),
        ("{each: home, measure: skore, at_most: 1 分}", "unknown-measure", "skore"),
        ("{each: hom, measure: score, at_most: 1 分}", "unknown-kind", "hom"),
        ("{each: home, measure: score, at_most: 1 %}", "other-dimension", "%"),
        ("{each: home, measure: score, at_most: 1 分, verdict: met}", "no-effect", "verdict"),
        ("{commitment: beds, measure: score, at_most: 1 分}", "no-effect", "commitment"),
        ("{commitment: beds, at_most: 1 张}", "no-effect", "at_most"),
        ("{nature: binding, each: home}", "no-effect", "each"),
        ("{each: home, holds: public, measure: score, at_most: 1 分}", "one-test", "cut.1"),
    ],
)
def test_a_wrong_condition_is_an_error(condition: str, code: str, found: str | None) -> None:
    """What is wrong with a condition on measures is refused, and nothing written is ignored."""
    with pytest.raises(Refused) as refused:
        plan_with(f"when: [{condition}]")

    assert (code, found) in [(problem.code, problem.details.get("found")) for problem in refused.value.problems]


def test_its_kind_is_joined_or_refused() -> None:
    """A condition on one kind cannot trigger what falls on another that neither contains it nor lies in it."""
    with pytest.raises(Refused) as refused:
        plan_with("for: town, when: [{each: home, measure: score, less_than: 85 分}]")

    assert ["never-joins"] == [problem.code for problem in refused.value.problems]


def test_lint_tells_of_one_that_never_holds() -> None:
    """A condition that no figure can fulfil is a warning, and a measure it looks at is used."""
    plan = plan_with("when: [{each: home, measure: score, less_than: 0 分}]")
    codes = {(problem.code, str(problem.details["found"])) for problem in lint(plan)}

    assert ("lint.consequence-never", "score") in codes
    assert ("lint.unused-measure", "score") not in codes


def test_the_form_says_which_consequence_needs_a_figure(tmp_path: Path) -> None:
    """A measure that no commitment needs is asked for with the consequence that depends on it."""
    plan = tmp_path / "demo.plan.yaml"
    rule = "when: [{each: home, measure: score, less_than: 85 分}]"
    plan.write_text(plan_text(MEASURES, COMMITMENTS, rules(rule)), encoding="utf-8")

    file = tmp_path / "form.facts.yaml"
    asked = [
        "template",
        str(plan),
        "--year",
        "2025",
        "--tier",
        "all",
        "--subject",
        "某区",
        "-o",
        str(file),
        "--lang",
        "en",
    ]
    CliRunner().invoke(main, asked)

    assert 1 == file.read_text("utf-8").count("Subsidy cancelled")
