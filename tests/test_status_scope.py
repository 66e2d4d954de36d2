"""What was handed in on a form of some tiers is counted by these, and what that leaves out stays visible."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from dabiao.cli import main
from helpers import commitment, measure, plan_text

MEASURES = measure("beds") + measure("staff") + measure("trained") + measure("meals", of="home")
COMMITMENTS = (
    commitment("beds", "measure: beds\nat_least: 1 张\ndue: 2025\ntier: {is: indicator, why: 试}")
    + commitment("staff", "measure: staff\nat_least: 1 张\ndue: 2025\ntier: {is: task, why: 试}")
    + commitment("trained", "measure: trained\nat_least: 1 张\ndue: 2025\ntier: {is: effort, why: 试}")
    + commitment("meals", "measure: sum(meals of home)\nat_least: 1 张\ndue: 2025\ntier: {is: effort, why: 试}")
)


def fill(folder: Path, name: str, *tiers: str, scope: str | None = None, **figures: int) -> None:
    """Make the form of some tiers and fill in figures, the day, and where it is given another scope."""
    plan, form = folder / "demo.plan.yaml", folder / "in" / f"{name}.xlsx"
    plan.write_text(plan_text(MEASURES, COMMITMENTS), encoding="utf-8")
    form.parent.mkdir(exist_ok=True)
    options = [word for tier in tiers for word in ("--tier", tier)]
    asked = ["template", str(plan), "--year", "2023", "--subject", "某区", "--lang", "zh", "-o", str(form), *options]
    assert 0 == CliRunner().invoke(main, asked).exit_code
    book: Any = openpyxl.load_workbook(form)
    for row in book["封面"].iter_rows():
        if row[0].value == "报送日期":
            row[1].value = "2024-03-01"
        if row[0].value == "填报范围" and scope is not None:
            row[1].value = scope
    root = book["区"]
    columns = {cell.value: cell.column for cell in root[3]}
    for row in root.iter_rows(min_row=4):
        if (told := figures.get(row[columns["编号"] - 1].value)) is not None:
            row[columns["本年值"] - 1].value = told
    book.save(form)


def ask(folder: Path, *options: str) -> str:
    """Ask for the status of what was handed in."""
    words = ["status", str(folder / "demo.plan.yaml"), str(folder / "in"), "--due", "2024-03-31", *options]
    return CliRunner().invoke(main, words).output


def told(folder: Path) -> tuple[str, int, list[str], int]:
    """Return state, figures asked, tiers and figures outside of the one submission."""
    (one,) = json.loads(ask(folder, "-o", "json"))["submissions"]
    return one["state"], one["own"]["measures"], one["tiers"], one["outside"]


def test_a_form_of_indicators_is_counted_by_them_and_the_rest_is_told(tmp_path: Path) -> None:
    """One figure of one is complete; the screen says by what it was counted, and that three others are not reported."""
    fill(tmp_path, "a", "indicator", beds=3)

    assert ("complete", 1, ["indicator"], 3) == told(tmp_path)
    chinese, english = ask(tmp_path, "--lang", "zh"), ask(tmp_path, "--lang", "en")
    assert "1/1" in chinese
    assert "只按主要指标的表计，表外另有 3 项没有报" in chinese.replace("\n", "")
    assert "只按部分范围计 1" in chinese
    assert "养老机构" not in chinese
    assert "counted in part 1" in english
    (row,) = csv.DictReader(io.StringIO(ask(tmp_path, "-o", "csv", "--lang", "zh")))
    assert ("主要指标", "3") == (row["填报范围"], row["范围外未报项数"])


def test_two_forms_of_one_submitter_are_counted_by_both(tmp_path: Path) -> None:
    """Indicators and tasks on two forms make two tiers, and only what both leave out is outside."""
    fill(tmp_path, "a", "indicator", beds=3)
    fill(tmp_path, "b", "task")

    assert ("partly", 2, ["indicator", "task"], 2) == told(tmp_path)


@pytest.mark.parametrize("scope", ["", "主要指标、养老科", "全部"])
def test_a_scope_that_is_no_list_of_tiers_narrows_nothing(scope: str, tmp_path: Path) -> None:
    """Where the cover does not say the scope, or says more than tiers, the whole plan is asked for."""
    fill(tmp_path, "a", "indicator", scope=scope, beds=3)

    assert ("partly", 3, [], 0) == told(tmp_path)


def test_a_form_of_everything_beside_one_of_indicators_asks_for_everything(tmp_path: Path) -> None:
    """One form that asks for the whole plan is enough for the whole to be owed."""
    fill(tmp_path, "a", "indicator", beds=3)
    fill(tmp_path, "b", "all")

    assert ("partly", 3, [], 0) == told(tmp_path)
