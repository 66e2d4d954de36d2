"""Conditional formats of a sheet (ECMA-376 part 1, 18.3.1.18, and their extensions) that change what its cells say.

Whether a condition holds is not worked out: it may be any formula, on any cells. What counts is that a format may strike a
cell out, or show another figure than it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dabiao.facts.formats.number_formats import shape_of
from dabiao.facts.workbook.grid import PLAIN, Shape

TRUE = ("1", "true", "on")


def shape_with(shape: Shape, name: str, attributes: Mapping[str, str]) -> Shape:
    """Return how a differential format, or a rule, shows a cell, given one more of its elements."""
    if name == "strike":
        return replace(shape, struck=attributes.get("val", "1").lower() in TRUE)
    if name == "numFmt":
        number, code = attributes.get("numFmtId", ""), attributes.get("formatCode", "")
        built_in = int(number) if number.isdecimal() and not code else 0
        return replace(shape_of(built_in, {0: code} if code else {}), struck=shape.struck)
    if name in ("iconSet", "dataBar") and attributes.get("showValue", "1").lower() not in TRUE:
        return replace(shape, hides="+-0")  # in the place of the number
    return shape


class Conditions:
    """The conditional formats of one sheet. `differences` has how each differential format of the workbook shows a cell.

    `found` has the areas that may be shown otherwise, as they are written, and how.
    """

    HOLDS = frozenset(("conditionalFormatting", "cfRule"))

    def __init__(self, differences: Sequence[Shape]) -> None:
        self.found: list[tuple[str, Shape]] = []
        self.is_inside = False
        self._differences = differences
        self._here: dict[Shape, None] = {}
        self._own = PLAIN
        self._areas: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> Callable[[str], None] | None:
        """Take the start of an element of a sheet; returns what is to take the text in it, if it has one that counts."""
        name = name.rpartition(":")[2]
        if name == "conditionalFormatting":
            self.is_inside, self._here, self._areas = True, {}, [attributes.get("sqref", "")]
        elif not self.is_inside:
            return None
        elif name == "sqref":  # of an extension, whose formats stand in its rules
            return self._areas.append
        elif name == "cfRule":
            number = attributes.get("dxfId", "")
            is_known = number.isdecimal() and int(number) < len(self._differences)
            self._own = self._differences[int(number)] if is_known else PLAIN
        else:
            self._own = shape_with(self._own, name, attributes)
        return None

    def end(self, name: str) -> None:
        """Take the end of an element of a sheet."""
        name = name.rpartition(":")[2]
        if name == "cfRule" and self._own != PLAIN:
            self._here[self._own] = None
        elif name == "conditionalFormatting":
            self.is_inside = False
            areas = " ".join(self._areas).split()
            self.found += [(area, shape) for area in areas for shape in self._here]
