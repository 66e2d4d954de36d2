"""One part of a data set in whatever process judges it: what every part needs, as bytes, and what a part writes and returns."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import IO, Protocol

import polars as pl
from dabiao.base.files import File, Upload
from dabiao.base.limits import Limits, limits, use_limits
from dabiao.base.messages import LANGS
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import MORE, Location, Problem, Refused, count_problems
from dabiao.base.writing import write_bytes
from dabiao.engine.partition import COUNTS, Asked, Judged, judge_partition
from dabiao.engine.requests import CheckRequest
from dabiao.facts.datasets.read import DataSet
from dabiao.facts.datasets.sorting import Run, read_runs
from dabiao.facts.datasets.table import ROOT, OpenTable
from dabiao.rules.files import find_plan_files
from dabiao.rules.load import load_plan
from dabiao.rules.model import Plan

FOLDERS = ("findings", "consequences", "problems", "counts")
"""What a run writes, a file a part; the counts of a part are written last."""
_TOLD = 100  # problems of one part that are told
_REPORTED, _TEXT = "reported", "plan"
_TYPES = "ARROW:schema"
_PACKAGE = Path(__file__).parent.parent
_LEVEL = 1  # of zstd: a third larger than the usual 3, and a fifth of the time of writing less


@dataclass(frozen=True)
class PlanText:
    """The files of a plan, its waivers and its assignments, as they were read once: every part is judged by this text."""

    plan: Upload
    parts: tuple[Upload, ...]
    waivers: Upload | None = None
    assignments: Upload | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of all files with their names."""
        files = (self.plan, *self.parts, self.waivers, self.assignments)
        return sha256(repr([file and (file.name, file.content) for file in files]).encode()).hexdigest()

    def load(self) -> Plan:
        """Load the plan."""
        return load_plan(self.plan, self.waivers, self.parts, self.assignments)


def read_plan_text(request: CheckRequest) -> PlanText:
    """Read the files of the plan of a request. Raises `Refused` for one that cannot be read."""
    waivers = _take(request.waivers) if request.waivers else None
    assignments = _take(request.assignments) if request.assignments else None
    if isinstance(request.plan, Upload):
        return PlanText(request.plan, request.parts, waivers, assignments)
    plan, *parts = map(_take, find_plan_files(request.plan))
    return PlanText(plan, tuple(parts), waivers, assignments)


def _take(file: File) -> Upload:
    return Upload(str(file), read_bytes(file))


@dataclass(frozen=True)
class Roots:
    """Root subjects that are judged together, and the numbers of the files, by kind, in which their rows stand.

    `runs` are their rows by kind where these have been sorted into other files.
    """

    names: tuple[str, ...]
    files: Mapping[str, tuple[int, ...]]
    runs: Mapping[str, tuple[Run, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """What came of one part, without its findings."""

    counts: pl.DataFrame
    reported: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Work:
    """What every part of a run needs. `folder` is where the parts are written."""

    text: PlanText
    data: DataSet
    asked: Asked
    folder: Path

    def judge(self, number: int, roots: Roots) -> Piece:
        """Read, judge and write one part; rows that belong to nobody are looked at with the first."""
        wanted = pl.col(ROOT).is_in(list(roots.names))
        if number == 0:
            wanted = wanted | pl.col(ROOT).is_null()
        scanned = {kind: lazy.filter(wanted) for kind, lazy in self.data.scan(roots.files).items()}
        scanned |= {kind: read_runs(runs) for kind, runs in roots.runs.items() if runs}
        return self.judge_rows(number, self.data.collect(scanned))

    def judge_rows(self, number: int, frames: Mapping[str, pl.DataFrame]) -> Piece:
        """Judge and write one part whose rows are at hand, by kind as `DataSet.scan` gives them."""
        found = judge_partition(self.data, frames, self.asked)
        self._write(number, found)
        gc.collect()  # of a part nothing is kept but what is returned
        return take_piece(found)

    def _write(self, number: int, found: Judged) -> None:
        self._put("problems", number, tell_problems(found.problems))
        if not found.refused:
            self._put("findings", number, found.compact)
            self._put("consequences", number, found.followed)
            about = {_REPORTED: str(found.reported), _TEXT: self.text.digest}
            self._put("counts", number, found.counts, about)

    def _put(self, name: str, number: int, frame: pl.DataFrame, about: dict[str, str] | None = None) -> None:
        said = {**(about or {}), _TYPES: _say_types(self.asked)} if name == "findings" else about

        def write(stream: IO[bytes]) -> None:
            frame.write_parquet(stream, metadata=said, compression_level=_LEVEL)

        write_bytes(_place(self.folder, name, number), write)

    def read_done(self, number: int) -> Piece | None:
        """Return what an earlier run has completed by the same text of the plan; its warnings stand in the folder."""
        place = _place(self.folder, "counts", number)
        if not place.is_file():
            return None
        try:
            counts, about = pl.read_parquet(place, glob=False), pl.read_parquet_metadata(place)
            if about[_TEXT] != self.text.digest:
                return None
            return Piece(counts.select(*COUNTS), int(about[_REPORTED]), ())
        except (pl.exceptions.PolarsError, OSError, KeyError, ValueError):
            return None

    def pack(self) -> bytes:
        """Pack everything, and the limits in force, for another process or machine: the plan as text with its digest."""
        data, tables = self.data, tuple(map(_with_whole_paths, self.data.tables))
        folder = self.folder.absolute()
        rest = pickle.dumps((data.file, data.head, tables, self.asked, folder, limits()), protocol=5)
        return pickle.dumps((_hash_code(), self.text.digest, self.text, rest), protocol=5)


def _with_whole_paths(table: OpenTable) -> OpenTable:
    """Return a table whose files are found from any folder."""
    pieces = tuple(replace(piece, data=piece.data.absolute()) for piece in table.pieces.pieces)
    return replace(table, pieces=replace(table.pieces, pieces=pieces))


class Engine(Protocol):
    """What judges the parts of a data set: processes of this machine, or a cluster."""

    shared: bool
    """Whether other machines may read what is made of the files, so that it has to lie beside the folder of the findings."""

    def judge(
        self, work: Work, parts: Sequence[Roots], left: Sequence[int], told: Callable[[int], None]
    ) -> Iterator[tuple[int, Piece]]:
        """Judge the parts of the numbers `left`, and return what came of each, in any order.

        `told` is called with the number of those that are done. Raises `Refused` where some cannot be judged.
        """


@lru_cache(maxsize=1)
def unpack(parcel: bytes) -> tuple[Work, Limits]:
    """Unpack what every part needs; cached, because each comes with it.

    Raises `Refused` where the code here is not the code that packed it, the plan is not the one that was sent, or a file or the
    folder is not there.
    """
    code, digest, text, rest = pickle.loads(parcel)
    if code != _hash_code():
        raise Refused([Problem("partitions.other-code", Location("Dabiao"))])
    if digest != text.digest:
        raise Refused([Problem("partitions.other-text", Location(str(text.plan)), {"expected": digest})])
    file, head, tables, asked, folder, most = pickle.loads(rest)
    files = [piece.data for table in tables for piece in table.pieces.pieces]
    if missing := [path for path in (folder, *files) if not path.exists()]:
        raise Refused([Problem("partitions.not-shared", Location(str(missing[0])))])
    plan = text.load()
    tables = tuple(replace(table, kind=plan.kinds[table.kind.id]) for table in tables)
    return Work(text, DataSet(file, head, tables, plan), asked, folder), most


def prepare_worker(parcel: bytes) -> None:
    """Unpack what every part needs, before there is a part."""
    unpack(parcel)
    gc.freeze()  # what is there by now stays: after a part it need not be looked at


def judge_in_worker(parcel: bytes, number: int, roots: Roots) -> Piece:
    """Judge one part in another process."""
    work, most = unpack(parcel)
    with use_limits(most):
        return work.judge(number, roots)


def list_code() -> list[Path]:
    """List every file, code or data, of the packages that reading and judging use: `engine` and the layers below it."""
    files = (file for name in ("base", "rules", "facts", "engine") for file in (_PACKAGE / name).glob("**/*"))
    return sorted(file for file in files if file.is_file() and not {"__pycache__", "samples"} & set(file.parts))


@cache
def _hash_code() -> bytes:
    """Return a digest of the judging code and of the version of Polars: parts of one run are judged by the same."""
    digest = sha256(version("polars").encode())
    for file in list_code():
        digest.update(file.relative_to(_PACKAGE).as_posix().encode() + b"\0" + sha256(file.read_bytes()).digest())
    return digest.digest()


@cache
def _say_types(asked: Asked) -> str:
    """Return what a Parquet file of findings says of its types: texts, though they are written from Enum, which is quicker."""
    pl.DataFrame(schema=asked.schema).write_parquet(made := BytesIO())
    return pl.read_parquet_metadata(made.getvalue())[_TYPES]


def take_piece(found: Judged) -> Piece:
    """Return what is kept of a part once its findings are written."""
    return Piece(found.counts, found.reported, _first_of(found.problems))


def tell_problems(problems: Sequence[Problem]) -> pl.DataFrame:
    """Return problems as rows, with their places, in every language."""
    told = [(p.severity, p.code, str(p.location), *map(p.text, LANGS)) for p in problems]
    return pl.DataFrame(told, dict.fromkeys(("severity", "code", "location", *LANGS), pl.String()), orient="row")


def _place(folder: Path, name: str, number: int) -> Path:
    return folder / name / f"part-{number:05}.parquet"


def _first_of(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return the first problems, errors before warnings, and how many more there are."""
    ordered = sorted(problems, key=lambda problem: problem.severity)
    more: dict[str, Problem] = {}
    for problem in ordered[_TOLD:]:
        count = count_problems([problem])
        kept = more.get(problem.severity)
        before = count_problems([kept]) if kept else 0
        details = {"found": before + count, "limit": "problems"}
        more[problem.severity] = replace(problem, code=MORE, details=details, location=Location(problem.location.file))
    return (*ordered[:_TOLD], *more.values())
