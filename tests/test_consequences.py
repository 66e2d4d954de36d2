"""Money of consequences, and consequences that could never follow."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from dabiao import Refused
from dabiao.engine.results import Result
from dabiao.reports.words import consequence_text
from dabiao.rules.model import Plan
from helpers import commitment, judge, make_plan, measure, sheet_text

MEASURES = (
    measure("fund", "unit: 万元")
    + measure("beds", of="home")
    + measure("score", "unit: 分", "home")
    + measure("rehab", "yes_no: true", "town")
)
COMMITMENTS = (
    commitment("score", "each: home\nmeasure: score\nat_least: 85 分\ndue: throughout")
    + commitment("rehab", "each: town\nholds: rehab\ndue: throughout")
    + commitment("fund", "measure: fund\nat_least: 10 万元\ndue: throughout")
)
HOMES = """
- {kind: home, name: 甲, facts: {score: 80 分, beds: 60 张}}
- {kind: home, name: 乙, facts: {score: 80 分}}
- {kind: home, name: 丙, facts: {score: 90 分, beds: 60 张}}
"""


def plan_with(rule: str) -> Plan:
    """Return a plan with one consequence."""
    title = "title: {zh: 取消补贴, en: Subsidy cancelled}, level: sanction"
    return make_plan(MEASURES, COMMITMENTS, f"consequences:\n- {{id: cut, {title}, {rule}}}\n")


def judged(plan: Plan, folder: Path) -> Result:
    """Judge three homes, of which two score too low, and one of these does not report its beds."""
    registers = "home: complete, centre: complete, town: {size: 0, confirmed: 撤并}"
    return judge(plan, folder, sheet_text("fund: 5 万元", HOMES, registers=registers))


def test_a_consequence_says_how_much(tmp_path: Path) -> None:
    """The money of a consequence is worked out for the subject it falls on, exactly; unknown beds leave it unknown."""
    result = judged(plan_with("when: [{commitment: score}], amount: 300.5 元/张 * beds"), tmp_path)

    assert {"甲": Fraction(18030), "乙": None} == {f.subject: f.amount for f in result.followed}


def test_money_is_said_in_both_languages(tmp_path: Path) -> None:
    """A known amount is written in 元, and an unknown one is called unknown."""
    result = judged(plan_with("when: [{commitment: score}], amount: 0.1 万元"), tmp_path)
    unknown = judged(plan_with("when: [{commitment: score}], amount: 300 元/张 * beds"), tmp_path)

    assert "取消补贴 · 1,000 元" == consequence_text(result.followed[0], result.plan, "zh")
    assert {
        "Subsidy cancelled · 18,000 元",
        "Subsidy cancelled · amount unknown: a figure is missing",
    } == {consequence_text(f, unknown.plan, "en") for f in unknown.followed}


def test_an_amount_is_money() -> None:
    """An amount in beds is refused at its place."""
    with pytest.raises(Refused) as refused:
        plan_with("when: [{commitment: score}], amount: 300 * beds")

    assert ["other-dimension"] == [problem.code for problem in refused.value.problems]


def test_a_consequence_without_an_amount_has_none(tmp_path: Path) -> None:
    """Where the plan names no money, none is told."""
    result = judged(plan_with("when: [{commitment: score}]"), tmp_path)

    assert [None, None] == [f.amount for f in result.followed]
    assert "Subsidy cancelled" == consequence_text(result.followed[0], result.plan, "en")


@pytest.mark.parametrize(
    "rule",
    ["when: [{commitment: score}, {commitment: rehab}]", "for: town, when: [{commitment: score}]"],
)
def test_conditions_that_can_never_meet_are_an_error(rule: str) -> None:
    """A home and a town never meet, neither being in the other: the plan is refused, since the rule could never fire."""
    with pytest.raises(Refused) as refused:
        plan_with(rule)

    assert ["never-joins"] == [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize(
    "rule",
    [
        "for: district, when: [{commitment: score}, {commitment: rehab}]",
        "when: [{commitment: score}, {commitment: fund}]",
    ],
)
def test_conditions_meet_where_one_kind_contains_the_other(rule: str) -> None:
    """What befalls homes and towns meets at the district, and the district's finding meets each home's."""
    assert ["cut"] == list(plan_with(rule).consequences)


def test_a_subject_that_no_sheet_lists_lies_in_the_district(tmp_path: Path) -> None:
    """What nobody lists, two kinds below the district, meets a finding of the district."""
    rule = "for: centre, when: [{commitment: open, verdict: undetermined}, {commitment: fund}]"
    title = "title: {zh: 取消补贴, en: Subsidy cancelled}, level: sanction"
    plan = make_plan(
        MEASURES + measure("days", "unit: 天", "centre"),
        COMMITMENTS + commitment("open", "each: centre\nmeasure: days\nat_least: 250 天\ndue: throughout"),
        f"consequences:\n- {{id: cut, {title}, {rule}}}\n",
    )
    sheet = sheet_text("fund: 5 万元", registers="home: complete, centre: 3, town: {size: 0, confirmed: 撤并}")

    (found,) = judge(plan, tmp_path, sheet).followed

    assert ("cut", "", (("open", ""), ("fund", "某区"))) == (found.rule, found.subject, found.because)


def test_consequences_and_their_reasons_stand_in_the_order_of_the_sheets(tmp_path: Path) -> None:
    """Of twenty districts, each fails by twenty homes: district by district, home by home, as the sheets have them."""
    plan = plan_with("for: district, when: [{commitment: score}]")
    homes = [f"院{n * 7 % 20}" for n in range(20)]
    listed = "".join(f"- {{kind: home, name: {name}, facts: {{score: 80 分}}}}\n" for name in homes)
    districts = [f"区{n * 3 % 20}" for n in range(20)]
    sheets = [sheet_text("fund: 20 万元", listed, name=name, registers="home: complete") for name in districts]

    followed = judge(plan, tmp_path, *sheets).followed

    assert districts == [one.root for one in followed]
    assert [tuple(("score", name) for name in homes)] * 20 == [one.because for one in followed]


def test_what_follows_from_figures_stands_behind_what_follows_from_findings(tmp_path: Path) -> None:
    """The first rule looks at a figure and the second at the last finding: what the finding brings is told first."""
    title = "title: {zh: 后果, en: Consequence}, level: alert"
    plan = make_plan(
        MEASURES, commitment("fund", "measure: fund\nat_least: 10 万元\ndue: throughout"),
        f"consequences:\n- {{id: a, {title}, when: [{{measure: fund, at_most: 5 万元}}]}}\n"
        f"- {{id: b, {title}, when: [{{commitment: fund}}]}}\n",
    )  # fmt: skip

    assert ["b", "a"] == [one.rule for one in judge(plan, tmp_path, sheet_text("fund: 5 万元")).followed]
