"""Budgets as text and Markdown: what to do in which year, what it costs, and what the engine says of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from dabiao.base.messages import bracket, join_list, say
from dabiao.base.quantities import decimal_text, in_unit, quantity_text
from dabiao.base.units import Unit
from dabiao.budget.results import Budget, Conflict, Member, Price, Shortfall, Step
from dabiao.budget.run import EXPLAINED as _EXPLAINED
from dabiao.reports import words
from dabiao.reports.document import (
    Bar,
    Block,
    Cell,
    Document,
    Heading,
    Paragraph,
    drop_empty,
    items,
    name_columns,
    table,
)
from dabiao.rules.written import Nature

_NAMED = 8
_NATURES: tuple[Nature, ...] = ("binding", "anticipatory", "unstated")
Row = tuple[str | Cell, ...]


def document(budget: Budget, lang: str, most: int | None = None) -> Document:
    """Return the answer. Of each sort of finding as many are listed as the engine explained, or `most` if that is less."""
    most = _EXPLAINED if most is None else min(most, _EXPLAINED)
    blocks = [
        *_head(budget, lang), *_steps(budget, lang), *_money(budget, lang), *_changes(budget, lang, most),
        *_short(budget, lang, most), *_conflicts(budget, lang), *_undetermined(budget, lang, most),
        *_unsupported(budget, lang, most), *_prices(budget, lang, most), *_curve(budget, lang), *_following(budget, lang),
    ]  # fmt: skip
    return Document(lang, tuple(blocks), (summary(budget, lang),))


def _section(
    heading: str, columns: Sequence[str], rows: Sequence[Row], most: int | None = None, numbers: tuple[int, ...] = ()
) -> Iterator[Block]:
    """Iterate over a heading and its table, nothing if there are no rows."""
    if rows:
        yield Heading(heading)
        yield table(columns, rows, most, numbers)


def money(amount: Fraction, unit: Unit, *, name: bool = True) -> str:
    """Write an amount of yuan in the unit of the costs file."""
    return quantity_text(amount, unit) if name else decimal_text(in_unit(amount, unit))


def _head(budget: Budget, lang: str) -> Iterator[Block]:
    """Iterate over the title, what the reader must be warned of, and the answer in one line."""
    unit = budget.costs.money
    details = {"plan": budget.plan.title[lang], "root": budget.root, "first": budget.years[0], "last": budget.years[-1]}
    yield Heading(say("budget.title", lang, base=budget.base, **details), 1)
    if budget.costs.illustrative:
        yield Paragraph(say("budget.illustrative", lang), warning=True)
    if budget.synthetic:
        yield Paragraph(say("budget.synthetic", lang), warning=True)
    if budget.limits:
        parts = []
        if budget.limits.total is not None:
            parts.append(say("budget.limit-total", lang, amount=money(budget.limits.total, unit)))
        for year, amount in sorted(budget.limits.by_year.items()):
            parts.append(say("budget.limit-year", lang, year=year, amount=money(amount, unit)))
        yield Paragraph(say("budget.limit", lang, limits=join_list(parts, lang, "clauses")))
    yield Paragraph(_answer(budget, lang))
    if budget.needed is not None and budget.needed != budget.total:
        yield Paragraph(say("budget.needed", lang, total=money(budget.needed, unit)))


def _answer(budget: Budget, lang: str) -> str:
    total, seconds = money(budget.total, budget.costs.money), decimal_text(Fraction(round(budget.seconds)))
    if budget.status == "nothing_to_do":
        return say("budget.nothing", lang)
    if budget.status == "unknown":
        return say("budget.unknown", lang, seconds=seconds)
    if budget.status == "feasible":
        if budget.gap is not None:
            gap = f"{decimal_text(budget.gap * 100)} %"
            code = "budget.feasible-most" if budget.short else "budget.feasible"
            return say(code, lang, seconds=seconds, total=total, gap=gap)
        line = say("budget.feasible-best", lang, seconds=seconds, total=total)
        if budget.unproven:
            nature, kept, most = budget.unproven
            details = {"kept": decimal_text(kept), "most": decimal_text(most), "nature": say(f"nature.{nature}", lang)}
            line += say("budget.unproven", lang, **details)
        return line
    return say("budget.best" if budget.short else "budget.optimal", lang, total=total)


def group_steps(steps: Sequence[Step]) -> dict[tuple[int, str], list[Step]]:
    """Put together the steps of one action in one year."""
    found: dict[tuple[int, str], list[Step]] = {}
    for step in steps:
        found.setdefault((step.year, step.action.id), []).append(step)
    return found


def subjects_text(steps: Sequence[Step], lang: str) -> str:
    """Name the subjects of some steps, the first few of them."""
    names: list[str] = []
    for step in steps:
        if step.opened:
            names += step.opened
        else:
            names.append(step.subject if len(steps) == 1 or step.units == 1 else f"{step.subject} × {step.units}")
    if len(names) <= _NAMED:
        return join_list(names, lang)
    return f"{join_list(names[:_NAMED], lang)} {say('report.more', lang, count=len(names) - _NAMED)}"


def what_text(steps: Sequence[Step], budget: Budget, lang: str) -> str:
    """Say what some steps change, all together."""
    action = steps[0].action
    units = sum(step.units for step in steps)
    if action.opens:
        return say("budget.opens", lang, kind=budget.plan.kinds[action.kind].title[lang], count=units)
    parts = []
    for name, amount in action.adds.items():
        measure = budget.plan.measures[action.kind, name]
        times = units if not action.each or not measure.unit.is_percentage else 1
        text = words.difference_text(amount * times, measure.unit, lang)
        parts.append(f"{measure.title[lang]} {'+' if amount > 0 else '-'}{text}")
    for name, value in action.sets.items():
        measure = budget.plan.measures[action.kind, name]
        text = measure.steps[int(value)].title[lang] if measure.steps else quantity_text(value, measure.unit)
        parts.append(f"{measure.title[lang]} → {text}")
    return join_list(parts, lang, "clauses")


def _steps(budget: Budget, lang: str) -> Iterator[Block]:
    rows = []
    for (year, name), steps in group_steps(budget.steps).items():
        action = steps[0].action
        paid = budget.paid.get((name, year), Fraction(0))
        units = decimal_text(Fraction(sum(step.units for step in steps)))
        title = f"{action.title[lang]} [{name}]"
        cost = money(paid, budget.costs.money)
        what = what_text(steps, budget, lang)
        rows.append((str(year), title, subjects_text(steps, lang), units, what, str(steps[0].effect), cost))
    columns = name_columns("budget", lang, "year", "action", "for", "units", "what", "effect", "cost")
    yield from _section(say("budget.steps", lang), columns, rows)


def _money(budget: Budget, lang: str) -> Iterator[Block]:
    """List what is paid in each year, with a bar up to the dearest year or the highest limit."""
    if not budget.steps:
        return
    unit, limits = budget.costs.money, budget.limits
    rows: list[Row] = []
    end = max([*budget.spent.values(), *limits.by_year.values()], default=Fraction(0))
    for year in budget.years:
        running, spent = budget.running.get(year, Fraction(0)), budget.spent.get(year, Fraction(0))
        most = limits.by_year.get(year)
        parts = [money(amount, unit, name=False) for amount in (spent - running, running)]
        total = _with_bar(money(spent, unit, name=False), spent, end, most)
        rows.append((str(year), *parts, total, "—" if most is None else money(most, unit, name=False)))
    running = sum(budget.running.values(), Fraction(0))
    cells = [money(amount, unit, name=False) for amount in (budget.total - running, running, budget.total)]
    most = limits.total
    rows.append((say("budget.total", lang), *cells, "—" if most is None else money(most, unit, name=False)))
    columns = name_columns("budget", lang, "year", "paid", "running", "total", "limited")
    yield from _section(say("budget.money", lang, unit=unit.symbol), columns, rows, numbers=(1, 2, 3, 4))


def _with_bar(text: str, value: Fraction, end: Fraction, limit: Fraction | None = None) -> Cell:
    """Return a cell with a bar as long as the value is beside the greatest one, and a mark at its limit."""
    if end <= 0:
        return Cell(text)
    return Cell(text, bar=Bar(float(value / end), target=None if limit is None else float(limit / end)))


def _verdict(verdict: str | None, lang: str) -> str:
    return "—" if verdict is None else say(f"verdict.{verdict}", lang)


def _changes(budget: Budget, lang: str, most: int) -> Iterator[Block]:
    rows = []
    for change in budget.changes:
        if change.before == change.after:
            continue
        finding = change.finding
        value = words.actual_text(finding, lang) if finding else "—"
        target = words.target_text(finding, lang) if finding else "—"
        rows.append((
            str(change.year), words.title_text(change.commitment, lang), change.subject or "—", _verdict(change.before, lang),
            _verdict(change.after, lang), f"{value}{bracket(target, lang)}",
        ))  # fmt: skip
    columns = name_columns("budget", lang, "year", "commitment", "subject", "before", "after", "actual")
    yield from _section(f"{say('budget.changes', lang)} {len(rows)}", columns, rows, most)


def _short(budget: Budget, lang: str, most: int) -> Iterator[Block]:
    """List what stays short although actions bear on it, and count the rest."""
    reached = [short for short in budget.short if short.why != "no_action"]
    natures = words.nature_texts([short.change.commitment for short in reached], lang)
    rows = [_short_row(short, nature, budget, lang) for short, nature in zip(reached[:most], natures, strict=False)]
    columns = (
        *name_columns("budget", lang, "year", "commitment", "subject", "gap", "why", "more"),
        say("report.nature", lang),
    )
    if budget.short:
        yield Heading(f"{say('budget.short', lang)} {len(budget.short)}")
        yield drop_empty(columns, rows, len(reached) - len(rows))
    if rest := len(budget.short) - len(reached):
        yield Paragraph(say("budget.short-beyond", lang, count=rest))


def _short_row(short: Shortfall, nature: str, budget: Budget, lang: str) -> tuple[str, ...]:
    change = short.change
    gap = words.gap_text(change.finding, lang, budget.plan) if change.finding else ""
    more = "—" if short.more is None else money(short.more, budget.costs.money)
    return (
        str(change.year), words.title_text(change.commitment, lang), change.subject or "—", gap or "—",
        say(f"budget.why.{short.why}", lang), more, nature,
    )  # fmt: skip


def _undetermined(budget: Budget, lang: str, most: int) -> Iterator[Block]:
    """List what cannot be promised although actions bear on it, and count the rest."""
    rows = []
    for change in (change for change in budget.undetermined if change.within_reach):
        missing = words.missing_text(change.finding, budget.plan, lang) if change.finding else "—"
        subject = words.subject_text(change.finding, lang) if change.finding else change.subject
        rows.append((str(change.year), words.title_text(change.commitment, lang), subject or "—", missing or "—"))
    columns = name_columns("budget", lang, "year", "commitment", "subject", "missing")
    if budget.undetermined:
        yield Heading(f"{say('budget.undetermined', lang)} {len(budget.undetermined)}")
        yield table(columns, rows, most)
    if rest := len(budget.undetermined) - len(rows):
        yield Paragraph(say("budget.undetermined-beyond", lang, count=rest))


def _unsupported(budget: Budget, lang: str, most: int) -> Iterator[Block]:
    rows = []
    for change, figures in budget.unsupported:
        why = say("budget.product", lang, figures=" × ".join(figures) or "?")
        after = _verdict(change.after, lang)
        rows.append((str(change.year), words.title_text(change.commitment, lang), change.subject or "—", after, why))
    columns = name_columns("budget", lang, "year", "commitment", "subject", "after", "why")
    yield from _section(f"{say('budget.unsupported', lang)} {len(rows)}", columns, rows, most)


def _conflicts(budget: Budget, lang: str) -> Iterator[Block]:
    if not budget.conflicts:
        return
    yield Heading(say("budget.conflicts", lang))
    texts = []
    for conflict in budget.conflicts:
        members = join_list([member_text(member, budget, lang) for member in conflict.members], lang, "clauses")
        texts.append(say(_conflict_code(conflict), lang, members=members))
    yield items(texts)


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
    name = f"{words.title_text(commitment, lang)} {member.year}"
    bounds = [b for s in commitment.stages if s.year == member.year for b in s.bounds] or list(commitment.bounds)
    number = bounds[0].target.form.number if len(bounds) == 1 else None
    if member.best is None or number is None:
        return name
    shown = commitment.shown_unit
    target = say(f"operator.{bounds[0].operator}", lang, target=quantity_text(number, shown))
    return say("budget.member-best", lang, name=name, best=quantity_text(member.best, shown, number), target=target)


def _prices(budget: Budget, lang: str, most: int) -> Iterator[Block]:
    telling = [price for price in budget.prices if is_telling(price)]
    if not telling and not budget.unpriced:
        return
    yield Heading(say("budget.prices", lang))
    rows = [row for price in telling for row in price_rows(price, budget, lang)]
    yield table(name_columns("budget", lang, "commitment", "without", "alone", "one-more", "then"), rows, most)
    if any(len(price.members) > 1 for price in telling):
        yield Paragraph(say("budget.linked", lang))
    if budget.unpriced:
        yield Paragraph(say("budget.unpriced", lang, count=budget.unpriced))


def is_telling(price: Price) -> bool:
    """Whether a price says more than that a commitment is kept without any money."""
    return bool(price.without) or any(one.alone or one.more or not one.reachable for one in price.members)


def price_rows(price: Price, budget: Budget, lang: str) -> list[Row]:
    """Return a row for each commitment that a price is for; what is saved stands in the first."""
    unit = budget.costs.money
    rows: list[Row] = []
    for number, one in enumerate(price.members):
        step = "—" if one.step is None else words.difference_text(one.step, one.commitment.shown_unit, lang)
        then = say("budget.not-reachable", lang) if not one.reachable else "—"
        if one.more is not None:
            then = money(one.more, unit)
        title = words.title_text(one.commitment, lang)
        saved = money(price.without, unit) if number == 0 else say("budget.with-above", lang)
        rows.append((title, saved, money(one.alone, unit), step, then))
    return rows


def kept_text(nature: Nature, natures: Sequence[Nature], lang: str) -> str:
    """Name a number of findings that are kept; with their nature where there are several."""
    return say(f"budget.kept.{nature}" if len(natures) > 1 or nature != "unstated" else "budget.kept", lang)


def _curve(budget: Budget, lang: str) -> Iterator[Block]:
    """List what the best programme keeps for less money, where that was asked for."""
    natures = [nature for nature in _NATURES if any(point.kept.get(nature) for point in budget.curve)]
    unit = budget.costs.money
    most = Fraction(max((kept for point in budget.curve for kept in point.kept.values()), default=0))
    rows: list[Row] = []
    for point in budget.curve:
        counts = [Fraction(point.kept.get(nature, 0)) for nature in natures]
        cells = [_with_bar(str(count), count, most) for count in counts]
        rows.append((money(point.limit, unit), money(point.cost, unit), *cells))
    headings = (
        *name_columns("budget", lang, "limited", "cost"),
        *(kept_text(nature, natures, lang) for nature in natures),
    )
    yield from _section(say("budget.curve", lang), headings, rows, numbers=tuple(range(len(headings))))


def _following(budget: Budget, lang: str) -> Iterator[Block]:
    titles = {rule.id: rule.title[lang] for rule in budget.plan.consequences.values()}
    rows = []
    for one in budget.following:
        if one.before == one.after and not one.change:
            continue
        change = "—" if one.change is None else money(one.change, budget.costs.money)
        rows.append((str(one.year), f"{titles[one.rule]} [{one.rule}]", str(one.before), str(one.after), change))
    columns = name_columns("budget", lang, "year", "consequence", "before", "after", "loss")
    yield from _section(say("budget.following", lang), columns, rows)


def counts(budget: Budget) -> dict[str, int]:
    """Return how many findings owed in the years to come are kept, short, undetermined, cannot be optimised, or else.

    `beyond` are those among all of them that no action of the costs file bears on.
    """
    verdicts = [change.after for change in budget.changes]
    found = {
        "met": verdicts.count("met"),
        "short": verdicts.count("shortfall"),
        "undetermined": verdicts.count("undetermined"),
    }
    found = {**found, "unsupported": len(budget.unsupported), "other": len(verdicts) - sum(found.values())}
    return {**found, "beyond": budget.beyond}


def summary(budget: Budget, lang: str) -> str:
    """Return one line with every count, zeros included."""
    return say("budget.summary", lang, count=len(budget.changes), **counts(budget))
