"""Files as they are given: a path, or bytes with a name, which no disk ever sees (an upload to a web page)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Upload:
    """The content of a file under a name, which messages give as its place. The name may have folders: `2023/home.csv`.

    Without content it is a file that was named and is not there: to read it is refused.
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
    """A folder under a name, and the files that were in it and below it; their names begin with that of the folder."""

    name: str
    files: tuple[Upload, ...]

    def __str__(self) -> str:
        return self.name


Given: TypeAlias = File | UploadedFolder
"""What sheets are read from: a file or folder on disk, or the same uploaded."""


def paths_among(*files: Given | None) -> Iterator[Path]:
    """Iterate over the paths among files that may be uploads or not be given."""
    return (file for file in files if isinstance(file, Path))


def first_bytes(file: File, size: int) -> bytes:
    """Return the first bytes of a file; empty if it is none or cannot be read, so that its reader says why."""
    if isinstance(file, Upload):
        return (file.content or b"")[:size]
    try:
        if not file.is_file():  # a pipe or a device might never end
            return b""
        with file.open("rb") as stream:
            return stream.read(size)
    except (OSError, ValueError):  # a ValueError is a NUL in the path
        return b""
