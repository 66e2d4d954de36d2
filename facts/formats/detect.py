"""What a file is: by its name, checked against its content. A file that is not what its name says is refused by name."""

from __future__ import annotations

import re
from pathlib import Path

from dabiao.base.problems import Location, Problem, Refused
from dabiao.facts.formats.csv_folder import HEAD

XLSX = ".xlsx"
TEXTS = (".yaml", ".yml", ".json")
SUFFIXES = (*TEXTS, XLSX)
"""Endings of the files that are sheets by themselves."""
OTHER_TABLES = (".xls", ".xlsm", ".xlsb", ".et", ".ods", ".numbers")
"""Workbooks in formats that are not read: one among submissions is never passed over in silence."""

_ZIP = b"PK\x03\x04"
_MARKS = (
    (b"\xd0\xcf\x11\xe0", "XLS"),
    (b"PAR1", "Parquet"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "GZIP"),
    (b"\x89PNG", "PNG"),
)
_HTML = re.compile(rb"\s*(<!doctype\s+html|<html|<table|<head|<\?xml|<meta)", re.IGNORECASE)
_KEY = re.compile(rb"^(plan|subject|year)[ \t]*:", re.MULTILINE)
_JSON_KEY = re.compile(rb'"(plan|subject|year)"\s*:')
_BEGINNING = 65_536
_MARK = 512
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_NO_SHEETS = ("_test", ".test", ".plan", ".waivers", ".costs", ".scenario", ".expected")


def content_of(beginning: bytes) -> str:
    """Name the format that the first bytes of a file show: XLSX (or any ZIP), XLS, HTML, ...; empty for plain text."""
    if beginning.startswith(_ZIP):
        return "XLSX" if b"[Content_Types].xml" in beginning or b"xl/" in beginning or b"_rels/" in beginning else "ZIP"
    if _HTML.match(beginning.removeprefix(b"\xef\xbb\xbf")):
        return "HTML"
    if _ENCRYPTED in beginning:
        return "encrypted XLSX"
    return next((name for mark, name in _MARKS if beginning.startswith(mark)), "")


def looks_like_sheet(beginning: bytes) -> bool:
    """Return whether a text begins as a sheet does: with plan, subject and year."""
    pattern = _JSON_KEY if beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else _KEY
    return {b"plan", b"subject", b"year"} <= set(pattern.findall(beginning))


def format_of(path: Path) -> str:
    """Return the suffix of the reader for a file. The content must agree; it decides where the name says nothing.

    Raises `Refused` for a file that cannot be read, is not what its name says, or is of no known format.
    """
    suffix = path.suffix.lower()
    location = Location(str(path))
    if suffix in TEXTS:
        if found := content_of(_beginning(path, _MARK)):
            raise Refused([Problem("reading.lies", location, {"found": found, "expected": suffix})])
        return suffix
    if suffix == XLSX:
        beginning = _beginning(path)
        if not beginning.startswith(_ZIP) and beginning:
            found = content_of(beginning) or "text"
            raise Refused([Problem("reading.lies", location, {"found": found, "expected": suffix})])
        return suffix
    if not path.exists():
        raise Refused([Problem("unreadable", location, {"reason": "No such file or directory"})])
    if suffix in (".csv", ".parquet"):
        found = content_of(_beginning(path))
        if found and found.lower() != suffix[1:]:
            raise Refused([Problem("reading.lies", location, {"found": found, "expected": suffix})])
        raise Refused([Problem("reading.alone", location, {"found": suffix[1:].upper(), "expected": HEAD})])
    if suffix not in (".md", ".txt", *OTHER_TABLES) and path.is_file():
        beginning = _beginning(path)
        if content_of(beginning) == "XLSX":
            return XLSX
        if looks_like_sheet(beginning):
            return ".yaml"
    expected = ", ".join((".facts.yaml", *SUFFIXES))
    raise Refused([Problem("unknown-format", location, {"found": suffix or path.name, "expected": expected})])


def belongs(path: Path) -> bool:
    """Return whether a file met in a folder is taken for a sheet.

    Hidden files, locks of office programs (~$), and what belongs to a plan rather than to a submission are not. A name
    with `.facts.` is; so is every workbook, and a YAML or JSON file that begins as a sheet does.
    """
    name = path.name.lower()
    suffix = path.suffix.lower()
    if name.startswith((".", "~")) or suffix not in (*SUFFIXES, *OTHER_TABLES):
        return False
    if name.removesuffix(suffix).endswith(_NO_SHEETS):
        return False
    if suffix not in TEXTS or ".facts." in name:
        return True
    try:
        with path.open("rb") as stream:
            return path.is_file() and looks_like_sheet(stream.read(_BEGINNING))
    except OSError:
        return False


def _beginning(path: Path, size: int = _BEGINNING) -> bytes:
    """Return the first bytes of a file; empty if it is none, so that its reader says why."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError:
        return b""
