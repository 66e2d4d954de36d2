"""Checks the names of subjects in a set of sheets: no hidden marks, not too long, and no two that look alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dabiao.base.limits import limits
from dabiao.base.names import find_hidden_mark, fold_name, spell_out
from dabiao.base.problems import Location, Problem, Problems, Term, make_limit_problem
from dabiao.facts.cells import CONVERTED, NO_NAMES, is_no_name
from dabiao.facts.model import Part, Sheet
from dabiao.facts.vocabulary import is_total
from dabiao.rules.model import Kind, Plan

_SHOWN = 60
_SPOILT = {  # a character that some program could not read or changed, and lines drawn through a text by signs of their own
    "damaged-name": re.compile("\ufffd"),
    "name-converted": re.compile(CONVERTED),
    "struck-out": re.compile("[\u0335-\u0338]|~~.+~~"),
}
_LINE_ENDS = str.maketrans("\t\n\r", "   ")
_Names = dict[str, Location]  # the first location of each name


def check_root_names(places: Iterable[tuple[str, Location]], problems: Problems) -> None:
    """Note every name of a root subject that has a hidden mark, is too long, or looks like another."""
    roots: _Names = {}
    for name, location in places:
        roots.setdefault(name, location)
    _check_alike(roots, {}, [], problems)


def check_names(sheets: Iterable[Sheet], plan: Plan, problems: Problems) -> None:
    """Note every name below a root that has a hidden mark, is too long, names nothing or a total, or looks like another.

    Names of one root are compared over all years: a home spelled in two ways would lose the figures of earlier years.
    """
    groups: dict[tuple[str, str], list[Part]] = {}
    for sheet in sheets:
        for part in sheet.parts:
            groups.setdefault((sheet.subject, part.kind), []).append(part)
    for (root, _), parts in groups.items():
        single: _Names = {}
        rare: _Names = {}
        for part in parts:
            names = part.names()
            doubtful = part.unusual() if part.can_merge else {*part.unusual(), *part.among(NO_NAMES)}
            for at in sorted(doubtful):
                _check_total(names[at], part, at, plan, problems)
                if names[at] != root:  # roots have been looked at
                    (single if part.can_merge else rare).setdefault(names[at], part.location(at))
        _check_alike(single, rare, [part for part in parts if not part.can_merge], problems)


def _check_total(name: str, part: Part, at: int, plan: Plan, problems: Problems) -> None:
    """Note a row of totals or remarks: counted as one more subject, it would count every figure twice."""
    kind = plan.kinds.get(part.kind)
    if kind is not None and kind is not plan.root and is_total(name, kind):
        expected = Term("reading.titled", {"title": kind.title, "id": kind.id})
        problems.add("totals-name", part.location(at), found=name[:_SHOWN], expected=expected)


def is_wrong_alone(name: str, kind: Kind) -> bool:
    """Whether something is wrong with the name of a subject of a kind, whatever the others are called."""
    return is_total(name, kind) or bool(_look_at(name, Location("")))


def _look_at(name: str, location: Location) -> list[Problem]:
    """Return what is wrong with a name by itself."""
    found = []
    if len(name) > limits().name:
        found.append(make_limit_problem("name", location, len(name)))
    if is_no_name(name):
        found.append(Problem("names-nothing", location, {"found": name[:_SHOWN]}))
    for code, pattern in _SPOILT.items():
        if pattern.search(name):
            found.append(Problem(code, location, {"found": name[:_SHOWN]}))
    # a long name wraps in its cell: a line end in it is a space
    if sign := find_hidden_mark(name.translate(_LINE_ENDS), name=True):
        found.append(Problem("hidden-mark", location, {"found": name[:_SHOWN], "mark": sign}))
    return found


def _check_alike(single: _Names, rare: _Names, tables: Iterable[Part], problems: Problems) -> None:
    """Check names one by one. Of the tables check only unusual names, and the plain names that these look like."""
    told: set[str] = set()  # names of which something else is said: what they look like follows from it
    forms: set[str] = set()
    for name, location in (*single.items(), *rare.items()):
        if found := _look_at(name, location):
            problems.extend(found)
            told.add(name)
        if (form := fold_name(name)) != name:
            forms.add(form)
    if not forms:  # names that are their own folded form differ to the eye
        return
    plain: _Names = {}
    for part in tables:
        names = part.names()
        for at in part.among(forms):
            plain.setdefault(names[at], part.location(at))
    seen: dict[str, tuple[str, Location]] = {}
    for name, location in (*single.items(), *plain.items(), *rare.items()):
        other, first = seen.setdefault(fold_name(name), (name, location))
        if other != name and not {name, other} & told:
            problems.add("near-duplicate", location, found=spell_out(name), other=spell_out(other), first=first)
