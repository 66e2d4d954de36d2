"""Findings that are alike are written once for all of them: as text for text they are written one by one."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from dabiao import check, read_facts
from dabiao.base.problems import Location
from dabiao.commands.outputs import write_report
from dabiao.engine.requests import CheckOutcome, CheckRequest
from dabiao.engine.results import AlikeRows, Finding, Result
from dabiao.engine.run import run
from dabiao.engine.views import Tally
from dabiao.facts.change import Change, Changes, apply_changes
from helpers import make_head, plan_text
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import csv_folder

FORMATS = ("csv", "jsonl", "json")
HEAD = make_head(
    "id: town, title: {zh: 镇, en: town}, in: district, register: reported",
    "id: home, title: {zh: 院, en: home}, in: town, register: reported",
)
MEASURES = """\
- {id: size, of: town, title: {zh: 规模, en: size}, unit: 人}
- {id: a, of: home, title: {zh: 甲, en: a}, unit: 张}
- {id: b, of: home, title: {zh: 乙, en: b}, unit: 张}
- {id: c, of: home, title: {zh: 丙, en: c}, unit: 万元}
- {id: p, of: home, title: {zh: 率, en: p}, unit: "%", baseline: 20 %}
- {id: q, of: home, title: {zh: 千, en: q}, unit: "‰", baseline: 5 ‰}
- {id: z, of: home, title: {zh: 地, en: z}, unit: 亩}
- {id: y, of: home, title: {zh: 否, en: y}, yes_no: true}
- {id: s, of: home, title: {zh: 星, en: s}, options: [{id: none, title: {zh: 无, en: none}}, {id: one, title: {zh: 一, en: one}}]}
"""
VALUES = {
    "a": ("0 张", "1 张", "2 张", "3 张", "50 张", "51 张", "12345 张"),
    "b": ("0 张", "1 张", "3 张", "7 张", "50 张", "1000 张"),
    "c": ("0 万元", "0.3 万元", "1.25 万元", "12345.678 万元"),
    "p": ("0 %", "2 %", "33.3 %", "79.96 %", "80 %", "100 %"),
    "z": ("0 亩", "3 亩", "228.76 亩", "2000 平方米", "0.1234567890123456789 亩"),
    "q": ("0 ‰", "5.5 ‰", "20 ‰"), "y": ("是", "否"),
}  # fmt: skip
ASKED = (
    ("a", ("2 张", "50 张", "0 张", "b")), ("a / b", ("2 %", "80 %", "'1:4'", "'1:3'", "'2:3'")), ("c", ("0 元", "1.25 万元")),
    ("z", ("3 亩", "2000 平方米")), ("z / a", ("20 平方米/张",)), ("p", ("79.96 %", "80 %")), ("q", ("5 ‰", "20 ‰")), ("a + 2 * b", ("7 张", "100 张")), ("c / a", ("3000 元/张",)),
    ("a - b", ("0 张", "2 张")), ("a / (a + b)", ("50 %", "'2:3'")), ("sum(a of home)", ("50 张",)), ("(a - b) / a", ("10 %",)),
)  # fmt: skip
ABSENT = "absent:"
KEYS = ("at_least", "at_most", "more_than", "less_than", "exactly")
NAMES = (
    "甲院",
    "乙院",
    "Home",
    "·甲",
    "a,b",
    "“院”",
    '"x"',
    "院 一",
    "100%",
    "{院}",
    "#院",
    "院/一",
    "a  b",
    "50",
    "i5",
    "x\\y",
)


@st.composite
def promises(draw: st.DrawFn) -> str:
    """Draw the keys of a promise."""
    chance = draw(st.integers(0, 9))
    due = draw(st.sampled_from(("2023", "2025", "throughout", "every_year")))
    where = draw(st.sampled_from(("", "", "where: a >= 2 张\n", "where: y\n", "where: size > 100 人\n")))
    if chance == 0:
        return f"each: home\n{where}holds: {draw(st.sampled_from(('y', 'a >= b', 'y and p >= 80 %')))}\ndue: {due}\n"
    form, targets = draw(st.sampled_from(ASKED))
    each = "town" if form.startswith("sum") else "home"
    targets = tuple(target for target in targets)
    if chance == 1 and len(targets) > 1 and "b" not in targets:
        return f"each: {each}\nmeasure: {form}\nbetween: [{targets[0]}, {targets[1]}]\ndue: {due}\n"
    target, key = draw(st.sampled_from(targets)), draw(st.sampled_from(KEYS))
    where = where if each == "home" else ""
    return f"each: {each}\n{where}measure: {form}\n{key}: {target}\ndue: {due}\n"


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, list[dict[str, str]], str]:
    """Draw a plan, the rows of its homes, and waivers."""
    texts = draw(st.lists(promises(), min_size=1, max_size=3))
    written = "".join(
        f"- id: c{n}\n  title: {{zh: 承诺, en: Promise}}\n  cite: {{section: 一, phrase: 承诺}}\n"
        + "".join(f"  {line}\n" for line in text.splitlines())
        for n, text in enumerate(texts)
    )
    count = draw(st.integers(1, 12))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=count, max_size=count, unique=True))
    rows = []
    for name in names:
        row = {"name": name, "in": draw(st.sampled_from(("东镇", "西镇")))}
        for measure, values in VALUES.items():
            row[measure] = draw(st.sampled_from((*values, *values, "", ABSENT if measure in "az" else "")))
            if row[measure] == ABSENT:
                row[measure] += draw(st.sampled_from(("late", "not_collected")))
        row["note"] = draw(st.sampled_from(("", "", "", "初步数", "附言", "“约”,", "=1")))
        row["evidence"] = draw(st.sampled_from(("", "", "附件3")))
        rows.append(row)
    return plan_text(MEASURES.replace("- {id: s,", "#"), written, head=HEAD), rows, draw(st.sampled_from(("zh", "en")))


def one_by_one(result: Result) -> Iterator[AlikeRows]:
    """Return the rows of a result as if none was like another."""
    return (replace(part, rows=part.rows.with_columns(alike=False)) for part in result.find_alike())


def written(outcome: CheckOutcome, lang: str) -> dict[str, str]:
    """Return an outcome in each format."""
    found = {}
    for name in FORMATS:
        stream = io.StringIO()
        write_report("check", name, outcome, lang, stream)
        found[name] = stream.getvalue()
    return found


def judged(folder: Path, plan: str, rows: list[dict[str, str]], more: int = 0) -> CheckOutcome:
    """Judge homes of two towns in a CSV folder; `more` is how many no sheet lists."""
    (folder / "demo.plan.yaml").write_text(plan, encoding="utf-8")
    head = f"plan: demo\nsubject: 某区\nyear: 2023\nregisters: {{town: 2, home: {len(rows) + more}}}\nfacts: {{}}\n"
    towns = [{"name": "东镇", "size": "100 人"}, {"name": "西镇", "size": ""}]
    sheet = csv_folder(folder / "sheet", head, {"town": towns, "home": rows})
    return run(CheckRequest(plan=str(folder / "demo.plan.yaml"), sheets=(sheet,)))


@settings(max_examples=40)
@given(asked())
def test_findings_that_are_alike_are_written_as_one_by_one(drawn: tuple[str, list[dict[str, str]], str]) -> None:
    """Of random plans and tables every format is, text for text, what it is when each finding is worded by itself."""
    plan, rows, lang = drawn
    with tempfile.TemporaryDirectory() as folder:
        outcome = judged(Path(folder), plan, rows, more=1)
        assert outcome.result is not None, [problem.text("en") for problem in outcome.problems]
        result = outcome.result
        alone = replace(outcome, result=replace(result, find_alike=lambda: one_by_one(result)))
        assert written(alone, lang) == written(outcome, lang)


PROMISES = {
    "share": "measure: a / b\nat_least: 2 %", "staff": "measure: a / b\nat_least: '1:4'", "most": "measure: a - b\nat_most: 20 张",
    "both": 'measure: a / b\nbetween: ["50 %", "80 %"]', "rate": "measure: p\nmore_than: 80 %", "same": "measure: a\nexactly: 50 张",
    "third": "measure: a / b\nat_least: '1:3'", "money": "measure: c / a\nat_most: 3000 元/张",
    "half": "measure: a + 0.5 * b\nat_least: 1 百张",
}  # fmt: skip


def many(rows: int) -> tuple[str, list[dict[str, str]]]:
    """Return a plan, and homes with figures of every size; of some a figure is missing."""
    random = Random(7)
    plan = "".join(
        f"- id: {name}\n  title: {{zh: 承诺, en: Promise}}\n  cite: {{section: 一, phrase: 承诺}}\n  each: home\n"
        + "".join(f"  {line}\n" for line in keys.splitlines()) + "  due: throughout\n"
        for name, keys in PROMISES.items()
    )  # fmt: skip
    homes = [
        {
            "name": f"院{n}", "in": "东镇", "a": f"{random.randint(0, 60) ** random.randint(1, 3)} 张",
            "b": "" if n % 50 == 7 else f"{random.randint(0, 80)} 张", "c": f"{random.randint(0, 99999) / 1000:.3f} 万元",
            "p": f"{random.randint(7900, 8100) / 100:.2f} %",
        }
        for n in range(rows)
    ]  # fmt: skip
    return plan_text(MEASURES.replace("- {id: s,", "#"), plan, head=HEAD), homes


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_register_is_explained_by_a_few_of_its_rows(tmp_path: Path, lang: str) -> None:
    """Of hundreds of homes with figures of their own few are explained, and every text is as if all were."""
    outcome = judged(tmp_path, *many(120))
    assert outcome.result is not None
    result, explained = outcome.result, list[int]()

    def explain(row: int) -> Finding:
        explained.append(row)
        return result.explain(row)

    counted = replace(outcome, result=replace(result, explain=explain))
    found = written(counted, lang)
    assert 9 * 120 == result.table.height
    assert len(explained) < 3 * 220, len(explained)
    alone = replace(outcome, result=replace(result, find_alike=lambda: one_by_one(result)))
    assert written(alone, lang) == found


def test_rows_in_slices_are_alike_as_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken out of their columns five at a time, homes of which every other one is waived are written as one by one."""
    monkeypatch.setattr("dabiao.engine.alike.SLICE", 5)
    plan, homes = many(12)
    terms = "year: 2023, reason: 停业装修, authority: 区民政局, expires: 2030-01-01"
    waivers = "".join(f"- {{commitment: rate, subject: 院{n}, {terms}}}\n" for n in range(0, 12, 2))
    outcome = judged(tmp_path, f"{plan}waivers:\n{waivers}", homes)
    assert outcome.result is not None
    result = outcome.result
    short = {home["name"] for home in homes[::2] if float(home["p"].split()[0]) <= 80}
    assert short == {f.subject for f in result.findings() if f.verdict == "waived"}
    assert 1 < len(short) < 6
    assert {False} == {not alike for part in result.find_alike() for alike in part.rows["alike"]}
    alone = replace(outcome, result=replace(result, find_alike=lambda: one_by_one(result)))
    assert written(alone, "en") == written(outcome, "en")


def test_a_changed_figure_stands_at_its_own_place(tmp_path: Path) -> None:
    """Where a scenario sets a figure of a table no row is like another: the place of that figure is the scenario's."""
    plan, homes = many(6)
    outcome = judged(tmp_path, plan, homes)
    assert outcome.result is not None
    loaded = outcome.result.plan
    change = Change("某区", "home", "院2", 2023, "a", Fraction(7), Location("scenario.yaml", 1, 1))
    result = check(loaded, apply_changes(read_facts(tmp_path / "sheet", loaded), Changes([change])))

    assert {True} == {not alike for part in result.find_alike() for alike in part.rows["alike"]}


OWN = "each: home\nmeasure: a\nat_least: 50 张\ndue: throughout"


@pytest.mark.parametrize(
    ("years", "keys", "alike"),
    [
        ((2022, 2023), OWN, True),
        ((2020, 2023), OWN, False),
        ((2022, 2023), OWN.replace("throughout", "2025"), False),
        ((2022, 2023), OWN.replace("measure: a", "measure: c").replace("张", "万元"), True),  # more digits than floats
        ((2022, 2023), OWN.replace("50 张", "last(a)"), False),
        ((2022, 2023), OWN.replace("measure: a", "measure: a - baseline(a)"), False),
        ((2022, 2023), "each: home\nmeasure: p\ndirection: increase\nagainst: baseline\ndue: throughout", False),
        ((2022, 2023), "each: town\nmeasure: sum(a of home)\nat_least: 50 张\ndue: throughout", False),
        ((2022, 2023), "measure: sum(a of home)\nat_least: 50 张\ndue: throughout", False),
        ((2023,), "each: home\nmeasure: s\nexactly: one\ndue: throughout", True),
        ((2023,), "each: home\nmeasure: p\nat_least: 99 %\ndue: 2024", True),
        ((2023,), "each: home\nmeasure: a / b\nat_least: 500 %\ndue: throughout", True),  # some lack as many as times
        ((2020,), "each: home\nmeasure: p / (p / q) + p\nat_least: 99 %\ndue: throughout", True),  # some have no value
    ],
)
def test_findings_are_alike_if_they_look_at_own_figures_of_the_year(
    tmp_path: Path, years: tuple[int, ...], keys: str, alike: bool
) -> None:
    """What looks at other years, a limit, or what is counted below is told row by row, and every text is the same."""
    plan = "- id: one\n  title: {zh: 承诺, en: Promise}\n  cite: {section: 一, phrase: 承诺}\n" + "".join(
        f"  {line}\n" for line in keys.splitlines()
    )
    homes = [
        {
            "name": f"院{n}", "in": "东镇", "a": f"{n} 张", "b": f"{n % 4} 张", "c": f"4{n}.00000000000000000001 万元",
            "p": f"{n * 9} %", "q": f"{n % 4} ‰", "s": "一" if n % 3 else "无",
        }
        for n in range(12)
    ]  # fmt: skip
    earlier = [{**home, "a": f"{n * n} 张"} for n, home in enumerate(homes)]
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, plan, head=HEAD), encoding="utf-8")
    sheets = [
        csv_folder(tmp_path / str(year), f"plan: demo\nsubject: 某区\nyear: {year}\n", {"town": [{"name": "东镇"}], "home": rows})
        for year, rows in zip(reversed(years), (homes, earlier), strict=False)
    ]  # fmt: skip
    outcome = run(CheckRequest(plan=str(tmp_path / "demo.plan.yaml"), sheets=tuple(sheets)))
    assert outcome.result is not None, [problem.text("en") for problem in outcome.problems]
    result = outcome.result
    assert alike == any(part.rows["alike"].any() for part in result.find_alike())
    alone = replace(outcome, result=replace(result, find_alike=lambda: one_by_one(result)))
    assert written(alone, "en") == written(outcome, "en")


def test_a_line_of_json_has_the_columns_of_the_table(tmp_path: Path) -> None:
    """Every line of `jsonl` is an object with the columns of `csv`, numbers exact, booleans and nulls as such."""
    outcome = judged(tmp_path, *many(60))
    texts = written(outcome, "en")
    lines: list[dict[str, Any]] = [json.loads(line) for line in texts["jsonl"].splitlines()]
    rows = list(csv.DictReader(io.StringIO(texts["csv"].removeprefix("\ufeff"))))
    assert len(rows) == len(lines)
    for row, line in zip(rows, lines, strict=True):
        assert list(row) == list(line)
        for name, cell in row.items():
            value = line[name]
            shown = (
                "" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
            )
            assert cell.removeprefix("'") == shown.replace("/", "÷" if name in ("actual", "gap", "completion") else "/")
    assert {"1/3", None} & {line["actual"] for line in lines}


def test_the_page_makes_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1,600 homes the page explains and counts those that it shows, 200 a table, and no more."""
    promise = (
        "- id: beds\n  title: {zh: 承诺, en: Promise}\n  cite: {section: 一, phrase: 承诺}\n"
        "  each: home\n  measure: a\n  at_least: 50 张\n  due: throughout\n"
    )
    homes = [{"name": f"院{n}", "in": "东镇", "a": f"{n % 60} 张"} for n in range(1_600)]
    outcome = judged(tmp_path, plan_text(MEASURES.replace("- {id: s,", "#"), promise, head=HEAD), homes)
    assert outcome.result is not None
    result, explained, counted = outcome.result, set[int](), list[Tally]()

    def explain(row: int) -> Finding:
        explained.add(row)
        return result.explain(row)

    def count(*values: Any) -> Tally:
        counted.append(Tally(*values))
        return counted[-1]

    monkeypatch.setattr("dabiao.engine.views.Tally", count)
    stream = io.StringIO()
    write_report("check", "html", replace(outcome, result=replace(result, explain=explain)), "en", stream)
    assert "院0" in stream.getvalue()
    assert 200 <= len(explained) < 3 * 200
    assert 200 <= len(counted) < 3 * 200
