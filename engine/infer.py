"""Infer: what follows from the findings, by forward chaining with durable-rules.

The consequence rules of a plan become a durable-rules ruleset in its JSON form. Each root subject and year is a session
of its own: only findings that some rule can match are asserted, as facts, and the session's state is deleted at the end.
Names never enter the rule engine: subjects are numbered, since it joins by 32-bit hashes; equality is checked again here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl
from dabiao.base.libraries import require_library
from dabiao.engine.judge import judge
from dabiao.engine.measure import Measured
from dabiao.engine.results import Followed
from dabiao.rules.model import Consequence, Plan, Trigger

_MAX_CLASHES = 1000

_OPENED = "opened session"  # no id of a plan holds a blank

_SORTS = ("commitment", "consequence", "test")  # what a condition looks at

Fields = dict[str, Any]
Path = tuple[tuple[str, str | None], ...]
"""A subject with those that contain it, (kind, name) from the root down.

The name of one that no sheet lists is empty; it is None where nobody knows which one it is, and no two of these are one.
"""


@dataclass(frozen=True, slots=True)
class _Subject:
    """A subject, told by its path."""

    path: Path

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1][1] or ""

    def at(self, kind: str) -> Path:
        """Return the path down to a kind, empty if the subject is above it, or if nobody knows which one it lies in."""
        kinds = [k for k, _ in self.path]
        path = self.path[: kinds.index(kind) + 1] if kind in kinds else ()
        return path if path and path[-1][1] is not None else ()


def infer(measured: Measured, table: pl.DataFrame, apart: Collection[str] = ()) -> list[Followed]:
    """Return every consequence that follows from the findings in `table` and from figures, each once, with all of it.

    The commitments in `apart` (efforts, restatements) are seen only by consequences that name them.
    """
    plan = measured.plan
    rules = plan.consequences.values()
    if not rules:
        return []
    wanted = _filter_relevant(plan, rules, table, apart)
    if plan.tests:
        held = judge(measured, plan.tests).filter(pl.col("verdict").cast(pl.String) == "met")
        wanted = pl.concat([part.cast({"commitment": pl.String}) for part in (wanted, held)])
    if not wanted.height:
        return []
    followed: list[Followed] = []
    with closing(Ruleset(plan)) as ruleset:
        for (root,), findings in wanted.group_by(["root"], maintain_order=True):
            followed += ruleset.run(str(root), measured, findings, apart)
    return followed


def _filter_relevant(
    plan: Plan, rules: Iterable[Consequence], table: pl.DataFrame, apart: Collection[str]
) -> pl.DataFrame:
    """Keep the findings that some rule can match."""
    wanted = pl.lit(value=False)
    for condition in (c for rule in rules for c in rule.when if not (c.consequence or c.test)):
        fits = pl.col("verdict").cast(pl.String).is_in(list(condition.verdicts))
        if condition.commitment:
            fits = fits & (pl.col("commitment").cast(pl.String) == condition.commitment)
        if condition.nature:
            alone = () if condition.commitment else apart
            of_nature = [c.id for c in plan.commitments.values() if c.nature == condition.nature and c.id not in alone]
            fits = fits & pl.col("commitment").cast(pl.String).is_in(of_nature)
        wanted = wanted | fits
    return table.filter(wanted)


class Ruleset:
    """The compiled rules of a plan. Its sessions are run one after the other."""

    def __init__(self, plan: Plan) -> None:
        with require_library("durable_rules"):
            from durable.engine import Ruleset as Engine

        self.rules = {rule.id: _Rule.of(rule, plan) for rule in plan.consequences.values()}
        self._fired: list[tuple[str, list[Fields]]] = []
        definition = {name: self._definition(rule) for name, rule in self.rules.items()}
        # delete_state crashes on a session in which nothing has fired yet (2.0.28), so something always fires
        definition[_OPENED] = {"all": [{"f0": {_OPENED: 1}}], "run": lambda _: None}
        self._engine = Engine(f"dabiao-{plan.id}", None, definition)
        self.clashes = 0
        self._sessions = 0

    def _definition(self, rule: _Rule) -> Fields:
        """Translate one rule to the engine's JSON form: all its conditions, joined on the subject it applies to."""
        joined: list[Fields] = []
        for position, level in enumerate(rule.levels):
            holds: Fields = {"holds": f"{rule.id} {position}"}
            at = f"at_{level}"
            joined.append({f"f{position}": {"$and": [holds, {at: {"f0": at}}]} if position else holds})
        return {"all": joined, "run": self._action(rule)}

    def _action(self, rule: _Rule) -> Callable[[Any], None]:
        def fire(context: Any) -> None:
            matched = context._m or {name: part._d for part in context.m for name in part._d}
            facts = [matched[f"f{i}"] for i in range(len(rule.levels))] if "f0" in matched else [matched]
            self._fired.append((rule.id, facts))

        return fire

    def run(self, root: str, measured: Measured, findings: pl.DataFrame, apart: Collection[str] = ()) -> list[Followed]:
        """Chain from the findings of one root subject until nothing new follows."""
        session = _Session(self, root)
        try:
            for finding, subject in _subjects(measured, findings, apart):
                session.note(finding, subject)
            return session.chain(measured)
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

    def take_fired(self) -> list[tuple[str, list[Fields]]]:
        """Return what has fired since the last call: the rule, and one fact for each of its conditions."""
        fired, self._fired = self._fired, []
        return fired

    def next_session(self) -> str:
        """Return the name of a session that this ruleset has not had."""
        self._sessions += 1
        return f"session {self._sessions}"

    def open(self, session: str) -> None:
        """Make a session that can be forgotten whatever happens in it."""
        self.put({_OPENED: 1, "id": _OPENED, "sid": session})

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


@dataclass(frozen=True, slots=True)
class _Rule:
    """A consequence rule prepared for joining: `levels` names the kind each condition is about, the rule's own kind first."""

    id: str
    on: str
    conditions: tuple[Trigger, ...]
    levels: tuple[str, ...]

    @classmethod
    def of(cls, rule: Consequence, plan: Plan) -> _Rule:
        """Order the conditions so that one about the rule's own kind comes first; the others are joined to it."""
        on = rule.kind
        above = plan.kinds[on].path
        pairs = sorted(
            ((trigger, trigger.kind if trigger.kind and trigger.kind in above else on) for trigger in rule.when),
            key=lambda pair: pair[1] != on,
        )
        return cls(rule.id, on, tuple(trigger for trigger, _ in pairs), tuple(level for _, level in pairs))

    def met(self, fields: Fields) -> list[int]:
        """Return the conditions that a finding or a consequence meets."""
        return [position for position, condition in enumerate(self.conditions) if _meets(fields, condition)]


def _meets(fields: Fields, condition: Trigger) -> bool:
    if condition.consequence:
        return bool(fields.get("consequence") == condition.consequence)
    if condition.test:
        return bool(fields.get("test") == condition.test.id)
    return (
        fields.get("verdict") in condition.verdicts
        and condition.commitment in (None, fields["commitment"])
        and condition.nature in (None, fields["nature"])
        and (condition.commitment is not None or fields["counts"])
    )


_Held = tuple[str, int, Path]


class _Session:
    """One root subject and year.

    A fact says that a condition of a rule holds at a place, however many findings say so: the engine joins places, and
    the findings behind each fact are kept here as evidence. So a join never multiplies findings with one another.
    """

    def __init__(self, ruleset: Ruleset, root: str) -> None:
        self._ruleset = ruleset
        self._root = root
        self._sid = ruleset.next_session()
        self._numbers: dict[Path, int] = {}
        self._held: dict[_Held, dict[tuple[str, str], None]] = {}
        self._facts: list[_Held] = []
        ruleset.open(self._sid)

    def note(self, fields: Fields, subject: _Subject) -> None:
        """Note a finding or a consequence as evidence of every condition it meets, and assert those that are new."""
        reason = (next(str(fields[sort]) for sort in _SORTS if sort in fields), subject.name)
        for rule in self._ruleset.rules.values():
            for position in rule.met(fields):
                place = subject.at(rule.levels[position])
                if not place:
                    continue
                held = (rule.id, position, place)
                if held in self._held:
                    self._held[held][reason] = None
                    continue
                self._held[held] = {reason: None}
                self._assert(held)

    def _assert(self, held: _Held) -> None:
        rule, position, place = held
        number = str(len(self._facts))
        self._facts.append(held)
        places = {f"at_{kind}": self._number(place[: depth + 1]) for depth, (kind, _) in enumerate(place)}
        self._ruleset.put({"holds": f"{rule} {position}", **places, "fact": number, "id": number, "sid": self._sid})

    def _number(self, path: Path) -> int:
        return self._numbers.setdefault(path, len(self._numbers) + 1)

    def chain(self, measured: Measured) -> list[Followed]:
        """Tell what follows as new facts until nothing new fires."""
        fired_at: dict[tuple[str, Path], list[_Held]] = {}
        while fired := self._ruleset.take_fired():
            for rule, facts in fired:
                held = [self._facts[int(fact["fact"])] for fact in facts]
                place = held[0][2]
                if (rule, place) in fired_at or not self._is_joined(held):
                    continue
                fired_at[rule, place] = held
                self.note({"consequence": rule}, _Subject(place))
        self._ruleset.confirm(self._sid)
        return [
            Followed(
                rule, _Subject(place).name, self._ruleset.rules[rule].on, measured.year, self._root, self._evidence(held),
                _amount(measured, rule, place, self._root),
            )
            for (rule, place), held in fired_at.items()
        ]  # fmt: skip

    def _evidence(self, held: list[_Held]) -> tuple[tuple[str, str], ...]:
        return tuple(dict.fromkeys(reason for one in held for reason in self._held[one]))

    @staticmethod
    def _is_joined(held: list[_Held]) -> bool:
        """Check a join again by name: the engine compares hashes only."""
        first = held[0][2]
        return all(place == first[: len(place)] for _, _, place in held)

    def close(self) -> None:
        self._ruleset.forget(self._sid)


def _subjects(measured: Measured, findings: pl.DataFrame, apart: Collection[str]) -> Iterator[tuple[Fields, _Subject]]:
    """Iterate over findings and conditions on measures that hold, with the path of their subjects."""
    plan = measured.plan
    for name, root, subject, kind, verdict, index in findings.select(
        "commitment", "root", "subject", "kind", "verdict", "@index"
    ).iter_rows():
        above = plan.kinds[kind].path[1:] if index is not None else ()
        frame = measured.frame(kind)
        middle = tuple((k, frame[f"@{k}"][index]) for k in above)
        last = ((kind, subject),) if kind != plan.root.id else ()
        c = plan.commitments.get(name)
        fields: Fields = {"test": name}
        if c is not None:
            fields = {"commitment": name, "nature": c.nature, "verdict": verdict, "counts": name not in apart}
        yield fields, _Subject(((plan.root.id, root), *middle, *last))


def _amount(measured: Measured, rule: str, place: Path, root: str) -> Fraction | None:
    """Return the money a consequence is about, in 元; None if the plan names none, or a figure of it is not known."""
    amount = measured.plan.consequences[rule].amount
    kind, name = place[-1]
    frame = measured.frame(kind)
    rows = ((frame["@root"] == root) & (frame["@name"] == name)).arg_true().to_list() if amount else []
    return measured.exact.ratio(kind, amount.form, rows[0]) if amount and rows else None
