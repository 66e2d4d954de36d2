"""What a run writes never replaces what it reads, nor another report of the run; a bundle tells the truth of itself."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from dabiao.cli import main
from helpers import ROOT, commitment, measure, plan_text, sheet_text

SAMPLE = ROOT / "facts" / "samples" / "example-2023.facts.yaml"


def run(*words: object) -> Result:
    """Run the program."""
    return CliRunner().invoke(main, [*map(str, words), "--lang", "en"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a plan, a sheet, a CSV folder for another district, and waivers."""
    commitments = commitment("c", "measure: x\nat_least: 5 张\ndue: 2025")
    (tmp_path / "demo.plan.yaml").write_text(plan_text(measure("x"), commitments), encoding="utf-8")
    (tmp_path / "s.facts.yaml").write_text(sheet_text("x: 5 张"), encoding="utf-8")
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "sheet.facts.yaml").write_text(sheet_text("x: 5 张", name="别区"), encoding="utf-8")
    (tmp_path / "w.yaml").write_text("plan: demo\nwaivers: []\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["demo.plan.yaml", "s.facts.yaml", "./s.facts.yaml", "csv/sheet.facts.yaml", "w.yaml"])
def test_a_report_never_replaces_an_input(name: str, folder: Path) -> None:
    """A report named like the plan, a sheet, a file of a folder of sheets or the waivers is refused, and the file stays."""
    before = (folder / name).read_bytes()
    result = run(
        "check", folder / "demo.plan.yaml", folder / "s.facts.yaml", folder / "csv", "--waivers", folder / "w.yaml",
        "-o", f"json:{folder}/{name}",
    )  # fmt: skip

    assert 2 == result.exit_code
    assert "would overwrite this file, which is an input" in result.output
    assert before == (folder / name).read_bytes()


def test_a_report_never_replaces_an_input_through_a_link(folder: Path) -> None:
    """A link to a sheet is that sheet."""
    (folder / "link").symlink_to(folder / "s.facts.yaml")
    result = run("check", folder / "demo.plan.yaml", folder / "s.facts.yaml", "-o", f"csv:{folder / 'link'}")

    assert 2 == result.exit_code
    assert "plan: demo" in (folder / "s.facts.yaml").read_text(encoding="utf-8")


def test_two_reports_never_share_a_file(folder: Path) -> None:
    """Two reports to one file are refused; to a device they are not, since nothing is lost there."""
    words = ["check", folder / "demo.plan.yaml", folder / "s.facts.yaml"]
    result = run(*words, "-o", f"json:{folder / 'r'}", "-o", f"csv:{folder}/./r")

    assert 2 == result.exit_code
    assert not (folder / "r").exists()
    assert 0 == run(*words, "-o", "json:/dev/null", "-o", "csv:/dev/null").exit_code


def test_a_report_may_be_written_again(folder: Path) -> None:
    """A report of an earlier run is replaced, beside the sheets too."""
    words = ["check", folder / "demo.plan.yaml", folder / "s.facts.yaml", "-o", f"json:{folder / 'r.json'}"]

    assert [0, 0] == [run(*words).exit_code, run(*words).exit_code]


def test_an_empty_name_is_not_the_current_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unset variable in a script (`dabiao check PLAN "$SHEET"`) is refused: it does not judge whatever lies around."""
    monkeypatch.chdir(folder)

    assert 2 == run("check", "demo.plan.yaml", "").exit_code
    assert 2 == run("check", "demo.plan.yaml", "s.facts.yaml", "").exit_code


def test_a_full_disk_leaves_no_traceback_of_a_bundle() -> None:
    """A bundle that cannot be written is told in one line."""
    words = ["check", "example", str(SAMPLE), "-o", "bundle:/dev/full", "--lang", "en"]
    done = subprocess.run([sys.executable, "-m", "dabiao", *words], capture_output=True, text=True, check=False)

    assert (2, "") == (done.returncode, done.stdout)
    assert "/dev/full: cannot be written: No space left on device" == done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def _remade(path: Path, change: Callable[[dict[str, bytes], Any], None]) -> Path:
    """Alter a bundle and its manifest so that the hashes still fit."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(files["manifest.json"])
    change(files, told)
    files["manifest.json"] = json.dumps(told).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


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
        (_comment, 1, "the plan 'example' that comes with the program, but it differs from the one here"),
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
