"""Bugs that have been mended, one test each, so that none returns unnoticed."""

from __future__ import annotations

import textwrap
from datetime import date
from fractions import Fraction
from pathlib import Path

from click.testing import CliRunner
from dabiao.cli import main
from dabiao.reports.words import gap_text
from helpers import ROOT, commitment, judge, make_plan, measure, one, sheet_text, verdicts

RULE = """
consequences:
  - id: named
    title: {zh: 点名, en: Named}
    level: alert
    when: [{commitment: a}, {commitment: b}]
"""


def test_a_change_from_a_stated_baseline_has_a_path(tmp_path: Path) -> None:
    """A change starts from nothing: it is judged on the way even if no sheet of the baseline year is at hand."""
    plan = make_plan(
        measure("orgs", "unit: 家, baseline: 100 家"),
        commitment("c", "measure: change(orgs)\nat_least: 50 家\ndue: 2025"),
    )

    assert "on_track" == one(judge(plan, tmp_path, sheet_text("orgs: 130 家", year=2023))).verdict


def test_a_gap_in_a_scaled_unit_is_not_counted_in_the_base_unit(tmp_path: Path) -> None:
    """A gap of 600 万元 is never printed as 6,000,000 万元."""
    plan = make_plan(measure("money", "unit: 万元"), commitment("c", "measure: money\nat_least: 1000 万元\ndue: 2025"))
    finding = one(judge(plan, tmp_path, sheet_text("money: 400 万元")))

    assert "差 600 万元" == gap_text(finding, "zh", plan)


def test_a_shortfall_at_the_boundary_is_not_called_exact(tmp_path: Path) -> None:
    """Equal to a target that must be exceeded is one short, not exactly there."""
    plan = make_plan(measure("visits", "unit: 次"), commitment("c", "measure: visits\nmore_than: 0 次\ndue: 2025"))
    finding = one(judge(plan, tmp_path, sheet_text("visits: 0 次")))

    assert ("shortfall", "1 次 short") == (finding.verdict, gap_text(finding, "en", plan))


def test_a_count_below_each_subject_is_counted(tmp_path: Path) -> None:
    """A count over the subjects of each town works where all facts are known."""
    plan = make_plan(
        measure("open", "yes_no: true", "centre"),
        commitment("c", "each: town\nmeasure: count(centre where open)\nat_least: 1 个\ndue: 2025"),
    )
    subjects = """
        - {kind: town, name: 东, facts: {}}
        - {kind: town, name: 西, facts: {}}
        - {kind: town, name: 北, facts: {}}
        - {kind: centre, name: 一, in: 东, facts: {open: yes}}
        - {kind: centre, name: 二, in: 西, facts: {open: no}}
    """
    result = judge(plan, tmp_path, sheet_text(subjects=subjects, registers="centre: complete"))

    assert {("c", "东"): "met", ("c", "西"): "shortfall", ("c", "北"): "shortfall"} == verdicts(result)


def test_a_rule_that_half_matches_does_not_end_the_process(tmp_path: Path) -> None:
    """A finding that meets one condition of two is no consequence, and no crash of the rule engine."""
    plan = make_plan(
        measure("x", of="home") + measure("y", of="home"),
        commitment("a", "each: home\nmeasure: x\nat_least: 5 张\ndue: 2025")
        + commitment("b", "each: home\nmeasure: y\nat_least: 5 张\ndue: 2025"),
        RULE,
    )
    subjects = (
        "- {kind: home, name: 甲, facts: {x: 1 张, y: 9 张}}\n- {kind: home, name: 乙, facts: {x: 9 张, y: 1 张}}"
    )

    assert [] == list(judge(plan, tmp_path, sheet_text(subjects=subjects, registers="home: 2")).followed)


def test_a_sum_of_decimals_is_the_decimal_sum(tmp_path: Path) -> None:
    """0.1 and 0.2 make 0.3, which is what 0.3 asks for."""
    plan = make_plan(
        measure("area", "unit: 亩", "home"), commitment("c", "measure: sum(area of home)\nexactly: 0.3 亩\ndue: 2025")
    )
    subjects = "- {kind: home, name: 甲, facts: {area: 0.1 亩}}\n- {kind: home, name: 乙, facts: {area: 0.2 亩}}"
    finding = one(judge(plan, tmp_path, sheet_text(subjects=subjects, registers="home: 2")))

    assert ("met", Fraction(200)) == (finding.verdict, finding.actual)


def test_a_long_sum_is_no_internal_error(tmp_path: Path) -> None:
    """Nine hundred operands in a row are worked out."""
    plan = make_plan(measure("x"), commitment("c", "measure: x" + "+1" * 900 + "\nat_least: 900 张\ndue: 2025"))

    assert "met" == one(judge(plan, tmp_path, sheet_text("x: 0 张"))).verdict


def test_everything_is_said_in_the_language_asked_for() -> None:
    """An English report of the illustrative sheet has no Chinese sentence of the program in it."""
    sheet = str(ROOT / "facts" / "samples" / "example-2023.facts.yaml")
    output = CliRunner().invoke(main, ["check", "example", sheet, "--lang", "en"]).output

    assert not any(word in output for word in ("达标", "未到期", "差 ", "无法判定", "后果"))


def test_withdrawing_a_commitment_drops_what_follows_from_what_follows() -> None:
    """An amendment that withdraws a commitment drops its consequence, and the consequence of that one."""
    rest = """
        consequences:
        - {id: first, title: {zh: 一, en: first}, level: alert, when: [{commitment: c}]}
        - {id: second, title: {zh: 二, en: second}, level: alert, when: [{consequence: first}]}
        - {id: third, title: {zh: 三, en: third}, level: alert, when: [{commitment: d}]}
        amendments:
        - {id: a, effective: 2023-01-01, authority: 区, changes: [{commitment: c, withdrawn: true}]}
    """
    commitments = commitment("c", "measure: x\nat_least: 1 张\ndue: 2025") + commitment(
        "d", "measure: x\nat_least: 2 张\ndue: 2025"
    )
    plan = make_plan(measure("x"), commitments, textwrap.dedent(rest)).as_of(date(2023, 6, 1))

    assert ["third"] == [rule.id for rule in plan.text.consequences]
