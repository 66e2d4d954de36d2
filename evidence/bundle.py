"""The bundle of evidence: plan, sheets, findings and report in one ZIP file, which anybody can judge again.

The findings in it are judged from the very copies that go into it, and name files by their place in it. The same inputs
give the same bytes: the archive has one form (`make_archive`), and manifest and findings are canonical JSON.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path, PurePath, PurePosixPath
from typing import IO

from dabiao import __version__
from dabiao.base.archive import make_archive
from dabiao.base.files import File, Given, Upload, UploadedFolder, open_file
from dabiao.base.limits import Limits, limits
from dabiao.base.problems import Location, Problem, Refused, make_limit_problem
from dabiao.engine.bundles import fill_in, order
from dabiao.engine.manifest import (
    FINDINGS,
    LIBRARIES,
    MANIFEST,
    REPORT,
    Manifest,
    canonical,
    plain_name,
    refuse_deep,
    write_manifest,
)
from dabiao.engine.requests import CheckOutcome, CheckRequest
from dabiao.facts.datasets.head import is_data_set
from dabiao.facts.files import sheet_files
from dabiao.facts.formats.csv_folder import Folder, Source, folders_among
from dabiao.rules.files import find_plan_files, list_parts
from dabiao.rules.load import find_shipped_plans


def write(outcome: CheckOutcome, lang: str, stream: IO[bytes]) -> None:
    """Write the bundle of an outcome, refused or not.

    Raises `Refused` if the inputs are larger than what may be unpacked when it is verified.
    """
    copies = _Copies()
    request = _copy_files(outcome.request, copies)
    judged = judge_again(request, copies.members, lang)
    if not _is_same(judged.outcome, outcome):
        raise Refused([Problem("bundle.changed", Location(str(outcome.request.plan)))])
    members = {**copies.members, FINDINGS: judged.findings, REPORT: judged.report}
    manifest = Manifest(
        request, lang, other_limits(), judged.outcome.exit_code, versions(),
        {path: hashlib.sha256(content).hexdigest() for path, content in members.items()},
        {path: len(content) for path, content in members.items()}, _shipped(outcome.request.plan),
    )  # fmt: skip
    members[MANIFEST] = write_manifest(manifest)
    made = make_archive(order(members))
    if len(made) > limits().unpacked:
        raise Refused([make_limit_problem("unpacked", Location(str(outcome.request.plan)), len(made))])
    stream.write(made)


@dataclass(frozen=True)
class Judged:
    """An outcome, its findings as canonical JSON, and its report as text."""

    outcome: CheckOutcome
    findings: bytes
    report: bytes


def judge_again(request: CheckRequest, members: Mapping[str, bytes], lang: str) -> Judged:
    """Judge the files of a bundle. `request` names them by their place in it, and holds none of their content."""
    from dabiao.engine.run import run
    from dabiao.reports import json as findings
    from dabiao.reports import text
    from dabiao.reports.check import terminal_document

    stream = io.StringIO()
    outcome = run(fill_in(request, members))
    found = canonical(findings.as_json(outcome, lang))
    for problem in outcome.problems:
        stream.write(problem.text(lang) + "\n")
    text.write(terminal_document(outcome, lang), stream, fixed=True)
    return Judged(outcome, found, stream.getvalue().encode("utf-8", "backslashreplace"))


def _is_same(one: CheckOutcome, other: CheckOutcome) -> bool:
    """Whether two outcomes decided the same, to tell whether an input was changed between the judgement and its copy."""
    return one.exit_code == other.exit_code and _list_decided(one) == _list_decided(other)


def _list_decided(outcome: CheckOutcome) -> object:
    """Return what was decided, whatever the order of the sheets."""
    if outcome.result is None:
        return len(outcome.problems)
    rows = outcome.result.table.select("root", "subject", "kind", "commitment", "verdict", "actual", "target").rows()
    return sorted(rows, key=repr)


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


def _shipped(plan: str | Upload) -> str | None:
    """Return the name of the plan if it is one that comes with the program."""
    if isinstance(plan, Upload):
        return None
    return plan if plan in find_shipped_plans() and not Path(plan).is_file() else None


def _copy_files(request: CheckRequest, copies: _Copies) -> CheckRequest:
    """Copy the inputs; return what is asked of the copies, each named by its place, without its content.

    What does not exist or cannot be read is not copied; judging says so.
    """
    plan = request.plan
    files: Sequence[File]
    if isinstance(plan, Upload):
        named = set(list_parts(plan))
        files = (plan, *(part for part in request.parts if PurePosixPath(part.name).name in named))
    else:
        files = find_plan_files(plan) or (Path(plan),)
    places = [copies.add(file, "plan") for file in files]
    sheets, since = (
        _copy_sheets(given, under, copies) for under, given in (("sheets", request.sheets), ("since", request.since))
    )
    waivers, assignments = (
        None if file is None else Upload(copies.add(file, under), None)
        for under, file in (("waivers", request.waivers), ("assignments", request.assignments))
    )
    return replace(
        request, plan=Upload(places[0], None), parts=(), sheets=sheets, since=since, waivers=waivers,
        assignments=assignments,
    )  # fmt: skip


def _copy_sheets(given: Sequence[Given], under: str, copies: _Copies) -> tuple[Given, ...]:
    """Copy sheets into folders of a number each; return their places."""
    uploads = folders_among(sheet for sheet in given if isinstance(sheet, Upload))
    sources = (*(sheet for sheet in given if not isinstance(sheet, Upload)), *uploads)
    if heads := [source for source in sources if is_data_set(source)]:
        raise Refused([Problem("dataset.no-bundle", Location(str(head))) for head in heads])
    return tuple(_sheet(source, f"{under}/{number}", copies) for number, source in enumerate(sources, 1))


class _Copies:
    """Copies files under names that every archive can hold, each once, and no more than may be unpacked."""

    def __init__(self) -> None:
        self.members: dict[str, bytes] = {}
        self._taken: set[str] = set()
        self._bytes = 0

    def place(self, file: Given | Folder, under: str) -> str:
        """Return a free place for a file or folder."""
        path = file if isinstance(file, Path) else PurePosixPath(file.name)
        if isinstance(path, Path) and path.name in ("", ".."):
            path = path.resolve()
        name = plain_name(path.name)
        number, place = 1, f"{under}/{name}"
        while place.lower() in self._taken:
            number += 1
            place = f"{under}/{number}-{name}"
        self._taken.add(place.lower())
        return place

    def add(self, file: File, under: str) -> str:
        """Copy one file; return its place, even if there was nothing to copy."""
        place = self.place(file, under)
        refuse_deep([place], Location(str(file)))
        content = file.content if isinstance(file, Upload) else self._read(file)
        if content is not None:
            self._count(len(content), file)
            self.members[place] = content
        return place

    def _read(self, path: Path) -> bytes | None:
        """Return the content of a file, None if there is none: a pipe or a device might never end."""
        try:
            with open_file(path) as stream:
                if (size := os.fstat(stream.fileno()).st_size) > limits().unpacked:
                    self._count(size, path)
                return stream.read()
        except (OSError, ValueError):
            return None

    def _count(self, size: int, file: File) -> None:
        self._bytes += size
        if self._bytes > limits().unpacked:
            raise Refused([make_limit_problem("unpacked", Location(str(file)), self._bytes)])
        if len(self._taken) > limits().members:
            raise Refused([make_limit_problem("members", Location(str(file)), len(self._taken))])


def _sheet(given: Source | UploadedFolder, under: str, copies: _Copies) -> Given:
    """Copy one file, or of a folder what would be read in it; return its place."""
    inside: list[tuple[File, PurePath]]
    if isinstance(given, UploadedFolder):
        inside = [(file, PurePosixPath(file.name).relative_to(given.name).parent) for file in given.files]
    elif isinstance(given, Folder):
        inside = [(file, PurePosixPath()) for file in (given.head, *given.tables)]
    elif isinstance(given, Path) and given.is_dir():
        inside = [(file, file.relative_to(given).parent) for file in sheet_files(given)]
    else:
        return Upload(copies.add(given, under), None)
    place = copies.place(given, under)
    for file, parent in inside:
        copies.add(file, "/".join((place, *map(plain_name, parent.parts))))
    return UploadedFolder(place, ())
