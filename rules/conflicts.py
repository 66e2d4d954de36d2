"""Pairs of commitments on one value that no value satisfies together, without looking at every pair."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import product
from math import ceil

from dabiao.rules import bounds as b
from dabiao.rules.intervals import Interval
from dabiao.rules.model import Bound, Commitment, Plan

Clash = tuple[int, tuple[Bound, ...], tuple[Bound, ...]]
"""A year, and the bounds of both for it."""


def find_conflicts(plan: Plan) -> Iterator[tuple[Commitment, Commitment, Clash]]:
    """Iterate over commitments on the same value, for the same subjects, that clash, with the first year they do."""
    groups: dict[object, list[Commitment]] = {}
    for c in b.select_judged(plan):
        if c.value is not None:
            groups.setdefault((c.kind, c.value.form, c.where), []).append(c)
    for group in groups.values():
        if len(group) > 1:
            found = _find_clashes(plan, group)
            yield from ((group[i], group[j], found[i, j]) for i, j in sorted(found))


def _find_clashes(plan: Plan, group: Sequence[Commitment]) -> dict[tuple[int, int], Clash]:
    """Return the pairs of a group that clash, by position."""
    whole = b.is_whole(plan, group[0])
    required = [b.find_required(plan, c) for c in group]
    found: dict[tuple[int, int], Clash] = {}
    for year in sorted({year for bounds in required for year in bounds}):
        alike: dict[tuple[bool, object], dict[Interval, list[int]]] = {}  # what is of one origin compares
        for position, bounds in enumerate(required):
            if year in bounds and (values := b.find_allowed(bounds[year])):
                plain = whole and values.plain
                alike.setdefault((plain, values.origin), {}).setdefault(values.interval, []).append(position)
        for (plain, _), places in alike.items():
            for one, other in _list_apart(list(places), whole=plain):
                for pair in product(places[one], places[other]):
                    first, second = min(pair), max(pair)
                    if first != second and not are_linked(group[first], group[second]):
                        found.setdefault((first, second), (year, required[first][year], required[second][year]))
    return found


def are_linked(one: Commitment, other: Commitment) -> bool:
    """Whether one of two commitments says that it is the same as the other."""
    return one.id == other.same_as or other.id == one.same_as


def _list_apart(intervals: Sequence[Interval], *, whole: bool) -> Iterator[tuple[Interval, Interval]]:
    """Iterate over the pairs of intervals without a number, or a whole one, in common; an empty one is apart from all.

    Of two that are apart, one ends before the other begins: only ends that lie before a beginning are looked at.
    """
    ends = sorted((one.high, place) for place, one in enumerate(intervals) if one.high is not None)
    highs = [high for high, _ in ends]
    for one in intervals:
        if one.empty:
            yield from ((one, other) for other in intervals)
        elif one.low is not None:
            first = ceil(one.low) + (one.open_low and one.low.denominator == 1) if whole else one.low
            for _, place in ends[: bisect_right(highs, first)]:
                if _is_apart(one, other := intervals[place], whole=whole):
                    yield one, other


def _is_apart(one: Interval, other: Interval, *, whole: bool) -> bool:
    both = one.meet(other)
    apart = whole and both.without_wholes and not (one.without_wholes or other.without_wholes)
    return both.empty or apart
