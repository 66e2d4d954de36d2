"""Findings that are alike: rows of one commitment with the same figures, and what sets the numbers of other rows apart.

All that is said of a subject follows from its own figures, its name and the place where it stands, if its commitment looks at
nothing else. Rows with the same figures then have the same finding, but for name and line.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, reduce
from itertools import repeat
from operator import mul
from typing import TYPE_CHECKING

import polars as pl
from dabiao.base.quantities import find_sign
from dabiao.engine.gap import count_gain, count_wholes
from dabiao.engine.pace import completion
from dabiao.engine.results import ON_THE_WAY, AlikeRows, Numbers, Row, Target, find_furthest
from dabiao.facts.columns import Columns
from dabiao.facts.model import to_exact
from dabiao.rules.algebra import Leaf, Polynomial, Variable, variables
from dabiao.rules.model import Plan

if TYPE_CHECKING:
    from dabiao.engine.explain import Explainer
    from dabiao.engine.measure import Measured
    from dabiao.engine.requirement import Requirement

SLICE = 50_000  # rows whose figures are taken out of their columns at once

_exact = lru_cache(100_000)(to_exact)


@dataclass(frozen=True)
class _Numbers:
    """Works out the numbers of rows of one commitment from the figures that it looks at."""

    plan: Plan
    one: Requirement
    leaves: tuple[Leaf, ...]
    _gains: dict[Fraction, Fraction | None] = field(default_factory=dict)

    def __call__(self, row: Row, targets: Sequence[Target]) -> Numbers | None:
        """Return the numbers of a row; None where its finding is more than value, target and distance."""
        value = self.one.commitment.value
        if (
            value is None
            or value.steps
            or None in row.figures
            or (row.verdict in ON_THE_WAY and self.one.start is not None)
        ):
            return None
        if any(bound.target.form.number is None for bound in self.one.bounds):
            return None
        figures: dict[Variable, Fraction] = dict(zip(self.leaves, map(_exact, row.figures), strict=True))
        top, bottom = _evaluate(value.form.top, figures), _evaluate(value.form.bottom, figures)
        if not bottom or not all(_evaluate(base, figures) for base in value.form.bases):
            return None
        actual = top / bottom
        furthest = find_furthest(actual, targets)
        if furthest is None or furthest.value is None or (gap := furthest.distance(actual)) is None:
            return None
        gain = self._gain(furthest.value)
        whole = None if gain is None else count_wholes(gain, furthest.operator, furthest.value, top, bottom)
        done = completion(furthest.operator, actual, furthest.value) if len(targets) == 1 else None
        sides: Hashable = find_sign(gap), furthest.operator == "==" and actual > furthest.value
        if len(targets) > 1:
            ends = [t.value for t in targets if t.value is not None]
            sides = tuple(find_sign(actual - end) for end in ends), targets.index(furthest)
        few = whole if whole is None or abs(whole) < 2 else "many"  # none and one are told in words of their own
        same = whole is not None and gap.denominator == 1 and abs(whole) == abs(gap.numerator)
        order = sides, find_sign(actual), find_sign(bottom), few, same
        return Numbers(actual, gap, whole, done, {leaf.measure: figures[leaf] for leaf in self.leaves}, order)

    def _gain(self, target: Fraction) -> Fraction | None:
        if target not in self._gains:
            self._gains[target] = count_gain(self.plan, self.one, target)
        return self._gains[target]


def _evaluate(polynomial: Polynomial, figures: Mapping[Variable, Fraction]) -> Fraction:
    """Return the value of a polynomial whose variables are all known."""
    if (single := polynomial.single) is not None:
        return figures[single]
    found = Fraction(0)
    for monomial, factor in polynomial.terms:
        found += reduce(mul, (figures[variable] for variable in monomial), factor)
    return found


def find_alike(measured: Measured, explained: Explainer, table: pl.DataFrame) -> Iterator[AlikeRows]:
    """Iterate over the rows of a table of findings, by commitment and kind of subject, in order."""
    start = 0
    for part in table.partition_by("commitment", "kind", maintain_order=True):
        commitment = measured.plan.commitments[str(part["commitment"].first())]
        one = explained.required(commitment)
        leaves = _find_leaves(measured, explained, one)
        rows = repeat(None, part.height) if leaves is None else _list_rows(measured, part, leaves)
        yield AlikeRows(start, part.height, rows, _Numbers(measured.plan, one, leaves or ()))
        start += part.height


def _find_leaves(measured: Measured, explained: Explainer, one: Requirement) -> tuple[Leaf, ...] | None:
    """Return the figures that a commitment looks at, if they are the subject's own of this year alone; None if not."""
    commitment = one.commitment
    if explained.may_look_ahead(commitment):
        return None
    if any(bound.limit is not None for bound in one.bounds):
        return None
    looked_at = variables(*commitment.forms(one.bounds), one.start, *one.since)
    before = variables(commitment.baseline)
    leaves = tuple(v for v in looked_at if isinstance(v, Leaf) and v.kind == commitment.kind and v.current)
    rough = any((leaf.kind, leaf.measure) in measured.tables.rough for leaf in leaves)
    return (
        leaves if leaves == looked_at and not rough and all(_is_the_same_for_all(measured, v) for v in before) else None
    )


def _is_the_same_for_all(measured: Measured, variable: Variable) -> bool:
    """Whether a figure of the baseline year is stated by the plan, or nothing is reported of that year."""
    if not isinstance(variable, Leaf):
        return False
    known = measured.plan.stated(variable, measured.year) is not None
    return known or (variable.time == "baseline" and measured.plan.baseline not in measured.tables.years)


def _list_rows(measured: Measured, part: pl.DataFrame, leaves: Sequence[Leaf]) -> Iterator[Row | None]:
    """Iterate over the rows of one commitment on one kind, as they are in common with others.

    All that is waived of it in a year has the same verdict otherwise: a shortfall, or before it is due behind.
    """
    kind = str(part["kind"].first())
    if part["@index"].null_count():
        yield from repeat(None, part.height)
        return
    sources = measured.tables.sources
    odd = {
        number: {at for measure, at in source.absent if any(leaf.measure == measure for leaf in leaves)} | source.remarks.keys()
        for number, source in enumerate(sources)
        if isinstance(source, Columns) and source.kind == kind and source.in_rows and not source.changed
    }  # fmt: skip
    above = [f"@{name}" for name in measured.plan.kinds[kind].path[1:]]
    frame = measured.frame(kind).select("@source", "@row", "@weight", "@name", "@root", *above)
    figures = [measured.figure(kind, leaf).value.alias(f"figure {at}") for at, leaf in enumerate(leaves)]
    frame = frame.with_columns(figures)
    for offset in range(0, part.height, SLICE):
        piece = part[offset : offset + SLICE]
        cells = frame[piece["@index"]].with_columns(piece["verdict"].cast(pl.String).alias("verdict"))
        for source, at, weight, name, root, *rest in cells.iter_rows():
            if weight != 1.0 or source not in odd or at in odd[source]:
                yield None
                continue
            place = sources[source].location(at)
            common = (rest[-1], source, place.file, root, *rest[: len(above)])
            yield Row(rest[-1], common, tuple(rest[len(above) : -1]), name, place.line)
