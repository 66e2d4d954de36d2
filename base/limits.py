"""Upper limits for inputs; larger ones are refused. Each limit has a name, which the message gives and users can set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_KI = 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force. Sizes are in bytes, texts in characters."""

    file: int = 16 * _KI**2  # a YAML, JSON or XLSX file
    register: int = 2 * _KI**3  # a CSV or Parquet file of a register
    unpacked: int = 256 * _KI**2  # what an XLSX file or an archive unpacks to
    members: int = 10_000  # files in an archive
    depth: int = 24  # levels of nesting in YAML and JSON
    text: int = 20_000  # one text
    name: int = 200  # the name of a subject
    rows: int = 10_000_000  # rows of one register
    columns: int = 2_000  # columns of one table
    dataset: int = 64 * _KI**3  # what the files of one table of a data set unpack to
    partition: int = 200_000  # rows of a data set that are judged together
    cells: int = 2_000_000  # cells of one workbook, values of one YAML or JSON file
    merged: int = 100_000  # cells of one workbook that lie in merged ones: each is made when it is written again
    problems: int = 1_000  # problems reported for one file


_IN_FORCE: ContextVar[Limits] = ContextVar("limits", default=Limits())  # noqa: B039 - it is frozen


def limits() -> Limits:
    """Return the limits in force."""
    return _IN_FORCE.get()


@contextmanager
def use_limits(to: Limits) -> Iterator[None]:
    """Put limits in force within a `with` block."""
    token = _IN_FORCE.set(to)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)
