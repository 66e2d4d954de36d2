"""Facts that a small change of meaning in the code would break and that no other test states, one test each."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from dabiao import Refused
from dabiao.engine import infer as infer_module
from dabiao.engine.results import Finding
from dabiao.rules.bounds import Phrase, range_text, target_text
from dabiao.rules.intervals import Interval
from dabiao.rules.lint import lint
from helpers import HEAD, commitment, judge, make_plan, measure, one, sheet_text, verdicts

OPEN = measure("open", "yes_no: true", of="home")
BEDS = measure("beds")


def homes(*opened: str) -> str:
    """Return homes that say whether they are open; an empty text says nothing."""
    return "".join(
        f"- {{kind: home, name: h{i}{f', facts: {{open: {word}}}' if word else ''}}}\n" for i, word in enumerate(opened)
    )


def finding_of(
    tmp_path: Path, measures: str, body: str, *sheets: str, year: int | None = None, head: str = HEAD
) -> Finding:
    """Return the finding of a plan with one commitment."""
    return one(judge(make_plan(measures, commitment("c", body), head=head), tmp_path, *sheets, year=year))


# the numbers of a finding


@pytest.mark.parametrize(
    "share", ["share(open of home)", "count(home where open) / (count(home where open) + count(home where not open))"]
)
def test_a_home_that_opens_is_no_longer_among_the_closed(tmp_path: Path, share: str) -> None:
    """Of ten homes five are open; for nine of ten four more must open, however the share is written."""
    sheet = sheet_text(subjects=homes(*["yes"] * 5, *["no"] * 5), registers="home: complete")
    finding = finding_of(tmp_path, OPEN, f"measure: {share}\nat_least: 90 %\ndue: every_year", sheet)

    assert ("shortfall", 4, "home") == (finding.verdict, finding.whole_gap, finding.whole_unit)


def test_a_home_that_changes_sides_adds_nothing_to_both(tmp_path: Path) -> None:
    """Open homes and closed ones are 2 of 4 whichever home opens: how many more must open is not told."""
    both = "count(home where open) + count(home where not open)"
    body = f"measure: ({both}) / ({both} + plots)\nat_least: 90 %\ndue: every_year"
    sheet = sheet_text("plots: 2 家", homes("yes", "no"), registers="home: complete")
    finding = finding_of(tmp_path, OPEN + measure("plots", "unit: 家"), body, sheet)

    assert ("shortfall", Fraction(1, 2), None, "") == (
        finding.verdict, finding.actual, finding.whole_gap, finding.whole_unit,
    )  # fmt: skip


def test_part_of_a_home_is_a_whole_home(tmp_path: Path) -> None:
    """Of three homes one is open; half of three is one and a half, so one more must open, and one may be closed of three."""
    body = "measure: share(open of home)\n{}: 50 %\ndue: every_year"
    for opened, key, gap in ((("yes", "no", "no"), "at_least", 1), (("yes", "yes", "yes"), "at_most", 2)):
        sheet = sheet_text(subjects=homes(*opened), registers="home: complete")
        assert gap == finding_of(tmp_path, OPEN, body.format(key), sheet).whole_gap


def test_a_population_reaches_as_far_as_what_may_belong(tmp_path: Path) -> None:
    """Two homes are open, of one nobody knows, one is not listed: two at least, four at most, are open."""
    sheet = sheet_text(subjects=homes("yes", "yes", ""), registers="home: 4")
    finding = finding_of(tmp_path, OPEN, "measure: count(home where open)\nat_least: 3 家\ndue: every_year", sheet)
    (population,) = finding.populations

    assert "undetermined" == finding.verdict
    assert (2, 4, ("h0", "h1"), ("h2",), 1) == (
        population.counted, population.possible, population.names, population.unsure, population.unlisted,
    )  # fmt: skip


def test_a_sum_tells_whose_figures_may_belong(tmp_path: Path) -> None:
    """The beds of one home count, those of another only if it is open: one is certain, two are possible."""
    homes = "- {kind: home, name: 甲, facts: {beds: 9 张, open: yes}}\n- {kind: home, name: 乙, facts: {beds: 9 张}}\n"
    body = "measure: sum(beds of home where open)\nat_least: 10 张\ndue: every_year"
    sheet = sheet_text(subjects=homes, registers="home: complete")
    (population,) = finding_of(tmp_path, OPEN + measure("beds", of="home"), body, sheet).populations

    assert (1, 2, ("甲",), ("乙",)) == (population.counted, population.possible, population.names, population.unsure)


@pytest.mark.parametrize(
    ("form", "counted"), [("count(home)", 3), ("sum(beds of home)", 3), ("count(home where open)", 1)]
)
def test_subjects_that_nobody_lists_count_where_nothing_is_asked_of_them(
    tmp_path: Path, form: str, counted: int
) -> None:
    """Of three homes two are not listed: all three are certainly homes, but perhaps only one is an open home."""
    sheet = sheet_text(subjects=homes("yes"), registers="home: 3")
    body = f"measure: {form}\nat_least: 3\ndue: every_year"
    (population,) = finding_of(tmp_path, OPEN + measure("beds", of="home"), body, sheet).populations

    assert (counted, 3, ("h0",), (), 2) == (
        population.counted, population.possible, population.names, population.unsure, population.unlisted,
    )  # fmt: skip


def test_an_earlier_population_is_told_only_where_it_is_not_known(tmp_path: Path) -> None:
    """Whoever counts homes against the baseline year reads who there were only if no sheet, or not all of one, says so."""
    body = "measure: count(home)\ndirection: increase\ndue: every_year"
    now = sheet_text(subjects=homes("yes", "yes"), registers="home: complete", year=2023)
    before = [sheet_text(subjects=homes("yes"), registers=f"home: {all_}", year=2020) for all_ in ("complete", "3")]
    found = [finding_of(tmp_path, OPEN, body, now, *sheets, year=2023) for sheets in ([before[0]], [before[1]], [])]

    told = [[(p.counted, p.possible, p.names, p.unlisted) for p in each.populations] for each in found]
    here = (2, 2, ("h0", "h1"), 0)
    assert [[here], [here, (3, 3, ("h0",), 2)], [here, (0, 0, (), None)]] == told
    assert ["met", "shortfall", "undetermined"] == [each.verdict for each in found]


def test_a_path_is_explained_by_what_its_start_was_summed_over(tmp_path: Path) -> None:
    """On the way the beds of the baseline year are among the figures used, and homes missing then are told; later they are not."""
    row = "- {kind: home, name: h0, facts: {beds: 3}}"
    before, *sheets = (
        sheet_text(subjects=row, registers=f"home: {2 if y == 2020 else 1}", year=y) for y in (2020, 2023, 2025)
    )
    plan = make_plan(
        measure("beds", of="home"), commitment("c", "measure: sum(beds of home)\nat_least: 9 张\ndue: 2025")
    )
    found = [
        one(judge(plan, tmp_path, sheet, before, year=year)) for sheet, year in zip(sheets, (2023, 2025), strict=True)
    ]

    assert [[("beds", 2023), ("beds", 2020)], [("beds", 2025)]] == [
        [(u.measure, u.year) for u in f.used] for f in found
    ]
    assert [[(1, 0), (2, 1)], [(1, 0)]] == [[(p.counted, p.unlisted) for p in f.populations] for f in found]


@pytest.mark.parametrize(("beds", "gap"), [(5, 2), (1, 1), (3, 0), (2, 0)])
def test_the_gap_of_a_range_is_to_the_end_that_is_missed(tmp_path: Path, beds: int, gap: int) -> None:
    """Two to three beds: five are two too many, one is one too few; inside, the nearer end is the one to spare."""
    sheet = sheet_text(f"beds: {beds} 张")
    result = judge(make_plan(BEDS, commitment("c", "measure: beds\nbetween: [2 张, 3 张]\ndue: 2025")), tmp_path, sheet)

    assert (Fraction(gap), gap) == (one(result).gap, one(result).whole_gap)
    assert [(gap, gap)] == result.to_polars().select("gap", "whole_gap").rows()


def test_a_number_short_of_an_exact_one_is_told_in_whole_things(tmp_path: Path) -> None:
    """Exactly five beds: three are two too few, seven two too many."""
    found = [
        finding_of(tmp_path, BEDS, "measure: beds\nexactly: 5 张\ndue: every_year", sheet_text(f"beds: {beds} 张"))
        for beds in (3, 7)
    ]

    assert [(2, 2), (2, -2)] == [(finding.gap, finding.whole_gap) for finding in found]


@pytest.mark.parametrize(
    ("form", "target", "expected"),
    [
        ("sum(b + a of home)", "12", (3, "家")),  # of several units the one of the first figure by name
        ("sum(b - a of home)", "3", (2, "家")),
        ("count(home) + sum(a of home)", "8", (3, "home")),
        ("sum(2 * a of home)", "12", (None, "")),
        ("sum(a * b of home)", "30", (None, "")),
        ("max(a of home)", "9", (5, "家")),
    ],
)
def test_a_sum_is_short_of_whole_things_only_where_one_more_adds_one(
    tmp_path: Path, form: str, target: str, expected: tuple[int | None, str]
) -> None:
    """Four stations and five posts: three more make twelve; but how many more make a product, or a double, is not told."""
    sheet = sheet_text(subjects="- {kind: home, name: h, facts: {a: 4 家, b: 5 所}}", registers="home: complete")
    measures = measure("a", "unit: 家", "home") + measure("b", "unit: 所", "home")
    unit = " 家*所" if "a * b" in form else ""
    finding = finding_of(tmp_path, measures, f"measure: {form}\nat_least: {target}{unit}\ndue: every_year", sheet)

    assert ("shortfall", *expected) == (finding.verdict, finding.whole_gap, finding.whole_unit)


@pytest.mark.parametrize(("form", "key", "ends"), [("a + b", "at_least", (5, None)), ("a - b", "at_most", (None, 5))])
def test_a_verdict_that_one_end_decides_is_told_by_that_end(
    tmp_path: Path, form: str, key: str, ends: tuple[int | None, int | None]
) -> None:
    """Five beds and others are at least five, whatever the others are: the range has that end, and the reason says so."""
    body = f"measure: {form}\n{key}: 5 张\ndue: every_year"
    finding = finding_of(tmp_path, measure("a") + measure("b"), body, sheet_text("a: 5"))

    assert ("met", "whatever-missing", None, ends) == (
        finding.verdict,
        finding.reason,
        finding.actual,
        (finding.low, finding.high),
    )


# the path


@pytest.mark.parametrize(("stated", "reported"), [(", baseline: 100 张", ""), ("", "beds: 100 张")])
@pytest.mark.parametrize(("beds", "expected"), [(180, "on_track"), (179, "behind")])
def test_a_compound_path_is_lowered_by_its_cut_off(
    tmp_path: Path, stated: str, reported: str, beds: int, expected: str
) -> None:
    """From 100 to 400 in four years is 200 after two; of that growth 80 % is asked for, 180, wherever the start is from."""
    body = "measure: beds\nat_least: 400 张\ndue: 2024\npace: {path: compound, cut_off: 80 %}"
    sheets = [sheet_text(f"beds: {beds} 张", year=2022), *([sheet_text(reported, year=2020)] if reported else [])]
    finding = finding_of(tmp_path, measure("beds", f"unit: 张{stated}"), body, *sheets, year=2022)

    assert (expected, Fraction(180)) == (finding.verdict, finding.targets[0].expected)


@pytest.mark.parametrize("stated", ["", ", baseline: 20 %"])
@pytest.mark.parametrize(("rate", "expected"), [("40 %", "on_track"), ("39.99 %", "behind")])
def test_a_compound_path_may_lie_below_one(tmp_path: Path, stated: str, rate: str, expected: str) -> None:
    """From 20 % to 80 % in four years is 40 % after two, wherever the start is from."""
    body = "measure: rate\nat_least: 80 %\ndue: 2024\npace: {path: compound}"
    sheets = [sheet_text(f"rate: {rate}", year=2022), *([] if stated else [sheet_text("rate: 20 %", year=2020)])]
    finding = finding_of(tmp_path, measure("rate", f'unit: "%"{stated}'), body, *sheets, year=2022)

    assert (expected, Fraction(2, 5)) == (finding.verdict, finding.targets[0].expected)


@pytest.mark.parametrize("stated", ["", ", baseline: 27 张"])
@pytest.mark.parametrize(("year", "beds"), [(2021, 36), (2022, 48)])
def test_a_compound_path_is_exact_where_it_is_a_short_number(tmp_path: Path, stated: str, year: int, beds: int) -> None:
    """From 27 to 64 in three years is 36 after one and 48 after two, a third more each year and not a hair less."""
    body = "measure: beds\nat_least: 64 张\ndue: 2023\npace: {path: compound}"
    before = [] if stated else [sheet_text("beds: 27 张", year=2020)]
    plan = make_plan(measure("beds", f"unit: 张{stated}"), commitment("c", body))
    found = [
        one(judge(plan, tmp_path, sheet_text(f"beds: {n}", year=year), *before, year=year)) for n in (beds, beds - 1)
    ]

    assert [("on_track", beds), ("behind", beds)] == [(each.verdict, each.targets[0].expected) for each in found]


@pytest.mark.parametrize(("start", "target", "due"), [(0, 40, 20), (40, 0, 20), (-10, 30, 10), (30, -10, 10)])
def test_where_no_factor_leads_to_the_target_the_path_is_linear(
    tmp_path: Path, start: int, target: int, due: int
) -> None:
    """From or to nothing, or less, growth by the same factor every year leads nowhere: half of the way is half of the distance."""
    key = "at_least" if target > start else "at_most"
    body = f"measure: growth\n{key}: goal\ndue: 2024\npace: {{path: compound}}"
    measures = measure("growth", 'unit: "%", signed: true') + measure("goal", 'unit: "%", signed: true')
    before = sheet_text(f"growth: {start} %", year=2020)
    beyond = due - 1 if target > start else due + 1
    plan = make_plan(measures, commitment("c", body))
    for value, expected in ((due, "on_track"), (beyond, "behind")):
        now = sheet_text(f"growth: {value} %\ngoal: {target} %", year=2022)
        result = judge(plan, tmp_path, now, before, year=2022)

        assert (expected, Fraction(due, 100)) == (one(result).verdict, one(result).targets[0].expected)
        assert pytest.approx(due / 100) == result.to_polars()["expected"][0]


def test_a_stage_is_asked_for_in_its_own_year_and_starts_the_next_path(tmp_path: Path) -> None:
    """300 in 2022 and 500 in 2024: 2021 is on the way to 300, 2022 asks for 300, 2023 is on the way from 300 to 500."""
    body = "measure: beds\nstaged: [{year: 2022, at_least: 300 张}, {year: 2024, at_least: 500 张}]"
    plan = make_plan(measure("beds", "unit: 张, baseline: 100 张"), commitment("c", body))
    found = [
        one(judge(plan, tmp_path, sheet_text(f"beds: {beds} 张", year=year))).verdict
        for year, beds in ((2021, 200), (2021, 199), (2022, 300), (2022, 299), (2023, 400), (2023, 399))
    ]

    assert ["on_track", "behind", "met", "shortfall", "on_track", "behind"] == found


def test_the_path_to_a_stage_starts_at_the_last_one_behind(tmp_path: Path) -> None:
    """300 in 2021, 400 in 2022 and 500 in 2024: 2023 is half of the way from 400 in 2022 to 500 in 2024."""
    stages = "[{year: 2021, at_least: 300 张}, {year: 2022, at_least: 400 张}, {year: 2024, at_least: 500 张}]"
    plan = make_plan(measure("beds", "unit: 张, baseline: 100 张"), commitment("c", f"measure: beds\nstaged: {stages}"))
    found = [one(judge(plan, tmp_path, sheet_text(f"beds: {beds} 张", year=2023))) for beds in (450, 449)]

    assert [("on_track", 450), ("behind", 450)] == [(each.verdict, each.targets[0].expected) for each in found]


@pytest.mark.parametrize(("stated", "reported"), [(", baseline: 200 张", ""), ("", "beds: 200 张")])
@pytest.mark.parametrize(("beds", "expected"), [(140, "on_track"), (139, "on_track"), (141, "behind")])
def test_an_exact_target_is_approached_from_the_side_of_the_start(
    tmp_path: Path, stated: str, reported: str, beds: int, expected: str
) -> None:
    """Exactly 100 by 2025 from 200 in 2020: 140 at most are expected in 2023."""
    sheets = [sheet_text(f"beds: {beds} 张", year=2023), *([sheet_text(reported, year=2020)] if reported else [])]
    measures = measure("beds", f"unit: 张{stated}")

    assert (
        expected
        == finding_of(tmp_path, measures, "measure: beds\nexactly: 100 张\ndue: 2025", *sheets, year=2023).verdict
    )


def test_a_start_that_may_lie_on_either_side_of_the_target_leaves_the_pace_open(tmp_path: Path) -> None:
    """Exactly 50 of at most 100 points: 80 are more than the way up from 20 asks for, and too many for the way down from 90."""
    measures = measure("score", "unit: 分, max: 100 分") + measure("other", "unit: 分")
    body = "measure: score\nexactly: 50 分\ndue: 2025"
    now, before = sheet_text("score: 80 分", year=2023), "score: {} 分\nother: 1 分"
    found = [
        finding_of(tmp_path, measures, body, now, sheet_text(facts, year=2020), year=2023).verdict
        for facts in (before.format(20), before.format(90), "other: 1 分")
    ]

    assert ["on_track", "behind", "undetermined"] == found


@pytest.mark.parametrize(
    ("start", "beds", "verdict"),
    [(10, 80, "behind"), (10, 30, "on_track"), (10, 27, "behind"), (100, 30, "behind"), (100, 70, "on_track"), (100, 77, "behind")],
)  # fmt: skip
def test_a_range_is_approached_from_where_the_path_starts_and_not_left_on_the_other_side(
    tmp_path: Path, start: int, beds: int, verdict: str
) -> None:
    """From 10 beds to between 40 and 60 in five years 28 are expected after three, and 80 are too many; from 100, 76 at most."""
    measures = measure("beds", f"unit: 张, baseline: {start} 张")
    finding = finding_of(
        tmp_path, measures, "measure: beds\nbetween: [40 张, 60 张]\ndue: 2025", sheet_text(f"beds: {beds}", year=2023)
    )

    assert verdict == finding.verdict


def test_the_baseline_year_is_no_year_of_the_path(tmp_path: Path) -> None:
    """A plan from 2021 with the baseline of 2020 asks for nothing in 2020, and for the first part of the way in 2021."""
    sheets = [sheet_text("beds: 100 张", year=2020), sheet_text("beds: 100 张", year=2021)]
    body = "measure: beds\nat_least: 500 张\ndue: 2025"
    found = [finding_of(tmp_path, BEDS, body, *sheets, year=year) for year in (2020, 2021)]

    assert [("not_due", "before-plan"), ("behind", "")] == [(finding.verdict, finding.reason) for finding in found]


def test_where_nobody_is_nothing_is_due_before_the_plan(tmp_path: Path) -> None:
    """A district without homes: what each home owes is not due before the plan, and not applicable in it."""
    plan = make_plan(OPEN, commitment("c", "each: home\nholds: open\ndue: every_year"))
    found = [
        one(judge(plan, tmp_path, sheet_text(registers="home: 0", year=year))).verdict for year in (2020, 2021, 2025)
    ]

    assert ["not_due", "not_applicable", "not_applicable"] == found


def test_a_district_where_nobody_is_has_its_finding_beside_others(tmp_path: Path) -> None:
    """Of three districts one has an open home, one none that is open, and one none at all: each has its finding."""
    plan = make_plan(OPEN, commitment("c", "each: home\nholds: open\ndue: every_year"))
    sheets = [
        sheet_text(subjects=homes(*opened), registers=f"home: {len(opened)}", name=name)
        for name, opened in (("甲区", ["yes"]), ("乙区", ["no"]), ("丙区", []))
    ]
    found = [(one.root, one.subject, one.verdict) for one in judge(plan, tmp_path, *sheets).findings()]

    assert [("甲区", "h0", "met"), ("乙区", "h0", "shortfall"), ("丙区", "丙区", "not_applicable")] == found


# exact, and in three values


@pytest.mark.parametrize(
    ("known", "key", "expected"),
    [
        (("0.1", "0.2", "0.3"), "more_than", "undetermined"),  # in floats 0.1 + 0.2 is more than 0.3
        (("0.1", "0.2", "0.3"), "at_least", "met"),
        (("0.1", "0.2", "0.3"), "at_most", "undetermined"),
        (("0.7", "0.1", "0.8"), "at_least", "met"),  # in floats 0.7 + 0.1 is less than 0.8
        (("0.7", "0.1", "0.8"), "less_than", "shortfall"),
    ],
)
def test_a_row_with_a_missing_figure_is_exact_at_the_boundary(
    tmp_path: Path, known: tuple[str, str, str], key: str, expected: str
) -> None:
    """Two scores add up to exactly the third, with which they are compared together with a missing one."""
    measures = "".join(measure(name, "unit: 分") for name in ("one", "two", "limit", "missing"))
    facts = "".join(f"{name}: {value} 分\n" for name, value in zip(("one", "two", "limit"), known, strict=True))
    body = f"measure: one + two + missing\n{key}: limit\ndue: every_year"

    assert expected == finding_of(tmp_path, measures, body, sheet_text(facts)).verdict


@pytest.mark.parametrize("rank", ["max", "min", "median"])
@pytest.mark.parametrize(
    ("one_score", "two", "key", "verdict"),
    [
        ("0.1", "0.2", "at_most: 0.3 分", "met"), ("0.1", "0.2", "more_than: 0.3 分", "shortfall"),
        ("0.7", "0.1", "at_least: 0.8 分", "met"), ("0.7", "0.1", "exactly: 0.8 分", "met"),
    ],
)  # fmt: skip
def test_a_rank_is_exact_at_the_boundary(
    tmp_path: Path, rank: str, one_score: str, two: str, key: str, verdict: str
) -> None:
    """The largest of sums of scores is just the sum that people would write, where floats come to a little more or less."""
    measures = measure("one", "unit: 分", "home") + measure("two", "unit: 分", "home")
    home = f"- {{kind: home, name: h, facts: {{one: {one_score}, two: {two}}}}}"
    sheet = sheet_text(subjects=home, registers="home: complete")
    body = f"measure: {rank}(one + two of home)\n{key}\ndue: every_year"

    assert verdict == finding_of(tmp_path, measures, body, sheet).verdict


def test_an_unknown_number_of_homes_is_no_certain_home(tmp_path: Path) -> None:
    """Nobody says how many homes there are: beyond those listed there may be none, or any number."""
    measures = measure("area", "unit: 平方米, min: 0.5 平方米", of="home")
    bodies = {
        "least": "measure: sum(area of home)\nat_least: 3.5 平方米\ndue: every_year",
        "more": "measure: sum(area of home)\nmore_than: 3.5 平方米\ndue: every_year",
        "most": "measure: sum(area of home)\nat_most: 3.5 平方米\ndue: every_year",
        "counted": "measure: count(home)\nmore_than: 1 家\ndue: every_year",
        "middle": "measure: median(area of home)\nexactly: 3.5 平方米\ndue: every_year",
    }
    plan = make_plan(measures, "".join(commitment(name, body) for name, body in bodies.items()))
    result = judge(plan, tmp_path, sheet_text(subjects="- {kind: home, name: 甲, facts: {area: 3.5}}"))

    unsure = dict.fromkeys(("more", "most", "counted", "middle"), "undetermined")
    assert {"least": "met", **unsure} == {name: verdict for (name, _), verdict in verdicts(result).items()}
    assert [None] * 5 == result.to_polars()["actual"].to_list()


# what follows


def test_a_join_of_two_homes_follows_nothing_whatever_the_engine_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule engine joins by hashes: where it takes two homes for one, the names say that they are two."""
    plan = make_plan(
        measure("score", "unit: 分", "home") + measure("reserve", "unit: 张", "home"),
        commitment("score", "each: home\nmeasure: score\nat_least: 85 分\ndue: throughout")
        + commitment("reserve", "each: home\nmeasure: reserve\nat_least: 1 张\ndue: throughout"),
        "consequences:\n  - {id: inspect, title: {zh: 检查, en: Inspect}, level: alert, for: home,"
        " when: [{commitment: score}, {commitment: reserve}]}\n",
    )
    fact = "- {kind: home, name: %s, facts: {score: %d 分, reserve: %d 张}}\n"
    sheet = sheet_text(subjects=fact % ("甲", 80, 2) + fact % ("乙", 90, 0), registers="home: complete")
    assert () == tuple(judge(plan, tmp_path, sheet).followed)

    monkeypatch.setattr(infer_module._Session, "_number", lambda *_: 1)  # one number, as one hash, for both

    assert () == tuple(judge(plan, tmp_path, sheet).followed)
    both = sheet_text(subjects="".join(fact % (name, 80, 0) for name in "甲乙丙"), registers="home: complete")
    assert {"甲", "乙", "丙"} == {followed.subject for followed in judge(plan, tmp_path, both).followed}


@pytest.mark.parametrize(("listed", "towns"), [("", []), ("- {kind: centre, name: 甲, in: 东, facts: {}}", ["东"])])
def test_a_town_that_nobody_knows_follows_nothing(tmp_path: Path, listed: str, towns: list[str]) -> None:
    """A centre without a score asks for a visit to its town, if anybody knows which one that is."""
    plan = make_plan(
        measure("score", "unit: 分", "centre"),
        commitment("score", "each: centre\nmeasure: score\nat_least: 85 分\ndue: throughout"),
        "consequences:\n  - {id: visit, title: {zh: 走访, en: Visit}, level: alert, for: town,"
        " when: [{commitment: score, verdict: [undetermined]}]}\n",
    )
    known = "".join(f"- {{kind: town, name: {name}, facts: {{}}}}\n" for name in "东西北")
    result = judge(plan, tmp_path, sheet_text(subjects=known + listed, registers="centre: 1"))

    assert ["undetermined"] == result.table["verdict"].cast(str).to_list()
    assert towns == [followed.subject for followed in result.followed]


@pytest.mark.parametrize("condition", ["beds >= least", "last(beds) >= 5", "beds >= 5", "open and beds >= 5"])
@pytest.mark.parametrize("others", [0, 1])
def test_a_data_check_is_made_where_something_that_it_counts_by_is_reported(
    tmp_path: Path, condition: str, others: int
) -> None:
    """A home without beds in the sheet: five towns are more than all homes, if anything says which homes are counted."""
    measures = measure("towns", "unit: 个") + measure("least") + OPEN + measure("beds", of="home")
    check = f"checks:\n  - {{id: a, measure: towns, at_most: count(home where {condition})}}\n"
    plan = make_plan(measures, commitment("c", "measure: towns\nat_least: 0 个\ndue: every_year"), check)
    home, all_ = "- {{kind: home, name: h, facts: {{{}}}}}", "home: complete"
    facts = {"open and beds >= 5": "open: yes"}.get(condition, "")
    sheets = [sheet_text("towns: 5\nleast: 3", home.format(facts), registers=all_)]
    sheets += [
        sheet_text("towns: 1\nleast: 3", home.format("beds: 9, open: yes"), registers=all_, name="乙区")
    ] * others
    if condition == "beds >= 5":  # of the only figure that it is counted by, nothing
        (count,) = judge(plan, tmp_path, *sheets).checked
        assert (others, 1) == (count.made, count.unmade)
        return
    with pytest.raises(Refused) as refused:
        judge(plan, tmp_path, *sheets)
    assert ["data.at_most"] == [problem.code for problem in refused.value.problems]


# what plans and sheets may say


def test_a_target_on_a_ladder_is_told_by_its_step() -> None:
    """The first step of a ladder is a step, not a number."""
    body = "measure: fund\nat_most: planned\ndue: every_year"
    (found,) = make_plan(measure("fund", "ladder: deliverable"), commitment("c", body)).commitments.values()

    told = target_text(found, found.bounds)

    assert isinstance(told, Phrase)
    assert ("≤ planned", "≤ 已计划") == (told.say("en"), told.say("zh"))
    between = range_text(found, Interval(Fraction(0), Fraction(3)))
    assert isinstance(between, Phrase)
    assert "已计划 … 已施行" == between.say("zh")


@pytest.mark.parametrize(
    ("limits", "key", "beds", "expected"),
    [
        ("max: 3.5 张", "at_most", 3, "met"),
        ("max: 3.5 张", "at_most", 2, "undetermined"),
        ("min: 1.5 张", "at_least", 2, "met"),
        ("min: 1.5 张", "at_least", 3, "undetermined"),
    ],
)
def test_a_range_of_whole_beds_ends_at_whole_beds(
    tmp_path: Path, limits: str, key: str, beds: int, expected: str
) -> None:
    """Beds between 1.5 and 3.5 are two or three, even where nobody reports how many."""
    body = f"measure: beds\n{key}: {beds} 张\ndue: every_year"

    assert expected == finding_of(tmp_path, measure("beds", f"unit: 张, {limits}"), body, sheet_text(" ")).verdict


def test_two_ranges_meet_without_the_ends_that_either_leaves_out() -> None:
    """More than 1 and at least 1 is more than 1, in either order; so is less than 1 and at most 1."""
    number = Fraction(1)
    for ends, other in (
        (Interval(low=number, open_low=True), Interval(low=number)),
        (Interval(high=number, open_high=True), Interval(high=number)),
    ):
        assert ends == ends.meet(other) == other.meet(ends)
    assert Interval(low=number, open_low=True).meet(Interval(high=number)).empty


@pytest.mark.parametrize(
    ("values", "without"),
    [
        (Interval(Fraction(1, 4), Fraction(3, 4)), True),
        (Interval(Fraction(1, 4), Fraction(1)), False),
        (Interval(Fraction(1, 4), Fraction(1), open_high=True), True),
        (Interval(Fraction(0), Fraction(3, 4)), False),
        (Interval(Fraction(0), Fraction(3, 4), open_low=True), True),
        (Interval(Fraction(1, 4), Fraction(3, 4), open_low=True, open_high=True), True),
        (Interval(None, Fraction(3, 4)), False),
        (Interval(Fraction(1, 4), None), False),
    ],
)
def test_a_range_without_whole_numbers_is_known(values: Interval, without: bool) -> None:
    """Between a quarter and three quarters lies no whole number; an end that is one lies in the range unless left out."""
    assert without == values.without_wholes


def test_more_than_a_measure_can_be_is_told(tmp_path: Path) -> None:
    """More than 4 points of a score that ends at 4 cannot be; at least 4 can."""
    score = measure("score", "unit: 分, max: 4 分")
    found = [
        "lint.out-of-reach"
        in [note.code for note in lint(make_plan(score, commitment("c", f"measure: score\n{key}: 4 分\ndue: 2025")))]
        for key in ("more_than", "at_least")
    ]

    assert [True, False] == found


@pytest.mark.parametrize("text", ["0.8 万", "1.2万"])
def test_a_scale_word_is_no_percentage(tmp_path: Path, text: str) -> None:
    """Ten thousand is no part of a percentage, even where a bare number is a percentage and growth knows no limit."""
    plan = make_plan(
        measure("growth", 'unit: "%", signed: true'),
        commitment("c", "measure: growth\nat_least: 8 %\ndue: every_year"),
        "percentages: percent\n",
    )
    assert "met" == one(judge(plan, tmp_path, sheet_text("growth: 8"))).verdict
    with pytest.raises(Refused) as refused:
        judge(plan, tmp_path, sheet_text(f"growth: {text}"))

    assert ["bare-fact"] == [problem.code for problem in refused.value.problems]
