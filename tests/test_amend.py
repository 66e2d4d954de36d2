"""Amendments: the text in force on a day, whatever day was asked for before, and sound on every day."""

from __future__ import annotations

import textwrap
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from dabiao import Refused
from dabiao.rules.amend import in_force
from dabiao.rules.load import load_waivers
from dabiao.rules.model import Plan
from helpers import commitment, make_plan, measure

FIRST = "{id: first, effective: 2022-01-01, authority: 区, changes: [{commitment: c, at_least: 20 张}]}"
SECOND = "{id: second, effective: 2023-01-01, authority: 区, changes: [{commitment: c, at_least: 30 张}]}"
THIRD = "{id: third, effective: 2024-01-01, authority: 区, changes: [{commitment: gone, withdrawn: true}]}"
DAYS = {
    date(2021, 6, 1): (10, True),
    date(2022, 6, 1): (20, True),
    date(2023, 6, 1): (30, True),
    date(2024, 6, 1): (30, False),
}
WAIVER = "{commitment: gone, subject: 某区, year: 2023, reason: 无, authority: 区, expires: 2025-01-01}"


def plan_with(*amendments: str, rest: str = "") -> Plan:
    """Return a plan of two commitments with amendments in the order given."""
    promises = "".join(commitment(name, "measure: beds\nat_least: 10 张\ndue: 2025") for name in ("c", "gone"))
    return make_plan(measure("beds"), promises, f"amendments: [{', '.join(amendments)}]\n{textwrap.dedent(rest)}")


def state(plan: Plan) -> tuple[int, bool]:
    """Return the target of the first commitment, and whether the second is there."""
    (bound,) = plan.commitments["c"].bounds
    return int(bound.target.form.number or 0), "gone" in plan.commitments


@pytest.mark.parametrize("order", list(permutations((FIRST, SECOND, THIRD))))
def test_amendments_follow_their_dates(order: tuple[str, ...]) -> None:
    """Amendments are worked in by their dates, in whatever order the file lists them."""
    plan = plan_with(*order)

    assert DAYS == {day: state(in_force(plan, day)) for day in DAYS}
    assert ("first", "second", "third") == in_force(plan, date(2024, 6, 1)).amended


@pytest.mark.parametrize(("before", "day"), [(before, day) for before in DAYS for day in DAYS])
def test_the_text_of_a_day_is_the_same_from_any_other(before: date, day: date) -> None:
    """Asked of an amended plan, the text of an earlier day is the earlier text, and that of a later day the later."""
    plan = plan_with(FIRST, SECOND, THIRD)

    assert in_force(plan, day) == in_force(in_force(plan, before), day)


def test_waivers_of_a_file_outlast_amendments(tmp_path: Path) -> None:
    """A waiver added to a plan is there on every day on which its commitment is."""
    path = tmp_path / "waivers.yaml"
    path.write_text(f"plan: demo\nwaivers: [{WAIVER}]\n", encoding="utf-8")
    plan = plan_with(FIRST, SECOND, THIRD)
    waived = plan.with_waivers(load_waivers(path, plan))

    assert ["gone"] == [waiver.commitment for waiver in in_force(waived, date(2023, 6, 1)).waivers]
    assert () == in_force(waived, date(2024, 6, 1)).waivers
    back = in_force(in_force(waived, date(2024, 6, 1)), date(2023, 6, 1))
    assert ["gone"] == [waiver.commitment for waiver in back.waivers]


def test_what_follows_from_a_withdrawn_commitment_is_withdrawn_with_it() -> None:
    """Consequences that name it go, and all that follow from these; those of others and of a nature stay."""
    whens = {
        "last": "{consequence: chained}", "chained": "{consequence: named}, {nature: binding}",
        "named": "{commitment: gone}, {commitment: c}", "other": "{commitment: c}", "nature": "{nature: binding}",
        "followed": "{consequence: other}",
    }  # fmt: skip
    rules = "".join(
        f"- {{id: {name}, title: {{zh: 后果, en: Consequence}}, level: alert, for: district, when: [{when}]}}\n"
        for name, when in whens.items()
    )
    plan = plan_with(THIRD, rest=f"consequences:\n{rules}")

    assert list(whens) == list(in_force(plan, date(2023, 6, 1)).consequences)
    assert ["other", "nature", "followed"] == list(in_force(plan, date(2024, 6, 1)).consequences)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("at_least: 5 人", "other-dimension"),
        ("due: 2031", "due-outside"),
        ("between: [5 张, 2 张]", "range-backwards"),
        ("at_least: 5 张, at_most: 9 张", "one-test"),
    ],
)
def test_every_amended_text_is_checked_at_load(change: str, code: str) -> None:
    """A plan is refused for what is wrong with any text it will have, though the amendments before it are sound."""
    later = f"{{id: later, effective: 2024-06-01, authority: 区, changes: [{{commitment: c, {change}}}]}}"
    with pytest.raises(Refused) as refused:
        plan_with(later, FIRST)

    assert [code] == [problem.code for problem in refused.value.problems]
