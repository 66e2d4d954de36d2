"""Reads a whole document of one sort: a plan, a sheet, waivers ... A document of another sort is one error, not one a key."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import TypeVar

from dabiao.base.nodes import Node
from dabiao.base.problems import Location, Problems, Term
from dabiao.rules.shape import read

T = TypeVar("T")

_PLAN = {"version", "document", "period", "measures", "commitments"}
_COSTS = {"actions", "money", "flows"}
_SORTS: dict[str, Callable[[Set[str]], bool]] = {
    "part": lambda keys: "part_of" in keys,
    "scenario": lambda keys: "scenario" in keys,
    "assignments": lambda keys: "assignments" in keys,
    "cases": lambda keys: "cases" in keys,
    "dataset": lambda keys: "dataset" in keys,
    "sheet": lambda keys: {"subject", "year"} <= keys,
    "plan": lambda keys: (
        bool(keys & {"period", "commitments"} or {"version", "document"} <= keys) and "part_of" not in keys
    ),
    "costs": lambda keys: bool(keys & _COSTS),
    "waivers": lambda keys: "waivers" in keys and not keys & _PLAN,  # a plan may have some of its own
}
"""Whether keys are those of a sort, the surest first. One misspelt key makes no document of another sort."""


def read_document(sort: str, form: type[T], node: Node, problems: Problems) -> T | None:
    """Read a whole document of a sort, as `read` does. Notes that it is one of another sort, and then returns None."""
    keys = set(node.mapping or ())
    found = next((name for name, fits in _SORTS.items() if fits(keys)), sort)
    if found == sort or _SORTS[sort](keys):
        return read(form, node, problems)
    code = "other-sort.order" if {found, sort} == {"plan", "sheet"} else "other-sort"
    problems.add(code, Location(node.location.file), found=Term(f"sort.{found}"), expected=Term(f"sort.{sort}"))
    return None
