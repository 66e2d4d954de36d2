"""Sums over parts of the same subjects: the halves of a share, a part and the rest. Joining them makes bounds tight.

A home that may or may not belong adds both its reserved beds and its beds, or neither; two separate sums would take the
worst of each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from dabiao.rules.algebra import ZERO, Condition, Polynomial, Sum, Variable, all_of, complement, conjuncts, make_sum

_Parts = dict[Condition | None, Polynomial]
"""What is added up over subjects of one kind, by the condition that they satisfy."""

_Rewriting = Callable[[_Parts], _Parts]


@lru_cache(maxsize=4096)
def gather(polynomial: Polynomial) -> Polynomial:
    """Return the same polynomial with all sums over the same subjects joined to one.

    Sums over the two halves of a share become one over the whole.
    """
    return _rewrite(polynomial, _join_halves)


@lru_cache(maxsize=4096)
def divide(polynomial: Polynomial) -> Polynomial:
    """Return the same polynomial with each sum over a whole divided into a part that is summed, too, and the rest."""
    return _rewrite(polynomial, _split_wholes)


@lru_cache(maxsize=4096)
def complete(polynomial: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Return the same polynomial with sums over two halves written as one over the whole and one over either half."""
    return _rewrite(polynomial, _complete_halves), _rewrite(
        polynomial, lambda parts: _complete_halves(parts, last=True)
    )


def list_ways(polynomial: Polynomial) -> tuple[Polynomial, ...]:
    """Return the same polynomial in other ways to write it, each once: what is surely so in one of them is so in all.

    There are never more than these, whatever becomes of what is divided and joined again.
    """
    gathered, divided = gather(polynomial), divide(polynomial)
    ways = dict.fromkeys((gathered, divide(gathered), divided, gather(divided), *complete(polynomial)))
    return tuple(way for way in ways if way != polynomial)


def other_half(one: Variable, other: Variable) -> bool:
    """Return whether two figures are sums over the two halves of a share: a condition, and its complement."""
    if not isinstance(one, Sum) or not isinstance(other, Sum):
        return False
    alike = (one.kind, one.of, one.owner, one.year) == (other.kind, other.of, other.owner, other.year)
    return alike and _find_shared(one.where, other.where) is not None


def _rewrite(polynomial: Polynomial, rewritten: _Rewriting) -> Polynomial:
    found = Polynomial.of((m, c) for m, c in polynomial.terms if len(m) != 1 or not isinstance(m[0], Sum))
    groups: dict[tuple[str, str, int | None], _Parts] = {}
    for monomial, factor in polynomial.terms:
        if len(monomial) == 1 and isinstance(one := monomial[0], Sum):
            parts = groups.setdefault((one.kind, one.owner, one.year), {})
            parts[one.where] = parts.get(one.where, ZERO) + one.of * factor
    for (kind, owner, year), parts in groups.items():
        for where, of in rewritten(parts).items():
            found = found + make_sum(kind, of, where, owner, year)
    return found


def _join_halves(parts: _Parts) -> _Parts:
    """Join sums of the same over a condition and its complement."""
    for where in list(parts):
        for other in list(parts):
            shared = _find_shared(where, other)
            if shared is not None and parts.get(where) == parts.get(other):  # what is joined is gone, and like no other
                both, of = _join(shared), parts.pop(where)
                del parts[other]
                parts[both] = parts.get(both, ZERO) + of
    return parts


def _complete_halves(parts: _Parts, last: bool = False) -> _Parts:
    """Write a sum over one half, the first or the last, as one over the whole without the other half."""
    order = list(parts)[::-1] if last else list(parts)
    for where, other in [(where, other) for where in order for other in order]:
        shared = _find_shared(where, other)
        if shared is None or where not in parts or other not in parts:
            continue
        of, both = parts.pop(other), _join(shared)
        parts[where] -= of
        parts[both] = parts.get(both, ZERO) + of
    return parts


def _split_wholes(parts: _Parts) -> _Parts:
    """Divide a sum over all subjects that satisfy some conditions if there is one over those that satisfy more."""
    for whole, part in [(whole, part) for whole in parts for part in parts]:
        wide, narrow = conjuncts(whole), conjuncts(part)
        if whole not in parts or part not in parts or not set(wide) < set(narrow):
            continue
        extra = tuple(c for c in narrow if c not in wide)
        rest = _join((*wide, complement(all_of(extra))))
        of = parts.pop(whole)
        parts[part] += of
        parts[rest] = parts.get(rest, ZERO) + of
    return parts


def _join(conditions: tuple[Condition, ...]) -> Condition | None:
    return all_of(conditions) if conditions else None


def _find_shared(one: Condition | None, other: Condition | None) -> tuple[Condition, ...] | None:
    """Return the parts that two conditions share if they differ in one part, of which one is the complement; else None."""
    if one is None or other is None:
        return None
    if _are_complements(one, other):
        return ()
    mine, theirs = conjuncts(one), conjuncts(other)
    shared = tuple(part for part in mine if part in theirs)
    if len(mine) == len(theirs) == len(shared) + 1:
        apart = [part for part in (*mine, *theirs) if part not in shared]
        return shared if _are_complements(*apart) else None
    return None


def _are_complements(one: Condition, other: Condition) -> bool:
    return one == complement(other) or other == complement(one)
