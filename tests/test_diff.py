"""Diff: what changed between two versions of a plan, or between its texts in force on two days."""

from __future__ import annotations

import io
import json
from dataclasses import FrozenInstanceError, fields
from datetime import date
from pathlib import Path

import pytest
from dabiao.base.messages import catalogue
from dabiao.commands.outputs import write_report
from dabiao.reports.diff import say_difference
from dabiao.rules import written as w
from dabiao.rules.amend import in_force
from dabiao.rules.diff import Difference, diff
from dabiao.rules.load import find_shipped_plans, parse_plan
from dabiao.rules.model import Plan
from dabiao.rules.services import ComparedPlans
from helpers import HEAD, commitment, load_plan, measure, plan_text

RATE = measure("rate", 'unit: "%", baseline: 40 %')
PEOPLE = measure("people", "unit: 人")
REHAB = measure("rehab", "yes_no: true", of="town")
MEASURES = RATE + PEOPLE + REHAB
BODY = "measure: rate\nat_least: 80 %\ndue: 2024"


def plans(old: str, new: str) -> tuple[Plan, Plan]:
    """Load two plan texts as files of different names."""
    return parse_plan(old, "old.plan.yaml"), parse_plan(new, "new.plan.yaml")


def changed(old: str, new: str, measures: str = MEASURES) -> list[Difference]:
    """Return the differences between two plans with one commitment `a` each."""
    texts = (plan_text(measures, commitment("a", body)) for body in (old, new))
    return list(diff(*plans(*texts)))


def said(found: list[Difference], lang: str = "en") -> list[str]:
    """Say every difference."""
    return [say_difference(difference, lang) for difference in found]


def text_at(difference: Difference, old: str, new: str) -> tuple[str, str]:
    """Return what stands at both places of a difference."""
    assert difference.old_where is not None and difference.new_where is not None
    pairs = ((old, difference.old_where), (new, difference.new_where))
    return tuple(text.splitlines()[location.line - 1][location.column - 1 :] for text, location in pairs)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("at_least: 80 %", "at_least: 85 %", "target 80 % → 85 %"),
        ("at_least: 80 %", "more_than: 80 %", "comparator at least → more than"),
        ("due: 2024", "due: 2025", "due 2024 → 2025"),
        ("due: 2024", "due: every_year", "due 2024 → every year"),
        ("due: 2024", "due: 2024\nnature: binding", "nature (not stated) → binding"),
        ("due: 2024", "due: 2024\nstrength: must", "strength (not stated) → must"),
        ("due: 2024", "due: 2024\nimplied: true", "due time implied (not stated) → yes"),
        ("due: 2024", "due: 2024\nduty: 民政局", "duty (not stated) → 民政局"),
        ("measure: rate", "measure: share(rehab of town)", "measure rate → share(rehab of town)"),
        ("due: 2024", "due: 2024\nwhere: people > 5 人", "condition (not stated) → people > 5 人"),
        ("due: 2024", "due: {after: people > 5 人}", "due 2024 → after: people > 5 人"),
        ("due: 2024", "due: 2024\nnote: {zh: 注, en: Note}", "note (not stated) → 注 / Note"),
        ("due: 2024", "due: 2024\npace: {path: step}", "pace (not stated) → path: step"),
        ("due: 2024", "due: 2024\nreading: {chosen: 甲, other: 乙, why: 丙}",
         "reading (not stated) → chosen: 甲, other: 乙, why: 丙"),
        ("due: 2024", "due: 2024\ntier: {is: task, why: 丙}", "tier (not stated) → is: task, why: 丙"),
    ],
)  # fmt: skip
def test_one_change_is_one_difference(old: str, new: str, sentence: str) -> None:
    """Each change of a commitment is one difference, in words, and the way back is its mirror."""
    after = BODY.replace(old, new)
    assert after != BODY
    [difference] = changed(BODY, after)
    assert f"commitment 'Commitment' [a]: {sentence}" == say_difference(difference, "en")
    [back] = changed(after, BODY)
    assert (difference.old, difference.new, difference.aspect) == (back.new, back.old, back.aspect)


def test_words_in_chinese() -> None:
    """A difference reads in Chinese, with the words of the plan language in Chinese too."""
    found = changed(BODY, BODY.replace("at_least: 80 %", "more_than: 85 %"))
    assert ["承诺“承诺”[a]：比较方式由 不少于 改为 超过", "承诺“承诺”[a]：目标由 80 % 改为 85 %"] == said(found, "zh")


def test_places_are_those_of_the_values() -> None:
    """Both places of a difference point at the changed value itself."""
    old, new = (plan_text(MEASURES, commitment("a", body)) for body in (BODY, BODY.replace("80 %", "85 %")))
    [difference] = diff(*plans(old, new))
    assert ("80 %", "85 %") == text_at(difference, old, new)
    assert ("old.plan.yaml", "new.plan.yaml") == (difference.old_where.file, difference.new_where.file)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("at_least: 80 %", "between: [80 %, 90 %]",
         ["comparator at least → between", "target 80 % → 80 %; 90 %"]),
        ("at_least: 80 %", "direction: increase",
         ["comparator at least → direction only", "target 80 % → increase"]),
        ("measure: rate\nat_least: 80 %", "holds: rate >= 80 %",
         ["comparator at least → a condition that holds", "target 80 % → rate >= 80 %", "measure rate → (not stated)"]),
        ("at_least: 80 %\ndue: 2024", "staged: [{year: 2022, at_least: 60 %}, {year: 2024, at_least: 80 %}]",
         ["comparator at least → staged", "target 80 % → 2022 at_least: 60 %; 2024 at_least: 80 %",
          "due 2024 → (not stated)"]),
    ],
)  # fmt: skip
def test_another_kind_of_target(old: str, new: str, expected: list[str]) -> None:
    """A target of another kind is told as such, with what was and what is asked for."""
    found = said(changed(BODY, BODY.replace(old, new)))
    assert [f"commitment 'Commitment' [a]: {one}" for one in expected] == found


def test_direction_and_what_it_is_measured_from() -> None:
    """A direction and what it is measured from are two aspects."""
    old = "measure: rate\ndirection: increase\ndue: every_year"
    new = "measure: rate\ndirection: no_decrease\nagainst: last_year\ndue: every_year"
    assert [
        "commitment 'Commitment' [a]: target increase → no decrease",
        "commitment 'Commitment' [a]: measured from (not stated) → the year before",
    ] == said(changed(old, new))


@pytest.mark.parametrize("new", ["80%", "８０ %", "  80 %  "])
def test_spaces_and_full_width_signs_make_no_difference(new: str) -> None:
    """A target that differs only in spaces or full-width signs is the same."""
    assert [] == changed(BODY, BODY.replace("80 %", new))


def test_the_same_value_written_differently_is_marked() -> None:
    """0.28 万人 and 2800 人 is a change of wording, marked as the same value; 2801 people is not."""
    old = "measure: people\nat_least: 2800 人\ndue: 2025"
    [same] = changed(old, old.replace("2800 人", "0.28 万人"))
    [other] = changed(old, old.replace("2800 人", "0.2801 万人"))
    assert (True, False) == (same.same_value, other.same_value)
    assert (
        "commitment 'Commitment' [a]: target 2800 人 → 0.28 万人 (written differently, the same value)"
        == say_difference(same, "en")
    )


def test_the_same_expression_written_differently_is_marked() -> None:
    """A measure whose terms were only put in another order is the same value."""
    measures = measure("x") + measure("y")
    old = "measure: x + y\nat_least: 5 张\ndue: 2025"
    [same] = changed(old, old.replace("x + y", "y + x"), measures)
    [other] = changed(old, old.replace("x + y", "x - y"), measures)
    assert (("measure", True), ("measure", False)) == tuple((d.aspect, d.same_value) for d in (same, other))


def test_citation() -> None:
    """A changed wording of the citation is told, section and phrase apart."""
    old = plan_text(MEASURES, commitment("a", BODY))
    new = old.replace("{section: 第一部分 一, phrase: 承诺}", "{section: 第一部分 二, phrase: 新的承诺}")
    found = list(diff(*plans(old, new)))
    assert [
        "commitment 'Commitment' [a]: citation · section 第一部分 一 → 第一部分 二",
        "commitment 'Commitment' [a]: citation · phrase 承诺 → 新的承诺",
    ] == said(found)
    assert ("承诺}", "新的承诺}") == text_at(found[1], old, new)


def test_added_removed_and_moved() -> None:
    """A commitment added or removed is told with its place; one that only moved is not."""
    one, two, three = (commitment(name, BODY) for name in ("one", "two", "three"))
    old, new = plan_text(MEASURES, one + two), plan_text(MEASURES, two + three)
    added, removed = diff(*plans(old, new))
    assert ["added: commitment 'Commitment' [three]", "removed: commitment 'Commitment' [one]"] == said(
        [added, removed]
    )
    assert (None, "new.plan.yaml") == (added.old_where, added.new_where.file)
    assert ("old.plan.yaml", None) == (removed.old_where.file, removed.new_where)
    assert () == diff(*plans(old, plan_text(MEASURES, two + one)))


CHANGES = [
    ("register: 3", "register: 4", "kind of subject 'town': register 3 → 4"),
    ("register: 3", "register: [甲, 乙, 丙]", "kind of subject 'town': register 3 → 甲, 乙, 丙"),
    ("register: 3", "register: reported", "kind of subject 'town': register 3 → as reported"),
    ("unit: 人", "unit: 万人", "measure 'people measure' [people]: unit 人 → 万人"),
    ("baseline: 40 %", "baseline: 45 %", "measure 'rate measure' [rate]: baseline 40 % → 45 %"),
    ("formula: people / 2", "formula: people / 3", "measure 'half': formula people / 2 → people / 3"),
    ("yes_no: true", "unit: 家", None),
    ("level: alert", "level: sanction", "consequence 'Outcome' [out]: level alert → sanction"),
    ("verdict: behind", "verdict: shortfall",
     "consequence 'Outcome' [out]: conditions commitment: a, verdict: behind → commitment: a, verdict: shortfall"),
    ("version: \"1\"", "version: \"2\"", "plan: version 1 → 2"),
    ("to: 2025", "to: 2026", "plan: period · to 2025 → 2026"),
    ("baseline: 2020", "baseline: 2019", "plan: baseline 2020 → 2019"),
    ("id: issued, title: {zh: 已印发, en: issued}", "id: issued, title: {zh: 已公布, en: issued}", None),
    ("effective: 2023-07-01", "effective: 2023-08-01", "amendment 'rev': effective 2023-07-01 → 2023-08-01"),
    ("reason: 改造停业", "reason: 停业", "waiver 'a/某区/2023': reason 改造停业 → 停业"),
    ("reason: 背景", "reason: 回顾", "passage left out '过去': reason 背景 → 回顾"),
]  # fmt: skip

FULL = plan_text(
    MEASURES + "- {id: half, title: {zh: half, en: half}, unit: 人, formula: people / 2}\n",
    commitment("a", BODY),
    """\
consequences:
  - {id: out, title: {zh: 后果, en: Outcome}, level: alert, when: [{commitment: a, verdict: behind}]}
amendments:
  - {id: rev, effective: 2023-07-01, authority: 区政府, changes: [{commitment: a, at_least: 85 %, due: 2025}]}
waivers:
  - {commitment: a, subject: 某区, year: 2023, reason: 改造停业, authority: 民政局, expires: 2024-03-31}
left_out:
  - {phrase: 过去, reason: 背景}
""",
)


@pytest.mark.parametrize(("old", "new", "sentence"), CHANGES)
def test_everything_else_in_a_plan(old: str, new: str, sentence: str | None) -> None:
    """Registers, measures, ladders, consequences, the head, amendments, waivers and passages are compared as well."""
    after = FULL.replace(old, new, 1)
    assert after != FULL
    found = list(diff(*plans(FULL, after)))
    assert found
    if sentence is not None:
        assert [sentence] == said(found)


def test_removed_items_of_every_sort() -> None:
    """What is no longer there is told, whatever it is."""
    bare = plan_text(MEASURES, commitment("a", BODY), head=HEAD)
    removed = {(d.about, d.id) for d in diff(*plans(FULL, bare)) if d.change == "removed"}
    assert {
        ("measure", "half"), ("consequence", "out"), ("amendment", "rev"), ("waiver", "a/某区/2023"), ("left_out", "过去"),
    } == removed  # fmt: skip


def test_measures_of_two_kinds_are_told_apart() -> None:
    """A measure with the same id on another kind is another measure, named with its kind."""
    body = commitment("a", "measure: beds\nat_least: 5 张\ndue: 2025")
    old = plan_text(measure("beds") + measure("beds", of="home"), body)
    new = plan_text(measure("beds") + measure("beds", "unit: 百张", of="home"), body)
    [difference] = diff(*plans(old, new))
    assert ("home.beds", "张", "百张") == (difference.id, difference.old, difference.new)


def test_two_days_of_one_plan() -> None:
    """The text in force on two days differs by the amendments between them, whose place is the new one."""
    plan = parse_plan(FULL, "demo.plan.yaml")
    found = list(diff(in_force(plan, date(2023, 6, 30)), in_force(plan, date(2023, 7, 1))))
    assert [
        "commitment 'Commitment' [a]: target 80 % → 85 %",
        "commitment 'Commitment' [a]: due 2024 → 2025",
    ] == said(found)
    assert FULL[: FULL.index("85 %")].count("\n") + 1 == found[0].new_where.line
    assert FULL[: FULL.index("80 %")].count("\n") + 1 == found[0].old_where.line
    assert () == diff(in_force(plan, date(2023, 7, 1)), in_force(plan, date(2024, 7, 1)))


def test_an_amendment_of_the_comparator() -> None:
    """An amendment that brings another comparator is told as such, and is a real change."""
    plan = parse_plan(FULL.replace("at_least: 85 %, due: 2025}", "more_than: 80 %}"))
    found = list(diff(plan, in_force(plan, date(2024, 1, 1))))
    assert ["commitment 'Commitment' [a]: comparator at least → more than"] == said(found)
    [bound] = in_force(plan, date(2024, 1, 1)).commitments["a"].bounds
    assert ">" == bound.operator


def test_a_withdrawn_commitment_is_removed() -> None:
    """A commitment withdrawn by an amendment is removed, and so is the consequence that hung on it."""
    rest = FULL[FULL.index("consequences:") :].replace("at_least: 85 %, due: 2025}", "withdrawn: true}")
    text = plan_text(MEASURES, commitment("a", BODY) + commitment("b", BODY), rest)
    plan = parse_plan(text)
    removed = {(d.about, d.id, d.change) for d in diff(plan, in_force(plan, date(2024, 1, 1)))}
    assert {
        ("commitment", "a", "removed"),
        ("consequence", "out", "removed"),
        ("waiver", "a/某区/2023", "removed"),
    } == removed


def test_nothing_changed() -> None:
    """Every shipped plan equals itself, read twice."""
    for name in find_shipped_plans():
        assert () == diff(load_plan(name), load_plan(name)), name


def test_parts_may_be_moved_to_another_file(tmp_path: Path) -> None:
    """A commitment that moves to a part of the plan is no difference."""
    whole = plan_text(MEASURES, commitment("a", BODY) + commitment("b", BODY))
    main = plan_text(MEASURES, commitment("a", BODY)) + "parts: [demo.care.yaml]\n"
    part = "part_of: demo\n" + plan_text("", commitment("b", BODY), head="")
    (tmp_path / "demo.care.yaml").write_text(part, encoding="utf-8")
    (tmp_path / "demo.plan.yaml").write_text(main, encoding="utf-8")
    split = load_plan(tmp_path / "demo.plan.yaml")
    assert {"a", "b"} == set(split.commitments)
    assert () == diff(parse_plan(whole), split)


def test_differences_are_frozen() -> None:
    """A difference cannot be changed."""
    [difference] = changed(BODY, BODY.replace("80 %", "85 %"))
    with pytest.raises(FrozenInstanceError):
        difference.old = "90 %"  # type: ignore[misc]


def test_every_key_of_the_language_has_a_name() -> None:
    """Each key that can differ has a name in both languages, so that no new key is compared without words."""
    forms = (
        w.Plan, w.Document, w.Period, w.Subject, w.Ladder, w.Measure, w.Commitment, w.Cite, w.Reading, w.Consequence,
        w.ChosenTier, w.DataCheck, w.Amendment, w.Waiver, w.LeftOut,
    )  # fmt: skip
    told_as_target = {
        "at_least",
        "at_most",
        "more_than",
        "less_than",
        "exactly",
        "between",
        "direction",
        "staged",
        "holds",
    }
    lists = {
        "subjects",
        "ladders",
        "measures",
        "commitments",
        "consequences",
        "checks",
        "amendments",
        "waivers",
        "left_out",
        "parts",
    }
    keys = {f.metadata.get("name") or f.name for form in forms for f in fields(form) if not f.metadata.get("internal")}
    assert set() == {key for key in keys - told_as_target - lists if f"diff.key.{key}" not in catalogue("en")}


def written(form: str, old: Plan, new: Plan, lang: str) -> str:
    """Return a report of what changed."""
    stream = io.StringIO()
    write_report("plan-difference", form, ComparedPlans(old=old, new=new, differences=diff(old, new)), lang, stream)
    return stream.getvalue()


def test_text_output() -> None:
    """The text output names both versions, groups by sort with counts, and gives both places of each change."""
    old, new = plans(FULL, FULL.replace("80 %", "90 %").replace("register: 3", "register: 4"))
    lines = written("text", old, new, "en").splitlines()
    assert "Demo plan (version 1) → Demo plan (version 1)" == lines[0]
    assert ["kind of subject (1)", "commitment (1)"] == [
        line for line in lines if line.endswith(")") and line[0].islower()
    ]
    at = lines.index("  commitment 'Commitment' [a]: target 80 % → 90 %")
    line = old.commitments["a"].location.line + 4
    assert f"    old.plan.yaml:{line}:15 → new.plan.yaml:{line}:15" == lines[at + 1]


def test_text_output_without_changes() -> None:
    """Two equal plans are said to be equal."""
    assert "没有变化" == written("text", *plans(FULL, FULL), "zh").splitlines()[-1]


def test_json_output() -> None:
    """The JSON output is versioned and holds values as written, places and the sentence."""
    plan = parse_plan(FULL, "demo.plan.yaml")
    found = json.loads(written("json", plan, in_force(plan, date(2024, 1, 1)), "zh"))
    assert ("dabiao/differences/1", [], ["rev"]) == (
        found["format"], found["old"]["amendments"], found["new"]["amendments"],
    )  # fmt: skip
    target = found["differences"][0]
    assert ("commitment", "a", "changed", "target", "80 %", "85 %", False) == tuple(
        target[key] for key in ("about", "id", "change", "aspect", "old", "new", "same_value")
    )
    assert "承诺“承诺”[a]：目标由 80 % 改为 85 %" == target["sentence"]
    assert target["old_place"].startswith("demo.plan.yaml:")
