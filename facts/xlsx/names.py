"""What the labels and headings of a workbook may say, in any language: keys of the layout, and measures by id or title."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from dabiao.base.messages import all_words, any_pattern
from dabiao.base.quantities import normalise, split_mark
from dabiao.facts.formats.yaml_sheet import names_of
from dabiao.facts.layout import IN, LAST, LIST, NAME, NAME_OF, NUMBERING, ROW, Words
from dabiao.rules.model import Kind, Measure, Plan

_BRACKET = re.compile(r"(.+?)[\[(（［]([^\[\](（）)［］]*)[\])）］]")
_TOTAL = re.compile(any_pattern("pattern.total"), re.IGNORECASE)
_REMARK = re.compile(any_pattern("pattern.remark"), re.IGNORECASE)


@lru_cache(20_000)
def flat(text: str) -> str:
    """Return the form in which labels are compared: no spaces, line breaks, footnote marks, colon or capitals."""
    return normalise(split_mark(text)[0]).casefold().rstrip(":")


def keys_of(words: Mapping[str, Words]) -> dict[str, str]:
    """Return the keys by every word that may stand for them."""
    return {flat(word): key for key, both in words.items() for word in (key, *both)}


_LAST_YEAR = "|".join(re.escape(flat(word)) for word in all_words("words.last-year"))
_LAST = re.compile(rf"({_LAST_YEAR}).*|.*[\[(]({_LAST_YEAR})[\])](\[.*\])?")
_NUMBERING = frozenset(map(flat, NUMBERING))
LIST_KEYS = keys_of(LIST)
ROW_KEYS = keys_of({**ROW, "name": NAME, "in": IN})


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading names: a measure with the unit in brackets, a key of the layout, or nothing known."""

    text: str
    key: str = ""  # "measure", "derived", "last", "numbering", a key of the layout, or nothing
    measure: Measure | None = None
    unit: str = ""


class Names:
    """The names of one kind's measures."""

    def __init__(self, plan: Plan, kind: str) -> None:
        self.kind = plan.kinds[kind]
        self.known = names_of(plan, kind)
        self._reported: dict[str, Measure | None] = {}
        for name, measure in self.known.items():
            key = flat(name)
            twice = key in self._reported and self._reported[key] is not measure
            self._reported[key] = None if twice and name != measure.id else measure
        derived = [measure for measure in plan.measures_of(kind).values() if measure.formula is not None]
        self._derived = {flat(name) for m in derived for name in (m.id, *m.title)} - set(self._reported)
        self.ids = ", ".join(sorted(plan.reported(kind))[:12])
        self._name_words = set(map(flat, (*self.kind.title, *NAME_OF.titled(self.kind.title))))

    def measure(self, text: str) -> Measure | None:
        """Return the reported measure of an id or title, or None."""
        return self._reported.get(flat(text))

    def is_derived(self, text: str) -> bool:
        """Whether a text names a measure that is worked out, never reported."""
        return flat(text) in self._derived

    def is_id(self, text: str) -> bool:
        """Whether a text is the id of a reported measure."""
        key = normalise(text)
        return key in self.known and self.known[key].id == key

    def heading(self, text: str, keys: Mapping[str, str] = ROW_KEYS) -> Heading:
        """Say what a heading names."""
        word = flat(text)
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
        if _LAST.fullmatch(word):
            return Heading(text, "last")
        if word in _NUMBERING:
            return Heading(text, "numbering")
        if (bracket := _BRACKET.fullmatch(text.strip())) and (inner := self.heading(bracket[1], keys)).key:
            return Heading(text, inner.key, inner.measure, bracket[2].strip())
        return Heading(text)


_NAMES: dict[tuple[int, str], tuple[Plan, Names]] = {}
_MOST_NAMES = 64


def names(plan: Plan, kind: str) -> Names:
    """Return the names of a kind, worked out once a plan."""
    place = (id(plan), kind)
    if place not in _NAMES or _NAMES[place][0] is not plan:
        if len(_NAMES) > _MOST_NAMES:
            _NAMES.clear()
        _NAMES[place] = (plan, Names(plan, kind))  # the plan is kept, so that its id stays its own
    return _NAMES[place][1]


def is_total(name: str, kind: Kind) -> bool:
    """Whether the name of a row is that of a total or a remark, and of no subject in the register."""
    if kind.register and name in kind.register.names:
        return False
    word = flat(name)
    return bool(_TOTAL.fullmatch(word)) or is_remark(name)


def is_remark(name: str) -> bool:
    """Whether a text is a remark under a table, such as 注：…, 填表人：…"""
    return bool(_REMARK.fullmatch(normalise(name)))
