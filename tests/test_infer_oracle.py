"""Consequences agree with an oracle that shares no code with the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from dabiao.engine import infer as infer_module
from dabiao.engine.results import Followed, Result
from following import COMMITMENTS, MEASURES, consequence, home, judged, rules
from helpers import judge, make_plan, sheet_text
from hypothesis import given
from hypothesis import strategies as st


@dataclass(frozen=True)
class Told:
    """A condition or a rule as the oracle reads it."""

    kind: str
    commitment: str = ""
    nature: str = ""
    consequence: str = ""
    verdicts: tuple[str, ...] = ("shortfall",)


PATHS = {
    "district": ("district",),
    "town": ("district", "town"),
    "home": ("district", "home"),
    "centre": ("district", "town", "centre"),
}
KINDS = {"fund": "district", "town-beds": "town", "score": "home", "reserve": "home", "visits": "centre"}
NATURES = {
    "fund": "binding",
    "town-beds": "anticipatory",
    "score": "unstated",
    "reserve": "binding",
    "visits": "binding",
}

Place = tuple[tuple[str, str], ...]
Rules = dict[str, tuple[str, tuple[Told, ...]]]
Reasons = dict[tuple[str, str], set[tuple[str, str]]]


def oracle(plan_rules: Rules, findings: Iterable[tuple[str, Place, str]]) -> Reasons:
    """Say in plain Python what follows: for each rule and subject it falls on, if every condition is met there, all reasons."""
    facts: list[tuple[str, Place, str]] = [*findings]
    followed: dict[tuple[str, Place], set[tuple[str, str]]] = {}
    while True:
        before = {place: set(why) for place, why in followed.items()}
        known = [*facts, *((rule, place, "") for rule, place in followed)]
        for rule, (on, conditions) in plan_rules.items():
            depth = len(PATHS[on])
            places = {place[:depth] for _, place, _ in known if tuple(k for k, _ in place[:depth]) == PATHS[on]}
            for place in places:
                met = [[fact for fact in known if _fits(fact, condition, place, on)] for condition in conditions]
                if all(met):
                    reasons_ = {(name, location[-1][1]) for found in met for name, location, _ in found}
                    followed.setdefault((rule, place), set()).update(reasons_)
        if before == followed:
            return {(rule, place[-1][1]): why for (rule, place), why in followed.items()}


def _fits(fact: tuple[str, Place, str], condition: Told, place: Place, on: str) -> bool:
    name, location, verdict = fact
    wanted = condition.consequence or condition.commitment
    if wanted and name != wanted:
        return False
    if not condition.consequence and verdict not in condition.verdicts:
        return False
    if condition.nature and NATURES.get(name) != condition.nature:
        return False
    if condition.kind in PATHS[on][:-1]:  # a finding of a kind above counts for all below it
        return location == place[: len(location)]
    return location[: len(place)] == place


def followed_as_told(followed: Iterable[Followed]) -> Reasons:
    """Return what the program says in the oracle's form."""
    return {(f.rule, f.subject): set(f.because) for f in followed}


def findings_of(result: Result, above: dict[str, str]) -> list[tuple[str, Place, str]]:
    """Return the verdicts of a result with the place of each subject; `above` says which town a centre is in."""
    found = []
    for name, subject, kind, verdict in result.table.select("commitment", "subject", "kind", "verdict").iter_rows():
        place: Place = (("district", "某区"),)
        if kind == "centre":
            place = (*place, ("town", above[subject]))
        found.append((str(name), place if kind == "district" else (*place, (kind, subject)), str(verdict)))
    return found


@st.composite
def worlds(draw: st.DrawFn) -> tuple[str, str, dict[str, str]]:
    """Draw a sheet with towns, homes and centres, some figures missing; also which town each centre is in."""
    lines, above = "", {}
    figure = st.sampled_from(["0", "100", None])

    def facts(*names: str) -> str:
        values = [(name, draw(figure)) for name in names]
        return ", ".join(f"{name}: {value}" for name, value in values if value is not None)

    towns = [f"t{i}" for i in range(draw(st.integers(1, 3)))]
    for town in towns:
        lines += f"- {{kind: town, name: {town}, facts: {{{facts('town_beds')}}}}}\n"
    for i in range(draw(st.integers(1, 4))):
        lines += f"- {{kind: home, name: h{i}, facts: {{{facts('score', 'reserve')}}}}}\n"
    for i in range(draw(st.integers(1, 4))):
        above[f"c{i}"] = draw(st.sampled_from(towns))
        lines += f"- {{kind: centre, name: c{i}, in: {above[f'c{i}']}, facts: {{{facts('visits')}}}}}\n"
    return f"fund: {draw(st.sampled_from(['0', '100']))} 张", lines, above


VERDICT_SETS = [("shortfall",), ("met",), ("shortfall", "undetermined"), ("undetermined", "met")]


@st.composite
def rule_sets(draw: st.DrawFn) -> Rules:
    """Draw up to four rules of up to three conditions; no finding can meet two conditions of one rule."""
    made: Rules = {}
    for number in range(draw(st.integers(1, 4))):
        verdicts = draw(st.sampled_from(VERDICT_SETS))
        names = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3, unique=True))
        conditions = [Told(KINDS[name], commitment=name, verdicts=verdicts) for name in names]
        if made and draw(st.booleans()):
            earlier = draw(st.sampled_from(sorted(made)))
            conditions.append(Told(made[earlier][0], consequence=earlier))
        if draw(st.integers(0, 4)) == 0:
            conditions = [Told("", nature=draw(st.sampled_from(["binding", "anticipatory"])), verdicts=verdicts)]
        first = conditions[0].kind or draw(st.sampled_from(sorted(PATHS)))
        on = draw(st.sampled_from(PATHS[first]))
        if all(not c.kind or c.kind in PATHS[on] or on in PATHS[c.kind] for c in conditions):
            made[f"r{number}"] = (on, tuple(conditions))
    return made or {"r0": ("district", (Told("district", commitment="fund"),))}


def written(plan_rules: Rules) -> list[str]:
    """Write the oracle's rules as a plan does."""
    lines = []
    for name, (on, conditions) in plan_rules.items():
        parts = []
        for c in conditions:
            verdict = f", verdict: [{', '.join(c.verdicts)}]" if c.verdicts != ("shortfall",) else ""
            key = (
                f"consequence: {c.consequence}"
                if c.consequence
                else f"commitment: {c.commitment}{verdict}"
                if c.commitment
                else f"nature: {c.nature}{verdict}"
            )
            parts.append(f"{{{key}}}")
        lines.append(consequence(name, ", ".join(parts), on))
    return lines


@given(rule_sets(), worlds())
def test_small_rule_sets_agree_with_the_oracle(told: Rules, world: tuple[str, str, dict[str, str]]) -> None:
    """What follows from random findings under random rules is what plain Python says."""
    facts, subjects, above = world
    registers = "home: complete, centre: complete, town: {size: complete, confirmed: 撤并}"
    with TemporaryDirectory() as folder:
        result = judge(rules(*written(told)), Path(folder), sheet_text(facts, subjects, registers=registers))
    assert oracle(told, findings_of(result, above)) == followed_as_told(result.followed)


@given(rule_sets(), worlds())
def test_columns_and_the_rule_engine_bring_the_same(told: Rules, world: tuple[str, str, dict[str, str]]) -> None:
    """What columns say of rules without joins is what durable-rules says of them: order, evidence, and what is chained on."""
    facts, subjects, _ = world
    registers = "home: complete, centre: complete, town: {size: complete, confirmed: 撤并}"
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        result = judge(rules(*written(told)), Path(folder), sheet_text(facts, subjects, registers=registers))
        patch.setattr(infer_module.Rule, "single", property(lambda _: False))
        chained = infer_module.infer(result.explain._measured, result.table)
    assert chained == list(result.followed)


def test_three_thousand_findings_agree_with_the_oracle(tmp_path: Path) -> None:
    """With 3,000 findings every consequence and every reason is there, by rules that join, chain and look at nature."""
    told = {
        "cancelled": ("home", (Told("home", commitment="score"),)),
        "inspected": ("home", (Told("home", consequence="cancelled"), Told("home", commitment="reserve"))),
        "failed": ("district", (Told("", nature="binding"),)),
        "asked": ("home", (Told("home", commitment="score", verdicts=("undetermined",)),)),
    }
    lines = []
    for i in range(1500):
        score = "" if i % 11 == 0 else f"score: {80 if i % 3 == 0 else 90} 分, "
        lines.append(f"- {{kind: home, name: 示例{i}号, facts: {{{score}reserve: {i % 5} 张}}}}\n")
    plan = rules(*written(told))
    result = judged(plan, tmp_path, "".join(lines))
    assert 3000 <= result.table.height
    expected = oracle_by_hand(result)
    assert expected == followed_as_told(result.followed)
    assert 600 < len(expected)


def oracle_by_hand(result: Result) -> Reasons:
    """Say what follows from many findings of homes, each rule by a loop of its own."""
    verdict = {(str(c), s): v for c, s, v in result.table.select("commitment", "subject", "verdict").iter_rows()}
    homes = {subject for name, subject in verdict if name == "score"}
    expected: Reasons = {}
    for name in homes:
        if verdict["score", name] == "shortfall":
            expected["cancelled", name] = {("score", name)}
            if verdict["reserve", name] == "shortfall":
                expected["inspected", name] = {("cancelled", name), ("reserve", name)}
        if verdict["score", name] == "undetermined":
            expected["asked", name] = {("score", name)}
    short = {("reserve", name) for name in homes if verdict["reserve", name] == "shortfall"}
    expected["failed", "某区"] = short
    return expected


def test_nothing_is_inferred_without_rules_or_findings(tmp_path: Path) -> None:
    """A plan without consequences, and a year without anything to follow from, have none."""
    assert [] == list(judged(make_plan(MEASURES, COMMITMENTS), tmp_path, home("a", 80)).followed)
    plan = rules(consequence("failed", "{commitment: fund}"))
    assert [] == list(judged(plan, tmp_path, home("a", 80)).followed)
