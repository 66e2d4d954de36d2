"""What users have: Windows, a console in code page 936, files that Excel holds open. The loop runs without what Windows lacks.

These tests take it away (`windows/sitecustomize.py`), so they run anywhere. That no call of the code is missing on one system is
checked by `make types`, which looks at the code as on Linux, Windows and macOS.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.base import writing
from dabiao.base.files import open_file
from dabiao.base.problems import Refused
from dabiao.base.system import is_no_file_on_windows, put_system_reason
from dabiao.base.writing import write_file, write_folder
from dabiao.cli import main
from dabiao.commands import streams
from dabiao.facts.parallel.worker import MOST_PROCESSES
from helpers import ROOT
from whole_way import PLAN, fill, walk, write_many

LIKE_WINDOWS = Path(__file__).parent / "windows"


class Windows:
    """Runs the program as on a Chinese Windows, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.command = [sys.executable, "-X", "utf8=0", "-X", "warn_default_encoding", "-m", "dabiao"]
        self.env = {name: text for name, text in os.environ.items() if not name.startswith(("LC_", "LANG"))}
        self.env |= {"PYTHONPATH": str(LIKE_WINDOWS), "PYTHONIOENCODING": "cp936", "LANG": "zh_CN.GBK"}
        self.env |= {"DABIAO_CACHE": str(folder / "cache"), "CONSOLE_LOG": str(folder / "console.log")}

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the program to its end."""
        return subprocess.run(
            [*self.command, *words],
            cwd=self.folder,
            env=self.env | more,
            check=False,
            capture_output=True,
            encoding="cp936",
        )


@pytest.fixture
def windows(tmp_path: Path) -> Windows:
    """Return a program that runs as on Windows."""
    return Windows(tmp_path)


def test_what_windows_lacks_is_gone(windows: Windows) -> None:
    """The tests of this file take away what they say they do."""
    asked = "import os, signal; print(hasattr(os, 'fork'), hasattr(signal, 'pthread_sigmask'), hasattr(os, 'geteuid'))"
    done = subprocess.run([sys.executable, "-c", asked], env=windows.env, check=False, capture_output=True, text=True)

    assert "False False False\n" == done.stdout, done.stderr


def test_the_whole_way_in_a_console_of_code_page_936(windows: Windows) -> None:
    """A form is made, filled in, checked, written as page, workbook and evidence, judged again, compared and tried otherwise."""
    walk(windows.run, windows.folder)


def test_many_sheets_are_read_by_several_processes(windows: Windows) -> None:
    """Sheets are read by fresh processes, which begin without Ctrl-C; read again, the findings are the same."""
    (windows.folder / "demo.plan.yaml").write_text(PLAN, encoding="utf-8")
    write_many(windows.folder / "many")
    first = windows.run("check", "demo.plan.yaml", "many", "-o", "csv:一.csv")
    told = (windows.folder / "console.log").read_text("ascii").split()
    second = windows.run("check", "demo.plan.yaml", "many", "-o", "csv:二.csv")

    assert (3, 3) == (first.returncode, second.returncode), (first.stderr, second.stderr)
    assert ["True", "False"] * (len(told) // 2) == told and told
    assert (windows.folder / "一.csv").read_bytes() == (windows.folder / "二.csv").read_bytes()


def test_a_file_that_excel_holds_is_named(windows: Windows) -> None:
    """A report that cannot be replaced is named with what to do; it stays as it was, and nothing is left beside it."""
    (windows.folder / "demo.plan.yaml").write_text(PLAN, encoding="utf-8")
    windows.run("template", "demo.plan.yaml", "--year", "2023", "--tier", "all", "-o", "表.xlsx", "--lang", "zh")
    fill(windows.folder / "表.xlsx", windows.folder / "填.xlsx", beds=500)
    held = windows.folder / "批注.xlsx"
    held.write_bytes(b"as it was")
    before = sorted(windows.folder.iterdir())
    words = ("check", "demo.plan.yaml", "填.xlsx", "-o", "xlsx:批注.xlsx", "--lang")
    for lang, said in (
        ("zh", "正被别的程序（如 Excel、WPS）打开：请在那里关闭后重试"),
        ("en", "such as Excel or WPS, has it open"),
    ):
        done = windows.run(*words, lang, HELD_FILE="批注.xlsx")

        assert (2, 1) == (done.returncode, len(done.stderr.splitlines())), done.stderr
        assert "批注.xlsx" in done.stderr and said in done.stderr
        assert (b"as it was", before) == (held.read_bytes(), sorted(windows.folder.iterdir()))


def test_a_sheet_that_cannot_be_read_while_excel_has_it_is_named(windows: Windows) -> None:
    """A sheet that another program keeps for itself is refused by name, and not taken for one that is missing."""
    (windows.folder / "demo.plan.yaml").write_text(PLAN, encoding="utf-8")
    (windows.folder / "填.xlsx").write_bytes(b"PK")
    done = windows.run("check", "demo.plan.yaml", "填.xlsx", "--lang", "zh", HELD_FILE="填.xlsx")

    assert 2 == done.returncode
    assert "填.xlsx" in done.stderr and "请在那里关闭后重试" in done.stderr, done.stderr


@pytest.mark.parametrize(("number", "code", "name", "said"), [
    (5, 13, "a", "system.denied"), (32, 13, "a", "system.held"), (33, 13, "a", "system.held"), (1224, 22, "a", "system.held"),
    (123, 22, "a<b", "system.name"), (206, 2, "a", "system.ENAMETOOLONG"), (3, 2, "a" * 260, "system.ENAMETOOLONG"),
    (2, 2, "a", "system.ENOENT"), (None, 13, "a", "system.EACCES"), (None, 2, "a" * 260, "system.ENOENT"),
])  # fmt: skip
def test_reasons_of_windows_are_told_apart(number: int | None, code: int, name: str, said: str) -> None:
    """Windows numbers its reasons more finely than other systems: an open file, no right, no name, and a path too long."""
    error = OSError(code, "English", name)
    if number is not None:
        error.winerror = number  # type: ignore[attr-defined]

    assert said == put_system_reason(error).code
    assert "English" not in put_system_reason(error).say("zh")


@pytest.mark.parametrize(
    "name", ["con", "NUL", "aux.html", "Com1.xlsx", "lpt9", "con .txt", "prn.tar.gz", "报告.", "报告 ", "COM¹"]
)
def test_devices_and_dropped_signs_are_no_names(name: str) -> None:
    """A name that Windows takes for a device, or writes under another one, is known, whatever its ending and letters."""
    assert is_no_file_on_windows(Path("reports") / name)


@pytest.mark.parametrize("name", ["console", "com", "com10", "nul_", "auxiliary.html", "报告.html", ".hidden", "a.con"])
def test_ordinary_names_are_names(name: str) -> None:
    """A name that only begins or ends like one of a device is a name."""
    assert not is_no_file_on_windows(Path(name))


def test_nothing_is_written_to_a_device_by_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows a report called `con.html` and a register called `aux` are refused, and nothing is there afterwards."""
    monkeypatch.setattr(writing, "ON_WINDOWS", True)
    monkeypatch.chdir(tmp_path)
    Path("demo.plan.yaml").write_text(PLAN, encoding="utf-8")
    done = CliRunner().invoke(
        main, ["template", "demo.plan.yaml", "--year", "2023", "--tier", "all", "-o", "con.xlsx", "--lang", "zh"]
    )
    with pytest.raises(Refused, match=r"aux\.csv"):
        write_folder(tmp_path / "form", {"sheet.facts.yaml": "", "aux.csv": ""})

    assert 2 == done.exit_code and "Windows 保留给设备的名称" in done.stderr
    assert ["demo.plan.yaml"] == [file.name for file in tmp_path.iterdir()]


def test_a_file_held_for_a_moment_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that a search for viruses holds for a moment is replaced as soon as it is free."""
    replace, refused = Path.replace, []

    def replace_later(path: Path, target: Path) -> Path:
        if len(refused) < 2:
            error = PermissionError(13, "held")
            error.winerror = 5  # type: ignore[attr-defined]
            refused.append(error)
            raise error
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replace_later)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    write_file(tmp_path / "report.txt", lambda stream: stream.writelines(["new"]))

    assert (2, "new") == (len(refused), (tmp_path / "report.txt").read_text("utf-8"))


def test_files_are_opened_without_flags_of_unix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read where the flags that Unix knows do not exist."""
    for flag in ("O_NONBLOCK", "O_NOFOLLOW"):
        monkeypatch.delattr(os, flag, raising=False)
    (tmp_path / "a").write_bytes(b"\r\n\x1a\n")
    with open_file(tmp_path / "a") as stream:
        assert b"\r\n\x1a\n" == stream.read()


class _Console(io.RawIOBase):
    """A console of Windows, which is written to by a call of its own and not by the number of a file."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        self.shown += bytes(memoryview(data))  # type: ignore[arg-type]
        return memoryview(data).nbytes  # type: ignore[arg-type]


def test_a_console_is_written_to_in_its_own_way() -> None:
    """Chinese goes to the console through what Python opened for it; bytes behind its back would be shown in another code page."""
    console = _Console()
    stream = io.TextIOWrapper(io.BufferedWriter(console), encoding="utf-8")
    hardened = streams._harden_stream(stream, stream, loud=True)
    hardened.write("达标\n")
    hardened.flush()

    assert "达标".encode() == console.shown.rstrip()


def test_no_more_processes_than_windows_can_wait_for() -> None:
    """A machine with many processors starts as many processes as Windows takes, which is the limit of `concurrent.futures`."""
    from concurrent.futures import process

    assert process._MAX_WINDOWS_WORKERS == MOST_PROCESSES  # type: ignore[attr-defined]


def test_two_reports_in_one_file_of_windows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a system takes `A.html` and `a.html` for one file, asking for both is refused."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os.path, "normcase", str.lower)
    Path("demo.plan.yaml").write_text(PLAN, encoding="utf-8")
    sheet = str(ROOT / "facts" / "samples" / "example-2023.facts.yaml")
    done = CliRunner().invoke(
        main, ["check", "example", sheet, "-o", "html:A.html", "-o", "markdown:a.html", "--lang", "en"]
    )

    assert 2 == done.exit_code and "a.html" in done.stderr
    assert ["demo.plan.yaml"] == [file.name for file in tmp_path.iterdir()]
