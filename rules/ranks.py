"""The largest, the smallest and the middle of figures of which some are not known, and some may not belong."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf, isinf
from typing import Literal, NamedTuple

Rank = Literal["max", "min", "median"]
Number = Fraction | float
"""Exact, or a float; infinite where there is no limit."""

_OPPOSITE: dict[Rank, Rank] = {"max": "min", "min": "max", "median": "median"}


class Member(NamedTuple):
    """A subject that belongs, or may: the values its figure can have, whether it is sure to belong, how many it stands for.

    Where it is not sure, any number of those it stands for may belong. `many` is infinite where nobody knows how many.
    """

    low: Number
    high: Number
    sure: bool
    many: float


def ranked(rank: Rank, members: Sequence[Member]) -> tuple[Number, Number]:
    """Return the least and the greatest value that a rank can have, given that there is at least one member.

    The median of an even number of values is the mean of the middle two.
    """
    if not members:
        return -inf, inf
    least = _least(rank, [(member.low, member.sure, member.many) for member in members])
    return least, -_least(_OPPOSITE[rank], [(-member.high, member.sure, member.many) for member in members])


def _least(rank: Rank, members: list[tuple[Number, bool, float]]) -> Number:
    """Return the least value of a rank, every member having its least value."""
    if rank == "min":
        return min(value for value, _, _ in members)
    if rank == "max":
        return max((value for value, sure, _ in members if sure), default=min(value for value, _, _ in members))
    return _least_median(sorted(members))


def _least_median(members: list[tuple[Number, bool, float]]) -> Number:
    """Return the least median: with those added, from the least on, that lie below the median of the others.

    One that lies below makes the median less, or leaves it; after the first that does not, no other one does.
    """
    if not any(sure for _, sure, _ in members):
        return members[0][0]
    finite = sum(int(many) for _, _, many in members if not isinf(many))
    weighed = [(value, sure, finite + 1 if isinf(many) else int(many)) for value, sure, many in members]
    low, high = 0, sum(many for _, sure, many in weighed if not sure)  # more of one value than all others decide alone
    while low < high:
        added = (low + high) // 2
        following = _element([(value, many) for value, sure, many in weighed if not sure], added)
        if following < _median(_with(weighed, added)):
            low = added + 1
        else:
            high = added
    return _median(_with(weighed, low))


def _with(members: list[tuple[Number, bool, int]], added: int) -> list[tuple[Number, int]]:
    """Return the members that are sure, and so many of the others, in the order given."""
    found = []
    for value, sure, many in members:
        taken = many if sure else min(many, added)
        added -= 0 if sure else taken
        found.append((value, taken))
    return found


def _median(members: list[tuple[Number, int]]) -> Number:
    count = sum(many for _, many in members)
    below, above = _element(members, (count - 1) // 2), _element(members, count // 2)
    if below == above or isinf(below):
        return below
    return above if isinf(above) else (below + above) / 2


def _element(members: list[tuple[Number, int]], place: int) -> Number:
    """Return the value at a place, counted from 0, of values in order that each occur so many times."""
    for value, many in members:
        if place < many:
            return value
        place -= many
    raise IndexError(place)
