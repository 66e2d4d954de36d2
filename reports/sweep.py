"""Where verdicts flip when a figure goes through a range: stretches of one figure, a grid of two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from dabiao.base.messages import join_list, say
from dabiao.base.quantities import decimal_text, exact_text, in_unit
from dabiao.engine.results import Verdict
from dabiao.reports import words
from dabiao.reports.document import TONES, Block, Cell, Document, Heading, Paragraph, Table, items, table
from dabiao.scenarios.sweep import SweepResult

FORMAT = "dabiao/sweep/1"
_MOST = 40
_LONGEST = 30  # points of a strip
MARKS: dict[Verdict | None, str] = {
    "met": "●", "early": "◉", "on_track": "◐", "behind": "◔", "shortfall": "✕", "undetermined": "?", "waived": "w",
    "not_due": "·", "not_applicable": "–", None: " ",
}  # fmt: skip
_HEIGHTS: dict[Verdict | None, str] = {"met": "█", "early": "█", "on_track": "▅", "behind": "▃", "shortfall": "▁"}
_NO_HEIGHT, _TODAY = "░", "│"


def document(swept: SweepResult, lang: str, most: int | None = None) -> Document:
    """Return which verdicts flip, and where; `most` is of no account."""
    del most
    return Document(lang, tuple(_blocks(swept, lang)))


def _blocks(swept: SweepResult, lang: str) -> Iterator[Block]:
    axes = " × ".join(axis.text for axis in swept.axes)
    flips = swept.find_flips()
    title = say("sweep.title", lang, plan=swept.plan.title[lang], year=swept.year, axes=axes, count=len(swept.points))
    yield Heading(title, 1)
    yield Paragraph(say("sweep.same", lang, count=len(swept.find_verdicts()) - len(flips)))
    for axis, today in zip(swept.axes, swept.today, strict=True):
        if today is not None:
            title = axis.selection.measure.title[lang]
            yield Paragraph(say("sweep.today", lang, title=title, value=axis.value_text(today)))
    if not flips:
        yield Heading(say("sweep.no-flip", lang))
        return
    yield Heading(say("sweep.flips", lang, count=len(flips)))
    if len(swept.axes) == 1:
        yield _stretches(swept, lang)
        return
    yield from _grids(swept, lang)
    yield Heading(say("sweep.marks", lang))
    yield items([f"{mark} {verdict_text(verdict, lang)}" for verdict, mark in MARKS.items() if verdict])


def verdict_text(verdict: Verdict | None, lang: str) -> str:
    """Write a verdict, or a dash where a commitment does not apply."""
    return "—" if verdict is None else say(f"verdict.{verdict}", lang)


def title_of(swept: SweepResult, place: tuple[str, str, str], lang: str) -> str:
    """Name a finding: commitment and subject."""
    commitment, root, subject = place
    title = words.title_text(swept.plan.commitments[commitment], lang)
    if subject == root:
        return title
    several = len({other for _, other, _ in swept.find_verdicts()}) > 1
    return f"{title} · {words.named_in(subject or say('report.unlisted', lang), root if several else '')}"


def _stretches(swept: SweepResult, lang: str) -> Table:
    """List the stretches of equal verdicts, those of findings that flip together once, with a strip of all values."""
    (axis,) = swept.axes
    (today,) = swept.today
    rows: list[tuple[str | Cell, ...]] = []
    for places, verdicts in swept.group_flips():
        names = "\n".join(title_of(swept, place, lang) for place in places)
        titles = Cell(names, chart=strip(axis.values, verdicts, today))
        for number, run in enumerate(swept.find_runs(verdicts)):
            first, last = axis.value_text(run.first), axis.value_text(run.last)
            span = first if run.first == run.last else f"{first} – {last}"
            if today is not None and run.first <= today <= run.last:
                span += say("sweep.here", lang)
            tone = TONES[run.verdict] if run.verdict else ""
            rows.append(("" if number else titles, span, Cell(verdict_text(run.verdict, lang), tone)))
    return table([say(f"sweep.{heading}", lang) for heading in ("finding", "values", "verdict")], rows)


def strip(values: Sequence[Fraction], verdicts: Sequence[Verdict | None], today: Fraction | None) -> str:
    """Draw verdicts as heights from the least value to the greatest: high is met, low is short; a stroke where today is.

    Of many values some are drawn, evenly spread, the first and the last among them.
    """
    count = min(len(values), _LONGEST)
    drawn = [place * (len(values) - 1) // max(count - 1, 1) for place in range(count)]
    signs = [_HEIGHTS.get(verdicts[place], _NO_HEIGHT) for place in drawn]
    if today is not None and values[0] <= today <= values[-1]:
        signs.insert(sum(values[place] < today for place in drawn), _TODAY)
    return "".join(signs)


def _grids(swept: SweepResult, lang: str) -> Iterator[Block]:
    """Draw a grid for the findings that flip together: the first figure from left to right, the second downwards."""
    across, down = swept.axes
    for places, verdicts in swept.group_flips()[:_MOST]:
        grid = dict(zip(swept.points, verdicts, strict=True))
        rows = [(down.value_text(y), *(MARKS[grid[x, y]] for x in across.values)) for y in down.values]
        yield Heading(join_list([title_of(swept, place, lang) for place in places], lang, "clauses"), 3)
        yield table(["", *(decimal_text(in_unit(x, across.selection.measure.unit)) for x in across.values)], rows)


def csv_rows(swept: SweepResult, lang: str) -> Iterator[list[object]]:
    """Iterate over a line of headings, and every finding at every point."""
    yield [*(axis.text for axis in swept.axes), "commitment", "subject", "verdict"]
    for (commitment, _, subject), verdicts in swept.find_verdicts().items():
        for point, verdict in zip(swept.points, verdicts, strict=True):
            values = [_shown(swept, number, value) for number, value in enumerate(point)]
            yield [*values, commitment, subject, verdict_text(verdict, lang)]


def _shown(swept: SweepResult, number: int, value: Any) -> str:
    return exact_text(in_unit(value, swept.axes[number].selection.measure.unit))


def as_json(swept: SweepResult, lang: str) -> dict[str, Any]:
    """Return the sweep as plain values: axes, points and, for every finding, its verdicts in the order of the points."""
    return {
        "format": FORMAT,
        "plan": {"id": swept.plan.id, "version": swept.plan.version},
        "year": swept.year,
        "axes": [
            {
                "text": axis.text, "kind": axis.selection.measure.kind, "subject": axis.selection.subject,
                "measure": axis.selection.measure.id, "unit": axis.selection.measure.unit.symbol,
                "values": [_shown(swept, number, value) for value in axis.values],
                "today": None if swept.today[number] is None else _shown(swept, number, swept.today[number]),
            }
            for number, axis in enumerate(swept.axes)
        ],
        "points": [[_shown(swept, number, value) for number, value in enumerate(point)] for point in swept.points],
        "findings": [
            {
                "commitment": commitment, "root": root, "subject": subject, "verdicts": verdicts,
                "title": swept.plan.commitments[commitment].title[lang], "flips": len(set(verdicts)) > 1,
            }
            for (commitment, root, subject), verdicts in swept.find_verdicts().items()
        ],
    }  # fmt: skip
