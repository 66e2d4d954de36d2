"""Budgets: `budget`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click
from dabiao.base.problems import Location, Problems, Refused
from dabiao.commands.common import LANG, SELECT, SHEETS, WAIVERS, command_line, tell
from dabiao.commands.outputs import ask_outputs, output_option, write

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
@output_option("budget")
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

    limits = _limits(limit, limit_year, seconds)
    outputs = ask_outputs("budget", output, [costs])
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
    write(found, outputs, lang)
    return found.exit_code


def _limits(limit: str | None, by_year: tuple[str, ...], seconds: float) -> Limits:
    from dabiao.budget.results import Limits
    from dabiao.facts.costs.read import money

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
