"""The files of the cache: a volume for all sheets of one reading, since a file for each would cost as much as to parse it.

A volume is the digest of its index, the length of the index, the index (JSON: key, length and digest of each entry, in their
order), and the entries. It is written aside and renamed, and never changed. One that is damaged, or that others can write to,
is passed over; an entry that is damaged is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from dabiao.base.files import open_file
from dabiao.base.kept import ASIDE, DAY, belongs_to_user, write_aside

SUFFIX = ".sheets"
_DIGEST, _LENGTH = 32, 8
_LARGEST_INDEX = 32 << 20
_MOST_WAITING = 32 << 20  # bytes of entries that are held until they are written


class _Volume:
    """One volume, open to be read."""

    def __init__(self, stream: IO[bytes], file: Path) -> None:
        self.stream, self.file, self.is_used = stream, file, False
        self.entries: dict[str, tuple[int, int, str]] = {}  # offset, length, digest

    def read_index(self) -> bool:
        """Read the index; returns whether it is sound."""
        digest, length = self.stream.read(_DIGEST), int.from_bytes(self.stream.read(_LENGTH), "big")
        index = self.stream.read(length) if length <= _LARGEST_INDEX else b""
        if hashlib.sha256(index).digest() != digest:
            return False
        at = _DIGEST + _LENGTH + length
        for key, size, found in json.loads(index):
            self.entries[key] = at, size, found
            at += size
        return True

    def load(self, key: str) -> bytes | None:
        """Return an entry; None if it is damaged."""
        at, size, digest = self.entries[key]
        self.stream.seek(at)
        data = self.stream.read(size)
        self.is_used = True
        return data if hashlib.sha256(data).hexdigest() == digest else None


class Volumes:
    """The volumes in a folder, open for one reading. What is added is written when they are closed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: list[_Volume] = []
        self._new: dict[str, bytes] = {}
        self._waiting = 0
        with suppress(OSError):
            if belongs_to_user(folder.stat()):
                for file in list_volumes(folder):
                    self._add_volume(file)

    def load(self, key: str) -> bytes | None:
        """Return an entry; None if it is not there or is damaged."""
        for volume in self._open:
            if key in volume.entries:
                with suppress(OSError, ValueError, OverflowError):
                    if (data := volume.load(key)) is not None:
                        return data
        return None

    def add(self, key: str, data: bytes) -> None:
        """Add an entry."""
        self._new[key] = data
        self._waiting += len(data)
        if self._waiting > _MOST_WAITING:
            self._write()

    def close(self) -> bool:
        """Write what was added, mark what was used, and close all; returns whether anything was left to be written."""
        for volume in self._open:
            volume.stream.close()
            with suppress(OSError):
                if volume.is_used and time.time() - volume.file.stat().st_mtime > DAY:
                    os.utime(volume.file)
        return self._write()

    def _add_volume(self, file: Path) -> None:
        with suppress(OSError, ValueError, TypeError):
            volume = _Volume(open_file(file, getattr(os, "O_NOFOLLOW", 0)), file)
            if belongs_to_user(os.fstat(volume.stream.fileno())) and volume.read_index():
                self._open.append(volume)
            else:
                volume.stream.close()

    def _write(self) -> bool:
        """Write a volume, if there is anything to write."""
        if not self._new:
            return False
        index = [[key, len(data), hashlib.sha256(data).hexdigest()] for key, data in self._new.items()]
        head = json.dumps(index, separators=(",", ":")).encode()
        start = hashlib.sha256(head).digest() + len(head).to_bytes(_LENGTH, "big") + head
        with suppress(OSError):
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            if belongs_to_user(self._folder.stat()):
                write_aside(self._folder / f"{os.urandom(8).hex()}{SUFFIX}", (start, *self._new.values()))
        self._new, self._waiting = {}, 0
        return True


def list_volumes(folder: Path) -> list[Path]:
    """List the volumes in a folder, the last used first. Raises `OSError`."""
    found = [(entry.stat(follow_symlinks=False).st_mtime, entry.path) for entry in _scan(folder, SUFFIX)]
    return [Path(path) for _, path in sorted(found, reverse=True)]


def trim(folder: Path, most_bytes: int, most_volumes: int) -> None:
    """Delete the volumes that were not used for longest while there is too much, and what was left half-written a day ago."""
    with suppress(OSError):
        for entry in list(_scan(folder, ASIDE)):
            if time.time() - entry.stat().st_mtime > DAY:
                Path(entry.path).unlink(missing_ok=True)
        total = 0
        for count, file in enumerate(list_volumes(folder), 1):
            total += file.stat(follow_symlinks=False).st_size
            if total > most_bytes or count > most_volumes:
                file.unlink(missing_ok=True)


def _scan(folder: Path, suffix: str) -> Iterator[os.DirEntry[str]]:
    return (entry for entry in os.scandir(folder) if entry.name.endswith(suffix))
