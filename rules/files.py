"""The files of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePath
from re import fullmatch

from dabiao.base.files import File, Upload
from dabiao.base.nodes import parse_yaml, read_text
from dabiao.base.problems import Problems, Refused
from dabiao.rules.load import find_plan, find_shipped_plans
from dabiao.rules.written import PART


def find_plan_files(plan: str | Upload, *, shipped: bool = False) -> list[Path]:
    """Return the file of a plan and those of its parts; none if it cannot be found or is an upload.

    `shipped`: only for a plan that comes with the program.
    """
    if isinstance(plan, Upload):
        return []
    try:
        path = find_shipped_plans().get(plan) if shipped else find_plan(plan)
    except Refused:
        return []
    if path is None:
        return []
    return [path, *(part for name in list_parts(path) if (part := path.parent / name).is_file())]


def list_parts(plan: File) -> Iterator[str]:
    """Iterate over the names of the further files of a plan, even if the plan has errors."""
    try:
        node = parse_yaml(read_text(plan), str(plan), Problems())
    except Refused:
        return
    parts = (node.mapping or {}).get("parts")
    if parts is None:
        return
    names = [child.scalar for child in parts.sequence] if parts.sequence is not None else [parts.scalar]
    yield from dict.fromkeys(
        name for name in names if name and fullmatch(PART, name) and name != PurePath(str(plan)).name
    )
