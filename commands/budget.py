"""Budgets: `budget`."""

from __future__ import annotations

from typing import Any

import click
from dabiao.commands.asking import LANG, PATH, PLAN, SELECT, SHEETS, WAIVERS, asks, words
from dabiao.commands.common import Write, command_line, reports, reports_asked, tell, write_each


@click.command()
@asks(
    PLAN, SHEETS,
    click.option("--costs", required=True, type=PATH, help="What can be done, and what it costs."),
    words("--limit", "How much may be spent in all, such as 2000万元.", metavar="AMOUNT"),
    words("--limit-year", "How much may be spent in a year; repeatable.", metavar="YEAR=AMOUNT", multiple=True),
    click.option("--from", "first", type=int, metavar="YEAR", help="First year to plan for (default: after the latest sheet)."),
    click.option("--time-limit", "seconds", type=float, default=60, show_default=True, help="Seconds to solve for."),
    WAIVERS, SELECT, reports("text, json, markdown or csv"), LANG,
)  # fmt: skip
@command_line
def budget(limit: str | None, limit_year: tuple[str, ...], output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Find the cheapest actions that keep the commitments of a PLAN, from fact SHEETS and a costs file."""
    from dabiao.budget import answer
    from dabiao.budget.requests import BudgetRequest, read_limits
    from dabiao.reports import budget as report
    from dabiao.reports import budget_json as report_json

    writers: dict[str, Write] = {
        "text": lambda stream: report.write_text(found, lang, stream),
        "json": lambda stream: report_json.write_json(found, lang, stream),
        "markdown": lambda stream: report.write_markdown(found, lang, stream),
        "csv": lambda stream: report.write_csv(found, lang, stream),
    }
    outputs = reports_asked(output, writers)  # before anything is worked out
    found = answer.budget(BudgetRequest(**asked, limits=read_limits(limit, limit_year)))
    tell(found.problems, lang)
    write_each(outputs, writers)
    return found.exit_code
