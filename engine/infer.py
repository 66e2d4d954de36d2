"""Infer: what follows from the findings.

What a single condition on findings or figures brings is told by columns (`held`). Conditions that join, and what follows
from what follows, are rules of durable-rules in its JSON form, a limited number to a ruleset. Each root subject and year
is a session of its own: only what can join or chain is asserted, as facts, and the session's state is deleted at the end.
Names never enter the rule engine: subjects are numbered, since it joins by 32-bit hashes; equality is checked again here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter
from typing import Any

import polars as pl
from dabiao.base.libraries import require_library
from dabiao.engine.held import Held, Look, Path, Reasons, find_held
from dabiao.engine.measure import Measured
from dabiao.engine.results import Followed
from dabiao.rules.model import Consequence, Plan, Trigger

MOST_CONDITIONS = 128
"""Conditions in one ruleset of the engine: from 512 it never comes back (2.0.28), and each fact is held against all."""

_MAX_CLASHES = 1000

_OPENED = "opened session"  # no id of a plan holds a blank

Fields = dict[str, Any]


def infer(measured: Measured, table: pl.DataFrame, apart: Collection[str] = ()) -> list[Followed]:
    """Return every consequence that follows from the findings in `table` and from figures, each once, with all of it.

    The commitments in `apart` (efforts, restatements) are seen only by consequences that name them.
    """
    if not measured.plan.consequences:
        return []
    amounts = _Amounts(measured)
    with closing(Rules(measured.plan)) as rules:
        found = find_held(measured, table, apart, list(rules.looks))
        return [
            Followed(rule.id, place[-1][1] or "", rule.on, measured.year, root, reasons, amounts.find(rule, place))
            for root, held in found.items()
            for rule, place, reasons in rules.run(held)
        ]


@dataclass(frozen=True, slots=True)
class Rule:
    """A consequence prepared for joining: `levels` names the kind each condition is about, the rule's own kind first."""

    id: str
    on: str
    conditions: tuple[Trigger, ...]
    levels: tuple[str, ...]

    @classmethod
    def of(cls, rule: Consequence, plan: Plan) -> Rule:
        """Order the conditions so that one about the rule's own kind comes first; the others are joined to it."""
        on = rule.kind
        above = plan.kinds[on].path
        pairs = sorted(
            ((trigger, trigger.kind if trigger.kind and trigger.kind in above else on) for trigger in rule.when),
            key=lambda pair: pair[1] != on,
        )
        return cls(rule.id, on, tuple(trigger for trigger, _ in pairs), tuple(level for _, level in pairs))

    @property
    def single(self) -> bool:
        """Whether findings bring it by themselves: nothing joins, nothing is chained."""
        return len(self.conditions) == 1 and self.conditions[0].consequence is None


Follows = tuple[Rule, Path, Reasons]


class Rules:
    """The rules of a plan, and the rulesets of the engine for those that need it, made when something is asserted."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.rules = [Rule.of(consequence, plan) for consequence in plan.consequences.values()]
        self.looks: dict[Look, list[tuple[int, int]]] = {}
        """What conditions look at, with the rules and their conditions by number."""
        self.followers: dict[str, list[tuple[int, int]]] = {}
        """The rules and their conditions that look at a consequence."""
        for number, rule in enumerate(self.rules):
            for position, (condition, level) in enumerate(zip(rule.conditions, rule.levels, strict=True)):
                if condition.consequence:
                    self.followers.setdefault(condition.consequence, []).append((number, position))
                else:
                    self.looks.setdefault(Look.of(condition, level), []).append((number, position))
        self._groups = {rule.id: group for group in _group(self.rules) for rule in group}
        self._made: dict[str, Ruleset] = {}

    def ruleset(self, rule: Rule) -> Ruleset:
        """Return the ruleset of the engine with a rule."""
        group = self._groups[rule.id]
        if group[0].id not in self._made:
            self._made[group[0].id] = Ruleset(self._plan.id, group)
        return self._made[group[0].id]

    def run(self, held: Mapping[Look, Iterable[Held]]) -> list[Follows]:
        """Chain from what holds in one root subject until nothing new follows."""
        session = _Session(self)
        try:
            return session.run(held)
        finally:
            session.close()

    def close(self) -> None:
        """Free the memory of the engine."""
        for ruleset in self._made.values():
            ruleset.close()


def _group(rules: Iterable[Rule]) -> list[tuple[Rule, ...]]:
    """Part rules that join or chain: a fact belongs to one rule, so it makes no difference which are together."""
    groups: list[list[Rule]] = []
    room = 0
    for rule in (rule for rule in rules if not rule.single):
        if len(rule.conditions) > room:
            groups.append([])
            room = MOST_CONDITIONS
        groups[-1].append(rule)
        room -= len(rule.conditions)
    return [tuple(group) for group in groups]


class Ruleset:
    """Rules compiled for the engine. Its sessions are run one after the other."""

    def __init__(self, name: str, rules: Iterable[Rule]) -> None:
        with require_library("durable_rules"):
            from durable.engine import Ruleset as Engine

        self._fired: list[list[int]] = []
        definition = {rule.id: self._definition(rule) for rule in rules}
        # delete_state crashes on a session in which nothing has fired yet (2.0.28), so something always fires
        definition[_OPENED] = {"all": [{"f0": {_OPENED: 1}}], "run": lambda _: None}
        self._engine = Engine(f"dabiao-{name}", None, definition)
        self.clashes = 0
        self._sessions = 0

    def _definition(self, rule: Rule) -> Fields:
        """Translate one rule to the engine's JSON form: all its conditions, joined on the subject it applies to."""
        joined: list[Fields] = []
        for position, level in enumerate(rule.levels):
            holds: Fields = {"holds": f"{rule.id} {position}"}
            at = f"at_{level}"
            joined.append({f"f{position}": {"$and": [holds, {at: {"f0": at}}]} if position else holds})
        return {"all": joined, "run": self._action(rule)}

    def _action(self, rule: Rule) -> Callable[[Any], None]:
        def fire(context: Any) -> None:
            matched = context._m or {name: part._d for part in context.m for name in part._d}
            facts = [matched[f"f{i}"] for i in range(len(rule.levels))] if "f0" in matched else [matched]
            self._fired.append([int(fact["fact"]) for fact in facts])

        return fire

    def put(self, fact: Fields) -> None:
        """Assert one fact and run what it fires. An id whose hash is taken is replaced by another, never dropped.

        Raises `RuntimeError` if that fails, or if no rule looks at the fact.
        """
        from durable.engine import MessageNotHandledException, MessageObservedException

        number = fact["id"]
        failures: list[object] = []
        for attempt in range(_MAX_CLASHES):
            try:
                state = self._engine.assert_fact({**fact, "id": f"{number}.{attempt}" if attempt else number})
            except MessageObservedException:
                self.clashes += 1
                continue
            except MessageNotHandledException as error:
                raise RuntimeError("rule engine: no rule looks at a fact") from error
            self._engine.do_actions(state, lambda error, _: failures.append(error))
            if any(failures):
                raise RuntimeError(f"rule engine: {failures}")
            return
        raise RuntimeError("rule engine: no free id for a fact")

    def take_fired(self) -> list[list[int]]:
        """Return what has fired since the last call: the numbers of the facts, one for each condition of the rule."""
        fired, self._fired = self._fired, []
        return fired

    def open(self) -> str:
        """Make a session that can be forgotten whatever happens in it, and return its name, one that none has had."""
        self._sessions += 1
        session = f"session {self._sessions}"
        self.put({_OPENED: 1, "id": _OPENED, "sid": session})
        return session

    def confirm(self, session: str) -> None:
        """Raise `RuntimeError` if an action failed: the engine only notes it in the state of the session."""
        if failure := self._engine.get_state(session).get("exception"):
            raise RuntimeError(f"rule engine: {str(failure).partition(', traceback')[0]}")

    def close(self) -> None:
        """Free the memory of the engine, which keeps a ruleset until it is told that it is no longer needed."""
        from durable_rules_engine import delete_ruleset

        delete_ruleset(self._engine._handle)

    def forget(self, session: str) -> None:
        """Delete the state of a session."""
        self._engine.delete_state(session)


_Held = tuple[int, int, Path]
"""A rule and its condition by number, and the place where it holds."""


class _Session:
    """One root subject and year.

    A fact says that a condition of a rule holds at a place, however many findings say so: the engine joins places, and
    the findings behind each fact are kept here as evidence. So a join never multiplies findings with one another.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._open: dict[Ruleset, str] = {}
        self._numbers: dict[Path, int] = {}
        self._reasons: dict[_Held, Collection[tuple[str, str]]] = {}
        self._chained: dict[_Held, dict[tuple[str, str], None]] = {}
        self._facts: list[_Held] = []
        self._fired: list[list[_Held]] = []

    def run(self, found: Mapping[Look, Iterable[Held]]) -> list[Follows]:
        """Note what holds by findings, in their order, then what follows, until nothing new does."""
        rules = self._rules.rules
        ordered = [
            ((one.first, rule, position), one)
            for look, places in found.items()
            for rule, position in self._rules.looks[look]
            for one in places
        ]
        ordered.sort(key=itemgetter(0))
        for (_, rule, position), one in ordered:
            self._hold((rule, position, one.place), one.reasons)
        followed: dict[tuple[int, Path], list[_Held]] = {}
        while self._fired:
            fired, self._fired = self._fired, []
            for held in fired:
                rule, _, place = held[0]
                if (rule, place) not in followed and _is_joined(held):
                    followed[rule, place] = held
                    self._chain(rules[rule].id, place)
        for ruleset, session in self._open.items():
            ruleset.confirm(session)
        return [(rules[rule], place, self._evidence(held)) for (rule, place), held in followed.items()]

    def _chain(self, consequence: str, place: Path) -> None:
        """Note a consequence as evidence of every condition it meets."""
        for rule, position in self._rules.followers.get(consequence, ()):
            at = _cut(place, self._rules.rules[rule].levels[position])
            if not at:
                continue
            held = (rule, position, at)
            reasons = self._chained.setdefault(held, {})
            reasons[consequence, place[-1][1] or ""] = None
            if held not in self._reasons:
                self._hold(held, reasons)

    def _hold(self, held: _Held, reasons: Collection[tuple[str, str]]) -> None:
        """Note that a condition holds; the engine is told if that alone brings nothing."""
        number, position, place = held
        rule = self._rules.rules[number]
        self._reasons[held] = reasons
        if rule.single:
            self._fired.append([held])
            return
        ruleset = self._rules.ruleset(rule)
        if ruleset not in self._open:
            self._open[ruleset] = ruleset.open()
        fact = str(len(self._facts))
        self._facts.append(held)
        places = {f"at_{kind}": self._number(place[: depth + 1]) for depth, (kind, _) in enumerate(place)}
        holds = f"{rule.id} {position}"
        ruleset.put({"holds": holds, **places, "fact": fact, "id": fact, "sid": self._open[ruleset]})
        self._fired += [[self._facts[joined] for joined in fired] for fired in ruleset.take_fired()]

    def _number(self, path: Path) -> int:
        return self._numbers.setdefault(path, len(self._numbers) + 1)

    def _evidence(self, held: list[_Held]) -> Reasons:
        if len(held) == 1:
            return tuple(self._reasons[held[0]])
        return tuple(dict.fromkeys(reason for one in held for reason in self._reasons[one]))

    def close(self) -> None:
        """Delete the state of the session wherever it was opened."""
        for ruleset, session in self._open.items():
            ruleset.forget(session)


def _is_joined(held: list[_Held]) -> bool:
    """Check a join again by name: the engine compares hashes only."""
    first = held[0][2]
    return all(place == first[: len(place)] for _, _, place in held)


def _cut(path: Path, kind: str) -> Path:
    """Return a path down to a kind, empty if the subject is above it, or if nobody knows which one it lies in."""
    kinds = [name for name, _ in path]
    found = path[: kinds.index(kind) + 1] if kind in kinds else ()
    return found if found and found[-1][1] is not None else ()


class _Amounts:
    """The money that consequences are about, in 元."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        self._rows: dict[str, dict[tuple[str, str | None], int]] = {}

    def find(self, rule: Rule, place: Path) -> Fraction | None:
        """Return the money of a consequence at a place; None if the plan names none, or a figure of it is not known."""
        amount = self._measured.plan.consequences[rule.id].amount
        if amount is None:
            return None
        if rule.on not in self._rows:
            frame = self._measured.frame(rule.on)
            names = enumerate(zip(frame["@root"], frame["@name"], strict=True))
            self._rows[rule.on] = {name: row for row, name in reversed(list(names))}
        row = self._rows[rule.on].get((place[0][1] or "", place[-1][1]))
        return None if row is None else self._measured.exact.ratio(rule.on, amount.form, row)
