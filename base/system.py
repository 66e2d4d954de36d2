"""Why the system refuses a file, in the words of the catalogue."""

from __future__ import annotations

import errno

from dabiao.base.problems import Term

FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # what a full disk, or a quota used up, is told by
_KNOWN = (
    "ENOENT", "EACCES", "EPERM", "EISDIR", "ENOTDIR", "EEXIST", "ENAMETOOLONG", "ELOOP", "ENOSPC", "EDQUOT", "EFBIG",
    "EROFS", "EMFILE", "ENFILE", "EIO", "EBUSY", "ENXIO", "EINVAL", "ENOTEMPTY", "ENOMEM",
)  # fmt: skip


def put_system_reason(error: Exception) -> Term:
    """Return why a file cannot be used: what the system says of it, or that its name is none (an error of another sort)."""
    if not isinstance(error, OSError):
        return Term("system.name")
    code = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return Term(f"system.{code}") if code in _KNOWN else Term("system.other", {"name": code})
