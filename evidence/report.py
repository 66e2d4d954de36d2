"""What became of a verification, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dabiao.base.exits import EXIT_CLEAN
from dabiao.base.messages import join_list, say
from dabiao.base.problems import count_problems
from dabiao.evidence.verify import Verified
from dabiao.reports.document import Block, Document, Heading, Paragraph, items
from dabiao.reports.json import problem_json

FORMAT = "dabiao/verification/1"


def document(verified: Verified, lang: str, most: int | None = None) -> Document:
    """Return what was verified, and at most `most` of the differences of each sort."""
    verdict = say("verify.wrong" if verified.exit_code else "verify.fine", lang, findings=verified.findings)
    return Document(lang, tuple(_blocks(verified, lang, most)), (verdict,))


def _blocks(verified: Verified, lang: str, most: int | None) -> Iterator[Block]:
    request = verified.manifest.request
    yield Heading(say("verify.title", lang, file=verified.file), 1)
    sheets = join_list((str(sheet) for sheet in request.sheets), lang)
    sealed = verified.sealed
    signed = [say("verify.signed", lang, signer=sealed.signer, key=sealed.key)] if sealed.signer else []
    stamped = [say("verify.stamped", lang, time=sealed.time)] if sealed.time else []
    yield items(
        [
            say("verify.sha256", lang, sha256=verified.sha256),
            say("verify.files", lang, count=len(verified.manifest.files) + 1),
            say("verify.asked", lang, plan=request.plan, year=verified.year or "—", sheets=sheets),
            *signed,
            *stamped,
        ]
    )
    groups = (("contents", verified.contents), ("differences", verified.differences), ("seals", sealed.wrong))
    for code, problems in groups:
        if problems:
            yield Heading(say(f"verify.{code}", lang, count=count_problems(problems)))
            yield items([problem.text(lang) for problem in problems], most)
    for problem in verified.notes:
        yield Paragraph(problem.text(lang), warning=True)


def as_json(verified: Verified, lang: str) -> dict[str, Any]:
    """Return what became of a verification as plain values."""
    sealed = verified.sealed
    problems = {
        "contents": verified.contents, "differences": verified.differences, "seals": sealed.wrong, "notes": verified.notes,
    }  # fmt: skip
    return {
        "format": FORMAT,
        "file": verified.file,
        "sha256": verified.sha256,
        "verified": verified.exit_code == EXIT_CLEAN,
        "findings": verified.findings,
        "signature": {"signer": sealed.signer, "key": sealed.key} if sealed.signer else None,
        "timestamp": sealed.time or None,
        **{name: [problem_json(problem, lang) for problem in found] for name, found in problems.items()},
    }
