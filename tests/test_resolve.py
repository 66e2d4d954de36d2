"""What a plan means once it is resolved: units of formulas, ends of ranges, the paths that can be, the wording kept."""

from __future__ import annotations

from fractions import Fraction

import pytest
from helpers import HEAD, commitment, make_plan, measure

USE = commitment("c", "measure: x\nat_least: 1\ndue: 2025")


def test_a_derived_measure_has_a_baseline_in_the_unit_of_its_formula() -> None:
    """A formula over beds gives beds, so its baseline may be stated in 张 though no unit is written."""
    measures = measure("beds") + measure("homes_beds") + measure("x", "formula: beds + homes_beds, baseline: 100 张")

    assert 100 == make_plan(measures, USE).measures["district", "x"].baseline


@pytest.mark.parametrize("order", [("x", "y", "z"), ("z", "y", "x"), ("y", "z", "x")])
def test_formulas_may_stand_in_any_order(order: tuple[str, ...]) -> None:
    """A formula may name measures that stand below it, and of other kinds by the same name."""
    lines = {
        "x": measure("x", "formula: y + sum(y of town)"),
        "y": measure("y", "formula: z + 1 张"),
        "z": measure("y", "formula: 2 * z", of="town"),
    }
    measures = measure("z") + measure("z", of="town") + "".join(lines[name] for name in order)

    assert "1 + district.z + sum(2 * town.z of town)" == repr(
        make_plan(measures, USE).measures["district", "x"].formula.form.top
    )  # type: ignore[union-attr]


@pytest.mark.parametrize(("ends", "low", "high"), [
    ("min: 0.5 张, max: 9.5 张", 1, 9), ("min: 1 张, max: 9 张", 1, 9), ("min: -0.5 张", 0, None),
])  # fmt: skip
def test_a_whole_measure_has_whole_ends(ends: str, low: int, high: int | None) -> None:
    """Between 0.5 and 9.5 the whole numbers are those from 1 to 9: the ends never reach beyond what is written."""
    found = make_plan(measure("x", f"unit: 张, {ends}"), USE).measures["district", "x"]

    assert (low, high) == (found.low, found.high)


@pytest.mark.parametrize("body", [
    "measure: x\nat_least: 9 张\ndue: 2025", "measure: count(home)\nat_least: 9 个\ndue: 2025",
    "measure: x\nbaseline: 0 张\ndirection: increase\ndue: 2025", "measure: x\nbaseline: 0 张\nat_least: 9 张\ndue: every_year",
    "measure: x\nbaseline: 0 张\nat_least: 9 张\ndue: 2025\npace: {path: linear}",
])  # fmt: skip
def test_a_compound_path_is_refused_only_where_it_can_never_be(body: str) -> None:
    """The pace of the whole plan may be compound where a baseline will be reported, and where a commitment has no path."""
    plan = make_plan(measure("x"), commitment("c", body), head=HEAD + "pace: {path: compound}\n")

    assert ["linear" if "linear" in body else "compound"] == [c.path.name for c in plan.commitments.values()]


@pytest.mark.parametrize("function", ["change(rate)", "rate - baseline(rate)"])
def test_a_change_starts_from_nothing(function: str) -> None:
    """What is counted from the baseline year is zero there, whatever was reported for it."""
    plan = make_plan(
        measure("rate", 'unit: "%"'), commitment("c", f"measure: {function}\nat_least: 5 百分点\ndue: 2025")
    )
    baseline = plan.commitments["c"].baseline

    assert baseline is not None
    assert 0 == baseline.number


def test_expressions_keep_their_wording() -> None:
    """Measures, targets, conditions and baselines are kept as they are written, with their places."""
    plan = make_plan(
        measure("x", "unit: 万人, baseline: 0.5 万人"),
        commitment("c", "where: x > 3000 人\nmeasure: 2 * x\nbetween: [0.28 万人, 1 * x]\ndue: {after: x >= 1 人}"),
    )
    c = plan.commitments["c"]

    assert ("2 * x", ["0.28 万人", "1 * x"]) == (c.value.text if c.value else "", [b.target.text for b in c.bounds])
    assert ("x > 3000 人", "x >= 1 人") == tuple(source.text for source in (c.wording.where, c.wording.after) if source)
    stated = plan.measures["district", "x"].wording.baseline
    assert ("0.5 万人", Fraction(5000)) == (stated.text if stated else "", plan.measures["district", "x"].baseline)


def test_a_consequence_says_whom_it_falls_on_and_what_triggers_it() -> None:
    """Kinds that are not written are those of the first condition, through other consequences; verdicts are shortfalls."""
    rule = "title: {zh: 后果, en: Result}, level: alert"
    plan = make_plan(
        measure("x") + measure("beds", of="home"),
        USE + commitment("homely", "each: home\nmeasure: beds\nat_least: 1 张\ndue: 2025"),
        f"""
        consequences:
        - {{id: chained, {rule}, when: [{{consequence: first}}, {{commitment: c, verdict: [met, behind]}}]}}
        - {{id: first, {rule}, when: [{{commitment: homely}}], amount: 300 元/张 * beds}}
        - {{id: any, {rule}, for: district, when: [{{nature: unstated}}]}}
        """,
    )

    assert {"chained": "home", "first": "home", "any": "district"} == {c.id: c.kind for c in plan.consequences.values()}
    assert [("home", ("shortfall",)), ("district", ("met", "behind"))] == [
        (trigger.kind, trigger.verdicts) for trigger in plan.consequences["chained"].when
    ]
    assert [None] == [trigger.kind for trigger in plan.consequences["any"].when]
    amount = plan.consequences["first"].amount
    assert "300 元/张 * beds" == (amount.text if amount else "")
