"""Progress before the due year: the value expected by now on the way from baseline to target.

Linear is 时间过半、任务过半: half of the time, half of the distance. Compound grows by the same factor every year. With staged
targets the stages are the path. A baseline already past the target means hold: the target itself is expected.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from dabiao.rules.algebra import Ratio
from dabiao.rules.model import Bound, Commitment, Path, Plan


@dataclass(frozen=True, slots=True)
class Leg:
    """The part of the way that a year lies on: from a start value and year to the bounds due next."""

    start: Ratio | None
    start_year: int
    bounds: tuple[Bound, ...]
    due_year: int

    def share(self, year: int) -> Fraction:
        """Return the share of the leg's time that has passed."""
        return Fraction(year - self.start_year, self.due_year - self.start_year)


def leg(commitment: Commitment, plan: Plan, year: int) -> Leg:
    """Return the leg of a commitment due in a year (or by stages) that `year` lies on, before its last due year."""
    stages = commitment.stages
    if not stages:
        due = commitment.due.year if commitment.due and commitment.due.year else plan.last
        return Leg(commitment.baseline, plan.baseline, commitment.bounds, due)
    ahead = next(stage for stage in stages if stage.year >= year)
    behind = [stage for stage in stages if stage.year < year]
    if not behind:
        return Leg(commitment.baseline, plan.baseline, ahead.bounds, ahead.year)
    return Leg(behind[-1].bounds[0].target.form, behind[-1].year, ahead.bounds, ahead.year)


def expected(start: Ratio, target: Ratio, share: Fraction, path: Path) -> Ratio:
    """Return the value expected when a share of the time has passed, already lowered to what counts as on track."""
    if path.name == "step":
        return start
    a, b = start.number, target.number
    if path.name == "compound" and a is not None and b is not None and a > 0 and b > 0:
        return Ratio.constant(a + (_compound(a, b, share) - a) * path.cut_off)
    part = Ratio.constant(share * path.cut_off)
    return start + (target - start) * part


def _compound(start: Fraction, target: Fraction, share: Fraction) -> Fraction:
    """Return start * (target / start) ** share: exact if it is a short decimal, else to 50 digits."""
    with localcontext() as context:
        context.prec = 60
        growth = _decimal(target / start) ** _decimal(share)
        value = Fraction(_decimal(start) * growth)
    short = Fraction(round(value * 10**12), 10**12)
    power = share.denominator
    exact = (short / start) ** power == (target / start) ** share.numerator
    return short if exact else value


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
