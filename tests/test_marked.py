"""The submitter's own workbook returned: cells marked, a sheet of findings in front, everything else as it was."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from dabiao import load_plan, read_facts
from dabiao.cli import main
from dabiao.facts.layout import FINDINGS_SHEET
from dabiao.facts.model import Facts
from dabiao.reports.finding_lines import COLOURS, COLUMNS
from dabiao.reports.workbook_marks import Mark, write_marked
from helpers import commitment, measure, plan_text, sheet_text, subjects
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter

MEASURES = (
    measure("beds") + measure("staff", "unit: 人") + measure("share", 'unit: "%"') + measure("reserved", of="home")
    + measure("places", of="home")
)  # fmt: skip
COMMITMENTS = (
    commitment("many-beds", "measure: beds\nat_least: 500 张\ndue: 2023\nnature: binding")
    + commitment("much-staff", "measure: staff\nat_least: 10 人\ndue: 2023")
    + commitment("more-share", "measure: share\nat_least: 80 %\ndue: 2025\nbaseline: 0 %")
    + commitment("reserve", "each: home\nmeasure: reserved / places\nat_least: 2 %\ndue: throughout")
)
FIGURES = {"beds": 480, "staff": 12, "share": 0.475}
HOMES = (("甲院", 1, 50), ("乙院", 1, 51))
SHEET, ENGLISH = FINDINGS_SHEET


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def lay_out(folder: Path) -> Path:
    """Write a plan."""
    (folder / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS), encoding="utf-8")
    return folder / "demo.plan.yaml"


def put(book: Workbook, sheet: str, **figures: object) -> None:
    """Fill in figures by the ids of the template."""
    rows = list(book[sheet].iter_rows())
    head = next(row for row in rows if "编号" in [cell.value for cell in row])
    columns = {cell.value: cell.column for cell in head}
    for row in rows:
        name = row[columns["编号"] - 1].value
        if name in figures:
            book[sheet].cell(row[0].row, columns["本年值"], figures[str(name)])


def cell_of(book: Any, name: str) -> Any:
    """Return the cell of a figure of the district."""
    rows = list(book["区"].iter_rows())
    head = next(row for row in rows if "编号" in [cell.value for cell in row])
    titles = [cell.value for cell in head]
    (row,) = (row for row in rows if row[titles.index("编号")].value == name)
    return row[titles.index("本年值")]


def filled(folder: Path, name: str = "s.xlsx", subject: str = "某区", homes: Any = HOMES, **figures: object) -> Path:
    """Fill in the template as a clerk does, and return the workbook."""
    path = folder / name
    made = run(
        "template", lay_out(folder), "--year", 2023, "--tier", "all", "--subject", subject, "--lang", "zh", "-o", path
    )
    assert 0 == made.exit_code, made.output
    book = load_workbook(path)
    put(book, "区", **{**FIGURES, **figures})
    table = book["养老机构"]
    ids = next(row for row in table.iter_rows() if row[0].value == "name")
    columns = {cell.value: cell.column for cell in ids}
    for number, values in enumerate(homes, ids[0].row + 2):
        for column, value in zip(("name", "reserved", "places"), values, strict=True):
            table.cell(number, columns[column], value)
    for row in book["封面"].iter_rows():
        if row[0].value == "养老机构总数":
            row[1].value = "全部列出"
    book.save(path)
    return path


def marked(folder: Path, *sheets: Path, out: str = "out.xlsx", lang: str = "zh") -> Any:
    """Check workbooks, and return the marked one."""
    result = run("check", folder / "demo.plan.yaml", *sheets, "--lang", lang, "-o", f"xlsx:{folder / out}")
    assert result.exit_code in (0, 1, 2, 3), result.output
    return load_workbook(folder / out)


def table_of(book: Any, sheet: str = SHEET) -> list[list[Any]]:
    """Return the lines of the sheet of findings."""
    return [list(row) for row in book[sheet].iter_rows(min_row=2, max_col=6, values_only=True) if row[0]]


def facts_of(folder: Path, path: Path) -> Facts:
    """Read a workbook."""
    return read_facts(path, load_plan(folder / "demo.plan.yaml"))


def told(facts: Facts) -> object:
    """Return what facts say: everything but where they stand."""
    return [
        (
            sheet.subject, sheet.year, sheet.registers, sheet.submitted,
            [(kind, name, sheet.parent(kind, name), {m: (f.value, f.absent, f.note) for m, f in own.items()}) for (kind, name), own in subjects(sheet).items()],
        )
        for sheet in facts.sheets
    ]  # fmt: skip


def test_the_cells_of_findings_are_marked(tmp_path: Path) -> None:
    """The cell of a shortfall has its colour and a comment with the sentence, and that of a met commitment has none."""
    path = filled(tmp_path)
    book = marked(tmp_path, path)
    short, fine, behind = cell_of(book, "beds"), cell_of(book, "staff"), cell_of(book, "share")

    assert COLOURS["binding"] == short.fill.fgColor.rgb
    assert "480" in short.comment.text
    assert "未达标" in short.comment.text
    assert fine.comment is None
    assert cell_of(load_workbook(path), "staff").fill.fgColor.rgb == fine.fill.fgColor.rgb
    assert COLOURS["behind"] == behind.fill.fgColor.rgb


def test_the_cells_of_subjects_are_marked(tmp_path: Path) -> None:
    """Both figures of the home that falls short are marked, and those of the other home are not."""
    book = marked(tmp_path, filled(tmp_path))
    comments = {
        cell.value
        for row in book["养老机构"].iter_rows()
        for cell in row
        if cell.comment and "乙院" in cell.comment.text
    }
    others = [
        cell for row in book["养老机构"].iter_rows() for cell in row if cell.comment and "甲院" in cell.comment.text
    ]

    assert {1, 51} == comments
    assert [] == others


def test_problems_are_marked_first(tmp_path: Path) -> None:
    """A refused workbook is returned with each faulty cell marked, and the comment says what is wrong."""
    book = marked(tmp_path, filled(tmp_path, beds="很多", staff=1.5))

    for name in ("beds", "staff"):
        assert COLOURS["error"] == cell_of(book, name).fill.fgColor.rgb
        assert cell_of(book, name).comment is not None
    assert "很多" in cell_of(book, "beds").comment.text
    assert ["错误", "错误"] == [line[0] for line in table_of(book)]


def test_the_sheet_of_findings_is_a_table_with_links(tmp_path: Path) -> None:
    """The first sheet lists every finding, gravest first, with a frozen head, a filter, and links to the cells."""
    book = marked(tmp_path, filled(tmp_path))
    sheet = book[SHEET]
    place = f"区!{cell_of(book, 'beds').coordinate}"

    assert SHEET == book.sheetnames[0] == book.active.title
    assert ["未达标", "未达标", "进度滞后", "达标", "达标"] == [line[0] for line in table_of(book)]
    assert ("A2", f"A1:{get_column_letter(len(COLUMNS))}6") == (sheet.freeze_panes, sheet.auto_filter.ref)
    links = [row[1].hyperlink for row in sheet.iter_rows(min_row=2, max_row=6)]

    assert all(links)
    assert place in [row[1] for row in table_of(book)]
    assert f"'{place.replace('!', chr(39) + '!')}" in [link.location for link in links]
    (beds,) = (row for row in sheet.iter_rows(values_only=True) if row[4] == 480)
    assert (480, 500, 20) == (beds[4], beds[5], beds[7])
    assert "480 张" in str(beds[len(COLUMNS) - 2])
    assert ["承诺"] * 5 == [row[3].value for row in sheet.iter_rows(min_row=2, max_row=6)]  # no ids
    assert ("已办", None) == (sheet.cell(1, len(COLUMNS)).value, beds[len(COLUMNS) - 1])


def test_the_marked_workbook_reads_as_the_same_facts(tmp_path: Path) -> None:
    """Submitted again as it is, the marked workbook says the same, and is judged the same."""
    path = filled(tmp_path, share=0.1 + 0.2, beds=123456789012345)
    marked(tmp_path, path)
    again = tmp_path / "out.xlsx"

    assert told(facts_of(tmp_path, path)) == told(facts_of(tmp_path, again))
    assert run("check", tmp_path / "demo.plan.yaml", path, "--lang", "zh").output == run(
        "check", tmp_path / "demo.plan.yaml", again, "--lang", "zh"
    ).output.replace("out.xlsx", "s.xlsx")


def test_digits_and_results_of_formulas_stay(tmp_path: Path) -> None:
    """Numbers keep all their digits, and formulas the results that the file has, texts and errors too."""
    path = filled(tmp_path)
    book = load_workbook(path)
    spare = book["养老机构"]
    cells = {"X1": "=1+1", "X2": "=A1&B1", "X3": "=1/0", "X4": "=TRUE()", "X5": 0.1 + 0.2}
    for place, value in cells.items():
        spare[place] = value
    book.save(path)
    results = {
        b'<c r="X1"><f>1+1</f><v /></c>': b'<c r="X1"><f>1+1</f><v>2.0000000000000004</v></c>',
        b'<c r="X2"><f>A1&amp;B1</f><v /></c>': b'<c r="X2" t="str"><f>A1&amp;B1</f><v>a &lt; b</v></c>',
        b'<c r="X3"><f>1/0</f><v /></c>': b'<c r="X3" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        b'<c r="X4"><f>TRUE()</f><v /></c>': b'<c r="X4" t="b"><f>TRUE()</f><v>1</v></c>',
        b"<v>0.3</v>": b"<v>0.30000000000000004</v>",
    }
    patch(path, results, {b'fullCalcOnLoad="1"': b""})
    marked(tmp_path, path)

    values = load_workbook(tmp_path / "out.xlsx", data_only=True)["养老机构"]
    formulas = load_workbook(tmp_path / "out.xlsx")["养老机构"]
    assert [2.0000000000000004, "a < b", "#DIV/0!", True, 0.1 + 0.2] == [values[place].value for place in cells]
    assert [*cells.values()] == [formulas[place].value for place in cells]


def patch(path: Path, changes: dict[bytes, bytes], anywhere: dict[bytes, bytes]) -> None:
    """Change the parts of a workbook, each thing exactly once."""
    with zipfile.ZipFile(path) as archive:
        parts = {
            name: archive.read(name).replace(b"<v></v>", b"<v />") for name in archive.namelist()
        }  # with lxml, or without
    for old, new in changes.items():
        (name,) = (name for name, content in parts.items() if old in content)
        parts[name] = parts[name].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            for old, new in anywhere.items():
                content = content.replace(old, new)  # noqa: PLW2901
            archive.writestr(name, content)


def test_what_the_workbook_had_stays(tmp_path: Path) -> None:
    """Validations, protection, number formats, widths and frozen panes of the submitter's sheets are kept."""
    path = filled(tmp_path)
    before, after = load_workbook(path), marked(tmp_path, path)

    for name in before.sheetnames:
        old, new = before[name], after[name]

        assert [v.sqref for v in old.data_validations.dataValidation] == [
            v.sqref for v in new.data_validations.dataValidation
        ]
        assert (old.protection.sheet, old.freeze_panes, old.sheet_state) == (
            new.protection.sheet,
            new.freeze_panes,
            new.sheet_state,
        )
        assert {c: d.width for c, d in old.column_dimensions.items()} == {
            c: d.width for c, d in new.column_dimensions.items()
        }
        assert [[(c.value, c.number_format) for c in row] for row in old.iter_rows()] == [
            [(c.value, c.number_format) for c in row] for row in new.iter_rows()
        ]


def test_marks_go_when_the_workbook_is_corrected(tmp_path: Path) -> None:
    """The clerk corrects the marked workbook and submits it again: what is right now has its own colour, and no comment."""
    path = filled(tmp_path)
    plain = cell_of(load_workbook(path), "beds").fill.fgColor.rgb
    book = marked(tmp_path, path)
    cell_of(book, "beds").value = 500
    book.save(tmp_path / "again.xlsx")
    corrected = marked(tmp_path, tmp_path / "again.xlsx", out="second.xlsx", lang="en")

    assert plain == cell_of(corrected, "beds").fill.fgColor.rgb
    assert cell_of(corrected, "beds").comment is None
    assert [ENGLISH] == [name for name in corrected.sheetnames if name in FINDINGS_SHEET]
    assert COLOURS["behind"] == cell_of(corrected, "share").fill.fgColor.rgb


def test_a_comment_of_the_submitter_stays(tmp_path: Path) -> None:
    """What the submitter wrote in a comment stands below what is wrong."""
    path = filled(tmp_path)
    book = load_workbook(path)
    cell_of(book, "beds").comment = Comment("来自市局", "张三")
    book.save(path)
    text = cell_of(marked(tmp_path, path), "beds").comment.text

    assert text.index("未达标") < text.index("来自市局")


def test_nothing_in_the_findings_is_run(tmp_path: Path) -> None:
    """Names that a spreadsheet would run, and signs that XML cannot hold, are written as texts."""
    lay_out(tmp_path)
    homes = "- {kind: home, name: '=HYPERLINK(\"http://x\")', facts: {reserved: 1 张, places: 90 张}}"
    (tmp_path / "s.facts.yaml").write_text(sheet_text("'=1+1': 3 张\nbeds: '@SUM(1)'", homes, 2023), encoding="utf-8")
    book = marked(tmp_path, tmp_path / "s.facts.yaml")

    assert 2 == len(table_of(book))
    assert all(cell.data_type in ("s", "n") for row in book[SHEET].iter_rows() for cell in row)
    (tmp_path / "s.facts.yaml").write_text(sheet_text("beds: 3 张", homes, 2023, "home: complete"), encoding="utf-8")
    book = marked(tmp_path, tmp_path / "s.facts.yaml")
    (cell,) = (row[2] for row in book[SHEET].iter_rows(min_row=2) if "HYPERLINK" in str(row[2].value))

    assert "s" == cell.data_type
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_signs_that_xml_cannot_hold_are_written_out(tmp_path: Path) -> None:
    """A control character in a figure is shown in the sheet of findings, not written into the XML."""
    lay_out(tmp_path)
    text = sheet_text('beds: "\\x01\\uFFFE=1"', "", 2023)
    (tmp_path / "s.facts.yaml").write_text(text, encoding="utf-8")
    book = marked(tmp_path, tmp_path / "s.facts.yaml")

    assert "\\x01" in str([row[-2] for row in book[SHEET].iter_rows(values_only=True)])


def test_sheets_that_are_no_workbooks_have_the_findings_alone(tmp_path: Path) -> None:
    """For a sheet in YAML there is a workbook with the findings and their places."""
    lay_out(tmp_path)
    (tmp_path / "s.facts.yaml").write_text(sheet_text("beds: 3 张", "", 2023, "home: 0"), encoding="utf-8")
    book = marked(tmp_path, tmp_path / "s.facts.yaml", lang="en")

    assert ["Summary", ENGLISH, "Other", "district"] == book.sheetnames
    assert ["shortfall", "undetermined", "undetermined", "not applicable"] == [
        line[0] for line in table_of(book, ENGLISH)
    ]
    assert "s.facts.yaml:6:9" == table_of(book, ENGLISH)[0][1]


def test_each_of_several_workbooks_is_returned(tmp_path: Path) -> None:
    """Of several workbooks each is returned under its own name with its own findings; all findings are in the file asked for."""
    one, other = filled(tmp_path, "jia.xlsx", "甲区"), filled(tmp_path, "yi.xlsx", "乙区", beds=500)
    everything = marked(tmp_path, one, other)
    first, second = load_workbook(tmp_path / "out-jia.xlsx"), load_workbook(tmp_path / "out-yi.xlsx")

    assert ["概要", SHEET, "照目前进度完不成", "其他", "区", "养老机构"] == everything.sheetnames
    assert len(table_of(everything)) == len(table_of(first)) + len(table_of(second))
    assert COLOURS["binding"] == cell_of(first, "beds").fill.fgColor.rgb
    assert cell_of(second, "beds").comment is None
    assert all("甲区" in line[2] for line in table_of(first))


def test_a_file_that_is_no_workbook_is_listed(tmp_path: Path) -> None:
    """A file with the name of a workbook that is none is refused, and the findings say so."""
    lay_out(tmp_path)
    (tmp_path / "s.xlsx").write_bytes(b"PK\x03\x04 and nothing more")
    book = marked(tmp_path, tmp_path / "s.xlsx")

    assert ["错误"] == [line[0] for line in table_of(book)]


def test_a_workbook_needs_a_file(tmp_path: Path) -> None:
    """Bytes are not written to a terminal."""
    assert 2 == run("check", lay_out(tmp_path), tmp_path, "-o", "xlsx").exit_code


def test_a_merged_cell_is_marked_at_its_first_cell(tmp_path: Path) -> None:
    """Merged cells are one cell to a reader, and marked where they begin; a place that is none is passed over."""
    book = Workbook()
    book.active.title = "区"
    book.active.merge_cells("B2:C3")
    book.save(tmp_path / "m.xlsx")
    marks = [Mark("区", place, "behind", place) for place in ("C3", "nowhere", "XFE1", "A1048577", "")]
    stream = io.BytesIO()
    write_marked(
        (tmp_path / "m.xlsx").read_bytes(), "m.xlsx", [*marks, Mark("没有", "A1", "error", "")], [], "zh", stream
    )
    sheet = load_workbook(stream)["区"]

    assert COLOURS["behind"] == sheet["B2"].fill.fgColor.rgb
    assert "C3" == sheet["B2"].comment.text


def test_a_coloured_cell_gets_its_colour_back(tmp_path: Path) -> None:
    """A colour that the submitter gave a cell comes back once the cell is right."""
    path = filled(tmp_path)
    book = load_workbook(path)
    cell_of(book, "beds").fill = PatternFill("solid", fgColor="FF00FF00")
    book.save(path)
    book = marked(tmp_path, path)
    cell_of(book, "beds").value = 600
    book.save(path)

    assert "FF00FF00" == cell_of(marked(tmp_path, path), "beds").fill.fgColor.rgb


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_opens_the_marked_workbook(tmp_path: Path) -> None:
    """LibreOffice opens the marked workbook and saves it; marks and facts are still there."""
    path = filled(tmp_path)
    marked(tmp_path, path)
    (tmp_path / "saved").mkdir()
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path / 'profile'}", "--convert-to", "xlsx"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path / "saved"), str(tmp_path / "out.xlsx")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    saved = load_workbook(tmp_path / "saved" / "out.xlsx")

    assert SHEET == saved.sheetnames[0]
    assert "未达标" in cell_of(saved, "beds").comment.text
    assert re.sub("^..", "", COLOURS["binding"]) == cell_of(saved, "beds").fill.fgColor.rgb[2:]
    assert told(facts_of(tmp_path, path)) == told(facts_of(tmp_path, tmp_path / "saved" / "out.xlsx"))


STRICT = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    b"http://schemas.openxmlformats.org/drawingml/2006/main": b"http://purl.oclc.org/ooxml/drawingml/main",
}


def rewritten(path: Path, change: Any) -> Path:
    """Rewrite the parts of a workbook; a part that becomes None is left out."""
    with zipfile.ZipFile(path) as old:
        parts = {name: change(name, old.read(name)) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            if content is not None:
                new.writestr(name, content)
    return path


def strict(name: str, content: bytes) -> bytes:
    """Put a part into the names of strict Open XML."""
    for usual, other in STRICT.items():
        content = content.replace(usual, other)
    return content.replace(b"<workbook ", b'<workbook conformance="strict" ') if name == "xl/workbook.xml" else content


def without_styles(name: str, content: bytes) -> bytes | None:
    """Take away the styles, and what refers to them."""
    if name == "xl/styles.xml":
        return None
    content = re.sub(rb"<(Override|Relationship)\b[^>]*/styles[.]xml[^>]*/>", b"", content)
    content = re.sub(rb"<Relationship\b[^>]*styles[.]xml[^>]*/>", b"", content)
    return re.sub(rb' (s|style|customFormat)="[0-9]+"', b"", content) if "/worksheets/" in name else content


def with_chart_sheet(path: Path) -> Path:
    """Add a sheet that is a chart."""
    book = load_workbook(path)
    chart = BarChart()
    chart.add_data(Reference(book["区"], min_col=1, min_row=4, max_row=6))
    book.create_chartsheet("图").add_chart(chart)
    book.save(path)
    return path


ODD_BOOKS = {
    "strict": lambda path: rewritten(path, strict),
    "no styles": lambda path: rewritten(path, without_styles),
    "chart sheet": with_chart_sheet,
}


@pytest.mark.parametrize("sort", ODD_BOOKS)
def test_unusual_workbooks_come_back_whole(sort: str, tmp_path: Path) -> None:
    """A workbook of strict Open XML, one without styles and one with a sheet that is a chart come back marked, and say the same."""
    path = filled(tmp_path)
    before = load_workbook(path).sheetnames
    ODD_BOOKS[sort](path)
    given = told(facts_of(tmp_path, path))

    book = marked(tmp_path, path)

    assert {SHEET, *before} | ({"图"} if sort == "chart sheet" else set()) == set(book.sheetnames)
    assert cell_of(book, "beds").comment is not None
    assert given == told(facts_of(tmp_path, tmp_path / "out.xlsx"))


def test_a_formula_without_a_result_comes_back(tmp_path: Path) -> None:
    """A formula that was never worked out is refused and marked; it comes back as it was, to be worked out by a program."""
    path = filled(tmp_path, beds="=400+80")
    result = run("check", tmp_path / "demo.plan.yaml", path, "--lang", "zh", "-o", f"xlsx:{tmp_path / 'out.xlsx'}")

    assert 2 == result.exit_code
    cell = cell_of(load_workbook(tmp_path / "out.xlsx"), "beds")
    assert ("=400+80", True) == (cell.value, cell.comment is not None)
