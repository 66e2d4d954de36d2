"""What two submissions report differently: figures, subjects that one of them alone lists, and registers.

Figures are compared as columns, and exactly where a float would lose digits. The figures of the year that is judged on one
side stand beside those of the year judged on the other; those of any other year beside those of the same year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Literal

import polars as pl
from dabiao.engine.results import SubjectPath, Used
from dabiao.facts.tables import NO_ROW, Tables

if TYPE_CHECKING:
    from dabiao.base.problems import Location

_CELLS = {
    "pair": pl.Int32, "kind": pl.String, "order": pl.Int32, "measure": pl.String, "@old": pl.UInt32, "@new": pl.UInt32,
}  # fmt: skip

YearPair = tuple[int, int]  # of the old submission and of the new one
Side = Literal["gone", "appeared"]  # what only the old submission lists, or only the new one
FigureState = Literal["changed", "appeared", "gone", "reason"]


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure of one subject that is not the same in two submissions: another value, or another reason for having none."""

    path: SubjectPath
    before: Used
    after: Used

    @property
    def state(self) -> FigureState:
        """Whether the value is another one, or is there on one side only, or only the reason why it is absent changed."""
        if self.before.missing:
            return "reason" if self.after.missing else "appeared"
        return "gone" if self.after.missing else "changed"


@dataclass(frozen=True, slots=True)
class SubjectChange:
    """A subject that one submission alone lists, with everything in it.

    `subjects` counts it and those in it, `figures` what they report. `years` are those that were compared.
    """

    state: Side
    path: SubjectPath
    years: YearPair
    subjects: int
    figures: int
    place: Location | None


@dataclass(frozen=True, slots=True)
class Register:
    """How many subjects of a kind a submission lists, and how many there are (None: nobody says)."""

    listed: int
    size: int | None


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """A register of one root that is not the same in two submissions."""

    root: str
    kind: str
    years: YearPair
    before: Register
    after: Register


class Compared:
    """Two sets of tables by one plan, and the pairs of years in which they are compared."""

    def __init__(self, old: Tables, new: Tables, years: YearPair) -> None:
        self._old, self._new = old, new
        same = sorted({*old.years} & {*new.years})
        self.years = list(dict.fromkeys([years, *((year, year) for year in same)]))
        self._sides: tuple[tuple[Side, Tables, str, str], ...] = (
            ("gone", old, "@old", "@new"),
            ("appeared", new, "@new", "@old"),
        )
        self._pairs: dict[tuple[YearPair, str], pl.DataFrame] = {}

    def find_changed_cells(self) -> pl.DataFrame:
        """Return every figure that changed: pair of years, kind, measure, and the row of its subject on both sides."""
        plan = self._new.plan
        found = [
            cells
            for number, years in enumerate(self.years)
            for kind in plan.kinds
            for cells in self._changed_cells(number, years, kind)
        ]
        if not found:
            return pl.DataFrame(schema=_CELLS)
        return pl.concat(found).sort("pair", "kind_order", "@new", "order", maintain_order=True).select(*_CELLS)

    def read_cell(self, cell: tuple[int, str, int, str, int, int]) -> FigureChange:
        """Return one of the figures that changed."""
        pair, kind, _, measure, one, other = cell
        path = self._new.path(kind, other)
        sides = []
        for tables, index, year in zip((self._old, self._new), (one, other), self.years[pair], strict=True):
            fact = tables.fact(kind, index, measure)
            sides.append(Used(kind, path[-1][1], measure, year, fact, fact.value if fact else None))
        return FigureChange(path, *sides)

    def _changed_cells(self, number: int, years: YearPair, kind: str) -> Iterator[pl.DataFrame]:
        plan = self._new.plan
        both = self._paired(years, kind).drop_nulls(["@old", "@new"])
        if not both.height:
            return
        reasons = [tables.absences(kind) for tables in (self._old, self._new)]
        explained = set[str]().union(*(found["measure"] for found in reasons))
        for order, measure in enumerate(plan.reported(kind)):
            one, other = (
                tables.frames[kind][measure].gather(both[side])
                for tables, side in ((self._old, "@old"), (self._new, "@new"))
            )
            changed = one.ne_missing(other)
            if (kind, measure) in self._old.rough | self._new.rough:
                changed = changed | self._differs_exactly(kind, measure, both, ~changed & one.is_not_null())
            if measure in explained:
                before, after = (
                    _reasons(tables.frames[kind], found, measure).gather(both[side])
                    for tables, found, side in zip((self._old, self._new), reasons, ("@old", "@new"), strict=True)
                )
                changed = changed | (one.is_null() & other.is_null() & before.ne_missing(after))
            if changed.any():
                yield both.filter(changed).select(
                    pl.lit(number, pl.Int32).alias("pair"), pl.lit(kind).alias("kind"),
                    pl.lit(list(plan.kinds).index(kind), pl.Int32).alias("kind_order"),
                    pl.lit(order, pl.Int32).alias("order"), pl.lit(measure).alias("measure"), "@old", "@new",
                )  # fmt: skip

    def _differs_exactly(self, kind: str, measure: str, both: pl.DataFrame, alike: pl.Series) -> pl.Series:
        """Return which figures differ though their floats are alike."""
        rows = alike.arg_true().to_list()
        different = []
        for row in rows:
            one, other = (
                tables.fact(kind, both[side][row], measure)
                for tables, side in ((self._old, "@old"), (self._new, "@new"))
            )
            if (one and one.value) != (other and other.value):
                different.append(row)
        return pl.Series(values=[False]).new_from_index(0, both.height).scatter(different, values=True)

    def find_subjects(self) -> Iterator[SubjectChange]:
        """Iterate over the subjects that one side alone lists; those in such a subject are counted with it."""
        for years in self.years:
            for state, tables, side, missing in self._sides:
                alone: dict[SubjectPath, list[int]] = {}
                for kind in tables.plan.kinds:
                    rows = self._paired(years, kind).filter(pl.col(missing).is_null())[side].to_list()
                    measures = list(tables.plan.reported(kind))
                    known = pl.sum_horizontal(pl.lit(0), *(pl.col(name).is_not_null() for name in measures))
                    counts = tables.frames[kind][rows].with_columns(known.alias("@known"))["@known"].to_list()
                    for row, figures in zip(rows, counts, strict=True):
                        path = tables.path(kind, row)
                        top = next((path[:n] for n in range(1, len(path)) if path[:n] in alone), path)
                        sums = alone.setdefault(top, [row, 0, 0])
                        sums[1] += 1
                        sums[2] += figures
                for path, (row, subjects, figures) in alone.items():
                    place = tables.place(path[-1][0], row)
                    yield SubjectChange(state, path, years, subjects, figures, place)

    def find_registers(self) -> Iterator[RegisterChange]:
        """Iterate over the registers of roots on both sides that have another size, or list another number."""
        plan = self._new.plan
        for years in self.years:
            sides = zip((self._old, self._new), years, strict=True)
            one, other = ({kind: _registers(tables, kind, year) for kind in plan.kinds} for tables, year in sides)
            for kind in plan.kinds:
                if kind == plan.root.id:
                    continue
                nothing = Register(0, 0)
                for root in other[plan.root.id]:
                    if root not in one[plan.root.id]:
                        continue
                    before, after = (side[kind].get(root, nothing) for side in (one, other))
                    if before != after:
                        yield RegisterChange(root, kind, years, before, after)

    def _paired(self, years: YearPair, kind: str) -> pl.DataFrame:
        """Return the subjects that are listed, by whole path: their rows on both sides, null where one does not list them."""
        if (years, kind) not in self._pairs:
            one, other = (
                _listed(tables, kind, year).rename({"@index": side})
                for tables, year, side in zip((self._old, self._new), years, ("@old", "@new"), strict=True)
            )
            pairs = other.join(one, on="@path", how="full", coalesce=True, maintain_order="left_right")
            self._pairs[years, kind] = pairs.select("@old", "@new")
        return self._pairs[years, kind]


def _listed(tables: Tables, kind: str, year: int) -> pl.DataFrame:
    rows = tables.of_year(kind, year).filter(pl.col("@row") != NO_ROW)
    return rows.select("@index", tables.path_keys(kind, rows).alias("@path"))


def _reasons(frame: pl.DataFrame, found: pl.DataFrame, measure: str) -> pl.Series:
    """Return why a figure of each row is absent; null where no reason is given."""
    own = found.filter(pl.col("measure") == measure).select("@source", "@row", "reason")
    rows = frame.select(pl.col("@source").cast(pl.Int32), pl.col("@row").cast(pl.Int32))
    return rows.join(own, on=["@source", "@row"], how="left", maintain_order="left")["reason"]


def _registers(tables: Tables, kind: str, year: int) -> dict[str, Register]:
    """Return the registers of a kind by root."""
    listed = pl.col("@row") != NO_ROW
    rows = tables.of_year(kind, year).group_by("@root", maintain_order=True)
    sums = rows.agg(listed.sum().cast(pl.Int64).alias("listed"), pl.col("@weight").sum())
    return {root: Register(count, int(size) if isfinite(size) else None) for root, count, size in sums.iter_rows()}
