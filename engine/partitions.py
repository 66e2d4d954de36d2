"""Judges a data set partition by partition, on all processors or a cluster, into a folder of Parquet files.

FOLDER/findings, consequences, problems and counts have a file for each partition; that of the counts is written last, so that a
run which was ended is gone on with where it stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

import polars as pl
from dabiao.base.ending import saying
from dabiao.base.exits import EXIT_REFUSED
from dabiao.base.files import paths_among, refuse_missing
from dabiao.base.limits import limits
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.base.system import put_system_reason
from dabiao.base.writing import NoRoomError, refuse_output, write_file
from dabiao.engine.check import find_year
from dabiao.engine.frame import find_columns
from dabiao.engine.partition import COUNTS, Asked, total
from dabiao.engine.parts import FOLDERS, Engine, Piece, PlanText, Roots, Work, read_plan_text
from dabiao.engine.processes import Processes
from dabiao.engine.requests import CheckRequest
from dabiao.engine.results import Verdict, exit_code_of, find_counted
from dabiao.facts.datasets.head import is_data_set
from dabiao.facts.datasets.pieces import FILE
from dabiao.facts.datasets.read import HIDDEN, DataSet, open_data_set
from dabiao.facts.datasets.table import ROOT, YEAR
from dabiao.facts.subject_names import check_root_names
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan

FORMAT = "dabiao/partitions/1"
RUN = "run.json"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class PartitionsRequest(CheckRequest):
    """A check of a data set whose findings go into a folder. `resume`: what an earlier run has completed there is kept.

    `engine` is what judges the parts: as many processes as `jobs` says where none is given.
    """

    folder: Path
    jobs: int = 1
    engine: Engine | None = None
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
class Division:
    """How a data set is judged: the year, how many root subjects there are, and which of them are judged together."""

    year: int
    roots: int
    parts: tuple[Roots, ...]


def run_partitions(request: PartitionsRequest) -> PartitionsOutcome:
    """Judge a data set partition by partition. Whatever is refused is part of the outcome; only a full disk is raised."""
    nothing, plan = pl.DataFrame(schema=COUNTS), None
    try:
        columns = find_columns(request.columns)
        plan = request.load_plan()
        made_in = request.folder.absolute().parent if request.engine and request.engine.shared else None
        with open_data_set(_find_head(request), Vocabulary(plan), made_in) as data:
            return _run(request, data, columns)
    except NoRoomError:
        raise
    except Refused as refused:
        return PartitionsOutcome(request=request, plan=plan, counts=nothing, problems=refused.problems)


def _find_head(request: PartitionsRequest) -> Path:
    given = request.sheets
    if len(given) == 1 and isinstance(given[0], Path) and is_data_set(given[0]) and not request.since:
        return given[0]
    refuse_missing(paths_among(*given))
    found = ", ".join(map(str, given))
    raise Refused([Problem("partitions.one-data-set", Location("--output"), {"found": found})])


def _run(request: PartitionsRequest, data: DataSet, columns: tuple[str, ...]) -> PartitionsOutcome:
    division = divide(data.plan, _count_rows(data), request.year, Location(str(data.file)))
    asked = Asked(division.year, request.as_of, request.select, columns)
    needed = asked.find_needed(data.plan)
    text = read_plan_text(request)
    make_folder(request.folder, _describe(request, data, text, division), resume=request.resume)
    work = Work(text, data if needed is None else data.narrowed(needed), asked, request.folder)
    return add_up(request, data.plan, division, _judge_all(work, division.parts, request))


def divide(plan: Plan, rows: pl.DataFrame, year: int | None, place: Location) -> Division:
    """Divide a data set by how many `rows` each root subject has in each year, and in which file (a number) of which `kind`.

    Raises `Refused` where that cannot be done: names that look alike, a year without rows, a root subject with too many.
    """
    named = rows.filter(pl.col(ROOT).is_not_null())
    check_names = Problems()
    check_root_names(((root, place) for root in named[ROOT].unique(maintain_order=True)), check_names)
    check_names.refuse()
    year = find_year(plan, sorted(named[YEAR].drop_nulls().unique().to_list()), year)
    sizes = named.group_by(ROOT).agg(pl.col("rows").sum()).sort(ROOT)
    parts = make_partitions(list(sizes.iter_rows()), place)
    if len(parts) > 1:
        _refuse_waivers(plan, year)
    return Division(year, sizes.height, tuple(_with_files(parts, rows)))


def _with_files(parts: Sequence[Sequence[str]], rows: pl.DataFrame) -> Iterator[Roots]:
    """Return the parts with the files of their rows; those of rows that belong to nobody go with the first."""
    numbers = {root: number for number, names in enumerate(parts) for root in names}
    part = pl.col(ROOT).replace_strict(numbers, default=0, return_dtype=pl.Int64).alias("part")
    placed = rows.select(part, "kind", FILE).unique().sort("part", "kind", FILE).group_by("part", "kind").agg(FILE)
    files: dict[int, dict[str, tuple[int, ...]]] = {}
    for number, kind, found in placed.iter_rows():
        files.setdefault(number, {})[kind] = tuple(found)
    return (Roots(tuple(names), files[number]) for number, names in enumerate(parts))


def add_up(request: PartitionsRequest, plan: Plan, division: Division, pieces: Iterable[Piece]) -> PartitionsOutcome:
    """Return what all parts of a run came to together."""
    problems = Problems()
    counts, reported = [pl.DataFrame(schema=COUNTS)], 0
    for piece in pieces:
        problems.extend(piece.problems)
        counts.append(piece.counts)
        reported += piece.reported
    together = pl.concat(counts).group_by("commitment", "tier", "restates", "verdict", maintain_order=True).sum()
    return PartitionsOutcome(
        request=request, plan=plan, year=division.year, roots=division.roots, partitions=len(division.parts),
        counts=together, reported=reported, problems=problems.found,
    )  # fmt: skip


def _count_rows(data: DataSet) -> pl.DataFrame:
    """Return how many rows each root subject has in each year, by the kind and the number of the file."""
    counted = data.collect(
        {
            kind: lazy.group_by(ROOT, YEAR, FILE).agg(pl.len().alias("rows")).with_columns(pl.lit(kind).alias("kind"))
            for kind, lazy in data.scan().items()
        }
    )
    return pl.concat(counted.values())


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
    return _fill(sizes, most, -(-sum(rows for _, rows in sizes) // max(1, len(_fill(sizes, most, most)))))


def _fill(sizes: Sequence[tuple[str, int]], most: int, enough: int) -> list[list[str]]:
    """Put root subjects into partitions, as many as there is room for, and no more into one that has enough rows."""
    partitions: list[list[str]] = []
    held = most
    for root, rows in sizes:
        if held + rows > most or held >= enough:
            partitions.append([])
            held = 0
        partitions[-1].append(root)
        held += rows
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


def make_folder(folder: Path, about: Mapping[str, object], *, resume: bool = False) -> None:
    """Make the folder of a run with what the run is about, or look whether what is in it is of the same run.

    Raises `Refused` where it is not, or cannot be written.
    """
    said = json.dumps(about, ensure_ascii=False, indent=1) + "\n"
    try:
        before = folder / RUN
        if folder.exists() and any(folder.iterdir()) and not (resume and before.is_file()):
            code = "partitions.begun" if before.is_file() else "partitions.folder"
            raise Refused([Problem(code, Location(str(folder)), {"found": RUN})])
        if before.is_file() and before.read_text(encoding="utf-8") != said:
            raise Refused([Problem("partitions.other-run", Location(str(before)))])
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refuse_output(str(folder), error) from None
    write_file(folder / RUN, lambda stream: stream.writelines([said]))


def _describe(request: PartitionsRequest, data: DataSet, text: PlanText, division: Division) -> dict[str, object]:
    """Return what a run depends on: two runs of one description write the same."""
    try:
        inputs = sorted({os.path.realpath(path) for path in request.inputs()})
        files = [(path, about.st_size, about.st_mtime_ns) for path in inputs if (about := Path(path).stat())]
    except OSError as error:
        raise Refused([Problem("unreadable", Location(str(data.file)), {"reason": put_system_reason(error)})]) from None
    asked = {**request.values(), "columns": request.columns, "year": division.year, "fail_on": None}
    digest = sha256(
        json.dumps([files, asked, [part.names for part in division.parts]], default=str).encode()
    ).hexdigest()
    return {**describe(data.plan, text, division), "inputs": digest}


def describe(plan: Plan, text: PlanText, division: Division) -> dict[str, object]:
    """Return what any run depends on."""
    found = {"format": FORMAT, "plan": plan.id, "text": text.digest, "year": division.year}
    return {**found, "partitions": len(division.parts)}


def _judge_all(work: Work, partitions: Sequence[Roots], request: PartitionsRequest) -> Iterator[Piece]:
    """Judge every partition that is not complete yet, and return what came of each, in order."""
    done = {number: found for number in range(len(partitions)) if (found := work.read_done(number))}
    left = [number for number in range(len(partitions)) if number not in done]
    kept = len(done)

    def tell(further: int) -> None:
        if request.progress:
            request.progress(kept + further, len(partitions))

    tell(0)
    if left:
        with saying("partitions.ended"):
            done.update((request.engine or Processes(request.jobs)).judge(work, partitions, left, tell))
    remove_unfinished(work.folder)
    return (done[number] for number in range(len(partitions)))


def remove_unfinished(folder: Path) -> None:
    """Remove what processes that died have left half written."""
    for name in FOLDERS:
        for file in (folder / name).glob(".part-*"):
            with suppress(OSError):
                file.unlink()
    for sorted_rows in folder.glob(f"{HIDDEN}*"):
        rmtree(sorted_rows, ignore_errors=True)
