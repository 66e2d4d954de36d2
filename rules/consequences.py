"""Resolves the consequences of a written plan: kind of subject, triggers, amount."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from dabiao.base.problems import Problems
from dabiao.base.units import parse_unit
from dabiao.rules import written as w
from dabiao.rules.algebra import Ratio
from dabiao.rules.commitments import resolve_test
from dabiao.rules.comparators import KEYS
from dabiao.rules.compiler import Compiler
from dabiao.rules.model import Commitment, Consequence, Trigger, Value
from dabiao.rules.references import looks_at_measures


def resolve_consequences(
    plan: w.Plan, commitments: Mapping[str, Commitment], compiler: Compiler, problems: Problems
) -> dict[str, Consequence]:
    """Return the consequences of a plan by id. Notes in `problems` those that can never follow.

    Unknown references are noted by `check_links`.
    """
    resolver = _Consequences(plan, commitments, compiler, problems)
    found = (resolver.consequence(rule) for rule in plan.consequences)
    return {consequence.id: consequence for consequence in found if consequence}


class _Consequences:
    def __init__(
        self, plan: w.Plan, commitments: Mapping[str, Commitment], compiler: Compiler, problems: Problems
    ) -> None:
        self._plan = plan
        self._rules = {rule.id: rule for rule in plan.consequences}
        self._kinds: dict[str, str] = {}
        self._commitments = commitments
        self._compiler = compiler
        self._problems = problems

    def consequence(self, rule: w.Consequence) -> Consequence | None:
        """Resolve one consequence; None if what is wrong with it has been noted."""
        if not rule.when or (rule.for_ is not None and rule.for_ not in self._compiler.kinds):
            return None
        kind = self._find_kind(rule)
        when = tuple(self._resolve_trigger(rule, number) for number in range(len(rule.when)))
        self._note_unmet(rule, kind, when)
        amount = None
        if rule.amount:
            money = parse_unit("元")
            like = Value(Ratio.constant(Fraction(0)), money.dimension, money)
            amount = self._compiler.value(rule.amount, kind, like)
        return Consequence(
            rule.id, rule.title, rule.level, kind, when, rule.location, amount, rule.cite, rule.note, rule.places("for")
        )

    def _find_kind(self, rule: w.Consequence) -> str:
        """Return the kind of subject of a consequence: as written, or else that of its first condition."""
        seen: dict[str, None] = {}
        found = self._compiler.root
        while rule.id not in seen and rule.id not in self._kinds:
            seen[rule.id] = None
            first = rule.when[0] if rule.when else None
            if rule.for_ or first is None:
                found = rule.for_ if rule.for_ and rule.for_ in self._compiler.kinds else found
                break
            if first.consequence not in self._rules:
                found = self._find_condition_kind(first)
                break
            rule = self._rules[first.consequence]
        found = self._kinds.get(rule.id, found)
        self._kinds |= dict.fromkeys(seen, found)
        return found

    def _find_condition_kind(self, condition: w.Condition) -> str:
        """Return the kind of subject of a condition on findings or on measures."""
        found = self._commitments.get(condition.commitment or "")
        kind = found.kind if found else condition.each or self._compiler.root
        return kind if kind in self._compiler.kinds else self._compiler.root

    def _resolve_trigger(self, rule: w.Consequence, number: int) -> Trigger:
        condition = rule.when[number]
        kind = None
        test = self._resolve_test(rule, number) if looks_at_measures(condition) else None
        if condition.commitment or looks_at_measures(condition):
            kind = self._find_condition_kind(condition)
        elif condition.consequence:
            other = self._rules.get(condition.consequence)
            kind = self._find_kind(other) if other else self._compiler.root
        return Trigger(
            condition.location, condition.commitment, condition.nature, condition.consequence,
            condition.verdict or ("shortfall",), kind, test,
            condition.places("commitment", "nature", "consequence", "measure", "holds"),
        )  # fmt: skip

    def _resolve_test(self, rule: w.Consequence, number: int) -> Commitment | None:
        """Resolve a condition on measures: a commitment of its own that is judged every year of the plan."""
        c = rule.when[number]
        cite = rule.cite or w.Cite(location=rule.location, section="", phrase="")
        written = w.Commitment(
            location=c.location, node=c.node, id=f"{rule.id}.{number + 1}", title=rule.title, cite=cite, each=c.each,
            where=c.where, measure=c.measure, holds=c.holds, due=w.Due("every_year", None, None, c.location),
            **{name: getattr(c, name) for name in KEYS},
        )  # fmt: skip
        return resolve_test(written, self._plan, self._compiler, self._problems)

    def _note_unmet(self, rule: w.Consequence, kind_of_rule: str, when: tuple[Trigger, ...]) -> None:
        """Note conditions that can never hold for one subject together, and a kind that no condition is about."""
        kinds = self._compiler.kinds
        above = kinds[kind_of_rule].path
        for trigger in when:
            kind = trigger.kind
            if kind is not None and kind != kind_of_rule and kind not in above and kind_of_rule not in kinds[kind].path:
                self._problems.add("never-joins", trigger.location, found=kind, expected=kind_of_rule)
        if all(trigger.kind in above for trigger in when):
            self._problems.add("falls-below", rule.place("for"), found=kind_of_rule, expected=when[0].kind)
