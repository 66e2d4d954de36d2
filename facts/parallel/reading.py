"""Reads many sheets, in this and other processes. Keeps their order and problems."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dabiao.base.problems import Problems
from dabiao.facts.formats.csv_folder import Source
from dabiao.facts.read_one import ReadSheet, read_with_problems

if TYPE_CHECKING:
    from concurrent.futures import Future

    from dabiao.facts.model import Sheet
    from dabiao.facts.vocabulary import Vocabulary

Progress = Callable[[int, int], None]
"""Called repeatedly with the number of sheets read so far and the number of all sheets."""

_CHUNK = 16  # sheets that a process reads at a time
_SHARES = 4  # chunks for each process, if there are as many sheets: a few large ones are shared, too
_WORTH_PROCESSES = 8_000_000  # bytes of sheets; two processors of one core are hardly faster than one


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options for reading many sheets: the most processes, and a progress callback.

    The default is one process: a library should not start others unasked.
    """

    processes: int = 1
    progress: Progress | None = None


_IN_FORCE: ContextVar[ReadOptions] = ContextVar("reading", default=ReadOptions())  # noqa: B039 - it is frozen


@contextmanager
def use_read_options(options: ReadOptions) -> Iterator[None]:
    """Put options in force within a `with` block."""
    token = _IN_FORCE.set(options)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


def read_many(sources: Sequence[Source], vocabulary: Vocabulary, problems: Problems) -> list[Sheet | None]:
    """Read sheets as `read_one` does each, in order. Notes their problems in the order of the sheets."""
    sheets: list[Sheet | None] = []
    for sheet, found in _SheetReader(sources, vocabulary, _IN_FORCE.get()).read():
        sheets.append(sheet)
        problems.extend(found)
    return sheets


class _SheetReader:
    """One reading of many sheets."""

    def __init__(self, sources: Sequence[Source], vocabulary: Vocabulary, options: ReadOptions) -> None:
        self._sources, self._vocabulary, self._options = sources, vocabulary, options
        self._done: dict[int, ReadSheet] = {}

    def read(self) -> list[ReadSheet]:
        """Return each sheet with its problems, in order."""
        everything = range(len(self._sources))
        self._tell_progress(0)
        chunks = self._make_chunks()
        others = min(self._options.processes - 1, len(chunks) // 2)
        if others > 0 and self._sum_bytes() >= _WORTH_PROCESSES:
            self._read_in_processes(chunks, others)
        self._read_here(position for position in everything if position not in self._done)
        self._tell_progress(len(everything))
        return [self._done[position] for position in everything]

    def _make_chunks(self) -> list[list[int]]:
        """Share out the sheets on disk; uploads are read here."""
        paths = [position for position, source in enumerate(self._sources) if isinstance(source, Path)]
        size = min(_CHUNK, max(1, len(paths) // (_SHARES * self._options.processes)))
        return [paths[start : start + size] for start in range(0, len(paths), size)]

    def _sum_bytes(self) -> int:
        """Return how large the sheets on disk are; a byte of a workbook takes about as long as one of YAML."""
        total = 0
        for source in self._sources:
            if isinstance(source, Path):
                with suppress(OSError, ValueError):
                    total += source.stat().st_size
        return total

    def _tell_progress(self, done: int) -> None:
        if self._options.progress:
            self._options.progress(done, len(self._sources))

    def _note(self, position: int, found: ReadSheet) -> None:
        self._done[position] = found
        if len(self._done) % _CHUNK == 0:
            self._tell_progress(len(self._done))

    def _read_here(self, positions: Iterable[int]) -> None:
        for position in positions:
            self._note(position, read_with_problems(self._sources[position], self._vocabulary))

    def _read_in_processes(self, chunks: Sequence[Sequence[int]], others: int) -> None:
        """Read chunks in this process and in others. Sheets read in this one need not be pickled, sent and unpickled."""
        from dabiao.facts.parallel import worker

        others = min(others, worker.MOST_PROCESSES)
        pool = worker.make_pool(others)
        parcel = worker.pack_settings(self._vocabulary.plan)

        def submit(chunk: Sequence[int]) -> Future[list[ReadSheet]]:
            return pool.submit(worker.read_sheets, parcel, [str(self._sources[position]) for position in chunk])

        try:
            for chunk, read in worker.share(chunks, others, submit, self._read_here):
                if read is not None:  # in another process
                    for position, found in zip(chunk, read, strict=True):
                        self._note(position, found)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def count_processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
