"""Budgets worked out by hand: what is cheapest, what fits a limit, what cannot be had, and why."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from budgets import ADD, BEDS, EXAMPLE, HOMES, SAMPLES, action, answer, care_plan, costs_text, run
from dabiao import check, read_facts
from dabiao.budget.programme import Programme
from dabiao.budget.results import Budget
from dabiao.budget.solve import Deadline, Solver
from dabiao.rules.model import Plan
from helpers import commitment, make_plan, measure, plan_text, sheet_text


def steps(budget: Budget) -> list[tuple[str, str, int, int]]:
    """Return what is done: action, subject, year, units."""
    return [(step.action.id, step.subject, step.year, step.units) for step in budget.steps]


def test_exactly_as_many_as_are_needed_are_bought(tmp_path: Path) -> None:
    """40 beds are owed and there are 28: twelve are bought, for 12 x 3 = 36 yuan, not eleven and not thirteen."""
    budget = answer(tmp_path, care_plan(), sheet_text("care_beds: 28 张", year=2023), costs_text(ADD))

    assert [("add", "某区", 2024, 12)] == steps(budget)
    assert (36, 0, "optimal") == (budget.total, budget.exit_code, budget.status)


def test_strictly_more_needs_one_more(tmp_path: Path) -> None:
    """More than 40 is 41: thirteen beds, 39 yuan."""
    budget = answer(tmp_path, care_plan("more_than: 40 张"), sheet_text("care_beds: 28 张", year=2023), costs_text(ADD))

    assert 39 == budget.total


def test_a_share_is_met_exactly_at_its_boundary(tmp_path: Path) -> None:
    """29 of 100 against 29 % is enough: from 20 nursing beds nine more are needed, not ten, though floats say 28.999."""
    plan = make_plan(
        HOMES, commitment("pooled", "measure: sum(nursing of home) / sum(beds of home)\nat_least: 29 %\ndue: 2025")
    )
    sheet = sheet_text("", "- {kind: home, name: 甲, facts: {beds: 100 张, nursing: 20 张}}", 2023, "home: complete")
    more = action("more", "each: home", "adds: {nursing: 1 张}", "unit_cost: 1 元", "at_most_each: 50")
    budget = answer(tmp_path, plan, sheet, costs_text(more))

    assert 9 == budget.total


def test_a_new_home_moves_the_denominators(tmp_path: Path) -> None:
    """Two homes of 50 beds each are owed, and 50 % nursing beds pooled.

    There is one home of 60 beds with 30 nursing. A new home of 100 beds has 30 nursing beds: pooled 60 of 160, so twenty more are
    needed: 500 + 20 x 2 = 540 yuan. The home that brings its 50 nursing beds along costs 560.
    """
    plan = make_plan(
        HOMES,
        commitment("two", "measure: count(home where beds >= 50 张)\nat_least: 2 个\ndue: 2025")
        + commitment("pooled", "measure: sum(nursing of home) / sum(beds of home)\nat_least: 50 %\ndue: 2025"),
    )
    sheet = sheet_text("", "- {kind: home, name: 甲, facts: {beds: 60 张, nursing: 30 张}}", 2023, "home: 1")
    plain = action(
        "plain",
        "opens: {kind: home, name: 新, facts: {beds: 100 张, nursing: 30 张}}",
        "unit_cost: 500 元",
        "at_most: 2",
    )
    good = action(
        "good",
        "opens: {kind: home, name: 好, facts: {beds: 100 张, nursing: 50 张}}",
        "unit_cost: 560 元",
        "at_most: 2",
    )
    turn = action("turn", "each: home", "adds: {nursing: 1 张}", "unit_cost: 2 元", "at_most_each: 30")
    budget = answer(tmp_path, plan, sheet, costs_text(plain, good, turn))

    assert 540 == budget.total
    assert ["新1"] == [name for step in budget.steps for name in step.opened]
    assert 20 == sum(step.units for step in budget.steps if step.action.id == "turn")


def test_a_new_home_must_keep_what_is_owed_by_each_home(tmp_path: Path) -> None:
    """A home without reserved beds is not opened where each home owes 2 %: the dearer one is."""
    plan = make_plan(
        HOMES,
        commitment("two", "measure: count(home)\nat_least: 2 个\ndue: 2025")
        + commitment("reserve", "each: home\nmeasure: reserved / beds\nat_least: 2 %\ndue: throughout"),
    )
    sheet = sheet_text("", "- {kind: home, name: 甲, facts: {beds: 50 张, reserved: 1 张}}", 2023, "home: 1")
    bare = action(
        "bare", "opens: {kind: home, name: 新, facts: {beds: 100 张, reserved: 1 张}}", "unit_cost: 5 元", "at_most: 1"
    )
    full = action(
        "full", "opens: {kind: home, name: 好, facts: {beds: 100 张, reserved: 2 张}}", "unit_cost: 9 元", "at_most: 1"
    )
    budget = answer(tmp_path, plan, sheet, costs_text(bare, full))

    assert [("full", "某区", 2024, 1)] == steps(budget)
    assert 0 == budget.exit_code


def test_no_money_is_spent_where_nobody_knows_whether_it_is_due(tmp_path: Path) -> None:
    """Whether the law was issued in years without a sheet is unknown: nothing is bought, and the finding stays undetermined.

    Where another commitment has the law issued, it surely is due, and the beds are bought.
    """
    after = commitment("after", "measure: care_beds\nat_least: 40 张\ndue: {after: law >= issued}")
    wanted = commitment("law", "measure: law\nat_least: issued\ndue: 2025")
    measures = BEDS + measure("law", "ladder: deliverable")
    sheet = sheet_text("care_beds: 28 张\nlaw: drafted", year=2023)
    issue = action("issue", "sets: {law: issued}", "unit_cost: 1 元")
    alone = answer(tmp_path, make_plan(measures, after), sheet, costs_text(ADD, issue))
    both = answer(tmp_path, make_plan(measures, after + wanted), sheet, costs_text(ADD, issue))

    assert (0, ["undetermined"] * 2, 3) == (alone.total, [c.after for c in alone.changes], alone.exit_code)
    assert 1 + 36 == both.total
    assert {("after", "met"), ("law", "met")} == {(c.commitment.id, c.after) for c in both.changes if c.year == 2025}


@pytest.mark.parametrize("nature", ["binding", "unstated"])
def test_nothing_is_done_that_makes_a_graver_promise_due_and_short(tmp_path: Path, nature: str) -> None:
    """Issuing the law costs nothing and keeps one promise, but makes another due that no action keeps.

    If that one is binding the law stays a draft, and the other stays undetermined; if it is the lesser one, the law is issued.
    """
    wanted = commitment("law", "holds: law >= issued or care_beds > 20 张\ndue: 2025\nnature: anticipatory")
    after = commitment("after", f"measure: care_beds\nat_least: 40 张\ndue: {{after: law >= issued}}\nnature: {nature}")
    plan = make_plan(BEDS + measure("law", "ladder: deliverable"), wanted + after)
    issue = action("issue", "sets: {law: issued}", "unit_cost: 0 元")
    budget = answer(tmp_path, plan, sheet_text("care_beds: 0 张\nlaw: drafted", year=2023), costs_text(issue))

    kept = nature == "binding"
    assert ([] if kept else [("issue", "某区", 2025, 1)]) == steps(budget)
    assert [("law" if kept else "after", "conflict")] == [(s.change.commitment.id, s.why) for s in budget.short]
    assert ("undetermined" if kept else "shortfall") == {c.commitment.id: c.after for c in budget.changes}["after"]


def test_nothing_is_done_that_exceeds_a_limit_whatever_is_missing(tmp_path: Path) -> None:
    """At most 60 beds are allowed, and one home reports none: 70 elsewhere would be too many for sure, and are not set up."""
    most = commitment("most", "measure: sum(beds of home) + care_beds\nat_most: 60 张\ndue: 2025\nnature: binding")
    wanted = commitment("wanted", "measure: care_beds\nat_least: 70 张\ndue: 2025")
    sheet = sheet_text("care_beds: 0 张", "- {kind: home, name: 甲, facts: {}}", 2023, "home: 1")
    plans = [make_plan(BEDS + HOMES, text) for text in (wanted, most + wanted)]
    alone, both = (answer(tmp_path, plan, sheet, costs_text(ADD.replace("50", "99"))) for plan in plans)

    assert (70 * 3, 0) == (alone.total, both.total)
    assert [("wanted", "conflict")] == [(short.change.commitment.id, short.why) for short in both.short]
    assert [{"most", "wanted"}] == [{m.commitment.id for m in c.members if m.commitment} for c in both.conflicts]
    assert ["most"] == [change.commitment.id for change in both.undetermined]


@pytest.mark.parametrize("due", ["2025", "{after: law >= issued}"])
def test_no_money_is_spent_where_a_figure_that_is_missing_may_suffice(tmp_path: Path, due: str) -> None:
    """One home of 50 beds is owed, by its year or since the law was issued; a home that does not report may be one."""
    text = commitment("one", f"measure: count(home where beds >= 50 张)\nat_least: 1 个\ndue: {due}")
    homes = "- {kind: home, name: 甲, facts: {beds: 20 张}}\n- {kind: home, name: 乙, facts: {}}"
    sheet = sheet_text("law: issued", homes, 2023, "home: 2")
    more = action("more", "of: home", "subject: 甲", "adds: {beds: 10 张}", "unit_cost: 3 元", "at_most: 9")
    budget = answer(tmp_path, make_plan(HOMES + measure("law", "ladder: deliverable"), text), sheet, costs_text(more))

    assert (0, {"undetermined"}, 3) == (budget.total, {c.after for c in budget.changes}, budget.exit_code)


def test_running_costs_make_it_worth_waiting(tmp_path: Path) -> None:
    """Ten beds owed in 2025 are bought in 2025, so that each costs its running 2 yuan once: 10 x (3 + 2) = 50, not 70."""
    add = action("add", "adds: {care_beds: 1 张}", "unit_cost: 3 元", "running_cost: 2 元", "at_most: 50")
    budget = answer(tmp_path, care_plan("at_least: 10 张"), sheet_text("care_beds: 0 张", year=2023), costs_text(add))

    assert [("add", "某区", 2025, 10)] == steps(budget)
    assert ({2024: 0, 2025: 50}, {2024: 0, 2025: 20}) == (budget.spent, budget.running)


def test_a_lead_time_brings_the_start_forward(tmp_path: Path) -> None:
    """With a lead time of a year, what is owed in 2025 begins in 2024 and is paid in 2024."""
    add = action("add", "adds: {care_beds: 10 张}", "unit_cost: 7 元", "at_most: 4", "lead_time: 1")
    budget = answer(tmp_path, care_plan(), sheet_text("care_beds: 10 张", year=2023), costs_text(add))

    assert [(2024, 2025, 3)] == [(step.year, step.effect, step.units) for step in budget.steps]
    assert 21 == budget.spent[2024]


def test_flows_are_needed_every_year(tmp_path: Path) -> None:
    """200 trained every year, 150 as it goes: 50 more in each of two years at 2 yuan, 200 yuan in all."""
    plan = make_plan(
        measure("trained", "unit: 名"), commitment("train", "measure: trained\nat_least: 200 名\ndue: every_year")
    )
    train = action("train", "adds: {trained: 10 名}", "unit_cost: 20 元", "at_most: 100")
    sheet = sheet_text("trained: 150 名", year=2023)
    budget = answer(tmp_path, plan, sheet, costs_text(train, head="flows: [trained]\n"))
    stated = answer(tmp_path, plan, sheet, costs_text(train, head="flows: {trained: 180 名}\n"))

    assert [("train", "某区", 2024, 5), ("train", "某区", 2025, 5)] == steps(budget)
    assert (200, 80) == (budget.total, stated.total)


@pytest.mark.parametrize(("prices", "total"), [((2, 5), 2 * 10 + 5 * 5), ((5, 2), 5 * 10 + 2 * 5)])
def test_cost_curves_price_units_one_after_another(tmp_path: Path, prices: tuple[int, int], total: int) -> None:
    """The first ten at one price, five more at another, rising or falling: the cheaper end cannot be taken first."""
    curve = f"cost_steps: [{{up_to: 10, unit_cost: {prices[0]} 元}}, {{unit_cost: {prices[1]} 元}}]"
    add = action("add", "adds: {care_beds: 1 张}", curve, "at_most: 30")
    budget = answer(tmp_path, care_plan("at_least: 15 张"), sheet_text("care_beds: 0 张", year=2023), costs_text(add))

    assert total == budget.total


def test_lump_sums_decide_between_actions(tmp_path: Path) -> None:
    """12 beds: 3 yuan each is 36; 1 yuan each and 25 at once is 37; for 13 beds it is 39 against 38."""
    bulk = action("bulk", "adds: {care_beds: 1 张}", "unit_cost: 1 元", "lump_sum: 25 元", "at_most: 50")
    few = answer(tmp_path, care_plan(), sheet_text("care_beds: 28 张", year=2023), costs_text(ADD, bulk))
    many = answer(tmp_path, care_plan(), sheet_text("care_beds: 27 张", year=2023), costs_text(ADD, bulk))

    assert [36, 38] == [few.total, many.total]
    assert ["bulk"] == [step.action.id for step in many.steps]


def test_exclusions_and_prerequisites(tmp_path: Path) -> None:
    """The cheap action needs two units of groundwork first, and excludes the middling one.

    20 beds: cheap 2 x 1 + groundwork 2 x 4 = 10; middling 4 x 3 = 12 alone, but together they are not allowed.
    """
    ground = action("ground", "sets: {law: issued}", "unit_cost: 8 元")
    plan = make_plan(
        BEDS + measure("law", "ladder: deliverable"),
        commitment("care", "measure: care_beds\nat_least: 20 张\ndue: 2025"),
    )
    cheap = action(
        "cheap",
        "adds: {care_beds: 5 张}",
        "unit_cost: 1 元",
        "at_most: 2",
        "requires: [{action: ground}]",
        "excludes: [dear]",
    )
    dear = action("dear", "adds: {care_beds: 5 张}", "unit_cost: 3 元", "at_most: 4")
    sheet = sheet_text("care_beds: 0 张\nlaw: drafted", year=2023)
    apart = answer(tmp_path, plan, sheet, costs_text(ground, cheap, dear))
    plan_of_ten = make_plan(
        BEDS + measure("law", "ladder: deliverable"),
        commitment("care", "measure: care_beds\nat_least: 10 张\ndue: 2025"),
    )
    ten = answer(tmp_path, plan_of_ten, sheet, costs_text(ground, cheap, dear.replace("3 元", "6 元")))

    assert 12 == apart.total  # ten beds of the cheap sort are not enough, and with them the dear sort is excluded
    assert [("ground", 1), ("cheap", 2)] == [(step.action.id, step.units) for step in ten.steps]
    assert 10 == ten.total


def test_what_begins_waits_for_what_it_needs(tmp_path: Path) -> None:
    """Groundwork takes a year to be in effect, so what needs it begins in 2025 at the earliest."""
    ground = action("ground", "sets: {law: issued}", "unit_cost: 1 元", "lead_time: 1")
    plan = make_plan(
        BEDS + measure("law", "ladder: deliverable"),
        commitment("care", "measure: care_beds\nat_least: 5 张\ndue: 2025"),
    )
    late = action("late", "adds: {care_beds: 5 张}", "unit_cost: 1 元", "at_most: 2", "requires: [{action: ground}]")
    budget = answer(tmp_path, plan, sheet_text("care_beds: 0 张\nlaw: drafted", year=2023), costs_text(ground, late))

    assert [("ground", "某区", 2024, 1), ("late", "某区", 2025, 1)] == steps(budget)


TWO = BEDS + measure("places")


def two_plan() -> Plan:
    """Return a plan with a binding commitment and an anticipatory one."""
    return make_plan(
        TWO,
        commitment("beds", "measure: care_beds\nat_least: 10 张\ndue: 2025\nnature: binding")
        + commitment("places", "measure: places\nat_least: 10 张\ndue: 2025\nnature: anticipatory"),
    )


def test_binding_commitments_come_first_within_a_limit(tmp_path: Path) -> None:
    """30 yuan buy the binding ten beds for 30 or the anticipatory ten places for 10: the beds are bought.

    Both would cost 40, so the limit is 10 short, and these two and the limit are the smallest set that cannot hold together.
    """
    beds = action("beds", "adds: {care_beds: 1 张}", "unit_cost: 3 元", "at_most: 20")
    places = action("places", "adds: {places: 1 张}", "unit_cost: 1 元", "at_most: 20")
    sheet = sheet_text("care_beds: 0 张\nplaces: 0 张", year=2023)
    budget = answer(tmp_path, two_plan(), sheet, costs_text(beds, places), limit=30)
    (short,) = budget.short
    (conflict,) = budget.conflicts

    assert [("beds", "某区", 2024, 10)] == steps(budget)
    assert ("places", "outranked", 10) == (short.change.commitment.id, short.why, short.more)
    assert (40, 1) == (budget.needed, budget.exit_code)
    assert conflict.minimal
    told = [
        (m.commitment.id if m.commitment else "limit", m.best if m.commitment else m.extra) for m in conflict.members
    ]
    assert [("limit", 10), ("beds", 6), ("places", 0)] == told  # six beds for 20 yuan, no place beside ten beds


def test_weights_decide_among_commitments_of_one_nature(tmp_path: Path) -> None:
    """With 10 yuan one of two binding commitments can be kept: the heavier one."""
    plan = make_plan(
        TWO,
        commitment("beds", "measure: care_beds\nat_least: 10 张\ndue: 2025\nnature: binding")
        + commitment("places", "measure: places\nat_least: 10 张\ndue: 2025\nnature: binding"),
    )
    text = [
        action(n, f"adds: {{{m}: 1 张}}", "unit_cost: 1 元", "at_most: 20")
        for n, m in (("b", "care_beds"), ("p", "places"))
    ]
    sheet = sheet_text("care_beds: 0 张\nplaces: 0 张", year=2023)
    kept = [
        answer(tmp_path, plan, sheet, costs_text(*text, head=f"weights: {{{heavy}: 3}}\n"), limit=10).steps[0].action.id
        for heavy in ("beds", "places")
    ]

    assert ["b", "p"] == kept


def test_a_limit_by_year_spreads_the_spending(tmp_path: Path) -> None:
    """12 beds at 3 yuan with 20 yuan in 2024: six of them in 2024 at most, the rest in 2025."""
    sheet = sheet_text("care_beds: 28 张", year=2023)
    budget = answer(tmp_path, care_plan(), sheet, costs_text(ADD), by_year={2024: 20})

    assert [("add", "某区", 2024, 6), ("add", "某区", 2025, 6)] == steps(budget)


def test_out_of_reach_says_how_far_it_can_get(tmp_path: Path) -> None:
    """Five beds at most are not twelve: 33 is the best, no money helps, and the exit code is 1."""
    few = action("add", "adds: {care_beds: 1 张}", "unit_cost: 3 元", "at_most: 5")
    budget = answer(tmp_path, care_plan(), sheet_text("care_beds: 28 张", year=2023), costs_text(few))
    ((member,),) = [conflict.members for conflict in budget.conflicts]

    assert ("out_of_reach", 1) == (budget.short[0].why, budget.exit_code)
    assert 33 == member.best
    assert () == budget.steps


def test_conflicting_commitments_are_named(tmp_path: Path) -> None:
    """At least 40 beds and, by another clause, at most 35 cannot hold together; the third commitment is not blamed."""
    plan = make_plan(
        TWO,
        commitment("more", "measure: care_beds\nat_least: 40 张\ndue: 2025\nnature: binding")
        + commitment("fewer", "measure: care_beds + places\nat_most: 35 张\ndue: 2025")
        + commitment("places", "measure: places\nat_least: 1 张\ndue: 2025"),
    )
    sheet = sheet_text("care_beds: 28 张\nplaces: 0 张", year=2023)
    places = action("places", "adds: {places: 1 张}", "unit_cost: 1 元", "at_most: 20")
    budget = answer(tmp_path, plan, sheet, costs_text(ADD, places))
    (conflict,) = budget.conflicts

    assert {"more", "fewer"} == {m.commitment.id for m in conflict.members if m.commitment}
    assert conflict.minimal
    assert [("fewer", "conflict")] == [(s.change.commitment.id, s.why) for s in budget.short]


def test_the_price_of_one_more_is_the_difference_of_two_cheapest_programmes(tmp_path: Path) -> None:
    """Beds come in tens at 7 yuan: 38 + 1 is still four tens, so one more costs nothing; at 40 it costs another 7."""
    tens = action("add", "adds: {care_beds: 10 张}", "unit_cost: 7 元", "at_most: 9")
    sheet = sheet_text("care_beds: 0 张", year=2023)
    prices = [answer(tmp_path, care_plan(f"at_least: {n} 张"), sheet, costs_text(tens)).prices[0] for n in (38, 40)]

    found = [(price.without, one.alone, one.step, one.more) for price in prices for one in price.members]
    assert [(28, 28, 1, 0), (28, 28, 1, 7)] == found


def test_nothing_to_do_is_said(tmp_path: Path) -> None:
    """Where everything is kept already, nothing is spent and the exit code is 0."""
    budget = answer(tmp_path, care_plan(), sheet_text("care_beds: 40 张", year=2023), costs_text(ADD))

    assert ("nothing_to_do", 0, 0, ()) == (budget.status, budget.exit_code, budget.total, budget.steps)


def test_missing_figures_cannot_be_promised(tmp_path: Path) -> None:
    """A commitment whose figure is missing is listed as such, never counted as kept; the exit code is 3."""
    sheet = sheet_text("care_beds: 28 张\nplaces: {absent: late}", year=2023)
    budget = answer(tmp_path, two_plan(), sheet, costs_text(ADD))

    assert [("places", 2025)] == [(c.commitment.id, c.year) for c in budget.undetermined]
    assert 3 == budget.exit_code


def test_what_no_action_changes_stays_short(tmp_path: Path) -> None:
    """A shortfall that no action bears on is listed with that reason; the rest is kept in the cheapest way."""
    budget = answer(tmp_path, two_plan(), sheet_text("care_beds: 0 张\nplaces: 9 张", year=2023), costs_text(ADD))

    assert [("places", "no_action")] == [(s.change.commitment.id, s.why) for s in budget.short]
    assert (30, 1) == (budget.total, budget.exit_code)


def test_enough_homes_are_opened_whatever_the_unknown_one_is(tmp_path: Path) -> None:
    """Three homes of 50 beds are owed; one is known, one does not say: two are opened, so that it is met in any case."""
    plan = make_plan(HOMES, commitment("large", "measure: count(home where beds >= 50 张)\nat_least: 3 个\ndue: 2025"))
    rows = "- {kind: home, name: 甲, facts: {beds: 60 张}}\n- {kind: home, name: 乙, facts: {}}"
    new = action("new", "opens: {kind: home, name: 新, facts: {beds: 50 张}}", "unit_cost: 5 元", "at_most: 3")
    budget = answer(tmp_path, plan, sheet_text("", rows, 2023, "home: complete"), costs_text(new))

    assert (10, 0) == (budget.total, budget.exit_code)


def test_products_of_decided_figures_are_named_not_guessed(tmp_path: Path) -> None:
    """A target that multiplies two figures which actions both decide is listed as one that cannot be optimised."""
    measures = BEDS + measure("shifts", "unit: 倍")
    plan = make_plan(measures, commitment("area", "measure: care_beds * shifts\nat_least: 4000 张\ndue: 2025"))
    text = [
        action(n, f"adds: {{{m}: 1}}", "unit_cost: 1 元", "at_most: 60")
        for n, m in (("b", "care_beds"), ("p", "shifts"))
    ]
    budget = answer(tmp_path, plan, sheet_text("care_beds: 10 张\nshifts: 10 倍", year=2023), costs_text(*text))
    ((change, figures),) = budget.unsupported

    assert ("area", {"某区.care_beds", "某区.shifts"}) == (change.commitment.id, set(figures))
    assert 1 == budget.exit_code  # it stays short, and that is what counts


def test_a_product_with_a_figure_of_few_values_is_exact(tmp_path: Path) -> None:
    """Beds times shifts (1 or 2): with 20 beds and the second shift 40 bed-shifts cost 9 + 10 x 3 = 39; 30 more beds cost 90."""
    plan = make_plan(
        BEDS + measure("double", "yes_no: true"),
        commitment("shifts", "measure: care_beds * (1 + double)\nat_least: 40 张\ndue: 2025"),
    )
    double = action("double", "sets: {double: yes}", "unit_cost: 9 元")
    sheet = sheet_text("care_beds: 10 张\ndouble: no", year=2023)
    budget = answer(tmp_path, plan, sheet, costs_text(ADD, double))

    assert 39 == budget.total


def test_an_overdue_commitment_is_asked_for_in_every_year_to_come(tmp_path: Path) -> None:
    """What was due in 2022 is owed in 2024, too: waiting for the cheaper second year is not allowed."""
    late = action("late", "adds: {care_beds: 12 张}", "unit_cost: 1 元", "at_most: 1", "earliest: 2025")
    budget = answer(tmp_path, care_plan(due="2022"), sheet_text("care_beds: 28 张", year=2023), costs_text(ADD, late))

    assert [("add", "某区", 2024, 12)] == steps(budget)


def test_the_plan_of_a_budget_is_judged_by_the_engine_alone(tmp_path: Path) -> None:
    """Written out as a sheet by hand, what the budget proposes is met, and one bed less is not."""
    plan = care_plan()
    budget = answer(tmp_path, plan, sheet_text("care_beds: 28 张", year=2023), costs_text(ADD))
    bought = sum(step.units for step in budget.steps)
    verdicts = []
    for beds in (28 + bought, 28 + bought - 1):
        (tmp_path / "after.facts.yaml").write_text(sheet_text(f"care_beds: {beds} 张"), encoding="utf-8")
        verdicts.append(check(plan, read_facts(tmp_path / "after.facts.yaml", plan)).table["verdict"][0])

    assert ["met", "shortfall"] == verdicts


def test_the_example_is_answered_in_every_format(tmp_path: Path) -> None:
    """The illustrative costs give the same total in text, Markdown and JSON, marked as made up; the table lists each step."""
    files = {name: tmp_path / f"out.{name}" for name in ("json", "markdown", "csv")}
    result = run(*EXAMPLE, *(part for name, path in files.items() for part in ("-o", f"{name}:{path}")), "-o", "text")
    document = json.loads(files["json"].read_text(encoding="utf-8"))

    assert 3 == result.exit_code, result.output
    assert "26877000" == document["total"]
    assert document["illustrative"]
    assert [] == document["short"]
    assert "2,687.7 万元" in result.output
    assert "the costs are made up" in result.output
    assert "2,687.7 万元" in files["markdown"].read_text(encoding="utf-8")
    assert document["counts"]["undetermined"] == 20


def test_amounts_of_the_command_line_need_their_currency() -> None:
    """A limit without currency, a limit of zero, and a year that is none: each is refused by name, nothing is printed."""
    for option, said in (
        (("--limit", "2000万"), "no currency"), (("--limit", "0元"), "budget of zero"), (("--limit", "-5万元"), "negative"),
        (("--limit-year", "2024:5万元"), "YEAR=AMOUNT"), (("--limit-year", "2030=5万元"), "2030"), (("--limit", "5 张"), "not an amount"),
        (("--from", "2023"), "2024"), (("--from", "2026"), "ends in 2025"), (("-o", "pdf"), "pdf"), (("--time-limit", "0"), "time limit"),
    ):  # fmt: skip
        result = run(*EXAMPLE, *option)

        assert 2 == result.exit_code, (option, result.output)
        assert said in result.output, (option, result.output)
        assert "Traceback" not in result.output


def test_the_command_reads_plan_sheet_and_costs_from_files(tmp_path: Path) -> None:
    """A limited budget from the command line falls short with exit code 1 and says what cannot hold together."""
    plan = plan_text(BEDS, commitment("care", "measure: care_beds\nat_least: 40 张\ndue: 2025"))
    for name, text in (
        ("demo.plan.yaml", plan),
        ("demo.facts.yaml", sheet_text("care_beds: 28 张", year=2023)),
        ("demo.costs.yaml", costs_text(ADD)),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = (tmp_path / "demo.plan.yaml", tmp_path / "demo.facts.yaml", "--costs", tmp_path / "demo.costs.yaml")
    short, enough = run(*files, "--limit", "35元"), run(*files, "--limit", "36元", "--lang", "zh")

    assert (1, 0) == (short.exit_code, enough.exit_code)
    assert "1 元 more would do for these" in short.output
    assert "at best 39 张" in " ".join(short.output.split())
    assert "最省方案：36 元" in enough.output


def test_an_answer_that_the_engine_does_not_confirm_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where carrying out the actions does not give what the programme claims, nothing is reported and the exit code is 4."""
    monkeypatch.setattr("dabiao.budget.run.carry_out", lambda forecast, *_: forecast.facts)
    monkeypatch.delenv("DABIAO_DEBUG", raising=False)
    result = run(*EXAMPLE)

    assert 4 == result.exit_code
    assert "Disagreement" in result.output
    assert "Cheapest programme" not in result.output


def test_yanqing_gets_a_sensible_programme() -> None:
    """With the made-up costs for Yanqing, what is kept comes first in the report, and nothing the actions reach stays short."""
    waivers = ("--waivers", SAMPLES / "yanqing-2023.waivers.yaml")
    sheets = (SAMPLES / "yanqing-2023", SAMPLES / "yanqing-2020.facts.yaml")
    chosen = (
        "care-centres",
        "family-care-beds",
        "social-workers",
        "community-orgs",
        "emergency-bed-reserve",
        "child-institutions",
    )
    selected = [part for name in chosen for part in ("--select", name)]
    result = run("yanqing", *sheets, "--costs", SAMPLES / "yanqing.costs.yaml", *waivers, *selected, "-o", "json")
    document = json.loads(result.output[result.output.index("{") :])

    assert ("optimal", []) == (document["status"], document["short"])
    assert 3 == result.exit_code  # one home is not in the sheet, so its reserve cannot be promised
    bought = {step["action"]: 0 for step in document["actions"]}
    for step in document["actions"]:
        bought[step["action"]] += step["units"]
    assert {
        "care-centre": 4,
        "family-care-beds": 214,
        "social-workers": 19,
        "community-orgs": 13,
        "reserve-beds": 3,
    } == {
        name: bought[name]
        for name in ("care-centre", "family-care-beds", "social-workers", "community-orgs", "reserve-beds")
    }


@pytest.mark.parametrize(("always", "expected"), [(False, ("optimal", 3, -3, -3)), (True, ("feasible", 1, -1, -3))])
def test_a_start_that_is_called_optimal_is_not_taken_for_the_best(
    monkeypatch: pytest.MonkeyPatch, always: bool, expected: tuple[str, int, int, int]
) -> None:
    """HiGHS may return a start as optimal beside a better bound: it is asked again without one, and what stays unproven is so."""
    programme = Programme()
    number = programme.add_variable(0, 3)
    really_call = Solver._call

    def return_start(solver: Solver, asked: Any, *allowed: float) -> Any:
        status, values, bound = really_call(solver, replace(asked, start=None), *allowed)
        return status, {number: 1.0} if always or asked.start is not None else values, bound

    monkeypatch.setattr(Solver, "_call", return_start)
    found = Solver(programme, [number], Deadline(60)).minimise(
        programme.of(number).times(-1), lower={}, start={number: 1}
    )

    assert expected == (found.status, found.values[number], found.value, found.bound)


def test_as_many_as_can_be_kept_are_kept_beside_what_ranks_higher(tmp_path: Path) -> None:
    """Twenty beds are owed in 2025, and forty from the year in which there are twenty: set up in 2025, only one year falls short."""
    owed = commitment("owed", "measure: care_beds\nat_least: 20 张\ndue: 2025\nnature: binding")
    again = commitment("again", "measure: care_beds\nat_least: 20 张\ndue: 2025\nnature: binding")
    after = commitment(
        "after", "measure: care_beds\nat_least: 40 张\ndue: {after: care_beds >= 20 张}\nnature: anticipatory"
    )
    add = action("add", "adds: {care_beds: 10 张}", "unit_cost: 0 元", "at_most: 2")
    plan = make_plan(BEDS, owed + again + after)
    budget = answer(tmp_path, plan, sheet_text("care_beds: 0 张", year=2023), costs_text(add))

    assert [("after", 2025)] == [(short.change.commitment.id, short.change.year) for short in budget.short]


def test_years_before_a_home_opened_add_nothing_to_its_total(tmp_path: Path) -> None:
    """Each home has 10 nursing beds a year, and from 35 to 50 in all years together are owed by 2025.

    The old home has 50 by then, the young one, open since 2023, has 30 and buys five for 10 yuan. The new one that is owed and
    opens in 2024 for 500 yuan has 20, and falls short: nothing is bought for a home that an action opens.
    """
    plan = make_plan(
        HOMES,
        commitment("sum", "each: home\nmeasure: total(nursing)\nbetween: [35 张, 50 张]\ndue: 2025")
        + commitment("three", "measure: count(home)\nat_least: 3 个\ndue: 2024"),
    )
    opened = action(
        "open",
        "opens: {kind: home, name: 新, facts: {beds: 100 张, nursing: 10 张}}",
        "unit_cost: 500 元",
        "at_most: 1",
    )
    more = action("more", "each: home", "adds: {nursing: 1 张}", "unit_cost: 2 元", "at_most_each: 30")
    sheets = []
    for year, names in ((2021, "老"), (2022, "老"), (2023, "老少")):
        listed = "".join(f"- {{kind: home, name: {name}, facts: {{beds: 60, nursing: 10}}}}\n" for name in names)
        sheets.append(sheet_text("", listed, year, "home: complete"))
    budget = answer(tmp_path, plan, sheets, costs_text(opened, more, head="flows: [nursing]\n"))

    assert 510 == budget.total
    assert [("sum", "新1", "shortfall")] == [
        (s.change.commitment.id, s.change.subject, s.change.after) for s in budget.short
    ]
