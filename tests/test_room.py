"""Reports for readers that take so many findings: the gravest are there, and the rest is counted in the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.cli import main
from dabiao.reports import github, junit, sarif
from helpers import commitment, make_head, measure, plan_text, sheet_text
from junitparser import JUnitXml

LEFT = "{} more findings are not in this report, which takes 3, the gravest first: {}; CSV, JSON and Parquet have all of them"
FACTS = ("beds: 9 张", "beds: 9 张", "beds: 1 张", "", "beds: 1 张", "beds: 1 张", "beds: 1 张", "beds: 9 张")
HOMES = "".join(f"- {{kind: home, name: 院{n}, facts: {{{facts}}}}}\n" for n, facts in enumerate(FACTS))
HEAD = make_head(
    "id: home, title: {zh: 院, en: home}, in: district, register: reported",
)


def run(folder: Path, form: str) -> str:
    """Check eight homes (three met, four fell short, of one nothing is known) and return a report."""
    promise = commitment("beds", "each: home\nmeasure: beds\nat_least: 5 张\ndue: throughout")
    (folder / "demo.plan.yaml").write_text(plan_text(measure("beds", of="home"), promise, head=HEAD), encoding="utf-8")
    (folder / "a.facts.yaml").write_text(sheet_text(subjects=HOMES, registers="home: complete"), encoding="utf-8")
    words = ["check", str(folder / "demo.plan.yaml"), str(folder / "a.facts.yaml"), "-o", f"{form}:{folder / form}"]
    found = CliRunner().invoke(main, [*words, "--lang", "en"])
    assert 1 == found.exit_code, found.output
    return (folder / form).read_text(encoding="utf-8")


def test_junit_tells_how_many_tests_are_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of eight findings the three gravest are tests; the test that counts the rest fails, as a shortfall is among them."""
    monkeypatch.setattr(junit, "MOST", 3)
    cases = [case for suite in JUnitXml.fromstring(run(tmp_path, "junit").encode()) for case in suite]
    assert ["院2", "院4", "院5"] == [case.name.split(" · ")[1].split()[-1] for case in cases[:-1]]
    assert "5 more" == cases[-1].name
    (result,) = cases[-1].result
    assert ("failure", LEFT.format(5, "shortfall 1, undetermined 1, met 3")) == (result._tag, result.message)


@pytest.mark.parametrize(
    ("form", "limit", "left"),
    [
        ("sarif", "_MOST", LEFT.format(5, "shortfall 1, undetermined 1, met 3")),
        ("code-scanning", "_MOST_ALERTS", LEFT.format(2, "shortfall 1, undetermined 1")),
    ],
)
def test_sarif_has_no_more_results_than_are_read(
    form: str, limit: str, left: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A run has the gravest results as far as there is room, and a notification that counts the rest."""
    monkeypatch.setattr(sarif, limit, 4)
    (log,) = json.loads(run(tmp_path, form))["runs"]
    assert ["fail"] * 3 == [result["kind"] for result in log["results"]]
    (note,) = log["invocations"][0]["toolExecutionNotifications"]
    assert ("dabiao/left-out", left) == (note["descriptor"]["id"], note["message"]["text"])


def test_the_log_of_a_step_counts_what_it_does_not_tell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Annotations and lines of the log are the gravest findings, and the last line says how many more there are."""
    monkeypatch.setattr(github, "LOGGED", 3)
    lines = run(tmp_path, "github").splitlines()
    assert (4, "- " + LEFT.format(2, "shortfall 1, undetermined 1")) == (len(lines), lines[-1])


@pytest.mark.parametrize("form", ["junit", "sarif", "code-scanning", "github"])
def test_a_report_with_room_for_all_leaves_nothing_out(form: str, tmp_path: Path) -> None:
    """Where all fit, no report says that something is left out."""
    assert "not in this report" not in run(tmp_path, form)
