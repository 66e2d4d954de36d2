"""A file given in the place of another sort is one error: not one for each of its keys, and not one for what it would have defined."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.cli import main
from helpers import ROOT, plan_text

SAMPLES = ROOT / "facts" / "samples"
SHEET = SAMPLES / "example-2023.facts.yaml"
FILES = {
    "a plan": ROOT / "rules" / "plans" / "example.plan.yaml",
    "a further file of a plan": ROOT / "rules" / "plans" / "yanqing.care.yaml",
    "a fact sheet": SHEET,
    "a file of waivers": SAMPLES / "yanqing-2023.waivers.yaml",
    "a file of assignments": SAMPLES / "yanqing.assignments.yaml",
    "a scenario": SAMPLES / "example.scenario.yaml",
    "a file of costs": SAMPLES / "example.costs.yaml",
    "a file of test cases": ROOT / "rules" / "plans" / "yanqing_test.yaml",
}
PLACES = {
    "a plan": ["lint", "GIVEN"],
    "a fact sheet": ["check", "example", "GIVEN"],
    "a file of waivers": ["check", "example", str(SHEET), "--waivers", "GIVEN"],
    "a file of assignments": ["check", "example", str(SHEET), "--assignments", "GIVEN"],
    "a scenario": ["what-if", "example", str(SHEET), "--scenario", "GIVEN"],
    "a file of costs": ["budget", "example", str(SHEET), "--costs", "GIVEN"],
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("sort", FILES)
def test_a_file_of_another_sort_is_one_error(sort: str, place: str) -> None:
    """What a file is and what was expected stand in one line."""
    if sort == place:
        return
    given = str(FILES[sort])
    found = CliRunner().invoke(main, [word.replace("GIVEN", given) for word in PLACES[place]] + ["--lang", "en"])
    order = ": the plan comes first, then the sheets" if {sort, place} == {"a plan", "a fact sheet"} else ""
    assert (2, f"{given}: this is {sort}, and {place} is expected here{order}\n") == (found.exit_code, found.stderr)


@pytest.mark.parametrize("sort", FILES)
def test_a_part_of_another_sort_is_one_error(sort: str, tmp_path: Path) -> None:
    """What a part would have defined is not missed besides."""
    if sort == "a further file of a plan":
        return
    part = tmp_path / "demo.more.yaml"
    part.write_bytes(FILES[sort].read_bytes())
    commitment = (
        "- {id: c, title: {zh: 甲, en: C}, cite: {section: 一, phrase: 甲}, measure: other, at_least: 5 张, due: 2025}"
    )
    plan = tmp_path / "demo.plan.yaml"
    plan.write_text(plan_text(commitments=commitment, rest="parts: [demo.more.yaml]\n"), "utf-8")
    found = CliRunner().invoke(main, ["lint", str(plan), "--lang", "en"])
    assert (2, f"{part}: this is {sort}, and a further file of a plan is expected here\n") == (
        found.exit_code, found.stderr,
    )  # fmt: skip


def test_a_misspelt_key_makes_no_other_sort(tmp_path: Path) -> None:
    """A sheet whose year is misspelt is still a sheet, and told the key that was meant."""
    path = tmp_path / "a.facts.yaml"
    path.write_text("plan: example\nsubject: 某区\nyaer: 2023\nfacts: {}\n", "utf-8")
    found = CliRunner().invoke(main, ["check", "example", str(path), "--lang", "en"])
    (line,) = found.stderr.splitlines()
    assert line.startswith(f"{path}:3:1: unknown key 'yaer'; known: ") and line.endswith("; did you mean 'year'?")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_without_an_ending_is_called_a_pipe(tmp_path: Path) -> None:
    """What is no file is named as what it is, whatever its name."""
    os.mkfifo(tmp_path / "pipe")
    found = CliRunner().invoke(main, ["check", "example", str(tmp_path / "pipe"), "--lang", "en"])
    assert (2, f"{tmp_path / 'pipe'}: a pipe, not a file\n") == (found.exit_code, found.stderr)
