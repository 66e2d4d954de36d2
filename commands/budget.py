"""Budgets: `budget`."""

from __future__ import annotations

from typing import Any

import click
from dabiao.commands.asking import ASSIGNMENTS, LANG, PATH, PLAN, SELECT, SHEETS, WAIVERS, asks, words
from dabiao.commands.common import command_line
from dabiao.commands.help import command
from dabiao.commands.outputs import CHARTS, answer, formats_asked, output_option


@command()
@asks(
    PLAN, SHEETS,
    click.option("--costs", required=True, type=PATH),
    words("--limit", metavar="AMOUNT"),
    words("--limit-year", metavar="YEAR=AMOUNT", multiple=True),
    click.option("--from", "first", type=int, metavar="YEAR"),
    click.option("--time-limit", "seconds", type=float, default=60, show_default=True),
    WAIVERS, ASSIGNMENTS, SELECT, output_option("budget"), LANG,
)  # fmt: skip
@command_line
def budget(limit: str | None, limit_year: tuple[str, ...], output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Find the cheapest actions that keep the commitments of a PLAN, from fact SHEETS and a costs file."""
    from dabiao.budget.requests import BudgetRequest, read_limits
    from dabiao.budget.run import budget as find_cheapest

    curve = not formats_asked(output).isdisjoint((*CHARTS, "html"))
    request = BudgetRequest(**asked, limits=read_limits(limit, limit_year), curve=curve)
    return answer(request, find_cheapest, "budget", output, lang)
