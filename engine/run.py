"""From what was asked to an outcome: plan, sheets and judgement, with whatever was refused on the way."""

from __future__ import annotations

from dabiao.base.problems import Refused
from dabiao.engine.check import check
from dabiao.engine.results import Asked, Outcome
from dabiao.facts.read import read_facts
from dabiao.rules.load import load_plan
from dabiao.rules.model import Plan


def answer(asked: Asked) -> Outcome:
    """Read and judge what was asked. Whatever is refused is part of the outcome; nothing is raised for it."""
    plan: Plan | None = None
    try:
        plan = load_plan(asked.plan, asked.waivers)
        facts = read_facts(asked.sheets, plan)
        result = check(plan, facts, year=asked.year, as_of=asked.as_of, select=asked.select)
    except Refused as refused:
        return Outcome(asked=asked, plan=plan, result=None, problems=refused.problems)
    return Outcome(asked=asked, plan=result.plan, result=result, problems=tuple(result.notes))
