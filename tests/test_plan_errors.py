"""What is wrong with a plan: every error has a name, a place, and the nearest known name where there is one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from dabiao.base.files import Upload
from dabiao.base.limit_options import parse_limits
from dabiao.base.limits import limits, use_limits
from dabiao.base.messages import catalogue
from dabiao.base.problems import Problem, Refused
from dabiao.cli import main
from dabiao.rules.load import load_plan, load_waivers, parse_plan
from helpers import HEAD, ROOT, commitment, measure, plan_text

MEASURES = (
    measure("beds", of="home")
    + measure("rate", 'unit: "%"')
    + measure("orgs", "unit: 家, baseline: 5 家")
    + measure("people", "unit: 万人")
    + measure("stars", "ladder: rating", of="home")
    + measure("regulation", "ladder: deliverable")
    + measure("sort", "options: [{id: day, title: {zh: 日, en: D}}, {id: night, title: {zh: 夜, en: N}}]", of="home")
    + measure("rise", "formula: change(orgs) / baseline(orgs)")
)
SOUND = commitment("sound", "measure: rate\nat_least: 80 %\ndue: 2025")
TITLES = "title: {zh: 甲, en: A}"


class Case(NamedTuple):
    """A broken plan: the error it must give, the text with « before the place, the nearest known name."""

    code: str
    text: str
    nearest: str = ""


def keys(code: str, body: str, nearest: str = "") -> Case:
    """Return a plan in which the keys of one commitment are broken."""
    return Case(code, plan_text(MEASURES, SOUND + commitment("broken", body)), nearest)


def whole(code: str, body: str) -> Case:
    """Return a plan in which a commitment as a whole is broken."""
    return Case(code, plan_text(MEASURES, SOUND + commitment("broken", body).replace("- id:", "- «id:")))


def item(code: str, line: str, nearest: str = "") -> Case:
    """Return a plan in which one measure is broken."""
    return Case(code, plan_text(MEASURES + line + "\n", SOUND), nearest)


def more(code: str, rest: str, nearest: str = "") -> Case:
    """Return a plan in which something after the commitments is broken."""
    return Case(code, plan_text(MEASURES, SOUND, rest), nearest)


def head(code: str, old: str, new: str, nearest: str = "") -> Case:
    """Return a plan whose head is broken in one place."""
    assert old in HEAD
    return Case(code, plan_text(MEASURES, SOUND, head=HEAD.replace(old, new)), nearest)


def follows(code: str, body: str, nearest: str = "") -> Case:
    """Return a plan with a broken consequence."""
    return more(code, f"consequences:\n  - {{id: x, {TITLES}, level: alert, {body}}}\n", nearest)


CASES = [
    # shape
    keys("unknown-key", "measure: rate\nat_least: 80 %\ndue: 2025\n«dutty: 民政局", "duty"),
    head("unknown-key", "baseline: 2020", "baseline: 2020\n«measure: []", "measures"),
    Case("missing-key", plan_text(MEASURES, SOUND + f"- «id: c\n  {TITLES}\n  manual: true\n")),
    whole("missing-key", "measure: rate\nat_least: 80 %"),
    keys("null-value", "measure: rate\nat_least: 80 %\ndue: 2025\nduty: «null"),
    keys("null-value", "measure: rate\nat_least: 80 %\ndue: «~"),
    keys("unknown-choice", "measure: rate\nat_least: 80 %\ndue: 2025\nnature: «bindng", "binding"),
    Case("expected-mapping", plan_text(MEASURES, SOUND + f"- id: c\n  {TITLES}\n  cite: «第一部分\n  manual: true\n")),
    Case("expected-list", plan_text(rest=f"measures:\n  «rate: {{{TITLES}, unit: '%'}}\ncommitments:\n{SOUND}")),
    head("expected-mapping", "period: {from: 2021, to: 2025}", "period: «2021-2025"),
    keys("expected-string", "manual: true\nduty: «[民政局, 财政局]"),
    head("expected-text", "title: {zh: 示例规划, en: Demo plan}", "title: «{zh: 示例规划}"),
    head("expected-text", "title: {zh: 示例规划, en: Demo plan}", "title: «示例规划"),
    head("expected-integer", "baseline: 2020", "baseline: «二〇二〇年"),
    head("write-plainly", "baseline: 2020", "baseline: «2020年"),
    keys("write-plainly", "measure: rate\nat_least: 80 %\ndue: «2025年底"),
    keys("leading-comparison", "measure: rate\nat_least: «≥80 %\ndue: 2025"),
    keys("needs-argument", "measure: orgs - «baseline()\nat_least: 1\ndue: 2025"),
    keys("expected-boolean", "measure: rate\nat_least: 80 %\ndue: 2025\nimplied: «perhaps"),
    more("expected-date", "amendments: [{id: a, effective: «2023年7月1日, authority: 区, changes: []}]"),
    keys("expected-expression", "measure: rate\nat_least: «[80 %]\ndue: 2025"),
    item("bad-identifier", f"- {{id: «Bad-Name, {TITLES}, unit: 张}}"),
    head("bad-register", "register: 3", "register: «三个"),
    head("bad-register", "register: 3", "register: «-3"),
    keys("bad-due", "measure: rate\nat_least: 80 %\ndue: «每年"),
    keys("write-plainly", 'measure: rate\nat_least: 80 %\ndue: «"2025"'),
    keys("write-plainly", "measure: rate\nat_least: 80 %\ndue: «２０２５"),
    keys("write-plainly", 'measure: rate\nat_least: 80 %\ndue: 2025\nimplied: «"true"'),
    # meaning of the head, of kinds and of measures
    Case("no-commitments", "«" + plan_text(MEASURES)),
    head("period-backwards", "period: {from: 2021, to: 2025}", "period: «{from: 2026, to: 2025}"),
    head("baseline-late", "baseline: 2020", "baseline: «2026"),
    item("duplicate-id", f"- {{id: «rate, {TITLES}, unit: 张}}"),
    Case("duplicate-id", plan_text(MEASURES, SOUND + SOUND.replace("id: sound", "id: «sound"))),
    head("duplicate-id", "ladders:", f"  - {{id: «home, {TITLES}, in: town}}\nladders:"),
    head("duplicate-name", "{id: three,", "{id: «two,"),
    head("duplicate-name", "register: 3", "register: [东, 西, «东]"),
    item("name-taken", f"- {{id: «town, {TITLES}, unit: 张}}"),
    head("second-root", "ladders:", f"  - «{{id: city, {TITLES}}}\nladders:"),
    head("unknown-kind", "in: district, register: 3", "in: «distrct, register: 3", "district"),
    item("unknown-kind", f"- {{id: x, of: «hom, {TITLES}, unit: 张}}", "home"),
    keys("unknown-kind", "each: «twn\nmeasure: beds\nat_least: 1 张\ndue: 2025", "town"),
    keys("unknown-kind", "measure: count(«homes where beds > 1)\nat_least: 1 个\ndue: 2025", "home"),
    follows("unknown-kind", "when: [{commitment: sound}], for: «distric", "district"),
    item("unknown-ladder", f"- {{id: x, {TITLES}, ladder: «ratings}}", "rating"),
    item("unknown-unit", f"- {{id: x, {TITLES}, unit: «平方来}}", "平方米"),
    keys("unknown-unit", "measure: people\nat_least: «3 平方来\ndue: 2025", "平方米"),
    item("measure-sort", f"- «{{id: x, {TITLES}, unit: 张, yes_no: true}}"),
    item("measure-sort", f"- «{{id: x, {TITLES}}}"),
    item("measure-sort", f"- «{{id: x, {TITLES}, ladder: rating, formula: orgs}}"),
    item("measure-sort", f"- «{{id: x, {TITLES}, unit: 家, yes_no: true, formula: orgs}}"),
    item("no-effect", f"- {{id: x, {TITLES}, ladder: rating, max: «3}}"),
    item("no-effect", f"- {{id: x, {TITLES}, yes_no: true, signed: «true}}"),
    item("no-effect", f"- {{id: x, {TITLES}, formula: 2 * orgs, min: «5 家}}"),
    keys("no-effect", "holds: rate > 80 %\ndue: 2025\nbaseline: «5 %"),
    keys("no-effect", "manual: true\ndue: «2025"),
    item("range-backwards", f"- {{id: x, {TITLES}, unit: 张, min: «9 张, max: 1 张}}"),
    keys("range-backwards", "measure: rate\nbetween: «[9 %, 1 %]\ndue: 2025"),
    item("out-of-range", f"- {{id: x, {TITLES}, unit: '%', baseline: «101 %}}"),
    item("expected-number", f"- {{id: x, {TITLES}, unit: 家, baseline: «orgs}}"),
    # meaning of expressions
    keys("unknown-measure", "measure: «rat\nat_least: 80 %\ndue: 2025", "rate"),
    keys("unknown-measure", "measure: orgs / «orgz\nat_least: 1\ndue: 2025", "orgs"),
    keys("unknown-measure", 'measure: "orgs / «orgz"\nat_least: 1\ndue: 2025', "orgs"),
    keys("unknown-step", "measure: regulation\nat_least: «issue\ndue: 2025", "issued"),
    keys("unknown-function", "measure: «cuont(home)\nat_least: 1 个\ndue: 2025", "count"),
    keys("needs-argument", "measure: orgs - «baseline\nat_least: 1\ndue: 2025"),
    keys("needs-argument", "measure: «last orgs\nat_least: 1\ndue: 2025"),
    keys("needs-argument", "measure: «count\nat_least: 1\ndue: 2025"),
    keys("bad-number", f"measure: orgs\nat_least: «{'9' * 41} 家\ndue: 2025"),
    keys("bare-number", "measure: rate\nat_least: «80\ndue: 2025"),
    keys("bare-number", "measure: people\nat_least: «0.28\ndue: 2025"),
    keys("other-dimension", "measure: orgs\nat_least: «5 张\ndue: 2025"),
    keys("other-dimension", "measure: orgs «+ people\nat_least: 5\ndue: 2025"),
    keys("other-dimension", "measure: orgs\nunit: «人\nat_least: 5\ndue: 2025"),
    keys("percent-or-points", "measure: rate\nat_least: «5 百分点\ndue: 2025"),
    keys("percent-or-points", "measure: rate\nat_least: baseline(rate) «+ 5 %\ndue: 2025"),
    keys("not-comparable", "holds: regulation «= rate\ndue: 2025"),
    keys("no-order", "each: home\nwhere: sort «> day\nmeasure: beds\nat_least: 1 张\ndue: 2025"),
    keys("no-order", "each: home\nmeasure: sort\nat_least: «day\ndue: 2025"),
    keys("no-arithmetic", "measure: regulation «+ 1\nat_least: 1\ndue: 2025"),
    keys("division-by-zero", "measure: orgs «/ 0\nat_least: 1\ndue: 2025"),
    keys("too-many-terms", f"measure: {' * '.join(['orgs'] * 24)} «* orgs\nat_least: 1\ndue: 2025"),
    keys("sum-of-ratio", "measure: «sum(1 / beds of home)\nat_least: 1\ndue: 2025"),
    item("formula-circle", f"- {{id: x, {TITLES}, formula: orgs + «x}}"),
    keys("lookup-needs-reported", "measure: «last(rise)\nat_least: 1 %\ndue: 2025"),
    keys("lookup-needs-reported", "measure: rise\ndirection: increase\nagainst: «last_year\ndue: 2025"),
    keys("expected-condition", "holds: «orgs\ndue: 2025"),
    keys("expected-value", "measure: rate «> 80 %\nat_least: 1\ndue: 2025"),
    keys("unexpected-in-expression", "measure: orgs «] 2\nat_least: 1\ndue: 2025"),
    keys("unexpected-in-expression", "measure: orgs «people\nat_least: 1\ndue: 2025"),
    keys("expected-in-expression", "measure: count(home «rate)\nat_least: 1 个\ndue: 2025"),
    item("unit-or-measure", f"- {{id: m2, {TITLES}, unit: 平方米}}\n- {{id: x, {TITLES}, formula: «10 张/m2}}"),
    # meaning of commitments
    whole("manual-with-test", "manual: true\nat_least: 1"),
    whole("no-measure", "at_least: 1 %\ndue: 2025"),
    whole("one-test", "measure: rate\nat_least: 80 %\nat_most: 90 %\ndue: 2025"),
    whole("one-test", "measure: rate\ndue: 2025"),
    whole("one-test", "measure: rate\nat_least: 80 %\ndirection: increase\ndue: 2025"),
    whole("one-test", "holds: rate > 80 %\nmeasure: rate\ndue: 2025"),
    keys("between-two", "measure: rate\nbetween: «[1 %, 2 %, 3 %]\ndue: 2025"),
    keys("bad-cut-off", "measure: rate\nat_least: 80 %\ndue: 2025\npace: {cut_off: «101 %}"),
    keys("due-and-staged", "measure: rate\nstaged: [{year: 2023, at_least: 80 %}]\ndue: «2025"),
    keys("stages-unordered", "measure: rate\nstaged: «[{year: 2024, at_least: 1 %}, {year: 2023, at_least: 2 %}]"),
    keys("stages-unordered", "measure: rate\nstaged: «[{year: 2023, at_least: 1 %}, {year: 2023, at_least: 2 %}]"),
    keys("due-outside", "measure: rate\nat_least: 80 %\ndue: «2026"),
    keys("due-outside", "measure: rate\nstaged: [{year: «2020, at_least: 80 %}]"),
    keys("baseline-twice", "measure: orgs\nat_least: 9\ndue: 2025\nbaseline: «4"),
    keys("against-without-direction", "measure: orgs\nat_least: 9\ndue: 2025\nagainst: «baseline"),
    keys("no-compound", "measure: rate\nat_least: 80 %\nbaseline: 0 %\ndue: 2025\npace: «{path: compound}"),
    keys("no-compound", "measure: rate\nat_most: 0 %\nbaseline: 5 %\ndue: 2025\npace: «{path: compound}"),
    keys("no-compound", "measure: total(orgs)\nat_least: 5 个\ndue: 2025\npace: «{path: compound}"),
    Case(
        "no-compound",
        plan_text(
            MEASURES, SOUND + commitment("broken", "measure: rate\nat_most: 0 %\ndue: 2025").replace("- id:", "- «id:"),
            head=HEAD + "pace: {path: compound}\n",
        ),
    ),
    # links
    keys("unknown-commitment", "manual: true\nsame_as: «sond", "sound"),
    follows("unknown-commitment", "when: [{commitment: «sounds}]", "sound"),
    follows("unknown-consequence", "when: [{commitment: sound}, {consequence: «y}]"),
    follows("empty-condition", "when: [«{verdict: met}]"),
    follows("too-many-conditions", "when: «[]"),
    Case(
        "never-joins",
        plan_text(
            MEASURES, SOUND + commitment("homely", "each: home\nmeasure: beds\nat_least: 1 张\ndue: 2025"),
            f"consequences: [{{id: x, {TITLES}, level: alert, for: town, when: [«{{commitment: homely}}]}}]\n",
        ),
    ),
    follows("no-effect", "when: [{commitment: sound}, {consequence: x, verdict: «met}]"),
    more(
        "changes-withdrawn",
        "amendments: [{id: a, effective: 2022-07-01, authority: 区, changes: [{commitment: sound, withdrawn: true}]},"
        " {id: b, effective: 2023-07-01, authority: 区, changes: [{commitment: «sound, due: 2024}]}]",
    ),
    more("empty-change", "amendments: [{id: a, effective: 2023-07-01, authority: 区, changes: [«{commitment: sound}]}]"),
    more(
        "no-effect",
        "amendments: [{id: a, effective: 2023-07-01, authority: 区, changes: [{commitment: sound, withdrawn: true, due: «2024}]}]",
    ),
    follows("falls-below", "when: [{commitment: sound}], for: «home"),
    follows("too-many-conditions", f"when: «[{', '.join(['{commitment: sound}'] * 17)}]"),
    more(
        "unknown-commitment",
        "amendments: [{id: a, effective: 2023-07-01, authority: 区, changes: [{commitment: «soun, withdrawn: true}]}]",
        "sound",
    ),
    more("due-outside", "waivers: [{commitment: sound, subject: 区, year: «2026, reason: 无, authority: 区, expires: 2027-01-01}]"),
]  # fmt: skip


def refusal(text: str, file: str = "demo.plan.yaml") -> tuple[Problem, ...]:
    """Return everything that is wrong with a plan."""
    with pytest.raises(Refused) as refused:
        parse_plan(text, file)
    return refused.value.problems


def marked(text: str) -> tuple[str, int, int]:
    """Return a text without its mark, and the line and column of the mark."""
    assert text.count("«") == 1
    before = text[: text.index("«")]
    return text.replace("«", ""), before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


@pytest.mark.parametrize("case", CASES, ids=[case.code for case in CASES])
def test_error_of_a_plan(case: Case) -> None:
    """A broken plan gives just its own error, at its own place, with the nearest known name."""
    text, line, column = marked(case.text)
    found = [(p.code, p.location.line, p.location.column, p.details.get("nearest") or "") for p in refusal(text)]
    assert [(case.code, line, column, case.nearest)] == found


def catalogued() -> set[str]:
    """Return the codes that the catalogue lists under the shape and the meaning of a plan."""
    topics = json.loads((ROOT / "base" / "messages" / "en.json").read_text(encoding="utf-8"))
    return {*topics["plan-shape"], *topics["plan-meaning"]}


def test_whole_catalogue_is_shown() -> None:
    """Every error that the catalogue has for a plan is produced by some broken plan in this file."""
    elsewhere = {"no-such-plan", "no-subjects", "other-plan", "part-not-given"}
    assert set() == catalogued() - {case.code for case in CASES} - elsewhere


@pytest.mark.parametrize("case", CASES, ids=[case.code for case in CASES])
def test_both_languages(case: Case) -> None:
    """Every error is said in Chinese and in English, with its place, and without an unfilled blank."""
    problem = next(p for p in refusal(marked(case.text)[0]) if p.code == case.code)
    chinese, english = problem.text("zh"), problem.text("en")
    for text, words in ((chinese, catalogue("zh")[case.code]), (english, catalogue("en")[case.code])):
        assert text.startswith(f"{problem.location}: ")
        fixed = [part.replace("}}", "}") for part in re.split(r"(?<!{){\w+}(?!})|{{", words)]
        assert [] == [part for part in fixed if part not in text]
    assert case.nearest == "" or chinese.endswith(f"；是不是“{case.nearest}”？")
    assert case.nearest == "" or english.endswith(f"; did you mean '{case.nearest}'?")


def test_no_such_plan() -> None:
    """A plan that does not exist is refused with the nearest shipped plan."""
    with pytest.raises(Refused) as refused:
        load_plan("yanqin")
    (problem,) = refused.value.problems
    assert ("no-such-plan", "yanqing") == (problem.code, problem.details["nearest"])


def test_no_subjects() -> None:
    """A plan without kinds of subject is refused at its start, whatever else it says."""
    start, end = HEAD.index("subjects:"), HEAD.index("ladders:")
    found = refusal(plan_text("", SOUND, head=HEAD[:start] + "subjects: []\n" + HEAD[end:]))
    assert [("no-subjects", 1, 1)] == [(p.code, p.location.line, p.location.column) for p in found]


def with_part(folder: Path, part: str) -> Path:
    """Write a plan with one part."""
    path = folder / "demo.plan.yaml"
    path.write_text(plan_text(MEASURES, SOUND, "parts: [demo.part.yaml]\n"), encoding="utf-8")
    (folder / "demo.part.yaml").write_text(part, encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "code"), [
    ("part_of: «other\ncommitments: []\n", "other-plan"),
    ("part_of: demo\n«comitments: []\n", "unknown-key"),
    ("part_of: demo\nmeasures: [{id: «rate, title: {zh: 甲, en: A}, unit: 张}]\n", "duplicate-id"),
    ("part_of: demo\n«part_of: demo\n", "duplicate-key"),
    ("«- a list\n", "expected-mapping"),
])  # fmt: skip
def test_error_of_a_part(tmp_path: Path, text: str, code: str) -> None:
    """An error in a part stands in the file of the part."""
    text, line, column = marked(text)
    path = with_part(tmp_path, text)
    with pytest.raises(Refused) as refused:
        load_plan(path)
    place = f"{tmp_path / 'demo.part.yaml'}:{line}:{column}"
    assert [(code, place)] == [(p.code, str(p.location)) for p in refused.value.problems]


def test_missing_part(tmp_path: Path) -> None:
    """A part that is not there is refused by name, and a part is a file beside the plan, never a path."""
    path = with_part(tmp_path, "part_of: demo\n")
    (tmp_path / "demo.part.yaml").unlink()
    with pytest.raises(Refused) as refused:
        load_plan(path)
    assert ["unreadable"] == [p.code for p in refused.value.problems]
    assert str(tmp_path / "demo.part.yaml") == refused.value.problems[0].location.file
    found = refusal(plan_text(MEASURES, SOUND, "parts: [../secret.yaml]\n"))
    assert ["bad-identifier"] == [p.code for p in found]


@pytest.mark.parametrize(("first", "code"), [
    (None, "unreadable"), ("- a list\n", "expected-mapping"), ("part_of: other\n", "other-plan"),
])  # fmt: skip
def test_every_part_is_read(tmp_path: Path, first: str | None, code: str) -> None:
    """What is wrong with a part is told beside what is wrong with the next; of parts that are handed in it is the same."""
    text = plan_text(MEASURES, SOUND, "parts: [first.part.yaml, second.part.yaml]\n")
    parts = {"first.part.yaml": first, "second.part.yaml": "part_of: another\n"}
    for name, part in parts.items():
        if part is not None:
            (tmp_path / name).write_text(part, encoding="utf-8")
    (tmp_path / "demo.plan.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as beside:
        load_plan(tmp_path / "demo.plan.yaml")
    given = [Upload(name, part.encode()) for name, part in parts.items() if part is not None]
    with pytest.raises(Refused) as handed:
        load_plan(Upload("demo.plan.yaml", text.encode()), parts=given)

    assert [code, "other-plan"] == [p.code for p in beside.value.problems]
    assert [code.replace("unreadable", "part-not-given"), "other-plan"] == [p.code for p in handed.value.problems]


@pytest.mark.parametrize(("text", "code"), [
    ("subject: 某区\nyear: 2023\n", "other-sort.order"), ("plan: demo\nsubject: 某区\nyear: 2023\nfacts: {}\n", "other-sort.order"),
    ("subject: 某区\n", "unknown-key"), ("subject: 某区\nyear: 2023\nperiod: {from: 2021, to: 2025}\n", "unknown-key"),
])  # fmt: skip
def test_a_sheet_is_no_plan(text: str, code: str) -> None:
    """A sheet in the place of the plan is called one; a plan that only has its keys among others is not."""
    assert code in [problem.code for problem in refusal(text)]


def test_all_errors_in_one_run() -> None:
    """Errors of shape, of names, of units and of links are all reported in one run, each at its own line."""
    broken = (
        commitment("one", "measure: rat\nat_least: 80 %\ndue: 2025")
        + commitment("two", "measure: rate\nat_least: 80\ndue: 2030\ndutty: 谁")
        + commitment("three", "measure: orgs\nat_least: 5 张\ndue: 2025\nnature: bindng")
        + commitment("four", "manual: maybe\nsame_as: fiv")
    )
    rest = "waivers: [{commitment: x, subject: 区, year: 2025, reason: 无, authority: 区, expires: soon}]\n"
    found = refusal(plan_text(MEASURES, broken, rest))
    expected = {
        "unknown-measure", "bare-number", "due-outside", "unknown-key", "other-dimension", "unknown-choice",
        "expected-boolean", "unknown-commitment", "expected-date",
    }  # fmt: skip
    assert expected <= {p.code for p in found}
    assert len(expected) <= len({p.location.line for p in found})


USES = commitment("c", "measure: x\nat_least: 1\ndue: 2025")
RULE = f"consequences: [{{id: x, {TITLES}, level: alert, when: [{{commitment: broken}}]}}]\n"
ONCE = {
    "a consequence of a broken commitment": (
        "missing-key", plan_text(MEASURES, f"{SOUND}- {{id: broken, {TITLES}, manual: true}}\n", RULE)
    ),
    "a use of a measure of no sort": (
        "measure-sort", plan_text(f"{MEASURES}- {{id: x, {TITLES}}}\n", USES)
    ),
    "a use of a measure without title": (
        "missing-key", plan_text(MEASURES + "- {id: x, unit: 张}\n", USES)
    ),
    "a use of a measure with a broken formula": (
        "unknown-measure", plan_text(f"{MEASURES}- {{id: x, {TITLES}, formula: orgs / orgz}}\n", USES)
    ),
    "a kind below a broken kind": (
        "unknown-kind", plan_text(MEASURES, SOUND, head=HEAD.replace("in: district, register: 3", "in: x"))
    ),
    "the only commitment": ("missing-key", plan_text(MEASURES, f"- {{id: broken, {TITLES}, manual: true}}\n")),
    "a step that two measures use": (
        "duplicate-name", plan_text(MEASURES + measure("x", "ladder: rating"), SOUND, head=HEAD.replace("id: three", "id: two"))
    ),
    "the pace of the whole plan": (
        "bad-cut-off", plan_text(
            MEASURES, SOUND, f"pace: {{cut_off: 101 %}}\nconsequences:\n  - {{id: x, {TITLES}, level: alert, "
            "when: [{measure: rate, less_than: 50 %}, {measure: rate, less_than: 60 %}]}\n",
        )
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ONCE)
def test_one_mistake_is_one_error(what: str) -> None:
    """What depends on an item that is itself broken is not reported as a second error."""
    code, text = ONCE[what]
    assert [code] == [p.code for p in refusal(text)]


def test_mistakes_of_keys_are_told_as_they_stand() -> None:
    """What a mapping lacks is told at its beginning, before what is wrong inside it, and that in the order in which it is written."""
    text = "subjects: [{id: district, title: 5, in: []}]\nperiod: {to: x}\nbaseline: y\n"
    found = [(p.location.line, p.code, p.details.get("expected")) for p in refusal(text)]
    assert [(1, "missing-key", key) for key in ("plan", "version", "title", "document")] == found[:4]
    assert sorted(line for line, _, _ in found) == [line for line, _, _ in found]


def test_formulas_in_a_circle() -> None:
    """Formulas that need each other are refused, each at the name that leads on, and never silently dropped."""
    circle = f"- {{id: x, {TITLES}, formula: orgs + y}}\n- {{id: y, {TITLES}, formula: orgs + x}}\n"
    text = plan_text(MEASURES + circle, SOUND)
    places = [(line, row.index("orgs + ") + 8) for line, row in enumerate(text.splitlines(), 1) if "orgs + " in row]
    assert places == [(p.location.line, p.location.column) for p in refusal(text)]


SPREAD = ["«>-\n  orgs +\n  orgz", "«orgs +\n  orgz", '«"orgs +\n  orgz"']


@pytest.mark.parametrize("expression", SPREAD, ids=["folded", "plain", "quoted"])
def test_expression_over_several_lines(expression: str) -> None:
    """An error in an expression over several lines is placed at its beginning, never at a place that does not exist."""
    body = f"measure: {expression}\nat_least: 1\ndue: 2025"
    text, line, column = marked(plan_text(MEASURES, SOUND + commitment("broken", body)))
    assert [("unknown-measure", line, column)] == [(p.code, p.location.line, p.location.column) for p in refusal(text)]


def test_ladder_that_nothing_uses() -> None:
    """The steps of a ladder are checked whether or not a measure uses it."""
    found = refusal(plan_text(measure("rate", 'unit: "%"'), SOUND, head=HEAD.replace("id: three", "id: two")))
    assert ["duplicate-name"] == [p.code for p in found]


SOUND_PLAN = plan_text(MEASURES, SOUND)
END = SOUND_PLAN.count("\n") + 1  # the line after the last
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nplan: [*c, *c]\n"
FILES: dict[str, tuple[str, bytes, str]] = {
    "alias-bomb": ("yaml-alias", BOMB.encode(), ":1:4"),
    "alias-alone": ("yaml-alias", b"plan: *nothing\n", ":1:7"),
    "merge-key": ("yaml-alias", b"base: &base {a: 1}\nplan:\n  <<: *base\n", ":1:7"),
    "tag": ("yaml-tag", b"plan: demo\nversion: !!python/object/apply:os.system [id]\n", ":2:10"),
    "duplicate-key": ("duplicate-key", f"{SOUND_PLAN}plan: again\n".encode(), f":{END}:1"),
    "key-not-text": ("key-not-text", f"{SOUND_PLAN}? [a, b]\n: c\n".encode(), f":{END}:3"),
    "too-deep": ("over-limit", b"plan: " + b"[" * 30 + b"]" * 30, ":1:31"),
    "very-deep": ("over-limit", b"plan: " + b"[" * 500_000, ":1:31"),
    "binary": ("binary-file", b"plan: demo\x00\x01\n", ""),
    "spreadsheet": ("reading.lies", b"PK\x03\x04\xff\xfe\x00\x00", ""),
    "page": ("reading.lies", b"<!DOCTYPE html><p>", ""),
    "empty": ("empty-file", b"", ""),
    "blank": ("empty-file", b" \n\n\t", ""),
    "comment-only": ("empty-file", b"# nothing\n", ""),
    "several-documents": ("several-documents", f"{SOUND_PLAN}---\nplan: b\n".encode(), f":{END}:1"),
    "not-utf8": ("other-encoding", "plan: demo\ntitle: 规划\n".encode("gb18030"), ":2"),
    "utf-16": ("other-encoding", "plan: demo\n".encode("utf-16"), ":1"),
    "syntax": ("yaml-syntax", b"plan: demo\ntitle: {zh: a\nversion: 1\n", ":3:8"),
    "tabs": ("yaml-tab", b"plan:\n\tdemo\n", ":2:1"),
    "control": ("hidden-mark", b"plan: a\x07b\n", ":1:8"),
    "list": ("expected-mapping", b"- a\n- b\n", ":1:1"),
    "text": ("expected-mapping", b"just words\n", ":1:1"),
    "lone-null": ("expected-mapping", b"~\n", ":1:1"),
}


@pytest.mark.parametrize("name", FILES)
def test_file_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    """A file that is no sound YAML is refused with its place, exit code 2 and no traceback, in both languages."""
    code, data, place = FILES[name]
    path = tmp_path / f"{name}.plan.yaml"
    path.write_bytes(data)
    with pytest.raises(Refused) as refused:
        load_plan(path)
    assert (code, f"{path}{place}") == (refused.value.problems[0].code, str(refused.value.problems[0].location))
    for lang in ("zh", "en"):
        shown = CliRunner().invoke(main, ["lint", str(path), "--lang", lang])
        assert 2 == shown.exit_code
        assert refused.value.problems[0].text(lang) in shown.output
        assert "Traceback" not in shown.output
        assert isinstance(shown.exception, SystemExit)


def test_too_large(tmp_path: Path) -> None:
    """A file one byte above 16 MiB is refused unread, and the limit is named."""
    path = tmp_path / "demo.plan.yaml"
    with path.open("wb") as file:
        file.truncate(limits().file + 1)
    shown = CliRunner().invoke(main, ["lint", str(path)])
    says = "bytes in the file: 16777217; the limit is 16777216, and --limit file=... sets it"
    assert f"{path}: {says}\n" == shown.output
    assert 2 == shown.exit_code


@pytest.mark.parametrize(("limit", "value"), [("depth", 3), ("text", 12)])
def test_limits(tmp_path: Path, limit: str, value: int) -> None:
    """A file deeper or wordier than the limit is refused, and the limit is named."""
    path = tmp_path / "demo.plan.yaml"
    path.write_text(SOUND_PLAN, encoding="utf-8")
    load_plan(path)
    with use_limits(parse_limits([f"{limit}={value}"])), pytest.raises(Refused) as refused:
        load_plan(path)
    assert {"over-limit"} == {p.code for p in refused.value.problems}
    assert {(limit, value)} == {(p.details["limit"], p.details["most"]) for p in refused.value.problems}


@pytest.mark.parametrize("name", ["", ".", "nowhere.plan.yaml"])
def test_path_that_is_no_file(tmp_path: Path, name: str) -> None:
    """A folder, or a path to nothing, is no plan: exit code 2."""
    shown = CliRunner().invoke(main, ["lint", str(tmp_path / name)])
    assert (2, True) == (shown.exit_code, "no plan" in shown.output)


WAIVER = "commitment: sound, subject: 区, year: 2025, reason: 无, authority: 区, expires: 2026-01-01"


@pytest.mark.parametrize(("text", "code", "nearest"), [
    (f"plan: «other\nwaivers: [{{{WAIVER}}}]\n", "other-plan", ""),
    (f"plan: demo\nwaivers: [{{{WAIVER.replace('sound', '«soud')}}}]\n", "unknown-commitment", "sound"),
    (f"plan: demo\nwaivers: [{{{WAIVER.replace('2025', '«2019')}}}]\n", "due-outside", ""),
    (f"plan: demo\nwaivers: [{{{WAIVER.replace('2026-01-01', '«2026-02-30')}}}]\n", "expected-date", ""),
    (f"plan: demo\nwaivers: [{{{WAIVER}, «until: 2026-01-01}}]\n", "unknown-key", ""),
    (f"plan: demo\nwaivers: [«{{{WAIVER.replace('reason: 无, ', '')}}}]\n", "missing-key", ""),
])  # fmt: skip
def test_broken_waiver_never_helps(tmp_path: Path, text: str, code: str, nearest: str) -> None:
    """A waiver file with anything wrong is refused as a whole, at the place of the error."""
    text, line, column = marked(text)
    path = tmp_path / "waivers.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load_waivers(path, parse_plan(plan_text(MEASURES, SOUND)))
    found = [
        (p.code, p.location.line, p.location.column, p.details.get("nearest") or "") for p in refused.value.problems
    ]
    assert [(code, line, column, nearest)] == found
