"""The frame of findings: columns that say what each finding says, and subjects told apart by their whole path."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import dabiao
import polars as pl
import pytest
from dabiao import Location, check, load_plan, read_facts
from dabiao.engine.frame import COLUMNS, SCHEMA
from dabiao.engine.results import Result
from dabiao.reports.finding_texts import waiver_texts
from dabiao.reports.words import sentence
from dabiao.rules.load import load_waivers
from dabiao.scenarios.seek import find_ways
from helpers import ROOT, columns_of, commitment, judge, make_plan, measure, one, sheet_text

SAMPLES = ROOT / "facts" / "samples"
HOMES = measure("beds", "unit: 张", "home") + measure("full", "unit: 张", "home")


@pytest.fixture(scope="module")
def yanqing() -> Result:
    """Return the made-up sheet of 2023, judged."""
    plan = load_plan("yanqing", SAMPLES / "yanqing-2023.waivers.yaml")
    return check(plan, read_facts([SAMPLES / "yanqing-2023", SAMPLES / "yanqing-2020.facts.yaml"], plan), year=2023)


def test_every_column_says_what_the_finding_says(yanqing: Result) -> None:
    """Every finding of the sample and its row agree in every number, floats up to the last digits."""
    frame = yanqing.to_polars()
    findings = list(yanqing.findings())

    assert frame.height == len(findings) > 600
    for row, finding in zip(frame.iter_rows(named=True), findings, strict=True):
        for name, expected in columns_of(finding).items():
            found = row[name]
            if isinstance(expected, float) and isinstance(found, float):
                assert expected == pytest.approx(found, rel=1e-12, abs=1e-12), (name, finding.commitment.id)
            else:
                assert expected == found, (name, finding.commitment.id, finding.subject)


def test_the_frame_has_the_documented_columns(yanqing: Result) -> None:
    """The page on the Python interface describes exactly the columns that the frame has."""
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    described = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]

    assert list(COLUMNS) == yanqing.to_polars().columns
    assert pl.Schema(SCHEMA) == yanqing.to_polars().schema == yanqing.columns_of([0, 1]).schema
    assert set(COLUMNS) <= set(described)


def test_when_something_is_owed_is_told_without_the_table(yanqing: Result) -> None:
    """The years that the plan alone tells are those of the table of findings."""
    assert yanqing.to_polars()["due"].to_list() == yanqing.due_years(yanqing.table["commitment"])
    assert {None, 2023, 2025} <= set(yanqing.due_years(yanqing.table["commitment"]))


def test_an_outlook_is_told_in_the_table_of_all_findings(yanqing: Result) -> None:
    """Where trends lead costs time to work out: of some rows alone it is not told, and nothing else is left out."""
    every = yanqing.to_polars()
    row = every["trend"].is_not_null().arg_true()[0]
    some, names = yanqing.columns_of([row]).row(0, named=True), ("trend", "rating", "projected", "reaches")

    assert {**every.row(row, named=True), **dict.fromkeys(names)} == some


def test_a_known_value_has_no_range_and_an_unknown_one_has_its_bounds(tmp_path: Path) -> None:
    """Low and high are the value itself where it is known, and else the ends it may have."""
    plan = make_plan(HOMES, commitment("c", "measure: share(full > beds of home)\nat_least: 50 %\ndue: 2025"))
    homes = "- {kind: home, name: 甲, facts: {beds: 5 张, full: 9 张}}\n- {kind: home, name: 乙, facts: {beds: 5 张}}"
    [row] = judge(plan, tmp_path, sheet_text("", homes, registers="home: 2")).to_polars().iter_rows(named=True)

    assert (None, 0.5, 1.0) == (row["actual"], row["low"], row["high"])


def test_a_compound_path_from_a_reported_baseline_is_judged_as_it_is_explained(tmp_path: Path) -> None:
    """Under a plan-wide compound path 117 against 114.87 expected is on track, whether plan or sheet gives the baseline."""
    pace = "pace: {path: compound}\n"
    promise = commitment("c", "measure: beds\nat_least: 200 张\ndue: 2025")
    reported = make_plan(measure("beds", "unit: 张"), promise, pace)
    stated = make_plan(measure("beds", "unit: 张, baseline: 100 张"), promise, pace)
    base, now = sheet_text("beds: 100 张", year=2020), sheet_text("beds: 117 张", year=2021)
    findings = [one(judge(reported, tmp_path, base, now, year=2021)), one(judge(stated, tmp_path, now, year=2021))]

    assert ["on_track", "on_track"] == [finding.verdict for finding in findings]
    assert ["114.87"] * 2 == [f"{float(finding.targets[0].expected or 0):.2f}" for finding in findings]
    assert all("114.87" in sentence(finding, "en", reported) for finding in findings)


@pytest.mark.parametrize(("beds", "verdict"), [(110, "behind"), (111, "on_track"), (121, "on_track")])
def test_a_compound_path_from_a_reported_baseline_is_exact_at_the_boundary(
    tmp_path: Path, beds: int, verdict: str
) -> None:
    """From 100 to 123.21 in two years 111 is expected after the first, exactly."""
    plan = make_plan(
        measure("beds", "unit: 张, whole: false"),
        commitment("c", "measure: beds\nat_least: 123.21 张\ndue: 2022"),
        "pace: {path: compound}\n",
    )
    sheets = sheet_text("beds: 100 张", year=2020), sheet_text(f"beds: {beds} 张", year=2021)

    assert verdict == one(judge(plan, tmp_path, *sheets, year=2021)).verdict


def two_districts(folder: Path, waivers: str) -> Result:
    """Judge two districts that both have a home 甲 without enough beds, with waivers."""
    plan = make_plan(HOMES, commitment("c", "each: home\nmeasure: beds\nat_least: 10 张\ndue: throughout"))
    homes = "- {kind: home, name: 甲, facts: {beds: 5 张}}"
    file = folder / "w.waivers.yaml"
    file.write_text(f"plan: demo\nwaivers:\n{waivers}", encoding="utf-8")
    plan = plan.with_waivers(load_waivers(file, plan))
    sheets = (sheet_text("", homes, registers="home: 1", name=name) for name in ("某区", "乙区"))
    return judge(plan, folder, *sheets)


WAIVER = "- {commitment: c, subject: 甲, %syear: 2025, reason: 改造, authority: 区政府, expires: 2026-12-31}\n"


def test_a_waiver_holds_for_one_subject(tmp_path: Path) -> None:
    """A waiver of home 甲 in one district leaves the home of that name in another as it is."""
    result = two_districts(tmp_path, WAIVER % "in: 某区, ")

    assert {"某区/甲": "waived", "乙区/甲": "shortfall"} == dict(
        result.to_polars().select("path", "verdict").iter_rows()
    )
    assert ["used"] == [note.state for note in result.waivers]


def test_a_waiver_that_may_mean_several_subjects_waives_none(tmp_path: Path) -> None:
    """A waiver of home 甲, where two districts have one, is not applied, and says between which."""
    result = two_districts(tmp_path, WAIVER % "")

    assert {"shortfall"} == set(result.to_polars()["verdict"])
    assert [("ambiguous", 2)] == [(note.state, len(note.paths)) for note in result.waivers]
    assert 1 == result.exit_code()


def test_a_report_names_the_waiver_of_the_subject_itself(tmp_path: Path) -> None:
    """Two waivers for homes of one name are told by the authority of each."""
    waivers = "".join(
        WAIVER.replace("区政府", authority) % f"in: {root}, "
        for root, authority in (("某区", "甲局"), ("乙区", "乙局"))
    )
    found = waiver_texts(two_districts(tmp_path, waivers), "zh")

    assert {"某区": True, "乙区": False} == {path[0][1]: "甲局" in text for (_, path), text in found.items()}
    assert all(("甲局" in text) != ("乙局" in text) for text in found.values())


def test_ways_are_sought_for_homes_of_one_name_in_two_districts(tmp_path: Path) -> None:
    """Each of two homes 甲 that fall short has a way of its own."""
    plan = make_plan(HOMES, commitment("c", "each: home\nmeasure: beds\nat_least: 10 张\ndue: throughout"))
    homes = "- {kind: home, name: 甲, facts: {beds: %d 张}}"
    files = []
    for name, beds in (("某区", 5), ("乙区", 7)):
        files.append(tmp_path / f"{name}.facts.yaml")
        files[-1].write_text(sheet_text("", homes % beds, registers="home: 1", name=name), encoding="utf-8")
    found = find_ways(plan, read_facts(files, plan)).sought

    assert [("某区", 5), ("乙区", 3)] == [(s.finding.root, s.finding.whole_gap) for s in found]
    assert [[10], [10]] == [[move.after for answer in s.answers for move in answer.moves] for s in found]


def test_nobody_counts_only_the_subjects_of_its_own_district(tmp_path: Path) -> None:
    """A district without a home that a promise applies to is told of its own homes, not of those of other districts."""
    plan = make_plan(
        HOMES, commitment("c", "each: home\nwhere: beds > 90 张\nmeasure: full\nat_least: 1 张\ndue: throughout")
    )
    few, more = (
        "".join(f"- {{kind: home, name: {n}, facts: {{beds: 5 张}}}}\n" for n in names) for names in ("甲", "乙丙")
    )
    sheets = sheet_text("", few, registers="home: 1"), sheet_text("", more, registers="home: 2", name="乙区")
    found = {f.root: f.populations[0].possible for f in judge(plan, tmp_path, *sheets).findings()}

    assert {"某区": 1, "乙区": 2} == found


def test_two_counts_with_conditions_of_their_own_are_no_share(tmp_path: Path) -> None:
    """Of ten homes five are open and none is closed: four more must open, for 9 of 10, not three."""
    measures = measure("open", "yes_no: true", "home") + measure("closed", "yes_no: true", "home")
    promise = "measure: count(home where open) / count(home where not closed)\nat_least: 90 %\ndue: 2025"
    homes = "".join(
        f"- {{kind: home, name: {i}院, facts: {{open: {'yes' if i < 5 else 'no'}, closed: no}}}}\n" for i in range(10)
    )
    finding = one(
        judge(make_plan(measures, commitment("c", promise)), tmp_path, sheet_text("", homes, registers="home: 10"))
    )

    assert ("shortfall", 4, "home") == (finding.verdict, finding.whole_gap, finding.whole_unit)


def test_the_baseline_that_the_plan_states_is_among_the_figures(tmp_path: Path) -> None:
    """A finding on a path from a baseline in the plan names that figure, and where the plan states it."""
    plan = make_plan(
        measure("beds", "unit: 张, baseline: 100 张"), commitment("c", "measure: beds\nat_least: 200 张\ndue: 2025")
    )
    used = one(judge(plan, tmp_path, sheet_text("beds: 150 张", year=2023))).used

    assert [(2023, 150), (2020, 100)] == [(u.year, u.value) for u in used]
    assert [None, "demo.plan.yaml"] == [u.stated and u.stated.file for u in used]


def test_a_result_is_short_in_words(yanqing: Result) -> None:
    """A result names its plan, year and counts in one line, and a notebook sees an escaped table."""
    assert str(yanqing).startswith("<Result yanqing 2023: shortfall ")
    assert len(str(yanqing)) < 200
    assert "<table>" in yanqing._repr_html_()


def test_names_of_subjects_are_no_markup_in_a_notebook(tmp_path: Path) -> None:
    """A home called like a script is shown as text."""
    plan = make_plan(HOMES, commitment("c", "each: home\nmeasure: beds\nat_least: 10 张\ndue: throughout"))
    homes = '- {kind: home, name: "<script>x</script>", facts: {beds: 5 张}}'
    page = judge(plan, tmp_path, sheet_text("", homes, registers="home: 1"))._repr_html_()

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_package_shows_its_public_names() -> None:
    """`dir(dabiao)` lists what may be used, and each of it is there."""
    assert {"check", "load_plan", "read_facts", "Result", "Finding", "Location", "Problem", "Refused"} <= set(
        dir(dabiao)
    )
    assert all(getattr(dabiao, name) for name in dir(dabiao))
    assert Location is dabiao.Location


def test_an_empty_result_has_an_empty_frame(tmp_path: Path) -> None:
    """A check of a plan whose commitments are all judged by hand gives no row, and the same columns."""
    plan = make_plan(measure("beds", "unit: 张"), commitment("c", "manual: true"))
    result = judge(plan, tmp_path, sheet_text("beds: 5 张"))

    assert (0, list(COLUMNS)) == (result.to_polars().height, result.to_polars().columns)
    assert date(2025, 12, 31) == result.as_of
    assert isinstance(result.to_polars(), pl.DataFrame)


def test_a_gap_has_the_sign_of_the_exact_one(tmp_path: Path) -> None:
    """A third of ten is over 3.333… to 28 places, and the column says so though floats cannot tell the two apart."""
    plan = make_plan(
        measure("beds", "unit: 张"),
        commitment("c", "measure: beds / 3\nat_most: 3.3333333333333333333333333333 张\ndue: 2025"),
    )
    [row] = judge(plan, tmp_path, sheet_text("beds: 10 张")).to_polars().iter_rows(named=True)

    assert ("shortfall", True) == (row["verdict"], row["gap"] > 0)


@pytest.mark.parametrize("path", ["linear", "step"])
@pytest.mark.parametrize("stated", ["", ", baseline: 100 张"])
@pytest.mark.parametrize("need", ["", "need: 0 张"])
def test_what_is_expected_is_not_told_where_start_or_target_is_missing(
    tmp_path: Path, path: str, stated: str, need: str
) -> None:
    """A start that nobody knows, or a target, leaves open what is expected by now, even if it is met whatever they are."""
    plan = make_plan(
        measure("beds", f"unit: 张{stated}") + measure("need"),
        "".join(
            commitment(name, f"measure: beds\n{target}\ndue: 2025\npace: {{path: {path}}}")
            for name, target in (("a", "at_least: need"), ("b", "at_least: 0 张"), ("c", "at_most: need"))
        ),
    )
    result = judge(plan, tmp_path, sheet_text(f"beds: 3 张\n{need}", year=2023))

    falling = 100.0 if path == "step" else 40.0
    known = {"a": need and 0.0, "b": 0.0, "c": need and falling} if stated else {}
    assert [known.get(name, "") for name in "abc"] == ["" if n is None else n for n in result.to_polars()["expected"]]
    assert [columns_of(finding)["expected"] for finding in result.findings()] == result.to_polars()[
        "expected"
    ].to_list()


@pytest.mark.parametrize(("path", "pace"), [("linear", Fraction(41, 54)), ("compound", None), ("step", None)])
def test_the_pace_is_measured_on_the_path_that_is_judged(tmp_path: Path, path: str, pace: Fraction | None) -> None:
    """A value ahead of a compound path has more than all of the expected progress; a step expects none yet."""
    plan = make_plan(
        measure("beds", "unit: 张, baseline: 10 张"),
        commitment("c", f"measure: beds\nat_least: 100 张\ndue: 2025\npace: {{path: {path}}}"),
    )
    result = judge(plan, tmp_path, sheet_text("beds: 51 张", year=2023))
    finding = one(result)

    assert {"linear": pace, "step": None}.get(path, finding.pace) == finding.pace
    assert path != "compound" or (finding.verdict == "on_track" and (finding.pace or 0) > 1)
    assert pytest.approx(finding.pace and float(finding.pace)) == result.to_polars()["pace"][0]


def test_a_waiver_for_nobody_is_told_apart_from_one_that_nobody_needed(tmp_path: Path) -> None:
    """A waiver for a subject that was not judged, or within one that does not exist, is unmatched."""
    result = two_districts(tmp_path, WAIVER % "in: 丙区, " + (WAIVER % "").replace("甲", "丁"))

    assert ["unmatched", "unmatched"] == [note.state for note in result.waivers]


def test_a_word_that_is_no_verdict_is_refused(yanqing: Result) -> None:
    """Findings of a misspelt verdict are an error, not none."""
    with pytest.raises(ValueError, match="shortfal"):
        list(yanqing.findings(["shortfal"]))  # type: ignore[list-item]


def test_a_finding_is_short_in_words(yanqing: Result) -> None:
    """A finding names its commitment, subject, year and verdict."""
    finding = next(yanqing.findings(["shortfall"]))

    assert f"<Finding {finding.commitment.id} " + "/".join(n for _, n in finding.path) + " 2023: shortfall>" == repr(
        finding
    )


def test_a_share_of_all_counts_who_is_missing(tmp_path: Path) -> None:
    """Of a share that has to be 100 %, the gap is told in subjects, by the finding and by its column."""
    plan = make_plan(HOMES, commitment("all", "measure: share(full >= 1 张 of home)\nat_least: 100 %\ndue: 2025"))
    homes = "".join(f"- {{kind: home, name: h{i}, facts: {{full: {i} 张}}}}\n" for i in range(3))
    result = judge(plan, tmp_path, sheet_text(subjects=homes, registers="home: complete"))
    assert (1, "home") == (one(result).whole_gap, one(result).whole_unit)
    assert [(1, "home")] == result.to_polars().select("whole_gap", "whole_unit").rows()


@pytest.mark.parametrize(("area", "expected"), [("5.5", [3, 3]), ("5", [2, 2]), ("5.0000000000000000001", [3, 3])])
def test_a_gap_in_whole_things_rests_on_figures_that_are_not_whole(
    tmp_path: Path, area: str, expected: list[int]
) -> None:
    """Three beds where there should be one a square metre lack what all of the area needs, a part of one rounded up."""
    measures = measure("beds", "unit: 张", "home") + measure("area", "unit: 平方米", "home")
    plan = make_plan(
        measures, commitment("c", "each: home\nmeasure: beds / area\nat_least: 1 张/平方米\ndue: every_year")
    )
    homes = "".join(f"- {{kind: home, name: h{n}, facts: {{beds: 3 张, area: '{area} 平方米'}}}}\n" for n in range(2))
    result = judge(plan, tmp_path, sheet_text(subjects=homes, registers="home: complete"))

    assert expected == [finding.whole_gap for finding in result.findings()]
    assert expected == result.to_polars()["whole_gap"].to_list()


def test_no_whole_gap_where_an_end_of_the_range_is_unknown(tmp_path: Path) -> None:
    """A range of which one end is not known has no gap, in whole things neither."""
    measures = measure("beds") + measure("least") + measure("most")
    plan = make_plan(measures, commitment("range", "measure: beds\nbetween: [least, most]\ndue: 2025"))
    result = judge(plan, tmp_path, sheet_text("beds: 3 张\nleast: 5 张"))
    assert (None, None) == (one(result).gap, one(result).whole_gap)
    assert [(None, None, None)] == result.to_polars().select("gap", "whole_gap", "whole_unit").rows()


def test_a_measure_without_figures_has_columns(tmp_path: Path) -> None:
    """What takes a figure from itself is zero, whatever it is, and has a gap but no whole one."""
    plan = make_plan(measure("beds"), commitment("none", "measure: beds - beds\nat_least: 2 张\ndue: 2025"))
    result = judge(plan, tmp_path, sheet_text("beds: 3 张"))
    assert [("shortfall", 0.0, 2.0, None)] == result.to_polars().select("verdict", "actual", "gap", "whole_gap").rows()


def test_counts_come_first(tmp_path: Path) -> None:
    """What a finding counted is told before what it summed up, wherever it is written."""
    measured = (
        "measure: sum(beds of home where full >= 0 张) / count(home where full >= 2 张)\nat_least: 1 张\ndue: 2025"
    )
    plan = make_plan(HOMES, commitment("average", measured.replace("1 张", "1 张/个")))
    homes = "".join(f"- {{kind: home, name: h{i}, facts: {{beds: 4 张, full: {i} 张}}}}\n" for i in range(3))
    finding = one(judge(plan, tmp_path, sheet_text(subjects=homes, registers="home: complete")))
    assert [1, 3] == [population.counted for population in finding.populations]
