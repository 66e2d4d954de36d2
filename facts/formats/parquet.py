"""Reads one Parquet file of a register as columns of texts and numbers, with Polars."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dabiao.base.contents import BEGINNING, PARQUET, name_content, refuse_content
from dabiao.base.files import File
from dabiao.base.limits import limits
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Problem, Problems, Refused, make_limit_problem
from dabiao.facts.formats.parquet_sizes import footer_bytes, unpacked_bytes

if TYPE_CHECKING:
    import polars as pl


def read_table(file: File, problems: Problems) -> tuple[pl.DataFrame, list[str], Sequence[int], int]:
    """Return the columns of a Parquet file, its header, the number of each row, from 1, as its line, and 1 for its header.

    Integers and floats keep their type; all other values become exact texts. Notes every column of an unsupported type
    (dates, lists, bytes). Raises `Refused` for a file that is no Parquet file, is damaged, or exceeds a limit.
    """
    import polars as pl

    location = Location(str(file))
    data = read_bytes(file, "register")
    if not data.startswith(PARQUET) and (found := name_content(data[:BEGINNING])):
        raise refuse_content(file, found)
    try:
        if (footer := footer_bytes(data)) > limits().file:
            raise Refused([make_limit_problem("file", location, footer)])
        if unpacked_bytes(data, limits().register) > limits().register:
            raise Refused([make_limit_problem("register", location, f"> {limits().register}")])
        lazy = pl.scan_parquet(io.BytesIO(data))
        schema = lazy.collect_schema()
        if len(schema) > limits().columns:
            raise Refused([make_limit_problem("columns", location, len(schema))])
        rows = int(lazy.select(pl.len()).collect().item())
        if rows > limits().rows:
            raise Refused([make_limit_problem("rows", location, rows)])
        for position, (name, dtype) in enumerate(schema.items()):
            if not is_value(dtype):
                place = Location(str(file), 0, position + 1)
                problems.add("reading.column-type", place, found=name, type=str(dtype))
        kept = [name for name, dtype in schema.items() if is_value(dtype)]
        texts = [name for name in kept if not (schema[name].is_integer() or schema[name].is_float())]
        if (size := _text_bytes(lazy, texts)) > limits().register:
            raise Refused([make_limit_problem("register", location, size)])
        columns = [pl.col(name).cast(pl.String) if name in texts else pl.col(name) for name in kept]
        frame = lazy.select(columns).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError):
        raise Refused([Problem("reading.parquet", location)]) from None
    return frame, frame.columns, range(1, frame.height + 1), 1


def _text_bytes(lazy: pl.LazyFrame, texts: Sequence[str]) -> int:
    """Return how many bytes the texts of a table have together: in the file one that is repeated may stand only once."""
    import polars as pl

    lengths = [pl.col(name).cast(pl.String).str.len_bytes().cast(pl.UInt64).sum() for name in texts]
    return sum(int(size) for size in lazy.select(lengths).collect().row(0)) if texts else 0


def is_value(dtype: pl.DataType) -> bool:
    """Whether a column of a type holds numbers or texts."""
    import polars as pl

    return dtype.is_numeric() or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Null)
