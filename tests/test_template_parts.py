"""Forms for a part of a plan: a tier, an office; and the filled parts read together."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dabiao import Refused, check, load_plan, read_facts
from dabiao.cli import main
from dabiao.facts.template.form import make_form
from dabiao.facts.template.uses import choose_commitments, find_uses
from dabiao.rules.load import find_shipped_plans
from helpers import make_plan
from openpyxl import load_workbook
from templates import COMMITMENTS, MEASURES, run

OFFICES = """
assignments: example
owners:
  - {tier: indicator, office: 养老科}
  - {commitment: spending-level, office: 财务科}
  - {commitment: family-care-beds, office: 财务科}
"""


def checked(*words: object) -> Result:
    """Run a check of the example, in Chinese."""
    return CliRunner().invoke(main, ["check", "example", *map(str, words), "--lang", "zh"])


def made(path: Path, *words: object) -> Path:
    """Write a form of the example for 2023."""
    result = run("example", "--year", "2023", "--subject", "示例区", "--lang", "zh", *map(str, words), "-o", path)
    assert 0 == result.exit_code, result.output
    return path


def filled(path: Path, **figures: object) -> Path:
    """Fill in figures of the root sheet by their ids."""
    book = load_workbook(path)
    sheet = book["区"]
    columns = {cell.value: cell.column for cell in sheet[3]}
    rows = {sheet.cell(row, columns["编号"]).value: row for row in range(4, sheet.max_row + 1)}
    for name, value in figures.items():
        sheet.cell(rows[name], columns["本年值"]).value = value
    book.save(path)
    return path


@pytest.mark.parametrize("plan", sorted(find_shipped_plans()))
def test_a_form_of_indicators_asks_for_what_they_need(plan: str) -> None:
    """A form of a tier asks for every measure that its commitments need, in every sheet, and for no other."""
    loaded = load_plan(plan)
    form = make_form(loaded, loaded.last, tiers=["indicator"])

    asked = {
        (line.measure.kind, line.measure.id)
        for group in (*form.chapters.values(), *(register.lines for register in form.registers))
        for line in group
    }
    chosen = choose_commitments(loaded, tiers=["indicator"])
    assert chosen is not None
    assert {"indicator"} == {c.tier for c in chosen}
    needed = {(kind, name) for kind, name in find_uses(loaded, chosen) if name in loaded.reported(kind)}
    assert needed == asked


def test_indicators_are_the_default_in_every_shape(tmp_path: Path) -> None:
    """Without --tier, a workbook, a skeleton and a folder ask for the indicators; --tier all asks for everything."""
    wanted = {
        "form.xlsx": {"区", "街道乡镇", "社区（村）", "养老机构"},
        "form": {"sheet.facts.yaml", "town.csv", "community.csv", "home.csv"},
    }
    book = load_workbook(made(tmp_path / "form.xlsx"))
    assert wanted["form.xlsx"] == set(book.sheetnames) - {"封面", "填报说明", "选项"}
    made(tmp_path / "form", "--tier", "indicator")
    assert wanted["form"] == {child.name for child in (tmp_path / "form").iterdir()}
    texts = [
        made(tmp_path / f"{name}.facts.yaml", *words).read_text("utf-8")
        for name, words in {"a": (), "b": ("--tier", "indicator"), "c": ("--tier", "all")}.items()
    ]
    assert texts[0] == texts[1]
    assert [True, False] == ["# family_care_beds:" in texts[0], "# complaints:" in texts[0]]
    assert ["# family_care_beds:" in texts[2], "# complaints:" in texts[2]] == [True, True]


def test_what_is_selected_is_of_any_tier(tmp_path: Path) -> None:
    """--select without a tier asks for what is named; with one, for what is both, and for nothing it is refused."""
    text = made(tmp_path / "a.facts.yaml", "--select", "complaints-settled").read_text("utf-8")
    assert "# complaints:" in text
    refused = run(
        "example", "--year", "2023", "--subject", "示例区", "--lang", "zh", "--tier", "indicator",
        "--select", "complaints-settled", "-o", tmp_path / "b.facts.yaml",
    )  # fmt: skip
    assert (2, "--tier: 没有哪项承诺同时符合：主要指标、complaints-settled；--tier all 不限类型\n") == (
        refused.exit_code,
        refused.output,
    )


def test_an_unknown_office_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """An office that answers for nothing is refused with those that do; where nobody has an owner, what to give."""
    assignments = tmp_path / "a.assignments.yaml"
    assignments.write_text(OFFICES, "utf-8")
    asked = ("example", "--year", "2023", "--subject", "示例区", "--lang", "zh", "--owner", "养老科室")
    named = run(*asked, "--assignments", assignments, "-o", tmp_path / "a.xlsx")
    unnamed = run(*asked, "-o", tmp_path / "a.xlsx")

    assert (2, 2) == (named.exit_code, unnamed.exit_code)
    assert "没有牵头单位“养老科室”" in named.output
    assert "是否指“养老科”" in named.output
    assert "已知的有：示例区民政局" in unnamed.output  # the body that the document names
    assert not (tmp_path / "a.xlsx").exists()
    with pytest.raises(Refused) as refused:
        choose_commitments(make_plan(MEASURES, COMMITMENTS), offices=["养老科"])
    assert "--assignments" in refused.value.problems[0].text("zh")


def test_the_parts_of_offices_are_read_together(tmp_path: Path) -> None:
    """Each office has its own workbook; together they report what one would, and what neither is asked stays unreported."""
    assignments = tmp_path / "a.assignments.yaml"
    assignments.write_text(OFFICES, "utf-8")
    figures = {"family_care_beds": 310, "care_spending": 8123.5}
    whole = filled(made(tmp_path / "whole.xlsx"), residents_total=0.28, **figures)
    office = ("--assignments", assignments, "--owner")
    money = filled(made(tmp_path / "money.xlsx", *office, "财务科"), **figures)
    care = filled(made(tmp_path / "care.xlsx", *office, "养老科"), residents_total=0.28)

    plan = load_plan("example")
    parts, one = read_facts([money, care], plan), read_facts(whole, plan)
    found = {name: fact.value for sheet in parts.sheets for name, fact in sheet.facts("district", "示例区").items()}
    assert {name: fact.value for name, fact in one.sheets[0].facts("district", "示例区").items()} == found
    assert 3 == len(found)
    columns = ["commitment", "subject", "verdict", "actual"]
    assert check(plan, one).table.select(columns).rows() == check(plan, parts).table.select(columns).rows()


def test_two_offices_that_disagree_are_told_both_cells(tmp_path: Path) -> None:
    """The same figure twice is one figure; two values of it are one error, which names both cells."""
    first, second = (filled(made(tmp_path / f"{name}.xlsx"), family_care_beds=310) for name in "ab")
    assert 2 != checked(first, second).exit_code
    filled(second, family_care_beds=320)

    refused = checked(first, second)

    assert 2 == refused.exit_code
    (line,) = [line for line in refused.stderr.splitlines() if "家庭照护床位" in line]
    assert "指标“家庭照护床位”两处不一致：这里报 320" in line
    assert f"{first}[区]!" in line
    assert f"{second}[区]!" in line
