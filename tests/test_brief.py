"""What those who decide read first: what is missed, what moved, where it is, whose and by when, each counted by commitment."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao import Finding, Result
from dabiao.cli import main
from dabiao.engine.awaited import find_missed, find_unprojected
from dabiao.engine.compare import compare
from dabiao.engine.moves import find_moves
from dabiao.engine.views import tally
from dabiao.reports.by_view import MOST, by_view, counts_table
from dabiao.reports.document import Heading, Items, Table, as_cell
from dabiao.reports.gravest import due_text, next_due_text
from helpers import commitment, judge, make_plan, measure, plan_text, sheet_text
from hypothesis import given
from hypothesis import strategies as st

MEASURES = (
    measure("beds") + measure("posts", "unit: 个") + measure("wait", "unit: 天") + measure("staff", "unit: 人")
    + measure("places", of="home") + measure("kept", of="home")
)  # fmt: skip
REGISTERS = "home: complete, centre: 0"


def number(name: str, body: str) -> str:
    """Return a commitment whose phrase has a figure: an indicator."""
    return commitment(name, body).replace("phrase: 承诺", "phrase: 达到300张")


def homes(*figures: tuple[str, int]) -> str:
    """Return homes with their places."""
    return "\n".join(f"- {{kind: home, name: {name}, facts: {{places: {places} 张}}}}" for name, places in figures)


def years(tmp_path: Path, plan: str, *sheets: str) -> Result:
    """Judge the last of several years."""
    return judge(make_plan(MEASURES, plan), tmp_path, *sheets)


# ---------------------------------------------------------------- missed at the present pace


def test_what_will_be_missed_is_one_line_a_commitment(tmp_path: Path) -> None:
    """Two homes that stay short are one commitment, the worse one first; a third that gets there is not among them."""
    plan = commitment("each", "each: home\nmeasure: places\nat_least: 100 张\nbaseline: 0 张\ndue: 2025")
    before = sheet_text("", homes(("甲", 10), ("乙", 20), ("丙", 40)), 2021, REGISTERS)
    now = sheet_text("", homes(("甲", 30), ("乙", 40), ("丙", 90)), 2023, REGISTERS)
    result = years(tmp_path, plan, before, now)
    (missed,) = find_missed(result)

    assert ["甲", "乙"] == [result.table["subject"][row] for row in missed.rows]
    assert "甲" == missed.finding.subject
    assert missed.finding.outlook is not None
    assert (100 - missed.finding.outlook.projected) / 100 == missed.missing


def test_binding_commitments_are_missed_first(tmp_path: Path) -> None:
    """A binding commitment comes first, then an indicator, then a task, however far their trends end from the target."""
    form = "measure: {0}\nat_least: {1}\nbaseline: {2}\ndue: 2025"
    plan = (
        commitment("task", form.format("beds", "100 张", "0 张"))
        + number("indicator", form.format("posts", "100 个", "0 个"))
        + commitment("binding", form.format("staff", "100 人", "0 人") + "\nnature: binding")
    )
    facts = ("beds: 1 张\nposts: 10 个\nstaff: 20 人", "beds: 2 张\nposts: 20 个\nstaff: 40 人")
    result = years(tmp_path, plan, *(sheet_text(f, "", y, REGISTERS) for f, y in zip(facts, (2022, 2023), strict=True)))

    assert ["binding", "indicator", "task"] == [one.finding.commitment.id for one in find_missed(result)]


# ---------------------------------------------------------------- owed next, and by when


def test_what_is_owed_next_is_counted_by_commitment(tmp_path: Path) -> None:
    """A commitment with one home behind and one undetermined is one commitment, and it is behind."""
    plan = commitment("each", "each: home\nmeasure: places\nat_least: 100 张\nbaseline: 0 张\ndue: 2024")
    unknown = "\n- {kind: home, name: 乙, facts: {kept: 1 张}}"
    result = years(tmp_path, plan, sheet_text("", homes(("甲", 10)) + unknown, 2023, REGISTERS))

    assert ["behind", "undetermined"] == sorted(result.table["verdict"])
    assert "下一个期限 2024 年底：1 项承诺还没有确认达到（进度滞后 1）：承诺" == next_due_text(result, "zh")


@pytest.mark.parametrize(
    ("due", "as_of", "text"),
    [
        ("2025", date(2023, 12, 31), "2025-12-31 到期，还有 731 天"),
        ("2023", date(2023, 12, 31), "2023-12-31 到期"),
        ("2023", date(2024, 1, 30), "2023-12-31 到期，已过 30 天"),
        ("every_year", date(2023, 12, 31), "2023-12-31 到期（每年）"),
        ("throughout", date(2024, 1, 1), "2023-12-31 到期，已过 1 天（始终）"),
    ],
)  # fmt: skip
def test_a_deadline_is_a_day(due: str, as_of: date, text: str, tmp_path: Path) -> None:
    """A deadline is told as a day, with the days left or gone; what is owed every year says so beside it."""
    result = years(
        tmp_path, number("n", f"measure: beds\nat_least: 5 张\ndue: {due}"), sheet_text("beds: 1 张", year=2023)
    )

    assert text == due_text(only(result), as_of, "zh")


def only(result: Result) -> Finding:
    """Return the only finding."""
    (finding,) = result.findings()
    return finding


def test_an_expired_waiver_stands_beside_its_finding(tmp_path: Path) -> None:
    """The home whose waiver has run out says so in its line; the home that never had one does not."""
    body = "each: home\nmeasure: places\nat_least: least\ndue: 2023"
    plan = plan_text(MEASURES + measure("least", of="home"), commitment("each", body))
    waiver = "commitment: each, subject: 甲, year: 2023, reason: r, authority: a, expires: 2023-06-30"
    listed = "\n".join(
        f"- {{kind: home, name: {name}, facts: {{places: 1 张, least: {least} 张}}}}"
        for name, least in (("甲", 5), ("乙", 6))
    )
    texts = (("p.plan.yaml", plan), ("w.yaml", f"plan: demo\nwaivers:\n- {{{waiver}}}\n"))
    for name, text in (*texts, ("s.facts.yaml", sheet_text("", listed, 2023, REGISTERS))):
        (tmp_path / name).write_text(text, encoding="utf-8")
    plan_file, waivers, sheet = (str(tmp_path / name) for name in ("p.plan.yaml", "w.yaml", "s.facts.yaml"))
    shown = (
        CliRunner().invoke(main, ["check", plan_file, sheet, "--waivers", waivers, "--lang", "zh"]).stdout.splitlines()
    )
    told = {name: shown[at + 1] for at, line in enumerate(shown) for name in "甲乙" if line.endswith(f"· {name}")}

    assert ["甲", "乙"] == sorted(told, key="甲乙".index)
    assert (True, False) == tuple("豁免已于 2023-06-30 到期" in told[name] for name in "甲乙")


# ---------------------------------------------------------------- what moved


def moves_of(tmp_path: Path, plan: str, before: str, now: str) -> list[tuple[str, float]]:
    """Return which commitments moved from one year to the next, and how far."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir(exist_ok=True)
    made = make_plan(MEASURES, plan)
    old = judge(made, tmp_path / "old", sheet_text(before, "", 2022, REGISTERS))
    new = judge(made, tmp_path / "new", sheet_text(now, "", 2023, REGISTERS))
    found = find_moves(compare(old, new))
    return [(one.shift.after.commitment.id, one.share) for one in found if one.shift.after]


def test_what_moved_away_from_its_target_comes_first(tmp_path: Path) -> None:
    """Fewer beds are worse; then comes what stands still short of its target, what got better, and what is reached as before.

    Of what got better, waiting is behind, and comes before posts, which moved farther.
    """
    plan = (
        number("kept", "measure: staff\nat_least: 5 人\nbaseline: 0 人\ndue: 2025")
        + number("same", "measure: staff\nat_least: 100 人\nbaseline: 0 人\ndue: 2025")
        + number("shorter", "measure: wait\nat_most: 10 天\nbaseline: 50 天\ndue: 2025")
        + number("more", "measure: posts\nat_least: 100 个\nbaseline: 0 个\ndue: 2025")
        + number("fewer", "measure: beds\nat_least: 100 张\nbaseline: 0 张\ndue: 2025")
    )
    before, now = (
        "staff: 5 人\nwait: 40 天\nposts: 10 个\nbeds: 60 张",
        "staff: 5 人\nwait: 30 天\nposts: 60 个\nbeds: 50 张",
    )

    moves = [("fewer", -0.1), ("same", 0.0), ("shorter", 0.25), ("more", 0.5), ("kept", 0.0)]
    assert moves == moves_of(tmp_path, plan, before, now)


def test_what_has_to_be_exact_moves_towards_its_target_from_either_side(tmp_path: Path) -> None:
    """Where exactly 10 is asked, from 14 to 12 is as much better as from 6 to 8, and from 8 to 14 is worse."""
    plan = number("exact", "measure: beds\nexactly: 10 张\nbaseline: 0 张\ndue: 2025")

    assert [("exact", 0.2)] == moves_of(tmp_path, plan, "beds: 14 张", "beds: 12 张")
    assert [("exact", 0.2)] == moves_of(tmp_path, plan, "beds: 6 张", "beds: 8 张")
    assert [("exact", -0.2)] == moves_of(tmp_path, plan, "beds: 8 张", "beds: 14 张")


@given(before=st.integers(0, 200), now=st.integers(0, 200))
def test_the_way_back_is_as_far(before: int, now: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A value that moves back moves as far the other way, and so does one that has to fall instead of rise."""
    folder = tmp_path_factory.mktemp("moves")
    plans = [
        number("n", f"measure: beds\n{key}: 150 张\nbaseline: 100 张\ndue: 2025") for key in ("at_least", "at_most")
    ]
    sheets = (f"beds: {before} 张", f"beds: {now} 张")
    there, back = moves_of(folder, plans[0], *sheets), moves_of(folder, plans[0], *reversed(sheets))

    assert [("n", (now - before) / 50)] == there
    assert [(name, 0.0 - share) for name, share in there] == back == moves_of(folder, plans[1], *sheets)


# ---------------------------------------------------------------- where it is


def test_the_brief_says_where_it_is(tmp_path: Path) -> None:
    """Of each kind it says how many of those listed have something wrong, and which have the most; and which kinds have nothing."""
    plan = plan_text(MEASURES, commitment("each", "each: home\nmeasure: places\nat_least: 5 张\ndue: 2023"))
    listed = homes(("甲", 1), ("乙", 5), ("丙", 5))
    (tmp_path / "p.plan.yaml").write_text(plan, encoding="utf-8")
    (tmp_path / "s.facts.yaml").write_text(sheet_text("", listed, 2023, REGISTERS), encoding="utf-8")
    words = ["check", str(tmp_path / "p.plan.yaml"), str(tmp_path / "s.facts.yaml"), "-o", "brief", "--lang", "zh"]
    run = CliRunner().invoke(main, words)

    assert 1 == run.exit_code
    assert "有判定的 3 个中，1 个有未达标或滞后，由多到少：甲（未达标 1）" in run.stdout


def test_a_table_by_view_has_columns_for_what_occurs(tmp_path: Path) -> None:
    """What is not due has a column of its own where something is not due, and no column is a mixture."""
    plan = commitment("now", "each: home\nmeasure: places\nat_least: 5 张\ndue: 2023")
    later = commitment("later", "each: home\nmeasure: kept\nat_least: 5 张\ndue: 2025")
    sheet = sheet_text("", "- {kind: home, name: 甲, facts: {places: 1 张, kept: 1 张}}", 2023, REGISTERS)

    def headings(commitments: str) -> tuple[str, ...]:
        result = years(tmp_path, commitments, sheet)
        return counts_table(result, "home", tally(result, "home"), "zh", None).headings

    common = ("分组", "条数", "达到", "未达标", "进度滞后", "无法判定", "进度正常")
    assert common == headings(plan)
    assert (*common, "未到期", "还没有结论或未到期的") == headings(plan + later)


def test_views_name_what_is_left_to_do(tmp_path: Path) -> None:
    """A subject with nothing wrong says what is open and what is not due; one with more than fits has all of them below."""
    plan = "".join(
        commitment(f"later{n}", f"each: home\nmeasure: kept\nat_least: {n + 5} 张\ndue: 2025") for n in range(8)
    ) + commitment("now", "each: home\nmeasure: places\nat_least: 5 张\ndue: 2023")
    listed = (
        "- {kind: home, name: 甲, facts: {places: 9 张, kept: 9 张}}\n- {kind: home, name: 乙, facts: {kept: 99 张}}"
    )
    result = years(tmp_path, plan, sheet_text("", listed, 2023, REGISTERS))
    found = tally(result, "home")
    _, table, heading, card, *_ = by_view(result, "home", found, "zh", MOST, 2)

    assert isinstance(table, Table)
    assert isinstance(heading, Heading)
    assert isinstance(card, Items)
    told = {as_cell(row[0]).text: (as_cell(row[0]).link, row[-1]) for row in table.rows}
    assert ("", "无法判定 1 条：承诺") == told["乙"]
    link, text = told["甲"]
    assert ("未到期 3 条：承诺、承诺、……另有 1 项", link) == (text, heading.anchor)
    assert ["未到期 3 条：承诺、承诺、承诺"] == [item.text for item in card.items]
    assert 1 == sum(isinstance(block, Table) for block in by_view(result, "home", found, "zh", 20, 2))


def test_what_cannot_be_projected_is_said(tmp_path: Path) -> None:
    """What is behind in the first year that is reported is not among what will be missed: the brief says that nobody can tell."""
    plan = number("known", "measure: beds\nat_least: 100 张\nbaseline: 0 张\ndue: 2025") + number(
        "first", "measure: posts\nstaged: [{year: 2022, at_least: 50 个}, {year: 2025, at_least: 90 个}]"
    )
    before, now = (
        sheet_text(facts, "", year, REGISTERS)
        for year, facts in ((2022, "beds: 1 张"), (2023, "beds: 1 张\nposts: 1 个"))
    )
    result = years(tmp_path, plan, before, now)

    assert ["known"] == [one.finding.commitment.id for one in find_missed(result)]
    assert ("first",) == find_unprojected(result)


def test_several_districts_are_named(tmp_path: Path) -> None:
    """What is missing, and what follows, is told with its district where there are several."""
    follows = """\
consequences:
  - {id: stop, title: {zh: 停补, en: stop}, level: sanction, when: [{commitment: each}], cite: {section: 一, phrase: 停补}}
"""
    plan = plan_text(MEASURES, commitment("each", "each: home\nmeasure: places\nat_least: 5 张\ndue: 2023"), follows)
    (tmp_path / "p.plan.yaml").write_text(plan, encoding="utf-8")
    listed = "- {kind: home, name: 甲, facts: {places: 1 张}}\n- {kind: home, name: 乙, facts: {}}"
    sheets = [tmp_path / f"{name}.facts.yaml" for name in ("东区", "西区")]
    for sheet in sheets:
        sheet.write_text(sheet_text("", listed, 2023, REGISTERS, sheet.stem.split(".")[0]), encoding="utf-8")
    words = ["check", str(tmp_path / "p.plan.yaml"), *map(str, sheets), "-o", "brief", "--lang", "zh"]
    told = CliRunner().invoke(main, words).stdout

    assert "东区 甲：停补" in told
    assert "西区 甲：停补" in told
    assert "东区 乙 等 2 个 places 指标 2023" in told
