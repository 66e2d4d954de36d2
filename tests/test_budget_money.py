"""Money of consequences in a budget: what is lost less, by the plan's own amounts or by the costs file."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from budgets import ADD, answer, care_plan, costs_text
from dabiao import read_facts
from dabiao.budget.requests import BudgetRequest
from dabiao.budget.results import Budget, Limits
from dabiao.budget.run import plan_budget
from dabiao.reports import budget as report
from dabiao.reports import text
from helpers import commitment, make_plan, measure, sheet_text

PLAN = make_plan(
    measure("beds", of="home") + measure("score", "unit: 分", "home"),
    commitment("score", "each: home\nmeasure: score\nat_least: 85 分\ndue: throughout"),
    "consequences:\n- {id: cut, title: {zh: 取消补贴, en: Cut}, level: sanction, when: [{commitment: score}],"
    " amount: 300 元/张 * beds}\n",
)
HOMES = "- {kind: home, name: 甲, facts: {score: 80 分, beds: 60 张}}\n- {kind: home, name: 乙, facts: {score: 80 分, beds: 10 张}}"
ACTION = (
    "actions:\n- id: better\n  title: {zh: 提升, en: Better}\n  each: home\n  adds: {score: 5 分}\n"
    "  unit_cost: 100 元\n  at_most_each: 1\n"
)


def budget_of(folder: Path, head: str = "", homes: str = HOMES) -> Budget:
    """Work out the budget of two homes that score too low."""
    (folder / "demo.facts.yaml").write_text(
        sheet_text("", homes, 2024, "home: complete, centre: complete, town: {size: 0, confirmed: 撤并}"),
        encoding="utf-8",
    )
    costs = folder / "demo.costs.yaml"
    costs.write_text(f"plan: demo\nmoney: 元\n{head}{ACTION}", encoding="utf-8")
    request = BudgetRequest(plan="demo", sheets=(), costs=costs, limits=Limits(None, {}), select=(), first=None)
    return plan_budget(PLAN, read_facts(folder / "demo.facts.yaml", PLAN), request)


def test_the_plan_says_what_is_lost(tmp_path: Path) -> None:
    """Two homes of 60 and 10 beds keep their subsidies: 70 x 300 yuan less are lost."""
    assert [("cut", 2025, 2, 0, Fraction(-21_000))] == [
        (f.rule, f.year, f.before, f.after, f.change) for f in budget_of(tmp_path).following
    ]


def test_the_costs_file_speaks_first(tmp_path: Path) -> None:
    """What the costs file says of each consequence takes the place of the plan's amount."""
    (found,) = budget_of(tmp_path, "consequences: [{consequence: cut, loses: 0.5 万元}]\n").following

    assert Fraction(-10_000) == found.change


@pytest.mark.parametrize("missing", ["甲", "乙"])
def test_an_unknown_amount_is_not_zero(tmp_path: Path, missing: str) -> None:
    """Where the beds of a home are not reported, nobody knows what is lost less."""
    beds = "60 张" if missing == "甲" else "10 张"
    (found,) = budget_of(tmp_path, homes=HOMES.replace(f", beds: {beds}", "")).following

    assert (2, 0, None) == (found.before, found.after, found.change)


def test_how_far_the_cost_may_be_above_the_least_is_told_where_not_everything_is_kept(tmp_path: Path) -> None:
    """Ten beds too few, and a cost of 90 元 for which 81 is proven: as many as can be are kept, at most 10 % above the least."""
    budget = answer(tmp_path, care_plan(), sheet_text("care_beds: 0 张", year=2023), costs_text(ADD), limit=100)
    late = replace(budget, status="feasible", spent={2024: Fraction(90)}, bound=Fraction(81))

    assert bool(budget.short)
    assert (None, Fraction(1, 10)) == (replace(late, bound=Fraction(0)).gap, late.gap)
    written = io.StringIO()
    text.write(report.document(late, "en"), written)
    assert "Programme found: 90 元, at most 10 % above the least for that" in written.getvalue()
