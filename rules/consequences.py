"""Consequences of a written plan, resolved: the kind of subject each falls on, its triggers, the money it is about."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from dabiao.base.problems import Problems
from dabiao.base.units import parse_unit
from dabiao.rules import written as w
from dabiao.rules.algebra import Ratio
from dabiao.rules.compiler import Compiler
from dabiao.rules.model import Commitment, Consequence, Trigger, Value


def resolve_consequences(
    plan: w.Plan, commitments: Mapping[str, Commitment], compiler: Compiler, problems: Problems
) -> dict[str, Consequence]:
    """Return the consequences of a plan by id, noting in `problems` what could never follow.

    References that lead nowhere have been noted before: see `check_links`.
    """
    resolver = _Consequences(plan, commitments, compiler, problems)
    found = (resolver.consequence(rule) for rule in plan.consequences)
    return {consequence.id: consequence for consequence in found if consequence}


class _Consequences:
    def __init__(
        self, plan: w.Plan, commitments: Mapping[str, Commitment], compiler: Compiler, problems: Problems
    ) -> None:
        self._rules = {rule.id: rule for rule in plan.consequences}
        self._commitments = commitments
        self._compiler = compiler
        self._problems = problems

    def consequence(self, rule: w.Consequence) -> Consequence | None:
        """Resolve one consequence; None if what is wrong with it has been noted."""
        if not rule.when or (rule.for_ is not None and rule.for_ not in self._compiler.kinds):
            return None
        kind = self._falls_on(rule)
        when = tuple(map(self._trigger, rule.when))
        self._note_unmet(rule, kind, when)
        amount = None
        if rule.amount:
            money = parse_unit("元")
            like = Value(Ratio.constant(Fraction(0)), money.dimension, money)
            amount = self._compiler.value(rule.amount, kind, like)
        return Consequence(
            rule.id, rule.title, rule.level, kind, when, rule.location, amount, rule.cite, rule.note, rule.places("for")
        )

    def _falls_on(self, rule: w.Consequence) -> str:
        """Return the kind of subject a consequence falls on: as written, or else that of its first condition."""
        seen: set[str] = set()
        while not rule.for_ and rule.when and rule.id not in seen:
            seen.add(rule.id)
            first = rule.when[0]
            if first.consequence not in self._rules:
                return self._kind_of(first.commitment)
            rule = self._rules[first.consequence]
        return rule.for_ if rule.for_ and rule.for_ in self._compiler.kinds else self._compiler.root

    def _kind_of(self, commitment: str | None) -> str:
        found = self._commitments.get(commitment or "")
        return found.kind if found else self._compiler.root

    def _trigger(self, condition: w.Condition) -> Trigger:
        kind = None
        if condition.commitment:
            kind = self._kind_of(condition.commitment)
        elif condition.consequence:
            rule = self._rules.get(condition.consequence)
            kind = self._falls_on(rule) if rule else self._compiler.root
        return Trigger(
            condition.location, condition.commitment, condition.nature, condition.consequence,
            condition.verdict or ("shortfall",), kind,
            condition.places("commitment", "nature", "consequence"),
        )  # fmt: skip

    def _note_unmet(self, rule: w.Consequence, falls_on: str, when: tuple[Trigger, ...]) -> None:
        """Note conditions that can never meet at one subject, and subjects that no condition tells from their like."""
        kinds = self._compiler.kinds
        above = kinds[falls_on].path
        for trigger in when:
            kind = trigger.kind
            if kind is not None and kind != falls_on and kind not in above and falls_on not in kinds[kind].path:
                self._problems.add("never-joins", trigger.location, found=kind, expected=falls_on)
        if all(trigger.kind in above for trigger in when):
            self._problems.add("falls-below", rule.place("for"), found=falls_on, expected=when[0].kind)
