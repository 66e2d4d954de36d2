"""Judge: comparator, due time, bounds and path give a verdict for every commitment, subject and year, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Literal

import polars as pl
from dabiao.engine.columns import to_float
from dabiao.engine.measure import Measured
from dabiao.engine.pace import expected, leg
from dabiao.engine.results import VERDICTS
from dabiao.rules.algebra import ONE, Ratio, compare
from dabiao.rules.comparators import Operator, meets, toward
from dabiao.rules.model import Bound, Commitment, Plan

VERDICT = pl.Enum(VERDICTS)
_WORDS = pl.Series(VERDICTS, dtype=VERDICT)
_MANY_ROWS = 100_000
_SHORT = 1_000

Phase = Literal["early", "pace", "judged"]


@dataclass(frozen=True, slots=True)
class Task:
    """What has to be asked of the columns to judge one commitment in one year."""

    commitment: Commitment
    phase: Phase
    bounds: tuple[Bound, ...]


def phase_of(commitment: Commitment, plan: Plan, year: int) -> Phase:
    """Return whether a year is before the plan ("early"), on the way to the due year ("pace"), or one to be judged."""
    if year < plan.first or year <= plan.baseline:
        return "early"
    due = commitment.due
    if due is None or due.kind != "year" or due.year is None or year >= due.year:
        return "judged"
    if any(stage.year == year for stage in commitment.stages):
        return "judged"
    return "pace"


def task(commitment: Commitment, plan: Plan, year: int) -> Task:
    """Return what judging a commitment in a year asks for."""
    phase = phase_of(commitment, plan, year)
    stage = next((stage for stage in commitment.stages if stage.year == year), None)
    if stage and phase == "judged":
        return Task(commitment, phase, stage.bounds)
    if phase == "pace" and commitment.value is not None:
        return Task(commitment, phase, leg(commitment, plan, year).bounds)
    return Task(commitment, phase, commitment.bounds)


def judge(measured: Measured, commitments: Sequence[Commitment]) -> pl.DataFrame:
    """Judge commitments for the year, one row per commitment and subject.

    Columns: commitment, root, subject, kind, actual, target (floats in base units), verdict, `@index` (row in the frame
    of the kind for that year; null where no subject was there to judge).
    """
    measured.prepare(c.value.form.top + c.value.form.bottom for c in commitments if c.value)
    tasks = [task(c, measured.plan, measured.year) for c in commitments]
    if max((measured.frame(one.commitment.kind).height for one in tasks), default=0) < _MANY_ROWS:
        parts = [_judged(measured, one) for one in tasks]
    else:
        with ThreadPoolExecutor(max_workers=2) as pool:  # Polars lets go of the interpreter while it works
            parts = list(pool.map(lambda one: _judged(measured, one), tasks))
    return _table(measured, [piece for part in parts for piece in part])


@dataclass(frozen=True, slots=True)
class _Piece:
    """The findings of one commitment for the rows of one kind. A number or None stands for a column of it."""

    commitment: str
    kind: str
    root: pl.Series
    subject: pl.Series
    actual: pl.Series | float | None
    target: pl.Series | float | None
    verdict: pl.Series
    index: pl.Series


def _table(measured: Measured, pieces: list[_Piece]) -> pl.DataFrame:
    """Put the pieces below one another."""
    plan = measured.plan

    heights = [len(piece.root) for piece in pieces]
    names = pl.Series(list(plan.commitments), dtype=pl.Enum(list(plan.commitments)))
    kinds = pl.Series(list(plan.kinds), dtype=pl.Enum(list(plan.kinds)))
    name_at, kind_at = ({name: i for i, name in enumerate(series)} for series in (names, kinds))

    def labels(series: pl.Series, places: Iterable[int]) -> pl.Series:
        return _below(
            [series.new_from_index(i, height) for i, height in zip(places, heights, strict=True)], series.dtype
        )

    def floats(values: Iterable[pl.Series | float | None]) -> pl.Series:
        return _below(list(_merged(values, heights)), pl.Float64())

    return pl.DataFrame(
        {
            "commitment": labels(names, (name_at[p.commitment] for p in pieces)),
            "root": _below([p.root for p in pieces], pl.String()),
            "subject": _below([p.subject for p in pieces], pl.String()),
            "kind": labels(kinds, (kind_at[p.kind] for p in pieces)),
            "actual": floats(p.actual for p in pieces),
            "target": floats(p.target for p in pieces),
            "verdict": _below([p.verdict for p in pieces], VERDICT),
            "@index": _below([p.index for p in pieces], pl.UInt32()),
        }
    )


def _below(parts: list[pl.Series], dtype: pl.DataType) -> pl.Series:
    return pl.concat(parts) if parts else pl.Series(dtype=dtype)


def _merged(values: Iterable[pl.Series | float | None], heights: list[int]) -> Iterator[pl.Series]:
    """Turn columns and constants into columns; short constants that follow one another share one."""
    waiting: list[float | None] = []
    for value, height in zip(values, heights, strict=True):
        if not isinstance(value, pl.Series) and height <= _SHORT:
            waiting += [value] * height
            continue
        if waiting:
            yield pl.Series(waiting, dtype=pl.Float64)
            waiting = []
        yield value if isinstance(value, pl.Series) else pl.Series([value], dtype=pl.Float64).new_from_index(0, height)
    if waiting:
        yield pl.Series(waiting, dtype=pl.Float64)


def _judged(measured: Measured, one: Task) -> list[_Piece]:
    commitment, kind = one.commitment, one.commitment.kind
    frame = measured.frame(kind)
    verdict = _verdicts(measured, one)
    actual, target = _shown(measured, one)
    columns = [frame["@root"], frame["@name"], actual, target, verdict, measured.positions(kind)]
    if commitment.where:
        applies = measured.decide(kind, commitment.where)
        if applies.null_count():
            unclear = applies.is_null() & (verdict != _code("not_due"))
            columns[4] = _all("undetermined", frame.height).zip_with(unclear, verdict)
        kept = applies.fill_null(value=True)
        columns = [c.filter(kept) if isinstance(c, pl.Series) else c for c in columns]
    found = _Piece(commitment.id, kind, *columns)  # type: ignore[arg-type]
    return [found, *_vacuous(measured, one, found.root)]


def _vacuous(measured: Measured, one: Task, judged: pl.Series) -> list[_Piece]:
    """Add a finding for each root where no subject was there to judge: vacuous is not met."""
    root = measured.plan.root.id
    if one.commitment.kind == root and not one.commitment.where:
        return []
    roots = measured.frame(root)["@root"]
    if len(roots) == 1 and len(judged):
        return []
    without = roots.filter(~roots.is_in(judged.unique().to_list()))
    if not len(without):
        return []
    verdict = _all("not_due" if one.phase == "early" else "not_applicable", len(without))
    nowhere = pl.Series([None], dtype=pl.UInt32).new_from_index(0, len(without))
    return [_Piece(one.commitment.id, root, without, without, None, None, verdict, nowhere)]


def _verdicts(measured: Measured, one: Task) -> pl.Series:
    """Return the verdict of every row of the kind, whether the commitment applies to it or not."""
    commitment, kind = one.commitment, one.commitment.kind
    height = measured.frame(kind).height
    stepped = commitment.value is None or commitment.value.steps  # there is no path along a ladder
    if one.phase == "early" or (one.phase == "pace" and stepped):
        return _all("not_due", height)
    if commitment.holds is not None:
        verdict = _three(measured.decide(kind, commitment.holds), "met", "shortfall")
    elif one.phase == "judged":
        verdict = _three(_satisfied(measured, one), "met", "shortfall")
    else:
        verdict = _on_the_way(measured, one)
    verdict = _without_base(measured, one, verdict)
    if commitment.due and commitment.due.after is not None:
        since = measured.decide(kind, commitment.due.after)
        waiting = _all("undetermined", height).zip_with(since.is_null(), _all("not_due", height))
        verdict = verdict.zip_with(since.fill_null(value=False), waiting)
    return verdict


def _satisfied(measured: Measured, one: Task) -> pl.Series:
    """Return where every bound holds, taking for granted that there is something to measure."""
    value = one.commitment.value
    assert value is not None
    parts = [_sign(measured, one.commitment.kind, value.form, b.operator, b.target.form) for b in one.bounds]
    return reduce(and_, parts)


def _sign(measured: Measured, kind: str, left: Ratio, operator: Operator, right: Ratio) -> pl.Series:
    test = compare(left, operator, right)
    return measured.sign(kind, test.margin, test.sign)


def _without_base(measured: Measured, one: Task, verdict: pl.Series) -> pl.Series:
    """Nothing to measure, or to compare with, is not applicable; perhaps nothing is undetermined."""
    kind, value = one.commitment.kind, one.commitment.value
    if value is None:
        return verdict
    zero = measured.without_value(kind, value.form, *(bound.target.form for bound in one.bounds))
    if zero is None:
        return verdict
    height = len(verdict)
    verdict = _all("not_applicable", height).zip_with(zero.fill_null(value=False), verdict)
    if not zero.null_count():
        return verdict
    unclear = zero.is_null() & (verdict != _code("not_due")) if one.phase == "pace" else zero.is_null()
    return _all("undetermined", height).zip_with(unclear, verdict)


def _on_the_way(measured: Measured, one: Task) -> pl.Series:
    """Judge pace: where the value stands against the value expected by now; not due where the baseline is not known."""
    commitment, kind = one.commitment, one.commitment.kind
    assert commitment.value is not None
    way = leg(commitment, measured.plan, measured.year)
    height = measured.frame(kind).height
    if way.start is None:
        return _all("not_due", height)
    share = way.share(measured.year)
    parts, unknown = [], pl.Series(values=[False]).new_from_index(0, height)
    for bound in way.bounds:
        interim = expected(way.start, bound.target.form, share, commitment.path)
        if (start := way.start.number) is not None and (target := bound.target.form.number) is not None:
            if meets(start, bound.operator, target):
                parts.append(_sign(measured, kind, commitment.value.form, bound.operator, bound.target.form))
            else:
                operator = toward(bound.operator, start < target)
                parts.append(_sign(measured, kind, commitment.value.form, operator, interim))
            continue
        held = _sign(measured, kind, way.start, bound.operator, bound.target.form)
        hold = _sign(measured, kind, commitment.value.form, bound.operator, bound.target.form)
        move = _sign(measured, kind, commitment.value.form, toward(bound.operator, rising=True), interim)
        if bound.operator == "==":
            fall = _sign(measured, kind, commitment.value.form, "<=", interim)
            rises = _sign(measured, kind, way.start, "<", bound.target.form)
            move = move.zip_with(rises.fill_null(value=True), fall)
        parts.append(hold.zip_with(held.fill_null(value=False), move))
        unknown = unknown | held.is_null() | _no_value(measured, kind, way.start)
    verdict = _three(reduce(and_, parts), "on_track", "behind")
    return _all("not_due", height).zip_with(unknown, verdict)


def _no_value(measured: Measured, kind: str, ratio: Ratio) -> pl.Series:
    """Return where a ratio has no value: a figure is missing, or its denominator is zero."""
    missing = measured.value(kind, ratio.top).is_null() | measured.value(kind, ratio.bottom).is_null()
    without = measured.without_value(kind, ratio)
    return missing if without is None else missing | without.fill_null(value=True)


def _shown(measured: Measured, one: Task) -> tuple[pl.Series | float | None, pl.Series | float | None]:
    """Return the actual value and the (first) target as floats, for the table of findings."""
    kind = one.commitment.kind
    value = one.commitment.value
    if value is None or not one.bounds:
        return None, None
    return _float(measured, kind, value.form), _float(measured, kind, one.bounds[0].target.form)


def _float(measured: Measured, kind: str, ratio: Ratio) -> pl.Series | float:
    if (number := ratio.number) is not None:
        return to_float(number)
    top = measured.value(kind, ratio.top)
    if ratio.bottom == ONE:
        return top
    bottom = measured.value(kind, ratio.bottom)
    return top / (bottom if measured.always_positive(kind, ratio.bottom) else bottom.set(bottom == 0.0, None))


def _three(condition: pl.Series, yes: str, no: str) -> pl.Series:
    """Turn true, false and null into verdicts."""
    height = len(condition)
    if not condition.null_count():
        return _all(yes, height).zip_with(condition, _all(no, height))
    decided = _all(yes, height).zip_with(condition.fill_null(value=False), _all(no, height))
    return _all("undetermined", height).zip_with(condition.is_null(), decided)


def _all(verdict: str, height: int) -> pl.Series:
    return _WORDS.new_from_index(VERDICTS.index(verdict), height)


def _code(verdict: str) -> pl.Series:
    return _all(verdict, 1)
