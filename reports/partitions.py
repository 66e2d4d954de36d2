"""A data set that was judged partition by partition: how many findings have each verdict, and where they are."""

from __future__ import annotations

from collections.abc import Iterator

from dabiao.base.messages import join_list, say
from dabiao.engine.partitions import PartitionsOutcome
from dabiao.engine.results import VERDICTS
from dabiao.reports.document import Block, Document, Heading, Paragraph


def document(outcome: PartitionsOutcome, lang: str, most: int | None = None) -> Document:
    """Return the totals; nothing of a data set that was refused before it was judged."""
    del most
    return Document(lang, tuple(_blocks(outcome, lang)))


def _blocks(outcome: PartitionsOutcome, lang: str) -> Iterator[Block]:
    plan = outcome.plan
    if plan is None or outcome.year is None:
        return
    yield Heading(say("partitions.title", lang, plan=plan.title[lang], version=plan.version, year=outcome.year), 1)
    folder = str(outcome.request.folder)
    if outcome.refused:
        yield Paragraph(say("partitions.refused", lang, folder=folder))
        return
    found = outcome.verdicts()
    counts = join_list((f"{say(f'verdict.{v}', lang)} {found[v]}" for v in VERDICTS if found.get(v)), lang)
    numbers = {"roots": outcome.roots, "partitions": outcome.partitions, "findings": sum(found.values())}
    yield Paragraph(say("partitions.summary", lang, **numbers, counts=counts))
    yield Paragraph(say("partitions.written", lang, folder=folder))
