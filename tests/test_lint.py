"""Lint: every rule warns at the right place where a plan cannot be meant, and stays silent where it can."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from dabiao.base.messages import say
from dabiao.rules.amend import in_force
from dabiao.rules.lint import HEADINGS, RULES, describe_rule, lint
from dabiao.rules.load import parse_plan
from dabiao.rules.shape import Text
from helpers import HEAD, commitment, judge, measure, plan_text, sheet_text, verdicts
from linting import BEDS, READING, TARGET, places, warnings

RATE = measure("rate", 'unit: "%"')
REHAB = measure("rehab", "yes_no: true", of="town")
NO_REGISTER = HEAD.replace(", in: district, register: 3}", ", in: district}")


def test_every_rule_is_documented() -> None:
    """Every rule says what it finds, why that matters, and gives an example."""
    for code in RULES:
        assert list(HEADINGS) == list(describe_rule(code)), code
        assert all(describe_rule(code).values()), code


def test_warnings_are_warnings_in_both_languages() -> None:
    """A lint problem is a warning with what was found and expected, and reads in Chinese and English."""
    measures = measure("beds", "unit: 张, baseline: 60 张")
    [(_, problem)] = warnings("goes-backwards", measures, commitment("a", "measure: beds\nat_least: 50 张\ndue: 2025"))
    assert "warning" == problem.severity
    assert ("≥ 50 张", "60 张") == (problem.details["found"], problem.details["expected"])
    assert problem.text("zh") == (
        f"{problem.location}: {say('warning-prefix', 'zh')}“承诺”的目标 ≥ 50 张 比基期值 60 张 还退步"
    )
    assert "the target ≥ 50 张 is worse than the baseline 60 张" in problem.text("en")


def test_warnings_come_in_the_order_of_the_file() -> None:
    """Warnings of different rules are sorted by their place."""
    text = plan_text(
        measure("unused") + measure("beds", "unit: 张, baseline: 60 张"),
        commitment("a", "measure: beds\nat_least: 50 张\ndue: 2025")
        + commitment("b", "measure: beds\nat_least: 60 张\ndue: 2025"),
    )
    found = lint(parse_plan(text, "demo.plan.yaml"))
    assert ["lint.unused-measure", "lint.goes-backwards", "lint.already-met"] == [p.code for p in found]


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("at_least: 49 张", ["49 张"]),
        ("more_than: 49 张", ["49 张"]),
        ("at_most: 51 张", ["51 张"]),
        ("less_than: 51 张", ["51 张"]),
        ("at_least: 51 张", []),
        ("at_most: 49 张", []),
        ("exactly: 40 张", []),
        ("between: [60 张, 70 张]", []),
    ],
)
def test_goes_backwards(target: str, place: list[str]) -> None:
    """A one-sided target on the wrong side of the baseline goes backwards; an exact one or a range has no wrong side."""
    measures = measure("beds", "unit: 张, baseline: 50 张")
    assert place == places("goes-backwards", measures, commitment("a", f"measure: beds\n{target}\ndue: 2025"))


def test_goes_backwards_by_the_baseline_of_the_commitment_and_by_stages() -> None:
    """The baseline may stand in the commitment, and every stage is compared with it."""
    body = "measure: beds\nbaseline: 50 张\nstaged: [{year: 2022, at_least: 40 张}, {year: 2025, at_least: 60 张}]"
    assert ["40 张}, {year: 2025, at_least: 60 张}]"] == places("goes-backwards", BEDS, commitment("a", body))


def test_goes_backwards_across_units() -> None:
    """Baseline and target are compared as quantities: 0.28 万人 against 2,801 people is backwards, against 2,799 not."""
    body = "measure: people\nat_least: 0.28 万人\ndue: 2025"
    for baseline, expected in (("2801 人", ["0.28 万人"]), ("2799 人", [])):
        measures = measure("people", f"unit: 万人, baseline: {baseline}")
        assert expected == places("goes-backwards", measures, commitment("a", body))


def test_goes_backwards_not_by_direction() -> None:
    """A promise of no decrease is not a target below the baseline."""
    measures = measure("beds", "unit: 张, baseline: 50 张")
    body = "measure: beds\ndirection: no_decrease\ndue: 2025"
    assert [] == places("goes-backwards", measures, commitment("a", body))
    assert [] == places("already-met", measures, commitment("a", body))


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("at_least: 50 张\ndue: 2025", ["50 张"]),
        ("at_most: 50 张\ndue: 2025", ["50 张"]),
        ("exactly: 50 张\ndue: 2025", ["50 张"]),
        ("more_than: 50 张\ndue: 2025", []),
        ("at_least: 51 张\ndue: 2025", []),
        ("at_least: 49 张\ndue: 2025", []),
        ("at_least: 50 张\ndue: throughout", []),
    ],
)
def test_already_met(target: str, place: list[str]) -> None:
    """A target for a due year that equals its baseline is already met; one held throughout, or worse, is something else."""
    measures = measure("beds", "unit: 张, baseline: 50 张")
    assert place == places("already-met", measures, commitment("a", f"measure: beds\n{target}"))


def test_already_met_not_at_the_ceiling() -> None:
    """100 % against 100 % can only be held, so it is no oddity; 99 % against 99 % is."""
    for level, expected in (("100 %", []), ("99 %", ["99 %"])):
        measures = measure("rate", f'unit: "%", baseline: {level}')
        body = f"measure: rate\nat_least: {level}\ndue: 2025"
        assert expected == places("already-met", measures, commitment("a", body))


@pytest.mark.parametrize(
    ("stages", "place"),
    [
        ("{year: 2022, at_least: 500 张}, {year: 2025, at_least: 300 张}", ["300 张}]"]),
        ("{year: 2022, at_most: 300 张}, {year: 2025, at_most: 500 张}", ["500 张}]"]),
        ("{year: 2022, at_least: 300 张}, {year: 2025, at_least: 500 张}", []),
        ("{year: 2022, at_least: 300 张}, {year: 2025, at_least: 300 张}", []),
        ("{year: 2022, at_most: 500 张}, {year: 2025, at_most: 300 张}", []),
        ("{year: 2022, at_least: 300 张}, {year: 2025, at_most: 200 张}", []),
        ("{year: 2022, between: [5 张, 9 张]}, {year: 2025, between: [3 张, 4 张]}", []),
    ],
)
def test_stages_backwards(stages: str, place: list[str]) -> None:
    """A later stage that asks for less than the one before goes the wrong way."""
    assert place == places("stages-backwards", BEDS, commitment("a", f"measure: beds\nstaged: [{stages}]"))


def test_stages_backwards_names_both_years() -> None:
    """The warning names both stages with their years."""
    stages = "[{year: 2022, at_least: 500 张}, {year: 2024, at_least: 600 张}, {year: 2025, at_least: 550 张}]"
    [(_, problem)] = warnings("stages-backwards", BEDS, commitment("a", f"measure: beds\nstaged: {stages}"))
    assert (2024, 2025, "≥ 600 张", "≥ 550 张") == tuple(
        problem.details[name] for name in ("before", "year", "expected", "found")
    )


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("measure: rate\nat_least: 120 %\ndue: 2025", ["120 %"]),
        ("measure: rate\nmore_than: 100 %\ndue: 2025", ["100 %"]),
        ("measure: rate\nat_least: 100 %\ndue: 2025", []),
        ("measure: count(town where rehab)\nat_least: 4 个\ndue: 2025", ["4 个"]),
        ("measure: count(town where rehab)\nat_least: 3 个\ndue: 2025", []),
        ("measure: share(rehab of town)\nat_least: 101 %\ndue: 2025", ["101 %"]),
        ("measure: share(rehab of town)\nat_least: 100 %\ndue: 2025", []),
        ("measure: beds\nless_than: 0 张\ndue: 2025", ["0 张"]),
        ("measure: beds / rate\nat_least: 101 张\ndue: 2025", []),
    ],
)
def test_out_of_reach(body: str, place: list[str]) -> None:
    """A target that no value within range, or no number of registered subjects, satisfies is out of reach."""
    assert place == places("out-of-reach", RATE + REHAB + BEDS, commitment("a", body))


def test_out_of_reach_not_without_a_number_in_the_register() -> None:
    """Where each sheet says how many there are, no count is out of reach."""
    homes = measure("public", "yes_no: true", of="home")
    body = "measure: count(home where public)\nat_least: 4000 个\ndue: 2025"
    assert [] == places("out-of-reach", homes, commitment("a", body))


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("measure: beds\nat_least: 0 张\ndue: 2025", ["0 张"]),
        ("measure: rate\nat_most: 100 %\ndue: 2025", ["100 %"]),
        ("measure: share(rehab of town)\nbetween: [0 %, 100 %]\ndue: 2025", ["0 %, 100 %]"]),
        ("measure: beds\nmore_than: 0 张\ndue: 2025", []),
        ("measure: rate\nless_than: 100 %\ndue: 2025", []),
        ("measure: beds - baseline(beds)\nat_least: 0 张\ndue: 2025", []),
        ("measure: law\nat_least: planned\ndue: 2025", ["planned"]),
        ("measure: law\nat_least: drafted\ndue: 2025", []),
    ],
)
def test_cannot_fail(body: str, place: list[str]) -> None:
    """A target that every possible value satisfies cannot be missed."""
    measures = BEDS + RATE + REHAB + measure("law", "ladder: deliverable")
    assert place == places("cannot-fail", measures, commitment("a", body))


def test_cannot_fail_not_where_values_may_be_negative() -> None:
    """At least zero says something about a growth rate, which may be negative."""
    measures = measure("growth", 'unit: "%", signed: true')
    assert [] == places("cannot-fail", measures, commitment("a", "measure: growth\nat_least: 0 %\ndue: 2025"))


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("measure: homes\nexactly: 2.5 所\ndue: 2025", ["2.5 所"]),
        ("measure: homes\nbetween: [2.2 所, 2.8 所]\ndue: 2025", ["2.2 所, 2.8 所]"]),
        ("measure: homes\nexactly: 2 所\ndue: 2025", []),
        ("measure: homes\nat_least: 2.5 所\ndue: 2025", []),
        ("measure: homes\nexactly: 0.0002 万所\ndue: 2025", []),
        ("measure: average_homes\nexactly: 2.5 所\ndue: 2025", []),
        ("measure: count(home where big)\nexactly: 2.5 个\ndue: 2025", ["2.5 个"]),
        ("measure: sum(rooms of home)\nexactly: 2.5 张\ndue: 2025", ["2.5 张"]),
        ("measure: max(rooms of home)\nexactly: 2.5 张\ndue: 2025", ["2.5 张"]),
        ("measure: median(rooms of home)\nexactly: 2.5 张\ndue: 2025", []),
        ("measure: sum(area of home)\nexactly: 2.5 张\ndue: 2025", []),
        ("measure: max(area of home)\nexactly: 2.5 张\ndue: 2025", []),
        ("measure: 2 * homes\nexactly: 2.5 所\ndue: 2025", ["2.5 所"]),
        ("measure: sum(rooms of home) / count(home)\nexactly: 2.5 张/个\ndue: 2025", []),
        ("measure: homes / 2\nexactly: 2.5 所\ndue: 2025", []),
        ("measure: homes + average_homes\nexactly: 2.5 所\ndue: 2025", []),
    ],
)
def test_fraction_of_whole(body: str, place: list[str]) -> None:
    """An exact target between two whole numbers cannot be met by a measure that counts things."""
    measures = measure("homes", "unit: 所") + measure("average_homes", "unit: 所, whole: false")
    measures += measure("big", "yes_no: true", of="home") + measure("rooms", "unit: 张", of="home")
    measures += measure("area", "unit: 张, whole: false", of="home")
    assert place == places("fraction-of-whole", measures, commitment("a", body))


@pytest.mark.parametrize(
    ("first", "second", "place"),
    [
        ("at_least: 150 张\ndue: 2025", "at_most: 100 张\ndue: 2025", ["100 张"]),
        ("at_least: 100 张\ndue: 2025", "at_most: 100 张\ndue: 2025", []),
        ("more_than: 100 张\ndue: 2025", "at_most: 100 张\ndue: 2025", ["100 张"]),
        ("exactly: 5 张\ndue: 2025", "exactly: 6 张\ndue: 2025", ["6 张"]),
        ("more_than: 5 张\ndue: 2025", "less_than: 6 张\ndue: 2025", ["6 张"]),
        ("at_least: 150 张\ndue: 2023", "at_most: 100 张\ndue: 2025", ["100 张"]),
        ("at_most: 100 张\ndue: every_year", "staged: [{year: 2022, at_least: 90 张}, {year: 2025, at_least: 150 张}]",
         ["90 张}, {year: 2025, at_least: 150 张}]"]),
        ("at_most: 100 张\ndue: every_year", "staged: [{year: 2022, at_least: 90 张}, {year: 2025, at_least: 99 张}]", []),
        ("direction: increase\ndue: 2025", "direction: decrease\ndue: 2025", ["decrease"]),
        ("direction: increase\nagainst: last_year\ndue: every_year", "direction: decrease\ndue: 2025", []),
        ("at_least: standard + 5 张\ndue: 2025", "at_most: standard\ndue: 2025", ["standard"]),
        ("at_least: standard\ndue: 2025", "at_most: standard + 5 张\ndue: 2025", []),
        ("between: [100 张, standard]\ndue: 2025", "exactly: 200 张\ndue: 2025", []),
        ("at_least: 150 张\ndue: {after: standard > 9 张}", "at_most: 100 张\ndue: 2025", []),
    ],
)  # fmt: skip
def test_conflict(first: str, second: str, place: list[str]) -> None:
    """Two promises on one figure conflict if in some year no value, or no whole number of things, keeps both."""
    measures = measure("standard") + measure("beds", "unit: 张")
    bodies = [commitment(name, f"measure: beds\n{body}") for name, body in (("a", first), ("b", second))]
    assert place == places("conflict", measures, *bodies)


def test_conflict_in_its_first_year() -> None:
    """The warning names the other commitment and the first year in which both cannot be kept."""
    staged = "measure: beds\nstaged: [{year: 2022, at_least: 90 张}, {year: 2024, at_least: 150 张}]"
    cap = commitment("cap", "measure: beds\nat_most: 100 张\ndue: every_year").replace("承诺", "上限")
    [(_, problem)] = warnings("conflict", BEDS, cap, commitment("a", staged))
    assert (2024, Text("上限", "Commitment"), "≤ 100 张", "≥ 150 张") == tuple(
        problem.details[name] for name in ("year", "other", "expected", "found")
    )


def test_conflict_not_across_populations() -> None:
    """Promises for different subjects, or under different conditions, do not conflict."""
    measures = measure("beds", of="home") + measure("public", "yes_no: true", of="home")
    high, low = "measure: beds\nat_least: 150 张\ndue: 2025", "measure: beds\nat_most: 100 张\ndue: 2025"
    apart = [
        commitment("a", f"each: home\nwhere: public\n{high}"),
        commitment("b", f"each: home\nwhere: not public\n{low}"),
    ]
    together = [
        commitment("a", f"each: home\nwhere: public\n{high}"),
        commitment("b", f"each: home\nwhere: public\n{low}"),
    ]
    assert [] == places("conflict", measures, *apart)
    assert ["100 张"] == places("conflict", measures, *together)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("measure: beds\nat_least: 100 张\ndue: 2025", ["table"]),
        ("measure: beds\nmore_than: 150 张\ndue: 2025", ["table"]),
        ("measure: beds\nat_least: 150 张\ndue: 2024", ["table"]),
        ("measure: change(beds)\nat_least: 90 张\ndue: 2025", ["table"]),
        ("measure: text_beds\nat_least: 100 张\ndue: 2025", ["table"]),
        ("measure: beds\nat_least: 150 张\ndue: 2025", []),
        ("measure: beds\nat_least: 150 张\ndue: 2024\nimplied: true", []),
        ("measure: change(beds)\nat_least: 100 张\ndue: 2025", []),
        ("measure: text_beds\nat_least: 150 张\ndue: 2025", []),
        ("measure: beds\ndirection: increase\ndue: 2025", []),
        ("measure: share(rehab of town)\nat_least: 80 %\ndue: 2025", []),
        ("each: town\nmeasure: town_beds\nat_least: 50 张\ndue: 2025", []),
    ],
)
def test_same_as_differs(text: str, place: list[str]) -> None:
    """Two statements of one promise differ in target or due year; a delta that comes to the same does not."""
    measures = measure("beds", "unit: 张, baseline: 50 张") + measure("text_beds") + REHAB
    measures += measure("town_beds", of="town")
    table = commitment("table", "measure: beds\nat_least: 150 张\ndue: 2025")
    assert place == places("same-as-differs", measures, table, commitment("text", f"{text}\nsame_as: table"))


def test_same_as_differs_names_the_reading() -> None:
    """A contradiction between two linked statements is told once, with the reading chosen, and is no second conflict."""
    bodies = (
        commitment("table", "measure: beds\nexactly: 150 张\ndue: 2025\nsame_as: text"),
        commitment("text", f"measure: beds\nexactly: 100 张\ndue: 2025\nsame_as: table\n{READING}"),
    )
    [(place, problem)] = warnings("same-as-differs", BEDS, *bodies)
    assert ("text", "表中150张") == (place, problem.details["chosen"])
    assert "reading chosen: 表中150张" in problem.text("en")
    assert [] == places("conflict", BEDS, *bodies)


def test_subset_larger() -> None:
    """A part above its whole in the baseline year is found in formulas and in commitments, at the expression."""
    for beds, expected in (("800 张", ["nursing / beds"]), ("900 张", [])):
        measures = measure("nursing", "unit: 张, baseline: 900 张") + measure("beds", f"unit: 张, baseline: {beds}")
        body = "measure: nursing / beds\nat_least: 60 %\ndue: 2025"
        assert expected == places("subset-larger", measures, commitment("a", body))
        derived = measures + "- {id: part, title: {zh: 占比, en: part}, unit: '%', formula: nursing / beds}\n"
        body = "measure: part\nat_least: 60 %\ndue: 2025"
        at_formula = [f"{place}}}" for place in expected]
        assert at_formula == places("subset-larger", derived, commitment("a", body))


def test_subset_larger_not_for_ratios() -> None:
    """A ratio that is no share, such as residents to carers, may exceed one, and so may a signed percentage."""
    measures = measure("old", "unit: 人, baseline: 900 人") + measure("carers", "unit: 人, baseline: 100 人")
    body = "measure: old / carers\nat_most: 7\ndue: 2025"
    assert [] == places("subset-larger", measures, commitment("a", body))
    measures += "- {id: part, title: {zh: 比, en: part}, unit: '%', signed: true, formula: old / carers}\n"
    assert [] == places("subset-larger", measures, commitment("a", "measure: part\nat_most: 700 %\ndue: 2025"))


def test_unused_measure() -> None:
    """A measure in no expression is unused; one inside a count, a condition, a formula or a target is used."""
    measures = BEDS + measure("public", "yes_no: true", of="home") + measure("size", of="home") + measure("standard")
    measures += measure("part_a") + measure("part_b") + measure("lone") + measure("once", "unit: 张, baseline: 5 张")
    measures += "- {id: both, title: {zh: 合计, en: both}, unit: 张, formula: part_a + part_b}\n"
    measures += "- {id: idle, title: {zh: 闲置, en: idle}, unit: 张, formula: beds + beds}\n"
    bodies = (
        commitment("a", "measure: count(home where public and size >= 5 张)\nat_least: 2 个\ndue: 2025"),
        commitment("b", "measure: both\nat_least: standard + baseline(once)\ndue: {after: beds > 3 张}"),
    )
    found = places("unused-measure", measures, *bodies)
    assert ["{id: lone", "{id: idle"] == [place.split(",")[0] for place in found]


def test_unused_measure_tells_kinds_apart() -> None:
    """A measure of one kind is not used because one of another kind has the same id."""
    measures = measure("beds") + measure("beds", of="home")
    found = places("unused-measure", measures, commitment("a", f"each: home\nmeasure: beds\n{TARGET}"))
    assert ["{id: beds, title"] == [place[:16] for place in found]


def test_unreportable_measure() -> None:
    """Nobody can report a measure of a kind whose register is 0, or that lies below such a kind."""
    measures = measure("rehab", "yes_no: true", of="town") + measure("size", of="centre") + measure("beds", of="home")
    body = "measure: sum(beds of home)\nat_least: 1 张\ndue: 2025"
    empty = HEAD.replace("register: 3", "register: 0")
    found = places("unreportable-measure", measures, commitment("a", body), head=empty)
    assert ["{id: rehab", "{id: size"] == [place.split(",")[0] for place in found]
    assert [] == places("unreportable-measure", measures, commitment("a", body))


@pytest.mark.parametrize(
    "body",
    [
        "measure: count(town where rehab)\nat_least: 2 个\ndue: 2025",
        "measure: share(rehab of town)\nat_least: 80 %\ndue: 2025",
        "each: town\nholds: rehab\ndue: 2025",
        "holds: count(town where rehab) >= 2 个\ndue: 2025",
        "measure: beds\nat_least: 2 张\ndue: {after: count(town where rehab) >= 2 个}",
        "measure: beds\nat_least: sum(beds_there of town)\ndue: 2025",
    ],
)
def test_no_register(body: str) -> None:
    """A kind without a register is found where anything counts on it, and not where it has one."""
    measures = REHAB + BEDS + measure("beds_there", of="town")
    [place] = places("no-register", measures, commitment("a", body), head=NO_REGISTER)
    assert place.startswith("{id: town,")
    assert [] == places("no-register", measures, commitment("a", body))


def test_no_register_not_where_nothing_counts_on_it() -> None:
    """A kind without a register that no commitment looks at is no problem."""
    assert [] == places("no-register", BEDS, commitment("a", f"measure: beds\n{TARGET}"), head=NO_REGISTER)


def consequence(name: str, when: str, phrase: str = "") -> str:
    """Return one consequence."""
    cite = f", cite: {{section: 第一部分, phrase: {phrase}}}" if phrase else ""
    return f"  - {{id: {name}, title: {{zh: 后果, en: Outcome}}, level: alert, when: [{when}]{cite}}}\n"


@pytest.mark.parametrize(
    ("body", "verdict", "never"),
    [
        ("manual: true", "shortfall", True),
        ("manual: true", "met", True),
        (f"measure: beds\n{TARGET}", "shortfall", False),
        (f"measure: beds\n{TARGET}", "behind", False),
        ("measure: beds\nat_least: 5 张\ndue: every_year", "behind", True),
        ("measure: beds\nat_least: 5 张\ndue: 2021", "behind", True),
        ("measure: beds\nat_least: 5 张\ndue: 2022", "on_track", False),
        ("holds: beds > 5 张\ndue: 2025", "behind", True),
        (f"measure: beds\n{TARGET}", "not_applicable", True),
        (f"each: town\nmeasure: town_beds\n{TARGET}", "not_applicable", False),
        ("measure: beds / homes\nat_least: 5 张/家\ndue: 2025", "not_applicable", False),
        ("measure: beds\nat_least: 0 张\ndue: 2025", "shortfall", True),
        ("measure: rate\nat_least: 120 %\ndue: 2025", "met", True),
        (f"measure: beds\n{TARGET}", "undetermined", False),
    ],
)
def test_consequence_never(body: str, verdict: str, never: bool) -> None:
    """A consequence never follows if its commitment can never have the verdict named."""
    measures = BEDS + RATE + measure("homes", "unit: 家") + measure("town_beds", of="town")
    rest = "consequences:\n" + consequence("out", f"{{commitment: a, verdict: {verdict}}}")
    found = places("consequence-never", measures, commitment("a", body), rest=rest)
    assert (["a, verdict: " + verdict] if never else []) == [place.split("}")[0] for place in found]


def test_consequence_never_agrees_with_the_engine(tmp_path: Path) -> None:
    """The verdict "behind" that lint holds for impossible is given by the engine in no year of the plan."""
    measures = measure("beds", "unit: 张, baseline: 1 张")
    bodies = {
        "yearly": "measure: beds\nat_least: 5 张\ndue: every_year",
        "first": "measure: beds\nat_least: 5 张\ndue: 2021",
        "second": "measure: beds\nat_least: 5 张\ndue: 2022",
        "last": "measure: beds\nat_least: 5 张\ndue: 2025",
    }
    text = plan_text(measures, "".join(commitment(name, body) for name, body in bodies.items()))
    seen: dict[str, set[str]] = {name: set() for name in bodies}
    for year in range(2021, 2026):
        sheet = sheet_text("beds: 2 张", year=year)
        for (name, _), verdict in verdicts(judge(parse_plan(text), tmp_path, sheet)).items():
            seen[name].add(verdict)
    assert {"yearly": False, "first": False, "second": True, "last": True} == {
        name: "behind" in given for name, given in seen.items()
    }


def test_consequence_never_by_nature_and_by_chain() -> None:
    """Nothing follows from a nature nobody has, nor from two consequences that wait for each other."""
    body = commitment("a", f"measure: beds\n{TARGET}\nnature: binding")
    by_nature = (
        "consequences:\n" + consequence("out", "{nature: anticipatory}") + consequence("in", "{nature: binding}")
    )
    assert ["anticipatory}]}"] == places("consequence-never", BEDS, body, rest=by_nature)
    circle = "consequences:\n" + consequence("one", "{consequence: two}") + consequence("two", "{consequence: one}")
    assert ["two}]}", "one}]}"] == places("consequence-never", BEDS, body, rest=circle)
    chain = "consequences:\n" + consequence("one", "{consequence: two}") + consequence("two", "{commitment: a}")
    assert [] == places("consequence-never", BEDS, body, rest=chain)


@pytest.mark.parametrize(
    ("target", "phrase", "wrong"),
    [
        ("80 %", "满意率低于85%的机构取消补贴", True),
        ("85 %", "满意率低于85%的机构取消补贴", False),
        ("85 %", "满意率低于８５％的机构取消补贴", False),
        ("85 %", "满意率低于百分之八十五的机构取消补贴", False),
        ("80 %", "满意率低于百分之八十五的机构取消补贴", True),
        ("85 %", "满意率过低的一批机构取消补贴", False),
    ],
)
def test_trigger_not_cited(target: str, phrase: str, wrong: bool) -> None:
    """The threshold of a trigger must be among the figures of the cited phrase, in digits or in Chinese numerals."""
    body = commitment("a", f"measure: rate\nat_least: {target}\ndue: throughout")
    rest = "consequences:\n" + consequence("out", "{commitment: a}", phrase)
    assert ([f"{phrase}}}}}"] if wrong else []) == places("trigger-not-cited", RATE, body, rest=rest)


def test_trigger_not_cited_reads_scales() -> None:
    """A threshold of 2,800 people stands in a phrase that says 0.28 万."""
    measures = measure("people", "unit: 人")
    body = commitment("a", "measure: people\nat_least: 2800 人\ndue: throughout")
    for phrase, expected in (("不足0.28万人的", []), ("不足0.29万人的", ["不足0.29万人的}}"])):
        rest = "consequences:\n" + consequence("out", "{commitment: a}", phrase)
        assert expected == places("trigger-not-cited", measures, body, rest=rest)


@pytest.mark.parametrize(
    ("each", "total", "place"),
    [
        ("measure: centres\nat_least: 1 家", "measure: sum(centres of town)\nat_least: 2 家", ["1 家"]),
        ("measure: centres\nat_least: 1 家", "measure: sum(centres of town)\nat_least: 3 家", []),
        ("measure: centres\nat_least: 2 家", "measure: sum(centres of town)\nat_least: 5 家", ["2 家"]),
        ("measure: count(centre)\nat_least: 1 个", "measure: count(centre)\nat_least: 2 个", ["1 个"]),
        ("holds: has_one", "measure: all_centres\nat_least: 2 家\nsame_as: each", ["has_one"]),
        ("holds: has_one", "measure: all_centres\nat_least: 3 家\nsame_as: each", []),
        ("holds: has_one", "measure: all_centres\nat_least: 2 家", []),
        ("where: has_one\nmeasure: centres\nat_least: 1 家", "measure: sum(centres of town)\nat_least: 2 家", []),
        ("measure: centres\nat_most: 1 家", "measure: sum(centres of town)\nat_most: 2 家", []),
        ("measure: has_one\nexactly: yes", "measure: all_centres\nexactly: 2 家\nsame_as: each", ["yes"]),
        ("measure: has_one\nexactly: no", "measure: all_centres\nexactly: 2 家\nsame_as: each", []),
        ("measure: centres\nat_least: 1 家", "measure: average(centres of town)\nat_least: 1 家\nsame_as: each", []),
    ],
)
def test_total_too_small(each: str, total: str, place: list[str]) -> None:
    """One thing for each of 3 towns needs 3 in all: a target of 2 for their number contradicts it."""
    measures = measure("centres", "unit: 家", of="town") + measure("has_one", "yes_no: true", of="town")
    measures += measure("all_centres", "unit: 家")
    bodies = (commitment("each", f"each: town\n{each}\ndue: 2025"), commitment("total", f"{total}\ndue: 2025"))
    assert place == places("total-too-small", measures, *bodies)


def test_total_too_small_not_without_a_number() -> None:
    """Where the register is reported, the plan itself does not show how many are needed."""
    measures = measure("centres", "unit: 家", of="home")
    each = commitment("each", "each: home\nmeasure: centres\nat_least: 1 家\ndue: 2025")
    total = commitment("total", "measure: sum(centres of home)\nat_least: 1 家\ndue: 2025")
    assert [] == places("total-too-small", measures, each, total)


def test_an_amended_plan_is_linted_as_amended() -> None:
    """Lint looks at the text in force: stages brought in by an amendment are found wrong at their own place."""
    stages = "[{year: 2022, at_least: 60 张}, {year: 2025, at_least: 55 张}]"
    rest = f"amendments:\n  - {{id: rev, effective: 2023-07-01, authority: 区, changes: [{{commitment: a, staged: {stages}}}]}}\n"
    measures = measure("beds", "unit: 张, baseline: 50 张")
    text = plan_text(measures, commitment("a", "measure: beds\nat_least: 80 张\ndue: 2024"), rest)
    plan = parse_plan(text, "demo.plan.yaml")
    assert () == lint(plan)
    [problem] = lint(in_force(plan, date(2024, 1, 1)))
    line = text.splitlines()[problem.location.line - 1]
    assert ("lint.stages-backwards", "55 张}]}]}") == (problem.code, line[problem.location.column - 1 :])


def test_a_sound_plan_has_no_warnings() -> None:
    """A plan with an implied due year, a baseline below its target and a register is clean."""
    measures = measure("beds", "unit: 张, baseline: 5 张") + REHAB
    text = plan_text(
        measures,
        commitment("a", "measure: beds\nat_least: 50 张\ndue: 2025\nimplied: true")
        + commitment("b", "measure: share(rehab of town)\nat_least: 80 %\ndue: 2025"),
    )
    assert () == lint(parse_plan(text))
