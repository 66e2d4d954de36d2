"""Judges the parts of a data set in processes of this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from dabiao.engine.parts import Piece, Roots, Work, judge_in_worker
from dabiao.facts.parallel import worker
from dabiao.facts.parallel.reading import count_processors

_AHEAD = 2  # parts given to a process before it is done with the first


@dataclass(frozen=True)
class Processes:
    """Some processes of this machine; one is this process itself."""

    jobs: int
    shared = False

    def judge(
        self, work: Work, parts: Sequence[Roots], left: Sequence[int], told: Callable[[int], None]
    ) -> Iterator[tuple[int, Piece]]:
        """Judge parts; what a process that died had to do is judged here, one after the other."""
        done: set[int] = set()
        jobs = min(self.jobs, len(left), worker.MOST_PROCESSES)
        for number, piece in _in_processes(work, parts, left, jobs) if jobs > 1 else ():
            done.add(number)
            told(len(done))
            yield number, piece
        for number in (number for number in left if number not in done):
            piece = work.judge(number, parts[number])
            done.add(number)
            told(len(done))
            yield number, piece


def _in_processes(work: Work, parts: Sequence[Roots], left: Sequence[int], jobs: int) -> Iterator[tuple[int, Piece]]:
    """Judge parts in processes of their own; what a process that died had to do is left out."""
    parcel = work.pack()
    threads = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = threads or str(max(1, count_processors() // jobs))
    waiting, away = list(reversed(left)), dict[Future[Piece], int]()
    pool = worker.make_pool(jobs)
    try:
        while waiting or away:
            while waiting and len(away) < _AHEAD * jobs:
                number = waiting.pop()
                with worker.starting():
                    away[pool.submit(judge_in_worker, parcel, number, parts[number])] = number
            for future in wait(away, return_when=FIRST_COMPLETED).done:
                yield away.pop(future), future.result()
    except (BrokenProcessPool, OSError):  # killed, or out of memory
        return
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if threads is None:
            del os.environ["POLARS_MAX_THREADS"]
