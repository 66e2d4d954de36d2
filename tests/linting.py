"""What lint warns of in a small plan, with the text that stands at each place."""

from __future__ import annotations

from dabiao.base.problems import Problem
from dabiao.rules.lint import lint
from dabiao.rules.load import parse_plan
from helpers import HEAD, measure, plan_text

BEDS = measure("beds")


TARGET = "at_least: 5 张\ndue: 2025"


def warnings(
    code: str, measures: str, *commitments: str, rest: str = "", head: str = HEAD
) -> list[tuple[str, Problem]]:
    """Return the warnings of one rule, each with the text that stands at its place."""
    text = plan_text(measures, "".join(commitments), rest, head)
    lines = text.splitlines()
    found = [p for p in lint(parse_plan(text, "demo.plan.yaml")) if p.code == f"lint.{code}"]
    return [(lines[p.location.line - 1][p.location.column - 1 :], p) for p in found]


def places(code: str, measures: str, *commitments: str, rest: str = "", head: str = HEAD) -> list[str]:
    """Return the text that stands where one rule warns."""
    return [place for place, _ in warnings(code, measures, *commitments, rest=rest, head=head)]


READING = "reading: {chosen: 表中150张, other: 正文100张, why: 表更晚}"
