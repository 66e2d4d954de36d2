"""Sheets read before, by content: a file that has not changed is not parsed again. Safe to delete at any time.

The key is a digest of the bytes of the sheet, of the text of its plan, of the limits and of the reading code: whatever
could change what is read changes the key. Only sheets read without an error are kept. An entry has a digest in the index of
its volume; what does not agree with it is ignored, and written anew. A cache that cannot be read or written is as good as
none, and so is one that others can write to: a digest is no signature.
"""

from __future__ import annotations

import hashlib
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

from dabiao.base.files import open_file
from dabiao.base.kept import find_user_folder
from dabiao.base.limits import limits
from dabiao.base.problems import Problem, Problems
from dabiao.facts.formats.csv_folder import HEAD, Source, tables_in
from dabiao.facts.model import Sheet
from dabiao.facts.parallel.packed import Damaged, NotPackable, pack, unpack
from dabiao.facts.parallel.volumes import Volumes, trim
from dabiao.facts.read_one import read_one
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan

_MOST_BYTES = 256 * 1024**2
_MOST_VOLUMES = 32
_MOST_SHEET = 16 * 1024**2  # bytes of one sheet: a large register is read faster than it is unpacked
_PACKAGE = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of sheets read before. `salt` stands for everything but the sheet that the reading depends on."""

    folder: Path
    salt: bytes = b""
    most_bytes: int = _MOST_BYTES
    most_volumes: int = _MOST_VOLUMES

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
            about = path.stat()
            is_folder = stat.S_ISDIR(about.st_mode)
            files = [path / HEAD, *tables_in(path)] if is_folder else [path]
            if (sum(file.stat().st_size for file in files) if is_folder else about.st_size) > _MOST_SHEET:
                return None
            digest = hashlib.sha256(self.salt)
            for file in files:
                name = file.name if is_folder else path.suffix.lower()  # the name decides how it is read
                digest.update(hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest())
                with open_file(file) as stream:  # raises for a pipe, which is read once
                    digest.update(hashlib.sha256(stream.read()).digest())
        except (OSError, ValueError):
            return None
        return digest.hexdigest()

    def open(self) -> Volumes:
        """Open what is kept, for one reading."""
        return Volumes(self.folder)

    def pack(self, key: str, sheet: Sheet | None, problems: Sequence[Problem], path: Source) -> bytes | None:
        """Return what is to be kept of a sheet; None if it has errors, or its files have changed since the key was computed."""
        if sheet is None or any(problem.severity == "error" for problem in problems) or self.key(path) != key:
            return None
        try:
            return pack(sheet, problems, str(path))
        except NotPackable:
            return None

    def trim(self) -> None:
        """Delete what was not used for longest while there is too much, and what was left half-written."""
        trim(self.folder, self.most_bytes, self.most_volumes)


def load_sheet(volumes: Volumes, key: str, path: str) -> tuple[Sheet, list[Problem]] | None:
    """Return a sheet and its warnings with their places at `path`; None if it is not there or is damaged."""
    data = volumes.load(key)
    if data is None:
        return None
    try:
        sheet, problems = unpack(data, path)
    except Damaged:
        return None
    return None if sheet is None else (sheet, problems)


def find_user_cache() -> Cache | None:
    """Return the user's cache in the folder that `DABIAO_CACHE` or else the system gives; None if it is switched off."""
    if not code_files():  # without sources there is no digest of the reading code
        return None
    folder = find_user_folder()
    return None if folder is None else Cache(folder / "sheets")


def read_with_problems(source: Source, vocabulary: Vocabulary) -> tuple[Sheet | None, list[Problem]]:
    """Read one sheet with its problems."""
    problems = Problems()
    sheet = read_one(source, vocabulary, problems)
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
