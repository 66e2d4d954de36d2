"""How commands read plans and sheets: by all processors, with plans kept, with a bar on a terminal if it takes long."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dabiao.base.ending import note
from dabiao.base.messages import default_lang, say
from dabiao.facts.parallel.reading import ReadOptions, count_processors, use_read_options
from dabiao.rules.kept import find_user_plans, use_kept_plans

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATIENCE = 0.7  # seconds after which a bar is shown
_NO_BAR = b"\r\x1b[2K\x1b[?25h"  # the line of a terminal without the bar, and its cursor


@contextmanager
def reading_for_users() -> Iterator[None]:
    """Configure how commands read plans and sheets: with kept plans, several processes and a progress bar."""
    bar = Bar("reading.progress")
    try:
        with use_kept_plans(find_user_plans), use_read_options(ReadOptions(count_processors(), bar.told)):
            yield
    finally:
        bar.stop()


class Bar:
    """A bar of progress on standard error with the time left, shown only when the work has taken a while."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._since = 0.0
        self._shown: tuple[Progress, TaskID] | None = None
        self._gone: Callable[[], object] = lambda: None

    @property
    def told(self) -> Bar | None:
        """The bar, None where standard error is no terminal."""
        return self if sys.stderr is not None and sys.stderr.isatty() else None

    def __call__(self, done: int, total: int) -> None:
        """Show how much is done."""
        if not done:
            self._since = time.monotonic()
        if done >= total:
            self.stop()
        elif self._shown is None and time.monotonic() - self._since > _PATIENCE:
            from rich.console import Console
            from rich.progress import Progress

            bar = Progress(console=Console(stderr=True), transient=True)
            self._shown = bar, bar.add_task(say(self._code, default_lang()), total=total)
            self._gone = note(lambda: os.write(2, _NO_BAR))
            bar.start()
        if self._shown:
            bar, task = self._shown
            bar.update(task, completed=done)

    def stop(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._shown[0].stop()
            self._gone()
            self._shown = None
