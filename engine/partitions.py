"""Judges a data set partition by partition, on all processors, into a folder of Parquet files.

FOLDER/findings, consequences, problems and counts have a file for each partition; that of the counts is written last, so that a
run which was ended is gone on with where it stopped.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import IO

import polars as pl
from dabiao.base.exits import EXIT_REFUSED
from dabiao.base.limits import Limits, limits, use_limits
from dabiao.base.messages import LANGS
from dabiao.base.problems import MORE, Location, Problem, Problems, Refused, count_problems
from dabiao.base.system import put_system_reason
from dabiao.base.writing import NoRoomError, refuse_output, write_bytes, write_file
from dabiao.engine.check import find_year
from dabiao.engine.partition import COUNTS, Asked, Judged, judge_partition, total
from dabiao.engine.requests import CheckRequest
from dabiao.engine.results import Verdict, exit_code_of, find_counted
from dabiao.facts.datasets.head import is_data_set
from dabiao.facts.datasets.read import DataSet, open_data_set
from dabiao.facts.datasets.table import ROOT, YEAR
from dabiao.facts.parallel import worker
from dabiao.facts.parallel.reading import count_processors
from dabiao.facts.subject_names import check_root_names
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan

FORMAT = "dabiao/partitions/1"
RUN = "run.json"
_TOLD = 100  # problems of one partition that are told
_AHEAD = 2  # partitions given to a process before it is done with the first
_REPORTED = "reported"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class PartitionsRequest(CheckRequest):
    """A check of a data set whose findings go into a folder. `resume`: what an earlier run has completed there is kept."""

    folder: Path
    jobs: int = 1
    resume: bool = False
    progress: Progress | None = None


@dataclass(frozen=True, kw_only=True)
class PartitionsOutcome:
    """What all partitions came to: how many findings have each verdict, and the problems; the rest is in the folder."""

    request: PartitionsRequest
    plan: Plan | None
    year: int | None = None
    roots: int = 0
    partitions: int = 0
    counts: pl.DataFrame
    reported: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether rows of any partition must not be used."""
        return any(problem.severity == "error" for problem in self.problems)

    def verdicts(self) -> dict[Verdict, int]:
        """Return how many findings that count have each verdict."""
        return total(self.counts)

    @property
    def exit_code(self) -> int:
        """The exit code of the whole check."""
        counts = total(self.counts, find_counted(self.request.fail_on))
        return EXIT_REFUSED if self.refused else exit_code_of(counts, self.reported, self.request.fail_on)


@dataclass(frozen=True)
class _Piece:
    """What came of one partition, without its findings."""

    counts: pl.DataFrame
    reported: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Work:
    """What every partition of a run needs; sent to each process once a partition."""

    data: DataSet
    asked: Asked
    folder: Path

    def judge(self, number: int, roots: Sequence[str], loose: bool) -> _Piece:
        """Read, judge and write one partition; rows that belong to nobody are looked at with one of them."""
        wanted = pl.col(ROOT).is_in(list(roots))
        if loose:
            wanted = wanted | pl.col(ROOT).is_null()
        frames = {kind: lazy.filter(wanted).collect(engine="streaming") for kind, lazy in self.data.scan().items()}
        found = judge_partition(self.data, frames, self.asked)
        self._write(number, found)
        gc.collect()  # of a partition nothing is kept but what is returned
        return _Piece(found.counts, found.reported, _first_of(found.problems))

    def _write(self, number: int, found: Judged) -> None:
        told = [(p.severity, p.code, str(p.location), *map(p.text, LANGS)) for p in found.problems]
        schema = dict.fromkeys(("severity", "code", "location", *LANGS), pl.String())
        self._put("problems", number, pl.DataFrame(told, schema=schema, orient="row"))
        if not found.refused:
            self._put("findings", number, found.findings)
            self._put("consequences", number, found.followed)
            self._put("counts", number, found.counts, {_REPORTED: str(found.reported)})

    def _put(self, name: str, number: int, frame: pl.DataFrame, told: dict[str, str] | None = None) -> None:
        def write(stream: IO[bytes]) -> None:
            frame.write_parquet(stream, metadata=told)

        write_bytes(_place(self.folder, name, number), write)


def run_partitions(request: PartitionsRequest) -> PartitionsOutcome:
    """Judge a data set partition by partition. Whatever is refused is part of the outcome; only a full disk is raised."""
    nothing, plan = pl.DataFrame(schema=COUNTS), None
    try:
        plan = request.load_plan()
        with open_data_set(_find_head(request), Vocabulary(plan)) as data:
            return _run(request, data)
    except NoRoomError:
        raise
    except Refused as refused:
        return PartitionsOutcome(request=request, plan=plan, counts=nothing, problems=refused.problems)


def _find_head(request: PartitionsRequest) -> Path:
    given = request.sheets
    if len(given) == 1 and isinstance(given[0], Path) and is_data_set(given[0]) and not request.since:
        return given[0]
    found = ", ".join(map(str, given))
    raise Refused([Problem("partitions.one-data-set", Location("--output"), {"found": found})])


def _run(request: PartitionsRequest, data: DataSet) -> PartitionsOutcome:
    place = Location(str(data.file))
    rows = _count_rows(data)
    named = rows.filter(pl.col(ROOT).is_not_null())
    check_names = Problems()
    check_root_names(((root, place) for root in named[ROOT].unique(maintain_order=True)), check_names)
    check_names.refuse()
    year = find_year(data.plan, sorted(named[YEAR].drop_nulls().unique().to_list()), request.year)
    sizes = named.group_by(ROOT).agg(pl.col("rows").sum()).sort(ROOT)
    partitions = make_partitions(list(sizes.iter_rows()), place)
    if len(partitions) > 1:
        _refuse_waivers(data.plan, year)
    _prepare(request, data, partitions, year)
    work = _Work(data, Asked(year, request.as_of, request.select), request.folder)
    problems = Problems()
    counts, reported = [pl.DataFrame(schema=COUNTS)], 0
    for piece in _judge_all(work, partitions, request):
        problems.extend(piece.problems)
        counts.append(piece.counts)
        reported += piece.reported
    together = pl.concat(counts).group_by("commitment", "tier", "restates", "verdict", maintain_order=True).sum()
    return PartitionsOutcome(
        request=request, plan=data.plan, year=year, roots=sizes.height, partitions=len(partitions), counts=together,
        reported=reported, problems=problems.found,
    )  # fmt: skip


def _count_rows(data: DataSet) -> pl.DataFrame:
    """Return how many rows each root subject has in each year, in all tables."""
    counted = [lazy.group_by(ROOT, YEAR).agg(pl.len().alias("rows")) for lazy in data.scan().values()]
    return pl.concat([lazy.collect(engine="streaming") for lazy in counted])


def make_partitions(sizes: Sequence[tuple[str, int]], place: Location) -> list[list[str]]:
    """Divide root subjects, each with the number of its rows, so that no partition has more rows than are judged together.

    Raises `Refused` with the name of every root subject that has more by itself.
    """
    most = limits().partition
    if large := [(root, rows) for root, rows in sizes if rows > most]:
        raise Refused(
            Problem("partitions.large-root", place, {"found": root, "rows": rows, "most": most, "limit": "partition"})
            for root, rows in large
        )
    partitions: list[list[str]] = []
    left = 0
    for root, rows in sizes:
        if rows > left:
            partitions.append([])
            left = most
        partitions[-1].append(root)
        left -= rows
    return partitions


def _refuse_waivers(plan: Plan, year: int) -> None:
    """Raise `Refused` for waivers that may mean subjects of several partitions."""
    loose = [
        waiver for waiver in plan.waivers
        if waiver.year == year and waiver.in_ is None and waiver.commitment in plan.commitments
        and plan.commitments[waiver.commitment].kind != plan.root.id
    ]  # fmt: skip
    if loose:
        raise Refused(Problem("partitions.waiver", one.location, {"found": one.subject}) for one in loose)


def _prepare(request: PartitionsRequest, data: DataSet, partitions: Sequence[Sequence[str]], year: int) -> None:
    """Make the folder, or look whether what is in it is of the same run."""
    folder = request.folder
    said = json.dumps(_describe(request, data, partitions, year), ensure_ascii=False, indent=1) + "\n"
    try:
        before = folder / RUN
        if folder.exists() and any(folder.iterdir()) and not (request.resume and before.is_file()):
            raise Refused([Problem("partitions.folder", Location(str(folder)), {"found": RUN})])
        if before.is_file() and before.read_text(encoding="utf-8") != said:
            raise Refused([Problem("partitions.other-run", Location(str(before)))])
        for name in ("findings", "consequences", "problems", "counts"):
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refuse_output(str(folder), error) from None
    write_file(folder / RUN, lambda stream: stream.writelines([said]))


def _describe(
    request: PartitionsRequest, data: DataSet, partitions: Sequence[Sequence[str]], year: int
) -> dict[str, object]:
    """Return what a run depends on: two runs of one description write the same."""
    try:
        inputs = sorted({os.path.realpath(path) for path in request.inputs()})
        files = [(path, about.st_size, about.st_mtime_ns) for path in inputs if (about := Path(path).stat())]
    except OSError as error:
        raise Refused([Problem("unreadable", Location(str(data.file)), {"reason": put_system_reason(error)})]) from None
    asked = {**request.values(), "year": year, "fail_on": None}
    digest = sha256(json.dumps([files, asked, [*map(list, partitions)]], default=str).encode()).hexdigest()
    return {"format": FORMAT, "plan": data.plan.id, "year": year, "partitions": len(partitions), "inputs": digest}


def _place(folder: Path, name: str, number: int) -> Path:
    return folder / name / f"part-{number:05}.parquet"


def _read_done(folder: Path, number: int) -> _Piece | None:
    """Return what an earlier run has completed; its warnings stand in the folder."""
    place = _place(folder, "counts", number)
    if not place.is_file():
        return None
    try:
        counts = pl.read_parquet(place)
        return _Piece(counts.select(*COUNTS), int(pl.read_parquet_metadata(place)[_REPORTED]), ())
    except (pl.exceptions.PolarsError, OSError, KeyError, ValueError):
        return None


def _judge_all(work: _Work, partitions: Sequence[Sequence[str]], request: PartitionsRequest) -> Iterator[_Piece]:
    """Judge every partition that is not complete yet, and return what came of each, in order."""
    done = {number: found for number in range(len(partitions)) if (found := _read_done(work.folder, number))}
    left = [number for number in range(len(partitions)) if number not in done]
    jobs = min(request.jobs, len(left), worker.MOST_PROCESSES)
    calls = {number: partial(work.judge, number, partitions[number], number == 0) for number in left}

    def tell() -> None:
        if request.progress:
            request.progress(len(done), len(partitions))

    tell()
    if jobs > 1:
        for number, piece in _in_processes(work, partitions, left, jobs):
            done[number] = piece
            tell()
    for number in (number for number in left if number not in done):
        done[number] = calls[number]()
        tell()
    return (done[number] for number in range(len(partitions)))


def _in_processes(
    work: _Work, partitions: Sequence[Sequence[str]], left: Sequence[int], jobs: int
) -> Iterator[tuple[int, _Piece]]:
    """Judge partitions in processes of their own; what a process that died had to do is left out."""
    parcel = pickle.dumps((work, limits()), protocol=5)
    threads = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = threads or str(max(1, count_processors() // jobs))
    waiting, away = list(reversed(left)), dict[Future[bytes], int]()
    pool = worker.make_pool(jobs)
    try:
        while waiting or away:
            while waiting and len(away) < _AHEAD * jobs:
                number = waiting.pop()
                with worker.starting():
                    away[pool.submit(judge_in_worker, parcel, number, list(partitions[number]), number == 0)] = number
            for future in wait(away, return_when=FIRST_COMPLETED).done:
                yield away.pop(future), pickle.loads(future.result())
    except (BrokenProcessPool, OSError):  # killed, or out of memory: the rest is judged here, one after the other
        return
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if threads is None:
            del os.environ["POLARS_MAX_THREADS"]


@lru_cache(maxsize=1)
def _unpack(parcel: bytes) -> tuple[_Work, Limits]:
    """Unpack what every partition needs; cached, because each comes with it."""
    work, most = pickle.loads(parcel)
    return work, most


def judge_in_worker(parcel: bytes, number: int, roots: list[str], loose: bool) -> bytes:
    """Judge one partition in another process."""
    work, most = _unpack(parcel)
    with use_limits(most):
        return pickle.dumps(work.judge(number, roots, loose), protocol=5)


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
