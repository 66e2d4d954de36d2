"""Pace and outlook: published calculations come out as published, and several years of sheets tell a trend."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao import Refused
from dabiao.cli import main
from dabiao.engine.outlook import compound, linear, outlook, projected
from dabiao.engine.results import Point, Result
from dabiao.reports.bars import drawing_of
from dabiao.reports.words import expected_text, projected_text
from dabiao.rules.comparators import Operator
from helpers import SHARED, commitment, judge, make_plan, measure, one, plan_text, sheet_text
from hypothesis import given
from hypothesis import strategies as st

PUBLISHED = SHARED / "real" / "statcan-progress-worked-table.csv"
CLASSES = {
    "target_achieved": "achieved", "substantial_progress": "on_track", "moderate_progress": "acceleration_needed",
    "limited_progress": "limited", "deterioration": "deterioration",
}  # fmt: skip

F = Fraction


def published() -> list[dict[str, str]]:
    """Return the rows of the published table that have a target and could be calculated."""
    with PUBLISHED.open(encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if row["target_value"] and not row["note"]]


def points_of(row: dict[str, str]) -> tuple[Point, Point, Point, Operator]:
    """Return start, now, goal and comparator of a published row."""
    base, current, target = (
        (int(float(row[f"{name}_year"])), Fraction(row[f"{name}_value"])) for name in ("base", "current", "target")
    )
    return base, current, target, ">=" if row["relation"] == "at_least" else "<="


needs_published = pytest.mark.skipif(not PUBLISHED.exists(), reason="the published table is not at hand")


@needs_published
def test_compound_gives_the_published_classes() -> None:
    """All 114 published cases come out with their published class and ratio under the compound method."""
    rows = published()
    found = [compound(*points_of(row)) for row in rows]

    assert 114 == len(rows)
    assert [CLASSES[row["published_status"]] for row in rows] == [progress.rating for progress in found]
    for row, progress in zip(rows, found, strict=True):
        assert progress.ratio is not None
        assert float(row["published_progress_ratio_or_cagr"]) == pytest.approx(float(progress.ratio), abs=1e-9)


@needs_published
def test_linear_agrees_on_direction_and_achievement() -> None:
    """Under the linear method the published cases agree on whether the target is achieved, and on moving away from it."""
    for row in published():
        rating, said = linear(*points_of(row)).rating, CLASSES[row["published_status"]]

        assert (said == "achieved") == (rating == "achieved"), row["indicator"]
        assert (said == "deterioration") == (rating == "deterioration"), row["indicator"]


def test_a_start_past_the_target_is_held_not_divided() -> None:
    """Falling below a target that the start had met is moving away, though the naive quotient would praise it."""
    start, now, goal = (2015, F(90)), (2023, F(70)), (2030, F(80))

    assert ("deterioration", None) == (linear(start, now, goal, ">=").rating, linear(start, now, goal, ">=").ratio)
    assert "deterioration" == compound(start, now, goal, ">=").rating


@pytest.mark.parametrize(
    ("now", "rating"),
    [(F(95, 2), "on_track"), (F(475, 10) - F(1, 10**9), "acceleration_needed"), (F(30), "acceleration_needed"),
     (F(2999, 100), "limited"), (F(0), "limited"), (F(-1, 10**9), "deterioration"), (F(100), "achieved")],
)  # fmt: skip
def test_linear_cut_offs_are_exact(now: Fraction, rating: str) -> None:
    """At half of the time 47.5 of 100 is 95 % of the pace and on track; a hair less is not."""
    assert rating == linear((2020, F(0)), (2022, now), (2024, F(100)), ">=").rating


@given(
    st.fractions(1, 50, max_denominator=20), st.fractions(60, 99, max_denominator=20),
    st.integers(2, 6), st.integers(1, 5),
)  # fmt: skip
def test_constant_growth_is_a_ratio_of_one(start: Fraction, target: Fraction, years: int, passed: int) -> None:
    """A value on the compound path has the ratio 1, and one on the straight line the pace 1."""
    passed = min(passed, years - 1)
    share = Fraction(passed, years)
    straight = start + (target - start) * share
    goal = (2020 + years, target)
    curved = Fraction(round(float(start) * (float(target) / float(start)) ** float(share), 9)).limit_denominator(10**9)

    assert 1 == linear((2020, start), (2020 + passed, straight), goal, ">=").ratio
    ratio = compound((2020, start), (2020 + passed, curved), goal, ">=").ratio
    assert ratio is not None
    assert 1.0 == pytest.approx(float(ratio), abs=1e-5)


def test_projection_carries_the_mean_change_of_the_last_six_points() -> None:
    """The trend is the mean yearly change of the last six points, not of all."""
    points = [(2010, F(0)), *((2015 + i, F(100 + 10 * i)) for i in range(6))]

    assert F(200) == projected(points, 2025)


def test_two_points_make_a_trend() -> None:
    """From 10 to 12 in a year is 16 two years on."""
    assert 16 == projected([(2020, F(10)), (2021, F(12))], 2023)


def test_without_a_baseline_the_first_value_is_the_start() -> None:
    """Three values and no stated baseline: the path starts with the first of them."""
    points = [(2020, F(10)), (2021, F(12)), (2022, F(13))]
    found = outlook(points, None, (2025, F(20)), ">=")

    assert found is not None
    assert tuple(points) == found.points
    assert F(3, 4) == found.linear.ratio  # 3 of 10 in two of five years


def test_a_year_is_long_enough_for_a_path() -> None:
    """Half of the way in a year that had to bring all of it has half the pace, and a path of no year has none."""
    half = [linear((2024, F(10)), (2025, F(15)), (goal, F(20)), ">=").ratio for goal in (2025, 2024)]

    assert [F(1, 2), None] == half


def test_exactly_is_neared_alike_from_below_and_from_above() -> None:
    """Half of the way from 0 to exactly 5 is as good as half of the way from 10 down to 5."""
    below = compound((2020, F(0)), (2021, F(5, 2)), (2022, F(5)), "==")
    above = compound((2020, F(10)), (2021, F(15, 2)), (2022, F(5)), "<=")

    assert (above.ratio, above.rating) == (below.ratio, below.rating)


def test_growth_is_over_years_whatever_the_values() -> None:
    """Values as great as years have their rate, too; a target of the year of the start has none."""
    start, now = (2020, F(4000)), (2021, F(5000))
    found = compound(start, now, (2022, F(6250)), ">=").ratio

    assert found is not None
    assert 1 == round(found, 30)
    assert [None, None] == [way(start, now, (2020, F(6250)), ">=").ratio for way in (linear, compound)]


def test_growth_from_nothing_starts_at_a_thousandth() -> None:
    """A start of zero counts as 0.001: to 1 in three years is tenfold a year, as is to 1000 in six."""
    ratio = compound((2020, F(0)), (2023, F(1)), (2026, F(1000)), ">=").ratio

    assert ratio is not None
    assert 1 == round(ratio, 30)


@pytest.mark.parametrize(
    ("start", "now", "target"), [(F(-1, 2), F(1), F(5)), (F(1), F(-1, 2), F(5)), (F(1), F(2), F(-1, 2))]
)
def test_a_value_below_zero_has_no_growth_rate(start: Fraction, now: Fraction, target: Fraction) -> None:
    """Where start, value or target lies below zero by however little, growth cannot be told."""
    operator: Operator = ">=" if target > now else "<="

    assert None is compound((2020, start), (2022, now), (2025, target), operator).ratio


def test_no_value_after_the_start_has_no_outlook() -> None:
    """A history that ends at the baseline says nothing of progress."""
    assert outlook([(2020, F(1))], (2020, F(1)), (2025, F(2)), ">=") is None


def exact_target(now: Fraction) -> str:
    """Return the compound class on the way to exactly 50 from 80."""
    return compound((2020, F(80)), (2022, now), (2025, F(50)), "==").rating


def test_exactly_is_neared_from_both_sides() -> None:
    """With an exact target, coming nearer is progress, reaching it is achieved, and going away is not."""
    assert ["achieved", "on_track", "deterioration"] == [exact_target(F(50)), exact_target(F(55)), exact_target(F(90))]


PLAN_PARTS = (
    measure("beds", "unit: 张, baseline: 100 张"),
    commitment("beds", "measure: beds\nat_least: 500 张\ndue: 2025"),
)


def years(folder: Path, **values: int) -> Result:
    """Judge sheets of several years, the last one."""
    sheets = [sheet_text(f"beds: {beds} 张", year=int(year[1:])) for year, beds in values.items()]
    return judge(make_plan(*PLAN_PARTS), folder, *sheets)


def test_several_years_give_an_outlook(tmp_path: Path) -> None:
    """Two years of sheets give the history from the baseline on, both paces, and a projection to the due year."""
    found = one(years(tmp_path, y2021=150, y2022=200, y2023=250)).outlook

    assert found is not None
    assert ((2020, F(100)), (2021, F(150)), (2022, F(200)), (2023, F(250))) == found.points
    assert (F(5, 8), "acceleration_needed") == (found.linear.ratio, found.linear.rating)
    assert (F(350), False) == (found.projected, found.reaches)


@pytest.mark.parametrize(
    ("kind", "body", "values"),
    [
        ("ladder: deliverable", "measure: c\nat_least: in_force\ndue: 2025", ("planned", "drafted")),
        ("yes_no: true", "holds: c\ndue: 2025", ("否", "否")),
        ("unit: 张", "measure: c\nat_least: 9 张\ndue: every_year", ("3", "5")),
        ("unit: 张", "measure: c\nat_least: 9 张\ndue: {after: c > 2 张}", ("3", "5")),
    ],
)
def test_what_has_no_number_to_reach_in_a_year_has_no_outlook(
    tmp_path: Path, kind: str, body: str, values: tuple[str, str]
) -> None:
    """Steps, a condition, and what is owed every year or after something else lead to no number in a due year."""
    sheets = [sheet_text(f"c: {value}", year=year) for year, value in zip((2022, 2023), values, strict=True)]
    result = judge(make_plan(measure("c", kind), commitment("c", body)), tmp_path, *sheets)

    assert one(result).outlook is None


@pytest.mark.parametrize(("beds", "goal"), [(150, (2025, 200)), (350, (2025, 300)), (210, (2025, 200))])
def test_a_range_is_neared_at_the_end_that_is_furthest_from_being_met(
    tmp_path: Path, beds: int, goal: tuple[int, int]
) -> None:
    """Below 200 to 300 beds the outlook looks at 200, above at 300, and inside at the end that is nearer."""
    body = "measure: beds\nbetween: [200 张, 300 张]\ndue: 2025"
    sheets = [sheet_text(f"beds: {number} 张", year=year) for year, number in ((2021, 100), (2023, beds))]
    found = one(judge(make_plan(PLAN_PARTS[0], commitment("c", body)), tmp_path, *sheets)).outlook

    assert found is not None
    assert goal == found.goal


@pytest.mark.parametrize(
    ("beds", "reaches"), [(220, True), (240, False), (170, True), (140, False), (330, True), (350, False)]
)
def test_a_range_is_reached_where_the_trend_ends_within_both_ends(tmp_path: Path, beds: int, reaches: bool) -> None:
    """A trend that leaves 200 to 300 beds on either side does not reach the range, wherever the value is now."""
    before = {220: 200, 240: 200, 170: 150, 140: 130, 330: 350, 350: 360}[beds]
    body = "measure: beds\nbetween: [200 张, 300 张]\ndue: 2025"
    plan = make_plan(measure("beds"), commitment("c", body))
    sheets = [sheet_text(f"beds: {number} 张", year=year) for year, number in ((2022, before), (2023, beds))]
    result = judge(plan, tmp_path, *sheets)
    found = one(result).outlook

    assert found is not None
    assert (reaches, [reaches]) == (found.reaches, result.to_polars()["reaches"].to_list())
    assert found.projected is not None
    assert reaches == (200 <= found.projected <= 300)


@pytest.mark.parametrize(("lang", "both"), [("zh", "≥ 200 张，且 ≤ 300 张"), ("en", "≥ 200 张 and ≤ 300 张")])
def test_a_range_is_told_and_drawn_with_both_ends(tmp_path: Path, lang: str, both: str) -> None:
    """Of a range no completion is told; what it expects by now has comparators, and its drawing has both ends."""
    body = "measure: beds\nbetween: [200 张, 300 张]\ndue: 2025"
    plan = make_plan(PLAN_PARTS[0], commitment("c", body))
    sheets = [sheet_text(f"beds: {number} 张", year=year) for year, number in ((2022, 400), (2023, 350))]
    result = judge(plan, tmp_path, *sheets)
    finding = one(result)
    drawing = drawing_of(finding, lang)
    expected = both.replace("200", "160")

    assert drawing is not None
    assert both.replace("，且 ", "|").replace(" and ", "|") == "|".join(
        line.points[-1].text for line in drawing.lines if line.role == "target"
    )
    assert expected == expected_text(finding, lang)
    assert (None, [None]) == (finding.completion, result.to_polars()["completion"].to_list())


def test_one_year_has_no_outlook(tmp_path: Path) -> None:
    """One year of sheets is judged by its pace alone."""
    assert one(years(tmp_path, y2023=250)).outlook is None


def test_the_due_year_has_no_projection(tmp_path: Path) -> None:
    """In the due year nothing is projected any more."""
    found = one(years(tmp_path, y2024=400, y2025=500)).outlook

    assert found is not None
    assert (None, "achieved") == (found.projected, found.linear.rating)


def test_explain_tells_the_years(tmp_path: Path) -> None:
    """`explain` shows every year, both paces and where the trend leads, in both languages."""
    (tmp_path / "demo.plan.yaml").write_text(plan_text(*PLAN_PARTS), encoding="utf-8")
    for year, beds in ((2021, 200), (2022, 300), (2023, 400)):
        text = sheet_text(f"beds: {beds} 张", year=year)
        (tmp_path / f"{year}.facts.yaml").write_text(text, encoding="utf-8")
    arguments = ["explain", str(tmp_path / "demo.plan.yaml"), str(tmp_path), "beds"]
    english, chinese = (CliRunner().invoke(main, [*arguments, "--lang", lang]).output for lang in ("en", "zh"))

    assert "by year: 2020: 100 张, 2021: 200 张, 2022: 300 张, 2023: 400 张 ▁▃▅█" in english
    assert "600 张 in 2025, which reaches the target (≥ 500 张)" in english
    assert "2025 年为 600 张，能达到目标（≥ 500 张）" in chinese


def test_a_value_that_fell_back_is_not_a_negative_share(tmp_path: Path) -> None:
    """A value further from its target than the baseline was is said to have gone the other way, and by how much of the way."""
    plan = (
        measure("beds", "unit: 张, baseline: 100 张"),
        commitment("beds", "measure: beds\nat_least: 500 张\ndue: 2024"),
    )
    (tmp_path / "demo.plan.yaml").write_text(plan_text(*plan), encoding="utf-8")
    (tmp_path / "a.facts.yaml").write_text(sheet_text("beds: 50 张", year=2022), encoding="utf-8")
    arguments = ["explain", str(tmp_path / "demo.plan.yaml"), str(tmp_path), "beds"]
    english, chinese = (CliRunner().invoke(main, [*arguments, "--lang", lang]).output for lang in ("en", "zh"))

    assert "进度：比基期离目标更远，倒退幅度为应达进展的 25 %" in chinese
    assert "pace: further from the target than the baseline was, by 25 % of the expected progress" in english


def test_refusal_is_not_an_outlook(tmp_path: Path) -> None:
    """A year given twice with the same figure is refused, not averaged."""
    with pytest.raises(Refused):
        years_twice = [sheet_text("beds: 150 张", year=2021), sheet_text("beds: 160 张", year=2021)]
        judge(make_plan(*PLAN_PARTS), tmp_path, *years_twice)


# ---------------------------------------------------------------- what a value can be


@pytest.mark.parametrize(
    ("unit", "value", "ahead"), [("%", (60, 90), F(1)), ("%", (50, 10), F(0)), ("张", (60, 90), F(120))]
)
def test_a_trend_ends_where_the_value_can(tmp_path: Path, unit: str, value: tuple[int, int], ahead: F) -> None:
    """A share leads to 100 % at most, and nothing that cannot be negative to less than nothing."""
    plan = make_plan(measure("m", f'unit: "{unit}"'), commitment("c", f"measure: m\nat_least: 95 {unit}\ndue: 2025"))
    sheets = [sheet_text(f"m: {number} {unit}", year=year) for year, number in zip((2021, 2023), value, strict=True)]
    found = one(judge(plan, tmp_path, *sheets)).outlook

    assert found is not None
    assert (ahead, ahead >= (F(95, 100) if unit == "%" else 95)) == (found.projected, found.reaches)


@pytest.mark.parametrize(
    ("beds", "least", "told"),
    [(45, 100, "约 68 张"), (47, 100, "约 72 张"), (47, 72, "约 71 张"), (47, 71, "约 72 张"), (46, 100, "70 张")],
)
def test_whole_things_are_told_as_about_how_many(tmp_path: Path, beds: int, least: int, told: str) -> None:
    """Where a trend ends between two whole numbers it is about the nearer one, unless that reaches the target and it does not."""
    plan = make_plan(measure("beds"), commitment("c", f"measure: beds\nat_least: {least} 张\ndue: 2025"))
    sheets = [sheet_text(f"beds: {number} 张", year=year) for year, number in ((2020, 10), (2023, beds))]
    found = one(judge(plan, tmp_path, *sheets))

    assert found.outlook is not None
    assert told == projected_text(found, found.outlook, "zh")
