"""What a finding says of its value, its year and who is meant, where it is more than a number."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from helpers import HEAD, OPEN, commitment, homes, judge, make_plan, measure, one, sheet_text, verdicts


@pytest.mark.parametrize(("year", "total"), [(2020, 0), (2021, 3), (2022, 6)])
def test_a_total_begins_with_the_plan(tmp_path: Path, year: int, total: int) -> None:
    """Three beds a year are none in all before the plan, and three more each year."""
    plan = make_plan(measure("beds"), commitment("c", "measure: total(beds)\nat_least: 9 张\ndue: 2025"))
    result = judge(plan, tmp_path, *[sheet_text("beds: 3", year=when) for when in range(2020, year + 1)], year=year)

    assert total == one(result).actual == result.to_polars()["actual"][0]


@pytest.mark.parametrize(("year", "codes"), [(2020, ["baseline-year"]), (2021, []), (2025, [])])
def test_a_year_before_the_plan_is_noted(tmp_path: Path, year: int, codes: list[str]) -> None:
    """Sheets of the baseline year are told that nothing is due yet; those of the first year of the plan are not."""
    plan = make_plan(measure("beds"), commitment("c", "measure: beds\nat_least: 1 张\ndue: every_year"))

    assert codes == [note.code for note in judge(plan, tmp_path, sheet_text("beds: 3", year=year)).notes]


@pytest.mark.parametrize(("expires", "state"), [("2025-12-31", "used"), ("2025-12-30", "expired")])
def test_a_waiver_holds_to_the_end_of_its_last_day(tmp_path: Path, expires: str, state: str) -> None:
    """A year is judged as of its last day, on which a waiver that expires that day still holds."""
    waived = f"commitment: c, subject: 某区, year: 2025, reason: 水灾, authority: 某局, expires: {expires}"
    waiver = f"waivers:\n  - {{{waived}}}\n"
    plan = make_plan(measure("beds"), commitment("c", "measure: beds\nat_least: 5 张\ndue: every_year"), waiver)
    result = judge(plan, tmp_path, sheet_text("beds: 3"))

    assert [state] == [note.state for note in result.waivers]
    assert ("waived" if state == "used" else "shortfall") == one(result).verdict


@pytest.mark.parametrize(("a", "actual"), [(0, 0), (1, None)])
def test_nothing_over_what_is_missing_but_is_something_is_nothing(tmp_path: Path, a: int, actual: int | None) -> None:
    """No beds over one home or more are no beds a home, also in the table; one bed over them is not known."""
    plan = make_plan(
        measure("a") + measure("b", "unit: 家, min: 1 家"),
        commitment("c", "measure: a / b\nat_most: 5 张/家\ndue: every_year"),
    )
    result = judge(plan, tmp_path, sheet_text(f"a: {a}"))

    assert actual == one(result).actual == result.to_polars()["actual"][0]


@pytest.mark.parametrize(
    ("target", "a", "most", "verdict", "gap"),
    [
        ("at_least: 8 张", 5, "", "undetermined", None),
        ("at_least: 8 张", 5, ", max: 2 张", "shortfall", 1),
        ("at_least: 5 张", 5, "", "met", None),
        ("at_least: 4 张", 5, "", "met", -1),
        ("at_most: 4 张", 5, "", "shortfall", 1),
        ("at_most: 5 张", 5, "", "undetermined", None),
        ("at_most: 7 张", 5, ", max: 2 张", "met", None),
        ("at_most: 9 张", 5, ", max: 2 张", "met", -2),
        ("between: [2 张, 9 张]", 5, "", "undetermined", None),
        ("between: [1.5 张, 9 张]", 2, "", "undetermined", None),
        ("between: [2 张, 9 张]", 5, ", max: 2 张", "met", -2),
        ("between: [2 张, 9 张]", 10, "", "shortfall", 1),
        ("between: [other, 9 张]", 10, "", "shortfall", 1),
        ("between: [other, 20 张]", 10, ", max: 2 张", "undetermined", None),
    ],
)
def test_a_gap_that_there_is_at_least_is_told(
    tmp_path: Path, target: str, a: int, most: str, verdict: str, gap: int | None
) -> None:
    """Five beds and others are at least one more than four; whether they are as many as eight is not known."""
    plan = make_plan(
        measure("a") + measure("m", f"unit: 张{most}") + measure("other"),
        commitment("c", f"measure: a + m\n{target}\ndue: every_year"),
    )
    finding = one(judge(plan, tmp_path, sheet_text(f"a: {a}")))

    assert (verdict, gap) == (finding.verdict, finding.least_gap)


@pytest.mark.parametrize(
    ("form", "target", "plots", "least"),
    [
        ("beds", "500 张", 4, 340), ("beds / plots", "500 张/家", 4, 310), ("beds / plots", "500 张/家", 1, 340),
        ("beds / plots", "500 张/家", 0, None), ("beds / plots", "500 张/家", -1, None),
    ],
)  # fmt: skip
def test_what_is_expected_at_least_is_told_where_the_start_is_missing(
    tmp_path: Path, form: str, target: str, plots: int, least: int | None
) -> None:
    """From 100 beds or more to 500 in five years at least 340 are expected after three; over four plots, from 25, at least 310."""
    measures = (
        measure("beds", "unit: 张, min: 100 张")
        + measure("plots", f"unit: 家, signed: true, baseline: {plots} 家")
        + measure("other")
    )
    plan = make_plan(measures, commitment("c", f"measure: {form}\nat_least: {target}\ndue: 2025"))
    sheets = [sheet_text("beds: 120\nplots: 1", year=2023), sheet_text("other: 1", year=2020)]
    (expected,) = one(judge(plan, tmp_path, *sheets, year=2023)).targets

    assert (None, least) == (expected.expected, expected.least_expected)


@pytest.mark.parametrize(
    ("opened", "register", "reason"),
    [
        (["yes"], "1", ""),
        (["yes", ""], "2", "whatever-missing"),
        (["yes"], "2", "whatever-missing"),
        (["yes"], "", "whatever-missing"),
    ],
)
def test_a_verdict_that_stands_whatever_is_missing_says_so(
    tmp_path: Path, opened: list[str], register: str, reason: str
) -> None:
    """One open home is enough: of another that may be open, or that nobody lists, nothing depends."""
    plan = make_plan(OPEN, commitment("c", "measure: count(home where open)\nat_least: 1 家\ndue: every_year"))
    sheet = sheet_text(subjects=homes(*opened), registers=f"home: {register}" if register else "")
    finding = one(judge(plan, tmp_path, sheet))

    assert ("met", reason) == (finding.verdict, finding.reason)


def test_a_home_that_nobody_lists_is_told_as_such_whatever_its_verdict(tmp_path: Path) -> None:
    """Every home has five beds at least: so has the one that no sheet lists, and that it is not listed is what is said."""
    plan = make_plan(
        measure("beds", "unit: 张, min: 5 张", "home"),
        commitment("c", "each: home\nmeasure: beds\nat_least: 3 张\ndue: every_year"),
    )
    finding = one(judge(plan, tmp_path, sheet_text(registers="home: 1")))

    assert ("met", "unlisted") == (finding.verdict, finding.reason)


def test_the_first_home_of_a_sheet_is_listed_like_the_second(tmp_path: Path) -> None:
    """Of two listed homes nobody knows whether they are meant, and this is said of both; the third is not listed."""
    plan = make_plan(
        OPEN + measure("beds", of="home"),
        commitment("c", "each: home\nwhere: open\nmeasure: beds\nat_least: 5 张\ndue: every_year"),
    )
    result = judge(plan, tmp_path, sheet_text(subjects=homes("", ""), registers="home: 3"))

    assert ["unclear-whether-applies", "unclear-whether-applies", "unlisted"] == [f.reason for f in result.findings()]


@pytest.mark.parametrize(("second", "reason"), [("no", ""), ("", "whatever-missing")])
def test_a_condition_on_what_is_all_known_holds_without_more_ado(tmp_path: Path, second: str, reason: str) -> None:
    """A condition has no value to show; it is whatever is missing that it holds only if something is missing."""
    plan = make_plan(OPEN, commitment("c", "holds: count(home where open) >= 1 家\ndue: every_year"))
    finding = one(judge(plan, tmp_path, sheet_text(subjects=homes("yes", second), registers="home: complete")))

    assert ("met", None, reason) == (finding.verdict, finding.actual, finding.reason)


@pytest.mark.parametrize(
    ("values", "years"), [((20, 5, 5), [2021, 2022, 2023]), ((5, 5, 20), [2023]), ((5, 5, 5), [2021, 2022, 2023])]
)
def test_what_an_event_waited_for_is_told_of_the_years_before_unless_it_is_there_now(
    tmp_path: Path, values: tuple[int, ...], years: list[int]
) -> None:
    """More than nine homes now are the event; where there are fewer now, those of the years before are looked at, too."""
    plan = make_plan(
        measure("beds") + measure("x", "unit: 家"),
        commitment("c", "measure: beds\nat_least: 1 张\ndue: {after: x > 9 家}"),
    )
    sheets = [sheet_text(f"beds: 3\nx: {x}", year=2021 + number) for number, x in enumerate(values)]
    finding = one(judge(plan, tmp_path, *sheets, year=2023))

    assert years == sorted(used.year for used in finding.used if used.measure == "x")


def test_each_home_waits_for_an_event_in_the_years_that_it_does_not_report(tmp_path: Path) -> None:
    """Of one home 2021 is missing and of another 2022: in these years either may have had more than nine beds, a third had not."""
    plan = make_plan(
        measure("x", of="home") + measure("beds", of="home"),
        commitment("c", "each: home\nmeasure: beds\nat_least: 1 张\ndue: {after: x > 9 张}"),
    )
    sheets = [
        sheet_text(
            subjects="".join(
                f"- {{kind: home, name: {name}, facts: {{beds: 3{'' if year == missing else ', x: 5'}}}}}\n"
                for name, missing in (("甲", 2021), ("乙", 2022), ("丙", None))
            ),
            registers="home: complete",
            year=year,
        )
        for year in (2021, 2022, 2023)
    ]
    found = verdicts(judge(plan, tmp_path, *sheets, year=2023))

    assert ["undetermined", "undetermined", "not_due"] == [found["c", name] for name in "甲乙丙"]


@pytest.mark.parametrize(
    ("facts", "verdict", "unmet"),
    [
        ("a: 0\nb: 1\nc: 1", "shortfall", ["a"]), ("a: 0\nb: 0\nc: 1", "shortfall", ["a", "b"]),
        ("a: 0\nc: 1", "shortfall", ["a"]), ("a: 1\nc: 1", "undetermined", ["b"]), ("c: 1", "undetermined", ["a", "b"]),
        ("a: 1\nb: 1\nc: 1", "met", []),
    ],
)  # fmt: skip
def test_the_parts_that_do_not_hold_are_told_and_else_those_that_may_not(
    tmp_path: Path, facts: str, verdict: str, unmet: list[str]
) -> None:
    """Of a bed of each sort that is asked for, those sorts are told of which there is none, or else those of which nobody knows."""
    plan = make_plan(
        measure("a") + measure("b") + measure("c"),
        commitment("x", "holds: a >= 1 张 and b >= 1 张 and c >= 1 张\ndue: every_year"),
    )
    finding = one(judge(plan, tmp_path, sheet_text(facts)))

    assert (verdict, unmet, len(unmet)) == (
        finding.verdict, [name for _, name in finding.unmet], len(finding.unmet_parts),
    )  # fmt: skip


@pytest.mark.parametrize(("target", "ends"), [("between: [2 张, 3 张]", (2.0, 3.0)), ("at_least: 2 张", (2.0, None))])
def test_the_table_has_both_ends_of_a_range(tmp_path: Path, target: str, ends: tuple[float, float | None]) -> None:
    """Two to three beds have 2 as their target and 3 as their upper end; two at least have no upper end."""
    plan = make_plan(measure("beds"), commitment("c", f"measure: beds\n{target}\ndue: every_year"))
    row = judge(plan, tmp_path, sheet_text("beds: 3")).to_polars().row(0, named=True)

    assert ends == (row["target"], row["upper"])


@pytest.mark.parametrize(
    ("check", "beds", "codes"),
    [
        ("", 10, []),
        ("", 11, ["baseline-differs"]),
        ("measure: beds, at_most: 99 张", 11, ["baseline-differs"]),
        ("baselines: true, severity: warning", 11, ["data.baselines"]),
    ],
)
def test_a_baseline_that_is_reported_otherwise_than_stated_is_noted(
    tmp_path: Path, check: str, beds: int, codes: list[str]
) -> None:
    """The plan says ten beds in the baseline year: a sheet of that year with eleven is told of it, once."""
    plan = make_plan(
        measure("beds", "unit: 张, baseline: 10 张"),
        commitment("c", "measure: beds\nat_least: 15 张\ndue: 2025"),
        f"checks: [{{id: k, {check}}}]\n" if check else "",
    )
    sheets = [sheet_text("beds: 12", year=2023), sheet_text(f"beds: {beds}", year=2020)]

    assert codes == [note.code for note in judge(plan, tmp_path, *sheets, year=2023).notes]


def test_a_town_that_was_not_there_is_not_counted_in_the_baseline_year(tmp_path: Path) -> None:
    """On the way from what was counted then, who was counted is told of a town of which not all is known, and not of a new one."""
    plan = make_plan("", commitment("c", "each: town\nmeasure: count(centre)\nat_least: 5 个\ndue: 2025"))
    sheets = [
        sheet_text(
            subjects="".join(f"- {{kind: town, name: {name}, facts: {{}}}}\n" for name in names),
            year=year,
            registers=register,
        )
        for year, names, register in ((2020, "东西南", "centre: 1"), (2023, "东西北", "centre: complete"))
    ]
    found = {
        one.subject: [p.year for p in one.populations] for one in judge(plan, tmp_path, *sheets, year=2023).findings()
    }

    assert {"东": [2023, 2020], "西": [2023, 2020], "北": [2023]} == found


@pytest.mark.parametrize(
    ("form", "target", "gap"),
    [
        ("beds", "9 张", 5), ("2 * beds", "13 张", 3), ("beds / 2", "3 张", 2), ("beds + 1 张", "9 张", 4),
        ("3 * beds + plots", "20 张", 2), ("plots - beds", "1 张", None), ("plots - 0.5 * beds", "4 张", None), ("2 * beds / plots", "5", 4),
        ("beds / (beds + plots)", "80 %", 8), ("beds * times + plots", "20 张", 9),
    ],
)  # fmt: skip
def test_each_bed_more_adds_what_it_is_multiplied_by(tmp_path: Path, form: str, target: str, gap: int | None) -> None:
    """Four beds count eight where each counts twice: three more make thirteen."""
    plan = make_plan(
        measure("beds") + measure("plots") + measure("times", "unit: 倍"),
        commitment("c", f"measure: {form}\nat_least: {target}\ndue: every_year"),
    )
    result = judge(plan, tmp_path, sheet_text("beds: 4\nplots: 3\ntimes: 2"))

    assert gap == one(result).whole_gap == result.to_polars()["whole_gap"][0]


def test_reported_are_the_figures_that_are_known(tmp_path: Path) -> None:
    """Of two homes one says whether it is open, of two figures of the district one is missing: two figures are reported."""
    plan = make_plan(
        OPEN + measure("beds") + measure("plots"),
        commitment("c", "measure: beds + plots\nat_least: 1\ndue: every_year"),
    )
    sheet = sheet_text("beds: 4\nplots: {absent: late}", homes("yes", ""), registers="home: complete")

    assert 2 == judge(plan, tmp_path, sheet).reported


@pytest.mark.parametrize(("step", "verdict"), [("planned", "shortfall"), ("in_force", "met")])
def test_a_step_of_a_ladder_is_no_number_of_things(tmp_path: Path, step: str, verdict: str) -> None:
    """What is missing to a step, and the share of it that there is, are not told as numbers."""
    plan = make_plan(
        measure("law", "ladder: deliverable"), commitment("c", "measure: law\nat_least: issued\ndue: every_year")
    )
    result = judge(plan, tmp_path, sheet_text(f"law: {step}"))
    row = result.to_polars().row(0, named=True)

    assert (verdict, None, "", None) == (
        one(result).verdict,
        one(result).whole_gap,
        one(result).whole_unit,
        one(result).completion,
    )
    assert (None, None, None) == (row["whole_gap"], row["whole_unit"], row["completion"])


@pytest.mark.parametrize(
    ("baseline", "year", "reason"),
    [
        (2018, 2019, "before-plan"),
        (2018, 2020, "before-plan"),
        (2020, 2021, ""),
    ],
)
def test_nothing_is_due_before_the_plan(tmp_path: Path, baseline: int, year: int, reason: str) -> None:
    """A plan from 2021 on judges no year before, however long ago its baseline year is."""
    plan = make_plan(
        measure("beds"),
        commitment("c", "measure: beds\nat_least: 1 张\ndue: every_year"),
        head=HEAD.replace("baseline: 2020", f"baseline: {baseline}"),
    )
    finding = one(judge(plan, tmp_path, sheet_text("beds: 3", year=year), year=year))

    assert ("not_due" if reason else "met", reason) == (finding.verdict, finding.reason)


@pytest.mark.parametrize(
    ("due", "year", "due_year", "elapsed"),
    [
        ("2024", 2022, 2024, Fraction(1, 2)), ("2024", 2024, 2024, Fraction(1)), ("2024", 2025, 2024, Fraction(1)),
        ("2024", 2020, 2024, None), ("every_year", 2022, 2022, None), ("every_year", 2020, 2021, None),
        ("{after: beds > 9 张}", 2022, None, None),
    ],
)  # fmt: skip
def test_the_time_until_something_is_due_passes_once(
    tmp_path: Path, due: str, year: int, due_year: int | None, elapsed: Fraction | None
) -> None:
    """Half of four years is over after two, and all of them from the due year on; what is due every year takes no time."""
    plan = make_plan(measure("beds"), commitment("c", f"measure: beds\nat_least: 1 张\ndue: {due}"))
    finding = one(judge(plan, tmp_path, sheet_text("beds: 3", year=year), year=year))

    assert (due_year, elapsed) == (finding.due_year, finding.time_elapsed)


def test_no_pace_is_told_of_what_may_not_apply(tmp_path: Path) -> None:
    """Half of the way after half of the time is a pace of one; where nobody knows whether the promise applies none is told."""
    body = "measure: beds\nat_least: 20 张\ndue: 2024"
    plan = make_plan(
        measure("beds", "unit: 张, baseline: 10 张") + measure("poor", "yes_no: true"),
        commitment("all", body) + commitment("some", f"where: poor\n{body}"),
    )
    result = judge(plan, tmp_path, sheet_text("beds: 15", year=2022))

    assert [("on_track", 1), ("undetermined", None)] == [(one.verdict, one.pace) for one in result.findings()]
    assert [1.0, None] == result.to_polars()["pace"].to_list()


@pytest.mark.parametrize(
    ("opened", "register", "told"),
    [
        (["yes"], "", (1, 1, None)),
        (["yes", ""], "", (1, 2, None)),
        (["yes"], "home: 2", (1, 2, 1)),
        (["yes"], "home: complete", (1, 1, 0)),
    ],
)
def test_a_population_has_a_year_and_as_many_as_are_known(
    tmp_path: Path, opened: list[str], register: str, told: tuple[int, int, int | None]
) -> None:
    """One open home is counted, those that a register adds may be, and without a register nobody knows how many there are."""
    plan = make_plan(OPEN, commitment("c", "measure: count(home where open)\nat_least: 1 家\ndue: every_year"))
    (population,) = one(judge(plan, tmp_path, sheet_text(subjects=homes(*opened), registers=register))).populations

    assert (*told, 2025) == (population.counted, population.possible, population.unlisted, population.year)


def test_whom_nothing_applies_to_is_told_in_one_finding(tmp_path: Path) -> None:
    """Of two homes in this district none is open: one finding stands for the district, and two homes were looked at."""
    plan = make_plan(
        OPEN + measure("beds", of="home"),
        commitment("c", "each: home\nwhere: open\nmeasure: beds\nat_least: 1 张\ndue: every_year"),
    )
    sheets = [
        sheet_text(subjects=homes(*said), registers="home: complete", name=name)
        for name, said in (("某区", ["no", "no"]), ("乙区", ["yes"]))
    ]
    nobody = next(one for one in judge(plan, tmp_path, *sheets).findings() if one.verdict == "not_applicable")
    (population,) = nobody.populations

    assert ("某区", 1, "nobody", 0, 2) == (
        nobody.root,
        nobody.stands_for,
        nobody.reason,
        population.counted,
        population.possible,
    )


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("unit: 张", "measure: a\nat_least: 9 张\ndue: {after: a > 50 张}", "event-not-yet"),
        ("yes_no: true", "holds: a\ndue: 2025", "no-path"),
        ("ladder: deliverable", "measure: a\nat_least: in_force\ndue: 2025", "no-path"),
        ("unit: 张", "measure: a\nat_least: 9 张\ndue: 2025", "no-baseline"),
    ],
)
def test_why_nothing_is_due_yet(tmp_path: Path, kind: str, body: str, reason: str) -> None:
    """What waits for an event says so, and on the way to a due year what has steps or a condition, or no start."""
    value = {"unit: 张": "3 张", "yes_no: true": "否"}.get(kind, "planned")
    plan = make_plan(measure("a", kind), commitment("c", body))
    finding = one(judge(plan, tmp_path, sheet_text(f"a: {value}", year=2021)))

    assert ("not_due", reason) == (finding.verdict, finding.reason)
