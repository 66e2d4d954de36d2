"""Tiers: what sort of promise a commitment is, told by its test and its phrase, or said by the plan."""

from __future__ import annotations

import pytest
from dabiao.base.problems import Refused
from dabiao.rules.model import Plan
from helpers import make_plan, measure

MEASURES = (
    measure("beds") + measure("rate", 'unit: "%"') + measure("law", "ladder: deliverable") + measure("open", "yes_no: true")
    + measure("rehab", "yes_no: true", of="town") + measure("paper", "ladder: deliverable", of="town")
)  # fmt: skip


def plan_with(body: str, phrase: str = "承诺") -> Plan:
    """Return a plan of one commitment that cites a phrase."""
    cite = f"cite: {{section: 一, phrase: {phrase}}}"
    return make_plan(MEASURES, f"- id: it\n  title: {{zh: 承诺, en: It}}\n  {cite}\n  {body}\n")


@pytest.mark.parametrize(
    ("body", "phrase", "tier"),
    [
        ("measure: beds\n  at_least: 300 张\n  due: 2025", "加强建设，达到300张床位", "indicator"),
        ("measure: share(rehab of town)\n  at_least: 80 %\n  due: 2025", "不低于百分之八十", "indicator"),
        (
            "measure: rate\n  staged: [{year: 2022, at_least: 50 %}, {year: 2025, at_least: 80 %}]",
            "2022年50%，2025年80%",
            "indicator",
        ),
        ("measure: rate\n  direction: increase\n  due: 2025", "不断提高", "task"),
        ("each: town\n  measure: paper\n  at_least: in_force\n  due: 2025", "完善各乡镇制度", "task"),
        ("measure: beds\n  at_least: 300 张\n  due: {after: open}", "承诺", "task"),
        ("measure: law\n  at_least: in_force\n  due: 2025", "建立健全养老制度", "task"),
        ("measure: law\n  at_least: in_force\n  due: 2025", "养老制度", "task"),
        ("measure: law\n  at_least: in_force\n  due: 2025", "完善养老制度", "effort"),
        ("measure: law\n  at_least: in_force\n  due: 2025", "进一步健全养老制度", "effort"),
        ("measure: open\n  exactly: yes\n  due: 2025", "“持续加强”监管", "effort"),
        ("holds: law >= issued and open\n  due: 2025", "完善养老制度", "effort"),
        ("holds: law >= issued and beds >= 3 张\n  due: 2025", "完善养老制度", "task"),
        ("holds: law >= issued and share(rehab of town) >= 50 %\n  due: 2025", "完善养老制度", "task"),
        ("measure: total(beds)\n  more_than: 0 张\n  due: 2025", "建设床位", "task"),
        ("measure: beds\n  at_least: 2 张\n  due: 2025", "建设一批床位", "task"),
        ("measure: beds\n  at_least: 3 张\n  due: 2025", "建设床位", "task"),
        ("measure: beds\n  at_least: 1 张\n  due: 2025", "床位 1 张", "indicator"),
        ("measure: rate\n  at_least: 100 %\n  due: 2025", "全覆盖", "task"),
        ("manual: true", "建立制度", "effort"),
    ],
)
def test_tier_is_told_by_test_and_phrase(body: str, phrase: str, tier: str) -> None:
    """A number is an indicator, a fact per subject or a named product a task, improving what exists an effort."""
    assert tier == plan_with(body, phrase).commitments["it"].tier


def test_plan_says_the_tier_with_a_reason() -> None:
    """A tier that the plan says replaces the derived one, and its reason is kept."""
    it = plan_with("measure: beds\n  at_least: 300 张\n  due: 2025\n  tier: {is: task, why: 一次性建设}").commitments[
        "it"
    ]

    assert ("task", "一次性建设") == (it.tier, it.tier_reason)


@pytest.mark.parametrize(
    ("written", "code", "column"),
    [
        ("{is: tasks, why: 无}", "unknown-choice", 16),
        ("{is: task}", "missing-key", 11),
        ("task", "expected-mapping", 11),
        ("{is: task, why: 无, who: 谁}", "unknown-key", 30),
    ],
)
def test_a_wrong_tier_is_an_error_at_its_place(written: str, code: str, column: int) -> None:
    """A tier is written with its reason, and a word that is none is refused with its place and the nearest."""
    with pytest.raises(Refused) as refused:
        plan_with(f"manual: true\n  tier: {written}")

    (problem,) = refused.value.problems
    assert (code, column) == (problem.code, problem.location.column)


def test_a_row_of_a_table_is_an_indicator_whatever_it_says() -> None:
    """A share that a table of indicators asks for in words (全覆盖) is an indicator; the same words in running text are not."""
    plan = plan_with("measure: rate\n  at_least: 100 %\n  due: 2025", "全覆盖")
    assert "task" == plan.commitments["it"].tier
    cite = "cite: {section: 表1 行3, phrase: 全覆盖}"
    body = "measure: rate\n  at_least: 100 %\n  due: 2025"
    row = make_plan(MEASURES, f"- id: it\n  title: {{zh: 承诺, en: It}}\n  {cite}\n  {body}\n")
    assert "indicator" == row.commitments["it"].tier
