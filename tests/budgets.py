"""Small budgets for tests: costs files written the way users write them, and the answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from click.testing import CliRunner, Result
from dabiao import read_facts
from dabiao.budget.requests import BudgetRequest
from dabiao.budget.results import Budget, Limits
from dabiao.budget.run import plan_budget
from dabiao.cli import main
from dabiao.rules.model import Plan
from helpers import ROOT, commitment, make_plan, measure

BEDS = measure("care_beds")
HOMES = measure("beds", of="home") + measure("nursing", of="home") + measure("reserved", of="home")
TITLE = "title: {zh: 措施, en: Action}"


def action(name: str, *keys: str) -> str:
    """Return one action with its keys, one a line."""
    return "".join([f"  - id: {name}\n    {TITLE}\n", *(f"    {key}\n" for key in keys)])


def costs_text(*actions: str, head: str = "") -> str:
    """Return a costs file."""
    return f"plan: demo\nmoney: 元\n{head}actions:\n{''.join(actions)}"


def answer(
    folder: Path,
    plan: Plan,
    sheet: str | Sequence[str],
    costs: str,
    *,
    limit: int | None = None,
    by_year: dict[int, int] | None = None,
    select: Sequence[str] = (),
    first: int | None = None,
) -> Budget:
    """Write a sheet, or several, and a costs file, and work out the budget."""
    sheets = [sheet] if isinstance(sheet, str) else sheet
    paths = [folder / f"demo{number or ''}.facts.yaml" for number in range(len(sheets))]
    for path, text in zip(paths, sheets, strict=True):
        path.write_text(text, encoding="utf-8")
    (folder / "demo.costs.yaml").write_text(costs, encoding="utf-8")
    limits = Limits(None if limit is None else Fraction(limit), {y: Fraction(n) for y, n in (by_year or {}).items()})
    request = BudgetRequest(
        plan="demo", sheets=(), costs=folder / "demo.costs.yaml", limits=limits, select=tuple(select), first=first
    )
    return plan_budget(plan, read_facts(paths, plan), request)


def care_plan(target: str = "at_least: 40 张", due: str = "2025", nature: str = "binding") -> Plan:
    """Return a plan with one commitment about care beds."""
    return make_plan(BEDS, commitment("care", f"measure: care_beds\n{target}\ndue: {due}\nnature: {nature}"))


ADD = action("add", "adds: {care_beds: 1 张}", "unit_cost: 3 元", "at_most: 50")


def run(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["budget", *map(str, arguments)])


SAMPLES = ROOT / "facts" / "samples"
EXAMPLE = ("example", SAMPLES / "example-2023.facts.yaml", "--costs", SAMPLES / "example.costs.yaml")
