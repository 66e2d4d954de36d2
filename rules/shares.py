"""Sums over parts of the same subjects: the halves of a share, a part and the rest. Joining them makes bounds tight.

A home that may or may not belong adds both its reserved beds and its beds, or neither; two separate sums would take the
worst of each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from dabiao.rules.algebra import ZERO, And, Condition, Polynomial, Sum, Variable, complement, conjuncts, make_sum

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
            if shared is None or parts.get(where) != parts.get(other):
                continue
            of = parts.pop(where)
            del parts[other]
            both = _join(shared)
            parts[both] = parts.get(both, ZERO) + of
            break
    return parts


def _split_wholes(parts: _Parts) -> _Parts:
    """Divide a sum over all subjects that satisfy some conditions if there is one over those that satisfy more."""
    for whole, part in [(whole, part) for whole in parts for part in parts if part != whole]:
        wide, narrow = conjuncts(whole), conjuncts(part)
        if whole not in parts or part not in parts or not set(wide) < set(narrow):
            continue
        extra = tuple(c for c in narrow if c not in wide)
        rest = _join((*wide, complement(extra[0] if len(extra) == 1 else And(extra))))
        of = parts.pop(whole)
        parts[part] += of
        parts[rest] = parts.get(rest, ZERO) + of
    return parts


def _join(conditions: tuple[Condition, ...]) -> Condition | None:
    if len(conditions) > 1:
        return And(conditions)
    return conditions[0] if conditions else None


def _find_shared(one: Condition | None, other: Condition | None) -> tuple[Condition, ...] | None:
    """Return the parts that two conditions share if they differ in one part, of which one is the complement; else None."""
    if one is None or other is None:
        return None
    if _are_complements(one, other):
        return ()
    mine, theirs = (c.conditions if isinstance(c, And) else (c,) for c in (one, other))
    if len(mine) != len(theirs):
        return None
    apart = [(a, b) for a, b in zip(mine, theirs, strict=True) if a != b]
    if len(apart) != 1 or not _are_complements(*apart[0]):
        return None
    return tuple(a for a, b in zip(mine, theirs, strict=True) if a == b)


def _are_complements(one: Condition, other: Condition) -> bool:
    return one == complement(other) or other == complement(one)
