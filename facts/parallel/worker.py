"""What a process does that helps to read many sheets. It starts afresh, and imports no more than its sheets need."""

from __future__ import annotations

import gc
import os
import pickle
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread

from dabiao.base.limits import Limits, limited, limits
from dabiao.facts.parallel.cache import Cache
from dabiao.facts.parallel.packed import NotPackable, pack
from dabiao.facts.parallel.reading import read_kept
from dabiao.rules.model import Plan

_Parcel = tuple[Plan, Cache | None, Limits]
_given: list[_Parcel] = []


def parcel(plan: Plan, cache: Cache | None) -> bytes:
    """Pack what a process needs to know: the plan, the cache and the limits in force. It never leaves the machine's memory."""
    return pickle.dumps((plan, cache, limits()), protocol=5)


def begin(data: bytes) -> None:
    """Take what the process needs to know. A Ctrl-C is for the process that asked; this one ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    gc.disable()  # a sheet has no cycles, and the process is short
    _given[:] = [pickle.loads(data)]


def _end_with_parent() -> None:
    """End when the process that asked is killed: nobody would take what is read."""
    if parent := parent_process():
        parent.join()
        os._exit(1)


@contextmanager
def deaf() -> Iterator[None]:
    """Keep a Ctrl-C waiting while a process is started: the new one inherits that it does not hear it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def read(sheets: list[tuple[str, str | None]]) -> list[bytes | None]:
    """Read sheets by their paths, with the keys of those to keep; None for one that cannot be sent."""
    ((plan, cache, most),) = _given
    found: list[bytes | None] = []
    with limited(most):
        for path, key in sheets:
            sheet, problems = read_kept(Path(path), plan, cache, key)
            try:
                found.append(pack(sheet, problems, path))
            except NotPackable:
                found.append(None)
    return found
