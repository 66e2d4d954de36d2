"""What other years decide: conditions that have held, last year's value, and where the path of a count or sum begins."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.cli import main
from dabiao.engine.results import Finding
from helpers import commitment, judge, make_plan, measure, one, plan_text, sheet_text, verdicts

# ---------------------------------------------------------------- after

AFTER = make_plan(
    measure("fund", "yes_no: true") + measure("platform", "yes_no: true"),
    commitment("c", 'measure: platform\nexactly: "yes"\ndue: {after: fund}'),
)


def judge_after(tmp_path: Path, year: int, **funds: str | None) -> Finding:
    """Judge a commitment that waits for a fund; `funds` says of each year whether there was one, None in a silent sheet."""
    sheets = [sheet_text(f"fund: {fund}" if fund else "", year=int(name[1:])) for name, fund in funds.items()]
    if year not in {int(name[1:]) for name in funds}:
        sheets.append(sheet_text("platform: no", year=year))
    return one(judge(AFTER, tmp_path, *sheets, year=year))


@pytest.mark.parametrize(("funds", "expected"), [
    ({"y2021": "no", "y2022": "no", "y2023": "no"}, "not_due"), ({"y2022": "yes", "y2023": "no"}, "undetermined"),
    ({"y2023": "no"}, "undetermined"), ({"y2021": "no", "y2022": None, "y2023": "no"}, "undetermined"),
    ({"y2020": "yes", "y2021": "no", "y2022": "no", "y2023": "no"}, "not_due"), ({"y2023": "yes"}, "undetermined"),
])  # fmt: skip
def test_what_has_become_due_stays_due(tmp_path: Path, funds: dict[str, str | None], expected: str) -> None:
    """A condition counts from the first year of the plan in which it held; the platform itself is not known here."""
    assert expected == judge_after(tmp_path, 2023, **funds).verdict


def test_a_promise_that_was_due_is_due_when_its_condition_lapses(tmp_path: Path) -> None:
    """The fund that was there in 2022 and is gone in 2023 has made the platform due, whatever 2021 was like."""
    sheets = [sheet_text(f"fund: {fund}\nplatform: no", year=year) for year, fund in ((2022, "yes"), (2023, "no"))]
    assert "shortfall" == one(judge(AFTER, tmp_path, *sheets, year=2023)).verdict


def test_the_years_that_would_settle_it_are_named(tmp_path: Path) -> None:
    """Where the condition does not hold now, the figures of the years before that nobody reported are what is missing."""
    sheets = [sheet_text("fund: no", year=2021), sheet_text("fund: no\nplatform: no", year=2023)]
    finding = one(judge(AFTER, tmp_path, *sheets, year=2023))
    assert ("undetermined", [("fund", 2022)]) == (finding.verdict, [(u.measure, u.year) for u in finding.missing])
    held = one(judge(AFTER, tmp_path, sheet_text("fund: yes\nplatform: no", year=2023)))
    assert [("fund", 2023), ("platform", 2023)] == sorted((used.measure, used.year) for used in held.used)


@pytest.mark.parametrize(("register", "expected"), [("complete", "not_due"), ("2", "undetermined")])
def test_what_was_not_there_did_not_hold(tmp_path: Path, register: str, expected: str) -> None:
    """A home that is not among all homes of the year before was not licensed then; one that may be unlisted perhaps was."""
    plan = make_plan(
        measure("licensed", "yes_no: true", "home") + measure("beds", of="home"),
        commitment("c", "each: home\nmeasure: beds\nat_least: 10 张\ndue: {after: licensed}"),
    )

    def sheet(year: int, name: str, register: str) -> str:
        home = f"- {{kind: home, name: {name}, facts: {{licensed: no, beds: 1}}}}\n"
        return sheet_text(subjects=home, year=year, registers=f"home: {register}")

    found = verdicts(judge(plan, tmp_path, sheet(2021, "旧院", register), sheet(2022, "新院", "complete"), year=2022))
    assert {("c", "新院"): expected} == found


def test_a_count_of_another_year_is_made_of_its_own_subjects(tmp_path: Path) -> None:
    """Two licensed homes in 2021 made it due, though one of them is gone in 2022."""
    plan = make_plan(
        measure("licensed", "yes_no: true", "home") + measure("platform", "yes_no: true"),
        commitment("c", 'measure: platform\nexactly: "yes"\ndue: {after: count(home where licensed) >= 2 个}'),
    )
    both = "".join(f"- {{kind: home, name: {name}, facts: {{licensed: yes}}}}\n" for name in ("甲院", "乙院"))
    alone = "- {kind: home, name: 甲院, facts: {licensed: yes}}\n"
    for homes, expected in ((both, "shortfall"), (alone, "not_due")):
        sheets = [
            sheet_text("platform: no", subjects, year, "home: complete")
            for year, subjects in ((2021, homes), (2022, alone))
        ]
        assert expected == one(judge(plan, tmp_path, *sheets, year=2022)).verdict
    without = one(judge(plan, tmp_path, sheets[1], year=2022))
    assert ("undetermined", [("home", None)]) == (
        without.verdict, [(p.text, p.unlisted) for p in without.populations if p.unlisted != 0],
    )  # fmt: skip


# ---------------------------------------------------------------- last year

LAST = {
    "last": "measure: last(a)\nexactly: 10 张\ndue: every_year",
    "rise": "measure: a\ndirection: increase\nagainst: last_year\ndue: every_year",
}


@pytest.mark.parametrize(("stated", "sheets"), [
    (", baseline: 10 张", []), ("", [sheet_text("a: 10", year=2020)]),
    (", baseline: 10 张", [sheet_text("a: 99", year=2020)]),
])  # fmt: skip
def test_last_year_of_the_first_year_is_the_baseline(tmp_path: Path, stated: str, sheets: list[str]) -> None:
    """In the first year of the plan last year's value is that of the baseline year, as stated or else as reported."""
    plan = make_plan(measure("a", f"unit: 张{stated}"), "".join(commitment(n, body) for n, body in LAST.items()))
    result = judge(plan, tmp_path, sheet_text("a: 12", year=2021), *sheets, year=2021)
    assert {("last", "某区"): "met", ("rise", "某区"): "met"} == verdicts(result)
    rise = next(finding for finding in result.findings() if finding.commitment.id == "rise")
    assert [Fraction(10)] == [target.value for target in rise.targets]
    later = verdicts(judge(plan, tmp_path, sheet_text("a: 12", year=2022), *sheets, year=2022))
    assert {("last", "某区"): "undetermined", ("rise", "某区"): "undetermined"} == later


def test_last_year_of_the_first_year_is_what_a_commitment_states(tmp_path: Path) -> None:
    """A baseline that the commitment states is last year's value in the first year, too."""
    plan = make_plan(measure("a"), commitment("rise", f"baseline: 10 张\n{LAST['rise']}"))
    for value, expected in (("10", "shortfall"), ("11", "met")):
        assert expected == one(judge(plan, tmp_path, sheet_text(f"a: {value}", year=2021))).verdict


@pytest.mark.parametrize("stated", ["0.1 %", "12.345678901234567891 %"])
def test_a_stated_last_year_is_exact(tmp_path: Path, stated: str) -> None:
    """What the plan states is compared digit by digit, and named with its place."""
    plan = make_plan(
        measure("a", f'unit: "%", baseline: {stated}'),
        commitment("c", f"measure: last(a)\nexactly: {stated}\ndue: every_year"),
    )
    finding = one(judge(plan, tmp_path, sheet_text("a: 1 %", year=2021)))
    assert "met" == finding.verdict
    assert [(2020, True)] == [(used.year, used.stated is not None) for used in finding.used]


# ---------------------------------------------------------------- baselines of counts and sums

HOMES = measure("beds", of="home") + measure("public", "yes_no: true", "home")


def homes_sheet(year: int, *homes: tuple[int, str], register: str = "complete") -> str:
    """Return a sheet of homes: their beds, and whether they are public."""
    rows = "".join(
        f"- {{kind: home, name: {year % 7 + n} 院, facts: {{beds: {beds}, public: {public}}}}}\n"
        for n, (beds, public) in enumerate(homes)
    )
    return sheet_text(subjects=rows, year=year, registers=f"home: {register}")


@pytest.mark.parametrize(("measured", "target", "start"), [
    ("sum(beds of home)", "100 张", 30), ("count(home where public)", "10 个", 1), ("share(public of home)", "100 %", Fraction(1, 2)),
    ("average(beds of home)", "100 张", 15), ("max(beds of home)", "100 张", 20), ("sum(beds of home) - 10 张", "90 张", 20),
])  # fmt: skip
def test_a_path_starts_from_what_was_counted_in_the_baseline_year(
    tmp_path: Path, measured: str, target: str, start: int | Fraction
) -> None:
    """The value of the baseline year is what the same form came to in its sheet, made of the homes of then."""
    plan = make_plan(HOMES, commitment("c", f"measure: {measured}\nat_least: {target}\ndue: 2025"))
    now, before = homes_sheet(2023, (11, "no"), (19, "no"), (1, "yes")), homes_sheet(2020, (10, "no"), (20, "yes"))
    finding = one(judge(plan, tmp_path, now, before, year=2023))
    assert ("behind", Fraction(start)) == (finding.verdict, finding.baseline)
    assert ("not_due", None) == (
        (alone := one(judge(plan, tmp_path, now))).verdict, alone.baseline,
    )  # fmt: skip
    unknown = homes_sheet(2020, (10, "no"), (20, "yes"), register="3")
    assert "behind" == one(judge(plan, tmp_path, now, unknown, year=2023)).verdict  # wherever it began


def test_a_start_that_is_not_known_is_named(tmp_path: Path) -> None:
    """Seven of eleven are enough if one home was public in the baseline year, and not if two were: nobody said of one."""
    plan = make_plan(HOMES, commitment("c", "measure: count(home where public)\nat_least: 11 个\ndue: 2025"))
    before = "- {kind: home, name: 甲院, facts: {public: yes}}\n- {kind: home, name: 乙院, facts: {}}\n"
    sheets = [homes_sheet(2023, *[(1, "yes")] * 7), sheet_text(subjects=before, year=2020, registers="home: complete")]
    finding = one(judge(plan, tmp_path, *sheets, year=2023))
    assert ("undetermined", [("乙院", "public", 2020)]) == (
        finding.verdict, [(used.subject, used.measure, used.year) for used in finding.missing],
    )  # fmt: skip


@pytest.mark.parametrize(("measured", "target"), [
    ("total(opened)", "10 家"), ("change(opened)", "10 家"), ("sum(change(beds) of home)", "100 张"),
])  # fmt: skip
def test_what_is_counted_from_the_start_starts_from_zero(tmp_path: Path, measured: str, target: str) -> None:
    """A total and a change are nothing in the baseline year, whatever was reported for it."""
    plan = make_plan(
        HOMES + measure("opened", "unit: 家, baseline: 3 家"),
        commitment("c", f"measure: {measured}\nat_least: {target}\ndue: 2025"),
    )
    finding = one(judge(plan, tmp_path, sheet_text("opened: 1", year=2021)))
    assert Fraction(0) == finding.baseline
    assert finding.verdict in ("behind", "undetermined")


def test_a_stated_baseline_of_a_count_wins(tmp_path: Path) -> None:
    """Where the commitment states a baseline, what was counted in that year does not matter."""
    body = "measure: count(home)\nbaseline: 1 个\nat_least: 6 个\ndue: 2025"
    plan = make_plan(HOMES, commitment("c", body))
    now, before = homes_sheet(2023, *[(1, "no")] * 4), homes_sheet(2020, *[(1, "no")] * 6)
    assert ("on_track", Fraction(1)) == (
        (finding := one(judge(plan, tmp_path, now, before, year=2023))).verdict, finding.baseline,
    )  # fmt: skip


def test_a_figure_of_the_baseline_year_that_the_plan_states_counts_for_each_home(tmp_path: Path) -> None:
    """Stated beds of each home are the beds of each home of the baseline year, and a condition on them looks at them."""
    plan = make_plan(
        measure("beds", "unit: 张, baseline: 10 张", "home"),
        commitment("c", "measure: sum(beds of home where beds >= 5)\nat_least: 100 张\ndue: 2025"),
    )
    rows = "".join(f"- {{kind: home, name: {name}, facts: {{beds: 1}}}}\n" for name in ("甲院", "乙院"))
    sheets = [sheet_text(subjects=rows, year=year, registers="home: complete") for year in (2020, 2023)]
    assert Fraction(20) == one(judge(plan, tmp_path, *sheets, year=2023)).baseline


def test_a_direction_compares_a_count_with_that_of_the_baseline_year(tmp_path: Path) -> None:
    """More homes than in the baseline year: its sheet is asked, and without it nobody knows."""
    plan = make_plan(HOMES, commitment("c", "measure: count(home)\ndirection: increase\ndue: every_year"))
    now, before = homes_sheet(2023, (1, "no"), (1, "no")), homes_sheet(2020, (1, "no"))
    assert "met" == one(judge(plan, tmp_path, now, before, year=2023)).verdict
    assert "undetermined" == one(judge(plan, tmp_path, now)).verdict


def test_each_town_starts_from_its_own_count(tmp_path: Path) -> None:
    """Towns are joined by name across the years; one that was not there has no value to start from."""
    plan = make_plan(
        measure("beds", of="centre"), commitment("c", "each: town\nmeasure: count(centre)\nat_least: 6 个\ndue: 2025")
    )

    def sheet(year: int, **centres: int) -> str:
        rows = "".join(f"- {{kind: town, name: {town}}}\n" for town in centres)
        for town, many in centres.items():
            rows += "".join(f"- {{kind: centre, name: {town}{n}, in: {town}}}\n" for n in range(many))
        return sheet_text(
            subjects=rows, year=year, registers=f"town: {{size: {len(centres)}, confirmed: 当年如此}}, centre: complete"
        )

    found = verdicts(judge(plan, tmp_path, sheet(2023, 东=5, 西=5, 南=1), sheet(2020, 西=1, 东=4), year=2023))
    assert {("c", "东"): "behind", ("c", "西"): "on_track", ("c", "南"): "not_due"} == found


# ---------------------------------------------------------------- the time that has passed


def test_time_passes_from_the_baseline_year_to_the_due_year(tmp_path: Path) -> None:
    """Of the time from 2020 to 2024 none is told before the plan, a half in 2022, all from 2024; every year has none of its own."""
    plan = make_plan(
        measure("beds"),
        commitment("path", "measure: beds\nat_least: 10 张\ndue: 2024")
        + commitment("stages", "measure: beds\nstaged: [{year: 2023, at_least: 5 张}, {year: 2024, at_least: 9 张}]")
        + commitment("always", "measure: beds\nat_least: 1 张\ndue: every_year"),
    )
    found = {}
    for year in (2020, 2022, 2023, 2024, 2025):
        result = judge(plan, tmp_path, sheet_text("beds: 20", year=year))
        found[year] = tuple(finding.time_elapsed for finding in result.findings())
        floats = [None if time is None else float(time) for time in found[year]]
        assert floats == result.to_polars()["time_elapsed"].to_list()

    assert {
        2020: (None, None, None), 2022: (Fraction(1, 2), Fraction(2, 3), None), 2023: (Fraction(3, 4), 1, None),
        2024: (1, 1, None), 2025: (1, 1, None),
    } == found  # fmt: skip


@pytest.mark.parametrize("arguments", [
    ["check"], ["check", "--year", "2022"], ["check", "-o", "json"], ["check", "-o", "sarif"], ["check", "-o", "html"],
    ["explain", "c"], ["what-if", "--target", "c=6 张"],
])  # fmt: skip
def test_a_district_whose_only_sheet_is_of_another_year_is_named(tmp_path: Path, arguments: list[str]) -> None:
    """What is not judged is said with its years; earlier sheets of a district that has one of the year are nothing to say."""
    file = tmp_path / "demo.plan.yaml"
    file.write_text(plan_text(measure("x"), commitment("c", "measure: x\nat_least: 1 张\ndue: every_year")), "utf-8")
    for name, year in (("甲区", 2022), ("乙区", 2023), ("丙区", 2023), ("丙区", 2022)):
        (tmp_path / f"{name}{year}.facts.yaml").write_text(sheet_text("x: 5", year=year, name=name), encoding="utf-8")
    command, *rest = arguments
    sheets = sorted(str(path) for path in tmp_path.glob("*.facts.yaml"))
    result = CliRunner().invoke(main, [command, str(file), *sheets, *rest, "--lang", "en"])
    told = result.stdout if "-o" in rest else result.stderr
    left_out = ("乙区", "2023", "2022") if "2022" in rest else ("甲区", "2022", "2023")

    assert result.exit_code in (0, 1), result.output
    assert "{} has sheets only for {}, none for {}: it is not judged".format(*left_out) in told, told
    assert {left_out[0]} == {name for name in ("甲区", "乙区", "丙区") if f"{name} has sheets only" in told}


@pytest.mark.parametrize("years", [(2023,), (2020, 2023)])
def test_the_baseline_year_is_told_where_something_was_reported_of_it(tmp_path: Path, years: tuple[int, ...]) -> None:
    """Beside the value of a year stands that of the baseline year, if there is a sheet of it; nothing of it is missed."""
    plan = make_plan(measure("beds"), commitment("c", "measure: beds\nat_least: 500 张\ndue: 2025"))
    sheets = [sheet_text(f"beds: {year - 1900}", year=year) for year in years]

    assert [*years] == sorted(used.year or 0 for used in one(judge(plan, tmp_path, *sheets, year=2023)).used)
