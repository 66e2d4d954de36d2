"""Reads a folder that is one sheet: `sheet.facts.yaml`, and tables beside it.

`KIND.csv` or `KIND.parquet` is the register of a kind of subject; a CSV file named after the root kind lists facts of the
root subject. The head may then hold no more than plan, subject and year.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dabiao.base.problems import Location, Problems, Refused, nearest
from dabiao.facts.formats.yaml_sheet import read_sheet
from dabiao.facts.model import Sheet
from dabiao.rules.model import Plan

if TYPE_CHECKING:
    from dabiao.facts.model import Block

HEAD = "sheet.facts.yaml"
TABLES = (".csv", ".parquet")


def tables_in(folder: Path) -> list[Path]:
    """List the tables of a CSV folder in order of their names."""
    return sorted(
        path for path in folder.iterdir() if path.suffix.lower() in TABLES and not path.name.startswith((".", "~"))
    )


def read_folder(folder: Path, plan: Plan, problems: Problems) -> Sheet | None:
    """Read a folder as one sheet; returns None after noting that it cannot be used at all."""
    head = folder / HEAD
    if not head.is_file():
        problems.add("no-sheet-head", Location(str(folder)), expected=HEAD)
        return None
    sheet = read_sheet(head, plan, problems)
    if sheet is None:
        return None
    blocks: list[Block] = []
    taken: dict[str, Path] = {}
    for path in tables_in(folder):
        first = taken.setdefault(path.stem, path)
        if first is not path:
            problems.add("reading.two-tables", Location(str(path)), found=path.name, other=first.name)
            continue
        try:
            sheet = _with_table(sheet, path, blocks, plan, problems)
        except Refused as refused:
            problems.found.extend(refused.problems)
    return replace(sheet, blocks=tuple(blocks))


def _with_table(sheet: Sheet, path: Path, blocks: list[Block], plan: Plan, problems: Problems) -> Sheet:
    """Read one table: a register becomes a block; the list of the root's facts is put into the sheet, which is returned."""
    kind = plan.kinds.get(path.stem)
    if kind is plan.root and path.suffix.lower() == ".csv":
        from dabiao.facts.formats.root_list import read_list

        root = sheet.rows[0]
        facts = read_list(path, plan, sheet.percentages, root.facts, problems)
        return replace(sheet, rows=[replace(root, facts={**root.facts, **facts}), *sheet.rows[1:]])
    if kind is None or kind.parent is None:
        known = [k.id for k in plan.kinds.values()]
        close, expected = nearest(path.stem, known), ", ".join(known)
        problems.add("unknown-kind", Location(str(path)), found=path.stem, nearest=close, expected=expected)
        return sheet
    from dabiao.facts.formats.register import Register

    if block := Register(path, kind, plan, sheet.percentages, problems).block():
        blocks.append(block)
    return sheet
