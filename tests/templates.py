"""A small plan with every sort of measure, and what tests of templates do with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
from click.testing import CliRunner, Result
from dabiao.cli import main
from dabiao.facts.template.form import Form, make_form
from helpers import commitment, make_plan, measure, sheet_text

MEASURES = (
    measure("beds")
    + measure("people", "unit: 万人")
    + measure("rate", 'unit: "%"')
    + measure("growth", 'unit: "%", signed: true')
    + measure("ratio", "unit: 比值")
    + measure("rules", "ladder: deliverable")
    + measure("done", "yes_no: true")
    + measure("unused", "unit: 家")
    + measure("total", "formula: beds + sum(room of home), unit: 张")
    + measure("room", "unit: 张, min: 1 张, max: 900 张", of="home")
    + measure("stars", "ladder: rating", of="home")
    + measure("score", 'unit: "%"', of="home")
    + measure("offers", "yes_no: true", of="town")
    + measure("meals", "unit: 人次", of="centre")
)
COMMITMENTS = (
    commitment("total-beds", "measure: total\nat_least: 100 张\ndue: 2025\nchapter: 床位")
    + commitment("good-homes", "measure: count(home where stars >= three)\nat_least: 1 家\ndue: 2025\nchapter: 质量")
    + commitment("rate", "measure: rate\nat_least: growth + 1 百分点\ndue: 2025\nchapter: 质量")
    + commitment("follow", "measure: done\nexactly: yes\ndue: {after: rules >= issued}\nchapter: 制度")
    + commitment("towns", "each: town\nmeasure: sum(meals of centre)\nat_least: 1 人次\ndue: every_year\nwhere: offers")
)


def run(*arguments: str | Path) -> Result:
    """Run the real command line."""
    return CliRunner().invoke(main, ["template", *map(str, arguments)])


def book(path: Path) -> Any:
    """Open a workbook."""
    return openpyxl.load_workbook(path)


LAST = """
beds: 120 张
people: 0.28 万人
rate: 79.996 %
growth: -3.5 %
ratio: "1:7"
rules: issued
done: {absent: not_collected}
"""


def last_form(tmp_path: Path, facts: str = LAST, subjects: str = "", year: int = 2022) -> Form:
    """Return the form of the demo plan for 2023, with a sheet of another year behind it."""
    path = tmp_path / "last.facts.yaml"
    path.write_text(sheet_text(facts, subjects, year=year), encoding="utf-8")
    return make_form(make_plan(MEASURES, COMMITMENTS), 2023, None, [path])
