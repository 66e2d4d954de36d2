"""A library that is not installed: one line says what is missing and how to get it, and only where it is needed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.cli import main
from helpers import commitment, measure, plan_text, sheet_text

PLAN = plan_text(measure("beds"), commitment("beds", "measure: beds\nat_least: 60 张\ndue: every_year"))
RULES = """
consequences:
  - {id: named, title: {zh: 点名, en: Named}, level: alert, when: [{commitment: beds}]}
  - {id: failed, title: {zh: 不合格, en: Failed}, level: alert, when: [{consequence: named}]}
"""
LIBRARIES = {
    "durable": (
        "check p.plan.yaml s.yaml",
        "durable_rules: cannot be imported (",
        "pip builds it from source, with a C compiler and the headers of Python",
        "需要 C 编译器和 Python 头文件",
    ),
    "highspy": (
        "budget example e.yaml --costs e.costs.yaml",
        "highspy: cannot be imported (",
        "install Dabiao with its extra 'budget': pip install '.[budget]'",
        "请安装附加部分 budget",
    ),
    "matplotlib": (
        "what-if p.plan.yaml s.yaml --sweep beds=10:90:10 -o svg:sweep.svg",
        "matplotlib: cannot be imported (",
        "install Dabiao with its extra 'charts': pip install '.[charts]'",
        "请安装附加部分 charts",
    ),
    "jinja2": (
        "check p.plan.yaml s.yaml -o html:sweep.html",
        "jinja2: cannot be imported (",
        "install Dabiao with its extra 'page': pip install '.[page]'",
        "请安装附加部分 page",
    ),
    "docx": (
        "check p.plan.yaml s.yaml -o brief:sweep.docx",
        "docx: cannot be imported (",
        "install Dabiao with its extra 'word': pip install '.[word]'",
        "请安装附加部分 word",
    ),
    "pyspark": (
        "check p.plan.yaml s.yaml --engine spark --master local -o parquet:sweep.d/",
        "pyspark: cannot be imported (",
        "install Dabiao with its extra 'spark': pip install '.[spark]'",
        "请安装附加部分 spark",
    ),
}


@pytest.fixture
def without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """Make one library impossible to import, in a folder with a plan that has a shortfall, and return its name."""
    monkeypatch.chdir(tmp_path)
    samples = Path(__file__).parent.parent / "facts" / "samples"
    Path("p.plan.yaml").write_text(PLAN + RULES, "utf-8")
    Path("quiet.plan.yaml").write_text(PLAN, "utf-8")
    Path("s.yaml").write_text(sheet_text("beds: 50"), "utf-8")
    Path("e.yaml").write_bytes((samples / "example-2023.facts.yaml").read_bytes())
    Path("e.costs.yaml").write_bytes((samples / "example.costs.yaml").read_bytes())
    for module in [name for name in sys.modules if name.partition(".")[0] == request.param]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, request.param, None)
    monkeypatch.delitem(sys.modules, "dabiao.budget.highs", raising=False)  # it imports one where it is imported
    return str(request.param)


@pytest.mark.parametrize("without", LIBRARIES, indirect=True)
def test_missing_library_is_named_in_one_line(without: str) -> None:
    """A command that needs a library that is not there ends with 2 and one line, in both languages."""
    command, begins, english, chinese = LIBRARIES[without]
    for lang, says in (("en", english), ("zh", chinese)):
        done = CliRunner().invoke(main, [*command.split(), "--lang", lang])

        assert (2, "") == (done.exit_code, done.stdout), done.output
        assert 1 == len(done.stderr.splitlines())
        assert says in done.stderr
        assert done.stderr.startswith(begins if lang == "en" else begins.partition(":")[0])
    assert not list(Path().glob("sweep.*"))


@pytest.mark.parametrize("without", LIBRARIES, indirect=True)
def test_missing_library_costs_no_other_answer(without: str) -> None:
    """A plan without consequences is judged, and a sweep is told in words, without durable-rules, HiGHS and Matplotlib."""
    del without
    check = CliRunner().invoke(main, ["check", "quiet.plan.yaml", "s.yaml", "--lang", "en"])
    sweep = CliRunner().invoke(main, ["what-if", "quiet.plan.yaml", "s.yaml", "--sweep", "beds=10:90:10", "-o", "text"])

    assert (1, "") == (check.exit_code, check.stderr)
    assert "shortfall 1" in check.stdout
    assert (0, "") == (sweep.exit_code, sweep.stderr)


@pytest.mark.parametrize("without", ["docx"], indirect=True)
def test_a_missing_library_is_told_before_anything_is_written(without: str) -> None:
    """Of several reports none is written where the library of one is missing, wherever it stands among them."""
    del without
    outputs = ("-o", "json:first.json", "-o", "brief:sweep.docx", "-o", "csv:last.csv")
    done = CliRunner().invoke(main, ["check", "quiet.plan.yaml", "s.yaml", *outputs, "--lang", "en"])

    assert 2 == done.exit_code
    assert done.stderr.startswith("docx: cannot be imported (")
    assert not any(Path(name).exists() for name in ("first.json", "sweep.docx", "last.csv"))


def test_a_folder_is_no_file_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report named like a folder is refused, and not written to a file without a suffix; only a data set is judged into one."""
    monkeypatch.chdir(tmp_path)
    Path("p.plan.yaml").write_text(PLAN, "utf-8")
    Path("s.yaml").write_text(sheet_text("beds: 50"), "utf-8")
    for form, said in (("csv", "是文件夹"), ("html", "是文件夹"), ("parquet", "只能有一个数据集")):
        done = CliRunner().invoke(main, ["check", "p.plan.yaml", "s.yaml", "-o", f"{form}:out/", "--lang", "zh"])

        assert (2, False) == (done.exit_code, Path("out").exists())
        assert said in done.stderr
