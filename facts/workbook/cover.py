"""The cover of a workbook: labels with their values in the next cell, on the cover or above any table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from dabiao.base.problems import Location, Problems, Term, nearest
from dabiao.base.quantities import BadNumber, normalise, parse_quantity
from dabiao.base.units import UnknownUnit
from dabiao.facts.cells import YES_NO_WORDS
from dabiao.facts.layout import COMPLETE, COVER, COVER_SHEET, REGISTER, TEMPLATE
from dabiao.facts.vocabulary import flat, keys_of
from dabiao.facts.workbook.cells import as_day, is_figure, number_text, shown_text
from dabiao.facts.workbook.grid import Cell, Grid, a1
from dabiao.rules.model import Plan

_MOST = 200  # labels looked at in one workbook
_REGISTER = "register:"


@dataclass(frozen=True, slots=True)
class Said:
    """One label with its value, and where they stand."""

    label: str
    text: str
    cell: Cell
    grid: Grid
    location: Location


@dataclass(frozen=True)
class Cover:
    """What a workbook says of itself. `year` and `subject` are None if it does not say them, or not soundly."""

    location: Location
    places: Mapping[str, Location]
    plan: str | None
    year: int | None
    subject: str | None
    submitted: date | None
    source: str
    nothing: str
    synthetic: bool
    registers: Mapping[str, int | None]


class CoverReader:
    """Reads the cover; `tables` are the rows of each sheet from which on it is a table."""

    def __init__(self, plan: Plan, file: str, problems: Problems) -> None:
        self._plan, self._file, self._problems = plan, file, problems
        self._labels = keys_of(COVER)
        for kind in plan.kinds.values():
            for label in REGISTER.titled(kind.title):
                self._labels[flat(label)] = _REGISTER + kind.id

    def read(self, grids: list[tuple[Grid, int | None]]) -> Cover:
        """Read the labels of sheets; of a sheet with a table, only those above the given row."""
        said = self._said(grids)
        self._stamp(said)
        registers = {
            key.removeprefix(_REGISTER): size
            for key, found in said.items()
            if key.startswith(_REGISTER) and (size := self._size(found)) != -1
        }
        year, subject = said.get("year"), said.get("subject")
        for key, found in (("year", year), ("subject", subject)):
            if found is None:
                self._problems.add("cover-missing", Location(self._file), expected=COVER[key])
        return Cover(
            location=subject.location if subject else Location(self._file),
            places={key: found.location for key, found in said.items()},
            plan=said["plan"].text if "plan" in said else None,
            year=self._year(year) if year else None,
            subject=self._subject(subject) if subject else None,
            submitted=self._day(said["submitted"]) if "submitted" in said else None,
            source=said["source"].text if "source" in said else "",
            nothing=said["nothing"].text if "nothing" in said else "",
            synthetic=self._yes(said["synthetic"]) if "synthetic" in said else False,
            registers=registers,
        )

    def _said(self, grids: list[tuple[Grid, int | None]]) -> dict[str, Said]:
        found: dict[str, Said] = {}
        for grid, top in grids:
            is_cover = flat(grid.name) in {flat(word) for word in COVER_SHEET}
            for row, column, cell in grid.filled():
                if top is not None and row >= top:
                    break
                if cell.stored != "text" or len(found) > _MOST:
                    continue
                key, pair = self._pair(grid, row, column, cell, is_cover=is_cover)
                if pair is None:
                    continue
                first = found.setdefault(key, pair)
                if first.text != pair.text:
                    self._problems.add(
                        "cover-twice",
                        pair.location,
                        label=pair.label,
                        found=pair.text,
                        other=first.text,
                        first=first.location,
                    )
        return found

    def _pair(self, grid: Grid, row: int, column: int, cell: Cell, *, is_cover: bool) -> tuple[str, Said | None]:
        """Return what a label and the cell right of it say: its value stands there, or behind a colon in the same cell."""
        label, _, rest = cell.text.replace("：", ":").partition(":")
        key, colon = self._labels.get(flat(cell.text)), ""
        if key is None and rest.strip() and (key := self._labels.get(flat(label))):
            colon = ":"
        area = grid.area_at(row, column) if key or is_cover else None
        right = area.right + 1 if area else column + 1
        value = grid.cell(row, right)
        if key and colon:
            location = Location(self._file, sheet=grid.name, cell=a1(row, column))
            return key, Said(label.strip(), rest.strip(), Cell("text", rest.strip()), grid, location)
        if value is None:
            return "", None
        text = shown_text(value, grid)
        location = Location(self._file, sheet=grid.name, cell=a1(row, right))
        if key is None:
            if is_cover and column == 1 and (close := nearest(flat(cell.text), self._labels)):
                at = Location(self._file, sheet=grid.name, cell=a1(row, column))
                self._problems.warn("cover-label", at, found=cell.text.strip(), value=text, nearest=close)
            return "", None
        if value.stored in ("error", "uncomputed"):
            code = "error-cell" if value.stored == "error" else "uncomputed-formula"
            self._problems.add(code, location, label=cell.text.strip(), found=text, expected=cell.text.strip())
            return "", None
        return key, Said(cell.text.strip(), text, value, grid, location)

    def _stamp(self, said: dict[str, Said]) -> None:
        """Compare the plan's version and the template's with what is known."""
        if (version := said.get("version")) and version.text != self._plan.version:
            self._problems.warn("other-version", version.location, found=version.text, expected=self._plan.version)
        if (template := said.get("template")) and template.text != TEMPLATE:
            self._problems.add("other-template", template.location, found=template.text, expected=TEMPLATE)

    def _bad(self, said: Said, expected: str) -> None:
        self._problems.add(
            "cover-value", said.location, label=said.label, found=said.text, expected=Term(f"workbook.{expected}")
        )

    def _year(self, said: Said) -> int | None:
        text = number_text(said.cell.text) if self._is_number(said) else normalise(said.text)
        digits = text.removesuffix("年度").removesuffix("年")
        if len(digits) == 4 and digits.isascii() and digits.isdigit():
            return int(digits)
        self._bad(said, "year")
        return None

    def _is_number(self, said: Said) -> bool:
        return said.cell.stored == "number" and said.cell.shape.shown == "plain"

    def _subject(self, said: Said) -> str | None:
        if said.cell.stored == "text":
            return said.text
        self._bad(said, "text")
        return None

    def _day(self, said: Said) -> date | None:
        day = as_day(said.cell, said.grid)
        if day is None:
            self._bad(said, "day")
        return day

    def _yes(self, said: Said) -> bool:
        answer = YES_NO_WORDS.get(flat(said.text))
        if answer is None:
            self._bad(said, "yes-no")
        return bool(answer)

    def _size(self, said: Said) -> int | None:
        """Return the size of a register, None for all listed, -1 after noting that it is neither."""
        if flat(said.text) in {flat(word) for word in COMPLETE}:
            return None
        if said.cell.stored == "number" and not self._is_number(said):
            self._bad(said, "size")
            return -1
        try:
            size = parse_quantity(said.text)
        except (BadNumber, UnknownUnit):
            self._bad(said, "size")
            return -1
        number = size.number * size.scale * (size.unit.factor if size.unit else Fraction(1))
        if number.denominator != 1 or number < 0 or (size.unit is not None and not size.unit.dimension):
            self._bad(said, "size")
            return -1
        return int(number)


def figures(grid: Grid) -> Iterator[tuple[int, int]]:
    """Iterate over the cells of a sheet that hold numbers."""
    return ((row, column) for row, column, cell in grid.filled() if cell.stored == "number" and is_figure(cell))
