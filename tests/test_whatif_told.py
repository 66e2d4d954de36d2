"""What a what-if tells first: real changes by gravity, what only the year names otherwise as a count, new and old apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from dabiao.cli import main
from helpers import ROOT, commitment, measure, plan_text, sheet_text

SAMPLES = ROOT / "facts" / "samples"
YANQING = (
    "what-if", "yanqing", str(SAMPLES / "yanqing-2023"), str(SAMPLES / "yanqing-2020.facts.yaml"), "--year", "2023",
    "--assignments", str(SAMPLES / "yanqing.assignments.yaml"),
)  # fmt: skip


def told(*options: str) -> str:
    """Return what the command says of the sample in Chinese."""
    return CliRunner().invoke(main, (*YANQING, "--lang", "zh", *options)).output


def found(*options: str) -> dict[str, Any]:
    """Return what the command tells programs."""
    values = json.loads(told("-o", "json", *options))
    assert isinstance(values, dict)
    return values


def test_what_only_the_year_names_otherwise_is_counted() -> None:
    """With the year alone moved, early that becomes met is no change; what was on track and is short is one."""
    values = found("--as-if", "2025")
    pairs = {(one["before"]["verdict"], one["after"]["verdict"]) for one in values["changed"]}

    assert ("on_track", "shortfall") in pairs
    assert ("behind", "shortfall") in pairs
    assert ("early", "met") not in pairs
    assert ("early", "met") in {(one["before"], one["after"]) for one in values["renamed"]}


def test_a_change_of_figures_hides_no_verdict() -> None:
    """Where figures change, every verdict that changes is listed, reached before and after or not."""
    values = found("--set", "family_care_beds=300张")

    assert [] == values["renamed"]
    assert [("behind", "undetermined")] == [
        (one["before"]["verdict"], one["after"]["verdict"]) for one in values["changed"]
    ]


def test_new_and_old_shortfalls_are_apart() -> None:
    """What is newly short and what was short before add up to what is short, in words and for programs."""
    values, text = found("--as-if", "2025"), told("--as-if", "2025", "-o", "markdown")
    new, still = values["newly_short"], values["counts"]["before"]["shortfall"]

    assert len(values["short"]) == new + still
    assert f"原来就未达标、仍未达标 {still}" in text
    assert f"另有新的未达标 {new} 项" in text


def test_the_cause_tells_what_changed_from_what_is_missing() -> None:
    """The figure that was set is of the year judged; the one that is missing is that of the baseline, and called so."""
    text = "".join(told("--set", "family_care_beds=300张", "-o", "markdown").split())

    assert "改变的数：2023年养老家庭照护床位；未报：2020年养老家庭照护床位" in text


def test_the_worst_comes_first_with_its_owner_and_without_a_column_that_says_nothing() -> None:
    """Short stands before undetermined, an office beside each; no column repeats that the document states no nature."""
    values, text = found("--as-if", "2025"), told("--as-if", "2025")
    verdicts = [one["after"]["verdict"] for one in values["changed"]]

    assert sorted(verdicts, key=["shortfall", "behind", "undetermined"].index) == verdicts
    assert "牵头单位" in text
    assert "未注明" not in text


def test_names_that_are_left_out_are_counted() -> None:
    """A subject that nobody has is refused with the first names there are and how many more."""
    asked = ("check", *YANQING[1:], "--subject", "不存在乡", "--lang", "zh")
    done = CliRunner().invoke(main, asked)

    assert 2 == done.exit_code
    assert "……另有 " in done.stderr


def test_a_selection_has_no_consequences_of_others(tmp_path: Path) -> None:
    """What follows from figures alone is told of a whole check, and not where a commitment is asked for that it is not about."""
    measures = measure("beds") + measure("staff", "unit: 人")
    ask = commitment("staffed", "measure: staff\nat_least: 1 人\ndue: every_year")
    rules = """
consequences:
  - {id: few, title: {zh: 床位太少, en: Few beds}, level: alert, when: [{measure: beds, at_most: 9 张}]}
  - {id: unstaffed, title: {zh: 无人, en: Unstaffed}, level: alert, when: [{commitment: staffed}]}
"""
    (tmp_path / "demo.plan.yaml").write_text(plan_text(measures, ask, rules), encoding="utf-8")
    (tmp_path / "a.facts.yaml").write_text(sheet_text("beds: 5 张\nstaff: 0 人", "", 2023), encoding="utf-8")
    asked = ("check", str(tmp_path / "demo.plan.yaml"), str(tmp_path / "a.facts.yaml"), "-o", "json")
    whole, some = (
        json.loads(CliRunner().invoke(main, (*asked, *more)).stdout) for more in ((), ("--select", "staffed"))
    )

    assert {"few", "unstaffed"} == {one["consequence"] for one in whole["consequences"]}
    assert {"unstaffed"} == {one["consequence"] for one in some["consequences"]}
