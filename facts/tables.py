"""Facts as tables: one Polars frame per kind of subject, a row per subject and year, a column per measure.

Values are floats in base units whose shortest decimal is the reported number; values that no float represents exactly are
looked up in the facts (`Tables.fact`). A subject in the register that no sheet lists is a row without facts: one row per
missing name, or one row for `@weight` unnamed subjects (infinity if their number is unknown).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING

import polars as pl
from dabiao.base.problems import Location
from dabiao.facts.columns import Columns
from dabiao.facts.model import Fact, Facts, Part, Sheet, register_size
from dabiao.facts.rows import Rows, rows_frame
from dabiao.facts.together import Submissions, group_by_root, merge_parts
from dabiao.rules.model import Kind, Plan

if TYPE_CHECKING:
    from dabiao.facts.datasets.whole import Whole

NO_ROW = -1
_META = {"@year": pl.Int32, "@root": pl.String, "@name": pl.String, "@weight": pl.Float64, "@source": pl.Int32,
         "@row": pl.Int32}  # fmt: skip


@dataclass(frozen=True)
class Tables:
    """The frames by kind, with the parts that their rows come from (`sources`).

    Columns of a frame: `@year`, `@root`, `@name`, `@weight` (how many subjects the row stands for), `@source` and `@row`
    (the index in `sources` and the position in that part), `@KIND` for each kind between it and the root, and one float
    column per reported measure. `rough` has the measures (kind, id) with values that no float represents exactly.
    """

    plan: Plan
    frames: dict[str, pl.DataFrame]
    sources: list[Part] = field(repr=False)
    rough: frozenset[tuple[str, str]] = frozenset()

    @property
    def years(self) -> tuple[int, ...]:
        """The years reported, in order."""
        return tuple(sorted(self.frames[self.plan.root.id]["@year"].unique().to_list()))

    def of_year(self, kind: str, year: int) -> pl.DataFrame:
        """Return the rows of a kind for one year, with their position in the whole table under `@index`."""
        whole = self.frames[kind].with_row_index("@index")
        mine = whole["@year"] == year
        return whole if mine.all() else whole.filter(mine) if mine.any() else whole.clear()

    def path(self, kind: str, index: int) -> tuple[tuple[str, str], ...]:
        """Return a subject with those that contain it, (kind, name) from the root down; "" is a name that is not known."""
        frame, levels = self.frames[kind], self._levels(kind)
        return tuple((above, frame[column][index] or "") for above, column in levels.items())

    def paths(self, kind: str, indices: Sequence[int] | pl.Series) -> list[tuple[tuple[str, str], ...]]:
        """Return `path` of several subjects."""
        levels = self._levels(kind)
        rows = self.frames[kind].select(levels.values())[indices]
        return [tuple(zip(levels, (name or "" for name in names), strict=True)) for names in rows.iter_rows()]

    def _levels(self, kind: str) -> dict[str, str]:
        """Return the kinds from the root down to a kind, each with the column that has its name."""
        root = self.plan.root.id
        if kind == root:
            return {root: "@root"}
        return {root: "@root", **{above: f"@{above}" for above in self.plan.kinds[kind].path[1:]}, kind: "@name"}

    def path_keys(self, kind: str, rows: pl.DataFrame) -> pl.Series:
        """Return a text for the path of each row; two paths never have the same, whatever signs are in their names."""
        keys = [_make_key(column) for column in self._levels(kind).values()]
        return rows.select(pl.concat_str(keys).alias("@path")).to_series()

    def absences(self, kind: str) -> pl.DataFrame:
        """Return every figure of a kind that is absent with a reason: `@source`, `@row`, `measure` and `reason`."""
        found = [
            (number, at, measure, reason)
            for number, part in enumerate(self.sources)
            if part.kind == kind
            for at, measure, reason in part.absences()
        ]
        schema = {"@source": pl.Int32, "@row": pl.Int32, "measure": pl.String, "reason": pl.String}
        return pl.DataFrame(found, schema=schema, orient="row")

    def fact(self, kind: str, index: int, measure: str) -> Fact | None:
        """Return the fact in one cell of a frame, or None if nothing was reported."""
        frame = self.frames[kind]
        row = frame["@row"][index]
        if row == NO_ROW:
            return None
        source: Part = self.sources[frame["@source"][index]]
        return source.fact(row, measure)

    def place(self, kind: str, index: int) -> Location | None:
        """Return where a subject stands; for an unlisted one, where its root subject stands."""
        frame = self.frames[kind]
        row = frame["@row"][index]
        if row == NO_ROW:
            root = frame["@root"][index]
            above = self.index.get((self.plan.root.id, frame["@year"][index], root, root))
            return None if above is None or kind == self.plan.root.id else self.place(self.plan.root.id, above)
        source: Part = self.sources[frame["@source"][index]]
        return source.location(row)

    def place_texts(self, kind: str, indices: pl.Series) -> pl.Series:
        """Return `place` of several subjects as texts, null where there is none."""
        rows = self.frames[kind].select("@source", "@row")[indices].with_row_index("@at")
        unlisted = rows["@row"] == NO_ROW
        groups = rows.filter(~unlisted).partition_by("@source")
        found: list[tuple[pl.DataFrame, pl.Series]] = [
            (group, self.sources[group["@source"][0]].place_texts(group["@row"])) for group in groups
        ]
        if len(found) == 1 and not unlisted.any():
            return found[0][1]
        texts = pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
        for group, own in found:
            texts = texts.scatter(group["@at"], own)
        at = unlisted.arg_true()
        places = [self.place(kind, index) for index in indices.gather(at)]
        return texts.scatter(at, [None if place is None else str(place) for place in places]) if places else texts

    @cached_property
    def index(self) -> RowIndex:
        """Find a frame row by kind, year, root and name."""
        return RowIndex(self.frames)


class RowIndex:
    """The rows of frames by kind, year, root and name. A kind and year is looked through when it is first asked for."""

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        self._frames = frames
        self._found: dict[tuple[str, int], dict[tuple[str, str], int]] = {}

    def get(self, key: tuple[str, int, str, str]) -> int | None:
        """Return the row of a subject in the whole table of its kind, None if it is not there."""
        kind, year, *names = key
        if (kind, year) not in self._found:
            rows = self._frames[kind].select("@year", "@root", "@name").with_row_index("@at")
            own = rows.filter(pl.col("@year") == year).select("@root", "@name", "@at")
            self._found[kind, year] = {(root, name): at for root, name, at in own.iter_rows()}
        return self._found[kind, year].get((names[0], names[1]))

    def __getitem__(self, key: tuple[str, int, str, str]) -> int:
        if (found := self.get(key)) is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: tuple[str, int, str, str]) -> bool:
        return self.get(key) is not None


def _find_whole(sheets: Sequence[Sheet]) -> Whole | None:
    """Return the data set that sheets are, None for sheets that were read one by one."""
    if not sheets or isinstance(sheets[0].parts, tuple | list):
        return None
    from dabiao.facts.datasets.whole import find_whole

    return find_whole(sheets)


def build_tables(facts: Facts) -> Tables:
    """Build the tables of facts that have been checked."""
    plan = facts.plan
    sources: list[Part] = []
    rough: set[tuple[str, str]] = set()
    frames: dict[str, pl.DataFrame] = {}
    groups = group_by_root(facts.sheets)
    whole = _find_whole(facts.sheets)
    for kind in plan.kinds.values():
        parent = None if kind.parent == plan.root.id else kind.parent
        rows: list[tuple[int, str, int, Rows]] = []
        built = []
        if whole is not None and kind.id in whole.rows:
            built.append(whole.frame(kind.id, len(sources), parent))
            sources.append(whole.rows[kind.id].columns)
        for (root, year), sheets in groups.items() if whole is None else ():
            for part in merge_parts(sheets, kind.id):
                if isinstance(part, Columns):
                    built.append(part.frame(len(sources), root, year, parent))
                elif isinstance(part, Rows):
                    rows.append((len(sources), root, year, part))
                sources.append(part)
        if rows:
            built.insert(0, rows_frame(rows, parent, plan.reported(kind.id), _make_schema(kind, plan)))
        for _, measures in built:
            rough |= {(kind.id, measure) for measure in measures}
        parts = [*(frame for frame, _ in built), _make_empty(kind, plan)]
        frame = pl.concat(parts, how="diagonal_relaxed") if len(parts) > 2 else pl.concat(parts, how="diagonal")
        if kind.parent is not None:
            frame = _add_unlisted(frame, kind, plan, groups)
        frames[kind.id] = _add_ancestors(frame, kind, frames).rechunk()  # Polars panics on texts of uneven chunks
    return Tables(plan, frames, sources, frozenset(rough))


def _make_key(name: str) -> pl.Expr:
    return pl.format("{}:{}", pl.col(name).fill_null("").str.len_chars(), pl.col(name).fill_null(""))


def _make_schema(kind: Kind, plan: Plan) -> dict[str, pl.DataType | type[pl.DataType]]:
    parents = {f"@{above}": pl.String for above in kind.path[1:]}
    return {**_META, **parents, **dict.fromkeys(plan.reported(kind.id), pl.Float64)}


def _make_empty(kind: Kind, plan: Plan) -> pl.DataFrame:
    return pl.DataFrame(schema=_make_schema(kind, plan))


def _add_unlisted(frame: pl.DataFrame, kind: Kind, plan: Plan, groups: Submissions) -> pl.DataFrame:
    """Add rows for the subjects in the register that no sheet lists."""
    missing: dict[str, list[object]] = {"@year": [], "@root": [], "@name": [], "@weight": []}
    counted = {(root, year): count for root, year, count in frame.group_by("@root", "@year").len().iter_rows()}
    for (root, year), group in groups.items():
        listed = counted.get((root, year), 0)
        names = kind.register.names if kind.register else ()
        if any(kind.id in s.registers and s.registers[kind.id] is None for s in group):
            continue
        size = register_size(kind.id, plan, group)
        if names and size is not None and size >= len(names):
            present = set(frame.filter(pl.col("@root") == root, pl.col("@year") == year)["@name"]) if listed else set()
            unlisted: list[tuple[str, float]] = [(name, 1.0) for name in names if name not in present]
            if more := size - listed - len(unlisted):
                unlisted.append(("", float(more)))
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


def _add_ancestors(frame: pl.DataFrame, kind: Kind, frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Add the name of the subject of every kind between this one and the root."""
    if len(kind.path) > 1:
        frame = _fill_only_place(frame, kind.path[-1], frames)
    for above in reversed(kind.path[1:-1]):
        below = kind.path[kind.path.index(above) + 1]
        keys = ["@root", "@year", f"@{below}"]
        names = frames[below].select("@root", "@year", pl.col("@name").alias(f"@{below}"), f"@{above}")
        if f"@{above}" in frame.columns:
            frame = frame.drop(f"@{above}")
        frame = frame.join(names.unique(keys), on=keys, how="left", maintain_order="left")
        frame = _fill_only_place(frame, above, frames)
    return frame


def _fill_only_place(frame: pl.DataFrame, above: str, frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Fill in the subject of a kind above where it is not known and there is only one that it can be."""
    column = f"@{above}"
    if not frame[column].null_count():
        return frame
    places = frames[above].group_by("@root", "@year").agg(
        pl.len().alias("@many"), pl.col("@weight").sum(), pl.col("@name").first().alias("@only")
    )  # fmt: skip
    only = places.filter(pl.col("@many") == 1, pl.col("@weight") == 1.0, pl.col("@only") != "")
    found = frame.join(only.select("@root", "@year", "@only"), on=["@root", "@year"], how="left", maintain_order="left")
    return found.with_columns(pl.coalesce(column, "@only").alias(column)).drop("@only")
