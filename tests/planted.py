"""What others may do to a folder of kept things and to the files in it: after each, none of them may be believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def files_in(folder: Path) -> list[Path]:
    """List the files of a folder and of its shelves."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def open_to_all(folder: Path) -> None:
    """Let everybody write into the folder."""
    folder.chmod(0o777)


def file_of_all(folder: Path) -> None:
    """Let everybody write to the files."""
    for file in files_in(folder):
        file.chmod(0o666)


def file_of_another(folder: Path) -> None:
    """Give the files to another user."""
    if os.geteuid():
        pytest.skip("only the superuser gives a file away")
    for file in files_in(folder):
        os.chown(file, 65534, 65534)


def link(folder: Path) -> None:
    """Put links in the place of the files."""
    for file in files_in(folder):
        file.rename(file.with_suffix(".other"))
        file.symlink_to(file.with_suffix(".other"))
