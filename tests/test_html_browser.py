"""Pages in a real browser, opened from a folder without network: sorted, filtered, unfolded, printed, and read by machines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from shutil import which
from subprocess import run as run_program
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from dabiao.base.messages import LANGS
from dabiao.engine.requests import CheckOutcome, CheckRequest
from dabiao.engine.run import run
from dabiao.reports import brief
from dabiao.reports import page as report_page
from dabiao.reports.document import Block, Cell, Document, Fold, Heading, Item, Items, Paragraph, Table, Tone
from dabiao.reports.html import html_text
from pages import HOSTILE, PAGES, YANQING, everything, page_of
from playwright.sync_api import Browser, Page, ViewportSize, expect

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium, which the system installs")

TOWNS = ("延庆镇", "八达岭镇", "张山营镇", "大庄科乡")  # by sound: Badaling, Dazhuangke, Yanqing, Zhangshanying
VERDICTS: tuple[tuple[str, Tone], ...] = (("达标", "good"), ("未达标", "grave"), ("进度滞后", "behind"))
NAME = "报告 1.html"
PHONE: ViewportSize = {"width": 360, "height": 740}
Open = Callable[..., Page]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open a page from a folder without network; nothing but the file may be asked for, and the console stays empty."""
    asked: list[str] = []
    said: list[str] = []
    contexts = []

    def open_page(text: str, anchor: str = "", **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_offline(True)
        context.route(re.compile("^(?!file:)"), lambda route: route.abort())
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        path = tmp_path / NAME
        path.write_text(text, encoding="utf-8")
        page.goto(path.as_uri() + anchor)
        return page

    yield open_page
    files = {re.sub("#.*", "", url) for url in asked}
    for context in contexts:
        context.close()
    assert files <= {(tmp_path / NAME).as_uri()}
    assert [] == said


def town_rows(count: int) -> tuple[tuple[str | Cell, ...], ...]:
    """Return rows of a table: town, verdict, amount."""
    return tuple(
        (
            Cell(f"{TOWNS[n % 4]}{n // 4 or ''}", anchor=f"row {n}"),
            Cell(VERDICTS[n % 3][0], tone=VERDICTS[n % 3][1]),
            f"{(n * 37) % 100 * 30:,} 家" if n else "—",
        )
        for n in range(count)
    )


def small(count: int = 4, *more: Block) -> str:
    """Return a page with a table, and more blocks."""
    table = Table(("乡镇", "判定", "数量"), town_rows(count), numbers=(2,))
    return html_text(Document("zh", (Heading("报告", 1), Heading("各镇"), table, *more)))


def column(page: Page, number: int) -> list[str]:
    """Return the texts of a column's rows that are shown."""
    rows = page.locator("tbody tr:not([hidden])").all()
    return [row.locator("th, td").nth(number).inner_text() for row in rows]


# ---------------------------------------------------------------- sorting and filtering


def test_sorting_by_keyboard(show: Open) -> None:
    """Tab reaches the button of a heading, Enter sorts by it: upwards, downwards, and as it was."""
    page = show(small())
    before = column(page, 0)
    head = page.locator("thead th").first
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('th') !== null"):
            break

    page.keyboard.press("Enter")
    assert (["八达岭镇", "大庄科乡", "延庆镇", "张山营镇"], "ascending") == (
        column(page, 0),
        head.get_attribute("aria-sort"),
    )
    page.keyboard.press("Enter")
    assert (["张山营镇", "延庆镇", "大庄科乡", "八达岭镇"], "descending") == (
        column(page, 0),
        head.get_attribute("aria-sort"),
    )
    page.keyboard.press("Enter")
    assert (before, None) == (column(page, 0), head.get_attribute("aria-sort"))


def test_numbers_and_verdicts_sort_by_what_they_mean(show: Open) -> None:
    """Numbers sort as such with blanks last in both directions, verdicts by how grave they are."""
    page = show(small())
    amount, verdict = page.get_by_role("button", name="数量"), page.get_by_role("button", name="判定")

    amount.click()
    assert ["330 家", "1,110 家", "2,220 家", "—"] == column(page, 2)
    amount.click()
    assert ["2,220 家", "1,110 家", "330 家", "—"] == column(page, 2)
    verdict.click()
    assert ["未达标", "进度滞后", "达标", "达标"] == column(page, 1)
    assert [None, "ascending", None] == [head.get_attribute("aria-sort") for head in page.locator("thead th").all()]


def test_a_long_table_can_be_filtered(show: Open) -> None:
    """A table of more than twelve rows has a box that leaves the rows with a text, and says how many; a shorter one has none."""
    page = show(small(20))
    box = page.get_by_label("筛选此表")

    box.fill("八达岭")
    assert {"八达岭镇"} == {text[:4] for text in column(page, 0)}
    assert "显示 5 行，共 20 行" == page.locator(".find output").inner_text()
    box.fill("没有")
    expect(page.get_by_text("没有符合的行")).to_be_visible()
    box.fill("")
    assert 20 == len(column(page, 0))
    assert 0 == show(small(12)).get_by_label("筛选此表").count()


def test_the_whole_page_can_be_filtered(show: Open) -> None:
    """Words of rows are buttons that leave the rows with one of them; a text does the same; a part in which nothing matches is
    hidden; all can come back.
    """
    plain = Table(("x", "y"), (("延庆镇", "1"), ("别的", "2")))
    page = show(small(20, Heading("其他"), plain))
    grave, behind = page.get_by_role("button", name="未达标"), page.get_by_role("button", name="进度滞后")

    grave.click()
    assert ("true", 7) == (grave.get_attribute("aria-pressed"), len(column(page, 0)))
    expect(page.get_by_role("heading", name="其他")).to_be_hidden()
    behind.click()
    assert 13 == len(column(page, 0))
    assert "显示 13 行，共 22 行" == page.locator(".tools output").inner_text()
    page.get_by_role("button", name="全部显示").click()
    page.get_by_label("筛选全页").fill("别的")
    assert ["别的"] == column(page, 0)
    expect(page.get_by_role("heading", name="各镇")).to_be_hidden()
    page.get_by_role("button", name="全部显示").click()
    assert (22, "false") == (len(column(page, 0)), grave.get_attribute("aria-pressed"))


def test_a_brief_stays_whole(show: Open) -> None:
    """Where a heading begins a new page, the filters of the page stand before it and leave the tables above as they are."""
    table = Table(("乡镇", "判定", "数量"), town_rows(20), numbers=(2,))
    blocks = (Heading("报告", 1), Heading("简报"), table, Heading("其余", new_page=True), table, Heading("再"), table)
    page = show(html_text(Document("zh", blocks)))
    page.get_by_role("button", name="未达标").click()

    assert [20, 7, 7] == [each.locator("tbody tr:not([hidden])").count() for each in page.locator("table").all()]
    assert "显示 14 行，共 40 行" == page.locator(".tools output").inner_text()


def test_the_filter_of_the_page_finds_columns_too(show: Open) -> None:
    """Of a table with a heading that has the text, the first column and those of it stay, with the rows that say something in
    them; words leave the rows that have a sign for one of them there; all comes back.
    """
    signs = [[Cell("差", "grave", note=f"{town}: 未达标") for town in TOWNS[:2]] for _ in range(3)]
    signs[0][1], signs[1][1] = Cell("达", "good", note="八达岭镇: 达标"), Cell("")
    matrix = Table(("承诺", *TOWNS[:2]), tuple((f"承诺{n}", *row) for n, row in enumerate(signs)), dense=True)
    sums = Table(("章节", *TOWNS[:2]), (("一", "1/2", "2/2"),))
    names = Table(("承诺", "乡镇", "数量"), (("承诺一", "乡镇在这里", "1"), ("承诺二", "别处", "2")))
    page = show(small(20, Heading("矩阵"), matrix, Heading("合计"), sums, Heading("别的"), names))
    shown = """() => Array.from(document.querySelectorAll("section:not([hidden]) table"), (table) => Array.from(table.rows)
        .filter((row) => !row.hidden).map((row) => Array.from(row.cells).filter((cell) => !cell.hidden)
        .map((cell) => cell.textContent).join(" ")))"""
    every = page.evaluate(shown)
    box = page.get_by_label("筛选全页")

    box.fill("八达岭")
    assert [["承诺 八达岭镇", "承诺0 达", "承诺2 差"], ["章节 八达岭镇", "一 2/2"]] == page.evaluate(shown)[1:]
    page.get_by_role("button", name="达标", exact=True).click()
    assert [["承诺 八达岭镇", "承诺0 达"]] == page.evaluate(shown)[1:]
    page.get_by_role("button", name="全部显示").click()
    assert every == page.evaluate(shown)
    box.fill("乡镇")
    assert ["承诺 乡镇 数量", "承诺一 乡镇在这里 1"] == page.evaluate(shown)[-1]
    box.fill("承诺2")
    assert [["承诺 延庆镇 八达岭镇", "承诺2 差 差"]] == page.evaluate(shown)


def test_a_filter_unfolds_what_it_leaves(show: Open) -> None:
    """A fold with a row that matches is open as long as the page is filtered, and one without stays as it was."""
    folds = [
        Fold(name, (Table(("乡镇", "判定", "数量"), rows),))
        for name, rows in (("甲", town_rows(20)), ("乙", (("别的", "达标", "1"),)))
    ]
    page = show(html_text(Document("zh", (Heading("报告", 1), Heading("其余", new_page=True), *folds))))
    opened = "Array.from(document.querySelectorAll('details'), (each) => each.open)"

    page.get_by_label("筛选全页").fill("别的")
    assert [False, True] == page.evaluate(opened)
    page.get_by_role("button", name="全部显示").click()
    assert [False, False] == page.evaluate(opened)


def test_a_link_opens_what_it_leads_to(show: Open) -> None:
    """A link to a row that is folded away unfolds it, and one to a row that a filter hides shows it again."""
    table = Table(("乡镇", "判定", "数量"), town_rows(40))
    fold = Fold("更多", (table,))
    page = show(html_text(Document("zh", (Heading("报告", 1), Items((Item("去", link="row 38"),)), fold))))
    row = page.locator("[id='row-38']")

    expect(row).not_to_be_visible()
    page.get_by_role("link", name="去").click()
    expect(row).to_be_in_viewport()
    page.get_by_label("筛选此表").fill("八达岭")
    expect(row).to_be_hidden()
    page.get_by_role("link", name="去").click()
    expect(row).to_be_in_viewport()
    page = show(html_text(Document("zh", (Heading("报告", 1), fold))), "#row-38")
    expect(page.locator("[id='row-38']")).to_be_in_viewport()


def test_a_table_of_thousands_of_rows_opens_soon(show: Open, tmp_path: Path) -> None:
    """A table of 5,000 rows is opened, sorted and filtered within two seconds of work each."""
    page = show(small())
    (tmp_path / NAME).write_text(small(5000), encoding="utf-8")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # work, whatever else the machine does

    def work() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))

    before = work()
    page.reload()
    expect(page.locator("tbody tr").nth(4999)).to_be_attached()
    opened = work()
    page.locator("thead button").first.click()
    page.locator(".find input").fill("八达岭")
    expect(page.locator(".find output")).to_have_text("显示 1250 行，共 5000 行")

    assert opened - before < 2
    assert work() - opened < 2 * 2


# ---------------------------------------------------------------- what is shown where


def test_everything_stands_on_the_page_without_script(show: Open) -> None:
    """Without script there is every row and nothing that does nothing; folds open by themselves."""
    fold = Fold("更多", (Paragraph("里面"),))
    page = show(small(20, fold), java_script_enabled=False)

    assert (20, 0, 0) == tuple(page.locator(each).count() for each in ("tbody tr", "button", "input"))
    expect(page.get_by_text("里面")).not_to_be_visible()
    page.get_by_text("更多").click()
    expect(page.get_by_text("里面")).to_be_visible()


def test_a_dense_table_keeps_its_first_column(show: Open) -> None:
    """The names of the rows stay in view when a wide table of signs is scrolled; its cells say more under a pointer."""
    heads = ("承诺", *(f"镇{n}" for n in range(40)))
    rows = tuple((f"承诺 {n}", *(Cell("未", tone="grave", note=f"镇{m}：未达标") for m in range(40))) for n in range(5))
    text = html_text(Document("zh", (Heading("报告", 1), Heading("矩阵"), Table(heads, rows, dense=True))))
    page = show(text, viewport={"width": 800, "height": 600})
    first = page.locator("tbody th").first
    before = first.bounding_box()
    page.locator(".scroll").evaluate("box => { box.scrollLeft = 400; }")

    assert before == first.bounding_box()
    assert "镇0：未达标" == page.locator("tbody td").first.get_attribute("title")


def test_a_page_in_print(show: Open) -> None:
    """In print folds are open, controls are gone, the heads of tables repeat, and a heading can begin a page."""
    fold = Fold("更多", (Paragraph("里面"),))
    blocks = (Heading("报告", 1), Heading("一"), Heading("二", new_page=True), Heading("三", new_page=True), fold)
    page = show(html_text(Document("zh", blocks)))
    page.evaluate(
        "() => { window.opened = null; addEventListener('beforeprint', () => { opened = document.querySelector('details').open; }) }"
    )

    assert 3 == sheets_of(page)
    assert [True, False] == [page.evaluate("opened"), page.locator("details").evaluate("each => each.open")]
    page = show(small(120))
    page.emulate_media(media="print")
    assert "contents" == page.locator("thead button").first.evaluate(
        "each => getComputedStyle(each).display"
    )  # a box is not repeated
    assert "table-header-group" == page.locator("thead").evaluate("each => getComputedStyle(each).display")
    expect(page.get_by_label("筛选此表")).not_to_be_visible()
    assert 1 < sheets_of(page) < 5


@pytest.mark.parametrize("lang", LANGS)
def test_the_brief_is_one_page_of_paper(lang: str, show: Open) -> None:
    """The brief of the largest sample, with owners and what changed, fits on one page of A4 in both languages."""
    assert 1 == sheets_of(show(html_text(brief.document(check_the_largest(), lang))))


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_on_the_page_is_wider_than_paper(lang: str, show: Open) -> None:
    """Whatever is too wide would make everything on every sheet smaller: the matrices of the largest sample fit."""
    page = show(html_text(report_page.document(check_the_largest(), lang)))
    page.set_viewport_size({"width": 703, "height": 1000})  # what A4 leaves between its margins
    page.emulate_media(media="print")

    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    assert 20 < sheets_of(page) < 60


@cache
def check_the_largest() -> CheckOutcome:
    """Check the largest sample with its owners, its waivers and what changed since 2020."""
    sheets, who = tuple(map(Path, YANQING[1:3])), Path(YANQING[6].replace("-2023.waivers", ".assignments"))
    asked = {"year": int(YANQING[4]), "waivers": Path(YANQING[6]), "assignments": who, "since": (sheets[1],)}
    return run(CheckRequest(plan=YANQING[0], sheets=sheets, **asked))


def sheets_of(page: Page) -> int:
    """Return how many sheets of paper a page takes."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


# ---------------------------------------------------------------- for everyone, and against some


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", PAGES)
def test_a_screen_reader_and_a_phone_miss_nothing(kind: str, lang: str, show: Open) -> None:
    """Axe finds nothing wrong with any kind of report, contrast included; on a phone only tables and pictures scroll sideways."""
    page = show(page_of(kind, lang), viewport=PHONE)

    assert 360 == page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 720})
    assert [] == violations(page)


@pytest.mark.parametrize("lang", LANGS)
def test_a_screen_reader_misses_nothing_in_any_block(lang: str, show: Open) -> None:
    """Axe finds nothing wrong with bars, drawings, dense tables and folds, whatever their tones, on a phone either."""
    tones: tuple[Tone, ...] = ("grave", "behind", "open", "on_course", "good", "set_aside", "quiet")
    cells = tuple(Cell(tone, tone=tone, note=tone) for tone in tones)
    tables = (Table(("a", *tones), (("b", *cells),) * 2), Table(("a", *tones), (("b", *cells),) * 2, dense=True))
    parts = tuple(Heading(tone, tone=tone) for tone in tones)
    made = Document(lang, (*everything("word").blocks, *tables, *parts))

    page = show(html_text(made))

    assert [] == violations(page)
    page.set_viewport_size(PHONE)
    assert [] == violations(page)


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with a page, every fold opened."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_hostile_runs(hostile: str, show: Open) -> None:
    """Markup in titles, names, notes and anchors is shown as text: nothing runs, nothing is asked for, nothing is said."""
    page = show(html_text(everything(hostile)))

    assert page.evaluate("typeof hit") == "undefined"
    assert [0, 0] == [page.locator(each).count() for each in ("img", "[onerror], [onmouseover]")]
    page.locator("thead button").first.click()
    page.locator(".t").first.hover()


@pytest.mark.skipif(which("pdftotext") is None, reason="needs pdftotext, which the system installs")
def test_a_heading_is_printed_with_its_table(show: Open, tmp_path: Path) -> None:
    """Wherever a sheet of paper ends, a heading, the words below it and three rows of the table stand on one sheet."""
    rows = tuple((f"row{n}", "1") for n in range(8))
    for lines in range(56, 84, 3):
        filler = [Paragraph(f"line {n}") for n in range(lines)]
        blocks = (
            Heading("报告", 1),
            Heading("a"),
            *filler,
            Heading("HERE"),
            Paragraph("LEGEND"),
            Table(("x", "y"), rows),
        )
        page = show(html_text(Document("zh", blocks)))
        file = tmp_path / "page.pdf"
        page.pdf(prefer_css_page_size=True, path=file)
        sheets = run_program(
            ["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True
        ).stdout.split("\f")
        (at,) = (number for number, text in enumerate(sheets) if "HERE" in text)
        assert [word for word in ("LEGEND", "row0", "row1", "row2") if word not in sheets[at]] == []


@pytest.mark.parametrize("kind", [*PAGES, "largest"])
def test_no_table_is_wider_than_the_window(kind: str, show: Open) -> None:
    """On a window of 1,280 pixels no report has to be scrolled sideways, except for a table of signs."""
    page = show(page_of(kind, "zh"), viewport={"width": 1280, "height": 720})
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")

    assert 1280 == page.evaluate("document.documentElement.scrollWidth")
    wide = "Array.from(document.querySelectorAll('.table:not(.dense) .scroll')).filter(each => each.scrollWidth > each.clientWidth + 1)"
    assert [] == page.evaluate(f"{wide}.map(each => each.querySelector('thead').textContent)")
    page.set_viewport_size({"width": 390, "height": 740})
    assert 390 == page.evaluate("document.documentElement.scrollWidth")
