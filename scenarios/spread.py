"""Many variants of the same facts in one set of tables: each variant is a root subject of its own, judged as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import polars as pl
from dabiao.engine.judge import judge
from dabiao.engine.measure import Measured
from dabiao.facts.model import Fact, to_exact, to_float
from dabiao.facts.tables import Tables
from dabiao.rules.model import Commitment

_MARK = "\x1f"  # between the name of a root and the number of a variant; no name has a control character

CellKey = tuple[str, int, str]  # kind, row of its frame, measure


@dataclass(frozen=True)
class VariantTables(Tables):
    """Tables with every row once for each variant; `cells` has the facts of variants that replace reported ones."""

    base: Tables | None = None
    cells: Mapping[CellKey, Mapping[int, Fact]] = field(default_factory=dict)
    variants: int = 1

    def fact(self, kind: str, index: int, measure: str) -> Fact | None:
        """Return the fact of one cell: that of the variant, or the reported one."""
        row, variant = divmod(index, self.variants)
        changed = self.cells.get((kind, row, measure), {}).get(variant)
        return changed or (self.base.fact(kind, row, measure) if self.base else None)


def spread_variants(base: Tables, cells: Mapping[CellKey, Mapping[int, Fact]], variants: int) -> VariantTables:
    """Return the tables of all variants. `cells` gives, for each figure, its fact in each variant that changes it."""
    numbers = pl.DataFrame({"@variant": pl.Series(range(variants), dtype=pl.Int32)})
    marked = pl.concat_str(pl.col("@root"), pl.lit(_MARK), pl.col("@variant").cast(pl.String))
    frames = {}
    for kind, frame in base.frames.items():
        wide = frame.join(numbers, how="cross", maintain_order="left_right").with_columns(marked.alias("@root"))
        if kind == base.plan.root.id:
            wide = wide.with_columns(pl.col("@root").alias("@name"))
        frames[kind] = wide.drop("@variant")
    rough = set(base.rough)
    for (kind, row, measure), facts in cells.items():
        values = [fact.value for fact in facts.values()]
        if any(value is not None and to_exact(to_float(value)) != value for value in values):
            rough.add((kind, measure))
        positions = [row * variants + variant for variant in facts]
        column = frames[kind][measure].scatter(positions, [_round(value) for value in values])
        frames[kind] = frames[kind].with_columns(column)
    return VariantTables(base.plan, frames, base.sources, frozenset(rough), base, cells, variants)


def judge_variants(tables: VariantTables, year: int, commitments: Sequence[Commitment]) -> pl.DataFrame:
    """Judge commitments for a year in every variant; return the table of findings with a column `variant`."""
    table = judge(Measured(tables, year), commitments)
    parts = pl.col("root").str.split_exact(_MARK, 1)
    return table.with_columns(
        parts.struct.field("field_0").alias("root"),
        parts.struct.field("field_1").cast(pl.Int32).alias("variant"),
        pl.col("subject").str.split(_MARK).list.first(),
    )


def _round(value: Fraction | None) -> float | None:
    return None if value is None else to_float(value)
