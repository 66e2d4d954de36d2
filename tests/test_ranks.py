"""max, min and median over subjects: every way to fill in what is missing agrees, exact at the boundary, told and refused."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import inf
from pathlib import Path
from statistics import median
from typing import get_args

import pytest
from click.testing import CliRunner
from dabiao.base.problems import Refused
from dabiao.cli import main
from dabiao.facts.template.uses import find_uses
from dabiao.rules.model import Plan
from dabiao.rules.ranks import Member, Rank, bound_rank
from dabiao.trials.trial import TrialRequest, try_plan
from helpers import commitment, judge, make_plan, measure, one, plan_text, sheet_text, verdicts
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import YEARLY, checked, rows_text, text_of, word

RANKS: tuple[Rank, ...] = get_args(Rank)
FEW = 5  # of those that nobody counted, as many as can matter beside three others


def value(rank: Rank, numbers: Sequence[Fraction]) -> Fraction:
    """Return the largest, smallest or middle of numbers."""
    return {"max": max, "min": min, "median": median}[rank](numbers)


@st.composite
def members(draw: st.DrawFn) -> Member:
    """Draw a subject with a figure between whole ends, that belongs or may, and stands for one, two or any number."""
    low, high = sorted(draw(st.tuples(st.integers(0, 4), st.integers(0, 4))))
    many = draw(st.sampled_from([1, 1, 2, inf]))
    return Member(Fraction(low), Fraction(high), many != inf and draw(st.booleans()), many)


@given(st.lists(members(), min_size=1, max_size=3))
def test_the_ends_of_a_rank_are_those_of_all_completions(found: list[Member]) -> None:
    """The least and greatest rank are those over all figures there can be, and over who may belong, one at least."""
    choices = []
    for low, high, sure, many in found:
        counts = [int(many)] if sure else range(int(min(many, FEW)) + 1)
        ends = dict.fromkeys((low, high))
        choices.append([one for count in counts for one in combinations_with_replacement(ends, count)])
    filled = [[n for part in parts for n in part] for parts in product(*choices)]
    for rank in RANKS:
        values = [value(rank, numbers) for numbers in filled if numbers]
        assert (min(values), max(values)) == bound_rank(rank, found)


@given(st.lists(members(), min_size=1, max_size=3))
def test_figures_without_end_have_ranks_without_end(found: list[Member]) -> None:
    """A figure that may be as large as one likes makes a rank so if it may be at its place, and never the other end."""
    endless = [member._replace(high=inf) for member in found]
    for rank in RANKS:
        assert bound_rank(rank, found)[0] == bound_rank(rank, endless)[0]
        assert bound_rank(rank, endless)[1] == inf


@given(
    values=st.lists(st.integers(0, 2000).map(lambda n: Fraction(n, 100)), min_size=1, max_size=7),
    step=st.sampled_from([Fraction(0), Fraction(1, 10**6), Fraction(-1, 10**6)]),
)
def test_ranks_are_exact_at_the_boundary(values: list[Fraction], step: Fraction) -> None:
    """A rank meets a target exactly if the numbers say so: the mean of 0.1 and 0.2 is 0.15."""
    body, expected = "", {}
    for rank in RANKS:
        target = value(rank, values) + step
        if target >= 0:
            body += commitment(rank, f"measure: {rank}(spent of home)\nat_least: {text_of(target)} 元\n{YEARLY}")
            expected[rank, "某区"] = word(step <= 0)
    assume(expected)
    plan = make_plan(measure("spent", "unit: 元", "home"), body)
    rows = rows_text("home", [{"spent": text_of(number)} for number in values])
    assert expected == verdicts(checked(plan, sheet_text(subjects=rows, registers="home: complete")))


TARGETS = ("0 张", "1 张", "1.5 张", "3 张")
FORMS = {
    f"{rank}-{name}-{comparator.replace('_', '-')}-{target.split()[0].replace('.', '-')}": (
        rank,
        where,
        comparator,
        target,
    )
    for rank in RANKS
    for name, where in (("all", ""), ("public", " where public"))
    for comparator in ("at_least", "at_most")
    for target in TARGETS
}


def rank_plan() -> Plan:
    """Return a plan that asks for every rank."""
    return make_plan(
        measure("public", "yes_no: true", "home") + measure("beds", "unit: 张, max: 3 张", "home"),
        "".join(
            commitment(name, f"measure: {rank}(beds of home{where})\n{comparator}: {target}\n{YEARLY}")
            for name, (rank, where, comparator, target) in FORMS.items()
        ),
    )


PLAN = rank_plan()
Home = tuple[int | None, int | None]  # public, beds


@given(
    homes=st.lists(
        st.tuples(st.sampled_from([0, 1, 1, None]), st.sampled_from([0, 1, 2, 3, None])), max_size=3
    ),
    unlisted=st.integers(0, 1),
)  # fmt: skip
def test_a_verdict_is_given_exactly_if_all_completions_agree(homes: list[Home], unlisted: int) -> None:
    """With figures missing and homes not listed, a verdict is what every completion gives, else undetermined."""
    everyone = [*homes, *[(None, None)] * unlisted]
    choices = [product((0, 1) if p is None else (p,), range(4) if b is None else (b,)) for p, b in everyone]
    worlds = list(product(*map(list, choices)))
    expected = {}
    for name, (rank, where, comparator, target) in FORMS.items():
        limit = Fraction(target.split()[0])
        seen = set()
        for world in worlds:
            numbers = [Fraction(beds) for public, beds in world if public or not where]
            found = value(rank, numbers) if numbers else None
            holds = found is not None and (found >= limit if comparator == "at_least" else found <= limit)
            seen.add("not_applicable" if found is None else word(holds))
        expected[name, "某区"] = seen.pop() if len(seen) == 1 else "undetermined"
    facts = [
        {**({} if p is None else {"public": "yes" if p else "no"}), **({} if b is None else {"beds": str(b)})}
        for p, b in homes
    ]
    sheet = sheet_text(subjects=rows_text("home", facts), registers=f"home: {len(everyone)}")
    assert expected == verdicts(checked(PLAN, sheet))


def test_a_rank_of_each_town_is_made_within_it(tmp_path: Path) -> None:
    """Each town has the rank of its own centres; one whose town is not known may lie in each; none is not applicable."""
    plan = make_plan(
        measure("beds", of="centre"),
        commitment("least", "each: town\nmeasure: min(beds of centre)\nat_least: 10 张\ndue: every_year")
        + commitment("middle", "each: town\nmeasure: median(beds of centre)\nat_least: 15 张\ndue: every_year"),
    )
    rows = [("一", "东", 10), ("二", "东", 20), ("三", "西", 9)]
    listed = "".join(f"- {{kind: town, name: {name}}}\n" for name in "东西南")
    listed += "".join(f"- {{kind: centre, name: {n}, in: {t}, facts: {{beds: {x}}}}}\n" for n, t, x in rows)
    found = verdicts(judge(plan, tmp_path, sheet_text(subjects=listed, registers="centre: complete")))
    assert {
        ("least", "东"): "met", ("least", "西"): "shortfall", ("least", "南"): "not_applicable",
        ("middle", "东"): "met", ("middle", "西"): "shortfall", ("middle", "南"): "not_applicable",
    } == found  # fmt: skip
    found = verdicts(judge(plan, tmp_path, sheet_text(subjects=listed, registers="centre: 4")))
    assert {
        ("least", "东"): "undetermined", ("least", "西"): "shortfall", ("least", "南"): "undetermined",
        ("middle", "东"): "undetermined", ("middle", "西"): "undetermined", ("middle", "南"): "undetermined",
    } == found  # fmt: skip


@pytest.mark.parametrize(
    ("form", "limit", "sign"), [("min", "at_least", ""), ("max", "at_most", ""), ("min", "at_least", "-")]
)
def test_a_home_without_a_figure_may_be_below_zero(tmp_path: Path, form: str, limit: str, sign: str) -> None:
    """A rank of what may be negative is open while one home has no figure, also where its float is the target."""
    target = f"{sign}9.0000000000000000001"
    plan = make_plan(
        measure("left", "unit: 元, signed: true", "home"),
        commitment("c", f"measure: {form}(left of home)\n{limit}: '{target} 元'\n{YEARLY}"),
    )
    listed = f"- {{kind: home, name: 甲, facts: {{left: '{target} 元'}}}}\n"

    found = [
        verdicts(judge(plan, tmp_path, sheet_text(subjects=listed + more, registers="home: complete")))
        for more in ("", "- {kind: home, name: 乙}\n")
    ]

    assert [{("c", "某区"): "met"}, {("c", "某区"): "undetermined"}] == found


def test_a_rank_is_shown_with_its_bounds(tmp_path: Path) -> None:
    """A finding has the value, or the least and most it can be, and says over whom it was taken."""
    plan = make_plan(
        measure("beds", of="home"), commitment("c", "measure: median(beds of home)\nat_least: 30 张\ndue: every_year")
    )
    rows = rows_text("home", [{"beds": "10"}, {"beds": "20"}, {"beds": "40"}])
    found = one(judge(plan, tmp_path, sheet_text(subjects=rows, registers="home: 4")))
    assert ("undetermined", None, 15, 30) == (found.verdict, found.actual, found.low, found.high)
    assert ("home", 4, 4) in {(p.text, p.counted, p.possible) for p in found.populations}
    found = one(judge(plan, tmp_path, sheet_text(subjects=rows, registers="home: complete")))
    assert ("shortfall", 20, 10) == (found.verdict, found.actual, found.gap)


def test_the_best_step_of_a_ladder(tmp_path: Path) -> None:
    """The largest of steps is a step, and compared as one; there is no middle between two steps."""
    plan = make_plan(
        measure("stars", "ladder: rating", "home"),
        commitment("c", "measure: max(stars of home)\nat_least: three\ndue: every_year"),
    )
    listed = rows_text("home", [{"stars": "two"}, {"stars": "four"}])
    assert "met" == one(judge(plan, tmp_path, sheet_text(subjects=listed, registers="home: complete"))).verdict
    with pytest.raises(Refused) as refused:
        make_plan(
            measure("stars", "ladder: rating", "home"),
            commitment("c", "measure: median(stars of home)\nat_least: three\ndue: 2025"),
        )
    assert "no-arithmetic" == refused.value.problems[0].code


def test_a_rank_needs_the_measures_it_looks_at() -> None:
    """A form asks for the figures that a rank is taken of and for those of its condition."""
    assert {("home", "beds"), ("home", "public")} == find_uses(PLAN).keys()


def test_the_made_up_cases_agree(tmp_path: Path) -> None:
    """`dabiao test` makes up cases for ranks, and the engine agrees with exact fractions on all of them."""
    body = "".join(
        commitment(rank, f"measure: {rank}(beds of home where public)\nat_least: 3 张\ndue: every_year")
        for rank in RANKS
    )
    measures = measure("public", "yes_no: true", "home") + measure("beds", of="home")
    path = tmp_path / "demo.plan.yaml"
    path.write_text(plan_text(measures, body), encoding="utf-8")
    result = CliRunner().invoke(main, ["test", str(path), "--lang", "en"])
    assert 0 == result.exit_code, result.output


def test_a_budget_says_which_rank_it_cannot_optimise(tmp_path: Path) -> None:
    """The cheapest way refuses a rank that a decision changes by its name."""
    plan, sheet, costs = (tmp_path / name for name in ("demo.plan.yaml", "s.facts.yaml", "demo.costs.yaml"))
    promise = commitment("c", "measure: max(beds of home)\nat_least: 50 张\ndue: every_year")
    plan.write_text(plan_text(measure("beds", of="home"), promise), encoding="utf-8")
    rows = rows_text("home", [{"beds": "10"}, {"beds": "20"}])
    sheet.write_text(sheet_text(subjects=rows, registers="home: complete", year=2023), encoding="utf-8")
    costs.write_text(
        "plan: demo\nactions:\n- {id: more, title: {zh: 增加, en: more}, each: home, adds: {beds: 10 张}, unit_cost: 1 万元, at_most_each: 5}\n",
        encoding="utf-8",
    )
    result = CliRunner().invoke(main, ["budget", str(plan), str(sheet), "--costs", str(costs), "--lang", "en"])
    assert "cannot be optimised 2" in result.output
    assert "max(beds of home)" in result.output


@pytest.mark.parametrize("rank", ["max", "min"])
def test_the_best_and_the_worst_step_have_made_up_cases(tmp_path: Path, rank: str) -> None:
    """`dabiao test` makes up cases for a promise about the best or worst step of a ladder, and they agree."""
    plan = tmp_path / "demo.plan.yaml"
    stars = measure("stars", "ladder: deliverable", "home")
    plan.write_text(
        plan_text(stars, commitment("c", f"measure: {rank}(stars of home)\nat_least: issued\n{YEARLY}")), "utf-8"
    )
    trial = try_plan(TrialRequest(plan=str(plan)))

    assert (True, []) == (len(trial.coverage.cases) > 3, list(trial.coverage.wrong))
