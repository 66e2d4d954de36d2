"""What a file is: by its name, checked against its content. A file that is not what its name says is refused by name."""

from __future__ import annotations

import re
from pathlib import Path

from dabiao.base.files import File, first_bytes
from dabiao.base.problems import Location, Problem, Refused
from dabiao.facts.formats.csv_folder import HEAD
from dabiao.facts.formats.registry import Format, begun, named, sheet_suffixes

_HTML = re.compile(rb"\s*(<!doctype\s+html|<html|<table|<head|<\?xml|<meta)", re.IGNORECASE)
_KEY = re.compile(rb"^(plan|subject|year)[ \t]*:", re.MULTILINE)
_JSON_KEY = re.compile(rb'"(plan|subject|year)"\s*:')
_BEGINNING = 65_536
_MARK = 512
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PROSE = (".md", ".txt")
_NO_SHEETS = ("_test", ".test", ".plan", ".waivers", ".costs", ".scenario", ".expected")


def content_of(beginning: bytes) -> str:
    """Name the format that the first bytes of a file show: XLSX, ZIP, XLS, HTML, ...; empty for plain text."""
    if _HTML.match(beginning.removeprefix(b"\xef\xbb\xbf")):
        return "HTML"
    if _ENCRYPTED in beginning:
        return "encrypted XLSX"
    found = begun(beginning)
    return found.name if found else ""


def looks_like_sheet(beginning: bytes) -> bool:
    """Return whether a text begins as a sheet does: with plan, subject and year."""
    pattern = _JSON_KEY if beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else _KEY
    return {b"plan", b"subject", b"year"} <= set(pattern.findall(beginning))


def format_of(file: File) -> Format:
    """Return the format of a sheet. The content must agree with the name, and decides where the name says nothing.

    Raises `Refused` for a file that cannot be read, is not what its name says, or is of no format that is read.
    """
    by_name, location = named(file), Location(str(file))
    if by_name is not None and by_name.is_sheet:
        beginning = first_bytes(file, _BEGINNING if by_name.marks else _MARK)
        found = content_of(beginning)
        if beginning and (not beginning.startswith(by_name.marks) if by_name.marks else found):
            raise _lies(file, found or "text")
        return by_name
    if isinstance(file, Path) and not file.exists():
        raise Refused([Problem("unreadable", location, {"reason": "No such file or directory"})])
    if by_name is not None and by_name.is_table:
        found = content_of(first_bytes(file, _BEGINNING))
        if found and found != by_name.name:
            raise _lies(file, found)
        raise Refused([Problem("reading.alone", location, {"found": by_name.name, "expected": HEAD})])
    suffix = file.suffix.lower()
    if by_name is None and suffix not in _PROSE:
        beginning = first_bytes(file, _BEGINNING)
        by_content = begun(beginning)
        if by_content is not None and by_content.is_sheet:
            return by_content
        text = named("x.yaml")
        if text is not None and looks_like_sheet(beginning):
            return text
    expected = (".facts.yaml", *sheet_suffixes())
    raise Refused([Problem("unknown-format", location, {"found": suffix or file.name, "expected": expected})])


def _lies(file: File, found: str) -> Refused:
    return Refused([Problem("reading.lies", Location(str(file)), {"found": found, "expected": file.suffix.lower()})])


def belongs(path: Path) -> bool:
    """Return whether a file met in a folder is taken for a sheet.

    Hidden files, locks of office programs (~$), and what belongs to a plan rather than to a submission are not. A name
    with `.facts.` is; so is every workbook, and a YAML or JSON file that begins as a sheet does.
    """
    name = path.name.lower()
    by_name = named(name)
    if name.startswith((".", "~")) or by_name is None or by_name.is_table:
        return False
    if name.removesuffix(path.suffix.lower()).endswith(_NO_SHEETS):
        return False
    is_text = by_name.is_sheet and not by_name.marks
    return not is_text or ".facts." in name or looks_like_sheet(first_bytes(path, _BEGINNING))
