"""What a cell of an XLSX workbook holds, by its type, its value and its format (ECMA-376 part 1, 18.3.1.4 and 18.18.11)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from dabiao.facts.formats.number_formats import shape_at
from dabiao.facts.formats.xlsx_conditions import TRUE
from dabiao.facts.workbook.cells import is_number
from dabiao.facts.workbook.grid import Cell, Shape

KINDS = frozenset(("n", "str", "inlineStr", "b", "e", "d"))
"""The types of cells that hold their own value; `s` refers to a shared text."""
_BELOW_ONE = re.compile(r"0*(?:\.[0-9]*)?")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def make_cell(kind: str, value: str, shape: Shape, check: Callable[[str], str], *, struck: bool = False) -> Cell | None:
    """Return the cell with a value of its own, None if it is empty. `check` takes a text before it is used.

    `struck` says that a piece of its text is struck out.
    """
    if kind in ("str", "inlineStr"):
        return make_text(check(value), shape, struck=struck)
    if kind == "b":
        return Cell("boolean", "TRUE" if value.strip() in TRUE else "FALSE", shape)
    if kind == "e":
        return Cell("error", value or "#N/A", shape)
    if kind == "d":
        return Cell("text", value, shape)
    if not value:
        return None
    return Cell("number", value, shape_at(shape, value)) if is_number(value) else Cell("broken", value, shape)


def make_text(text: str, shape: Shape, *, struck: bool) -> Cell | None:
    """Return the cell with a text, None for a blank one."""
    if not text or text.isspace():
        return None
    return Cell("text", text, replace(shape, struck=True) if struck else shape)


def is_uncomputed(kind: str, value: str, *, computed: bool) -> bool:
    """Whether a formula has no result; `computed` is unset if none of those in the workbook counts."""
    return not computed or (not value and kind != "str")


def unescape_text(text: str) -> str:
    """Return a text with its signs that XML cannot hold: _x000D_ stands for a carriage return."""
    return _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


def hide_zeros(rows: Mapping[int, Mapping[int, Cell]]) -> dict[int, dict[int, Cell]]:
    """Return the cells of a sheet on which zeros are switched off: whatever its number format is, a zero shows nothing."""
    return {
        row: {column: _hide_zero(cell) if cell.stored == "number" else cell for column, cell in cells.items()}
        for row, cells in rows.items()
    }


def _hide_zero(cell: Cell) -> Cell:
    return cell if float(cell.text) else cell._replace(shape=replace(cell.shape, hides="0", code=""))


def is_hidden(attributes: Mapping[str, str], size: str) -> bool:
    """Whether a row or column is hidden, also by a height or width below one: a point, or a digit."""
    return attributes.get("hidden", "0").lower() in TRUE or bool(_BELOW_ONE.fullmatch(attributes.get(size, "1")))
