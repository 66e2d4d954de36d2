"""Writes reports where they were asked for: to standard output, or to a file, whole or not at all.

A further report is one more entry in `REPORTS`: a module with `write(outcome, lang, stream)`, and whether it writes bytes.
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

from dabiao.problems import Problem, Refused, Where, nearest
from dabiao.results import Outcome

REPORTS: dict[str, tuple[str, Literal["text", "bytes"]]] = {
    "text": ("dabiao.reports.text", "text"),
    "json": ("dabiao.reports.json", "text"),
}

Writer = Callable[[Outcome, str, Any], None]


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
            raise Refused([Problem("unknown-report", Where("--output"), details)])
        if REPORTS[report][1] == "bytes" and not file:
            raise Refused([Problem("report-needs-file", Where("--output"), {"found": report})])
        outputs.append(Output(report, Path(file) if file else None))
    return outputs


def write_all(outcome: Outcome, outputs: Sequence[Output], lang: str) -> None:
    """Write every report that was asked for. Raises `Refused` if a file cannot be written."""
    for output in outputs:
        module, kind = REPORTS[output.report]
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
    text: dict[str, Any] = {"encoding": "utf-8", "newline": ""} if mode == "w" else {}
    try:
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
        raise Refused([Problem("bad-output", Where(str(path)), {"reason": reason})]) from None
