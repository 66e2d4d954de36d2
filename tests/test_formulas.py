"""The formulas of a finding over all pairs of a few numbers, beside the same written in another way, in floats."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import inf

import polars as pl
import pytest
from dabiao.engine.outlook import compound, linear, outlook
from dabiao.engine.pace import completion, covered, distance, expected
from dabiao.rules.comparators import Operator
from dabiao.rules.model import Path

NUMBERS = [Fraction(n, 2) for n in (-3, -1, 0, 1, 2, 3, 5, 16)]
OPERATORS: tuple[Operator, ...] = (">=", ">", "<=", "<", "==")
TEST: dict[Operator, Callable[[float, float], bool]] = {
    ">=": float.__ge__, ">": float.__gt__, "<=": float.__le__, "<": float.__lt__, "==": float.__eq__,
}  # fmt: skip
CLASSES = [(0.95, "on_track"), (0.6, "acceleration_needed"), (0.0, "limited"), (-inf, "deterioration")]
YEARS = [(2020, 2021, 2024), (2018, 2021, 2021), (2015, 2019, 2024), (2020, 2022, 2020), (2021, 2023, 2019)]
Found = tuple[float | None, str]
Numbers = list[float | None]


def classify(ratio: float | None) -> str:
    """Return the class of a ratio."""
    return "unable" if ratio is None else next(name for least, name in CLASSES if ratio > least - 1e-9)


def judge_steps(years: tuple[int, int, int], values: tuple[float, ...], operator: Operator) -> Found:
    """Return the pace in equal steps, and its class."""
    (first, now, due), (start, value, target) = years, values
    met, begun = (TEST[operator](number, target) for number in (value, start))
    ratio = (
        None if start == target or due <= first else (value - start) * (due - first) / (target - start) / (now - first)
    )
    if begun and not met:
        return None, "deterioration"
    return ratio, "achieved" if met else classify(ratio)


def judge_growth(years: tuple[int, int, int], values: tuple[float, ...], operator: Operator) -> Found:
    """Return the growth over the growth required, and its class."""
    (first, now, due), (start, value, target) = years, values
    if operator == "==":
        start, value, operator = target + abs(start - target), target + abs(value - target), "<="
    met = TEST[operator](value, target)
    start, target = start or 0.001, target or 0.001
    ratio = None
    if min(start, target, value) >= 0 and start != target and due > first:
        grown, asked = (value / start) ** (1 / (now - first)) - 1, (target / start) ** (1 / (due - first)) - 1
        ratio = (-grown if operator in ("<=", "<") else grown) / abs(asked)
    return ratio, "achieved" if met else classify(ratio)


@pytest.mark.parametrize("years", YEARS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_pace_and_growth_are_what_their_definitions_say(years: tuple[int, int, int], operator: Operator) -> None:
    """From any start to any value and target, with years to go or none, ratio and class are those worked out by hand."""
    for values in product(NUMBERS, repeat=3):
        start, now, goal = zip(years, values, strict=True)
        floats = tuple(map(float, values))
        for method, by_hand in ((linear, judge_steps), (compound, judge_growth)):
            found, (ratio, rating) = method(start, now, goal, operator), by_hand(years, floats, operator)

            assert (rating, ratio is None) == (found.rating, found.ratio is None), (method, values)
            assert found.ratio is None or pytest.approx(ratio) == float(found.ratio), (method, values)


@pytest.mark.parametrize(("least", "rating"), [(95, "on_track"), (60, "acceleration_needed"), (0, "limited")])
@pytest.mark.parametrize(("below", "next_rating"), [(Fraction(0), 0), (Fraction(1, 10**9), 1)])
def test_a_class_begins_at_its_number(least: int, rating: str, below: Fraction, next_rating: int) -> None:
    """After half of the time 95 % of half of the distance is on track, and a hair less is not."""
    names = [name for _, name in CLASSES]
    found = linear((2020, Fraction(0)), (2021, least - below), (2022, Fraction(200)), ">=")

    assert names[names.index(rating) + next_rating] == found.rating


@pytest.mark.parametrize("stated", [None, (2016, Fraction(3)), (2019, Fraction(5)), (2030, Fraction(1))])
@pytest.mark.parametrize("many", range(10))
@pytest.mark.parametrize("due", [2020, 2027, 2028, 2031])
def test_an_outlook_is_drawn_from_the_last_points(stated: tuple[int, Fraction] | None, many: int, due: int) -> None:
    """The first point is the stated one, or else the first value; the mean change of the last six leads on to a later year."""
    history = [(2018 + number, Fraction(number * number, 3)) for number in range(many)]
    start = stated or (history[0] if history else None)
    points = [] if start is None else [start, *(point for point in history if point[0] > start[0])]
    found = outlook(history, stated, (due, Fraction(20)), ">=")
    if len(points) < 2:
        assert found is None
        return
    (since, before), (now, value) = points[-6:][0], points[-1]
    trend = value + (value - before) * (due - now) / (now - since) if due > now else None

    assert found is not None
    assert (tuple(points), trend, trend and trend >= 20) == (found.points, found.projected, found.reaches)
    assert linear(points[0], points[-1], (due, Fraction(20)), ">=") == found.linear
    assert compound(points[0], points[-1], (due, Fraction(20)), ">=") == found.compound


def columns(*pairs: tuple[Fraction | None, ...]) -> list[pl.Series]:
    """Return numbers that stand together as columns."""
    return [
        pl.Series([None if n is None else float(n) for n in column], dtype=pl.Float64)
        for column in zip(*pairs, strict=True)
    ]


def same(exact: list[Fraction | None], column: pl.Series | None) -> None:
    """State that a column has exact numbers."""
    found = [None] * len(exact) if column is None else column.to_list()
    assert pytest.approx([None if number is None else float(number) for number in exact]) == found


@pytest.mark.parametrize(
    "path", [Path(), Path("step"), Path("compound"), Path("linear", Fraction(1, 2)), Path("compound", Fraction(3, 4))]
)
@pytest.mark.parametrize("share", [Fraction(1, 4), Fraction(1)])
def test_columns_and_numbers_follow_one_path(path: Path, share: Fraction) -> None:
    """What is expected, and how much of it is covered, is the same in a column as by itself, and null where one is missing."""
    triples = list(product([*NUMBERS, None], repeat=3))
    known = [None not in triple for triple in triples]

    def on_the_way(start: Fraction, target: Fraction, part: Fraction) -> float:
        if path.name == "step":
            return float(start)
        grows = path.name == "compound" and start > 0 and target > 0
        return float(start) + part * (
            (start * (target / start) ** share if grows else start + (target - start) * share) - start
        )

    aims, gone = [], []
    for (actual, start, target), is_known in zip(triples, known, strict=True):
        if not is_known or actual is None or start is None or target is None:
            aims.append(None)
            gone.append(None)
            continue
        aim, full = (on_the_way(start, target, part) for part in (path.cut_off, Fraction(1)))
        aims.append(aim)
        gone.append((float(actual) - float(start)) / (full - float(start)) if full != start else None)
        assert pytest.approx(aim) == float(expected(start, target, share, path))
        shown = covered(actual, start, target, share, path)
        assert pytest.approx(gone[-1]) == (None if shown is None else float(shown))
    actuals, starts, targets = columns(*triples)
    found = expected(starts, targets, share, path).to_list()

    assert [aim for aim in aims if aim is not None] == pytest.approx(
        [f for f, k in zip(found, known, strict=True) if k]
    )
    assert all(
        number is None or path.name == "step"
        for (_, start, target), number in zip(triples, found, strict=True)
        if None in (start, target)
    )
    assert pytest.approx(gone) == covered(actuals, starts, targets, share, path).to_list()


@pytest.mark.parametrize("operator", OPERATORS)
def test_columns_and_numbers_have_one_distance(operator: Operator) -> None:
    """How far a value is from its target, and which share of it there is, is the same in a column as by itself."""
    pairs = list(product([*NUMBERS, None], repeat=2))
    far: list[Fraction | None] = []
    shares: list[Fraction | None] = []
    for actual, target in pairs:
        if actual is None or target is None:
            far.append(None)
            shares.append(None)
            continue
        far.append(
            abs(actual - target) if operator == "==" else (target - actual) * (1 if operator in (">=", ">") else -1)
        )
        shares.append(actual / target if operator in (">=", ">") and target > 0 else None)
        assert (far[-1], shares[-1]) == (distance(operator, actual, target), completion(operator, actual, target))
    actuals, targets = columns(*pairs)

    same(far, distance(operator, actuals, targets))
    same(shares, completion(operator, actuals, targets))
