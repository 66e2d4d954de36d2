"""Input files: a path on disk, or an upload, which is bytes with a name and is never written to disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import IO, TypeAlias

from dabiao.base.problems import Location, Problem, Refused
from dabiao.base.system import put_system_reason


@dataclass(frozen=True, slots=True)
class Upload:
    """The content of a file, and its name in messages. The name may have folders: `2023/home.csv`.

    `content` is None for a file that was named but is missing; reading it raises `Refused`.
    """

    name: str
    content: bytes | None = field(repr=False)

    def __str__(self) -> str:
        return self.name

    @property
    def suffix(self) -> str:
        """The ending of the name with its dot, empty if there is none."""
        return PurePosixPath(self.name).suffix

    @property
    def stem(self) -> str:
        """The last part of the name without its ending."""
        return PurePosixPath(self.name).stem


File: TypeAlias = Path | Upload


@dataclass(frozen=True, slots=True)
class UploadedFolder:
    """An uploaded folder with the files in it and below it; their names begin with its name."""

    name: str
    files: tuple[Upload, ...]

    def __str__(self) -> str:
        return self.name


Given: TypeAlias = File | UploadedFolder
"""A file or folder to read sheets from, on disk or uploaded."""


def refuse_missing(paths: Iterable[Path]) -> None:
    """Raise `Refused` for files and folders that are not there, or cannot be."""
    problems = []
    for path in paths:
        try:
            path.stat()
        except (OSError, ValueError) as error:
            problems.append(Problem("unreadable", Location(str(path)), {"reason": put_system_reason(error)}))
    if problems:
        raise Refused(problems)


def paths_among(*files: Given | None) -> Iterator[Path]:
    """Iterate over those files that are paths; skip uploads and None."""
    return (file for file in files if isinstance(file, Path))


class NotAFileError(OSError):
    """What is to be read is a folder, pipe, socket or device, as `mode` says."""

    def __init__(self, mode: int) -> None:
        super().__init__(f"no regular file: {stat.filemode(mode)}")
        self.mode = mode


def open_file(path: Path, flags: int = 0) -> IO[bytes]:
    """Open a regular file to read its bytes; every file that is read is opened here. `flags` are further ones of `os.open`.

    Raises `NotAFileError` for anything else, which is looked at and not opened: it might wait for a writer, or never end.
    """
    _refuse_other(path.stat().st_mode)
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | flags)
    stream = os.fdopen(handle, "rb")
    try:
        _refuse_other(os.fstat(handle).st_mode)  # it may have been replaced in between
    except BaseException:
        stream.close()
        raise
    return stream


def _refuse_other(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise NotAFileError(mode)


def first_bytes(file: File, size: int) -> bytes:
    """Return the first bytes of a file; empty if it is not a regular file or cannot be read. Its reader reports why."""
    if isinstance(file, Upload):
        return (file.content or b"")[:size]
    try:
        with open_file(file) as stream:
            return stream.read(size)
    except (OSError, ValueError):  # a ValueError is a NUL in the path
        return b""


def is_within(path: Path, folder: Path) -> bool:
    """Whether a path lies in a folder when all links are followed. Raises as `Path.resolve` does."""
    return path.resolve().is_relative_to(folder.resolve())


def contain(folder: Path, name: str, location: Location) -> Path:
    """Return the file of a folder that an input names at `location`.

    Raises `Refused` for a name that leads out of the folder: with a path or drive in it, or by a link.
    """
    path = folder / name
    try:
        plain = bool(name) and PurePath(name).name == name and "\\" not in name and ":" not in name
        inside = plain and is_within(path, folder)
    except (OSError, ValueError, RuntimeError):  # a NUL, a loop of links
        inside = False
    if not inside:
        raise Refused([Problem("leads-out", location, {"found": name, "expected": str(folder)})])
    return path
