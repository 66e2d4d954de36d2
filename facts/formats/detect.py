"""Detects the format of a file by its name and checks it against the content. A mismatch is refused."""

from __future__ import annotations

import re
from pathlib import Path, PurePath

from dabiao.base.contents import BEGINNING, OLE, name_content, refuse_content
from dabiao.base.encodings import UTF16
from dabiao.base.files import File, first_bytes
from dabiao.base.limits import limits
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Problem, Refused, Term
from dabiao.facts.formats.csv_folder import HEAD, LOCK
from dabiao.facts.formats.registry import Format, detect_format, find_format, sheet_suffixes
from dabiao.facts.layout import NAME

_COLON = rb"[ \t]*(?::|\xef\xbc\x9a|\xa3\xba|$)"  # also the full-width one, in UTF-8 and GB18030; none behind `?`
_KEY = rb"(?:\?[ \t]+)?[\"']?(plan|subject|year|facts|subjects)[\"']?" + _COLON
_FIRST = re.compile(rb"^(?!%|---|[ \t]*(?:#|$))([ \t]*)([{\[]?)", re.MULTILINE)  # the first line that says something
_INNER = re.compile(rb"[\"'{,\s](plan|subject|year)[\"']?\s*:", re.IGNORECASE)
_HEAD = {b"plan", b"subject", b"year"}
_REPORT = re.compile(rb'\{\s*"format"\s*:\s*"dabiao/')
_WORKBOOK = re.compile(rb"xl[/\\](?:workbook|worksheets|styles|theme|sharedStrings|_rels)")
_OLE_BOOK = tuple(word.encode("utf-16-le") for word in ("Workbook", "Book", "EncryptedPackage"))
_OLE_OTHER = tuple(word.encode("utf-16-le") for word in ("WordDocument", "PowerPoint Document", "__substg1.0"))
_SAVED = re.compile(  # by Excel or WPS as XML, as a page, as a page in one file
    rb"excel\.sheet|urn:schemas-microsoft-com:office:(?:spreadsheet|excel)|x:excelworkbook", re.IGNORECASE
)
_FIRST_ROW = re.compile(rb"<tr\b.*?</tr\s*>", re.IGNORECASE | re.DOTALL)
_CELL = re.compile(rb"<t[dh]\b[^>]*>(.*?)</t[dh]\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(rb"<[^>]*>|&nbsp;|\s+")
_MARK = 512
_PROSE = (".md", ".txt")
_LITTER = ("._", ".~", ".#", LOCK)  # of office programs, editors and macOS
_MORE_SUFFIXES = (".txt", ".gz", ".bz2", ".xz", ".zst")  # behind the suffix of a table or a sheet
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".tgz", ".tar.gz")
_NO_SHEETS = ("_test", ".test", ".plan", ".waivers", ".assignments", ".costs", ".scenario", ".expected")


def content_of(beginning: bytes) -> str:
    """Name the format that the first bytes of a file show: XLSX, ZIP, XLS, HTML, ...; empty for plain text."""
    found = detect_format(beginning)
    return found.name if found else name_content(beginning)


def looks_like_sheet(text: bytes) -> bool:
    """Whether a text has the keys of a sheet at its outermost level: plan, subject and year, or two of them and its facts.

    They need not be written as they should be: who reads the sheet says what is wrong. A report in JSON is no sheet.
    """
    text = text.lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"").replace(b"\r", b"\n")  # the zeros: UTF-16
    first = _FIRST.search(text)
    if first is None or _REPORT.match(text):
        return False
    if first[2]:
        return {key.lower() for key in _INNER.findall(text)} >= _HEAD
    keys = re.compile(rb"^" + first[1] + _KEY, re.IGNORECASE | re.MULTILINE)
    found = {key.lower() for key in keys.findall(text)}
    return len(found & _HEAD) + bool(found - _HEAD) >= len(_HEAD)


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
    if isinstance(file, Path) and not file.is_file():
        read_bytes(file)  # raises: it says what there is instead
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
    if by_name is not None:  # known only to be refused
        raise Refused([Problem("other-workbook", location, {"found": suffix})])
    if is_archive(file.name):
        raise Refused([Problem("reading.archive-given", location, {"found": file.name})])
    expected = (".facts.yaml", *sheet_suffixes())
    raise Refused([Problem("unknown-format", location, {"found": suffix or file.name, "expected": expected})])


def is_sheet_file(path: Path) -> bool:
    """Whether a file found in a folder is a sheet.

    A file is a sheet if it is a workbook, has `.facts.` in its name, or is YAML or JSON with the keys of a sheet. Hidden
    files, locks of office programs (~$) and files that belong to a plan (tests, waivers, ...) are not.
    """
    name = path.name.lower()
    by_name = find_format(name)
    if name.startswith((".", LOCK)) or by_name is None or by_name.is_table or belongs_to_plan(name):
        return False
    return not _is_text(by_name) or ".facts." in name or looks_like_sheet(first_bytes(path, limits().file))


def belongs_to_plan(name: str) -> bool:
    """Whether the name of a YAML or JSON file is that of tests, waivers, costs and so on."""
    return PurePath(name.lower()).stem.endswith(_NO_SHEETS) and _is_text(find_format(name))


def _is_text(form: Format | None) -> bool:
    return form is not None and form.is_sheet and not form.marks


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
        return found is not None and (not _is_text(found) or looks_like_sheet(first_bytes(path, limits().file)))
    if suffix in _MORE_SUFFIXES and find_format(name.removesuffix(suffix)) is not None:
        return True
    if suffix not in ("", ".txt", ".dat", ".prn"):
        return False
    beginning = first_bytes(path, BEGINNING)
    return _has_names(beginning) or _has_marks(beginning) or looks_like_sheet(beginning)


def may_be_submission(path: Path) -> bool:
    """Whether a file that is not read holds a sheet or a table, under an unknown ending or the name of tests or waivers."""
    name = path.name.lower()
    if name.startswith((".", *_LITTER)) or PurePath(name).suffix in _PROSE:
        return False
    if belongs_to_plan(name):
        return looks_like_sheet(first_bytes(path, limits().file))
    if find_format(name):
        return False
    beginning = first_bytes(path, BEGINNING)
    return _has_names(beginning) or _has_marks(beginning) or looks_like_sheet(beginning)


def find_foreign_table(path: Path) -> str:
    """Name the format of a file that looks like a submission in a format that is not read; empty if it does not.

    Such are an old or encrypted workbook under an unknown ending, and a workbook or a register that was saved as XML or as a
    page. Old documents of other programs are none, nor are other pages and the reports of this program.
    """
    if path.name.lower().startswith((".", *_LITTER)) or find_format(path.name):
        return ""
    beginning = first_bytes(path, BEGINNING)
    found = content_of(beginning)
    if found == "XLS":
        data = first_bytes(path, limits().file)
        is_book = any(word in data for word in _OLE_BOOK) and not any(word in data for word in _OLE_OTHER)
        return found if is_book else ""
    if found in ("HTML", "XML", "MHT"):
        text = beginning.replace(b"\0", b"")
        return found if _SAVED.search(text) or _has_named_row(text) else ""
    return found if found in ("Numbers", "XLSB") else ""


def _has_named_row(page: bytes) -> bool:
    """Whether the first row of the first table of a page has the headings of a register."""
    row = _FIRST_ROW.search(page)
    cells = [_TAG.sub(b"", cell) for cell in _CELL.findall(row[0])] if row else []
    return len(cells) > 1 and _has_names(b",".join(cells))


def is_archive(name: str) -> bool:
    """Whether a file name is that of an archive, which may hold submissions."""
    return name.lower().endswith(_ARCHIVES) and not name.startswith((".", LOCK))


def _has_marks(beginning: bytes) -> bool:
    """Whether the first bytes are those of a workbook or a table; a text document in a ZIP archive is neither."""
    found = detect_format(beginning)
    return found is not None and found.reader != "" and (not found.is_sheet or bool(_WORKBOOK.search(beginning)))


def _has_names(beginning: bytes) -> bool:
    """Whether a text begins with the headings of a register."""
    for encoding in ("utf-16" if beginning.startswith(UTF16) else "utf-8-sig", "gb18030"):
        line = beginning.decode(encoding, errors="ignore").lstrip().partition("\n")[0]
        cells = [cell.strip(' "') for cell in re.split("[,;\t，；|]", line)]
        if len(cells) > 1 and any(cell in NAME or cell == "name" for cell in cells):
            return True
    return False
