"""No input names a file outside its folder, and what is no file is looked at, not opened."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dabiao.base.files import NotAFileError, contain, first_bytes, open_file
from dabiao.base.problems import Location, Refused
from dabiao.cli import main
from dabiao.rules.load import find_plan
from hypothesis import given
from hypothesis import strategies as st

SECRET = "口令不少于4711项"
PLAN = find_plan("example").read_text("utf-8")
NEEDS_PIPES = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")


def run(*words: object, lang: str = "en") -> Result:
    """Run the program."""
    return CliRunner().invoke(main, [*map(str, words), "--lang", lang])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder of documents beside a file that nobody is to see, with links from the one to the other."""
    (tmp_path / "docs" / "below").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text(SECRET, "utf-8")
    (tmp_path / "docs" / "plan.txt").write_text("至少做到", "utf-8")
    (tmp_path / "docs" / "below" / "plan.txt").write_text(SECRET, "utf-8")
    (tmp_path / "docs" / "link.txt").symlink_to("../secret.txt")
    (tmp_path / "docs" / "same.txt").symlink_to("plan.txt")
    (tmp_path / "docs" / "loop.txt").symlink_to("loop.txt")
    return tmp_path


def lint(folder: Path, name: str, lang: str = "en") -> Result:
    """Lint a plan whose document has a name."""
    plan = folder / "p.plan.yaml"
    plan.write_text(PLAN.replace("\ndocument:\n", f"\ndocument:\n  file: '{name}'\n"), "utf-8")
    return run("lint", plan, "--documents", folder / "docs", lang=lang)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "name",
    ["../secret.txt", "{}/secret.txt", "link.txt", "loop.txt", "below/plan.txt", "..", ".", "c:x", "..\\secret.txt"],
)
def test_a_document_outside_its_folder_is_not_read(name: str, lang: str, folder: Path) -> None:
    """A plan names a file of the folder of documents, and nothing else: no path, no drive, no link that leads out."""
    found = lint(folder, name.format(folder), lang)

    assert (2, False) == (found.exit_code, "4711" in found.output)
    assert re.search(r"p\.plan\.yaml:\d+:\d+", found.output)


def test_a_document_in_its_folder_is_read(folder: Path) -> None:
    """A file of the folder, or a link to one, is read; one that is not there is named."""
    assert "phrase" in lint(folder, "plan.txt").output
    assert lint(folder, "plan.txt").output.replace("plan.txt", "same.txt") == lint(folder, "same.txt").output
    assert "No such file" in lint(folder, "gone.txt").output


def test_a_part_of_a_plan_lies_beside_it(tmp_path: Path) -> None:
    """A part that is a link out of the folder of the plan is refused, and nothing of it is told."""
    inside, outside = tmp_path / "in", tmp_path / "out.yaml"
    inside.mkdir()
    outside.write_text("part_of: 4711\n", "utf-8")
    (inside / "more.yaml").symlink_to(outside)
    (inside / "p.plan.yaml").write_text(f"{PLAN}\nparts: more.yaml\n", "utf-8")
    found = run("lint", inside / "p.plan.yaml")

    assert (2, True, False) == (found.exit_code, "leads out of the folder" in found.output, "4711" in found.output)


@given(st.lists(st.sampled_from(["..", ".", "a", "/", "\\", "c:", "", "\0", "link.txt", "secret.txt"])).map("".join))
def test_no_name_leads_out(name: str) -> None:
    """Whatever is put together, a name is refused or lies in the folder."""
    here = Path(__file__).parent
    try:
        assert here.resolve() == contain(here, name, Location("x")).resolve().parent
    except Refused as refused:
        assert ["leads-out"] == [problem.code for problem in refused.problems]


@NEEDS_PIPES
def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    """A pipe, a folder and a device are told from files before they are opened."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path(os.devnull)):
        with pytest.raises(NotAFileError):
            open_file(path)
        assert b"" == first_bytes(path, 10)


@NEEDS_PIPES
@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_what_stands_in_the_place_of_test_cases_is_refused(kind: str, tmp_path: Path) -> None:
    """Cases that cannot be read are no cases that passed."""
    shutil.copy(find_plan("example"), tmp_path / "example.plan.yaml")
    place = tmp_path / "example_test.yaml"
    {"pipe": os.mkfifo, "folder": Path.mkdir, "link": lambda path: path.symlink_to("nowhere")}[kind](place)
    found = run("test", tmp_path / "example.plan.yaml")

    assert (2, True) == (found.exit_code, "example_test.yaml: " in found.output)
