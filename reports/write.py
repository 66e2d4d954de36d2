"""Writes reports where they were asked for: to standard output, or to a file, whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TextIO

from dabiao.problems import Problem, Refused, Where, nearest
from dabiao.results import Result

REPORTS = {"text": "dabiao.reports.text", "json": "dabiao.reports.json"}

Writer = Callable[[Result, str, TextIO], None]


@dataclass(frozen=True, slots=True)
class Output:
    """A report that was asked for, and the file it goes to (None: standard output)."""

    report: str
    path: Path | None


def parse_outputs(texts: Sequence[str]) -> list[Output]:
    """Read FORMAT[:FILE] texts; text to standard output if there are none. Raises `Refused` for an unknown format."""
    outputs = []
    for text in texts or ("text",):
        report, _, file = text.partition(":")
        if report not in REPORTS:
            details = {"found": report, "nearest": nearest(report, REPORTS), "expected": ", ".join(REPORTS)}
            raise Refused([Problem("unknown-report", Where("--output"), details)])
        outputs.append(Output(report, Path(file) if file else None))
    return outputs


def write_all(result: Result, outputs: Sequence[Output], lang: str) -> None:
    """Write every report that was asked for. Raises `Refused` if a file cannot be written."""
    for output in outputs:
        writer: Writer = import_module(REPORTS[output.report]).write
        if output.path is None:
            writer(result, lang, sys.stdout)
        else:
            write_file(output.path, partial(_written, writer, result, lang))


def _written(writer: Writer, result: Result, lang: str, stream: TextIO) -> None:
    writer(result, lang, stream)


def write_file(path: Path, write: Callable[[TextIO], None]) -> None:
    """Write a text file so that at any moment there is either the old one or the whole new one."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
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
