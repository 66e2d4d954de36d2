"""Bundles of evidence as inputs: what is in one, and what was asked when it was made. Anybody may have written it."""

from __future__ import annotations

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dabiao import __version__
from dabiao.base.archive import find_foreign, open_archive
from dabiao.base.files import File, Given, Upload, UploadedFolder, first_bytes
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.engine.manifest import (
    FINDINGS,
    MANIFEST,
    REPORT,
    Manifest,
    find_rewritten,
    folder_of,
    name_place,
    read_manifest,
    refuse_deep,
)
from dabiao.engine.requests import CheckRequest
from dabiao.facts.formats.registry import find_format
from dabiao.rules.files import find_plan_files, list_parts

_MAGIC = b"PK\x03\x04"
_LONG = 80


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
        refuse_deep(archive.namelist(), Location(str(file)))
        members = _read_members(archive, file)
    if MANIFEST not in members:
        raise Refused([Problem("bundle.missing-manifest", Location(str(file)), {"expected": MANIFEST})])
    return Bundle(str(file), data, members, read_manifest(members[MANIFEST], str(file)))


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


def find_altered(bundle: Bundle) -> Sequence[Problem]:
    """Tell what of a bundle no check writes.

    That is: files that differ from the manifest, that are not in it or that nothing asks for, a plan that is told to come
    with the program and does not, a manifest and an archive that are written in any other way.
    """
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
    found += [Problem("bundle.added", Location(name)) for name in added]
    found += _find_unasked(members, manifest)
    found += _not_shipped(members, manifest)
    problems = Problems()
    problems.extend(found)
    problems.extend(find_rewritten(members[MANIFEST], manifest))
    problems.extend(find_foreign(bundle.data, bundle.file, order(members)))
    return problems.found


def order(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a bundle in the order in which they stand in it."""
    return {name: members[name] for name in sorted(members, key=lambda name: (name != MANIFEST, name))}


def _find_unasked(members: Mapping[str, bytes], manifest: Manifest) -> Iterator[Problem]:
    """Name the files that are in the manifest and are read for nothing that was asked."""
    request = manifest.request
    plan = Upload(str(request.plan), members.get(str(request.plan)))
    beside = [str(one) for one in (request.waivers, request.assignments) if one is not None]
    asked = {FINDINGS, REPORT, plan.name, *beside, *(f"plan/{part}" for part in list_parts(plan))}
    asked.update(name_place(sheet) for sheet in (*request.sheets, *request.since))
    for name in manifest.files:
        if name not in asked and folder_of(name) not in asked:
            yield Problem("bundle.unasked", Location(name))


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
        return UploadedFolder(f"{inside}{sheet.name}", tuple(map(file, inside_of.get(f"{sheet.name}/", ()))))

    inside_of: dict[str, list[str]] = {}
    for name in members:
        inside_of.setdefault(folder_of(name), []).append(name)
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
