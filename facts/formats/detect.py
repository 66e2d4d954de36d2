"""Detects the format of a file by its name and checks it against the content. A mismatch is refused."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from dabiao.base.contents import BEGINNING, OLE, name_content, refuse_content
from dabiao.base.encodings import UTF16
from dabiao.base.files import File, first_bytes
from dabiao.base.problems import Location, Problem, Refused, Term
from dabiao.facts.formats.csv_folder import HEAD
from dabiao.facts.formats.registry import Format, detect_format, find_format, sheet_suffixes
from dabiao.facts.layout import NAME

_KEY = re.compile(rb"^(plan|subject|year)[ \t]*:", re.MULTILINE)
_JSON_KEY = re.compile(rb'"(plan|subject|year)"\s*:')
_MARK = 512
_PROSE = (".md", ".txt")
_LITTER = ("._", ".~", ".#", "~")  # of office programs, editors and macOS
_MORE_SUFFIXES = (".txt", ".gz", ".bz2", ".xz", ".zst")  # behind the suffix of a table or a sheet
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".tgz", ".tar.gz")
_NO_SHEETS = ("_test", ".test", ".plan", ".waivers", ".assignments", ".costs", ".scenario", ".expected")


def content_of(beginning: bytes) -> str:
    """Name the format that the first bytes of a file show: XLSX, ZIP, XLS, HTML, ...; empty for plain text."""
    found = detect_format(beginning)
    return found.name if found else name_content(beginning)


def looks_like_sheet(beginning: bytes) -> bool:
    """Whether the first bytes of a text have the keys of a sheet: plan, subject and year."""
    pattern = _JSON_KEY if beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else _KEY
    return {b"plan", b"subject", b"year"} <= set(pattern.findall(beginning))


def format_of(file: File) -> Format:
    """Return the format of a sheet. The content must match the ending of the name; it decides if the ending is unknown.

    Raises `Refused` for a file that is missing, does not match its name, or has a format that is not read.
    """
    by_name, location = find_format(file), Location(str(file))
    if by_name is not None and by_name.is_sheet:
        beginning = first_bytes(file, BEGINNING if by_name.marks else _MARK)
        found = content_of(beginning)
        if by_name.name == "XLSX" and beginning.startswith(OLE):
            return by_name  # its reader tells whether it has a password or is an old one
        if beginning and (not beginning.startswith(by_name.marks) if by_name.marks else found):
            raise refuse_content(file, found or Term("reading.text"))
        return by_name
    if isinstance(file, Path) and not file.exists():
        raise Refused([Problem("unreadable", location, {"reason": Term("system.ENOENT")})])
    if by_name is not None and by_name.is_table:
        found = content_of(first_bytes(file, BEGINNING))
        if found and found != by_name.name:
            raise refuse_content(file, found)
        raise Refused([Problem("reading.alone", location, {"found": by_name.name, "expected": HEAD})])
    suffix = file.suffix.lower()
    if by_name is None and suffix not in _PROSE:
        beginning = first_bytes(file, BEGINNING)
        by_content = detect_format(beginning)
        if by_content is not None and by_content.is_sheet:
            return by_content
        text = find_format("x.yaml")
        if text is not None and looks_like_sheet(beginning):
            return text
    expected = (".facts.yaml", *sheet_suffixes())
    raise Refused([Problem("unknown-format", location, {"found": suffix or file.name, "expected": expected})])


def is_sheet_file(path: Path) -> bool:
    """Whether a file found in a folder is a sheet.

    A file is a sheet if it is a workbook, has `.facts.` in its name, or is YAML or JSON with the keys of a sheet. Hidden
    files, locks of office programs (~$) and files that belong to a plan (tests, waivers, ...) are not.
    """
    name = path.name.lower()
    by_name = find_format(name)
    if name.startswith((".", "~")) or by_name is None or by_name.is_table or belongs_to_plan(name):
        return False
    is_text = by_name.is_sheet and not by_name.marks
    return not is_text or ".facts." in name or looks_like_sheet(first_bytes(path, BEGINNING))


def belongs_to_plan(name: str) -> bool:
    """Whether a file name is that of tests, waivers, costs and so on."""
    return PurePath(name.lower()).stem.endswith(_NO_SHEETS)


def is_disguised(path: Path) -> bool:
    """Whether a file looks like a sheet or a table whose name keeps it from being read.

    Such are .home.csv and home.csv.txt, and a table in a .txt. Locks and what systems leave beside a file are not.
    """
    name = path.name.lower()
    if name.startswith(_LITTER) or belongs_to_plan(name):
        return False
    suffix = PurePath(name).suffix
    if name.startswith("."):
        found = find_format(name[1:])
        is_text = found is not None and found.is_sheet and not found.marks
        return found is not None and (not is_text or looks_like_sheet(first_bytes(path, BEGINNING)))
    if suffix in _MORE_SUFFIXES and find_format(name.removesuffix(suffix)) is not None:
        return True
    return suffix in ("", ".txt", ".dat", ".prn") and _has_names(first_bytes(path, BEGINNING))


def is_archive(name: str) -> bool:
    """Whether a file name is that of an archive, which may hold submissions."""
    return name.lower().endswith(_ARCHIVES) and not name.startswith((".", "~"))


def _has_names(beginning: bytes) -> bool:
    """Whether a text begins with the headings of a register."""
    for encoding in ("utf-16" if beginning.startswith(UTF16) else "utf-8-sig", "gb18030"):
        line = beginning.decode(encoding, errors="ignore").lstrip().partition("\n")[0]
        cells = [cell.strip(' "') for cell in re.split("[,;\t，；|]", line)]
        if len(cells) > 1 and any(cell in NAME or cell == "name" for cell in cells):
            return True
    return False
