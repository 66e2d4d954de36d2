"""Output for spreadsheets: cells that are never run as formulas, and CSV that Excel reads as UTF-8."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from dabiao.base.messages import visible

if TYPE_CHECKING:
    import polars as pl

_BYTE_ORDER_MARK = "\ufeff"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would calculate a text instead of showing it. A plain number is shown."""
    return not text[:1].isalnum() and bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)


def make_inert(value: object) -> str:
    """Return a value as the text of a cell; put a `'` before a text that would be a formula. None is empty."""
    text = "" if value is None else visible(str(value))
    return f"'{text}" if is_formula(text) else text


def csv_cell(value: object) -> str:
    """Return a value as a cell of a line of CSV (RFC 4180), in quotation marks where it needs them."""
    text = make_inert(value)
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text  # and no line ends


def csv_cells(texts: pl.Expr) -> pl.Expr:
    """Return a column of texts as `csv_cell` does each. None has signs that are not seen."""
    import polars as pl

    formula = texts.str.contains(f"^(?:{_FORMULA.pattern})") & ~texts.str.contains(f"^(?:{_NUMBER.pattern})$")
    inert = pl.when(formula).then(pl.lit("'")).otherwise(pl.lit(""))
    quoted = pl.when(texts.str.contains('[,"]')).then(pl.lit('"')).otherwise(pl.lit(""))
    return pl.concat_str(quoted, inert, texts.str.replace_all('"', '""', literal=True), quoted)


def write_csv(rows: Iterable[str | Iterable[object]], stream: TextIO) -> None:
    """Write rows, or lines of cells that are joined already, with a byte-order mark, without which Excel reads no Chinese."""
    stream.write(_BYTE_ORDER_MARK)
    for row in rows:
        stream.write((row if isinstance(row, str) else ",".join(map(csv_cell, row))) + "\r\n")
