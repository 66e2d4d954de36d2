"""Test cases beside a plan: what is read, what is refused, what passes, and what the reports say."""

from __future__ import annotations

import io
import json
import textwrap
from fractions import Fraction
from pathlib import Path

import pytest
from dabiao.base.problems import Refused
from dabiao.commands.outputs import write_report
from dabiao.rules.load import find_plan, find_shipped_plans, load_plan
from dabiao.rules.model import Plan
from dabiao.trials.trial import Trial, TrialRequest, cases_beside, judge_cases, try_plan
from helpers import commitment, make_plan, measure, plan_text

MEASURES = (
    measure("beds", of="home") + measure("reserved", of="home") + measure("public", "yes_no: true", of="home")
    + measure("satisfaction", 'unit: "%"', of="home") + measure("trained", "unit: 人") + measure("graves", "unit: 处")
    + measure("rehab", "yes_no: true", of="town")
)  # fmt: skip
COMMITMENTS = (
    commitment("reserve", "each: home\nmeasure: reserved / beds\nat_least: 2 %\ndue: throughout")
    + commitment("satisfaction", "each: home\nmeasure: satisfaction\nat_least: 85 %\ndue: throughout")
    + commitment("training", "measure: trained\nat_least: 200 人\ndue: every_year")
    + commitment("fewer-graves", "measure: graves\ndirection: decrease\nagainst: baseline\ndue: 2025")
    + commitment("rehab-share", "measure: share(rehab of town)\nat_least: 60 %\ndue: 2025")
    + commitment("atmosphere", "manual: true")
)
CONSEQUENCES = """\
consequences:
  - {id: subsidy-cancelled, title: {zh: 取消补贴, en: Subsidy cancelled}, level: sanction, when: [{commitment: satisfaction}]}
  - {id: failed, title: {zh: 不合格, en: Failed}, level: status, when: [{commitment: training}]}
"""


@pytest.fixture
def plan() -> Plan:
    """A small plan with one commitment of each sort."""
    return make_plan(MEASURES, COMMITMENTS, CONSEQUENCES)


def write(folder: Path, cases: str) -> Path:
    """Write test cases for the plan."""
    path = folder / "demo_test.yaml"
    path.write_text(
        "plan: demo\ncases:\n" + textwrap.indent(textwrap.dedent(cases).strip(), "  ") + "\n", encoding="utf-8"
    )
    return path


def run(folder: Path, plan: Plan, cases: str) -> list[tuple[str, str, bool]]:
    """Run test cases and return every expectation: what it is about, what was found, whether it passed."""
    return [
        (e.commitment, e.actual, e.passed)
        for case in judge_cases(write(folder, cases), plan)
        for e in case.expectations
    ]


def refused(folder: Path, plan: Plan, cases: str) -> list[tuple[str, int, int]]:
    """Return the problems of refused cases: code, line and column."""
    with pytest.raises(Refused) as error:
        judge_cases(write(folder, cases), plan)
    return [(p.code, p.location.line, p.location.column) for p in error.value.problems]


def test_a_case_passes_where_its_verdicts_are_found(tmp_path: Path, plan: Plan) -> None:
    """Two homes are judged by their own names, in the words of a fact sheet."""
    found = run(tmp_path, plan, """
        - name: 一百张床两张应急
          year: 2023
          registers: {home: complete}
          subjects:
            - {kind: home, name: 甲院, facts: {beds: 100 张, reserved: 2 张}}
            - {kind: home, name: 乙院, facts: {beds 指标: １００张, reserved measure: 1 张}}
          expect:
            - {commitment: reserve, subject: 甲院, verdict: met}
            - {commitment: reserve, subject: 乙院, verdict: shortfall}
    """)  # fmt: skip
    assert [("reserve", "met", True), ("reserve", "shortfall", True)] == found


def test_a_wrong_expectation_fails_with_the_finding(tmp_path: Path, plan: Plan) -> None:
    """What was expected and what was found stand side by side, with the finding that explains it."""
    path = write(tmp_path, """
        - {name: 差一人, year: 2022, facts: {trained: 199 人}, expect: [{commitment: training, verdict: met}]}
    """)  # fmt: skip
    (case,) = judge_cases(path, plan)
    (expectation,) = case.expectations
    assert not case.passed
    assert ("met", "shortfall") == (expectation.expected, expectation.actual)
    assert expectation.finding is not None
    assert Fraction(1) == expectation.finding.gap
    assert (str(path), 3) == (expectation.location.file, expectation.location.line)


def test_without_a_subject_every_subject_must_agree(tmp_path: Path, plan: Plan) -> None:
    """One home that differs fails the expectation for all."""
    found = run(tmp_path, plan, """
        - name: 两家不同
          year: 2023
          registers: {home: complete}
          subjects:
            - {kind: home, name: 甲院, facts: {satisfaction: 90 %}}
            - {kind: home, name: 乙院, facts: {satisfaction: 80 %}}
          expect: [{commitment: satisfaction, verdict: met}]
    """)  # fmt: skip
    assert [("satisfaction", "shortfall", False)] == found


def test_a_subject_that_has_no_finding_fails(tmp_path: Path, plan: Plan) -> None:
    """A misspelt subject never passes silently."""
    found = run(tmp_path, plan, """
        - name: 写错名字
          year: 2023
          registers: {home: complete}
          subjects: [{kind: home, name: 甲院, facts: {satisfaction: 90 %}}]
          expect: [{commitment: satisfaction, subject: 申院, verdict: met}]
    """)  # fmt: skip
    assert [("satisfaction", "absent", False)] == found


def test_earlier_years_are_part_of_a_case(tmp_path: Path, plan: Plan) -> None:
    """A direction is judged against the facts of the baseline year."""
    found = run(tmp_path, plan, """
        - name: 比基期少一处
          year: 2025
          facts: {graves: 9 处}
          before: [{year: 2020, facts: {graves: 10 处}}]
          expect: [{commitment: fewer-graves, verdict: met}]
        - name: 没有基期数
          year: 2025
          facts: {graves: 9 处}
          expect: [{commitment: fewer-graves, verdict: undetermined}]
    """)  # fmt: skip
    assert [("fewer-graves", "met", True), ("fewer-graves", "undetermined", True)] == found


def test_the_register_counts_in_a_case(tmp_path: Path, plan: Plan) -> None:
    """One of three towns reported leaves the share open; two that have it settle it."""
    found = run(tmp_path, plan, """
        - name: 报了一个
          year: 2025
          subjects: [{kind: town, name: 甲镇, facts: {rehab: 是}}]
          expect: [{commitment: rehab-share, verdict: undetermined}]
        - name: 报了两个
          year: 2025
          subjects: [{kind: town, name: 甲镇, facts: {rehab: 是}}, {kind: town, name: 乙镇, facts: {rehab: 是}}]
          expect: [{commitment: rehab-share, verdict: met}]
    """)  # fmt: skip
    assert [("rehab-share", "undetermined", True), ("rehab-share", "met", True)] == found


LOW = """
    - name: 满意率低
      year: 2023
      registers: {home: complete}
      subjects: [{kind: home, name: 甲院, facts: {satisfaction: 84.9 %}}]
      follows: FOLLOWS
"""


@pytest.mark.parametrize(
    ("follows", "expected"),
    [
        ("[{consequence: subsidy-cancelled, subject: 甲院}]", [("subsidy-cancelled", "follows", True)]),
        ("[{consequence: subsidy-cancelled}]", [("subsidy-cancelled", "follows", True)]),
        ("[]", [("subsidy-cancelled", "follows", False)]),
        (
            "[{consequence: subsidy-cancelled}, {consequence: failed}]",
            [("subsidy-cancelled", "follows", True), ("failed", "absent", False)],
        ),
        (
            "[{consequence: subsidy-cancelled, subject: 乙院}]",
            [("subsidy-cancelled", "absent", False), ("subsidy-cancelled", "follows", False)],
        ),
    ],
)
def test_follows_lists_every_consequence(
    tmp_path: Path, plan: Plan, follows: str, expected: list[tuple[str, str, bool]]
) -> None:
    """A consequence that is listed must follow, and one that follows must be listed."""
    assert expected == run(tmp_path, plan, LOW.replace("FOLLOWS", follows))


def test_a_day_before_an_amendment_judges_the_old_text(tmp_path: Path) -> None:
    """A case may say as of which day it is judged."""
    amendment = """
    amendments:
      - {id: revision, effective: 2023-07-01, authority: 区政府, changes: [{commitment: training, at_least: 300 人}]}
    """
    amended = make_plan(MEASURES, COMMITMENTS, amendment)
    found = run(tmp_path, amended, """
        - {name: 修订前, year: 2023, as_of: 2023-06-30, facts: {trained: 200 人}, expect: [{commitment: training, verdict: met}]}
        - {name: 修订后, year: 2023, facts: {trained: 200 人}, expect: [{commitment: training, verdict: shortfall}]}
    """)  # fmt: skip
    assert [("training", "met", True), ("training", "shortfall", True)] == found


@pytest.mark.parametrize(
    ("case", "code", "place"),
    [
        ("{name: x, year: 2023, expects: []}", "unknown-key", "expects"),
        ("{name: x, year: 2023, expect: [{commitment: trainin, verdict: met}]}", "unknown-commitment", "trainin"),
        ("{name: x, year: 2023, expect: [{commitment: training, verdict: good}]}", "unknown-choice", "good"),
        ("{name: x, year: 2023, expect: [{commitment: atmosphere, verdict: met}]}", "trial.manual", "atmosphere"),
        ("{name: x, year: 2023, follows: [{consequence: fails}]}", "unknown-consequence", "fails"),
        ("{name: x, year: 2031, follows: []}", "year-outside", "2031"),
        ("{name: x, year: 2023, before: [{year: 2024}], follows: []}", "trial.not-before", "2024"),
        ("{name: x, year: 2023}", "trial.nothing-expected", "{name"),
        ("{name: x, year: 2023, facts: {traind: 1 人}, follows: []}", "unknown-measure", "traind"),
        ("{name: x, year: 2023, facts: {trained: 1.5 人}, follows: []}", "not-whole", "1.5"),
        ("{name: x, year: 2023, registers: {shop: 3}, follows: []}", "unknown-kind", "shop"),
        ("{name: x, year: 2023, subjects: [{kind: shop, name: 甲}], follows: []}", "unknown-kind", "shop"),
        ("{name: ~, year: 2023, follows: []}", "null-value", "~"),
        ("{name: [x], year: 2023, follows: []}", "expected-string", "[x]"),
        ("{year: 2023, follows: []}", "missing-key", "{year"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, plan: Plan, case: str, code: str, place: str) -> None:
    """Anything that means nothing is refused by name, with line and column."""
    assert [(code, 3, case.index(place) + 5)] == refused(tmp_path, plan, f"- {case}")


def test_everything_wrong_is_reported_in_one_run(tmp_path: Path, plan: Plan) -> None:
    """A second broken case is not hidden by the first."""
    found = refused(tmp_path, plan, """
        - {name: x, year: 2023, facts: {traind: 1 人}, follows: []}
        - {name: y, year: 2023, expect: [{commitment: nothing, verdict: met}]}
    """)  # fmt: skip
    assert ["unknown-measure", "unknown-commitment"] == [code for code, _, _ in found]


def test_cases_of_another_plan_are_refused(tmp_path: Path, plan: Plan) -> None:
    """Test cases name the plan they belong to."""
    path = tmp_path / "demo_test.yaml"
    path.write_text("plan: other\ncases: [{name: x, year: 2023, follows: []}]\n", encoding="utf-8")
    with pytest.raises(Refused) as error:
        judge_cases(path, plan)
    assert ["other-plan"] == [p.code for p in error.value.problems]


def test_a_subject_listed_twice_is_refused(tmp_path: Path, plan: Plan) -> None:
    """What a check refuses of sheets, a case refuses too."""
    found = refused(tmp_path, plan, """
        - name: x
          year: 2023
          subjects: [{kind: home, name: 甲院}, {kind: home, name: 甲院}]
          follows: []
    """)  # fmt: skip
    assert ["duplicate-subject"] == [code for code, _, _ in found]


GOOD = "- {name: 恰好, year: 2022, facts: {trained: 200 人}, expect: [{commitment: training, verdict: met}]}"
BAD = "- {name: {zh: 差一人, en: one short}, year: 2022, facts: {trained: 199 人}, expect: [{commitment: training, verdict: met}]}"


def trial(folder: Path, cases: str = "", commitments: str = COMMITMENTS, minimum: int = 100) -> Trial:
    """Write a plan and its cases into a folder and try it."""
    path = folder / "demo.plan.yaml"
    path.write_text(plan_text(MEASURES, commitments, CONSEQUENCES), encoding="utf-8")
    if cases:
        write(folder, cases)
    return try_plan(TrialRequest(plan=str(path), minimum=Fraction(minimum)))


def test_cases_lie_beside_their_plan(tmp_path: Path) -> None:
    """demo.plan.yaml has its cases in demo_test.yaml, and may have none."""
    path = tmp_path / "demo.plan.yaml"
    assert cases_beside(path) is None
    cases = write(tmp_path, GOOD)
    assert cases == cases_beside(path)


def test_all_passed_and_covered_is_zero(tmp_path: Path) -> None:
    """The exit code is 0 where all cases pass and every commitment is covered."""
    result = trial(tmp_path, GOOD)
    assert (0, 1, ()) == (result.exit_code, len(result.cases), result.failed)


def test_a_failed_case_is_one(tmp_path: Path) -> None:
    """The exit code is 1 where a case fails, whatever the coverage."""
    assert 1 == trial(tmp_path, GOOD + "\n" + BAD, minimum=0).exit_code


NEVER_SHORT = COMMITMENTS + commitment("any", "measure: trained\nat_least: 0 人\ndue: 2025")


def test_coverage_below_the_minimum_is_one(tmp_path: Path) -> None:
    """Five of six covered pass at 80, and fail at 100."""
    assert 1 == trial(tmp_path, GOOD, NEVER_SHORT).exit_code
    result = trial(tmp_path, GOOD, NEVER_SHORT, minimum=80)
    assert (0, Fraction(500, 6)) == (result.exit_code, result.coverage.percent)


def test_a_plan_without_cases_is_tried_all_the_same(tmp_path: Path) -> None:
    """The made-up cases need no file; the report says that there is none."""
    result = trial(tmp_path)
    assert (0, None) == (result.exit_code, result.file)
    assert "no demo_test.yaml" in text_of(result, "en")


def text_of(result: Trial, lang: str) -> str:
    """Return the report people read."""
    stream = io.StringIO()
    write_report("trial", "text", result, lang, stream)
    return stream.getvalue()


def test_the_report_says_what_was_expected_and_found(tmp_path: Path) -> None:
    """A failed case shows its place, both verdicts and the finding's sentence, in both languages."""
    result = trial(tmp_path, BAD)
    english, chinese = text_of(result, "en"), text_of(result, "zh")
    assert "one short (2022)" in english
    assert "training" in english
    assert "expected met, found shortfall" in english
    assert "199" in english
    assert "demo_test.yaml:3:" in english
    assert "差一人 (2022)" in chinese
    assert "应为" in chinese
    assert "failed: 0 of 1 cases passed" in english


def test_the_report_names_what_was_never_seen(tmp_path: Path) -> None:
    """A commitment that cannot fall short is listed with what is lacking."""
    english = " ".join(text_of(trial(tmp_path, GOOD, NEVER_SHORT), "en").split())
    assert "Commitments of which a possible verdict was never seen 1" in english
    assert "[any]" in english
    assert "5 of 6 commitments seen both met and short, 3 of 3 due later early, 2 of 3 with a path behind" in english
    assert "5 of 6 (83.33 %) covered" in english


def test_json_holds_everything_exactly(tmp_path: Path) -> None:
    """Programs get each expectation, each commitment's counts, and coverage as an exact number."""
    stream = io.StringIO()
    write_report("trial", "json", trial(tmp_path, GOOD + "\n" + BAD, NEVER_SHORT), "en", stream)
    found = json.loads(stream.getvalue())
    assert ("dabiao/test/2", False, "250/3") == (found["format"], found["passed"], found["coverage"])
    assert [True, False] == [case["passed"] for case in found["cases"]]
    assert "shortfall" == found["cases"][1]["expectations"][0]["actual"]
    assert {"any": ["short", "behind"]} == {
        c["commitment"]: c["lacking"] for c in found["commitments"] if not c["covered"]
    }
    assert [] == found["wrong"]


@pytest.mark.parametrize("name", sorted(find_shipped_plans()))
def test_the_written_cases_of_a_shipped_plan_pass(name: str) -> None:
    """Every shipped plan has at least eight cases in a user's words, and all of them pass."""
    path = cases_beside(find_plan(name))
    assert path is not None
    cases = judge_cases(path, load_plan(name))
    assert 8 <= len(cases)
    assert [] == [
        (c.name.en, e.commitment, e.expected, e.actual) for c in cases for e in c.expectations if not e.passed
    ]
