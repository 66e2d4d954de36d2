"""Counts and sums over subjects: within whom they are made, who may belong, and numbers beyond floats."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from dabiao.engine.measure import Measured
from dabiao.facts.read import read_facts
from dabiao.facts.tables import build_tables
from dabiao.rules.comparators import Sign
from helpers import commitment, judge, make_plan, measure, sheet_text, verdicts

HOMES = measure("beds", of="home") + measure("taken", of="home")
RATE = measure("rate", 'unit: "%", formula: sum(taken of home) / sum(beds of home)')


def homes(*figures: tuple[str, str]) -> str:
    """Return a sheet of homes 甲 乙 丙 with beds and those taken."""
    rows = zip("甲乙丙", figures, strict=False)
    listed = [f"- {{kind: home, name: {name}, facts: {{beds: {b}, taken: {t}}}}}\n" for name, (b, t) in rows]
    return sheet_text(subjects="".join(listed), registers="home: complete")


def test_a_figure_of_the_district_is_the_same_for_each_of_its_homes(tmp_path: Path) -> None:
    """A formula of the district that sums over homes may be named from a home, and inside a count of homes."""
    plan = make_plan(
        HOMES + RATE,
        commitment("each", "each: home\nmeasure: taken / beds\nat_least: rate\ndue: every_year")
        + commitment("count", "measure: count(home where taken / beds >= rate)\nexactly: 2 个\ndue: every_year"),
    )
    found = verdicts(judge(plan, tmp_path, homes(("10", "9"), ("10", "6"), ("10", "3"))))
    assert {
        ("each", "甲"): "met", ("each", "乙"): "met", ("each", "丙"): "shortfall", ("count", "某区"): "met",
    } == found  # fmt: skip


def test_a_figure_of_each_town_is_looked_up_from_its_centres(tmp_path: Path) -> None:
    """A formula of a town, named from its centres, counts the centres of that town; where no town is known nothing is."""
    plan = make_plan(
        measure("nurses", "unit: 人", "centre") + measure("size", "unit: 个, formula: count(centre)", "town"),
        commitment("c", "each: centre\nmeasure: nurses\nat_least: 1 人/个 * size\ndue: every_year"),
    )
    rows = [("一", "东", "2"), ("二", "东", "1"), ("三", "西", "1")]
    listed = "".join(f"- {{kind: town, name: {name}}}\n" for name in "东西南")
    listed += "".join(f"- {{kind: centre, name: {n}, in: {t}, facts: {{nurses: {x}}}}}\n" for n, t, x in rows)
    found = verdicts(judge(plan, tmp_path, sheet_text(subjects=listed, registers="centre: complete")))
    assert {("c", "一"): "met", ("c", "二"): "shortfall", ("c", "三"): "met"} == found


def test_a_finding_names_the_figures_of_the_town_it_lies_in(tmp_path: Path) -> None:
    """A centre's value and target are exact, and made of what is summed up in the town that it lies in and no other."""
    plan = make_plan(
        measure("area", "unit: 平方米", "centre")
        + measure("space", "unit: 平方米, formula: sum(area of centre)", "town"),
        commitment("c", "each: centre\nmeasure: area / space\nat_least: 1 平方米 / space\ndue: every_year"),
    )
    listed = "".join(f"- {{kind: town, name: {name}}}\n" for name in "东西南")
    for name, town, area in (("一", "西", "0.2"), ("二", "西", "0.1"), ("三", "东", "0.7")):
        listed += f"- {{kind: centre, name: {name}, in: {town}, facts: {{area: {area}}}}}\n"
    result = judge(plan, tmp_path, sheet_text(subjects=listed, registers="centre: complete"))
    found = {one.subject: (one.actual, one.targets[0].value) for one in result.findings()}

    assert {
        "一": (Fraction(2, 3), Fraction(10, 3)), "二": (Fraction(1, 3), Fraction(10, 3)), "三": (1, Fraction(10, 7)),
    } == found  # fmt: skip


@pytest.mark.parametrize("places", ["", ".5"])
def test_a_subject_of_unknown_place_may_lie_in_each(tmp_path: Path, places: str) -> None:
    """A centre that the sheet does not list may lie in every town and may have any figure, decimals or not."""
    plan = make_plan(
        measure("area", "unit: 平方米", "centre") + measure("left", "unit: 平方米, signed: true", "centre"),
        commitment("most", f"each: town\nmeasure: sum(area of centre)\nat_most: 9{places} 平方米\ndue: every_year")
        + commitment("least", f"each: town\nmeasure: sum(left of centre)\nat_least: 9{places} 平方米\ndue: every_year"),
    )
    listed = "".join(f"- {{kind: town, name: {name}}}\n" for name in "东西南")
    listed += f"- {{kind: centre, name: 心, in: 东, facts: {{area: 9{places}, left: 9{places}}}}}\n"
    all_listed = verdicts(judge(plan, tmp_path, sheet_text(subjects=listed, registers="centre: complete")))
    one_missing = verdicts(judge(plan, tmp_path, sheet_text(subjects=listed, registers="centre: 2")))
    assert ("met", "met") == (all_listed["most", "东"], all_listed["least", "东"])
    assert ("undetermined", "undetermined") == (one_missing["most", "东"], one_missing["least", "东"])


@pytest.mark.parametrize("places", ["", ".5"])
def test_what_the_town_of_a_subject_of_unknown_place_has_may_be_below_zero(tmp_path: Path, places: str) -> None:
    """A centre that the sheet does not list may lie in a town that has more or less than nothing."""
    limits = (("most", f"at_most: 9{places}"), ("least", f"at_least: -9{places}"))
    plan = make_plan(
        measure("left", "unit: 元, signed: true", "centre")
        + measure("sum", "unit: 元, formula: sum(left of centre)", "town"),
        "".join(commitment(name, f"each: centre\nmeasure: sum\n{limit} 元\ndue: every_year") for name, limit in limits),
    )
    listed = "".join(f"- {{kind: town, name: {name}}}\n" for name in "东西南")
    listed += f"- {{kind: centre, name: 心, in: 东, facts: {{left: 1{places}}}}}\n"

    found = [
        sorted(one.verdict for one in judge(plan, tmp_path, sheet_text(subjects=listed, registers=said)).findings())
        for said in ("centre: complete", "centre: 2")
    ]

    assert [["met"] * 2, ["undetermined"] * 4] == found


@pytest.mark.parametrize("scale", ["1", "1 / 3"])
def test_rows_that_nobody_counted_are_not_certain(tmp_path: Path, scale: str) -> None:
    """Where nobody says how many homes there are, those not listed may be none: they are not taken for one each."""
    plan = make_plan(
        measure("beds", "unit: 张, min: 2 张", "home"),
        commitment("c", f"measure: {scale} * sum(beds of home)\nat_least: {scale} * 4 张\ndue: every_year"),
    )
    sheet = sheet_text(subjects="- {kind: home, name: 甲, facts: {beds: 2}}\n")
    assert {("c", "某区"): "undetermined"} == verdicts(judge(plan, tmp_path, sheet))


@pytest.mark.parametrize(
    "measured", ["a / (c / b) / c", "a / c / (c / b)", "a / b / (c / b)", "rate * c / (c / rate)", "a / c / (1 / rate)"]
)
def test_a_zero_denominator_inside_a_denominator_is_no_base(tmp_path: Path, measured: str) -> None:
    """a / (c / b) has no value where b is zero, though it is a * b / c; nor does anything that is made of it."""
    plan = make_plan(
        "".join(measure(name, "unit: 人") for name in "abc") + measure("rate", 'formula: "a / b", unit: "%"'),
        commitment("c", f"measure: ({measured}) * 0 + c / c\nat_least: 0 %\ndue: every_year")
        + commitment("d", f"holds: ({measured}) * 0 >= 0\ndue: every_year")
        + commitment("e", f"holds: not ({measured}) * 0 >= 0\ndue: every_year"),
    )
    found = verdicts(judge(plan, tmp_path, sheet_text("a: 1\nb: 0\nc: 2")))
    assert {("c", "某区"): "not_applicable", ("d", "某区"): "shortfall", ("e", "某区"): "shortfall"} == found
    found = verdicts(judge(plan, tmp_path, sheet_text("a: 1\nb: 1\nc: 2")))
    assert {("c", "某区"): "met", ("d", "某区"): "met", ("e", "某区"): "shortfall"} == found
    found = verdicts(judge(plan, tmp_path, sheet_text("a: 1\nc: 2")))
    assert {("c", "某区"): "undetermined", ("d", "某区"): "undetermined", ("e", "某区"): "shortfall"} == found


def test_a_base_that_is_zero_but_for_rounding_is_no_base(tmp_path: Path) -> None:
    """3 * 0.1 - 0.3 is zero, whatever floats make of it."""
    plan = make_plan(
        measure("a", "unit: 元") + measure("b", "unit: 元"),
        commitment("c", "measure: a / (3 * a - b)\nat_least: 10 %\ndue: every_year"),
    )
    assert {("c", "某区"): "not_applicable"} == verdicts(judge(plan, tmp_path, sheet_text("a: 0.1\nb: 0.3")))


@pytest.mark.parametrize(
    ("text", "expected"), [("sum(2 of home)", "met"), ("average(2 of home)", "met"), ("sum(0 of home)", "shortfall")]
)
def test_a_number_may_be_summed(tmp_path: Path, text: str, expected: str) -> None:
    """The sum of a number over subjects is that number as often as there are subjects."""
    plan = make_plan(HOMES, commitment("c", f"measure: {text}\nat_least: 2\ndue: every_year"))
    result = judge(plan, tmp_path, homes(("1", "1")))
    assert {("c", "某区"): expected} == verdicts(result)
    assert [expected] == [finding.verdict for finding in result.findings()]


HUGE = " * ".join(["9999999999999999999999999999999999999999"] * 12)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"measure: x * {HUGE}\nat_least: y * {HUGE}", "met"),
        (f"measure: x * {HUGE}\nmore_than: y * {HUGE}", "shortfall"),
        (f"measure: x * {HUGE}\nat_least: y * {HUGE} + 1 张", "shortfall"),
        (f"measure: x / ({HUGE})\nmore_than: 0 张", "met"),
        (f"measure: x\nless_than: 1 张 * {HUGE}", "met"),
        (f"measure: x\nat_least: 1 张 / ({HUGE})", "met"),
        (f"measure: sum(beds * {HUGE} of home)\nat_least: 3 张 * {HUGE}", "met"),
        (f"measure: sum(beds * {HUGE} of home)\nmore_than: 3 张 * {HUGE}", "shortfall"),
        (f"measure: z * {HUGE}\nat_least: -1 * y * {HUGE}", "met"),
        (f"measure: z * {HUGE}\nmore_than: 0 张", "undetermined"),
        (f"measure: w * {HUGE} + y\nat_least: 3 张", "met"),
        (f"measure: w * {HUGE} + y\nmore_than: 3 张", "shortfall"),
        (f"measure: w * {HUGE} + y + v\nmore_than: 3 张", "undetermined"),
        (f"measure: w * {HUGE} + y + v\nat_least: 3 张", "met"),
        (f"measure: w * {HUGE} - y\nat_least: 0 张", "shortfall"),
        (f"measure: z - z * z / (1 张 * {HUGE})\nat_least: 0 张", "undetermined"),
    ],
)
def test_numbers_beyond_floats_are_exact(tmp_path: Path, body: str, expected: str) -> None:
    """Constants that no float can hold are judged to the last digit, and shown."""
    plan = make_plan(
        "".join(measure(name) for name in "vwxyz") + measure("beds", of="home"),
        commitment("c", f"{body}\ndue: every_year"),
    )
    listed = "- {kind: home, name: 甲, facts: {beds: 1}}\n- {kind: home, name: 乙, facts: {beds: 2}}\n"
    sheet = sheet_text("w: 0\nx: 3\ny: 3", listed, registers="home: complete")
    result = judge(plan, tmp_path, sheet)
    assert {("c", "某区"): expected} == verdicts(result)
    assert [expected] == [finding.verdict for finding in result.findings()]


@pytest.mark.parametrize(("body", "expected"), [("at_most: 1 平方米", "shortfall"), ("more_than: 1 平方米", "met")])
def test_a_sum_of_figures_that_no_float_holds_is_exact(tmp_path: Path, body: str, expected: str) -> None:
    """A sum is a whole number in floats and a hair more than that in truth: it is not taken for whole."""
    plan = make_plan(
        measure("area", "unit: 平方米", "home"), commitment("c", f"measure: sum(area of home)\n{body}\ndue: every_year")
    )
    listed = "".join(
        f"- {{kind: home, name: h{area}, facts: {{area: {area}}}}}\n" for area in ("0.1", "0.90000000000000000001")
    )
    assert {("c", "某区"): expected} == verdicts(
        judge(plan, tmp_path, sheet_text(subjects=listed, registers="home: complete"))
    )


def test_one_home_beyond_floats_leaves_the_others_exact(tmp_path: Path) -> None:
    """Where products leave the floats in one row, that row and another at the boundary are decided exactly."""
    body = f"measure: a * b * c * d * e * {HUGE}\nmore_than: f * g * c * d * e * {HUGE}"
    plan = make_plan(
        "".join(measure(name, "unit: 平方米", "home") for name in "abcdefg"),
        commitment("c", f"each: home\n{body}\ndue: every_year"),
    )
    great = dict.fromkeys("abcdefg", f"1{'0' * 39}") | {"a": f"1{'0' * 38}1"}
    near = dict.fromkeys("cdeg", "1") | {"a": "0.1", "b": "3", "f": "0.3"}
    listed = "".join(
        f"- {{kind: home, name: {name}, facts: {{{', '.join(f'{k}: {v}' for k, v in facts.items())}}}}}\n"
        for name, facts in (("甲", great), ("乙", near))
    )
    assert {("c", "甲"): "met", ("c", "乙"): "shortfall"} == verdicts(
        judge(plan, tmp_path, sheet_text(subjects=listed, registers="home: complete"))
    )


def test_one_town_beyond_floats_leaves_the_others_exact(tmp_path: Path) -> None:
    """Where one town's sum leaves the floats, it and another at the boundary, 0.1 + 0.2, are decided exactly."""
    names = "abcdefghi"
    plan = make_plan(
        "".join(measure(name, "unit: 比值", "centre") for name in names),
        commitment(
            "c", f"each: town\nmeasure: sum({' * '.join(names)} of centre)\nmore_than: 0.3 比值\ndue: every_year"
        ),
    )
    rows = (
        ("一", "东", "0.1", "1"),
        ("二", "东", "0.2", "1"),
        ("三", "西", "0.1", f"1{'0' * 39}"),
        ("四", "南", "0.4", "1"),
    )
    listed = "".join(f"- {{kind: town, name: {name}}}\n" for name in "东西南")
    for name, town, first, others in rows:
        facts = ", ".join(f"{key}: {first if key == 'a' else others}" for key in names)
        listed += f"- {{kind: centre, name: {name}, in: {town}, facts: {{{facts}}}}}\n"
    found = verdicts(judge(plan, tmp_path, sheet_text(subjects=listed, registers="centre: complete")))

    assert {("c", "东"): "shortfall", ("c", "西"): "met", ("c", "南"): "met"} == found


def test_products_of_ranges_are_bounded_by_unlike_corners(tmp_path: Path) -> None:
    """The lowest product of two unknown figures may be of the lowest of one and the highest of the other."""
    plan = make_plan(
        measure("a", "unit: 元, min: -2 元, max: 3 元, signed: true")
        + measure("b", "unit: 元, min: -1 元, max: 5 元, signed: true")
        + measure("c", "unit: 元"),
        commitment("low", "measure: a * b\nat_least: 0 元 * c - 10 元 * c\ndue: every_year")
        + commitment("high", "measure: a * b\nat_most: 15 元 * c\ndue: every_year"),
    )
    asked = [(commitment, sheet_text(f"c: {c}")) for c, commitment in (("1", "low"), ("1", "high"), ("0.9", "low"))]
    found = [verdicts(judge(plan, tmp_path, sheet))[name, "某区"] for name, sheet in asked]
    assert ["met", "met", "undetermined"] == found
    path = tmp_path / "exact.facts.yaml"
    path.write_text(sheet_text("c: 1"), encoding="utf-8")
    measured = Measured(build_tables(read_facts([path], plan)), 2025)
    product = plan.commitments["low"].value
    assert product is not None
    bounds = measured.exact.polynomial("district", product.form.top, 0)
    assert (Fraction(-10), Fraction(15)) == (bounds.low, bounds.high)
    signs: list[Sign] = [">=", ">", "=="]
    assert [None, None, None] == [measured.sign("district", product.form.top, sign)[0] for sign in signs]


@pytest.mark.parametrize("scale", ["1", "1 / 3"])
def test_what_is_not_listed_may_lie_in_a_town_that_is_not_listed(tmp_path: Path, scale: str) -> None:
    """Where all centres are listed in other towns it has none; where one is not listed it may have it, exactly too."""
    plan = make_plan(
        measure("beds", of="centre"),
        commitment(
            "c", f"each: town\nmeasure: {scale} * sum(beds of centre)\nat_least: {scale} * 1 张\ndue: every_year"
        )
        + commitment(
            "d", f"each: town\nmeasure: {scale} * max(beds of centre)\nat_most: {scale} * 9 张\ndue: every_year"
        ),
    )
    listed = "".join(f"- {{kind: town, name: {name}}}\n" for name in "东西")
    listed += "".join(f"- {{kind: centre, name: {name}心, in: {name}, facts: {{beds: 1}}}}\n" for name in "东西")
    found = verdicts(judge(plan, tmp_path, sheet_text(subjects=listed, registers="centre: complete")))
    known = {("c", "东"): "met", ("c", "西"): "met", ("d", "东"): "met", ("d", "西"): "met"}
    assert {**known, ("c", ""): "shortfall", ("d", ""): "not_applicable"} == found
    found = verdicts(judge(plan, tmp_path, sheet_text(subjects=listed, registers="centre: 3")))
    open_ = {("d", "东"): "undetermined", ("d", "西"): "undetermined", ("d", ""): "undetermined"}
    assert {**known, **open_, ("c", ""): "undetermined"} == found


@pytest.mark.parametrize("target", ["standard", "33.34 %"])
def test_a_share_against_a_reported_standard_is_as_tight_as_against_a_number(tmp_path: Path, target: str) -> None:
    """Known figures are put in before the unknown ones are bounded: two of three towns are enough, whatever the third has."""
    plan = make_plan(
        measure("standard", 'unit: "%"') + measure("ok", "yes_no: true", "town"),
        commitment("c", f"measure: share(ok of town)\nat_least: {target}\ndue: every_year"),
    )
    listed = "".join(f"- {{kind: town, name: {name}, facts: {{ok: yes}}}}\n" for name in "东西")
    assert {("c", "某区"): "met"} == verdicts(judge(plan, tmp_path, sheet_text("standard: 33.34 %", listed)))
    expected = "undetermined" if target == "standard" else "met"
    assert {("c", "某区"): expected} == verdicts(judge(plan, tmp_path, sheet_text("standard: 70 %", listed)))


@pytest.mark.parametrize("given", [("0.1", "0.2", "0.3"), ("0.3", "0.2", "0.1")])
def test_a_sum_of_decimals_is_the_same_in_every_order(given: tuple[str, ...], tmp_path: Path) -> None:
    """In floats 0.1 + 0.2 + 0.3 is more than 0.6, and 0.3 + 0.2 + 0.1 is not: columns have the float nearest to the sum."""
    plan = make_plan(
        measure("beds", "unit: 分", "home"),
        commitment("c", "measure: sum(beds of home)\nat_least: 0.6 分\ndue: every_year"),
    )
    listed = "".join(
        f"- {{kind: home, name: {n}, facts: {{beds: {x}}}}}\n" for n, x in zip("甲乙丙", given, strict=True)
    )
    result = judge(plan, tmp_path, sheet_text(subjects=listed, registers="home: complete"))

    assert [(0.6, "met")] == result.to_polars(["actual", "verdict"]).rows()
