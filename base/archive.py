"""Checks ZIP archives from outside (workbooks, bundles) before anything in them is used, and writes them. Nothing is unpacked
to disk.

An archive is refused if it has too many members or unpacks to more bytes than allowed (counted while unpacking, since its
directory may be false), if members overlap, are encrypted, share a name or have a path that leads out of the archive, or
if XML in it declares entities.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from struct import unpack_from
from typing import IO

from dabiao.base.limits import limits
from dabiao.base.names import find_hidden_mark
from dabiao.base.problems import Location, Problem, Problems, Refused, make_limit_problem

_CHUNK = 1 << 20
_XML = (".xml", ".rels", ".vml")
_DECLARES = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")
_HEADER = 30  # bytes of a member's header before its name
_MAGIC = b"PK\x03\x04"
_SHOWN = 80
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_UNIX = 3


@contextmanager
def open_archive(data: bytes, file: str, *, backslashes: bool = False) -> Iterator[zipfile.ZipFile]:
    """Check an archive and open it; `file` is its name in locations.

    Every member has the size that its header declares. With `backslashes` they may divide the folders of a path: some
    programs write them. Raises `Refused` with everything wrong with the archive.
    """
    location = Location(file)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, OverflowError) as error:
        raise Refused([Problem("bad-archive", location, {"reason": str(error)})]) from None
    with archive:
        _check(archive, data, location, backslashes=backslashes)
        yield archive


def _check(archive: zipfile.ZipFile, data: bytes, location: Location, *, backslashes: bool) -> None:
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
        try:
            archive.open(member).close()  # the member's own header must agree with the directory
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError):
            problems.add("archive-damaged", location, found=member.orig_filename[:_SHOWN])
            continue
        _check_content(member, data[start : start + member.compress_size], location, problems)
    problems.refuse()


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


def _check_content(member: zipfile.ZipInfo, packed: bytes, location: Location, problems: Problems) -> None:
    """Unpack one member, keeping nothing. Notes a wrong size or checksum, and XML that declares entities."""
    size, crc, tail = 0, 0, b""
    is_xml = member.filename.lower().endswith(_XML)
    sound = True
    try:
        for chunk in _inflate(member, packed):
            size, crc = size + len(chunk), zlib.crc32(chunk, crc)
            if size > member.file_size:
                break
            text = tail + chunk.replace(b"\0", b"")  # the zeros: UTF-16
            if is_xml and _DECLARES.search(text):
                problems.add("xml-entity", location, found=member.filename[:_SHOWN])
                is_xml = False
            tail = text[-32:]
    except (zlib.error, NotImplementedError):
        sound = False
    if not sound or size != member.file_size or crc != member.CRC:
        problems.add("archive-damaged", location, found=member.filename[:_SHOWN])


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
    """Write files into an archive in their order, always in the same way: the same files give the same bytes."""
    made = io.BytesIO()  # an archive that could not be written to its end would complain when it is thrown away
    with zipfile.ZipFile(made, "w") as archive:
        for path, content in members.items():
            info = zipfile.ZipInfo(path, _TIME)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _MODE
            archive.writestr(info, content)
    stream.write(made.getbuffer())
