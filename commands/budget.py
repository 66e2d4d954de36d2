"""Budgets: `budget`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click
from dabiao.base.problems import Location, Problems, Refused
from dabiao.commands.common import LANG, SELECT, SHEETS, WAIVERS, Write, command_line, reports_asked, tell, write_each

if TYPE_CHECKING:
    from dabiao.budget.results import Limits


@click.command()
@click.argument("plan")
@SHEETS
@click.option("--costs", required=True, type=click.Path(path_type=Path), help="What can be done, and what it costs.")
@click.option("--limit", metavar="AMOUNT", help="How much may be spent in all, such as 2000万元.")
@click.option("--limit-year", multiple=True, metavar="YEAR=AMOUNT", help="How much may be spent in a year; repeatable.")
@click.option(
    "--from", "first", type=int, metavar="YEAR", help="First year to plan for (default: after the latest sheet)."
)
@click.option("--time-limit", "seconds", type=float, default=60, show_default=True, help="Seconds to solve for.")
@WAIVERS
@SELECT
@click.option("-o", "--output", multiple=True, metavar="FORMAT[:FILE]", help="text, json, markdown or csv; repeatable.")
@LANG
@command_line
def budget(
    plan: str,
    sheets: tuple[Path, ...],
    costs: Path,
    limit: str | None,
    limit_year: tuple[str, ...],
    first: int | None,
    seconds: float,
    waivers: Path | None,
    select: tuple[str, ...],
    output: tuple[str, ...],
    lang: str,
) -> int:
    """Find the cheapest actions that keep the commitments of a PLAN, from fact SHEETS and a costs file."""
    from dabiao.budget.answer import Wanted
    from dabiao.budget.answer import budget as answer
    from dabiao.reports import budget as report
    from dabiao.reports import budget_json as report_json

    limits = _limits(limit, limit_year, seconds)
    writers: dict[str, Write] = {
        "text": lambda stream: report.write_text(found, lang, stream),
        "json": lambda stream: report_json.write_json(found, lang, stream),
        "markdown": lambda stream: report.write_markdown(found, lang, stream),
        "csv": lambda stream: report.write_csv(found, lang, stream),
    }
    outputs = reports_asked(output, writers)  # before anything is worked out
    wanted = Wanted(
        plan=plan,
        sheets=sheets,
        costs=costs,
        waivers=waivers,
        select=select,
        limits=limits,
        first=first,
        seconds=seconds,
    )
    found = answer(wanted)
    tell(found.notes, lang)
    write_each(outputs, writers)
    return found.exit_code


def _limits(limit: str | None, by_year: tuple[str, ...], seconds: float) -> Limits:
    from dabiao.budget.read import money
    from dabiao.budget.results import Limits

    problems = Problems()
    if not 0 < seconds < 1e6:
        problems.add("costs.bad-time", Location("--time-limit"), found=seconds)
    total = None if limit is None else money(limit, Location("--limit"), problems)
    years: dict[int, Fraction] = {}
    for text in by_year:
        year, sign, amount = text.partition("=")
        if not sign or not year.isdecimal() or int(year) in years:
            problems.add("costs.bad-limit-year", Location("--limit-year"), found=text)
        elif (most := money(amount, Location("--limit-year"), problems)) is not None:
            years[int(year)] = most
    if problems.errors:
        raise Refused(problems.found)
    return Limits(total, years)
