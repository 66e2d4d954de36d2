"""Verdicts equal those of exact rational arithmetic, whatever the figures."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest
from dabiao import check, read_facts
from dabiao.engine.measure import Measured
from dabiao.facts.tables import build_tables
from dabiao.rules.algebra import compare
from helpers import commitment, make_plan, measure, sheet_text, verdicts
from hypothesis import given
from hypothesis import strategies as st
from laws import HOLDS, YEARLY, checked, csv_folder, decimals, hair, in_both_formats, text_of, word


@given(target=decimals(12, 15), others=st.lists(decimals(14, 16), max_size=4), steps=st.lists(hair(), min_size=1))
def test_a_number_is_compared_exactly(target: Fraction, others: list[Fraction], steps: list[Fraction]) -> None:
    """A reported number meets a target exactly when the two decimals say so, a hair off or many digits long."""
    values = [max(target + step, Fraction(0)) for step in steps] + others
    low, high = sorted([target, others[0] if others else target + 1])
    body = "each: home\nmeasure: score\n" + YEARLY
    plan = make_plan(
        measure("score", "unit: 分", "home"),
        "".join(commitment(name.replace("_", "-"), f"{body}\n{name}: {text_of(target)} 分") for name in HOLDS)
        + commitment("within", f"{body}\nbetween: [{text_of(low)} 分, {text_of(high)} 分]"),
    )
    expected = {}
    for i, value in enumerate(values):
        for name, holds in HOLDS.items():
            expected[name.replace("_", "-"), f"n{i}"] = word(holds(value, target))
        expected["within", f"n{i}"] = word(low <= value <= high)
    for found in in_both_formats(plan, [{"score": text_of(value)} for value in values]):
        assert expected == found


@given(data=st.data(), percent=decimals(2, 6))
def test_a_ratio_is_compared_exactly(data: st.DataObject, percent: Fraction) -> None:
    """A ratio meets a share exactly when the cross products say so; a zero denominator is not applicable."""
    rows = []
    for _ in range(data.draw(st.integers(1, 6))):
        bottom = data.draw(decimals(7, 8))
        top = max(bottom * percent / 100 + data.draw(hair()), Fraction(0))
        rows.append((top, bottom))
    plan = make_plan(
        measure("spent", "unit: 元", "home") + measure("grant", "unit: 元", "home"),
        "".join(
            commitment(
                name.replace("_", "-"), f"each: home\nmeasure: spent / grant\n{name}: {text_of(percent)} %\n{YEARLY}"
            )
            for name in HOLDS
        ),
    )
    expected = {
        (name.replace("_", "-"), f"n{i}"): word(holds(top, bottom * percent / 100)) if bottom else "not_applicable"
        for i, (top, bottom) in enumerate(rows)
        for name, holds in HOLDS.items()
    }
    for found in in_both_formats(plan, [{"spent": text_of(a), "grant": text_of(b)} for a, b in rows]):
        assert expected == found


TOTALS = {
    "sum(grant of home)": (lambda rows: sum(b for _, b in rows), "元"),
    "sum(spent of home) / sum(grant of home)": (
        lambda rows: sum(a for a, _ in rows) / s if (s := sum(b for _, b in rows)) else None, "%",
    ),
    "share(spent / grant >= 50 % of home)": (
        lambda rows: Fraction(sum(bool(b) and a * 2 >= b for a, b in rows), len(rows)), "%",
    ),
    "count(home where spent > 0.3 元)": (lambda rows: Fraction(sum(a > Fraction(3, 10) for a, _ in rows)), "个"),
    "average(spent of home)": (lambda rows: sum(a for a, _ in rows) / len(rows), "元"),
    "sum(grant - spent of home)": (lambda rows: sum(b - a for a, b in rows), "元"),
}  # fmt: skip


@given(
    rows=st.lists(
        st.tuples(decimals(4, 3), decimals(7, 14)) | st.tuples(decimals(1, 1), decimals(1, 1)), min_size=1, max_size=8
    ),
    step=hair(),
)
def test_totals_pools_shares_and_averages_are_exact(rows: list[tuple[Fraction, Fraction]], step: Fraction) -> None:
    """Sums such as 0.1 + 0.2, pooled ratios, shares and averages are judged as in exact rational arithmetic."""
    blocks, expected = [], {}
    for i, (form, (value, unit)) in enumerate(TOTALS.items()):
        actual = value(rows)
        target = (actual if actual is not None else Fraction(1, 2)) + step
        scaled = target * 100 if unit == "%" else target
        literal = f"{scaled.numerator} {unit} / {scaled.denominator}"
        for name, holds in HOLDS.items():
            key = f"c{i}-{name.replace('_', '-')}"
            blocks.append(commitment(key, f"measure: {form}\n{name}: {literal}\n{YEARLY}"))
            expected[key, "某区"] = "not_applicable" if actual is None else word(holds(actual, target))
    plan = make_plan(measure("spent", "unit: 元", "home") + measure("grant", "unit: 元", "home"), "".join(blocks))
    for found in in_both_formats(plan, [{"spent": text_of(a), "grant": text_of(b)} for a, b in rows]):
        assert expected == found


@given(big=st.integers(10**15, 10**24), parts=st.integers(2, 5), off=st.sampled_from([-1, 0, 1]))
def test_big_counts_are_exact(big: int, parts: int, off: int) -> None:
    """Counts beyond what a float can hold are added and compared to the last unit."""
    plan = make_plan(
        measure("people", "unit: 人", "home"),
        "".join(
            commitment(
                name.replace("_", "-"), f"measure: sum(people of home)\n{name}: {big * parts + off} 人\n{YEARLY}"
            )
            for name in HOLDS
        ),
    )
    expected = {
        (name.replace("_", "-"), "某区"): word(holds(Fraction(big * parts), Fraction(big * parts + off)))
        for name, holds in HOLDS.items()
    }
    for found in in_both_formats(plan, [{"people": str(big)}] * parts):
        assert expected == found


@given(
    start=decimals(4, 3), target=decimals(4, 3), due=st.integers(2022, 2025), year=st.integers(2021, 2024),
    cut=st.sampled_from([100, 90, 75]), step=hair(), name=st.sampled_from([*HOLDS]),
)  # fmt: skip
def test_a_linear_pace_is_exact(
    start: Fraction, target: Fraction, due: int, year: int, cut: int, step: Fraction, name: str
) -> None:
    """Before the due year a value is early at the target, and on track exactly when it has come its share of the way."""
    share = Fraction(year - 2020, due - 2020) * Fraction(cut, 100)
    interim = start + (target - start) * share
    value = max(Fraction(round(interim * 10**12), 10**12) + step, Fraction(0))
    plan = make_plan(
        measure("score", f"unit: 分, baseline: {text_of(start)} 分"),
        commitment(
            "c", f"measure: score\n{name}: {text_of(target)} 分\ndue: {due}\npace: {{path: linear, cut_off: {cut} %}}"
        ),
    )
    if year >= due:
        expected = word(HOLDS[name](value, target))
    elif HOLDS[name](value, target):
        expected = "early"
    elif start == target or HOLDS[name](start, target):  # nothing to cover: hold
        expected = "behind"
    else:
        rising = name in ("at_least", "more_than") or (name == "exactly" and start < target)
        expected = "on_track" if (value >= interim if rising else value <= interim) else "behind"
    assert {("c", "某区"): expected} == verdicts(checked(plan, sheet_text(f"score: {text_of(value)}", year=year)))


@given(
    base=st.tuples(st.integers(0, 60), st.integers(0, 60)) | st.none(), now=st.tuples(st.integers(0, 90), st.integers(0, 90)),
    percent=st.integers(1, 99), year=st.sampled_from([2021, 2022, 2023, 2024]),
)  # fmt: skip
def test_a_path_from_a_reported_baseline_is_rational(
    base: tuple[int, int] | None, now: tuple[int, int], percent: int, year: int
) -> None:
    """The path of a ratio starts at the ratio reported for the baseline year; without one what is not reached is not due."""
    plan = make_plan(
        measure("spent", "unit: 元") + measure("grant", "unit: 元"),
        commitment("c", f"measure: spent / grant\nat_least: {percent} %\ndue: 2025"),
    )
    sheets = [sheet_text(f"spent: {now[0]}\ngrant: {now[1]}", year=year)]
    if base:
        sheets.append(sheet_text(f"spent: {base[0]}\ngrant: {base[1]}", year=2020))
    goal = Fraction(percent, 100)
    if not now[1]:
        expected = "not_applicable"
    elif Fraction(*now) >= goal:
        expected = "early"
    elif not base or not base[1]:
        expected = "not_due"
    else:
        start = Fraction(*base)
        interim = goal if start >= goal else start + (goal - start) * Fraction(year - 2020, 5)
        expected = "on_track" if Fraction(*now) >= interim else "behind"
    assert expected == verdicts(checked(plan, *sheets, year=year))["c", "某区"]


@given(first=st.integers(0, 40), second=st.integers(0, 40), year=st.integers(2021, 2025), value=st.integers(0, 120))
def test_stages_are_the_path(first: int, second: int, year: int, value: int) -> None:
    """Staged targets are judged in their years, and between them the way leads from one to the next."""
    plan = make_plan(
        measure("score", "unit: 分, baseline: 0 分"),
        commitment(
            "c",
            f"measure: score\nstaged: [{{year: 2022, at_least: {first} 分}}, {{year: 2025, at_least: {second} 分}}]",
        ),
    )
    number = Fraction(round(Fraction(value, 3) * 10**6), 10**6)
    if year in (2022, 2025):
        expected = word(number >= (first if year == 2022 else second))
    else:
        way = (Fraction(0), first, 2020, 2022) if year < 2022 else (Fraction(first), second, 2022, 2025)
        interim = way[0] + (way[1] - way[0]) * Fraction(year - way[2], way[3] - way[2])
        on_the_way = "on_track" if number >= (way[1] if way[0] >= way[1] else interim) else "behind"
        expected = "early" if number >= way[1] else on_the_way
    assert {("c", "某区"): expected} == verdicts(checked(plan, sheet_text(f"score: {text_of(number)}", year=year)))


# ---------------------------------------------------------------- columns against exact arithmetic


@pytest.mark.parametrize("places", [0, 2, 5, 17])
def test_columns_agree_with_exact_arithmetic_on_every_row(places: int, tmp_path: Path) -> None:
    """Thousands of rows on and around the boundary are decided by columns as by exact arithmetic row by row."""
    pick = random.Random(places)
    percents = [Fraction(pick.randint(1, 99 * 10**3), 10**5) for _ in range(6)]
    rows = []
    for _ in range(2500):
        bottom = Fraction(pick.randint(0, 10 ** pick.randint(1, 6 + places)), 10**places)
        top = Fraction(round(bottom * pick.choice(percents) * 10**places) + pick.choice([-1, 0, 0, 1]), 10**places)
        rows.append((max(top, Fraction(0)), bottom))
    commitments = [
        commitment(f"c{i}", f"each: home\nmeasure: spent / grant\nat_least: {text_of(percent * 100)} %\n{YEARLY}")
        for i, percent in enumerate(percents)
    ]
    commitments.append(
        commitment("pool", f"measure: sum(spent of home) / sum(grant of home)\nat_least: 50 %\n{YEARLY}")
    )
    commitments.append(commitment("wide", f"each: home\nmeasure: spent\nat_least: grant - 3 * spent\n{YEARLY}"))
    plan = make_plan(measure("spent", "unit: 元", "home") + measure("grant", "unit: 元", "home"), "".join(commitments))
    tables = {"home": [{"name": f"n{i}", "spent": text_of(a), "grant": text_of(b)} for i, (a, b) in enumerate(rows)]}
    facts = read_facts(csv_folder(tmp_path / "sheet", sheet_text(registers="home: complete"), tables), plan)
    measured = Measured(build_tables(facts), 2025)
    found = verdicts(check(plan, facts))
    for i, percent in enumerate(percents):
        expected = ["not_applicable" if not b else word(a >= b * percent) for a, b in rows]
        assert expected == [found[f"c{i}", f"n{row}"] for row in range(len(rows))]
    assert [word(4 * a >= b) for a, b in rows] == [found["wide", f"n{row}"] for row in range(len(rows))]
    assert found["pool", "某区"] == word(2 * sum(a for a, _ in rows) >= sum(b for _, b in rows))
    for each in plan.commitments.values():
        test = compare(each.value.form, each.bounds[0].operator, each.bounds[0].target.form)
        columns = measured.sign(each.kind, test.margin, test.sign).to_list()
        exact = [
            measured.exact.polynomial(each.kind, test.margin, row).decide(test.sign) for row in range(len(columns))
        ]
        assert exact == columns
