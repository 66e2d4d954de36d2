"""The whole way of a report, walked by a program that tests give: form, figures, check, page, evidence, compare, what if."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import openpyxl
from helpers import commitment, measure, plan_text

PLAN = plan_text(
    measure("beds") + measure("room", of="home"),
    commitment("beds", "measure: beds\nat_least: 500 张\ndue: every_year")
    + commitment("rooms", "each: home\nmeasure: room\nat_least: 51 张\ndue: throughout"),
)
Run = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs the program with these words in a folder, and returns what it printed."""


def walk(run: Run, folder: Path) -> None:
    """Walk the whole way in a folder, in Chinese. Fails where a step does not say or write what it should."""
    (folder / "demo.plan.yaml").write_text(PLAN, encoding="utf-8")
    _expect(
        0,
        run("template", "demo.plan.yaml", "--year", "2023", "--tier", "all", "-o", "填报表.xlsx", "--lang", "zh"),
        "已写出 填报表.xlsx",
    )
    fill(folder / "填报表.xlsx", folder / "一.xlsx", beds=310)
    fill(folder / "填报表.xlsx", folder / "二.xlsx", beds=520)
    reports = ("text", "html:页.html", "json:结论.json", "bundle:证据.zip", "xlsx:批注.xlsx", "csv:结论.csv")
    outputs = [word for report in reports for word in ("-o", report)]
    _expect(1, run("check", "demo.plan.yaml", "一.xlsx", *outputs, "--lang", "zh"), "未达标 2", "甲院")

    page = (folder / "页.html").read_text(encoding="utf-8")
    assert "<!doctype html>" in page[:100].lower() and "甲院" in page
    findings = json.loads((folder / "结论.json").read_text(encoding="utf-8"))["findings"]
    assert ["shortfall", "shortfall", "met"] == [finding["verdict"] for finding in findings]
    assert openpyxl.load_workbook(folder / "批注.xlsx").sheetnames

    _expect(0, run("verify", "证据.zip", "--lang", "zh"), "核验通过")
    _expect(1, run("compare", "demo.plan.yaml", "一.xlsx", "二.xlsx", "--lang", "zh"), "310", "520")
    changed = run("what-if", "demo.plan.yaml", "一.xlsx", "--set", "beds=500 张", "--lang", "zh")
    _expect(1, changed, "已补上 1 条")
    assert re.search(r"未达标[ |]+2[ |]+1[ |]+-1", changed.stdout), changed.stdout


def fill(form: Path, filled: Path, beds: int) -> None:
    """Fill in the form of the plan above as a clerk does, and save it under another name."""
    book = openpyxl.load_workbook(form)
    cover, district, homes = book["封面"], book["区"], book["养老机构"]
    for row in cover.iter_rows(min_col=1, max_col=1):
        if row[0].value in ("报送单位", "养老机构总数"):
            cover.cell(row[0].row, 2).value = "某区" if row[0].value == "报送单位" else 2
    column = next(cell.column for cell in district[3] if cell.value == "本年值")
    district.cell(4, column).value = beds
    for row, (name, room) in enumerate((("甲院", 50), ("乙院", 51)), 7):
        homes.cell(row, 1).value, homes.cell(row, 2).value = name, room
    book.save(filled)


def write_many(folder: Path, count: int = 200) -> None:
    """Write so many sheets of the plan above that reading them is worth several processes."""
    folder.mkdir()
    for number in range(count):
        text = (
            f'plan: demo\nsubject: 区{number}\nyear: 2023\nfacts:\n  beds: {{value: 500 张, note: "{"初" * 15_000}"}}\n'
        )
        (folder / f"区{number}.facts.yaml").write_text(text, encoding="utf-8")


def _expect(code: int, done: subprocess.CompletedProcess[str], *said: str) -> None:
    told = done.stdout + done.stderr
    assert code == done.returncode, told
    assert [] == [text for text in said if text not in told], told
    assert "Traceback" not in told
