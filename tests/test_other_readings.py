"""The reading that was not chosen: written in words, or with the keys of the commitment that differ under it."""

from __future__ import annotations

import pytest
from dabiao.base.problems import Refused
from dabiao.rules.model import Commitment, Plan
from helpers import commitment, make_plan, measure

MEASURES = (
    measure("beds") + measure("rate", 'unit: "%"') + measure("stations", "unit: 家", of="town") + measure("built", "yes_no: true")
)  # fmt: skip
READING = "reading: {{chosen: 甲, other: {other}, why: 不清楚}}"


def plan_with(other: str, body: str = "measure: beds\nat_least: 300 张\ndue: 2025") -> Plan:
    """Return a plan of one commitment with another reading."""
    return make_plan(MEASURES, commitment("it", f"{body}\n{READING.format(other=other)}"))


def other_of(plan: Plan) -> Commitment:
    """Return the commitment under its other reading."""
    other = plan.commitments["it"].other
    assert other is not None
    return other


@pytest.mark.parametrize("other", ["五年合计300张", "{says: 五年合计300张}"])
def test_a_reading_in_words_is_only_kept(other: str) -> None:
    """A reading in words, with or without its key, is kept and nothing is judged by it."""
    it = plan_with(other).commitments["it"]

    assert ("五年合计300张", None) == (it.reading.other.says if it.reading else "", it.other)


def test_what_differs_replaces_what_is_written() -> None:
    """A comparator written in another reading replaces the target; everything else stays."""
    plan = plan_with("{says: 少于, at_most: 200 张}")
    other = other_of(plan)

    assert ("it", "beds", "<=", "200 张", 2025) == (
        other.id, other.value.text if other.value else "", other.bounds[0].operator, other.bounds[0].target.text,
        other.due.year if other.due else 0,
    )  # fmt: skip
    assert ">=" == plan.commitments["it"].bounds[0].operator


def test_another_kind_drops_the_condition_on_subjects() -> None:
    """A reading about another kind of subject has a condition of its own on them, or none."""
    other = other_of(
        plan_with(
            "{says: 全区合计, each: district, measure: beds, at_least: 5 张}",
            "each: town\nwhere: stations >= 1 家\nmeasure: stations\nat_least: 2 家\ndue: 2025",
        )
    )

    assert ("district", None, "5 张") == (other.kind, other.where, other.bounds[0].target.text)


def test_a_condition_replaces_measure_and_target() -> None:
    """A reading by a condition has neither measure nor target."""
    other = other_of(plan_with("{says: 建成即可, holds: built}"))

    assert (None, (), True) == (other.value, other.bounds, other.holds is not None)


def test_a_clause_that_nobody_can_compute_may_have_a_reading_that_can() -> None:
    """The other reading of a manual clause is judged though the clause is not."""
    other = other_of(plan_with("{says: 按床位, measure: beds, at_least: 1 张, due: 2025}", "manual: true"))

    assert (False, "1 张") == (other.manual, other.bounds[0].target.text)


@pytest.mark.parametrize(
    ("other", "code", "found"),
    [
        ("{at_least: 5 张}", "missing-key", "says"),
        ("{says: 乙, atleast: 5 张}", "unknown-key", "atleast"),
        ("{says: 乙, at_least: 5 %}", "other-dimension", "%"),
        ("{says: 乙, measure: bedz}", "unknown-measure", "bedz"),
        ("{says: 乙, due: 2031}", "due-outside", "2031"),
        ("[甲, 乙]", "expected-mapping", "[2]"),
    ],
)
def test_a_wrong_other_reading_is_an_error(other: str, code: str, found: str) -> None:
    """Whatever is wrong in another reading is refused once, at the line where it is written."""
    with pytest.raises(Refused) as refused:
        plan_with(other)

    (problem,) = refused.value.problems
    shown = problem.details.get("found") or problem.details.get("expected")
    assert (code, found, "reading:") == (problem.code, str(shown), _line(other, problem.location.line)[:8])


def _line(other: str, number: int) -> str:
    from helpers import plan_text

    text = plan_text(
        MEASURES, commitment("it", f"measure: beds\nat_least: 300 张\ndue: 2025\n{READING.format(other=other)}")
    )
    return text.splitlines()[number - 1].strip()


def test_what_is_wrong_with_both_is_said_once() -> None:
    """An error of the commitment itself is not said again of its other reading."""
    with pytest.raises(Refused) as refused:
        plan_with("{says: 乙, at_least: 5 张}", "measure: bedz\nat_least: 300 张\ndue: 2025")

    assert ["unknown-measure"] == [problem.code for problem in refused.value.problems]
