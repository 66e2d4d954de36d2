"""Submissions: `status` (who owes what) and `verify` (whether a bundle still holds)."""

from __future__ import annotations

from typing import Any

import click
from dabiao.commands.asking import ASSIGNMENTS, DAY, LANG, PATH, PLAN, asks, words
from dabiao.commands.common import command_line
from dabiao.commands.help import command
from dabiao.commands.outputs import answer, output_option


@command()
@asks(
    PLAN,
    click.argument("sheets", metavar="DIR...", nargs=-1, required=True, type=PATH),
    click.option("--due", required=True, type=DAY, metavar="DATE"),
    click.option("--year", type=int),
    words("--expect", metavar="NAME", multiple=True),
    click.option("--as-of", type=DAY, metavar="DATE"),
    ASSIGNMENTS, output_option("status"), LANG,
)  # fmt: skip
@command_line
def status(output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Say who owes what to a PLAN: not submitted, late, partly submitted, refused, complete.

    Exit codes: 0 nothing owed; 1 something owed, late, of unknown date or refused; 2 usage.
    """
    from dabiao.engine.status import StatusRequest
    from dabiao.engine.status import status as find_out

    return answer(StatusRequest(**asked), find_out, "status", output, lang)


@command()
@click.argument("bundle", type=PATH)
@asks(
    click.option("--signers", type=PATH, metavar="FILE"),
    click.option("--require-signature", is_flag=True),
    click.option(
        "--timestamp-ca", type=PATH, metavar="FILE"
    ),
    output_option("verification"), LANG,
)  # fmt: skip
@command_line
def verify(output: tuple[str, ...], lang: str, **asked: Any) -> int:
    """Judge a BUNDLE of evidence again, and say what was altered in it if anything was.

    Exit codes: 0 verified; 1 altered, judged differently, or signed by nobody who may; 2 not a bundle that can be read.
    """
    from dabiao.evidence.verify import VerifyRequest
    from dabiao.evidence.verify import verify as judge_again

    return answer(VerifyRequest(**asked), judge_again, "verification", output, lang)
