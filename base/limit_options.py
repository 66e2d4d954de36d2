"""Reads the limits that users set: NAME=VALUE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace

from dabiao.base.limits import Limits
from dabiao.base.problems import Location, Problem, Refused, nearest

_SIZE = re.compile(r"(\d{1,15})\s*([KMG]i?B?|B)?", re.IGNORECASE)
_HIGHEST = {"depth": 200}  # what the program itself can bear
_UNITS = {"": 1, "B": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


def parse_limits(texts: Sequence[str]) -> Limits:
    """Return the default limits changed by NAME=VALUE texts, such as `file=64MiB`.

    Raises `Refused` for an unknown name and for a value that is no size or too high.
    """
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
