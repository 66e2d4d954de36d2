"""The bundle of evidence: plan, sheets, findings and report in one ZIP file, which anybody can judge again.

The findings in it are judged from the very copies that go into it, and name files by their place in it. The same inputs
give the same bytes: members are in a fixed order with a fixed time, and the findings are canonical JSON.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeVar, cast

from dabiao import __version__
from dabiao.base.files import Upload, paths_among
from dabiao.base.limits import Limits, limits
from dabiao.base.messages import visible
from dabiao.base.names import hidden
from dabiao.base.problems import Location, Problem, Refused, over
from dabiao.engine.requests import CheckOutcome, CheckRequest
from dabiao.facts.files import sheet_files
from dabiao.facts.parallel.reading import Reading, reading
from dabiao.rules.files import plan_files
from dabiao.rules.load import shipped_plans

FORMAT = "dabiao/bundle/1"
MANIFEST, FINDINGS, REPORT = "manifest.json", "findings.json", "report.txt"
LIBRARIES = (
    "polars",
    "durable_rules",
    "pint",
    "pyyaml",
)  # those that decide what is read and judged

_TIME = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20
_MODE = 0o100644 << 16
_UNIX = 3


def write(outcome: CheckOutcome, lang: str, stream: IO[bytes]) -> None:
    """Write the bundle of an outcome, refused or not.

    Raises `Refused` if the inputs are larger than what may be unpacked when it is verified.
    """
    with tempfile.TemporaryDirectory(prefix="dabiao-") as name, tempfile.TemporaryDirectory(prefix="dabiao-") as given:
        folder = Path(name)
        request, paths = _copy(_on_disk(outcome.request, Path(given)), folder)
        judged = judge_again(folder, request, lang)
        if _decided(judged.outcome) != _decided(outcome):
            raise Refused([Problem("bundle.changed", Location(str(outcome.request.plan)))])
        (folder / FINDINGS).write_bytes(judged.findings)
        (folder / REPORT).write_bytes(judged.report)
        files = [_entry(folder, path) for path in sorted(_files(folder))]
        manifest = {
            "format": FORMAT,
            "asked": {**_asked(request), "sheets": paths, "shipped": _shipped(outcome.request.plan)},
            "lang": lang,
            "limits": other_limits(),
            "exit_code": judged.outcome.exit_code,
            "versions": versions(),
            "files": files,
        }
        (folder / MANIFEST).write_bytes(canonical(manifest))
        _pack(folder, [MANIFEST, *(entry["path"] for entry in files)], stream)


@dataclass(frozen=True)
class Judged:
    """An outcome, its findings as canonical JSON, and its report as text."""

    outcome: CheckOutcome
    findings: bytes
    report: bytes


def judge_again(folder: Path, request: CheckRequest, lang: str) -> Judged:
    """Judge what lies in a folder.

    The names in `request` are relative to the folder, and so are those in the findings and in the report: the same files
    give the same bytes wherever they lie.
    """
    from dabiao.engine.run import run
    from dabiao.reports import json as findings
    from dabiao.reports import text
    from dabiao.reports.check import terminal_document

    with reading(Reading()):  # nothing is taken from a cache
        outcome = run(_within(folder, request))
    report = io.StringIO()
    report.writelines(problem.text(lang) + "\n" for problem in outcome.problems)
    text.write(terminal_document(outcome, lang), report)
    found = canonical(_without(folder, findings.as_json(outcome, lang)))
    return Judged(outcome, found, _without(folder, report.getvalue()).encode("utf-8", "backslashreplace"))


def _within(folder: Path, request: CheckRequest) -> CheckRequest:
    """Return a request with relative names as one with whole paths."""
    waivers = next((folder / path for path in paths_among(request.waivers)), None)
    sheets = tuple(folder / sheet for sheet in request.sheets)
    return replace(request, plan=str(folder / str(request.plan)), sheets=sheets, waivers=waivers)


_Told = TypeVar("_Told")


def _without(folder: Path, told: _Told) -> _Told:
    """Return plain values or a text in which names are relative to a folder again."""
    found: Any = told
    if isinstance(told, str):
        for prefix in (str(folder), visible(str(folder))):
            found = found.replace(prefix + os.sep, "")
    elif isinstance(told, dict):
        found = {key: _without(folder, value) for key, value in told.items()}
    elif isinstance(told, list):
        found = [_without(folder, value) for value in told]
    return cast(_Told, found)


def _decided(outcome: CheckOutcome) -> object:
    """Return what was decided, to tell whether an input was changed between the judgement and its copy."""
    return outcome.exit_code, outcome.result.counts() if outcome.result else len(outcome.problems)


def canonical(value: object) -> bytes:
    """Return a value as JSON that is always written the same way: sorted keys, one space of indentation, LF, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return (text + "\n").encode(
        "utf-8", "backslashreplace"
    )  # half a character, as \ud800, is JSON's own way to write it


def versions() -> dict[str, str]:
    """Return the versions of what decides: the program, Python, and the libraries that read and judge."""
    found = {"dabiao": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # one that is needed for some formats only
            continue
    return found


def other_limits() -> dict[str, int]:
    """Return the limits in force that are not the default ones."""
    default = asdict(Limits())
    return {name: value for name, value in asdict(limits()).items() if value != default[name]}


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _asked(request: CheckRequest) -> dict[str, Any]:
    waivers = next(paths_among(request.waivers), None)
    return {
        "plan": str(request.plan),
        "waivers": None if waivers is None else waivers.as_posix(),
        "year": request.year,
        "as_of": None if request.as_of is None else request.as_of.isoformat(),
        "select": list(request.select),
        "fail_on": request.fail_on,
    }


def _shipped(plan: str | Upload) -> str | None:
    """Return the name of the plan if it is one that comes with the program."""
    if isinstance(plan, Upload):
        return None
    return plan if plan in shipped_plans() and not Path(plan).is_file() else None


def _on_disk(request: CheckRequest, folder: Path) -> CheckRequest:
    """Write what was uploaded into a folder, and return what is asked of these files."""

    def written(uploads: Sequence[Upload], under: str) -> list[Path]:
        (folder / under).mkdir(parents=True)
        paths = [folder / under / plain_name(PurePosixPath(upload.name).name) for upload in uploads]
        for upload, path in zip(uploads, paths, strict=True):
            path.write_bytes(upload.content)
        return paths

    plan, waivers = request.plan, request.waivers
    if isinstance(plan, Upload):
        plan = str(written((plan, *request.parts), "plan")[0])
    if isinstance(waivers, Upload):
        (waivers,) = written((waivers,), "waivers")
    return replace(request, plan=plan, parts=(), waivers=waivers)


def _copy(request: CheckRequest, folder: Path) -> tuple[CheckRequest, list[str]]:
    """Copy the inputs into a folder; return what is asked of the copies, and the sheets' paths (a folder's ends in /).

    What does not exist or cannot be read is not copied; judging says so.
    """
    copies = _Copies(folder)
    plan = _plan(str(request.plan), copies)
    sheets = [_sheets(path, f"sheets/{number}", copies) for number, path in enumerate(request.sheets, 1)]
    waivers = [Path(copies.add(path, "waivers")) for path in paths_among(request.waivers)]
    relative = tuple(Path(sheet) for sheet in sheets)
    return replace(request, plan=plan, sheets=relative, waivers=waivers[0] if waivers else None), sheets


class _Copies:
    """Copies files into a folder under names that every archive can hold, each once, and no more than may be unpacked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._taken: set[str] = set()
        self._bytes = 0

    def place(self, path: Path, under: str) -> str:
        """Return a free place for a file or folder."""
        name = plain_name(path.name if path.name not in ("", "..") else path.resolve().name)
        number, place = 1, f"{under}/{name}"
        while place.lower() in self._taken:
            number += 1
            place = f"{under}/{number}-{name}"
        self._taken.add(place.lower())
        return place

    def add(self, path: Path, under: str) -> str:
        """Copy one file; return its place, even if there was nothing to copy."""
        place = self.place(path, under)
        target = self.folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._count(path)
            shutil.copyfile(path, target)
        except OSError:
            target.unlink(missing_ok=True)
        return place

    def _count(self, path: Path) -> None:
        self._bytes += path.stat().st_size
        if self._bytes > limits().unpacked:
            raise Refused([over("unpacked", Location(str(path)), self._bytes)])
        if len(self._taken) > limits().members:
            raise Refused([over("members", Location(str(path)), len(self._taken))])


def plain_name(name: str) -> str:
    """Return a file name that can stand in any archive: what could lead out of a folder or not be seen is replaced."""
    seen = "".join("_" if sign in '\\/:*?"<>|' or hidden(sign, name=True) else sign for sign in name)
    seen = seen.encode("utf-8", "replace").decode()
    return seen if seen.strip(". ") else "_"


def _plan(name: str, copies: _Copies) -> str:
    """Copy a plan with its parts. A plan that cannot be found or read is left to the judgement."""
    places = [copies.add(file, "plan") for file in plan_files(name)]
    return places[0] if places else copies.place(Path(name), "plan")


def _sheets(path: Path, under: str, copies: _Copies) -> str:
    """Copy one path of sheets: a file, or of a folder what would be read in it."""
    if not path.is_dir():
        return copies.add(path, under)
    place = copies.place(path, under)
    for file in sheet_files(path):
        copies.add(file, "/".join((place, *map(plain_name, file.relative_to(path).parent.parts))))
    (copies.folder / place).mkdir(parents=True, exist_ok=True)
    return place + "/"


def _files(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _entry(folder: Path, path: str) -> dict[str, Any]:
    file = folder / path
    return {"path": path, "bytes": file.stat().st_size, "sha256": sha256_of(file)}


def _pack(folder: Path, paths: Sequence[str], stream: IO[bytes]) -> None:
    """Write files into an archive, always in the same way."""
    made = io.BytesIO()  # an archive that could not be written to its end would complain when it is thrown away
    with zipfile.ZipFile(made, "w") as archive:
        for path in paths:
            info = zipfile.ZipInfo(PurePosixPath(path).as_posix(), _TIME)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _MODE
            info.file_size = (folder / path).stat().st_size
            with (folder / path).open("rb") as source, archive.open(info, "w") as target:
                shutil.copyfileobj(source, target, _CHUNK)
    stream.write(made.getbuffer())
