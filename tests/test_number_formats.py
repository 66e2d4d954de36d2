"""Number formats of cells: which figure each shows, by its sections and conditions."""

from __future__ import annotations

from pathlib import Path

import pytest
from dabiao import read_facts
from dabiao.base.problems import Refused
from dabiao.facts.formats.number_formats import shape_at, shape_of
from helpers import commitment, covered_book, make_plan, measure


@pytest.mark.parametrize(("code", "number", "shown"), [
    ('[=0]"";0', "0", "hidden"), ('[=0]"";0', "51", "plain"), ('[=51]"";0', "51", "hidden"), ('[=51]"";0', "50", "plain"), ("[>=1]0;", "0.5", "hidden"),
    ("[>=1]0;", "51", "plain"), ('[>=100]0;0"万"', "50", "plain万"), ('[>=100]0;0"万"', "500", "plain"), ('[Red][<100]0;[<200]0"万";0.0,', "250", "other"),
    ("[>1]0;[<0]0", "0.5", "other"), ('0;-0"万"', "-5", "plain万"), ('0;-0"万"', "5", "plain"), ("0;0", "-5", "other"), ("0;0", "5", "plain"), ("0_ ;[Red]0", "-5", "plain"),
    ('0;"下降"0', "-5", "other"), ("0.00_);(0.00)", "-5", "plain"), (r"_($* #,##0_);_($* \(#,##0\)", "-5", "plain"), ("_-* #,##0_-;\\-* #,##0_-", "-5", "plain"),
    ('_ * #,##0_ ;_ * -#,##0_ ;_ * "-"??_ ;_ @_ ', "0", "plain"), ('0;-0;"7"', "0", "other"), ('0;-0;"无"', "0", "plain"), ("0%;-0%", "-0.5", "percent"),
    ("yyyy/m/d;@", "45000", "date"), ("0.00;@", "-5", "plain"), ("General;-General", "-5", "plain"), ("0.0;0.0,;0", "-5", "other"),
])  # fmt: skip
def test_a_number_is_shown_by_the_section_of_its_format(code: str, number: str, shown: str) -> None:
    """A format has sections for numbers above and below zero, or by conditions: that of the number says how it is shown."""
    shape = shape_at(shape_of(164, {164: code}), number)
    assert shown == ("hidden" if shape.hides else shape.shown + shape.words)


@pytest.mark.parametrize(
    "code", ["-0%", '"下降"0%', "(0%)", '0%"以上"', '"9"0%', '0"5"%', "0,%", "0%%", '"约"0%', "[$5-804]0", "[$万-804]0"]
)
def test_a_percentage_and_a_sign_in_brackets_are_no_exceptions(code: str) -> None:
    """What stands before, in or behind the digits counts with % too, and in a bracket as that of a currency."""
    assert "other" == shape_of(164, {164: code}).shown


def test_a_unit_in_the_place_of_a_currency_is_that_of_the_figure() -> None:
    """A format may write its unit as spreadsheet programs write a currency: 0[$万元-804] shows 5 as 5万元."""
    shapes = [shape_of(164, {164: code}) for code in ("0[$万元-804]", "[$€-407]0", "0.0 [$¥-804]", "[$-804]0")]
    assert [("plain", "万元"), *[("plain", "")] * 3] == [(shape.shown, shape.words) for shape in shapes]


@pytest.mark.parametrize(("code", "found"), [('[>=100]0;0"万"', 500_000), ('[<100]"少";0', "odd-format"), ("0;0", 50)])
def test_a_condition_of_a_format_holds_in_a_workbook(code: str, found: object, tmp_path: Path) -> None:
    """A cell that shows 50万 by the second section of its format is 50万, and one that shows a word is refused."""
    book = covered_book()
    sheet = book.create_sheet("养老机构")
    for row in (("名称", "beds 指标"), ("甲院", 50)):
        sheet.append(row)
    sheet["B2"].number_format = code
    book.save(tmp_path / "s.xlsx")
    plan = make_plan(
        measure("beds", "unit: 张", "home"),
        commitment("c", "each: home\nmeasure: beds\nat_least: 1 张\ndue: throughout"),
    )
    try:
        part = next(iter(read_facts(tmp_path / "s.xlsx", plan).sheets[0].of("home")))
    except Refused as refused:
        assert [found] == [problem.code for problem in refused.problems]
    else:
        assert found == part.facts(0)["beds"].value
