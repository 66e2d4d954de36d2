"""Slips of newcomers: each is told in one line that says what is the matter, in the user's language."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.base.messages import say
from dabiao.base.nodes import parse_yaml
from dabiao.base.problems import Problems, Refused
from dabiao.cli import main
from helpers import commitment, measure, plan_text, sheet_text

PLAN = plan_text(
    measure("beds", "unit: 张, baseline: 100 张") + measure("law", "ladder: deliverable"),
    commitment("beds", "measure: beds\nat_least: 300 张\ndue: 2025")
    + commitment("law", "measure: law\nat_least: in_force\ndue: 2025").replace("phrase: 承诺", "phrase: 完善制度"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a plan and a sheet."""
    (tmp_path / "demo.plan.yaml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "a.facts.yaml").write_text(sheet_text("beds: 350 张"), encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run a command in Chinese on files of a folder; return its exit code and what it printed."""
    named = [str(folder / one) if one.endswith(".yaml") and ":" not in one else one for one in arguments]
    result = CliRunner().invoke(main, [*named, "--lang", "zh"])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("plan: a\nyear：2023\nfacts: {}\n", (2, 5), "第 2 行用了全角“：”，应为半角 :"),
        ("plan: a\nfacts: {a: 1，b: 2}\n", (2, 12), "第 2 行用了全角“，”，应为半角 ,"),
        ("plan: a\n\tyear: 2023\n", (2, 1), "第 2 行用制表符缩进，应为空格"),
        ('plan: "a\nyear: 2023\n', (3, 1), "YAML 语法错误：引号没有配对"),
        ("plan: a\nfacts: [1, 2\nyear: 3\n", (3, 1), "YAML 语法错误：方括号或花括号没有配对，或缺少逗号"),
    ],
)
def test_slips_of_yaml_are_told_where_they_are(text: str, place: tuple[int, int], says: str) -> None:
    """A full-width sign or a tab is found on its own line, not on the next; what libyaml says is told in Chinese."""
    with pytest.raises(Refused) as refused:
        parse_yaml(text, "a.yaml", Problems())

    (problem,) = refused.value.problems
    assert (problem.location.line, says) == (place[0], problem.text("zh").partition(": ")[2])


def test_swapped_arguments_are_told_as_such(folder: Path) -> None:
    """A sheet where the plan belongs, and a plan among the sheets, are one line each."""
    code, said = run(folder, "check", "a.facts.yaml", "demo.plan.yaml")
    assert (2, 1) == (code, said.count("\n"))
    assert "这是报表，不是规划" in said
    assert "这是规划，不是报表" in run(folder, "check", "demo.plan.yaml", "demo.plan.yaml")[1]


def test_a_report_does_not_replace_another_sheet(folder: Path) -> None:
    """A sheet that lies beside and is not read is not replaced by a report."""
    other = folder / "b.facts.yaml"
    other.write_text("kept", encoding="utf-8")
    code, said = run(folder, "check", "demo.plan.yaml", "a.facts.yaml", "-o", f"text:{other}")

    assert (2, "kept") == (code, other.read_text(encoding="utf-8"))
    assert "请另写文件名" in said


@pytest.mark.parametrize("value", ["1590张左右", "1500-1600张"])
def test_a_rough_number_is_no_unknown_unit(value: str, folder: Path) -> None:
    """About so many, and from so many to so many, are told to be not one number."""
    (folder / "a.facts.yaml").write_text(sheet_text(f"beds: {value}"), encoding="utf-8")

    assert "不是一个确定的数" in run(folder, "check", "demo.plan.yaml", "a.facts.yaml")[1]


def test_a_sheet_of_the_baseline_year_is_told_to_be_one(folder: Path) -> None:
    """Nothing is due in the baseline year: that is said, and that the plan states another baseline than is reported."""
    (folder / "a.facts.yaml").write_text(sheet_text("beds: 350 张", year=2020), encoding="utf-8")
    code, said = run(folder, "check", "demo.plan.yaml", "a.facts.yaml")

    assert 0 == code
    assert "2020 年是基期年，规划自 2021 年起" in said
    assert "2020 年报为 350 张，规划所载基期值为 100 张" in said


def test_a_subject_that_is_not_judged_is_answered_with_those_that_are(folder: Path) -> None:
    """Asked for a town, a commitment of the district says that it is judged for the district, and for which."""
    code, said = run(folder, "explain", "demo.plan.yaml", "a.facts.yaml", "beds", "--subject", "甲镇")

    assert (2, True) == (code, "它逐区判定，有：某区" in said)


def test_only_efforts_selected_says_so(folder: Path) -> None:
    """Where only efforts are selected the reason is told, with exit code 3; counted, there is something judged."""
    code, said = run(folder, "check", "demo.plan.yaml", "a.facts.yaml", "--select", "effort")
    assert (3, True) == (code, "选中的都是工作要求" in said)
    (folder / "a.facts.yaml").write_text(sheet_text("law: planned"), encoding="utf-8")
    code, said = run(folder, "check", "demo.plan.yaml", "a.facts.yaml", "--select", "effort", "--fail-on", "effort")
    assert (1, False) == (code, "没有判定" in said or "选中的都是" in said)


def test_a_text_has_a_form_for_one_and_for_more() -> None:
    """One finding is no findings."""
    told = [say("report.summary", "en", total=total, counts="").partition(":")[0] for total in (1, 2)]
    assert ["1 finding", "2 findings"] == told
