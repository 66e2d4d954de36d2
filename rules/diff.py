"""Differences between two versions of a plan, or between its texts in force on two days."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from dabiao.base.problems import Location
from dabiao.rules import written as w
from dabiao.rules.amend import amend_text
from dabiao.rules.comparators import KEYS
from dabiao.rules.model import Commitment, Plan
from dabiao.rules.shape import Source, Text, Written

About = Literal[
    "plan", "subject", "ladder", "measure", "commitment", "consequence", "check", "amendment", "waiver", "left_out"
]  # fmt: skip
Change = Literal["added", "removed", "changed"]

_SPACE = re.compile(r"\s+")
_KEPT_SPACE = re.compile(r"(?<=[A-Za-z0-9_]) (?=[A-Za-z0-9_])")
_TESTS = (*KEYS, "direction", "staged", "holds")
_LISTS = (
    "parts",
    "subjects",
    "ladders",
    "measures",
    "commitments",
    "consequences",
    "checks",
    "amendments",
    "waivers",
    "left_out",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between two plans.

    `about` and `id` name the item, `aspect` its key in the plan file ("comparator" and "target" for the test of a
    commitment, empty if the whole item was added or removed). `old` and `new` are the values as written, None if there is
    none; `old_where` and `new_where` are their locations. `same_value` is set if only the wording differs: 0.28 万人 and
    2800 人.
    """

    about: About
    id: str
    title: Text
    change: Change
    aspect: str = ""
    old: str | None = None
    new: str | None = None
    old_where: Location | None = None
    new_where: Location | None = None
    same_value: bool = False


def diff(old: Plan, new: Plan) -> tuple[Difference, ...]:
    """Return every difference between two plans, in the order of the new plan; what was removed comes last of its sort.

    Items are the same if they have the same id. Their order, the files they stand in and the spaces in an expression
    make no difference. To compare the text in force on two days, hand in `in_force(plan, day)` twice.
    """
    before, after = amend_text(old), amend_text(new)
    found = list(_compare_keys("plan", old.id, old.title, before, after, _LISTS))
    found += _compare_items("subject", before.subjects, after.subjects, lambda x: (x.id, x.title))
    found += _compare_items("ladder", before.ladders, after.ladders, lambda x: (x.id, x.title or Text(x.id, x.id)))
    found += _compare_items("measure", before.measures, after.measures, _name_measure(old, new))
    found += _compare_commitments(old, new, before.commitments, after.commitments)
    found += _compare_items("consequence", before.consequences, after.consequences, lambda x: (x.id, x.title))
    found += _compare_items("check", before.checks, after.checks, lambda x: (x.id, x.title or Text(x.id, x.id)))
    found += _compare_items("amendment", before.amendments, after.amendments, lambda x: (x.id, Text(x.id, x.id)))
    found += _compare_items("waiver", before.waivers, after.waivers, _name_waiver)
    return (*found, *_compare_items("left_out", before.left_out, after.left_out, _name_passage))


_Namer = Callable[[Any], tuple[str, Text]]


def _name_measure(old: Plan, new: Plan) -> _Namer:
    roots = {old.root.id, new.root.id}

    def name(measure: w.Measure) -> tuple[str, Text]:
        of_root = measure.of is None or measure.of in roots
        return measure.id if of_root else f"{measure.of}.{measure.id}", measure.title

    return name


def _name_waiver(waiver: w.Waiver) -> tuple[str, Text]:
    name = f"{waiver.commitment}/{waiver.subject}/{waiver.year}"
    return name, Text(name, name)


def _name_passage(passage: w.LeftOut) -> tuple[str, Text]:
    name = passage.phrase or f"{passage.first} … {passage.last}"
    return name, Text(name, name)


def _compare_items(about: About, old: Sequence[Written], new: Sequence[Written], name: _Namer) -> Iterator[Difference]:
    before, after = ({name(item)[0]: item for item in items} for items in (old, new))
    for key, item in after.items():
        if key in before:
            yield from _compare_keys(about, key, name(item)[1], before[key], item)
        else:
            yield Difference(about, key, name(item)[1], "added", new_where=item.location)
    yield from _list_removed(about, ((key, item, name(item)[1]) for key, item in before.items() if key not in after))


def _list_removed(about: About, gone: Iterable[tuple[str, Written, Text]]) -> Iterator[Difference]:
    for key, item, title in gone:
        yield Difference(about, key, title, "removed", old_where=item.location)


def _compare_keys(
    about: About, name: str, title: Text, old: Written, new: Written, but: Sequence[str] = ()
) -> Iterator[Difference]:
    """Compare two written items key by key, keys of nested items apart: cite.phrase, document.title."""
    whole = {spec.name for spec in fields(old) if None in (getattr(old, spec.name), getattr(new, spec.name))}
    before, after = ({k: v for k, v in _list_keys(item, whole) if k.split(".")[0] not in but} for item in (old, new))
    for key in dict.fromkeys([*before, *after]):
        (was, was_where), (now, now_where) = before.get(key, (None, old.location)), after.get(key, (None, new.location))
        if was != now and _fold(was) != _fold(now):
            yield Difference(about, name, title, "changed", key, was, now, was_where, now_where)


def _list_keys(item: Written, whole: Collection[str] = ()) -> Iterator[tuple[str, tuple[str | None, Location]]]:
    """Iterate over the keys of a written item with their values as text and their places.

    Keys of nested items are taken apart, but not of those in `whole`, which the other side does not have at all.
    """
    for spec in fields(item):
        if spec.metadata.get("internal"):
            continue
        key = spec.metadata.get("name") or spec.name
        value = getattr(item, spec.name)
        if isinstance(value, Written) and not isinstance(value, w.Pace) and spec.name not in whole:
            for inner, found in _list_keys(value):
                yield (key if inner == value.short else f"{key}.{inner}"), found
        else:
            place = value.location if isinstance(value, Source | w.Due | w.Register) else item.place(key)
            yield key, (_write_value(value), place)


def _write_value(value: object) -> str | None:
    """Write a value the way a plan file does, on one line; a value that is not given, or false, is None."""
    match value:
        case None | False | () | "unstated":
            return None
        case True:
            return "true"
        case Source(text=text):
            return text
        case Text(zh=zh, en=en):
            return f"{zh} / {en}"
        case w.Register(count=count, names=names):
            return ", ".join(names) or ("reported" if count is None else str(count))
        case w.Due(kind="after", after=after):
            return f"after: {after.text if after else '?'}"
        case w.Due(kind=kind, year=year):
            return str(year) if year is not None else kind
        case tuple():
            return "; ".join(_write_value(item) or "" for item in value)
        case Written():
            inner = ((name, text) for name, (text, _) in _list_keys(value) if text is not None)
            return ", ".join(f"{name}: {text}" for name, text in inner)
    return str(value)


def _fold(text: str | None) -> str | None:
    """Fold full-width signs, and drop the spaces that carry no meaning."""
    if text is None:
        return None
    single = _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip()
    return "\0".join(part.replace(" ", "") for part in _KEPT_SPACE.split(single))


def _compare_commitments(
    old: Plan, new: Plan, was: Iterable[w.Commitment], now: Iterable[w.Commitment]
) -> Iterator[Difference]:
    before, after = ({c.id: c for c in written} for written in (was, now))
    for key, item in after.items():
        if key not in before:
            yield Difference("commitment", key, item.title, "added", new_where=item.location)
            continue
        pair = old.commitments[key], new.commitments[key]
        yield from _compare_tests(before[key], item, _has_same_bounds(*pair))
        for found in _compare_keys("commitment", key, item.title, before[key], item, _TESTS):
            yield _mark_rewording(found, *pair)
    yield from _list_removed("commitment", ((key, c, c.title) for key, c in before.items() if key not in after))


def _compare_tests(old: w.Commitment, new: w.Commitment, same: bool) -> Iterator[Difference]:
    """Compare the tests of two commitments: comparator and target."""
    (sort, target, location), (new_sort, new_target, new_where) = _find_test(old), _find_test(new)
    change: tuple[About, str, Text, Change] = ("commitment", new.id, new.title, "changed")
    if sort != new_sort:
        yield Difference(*change, "comparator", sort, new_sort, location, new_where)
    if _fold(target) != _fold(new_target):
        yield Difference(*change, "target", target, new_target, location, new_where, same_value=same)


def _find_test(c: w.Commitment) -> tuple[str | None, str | None, Location]:
    """Return the sort of test of a commitment, its text, and its location."""
    for name in KEYS:
        if written := _list_targets(c, name):
            return name, "; ".join(source.text for source in written), written[0].location
    if c.staged:
        stages = (f"{s.year} {_write_stage(s)}" for s in c.staged)
        return "staged", "; ".join(stages), c.staged[0].location
    if c.direction:
        return "direction", c.direction, c.place("direction")
    return ("holds", c.holds.text, c.holds.location) if c.holds else (None, None, c.location)


def _write_stage(stage: w.Stage) -> str:
    return "; ".join(f"{name}: {source.text}" for name in KEYS for source in _list_targets(stage, name))


def _list_targets(comparison: w.Comparison, name: str) -> tuple[Source, ...]:
    """Return the targets written under a comparator: none, one, or the two ends of `between`."""
    written: Source | tuple[Source, ...] | None = getattr(comparison, name)
    if written is None:
        return ()
    return (written,) if isinstance(written, Source) else written


def _has_same_bounds(old: Commitment, new: Commitment) -> bool:
    """Return whether two commitments have the same test, however it is written."""
    if old.value is None or new.value is None:
        return old.holds == new.holds and (old.value is None) == (new.value is None)
    asked = [
        [(x.operator, x.target.form) for bounds in (c.bounds, *(s.bounds for s in c.stages)) for x in bounds]
        for c in (old, new)
    ]
    return asked[0] == asked[1]


def _mark_rewording(found: Difference, old: Commitment, new: Commitment) -> Difference:
    """Mark a change of wording that does not change the measure, the condition or the baseline."""
    forms: Mapping[str, Callable[[Commitment], object]] = {
        "measure": lambda c: c.value.form if c.value else None,
        "where": lambda c: c.where,
        "baseline": lambda c: c.baseline,
    }
    form = forms.get(found.aspect)
    if form is None or found.old is None or found.new is None or form(old) != form(new):
        return found
    return replace(found, same_value=True)
