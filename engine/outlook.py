"""Pace and outlook from several years: how far a value has come, and where it gets to if this goes on.

Two questions that stay apart. The pace compares what has changed with what should have changed by now: in equal steps (linear,
时间过半、任务过半), or by an equal factor every year (compound, as Eurostat and Statistics Canada do; Open SDG documents the
formula). The outlook carries the mean yearly change of the last years on to the due year (as Destatis does).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

from dabiao.engine.results import Outlook, Point, Progress, Rating
from dabiao.rules.comparators import Operator, meets

CUT_OFFS: tuple[tuple[Fraction, Rating], ...] = (
    (Fraction(95, 100), "on_track"),
    (Fraction(60, 100), "acceleration_needed"),
    (Fraction(0), "limited"),
)  # of Eurostat and Statistics Canada; no Chinese authority has published any
RECENT = 6  # points that the mean yearly change is taken over
_TINY = Fraction(1, 1000)  # what Open SDG puts in place of a zero that it would have to divide by


def outlook(history: Sequence[Point], start: Point | None, goal: Point, operator: Operator) -> Outlook | None:
    """Assess a history of at least one value after the start against a goal; None if that is not given.

    `start` is the stated baseline; without one the first value of the history. Points are (year, value) in order of years.
    """
    if start is None and history:
        start = history[0]
    after = [point for point in history if start is not None and point[0] > start[0]]
    if start is None or not after:
        return None
    now = after[-1]
    points = [start, *after]
    ahead = projected(points, goal[0]) if goal[0] > now[0] else None
    return Outlook(
        points=tuple(points), goal=goal, operator=operator,
        linear=linear(start, now, goal, operator), compound=compound(start, now, goal, operator),
        projected=ahead, reaches=None if ahead is None else meets(ahead, operator, goal[1]),
    )  # fmt: skip


def linear(start: Point, now: Point, goal: Point, operator: Operator) -> Progress:
    """Return the share of the distance covered over the share of the time passed.

    A start that already meets the target has no distance to cover: the target is to be held, and falling below it is moving
    away, whatever the quotient would say.
    """
    if meets(now[1], operator, goal[1]):
        return Progress("linear", _pace(start, now, goal), "achieved")
    if meets(start[1], operator, goal[1]):
        return Progress("linear", None, "deterioration")
    pace = _pace(start, now, goal)
    return Progress("linear", pace, _rating(pace))


def _pace(start: Point, now: Point, goal: Point) -> Fraction | None:
    distance, years = goal[1] - start[1], goal[0] - start[0]
    if not distance or years <= 0:
        return None
    return (now[1] - start[1]) / distance / Fraction(now[0] - start[0], years)


def compound(start: Point, now: Point, goal: Point, operator: Operator) -> Progress:
    """Return the observed yearly growth over the yearly growth required from the start to the goal.

    A zero start or target counts as 0.001, as Open SDG has it; values below zero have no growth rate.
    """
    if operator == "==":  # exactly the target is best: the distance from it has to fall to nothing
        start, now, goal = (_folded(point, goal[1]) for point in (start, now, goal))
        operator = "<="
    if meets(now[1], operator, goal[1]):
        return Progress("compound", _ratio(start, now, goal, operator), "achieved")
    ratio = _ratio(start, now, goal, operator)
    return Progress("compound", ratio, _rating(ratio))


def _folded(point: Point, target: Fraction) -> Point:
    return point[0], target + abs(point[1] - target)


def _ratio(start: Point, now: Point, goal: Point, operator: Operator) -> Fraction | None:
    base, target = start[1] or _TINY, goal[1] or _TINY
    if base < 0 or target < 0 or now[1] < 0 or base == target or goal[0] <= start[0]:
        return None
    observed = _growth(now[1] / base, now[0] - start[0])
    required = _growth(target / base, goal[0] - start[0])
    direction = -1 if operator in ("<=", "<") else 1
    return direction * observed / abs(required)


def _growth(factor: Fraction, years: int) -> Fraction:
    """Return the yearly growth of a factor over some years, to 40 digits."""
    with localcontext() as context:
        context.prec = 40
        root = (Decimal(factor.numerator) / factor.denominator) ** (Decimal(1) / years)
        return Fraction(root) - 1


def _rating(ratio: Fraction | None) -> Rating:
    if ratio is None:
        return "unable"
    return next((rating for cut_off, rating in CUT_OFFS if ratio >= cut_off), "deterioration")


def projected(points: Sequence[Point], year: int) -> Fraction:
    """Return the value of a year if the mean yearly change of the last points, two or more, goes on."""
    first, last = points[-RECENT:][0], points[-1]
    return last[1] + (last[1] - first[1]) / (last[0] - first[0]) * (year - last[0])
