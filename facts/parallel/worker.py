"""Worker processes that read sheets. They start fresh, and import only the modules that their sheets need."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import TypeVar

from dabiao.base.ending import end_well, held, undo_all
from dabiao.base.limits import Limits, limits, use_limits
from dabiao.facts.read_one import ReadSheet, read_with_problems
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan

Task = TypeVar("Task")
There = TypeVar("There")
Here = TypeVar("Here")

_AHEAD = 2  # tasks given to a process before it is done with the first
MOST_PROCESSES = 61
"""As many as Windows can wait for at a time; more are not faster anywhere."""


def pack_settings(plan: Plan) -> bytes:
    """Pack the plan and the limits in force for a worker. The bytes never leave this machine's memory."""
    return pickle.dumps((plan, limits()), protocol=5)


@lru_cache(maxsize=1)
def _unpack_settings(parcel: bytes) -> tuple[Vocabulary, Limits]:
    """Unpack the settings; cached, because every chunk of one reading carries them."""
    plan, most = pickle.loads(parcel)
    return Vocabulary(plan), most


def start_worker() -> None:
    """Prepare a worker: ignore Ctrl-C, which the parent handles, and end well when the parent does, or when told to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_well(quiet=True)
    Thread(target=_end_with_parent, daemon=True).start()
    gc.disable()  # a sheet has no cycles, and the process is short


def _end_with_parent() -> None:
    """Exit when the parent is killed: no process would take the result."""
    if parent := parent_process():
        parent.join()
        undo_all()
        os._exit(1)


@contextmanager
def starting() -> Iterator[None]:
    """Let a process that is started within the block ignore Ctrl-C while it is loaded, and this one not end before it is.

    What multiprocessing starts beside it cleans up behind this process in silence.
    """
    quiet = "ignore::UserWarning:multiprocessing.resource_tracker"
    if quiet not in sys.warnoptions:
        sys.warnoptions.append(quiet)
    with held(), _without_ctrl_c():
        yield


def make_pool(processes: int) -> ProcessPoolExecutor:
    """Return a pool of fresh processes: a fork would copy the threads of Polars in whatever state they are.

    With its locks the pool starts a process that cleans up behind them, so that is started as the workers are.
    """
    with starting():
        return ProcessPoolExecutor(processes, get_context("spawn"), start_worker)


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Let what is started within the block begin without Ctrl-C: it inherits a mask, on Windows a word to its console."""
    if sys.platform != "win32" and hasattr(signal, "pthread_sigmask"):
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    import ctypes

    ignore = getattr(ctypes, "windll").kernel32.SetConsoleCtrlHandler  # noqa: B009 - only Windows has it
    ignore(None, True)
    try:
        yield
    finally:
        ignore(None, False)


def share(
    tasks: Iterable[Task], processes: int, submit: Callable[[Task], Future[There]], do: Callable[[Task], Here]
) -> Iterator[tuple[Task, There | Here]]:
    """Have tasks done in processes (`submit`) and in this one (`do`), and return each with what came of it as it is done.

    What a process that died had to do is done here.
    """
    left, away, alive = deque(tasks), dict[Future[There], Task](), True
    while left or away:
        try:
            while alive and left and len(away) < _AHEAD * processes:
                with starting():
                    away[submit(left[0])] = left[0]
                left.popleft()
        except (BrokenProcessPool, OSError):  # killed, or out of memory
            alive = False
        if left:
            task = left.popleft()
            yield task, do(task)
        try:
            for future in wait(away, 0 if left else None, FIRST_COMPLETED).done:
                result = future.result()
                yield away.pop(future), result
        except (BrokenProcessPool, OSError):
            alive = False
        if not alive:
            left.extendleft(away.values())
            away.clear()


def read_sheets(parcel: bytes, paths: list[str]) -> list[ReadSheet]:
    """Read sheets by their paths, in a worker. The pool pickles what is returned, and hands it to who asked."""
    vocabulary, most = _unpack_settings(parcel)
    with use_limits(most):
        return [read_with_problems(Path(path), vocabulary) for path in paths]
