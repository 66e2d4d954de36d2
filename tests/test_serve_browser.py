"""The local page in a real browser, by the keyboard and by the mouse: from the form to the brief, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from dabiao import load_plan
from dabiao.base.messages import LANGS, say
from playwright.sync_api import Browser, Locator, Page, expect
from serving import EXAMPLE, Site, fill_in, serving

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium, which the system installs")

DISTRICT = "示例区"
expect.set_options(timeout=60_000)  # the machine may be busy with other tests


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for all tests, in which one submission was judged."""
    with serving(tmp_path_factory.mktemp("served")) as site:
        site.send("example", ("first.facts.yaml", EXAMPLE.read_bytes()))
        yield site


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that asks nobody but the server, and whose console stays empty."""
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    said: list[str] = []
    asked: set[str] = set()
    page.on("filechooser", lambda chooser: None)  # choosers are caught from now on, and not first when one opens
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.add(request.url.split("/")[2] if request.url.startswith("http") else ""))
    yield page
    context.close()
    assert [] == said
    assert {""} >= {host for host in asked if not host.startswith("127.0.0.1:")}


def start(site: Site, lang: str) -> str:
    """Return the start page in a language."""
    return f"{site.start.rsplit('/', 2)[0]}/{lang}/"


def first_run(site: Site) -> str:
    """Return the address of the submission that was there before any test."""
    return site.get("plan/example").text.split("/run/")[-1].split('"')[0]


class Hand:
    """Uses a page by the mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, target: Locator) -> None:
        """Follow a link, or press a button."""
        target.click()

    def choose(self, target: Locator, path: Path) -> None:
        """Choose a file: by dropping it."""
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        session = self.page.context.new_cdp_session(self.page)
        data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})
        expect(target).not_to_have_value("")  # what is dropped comes a moment later

    def write(self, target: Locator, text: str) -> None:
        """Write into a field."""
        target.click()
        target.fill(text)


class Keys(Hand):
    """Uses a page by the keyboard alone: Tab until the target has the focus, then Enter."""

    def reach(self, target: Locator) -> None:
        """Go to a place by Tab."""
        for _ in range(150):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {target}")

    def press(self, target: Locator) -> None:
        """Follow a link, or press a button."""
        self.reach(target)
        self.page.keyboard.press("Enter")

    def choose(self, target: Locator, path: Path) -> None:
        """Choose a file: in the dialogue that the space bar opens."""
        self.reach(target)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        chooser.value.set_files(path)

    def write(self, target: Locator, text: str) -> None:
        """Write into a field."""
        self.reach(target)
        self.page.keyboard.insert_text(text)


def find(page: Page, role: str, code: str, lang: str, **details: object) -> Locator:
    """Find a link or a button by its text in the catalogue."""
    return page.get_by_role(role, name=say(code, lang, **details), exact=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(("lang", "way"), [("zh", Keys), ("zh", Hand), ("en", Keys), ("en", Hand)])
def test_from_the_form_to_the_brief(site: Site, page: Page, tmp_path: Path, lang: str, way: type[Hand]) -> None:
    """A clerk gets the form, hands it in with a wrong figure, sees the cell, corrects it, and reads the brief."""
    hand = way(page)
    page.goto(start(site, lang))
    hand.press(page.get_by_role("link", name=load_plan("example").title[lang], exact=True))
    hand.write(page.locator("input[name=subject]"), f"{DISTRICT}{lang}{way.__name__}")
    with page.expect_download() as got:
        hand.press(find(page, "button", "serve.get-form", lang))
    book = tmp_path / got.value.suggested_filename
    got.value.save_as(book)

    fill_in(book, lang, family_care_beds="许多", care_beds=1290)
    page.reload()
    hand.choose(page.locator("input[type=file]"), book)
    hand.press(find(page, "button", "serve.check", lang))
    cell = page.locator(".faulty")
    expect(cell).to_contain_text("许多")
    hand.press(cell.get_by_role("link"))
    assert "许多" in page.locator("tr:target").inner_text()
    with page.expect_download() as got:
        hand.press(find(page, "link", "serve.get-marked", lang, file=book.name))
    marked = tmp_path / f"marked-{got.value.suggested_filename}"
    got.value.save_as(marked)

    fill_in(marked, lang, family_care_beds=350)
    hand.press(find(page, "link", "serve.to-plan", lang, plan=load_plan("example").title[lang]))
    hand.choose(page.locator("input[type=file]"), marked)
    hand.press(find(page, "button", "serve.check", lang))
    hand.press(find(page, "link", "serve.get-brief", lang))
    expect(page.locator("h1")).to_be_visible()
    assert (lang if lang == "en" else "zh") in (page.locator("html").get_attribute("lang") or "")
    assert page.url.endswith("/brief")
    expect(page.locator("main")).to_contain_text("350")


def test_pages_can_be_read_by_machines_and_in_the_other_language(site: Site, page: Page) -> None:
    """No page breaks a rule of accessibility, and each leads to itself in the other language."""
    lang, other = LANGS
    run = first_run(site)
    status = "plan/example/status?due=2024-03-31"
    why, figures = f"run/{run}/why?commitment=emergency-bed-reserve", f"run/{run}/what-if?figure.family_care_beds=500"
    for place in ("", "plan/example", status, "overview", f"run/{run}", f"run/{run}/brief", why, figures):
        page.goto(start(site, lang) + place)
        found = Axe().run(page).response["violations"]
        assert [] == [(one["id"], one["nodes"][0]["html"]) for one in found], place
        page.get_by_role("link", name=say("serve.language", other)).click()
        assert start(site, other) + place == page.url
        assert page.locator("html").get_attribute("lang") == say("language.tag", other)


def test_everything_works_without_script(site: Site, browser: Browser, tmp_path: Path) -> None:
    """Without script a sheet is handed in, judged, and its report read."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(start(site, "en") + "plan/example")
    page.locator("input[type=file]").set_input_files(EXAMPLE)
    find(page, "button", "serve.check", "en").click()
    find(page, "link", "serve.get-page", "en").click()
    assert page.url.endswith("/page")
    assert "350" in page.locator("main").inner_text()
    context.close()


@pytest.mark.parametrize(("lang", "way"), [("zh", Keys), ("en", Hand)])
def test_a_slider_changes_a_figure_and_shows_the_difference(site: Site, page: Page, lang: str, way: type[Hand]) -> None:
    """A slider moved by arrows or by the mouse shows the difference without leaving the page, and the focus stays on it."""
    run = first_run(site)
    hand = way(page)
    page.goto(start(site, lang) + f"run/{run}")
    hand.press(page.get_by_role("link", name=say("serve.what-if-of", lang, subject=DISTRICT)))
    page.wait_for_url("**/what-if*")
    field = page.locator("input[name='figure.family_care_beds']")
    slider = page.locator("input[type=range]").first
    loaded = page.evaluate("window.stays = true")
    if isinstance(hand, Keys):
        hand.reach(slider)
        page.keyboard.press("End")
    else:
        box = slider.bounding_box()
        assert box is not None
        slider.click(position={"x": box["width"] - 3, "y": box["height"] / 2})
    expect(page.locator("h1")).to_contain_text(say("serve.changed-here", lang))
    assert ("700", True) == (field.input_value(), loaded)
    assert page.evaluate("window.stays && document.activeElement.type === 'range'")
    expect(page.locator("main")).to_contain_text("700")
    assert "figure.family_care_beds=700" in page.url
    said = page.locator("section").all_inner_texts()
    page.reload()
    assert ("700", said) == (
        field.input_value(),
        [text.replace("↕", "") for text in page.locator("section").all_inner_texts()],
    )


@pytest.mark.parametrize(("lang", "way"), [("zh", Hand), ("en", Keys)])
def test_a_supervisor_asks_why_who_owes_and_how_the_districts_stand(
    site: Site, page: Page, lang: str, way: type[Hand]
) -> None:
    """From the start page to the reasons of a finding, to what is owed, and to the overview."""
    hand = way(page)
    page.goto(start(site, lang))
    hand.press(page.locator("main table").last.get_by_role("link").last)
    hand.press(page.locator("tbody a[href*='/why']").first)
    expect(page.locator("h1")).to_contain_text(say("serve.why-of", lang, title=""))
    hand.press(find(page, "link", "serve.home", lang))
    hand.press(find(page, "link", "serve.next-status", lang, plan=load_plan("example").title[lang]))
    page.locator("input[name=due]").fill("2024-03-31")
    hand.press(find(page, "button", "serve.ask-status", lang))
    expect(page.locator("main")).to_contain_text(DISTRICT)
    hand.press(find(page, "link", "serve.overview", lang))
    expect(page.locator("main")).to_contain_text(DISTRICT)
