"""The list of shipped plans."""

from __future__ import annotations

from collections.abc import Sequence

from dabiao.base.messages import say
from dabiao.reports.document import Document, table
from dabiao.rules.model import Plan


def document(plans: Sequence[Plan], lang: str, most: int | None = None) -> Document:
    """Return the plans with their period and size, all of them whatever `most` is."""
    del most
    rows = []
    for plan in plans:
        manual = sum(c.manual for c in plan.commitments.values())
        judged = len(plan.commitments) - manual
        rows.append((plan.id, plan.title[lang], f"{plan.first}–{plan.last}", str(judged), str(manual)))
    headings = [say(f"plans.{column}", lang) for column in ("id", "title", "period", "commitments", "manual")]
    return Document(lang, (table(headings, rows, numbers=(3, 4)),))
