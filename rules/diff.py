"""What changed between two versions of a plan, or between its texts in force on two days."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from dabiao.base.problems import Location
from dabiao.rules import written as w
from dabiao.rules.amend import text_of
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
    """One thing that is not the same in two plans.

    `about` and `id` say what differs, `aspect` the key of it in the plan file ("comparator" and "target" for what a
    commitment asks for, empty where the whole item was added or removed). `old` and `new` are the values as written,
    None for none; the places are where they stand, None if the whole item is not there. `same_value` marks what is
    only written differently: 0.28 万人 and 2800 人.
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
    before, after = text_of(old), text_of(new)
    found = list(_changes("plan", old.id, old.title, before, after, _LISTS))
    found += _items("subject", before.subjects, after.subjects, lambda x: (x.id, x.title))
    found += _items("ladder", before.ladders, after.ladders, lambda x: (x.id, x.title or Text(x.id, x.id)))
    found += _items("measure", before.measures, after.measures, _measure_name(old, new))
    found += _commitments(old, new, before.commitments, after.commitments)
    found += _items("consequence", before.consequences, after.consequences, lambda x: (x.id, x.title))
    found += _items("check", before.checks, after.checks, lambda x: (x.id, x.title or Text(x.id, x.id)))
    found += _items("amendment", before.amendments, after.amendments, lambda x: (x.id, Text(x.id, x.id)))
    found += _items("waiver", before.waivers, after.waivers, _waiver_name)
    return (*found, *_items("left_out", before.left_out, after.left_out, _passage_name))


_Named = Callable[[Any], tuple[str, Text]]


def _measure_name(old: Plan, new: Plan) -> _Named:
    roots = {old.root.id, new.root.id}

    def name(measure: w.Measure) -> tuple[str, Text]:
        of_root = measure.of is None or measure.of in roots
        return measure.id if of_root else f"{measure.of}.{measure.id}", measure.title

    return name


def _waiver_name(waiver: w.Waiver) -> tuple[str, Text]:
    name = f"{waiver.commitment}/{waiver.subject}/{waiver.year}"
    return name, Text(name, name)


def _passage_name(passage: w.LeftOut) -> tuple[str, Text]:
    name = passage.phrase or f"{passage.first} … {passage.last}"
    return name, Text(name, name)


def _items(about: About, old: Sequence[Written], new: Sequence[Written], name: _Named) -> Iterator[Difference]:
    before, after = ({name(item)[0]: item for item in items} for items in (old, new))
    for key, item in after.items():
        if key in before:
            yield from _changes(about, key, name(item)[1], before[key], item)
        else:
            yield Difference(about, key, name(item)[1], "added", new_where=item.location)
    yield from _removed(about, ((key, item, name(item)[1]) for key, item in before.items() if key not in after))


def _removed(about: About, gone: Iterable[tuple[str, Written, Text]]) -> Iterator[Difference]:
    for key, item, title in gone:
        yield Difference(about, key, title, "removed", old_where=item.location)


def _changes(
    about: About, name: str, title: Text, old: Written, new: Written, but: Sequence[str] = ()
) -> Iterator[Difference]:
    """Compare two written items key by key, keys of nested items apart: cite.phrase, document.title."""
    whole = {spec.name for spec in fields(old) if None in (getattr(old, spec.name), getattr(new, spec.name))}
    before, after = ({k: v for k, v in _keys(item, whole) if k.split(".")[0] not in but} for item in (old, new))
    for key in dict.fromkeys([*before, *after]):
        (was, was_where), (now, now_where) = before.get(key, (None, old.location)), after.get(key, (None, new.location))
        if was != now and _flat(was) != _flat(now):
            yield Difference(about, name, title, "changed", key, was, now, was_where, now_where)


def _keys(item: Written, whole: Collection[str] = ()) -> Iterator[tuple[str, tuple[str | None, Location]]]:
    """Iterate over the keys of a written item with their values as text and their places.

    Keys of nested items are taken apart, but not of those in `whole`, which the other side does not have at all.
    """
    for spec in fields(item):
        if spec.metadata.get("internal"):
            continue
        key = spec.metadata.get("name") or spec.name
        value = getattr(item, spec.name)
        if isinstance(value, Written) and not isinstance(value, w.Pace) and spec.name not in whole:
            yield from ((f"{key}.{inner}", found) for inner, found in _keys(value))
        else:
            place = value.location if isinstance(value, Source | w.Due | w.Register) else item.place(key)
            yield key, (_written(value), place)


def _written(value: object) -> str | None:
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
            return "; ".join(_written(item) or "" for item in value)
        case Written():
            inner = ((name, text) for name, (text, _) in _keys(value) if text is not None)
            return ", ".join(f"{name}: {text}" for name, text in inner)
    return str(value)


def _flat(text: str | None) -> str | None:
    """Fold full-width signs, and drop the spaces that carry no meaning."""
    if text is None:
        return None
    single = _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip()
    return "\0".join(part.replace(" ", "") for part in _KEPT_SPACE.split(single))


def _commitments(
    old: Plan, new: Plan, was: Iterable[w.Commitment], now: Iterable[w.Commitment]
) -> Iterator[Difference]:
    before, after = ({c.id: c for c in written} for written in (was, now))
    for key, item in after.items():
        if key not in before:
            yield Difference("commitment", key, item.title, "added", new_where=item.location)
            continue
        pair = old.commitments[key], new.commitments[key]
        yield from _promise(before[key], item, _same_bounds(*pair))
        for found in _changes("commitment", key, item.title, before[key], item, _TESTS):
            yield _weighed(found, *pair)
    yield from _removed("commitment", ((key, c, c.title) for key, c in before.items() if key not in after))


def _promise(old: w.Commitment, new: w.Commitment, same: bool) -> Iterator[Difference]:
    """Compare what two commitments ask for: the comparator, and the target it is set against."""
    (sort, target, location), (new_sort, new_target, new_where) = _test(old), _test(new)
    change: tuple[About, str, Text, Change] = ("commitment", new.id, new.title, "changed")
    if sort != new_sort:
        yield Difference(*change, "comparator", sort, new_sort, location, new_where)
    if _flat(target) != _flat(new_target):
        yield Difference(*change, "target", target, new_target, location, new_where, same_value=same)


def _test(c: w.Commitment) -> tuple[str | None, str | None, Location]:
    """Return the sort of test a commitment has, what is written there, and where it stands."""
    for name in KEYS:
        if written := _targets(c, name):
            return name, "; ".join(source.text for source in written), written[0].location
    if c.staged:
        stages = (f"{s.year} {_stage(s)}" for s in c.staged)
        return "staged", "; ".join(stages), c.staged[0].location
    if c.direction:
        return "direction", c.direction, c.place("direction")
    return ("holds", c.holds.text, c.holds.location) if c.holds else (None, None, c.location)


def _stage(stage: w.Stage) -> str:
    return "; ".join(f"{name}: {source.text}" for name in KEYS for source in _targets(stage, name))


def _targets(comparison: w.Comparison, name: str) -> tuple[Source, ...]:
    """Return what is written under a comparator: nothing, one target, or the two ends of `between`."""
    written: Source | tuple[Source, ...] | None = getattr(comparison, name)
    if written is None:
        return ()
    return (written,) if isinstance(written, Source) else written


def _same_bounds(old: Commitment, new: Commitment) -> bool:
    """Whether two commitments ask for the same, however it is written."""
    if old.value is None or new.value is None:
        return old.holds == new.holds and (old.value is None) == (new.value is None)
    asked = [
        [(x.operator, x.target.form) for bounds in (c.bounds, *(s.bounds for s in c.stages)) for x in bounds]
        for c in (old, new)
    ]
    return asked[0] == asked[1]


def _weighed(found: Difference, old: Commitment, new: Commitment) -> Difference:
    """Mark a change of wording that leaves the measure, the condition or the baseline what it was."""
    forms: Mapping[str, Callable[[Commitment], object]] = {
        "measure": lambda c: c.value.form if c.value else None,
        "where": lambda c: c.where,
        "baseline": lambda c: c.baseline,
    }
    form = forms.get(found.aspect)
    if form is None or found.old is None or found.new is None or form(old) != form(new):
        return found
    return replace(found, same_value=True)
