"""Where a report points to: what is open leads to the figures that keep it open, not to the head of the sheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.cli import main
from dabiao.reports.locations import place_of
from helpers import commitment, judge, make_plan, measure, one, plan_text, sheet_text

SHARE = measure("part") + measure("whole"), commitment("share", "measure: part / whole\nat_least: 80 %\ndue: 2023")
TOWNS = (
    measure("centres", of="town"),
    commitment("each-town", "measure: share(centres >= 1 张 of town)\nat_least: 80 %\ndue: 2023"),
)
THREE = "\n".join(f"- {{kind: town, name: {name}镇, facts: {{{facts}}}}}" for name, facts in zip(
    "甲乙丙", ("centres: 1 张", "", "centres: 2 张"), strict=True
))  # fmt: skip


@pytest.mark.parametrize(
    ("made", "facts", "subjects", "line"),
    [
        (SHARE, "part: 3 张", "", 5),  # the figure that was reported
        (SHARE, "part: 3 张\nwhole: {absent: late}", "", 6),  # the one that is absent comes first
        (TOWNS, "", THREE, 6),  # the row that lacks the figure
        (TOWNS, "", THREE.splitlines()[0], 5),  # what was reported of the others
        (SHARE, "", "", 2),  # nothing: where the sheet begins
    ],
)
def test_what_is_open_leads_to_what_keeps_it_open(
    made: tuple[str, str], facts: str, subjects: str, line: int, tmp_path: Path
) -> None:
    """A figure given as absent, else the row that lacks one, else a figure that was reported, else the head of the sheet."""
    finding = one(judge(make_plan(*made), tmp_path, sheet_text(facts, subjects, year=2023)))
    place = place_of(finding)

    assert ("undetermined", line) == (finding.verdict, place and place.line)


def test_formats_for_programs_say_the_same_place(tmp_path: Path) -> None:
    """CSV has the line of the figure that was reported."""
    (tmp_path / "demo.plan.yaml").write_text(plan_text(*SHARE), encoding="utf-8")
    (tmp_path / "s.facts.yaml").write_text(sheet_text("part: 3 张", year=2023), encoding="utf-8")
    done = CliRunner().invoke(
        main, ["check", str(tmp_path / "demo.plan.yaml"), str(tmp_path / "s.facts.yaml"), "-o", "csv", "--lang", "en"]
    )
    (row,) = csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff"), newline=""))

    assert ("undetermined", "5", "9") == (row["verdict"], row["line"], row["column"])
