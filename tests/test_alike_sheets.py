"""Findings on root subjects, each with a sheet of its own, are written once for all of them: as they are written one by one."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from dabiao.engine.requests import CheckRequest
from dabiao.engine.results import Finding
from dabiao.engine.run import run
from dabiao.facts.layout import LIST
from helpers import covered_book, plan_text
from hypothesis import given, settings
from hypothesis import strategies as st
from test_alike import MEASURES, NAMES, VALUES, one_by_one, promises, written

OWN = "".join(
    line.replace("of: home, ", "")
    for line in MEASURES.splitlines(keepends=True)
    if "of: home" in line and "id: s," not in line
)
PLACES = ("{}.facts.yaml", "{}.xlsx", "a,{}.facts.yaml", "“{}” x.facts.yaml", "县/{}.facts.yaml")


@st.composite
def districts(draw: st.DrawFn) -> tuple[str, list[tuple[str, str, dict[str, object]]], str]:
    """Draw a plan, the sheets of some districts (place, name, facts), and a language."""
    own = promises().filter(lambda text: "sum(" not in text and "size" not in text)
    texts = draw(st.lists(own.map(lambda text: text.replace("each: home\n", "")), min_size=1, max_size=3))
    plan = "".join(
        f"- id: c{n}\n  title: {{zh: 承诺, en: Promise}}\n  cite: {{section: 一, phrase: 承诺}}\n"
        + "".join(f"  {line}\n" for line in text.splitlines())
        for n, text in enumerate(texts)
    )
    sheets = []
    for number, name in enumerate(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True))):
        facts: dict[str, object] = {}
        for measure, values in VALUES.items():
            value = draw(st.sampled_from((*values, *values, *values, None, "note", "late")))
            if value == "note":
                facts[measure] = {"value": values[0], "note": "初步数", "evidence": "附件3"}
            elif value == "late":
                facts[measure] = {"absent": "late"}
            elif value is not None:
                facts[measure] = value
        place = draw(st.sampled_from((*PLACES[:2], *PLACES[:2], *PLACES[2:]))).format(number)
        if draw(st.integers(0, 4)):
            sheets.append((place, name, facts))
        else:  # on two sheets
            halves = [{m: fact for m, fact in facts.items() if (m in "abc") is first} for first in (True, False)]
            sheets += [(f"{at}-{number}.facts.yaml", name, half) for at, half in enumerate(halves)]
    return plan_text(OWN, plan), sheets, draw(st.sampled_from(("zh", "en")))


def write(file: Path, name: str, facts: dict[str, object]) -> None:
    """Write a sheet: YAML, or a workbook with the figures that are plain."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix != ".xlsx":
        lines = [f"plan: demo\nsubject: {json.dumps(name, ensure_ascii=False)}\nyear: 2023\nfacts:\n"]
        lines += [f"  {measure}: {json.dumps(fact, ensure_ascii=False)}\n" for measure, fact in facts.items()]
        file.write_text("".join(lines) if facts else lines[0].replace("facts:\n", "facts: {}\n"), encoding="utf-8")
        return
    book = covered_book(year=2023, name=name)
    table = book.create_sheet("区")
    table.append([LIST["id"].say("zh"), LIST["value"].say("zh")])
    plain = {measure: fact for measure, fact in facts.items() if isinstance(fact, str)}
    for measure, fact in (plain or {"a": "1 张"}).items():
        table.append([measure, fact])
    book.save(file)


@settings(max_examples=40, deadline=None)
@given(districts())
def test_findings_on_many_sheets_are_written_as_one_by_one(
    drawn: tuple[str, list[tuple[str, str, dict[str, object]]], str],
) -> None:
    """Of random plans and districts every format is, text for text, what it is when each finding is worded by itself."""
    plan, sheets, lang = drawn
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "demo.plan.yaml").write_text(plan, encoding="utf-8")
        for place, name, facts in sheets:
            write(folder / "sheets" / place, name, facts)
        outcome = run(CheckRequest(plan=str(folder / "demo.plan.yaml"), sheets=(folder / "sheets",)))
        assert outcome.result is not None, [problem.text("en") for problem in outcome.problems]
        result = outcome.result
        alone = replace(outcome, result=replace(result, find_alike=lambda: one_by_one(result)))
        assert written(alone, lang) == written(outcome, lang)


def test_a_hundred_districts_are_explained_by_a_few(tmp_path: Path) -> None:
    """A hundred sheets with a figure each: one finding of each verdict is explained, and each has its own file."""
    plan = "- id: c\n  title: {zh: 承诺, en: Promise}\n  cite: {section: 一, phrase: 承诺}\n  measure: a\n  at_least: 50 张\n  due: 2023\n"
    (tmp_path / "demo.plan.yaml").write_text(plan_text(OWN, plan), encoding="utf-8")
    for number in range(100):
        write(tmp_path / "sheets" / f"{number}.facts.yaml", f"区{number}", {"a": f"{number} 张"})
    outcome = run(CheckRequest(plan=str(tmp_path / "demo.plan.yaml"), sheets=(tmp_path / "sheets",)))
    assert outcome.result is not None
    result, explained = outcome.result, list[int]()

    def explain(row: int) -> Finding:
        explained.append(row)
        return result.explain(row)

    found = written(replace(outcome, result=replace(result, explain=explain)), "en")
    assert len(explained) < 3 * 8, len(explained)
    places = [json.loads(line)["file"] for line in found["jsonl"].splitlines()]
    assert [str(tmp_path / "sheets" / f"{number}.facts.yaml") for number in range(100)] == sorted(
        places, key=lambda file: int(Path(file).stem.partition(".")[0])
    )


def test_homes_of_one_name_in_two_districts_of_a_data_set_have_their_own_district(tmp_path: Path) -> None:
    """Two homes with the same name and figures differ in the district alone, in every format as one by one."""
    plan = "- id: c\n  title: {zh: 承诺, en: Promise}\n  cite: {section: 一, phrase: 承诺}\n  each: home\n  measure: a\n  at_least: 50 张\n  due: 2023\n"
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, plan), encoding="utf-8")
    head = "plan: demo\nregisters: {home: complete}\ndataset: [{kind: home, files: homes.csv}]\n"
    (tmp_path / "set.facts.yaml").write_text(head, encoding="utf-8")
    rows = "".join(f"{district},2023,{home},7 张\n" for district in ("东区", "西区") for home in ("甲院", "乙院"))
    (tmp_path / "homes.csv").write_text(f"subject,year,name,a\n{rows}", encoding="utf-8")
    outcome = run(CheckRequest(plan=str(tmp_path / "demo.plan.yaml"), sheets=(tmp_path / "set.facts.yaml",)))
    assert outcome.result is not None, [problem.text("en") for problem in outcome.problems]
    result = outcome.result

    found = written(outcome, "zh")
    assert written(replace(outcome, result=replace(result, find_alike=lambda: one_by_one(result))), "zh") == found
    lines = [json.loads(line) for line in found["jsonl"].splitlines()]
    places = [(line["root"], line["subject"]) for line in lines if line["kind"] == "home"]
    assert [("东区", "甲院"), ("东区", "乙院"), ("西区", "甲院"), ("西区", "乙院")] == places
