"""Recognises the names in sheets, in any language: measures by id or title, headings, labels, totals and remarks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar, cast

from dabiao.base.messages import all_words, any_pattern
from dabiao.base.quantities import normalise, split_mark
from dabiao.facts.cells import Percentages
from dabiao.facts.layout import IN, IN_OF, LAST, LIST, NAME, NAME_OF, NUMBERING, ROW
from dabiao.facts.plain_numbers import PlainNumbers
from dabiao.rules.model import Kind, Measure, Plan

_Made = TypeVar("_Made")

_Place = TypeVar("_Place")
_MOST_REMEMBERED = 10_000
_LONG = 200  # characters
_BRACKET = re.compile(r"(.+?)[\[(（［【]([^\[\](（）)［］【】]*)[\])）］】]", re.DOTALL)
_BEHIND = re.compile(r"(.+?)\s*(?:[/／]\s*(.+)|([%％‰]))", re.DOTALL)
_NOT_UNIT = {normalise(word).casefold() for word in all_words("words.to-be-filled")}
_PARTS = re.compile(r"\s*[,，、;；]\s*")
_UNIT_LABEL = re.compile(rf"({'|'.join(map(re.escape, all_words('words.unit-label')))})\s*[:：\s]\s*", re.IGNORECASE)
_FILL_MARKS = "*＊★☆※"  # before a heading or behind it: to be filled in
SUMMING = f"(?i:{any_pattern('pattern.maybe-total')})"
"""A pattern found in every name of a row of totals that has no unusual characters."""
_TOTAL = re.compile(any_pattern("pattern.total"), re.IGNORECASE)
_REMARK = re.compile(any_pattern("pattern.remark"), re.IGNORECASE)


@lru_cache(20_000)
def fold_label(text: str) -> str:
    """Return the form in which labels are compared: no spaces, line breaks, footnote marks, colon or capitals."""
    return normalise(split_mark(text)[0]).casefold().rstrip(":").lstrip(_FILL_MARKS)


def keys_of(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return each key by its own name and by all of its words."""
    return {fold_label(word): key for key, both in words.items() for word in (key, *both)}


_LAST_YEAR = "|".join(re.escape(fold_label(word)) for word in all_words("words.last-year"))
_LAST = re.compile(rf"({_LAST_YEAR}).*|.*[\[(]({_LAST_YEAR})[\])](\[.*\])?")
_NUMBERING = frozenset(map(fold_label, NUMBERING))
LIST_KEYS = keys_of(LIST)
ROW_KEYS = keys_of({**ROW, "name": NAME, "in": IN})


class Remembered(dict[_Place, _Made]):
    """What texts of sheets mean, for one reading: not too many, and none that are long."""

    def keep(self, place: _Place, made: _Made, *texts: str) -> _Made:
        """Remember what was made of some texts, if there is room, and return it."""
        if len(self) < _MOST_REMEMBERED and sum(map(len, texts)) <= _LONG:
            self[place] = made
        return made


@dataclass(frozen=True, slots=True)
class Heading:
    """The meaning of a heading: a measure with the unit in brackets, a key of the layout, or nothing known."""

    text: str
    key: str = ""  # "measure", "derived", "last", "numbering", a key of the layout, or nothing
    measure: Measure | None = None
    unit: str = ""


class Headings:
    """The headings and labels for one kind and its measures."""

    def __init__(self, plan: Plan, kind: str) -> None:
        self.kind = plan.kinds[kind]
        self.known = names_of(plan, kind)
        self._reported: dict[str, Measure | None] = {}
        for name, measure in self.known.items():
            key = fold_label(name)
            twice = key in self._reported and self._reported[key] is not measure
            self._reported[key] = None if twice and name != measure.id else measure
        derived = [measure for measure in plan.measures_of(kind).values() if measure.formula is not None]
        self._derived = {fold_label(name) for m in derived for name in (m.id, *m.title)} - set(self._reported)
        self.ids = tuple(sorted(plan.reported(kind))[:12])
        self.titles = tuple(measure.title for measure in list(plan.reported(kind).values())[:12])
        self._name_words = set(map(fold_label, (*self.kind.title, *NAME_OF.titled(self.kind.title))))
        above = None if self.kind.parent in (None, plan.root.id) else plan.kinds[self.kind.parent]
        self._listed: dict[str, list[str]] = {}
        for name in self.kind.register.names if self.kind.register else ():
            self._listed.setdefault(fold_label(name), []).append(name)
        self._meanings: Remembered[tuple[str, bool], Heading] = Remembered()
        self._named: Remembered[tuple[str, str], Measure | None] = Remembered()
        self._in_words = set(map(fold_label, (*above.title, *IN_OF.titled(above.title)) if above else ()))

    def measure(self, text: str) -> Measure | None:
        """Return the reported measure of an id or title, or None."""
        return self._reported.get(fold_label(text))

    def is_derived(self, text: str) -> bool:
        """Whether a text names a derived measure, which is never reported."""
        return fold_label(text) in self._derived

    def is_id(self, text: str) -> bool:
        """Whether a text is the id of a reported measure."""
        key = normalise(text)
        return key in self.known and self.known[key].id == key

    def named(self, key: str, title: str) -> Measure | None:
        """Return the measure that both the id and the title of a line name, or the one of them that is given; else None."""
        place = (key, title)
        if place in self._named:
            return self._named[place]
        found = self.measure(key or title) or (None if key else self.heading(title).measure)
        if key and title and found is not (self.measure(title) or self.heading(title).measure):
            found = None
        return self._named.keep(place, found, key, title)

    def listed(self, name: str) -> str:
        """Return a name as the plan lists it, if it is that of one subject; else the name itself."""
        same = self._listed.get(fold_label(name), ())
        return same[0] if len(same) == 1 else name

    def heading(self, text: str, keys: Mapping[str, str] = ROW_KEYS) -> Heading:
        """Return the meaning of a heading."""
        if keys is not LIST_KEYS and keys is not ROW_KEYS:
            return self._find_meaning(text, keys)
        place = (text, keys is LIST_KEYS)
        return self._meanings.get(place) or self._meanings.keep(place, self._find_meaning(text, keys), text)

    def _find_meaning(self, text: str, keys: Mapping[str, str]) -> Heading:
        word = fold_label(text)
        if not word:
            return Heading(text)
        if text.startswith(LAST):
            return Heading(text, "last")
        if measure := self.measure(text):
            return Heading(text, "measure", measure)
        if self.is_derived(text):
            return Heading(text, "derived")
        if word in keys:
            return Heading(text, keys[word])
        if word in self._name_words:
            return Heading(text, "name")
        if word in self._in_words:
            return Heading(text, "in")
        if _LAST.fullmatch(word):
            return Heading(text, "last")
        if word in _NUMBERING:
            return Heading(text, "numbering")
        if (bracket := _BRACKET.fullmatch(text.strip().rstrip(_FILL_MARKS))) and (
            inner := self.heading(bracket[1], keys)
        ).key:
            return Heading(text, inner.key, inner.measure, _unit_in(bracket[2]) or inner.unit)
        if (behind := _BEHIND.fullmatch(text.strip().rstrip(_FILL_MARKS))) and (measure := self.measure(behind[1])):
            return Heading(text, "measure", measure, behind[2] or behind[3])
        return Heading(text)


def _unit_in(bracket: str) -> str:
    """Return the unit in a bracket of a heading, such as 单位：张 and 张，必填; empty for 必填 and its like."""
    parts = [part for part in _PARTS.split(bracket.strip()) if normalise(part).casefold() not in _NOT_UNIT]
    text = parts[0] if len(parts) == 1 else bracket.strip() if parts else ""
    label = _UNIT_LABEL.match(text)
    return text[label.end() if label else 0 :]


class Vocabulary:
    """The names of one plan's measures, computed once for all sheets."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._measures: dict[str, dict[str, Measure]] = {}
        self._numbers: dict[tuple[str, Percentages | None], dict[str, PlainNumbers]] = {}
        self._headings: dict[str, Headings] = {}
        self._kept: dict[str, object] = {}

    def keep(self, place: str, make: Callable[[], _Made]) -> _Made:
        """Return what a reader works out once for all sheets of one reading, in a place of its own."""
        if place not in self._kept:
            self._kept[place] = make()
        return cast("_Made", self._kept[place])

    def measures(self, kind: str) -> Mapping[str, Measure]:
        """Return the reported measures of a kind by every name a sheet may use: the id, or its title."""
        if kind not in self._measures:
            self._measures[kind] = names_of(self.plan, kind)
        return self._measures[kind]

    def numbers(self, kind: str, percentages: Percentages | None) -> Mapping[str, PlainNumbers]:
        """Return the reader of plain numbers of each measure, by the same names."""
        place = (kind, percentages)
        if place not in self._numbers:
            names = self.measures(kind)
            readers = {measure.id: PlainNumbers(measure, percentages) for measure in names.values()}
            self._numbers[place] = {name: readers[measure.id] for name, measure in names.items()}
        return self._numbers[place]

    def headings(self, kind: str) -> Headings:
        """Return the headings for a kind."""
        if kind not in self._headings:
            self._headings[kind] = Headings(self.plan, kind)
        return self._headings[kind]


def names_of(plan: Plan, kind: str) -> dict[str, Measure]:
    """Return the reported measures of a kind by id, and by title where that is unique."""
    measures = plan.reported(kind)
    titles: dict[str, list[Measure]] = {}
    for measure in measures.values():
        for title in set(measure.title):
            titles.setdefault(title, []).append(measure)
    return {**{title: found[0] for title, found in titles.items() if len(found) == 1}, **measures}


def is_total(name: str, kind: Kind) -> bool:
    """Whether the name of a row is that of a total or a remark, and of no subject in the register."""
    if kind.register and name in kind.register.names:
        return False
    return is_sum(name) or is_remark(name)


def is_sum(name: str) -> bool:
    """Whether a text is the name of a row of totals or averages."""
    return bool(_TOTAL.fullmatch(fold_label(name)))


def is_remark(name: str) -> bool:
    """Whether a text is a remark under a table, such as 注：…, 填表人：…"""
    return bool(_REMARK.fullmatch(normalise(name)))
