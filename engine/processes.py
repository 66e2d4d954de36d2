"""Judges the parts of a data set in processes of this machine."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
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
_AHEAD = 2  # parts given to a process before it is done with the first


@dataclass(frozen=True)
class Processes:
    """Some processes of this machine; one is this process itself."""

    jobs: int
    shared = False

    def judge(
        self, work: Work, parts: Sequence[Roots], left: Sequence[int], told: Callable[[int], None]
    ) -> Iterator[tuple[int, Piece]]:
        """Judge parts, in as many processes as there are jobs, this one among them."""
        done = 0
        jobs = min(self.jobs, len(left), worker.MOST_PROCESSES)
        with ExitStack() as stack:
            pool = stack.enter_context(_started(work, jobs - 1)) if jobs > 1 else None
            ready = stack.enter_context(sort_parts(work, parts, left))
            gc.freeze()  # what is there by now stays: after a part it need not be looked at
            stack.callback(gc.unfreeze)
            for number, piece in pool.judge(work, ready, left) if pool else _judge_here(work, ready, left):
                done += 1
                told(done)
                yield number, piece


def _judge_here(work: Work, parts: Sequence[Roots], left: Sequence[int]) -> Iterator[tuple[int, Piece]]:
    return ((number, work.judge(number, parts[number])) for number in left)


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


class _Pool:
    """Processes that judge parts beside this one."""

    def __init__(self, parcel: bytes, pool: ProcessPoolExecutor, processes: int) -> None:
        self._parcel, self._pool, self._processes = parcel, pool, processes

    def judge(self, work: Work, parts: Sequence[Roots], left: Sequence[int]) -> Iterator[tuple[int, Piece]]:
        """Judge parts there and here; what a process that died had to do is judged here."""
        waiting, away, alive = list(reversed(left)), dict[Future[Piece], int](), True
        while waiting or away:
            alive = alive and self._give(parts, waiting, away)
            if waiting:
                yield from _judge_here(work, parts, [waiting.pop()])
            try:
                for future in wait(away, 0 if waiting else None, FIRST_COMPLETED).done:
                    piece = future.result()
                    yield away.pop(future), piece
            except (BrokenProcessPool, OSError):  # killed, or out of memory
                alive = False
            if not alive:
                waiting += away.values()
                away.clear()

    def _give(self, parts: Sequence[Roots], waiting: list[int], away: dict[Future[Piece], int]) -> bool:
        """Give parts away; returns whether that can be done."""
        try:
            while waiting and len(away) < _AHEAD * self._processes:
                number = waiting[-1]
                with worker.starting():
                    away[self._pool.submit(judge_in_worker, self._parcel, number, parts[number])] = number
                waiting.pop()
        except (BrokenProcessPool, OSError):
            return False
        return True


@contextmanager
def _started(work: Work, processes: int) -> Iterator[_Pool]:
    """Start processes, which import and unpack what they need while this one goes on."""
    parcel = work.pack()
    threads = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = threads or str(max(1, count_processors() // (processes + 1)))
    pool = worker.make_pool(processes)
    try:
        with suppress(BrokenProcessPool, OSError), worker.starting():
            for _ in range(processes):
                pool.submit(prepare_worker, parcel)
        yield _Pool(parcel, pool, processes)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if threads is None:
            del os.environ["POLARS_MAX_THREADS"]
