"""The reports that commands write: every kind of report in every format it has, where each goes, and what it may replace.

A command is a request, the service that answers it, and the kind of report: `answer(request, service, kind, texts, lang)`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Literal, Protocol, TextIO, TypeVar

import click
from dabiao.base.libraries import require_library
from dabiao.base.problems import Location, Problem, Refused, nearest
from dabiao.commands.common import tell
from dabiao.commands.help import AsTyped, Option
from dabiao.commands.streams import for_commands

MOST_AT_A_TERMINAL = 50  # lines a section

_WITH_PROBLEMS_INSIDE = frozenset(("status", "verification", "lint"))  # the report is about the problems

_INPUTS = (".facts", ".plan", "_test", ".waivers", ".assignments", ".costs", ".scenario")  # before the suffix

ReportFunction = Callable[..., Any]


class Request(Protocol):
    """A request to a service."""

    def inputs(self) -> Iterable[Path]:
        """Return the files that are read."""


class Outcome(Protocol):
    """The outcome of a service: problems of the inputs, and the exit code."""

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong with the inputs, in the order it was found."""

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""


R = TypeVar("R", bound=Request)


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """How a format is written from the value of a report function: to a stream of text or bytes, or to files.

    A format with `forms` is written to a file in the form that the suffix of its name says. `library` is one that may not be
    installed.
    """

    write: Callable[[ReportFunction, Any, str, Any], None]
    goes_to: Literal["text", "bytes", "files"] = "text"
    forms: Mapping[str, str] = field(default_factory=dict)
    library: str = ""


def _write_text(document: ReportFunction, found: Any, lang: str, stream: TextIO) -> None:
    from dabiao.reports.text import write

    shown = document(found, lang, MOST_AT_A_TERMINAL)
    write(shown, stream)
    if not shown.blocks and stream is not sys.stdout:  # what standard error says has to stand in a file, too
        stream.writelines(f"{problem.text(lang)}\n" for problem in found.problems)


def _write_markdown(document: ReportFunction, found: Any, lang: str, stream: TextIO) -> None:
    from dabiao.reports.markdown import write

    write(document(found, lang), stream)


def _write_html(document: ReportFunction, found: Any, lang: str, stream: TextIO) -> None:
    from dabiao.reports.html import write

    write(document(found, lang), stream)


def _write_word(document: ReportFunction, found: Any, lang: str, stream: IO[bytes]) -> None:
    from dabiao.reports.word import write

    write(document(found, lang), stream)


def _write_json(values: ReportFunction, found: Any, lang: str, stream: TextIO) -> None:
    from dabiao.reports.json import dump

    dump(values(found, lang), stream)


def _write_csv(rows: ReportFunction, found: Any, lang: str, stream: TextIO) -> None:
    from dabiao.base.spreadsheet import write_csv

    write_csv(rows(found, lang), stream)


def _write_by_itself(write: ReportFunction, found: Any, lang: str, stream: Any) -> None:
    write(found, lang, stream)


FORMATS: Mapping[str, ReportFormat] = {
    "text": ReportFormat(_write_text),
    "markdown": ReportFormat(_write_markdown),
    "html": ReportFormat(_write_html, library="jinja2"),
    "word": ReportFormat(_write_word, "bytes", library="docx"),
    "brief": ReportFormat(_write_text, forms={".txt": "text", ".md": "markdown", ".html": "html", ".docx": "word"}),
    "json": ReportFormat(_write_json),
    "jsonl": ReportFormat(_write_by_itself),
    "csv": ReportFormat(_write_csv),
    "junit": ReportFormat(_write_by_itself),
    "sarif": ReportFormat(_write_json),
    "code-scanning": ReportFormat(_write_json),
    "github": ReportFormat(_write_by_itself),
    "svg": ReportFormat(_write_by_itself, "bytes", library="matplotlib"),
    "png": ReportFormat(_write_by_itself, "bytes", library="matplotlib"),
    "bundle": ReportFormat(_write_by_itself, "bytes"),
    "parquet": ReportFormat(_write_by_itself, "bytes"),
    "arrow": ReportFormat(_write_by_itself, "bytes"),
    "xlsx": ReportFormat(_write_by_itself, "files"),
}


CHARTS = ("svg", "png")


def _document(function: str) -> dict[str, str]:
    """Return the formats of everything that is a document."""
    return {"text": function, "markdown": function, "html": function}


REPORTS: Mapping[str, Mapping[str, str]] = {
    "check": {
        "text": "reports.screen:document", "brief": "reports.brief:document", "markdown": "reports.page:memo",
        "html": "reports.page:document",
        "json": "reports.json:stream_json", "jsonl": "reports.findings_jsonl:write", "csv": "reports.findings_csv:csv_rows",
        "junit": "reports.junit:write", "sarif": "reports.sarif:as_sarif", "code-scanning": "reports.sarif:as_alerts",
        "github": "reports.github:write", "bundle": "evidence.bundle:write", "xlsx": "reports.marked_workbooks:write",
        "parquet": "reports.findings_parquet:write", "arrow": "reports.findings_parquet:write_arrow",
    },
    "overview": {
        "text": "reports.overview:terminal_document", "markdown": "reports.overview:document", "html": "reports.overview:page",
        "json": "reports.overview_data:as_json", "csv": "reports.overview_data:csv_rows",
        "junit": "reports.junit:write_several", "sarif": "reports.sarif:as_sarif_of_several",
        "code-scanning": "reports.sarif:as_alerts_of_several", "github": "reports.github:write_several",
    },
    "partitions": {"text": "reports.partitions:document"},  # beside the folder of the findings
    "explanation": _document("reports.explain:document"),
    "comparison": {
        **_document("reports.comparison:document"), "json": "reports.json:comparison_json",
        "csv": "reports.comparison_csv:csv_rows",
    },
    "difference": {**_document("reports.whatif:document"), "json": "reports.whatif:as_json"},
    "sweep": {
        **_document("reports.sweep:document"), "json": "reports.sweep:as_json", "csv": "reports.sweep:csv_rows",
        "svg": "reports.sweep_chart:write_svg", "png": "reports.sweep_chart:write_png",
    },
    "seek": {**_document("reports.seek:document"), "json": "reports.seek:as_json"},
    "budget": {
        **_document("reports.budget:document"), "json": "reports.budget_json:as_json", "csv": "reports.budget_book:csv_rows",
        "xlsx": "reports.budget_book:write", "svg": "reports.budget_chart:write_svg", "png": "reports.budget_chart:write_png",
    },
    "status": {
        **_document("reports.status:document"), "json": "reports.status:as_json", "csv": "reports.status:csv_rows",
    },
    "verification": {**_document("evidence.report:document"), "json": "evidence.report:as_json"},
    "lint": _document("reports.lint:document"),
    "trial": {**_document("reports.trial:document"), "json": "reports.trial:as_json"},
    "plan-difference": {**_document("reports.diff:document"), "json": "reports.diff:as_json"},
    "plan": _document("reports.plan_page:document"),
    "plans": _document("reports.plans:document"),
}  # fmt: skip
"""What is written, in which formats, and the function that gives the report in each: `module:function` of this package."""


@dataclass(frozen=True, slots=True)
class Output:
    """A report that is asked for: its kind, its format, the file it goes to (None: standard output), and its form.

    The form is the format that it is written in: another one where the name of the file says so.
    """

    kind: str
    format: str
    path: Path | None
    form: str


def output_option(*kinds: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option that asks for reports of one of some kinds; its help names their formats."""
    formats = tuple(dict.fromkeys(name for kind in kinds for name in REPORTS[kind]))
    return click.option(
        "-o", "--output", multiple=True, metavar="FORMAT[:FILE]", cls=Option, parts={"formats": formats}
    )


def answer(request: R, service: Callable[[R], Outcome], kind: str, texts: Sequence[str], lang: str) -> int:
    """Do what is asked and write what was found as every report asked for; return the exit code.

    Raises `Refused` before anything is worked out if a report cannot be what is asked for.
    """
    outputs = ask_outputs(kind, texts, request.inputs())
    found = service(request)
    if kind not in _WITH_PROBLEMS_INSIDE:
        tell(found.problems, lang)
    write(found, outputs, lang)
    return found.exit_code


def formats_asked(texts: Sequence[str]) -> set[str]:
    """Return the formats of FORMAT[:FILE] texts, known or not; text if there are none."""
    return {text.partition(":")[0] for text in texts or ("text",)}


def ask_outputs(kind: str, texts: Sequence[str], inputs: Iterable[Path]) -> tuple[Output, ...]:
    """Read FORMAT[:FILE] texts; text to standard output if there are none.

    Raises `Refused` for an unknown format, for one that needs a file and names none, for an empty name, for a file that is
    one of `inputs` or is asked for twice, and for a format whose library is not installed.
    """
    outputs = tuple(_parse_output(kind, text) for text in texts or ("text",))
    for library in dict.fromkeys(FORMATS[output.form].library for output in outputs):
        if library:
            with require_library(library):
                import_module(library)
    refuse_overwriting([(output.format, output.path) for output in outputs if output.path], inputs)
    return outputs


def _parse_output(kind: str, text: str) -> Output:
    name, colon, file = text.partition(":")
    known = REPORTS[kind]
    if kind == "overview" and name in REPORTS["check"] and name not in known:
        raise Refused([Problem("auto.report", Location("--output"), {"found": name, "expected": tuple(known)})])
    if name not in known:
        details = {"found": name, "nearest": nearest(name, known), "expected": tuple(known)}
        raise Refused([Problem("unknown-report", Location("--output"), details)])
    if colon and not file:
        raise Refused([Problem("empty-path", Location("--output"), {"found": text})])
    if file.endswith(("/", os.sep)):
        raise Refused([Problem("output-is-folder", Location("--output"), {"found": file})])
    if not file and FORMATS[name].goes_to != "text":
        raise Refused([Problem("report-needs-file", Location("--output"), {"found": name})])
    return Output(kind, name, Path(file) if file else None, _form_of(name, file))


def _form_of(name: str, file: str) -> str:
    """Return the format that a report is written in. Raises `Refused` where the name of the file has to say it and does not."""
    forms = FORMATS[name].forms
    if not forms or not file:
        return name
    form = forms.get(Path(file).suffix.lower())
    if form is None:
        details = {"found": file, "expected": tuple(AsTyped(f"{name}:FILE{suffix}") for suffix in forms)}
        raise Refused([Problem("unknown-suffix", Location("--output"), details)])
    return form


def refuse_overwriting(
    files: Sequence[tuple[str, Path]], inputs: Iterable[Path], *, may_be_sheet: bool = False
) -> None:
    """Raise `Refused` for files to be written, each with the name of its report, that are inputs or each other.

    Unless what is written may be a sheet, a file that is there and has the name of one, or of a plan, is not replaced either.
    Devices and pipes may be written to twice. `inputs` is looked through only if one of the files exists.
    """
    files = [(name, path) for name, path in files if not _ask(Path.exists, path) or _ask(Path.is_file, path)]
    read = {_place_of(path) for path in inputs} if any(_ask(Path.exists, path) for _, path in files) else set()
    seen: set[str] = set()
    problems = []
    for name, path in files:
        target = _place_of(path)
        if target in seen:
            problems.append(Problem("output-twice", Location(str(path)), {"found": name}))
        elif target in read:
            problems.append(Problem("output-is-input", Location(str(path)), {"found": name}))
        elif not may_be_sheet and _looks_like_input(path) and _ask(Path.exists, path):
            problems.append(Problem("output-looks-like-input", Location(str(path)), {"found": name}))
        seen.add(target)
    if problems:
        raise Refused(problems)


def _place_of(path: Path) -> str:
    """Return where a path leads, in one writing where the system makes no difference between `A.html` and `a.html`."""
    return os.path.normcase(os.path.realpath(path))


def _looks_like_input(path: Path) -> bool:
    """Whether a file has the name of a sheet, of a plan, or of what belongs to one: it is not replaced by a report."""
    stem, _, suffix = path.name.lower().rpartition(".")
    return suffix in ("yaml", "yml", "json") and stem.endswith(_INPUTS)


def _ask(question: Callable[[Path], bool], path: Path) -> bool:
    """Ask something of a path; False for a name that no file can have, which is refused where it is read or written."""
    try:
        return question(path)
    except (OSError, ValueError):
        return False


def write(found: Any, outputs: Sequence[Output], lang: str) -> None:
    """Write what was found as every report asked for. Raises `Refused` if a file cannot be written."""
    from dabiao.base.writing import own_temporary_folder

    only_text = all(FORMATS[output.form].goes_to == "text" for output in outputs)
    with nullcontext() if only_text else own_temporary_folder():
        for output in outputs:
            _write_one(found, output, lang)


def _write_one(found: Any, output: Output, lang: str) -> None:
    from dabiao.base.writing import write_bytes, write_file

    report = partial(write_report, output.kind, output.format, found, lang, form=output.form)
    goes_to = FORMATS[output.form].goes_to
    if output.path is None or goes_to == "files":
        report(output.path or (for_commands(sys.stdout) if output.form == "github" else sys.stdout))
    elif goes_to == "text":
        write_file(output.path, report)
    else:
        write_bytes(output.path, report)


def write_report(kind: str, name: str, found: Any, lang: str, target: Any, form: str | None = None) -> None:
    """Write one report in one format to a stream of text or bytes, or beside a path where it is several files.

    `form` is the format of the writer, where it is another one.
    """
    FORMATS[form or name].write(_load(REPORTS[kind][name]), found, lang, target)


def _load(function: str) -> ReportFunction:
    module, _, name = function.partition(":")
    give: ReportFunction = getattr(import_module(f"dabiao.{module}"), name)
    return give
