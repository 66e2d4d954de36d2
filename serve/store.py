"""The folder: everything that was handed in is a bundle of evidence in it, and there is no other state.

A bundle is called by the moment it came and its SHA-256, never by a name that was sent:
`submissions/20240115T080910.123456Z-ab12….zip`.
Beside it stands what lists need to know of it; that can be made anew from the bundle. Both are written whole or not at all,
the bundle last: a submission is there when its bundle is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import IO, TextIO

from dabiao.base.ending import undoing
from dabiao.base.exits import EXIT_REFUSED
from dabiao.base.files import File, open_file
from dabiao.base.nodes import find_scalar
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.base.system import put_system_reason
from dabiao.base.writing import write_bytes, write_file
from dabiao.engine.by_plan import sort_beside
from dabiao.rules.load import SUFFIX, find_shipped_plans

FORMAT = "dabiao/submission/1"
_NAME = re.compile(r"(\d{8}T\d{6}\.\d{6}Z)-([0-9a-f]{64})\.zip")
_STAMP = "%Y%m%dT%H%M%S.%fZ"


class FolderGoneError(Refused):
    """The folder cannot be reached any more: nothing is wrong with what was asked."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A sheet that was handed in: the name of its file, and its subject and year, empty and 0 if it cannot be told."""

    file: str
    subject: str = ""
    year: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What lists say of a submission: its plan, the year judged (0: none), its sheets, the outcome, and the counts of
    verdicts and of problems. A problem of a refused one is an error.
    """

    plan: str
    year: int
    sheets: tuple[Sent, ...]
    exit_code: int
    counts: Mapping[str, int]
    problems: int

    @property
    def refused(self) -> bool:
        """Whether it could not be judged."""
        return self.exit_code == EXIT_REFUSED

    @property
    def about(self) -> frozenset[tuple[str, str, int]]:
        """Which plan, subjects and years it is about."""
        return frozenset((self.plan, sheet.subject, sheet.year) for sheet in self.sheets if sheet.subject)


@dataclass(frozen=True, slots=True)
class Submission:
    """A bundle in the folder: its address `id` (its SHA-256), the moment it came, and what is told of it."""

    id: str
    came: datetime
    path: Path
    told: Told


class GoneError(Exception):
    """There is no submission of that address."""


class DamagedError(Exception):
    """A bundle is not what it was when it was written; `args` has its path."""


class Store:
    """The folder of submissions. `describe` makes what is told of a bundle from its bytes."""

    def __init__(self, folder: Path, describe: Callable[[bytes, str], Told]) -> None:
        self.folder = folder
        self._inside = folder / "submissions"
        self._describe = describe
        self._known: dict[str, Submission] = {}
        self._keeping = Lock()

    def open(self) -> None:
        """Make the folder if it is not there. Raises `Refused` if that is impossible."""
        try:
            self._inside.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Refused(
                [Problem("serve.no-folder", Location(str(self.folder)), {"reason": put_system_reason(error)})]
            ) from None

    def find_plans(self) -> dict[str, str]:
        """Return the plans to choose from, by id: those that come with the program, and files `*.plan.yaml` in the folder.

        A file with the id of another plan is left out: nobody should be judged by a text that they did not see.
        """
        found = {name: name for name in find_shipped_plans()}
        for path in self._files(f"*{SUFFIX}"):
            try:
                stated = find_scalar(path, "plan")
            except Refused:
                continue
            if stated is not None and stated.scalar and stated.scalar not in found:
                found[stated.scalar] = str(path)
        return found

    def find_beside(self, plan: str) -> tuple[File | None, File | None]:
        """Return the files of waivers and of assignments in the folder that name a plan. Raises `Refused` for two of a sort."""
        found: list[File | None] = []
        for ending, key in (("*.waivers.yaml", "plan"), ("*.assignments.yaml", "assignments")):
            problems = Problems()
            files = sort_beside(self._files(ending), key, [plan], problems)
            twice = [problem for problem in problems.errors if problem.code == "auto.second-file"]
            if twice:
                raise Refused(twice)
            found.append(files.get(plan))
        return found[0], found[1]

    def _files(self, pattern: str) -> list[Path]:
        return sorted(path for path in self.folder.glob(pattern) if path.is_file())

    def keep(self, data: bytes, told: Told) -> Submission:
        """Keep a bundle. One that is the last about its subjects already is not kept twice.

        Raises `Refused` if it cannot be written, `FolderGoneError` if the folder is not there.
        """
        name = sha256(data).hexdigest()
        with self._keeping:
            before = self.list()
            last = next((one for one in before if one.told.about & told.about or one.id == name), None)
            if last is not None and last.id == name:
                return last
            came = datetime.now(UTC)
            if before:  # whatever the clock does, what comes later is later
                came = max(came, before[0].came + timedelta(microseconds=1))
            path = self._inside / f"{came.strftime(_STAMP)}-{name}.zip"
            note = path.with_suffix(".json")
            with undoing(lambda: note.unlink(missing_ok=True)):
                write_file(note, partial(_write_told, told))
                write_bytes(path, partial(_write_bytes, data))
        return self._known.setdefault(path.name, _make(path, told))

    def list(self) -> list[Submission]:
        """List all submissions, the last one first. Raises `FolderGoneError` if the folder is not there."""
        try:
            names = [path.name for path in self._inside.iterdir()]
        except OSError as error:
            reason = put_system_reason(error)
            raise FolderGoneError(
                [Problem("serve.folder-gone", Location(str(self.folder)), {"reason": reason})]
            ) from None
        wanted = sorted((name for name in names if _NAME.fullmatch(name)), reverse=True)
        return [one for name in wanted if (one := self._look_at(self._inside / name)) is not None]

    def find(self, name: str) -> Submission:
        """Return a submission by its address. Raises `GoneError` if there is none."""
        for one in self.list():
            if one.id == name:
                return one
        raise GoneError(name)

    def read(self, one: Submission) -> bytes:
        """Return the bytes of a bundle. Raises `GoneError` if it was taken away, `DamagedError` if it was altered."""
        try:
            with open_file(one.path) as stream:
                data = stream.read()
        except FileNotFoundError:
            raise GoneError(one.id) from None
        if sha256(data).hexdigest() != one.id:
            raise DamagedError(one.path)
        return data

    def find_last(self) -> dict[tuple[str, str, int], Submission]:
        """Return the last submission about each plan, subject and year: one that was judged, if there is any."""
        found: dict[tuple[str, str, int], Submission] = {}
        for one in self.list():
            for about in one.told.about:
                if about not in found or (found[about].told.refused and not one.told.refused):
                    found[about] = one
        return found

    def _look_at(self, path: Path) -> Submission | None:
        """Return a submission, from what stands beside it or anew from the bundle; None if it is no bundle of ours."""
        if path.name in self._known:
            return self._known[path.name]
        try:
            with open_file(path.with_suffix(".json")) as stream:
                told = _read_told(stream.read())
        except (OSError, ValueError, KeyError, TypeError):
            try:
                with open_file(path) as stream:
                    told = self._describe(stream.read(), path.name)
            except (OSError, Refused):
                return None
        return self._known.setdefault(path.name, _make(path, told))


def _make(path: Path, told: Told) -> Submission:
    match = _NAME.fullmatch(path.name)
    assert match is not None
    came = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
    return Submission(match[2], came, path, told)


def _write_told(told: Told, stream: TextIO) -> None:
    stream.write(json.dumps({"format": FORMAT, **asdict(told)}, ensure_ascii=False, indent=1) + "\n")


def _write_bytes(data: bytes, stream: IO[bytes]) -> None:
    stream.write(data)


def _read_told(data: bytes) -> Told:
    """Read what stands beside a bundle. Raises `ValueError`, `KeyError` or `TypeError` for anything else."""
    read = json.loads(data)
    if read["format"] != FORMAT:
        raise ValueError(read["format"])
    sheets: Sequence[Mapping[str, object]] = read["sheets"]
    counts: Mapping[str, object] = read["counts"]
    return Told(
        str(read["plan"]), int(read["year"]),
        tuple(Sent(str(one["file"]), str(one["subject"]), int(str(one["year"]))) for one in sheets),
        int(read["exit_code"]), {str(name): int(str(count)) for name, count in counts.items()}, int(read["problems"]),
    )  # fmt: skip
