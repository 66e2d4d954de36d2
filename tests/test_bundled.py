"""The program that needs no Python: unpacked from its archive, and run with nothing around it, as a user that owns nothing.

`make bundle` runs these tests; without `DABIAO_BUNDLE`, the folder of the archive that is to be tried, they are skipped.
"""

from __future__ import annotations

import hashlib
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from dabiao.cli import COMMANDS
from helpers import ROOT
from whole_way import PLAN, walk, write_many

BUILT = os.environ.get("DABIAO_BUNDLE", "")
built = pytest.mark.skipif(not BUILT, reason="`make bundle` makes the program that is tried here")
WINDOWS = sys.platform == "win32"
NEEDED = ("SYSTEMROOT", "TEMP", "TMP", "USERPROFILE", "LOCALAPPDATA")  # without which Windows starts no program
SAMPLES = ROOT / "facts" / "samples"


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """Unpack the archive into a folder that the user may read, beside a home that is empty and belongs to the user."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        place.chmod(0o755)
        for archive in Path(BUILT).parent.glob("dabiao-*.zip" if WINDOWS else "dabiao-*.tar.gz"):
            shutil.unpack_archive(archive, place, **({} if WINDOWS else {"filter": "tar"}))
        (place / "home").mkdir()
        (place / "home").chmod(0o777)
        yield place


class User:
    """Somebody with an empty home, who has neither Python nor anything else on the path."""

    def __init__(self, place: Path) -> None:
        self.home = place / "home"
        self.program = place / "dabiao" / ("dabiao.exe" if WINDOWS else "dabiao")
        self.env = {name: os.environ[name] for name in NEEDED if WINDOWS and name in os.environ}
        self.env |= {"HOME": str(self.home), "PATH": "", "LANG": "zh_CN.UTF-8"}
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        self.become = nobody if not WINDOWS and os.geteuid() == 0 and shutil.which("setpriv") else []

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start the program."""
        command = [*self.become, str(self.program), *words]
        if self.become:
            command[0] = str(shutil.which("setpriv"))
        return subprocess.Popen(
            command, cwd=self.home, env=self.env, text=True, encoding="utf-8",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the program to its end."""
        process = self.start(*words)
        stdout, stderr = process.communicate(timeout=120)
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)


@pytest.fixture
def user(place: Path) -> User:
    """Return the user, the home emptied."""
    shutil.rmtree(place / "home")
    (place / "home").mkdir()
    (place / "home").chmod(0o777)
    return User(place)


@built
def test_the_archive_is_what_its_digest_says() -> None:
    """Beside the archive stands its SHA-256, in the form that `sha256sum -c` reads."""
    (archive,) = (file for file in Path(BUILT).parent.glob("dabiao-*") if file.suffix in (".gz", ".zip"))
    said = archive.with_name(f"{archive.name}.sha256").read_text("ascii")

    assert f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  {archive.name}\n" == said


@built
def test_every_command_starts(user: User) -> None:
    """Each command prints its help, and the program begins within seconds."""
    since = time.monotonic()
    assert "dabiao, version" in user.run("--version").stdout
    assert time.monotonic() - since < 20
    for command in COMMANDS:
        done = user.run(command, "--help")

        assert (0, "") == (done.returncode, done.stderr)


@built
def test_the_whole_way_from_form_to_what_if(user: User) -> None:
    """A form is made, filled in, checked, written as a page, a workbook and evidence, judged again, compared and tried otherwise."""
    walk(user.run, user.home)


@built
def test_shipped_plans_and_what_extras_bring(user: User) -> None:
    """A shipped plan with consequences is judged; budgets, charts and the brief in Word come with the program."""
    for name in ("yanqing-2020.facts.yaml", "example-2023.facts.yaml", "example.costs.yaml"):
        shutil.copyfile(SAMPLES / name, user.home / name)
    check = user.run("check", "yanqing", "yanqing-2020.facts.yaml")
    brief = user.run("check", "example", "example-2023.facts.yaml", "-o", "text", "-o", "brief:简报.docx")
    budget = user.run(
        "budget",
        "example",
        "example-2023.facts.yaml",
        "--costs",
        "example.costs.yaml",
        "-o",
        "text",
        "-o",
        "svg:钱.svg",
    )
    sweep = user.run(
        "what-if", "example", "example-2023.facts.yaml", "--sweep", "family_care_beds=10:90:10", "-o", "svg:变.svg"
    )

    assert [0, 1, 3, 0] == [done.returncode for done in (check, brief, budget, sweep)], (check, brief, budget, sweep)
    assert "延庆" in check.stdout
    assert "" == brief.stderr + sweep.stderr
    assert b"PK" == (user.home / "简报.docx").read_bytes()[:2]
    assert all("<svg" in (user.home / name).read_text("utf-8") for name in ("钱.svg", "变.svg"))


@built
def test_many_sheets_are_read_by_several_processes(user: User) -> None:
    """Sheets worth it are read by processes of the same program; read again by a kept plan, the findings are the same."""
    write_many(user.home / "many")
    (user.home / "demo.plan.yaml").write_text(PLAN, encoding="utf-8")
    process = user.start("check", "demo.plan.yaml", "many", "-o", "csv:一.csv")
    helpers = 0
    while process.poll() is None:
        tasks = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        helpers = max(helpers, len(tasks.read_text().split()) if tasks.exists() else 0)
        time.sleep(0.01)
    again = user.run("check", "demo.plan.yaml", "many", "-o", "csv:二.csv")

    _, said = process.communicate()
    assert (3, 3, "", "") == (process.returncode, again.returncode, said, again.stderr)
    assert (user.home / "一.csv").read_bytes() == (user.home / "二.csv").read_bytes()
    if sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1:
        assert helpers
    kept = [*user.home.rglob("*.plan"), *Path(user.env.get("LOCALAPPDATA", user.home)).rglob("dabiao/**/*.plan")]
    assert kept


@built
def test_what_cannot_be_read_is_told_in_chinese(user: User) -> None:
    """An input that is none, and a plan that there is not, end with 2 and a sentence."""
    (user.home / "坏.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    for words in (("check", "yanqing", "坏.xlsx"), ("check", "yanqin", "坏.xlsx"), ("chek",)):
        done = user.run(*words)

        assert 2 == done.returncode
        assert re.search("[一-龥]", done.stderr) and "Traceback" not in done.stderr


@built
def test_without_words_it_starts_the_page_or_helps(user: User) -> None:
    """A double click, which gives no words, starts the page and prints where it is; without such a command it prints the help."""
    if "serve" not in COMMANDS:
        assert user.run("--help").stdout == user.run().stdout
        return
    process = user.start()
    try:
        assert process.stdout
        said = ""
        while not (found := re.search(r"http://\S+?:\d+\S*", said)):
            line = process.stdout.readline()
            assert line, (said, process.stderr and process.stderr.read())
            said += line
        with urlopen(found[0].rstrip("。，,.")) as answer:
            assert 200 == answer.status
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert (user.home / "Dabiao").is_dir()


def test_a_click_keeps_submissions_out_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A double click asks for the page with a folder among the user's documents, at home without those, and makes the folder."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    words = runpy.run_path(str(ROOT / "release" / "start.py"), run_name="start")["words_of_a_click"]

    assert (["--help"], []) == (words({"check"}), list(tmp_path.iterdir()))
    assert ["serve", str(tmp_path / "Dabiao")] == words({"check", "serve"})
    (tmp_path / "Documents").mkdir()
    assert ["serve", str(tmp_path / "Documents" / "Dabiao")] == words({"serve"})
    assert (tmp_path / "Documents" / "Dabiao").is_dir()
