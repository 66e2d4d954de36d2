"""How much an input may hold before it is refused. Every limit has a name, is named when it is reached, and can be set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace

from dabiao.base.problems import Location, Problem, Refused, Term, nearest

_KI = 1024
_SIZE = re.compile(r"(\d{1,15})\s*([KMG]i?B?|B)?", re.IGNORECASE)
_HIGHEST = {"depth": 200}  # what the program itself can bear
_UNITS = {"": 1, "B": 1, "K": _KI, "M": _KI**2, "G": _KI**3}


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
    cells: int = 2_000_000  # cells of one workbook, values of one YAML or JSON file
    problems: int = 1_000  # problems told of one file


_IN_FORCE: ContextVar[Limits] = ContextVar("limits", default=Limits())  # noqa: B039 - it is frozen


def limits() -> Limits:
    """Return the limits in force."""
    return _IN_FORCE.get()


def over(limit: str, location: Location, found: object) -> Problem:
    """Return the problem of something beyond a limit; it says how to set the limit."""
    most = getattr(limits(), limit)
    return Problem(
        "over-limit", location, {"what": Term(f"limit.{limit}"), "found": found, "most": most, "limit": limit}
    )


@contextmanager
def limited(to: Limits) -> Iterator[None]:
    """Put limits in force for a while."""
    token = _IN_FORCE.set(to)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


def parse_limits(texts: Sequence[str]) -> Limits:
    """Read NAME=VALUE texts, such as `file=64MiB`, over the default limits. Raises `Refused` for what is neither."""
    known = [field.name for field in fields(Limits)]
    changes: dict[str, int] = {}
    problems = []
    for text in texts:
        name, _, value = text.partition("=")
        if name not in known:
            details = {"found": name, "nearest": nearest(name, known), "expected": tuple(known)}
            problems.append(Problem("unknown-limit", Location("--limit"), details))
        elif not (size := _SIZE.fullmatch(value.strip())) or not int(size[1]):
            problems.append(Problem("bad-limit", Location("--limit"), {"found": text}))
        elif name in _HIGHEST and int(size[1]) > _HIGHEST[name]:
            problems.append(Problem("limit-too-high", Location("--limit"), {"found": text, "most": _HIGHEST[name]}))
        else:
            changes[name] = int(size[1]) * _UNITS[(size[2] or "")[:1].upper()]
    if problems:
        raise Refused(problems)
    return replace(Limits(), **changes)
