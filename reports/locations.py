"""Where a finding stands: the place to point at, the places of all its facts, and paths as other programs write them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from dabiao.base.problems import Location
from dabiao.engine.requests import CheckOutcome
from dabiao.engine.results import Finding, Used
from dabiao.facts.formats.registry import is_text
from dabiao.rules.algebra import Leaf

_HEAD = "sheet.facts.yaml"  # of a CSV folder
_FOLDERS = (
    "GITHUB_WORKSPACE",
    "CI_PROJECT_DIR",
)  # the top folder of the files under test, as GitHub and GitLab name it


def place_of(finding: Finding) -> Location | None:
    """Return the place to point at: the subject's own figure that decides the commitment, else where the subject stands.

    What keeps a finding open comes first: a figure given as absent, then the row that lacks one, then the figures that were
    reported, also those of the subjects that a count or sum looks at. None if nobody is judged.
    """
    value = finding.commitment.value
    first = [v.measure for v in value.form.top.variables if isinstance(v, Leaf)] if value else []
    first = [measure for _, measure in finding.unmet] or first
    open_ = finding.verdict == "undetermined"

    def order(used: Used) -> tuple[bool, ...]:
        lacks = open_ and not used.missing, used.fact is None
        return used.subject != finding.subject, *lacks, used.measure not in first

    looked_at = [u for u in finding.used if (u.fact or u.row) and u.year == finding.year]
    if not open_:
        looked_at = [u for u in looked_at if u.fact and u.subject == finding.subject]
    found = min(looked_at, key=order, default=None)
    return finding.place if found is None else found.fact.location if found.fact else found.row


def fact_places(finding: Finding) -> Iterator[tuple[Location, Used]]:
    """Iterate over the figures of a finding that stand somewhere, with their places, each place once."""
    seen = set()
    for used in finding.used:
        if used.fact and used.fact.location not in seen:
            seen.add(used.fact.location)
            yield used.fact.location, used


def nearest_place(outcome: CheckOutcome, location: Location | None) -> Location:
    """Return a place that stands in a file: `where` if it does, else the first sheet that was asked for."""
    if location is not None and in_file(location):
        return location
    first = outcome.request.sheets[0] if outcome.request.sheets else outcome.request.plan
    if isinstance(first, Path) and (head := first / _HEAD).is_file():
        first = head
    return Location(str(first))


def in_file(location: Location) -> bool:
    """Whether a place is in a file, and not an option of the command line or a name."""
    return bool(location.line or location.cell or Path(location.file).suffix or os.sep in location.file)


def spot(location: Location | None) -> dict[str, Any] | None:
    """Return a place as plain values; what it does not have is None."""
    if location is None:
        return None
    return {
        "file": location.file, "line": location.line or None, "column": location.column or None,
        "sheet": location.sheet or None, "cell": location.cell or None,
    }  # fmt: skip


def short_text(location: Location) -> str:
    """Write a place with the name of its file alone."""
    return str(location._replace(file=PurePath(location.file).name))


def text_column(location: Location) -> int:
    """Return the column as a count of characters in the line; 0 where the column counts fields of a table."""
    return location.column if is_text(location.file) else 0


def relative(file: str) -> str | None:
    """Return a path from the top folder (that of the CI job, else the current one) with `/`, None if it lies outside."""
    path = Path(os.path.abspath(file))  # noqa: PTH100 - links are not followed: the path is the one users know
    for folder in (*(os.environ.get(name) for name in _FOLDERS), os.getcwd()):  # noqa: PTH109
        if folder and path.is_relative_to(os.path.abspath(folder)):  # noqa: PTH100
            return path.relative_to(os.path.abspath(folder)).as_posix()  # noqa: PTH100
    return None


def uri(file: str) -> tuple[str, bool]:
    """Return the percent-encoded URI of a file, and whether it is relative to the top folder."""
    path = relative(file)
    if path is None:
        return "file://" + quote(os.fsencode(Path(os.path.abspath(file)).as_posix())), False  # noqa: PTH100
    return quote(os.fsencode(path)), True  # the colon too: `a:b` would read as a scheme
