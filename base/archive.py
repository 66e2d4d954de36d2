"""Checks ZIP archives from outside (workbooks, bundles) before anything in them is used, and writes them. Nothing is unpacked
to disk.

An archive is refused if it has too many members or unpacks to more bytes than allowed (counted while unpacking, since its
directory may be false), if members overlap, are encrypted, share a name or have a path that leads out of the archive, or
if XML in it declares entities. An archive that is written (a bundle) has one form, and what another has beside it can be told.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from struct import unpack_from
from typing import IO, TypeAlias

from dabiao.base.limits import limits
from dabiao.base.names import find_hidden_mark
from dabiao.base.problems import Location, Problem, Problems, Refused, make_limit_problem

_CHUNK = 1 << 20
_XML = (".xml", ".rels", ".vml")
_DECLARES = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")
_HEADER = 30  # bytes of a member's header before its name
_MAGIC = b"PK\x03\x04"
_MOST_KEPT = 8 << 20  # bytes of members that are kept while an archive is open
_PLAIN_FLAGS = 0x80E  # of a member: how well it is packed, where its size stands, and a name in UTF-8
_SHOWN = 80
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_UNIX = 3
_END = b"PK\x05\x06"
_END_SIZE = 22
_ABOUT: Mapping[str, Callable[[zipfile.ZipInfo], object]] = {
    "archive.packed": lambda one: one.compress_type,
    "archive.date": lambda one: one.date_time,
    "archive.mode": lambda one: (one.external_attr, one.create_system),
    "archive.remark": lambda one: one.comment,
    "archive.extra": lambda one: (one.extra, one.flag_bits, one.create_version, one.extract_version, one.internal_attr),
}
"""What an archive tells of a member beside its name and content."""


class CheckedArchive(zipfile.ZipFile):
    """An archive whose members have been unpacked once, to check them. Small ones need not be unpacked again."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self._kept: dict[str, bytes] = {}
        self._left = _MOST_KEPT

    def keep(self, name: str, content: bytes) -> None:
        """Keep the content of a member, if there is room for it."""
        if len(content) <= self._left:
            self._left -= len(content)
            self._kept[name] = content

    def unpack(self, name: str) -> bytes:
        """Return the content of a member."""
        content = self._kept.get(name)
        return self.read(name) if content is None else content


@contextmanager
def open_archive(data: bytes, file: str, *, backslashes: bool = False) -> Iterator[CheckedArchive]:
    """Check an archive and open it; `file` is its name in locations.

    Every member has the size that its header declares. With `backslashes` they may divide the folders of a path: some
    programs write them. Raises `Refused` with everything wrong with the archive.
    """
    location = Location(file)
    try:
        archive = CheckedArchive(data)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, OverflowError):
        raise Refused([Problem("bad-archive", location)]) from None
    with archive:
        _check(archive, data, location, backslashes=backslashes)
        yield archive


def _check(archive: CheckedArchive, data: bytes, location: Location, *, backslashes: bool) -> None:
    members = archive.infolist()
    if len(members) > limits().members:
        raise Refused([make_limit_problem("members", location, len(members))])
    declared = sum(member.file_size for member in members)
    if declared > limits().unpacked:
        raise Refused([make_limit_problem("unpacked", location, declared)])
    problems = Problems()
    _check_names(members, location, problems, backslashes=backslashes)
    spans = _locate_members(members, data, location, problems)
    problems.refuse()
    for member, start in spans:
        if not _has_plain_header(member, data, start, archive.start_dir):
            try:
                archive.open(member).close()  # the member's own header must agree with the directory
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError):
                problems.add("archive-damaged", location, found=member.orig_filename[:_SHOWN])
                continue
        content = _check_content(member, data[start : start + member.compress_size], location, problems)
        if content is not None:
            archive.keep(member.filename, content)
    problems.refuse()


def _has_plain_header(member: zipfile.ZipInfo, data: bytes, start: int, end: int) -> bool:
    """Whether the header of a member surely agrees with the directory, which begins at `end`: the same name, in ASCII."""
    name, at = member.orig_filename, member.header_offset + _HEADER
    (length,) = unpack_from("<H", data, at - 4)
    is_named = name.isascii() and data[at : at + length] == name.encode()
    return is_named and not member.flag_bits & ~_PLAIN_FLAGS and start + member.compress_size <= end


def _check_names(members: list[zipfile.ZipInfo], location: Location, problems: Problems, *, backslashes: bool) -> None:
    seen: set[str] = set()
    for member in members:
        name, shown = member.orig_filename, member.orig_filename[:_SHOWN]
        if backslashes:
            name = name.replace("\\", "/")
        if name.startswith("/") or "\\" in name or ".." in name.split("/") or _DRIVE.match(name):
            problems.add("archive-path", location, found=shown)
        if sign := find_hidden_mark(name, name=True):
            problems.add("hidden-mark", location, found=shown, mark=sign)
        if name.lower() in seen:
            problems.add("archive-twice", location, found=shown)
        seen.add(name.lower())
        if member.flag_bits & 1:
            problems.add("archive-locked", location, found=shown)


def _locate_members(
    members: list[zipfile.ZipInfo], data: bytes, location: Location, problems: Problems
) -> list[tuple[zipfile.ZipInfo, int]]:
    """Return where the bytes of each member start. Notes members that overlap: a small file could then hold gigabytes."""
    spans, end = [], 0
    for member in sorted(members, key=lambda one: one.header_offset):
        offset, name = member.header_offset, member.orig_filename[:_SHOWN]
        if offset < 0 or data[offset : offset + 4] != _MAGIC or len(data) < offset + _HEADER:
            problems.add("archive-damaged", location, found=name)
            continue
        start = offset + _HEADER + sum(unpack_from("<HH", data, offset + 26))
        if offset < end or start + member.compress_size > len(data):
            problems.add("archive-overlap", location, found=name)
        spans.append((member, start))
        end = start + member.compress_size
    return spans


def _check_content(member: zipfile.ZipInfo, packed: bytes, location: Location, problems: Problems) -> bytes | None:
    """Unpack one member. Notes a wrong size or checksum, and XML that declares entities. Returns what is sound and short."""
    size, crc, tail, chunk = 0, 0, b"", b""
    is_xml = member.filename.lower().endswith(_XML)
    sound = True
    try:
        for chunk in _inflate(member, packed):
            size, crc = size + len(chunk), zlib.crc32(chunk, crc)
            if size > member.file_size:
                break
            text = tail + chunk.replace(b"\0", b"")  # the zeros: UTF-16
            if is_xml and b"<!" in text and _DECLARES.search(text):
                problems.add("xml-entity", location, found=member.filename[:_SHOWN])
                is_xml = False
            tail = text[-32:]
    except (zlib.error, NotImplementedError):
        sound = False
    if not sound or size != member.file_size or crc != member.CRC:
        problems.add("archive-damaged", location, found=member.filename[:_SHOWN])
        return None
    return chunk if size == len(chunk) else None


def _inflate(member: zipfile.ZipInfo, packed: bytes) -> Iterator[bytes]:
    """Iterate over the unpacked bytes of a member in chunks of bounded size."""
    if member.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise NotImplementedError
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    yield inflate.decompress(packed, _CHUNK)
    while not inflate.eof:
        chunk = inflate.decompress(inflate.unconsumed_tail, _CHUNK)
        if not chunk and not inflate.eof:
            raise zlib.error
        yield chunk


def write_archive(members: Mapping[str, bytes], stream: IO[bytes]) -> None:
    """Write files into an archive in their order, compressed, always in the same way."""
    stream.write(_make(members, zipfile.ZIP_DEFLATED))


def make_archive(members: Mapping[str, bytes]) -> bytes:
    """Return an archive of files in their order: the same files give the same bytes, anywhere.

    Nothing is compressed, since how it is depends on the library, and one content has many compressed forms.
    """
    return _make(members, zipfile.ZIP_STORED)


def _make(members: Mapping[str, bytes], compression: int) -> bytes:
    made = io.BytesIO()  # an archive that could not be written to its end would complain when it is thrown away
    with zipfile.ZipFile(made, "w") as archive:
        for path, content in members.items():
            info = zipfile.ZipInfo(path, _TIME)
            info.compress_type, info.create_system, info.external_attr = compression, _UNIX, _MODE
            archive.writestr(info, content)
    return made.getvalue()


def find_foreign(data: bytes, file: str, members: Mapping[str, bytes]) -> list[Problem]:
    """Tell what an archive that has been looked through has beside its members that `make_archive` does not write.

    `members` are in the order in which they have to stand. An empty list means that the archive has those very bytes.
    """
    made = make_archive(members)
    if data == made:
        return []
    with zipfile.ZipFile(io.BytesIO(data)) as here, zipfile.ZipFile(io.BytesIO(made)) as there:
        found = [*_find_around(here, data), *_find_about(here.infolist(), there.infolist())]
    if not found:
        found = [("archive.byte", {"found": _find_difference(data, made)})]
    return [Problem(code, Location(file), details) for code, details in found]


def _find_difference(one: bytes, other: bytes) -> int:
    """Return the position of the first byte in which two differ."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


_Found: TypeAlias = tuple[str, dict[str, object]]


def _find_around(archive: zipfile.ZipFile, data: bytes) -> Iterator[_Found]:
    """Tell the bytes before, between and behind the members, and the comment of the archive."""
    end, last = 0, ""
    for member in sorted(archive.infolist(), key=lambda one: one.header_offset):
        if gap := member.header_offset - end:
            yield ("archive.between", {"found": gap, "place": last}) if last else ("archive.before", {"found": gap})
        start = member.header_offset + _HEADER + sum(unpack_from("<HH", data, member.header_offset + 26))
        end, last = start + member.compress_size, member.filename[:_SHOWN]
    if gap := archive.start_dir - end:
        yield "archive.between", {"found": gap, "place": last}
    if archive.comment:
        yield "archive.comment", {"found": archive.comment[:_SHOWN].decode("utf-8", "backslashreplace")}
    behind = len(data) - data.rindex(_END) - _END_SIZE - len(archive.comment)
    if behind > 0:
        yield "archive.behind", {"found": behind}


def _find_about(here: list[zipfile.ZipInfo], there: list[zipfile.ZipInfo]) -> Iterator[_Found]:
    """Tell the first member that stands elsewhere, and the first that has another date, mode, comment and so on."""
    for one, other in zip(here, there, strict=True):
        if one.filename != other.filename:
            yield "archive.order", {"found": one.filename[:_SHOWN], "expected": other.filename[:_SHOWN]}
            break
    expected = {member.filename: member for member in there}
    for code, about in _ABOUT.items():
        for member in here:
            if about(member) != about(expected[member.filename]):
                yield code, {"found": member.filename[:_SHOWN]}
                break
