"""Decisions are exact: beyond whole floats and all floats, at the ends of ranges, and with figures that are missing."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from dabiao.engine.columns import Figure
from dabiao.engine.signs import Margin
from dabiao.rules.algebra import Leaf, Polynomial
from dabiao.rules.comparators import Sign
from helpers import commitment, judge, make_plan, measure, one, sheet_text, verdicts
from hypothesis import given
from hypothesis import strategies as st

NAMES = ("a", "b", "c", "d", "e", "f", "m", "n")
HUGE, TINY = "1" + "0" * 38, "0." + "0" * 37 + "1"


def power(names: str, times: int = 5) -> str:
    """Return the product of so many of each of some figures."""
    return " * ".join(name for name in names for _ in range(times))


def verdict_of(tmp_path: Path, form: str, target: str, figures: str, unit: str = "分", ranges: str = "") -> str:
    """Return the verdict on figures of a district, of which those that are not written are missing."""
    measures = "".join(measure(name, f"unit: {unit}{ranges if name in 'mn' else ''}") for name in NAMES)
    facts = "\n".join(figure.replace("=", ": ") for figure in figures.split()) or " "
    plan = make_plan(measures, commitment("c", f"measure: {form}\n{target}\ndue: every_year"))
    return one(judge(plan, tmp_path, sheet_text(facts))).verdict


@pytest.mark.parametrize(
    ("figures", "at_least", "more_than"),
    [
        ("a=45035996273704.97 b=45035996273704.97 c=0.01 d=45035996273704.97 e=45035996273704.99", "shortfall", "shortfall"),
        ("a=45035996273704.97 b=45035996273704.97 c=0.02 d=45035996273704.97 e=45035996273704.99", "met", "shortfall"),
        ("a=4503599627370497 b=4503599627370497 c=1 d=4503599627370498 e=4503599627370498", "shortfall", "shortfall"),
        ("a=4503599627370497 b=4503599627370497 c=2 d=4503599627370498 e=4503599627370498", "met", "shortfall"),
        ("a=0.01 b=90071992547410 c=0 d=90071992547410 e=0", "met", "met"),
        ("a=0.01 b=1 c=0.3 d=1.31 e=0", "met", "shortfall"),
        ("a=0.01 b=1 c=0.3 d=1.32 e=0", "shortfall", "shortfall"),
        ("a=0.01 b=1 c=0.3 d=1 e=0.3", "met", "met"),
    ],
)  # fmt: skip
def test_sums_of_decimals_and_of_large_numbers_are_exact(
    tmp_path: Path, figures: str, at_least: str, more_than: str
) -> None:
    """Two sums that differ by a hundredth, or by one, are told apart however large they are; two equal ones are equal."""
    found = [verdict_of(tmp_path, "a + b + c", f"{key}: d + e", figures) for key in ("at_least", "more_than")]

    assert [at_least, more_than] == found


@pytest.mark.parametrize(
    ("form", "target", "figures", "expected"),
    [
        ("a * b", "exactly: 0.3 分*分", "a=3 b=0.1", "met"),
        ("a * b", "exactly: c * d", "a=0.3 b=0.1 c=0.03 d=1", "met"),
        ("a * b", "more_than: c * d", "a=0.3 b=0.11 c=0.03 d=1", "met"),
        ("10 分 - a / 2", "at_least: 8 分", "a=4", "met"),
        ("10 分 - a / 2", "at_least: 8 分", "a=4.1", "shortfall"),
        ("a / 4", "at_least: 1 分", "a=4", "met"),
        ("a / 4", "at_least: 1 分", "a=3.9", "shortfall"),
        ("2 * a", "exactly: b", "a=0.15 b=0.3", "met"),
        ("2 * a + m", "at_least: 5 分", "a=2.5", "met"),
        ("2 * a + m", "at_least: 5 分", "a=2.4", "undetermined"),
        ("a + b", "more_than: 0 分", "a=1 b=0", "met"),
        ("a + b", "more_than: 0 分", "a=0 b=0", "shortfall"),
        ("a + b", "more_than: 0 分", "a=0.5 b=0.25", "met"),
        ("a * 3", "at_least: 1 分", "a=0.3333333333333333", "shortfall"),
        ("a * 3", "at_most: 1 分", "a=0.3333333333333333", "met"),
        ("a * 3", "at_most: 1 分", "a=0.33333333333333333333", "met"),
        ("a * 3", "exactly: 1 分", "a=0.33333333333333333333", "shortfall"),
        ("a + b + m", "more_than: d", "a=0.01 b=0.05 d=0.06", "undetermined"),  # in floats 0.01 + 0.05 is more than 0.06
        ("a + b + m", "at_least: d", "a=0.01 b=0.05 d=0.06", "met"),
    ],
)  # fmt: skip
def test_factors_are_exact(tmp_path: Path, form: str, target: str, figures: str, expected: str) -> None:
    """Three times 0.1 is 0.3, half of 4.1 is more than 2, and a third has no last digit."""
    assert expected == verdict_of(tmp_path, form, target, figures)


@pytest.mark.parametrize(
    ("form", "target", "figures", "expected"),
    [
        (power("a", 9), f"more_than: {power('c', 9)}", f"a={TINY} c=0", "met"),
        (power("ab"), f"more_than: {power('cd')}", f"a={HUGE} b={HUGE} c={HUGE} d={HUGE}", "shortfall"),
        (power("ab"), f"at_least: {power('cd')}", f"a={HUGE} b={HUGE} c={HUGE} d={HUGE}", "met"),
        (power("ab"), f"at_least: {power('cd')}", f"a={HUGE} b=2 c={HUGE} d={HUGE}", "shortfall"),
        (power("ab"), f"at_least: {power('cd')}", f"a={HUGE} b={HUGE} c={HUGE} d=2", "met"),
        (power("abc"), f"at_least: {power('def')}", f"a={HUGE} b={HUGE} c={TINY} d={HUGE} e=2 f=1", "shortfall"),
        (power("abc"), f"at_least: {power('def')}", f"a={HUGE} b=2 c=1 d={HUGE} e={HUGE} f={TINY}", "met"),
        (f"{power('ab')} + {power('mn')}", f"at_least: {power('cd')}", f"a={HUGE} b={HUGE} c={HUGE} d={HUGE}", "met"),
        (power("ab"), f"at_least: {power('cd')} + {power('mn')}", f"a={HUGE} b={HUGE} c={HUGE} d={'9' * 40}", "shortfall"),
        (f"{power('abc')} + {power('mnn')}", f"more_than: {power('def')}", f"a={HUGE} b={HUGE} c={TINY} d={HUGE} e=2 f=1 n=0", "shortfall"),
        (f"{power('abc')} - {power('mnn')}", f"more_than: {power('def')}", f"a={HUGE} b=2 c=1 d={HUGE} e={HUGE} f={TINY} n=0", "met"),
        (power("abc"), f"at_least: {power('def')}", f"a={HUGE} b={HUGE} c={TINY} d={HUGE} e={'9' * 40} f={TINY}", "shortfall"),
        (f"b * {power('n', 11)}", f"at_least: {' * '.join(['9' * 40] * 12)} * {power('a', 12)}", f"a={TINY} b={10**24} n=1", "met"),
        (f"b * {power('n', 11)}", f"at_least: {' * '.join(['9' * 40] * 12)} * {power('a', 12)}", f"a={TINY} b={10**24 - 1} n=1", "shortfall"),
        ("b", f"at_least: {' * '.join(['9' * 40] * 12)} * a", "a=0 b=5", "met"),
        ("b", f"at_least: {' * '.join(['9' * 40] * 9)} * a", "a=0 b=5", "met"),
        ("b", f"at_most: {' * '.join(['9' * 40] * 9)} * a", "a=0 b=5", "shortfall"),
        ("b", f"at_least: {' * '.join(['9' * 40] * 9)} * a", "a=0 b=0", "met"),
    ],
)  # fmt: skip
def test_numbers_beyond_floats_are_exact(tmp_path: Path, form: str, target: str, figures: str, expected: str) -> None:
    """Products that no float holds are compared as they are, however small or large."""
    assert expected == verdict_of(tmp_path, form, target, figures)


@pytest.mark.parametrize(
    ("key", "verdicts"),
    [
        ("at_least", ("shortfall", "undetermined", "met", "met")),
        ("more_than", ("shortfall", "undetermined", "met", "met")),
        ("at_most", ("met", "undetermined", "shortfall", "shortfall")),
        ("less_than", ("met", "undetermined", "shortfall", "shortfall")),
        ("exactly", ("shortfall", "undetermined", "shortfall", "shortfall")),
    ],
)
def test_half_beside_either_end_of_a_range_is_decided(tmp_path: Path, key: str, verdicts: tuple[str, ...]) -> None:
    """With up to one more, 3.5 stays below 5, 4.5 may be either, and 5.5 and 7.5 are above it."""
    target, ranges = f"{key}: 5 分", ", max: 1 分"
    found = tuple(verdict_of(tmp_path, "a + m", target, f"a={a}", ranges=ranges) for a in ("3.5", "4.5", "5.5", "7.5"))

    assert verdicts == found


@pytest.mark.parametrize("unit", ["张", "分"])
@pytest.mark.parametrize(
    ("key", "verdicts"),
    [
        ("at_least", ("shortfall", "undetermined", "met", "met")),
        ("more_than", ("shortfall", "shortfall", "undetermined", "met")),
        ("at_most", ("met", "met", "undetermined", "shortfall")),
        ("less_than", ("met", "undetermined", "shortfall", "shortfall")),
        ("exactly", ("shortfall", "undetermined", "undetermined", "shortfall")),
    ],
)
def test_the_end_of_a_range_belongs_to_it(tmp_path: Path, unit: str, key: str, verdicts: tuple[str, ...]) -> None:
    """With up to one more, 4 may be 5 and no more than that, 5 may be 5 or more, and 3 and 6 are neither."""
    target, ranges = f"{key}: 5 {unit}", f", max: 1 {unit}"
    found = tuple(verdict_of(tmp_path, "a + m", target, f"a={a}", unit, ranges) for a in (3, 4, 5, 6))

    assert verdicts == found


@pytest.mark.parametrize(
    ("form", "target"), [("{} + {}", "at_least: {}"), ("{} + {}", "at_most: {}"), ("{} - {}", "more_than: {}")]
)
def test_beyond_floats_what_is_missing_may_outweigh_all(tmp_path: Path, form: str, target: str) -> None:
    """Beside a number that no float holds, one that may be as far below zero or above it leaves everything open."""
    form, target = form.format(power("ab"), power("mn")), target.format(power("cd"))
    figures = f"a={HUGE} b={HUGE} c=0 d=0 n=1"

    assert "undetermined" == verdict_of(tmp_path, form, target, figures, ranges=", signed: true")


@pytest.mark.parametrize(("a", "expected"), [(0, "met"), (1, "undetermined"), (0.5, "undetermined")])
def test_nothing_times_what_is_missing_is_nothing(tmp_path: Path, a: float, expected: str) -> None:
    """No beds times any number are no beds; one bed times any number is any number."""
    assert expected == verdict_of(tmp_path, "a * m", "exactly: 0 分*分", f"a={a}", ranges=", max: 1 分")


def test_large_whole_numbers_with_one_missing_are_exact(tmp_path: Path) -> None:
    """Three times the largest exact float are more than what is one less, whatever else there is."""
    figures, most = " ".join(f"{name}={2**53 - 1}" for name in "abc"), 3 * (2**53 - 1)
    found = [verdict_of(tmp_path, "a + b + c + m", f"more_than: {n} 张", figures, "张") for n in (most - 1, most)]

    assert ["met", "undetermined"] == found


@pytest.mark.parametrize(("form", "scale"), [("a / 2", 1), ("b - a / 2", 1), ("2 * a", 4)])
def test_the_ends_of_a_part_of_what_is_missing_keep_their_sides(tmp_path: Path, form: str, scale: int) -> None:
    """A half of 4, with a half of up to 10, is 2 to 7; so is what either half leaves; twice as much is four times that."""
    plan = make_plan(
        measure("a", "unit: 分, max: 10 分", "home") + measure("b", "unit: 分", "home"),
        "".join(
            commitment(name, f"measure: sum({form} of home)\n{key}: {number * scale} 分\ndue: every_year")
            for name, key, number in (("two", "at_least", 2), ("three", "at_least", 3), ("seven", "more_than", 7))
        ),
    )
    subjects = "- {kind: home, name: x, facts: {a: 4, b: 4}}\n- {kind: home, name: y, facts: {b: 5}}"
    result = judge(plan, tmp_path, sheet_text(subjects=subjects, registers="home: complete"))

    assert ["met", "undetermined", "shortfall"] == result.table["verdict"].cast(str).to_list()


@pytest.mark.parametrize(
    ("figures", "verdicts"),
    [
        ((1, 2, 3), ("met", "met")),
        ((1, TINY, 1), ("shortfall", "met")),  # in floats 1 and so little more is 1
        (("0.1", "0.2", "0.3"), ("met", "met")),  # in floats 0.1 + 0.2 is more than 0.3
        ((9007199254740993, 2, 9007199254740995), ("met", "met")),
        ((9007199254740993, 2, 9007199254740994), ("shortfall", "met")),
        ((9007199254740993, 2, 9007199254740996), ("met", "shortfall")),
    ],
)
def test_totals_over_years_are_exact(tmp_path: Path, figures: tuple[object, ...], verdicts: tuple[str, str]) -> None:
    """What two years add up to equals its target, or differs by one, also in decimals and beyond whole floats."""
    first, second, target = figures
    found = []
    for key in ("at_most", "at_least"):
        plan = make_plan(
            measure("a", "unit: 分"), commitment("c", f"measure: total(a)\n{key}: {target} 分\ndue: every_year")
        )
        sheets = (sheet_text(f"a: {figure}", "", year) for year, figure in ((2021, first), (2022, second)))
        found.append(one(judge(plan, tmp_path, *sheets)).verdict)

    assert list(verdicts) == found


@pytest.mark.parametrize("form", ["a", "a + n", "2 * a - 10 分"])
def test_subjects_with_the_same_float_are_told_apart(tmp_path: Path, form: str) -> None:
    """Of homes that report figures of one float, those a hair below the target fall short of it, and those on it do not."""
    figures = ("10", "9.9999999999999999999", "10.0000000000000000001", "9.9999999999999999999")
    measures = "".join(measure(name, "unit: 分", "home") for name in "an")
    plan = make_plan(measures, commitment("c", f"each: home\nmeasure: {form}\nat_least: 10 分\ndue: every_year"))
    homes = "".join(
        f"- {{kind: home, name: h{number}, facts: {{a: '{figure} 分', n: 0}}}}\n"
        for number, figure in enumerate(figures)
    )

    found = verdicts(judge(plan, tmp_path, sheet_text("", homes)))

    expected = ["met", "shortfall", "met", "shortfall"]
    assert expected == [found["c", f"h{number}"] for number in range(len(figures))]


_PARTS = st.integers(1, 2**20)


@given(
    _PARTS, _PARTS, st.lists(st.tuples(st.integers(1, 2**30), st.sampled_from((-1, 0, 1))), min_size=1), st.booleans()
)
def test_quotients_of_whole_figures_are_compared_exactly(
    one: int, other: int, rows: list[tuple[int, int]], above: bool
) -> None:
    """A figure over another is told from p/q where it differs from it by as little as such fractions can, or not at all."""
    number = Fraction(*sorted((one, other)))
    p, q = number.numerator, number.denominator
    under = [many * q + side * pow(p, -1, q) % q for many, side in rows]
    over = [(b * p - side) // q for b, (_, side) in zip(under, rows, strict=True)]
    x, y = (Leaf("home", name) for name in ("over", "under"))
    margin = (Polynomial.variable(x) - Polynomial.variable(y) * number) * Fraction(1 if above else -1)
    exact = [(a - b * number) * (1 if above else -1) for a, b in zip(over, under, strict=True)]
    columns = {v: pl.Series(values, dtype=pl.Float64) for v, values in ((x, over), (y, under))}
    figures = {v: Figure(column, 0.0, float("inf"), rough=False, whole=True) for v, column in columns.items()}

    def decide(numbers: Sequence[int], sign: Sign) -> pl.Series:
        return pl.Series([exact[n] >= 0 if sign == ">=" else exact[n] == 0 for n in numbers], dtype=pl.Boolean)

    signs = Margin(margin, figures, decide, lambda a, b: columns[a] / columns[b])

    assert [n >= 0 for n in exact] == signs.sign(">=").to_list()
    assert [n == 0 for n in exact] == signs.sign("==").to_list()
