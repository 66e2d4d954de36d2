"""Consequences resolved: the kind of subject each falls on, that its conditions can meet there, and the money it is about."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Protocol

from dabiao.base.problems import Problems
from dabiao.base.units import unit
from dabiao.rules import written as w
from dabiao.rules.algebra import Ratio
from dabiao.rules.model import Commitment, Kind, Value
from dabiao.rules.shape import Source


class Compiler(Protocol):
    """What compiles an expression of a kind's measures."""

    def value(self, source: Source, kind: str, like: Value | None = None) -> Value | None:
        """Compile a value; None after noting what is wrong with it."""


class Falls:
    """Tells on which kind of subject consequences fall, and of which kind their conditions speak."""

    def __init__(self, text: w.Plan, root: str, commitments: Mapping[str, Commitment]) -> None:
        self._rules = {rule.id: rule for rule in text.consequences}
        self._commitments = commitments
        self._root = root

    def condition_kind(self, condition: w.Condition) -> str | None:
        """Return the kind of subject a condition speaks of, None if findings of any kind match."""
        if condition.commitment:
            commitment = self._commitments.get(condition.commitment)
            return commitment.kind if commitment else self._root
        if condition.consequence:
            rule = self._rules.get(condition.consequence)
            return self.on(rule) if rule else self._root
        return None

    def on(self, rule: w.Consequence, seen: frozenset[str] = frozenset()) -> str:
        """Return the kind of subject a consequence falls on: as written, or that of its first condition."""
        if rule.for_:
            return rule.for_
        first = rule.when[0]
        if first.consequence and rule.id not in seen:
            other = self._rules.get(first.consequence)
            return self.on(other, seen | {rule.id}) if other else self._root
        commitment = self._commitments.get(first.commitment) if first.commitment else None
        return commitment.kind if commitment else self._root


def resolve_consequences(
    text: w.Plan,
    kinds: Mapping[str, Kind],
    commitments: Mapping[str, Commitment],
    compiler: Compiler,
    problems: Problems,
) -> dict[str, Value]:
    """Return the money of the consequences that say how much, by id; note conditions that can never meet."""
    falls = Falls(text, next(iter(kinds)), commitments)
    money = unit("元")
    like = Value(Ratio.constant(Fraction(0)), money.dimension, money)
    amounts: dict[str, Value] = {}
    for rule in text.consequences:
        if not rule.when or (rule.for_ is not None and rule.for_ not in kinds):
            continue  # noted already
        on = falls.on(rule)
        for condition in rule.when:
            kind = falls.condition_kind(condition)
            if (
                kind is not None
                and kind in kinds
                and kind != on
                and on not in kinds[kind].path
                and kind not in kinds[on].path
            ):
                problems.add("never-joins", condition.location, found=kind, expected=on)
        if rule.amount and (amount := compiler.value(rule.amount, on, like)):
            amounts[rule.id] = amount
    return amounts
