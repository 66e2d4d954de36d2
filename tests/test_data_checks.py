"""Data checks: every form met, failed and not made, exact at its boundary, said with both values and their places."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from checking import MEASURES, PROMISE, home, outcome, plan_with
from click.testing import CliRunner
from dabiao import Refused, check, read_facts
from dabiao.base.limits import Limits, use_limits
from dabiao.base.problems import Problem
from dabiao.cli import main
from dabiao.engine.results import CheckCount, Result
from dabiao.rules.model import Plan
from dabiao.trials.cases import cover
from helpers import commitment, covered_book, judge, make_plan, plan_text, sheet_text


def problems_of(plan: Plan, folder: Path, *sheets: str) -> tuple[Problem, ...]:
    """Return the problems for which sheets are refused."""
    with pytest.raises(Refused) as refused:
        judge(plan, folder, *sheets)
    return refused.value.problems


FORMS = [
    ("measure: beds_total, at_least: towns * 10 张/个", "beds_total: 20 张\ntowns: 2 个", "", "held"),
    ("measure: beds_total, at_least: towns * 10 张/个", "beds_total: 19 张\ntowns: 2 个", "", "failed"),
    ("measure: beds_total, at_least: towns * 10 张/个", "towns: 2 个", "", "unmade"),
    ("measure: rehab_towns, at_most: towns", "rehab_towns: 3 个\ntowns: 3 个", "", "held"),
    ("measure: rehab_towns, at_most: towns", "rehab_towns: 4 个\ntowns: 3 个", "", "failed"),
    ("measure: rehab_towns, at_most: towns", "rehab_towns: 4 个\ntowns: {absent: late}", "", "unmade"),
    ("measure: rehab_towns, less_than: towns", "rehab_towns: 2 个\ntowns: 3 个", "", "held"),
    ("measure: rehab_towns, less_than: towns", "rehab_towns: 3 个\ntowns: 3 个", "", "failed"),
    ("measure: towns, more_than: rehab_towns", "rehab_towns: 2 个\ntowns: 3 个", "", "held"),
    ("measure: towns, more_than: rehab_towns", "rehab_towns: 3 个\ntowns: 3 个", "", "failed"),
    ("measure: towns, between: [2 个, 4 个]", "towns: 4 个", "", "held"),
    ("measure: towns, between: [2 个, 4 个]", "towns: 5 个", "", "failed"),
    ("measure: towns, between: [2 个, 4 个]", "", "", "unmade"),
    ("measure: towns, between: [2 个, 4 个], within: 1 个", "towns: 5 个", "", "held"),
    ("measure: towns, between: [2 个, 4 个], within: 1 个", "towns: 0 个", "", "failed"),
    ("measure: towns, less_than: 4 个, within: 1 个", "towns: 5 个", "", "failed"),
    ("measure: law, exactly: issued", "law: issued", "", "held"),
    ("measure: law, exactly: issued", "law: drafted", "", "failed"),
    ("measure: beds_total, exactly: sum(beds of home)", "beds_total: 30 张", home("甲", "beds: 30 张"), "held"),
    ("measure: beds_total, exactly: sum(beds of home)", "beds_total: 31 张", home("甲", "beds: 30 张"), "failed"),
    ("measure: beds_total, exactly: sum(beds of home)", "beds_total: 31 张", home("甲", ""), "unmade"),
    ("measure: beds_total, exactly: sum(beds of home), within: 1 张", "beds_total: 31 张", home("甲", "beds: 30 张"), "held"),
    ("measure: beds_total, exactly: sum(beds of home), within: 1 张", "beds_total: 32 张", home("甲", "beds: 30 张"), "failed"),
    ("each: home, measure: reserved, at_most: beds", "", home("甲", "beds: 30 张, reserved: 30 张"), "held"),
    ("each: home, measure: reserved, at_most: beds", "", home("甲", "beds: 30 张, reserved: 31 张"), "failed"),
    ("each: home, measure: reserved, at_most: beds", "", home("甲", "reserved: 31 张"), "unmade"),
    ("each: home, where: open, measure: beds, at_least: 1 张", "", home("甲", "open: no, beds: 0 张"), "nothing"),
    ("each: home, where: open, measure: beds, at_least: 1 张", "", home("甲", "open: yes, beds: 0 张"), "failed"),
    ("each: home, where: open, measure: beds, at_least: 1 张", "", home("甲", "beds: 0 张"), "unmade"),
    ("each: home, where: open, measure: beds, at_least: 1 张", "", "", "nothing"),
    ("measure: rehab_share, exactly: rehab_towns / towns", "rehab_share: 50 %\nrehab_towns: 1 个\ntowns: 2 个", "", "held"),
    ("measure: rehab_share, exactly: rehab_towns / towns", "rehab_share: 50 %\nrehab_towns: 0 个\ntowns: 0 个", "", "unmade"),
    ("holds: rehab_towns <= towns and law >= drafted", "rehab_towns: 1 个\ntowns: 1 个\nlaw: drafted", "", "held"),
    ("holds: rehab_towns <= towns and law >= drafted", "rehab_towns: 1 个\ntowns: 1 个\nlaw: planned", "", "failed"),
    ("holds: rehab_towns <= towns and law >= drafted", "rehab_towns: 1 个\ntowns: 1 个", "", "unmade"),
    ("holds: rehab_towns / towns <= 50 %", "rehab_towns: 0 个\ntowns: 0 个", "", "unmade"),
    ("complete: home", "", home("甲", ""), "unmade"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "facts", "homes", "expected"), FORMS)
def test_a_form_is_held_failed_or_not_made(body: str, facts: str, homes: str, expected: str, tmp_path: Path) -> None:
    """Each form of a check holds, fails, or cannot be made; a missing figure never lets it hold."""
    registers = "" if body.startswith("complete") else "home: complete"
    assert expected == outcome(plan_with(f"id: a, {body}"), tmp_path, sheet_text(facts, homes, registers=registers))


@pytest.mark.parametrize(
    ("share", "expected"), [("12.55 %", "held"), ("12.45 %", "held"), ("12.5501 %", "failed"), ("12.4499 %", "failed")]
)
def test_a_tolerance_is_exact(share: str, expected: str, tmp_path: Path) -> None:
    """One in eight is 12.5 %: with 0.05 percentage points accepted, 12.55 % holds, and a hair more does not."""
    plan = plan_with("id: a, measure: rehab_share, exactly: rehab_towns / towns, within: 0.05 百分点")
    assert expected == outcome(plan, tmp_path, sheet_text(f"rehab_share: {share}\nrehab_towns: 1 个\ntowns: 8 个"))


def test_thirds_are_not_rounded(tmp_path: Path) -> None:
    """33.33 % is not one third, and within 0.01 percentage points it is."""
    sheet = sheet_text("rehab_share: 33.33 %\nrehab_towns: 1 个\ntowns: 3 个")
    body = "measure: rehab_share, exactly: rehab_towns / towns"
    assert "failed" == outcome(plan_with(f"id: a, {body}"), tmp_path, sheet)
    assert "held" == outcome(plan_with(f"id: a, {body}, within: 0.01 百分点"), tmp_path, sheet)


def test_decimals_add_up_exactly(tmp_path: Path) -> None:
    """0.1 and 0.2 square metres are 0.3, which binary floats deny."""
    plan = plan_with("id: a, measure: area_total, exactly: sum(area of home)")
    homes = home("甲", "area: 0.1 平方米") + home("乙", "area: 0.2 平方米")
    for total, expected in (("0.3", "held"), ("0.30000000000000004", "failed")):
        sheet = sheet_text(f"area_total: {total} 平方米", homes, registers="home: complete")
        assert expected == outcome(plan, tmp_path, sheet)


def test_known_parts_can_be_too_many_for_the_total(tmp_path: Path) -> None:
    """Parts that already exceed the total fail the check whatever the missing ones are, and the message says at least."""
    plan = plan_with("id: a, measure: beds_total, exactly: sum(beds of home)")
    homes = home("甲", "beds: 30 张") + home("乙", "beds: {absent: late}")
    (problem,) = problems_of(plan, tmp_path, sheet_text("beds_total: 29 张", homes, registers="home: complete"))
    assert "at least 30 张" in problem.text("en")
    assert "is at least 1 张 off" in problem.text("en")
    assert "'beds measure' of 乙 not reported" in problem.text("en")


def test_parts_of_which_none_is_reported_decide_nothing(tmp_path: Path) -> None:
    """A total is not compared with parts nobody reported, in one root as beside another that reports them."""
    plan = plan_with("id: a, measure: rehab_towns, at_most: count(home where open)")
    silent = sheet_text("rehab_towns: 5 个", home("甲", ""), registers="home: complete")
    assert "unmade" == outcome(plan, tmp_path, silent)
    other = sheet_text("rehab_towns: 1 个", home("甲", "open: yes"), registers="home: complete", name="另区")
    assert CheckCount("a", 1, unmade=1) == judge(plan, tmp_path, silent, other).checked[0]
    nobody = sheet_text("rehab_towns: 5 个", "", registers="home: complete")
    assert "failed" == outcome(plan, tmp_path, nobody)  # all of none are listed: the count is 0


# a jump


JUMP = "id: jump, measure: family, jump: 2"
JUMPS = [
    ("100 张", "200 张", "held"),
    ("100 张", "201 张", "failed"),
    ("100 张", "50 张", "held"),
    ("100 张", "49 张", "failed"),
    ("0 张", "0 张", "held"),
    ("0 张", "1 张", "failed"),  # anything is beyond every factor of nothing
    ("1 张", "0 张", "failed"),
    ("{absent: late}", "100 张", "unmade"),
    ("100 张", "{absent: late}", "unmade"),
]


@pytest.mark.parametrize(("before", "now", "expected"), JUMPS)
def test_a_jump_is_more_than_the_factor(before: str, now: str, expected: str, tmp_path: Path) -> None:
    """Exactly twice or half of last year is no jump, one more or one less is, and without last year nobody can say."""
    sheets = [sheet_text(f"family: {value}", year=year) for year, value in ((2023, before), (2024, now))]
    try:
        result = judge(plan_with(JUMP), tmp_path, *sheets)
    except Refused:
        assert "failed" == expected
        return
    (count,) = result.checked
    assert {"held": (1, 1), "unmade": (0, 2)}[expected] == (count.made, count.unmade)  # 2023 has no year before


def test_a_factor_need_not_be_whole(tmp_path: Path) -> None:
    """A factor of 1.5 lets 100 become 150, not 151."""
    plan = plan_with("id: jump, measure: family, jump: 1.5")
    before = sheet_text("family: 100 张", year=2023)
    assert 1 == judge(plan, tmp_path, before, sheet_text("family: 150 张", year=2024)).checked[0].made
    assert "data.jump" == problems_of(plan, tmp_path, before, sheet_text("family: 151 张", year=2024))[0].code


def test_small_changes_are_no_jump_where_the_plan_says_so(tmp_path: Path) -> None:
    """With `within`, a change of at most so much is no jump, from nothing as well."""
    plan = plan_with("id: jump, measure: family, jump: 2, within: 5 张")
    before = sheet_text("family: 0 张", year=2023)
    assert 1 == judge(plan, tmp_path, before, sheet_text("family: 5 张", year=2024)).checked[0].made
    (problem,) = problems_of(plan, tmp_path, before, sheet_text("family: 6 张", year=2024))
    assert "(changes of up to 5 张 do not count)" in problem.text("en")


def test_the_first_year_is_compared_with_the_stated_baseline(tmp_path: Path) -> None:
    """The year after the baseline year is compared with the plan's baseline if no sheet gives that year, and says where it stands."""
    plan = plan_with(JUMP)
    assert 1 == judge(plan, tmp_path, sheet_text("family: 200 张", year=2021)).checked[0].made
    (problem,) = problems_of(plan, tmp_path, sheet_text("family: 201 张", year=2021))
    assert "after the year before (100 张, Demo plan (demo.plan.yaml, line " in problem.text("en")
    assert "上年（100 张，《示例规划》（demo.plan.yaml 第 " in problem.text("zh")
    assert 1 == judge(plan, tmp_path, sheet_text("family: 201 张", year=2022)).checked[0].unmade


def test_the_sheet_of_the_baseline_year_comes_before_the_plan(tmp_path: Path) -> None:
    """A jump is measured from what was reported for the year before, if it was reported."""
    sheets = sheet_text("family: 150 张", year=2020), sheet_text("family: 300 张", year=2021)
    assert CheckCount("jump", 1, unmade=1) == judge(plan_with(JUMP), tmp_path, *sheets).checked[0]


def confirmed(value: str, year: int, why: str = "新建两处") -> str:
    """Return a sheet whose figure is confirmed."""
    return sheet_text(f"family: {{value: {value}, confirmed: {why}}}", year=year)


def test_a_confirmed_jump_is_a_note_that_is_remembered(tmp_path: Path) -> None:
    """A jump with a reason in the sheet refuses nothing: it is noted, in that year's check and in every later one."""
    sheets = [
        sheet_text("family: 100 张", year=2022),
        confirmed("300 张", 2023),
        sheet_text("family: 310 张", year=2024),
    ]
    for used in (sheets[:2], sheets):
        result = judge(plan_with(JUMP), tmp_path, *used)
        (note,) = result.notes
        assert ("data.confirmed", "warning", 5) == (note.code, note.severity, note.location.line)
        assert "confirmed: 某区 in 2023: 'family measure' is 300 张, after 100 张 the year before" in note.text("en")
        assert note.text("zh").endswith("上年 100 张；说明：新建两处")
        assert (len(used) - 1, 0, 1, 1) == (
            result.checked[0].made, result.checked[0].failed, result.checked[0].confirmed, result.checked[0].unmade,
        )  # fmt: skip


def test_a_needless_confirmation_is_noted(tmp_path: Path) -> None:
    """A confirmation without a jump is noted; one that cannot be compared with last year is not called needless."""
    plan = plan_with(JUMP)
    (note,) = judge(plan, tmp_path, sheet_text("family: 100 张", year=2022), confirmed("150 张", 2023)).notes
    assert ("data.needless", "warning") == (note.code, note.severity)
    assert "没有需要确认的异动" in note.text("zh")
    assert () == judge(plan, tmp_path, confirmed("150 张", 2023)).notes
    other = judge(plan, tmp_path, sheet_text("towns: {value: 3 个, confirmed: 属实}"))
    assert ["data.needless"] == [note.code for note in other.notes]


def test_who_is_not_asked_has_nothing_to_confirm(tmp_path: Path) -> None:
    """Jumps of other districts are not looked at: a confirmation of this one is needless."""
    plan = plan_with(f"{JUMP}, where: family < 200 张")
    now = confirmed("300 张", 2023)
    (note,) = judge(plan, tmp_path, sheet_text("family: 100 张", year=2022), now).notes
    assert "data.needless" == note.code


def test_a_row_of_a_table_is_confirmed_as_a_whole(tmp_path: Path) -> None:
    """In CSV a column confirms the figures of its row: needed for one of them, it is needless for none; else it is told once."""
    plan = plan_with("id: jump, each: home, measure: beds, jump: 2")
    for year, table in (
        (2023, "name,beds [张],reserved [张]\n甲,30,1\n乙,30,1\n"),
        (2024, "name,beds [张],reserved [张],confirmed\n甲,90,1,扩建\n乙,31,1,属实\n"),
    ):
        folder = tmp_path / str(year)
        folder.mkdir()
        (folder / "sheet.facts.yaml").write_text(sheet_text(year=year, registers="home: complete"), encoding="utf-8")
        (folder / "home.csv").write_text(table, encoding="utf-8")
    result = check(plan, read_facts([tmp_path / "2023", tmp_path / "2024"], plan))
    assert [("data.confirmed", 2, 2), ("data.needless", 3, 2)] == [
        (p.code, p.location.line, p.location.column) for p in result.notes
    ]
    assert "乙 in 2024 is confirmed (属实), but there is no jump" in result.notes[1].text("en")


def test_a_confirmation_helps_against_nothing_but_a_jump(tmp_path: Path) -> None:
    """Parts that do not add up stay refused, whatever the sheet says."""
    plan = plan_with("id: a, measure: rehab_towns, at_most: towns")
    problems = problems_of(plan, tmp_path, sheet_text("rehab_towns: {value: 4 个, confirmed: 属实}\ntowns: 3 个"))
    assert {"data.at_most": "error", "data.needless": "warning"} == {p.code: p.severity for p in problems}


# registers and baselines


TOWNS = "".join(f"- {{kind: town, name: {name}, facts: {{}}}}\n" for name in "东西南")


def test_a_register_is_complete_or_names_how_many_are_missing(tmp_path: Path) -> None:
    """Three of three towns hold, two of three are refused, none listed is a register that was not handed in."""
    plan = plan_with("id: towns, complete: town")
    assert "held" == outcome(plan, tmp_path, sheet_text("", TOWNS))
    assert "unmade" == outcome(plan, tmp_path, sheet_text("", ""))
    (problem,) = problems_of(plan, tmp_path, sheet_text("", "".join(TOWNS.splitlines(keepends=True)[:2])))
    assert "某区 lists 2 of 3 in its register of town for 2025; 1 missing" in problem.text("en")
    assert "乡镇名册共 3 个，只列出 2 个，缺 1 个" in problem.text("zh")


def test_a_named_register_says_who_is_missing(tmp_path: Path) -> None:
    """Where the plan names the subjects, the missing ones are named."""
    text = plan_text(MEASURES, PROMISE, "checks: [{id: towns, complete: town}]\n")
    (tmp_path / "demo.plan.yaml").write_text(text.replace("register: 3", "register: [东, 西, 南]"), encoding="utf-8")
    (tmp_path / "a.facts.yaml").write_text(sheet_text("", TOWNS.splitlines()[0]), encoding="utf-8")
    args = ["check", str(tmp_path / "demo.plan.yaml"), str(tmp_path / "a.facts.yaml"), "--lang", "en"]
    shown = CliRunner().invoke(main, args)
    assert 2 == shown.exit_code
    assert "2 missing: 西, 南" in shown.stderr


def test_a_reported_register_is_the_sheets_own(tmp_path: Path) -> None:
    """Where sheets say how many there are, their number counts, and `complete` says that all are listed."""
    plan = plan_with("id: homes, complete: home")
    homes = home("甲", "") + home("乙", "")
    assert "held" == outcome(plan, tmp_path, sheet_text("", homes, registers="home: complete"))
    assert "held" == outcome(plan, tmp_path, sheet_text("", homes, registers="home: 2"))
    assert "failed" == outcome(plan, tmp_path, sheet_text("", homes, registers="home: 3"))
    assert "unmade" == outcome(plan, tmp_path, sheet_text("", homes))


def test_the_baseline_year_is_compared_with_the_plan(tmp_path: Path) -> None:
    """What a sheet of the baseline year reports must equal the stated baseline; other years and other measures are not asked."""
    plan = plan_with("id: base, baselines: true")
    assert "held" == outcome(plan, tmp_path, sheet_text("family: 100 张\ntowns: 3 个", year=2020))
    assert "unmade" == outcome(plan, tmp_path, sheet_text("towns: 3 个", year=2020))
    assert "nothing" == outcome(plan, tmp_path, sheet_text("family: 7 张", year=2021))
    *_, problem = problems_of(plan, tmp_path, sheet_text("family: 101 张", year=2020))
    line = next(number for number, text in enumerate(plan_text(MEASURES).splitlines(), 1) if "id: family" in text)
    for text in (
        "'family measure' is 101 张",
        "states 100 张",
        f"Demo plan (demo.plan.yaml, line {line})",
        "differ by 1 张",
        "Please verify which is wrong",
    ):
        assert text in problem.text("en")


def test_a_baseline_of_a_commitment_counts_as_well(tmp_path: Path) -> None:
    """A baseline that stands in a commitment about one measure is the plan's, too."""
    promise = commitment("towns", "measure: towns\nat_least: 5 个\nbaseline: 3 个\ndue: 2025")
    plan = make_plan(MEASURES, promise, "checks: [{id: base, baselines: true}]\n")
    *_, problem = problems_of(plan, tmp_path, sheet_text("towns: 4 个\nfamily: 100 张", year=2020))
    assert "'towns measure' is 4 个; the plan states 3 个" in problem.text("en")


# what is said


def test_an_error_names_both_sides_their_places_and_the_difference(tmp_path: Path) -> None:
    """The message has both values, the difference, and that either may be wrong; each place once, in the file only the line."""
    plan = plan_with(
        "id: add-up, title: {zh: 床位合计, en: Beds add up}, measure: beds_total, exactly: sum(beds of home)"
    )
    homes = home("甲", "beds: 300 张") + home("乙", "beds: 180 张")
    (problem,) = problems_of(plan, tmp_path, sheet_text("beds_total: 500 张", homes, registers="home: complete"))
    file = tmp_path / "sheet0.facts.yaml"
    assert (str(file), 6, 15) == problem.location[:3]
    assert (
        f"{file}:6:15: Beds add up: 某区 in 2025: 'beds_total measure' is 500 张; it must equal the sum of 'beds measure' over "
        "2 home subjects (480 张), and is 20 张 off. Please verify which figure is wrong; the others: "
        "'beds measure' of 甲 300 张 (line 8); 'beds measure' of 乙 180 张 (line 9)"
    ) == problem.text("en")
    assert (
        f"{file}:6:15: 床位合计：某区 2025 年“beds_total 指标”为 500 张，应与 2 个养老机构的“beds 指标”之和（480 张）一致，现相差 20 张。"
        "请核对是哪个数有误，另有甲“beds 指标” 300 张（第 8 行）；乙“beds 指标” 180 张（第 9 行）"
    ) == problem.text("zh")


def test_a_single_figure_is_the_one_to_verify(tmp_path: Path) -> None:
    """A figure outside what the plan allows is itself in doubt: nothing else can be wrong."""
    (problem,) = problems_of(plan_with("id: a, measure: towns, at_most: 30 个"), tmp_path, sheet_text("towns: 31 个"))
    assert "'towns measure' is 31 个; it must not be more than 30 个, and is 1 个 more." in problem.text("en")
    assert problem.text("en").endswith("1 个 more. Please verify this figure")


def test_a_difference_that_is_only_known_at_least_reads_as_one_sentence(tmp_path: Path) -> None:
    """Where a figure is missing the least difference is told, with a space before a number and none between words."""
    plan = plan_with("id: a, measure: beds_total, exactly: sum(beds of home)")
    homes = home("甲", "beds: 300 张") + home("乙", "")
    (problem,) = problems_of(plan, tmp_path, sheet_text("beds_total: 290 张", homes, registers="home: complete"))

    assert "一致，现相差至少 10 张。" in problem.text("zh")
    assert "and is at least 10 张 off." in problem.text("en")


def test_a_difference_of_percentages_is_in_points(tmp_path: Path) -> None:
    """Shares differ by percentage points, and a difference beyond the tolerance is never shown as the tolerance."""
    plan = plan_with("id: a, measure: rehab_share, exactly: rehab_towns / towns, within: 0.05 百分点")
    (problem,) = problems_of(plan, tmp_path, sheet_text("rehab_share: 33.2833 %\nrehab_towns: 1 个\ntowns: 3 个"))
    assert "(0.05 pp is accepted), and is 0.05003 pp off" in problem.text("en")
    assert "一致（允许 0.05 百分点），现相差 0.05003 百分点" in problem.text("zh")


def test_a_condition_is_said_in_words(tmp_path: Path) -> None:
    """A condition that does not hold is said by the titles of its measures, with the figures it looks at."""
    (problem,) = problems_of(
        plan_with("id: a, holds: rehab_towns <= towns"), tmp_path, sheet_text("rehab_towns: 4 个\ntowns: 3 个")
    )
    assert problem.text("en").endswith(
        "this does not hold: “rehab_towns measure” ≤ “towns measure”. "
        "Please verify which figure is wrong: 'rehab_towns measure' 4 个; 'towns measure' 3 个 (line 6)"
    )


def test_a_csv_cell_is_named_by_line_and_column(tmp_path: Path) -> None:
    """A figure of a register stands in a line and a column of its file."""
    folder = tmp_path / "sheet"
    folder.mkdir()
    (folder / "sheet.facts.yaml").write_text(
        sheet_text("beds_total: 31 张", registers="home: complete"), encoding="utf-8"
    )
    (folder / "home.csv").write_text("name,beds [张],reserved [张]\n甲,30,1\n乙,1,2\n", encoding="utf-8")
    plan = plan_with("id: a, each: home, measure: reserved, at_most: beds")
    with pytest.raises(Refused) as refused:
        check(plan, read_facts(folder, plan))
    (problem,) = refused.value.problems
    assert (str(folder / "home.csv"), 3, 3) == problem.location[:3]
    assert "'beds measure' (1 张, column 2)" in problem.text("en")


# several sheets, several problems


def test_every_root_and_year_is_checked(tmp_path: Path) -> None:
    """Each sheet stands for itself, in the years before as well, whatever year is judged."""
    plan = plan_with("id: a, measure: rehab_towns, at_most: towns")
    sheets = [
        sheet_text(f"rehab_towns: {part} 个\ntowns: 3 个", year=year, name=name)
        for name, year, part in (("甲区", 2020, 4), ("甲区", 2024, 3), ("乙区", 2020, 3), ("乙区", 2024, 5))
    ]
    problems = problems_of(plan, tmp_path, *sheets)
    assert [("甲区", 2020), ("乙区", 2024)] == [(p.details["subject"], p.details["year"]) for p in problems]
    judged = judge(plan, tmp_path, *(sheets[1:3]), year=2024)
    assert (2, 0) == (judged.checked[0].made, judged.checked[0].failed)


def test_a_split_sheet_is_checked_as_one(tmp_path: Path) -> None:
    """Figures of two files about the same subject and year are compared with each other."""
    plan = plan_with("id: a, measure: rehab_towns, at_most: towns")
    assert "failed" == outcome(plan, tmp_path, sheet_text("rehab_towns: 4 个"), sheet_text("towns: 3 个"))


def test_all_problems_of_all_checks_come_at_once(tmp_path: Path) -> None:
    """One run reports every failed check, warnings included."""
    plan = plan_with(
        "id: a, measure: rehab_towns, at_most: towns",
        "id: b, measure: law, exactly: issued, severity: warning",
        "id: c, each: home, measure: reserved, at_most: beds",
    )
    homes = home("甲", "beds: 1 张, reserved: 2 张") + home("乙", "beds: 1 张, reserved: 3 张")
    problems = problems_of(plan, tmp_path, sheet_text("rehab_towns: 4 个\ntowns: 3 个\nlaw: drafted", homes))
    assert [("a", "error"), ("b", "warning"), ("c", "error"), ("c", "error")] == [
        (p.details["check"], p.severity) for p in problems
    ]
    assert "'law measure' is drafted, which does not agree with issued" in problems[1].text("en")


def test_problems_stand_in_the_order_of_the_sheets(tmp_path: Path) -> None:
    """Whatever the order of the checks: the sheets of a workbook in theirs, its rows in theirs, one sheet after the other."""
    plan = plan_with(
        "id: a, each: home, measure: reserved, at_most: beds",
        "id: b, measure: beds_total, exactly: sum(beds of home)",
        "id: c, measure: rehab_towns, at_most: towns",
    )
    for name in ("乙区", "甲区"):
        book = covered_book(name=name)
        book["封面"].append(("养老机构总数", 2))
        sheet = book.create_sheet("区")
        for line in (("编号", "本年值"), ("rehab_towns", 4), ("towns", 3), ("beds_total", 31)):
            sheet.append(line)
        sheet = book.create_sheet("养老机构")
        for line in (("养老机构", "beds", "reserved"), ("甲", 30, 31), ("乙", 2, 3)):
            sheet.append(line)
        book.save(tmp_path / f"{name}.xlsx")
    files = [tmp_path / "乙区.xlsx", tmp_path / "甲区.xlsx"]
    with pytest.raises(Refused) as refused:
        check(plan, read_facts(files, plan))
    told = [(p.location.file, p.location.sheet, p.location.cell, p.details["check"]) for p in refused.value.problems]
    places = [("区", "B2", "c"), ("区", "B4", "b"), ("养老机构", "C2", "a"), ("养老机构", "C3", "a")]
    assert [(str(file), *place) for file in files for place in places] == told


def test_a_warning_refuses_nothing(tmp_path: Path) -> None:
    """A check of severity warning is a note of the result, and the findings stand."""
    plan = plan_with("id: a, measure: rehab_towns, at_most: towns, severity: warning")
    result = judge(plan, tmp_path, sheet_text("rehab_towns: 4 个\ntowns: 3 个\nbeds_total: 1 张"))
    assert [("data.at_most", "warning")] == [(note.code, note.severity) for note in result.notes]
    assert (CheckCount("a", 1, failed=1),) == tuple(result.checked)
    assert 1 == result.counts()["met"]


def test_the_command_refuses_the_sheet(tmp_path: Path) -> None:
    """`dabiao check` exits with 2 and writes the problem in the user's language."""
    (tmp_path / "p.plan.yaml").write_text(
        plan_text(MEASURES, PROMISE, "checks: [{id: a, measure: rehab_towns, at_most: towns}]\n"), encoding="utf-8"
    )
    (tmp_path / "s.facts.yaml").write_text(sheet_text("rehab_towns: 4 个\ntowns: 3 个"), encoding="utf-8")
    for lang, words in (
        ("zh", "不应多于“towns 指标”（3 个，第 6 行）"),
        ("en", "must not be more than 'towns measure' (3 个, line 6)"),
    ):
        shown = CliRunner().invoke(
            main, ["check", str(tmp_path / "p.plan.yaml"), str(tmp_path / "s.facts.yaml"), "--lang", lang]
        )
        assert 2 == shown.exit_code
        assert words in shown.stderr


def test_what_could_not_be_made_is_counted_and_noted_on_request(tmp_path: Path) -> None:
    """A missing figure is counted; where the plan asks for it, it is a warning at the place of the missing figure."""
    sheet = sheet_text("rehab_towns: 4 个\ntowns: {absent: late}")
    quiet = judge(plan_with("id: a, measure: rehab_towns, at_most: towns"), tmp_path, sheet)
    assert ((CheckCount("a", 0, unmade=1),), ()) == (tuple(quiet.checked), tuple(quiet.notes))
    loud = judge(plan_with("id: a, measure: rehab_towns, at_most: towns, unmade: warning"), tmp_path, sheet)
    (note,) = loud.notes
    assert ("data.unmade", "warning", 6) == (note.code, note.severity, note.location.line)


@pytest.mark.parametrize("many", [2, 3, 4, 7])
def test_beyond_the_limit_problems_are_counted(tmp_path: Path, many: int) -> None:
    """Three problems of a check are told, of rows, registers, and checks that cannot be made, and how many more there are."""
    failing, open_ = "beds: 1 张, reserved: 2 张", "beds: {absent: late}, reserved: 2 张"
    rows, open_rows = ("".join(home(f"院{n}", facts) for n in range(many)) for facts in (failing, open_))
    two = "".join(TOWNS.splitlines(keepends=True)[:2])
    registers = [sheet_text("", two, name=f"区{n}") for n in range(many)]
    reserved = "id: a, each: home, measure: reserved, at_most: beds"
    with use_limits(Limits(problems=3)):
        found = [
            problems_of(plan_with(reserved), tmp_path, sheet_text("", rows)),
            problems_of(plan_with("id: a, complete: town"), tmp_path, *registers),
            judge(plan_with(f"{reserved}, unmade: warning"), tmp_path, sheet_text("", open_rows)).notes,
        ]
    hidden = [f"{many - 3} more, not listed"] if many > 3 else []

    assert [["error"] * min(many, 4)] * 2 + [["warning"] * min(many, 4)] == [
        [p.severity for p in some] for some in found
    ]
    for problems in found:
        assert [words in problem.text("en") for words, problem in zip(hidden, problems[3:], strict=True)] == [
            True
        ] * len(hidden)


def test_made_up_cases_are_not_checked() -> None:
    """`dabiao test` makes up figures one by one, which no data check may refuse."""
    plan = plan_with("id: a, measure: beds_total, exactly: 7 张")
    assert (Fraction(100), ()) == (cover(plan).percent, cover(plan).wrong)


def test_a_plan_without_checks_makes_none(tmp_path: Path) -> None:
    """Without checks nothing is counted."""
    result: Result = judge(make_plan(MEASURES, PROMISE), tmp_path, sheet_text("beds_total: 1 张"))
    assert ((), ()) == (tuple(result.checked), tuple(result.notes))
