"""The frame of findings: every finding as a row, with every number that a report needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from dabiao.engine.columns import HAIR
from dabiao.engine.explain import Explainer
from dabiao.engine.gap import whole_gaps, whole_gaps_to, whole_unit
from dabiao.engine.measure import Measured
from dabiao.engine.pace import completion, covered, distance
from dabiao.engine.ratios import bound_at, full_column, has_limit, limited
from dabiao.engine.requirement import Requirement
from dabiao.engine.results import ON_THE_WAY, VERDICTS, Verdict, severity_of
from dabiao.facts.model import to_float
from dabiao.rules.algebra import Ratio
from dabiao.rules.comparators import COMPARATORS, loosened
from dabiao.rules.model import Commitment

_VERDICT = pl.Enum(VERDICTS)
_OUTLOOK: dict[str, pl.DataType] = {
    "trend": pl.String(), "rating": pl.String(), "projected": pl.Float64(), "reaches": pl.Boolean(),
}  # fmt: skip
SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(("commitment", "root", "kind", "subject", "path"), pl.String()), "year": pl.Int32(), "verdict": _VERDICT,
    "waived_from": _VERDICT, "severity": pl.Int8(),
    **dict.fromkeys(("tier", "nature", "strength", "owner", "duty", "restates"), pl.String()), "due": pl.Int32(),
    "unit": pl.String(), "operator": pl.String(),
    **dict.fromkeys(("actual", "low", "high", "target", "upper", "expected", "baseline", "start", "gap"), pl.Float64()),
    "whole_gap": pl.Int64(), "whole_unit": pl.String(),
    **dict.fromkeys(("pace", "completion", "time_elapsed"), pl.Float64()), **_OUTLOOK,
    "stands_for": pl.Int64(), "location": pl.String(),
}  # fmt: skip
COLUMNS = tuple(SCHEMA)


def frame_of(
    measured: Measured,
    table: pl.DataFrame,
    explained: Explainer,
    waived: Mapping[int, Verdict],
    rows: Sequence[int] | None = None,
) -> pl.DataFrame:
    """Return the table of findings, or some rows of it in ascending order, with the columns named in `COLUMNS`.

    Outlooks are worked out row by row, and therefore only in the table of all findings; of some rows they are null.

    Numbers are floats in base units (percentages as shares, 万 multiplied out); `unit` is the unit they are shown in.
    `target` and `upper` are the ends of a range, else `target` alone. `low` and `high` bound a value that is not known.
    """
    plan, year = measured.plan, measured.year
    held = pl.Series(
        [waived.get(row) for row in range(table.height)] if waived else [None] * table.height, dtype=pl.Enum(VERDICTS)
    )
    table = table.with_columns(held.alias("waived_from"), pl.lit(year, pl.Int32).alias("year"))
    if rows is not None:
        table = table[rows]
    parts = []
    for part in table.partition_by("commitment", "kind", maintain_order=True):
        commitment = plan.commitments[str(part["commitment"].first())]
        parts.append(_add_columns(measured, explained, commitment, part, ahead=rows is None))
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


def _add_columns(
    measured: Measured, explained: Explainer, commitment: Commitment, rows: pl.DataFrame, *, ahead: bool
) -> pl.DataFrame:
    """Add the columns of one commitment's findings on one kind of subject."""
    one = explained.required(commitment)
    owner = measured.plan.owners.get(commitment.id)
    restates = explained.restates.get(commitment.id)
    counts = restates is None and commitment.tier != "effort"
    severity = {verdict: severity_of(verdict, commitment.nature) if counts else 0 for verdict in VERDICTS}
    numbers = _Numbers(measured, explained, one, rows)
    return rows.with_columns(
        pl.col("commitment", "kind").cast(pl.String),
        _paths(measured, rows).alias("path"),
        pl.col("verdict").cast(pl.String).replace_strict(severity, return_dtype=pl.Int8).alias("severity"),
        pl.lit(commitment.nature).alias("nature"),
        pl.lit(commitment.strength).alias("strength"),
        pl.lit(commitment.tier).alias("tier"),
        pl.lit(restates, pl.String).alias("restates"),
        pl.lit(owner.office if owner else None, pl.String).alias("owner"),
        pl.lit(commitment.duty, pl.String).alias("duty"),
        pl.lit(one.due_year, pl.Int32).alias("due"),
        pl.lit(commitment.shown_unit.symbol).alias("unit"),
        pl.lit(None if one.elapsed is None else to_float(one.elapsed), pl.Float64).alias("time_elapsed"),
        *numbers.columns(),
        *_outlooks(explained, commitment, rows, ahead=ahead),
        _stand_for(measured, commitment, rows).alias("stands_for"),
        _locations(measured, commitment, rows).alias("location"),
    ).select(COLUMNS)


def _outlooks(explained: Explainer, commitment: Commitment, rows: pl.DataFrame, *, ahead: bool) -> list[pl.Series]:
    """Return the values by year, the class of the pace by the path of the commitment, and where the trend leads."""
    if not ahead or not explained.may_look_ahead(commitment):
        return [_nulls(rows.height, dtype).alias(name) for name, dtype in _OUTLOOK.items()]
    found = [
        None if actual is None else explained.outlook(commitment, root, subject, index)
        for root, subject, index, actual in rows.select("root", "subject", "@index", "actual").iter_rows()
    ]
    values = [
        (None,) * len(_OUTLOOK)
        if one is None
        else (
            "; ".join(f"{year}: {to_float(value):.15g}" for year, value in one.points),
            one.by(commitment.path.name).rating,
            None if one.projected is None else to_float(one.projected),
            one.reaches,
        )
        for one in found
    ]
    columns = zip(*values, strict=True)
    return [
        pl.Series(name, list(column), dtype) for (name, dtype), column in zip(_OUTLOOK.items(), columns, strict=True)
    ]


class _Numbers:
    """The numbers of one commitment's findings on one kind of subject, as columns."""

    def __init__(self, measured: Measured, explained: Explainer, one: Requirement, rows: pl.DataFrame) -> None:
        self._measured = measured
        self._explained = explained
        self._one = one
        self._rows = rows
        self.compared = one.commitment.value is not None and rows["@index"].null_count() == 0

    def columns(self) -> list[pl.Series]:
        """Return operator, low, high, upper, baseline, gap, whole_gap, whole_unit, pace and completion."""
        baseline = self._one.commitment.baseline
        if not self.compared:
            floats = ("low", "high", "upper", "baseline", "gap", "pace", "completion")
            empty = [_nulls(self._rows.height, pl.Float64()).alias(name) for name in floats]
            whole = _nulls(self._rows.height, pl.Int64()).alias("whole_gap")
            texts = [_nulls(self._rows.height, pl.String()).alias(name) for name in ("operator", "whole_unit")]
            return [*empty, whole, *texts]
        low, high = self._range()
        gap, furthest = self._gap()
        whole, unit = self._whole_gap(furthest)
        upper = self._target(1) if len(self._one.bounds) > 1 else _nulls(self._rows.height, pl.Float64())
        start = _nulls(self._rows.height, pl.Float64()) if baseline is None else self._column(baseline)
        return [
            self._operator().alias("operator"), low.alias("low"), high.alias("high"), upper.alias("upper"),
            start.alias("baseline"), gap.alias("gap"), whole.alias("whole_gap"), unit.alias("whole_unit"),
            self._pace().alias("pace"), self._completion().alias("completion"),
        ]  # fmt: skip

    def _column(self, form: Ratio) -> pl.Series:
        return full_column(self._measured, self._one.commitment.kind, form).gather(self._rows["@index"])

    def _target(self, bound: int) -> pl.Series:
        kind, asked = self._one.commitment.kind, self._one.bounds[bound]
        found = limited(self._measured, kind, asked, full_column(self._measured, kind, asked.target.form))
        assert isinstance(found, pl.Series)
        return found.gather(self._rows["@index"])

    def _operator(self) -> pl.Series:
        """Return the comparator of the (first) target: at the natural limit of a direction, the limit itself is asked for."""
        bound, height = self._one.bounds[0], self._rows.height
        plain = pl.Series([bound.operator], dtype=pl.String).new_from_index(0, height)
        if bound.limit is None:
            return plain
        at_limit = (self._rows["target"] == to_float(bound.limit)).fill_null(value=False)
        at_limit &= has_limit(self._measured, self._one.commitment.kind, bound).gather(self._rows["@index"])
        return (
            pl.Series([loosened(bound.operator)], dtype=pl.String).new_from_index(0, height).zip_with(at_limit, plain)
        )

    def _range(self) -> tuple[pl.Series, pl.Series]:
        """Return the value where it is known, else its bounds."""
        actual = self._rows["actual"]
        unknown = actual.is_null().arg_true()
        if not len(unknown):
            return actual, actual
        ranges = [self._explained.range(self._one.commitment, self._rows["@index"][row]) for row in unknown]
        low, high = (
            actual.clone().scatter(unknown, [None if r[end] is None else to_float(r[end]) for r in ranges])  # type: ignore[arg-type]
            for end in (0, 1)
        )
        return low, high

    def _gap(self) -> tuple[pl.Series, pl.Series]:
        """Return the distance to the target that is furthest from being met, and which of the bounds that is."""
        gaps = [self._distance(number) for number in range(len(self._one.bounds))]
        first = pl.Series([0], dtype=pl.Int8).new_from_index(0, self._rows.height)
        if len(gaps) == 1:
            return gaps[0], first
        farther = gaps[1] > gaps[0]
        unknown = farther.is_null()
        return gaps[1].zip_with(farther, gaps[0]).set(unknown, None), first.set(farther, 1).set(unknown, None)

    def _distance(self, number: int) -> pl.Series:
        """Return the distance to one target; near zero, where floats lose its sign, from exact numbers."""
        bound, actual, target = self._one.bounds[number], self._rows["actual"], self._target(number)
        found = distance(bound.operator, actual, target)
        near = (found.abs() <= (actual.abs() + target.abs()) * HAIR) & (found != 0.0)
        exact, kind, value = self._measured.exact, self._one.commitment.kind, self._one.commitment.value
        assert value is not None
        for place in near.arg_true().to_list():
            row = self._rows["@index"][place]
            ends = exact.ratio(kind, value.form, row), exact.ratio(kind, bound.target.form, row)
            if ends[0] is not None and ends[1] is not None:
                operator, target_there = bound_at(self._measured, kind, bound, row).asked(ends[1])
                found[place] = to_float(distance(operator, ends[0], target_there))
        return found

    def _whole_gap(self, furthest: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return the gap in whole things, and what they are."""
        whole = _nulls(self._rows.height, pl.Int64())
        units = _nulls(self._rows.height, pl.String())
        exact, kind = self._measured.exact, self._one.commitment.kind
        for number, bound in enumerate(self._one.bounds):
            places = ((furthest == number) & self._rows["actual"].is_not_null()).arg_true()
            rows = self._rows["@index"].gather(places)
            fixed = bound.target.form.number
            if fixed is not None and bound.limit is None:
                operator, target = bound.asked(fixed)
                found = whole_gaps_to(self._measured, self._one, operator, target, rows)
                unit = whole_unit(self._measured.plan, self._one, target) if len(rows) else ""
            else:
                targets = [exact.ratio(kind, bound.target.form, row) if fixed is None else fixed for row in rows]
                asked = [
                    None if target is None else bound_at(self._measured, kind, bound, row).asked(target)
                    for row, target in zip(rows, targets, strict=True)
                ]
                found = whole_gaps(self._measured, self._one, asked, rows.to_list())
                unit = next((whole_unit(self._measured.plan, self._one, one[1]) for one in asked if one), "")
            whole = whole.scatter(places, found)
            units = units.scatter(
                places,
                pl.Series([unit or None], dtype=pl.String).new_from_index(0, len(rows)).set(found.is_null(), None),
            )
        return whole, units

    def _pace(self) -> pl.Series:
        """Return the share covered of the distance expected by now, null where no distance is expected."""
        rows, operator = self._rows, loosened(self._one.bounds[0].operator)
        if self._one.start is None:
            return _nulls(rows.height, pl.Float64())
        start, target = rows["start"], rows["target"]
        judged = rows["verdict"].cast(pl.String).is_in(ON_THE_WAY)
        none = ~judged | COMPARATORS[operator].test(start, target)
        pace = covered(rows["actual"], start, target, self._one.share, self._one.commitment.path)
        return pace.set(none, None) if pace is not None else _nulls(rows.height, pl.Float64())

    def _completion(self) -> pl.Series:
        """Return the value over the target where more is better and the target is above zero; null for a range."""
        rows, value = self._rows, self._one.commitment.value
        assert value is not None
        nothing = _nulls(rows.height, pl.Float64())
        if value.steps or len(self._one.bounds) > 1:
            return nothing
        (bound,) = self._one.bounds
        found = completion(bound.operator, rows["actual"], rows["target"])
        return nothing if found is None else found


def _nulls(height: int, dtype: pl.DataType) -> pl.Series:
    return pl.Series([None], dtype=dtype).new_from_index(0, height)


def _paths(measured: Measured, rows: pl.DataFrame) -> pl.Series:
    """Return the names from the root down to each subject, joined by slashes."""
    kind = measured.plan.kinds[str(rows["kind"].first())]
    if kind.parent is None:
        return rows["root"]
    names = [pl.col("@root"), *(pl.col(f"@{above}").fill_null("") for above in kind.path[1:]), pl.col("@name")]
    return measured.frame(kind.id).select(pl.concat_str(names, separator="/")).to_series().gather(rows["@index"])


def _stand_for(measured: Measured, commitment: Commitment, rows: pl.DataFrame) -> pl.Series:
    """Return how many subjects each row stands for, null if the number is unknown."""
    weights = measured.frame(commitment.kind)["@weight"].gather(rows["@index"])
    return weights.set(weights.is_infinite(), None).cast(pl.Int64).set(rows["@index"].is_null(), 1)


def _locations(measured: Measured, commitment: Commitment, rows: pl.DataFrame) -> pl.Series:
    """Return where each subject stands, as FILE:LINE or FILE[SHEET]!CELL; null where no sheet lists it."""
    here = rows["@index"].is_not_null()
    indices = measured.frame(commitment.kind)["@index"].gather(rows["@index"].filter(here))
    found = measured.tables.place_texts(commitment.kind, indices)
    return pl.Series([None], dtype=pl.String).new_from_index(0, rows.height).scatter(here.arg_true(), found)
