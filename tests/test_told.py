"""What a finding tells beside its verdict: the part that does not hold, what is missing, and of which year."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.cli import main
from dabiao.engine.results import Finding
from dabiao.reports.words import actual_text, expected_text, gap_text, missing_text, open_text, sentence, target_text
from dabiao.rules.model import Plan
from helpers import HEAD, commitment, judge, make_plan, measure, one, plan_text, sheet_text

SHARE = make_plan(
    measure("rehab", "yes_no: true", "town"),
    commitment("c", "measure: share(rehab of town)\nat_least: 80 %\ndue: 2025"),
    head=HEAD.replace("register: 3", "register: 4"),
)
TOWNS = "".join(
    f"- {{kind: town, name: {name}, facts: {{rehab: {said}}}}}\n"
    for name, said in zip("东西南", ("是", "是", "否"), strict=True)
)


def _only(plan: Plan, folder: Path, *sheets: str, year: int | None = None) -> Finding:
    return one(judge(plan, folder, *sheets, year=year))


def test_the_part_that_does_not_hold_is_told_as_it_is_asked_for(tmp_path: Path) -> None:
    """A yes that was to be a no is not told as a missing yes, and of two parts only the one that fails is told."""
    plan = make_plan(
        measure("subsidised", "yes_no: true") + measure("score", 'unit: "%"') + measure("law", "ladder: deliverable"),
        commitment("c", "holds: not subsidised and (score >= 60 % or law >= issued) and law >= drafted\ndue: 2025"),
    )

    paid = _only(plan, tmp_path, sheet_text("subsidised: yes\nscore: 70 %\nlaw: drafted"))
    low = _only(plan, tmp_path, sheet_text("subsidised: no\nscore: 50 %\nlaw: drafted"))

    assert "没有做到：不subsidised 指标" == gap_text(paid, "zh", plan)
    assert "not satisfied: not: subsidised measure" == gap_text(paid, "en", plan)
    assert "没有做到：“score 指标” ≥ 60 %，或 “law 指标” ≥ 已印发" == gap_text(low, "zh", plan)
    assert "2025 年未达标，没有做到：不subsidised 指标。" in sentence(paid, "zh", plan)


def test_a_certain_verdict_tells_the_least_gap_and_what_is_missing(tmp_path: Path) -> None:
    """Two of three towns, and one that no sheet lists: at most 75 %, so at least 5 points short whatever it reports."""
    finding = _only(SHARE, tmp_path, sheet_text(subjects=TOWNS))

    assert ("shortfall", "whatever-missing") == (finding.verdict, finding.reason)
    assert "至少差 5 百分点" == gap_text(finding, "zh", SHARE)
    assert "没有报的数不论是多少，结论都一样（名册中未列名的乡镇 1 个）" == open_text(finding, SHARE, "zh")
    assert sentence(finding, "zh", SHARE).endswith(
        "至少差 5 百分点：未达标。没有报的数不论是多少，结论都一样（名册中未列名的乡镇 1 个）。"
    )


def test_what_is_certainly_to_spare_is_told_too(tmp_path: Path) -> None:
    """Three of four towns against half of them: at least 25 points to spare, whatever the fourth reports."""
    plan = make_plan(
        measure("rehab", "yes_no: true", "town"),
        commitment("c", "measure: share(rehab of town)\nat_least: 50 %\ndue: 2025"),
        head=HEAD.replace("register: 3", "register: 4"),
    )
    finding = _only(plan, tmp_path, sheet_text(subjects=TOWNS.replace("否", "是")))

    assert ("met", "at least 25 pp to spare") == (finding.verdict, gap_text(finding, "en", plan))


GAPS = {  # a target and what is reported, with the gap in both languages
    ("at_least: 60 张", "50 张"): ("差 10 张", "10 张 short"),
    ("at_least: 60 张", "70 张"): ("超 10 张", "10 张 to spare"),
    ("at_most: 60 张", "70 张"): ("超出 10 张", "10 张 over"),
    ("at_most: 60 张", "50 张"): ("余 10 张", "10 张 to spare"),
    ("less_than: 60 张", "60 张"): ("超出 1 张", "1 张 over"),
    ("more_than: 60 张", "60 张"): ("差 1 张", "1 张 short"),
    ("exactly: 60 张", "70 张"): ("超出 10 张", "10 张 over"),
    ("exactly: 60 张", "50 张"): ("差 10 张", "10 张 short"),
    ("between: [40 张, 60 张]", "70 张"): ("超出 10 张", "10 张 over"),
    ("between: [40 张, 60 张]", "30 张"): ("差 10 张", "10 张 short"),
    ("between: [40 张, 60 张]", "55 张"): ("余 5 张", "5 张 to spare"),
    ("between: [40 张, 60 张]", "45 张"): ("超 5 张", "5 张 to spare"),
}


@pytest.mark.parametrize("case", GAPS)
def test_short_is_said_of_a_minimum_and_over_of_a_maximum(case: tuple[str, str], tmp_path: Path) -> None:
    """What exceeds a maximum is over it, never short; what is left under it is room, never more than was asked for."""
    target, reported = case
    plan = make_plan(measure("beds"), commitment("c", f"measure: beds\n{target}\ndue: 2025"))
    finding = _only(plan, tmp_path, sheet_text(f"beds: {reported}"))

    assert GAPS[case] == (gap_text(finding, "zh", plan), gap_text(finding, "en", plan))


def test_over_is_said_of_a_maximum_whatever_is_missing_and_of_steps(tmp_path: Path) -> None:
    """Two of three towns are three quarters of all at least where one is unknown: over, as a step too high is."""
    plan = make_plan(
        measure("rehab", "yes_no: true", "town") + measure("stars", "ladder: rating"),
        commitment("c", "measure: share(rehab of town)\nat_most: 20 %\ndue: 2025")
        + commitment("d", "measure: stars\nat_most: one\ndue: 2025"),
        head=HEAD.replace("register: 3", "register: 4"),
    )
    towns, stars = judge(plan, tmp_path, sheet_text("stars: three", TOWNS)).findings()

    assert ("至少超出 30 百分点", "at least 30 pp over") == tuple(gap_text(towns, lang, plan) for lang in ("zh", "en"))
    assert ("高 2 级", "2 steps over") == tuple(gap_text(stars, lang, plan) for lang in ("zh", "en"))


@pytest.mark.parametrize("unit", ["", ", unit: 万个/万人"])
def test_a_quotient_is_told_in_the_unit_of_its_target(unit: str, tmp_path: Path) -> None:
    """Without a unit of its own a quotient has that of its target, as a formula has; a unit that is written stays."""
    formula = f"- {{id: rate, title: {{zh: 率, en: rate}}, formula: o / q{unit}}}\n"
    plan = make_plan(
        measure("o", "unit: 万个") + measure("q", "unit: 万人") + formula,
        commitment("a", "measure: o / q\nat_least: 6.5 个/万人\ndue: 2025")
        + commitment("b", "measure: rate\nat_least: 6.5 个/万人\ndue: 2025")
        + commitment("c", "measure: o / q\ndirection: increase\nbaseline: 6 个/万人\ndue: 2025"),
    )
    told = [(actual_text(f, "en"), gap_text(f, "en", plan)) for f in judge(
        plan, tmp_path, sheet_text("o: 89.4 万个\nq: 141200 万人")
    ).findings()]  # fmt: skip

    found = ("6.33 个/万人", "0.17 个/万人 short")
    assert [found, ("0.0006 万个/万人", "0.00002 万个/万人 short") if unit else found] == told[:2]
    assert told[2][0].endswith(" 万个/万人")


def test_a_line_for_several_has_a_target_only_if_it_is_that_of_all(tmp_path: Path) -> None:
    """Subjects that are not due stand on one line, without the gap of one of them, and without its target if they differ."""
    plan = plan_text(
        measure("rate", 'unit: "%"', "town") + measure("own", 'unit: "%"', "town"),
        commitment("own", "each: town\nmeasure: rate\nat_least: own\ndue: 2025")
        + commitment("same", "each: town\nmeasure: rate\nat_least: 90 %\ndue: 2025"),
    )
    towns = "".join(
        f"- {{kind: town, name: {name}, facts: {{rate: {rate} %, own: {own} %}}}}\n"
        for name, rate, own in (("东", 50, 60), ("西", 55, 60), ("南", 58, 66))
    )
    (tmp_path / "demo.plan.yaml").write_text(plan, encoding="utf-8")
    (tmp_path / "a.facts.yaml").write_text(sheet_text(subjects=towns, year=2023), encoding="utf-8")
    files = [str(tmp_path / name) for name in ("demo.plan.yaml", "a.facts.yaml")]
    told = CliRunner().invoke(main, ["check", *files, "--all", "--lang", "zh"], env={"COLUMNS": "200"}).output
    lines = [line.split() for line in told.splitlines() if "3 个乡镇" in line]

    assert [["—", "各不相同"], ["—", "≥", "90", "%"]] == [lines[0][3:5], lines[1][3:7]]
    assert "差" not in "".join("".join(line) for line in lines)


def test_before_the_due_year_the_missing_town_is_told_beside_the_missing_baseline(tmp_path: Path) -> None:
    """Without a baseline the share is not due, and the gap and the town that no sheet lists are told all the same."""
    finding = _only(SHARE, tmp_path, sheet_text(subjects=TOWNS, year=2023))

    assert ("not_due", "no-baseline") == (finding.verdict, finding.reason)
    assert "至少差 5 百分点" == gap_text(finding, "zh", SHARE)
    assert "未报：名册中未列名的乡镇 1 个" == open_text(finding, SHARE, "zh")


def test_no_gap_leaves_no_dash_in_the_sentence(tmp_path: Path) -> None:
    """A finding without a gap has a sentence without one."""
    plan = make_plan(measure("law", "yes_no: true"), commitment("c", "measure: law\nexactly: yes\ndue: 2025"))
    finding = _only(plan, tmp_path, sheet_text("law: no"))

    assert "目标 是：未达标。" in sentence(finding, "zh", plan)


def test_behind_from_any_baseline_tells_the_least_that_is_expected(tmp_path: Path) -> None:
    """A sheet of 2020 that does not give the figure: from zero or more at least 300 of 500 are expected in 2023."""
    plan = make_plan(measure("beds") + measure("other"), commitment("c", "measure: beds\nat_least: 500 张\ndue: 2025"))
    finding = _only(
        plan, tmp_path, sheet_text("beds: 200 张", year=2023), sheet_text("other: 1 张", year=2020), year=2023
    )

    assert ("behind", "whatever-baseline") == (finding.verdict, finding.reason)
    assert "不少于 300 张" == expected_text(finding, "zh")
    assert "基期值不论是多少（不为负），结论都一样（2020 年beds 指标）" == open_text(finding, plan, "zh")


def test_a_population_of_another_year_says_its_year(tmp_path: Path) -> None:
    """One town missing now, and one in the baseline year, are two lines that do not contradict one another."""
    rows = TOWNS.split("\n")
    finding = _only(
        SHARE,
        tmp_path,
        sheet_text(subjects="\n".join(rows[:2]), year=2023),
        sheet_text(subjects=TOWNS, year=2020),
        year=2023,
    )

    assert {2023: 2, 2020: 1} == {population.year: population.unlisted for population in finding.populations}
    assert "名册中未列名的乡镇 2 个；2020 年名册中未列名的乡镇 1 个" == missing_text(finding, SHARE, "zh")


def test_a_register_that_nobody_gives_is_asked_for(tmp_path: Path) -> None:
    """Where neither plan nor sheet says how many homes there are, nothing is told to be in a register."""
    plan = make_plan(
        measure("stars", "ladder: rating", "home"),
        commitment("c", "each: home\nmeasure: stars\nat_least: one\ndue: 2025"),
    )
    result = judge(plan, tmp_path, sheet_text(subjects="- {kind: home, name: 甲, facts: {stars: one}}"))
    (finding,) = result.findings(["undetermined"])

    assert ("no-register", "名册总数没有报：请在封面或 registers 里填写") == (
        finding.reason,
        missing_text(finding, plan, "zh"),
    )


def test_a_direction_without_a_baseline_names_the_year_it_is_compared_with(tmp_path: Path) -> None:
    """The target of a direction is the value of a year, known or not."""
    plan = make_plan(measure("beds"), commitment("c", "measure: beds\ndirection: decrease\ndue: 2025"))
    finding = _only(plan, tmp_path, sheet_text("beds: 5 张"))

    assert ("＜ 2020 年值", "< the value of 2020") == (target_text(finding, "zh"), target_text(finding, "en"))
