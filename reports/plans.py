"""The list of shipped plans."""

from __future__ import annotations

from typing import TextIO

from dabiao.base.messages import say
from dabiao.reports.text import console_for, table_with
from dabiao.rules.load import load_plan, shipped_plans
from rich.markup import escape


def write_list(lang: str, stream: TextIO) -> None:
    """Write the shipped plans with their period and size."""
    table = table_with([say(f"plans.{column}", lang) for column in ("id", "title", "period", "commitments", "manual")])
    for name in shipped_plans():
        plan = load_plan(name)
        manual = sum(c.manual for c in plan.commitments.values())
        period = f"{plan.first}–{plan.last}"
        judged = len(plan.commitments) - manual
        table.add_row(escape(name), escape(plan.title[lang]), period, str(judged), str(manual))
    console_for(stream).print(table)
