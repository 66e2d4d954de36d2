"""One request and one service a command: they know their inputs, and empty or mistyped words are refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from dabiao import Refused
from dabiao.budget.requests import BudgetRequest
from dabiao.budget.run import budget
from dabiao.cli import main
from dabiao.engine.forms import template
from dabiao.engine.requests import CheckRequest, CompareRequest, ExplainRequest
from dabiao.engine.run import compare, explain, run
from dabiao.engine.status import StatusRequest, status
from dabiao.evidence.verify import VerifyRequest, verify
from dabiao.facts.template.form import TemplateRequest
from dabiao.rules.services import DiffRequest, LintRequest, ShowRequest, diff_plans, lint_plans, show_plan
from dabiao.scenarios.requests import SeekRequest, SweepRequest, WhatIfRequest
from dabiao.scenarios.run import seek, sweep, what_if
from dabiao.trials.trial import TrialRequest, try_plan
from helpers import ROOT, commitment, measure, plan_text, sheet_text

SAMPLES = ROOT / "facts" / "samples"
PLAN = ROOT / "rules" / "plans" / "example.plan.yaml"
SHEET, COSTS = SAMPLES / "example-2023.facts.yaml", SAMPLES / "example.costs.yaml"
SCENARIO = SAMPLES / "example.scenario.yaml"
COMMON: dict[str, Any] = {"plan": "example", "sheets": (SHEET,)}


def asked(*words: object) -> Result:
    """Run the program."""
    return CliRunner().invoke(main, [*map(str, words), "--lang", "en"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a plan in two files, its cases, waivers, a sheet, and a CSV folder."""
    part = "part_of: demo\ncommitments:\n  " + commitment("c", "measure: x\nat_least: 5 张\ndue: 2025").replace(
        "\n", "\n  "
    )
    (tmp_path / "more.part.yaml").write_text(part.rstrip() + "\n", encoding="utf-8")
    text = plan_text(measure("x"), rest="parts: [more.part.yaml]\n")
    (tmp_path / "demo.plan.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "demo_test.yaml").write_text("plan: demo\ncases: []\n", encoding="utf-8")
    (tmp_path / "w.yaml").write_text("plan: demo\nwaivers: []\n", encoding="utf-8")
    (tmp_path / "s.facts.yaml").write_text(sheet_text("x: 5 张"), encoding="utf-8")
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "sheet.facts.yaml").write_text(sheet_text("x: 5 张", name="别区"), encoding="utf-8")
    (tmp_path / "csv" / "home.csv").write_text("name\n甲\n", encoding="utf-8")
    return tmp_path


def test_a_request_lists_every_file_it_reads(folder: Path) -> None:
    """The plan with its parts, waivers, sheets and the tables of a CSV folder, scenarios and costs; the cases of a test."""
    request = WhatIfRequest(
        plan=str(folder / "demo.plan.yaml"), sheets=(folder / "s.facts.yaml", folder / "csv"), waivers=folder / "w.yaml",
        scenario=(folder / "one.yaml", folder / "two.yaml"), baseline=(folder / "base.yaml",), costs=folder / "costs.yaml",
    )  # fmt: skip
    names = [path.relative_to(folder).as_posix() for path in request.inputs()]

    assert [
        "demo.plan.yaml", "more.part.yaml", "w.yaml", "s.facts.yaml", "csv/sheet.facts.yaml", "csv/home.csv",
        "base.yaml", "one.yaml", "two.yaml", "costs.yaml",
    ] == names  # fmt: skip
    trial = TrialRequest(plan=str(folder / "demo.plan.yaml"))
    assert ["demo.plan.yaml", "more.part.yaml", "demo_test.yaml"] == [path.name for path in trial.inputs()]


SERVICES: list[tuple[Callable[..., Any], Any, int, list[Path]]] = [
    (run, CheckRequest(**COMMON), 1, [PLAN, SHEET]),
    (compare, CompareRequest(plan="example", old=SHEET, new=SHEET), 1, [PLAN, SHEET, SHEET]),
    (explain, ExplainRequest(**COMMON, commitment="family-care-beds"), 0, [PLAN, SHEET]),
    (what_if, WhatIfRequest(**COMMON, scenario=(SCENARIO,), costs=COSTS), 1, [PLAN, SHEET, SCENARIO, COSTS]),
    (sweep, SweepRequest(**COMMON, sweeps=("family_care_beds=300:600:100",)), 0, [PLAN, SHEET]),
    (seek, SeekRequest(**COMMON, fail_on="never"), 3, [PLAN, SHEET]),
    (budget, BudgetRequest(**COMMON, costs=COSTS, select=("family-care-beds",)), 0, [PLAN, SHEET, COSTS]),
    (try_plan, TrialRequest(plan="example"), 0, [PLAN, PLAN.with_name("example_test.yaml")]),
    (lint_plans, LintRequest(plans=("example",)), 0, [PLAN]),
    (diff_plans, DiffRequest(old="example", second=date(2024, 1, 1)), 0, [PLAN]),
    (show_plan, ShowRequest(plan="example"), 0, [PLAN]),
    (status, StatusRequest(**COMMON, due=date(2024, 1, 1)), 1, [PLAN, SHEET]),
    (template, TemplateRequest(plan="example", year=2024, last=(SHEET,)), 0, [PLAN, SHEET]),
]


@pytest.mark.parametrize(("service", "request_", "code", "inputs"), SERVICES, ids=lambda x: getattr(x, "__name__", ""))
def test_a_service_answers_with_an_exit_code_and_problems(
    service: Callable[..., Any], request_: Any, code: int, inputs: list[Path]
) -> None:
    """What is right with the shipped example: the exit code of its command, no errors, and the files that were read."""
    outcome = service(request_)

    assert (code, []) == (outcome.exit_code, [p for p in outcome.problems if p.severity == "error"])
    assert inputs == list(request_.inputs())


def test_a_bundle_is_verified_by_a_request(tmp_path: Path) -> None:
    """The bundle is the only input of its verification, and every difference is among its problems."""
    path = tmp_path / "b.zip"
    asked("check", "example", SHEET, "-o", f"bundle:{path}")
    verified = verify(VerifyRequest(path))

    assert (0, ()) == (verified.exit_code, verified.problems)
    assert [path] == list(VerifyRequest(path).inputs())


EMPTY: list[list[object]] = [
    ["check", "example", SHEET, "--as-of", ""],
    ["check", "example", SHEET, "--select", ""],
    ["check", "example", SHEET, "--waivers", ""],
    ["check", "example", SHEET, "--year", ""],
    ["explain", "example", SHEET, ""],
    ["explain", "example", SHEET, "family-care-beds", "--subject", ""],
    ["what-if", "example", SHEET, "--scenario", ""],
    ["what-if", "example", SHEET, "--scenario", f"{SCENARIO}+"],
    ["what-if", "example", SHEET, "--set", ""],
    ["budget", "example", SHEET, "--costs", ""],
    ["budget", "example", SHEET, "--costs", COSTS, "--limit", ""],
    ["diff", "example", "--from", ""],
    ["diff", "example", "--to", ""],
    ["diff", "example", ""],
    ["plans", "show", "example", "--as-of", ""],
    ["status", "example", SHEET, "--due", ""],
    ["status", "example", SHEET, "--due", "2024-01-01", "--as-of", ""],
    ["status", "example", SHEET, "--due", "2024-01-01", "--expect", ""],
    ["lint", "example", "--documents", ""],
    ["template", "example", "--year", "2024", "--last", "", "-o", "never.xlsx"],
    ["verify", ""],
]


@pytest.mark.parametrize("words", EMPTY, ids=lambda words: " ".join(str(w) for w in words if "/" not in str(w)))
def test_an_empty_value_is_not_the_same_as_none(words: list[object]) -> None:
    """An unset variable in a script (`--as-of "$DAY"`) is refused, and names its option or argument."""
    result = asked(*words)
    name = next((str(w) for w in reversed(words) if str(w).startswith("--")), "")

    assert 2 == result.exit_code
    assert re.search(f"{name}[:：]", result.output.splitlines()[-1])


def test_a_date_is_refused_in_the_language_asked_for() -> None:
    """`--lang` holds for every other option, wherever it stands."""
    words = ["check", "example", str(SHEET), "--as-of", "2023-02-30", "--lang"]
    said = [CliRunner().invoke(main, [*words, lang]).output.splitlines()[-1] for lang in ("en", "zh")]

    assert "'2023-02-30' is not a date (YYYY-MM-DD)" in said[0]
    assert "“2023-02-30”不是日期（YYYY-MM-DD）" in said[1]


def test_a_mistyped_folder_after_seek_is_not_a_commitment(folder: Path) -> None:
    """The last word after the sheets that is neither there nor in the plan is told as such, with the nearest of both."""
    (folder / "2023").mkdir()
    plan, sheet = folder / "demo.plan.yaml", folder / "s.facts.yaml"
    wrong = asked("seek", plan, sheet, folder / "2023x")

    assert 2 == wrong.exit_code
    assert f"COMMITMENT: '{folder}/2023x' is neither a file or folder nor a commitment" in wrong.output
    assert f"did you mean '{folder}/2023'?" in wrong.output
    assert "did you mean 'family-care-beds'?" in asked("seek", "example", SHEET, "family-care-bed").output
    assert "No such file" in asked("seek", plan, sheet, "other.xlsx").output
    assert 0 == asked("seek", plan, sheet, "c").exit_code


def test_a_nature_that_no_commitment_has_is_told_as_such(folder: Path) -> None:
    """`binding` is a nature of the language: it is not unknown, nor is it suggested for itself."""
    plan, sheet = folder / "demo.plan.yaml", folder / "s.facts.yaml"
    said = {word: asked("check", plan, sheet, "--select", word).output for word in ("binding", "bindin", "unstated")}

    assert "--select: no commitment of this plan is 'binding'\n" == said["binding"]
    assert "--select: no commitment, chapter, tier, nature, strength or owner is named 'bindin'\n" == said["bindin"]
    assert "1 finding (" in said["unstated"]
    assert "COMMITMENT: no commitment of this plan is 'binding'" in asked("seek", plan, sheet, "binding").output


def test_explain_names_its_argument(folder: Path) -> None:
    """A commitment that is not in the plan is told of as COMMITMENT, in Python too."""
    request = ExplainRequest(plan=str(folder / "demo.plan.yaml"), sheets=(folder / "s.facts.yaml",), commitment="d")
    with pytest.raises(Refused) as refused:
        explain(request)

    assert [("unknown-selection", "COMMITMENT")] == [(p.code, str(p.location)) for p in refused.value.problems]


def test_lint_looks_at_every_plan(folder: Path) -> None:
    """A plan that cannot be used does not hide the others, and makes the exit code 2."""
    outcome = lint_plans(LintRequest(plans=("nowhere", str(folder / "demo.plan.yaml"))))

    assert [True, False] == [one.plan is None for one in outcome.plans]
    assert ([2, 0], 2) == ([one.exit_code for one in outcome.plans], outcome.exit_code)
    assert "no-such-plan" == outcome.problems[0].code
