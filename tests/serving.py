"""The local page for tests: the real command in a process of its own, and a client that sends what a browser would."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from subprocess import Popen
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import openpyxl
from dabiao import load_plan
from dabiao.facts import layout
from dabiao.facts.template.book import sheet_names
from helpers import ROOT

SAMPLES = ROOT / "facts" / "samples"
EXAMPLE = SAMPLES / "example-2023.facts.yaml"
T = TypeVar("T")


@dataclass(frozen=True)
class Site:
    """A running server: its process, its folder, and its start page in one language."""

    process: Popen[str]
    folder: Path
    start: str
    client: httpx.Client

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.start)
        return f"{parts.scheme}://{parts.netloc}"

    def get(self, place: str = "", **options: object) -> httpx.Response:
        """Ask for a page below the start page."""
        return self.client.get(self.start + place, **options)  # type: ignore[arg-type]

    def send(self, plan: str, *files: tuple[str, bytes], **fields: str) -> httpx.Response:
        """Hand files in on the page of a plan, and follow to what they came to."""
        return self.client.post(
            f"{self.start}plan/{plan}/check", files=[("sheets", file) for file in files], data=fields,
            headers={"origin": self.origin},
        )  # fmt: skip


@contextmanager
def serving(folder: Path, lang: str = "en", *options: str, **environment: str) -> Iterator[Site]:
    """Run `dabiao serve` on a folder until the block is left."""
    process = Popen(
        [sys.executable, "-m", "dabiao", *options, "serve", str(folder), "--no-browser", "--lang", lang],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env={**os.environ, **environment},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + process.communicate(timeout=10)[1]
        with httpx.Client(follow_redirects=True, timeout=120) as client:
            yield Site(process, folder, f"{found[0]}{lang}/", client)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def sheet_of(name: str, **figures: str) -> bytes:
    """Return the sheet of the example plan under the name of another district, with other figures."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("subject: 示例区", f"subject: {name}", 1)
    for measure, value in figures.items():
        text = re.sub(rf"(?m)^  {measure}: .*$", f"  {measure}: {value}", text)
    return text.encode()


def fill_in(path: Path, lang: str, **values: object) -> None:
    """Fill figures of the district into a form of the example plan, as a clerk would, by their ids."""
    book = openpyxl.load_workbook(path)
    plan = load_plan("example")
    sheet = book[sheet_names(plan, lang)[plan.root.id]]
    words = {words.say(lang): key for key, words in layout.LIST.items()}
    columns = {words[cell.value]: cell.column for cell in sheet[3] if cell.value in words}
    for row in range(4, sheet.max_row + 1):
        name = sheet.cell(row, columns["id"]).value
        if name in values:
            sheet.cell(row, columns["value"]).value = values[name]
    book.save(path)


def text_of(answer: httpx.Response) -> str:
    """Return what a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text.split("<main")[-1])).split())


def links(answer: httpx.Response, end: str) -> list[str]:
    """Return the addresses on a page that hold a text."""
    return [unescape(one) for one in re.findall(r'href="([^"]*)"', answer.text) if end in one]


def kept(site: Site) -> list[Path]:
    """List the bundles in the folder."""
    return sorted((site.folder / "submissions").glob("*.zip"))


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run what is awaited to its end, in a thread of its own: the browser of other tests has a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
