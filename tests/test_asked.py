"""Which figures are asked of whom: what a plan cannot need of a subject is not owed, and the page and `status` agree."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao import check, load_plan, read_facts
from dabiao.cli import main
from dabiao.engine.awaited import find_awaited
from dabiao.engine.status import Entry, StatusRequest, status_of
from dabiao.engine.views import list_owners
from dabiao.rules.walks import leaves
from helpers import ROOT, commitment, make_plan, measure, plan_text, sheet_text

SAMPLES = ROOT / "facts" / "samples"
FOLDERS = sorted([*SAMPLES.glob("*.facts.yaml"), *(p.parent for p in SAMPLES.glob("*/sheet.facts.yaml"))])
ASSIGNED = ("--assignments", str(SAMPLES / "yanqing.assignments.yaml"))
ASKED = ("status", "yanqing", str(SAMPLES / "yanqing-2023"), "--due", "2024-01-31", *ASSIGNED)
FORMS = ("text", "markdown", "html", "csv", "json")

SORT = "options: [{id: elderly, title: {zh: 养老, en: Elderly}}, {id: child, title: {zh: 儿童, en: Child}}]"
MEASURES = measure("sort", SORT, "home") + measure("beds", of="home") + measure("rehab", "yes_no: true", "home")
OF_CHILD = commitment("rehab-offered", "each: home\nwhere: sort = child\nholds: rehab\ndue: throughout")
COUNTED = commitment("one", "measure: count(home where sort = child and rehab)\nat_least: 1 家\ndue: 2025")
OF_ALL = commitment("beds-there", "each: home\nmeasure: beds\nat_least: 1 张\ndue: throughout")


def owed(
    folder: Path, commitments: str, *facts: str, rest: str = "", measures: str = MEASURES
) -> list[tuple[str, ...]]:
    """Return which figures each of some homes owes, whose figures are given."""
    rows = "\n".join(f"- {{kind: home, name: 院{n}, facts: {{{one}}}}}" for n, one in enumerate(facts))
    text = sheet_text("", rows, 2023, f"home: {len(facts)}, centre: 0")
    (folder / "a.facts.yaml").write_text(text, encoding="utf-8")
    request = StatusRequest(plan="demo", sheets=(folder / "a.facts.yaml",), due=date(2024, 3, 31))
    (submission,) = status_of(make_plan(measures, commitments, rest), request).submissions
    homes = next(listing for listing in submission.listings if listing.kind == "home")

    return [entry.missing for entry in homes.entries]


@pytest.mark.parametrize("asking", [OF_CHILD, COUNTED], ids=["each", "count"])
def test_what_a_condition_keeps_from_a_subject_is_not_owed(tmp_path: Path, asking: str) -> None:
    """A home for the elderly is not asked for what only homes for children must offer, whether each of them or one must."""
    found = owed(tmp_path, asking + OF_ALL, "sort: elderly, beds: 3 张", "sort: child, beds: 3 张", "sort: elderly")

    assert [(), ("rehab",), ("beds",)] == found


@pytest.mark.parametrize("asking", [OF_CHILD, COUNTED], ids=["each", "count"])
def test_where_the_condition_is_open_both_are_owed(tmp_path: Path, asking: str) -> None:
    """A home that does not say of what sort it is owes that, and what it would have to say if it were of that sort."""
    assert [("sort", "rehab"), ("sort",)] == owed(tmp_path, asking + OF_ALL, "beds: 3 张", "beds: 3 张, rehab: yes")


def test_a_condition_that_fails_without_the_figure_does_not_ask_for_it(tmp_path: Path) -> None:
    """Of several conditions that must hold together, one that fails settles the others."""
    asking = commitment("big", "measure: count(home where rehab and beds >= 50 张)\nat_least: 1 家\ndue: 2025")

    assert [(), ("beds",), ("rehab",)] == owed(
        tmp_path, asking, "rehab: no, sort: child", "rehab: yes, sort: child", "beds: 60 张, sort: child"
    )


def test_what_only_a_data_check_compares_is_not_owed_unless_it_warns(tmp_path: Path) -> None:
    """A check that compares two figures asks nobody for them that no commitment asks, unless it is to tell of what it lacks."""
    measures = MEASURES + measure("reserved", of="home")
    asking = commitment(
        "reserve", "each: home\nwhere: sort = elderly\nmeasure: reserved\nat_least: 1 张\ndue: throughout"
    )
    rest = "checks:\n  - {id: within, each: home, measure: reserved, at_most: beds%s}\n"
    facts = ("sort: child, rehab: yes, beds: 3 张", "sort: elderly, rehab: yes, beds: 3 张")

    assert [(), ("reserved",)] == owed(tmp_path, asking, *facts, rest=rest % "", measures=measures)
    assert [("reserved",)] * 2 == owed(tmp_path, asking, *facts, rest=rest % ", unmade: warning", measures=measures)


def test_a_measure_that_nothing_uses_is_owed_by_everybody(tmp_path: Path) -> None:
    """What the form asks for and no commitment needs is still asked of all."""
    assert [("rehab",), ("rehab",)] == owed(tmp_path, OF_ALL, "sort: child, beds: 1 张", "sort: elderly, beds: 1 张")


def test_a_figure_of_the_baseline_is_asked_of_those_it_is_compared_for(tmp_path: Path) -> None:
    """That a count is compared with that of another year asks nothing further of anybody."""
    more = commitment("more", "measure: count(home where sort = child and rehab)\ndirection: increase\ndue: 2025")

    assert [(), ("rehab",)] == owed(tmp_path, more + OF_ALL, "sort: elderly, beds: 1 张", "sort: child, beds: 1 张")


def entries(folder: Path, name: str) -> Mapping[tuple[str, str, str], Entry]:
    """Return what each listed subject of a sample reported, by kind, root and name."""
    request = StatusRequest(plan=name, sheets=(folder,), due=date(2030, 1, 1), assignments=assignments(name))
    found = {}
    for submission in status_of(request.load_plan(), request).submissions:
        assert submission.own is not None
        listed = (entry for listing in submission.listings for entry in listing.entries)
        found |= {(entry.kind, submission.name, entry.name): entry for entry in (submission.own, *listed)}
    return found


def assignments(name: str) -> Path | None:
    """Return the file of a shipped plan that says who answers for what, if there is one."""
    path = SAMPLES / f"{name}.assignments.yaml"
    return path if path.exists() else None


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_status_and_check_agree_on_what_is_missing(folder: Path) -> None:
    """What a check waits for is owed, with the offices that answer for it; what is owed, a finding lacks."""
    name = folder.name.partition("-")[0]
    found = entries(folder, name)
    plan = load_plan(name, assignments=assignments(name))
    result = check(plan, read_facts(folder, plan))
    awaited = [one for one in find_awaited(result) if one.year == result.year]
    asked = {
        (one.kind, one.measure) for c in plan.commitments.values() for one in leaves(*replace(c, other=None).forms())
    }
    lacking = {
        (used.kind, finding.root, used.subject, used.measure)
        for finding in result.findings()
        for used in finding.missing
        if used.year == result.year
    }

    for one in awaited:
        for root, subject in one.subjects:
            if entry := found.get((one.kind, root, subject)):  # one that no sheet lists has not reported anything
                assert entry.absent.get(one.measure, "late") != "late" or one.measure in entry.awaited
                if one.measure in entry.awaited:
                    assert {*list_owners(plan, one.commitments)} <= {*list_owners(plan, entry.asking)}
    assert [] == [
        (*place, figure)
        for place, entry in found.items()
        for figure in entry.missing
        if (place[0], figure) in asked and (*place, figure) not in lacking
    ]


def test_the_offices_to_ask_are_named_in_every_format() -> None:
    """With assignments, the office and its contact stand beside what is owed, for people and for programs."""
    home = "示例十六号养老院"
    shown = {form: CliRunner().invoke(main, (*ASKED, "-o", form, "--lang", "zh")).output for form in FORMS}
    (row,) = (row for row in csv.DictReader(io.StringIO(shown["csv"])) if row["对象"] == home)
    registers = json.loads(shown["json"])["submissions"][0]["registers"]
    (told,) = (one for register in registers for one in register["subjects"] if one["name"] == home)

    assert "示例·养老服务科（分管：示例·副局长乙；联系：示例-0002）" == row["向谁要"]
    assert [{"office": "示例·养老服务科", "deputy": "示例·副局长乙", "contact": "示例-0002"}] == told["owners"]
    assert all("向谁要" in shown[form] and "示例-0002" in shown[form] for form in ("text", "markdown", "html"))


def test_where_nobody_answers_for_anything_there_is_no_column_of_offices(tmp_path: Path) -> None:
    """A plan of which nobody says who answers for what has no column for it."""
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, OF_ALL), encoding="utf-8")
    (tmp_path / "a.facts.yaml").write_text(sheet_text("", "- {kind: home, name: 甲院}", 2023), encoding="utf-8")
    asked = ("status", str(tmp_path / "demo.plan.yaml"), str(tmp_path / "a.facts.yaml"), "--due", "2024-03-31")
    found = CliRunner().invoke(main, (*asked, "--lang", "zh"))

    assert 1 == found.exit_code
    assert "向谁要" not in found.output


def test_the_headings_of_the_csv_are_in_the_language_asked_for() -> None:
    """In Chinese every heading, state and problem of the CSV is Chinese; in English the headings are one word each."""
    first, second = (CliRunner().invoke(main, (*ASKED, "-o", "csv", "--lang", lang)).output for lang in ("zh", "en"))
    (chinese, *_), (english, *_) = (list(csv.reader(io.StringIO(text.lstrip("\ufeff")))) for text in (first, second))

    assert len(chinese) == len(english)
    assert all(not heading.isascii() for heading in chinese)
    assert "submitter" == english[0]
    assert "未报全" in first
    assert "28 个中有 1 个未列出" in first
