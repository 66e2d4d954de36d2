"""Subjects stored as columns: the registers of a folder (CSV or Parquet), which may have millions of rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, TypeVar

from dabiao.base.limits import limits
from dabiao.base.names import PLAIN
from dabiao.base.problems import Location
from dabiao.facts.cells import CONVERTED
from dabiao.facts.exact_figures import Cell, ExactFigures
from dabiao.facts.model import Absent, Answer, Fact, Part, to_exact, to_float
from dabiao.facts.vocabulary import SUMMING

if TYPE_CHECKING:
    import polars as pl

_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class Remark:
    """The remarks of a row, which apply to all figures in it, and its statement that it has nothing to report."""

    note: str = ""
    confirmed: str = ""
    evidence: str = ""
    nothing: str = ""


_NO_REMARK = Remark()


@dataclass(frozen=True)
class Columns(Part):
    """The subjects of one kind as columns: their names, the names of their parents (`above`), and one column per measure.

    `values` are floats whose shortest decimal is the reported number; where a float would lose digits, `exact` has the
    number. `column` (by measure) and `lines` (by row) are the positions in the file. `changed` holds figures that a
    scenario sets, `remarks` the remarks by row.
    """

    kind: str
    file: str
    name: pl.Series
    above: pl.Series | None
    values: Mapping[str, pl.Series]
    exact: ExactFigures
    absent: Mapping[Cell, Absent]
    column: Mapping[str, int]
    lines: Sequence[int]
    changed: Mapping[Cell, Fact] = field(default_factory=dict)
    remarks: Mapping[int, Remark] = field(default_factory=dict)
    can_merge: ClassVar[bool] = False

    def names(self) -> list[str]:
        """Return the names of the subjects, in order."""
        return self.name.to_list()

    def parent(self, at: int) -> str | None:
        """Return the name of the subject that contains one, None if that is the root."""
        return None if self.above is None else self.above[at]

    @property
    def in_rows(self) -> bool:
        """Whether all figures of a subject stand in the row of its name."""
        return True

    def location(self, at: int) -> Location:
        """Return the line a subject stands in."""
        return self._place(at)

    def place_texts(self, rows: pl.Series) -> pl.Series:
        """Return where several subjects stand as texts."""
        import polars as pl

        lines = pl.Series(self.lines, dtype=pl.UInt32).gather(rows).cast(pl.String)
        return pl.select(pl.format("{}:{}", pl.lit(str(Location(self.file))), lines)).to_series()

    def _place(self, at: int, measure: str = "") -> Location:
        """Return where a subject stands, or one of its figures."""
        return Location(self.file, self.lines[at], self.column.get(measure, 0))

    def facts(self, at: int) -> Mapping[str, Fact]:
        """Return the facts of a subject by measure."""
        measures = dict.fromkeys((*self.values, *(measure for measure, _ in (*self.absent, *self.changed))))
        found = {measure: self.fact(at, measure) for measure in measures}
        return {measure: fact for measure, fact in found.items() if fact}

    def fact(self, at: int, measure: str) -> Fact | None:
        """Return one fact with its place, or None if the cell is empty."""
        if (measure, at) in self.changed:
            return self.changed[measure, at]
        location = self._place(at, measure)
        remark = self.remarks.get(at, _NO_REMARK)
        if reason := self.absent.get((measure, at)):
            return Fact(None, location, reason, reason, remark.note, "", remark.evidence)
        value = self.values[measure][at] if measure in self.values else None
        if value is None:
            return None
        exact = self.exact.get((measure, at), to_exact(value))
        return Fact(exact, location, "", None, remark.note, remark.confirmed, remark.evidence)

    def nothing(self, at: int) -> str:
        """Return why a subject has nothing to report, if it confirms that."""
        return self.remarks.get(at, _NO_REMARK).nothing

    def beginning(self) -> Location:
        """Return where the list begins: its own file."""
        return Location(self.file)

    def replaced(self, facts: Mapping[tuple[int, str], Fact]) -> Columns:
        """Return the columns with some facts, by position and measure, put in place of what was there."""
        import polars as pl

        values, exact, changed = dict(self.values), dict(self.exact), dict(self.changed)
        for (at, measure), fact in facts.items():
            empty = pl.Series(measure, [None], dtype=pl.Float64)
            column = values.get(measure, empty.new_from_index(0, len(self.name)))
            values[measure] = column.clone().scatter(at, None if fact.value is None else to_float(fact.value))
            exact.pop((measure, at), None)
            if fact.value is not None and to_exact(to_float(fact.value)) != fact.value:
                exact[measure, at] = fact.value
            changed[measure, at] = fact
        return replace(self, values=values, exact=ExactFigures(exact), changed=changed)

    def without(self, names: Collection[str]) -> Columns:
        """Return the columns without some subjects."""
        return self.gathered(self.outside(names))

    def gathered(self, keep: list[int]) -> Columns:
        """Return some of the subjects, by position."""
        new = {old: at for at, old in enumerate(keep)}
        return replace(
            self,
            name=self.name.gather(keep),
            above=None if self.above is None else self.above.gather(keep),
            values={measure: column.gather(keep) for measure, column in self.values.items()},
            exact=self.exact.gathered(keep), absent=_move_rows(self.absent, new), changed=_move_rows(self.changed, new),
            lines=[self.lines[row] for row in keep],
            remarks={new[row]: remark for row, remark in self.remarks.items() if row in new},
        )  # fmt: skip

    def repeated(self) -> list[int]:
        """Return the positions of subjects that are listed before."""
        return _true_positions(~self.name.is_first_distinct())

    def among(self, names: Collection[str]) -> list[int]:
        """Return the positions of the subjects with one of these names."""
        return _true_positions(self.name.is_in(list(names))) if names else []

    def outside(self, names: Collection[str]) -> list[int]:
        """Return the positions of the subjects with none of these names."""
        return _true_positions(~self.name.is_in(list(names)))

    def inside(self, parents: Collection[str]) -> list[int]:
        """Return the positions of the subjects in one of these."""
        return [] if self.above is None else _true_positions(self.above.is_in(list(parents)))

    def orphans(self, parents: Collection[str]) -> list[int]:
        """Return the positions of the subjects in none of these parents; empty if the table has no column of parents."""
        return [] if self.above is None else _true_positions(~self.above.is_in(list(parents)))

    def unusual(self) -> list[int]:
        """Return the positions of names that are long, have rare characters, or perhaps are totals, dates or numbers."""
        plain = self.name.str.contains(f"^{PLAIN}$") & (self.name.str.len_chars() <= limits().name)
        return _true_positions(~plain | self.name.str.contains(SUMMING) | self.name.str.contains(CONVERTED))

    def confirmed(self) -> Iterator[tuple[int, list[tuple[str, Fact]]]]:
        """Iterate over the subjects with figures that are confirmed, and these figures."""
        for at in (at for at, remark in self.remarks.items() if remark.confirmed):
            if facts := [(measure, fact) for measure, fact in self.facts(at).items() if fact.confirmed]:
                yield at, facts

    def absences(self) -> Iterator[tuple[int, str, Absent]]:
        """Iterate over the figures that are absent with a reason: position, measure, reason."""
        yield from (
            (at, measure, why) for (measure, at), why in self.absent.items() if (measure, at) not in self.changed
        )
        for (measure, at), fact in self.changed.items():
            if fact.value is None and fact.absent:
                yield at, measure, fact.absent

    def answers(self, measures: Collection[str]) -> Iterator[Answer]:
        """Iterate over what each subject says of some measures."""
        filled = {name: self.values[name].is_not_null().to_list() for name in measures if name in self.values}
        absent: dict[int, dict[str, Absent]] = {}
        for (name, row), reason in self.absent.items():
            if name in measures:
                absent.setdefault(row, {})[name] = reason
        parents = self.above.to_list() if self.above is not None else [None] * len(self.name)
        for at, (name, parent) in enumerate(zip(self.names(), parents, strict=True)):
            reported = {measure for measure, column in filled.items() if column[at]}
            yield Answer(name, parent, reported, absent.get(at, {}), self.nothing(at))

    def frame(self, number: int, root: str, year: int, parent: str | None) -> tuple[pl.DataFrame, set[str]]:
        """Return the columns as a frame, and the measures with values that no float represents exactly.

        `number` is the index of the part in `Tables.sources`; `parent` is the kind of the parents unless that is the root.
        """
        import polars as pl

        columns: dict[str, pl.Series] = {"@name": self.name, **self.values}
        if self.above is not None and parent is not None:
            columns[f"@{parent}"] = self.above
        frame = pl.DataFrame(columns).with_columns(
            pl.lit(year, pl.Int32).alias("@year"),
            pl.lit(root).alias("@root"),
            pl.lit(1.0).alias("@weight"),
            pl.lit(number, pl.Int32).alias("@source"),
            pl.int_range(pl.len(), dtype=pl.Int32).alias("@row"),
        )
        return frame, self.exact.measures


def _true_positions(mask: pl.Series) -> list[int]:
    return mask.fill_null(value=False).arg_true().to_list()


def _move_rows(cells: Mapping[Cell, _V], new: Mapping[int, int]) -> dict[Cell, _V]:
    return {(measure, new[row]): value for (measure, row), value in cells.items() if row in new}


def remarks_of(texts: dict[str, pl.Series]) -> dict[int, Remark]:
    """Return the remarks of the rows that have any, without the reasons for empty cells."""
    keys = [key for key in texts if key != "reason"]
    rows = sorted({row for key in keys for row in (texts[key] != "").arg_true().to_list()})
    return {row: Remark(**{key: texts[key][row] for key in keys}) for row in rows}
