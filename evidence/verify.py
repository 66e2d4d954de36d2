"""Whether a bundle of evidence still holds: its files against the manifest, and its findings judged again."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Literal, cast, get_args

from dabiao import __version__
from dabiao.base.archive import open_archive
from dabiao.base.exits import EXIT_CLEAN, EXIT_FELL_SHORT
from dabiao.base.files import Given, Upload, UploadedFolder
from dabiao.base.messages import LANGS, visible
from dabiao.base.nodes import read_bytes
from dabiao.base.problems import Location, Problem, Refused
from dabiao.engine.requests import CheckRequest
from dabiao.engine.results import FailOn
from dabiao.evidence.bundle import FINDINGS, FOLDERS, FORMAT, MANIFEST, REPORT, judge_again, other_limits, versions
from dabiao.rules.files import find_plan_files

_KEYS = ("root", "commitment", "subject", "kind", "year")
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
class Verified:
    """What became of a verification.

    `contents` are files that differ from the manifest, `differences` those between the findings in the bundle and the
    findings judged again, and `notes` what may explain them. `findings` counts those judged again, for `year`.
    """

    file: str
    sha256: str
    manifest: Manifest
    contents: tuple[Problem, ...]
    differences: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    findings: int
    year: int | None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is not as it was, and what may explain it."""
        return (*self.contents, *self.differences, *self.notes)

    @property
    def exit_code(self) -> int:
        """0 if everything is as it was, 1 if anything is not."""
        return EXIT_FELL_SHORT if self.contents or self.differences else EXIT_CLEAN


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """A bundle to be judged again."""

    bundle: Path

    def inputs(self) -> Iterator[Path]:
        """Iterate over the files that are read."""
        yield self.bundle


def verify(request: VerifyRequest) -> Verified:
    """Check a bundle and judge it again.

    Raises `Refused` for a file that is no bundle, that unpacks to more than the limits allow, or whose names lead out of it.
    """
    path = request.bundle
    data = read_bytes(path, "unpacked")
    with open_archive(data, str(path)) as archive:
        members = _members(archive, path)
        if MANIFEST not in members:
            raise Refused([Problem("bundle.missing-manifest", Location(str(path)), {"expected": MANIFEST})])
        manifest = _Reader(Location(str(path))).manifest(members[MANIFEST])
    contents, doubts = _by_severity(_contents(members, manifest))
    named = {name: members[name] for name in manifest.files if name in members}  # what was added decides nothing
    judged = judge_again(manifest.request, named, manifest.lang)
    differences = _differences(members[FINDINGS], judged.findings) if FINDINGS in members else []
    if not differences and members.get(REPORT, judged.report) != judged.report:
        differences.append(Problem("bundle.report", Location(REPORT)))
    if not differences and (code := judged.outcome.exit_code) != manifest.exit_code:
        details = {"before": manifest.exit_code, "after": code}
        differences.append(Problem("bundle.exit-code", Location(MANIFEST), details))
    result = judged.outcome.result
    return Verified(
        str(path), hashlib.sha256(data).hexdigest(), manifest, tuple(contents), tuple(differences),
        (*doubts, *_notes(manifest)),
        result.table.height if result else 0, result.year if result else manifest.request.year,
    )  # fmt: skip


def _by_severity(problems: Sequence[Problem]) -> tuple[list[Problem], list[Problem]]:
    return [p for p in problems if p.severity == "error"], [p for p in problems if p.severity == "warning"]


def _members(archive: zipfile.ZipFile, path: Path) -> dict[str, bytes]:
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


def _contents(members: Mapping[str, bytes], manifest: Manifest) -> list[Problem]:
    """Compare what the bundle holds with what its manifest says."""
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
    return [*found, *(Problem("bundle.added", Location(name)) for name in added), *_not_shipped(members, manifest)]


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


def _notes(manifest: Manifest) -> list[Problem]:
    here = versions()
    notes = []
    for name in sorted({*manifest.versions, *here}):
        before, after = manifest.versions.get(name, "—"), here.get(name, "—")
        if before != after:
            details = {"name": name, "before": before, "after": after}
            notes.append(Problem("bundle.version", Location(MANIFEST), details, "warning"))
    if dict(manifest.limits) != (now := other_limits()):
        details = {"before": _limits(manifest.limits), "after": _limits(now)}
        notes.append(Problem("bundle.limits", Location(MANIFEST), details, "warning"))
    return notes


def _limits(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(found.items())) or "—"


def _differences(stored: bytes, now: bytes) -> list[Problem]:
    """Say in which findings the stored ones and the new ones differ."""
    if stored == now:
        return []
    try:
        before = json.loads(stored)
        if not isinstance(before, dict):
            raise ValueError  # noqa: TRY004, TRY301 - the same as no JSON at all
    except (ValueError, RecursionError):
        return [Problem("bundle.not-json", Location(FINDINGS))]
    after = json.loads(now)
    found = _findings(before.pop("findings", None), after.pop("findings", None))
    found += _fields("bundle.field", {}, before, after)
    return found or [Problem("bundle.form", Location(FINDINGS))]


def _findings(before: object, after: object) -> list[Problem]:
    old, new = _by_key(before), _by_key(after)
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        details: dict[str, object] = dict(zip(_KEYS, key[:-1], strict=True))
        one, other = old.get(key), new.get(key)
        if one is None or other is None:
            code = "bundle.only-now" if one is None else "bundle.only-stored"
            verdicts = {"before": _short((one or {}).get("verdict")), "after": _short((other or {}).get("verdict"))}
            found.append(Problem(code, Location(FINDINGS), {**details, **verdicts}))
        elif one.get("verdict") != other.get("verdict"):
            verdicts = {"before": _short(one.get("verdict")), "after": _short(other.get("verdict"))}
            found.append(Problem("bundle.verdict", Location(FINDINGS), {**details, **verdicts}))
        else:
            found += _fields("bundle.finding", details, one, other)
    return found


def _by_key(findings: object) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return findings by what they are about; of several about the same, each has its number."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for finding in findings if isinstance(findings, list) else ():
        if isinstance(finding, dict):
            about = tuple(str(finding.get(key, "")) for key in _KEYS)
            number = sum(1 for key in found if key[:-1] == about) if (*about, "0") in found else 0
            found[*about, str(number)] = finding
    return found


def _fields(
    code: str, details: Mapping[str, object], one: Mapping[str, Any], other: Mapping[str, Any], above: str = ""
) -> list[Problem]:
    """Name the fields in which two JSON objects differ, those of objects in them by their path."""
    found = []
    for name in sorted({*one, *other}):
        before, after, path = one.get(name), other.get(name), f"{above}{name}"
        if isinstance(before, dict) and isinstance(after, dict):
            found += _fields(code, details, before, after, f"{path}.")
        elif before != after:
            values = {"field": path, "before": _short(before), "after": _short(after)}
            found.append(Problem(code, Location(FINDINGS), {**details, **values}))
    return found


def _short(value: object) -> str:
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
            details = {"found": _short(told.get("format")), "expected": FORMAT}
            raise Refused([Problem("bundle.other-format", self._where, details)])
        asked = self._value(told, "asked", dict)
        lang = self._value(told, "lang", str)
        if lang not in LANGS:
            raise self._bad(f"lang: {lang}")
        sheets = tuple(map(self._sheet, self._texts(asked, "sheets")))
        shipped = asked.get("shipped")
        if shipped is not None and not isinstance(shipped, str):
            raise self._bad("shipped")
        files = self._files(told)
        return Manifest(
            self._read_request(asked, sheets), lang, self._numbers(told), self._value(told, "exit_code", int),
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

    def _sheet(self, name: str) -> Given:
        path = self._path(name.removesuffix("/"), "sheets")
        return UploadedFolder(path, ()) if name.endswith("/") else Upload(path, None)

    def _read_request(self, asked: Mapping[str, Any], sheets: tuple[Given, ...]) -> CheckRequest:
        year, day, fail_on = (asked.get(name) for name in ("year", "as_of", "fail_on"))
        if (year is not None and type(year) is not int) or fail_on not in get_args(FailOn):
            raise self._bad("year, fail_on")
        try:
            as_of = None if day is None else date.fromisoformat(day)
        except (TypeError, ValueError):
            raise self._bad("as_of") from None
        return CheckRequest(
            plan=Upload(self._path(self._value(asked, "plan", str), "plan"), None),
            sheets=sheets,
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
