"""Run the program: `dabiao`, or `python -m dabiao`."""

import gc
from collections.abc import Callable

from dabiao.base.ending import end_well, leave

GARBAGE = 500_000
"""How many things are made, beyond those that went, before Python looks for garbage: a run is short, and keeps whole plans."""


def run(before_leaving: Callable[[], None] | None = None) -> None:
    """Run the command line. From here to its end, Ctrl-C ends it well, while it is loaded, too."""
    end_well()
    gc.set_threshold(GARBAGE)
    from dabiao.cli import main

    try:
        main()
    except SystemExit as end:
        if before_leaving:
            before_leaving()
        leave(end.code)


if __name__ == "__main__":
    run()
