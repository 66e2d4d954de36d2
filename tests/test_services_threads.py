"""Services run beside one another, and take what they read as bytes with a name: nothing of one call is seen by another."""

from __future__ import annotations

import json
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from dabiao import Refused
from dabiao.base.files import Given, Upload, UploadedFolder
from dabiao.base.limit_options import parse_limits
from dabiao.base.limits import use_limits
from dabiao.budget.requests import BudgetRequest
from dabiao.budget.run import budget
from dabiao.engine.requests import CheckRequest
from dabiao.engine.run import run
from dabiao.engine.status import StatusRequest, status
from dabiao.evidence import bundle
from dabiao.evidence.verify import VerifyRequest, verify
from dabiao.reports.json import as_json
from dabiao.rules.services import LintRequest, ShowRequest, lint_plans, show_plan
from dabiao.scenarios.requests import WhatIfRequest
from dabiao.scenarios.run import what_if
from dabiao.trials.trial import TrialRequest, try_plan
from helpers import ROOT, commitment, measure, plan_text, sheet_text

SAMPLES = ROOT / "facts" / "samples"
PLANS = ROOT / "rules" / "plans"
SHEET = SAMPLES / "example-2023.facts.yaml"
ROUNDS = 6


def demo(folder: Path, target: int) -> CheckRequest:
    """Write a plan called `demo` with a target, and a sheet that reports 5; return the check of it."""
    folder.mkdir()
    text = plan_text(measure("x"), commitment("c", f"measure: x\nat_least: {target} 张\ndue: 2022"))
    (folder / "demo.plan.yaml").write_text(text, encoding="utf-8")
    (folder / "s.facts.yaml").write_text(sheet_text("x: 5 张"), encoding="utf-8")
    return CheckRequest(plan=str(folder / "demo.plan.yaml"), sheets=(folder / "s.facts.yaml",))


def told(request: CheckRequest, limits: tuple[str, ...]) -> object:
    """Return everything that a check says, within limits."""
    with use_limits(parse_limits(limits)):
        return as_json(run(request), "en")


def test_two_services_at_once_have_each_their_own_plan_and_limits(tmp_path: Path) -> None:
    """Plans of one name with other targets, and one call with a limit the other knows nothing of, over and over at once."""
    calls = [
        (demo(tmp_path / "low", 5), ()),
        (demo(tmp_path / "high", 6), ()),
        (CheckRequest(plan="example", sheets=(SHEET,)), ("cells=10",)),
        (CheckRequest(plan="example", sheets=(SHEET,)), ()),
    ]
    alone = [told(*call) for call in calls]
    start = Barrier(len(calls))

    def again(call: tuple[CheckRequest, tuple[str, ...]]) -> list[object]:
        start.wait()
        return [told(*call) for _ in range(ROUNDS)]

    with ThreadPoolExecutor(len(calls)) as pool:
        together = list(pool.map(again, calls))

    assert [0, 1, 2, 1] == [found["exit_code"] for found in alone]  # type: ignore[index]
    assert [[found] * ROUNDS for found in alone] == together


def uploaded(path: Path, name: str = "") -> Upload:
    """Return a file as bytes with a name."""
    return Upload(name or path.name, path.read_bytes())


EXAMPLE = uploaded(PLANS / "example.plan.yaml", "up/example.plan.yaml")


def test_an_uploaded_plan_is_judged_as_the_file_is(tmp_path: Path) -> None:
    """Plan, waivers, scenario, costs and cases as bytes give what files give, and messages name them as they were named."""
    waivers = tmp_path / "w.yaml"
    waivers.write_text("plan: example\nwaivers: []\n", encoding="utf-8")
    one = run(CheckRequest(plan="example", sheets=(SHEET,), waivers=waivers))
    other = run(CheckRequest(plan=EXAMPLE, sheets=(SHEET,), waivers=uploaded(waivers)))
    assert one.result is not None
    assert other.result is not None
    assert one.result.counts() == other.result.counts()
    assert "up/example.plan.yaml" == as_json(other, "en")["asked"]["plan"]

    scenario, costs = SAMPLES / "example.scenario.yaml", SAMPLES / "example.costs.yaml"
    asked = WhatIfRequest(plan=EXAMPLE, sheets=(SHEET,), scenario=(uploaded(scenario),), costs=uploaded(costs))
    files = WhatIfRequest(plan="example", sheets=(SHEET,), scenario=(scenario,), costs=costs)
    assert what_if(files).after.counts() == what_if(asked).after.counts()
    assert what_if(files).vanished == what_if(asked).vanished
    assert [SHEET] == list(asked.inputs())

    wanted = BudgetRequest(plan=EXAMPLE, sheets=(SHEET,), costs=uploaded(costs), select=("family-care-beds",))
    assert 0 == budget(wanted).exit_code
    trial = try_plan(TrialRequest(plan=EXAMPLE, cases=uploaded(PLANS / "example_test.yaml")))
    assert (True, True) == (trial.passed, len(trial.cases) > 0)
    assert 0 == lint_plans(LintRequest(plans=(EXAMPLE,))).exit_code


def test_the_parts_of_an_uploaded_plan_are_uploaded_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are never looked for on the disk of whoever serves; one that was not given is named."""
    monkeypatch.chdir(PLANS)
    plan = uploaded(PLANS / "yanqing.plan.yaml")
    parts = tuple(
        uploaded(path, f"up/{path.name}") for path in sorted(PLANS.glob("yanqing.*.yaml")) if path.name != plan.name
    )

    assert len(parts) > 1
    assert len(show_plan(ShowRequest(plan="yanqing")).plan.commitments) == len(
        show_plan(ShowRequest(plan=plan, parts=parts)).plan.commitments
    )
    with pytest.raises(Refused) as refused:
        show_plan(ShowRequest(plan=plan, parts=parts[1:]))
    missing = next(problem for problem in refused.value.problems if problem.code == "part-not-given")
    assert ("yanqing.plan.yaml", Path(parts[0].name).name) == (missing.location.file, missing.details["found"])


def test_an_upload_is_within_the_limits() -> None:
    """A limit holds for bytes as it does for files, and names the upload."""
    with use_limits(parse_limits(["file=1KiB"])), pytest.raises(Refused) as refused:
        show_plan(ShowRequest(plan=EXAMPLE))

    assert [("over-limit", "up/example.plan.yaml")] == [(p.code, str(p.location)) for p in refused.value.problems]


def folder_of(path: Path, name: str) -> UploadedFolder:
    """Return a folder, and everything in it, as it is uploaded."""
    files = [file for file in sorted(path.rglob("*")) if file.is_file()]
    return UploadedFolder(name, tuple(uploaded(file, f"{name}/{file.relative_to(path).as_posix()}") for file in files))


def test_uploaded_sheets_are_judged_as_files_are(tmp_path: Path) -> None:
    """Single sheets, the files of a CSV folder, and a folder of both give the same findings as they do on disk."""
    csv, single = SAMPLES / "yanqing-2023", SAMPLES / "yanqing-2020.facts.yaml"
    both = tmp_path / "both"
    shutil.copytree(csv, both / "csv")
    shutil.copy(single, both)
    ways: list[tuple[Given, ...]] = [
        (csv, single),
        (both,),
        (folder_of(csv, "up"), uploaded(single, "up/2020.facts.yaml")),
        (*folder_of(csv, "up/csv").files, uploaded(single)),
        (folder_of(both, "all"),),
    ]
    found = [run(CheckRequest(plan="yanqing", sheets=sheets, year=2023)) for sheets in ways]
    counts = [(one.exit_code, one.result.counts() if one.result else one.problems) for one in found]

    assert [counts[0]] * len(ways) == counts
    request = StatusRequest(plan="yanqing", sheets=ways[4], due=date(2024, 3, 31), year=2023)
    assert status(request).counts() == status(replace(request, sheets=ways[0])).counts()


def test_what_is_wrong_with_an_uploaded_folder_is_told_as_of_one_on_disk(tmp_path: Path) -> None:
    """A folder without sheets, and tables without their head, are named."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "home.csv").write_text("name\n甲\n", encoding="utf-8")
    for name, code in (("empty", "no-sheets"), ("bare", "no-sheet-head")):
        files = CheckRequest(plan="example", sheets=(tmp_path / name,))
        uploads = CheckRequest(plan="example", sheets=(folder_of(tmp_path / name, name),))

        assert [code] == [problem.code for problem in run(files).problems]
        assert [(code, name)] == [(problem.code, str(problem.location)) for problem in run(uploads).problems]


def test_uploads_go_into_the_bundle(tmp_path: Path) -> None:
    """A bundle of an uploaded plan holds it, tells that it is not one that comes with the program, and is verified."""
    waivers = Upload("in/w.yaml", b"plan: example\nwaivers: []\n")
    sheets = (folder_of(SAMPLES / "yanqing-2023", "other"), uploaded(SHEET), Upload("gone.facts.yaml", None))
    outcome = run(CheckRequest(plan=EXAMPLE, sheets=sheets[1:2], waivers=waivers))
    path = tmp_path / "b.zip"
    with path.open("wb") as stream:
        bundle.write(outcome, "en", stream)
    with zipfile.ZipFile(path) as archive:
        asked = json.loads(archive.read("manifest.json"))["asked"]

    assert ("plan/example.plan.yaml", "waivers/w.yaml", None) == (asked["plan"], asked["waivers"], asked["shipped"])
    assert ["sheets/1/example-2023.facts.yaml"] == asked["sheets"]
    assert 0 == verify(VerifyRequest(path)).exit_code

    refused = run(CheckRequest(plan=EXAMPLE, sheets=sheets))
    with path.open("wb") as stream:
        bundle.write(refused, "en", stream)
    assert (2, 0) == (refused.exit_code, verify(VerifyRequest(path)).exit_code)
