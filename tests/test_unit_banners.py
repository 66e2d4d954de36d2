"""A unit that stands above a table, 单位：万元, is the unit of its columns, or is told by name; it is never overlooked."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from dabiao import read_facts
from dabiao.base.problems import Problem, Refused
from helpers import commitment, covered_book, make_plan, measure, own_facts, sheet_text
from hypothesis import given, settings
from hypothesis import strategies as st

PLAN = make_plan(
    measure("beds", "unit: 张", "home") + measure("grant", "unit: 元, whole: false", "home") + measure("share", 'unit: "%"', "home")
    + measure("total", "unit: 元, whole: false"),
    commitment("manual", "manual: true"),
)  # fmt: skip
HEAD = ("名称", "beds 指标", "grant 指标")
Rows = Sequence[Sequence[Any]]


def write(folder: Path, rows: Rows, sheet: str = "养老机构") -> Path:
    """Write a workbook with a cover and one more sheet."""
    book = covered_book()
    table = book.create_sheet(sheet)
    for row in rows:
        table.append([cell if cell != "" else None for cell in row])
    book.save(folder / "s.xlsx")
    return folder / "s.xlsx"


def read(rows: Rows) -> tuple[dict[str, Fraction | None], list[Problem]]:
    """Read the only home of a workbook with these rows; return its values, none if it is refused, and what was noted."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            facts = read_facts(write(Path(folder), rows), PLAN)
        except Refused as refused:
            return {}, list(refused.problems)
    (part,) = facts.sheets[0].of("home")
    return {name: fact.value for name, fact in part.facts(0).items()}, list(facts.notes)


BANNERS: dict[str, Rows] = {
    "colon": [("单位：万元、张",)], "right": [("情况表",), ("", "", "单位:万元，张")], "title": [("情况表（单位：万元、张）",)], "counting": [("计量单位： 张 万元",)],
    "beside": [("", "单位", "万元、张")], "two": [("单位：张",), ("金额单位：万元",)], "english": [("Units: 万元, 张",)], "unknown beside": [("单位：万元、张、床次数",)],
}  # fmt: skip


@pytest.mark.parametrize("name", BANNERS)
def test_a_unit_above_a_table_is_that_of_its_columns(name: str) -> None:
    """However it is written, 万元 above a table makes 5 in a column of money 50000元, and nothing has to be said."""
    assert ({"beds": 50, "grant": 50_000}, []) == read([*BANNERS[name], HEAD, ("甲院", 50, 5)])


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["元", "千元", "万元", "亿元"]), st.decimals(0, 10_000, places=2))
def test_a_unit_above_means_what_it_means_in_the_heading(unit: str, number: Any) -> None:
    """Above the table or in brackets behind the title, a unit gives the same figure."""
    above = [(f"单位：{unit}",), ("名称", "grant 指标"), ("甲院", float(number))]
    within = [("名称", f"grant 指标（{unit}）"), ("甲院", float(number))]
    assert read(within) == read(above)


@pytest.mark.parametrize(
    ("head", "row", "expected"),
    [
        (("名称", "grant 指标（元）"), ("甲院", 5), {"grant": 5}), (("名称", "grant 指标"), ("甲院", "5元"), {"grant": 5}),
        (("名称", "grant 指标"), ("甲院", 0), {"grant": 0}), (("名称", "share 指标（%）"), ("甲院", 50), {"share": Fraction(1, 2)}),
    ],
)  # fmt: skip
def test_a_unit_that_stands_nearer_counts(
    head: Sequence[str], row: Sequence[Any], expected: dict[str, Fraction]
) -> None:
    """The unit in a heading or in a cell is that of the figure, whatever stands above the table."""
    assert (expected, []) == read([("单位：万元",), head, row])


def test_columns_in_none_of_the_units_are_named() -> None:
    """Beds are no money: they are read in the unit of the plan, and that is said with their title."""
    values, (note,) = read([("单位：万元",), HEAD, ("甲院", 50, 5)])
    assert ({"beds": 50, "grant": 50_000}, "warning", "A1") == (values, note.severity, note.location.cell)
    assert "“单位：万元”不是这些指标的单位，已按规划的单位读取：beds 指标" in note.text("zh")


def test_two_units_of_one_kind_above_a_table_are_refused() -> None:
    """With 元 and 万元 above it, a column of money that states neither is not read; one that does is."""
    _, (problem,) = read([("单位：元、万元",), HEAD, ("甲院", 50, 5), ("乙院", 60, 6)])
    assert ("unit-unclear", "A1") == (problem.code, problem.location.cell)
    assert {"grant": 5} == read([("单位：元、万元",), ("名称", "grant 指标（元）"), ("甲院", 5)])[0]


@pytest.mark.parametrize("text", ["单位：区民政局", "填报单位：某区", "单位：", "经费来源：财政"])
def test_an_office_is_no_unit(text: str) -> None:
    """单位 is an office as well: one that is named above a table changes no figure."""
    assert {"beds": 50, "grant": 5} == read([(text, "甲"), HEAD, ("甲院", 50, 5)])[0]


def test_a_unit_beside_the_headings_counts() -> None:
    """In the row of headings, too, 单位：万元 is the unit of the table; in the bracket of one heading it is that of the column."""
    assert {"grant": 50_000} == read([("名称", "grant 指标", "单位：万元"), ("甲院", 5)])[0]
    assert {"beds": 50, "grant": 5} == read([(*HEAD, "其他（单位：万元）"), ("甲院", 50, 5)])[0]


def test_a_unit_above_a_list_is_that_of_the_rows_that_state_none(tmp_path: Path) -> None:
    """In the list of the root's measures, the column of units counts where it is filled in."""
    for unit, expected in (("", 6_000_000), ("元", 600)):
        rows = [("单位：万元",), ("指标", "单位", "本年值"), ("total 指标", unit, 600)]
        facts = read_facts(write(tmp_path, rows, "区"), PLAN)
        assert expected == own_facts(facts.sheets[0])["total"].value


@pytest.mark.parametrize(
    ("kind", "text", "place"),
    [
        ("home", "单位：万元,,\n名称,beds 指标,grant 指标\n甲院,50,5\n", (1, 1)), ("home", "名称,grant 指标,单位：万元\n甲院,5,\n", (1, 3)),
        ("home", "情况表（单位：万元）,\n名称,grant 指标\n甲院,5\n", (1, 1)), ("district", "单位：万元,\n指标,本年值\ntotal 指标,5\n", (1, 1)),
    ],
)  # fmt: skip
def test_a_unit_of_a_whole_csv_is_refused_by_name(kind: str, text: str, place: tuple[int, int], tmp_path: Path) -> None:
    """A CSV begins with its headings: a unit of the whole table is the one error that is told, and where it belongs."""
    (tmp_path / "sheet.facts.yaml").write_text(sheet_text(registers="home: complete"), encoding="utf-8")
    (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        read_facts(tmp_path, PLAN)
    (problem,) = refused.value.problems
    assert ("unit-banner", *place) == (problem.code, problem.location.line, problem.location.column)
