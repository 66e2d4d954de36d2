"""Checks across sheets: facts reported twice, unknown parents, registers. Merges the parts of several sheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dabiao.base.problems import Location, Problems, Term, name_some, nearest
from dabiao.facts.layout import COMPLETE, REASONS
from dabiao.facts.model import Fact, Part, Sheet, register_size
from dabiao.facts.subject_names import check_names, check_root_names
from dabiao.rules.model import Kind, Measure, Plan

_NAMED = 12  # subjects that no sheet lists, named one by one

Submissions = dict[tuple[str, int], list[Sheet]]


def group_by_root(sheets: Iterable[Sheet]) -> Submissions:
    """Group sheets by their root subject and year."""
    groups: Submissions = {}
    for sheet in sheets:
        groups.setdefault((sheet.subject, sheet.year), []).append(sheet)
    return groups


def merge_parts(sheets: Sequence[Sheet], kind: str) -> list[Part]:
    """Return the parts of a kind in the sheets of one root and year, with each subject once."""
    parts = [part for sheet in sheets for part in sheet.of(kind)]
    single = [part for part in parts if part.can_merge]
    if len(single) > 1:
        return [single[0].merge(single[1:]), *(part for part in parts if not part.can_merge)]
    return parts


def check_together(sheets: list[Sheet], plan: Plan, problems: Problems) -> None:
    """Check across sheets: names that look alike, subjects and facts reported twice, parents, and registers."""
    check_root_names(((sheet.subject, sheet.location) for sheet in sheets), problems)
    check_within(sheets, plan, problems)


def check_within(sheets: list[Sheet], plan: Plan, problems: Problems) -> None:
    """Check what is reported of each root subject by itself."""
    check_names(sheets, plan, problems)
    for group in group_by_root(sheets).values():
        for kind in plan.kinds.values():
            _check_duplicates(group, kind, plan, problems)
        _check_sizes(group, plan, problems)
        names = {kind.id: _check_listed(group, kind, plan, problems) for kind in plan.kinds.values()}
        for kind in plan.kinds.values():
            _check_parents(group, kind, plan, names, problems)


def _check_duplicates(group: list[Sheet], kind: Kind, plan: Plan, problems: Problems) -> None:
    """Note every subject that a sheet or a table lists twice, and every fact of which two sheets say different things.

    Offices that each fill in their part may both report a figure; the same figure is no contradiction.
    """
    seen: dict[str, tuple[Part, int]] = {}
    tables: list[Part] = []
    for sheet in group:
        for part in sheet.of(kind.id):
            names = part.names()
            again = [(at, (part, part.position(names[at]) or 0)) for at in part.repeated()]
            again += [(at, seen[names[at]]) for at in part.among(seen)]
            for table in tables:
                again += [(at, (table, table.position(names[at]) or 0)) for at in part.among(table.names())]
            for at, (other, before) in again:
                if not names[at]:  # that a name is missing has been told of each
                    continue
                first = other.location(before)
                if other is part or other in sheet.parts or not (part.can_merge and other.can_merge):
                    problems.add("duplicate-subject", part.location(at), found=names[at], first=first)
                    continue
                if part.parent(at) != other.parent(before):
                    problems.add("two-parents", part.location(at), found=names[at], first=first)
                for measure, fact in part.facts(at).items():
                    if given := other.fact(before, measure):
                        _compare_facts(plan.measures[kind.id, measure], fact, given, problems)
            if part.can_merge:
                for at, name in enumerate(names):
                    seen.setdefault(name, (part, at))
            else:
                tables.append(part)


def _compare_facts(measure: Measure, fact: Fact, first: Fact, problems: Problems) -> None:
    """Note a figure of which an earlier sheet says something else, in its words."""
    if (fact.value, fact.absent) != (first.value, first.absent):
        details = {
            "found": measure.title,
            "value": _write_fact(fact),
            "other": _write_fact(first),
            "first": first.location,
        }
        problems.add("two-values", fact.location, **details)


def _write_fact(fact: Fact) -> object:
    return REASONS[fact.absent] if fact.absent else fact.raw


def _check_sizes(group: list[Sheet], plan: Plan, problems: Problems) -> None:
    """Note every sheet that gives another size of a register than the first one that gives it."""
    for kind in plan.kinds.values():
        given = [sheet for sheet in group if kind.id in sheet.registers]
        for sheet in given[1:]:
            if sheet.registers[kind.id] != given[0].registers[kind.id]:
                sizes = {"value": _write_size(sheet, kind), "other": _write_size(given[0], kind)}
                first = _size_place(given[0], kind)
                problems.add("two-registers", _size_place(sheet, kind), found=kind.title, first=first, **sizes)


def _size_place(sheet: Sheet, kind: Kind) -> Location:
    remark = sheet.register_remarks.get(kind.id)
    return remark.location if remark else sheet.location


def _write_size(sheet: Sheet, kind: Kind) -> object:
    size = sheet.registers[kind.id]
    return COMPLETE if size is None else size


def _check_listed(group: list[Sheet], kind: Kind, plan: Plan, problems: Problems) -> set[str]:
    """Return the names of a kind, and check them against the register."""
    known = kind.register.names if kind.register else ()
    names: set[str] = set()
    for part in (part for sheet in group for part in sheet.of(kind.id)):
        listed = part.names()
        names.update(listed)
        for at in part.outside(known) if known else ():
            problems.add(
                "not-in-register", part.location(at), found=listed[at], nearest=nearest(listed[at], known),
                expected=name_some(known),
            )  # fmt: skip
    size = register_size(kind.id, plan, group)
    if size is not None and len(names) > size:
        sized = next((sheet for sheet in group if sheet.registers.get(kind.id) is not None), None)
        if sized is None:
            problems.add("register-exceeded", group[0].location, found=len(names), expected=size, kind=kind.title)
        else:
            problems.add("size-exceeded", _size_place(sized, kind), found=size, expected=len(names), kind=kind.title)
    _check_against_plan(group, kind, names, problems)
    return names


def find_planned_size(kind: Kind) -> int | None:
    """Return how many subjects of a kind its plan has within each root subject; None if it does not say, and for roots."""
    return kind.register.count if kind.register and kind.parent is not None else None


def _check_against_plan(group: list[Sheet], kind: Kind, names: set[str], problems: Problems) -> None:
    """Compare the size of a register that sheets give with the plan's: a smaller one needs a reason, a larger one is told.

    Where the plan names its subjects, those that no sheet lists are named with it.
    """
    sheet = next((sheet for sheet in group if kind.id in sheet.registers), None)
    expected = find_planned_size(kind)
    if sheet is None or expected is None:
        return
    stated = sheet.registers[kind.id]
    size = len(names) if stated is None else stated
    place, confirmed = sheet.register_remarks.get(kind.id, (sheet.location, ""))
    details = {"kind": kind.title, "found": size, "expected": expected, "year": sheet.year}
    if size == expected:
        if confirmed:
            problems.warn("register-needless", place, **details, reason=confirmed)
        return
    gone = [name for name in kind.register.names if name not in names] if kind.register else []
    shown = name_some(gone, _NAMED)
    details["names"] = Term("register-names", {"names": shown}) if gone else ""
    if confirmed:
        problems.warn("register-confirmed", place, **details, reason=confirmed)
    elif size < expected:
        remedy = _name_remedy(kind, place, size)
        problems.add("register-shrunk", place, **details, subject=sheet.subject, remedy=remedy)
    elif stated is not None:  # more listed than a plan allows is an error of its own
        problems.warn("register-grown", place, **details, remedy=_name_remedy(kind, place, size))


def _name_remedy(kind: Kind, place: Location, size: int) -> Term:
    """Say where the reason for another size of a register is written: on the cover of a workbook, or in the text of a sheet."""
    if place.cell:
        return Term("register-reason.cover", {"label": Term("layout.register-confirmed", {"title": kind.title})})
    return Term("register-reason.written", {"id": kind.id, "found": size})


def _check_parents(group: list[Sheet], kind: Kind, plan: Plan, names: dict[str, set[str]], problems: Problems) -> None:
    if kind.parent is None or kind.parent == plan.root.id:
        return
    register = plan.kinds[kind.parent].register
    known = names[kind.parent] | set(register.names if register else ())
    for part in (part for sheet in group for part in sheet.of(kind.id)):
        for at in part.orphans(known):
            found = part.parent(at)
            hint = nearest(found, known)
            problems.add(
                "unknown-parent", part.parent_location(at), found=found, nearest=hint, kind=plan.kinds[kind.parent].title,
                named=bool(register and register.names),
            )  # fmt: skip
