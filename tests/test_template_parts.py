"""Forms for a part of a plan: a tier, an office; and the filled parts read together."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dabiao import Refused, check, load_plan, read_facts
from dabiao.cli import main
from dabiao.facts.template.form import make_form
from dabiao.facts.template.uses import choose_commitments, find_uses
from dabiao.rules.load import find_shipped_plans
from helpers import make_plan
from openpyxl import Workbook, load_workbook
from templates import COMMITMENTS, MEASURES, run

OFFICES = """
assignments: example
owners:
  - {tier: indicator, office: 养老科}
  - {commitment: spending-level, office: 财务科}
  - {commitment: family-care-beds, office: 财务科}
"""


def checked(*words: object) -> Result:
    """Run a check of the example, in Chinese."""
    return CliRunner().invoke(main, ["check", "example", *map(str, words), "--lang", "zh"])


def made(path: Path, *words: object) -> Path:
    """Write a form of the example for 2023."""
    result = run("example", "--year", "2023", "--subject", "示例区", "--lang", "zh", *map(str, words), "-o", path)
    assert 0 == result.exit_code, result.output
    return path


def filled(path: Path, **figures: object) -> Path:
    """Fill in figures of the root sheet by their ids."""
    book = load_workbook(path)
    sheet = book["区"]
    columns = {cell.value: cell.column for cell in sheet[3]}
    rows = {sheet.cell(row, columns["编号"]).value: row for row in range(4, sheet.max_row + 1)}
    for name, value in figures.items():
        sheet.cell(rows[name], columns["本年值"]).value = value
    book.save(path)
    return path


@pytest.mark.parametrize("plan", sorted(find_shipped_plans()))
def test_a_form_of_indicators_asks_for_what_they_need(plan: str) -> None:
    """A form of a tier asks for every measure that its commitments need, in every sheet, and for no other."""
    loaded = load_plan(plan)
    form = make_form(loaded, loaded.last, tiers=["indicator"])

    asked = {
        (line.measure.kind, line.measure.id)
        for group in (*form.chapters.values(), *(register.lines for register in form.registers))
        for line in group
    }
    chosen = choose_commitments(loaded, tiers=["indicator"])
    assert chosen is not None
    assert {"indicator"} == {c.tier for c in chosen}
    needed = {(kind, name) for kind, name in find_uses(loaded, chosen) if name in loaded.reported(kind)}
    assert needed == asked


def test_indicators_are_the_default_in_every_shape(tmp_path: Path) -> None:
    """Without --tier, a workbook, a skeleton and a folder ask for the indicators; --tier all asks for everything."""
    wanted = {
        "form.xlsx": {"区", "街道乡镇", "社区（村）", "养老机构"},
        "form": {"sheet.facts.yaml", "town.csv", "community.csv", "home.csv"},
    }
    book = load_workbook(made(tmp_path / "form.xlsx"))
    assert wanted["form.xlsx"] == set(book.sheetnames) - {"封面", "填报说明", "选项"}
    made(tmp_path / "form", "--tier", "indicator")
    assert wanted["form"] == {child.name for child in (tmp_path / "form").iterdir()}
    texts = [
        made(tmp_path / f"{name}.facts.yaml", *words).read_text("utf-8")
        for name, words in {"a": (), "b": ("--tier", "indicator"), "c": ("--tier", "all")}.items()
    ]
    assert texts[0] == texts[1]
    assert [True, False] == ["# family_care_beds:" in texts[0], "# complaints:" in texts[0]]
    assert ["# family_care_beds:" in texts[2], "# complaints:" in texts[2]] == [True, True]


def test_what_is_selected_is_of_any_tier(tmp_path: Path) -> None:
    """--select without a tier asks for what is named; with one, for what is both, and for nothing it is refused."""
    text = made(tmp_path / "a.facts.yaml", "--select", "complaints-settled").read_text("utf-8")
    assert "# complaints:" in text
    refused = run(
        "example", "--year", "2023", "--subject", "示例区", "--lang", "zh", "--tier", "indicator",
        "--select", "complaints-settled", "-o", tmp_path / "b.facts.yaml",
    )  # fmt: skip
    assert (2, "--tier: 没有哪项承诺同时符合：主要指标、complaints-settled；--tier all 不限类型\n") == (
        refused.exit_code,
        refused.output,
    )


def test_an_unknown_office_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """An office that answers for nothing is refused with those that do; where nobody has an owner, what to give."""
    assignments = tmp_path / "a.assignments.yaml"
    assignments.write_text(OFFICES, "utf-8")
    asked = ("example", "--year", "2023", "--subject", "示例区", "--lang", "zh", "--owner", "养老科室")
    named = run(*asked, "--assignments", assignments, "-o", tmp_path / "a.xlsx")
    unnamed = run(*asked, "-o", tmp_path / "a.xlsx")

    assert (2, 2) == (named.exit_code, unnamed.exit_code)
    assert "没有牵头单位“养老科室”" in named.output
    assert "是不是“养老科”" in named.output
    assert "已知的有：示例区民政局" in unnamed.output  # the body that the document names
    assert not (tmp_path / "a.xlsx").exists()
    with pytest.raises(Refused) as refused:
        choose_commitments(make_plan(MEASURES, COMMITMENTS), offices=["养老科"])
    assert "--assignments" in refused.value.problems[0].text("zh")


def test_the_parts_of_offices_are_read_together(tmp_path: Path) -> None:
    """Each office has its own workbook; together they report what one would, and what neither is asked stays unreported."""
    assignments = tmp_path / "a.assignments.yaml"
    assignments.write_text(OFFICES, "utf-8")
    figures = {"family_care_beds": 310, "care_spending": 8123.5}
    whole = filled(made(tmp_path / "whole.xlsx"), residents_total=0.28, **figures)
    office = ("--assignments", assignments, "--owner")
    money = filled(made(tmp_path / "money.xlsx", *office, "财务科"), **figures)
    care = filled(made(tmp_path / "care.xlsx", *office, "养老科"), residents_total=0.28)

    plan = load_plan("example")
    parts, one = read_facts([money, care], plan), read_facts(whole, plan)
    found = {name: fact.value for sheet in parts.sheets for name, fact in sheet.facts("district", "示例区").items()}
    assert {name: fact.value for name, fact in one.sheets[0].facts("district", "示例区").items()} == found
    assert 3 == len(found)
    columns = ["commitment", "subject", "verdict", "actual"]
    assert check(plan, one).table.select(columns).rows() == check(plan, parts).table.select(columns).rows()


def test_two_offices_that_disagree_are_told_both_cells(tmp_path: Path) -> None:
    """The same figure twice is one figure; two values of it are one error, which names both cells."""
    first, second = (filled(made(tmp_path / f"{name}.xlsx"), family_care_beds=310) for name in "ab")
    assert 2 != checked(first, second).exit_code
    filled(second, family_care_beds=320)

    refused = checked(first, second)

    assert 2 == refused.exit_code
    (line,) = [line for line in refused.stderr.splitlines() if "家庭照护床位" in line]
    assert "指标“家庭照护床位”两处不一致：这里报 320" in line
    assert f"{first}[区]!" in line
    assert f"{second}[区]!" in line


def test_a_row_says_baseline_expectation_target_and_when(tmp_path: Path) -> None:
    """Beside a figure stand, in grey and locked, what the plan knows of it; columns that no row fills are left out."""
    sheet = load_workbook(made(tmp_path / "form.xlsx"))["区"]
    headings = [cell.value for cell in sheet[3]]
    assert [
        "序号", "指标", "单位", "时点", "口径", "规划条款", "责任单位", "基期值", "本年应达到", "规划目标", "本年值", "缺报原因",
        "异动确认（说明）", "佐证", "备注", "编号",
    ] == headings  # fmt: skip
    rows = {row[1].value: dict(zip(headings, row, strict=True)) for row in sheet.iter_rows(min_row=4)}
    beds = rows["家庭照护床位"]
    known = ("时点", "责任单位", "基期值", "本年应达到", "规划目标")
    assert ["年末数", "示例区民政局", 0, "363.33 张", "≥ 500 张"] == [beds[key].value for key in known]
    for key in ("基期值", "本年应达到", "规划目标"):
        assert beds[key].protection.locked
        assert beds[key].fill.fgColor.rgb.endswith("EEEEEE")
    spending = rows["养老服务财政投入"]
    assert ["年末数", "≥ 10,000 万元"] == [spending[key].value for key in ("时点", "规划目标")]


def test_nothing_in_sight_is_for_the_machine(tmp_path: Path) -> None:
    """The ids of the plan, its layout and its measures are hidden, and no visible cell has one."""
    book = load_workbook(made(tmp_path / "form.xlsx", "--tier", "all"))
    plan = load_plan("example")
    ids = {plan.id, *plan.kinds, *(m.id for m in plan.measures.values()), *plan.commitments, "name", "reason", "note"}
    seen = set()
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            for row in sheet.iter_rows():
                for cell in row:
                    hidden = sheet.row_dimensions[cell.row].hidden or sheet.column_dimensions[cell.column_letter].hidden
                    seen |= {cell.value} if not hidden and isinstance(cell.value, str) else set()
    assert set() == ids & seen
    assert "指标" in seen


def test_form_heads_are_remarks(tmp_path: Path) -> None:
    """Who made and who checked a form may be written on its cover, and is read as a remark."""
    path = made(tmp_path / "form.xlsx")
    book = load_workbook(path)
    for row in book["封面"].iter_rows():
        if row[0].value in ("表号", "制定机关", "填报人", "审核人"):
            row[1].value = {"表号": "民统3", "制定机关": "民政局"}.get(row[0].value, "张三")
    book.save(path)

    facts = read_facts(path, load_plan("example"))

    assert ((), "示例区") == (facts.notes, facts.sheets[0].subject)


def test_a_register_has_room_below_its_rows(tmp_path: Path) -> None:
    """Where a plan names nobody more subjects may be written below the rows that are laid out, and they are read."""
    path = made(tmp_path / "form.xlsx", "--blank", "2")
    book = load_workbook(path)
    sheet = book["养老机构"]
    assert "行不够时接着往下写" in sheet["A2"].value
    assert not sheet.column_dimensions["A"].protection.locked
    for row in range(7, 13):
        sheet.cell(row, 1).value = f"第{row}院"
    book.save(path)

    assert 6 == len(read_facts(path, load_plan("example")).sheets[0].names("home"))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_counters_count_when_a_form_is_filled_in(tmp_path: Path) -> None:
    """A new form says how many figures it asks for before any program works that out; a program counts what is filled in."""
    path = made(tmp_path / "form.xlsx")
    new = load_workbook(path, data_only=True)
    asked = [new[name]["A2"].value.partition("。")[0] for name in ("区", "街道乡镇", "养老机构")]
    assert [["4 项，已填 0", "5 项，已填 0", "0 项，已填 0"], "9 项，已填 0"] == [asked, new["封面"]["C2"].value]

    filled(path, family_care_beds=310, residents_total=0.28)
    book = load_workbook(path)
    book["街道乡镇"]["B7"], book["养老机构"]["A7"], book["养老机构"]["B7"] = "是", "甲院", 50
    book.save(path)
    folder = tmp_path / "saved"
    words = [
        "soffice",
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        "xlsx",
    ]
    subprocess.run([*words, "--outdir", str(folder), str(path)], check=True, capture_output=True, timeout=300)

    saved = load_workbook(folder / "form.xlsx", data_only=True)
    counted = [saved[name]["A2"].value.partition("。")[0] for name in ("区", "街道乡镇", "养老机构")]
    assert ["4 项，已填 2", "5 项，已填 1", "3 项，已填 1"] == counted
    assert "12 项，已填 4" == saved["封面"]["C2"].value


def test_a_chapter_that_has_no_room_begins_a_page(tmp_path: Path) -> None:
    """Pages of the list break before chapters, at a scale in percent, which Excel needs for that."""
    path = tmp_path / "form.xlsx"
    words = ("daxing", "--year", "2023", "--tier", "all", "--lang", "zh")
    assert 0 == run(*words, "-o", path).exit_code
    sheet = load_workbook(path)["区"]

    chapters = {row for row in range(4, sheet.max_row + 1) if sheet.cell(row, 1).value and not sheet.cell(row, 2).value}
    breaks = {one.id + 1 for one in sheet.row_breaks.brk}
    assert len(breaks) > 5
    assert breaks <= chapters
    assert 30 < sheet.page_setup.scale < 100
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage


def test_a_form_of_the_layout_before_is_read(tmp_path: Path) -> None:
    """A workbook that was made before ids were hidden and columns added is read as it was."""
    book = Workbook()
    cover = book.active
    cover.title = "封面"
    for row in (("规划", "example"), ("规划版本", "1"), ("表式版本", "1"), ("年度", 2023), ("报送单位", "示例区")):
        cover.append(row)
    sheet = book.create_sheet("区")
    sheet.append(["区　2023 年　示例区"])
    sheet.append(["只填浅黄色格子。"])
    sheet.append(
        [
            "章节",
            "指标",
            "单位",
            "口径",
            "规划条款",
            "上年值",
            "本年值",
            "缺报原因",
            "异动确认（说明）",
            "佐证",
            "备注",
            "编号",
        ]
    )
    sheet.append(["养老"])
    sheet.append([None, "家庭照护床位", "张", None, "一", 280, 310, None, None, "附件1", None, "family_care_beds"])
    book.save(tmp_path / "old.xlsx")

    facts = read_facts(tmp_path / "old.xlsx", load_plan("example"))

    fact = facts.sheets[0].facts("district", "示例区")["family_care_beds"]
    assert ((), 310, "附件1") == (facts.notes, fact.value, fact.evidence)


def test_a_check_ends_with_what_is_still_empty(tmp_path: Path) -> None:
    """The last line of a check says how many cells are empty without a reason, and where, refused or not."""
    path = made(tmp_path / "form.xlsx")
    assert checked(path).stdout.endswith("还有 9 个格子空着：区 4 个（从 K5 起）；街道乡镇 5 个（从 B7 起）\n")
    filled(path, family_care_beds=310)
    book = load_workbook(path)
    book["区"]["L6"] = "未统计"
    book["街道乡镇"]["B7"] = "是"
    book.save(path)
    assert checked(path).stdout.endswith("还有 6 个格子空着：区 2 个（从 K7 起）；街道乡镇 4 个（从 B8 起）\n")
    filled(path, family_care_beds="很多")
    refused = checked(path)
    assert (2, "") == (refused.exit_code, refused.stdout)
    assert refused.stderr.endswith("还有 6 个格子空着：区 2 个（从 K7 起）；街道乡镇 4 个（从 B8 起）\n")


def test_everything_wrong_is_said_at_once_in_the_order_of_the_sheets(tmp_path: Path) -> None:
    """Cells, names and sizes are told in one run, sheet by sheet, one line a cause, in the words of the form."""
    path = filled(made(tmp_path / "form.xlsx"), family_care_beds="很多")
    book = load_workbook(path)
    towns, homes = book["街道乡镇"], book["养老机构"]
    towns["A8"] = towns["A7"].value  # one town twice: the other is not listed
    towns["A9"] = "别处镇"
    homes["A7"], homes["B7"], homes["A8"], homes["B8"] = "甲院", "若干", "甲院", 5
    for row in book["封面"].iter_rows():
        if row[0].value == "养老机构总数":
            row[1].value = "许多"
    book.save(path)

    refused = checked(path)

    lines = [line.removeprefix(f"{path}") for line in refused.stderr.splitlines()]
    places = [line.partition(":")[0] for line in lines[:-1]]
    assert ["[封面]!B23", "[区]!K5", "[街道乡镇]!A8", "[街道乡镇]!A9", "[养老机构]!B7", "[养老机构]!A8"] == places
    plan = load_plan("example")
    for name in {*plan.kinds, *(m.id for m in plan.measures.values())}:
        assert not re.search(rf"\b{name}\b", refused.stderr.replace(str(path), "")), name


def test_a_workbook_of_another_plan_is_one_line(tmp_path: Path) -> None:
    """That a form belongs to another plan is the only thing said of it."""
    path = tmp_path / "form.xlsx"
    assert 0 == run("daxing", "--year", "2023", "--lang", "zh", "-o", path).exit_code
    refused = checked(path)
    (line,) = refused.stderr.splitlines()
    assert (2, True) == (refused.exit_code, "daxing" in line)


def test_data_checks_are_told_beside_cells_that_cannot_be_read(tmp_path: Path) -> None:
    """A figure that breaks a data check is told in the run that tells of another cell, but no sum over what could not be read."""
    path = filled(made(tmp_path / "form.xlsx", "--tier", "all"), family_care_beds="很多")
    book = load_workbook(path)
    homes = book["养老机构"]
    columns = {cell.value: cell.column for cell in homes[5]}
    for name, value in {"name": "甲院", "beds": 5, "reserved_beds": 9}.items():
        homes.cell(7, columns[name]).value = value
    book.save(path)

    lines = [line.removeprefix(str(path)) for line in checked(path).stderr.splitlines()]

    assert ["[区]!", "[养老机构]!"] == [line.partition("!")[0] + "!" for line in lines[:-1]]
    assert "预留应急床位" in lines[1]
    assert "格子空着" in lines[-1]
