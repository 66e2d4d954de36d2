"""Bars in tables of reports: each is as long as the number beside it, and forms without bars say what they said."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from budgets import ADD, answer, care_plan, costs_text
from dabiao.base.messages import LANGS
from dabiao.budget.results import Point
from dabiao.engine.results import Verdict
from dabiao.reports import budget, comparison, markdown, status, text
from dabiao.reports.differences import side_bars
from dabiao.reports.document import Bar, Cell, Document, Table
from dabiao.reports.sweep import strip
from helpers import commitment, judge, make_plan, measure, one, sheet_text
from pages import document_of, page_of
from test_compare import compared, sheet
from test_status import TOWNS, ask, laid_out
from test_status import sheet as submitted

KINDS = ("status", "difference", "comparison", "budget", "sweep")
Row = tuple[Cell, ...]


def rows(document: Document) -> Iterator[Row]:
    """Iterate over the rows of all tables."""
    for block in document.blocks:
        if isinstance(block, Table):
            yield from (tuple(Cell(cell) if isinstance(cell, str) else cell for cell in row) for row in block.rows)


def row(document: Document, *starts: str) -> Row:
    """Return the only row whose cells begin with some texts."""
    found = [each for each in rows(document) if all(c.text.startswith(s) for c, s in zip(each, starts, strict=False))]
    assert 1 == len(found)
    return found[0]


def bars(document: Document) -> list[Bar]:
    """Return all bars of a document."""
    return [cell.bar for each in rows(document) for cell in each if cell.bar]


# ---------------------------------------------------------------- what forms show


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", KINDS)
def test_forms_without_bars_say_what_they_said(kind: str, lang: str) -> None:
    """Text and Markdown are the same without any bar, strip and tone."""
    shown = document_of(kind, lang)
    blocks = [
        replace(
            block,
            rows=tuple(tuple(cell if isinstance(cell, str) else cell.text for cell in each) for each in block.rows),
        )
        if isinstance(block, Table)
        else block
        for block in shown.blocks
    ]
    plain = replace(shown, blocks=tuple(blocks))

    assert plain != shown
    for writer in (text, markdown):
        one, other = io.StringIO(), io.StringIO()
        writer.write(shown, one)
        writer.write(plain, other)
        assert other.getvalue() == one.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_every_bar_is_on_the_page_with_its_words(kind: str) -> None:
    """A page has a bar with a label for each bar of its document, as long as that."""
    shown = bars(document_of(kind, "en"))
    page = page_of(kind, "en")

    assert bool(shown) == (kind != "sweep")
    assert len(shown) == page.count('aria-label="Bar: actual at ')
    for bar in shown:
        assert f'aria-label="Bar: actual at {round(100 * bar.actual, 1):g} %' in page


# ---------------------------------------------------------------- who owes what


def test_the_bar_of_a_submitter_is_the_share_of_its_figures(tmp_path: Path) -> None:
    """Both figures of two, one, and none: a whole bar, half a one, an empty one; where nothing came there is none."""
    sheets = {"a": submitted("甲区"), "b": submitted("乙区", "beds: 3 张")}
    document = status.document(ask(laid_out(tmp_path, **sheets)), "en")

    assert [("2 of 2", Bar(1.0)), ("1 of 2", Bar(0.5)), ("", None)] == [
        (row(document, name)[3].text, row(document, name)[3].bar) for name in ("甲区", "乙区", "丙区")
    ]


def test_the_bar_of_a_subject_leaves_reasons_out(tmp_path: Path) -> None:
    """A figure that is absent with a reason is not submitted: the bar of the town that is late with its only one is empty."""
    towns = TOWNS.replace("{rehab: no}", "{rehab: {absent: late}}")
    document = status.document(ask(laid_out(tmp_path, a=submitted("甲区", subjects=towns))), "en")

    assert ("0 of 1, 1 absent with a reason", Bar(0.0)) == (row(document, "西镇")[2].text, row(document, "西镇")[2].bar)


# ---------------------------------------------------------------- before and after


def test_bars_of_both_sides_have_one_scale() -> None:
    """480 of 500 beds, then 490: both bars end a little beyond 500, and the mark of the target stands at the same place."""
    document = comparison.document(compared([sheet("480 张")], [sheet("490 张")]), "en")
    before, now = row(document, "Commitment\n[many-beds]")[2:4]

    assert ("shortfall 480 张", "shortfall 490 张") == (before.text, now.text)
    assert pytest.approx((480 / 525, 500 / 525)) == (before.bar and before.bar.actual, before.bar and before.bar.target)
    assert pytest.approx((490 / 525, 500 / 525)) == (now.bar and now.bar.actual, now.bar and now.bar.target)
    assert ("", "grave", "shortfall") == (before.tone, now.tone, now.mark)


@pytest.mark.parametrize(("old", "new"), [(20, 80), (80, 20), (0, 5), (5, 0), (40, 40)])
def test_the_greater_value_has_the_longer_bar(old: int, new: int, tmp_path: Path) -> None:
    """Whatever stands on either side, bars are to each other as the values are, and none is longer than there is room."""
    plan = make_plan(measure("beds"), commitment("c", "measure: beds\nat_least: 10 张\ndue: every_year"))
    sides = [one(judge(plan, tmp_path, sheet_text(f"beds: {beds} 张"))) for beds in (old, new)]
    before, after = side_bars(*sides)

    assert before
    assert after
    assert pytest.approx((before.target, before.actual * new)) == (after.target, after.actual * old)
    assert pytest.approx(max(old, new, 10) / 1.05 / max(old, new, 10)) == max(
        before.actual, after.actual, before.target or 0
    )


def test_a_side_alone_has_its_own_bar(tmp_path: Path) -> None:
    """A finding that only one side has is drawn as in a check; one without a number, or that is not there, has none."""
    plan = make_plan(measure("beds"), commitment("c", "measure: beds\nat_least: 10 张\ndue: every_year"))
    five, nothing = (one(judge(plan, tmp_path, sheet_text(facts))) for facts in ("beds: 5 张", ""))
    bar = Bar(5 / 10.5, target=10 / 10.5)

    assert [(bar, None)] * 2 == [side_bars(five, None), side_bars(five, nothing)]
    assert [(None, bar), (None, None)] == [side_bars(nothing, five), side_bars(None, nothing)]


def test_a_what_if_shows_both_sides() -> None:
    """One reserved bed of 60, then two, where 2 % are owed; a home that is new has no bar before."""
    document = document_of("difference", "en")
    before, after = row(document, "Emergency bed reserve", "示例乙养老院")[2:4]
    added = row(document, "Emergency bed reserve", "示例己养老院")

    assert ("shortfall 1.67 %", "met 3.33 %", "good") == (before.text, after.text, after.tone)
    assert pytest.approx((0.5 / 1.05, 0.6 / 1.05)) == (
        before.bar and before.bar.actual,
        before.bar and before.bar.target,
    )
    assert pytest.approx((1 / 1.05, 0.6 / 1.05)) == (after.bar and after.bar.actual, after.bar and after.bar.target)
    assert [("—", None), ("met 2 %", Bar(1 / 1.05, target=1 / 1.05))] == [(cell.text, cell.bar) for cell in added[2:4]]


# ---------------------------------------------------------------- money


def money(document: Document) -> dict[str, Row]:
    """Return the rows of the table of money by their years."""
    (found,) = (block for block in document.blocks if isinstance(block, Table) and block.headings[-1:] == ("limit",))
    return {each[0].text: each for each in rows(Document("en", (found,)))}


def test_the_bar_of_a_year_is_what_it_costs_beside_its_limit(tmp_path: Path) -> None:
    """Twelve beds for 3 yuan each: all within the 40 yuan of 2024; of 30 yuan for ten of them, and two in 2025, without a limit."""
    sheet_of_28, costs = sheet_text("care_beds: 28 张", year=2023), costs_text(ADD)
    wide, narrow = (
        money(budget.document(answer(tmp_path, care_plan(), sheet_of_28, costs, by_year={2024: limit}), "en"))
        for limit in (40, 30)
    )

    assert [("36", "40"), ("0", "—"), ("36", "—")] == [(total.text, limit.text) for *_, total, limit in wide.values()]
    assert [("30", "30"), ("6", "—"), ("36", "—")] == [(total.text, limit.text) for *_, total, limit in narrow.values()]
    assert [Bar(0.9, target=1.0), Bar(0.0), None] == [each[3].bar for each in wide.values()]
    assert [Bar(1.0, target=1.0), Bar(0.2), None] == [each[3].bar for each in narrow.values()]


def test_years_without_a_limit_and_without_money(tmp_path: Path) -> None:
    """Without a limit the dearest year fills its bar; what costs nothing has no bars at all."""
    sheet_of_28 = sheet_text("care_beds: 28 张", year=2023)
    dear, free = (
        budget.document(answer(tmp_path, care_plan(), sheet_of_28, costs_text(add)), "en")
        for add in (ADD, ADD.replace("unit_cost: 3 元", "unit_cost: 0 元"))
    )

    assert [Bar(1.0), Bar(0.0)] == [money(dear)[year][3].bar for year in ("2024", "2025")]
    assert ["2024", "2025", "total"] == [*money(free)]
    assert [] == bars(free)


def test_what_less_money_keeps_has_a_bar_a_number(tmp_path: Path) -> None:
    """All bars of what is kept have one scale: eight are the most, four are half of that."""
    found = answer(tmp_path, care_plan(), sheet_text("care_beds: 28 张", year=2023), costs_text(ADD))
    curve = (
        Point(Fraction(0), Fraction(0), {"binding": 0, "anticipatory": 0, "unstated": 4}),
        Point(Fraction(36), Fraction(30), {"binding": 2, "anticipatory": 0, "unstated": 8}),
    )
    document = budget.document(replace(found, curve=curve), "en")
    shown = [
        [(cell.text, cell.bar) for cell in row(document, *start)[2:]]
        for start in (("0 元", "0 元"), ("36 元", "30 元"))
    ]

    assert [[("0", Bar(0.0)), ("4", Bar(0.5))], [("2", Bar(0.25)), ("8", Bar(1.0))]] == shown


# ---------------------------------------------------------------- sweeps


def test_the_strip_of_a_sweep_rises_where_verdicts_do() -> None:
    """Behind up to 360 beds, on track from 380, early from 500; today there are 350. Each row has the tone of its verdict."""
    document = document_of("sweep", "en")
    found = [each for each in rows(document) if len(each) == 3]

    assert "▃▃▃│▃▅▅▅▅▅▅██" == found[0][0].chart
    assert ["300 张 – 360 张 ← now", "380 张 – 480 张", "500 张 – 520 张"] == [each[1].text for each in found]
    assert [("behind", "behind"), ("on track", "on_course"), ("early", "good")] == [
        (c.text, c.tone) for _, _, c in found
    ]
    assert ["", ""] == [each[0].chart for each in found[1:]]


@pytest.mark.parametrize(("today", "shown"), [(None, "▁█"), (0, "▁█"), (1, "│▁█"), (2, "▁│█"), (3, "▁█")])
def test_today_is_marked_within_the_range(today: int | None, shown: str) -> None:
    """The stroke stands before the first value that is not below today's; outside of the range there is none."""
    verdicts: list[Verdict | None] = ["shortfall", "met"]

    assert shown == strip([Fraction(1), Fraction(2)], verdicts, None if today is None else Fraction(today))


@pytest.mark.parametrize("count", [1, 2, 29, 30, 31, 60, 10_000])
def test_a_strip_has_a_length_of_its_own(count: int) -> None:
    """Of many values thirty are drawn, the first and the last among them, and about half of them are from either half."""
    verdicts: list[Verdict | None] = [None if at < count / 2 else "met" for at in range(count)]
    shown = strip([Fraction(at) for at in range(count)], verdicts, None)

    assert (min(count, 30), count > 1) == (len(shown), shown[-1:] == "█")
    assert "░" == shown[0]
    assert abs(shown.count("█") - shown.count("░")) <= 2
