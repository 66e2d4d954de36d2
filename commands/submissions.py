"""Submissions: `status` (who owes what) and `verify` (whether a bundle still holds)."""

from __future__ import annotations

from pathlib import Path

import click
from dabiao.commands.common import LANG, command_line, day_of
from dabiao.commands.outputs import ask_outputs, output_option, write


@click.command()
@click.argument("plan")
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--due", required=True, metavar="DATE", help="Last day for handing in.")
@click.option("--year", type=int, help="Year the sheets are about (default: the latest reported).")
@click.option("--expect", multiple=True, metavar="NAME", help="A submitter that is expected; repeatable.")
@click.option("--as-of", metavar="DATE", help="Day of asking (default: the day after --due).")
@output_option("status")
@LANG
@command_line
def status(
    plan: str,
    folders: tuple[Path, ...],
    due: str,
    year: int | None,
    expect: tuple[str, ...],
    as_of: str | None,
    output: tuple[str, ...],
    lang: str,
) -> int:
    """Say who owes what to a PLAN: not submitted, late, partly submitted, refused, complete.

    Exit codes: 0 nothing owed; 1 something owed, late, of unknown date or refused; 2 usage.
    """
    from dabiao.base.problems import Location, Problem, Refused
    from dabiao.facts.status import status as find_out
    from dabiao.rules.load import load_plan

    last = day_of(due, "--due")
    if last is None:
        raise Refused([Problem("bad-as-of", Location("--due"), {"found": due})])
    outputs = ask_outputs("status", output, ())
    found = find_out(load_plan(plan), folders, last, year=year, expect=expect, as_of=day_of(as_of))
    write(found, outputs, lang)
    return found.exit_code


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@output_option("verification")
@LANG
@command_line
def verify(bundle: Path, output: tuple[str, ...], lang: str) -> int:
    """Judge a BUNDLE of evidence again, and say what was altered in it if anything was.

    Exit codes: 0 verified; 1 altered, or judged differently; 2 not a bundle that can be read.
    """
    from dabiao.evidence.verify import verify as judge

    outputs = ask_outputs("verification", output, [bundle])
    verified = judge(bundle)
    write(verified, outputs, lang)
    return verified.exit_code
