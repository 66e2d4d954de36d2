"""What seek tells: target and what is expected by now, each by name, what the change leads to, whose it is, the worst first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from dabiao.cli import main
from helpers import ROOT, commitment, measure, plan_text, sheet_text

SAMPLES = ROOT / "facts" / "samples"
YANQING = (
    "seek", "yanqing", str(SAMPLES / "yanqing-2023"), str(SAMPLES / "yanqing-2020.facts.yaml"), "--year", "2023",
    "--assignments", str(SAMPLES / "yanqing.assignments.yaml"),
)  # fmt: skip
MEASURES = measure("known", "unit: 张, baseline: 100 张") + measure("open") + measure("homes", "unit: 家")
COMMITMENTS = (
    commitment("on-a-path", "measure: known\nat_least: 500 张\ndue: 2025")
    + commitment("no-start", "measure: open\nat_least: 500 张\ndue: 2025")
    + commitment("a-little", "measure: homes\nat_least: 100 家\ndue: every_year")
    + commitment("a-lot", "nature: binding\nmeasure: homes\nat_least: 200 家\ndue: every_year")
)


def told(folder: Path, *options: str) -> str:
    """Return what seek says of a district of 2023 whose sheet of 2020 does not give where a path starts."""
    (folder / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS), encoding="utf-8")
    (folder / "a.facts.yaml").write_text(
        sheet_text("known: 200 张\nopen: 100 张\nhomes: 90 家", "", 2023), encoding="utf-8"
    )
    (folder / "b.facts.yaml").write_text(sheet_text("known: 100 张", "", 2020), encoding="utf-8")
    sheets = (str(folder / "a.facts.yaml"), str(folder / "b.facts.yaml"))
    found = CliRunner().invoke(main, ("seek", str(folder / "demo.plan.yaml"), *sheets, "--year", "2023", *options))

    assert 1 == found.exit_code, found.output
    return found.output


def sought(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what seek tells programs, by commitment, in its order."""
    return {one["finding"]["commitment"]: one for one in json.loads(told(folder, "-o", "json"))["sought"]}


def test_the_worst_comes_first(tmp_path: Path) -> None:
    """A binding shortfall stands before another one, both before what is behind, whatever the order of the plan."""
    assert ["a-lot", "a-little", "no-start", "on-a-path"] == list(sought(tmp_path))


def test_each_way_says_what_it_leads_to(tmp_path: Path) -> None:
    """What is aimed at, and the verdict then: met where the target is owed, on track where only the path is caught up with."""
    found = sought(tmp_path)

    assert {
        "a-lot": ("target", ["met"]), "a-little": ("target", ["met"]),
        "no-start": ("no-path", ["early"]), "on-a-path": ("expected", ["on_track"]),
    } == {
        name: (one["aim"], [answer["verdict"] for answer in one["answers"]]) for name, one in found.items()
    }  # fmt: skip


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_target_and_what_is_expected_are_each_named(form: str, tmp_path: Path) -> None:
    """In every format for people the target is the target, and what is expected by now is called that."""
    first, second = (" ".join(told(tmp_path, "-o", form, "--lang", lang).split()) for lang in ("zh", "en"))

    assert "200 张，目标 ≥ 500 张，按进度应达 340 张" in first
    assert "200 张, target ≥ 500 张, expected by now 340 张" in second
    assert "改后判定" in first
    assert "只求赶上进度" in first
    assert "按进度应达多少不能确定，所以改到目标本身" in first
    assert "改了就达标" not in first


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_owner_and_due_stand_beside_what_is_sought(form: str) -> None:
    """Each finding says which office answers for it and when it is owed."""
    found = " ".join(CliRunner().invoke(main, (*YANQING, "care-centres", "-o", form, "--lang", "zh")).output.split())

    assert "差 4 家；示例·规划财务科；2025-12-31 到期" in found
