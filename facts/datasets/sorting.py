"""Sorts the rows of a data set by part, in one pass through files that every part would look through otherwise."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from dabiao.base.problems import Refused
from dabiao.base.writing import refuse_output
from dabiao.facts.datasets.pieces import UNREADABLE
from dabiao.facts.datasets.read import DataSet
from dabiao.facts.datasets.table import PART, ROOT

_LEAST, _MOST = 500_000, 1_000_000  # rows that are sorted at a time
_RUN = 10_000  # rows of a part that are to follow one another, as far as memory allows: each run is opened by itself
_ROOM = 2**16  # bytes that are to be free beside those of the rows
_READ = 16_384  # rows that are read of a file at least


@dataclass(frozen=True, slots=True)
class Run:
    """Rows of one part that follow one another in a file of sorted rows."""

    file: Path
    start: int
    rows: int


def sort_rows(data: DataSet, kind: str, parts: Mapping[str, int], folder: Path) -> dict[int, tuple[Run, ...]]:
    """Write the rows of a kind into files in `folder`, sorted by part, and return where those of each part stand, in order.

    `parts` has the number of the part of each root subject that is wanted; rows that belong to nobody go with part 0. Raises
    `Refused` for files that are damaged, or where there is no room.
    """
    wanted = pl.col(ROOT).replace_strict(parts, default=None, return_dtype=pl.Int32)
    nobody = pl.col(ROOT).is_null() & pl.lit(0 in parts.values())
    place = pl.when(nobody).then(pl.lit(0, pl.Int32)).otherwise(wanted).alias(PART)
    found: dict[int, list[Run]] = {}
    raised: list[Refused] = []

    def take(batch: pl.DataFrame) -> bool:
        rows = batch.with_columns(place).filter(pl.col(PART).is_not_null()).sort(PART, maintain_order=True)
        file = folder / f"{kind}-{len(list(folder.iterdir()))}.arrow"
        try:
            _write(rows.drop(PART), file)
        except Refused as refused:
            raised.append(refused)
            return True
        start = 0
        for count, number in rows[PART].rle().struct.unnest().iter_rows():
            found.setdefault(number, []).append(Run(file, start, count))
            start += count
        return False

    at_a_time = min(_MOST, max(_LEAST, _RUN * len(set(parts.values()))))
    data.read(lambda: data.scan()[kind].sink_batches(take, chunk_size=at_a_time, maintain_order=True))
    if raised:
        raise raised[0]
    return {number: tuple(runs) for number, runs in found.items()}


def read_runs(runs: Iterable[Run]) -> pl.LazyFrame:
    """Return the rows of some runs, lazily, as `DataSet.scan` gives those of the files."""
    return pl.concat([pl.scan_ipc(run.file, glob=False).slice(run.start, run.rows) for run in runs])


def _write(rows: pl.DataFrame, file: Path) -> None:
    """Write a file that is read by Polars alone. Polars tells a full disk in a way of its own, so room is looked for before."""
    try:
        if shutil.disk_usage(file.parent).free < _ROOM + rows.estimated_size():
            raise OSError(errno.ENOSPC, "")
        rows.write_ipc(file, record_batch_size=_READ)
    except UNREADABLE as error:
        told = error if isinstance(error, OSError) and error.errno else OSError(errno.EIO, "")
        raise refuse_output(str(file.parent), told) from None
