"""Cells that count what is filled in, by formulas of COUNTA, LEN and SUMPRODUCT that come with their results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from dabiao.base.messages import say
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.worksheet import Worksheet

_ARGUMENTS = 200  # of one function; Excel takes 255
_COUNT, _FILLED = "\x01", "\x02"
_MARKS = re.compile(f"([{_COUNT}{_FILLED}])")
_EMPTY = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f>.*?</f>)<v\s*(?:/>|></v>)</c>', re.DOTALL)


class Counters:
    """The counters of one workbook: `cached` has the result of each before anything is filled in, by sheet and cell."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self.cached: dict[tuple[str, str], str] = {}
        self._sums: list[tuple[str, str, int]] = []

    def write(self, cell: Any, count: str | int, filled: str, now: int, *, behind: str = "") -> None:
        """Write a counter into a cell: formulas of how many figures are asked for and filled in, and how many are asked now.

        `behind` is a text to follow.
        """
        text = say("template.counter", self._lang, count=_COUNT, filled=_FILLED) + behind
        parts = [{_COUNT: str(count), _FILLED: filled}.get(part) or _quote(part) for part in _MARKS.split(text) if part]
        cell.value = "=" + "&".join(parts)
        shown = say("template.counter", self._lang, count=now, filled=0) + behind
        self.cached[cell.parent.title, cell.coordinate] = shown

    def add(self, sheet: Worksheet, count: str | int, filled: str, now: int) -> None:
        """Count a sheet towards the whole; formulas refer to its own cells."""
        name = quote_sheetname(sheet.title)
        self._sums.append((_refer(str(count), name), _refer(filled, name), now))

    def write_whole(self, cell: Any) -> None:
        """Write the counter of all sheets that were added."""
        counts, filled, now = zip(*self._sums, strict=True)
        self.write(cell, f"({'+'.join(counts)})", f"({'+'.join(filled)})", sum(now))

    def put_results(self, sheet: str, xml: bytes) -> bytes:
        """Return the XML of a sheet with the results of its counters."""

        def put(found: re.Match[bytes]) -> bytes:
            text = self.cached.get((sheet, found[1].decode()))
            if text is None:
                return found[0]
            return b'<c r="%s"%s t="str">%s<v>%s</v></c>' % (found[1], found[2], found[3], escape(text).encode())

        return _EMPTY.sub(put, xml)


def count_answered(value: int, reason: int, first: int, last: int) -> str:
    """Return the formula that counts the rows with a value or a reason."""
    cells = (f"{get_column_letter(column)}{first}:{get_column_letter(column)}{last}" for column in (value, reason))
    return f"SUMPRODUCT(({'+'.join(f'LEN({part})' for part in cells)}>0)*1)"


def count_filled(columns: Sequence[int], first: int, last: int) -> str:
    """Return the formula that counts the filled cells of some columns."""
    cells = [f"{get_column_letter(column)}{first}:{get_column_letter(column)}{last}" for column in columns]
    groups = [cells[at : at + _ARGUMENTS] for at in range(0, len(cells), _ARGUMENTS)]
    return "+".join(f"COUNTA({','.join(group)})" for group in groups) or "0"


def _quote(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _refer(formula: str, sheet: str) -> str:
    """Return a formula with the ranges of a sheet named with it."""
    return re.sub(r"[A-Z]+[0-9]+:[A-Z]+[0-9]+", lambda found: f"{sheet}!{found[0]}", formula)
