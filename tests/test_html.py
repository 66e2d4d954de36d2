"""Pages in HTML without a browser: what is in them, what is escaped, where links lead, and how tables sort."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from dabiao.base.messages import LANGS
from dabiao.reports.document import (
    Bar,
    Block,
    Cell,
    Data,
    Document,
    Drawing,
    Heading,
    Item,
    Items,
    Line,
    Paragraph,
    Point,
    Table,
    Tone,
)
from dabiao.reports.drawing import svg_text
from dabiao.reports.html import html_text
from dabiao.reports.html_tables import columns_of, number_of, rows_of
from helpers import ROOT
from pages import HOSTILE, PAGES, everything, page_of

VOID = {"meta", "br", "input", "link"}


class Tree(HTMLParser):
    """The elements of a page in their order: tag, attributes, and the text in each; complains of what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[int] = []
        self.feed(text)
        assert [] == self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")
        if tag not in VOID:
            self.open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of SVG that is closed at once."""
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        """Close the element."""
        assert tag == self.elements[self.open.pop()][0]

    def handle_data(self, data: str) -> None:
        """Give the text to every element around it."""
        for place in self.open:
            self.texts[place] += data

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        """Return the attributes and texts of all elements of a tag."""
        found = zip(self.elements, self.texts, strict=True)
        return [(attributes, text) for (name, attributes), text in found if name == tag]


def page(*blocks: Block, lang: str = "en", summary: tuple[str, ...] = ()) -> Tree:
    """Return the page of a document of some blocks."""
    return Tree(html_text(Document(lang, blocks, summary)))


# ---------------------------------------------------------------- the page


def test_style_and_script_are_those_that_the_policy_names() -> None:
    """The policy allows one style and one script by their hashes and nothing else; nothing carries a style of its own."""
    text = html_text(everything("a"))
    tree = Tree(text)
    policy = next(a["content"] for a, _ in tree.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    scripts = [text for attributes, text in tree.all("script") if "type" not in attributes]
    hashes = [b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in (tree.all("style")[0][1], *scripts)]

    assert 1 == len(scripts)
    assert (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    ) == policy
    assert not any("style" in attributes or "src" in attributes for _, attributes in tree.elements)
    assert not re.search(r"(?:src|href)=\"(?!#)", text)
    assert "url(" not in text
    assert "@import" not in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_that_a_document_says_becomes_markup(hostile: str) -> None:
    """Whatever stands in titles, names, notes and anchors, the page has the elements it has for a plain word."""
    text = html_text(everything(hostile))

    def elements(tree: Tree) -> list[tuple[str, list[str]]]:
        return [(tag, sorted(attributes)) for tag, attributes in tree.elements if tag != "br"]

    assert elements(Tree(html_text(everything("word")))) == elements(Tree(text))
    assert not {"\u202e", "\u2028", "\x1b"} & set(text)
    assert "49" not in Tree(text).all("h1")[0][1]


def test_ids_are_given_once_and_links_lead_to_one() -> None:
    """No two elements have one id, every link within the page has its place, and one whose place was left out is a text."""
    rows = (
        (Cell("a", anchor="one two"), Cell("b", link="gone")),
        (Cell("c", anchor="one two"), Cell("d", link="one two")),
    )
    tree = page(
        Heading("T", 1), Heading("A", anchor="part-1"), Heading("B"), Heading("C", anchor="区 %"), Table(("x", "y"), rows),
        Items((Item("to C", link="区 %"), Item("nowhere", link="nowhere"))),
    )  # fmt: skip
    ids = [attributes["id"] for _, attributes in tree.elements if "id" in attributes]
    links = {text: attributes["href"] for attributes, text in tree.all("a")}

    assert sorted(set(ids)) == sorted(ids)
    assert {"part-1", "one-two", "区-%"} <= set(ids)
    assert ("#one-two", "#%E5%8C%BA-%25") == (links["d"], links["to C"])
    assert not {"b", "nowhere"} & set(links)
    for attributes, _ in tree.all("div") + tree.all("table") + tree.all("nav"):
        assert attributes.get("aria-labelledby", ids[0]) in ids


def test_contents_list_the_headings_of_level_two() -> None:
    """Three headings of level 2 make a table of contents, fewer make none; levels are never left out."""
    parts = (Heading("One", tone="grave"), Heading("Two"), Heading("Three"), Heading("Deep", 4))
    tree = page(Heading("T", 1), *parts)

    assert ["One", "Two", "Three"] == [text for _, text in tree.all("li")]
    assert "grave" == tree.all("li")[0][0]["class"]
    assert [] == page(Heading("T", 1), *parts[:2]).all("nav")
    assert (["Deep"], []) == ([text for _, text in tree.all("h3")], tree.all("h4"))


@pytest.mark.parametrize(
    ("blocks", "title"),
    [((), "Report"), ((Heading("T", 1), Heading("B")), "T"), ((Heading("Only"), Paragraph("p")), "Only"),
     ((Heading("A"), Heading("B")), "Report"), ((Paragraph("p"),), "Report")],
)  # fmt: skip
def test_a_page_has_one_title(blocks: tuple[Block, ...], title: str) -> None:
    """The title is the heading of level 1, the only heading, or a word; it stands in the window and on the page."""
    tree = page(*blocks)

    assert ([title], title) == ([text for _, text in tree.all("h1")], tree.all("title")[0][1])


def test_a_sign_of_a_text_is_not_doubled() -> None:
    """A toned text that begins with a sign of its own has no other before it."""
    texts = ("✓ done", "“quoted”", "word")
    tree = page(Heading("● x", tone="grave"), Items(tuple(Item(text, tone="good") for text in texts)), Heading("B"))

    assert ["t good own", "t good", "t good"] == [attributes["class"] for attributes, _ in tree.all("span")]
    assert ["grave own", None] == [attributes.get("class") for attributes, _ in tree.all("h2")]


def test_a_heading_can_begin_a_page_in_print() -> None:
    """A heading that begins a new page gives its section the class that print breaks before."""
    tree = page(Heading("T", 1), Heading("Brief"), Heading("Rest", new_page=True))

    assert [None, "new-page"] == [attributes.get("class") for attributes, _ in tree.all("section")]
    assert ".new-page { break-before: page; }" in tree.all("style")[0][1]


@pytest.mark.parametrize("text", ['{"a": "</script><!-- <script>", "b": "<\\\\/"}', '"甲"', '"<\\\\u0021--"'])
def test_data_is_what_it_was(text: str) -> None:
    """The data in a page is the same JSON, and gives the same bytes when the two escapes are undone."""
    shown = next(t for attributes, t in page(Data(text)).all("script") if attributes.get("type") == "application/json")

    assert json.loads(text) == json.loads(shown)
    assert text == shown.replace(r"<\/", "</").replace(r"<\u0021--", "<!--")


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("text", "number"),
    [("12 家", 12), ("≥ 3,800 家", 3800), ("84.6 % / 60 %", 84.6), ("3 亿元", 3e8), ("1,200 万元", 1.2e7), ("-5", -5),
     ("−0.5 百分点", -0.5), ("1:4", 0.25), ("44.5 名/万人", 44.5), ("2023-12-31", None), ("12/31", None), ("差 3 家", None), ("", None)],
)  # fmt: skip
def test_the_number_that_a_cell_is_sorted_by(text: str, number: float | None) -> None:
    """A number is read with its comparator, its thousands, 万 and 亿, and as a ratio; a date is none."""
    assert number == number_of(text)


def test_what_a_column_is_sorted_by() -> None:
    """A column of numbers by them, one of tones by how grave they are, any other by its text; blanks have no value."""
    tones: tuple[Tone, ...] = ("good", "grave", "")
    rows = tuple(
        (number, Cell(tone, tone=tone), word)
        for number, tone, word in zip(("10 %", "—", "9 %"), tones, ("b", "1", ""), strict=True)
    )
    shown = rows_of(Table(("n", "t", "w"), rows))

    assert [("10", "5", None), ("", "1", None), ("9", "", None)] == [tuple(cell.value for cell in row) for row in shown]


def test_columns_are_as_wide_as_they_need() -> None:
    """A Chinese sign counts as one, a letter as about half; long texts break, in the first column later."""
    table = Table(("title", "n", "x"), (("很长的标题" * 9, "12,345", "很长的说明" * 9),), numbers=(1,))

    assert [(16, False), (4, True), (12, False)] == [(column.width, column.numeric) for column in columns_of(table)]


def test_a_table_names_its_rows_and_columns() -> None:
    """Headings of columns and rows have their scope, blank ones are plain cells, and what was left out is counted."""
    tree = page(
        Heading("T", 1), Heading("Figures"), Table(("name", ""), (("a\n[id]", "1"), ("", "2")), numbers=(1,), left=3)
    )

    assert [("col", "name"), ("row", "a[id]")] == [(attributes["scope"], text) for attributes, text in tree.all("th")]
    assert ["... and 3 more"] == [text for attributes, text in tree.all("p") if attributes.get("class") == "left"]
    assert tree.all("h2")[0][0]["id"] == tree.all("table")[0][0]["aria-labelledby"]


def test_a_bar_says_where_its_marks_stand() -> None:
    """A bar has words for those who do not see it, stays within its length, and its marks are explained above the table."""
    bars = (Bar(0.25, start=0.1, target=1.5), Bar(float("nan")), Bar(-1))
    tree = page(Heading("T", 1), Table(("a",), tuple((Cell("x", bar=bar),) for bar in bars)))
    labels = [attributes["aria-label"] for attributes, _ in tree.all("svg") if "aria-label" in attributes]
    widths = [attributes["width"] for attributes, _ in tree.all("rect") if attributes["class"] == "value"]

    assert [
        "Bar: actual at 25 %, baseline at 10 %, target at 100 %",
        "Bar: actual at 0 %",
        "Bar: actual at 0 %",
    ] == labels
    assert ["25.0", "0.0", "0.0"] == widths
    assert ["baseline", "target"] == tree.all("p")[0][1].split()


# ---------------------------------------------------------------- drawings


def drawing(*lines: tuple[str, list[tuple[int, float]]], text: str = "{} 张") -> ET.Element:
    """Return the picture of some lines."""
    made = tuple(
        Line(role, role, tuple(Point(year, value, text.format(value)) for year, value in points))  # type: ignore[arg-type]
        for role, points in lines
    )
    return ET.fromstring(svg_text(Drawing("床位", made), "zh", "d"))


def in_svg(svg: ET.Element, tag: str) -> list[ET.Element]:
    """Return the elements of a tag."""
    return list(svg.iter(f"{{http://www.w3.org/2000/svg}}{tag}"))


def test_a_drawing_says_everything_in_words() -> None:
    """A picture has a title and a description with every point, the years on the axis, and a value at each point."""
    svg = drawing(
        ("reported", [(2020, 80), (2023, 286)]), ("expected", [(2020, 80), (2025, 500)]), ("target", [(2025, 500)])
    )
    texts = [each.text for each in in_svg(svg, "text")]

    assert ("img", "d-title d-text") == (svg.get("role"), svg.get("aria-labelledby"))
    assert (
        "reported：2020 年 80 张，2023 年 286 张；expected：2020 年 80 张，2025 年 500 张；target：2025 年 500 张"
        == in_svg(svg, "desc")[0].text
    )
    assert {
        "2020",
        "2021",
        "2022",
        "2023",
        "2024",
        "2025",
        "0",
        "600",
        "80 张",
        "reported 286 张",
        "target 500 张",
    } <= set(texts)


def test_lines_differ_by_their_strokes() -> None:
    """The path expected is dashed, the outlook dotted, the target goes across, and what was reported lies on top."""
    lines = [
        ("reported", [(2020, 1.0), (2021, 2.0)]),
        ("outlook", [(2021, 2.0), (2022, 3.0)]),
        ("expected", [(2020, 1.0), (2022, 4.0)]),
    ]
    paths = in_svg(drawing(*lines, ("target", [(2022, 4.0)])), "path")

    assert [None, "6 4", "1.5 4", None] == [path.get("stroke-dasharray") for path in paths]
    assert re.fullmatch(r"M([\d.]+) ([\d.]+)L([\d.]+) \2", paths[0].get("d") or "")


@pytest.mark.parametrize(
    "values", [[0.0], [5.0], [-3.0, 4.0], [1e-9, 2e-9], [1e15, 3e15], [100.0, 100.0, 100.0], [0.0, 0.0]]
)
def test_any_values_have_a_picture(values: list[float]) -> None:
    """One point, the same value throughout, tiny and huge ones: numbers are finite, and everything is in the picture."""
    svg = drawing(("reported", [(2020 + n, value) for n, value in enumerate(values)]), ("target", [(2021, values[0])]))

    for each in svg.iter():
        for name in ("x", "y", "cx", "cy", "x1", "x2", "y1", "y2"):
            if each.get(name) is not None:
                assert 0 <= float(each.get(name) or "nan") <= 600


def test_texts_of_a_drawing_never_overlap() -> None:
    """Ends that are near move apart, and a value that has no room is only the title of its point."""
    values = [(2015 + n, 100.0 + n % 3) for n in range(11)]
    lines = [(role, values[-2:]) for role in ("outlook", "expected", "target")]
    svg = drawing(("reported", values), *lines, text="一个很长的值 {}")
    boxes = []
    for each in in_svg(svg, "text")[1:]:
        x, y, text = float(each.get("x") or 0), float(each.get("y") or 0), each.text or ""
        if each.get("text-anchor") is None:
            boxes.append((x, y, x + sum(12 if ord(sign) > 255 else 6.9 for sign in text)))

    assert len(values) == len(in_svg(svg, "circle")) - 1
    for number, (left, y, right) in enumerate(boxes):
        assert right <= 601
        for other_left, other_y, other_right in boxes[number + 1 :]:
            assert abs(y - other_y) >= 12 or right <= other_left or other_right <= left


def test_a_drawing_without_points_is_its_title() -> None:
    """Where nothing is known there is no axis to draw."""
    assert ["床位"] == [each.text for each in in_svg(drawing(("reported", [])), "text")]


# ---------------------------------------------------------------- of commands


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", PAGES)
def test_every_report_is_a_page(kind: str, lang: str) -> None:
    """Every kind of report can be written as a page: well-formed, in its language, and with one title."""
    tree = Tree(page_of(kind, lang))

    assert {"zh": "zh-CN", "en": "en"}[lang] == tree.all("html")[0][0]["lang"]
    assert 1 == len(tree.all("h1"))
    assert ["report"] == [attributes["id"] for attributes, _ in tree.all("main")]


def test_the_largest_sample_stays_small() -> None:
    """The page of the largest sample is below 1.5 MB, whatever it lists."""
    assert len(page_of("largest", "zh").encode()) < 1_500_000


def test_a_wheel_has_the_templates(tmp_path: Path) -> None:
    """What is installed has the templates, the style and the script that pages are made of."""
    pytest.importorskip("setuptools")
    ignored = shutil.ignore_patterns(".*", "tests", "docs", "bench", "build", "ci", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, tmp_path / "source", ignore=ignored)
    code = "from setuptools.build_meta import build_wheel; build_wheel('wheel')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "source", check=True, capture_output=True)
    wheel = next((tmp_path / "source" / "wheel").glob("*.whl"))
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("dabiao/reports/templates/")}

    assert {f"dabiao/reports/templates/{file.name}" for file in (ROOT / "reports" / "templates").iterdir()} == names
