"""Standard output that bears what a shell can do to it: a closed pipe, a full disk, a locale without Chinese."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

from dabiao.base.problems import Location, Problem, Refused
from dabiao.base.system import put_system_reason

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STDOUT = "stdout"


class _Outlet(io.FileIO):
    """A raw stream that discards writes after EPIPE and reports any other write error once.

    A reader that has seen enough (`dabiao check ... | head`) changes neither the exit code nor the other reports.
    """

    _dead = False
    loud = True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes, or take them without effect after the end. Raises `Refused` the first time a write fails."""
        if not self._dead:
            try:
                return super().write(data)
            except BrokenPipeError:
                self._dead = True
            except OSError as error:
                self._dead = True
                if not self.loud:  # there is nobody left to tell
                    return memoryview(data).nbytes
                raise Refused([Problem("bad-output", Location(STDOUT), {"reason": put_system_reason(error)})]) from None
        return memoryview(data).nbytes


def harden() -> None:
    """Make the standard streams safe to write to, whatever they are. Call it before anything is written."""
    sys.stdout = _harden_stream(sys.stdout, sys.__stdout__, loud=True)
    sys.stderr = _harden_stream(sys.stderr, sys.__stderr__, loud=False)


def _harden_stream(stream: TextIO | None, original: TextIO | None, *, loud: bool) -> TextIO:
    if stream is None:  # closed by the shell: a file opened later must not get its number
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - for the whole run
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    if stream is not original:  # a test looks on
        stream.reconfigure(errors="backslashreplace")
        return stream
    stream.flush()
    outlet = _Outlet(stream.fileno(), "w", closefd=False)
    outlet.loud = loud
    return io.TextIOWrapper(
        io.BufferedWriter(outlet), stream.encoding, "backslashreplace", line_buffering=stream.line_buffering
    )
