"""Facts about who is counted and named, ranges that are told, and messages, that a small change would break."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from dabiao import Refused
from dabiao.rules.bounds import find_possible, find_reachable
from dabiao.rules.intervals import Interval
from helpers import OPEN, commitment, homes, judge, make_plan, measure, one, sheet_text, verdicts


def test_the_figure_of_a_town_that_nobody_names_is_at_least_nothing(tmp_path: Path) -> None:
    """A centre that no sheet lists lies in some town, which may have had no beds at all, but never fewer."""
    plan = make_plan(
        measure("beds", of="town"),
        "".join(
            commitment(f"c{least}", f"each: centre\nmeasure: total(beds)\nat_least: {least} 张\ndue: every_year")
            for least in (0, 1)
        ),
    )
    towns = "".join(f"- {{kind: town, name: {name}, facts: {{beds: 5}}}}\n" for name in "东西北")
    found = verdicts(judge(plan, tmp_path, sheet_text(subjects=towns, registers="centre: 1")))

    assert ["met", "undetermined"] == [found[name, ""] for name in ("c0", "c1")]


@pytest.mark.parametrize(
    ("form", "least"),
    [("total(score) + base", "1.5"), ("score + base", "1.1"), ("last(score) + base", "1.1"), ("scores + base", "1")],
)
def test_a_town_that_nobody_names_has_what_any_town_has(tmp_path: Path, form: str, least: str) -> None:
    """The town of a centre that no sheet lists has at least 0.1 points in each of five years, and perhaps no centre with any."""
    plan = make_plan(
        measure("score", "unit: 分, min: 0.1 分", "town") + measure("own", "unit: 分", "centre")
        + measure("scores", "formula: sum(own of centre)", "town") + measure("base", "unit: 分"),
        commitment("c", f"each: centre\nmeasure: {form}\nat_least: 9 分\ndue: every_year"),
    )  # fmt: skip
    towns = "".join(f"- {{kind: town, name: {name}, facts: {{score: 5}}}}\n" for name in "东西北")
    finding = one(judge(plan, tmp_path, sheet_text("base: 1", towns, registers="centre: 1")))

    assert ("undetermined", None, Fraction(least)) == (finding.verdict, finding.actual, finding.low)


@pytest.mark.parametrize(
    ("limits", "target", "verdict"),
    [
        ("min: 2 张", "at_most: 0 张", "undetermined"), ("min: 0 张", "at_least: 0 张", "met"),
        ("signed: true, max: -2 张", "at_least: 0 张", "undetermined"), ("signed: true, max: 0 张", "at_most: 0 张", "met"),
    ],
)  # fmt: skip
def test_a_centre_of_which_no_town_is_known_adds_to_each_town_what_it_has_or_nothing(
    tmp_path: Path, limits: str, target: str, verdict: str
) -> None:
    """Two beds or more in a centre that no sheet lists are two or more in one town, and none in the others."""
    plan = make_plan(
        measure("beds", f"unit: 张, {limits}", "centre"),
        commitment("c", f"each: town\nmeasure: sum(beds of centre)\n{target}\ndue: every_year"),
    )
    towns = "".join(f"- {{kind: town, name: {name}, facts: {{}}}}\n" for name in "东西北")
    found = verdicts(judge(plan, tmp_path, sheet_text(subjects=towns, registers="centre: 1")))

    assert [verdict] * 3 == [found["c", name] for name in "东西北"]


@pytest.mark.parametrize("extra", [(), ("丁区",)])
def test_each_district_without_homes_has_its_finding(tmp_path: Path, extra: tuple[str, ...]) -> None:
    """One district has an open home and the others have none: what each home owes is not applicable in those, once each."""
    plan = make_plan(OPEN, commitment("c", "each: home\nholds: open\ndue: every_year"))
    sheets = [sheet_text(subjects=homes("yes"), registers="home: 1", name="甲区")]
    sheets += [sheet_text(registers="home: 0", name=name) for name in ("乙区", *extra)]
    result = judge(plan, tmp_path, *sheets)
    found = [(one.root, one.verdict, one.stands_for) for one in result.findings()]

    assert [("甲区", "met", 1), *((name, "not_applicable", 1) for name in ("乙区", *extra))] == found
    assert [many for *_, many in found] == result.to_polars()["stands_for"].to_list()


def test_two_hundred_names_are_told_and_no_more(tmp_path: Path) -> None:
    """Of 201 open homes and 201 of which nobody knows, 200 of each are named, and all are counted."""
    sheet = sheet_text(subjects=homes(*["yes"] * 201, *[""] * 201), registers="home: complete")
    plan = make_plan(OPEN, commitment("c", "measure: count(home where open)\nat_least: 300 家\ndue: every_year"))
    (population,) = one(judge(plan, tmp_path, sheet)).populations

    assert (201, 402, 200, 200) == (
        population.counted, population.possible, len(population.names), len(population.unsure),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("opened", "register", "ends"),
    [
        (["yes", ""], "complete", (Fraction(1, 2), Fraction(1))),
        (["no", ""], "complete", (Fraction(0), Fraction(1, 2))),
        (["yes", "no", ""], "complete", (Fraction(1, 3), Fraction(2, 3))),
        (["yes", "yes", "no", ""], "6", (Fraction(1, 3), Fraction(5, 6))),
        (["yes", "no"], "", (Fraction(0), Fraction(1))),
        ([""], "complete", (Fraction(0), Fraction(1))),
    ],
)
def test_a_share_of_which_some_is_not_known_lies_between_its_worst_and_its_best_case(
    tmp_path: Path, opened: list[str], register: str, ends: tuple[Fraction, Fraction]
) -> None:
    """Of three homes one is open, one is not and of one nobody knows: a third at least is open, two thirds at most."""
    plan = make_plan(OPEN, commitment("c", "measure: share(open of home)\nexactly: 45 %\ndue: every_year"))
    sheet = sheet_text(subjects=homes(*opened), registers=f"home: {register}" if register else "")
    result = judge(plan, tmp_path, sheet)
    finding = one(result)

    assert (None, *ends) == (finding.actual, finding.low, finding.high)
    row = result.to_polars().row(0, named=True)
    assert (None, pytest.approx(float(ends[0])), pytest.approx(float(ends[1]))) == (
        row["actual"], row["low"], row["high"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "most", "ends"),
    [
        ("a: 1", "", (0, 1)),
        ("a: 1", ", max: 3 张", (Fraction(1, 4), 1)),
        ("b: 1", "", (0, 1)),
        ("b: 1", ", max: 3 张", (0, Fraction(3, 4))),
        ("b: 0", ", max: 3 张", (None, None)),  # all of it, or of nothing
        ("other: 1", "", (None, None)),
    ],
)
def test_a_part_of_two_figures_lies_between_its_worst_and_its_best_case(
    tmp_path: Path, facts: str, most: str, ends: tuple[Fraction | None, Fraction | None]
) -> None:
    """One bed beside up to three others is a quarter of them at least; beside any number it may be any part."""
    plan = make_plan(
        measure("a", f"unit: 张{most}") + measure("b", f"unit: 张{most}") + measure("other"),
        commitment("c", "measure: a / (a + b)\nexactly: 45 %\ndue: every_year"),
    )
    finding = one(judge(plan, tmp_path, sheet_text(facts)))

    assert (None, *ends) == (finding.actual, finding.low, finding.high)


@pytest.mark.parametrize(
    ("plots", "ends"), [(4, (Fraction(1, 2), Fraction(2))), (1, (2, 8)), (0, (None, None)), (None, (None, None))]
)
def test_a_quotient_has_ends_where_its_denominator_is_known(
    tmp_path: Path, plots: int | None, ends: tuple[Fraction | None, Fraction | None]
) -> None:
    """Two beds and up to six more are a half to two for each of four plots; over none, or over a missing number, nothing is told."""
    plan = make_plan(
        measure("one") + measure("beds", "unit: 张, max: 6 张") + measure("plots", "unit: 家"),
        commitment("c", "measure: (one + beds) / plots\nexactly: 1 张/家\ndue: every_year"),
    )
    facts = "one: 2" + ("" if plots is None else f"\nplots: {plots}")
    finding = one(judge(plan, tmp_path, sheet_text(facts)))

    assert (None, *ends) == (finding.actual, finding.low, finding.high)


@pytest.mark.parametrize("more", [0, 1])
def test_a_gap_in_whole_things_is_in_the_table_if_a_column_can_hold_it(tmp_path: Path, more: int) -> None:
    """The largest whole number of a column is told; what is one more is told in the finding alone."""
    most = 2**63 - 1
    plan = make_plan(measure("beds"), commitment("c", f"measure: beds\nat_least: {most + more} 张\ndue: every_year"))
    result = judge(plan, tmp_path, sheet_text("beds: 0"))

    assert (most + more, most if not more else None) == (one(result).whole_gap, result.to_polars()["whole_gap"][0])


@pytest.mark.parametrize(
    ("one_side", "other", "said"),
    [
        ("area", "people", ("人", "张")),
        ("area * area", "people", ("人", "张·张")),
        ("area", "3 %", ("%", "张")),
        ("area", "people / people", ("unit.none", "张")),
        ("area / people", "people", ("人", "张/人")),
    ],
)
def test_what_cannot_be_compared_is_described_by_its_units(one_side: str, other: str, said: tuple[str, str]) -> None:
    """A message names the unit of each side, with its power, or says that it has none."""
    body = f"measure: {one_side}\nat_least: {other}\ndue: every_year"
    with pytest.raises(Refused) as refused:
        make_plan(measure("area") + measure("people", "unit: 人"), commitment("c", body))
    (problem,) = refused.value.problems

    sides = [getattr(side, "code", side) for side in (problem.details["found"], problem.details["expected"])]

    assert ("other-dimension", *said) == (problem.code, *sides)


def test_a_dozen_names_are_shown_of_those_that_are_known() -> None:
    """Whoever misspells a measure is shown the first twelve of thirteen by name."""
    measures = "".join(measure(f"m{number:02}") for number in range(13))
    with pytest.raises(Refused) as refused:
        make_plan(measures, commitment("c", "measure: zzz\nat_least: 1 张\ndue: every_year"))
    (problem,) = refused.value.problems

    assert tuple(f"m{number:02}" for number in range(12)) == problem.details["expected"]


@pytest.mark.parametrize(
    ("form", "target", "shown"),
    [
        ("money / people", "5 万元/万人", ("万元/万人", 1)),
        ("area / people", "5 张/万人", ("张/万人", Fraction(1, 10_000))),
        ("money / area", "5 万元/张", ("万元/张", 10_000)),
        ("money / money", "50 %", ("", 1)),
    ],
)
def test_a_quotient_is_shown_in_the_units_of_its_parts(
    tmp_path: Path, form: str, target: str, shown: tuple[str, Fraction | int]
) -> None:
    """Money in 万元 over people in 万人 is shown in 万元/万人, which is as much as 元/人; beds over 万人 are not beds over people."""
    measures = measure("money", "unit: 万元") + measure("people", "unit: 万人") + measure("area")
    plan = make_plan(measures, commitment("c", f"measure: {form}\nat_least: {target}\ndue: every_year"))
    value = plan.commitments["c"].value

    assert value is not None
    assert shown == (value.unit.symbol, value.unit.factor)
    assert target.split(" ")[1] == plan.commitments["c"].shown_unit.symbol


@pytest.mark.parametrize("form", ["2 * money", "money * 2", "money * 50 %", "50 % * money"])
def test_a_multiple_is_shown_in_the_unit_of_what_is_multiplied(form: str) -> None:
    """Twice the money, or half of it, is money in 万元, whichever is written first."""
    plan = make_plan(
        measure("money", "unit: 万元"), commitment("c", f"measure: {form}\nat_least: 5 元\ndue: every_year")
    )
    value = plan.commitments["c"].value

    assert value is not None
    assert ("万元", 10_000) == (value.unit.symbol, value.unit.factor)


@pytest.mark.parametrize(
    ("form", "limits", "values"),
    [
        ("total(beds)", "max: 9 张", Interval(Fraction(0))),
        ("total(beds) / total(other)", "max: 9 张", Interval(Fraction(0))),
        ("total(beds) - total(other)", "", None),
        ("beds", "max: 9 张", Interval(Fraction(0), Fraction(9))),
        ("beds / (beds + other)", "", Interval(Fraction(0), Fraction(1))),
        ("beds / other", "", Interval(Fraction(0))),
        ("(beds - other) / other", "", None),
        ("count(town)", "", Interval(Fraction(0), Fraction(3))),
        ("count(home)", "", Interval(Fraction(0))),
        ("average(score of home)", "", Interval(Fraction(1), Fraction(5))),
        ("sum(score of home) / count(town)", "", Interval(Fraction(0))),
    ],
)
def test_a_plan_says_what_its_measures_can_be(form: str, limits: str, values: Interval | None) -> None:
    """A total has no upper end, a share ends at all, a count at the register, and a mean where its figures end."""
    measures = measure("beds", f"unit: 张, {limits}" if limits else "unit: 张") + measure("other")
    measures += measure("score", "unit: 分, min: 1 分, max: 5 分", "home")
    plan = make_plan(measures, commitment("c", f"measure: {form}\ndirection: increase\ndue: every_year"))
    found = find_possible(plan, plan.commitments["c"])

    assert values == (None if found is None else found.interval)


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ("beds", Interval(Fraction(1), Fraction(9))), ("total(beds)", Interval(Fraction(0))),
        ("count(town)", Interval(Fraction(0))), ("count(home)", Interval(Fraction(0))),
        ("beds - 2 * beds", Interval(Fraction(-9), Fraction(-1))),
    ],
)  # fmt: skip
def test_what_measures_can_come_to_is_known_as_far_as_no_sheet_says_more(form: str, values: Interval) -> None:
    """One to nine beds are one to nine; how many towns there are is for the sheets of a year to say."""
    plan = make_plan(
        measure("beds", "unit: 张, min: 1 张, max: 9 张"),
        commitment("c", f"measure: {form}\ndirection: increase\ndue: every_year"),
    )

    assert values == find_reachable(plan.commitments["c"], plan)


@pytest.mark.parametrize(("opened", "target", "gap"), [(2, "0 %", 2), (2, "20 %", 1), (2, "40 %", 0)])
def test_who_must_close_for_a_share_to_fall_is_counted(tmp_path: Path, opened: int, target: str, gap: int) -> None:
    """Of five homes two are open: for none of them to be open two must close."""
    body = f"measure: share(open of home)\nat_most: {target}\ndue: every_year"
    sheet = sheet_text(subjects=homes(*["yes"] * opened, *["no"] * (5 - opened)), registers="home: complete")

    assert gap == one(judge(make_plan(OPEN, commitment("c", body)), tmp_path, sheet)).whole_gap


@pytest.mark.parametrize(("target", "key", "beds", "pace"), [(15, "at_least", 11, 1), (5, "at_most", 8, 2)])
@pytest.mark.parametrize("is_stated", [True, False])
def test_the_pace_is_told_where_one_bed_is_due(
    tmp_path: Path, target: int, key: str, beds: int, pace: int, is_stated: bool
) -> None:
    """From 10 to 15 or to 5 in five years one bed is due in the first: one is the whole pace, two are twice as much."""
    measures = measure("beds", f"unit: 张{', baseline: 10 张' if is_stated else ''}")
    plan = make_plan(measures, commitment("c", f"measure: beds\n{key}: {target} 张\ndue: 2025"))
    before = [] if is_stated else [sheet_text("beds: 10", year=2020)]
    result = judge(plan, tmp_path, sheet_text(f"beds: {beds}", year=2021), *before, year=2021)

    assert (pace, pytest.approx(float(pace))) == (one(result).pace, result.to_polars()["pace"][0])


@pytest.mark.parametrize(
    ("key", "target", "completion"),
    [("at_least", 1, 3), ("at_least", 0, None), ("at_most", 5, None), ("more_than", 2, 1.5)],
)
def test_a_value_is_told_as_a_share_of_a_target_above_nothing(
    tmp_path: Path, key: str, target: int, completion: float | None
) -> None:
    """Three beds are three times one; of a target of nothing, or of one not to be exceeded, there is no share."""
    plan = make_plan(measure("beds"), commitment("c", f"measure: beds\n{key}: {target} 张\ndue: every_year"))
    result = judge(plan, tmp_path, sheet_text("beds: 3"))

    assert completion == one(result).completion == result.to_polars()["completion"][0]


@pytest.mark.parametrize(("against", "year"), [("baseline", 2020), ("last_year", 2024)])
def test_a_direction_names_the_year_it_starts_from(tmp_path: Path, against: str, year: int) -> None:
    """More than in the baseline year, or than last year: the target is the value of that year, and says so."""
    plan = make_plan(
        measure("beds"), commitment("c", f"measure: beds\ndirection: increase\nagainst: {against}\ndue: every_year")
    )
    sheets = [sheet_text(f"beds: {beds}", year=when) for when, beds in ((2020, 20), (2024, 24), (2025, 25))]
    (target,) = one(judge(plan, tmp_path, *sheets)).targets

    assert (year, year - 2000) == (target.of_year, target.value)


@pytest.mark.parametrize(
    ("last", "now", "verdict", "asked"),
    [
        (100, 100, "met", (">=", Fraction(1))), (100, 99, "shortfall", (">=", Fraction(1))),
        (90, 95, "met", (">", Fraction(9, 10))), (None, 95, "undetermined", (">", None)),
    ],
)  # fmt: skip
def test_more_than_all_is_not_asked_for(
    tmp_path: Path, last: int | None, now: int, verdict: str, asked: tuple[str, Fraction | None]
) -> None:
    """A share rises every year, and where it was 100 % stays there: the target says so, in the finding as in the table."""
    plan = make_plan(
        measure("rate", 'unit: "%"'),
        commitment("c", "measure: rate\ndirection: increase\nagainst: last_year\ndue: every_year"),
    )
    sheets = [sheet_text(" " if rate is None else f"rate: {rate} %", year=y) for y, rate in ((2024, last), (2025, now))]
    result = judge(plan, tmp_path, *sheets)
    (target,), row = one(result).targets, result.to_polars().row(0, named=True)

    assert (verdict, *asked, 2024) == (one(result).verdict, target.operator, target.value, target.of_year)
    assert (asked[0], None if asked[1] is None else float(asked[1])) == (row["operator"], row["target"])


@pytest.mark.parametrize(
    ("direction", "start"), [("increase", 90), ("increase", 100), ("decrease", 10), ("decrease", 0)]
)
def test_a_target_short_of_the_limit_is_shown_as_it_is(tmp_path: Path, direction: str, start: int) -> None:
    """More than 90 % is asked for where 90 % was stated, and all where that was all; so on the way down to nothing."""
    plan = make_plan(
        measure("rate", f'unit: "%", baseline: {start} %'),
        commitment("c", f"measure: rate\ndirection: {direction}\nagainst: baseline\ndue: every_year"),
    )
    result = judge(plan, tmp_path, sheet_text("rate: 50 %"))

    assert [start / 100] == result.to_polars()["target"].to_list()
    assert Fraction(start, 100) == one(result).targets[0].value


@pytest.mark.parametrize(("beds", "verdict"), [(9, "early"), (7, "behind")])
def test_who_has_to_hold_what_there_is_has_no_way_to_cover(tmp_path: Path, beds: int, verdict: str) -> None:
    """From ten beds to at least eight there is no way: eight are expected, of no year, and no pace is told."""
    plan = make_plan(
        measure("beds", "unit: 张, baseline: 10 张"), commitment("c", "measure: beds\nat_least: 8 张\ndue: 2025")
    )
    result = judge(plan, tmp_path, sheet_text(f"beds: {beds}", year=2023), year=2023)
    finding = one(result)

    assert (verdict, None, 8, None) == (
        finding.verdict, finding.pace, finding.targets[0].expected, finding.targets[0].of_year,
    )  # fmt: skip
    assert [None] == result.to_polars()["pace"].to_list()


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2020, ["not_due"] * 2), (2025, ["shortfall", "undetermined"])],
)
def test_whether_one_home_is_meant_is_no_matter_of_another(tmp_path: Path, year: int, expected: list[str]) -> None:
    """Of two homes without beds one is open, of the other nobody knows; before the plan neither owes anything."""
    plan = make_plan(
        OPEN + measure("beds", of="home"),
        commitment("c", "each: home\nwhere: open\nmeasure: beds\nat_least: 1 张\ndue: every_year"),
    )
    homes = "".join(
        f"- {{kind: home, name: {name}, facts: {{beds: 0{more}}}}}\n"
        for name, more in (("甲", ", open: yes"), ("乙", ""))
    )
    result = judge(plan, tmp_path, sheet_text(subjects=homes, registers="home: complete", year=year), year=year)

    assert expected == [verdicts(result)["c", name] for name in "甲乙"]


def test_what_is_no_promise_of_its_own_is_never_grave(tmp_path: Path) -> None:
    """A shortfall of an effort, or of a promise said again, stands with nothing in the order of gravity."""
    body = "measure: beds\nat_least: 8 张\ndue: every_year"
    plan = make_plan(
        measure("beds"),
        commitment("promise", body) + commitment("again", f"{body}\nsame_as: promise")
        + commitment("effort", body + "\ntier: {is: effort, why: 努力}"),
    )  # fmt: skip
    found = judge(plan, tmp_path, sheet_text("beds: 3")).to_polars()

    assert ["shortfall"] * 3 == found["verdict"].cast(str).to_list()
    assert [False, True, True] == [severity == 0 for severity in found["severity"]]
