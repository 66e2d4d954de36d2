"""What counts: each promise once, no effort, no other reading; and what is not reported is told in a few lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result as Run
from dabiao.cli import main
from dabiao.rules.counting import find_restated
from helpers import ROOT, commitment, make_plan, measure, plan_text, sheet_text

MEASURES = (
    measure("beds") + measure("centre_beds", "unit: 张", of="centre") + measure("law", "ladder: deliverable")
    + measure("rule", "ladder: deliverable") + measure("open", "yes_no: true")
)  # fmt: skip
EFFORT = "title: {zh: 完善制度, en: Improve}\n  cite: {section: 第一部分 一, phrase: 完善制度}"


def effort(name: str, body: str) -> str:
    """Return a commitment whose phrase only improves."""
    keys = body.replace("\n", "\n  ")
    return f"- id: {name}\n  {EFFORT}\n  {keys}\n"


def figure(name: str, body: str) -> str:
    """Return a commitment whose phrase has a figure."""
    return commitment(name, body).replace("phrase: 承诺", "phrase: 达到300张")


COMMITMENTS = (
    figure("beds", "measure: beds\nat_least: 300 张\ndue: 2025\nnature: binding")
    + figure("again", "measure: beds\nat_least: 400 张\ndue: 2025\nnature: binding\nsame_as: beds")
    + figure("third", "measure: beds\nat_least: 300 张\ndue: 2025\nsame_as: again")
    + effort("law", "measure: law\nat_least: in_force\ndue: 2025\nnature: binding")
    + effort("both", "holds: rule >= issued and open\ndue: 2025")
)
RULE = "title: {zh: 追责, en: Blame}, level: sanction"
RULES = f"""\
consequences:
- {{id: blame, {RULE}, when: [{{nature: binding}}]}}
- {{id: named, {RULE}, when: [{{commitment: law}}]}}
- {{id: twice, {RULE}, when: [{{commitment: again}}]}}
"""


def run(folder: Path, facts: str, *options: str, commitments: str = COMMITMENTS, command: str = "check") -> Run:
    """Run a command on a plan and a sheet of 2025."""
    plan, sheet = folder / "demo.plan.yaml", folder / "a.facts.yaml"
    plan.write_text(plan_text(MEASURES, commitments, RULES if commitments is COMMITMENTS else ""), encoding="utf-8")
    sheet.write_text(sheet_text(facts, registers="centre: 0, home: 0"), encoding="utf-8")
    return CliRunner().invoke(main, [command, str(plan), str(sheet), *options])


def told(folder: Path, facts: str, *options: str) -> dict[str, object]:
    """Return the JSON report."""
    return json.loads(run(folder, facts, "-o", "json", *options).stdout)  # type: ignore[no-any-return]


SHORT = "beds: 250 张\nlaw: drafted\nrule: planned\nopen: no"
BETWEEN = "beds: 350 张\nlaw: drafted\nrule: planned\nopen: no"


def test_a_promise_is_counted_once(tmp_path: Path) -> None:
    """Three commitments that state one promise are one shortfall, with the others named under it."""
    found = told(tmp_path, SHORT)
    counts = found["counts"]
    restates = {finding["commitment"]: finding["restates"] for finding in found["findings"]}  # type: ignore[attr-defined]

    assert (1, 1) == (counts["shortfall"], found["tiers"]["indicator"]["shortfall"])  # type: ignore[index]
    assert {"beds": None, "again": "beds", "third": "beds", "law": None, "both": None} == restates
    assert "[beds]（同：again、third）" in run(tmp_path, SHORT, "--all", "--lang", "zh").output
    assert "合计判定 1 条（一项承诺对一个对象算一条）：未达标 1" in run(tmp_path, SHORT, "--lang", "zh").output


def test_the_first_decides_and_the_difference_is_shown(tmp_path: Path) -> None:
    """A restatement that falls short changes neither count nor exit code, and is listed as different."""
    found, text = told(tmp_path, BETWEEN), run(tmp_path, BETWEEN, "--all", "--lang", "zh")

    assert (0, 0) == (text.exit_code, found["exit_code"])
    assert [{"commitment": "again", "same_as": "beds", "root": "某区", "subject": "某区",
             "verdicts": ["shortfall", "met"]}] == found["differing"]  # fmt: skip
    assert "同一承诺，读法不同，判定不同 1" in text.output


def test_a_restatement_alone_counts(tmp_path: Path) -> None:
    """If only restatements are selected, the first of them counts: nothing passes unseen."""
    one, two = (
        run(tmp_path, BETWEEN, *(f"--select={name}" for name in names)) for names in (["again"], ["again", "third"])
    )

    assert (1, 1) == (one.exit_code, two.exit_code)


@pytest.mark.parametrize(
    ("links", "restated"),
    [
        ({"b": "a"}, {"b": "a"}),
        ({"a": "b"}, {"a": "b"}),
        ({"b": "a", "c": "b"}, {"b": "a", "c": "a"}),
        ({"a": "b", "b": "a"}, {"b": "a"}),
        ({"a": "c", "b": "c", "c": "b"}, {"a": "b", "c": "b"}),
    ],
)
def test_links_lead_to_one_commitment(links: dict[str, str], restated: dict[str, str]) -> None:
    """Links through others, and in a circle, lead to one commitment that counts."""
    plan = make_plan(
        measure("beds"),
        "".join(
            commitment(
                name, f"measure: beds\nat_least: 3 张\ndue: 2025\n{f'same_as: {links[name]}' if name in links else ''}"
            )
            for name in "abc"
        ),
    )

    assert restated == find_restated(plan.commitments.values(), plan)


def test_an_effort_counts_for_nothing_that_can_be_judged(tmp_path: Path) -> None:
    """Where the first of a promise is an effort, what can be checked counts."""
    stated = effort("law", "measure: law\nat_least: in_force\ndue: 2025") + commitment(
        "beds", "measure: beds\nat_least: 300 张\ndue: 2025\nsame_as: law"
    )

    assert 1 == run(tmp_path, SHORT, commitments=stated).exit_code


def test_consequences_by_nature_follow_from_what_counts(tmp_path: Path) -> None:
    """An effort and a restatement are seen only by a consequence that names them."""

    def followed(facts: str) -> list[str]:
        return sorted(one["consequence"] for one in told(tmp_path, facts)["consequences"])  # type: ignore[attr-defined]

    assert (["named", "twice"], ["blame", "named", "twice"]) == (followed(BETWEEN), followed(SHORT))


def test_efforts_are_listed_with_their_evidence(tmp_path: Path) -> None:
    """Efforts stand apart with what was reported, and those without evidence are counted."""
    text = run(tmp_path, BETWEEN, "--all", "--lang", "zh").output
    silent = run(tmp_path, "beds: 350 张\nlaw: drafted", "--all", "--lang", "zh").output
    section = text.split("工作要求（供审阅，不计入达标） 2")[1].split("同一承诺")[0]

    assert [True, True] == [
        evidence in section for evidence in ("已起草", "2025 年rule 指标：已计划；某区 2025 年open 指标：否")
    ] or section
    assert "另有 1 项工作要求没有填报任何情况" in silent
    assert "不计入：工作要求 2 项（供审阅），重述 2 项（已计入所重述的承诺）" in text
    assert ["law", "both"] == told(tmp_path, BETWEEN)["efforts"]


@pytest.mark.parametrize(
    ("facts", "fail_on", "code"),
    [
        (BETWEEN, "shortfall", 0),
        (BETWEEN, "undetermined", 0),
        (BETWEEN, "effort", 1),
        ("beds: 350 张\nlaw: in_force\nrule: issued\nopen: yes", "effort", 0),
        ("beds: 350 张\nlaw: in_force\nrule: issued", "effort", 3),
        ("beds: 350 张", "shortfall", 0),
        ("law: in_force", "shortfall", 3),
    ],
)
def test_exit_code_looks_at_efforts_only_if_asked(facts: str, fail_on: str, code: int, tmp_path: Path) -> None:
    """An effort changes the exit code only with `--fail-on effort`."""
    assert code == run(tmp_path, facts, "--fail-on", fail_on).exit_code


def test_efforts_alone_are_no_judgement(tmp_path: Path) -> None:
    """A selection of efforts alone judges nothing, and that is no pass."""
    only = run(tmp_path, BETWEEN, "--select", "effort", "--lang", "en")

    assert (3, True) == (only.exit_code, "nothing was judged" in only.output.lower())


def test_gates_skip_what_does_not_count(tmp_path: Path) -> None:
    """JUnit skips efforts and restatements, annotations leave them out, and SARIF lists them without a level."""
    junit = run(tmp_path, BETWEEN, "-o", "junit").stdout
    notes = run(tmp_path, BETWEEN, "-o", "github").stdout
    sarif = json.loads(run(tmp_path, BETWEEN, "-o", "sarif").stdout)["runs"][0]["results"]

    assert (4, 0, 0) == (junit.count("<skipped"), junit.count("<failure"), notes.count("::error"))
    assert {"beds": "pass", "again": "informational", "third": "informational", "law": "review", "both": "review"} == {
        one["ruleId"]: one["kind"] for one in sarif if "/" not in one["ruleId"]
    }
    assert 2 == run(tmp_path, BETWEEN, "-o", "junit", "--fail-on", "effort").stdout.count("<failure")


OTHER = commitment(
    "beds",
    "measure: beds\nat_least: 300 张\ndue: 2025\n"
    "reading: {chosen: 三百, other: {says: 每个中心五张, each: centre, measure: centre_beds, at_least: 5 张}, why: 不清楚}",
) + commitment(
    "more",
    "measure: beds\nat_least: 300 张\ndue: 2025\nreading: {chosen: 三百, other: {says: 四百, at_least: 400 张}, why: 不清楚}",
)


def test_another_reading_is_judged_and_never_counted(tmp_path: Path) -> None:
    """The reading that was not chosen is shown with its verdict, in text, JSON and explanation, and changes nothing else."""
    checked = run(tmp_path, "beds: 350 张", "--all", "--lang", "zh", commitments=OTHER)
    found = json.loads(run(tmp_path, "beds: 350 张", "-o", "json", commitments=OTHER).stdout)
    why = run(tmp_path, "beds: 350 张", "more", "--lang", "zh", commitments=OTHER, command="explain")

    assert (0, 2) == (checked.exit_code, found["counts"]["met"])
    assert [("beds", "not_applicable"), ("more", "shortfall")] == [
        (one["commitment"], one["verdict"]) for one in found["other_readings"]
    ]
    assert "另一读法（不计入） 2" in checked.output
    assert "另一读法“四百”（不计入）：" in why.output
    assert 0 == run(tmp_path, "beds: 350 张", "--fail-on", "effort", commitments=OTHER).exit_code


TABLE = """
centralised_support_rate: 100 %
relief_beds: 52 张
beds_per_thousand: 11.2 张/千人
care_centres: 16 家
care_stations: 31 家
carers_per_ten_thousand: 48 名/万人
mental_health_beds: 100 张
rehab_town_share: 83.3 %
child_beds_per_ten_thousand: 15 张/万人
child_institutions: 1 所
secretary_studios: 7 个
direct_election_share: 82 %
block_demo_sites: 20 个
committee_adjustments: 6 个
committee_adjustments_due: 6 个
federation_coverage: 100 %
community_orgs: 3800 家
social_work_agencies: 18 家
social_workers: 1020 人
certified_social_workers: 505 人
volunteer_share: 21.6 %
volunteer_station_coverage: 80 %
eco_burial_rate: 61 %
cemetery_coverage: 100 %
charity_station_coverage: 5 %
psych_service_coverage: 100 %
psych_centres: 18 个
"""


def test_a_sheet_with_only_its_table_gets_a_short_report(tmp_path: Path) -> None:
    """Yanqing with the figures of its table alone: the indicators judged, the rest told as not reported, on two pages."""
    sheet = tmp_path / "yanqing.facts.yaml"
    sheet.write_text(sheet_text(TABLE, name="延庆区").replace("plan: demo", "plan: yanqing"), encoding="utf-8")
    checked = CliRunner().invoke(main, ["check", "yanqing", str(sheet), "--all", "--lang", "zh"])
    found = json.loads(CliRunner().invoke(main, ["check", "yanqing", str(sheet), "-o", "json"]).stdout)
    short = [one["commitment"] for one in found["findings"] if one["verdict"] == "shortfall" and not one["restates"]]

    assert 1 == checked.exit_code, checked.output
    assert ["carers-per-ten-thousand", "social-work-agencies"] == short
    assert 2 == found["counts"]["shortfall"]
    assert 24 <= found["counts"]["met"] <= 30
    assert found["counts"]["undetermined"] > 150
    assert len(checked.stdout.splitlines()) < 110
    assert "承诺没有填报任何数据：" in checked.stdout
    assert all(len(line) < 400 for line in checked.stdout.splitlines())


def test_what_is_partly_reported_is_listed(tmp_path: Path) -> None:
    """A commitment of which some figure is known stands in the table with what it lacks; only the others are grouped."""
    both = commitment("both", "holds: beds >= 3 张 and open\ndue: 2025") + commitment(
        "law", "measure: law\nat_least: issued\ndue: 2025"
    )
    text = run(tmp_path, "beds: 5 张", "--all", "--lang", "en", commitments=both).output

    assert "[both]" in text
    assert "commitments among them of which nothing at all is reported: 1" in text
    assert "task 1" in text
    assert "[law]" not in text


def test_a_budget_pays_for_a_promise_once(tmp_path: Path) -> None:
    """Efforts are not owed and restatements are paid for once: the programme is that of the commitments that count."""
    costs = tmp_path / "costs.yaml"
    costs.write_text(
        "plan: demo\nmoney: 万元\nactions:\n- id: build\n  title: {zh: 建, en: Build}\n  adds: {beds: 10 张}\n"
        "  unit_cost: 3 万元\n  at_most: 40\n",
        encoding="utf-8",
    )
    plan, sheet = tmp_path / "demo.plan.yaml", tmp_path / "a.facts.yaml"
    plan.write_text(plan_text(MEASURES, COMMITMENTS), encoding="utf-8")
    facts = "beds: 250 张\nlaw: drafted\nrule: planned\nopen: no"
    sheet.write_text(sheet_text(facts, registers="centre: 0, home: 0", year=2024), encoding="utf-8")
    found = CliRunner().invoke(
        main, ["budget", str(plan), str(sheet), "--costs", str(costs), "-o", f"json:{tmp_path}/b.json"]
    )

    assert 0 == found.exit_code, found.output
    programme = json.loads((tmp_path / "b.json").read_text("utf-8"))
    assert ("150000", ["beds"]) == (
        programme["total"],
        [one["commitment"] for price in programme["prices"] for one in price["commitments"]],
    )


def test_shipped_efforts_improve_what_exists() -> None:
    """No effort of a shipped plan is a number, or has a verb of making in its phrase."""
    from dabiao.rules.load import find_shipped_plans, load_plan
    from dabiao.rules.tiers import MAKING

    efforts = [c for name in find_shipped_plans() for c in load_plan(name).commitments.values() if c.tier == "effort"]

    assert [] == [c.id for c in efforts if not c.manual and not c.tier_reason and c.value and not c.value.steps]
    assert [] == [
        c.id for c in efforts if not c.manual and not c.tier_reason and any(x in c.cite.phrase for x in MAKING)
    ]
    assert (ROOT / "rules" / "tiers.py").is_file()
