"""Plans with data checks, and sheets for them."""

from __future__ import annotations

from pathlib import Path

from dabiao import Refused
from dabiao.rules.model import Plan
from helpers import commitment, judge, make_plan, measure

MEASURES = (
    measure("beds_total")
    + measure("rehab_share", 'unit: "%"')
    + measure("rehab_towns", "unit: 个")
    + measure("towns", "unit: 个")
    + measure("family", "unit: 张, baseline: 100 张")
    + measure("growth", 'unit: "%", signed: true')
    + measure("law", "ladder: deliverable")
    + measure("beds", of="home")
    + measure("reserved", of="home")
    + measure("open", "yes_no: true", of="home")
    + measure("area", "unit: 平方米", of="home")
    + measure("lot", "unit: 平方米", of="home")
    + measure("area_total", "unit: 平方米")
)


PROMISE = commitment("promise", "measure: beds_total\nat_least: 1 张\ndue: 2025")


def plan_with(*checks: str) -> Plan:
    """Return a plan with data checks, each written in one line: the body of a flow mapping."""
    lines = "".join(f"  - {{{body}}}\n" for body in checks)
    return make_plan(MEASURES, PROMISE, f"checks:\n{lines}")


def home(name: str, facts: str) -> str:
    """Return one home of a sheet."""
    return f"- {{kind: home, name: {name}, facts: {{{facts}}}}}\n"


def outcome(plan: Plan, folder: Path, *sheets: str) -> str:
    """Return what became of the only check of a plan: held, failed, or unmade."""
    try:
        result = judge(plan, folder, *sheets)
    except Refused as refused:
        assert {"data"} == {problem.code.partition(".")[0] for problem in refused.problems}
        return "failed"
    (count,) = result.checked
    assert not count.failed
    assert {"baseline-year"} >= {note.code for note in result.notes}
    return "held" if count.made and not count.unmade else "unmade" if count.unmade and not count.made else "nothing"
