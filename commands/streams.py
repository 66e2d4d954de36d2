"""Standard output that bears what a shell can do to it: a closed pipe, a full disk, a locale without Chinese.

What is printed commands nothing: a runner of CI (GitHub, Gitea, Azure, TeamCity) obeys lines of a log that begin with `::` or
hold `##[` or `##word[`, and names of files and titles of plans are printed as others wrote them.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import sys
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STDOUT = "stdout"

_COMMAND = re.compile(r"(?m)(?:^|(?<=\r))([^\S\r\n]*):(?=:)|##(?=\w*\[)")

_MARK = re.compile(r"##(?=\w*\[)")
_MARKED = re.compile(r"##\w*\[")
_UNFINISHED = re.compile(r"##?\w*$")


class _Outlet(io.RawIOBase):
    """Writes to a raw stream; discards what is written after EPIPE, and reports any other write error once.

    A reader that has seen enough (`dabiao check ... | head`) changes neither the exit code nor the other reports. The stream
    is the one that Python opened: the console of Windows shows Chinese by its own way of writing, not as bytes.
    """

    def __init__(self, raw: io.RawIOBase, *, loud: bool) -> None:
        super().__init__()
        self._raw, self._loud, self._dead = raw, loud, False

    def writable(self) -> bool:
        """Whether it can be written to: always."""
        return True

    def fileno(self) -> int:
        """Return the number of the stream."""
        return self._raw.fileno()

    def isatty(self) -> bool:
        """Whether somebody looks on."""
        return self._raw.isatty()

    def write(self, data: ReadableBuffer, /) -> int | None:
        """Write bytes, or take them without effect after the end. Raises `Refused` the first time a write fails."""
        if not self._dead:
            try:
                return self._raw.write(data)
            except OSError as error:
                self._dead = True
                if not self._loud or _is_closed_pipe(error):  # there is nobody left to tell
                    return memoryview(data).nbytes
                from dabiao.base.writing import refuse_output

                is_file = stat.S_ISREG(os.fstat(self.fileno()).st_mode)  # on a disk, which may be full
                raise refuse_output(STDOUT, error, is_device=not is_file) from None
        return memoryview(data).nbytes


def _is_closed_pipe(error: OSError) -> bool:
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


class _Lines(io.TextIOWrapper):
    """Text of which no line is a command to a runner of CI; see `for_commands`."""

    _begun = ""  # of the line begun: blanks, then at most two signs
    _ending = ""  # of the line begun, if more may make a mark of it: `##word`

    def write(self, text: str, /) -> int:
        """Write a text; what would be a command is written out, as `\\x3a:`."""
        split = _MARKED.search(self._ending + text)
        kept = f" {text}" if split and split.start() < len(self._ending) else text  # the mark is written in part
        if self._begun.lstrip() == ":" and kept.startswith(":"):
            kept = f"\\x3a{kept[1:]}"
        shown = harmless(self._begun + kept)[len(self._begun) :]
        *ended, last = (self._begun + shown).replace("\r", "\n").rsplit("\n", 1)
        blanks = last[: len(last) - len(last.lstrip())]
        self._begun = last if len(last) <= len(blanks) + 2 else f"{blanks}.."
        found = _UNFINISHED.search(last if ended else self._ending + shown)
        self._ending = found[0] if found else ""
        super().write(shown)
        return len(text)

    def command(self, text: str) -> int:
        """Write lines that are meant as commands to GitHub; another runner finds none in what they say."""
        return super().write(_MARK.sub("## ", text))


class _Commands:
    """What a report that consists of commands is written to."""

    def __init__(self, stream: _Lines) -> None:
        self.write = stream.command


def harmless(text: str) -> str:
    """Write out what a runner would take for a command."""
    return _COMMAND.sub(lambda found: "## " if found[1] is None else f"{found[1]}\\x3a", text)


def for_commands(stream: TextIO) -> TextIO:
    """Return the stream as one that lets commands to a runner pass."""
    return cast(TextIO, _Commands(stream)) if isinstance(stream, _Lines) else stream


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
    raw = getattr(stream.buffer, "raw", stream.buffer)  # without a buffer of its own under `python -u`
    outlet = _Outlet(cast(io.RawIOBase, raw), loud=loud)
    return _Lines(io.BufferedWriter(outlet), stream.encoding, "backslashreplace", line_buffering=stream.line_buffering)
