"""Subjects stored as rows, each with its facts: the sheets in YAML, JSON and workbooks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from dabiao.base.problems import Location
from dabiao.facts.model import Fact, Part, to_exact, to_float

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Row:
    """The facts of one subject. `parent` names the subject that contains it, None if that is the root.

    `nothing` says why the subject has nothing to report, if it confirms that. `parent_location` is where the parent is named,
    where that has a place of its own.
    """

    kind: str
    name: str
    parent: str | None
    location: Location
    facts: Mapping[str, Fact]
    nothing: str = ""
    parent_location: Location | None = None


@dataclass(frozen=True)
class Rows(Part):
    """The subjects of one kind as rows."""

    kind: str
    rows: tuple[Row, ...]
    can_merge: ClassVar[bool] = True

    def names(self) -> list[str]:
        """Return the names of the subjects, in order."""
        return [row.name for row in self.rows]

    def parent(self, at: int) -> str | None:
        """Return the name of the subject that contains one, None if that is the root."""
        return self.rows[at].parent

    def location(self, at: int) -> Location:
        """Return where a subject stands."""
        return self.rows[at].location

    def parent_location(self, at: int) -> Location:
        """Return where the subject that contains one is named."""
        return self.rows[at].parent_location or self.rows[at].location

    def facts(self, at: int) -> Mapping[str, Fact]:
        """Return the facts of a subject by measure."""
        return self.rows[at].facts

    def fact(self, at: int, measure: str) -> Fact | None:
        """Return one fact, or None if there is none."""
        return self.rows[at].facts.get(measure)

    def nothing(self, at: int) -> str:
        """Return why a subject has nothing to report, if it confirms that."""
        return self.rows[at].nothing

    def replaced(self, facts: Mapping[tuple[int, str], Fact]) -> Rows:
        """Return the rows with some facts, by position and measure, set or replaced."""
        rows = list(self.rows)
        for (at, measure), fact in facts.items():
            rows[at] = replace(rows[at], facts={**rows[at].facts, measure: fact})
        return Rows(self.kind, tuple(rows))

    def without(self, names: Collection[str]) -> Rows:
        """Return the rows without some subjects."""
        return Rows(self.kind, tuple(row for row in self.rows if row.name not in names))

    def merge(self, others: Sequence[Part]) -> Rows:
        """Return one row per subject with the facts of all parts; of several locations the last one counts.

        Of a fact that several parts report alike, the first that is confirmed counts, else the first.
        """
        rows = {row.name: row for row in self.rows}
        for row in (row for other in others if isinstance(other, Rows) for row in other.rows):
            before = rows.get(row.name, row)
            facts = {**row.facts, **before.facts}
            facts.update(
                {name: fact for name, fact in row.facts.items() if fact.confirmed and not facts[name].confirmed}
            )
            rows[row.name] = replace(row, facts=facts, nothing=row.nothing or before.nothing)
        return Rows(self.kind, tuple(rows.values()))


def rows_by_kind(rows: Iterable[Row]) -> tuple[Rows, ...]:
    """Group rows by kind into parts."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row)
    return tuple(Rows(kind, tuple(own)) for kind, own in found.items())


def rows_frame(
    placed: Sequence[tuple[int, str, int, Rows]],
    parent: str | None,
    measures: Collection[str],
    schema: Mapping[str, pl.DataType | type[pl.DataType]],
) -> tuple[pl.DataFrame, set[str]]:
    """Return rows of one kind as a frame, and the measures with values that no float represents exactly.

    `placed` are the rows with the number of their source, their root and their year; `parent` is the kind that contains
    them, if that is not the root.
    """
    import polars as pl

    rows = [(number, root, year, at, row) for number, root, year, part in placed for at, row in enumerate(part.rows)]
    columns: dict[str, list[object]] = {
        "@year": [year for _, _, year, _, _ in rows],
        "@root": [root for _, root, _, _, _ in rows],
        "@name": [row.name for *_, row in rows],
        "@weight": [1.0] * len(rows),
        "@source": [number for number, *_ in rows],
        "@row": [at for *_, at, _ in rows],
    }
    if parent is not None:
        columns[f"@{parent}"] = [row.parent for *_, row in rows]
    rough = set()
    for measure in measures:
        values: list[object] = []
        for *_, row in rows:
            fact = row.facts.get(measure)
            if fact is None or fact.value is None:
                values.append(None)
                continue
            value = to_float(fact.value)
            if to_exact(value) != fact.value:
                rough.add(measure)
            values.append(value)
        columns[measure] = values
    return pl.DataFrame(columns, schema_overrides=schema), rough
