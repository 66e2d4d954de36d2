"""A run that is told to end, or whose disk is full, ends in one line, and leaves what was there."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from dabiao.base.ending import note, undo_all, undoing
from dabiao.base.writing import NoRoomError, own_temporary_folder, write_bytes, write_file, write_folder
from dabiao.cli import main
from helpers import ON_UNIX, ROOT
from kills import CALLS, Kills

SAMPLE = ROOT / "facts" / "samples" / "example-2023.facts.yaml"
SOAK = str(Path(__file__).parent / "soak.py")
ON_LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the moment is read from /proc")
HELD = """
import os, signal, sys
from dabiao.base.ending import end_well, held, note
end_well()
note(lambda: os.write(1, b"undone"))
with held():
    signal.raise_signal(signal.SIGTERM)
    os.write(1, b"held ")
os.write(1, b"not reached")
"""


@ON_LINUX
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_killed_at_any_moment_it_leaves_what_was_there(sign: signal.Signals, tmp_path: Path) -> None:
    """At some moment of ten runs in ten formats: the code of the signal, one line, nothing left behind, the old file or the new."""
    kills = Kills(tmp_path, seed=sign)
    calls = list(CALLS)[sign % 2 :: 2][:10]

    assert [] == [found for call in calls if (found := kills.kill(call, sign)).wrong]


@ON_LINUX
def test_a_run_in_parts_is_gone_on_with_after_a_kill(tmp_path: Path) -> None:
    """The parts that were complete at some moment are those of a whole run, and `--resume` makes the others."""
    assert "" == Kills(tmp_path, seed=3).kill("parts", signal.SIGTERM).wrong


@ON_LINUX
def test_nothing_is_said_behind_the_end_of_a_run_in_several_processes() -> None:
    """What Python starts to clean up behind a pool of processes does so in silence: one line says that the run was ended."""
    words = "; ".join(
        ("import signal", "from dabiao.base.ending import end_well, speak", "from dabiao.facts.parallel.worker import make_pool",
         "end_well()", "speak('en')", "pool = make_pool(2)", "signal.raise_signal(signal.SIGTERM)")
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=False)
    assert (143, ["SIGTERM: the run has ended, and nothing is left half written"]) == (
        done.returncode, done.stderr.splitlines(),
    )  # fmt: skip


@ON_LINUX
def test_the_code_of_a_signal_is_its_own() -> None:
    """130 for Ctrl-C, 143 for SIGTERM, 129 for a closed terminal, in both languages; a signal that is ignored ends nothing."""
    heard = "import signal; signal.signal(%d, signal.SIG_DFL); "  # whoever runs the tests may ignore some
    for sign, lang in ((signal.SIGINT, "en"), (signal.SIGTERM, "zh"), (signal.SIGHUP, "en")):
        command = "import signal; from dabiao.base.ending import *; end_well(); speak(%r); signal.raise_signal(%d)"
        done = subprocess.run(
            [sys.executable, "-c", heard % sign + command % (lang, sign)], capture_output=True, text=True, check=False
        )
        assert (128 + sign, "", 1) == (done.returncode, done.stdout, len(done.stderr.splitlines()))
        assert sign.name in done.stderr
        assert (lang == "zh") == ("运行已中止" in done.stderr)
    ignored = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); {command}"
    done = subprocess.run(
        [sys.executable, "-c", ignored % ("en", signal.SIGHUP)], capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)


@ON_LINUX
def test_a_run_in_parts_says_how_to_go_on() -> None:
    """Within a run in parts the line says that complete parts stay and what makes the others; behind it, it does not."""
    words = "import signal; from dabiao.base.ending import *; end_well(); speak('en')\n"
    within = words + "with saying('partitions.ended'): signal.raise_signal(signal.SIGTERM)"
    behind = words + "with saying('partitions.ended'): pass\nsignal.raise_signal(signal.SIGTERM)"
    said = [
        subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=False).stderr
        for command in (within, behind)
    ]

    assert [True, False] == ["--resume" in line for line in said]
    assert [1, 1] == [len(line.splitlines()) for line in said]


def test_a_signal_waits_while_it_is_held() -> None:
    """Where a process is started, the end waits until it is."""
    done = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=False)

    assert "held undone" == done.stdout


@ON_LINUX
def test_checks_in_one_process_do_not_add_up() -> None:
    """Check after check in one process, with consequences, the memory in use stays where it was."""
    done = subprocess.run([sys.executable, SOAK, "300"], capture_output=True, text=True, check=True)

    assert float(done.stdout) < 15  # kB a check; a ruleset that is kept is more than 60


def test_what_is_half_done_is_undone_once() -> None:
    """By an exception or by a signal what was begun is undone; what was finished stays."""
    undone: list[str] = []
    with pytest.raises(ValueError, match="x"), undoing(lambda: undone.append("left")):
        raise ValueError("x")
    with undoing(lambda: undone.append("finished")):
        note(lambda: undone.append("ended"))
        done = note(lambda: undone.append("done"))
        done()
        undo_all()
        undo_all()

    assert ["left", "ended", "finished"] == undone


def _full(*_: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full when a file is to be kept on it."""
    monkeypatch.setattr(os, "fsync", _full)


def run(*words: object) -> Result:
    """Run the program."""
    return CliRunner().invoke(main, [*map(str, words), "--lang", "en"])


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("form", ["json", "text", "csv", "html", "bundle", "parquet", "arrow", "jsonl", "xlsx"])
def test_a_full_disk_has_a_code_of_its_own(form: str, tmp_path: Path) -> None:
    """A report for which there is no room is named, nothing is left of it, and the old one is as it was: exit code 4."""
    old = tmp_path / "r"
    old.write_bytes(b"old")
    found = run("check", "example", SAMPLE, "-o", f"{form}:{old}")

    assert (4, f"{old}: cannot be written: No space left on device") == (found.exit_code, found.stderr.splitlines()[-1])
    assert ([old], b"old") == (list(tmp_path.iterdir()), old.read_bytes())


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("name", ["f.xlsx", "f.facts.yaml", "f"])
def test_a_full_disk_leaves_nothing_of_a_form(name: str, tmp_path: Path) -> None:
    """A form for which there is no room is named, and nothing is left of it."""
    words = ("template", "example", "--year", 2024, "--subject", "示例区", "-o", tmp_path / name)
    found = run(*words, *(["--format", "csv"] if name == "f" else []))

    assert (4, []) == (found.exit_code, list(tmp_path.iterdir()))
    assert f"{name}: cannot be written: No space left on device" in found.stderr


def test_a_full_temporary_folder_is_no_internal_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where a library has no room for a temporary file, that is said, and not that the program is at fault."""
    monkeypatch.setattr("dabiao.base.writing.own_temporary_folder", _full)
    found = run("check", "example", SAMPLE, "-o", f"xlsx:{tmp_path / 'r.xlsx'}")

    assert (4, "No space left on device") == (found.exit_code, found.stderr.strip()[-23:])
    assert "internal error" not in found.stderr


@pytest.mark.parametrize("write", [write_file, write_bytes])
def test_a_writer_that_fails_leaves_the_old_file(write: Callable[..., None], tmp_path: Path) -> None:
    """Whatever goes wrong while a file is written, the old one is there, and nothing beside it."""
    old = tmp_path / "old"
    old.write_bytes(b"old")
    for error in (KeyboardInterrupt, MemoryError, ValueError):
        with pytest.raises(error):
            write(old, lambda _, error=error: (_ for _ in ()).throw(error))
    with pytest.raises(NoRoomError):
        write(old, _full)

    assert ([old], b"old") == (list(tmp_path.iterdir()), old.read_bytes())


@ON_UNIX
def test_a_folder_is_written_whole_and_obeys_the_umask(tmp_path: Path) -> None:
    """A folder of a form has the rights that the umask leaves; one with something in it is not replaced."""
    before = os.umask(0o077)
    try:
        write_folder(tmp_path / "new", {"a": "x"})
    finally:
        os.umask(before)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "b").touch()
    with pytest.raises(Exception, match="cannot be written"):
        write_folder(tmp_path / "full", {"a": "x"})

    assert 0o700 == (tmp_path / "new").stat().st_mode & 0o777
    assert ["full", "new"] == sorted(path.name for path in tmp_path.iterdir())
    assert ["b"] == [path.name for path in (tmp_path / "full").iterdir()]


def test_temporary_files_of_libraries_go_with_their_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a library leaves in the temporary folder goes when the command is done."""
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with own_temporary_folder():
        Path(tempfile.mkdtemp(), "left").touch()
        assert 1 == len(list(tmp_path.iterdir()))

    assert ([], str(tmp_path)) == (list(tmp_path.iterdir()), tempfile.tempdir)
