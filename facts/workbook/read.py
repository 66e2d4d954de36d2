"""Reads one fact sheet from the grids of a workbook: one made by the template, or any other whose sheets can be recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dabiao.base.messages import any_pattern
from dabiao.base.problems import Location, Problems, name_some
from dabiao.facts.layout import COVER_SHEET, FINDINGS_SHEET, HELP_SHEET, LISTS_SHEET
from dabiao.facts.model import Fact, Sheet
from dabiao.facts.rows import Row, rows_by_kind
from dabiao.facts.vocabulary import Vocabulary, fold_label
from dabiao.facts.workbook.cells import find_doubt
from dabiao.facts.workbook.cover import Cover, CoverReader, find_numbers, find_tiers
from dabiao.facts.workbook.entries import TableReader
from dabiao.facts.workbook.grid import Area, Grid, Shape, a1, find_order
from dabiao.facts.workbook.tables import Finder, Table
from dabiao.rules.model import Plan

_SILENT = {fold_label(word) for words in (FINDINGS_SHEET, HELP_SHEET, LISTS_SHEET) for word in words}
# a year in a title; not the end of a range, and not a part of a date
_TITLE_YEAR = re.compile(any_pattern("pattern.title-year"))
_NO_TABLE = ("no-headings", "which-kind")  # noted of a sheet: why no table was found in it
_MOST_AREAS = 50  # with conditional formats in one sheet
_COVER = {fold_label(word) for word in COVER_SHEET}


def is_silent(name: str) -> bool:
    """Whether a sheet of this name holds no data: help, lists for drop-downs, and findings of an earlier check."""
    return fold_label(name) in _SILENT


def read_workbook(grids: list[Grid], file: str, vocabulary: Vocabulary, problems: Problems) -> Sheet | None:
    """Read the sheets of a workbook, without the silent ones; None after noting that it cannot be used at all.

    What is wrong is noted in the order of the sheets; of a workbook of another plan no more than that.
    """
    noted = Problems()
    sheet = _read(grids, file, vocabulary, noted)
    others = [problem for problem in noted.found if problem.code == "other-plan"]
    places = {grid.name: position for position, grid in enumerate(grids)}
    problems.extend(others or sorted(noted.found, key=lambda problem: find_order(problem, places)))
    return sheet


def _read(grids: list[Grid], file: str, vocabulary: Vocabulary, problems: Problems) -> Sheet | None:
    plan = vocabulary.plan
    tables = _find_tables(grids, vocabulary, file, problems)
    tops = {table.grid.name: table.top for table in tables}
    cover = CoverReader(vocabulary, file, problems).read([(grid, tops.get(grid.name)) for grid in grids])
    if not tables and not cover.nothing:
        if not any(problem.code in _NO_TABLE for problem in problems.errors):
            expected = tuple(kind.title for kind in plan.kinds.values())
            problems.add("no-tables", Location(file), expected=expected)
        return None
    if not _check_plan(cover, plan, file, problems):
        return None
    _check_conditions(grids, tables, file, problems)
    _check_year(grids, tops, cover, file, problems)
    percentages = plan.percentages
    reader = TableReader(vocabulary, percentages, file, problems)
    own: dict[str, Fact] = {}
    rows: list[Row] = []
    for table in tables:
        if table.form == "list":
            reader.list_facts(table, own)
        else:
            rows += reader.register_rows(table)
    if cover.year is None or cover.subject is None:
        return None
    rows.insert(0, Row(plan.root.id, cover.subject, None, cover.location, own, cover.nothing))
    return Sheet(
        file, cover.subject, cover.year, cover.location, rows_by_kind(rows), registers=cover.registers, source=cover.source,
        synthetic=cover.synthetic, percentages=percentages, submitted=cover.submitted,
        register_remarks=cover.register_remarks, blanks=() if cover.nothing else tuple(reader.blanks),
        tiers=find_tiers(grids, file),
    )  # fmt: skip


def _find_tables(grids: list[Grid], vocabulary: Vocabulary, file: str, problems: Problems) -> list[Table]:
    """Return the tables of the sheets. Warns of hidden sheets with tables, and of sheets with numbers but no table."""
    finder = Finder(vocabulary, file, problems)
    known = tuple(kind.title for kind in vocabulary.plan.kinds.values())
    tables = []
    for grid in grids:
        if fold_label(grid.name) in _COVER:
            continue
        table = finder.find(grid)
        if table is not None:
            tables.append(table)
            if grid.hidden:
                problems.warn("hidden-sheet", Location(file, sheet=grid.name, cell="A1"), found=grid.name)
        elif finder.kind_named(grid) is None and (first := next(find_numbers(grid), None)):
            location = Location(file, sheet=grid.name, cell=a1(*first))
            problems.warn("ignored-sheet", location, found=grid.name, expected=known)
    return tables


def _check_conditions(grids: list[Grid], tables: list[Table], file: str, problems: Problems) -> None:
    """Note each conditional format that may strike out, or show otherwise, what is read: on a cover, in and above a table."""
    by_grid = {table.grid.name: table for table in tables}
    for grid in grids:
        table = by_grid.get(grid.name)
        if not grid.conditional or (table is None and fold_label(grid.name) not in _COVER):
            continue
        cells = [place for place in grid.filled() if table is None or place[0] < table.top or table.is_read(place[1])]
        found: dict[str, dict[Area, tuple[int, int]]] = {"strike": {}, "number": {}}  # the first doubtful cell of areas
        for area, shapes in _gather_areas(grid.conditional).items():
            inside = [(row, at, cell) for row, at, cell in cells if area.holds(row, at)]
            for row, at, cell in inside:
                for doubt in filter(None, {find_doubt(cell, shape) for shape in shapes}):
                    found[doubt].setdefault(area, (row, at))
        for doubt, firsts in found.items():
            if firsts:
                location = Location(file, sheet=grid.name, cell=a1(*min(firsts.values())))
                problems.add(f"condition-{doubt}", location, found=name_some(list(map(str, firsts)), 6))


def _gather_areas(conditional: Sequence[tuple[Area, Shape]]) -> dict[Area, set[Shape]]:
    """Return how each area may be shown. Very many, which are hardly made by hand, are looked at as one."""
    areas: dict[Area, set[Shape]] = {}
    for area, shape in conditional:
        areas.setdefault(area, set()).add(shape)
    if len(areas) <= _MOST_AREAS:
        return areas
    ends = list(zip(*areas, strict=True))
    return {Area(min(ends[0]), min(ends[1]), max(ends[2]), max(ends[3])): set().union(*areas.values())}


def _check_year(grids: list[Grid], tops: dict[str, int], cover: Cover, file: str, problems: Problems) -> None:
    """Warn if a title above a table or on the cover has another year than the cover states: the form may be an old one."""
    if cover.year is None:
        return
    for grid in grids:
        top = tops.get(grid.name, 4 if fold_label(grid.name) in _COVER else 0)
        for row, column, cell in grid.filled():
            if row >= top:
                break
            years = {int(next(filter(None, found))) for found in _TITLE_YEAR.findall(cell.text)}
            if column == 1 and cell.stored == "text" and years and cover.year not in years:
                location = Location(file, sheet=grid.name, cell=a1(row, column))
                problems.warn("other-year", location, found=cell.text.strip(), expected=cover.year)
                return  # one warning is enough


def _check_plan(cover: Cover, plan: Plan, file: str, problems: Problems) -> bool:
    """Whether a workbook is for the plan and for one of its years. Notes if not."""
    titles = {fold_label(text) for text in (plan.id, *plan.title)}
    if cover.plan is None:
        problems.warn("no-plan-stamp", Location(file), expected=plan.id)
    elif fold_label(cover.plan) not in titles:
        problems.add("other-plan", cover.places["plan"], found=cover.plan, expected=plan.id)
        return False
    if cover.year is not None and not plan.history <= cover.year <= plan.last:
        problems.add("year-outside", cover.places["year"], found=cover.year, first=plan.history, last=plan.last)
        return False
    return True
