"""What a person reads of a report, in any of its formats, and the words of the other language in it."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import yaml
from dabiao.cli import COMMANDS
from helpers import ROOT

PLANS, SAMPLES, SCHEMAS = ROOT / "rules" / "plans", ROOT / "facts" / "samples", ROOT / "rules" / "schemas"
HAN = re.compile(r"[\u3007\u3400-\u9fff]+")
WORD = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z]{2,}(?![A-Za-z0-9_])")

# names that stay as they are in Chinese: of formats and standards, of programs, and of units of storage
NAMES = frozenset(
    [
        "AlternateContent",
        "Arrow",
        "CSV",
        "DOCTYPE",
        "Dabiao",
        "Debian",
        "Excel",
        "GB",
        "GiB",
        "GitHub",
        "HTML",
        "JSON",
        "Java",
        "KiB",
        "LibreOffice",
        "Linux",
        "Markdown",
        "MiB",
        "PATH",
        "PDF",
        "PNG",
        "Parquet",
        "Polars",
        "Python",
        "RFC",
        "SARIF",
        "SHA",
        "SVG",
        "Schema",
        "Spark",
        "Strict",
        "UTF",
        "Ubuntu",
        "WPS",
        "Windows",
        "Word",
        "XLSX",
        "XML",
        "YAML",
        "ZIP",
        "macOS",
    ]
)
# what a user types, or finds in a file, is the same in both languages: commands, options with a value, keys with one
CODE = re.compile(
    r"`[^`]*`|(?<![\w-])--?[a-z][\w-]*(?:[ =][a-z][a-z.-]*(?![\w]))?|\b[a-z_]+[:=] ?(?:true|false|\d+|\{\w+\})"
    r"|\blast:|(?<=/)[a-z]+|(?<![A-Za-z_-])(?:YYYY-MM-DD|(?:plans )?show|true|false|last\(|last:|auto|sep=|pip install|pip|ssh-keygen|code-scanning|Ctrl-C|text|xlsx|yaml|en: English)(?![a-z_-])"
)
CODES = re.compile("代码|code")  # at the heads of columns for programs
FILES = re.compile(
    r"[\w./*{}-]*\.(?:yaml|csv|xlsx?|html|docx|md|json|parquet|sig|tsr|zip|pdf)\b(?::\d+)*|[A-Za-z0-9_.{}-]+/(?:[A-Za-z0-9_.-]+)?|\{\w+\}/\w+"
)
IDS = re.compile(r"(?<![A-Za-z0-9_.-])[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*(?![A-Za-z0-9_-])")


class _Shown(HTMLParser):
    """The text of a page, and what its attributes say to people."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag if tag in ("script", "style") else self._silent
        said = ("title", "alt", "placeholder", "aria-label", "data-label")
        self.texts += [value for name, value in attrs if value and name in said]

    def handle_endtag(self, tag: str) -> None:
        self._silent = "" if tag == self._silent else self._silent

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def read_aloud(name: str, data: bytes) -> list[str]:
    """Return the texts that people read of a report; `name` ends in its format."""
    kind = name.rpartition(".")[2]
    if kind == "html":
        page = _Shown()
        page.feed(data.decode())
        return page.texts
    if kind in ("xlsx", "docx"):
        return list(_packed(data))
    if kind in ("sarif", "json"):
        return list(_sentences(json.loads(data)))
    if kind == "xml":
        tree = ElementTree.fromstring(data)
        return [text for one in tree.iter() for text in (one.text, one.get("message"), one.get("name")) if text]
    if kind == "svg":
        return [
            text for one in ElementTree.fromstring(data).iter() if (text := one.text) and not one.tag.endswith("style")
        ]
    text = data.decode("utf-8-sig")
    if kind == "csv":
        heads, *rows = csv.reader(io.StringIO(text))
        of_codes = {n for n, head in enumerate(heads) if CODES.search(head)}
        return heads + [cell for row in rows for n, cell in enumerate(row) if n not in of_codes]
    return re.sub(r"(?m)^::\w+ title=", "", html.unescape(text.replace("<br>", " "))).splitlines()


def _packed(data: bytes) -> Iterator[str]:
    """Iterate over the texts of a workbook or a document: cells, prompts, notes, headings, names of sheets."""
    with ZipFile(io.BytesIO(data)) as packed:
        for name in packed.namelist():
            if not name.endswith(".xml") or re.search(r"theme|styles|settings|fontTable|docProps|webSettings", name):
                continue
            for one in ElementTree.fromstring(packed.read(name)).iter():
                if re.search(r"}(t|oddFooter|oddHeader)$", one.tag) and one.text:
                    yield re.sub(r'&"[^"]*"', "", one.text)
                for said in ("prompt", "promptTitle", "error", "errorTitle"):
                    if one.get(said):
                        yield str(one.get(said))
                if one.tag.endswith("}sheet") and one.get("name"):
                    yield str(one.get("name"))


SPOKEN = {"text", "sentence", "message", "title", "gap_text", "verdict_text", "target_text", "markdown"}


def _sentences(value: Any, key: str = "") -> Iterator[str]:
    """Iterate over the texts in JSON that are written for people: those under the keys that hold sentences."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _sentences(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _sentences(part, key)
    elif isinstance(value, str) and key in SPOKEN:
        yield value


# ---------------------------------------------------------------- what is in the data


def _values(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield str(key), part
            yield from _values(part)
    elif isinstance(value, list):
        for part in value:
            yield from _values(part)


def _names(value: Any) -> Iterator[str]:
    """Iterate over the texts of a file, without those that it says in each language."""
    if isinstance(value, dict):
        if {"zh", "en"} == value.keys():
            return
        for key, part in value.items():
            yield str(key)
            yield from _names(part)
    elif isinstance(value, list):
        for part in value:
            yield from _names(part)
    elif isinstance(value, str):
        yield value


@cache
def loaded(path: Path) -> Any:
    """Return what a YAML file holds."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


@cache
def _files() -> dict[Path, Any]:
    return {path: loaded(path) for path in (*PLANS.glob("*.yaml"), *SAMPLES.rglob("*.yaml"))}


@cache
def data_texts() -> str:
    """Return all that the plans and samples hold besides titles in two languages: names, citations, units, remarks."""
    tables = [path.read_text(encoding="utf-8-sig") for path in SAMPLES.rglob("*.csv")]
    units = [(ROOT / "base" / "units.txt").read_text(encoding="utf-8")]
    return "\n".join([*(text for file in _files().values() for text in _names(file)), *tables, *units])


PLAN_NAMES = {path.name.partition(".")[0] for path in PLANS.glob("*.plan.yaml")}


@cache
def ids() -> frozenset[str]:
    """Return the identifiers of the plans and samples, and the words of the plan language and of other inputs."""
    found = {
        str(value) for file in _files().values() for key, value in _values(file) if key in ("id", "plan", "scenario")
    }
    keys = {key for file in _files().values() for key, _ in _values(file)}
    found = {one for one in found | keys if "-" in one or "_" in one or one in PLAN_NAMES}
    keys = set()
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")]
    for schema in schemas:
        for key, part in _values(schema):
            keys |= set(part) if key == "properties" else set()
            keys |= {str(one) for one in part} if key in ("enum", "required") else set()
            keys |= {str(part)} if key == "const" else set()
    return frozenset(found | keys)


@cache
def titles(lang: str) -> frozenset[str]:
    """Return the titles that plans and samples have in a language, those of two words or more."""
    found = (
        part[lang] for file in _files().values() for _, part in _values(file) if isinstance(part, dict) and lang in part
    )
    return frozenset(str(title) for title in found if len(str(title)) > 3)


# ---------------------------------------------------------------- words of the other language


def english_in(texts: Iterable[str], more: Iterable[str] = ()) -> dict[str, str]:
    """Return the English words in Chinese texts that are no names, each with the first text it is in; `more` are names of these texts."""
    known = {*COMMANDS, *ids(), *more, "dabiao"}
    found: dict[str, str] = {}
    for text in texts:
        plain = CODE.sub(" ", FILES.sub(" ", re.sub(r"\w+://\S+|\bxl/\S+|\bmc:(?=A)", " ", text)))
        plain = IDS.sub(lambda one: " " if one[0] in known else one[0], plain)
        for word in (*WORD.findall(plain), *_titles_in(text)):
            if word not in NAMES | _borrowed() | known:
                found.setdefault(word, text)
    return found


@cache
def _borrowed() -> frozenset[str]:
    """Return the words of foreign languages in Chinese titles of plans, such as DNA."""
    return frozenset(word for title in titles("zh") for word in WORD.findall(title))


def _titles_in(text: str) -> list[str]:
    return [title for title in titles("en") if " " in title and title in text] if " " in text else []


def chinese_in(texts: Iterable[str]) -> dict[str, str]:
    """Return the Chinese in English texts that is no name, citation or unit of the plans and samples, each with the first text it is in."""
    found: dict[str, str] = {}
    for text in texts:
        for run in HAN.findall(text):
            if run not in data_texts():
                found.setdefault(run, text)
    return found
