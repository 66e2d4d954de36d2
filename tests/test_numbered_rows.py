"""Numbered sub-headings and notes are no subjects; where the names of a table are numbered, they are names."""

from __future__ import annotations

from pathlib import Path

import pytest
from dabiao import read_facts
from dabiao.base.problems import Refused
from dabiao.rules.model import Plan
from helpers import HEAD, commitment, covered_book, make_plan, measure, sheet_text

PLANNED = (measure("beds", of="home"), commitment("beds", "each: home\nmeasure: beds\nat_least: 5 张\ndue: throughout"))
PLAN = make_plan(*PLANNED)
NAMED = make_plan(
    *PLANNED,
    head=HEAD.replace(
        "en: home}, in: district, register: reported", "en: home}, in: district, register: [甲院, 1.乙院]"
    ),
)
FORMS = ("csv", "xlsx")
Rows = list[tuple[str, int | None]]


def read(form: str, folder: Path, rows: Rows, plan: Plan = PLAN) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the names of the homes that a table has, and the codes of what is noted with what was found."""
    if form == "csv":
        (folder / "sheet.facts.yaml").write_text(sheet_text(registers="home: complete"), "utf-8")
        lines = [f"{name},{'' if figure is None else figure}\n" for name, figure in rows]
        (folder / "home.csv").write_text("名称,beds\n" + "".join(lines), "utf-8")
        path = folder
    else:
        book = covered_book(plan="demo")
        sheet = book.create_sheet("home")
        sheet.append(("名称", "beds"))
        for row in rows:
            sheet.append(row)
        path = folder / "s.xlsx"
        book.save(path)
    try:
        facts = read_facts(path, plan)
    except Refused as refused:
        return [], [(p.code, str(p.details.get("found", ""))) for p in refused.problems]
    names = [name for part in facts.sheets[0].of("home") for name in part.names()]
    return names, [(p.code, str(p.details["found"])) for p in facts.notes if p.code == "ignored-row"]


ASIDES = [
    "1.公办机构",
    "1、公办机构",
    "（1）公办机构",
    "(2)数据截至年底",
    "①含改造床位",
    "２．民办机构",
    "[1] 含改造",
    "1. public homes",
    "12）其他",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", ASIDES)
def test_a_numbered_text_alone_in_its_row_is_no_subject(text: str, form: str, tmp_path: Path) -> None:
    """Among names without numbers that have figures it is a sub-heading or a note, and passed over with a warning."""
    names, noted = read(form, tmp_path, [("甲院", 5), (text, None), ("乙院", None)])
    assert (["甲院", "乙院"], [("ignored-row", text)]) == (names, noted)


@pytest.mark.parametrize("form", FORMS)
def test_where_names_are_numbered_one_without_figures_is_a_name(form: str, tmp_path: Path) -> None:
    """A clerk who numbers the homes has not left one out because it reports nothing."""
    rows: Rows = [("1.甲院", 5), ("2.乙院", None), ("丙院", 6)]
    assert (["1.甲院", "2.乙院", "丙院"], []) == read(form, tmp_path, rows)


@pytest.mark.parametrize("form", FORMS)
def test_where_nothing_has_figures_numbered_names_are_names(form: str, tmp_path: Path) -> None:
    """A register that is numbered throughout and not filled in is not taken for empty."""
    assert (["1.甲院", "2.乙院"], []) == read(form, tmp_path, [("1.甲院", None), ("2.乙院", None)])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["1号院", "3.15维权站", "2、3村联合站", "101.甲院", "（甲）院", "2023.年度院"])
def test_other_numbers_in_names_are_of_the_name(name: str, form: str, tmp_path: Path) -> None:
    """A number that is part of a name makes it no sub-heading, even without a figure."""
    assert (["甲院", name], []) == read(form, tmp_path, [("甲院", 5), (name, None)])


@pytest.mark.parametrize("form", FORMS)
def test_a_numbered_name_of_the_register_is_a_subject(form: str, tmp_path: Path) -> None:
    """A name that the plan lists is a name whatever it looks like."""
    assert (["甲院", "1.乙院"], []) == read(form, tmp_path, [("甲院", 5), ("1.乙院", None)], NAMED)


def test_a_numbered_text_merged_over_all_columns_is_a_sub_heading(tmp_path: Path) -> None:
    """1.公办机构 over the whole width of a table is passed over, as 公办机构 is."""
    book = covered_book(plan="demo")
    sheet = book.create_sheet("home")
    for row in (("名称", "beds"), ("1.公办机构", None), ("甲院", 5)):
        sheet.append(row)
    sheet.merge_cells("A2:B2")
    book.save(tmp_path / "s.xlsx")
    facts = read_facts(tmp_path / "s.xlsx", PLAN)
    assert ["甲院"] == [name for part in facts.sheets[0].of("home") for name in part.names()]
    assert ["1.公办机构"] == [p.details["found"] for p in facts.notes if p.code == "ignored-row"]


def test_a_data_set_takes_numbered_names_for_names(tmp_path: Path) -> None:
    """What a row of a data set is does not depend on the rows it is judged with: it has no notes."""
    head = "plan: demo\nregisters: {home: complete}\ndataset:\n- {kind: district, files: d.csv}\n- {kind: home, files: h.csv}\n"
    (tmp_path / "dataset.facts.yaml").write_text(head, "utf-8")
    (tmp_path / "d.csv").write_text("区,年度\n某区,2025\n", "utf-8")
    (tmp_path / "h.csv").write_text("区,年度,名称,beds\n某区,2025,甲院,5\n某区,2025,1.乙院,\n", "utf-8")
    facts = read_facts(tmp_path / "dataset.facts.yaml", PLAN)
    assert ["甲院", "1.乙院"] == [name for part in facts.sheets[0].of("home") for name in part.names()]
