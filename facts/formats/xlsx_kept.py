"""What the workbooks of one reading have in common: the same bytes are parsed once.

The copies of a form have the same formats, links and names of sheets, the same cells but for the figures, and around the cells
the same columns, merged areas and conditional formats.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from dabiao.facts.formats.xlsx_parts import Part, Styles
from dabiao.facts.formats.xlsx_regular import CellForms
from dabiao.facts.formats.xlsx_sheet import Frame

_MOST, _MOST_LOOKS = 32, 8  # parts, and formats of workbooks, that are kept at a time
_LARGEST = 256 * 1024  # bytes

_Part = TypeVar("_Part", bound=Part)
_Kept = TypeVar("_Kept")
_Key = TypeVar("_Key")


class Looks:
    """The formats of a workbook, and what depends on nothing but them: the frames of sheets, and what their cells mean."""

    def __init__(self, styles: Styles) -> None:
        self.shapes, self.differences = styles.shapes(), styles.differences
        self._frames: dict[bytes, Frame] = {}
        self._forms: dict[tuple[bool, int], CellForms] = {}

    def frame(self, around: bytes, make: Callable[[], Frame]) -> Frame:
        """Return the frame of a sheet, given the sheet without its rows."""
        return _keep(self._frames, around, make, len(around))

    def cell_forms(self, *, computed: bool, longest: int) -> CellForms:
        """Return what cells mean, if the results of formulas count or do not, and texts may be so long."""
        place = (computed, longest)
        return _keep(self._forms, place, lambda: CellForms(self.shapes, computed=computed, longest=longest))


class Kept:
    """The parts of workbooks that were read before in one reading, by their bytes."""

    def __init__(self) -> None:
        self._parts: dict[tuple[type[Part], bytes], Part] = {}
        self._looks: dict[bytes, Looks] = {}

    def part(self, kind: type[_Part], data: bytes, parse: Callable[[], _Part]) -> _Part:
        """Return a part, given its bytes."""
        place: tuple[type[Part], bytes] = kind, data
        found = _keep(self._parts, place, parse, len(data))
        assert isinstance(found, kind)
        return found

    def looks(self, data: bytes, parse: Callable[[], Styles]) -> Looks:
        """Return the looks of workbooks, given the bytes of their formats."""
        return _keep(self._looks, data, lambda: Looks(parse()), len(data), _MOST_LOOKS)


def _keep(kept: dict[_Key, _Kept], key: _Key, make: Callable[[], _Kept], size: int = 0, most: int = _MOST) -> _Kept:
    """Return what is kept by a key, or else make it and keep it, if it is not large."""
    found = kept.get(key)
    if found is None:
        found = make()
        if size <= _LARGEST:
            if len(kept) >= most:
                kept.clear()
            kept[key] = found
    return found
