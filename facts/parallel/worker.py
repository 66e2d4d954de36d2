"""What a process does that helps to read many sheets. It starts afresh, and imports no more than its sheets need."""

from __future__ import annotations

import gc
import os
import pickle
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread

from dabiao.base.limits import Limits, limits, use_limits
from dabiao.facts.parallel.cache import Cache, read_kept
from dabiao.facts.parallel.packed import NotPackable, pack
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan


def parcel(plan: Plan, cache: Cache | None) -> bytes:
    """Pack what a process needs to know: the plan, the cache and the limits in force. It never leaves the machine's memory."""
    return pickle.dumps((plan, cache, limits()), protocol=5)


@lru_cache(maxsize=1)
def _opened(parcel: bytes) -> tuple[Vocabulary, Cache | None, Limits]:
    """Unpack a parcel: once, however many shares of one reading come with it."""
    plan, cache, most = pickle.loads(parcel)
    return Vocabulary(plan), cache, most


def begin() -> None:
    """Prepare the process. A Ctrl-C is for the process that asked; this one ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    gc.disable()  # a sheet has no cycles, and the process is short


def _end_with_parent() -> None:
    """End when the process that asked is killed: nobody would take what is read."""
    if parent := parent_process():
        parent.join()
        os._exit(1)


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """Block SIGINT while a process is started, so that it inherits the mask."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def read(parcel: bytes, sheets: list[tuple[str, str | None]]) -> list[bytes | None]:
    """Read sheets by their paths, with the keys of those to keep; None for one that cannot be sent."""
    vocabulary, cache, most = _opened(parcel)
    found: list[bytes | None] = []
    with use_limits(most):
        for path, key in sheets:
            sheet, problems = read_kept(Path(path), vocabulary, cache, key)
            try:
                found.append(pack(sheet, problems, path))
            except NotPackable:
                found.append(None)
    return found
