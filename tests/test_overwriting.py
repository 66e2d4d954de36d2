"""What a run writes never replaces what it reads, nor another report of the run; a bundle tells the truth of itself."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bundles import members, packed
from click.testing import CliRunner, Result
from dabiao.cli import main
from dabiao.commands.outputs import FORMATS, REPORTS
from dabiao.engine.manifest import canonical
from dabiao.rules.load import find_plan
from helpers import ON_UNIX, ROOT

SAMPLE = ROOT / "facts" / "samples" / "example-2023.facts.yaml"


def run(*words: object) -> Result:
    """Run the program."""
    return CliRunner().invoke(main, [*map(str, words), "--lang", "en"])


PLAN, SHEET, CASES, WAIVERS = "example.plan.yaml", "s.facts.yaml", "example_test.yaml", "w.yaml"
COSTS, SCENARIO, HEAD, BUNDLE, OTHER = "costs.yaml", "more.yaml", "csv/sheet.facts.yaml", "b.zip", "other.plan.yaml"
_SHEETS = (SHEET, "csv", "--waivers", WAIVERS)
_READ = (PLAN, SHEET, f"./{SHEET}", HEAD, WAIVERS)
COMMANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "check": (("check", PLAN, *_SHEETS), _READ),
    "explanation": (("explain", PLAN, *_SHEETS, "rehab-coverage"), _READ),
    "overview": (("overview", PLAN, SHEET, "csv", "--waivers", WAIVERS), (PLAN, SHEET, HEAD, WAIVERS)),
    "comparison": (("compare", PLAN, SHEET, "csv", "--with", SCENARIO, "--waivers", WAIVERS), (*_READ, SCENARIO)),
    "difference": (
        ("what-if", PLAN, *_SHEETS, "--scenario", SCENARIO, "--baseline", "base.yaml", "--costs", COSTS),
        (*_READ, SCENARIO, "base.yaml", COSTS),
    ),
    "sweep": (
        ("what-if", PLAN, *_SHEETS, "--sweep", "beds=1:2:1", "--scenario", SCENARIO, "--costs", COSTS),
        (*_READ, SCENARIO, COSTS),
    ),
    "seek": (("seek", PLAN, *_SHEETS), _READ),
    "budget": (("budget", PLAN, *_SHEETS, "--costs", COSTS), (*_READ, COSTS)),
    "status": (("status", PLAN, SHEET, "csv", "--due", "2024-03-31"), (PLAN, SHEET, HEAD)),
    "verification": (("verify", BUNDLE), (BUNDLE,)),
    "lint": (("lint", PLAN), (PLAN,)),
    "trial": (("test", PLAN), (PLAN, CASES)),
    "plan-difference": (("diff", PLAN, OTHER), (PLAN, OTHER)),
    "plan": (("plans", "show", PLAN), (PLAN,)),
    "plans": (("plans", "list"), (str(find_plan("example")),)),
}
"""A command for every kind of report, and the files that it reads."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go into a folder with a plan and its cases, a sheet, a CSV folder, waivers, costs, scenarios and a bundle."""
    shutil.copy(find_plan("example"), tmp_path / PLAN)
    shutil.copy(find_plan("example").with_name(CASES), tmp_path / CASES)
    shutil.copy(SAMPLE, tmp_path / SHEET)
    (tmp_path / "csv").mkdir()
    for name in (HEAD, WAIVERS, COSTS, SCENARIO, "base.yaml", BUNDLE, OTHER):
        (tmp_path / name).write_text(f"# {name}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_kind_of_report_is_tried() -> None:
    """A further kind of report that can be a file has its command in the list above."""
    assert {kind for kind, formats in REPORTS.items() if {"text"} != set(formats)} == set(COMMANDS)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, (_, names) in COMMANDS.items() for name in names])
def test_a_report_never_replaces_an_input(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a command reads, a report named like it is refused, and the file stays as it is."""
    before = Path(name).read_bytes()
    if kind == "plans":  # a fault must not destroy a plan of the program
        monkeypatch.setattr("dabiao.base.writing.write_file", None)
    result = run(*COMMANDS[kind][0], "-o", f"markdown:{name}")

    assert (2, f"{name.removeprefix('./')}: ") == (result.exit_code, result.output[: len(name.removeprefix("./")) + 2])
    assert "overwrite this file, which is an input" in result.output
    assert before == Path(name).read_bytes()


@pytest.mark.parametrize("kind", COMMANDS)
def test_two_reports_never_share_a_file(kind: str, folder: Path) -> None:
    """Two reports of one command to one file are refused, before anything is worked out."""
    result = run(*COMMANDS[kind][0], "-o", "text:r", "-o", f"markdown:{folder}/./r")

    assert 2 == result.exit_code
    assert "another report" in result.output
    assert not (folder / "r").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("kind", COMMANDS)
def test_an_output_that_cannot_be_is_refused_by_every_command(kind: str) -> None:
    """An unknown format is told with the nearest name, an empty name of a file is no file, and bytes need a file."""
    words = COMMANDS[kind][0]
    unknown, empty = run(*words, "-o", "markdwn"), run(*words, "-o", "text:")
    bare = [run(*words, "-o", name) for name in REPORTS[kind] if FORMATS[name].goes_to != "text"]

    assert 2 == unknown.exit_code
    assert "'markdown'" in unknown.output
    assert all(name in unknown.output for name in REPORTS[kind])
    assert (2, "--output: ") == (empty.exit_code, empty.output[:10])
    assert all((2, True) == (result.exit_code, ":FILE" in result.output) for result in bare)


@pytest.mark.usefixtures("folder")
def test_a_form_never_replaces_an_input() -> None:
    """A form is not written over the plan or over the sheet of the year before, even if told to replace what is there."""
    for name in (SHEET, "plan.facts.yaml"):
        shutil.copy(PLAN, "plan.facts.yaml")
        before = Path(name).read_bytes()
        plan = "plan.facts.yaml" if name != SHEET else PLAN
        words = ("template", plan, "--year", 2024, "--last", SHEET, "--force", "-o", name)

        assert 2 == run(*words).exit_code
        assert before == Path(name).read_bytes()


@pytest.mark.usefixtures("folder")
def test_several_marked_workbooks_never_replace_what_was_submitted() -> None:
    """The return of `a.xlsx` beside `r.xlsx` is not written over another sheet that is called `r-a.xlsx`."""
    for name in ("a.xlsx", "r-a.xlsx"):
        run("template", PLAN, "--year", 2023, "--subject", "示例区", "-o", name)
    before = [Path(name).read_bytes() for name in ("a.xlsx", "r-a.xlsx")]
    run("check", PLAN, "a.xlsx", "r-a.xlsx", "-o", "xlsx:r.xlsx")

    assert before == [Path(name).read_bytes() for name in ("a.xlsx", "r-a.xlsx")]
    assert {"r-a-2.xlsx", "r-r-a.xlsx", "r.xlsx"} <= {path.name for path in Path().iterdir()}


@pytest.mark.usefixtures("folder")
def test_a_report_never_replaces_an_input_through_a_link() -> None:
    """A link to a sheet is that sheet."""
    before = Path(SHEET).read_bytes()
    Path("link").symlink_to(SHEET)

    assert 2 == run("check", PLAN, SHEET, "-o", "csv:link").exit_code
    assert before == Path(SHEET).read_bytes()


@pytest.mark.usefixtures("folder")
def test_a_device_takes_any_number_of_reports() -> None:
    """Nothing is lost where two reports go to a device."""
    assert 1 == run("check", PLAN, SHEET, "-o", "json:/dev/null", "-o", "csv:/dev/null").exit_code


@pytest.mark.usefixtures("folder")
def test_a_report_may_be_written_again() -> None:
    """A report of an earlier run is replaced, beside the sheets too."""
    words = ("check", PLAN, SHEET, "-o", "json:r.json")

    assert [1, 1] == [run(*words).exit_code, run(*words).exit_code]


@ON_UNIX
@pytest.mark.usefixtures("folder")
def test_a_new_report_has_the_rights_that_the_umask_leaves() -> None:
    """A report is not readable for everybody where other files are not; one that is replaced keeps its rights."""
    Path("old").touch(mode=0o640)
    Path("old").chmod(0o640)
    before = os.umask(0o077)
    try:
        run("check", PLAN, SHEET, "-o", "json:new", "-o", "csv:old")
    finally:
        os.umask(before)

    assert [0o600, 0o640] == [stat.S_IMODE(Path(name).stat().st_mode) for name in ("new", "old")]


@pytest.mark.usefixtures("folder")
def test_an_empty_name_is_not_the_current_folder() -> None:
    """An unset variable in a script (`dabiao check PLAN "$SHEET"`) is refused: it does not judge whatever lies around."""
    assert 2 == run("check", PLAN, "").exit_code
    assert 2 == run("check", PLAN, SHEET, "").exit_code


def test_a_full_disk_leaves_no_traceback_of_a_bundle() -> None:
    """A bundle that cannot be written is told in one line."""
    words = ["check", "example", str(SAMPLE), "-o", "bundle:/dev/full", "--lang", "en"]
    done = subprocess.run([sys.executable, "-m", "dabiao", *words], capture_output=True, text=True, check=False)

    assert (2, "") == (done.returncode, done.stdout)
    assert "/dev/full: cannot be written: No space left on device" == done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def _remade(path: Path, change: Callable[[dict[str, bytes], Any], None]) -> Path:
    """Alter a bundle and its manifest so that the hashes still fit."""
    files = members(path)
    told = json.loads(files["manifest.json"])
    change(files, told)
    return packed(path, {**files, "manifest.json": canonical(told)})


def _comment(files: dict[str, bytes], told: Any) -> None:
    name = "plan/example.plan.yaml"
    files[name] += b"# altered\n"
    for entry in told["files"]:
        if entry["path"] == name:
            entry.update(bytes=len(files[name]), sha256=hashlib.sha256(files[name]).hexdigest())


def _size(files: dict[str, bytes], told: Any) -> None:
    told["files"][0]["bytes"] += 1


def _other_version(files: dict[str, bytes], told: Any) -> None:
    _comment(files, told)
    told["versions"]["dabiao"] = "0.0.1"


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda files, told: None, 0, "verified: every file"),
        (_comment, 1, "this is the plan 'example' that comes with the program, but it differs from the one here"),
        (_other_version, 0, "warning: the manifest says this is the plan 'example'"),
        (lambda files, told: told["asked"].update(shipped="nothing"), 1, "the plan 'nothing' that comes with"),
        (_size, 1, "differs from the manifest, which says"),
    ],
)  # fmt: skip
def test_what_a_manifest_says_is_checked(change: Any, code: int, words: str, tmp_path: Path) -> None:
    """A size that is wrong, and a plan that is told to come with the program and is another one, are named."""
    path = tmp_path / "b.zip"
    run("check", "example", SAMPLE, "-o", f"bundle:{path}")
    result = run("verify", _remade(path, change))

    assert code == result.exit_code
    assert words in result.output
