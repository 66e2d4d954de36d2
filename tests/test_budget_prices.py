"""What budgets say of money: prices of linked commitments, what no action changes, spreadsheets, and a silent solver."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from budgets import ADD, BEDS, EXAMPLE, HOMES, action, answer, costs_text, run
from dabiao.budget.results import Budget
from helpers import commitment, make_plan, measure, plan_text, sheet_text
from openpyxl import load_workbook


def priced(budget: Budget) -> list[tuple[int, list[tuple[str, int]]]]:
    """Return each price with what its commitments cost by themselves."""
    return [(int(p.without), [(one.commitment.id, int(one.alone)) for one in p.members]) for p in budget.prices]


def test_linked_commitments_have_one_price(tmp_path: Path) -> None:
    """Forty beds asked for in two ways, and thirty: without one of them nothing is saved, so the price is that of all three.

    Another commitment that needs its own money keeps its own price, and one that costs nothing has the price of nothing.
    """
    plan = make_plan(
        BEDS + measure("people", "unit: 人") + measure("rooms", "unit: 间") + measure("done"),
        commitment("beds", "measure: care_beds\nat_least: 40 张\ndue: 2025")
        + commitment("ratio", "measure: care_beds / people\nat_least: 0.4 张/人\ndue: 2025")
        + commitment("fewer", "measure: care_beds\nat_least: 30 张\ndue: 2025")
        + commitment("rooms", "measure: rooms\nat_least: 5 间\ndue: 2025")
        + commitment("spare", "measure: rooms\nat_least: 1 间\ndue: 2025"),
    )
    sheet = sheet_text("care_beds: 28 张\npeople: 100 人\nrooms: 4 间\ndone: 1 张", year=2023)
    room = action("room", "adds: {rooms: 1 间}", "unit_cost: 5 元", "at_most: 9")
    budget = answer(tmp_path, plan, sheet, costs_text(ADD, room))

    assert 36 + 5 == budget.total
    assert [(36, [("beds", 36), ("ratio", 36), ("fewer", 6)]), (5, [("rooms", 5)])] == priced(budget)


def test_no_price_is_nothing_for_what_costs_millions(tmp_path: Path) -> None:
    """Of two commitments that need the same home, neither is free: leaving out both and solving again gives the price."""
    plan = make_plan(
        HOMES,
        commitment("large", "measure: count(home where beds >= 50 张)\nat_least: 2 个\ndue: 2025")
        + commitment("all", "measure: sum(beds of home)\nat_least: 150 张\ndue: 2025"),
    )
    sheet = sheet_text("", "- {kind: home, name: 甲, facts: {beds: 60 张}}", 2023, "home: complete")
    facts = "facts: {beds: 100 张, nursing: 0 张, reserved: 0 张}"
    home = action("home", f"opens: {{kind: home, name: 新, {facts}}}", "unit_cost: 3000000 元", "at_most: 2")
    both = answer(tmp_path, plan, sheet, costs_text(home))
    alone = [answer(tmp_path, plan, sheet, costs_text(home), select=(name,)).total for name in ("large", "all")]
    text = run_demo(tmp_path, plan_text_of("large", "all"), "--lang", "en")

    assert [(3_000_000, [("large", 3_000_000), ("all", 3_000_000)])] == priced(both)
    assert [3_000_000, 3_000_000] == alone
    assert "(with the one above)" in text
    assert "commitments that need the same money have one price" in text


def plan_text_of(*names: str) -> str:
    """Return a plan of commitments that ask for forty beds each."""
    return plan_text(
        BEDS, "".join(commitment(name, "measure: care_beds\nat_least: 40 张\ndue: 2025") for name in names)
    )


def run_demo(folder: Path, plan: str, *options: object) -> str:
    """Write a plan, a sheet with 28 beds and a price of 3 yuan for a bed; return what the command writes."""
    (folder / "demo.plan.yaml").write_text(plan, encoding="utf-8")
    (folder / "demo.facts.yaml").write_text(sheet_text("care_beds: 28 张", year=2023), encoding="utf-8")
    (folder / "demo.costs.yaml").write_text(costs_text(ADD), encoding="utf-8")
    files = [folder / name for name in ("demo.plan.yaml", "demo.facts.yaml")]
    return run(*files, "--costs", folder / "demo.costs.yaml", *options).output


def test_what_no_action_can_change_is_counted(tmp_path: Path) -> None:
    """Two shortfalls that the costs file has no action for are counted, not listed; the one that can be changed is."""
    other = "".join(commitment(f"other-{n}", f"measure: other_{n}\nat_least: 9 张\ndue: 2025") for n in (1, 2))
    asked = commitment("care", "measure: care_beds\nat_least: 400 张\ndue: 2025")
    unknown = commitment("gap", "measure: unknown\nat_least: 9 张\ndue: 2025")
    measures = BEDS + measure("other_1") + measure("other_2") + measure("unknown")
    run_demo(tmp_path, plan_text(measures, asked + other + unknown))
    sheet = sheet_text("care_beds: 28 张\nother_1: 1 张\nother_2: 1 张", year=2023)
    (tmp_path / "demo.facts.yaml").write_text(sheet, encoding="utf-8")
    files = [tmp_path / name for name in ("demo.plan.yaml", "demo.facts.yaml")]
    text = run(*files, "--costs", tmp_path / "demo.costs.yaml", "--lang", "en").output

    assert "stays short 3" in text
    assert "[care]" in text
    assert "[other-1]" not in text
    assert "2 more stay short that no action of the costs file changes" in text
    assert "1 more lack figures, and no action of the costs file bears on them" in text
    assert "3 of them no action of the costs file bears on" in text


def test_the_solver_writes_nothing(tmp_path: Path) -> None:
    """Standard output of a process of its own is the JSON document and nothing else, and standard error is empty."""
    command = [sys.executable, "-m", "dabiao", "budget", *map(str, EXAMPLE), "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8", cwd=tmp_path)

    assert (3, "") == (done.returncode, done.stderr)
    assert "26877000" == json.loads(done.stdout)["total"]


HOSTILE = "{zh: '=1+1', en: '=HYPERLINK(\"http://x\")'}"


def test_the_money_is_in_the_csv_and_the_workbook(tmp_path: Path) -> None:
    """The costs of the lines of the CSV, and of the sheets of the workbook, add up to the total of the JSON document."""
    files = {name: tmp_path / f"out.{name}" for name in ("json", "csv", "xlsx")}
    run(*EXAMPLE, *(part for name, path in files.items() for part in ("-o", f"{name}:{path}")), "--lang", "zh")
    document = json.loads(files["json"].read_text(encoding="utf-8"))
    with files["csv"].open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    book = load_workbook(files["xlsx"])
    money = list(book["金额"].iter_rows(values_only=True))
    actions = list(book.worksheets[1].iter_rows(values_only=True))
    total = Fraction(document["total"]) / 10_000

    assert ["年份", "措施代码", "措施", "对象", "数量", "见效年份", "新增对象", "费用", "单位"] == list(lines[0])
    assert total == sum(Fraction(line["费用"]) for line in lines)
    assert {"万元"} == {line["单位"] for line in lines}
    assert float(total) == pytest.approx(sum(row[3] for row in money if isinstance(row[0], int)))
    assert float(total) == pytest.approx(next(row[3] for row in money if row[0] == "合计"))
    assert {(step["year"], step["action"]) for step in document["actions"]} == {
        (row[0], row[1].rpartition("[")[2].rstrip("]")) for row in actions[1:]
    }
    assert "费用为虚构示例" in str(money[-2:])


def test_nothing_in_the_workbook_is_a_formula(tmp_path: Path) -> None:
    """Titles that begin like formulas are texts in every cell, and the CSV quotes them."""
    costs = costs_text(ADD).replace("{zh: 措施, en: Action}", HOSTILE)
    run_demo(tmp_path, plan_text_of("a", "b"))
    (tmp_path / "demo.costs.yaml").write_text(costs, encoding="utf-8")
    files = [tmp_path / name for name in ("demo.plan.yaml", "demo.facts.yaml")]
    outputs = ("-o", f"xlsx:{tmp_path / 'b.xlsx'}", "-o", f"csv:{tmp_path / 'b.csv'}")
    run(*files, "--costs", tmp_path / "demo.costs.yaml", *outputs, "--lang", "en")
    cells = [cell for sheet in load_workbook(tmp_path / "b.xlsx") for row in sheet.iter_rows() for cell in row]

    assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)
    assert {"n", "s"} == {cell.data_type for cell in cells}
    assert "'=HYPERLINK" in (tmp_path / "b.csv").read_text(encoding="utf-8")
