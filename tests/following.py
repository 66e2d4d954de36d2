"""A plan whose findings may have consequences, and sheets for it."""

from __future__ import annotations

from pathlib import Path

from dabiao.engine.results import Result
from dabiao.rules.model import Plan
from helpers import commitment, judge, make_plan, measure, sheet_text

LISTED = "home: complete, centre: complete, town: {size: 0, confirmed: 撤并}"


MEASURES = (
    measure("fund", "unit: 张")
    + measure("town_beds", "unit: 张", "town")
    + measure("score", "unit: 分", "home")
    + measure("reserve", "unit: 张", "home")
    + measure("visits", "unit: 次", "centre")
)


COMMITMENTS = (
    commitment("fund", "measure: fund\nat_least: 10 张\ndue: throughout\nnature: binding")
    + commitment("town-beds", "each: town\nmeasure: town_beds\nat_least: 10 张\ndue: throughout\nnature: anticipatory")
    + commitment("score", "each: home\nmeasure: score\nat_least: 85 分\ndue: throughout")
    + commitment("reserve", "each: home\nmeasure: reserve\nat_least: 1 张\ndue: throughout\nnature: binding")
    + commitment("visits", "each: centre\nmeasure: visits\nat_least: 1 次\ndue: throughout\nnature: binding")
)


def consequence(name: str, when: str, on: str = "", level: str = "alert") -> str:
    """Return one consequence: `when` is the list of conditions, `on` the kind it falls on if that is written."""
    falls = f"for: {on}, " if on else ""
    return f"  - {{id: {name}, title: {{zh: 后果, en: Consequence}}, level: {level}, {falls}when: [{when}]}}\n"


def rules(*lines: str, measures: str = MEASURES, commitments: str = COMMITMENTS) -> Plan:
    """Return a plan with these consequences."""
    return make_plan(measures, commitments, "consequences:\n" + "".join(lines))


def home(name: str, score: int = 90, reserve: int = 2) -> str:
    """Return a home as an item of a sheet."""
    return f"- {{kind: home, name: {name}, facts: {{score: {score} 分, reserve: {reserve} 张}}}}\n"


def judged(plan: Plan, folder: Path, subjects: str, facts: str = "fund: 20 张") -> Result:
    """Judge one district in which every home is listed and nothing else is."""
    return judge(plan, folder, sheet_text(facts, subjects, registers=LISTED))
