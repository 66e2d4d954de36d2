"""Lets a worker of Spark die once, as if it were killed: when the findings of a part are written, and its counts are not yet.

The file that `DABIAO_TEST_DIE` names asks for it; whoever takes it away dies.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

if SIGN := os.environ.get("DABIAO_TEST_DIE"):
    from dabiao.engine import parts

    write = parts.write_bytes

    def write_or_die(path: Path, how: Any) -> None:
        """Write a file, or die before that of the counts."""
        if path.parent.name == "counts":
            with suppress(FileNotFoundError):
                Path(SIGN).rename(f"{SIGN}.taken")
                (path.parent / f".{path.name}.begun").touch()
                os.kill(os.getpid(), signal.SIGKILL)
        write(path, how)

    parts.write_bytes = write_or_die
