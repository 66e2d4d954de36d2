"""Sweeps: one or two figures go through ranges of values, and all combinations are judged together as columns.

A thousand combinations cost about as much as a few checks. The findings are those that a check of each combination gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import product

import polars as pl
from dabiao.base.exits import EXIT_CLEAN
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.base.quantities import quantity_text
from dabiao.engine.results import Verdict
from dabiao.facts.cells import Percentages, read_value
from dabiao.facts.model import Fact, Facts
from dabiao.facts.tables import build_tables
from dabiao.rules.amend import in_force
from dabiao.rules.model import Plan
from dabiao.rules.select import select as selected
from dabiao.scenarios.apply import Variant, pick
from dabiao.scenarios.spread import CellKey, judge_variants, spread_variants
from dabiao.scenarios.steps import Selection, parse_selection

MOST_POINTS = 10_000
FindingKey = tuple[str, str, str]  # a finding: commitment, root, subject


@dataclass(frozen=True, slots=True)
class Axis:
    """A figure and its values in a sweep, in base units."""

    text: str
    selection: Selection
    values: tuple[Fraction, ...]

    def value_text(self, value: Fraction) -> str:
        """Write one of the values with its unit."""
        return quantity_text(value, self.selection.measure.unit)


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring values of one axis with the same verdict, from `first` to `last`, both included."""

    first: Fraction
    last: Fraction
    verdict: Verdict | None


@dataclass(frozen=True)
class SweepResult:
    """The findings at every combination of values.

    `table` has a row per finding and combination: commitment, root, subject, kind, verdict, actual, and `variant`, the
    number of the combination in the order of `points`. `today` is the value that was reported for each axis, None if it is
    unknown, or not the same for all subjects that the axis goes through.
    """

    plan: Plan
    year: int
    axes: tuple[Axis, ...]
    points: tuple[tuple[Fraction, ...], ...]
    table: pl.DataFrame
    today: tuple[Fraction | None, ...] = ()
    problems: tuple[Problem, ...] = ()
    exit_code: int = EXIT_CLEAN

    def find_verdicts(self) -> dict[FindingKey, list[Verdict | None]]:
        """Return the verdicts of each finding, one per point; None where there is no such finding."""
        found: dict[FindingKey, list[Verdict | None]] = {}
        columns = ("commitment", "root", "subject", "variant", "verdict")
        for commitment, root, subject, point, verdict in self.table.select(columns).iter_rows():
            found.setdefault((commitment, root, subject), [None] * len(self.points))[point] = verdict
        return found

    def find_flips(self) -> dict[FindingKey, list[Verdict | None]]:
        """Return the verdicts of the findings whose verdict is not the same at every point."""
        return {place: verdicts for place, verdicts in self.find_verdicts().items() if len(set(verdicts)) > 1}

    def group_flips(self) -> list[tuple[list[FindingKey], list[Verdict | None]]]:
        """Return the findings whose verdict flips, those together that have the same verdict at every point."""
        groups: dict[tuple[Verdict | None, ...], list[FindingKey]] = {}
        for place, verdicts in self.find_flips().items():
            groups.setdefault(tuple(verdicts), []).append(place)
        return [(places, list(verdicts)) for verdicts, places in groups.items()]

    def find_runs(self, verdicts: Sequence[Verdict | None]) -> list[Run]:
        """Return the runs of equal verdicts along a single axis."""
        runs: list[Run] = []
        for (value,), verdict in zip(self.points, verdicts, strict=True):
            if runs and runs[-1].verdict == verdict:
                runs[-1] = replace(runs[-1], last=value)
            else:
                runs.append(Run(value, value, verdict))
        return runs


def parse_axis(text: str, plan: Plan) -> Axis:
    """Read `TARGET=FROM:TO:STEP`. Raises `Refused` for an unknown figure, a wrong unit, or a range without values."""
    name, equals, span = text.partition("=")
    parts = span.split(":")
    location = Location("--sweep")
    if not equals or len(parts) != 3 or not all(part.strip() for part in parts):
        raise Refused([Problem("bad-sweep", location, {"found": text})])
    target = parse_selection(name, plan, "--sweep")
    if target.measure.steps:
        raise Refused([Problem("bad-sweep", location, {"found": text})])
    problems = Problems()
    percentages: Percentages | None = plan.percentages
    first, last = (read_value(part, target.measure, location, problems, percentages) for part in parts[:2])
    step = read_value(parts[2], replace(target.measure, low=None, high=None), location, problems, percentages)
    problems.refuse()
    assert first is not None and last is not None and step is not None
    if step <= 0 or last < first:
        raise Refused([Problem("bad-sweep", location, {"found": text})])
    count = int((last - first) / step) + 1
    if count > MOST_POINTS:
        raise Refused([Problem("too-many-points", location, {"found": count, "limit": MOST_POINTS})])
    return Axis(text.strip(), target, tuple(first + step * i for i in range(count)))


def sweep_variant(
    variant: Variant, axes: Sequence[Axis], year: int, as_of: date | None, select: Sequence[str] = ()
) -> SweepResult:
    """Judge every combination of values. Raises `Refused` for a figure that no subject has, or too many combinations."""
    points = tuple(product(*(axis.values for axis in axes)))
    if len(points) > MOST_POINTS:
        raise Refused([Problem("too-many-points", Location("--sweep"), {"found": len(points), "limit": MOST_POINTS})])
    problems = Problems()
    picked = [pick(variant, axis.selection, year, problems) for axis in axes]
    problems.refuse()
    plan = in_force(variant.plan, as_of or date(year, 12, 31))
    base = build_tables(Facts(plan, variant.facts.sheets))
    cells: dict[CellKey, dict[int, Fact]] = {}
    today: list[Fraction | None] = []
    for number, (axis, figures) in enumerate(zip(axes, picked, strict=True)):
        measure = axis.selection.measure
        facts = {
            i: Fact(at[number], axis.selection.location, axis.value_text(at[number])) for i, at in enumerate(points)
        }
        for figure in figures:
            cell = (measure.kind, base.index[measure.kind, year, figure.root, figure.subject], measure.id)
            if cell in cells:  # the other axis changes it too
                details = {
                    "found": axis.text,
                    "first": axes[0].text,
                    "measure": measure.title,
                    "subject": figure.subject,
                }
                raise Refused([Problem("same-axis", Location("--sweep"), details)])
            cells[cell] = facts
        measured = {figure.value for figure in figures}
        today.append(measured.pop() if len(measured) == 1 else None)
    chosen = [c for c in selected(plan, select) if not c.manual]
    table = judge_variants(spread_variants(base, cells, len(points)), year, chosen)
    notes = (*variant.facts.notes, *variant.facts.find_unjudged(year))
    return SweepResult(plan, year, tuple(axes), points, table, tuple(today), notes)
