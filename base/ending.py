"""Ends a run that is told to end, by Ctrl-C, SIGTERM or a closed terminal: what is half done is undone, and one line says so.

The end does not pass through the code as an exception, which a library may swallow or print: what is to be undone is noted
here while it is half done. This module is loaded before all others and needs none of them.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)  # what there is of them on this system


class _State:
    """What is to be undone, and whether the end has to wait."""

    def __init__(self) -> None:
        self.half_done: dict[object, Callable[[], object]] = {}
        self.holds = 0
        self.waiting: list[int] = []
        self.lang = ""
        self.message = "ended"
        self.quiet = False


_state = _State()


def speak(lang: str) -> None:
    """Say in this language that the process was ended."""
    _state.lang = lang


def end_well(*, quiet: bool = False) -> None:
    """End this process well when a signal comes, unless it is ignored; `quiet`: without a line that says so."""
    _state.quiet = quiet
    for number in SIGNALS:
        if signal.getsignal(number) not in (signal.SIG_IGN, _end):  # nohup, and jobs of a shell, ignore some
            signal.signal(number, _end)


def _end(number: int, _frame: object) -> None:
    if _state.holds:
        _state.waiting.append(number)
        return
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    undo_all()
    if not _state.quiet:
        with suppress(Exception):
            os.write(2, (_line(signal.Signals(number).name) + "\n").encode(errors="backslashreplace"))
    os._exit(128 + number)


def _line(name: str) -> str:
    try:
        from dabiao.base.messages import default_lang, say

        return say(_state.message, _state.lang or default_lang(), found=name)
    except Exception:  # the program was not loaded yet
        return f"dabiao: {name}"


def leave(code: object) -> None:
    """Leave the process with an exit code, without the last stage of Python, in which a signal ends it in its own way."""
    atexit._run_exitfuncs()
    with suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


@contextmanager
def held() -> Iterator[None]:
    """Let no signal end this process within the block; it ends behind it."""
    _state.holds += 1
    try:
        yield
    finally:
        _state.holds -= 1
        if _state.waiting and not _state.holds:
            _end(_state.waiting[0], None)


@contextmanager
def saying(message: str) -> Iterator[None]:
    """Say this message of the catalogue if the process is ended within the block."""
    before, _state.message = _state.message, message
    try:
        yield
    finally:
        _state.message = before


def note(undo: Callable[[], object]) -> Callable[[], object]:
    """Note what to do if this process is ended from now on; return the function that says it is no longer needed."""
    key = object()
    _state.half_done[key] = undo
    return lambda: _state.half_done.pop(key, None)


@contextmanager
def undoing(undo: Callable[[], object]) -> Iterator[None]:
    """Undo what is begun within the block if it is left by an exception, or if the process is ended within it."""
    done = note(undo)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            undo()
        raise
    finally:
        done()


def undo_all() -> None:
    """Undo everything that is half done, and end the processes that were started."""
    while _state.half_done:
        with suppress(Exception):
            _state.half_done.popitem()[1]()
    if "multiprocessing.process" in sys.modules:
        from multiprocessing import active_children

        with suppress(Exception):
            for child in active_children():
                child.terminate()
