"""Makes this Python like one on a Chinese Windows, as far as Linux can: what Windows does not have is taken away.

`HELD_FILE` names a file that another program has open; what the console is told is written to `CONSOLE_LOG`.
"""

# ruff: noqa: PTH119, PTH123 - pathlib would be loaded before names are taken away
from __future__ import annotations

import ctypes
import errno
import os
import shutil
import signal
import sys
import types
import warnings
from typing import Any

LACKING = {
    os: (
        "fork", "forkpty", "getuid", "geteuid", "getgid", "getegid", "setuid", "setgid", "chown", "lchown", "fchown", "mkfifo",
        "mknod", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "O_CLOEXEC", "sched_getaffinity", "killpg", "getpgid", "setsid",
        "setpgid", "wait4", "wait3", "nice", "statvfs", "fchdir", "sysconf", "pread", "pwrite", "getpgrp", "lockf",
    ),
    signal: (
        "pthread_sigmask", "SIG_BLOCK", "SIG_SETMASK", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGPIPE",
        "SIGXFSZ", "SIGCHLD", "SIGCONT", "SIGSTOP", "alarm", "setitimer", "siginterrupt", "sigwait", "pause",
    ),
}  # fmt: skip
for module, names in LACKING.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
for name in ("fcntl", "resource", "pwd", "grp", "termios", "readline"):
    sys.modules[name] = None  # type: ignore[assignment]
shutil._use_fd_functions = False  # type: ignore[attr-defined]
warnings.filterwarnings("ignore", category=EncodingWarning)  # of libraries
warnings.filterwarnings("error", category=EncodingWarning, module=r"dabiao\b")

_replace, _open = os.replace, os.open


def _refuse_held(path: Any) -> None:
    held = os.environ.get("HELD_FILE", "")
    if held and os.path.basename(os.fspath(path)) == held:
        error = PermissionError(errno.EACCES, "The process cannot access the file", str(path))
        error.winerror = 32  # type: ignore[attr-defined]
        raise error


def _replace_unless_held(source: Any, target: Any, **more: Any) -> None:
    _refuse_held(target)
    _replace(source, target, **more)


def _open_unless_held(path: Any, *more: Any, **others: Any) -> int:
    _refuse_held(path)
    return _open(path, *more, **others)


def _refuse_link(*_: Any, **__: Any) -> None:
    raise OSError(errno.EPERM, "A required privilege is not held by the client")


os.replace, os.open, os.symlink = _replace_unless_held, _open_unless_held, _refuse_link  # type: ignore[assignment]


def _tell_console(_: None, ignored: bool) -> int:
    if log := os.environ.get("CONSOLE_LOG"):
        with open(log, "a", encoding="ascii") as stream:
            stream.write(f"{ignored}\n")
    return 1


ctypes.windll = types.SimpleNamespace(kernel32=types.SimpleNamespace(SetConsoleCtrlHandler=_tell_console))  # type: ignore[attr-defined]
