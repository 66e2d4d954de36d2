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
from dabiao.engine.frame import find_columns
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
from dabiao.spark.parts import LOG, SUMMARY, collect, give_up, summarise
from dabiao.spark.session import quiet, require_spark

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

HEAD, FRAME = "head", "dataframe"
_PART, _TABLE = "part", "table"


@dataclass(frozen=True)
class Reading:
    """How workers read rows of data frames: the tables, the names of the columns of each, and what the head says of all rows.

    Spark itself has columns by number: it takes a dot in a name for a path.
    """

    tables: tuple[OpenTable, ...]
    names: tuple[tuple[str, ...], ...]
    whose: Mapping[str, object]

    def pick(self, at: int, rows: pl.DataFrame) -> pl.DataFrame:
        """Return rows of one table as those of files are read, without a place; their columns are in the order of `names`."""
        table = self.tables[at]
        named = rows.rename(dict(zip(rows.columns, self.names[at], strict=True)))
        nowhere = [pl.lit(0, pl.UInt32).alias(name) for name in (FILE, LINE)]
        columns = [pl.col(name).cast(kind) for name, kind in table.pieces.columns.items()]
        return table.pick(named.lazy().select(*columns, *nowhere), self.whose).collect()


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
    are the options of a check: `year`, `as_of`, `select`, `columns`, `fail_on`. Raises `Refused` with everything wrong, rows
    included.
    """
    require_spark()
    request = PartitionsRequest(
        plan=plan if isinstance(plan, Upload) else str(plan), sheets=(), waivers=waivers, assignments=assignments,
        folder=Path(folder), **asked,
    )  # fmt: skip
    columns = find_columns(request.columns)
    loaded = request.load_plan()
    frames = dataframe if isinstance(dataframe, Mapping) else {_only_kind(loaded): dataframe}
    data = _open(loaded, frames, head or {})
    reading = Reading(data.tables, tuple(tuple(frames[one.kind.id].columns) for one in data.tables), data.head.whose)
    numbered = [_number_columns(frames[table.kind.id]) for table in data.tables]
    division = divide(loaded, _count_rows(reading, numbered, request.folder), request.year, Location(FRAME))
    text = read_plan_text(request)
    work = Work(text, data, Asked(division.year, request.as_of, tuple(request.select), columns), request.folder)
    make_folder(request.folder, describe(loaded, text, division))
    numbers = {root: number for number, part in enumerate(division.parts) for root in part.names}
    rows = _bring_together(reading, numbered, numbers, len(division.parts))
    judged = rows.mapInArrow(partial(judge_rows, work.pack(), reading), SUMMARY)
    pieces = sorted(collect(spark, judged, work, len(division.parts)))
    outcome = add_up(request, loaded, division, (piece for _, piece in pieces))
    remove_unfinished(work.folder)
    if outcome.refused:
        raise Refused(outcome.problems)
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
        open_table(
            table,
            Pieces((), (table.kind,), _columns_of(table.kind, frames[table.kind], problems)),
            vocabulary,
            head.whose,
            problems,
        )
        for table in head.dataset
    ]
    problems.refuse()
    return DataSet(Path(FRAME), head, tuple(table for table in found if table), plan)


def _columns_of(kind: str, frame: DataFrame, problems: Problems) -> dict[str, pl.DataType]:
    from pyspark.sql.pandas.types import to_arrow_schema

    names, found = frame.columns, {}
    empty = pl.DataFrame(to_arrow_schema(_number_columns(frame).schema).empty_table())
    for position, (name, of) in enumerate(zip(names, empty.dtypes, strict=True), 1):
        if name in found:
            problems.add("reading.column-twice", Location(kind, 0, position), found=name)
        found[name] = find_read_type(of) if is_value(of) else of
    return found


def _number_columns(frame: DataFrame) -> DataFrame:
    return frame.toDF(*(f"c{number}" for number in range(len(frame.columns))))


def _count_rows(reading: Reading, frames: Sequence[DataFrame], folder: Path) -> pl.DataFrame:
    """Return how many rows each root subject has in each year, in all frames. What Spark says is put beside the folder."""
    counted = [
        frame.mapInArrow(partial(count_rows, reading, at), "root string, year int, rows bigint")
        for at, frame in enumerate(frames)
    ]
    try:
        with quiet():
            found = [tuple(row) for row in reduce(lambda one, other: one.union(other), counted).collect()]
    except Exception as error:
        give_up(error, folder.with_name(f"{folder.name}-{LOG}"), "spark.no-rows")
    rows = pl.DataFrame(found, {ROOT: pl.String, YEAR: pl.Int32, "rows": pl.Int64}, orient="row")
    nowhere = [pl.lit(FRAME).alias("kind"), pl.lit(0, pl.UInt32).alias(FILE)]
    return rows.group_by(ROOT, YEAR).sum().sort(ROOT, YEAR).with_columns(nowhere)


def count_rows(reading: Reading, at: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Count, in a worker of Spark, the rows of each root subject and year of its batches."""
    import pyarrow as pa

    schema = pa.schema([("root", pa.string()), ("year", pa.int32()), ("rows", pa.int64())])
    for batch in batches:
        counted = reading.pick(at, pl.DataFrame(batch)).group_by(ROOT, YEAR).agg(pl.len().alias("rows"))
        yield from counted.to_arrow().rename_columns(schema.names).cast(schema).to_batches()


def _bring_together(reading: Reading, frames: Sequence[DataFrame], numbers: Mapping[str, int], parts: int) -> DataFrame:
    """Return the rows of all frames with the number of their part and of their table, those of a part side by side."""
    from pyspark.sql.functions import lit
    from pyspark.sql.types import IntegerType, StructField, StructType

    shown = []
    for at, frame in enumerate(frames):
        schema = StructType([*frame.schema.fields, StructField(_PART, IntegerType())])
        numbered = frame.mapInArrow(partial(number_rows, reading, at, dict(numbers)), schema)
        names = [_column(at, number) for number in range(len(frame.columns))]
        shown.append(numbered.toDF(*names, _PART).withColumn(_TABLE, lit(at)))
    together = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), shown)
    return together.repartition(parts, _PART).sortWithinPartitions(_PART)


def number_rows(
    reading: Reading, at: int, numbers: Mapping[str, int], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Add, in a worker of Spark, the number of its part to each row; what belongs to nobody is looked at in the first."""
    import pyarrow as pa

    for batch in batches:
        roots = reading.pick(at, pl.DataFrame(batch))[ROOT]
        part = roots.replace_strict(numbers, default=0, return_dtype=pl.Int32).to_arrow()
        yield pa.RecordBatch.from_arrays([*batch.columns, part], names=[*batch.schema.names, _PART])


def judge_rows(parcel: bytes, reading: Reading, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Judge, in a worker of Spark, the parts whose rows come one after the other, and return a row of summary for each."""
    pieces = chain.from_iterable(
        pl.DataFrame(batch).partition_by(_PART, maintain_order=True) for batch in batches if batch.num_rows
    )
    for number, some in groupby(pieces, lambda piece: int(piece[_PART][0])):
        yield summarise(number, partial(_judge, parcel, reading, number, pl.concat(some)))


def _judge(parcel: bytes, reading: Reading, number: int, rows: pl.DataFrame) -> Piece:
    work, most = unpack(parcel)
    with use_limits(most):
        tables, frames = [], {}
        for at, names in enumerate(reading.names):
            own = rows.filter(pl.col(_TABLE) == at).select(_column(at, n) for n in range(len(names)))
            table, placed = _with_places(work.data.tables[at], reading.pick(at, own))
            tables.append(table)
            frames[table.kind.id] = placed
        return replace(work, data=replace(work.data, tables=tuple(tables))).judge_rows(number, frames)


def _column(at: int, number: int) -> str:
    return f"t{at}c{number}"


def _with_places(table: OpenTable, rows: pl.DataFrame) -> tuple[OpenTable, pl.DataFrame]:
    """Say of each row which it is, since a row of a data frame stands nowhere: home[某区/甲院/2023]."""
    own = [name for name, heading in table.headings.items() if heading == "name" and name != table.subject]
    names = (pl.col(name).cast(pl.String) for name in own)
    told = pl.concat_str(ROOT, *names, pl.col(YEAR).cast(pl.String), separator="/", ignore_nulls=True)
    files = rows.select((table.kind.id + "[" + told + "]").alias(FILE))[FILE]
    different = files.unique(maintain_order=True)
    numbers = pl.DataFrame(
        {FILE: different, "@number": pl.int_range(1, len(different) + 1, dtype=pl.UInt32, eager=True)}
    )
    placed = rows.with_columns(files).join(numbers, on=FILE, how="left", maintain_order="left")
    pieces = replace(table.pieces, files=(table.kind.id, *different))
    return replace(table, pieces=pieces), placed.with_columns(pl.col("@number").alias(FILE)).drop("@number")
