"""Bundles of evidence as inputs: what is in one, and what was asked when it was made. Anybody may have written it."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath
from typing import Any, Literal, cast, get_args

from dabiao import __version__
from dabiao.base.archive import open_archive
from dabiao.base.files import File, Given, Upload, UploadedFolder, first_bytes
from dabiao.base.messages import LANGS, visible
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Problem, Refused
from dabiao.engine.requests import CheckRequest
from dabiao.engine.results import FailOn
from dabiao.facts.formats.registry import find_format
from dabiao.rules.files import find_plan_files

FORMAT = "dabiao/bundle/1"
MANIFEST, FINDINGS, REPORT = "manifest.json", "findings.json", "report.txt"
FOLDERS = ("plan", "sheets", "waivers", "assignments", "since")
_MAGIC = b"PK\x03\x04"
_LONG = 80


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself: what was asked, in which language, and the SHA-256 of every file."""

    request: CheckRequest
    lang: str
    limits: Mapping[str, int]
    exit_code: int
    versions: Mapping[str, str]
    files: Mapping[str, str]
    sizes: Mapping[str, int]
    shipped: str | None


@dataclass(frozen=True)
class Bundle:
    """A bundle: the bytes of its file, its members by name, and what it says of itself."""

    file: str
    data: bytes
    members: Mapping[str, bytes]
    manifest: Manifest

    @property
    def request(self) -> CheckRequest:
        """What was asked, with the content of the files named: what was added to the bundle decides nothing."""
        named = {name: self.members[name] for name in self.manifest.files if name in self.members}
        return fill_in(self.manifest.request, named, f"{self.file}/")


def is_bundle(file: File) -> bool:
    """Whether a file is a bundle: an archive with a manifest, whatever it is called."""
    if find_format(file) is not None or first_bytes(file, len(_MAGIC)) != _MAGIC:
        return False
    return MANIFEST.encode() in read_bytes(file, "unpacked")


def read_bundle(file: File) -> Bundle:
    """Read a bundle, whether or not it is as it was made.

    Raises `Refused` for a file that is no bundle, that unpacks to more than the limits allow, or whose names lead out of it.
    """
    data = read_bytes(file, "unpacked")
    with open_archive(data, str(file)) as archive:
        members = _read_members(archive, file)
    if MANIFEST not in members:
        raise Refused([Problem("bundle.missing-manifest", Location(str(file)), {"expected": MANIFEST})])
    return Bundle(str(file), data, members, _Reader(Location(str(file))).manifest(members[MANIFEST]))


def _read_members(archive: zipfile.ZipFile, path: File) -> dict[str, bytes]:
    """Read the members of an archive that has been looked through; only ordinary files are accepted."""
    for member in archive.infolist():
        kind = stat.S_IFMT(member.external_attr >> 16)
        if member.is_dir() or kind not in (0, stat.S_IFREG):
            raise Refused([Problem("bundle.not-a-file", Location(str(path)), {"found": member.filename[:_LONG]})])
    found = {}
    for member in archive.infolist():
        try:
            found[member.filename] = archive.read(member)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
            raise Refused(
                [Problem("archive-damaged", Location(str(path)), {"found": member.filename[:_LONG]})]
            ) from None
    return found


def find_altered(bundle: Bundle) -> list[Problem]:
    """Compare what a bundle holds with what its manifest says, and a plan that is told to come with the program with that."""
    members, manifest = bundle.members, bundle.manifest
    found = []
    for name, stated in manifest.files.items():
        if name not in members:
            found.append(Problem("bundle.missing", Location(name)))
        elif (sha256 := hashlib.sha256(members[name]).hexdigest()) != stated:
            found.append(Problem("bundle.altered", Location(name), {"expected": stated, "found": sha256}))
        elif (size := len(members[name])) != manifest.sizes[name]:
            found.append(Problem("bundle.size", Location(name), {"expected": manifest.sizes[name], "found": size}))
    required = {FINDINGS, REPORT} - set(manifest.files)
    found += [Problem("bundle.missing", Location(name)) for name in sorted(required)]
    added = [name for name in members if name not in manifest.files and name != MANIFEST and name not in required]
    added_problems = [Problem("bundle.added", Location(name)) for name in added]
    return [*found, *added_problems, *_not_shipped(members, manifest)]


def _not_shipped(members: Mapping[str, bytes], manifest: Manifest) -> list[Problem]:
    """Report that the bundled plan differs from the shipped plan of that name; only a note if the versions differ."""
    if manifest.shipped is None:
        return []
    here = {f"plan/{file.name}": file.read_bytes() for file in find_plan_files(manifest.shipped, shipped=True)}
    there = {name: members[name] for name in manifest.files if name.startswith("plan/") and name in members}
    if here == there and str(manifest.request.plan) in here:
        return []
    severity: Literal["error", "warning"] = "error" if manifest.versions.get("dabiao") == __version__ else "warning"
    return [Problem("bundle.not-shipped", Location(str(manifest.request.plan)), {"found": manifest.shipped}, severity)]


def fill_in(request: CheckRequest, members: Mapping[str, bytes], inside: str = "") -> CheckRequest:
    """Return a request with the content of what it names; what is not in the bundle is missing.

    `inside` stands before every name in messages.
    """

    def file(named: object) -> Upload:
        return Upload(f"{inside}{named}", members.get(str(named)))

    def given(sheet: Given) -> Given:
        if not isinstance(sheet, UploadedFolder):
            return file(sheet)
        within = tuple(file(name) for name in members if name.startswith(f"{sheet.name}/"))
        return UploadedFolder(f"{inside}{sheet.name}", within)

    parts = tuple(file(name) for name in members if name.startswith("plan/") and name != str(request.plan))
    waivers, assignments = (None if named is None else file(named) for named in (request.waivers, request.assignments))
    sheets, since = (tuple(map(given, many)) for many in (request.sheets, request.since))
    return replace(
        request,
        plan=file(request.plan),
        parts=parts,
        sheets=sheets,
        since=since,
        waivers=waivers,
        assignments=assignments,
    )


def shorten(value: object) -> str:
    """Return what a JSON value says, in few signs."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONG else text[: _LONG - 3] + "..."


class _Reader:
    """Reads a manifest that anybody may have written."""

    def __init__(self, location: Location) -> None:
        self._where = location

    def _bad(self, reason: str) -> Refused:
        return Refused([Problem("bundle.bad-manifest", self._where, {"reason": visible(reason[:200])})])

    def manifest(self, data: bytes) -> Manifest:
        try:
            told = json.loads(data, object_pairs_hook=self._once)
        except (ValueError, RecursionError) as error:
            raise self._bad(str(error)) from None
        if not isinstance(told, dict):
            raise self._bad("{}")
        if told.get("format") != FORMAT:
            details = {"found": shorten(told.get("format")), "expected": FORMAT}
            raise Refused([Problem("bundle.other-format", self._where, details)])
        asked = self._value(told, "asked", dict)
        lang = self._value(told, "lang", str)
        if lang not in LANGS:
            raise self._bad(f"lang: {lang}")
        shipped = asked.get("shipped")
        if shipped is not None and not isinstance(shipped, str):
            raise self._bad("shipped")
        files = self._files(told)
        return Manifest(
            self._read_request(asked), lang, self._numbers(told), self._value(told, "exit_code", int),
            {name: str(value) for name, value in self._value(told, "versions", dict).items()},
            {name: sha256 for name, (sha256, _) in files.items()}, {name: size for name, (_, size) in files.items()},
            shipped,
        )  # fmt: skip

    def _once(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) != len(pairs):
            raise self._bad(", ".join(name for name, _ in pairs))
        return dict(pairs)

    def _value(self, among: Mapping[str, Any], name: str, kind: type) -> Any:
        value = among.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self._bad(name)
        return value

    def _texts(self, among: Mapping[str, Any], name: str) -> list[str]:
        values = self._value(among, name, list)
        if not all(isinstance(value, str) for value in values):
            raise self._bad(name)
        return cast(list[str], values)

    def _numbers(self, told: Mapping[str, Any]) -> dict[str, int]:
        values = self._value(told, "limits", dict)
        if not all(isinstance(value, int) for value in values.values()):
            raise self._bad("limits")
        return cast(dict[str, int], values)

    def _path(self, name: str, under: str) -> str:
        """Return a name that lies in a folder of the bundle, and nowhere else."""
        parts = PurePosixPath(name).parts
        plain = "/".join(parts) == name and len(parts) > 1 and parts[0] == under
        if not plain or ".." in parts or "\\" in name or "\0" in name:
            raise self._bad(name)
        return name

    def _sheets(self, asked: Mapping[str, Any], under: str) -> tuple[Given, ...]:
        """Return files and folders in a folder of the bundle."""
        found: list[Given] = []
        for name in self._texts(asked, under):
            path = self._path(name.removesuffix("/"), under)
            found.append(UploadedFolder(path, ()) if name.endswith("/") else Upload(path, None))
        return tuple(found)

    def _read_request(self, asked: Mapping[str, Any]) -> CheckRequest:
        year, since_year, day, fail_on = (asked.get(name) for name in ("year", "since_year", "as_of", "fail_on"))
        if not all(one is None or type(one) is int for one in (year, since_year)) or fail_on not in get_args(FailOn):
            raise self._bad("year, fail_on")
        try:
            as_of = None if day is None else date.fromisoformat(day)
        except (TypeError, ValueError):
            raise self._bad("as_of") from None
        return CheckRequest(
            plan=Upload(self._path(self._value(asked, "plan", str), "plan"), None),
            sheets=self._sheets(asked, "sheets"),
            since=self._sheets(asked, "since") if "since" in asked else (),  # bundles of earlier releases do not say
            since_year=since_year,
            waivers=self._beside(asked, "waivers"), assignments=self._beside(asked, "assignments"),
            year=year, as_of=as_of, select=tuple(self._texts(asked, "select")), fail_on=cast(FailOn, fail_on),
        )  # fmt: skip

    def _beside(self, asked: Mapping[str, Any], under: str) -> Upload | None:
        """Return a file that may stand beside plan and sheets, in a folder of its own."""
        name = asked.get(under)
        if name is not None and not isinstance(name, str):
            raise self._bad(under)
        return Upload(self._path(name, under), None) if name else None

    def _files(self, told: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
        files: dict[str, tuple[str, int]] = {}
        for entry in self._value(told, "files", list):
            if not isinstance(entry, dict):
                raise self._bad("files")
            path, sha256 = self._value(entry, "path", str), self._value(entry, "sha256", str)
            under = path.partition("/")[0]
            if path not in (FINDINGS, REPORT):
                self._path(path, under if under in FOLDERS else "plan")
            if path in files:
                raise self._bad(path)
            files[path] = sha256, self._value(entry, "bytes", int)
        return files
