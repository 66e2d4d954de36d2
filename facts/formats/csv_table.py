"""One CSV file of a register to columns of texts, with the line that each row starts in."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dabiao.base.files import File
from dabiao.base.limits import limits
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Problem, Problems, Refused, make_limit_problem
from dabiao.facts.formats.encodings import decode, lines_of

if TYPE_CHECKING:
    import polars as pl


def read_table(file: File, problems: Problems) -> tuple[pl.DataFrame, list[str], Sequence[int]]:
    """Read the cells of a CSV file: its columns, its header, and the line each row starts in. Blank lines are no rows.

    Raises `Refused` for a file that is no table, or is beyond a limit.
    """
    location = Location(str(file))
    text = decode(read_bytes(file, "register"), location, problems)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    reader = csv.reader(lines_of(text))
    try:
        header = next(reader)
    except csv.Error:
        raise Refused([Problem("bad-csv", Location(str(file), 1))]) from None
    if len(header) > limits().columns:
        raise Refused([make_limit_problem("columns", location, len(header))])
    above = reader.line_num
    frame, lines = _frame("".join(text.split("\n", above)[above:]), str(file), above, len(header))
    if frame.height > limits().rows:
        raise Refused([make_limit_problem("rows", location, frame.height)])
    return frame, header, lines


def _frame(body: str, file: str, above: int, width: int) -> tuple[pl.DataFrame, Sequence[int]]:
    """Return the cells below the header as texts, and the line each row starts in."""
    import polars as pl

    rows_from = body.lstrip("\n")  # Polars passes over blank lines at the top, and makes rows of later ones
    above, body = above + len(body) - len(rows_from), rows_from
    if not body:
        return pl.DataFrame(), range(0)
    columns = [f"c{i}" for i in range(width)]
    try:
        frame = pl.read_csv(
            body.encode(), has_header=False, new_columns=columns,
            schema_overrides=dict.fromkeys([f"column_{i + 1}" for i in range(width)], pl.String), infer_schema=False,
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        raise _ragged(body, file, above, width) from None
    plain = '"' not in body and "\n\n" not in body
    if plain and frame.width == width and body.count(",") == frame.height * (width - 1):
        return frame, range(above + 1, above + 1 + frame.height)
    rows = list(_records(body, file, above, width))
    if frame.width != width or len(rows) != frame.height:
        raise _ragged(body, file, above, width)
    kept = pl.Series([full for _, full in rows], dtype=pl.Boolean)
    return frame.filter(kept), [line for line, full in rows if full]


def _records(body: str, file: str, above: int, width: int) -> Iterator[tuple[int, bool]]:
    """Iterate over the line each record starts in, and whether it is more than a blank line."""
    reader, line = csv.reader(lines_of(body), strict=True), above + 1
    try:
        for cells in reader:
            if cells and len(cells) != width:
                raise Refused([Problem("bad-csv", Location(file, line))])
            yield line, bool(cells)
            line = above + reader.line_num + 1
    except csv.Error:
        raise Refused([Problem("bad-csv", Location(file, line))]) from None


def _ragged(body: str, file: str, above: int, width: int) -> Refused:
    """Return the refusal with the first line that has too few or too many cells."""
    try:
        list(_records(body, file, above, width))
    except Refused as refused:
        return refused
    return Refused([Problem("bad-csv", Location(file, above))])
