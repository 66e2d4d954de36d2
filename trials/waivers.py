"""What waivers come to, worked out from the findings without them: a second opinion on the engine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from dabiao.engine.results import WaiverState
from dabiao.rules.written import Waiver

Path = tuple[tuple[str, str], ...]
"""A subject: the kind and the name of each subject from the district down to it."""


class Judged(NamedTuple):
    """The verdict of a commitment for a subject."""

    commitment: str
    path: Path
    verdict: str


def waive(findings: Sequence[Judged], waivers: Sequence[Waiver], year: int, as_of: date) -> list[Judged]:
    """Return the findings of a year with what is waived on a day marked as such."""
    used = [w for w in waivers if w.year == year and find_state(w, findings, as_of) == "used"]
    return [
        one._replace(verdict="waived") if _falls_short(one) and any(_means(w, one) for w in used) else one
        for one in findings
    ]


def find_state(waiver: Waiver, findings: Sequence[Judged], as_of: date) -> WaiverState:
    """Return what becomes of a waiver of the year on a day, by the findings without any waiver."""
    if as_of > waiver.expires:
        return "expired"
    meant = [one for one in findings if _means(waiver, one)]
    match len({one.path for one in meant}):
        case 0:
            return "unmatched"
        case 1:
            return "used" if any(map(_falls_short, meant)) else "unused"
    return "ambiguous"


def _means(waiver: Waiver, one: Judged) -> bool:
    """Whether a finding is of the commitment and of a subject that a waiver names."""
    *above, (_, name) = one.path
    within = waiver.in_ is None or any(waiver.in_ == other for _, other in above)
    return (one.commitment, name) == (waiver.commitment, waiver.subject) and within


def _falls_short(one: Judged) -> bool:
    return one.verdict in ("shortfall", "behind")
