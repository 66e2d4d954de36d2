"""Why the system refuses a file, in the words of the catalogue."""

from __future__ import annotations

import errno
from pathlib import Path

from dabiao.base.problems import Term

FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # what a full disk, or a quota used up, is told by
_KNOWN = (
    "ENOENT", "EACCES", "EPERM", "EISDIR", "ENOTDIR", "EEXIST", "ENAMETOOLONG", "ELOOP", "ENOSPC", "EDQUOT", "EFBIG",
    "EROFS", "EMFILE", "ENFILE", "EIO", "EBUSY", "ENXIO", "EINVAL", "ENOTEMPTY", "ENOMEM",
)  # fmt: skip
# what Windows says by numbers of its own, of which `errno` leaves little
_HELD = (32, 33, 1224)  # another program has the file open, or a part of it locked or mapped
_DENIED = 5  # no right to it; or another program has open what was to be replaced
_NO_NAME = (123, 161)  # signs that no name of a file may have
_TOO_LONG = 206
_LONG = 248  # characters of a path from which on Windows may say that there is none
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", "conin$", "conout$", *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³"))
)  # fmt: skip


def put_system_reason(error: Exception) -> Term:
    """Return why a file cannot be used: what the system says of it, or that its name is none (an error of another sort)."""
    if not isinstance(error, OSError):
        return Term("system.name")
    if own := _put_windows_reason(error):
        return own
    code = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return Term(f"system.{code}") if code in _KNOWN else Term("system.other", {"name": code})


def _put_windows_reason(error: OSError) -> Term | None:
    """Return what Windows says more exactly than by `errno`; None on other systems."""
    number = getattr(error, "winerror", None)
    if number is None:
        return None
    if number in _HELD:
        return Term("system.held")
    if number == _DENIED:
        return Term("system.denied")
    if number in _NO_NAME:
        return Term("system.name")
    missing = error.errno == errno.ENOENT and len(str(error.filename or "")) >= _LONG
    return Term("system.ENAMETOOLONG") if missing or number == _TOO_LONG else None


def is_no_file_on_windows(path: Path) -> bool:
    """Whether Windows takes a name for a device, or writes it under another one: `con`, `aux.html`, `report.`"""
    name = path.name
    return name.partition(".")[0].rstrip(" ").casefold() in _DEVICES or name != name.rstrip(" .")
