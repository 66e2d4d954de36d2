"""What a what-if tells first: real changes by gravity, what only the year names otherwise as a count, new and old apart."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner
from dabiao.cli import main
from helpers import ROOT

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

    assert "改变的数：养老家庭照护床位2023；未报：养老家庭照护床位2020" in text


def test_the_worst_comes_first_with_its_owner_and_without_a_column_that_says_nothing() -> None:
    """Short stands before undetermined, an office beside each; no column repeats that the document states no nature."""
    values, text = found("--as-if", "2025"), told("--as-if", "2025")
    verdicts = [one["after"]["verdict"] for one in values["changed"]]

    assert sorted(verdicts, key=["shortfall", "behind", "undetermined"].index) == verdicts
    assert "牵头单位" in text
    assert "未注明" not in text
