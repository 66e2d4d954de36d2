"""Judges data frames of Spark: their rows are brought together by whole root subjects, and judged part by part in workers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from dabiao.base.files import File, Upload
from dabiao.base.limits import use_limits
from dabiao.base.nodes import read_yaml
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.engine.partition import Asked
from dabiao.engine.partitions import (
    PartitionsOutcome,
    PartitionsRequest,
    add_up,
    describe,
    divide,
    make_folder,
    remove_unfinished,
)
from dabiao.engine.parts import Piece, Work, read_plan_text, unpack
from dabiao.facts.datasets import written as w
from dabiao.facts.datasets.pieces import FILE, LINE, Pieces, find_read_type
from dabiao.facts.datasets.read import DataSet, check_head
from dabiao.facts.datasets.table import ROOT, YEAR, OpenTable, open_table
from dabiao.facts.formats.parquet import is_value
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan
from dabiao.rules.sorts import read_document
from dabiao.spark.parts import SUMMARY, collect, summarise
from dabiao.spark.session import require_spark

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

HEAD, FRAME = "head", "dataframe"
_PART, _KIND = "@part", "@kind"


@dataclass(frozen=True)
class Checked:
    """What a check of data frames came to. `findings` and `consequences` read what the workers have written."""

    outcome: PartitionsOutcome
    findings: DataFrame
    consequences: DataFrame


def check(
    spark: SparkSession,
    plan: str | Path | Upload,
    dataframe: DataFrame | Mapping[str, DataFrame],
    folder: str | Path,
    *,
    head: Mapping[str, object] | None = None,
    waivers: File | None = None,
    assignments: File | None = None,
    **asked: Any,
) -> Checked:
    """Judge the rows of a data frame, or of one a kind of subject; write what is found into a folder that all workers share.

    The columns are named like those of a table of a data set: subject, year, name, in, and measures with their units. `head`
    has what the head of a data set says besides: `percentages`, `registers`, `subject`, `year`, `source`, `synthetic`. `asked`
    are the options of a check: `year`, `as_of`, `select`, `fail_on`. Raises `Refused` with everything wrong, rows included.
    """
    require_spark()
    request = PartitionsRequest(
        plan=plan if isinstance(plan, Upload) else str(plan), sheets=(), waivers=waivers, assignments=assignments,
        folder=Path(folder), **asked,
    )  # fmt: skip
    loaded = request.load_plan()
    frames = dataframe if isinstance(dataframe, Mapping) else {_only_kind(loaded): dataframe}
    data = _open(loaded, frames, head or {})
    rows = _count_rows(data, frames)
    division = divide(loaded, rows, request.year, Location(FRAME))
    text = read_plan_text(request)
    work = Work(text, data, Asked(division.year, request.as_of, tuple(request.select)), request.folder)
    make_folder(request.folder, describe(loaded, text, division))
    numbers = {root: number for number, part in enumerate(division.parts) for root in part}
    columns = [frames[table.kind.id].columns for table in data.tables]
    judged = _bring_together(data, frames, numbers, len(division.parts)).mapInArrow(
        partial(judge_rows, work.pack(), columns), SUMMARY
    )
    counts, reported, problems = add_up(piece for _, piece in sorted(collect(spark, judged, work, len(division.parts))))
    remove_unfinished(work.folder)
    outcome = PartitionsOutcome(
        request=request, plan=loaded, year=division.year, roots=division.roots, partitions=len(division.parts),
        counts=counts, reported=reported, problems=problems,
    )  # fmt: skip
    if outcome.refused:
        raise Refused(problems)
    written = (spark.read.parquet(str(work.folder.absolute() / name)) for name in ("findings", "consequences"))
    return Checked(outcome, *written)


def _only_kind(plan: Plan) -> str:
    """Return the kind of the rows of one data frame: the only one below the root. Raises `Refused` where there are several."""
    kinds = [kind for kind in plan.kinds.values() if kind is not plan.root] or [plan.root]
    if len(kinds) > 1:
        raise Refused([Problem("spark.which-kind", Location(FRAME), {"expected": tuple(plan.kinds)})])
    return kinds[0].id


def _open(plan: Plan, frames: Mapping[str, DataFrame], said: Mapping[str, object]) -> DataSet:
    """Look through data frames: what is said of them, and their columns. Raises `Refused` with everything wrong."""
    tables = [{"kind": kind, "files": [kind]} for kind in frames]
    content = json.dumps({"plan": plan.id, **said, "dataset": tables}, ensure_ascii=False, default=str)
    problems = Problems()
    head = read_document("dataset", w.DataSet, read_yaml(Upload(HEAD, content.encode()), problems), problems)
    problems.refuse()
    assert head is not None
    check_head(head, plan, problems)
    problems.refuse()
    vocabulary = Vocabulary(plan)
    found = [
        open_table(table, Pieces((), (table.kind,), _columns_of(frames[table.kind])), vocabulary, head.whose, problems)
        for table in head.dataset
    ]
    problems.refuse()
    return DataSet(Path(FRAME), head, tuple(table for table in found if table), plan)


def _columns_of(frame: DataFrame) -> dict[str, pl.DataType]:
    from pyspark.sql.pandas.types import to_arrow_schema

    empty = pl.DataFrame(to_arrow_schema(frame.schema).empty_table())
    return {name: find_read_type(kind) if is_value(kind) else kind for name, kind in empty.schema.items()}


def _count_rows(data: DataSet, frames: Mapping[str, DataFrame]) -> pl.DataFrame:
    """Return how many rows each root subject has in each year, in all frames."""
    counted = [
        frames[table.kind.id].mapInArrow(
            partial(count_rows, table, data.head.whose), "root string, year int, rows bigint"
        )
        for table in data.tables
    ]
    found = [tuple(row) for row in reduce(lambda one, other: one.union(other), counted).collect()]
    rows = pl.DataFrame(found, {ROOT: pl.String, YEAR: pl.Int32, "rows": pl.Int64}, orient="row")
    return rows.group_by(ROOT, YEAR).sum().sort(ROOT, YEAR)


def count_rows(
    table: OpenTable, whose: Mapping[str, object], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Count, in a worker of Spark, the rows of each root subject and year of its batches."""
    import pyarrow as pa

    schema = pa.schema([("root", pa.string()), ("year", pa.int32()), ("rows", pa.int64())])
    for batch in batches:
        counted = _pick(table, whose, pl.DataFrame(batch)).group_by(ROOT, YEAR).agg(pl.len().alias("rows"))
        yield from counted.to_arrow().rename_columns(schema.names).cast(schema).to_batches()


def _bring_together(
    data: DataSet, frames: Mapping[str, DataFrame], numbers: Mapping[str, int], parts: int
) -> DataFrame:
    """Return the rows of all frames with the number of their part and of their kind, those of a part side by side."""
    from pyspark.sql.functions import col, lit
    from pyspark.sql.types import IntegerType, StructField, StructType

    shown = []
    for at, table in enumerate(data.tables):
        frame = frames[table.kind.id]
        schema = StructType([*frame.schema.fields, StructField(_PART, IntegerType())])
        numbered = frame.mapInArrow(partial(number_rows, table, data.head.whose, dict(numbers)), schema)
        own = [col(f"`{name.replace('`', '``')}`").alias(f"{at}.{n}") for n, name in enumerate(frame.columns)]
        shown.append(numbered.select(col(_PART), lit(at).alias(_KIND), *own))
    together = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), shown)
    return together.repartition(parts, _PART).sortWithinPartitions(_PART)


def number_rows(
    table: OpenTable, whose: Mapping[str, object], numbers: Mapping[str, int], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Add, in a worker of Spark, the number of its part to each row; what belongs to nobody is looked at in the first."""
    import pyarrow as pa

    for batch in batches:
        roots = _pick(table, whose, pl.DataFrame(batch))[ROOT]
        part = roots.replace_strict(numbers, default=0, return_dtype=pl.Int32).to_arrow()
        yield pa.RecordBatch.from_arrays([*batch.columns, part], names=[*batch.schema.names, _PART])


def judge_rows(
    parcel: bytes, columns: Sequence[Sequence[str]], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Judge, in a worker of Spark, the parts whose rows come one after the other, and return a row of summary for each."""
    pieces = chain.from_iterable(
        pl.DataFrame(batch).partition_by(_PART, maintain_order=True) for batch in batches if batch.num_rows
    )
    for number, some in groupby(pieces, lambda piece: int(piece[_PART][0])):
        rows = pl.concat(some)
        yield summarise(number, partial(_judge, parcel, columns, number, rows))


def _judge(parcel: bytes, columns: Sequence[Sequence[str]], number: int, rows: pl.DataFrame) -> Piece:
    work, most = unpack(parcel)
    with use_limits(most):
        tables, frames = [], {}
        for at, (table, names) in enumerate(zip(work.data.tables, columns, strict=True)):
            own = rows.filter(pl.col(_KIND) == at).select(
                pl.col(f"{at}.{n}").alias(name) for n, name in enumerate(names)
            )
            placed, picked = _with_places(table, _pick(table, work.data.head.whose, own))
            tables.append(placed)
            frames[table.kind.id] = picked
        return replace(work, data=replace(work.data, tables=tuple(tables))).judge_rows(number, frames)


def _pick(table: OpenTable, whose: Mapping[str, object], rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows as those of files are read, without a place."""
    nowhere = [pl.lit(0, pl.UInt32).alias(name) for name in (FILE, LINE)]
    columns = [pl.col(name).cast(kind) for name, kind in table.pieces.columns.items() if name in rows.columns]
    return table.pick(rows.lazy().select(*columns, *nowhere), whose).collect()


def _with_places(table: OpenTable, rows: pl.DataFrame) -> tuple[OpenTable, pl.DataFrame]:
    """Say of each row which it is, since a row of a data frame stands nowhere: home[某区/甲院/2023]."""
    own = [name for name, heading in table.headings.items() if heading == "name" and name != table.subject]
    named = pl.concat_str(
        [ROOT, *(pl.col(name).cast(pl.String) for name in own), YEAR], separator="/", ignore_nulls=True
    )
    files = table.kind.id + "[" + rows.select(named.alias(FILE))[FILE] + "]"
    names = files.unique(maintain_order=True)
    numbers = {name: number for number, name in enumerate(names, 1)}
    pieces = replace(table.pieces, files=(table.kind.id, *names))
    return replace(table, pieces=pieces), rows.with_columns(files.replace_strict(numbers, return_dtype=pl.UInt32))
