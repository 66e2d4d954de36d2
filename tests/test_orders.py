"""One order for each thing: what a report says it is sorted by is what it is sorted by, wherever the thing is listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.base.messages import LANGS
from dabiao.cli import main
from helpers import commitment, measure, plan_text, sheet_text

MEASURES = "".join(measure(name, of="home") for name in ("places", "kept")) + measure("beds")


def told(tmp_path: Path, plan: str, sheet: str, *options: str) -> str:
    """Check a sheet by a plan in Chinese, unless another language is asked for; return what is printed."""
    (tmp_path / "demo.plan.yaml").write_text(plan, encoding="utf-8")
    (tmp_path / "a.facts.yaml").write_text(sheet, encoding="utf-8")
    asked = ["check", str(tmp_path / "demo.plan.yaml"), str(tmp_path / "a.facts.yaml"), "--lang", "zh", *options]
    run = CliRunner().invoke(main, asked)
    assert run.stdout, run.stderr
    return run.stdout


@pytest.mark.parametrize("lang", LANGS)
def test_the_words_for_the_order_are_those_of_the_order(tmp_path: Path, lang: str) -> None:
    """A task that is short stands before an indicator that is behind, and the heading says that shortfalls come first."""
    plan = plan_text(
        MEASURES,
        commitment("pace", "tier: {is: indicator, why: 表}\nmeasure: beds\nat_least: 100 张\nbaseline: 0 张\ndue: 2025")
        + commitment("late", "measure: beds\nat_least: 12 张\ndue: 2022"),
    )
    for form in ("text", "brief"):
        text = told(tmp_path, plan, sheet_text("beds: 10 张", year=2023), "-o", form, "--lang", lang)
        head = next(line for line in text.splitlines() if "2" in line and re.search("Worst first|问题最大", line))
        first, second = {"zh": ("未达标", "滞后"), "en": ("shortfalls", "behind")}[lang]
        assert 0 < head.index(first) < head.index(second)
        assert text.index("12 张", text.index(head)) < text.index("100 张", text.index(head))


def test_the_subjects_of_a_matrix_stand_as_in_the_sheet(tmp_path: Path) -> None:
    """The columns have the order of the sheet even where another one occurs first in the findings; the unlisted come last."""
    plan = plan_text(
        MEASURES,
        commitment("some", "each: home\nwhere: kept >= 5 张\nmeasure: places\nat_least: 5 张\ndue: 2023")
        + commitment("all", "each: home\nmeasure: kept\nat_least: 1 张\ndue: 2023"),
    )
    listed = "\n".join(
        f"- {{kind: home, name: {name}, facts: {{places: 1 张, kept: {n} 张}}}}" for n, name in enumerate("丙甲丁乙", 3)
    )
    page = told(tmp_path, plan, sheet_text("", listed, 2023, "home: 6"), "-o", "html")
    matrix = page[page.index('id="matrix-home"') :]

    assert ["丙", "甲", "丁", "乙", "（未列名）"] == re.findall('<th scope="col"[^>]*>([^<]+)</th>', matrix)[1:6]


def test_causes_and_offices_stand_by_gravity(tmp_path: Path) -> None:
    """What a consequence follows from is told with the gravest first; the brief has the offices as the view by owner has them."""
    each = "each: home\nmeasure: {}\nat_least: {} 张\ndue: 2023\nduty: {}"
    plan = plan_text(
        MEASURES,
        commitment("near", each.format("places", 5, "近科")).replace("zh: 承诺", "zh: 近")
        + commitment("far", each.format("kept", 50, "远科")).replace("zh: 承诺", "zh: 远")
        + commitment("more", each.format("kept", 40, "近科")).replace("zh: 承诺", "zh: 再"),
        "consequences:\n- {id: stop, title: {zh: 停, en: stop}, level: sanction, cite: {section: 一, phrase: 停}, "
        "when: [{commitment: near}, {commitment: far}]}\n",
    )
    listed = "- {kind: home, name: 甲, facts: {places: 4 张, kept: 1 张}}"
    sheet = sheet_text("", listed, 2023, "home: 1")
    brief = told(tmp_path, plan, sheet, "-o", "brief")
    view = told(tmp_path, plan, sheet, "--by", "owner")

    assert brief.index("远科", brief.index("牵头单位")) > brief.index("近科", brief.index("牵头单位"))
    assert view.index("近科") < view.index("远科")
    assert re.search("停.*（起因：[^）]*远", brief) is not None


def test_what_is_silent_says_whom_to_ask(tmp_path: Path) -> None:
    """Of a commitment about which nothing is reported the screen and the page name the office that answers for it."""
    body = "measure: beds\nat_least: {} 张\ndue: 2023"
    more = "measure: law\nat_least: in_force\ndue: 2023\nduty: 法规科"
    plan = plan_text(
        MEASURES + measure("law", "ladder: deliverable"),
        commitment("some", body.format(5)) + commitment("silent", more),
    )
    sheet = sheet_text("beds: 9 张", year=2023)

    assert "1 项承诺没有填报任何数据（法规科）" in told(tmp_path, plan, sheet)
    assert "承诺 [silent]（法规科）" in told(tmp_path, plan, sheet, "-o", "html")


def test_no_two_parts_of_a_page_have_one_heading(tmp_path: Path) -> None:
    """The contents of a page that compares many figures name every part in words of its own."""
    many = [f"m{n}" for n in range(30)]
    plan = plan_text(
        "".join(map(measure, many)),
        "".join(commitment(name, f"measure: {name}\nat_least: 5 张\ndue: 2025") for name in many),
    )
    (tmp_path / "before.facts.yaml").write_text(sheet_text("\n".join(f"{n}: 1 张" for n in many), year=2022), "utf-8")
    sheet = sheet_text("\n".join(f"{name}: 2 张" for name in many), year=2023)
    page = told(tmp_path, plan, sheet, "-o", "html", "--since", str(tmp_path / "before.facts.yaml"))
    headings = re.findall("<h2[^>]*>([^<]+)</h2>", page)

    assert any(heading.startswith("全部可比的主要数字") for heading in headings)
    assert len(headings) == len(set(headings))
