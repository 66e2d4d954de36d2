"""The whole way: measure, judge, waive, infer. Reading comes before, reporting after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import polars as pl
from dabiao.base.problems import Location, Problem, Refused
from dabiao.engine.explain import Explained
from dabiao.engine.infer import infer
from dabiao.engine.judge import VERDICT, judge
from dabiao.engine.measure import Measured
from dabiao.engine.results import CheckCount, Result, Verdict, WaiverNote
from dabiao.engine.select import select as selected
from dabiao.facts.model import Facts
from dabiao.facts.tables import build
from dabiao.rules.model import Plan

_WAIVABLE = ("shortfall", "behind")


def check(
    plan: Plan,
    facts: Facts,
    *,
    year: int | None = None,
    as_of: date | None = None,
    select: Sequence[str] = (),
    data_checks: bool = True,
) -> Result:
    """Judge the facts of one year against a plan, after its data checks have been made of every year.

    `year` is the latest year reported unless given. `as_of` is the day whose text of the plan and whose waivers count:
    the last day of the year unless given. Raises `Refused` for a year without facts or outside the plan, for a
    selection that names nothing, and with everything the data checks find if one of them refuses the sheets.
    `data_checks=False` leaves them out, for facts that are made up one figure at a time.
    """
    year = _year(plan, facts, year)
    as_of = as_of or date(year, 12, 31)
    plan = plan.as_of(as_of)
    picked = selected(plan, select)
    measured = Measured(build(Facts(plan, facts.sheets)), year)
    noted, counts = _checked(measured, facts) if plan.checks and data_checks else ((), ())
    table = judge(measured, [c for c in picked if not c.manual])
    table, notes, waived = _waive(table, plan, year, as_of)
    return Result(
        plan=plan,
        year=year,
        as_of=as_of,
        table=table,
        followed=infer(measured, table),
        manual=[c for c in picked if c.manual],
        waivers=notes,
        reported=sum(_reported(measured, kind) for kind in plan.kinds),
        synthetic=any(sheet.synthetic for sheet in facts.sheets if sheet.year == year),
        notes=(*facts.notes, *noted),
        checked=counts,
        explain=Explained(measured, table, waived),
    )


def _checked(measured: Measured, facts: Facts) -> tuple[Sequence[Problem], Sequence[CheckCount]]:
    """Make the data checks: what they note, and how often each was made. Raises `Refused` if the sheets must not be used."""
    from dabiao.engine.data_checks import check_data

    checked = check_data(measured, facts)
    if checked.refused:
        raise Refused([*facts.notes, *checked.problems])
    return checked.problems, checked.counts


def _year(plan: Plan, facts: Facts, year: int | None) -> int:
    chosen = facts.years[-1] if year is None and facts.years else year
    if chosen is None:
        raise Refused([Problem("no-sheets", Location("—"), {"expected": "*.facts.yaml"})])
    if not plan.history <= chosen <= plan.last:
        details: dict[str, object] = {"found": chosen, "first": plan.history, "last": plan.last}
        raise Refused([Problem("year-outside", Location("--year"), details)])
    if chosen not in facts.years:
        years = ", ".join(map(str, facts.years))
        raise Refused([Problem("year-not-reported", Location("--year"), {"found": chosen, "expected": years})])
    return chosen


def _reported(measured: Measured, kind: str) -> int:
    """Return how many facts of the year are known."""
    frame = measured.frame(kind)
    return sum(frame.height - frame[name].null_count() for name in measured.plan.reported(kind))


def _waive(
    table: pl.DataFrame, plan: Plan, year: int, as_of: date
) -> tuple[pl.DataFrame, list[WaiverNote], dict[int, Verdict]]:
    """Apply the waivers of the year that have not expired. Only what fell short can be waived, never what is unknown."""
    notes: list[WaiverNote] = []
    waived: dict[int, Verdict] = {}
    for waiver in (w for w in plan.text.waivers if w.year == year):
        state: Literal["used", "expired", "unused"] = "expired" if waiver.expires < as_of else "unused"
        if state == "unused":
            hit = (table["commitment"].cast(pl.String) == waiver.commitment) & (table["subject"] == waiver.subject)
            rows = (hit & table["verdict"].cast(pl.String).is_in(_WAIVABLE)).arg_true().to_list()
            waived.update({row: table["verdict"][row] for row in rows})
            state = "used" if rows else "unused"
        notes.append(
            WaiverNote(waiver.commitment, waiver.subject, waiver.expires, state, waiver.reason, waiver.authority)
        )
    if waived:
        mask = pl.Series(values=[False]).new_from_index(0, table.height).scatter(list(waived), values=True)
        verdict = pl.Series(["waived"], dtype=VERDICT).new_from_index(0, table.height).zip_with(mask, table["verdict"])
        table = table.with_columns(verdict.alias("verdict"))
    return table, notes, waived
