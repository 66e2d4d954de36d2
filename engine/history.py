"""The value of a finding in every year that is known, for its outlook."""

from __future__ import annotations

from dabiao.engine.measure import Measured
from dabiao.engine.outlook import outlook
from dabiao.engine.requirement import Requirement
from dabiao.engine.results import Finding, Outlook, Point, Target


class History:
    """Looks up the years up to the one that is judged. Earlier years are measured when first asked for."""

    def __init__(self, measured: Measured) -> None:
        frame = measured.tables.frames[measured.plan.root.id]
        years = sorted(year for year in frame["@year"].unique().to_list() if year < measured.year)
        self._years = [*(measured.in_year(year) for year in years), measured]

    @property
    def several(self) -> bool:
        """Whether more than one year is known."""
        return len(self._years) > 1

    def outlook(self, finding: Finding, one: Requirement) -> Outlook | None:
        """Return the outlook of a finding with numbers, None where there is nothing to compare or nothing to reach."""
        commitment = finding.commitment
        due = commitment.due
        if finding.actual is None or commitment.steps or due is None or due.kind != "year" or due.year is None:
            return None
        target = _weakest(finding)
        if target is None or target.value is None:
            return None
        plan, now = self._years[-1].plan, self._years[-1].year
        year = one.due_year if now < due.year and one.due_year is not None else due.year
        start = None if finding.baseline is None else (plan.baseline, finding.baseline)
        return outlook(self.points(finding), start, (year, target.value), target.operator)

    def points(self, finding: Finding) -> list[Point]:
        """Return the value in every year in which it is known, in order."""
        value = finding.commitment.value
        points: list[Point] = []
        for measured in self._years if value is not None else ():
            index = measured.tables.index.get((finding.kind, measured.year, finding.root, finding.subject))
            row = None if index is None else measured.frame(finding.kind)["@index"].index_of(index)
            known = None if row is None or value is None else measured.exact.ratio(finding.kind, value.form, row)
            if known is not None:
                points.append((measured.year, known))
        return points


def _weakest(finding: Finding) -> Target | None:
    """Return the end of a range that is furthest from being met: a range is as good as its weakest end."""
    distances = [(target.distance(finding.actual), target) for target in finding.targets if finding.actual is not None]
    known = [(far, target) for far, target in distances if far is not None]
    return max(known, key=lambda pair: pair[0])[1] if known and len(known) == len(finding.targets) else None
