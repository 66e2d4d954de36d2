"""Data checks in plans: how they are written and refused, linted, shown and compared; and what reading checks by itself."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path

import pytest
from dabiao import Refused, load_plan, read_facts
from dabiao.commands.outputs import write_report
from dabiao.reports.diff import say_difference
from dabiao.rules.amend import in_force
from dabiao.rules.diff import diff
from dabiao.rules.lint import lint
from dabiao.rules.load import find_shipped_plans, parse_plan
from dabiao.rules.model import Plan
from dabiao.rules.services import ShownPlan
from dabiao.rules.wording import title_check
from helpers import commitment, make_plan, measure, plan_text, sheet_text

MEASURES = (
    measure("total", "unit: 张, baseline: 100 张")
    + measure("share", 'unit: "%"')
    + measure("growth", 'unit: "%", signed: true')
    + measure("law", "ladder: deliverable")
    + measure("rate", 'unit: "%", formula: total / total')
    + measure("beds", of="home")
    + measure("reserved", of="home")
)
PROMISES = commitment("promise", "measure: total\nat_least: 1 张\ndue: 2025") + commitment(
    "growth", "measure: growth\nat_least: 1 %\ndue: 2025"
)


def with_checks(*bodies: str) -> str:
    """Return a plan file with data checks, each in one line."""
    return plan_text(MEASURES, PROMISES, "checks:\n" + "".join(f"  - {{{body}}}\n" for body in bodies))


def plan_with(*bodies: str) -> Plan:
    """Return a plan with data checks."""
    return parse_plan(with_checks(*bodies), "demo.plan.yaml")


WRONG = [
    ("id: a, measure: totl, at_most: 5 张", "unknown-measure", "totl", "total"),
    ("id: a, measure: total, at_most: share", "other-dimension", "share", ""),
    ("id: a, measure: total, at_most: 5", None, "", ""),  # a bare number takes the unit of the measure
    ("id: a, measure: share, at_most: 5", "bare-number", "5}", ""),
    ("id: a, measure: share, exactly: share, within: 1 %", "percent-or-points", "1 %", ""),
    ("id: a, measure: share, exactly: share, within: 1 百分点", None, "", ""),
    ("id: a, measure: total, exactly: total, within: 1 人", "other-dimension", "1 人", ""),
    ("id: a, measure: total, exactly: total, within: -1 张", "data.bad-within", "-1 张", ""),
    ("id: a, measure: total, exactly: total, within: total", "data.bad-within", "total}", ""),
    ("id: a, measure: law, exactly: issued, within: 1", "no-arithmetic", "1}", ""),
    ("id: a, measure: law, exactly: isued", "unknown-step", "isued", "issued"),
    ("id: a, each: hom, measure: beds, at_least: 1 张", "unknown-kind", "hom,", "home"),
    ("id: a, each: home, where: bed > 1, measure: beds, at_least: 1 张", "unknown-measure", "bed >", "beds"),
    ("id: a, measure: total, jump: 1", "data.bad-jump", "1}", ""),
    ("id: a, measure: total, jump: 150 %", "data.bad-jump", "150 %", ""),
    ("id: a, measure: total, jump: total", "data.bad-jump", "total}", ""),
    ("id: a, measure: growth, jump: 2", "data.jump-signed", "growth, jump", ""),
    ("id: a, measure: total + 1 张, jump: 2", "data.jump-needs-number", "total +", ""),
    ("id: a, measure: law, jump: 2", "data.jump-needs-number", "law,", ""),
    ("id: a, each: home, measure: total, jump: 2", "data.jump-needs-number", "total,", ""),
    ("id: a, complete: district", "unknown-kind", "district}", ""),
    ("id: a, complete: twon", "unknown-kind", "twon", "town"),
    ("id: a, holds: total", "expected-condition", "total}", ""),
    ("id: a, measure: total, between: [1 张]", "between-two", "[1 张]", ""),
    ("id: a, measure: total, at_most: 5 张, severity: fatal", "unknown-choice", "fatal", ""),
    ("id: a, measure: total, at_mst: 5 张", "unknown-key", "at_mst", "at_most"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "at", "near"), WRONG)
def test_a_wrong_check_is_refused_at_its_place(body: str, code: str | None, at: str, near: str) -> None:
    """Every mistake in a check is one error where it stands, with the nearest known name."""
    text = with_checks(body)
    if code is None:
        assert 1 == len(parse_plan(text, "demo.plan.yaml").checks)
        return
    with pytest.raises(Refused) as refused:
        parse_plan(text, "demo.plan.yaml")
    problems = [p for p in refused.value.problems if p.code == code]
    assert [code] == [p.code for p in problems], str(refused.value)
    line = text.splitlines()[problems[0].location.line - 1]
    assert line[problems[0].location.column - 1 :].startswith(at)
    assert near == problems[0].details.get("nearest", "")


FORMLESS = [
    "id: a",
    "id: a, measure: total",
    "id: a, at_most: 5 张",
    "id: a, measure: total, at_most: 5 张, at_least: 1 张",
    "id: a, measure: total, at_most: 5 张, jump: 2",
    "id: a, holds: total > 1 张, complete: town",
    "id: a, holds: total > 1 张, within: 1 张",
    "id: a, complete: town, each: home",
    "id: a, baselines: true, where: total > 1 张",
    "id: a, baselines: no",
]


@pytest.mark.parametrize("body", FORMLESS)
def test_a_check_has_exactly_one_form(body: str) -> None:
    """No form, two forms, and a key that belongs to another form are refused, and the message says what was found."""
    with pytest.raises(Refused) as refused:
        plan_with(body)
    assert ["data.one-form"] == [problem.code for problem in refused.value.problems]
    assert "须且只须是一种" in refused.value.problems[0].text("zh")


def test_all_mistakes_come_in_one_run() -> None:
    """Mistakes in several checks and in a commitment are reported together, and an id is used once."""
    text = with_checks("id: a, measure: totl, at_most: 5 张", "id: a, complete: twon").replace(
        "at_least: 1 张", "at_least: 1 人"
    )
    with pytest.raises(Refused) as refused:
        parse_plan(text, "demo.plan.yaml")
    assert {"unknown-measure", "unknown-kind", "duplicate-id", "other-dimension"} == {
        p.code for p in refused.value.problems
    }


def test_a_part_may_hold_checks(tmp_path: Path) -> None:
    """Checks of a part are checks of the plan, and an amended plan keeps them."""
    rest = "parts: [demo.more.yaml]\namendments:\n  - {id: r, effective: 2023-01-01, authority: 区, changes: [{commitment: promise, at_least: 2 张}]}\n"
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, PROMISES, rest), encoding="utf-8")
    (tmp_path / "demo.more.yaml").write_text(
        "part_of: demo\nchecks:\n  - {id: towns, complete: town}\n", encoding="utf-8"
    )
    plan = load_plan(tmp_path / "demo.plan.yaml")
    assert ["towns"] == [check.id for check in plan.checks]
    assert plan.checks == in_force(plan, date(2024, 1, 1)).checks


# titles


TITLES = [
    ("measure: reserved, each: home, at_most: beds, where: beds > 0 张", "“reserved 指标” 不超过 “beds 指标”（“beds 指标” > 0 张）"),
    ("measure: total, exactly: sum(beds of home)", "“total 指标” 等于 各养老机构“beds 指标”之和"),
    ("measure: total, jump: 2", "“total 指标”与上年相比"),
    ("holds: total <= 9 张 or share >= 50 %", "“total 指标” ≤ 9 张，或 “share 指标” ≥ 50 %"),
    ("complete: home", "名册中的每个养老机构都已列出"),
    ("baselines: true", "2020 年报表中的数字与规划所载基期值一致"),
    ("title: {zh: 相符, en: agree}, measure: total, at_most: 9 张", "相符"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), TITLES)
def test_a_check_without_a_title_is_called_by_what_it_asks(body: str, expected: str) -> None:
    """A title that is written stands; without one, measures by title, comparison and condition make it, and never an id."""
    plan = plan_with(f"id: an-id, {body}")
    assert expected == title_check(plan.checks[0], plan).say("zh")


@pytest.mark.parametrize("name", sorted(find_shipped_plans()))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_shipped_checks_are_called_by_no_id(name: str, lang: str) -> None:
    """No title of a check in a plan that comes with the program holds the id of a check or of a measure of several words."""
    plan = load_plan(name)
    ids = {check.id for check in plan.checks} | {measure for _, measure in plan.measures if "_" in measure}
    titles = [title_check(check, plan).say(lang) for check in plan.checks]
    assert [] == [
        title for title in titles if any(one in ids for one in re.findall(r"[a-z]+(?:[_-][a-z0-9]+)+", title))
    ]


# lint


LINT = [
    ("id: a, measure: share, at_most: 100 %", "lint.check-cannot-fail"),
    ("id: a, measure: total, at_least: 0 张", "lint.check-cannot-fail"),
    ("id: a, measure: total, exactly: total", "lint.check-cannot-fail"),
    ("id: a, measure: sum(beds of home), at_most: sum(beds of home) + sum(reserved of home)", "lint.check-cannot-fail"),
    ("id: a, measure: share, more_than: 100 %", "lint.check-cannot-hold"),
    ("id: a, measure: total + 1 张, at_most: total", "lint.check-cannot-hold"),
    ("id: a, each: home, measure: reserved, at_most: beds", None),
    ("id: a, measure: share, at_most: 99 %", None),
    ("id: a, baselines: true", None),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code"), LINT)
def test_lint_finds_checks_that_guard_nothing(body: str, code: str | None) -> None:
    """A check that cannot fail, or cannot hold, is a warning; an honest one is none."""
    found = [p for p in lint(plan_with(body)) if p.code.startswith("lint.check")]
    assert ([code] if code else []) == [p.code for p in found]
    assert all("' (a) can" in p.text("en") and "”（a）不可能" in p.text("zh") for p in found)


def test_lint_finds_baselines_that_nobody_stated() -> None:
    """A comparison with stated baselines where the plan states none is never made."""
    plan = make_plan(
        measure("total"),
        commitment("p", "measure: total\nat_least: 1 张\ndue: 2025"),
        "checks: [{id: a, baselines: true}]\n",
    )
    assert ["lint.check-never-made"] == [p.code for p in lint(plan) if p.code.startswith("lint.check")]


def test_a_measure_that_only_a_check_uses_is_used() -> None:
    """A figure reported for a check is not reported for nothing."""
    unused = {
        p.details["found"]
        for p in lint(plan_with("id: a, each: home, measure: reserved, at_most: 5 张"))
        if p.code == "lint.unused-measure"
    }
    assert "reserved" not in unused
    assert {"beds", "share"} <= unused


@pytest.mark.parametrize("name", find_shipped_plans())
def test_shipped_checks_are_sound(name: str) -> None:
    """Every shipped plan has checks, and lint has nothing to say about them."""
    plan = load_plan(name)
    assert plan.checks
    assert [] == [p.text("en") for p in lint(plan) if p.code.startswith("lint.check")]


# shown and compared


ALL = (
    "id: parts, title: {zh: 部分, en: Parts}, each: home, where: beds > 0 张, measure: reserved, at_most: beds",
    "id: near, measure: share, exactly: 50 %, within: 1 百分点, severity: warning",
    "id: jump, measure: total, jump: 2, within: 5 张, unmade: warning",
    "id: truth, holds: total > 1 张",
    "id: towns, complete: town",
    "id: base, baselines: true",
)


def test_the_page_lists_every_check_in_words() -> None:
    """The page of a plan says of each check what it asks and what becomes of a sheet that fails it."""
    pages = {}
    for lang in ("zh", "en"):
        stream = io.StringIO()
        write_report("plan", "markdown", ShownPlan(plan=plan_with(*ALL)), lang, stream)
        pages[lang] = stream.getvalue().replace("\\", "").replace("&gt;", ">").replace("&lt;", "<")
    for text in (
        "## Data checks", "### Parts `parts`", "each home (“beds measure” > 0 张): reserved measure at most beds measure",
        "district: share measure exactly 50 % (a difference of 1 百分点 is accepted)", "- **if it fails**: a warning",
        "total measure within a factor of 2 of the year before", "(changes of up to 5 张 do not count)", "every town of the register is listed",
        "what is reported for 2020 equals the baselines the plan states", "district: “total measure” > 1 张", "the sheets are refused",
    ):  # fmt: skip
        assert text in pages["en"], text
    for text in ("## 数据核查", "每个养老机构", "（允许相差 1 百分点）", "报表不予受理", "名册中的每个乡镇都已列出"):
        assert text in pages["zh"], text


def test_a_changed_check_is_a_difference() -> None:
    """Added, removed and changed checks are told, key by key; another way of writing spaces is no change."""
    old = plan_with("id: a, measure: total, at_most: 5 张", "id: gone, complete: town", "id: same, holds: total > 1 张")
    new = plan_with(
        "id: a, measure: total, at_most: 6 张, severity: warning",
        "id: new, baselines: true",
        "id: same, holds: total  >  1张",
    )
    found = diff(old, new)
    assert [
        ("a", "changed", "at_most"),
        ("a", "changed", "severity"),
        ("new", "added", ""),
        ("gone", "removed", ""),
    ] == [(d.id, d.change, d.aspect) for d in found]
    assert {"check"} == {d.about for d in found}
    assert "data check 'a': at most 5 张 → 6 张" == say_difference(found[0], "en")
    assert "数据核查“a”：轻重由 不予受理 改为 提示" == say_difference(found[1], "zh")


# what reading checks by itself


def csv_folder(folder: Path, table: str, facts: str = "") -> Path:
    """Write a folder that is one sheet."""
    (folder / "sheet.facts.yaml").write_text(sheet_text(facts, registers="home: complete"), encoding="utf-8")
    (folder / "home.csv").write_text(table, encoding="utf-8")
    return folder


BUILT_IN = (
    measure("rate", 'unit: "%"', of="home")
    + measure("beds", of="home")
    + measure("own_rate", 'unit: "%"')
    + measure("count")
)
READ = [
    ("own_rate: 101 %", "", "", "out-of-range", (5, 13)),
    ("own_rate: -1 %", "", "", "out-of-range", (5, 13)),
    ("count: 1.5 张", "", "", "not-whole", (5, 10)),
    ("count: 1 张\ncount 指标: 1 张", "", "", "duplicate-fact", (6, 3)),
    ("", "- {kind: home, name: 甲, facts: {rate: 101 %}}", "", "out-of-range", (5, 41)),
    ("", "- {kind: home, name: 甲, facts: {beds: 1.5 张}}", "", "not-whole", (5, 41)),
    ("", "- {kind: home, name: 甲}\n- {kind: home, name: 甲}", "", "duplicate-subject", (6, 5)),
    ("", "", "name,rate(%)\n甲,101\n", "out-of-range", (2, 2)),
    ("", "", "name,rate(%)\n甲,50\n乙,120.5 %\n", "out-of-range", (3, 2)),
    ("", "", "name,beds [张]\n甲,1.5\n", "not-whole", (2, 2)),
    ("", "", "name,beds [张]\n甲,1.5张\n", "not-whole", (2, 2)),
    ("", "", "name,beds [张],beds\n甲,1,1\n", "duplicate-fact", (1, 3)),
    ("", "", "name,beds [张]\n甲,1\n乙,2\n甲,3\n", "duplicate-subject", None),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "subjects", "table", "code", "place"), READ)
def test_reading_checks_ranges_wholes_and_duplicates(
    facts: str, subjects: str, table: str, code: str, place: tuple[int, int] | None, tmp_path: Path
) -> None:
    """Without being declared, a percentage out of range, a part of a whole thing and a duplicate are errors at their place."""
    plan = make_plan(BUILT_IN, commitment("p", "measure: count\nat_least: 1 张\ndue: 2025"))
    sheet = csv_folder(tmp_path, table) if table else tmp_path / "a.facts.yaml"
    if not table:
        sheet.write_text(sheet_text(facts, subjects), encoding="utf-8")
    with pytest.raises(Refused) as refused:
        read_facts(sheet, plan)
    problems = refused.value.problems
    assert {code} == {problem.code for problem in problems}
    assert all(problem.location.line for problem in problems)
    if place:
        assert [place] == [(problem.location.line, problem.location.column) for problem in problems]
