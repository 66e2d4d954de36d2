"""The value of a finding in every year that is known, for its outlook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from dabiao.engine.measure import Measured
from dabiao.engine.outlook import outlook
from dabiao.engine.requirement import Requirement
from dabiao.engine.results import Outlook, Point, Target, find_furthest
from dabiao.rules.bounds import find_reachable, is_whole
from dabiao.rules.model import Commitment


class History:
    """Looks up the years up to the one that is judged. Earlier years are measured when first asked for."""

    def __init__(self, measured: Measured) -> None:
        frame = measured.tables.frames[measured.plan.root.id]
        years = sorted(year for year in frame["@year"].unique().to_list() if year < measured.year)
        self._plan = measured.plan
        self._years = [*(measured.in_year(year) for year in years), measured]

    def may_look_ahead(self, one: Requirement) -> bool:
        """Whether a commitment may have an outlook: several years are known, and it has a number to reach in a year."""
        c = one.commitment
        return len(self._years) > 1 and c.due is not None and c.due.year is not None and not c.steps

    def outlook(
        self,
        one: Requirement,
        subject: tuple[str, str],
        actual: Fraction | None,
        targets: Sequence[Target],
        baseline: Fraction | None,
    ) -> Outlook | None:
        """Return the outlook of a value, None where there is nothing to compare or nothing to reach.

        `subject` is the root and the name of the one that it is the value of.
        """
        if actual is None or not self.may_look_ahead(one):
            return None
        target = find_furthest(actual, targets)
        if target is None:
            return None
        assert target.value is not None
        assert one.due_year is not None
        start = None if baseline is None else (self._plan.baseline, baseline)
        goal = (one.due_year, target.value)
        points = self._points(one.commitment, subject)
        if len(points) < 2:  # several years are known of others alone
            return None
        found = outlook(points, start, goal, target.operator)
        if found is None or found.projected is None:
            return found
        ahead = find_reachable(one.commitment, self._plan).clamp(found.projected)
        reaches = all(other.is_met(ahead) for other in targets)
        return replace(found, projected=ahead, reaches=reaches, whole=is_whole(self._plan, one.commitment))

    def _points(self, commitment: Commitment, subject: tuple[str, str]) -> list[Point]:
        """Return the value in every year in which it is known, in order."""
        value, kind = commitment.value, commitment.kind
        assert value is not None
        points: list[Point] = []
        for measured in self._years:
            index = measured.tables.index.get((kind, measured.year, *subject))
            row = None if index is None else measured.frame(kind)["@index"].index_of(index)
            known = None if row is None else measured.exact.ratio(kind, value.form, row)
            if known is not None:
                points.append((measured.year, known))
        return points
