"""The brief as a file: text, Markdown, HTML or Word by its suffix; Word reads as written, prints on one page, runs nothing."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
from click.testing import CliRunner, Result
from dabiao.base.messages import LANGS, say
from dabiao.cli import main
from dabiao.reports.document import (
    Bar,
    Block,
    Cell,
    Data,
    Document,
    Drawing,
    Fold,
    Heading,
    Item,
    Items,
    Paragraph,
    Table,
    table,
)
from dabiao.reports.word import write
from docx.oxml.ns import qn
from helpers import ROOT, commitment, measure, plan_text, sheet_text

SAMPLES = ROOT / "facts" / "samples"
YANQING = (
    "check", "yanqing", SAMPLES / "yanqing-2023", SAMPLES / "yanqing-2020.facts.yaml", "--year", 2023,
    "--waivers", SAMPLES / "yanqing-2023.waivers.yaml", "--assignments", SAMPLES / "yanqing.assignments.yaml",
    "--since", SAMPLES / "yanqing-2020.facts.yaml",
)  # fmt: skip
EXAMPLE = ("check", "example", SAMPLES / "example-2023.facts.yaml")
BLOCKS: tuple[Block, ...] = (
    Heading("示例 & <b>page</b>", 1, "page"),
    Paragraph("made up", warning=True),
    Heading("Figures", new_page=True),
    table(("name", "value"), [("甲院\nbeds", Cell("5 张", "grave", bar=Bar(0.25, 0.1, 0.5, 0.95))), ("乙院", "12 张")], most=1, numbers=(1,)),
    Items((Item("one", label="first"), Item("two\n more", nested=True)), left=3),
    Fold("more", (Table(("a", "b"), (("1", "2"),), dense=True),)),
    Drawing("lines", ()),
    Data("{}"),
)  # fmt: skip


def run(*words: object, lang: str = "en") -> Result:
    """Run the program."""
    return CliRunner().invoke(main, [*map(str, words), "--lang", lang])


def made(*blocks: Block, lang: str = "en", summary: tuple[str, ...] = (), as_of: date | None = None) -> bytes:
    """Return a document as a Word file."""
    stream = io.BytesIO()
    write(Document(lang, blocks, summary, as_of), stream)
    return stream.getvalue()


def texts(file: Any) -> list[str]:
    """Return the texts of the paragraphs and cells of a Word file, in their order."""
    return [paragraph.text for paragraph in _paragraphs(file)]


def _paragraphs(place: Any) -> Iterator[Any]:
    for part in place.iter_inner_content():
        if hasattr(part, "rows"):
            for row in part.rows:
                for cell in row.cells:
                    yield from _paragraphs(cell)
        else:
            yield part


def read(data: bytes) -> Any:
    """Read a Word file."""
    return docx.Document(io.BytesIO(data))


def test_the_form_of_the_brief_is_that_of_the_suffix(tmp_path: Path) -> None:
    """Text to standard output or .txt, Markdown in .md, a page in .html, Word in .docx, whatever its case; all of one content."""
    names = ("b.txt", "b.md", "b.html", "b.DOCX")
    result = run(*EXAMPLE, "-o", "brief", *(word for name in names for word in ("-o", f"brief:{tmp_path / name}")))
    plain, markdown, page = ((tmp_path / name).read_text("utf-8") for name in names[:3])
    word = texts(docx.Document(str(tmp_path / "b.DOCX")))
    title = say("screen.worst", "en", count=1).split("(")[0].strip()

    assert 1 == result.exit_code
    assert plain == result.stdout
    assert markdown.startswith("# ")
    assert page.startswith("<!DOCTYPE html>")
    assert all(title in text for text in (plain, markdown, page, "\n".join(word)))


@pytest.mark.parametrize("name", ["b", "b.pdf", "b.docx.bak", ".docx"])
def test_a_suffix_that_says_no_form_is_refused(name: str, tmp_path: Path) -> None:
    """Before anything is worked out, in one line that says what is expected; no file is made."""
    result = run(*EXAMPLE, "-o", f"brief:{tmp_path / name}")

    assert (2, 1) == (result.exit_code, len(result.stderr.splitlines()))
    assert all(f"brief:FILE{suffix}" in result.stderr for suffix in (".txt", ".md", ".html", ".docx"))
    assert [] == list(tmp_path.iterdir())


def test_a_brief_shares_no_file(tmp_path: Path) -> None:
    """A brief and another report are not written to one file."""
    twice = run(*EXAMPLE, "-o", f"brief:{tmp_path / 'b.md'}", "-o", f"markdown:{tmp_path / 'b.md'}")

    assert (2, False) == (twice.exit_code, (tmp_path / "b.md").exists())


def test_blocks_of_a_document_in_word() -> None:
    """Headings, paragraphs, lists and tables in their order, what is folded under its line; drawings and data are left out."""
    file = read(made(*BLOCKS, summary=("2 of 3",)))
    styles = [paragraph.style.name for paragraph in file.paragraphs]
    shown = [text.strip() for text in texts(file)]

    assert ["示例 & <b>page</b> [page]", "2 of 3", "made up", "Figures", "name", "value", "甲院", "beds"] == shown[:8]
    assert [["actual", "baseline", "expected", "target"]] == [text.split() for text in shown if "baseline" in text]
    assert ["first: one", "two more", "... and 3 more", "more", "a", "b", "1", "2"] == shown[-8:]
    assert ["Heading 1", "Heading 2", "Heading 3"] == sorted({style for style in styles if style.startswith("Head")})
    assert ["List Bullet", "List Bullet 2"] == [style for style in styles if style.startswith("List")]
    assert file.paragraphs[3].paragraph_format.page_break_before


def test_tables_repeat_their_head_and_keep_rows_whole() -> None:
    """Every first row is a header, no row is split over two pages, numbers stand right, columns fill the page."""
    file = read(made(*BLOCKS))
    for one in file.tables:
        head, *rows = one.rows
        assert head._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in (head, *rows))
        assert abs(sum(column.width.mm for column in one.columns) - 182) < 1
    assert ["RIGHT"] * 2 == [cell.paragraphs[0].alignment.name for cell in file.tables[0].columns[1].cells]


def test_page_and_fonts_are_those_of_an_office() -> None:
    """A4; 宋体 for the text and 黑体 for headings, each with a Latin companion, and no font of a theme."""
    file = read(made(*BLOCKS, lang="zh"))
    fonts = {fonts.get(qn("w:eastAsia")) for fonts in file.styles.element.iter(qn("w:rFonts"))}
    title = file.styles["Heading 1"].element.rPr.rFonts

    assert (210, 297) == (round(file.sections[0].page_width.mm), round(file.sections[0].page_height.mm))
    assert {"宋体", "黑体"} == fonts
    assert ("黑体", "Arial") == (title.get(qn("w:eastAsia")), title.get(qn("w:ascii")))
    assert not [name for fonts in file.styles.element.iter(qn("w:rFonts")) for name in fonts.attrib if "heme" in name]


def test_bars_are_blanks_with_a_background() -> None:
    """The value fills its share of the bar, marks stand at theirs, and what a reader hears is the number alone."""
    cell = read(made(*BLOCKS)).tables[0].cell(1, 1)
    shades = [
        (run.element.rPr.find(qn("w:shd")).get(qn("w:fill")), len(run.text))
        for run in cell.paragraphs[0].runs
        if run.element.rPr is not None and run.element.rPr.find(qn("w:shd")) is not None
    ]
    length = sum(size for _, size in shades)

    assert "5 张" == cell.text.strip()
    assert abs(sum(size for shade, size in shades if shade == "5B7FA8") / length - 0.25) < 0.05
    assert 4 <= len({shade for shade, _ in shades})


def test_the_same_document_gives_the_same_bytes() -> None:
    """Neither the time of writing nor the machine is in the file: its day is the one that it speaks of."""
    first, second = (made(*BLOCKS, as_of=date(2023, 12, 31)) for _ in range(2))
    about = read(first).core_properties
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        times = {member.date_time for member in archive.infolist()}

    assert first == second
    assert ("", "", "", "示例 & <b>page</b>") == (about.author, about.last_modified_by, about.comments, about.title)
    assert {date(2023, 12, 31)} == {about.created.date(), about.modified.date()}
    assert {(1980, 1, 1, 0, 0, 0)} == times


HOSTILE = "</w:t></w:r><w:br/> & =1+1 {MERGEFIELD x} \u202e\x00\x0b\ud800\ufffe ]]> \\x"


def test_names_run_nothing() -> None:
    """What XML, Word or a terminal would act on stands there as written, in every block; no relation leads outside."""
    blocks = (
        Heading(HOSTILE, 1, HOSTILE), Paragraph(HOSTILE), Items((Item(HOSTILE, label=HOSTILE),)),
        Table((HOSTILE,), ((Cell(HOSTILE, link="https://example.org", note=HOSTILE),),)), Fold(HOSTILE, ()),
    )  # fmt: skip
    data = made(*blocks, summary=(HOSTILE,))
    shown = "\n".join(texts(read(data)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        relations = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".rels"))
        body = archive.read("word/document.xml")

    assert 9 == shown.count("</w:t></w:r><w:br/> & =1+1 {MERGEFIELD x} \\u202e\\x00")
    assert b"External" not in relations
    assert not re.search(rb"<w:(instrText|fldSimple|hyperlink|object)\b", body)


def test_the_brief_of_a_hostile_sheet(tmp_path: Path) -> None:
    """Names of a sheet stand in the brief as they were written, in every form."""
    rule = commitment("c", "each: home\nmeasure: beds\nat_least: 50 张\ndue: every_year")
    (tmp_path / "demo.plan.yaml").write_text(plan_text(measure("beds", of="home"), rule), encoding="utf-8")
    name = "<script>alert(1)</script>|`x`"
    sheet = sheet_text("", f"- {{kind: home, name: '{name}', facts: {{beds: 5 张}}}}")
    (tmp_path / "s.facts.yaml").write_text(sheet, encoding="utf-8")
    files = [tmp_path / f"b{suffix}" for suffix in (".txt", ".md", ".html", ".docx")]
    words = [word for file in files for word in ("-o", f"brief:{file}")]
    run("check", tmp_path / "demo.plan.yaml", tmp_path / "s.facts.yaml", *words)

    assert name in files[0].read_text("utf-8")
    assert all("<script>alert" not in file.read_text("utf-8") for file in files[1:3])
    assert name in "\n".join(texts(docx.Document(str(files[3]))))


@pytest.mark.parametrize("lang", LANGS)
def test_a_refused_sheet_has_a_brief(lang: str, tmp_path: Path) -> None:
    """What is wrong with it stands in the brief with its place."""
    (tmp_path / "s.facts.yaml").write_text("plan: example\nsubject: 某区\nyear: 2023\nfact: {}\n", encoding="utf-8")
    result = run("check", "example", tmp_path / "s.facts.yaml", "-o", f"brief:{tmp_path / 'b.docx'}", lang=lang)

    assert 2 == result.exit_code
    assert "s.facts.yaml:4:1" in "\n".join(texts(docx.Document(str(tmp_path / "b.docx"))))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_the_brief_prints_on_one_page(lang: str, tmp_path: Path) -> None:
    """The whole brief of a district fits one A4 page, as LibreOffice prints it."""
    run(*YANQING, "-o", f"brief:{tmp_path / 'b.docx'}", lang=lang)
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    words = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "b.docx")]
    subprocess.run(words, check=True, capture_output=True, timeout=180)
    pages = re.findall(rb"/Type\s*/Page\b(?!s)", (tmp_path / "b.pdf").read_bytes())

    assert 1 == len(pages)
