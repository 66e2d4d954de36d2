"""Before the due year: what is reached already, what holds a start, what cannot be told, and the natural bound of a direction."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from dabiao import read_facts
from dabiao.engine.results import VERDICTS, Result, severity_of
from dabiao.reports.words import gap_text, progress_text, sentence, target_text
from dabiao.rules.lint import lint
from dabiao.rules.pacing import find_unpaced
from dabiao.scenarios.seek import find_ways
from dabiao.trials.cases import cover
from helpers import HEAD, commitment, judge, make_plan, measure, one, sheet_text
from hypothesis import given, settings
from hypothesis import strategies as st

BEDS = measure("beds")
HOMES = measure("full", of="home") + measure("open", "yes_no: true", of="home")


def on_the_way(
    folder: Path, body: str, facts: str, *, measures: str = BEDS, before: str | None = None, year: int = 2023
) -> Result:
    """Judge one commitment in a year before it is due, with figures of the baseline year if there are any."""
    sheets = [sheet_text(facts, year=year)] + ([sheet_text(before, year=2020)] if before is not None else [])
    return judge(make_plan(measures, commitment("c", body)), folder, *sheets, year=year)


# ---------------------------------------------------------------- early


def test_early_stands_before_met_and_is_no_fault() -> None:
    """Reports list what is early directly before what is met; it has no severity."""
    assert VERDICTS.index("early") + 1 == VERDICTS.index("met")
    assert 0 == severity_of("early", "binding")


@pytest.mark.parametrize("before", [None, "beds: 2 张", "beds: 90 张", ""])
def test_what_is_reached_is_early_whatever_is_known_of_a_baseline(tmp_path: Path, before: str | None) -> None:
    """Fifty beds in 2023 are early for 2025, with and without a baseline."""
    found = on_the_way(tmp_path, "measure: beds\nat_least: 50 张\ndue: 2025", "beds: 50 张", before=before)
    assert "early" == one(found).verdict


@pytest.mark.parametrize(("step", "expected"), [("in_force", "early"), ("issued", "early"), ("drafted", "not_due")])
def test_a_step_reached_before_its_year_is_early(tmp_path: Path, step: str, expected: str) -> None:
    """On a ladder there is no path: what is reached is early, and what is not is not due."""
    measures = measure("rules", "ladder: deliverable")
    found = one(
        on_the_way(tmp_path, "measure: rules\nat_least: issued\ndue: 2025", f"rules: {step}", measures=measures)
    )
    assert (expected, Fraction(3, 5)) == (found.verdict, found.time_elapsed)


@pytest.mark.parametrize(("facts", "expected"), [
    ("beds: 50 张\nopen: true", "early"), ("beds: 49 张\nopen: true", "not_due"), ("beds: 49 张", "not_due"),
    ("beds: 50 张", "undetermined"), ("", "undetermined"),
])  # fmt: skip
def test_a_condition_that_holds_before_its_year_is_early(tmp_path: Path, facts: str, expected: str) -> None:
    """A condition is early or not due; what decides it and is missing leaves it open."""
    measures = BEDS + measure("open", "yes_no: true")
    found = on_the_way(tmp_path, "holds: beds >= 50 张 and open\ndue: 2025", facts, measures=measures)
    assert expected == one(found).verdict


def test_the_stage_due_next_is_what_can_be_early(tmp_path: Path) -> None:
    """With 300 due in 2022 and 500 in 2025, 300 are early in 2021, and 450 on track in 2024."""
    body = "measure: beds\nstaged: [{year: 2022, at_least: 300 张}, {year: 2025, at_least: 500 张}]\nbaseline: 0 张"
    for year, beds, expected in ((2021, 300, "early"), (2024, 450, "on_track"), (2024, 500, "early")):
        assert expected == one(on_the_way(tmp_path, body, f"beds: {beds} 张", year=year)).verdict


def test_a_consequence_can_follow_from_what_is_early(tmp_path: Path) -> None:
    """A trigger may name it; lint warns where nothing can be early, because each year counts on its own."""
    rules = """
    consequences:
      - {id: praise, title: {zh: 表扬, en: Praise}, level: status, when: [{commitment: c, verdict: early}]}
    """
    later, yearly = (
        make_plan(BEDS, commitment("c", f"measure: beds\nat_least: 5 张\ndue: {due}"), rules)
        for due in ("2025", "every_year")
    )
    result = judge(later, tmp_path, sheet_text("beds: 5 张", year=2023))
    assert ["praise"] == [followed.rule for followed in result.followed]
    assert ([], ["lint.time-not-stated", "lint.consequence-never"]) == tuple(
        [problem.code for problem in lint(plan)] for plan in (later, yearly)
    )


# ---------------------------------------------------------------- hold


@pytest.mark.parametrize("body", ["more_than: 8 张", "direction: increase", "direction: decrease", "less_than: 8 张"])
def test_a_strict_target_at_its_baseline_is_behind_until_something_moves(tmp_path: Path, body: str) -> None:
    """More or fewer than eight, where there are eight as before, is behind on the way and short in its year."""
    measures = measure("beds", "unit: 张, baseline: 8 张")
    found = [
        one(
            on_the_way(tmp_path, f"measure: beds\n{body}\ndue: 2025", "beds: 8 张", measures=measures, year=year)
        ).verdict
        for year in (2023, 2025)
    ]
    assert ["behind", "shortfall"] == found


@pytest.mark.parametrize(("beds", "expected"), [(7, "behind"), (8, "early"), (9, "behind")])
def test_what_is_maintained_is_held_so_far_or_behind(tmp_path: Path, beds: int, expected: str) -> None:
    """`maintain` is exact: either way is a departure."""
    measures = measure("beds", "unit: 张, baseline: 8 张")
    body = "measure: beds\ndirection: maintain\ndue: 2025"
    assert expected == one(on_the_way(tmp_path, body, f"beds: {beds} 张", measures=measures)).verdict


# ---------------------------------------------------------------- missing figures


def missing(result: Result) -> tuple[str, set[tuple[str, int]]]:
    """Return the verdict of the only finding, and its missing figures with their years."""
    finding = one(result)
    return finding.verdict, {(used.measure, used.year) for used in finding.missing}


def test_a_target_that_is_missing_before_the_due_year_is_named(tmp_path: Path) -> None:
    """Three beds against a standard nobody reported may be on track or behind."""
    measures = measure("beds", "unit: 张, baseline: 0 张") + measure("standard")
    found = on_the_way(tmp_path, "measure: beds\nat_least: standard\ndue: 2025", "beds: 3 张", measures=measures)
    assert ("undetermined", {("standard", 2023)}) == missing(found)


def test_a_subject_that_may_not_apply_before_the_due_year_is_undetermined(tmp_path: Path) -> None:
    """A home of which nobody knows whether it is open is not simply not due."""
    body = "each: home\nwhere: open\nmeasure: full\nat_least: 1 张\ndue: 2025"
    homes = "- {kind: home, name: 甲, facts: {full: 3 张}}"
    sheet = sheet_text("", homes, registers="home: 1", year=2023)
    found = judge(make_plan(HOMES, commitment("c", body)), tmp_path, sheet)
    assert ("undetermined", {("open", 2023)}) == missing(found)


def test_a_figure_missing_in_the_sheet_of_the_baseline_year_is_named(tmp_path: Path) -> None:
    """Where 2020 was reported without the beds, forty may be on track or behind; where it was not reported, they are not due."""
    body, measures = "measure: beds\nat_least: 50 张\ndue: 2025", BEDS + measure("other")
    reported = on_the_way(tmp_path, body, "beds: 40 张", measures=measures, before="other: 1 张")
    assert ("undetermined", {("beds", 2020)}) == missing(reported)
    assert "not_due" == one(on_the_way(tmp_path, body, "beds: 40 张", measures=measures)).verdict


def test_what_is_short_of_every_path_is_behind(tmp_path: Path) -> None:
    """Ten beds are behind, wherever the path to fifty began."""
    body, measures = "measure: beds\nat_least: 50 张\ndue: 2025", BEDS + measure("other")
    assert "behind" == one(on_the_way(tmp_path, body, "beds: 10 张", measures=measures, before="other: 1 张")).verdict


@settings(max_examples=60)
@given(
    body=st.sampled_from(["at_least: goal", "more_than: goal", "at_most: goal", "exactly: goal", "between: [goal, 9 张]",
                          "direction: increase", "direction: decrease", "direction: maintain", "at_least: 6 张"]),
    known=st.tuples(*[st.none() | st.integers(0, 12)] * 3), path=st.sampled_from(["linear", "step", "compound"]),
)  # fmt: skip
def test_every_completion_gives_the_verdict(
    body: str, known: tuple[int | None, int | None, int | None], path: str
) -> None:
    """Whatever is filled in for missing figures of the value, the target and the start, a verdict that was given stays."""
    plan = make_plan(
        BEDS + measure("goal") + measure("other"), commitment("c", f"measure: beds\n{body}\ndue: 2025"),
        f"pace: {{path: {path}}}\n",
    )  # fmt: skip

    def verdict(beds: int | None, goal: int | None, start: int | None) -> str:
        now = {"beds": beds, "goal": goal, "other": 1}
        with TemporaryDirectory() as folder:
            sheets = [
                sheet_text("".join(f"{name}: {n} 张\n" for name, n in facts.items() if n is not None), year=year)
                for year, facts in ((2023, now), (2020, {"beds": start, "other": 1}))
            ]
            return one(judge(plan, Path(folder), *sheets, year=2023)).verdict

    found = verdict(*known)
    ends = [[n] if n is not None else [0, 3, 6, 9, 40] for n in known]
    if found != "undetermined":
        assert {found} == {verdict(*completed) for completed in product(*ends)}


# ---------------------------------------------------------------- the natural bound


@pytest.mark.parametrize(("kind", "direction", "before", "now", "expected"), [
    ("unit: 人", "decrease", "0 人", "0 人", "met"),  # fewer-stayers, less-begging, zombie-orgs, funeral-violations
    ("unit: 人", "decrease", "5 人", "0 人", "met"),
    ("unit: 人", "decrease", "5 人", "5 人", "shortfall"),
    ("unit: 人", "increase", "0 人", "0 人", "shortfall"),
    ('unit: "%"', "increase", "100 %", "100 %", "met"),  # cremation-rate, childrens-homes, privately-run-homes
    ('unit: "%"', "increase", "100 %", "99.9 %", "shortfall"),
    ('unit: "%"', "decrease", "100 %", "100 %", "shortfall"),
    ('unit: "%", signed: true', "increase", "100 %", "100 %", "shortfall"),
    ("unit: 分, max: 10 分", "increase", "10 分", "10 分", "met"),
    ("unit: 分, min: 3 分", "decrease", "3 分", "3 分", "met"),
    ("unit: 分, min: 3 分", "decrease", "4 分", "4 分", "shortfall"),
])  # fmt: skip
@pytest.mark.parametrize("against", ["baseline", "last_year"])
def test_a_direction_is_met_at_its_natural_bound(
    tmp_path: Path, kind: str, direction: str, before: str, now: str, expected: str, against: str
) -> None:
    """What cannot fall or rise any further is met, and nothing beyond it is asked for."""
    plan = make_plan(
        measure("x", kind), commitment("c", f"measure: x\ndirection: {direction}\nagainst: {against}\ndue: every_year")
    )
    sheets = [sheet_text(f"x: {before}", year=year) for year in (2020, 2022)]
    result = judge(plan, tmp_path, *sheets, sheet_text(f"x: {now}", year=2023))
    assert expected == one(result).verdict
    [row] = result.to_polars().iter_rows(named=True)
    assert (expected, one(result).targets[0].operator) == (row["verdict"], row["operator"])
    assert [] == list(cover(plan).wrong)


def test_the_bound_is_met_whatever_is_missing_of_the_target(tmp_path: Path) -> None:
    """None are fewer than any number, and the baseline nobody reported does not matter."""
    assert "early" == one(on_the_way(tmp_path, "measure: beds\ndirection: decrease\ndue: 2025", "beds: 0 张")).verdict


def test_the_bound_reads_well_in_both_languages(tmp_path: Path) -> None:
    """At the bound a report says that it cannot fall, or rise, and asks for nothing beyond."""
    plan = make_plan(
        measure("x", "unit: 人") + measure("rate", 'unit: "%"'),
        commitment("c", "measure: x\ndirection: decrease\ndue: 2025")
        + commitment("d", "measure: rate\ndirection: increase\ndue: 2025"),
    )
    sheets = [sheet_text("x: 0 人\nrate: 100 %", year=year) for year in (2020, 2025)]
    down, up = judge(plan, tmp_path, *sheets).findings()
    assert ("已为 0 人，不能再低", "0 人 cannot fall further") == tuple(
        gap_text(down, lang, plan) for lang in ("zh", "en")
    )
    assert ("已为 100 %，不能再高", "100 % cannot rise further") == tuple(
        gap_text(up, lang, plan) for lang in ("zh", "en")
    )
    assert ("≤ 0 人", "≥ 100 %") == (target_text(down, "zh"), target_text(up, "zh"))
    assert "承诺：某区 2025 年为 0 人，目标 ≤ 0 人，已为 0 人，不能再低：达标。" == sentence(down, "zh", plan)


@pytest.mark.parametrize(("value", "baseline", "limit"), [
    ("share(open of town)", "90 %", 1), ("average(rate of town)", "90 %", 1), ("count(town where open)", "2 个", 3),
    ("max(rate of town)", "90 %", 1), ("sum(beds of town)", "2 张", None), ("beds / all", "90 %", None),
    ("beds / (beds + all)", "90 %", 1), ("total(share)", "90 %", None),
])  # fmt: skip
def test_the_bound_is_the_highest_that_the_value_can_be(value: str, baseline: str, limit: int | None) -> None:
    """A share, a mean and a greatest of shares end at 100 %, a count at the register; other sums and ratios have no end."""
    measures = measure("open", "yes_no: true", of="town") + measure("rate", 'unit: "%"', of="town")
    measures += measure("beds", of="town") + measure("all", of="town") + measure("share", 'unit: "%"', of="town")
    each = "" if " of " in value or "where" in value else "each: town\n"
    body = f"{each}measure: {value}\nbaseline: {baseline}\ndirection: increase\ndue: 2025"
    plan = make_plan(measures, commitment("c", body))
    assert limit == plan.commitments["c"].bounds[0].limit


def test_seek_goes_to_the_bound_and_no_further(tmp_path: Path) -> None:
    """Of people who stay too long there were none, and there is one: none is enough."""
    plan = make_plan(
        measure("x", "unit: 人, baseline: 0 人"), commitment("c", "measure: x\ndirection: decrease\ndue: 2025")
    )
    file = tmp_path / "s.facts.yaml"
    file.write_text(sheet_text("x: 1 人"), encoding="utf-8")
    [sought] = find_ways(plan, read_facts(file, plan)).sought
    assert [[(Fraction(1), Fraction(0))]] == [[(m.before, m.after) for m in answer.moves] for answer in sought.answers]


# ---------------------------------------------------------------- completion and time


def test_completion_stands_beside_the_time_that_has_passed(tmp_path: Path) -> None:
    """Thirty of fifty beds are 60 %, as is the time from 2020 to 2023 of 2025."""
    result = on_the_way(tmp_path, "measure: beds\nat_least: 50 张\ndue: 2025", "beds: 30 张")
    finding = one(result)
    assert "60 % / 60 %" == progress_text(finding, "zh")
    [row] = result.to_polars().iter_rows(named=True)
    assert (0.6, 0.6) == (row["completion"], row["time_elapsed"])


# ---------------------------------------------------------------- what cannot be paced


def test_lint_tells_what_has_no_path_and_why() -> None:
    """No stated baseline, and a condition: each is named; what is due every year needs no path."""
    plan = make_plan(
        BEDS + measure("stated", "unit: 张, baseline: 5 张") + measure("open", "yes_no: true"),
        commitment("bare", "measure: beds\nat_least: 9 张\ndue: 2025")
        + commitment("fine", "measure: stated\nat_least: 9 张\ndue: 2025")
        + commitment("yearly", "measure: beds\nat_least: 9 张\ndue: every_year")
        + commitment("step", "measure: open\nat_least: yes\ndue: 2025")
        + commitment("condition", "holds: open and beds > 3 张\ndue: 2025"),
    )
    found = {reason: [c.id for c in commitments] for reason, commitments in find_unpaced(plan).items()}
    assert {"no-baseline": ["bare"], "ladder": ["step"], "condition": ["condition"]} == found


# ---------------------------------------------------------------- a start that nobody reported


@pytest.mark.parametrize(
    ("towns", "verdict"),
    [((), "not_due"), (("是",), "undetermined"), (("是", "否", "否"), "on_track")],
    ids=["no town listed then", "one of three listed then", "all listed then"],
)
def test_a_share_has_no_path_where_no_town_was_listed_then(
    tmp_path: Path, towns: tuple[str, ...], verdict: str
) -> None:
    """A district that listed no town for the baseline year has no start; towns missing among others leave it open."""
    measures = measure("rehab", "yes_no: true", of="town") + BEDS
    now, then = (
        "".join(f"- {{kind: town, name: 镇{place}, facts: {{rehab: {a}}}}}\n" for place, a in enumerate(answers))
        for answers in (("是", "是", "否"), towns)
    )
    plan = make_plan(measures, commitment("c", "measure: share(rehab of town)\nat_least: 100 %\ndue: 2025"))
    sheets = sheet_text(subjects=now, year=2022), sheet_text("beds: 5 张", subjects=then, year=2020)
    assert verdict == one(judge(plan, tmp_path, *sheets, year=2022)).verdict


@pytest.mark.parametrize(("register", "rehab", "expected"), [
    ("town: 5", "yes yes yes no no", ("shortfall", "＞ 4 个")),
    ("town: 5", "yes yes yes yes yes", ("met", "＞ 4 个")),
    ("town: complete", "yes yes yes", ("met", "≥ 3 个")),
    ("", "yes yes yes", ("met", "≥ 3 个")),
    ("", "yes yes no", ("shortfall", "≥ 3 个")),
])  # fmt: skip
def test_the_number_in_the_register_is_a_bound_only_where_the_sheet_has_it_too(
    tmp_path: Path, register: str, rehab: str, expected: tuple[str, str]
) -> None:
    """Three towns of five can become more, whatever register the plan was written with; three of three cannot."""
    plan = make_plan(
        measure("rehab", "yes_no: true", "town"),
        commitment("c", "measure: count(town where rehab)\ndirection: increase\nbaseline: 4 个\ndue: 2025"),
    )
    towns = "".join(
        f"- {{kind: town, name: {n}镇, facts: {{rehab: {v}}}}}\n"
        for n, v in zip("甲乙丙丁戊", rehab.split(), strict=False)
    )
    sheet = sheet_text("", towns, registers=register)
    finding = one(judge(plan, tmp_path, sheet))
    [row] = judge(plan, tmp_path, sheet).to_polars().iter_rows(named=True)

    assert expected == (finding.verdict, target_text(finding, "zh"))
    assert (finding.targets[0].operator, float(finding.targets[0].value or 0)) == (row["operator"], row["target"])
    early = judge(plan, tmp_path, sheet.replace("2025", "2024"))
    assert {"met": "early", "shortfall": "behind"}[expected[0]] == one(early).verdict
    assert [] == list(cover(plan).wrong)


@pytest.mark.parametrize(("body", "expected"), [
    ("measure: x / last(x)\nat_least: 120 %", "behind"), ("measure: last(x)\nat_least: x", "on_track"),
])  # fmt: skip
def test_a_value_of_the_year_before_has_no_path_if_no_sheet_can_say_what_it_was(
    tmp_path: Path, body: str, expected: str
) -> None:
    """In the baseline year it takes a figure of the year before, and no sheet of that year is accepted unless the plan says so."""
    made = measure("x"), commitment("c", f"{body}\ndue: 2025")
    sheets = [sheet_text(f"x: {100 + year - 2019}", year=year) for year in range(2020, 2024)]
    plan = make_plan(*made)
    assert "not_due" == one(judge(plan, tmp_path, *sheets)).verdict
    assert [] == list(cover(plan).wrong)
    longer = make_plan(*made, head=HEAD.replace("to: 2025", "to: 2025, history: 2019"))
    assert "undetermined" == one(judge(longer, tmp_path, *sheets)).verdict
    assert expected == one(judge(longer, tmp_path, *sheets, sheet_text("x: 100", year=2019), year=2023)).verdict
