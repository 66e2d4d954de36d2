"""The money of a budget for spreadsheets: CSV, and a workbook with a sheet for each question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import IO, Any

from dabiao.base.messages import say
from dabiao.base.quantities import exact_text, in_unit
from dabiao.base.writing import write_bytes
from dabiao.budget.results import Budget
from dabiao.reports import words
from dabiao.reports.budget import group_steps, is_telling, subjects_text, what_text
from dabiao.reports.document import name_columns
from dabiao.reports.workbook_sheets import put
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

RUNNING = "running_costs"  # in the column of actions: the running costs of a year
_COLUMNS = ("year", "action", "title", "subjects", "units", "in_effect", "opened", "cost", "unit")
_WIDTHS = (8, 60)  # the narrowest and the widest column, in characters
_MONEY = "#,##0.##"
Value = str | int | Fraction | None


def csv_rows(budget: Budget, lang: str) -> Iterator[list[object]]:
    """Iterate over a line of headings, the actions of each year, and its running costs. The costs add up to the total."""
    unit = budget.costs.money
    yield [say(f"budget.csv.{column}", lang) for column in _COLUMNS]
    for (year, name), steps in group_steps(budget.steps).items():
        opened = " ".join(subject for step in steps for subject in step.opened)
        count, paid = sum(step.units for step in steps), budget.paid.get((name, year), Fraction(0))
        names = "" if opened else "; ".join(f"{s.subject} × {s.units}" if len(steps) > 1 else s.subject for s in steps)
        action = steps[0].action
        cost = exact_text(in_unit(paid, unit))
        yield [year, name, action.title[lang], names, count, steps[0].effect, opened, cost, unit.symbol]
    for year, running in budget.running.items():
        if running:
            cost = exact_text(in_unit(running, unit))
            yield [year, RUNNING, say("budget.running", lang), "", "", year, "", cost, unit.symbol]


def write(budget: Budget, lang: str, path: Path) -> None:
    """Write the workbook, whole or not at all. Raises `Refused` if it cannot be written."""
    write_bytes(path, lambda stream: write_book(budget, lang, stream))


def write_book(budget: Budget, lang: str, stream: IO[bytes]) -> None:
    """Write a workbook: the money by year, the actions, who they are for, what changes, what stays short, and the prices.

    It has no formulas. Amounts are numbers in the unit of the costs file; a text is always a text.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, headings, rows in _list_sheets(budget, lang):
        _fill(book.create_sheet(title), headings, rows)
    book.save(stream)


def _list_sheets(budget: Budget, lang: str) -> Iterator[tuple[str, Sequence[str], list[list[Value]]]]:
    named = partial(name_columns, "budget", lang)

    def amount(number: Fraction | None) -> Fraction | None:
        return None if number is None else in_unit(number, unit)

    unit = budget.costs.money
    paid, cost = f"{say('budget.paid', lang)} ({unit.symbol})", f"{say('budget.cost', lang)} ({unit.symbol})"
    limits, running = budget.limits, sum(budget.running.values(), Fraction(0))
    years: list[list[Value]] = [
        [year, amount(spent - budget.running.get(year, 0)), amount(budget.running.get(year, Fraction(0))), amount(spent),
         amount(limits.by_year.get(year))] for year, spent in budget.spent.items()
    ]  # fmt: skip
    all_years: list[Value] = [
        say("budget.total", lang),
        *map(amount, (budget.total - running, running, budget.total, limits.total)),
    ]
    notes: list[list[Value]] = [[note] for note in _list_notes(budget, lang)]
    headings = (*named("year"), paid, *named("running", "total", "limited"))
    yield say("budget.sheet-money", lang), headings, [*years, all_years, *notes]
    actions = group_steps(budget.steps)
    yield say("budget.steps", lang), (*named("year", "action", "for", "units", "what", "effect"), cost), [
        [year, f"{steps[0].action.title[lang]} [{name}]", subjects_text(steps, lang), sum(s.units for s in steps),
         what_text(steps, budget, lang), steps[0].effect, amount(budget.paid.get((name, year), Fraction(0)))]
        for (year, name), steps in actions.items()
    ]  # fmt: skip
    yield say("budget.sheet-subjects", lang), named("year", "action", "for", "units", "effect"), [
        [step.year, f"{step.action.title[lang]} [{step.action.id}]", " ".join(step.opened) or step.subject, step.units,
         step.effect] for step in budget.steps
    ]  # fmt: skip
    yield say("budget.sheet-commitments", lang), named("year", "commitment", "subject", "before", "after"), [
        [change.year, words.title_text(change.commitment, lang), change.subject,
         *("" if v is None else say(f"verdict.{v}", lang) for v in (change.before, change.after))]
        for change in budget.changes if change.within_reach
    ]  # fmt: skip
    headings = (*named("year", "commitment", "subject", "why"), f"{say('budget.more', lang)} ({unit.symbol})")
    yield say("budget.short", lang), headings, [
        [s.change.year, words.title_text(s.change.commitment, lang), s.change.subject, say(f"budget.why.{s.why}", lang),
         amount(s.more)] for s in budget.short if s.why != "no_action"
    ]  # fmt: skip
    money = tuple(f"{heading} ({unit.symbol})" for heading in named("without", "alone", "then"))
    yield say("budget.prices", lang), (*named("sheet-group", "commitment"), money[0], money[1], *named("one-more"), money[2]), [
        [group, words.title_text(one.commitment, lang), amount(price.without) if first == 0 else None, amount(one.alone),
         "" if one.step is None else words.difference_text(one.step, one.commitment.shown_unit, lang),
         amount(one.more) if one.reachable else say("budget.not-reachable", lang)]
        for group, price in enumerate(filter(is_telling, budget.prices), 1) for first, one in enumerate(price.members)
    ]  # fmt: skip


def _list_notes(budget: Budget, lang: str) -> Iterator[str]:
    """Iterate over what a reader of the money must be warned of."""
    if budget.costs.illustrative:
        yield say("budget.illustrative", lang)
    if budget.synthetic:
        yield say("budget.synthetic", lang)


def _fill(sheet: Worksheet, headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
    """Write a table, with headings that stay in sight."""
    widths = [len(heading) for heading in headings]
    for column, heading in enumerate(headings, 1):
        cell = _put(sheet, 1, column, heading)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8EEF4")
    for number, row in enumerate(rows, 2):
        for column, value in enumerate(row, 1):
            cell = _put(sheet, number, column, value)
            cell.alignment = Alignment(vertical="top", wrap_text=isinstance(value, str) and len(row) > 1)
            if len(row) > 1:  # a note runs over the columns beside it
                widths[column - 1] = max(widths[column - 1], sum(1 + (sign > "⺀") for sign in str(value or "")))
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = min(max(width + 2, _WIDTHS[0]), _WIDTHS[1])
    sheet.freeze_panes = "A2"


def _put(sheet: Worksheet, row: int, column: int, value: Value) -> Any:
    """Write one cell. A text is a text, whatever it begins with."""
    cell: Any = sheet.cell(row, column)
    if isinstance(value, str):
        put(cell, value)
    elif value is not None:
        cell.value = float(value) if isinstance(value, Fraction) and value.denominator != 1 else int(value)
        if isinstance(value, Fraction):
            cell.number_format = _MONEY if value.denominator != 1 else "#,##0"
    return cell
