"""Bars of findings: the value between zero and its target, with where it started and where it should be by now."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from dabiao.base.messages import say
from dabiao.base.quantities import in_unit
from dabiao.engine.results import Finding, Target, find_furthest
from dabiao.reports import words
from dabiao.reports.document import Bar, Drawing, Line, Point

_ROOM = Fraction(21, 20)  # a little beyond the farthest mark


def bar_of(finding: Finding, beside: Finding | None = None) -> Bar | None:
    """Return the bar of a finding, None where there is no number or no target, or one of them is below zero.

    It is on one scale with that of the finding `beside` it, if that has a bar: the same value is as long on either.
    """
    if (found := _find_values(finding)) is None:
        return None
    actual, target, start = finding.actual, found[0], finding.baseline
    assert actual is not None
    other = _find_values(beside) if beside else None
    end = max(found[1], other[1] if other else found[1]) * _ROOM

    def share(value: Fraction | None) -> float | None:
        return None if value is None else float(value / end)

    return Bar(float(actual / end), share(start), share(target.expected), share(target.value))


def _find_values(finding: Finding) -> tuple[Target, Fraction] | None:
    """Return the target that a bar marks and the greatest of its values, None if the finding has no bar.

    Of a range it is the end that is furthest from being met.
    """
    target = None if finding.actual is None else find_furthest(finding.actual, finding.targets)
    if target is None or finding.commitment.steps:
        return None
    values = [v for v in (finding.actual, finding.baseline, target.expected, target.value) if v is not None]
    return (target, max(values)) if min(values) >= 0 and max(values) > 0 else None


def drawing_of(finding: Finding, lang: str, *, with_root: bool = False) -> Drawing | None:
    """Return the years of a finding as lines: as reported, as expected, the target, and where the trend leads."""
    outlook = finding.outlook
    if outlook is None or len(outlook.points) < 2:
        return None
    goal_year, goal = outlook.goal
    now_year, now = outlook.points[-1]

    def point(year: int, value: Fraction) -> Point:
        return Point(year, float(in_unit(value, finding.unit)), words.value_text(finding, value, lang, goal))

    def limit(year: int, target: Target, end: Fraction) -> Point:
        text = point(year, end).text if len(finding.targets) == 1 else words.compared_text(finding, target, end, lang)
        return Point(year, float(in_unit(end, finding.unit)), text)

    first = outlook.points[0]
    lines = [
        Line("reported", say("drawing.reported", lang), tuple(point(year, value) for year, value in outlook.points)),
        Line("expected", say("drawing.expected", lang), (point(*first), point(goal_year, goal))),
        *(
            Line("target", say("drawing.target", lang), (limit(first[0], target, end), limit(goal_year, target, end)))
            for target in finding.targets
            if (end := target.value) is not None
        ),
    ]
    if outlook.projected is not None:
        told = replace(point(goal_year, outlook.projected), text=words.projected_text(finding, outlook, lang))
        ahead = (point(now_year, now), told)
        lines.append(Line("outlook", say("drawing.outlook", lang), ahead))
    title = words.title_text(finding.commitment, lang)
    if len(finding.path) > 1 or with_root:
        title = f"{title} · {words.subject_text(finding, lang, with_root=with_root)}"
    return Drawing(title, tuple(lines))
