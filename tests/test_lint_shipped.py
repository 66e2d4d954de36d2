"""Lint of the shipped plans, its readings, and its warnings in the words of their reader."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.base.messages import say
from dabiao.base.problems import Term
from dabiao.cli import main
from dabiao.rules.lint import lint
from dabiao.rules.load import find_shipped_plans
from dabiao.rules.readings import USUAL_READINGS
from helpers import ROOT, commitment, load_plan, measure, plan_text
from linting import BEDS, READING, TARGET, places, warnings

REVIEWED = {
    ("yanqing", "lint.already-met"), ("tongzhou", "lint.unused-measure"),
    ("daxing", "lint.already-met"), ("daxing", "lint.same-as-differs"), ("chaoyang", "lint.already-met"),
    ("chaoyang", "lint.goes-backwards"), ("yanan", "lint.same-as-differs"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(find_shipped_plans()))
def test_shipped_plans_only_have_reviewed_oddities(name: str) -> None:
    """The shipped plans have no warnings but those checked by hand against their documents."""
    found = lint(load_plan(name))
    assert set() == {(name, problem.code) for problem in found} - REVIEWED, "\n".join(p.text("en") for p in found)
    for problem in found:
        assert problem.text("zh") and problem.text("en") and problem.location.line


# readings


def test_the_table_of_readings_in_the_docs_is_the_one_that_lint_uses() -> None:
    """Each reading stands in docs/readings.md and docs/zh/readings.md with its words and its meaning, and no other does."""
    for lang, page in (("en", "readings.md"), ("zh", "zh/readings.md")):
        lines = (ROOT / "docs" / page).read_text("utf-8").splitlines()
        assert [f"| `{one.id}` | {one.shown_words} | {one.meaning.say(lang)} |" for one in USUAL_READINGS] == [
            line for line in lines if line.startswith("| `")
        ]


def test_words_read_otherwise_need_a_reading() -> None:
    """探索 that asks only for a plan is warned of, and is not with a `reading` that says why."""
    measures = measure("mode", "ladder: deliverable")
    planned = commitment("a", "measure: mode\nat_least: planned\ndue: 2025").replace(
        "phrase: 承诺", "phrase: 探索新模式"
    )
    [(_, problem)] = warnings("departs-from-reading", measures, planned)
    assert ("探索", Term("reading.explored")) == (problem.details["found"], problem.details["expected"])
    explained = f"{planned}  reading: {{chosen: 只需列入计划, other: 须起草, why: 文件只写研究}}\n"
    drafted = planned.replace("at_least: planned", "at_least: drafted")
    assert [[], []] == [places("departs-from-reading", measures, one) for one in (explained, drafted)]


def test_a_time_that_the_document_does_not_state_is_implied() -> None:
    """`throughout` needs `implied: true` unless the phrase says 持续, 继续, 每年 or the like."""
    silent = commitment("a", "measure: beds\nat_least: 5 张\ndue: throughout")
    lasting = silent.replace("phrase: 承诺", "phrase: 持续开展")
    found = [places("time-not-stated", BEDS, one) for one in (silent, lasting, f"{silent}  implied: true\n")]
    assert [["throughout"], [], []] == found


def test_lint_lists_which_commitments_use_which_reading() -> None:
    """`dabiao lint --readings` names each reading with its arithmetic and the commitments whose phrases have its words."""
    told = CliRunner().invoke(main, ["lint", "tongzhou", "--readings", "--lang", "zh"])
    explored = say("reading.explored", "zh")
    assert 0 == told.exit_code
    assert f"探索：{explored}\n" in told.stdout
    assert "marriage-face-query" in told.stdout.split(explored)[1].splitlines()[1]


def test_lint_is_a_report_too(tmp_path: Path) -> None:
    """`-o` gives what was found as a document: a table of problems by plan, with counts, and the exit code of the text."""
    path = tmp_path / "demo.plan.yaml"
    path.write_text(plan_text(BEDS + measure("idle"), commitment("a", f"measure: beds\n{TARGET}")), encoding="utf-8")
    broken = tmp_path / "broken.plan.yaml"
    broken.write_text("plan: broken\n", encoding="utf-8")
    page = tmp_path / "page.html"
    told = CliRunner().invoke(
        main, ["lint", str(path), str(broken), "--lang", "en", "-o", "markdown", "-o", f"html:{page}"]
    )

    assert 2 == told.exit_code
    assert re.match(r"# Plans looked through: 2; errors [1-9]\d*, warnings [1-9]\d*\n", told.stdout)
    assert "| severity | place | message |" in told.stdout
    assert re.search(r"\| warning \| .*demo\.plan\.yaml:\d+:\d+ \| no commitment uses measure", told.stdout)
    assert "demo: 1 commitment, 2 measures, no errors" in told.stdout
    assert "error" in page.read_text(encoding="utf-8").split("broken.plan.yaml")[1]


def test_a_warning_is_in_the_words_of_its_reader() -> None:
    """Steps, due times and verdicts are told by their titles, not by the words of the plan language, in either language."""
    measures = measure("law", "ladder: deliverable")
    bodies = (
        commitment("table", "measure: law\nat_least: issued\ndue: 2025"),
        commitment("text", f"measure: law\nat_least: drafted\ndue: every_year\nsame_as: table\n{READING}"),
    )
    [(_, problem)] = warnings("same-as-differs", measures, *bodies)

    assert "≥ 已起草 每年" in problem.text("zh")
    assert "≥ 已印发 2025" in problem.text("zh")
    assert "≥ drafted every year" in problem.text("en")
    [(_, implied)] = warnings(
        "time-not-stated", BEDS, commitment("a", "measure: beds\nat_least: 5 张\ndue: throughout")
    )
    assert "期限写为“始终”" in implied.text("zh")
    assert "throughout" not in implied.text("zh")


@pytest.mark.parametrize(("lang", "word"), [("zh", "警告"), ("en", "warning")])
def test_ids_stand_beside_their_titles_and_warnings_have_one_name(lang: str, word: str) -> None:
    """What cannot be judged on the way is named by title and id in every format, and a warning has one name in all of them."""
    plain, text = (
        CliRunner().invoke(main, ["lint", "yanqing", "--lang", lang, *more]).stdout for more in ((), ("-o", "text"))
    )
    for output in (plain, text):
        assert " [family-care-beds]" in output
        assert not re.search(r"[:：、,] ?family-care-beds", output)
    assert word in text
    assert "提示" not in text
