"""Seek proposes nothing that looks like cheating: one test for each kind, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from dabiao.cli import main
from dabiao.rules.actionable import Actionable
from dabiao.rules.load import load_plan
from helpers import HEAD, ROOT, commitment, make_plan, measure, plan_text, sheet_text

SAMPLES = ROOT / "facts" / "samples"
PLANS = {
    "chaoyang": ("chaoyang-2020.facts.yaml",), "daxing": ("daxing-2020.facts.yaml",), "yanan": ("yanan-2020.facts.yaml",),
    "tongzhou": ("tongzhou-2023",), "yanqing": ("yanqing-2023", "yanqing-2020.facts.yaml"),
    "example": ("example-2023.facts.yaml",),
}  # fmt: skip


def seek(
    folder: Path, measures: str, commitments: str, facts: str, subjects: str = "", rest: str = ""
) -> dict[str, Any]:
    """Write a plan and a sheet, seek, and return the answers of the commitment `c`: moves and actionable, or the reason."""
    plan, sheet = folder / "demo.plan.yaml", folder / "s.facts.yaml"
    plan.write_text(plan_text(measures, commitments, rest), encoding="utf-8")
    sheet.write_text(sheet_text(facts, subjects, registers="home: complete, centre: complete"), encoding="utf-8")
    result = CliRunner().invoke(main, ["seek", str(plan), str(sheet), "c", "-o", "json"])
    assert 1 == result.exit_code, result.output
    found = json.loads(result.stdout)["sought"]
    answers = [
        ([(m["subject"], m["measure"], m["before"], m["after"]) for m in answer["moves"]], answer["actionable"])
        for sought in found for answer in sought["answers"]
    ]  # fmt: skip
    return {"answers": answers, "reasons": [sought["reason"] for sought in found]}


def test_a_denominator_is_never_lowered(tmp_path: Path) -> None:
    """Fewer beds would raise the share of reserved ones: only more reserved beds are proposed."""
    found = seek(
        tmp_path,
        measure("reserved") + measure("beds"),
        commitment("c", "measure: reserved / beds\nat_least: 10 %\ndue: 2025"),
        "reserved: 1 张\nbeds: 20 张",
    )
    assert [([("某区", "reserved", "1", "2")], True)] == found["answers"]


def test_a_denominator_is_not_lowered_even_if_less_of_it_is_asked_for(tmp_path: Path) -> None:
    """A plan wants few complaints and most of them settled: fewer complaints are no way to settle them."""
    found = seek(
        tmp_path,
        measure("settled", "unit: 件") + measure("complaints", "unit: 件, actionable: true"),
        commitment("c", "measure: settled / complaints\nat_least: 90 %\ndue: 2025")
        + commitment("few", "measure: complaints\nat_most: 5 件\ndue: 2025"),
        "settled: 5 件\ncomplaints: 10 件",
    )
    assert [([("某区", "settled", "5", "9")], True)] == found["answers"]


def test_a_pooled_denominator_is_never_lowered(tmp_path: Path) -> None:
    """What a sum is divided by stays as it is, too."""
    homes = "- {kind: home, name: 甲, facts: {beds: 40 张, nursing: 4 张}}\n- {kind: home, name: 乙, facts: {beds: 10 张, nursing: 0 张}}"
    found = seek(
        tmp_path,
        measure("beds", of="home") + measure("nursing", of="home"),
        commitment("c", "measure: sum(nursing of home) / sum(beds of home)\nat_least: 10 %\ndue: 2025"),
        "",
        homes,
    )
    assert [([("甲", "nursing", "4", "5")], True)] == found["answers"]


HOMES = (
    "- {kind: home, name: 甲, facts: {open_now: yes, trained: yes, beds: 9 张}}\n"
    "- {kind: home, name: 乙, facts: {open_now: yes, trained: no, beds: 8 张}}"
)
TRAITS = measure("open_now", "yes_no: true", of="home") + measure("trained", "yes_no: true", of="home")


@pytest.mark.parametrize(
    "where",
    ["trained of home where open_now", "trained of home where beds >= 5 张", "trained of home where beds < 20 张"],
)
def test_nobody_is_taken_out_of_those_who_are_counted(tmp_path: Path, where: str) -> None:
    """A home whose staff is not trained is neither closed, nor made smaller or larger, so that it no longer counts."""
    found = seek(
        tmp_path,
        TRAITS + measure("beds", of="home"),
        commitment("c", f"measure: share({where})\nat_least: 100 %\ndue: 2025")
        + commitment("more", "measure: sum(beds of home)\nat_least: 1 张\ndue: 2025"),
        "",
        HOMES,
    )
    assert [([("乙", "trained", "0", "1")], True)] == found["answers"]


def test_nobody_leaves_a_commitment_by_its_condition(tmp_path: Path) -> None:
    """What a commitment says of homes of some size is not mended by making the home smaller."""
    found = seek(
        tmp_path,
        TRAITS + measure("beds", of="home"),
        commitment("c", "each: home\nwhere: beds >= 5 张\nholds: trained\ndue: throughout"),
        "",
        HOMES,
    )
    assert [([("乙", "trained", "0", "1")], True)] == found["answers"]


def test_the_register_is_never_changed(tmp_path: Path) -> None:
    """Towns that nobody listed count against the share: the register stays as it is, and no answer opens or closes any."""
    towns = "- {kind: town, name: 甲, facts: {rehab: yes}}\n- {kind: town, name: 乙, facts: {rehab: no}}\n- {kind: town, name: 丙, facts: {rehab: no}}"
    found = seek(
        tmp_path,
        measure("rehab", "yes_no: true", of="town"),
        commitment("c", "measure: share(rehab of town)\nat_least: 60 %\ndue: 2025"),
        "",
        towns,
    )
    assert [([("乙", "rehab", "0", "1")], True)] == found["answers"]


def test_a_reported_number_of_homes_is_no_way_either(tmp_path: Path) -> None:
    """Where nothing but the number of homes could change, seek says that it proposes no smaller one."""
    found = seek(
        tmp_path,
        measure("rated", "unit: 家, max: 3 家") + measure("homes", "unit: 家"),
        commitment("c", "measure: rated / homes\nat_least: 50 %\ndue: 2025"),
        "homes: 10 家\nrated: 3 家",
    )
    assert {"answers": [], "reasons": ["only-given"]} == found


@pytest.mark.parametrize(
    "body",
    [
        "measure: places\nat_least: 2 * standard\ndue: 2025",
        "holds: places >= 2 * standard\ndue: 2025",
        "holds: places / standard >= 2\ndue: 2025",
        "holds: 2 * standard <= places\ndue: 2025",
    ],
)
def test_a_standard_is_never_lowered(tmp_path: Path, body: str) -> None:
    """Where places are owed by a standard, the places rise; the standard stays, though the plan calls it actionable."""
    found = seek(
        tmp_path,
        measure("places", "unit: 个") + measure("standard", "unit: 个, actionable: true"),
        commitment("c", body),
        "places: 5 个\nstandard: 4 个",
    )
    assert [([("某区", "places", "5", "8")], True)] == found["answers"]


def test_the_standard_that_a_count_goes_by_is_never_lowered(tmp_path: Path) -> None:
    """Homes that have to reach a standard of the district rise to it."""
    found = seek(
        tmp_path,
        measure("standard") + measure("beds", of="home"),
        commitment("c", "each: home\nmeasure: beds\nat_least: standard\ndue: throughout"),
        "standard: 9 张",
        "- {kind: home, name: 甲, facts: {beds: 7 张}}",
    )
    assert [([("甲", "beds", "7", "9")], True)] == found["answers"]


def test_a_baseline_is_never_shifted(tmp_path: Path) -> None:
    """Growth over the baseline comes from the figure of the year: the sheet of the baseline year stays as it is."""
    plan, sheets = tmp_path / "demo.plan.yaml", []
    body = "measure: beds / baseline(beds)\nat_least: 120 %\ndue: 2025\nunit: '%'"
    plan.write_text(plan_text(measure("beds"), commitment("c", body), "", plan_head()), encoding="utf-8")
    for year, beds in ((2020, 100), (2024, 105), (2025, 110)):
        sheets.append(tmp_path / f"{year}.facts.yaml")
        sheets[-1].write_text(sheet_text(f"beds: {beds} 张", year=year), encoding="utf-8")
    result = CliRunner().invoke(main, ["seek", str(plan), *map(str, sheets), "-o", "json"])
    answers = json.loads(result.stdout)["sought"][0]["answers"]

    assert [[("beds", "110", "120")]] == [
        [(m["measure"], m["before"], m["after"]) for m in answer["moves"]] for answer in answers
    ]


def plan_head() -> str:
    """Return the head of a plan that accepts sheets of its baseline year."""
    return HEAD.replace("to: 2025}", "to: 2025, history: 2020}")


def test_a_target_that_follows_a_figure_is_not_lowered(tmp_path: Path) -> None:
    """Where an allowance has to grow as fast as the economy, the economy does not shrink."""
    found = seek(
        tmp_path,
        measure("allowance", "unit: '%'") + measure("growth", "unit: '%', signed: true"),
        commitment("c", "measure: allowance\nat_least: growth\ndue: 2025"),
        "allowance: 3 %\ngrowth: 5 %",
    )
    assert [([("某区", "allowance", "0.03", "0.05")], True)] == found["answers"]


def test_nothing_is_waived_and_no_event_undone(tmp_path: Path) -> None:
    """What is due since an event is not mended by undoing the event, and no answer is a waiver: answers are figures."""
    found = seek(
        tmp_path,
        measure("law", "ladder: deliverable") + measure("care"),
        commitment("c", "measure: care\nat_least: 5 张\ndue: {after: law >= issued}"),
        "law: issued\ncare: 3 张",
    )
    assert [([("某区", "care", "3", "5")], True)] == found["answers"]


def test_less_of_something_good_is_no_way(tmp_path: Path) -> None:
    """At most no home of five beds or more without a guard: nobody takes beds away, which another commitment wants."""
    found = seek(
        tmp_path,
        measure("beds", of="home"),
        commitment("c", "measure: count(home where beds >= 5 张)\nat_most: 0 个\ndue: 2025")
        + commitment("more", "measure: sum(beds of home)\nat_least: 9 张\ndue: 2025"),
        "",
        "- {kind: home, name: 甲, facts: {beds: 9 张}}",
    )
    assert {"answers": [], "reasons": ["only-given"]} == found


def test_less_is_proposed_where_less_is_asked_for(tmp_path: Path) -> None:
    """What a commitment limits is lowered: unlicensed homes, and an exact or highest number."""
    found = seek(
        tmp_path,
        measure("unlicensed", "unit: 家"),
        commitment("c", "measure: unlicensed\nat_most: 0 家\ndue: 2025"),
        "unlicensed: 3 家",
    )
    assert [([("某区", "unlicensed", "3", "0")], True)] == found["answers"]


VIOLATING = measure("open_now", "yes_no: true{}", of="home") + measure("violating", "yes_no: true{}", of="home")
NONE_VIOLATING = commitment("c", "measure: count(home where open_now and violating)\nat_most: 0 个\ndue: 2025")
VIOLATOR = "- {kind: home, name: 甲, facts: {open_now: yes, violating: yes}}"


def test_of_two_figures_that_could_be_less_the_plan_has_to_say_which(tmp_path: Path) -> None:
    """No open home may be violating: nothing is proposed until the plan says that violations can end; lint asks for it."""
    silent = VIOLATING.replace("{}", "")
    said = VIOLATING.replace("{}", ", actionable: false", 1).replace("{}", ", actionable: true")

    assert ["only-given"] == seek(tmp_path, silent, NONE_VIOLATING, "", VIOLATOR)["reasons"]
    lint = CliRunner().invoke(main, ["lint", str(tmp_path / "demo.plan.yaml"), "--lang", "en"]).output
    assert 1 == lint.count("'open_now measure' (open_now): less of it would mend")
    assert 1 == lint.count("'violating measure' (violating): less of it would mend")
    assert [([("甲", "violating", "1", "0")], True)] == seek(tmp_path, said, NONE_VIOLATING, "", VIOLATOR)["answers"]
    assert "less of it" not in CliRunner().invoke(main, ["lint", str(tmp_path / "demo.plan.yaml")]).output


def test_marking_a_circumstance_as_actionable_is_told(tmp_path: Path) -> None:
    """A denominator that is marked as actionable is still not changed, and lint says so."""
    measures = measure("carers", "unit: 人") + measure("residents", "unit: 人, actionable: true")
    body = commitment("c", "measure: carers / residents\nat_least: 25 %\ndue: 2025\nunit: '%'")
    found = seek(tmp_path, measures, body, "carers: 1 人\nresidents: 8 人")
    lint = CliRunner().invoke(main, ["lint", str(tmp_path / "demo.plan.yaml"), "--lang", "en"]).output

    assert [([("某区", "carers", "1", "2")], True)] == found["answers"]
    assert "'residents measure' (residents) is marked actionable: true, but no commitment is ever mended" in lint


def test_a_denominator_rises_where_the_plan_asks_for_more_of_it(tmp_path: Path) -> None:
    """At most seven residents a carer: more carers are the way, fewer residents are only what the plan limits."""
    found = seek(
        tmp_path,
        measure("residents", "unit: 人, actionable: false") + measure("carers", "unit: 人"),
        commitment("c", "measure: residents / carers\nat_most: 7\ndue: 2025")
        + commitment("more", "measure: carers\nat_least: 1 人\ndue: 2025"),
        "residents: 15 人\ncarers: 2 人",
    )
    assert [([("某区", "carers", "2", "3")], True), ([("某区", "residents", "15", "14")], False)] == found["answers"]


def test_what_nobody_decides_comes_last_and_is_not_proposed(tmp_path: Path) -> None:
    """Income is beyond an office: the training that counts as well is proposed, and the text counts what is left out."""
    measures = measure("income", "unit: 元/人, actionable: false") + measure("trained", "unit: 名")
    body = commitment("c", "holds: income >= 900 元/人 or trained >= 90 名\ndue: 2025")
    found = seek(tmp_path, measures, body, "income: 899 元/人\ntrained: 10 名")
    text = CliRunner().invoke(main, ["seek", *map(str, sorted(tmp_path.glob("*.yaml"))), "--lang", "en"]).stdout

    assert [("trained", True), ("income", False)] == [(moves[0][1], able) for moves, able in found["answers"]]
    assert "某区, income measure" not in text
    assert "1 more changes are of figures that the plan says no office decides" in text


def test_what_is_done_comes_before_what_comes_of_it(tmp_path: Path) -> None:
    """Twenty people trained come before one point more of satisfaction, which is the smaller change."""
    measures = measure("content", "unit: '%'") + measure("trained", "unit: 名")
    body = commitment("c", "holds: content >= 85 % or trained >= 30 名\ndue: 2025")
    found = seek(tmp_path, measures, body, "content: 84 %\ntrained: 10 名")

    assert ["trained", "content"] == [moves[0][1] for moves, _ in found["answers"]]


def test_what_breaks_nothing_comes_first(tmp_path: Path) -> None:
    """Of two ways the one that breaks a cap comes second, though it is the smaller change."""
    measures = measure("small", "unit: 家") + measure("large", "unit: 家")
    body = commitment("c", "measure: small + large\nat_least: 10 家\ndue: 2025")
    cap = commitment("cap", "measure: small\nat_most: 8 家\ndue: 2025")
    found = seek(tmp_path, measures, body + cap, "small: 8 家\nlarge: 1 家")

    assert ["large", "small"] == [moves[0][1] for moves, _ in found["answers"]]


def test_no_answer_is_a_sheet_that_cannot_be(tmp_path: Path) -> None:
    """More carers with a certificate than carers are no sheet at all: the way that ends there is left out."""
    measures = measure("carers", "unit: 人") + measure("certified", "unit: 人")
    body = commitment("c", "measure: certified\nat_least: 9 人\ndue: 2025")
    checks = "checks:\n  - {id: part, title: {zh: 部分, en: part}, measure: certified, at_most: carers}\n"

    assert [] == seek(tmp_path, measures, body, "carers: 5 人\ncertified: 4 人", rest=checks)["answers"]
    assert 1 == len(seek(tmp_path, measures, body, "carers: 9 人\ncertified: 4 人", rest=checks)["answers"])


@pytest.mark.parametrize("plan", PLANS)
def test_every_proposal_for_the_plans_that_come_with_it_is_what_a_commitment_asks(plan: str) -> None:
    """In every included plan with its samples: nothing goes down but what the commitment itself limits."""
    sheets = [str(SAMPLES / name) for name in PLANS[plan]]
    year = ["--year", "2023"] if plan == "yanqing" else []
    result = CliRunner().invoke(main, ["seek", plan, *sheets, *year, "-o", "json"])
    loaded = load_plan(plan)
    actionable = Actionable(loaded)
    assert result.exit_code in (0, 1, 3), result.output
    for sought in json.loads(result.stdout)["sought"]:
        for answer in sought["answers"]:
            for move in answer["moves"]:
                figure = (move["kind"], move["measure"])
                asked = actionable.of(loaded.commitments[sought["finding"]["commitment"]])
                less = eval_number(move["after"]) < eval_number(move["before"])
                assert not less or (figure in asked.less and figure not in asked.given), (sought, move)


def eval_number(text: str) -> float:
    """Return an exact number as it is written in JSON, roughly."""
    top, _, bottom = text.partition("/")
    return float(top) / float(bottom or 1)


def test_every_plan_is_decided() -> None:
    """In the five real plans no measure is left that nothing decides, and none is marked in vain."""
    for plan in PLANS:
        actionable = Actionable(load_plan(plan))
        assert [] == [m.id for m, _ in actionable.find_undecided()]
        assert [] == [m.id for m in actionable.find_in_vain()]
        assert plan == "example" or any(m.actionable is False for m in load_plan(plan).measures.values())


def test_what_is_asked_is_read_from_all_forms() -> None:
    """A share asks for more of its part, a highest number for less, a range for both, a negation for the opposite."""
    measures = "".join(measure(name) for name in ("part", "whole", "few", "some", "not_less", "base", "left"))
    bodies = {
        "share": "measure: part / whole\nat_least: 10 %\ndue: 2025", "few": "measure: few\nat_most: 3 张\ndue: 2025",
        "some": "measure: some\nbetween: [1 张, 3 张]\ndue: 2025", "not": "holds: not (not_less < 3)\ndue: 2025",
        "rest": "measure: base - left\nat_most: 3 张\ndue: 2025",
    }  # fmt: skip
    plan = make_plan(measures, "".join(commitment(name, body) for name, body in bodies.items()))
    actionable = Actionable(plan)
    found = {
        name: [sorted(f[1] for f in figures) for figures in (asked.more, asked.less)]
        for name in bodies for asked in [actionable.of(plan.commitments[name])]
    }  # fmt: skip

    assert {
        "share": [["part"], []], "few": [[], ["few"]], "some": [["some"], ["some"]], "not": [["not_less"], []],
        "rest": [["left"], []],
    } == found  # fmt: skip
