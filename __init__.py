"""Dabiao (达标): checks what plans promised against what was reported.

from dabiao import check, load_plan, read_facts

plan = load_plan("yanqing")
result = check(plan, read_facts("sheet.facts.yaml", plan))
for finding in result.findings(["shortfall"]):
    print(finding.commitment.title.zh, finding.actual, finding.gap)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dabiao.base.problems import Location, Problem, Refused
    from dabiao.engine.check import check
    from dabiao.engine.results import Finding, Result
    from dabiao.facts.read import read_facts
    from dabiao.rules.load import load_plan

__version__ = "0.1.0"

__all__ = ["Finding", "Location", "Problem", "Refused", "Result", "check", "load_plan", "read_facts"]

_HOMES = {
    "check": "dabiao.engine.check",
    "load_plan": "dabiao.rules.load",
    "read_facts": "dabiao.facts.read",
    "Finding": "dabiao.engine.results",
    "Result": "dabiao.engine.results",
    "Problem": "dabiao.base.problems",
    "Refused": "dabiao.base.problems",
    "Location": "dabiao.base.problems",
}


def __dir__() -> list[str]:
    """List the public names."""
    return sorted((*__all__, "__version__"))


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that a command does not wait for what it does not need."""
    if name not in _HOMES:
        raise AttributeError(f"module 'dabiao' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
