"""The plan page: every commitment in words beside its citation, as Markdown and for a terminal."""

from __future__ import annotations

import io
import re
from datetime import date
from itertools import pairwise

import pytest
from dabiao.commands.outputs import write_report
from dabiao.reports.plan_page import promise
from dabiao.rules.amend import in_force
from dabiao.rules.load import find_shipped_plans, parse_plan
from dabiao.rules.model import Plan
from dabiao.rules.services import ShownPlan
from helpers import HEAD, TITLE, commitment, load_plan, make_plan, measure, plan_text
from markdown_it import MarkdownIt

MEASURES = (
    measure("beds", "unit: 张, baseline: 50 张")
    + measure("rate", 'unit: "%"')
    + measure("people", "unit: 万人")
    + measure("law", "ladder: deliverable")
    + measure("rehab", "yes_no: true", of="town")
    + measure("size", of="home")
    + measure("stars", "ladder: rating", of="home")
    + measure(
        "sort",
        "options: [{id: elderly, title: {zh: 养老, en: elderly}}, {id: child, title: {zh: 儿童, en: child}}]",
        of="home",
    )
)


def page(plan: Plan, lang: str = "en", markdown: bool = True) -> str:
    """Return the page of a plan."""
    stream = io.StringIO()
    write_report("plan", "markdown" if markdown else "text", ShownPlan(plan=plan), lang, stream)
    return stream.getvalue()


def in_words(body: str, lang: str = "en") -> str:
    """Return one commitment in words."""
    plan = make_plan(MEASURES, commitment("a", body))
    return promise(plan.commitments["a"], plan, lang)


@pytest.mark.parametrize(
    ("body", "zh", "en"),
    [
        ("measure: beds\nat_least: 500 张\ndue: 2025", "区：beds 指标 不少于 500 张", "district: beds measure at least 500 张"),
        ("measure: people\nmore_than: 0.28 万人\ndue: 2025",
         "区：people 指标 超过 0.28 万人", "district: people measure more than 0.28 万人"),
        ("measure: beds\nbetween: [1 张, 2 张]\ndue: 2025",
         "区：beds 指标 1 张 至 2 张", "district: beds measure between 1 张 and 2 张"),
        ("measure: beds\nstaged: [{year: 2022, at_least: 300 张}, {year: 2025, at_least: 500 张}]",
         "区：beds 指标 2022 年不少于 300 张，2025 年不少于 500 张",
         "district: beds measure at least 300 张 in 2022, at least 500 张 in 2025"),
        ("measure: beds\ndirection: increase\ndue: 2025", "区：beds 指标 高于2020年", "district: beds measure above that of 2020"),
        ("measure: beds\ndirection: no_increase\nagainst: last_year\ndue: every_year",
         "区：beds 指标 不高于上年", "district: beds measure not above that of the year before"),
        ("measure: law\nat_least: issued\ndue: 2025", "区：law 指标 达到“已印发”及以上", "district: law measure at least issued"),
        ("each: town\nmeasure: rehab\nexactly: yes\ndue: 2025", "每个乡镇：rehab 指标 为“是”", "each town: rehab measure is yes"),
        ("each: home\nwhere: sort = elderly and stars >= three\nmeasure: size\nat_least: 50 张\ndue: 2025",
         "每个养老机构（“sort 指标” = 养老，且 “stars 指标” ≥ 三星）：size 指标 不少于 50 张",
         "each home (“sort measure” = elderly and “stars measure” ≥ three stars): size measure at least 50 张"),
        ("measure: share(rehab of town)\nat_least: 80 %\ndue: 2025",
         "区：乡镇中 “rehab 指标” 的占比 不少于 80 %", "district: share of town subjects with “rehab measure” at least 80 %"),
        ("measure: count(home where size >= 50 张)\nat_least: 2 个\ndue: 2025",
         "区：养老机构数量（“size 指标” ≥ 50 张） 不少于 2 个",
         "district: number of home subjects (“size measure” ≥ 50 张) at least 2 个"),
        ("measure: sum(size of home)\nat_least: beds * 2\ndue: 2025",
         "区：各养老机构“size 指标”之和 不少于 “beds 指标” × 2",
         "district: “size measure” summed over home subjects at least “beds measure” × 2"),
        ("measure: change(beds)\nat_least: 9 张\ndue: 2025",
         "区：“beds 指标”比 2020 年的增减 不少于 9 张", "district: change of “beds measure” since 2020 at least 9 张"),
        ("measure: beds\nat_least: baseline(beds) + 9 张\ndue: 2025",
         "区：beds 指标 不少于 2020 年的“beds 指标” + 9 张", "district: beds measure at least “beds measure” of 2020 + 9 张"),
        ("measure: (beds - last(beds)) / last(beds)\nat_least: 5 %\ndue: every_year",
         "区：(“beds 指标” − 上年的“beds 指标”) ÷ 上年的“beds 指标” 不少于 5 %",
         "district: (“beds measure” − “beds measure” of the year before) ÷ “beds measure” of the year before at least 5 %"),
        ("holds: law >= issued and not (rate < 50 % or beds < 9 张)\ndue: 2025",
         "区：须做到 “law 指标” ≥ 已印发，且 并非（“rate 指标” < 50 %，或 “beds 指标” < 9 张）",
         "district: “law measure” ≥ issued and not (“rate measure” < 50 % or “beds measure” < 9 张)"),
        ("manual: true", "区：须人工核查，不自动判定", "district: to be checked by hand, not judged"),
    ],
)  # fmt: skip
def test_promise_in_words(body: str, zh: str, en: str) -> None:
    """Every form of promise reads as a sentence, with titles for names and targets as written."""
    assert (zh, en) == (in_words(body, "zh"), in_words(body, "en"))


def test_brackets_keep_the_meaning() -> None:
    """Brackets stay where they are needed: a - (b - c), a / (b * c), (a or b) and c."""
    assert "district: “beds measure” − (“beds measure” − 9 张) at least 9 张" == in_words(
        "measure: beds - (beds - 9 张)\nat_least: 9 张\ndue: 2025"
    )
    assert "÷ (“beds measure” × 2)" in in_words("measure: beds / (beds * 2)\nat_least: 50 %\ndue: 2025")
    both = in_words("holds: (rate > 5 % or beds > 9 张) and law >= issued\ndue: 2025")
    assert "district: (“rate measure” > 5 % or “beds measure” > 9 张) and “law measure” ≥ issued" == both


FULL_COMMITMENT = """\
measure: beds
at_least: 500 张
due: 2025
implied: true
nature: binding
strength: must
duty: 区民政局
chapter: 第二章
same_as: b
reading: {chosen: 表中500张, other: 正文400张, why: 表更晚}
note: {zh: 另有说明, en: See also}
"""
REST = """\
consequences:
  - id: warned
    title: {zh: 约谈, en: Talk}
    level: sanction
    for: district
    cite: {section: 第四部分, phrase: 约谈}
    when: [{commitment: a, verdict: [shortfall, behind]}, {nature: binding}]
  - {id: noted, title: {zh: 通报, en: Notice}, level: alert, when: [{consequence: warned}]}
amendments:
  - {id: rev, effective: 2023-07-01, authority: 区政府, changes: [{commitment: b, at_least: 85 张}]}
left_out:
  - {phrase: 甲, reason: 背景}
  - {phrase: 乙, reason: 背景}
"""


def full_plan() -> Plan:
    """Return a plan with everything a page shows."""
    derived = "- {id: part, title: {zh: 占比, en: Part}, unit: '%', formula: share(rehab of town), definition: {zh: 年末, en: at the end}}\n"
    other = commitment("b", "measure: beds\nat_least: 500 张\ndue: throughout\nchapter: 第一章")
    bare = commitment("c", "measure: part\nat_least: 80 %\ndue: every_year\nchapter: 第二章")
    return make_plan(MEASURES + derived, commitment("a", FULL_COMMITMENT) + other + bare, REST)


def test_everything_an_official_compares_is_there() -> None:
    """A commitment shows promise, due time, baseline, nature, strength, duty, citation, reading, link and note."""
    section = page(full_plan()).split("### 1. ")[1].split("\n### ")[0]
    assert [
        "Commitment `a`",
        "",
        "- **promise**: district: beds measure at least 500 张",
        "- **due**: by 2025 (not stated in the document, implied)",
        "- **baseline**: 50 张 in 2020",
        "- **tier**: task",
        "- **nature**: binding",
        "- **strength**: must",
        "- **duty**: 区民政局",
        "- **clause**: 第一部分 一 “承诺”",
        "- **reading**: chosen: 表中500张; not: 正文400张; because: 表更晚",
        "- **same promise as**: Commitment \\[b\\]",
        "- **note**: See also",
    ] == section.splitlines()


def test_what_is_not_stated_is_left_out() -> None:
    """A commitment without nature, duty or notes has no empty lines for them."""
    section = page(full_plan(), "zh").split("`c`")[1].split("\n## ")[0]
    assert ["承诺", "时限", "类型", "依据"] == re.findall(r"- \*\*(.*?)\*\*", section)


def test_chapters() -> None:
    """Commitments stand under their chapter, numbered through, chapters in the order of the plan."""
    headings = [line for line in page(full_plan(), "zh").splitlines() if line.startswith("#")]
    assert [
        "# 示例规划 `demo`", "## 第二章", "### 1. 承诺 `a`", "### 2. 承诺 `c`", "## 第一章", "### 3. 承诺 `b`", "## 后果",
        "### 约谈 `warned`", "### 通报 `noted`", "## 修订", "## 指标表", "## 对象与名册", "## 不列入的段落",
    ] == headings  # fmt: skip


def test_consequences_in_words() -> None:
    """A consequence says what it follows from by title, its level, where it falls and its citation."""
    text = page(full_plan())
    assert "- **when**: “Commitment” \\[a\\] is shortfall or behind and any binding commitment is shortfall" in text
    assert "- **when**: “Talk” \\[warned\\] has followed" in text
    assert ["sanction", "alert"] == re.findall(r"- \*\*level\*\*: (.*)", text)
    assert ["district"] == re.findall(r"- \*\*falls on\*\*: (.*)", text)


def test_tables_at_the_end() -> None:
    """Measures are listed with unit or steps, formula in words, baseline and definition; kinds with their registers."""
    text = page(full_plan())
    assert "| `part` | Part | district | % | share of town subjects with “rehab measure” |  | at the end |" in text
    assert "| `law` | law measure | district | planned &lt; drafted &lt; issued &lt; in force |  |  |  |" in text
    assert "| `sort` | sort measure | home | elderly / child |  |  |  |" in text
    assert "| `beds` | beds measure | district | 张 |  | 50 张 |  |" in text
    assert "| `town` | town | district | 3 |" in text
    assert "| `home` | home | district | as reported |" in text
    assert "- **passages**: 2" in text


def test_registers_by_name_and_missing() -> None:
    """A register of names lists them; a kind without one says so."""
    head = HEAD.replace("register: 3", "register: [甲镇, 乙镇]").replace("in: town, register: reported", "in: town")
    text = page(parse_plan(plan_text(MEASURES, commitment("a", "measure: beds\nat_least: 5 张\ndue: 2025"), head=head)))
    assert "| `town` | town | district | 2: 甲镇, 乙镇 |" in text
    assert "| `centre` | centre | town | none |" in text


def test_amendments_in_force() -> None:
    """The page of an amended plan names the amendments in force and shows the new target."""
    plan = full_plan()
    before, after = page(plan), page(in_force(plan, date(2023, 7, 1)))
    assert "| `rev` | 2023-07-01 | 区政府 |  | no |" in before
    assert "| `rev` | 2023-07-01 | 区政府 |  | yes |" in after
    assert "- **in force**: rev" in after and "at least 85 张" in after
    assert "in force**: rev" not in before and "at least 85 张" not in before


def hostile() -> tuple[Plan, str]:
    """Return a plan whose titles and phrases are full of markup, and one of its titles."""
    title = "a|b *c* _d_ `e` [f](http://g) <script>h</script> # i ~~j~~ &amp; \\k"
    yaml = f"'{title}'"
    measures = "- {id: beds, title: {zh: " + yaml + ", en: " + yaml + "}, unit: 张}\n"
    text = plan_text(measures, commitment("a", "measure: beds\nat_least: 5 张\ndue: 2025\nchapter: " + yaml))
    text = text.replace(TITLE, f"{{zh: {yaml}, en: {yaml}}}").replace("phrase: 承诺", f"phrase: {yaml}")
    return parse_plan(text), title


def test_markdown_takes_text_as_text() -> None:
    """A title with markup comes out of a Markdown reader letter by letter: no tag, link, extra cell or emphasis; nothing but
    empty comments, which keep addresses from becoming links, stands between the letters.
    """
    plan, title = hostile()
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(page(plan))
    inline = [token for token in tokens if token.type == "inline"]
    shown = [[child for child in token.children or [] if child.content != "<!-- -->"] for token in inline]
    texts = ["".join(child.content for child in children) for children in shown]
    kinds = {child.type for children in shown for child in children}
    assert kinds <= {"text", "code_inline", "strong_open", "strong_close", "softbreak", "text_special"}
    assert title in texts
    assert f"1. {title} a" in texts
    assert f"promise: district: {title} at least 5 张" in texts
    assert f"clause: 第一部分 一 “{title}”" in texts
    rows = [t for t in tokens if t.type in ("td_open", "th_open")]
    assert 7 * 2 + 4 * (1 + len(plan.kinds)) == len(rows)


def test_terminal_takes_text_as_text() -> None:
    """A title with square brackets is printed as it is on a terminal, ids beside it."""
    measures = "- {id: beds, title: {zh: '[red]床位[/red]', en: '[red]Beds[/red]'}, unit: 张}\n"
    plan = make_plan(measures, commitment("a", "measure: beds\nat_least: 5 张\ndue: 2025"))
    text = page(plan, markdown=False)
    assert "1. Commitment [a]" in text
    assert "  promise: district: [red]Beds[/red] at least 5 张" in text
    assert "\x1b[" not in text


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", sorted(find_shipped_plans()))
def test_shipped_plans_in_full(name: str, lang: str) -> None:
    """The Markdown page of a shipped plan has every commitment and measure by id, and the same bytes each time."""
    plan = load_plan(name)
    text = page(plan, lang)
    assert [] == [c for c in plan.commitments if f"`{c}`" not in text]
    assert [] == [m.id for m in plan.measures.values() if f"| `{m.id}` |" not in text]
    assert text == page(load_plan(name), lang)


@pytest.mark.parametrize("name", sorted(find_shipped_plans()))
def test_shipped_plans_on_a_terminal(name: str) -> None:
    """The terminal page of a shipped plan has every commitment with its id, numbered through."""
    plan = load_plan(name)
    text = page(plan, "zh", markdown=False)
    assert [] == [c for c in plan.commitments if f"[{c}]" not in text]
    assert len(plan.commitments) == max(int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE))


@pytest.mark.parametrize("name", sorted(find_shipped_plans()))
def test_promises_name_measures_by_title(name: str) -> None:
    """No promise of a shipped plan shows a measure, step or kind by its id."""
    plan = load_plan(name)
    ids = {m.id for m in plan.measures.values()} | {s.id for m in plan.measures.values() for s in m.steps}
    ids |= set(plan.kinds)
    raw = {i for i in ids if "_" in i}
    for c in plan.commitments.values():
        for lang in ("zh", "en"):
            assert set() == raw & set(re.findall(r"[a-z][a-z0-9_]*", promise(c, plan, lang))), c.id


@pytest.mark.parametrize("name", sorted(find_shipped_plans()))
def test_markdown_of_shipped_plans_is_well_formed(name: str) -> None:
    """Each table of the page is read as one, with as many cells in every row as in its heading."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page(load_plan(name), "zh"))
    kinds = [token.type for token in tokens]
    tables = 3 if load_plan(name).amendments else 2
    assert tables == kinds.count("table_open")
    assert len(load_plan(name).commitments) == sum(
        1
        for token, inner in pairwise(tokens)
        if token.type == "heading_open" and token.tag == "h3" and re.match(r"\d+\. ", inner.content)
    )
