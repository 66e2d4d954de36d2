"""Run the program: `dabiao`, or `python -m dabiao`."""

import gc
from collections.abc import Callable

from dabiao.base.ending import end_well, leave


def run(before_leaving: Callable[[], None] | None = None) -> None:
    """Run the command line. From here to its end, Ctrl-C ends it well, while it is loaded, too."""
    end_well()
    gc.set_threshold(100_000)  # a run is short and keeps what it builds: it is not looked through again and again
    from dabiao.cli import main

    try:
        main()
    except SystemExit as end:
        if before_leaving:
            before_leaving()
        leave(end.code)


if __name__ == "__main__":
    run()
