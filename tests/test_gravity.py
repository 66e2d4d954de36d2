"""What comes first: the order of gravity, what a commitment comes to over its subjects, and views of the findings."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao import check, load_plan, read_facts
from dabiao.base.problems import Refused
from dabiao.cli import main
from dabiao.engine.awaited import find_awaited, find_missed, find_next_due, find_unlisted
from dabiao.engine.gravity import find_gravest, sum_up
from dabiao.engine.results import COUNTED, Finding, Result
from dabiao.engine.views import find_rows, find_view, list_views, tally
from helpers import ROOT, commitment, judge, make_plan, measure, plan_text, sheet_text
from hypothesis import given
from hypothesis import strategies as st

SAMPLES = ROOT / "facts" / "samples"
MEASURES = (
    measure("beds") + measure("posts", "unit: 个") + measure("law", "ladder: deliverable")
    + measure("places", "unit: 张", of="home") + measure("least", "unit: 张", of="home")
)  # fmt: skip


def number(name: str, body: str) -> str:
    """Return a commitment whose phrase has a figure: an indicator."""
    return commitment(name, body).replace("phrase: 承诺", "phrase: 达到300张")


def homes(*figures: tuple[str, int, int]) -> str:
    """Return homes with places and the least that is asked of each."""
    return "\n".join(
        f"- {{kind: home, name: {name}, facts: {{places: {a} 张, least: {b} 张}}}}" for name, a, b in figures
    )


@pytest.fixture(scope="module")
def yanqing() -> Result:
    """Return the made-up sample of Yanqing, 2023."""
    plan = load_plan("yanqing")
    facts = read_facts([SAMPLES / "yanqing-2023", SAMPLES / "yanqing-2020.facts.yaml"], plan)
    return check(plan, facts, year=2023)


def names(result: Result) -> list[str]:
    """Return the commitments in the order of gravity."""
    return [group.commitment for group in find_gravest(result)]


def test_severity_comes_first(tmp_path: Path) -> None:
    """A binding shortfall comes before another shortfall, and that before what is behind, however far they are."""
    plan = make_plan(
        MEASURES,
        number("behind", "measure: posts\nat_least: 100 个\nbaseline: 0 个\ndue: 2025")
        + number("other", "measure: beds\nat_least: 1000 张\ndue: 2023")
        + number("binding", "measure: beds\nat_least: 11 张\ndue: 2023\nnature: binding"),
    )
    result = judge(plan, tmp_path, sheet_text("beds: 10 张\nposts: 1 个", year=2023, registers="home: 0, centre: 0"))

    assert ["binding", "other", "behind"] == names(result)


def test_indicators_come_before_tasks(tmp_path: Path) -> None:
    """Of two shortfalls of one nature the indicator comes first, though the task has nothing done."""
    plan = make_plan(
        MEASURES,
        commitment("task", "measure: law\nat_least: issued\ndue: 2023")
        + number("indicator", "measure: beds\nat_least: 11 张\ndue: 2023"),
    )
    result = judge(plan, tmp_path, sheet_text("beds: 10 张\nlaw: planned", year=2023, registers="home: 0, centre: 0"))

    assert ["indicator", "task"] == names(result)


def test_the_share_of_the_distance_counts_from_the_start(tmp_path: Path) -> None:
    """From 100 to 200, 150 has half the way to go; 0 to 100 with 60 has 40 %: the first comes first, though 75 % are done."""
    plan = make_plan(
        MEASURES,
        number("near", "measure: posts\nat_least: 100 个\nbaseline: 0 个\ndue: 2023")
        + number("far", "measure: beds\nat_least: 200 张\nbaseline: 100 张\ndue: 2023"),
    )
    result = judge(plan, tmp_path, sheet_text("beds: 150 张\nposts: 60 个", year=2023, registers="home: 0, centre: 0"))

    assert [("far", 0.5), ("near", 0.4)] == [(group.commitment, group.missing) for group in find_gravest(result)]


def test_findings_with_different_targets_are_not_one(tmp_path: Path) -> None:
    """Homes with one target stand together, the worst first; a home with another target stands alone."""
    plan = make_plan(MEASURES, commitment("each", "each: home\nmeasure: places\nat_least: least\ndue: 2023"))
    facts = homes(("甲", 5, 10), ("乙", 1, 10), ("丙", 10, 10), ("丁", 5, 50))
    result = judge(plan, tmp_path, sheet_text("", facts, year=2023, registers="home: 4, centre: 0"))
    subjects = result.table["subject"]

    assert [["乙", "甲"], ["丁"]] == [[subjects[row] for row in group.rows] for group in find_gravest(result)]
    assert [0.9, 0.9] == [round(group.missing, 9) for group in find_gravest(result)]
    assert [2, 1] == [group.subjects for group in find_gravest(result)]


def missing_share(finding: Finding) -> Fraction:
    """Return the share of the distance that is missing, from the exact numbers of a finding."""
    if finding.gap is None or not finding.targets or finding.targets[0].value is None:
        return Fraction(1)
    target, start = finding.targets[0].value, finding.baseline
    whole = abs(target - start) if start is not None and start != target else abs(target)
    return max(finding.gap, Fraction(0)) / whole if whole else Fraction(1)


def test_the_order_is_that_of_exact_numbers(yanqing: Result) -> None:
    """On the sample, severity, tier and the share that is missing never rise along the list, and every finding stands once."""
    groups = find_gravest(yanqing)
    findings = [yanqing.explain(group.rows[0]) for group in groups]
    order = [(-f.severity, COUNTED.index(f.commitment.tier), -missing_share(f)) for f in findings]
    wrong = [row for row, f in enumerate(yanqing.findings()) if f.counts and f.verdict in ("shortfall", "behind")]

    assert sorted(order) == order
    assert wrong == sorted(row for group in groups for row in group.rows)


@given(st.permutations([("甲", 5, 10), ("乙", 1, 10), ("丙", 8, 10), ("丁", 5, 50), ("戊", 9, 50)]))
def test_the_order_of_the_sheet_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, figures: list[tuple[str, int, int]]
) -> None:
    """In whichever order the homes are listed, the same subjects stand together, the same one first."""
    plan = make_plan(MEASURES, commitment("each", "each: home\nmeasure: places\nat_least: least\ndue: 2023"))
    text = sheet_text("", homes(*figures), year=2023, registers="home: 5, centre: 0")
    result = judge(plan, tmp_path_factory.mktemp("order"), text)
    subjects = result.table["subject"]

    assert {("乙", "甲", "丙"), ("丁", "戊")} == {
        tuple(subjects[row] for row in group.rows) for group in find_gravest(result)
    }


def test_a_commitment_is_met_only_by_all_its_subjects(tmp_path: Path) -> None:
    """One home short makes the commitment short; one that nobody reports leaves it open."""
    plan = make_plan(MEASURES, commitment("each", "each: home\nmeasure: places\nat_least: 10 张\ndue: 2023"))
    cases = {
        "met": homes(("甲", 10, 0), ("乙", 11, 0)),
        "shortfall": homes(("甲", 10, 0), ("乙", 9, 0)),
        "undetermined": homes(("甲", 10, 0)),
    }
    found = {
        verdict: sum_up(judge(plan, tmp_path, sheet_text("", facts, year=2023, registers="home: 2, centre: 0")))[
            "verdict"
        ].to_list()
        for verdict, facts in cases.items()
    }

    assert {verdict: [verdict] for verdict in cases} == found


def test_commitments_are_counted_once_each(yanqing: Result) -> None:
    """The sums over verdicts are the commitments that count: 39 indicators and 217 tasks, no effort and no restatement."""
    found = {tier: sum_up(yanqing, tier).height for tier in COUNTED}
    counted = {name for name in yanqing.table["commitment"].unique() if name not in yanqing.restates}
    tiers = [yanqing.plan.commitments[name].tier for name in counted]

    assert {tier: tiers.count(tier) for tier in COUNTED} == found


def test_every_view_has_every_finding_once(yanqing: Result) -> None:
    """By owner, deadline, chapter, tier and nature each finding that counts stands once; by kind, each of one or below it."""
    counting = yanqing.rows_in().arg_true().to_list()
    for by in list_views(yanqing.plan):
        rows = [row for one in tally(yanqing, by) for row in one.rows]
        lying = {row for row, path in zip(counting, yanqing.find_paths(counting), strict=True) if by in dict(path)}

        assert sorted(counting if by not in yanqing.plan.kinds else lying) == sorted(rows), by
        assert sum(sum(one.counts.values()) for one in tally(yanqing, by)) == len(rows), by


def test_subjects_are_counted_by_their_paths(yanqing: Result) -> None:
    """What counts of each subject of a kind are the rows whose paths lead to it or through it, by columns as one by one."""
    rows = yanqing.rows_in().arg_true().to_list()
    paths = dict(zip(rows, yanqing.find_paths(rows), strict=True))
    for kind in yanqing.plan.kinds:
        found: dict[object, list[int]] = {}
        for row, path in paths.items():
            if kind in yanqing.plan.kinds[path[-1][0]].path or kind == path[-1][0]:
                cut = [path[: place + 1] for place, (one, name) in enumerate(path) if one == kind and name]
                found.setdefault(cut[0] if cut else None, []).append(row)
        tallies = tally(yanqing, kind)
        assert found == {one.key: list(one.rows) for one in tallies}, kind
        assert [one for one in tallies if one.key is not None] == list(tallies.named)


def test_a_town_has_what_lies_in_it(tmp_path: Path) -> None:
    """The findings of a centre are among those of its town, by name alone and with the district in front."""
    plan = make_plan(
        measure("open", "yes_no: true", of="centre"), commitment("each", "each: centre\nholds: open\ndue: 2023")
    )
    towns = "\n".join(f"- {{kind: town, name: {name}}}" for name in ("甲镇", "乙镇", "丙镇"))
    centre = "\n- {kind: centre, name: 一站, in: 乙镇, facts: {open: no}}"
    result = judge(plan, tmp_path, sheet_text("", towns + centre, year=2023, registers="home: 0, centre: 1"))

    assert [((("district", "某区"), ("town", "乙镇")), 1)] == [
        (one.key, len(one.rows)) for one in tally(result, "town")
    ]
    assert [True] == find_rows(result, "乙镇").to_list() == find_rows(result, "某区/乙镇").to_list()
    with pytest.raises(Refused) as refused:
        find_rows(result, "甲甲镇")
    assert ["view.subject"] == [problem.code for problem in refused.value.problems]


def test_an_unknown_view_names_the_nearest(yanqing: Result) -> None:
    """A kind is found by its title in either language; anything else is refused with what there is."""
    assert "town" == find_view(yanqing.plan, "街道乡镇") == find_view(yanqing.plan, "town")
    assert ["owner", "due", "chapter", "tier", "nature"] == [
        find_view(yanqing.plan, word) for word in ("牵头单位", "到期", "章节", "类型", "性质")
    ]
    with pytest.raises(Refused) as refused:
        find_view(yanqing.plan, "ownr")
    assert "owner" in refused.value.problems[0].text("en")


def test_what_is_due_next_is_the_earliest_year_ahead(tmp_path: Path) -> None:
    """What is owed in 2024 comes before what is owed in 2025; what is reached early is not waited for."""
    plan = make_plan(
        MEASURES,
        number("last", "measure: beds\nat_least: 100 张\ndue: 2025")
        + number("next", "measure: posts\nat_least: 100 个\ndue: 2024")
        + number("early", "measure: posts\nat_least: 1 个\ndue: 2024"),
    )
    result = judge(plan, tmp_path, sheet_text("beds: 1 张\nposts: 1 个", year=2023, registers="home: 0, centre: 0"))
    found = find_next_due(result)

    assert found is not None
    assert (2024, ["next"]) == (found[0], result.table["commitment"].filter(found[1]).to_list())


def test_what_will_be_missed_is_what_the_trend_does_not_reach(tmp_path: Path) -> None:
    """From 100 to 110 in three years of five the trend ends short of 150; to 140 it passes it."""
    plan = make_plan(
        MEASURES,
        number("missed", "measure: beds\nat_least: 150 张\nbaseline: 100 张\ndue: 2025")
        + number("reached", "measure: posts\nat_least: 150 个\nbaseline: 100 个\ndue: 2025"),
    )
    before = sheet_text("beds: 105 张\nposts: 120 个", year=2022, registers="home: 0, centre: 0")
    now = sheet_text("beds: 110 张\nposts: 140 个", year=2023, registers="home: 0, centre: 0")
    result = judge(plan, tmp_path, before, now)

    assert ["missed"] == [one.finding.commitment.id for one in find_missed(result)]


def test_the_figure_most_wait_for_comes_first(tmp_path: Path) -> None:
    """Of two missing figures that comes first for which two commitments wait; unlisted homes are counted by kind."""
    plan = make_plan(
        MEASURES,
        number("one", "measure: beds / posts\nat_least: 1 张/个\ndue: 2023")
        + number("two", "measure: beds - posts * 1 张/个\nat_least: 1 张\ndue: 2023")
        + commitment("each", "each: home\nmeasure: places\nat_least: 1 张\ndue: 2023"),
    )
    result = judge(
        plan, tmp_path, sheet_text("beds: 1 张", homes(("甲", 1, 1)), year=2023, registers="home: 3, centre: 0")
    )

    assert ("posts", ("one", "two")) == (find_awaited(result)[0].measure, find_awaited(result)[0].commitments)
    assert {("某区", "home"): 2} == find_unlisted(result)


SHEETS = (str(SAMPLES / "yanqing-2023"), str(SAMPLES / "yanqing-2020.facts.yaml"), "--year", "2023")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_check_fits_a_screen(lang: str) -> None:
    """The report of a district is at most 30 lines, counts first, the five worst with owner, deadline and place."""
    who = ("--assignments", str(SAMPLES / "yanqing.assignments.yaml"), "--lang", lang)
    lines = CliRunner().invoke(main, ["check", "yanqing", *SHEETS, *who]).stdout.splitlines()
    texts = {
        "zh": (
            "主要指标 39 项：达到 3 项（其中提前 2 项）",
            "示例·养老服务科；2023-12-31 到期（每年）；sheet.facts.yaml:141:23",
        ),
        "en": (
            "indicator 39: 3 reached (2 of them early)",
            "示例·养老服务科; due 2023-12-31 (every year); sheet.facts.yaml:141:23",
        ),
    }[lang]

    assert len(lines) <= 30
    assert texts[0] in lines[2]
    assert any(texts[1] in line for line in lines[:12])


def test_what_is_wrong_with_both_views_is_told_at_once() -> None:
    """An unknown view and an unknown subject are both told, and nothing is written."""
    run = CliRunner().invoke(main, ["check", "yanqing", *SHEETS, "--by", "ownr", "--subject", "珍珠乡", "--lang", "zh"])

    assert (2, "") == (run.exit_code, run.stdout)
    assert 2 == len(run.stderr.splitlines())
    assert "珍珠泉乡" in run.stderr
    assert "owner" in run.stderr


def test_a_subject_is_shown_with_all_its_findings() -> None:
    """`--subject` lists what counts of a home, by verdict; `--by` counts it by owner."""
    asked = ["check", "yanqing", *SHEETS, "--subject", "示例十号养老院", "--lang", "zh"]
    whole = CliRunner().invoke(main, asked)
    by = CliRunner().invoke(main, [*asked, "--by", "tier"])

    assert 1 == whole.exit_code == by.exit_code
    assert ("示例十号养老院：5 条" in whole.stdout, "[dementia-norms]" in whole.stdout) == (True, True)
    assert any(line.split()[:3] == ["重点任务", "5", "4"] for line in by.stdout.splitlines())


def test_a_chapter_with_one_finding_is_headed_by_its_verdict(tmp_path: Path) -> None:
    """On the page the heading of a chapter with one finding names the verdict of that finding, met or short."""
    for beds, verdict in ((9, "未达标"), (10, "达标")):
        plan, sheet, page = tmp_path / "demo.plan.yaml", tmp_path / "a.facts.yaml", tmp_path / "page.html"
        promise = commitment("one", "measure: beds\nat_least: 10 张\ndue: 2025\nchapter: 甲章")
        plan.write_text(plan_text(MEASURES, promise), encoding="utf-8")
        sheet.write_text(sheet_text(f"beds: {beds} 张", registers="home: 0, centre: 0"), encoding="utf-8")
        CliRunner().invoke(main, ["check", str(plan), str(sheet), "-o", f"html:{page}", "--lang", "zh"])

        assert f"甲章（1 项）：{verdict}<" in page.read_text("utf-8")


def test_a_page_with_its_changes_can_be_mailed(tmp_path: Path) -> None:
    """With everything that changed since the baseline year, the page of the sample stays below 1.5 MB and holds its findings."""
    page = tmp_path / "page.html"
    since = ("--since", str(SAMPLES / "yanqing-2020.facts.yaml"))
    run = CliRunner().invoke(main, ["check", "yanqing", *SHEETS, *since, "-o", f"html:{page}", "--lang", "zh"])

    assert 1 == run.exit_code, run.output
    assert page.stat().st_size < 1_500_000
    assert '"commitment":"care-heads-trained"' in page.read_text("utf-8")


TWO_PLANS = (
    commitment("far", "each: home\nmeasure: places\nat_least: 100 张\ndue: 2023")
    + commitment("law", "measure: beds\nat_least: 100 张\ndue: 2023\nnature: binding")
    + commitment("ahead", "measure: posts\nat_least: 10 个\ndue: 2025")
)


def judge_two(tmp_path: Path, *names: str) -> list[str]:
    """Write a plan and the sheets of some districts, and return their paths."""
    measures = measure("beds") + measure("posts", "unit: 个") + measure("places", of="home")
    (tmp_path / "demo.plan.yaml").write_text(plan_text(measures, TWO_PLANS), encoding="utf-8")
    paths = [str(tmp_path / "demo.plan.yaml")]
    for name in names:
        home = "- {kind: home, name: 甲, facts: {places: 1 张}}"
        text = sheet_text(
            "beds: 99 张\nposts: 1 个", home, 2023, "home: 2, centre: 0, town: {size: 0, confirmed: 撤并}", name
        )
        paths.append(str(tmp_path / f"{name}.facts.yaml"))
        Path(paths[-1]).write_text(text, encoding="utf-8")
    return paths


def test_every_list_has_the_gravest_first(tmp_path: Path) -> None:
    """In the list of all findings, and on the page to paste, a binding shortfall stands before a wider one that is not."""
    paths = judge_two(tmp_path, "东区")
    for asked in (["--all"], ["-o", "markdown"]):
        told = CliRunner().invoke(main, ["check", *paths, "--lang", "zh", *asked]).stdout
        listed = re.split(r"\n(?:## )?\W*未达标 2\n", told)[1]

        assert 0 < listed.index("东区") < listed.index("甲"), asked


def test_those_who_are_not_listed_have_a_line(tmp_path: Path) -> None:
    """A home that no sheet lists is a line of the view by home, and the districts are a view as well."""
    paths = judge_two(tmp_path, "东区", "西区")
    homes = CliRunner().invoke(main, ["check", *paths, "--lang", "zh", "--by", "home"]).stdout
    districts = CliRunner().invoke(main, ["check", *paths, "--lang", "zh", "--by", "区"]).stdout

    assert re.search(r"未列名的养老机构 +2 ", homes)
    assert re.search(r"东区 +4 [^西]*\n西区 +4 ", districts)


def test_nothing_short_is_not_said_of_what_is_open(tmp_path: Path) -> None:
    """Where nothing is short and something cannot be judged, the screen says that instead of saying that all was checked."""
    paths = judge_two(tmp_path, "东区")
    Path(paths[1]).write_text(
        sheet_text("beds: 100 张", "", 2023, "home: 1, centre: 0, town: 3", "东区"), encoding="utf-8"
    )
    told = CliRunner().invoke(main, ["check", *paths, "--lang", "zh"]).stdout

    assert "没有判定为未达标或滞后的，但有 2 条无法判定" in told


def test_a_view_is_refused_where_it_would_be_passed_over(tmp_path: Path) -> None:
    """A view, or one subject, that no report asked for would show is refused, and nothing is written."""
    paths = judge_two(tmp_path, "东区")
    for option in (("--by", "owner"), ("--subject", "甲")):
        run = CliRunner().invoke(main, ["check", *paths, *option, "-o", "json", "--lang", "en"])

        assert (2, "") == (run.exit_code, run.stdout)
        assert f"{option[0]}: bears on the format text only" in run.stderr
