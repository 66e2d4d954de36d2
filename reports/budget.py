"""Budgets as text, Markdown and CSV: what to do in which year, what it costs, and what the engine says of it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TextIO

from dabiao.base.messages import say, visible
from dabiao.base.quantities import decimal_text, in_unit, quantity_text
from dabiao.base.units import Unit
from dabiao.budget.answer import EXPLAINED as _MOST
from dabiao.budget.results import Budget, Conflict, Member, Price, Short, Step
from dabiao.reports import words
from dabiao.rules.model import Commitment
from rich.markup import escape

_NAMED = 8


@dataclass(frozen=True)
class Section:
    """A heading with lines or a table below it."""

    heading: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()


def write_text(budget: Budget, lang: str, stream: TextIO) -> None:
    """Write the report people read."""
    from dabiao.reports.text import console_for, table_with

    console = console_for(stream)
    head, *rest = heading(budget, lang)
    console.print(f"[bold]{escape(visible(head))}[/bold]")
    for line in rest:
        console.print(escape(visible(line)))
    for section in sections(budget, lang):
        console.print(f"\n[bold]{escape(visible(section.heading))}[/bold]")
        for line in section.lines:
            console.print(escape("  " + visible(line)))
        if section.columns:
            table = table_with(list(section.columns))
            for row in section.rows:
                table.add_row(*(escape(visible(cell)) for cell in row))
            console.print(table)
    console.print()
    console.print(escape(summary(budget, lang)))


def write_markdown(budget: Budget, lang: str, stream: TextIO) -> None:
    """Write the same as a Markdown page."""
    head, *rest = heading(budget, lang)
    stream.write(f"# {_marked(head)}\n\n")
    stream.write("".join(f"{_marked(line)}\n\n" for line in rest))
    for section in sections(budget, lang):
        stream.write(f"## {_marked(section.heading)}\n\n")
        stream.write("".join(f"- {_marked(line)}\n" for line in section.lines) + ("\n" if section.lines else ""))
        if section.columns:
            stream.write(f"| {' | '.join(section.columns)} |\n|{'---|' * len(section.columns)}\n")
            for row in section.rows:
                stream.write(f"| {' | '.join(_marked(cell) for cell in row)} |\n")
            stream.write("\n")
    stream.write(f"{_marked(summary(budget, lang))}\n")


def _marked(text: str) -> str:
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, "\\" + sign)
    return visible(text)


def money(amount: Fraction, unit: Unit, *, name: bool = True) -> str:
    """Write an amount of yuan in the unit of the costs file."""
    return quantity_text(amount, unit) if name else decimal_text(in_unit(amount, unit))


def heading(budget: Budget, lang: str) -> list[str]:
    """Return the title, what the reader must be warned of, and the answer in one line."""
    unit = budget.costs.money
    details = {"plan": budget.plan.title[lang], "root": budget.root, "first": budget.years[0], "last": budget.years[-1]}
    lines = [say("budget.title", lang, base=budget.base, **details)]
    if budget.costs.illustrative:
        lines.append(say("budget.illustrative", lang))
    if budget.synthetic:
        lines.append(say("budget.synthetic", lang))
    if budget.limits:
        parts = []
        if budget.limits.total is not None:
            parts.append(say("budget.limit-total", lang, amount=money(budget.limits.total, unit)))
        for year, amount in sorted(budget.limits.by_year.items()):
            parts.append(say("budget.limit-year", lang, year=year, amount=money(amount, unit)))
        lines.append(say("budget.limit", lang, limits="；".join(parts) if lang == "zh" else "; ".join(parts)))
    lines.append(_answer(budget, lang))
    if budget.needed is not None and budget.needed != budget.total:
        lines.append(say("budget.needed", lang, total=money(budget.needed, unit)))
    return lines


def _answer(budget: Budget, lang: str) -> str:
    total, seconds = money(budget.total, budget.costs.money), decimal_text(Fraction(round(budget.seconds)))
    if budget.status == "nothing_to_do":
        return say("budget.nothing", lang)
    if budget.status == "unknown":
        return say("budget.unknown", lang, seconds=seconds)
    if budget.status == "feasible":
        if budget.gap is not None and not budget.short:
            gap = f"{decimal_text(budget.gap * 100)} %"
            return say("budget.feasible", lang, seconds=seconds, total=total, gap=gap)
        line = say("budget.feasible-best", lang, seconds=seconds, total=total)
        if budget.unproven:
            nature, kept, most = budget.unproven
            details = {"kept": decimal_text(kept), "most": decimal_text(most), "nature": say(f"nature.{nature}", lang)}
            line += say("budget.unproven", lang, **details)
        return line
    return say("budget.best" if budget.short else "budget.optimal", lang, total=total)


def sections(budget: Budget, lang: str) -> list[Section]:
    """Return everything below the heading, without what is empty."""
    found = [
        _steps(budget, lang), _money(budget, lang), _changes(budget, lang), _short(budget, lang), _conflicts(budget, lang),
        _undetermined(budget, lang), _unsupported(budget, lang), _prices(budget, lang), _following(budget, lang),
    ]  # fmt: skip
    return [section for section in found if section.rows or section.lines]


def _columns(lang: str, *names: str) -> tuple[str, ...]:
    return tuple(say(f"budget.{name}", lang) for name in names)


def _cut(rows: Sequence[tuple[str, ...]], lang: str) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    more = (say("budget.more-rows", lang, count=len(rows) - _MOST),) if len(rows) > _MOST else ()
    return tuple(rows[:_MOST]), more


def _names(names: Sequence[str], lang: str) -> str:
    comma = "、" if lang == "zh" else ", "
    shown = comma.join(names[:_NAMED])
    return shown + (" " + say("budget.more-rows", lang, count=len(names) - _NAMED) if len(names) > _NAMED else "")


def grouped(steps: Sequence[Step]) -> dict[tuple[int, str], list[Step]]:
    """Put together the steps of one action in one year."""
    found: dict[tuple[int, str], list[Step]] = {}
    for step in steps:
        found.setdefault((step.year, step.action.id), []).append(step)
    return found


def _subjects(steps: Sequence[Step], lang: str) -> str:
    names: list[str] = []
    for step in steps:
        if step.opened:
            names += step.opened
        else:
            names.append(step.subject if len(steps) == 1 or step.units == 1 else f"{step.subject} × {step.units}")
    return _names(names, lang)


def _what(steps: Sequence[Step], budget: Budget, lang: str) -> str:
    """Say what some steps change, all together."""
    action = steps[0].action
    units = sum(step.units for step in steps)
    if action.opens:
        return say("budget.opens", lang, kind=budget.plan.kinds[action.kind].title[lang], count=units)
    parts = []
    for name, amount in action.adds.items():
        measure = budget.plan.measures[action.kind, name]
        unit = (
            Unit("百分点" if lang == "zh" else "pp", measure.unit.factor, ())
            if measure.unit.is_percentage
            else measure.unit
        )
        times = units if not action.each or not measure.unit.is_percentage else 1
        text = quantity_text(amount * times, unit)
        parts.append(f"{measure.title[lang]} {'+' if amount > 0 else ''}{text}")
    for name, value in action.sets.items():
        measure = budget.plan.measures[action.kind, name]
        text = measure.steps[int(value)].title[lang] if measure.steps else quantity_text(value, measure.unit)
        parts.append(f"{measure.title[lang]} → {text}")
    return ("；" if lang == "zh" else "; ").join(parts)


def _steps(budget: Budget, lang: str) -> Section:
    rows = []
    for (year, name), steps in grouped(budget.steps).items():
        action = steps[0].action
        paid = budget.paid.get((name, year), Fraction(0))
        units = decimal_text(Fraction(sum(step.units for step in steps)))
        title = f"{action.title[lang]} [{name}]"
        cost = money(paid, budget.costs.money)
        what = _what(steps, budget, lang)
        rows.append((str(year), title, _subjects(steps, lang), units, what, str(steps[0].effect), cost))
    columns = _columns(lang, "year", "action", "for", "units", "what", "effect", "cost")
    return Section(say("budget.steps", lang), columns, tuple(rows))


def _money(budget: Budget, lang: str) -> Section:
    unit = budget.costs.money
    limits = budget.limits
    rows = []
    for year in budget.years:
        running, spent = budget.running.get(year, Fraction(0)), budget.spent.get(year, Fraction(0))
        most = limits.by_year.get(year)
        cells = [money(amount, unit, name=False) for amount in (spent - running, running, spent)]
        rows.append((str(year), *cells, "—" if most is None else money(most, unit, name=False)))
    running = sum(budget.running.values(), Fraction(0))
    cells = [money(amount, unit, name=False) for amount in (budget.total - running, running, budget.total)]
    most = limits.total
    rows.append((say("budget.total", lang), *cells, "—" if most is None else money(most, unit, name=False)))
    columns = _columns(lang, "year", "paid", "running", "total", "limited")
    if not budget.steps:
        rows = []
    return Section(say("budget.money", lang, unit=unit.symbol), columns, tuple(rows))


def _title(commitment: Commitment, lang: str) -> str:
    return f"{commitment.title[lang]} [{commitment.id}]"


def _verdict(verdict: str | None, lang: str) -> str:
    return "—" if verdict is None else say(f"verdict.{verdict}", lang)


def _changes(budget: Budget, lang: str) -> Section:
    rows = []
    for change in budget.changes:
        if change.before == change.after:
            continue
        finding = change.finding
        value = words.actual_text(finding, lang) if finding else "—"
        target = words.target_text(finding, lang) if finding else "—"
        rows.append((
            str(change.year), _title(change.commitment, lang), change.subject or "—", _verdict(change.before, lang),
            _verdict(change.after, lang), f"{value}（{target}）" if lang == "zh" else f"{value} ({target})",
        ))  # fmt: skip
    shown, more = _cut(rows, lang)
    columns = _columns(lang, "year", "commitment", "subject", "before", "after", "actual")
    return Section(f"{say('budget.changes', lang)} {len(rows)}", columns, shown, more)


def _short(budget: Budget, lang: str) -> Section:
    ordered = sorted(budget.short, key=lambda short: short.why == "no_action")  # what actions bear on first
    rows = [_short_row(short, budget, lang) for short in ordered]
    shown, more = _cut(rows, lang)
    columns = (*_columns(lang, "year", "commitment", "subject", "gap", "why", "more"), say("report.nature", lang))
    return Section(f"{say('budget.short', lang)} {len(rows)}", columns, shown, more)


def _short_row(short: Short, budget: Budget, lang: str) -> tuple[str, ...]:
    change = short.change
    gap = words.gap_text(change.finding, lang, budget.plan) if change.finding else ""
    more = "—" if short.more is None else money(short.more, budget.costs.money)
    return (
        str(change.year), _title(change.commitment, lang), change.subject or "—", gap or "—",
        say(f"budget.why.{short.why}", lang), more, say(f"nature.{change.commitment.nature}", lang),
    )  # fmt: skip


def _undetermined(budget: Budget, lang: str) -> Section:
    rows = []
    for change in budget.undetermined:
        missing = words.missing_text(change.finding, budget.plan, lang) if change.finding else "—"
        subject = words.subject_text(change.finding, lang) if change.finding else change.subject
        rows.append((str(change.year), _title(change.commitment, lang), subject or "—", missing or "—"))
    shown, more = _cut(rows, lang)
    columns = _columns(lang, "year", "commitment", "subject", "missing")
    return Section(f"{say('budget.undetermined', lang)} {len(rows)}", columns, shown, more)


def _unsupported(budget: Budget, lang: str) -> Section:
    rows = []
    for change, figures in budget.unsupported:
        why = say("budget.product", lang, figures=" × ".join(figures) or "?")
        after = _verdict(change.after, lang)
        rows.append((str(change.year), _title(change.commitment, lang), change.subject or "—", after, why))
    shown, more = _cut(rows, lang)
    columns = _columns(lang, "year", "commitment", "subject", "after", "why")
    return Section(f"{say('budget.unsupported', lang)} {len(rows)}", columns, shown, more)


def _conflicts(budget: Budget, lang: str) -> Section:
    lines = []
    semicolon = "；" if lang == "zh" else "; "
    for conflict in budget.conflicts:
        members = semicolon.join(member_text(member, budget, lang) for member in conflict.members)
        code = _conflict_code(conflict)
        lines.append(say(code, lang, members=members))
    return Section(say("budget.conflicts", lang), lines=tuple(lines))


def _conflict_code(conflict: Conflict) -> str:
    if not conflict.minimal or not conflict.members:
        return "budget.conflict-open"
    return "budget.conflict-one" if len(conflict.members) == 1 else "budget.conflict-many"


def member_text(member: Member, budget: Budget, lang: str) -> str:
    """Name one part of a conflict, and how far it would have to give way."""
    unit = budget.costs.money
    if member.commitment is None:
        if member.year is None:
            name = say("budget.total-limit", lang, amount=money(budget.limits.total or Fraction(0), unit))
        else:
            amount = money(budget.limits.by_year[member.year], unit)
            name = say("budget.year-limit", lang, year=member.year, amount=amount)
        if member.extra is None:
            return name
        return say("budget.member-limit", lang, name=name, extra=money(member.extra, unit))
    commitment = member.commitment
    name = f"{_title(commitment, lang)} {member.year}"
    bounds = [b for s in commitment.stages if s.year == member.year for b in s.bounds] or list(commitment.bounds)
    number = bounds[0].target.form.number if len(bounds) == 1 else None
    if member.best is None or number is None:
        return name
    shown = commitment.shown_unit
    target = say(f"operator.{bounds[0].operator}", lang, target=quantity_text(number, shown))
    return say("budget.member-best", lang, name=name, best=quantity_text(member.best, shown, number), target=target)


def _prices(budget: Budget, lang: str) -> Section:
    rows = []
    for price in budget.prices:
        if not price.without and not price.more and price.reachable:
            continue
        rows.append(_price_row(price, budget, lang))
    shown, more = _cut(rows, lang)
    if budget.unpriced:
        more = (*more, say("budget.unpriced", lang, count=budget.unpriced))
    columns = _columns(lang, "commitment", "without", "one-more", "then")
    return Section(say("budget.prices", lang), columns if shown else (), shown, more)


def _price_row(price: Price, budget: Budget, lang: str) -> tuple[str, ...]:
    unit = budget.costs.money
    shown = price.commitment.shown_unit
    if shown.is_percentage:
        shown = Unit("百分点" if lang == "zh" else "pp", shown.factor, ())
    step = "—" if price.step is None else quantity_text(price.step, shown)
    then = say("budget.not-reachable", lang) if not price.reachable else "—"
    if price.more is not None:
        then = money(price.more, unit)
    without = "—" if price.without is None else money(price.without, unit)
    return _title(price.commitment, lang), without, step, then


def _following(budget: Budget, lang: str) -> Section:
    titles = {rule.id: rule.title[lang] for rule in budget.plan.consequences.values()}
    rows = []
    for one in budget.following:
        if one.before == one.after and not one.change:
            continue
        change = "—" if one.change is None else money(one.change, budget.costs.money)
        rows.append((str(one.year), f"{titles[one.rule]} [{one.rule}]", str(one.before), str(one.after), change))
    columns = _columns(lang, "year", "consequence", "before", "after", "loss")
    return Section(say("budget.following", lang), columns, tuple(rows))


def counts(budget: Budget) -> dict[str, int]:
    """Return how many findings owed in the years to come are kept, short, undetermined, cannot be optimised, or else."""
    verdicts = [change.after for change in budget.changes]
    found = {
        "met": verdicts.count("met"),
        "short": verdicts.count("shortfall"),
        "undetermined": verdicts.count("undetermined"),
    }
    return {**found, "unsupported": len(budget.unsupported), "other": len(verdicts) - sum(found.values())}


def summary(budget: Budget, lang: str) -> str:
    """Return one line with every count, zeros included."""
    return say("budget.summary", lang, count=len(budget.changes), **counts(budget))


def write_csv(budget: Budget, lang: str, stream: TextIO) -> None:
    """Write the actions as a table: one line for each subject and year."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["year", "action", "title", "subject", "units", "in_effect", "opened"])
    for step in budget.steps:
        cells = (step.action.title[lang], step.subject, step.units, step.effect, " ".join(step.opened))
        writer.writerow([step.year, step.action.id, *(_harmless(cell) for cell in cells)])


def _harmless(cell: object) -> object:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
