"""Writes files and folders whole or not at all: at any moment there is either the old one or the new one."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TextIO

from dabiao.base.ending import held, undoing
from dabiao.base.exits import EXIT_INTERNAL
from dabiao.base.problems import Location, Problem, Refused, Term
from dabiao.base.system import FULL, is_no_file_on_windows, put_system_reason

_LONGEST = 50  # characters of a name that its temporary one repeats: names are limited
_PATIENCE = 8  # times that Windows is asked to replace a file, 0.1 s apart: a search for viruses may have it open
ON_WINDOWS = sys.platform == "win32"


class NoRoomError(Refused):
    """A disk is full: nothing is wrong with what was asked."""

    exit_code = EXIT_INTERNAL


def refuse_output(file: str, error: OSError, *, is_device: bool = False) -> Refused:
    """Return what is raised where a file cannot be written. A device that takes nothing is no disk that is full."""
    problem = Problem("bad-output", Location(file), {"reason": put_system_reason(error)})
    return NoRoomError([problem]) if error.errno in FULL and not is_device else Refused([problem])


def find_refusal(error: Exception) -> Refused | None:
    """Return what an error about a file comes to that is the system's, or None for any other error.

    lxml, which openpyxl writes by if it is there, cannot write a temporary file in its own way.
    """
    if type(error).__name__ == "SerialisationError":
        code = getattr(errno, str(error).removeprefix("IO_"), errno.EIO)
        return refuse_output(tempfile.gettempdir(), OSError(code, os.strerror(code)))
    if isinstance(error, OSError) and error.errno in FULL:  # of a temporary file of a library
        return refuse_output(str(error.filename or tempfile.gettempdir()), error)
    if isinstance(error, OSError) and isinstance(error.filename, str):
        return Refused([Problem("unreadable", Location(error.filename), {"reason": put_system_reason(error)})])
    return None


def write_file(path: Path, write: Callable[[TextIO], None]) -> None:
    """Write a text file in UTF-8. Raises `Refused` if that is impossible."""
    _write_whole(path, "w", write)


def write_bytes(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write a file of bytes. Raises `Refused` if that is impossible."""

    def write_made(stream: IO[bytes]) -> None:
        made = io.BytesIO()  # an archive that could not be written to its end would complain when it is thrown away
        write(made)
        stream.write(made.getbuffer())

    _write_whole(path, "wb", write_made)


def _write_whole(path: Path, mode: str, write: Callable[[Any], None]) -> None:
    text: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace", "newline": ""} if mode == "w" else {}
    is_device = False
    _refuse_device_name(path)
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a device or a pipe must not be replaced by a file
            is_device = True
            with path.open(mode, **text) as stream:
                write(stream)
            return
        path = Path(os.path.realpath(path))  # what a link leads to is replaced, not the link
        temporary = _name_beside(path)
        with undoing(lambda: temporary.unlink(missing_ok=True)):
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # less what the umask takes away
            with os.fdopen(handle, mode, **text) as stream:
                write(stream)
                _keep(stream)
            if path.exists() and not ON_WINDOWS:  # where a file that may not be written to cannot be replaced
                temporary.chmod(stat.S_IMODE(path.stat().st_mode))
            _put_in_place(temporary, path)
    except OSError as error:
        raise refuse_output(str(path), error, is_device=is_device) from None


def _put_in_place(temporary: Path, path: Path) -> None:
    """Give what was written its name. While another program has the old one open, Windows refuses that: it is asked again."""
    for left in reversed(range(_PATIENCE)):
        try:
            temporary.replace(path)
        except PermissionError as error:
            if not left or getattr(error, "winerror", None) is None:
                raise
            time.sleep(0.1)
        else:
            return


def _refuse_device_name(path: Path) -> None:
    if ON_WINDOWS and is_no_file_on_windows(path):
        raise Refused([Problem("bad-output", Location(str(path)), {"reason": Term("system.device")})])


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write text files into a new or empty folder. Raises `Refused` if that is impossible."""
    temporary = _name_beside(folder)
    for path in (folder, *(folder / name for name in files)):
        _refuse_device_name(path)
    try:
        with undoing(lambda: shutil.rmtree(temporary, ignore_errors=True)):
            temporary.mkdir()
            for name, text in files.items():
                with (temporary / name).open("w", encoding="utf-8", newline="") as stream:
                    stream.write(text)
                    _keep(stream)
            if ON_WINDOWS and folder.is_dir():
                folder.rmdir()
            _put_in_place(temporary, folder)  # which fails if there is anything in it
    except OSError as error:
        raise refuse_output(str(folder), error) from None


def _name_beside(path: Path) -> Path:
    return path.with_name(f".{path.name[:_LONGEST]}.{os.urandom(8).hex()}")


def _keep(stream: IO[Any]) -> None:
    stream.flush()
    os.fsync(stream.fileno())


@contextmanager
def own_temporary_folder() -> Iterator[None]:
    """Let libraries put their temporary files into a folder that goes with them. For the whole process: only for a command."""
    with held():  # Python finds the folder by writing a file, which it could not on a disk that has become full
        before = tempfile.gettempdir()
    folder = Path(before) / f"dabiao-{os.urandom(8).hex()}"
    with undoing(lambda: shutil.rmtree(folder, ignore_errors=True)):
        folder.mkdir(mode=0o700)
        tempfile.tempdir = str(folder)
        try:
            yield
        finally:
            tempfile.tempdir = before
            shutil.rmtree(folder, ignore_errors=True)
