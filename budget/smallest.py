"""The smallest part of a list that is enough for something, found by halving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def find_smallest(parts: Sequence[T], enough: Callable[[Sequence[T]], bool]) -> list[T]:
    """Return a part of `parts`, in their order, that is enough, and is not without any one of them.

    All of `parts` has to be enough, and what is enough has to stay so if more is added; where that does not hold, the
    answer is enough, but may not be the smallest.
    """
    found = _search([], list(parts), enough, asked=False)
    return [part for part in parts if any(part is one for one in found)]


def _search(kept: list[T], parts: list[T], enough: Callable[[Sequence[T]], bool], *, asked: bool) -> list[T]:
    """Return a smallest subset of `parts` that is enough with `kept`; `asked` if `kept` alone may be."""
    if asked and enough(kept):
        return []
    if len(parts) <= 1:
        return parts
    middle = len(parts) // 2
    one, other = parts[:middle], parts[middle:]
    needed = _search([*kept, *one], other, enough, asked=True)
    also = _search([*kept, *needed], one, enough, asked=bool(needed))
    return [*also, *needed]
