"""Make the site: `make site` writes build/site, in Chinese and in English. Ends with 1 where a link leads nowhere.

Sphinx refuses what it cannot resolve in the Markdown; here the finished pages are read once more: links between the languages,
anchors, pictures, and whether anything asks for an address outside.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "site"
FIRST = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>达标 Dabiao</title>
<style>body {{ font: 1.4rem system-ui, sans-serif; margin: 20vh auto; width: fit-content }} a {{ margin: 1rem }}</style>
<a href="{zh}">中文</a> <a href="{en}" lang="en">English</a>
</html>
"""
PAGES = {"zh": "zh/README.zh.html", "en": "en/README.html"}
UNTRANSLATED = {b'aria-label="Main"': 'aria-label="目录"'.encode()}  # what Sphinx says in English around Chinese pages
FETCHED = {("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src")}


class _Page(HTMLParser):
    """The anchors of a page, and all that it leads to or fetches."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = {""}
        self.leads: list[tuple[str, str, str]] = []  # tag, attribute, address

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.anchors |= {said[name] for name in ("id", "name") if name in said}
        self.leads += [(tag, name, said[name]) for name in ("href", "src") if name in said]


@cache
def read_page(path: Path) -> _Page:
    """Return what is in a finished page."""
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def find_faults(site: Path) -> Iterator[str]:
    """Iterate over what leads nowhere, and what is fetched from outside."""
    for path in sorted(site.rglob("*.html")):
        for tag, name, address in read_page(path).leads:
            shown = f"{path.relative_to(site)}: {address}"
            if "://" in address or address.startswith("//"):
                if (tag, name) in FETCHED and "canonical" not in address:
                    yield f"{shown}: fetched from outside"
                continue
            if address.startswith(("mailto:", "data:")):
                continue
            target, _, anchor = unquote(address).partition("#")
            found = (path.parent / target.partition("?")[0]).resolve() if target else path
            if not found.is_file():
                yield f"{shown}: no such page"
            elif found.suffix == ".html" and anchor not in read_page(found).anchors:
                yield f"{shown}: no such place"


def main() -> int:
    """Build both languages and read them; returns the exit code."""
    shutil.rmtree(SITE, ignore_errors=True)
    for lang in PAGES:
        words = ["-q", "-W", "--keep-going", "-b", "html", "-c", "docs/site", "-d", f"build/site-trees/{lang}"]
        done = subprocess.run(
            [sys.executable, "-m", "sphinx", *words, ".", str(SITE / lang)],
            cwd=ROOT, env={**os.environ, "DABIAO_SITE_LANGUAGE": lang}, check=False,
        )  # fmt: skip
        if done.returncode:
            return done.returncode
    for path in (SITE / "zh").rglob("*.html"):
        data = path.read_bytes()
        for said, meant in UNTRANSLATED.items():
            data = data.replace(said, meant)
        path.write_bytes(data)
    (SITE / "index.html").write_text(FIRST.format(**PAGES), encoding="utf-8")
    faults = list(find_faults(SITE))
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    count = sum(1 for _ in SITE.rglob("*.html"))
    sys.stdout.write(f"{SITE.relative_to(ROOT)}: {count} pages, {len(faults)} faults\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
