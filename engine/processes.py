"""Judges the parts of a data set in processes of this machine."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from dabiao.base.ending import undoing
from dabiao.engine.parts import Piece, Roots, Work, judge_in_worker, prepare_worker
from dabiao.facts.datasets.read import make_hidden_folder
from dabiao.facts.datasets.sorting import sort_rows
from dabiao.facts.parallel import worker
from dabiao.facts.parallel.reading import count_processors

_OFTEN = 2  # times that each file may be looked through


@dataclass(frozen=True)
class Processes:
    """Some processes of this machine; one is this process itself."""

    jobs: int
    shared = False

    def judge(
        self, work: Work, parts: Sequence[Roots], left: Sequence[int], told: Callable[[int], None]
    ) -> Iterator[tuple[int, Piece]]:
        """Judge parts, in as many processes as there are jobs, this one among them."""
        jobs = min(self.jobs, len(left), worker.MOST_PROCESSES)
        with ExitStack() as stack:
            parcel = work.pack() if jobs > 1 else b""
            pool = stack.enter_context(_started(parcel, jobs - 1)) if jobs > 1 else None
            ready = stack.enter_context(sort_parts(work, parts, left))
            gc.freeze()  # what is there by now stays: after a part it need not be looked at
            stack.callback(gc.unfreeze)

            def judge_here(number: int) -> Piece:
                return work.judge(number, ready[number])

            def submit(number: int) -> Future[Piece]:
                assert pool is not None
                return pool.submit(judge_in_worker, parcel, number, ready[number])

            for done, judged in enumerate(worker.share(left, jobs - 1, submit, judge_here), 1):
                told(done)
                yield judged


@contextmanager
def sort_parts(work: Work, parts: Sequence[Roots], left: Sequence[int]) -> Iterator[Sequence[Roots]]:
    """Give the parts with their rows sorted into files of their own, of the kinds whose files several parts would look through.

    The files are in a folder beside the findings, which is gone behind the `with` block.
    """
    numbers = {name: number for number in left for name in parts[number].names}
    kinds = [
        table.kind.id for table in work.data.tables if _is_shared(table.kind.id, [parts[number] for number in left])
    ]
    if not kinds:
        yield parts
        return
    made = make_hidden_folder(work.folder.absolute())
    with undoing(made.cleanup), made:
        runs = {kind: sort_rows(work.data, kind, numbers, Path(made.name)) for kind in kinds}
        yield [
            replace(roots, runs={kind: found.get(number, ()) for kind, found in runs.items()})
            for number, roots in enumerate(parts)
        ]


def _is_shared(kind: str, parts: Sequence[Roots]) -> bool:
    """Whether the files of a kind would be looked through several times each."""
    files = [file for roots in parts for file in roots.files.get(kind, ())]
    return len(files) > _OFTEN * len(set(files))


@contextmanager
def _started(parcel: bytes, processes: int) -> Iterator[ProcessPoolExecutor]:
    """Start processes, which import and unpack what they need while this one goes on."""
    threads = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = threads or str(max(1, count_processors() // (processes + 1)))
    pool = worker.make_pool(processes)
    try:
        with suppress(BrokenProcessPool, OSError), worker.starting():
            for _ in range(processes):
                pool.submit(prepare_worker, parcel)
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if threads is None:
            del os.environ["POLARS_MAX_THREADS"]
