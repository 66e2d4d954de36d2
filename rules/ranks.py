"""Bounds of the largest, smallest and middle of figures, some of which are unknown or may not belong."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf, isinf
from typing import Literal, NamedTuple

Rank = Literal["max", "min", "median"]
Number = Fraction | float
"""Exact, or a float; infinite if there is no limit."""

_OPPOSITE: dict[Rank, Rank] = {"max": "min", "min": "max", "median": "median"}


class Member(NamedTuple):
    """A subject that belongs to a rank or may: the range of its figure, whether it surely belongs, how many it stands for.

    If it is not sure, any number of those it stands for may belong. `many` is infinite if it is not known.
    """

    low: Number
    high: Number
    sure: bool
    many: float


def bound_rank(rank: Rank, members: Sequence[Member]) -> tuple[Number, Number]:
    """Return the least and the greatest value that a rank can have if at least one member belongs.

    The median of an even number of values is the mean of the middle two.
    """
    if not members:
        return -inf, inf
    least = _find_least(rank, [(member.low, member.sure, member.many) for member in members])
    return least, -_find_least(_OPPOSITE[rank], [(-member.high, member.sure, member.many) for member in members])


def _find_least(rank: Rank, members: list[tuple[Number, bool, float]]) -> Number:
    """Return the least value of a rank, if every member has its least value."""
    if rank == "min":
        return min(value for value, _, _ in members)
    if rank == "max":
        return max((value for value, sure, _ in members if sure), default=min(value for value, _, _ in members))
    return _find_least_median(sorted(members))


def _find_least_median(members: list[tuple[Number, bool, float]]) -> Number:
    """Return the least median: unsure members are added in ascending order while they are below the median.

    Adding one that is below lowers the median or keeps it; after the first that is not below, none is.
    """
    if not any(sure for _, sure, _ in members):
        return members[0][0]
    finite = sum(int(many) for _, _, many in members if not isinf(many))
    weighed = [(value, sure, finite + 1 if isinf(many) else int(many)) for value, sure, many in members]
    low, high = 0, sum(many for _, sure, many in weighed if not sure)  # more of one value than all others decide alone
    while low < high:
        added = (low + high) // 2
        following = _find_element([(value, many) for value, sure, many in weighed if not sure], added)
        if following < _find_median(_take(weighed, added)):
            low = added + 1
        else:
            high = added
    return _find_median(_take(weighed, low))


def _take(members: list[tuple[Number, bool, int]], added: int) -> list[tuple[Number, int]]:
    """Return the sure members and the first `added` of the others, in the given order."""
    found = []
    for value, sure, many in members:
        taken = many if sure else min(many, added)
        added -= 0 if sure else taken
        found.append((value, taken))
    return found


def _find_median(members: list[tuple[Number, int]]) -> Number:
    count = sum(many for _, many in members)
    below, above = _find_element(members, (count - 1) // 2), _find_element(members, count // 2)
    if below == above or isinf(below):
        return below
    return above if isinf(above) else (below + above) / 2


def _find_element(members: list[tuple[Number, int]], place: int) -> Number:
    """Return the value at a position, counted from 0, in a sorted list of values with multiplicities."""
    for value, many in members:
        if place < many:
            return value
        place -= many
    raise IndexError(place)
