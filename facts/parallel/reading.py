"""Reads many sheets: unchanged ones from the cache, the rest in this and other processes. Keeps their order and problems."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from dabiao.base.problems import Problem, Problems
from dabiao.facts.formats.csv_folder import Source
from dabiao.facts.read_one import read_one

if TYPE_CHECKING:
    from concurrent.futures import Future

    from dabiao.facts.model import Sheet
    from dabiao.facts.parallel.cache import Cache
    from dabiao.facts.vocabulary import Vocabulary

Progress = Callable[[int, int], None]
"""Called repeatedly with the number of sheets read so far and the number of all sheets."""

_Packed: TypeAlias = "list[tuple[bytes | None, bool]]"
"""Sheets of a chunk that were read in another process, each with whether it is to be kept."""
_SheetResult: TypeAlias = "tuple[Sheet | None, list[Problem]]"

_CHUNK = 16  # sheets that a process reads at a time
_SHARES = 4  # chunks for each process, if there are as many sheets: a few large ones are shared, too
_WORTH_CACHE = 16  # sheets from which the cache is asked
_WORTH_PROCESSES = 8_000_000  # bytes of sheets; two processors of one core are hardly faster than one


def _no_cache() -> Cache | None:
    return None


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options for reading many sheets: the most processes, a function that returns the cache, and a progress callback.

    The defaults are one process and no cache: a library should not start processes or write files unasked.
    """

    processes: int = 1
    cache: Callable[[], Cache | None] = _no_cache
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
    options = _IN_FORCE.get()
    few = len(sources) < 2 or options.processes < 2 or _sum_bytes(sources) < _WORTH_PROCESSES
    if len(sources) < _WORTH_CACHE and few:
        return [read_one(source, vocabulary, problems) for source in sources]
    sheets: list[Sheet | None] = []
    for sheet, found in _SheetReader(sources, vocabulary, options).read():
        sheets.append(sheet)
        problems.extend(found)
    return sheets


def _sum_bytes(sources: Sequence[Source]) -> int:
    """Return how large sheets are; a byte of a workbook takes about as long as one of YAML. Uploads are read here."""
    total = 0
    for source in sources:
        if isinstance(source, Path):
            with suppress(OSError, ValueError):
                total += source.stat().st_size
    return total


class _SheetReader:
    """One reading of many sheets."""

    def __init__(self, sources: Sequence[Source], vocabulary: Vocabulary, options: ReadOptions) -> None:
        self._sources, self._vocabulary, self._options = sources, vocabulary, options
        cache = options.cache()
        self._cache = cache.for_plan(vocabulary.plan) if cache else None
        self._volumes = self._cache.open() if self._cache else None
        self._keys: dict[int, str] = {}
        self._done: dict[int, _SheetResult] = {}

    def read(self) -> list[_SheetResult]:
        """Return each sheet with its problems, in order."""
        if self._options.progress:
            self._options.progress(0, len(self._sources))
        try:
            self._load()
            self._read_rest()
        finally:
            if self._volumes and self._volumes.close() and self._cache:
                self._cache.trim()
        if self._options.progress:
            self._options.progress(len(self._sources), len(self._sources))
        return [self._done[position] for position in range(len(self._sources))]

    def _load(self) -> None:
        """Take the sheets that were read before."""
        if self._cache and self._volumes:
            from dabiao.facts.parallel.cache import load_sheet

            for position, source in enumerate(self._sources):
                if key := self._cache.key(source):
                    self._keys[position] = key
                    if found := load_sheet(self._volumes, key, str(source)):
                        self._done[position] = found
                        self._report_progress()

    def _read_rest(self) -> None:
        """Read the other sheets, here and in other processes."""
        left = [position for position in range(len(self._sources)) if position not in self._done]
        uploads = [position for position in left if not isinstance(self._sources[position], Path)]
        self._read_here(uploads)
        left = [position for position in left if position not in self._done]
        size = min(_CHUNK, max(1, len(left) // (_SHARES * self._options.processes)))
        chunks = [left[start : start + size] for start in range(0, len(left), size)]
        others = min(self._options.processes - 1, len(chunks) // 2)
        if others > 0 and _sum_bytes([self._sources[position] for position in left]) >= _WORTH_PROCESSES:
            self._read_in_processes(chunks, others)
        else:
            for chunk in chunks:
                self._read_here(chunk)

    def _report_progress(self) -> None:
        if self._options.progress and len(self._done) % _CHUNK == 0:
            self._options.progress(len(self._done), len(self._sources))

    def _read_here(self, chunk: Sequence[int]) -> None:
        from dabiao.facts.parallel.cache import read_with_problems

        for position in chunk:
            source, key = self._sources[position], self._keys.get(position)
            self._done[position] = sheet, problems = read_with_problems(source, self._vocabulary)
            if key and self._cache and self._volumes and (data := self._cache.pack(key, sheet, problems, source)):
                self._volumes.add(key, data)
            self._report_progress()

    def _read_in_processes(self, chunks: Sequence[Sequence[int]], others: int) -> None:
        """Read chunks in this process and in others. Sheets read in this one need not be packed, sent and unpacked."""
        from dabiao.facts.parallel import worker

        others = min(others, worker.MOST_PROCESSES)
        pool = worker.make_pool(others)
        parcel = worker.pack_settings(self._vocabulary.plan, self._cache)

        def submit(chunk: Sequence[int]) -> Future[_Packed]:
            work = [(str(self._sources[position]), self._keys.get(position)) for position in chunk]
            return pool.submit(worker.read_sheets, parcel, work)

        try:
            for chunk, packed in worker.share(chunks, others, submit, self._read_here):
                if packed is not None:
                    self._unpack(chunk, packed)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _unpack(self, chunk: Sequence[int], packed: _Packed) -> None:
        from dabiao.facts.parallel.packed import unpack

        for position, (data, is_kept) in zip(chunk, packed, strict=True):
            if data is None:  # it cannot be sent
                self._read_here([position])
            else:
                self._done[position] = unpack(data, str(self._sources[position]))
                if is_kept and self._volumes:
                    self._volumes.add(self._keys[position], data)
                self._report_progress()


def count_processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
