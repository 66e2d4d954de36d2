"""Judges the parts of a data set on Spark: their numbers are distributed, and what each came to returns as one row."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, NoReturn

from dabiao.base.problems import Location, Problem, Refused
from dabiao.engine.parts import Piece, Roots, Work, judge_in_worker
from dabiao.spark.session import open_session, quiet

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, Row, SparkSession

LOG = "spark.log"
SUMMARY = "part int, findings bigint, problems int, piece binary"
_PULSE = 0.5  # seconds between two looks at how much is done


@dataclass(frozen=True)
class Spark:
    """Spark at an address, as its own `--master` takes it, or a session that is there."""

    at: str | SparkSession
    shared = True

    def judge(
        self, work: Work, parts: Sequence[Roots], left: Sequence[int], told: Callable[[int], None]
    ) -> Iterator[tuple[int, Piece]]:
        """Judge parts, a task each. Raises `Refused` where Spark gives up: what is complete stays, and can be gone on with."""
        parcel = work.pack()
        roots = [(number, parts[number]) for number in left]
        with self._session(work.folder / LOG) as spark:
            numbers = spark.range(0, len(left), 1, len(left))  # one in each task
            judged = numbers.mapInArrow(partial(judge_numbers, parcel, roots), SUMMARY)
            yield from collect(spark, judged, work, len(left), told)

    def _session(self, log: Path) -> AbstractContextManager[SparkSession]:
        return open_session(self.at, log) if isinstance(self.at, str) else nullcontext(self.at)


def judge_numbers(
    parcel: bytes, roots: Sequence[tuple[int, Roots]], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Judge, in a worker of Spark, the parts of the numbers that come, and return a row of summary for each."""
    for batch in batches:
        for at in batch.column(0).to_pylist():
            number, own = roots[at]
            yield summarise(number, partial(judge_in_worker, parcel, number, own))


def summarise(number: int, judge: Callable[[], Piece]) -> pa.RecordBatch:
    """Return the row of what a part came to; what is refused is in it, and is not tried again."""
    import pyarrow as pa

    names = {"part": pa.int32(), "findings": pa.int64(), "problems": pa.int32(), "piece": pa.binary()}
    try:
        piece: Piece | Refused = judge()
    except Refused as refused:
        piece = refused
    findings = 0 if isinstance(piece, Refused) else piece.counts["findings"].sum()
    row = {"part": number, "findings": findings, "problems": len(piece.problems), "piece": pickle.dumps(piece, 5)}
    return pa.RecordBatch.from_pylist([row], schema=pa.schema(list(names.items())))


def collect(
    spark: SparkSession, judged: DataFrame, work: Work, many: int, told: Callable[[int], None] = lambda done: None
) -> Iterator[tuple[int, Piece]]:
    """Run a job whose rows are summaries, and return what came of each part. `told` is called as tasks are done."""
    for row in _run(spark, judged, work, many, told):
        piece = pickle.loads(row["piece"])
        if isinstance(piece, Refused):
            raise piece
        yield row["part"], piece


def _run(spark: SparkSession, judged: DataFrame, work: Work, many: int, told: Callable[[int], None]) -> Sequence[Row]:
    """Wait for the rows of a job here, where Ctrl-C is heard, while it runs in a thread of its own."""
    answers: Queue[Sequence[Row] | Exception] = Queue()

    def run() -> None:
        try:
            answers.put(judged.collect())
        except Exception as error:
            answers.put(error)

    with quiet():
        Thread(target=run, daemon=True).start()
        while True:
            try:
                found = answers.get(timeout=_PULSE)
                break
            except Empty:
                told(_count_done(spark, many))
    if isinstance(found, Exception):
        give_up(found, work.folder / LOG, "spark.gave-up", count=many)
    told(many)
    return found


def _count_done(spark: SparkSession, many: int) -> int:
    """Return how many tasks of the last stage are done; none where Spark does not say (Spark Connect)."""
    with suppress(Exception):
        tracker = spark.sparkContext.statusTracker()
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        return max((stage.numCompletedTasks for stage in stages if stage and stage.numTasks == many), default=0)
    return 0


def give_up(error: Exception, log: Path, code: str, **details: object) -> NoReturn:
    """Raise `Refused` with what is told where Spark gave up; its own words are added to a file."""
    with suppress(OSError), log.open("a", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(f"{error}\n")
    if "No module named 'dabiao" in str(error):
        code, details = "spark.no-dabiao", {}
    told = Problem(code, Location("Spark"), {**details, "log": str(log)})
    raise Refused([told]) from (error if os.environ.get("DABIAO_DEBUG") else None)
