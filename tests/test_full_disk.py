"""A disk that is really full, where one may be mounted: standard output, help, and the parts of a data set."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dabiao.base.messages import say
from dabiao.base.problems import Location, Problem
from dabiao.base.writing import NoRoomError
from test_partitions import write_many

FULL = "cannot be written: No space left on device"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a disk of 1 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path, size: int) -> None:
    """Leave so little room."""
    (disk / "fill").write_bytes(bytes(size))


@pytest.mark.parametrize("words", [("--help",), ("check", "--help"), ("--version",), ("schema", "plan"), ("plans",)])
def test_a_full_disk_behind_standard_output_is_said(words: tuple[str, ...], disk: Path) -> None:
    """What is printed into a file for which there is no room, help as well, ends with one line and exit code 4."""
    fill(disk, 1_048_576)
    with (disk / "out").open("wb") as out:
        call = [sys.executable, "-m", "dabiao", *words]
        done = subprocess.run(call, stdout=out, stderr=subprocess.PIPE, text=True, check=False, env={"LANG": "C.UTF-8"})

    assert (4, f"stdout: {FULL}\n") == (done.returncode, done.stderr)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_of_parts_has_the_code_of_every_other(jobs: int, disk: Path, tmp_path: Path) -> None:
    """A data set for whose parts there is no room names the file, with exit code 4, and goes on when there is room."""
    (tmp_path / "set").mkdir()
    head, words = write_many(tmp_path / "set"), ["--jobs", str(jobs), "-o", f"parquet:{disk}/found/", "--lang", "en"]
    begin = [sys.executable, "-m", "dabiao", "--limit", "partition=7", "check"]
    call = [*begin, str(head.parent / "demo.plan.yaml"), str(head), *words]
    fill(disk, 1_028_096)
    done = subprocess.run(call, capture_output=True, text=True, check=False)

    assert (4, 1) == (done.returncode, len(done.stderr.splitlines())), done.stderr
    assert str(disk) in done.stderr
    assert FULL in done.stderr
    (disk / "fill").unlink()
    again = subprocess.run([*call, "--resume"], capture_output=True, text=True, check=False)
    assert "" == again.stderr
    assert not list(disk.rglob(".*"))


def test_a_refusal_comes_out_of_another_process_as_it_was() -> None:
    """What a process refuses is told by the one that asked it, with its problems and its exit code."""
    refused = NoRoomError([Problem("bad-output", Location("a.csv"), {"reason": "x"})])
    back = pickle.loads(pickle.dumps(refused))

    assert (NoRoomError, 4, refused.problems) == (type(back), back.exit_code, back.problems)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_full_temporary_folder_is_named(lang: str, disk: Path, tmp_path: Path) -> None:
    """Where the rows of a CSV, or the parts of a workbook, have no room on the way, the disk is named, in the reader's words."""
    (tmp_path / "set").mkdir()
    head = write_many(tmp_path / "set", 700, "csv")
    plan = str(head.parent / "demo.plan.yaml")
    template = ["template", "example", "--year", "2023", "--subject", "某区", "-o", str(tmp_path / "form.xlsx")]
    for words in (["check", plan, str(head)], template):
        fill(disk, 1_040_384)
        call = [sys.executable, "-m", "dabiao", *words, "--lang", lang]
        done = subprocess.run(
            call, capture_output=True, text=True, check=False, env={**os.environ, "TMPDIR": str(disk)}
        )
        full = say("system.ENOSPC", lang)

        assert (4, 1) == (done.returncode, len(done.stderr.splitlines())), done.stderr
        assert str(disk) in done.stderr
        assert full in done.stderr
        assert ["fill"] == [path.name for path in disk.iterdir()]
