"""Bugs that have been mended, one test each, so that none returns unnoticed."""

from __future__ import annotations

import textwrap
from datetime import date
from fractions import Fraction
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from click.testing import CliRunner
from dabiao import check
from dabiao.base.problems import Refused
from dabiao.base.quantities import BadNumber, parse_quantity, range_text
from dabiao.base.units import parse_unit
from dabiao.cli import main
from dabiao.facts.read import read_facts
from dabiao.reports.gravest import silent_names
from dabiao.reports.words import actual_text, gap_text
from dabiao.rules.amend import in_force
from dabiao.rules.load import load_plan
from dabiao.trials.trial import TrialRequest, try_plan
from helpers import ROOT, commitment, form_words, judge, make_plan, measure, one, plan_text, sheet_text, verdicts

RULE = """
consequences:
  - id: named
    title: {zh: 点名, en: Named}
    level: alert
    when: [{commitment: a}, {commitment: b}]
"""


def test_a_change_from_a_stated_baseline_has_a_path(tmp_path: Path) -> None:
    """A change starts from nothing: it is judged on the way even if no sheet of the baseline year is at hand."""
    plan = make_plan(
        measure("orgs", "unit: 家, baseline: 100 家"),
        commitment("c", "measure: change(orgs)\nat_least: 50 家\ndue: 2025"),
    )

    assert "on_track" == one(judge(plan, tmp_path, sheet_text("orgs: 130 家", year=2023))).verdict


def test_a_change_from_an_unreported_baseline_is_unknown_and_not_undue(tmp_path: Path) -> None:
    """A change starts from nothing whatever the baseline was; how far it has come nobody knows without it."""
    plan = make_plan(measure("orgs", "unit: 家"), commitment("c", "measure: change(orgs)\nat_least: 50 家\ndue: 2025"))
    now, before = sheet_text("orgs: 130 家", year=2023), sheet_text("orgs: 100 家", year=2020)

    assert "undetermined" == one(judge(plan, tmp_path, now)).verdict
    assert "on_track" == one(judge(plan, tmp_path, now, before, year=2023)).verdict


GAP = "measure: urban - rural\n"


@pytest.mark.parametrize(("stated", "sheets"), [
    ((", baseline: 60 %", ", baseline: 20 %"), []),
    (("", ""), [sheet_text("urban: 60 %\nrural: 20 %", year=2020)]),
])  # fmt: skip
def test_a_gap_between_two_shares_starts_from_its_own_baseline(
    tmp_path: Path, stated: tuple[str, str], sheets: list[str]
) -> None:
    """From 40 points to 10 by 2025, 22 are expected in 2023: 15 are on track, and fewer than in 2020; 23 are behind."""
    plan = make_plan(
        measure("urban", f'unit: "%"{stated[0]}') + measure("rural", f'unit: "%"{stated[1]}'),
        commitment("falls", GAP + "direction: decrease\nagainst: baseline\ndue: every_year")
        + commitment("path", GAP + "at_most: 10 百分点\ndue: 2025"),
    )
    for folder, rural, path in (("a", 35, "on_track"), ("b", 28, "on_track"), ("c", 27, "behind")):
        (tmp_path / folder).mkdir()
        now = sheet_text(f"urban: 50 %\nrural: {rural} %", year=2023)
        found = verdicts(judge(plan, tmp_path / folder, now, *sheets, year=2023))
        assert {("falls", "某区"): "met", ("path", "某区"): path} == found


def test_a_gap_in_a_scaled_unit_is_not_counted_in_the_base_unit(tmp_path: Path) -> None:
    """A gap of 600 万元 is never printed as 6,000,000 万元."""
    plan = make_plan(measure("money", "unit: 万元"), commitment("c", "measure: money\nat_least: 1000 万元\ndue: 2025"))
    finding = one(judge(plan, tmp_path, sheet_text("money: 400 万元")))

    assert "差 600 万元" == gap_text(finding, "zh", plan)


def test_a_shortfall_at_the_boundary_is_not_called_exact(tmp_path: Path) -> None:
    """Equal to a target that must be exceeded is one short, not exactly there."""
    plan = make_plan(measure("visits", "unit: 次"), commitment("c", "measure: visits\nmore_than: 0 次\ndue: 2025"))
    finding = one(judge(plan, tmp_path, sheet_text("visits: 0 次")))

    assert ("shortfall", "1 次 short") == (finding.verdict, gap_text(finding, "en", plan))


def test_a_count_below_each_subject_is_counted(tmp_path: Path) -> None:
    """A count over the subjects of each town works where all facts are known."""
    plan = make_plan(
        measure("open", "yes_no: true", "centre"),
        commitment("c", "each: town\nmeasure: count(centre where open)\nat_least: 1 个\ndue: 2025"),
    )
    subjects = """
        - {kind: town, name: 东, facts: {}}
        - {kind: town, name: 西, facts: {}}
        - {kind: town, name: 北, facts: {}}
        - {kind: centre, name: 一, in: 东, facts: {open: yes}}
        - {kind: centre, name: 二, in: 西, facts: {open: no}}
    """
    result = judge(plan, tmp_path, sheet_text(subjects=subjects, registers="centre: complete"))

    assert {("c", "东"): "met", ("c", "西"): "shortfall", ("c", "北"): "shortfall"} == verdicts(result)


def test_a_rule_that_half_matches_does_not_end_the_process(tmp_path: Path) -> None:
    """A finding that meets one condition of two is no consequence, and no crash of the rule engine."""
    plan = make_plan(
        measure("x", of="home") + measure("y", of="home"),
        commitment("a", "each: home\nmeasure: x\nat_least: 5 张\ndue: 2025")
        + commitment("b", "each: home\nmeasure: y\nat_least: 5 张\ndue: 2025"),
        RULE,
    )
    subjects = (
        "- {kind: home, name: 甲, facts: {x: 1 张, y: 9 张}}\n- {kind: home, name: 乙, facts: {x: 9 张, y: 1 张}}"
    )

    assert [] == list(judge(plan, tmp_path, sheet_text(subjects=subjects, registers="home: 2")).followed)


def test_a_sum_of_decimals_is_the_decimal_sum(tmp_path: Path) -> None:
    """0.1 and 0.2 make 0.3, which is what 0.3 asks for."""
    plan = make_plan(
        measure("area", "unit: 亩", "home"), commitment("c", "measure: sum(area of home)\nexactly: 0.3 亩\ndue: 2025")
    )
    subjects = "- {kind: home, name: 甲, facts: {area: 0.1 亩}}\n- {kind: home, name: 乙, facts: {area: 0.2 亩}}"
    finding = one(judge(plan, tmp_path, sheet_text(subjects=subjects, registers="home: 2")))

    assert ("met", Fraction(200)) == (finding.verdict, finding.actual)


def test_a_long_sum_is_no_internal_error(tmp_path: Path) -> None:
    """Nine hundred operands in a row are worked out."""
    plan = make_plan(measure("x"), commitment("c", "measure: x" + "+1" * 900 + "\nat_least: 900 张\ndue: 2025"))

    assert "met" == one(judge(plan, tmp_path, sheet_text("x: 0 张"))).verdict


def test_everything_is_said_in_the_language_asked_for() -> None:
    """An English report of the illustrative sheet has no Chinese sentence of the program in it."""
    sheet = str(ROOT / "facts" / "samples" / "example-2023.facts.yaml")
    output = CliRunner().invoke(main, ["check", "example", sheet, "--lang", "en"]).output

    assert not any(word in output for word in ("达标", "未到期", "差 ", "无法判定", "后果"))


def test_withdrawing_a_commitment_drops_what_follows_from_what_follows() -> None:
    """An amendment that withdraws a commitment drops its consequence, and the consequence of that one."""
    rest = """
        consequences:
        - {id: first, title: {zh: 一, en: first}, level: alert, when: [{commitment: c}]}
        - {id: second, title: {zh: 二, en: second}, level: alert, when: [{consequence: first}]}
        - {id: third, title: {zh: 三, en: third}, level: alert, when: [{commitment: d}]}
        amendments:
        - {id: a, effective: 2023-01-01, authority: 区, changes: [{commitment: c, withdrawn: true}]}
    """
    commitments = commitment("c", "measure: x\nat_least: 1 张\ndue: 2025") + commitment(
        "d", "measure: x\nat_least: 2 张\ndue: 2025"
    )
    plan = in_force(make_plan(measure("x"), commitments, textwrap.dedent(rest)), date(2023, 6, 1))

    assert ["third"] == list(plan.consequences)


@pytest.mark.parametrize(
    "text", ["50 60", "50\n60", "12 5", "300 400", "3 .5", "3. 5", "2, 800", "1\u00a0000 60", "1 0:7"]
)
def test_two_numbers_in_one_place_are_not_put_together(text: str) -> None:
    """50 above 60 in one cell is no 5060, and 12 5 is no 125: which is meant cannot be known."""
    with pytest.raises(BadNumber):
        parse_quantity(text)


def test_thin_spaces_between_thousands_are_read() -> None:
    """1 234 567 set with no-break or thin spaces is one number."""
    assert Fraction(1234567) == parse_quantity("1\u202f234\u00a0567 人").number


@pytest.mark.parametrize("name", ["合计", "全区汇总", "合计（2家）", "Total", "共2家", "注：初步数"])
@pytest.mark.parametrize("form", ["yaml", "csv"])
def test_a_totals_row_is_no_subject_in_any_format(name: str, form: str, tmp_path: Path) -> None:
    """A row of totals would count every figure twice: it is refused by name in YAML and CSV as in workbooks."""
    plan = make_plan(measure("x", of="home"), commitment("c", "measure: sum(x of home)\nat_least: 5 张\ndue: 2025"))
    if form == "yaml":
        path = tmp_path / "s.facts.yaml"
        subjects = f"- {{kind: home, name: 甲, facts: {{x: 3 张}}}}\n- {{kind: home, name: {name}, facts: {{x: 3 张}}}}"
        path.write_text(sheet_text(subjects=subjects, registers="home: complete"), encoding="utf-8")
    else:
        path = tmp_path
        (path / "sheet.facts.yaml").write_text(sheet_text(registers="home: complete"), encoding="utf-8")
        (path / "home.csv").write_text(f"name,x\n甲,3\n{name},3\n", encoding="utf-8")

    with pytest.raises(Refused) as refused:
        read_facts(path, plan)
    code = "totals-name" if form == "yaml" else "totals-row"
    assert [(code, name)] == [(p.code, p.details["found"]) for p in refused.value.problems]


def _form(folder: Path) -> Path:
    """Write the form of the illustrative plan for 2023."""
    path = folder / "form.xlsx"
    words = form_words(path, "某区", "zh")
    assert 0 == CliRunner().invoke(main, words).exit_code
    return path


def test_two_copies_of_a_list_do_not_overrule_each_other(tmp_path: Path) -> None:
    """A copied sheet with another figure of the same measure is refused, with both places."""
    path = _form(tmp_path)
    book = openpyxl.load_workbook(path)
    sheet = book["区"]
    columns = {cell.value: cell.column_letter for cell in sheet[3]}
    row = next(row for row in range(1, 99) if sheet[f"{columns['编号']}{row}"].value == "family_care_beds")
    cell = f"{columns['本年值']}{row}"
    book.copy_worksheet(sheet)[cell] = 71
    sheet[cell] = 70
    book.save(path)

    with pytest.raises(Refused) as refused:
        read_facts(path, load_plan("example"))
    assert ["duplicate-fact"] == [p.code for p in refused.value.problems if p.severity == "error"]


def test_a_form_of_another_year_is_noticed(tmp_path: Path) -> None:
    """A year that was overwritten on the cover is read with one warning that names the title of the form."""
    path = _form(tmp_path)
    assert [] == [note.code for note in read_facts(path, load_plan("example")).notes]
    book = openpyxl.load_workbook(path)
    book["封面"]["B7"] = 2025
    book.save(path)

    assert ["other-year"] == [note.code for note in read_facts(path, load_plan("example")).notes]


def test_a_value_out_of_range_is_told_the_range() -> None:
    """The message about 4750 % says that 0 % to 100 % is expected."""
    assert "0 % – 100 %" == range_text(Fraction(0), Fraction(1), parse_unit("%"))
    assert "≥ 0 张" == range_text(Fraction(0), None, parse_unit("张"))


def test_an_unknown_choice_is_told_the_words_of_the_form(tmp_path: Path) -> None:
    """A clerk who chose among Chinese words is shown Chinese words, and no ids."""
    path = tmp_path / "s.facts.yaml"
    text = "plan: example\nsubject: 某区\nyear: 2023\nsubjects:\n  - {kind: home, name: 甲院, facts: {stars: 三星级}}\n"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(Refused) as refused:
        read_facts(path, load_plan("example"))
    (problem,) = refused.value.problems
    assert ("unknown-step", "三星") == (problem.code, problem.details["nearest"])
    assert problem.text("zh").endswith("不能填“三星级”，可填：未评星、一星、二星、三星、四星、五星；是不是“三星”？")
    assert "one star, two stars, three stars" in problem.text("en")


def test_a_column_given_twice_names_the_first(tmp_path: Path) -> None:
    """Two columns of one measure in a CSV file: the message has the place of the first one."""
    plan = make_plan(measure("x", of="home"), commitment("c", "each: home\nmeasure: x\nat_least: 5 张\ndue: 2025"))
    (tmp_path / "sheet.facts.yaml").write_text(sheet_text(registers="home: complete"), encoding="utf-8")
    (tmp_path / "home.csv").write_text("name,x,x\n甲,3,3\n", encoding="utf-8")

    with pytest.raises(Refused) as refused:
        read_facts(tmp_path, plan)
    assert [f"{tmp_path / 'home.csv'}:1:2"] == [str(problem.details["first"]) for problem in refused.value.problems]


def test_every_report_asked_for_is_written(tmp_path: Path) -> None:
    """`-o` given twice writes both reports, with every command that has reports."""
    plan = tmp_path / "demo.plan.yaml"
    plan.write_text(plan_text(measure("x"), commitment("c", "measure: x\nat_least: 5 张\ndue: 2025")), encoding="utf-8")
    sheet = str(ROOT / "facts" / "samples" / "example-2023.facts.yaml")
    commands = {
        "diff": ["diff", "example", "--from", "2021-01-01", "--to", "2025-01-01"],
        "test": ["test", str(plan)],
        "status": ["status", "example", sheet, "--due", "2024-03-31"],
        "seek": ["seek", "example", sheet, "carer-ratio"],
    }
    for name, arguments in commands.items():
        first, second = tmp_path / f"{name}.txt", tmp_path / f"{name}.json"
        CliRunner().invoke(main, [*arguments, "-o", f"text:{first}", "-o", f"json:{second}"])

        assert first.read_text(encoding="utf-8"), name
        assert second.read_text(encoding="utf-8").startswith("{"), name


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "example", "LONG"), ("check", "LONG", "SHEET"), ("seek", "example", "SHEET", "LONG"), ("verify", "LONG"),
        ("what-if", "example", "SHEET", "--scenario", "LONG"), ("status", "example", "LONG", "--due", "2024-03-31"),
        ("check", "example", "SHEET", "-o", "json:LONG"), ("check", "example", "SHEET", "--waivers", "LONG"),
        ("budget", "example", "SHEET", "--costs", "LONG"),
    ],
)  # fmt: skip
def test_a_name_that_no_file_can_have_is_refused(arguments: tuple[str, ...]) -> None:
    """A file name of 300 characters is refused by every command, and is no internal error."""
    sheet = str(ROOT / "facts" / "samples" / "example-2023.facts.yaml")
    named = [text.replace("LONG", "x" * 300).replace("SHEET", sheet) for text in arguments]
    result = CliRunner().invoke(main, named)

    assert 2 == result.exit_code
    assert "x" * 100 in result.stderr
    assert "internal" not in result.stderr


def test_a_value_just_outside_a_range_is_not_shown_at_its_end(tmp_path: Path) -> None:
    """80.0033… % is more than the 80 % that a range ends with, and is not printed as 80 %."""
    plan = make_plan(
        measure("spent", "unit: 元") + measure("grant", "unit: 元"),
        commitment("c", "measure: spent / grant\nbetween: [20 %, 80 %]\ndue: 2025"),
    )
    finding = one(judge(plan, tmp_path, sheet_text("spent: 24001\ngrant: 30000")))

    assert ("shortfall", "80.003 %") == (finding.verdict, actual_text(finding, "en"))


def test_targets_beyond_all_floats_are_judged_exactly(tmp_path: Path) -> None:
    """A target of 360 digits is compared in fractions, before its year and in it, in tables and in the frame of findings."""
    plan = tmp_path / "demo.plan.yaml"
    target = " * ".join(["1 张", *["9" * 40] * 9])
    plan.write_text(
        plan_text(measure("beds", "unit: 张"), commitment("c", f"measure: beds\nat_least: {target}\ndue: 2025")),
        "utf-8",
    )
    trial = try_plan(TrialRequest(plan=str(plan)))
    frame = judge(load_plan(plan), tmp_path, sheet_text("beds: 5 张")).to_polars()

    assert [] == list(trial.coverage.wrong)
    assert ["shortfall"] == frame["verdict"].to_list()


def test_a_budget_says_that_it_cannot_optimise_what_is_named_from_below(tmp_path: Path) -> None:
    """Every home against the average of the district is no linear demand: it is told so, and is no internal error."""
    promise = "each: home\nmeasure: beds\nat_least: mean\ndue: throughout"
    measures = measure("beds", "unit: 张", "home") + measure("mean", "unit: 张, formula: average(beds of home)")
    homes = "".join(
        f"- {{kind: home, name: {name}, facts: {{beds: {beds} 张}}}}\n" for name, beds in (("甲", 5), ("乙", 9))
    )
    (tmp_path / "s.facts.yaml").write_text(sheet_text("", homes, registers="home: 2", year=2023), encoding="utf-8")
    (tmp_path / "demo.costs.yaml").write_text(
        "plan: demo\nmoney: 万元\nactions:\n"
        "- {id: more, title: {zh: 增, en: more}, each: home, adds: {beds: 1 张}, unit_cost: 1 万元, at_most: 9}\n",
        encoding="utf-8",
    )
    file = tmp_path / "demo.plan.yaml"
    file.write_text(plan_text(measures, commitment("c", promise)), encoding="utf-8")
    arguments = ["budget", str(file), str(tmp_path / "s.facts.yaml"), "--costs", str(tmp_path / "demo.costs.yaml")]
    result = CliRunner().invoke(main, [*arguments, "--lang", "en"])

    assert (1, True) == (result.exit_code, "not linear in what actions decide" in result.output), result.output


@pytest.mark.parametrize("share", [
    "share(ok of home where ok)", "share(not ok of home where ok)", "share(beds > least of home where beds > least)",
    "share(ok of home where beds > least and ok)", "share(ok and ok of home where ok or (ok and ok))",
    "share(ok and beds > least of home where beds > least and ok)",
])  # fmt: skip
def test_a_share_whose_condition_is_repeated_ends(tmp_path: Path, share: str) -> None:
    """What is divided into a part and the rest, and joined again, ends: with no home that is ok there is no share at all."""
    plan = make_plan(
        measure("least") + measure("beds", of="home") + measure("ok", "yes_no: true", "home"),
        commitment("c", f'measure: "{share}"\nat_least: 80 %\ndue: every_year'),
    )
    home = "- {kind: home, name: 甲院, facts: {beds: 3}}\n"

    assert "undetermined" == one(judge(plan, tmp_path, sheet_text("", home, registers="home: complete"))).verdict


def test_figures_of_a_csv_folder_are_those_of_another_year(tmp_path: Path) -> None:
    """A register read from CSV is paired with itself in a later year: what if nothing is done until the end of the plan."""
    promise = commitment("c", "each: home\nmeasure: beds\nat_least: 2 张\ndue: 2025")
    (tmp_path / "demo.plan.yaml").write_text(plan_text(measure("beds", of="home"), promise), encoding="utf-8")
    folder = tmp_path / "2023"
    folder.mkdir()
    (folder / "sheet.facts.yaml").write_text(sheet_text(year=2023, registers="home: 5"), encoding="utf-8")
    rows = "".join(f"院{number},{number}\n" for number in range(5))
    (folder / "home.csv").write_text(f"名称,beds 指标 [张]\n{rows}", encoding="utf-8")
    asked = ["what-if", str(tmp_path / "demo.plan.yaml"), str(folder), "--as-if", "2025", "--lang", "en"]
    run = CliRunner().invoke(main, asked)

    assert (1, True) == (run.exit_code, "shortfall" in run.stdout), run.output


def test_what_does_not_exist_is_not_called_silent(tmp_path: Path) -> None:
    """Where there are no homes, nobody is told that nothing was reported of them."""
    promise = commitment("c", "each: home\nmeasure: beds\nat_least: 2 张\ndue: every_year")
    result = judge(
        make_plan(measure("beds", of="home"), promise), tmp_path, sheet_text(registers="home: 0, centre: 0, town: 3")
    )

    assert {"not_applicable"} == set(verdicts(result).values())
    assert [] == silent_names(result)


def test_a_refused_sheet_is_told_in_a_text_file_too(tmp_path: Path) -> None:
    """A report of text that is written to a file holds what is wrong with the inputs; standard output has only the findings."""
    (tmp_path / "demo.plan.yaml").write_text(
        plan_text(measure("beds"), commitment("c", "measure: beds\nat_least: 2 张\ndue: 2025")), encoding="utf-8"
    )
    (tmp_path / "s.facts.yaml").write_text(sheet_text("bedz: 1 张"), encoding="utf-8")
    asked = ["check", str(tmp_path / "demo.plan.yaml"), str(tmp_path / "s.facts.yaml"), "--lang", "zh"]
    plain = CliRunner().invoke(main, asked)
    CliRunner().invoke(main, [*asked, "-o", f"text:{tmp_path / 'r.txt'}"])

    assert (2, "") == (plain.exit_code, plain.stdout)
    assert plain.stderr == (tmp_path / "r.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("body", ["measure: {}\nat_least: 3 张", "measure: beds\nat_least: {}"])
@pytest.mark.parametrize("form", ["1 + open", "open + 1", "1 - open"])
def test_a_yes_and_a_number_are_no_beds(form: str, body: str) -> None:
    """One more than a yes or no is a number without a unit, whichever is written first, and is not compared with beds."""
    measures = measure("beds") + measure("open", "yes_no: true")
    with pytest.raises(Refused) as refused:
        make_plan(measures, commitment("c", f"{body.format(form)}\ndue: 2025"))

    assert ["other-dimension"] == [problem.code for problem in refused.value.problems]


def test_rows_without_a_name_are_not_one_subject_twice(tmp_path: Path) -> None:
    """Of two rows with figures and no name it is said that their names are missing, and not that they are the same home."""
    (tmp_path / "sheet.facts.yaml").write_text(sheet_text(), encoding="utf-8")
    (tmp_path / "home.csv").write_text("name,beds\n,20\n,30\n甲院,1\n", encoding="utf-8")
    plan = make_plan(measure("beds", of="home"), commitment("c", "manual: true"))
    with pytest.raises(Refused) as refused:
        read_facts(tmp_path, plan)

    (problem,) = refused.value.problems
    assert ("no-name", [2, 3]) == (problem.code, [place.line for place in problem.places])


@pytest.mark.parametrize(("beds", "said"), [(8, "3 张 over"), (5, "exactly"), (2, "3 张 short")])
def test_more_than_a_range_of_one_number_is_over_it(tmp_path: Path, beds: int, said: str) -> None:
    """Eight beds where five to five are asked for are three over, not three short."""
    plan = make_plan(measure("beds"), commitment("c", "measure: beds\nbetween: [5 张, 5 张]\ndue: every_year"))
    finding = one(judge(plan, tmp_path, sheet_text(f"beds: {beds}")))

    assert said == gap_text(finding, "en", plan)


@pytest.mark.parametrize(
    ("bounds", "asked", "verdict"),
    [
        ("max: 1 亩", "less_than: 1 亩", "undetermined"), ("max: 1 亩", "at_least: 1 亩", "undetermined"),
        ("max: 1 亩", "exactly: 1 亩", "undetermined"), ("min: 1 亩", "at_least: 1 亩", "met"),
        ("max: 7 亩", "at_most: 7 亩", "met"), ("max: 7 亩", "more_than: 7 亩", "shortfall"),
        ("min: 1 亩, max: 7 亩", "between: [1 亩, 7 亩]", "met"), ("max: 1 亩", "more_than: 1.0000000000000000000001 亩", "shortfall"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["land", "2 * land - land"])
def test_a_missing_figure_may_be_at_the_end_of_its_range(
    tmp_path: Path, bounds: str, asked: str, verdict: str, form: str
) -> None:
    """1 亩 is 2000/3 m², which no float holds: the range of what is not reported ends there exactly."""
    plan = make_plan(
        measure("land", f"unit: 亩, {bounds}"), commitment("c", f"measure: {form}\n{asked}\ndue: every_year")
    )

    assert verdict == one(judge(plan, tmp_path, sheet_text("land: {absent: late}"))).verdict


def test_a_float_is_no_exponent_where_another_file_has_the_column_as_whole_numbers(tmp_path: Path) -> None:
    """A column of floats in one Parquet file and of whole numbers in another is read as texts, each float as its decimal."""
    plan = make_plan(
        measure("land", "unit: 公顷"), commitment("c", "measure: land\nat_least: 0.0000001 公顷\ndue: every_year")
    )
    head = "plan: demo\nyear: 2023\ndataset:\n  - {kind: district, files: [a.parquet, b.parquet]}\n"
    (tmp_path / "dataset.facts.yaml").write_text(head, "utf-8")
    pl.DataFrame({"subject": ["甲区", "乙区"], "land [公顷]": [1e-7, 9e-8]}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"subject": ["丙区"], "land [公顷]": [2]}).write_parquet(tmp_path / "b.parquet")
    facts = read_facts(tmp_path / "dataset.facts.yaml", plan)
    found = {finding.subject: finding.verdict for finding in check(plan, facts).findings()}

    assert {"甲区": "met", "乙区": "shortfall", "丙区": "met"} == found


@pytest.mark.parametrize(
    ("year", "asked"), [(2025, "at_least: 0.3 万元"), (2023, "at_least: 0.3 万元"), (2025, "exactly: 0.3 万元")]
)
def test_what_falls_short_by_less_than_a_float_can_tell_has_a_gap_in_the_frame(
    year: int, asked: str, tmp_path: Path
) -> None:
    """A shortfall of 0.00000000000000000001 万元 has a gap above zero in columns, too."""
    plan = make_plan(measure("money", "unit: 万元"), commitment("c", f"measure: money\n{asked}\ndue: 2025"))
    result = judge(plan, tmp_path, sheet_text("money: 0.29999999999999999999 万元", year=year))

    assert [1e-16] == result.to_polars(["gap"])["gap"].to_list()


@pytest.mark.parametrize(
    ("asked", "of_2022", "verdict"),
    [
        ("at_least: 20 张", "", "shortfall"), ("at_least: 10 张", "", "met"), ("at_most: 12 张", "", "met"),
        ("exactly: 10 张", "", "met"), ("at_least: 20 张", "新", "undetermined"), ("at_least: 15 张", "新", "met"),
    ],
)  # fmt: skip
def test_a_year_in_which_a_home_was_not_there_adds_nothing_to_its_total(
    asked: str, of_2022: str, verdict: str, tmp_path: Path
) -> None:
    """A home that opened later has no five beds, the least there are, in years whose lists of all homes do not have it."""
    plan = make_plan(
        measure("beds", "unit: 张, min: 5 张", "home"),
        commitment("c", f"each: home\nmeasure: total(beds)\n{asked}\ndue: 2024"),
    )
    listed = {2021: "老", 2022: f"老{of_2022}", 2023: "老新", 2024: "老新"}
    sheets = []
    for year, names in listed.items():
        homes = "".join(
            f"- {{kind: home, name: {name}{'' if (name, year) == ('新', 2022) else ', facts: {beds: 5}'}}}\n"
            for name in names
        )
        sheets.append(sheet_text(year=year, subjects=homes, registers="home: complete"))

    assert verdict == {f.subject: f.verdict for f in judge(plan, tmp_path, *sheets).findings()}["新"]
