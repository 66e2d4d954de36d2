"""Data checks agree with exact fractions."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from checking import home, outcome, plan_with
from dabiao import Refused
from dabiao.engine.results import CheckCount
from helpers import judge, sheet_text
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FIGURES = st.integers(0, 400).map(lambda n: Fraction(n, 8))
OPERATORS = {
    "at_least": lambda a, b, w: a >= b - w,
    "at_most": lambda a, b, w: a <= b + w,
    "more_than": lambda a, b, w: a > b - w,
    "less_than": lambda a, b, w: a < b + w,
    "exactly": lambda a, b, w: abs(a - b) <= w,
}


def area(value: Fraction) -> str:
    """Write an area exactly: eighths are decimals of three places."""
    return f"{float(value):.3f} 平方米"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    total=FIGURES, parts=st.lists(st.none() | FIGURES, min_size=1, max_size=4), within=FIGURES,
    operator=st.sampled_from(sorted(OPERATORS)), whole=st.booleans(),
)  # fmt: skip
def test_the_check_agrees_with_exact_fractions(
    total: Fraction, parts: list[Fraction | None], within: Fraction, operator: str, whole: bool, tmp_path: Path
) -> None:
    """A total against its parts holds or fails as fractions say; with a part missing, only if every value of it agrees."""
    known = sum((part for part in parts if part is not None), start=Fraction(0))
    if whole:
        total = known + within  # right at the boundary
    plan = plan_with(f"id: a, measure: area_total, {operator}: sum(area of home), within: {area(within)}")
    homes = "".join(home(f"院{n}", "" if p is None else f"area: {area(p)}") for n, p in enumerate(parts))
    passes = OPERATORS[operator]
    candidates = [known] if None not in parts else [known, total, known + total + 1000]
    said = {passes(total, sum_, within) for sum_ in candidates if sum_ >= known}
    silent = all(part is None for part in parts)  # parts of which none is reported say nothing
    expected = "unmade" if len(said) > 1 or silent else "held" if said == {True} else "failed"
    sheet = sheet_text(f"area_total: {area(total)}", homes, registers="home: complete")
    assert expected == outcome(plan, tmp_path, sheet)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.lists(st.tuples(st.none() | FIGURES, st.none() | FIGURES, st.booleans()), min_size=9, max_size=14),
    within=FIGURES, operator=st.sampled_from(sorted(OPERATORS)),
)  # fmt: skip
def test_many_subjects_are_checked_as_fractions_say(
    pairs: list[tuple[Fraction | None, Fraction | None, bool]], within: Fraction, operator: str, tmp_path: Path
) -> None:
    """Of many homes just those fail whose figures disagree; a home with a figure missing fails only if no value of it agrees."""
    plan = plan_with(f"id: a, each: home, measure: area, {operator}: lot, within: {area(within)}")
    passes = OPERATORS[operator]
    homes, wrong, unmade = "", [], 0
    for number, (own, other, edge) in enumerate(pairs):
        lot = max(own - within, Fraction(0)) if edge and own is not None else other
        figures = [f"{name}: {area(value)}" for name, value in (("area", own), ("lot", lot)) if value is not None]
        homes += home(f"院{number}", ", ".join(figures))
        said = {
            passes(a, b, within)
            for a in ([own] if own is not None else [Fraction(0), lot or Fraction(0), Fraction(10**6)])
            for b in ([lot] if lot is not None else [Fraction(0), (own or Fraction(0)), Fraction(10**6)])
        }
        unmade += len(said) > 1
        wrong += [f"院{number}"] if said == {False} else []
    try:
        (count,) = judge(plan, tmp_path, sheet_text("", homes, registers="home: complete")).checked
        found: list[object] = []
    except Refused as refused:
        found = [problem.details["subject"] for problem in refused.problems]
    else:
        assert CheckCount("a", len(pairs) - unmade, 0, 0, unmade) == count
    assert wrong == found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=FIGURES, now=FIGURES, factor=st.integers(9, 40), within=st.none() | FIGURES, edge=st.booleans())
def test_a_jump_agrees_with_exact_fractions(
    before: Fraction, now: Fraction, factor: int, within: Fraction | None, edge: bool, tmp_path: Path
) -> None:
    """A figure has jumped if it is above the factor times last year's or below its part, and changed by more than is accepted."""
    times = Fraction(factor, 8)
    now = before * 2 if edge else now
    times = Fraction(2) if edge else times
    tolerance = f", within: {area(within)}" if within is not None else ""
    plan = plan_with(f"id: a, measure: area_total, jump: {float(times)}{tolerance}")
    jumped = now > before * times or now * times < before
    jumped = jumped and (within is None or abs(now - before) > within)
    sheets = [sheet_text(f"area_total: {area(value)}", year=year) for year, value in ((2023, before), (2024, now))]
    try:
        result = judge(plan, tmp_path, *sheets)
    except Refused:
        assert jumped
        return
    assert (False, 1) == (jumped, result.checked[0].made)
