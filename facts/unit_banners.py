"""Units that stand above a table and hold for all of it: 单位：万元, （计量单位：张）."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dabiao.base.messages import all_words
from dabiao.base.problems import Location, Problems
from dabiao.base.units import Unit, UnknownUnit, parse_unit
from dabiao.facts.vocabulary import fold_label
from dabiao.rules.model import Measure

_LABELS = all_words("words.unit-label")
_LABEL = "|".join(map(re.escape, _LABELS))
_BANNER = re.compile(rf"(?:(.*)[\s(（\[【])?(?:{_LABEL})\s*[:：]\s*([^()（）\[\]【】]+)[)）\]】]?\s*", re.IGNORECASE)
_DIVIDED = re.compile(r"[、,，;；\s]+")
_FOLDED_LABELS = frozenset(map(fold_label, _LABELS))


@dataclass(frozen=True, slots=True)
class UnitBanner:
    """The units above a table, as written, and where."""

    text: str
    units: tuple[Unit, ...]
    location: Location

    def fits(self, measure: Measure) -> tuple[Unit, ...]:
        """Return those units in which figures of a measure may be."""
        unit = measure.unit
        return tuple(
            each
            for each in self.units
            if each.dimension == unit.dimension
            and each.is_points == unit.is_points
            and (unit.dimension or each.is_percentage == unit.is_percentage)
        )


def units_above(text: str, beside: str = "", *, alone: bool = False) -> tuple[Unit, ...]:
    """Return the units that a text gives for a table; none if it is not about units: 单位：区民政局 names an office.

    `beside` is the text in the next cell, in which the units may stand. `alone` leaves out those behind other words, as in
    the heading of a column.
    """
    if beside and fold_label(text) in _FOLDED_LABELS:
        written = beside
    elif (found := _BANNER.fullmatch(text.strip())) and not (alone and found[1]):
        written = found[2]
    else:
        return ()
    units = []
    for part in filter(None, _DIVIDED.split(written.strip())):
        try:
            units.append(parse_unit(part))
        except UnknownUnit:
            continue
    return tuple(dict.fromkeys(units))


class BannerUnits:
    """Gives the unit of the columns of one table that state none, and notes those for which none of the banners is meant."""

    def __init__(self, banners: Iterable[UnitBanner], problems: Problems) -> None:
        self._banners, self._problems = tuple(banners), problems
        self._unclear: set[str] = set()
        self._others: dict[str, Measure] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing above the table gives a unit."""
        return not self._banners

    def find(self, measure: Measure, *, is_bare: bool) -> tuple[bool, Unit | None]:
        """Return whether the unit of bare figures of a measure is clear, and the unit, None if nothing above gives one."""
        if not self._banners or measure.steps or not is_bare:
            return True, None
        units = dict.fromkeys(unit for banner in self._banners for unit in banner.fits(measure))
        if len(units) < 2:
            if not units and measure.unit.dimension:
                self._others.setdefault(measure.id, measure)
            return True, next(iter(units), None)
        if measure.id not in self._unclear:
            self._unclear.add(measure.id)
            found = tuple(unit.symbol for unit in units)
            self._problems.add("unit-unclear", self._banners[0].location, found=found, label=measure.title)
        return False, None

    def finish(self) -> None:
        """Warn of the measures that are in none of the units above the table, and were read in those of the plan."""
        if self._others and not self._unclear:
            titles = tuple(measure.title for measure in self._others.values())
            first = self._banners[0]
            self._problems.warn("unit-of-others", first.location, found=first.text, label=titles)
