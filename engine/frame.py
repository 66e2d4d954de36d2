"""The frame of findings: every finding as a row, with every number that a report needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from operator import or_

import polars as pl
from dabiao.base.problems import Location, refuse_unknown
from dabiao.engine.columns import HAIR, constant, number_alike
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
from dabiao.rules.walks import variables

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
    columns: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Return the table of findings, or some rows of it in ascending order, with all of `COLUMNS` or some.

    What is not asked for is not worked out. Raises `Refused` for columns that are not known.

    Texts that repeat are Enum, whatever `SCHEMA` says of them.
    Outlooks are worked out row by row, and therefore only in the table of all findings; of some rows they are null.

    Numbers are floats in base units (percentages as shares, 万 multiplied out); `unit` is the unit they are shown in.
    `target` and `upper` are the ends of a range, else `target` alone. `low` and `high` bound a value that is not known.
    """
    names = find_columns(columns or ())
    table = table.with_columns(_hold(waived, table.height))
    if rows is not None:
        table = table[rows]
    subjects = _Subjects(measured)
    parts = [
        _find_makers(measured, explained, part, subjects, ahead=rows is None) for part in _slice_by_commitment(table)
    ]
    return pl.DataFrame([_join(name, [part[name]() for part in parts]) for name in names])


def find_columns(names: Sequence[str], among: Collection[str] = COLUMNS) -> tuple[str, ...]:
    """Return the names of columns that are asked for, each once; all if none is named. Raises `Refused` for unknown ones."""
    asked = tuple(dict.fromkeys(names))
    refuse_unknown("columns.unknown", Location("--columns"), asked, among, tuple(among))
    return asked or tuple(among)


def _hold(waived: Mapping[int, Verdict], height: int) -> pl.Series:
    found = pl.Series("waived_from", [None], dtype=_VERDICT).new_from_index(0, height)
    return found.scatter(list(waived), list(waived.values())) if waived else found


def _slice_by_commitment(table: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Iterate over rows that follow one another: of one commitment, one kind of subject, and all with a subject or without."""
    if not table.height:
        return
    codes = (table["commitment"].to_physical(), table["kind"].to_physical(), table["@index"].is_null())
    changed = reduce(or_, (column != column.shift(1) for column in codes)).fill_null(value=True)
    starts = changed.arg_true().to_list()
    for start, end in zip(starts, [*starts[1:], table.height], strict=True):
        yield table.slice(start, end - start)


@dataclass(frozen=True)
class _Words:
    """A column with one text, or with none, in so many rows."""

    text: str | None
    height: int


_Maker = Callable[[], pl.Series | _Words]
"""Makes a column of one commitment's findings on one kind of subject."""


def _join(name: str, parts: Sequence[pl.Series | _Words]) -> pl.Series:
    """Return one column of all parts; where they are texts that repeat, as an Enum of these."""
    dtype, texts = SCHEMA[name], dict[str, None]()
    for part in parts:
        found = part.dtype if isinstance(part, pl.Series) else None
        more = found.categories if isinstance(found, pl.Enum) else [part.text] if isinstance(part, _Words) else ()
        texts.update((text, None) for text in more if text is not None)
    if dtype == pl.String and not any(isinstance(part, pl.Series) and part.dtype == pl.String for part in parts):
        dtype = pl.Enum([*texts])
    each = [
        pl.Series(name, [part.text], dtype=dtype).new_from_index(0, part.height) if isinstance(part, _Words)
        else part.alias(name) if part.dtype == dtype else part.cast(dtype).alias(name)
        for part in parts
    ]  # fmt: skip
    return pl.concat(each) if each else pl.Series(name, dtype=dtype)


class _Subjects:
    """What a finding says of its subject, whatever the commitment: worked out once for all rows of a kind."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        self._known: dict[tuple[str, str], pl.Series] = {}

    def makers(self, rows: pl.DataFrame) -> dict[str, _Maker]:
        """Return what makes root, path, stands_for and location of the subjects of findings on one kind."""
        if rows["@index"][0] is None:
            return {
                "root": lambda: rows["root"].cast(self._roots),
                "path": lambda: rows["root"],
                "stands_for": lambda: pl.Series([1], dtype=pl.Int64).new_from_index(0, rows.height),
                "location": lambda: _nulls(rows.height, pl.String()),
            }
        kind = str(rows["kind"][0])
        return {name: partial(self._find, name, kind, rows["@index"]) for name in self._describers}

    def _find(self, name: str, kind: str, index: pl.Series) -> pl.Series:
        frame, describe = self._measured.frame(kind), self._describers[name]
        if (kind, name) not in self._known:
            if len(index) * 4 < frame.height:
                return describe(kind, frame[index])
            self._known[kind, name] = describe(kind, frame)
        return pick(self._known[kind, name], index)

    @cached_property
    def _describers(self) -> dict[str, Callable[[str, pl.DataFrame], pl.Series]]:
        return {
            "root": lambda kind, frame: frame["@root"].cast(self._roots),
            "path": self._name_paths,
            "stands_for": lambda kind, frame: frame["@weight"].set(frame["@weight"].is_infinite(), None).cast(pl.Int64),
            "location": lambda kind, frame: self._measured.tables.place_texts(kind, frame["@index"]),
        }

    @cached_property
    def _roots(self) -> pl.Enum:
        frames = (self._measured.frame(kind) for kind in self._measured.plan.kinds)
        return pl.Enum(pl.concat([frame["@root"].unique() for frame in frames]).unique())

    def _name_paths(self, kind: str, frame: pl.DataFrame) -> pl.Series:
        plan = self._measured.plan
        if kind == plan.root.id:
            return frame["@root"]
        above = (pl.col(f"@{level}").fill_null("") for level in plan.kinds[kind].path[1:])
        return frame.select(pl.concat_str("@root", *above, "@name", separator="/")).to_series()


def pick(column: pl.Series, index: pl.Series) -> pl.Series:
    """Return rows of a column of a kind; all of them in order as they are."""
    if len(index) == len(column) and index[0] == 0 and (index == pl.int_range(len(index), eager=True)).all():
        return column
    return column.gather(index)


def _find_makers(
    measured: Measured, explained: Explainer, rows: pl.DataFrame, subjects: _Subjects, *, ahead: bool
) -> dict[str, _Maker]:
    """Return what makes each of `COLUMNS` for one commitment's findings on one kind of subject."""
    commitment = measured.plan.commitments[str(rows["commitment"][0])]
    one, height = explained.required(commitment), rows.height
    owner, restates = measured.plan.owners.get(commitment.id), explained.restates.get(commitment.id)
    counts = restates is None and commitment.tier != "effort"
    severity = [severity_of(verdict, commitment.nature) if counts else 0 for verdict in VERDICTS]
    words = {
        "commitment": commitment.id, "kind": str(rows["kind"][0]), "tier": commitment.tier, "nature": commitment.nature,
        "strength": commitment.strength, "owner": owner.office if owner else None, "duty": commitment.duty,
        "restates": restates, "unit": commitment.shown_unit.symbol,
    }  # fmt: skip
    taken = ("subject", "verdict", "waived_from", "actual", "target", "expected", "start")
    return {
        **{name: partial(_Words, text, height) for name, text in words.items()},
        **{name: partial(rows.get_column, name) for name in taken},
        **subjects.makers(rows),
        "year": lambda: pl.Series([measured.year], dtype=pl.Int32).new_from_index(0, height),
        "severity": lambda: pl.Series(severity, dtype=pl.Int8).gather(rows["verdict"].to_physical()),
        "due": lambda: pl.Series([one.due_year], dtype=pl.Int32).new_from_index(0, height),
        "time_elapsed": lambda: constant(None if one.elapsed is None else to_float(one.elapsed), height),
        **_Numbers(measured, explained, one, rows).makers(),
        **_Outlooks(explained, commitment, rows, ahead=ahead).makers(),
    }


class _Outlooks:
    """The values by year, the class of the pace by the path of the commitment, and where the trend leads."""

    def __init__(self, explained: Explainer, commitment: Commitment, rows: pl.DataFrame, *, ahead: bool) -> None:
        self._explained = explained
        self._commitment = commitment
        self._rows = rows
        self._looks_ahead = ahead and explained.may_look_ahead(commitment)

    def makers(self) -> dict[str, _Maker]:
        """Return what makes trend, rating, projected and reaches."""
        return {name: partial(self._find, name) for name in _OUTLOOK}

    def _find(self, name: str) -> pl.Series | _Words:
        return self._columns[name] if self._looks_ahead else _nothing(self._rows.height, _OUTLOOK[name])

    @cached_property
    def _columns(self) -> pl.DataFrame:
        explained, commitment = self._explained, self._commitment
        found = [
            None if actual is None else explained.outlook(commitment, root, subject, index)
            for root, subject, index, actual in self._rows.select("root", "subject", "@index", "actual").iter_rows()
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
        return pl.DataFrame({name: list(column) for name, column in zip(_OUTLOOK, columns, strict=True)}, _OUTLOOK)


class _Numbers:
    """The numbers of one commitment's findings on one kind of subject, as columns."""

    def __init__(self, measured: Measured, explained: Explainer, one: Requirement, rows: pl.DataFrame) -> None:
        self._measured = measured
        self._explained = explained
        self._one = one
        self._rows = rows
        self.compared = one.commitment.value is not None and rows["@index"].null_count() == 0

    def makers(self) -> dict[str, _Maker]:
        """Return what makes operator, low, high, upper, baseline, gap, whole_gap, whole_unit, pace and completion."""
        made: dict[str, _Maker] = {
            "operator": self._operator, "low": lambda: self._range[0], "high": lambda: self._range[1], "upper": self._upper,
            "baseline": self._baseline, "gap": lambda: self._gap[0], "whole_gap": lambda: self._whole_gap[0],
            "whole_unit": lambda: self._whole_gap[1], "pace": self._pace, "completion": self._completion,
        }  # fmt: skip
        return made if self.compared else {name: partial(_nothing, self._rows.height, SCHEMA[name]) for name in made}

    def _upper(self) -> pl.Series:
        return self._target(1) if len(self._one.bounds) > 1 else _nulls(self._rows.height, pl.Float64())

    def _baseline(self) -> pl.Series:
        baseline = self._one.commitment.baseline
        return _nulls(self._rows.height, pl.Float64()) if baseline is None else self._column(baseline)

    def _column(self, form: Ratio) -> pl.Series:
        return self._pick(full_column(self._measured, self._one.commitment.kind, form))

    def _pick(self, column: pl.Series) -> pl.Series:
        return pick(column, self._rows["@index"])

    def _target(self, bound: int) -> pl.Series:
        kind, asked = self._one.commitment.kind, self._one.bounds[bound]
        found = limited(self._measured, kind, asked, full_column(self._measured, kind, asked.target.form))
        assert isinstance(found, pl.Series)
        return self._pick(found)

    def _operator(self) -> pl.Series | _Words:
        """Return the comparator of the (first) target: at the natural limit of a direction, the limit itself is asked for."""
        bound, height = self._one.bounds[0], self._rows.height
        if bound.limit is None:
            return _Words(bound.operator, height)
        at_limit = (self._rows["target"] == to_float(bound.limit)).fill_null(value=False)
        at_limit &= self._pick(has_limit(self._measured, self._one.commitment.kind, bound))
        words = pl.Series([bound.operator, loosened(bound.operator)], dtype=pl.Enum([*COMPARATORS]))
        return words.gather(at_limit.cast(pl.UInt32))

    @cached_property
    def _range(self) -> tuple[pl.Series, pl.Series]:
        """The value where it is known, else its bounds."""
        actual = self._rows["actual"]
        unknown = actual.is_null().arg_true()
        if not len(unknown):
            return actual, actual
        rows = self._rows["@index"].gather(unknown)
        firsts, numbers = self._find_alike(rows)
        ranges = [self._explained.range(self._one.commitment, rows[at]) for at in firsts]
        ends = [[None if end is None else to_float(end) for end in both] for both in ranges]
        low, high = (
            actual.clone().scatter(unknown, pl.Series([each[end] for each in ends], dtype=pl.Float64).gather(numbers))
            for end in (0, 1)
        )
        return low, high

    def _find_alike(self, rows: pl.Series) -> tuple[list[int], pl.Series]:
        """Return the places in `rows` of the first of each sort, and the number of the sort of each: a range is that of a sort.

        Where a value follows from more than figures of the row that floats hold exactly, each is a sort of its own.
        """
        kind, value = self._one.commitment.kind, self._one.commitment.value
        assert value is not None
        if not all(self._measured.exact.is_plain(kind, v) for v in variables(value.form)):
            return [*range(len(rows))], pl.int_range(len(rows), dtype=pl.UInt32, eager=True)
        return number_alike([self._measured.figure(kind, v).value for v in variables(value.form)], rows)

    @cached_property
    def _gap(self) -> tuple[pl.Series, pl.Series | None]:
        """The distance to the target that is furthest from being met, and which of two bounds that is."""
        gaps = [self._distance(number) for number in range(len(self._one.bounds))]
        if len(gaps) == 1:
            return gaps[0], None
        first = pl.Series([0], dtype=pl.Int8).new_from_index(0, self._rows.height)
        farther = gaps[1] > gaps[0]
        unknown = farther.is_null()
        return gaps[1].zip_with(farther, gaps[0]).set(unknown, None), first.set(farther, 1).set(unknown, None)

    @cached_property
    def _is_missed(self) -> pl.Series:
        """Which values do not reach their target; before the plan, all."""
        return self._rows["verdict"].cast(pl.String).is_in(("shortfall", "waived", "behind", "on_track", "not_due"))

    def _distance(self, number: int) -> pl.Series:
        """Return the distance to one target; near zero, where floats lose its sign, from exact numbers.

        It is none in floats only, and missed all the same, where value and target differ by less than a float can tell.
        """
        bound, actual, target = self._one.bounds[number], self._rows["actual"], self._target(number)
        found = distance(bound.operator, actual, target)
        near = found.abs() <= (actual.abs() + target.abs()) * HAIR
        near &= (found != 0.0) | self._is_missed if bound.operator in (">=", "<=", "==") else found != 0.0
        exact, kind, value = self._measured.exact, self._one.commitment.kind, self._one.commitment.value
        assert value is not None
        for place in near.arg_true().to_list():
            row = self._rows["@index"][place]
            ends = exact.ratio(kind, value.form, row), exact.ratio(kind, bound.target.form, row)
            if ends[0] is not None and ends[1] is not None:
                operator, target_there = bound_at(self._measured, kind, bound, row).asked(ends[1])
                found[place] = to_float(distance(operator, ends[0], target_there))
        return found

    @cached_property
    def _whole_gap(self) -> tuple[pl.Series, pl.Series]:
        """The gap in whole things, and what they are."""
        found = [self._whole_gap_to(number, self._gap[1]) for number in range(len(self._one.bounds))]
        units = pl.Series([unit for *_, unit in found], dtype=pl.Enum([*dict.fromkeys(unit for *_, unit in found)]))
        whole = _nulls(self._rows.height, pl.Int64())
        sorts = pl.Series([0], dtype=pl.UInt32).new_from_index(0, self._rows.height)
        for number, (places, gaps, _) in enumerate(found):
            if len(places) == self._rows.height:
                whole, sorts = gaps, pl.Series([number], dtype=pl.UInt32).new_from_index(0, self._rows.height)
            else:
                whole, sorts = whole.scatter(places, gaps), sorts.scatter(places, number)
        named = units.gather(sorts) if len(found) > 1 else units.new_from_index(0, self._rows.height)
        nothing = whole.is_null() | (named == "").fill_null(value=True)
        return whole, named.set(nothing, None) if nothing.any() else named

    def _whole_gap_to(self, number: int, furthest: pl.Series | None) -> tuple[pl.Series, pl.Series, str]:
        """Return the rows of which one of the bounds is furthest from being met, their gaps in whole things, and what of."""
        bound, known = self._one.bounds[number], self._rows["actual"].is_not_null()
        places = (known if furthest is None else (furthest == number) & known).arg_true()
        rows = pick(self._rows["@index"], places) if len(places) else self._rows["@index"].head(0)
        exact, kind, fixed = self._measured.exact, self._one.commitment.kind, bound.target.form.number
        if fixed is not None and bound.limit is None:
            operator, target = bound.asked(fixed)
            gaps = whole_gaps_to(self._measured, self._one, operator, target, rows)
            return places, gaps, whole_unit(self._measured.plan, self._one, target)
        targets = [exact.ratio(kind, bound.target.form, row) if fixed is None else fixed for row in rows]
        asked = [
            None if target is None else bound_at(self._measured, kind, bound, row).asked(target)
            for row, target in zip(rows, targets, strict=True)
        ]
        gaps = whole_gaps(self._measured, self._one, asked, rows.to_list())
        return places, gaps, next((whole_unit(self._measured.plan, self._one, one[1]) for one in asked if one), "")

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


def _nothing(height: int, dtype: pl.DataType) -> pl.Series | _Words:
    return _Words(None, height) if dtype == pl.String else _nulls(height, dtype)
