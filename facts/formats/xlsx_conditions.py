"""Conditional formats of a sheet (ECMA-376 part 1, 18.3.1.18, and their extensions) that change what its cells say.

Whether a condition holds is not worked out: it may be any formula, on any cells. What counts is that a format may strike a
cell out, or show another figure than it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dabiao.facts.formats.number_formats import shape_of
from dabiao.facts.workbook.grid import Doubt

TRUE = ("1", "true", "on")


def find_doubt(name: str, attributes: Mapping[str, str]) -> Doubt | None:
    """Return what an element of a differential format makes doubtful of a cell that may have it: its figure, or all of it."""
    if name == "strike" and attributes.get("val", "1").lower() in TRUE:
        return "strike"
    if name == "numFmt":
        shape = shape_of(0, {0: attributes.get("formatCode", "")})
        if shape.shown != "plain" or shape.words or shape.hides or shape.varies:
            return "number"
    return None


class Conditions:
    """The conditional formats of one sheet. `doubts` has what each differential format of the workbook makes doubtful.

    `found` has the areas with a format that makes their cells doubtful, as they are written.
    """

    HOLDS = frozenset(("conditionalFormatting", "cfRule"))

    def __init__(self, doubts: Sequence[Doubt | None]) -> None:
        self.found: list[tuple[str, Doubt]] = []
        self.is_inside = False
        self._doubts = doubts
        self._here: set[Doubt] = set()
        self._areas: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> Callable[[str], None] | None:
        """Take the start of an element of a sheet; returns what is to take the text in it, if it has one that counts."""
        name = name.rpartition(":")[2]
        if name == "conditionalFormatting":
            self.is_inside, self._here, self._areas = True, set(), [attributes.get("sqref", "")]
        elif not self.is_inside:
            return None
        elif name == "sqref":  # of an extension, whose formats stand in its rules
            return self._areas.append
        elif name == "cfRule":
            number = attributes.get("dxfId", "")
            if number.isdecimal() and int(number) < len(self._doubts) and (doubt := self._doubts[int(number)]):
                self._here.add(doubt)
        elif doubt := find_doubt(name, attributes):
            self._here.add(doubt)
        return None

    def end(self, name: str) -> None:
        """Take the end of an element of a sheet."""
        if name.rpartition(":")[2] == "conditionalFormatting":
            self.is_inside = False
            areas = " ".join(self._areas).split()
            self.found += [(area, doubt) for area in areas for doubt in sorted(self._here)]
