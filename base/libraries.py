"""Libraries that only some answers need: where one is missing, the user is told which, and how it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dabiao.base.problems import Location, Problem, Refused

_EXTRAS = {"highspy": "budget", "matplotlib": "charts"}  # library: the extra of pyproject.toml that brings it


@contextmanager
def needed(library: str) -> Iterator[None]:
    """Import a library in this context. Raises `Refused`, with what to install, if it cannot be imported."""
    try:
        yield
    except ImportError as error:
        details = {"reason": str(error), "extra": _EXTRAS.get(library, "")}
        code = "library.of-extra" if library in _EXTRAS else "library.compiled"
        raise Refused([Problem(code, Location(library), details)]) from None
