"""All findings as a workbook to read and print, and as columns: CSV and Parquet say of each finding what explains it."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from dabiao.base.messages import LANGS, say
from dabiao.cli import main
from dabiao.engine.frame import SCHEMA
from dabiao.reports.findings_book import name_sheet
from helpers import commitment, measure, plan_text, sheet_text
from openpyxl import load_workbook

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
    summary, every, *parts = book.worksheets
    titles = [str(cell.value) for cell in summary["A"] if cell.value]

    assert say("book.summary", lang) == summary.title
    assert titles[0].startswith("示例规划" if lang == "zh" else "Demo plan")
    assert 5 <= len(parts)
    assert every.max_row - 1 == sum(sheet.max_row - 1 for sheet in parts[:3]) == sum(s.max_row - 1 for s in parts[3:])
    for sheet in book.worksheets:
        assert ("A2", "landscape", 1, 0) == (
            sheet.freeze_panes, sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight,
        )  # fmt: skip
        assert ("$1:$1", True) == (sheet.print_title_rows, sheet.sheet_properties.pageSetUpPr.fitToPage)
        assert sheet is summary or sheet.auto_filter.ref.startswith("A1:M")
    links = [cell.hyperlink.location for cell in summary["A"] if cell.hyperlink]
    assert [f"'{sheet.title}'!A1" for sheet in book.worksheets[1:]] == links


def test_the_workbook_tells_whose_and_where_it_leads(tmp_path: Path) -> None:
    """Duty, due time, completion, years and outlook are columns; a place has no folder, and no name is a formula."""
    run(*lay_out(tmp_path), "-o", f"xlsx:{tmp_path / 'f.xlsx'}")
    book = load_workbook(tmp_path / "f.xlsx")
    rows = [[cell.value for cell in row] for row in book.worksheets[1].iter_rows()]
    (beds,) = (dict(zip(rows[0], row, strict=True)) for row in rows if "[beds]" in str(row[3]))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]

    assert ("区民政局", "2020: 100 张; 2022: 110 张; 2023: 120 张") == (beds["责任单位"], beds["历年数值"])
    assert "2025-12-31" in beds["期限"]
    assert "60 % / 60 %" == beds["完成率 / 时间进度"]
    assert "达不到" in beds["进展与趋势"]
    assert not [cell.value for cell in cells if str(tmp_path) in str(cell.value)]
    assert {"s"} == {cell.data_type for cell in cells}
    assert any(NAME in str(cell.value) for cell in cells)


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
        assert 1 == run(*words, "-o", f"parquet:{tmp_path / name}.parquet").exit_code
    found = pl.read_parquet(tmp_path / "f.parquet")
    beds = found.filter(pl.col("commitment") == "beds").row(0, named=True)
    (tmp_path / "in" / "2023.facts.yaml").write_text("plan: demo\nfact: {}\n", encoding="utf-8")
    refused_code = run(*words, "-o", f"parquet:{tmp_path / 'r.parquet'}").exit_code
    refused = pl.read_parquet(tmp_path / "r.parquet")

    assert (tmp_path / "f.parquet").read_bytes() == (tmp_path / "g.parquet").read_bytes()
    assert set(SCHEMA) < set(found.columns)
    assert ("finding", "承诺", "limited", False) == (beds["record"], beds["title"], beds["rating"], beds["reaches"])
    assert (2, found.schema) == (refused_code, refused.schema)
    assert {"error"} == set(refused["record"])
    assert all("2023.facts.yaml" in place for place in refused["location"])
