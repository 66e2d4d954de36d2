"""Paths to facts: finds the reader of each, reads everything, checks what belongs together, reports all problems at once.

A further format is one more entry in `READERS`: its suffix, and a function that reads a file into a `Sheet`; `detect` tells
which a file is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from dabiao.base.problems import Location, Problems, Refused, nearest
from dabiao.facts.formats.csv_folder import read_folder
from dabiao.facts.formats.detect import XLSX, format_of
from dabiao.facts.formats.walk import sources
from dabiao.facts.formats.yaml_sheet import read_sheet
from dabiao.facts.model import Block, Fact, Facts, Row, Sheet
from dabiao.facts.names import check_names
from dabiao.facts.parallel.reading import read_many
from dabiao.rules.model import Plan

Reader = Callable[[Path, Plan, Problems], Sheet | None]

__all__ = ["READERS", "check_together", "read_facts", "read_one", "register_size", "sources"]


def _read_workbook(path: Path, plan: Plan, problems: Problems) -> Sheet | None:
    from dabiao.facts.xlsx.workbook import read_workbook  # a check of YAML does not wait for it

    return read_workbook(path, plan, problems)


READERS: dict[str, Reader] = {
    ".yaml": read_sheet,
    ".yml": read_sheet,
    ".json": read_sheet,
    XLSX: _read_workbook,
}


def read_facts(paths: str | Path | Iterable[str | Path], plan: Plan) -> Facts:
    """Read fact sheets: files, CSV folders, or folders of sheets. How is said by `many.reading`, where that is in force.

    Raises `Refused` with every problem of every sheet, each with its place.
    """
    many = [paths] if isinstance(paths, str | Path) else list(paths)
    problems = Problems()
    found = [source for given in many for source in sources(Path(given), problems)]
    sheets = [sheet for sheet in read_many(found, plan, problems) if sheet is not None]
    problems.refuse()
    check_together(sheets, plan, problems)
    problems.refuse()
    return Facts(plan, tuple(sheets), tuple(problems.found))


def read_one(path: Path, plan: Plan, problems: Problems) -> Sheet | None:
    """Read one sheet (a file or a CSV folder). Notes everything wrong with it; None if it cannot be used at all."""
    try:
        if path.is_dir():
            return read_folder(path, plan, problems)
        return READERS[format_of(path)](path, plan, problems)
    except Refused as refused:
        problems.found.extend(refused.problems)
    except MemoryError:
        problems.add("no-memory", Location(str(path)))
    return None


def check_together(sheets: list[Sheet], plan: Plan, problems: Problems) -> None:
    """Check what no sheet can know by itself: facts given twice, parents, and registers."""
    check_names(sheets, plan, problems)
    by_root: dict[tuple[str, int], list[Sheet]] = {}
    for sheet in sheets:
        by_root.setdefault((sheet.subject, sheet.year), []).append(sheet)
    for group in by_root.values():
        _duplicates(group, problems)
        names = _listed(group, plan, problems)
        _parents(group, plan, names, problems)


def _duplicates(group: list[Sheet], problems: Problems) -> None:
    seen: dict[tuple[str, str], Row] = {}
    given: dict[tuple[str, str, str], Fact] = {}
    for sheet in group:
        local: set[tuple[str, str]] = set()
        for row in sheet.rows:
            if (row.kind, row.name) in local:
                first = seen[row.kind, row.name].location
                problems.add("duplicate-subject", row.location, found=row.name, first=first)
            local.add((row.kind, row.name))
            seen.setdefault((row.kind, row.name), row)
            if row.parent != seen[row.kind, row.name].parent:
                problems.add("two-parents", row.location, found=row.name, first=seen[row.kind, row.name].location)
            for measure, fact in row.facts.items():
                place = (row.kind, row.name, measure)
                if place in given:
                    problems.add("duplicate-fact", fact.location, found=measure, first=given[place].location)
                given.setdefault(place, fact)
        for kind, size in sheet.registers.items():
            if any(other.registers.get(kind, size) != size for other in group):
                problems.add("two-registers", sheet.location, found=kind)
    _duplicate_rows(group, seen, problems)


def _duplicate_rows(group: list[Sheet], seen: dict[tuple[str, str], Row], problems: Problems) -> None:
    """Note every subject that a table lists twice, that two tables list, or that a table and a sheet list."""
    tables: dict[str, list[Block]] = {}
    for block in (block for sheet in group for block in sheet.blocks):
        for other in tables.setdefault(block.kind, []):
            for position in block.names.is_in(other.names.implode()).arg_true().to_list()[:20]:
                location = Location(block.file, block.lines[position])
                problems.add("duplicate-subject", location, found=block.names[position], first=other.file)
        tables[block.kind].append(block)
        for position in block.names.is_duplicated().arg_true().to_list()[:20]:
            location = Location(block.file, block.lines[position])
            problems.add("duplicate-subject", location, found=block.names[position], first=block.file)
        listed = {name for kind, name in seen if kind == block.kind}
        for position in block.names.is_in(list(listed)).arg_true().to_list()[:20] if listed else ():
            name = block.names[position]
            first = seen[block.kind, name].location
            problems.add("duplicate-subject", Location(block.file, block.lines[position]), found=name, first=first)


def _listed(group: list[Sheet], plan: Plan, problems: Problems) -> dict[str, set[str]]:
    """Return the names of each kind, and check them against the registers."""
    names: dict[str, set[str]] = {kind: set() for kind in plan.kinds}
    for sheet in group:
        for row in sheet.rows:
            names[row.kind].add(row.name)
        for block in sheet.blocks:
            names[block.kind].update(block.names.to_list())
    for kind in plan.kinds.values():
        known = kind.register.names if kind.register else ()
        if known:
            for row in (row for sheet in group for row in sheet.rows if row.kind == kind.id and row.name not in known):
                hint = nearest(row.name, known)
                problems.add("not-in-register", row.location, found=row.name, nearest=hint, expected=tuple(known[:12]))
            for block in (block for sheet in group for block in sheet.blocks if block.kind == kind.id):
                for position in (~block.names.is_in(list(known))).arg_true().to_list()[:20]:
                    name, location = block.names[position], Location(block.file, block.lines[position])
                    hint = nearest(name, known)
                    problems.add("not-in-register", location, found=name, nearest=hint, expected=tuple(known[:12]))
        size = register_size(kind.id, plan, group)
        if size is not None and len(names[kind.id]) > size:
            problems.add("register-exceeded", group[0].location, found=len(names[kind.id]), expected=size, kind=kind.id)
    return names


def _parents(group: list[Sheet], plan: Plan, names: dict[str, set[str]], problems: Problems) -> None:
    for kind in plan.kinds.values():
        if kind.parent is None or kind.parent == plan.root.id:
            continue
        register = plan.kinds[kind.parent].register
        known = names[kind.parent] | set(register.names if register else ())
        for sheet in group:
            for row in sheet.rows:
                if row.kind == kind.id and row.parent not in known:
                    hint = nearest(row.parent, known)
                    problems.add("unknown-parent", row.location, found=row.parent, nearest=hint, kind=kind.parent)
            for block in (b for b in sheet.blocks if b.kind == kind.id and b.parents is not None):
                wrong = ~block.parents.is_in(list(known))  # type: ignore[union-attr]
                for row in wrong.arg_true().to_list()[:20]:
                    location = Location(block.file, block.lines[row])
                    found = block.parents[row]  # type: ignore[index]
                    problems.add(
                        "unknown-parent", location, found=found, nearest=nearest(found, known), kind=kind.parent
                    )


def register_size(kind: str, plan: Plan, sheets: Iterable[Sheet]) -> int | None:
    """Return how many subjects of a kind there are: as the year's sheets say, or else as the plan says; None if neither."""
    for sheet in sheets:
        if (size := sheet.registers.get(kind)) is not None:
            return size
    register = plan.kinds[kind].register
    return register.count if register else None
