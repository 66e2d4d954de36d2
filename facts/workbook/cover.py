"""Reads the cover of a workbook: labels with their values in the next cell, on the cover sheet or above any table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import get_args

from dabiao.base.messages import all_words
from dabiao.base.problems import Location, Problems, Term, nearest
from dabiao.base.quantities import BadNumber, normalise, parse_quantity
from dabiao.base.units import UnknownUnit
from dabiao.facts.cells import YES_NO_WORDS
from dabiao.facts.layout import (
    COMPLETE,
    COVER,
    COVER_SHEET,
    HEADS,
    READABLE,
    REGISTER,
    REGISTER_CONFIRMED,
    TEMPLATE,
)
from dabiao.facts.model import RegisterRemark
from dabiao.facts.vocabulary import Vocabulary, fold_label, keys_of
from dabiao.facts.workbook.cells import as_day, is_figure, note_unshown, number_text, shown_text
from dabiao.facts.workbook.grid import Cell, Grid, a1
from dabiao.rules.model import Plan
from dabiao.rules.written import Tier

_MOST = 200  # labels looked at in one workbook
_HEADS = frozenset(keys_of(HEADS))  # remarks
_SHEETS = frozenset(map(fold_label, COVER_SHEET))
_SCOPE = keys_of({"scope": HEADS["scope"]})
_TIERS: dict[str, Tier] = {fold_label(word): tier for tier in get_args(Tier) for word in all_words(f"tier.{tier}")}
_REGISTER, _CONFIRMED = "register:", "confirmed:"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One label with its value and their location."""

    label: str
    text: str
    cell: Cell
    grid: Grid
    location: Location


@dataclass(frozen=True)
class Cover:
    """The data on the cover of a workbook. `year` and `subject` are None if they are missing or invalid."""

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
    register_remarks: Mapping[str, RegisterRemark]


class _EntryFinder:
    """Finds the labels of one workbook with their values. Labels that are unknown are noted if `all_labels` are looked for."""

    def __init__(self, labels: Mapping[str, str], file: str, problems: Problems, *, all_labels: bool = True) -> None:
        self._labels, self._file, self._problems, self._all_labels = labels, file, problems, all_labels

    def find(self, grids: list[tuple[Grid, int | None]]) -> dict[str, _Entry]:
        """Return the first entry of each key; in a sheet with a table, only those above its first row."""
        found: dict[str, _Entry] = {}
        for grid, top in grids:
            is_cover = is_cover_sheet(grid.name)
            for row, column, cell in grid.filled():
                if top is not None and row >= top:
                    break
                if cell.stored != "text" or len(found) > _MOST:
                    continue
                key, pair = self._read_entry(grid, row, column, cell, is_cover=is_cover)
                if pair is None:
                    continue
                first = found.setdefault(key, pair)
                if first.text != pair.text:
                    details = {"found": pair.text, "other": first.text, "first": first.location}
                    self._problems.add("cover-twice", pair.location, label=pair.label, **details)
        return found

    def _read_entry(
        self, grid: Grid, row: int, column: int, cell: Cell, *, is_cover: bool
    ) -> tuple[str, _Entry | None]:
        """Return the key of a label with its value, which is in the next cell or behind a colon in the same cell."""
        label, _, rest = cell.text.replace("：", ":").partition(":")
        key, colon = self._labels.get(fold_label(cell.text)), ""
        if key is None and rest.strip() and (key := self._labels.get(fold_label(label))):
            colon = ":"
        area = grid.area_at(row, column) if key or is_cover else None
        right = area.right + 1 if area else column + 1
        value = grid.cell(row, right)
        if key and colon:
            location = Location(self._file, sheet=grid.name, cell=a1(row, column))
            if note_unshown(cell, location, self._problems):
                return "", None
            return key, _Entry(label.strip(), rest.strip(), Cell("text", rest.strip()), grid, location)
        if value is None:
            return "", None
        text = shown_text(value, grid)
        location = Location(self._file, sheet=grid.name, cell=a1(row, right))
        if key is None:
            if (
                self._all_labels
                and is_cover
                and column == 1
                and fold_label(cell.text) not in _HEADS
                and (close := nearest(fold_label(cell.text), self._labels))
            ):
                at = Location(self._file, sheet=grid.name, cell=a1(row, column))
                self._problems.warn("cover-label", at, found=cell.text.strip(), value=text, nearest=close)
            return "", None
        if value.stored in ("error", "uncomputed"):
            code = "error-cell" if value.stored == "error" else "uncomputed-formula"
            self._problems.add(code, location, label=cell.text.strip(), found=text, expected=cell.text.strip())
            return "", None
        if note_unshown(value, location, self._problems):
            return "", None
        return key, _Entry(cell.text.strip(), text, value, grid, location)


def _find_labels(plan: Plan) -> dict[str, str]:
    """Return the key of each label that may stand on the cover of a workbook for a plan."""
    labels = keys_of(COVER)
    for kind in plan.kinds.values():
        for label in REGISTER.titled(kind.title):
            labels[fold_label(label)] = _REGISTER + kind.id
        for label in REGISTER_CONFIRMED.titled(kind.title):
            labels[fold_label(label)] = _CONFIRMED + kind.id
    return labels


class CoverReader:
    """Reads the cover of one workbook."""

    def __init__(self, vocabulary: Vocabulary, file: str, problems: Problems) -> None:
        self._plan, self._file, self._problems = vocabulary.plan, file, problems
        labels = vocabulary.keep("cover", lambda: _find_labels(vocabulary.plan))
        self._finder = _EntryFinder(labels, file, problems)

    def read(self, grids: list[tuple[Grid, int | None]]) -> Cover:
        """Read the labels in sheets; in a sheet with a table, only those above its first row, which is given with it."""
        entries = self._finder.find(grids)
        self._check_stamp(entries)
        registers = {
            key.removeprefix(_REGISTER): size
            for key, found in entries.items()
            if key.startswith(_REGISTER) and (size := self._read_size(found)) != -1
        }
        reasons = {key.removeprefix(_CONFIRMED): e.text for key, e in entries.items() if key.startswith(_CONFIRMED)}
        remarks = {k: RegisterRemark(entries[_REGISTER + k].location, reasons.get(k, "")) for k in registers}
        year, subject = entries.get("year"), entries.get("subject")
        for key, found in (("year", year), ("subject", subject)):
            if found is None:
                self._problems.add("cover-missing", Location(self._file), expected=COVER[key])
        return Cover(
            location=subject.location if subject else Location(self._file),
            places={key: found.location for key, found in entries.items()},
            plan=entries["plan"].text if "plan" in entries else None,
            year=self._read_year(year) if year else None,
            subject=self._read_subject(subject) if subject else None,
            submitted=self._read_day(entries["submitted"]) if "submitted" in entries else None,
            source=entries["source"].text if "source" in entries else "",
            nothing=entries["nothing"].text if "nothing" in entries else "",
            synthetic=self._read_yes(entries["synthetic"]) if "synthetic" in entries else False,
            registers=registers,
            register_remarks=remarks,
        )

    def _check_stamp(self, entries: dict[str, _Entry]) -> None:
        """Compare the versions of the plan and of the template with the current ones."""
        if (version := entries.get("version")) and version.text != self._plan.version:
            self._problems.warn("other-version", version.location, found=version.text, expected=self._plan.version)
        if (template := entries.get("template")) and template.text not in READABLE:
            self._problems.add("other-template", template.location, found=template.text, expected=TEMPLATE)

    def _note_bad(self, entry: _Entry, expected: str) -> None:
        self._problems.add(
            "cover-value", entry.location, label=entry.label, found=entry.text, expected=Term(f"workbook.{expected}")
        )

    def _read_year(self, entry: _Entry) -> int | None:
        text = number_text(entry.cell.text) if self._is_number(entry) else normalise(entry.text)
        digits = text.removesuffix("年度").removesuffix("年")
        if len(digits) == 4 and digits.isascii() and digits.isdigit():
            return int(digits)
        self._note_bad(entry, "year")
        return None

    def _is_number(self, entry: _Entry) -> bool:
        return entry.cell.stored == "number" and entry.cell.shape.shown == "plain"

    def _read_subject(self, entry: _Entry) -> str | None:
        if entry.cell.stored == "text":
            return entry.text
        self._note_bad(entry, "text")
        return None

    def _read_day(self, entry: _Entry) -> date | None:
        day = as_day(entry.cell, entry.grid)
        if day is None:
            self._note_bad(entry, "day")
        return day

    def _read_yes(self, entry: _Entry) -> bool:
        answer = YES_NO_WORDS.get(fold_label(entry.text))
        if answer is None:
            self._note_bad(entry, "yes-no")
        return bool(answer)

    def _read_size(self, entry: _Entry) -> int | None:
        """Return the size of a register, None if all subjects are listed, -1 after noting an invalid value."""
        if fold_label(entry.text) in {fold_label(word) for word in COMPLETE}:
            return None
        if entry.cell.stored == "number" and not self._is_number(entry):
            self._note_bad(entry, "size")
            return -1
        try:
            size = parse_quantity(entry.text)
        except (BadNumber, UnknownUnit):
            self._note_bad(entry, "size")
            return -1
        number = size.number * size.scale * (size.unit.factor if size.unit else Fraction(1))
        if number.denominator != 1 or number < 0 or (size.unit is not None and not size.unit.dimension):
            self._note_bad(entry, "size")
            return -1
        return int(number)


def is_cover_sheet(name: str) -> bool:
    """Whether a sheet of this name is a cover."""
    return fold_label(name) in _SHEETS


def find_plan_entry(grids: list[Grid], file: str) -> tuple[str, Location] | None:
    """Return the plan that a workbook names, with its place: on its cover, or else on any other sheet."""
    labels = {label: key for label, key in keys_of(COVER).items() if key == "plan"}
    for covers in (True, False):
        among = [(grid, None) for grid in grids if is_cover_sheet(grid.name) is covers]
        entry = _EntryFinder(labels, file, Problems(), all_labels=False).find([*among]).get("plan")
        if entry is not None:
            return entry.text, entry.location
    return None


def find_tiers(grids: list[Grid], file: str) -> tuple[str, ...]:
    """Return the tiers that a form was confined to, as its cover says; none where it was not, or names anything else beside."""
    among = [(grid, None) for grid in grids if is_cover_sheet(grid.name)]
    entry = _EntryFinder(_SCOPE, file, Problems(), all_labels=False).find([*among]).get("scope")
    named = [fold_label(word) for word in re.split("[、,，]", entry.text)] if entry else []
    return tuple(_TIERS[word] for word in named) if all(word in _TIERS for word in named) else ()


def find_numbers(grid: Grid) -> Iterator[tuple[int, int]]:
    """Iterate over the cells of a sheet that hold numbers."""
    return ((row, column) for row, column, cell in grid.filled() if cell.stored == "number" and is_figure(cell))
