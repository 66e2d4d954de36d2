"""What a selection needs: a data set that is judged in parts is read only as far as the selected commitments look."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from dabiao.cli import main
from dabiao.engine.check import check
from dabiao.engine.needed import find_needed, leave_out_checks
from dabiao.engine.partition import FINDINGS
from dabiao.facts.read import read_facts
from datasets import COMMITMENTS, MEASURES, REST, write_head
from helpers import make_plan, plan_text

CHECKS = """
checks:
  - {id: dear, each: home, holds: cost <= 500 元 or beds >= 1 张, severity: error}
  - {id: green, each: district, measure: budget, at_most: 100 元, severity: error}
"""
PLAN = make_plan(MEASURES, COMMITMENTS, REST + CHECKS)
HOMES = {
    "subject": ["甲区", "甲区", "乙区"], "year": [2023] * 3, "name": ["a", "b", "c"], "beds": ["40", "41", "0"],
    "cost": ["100", "200", "300"], "pleased": ["84.7", "84.6", None], "grade": ["one", "two", "nonsense"],
}  # fmt: skip


def write(folder: Path, homes: dict[str, list[object]]) -> Path:
    """Write a data set of homes and districts beside its plan."""
    (folder / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS, REST + CHECKS), encoding="utf-8")
    pl.DataFrame(homes).write_parquet(folder / "homes.parquet")
    districts = {"subject": ["甲区", "乙区"], "year": [2023, 2023], "budget": ["1000", "2"]}
    pl.DataFrame(districts).write_parquet(folder / "districts.parquet")
    tables = [{"kind": "district", "files": "districts.parquet"}, {"kind": "home", "files": "homes.parquet"}]
    return write_head(folder, tables)


@pytest.mark.parametrize(
    ("select", "needed"),
    [
        ("pleased", {("home", "pleased")}),
        ("cost", {("home", "cost"), ("home", "beds")}),
        ("beds", {("home", "cost"), ("home", "beds")}),
        ("growth", {("district", "budget")}),
    ],
)
def test_measures_of_a_selection(select: str, needed: set[tuple[str, str]]) -> None:
    """Needed is what the commitment looks at, and what data checks that look at one of these compare it with."""
    assert needed == find_needed(PLAN, (select,))


def test_checks_of_a_selection() -> None:
    """A data check that looks at none of the figures that are needed is left out."""
    assert [["dear"], ["green"], []] == [
        [check.id for check in leave_out_checks(PLAN, (name,)).checks] for name in ("cost", "growth", "pleased")
    ]


def test_what_is_not_selected_is_not_read(tmp_path: Path) -> None:
    """A cell that cannot be read, and a check that fails, refuse a run that needs them, and no other."""
    head = write(tmp_path, HOMES)

    def run(*select: str) -> int:
        arguments = [part for name in select for part in ("--select", name)]
        out = f"parquet:{tmp_path / '-'.join(('out', *select))}/"
        files = [str(tmp_path / "demo.plan.yaml"), str(head)]
        return CliRunner().invoke(main, ["check", *files, "-o", out, "--jobs", "1", *arguments]).exit_code

    assert [2, 2, 2, 1, 1] == [run(), run("good"), run("growth"), run("pleased"), run("cost")]
    sound = write(tmp_path, {**HOMES, "grade": ["one", "two", "two"]})
    whole = check(make_plan(MEASURES, COMMITMENTS, REST), read_facts(sound, PLAN), select=("pleased",)).to_polars()
    whole = whole.cast({"verdict": pl.String, "waived_from": pl.String}).select(*FINDINGS)
    found = pl.read_parquet(tmp_path / "out-pleased" / "findings" / "*.parquet")

    assert sorted(whole.iter_rows(), key=repr) == sorted(found.iter_rows(), key=repr)


def test_a_heading_that_nobody_knows_is_told_all_the_same(tmp_path: Path) -> None:
    """A column that is no measure of the plan is refused, whatever is selected."""
    head = write(tmp_path, {**HOMES, "bedss": ["1", "2", "3"]})
    files = [str(tmp_path / "demo.plan.yaml"), str(head), "-o", f"parquet:{tmp_path / 'out'}/", "--lang", "en"]
    result = CliRunner().invoke(main, ["check", *files, "--select", "pleased", "--jobs", "1"])

    assert (2, True) == (result.exit_code, "bedss" in result.output)


def test_a_selection_that_names_nothing_writes_nothing(tmp_path: Path) -> None:
    """A name that means nothing is told before anything is judged."""
    head = write(tmp_path, HOMES)
    files = [str(tmp_path / "demo.plan.yaml"), str(head), "-o", f"parquet:{tmp_path / 'out'}/"]
    result = CliRunner().invoke(main, ["check", *files, "--select", "nothing"])

    assert (2, False) == (result.exit_code, (tmp_path / "out").exists())
