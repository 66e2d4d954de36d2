"""Which figures a check waits for most, and what will not be reached at the present pace."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import polars as pl
from dabiao.engine.gravity import sum_up
from dabiao.engine.results import COUNTED, Finding, Outlook, Result, Verdict, find_furthest

_LOOKED_AT = 200  # open findings of one commitment; those of further subjects lack the same figures
_NOT_REACHED: tuple[Verdict, ...] = ("behind", "on_track", "not_due", "undetermined")
_OPEN: tuple[Verdict, ...] = ("undetermined", "not_due")
_AHEAD: tuple[Verdict, ...] = ("behind", "on_track", "early", "not_due")


@dataclass(frozen=True, slots=True)
class Awaited:
    """A figure that is missing, of one subject or more, and the commitments that it would help to settle.

    `subjects` are pairs of the root and the subject in it; the subject is empty where no sheet lists it.
    """

    kind: str
    measure: str
    year: int
    subjects: tuple[tuple[str, str], ...]
    commitments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missed:
    """A commitment that one root subject will not reach at the present pace: `rows`, the worst first, and that `finding`.

    `missing` is the share of the way to the target that is left in the year it is due, if the trend goes on.
    """

    rows: tuple[int, ...]
    finding: Finding
    missing: Fraction


def find_awaited(result: Result) -> tuple[Awaited, ...]:
    """Return the figures that are missing, those first that the most commitments wait for.

    Commitments about which nothing at all is reported are left out: they wait for all of theirs.
    """
    subjects: dict[tuple[str, str, int], dict[tuple[str, str], None]] = {}
    commitments: dict[tuple[str, str, int], dict[str, None]] = {}
    looked_at: dict[str, int] = {}
    for row in result.rows_with("undetermined").arg_true():
        name = str(result.table["commitment"][row])
        looked_at[name] = looked_at.get(name, 0) + 1
        if name in result.silent or looked_at[name] > _LOOKED_AT:
            continue
        finding = result.explain(row)
        for used in finding.missing:
            figure = (used.kind, used.measure, used.year)
            subjects.setdefault(figure, {})[finding.root, used.subject] = None
            commitments.setdefault(figure, {})[name] = None
    found = [Awaited(*figure, tuple(subjects[figure]), tuple(names)) for figure, names in commitments.items()]
    return tuple(sorted(found, key=lambda one: (-len(one.commitments), -len(one.subjects))))


def find_missed(result: Result) -> tuple[Missed, ...]:
    """Return what counts and will not be reached at the present pace, the gravest first: binding commitments, then by tier,
    then by how far the trend ends from the target (as a share of the way there), then by how many subjects there are.
    """
    if min(result.tables.years) == result.year:
        return ()  # nothing has an outlook
    found: dict[tuple[str, str], list[tuple[Fraction, int, Finding]]] = {}
    for row in _rows_ahead(result, *_AHEAD):
        finding = result.explain(row)
        if finding.outlook is not None and finding.outlook.reaches is False:
            missing = _missing_in_the_end(finding, finding.outlook)
            found.setdefault((finding.commitment.id, finding.root), []).append((missing, row, finding))
    missed = []
    for several in found.values():
        several.sort(key=lambda one: (-one[0], one[1]))
        missing, _, worst = several[0]
        missed.append(Missed(tuple(row for _, row, _ in several), worst, missing))
    return tuple(sorted(missed, key=_gravity))


def find_unprojected(result: Result) -> tuple[str, ...]:
    """Return the commitments that are behind and of which nobody can say where they will end, for want of an earlier year."""
    found: dict[str, None] = {}
    for row, name in _rows_ahead(result, "behind").items():
        if name not in found and ((outlook := result.explain(row).outlook) is None or outlook.reaches is None):
            found[name] = None
    return tuple(found)


def count_trendless(result: Result) -> Counter[Verdict]:
    """Count the commitments that are open or not due and of which no trend tells where they will end, by what they come to."""
    summed = sum_up(result).select("commitment", pl.col("verdict").cast(pl.String))
    left = {name: verdict for name, verdict in summed.iter_rows() if verdict in _OPEN}
    for row, name in _rows_ahead(result, *_AHEAD).items():
        if name in left and (outlook := result.explain(row).outlook) is not None and outlook.projected is not None:
            del left[name]
    return Counter(left.values())


def _rows_ahead(result: Result, *verdicts: Verdict) -> dict[int, str]:
    """Return the rows that count, have one of some verdicts and a value, and are owed by a year; with their commitments."""
    dated = [
        c.id for c in result.plan.commitments.values() if c.due is not None and c.due.kind == "year" and not c.steps
    ]
    rows = result.rows_with(*verdicts) & result.table["actual"].is_not_null() & result.table["commitment"].is_in(dated)
    return {row: str(result.table["commitment"][row]) for row in rows.arg_true()}


def _missing_in_the_end(finding: Finding, outlook: Outlook) -> Fraction:
    """Return the share of the way from the first value to the target (else of the target) that the trend leaves."""
    ends = outlook.projected or Fraction(0)
    target = find_furthest(ends, finding.targets)
    goal = outlook.goal[1] if target is None or target.value is None else target.value
    whole = abs(goal - outlook.points[0][1]) or abs(goal)
    return abs(goal - ends) / whole if whole else Fraction(1)


def _gravity(missed: Missed) -> tuple[bool, int, Fraction, int]:
    commitment = missed.finding.commitment
    return commitment.nature != "binding", COUNTED.index(commitment.tier), -missed.missing, -len(missed.rows)


def find_next_due(result: Result) -> tuple[int, pl.Series] | None:
    """Return the next year in which something that counts and is not reached yet is owed, and which rows are; None if none."""
    open_ones = result.rows_with(*_NOT_REACHED)
    names = result.table["commitment"].filter(open_ones).unique().to_list()
    due = dict(zip(names, result.due_years(names), strict=True))
    year = min((one for one in due.values() if one is not None and one > result.year), default=None)
    if year is None:
        return None
    return year, open_ones & result.table["commitment"].is_in([name for name, one in due.items() if one == year])


def find_unlisted(result: Result) -> dict[tuple[str, str], int | None]:
    """Return how many subjects of a root and kind the registers know of and no sheet lists (None: nobody says how many)."""
    nameless = result.table["subject"].fill_null("") == ""
    rows = (nameless & (result.table["verdict"] == "undetermined")).arg_true()
    found: dict[tuple[str, str], int | None] = {}
    if len(rows):
        frame = result.columns_of(rows.to_list())
        for root, kind, count in frame.select("root", "kind", "stands_for").iter_rows():
            before = found.get((root, kind), 0)
            found[root, kind] = None if count is None or before is None else max(count, before)
    return found
