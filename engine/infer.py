"""Infer: what follows from the findings, by forward chaining with durable-rules.

The consequence rules of a plan become a durable-rules ruleset in its JSON form. Each root subject and year is a session
of its own: only findings that some rule can match are asserted, as facts, and the session's state is deleted at the end.
Names never enter the rule engine: subjects are numbered, since it joins by 32-bit hashes; equality is checked again here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from dabiao.engine.measure import Measured
from dabiao.results import Followed
from dabiao.rules import written as w
from dabiao.rules.model import Plan

_MAX_CLASHES = 1000

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Subject:
    """A subject with the kinds above it: (kind, name) from the root down."""

    path: tuple[tuple[str, str], ...]

    def at(self, kind: str) -> tuple[tuple[str, str], ...]:
        """Return the path down to a kind, empty if the subject is above it."""
        kinds = [k for k, _ in self.path]
        return self.path[: kinds.index(kind) + 1] if kind in kinds else ()


def infer(measured: Measured, table: pl.DataFrame) -> list[Followed]:
    """Return every consequence that follows from the findings in `table`, each once, with all it follows from."""
    plan = measured.plan
    rules = plan.text.consequences
    if not rules or not table.height:
        return []
    wanted = _relevant(plan, rules, table)
    if not wanted.height:
        return []
    followed: list[Followed] = []
    with Ruleset(plan) as ruleset:
        for (root,), findings in wanted.group_by(["root"], maintain_order=True):
            followed += ruleset.run(str(root), measured, findings)
    return followed


def _relevant(plan: Plan, rules: Sequence[w.Consequence], table: pl.DataFrame) -> pl.DataFrame:
    """Keep the findings that some rule can match."""
    wanted = pl.lit(value=False)
    for condition in (c for rule in rules for c in rule.when if not c.consequence):
        fits = pl.col("verdict").cast(pl.String).is_in(list(condition.verdict or ("shortfall",)))
        if condition.commitment:
            fits = fits & (pl.col("commitment").cast(pl.String) == condition.commitment)
        if condition.nature:
            of_nature = [c.id for c in plan.commitments.values() if c.nature == condition.nature]
            fits = fits & pl.col("commitment").cast(pl.String).is_in(of_nature)
        wanted = wanted | fits
    return table.filter(wanted)


class Ruleset:
    """The compiled rules of a plan. Use as a context manager; sessions are run one after the other."""

    def __init__(self, plan: Plan) -> None:
        from durable.engine import Ruleset as Engine

        self._plan = plan
        self._fired: list[tuple[w.Consequence, list[Fields]]] = []
        self._kinds = {rule.id: falls_on(rule, plan) for rule in plan.text.consequences}
        self._rules = {rule.id: rule for rule in plan.text.consequences}
        definition = {rule.id: self._definition(rule) for rule in plan.text.consequences}
        self._engine = Engine(f"dabiao-{plan.id}", None, definition)
        self._chained = {c.consequence for rule in plan.text.consequences for c in rule.when if c.consequence}
        self.clashes = 0

    def __enter__(self) -> Ruleset:
        return self

    def __exit__(self, *_: object) -> None:
        self._fired.clear()

    def _definition(self, rule: w.Consequence) -> Fields:
        """Write one rule in the engine's JSON form: conditions joined on the subject it falls on."""
        on = self._kinds[rule.id]
        joined: list[Fields] = []
        for position, condition in enumerate(rule.when):
            tests: list[Fields] = [{"$ex": {f"at_{on}": 1}}] if position == 0 else []
            if condition.consequence:
                tests.append({"consequence": condition.consequence})
            else:
                verdicts = [{"verdict": v} for v in condition.verdict or ("shortfall",)]
                tests.append(verdicts[0] if len(verdicts) == 1 else {"$or": verdicts})
            if condition.commitment:
                tests.append({"commitment": condition.commitment})
            if condition.nature:
                tests.append({"nature": condition.nature})
            if position:
                level = f"at_{self._level(condition, on)}"
                tests.append({level: {"f0": level}})
            joined.append({f"f{position}": {"$and": tests} if len(tests) > 1 else tests[0]})
        return {"all": joined, "run": self._action(rule)}

    def _level(self, condition: w.Condition, on: str) -> str:
        """Return the kind on which a condition is joined: the rule's, or the condition's own if that lies above."""
        kind = condition_kind(condition, self._plan)
        return kind if kind is not None and kind in self._plan.kinds[on].path else on

    def _action(self, rule: w.Consequence) -> Callable[[Any], None]:
        def fire(context: Any) -> None:
            matched = context._m or {name: part._d for part in context.m for name in part._d}
            facts = [matched[f"f{i}"] for i in range(len(rule.when))] if "f0" in matched else [matched]
            self._fired.append((rule, facts))

        return fire

    def run(self, root: str, measured: Measured, findings: pl.DataFrame) -> list[Followed]:
        """Chain from the findings of one root subject until nothing new follows."""
        session = _Session(self, root)
        try:
            for finding, subject in _subjects(measured, findings):
                session.assert_fact(finding, subject)
            return session.chained(self._kinds, self._chained, measured.year)
        finally:
            session.close()

    def put(self, fact: Fields) -> None:
        """Assert one fact and run what it fires. An id whose hash is taken is replaced by another, never dropped."""
        from durable.engine import MessageNotHandledException, MessageObservedException

        number = fact["id"]
        failures: list[object] = []
        for attempt in range(_MAX_CLASHES):
            try:
                state = self._engine.assert_fact({**fact, "id": f"{number}.{attempt}" if attempt else number})
            except MessageObservedException:
                self.clashes += 1
                continue
            except MessageNotHandledException:
                return  # no rule looks at it
            self._engine.do_actions(state, lambda error, _: failures.append(error))
            if any(failures):
                raise RuntimeError(f"rule engine: {failures}")
            return
        raise RuntimeError("rule engine: no free id for a fact")

    def take_fired(self) -> list[tuple[w.Consequence, list[Fields]]]:
        """Return what has fired since the last call."""
        fired, self._fired = self._fired, []
        return fired

    def forget(self, session: str) -> None:
        """Delete the state of a session."""
        self._engine.delete_state(session)


class _Session:
    """One root subject and year: numbers subjects and facts, and remembers what each fact says."""

    def __init__(self, ruleset: Ruleset, root: str) -> None:
        self._ruleset = ruleset
        self._root = root
        self._sid = f"s{id(self)}"
        self._numbers: dict[tuple[tuple[str, str], ...], int] = {}
        self._said: dict[str, tuple[str, str]] = {}
        self._subjects: dict[str, _Subject] = {}
        self._used = False

    def assert_fact(self, fields: Fields, subject: _Subject) -> None:
        number = str(len(self._said))
        name = fields.get("commitment") or fields.get("consequence")
        self._said[number] = (str(name), subject.path[-1][1])
        self._subjects[number] = subject
        places = {f"at_{kind}": self._number(subject.at(kind)) for kind, _ in subject.path}
        self._used = True
        self._ruleset.put({**fields, **places, "fact": number, "id": number, "sid": self._sid})

    def _number(self, path: tuple[tuple[str, str], ...]) -> int:
        return self._numbers.setdefault(path, len(self._numbers) + 1)

    def chained(self, kinds: Mapping[str, str], chained: set[str], year: int) -> list[Followed]:
        """Assert what follows as new facts until nothing new fires."""
        because: dict[tuple[str, _Subject], dict[tuple[str, str], None]] = {}
        while fired := self._ruleset.take_fired():
            for rule, facts in fired:
                if not self._really_joined(rule, facts, kinds[rule.id]):
                    continue
                subject = _Subject(self._subjects[facts[0]["fact"]].at(kinds[rule.id]))
                place = (rule.id, subject)
                new = place not in because
                because.setdefault(place, {}).update(dict.fromkeys(self._said[f["fact"]] for f in facts))
                if new and rule.id in chained:
                    self.assert_fact({"consequence": rule.id}, subject)
        return [
            Followed(rule, subject.path[-1][1], kinds[rule], year, self._root, tuple(reasons))
            for (rule, subject), reasons in because.items()
        ]

    def _really_joined(self, rule: w.Consequence, facts: list[Fields], on: str) -> bool:
        """Check a join again by name: the engine compares hashes only."""
        first = self._subjects[facts[0]["fact"]].at(on)
        others = (self._subjects[fact["fact"]] for fact in facts[1:])
        del rule
        return all((other.at(on) or other.path) == first[: len(other.at(on) or other.path)] for other in others)

    def close(self) -> None:
        if self._used:
            self._ruleset.forget(self._sid)


def _subjects(measured: Measured, findings: pl.DataFrame) -> Iterator[tuple[Fields, _Subject]]:
    """Iterate over findings with the path of their subjects."""
    plan = measured.plan
    for name, root, subject, kind, verdict, index in findings.select(
        "commitment", "root", "subject", "kind", "verdict", "@index"
    ).iter_rows():
        above = plan.kinds[kind].path[1:] if index is not None else ()
        frame = measured.frame(kind)
        middle = tuple((k, frame[f"@{k}"][index] or "") for k in above)
        last = ((kind, subject),) if kind != plan.root.id else ()
        fields = {"commitment": name, "nature": plan.commitments[name].nature, "verdict": verdict}
        yield fields, _Subject(((plan.root.id, root), *middle, *last))


def condition_kind(condition: w.Condition, plan: Plan) -> str | None:
    """Return the kind of subject a condition speaks of, None if findings of any kind match."""
    if condition.commitment:
        commitment = plan.commitments.get(condition.commitment)
        return commitment.kind if commitment else plan.root.id
    if condition.consequence:
        rule = next((r for r in plan.text.consequences if r.id == condition.consequence), None)
        return falls_on(rule, plan) if rule else plan.root.id
    return None


def falls_on(rule: w.Consequence, plan: Plan, seen: frozenset[str] = frozenset()) -> str:
    """Return the kind of subject a consequence falls on: as written, or that of its first condition."""
    if rule.on:
        return rule.on
    first = rule.when[0]
    if first.consequence and rule.id not in seen:
        other = next((r for r in plan.text.consequences if r.id == first.consequence), None)
        return falls_on(other, plan, seen | {rule.id}) if other else plan.root.id
    if first.commitment and first.commitment in plan.commitments:
        return plan.commitments[first.commitment].kind
    return plan.root.id
