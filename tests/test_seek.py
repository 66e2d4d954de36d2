"""Seek: the least changes that mend a shortfall, put back into the sheet and judged."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao import check
from dabiao.base.problems import Location
from dabiao.cli import main
from dabiao.facts.change import Change, Changes, apply_changes
from dabiao.facts.model import Fact, Facts, Sheet
from dabiao.facts.rows import Row, rows_by_kind
from dabiao.rules.model import Plan
from dabiao.scenarios.seek import SeekResult, SoughtFinding, find_ways
from dabiao.scenarios.ways import Way
from helpers import ROOT, commitment, make_plan, measure
from hypothesis import given, settings
from hypothesis import strategies as st

SAMPLE = ROOT / "facts" / "samples" / "example-2023.facts.yaml"
HERE = Location("test")

MEASURES = (
    measure("care_beds")
    + measure("people", "unit: 人")
    + measure("rate", 'unit: "%"')
    + measure("law", "ladder: deliverable")
    + measure("beds", of="home")
    + measure("reserved", of="home")
    + measure("stars", "ladder: rating", of="home")
    + measure("rehab", "yes_no: true", of="town")
)
FORMS = {
    "at least": "measure: care_beds\nat_least: 40 张\ndue: 2025",
    "at most": "measure: care_beds\nat_most: 3 张\ndue: 2025",
    "more than": "measure: care_beds\nmore_than: 40 张\ndue: 2025",
    "less than": "measure: rate\nless_than: 5 %\ndue: 2025",
    "ratio": "measure: care_beds / people\nat_least: 1 张/人\ndue: 2025",
    "strict ratio": "measure: care_beds / people\nmore_than: 0.5 张/人\ndue: 2025",
    "range": "measure: care_beds\nbetween: [10 张, 12 张]\ndue: 2025",
    "exactly": "measure: care_beds\nexactly: 11 张\ndue: 2025",
    "against a figure": "measure: care_beds\nat_least: 2 * sum(beds of home)\ndue: 2025",
    "pooled share": "measure: sum(reserved of home) / sum(beds of home)\nat_least: 20 %\ndue: 2025",
    "count": "measure: count(home where beds >= 5)\nat_least: 3 个\ndue: 2025",
    "at most a count": "measure: count(home where beds >= 5)\nat_most: 0 个\ndue: 2025",
    "count of grades": "measure: count(home where stars >= three and beds >= 4)\nat_least: 2 个\ndue: 2025",
    "share": "measure: share(rehab of town)\nat_least: 60 %\ndue: 2025",
    "share of shares": "measure: share(reserved / beds >= 10 % of home)\nat_least: 100 %\ndue: 2025",
    "each": "each: home\nmeasure: reserved / beds\nat_least: 2 %\ndue: throughout",
    "average": "measure: average(beds of home)\nat_least: 6 张\ndue: 2025",
    "ladder": "measure: law\nat_least: issued\ndue: 2025",
    "holds": "holds: law >= issued and care_beds >= 20\ndue: 2025",
    "or": "holds: care_beds >= 30 or rate <= 5 %\ndue: 2025",
    "not": "holds: not (care_beds < 30)\ndue: 2025",
}  # fmt: skip


def plan_of(form: str) -> Plan:
    """Return a plan with one commitment."""
    return make_plan(MEASURES, commitment("c", FORMS[form]))


@st.composite
def figures(draw: st.DrawFn) -> tuple[dict[str, Fraction], list[tuple[int, int, int]], list[int]]:
    """Draw the district's figures, homes (beds, reserved, stars), and which towns offer rehabilitation."""
    small = st.integers(0, 45)
    own = {
        "care_beds": Fraction(draw(small)), "people": Fraction(draw(small)), "law": Fraction(draw(st.integers(0, 3))),
        "rate": Fraction(draw(st.integers(0, 2000)), 10_000),
    }  # fmt: skip
    homes = draw(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=5))
    return own, homes, draw(st.lists(st.integers(0, 1), min_size=3, max_size=3))


def facts_of(plan: Plan, drawn: tuple[dict[str, Fraction], list[tuple[int, int, int]], list[int]]) -> Facts:
    """Return a sheet of 2025 with these figures."""
    own, homes, towns = drawn

    def row(kind: str, name: str, values: dict[str, Fraction]) -> Row:
        return Row(kind, name, None, HERE, {k: Fact(v, HERE, "") for k, v in values.items()})

    rows = [row("district", "某区", own)]
    for number, (beds, reserved, stars) in enumerate(homes):
        values = {"beds": Fraction(beds), "reserved": Fraction(reserved), "stars": Fraction(stars)}
        rows.append(row("home", f"{number}院", values))
    rows += [row("town", f"{number}镇", {"rehab": Fraction(yes)}) for number, yes in enumerate(towns)]
    sheet = Sheet("test", "某区", 2025, HERE, rows_by_kind(rows), registers={"home": None, "centre": None})
    return Facts(plan, (sheet,))


def with_moves(facts: Facts, way: Way, less: int | None = None) -> Facts:
    """Put a way back into the sheet; `less` is the number of the figure that stays one unit short of it."""
    each = [
        Change(m.root, m.kind, m.subject, 2025, m.measure.id, m.less if number == less else m.after, HERE)
        for number, m in enumerate(way)
    ]
    return apply_changes(facts, Changes(each))


def verdict(plan: Plan, facts: Facts, sought: SoughtFinding) -> str:
    """Return the verdict of what was sought, in other facts."""
    rows = check(plan, facts).table.filter(subject=sought.finding.subject)
    return str(rows["verdict"][0])


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25)
@given(drawn=figures())
def test_every_answer_is_met_and_one_unit_less_is_not(
    form: str, drawn: tuple[dict[str, Fraction], list[tuple[int, int, int]], list[int]]
) -> None:
    """Put back into the sheet, every answer is met; with any one of its figures one unit less it is not."""
    plan = plan_of(form)
    facts = facts_of(plan, drawn)
    for sought in find_ways(plan, facts).sought:
        for answer in sought.answers:
            assert "met" == verdict(plan, with_moves(facts, answer.moves), sought)
            for number in range(len(answer.moves)):
                assert "met" != verdict(plan, with_moves(facts, answer.moves, number), sought)


SURE = {
    "at least": {"care_beds": 11}, "at most": {"care_beds": 11}, "more than": {"care_beds": 40}, "less than": {"rate": 11},
    "ratio": {"care_beds": 3, "people": 7}, "range": {"care_beds": 20}, "exactly": {"care_beds": 3}, "pooled share": {},
    "count": {}, "share": {}, "ladder": {"law": 1}, "holds": {"law": 0, "care_beds": 3}, "or": {}, "not": {},
    "strict ratio": {"care_beds": 2, "people": 4}, "each": {}, "average": {}, "count of grades": {}, "share of shares": {},
    "against a figure": {}, "at most a count": {},
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_promise_has_an_answer(form: str) -> None:
    """Of every form that the language has, seek finds a way from a sheet that falls short."""
    own = {"care_beds": 5, "people": 9, "law": 0, "rate": 11, **SURE[form]}
    values = {name: Fraction(v, 100 if name == "rate" else 1) for name, v in own.items()}
    plan = plan_of(form)
    homes = [(8, 0, 0), (5, 0, 2), (4, 0, 3), (1, 0, 1)]
    found = find_ways(plan, facts_of(plan, (values, homes, [1, 0, 0])))

    assert found.sought
    assert all(sought.answers for sought in found.sought)


def sought_of(form: str, **own: int) -> SeekResult:
    """Seek in a small sheet."""
    plan = plan_of(form)
    values = {"care_beds": 5, "people": 9, "law": 0, "rate": 11, **own}
    figures = {name: Fraction(v, 100 if name == "rate" else 1) for name, v in values.items()}
    return find_ways(plan, facts_of(plan, (figures, [(4, 0, 2), (2, 0, 0), (5, 0, 1)], [1, 0, 0])))


def moves(seeking: SeekResult) -> list[list[tuple[str, str, int]]]:
    """Return the figures that each answer moves, and to what."""
    return [
        [(m.subject, m.measure.id, int(m.after)) for m in answer.moves]
        for sought in seeking.sought for answer in sought.answers
    ]  # fmt: skip


def test_a_ratio_is_met_by_its_numerator() -> None:
    """5 beds for 9 people are mended by 9 beds, and never by 5 people."""
    assert [[("某区", "care_beds", 9)]] == moves(sought_of("ratio"))


def test_the_nearest_subjects_are_named() -> None:
    """Three homes of 5 beds need two more: the ones with 4 and 2 beds, by name."""
    assert [[("0院", "beds", 5), ("1院", "beds", 5)]] == moves(sought_of("count"))


def test_towns_are_named() -> None:
    """60 % of three towns are two: one more, by name."""
    assert [("1镇", "rehab", 1)] in moves(sought_of("share"))


def test_a_strict_target_needs_one_more() -> None:
    """More than 40 is 41."""
    assert [[("某区", "care_beds", 41)]] == moves(sought_of("more than", care_beds=40))


def test_no_way_is_said() -> None:
    """Ten towns among three cannot be had: no figure of the sheet is enough, and seek says so."""
    plan = make_plan(MEASURES, commitment("c", "measure: count(town where rehab)\nat_least: 10 个\ndue: 2025"))
    found = find_ways(plan, facts_of(plan, ({"care_beds": Fraction(1)}, [(1, 0, 0)], [0, 0, 0])))

    assert [("no-way", ())] == [(sought.reason, sought.answers) for sought in found.sought]


def test_what_an_answer_breaks_is_told() -> None:
    """Raising a home over the size from which a reserve is owed breaks the reserve."""
    many = commitment("many", "measure: sum(beds of home)\nat_least: 12 张\ndue: 2025")
    reserve = "each: home\nwhere: beds >= 11 张\nmeasure: reserved\nat_least: 4 张\ndue: throughout"
    plan = make_plan(MEASURES, many + commitment("reserve", reserve))
    found = find_ways(plan, facts_of(plan, ({}, [(10, 3, 0)], [0, 0, 0])))

    assert [("many", (("reserve", "某区", "0院"),))] == [
        (s.finding.commitment.id, answer.breaks) for s in found.sought for answer in s.answers
    ]


def test_only_figures_that_can_be_acted_on_are_proposed() -> None:
    """Nobody is asked to have fewer residents: they are what carers are counted against."""
    text = CliRunner().invoke(main, ["seek", "example", str(SAMPLE), "carer-ratio", "--lang", "en"])
    data = json.loads(CliRunner().invoke(main, ["seek", "example", str(SAMPLE), "-o", "json"]).stdout)
    ratio = next(s for s in data["sought"] if s["finding"]["commitment"] == "carer-ratio")

    assert "Carers: 2 人 more (11 人 → 13 人)" in text.stdout
    assert [("carers", True)] == [(a["moves"][0]["measure"], a["actionable"]) for a in ratio["answers"]]
    assert 1 == text.exit_code


def test_a_clean_sheet_needs_nothing(tmp_path: Path) -> None:
    """Where nothing falls short, nothing is sought, and the exit code is 0."""
    plan = plan_of("at least")

    assert () == find_ways(plan, facts_of(plan, ({"care_beds": Fraction(40)}, [(1, 0, 0)], [0, 0, 0]))).sought


def test_an_unknown_commitment_is_refused() -> None:
    """A commitment that the plan does not have is refused with the nearest name."""
    result = CliRunner().invoke(main, ["seek", "example", str(SAMPLE), "carer-ration"])

    assert 2 == result.exit_code
    assert "did you mean 'carer-ratio'?" in result.stderr
