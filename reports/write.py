"""Writes reports where they were asked for: to standard output, or to a file, whole or not at all.

A further report is one more entry in `REPORTS`: a module with `write(outcome, lang, stream)`, and whether it writes bytes;
or, for a report of several files, with `write_files(outcome, lang, path)`, which writes each with `write_bytes`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Literal, TextIO

from dabiao.base.problems import Location, Problem, Refused, nearest
from dabiao.engine.requests import CheckOutcome, CheckRequest

REPORTS: dict[str, tuple[str, Literal["text", "bytes", "files"]]] = {
    "text": ("dabiao.reports.text", "text"),
    "json": ("dabiao.reports.json", "text"),
    "junit": ("dabiao.reports.junit", "text"),
    "sarif": ("dabiao.reports.sarif", "text"),
    "code-scanning": ("dabiao.reports.code_scanning", "text"),
    "github": ("dabiao.reports.github", "text"),
    "markdown": ("dabiao.reports.markdown", "text"),
    "csv": ("dabiao.reports.csv", "text"),
    "bundle": ("dabiao.evidence.bundle", "bytes"),
    "xlsx": ("dabiao.reports.marked", "files"),
}

Writer = Callable[[CheckOutcome, str, Any], None]


@dataclass(frozen=True, slots=True)
class Output:
    """A report that was asked for, and the file it goes to (None: standard output)."""

    report: str
    path: Path | None


def parse_outputs(texts: Sequence[str]) -> list[Output]:
    """Read FORMAT[:FILE] texts; text to standard output if there are none.

    Raises `Refused` for an unknown format, and for a format of bytes without a file.
    """
    outputs = []
    for text in texts or ("text",):
        report, _, file = text.partition(":")
        if report not in REPORTS:
            details = {"found": report, "nearest": nearest(report, REPORTS), "expected": ", ".join(REPORTS)}
            raise Refused([Problem("unknown-report", Location("--output"), details)])
        if REPORTS[report][1] != "text" and not file:
            raise Refused([Problem("report-needs-file", Location("--output"), {"found": report})])
        outputs.append(Output(report, Path(file) if file else None))
    return outputs


def refuse_overwriting(outputs: Sequence[Output], request: CheckRequest) -> None:
    """Refuse, before anything is judged, a report that would replace an input or another report."""
    seen: dict[str, Output] = {}
    problems = []
    for output in outputs:
        if output.path is None or _is(Path.exists, output.path) > _is(
            Path.is_file, output.path
        ):  # devices, pipes, folders
            continue
        place = os.path.realpath(output.path)
        if place in seen:
            problems.append(Problem("output-twice", Location(str(output.path)), {"found": output.report}))
        elif _is(Path.is_file, output.path) and any(place == os.path.realpath(file) for file in request.inputs()):
            problems.append(Problem("output-is-input", Location(str(output.path)), {"found": output.report}))
        seen[place] = output
    if problems:
        raise Refused(problems)


def _is(what: Callable[[Path], bool], path: Path) -> bool:
    """Ask something of a path; a name that no file can have is none of it, and is refused where it is read or written."""
    try:
        return what(path)
    except (OSError, ValueError):
        return False


def write_all(outcome: CheckOutcome, outputs: Sequence[Output], lang: str) -> None:
    """Write every report that was asked for. Raises `Refused` if a file cannot be written."""
    for output in outputs:
        module, kind = REPORTS[output.report]
        if kind == "files":
            import_module(module).write_files(outcome, lang, output.path)
            continue
        writer: Writer = import_module(module).write
        if output.path is None:
            writer(outcome, lang, sys.stdout)
        elif kind == "text":
            write_file(output.path, lambda stream, write=writer: write(outcome, lang, stream))  # type: ignore[misc]
        else:
            write_bytes(output.path, lambda stream, write=writer: write(outcome, lang, stream))  # type: ignore[misc]


def write_file(path: Path, write: Callable[[TextIO], None]) -> None:
    """Write a text file so that at any moment there is either the old one or the whole new one."""
    _whole(path, "w", write)


def write_bytes(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write a file of bytes so that at any moment there is either the old one or the whole new one."""
    _whole(path, "wb", write)


def _whole(path: Path, mode: str, write: Callable[[Any], None]) -> None:
    text: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace", "newline": ""} if mode == "w" else {}
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a device or a pipe must not be replaced by a file
            with path.open(mode, **text) as stream:
                write(stream)
            return
        path = Path(os.path.realpath(path))  # what a link leads to is replaced, not the link
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, mode, **text) as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refused([Problem("bad-output", Location(str(path)), {"reason": reason})]) from None
