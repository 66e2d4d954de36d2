"""What follows is worked out twice, also from conditions on measures, and without what does not count; a fault is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from dabiao.engine import check as check_module
from dabiao.engine import held as held_module
from dabiao.engine.judge import VERDICT, judge
from dabiao.engine.results import Followed
from dabiao.rules.amend import amend_text
from dabiao.rules.model import Plan
from dabiao.trials.cases import Coverage, cover
from dabiao.trials.conditions import Held, find_held
from dabiao.trials.consequences import find_restatements, follow
from dabiao.trials.oracle import Oracle
from dabiao.trials.waivers import Judged
from dabiao.trials.worlds import FigureKey, Subject, World
from helpers import HEAD, commitment, make_plan, measure

EFFORT = "tier: {is: effort, why: 只是要求}\n"
MEASURES = (
    measure("fund") + measure("score", "unit: 分", "home") + measure("public", "yes_no: true", "home")
    + measure("beds", of="home") + measure("visits", "unit: 次")
)  # fmt: skip
COMMITMENTS = (
    commitment("again", "measure: fund\nat_least: 10 张\ndue: throughout\nnature: binding\nsame_as: fund")
    + commitment("fund", "measure: fund\nat_least: 10 张\ndue: throughout\nnature: binding")
    + commitment("care", f"measure: visits\nat_least: 3 次\ndue: throughout\nnature: binding\n{EFFORT}")
    + commitment(
        "beds", "each: home\nmeasure: beds\nat_least: 10 张\ndue: throughout\nnature: anticipatory\n"
        "reading: {chosen: 十张, other: {says: 二十张, at_least: 20 张}, why: 文中未写}",
    )
)  # fmt: skip
CUT = "each: home, where: public, measure: score, less_than: 85 分"
HEAD_OF_HOMES = HEAD.replace("register: 3", "register: reported")


def rules(*written: str) -> str:
    """Return the consequences of a plan, called r1, r2 and so on."""
    lines = (
        f"  - {{id: r{n}, title: {{zh: 后果, en: Consequence}}, level: alert, {rule}}}\n"
        for n, rule in enumerate(written, 1)
    )
    return "consequences:\n" + "".join(lines)


RULES = rules(
    f"when: [{{{CUT}}}]",
    "when: [{consequence: r1}, {each: home, holds: beds < 5 张}, {commitment: beds}]",
    "for: district, when: [{nature: binding}]",
    "when: [{nature: anticipatory}], for: home",
    "when: [{commitment: care}]",
    "when: [{commitment: again}]",
    "when: [{measure: count(home where score < 60 分), at_least: 2 个}]",
    "for: district, when: [{each: home, holds: beds > 50 张}]",
)  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A plan whose consequences follow from measures, natures, an effort and a restatement by name, and one another."""
    return make_plan(MEASURES, COMMITMENTS, RULES, HEAD_OF_HOMES)


def wrong(coverage: Coverage) -> set[str]:
    """Return the consequences in which the two evaluations disagree; fail if they do in anything else."""
    assert {"consequence"} >= {case.sort for case in coverage.wrong}
    return {case.commitment for case in coverage.wrong}


def test_both_agree_and_every_rule_is_tried(plan: Plan) -> None:
    """Each consequence follows in one of the made-up districts, and the engine agrees in all."""
    coverage = cover(plan)
    followed = {case.commitment for case in coverage.cases if (case.sort, case.expected) == ("consequence", "follows")}

    assert set() == wrong(coverage)
    assert {"r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"} == followed


@pytest.mark.parametrize(
    ("verdict", "rule"),
    [("shortfall", "r1"), ("undetermined", "r1"), ("not_applicable", "r8"), ("not_due", "r1"), ("met", "r7")],
)
def test_a_condition_that_holds_by_any_verdict_is_seen(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, verdict: str, rule: str
) -> None:
    """If the engine let a condition hold where it does not, is open, does not apply, before the plan, or never, it is seen."""
    told = "not_due" if verdict == "met" else "met"

    def faulty(measured: Any, tests: Any) -> pl.DataFrame:
        table = judge(measured, tests)
        found = (
            pl.when(pl.col("verdict").cast(str) == verdict).then(pl.lit(told)).otherwise(pl.col("verdict").cast(str))
        )
        return table.with_columns(found.cast(VERDICT).alias("verdict"))

    monkeypatch.setattr(held_module, "judge", faulty)

    assert rule in wrong(cover(plan))


@pytest.mark.parametrize(
    "otherwise",
    [
        CUT.replace("less_than", "at_most"),
        CUT.replace("85", "86"),
        CUT.replace("where: public", "where: not public"),
        CUT.replace("where: public, ", ""),
        "each: home, holds: public and score <= 85 分",
    ],
)
def test_a_condition_read_otherwise_is_seen(plan: Plan, otherwise: str) -> None:
    """The words of a condition decide: a strict bound, the figure, and the subjects it is about."""
    other = make_plan(MEASURES, COMMITMENTS, RULES.replace(CUT, otherwise), HEAD_OF_HOMES)

    assert "r1" in wrong(cover(replace(plan, text=other.text)))


def test_homes_that_no_sheet_lists_have_no_name_and_are_judged_all_the_same() -> None:
    """A district that does not say how many homes it has is open for all of them, and both evaluations say so."""
    counted = commitment("many", "measure: count(home)\nat_least: 3 个\ndue: throughout\nnature: binding")
    beds = commitment("beds", "each: home\nmeasure: beds\nat_least: 10 张\ndue: throughout\nnature: binding")
    rule = rules("for: district, when: [{nature: binding, verdict: [undetermined]}]")
    coverage = cover(make_plan(MEASURES, counted + beds, rule, HEAD_OF_HOMES))

    assert set() == wrong(coverage)
    assert "follows" in {case.expected for case in coverage.cases if case.sort == "consequence"}


def break_infer(monkeypatch: pytest.MonkeyPatch, infer: Callable[..., list[Followed]]) -> None:
    """Put another function in the place of the rule engine."""
    monkeypatch.setattr(check_module, "infer", infer)


def test_what_counts_twice_or_not_at_all_is_seen(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """If an effort or a restatement raised a consequence by its nature, the cases would not agree."""
    infer = check_module.infer

    for apart in ("care", "again"):
        break_infer(monkeypatch, lambda m, table, names, left=apart: infer(m, table, set(names) - {left}))

        assert {"r3"} == wrong(cover(plan))


@pytest.mark.parametrize(("name", "rule"), [("care", "r5"), ("again", "r6")])
def test_a_named_commitment_that_is_not_seen_is_noticed(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, name: str, rule: str
) -> None:
    """A consequence that names an effort or a restatement follows from it."""
    infer = check_module.infer
    break_infer(
        monkeypatch, lambda m, table, names: infer(m, table.filter(pl.col("commitment").cast(str) != name), names)
    )

    assert rule in wrong(cover(plan))


def test_another_reading_that_raises_a_consequence_is_seen(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the reading that was not chosen raised a consequence, the cases would not agree."""
    infer = check_module.infer

    def faulty(measured: Any, table: pl.DataFrame, apart: Any) -> list[Followed]:
        others = judge(measured, [c.other for c in measured.plan.commitments.values() if c.other])
        return infer(measured, pl.concat([part.cast({"commitment": pl.String}) for part in (table, others)]), apart)

    break_infer(monkeypatch, faulty)

    assert "r4" in wrong(cover(plan))


def test_a_reason_that_is_not_told_is_seen(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """A condition on measures is among the reasons, by its name and the subject it holds for."""
    infer = check_module.infer

    def forgetful(*given: Any) -> list[Followed]:
        return [replace(f, because=tuple(why for why in f.because if why[0] != "r2.2")) for f in infer(*given)]

    break_infer(monkeypatch, forgetful)

    assert {"r2"} == wrong(cover(plan))


def home(name: str, score: int | None) -> tuple[Subject, dict[FigureKey, Any]]:
    """Return a home with the score it reports."""
    place = Subject("home", name)
    return place, {} if score is None else {FigureKey(place, "score", 2021): score}


def test_an_open_condition_is_told_apart_from_one_that_cannot_hold(plan: Plan) -> None:
    """A home without a score leaves the condition on it unmet; whether two are low is not asked where that may be certain."""
    root = Subject("district", "")
    text = amend_text(plan)

    def held(*scores: int | None, year: int = 2021) -> list[Held]:
        homes = [home(f"home-{n}", score) for n, score in enumerate(scores)]
        figures = {key: value for _, each in homes for key, value in each.items()}
        world = World({root: None, **{place: root for place, _ in homes}}, figures)
        found = find_held(plan, text, Oracle(plan, text, year), world)
        return [one for one in found if one.condition == "r7.1"]

    assert [Held("r7.1", root, sure=True)] == held(50, 59)
    assert [Held("r7.1", root, sure=False)] == held(50, 59, None)
    assert [] == held(50, None) == held(50, 60) == held(50, 59, year=2020)


def test_restatements_are_one_promise() -> None:
    """What the others name counts, else the first in the plan, also in a circle; an effort only among efforts."""
    links = {"a": "b", "b": "c", "c": "", "d": "e", "e": "d", "f": "e", "g": "", "h": "g"}
    written = "".join(
        commitment(name, f"measure: fund\nat_least: 10 张\ndue: throughout\n{f'same_as: {other}' if other else ''}")
        for name, other in links.items()
    )
    text = amend_text(make_plan(measure("fund"), written))

    assert {"a": "c", "b": "c", "e": "d", "f": "d", "h": "g"} == find_restatements(text, links, ())
    assert {"b": "a", "f": "e"} == find_restatements(text, ["a", "b", "e", "f", "h"], ())
    assert {"c": "a", "b": "a", "g": "h", "e": "d", "f": "d"} == find_restatements(text, links, {"b", "c", "g"})


def test_a_condition_on_a_kind_above_holds_for_all_in_it(plan: Plan) -> None:
    """A condition on the district and a finding of a home meet in that home, and in no other district."""
    rule = rules("when: [{commitment: beds}, {measure: fund, less_than: 10 张}]")
    text = amend_text(make_plan(MEASURES, COMMITMENTS, rule, HEAD_OF_HOMES))
    first, second = (("district", "甲区"),), (("district", "乙区"),)
    short = [Judged("beds", (*district, ("home", "一院")), "shortfall") for district in (first, second)]

    followed = follow(text, [*short, Judged("r1.2", first, "holds")])

    assert {("r1", (*first, ("home", "一院"))): frozenset({("beds", "一院"), ("r1.2", "甲区")})} == followed
