"""Made-up boundary cases: what is made up for each form of commitment, and that the engine agrees with the oracle."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from dabiao.rules.amend import amend_text
from dabiao.rules.load import find_shipped_plans, load_plan
from dabiao.trials.cases import Case, Coverage, cover
from dabiao.trials.oracle import Oracle
from dabiao.trials.worlds import FigureKey, Subject, World
from helpers import HEAD, ROOT, commitment, judge, make_plan, measure, one, sheet_text


def made_up(measures: str, body: str, head: str = HEAD, rest: str = "") -> Coverage:
    """Return the coverage of a plan with one commitment."""
    return cover(make_plan(measures, commitment("promise", body), rest, head))


def of_sort(coverage: Coverage, sort: str) -> list[Case]:
    """Return the cases of one sort."""
    return [case for case in coverage.cases if case.sort == sort]


def facts(coverage: Coverage, sort: str) -> list[str]:
    """Return the figures of the cases of one sort."""
    return [case.facts for case in of_sort(coverage, sort)]


BEDS = measure("beds")

FORMS = {
    "at least": (BEDS, "measure: beds\nat_least: 50 张\ndue: 2025"),
    "at most": (BEDS, "measure: beds\nat_most: 50 张\ndue: 2025"),
    "more than": (BEDS, "measure: beds\nmore_than: 50 张\ndue: 2025"),
    "less than": (BEDS, "measure: beds\nless_than: 50 张\ndue: 2025"),
    "exactly": (BEDS, "measure: beds\nexactly: 0 张\ndue: throughout"),
    "between": (BEDS, "measure: beds\nbetween: [2 张, 3 张]\ndue: 2025"),
    "staged": (BEDS, "measure: beds\nstaged:\n  - {year: 2022, at_least: 300 张}\n  - {year: 2025, at_least: 500 张}"),
    "every year": (BEDS, "measure: beds\nat_least: 20 张\ndue: every_year"),
    "share of a whole": (BEDS + measure("nursing"), "measure: nursing / beds\nat_least: 74.47 %\ndue: 2025"),
    "ratio": (measure("carers", "unit: 人") + measure("residents", "unit: 人"), 'measure: carers / residents\nat_least: "1:7"\ndue: 2025'),
    "per thousand": (BEDS + measure("people", "unit: 万人"), "measure: beds / people\nat_least: 10.4 张/千人\ndue: 2025"),
    "direction": (measure("graves", "unit: 处"), "measure: graves\ndirection: decrease\nagainst: baseline\ndue: 2025"),
    "against last year": (measure("graves", "unit: 处"), "measure: graves\ndirection: no_increase\nagainst: last_year\ndue: every_year"),
    "a share that must not fall": (
        measure("women", "unit: 人") + measure("members", "unit: 人"),
        "measure: women / members\ndirection: no_decrease\nagainst: baseline\ndue: 2025",
    ),
    "maintain": (measure("workers", "unit: 人"), "measure: workers\ndirection: maintain\nagainst: baseline\ndue: throughout"),
    "change": (BEDS, "measure: change(beds)\nat_least: 400 张\ndue: 2025"),
    "total": (BEDS, "measure: total(beds)\nat_least: 25 张\ndue: 2025"),
    "gap of two shares": (
        measure("urban", 'unit: "%"') + measure("rural", 'unit: "%"'), "measure: urban - rural\nat_most: 10 百分点\ndue: 2025",
    ),
    "rate of change": (BEDS, "measure: change(beds) / baseline(beds)\nat_least: 20 %\ndue: 2025"),
    "bare numbers": (
        measure("hours", "unit: 小时") + measure("land", "unit: 亩"),
        "measure: hours\nat_least: 2 + 1\nwhere: 3 <= land\ndue: 2025",
    ),
    "growth in step": (
        measure("allowance", "unit: 元") + measure("gdp", 'unit: "%", signed: true'),
        "measure: allowance / last(allowance) - 1\nbetween: [gdp - 1 百分点, gdp + 1 百分点]\ndue: every_year",
    ),
    "ladder": (measure("fund", "ladder: deliverable"), "measure: fund\nat_least: issued\ndue: 2025"),
    "several parts": (
        measure("fund", "ladder: deliverable") + measure("law", "ladder: deliverable"),
        "holds: fund >= in_force and law >= issued\ndue: 2025",
    ),
    "one of several": (
        measure("online", "yes_no: true") + measure("offline", "yes_no: true"), "holds: online or offline\ndue: 2025",
    ),
    "not": (measure("private", "yes_no: true"), "holds: not private\ndue: throughout"),
    "each": (measure("beds", of="home"), "each: home\nmeasure: beds\nat_least: 50 张\ndue: 2025"),
    "each that": (
        measure("beds", of="home") + measure("reserved", of="home") + measure("stars", "ladder: rating", of="home"),
        "each: home\nwhere: stars >= two\nmeasure: reserved / beds\nat_least: 2 %\ndue: throughout",
    ),
    "each of three levels": (
        measure("quota", "unit: 家") + measure("homes", "unit: 家", of="centre"),
        "each: centre\nmeasure: homes\nat_least: quota\ndue: 2025",
    ),
    "count": (
        measure("beds", of="home") + measure("stars", "ladder: rating", of="home"),
        "measure: count(home where beds >= 50 张 and stars >= three)\nat_least: 2 家\ndue: 2025",
    ),
    "range of counts": (
        measure("stars", "ladder: rating", of="home"), "measure: count(home where stars = four)\nbetween: [1 家, 2 家]\ndue: 2025",
    ),
    "share": (measure("rehab", "yes_no: true", of="town"), "measure: share(rehab of town)\nat_least: 60 %\ndue: 2025"),
    "share of some": (
        measure("rehab", "yes_no: true", of="home") + measure("public", "yes_no: true", of="home"),
        "measure: share(rehab of home where public)\nat_least: 80 %\ndue: 2025",
    ),
    "pooled share": (
        measure("nursing", of="home") + measure("beds", of="home"),
        "measure: sum(nursing of home) / sum(beds of home)\nat_least: 55 %\ndue: 2025",
    ),
    "pooled share of some": (
        measure("public", "yes_no: true", of="home") + measure("beds", of="home"),
        "measure: sum(beds of home where public) / sum(beds of home)\nat_least: 55 %\ndue: 2025",
    ),
    "average": (measure("added", "unit: 个", of="home"), "measure: average(added of home)\nat_least: 2 个\ndue: 2025"),
    "largest": (measure("beds", of="home"), "measure: max(beds of home)\nat_most: 300 张\ndue: 2025"),
    "smallest": (
        measure("beds", of="home") + measure("public", "yes_no: true", of="home"),
        "measure: min(beds of home where public)\nat_least: 10 张\ndue: 2025",
    ),
    "middle": (measure("pay", "unit: 元", of="home"), "measure: median(pay of home)\nat_least: 3000 元\ndue: 2025"),
    "each with children": (
        measure("open", "yes_no: true", of="centre"), "each: town\nmeasure: count(centre where open)\nat_least: 1 家\ndue: 2025",
    ),
    "for all exists": (
        measure("open", "yes_no: true", of="centre"),
        "measure: share(count(centre where open) >= 1 家 of town)\nat_least: 100 %\ndue: 2025",
    ),
    "three counts of one kind": (
        measure("place", "options: [{id: a, title: {zh: 甲, en: a}}, {id: b, title: {zh: 乙, en: b}}, {id: c, title: {zh: 丙, en: c}}]", of="home"),
        "holds: count(home where place = a) >= 1 家 and count(home where place = b) >= 1 家 and count(home where place = c) >= 1 家\ndue: 2025",
    ),
    "after": (
        BEDS + measure("fund", "ladder: deliverable"), "measure: beds\nat_least: 50 张\ndue: {after: fund >= in_force}",
    ),
    "beside another series": (
        measure("dibao", "unit: 元") + measure("municipal", "unit: 元"), "measure: dibao\nat_least: municipal\ndue: throughout",
    ),
}  # fmt: skip


def test_the_oracle_shares_no_arithmetic_with_the_engine() -> None:
    """It imports the parser, the units, the written plan and the names of verdicts: no forms, columns, comparators, paths."""
    found: set[str] = set()
    for name in ("oracle", "values", "worlds", "conditions", "consequences"):
        for node in ast.walk(ast.parse((ROOT / "trials" / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {f"{node.module}.{each.name}" for each in node.names}
    ours = {name for name in found if name.startswith(("dabiao.engine", "dabiao.rules"))}
    assert {
        "dabiao.engine.results.Verdict", "dabiao.rules.expressions", "dabiao.rules.written", "dabiao.rules.shape.Source",
        "dabiao.rules.model.Plan", "dabiao.rules.model.Commitment", "dabiao.rules.model.Measure",
    } == ours  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_commitment_is_seen_met_and_short(form: str) -> None:
    """Every form of the language is seen met, short and undetermined, and the engine agrees with exact fractions."""
    coverage = made_up(*FORMS[form])
    assert [] == list(coverage.wrong)
    assert [] == list(coverage.open)
    assert coverage.seen[0].undetermined > 0
    assert Fraction(100) == coverage.percent


def test_one_whole_thing_lies_between_short_and_met() -> None:
    """Beds are whole: just short of 50 is 49, just above is 51."""
    coverage = made_up(*FORMS["at least"])
    assert ["beds@2025 = 49 张"] == facts(coverage, "short")
    assert ["beds@2025 = 50 张"] == facts(coverage, "at")
    assert ["beds@2025 = 51 张"] == facts(coverage, "above")


def test_a_small_decimal_lies_between_short_and_met() -> None:
    """A percentage just short of 80 % is so near that rounding would hide it."""
    coverage = made_up(measure("share", 'unit: "%"'), "measure: share\nat_least: 80 %\ndue: 2025")
    assert ["share@2025 = 79.9999 %"] == facts(coverage, "short")
    assert ["share@2025 = 80 %"] == facts(coverage, "at")


def test_a_full_share_is_met_without_being_exceeded() -> None:
    """Nothing lies above 100 %, and nothing above is asked for."""
    coverage = made_up(measure("share", 'unit: "%"'), "measure: share\nat_least: 100 %\ndue: 2025")
    assert [] == of_sort(coverage, "above")
    assert [] == list(coverage.open)


def test_a_range_is_tried_at_both_ends() -> None:
    """Two to three is short at one and at four."""
    coverage = made_up(*FORMS["between"])
    assert ["beds@2025 = 1 张", "beds@2025 = 4 张"] == sorted(facts(coverage, "short"))
    assert {"beds@2025 = 2 张", "beds@2025 = 3 张"} == set(facts(coverage, "at"))


def test_each_stage_is_tried_in_its_own_year() -> None:
    """A staged target is tried at 300 in 2022 and at 500 in 2025."""
    coverage = made_up(*FORMS["staged"])
    assert ["beds@2022 = 299 张", "beds@2025 = 499 张"] == facts(coverage, "short")
    assert [2022, 2025] == [case.year for case in of_sort(coverage, "at")]


def test_each_part_of_a_conjunction_falls_short_alone() -> None:
    """Where fund and law are both needed, each is seen lacking while the other is there."""
    coverage = made_up(*FORMS["several parts"])
    assert {"fund@2025 = issued; law@2025 = issued", "fund@2025 = in_force; law@2025 = drafted"} == {
        "; ".join(sorted(text.split("; "))) for text in facts(coverage, "short")
    }


def test_a_figure_that_matters_and_is_missing_is_undetermined() -> None:
    """Leaving out a figure that could change the verdict is never met."""
    coverage = made_up(*FORMS["share of a whole"])
    missing = of_sort(coverage, "missing")
    assert [(2025, "undetermined")] * 2 == [(case.year, case.actual) for case in missing if case.year == 2025]
    assert {"undetermined"} == {case.actual for case in missing}


@pytest.mark.parametrize(
    "written",
    [
        "at_least: 51 张\ndue: 2025",
        "at_least: 49 张\ndue: 2025",
        "more_than: 50 张\ndue: 2025",
        "at_most: 50 张\ndue: 2025",
        "at_least: 50 张\ndue: 2024",
    ],
)
def test_a_text_that_is_misread_is_seen(written: str) -> None:
    """If a target, a bound or a year were not read as it is written, the cases would not agree."""
    read = make_plan(BEDS, commitment("promise", FORMS["at least"][1]))
    text = make_plan(BEDS, commitment("promise", f"measure: beds\n{written}"))

    assert cover(replace(read, text=text.text)).wrong


def test_nothing_reported_is_undetermined() -> None:
    """A district that reports nothing has not met a count of homes."""
    silent = of_sort(made_up(*FORMS["count"]), "silent")
    assert ["undetermined"] == [case.actual for case in silent]
    assert [""] == [case.facts for case in silent]


def test_nobody_there_is_not_applicable() -> None:
    """Without a home, or with homes that the condition leaves out, there is nothing to meet."""
    coverage = made_up(*FORMS["each that"])
    assert ["not_applicable"] == [case.actual for case in of_sort(coverage, "nobody")]
    assert ["not_applicable"] == [case.actual for case in of_sort(coverage, "excluded")]
    assert ["not_applicable"] == [case.actual for case in of_sort(coverage, "no_base")]


def test_without_a_figure_to_compare_with_there_is_nothing_to_meet() -> None:
    """Where the committee had no members in the baseline year, its share of women cannot have fallen or risen."""
    coverage = made_up(*FORMS["a share that must not fall"])
    assert ["not_applicable"] == [case.expected for case in of_sort(coverage, "no_target")]
    assert ["not_applicable"] == [case.actual for case in of_sort(coverage, "no_target")]


def test_before_its_condition_holds_nothing_is_due() -> None:
    """A commitment due after an event is not due before it."""
    assert ["not_due"] == [case.actual for case in of_sort(made_up(*FORMS["after"]), "not_yet")]


def test_a_register_in_the_plan_is_respected() -> None:
    """With three towns in the register, 60 % is two towns, and one town is short; never four of five."""
    coverage = made_up(*FORMS["share"])
    towns = {
        text.count("town-") + sum(int(n) - 1 for n in _copies(text))
        for text in facts(coverage, "at") + facts(coverage, "short")
    }
    assert {3} == towns


def _copies(text: str) -> list[str]:
    return [part.split(" x ")[0] for part in text.split("; ") if " x " in part]


def test_what_the_register_makes_impossible_is_reported() -> None:
    """Four of three towns can never be had: the commitment is never seen met, nor early."""
    coverage = made_up(
        measure("rehab", "yes_no: true", of="town"), "measure: count(town where rehab)\nat_least: 4 个\ndue: 2025"
    )
    assert [("met", "early")] == [seen.lacking for seen in coverage.open]
    assert Fraction(0) == coverage.percent


def test_a_target_that_cannot_be_missed_is_reported() -> None:
    """Beds are never fewer than none: such a commitment is never seen short, nor behind."""
    coverage = made_up(BEDS, "measure: beds\nat_least: 0 张\ndue: 2025")
    assert [("short", "behind")] == [seen.lacking for seen in coverage.open]


def test_a_contradiction_is_reported() -> None:
    """More than five and fewer than three cannot both be."""
    coverage = made_up(BEDS, "holds: beds >= 5 张 and beds <= 3 张\ndue: 2025")
    assert [("met", "early")] == [seen.lacking for seen in coverage.open]


def test_one_open_commitment_of_two_is_half() -> None:
    """Coverage is the share of judged commitments; manual clauses do not count."""
    both = commitment("a", FORMS["at least"][1]) + commitment("b", "measure: beds\nat_least: 0 张\ndue: 2025")
    coverage = cover(make_plan(BEDS, both + commitment("c", "manual: true")))
    assert Fraction(50) == coverage.percent
    assert ["a", "b"] == [seen.commitment.id for seen in coverage.seen]


def test_verdicts_seen_elsewhere_count() -> None:
    """A case that an author wrote closes what could not be made up."""
    coverage = made_up(BEDS, "measure: beds\nat_least: 0 张\ndue: 2025")
    seen = coverage.with_verdicts([("promise", "shortfall"), ("other", "met"), ("promise", "behind")])
    assert [] == list(seen.open)


def test_every_text_a_plan_has_had_is_covered() -> None:
    """An amended target is tried beside the first one, a withdrawn commitment as it stood."""
    amendment = """
    amendments:
      - id: revision
        effective: 2023-07-01
        authority: 区人民政府
        changes:
          - {commitment: promise, at_least: 60 张}
          - {commitment: gone, withdrawn: true}
    """
    both = commitment("promise", FORMS["at least"][1]) + commitment("gone", "measure: beds\nat_least: 7 张\ndue: 2025")
    coverage = cover(make_plan(BEDS, both, amendment))
    assert [("promise", ""), ("gone", ""), ("promise", "revision")] == [
        (s.commitment.id, s.text) for s in coverage.seen
    ]
    assert ["beds@2025 = 49 张", "beds@2025 = 6 张", "beds@2025 = 59 张"] == facts(coverage, "short")
    assert [] == list(coverage.wrong)


def test_waivers_and_consequences_do_not_touch_made_up_cases() -> None:
    """A waiver of the plan never turns a made-up shortfall into something else."""
    waiver = """
    waivers:
      - {commitment: promise, subject: case-0, year: 2025, reason: 停业, authority: 区民政局, expires: 2026-12-31}
    """
    coverage = made_up(*FORMS["at least"], rest=waiver)
    assert [] == list(coverage.wrong)


def test_a_case_that_the_engine_judges_otherwise_is_wrong() -> None:
    """A disagreement is kept as a fault, and is not counted as seen."""
    coverage = made_up(*FORMS["at least"])
    (case,) = of_sort(coverage, "short")
    others = [other for other in coverage.cases if other is not case]
    broken = replace(coverage, cases=(replace(case, actual="met"), *others))
    assert "shortfall" == case.expected
    assert [case.facts] == [wrong.facts for wrong in broken.wrong]


@pytest.mark.parametrize("name", sorted(find_shipped_plans()))
def test_every_judged_commitment_of_a_shipped_plan_is_seen_with_each_verdict(name: str) -> None:
    """All shipped plans: 100 %, on the way too, and not one verdict that contradicts exact fractions."""
    coverage = cover(load_plan(name))
    assert [] == [(case.commitment, case.sort, case.expected, case.actual, case.facts) for case in coverage.wrong]
    assert [] == [(seen.commitment.id, seen.lacking) for seen in coverage.open]
    assert all(seen.undetermined for seen in coverage.seen)
    assert any(seen.path and seen.on_track and seen.behind for seen in coverage.seen)


# ---------------------------------------------------------------- on the way


def paced(body: str, measures: str = BEDS, rest: str = "") -> list[tuple[str, str, int, str]]:
    """Return the cases on the way of a commitment: verdict of the oracle, of the engine, year and figures."""
    coverage = made_up(measures, body, rest=rest)
    assert [] == [seen.lacking for seen in coverage.open]
    return [
        (c.expected, c.actual, c.year, c.facts) for c in coverage.cases if c.sort in ("early", "on_track", "behind")
    ]


STATED = measure("beds", "unit: 张, baseline: 100 张")

WAYS = {  # the target due next, and the values just on track and just behind
    "linear": (STATED, "measure: beds\nat_least: 200 张\ndue: 2025", 2023, 200, 160, 159),
    "going down": (STATED, "measure: beds\nat_most: 50 张\ndue: 2025", 2023, 50, 70, 71),
    "cut-off": (STATED, "measure: beds\nat_least: 200 张\ndue: 2025\npace: {path: linear, cut_off: 75 %}", 2023, 200, 145, 144),
    "compound": (STATED, "measure: beds\nat_least: 200 张\ndue: 2024\npace: {path: compound}", 2022, 200, 142, 141),
    "compound with a cut-off": (
        STATED, "measure: beds\nat_least: 400 张\ndue: 2024\npace: {path: compound, cut_off: 50 %}", 2022, 400, 150, 149,
    ),
    "compound going down": (STATED, "measure: beds\nat_most: 25 张\ndue: 2024\npace: {path: compound}", 2022, 25, 50, 51),
    "step": (STATED, "measure: beds\nat_least: 200 张\ndue: 2025\npace: {path: step}", 2023, 200, 100, 99),
    "strict": (STATED, "measure: beds\nmore_than: 200 张\ndue: 2025", 2023, 201, 160, 159),
    "exactly": (STATED, "measure: beds\nexactly: 0 张\ndue: 2025", 2023, 0, 40, 41),
    "stated by the commitment": (BEDS, "measure: beds\nbaseline: 50 张\nat_least: 100 张\ndue: 2025", 2023, 100, 80, 79),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_case_lies_just_on_the_path_and_one_just_below(way: str) -> None:
    """One bed decides between on track and behind in a year on the way, whatever the path; at the target it is early."""
    measures, body, year, early, on_track, behind = WAYS[way]
    assert [
        ("early", "early", year, f"beds@{year} = {early} 张"),
        ("on_track", "on_track", year, f"beds@{year} = {on_track} 张"),
        ("behind", "behind", year, f"beds@{year} = {behind} 张"),
    ] == paced(body, measures)


def test_a_start_past_the_target_is_to_be_held() -> None:
    """From 100 beds, 80 are to be kept: that is early, and one fewer behind."""
    assert [
        ("early", "early", 2023, "beds@2023 = 80 张"),
        ("behind", "behind", 2023, "beds@2023 = 79 张"),
    ] == paced("measure: beds\nat_least: 80 张\ndue: 2025", STATED)


def test_a_change_starts_from_nothing() -> None:
    """Of 50 more beds by 2025, 30 are expected in 2023, however many there were."""
    cases = paced("measure: change(beds)\nat_least: 50 张\ndue: 2025")
    beds = [dict(re.findall(r"beds@(\d+) = (\d+)", text)) for *_, text in cases]
    assert [50, 30, 29] == [int(figures["2023"]) - int(figures["2020"]) for figures in beds]
    assert ["early", "on_track", "behind"] == [verdict for _, verdict, *_ in cases]


def test_the_way_starts_from_the_sheet_of_the_baseline_year() -> None:
    """Without a stated baseline the case reports one: on the way from it to the target, and past the target already."""
    assert [
        ("early", "early", 2023, "beds@2020 = 10 张; beds@2023 = 50 张"),
        ("on_track", "on_track", 2023, "beds@2020 = 10 张; beds@2023 = 34 张"),
        ("behind", "behind", 2023, "beds@2020 = 10 张; beds@2023 = 33 张"),
        ("early", "early", 2023, "beds@2020 = 100 张; beds@2023 = 50 张"),
        ("behind", "behind", 2023, "beds@2020 = 100 张; beds@2023 = 49 张"),
    ] == paced("measure: beds\nat_least: 50 张\ndue: 2025")


def test_each_way_between_stages_is_tried() -> None:
    """From 0 to 300 in 2022, and from there to 500 in 2025: at 150 in 2021, and at 433⅓ in 2024."""
    body = (
        "measure: beds\nbaseline: 0 张\nstaged:\n  - {year: 2022, at_least: 300 张}\n  - {year: 2025, at_least: 500 张}"
    )
    assert [
        (2021, "beds@2021 = 300 张"),
        (2021, "beds@2021 = 150 张"),
        (2021, "beds@2021 = 149 张"),
        (2024, "beds@2024 = 500 张"),
        (2024, "beds@2024 = 434 张"),
        (2024, "beds@2024 = 433 张"),
    ] == [(year, text) for _, _, year, text in paced(body)]


def test_a_plan_wide_compound_path_starts_from_a_reported_baseline(tmp_path: Path) -> None:
    """From 100 reported for 2020 to 200 in 2025 by a constant factor 114.87 is expected in 2021: 117 is on track."""
    plan = make_plan(BEDS, commitment("c", "measure: beds\nat_least: 200 张\ndue: 2025"), "pace: {path: compound}\n")
    sheets = [sheet_text("beds: 100 张", year=2020), sheet_text("beds: 117 张", year=2021)]
    assert "on_track" == one(judge(plan, tmp_path, *sheets, year=2021)).verdict
    place = Subject("district", "")
    world = World(
        {place: None}, {FigureKey(place, "beds", 2020): Fraction(100), FigureKey(place, "beds", 2021): Fraction(117)}
    )
    assert "on_track" == Oracle(plan, amend_text(plan), 2021).verdict("c", place, world)
    assert [] == list(cover(plan).wrong)


def test_without_a_baseline_or_along_a_ladder_nothing_is_judged_on_the_way() -> None:
    """A ladder, and a number or a count whose baseline year is not reported, are not due."""
    for form in ("count", "ladder", "at least", "several parts"):
        cases = of_sort(made_up(*FORMS[form]), "no_path")
        assert [("not_due", "not_due")] == [(case.expected, case.actual) for case in cases]


def test_before_the_plan_nothing_is_due() -> None:
    """In the baseline year even what would be met is not due."""
    assert [("not_due", 2020)] == [
        (case.actual, case.year) for case in of_sort(made_up(*FORMS["every year"]), "before")
    ]


def test_a_figure_missing_on_the_way_is_undetermined() -> None:
    """Without this year's figure nobody knows whether the promise is early, on track or behind."""
    missing = [case for case in of_sort(made_up(*FORMS["at least"]), "missing") if case.year == 2023]
    found = {(case.actual, case.facts) for case in missing}
    assert {("undetermined", "beds@2020 = 10 张"), ("undetermined", "beds@2020 = 100 张")} == found
