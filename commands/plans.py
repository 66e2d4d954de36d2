"""Plans: `lint`, `test`, `diff`, `plans`, `schema`."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import click
from dabiao.base.exits import EXIT_CLEAN, EXIT_REFUSED, EXIT_UNDECIDED
from dabiao.base.messages import say
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.commands.common import AS_OF, LANG, command_line, day_of, tell
from dabiao.commands.outputs import ask_outputs, output_option, write
from dabiao.rules.files import plan_files

if TYPE_CHECKING:
    from dabiao.rules.model import Plan


@click.command()
@click.argument("plan", nargs=-1)
@click.option("--documents", type=click.Path(path_type=Path), help="Folder with the plain text of plan documents.")
@click.option("--strict", is_flag=True, help="Refuse a plan that has warnings (exit code 2).")
@LANG
@command_line
def lint(plan: tuple[str, ...], documents: Path | None, strict: bool, lang: str) -> int:
    """Check plans (or all shipped ones) for what cannot be meant, and citations against the document if it is at hand."""
    from dabiao.rules.load import shipped_plans

    codes = []
    for name in plan or shipped_plans():
        try:
            codes.append(_linted(name, documents, strict, lang, skip=not plan))
        except Refused as refused:  # the others are checked all the same
            tell(refused.problems, lang)
            codes.append(EXIT_REFUSED)
    return EXIT_REFUSED if EXIT_REFUSED in codes else max(codes)


def _linted(plan: str, documents: Path | None, strict: bool, lang: str, *, skip: bool = False) -> int:
    """Lint one plan; `skip` passes over a document that is not in the folder: the illustrative plan has none."""
    from dabiao.rules.lint import lint as warnings_of
    from dabiao.rules.load import load_plan

    loaded = load_plan(plan)
    warnings = warnings_of(loaded)
    tell(warnings, lang)
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
        problems.warn("uncited", Location(str(path), sentence.line), found=sentence.text)
    tell(problems.found, lang)
    percent = 100 * coverage.covered // max(coverage.promising, 1)
    click.echo(say("lint.coverage", lang, covered=coverage.covered, total=coverage.promising, percent=percent))
    if problems.errors:
        return EXIT_REFUSED
    return EXIT_UNDECIDED if coverage.open else EXIT_CLEAN


@click.command()
@click.argument("plan")
@click.option(
    "--min", "minimum", type=float, default=100, show_default=True, help="Least percentage seen both met and short."
)
@output_option("trial")
@LANG
@command_line
def test(plan: str, minimum: float, output: tuple[str, ...], lang: str) -> int:
    """Judge the cases written beside a PLAN, and boundary cases made up for each of its commitments."""
    from fractions import Fraction

    from dabiao.trials.trial import try_plan

    outputs = ask_outputs("trial", output, plan_files(plan))
    trial = try_plan(plan, Fraction(str(minimum)))
    write(trial, outputs, lang)
    return trial.exit_code


@click.command()
@click.argument("old")
@click.argument("new", required=False)
@click.option("--from", "first", metavar="DATE", help="Compare the text in force on this day.")
@click.option("--to", "second", metavar="DATE", help="With the text in force on this day.")
@output_option("plan-difference")
@LANG
@command_line
def diff(old: str, new: str | None, first: str | None, second: str | None, output: tuple[str, ...], lang: str) -> int:
    """Say what changed between two plans, or between two days of one plan (--from, --to)."""
    from dabiao.rules.diff import diff as find
    from dabiao.rules.load import load_plan

    if new is None and not (first or second):
        raise Refused([Problem("diff.one-plan", Location("NEW"))])
    outputs = ask_outputs("plan-difference", output, [*plan_files(old), *plan_files(new or old)])
    before, after = load_plan(old), load_plan(new or old)
    before = before.as_of(day) if (day := day_of(first, "--from")) else before
    after = after.as_of(day) if (day := day_of(second, "--to")) else after
    write(SimpleNamespace(old=before, new=after, differences=find(before, after)), outputs, lang)
    return EXIT_CLEAN


@click.group(invoke_without_command=True)
@LANG
@click.pass_context
def plans(context: click.Context, lang: str | None) -> None:
    """List the shipped plans; `plans show PLAN` prints one as a page."""
    if context.invoked_subcommand is None:
        context.invoke(list_plans, lang=lang)


@plans.command("list")
@LANG
@command_line
def list_plans(lang: str) -> int:
    """List the shipped plans."""
    from dabiao.rules.load import load_plan, shipped_plans

    write([load_plan(name) for name in shipped_plans()], ask_outputs("plans", (), ()), lang)
    return EXIT_CLEAN


@plans.command("show")
@click.argument("plan")
@AS_OF
@output_option("plan")
@LANG
@command_line
def show_plan(plan: str, as_of: str | None, output: tuple[str, ...], lang: str) -> int:
    """Show a PLAN as a page to proofread against its document: promises in words, citations, measures."""
    from dabiao.rules.load import load_plan

    outputs = ask_outputs("plan", output, plan_files(plan))
    loaded = load_plan(plan)
    day = day_of(as_of)
    loaded = loaded.as_of(day) if day else loaded
    write(SimpleNamespace(plan=loaded), outputs, lang)
    return EXIT_CLEAN


@click.command()
@click.argument("what", type=click.Choice(["plan", "part", "facts", "waivers", "scenario", "costs", "findings"]))
@LANG
@command_line
def schema(what: str, lang: str) -> int:
    """Print the JSON Schema of plan files, their parts, fact sheets, waivers, scenarios, or of findings (`check -o json`)."""
    del lang
    if what == "findings":
        from dabiao.reports.findings_schema import schema_text as findings_schema

        click.echo(findings_schema(), nl=False)
        return EXIT_CLEAN
    from dabiao.rules.schema import schema_text

    click.echo(schema_text(what), nl=False)
    return EXIT_CLEAN
