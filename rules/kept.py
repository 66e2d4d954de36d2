"""Plans resolved before, by content: a plan whose files have not changed is not read, checked and compiled again.

The key is a digest of the plan's file and its name, of the limits and of the program: whatever could change what comes of it
changes the key. An entry has the digests of the further files of the plan, and counts only if these have not changed either.
The first time only these digests are noted: to keep a plan takes a tenth of the time of a check, which one that is just being
written, or is checked on a new machine every time, never gives back. Only plans without an error are kept (`base/kept.py`).
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from dabiao import __version__
from dabiao.base.files import File, Upload, contain
from dabiao.base.kept import Kept, find_user_folder
from dabiao.base.limits import limits
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Refused

if TYPE_CHECKING:
    from dabiao.rules.model import Plan, PlanText

_MOST_BYTES = 64 * 1024**2
_MOST_ENTRIES = 200
_SUFFIX = ".plan"
_PACKAGE = Path(__file__).parent.parent


class PlanFiles:
    """The files of a plan on disk. Each is read once, so that what is kept is what was read."""

    def __init__(self, path: Path) -> None:
        """Read the file of the plan. Raises `Refused` as `read_bytes` does."""
        self.main = Upload(str(path), read_bytes(path))
        self.parts: dict[str, Upload] = {}
        self._folder = path.parent

    def part(self, name: str, place: Location) -> File:
        """Return a further file, named at `place`. Raises `Refused` if it cannot be read, or lies elsewhere."""
        if name not in self.parts:
            path = contain(self._folder, name, place)
            self.parts[name] = Upload(str(path), read_bytes(path))
        return self.parts[name]


@dataclass(frozen=True, slots=True)
class KeptPlans:
    """The plans in a folder of entries."""

    entries: Kept

    def load(self, files: PlanFiles, text: PlanText) -> Plan | None:
        """Return the plan of some files, with its text; None if it is not there, is another one by now or is damaged."""
        from dabiao.rules.packed import Damaged, unpack

        try:
            parts, packed = self._find(files)
            place = Location(files.main.name)
            if packed is None or any(_hash(files.part(name, place)) != digest for name, digest in parts):
                return None
            return unpack(packed, text)
        except (Damaged, Refused, ValueError, TypeError, RecursionError, OSError):
            return None

    def save(self, files: PlanFiles, plan: Plan) -> None:
        """Keep a plan that was resolved from some files without an error, or note that they were seen."""
        from dabiao.rules.packed import NotPackable, pack

        parts = [[name, _hash(part)] for name, part in files.parts.items()]
        with suppress(NotPackable, OSError):
            seen, _ = self._find(files)
            packed = pack(plan) if seen == parts else None
            text = json.dumps([parts, packed], ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            self.entries.save(_make_key(files), text.encode("utf-8", "surrogatepass"))
            self.entries.trim()

    def _find(self, files: PlanFiles) -> tuple[Any, Any]:
        """Return the further files of a plan with their digests, and the plan; None for what is not there or damaged."""
        try:
            parts, packed = json.loads(self.entries.load(_make_key(files)) or "[null, null]")
        except (ValueError, TypeError, RecursionError):
            return None, None
        return parts, packed


def find_user_plans() -> KeptPlans | None:
    """Return the plans kept in the user's own folder; None if that is switched off."""
    folder = find_user_folder()
    return None if folder is None else KeptPlans(Kept(folder / "plans", _SUFFIX, _MOST_BYTES, _MOST_ENTRIES))


def _no_plans() -> KeptPlans | None:
    return None


_IN_FORCE: ContextVar[Callable[[], KeptPlans | None]] = ContextVar("kept plans", default=_no_plans)


@contextmanager
def use_kept_plans(find: Callable[[], KeptPlans | None]) -> Iterator[None]:
    """Keep plans, and use those that were kept, within a `with` block: a library does not write files unasked."""
    token = _IN_FORCE.set(find)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


def find_kept_plans() -> KeptPlans | None:
    """Return where plans are kept; None if they are not."""
    return _IN_FORCE.get()()


def _hash(file: File) -> str:
    assert isinstance(file, Upload)
    return hashlib.sha256(file.content or b"").hexdigest()


def _make_key(files: PlanFiles) -> str:
    parts = (files.main.name, _hash(files.main), repr(limits()), hash_program())
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@cache
def hash_program() -> str:
    """Return a digest of what a plan comes to depends on: name, size and date of every file of it, and its libraries."""
    digest = hashlib.sha256(f"{__version__} {sys.version} {yaml.__version__}".encode())
    for file in program_files():
        about = file.stat()
        digest.update(f"{file} {about.st_size} {about.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def program_files() -> list[Path]:
    """List the files that loading a plan is made of: those of `base` and `rules`, and the program if it is a bundle."""
    folders = (_PACKAGE / name for name in ("base", "base/messages", "rules"))
    found = [file for folder in folders if folder.is_dir() for file in folder.iterdir()]
    bundle = [Path(sys.executable)] if getattr(sys, "frozen", False) else []
    return sorted(file for file in found if file.suffix in (".py", ".json")) + bundle
