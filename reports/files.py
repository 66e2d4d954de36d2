"""Writes files whole or not at all: at any moment there is either the old one or the new one."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, Any, TextIO

from dabiao.base.problems import Location, Problem, Refused
from dabiao.base.system import put_system_reason

_LONGEST = 50  # characters of a name that its temporary one repeats: names are limited


def write_file(path: Path, write: Callable[[TextIO], None]) -> None:
    """Write a text file in UTF-8. Raises `Refused` if that is impossible."""
    _write_whole(path, "w", write)


def write_bytes(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write a file of bytes. Raises `Refused` if that is impossible."""
    _write_whole(path, "wb", write)


def _write_whole(path: Path, mode: str, write: Callable[[Any], None]) -> None:
    text: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace", "newline": ""} if mode == "w" else {}
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a device or a pipe must not be replaced by a file
            with path.open(mode, **text) as stream:
                write(stream)
            return
        path = Path(os.path.realpath(path))  # what a link leads to is replaced, not the link
        temporary = path.with_name(f".{path.name[:_LONGEST]}.{token_hex(8)}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # less what the umask takes away
        try:
            with os.fdopen(handle, mode, **text) as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            if path.exists():
                temporary.chmod(stat.S_IMODE(path.stat().st_mode))
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise Refused([Problem("bad-output", Location(str(path)), {"reason": put_system_reason(error)})]) from None
