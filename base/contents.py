"""Tells by its first bytes what a file holds that is not what its name says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

from dabiao.base.problems import Location, Problem, Refused

OLE = b"\xd0\xcf\x11\xe0"
"""The first bytes of old workbooks, and of new ones with a password."""
ZIP = b"PK\x03\x04"
XLSX_PARTS = (b"[Content_Types].xml", b"xl/", b"_rels/")
"""Words among the first bytes of a ZIP archive that is a workbook."""
PARQUET = b"PAR1"
BEGINNING = 65_536
_SIGNATURES = (
    ("Parquet", PARQUET), ("XLS", OLE), ("PDF", b"%PDF"), ("GZIP", b"\x1f\x8b"), ("PNG", b"\x89PNG"), ("JPEG", b"\xff\xd8\xff"),
    ("RAR", b"Rar!"), ("7Z", b"7z\xbc\xaf\x27\x1c"), ("RTF", b"{\\rtf"),
)  # fmt: skip
_MARKUP = re.compile(rb"\s*<(?:(\?xml)|(?:!doctype\s+)?html|table|head|meta)\b", re.IGNORECASE)
_MIME = re.compile(rb"\s*(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?mime-version[ \t]*:", re.IGNORECASE)
_PACKED = (
    ("OpenDocument", "content.xml"), ("Numbers", "index/document.iwa"), ("Numbers", "index.zip"), ("DOCX", "word/document.xml"),
    ("PPTX", "ppt/presentation.xml"), ("XLSB", "xl/workbook.bin"),
)  # fmt: skip
_BYTE_ORDER = b"\xef\xbb\xbf\xff\xfe"


def name_content(beginning: bytes) -> str:
    """Name the format that the first bytes of a file show: XLSX, PDF, HTML, ...; empty for plain text."""
    if markup := _MARKUP.match(beginning.lstrip(_BYTE_ORDER).replace(b"\0", b"")):  # the zeros: UTF-16
        return "XML" if markup[1] else "HTML"
    if _MIME.match(beginning.lstrip(_BYTE_ORDER)):
        return "MHT"
    if beginning.startswith(ZIP):
        folded = beginning.lower()
        if found := next((found for found, member in _PACKED if member.encode() in folded), ""):
            return found
        return "XLSX" if any(word in beginning for word in XLSX_PARTS) else "ZIP"
    return next((name for name, mark in _SIGNATURES if beginning.startswith(mark)), "")


def name_archive(members: Iterable[str]) -> str:
    """Name what a ZIP archive without a workbook in it is, by the names of its members; empty for a damaged workbook."""
    names = {name.replace("\\", "/").lower() for name in members}
    if found := next((found for found, member in _PACKED if member in names), ""):
        return found
    return "" if any(name.startswith("xl/") for name in names) else "ZIP"


def refuse_content(file: object, found: object) -> Refused:
    """Return what refuses a file that holds something else than its name says."""
    path = PurePath(str(file))
    expected = path.suffix.lower() or path.name
    return Refused([Problem("reading.lies", Location(str(file)), {"found": found, "expected": expected})])
