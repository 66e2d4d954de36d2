"""Draw the pictures of the documents anew: `make pictures`. Pages are shown by Chromium, forms by LibreOffice and poppler.

They show the made-up sample of Yanqing. A manual in Chinese shows Chinese pictures, the English README English ones.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from dabiao import load_plan
from dabiao.base.messages import say
from openpyxl import load_workbook
from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "facts" / "samples"
PICTURES = ROOT / "docs" / "pictures"
DABIAO = [sys.executable, "-m", "dabiao"]
SHEETS = [SAMPLES / "yanqing-2023", SAMPLES / "yanqing-2020.facts.yaml"]
CHECK = [
    *DABIAO, "check", "yanqing", *SHEETS, "--year", "2023",
    "--waivers", SAMPLES / "yanqing-2023.waivers.yaml", "--assignments", SAMPLES / "yanqing.assignments.yaml",
]  # fmt: skip
PAGES = {  # name: width, height, the place to show
    "page": (1180, 900, None),
    "page-towns": (1180, 560, "matrix-town"),
    "page-years": (1180, 640, "drawings"),
}
FORMS = {"form-cover": "封面", "form-district": "区", "form-towns": "街道乡镇"}  # name: the sheet to show
_CALL_HOME = """path => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replace(path, "D:\\\\");
}"""  # a folder of this machine is called as one of a reader's is
WRONG = {"relief_beds": "约60", "care_centres": "12.5", "care_stations": 27}  # what a clerk writes into the form


def draw_pages(browser: Browser, folder: Path) -> None:
    """Draw the page of a check in both languages."""
    for lang in ("zh", "en"):
        file = folder / f"{lang}.html"
        subprocess.run([*CHECK, "--lang", lang, "-o", f"html:{file}"], check=False, cwd=ROOT)
        for name, (width, height, place) in PAGES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(file.as_uri() + (f"#{place}" if place else ""))
            page.screenshot(path=PICTURES / f"{name}.{lang}.png")
            page.close()


def make_form(folder: Path) -> Path:
    """Write the form of 2024, with the figures of the year before."""
    book = folder / "填报表.xlsx"
    asked = ["template", "yanqing", "--year", "2024", "--last", SHEETS[0], "--lang", "zh", "-o", book]
    subprocess.run([*DABIAO, *asked], check=True)
    return book


def fill_in(book: Path, figures: dict[str, object]) -> None:
    """Write figures into the column of this year of the first sheet that asks for figures."""
    opened = load_workbook(book)
    sheet = opened["区"]
    heads = {
        str(cell.value): cell.column
        for row in sheet.iter_rows(max_row=8)
        for cell in row
        if cell.value in ("编号", "本年值")
    }
    for row in range(1, sheet.max_row + 1):
        found = figures.get(str(sheet.cell(row, heads["编号"]).value))
        if found is not None:
            sheet.cell(row, heads["本年值"]).value = found
    opened.save(book)


def draw_sheets(book: Path, shown: dict[str, str]) -> None:
    """Draw the first printed page of sheets of a workbook, as an office program prints it."""
    folder = book.parent
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", folder, book], check=True, capture_output=True
    )
    pdf = book.with_suffix(".pdf")
    texts = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout.split(
        "\f"
    )
    for name, sheet in shown.items():
        heading = re.compile(rf"\s*{sheet}　?\s*20\d\d 年" if sheet != "封面" else r"(?s).*年度报送表")
        number = next(n for n, text in enumerate(texts, 1) if heading.match(text))
        page = ["-f", str(number), "-l", str(number), "-singlefile"]
        subprocess.run(["pdftoppm", "-r", "90", "-png", *page, pdf, PICTURES / name], check=True)
        _trim(PICTURES / f"{name}.png")


def _trim(file: Path) -> None:
    """Take the margins of the paper, and the foot of the page, from a picture."""
    with Image.open(file) as picture:
        width, height = picture.size
        left, top, right, bottom = ImageOps.invert(
            picture.convert("L").crop((0, 0, width, height * 9 // 10))
        ).getbbox() or (0, 0, width, height)
        picture.crop((max(left - 10, 0), max(top - 10, 0), right + 10, bottom + 10)).save(file)


def draw_forms(folder: Path) -> None:
    """Draw the empty form, and the marked copy of one that was filled in with mistakes."""
    book = make_form(folder)
    draw_sheets(book, FORMS)
    fill_in(book, WRONG)
    marked = folder / "标注.xlsx"
    subprocess.run([*DABIAO, "check", "yanqing", book, "--lang", "zh", "-o", f"xlsx:{marked}"], check=False)
    draw_sheets(marked, {"form-marked": "区"})


def draw_local_page(browser: Browser, folder: Path) -> None:
    """Draw the local page as a clerk and a supervisor see it: start, form, faults, result, reasons, what if, who owes what."""
    book = make_form(folder)
    served = subprocess.Popen(
        [*DABIAO, "serve", folder / "报送", "--no-browser", "--lang", "zh"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert served.stdout is not None
        found = re.search(r"http://\S+", served.stdout.readline())
        assert found
        page = browser.new_page(viewport={"width": 1180, "height": 760})
        page.goto(found[0])
        _go_through(page, book)
    finally:
        served.terminate()
        served.wait()


def _go_through(page: Page, book: Path) -> None:
    def shoot(name: str) -> None:
        page.evaluate(_CALL_HOME, f"{book.parent}{os.sep}")
        page.screenshot(path=PICTURES / f"serve-{name}.png")

    def follow(link: Callable[[], None], name: str) -> None:
        link()
        page.wait_for_load_state()
        shoot(name)

    def hand_in(*files: Path) -> None:
        page.locator("input[type=file]").set_input_files(files)
        page.get_by_role("button", name=say("serve.check", "zh"), exact=True).click()

    start = page.url
    shoot("start")
    follow(page.get_by_role("link", name=load_plan("yanqing").title.zh).first.click, "plan")
    plan = page.url
    fill_in(book, WRONG)
    follow(lambda: hand_in(book), "faults")
    page.goto(plan)
    follow(lambda: hand_in(*(path for path in SHEETS[0].iterdir()), SHEETS[1]), "result")
    result = page.url
    follow(page.locator("tbody a[href*='/why']").first.click, "why")
    page.goto(result)
    follow(page.get_by_role("link", name=say("serve.what-if-of", "zh", subject="延庆区")).click, "what-if")
    page.goto(start)
    page.get_by_role(
        "link", name=re.compile(say("serve.next-status", "zh", plan=load_plan("yanqing").title.zh))
    ).click()
    page.locator("input[name=due]").fill("2024-03-31")
    follow(page.get_by_role("button", name=say("serve.ask-status", "zh"), exact=True).click, "status")


def main() -> None:
    """Write the pictures."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu"],
            env={**os.environ, "LANGUAGE": "zh_CN"},
        )
        draw_pages(browser, folder)
        draw_forms(folder)
        (folder / "local").mkdir()
        draw_local_page(browser, folder / "local")
        browser.close()


if __name__ == "__main__":
    main()
