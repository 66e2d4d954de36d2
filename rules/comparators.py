"""Comparators: their meaning, and how they are written in plans and in reports."""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal

Operator = Literal[">=", "<=", ">", "<", "==", "!="]
Sign = Literal[">=", ">", "==", "!="]

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Comparator:
    """One way to compare a value with a target.

    `text` is its sign in reports, `key` its name in a plan file (empty if a plan has no key for it). A value meets a target
    if value - target has the `sign`; if not `upward`, target - value. `test` compares numbers, or columns.
    """

    operator: Operator
    text: str
    key: str
    sign: Sign
    upward: bool
    test: Callable[[Any, Any], Any]

    @property
    def strict(self) -> bool:
        """Whether the target itself is not enough."""
        return self.operator in ("<", ">")


COMPARATORS: Mapping[Operator, Comparator] = MappingProxyType(
    {
        ">=": Comparator(">=", "≥", "at_least", ">=", True, op.ge),
        "<=": Comparator("<=", "≤", "at_most", ">=", False, op.le),
        ">": Comparator(">", ">", "more_than", ">", True, op.gt),
        "<": Comparator("<", "<", "less_than", ">", False, op.lt),
        "==": Comparator("==", "=", "exactly", "==", True, op.eq),
        "!=": Comparator("!=", "≠", "", "!=", True, op.ne),
    }
)
OPERATORS: Mapping[str, Operator] = MappingProxyType({c.key: c.operator for c in COMPARATORS.values() if c.key})
KEYS = (*OPERATORS, "between")
"""The keys of a plan file that set a target."""


def meets(value: Fraction, operator: Operator, target: Fraction) -> bool:
    """Return whether a number satisfies a comparator."""
    return bool(COMPARATORS[operator].test(value, target))


def has_sign(number: Fraction, sign: Sign) -> bool:
    """Return whether a number is >= 0, > 0, == 0 or != 0."""
    return bool(COMPARATORS[sign].test(number, _ZERO))


def toward(operator: Operator, *, rising: bool) -> Operator:
    """Return the comparator between a value and its path before the due year.

    A value on the path is enough, and `==` becomes the direction in which the value has to move.
    """
    if operator == "==":
        return ">=" if rising else "<="
    return loosened(operator)


def loosened(operator: Operator) -> Operator:
    """Return the comparator for which the target itself is enough."""
    if not COMPARATORS[operator].strict:
        return operator
    return ">=" if COMPARATORS[operator].upward else "<="
