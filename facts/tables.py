"""Facts as tables: one Polars frame per kind of subject, a row per subject and year, a column per measure.

Values are floats in base units whose shortest decimal is the reported number; what a float cannot hold is looked up in
the facts themselves (`Tables.fact`). A subject that the register knows of but no sheet lists is a row without facts:
one row per missing name, or one row that stands for `@weight` unnamed subjects (infinity where nobody knows how many).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf

import polars as pl
from dabiao.base.problems import Location
from dabiao.facts.model import Block, Fact, Facts, Row, Sheet, shortest
from dabiao.facts.read import register_size
from dabiao.rules.model import Kind, Plan

NO_ROW = -1
_META = {"@year": pl.Int32, "@root": pl.String, "@name": pl.String, "@weight": pl.Float64, "@source": pl.Int32,
         "@row": pl.Int32}  # fmt: skip


@dataclass(frozen=True)
class Tables:
    """The frames by kind, and the way back from a row to its facts.

    Columns of a frame: `@year`, `@root`, `@name`, `@weight` (how many subjects the row stands for), `@source` and `@row`
    (where its facts are), `@KIND` for each kind between it and the root, and one float column per reported measure.
    """

    plan: Plan
    frames: dict[str, pl.DataFrame]
    sources: list[list[Row] | Block] = field(repr=False)
    rough: frozenset[tuple[str, str]] = frozenset()

    def fact(self, kind: str, index: int, measure: str) -> Fact | None:
        """Return the fact in one cell of a frame, or None if nothing was reported."""
        frame = self.frames[kind]
        row = frame["@row"][index]
        if row == NO_ROW:
            return None
        source = self.sources[frame["@source"][index]]
        return source.fact(measure, row) if isinstance(source, Block) else source[row].facts.get(measure)

    def place(self, kind: str, index: int) -> Location | None:
        """Return where a subject stands; for one that no sheet lists, where the sheet it should stand in begins."""
        frame = self.frames[kind]
        row = frame["@row"][index]
        if row == NO_ROW:
            root = frame["@root"][index]
            above = self.index.get((self.plan.root.id, frame["@year"][index], root, root))
            return None if above is None or kind == self.plan.root.id else self.place(self.plan.root.id, above)
        source = self.sources[frame["@source"][index]]
        return Location(source.file, source.lines[row]) if isinstance(source, Block) else source[row].location

    @cached_property
    def index(self) -> dict[tuple[str, int, str, str], int]:
        """Find a frame row by kind, year, root and name. Built once, for explanations only."""
        return {
            (kind, year, root, name): position
            for kind, frame in self.frames.items()
            for position, (year, root, name) in enumerate(frame.select("@year", "@root", "@name").iter_rows())
        }


def build(facts: Facts) -> Tables:
    """Build the tables of a set of sound facts."""
    plan = facts.plan
    sources: list[list[Row] | Block] = []
    rough: set[tuple[str, str]] = set()
    frames: dict[str, pl.DataFrame] = {}
    groups: dict[tuple[str, int], list[Sheet]] = {}
    for sheet in facts.sheets:
        groups.setdefault((sheet.subject, sheet.year), []).append(sheet)
    merged = {place: _merged(group) for place, group in groups.items()}
    for kind in plan.kinds.values():
        parts = []
        listed = _rows_frame(kind, plan, merged, sources, rough)
        if listed is not None:
            parts.append(listed)
        for (root, year), group in groups.items():
            for block in (b for sheet in group for b in sheet.blocks if b.kind == kind.id):
                rough.update((kind.id, measure) for measure, _ in block.exact)
                parts.append(_block_frame(kind, plan, block, root, year, len(sources)))
                sources.append(block)
        parts.append(_empty(kind, plan))
        frame = pl.concat(parts, how="diagonal_relaxed") if len(parts) > 2 else pl.concat(parts, how="diagonal")
        if kind.parent is not None:
            frame = _with_unlisted(frame, kind, plan, groups)
        frames[kind.id] = _with_ancestors(frame, kind, plan, frames)
    return Tables(plan, frames, sources, frozenset(rough))


def _merged(group: Iterable[Sheet]) -> list[Row]:
    """Put together the rows that several sheets give for one subject."""
    rows: dict[tuple[str, str], Row] = {}
    for row in (row for sheet in group for row in sheet.rows):
        before = rows.get((row.kind, row.name))
        facts = {**before.facts, **row.facts} if before else row.facts
        rows[row.kind, row.name] = replace(row, facts=facts)
    return list(rows.values())


def _rows_frame(
    kind: Kind,
    plan: Plan,
    merged: dict[tuple[str, int], list[Row]],
    sources: list[list[Row] | Block],
    rough: set[tuple[str, str]],
) -> pl.DataFrame | None:
    rows = [(root, year, row) for (root, year), found in merged.items() for row in found if row.kind == kind.id]
    if not rows:
        return None
    columns: dict[str, list[object]] = {
        "@year": [year for _, year, _ in rows],
        "@root": [root for root, _, _ in rows],
        "@name": [row.name for _, _, row in rows],
        "@weight": [1.0] * len(rows),
        "@source": [len(sources)] * len(rows),
        "@row": list(range(len(rows))),
    }
    if kind.parent is not None and kind.parent != plan.root.id:
        columns[f"@{kind.parent}"] = [row.parent for _, _, row in rows]
    for measure in plan.reported(kind.id):
        values: list[object] = []
        for _, _, row in rows:
            fact = row.facts.get(measure)
            if fact is None or fact.value is None:
                values.append(None)
                continue
            value = float(fact.value)
            if shortest(value) != fact.value:
                rough.add((kind.id, measure))
            values.append(value)
        columns[measure] = values
    sources.append([row for _, _, row in rows])
    return pl.DataFrame(columns, schema_overrides=_schema(kind, plan))


def _schema(kind: Kind, plan: Plan) -> dict[str, pl.DataType | type[pl.DataType]]:
    parents = {f"@{above}": pl.String for above in kind.path[1:]}
    return {**_META, **parents, **dict.fromkeys(plan.reported(kind.id), pl.Float64)}


def _empty(kind: Kind, plan: Plan) -> pl.DataFrame:
    return pl.DataFrame(schema=_schema(kind, plan))


def _block_frame(kind: Kind, plan: Plan, block: Block, root: str, year: int, source: int) -> pl.DataFrame:
    columns: dict[str, object] = {"@name": block.names, **block.values}
    if block.parents is not None and kind.parent != plan.root.id:
        columns[f"@{kind.parent}"] = block.parents
    return pl.DataFrame(columns).with_columns(
        pl.lit(year, pl.Int32).alias("@year"),
        pl.lit(root).alias("@root"),
        pl.lit(1.0).alias("@weight"),
        pl.lit(source, pl.Int32).alias("@source"),
        pl.int_range(pl.len(), dtype=pl.Int32).alias("@row"),
    )


def _with_unlisted(
    frame: pl.DataFrame, kind: Kind, plan: Plan, groups: dict[tuple[str, int], list[Sheet]]
) -> pl.DataFrame:
    """Add rows for the subjects that the register knows of but no sheet lists."""
    missing: dict[str, list[object]] = {"@year": [], "@root": [], "@name": [], "@weight": []}
    counted = {(root, year): count for root, year, count in frame.group_by("@root", "@year").len().iter_rows()}
    for (root, year), group in groups.items():
        listed = counted.get((root, year), 0)
        names = kind.register.names if kind.register else ()
        if any(kind.id in s.registers and s.registers[kind.id] is None for s in group):
            continue
        size = register_size(kind.id, plan, group)
        if names and size == len(names):
            present = set(frame.filter(pl.col("@root") == root, pl.col("@year") == year)["@name"]) if listed else set()
            unlisted: list[tuple[str, float]] = [(name, 1.0) for name in names if name not in present]
        elif size is None:
            unlisted = [("", inf)]
        else:
            unlisted = [("", float(size - listed))] if size > listed else []
        for name, weight in unlisted:
            for column, value in zip(missing, (year, root, name, weight), strict=True):
                missing[column].append(value)
    if not missing["@year"]:
        return frame
    rows = pl.DataFrame(missing, schema_overrides={k: v for k, v in _META.items() if k in missing})
    rows = rows.with_columns(pl.lit(NO_ROW, pl.Int32).alias("@source"), pl.lit(NO_ROW, pl.Int32).alias("@row"))
    return pl.concat([frame, rows], how="diagonal")


def _with_ancestors(frame: pl.DataFrame, kind: Kind, plan: Plan, frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Add the name of the subject of every kind between this one and the root."""
    for above in reversed(kind.path[1:-1]):
        below = kind.path[kind.path.index(above) + 1]
        keys = ["@root", "@year", f"@{below}"]
        names = frames[below].select("@root", "@year", pl.col("@name").alias(f"@{below}"), f"@{above}")
        if f"@{above}" in frame.columns:
            frame = frame.drop(f"@{above}")
        frame = frame.join(names.unique(keys), on=keys, how="left", maintain_order="left")
    return frame
