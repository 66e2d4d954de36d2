"""The command line: thin click commands around the Python calls of the same names."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
from dabiao import __version__
from dabiao.messages import default_lang, say
from dabiao.problems import Problem, Problems, Refused, Where, nearest
from dabiao.results import EXIT_CLEAN, EXIT_INTERNAL, EXIT_REFUSED, EXIT_UNDECIDED

gc.set_threshold(
    100_000
)  # a run is short, and keeps what it builds: imports and plans are not looked through again and again

if TYPE_CHECKING:
    from dabiao.results import Result
    from dabiao.rules.model import Plan

Write = Callable[[TextIO], None]

_LANG = click.option("--lang", type=click.Choice(["zh", "en"]), help="Language of messages (default: the locale's).")
_YEAR = click.option("--year", type=int, help="Year to judge (default: the latest reported).")
_AS_OF = click.option("--as-of", metavar="DATE", help="Day whose text and waivers count (default: 31 December).")
_WAIVERS = click.option("--waivers", type=click.Path(path_type=Path), help="A file of waivers.")


def _command(run: Callable[..., int]) -> Callable[..., None]:
    """Turn what can go wrong into a message and an exit code: no traceback ever reaches a user."""

    @wraps(run)
    def command(*args: Any, **options: Any) -> None:
        lang = options["lang"] = options.get("lang") or default_lang()
        try:
            code = run(*args, **options)
            sys.stdout.flush()
        except Refused as refused:
            _tell(refused.problems, lang)
            code = EXIT_REFUSED
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = EXIT_CLEAN
        except Exception as error:
            if os.environ.get("DABIAO_DEBUG"):
                raise
            click.echo(say("internal-error", lang, reason=f"{type(error).__name__}: {error}"), err=True)
            code = EXIT_INTERNAL
        sys.exit(code)

    return command


def _tell(problems: Sequence[Problem], lang: str) -> None:
    for problem in problems:
        click.echo(problem.text(lang), err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dabiao")
def main() -> None:
    """Check what plans promised against what was reported. 检查规划承诺是否兑现。

    Exit codes: 0 clean; 1 something fell short; 2 an input is refused; 3 something could not be judged; 4 internal error.
    """


@main.command()
@click.argument("plan")
@click.argument("sheets", nargs=-1, required=True, type=click.Path(path_type=Path))
@_YEAR
@_AS_OF
@_WAIVERS
@click.option("--select", multiple=True, metavar="NAME", help="Only this commitment, chapter or nature; repeatable.")
@click.option("-o", "--output", multiple=True, metavar="FORMAT[:FILE]", help="text or json, to a file if named.")
@click.option(
    "--fail-on", type=click.Choice(["shortfall", "behind", "undetermined", "never"]), default="shortfall",
    show_default=True, help="Least grave verdict that makes the exit code 1.",
)  # fmt: skip
@_LANG
@_command
def check(
    plan: str,
    sheets: tuple[Path, ...],
    year: int | None,
    as_of: str | None,
    waivers: Path | None,
    select: tuple[str, ...],
    output: tuple[str, ...],
    fail_on: str,
    lang: str,
) -> int:
    """Judge fact SHEETS against a PLAN (a shipped plan's name, or a file)."""
    from dabiao.reports.write import parse_outputs, write_all

    outputs = parse_outputs(output)
    result = _judged(plan, sheets, year, as_of, waivers, select)
    write_all(result, outputs, lang)
    return result.exit_code(fail_on)  # type: ignore[arg-type]


@main.command()
@click.argument("plan")
@click.argument("sheets", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.argument("commitment")
@click.option("--subject", help="Only this subject.")
@_YEAR
@_AS_OF
@_WAIVERS
@_LANG
@_command
def explain(
    plan: str,
    sheets: tuple[Path, ...],
    commitment: str,
    subject: str | None,
    year: int | None,
    as_of: str | None,
    waivers: Path | None,
    lang: str,
) -> int:
    """Say why a COMMITMENT has its verdict, down to each fact and where it stands."""
    from dabiao.reports.text import write_explanation

    result = _judged(plan, sheets, year, as_of, waivers, (commitment,))
    shown = 0
    for finding in result.findings():
        if subject is None or finding.subject == subject:
            write_explanation(finding, result.plan, lang, sys.stdout)
            shown += 1
    if not shown:
        raise Refused([Problem("explain.no-finding", Where("--subject"), {"found": commitment})])
    return EXIT_CLEAN


def _judged(
    plan_name: str,
    sheets: tuple[Path, ...],
    year: int | None,
    as_of: str | None,
    waivers: Path | None,
    select: tuple[str, ...],
) -> Result:
    from dabiao.engine.check import check as judge
    from dabiao.facts.read import read_facts
    from dabiao.rules.load import load_plan, load_waivers

    plan = load_plan(plan_name)
    if waivers:
        plan = plan.with_waivers(load_waivers(waivers, plan))
    return judge(plan, read_facts(sheets, plan), year=year, as_of=_day(as_of), select=select)


def _day(text: str | None, option: str = "--as-of") -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused([Problem("bad-as-of", Where(option), {"found": text})]) from None


@main.command()
@click.argument("plan", required=False)
@click.option("--documents", type=click.Path(path_type=Path), help="Folder with the plain text of plan documents.")
@click.option("--strict", is_flag=True, help="Refuse a plan that has warnings (exit code 2).")
@_LANG
@_command
def lint(plan: str | None, documents: Path | None, strict: bool, lang: str) -> int:
    """Check a plan (or all shipped ones) for what cannot be meant, and its citations against the document if it is at hand."""
    from dabiao.rules.load import shipped_plans

    if plan is not None:
        return _linted(plan, documents, strict, lang)
    codes = [_linted(name, documents, strict, lang, skip=True) for name in shipped_plans()]
    return EXIT_REFUSED if EXIT_REFUSED in codes else max(codes)


def _linted(plan: str, documents: Path | None, strict: bool, lang: str, *, skip: bool = False) -> int:
    """Lint one plan; `skip` passes over a document that is not in the folder: the illustrative plan has none."""
    from dabiao.rules.lint import lint as warnings_of
    from dabiao.rules.load import load_plan

    loaded = load_plan(plan)
    warnings = warnings_of(loaded)
    _tell(warnings, lang)
    counts = {"commitments": len(loaded.commitments), "measures": len(loaded.measures)}
    click.echo(say("lint.fine", lang, plan=loaded.id, **counts))
    path = documents / (loaded.text.document.file or f"{loaded.id}.txt") if documents else None
    code = EXIT_CLEAN if path is None or (skip and not path.is_file()) else _against_document(loaded, path, lang)
    return EXIT_REFUSED if strict and warnings else code


def _against_document(plan: Plan, path: Path, lang: str) -> int:
    from dabiao.rules.documents import Document, verify

    problems = Problems()
    coverage = verify(plan.text, Document.read(path), problems)
    for sentence in coverage.open:
        problems.warn("uncited", Where(str(path), sentence.line), found=sentence.text)
    _tell(problems.found, lang)
    percent = 100 * coverage.covered // max(coverage.promising, 1)
    click.echo(say("lint.coverage", lang, covered=coverage.covered, total=coverage.promising, percent=percent))
    if problems.errors:
        return EXIT_REFUSED
    return EXIT_UNDECIDED if coverage.open else EXIT_CLEAN


@main.command()
@click.argument("plan")
@click.option(
    "--min", "minimum", type=float, default=100, show_default=True, help="Least percentage seen both met and short."
)
@click.option("-o", "--output", default="text", metavar="FORMAT[:FILE]", help="text or json, to a file if named.")
@_LANG
@_command
def test(plan: str, minimum: float, output: str, lang: str) -> int:
    """Judge the cases written beside a PLAN, and boundary cases made up for each of its commitments."""
    from fractions import Fraction

    from dabiao.engine.trial import try_plan
    from dabiao.reports import trial as report

    trial = try_plan(plan, Fraction(str(minimum)))
    writers: dict[str, Write] = {
        "text": lambda stream: report.write_text(trial, lang, stream),
        "json": lambda stream: report.write_json(trial, lang, stream),
    }
    _write(output, writers)
    return trial.exit_code


@main.command()
@click.argument("old")
@click.argument("new", required=False)
@click.option("--from", "first", metavar="DATE", help="Compare the text in force on this day.")
@click.option("--to", "second", metavar="DATE", help="With the text in force on this day.")
@click.option("-o", "--output", default="text", metavar="FORMAT[:FILE]", help="text or json, to a file if named.")
@_LANG
@_command
def diff(old: str, new: str | None, first: str | None, second: str | None, output: str, lang: str) -> int:
    """Say what changed between two plans, or between two days of one plan (--from, --to)."""
    from dabiao.rules.diff import write_json, write_text
    from dabiao.rules.load import load_plan

    if new is None and not (first or second):
        raise Refused([Problem("diff.one-plan", Where("NEW"))])
    before, after = load_plan(old), load_plan(new or old)
    before = before.as_of(day) if (day := _day(first, "--from")) else before
    after = after.as_of(day) if (day := _day(second, "--to")) else after
    writers: dict[str, Write] = {
        "text": lambda stream: write_text(before, after, lang, stream),
        "json": lambda stream: write_json(before, after, lang, stream),
    }
    _write(output, writers)
    return EXIT_CLEAN


def _write(output: str, writers: Mapping[str, Write]) -> None:
    """Write one report to standard output, or to the file named after the colon, whole or not at all."""
    from dabiao.reports.write import write_file

    report, _, file = output.partition(":")
    if report not in writers:
        details = {"found": report, "nearest": nearest(report, writers), "expected": ", ".join(writers)}
        raise Refused([Problem("unknown-report", Where("--output"), details)])
    if file:
        write_file(Path(file), writers[report])
    else:
        writers[report](sys.stdout)


@main.group(invoke_without_command=True)
@_LANG
@click.pass_context
def plans(context: click.Context, lang: str | None) -> None:
    """List the shipped plans; `plans show PLAN` prints one as a page."""
    if context.invoked_subcommand is None:
        context.invoke(list_plans, lang=lang)


@plans.command("list")
@_LANG
@_command
def list_plans(lang: str) -> int:
    """List the shipped plans."""
    from dabiao.reports.plans import write_list

    write_list(lang, sys.stdout)
    return EXIT_CLEAN


@plans.command("show")
@click.argument("plan")
@_AS_OF
@click.option("-o", "--output", default="text", metavar="FORMAT[:FILE]", help="text or markdown, to a file if named.")
@_LANG
@_command
def show_plan(plan: str, as_of: str | None, output: str, lang: str) -> int:
    """Show a PLAN as a page to proofread against its document: promises in words, citations, measures."""
    from dabiao.reports import plan_page
    from dabiao.rules.load import load_plan

    loaded = load_plan(plan)
    day = _day(as_of)
    loaded = loaded.as_of(day) if day else loaded
    writers: dict[str, Write] = {
        "text": lambda stream: plan_page.write(loaded, lang, stream, markdown=False),
        "markdown": lambda stream: plan_page.write(loaded, lang, stream, markdown=True),
    }
    _write(output, writers)
    return EXIT_CLEAN


@main.command()
@click.argument("what", type=click.Choice(["plan", "part", "facts", "waivers"]))
@_LANG
@_command
def schema(what: str, lang: str) -> int:
    """Print the JSON Schema of plan files, their parts, fact sheets, or waiver files."""
    del lang
    from dabiao.rules.schema import schema_text

    click.echo(schema_text(what), nl=False)
    return EXIT_CLEAN


if __name__ == "__main__":
    main()
