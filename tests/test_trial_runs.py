"""Made-up runs of several districts: waivers and consequences are worked out twice, and a fault of the engine is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from dabiao.engine import check as check_module
from dabiao.engine.results import Followed
from dabiao.rules.amend import amend_text
from dabiao.rules.model import Plan
from dabiao.trials.cases import Coverage, cover
from dabiao.trials.consequences import follow
from dabiao.trials.waivers import Judged, Path
from helpers import HEAD, commitment, make_plan, measure

KINDS = ("fund", "score", "reserve", "staff", "rate", "visits")
MEASURES = measure("fund") + "".join(measure(name, "unit: 分", of="home") for name in KINDS[1:])
COMMITMENTS = commitment("fund", "measure: fund\nat_least: 10 张\ndue: throughout\nnature: binding") + "".join(
    commitment(name, f"each: home\nmeasure: {name}\nat_least: 10 分\ndue: throughout") for name in KINDS[1:]
)
RULES = """
consequences:
  - {id: cancelled, title: {zh: 取消, en: Cancelled}, level: sanction, when: [{commitment: score}]}
  - {id: visited, title: {zh: 检查, en: Visited}, level: alert, when: [{consequence: cancelled}, {commitment: reserve}]}
  - {id: failed, title: {zh: 不合格, en: Failed}, level: status, for: district, when: [{nature: binding}]}
  - {id: praised, title: {zh: 表彰, en: Praised}, level: status, for: home, when: [{commitment: fund, verdict: [met]}, {commitment: score, verdict: [met]}]}
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A plan of a district and its homes, with rules that join, chain, and look at a nature."""
    return make_plan(MEASURES, COMMITMENTS, RULES, HEAD.replace("register: 3", "register: reported"))


def outcomes(coverage: Coverage, sort: str) -> set[tuple[str, str]]:
    """Return the commitments or consequences of a sort of made-up case, each with what was expected of it."""
    return {(case.commitment, case.expected) for case in coverage.cases if case.sort == sort}


def wrong(coverage: Coverage) -> set[str]:
    """Return the sorts of made-up case in which the two evaluations disagree."""
    return {case.sort for case in coverage.wrong}


def test_every_state_of_a_waiver_is_made_up(plan: Plan) -> None:
    """Waivers are used, expired, for a district where nothing is to be waived, ambiguous, and for nobody."""
    coverage = cover(plan)

    assert set() == wrong(coverage)
    assert {"used", "expired", "unused", "ambiguous", "unmatched"} == {e for _, e in outcomes(coverage, "waiver")}
    assert {("fund", "waived")} == outcomes(coverage, "waived")
    assert {"met", "shortfall"} == {verdict for _, verdict in outcomes(coverage, "district")}


def test_every_rule_is_made_to_follow(plan: Plan) -> None:
    """Each rule follows somewhere in the made-up districts, also those that follow from others."""
    followed = {("cancelled", "follows"), ("visited", "follows"), ("failed", "follows"), ("praised", "follows")}

    assert followed == outcomes(cover(plan), "consequence")


@pytest.mark.parametrize("name", ["expires", "in_", "subject", "commitment"])
def test_a_waiver_that_reaches_too_far_is_seen(plan: Plan, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """If the engine forgot the day, the district, the subject or the commitment of a waiver, the cases would not agree."""
    find, waive = check_module._find_waived_rows, check_module._waive

    def forgetful(measured: Any, table: Any, waiver: Any) -> Any:
        if name == "in_":
            return find(measured, table, replace(waiver, in_=None))
        rows, among = find(measured, table, waiver)
        if name == "subject" and not rows:
            rows = [0]
        if name == "commitment":
            rows = [row for row in range(table.height) if table["subject"][row] == waiver.subject]
        return rows, among

    monkeypatch.setattr(check_module, "_find_waived_rows", forgetful)
    if name == "expires":
        monkeypatch.setattr(check_module, "_waive", lambda measured, table, _: waive(measured, table, date.min))

    assert wrong(cover(plan)) & {"waiver", "waived"}


@pytest.mark.parametrize("fault", ["nothing", "more", "elsewhere", "reasons"])
def test_a_consequence_that_does_not_follow_is_seen(plan: Plan, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """If the engine left out a consequence, added one, moved it to another district or gave other reasons, it is seen."""
    infer = check_module.infer

    def faulty(*given: Any) -> list[Followed]:
        found = infer(*given)
        match fault:
            case "nothing":
                return found[1:]
            case "more":
                return [*found, *(replace(one, subject="—") for one in found[:1])]
            case "elsewhere":
                return [replace(one, root="district-1") for one in found]
        return [replace(one, because=one.because[1:]) for one in found]

    monkeypatch.setattr(check_module, "infer", faulty)

    assert "consequence" in wrong(cover(plan))


def test_what_follows_is_joined_by_subject(plan: Plan) -> None:
    """Two homes that each fall short of one promise are not visited, one that falls short of both is; its district fails."""
    text = amend_text(plan)

    def at(home: str, *, district: str = "甲区") -> Path:
        return ("district", district), ("home", home)

    def followed(*findings: Judged) -> dict[tuple[str, str], set[str]]:
        return {(rule, path[-1][1]): {name for name, _ in why} for (rule, path), why in follow(text, findings).items()}

    apart = followed(Judged("score", at("一院"), "shortfall"), Judged("reserve", at("二院"), "shortfall"))
    districts = followed(
        Judged("score", at("一院"), "shortfall"), Judged("reserve", at("一院", district="乙区"), "shortfall")
    )
    both = followed(
        Judged("score", at("一院"), "shortfall"), Judged("reserve", at("一院"), "shortfall"),
        Judged("fund", (("district", "甲区"),), "shortfall"),
    )  # fmt: skip

    assert {("cancelled", "一院"): {"score"}} == apart == districts
    assert {"cancelled": {"score"}, "visited": {"cancelled", "reserve"}, "failed": {"fund"}} == {
        rule: why for (rule, _), why in both.items()
    }
