"""Output for spreadsheets: cells that are never run as formulas, and CSV that Excel reads as UTF-8."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import TextIO

from dabiao.base.messages import visible

_BYTE_ORDER_MARK = "\ufeff"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would calculate a text instead of showing it. A plain number is shown."""
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)


def make_inert(value: object) -> str:
    """Return a value as the text of a cell; put a `'` before a text that would be a formula. None is empty."""
    text = "" if value is None else visible(str(value))
    return f"'{text}" if is_formula(text) else text


def write_csv(rows: Iterable[Iterable[object]], stream: TextIO) -> None:
    """Write rows as CSV (RFC 4180) with a byte-order mark, without which Excel does not read Chinese."""
    stream.write(_BYTE_ORDER_MARK)
    lines = csv.writer(stream, lineterminator="\r\n")
    lines.writerows(map(make_inert, row) for row in rows)
