"""What looks like a submission is read or refused by name; and a CSV is told where it is wrong."""

from __future__ import annotations

import zipfile
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from dabiao import read_facts
from dabiao.base.problems import Problem, Refused
from dabiao.cli import main
from helpers import commitment, covered_book, make_plan, measure, plan_text, sheet_text

MEASURES = measure("beds", "unit: 张", "home") + measure("total", "unit: 张")
COMMITMENT = commitment("beds", "each: home\nmeasure: beds\nat_least: 5 张\ndue: every_year")
PLAN = make_plan(MEASURES, COMMITMENT)
HOMES = "name,beds\n甲院,11\n乙院,12\n"
SHEET = "sheet.facts.yaml"


def problems_of(path: Path) -> list[Problem]:
    """Return everything noted of sheets."""
    try:
        return list(read_facts(path, PLAN).notes)
    except Refused as refused:
        return list(refused.problems)


def lay_out(folder: Path, **files: str) -> Path:
    """Write a CSV folder, and other files into it; `__` stands for a dot in their names."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SHEET).write_text(sheet_text(registers="home: complete"), encoding="utf-8")
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


BESIDE = {
    "home__tsv": "reading.beside", "home__csv__txt": "reading.overlooked", "__home__csv": "reading.overlooked", "home__xlsx": "reading.beside", "other__facts__yaml": "reading.beside",
    "home__csv__gz": "reading.overlooked", "home__ods": "reading.beside", "home__txt": "reading.overlooked", "home": "reading.overlooked",
}  # fmt: skip


@pytest.mark.parametrize("below", [False, True])
@pytest.mark.parametrize("name", BESIDE)
def test_what_lies_beside_a_head_is_refused_by_name(name: str, below: bool, tmp_path: Path) -> None:
    """Nothing that looks like a table or a sheet is passed over in a CSV folder, given by itself or in a folder of sheets."""
    lay_out(tmp_path / "s" / "a", home__csv=HOMES, **{name: HOMES})
    (problem,) = problems_of(tmp_path / "s" if below else tmp_path / "s" / "a")
    assert (BESIDE[name], name.replace("__", ".")) == (problem.code, Path(problem.location.file).name)


@pytest.mark.parametrize(
    "name",
    [
        "README__md",
        "notes__txt",
        "~$home__xlsx",
        "__~lock__home__csv#",
        "___home__csv",
        "附件__pdf",
        "__DS_Store",
        "demo__waivers__yaml",
    ],
)
def test_other_files_are_passed_over(name: str, tmp_path: Path) -> None:
    """Notes, locks, attachments and what systems leave behind are no submissions."""
    assert [] == problems_of(lay_out(tmp_path / "s", home__csv=HOMES, **{name.replace("___", "._", 1): "甲,乙\n"}))


def test_sheets_below_a_csv_folder_are_refused(tmp_path: Path) -> None:
    """A sheet, a CSV folder and a table in a folder below a CSV folder would not be read, and are named."""
    folder = lay_out(tmp_path / "s", home__csv=HOMES)
    lay_out(folder / "a", home__csv=HOMES)
    (folder / "b").mkdir()
    (folder / "b" / "x.facts.yaml").write_text(sheet_text(), encoding="utf-8")
    (folder / "c").mkdir()
    (folder / "c" / "home.csv").write_text(HOMES, encoding="utf-8")
    found = {(p.code, Path(p.location.file).name) for p in problems_of(folder)}
    assert {("reading.beside", "a"), ("reading.beside", "x.facts.yaml"), ("no-sheet-head", "c")} == found


@pytest.mark.parametrize("sheet", ["district.facts.yaml", "district.yaml"])
def test_a_table_without_a_head_is_refused_beside_other_sheets(sheet: str, tmp_path: Path) -> None:
    """A table that no head claims is named, whatever else is in its folder."""
    (tmp_path / sheet).write_text(sheet_text(), encoding="utf-8")
    (tmp_path / "home.csv").write_text(HOMES, encoding="utf-8")
    (problem,) = problems_of(tmp_path)
    assert ("no-sheet-head", ("home.csv",)) == (problem.code, problem.details["found"])


def test_hidden_and_renamed_sheets_are_refused_in_any_folder(tmp_path: Path) -> None:
    """A hidden workbook and a sheet that became a .txt are named; an archive is warned of."""
    (tmp_path / "a.facts.yaml").write_text(sheet_text(), encoding="utf-8")
    for name in (".b.xlsx", "c.facts.yaml.txt", ".d.facts.yaml"):
        (tmp_path / name).write_text(sheet_text(), encoding="utf-8")
    (tmp_path / "e.zip").write_bytes(b"PK")
    found = {Path(p.location.file).name: (p.code, p.severity) for p in problems_of(tmp_path)}
    overlooked = ("reading.overlooked", "error")
    expected = {
        ".b.xlsx": overlooked, "c.facts.yaml.txt": overlooked, ".d.facts.yaml": overlooked, "e.zip": ("reading.archive", "warning"),
    }  # fmt: skip
    assert expected == found


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
HEAD_ROW = "<table><tr><th>序号</th><th>名称</th><th>床位</th></tr></table>"
FOREIGN = {
    "home": (OLE + "Workbook".encode("utf-16-le"), "XLS"), "home.dat": (OLE + "Book".encode("utf-16-le"), "XLS"),
    "home.old": (OLE + "EncryptedPackage".encode("utf-16-le"), "XLS"), "report.dat": (OLE + "WordDocument".encode("utf-16-le") + "Workbook".encode("utf-16-le"), ""),
    "home.xml": (b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook/>', "XML"), "pom.xml": (b'<?xml version="1.0"?>\n<project/>', ""),
    "home.html": (f"<html>{HEAD_ROW}</html>".encode(), "HTML"), "home.htm": (f"<html>{HEAD_ROW}</html>".encode("gb18030"), "HTML"), "notes.html": ("<html><table><tr><td>通知</td></tr></table></html>".encode(), ""),
    "home.mht": (b"From: <Saved by WPS>\r\nMIME-Version: 1.0\r\n\r\n<html xmlns:x=3D\"urn:schemas-microsoft-com:office:excel\">", "MHT"),
    "mail.eml": (b"From: a@b\nMIME-Version: 1.0\n\nhello", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_a_table_in_a_format_that_is_not_read_is_refused_by_name(name: str, tmp_path: Path) -> None:
    """An old workbook under any ending, and tables saved as XML or as a page, are refused; other documents are passed over."""
    (tmp_path / "a.facts.yaml").write_text(sheet_text(), encoding="utf-8")
    data, form = FOREIGN[name]
    (tmp_path / name).write_bytes(data)
    found = [(p.code, Path(p.location.file).name, p.details["form"]) for p in problems_of(tmp_path)]
    assert ([("reading.foreign", name, form)] if form else []) == found


def test_reports_of_the_program_are_no_submissions(tmp_path: Path) -> None:
    """Pages that the program wrote lie among sheets, and the folder is read."""
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "a.facts.yaml").write_text(sheet_text(), encoding="utf-8")
    (tmp_path / "p.plan.yaml").write_text(plan_text(MEASURES, COMMITMENT), encoding="utf-8")
    report = tmp_path / "s" / "r.html"
    command = ["check", str(tmp_path / "p.plan.yaml"), str(tmp_path / "s"), "-o", f"html:{report}"]
    CliRunner().invoke(main, command)
    assert report.is_file()
    again = CliRunner().invoke(main, command)
    assert "r.html" not in again.stderr


def test_an_archive_that_is_named_is_told_to_be_unpacked(tmp_path: Path) -> None:
    """An archive on the command line is no unknown format: what is to be done with it is said."""
    (tmp_path / "all.zip").write_bytes(b"PK\x03\x04" + b"\0" * 60)
    (problem,) = problems_of(tmp_path / "all.zip")
    assert "reading.archive-given" == problem.code


SLIPS = {
    "capital": ("plan:", "Plan:"), "wide-colon": ("year: ", "year："), "wide-colon-gbk": ("year: ", "year："), "quotes": ("subject:", '"subject":'),
    "no-plan": ("plan: demo\n", ""), "no-year": ("year: 2025\n", ""), "typo": ("subject: ", "suject: "), "late": ("plan:", "# 说明\n" * 20_000 + "plan:"),
    "indented": ("\n", "\n  "), "old-mac": ("\n", "\r"), "question": ("plan: demo", "? plan\n: demo"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_sheet_with_a_slip_in_its_keys_is_not_passed_over(slip: str, tmp_path: Path) -> None:
    """A YAML file of a folder whose keys are written otherwise, or stand far below, is read or refused as a sheet."""
    (tmp_path / "a.facts.yaml").write_text(sheet_text(), encoding="utf-8")
    text = sheet_text("total: 5 张", name="乙区").replace(*SLIPS[slip])
    text = "  " + text if slip == "indented" else text
    (tmp_path / "b.yaml").write_bytes(text.encode("gb18030" if slip.endswith("gbk") else "utf-8"))
    try:
        names = {Path(sheet.file).name for sheet in read_facts(tmp_path, PLAN).sheets}
    except Refused as refused:
        names = {Path(problem.location.file).name for problem in refused.problems}
    assert "b.yaml" in names


@pytest.mark.parametrize(("name", "text"), [
    ("b.yaml", "{plan: demo, subject: 乙区, year: 2025}"), ("b.json", '{"nothing":"' + "无" * 30_000 + '","plan":"demo","subject":"乙区","year":2025}'),
])  # fmt: skip
def test_a_sheet_in_braces_is_found(name: str, text: str, tmp_path: Path) -> None:
    """The keys of a sheet are found in braces, and behind a text of 90 kB."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert "no-sheets" not in {problem.code for problem in problems_of(tmp_path)}


def test_texts_of_other_uses_are_no_sheets(tmp_path: Path) -> None:
    """A plan, its tests, waivers and scenarios, a report in JSON and settings are passed over under any name."""
    (tmp_path / "a.facts.yaml").write_text(sheet_text(), encoding="utf-8")
    others = {
        "plan.yaml": plan_text(MEASURES, COMMITMENT, "waivers:\n- commitment: beds\n  subject: 甲\n  year: 2025\n"),
        "tests.yaml": "plan: demo\ncases:\n- name: a\n  year: 2025\n  facts: {total: 1}\n",
        "scenario.yaml": "scenario: a\nplan: demo\nfacts:\n- {kind: home, subject: 甲, set: {beds: 1}}\n",
        "findings.json": '{\n "format": "dabiao/findings/1",\n "plan": "demo", "year": 2025, "subject": "甲"}',
        "settings.yaml": "year: 2025\non: push\n", "empty.yaml": "# nothing\n",
    }  # fmt: skip
    for name, text in others.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert [] == problems_of(tmp_path)


@pytest.mark.parametrize(("name", "severity"), [
    ("b.xlsx.bak", "warning"), ("b.wps", "warning"), ("b.pq", "warning"), ("b.dat", "error"), ("b", "error"), ("b.docx", ""), ("b_test.yaml", "warning"), ("b.txt", "error"),
])  # fmt: skip
def test_a_workbook_or_sheet_under_another_ending_is_named(name: str, severity: str, tmp_path: Path) -> None:
    """What a file holds is looked at where its name says nothing; a text document is no workbook."""
    (tmp_path / "a.facts.yaml").write_text(sheet_text(), encoding="utf-8")
    if name in ("b_test.yaml", "b.txt"):
        (tmp_path / name).write_text(sheet_text(name="乙区"), encoding="utf-8")
    elif name == "b.pq":
        pl.DataFrame({"name": ["甲院"]}).write_parquet(tmp_path / name)
    elif name == "b.docx":
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("[Content_Types].xml", "")
            archive.writestr("word/document.xml", "")
    else:
        covered_book().save(tmp_path / name)
    overlooked = [("reading.overlooked", severity)] if severity else []
    assert overlooked == [(problem.code, problem.severity) for problem in problems_of(tmp_path)]


@pytest.mark.parametrize(
    "name",
    ["~b.facts.yaml", "~b.yaml", "~b.xlsx", "b_test.xlsx", "~home.csv", "home_test.csv", "b.xlt", "b.ett", "b.xltx"],
)
def test_only_locks_and_texts_of_a_plan_are_passed_over_by_their_name(name: str, tmp_path: Path) -> None:
    """A tilde alone makes no lock, and no workbook or table is a test of a plan."""
    (tmp_path / "a.facts.yaml").write_text(sheet_text(), encoding="utf-8")
    (tmp_path / name).write_text("name: x,\nplan: demo\nsubject: 乙区\nyear: 2025\n", encoding="utf-8")
    assert name in str([(p.location.file, p.details) for p in problems_of(tmp_path)])


# ---------------------------------------------------------------- CSV

READ = {
    "empty-rows": "name,beds\n\n甲院,11\n,\n,,,\n乙院,12\n,\n", "surplus-commas": "name,beds,,\n甲院,11,,\n乙院,12,,\n", "surplus-in-rows": "name,beds\n甲院,11,,\n乙院,12\n",
    "blank-top": "\n,\nname,beds\n甲院,11\n乙院,12\n", "sep": "sep=,\nname,beds\n甲院,11\n乙院,12\n", "sep-semicolon": "sep=;\nname;beds\n甲院;11\n乙院;12\n",
    "sep-tab": '"sep=\t"\nname\tbeds\n甲院\t11\n乙院\t12\n', "sep-quotes": 'sep=;\nname;beds\n"甲院";11\n"乙院";"12"\n', "quotes": 'name,beds\n"甲院",11\n\n"乙院",12,\n',
}  # fmt: skip


@pytest.mark.parametrize("sort", READ)
def test_a_csv_is_read_whatever_is_empty_in_it(sort: str, tmp_path: Path) -> None:
    """Empty rows, surplus commas and a stated delimiter change nothing."""
    (part,) = read_facts(lay_out(tmp_path / "s", home__csv=READ[sort]), PLAN).sheets[0].of("home")
    found = {part.names()[at]: part.facts(at)["beds"].value for at in range(2)}
    assert {"甲院": Fraction(11), "乙院": Fraction(12)} == found
    lines = READ[sort].split("\n")
    assert all(part.names()[at] in lines[part.location(at).line - 1] for at in range(2))


WRONG = {
    "stray-quote": ('name,beds\n甲院,11\n乙"院,12\n丙院,13\n', "reading.stray-quote", 3, ""), "open-quote": ('name,beds\n"甲院,11\n乙院,12\n', "reading.stray-quote", 2, ""),
    "late-quote": ('name,beds\n甲院,11\n"乙"院,12\n', "reading.stray-quote", 3, ""), "two-strays": ('name,beds\n甲"院,11\n乙院,12\n丙"院,13\n', "reading.stray-quote", 2, ""),
    "stray-with-commas": ('name,beds\n甲院,11,\n乙"院,12,\n', "reading.stray-quote", 3, ""),
    "semicolons": ("name;beds\n甲院;11\n", "reading.delimiter", 1, "semicolons"), "tabs": ("name\tbeds\n甲院\t11\n", "reading.delimiter", 1, "tabs"),
    "wide-commas": ("name，beds\n甲院，11\n", "reading.delimiter", 1, "full-width commas"), "bars": ("\nname|beds\n甲院|11\n", "reading.delimiter", 2, "bars"),
    "sep-wide": ("sep=，\nname，beds\n甲院，11\n", "reading.delimiter", 1, "full-width commas"), "sep-wrong": ("sep=;\nname,beds\n甲院,11\n", "no-head-row", 2, "name,beds"),
    "too-many": ("name,beds\n甲院,11,12\n", "bad-csv", 2, "3 cells"), "too-few": ("name,beds\n甲院\n", "bad-csv", 2, "1 cell,"), "stray": ("name,beds,\n甲院,11,5\n", "stray-figure", 2, "5"),
    "end-of-dos": ("name,beds\n甲院,11\n\x1a", "hidden-mark", 3, "U+001A"), "page": ("<html><table>", "reading.lies", 0, "HTML"),
}  # fmt: skip


@pytest.mark.parametrize("sort", WRONG)
def test_a_csv_is_told_where_it_is_wrong(sort: str, tmp_path: Path) -> None:
    """A stray quotation mark, another delimiter and a row of another width are named, with their line."""
    text, code, line, word = WRONG[sort]
    problem = problems_of(lay_out(tmp_path / "s", home__csv=text))[0]
    assert (code, line, True) == (problem.code, problem.location.line, word in problem.text("en"))


@pytest.mark.parametrize("sort", ["stray-quote", "open-quote", "semicolons", "tabs", "sep-wide", "too-many", "page"])
def test_a_list_of_figures_is_told_where_it_is_wrong(sort: str, tmp_path: Path) -> None:
    """The list of the root's figures is read by the same rules as a register."""
    text, code, line, word = WRONG[sort]
    (problem,) = problems_of(lay_out(tmp_path / "s", district__csv=text.replace("name", "id").replace("beds", "value")))
    assert (code, line, True) == (problem.code, problem.location.line, word in problem.text("en"))


def test_a_list_of_figures_may_end_with_signatures(tmp_path: Path) -> None:
    """Signatures under the list are passed over, its headings once more, too, and a row of totals is refused."""
    text = "id,指标,value\ntotal,,5\nid,指标,value\n,填表人：张某,审核人：李某\n,,\n"
    found = problems_of(lay_out(tmp_path / "s", district__csv=text))
    assert [("ignored-row", 3), ("ignored-row", 4)] == [(p.code, p.location.line) for p in found]
    (problem,) = problems_of(lay_out(tmp_path / "s", district__csv="id,指标,value\n,合计,5\n"))
    assert "totals-row" == problem.code


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_a_whole_column_has_wrong_is_one_error(form: str, tmp_path: Path) -> None:
    """A unit that all rows have wrong has one cause, and is one error with the number of cells; one sound row, and each is told."""
    for rest, expected in (("", [30]), ("末院,5 张\n", [1] * 30)):
        text = "name,beds\n" + "".join(f"第{number}院,{number} 人\n" for number in range(1, 31)) + rest
        if form == "csv":
            source = lay_out(tmp_path / f"s{len(rest)}", home__csv=text)
        else:
            source, book = tmp_path / f"s{len(rest)}.xlsx", covered_book()
            sheet = book.create_sheet("养老机构")
            for line in text.replace("name", "名称").splitlines():
                sheet.append(line.split(","))
            book.save(source)
        found = [p for p in problems_of(source) if p.code == "fact-dimension"]
        assert expected == [len(p.places) for p in found]
        assert (not rest) == ("all 30 cells" in found[0].text("en"))
