"""The manifest of a bundle: what was asked, and every file with its digest. Anybody may have written the one that is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any, cast, get_args

from dabiao.base.exits import EXIT_INTERNAL
from dabiao.base.files import Given, Upload, UploadedFolder
from dabiao.base.limits import Limits, limits
from dabiao.base.messages import LANGS, visible
from dabiao.base.names import find_hidden_mark
from dabiao.base.problems import Location, Problem, Refused, make_limit_problem
from dabiao.engine.requests import CheckRequest
from dabiao.engine.results import FailOn

FORMAT = "dabiao/bundle/1"
MANIFEST, FINDINGS, REPORT = "manifest.json", "findings.json", "report.txt"
LIBRARIES = (
    "polars",
    "durable_rules",
    "pint",
    "pyyaml",
)  # those that decide what is read and judged
_FOLDERS = {"plan": 2, "sheets": 3, "waivers": 2, "assignments": 2, "since": 3}  # parts of the places in them
_LONG = 80
_HUGE = 1 << 80  # more than any limit that can be written
_VERSION = re.compile(r"[\w.+!-]{1,80}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself: what was asked, in which language, and size and SHA-256 of every file."""

    request: CheckRequest
    lang: str
    limits: Mapping[str, int]
    exit_code: int
    versions: Mapping[str, str]
    files: Mapping[str, str]
    sizes: Mapping[str, int]
    shipped: str | None


def canonical(value: object) -> bytes:
    """Return a value as JSON that is always written the same way: sorted keys, one space of indentation, LF, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return (text + "\n").encode(
        "utf-8", "backslashreplace"
    )  # half a character, as \ud800, is JSON's own way to write it


def write_manifest(manifest: Manifest) -> bytes:
    """Return a manifest as it is written: the same manifest gives the same bytes."""
    default = asdict(Limits())
    return canonical(
        {
            "format": FORMAT,
            "asked": {**manifest.request.values(name_place), "shipped": manifest.shipped},
            "lang": manifest.lang,
            "limits": {name: value for name, value in manifest.limits.items() if default.get(name, value) != value},
            "exit_code": manifest.exit_code,
            "versions": {name: manifest.versions[name] for name in VERSIONS if name in manifest.versions},
            "files": [
                {"path": path, "bytes": manifest.sizes[path], "sha256": manifest.files[path]}
                for path in sorted(manifest.files)
            ],
        }
    )


VERSIONS = ("dabiao", "python", *LIBRARIES)
"""What a manifest tells the versions of."""


def name_place(sheet: Given) -> str:
    """Write the place of a sheet in the bundle; that of a folder ends in a slash."""
    return f"{sheet}/" if isinstance(sheet, UploadedFolder) else str(sheet)


def find_rewritten(data: bytes, manifest: Manifest) -> Iterator[Problem]:
    """Tell where the text of a manifest differs from what is written for what it says."""
    expected = write_manifest(manifest)
    if data == expected:
        return
    found = list(find_fields(json.loads(data.decode()), json.loads(expected.decode())))
    for path, before, after in found:
        details = {"field": path, "found": shorten(before), "expected": shorten(after)}
        code = "bundle.unknown-key" if after is ABSENT else "bundle.rewritten"
        yield Problem(code, Location(MANIFEST), details)
    if not found:
        yield Problem("bundle.form", Location(MANIFEST))


class _Absent:
    """Stands for the value of a key that is not there."""


ABSENT = _Absent()


def find_fields(one: Mapping[str, Any], other: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Iterate over the fields in which two JSON objects differ, with both values; those of objects in them by their path."""
    for name in sorted({*one, *other}):
        before, after, path = one.get(name, ABSENT), other.get(name, ABSENT), f"{above}{name}"
        if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
            before, after = ({f"{name}[{n}]": each for n, each in enumerate(many, 1)} for many in (before, after))
            yield from find_fields(before, after, above)
        elif isinstance(before, dict) and isinstance(after, dict):
            yield from find_fields(before, after, f"{path}.")
        elif before != after:
            yield path, before, after


def shorten(value: object) -> str:
    """Return what a JSON value says, in few signs; a dash for one that is not there."""
    if value is ABSENT:
        return "—"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONG else text[: _LONG - 3] + "..."


def parse_json(data: bytes, location: Location) -> Any:
    """Read JSON that anybody may have written.

    Raises `ValueError` for what is no JSON in UTF-8 or has a key twice in an object, and `Refused` for more values (told by
    the signs before them) or a deeper nesting than the limits allow.
    """
    if (signs := sum(map(data.count, (b",", b"[", b"{")))) > limits().cells:
        raise Refused([make_limit_problem("cells", location, signs)])
    too_deep = Refused([make_limit_problem("depth", location, f"> {limits().depth}")])
    try:
        value = json.loads(data.decode(), object_pairs_hook=_once)
    except RecursionError:
        raise too_deep from None
    level = [value]
    for _ in range(limits().depth + 1):
        level = [child for each in level for child in _children(each)]
    if level:
        raise too_deep
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError(", ".join(name for name, _ in pairs))
    return dict(pairs)


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def plain_name(name: str) -> str:
    """Return a file name that can stand in any archive: what could lead out of a folder or not be seen is replaced."""
    seen = "".join("_" if sign in '\\/:*?"<>|' or find_hidden_mark(sign, name=True) else sign for sign in name)
    seen = seen.encode("utf-8", "replace").decode()
    return seen if seen.strip(". ") else "_"


def folder_of(place: str) -> str:
    """Return the folder of a sheet in which a place lies, with a slash at its end; empty if it lies in none."""
    parts = place.split("/", _FOLDERS["sheets"])
    return "/".join(parts[:-1]) + "/" if len(parts) > _FOLDERS["sheets"] else ""


def refuse_deep(places: Iterable[str], location: Location) -> None:
    """Raise `Refused` for a place in more folders than the limit `depth` allows within the folder of a sheet."""
    deepest = max((place.count("/") for place in places), default=0) - _FOLDERS["sheets"]
    if deepest > limits().depth:
        raise Refused([make_limit_problem("depth", location, deepest)])


def _is_plain(parts: Sequence[str]) -> bool:
    return all(part == plain_name(part) for part in parts)


def read_manifest(data: bytes, file: str) -> Manifest:
    """Read a manifest; `file` is the bundle. Raises `Refused` for one that means nothing."""
    return _Reader(Location(file)).manifest(data)


class _Reader:
    """Reads a manifest that anybody may have written."""

    def __init__(self, location: Location) -> None:
        self._where = location

    def _bad(self, reason: str) -> Refused:
        return Refused([Problem("bundle.bad-manifest", self._where, {"reason": visible(reason[:200])})])

    def manifest(self, data: bytes) -> Manifest:
        try:
            told = parse_json(data, self._where)
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise self._bad("JSON") from None
        except ValueError as error:
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
        versions, exit_code = self._value(told, "versions", dict), self._value(told, "exit_code", int)
        if not all(_VERSION.fullmatch(str(version)) for version in versions.values()):
            raise self._bad("versions")
        if exit_code not in range(EXIT_INTERNAL):
            raise self._bad("exit_code")
        return Manifest(
            self._read_request(asked), lang, self._numbers(told), exit_code,
            {name: str(version) for name, version in versions.items()},
            {name: sha256 for name, (sha256, _) in files.items()}, {name: size for name, (_, size) in files.items()},
            shipped,
        )  # fmt: skip

    def _value(self, among: Mapping[str, Any], name: str, kind: type) -> Any:
        value = among.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self._bad(name)
        return value

    def _texts(self, among: Mapping[str, Any], name: str) -> list[str]:
        values = self._value(among, name, list)
        if not all(isinstance(value, str) for value in values):
            raise self._bad(name)
        if len(values) > limits().members:
            raise Refused([make_limit_problem("members", self._where, len(values))])
        return cast(list[str], values)

    def _numbers(self, told: Mapping[str, Any]) -> dict[str, int]:
        values = self._value(told, "limits", dict)
        known = asdict(Limits())
        if not all(name in known and type(value) is int and 0 < value < _HUGE for name, value in values.items()):
            raise self._bad("limits")
        return cast(dict[str, int], values)

    def _path(self, name: str, under: str, number: int = 0) -> str:
        """Return a place in a folder of the bundle where a check could have put what was asked with it."""
        parts = PurePosixPath(name).parts
        plain = "/".join(parts) == name and len(parts) == _FOLDERS[under] and parts[0] == under
        if not plain or not _is_plain(parts) or (number and parts[1] != str(number)):
            raise self._bad(name)
        return name

    def _sheets(self, asked: Mapping[str, Any], under: str) -> tuple[Given, ...]:
        """Return files and folders, each in a folder of its number."""
        found: list[Given] = []
        for number, name in enumerate(self._texts(asked, under), 1):
            path = self._path(name.removesuffix("/"), under, number)
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
            parts = PurePosixPath(path).parts
            if path not in (FINDINGS, REPORT) and not (
                "/".join(parts) == path and parts[0] in _FOLDERS and _is_plain(parts)
            ):
                raise self._bad(path)
            if path in files:
                raise self._bad(path)
            files[path] = sha256, self._value(entry, "bytes", int)
        return files
