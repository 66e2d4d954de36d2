"""All findings as a workbook to read and print, and as columns: CSV and Parquet say of each finding what explains it."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from dabiao.base.messages import LANGS, say
from dabiao.cli import main
from dabiao.engine.frame import SCHEMA
from dabiao.reports.findings_book import name_sheet
from dabiao.reports.workbook_sheets import number
from helpers import commitment, measure, plan_text, sheet_text
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from rich.cells import cell_len

CHAPTER = "一、养老: [服务] / 体系 *?" + "很长的章节名称" * 5
MEASURES = measure("beds", "unit: 张, baseline: 100 张") + measure("places", of="home")
COMMITMENTS = (
    commitment("beds", f"measure: beds\nat_least: 200 张\ndue: 2025\nduty: 区民政局\nchapter: '{CHAPTER}'")
    + commitment("places", "each: home\nmeasure: places\nat_least: 10 张\ndue: throughout\nchapter: 章节")
    + commitment("again", "each: home\nmeasure: places\nat_least: 5 张\ndue: throughout\nchapter: '" + CHAPTER + "乙'")
)
NAME = '=HYPERLINK("http://x")'


def lay_out(folder: Path) -> list[str]:
    """Write a plan and the sheets of two years, one of them in a folder, and return what a check is asked with."""
    (folder / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS), encoding="utf-8")
    homes = f"- {{kind: home, name: '{NAME}', facts: {{places: 3 张}}}}"
    (folder / "in").mkdir()
    (folder / "in" / "2022.facts.yaml").write_text(sheet_text("beds: 110 张", year=2022), encoding="utf-8")
    (folder / "in" / "2023.facts.yaml").write_text(sheet_text("beds: 120 张", homes, year=2023), encoding="utf-8")
    return ["check", str(folder / "demo.plan.yaml"), str(folder / "in"), "--year", "2023"]


def run(*words: str, lang: str = "zh") -> Any:
    """Run the program."""
    return CliRunner().invoke(main, [*words, "--lang", lang])


@pytest.mark.parametrize("lang", LANGS)
def test_a_folder_of_sheets_has_a_workbook_of_findings(lang: str, tmp_path: Path) -> None:
    """A summary, all findings, a sheet a chapter and a kind of subject: each with a head, a filter, and set up to be printed."""
    run(*lay_out(tmp_path), "-o", f"xlsx:{tmp_path / 'f.xlsx'}", lang=lang)
    book = load_workbook(tmp_path / "f.xlsx")
    summary, every, awaited, missed, *parts = book.worksheets
    titles = [str(cell.value) for cell in summary["A"] if cell.value]

    assert say("book.summary", lang) == summary.title
    assert titles[0].startswith("示例规划" if lang == "zh" else "Demo plan")
    assert [say(f"book.sheet.{name}", lang) for name in ("awaited", "missed")] == [awaited.title, missed.title]
    assert 5 == len(parts)
    assert every.max_row - 1 == sum(sheet.max_row - 1 for sheet in parts[:3]) == sum(s.max_row - 1 for s in parts[3:])
    for sheet in book.worksheets:
        assert ("A2", "landscape", 1, 0) == (
            sheet.freeze_panes, sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight,
        )  # fmt: skip
        assert ("$1:$1", True) == (sheet.print_title_rows, sheet.sheet_properties.pageSetUpPr.fitToPage)
        assert sheet is summary or sheet.auto_filter.ref.startswith("A1:")
    links = [cell.hyperlink.location for cell in summary["A"] if cell.hyperlink]
    assert [f"'{sheet.title}'!A1" for sheet in book.worksheets[1:]] == links


def test_the_workbook_tells_whose_and_where_it_leads(tmp_path: Path) -> None:
    """Value, target, gap, completion, days are numbers, the due day is a day, and no rating stands beside the verdict; no
    place has a folder, and no name is a formula.
    """
    run(*lay_out(tmp_path), "-o", f"xlsx:{tmp_path / 'f.xlsx'}")
    book = load_workbook(tmp_path / "f.xlsx")
    beds, cells = row_of(book.worksheets[1], "2020: 100 张"), list(all_cells(book))

    assert ("区民政局", "2020: 100 张；2022: 110 张；2023: 120 张") == (beds["责任单位"].value, beds["历年数值"].value)
    assert (120, 200, 160, 80, "张", 0.6) == tuple(
        beds[name].value for name in ("实际值", "目标", "按进度应达", "差距", "单位", "完成率")
    )
    assert ('"≥ "#,##0', '"差 "#,##0', "0 %") == tuple(
        beds[name].number_format.split(";")[0] for name in ("目标", "差距", "完成率")
    )
    assert (date(2025, 12, 31), 731) == (beds["期限"].value.date(), beds["剩余天数"].value)
    assert "照此 2025 年 约 133 张，达不到" == beds["照近年走势"].value
    assert ["说明", "已办"] == list(beds)[-2:]
    assert not [cell.value for cell in cells if str(tmp_path) in str(cell.value)]
    assert {"s", "n", "d"} == {cell.data_type for cell in cells}
    assert any(NAME in str(cell.value) for cell in cells)


def row_of(sheet: Any, text: str) -> dict[str, Any]:
    """Return the cells of the one row that has a text, by their headings."""
    head, *rows = sheet.iter_rows()
    (found,) = (row for row in rows if any(text in str(cell.value) for cell in row))
    return {cell.value: other for cell, other in zip(head, found, strict=True)}


def all_cells(book: Any) -> Iterator[Any]:
    """Iterate over all cells of a workbook that hold something."""
    return (cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None)


ORDERED = (
    commitment("slight", "measure: beds\nat_least: 200 张\ndue: 2023")
    + commitment("great", "measure: beds\nat_least: 500 张\ndue: 2023")
    + commitment("bound", "measure: beds\nat_least: 130 张\ndue: 2023\nnature: binding")
)  # fmt: skip


def test_the_gravest_stands_first(tmp_path: Path) -> None:
    """Findings stand in the order of the summary on every sheet: binding ones first, then by how far they fall short."""
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, ORDERED), encoding="utf-8")
    (tmp_path / "s.facts.yaml").write_text(sheet_text("beds: 120 张", year=2023), encoding="utf-8")
    run("check", str(tmp_path / "demo.plan.yaml"), str(tmp_path / "s.facts.yaml"), "-o", f"xlsx:{tmp_path / 'f.xlsx'}")
    book = load_workbook(tmp_path / "f.xlsx")
    orders = [[cell.value for cell in sheet["F"][1:]] for sheet in book.worksheets[1:]]

    assert [[130, 500, 200]] * 3 == orders  # the targets of bound, great and slight


REST = """
consequences:
  - id: warned
    title: {zh: 约谈, en: Warned}
    level: alert
    when: [{commitment: beds, verdict: [shortfall]}]
checks:
  - {id: fewer, measure: beds, at_most: places}
"""


def test_what_stands_beside_the_findings_has_sheets_of_its_own(tmp_path: Path) -> None:
    """Missing figures with whom to ask, consequences with their causes, waivers with their expiry, efforts with evidence, and
    data checks; none for what there is none of; each is linked from the summary.
    """
    measures = measure("beds") + measure("places") + measure("rooms") + measure("effort", "ladder: deliverable")
    commitments = (
        commitment("beds", "measure: beds\nat_least: 200 张\ndue: 2023")
        + commitment("share", "measure: beds / rooms\nat_least: 50 %\ndue: 2023")
        + commitment("places", "measure: places\nat_least: 500 张\ndue: 2023")
        + commitment(
            "better", "measure: effort\nat_least: issued\ndue: 2023\ntier: {is: effort, why: 只看工作是否做了}"
        )
    )
    (tmp_path / "demo.plan.yaml").write_text(plan_text(measures, commitments, REST), encoding="utf-8")
    facts = "beds: 120 张\nplaces: 130 张\neffort: drafted"
    (tmp_path / "s.facts.yaml").write_text(sheet_text(facts, year=2023), encoding="utf-8")
    (tmp_path / "w.yaml").write_text(
        "plan: demo\nwaivers:\n- {commitment: places, subject: 某区, year: 2023, reason: 改造, authority: 市局, expires: 2024-06-30}\n",
        encoding="utf-8",
    )
    (tmp_path / "a.yaml").write_text(
        "assignments: demo\nowners:\n- {commitment: share, office: 养老科, contact: 010-1234}\n", encoding="utf-8"
    )
    done = run(
        "check", str(tmp_path / "demo.plan.yaml"), str(tmp_path / "s.facts.yaml"), "--waivers", str(tmp_path / "w.yaml"),
        "--assignments", str(tmp_path / "a.yaml"), "-o", f"xlsx:{tmp_path / 'f.xlsx'}",
    )  # fmt: skip
    assert 1 == done.exit_code, done.output
    book = load_workbook(tmp_path / "f.xlsx")
    assert ["缺的数字", "后果", "豁免", "工作要求", "数据核查"] == book.sheetnames[2:7]
    links = [cell.hyperlink.location for cell in book["概要"]["A"] if cell.hyperlink]

    assert [f"'{name}'!A1" for name in book.sheetnames[1:]] == links
    assert "养老科（联系：010-1234）" == row_of(book["缺的数字"], "rooms 指标")["向谁要"].value
    assert "承诺" == row_of(book["后果"], "约谈")["起因"].value
    assert date(2024, 6, 30) == row_of(book["豁免"], "改造")["有效期至"].value.date()
    assert "已起草" == row_of(book["工作要求"], "已起草")["填报情况"].value
    assert 1 == row_of(book["数据核查"], " 不超过 ")["已核查"].value


def test_numbers_are_numbers_only_where_they_are_exact(tmp_path: Path) -> None:
    """One third is a text, in words that do not mislead; 79.96 % is a number of its unit, shown with all of its decimals."""
    commitments = commitment("third", "measure: beds / places\nat_least: 50 %\ndue: 2023")
    commitments += commitment("share", "measure: share\nat_least: 80 %\ndue: 2023")
    measures = measure("beds") + measure("places") + measure("share", "unit: '%'")
    (tmp_path / "demo.plan.yaml").write_text(plan_text(measures, commitments), encoding="utf-8")
    (tmp_path / "s.facts.yaml").write_text(
        sheet_text("beds: 1 张\nplaces: 3 张\nshare: 79.96 %", year=2023), encoding="utf-8"
    )
    run("check", str(tmp_path / "demo.plan.yaml"), str(tmp_path / "s.facts.yaml"), "-o", f"xlsx:{tmp_path / 'f.xlsx'}")
    sheet = load_workbook(tmp_path / "f.xlsx").worksheets[1]
    third, share = row_of(sheet, "33.33 %"), row_of(sheet, "79.96 %")

    assert ("33.33 %", 50) == (third["实际值"].value, third["目标"].value)
    assert (79.96, "#,##0.00", "%") == (share["实际值"].value, share["实际值"].number_format, share["单位"].value)
    assert 0.04 == share["差距"].value


@pytest.mark.parametrize("lang", LANGS)
def test_every_text_is_seen_on_paper(lang: str, tmp_path: Path) -> None:
    """A row is as high as its longest text needs, and all columns of a table are no wider than paper with letters of 8 points."""
    run(*lay_out(tmp_path), "-o", f"xlsx:{tmp_path / 'f.xlsx'}", lang=lang)
    for sheet in load_workbook(tmp_path / "f.xlsx").worksheets[1:]:
        shown = {name: one.width for name, one in sheet.column_dimensions.items() if not one.hidden}
        assert sum(shown.values()) <= 160
        for row in sheet.iter_rows(min_row=2):
            texts = [cell for cell in row if cell.data_type == "s" and cell.column_letter in shown]
            needed = max(cell_len(str(cell.value)) / shown[cell.column_letter] for cell in texts)
            assert sheet.row_dimensions[row[0].row].height >= min(13 * needed, 400)


@given(st.fractions(), st.sampled_from(["{}", "≥ {}", "差 {} 张"]))
def test_a_number_of_a_cell_is_the_number(value: Fraction, around: str) -> None:
    """What is written as a number is what was found, to the last of its digits; anything else is no number."""
    found = number(value, around)

    assert found is None or Fraction(repr(found.value)) == value
    assert found is not None or Fraction(f"{float(value):.15g}") != value


def test_names_of_sheets_are_legal_and_differ() -> None:
    """At most 31 characters, none that is forbidden, no two alike in any case, never the reserved one, never none."""
    taken: list[str] = []
    for title in (
        CHAPTER,
        CHAPTER + "乙",
        "History",
        "history",
        "''",
        "[]:*?/\\",
        "A",
        "a",
        "\x01",
        "x" * 40,
        "x" * 31,
    ):
        taken.append(name_sheet(title, taken))

    assert len({name.casefold() for name in taken}) == len(taken)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]|^'|'$", name) for name in taken)
    assert "history" not in {name.casefold() for name in taken}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_workbook(tmp_path: Path) -> None:
    """LibreOffice reads its first sheet as it was written, and prints all of it."""
    run(*lay_out(tmp_path), "-o", f"xlsx:{tmp_path / 'f.xlsx'}")
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    for form in ("csv:Text - txt - csv (StarCalc):44,34,76", "pdf"):
        words = [
            "soffice",
            home,
            "--headless",
            "--convert-to",
            form,
            "--outdir",
            str(tmp_path),
            str(tmp_path / "f.xlsx"),
        ]
        subprocess.run(words, check=True, capture_output=True, timeout=180)
    first = load_workbook(tmp_path / "f.xlsx").worksheets[0]["A1"].value

    assert first in (tmp_path / "f.csv").read_text("utf-8")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", (tmp_path / "f.pdf").read_bytes())) >= 7


def test_csv_tells_due_duty_trend_and_outlook(tmp_path: Path) -> None:
    """Years with exact values in the unit of the finding, the class of the pace, and where the trend leads."""
    text = run(*lay_out(tmp_path), "-o", "csv", lang="en").stdout
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    (beds,) = (row for row in rows if row["commitment"] == "beds")
    names = ("due", "duty", "trend", "projected", "reaches", "rating")

    assert ("2025", "区民政局", "2020: 100; 2022: 110; 2023: 120", "400÷3", "no", say("rating.limited", "en")) == tuple(
        beds[name] for name in names
    )


def test_parquet_has_the_columns_of_the_frame(tmp_path: Path) -> None:
    """A row a finding; of refused inputs the problems, in the same columns; the same inputs give the same bytes."""
    words = lay_out(tmp_path)
    for name in ("f", "g"):
        both = ("-o", f"parquet:{tmp_path / name}.parquet", "-o", f"arrow:{tmp_path / name}.arrow")
        assert 1 == run(*words, *both).exit_code
    found = pl.read_parquet(tmp_path / "f.parquet")
    beds = found.filter(pl.col("commitment") == "beds").row(0, named=True)
    (tmp_path / "in" / "2023.facts.yaml").write_text("plan: demo\nfact: {}\n", encoding="utf-8")
    refused_code = run(*words, "-o", f"parquet:{tmp_path / 'r.parquet'}").exit_code
    refused = pl.read_parquet(tmp_path / "r.parquet")

    assert (tmp_path / "f.parquet").read_bytes() == (tmp_path / "g.parquet").read_bytes()
    assert pl.read_ipc(tmp_path / "f.arrow").equals(found)
    assert set(SCHEMA) < set(found.columns)
    assert ("finding", "承诺", "limited", False) == (beds["record"], beds["title"], beds["rating"], beds["reaches"])
    assert (2, found.schema) == (refused_code, refused.schema)
    assert {"error"} == set(refused["record"])
    assert all("2023.facts.yaml" in place for place in refused["location"])
