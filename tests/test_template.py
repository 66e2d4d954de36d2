"""Templates: workbooks, YAML skeletons and CSV folders made from a plan."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from dabiao import Refused, load_plan
from dabiao.base.problems import Location
from dabiao.cli import main
from dabiao.facts import layout
from dabiao.facts.model import Fact
from dabiao.facts.template.book import sheet_names, write_book
from dabiao.facts.template.form import exact_decimal, last_text, make_form
from dabiao.facts.template.text import write_folder
from dabiao.facts.template.uses import find_uses
from dabiao.rules.load import find_shipped_plans
from helpers import HEAD, ROOT, make_plan, plan_text
from templates import COMMITMENTS, MEASURES, book, last_form, run

SAMPLES = ROOT / "facts" / "samples"
HIDDEN = "hidden"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of the example plan, written by the command."""
    path = tmp_path_factory.mktemp("template") / "example.xlsx"
    result = run("example", "--year", "2023", "--tier", "all", "--subject", "示例区", "--lang", "zh", "-o", path)
    assert 0 == result.exit_code, result.output
    return path


@pytest.fixture(scope="module")
def yanqing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of Yanqing for 2024, with the sheet of 2023 behind it."""
    path = tmp_path_factory.mktemp("template") / "yanqing.xlsx"
    result = run(
        "yanqing", "--year", "2024", "--tier", "all", "--last", SAMPLES / "yanqing-2023", "--lang", "zh", "-o", path
    )
    assert 0 == result.exit_code, result.output
    return path


def cover(sheet: Any) -> dict[str, Any]:
    """Return the labels of a cover with their values."""
    return {row[0].value: row[1].value for row in sheet.iter_rows() if row[0].value}


def listed(sheet: Any) -> dict[str, dict[str, Any]]:
    """Return the cells of the root sheet by measure and column."""
    words = {words.say("zh"): key for key, words in layout.LIST.items()}
    columns = [words.get(cell.value, "number") for cell in sheet[3]]
    rows = [dict(zip(columns, row, strict=True)) for row in sheet.iter_rows(min_row=4)]
    return {row["id"].value: row for row in rows if row["id"].value}


def columns(sheet: Any) -> dict[str, int]:
    """Return the columns of a register by the ids above them."""
    return {cell.value: cell.column for cell in sheet[5]}


def rule(sheet: Any, cell: str) -> Any:
    """Return the validation of a cell."""
    found = [rule for rule in sheet.data_validations.dataValidation if cell in rule.sqref]
    assert 1 == len(found), cell
    return found[0]


def choices(workbook: Any, reference: str) -> list[str]:
    """Return what a drop-down offers."""
    name, _, cells = reference.rpartition("!")
    return [row[0].value for row in workbook[name.strip("'")][cells.replace("$", "")]]


def test_cover_is_stamped(example: Path) -> None:
    """The cover says which plan, version, layout, year and unit the workbook is for, and how many subjects the plan names."""
    workbook = book(example)

    assert ["封面", "填报说明", "区", "街道乡镇", "社区（村）", "养老机构", "选项"] == workbook.sheetnames
    said = cover(workbook["封面"])
    stamp = {"规划": "example", "规划版本": "1", "表式版本": layout.TEMPLATE, "年度": 2023, "报送单位": "示例区"}
    assert stamp == {label: said[label] for label in stamp}
    assert (5, None, None) == (said["街道乡镇总数"], said["社区（村）总数"], said["养老机构总数"])
    assert HIDDEN == workbook["选项"].sheet_state


@pytest.mark.parametrize("plan", sorted(find_shipped_plans()))
def test_every_reported_measure_is_asked_once(plan: str) -> None:
    """A form asks for every reported measure of its plan exactly once, and for none that is derived."""
    loaded = load_plan(plan)
    form = make_form(loaded, loaded.last)

    asked = [line.measure.id for lines in form.chapters.values() for line in lines]
    assert sorted(loaded.reported(loaded.root.id)) == sorted(asked)
    for register in form.registers:
        assert list(loaded.reported(register.kind.id)) == [line.measure.id for line in register.lines]


def test_uses_go_through_formulas_conditions_and_aggregates() -> None:
    """A measure is needed by every commitment that reaches it: by a formula, a sum, a count, a filter, a target, a due time."""
    plan = make_plan(MEASURES, COMMITMENTS)

    found = {place: [c.id for c in commitments] for place, commitments in find_uses(plan).items()}

    assert {
        ("district", "beds"): ["total-beds"], ("home", "room"): ["total-beds"], ("home", "stars"): ["good-homes"],
        ("district", "rate"): ["rate"], ("district", "growth"): ["rate"], ("district", "done"): ["follow"],
        ("district", "rules"): ["follow"], ("centre", "meals"): ["towns"], ("town", "offers"): ["towns"],
    } == found  # fmt: skip


def test_measures_stand_under_the_chapter_that_needs_them() -> None:
    """Measures are grouped by the chapter of the first commitment that needs them, and those nobody needs come last."""
    form = make_form(make_plan(MEASURES, COMMITMENTS), 2023)

    grouped = {chapter: [line.measure.id for line in lines] for chapter, lines in form.chapters.items()}

    assert {
        "床位": ["beds"],
        "质量": ["rate", "growth"],
        "制度": ["rules", "done"],
        "": ["people", "ratio", "unused"],
    } == grouped


def test_withdrawn_commitment_is_no_clause() -> None:
    """What an amendment in force at the end of the year withdrew is named as a clause no more."""
    plan = load_plan("example")
    clauses = [
        {c.id for lines in make_form(plan, year).registers for line in lines.lines for c in line.commitments}
        for year in (2022, 2023)
    ]

    assert {"five-star-homes"} == clauses[0] - clauses[1]


def test_root_sheet_lists_measures_with_clauses(example: Path) -> None:
    """A row of the root sheet has title, unit, definition and the clauses the measure is needed for."""
    rows = listed(book(example)["区"])

    spending = rows["care_spending"]
    assert ["养老服务财政投入", "万元", "区级决算数，不含基本建设"] == [
        spending[k].value for k in ("title", "unit", "definition")
    ]
    assert "第一部分 四：财政投入比2020年增加0.2亿元\n第二部分 表1 行1：财政投入达到1亿元" == spending["clause"].value
    assert "第一部分 一：每千名常住人口养老床位数" == rows["residents_total"]["clause"].value
    assert "last" not in spending


def test_only_entry_cells_are_unlocked(yanqing: Path) -> None:
    """Every sheet is protected without a password, and what is unlocked is for entry: not titles, ids, or last year's figures."""
    workbook = book(yanqing)

    assert workbook.security.lockStructure
    for sheet in workbook.worksheets:
        assert sheet.protection.sheet
        assert not sheet.protection.password
        assert not sheet.protection.formatColumns
    for row in listed(workbook["区"]).values():
        assert {"value", "reason", "confirmed", "evidence", "note"} == {
            k for k, cell in row.items() if not cell.protection.locked
        }
    homes = workbook["养老、助残、儿童等福利服务机构"]
    for cell in homes[7]:
        key = homes.cell(5, cell.column).value
        assert key.startswith(layout.LAST) == cell.protection.locked, key
    assert all(cell.protection.locked for row in homes.iter_rows(max_row=6) for cell in row)


def test_names_of_the_plan_are_fixed_and_those_of_last_year_are_not(example: Path, yanqing: Path) -> None:
    """The names of a register are prefilled and locked; names from last year's sheet can be cleared; blank rows follow."""
    towns = book(example)["街道乡镇"]
    assert ["示例甲镇", "示例乙镇", "示例丙乡", "示例丁街道", "示例戊街道"] == [
        towns.cell(row, 1).value for row in range(7, 12)
    ]
    assert towns["A7"].protection.locked
    assert 11 == towns.max_row

    homes = book(yanqing)["养老、助残、儿童等福利服务机构"]
    names = [homes.cell(row, 1).value for row in range(7, homes.max_row + 1)]
    assert "示例一号养老院" == names[0]
    assert [None] * 10 == names[-10:]
    assert 27 == len(names) - 10
    assert not homes["A7"].protection.locked


def test_entries_are_validated(tmp_path: Path) -> None:
    """Numbers, percentages, ratios and steps each have the rule and the format that fits them."""
    path = tmp_path / "demo.xlsx"
    with path.open("wb") as stream:
        write_book(make_form(make_plan(MEASURES, COMMITMENTS), 2023), "zh", stream)
    workbook = book(path)
    rows = listed(workbook["区"])
    rules = {name: rule(workbook["区"], row["value"].coordinate) for name, row in rows.items()}

    assert ("whole", "greaterThanOrEqual", "0") == (rules["beds"].type, rules["beds"].operator, rules["beds"].formula1)
    assert ("decimal", "0") == (rules["people"].type, rules["people"].formula1)
    assert ("decimal", "between", "0", "1") == (
        rules["rate"].type, rules["rate"].operator, rules["rate"].formula1, rules["rate"].formula2,
    )  # fmt: skip
    assert "47.5%" in rules["rate"].prompt
    assert ("decimal", "-100000000000000") == (rules["growth"].type, rules["growth"].formula1)
    assert rows["rate"]["value"].number_format.endswith("%")
    assert "@" == rows["ratio"]["value"].number_format
    assert ["已计划", "已起草", "已印发", "已施行"] == choices(workbook, rules["rules"].formula1)
    assert ["否", "是"] == choices(workbook, rules["done"].formula1)
    reason = rule(workbook["区"], rows["beds"]["reason"].coordinate)
    assert ["迟报", "未统计", "保密", "不适用"] == choices(workbook, reason.formula1)


def test_cells_of_a_register_accept_reasons(tmp_path: Path) -> None:
    """A register's cell takes a number in range or why there is none; a step or a reason from a list; the town from its sheet."""
    path = tmp_path / "demo.xlsx"
    with path.open("wb") as stream:
        write_book(make_form(make_plan(MEASURES, COMMITMENTS), 2023), "zh", stream)
    workbook = book(path)
    homes = workbook["养老机构"]
    place = columns(homes)

    assert ["name", "room", "stars", "score", "reason", "nothing", "confirmed", "evidence", "note"] == list(place)
    assert "room 指标 [张]" == homes.cell(6, place["room"]).value
    beds = rule(homes, "B7")
    assert "custom" == beds.type
    assert (
        'OR(AND(ISNUMBER(B7),B7>=1,B7<=900,B7=INT(B7)),LEFT(B7,2)="缺:",LEFT(B7,2)="缺：",LEFT(B7,7)="absent:",LEFT(B7,7)="absent：")'
        == beds.formula1
    )
    assert ["未评级", "一星", "二星", "三星", "四星", "缺:迟报", "缺:未统计", "缺:保密", "缺:不适用"] == choices(
        workbook, rule(homes, "C7").formula1
    )
    centres = workbook["照料中心"]
    assert "'乡镇'!$A$7:$A$9" == rule(centres, f"B{centres.max_row}").formula1


def test_cover_takes_a_day_and_register_sizes(example: Path) -> None:
    """The day of submission is a date, and a register is a whole number or the word that all are listed."""
    sheet = book(example)["封面"]
    rows = {row[0].value: row[0].row for row in sheet.iter_rows() if row[0].value}

    assert "date" == rule(sheet, f"B{rows['报送日期']}").type
    size = rule(sheet, f"B{rows['养老机构总数']}").formula1
    assert "全部列出" in size
    assert "complete" in size
    assert not sheet.cell(rows["街道乡镇总数"], 2).protection.locked
    assert not sheet.cell(rows["街道乡镇总数变动原因"], 2).protection.locked
    assert not sheet.cell(rows["养老机构总数"], 2).protection.locked


def test_sheets_are_set_up_for_reading_and_print(yanqing: Path) -> None:
    """Headings stay in view and come again on every printed page; pages are landscape, numbered and fitted to their width."""
    workbook = book(yanqing)

    for sheet in workbook.worksheets[2:-1]:
        assert sheet.freeze_panes
        assert sheet.print_title_rows
    for sheet in workbook.worksheets[:-1]:
        scaled = sheet.title == "区"  # to a percentage, or Excel would not begin a page with a chapter
        assert ("landscape", not scaled, 9) == (
            sheet.page_setup.orientation, sheet.sheet_properties.pageSetUpPr.fitToPage, int(sheet.page_setup.paperSize),
        )  # fmt: skip
        assert "&P" in sheet.oddFooter.center.text
        assert sheet.sheet_properties.tabColor
    assert "延庆区“十四五”时期民政事业发展规划 2024" == workbook.properties.title
    assert "yanqing 1 2024" == workbook.properties.keywords


def test_last_years_figures_are_exact(yanqing: Path) -> None:
    """Last year's figures stand beside this year's cells, in the unit of the measure, with every decimal, as reported."""
    workbook = book(yanqing)
    rows = listed(workbook["区"])

    assert (0.846, "0.0%") == (
        rows["centralised_support_rate"]["last"].value,
        rows["centralised_support_rate"]["last"].number_format,
    )
    assert (3150, "#,##0") == (rows["community_orgs"]["last"].value, rows["community_orgs"]["last"].number_format)
    assert (44.5, "#,##0.0") == (
        rows["carers_per_ten_thousand"]["last"].value, rows["carers_per_ten_thousand"]["last"].number_format,
    )  # fmt: skip
    assert rows["community_orgs"]["value"].value is None
    homes = workbook["养老、助残、儿童等福利服务机构"]
    place = columns(homes)
    assert ["养老机构", "已运营", 120, "否"] == [
        homes.cell(7, place[f"last:{m}"]).value for m in ("sort", "progress", "beds", "private")
    ]
    assert "床位（上年） [张]" == homes.cell(6, place["last:beds"]).value
    assert homes.cell(7, place["last:beds"]).fill.fgColor.rgb.endswith("EEEEEE")


def test_last_years_figures_of_every_sort(tmp_path: Path) -> None:
    """A figure of last year is said in its unit; one that was missing says why; a ratio stays a ratio."""
    form = last_form(tmp_path)

    said = {
        line.measure.id: last_text(fact, line.measure, "zh")
        for lines in form.chapters.values() for line in lines if (fact := form.last_fact(line.measure))
    }  # fmt: skip
    assert {
        "beds": "120", "people": "0.28", "rate": "79.996%", "growth": "-3.5%", "ratio": "1:7", "rules": "已印发", "done": "缺:未统计",
    } == said  # fmt: skip


def test_figure_that_no_cell_holds_is_written_as_text(tmp_path: Path) -> None:
    """A number with more digits than a cell can keep stands there as a text, digit by digit."""
    form = last_form(tmp_path, "beds: 12345678901234567890 张\nrate: 12.34567890123456789 %")
    path = tmp_path / "demo.xlsx"
    with path.open("wb") as stream:
        write_book(form, "zh", stream)
    rows = listed(book(path)["区"])

    assert "12345678901234567890" == rows["beds"]["last"].value
    assert "12.34567890123456789%" == rows["rate"]["last"].value


def test_confirmations_of_last_year_are_noted(tmp_path: Path) -> None:
    """What was confirmed last year stands in the note of this year, for the root and for a subject."""
    subjects = "- {kind: home, name: 甲院, facts: {room: {value: 50 张, confirmed: 扩建}}}"
    form = last_form(tmp_path, "beds: {value: 120 张, confirmed: 新院开业}", subjects)
    path = tmp_path / "demo.xlsx"
    with path.open("wb") as stream:
        write_book(form, "zh", stream)
    workbook = book(path)

    assert "上年已确认：新院开业" == listed(workbook["区"])["beds"]["note"].value
    homes = workbook["养老机构"]
    assert "上年已确认（room 指标）：扩建" == homes.cell(7, columns(homes)["note"]).value


def test_parents_of_last_year_are_prefilled(tmp_path: Path) -> None:
    """A subject below a town comes with the town it was in last year."""
    subjects = "- {kind: town, name: 甲镇}\n- {kind: centre, name: 甲中心, in: 甲镇, facts: {meals: 5 人次}}"
    form = last_form(tmp_path, "", subjects)
    path = tmp_path / "demo.xlsx"
    with path.open("wb") as stream:
        write_book(form, "zh", stream)
    centres = book(path)["照料中心"]

    assert ["甲中心", "甲镇"] == [centres["A7"].value, centres["B7"].value]


@pytest.mark.parametrize("name", ["=1+1", "+甲院", "-乙院", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_names_are_never_formulas(tmp_path: Path, name: str) -> None:
    """A name that looks like a formula is a text in the workbook, now and when it is edited; CSV refuses it."""
    subjects = f'- {{kind: home, name: "{name}", facts: {{room: 5 张}}}}'
    form = last_form(tmp_path, "", subjects)
    path = tmp_path / "demo.xlsx"
    with path.open("wb") as stream:
        write_book(form, "zh", stream)
    cell = book(path)["养老机构"]["A7"]

    assert (name, "s", True) == (cell.value, cell.data_type, cell.quotePrefix)
    with zipfile.ZipFile(path) as archive:
        sheets = [
            archive.read(member).decode() for member in archive.namelist() if member.startswith("xl/worksheets/sheet")
        ]
    assert len(sheets) > 5
    formulas = [formula for sheet in sheets for formula in re.findall("<f>(.*?)</f>", sheet)]
    assert formulas
    assert not any(name in formula for formula in formulas)  # those there are count what is filled in
    with pytest.raises(Refused) as refused:
        write_folder(form, "zh", tmp_path / "folder")
    assert ["template.formula"] == [problem.code for problem in refused.value.problems]
    assert not (tmp_path / "folder").exists()


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs with differently seeded hashes, at different times, write the same bytes."""
    program = "import sys; from dabiao.cli import main; main(sys.argv[1:])"
    written = []
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.xlsx"
        arguments = ["template", "example", "--year", "2023", "--subject", "示例区", "--lang", "zh", "-o", str(path)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", program, *arguments], check=True, env=environment, capture_output=True)
        written.append(path.read_bytes())

    assert written[0] == written[1]
    with zipfile.ZipFile(tmp_path / "1.xlsx") as archive:
        assert {(1980, 1, 1, 0, 0, 0)} == {member.date_time for member in archive.infolist()}


def test_english_workbook_is_in_english(tmp_path: Path) -> None:
    """With --lang en, sheets, labels, titles and instructions are English."""
    path = tmp_path / "example.xlsx"
    assert 0 == run("example", "--year", "2023", "--lang", "en", "-o", path).exit_code
    workbook = book(path)

    assert [
        "Cover",
        "Instructions",
        "district",
        "town",
        "community or village",
        "care home",
        "Lists",
    ] == workbook.sheetnames
    assert ["no.", "measure", "unit"] == [cell.value for cell in workbook["district"][3]][:3]
    assert "Family care beds" == workbook["district"]["B5"].value
    texts = [cell.value for row in workbook["Instructions"].iter_rows() for cell in row if cell.value]
    assert any("neither as zero nor as met" in text for text in texts)


def test_sheet_that_cannot_have_its_title_has_its_id() -> None:
    """A kind whose title no sheet can have, or that another sheet has, goes by its id."""
    head = (
        HEAD.replace("zh: 乡镇,", "zh: 乡/镇,")
        .replace("zh: 养老机构,", "zh: 封面,")
        .replace("zh: 照料中心,", f"zh: {'长' * 32},")
    )
    names = sheet_names(make_plan(MEASURES, COMMITMENTS, head=head), "zh")

    assert {"district": "区", "town": "town", "home": "home", "centre": "centre"} == names


def test_exact_decimals() -> None:
    """A decimal is written to its last digit, and what is no decimal is not written as one."""
    said = [exact_decimal(Fraction(number)) for number in ("120", "0.005", "-3.5", "1/8", "-1/1000", "0", "1/3")]

    assert ["120", "0.005", "-3.5", "0.125", "-0.001", "0", None] == said
    plan = make_plan(MEASURES, COMMITMENTS)
    ratio = plan.measures["district", "ratio"]
    assert "3:7" == last_text(Fact(Fraction(3, 7), Location("x"), ""), ratio, "zh")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nowhere", "--year", "2023"), 2, "nowhere: no plan"),
        (("example", "--year", "2031"), 2, "--year: year 2031 is outside 2019-2025"),
        (("example", "--year", "2023", "--subject", " "), 2, "--subject: the name is missing"),
        (("yanqing", "--year", "2023", "--last", SAMPLES / "tongzhou-2015.facts.yaml"), 2, "tongzhou-2015.facts.yaml:"),
        (("yanqing", "--year", "2023", "--last", SAMPLES / "yanqing-2020.facts.yaml"), 2, "must be for 2022"),
        (("yanqing", "--year", "2024", "--last", SAMPLES / "yanqing-2023", "--subject", "朝阳区"), 2, "'朝阳区' is not in the register: 延庆区"),
        (("example", "--year", "2023", "--last", "missing.facts.yaml"), 2, "missing.facts.yaml: cannot be read"),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused(tmp_path: Path, arguments: tuple[str | Path, ...], code: int, words: str) -> None:
    """A request that cannot be meant is refused with its place, and nothing is written."""
    path = tmp_path / "form.xlsx"
    result = run(*arguments, "--lang", "en", "-o", path)

    assert code == result.exit_code
    assert words in result.output
    assert "Traceback" not in result.output
    assert not path.exists()


def test_subject_must_be_in_the_root_register(tmp_path: Path) -> None:
    """Where the plan names its districts, another one is refused with the nearest name, and a choice is offered."""
    plan = tmp_path / "demo.plan.yaml"
    head = HEAD.replace(
        "- {id: district, title: {zh: 区, en: district}}",
        "- {id: district, title: {zh: 区, en: district}, register: [东城区, 西城区]}",
    )
    plan.write_text(plan_text(MEASURES, COMMITMENTS, head=head), encoding="utf-8")

    wrong = run(plan, "--year", "2023", "--subject", "东成区", "--lang", "en", "-o", tmp_path / "a.xlsx")
    right = run(plan, "--year", "2023", "--tier", "all", "--lang", "zh", "-o", tmp_path / "b.xlsx")

    assert (2, 0) == (wrong.exit_code, right.exit_code)
    assert "'东成区' is not in the register" in wrong.output
    workbook = book(tmp_path / "b.xlsx")
    row = next(row[0].row for row in workbook["封面"].iter_rows() if row[0].value == "报送单位")
    assert ["东城区", "西城区"] == choices(workbook, rule(workbook["封面"], f"B{row}").formula1)


def test_existing_form_is_not_overwritten(tmp_path: Path) -> None:
    """A file that may be filled in is replaced with --force only, and a folder that is not empty never."""
    path = tmp_path / "form.xlsx"
    path.write_bytes(b"filled")
    folder = tmp_path / "form"
    folder.mkdir()
    (folder / "home.csv").write_text("filled", encoding="utf-8")

    request = ("example", "--year", "2023", "--subject", "示例区", "--lang", "en")
    refused = [run(*request, "-o", path), run(*request, "-o", folder), run(*request, "--force", "-o", folder)]

    assert [2, 2, 2] == [result.exit_code for result in refused]
    assert b"filled" == path.read_bytes()
    assert ["home.csv"] == [child.name for child in folder.iterdir()]
    assert 0 == run(*request, "--force", "-o", path).exit_code
    assert path.read_bytes().startswith(b"PK")


@pytest.mark.parametrize("name", ["form.docx", "form.csv", "form.yaml"])
def test_format_must_be_clear(tmp_path: Path, name: str) -> None:
    """A file name that says no format of a form is refused."""
    result = run("example", "--year", "2023", "--subject", "示例区", "--lang", "en", "-o", tmp_path / name)

    assert 2 == result.exit_code
    assert "the format cannot be told" in result.output
    assert [] == list(tmp_path.iterdir())


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    """A form for a place that is not there is refused, in every format."""
    for name in ("no/form.xlsx", "no/form.facts.yaml", "no/form"):
        result = run("example", "--year", "2023", "--subject", "示例区", "--lang", "en", "-o", tmp_path / name)

        assert 2 == result.exit_code
        assert "cannot be written" in result.output
    assert [] == list(tmp_path.iterdir())


def test_workbook_larger_than_can_be_read_is_refused(tmp_path: Path) -> None:
    """A form with more cells than a workbook may have says so, and how to do without."""
    path = tmp_path / "form.xlsx"
    result = CliRunner().invoke(
        main,
        [
            "--limit",
            "cells=9000",
            "template",
            "example",
            "--year",
            "2023",
            "--blank",
            "1000",
            "--lang",
            "en",
            "-o",
            str(path),
        ],
    )

    assert 2 == result.exit_code
    assert "--format csv" in result.output
    assert not path.exists()


def test_day_of_a_form_is_its_year(example: Path) -> None:
    """The properties of a workbook name no day of writing: its dates are the first day of the year it is about."""
    properties = book(example).properties

    assert (date(2023, 1, 1), date(2023, 1, 1)) == (properties.created.date(), properties.modified.date())
