"""Optional libraries: if one is missing, the message names it and says how to install it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dabiao.base.problems import Location, Problem, Refused, Term

_EXTRAS = {
    "highspy": "budget",
    "jinja2": "page",
    "matplotlib": "charts",
    "docx": "word",
    "starlette": "serve",
    "uvicorn": "serve",
    "python_multipart": "serve",
    "pyspark": "spark",
    "pyarrow": "spark",
    "pandas": "spark",
}  # library: the extra of pyproject.toml that brings it


@contextmanager
def require_library(library: str) -> Iterator[None]:
    """Guard the import of a library. Raises `Refused`, with the package to install, if the import fails."""
    try:
        yield
    except ImportError as error:
        lacking = isinstance(error, ModuleNotFoundError) and error.name
        reason = Term("library.lacks", {"name": lacking}) if lacking else Term("library.broken")
        details = {"reason": reason, "extra": _EXTRAS.get(library, "")}
        code = "library.of-extra" if library in _EXTRAS else "library.compiled"
        raise Refused([Problem(code, Location(library), details)]) from None


@contextmanager
def hush(logger: str, below: int) -> Iterator[None]:
    """Keep a library from telling anything, in its English, by warnings or by a logger below a level."""
    import logging  # here, as most runs need neither it nor such a library
    import warnings

    log = logging.getLogger(logger)
    level = log.level
    log.setLevel(below)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
