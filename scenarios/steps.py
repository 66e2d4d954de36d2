"""Reads scenarios, and `--set` on the command line, into steps: one verb, one measure, and the subjects it changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from dabiao.base.files import File
from dabiao.base.nodes import read_yaml
from dabiao.base.problems import Location, Problem, Problems, Refused, nearest
from dabiao.facts.vocabulary import names_of
from dabiao.facts.written import FactMap
from dabiao.rules.model import Measure, Plan
from dabiao.rules.references import check_change, note_unknown
from dabiao.rules.shape import Source
from dabiao.rules.sorts import read_document
from dabiao.scenarios import written as s

Verb = Literal["set", "add", "scale"]
_TARGET = re.compile(r"\s*(?:(\w+)\s*(?:\[\s*(.*?)\s*\])?\s*\.)?\s*(.+?)\s*", re.DOTALL)
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Selection:
    """The figures that a step changes: a measure of one subject, of those that satisfy a condition, or of all of a kind."""

    measure: Measure
    location: Location
    root: str | None = None
    subject: str | None = None
    where: Source | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One change of figures. `text` is the value, amount or factor as it was written."""

    verb: Verb
    selection: Selection
    text: str
    location: Location


def read_scenario(file: File, plan: Plan) -> s.Scenario:
    """Read a scenario file. Raises `Refused` with everything wrong with it."""
    problems = Problems()
    scenario = read_document("scenario", s.Scenario, read_yaml(file, problems), problems)
    if scenario is None:
        raise Refused(problems.found)
    if scenario.plan != plan.id:
        problems.add("other-plan", scenario.place("plan"), found=scenario.plan, expected=plan.id)
    changes = [*scenario.changes, *(change for amendment in scenario.amendments for change in amendment.changes)]
    for change in changes:
        check_change(change, plan.commitments, problems)
    problems.refuse()
    return scenario


def read_steps(scenario: s.Scenario, plan: Plan, problems: Problems) -> list[Step]:
    """Return the steps of a scenario. Notes every unknown name."""
    return [step for move in scenario.facts for step in _read_steps(move, plan, problems)]


def _read_steps(move: s.FactChange, plan: Plan, problems: Problems) -> Iterator[Step]:
    kind = move.kind or plan.root.id
    if kind not in plan.kinds:
        note_unknown(problems, "unknown-kind", move.place("kind"), kind, plan.kinds)
        return
    if move.subject and move.where:
        problems.add("subject-or-where", move.location)
    parts: list[tuple[Verb, FactMap | None]] = [("set", move.sets), ("add", move.adds), ("scale", move.scales)]
    if not any(facts and facts.nodes for _, facts in parts):
        problems.add("empty-move", move.location)
    for verb, facts in parts:
        for name, node in (facts.nodes if facts else {}).items():
            measure = find_measure(name, kind, plan, facts.keys[name] if facts else move.location, problems)
            if node.scalar is None:
                problems.add("set-without-value", node.location, measure=name)
            elif measure:
                target = Selection(measure, node.location, move.root, move.subject, move.where)
                yield Step(verb, target, node.scalar, node.location)


def find_measure(name: str, kind: str, plan: Plan, location: Location, problems: Problems) -> Measure | None:
    """Return the reported measure of a kind by id or title; None after noting that there is none."""
    known = names_of(plan, kind)
    if name in known:
        return known[name]
    if name in plan.measures_of(kind):
        problems.add("derived-fact", location, found=name)
    else:
        ids = tuple(sorted(plan.reported(kind))[:12])
        problems.add("unknown-measure", location, found=name, nearest=nearest(name, known), expected=ids)
    return None


def parse_selection(text: str, plan: Plan, option: str) -> Selection:
    """Read `measure`, `kind[subject].measure` or `kind[*].measure` of the command line. Raises `Refused`."""
    problems = Problems()
    location = Location(option)
    match = _TARGET.fullmatch(text)
    if not match:
        raise Refused([Problem("bad-set", location, {"found": text})])
    kind, subject, name = match.groups()
    kind = kind or plan.root.id
    if kind not in plan.kinds:
        note_unknown(problems, "unknown-kind", location, kind, plan.kinds)
        problems.refuse()
    if kind != plan.root.id and not subject:
        raise Refused([Problem("set-needs-subject", location, {"found": text, "kind": kind})])
    measure = find_measure(name, kind, plan, location, problems)
    problems.refuse()
    assert measure is not None
    return Selection(measure, location, subject=None if subject == EVERY else subject)


def parse_sets(texts: Sequence[str], plan: Plan) -> list[Step]:
    """Read `--set TARGET=VALUE` texts (also `+=`, `-=` and `*=`). Raises `Refused` with everything wrong with them."""
    steps, found = [], []
    for text in texts:
        target, equals, value = text.partition("=")
        if not equals or not value.strip():
            found.append(Problem("bad-set", Location("--set"), {"found": text}))
            continue
        verb: Verb = "set"
        if target[-1:] in ("+", "-"):
            verb, value, target = "add", ("-" if target[-1] == "-" else "") + value.strip(), target[:-1]
        elif target[-1:] == "*":
            verb, target = "scale", target[:-1]
        try:
            steps.append(Step(verb, parse_selection(target, plan, "--set"), value.strip(), Location("--set")))
        except Refused as refused:
            found += refused.problems
    if found:
        raise Refused(found)
    return steps
