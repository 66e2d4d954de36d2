"""The site of the documents: what `make site` refuses, and what a reader finds on the finished site, without a network."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import pytest
from helpers import ROOT
from languages import english_in, read_aloud
from playwright.sync_api import Browser

SITE = Path(os.environ.get("DABIAO_SITE", ""))
built = pytest.mark.skipif(not os.environ.get("DABIAO_SITE"), reason="`make site` makes the site, and then runs this")

_spec = importlib.util.spec_from_file_location("build_site", ROOT / "docs" / "site" / "build.py")
assert _spec is not None
assert _spec.loader is not None
build = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(build)


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ('<a href="b.html">', ""),
        ('<a href="b.html#there">', ""),
        ('<a href="https://example.org/">', ""),
        ('<a href="c.html">', "no such page"),
        ('<a href="b.html#here">', "no such place"),
        ('<a href="#nowhere">', "no such place"),
        ('<img src="c.png">', "no such page"),
        ('<script src="https://example.org/x.js">', "fetched from outside"),
        ('<link href="//example.org/x.css">', "fetched from outside"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(link: str, fault: str, tmp_path: Path) -> None:
    """A page that is not there, an anchor that is not there, and what is fetched from outside are faults; a link out is none."""
    (tmp_path / "a.html").write_text(link, encoding="utf-8")
    (tmp_path / "b.html").write_text('<h2 id="there">', encoding="utf-8")

    assert ([fault] if fault else []) == [found.rpartition(": ")[2] for found in build.find_faults(tmp_path)]


@built
@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("缺报原因", "填报手册"),
        ("约束性 未达标", "核查手册"),
        ("价", "给管预算的同事：一页纸"),
        ("整份表就先退回", "填报手册"),  # no dictionary has this as a word
        ("WPS", "填报手册"),
    ],
)
def test_a_query_in_chinese_finds_the_page(query: str, page: str, browser: Browser) -> None:
    """A word, two words, one sign, a part of a sentence and a name find the page that has them, from the disk and without a network."""
    shown = browser.new_page()
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(f"{(SITE.resolve() / 'zh' / 'search.html').as_uri()}?q={query}")
    shown.wait_for_selector("ul.search li a")
    found = shown.locator("ul.search li a").all_inner_texts()
    shown.close()

    assert page in found
    assert {"file"} == {url.partition(":")[0] for url in asked}


@built
def test_what_nobody_wrote_is_not_found(browser: Browser) -> None:
    """Signs that stand nowhere side by side find nothing."""
    shown = browser.new_page()
    shown.goto(f"{(SITE.resolve() / 'zh' / 'search.html').as_uri()}?q=猫狗")
    shown.wait_for_function("document.querySelector('.search-summary').innerText !== ''")

    assert 0 == shown.locator("ul.search li").count()
    shown.close()


@built
def test_frames_of_chinese_pages_are_chinese() -> None:
    """No page of the site in Chinese has an English word that is no name, in the text or around it."""
    for page in sorted((SITE / "zh").rglob("*.html")):
        text = re.sub(rb"(?s)<(pre|code)\b.*?</\1>", b"", page.read_bytes())  # what is typed, and what files hold

        assert {} == english_in(
            read_aloud(page.name, text), {"English", "Apache", "durable-rules", "make", "JavaScript"}
        ), page
