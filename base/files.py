"""Input files: a path on disk, or an upload, which is bytes with a name and is never written to disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeAlias


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


def paths_among(*files: Given | None) -> Iterator[Path]:
    """Iterate over those files that are paths; skip uploads and None."""
    return (file for file in files if isinstance(file, Path))


def first_bytes(file: File, size: int) -> bytes:
    """Return the first bytes of a file; empty if it is not a regular file or cannot be read. Its reader reports why."""
    if isinstance(file, Upload):
        return (file.content or b"")[:size]
    try:
        if not file.is_file():  # a pipe or a device might never end
            return b""
        with file.open("rb") as stream:
            return stream.read(size)
    except (OSError, ValueError):  # a ValueError is a NUL in the path
        return b""
