"""Where verdicts flip when a figure goes through a range: stretches of one figure, a grid of two."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any, TextIO

from dabiao.base.messages import say
from dabiao.base.quantities import decimal_text, in_unit
from dabiao.engine.results import Verdict
from dabiao.reports.json import exact_text
from dabiao.reports.tables import Block, write_markdown, write_text
from dabiao.scenarios.sweep import Swept

FORMAT = "dabiao/sweep/1"
_MOST = 40
MARKS: dict[Verdict | None, str] = {
    "met": "●", "on_track": "◐", "behind": "◔", "shortfall": "✕", "undetermined": "?", "waived": "w", "not_due": "·",
    "not_applicable": "–", None: " ",
}  # fmt: skip


def write(swept: Swept, lang: str, stream: TextIO, *, markdown: bool = False) -> None:
    """Write which verdicts flip, and where."""
    writer = write_markdown if markdown else write_text
    writer(list(_blocks(swept, lang)), stream)


def _blocks(swept: Swept, lang: str) -> Iterator[Block]:
    axes = " × ".join(axis.text for axis in swept.axes)
    flips = swept.flips()
    same = len(swept.verdicts()) - len(flips)
    title = say("sweep.title", lang, plan=swept.plan.title[lang], year=swept.year, axes=axes, count=len(swept.points))
    yield Block(title, notes=(say("sweep.same", lang, count=same),))
    if not flips:
        yield Block(say("sweep.no-flip", lang))
    elif len(swept.axes) == 1:
        yield _stretches(swept, lang)
    else:
        yield from _grids(swept, lang)
        yield Block(
            say("sweep.marks", lang), notes=tuple(f"{mark} {verdict_text(v, lang)}" for v, mark in MARKS.items() if v)
        )


def verdict_text(verdict: Verdict | None, lang: str) -> str:
    """Write a verdict, or a dash where a commitment does not apply."""
    return "—" if verdict is None else say(f"verdict.{verdict}", lang)


def title_of(swept: Swept, place: tuple[str, str, str], lang: str) -> str:
    """Name a finding: commitment and subject."""
    commitment, root, subject = place
    title = f"{swept.plan.commitments[commitment].title[lang]} [{commitment}]"
    return title if subject == root else f"{title} · {subject or say('report.unlisted', lang)}"


def _stretches(swept: Swept, lang: str) -> Block:
    (axis,) = swept.axes
    rows = []
    for place, verdicts in swept.flips().items():
        for number, run in enumerate(swept.runs(verdicts)):
            first, last = axis.value_text(run.first), axis.value_text(run.last)
            span = first if run.first == run.last else f"{first} – {last}"
            rows.append(("" if number else title_of(swept, place, lang), span, verdict_text(run.verdict, lang)))
    headings = tuple(say(f"sweep.{h}", lang) for h in ("finding", "values", "verdict"))
    return Block(say("sweep.flips", lang, count=len(swept.flips())), headings, tuple(rows))


def _grids(swept: Swept, lang: str) -> Iterator[Block]:
    """Draw a grid for each finding that flips: the first figure from left to right, the second downwards."""
    across, down = swept.axes
    flips = swept.flips()
    yield Block(say("sweep.flips", lang, count=len(flips)))
    for place, verdicts in list(flips.items())[:_MOST]:
        grid = dict(zip(swept.points, verdicts, strict=True))
        rows = tuple((down.value_text(y), *(MARKS[grid[x, y]] for x in across.values)) for y in down.values)
        headings = ("", *(decimal_text(in_unit(x, across.target.measure.unit)) for x in across.values))
        yield Block(title_of(swept, place, lang), headings, rows)


def write_csv(swept: Swept, lang: str, stream: TextIO) -> None:
    """Write every finding at every point, one a line, for spreadsheets."""
    from dabiao.reports.csv import safe

    out = csv.writer(stream, lineterminator="\n")
    stream.write("\ufeff")
    out.writerow([*(safe(axis.text) for axis in swept.axes), "commitment", "subject", "verdict"])
    for (commitment, _, subject), verdicts in swept.verdicts().items():
        for point, verdict in zip(swept.points, verdicts, strict=True):
            values = [_shown(swept, number, value) for number, value in enumerate(point)]
            out.writerow([*values, commitment, safe(subject), verdict_text(verdict, lang)])


def _shown(swept: Swept, number: int, value: Any) -> str:
    return exact_text(in_unit(value, swept.axes[number].target.measure.unit))


def write_json(swept: Swept, lang: str, stream: TextIO) -> None:
    """Write the sweep as one JSON object: axes, points and, for every finding, its verdicts in the order of the points."""
    body = {
        "format": FORMAT,
        "plan": {"id": swept.plan.id, "version": swept.plan.version},
        "year": swept.year,
        "axes": [
            {
                "text": axis.text, "kind": axis.target.measure.kind, "subject": axis.target.subject,
                "measure": axis.target.measure.id, "unit": axis.target.measure.unit.symbol,
                "values": [_shown(swept, number, value) for value in axis.values],
            }
            for number, axis in enumerate(swept.axes)
        ],
        "points": [[_shown(swept, number, value) for number, value in enumerate(point)] for point in swept.points],
        "findings": [
            {
                "commitment": commitment, "root": root, "subject": subject, "verdicts": verdicts,
                "title": swept.plan.commitments[commitment].title[lang], "flips": len(set(verdicts)) > 1,
            }
            for (commitment, root, subject), verdicts in swept.verdicts().items()
        ],
    }  # fmt: skip
    json.dump(body, stream, ensure_ascii=False, indent=1)
    stream.write("\n")
