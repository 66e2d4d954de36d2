"""Slips of newcomers: each is told in one line that says what is the matter, in the user's language."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.base.messages import say
from dabiao.base.nodes import parse_yaml, read_bytes
from dabiao.base.problems import Problems, Refused, Term
from dabiao.base.system import put_system_reason
from dabiao.cli import main
from dabiao.rules.load import load_plan
from helpers import commitment, measure, plan_text, sheet_text
from hypothesis import given
from hypothesis import strategies as st

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
        ('plan: "a\nyear: 2023\n', (1, 7), "YAML 语法错误：引号没有配对"),
        (
            "plan: a\nfacts: [1, 2\nyear: 3\n",
            (3, 1),
            "YAML 语法错误：方括号或花括号没有配对，或缺少逗号；含括号的文本请加引号",
        ),
        ("plan: a\nfacts:\n  a: 1\n　　b: 2\n  c: 3\n", (4, 1), "第 4 行用全角空格（或不间断空格）缩进，应为半角空格"),
        (
            "plan: a\nfacts:\n  a: 1\n\u00a0 b: 2\n  c: 3\n",
            (4, 1),
            "第 4 行用全角空格（或不间断空格）缩进，应为半角空格",
        ),
        ("plan: a\nfacts:\u00a0\n  a: 1\n", (2, 7), "第 2 行“:”后面的空格是 U+00A0，应为半角空格"),
        ("a: 1\nb:\n-\u3000{c: 1, d: 2}\n", (3, 2), "第 3 行“-”后面的空格是 U+3000，应为半角空格"),
        ("plan: a\nunit: %\n", (2, 7), "YAML 语法错误：值不能以 % 开头，请加引号"),
        ("plan: a\nat_least: >= 5 张\n", (2, 11), "YAML 语法错误：值不能以 > 开头，请加引号"),
        ("plan: a\nphrase: {p: *达到}\n", (2, 13), "YAML 语法错误：值不能以 * 开头，请加引号"),
        ("plan: a\nyear:2023\nfacts: {}\n", (2, 1), "YAML 语法错误：缺少冒号（键与值之间应为“: ”）"),
        ("a:\n  - id: b\n  -id: c\n", (3, 3), "“-id:”的短横后面要有空格"),
        ("plan: a\ndue: - x\n", (2, 6), "YAML 语法错误：列表的各项（以“- ”开头）要另起一行"),
        (
            'plan: a\ntitle: "养老"资金"\n',
            (2, 12),
            "YAML 语法错误：缩进与上文不一致，或引号、方括号后面还有内容（整个值要放在一对引号里）",
        ),
    ],
)
def test_slips_of_yaml_are_told_where_they_are(text: str, place: tuple[int, int], says: str) -> None:
    """A full-width sign or a tab is found on its own line, not on the next; what libyaml says is told in Chinese."""
    with pytest.raises(Refused) as refused:
        parse_yaml(text, "a.yaml", Problems())

    (problem,) = refused.value.problems
    assert (problem.location.line, says) == (place[0], problem.text("zh").partition(": ")[2])


@given(st.integers(0, len(PLAN)), st.text("\t %@`\"'[]{}：,:|>*&!?-#\\“", min_size=1, max_size=3))
def test_no_word_of_the_parser_reaches_a_message(at: int, signs: str) -> None:
    """Whatever stands in a plan that the parser gives up: the reason is a text of the catalogue, in every language."""
    try:
        parse_yaml(PLAN[:at] + signs + PLAN[at:], "a.yaml", Problems())
    except Refused as refused:
        assert all(isinstance(p.details.get("reason", Term("")), Term) for p in refused.problems)
        assert all(p.text("zh") for p in refused.problems)


SLIPS = {  # what stands in place of the title and the facts, and the only thing that is said of it
    "title: {zh: 死亡率, en: Deaths per 1,000}": ("lone-key", "“000”没有值"),
    "title: {zh: 资金, en: Funds, care, others}": ("lone-key", "“care”没有值"),
    "title: {zh：资金, en：Funds}": ("yaml-wide-sign", "全角“：”"),
    "title: {zh:资金, en:Funds}": ("yaml-no-space", "冒号后面要有空格"),
    "document：{title: {zh: 甲, en: A}}": ("yaml-wide-sign", "全角“：”"),
    "　baseline: 2020": ("yaml-wide-space", "全角空格"),
    'baseline: "2020"': ("write-plainly", "应写 2020"),
    "baseline: ２０２０": ("write-plainly", "应写 2020"),
    "baseline: 2020年": ("write-plainly", "应写 2020"),
    "title: {zh: 目标: 500 张, en: Goal}": ("yaml-syntax", "此处不能再有冒号"),
}


@pytest.mark.parametrize("line", SLIPS)
def test_a_slip_is_told_once(line: str, folder: Path) -> None:
    """A slip of the input method or a comma in braces is one line, and nothing is said that only follows from it."""
    code, words = SLIPS[line]
    name = line.strip("　").partition(":")[0].partition("：")[0]
    lines = [line if old.startswith(f"{name}:") else old for old in PLAN.splitlines()]
    (folder / "demo.plan.yaml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load_plan(str(folder / "demo.plan.yaml"))

    assert [code] == [problem.code for problem in refused.value.problems if problem.code != "missing-key"]
    assert words in refused.value.problems[0].text("zh")


@pytest.mark.parametrize(("facts", "words"), [
    ("facts：{beds: 350 张}", "全角“：”"), ("facts:\n  beds：350 张", "全角“：”"), ("facts: {beds: 1,350}", "“350”没有值"),
    ("facts: {beds: {value: 1,350 张}}", "“350 张”没有值"), ("facts: {beds: {value: 7 张, note: 甲,乙,丙}}", "“乙”没有值"),
    ("facts: {beds：350 张}", "全角“：”"), ("facts:\n　beds: 350 张", "全角空格"), ("facts: {beds:350 张}", "冒号后面要有空格"),
    ("facts:\n  beds:350 张", "冒号后面要有空格"), ("facts:\n  beds:\u00a0350 张", "“:”后面的空格是 U+00A0"),
    ("facts: {beds:\u3000350 张}", "“:”后面的空格是 U+3000"), ('facts: {beds: "350\\0 张"}', "U+0000"),
    ("facts: {be\u200bds: 350 张}", "U+200B"), ("facts: {law: pla\u200bnned}", "U+200B"),
])  # fmt: skip
def test_a_slip_in_a_sheet_is_told_once(facts: str, words: str, folder: Path) -> None:
    """In a sheet, too, the line names the slip, and the sheet is not used."""
    (folder / "a.facts.yaml").write_text(sheet_text() + facts + "\n", encoding="utf-8")
    code, said = run(folder, "check", "demo.plan.yaml", "a.facts.yaml")

    assert (2, 1, True) == (code, said.count("\n"), words in said), said


@pytest.mark.parametrize(
    ("unit", "meant"), [("床", "张"), ("square metres", "平方米"), ("km", "公里"), ("people", "人")]
)
def test_a_word_that_is_no_unit_is_answered_with_the_unit(unit: str, meant: str, folder: Path) -> None:
    """For 床, which people write for beds, the unit 张 is named, and its baseline and target are not refused beside it."""
    (folder / "demo.plan.yaml").write_text(PLAN.replace("unit: 张,", f"unit: {unit},"), encoding="utf-8")
    code, said = run(folder, "lint", "demo.plan.yaml")

    assert (2, 1) == (code, said.count("\n")), said
    assert said.endswith(f"未知的单位：{unit}；是不是“{meant}”？\n")


USAGE = {  # what is typed, and what is said of it in both languages
    "chekc a": ("没有命令“chekc”；是不是“check”？", "there is no command 'chekc'; did you mean 'check'?"),
    "check a --yaer 3 b": ("没有选项 --yaer；是不是“--year”？", "there is no option --yaer; did you mean '--year'?"),
    "check": ("缺少 规划", "PLAN is missing"),
    "template a": ("缺少 --year", "--year is missing"),
    "check a b --year x": ("--year：应为整数", "--year: expected a whole number"),
    "check a b --jobs 0": ("--jobs：应为 1 或更大的整数", "--jobs: expected a whole number, 1 or more"),
    "test a --min 101": ("--min：应为 0 至 100 的整数", "--min: expected a whole number from 0 to 100"),
    "template a --format csvv": ("--format：应为 xlsx、csv、yaml 之一", "--format: expected one of xlsx, csv, yaml"),
    "check a b --all=3": ("选项 --all 后面不带值", "option --all takes no value"),
    "check a b --as-of": ("选项 --as-of 后面要有值", "option --as-of needs a value"),
    "lint example --documents": ("选项 --documents 后面要有值", "option --documents needs a value"),
    "template a b --year 3 -o c": ("多余的参数：b", "more arguments than the command takes: b"),
    "plans": None,
}


@pytest.mark.parametrize("typed", USAGE)
def test_a_slip_on_the_command_line_is_told_in_the_language_asked_for(typed: str) -> None:
    """Whatever is typed wrongly is told in the catalogue's words, with the language that is asked for before it is read."""
    command, *rest = typed.split()
    for lang, error, said in (("zh", "错误：", 0), ("en", "Error: ", 1)):
        told = CliRunner().invoke(main, [command, f"--lang={lang}", *rest])
        if (expected := USAGE[typed]) is None:
            assert 0 == told.exit_code
        else:
            assert (2, error + expected[said]) == (told.exit_code, told.output.splitlines()[-1])


def test_no_english_of_the_system_reaches_a_chinese_message(tmp_path: Path) -> None:
    """A file that is not there, has too long a name or an impossible one: the reason is in Chinese, and so is any other."""
    for name in ("nowhere.plan.yaml", "x" * 300 + ".plan.yaml", "a\0.plan.yaml"):
        with pytest.raises(Refused) as refused:
            read_bytes(tmp_path / name)
        assert not re.search("[A-Za-z]{3}", refused.value.problems[0].text("zh").rpartition("：")[2])
    for error in (OSError(code, "English") for code in errno.errorcode):
        assert "English" not in put_system_reason(error).say("zh")


def test_swapped_arguments_are_told_as_such(folder: Path) -> None:
    """A sheet where the plan belongs, and a plan among the sheets, are one line each."""
    code, said = run(folder, "check", "a.facts.yaml", "demo.plan.yaml")
    assert (2, 1) == (code, said.count("\n"))
    assert "这是报表，此处应为规划" in said
    assert "这是规划，此处应为报表" in run(folder, "check", "demo.plan.yaml", "demo.plan.yaml")[1]


@pytest.mark.parametrize(("encoding", "named"), [("utf-16", "UTF-16"), ("gb18030", "GB18030")])
def test_an_encoding_that_is_not_read_is_named(encoding: str, named: str, folder: Path) -> None:
    """A plan, a sheet and waivers that Notepad saved in another encoding are told which, and how to save them."""
    written = {
        "demo.plan.yaml": (PLAN, "check", "demo.plan.yaml", "a.facts.yaml"),
        "b.facts.yaml": (sheet_text("beds: 350 张"), "check", "demo.plan.yaml", "b.facts.yaml"),
        "w.yaml": ("plan: demo\nwaivers: 无\n", "check", "demo.plan.yaml", "a.facts.yaml", "--waivers", "w.yaml"),
    }
    for name, (text, *typed) in reversed(written.items()):
        (folder / name).write_bytes(text.encode(encoding))
        code, said = run(folder, *typed)
        assert (2, 1) == (code, said.count("\n")), said
        assert f"看来是 {named}：请用记事本“另存为”，编码选 UTF-8" in said


CONTENTS = {
    "HTML": b"<html><body>",
    "XML": b'<?xml version="1.0"?><a/>',
    "PDF": b"%PDF-1.7",
    "ZIP": b"PK\x03\x04abc",
    "RTF": b"{\\rtf1 a}",
    "XLSX": b"PK\x03\x04\xff xl/",
}


@pytest.mark.parametrize(
    "name", ["demo.plan.yaml", "a.facts.yaml", "w.yaml", "c/home.csv", "c/sheet.facts.yaml", "c/home.parquet"]
)
@pytest.mark.parametrize("found", CONTENTS)
def test_a_file_of_another_format_is_called_what_it_is(found: str, name: str, folder: Path) -> None:
    """Whatever is called YAML, CSV or Parquet and is a page, a workbook or a document is told to be that."""
    (folder / "c").mkdir()
    (folder / "c" / "sheet.facts.yaml").write_text(sheet_text(), encoding="utf-8")
    (folder / name).write_bytes(CONTENTS[found])
    sheet = "c" if name.startswith("c/") else "a.facts.yaml"
    typed = ["check", "demo.plan.yaml", str(folder / sheet)]
    code, said = run(folder, *typed, *(["--waivers", "w.yaml"] if name == "w.yaml" else []))

    assert (2, 1, True) == (code, said.count("\n"), f"内容却是 {found}" in said), said


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
    told = [say("report.summary", "en", total=total, counts="").partition(" (")[0] for total in (1, 2)]
    assert ["1 finding", "2 findings"] == told
