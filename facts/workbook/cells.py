"""Converts cells of a workbook to texts for `facts.cells`: the text that a cell shows, not the number that it stores."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from dabiao.base.problems import Location, Problems
from dabiao.base.quantities import normalise
from dabiao.base.units import parse_unit
from dabiao.facts.cells import expected_entry, holds_figure
from dabiao.facts.workbook.grid import Cell, Grid, Shape
from dabiao.rules.model import Measure

_FIRST_DAY = date(1899, 12, 30)  # day 0 of Excel, right from 1 March 1900 on
_SHIFT_1904 = 1462
_LAST_DAY = 2_958_465  # 31 December 9999
_DAY_TEXT = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_PADDED = re.compile("0{2,}")
_MINUTES = 24 * 60
_DIGITS = 15  # that spreadsheet programs keep of a number
_AS_WRITTEN = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?")  # up to 15 signs: no float changes it
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


def number_text(text: str) -> str:
    """Write the number a cell stores as a plain decimal, at the 15 significant digits that spreadsheet programs keep."""
    if len(text) <= _DIGITS and ((text.isdecimal() and text[0] != "0") or _AS_WRITTEN.fullmatch(text)):
        return text
    return f"{Decimal(format(float(text), f'.{_DIGITS}g')):f}"


def is_number(text: str) -> bool:
    """Whether a text is the number of a cell: decimal digits, perhaps with an exponent, and no more than a float can hold."""
    return _NUMBER.fullmatch(text) is not None and math.isfinite(float(text))


def shown_text(cell: Cell | None, grid: Grid) -> str:
    """Return the text that a cell shows, for labels, names and messages; empty for an empty cell."""
    if cell is None:
        return ""
    if cell.stored != "number":
        return cell.text.strip()
    if cell.shape.shown in ("date", "time"):
        return moment_text(cell, grid)
    return _write_figure(cell)


def _write_figure(cell: Cell) -> str:
    text = number_text(cell.text)
    if cell.shape.shown == "percent":
        return f"{(Decimal(text) * 100).normalize():f}%"
    return text + cell.shape.words


def reported_text(cell: Cell, measure: Measure, grid: Grid, location: Location, problems: Problems) -> str | None:
    """Return the text a cell reports for a measure, or None after noting why it cannot be read."""
    expected = expected_entry(measure)
    if cell.stored == "error":
        problems.add("error-cell", location, label=measure.title, found=cell.text, expected=expected)
    elif cell.stored == "uncomputed":
        problems.add("uncomputed-formula", location, label=measure.title)
    elif cell.stored == "broken":
        problems.add("bad-fact", location, found=cell.text, measure=measure.title, expected=expected)
    elif cell.stored != "number":
        return cell.text.strip()
    elif cell.shape.shown in ("date", "time"):
        found = moment_text(cell, grid)
        if ratio := _guess_ratio(cell, grid, measure):
            problems.add("time-not-ratio", location, measure=measure.title, found=found, nearest_ratio=ratio)
        else:
            problems.add("date-not-number", location, measure=measure.title, found=found, expected=expected)
    elif cell.shape.money and not _takes(measure, cell.shape.money):
        found = cell.shape.money + number_text(cell.text)
        problems.add("fact-dimension", location, measure=measure.title, found=found, expected=expected)
    elif cell.shape.shown == "other":
        problems.add("odd-format", location, measure=measure.title, found=cell.text, form=cell.shape.code)
    else:
        return _write_figure(cell)
    return None


def _takes(measure: Measure, currency: str) -> bool:
    """Whether a measure is of money in a currency: there are units of the yuan alone."""
    return currency == "¥" and set(parse_unit("元").dimension) <= set(measure.dimension)


def plain_text(cell: Cell) -> str:
    """Return the text that a cell reports, if it is plain to see: a text, or a number as it is stored; else an empty one."""
    stored, text, shape = cell
    if stored == "text":
        return text.strip()
    if stored != "number":
        return ""
    if shape.shown == "plain" and not shape.money:
        return number_text(text) + shape.words
    return _write_figure(cell) if shape.shown == "percent" else ""


def moment_text(cell: Cell, grid: Grid) -> str:
    """Write the date or time that a cell shows: 2024-01-07, 01:07:00; the stored number if it is out of range."""
    serial = float(cell.text)
    if not 0 <= serial <= _LAST_DAY:
        return cell.text
    if cell.shape.shown == "time":
        seconds = round(serial * 86_400)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    try:
        moment = datetime.combine(_FIRST_DAY, datetime.min.time()) + timedelta(seconds=round(serial * 86_400))
        if grid.epoch_1904:
            moment += timedelta(days=_SHIFT_1904)
    except OverflowError:  # after 31 December 9999
        return cell.text
    return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat(" ")


def _guess_ratio(cell: Cell, grid: Grid, measure: Measure) -> str:
    """Guess the ratio that a spreadsheet turned into a time (1:7) or a date (1/7); empty if there is none.

    The guess is only shown in a message: 1:70 becomes ten past two, as 2:10 does.
    """
    if measure.dimension or measure.steps or measure.unit.is_percentage or measure.unit.is_points:
        return ""
    if cell.shape.shown == "time":
        minutes = round(float(cell.text) * _MINUTES)
        return f"{minutes // 60}:{minutes % 60}" if minutes % 60 else ""
    day = as_day(cell, grid)
    return f"{day.month}:{day.day}" if day else ""


def as_day(cell: Cell, grid: Grid) -> date | None:
    """Return the day in a cell, a date or a text (2024-03-15, 2024/3/15, 2024年3月15日), or None."""
    try:
        if cell.stored == "number":
            if cell.shape.shown != "date":
                return None
            serial = math.floor(float(cell.text)) + (_SHIFT_1904 if grid.epoch_1904 else 0)
            return _FIRST_DAY + timedelta(days=serial) if 0 < serial <= _LAST_DAY else None
        found = _DAY_TEXT.fullmatch(normalise(cell.text))
        return date(*(int(part) for part in found.groups())) if found and cell.stored == "text" else None
    except (ValueError, OverflowError):
        return None


def is_figure(cell: Cell) -> bool:
    """Whether a cell may hold reported data: a number, or a text with a digit or with a yes or no."""
    return cell.stored != "text" or holds_figure(cell.text)


def note_unshown(cell: Cell, location: Location, problems: Problems) -> bool:
    """Note a value that is struck out, or that its number format or its sheet does not show; returns whether it is one."""
    if cell.shape.struck:
        problems.add("struck-out", location, found=cell.text.strip())
    elif cell.shape.hides and _sort_of(cell) in cell.shape.hides:
        code = "hidden-value" if cell.shape.code else "hidden-zero"  # on a sheet on which zeros are switched off
        problems.add(code, location, found=cell.text.strip(), form=cell.shape.code)
    else:
        return False
    return True


def find_doubt(cell: Cell, other: Shape) -> str:
    """Return what a format that a cell may have on a condition makes doubtful of it: "strike", "number", or nothing.

    A format that shows the value as that of the cell does, or as a plain number in the place of a percentage, changes nothing.
    """
    if other.struck:
        return "strike"
    if other.hides and _sort_of(cell) in other.hides:
        return "number"
    own = cell.shape
    if cell.stored != "number" or (other.shown == "plain" and not (other.words or other.varies or own.words)):
        return ""
    alike = other.shown == own.shown != "other" and other.words == own.words and not other.varies
    return "" if alike else "number"


def is_converted(cell: Cell) -> bool:
    """Whether a cell of names holds what a spreadsheet program made of one: a date, a percentage, TRUE, or 8 for 008."""
    if cell.stored != "number":
        return cell.stored == "boolean"
    return (
        cell.shape.shown != "plain"
        or bool(cell.shape.words or cell.shape.money)
        or bool(_PADDED.fullmatch(cell.shape.code))
    )


def _sort_of(cell: Cell) -> str:
    """Return which section of a number format shows the value of a cell."""
    if cell.stored != "number":
        return "@" if cell.stored == "text" else "none"
    number = float(cell.text)
    return "+" if number > 0 else "-" if number < 0 else "0"
