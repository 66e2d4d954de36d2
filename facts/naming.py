"""Which plan a sheet names: asked where several plans are judged at once, before anything else of the sheet is read."""

from __future__ import annotations

from pathlib import Path

from dabiao.base.files import File
from dabiao.base.problems import Location, Problem, Refused
from dabiao.facts.formats.csv_folder import HEAD, Folder, Source
from dabiao.facts.formats.detect import format_of
from dabiao.facts.formats.registry import Stated


def find_plan_name(source: Source) -> Stated:
    """Return the plan that a sheet names, with its place.

    Raises `Refused` for a sheet that names none, or that cannot be read as far as that.
    """
    file = _head_of(source)
    found = format_of(file).find_plan_name(file)
    if found is None:
        raise Refused([Problem("auto.no-plan", Location(str(file)))])
    return found


def _head_of(source: Source) -> File:
    if isinstance(source, Folder):
        return source.head
    return source / HEAD if isinstance(source, Path) and source.is_dir() else source
