"""Sheets read before, by content: a file that has not changed is not parsed again. Safe to delete at any time.

The key is a digest of the bytes of the sheet, of the text of its plan, of the limits and of the reading code: whatever
could change what is read changes the key. Only sheets read without an error are kept. An entry begins with a digest of the
rest; what does not agree with it is ignored, and written anew. A cache that cannot be read or written is as good as none, and
so is one that others can write to: a digest is no signature.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

from dabiao.base.ending import undoing
from dabiao.base.files import open_file
from dabiao.base.limits import limits
from dabiao.base.problems import Problem, Problems
from dabiao.facts.formats.csv_folder import HEAD, Source, tables_in
from dabiao.facts.model import Sheet
from dabiao.facts.parallel.packed import Damaged, NotPackable, pack, unpack
from dabiao.facts.read_one import read_one
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan

VARIABLE = "DABIAO_CACHE"
"""Names the folder of the cache, or says `off`."""

_MOST_BYTES = 256 * 1024**2
_MOST_ENTRIES = 50_000
_MOST_SHEET = 16 * 1024**2  # bytes of one sheet: a large register is read faster than it is unpacked
_SUFFIX = ".sheet"
_DIGEST = 32
_DAY = 86_400
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_PACKAGE = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of sheets read before. `salt` stands for everything but the sheet that the reading depends on."""

    folder: Path
    salt: bytes = b""
    most_bytes: int = _MOST_BYTES
    most_entries: int = _MOST_ENTRIES

    def for_plan(self, plan: Plan) -> Cache:
        """Return the cache for sheets of one plan under the limits in force."""
        salt = hashlib.sha256(_hash_code())
        read_by = replace(plan, commitments={}, consequences={}, checks=(), waivers=())  # no reader looks at these
        for part in (repr(read_by), repr(limits())):
            salt.update(hashlib.sha256(part.encode("utf-8", "surrogatepass")).digest())
        return replace(self, salt=salt.digest())

    def key(self, path: Source) -> str | None:
        """Return the key of a sheet (a file or a folder); None for an upload, and for what cannot be read or is too large."""
        if not isinstance(path, Path):
            return None
        try:
            files = [path / HEAD, *tables_in(path)] if path.is_dir() else [path]
            if sum(file.stat().st_size for file in files if file.is_file()) > _MOST_SHEET:
                return None
            digest = hashlib.sha256(self.salt)
            for file in files:
                if not file.is_file():  # a pipe is read once
                    return None
                name = file.name if path.is_dir() else path.suffix.lower()  # the name decides how it is read
                digest.update(hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest())
                with open_file(file) as stream:
                    digest.update(hashlib.sha256(stream.read()).digest())
        except (OSError, ValueError):
            return None
        return digest.hexdigest()

    def load(self, key: str, path: str) -> tuple[Sheet, list[Problem]] | None:
        """Return a sheet and its warnings with their places at `path`; None if it is not there or is damaged."""
        file = self._path_of(key)
        try:
            if not self._is_own(file.parent):
                return None
            with open_file(file, getattr(os, "O_NOFOLLOW", 0)) as stream:
                if not _belongs_to_user(os.fstat(stream.fileno())):
                    return None
                data = stream.read()
            if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
                return None
            sheet, problems = unpack(data[_DIGEST:], path)
            if time.time() - file.stat().st_mtime > _DAY:
                os.utime(file)
        except (OSError, Damaged):
            return None
        return None if sheet is None else (sheet, problems)

    def save(self, key: str, sheet: Sheet, problems: list[Problem], path: Source) -> None:
        """Store a sheet that was read without an error, if its files have not changed since the key was computed."""
        if any(problem.severity == "error" for problem in problems) or self.key(path) != key:
            return
        try:
            data = pack(sheet, problems, str(path))
        except NotPackable:
            return
        file = self._path_of(key)
        with suppress(OSError):
            temporary = file.with_name(f"{file.name}.{os.urandom(8).hex()}.tmp")  # nobody else's
            with undoing(lambda: temporary.unlink(missing_ok=True)):
                if not file.parent.is_dir():
                    self.folder.parent.mkdir(parents=True, exist_ok=True)
                    for folder in (self.folder, file.parent):
                        folder.mkdir(mode=0o700, exist_ok=True)
                if not self._is_own(file.parent):
                    return
                with os.fdopen(os.open(temporary, _NEW, 0o600), "wb") as stream:
                    stream.write(hashlib.sha256(data).digest() + data)
                temporary.replace(file)

    def trim(self) -> None:
        """Delete the oldest entries while the cache is too large, and temporary files older than a day."""
        with suppress(OSError):
            entries = []
            for shelf in os.scandir(self.folder):
                if shelf.is_dir(follow_symlinks=False) and len(shelf.name) == 2:
                    entries += [
                        (entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in os.scandir(shelf)
                    ]
            total, count, now = sum(size for _, size, _ in entries), len(entries), time.time()
            for when, size, path in sorted(entries):
                stale = path.endswith(".tmp") and now - when > _DAY
                if stale or (path.endswith(_SUFFIX) and (total > self.most_bytes or count > self.most_entries)):
                    Path(path).unlink(missing_ok=True)
                    total, count = total - size, count - 1

    def _is_own(self, shelf: Path) -> bool:
        """Whether only this user can write to the cache and to one of its shelves."""
        return _belongs_to_user(self.folder.stat()) and _belongs_to_user(shelf.stat(follow_symlinks=False))

    def _path_of(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key[2:]}{_SUFFIX}"


def _belongs_to_user(about: os.stat_result) -> bool:
    """Whether a file or folder is this user's, and nobody else can write to it; on Windows, folders of a user are."""
    return not hasattr(os, "geteuid") or (about.st_uid == os.geteuid() and not about.st_mode & 0o022)


def find_user_cache() -> Cache | None:
    """Return the user's cache in the folder that `DABIAO_CACHE` or else the system gives; None if it is switched off."""
    setting = os.environ.get(VARIABLE, "").strip()
    if (
        setting.casefold() in ("off", "no", "0", "false") or not code_files()
    ):  # without sources there is no digest of the reading code
        return None
    if setting:
        return Cache(Path(setting) / "sheets")
    try:
        from platformdirs import user_cache_path

        return Cache(user_cache_path("dabiao", appauthor=False) / "sheets")
    except (ImportError, RuntimeError, OSError):
        return None


def read_and_keep(
    source: Source, vocabulary: Vocabulary, cache: Cache | None, key: str | None
) -> tuple[Sheet | None, list[Problem]]:
    """Read one sheet with its problems, and store it in the cache if it has a key."""
    problems = Problems()
    sheet = read_one(source, vocabulary, problems)
    if cache and key and sheet is not None:
        cache.save(key, sheet, list(problems.found), source)
    return sheet, list(problems.found)


@cache
def code_files() -> tuple[Path, ...]:
    """List every file, code or data, of the packages that reading uses: `facts` and the layers below it."""
    found = (
        file for package in ("base", "rules", "facts") for file in _PACKAGE.glob(f"{package}/**/*") if file.is_file()
    )
    return tuple(sorted(file for file in found if "__pycache__" not in file.parts and "samples" not in file.parts))


@cache
def _hash_code() -> bytes:
    """Return a digest of the reading code and of the versions of its libraries; the cache of other code is not used."""
    digest = hashlib.sha256(f"{sys.version_info} {version('polars')} {version('pyyaml')}".encode())
    for file in code_files():
        digest.update(str(file.relative_to(_PACKAGE)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.digest()
