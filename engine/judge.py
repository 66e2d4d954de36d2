"""Judge: comparator, due time, bounds and path give a verdict for every commitment, subject and year, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from operator import and_, or_

import polars as pl
from dabiao.engine.columns import HAIR, constant, list_rows
from dabiao.engine.measure import Measured
from dabiao.engine.pace import expected
from dabiao.engine.ratios import bound_at, float_column, full_column, limited
from dabiao.engine.requirement import Requirement, requirement_of
from dabiao.engine.results import VERDICTS
from dabiao.facts.model import to_float
from dabiao.rules.algebra import Condition, Leaf, Ratio, Test, all_of, any_of, compare
from dabiao.rules.comparators import COMPARATORS, Operator, loosened, meets, toward
from dabiao.rules.model import Bound, Commitment
from dabiao.rules.walks import leaves, variables

VERDICT = pl.Enum(VERDICTS)
_WORDS = pl.Series(VERDICTS, dtype=VERDICT)
_MANY_ROWS = 100_000
_SHORT = 1_000

_Column = pl.Series | float | None  # a number or None stands for a column of it


def judge(measured: Measured, commitments: Sequence[Commitment]) -> pl.DataFrame:
    """Judge commitments for the year, one row per commitment and subject.

    Columns: commitment, root, subject, kind, verdict; actual, target, expected and start in base units (expected, and the
    value that the path starts with, only before the due year); `@index`, the row in the frame of the kind for that year
    (null where no subject was there to judge).
    """
    required = [requirement_of(c, measured.plan, measured.year) for c in commitments]
    if max((measured.frame(c.kind).height for c in commitments), default=0) < _MANY_ROWS:
        parts = [_judge_commitment(measured, one) for one in required]
    else:
        longest = sorted(range(len(required)), key=lambda at: -_count_missing(measured, required[at]))
        with ThreadPoolExecutor(max_workers=2) as pool:  # Polars lets go of the interpreter while it works
            found = dict(
                zip(longest, pool.map(lambda at: _judge_commitment(measured, required[at]), longest), strict=True)
            )
        parts = [found[at] for at in range(len(required))]
    return _make_table(measured, [piece for part in parts for piece in part])


def _count_missing(measured: Measured, one: Requirement) -> int:
    """Return how many figures a commitment lacks of the subjects it is about: where some are missing more is worked out."""
    frame = measured.frame(one.commitment.kind)
    looked_at = variables(*one.commitment.forms(one.bounds))
    own = {v.measure for v in looked_at if isinstance(v, Leaf) and v.kind == one.commitment.kind}
    return sum(frame[name].null_count() for name in own)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The findings of one commitment for the rows of one kind."""

    commitment: str
    kind: str
    root: pl.Series
    subject: pl.Series
    verdict: pl.Series
    index: pl.Series
    actual: _Column = None
    target: _Column = None
    expected: _Column = None
    start: _Column = None

    def filter(self, kept: pl.Series) -> _Piece:
        """Return the findings of some rows."""

        def some(column: _Column) -> _Column:
            return column.filter(kept) if isinstance(column, pl.Series) else column

        return _Piece(
            self.commitment, self.kind, self.root.filter(kept), self.subject.filter(kept), self.verdict.filter(kept),
            self.index.filter(kept), some(self.actual), some(self.target), some(self.expected), some(self.start),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Path:
    """Where the values of a kind stand on the path: what is decided, and the value expected by now and at the start."""

    verdict: pl.Series
    expected: _Column = None
    start: _Column = None


def _make_table(measured: Measured, pieces: list[_Piece]) -> pl.DataFrame:
    """Concatenate the pieces."""
    plan = measured.plan
    heights = [len(piece.root) for piece in pieces]
    ids = list(dict.fromkeys([*plan.commitments, *(piece.commitment for piece in pieces)]))
    names = pl.Series(ids, dtype=pl.Enum(ids))
    kinds = pl.Series(list(plan.kinds), dtype=pl.Enum(list(plan.kinds)))
    name_at, kind_at = ({name: i for i, name in enumerate(series)} for series in (names, kinds))

    def labels(series: pl.Series, places: Iterable[int]) -> pl.Series:
        return _concat(
            [series.new_from_index(i, height) for i, height in zip(places, heights, strict=True)], series.dtype
        )

    def floats(values: Iterable[_Column]) -> pl.Series:
        return _concat(list(_merge_constants(values, heights)), pl.Float64())

    return pl.DataFrame(
        {
            "commitment": labels(names, (name_at[p.commitment] for p in pieces)),
            "root": _concat([p.root for p in pieces], pl.String()),
            "subject": _concat([p.subject for p in pieces], pl.String()),
            "kind": labels(kinds, (kind_at[p.kind] for p in pieces)),
            "verdict": _concat([p.verdict for p in pieces], VERDICT),
            "actual": floats(p.actual for p in pieces),
            "target": floats(p.target for p in pieces),
            "expected": floats(p.expected for p in pieces),
            "start": floats(p.start for p in pieces),
            "@index": _concat([p.index for p in pieces], pl.UInt32()),
        }
    )


def _concat(parts: list[pl.Series], dtype: pl.DataType) -> pl.Series:
    return pl.concat(parts) if parts else pl.Series(dtype=dtype)


def _merge_constants(values: Iterable[_Column], heights: list[int]) -> Iterator[pl.Series]:
    """Turn columns and constants into columns; short constants that follow one another share one."""
    waiting: list[float | None] = []
    for value, height in zip(values, heights, strict=True):
        if isinstance(value, pl.Series) or height > _SHORT:
            if waiting:
                yield pl.Series(waiting, dtype=pl.Float64)
                waiting = []
            yield value if isinstance(value, pl.Series) else constant(value, height)
        else:
            waiting += [value] * height
    if waiting:
        yield pl.Series(waiting, dtype=pl.Float64)


def _judge_commitment(measured: Measured, one: Requirement) -> list[_Piece]:
    commitment, kind = one.commitment, one.commitment.kind
    frame = measured.frame(kind)
    path = _decide_verdicts(measured, one)
    verdict = path.verdict
    if commitment.where is not None:
        applies = measured.decide(kind, commitment.where)
        if applies.null_count():
            verdict = _set_verdict(verdict, "undetermined", applies.is_null() & (one.phase != "before"))
    actual, target = _shown_numbers(measured, one)
    if isinstance(target, float) and frame.height >= _MANY_ROWS:  # filled while others are judged
        target = constant(target, frame.height)
    found = _Piece(
        commitment.id, kind, frame["@root"], frame["@name"], verdict, measured.positions(kind), actual, target,
        path.expected, path.start,
    )  # fmt: skip
    if commitment.where is not None:
        found = found.filter(applies.fill_null(value=True))
    without = measured.empty_roots(kind) if commitment.where is None else measured.roots_without(found.root)
    return [found, *_find_vacuous(measured, one, without)]


def _find_vacuous(measured: Measured, one: Requirement, without: pl.Series) -> list[_Piece]:
    """Add a finding for each root where no subject was there to judge: vacuous is not met."""
    root = measured.plan.root.id
    if not len(without):
        return []
    verdict = _repeat_verdict("not_due" if one.phase == "before" else "not_applicable", len(without))
    nowhere = pl.Series([None], dtype=pl.UInt32).new_from_index(0, len(without))
    return [_Piece(one.commitment.id, root, without, without, verdict, nowhere)]


def _decide_verdicts(measured: Measured, one: Requirement) -> _Path:
    """Return the verdict of every row of the kind, whether the commitment applies to it or not."""
    commitment, kind = one.commitment, one.commitment.kind
    height = measured.frame(kind).height
    if one.phase == "before":
        return _Path(_repeat_verdict("not_due", height))
    kept = _decide_bounds(measured, one) if commitment.holds is None else measured.decide(kind, commitment.holds)
    if one.phase == "pace":
        path = _judge_path(measured, one) if one.start is not None else _Path(_repeat_verdict("not_due", height))
        return replace(path, verdict=_mark_without_base(measured, one, _add_early(path.verdict, kept)))
    verdict = _mark_without_base(measured, one, _verdicts_of(kept, "met", "shortfall"))
    if one.since:
        since = _decide_since(measured, one)
        verdict = verdict.zip_with(since, _verdict("undetermined").zip_with(since.is_null(), _verdict("not_due")))
    return _Path(verdict)


def _decide_since(measured: Measured, one: Requirement) -> pl.Series:
    """Return where the condition that a commitment waits for has held: now, or in a year of the plan before.

    Where no year decides it alone the years that are open are looked at together: a figure may occur in two of them.
    """
    kind, plan = one.commitment.kind, measured.plan
    found = measured.decide(kind, one.since[0])
    years = [found]
    for year, condition in zip(range(plan.first, measured.year), one.since[1:], strict=True):
        if found.all(ignore_nulls=False):
            break
        held = measured.decide(kind, condition)
        years.append(held.set(held.is_null() & measured.was_absent(kind, year), value=False))
        found = found | years[-1]
    open_ = pl.DataFrame([year.is_null().alias(str(number)) for number, year in enumerate(years)])
    for pattern in open_.filter(found.is_null()).unique().iter_rows():
        together = any_of([condition for condition, is_open in zip(one.since, pattern, strict=False) if is_open])
        rows = found.is_null() & reduce(and_, (open_[str(n)] == is_open for n, is_open in enumerate(pattern)))
        found = measured.decide(kind, together).zip_with(rows, found)
    return found


def _decide_bounds(measured: Measured, one: Requirement) -> pl.Series:
    """Return where every bound is met, taking for granted that there is something to measure."""
    parts = tuple(_make_condition(one, bound) for bound in one.bounds)
    return measured.decide(one.commitment.kind, all_of(parts))


def _make_condition(one: Requirement, bound: Bound) -> Condition:
    """Return the condition that a bound is met, without asking for bases."""
    assert one.commitment.value is not None
    condition = bound.condition(one.commitment.value.form)
    return Test(condition.margin, condition.sign) if isinstance(condition, Test) else condition


def _add_early(verdict: pl.Series, kept: pl.Series) -> pl.Series:
    """Before the due year a commitment that is kept already is early; one that may be is so or not, unless it is behind."""
    if kept.null_count():
        verdict = _set_verdict(verdict, "undetermined", kept.is_null() & (verdict != _verdict("behind")))
    return _set_verdict(verdict, "early", kept)


def _sign(
    measured: Measured, one: Requirement, operator: Operator, right: Ratio, left: Ratio | None = None
) -> pl.Series:
    """Compare the value of a commitment, or another, with a form."""
    assert one.commitment.value is not None
    test = compare(left or one.commitment.value.form, operator, right)
    return measured.sign(one.commitment.kind, test.margin, test.sign)


def _mark_without_base(measured: Measured, one: Requirement, verdict: pl.Series) -> pl.Series:
    """A zero denominator makes a finding not applicable; a denominator that may be zero makes it undetermined."""
    kind, value = one.commitment.kind, one.commitment.value
    if value is None:
        return verdict
    zero = measured.without_value(kind, value.form, *(bound.target.form for bound in one.bounds))
    if zero is None:
        return verdict
    verdict = _set_verdict(verdict, "not_applicable", zero)
    return _set_verdict(verdict, "undetermined", zero.is_null())


def _judge_path(measured: Measured, one: Requirement) -> _Path:
    """Judge pace: where the value stands against the value expected by now; not due where there is no start."""
    assert one.start is not None
    kind = one.commitment.kind
    start = float_column(measured, kind, one.start)
    decisions: list[pl.Series] = []
    aims: list[_Column] = []
    for bound in one.bounds:
        kept = measured.decide(kind, _make_condition(one, bound))
        a, b = one.start.number, bound.target.form.number
        if a is not None and b is not None:
            operator, number = bound.asked(b)
            if meets(a, loosened(operator), number):
                decisions.append(kept)
                aims.append(limited(measured, kind, bound, to_float(b)))
                continue
            aim = expected(one.start, Ratio.constant(number), one.share, one.commitment.path)
            decisions.append(_sign(measured, one, toward(operator, rising=a < number), aim))
            aims.append(float_column(measured, kind, aim))
            continue
        holding = _sign(measured, one, loosened(bound.operator), bound.target.form, one.start)
        target, interim = _expected_columns(measured, one, bound)
        decisions.append(_choose(holding, kept, _decide_progress(measured, one, bound, interim)))
        shown = target.zip_with(holding, interim)
        aims.append(shown.set(holding.is_null() | interim.is_null(), None))
    verdict = _verdicts_of(reduce(and_, decisions), "on_track", "behind")
    if (without := _lacks_start(measured, one)) is not None:
        verdict = _set_verdict(verdict, "not_due", without)
        verdict = _set_verdict(verdict, "undetermined", without.is_null())
    return _Path(verdict, aims[0], start)


def _choose(condition: pl.Series, yes: pl.Series, no: pl.Series) -> pl.Series:
    """Return one column where a condition holds and the other where it does not; where that is open, what both say."""
    return yes.zip_with(condition, no).set(condition.is_null() & yes.ne_missing(no), None)


def _lacks_start(measured: Measured, one: Requirement) -> pl.Series | None:
    """Return where there is no start of a path (null: where there may be none); None if there is one everywhere.

    There is none where its denominator is zero, or where it is not known and nothing was reported for the baseline year of the
    subject itself, or of those that are counted in it. What is missing among others that were reported is not known.
    """
    assert one.start is not None
    kind, plan = one.commitment.kind, measured.plan
    without = measured.without_value(kind, one.start)
    start = float_column(measured, kind, one.start)
    found = [] if without is None else [without]
    if isinstance(start, pl.Series) and start.null_count():
        of_then = [v for v in variables(one.start) if v.year or any(leaf.time == "baseline" for leaf in leaves(v))]
        looked_at = dict.fromkeys((v.owner, v.kind) for v in of_then)
        found += [start.is_null() & ~measured.listed(kind, *place, plan.baseline) for place in looked_at]
    return reduce(or_, found) if found else None


def _expected_columns(measured: Measured, one: Requirement, bound: Bound) -> tuple[pl.Series, pl.Series]:
    """Return the target and the value expected by now, as float columns."""
    assert one.start is not None
    start, target = (full_column(measured, one.commitment.kind, form) for form in (one.start, bound.target.form))
    return target, expected(start, target, one.share, one.commitment.path)


def _decide_progress(measured: Measured, one: Requirement, bound: Bound, interim: pl.Series) -> pl.Series:
    """Return where a value has come as far as is expected; for an exact target, from the side on which the path lies."""
    assert one.start is not None
    reached = {
        comparator: _compare_with_path(measured, one, bound, comparator, interim)
        for comparator in {toward(bound.operator, rising=rising) for rising in (True, False)}
    }
    if len(reached) == 1:
        return next(iter(reached.values()))
    rises = _sign(measured, one, "<", bound.target.form, one.start)
    return _choose(rises, reached[">="], reached["<="])


def _compare_with_path(
    measured: Measured, one: Requirement, bound: Bound, comparator: Operator, interim: pl.Series
) -> pl.Series:
    assert one.start is not None
    assert one.commitment.value is not None
    path, kind, value = one.commitment.path, one.commitment.kind, one.commitment.value.form
    if path.name != "compound":
        return _sign(measured, one, comparator, expected(one.start, bound.target.form, one.share, path))
    actual = full_column(measured, kind, value)
    reached: pl.Series = COMPARATORS[comparator].test(actual, interim)
    near = actual.is_null() | ((actual - interim).abs() <= (actual.abs() + interim.abs()) * HAIR)
    rows = list_rows(near & interim.is_not_null())
    exact = []
    for row in rows.to_list():  # a root is no form: decided in floats, and near the boundary to 50 digits
        aim = expected_at(measured, one, bound, row)
        test = None if aim is None else compare(value, comparator, Ratio.constant(aim))
        exact.append(None if test is None else measured.exact.polynomial(kind, test.margin, row).decide(test.sign))
    return reached.scatter(rows, pl.Series(exact, dtype=pl.Boolean)) if exact else reached


def expected_at(measured: Measured, one: Requirement, bound: Bound, row: int) -> Fraction | None:
    """Return the exact value expected by now of one row; None if there is no path, or start or target is not known."""
    if one.start is None:
        return None
    start = measured.exact.ratio(one.commitment.kind, one.start, row)
    target = measured.exact.ratio(one.commitment.kind, bound.target.form, row)
    if start is None or target is None:
        return None
    operator, target = bound_at(measured, one.commitment.kind, bound, row).asked(target)
    holding = meets(start, loosened(operator), target)
    return target if holding else expected(start, target, one.share, one.commitment.path)


def _shown_numbers(measured: Measured, one: Requirement) -> tuple[_Column, _Column]:
    """Return the actual value and the (first) target as floats."""
    kind, value = one.commitment.kind, one.commitment.value
    if value is None:
        return None, None
    bound = one.bounds[0]
    target = limited(measured, kind, bound, float_column(measured, kind, bound.target.form))
    return float_column(measured, kind, value.form), target


def _verdicts_of(condition: pl.Series, yes: str, no: str) -> pl.Series:
    """Turn true, false and null into verdicts."""
    verdict = _verdict(yes).zip_with(condition, _verdict(no))
    return _verdict("undetermined").zip_with(condition.is_null(), verdict) if condition.null_count() else verdict


def _set_verdict(verdicts: pl.Series, verdict: str, where: pl.Series) -> pl.Series:
    """Return verdicts with some replaced by one; where that is not known they are left."""
    return _verdict(verdict).zip_with(where, verdicts)


def _repeat_verdict(verdict: str, height: int) -> pl.Series:
    return _WORDS.new_from_index(VERDICTS.index(verdict), height)


def _verdict(verdict: str) -> pl.Series:
    """Return a verdict as a column of one row; `zip_with` repeats it."""
    return _repeat_verdict(verdict, 1)
