"""What was worked out before, kept in a folder of files by key. Safe to delete at any time.

An entry begins with a digest of the rest; what does not agree with it is ignored, and written anew. A folder that cannot be
read or written is as good as none, and so is one that others can write to: a digest is no signature.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dabiao.base.ending import undoing
from dabiao.base.files import open_file

VARIABLE = "DABIAO_CACHE"
"""Names the folder in which things are kept, or says `off`."""

_ASIDE = ".tmp"  # how the name of a file ends that is being written, or was left half-written
_DAY = 86_400  # seconds: what was used is marked once a day, and what is half-written for longer is nobody's
_DIGEST = 32
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def find_user_folder() -> Path | None:
    """Return the folder that `DABIAO_CACHE` or else the system gives for what is kept; None if that is switched off."""
    setting = os.environ.get(VARIABLE, "").strip()
    if setting.casefold() in ("off", "no", "0", "false"):
        return None
    if setting:
        return Path(setting)
    try:
        from platformdirs import user_cache_path

        return user_cache_path("dabiao", appauthor=False)
    except (ImportError, RuntimeError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of entries, each a file with a `suffix` on a shelf named by the first two signs of its key.

    Keys are hexadecimal. Any number of processes may use it at once: each entry is written aside and renamed.
    """

    folder: Path
    suffix: str
    most_bytes: int
    most_entries: int

    def load(self, key: str) -> bytes | None:
        """Return an entry as it was saved; None if there is none, it is damaged, or others can write to it."""
        file = self._path_of(key)
        try:
            if not self._is_own(file.parent):
                return None
            with open_file(file, getattr(os, "O_NOFOLLOW", 0)) as stream:
                about = os.fstat(stream.fileno())
                if not _belongs_to_user(about):
                    return None
                data = stream.read()
            if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
                return None
            if time.time() - about.st_mtime > _DAY:
                os.utime(file)
        except OSError:
            return None
        return data[_DIGEST:]

    def save(self, key: str, data: bytes) -> None:
        """Store an entry, if that is possible."""
        file = self._path_of(key)
        with suppress(OSError):
            if not file.parent.is_dir():
                self.folder.parent.mkdir(parents=True, exist_ok=True)
                for folder in (self.folder, file.parent):
                    folder.mkdir(mode=0o700, exist_ok=True)
            if self._is_own(file.parent):
                _write_aside(file, (hashlib.sha256(data).digest(), data))

    def trim(self) -> None:
        """Delete the oldest entries while there are too many or they are too large, and temporary files older than a day."""
        with suppress(OSError):
            entries = []
            for shelf in os.scandir(self.folder):
                if shelf.is_dir(follow_symlinks=False) and len(shelf.name) == 2:
                    entries += [
                        (entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in os.scandir(shelf)
                    ]
            total, count, now = sum(size for _, size, _ in entries), len(entries), time.time()
            for when, size, path in sorted(entries):
                stale = path.endswith(_ASIDE) and now - when > _DAY
                if stale or (path.endswith(self.suffix) and (total > self.most_bytes or count > self.most_entries)):
                    Path(path).unlink(missing_ok=True)
                    total, count = total - size, count - 1

    def _is_own(self, shelf: Path) -> bool:
        """Whether only this user can write to the folder and to one of its shelves."""
        return _belongs_to_user(self.folder.stat()) and _belongs_to_user(shelf.stat(follow_symlinks=False))

    def _path_of(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key[2:]}{self.suffix}"


def _write_aside(file: Path, parts: Iterable[bytes]) -> None:
    """Write a file for this user alone, beside its place, and rename it. Raises `OSError`."""
    temporary = file.with_name(f"{file.name}.{os.urandom(8).hex()}{_ASIDE}")  # nobody else's
    with undoing(lambda: temporary.unlink(missing_ok=True)):
        with os.fdopen(os.open(temporary, _NEW, 0o600), "wb") as stream:
            stream.writelines(parts)
        temporary.replace(file)


def _belongs_to_user(about: os.stat_result) -> bool:
    """Whether a file or folder is this user's, and nobody else can write to it; on Windows, folders of a user are."""
    return not hasattr(os, "geteuid") or (about.st_uid == os.geteuid() and not about.st_mode & 0o022)
