"""Owners: who answers for a commitment, by the document or by an assignments file of the user."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.base.problems import Refused
from dabiao.cli import main
from dabiao.rules.assignments import load_assignments
from dabiao.rules.load import load_plan
from dabiao.rules.model import Owner
from helpers import ROOT, commitment, measure, plan_text, sheet_text

FIGURE = ("phrase: 承诺", "phrase: 达到300张")
PLAN = plan_text(
    measure("beds") + measure("law", "ladder: deliverable"),
    commitment("beds", "measure: beds\nat_least: 300 张\ndue: 2025\nchapter: 养老").replace(*FIGURE)
    + commitment("more", "measure: beds\nat_least: 400 张\ndue: 2025\nchapter: 其他").replace(*FIGURE)
    + commitment("named", "measure: beds\nat_least: 500 张\ndue: 2025\nchapter: 养老\nduty: 区民政局")
    + commitment("law", "measure: law\nat_least: in_force\ndue: 2025"),
)
OWNERS = """
assignments: demo
owners:
  - {all: true, office: 办公室}
  - {tier: indicator, office: 规财科, deputy: 某副局长}
  - {chapter: 养老, office: 养老科, deputy: 某副局长, contact: 010-1}
"""
ALONE = "  - {commitment: named, office: 指导中心}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a plan, a sheet and assignments."""
    (tmp_path / "demo.plan.yaml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "a.facts.yaml").write_text(sheet_text("beds: 350 张\nlaw: in_force"), encoding="utf-8")
    (tmp_path / "who.yaml").write_text(OWNERS, encoding="utf-8")
    return tmp_path


def run(folder: Path, command: str, *options: str) -> str:
    """Run a command on plan and sheet; return what it printed."""
    asked = [command, str(folder / "demo.plan.yaml"), str(folder / "a.facts.yaml"), *options]
    return CliRunner().invoke(main, asked).output


def offices(folder: Path) -> dict[str, str]:
    """Return the office of each commitment."""
    plan = load_plan(folder / "demo.plan.yaml", assignments=folder / "who.yaml")
    return {name: owner.office for name, owner in plan.owners.items()}


def test_the_most_particular_entry_counts(folder: Path) -> None:
    """A chapter counts before a tier, a tier before all, and the body that the document names before each of them."""
    assert {"beds": "养老科", "more": "规财科", "named": "区民政局", "law": "办公室"} == offices(folder)


def test_a_commitment_without_a_chapter_has_the_owner_of_its_tier(folder: Path) -> None:
    """An entry for all counts last, for a commitment that is listed under no chapter, too."""
    (folder / "demo.plan.yaml").write_text(PLAN.replace("chapter: 其他", "note: {zh: 无, en: none}"), encoding="utf-8")

    assert {"beds": "养老科", "more": "规财科", "named": "区民政局", "law": "办公室"} == offices(folder)


def test_an_entry_for_the_commitment_counts_before_the_document(folder: Path) -> None:
    """Who assigns one commitment by its id knows better than the document, which names the whole bureau."""
    (folder / "who.yaml").write_text(OWNERS + ALONE, encoding="utf-8")

    assert "指导中心" == offices(folder)["named"]


def test_without_a_file_the_document_says_who(folder: Path) -> None:
    """Without assignments the owner is the body that the document names, and of the others nobody knows."""
    assert {"named": Owner("区民政局")} == load_plan(folder / "demo.plan.yaml").owners


def test_owners_outlive_an_amendment(folder: Path) -> None:
    """The text in force on a later day has the same owners."""
    amended = PLAN + (
        "amendments:\n- {id: more-beds, effective: 2024-01-01, authority: 区, changes: [{commitment: beds, at_least: 350 张}]}\n"
    )
    (folder / "demo.plan.yaml").write_text(amended, encoding="utf-8")
    findings = json.loads(run(folder, "check", "-o", "json", "--assignments", str(folder / "who.yaml")))["findings"]

    assert ["养老科", "规财科", "区民政局", "办公室"] == [finding["owner"]["office"] for finding in findings]


def test_every_format_names_the_owner(folder: Path) -> None:
    """JSON, CSV, the report, the explanation and the frame say who answers, with deputy and contact."""
    who = ("--assignments", str(folder / "who.yaml"))
    found = json.loads(run(folder, "check", "-o", "json", *who))
    rows = list(csv.DictReader(io.StringIO(run(folder, "check", "-o", "csv", "--lang", "en", *who).lstrip("\ufeff"))))

    assert {"office": "养老科", "deputy": "某副局长", "contact": "010-1"} == found["findings"][0]["owner"]
    assert str(folder / "who.yaml") == found["asked"]["assignments"]
    assert "养老科 (deputy: 某副局长; contact: 010-1)" == rows[0]["owner"]
    assert "养老科 (deputy: 某副局长; contact: 010-1)" in run(
        folder, "check", "--all", "-o", "markdown", "--lang", "en", *who
    )
    assert "牵头单位：养老科（分管：某副局长；联系：010-1）" in run(folder, "explain", "beds", "--lang", "zh", *who)
    assert None is json.loads(run(folder, "check", "-o", "json"))["findings"][0]["owner"]


def test_an_office_is_selected(folder: Path) -> None:
    """The office of an owner selects the commitments it answers for."""
    found = json.loads(
        run(folder, "check", "-o", "json", "--assignments", str(folder / "who.yaml"), "--select", "规财科")
    )

    assert ["more"] == [finding["commitment"] for finding in found["findings"]]


@pytest.mark.parametrize(
    ("entry", "code", "found", "column"),
    [
        ("{commitment: bets, office: 科}", "unknown-commitment", "bets", 18),
        ("{chapter: 养老院, office: 科}", "unknown-chapter", "养老院", 15),
        ("{tier: effort, office: 科}", "tier-unused", "effort", 12),
        ("{tier: indicators, office: 科}", "unknown-choice", "indicators", 12),
        ("{chapter: 养老}", "missing-key", None, 5),
        ("{office: 科}", "assigns-one", "—", 5),
        ("{all: false, office: 科}", "assigns-one", ("all",), 5),
        ("{chapter: 养老, tier: task, office: 科}", "assigns-one", ("chapter", "tier"), 5),
        ("{chapter: 养老, office: 科, who: 谁}", "unknown-key", "who", 30),
    ],
)
def test_a_wrong_entry_is_an_error_at_its_place(
    entry: str, code: str, found: object, column: int, folder: Path
) -> None:
    """An entry for nobody, for a name that the plan does not have, or for more than one thing is refused where it stands."""
    (folder / "who.yaml").write_text(f"assignments: demo\nowners:\n  - {entry}\n", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load_assignments(folder / "who.yaml", load_plan(folder / "demo.plan.yaml"))

    (problem,) = refused.value.problems
    assert (code, found, 3, column) == (
        problem.code, problem.details.get("found"), problem.location.line, problem.location.column,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("assignments: other\nowners: [{all: true, office: 科}]\n", "other-plan"),
        ("assignments: demo\nowners: []\n", "assigns-nobody"),
        ("assignments: demo\nowners: [{all: true, office: 科}, {all: true, office: 室}]\n", "assigned-twice"),
        ("plan: demo\nwaivers: []\n", "other-sort"),
    ],
)
def test_a_wrong_file_is_refused(text: str, code: str, folder: Path) -> None:
    """A file for another plan, without entries, or with two of one scope is refused, by every command that judges."""
    (folder / "who.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load_assignments(folder / "who.yaml", load_plan(folder / "demo.plan.yaml"))

    assert code in [problem.code for problem in refused.value.problems]


def test_a_file_for_another_plan_is_told_in_one_line(folder: Path) -> None:
    """Of a file that belongs to another plan nothing else is wrong: its commitments are those of that plan."""
    (folder / "who.yaml").write_text(
        OWNERS.replace("demo", "other") + ALONE.replace("named", "theirs"), encoding="utf-8"
    )
    with pytest.raises(Refused) as refused:
        load_assignments(folder / "who.yaml", load_plan(folder / "demo.plan.yaml"))

    assert ["other-plan"] == [problem.code for problem in refused.value.problems]


def test_a_word_of_the_reports_is_answered_with_the_word_of_the_language(folder: Path) -> None:
    """主要指标, as reports say it, is refused where `indicator` is meant, and that word is named."""
    (folder / "who.yaml").write_text("assignments: demo\nowners: [{tier: 主要指标, office: 科}]\n", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load_assignments(folder / "who.yaml", load_plan(folder / "demo.plan.yaml"))

    assert "indicator" == refused.value.problems[0].details["nearest"]


def test_the_bundle_holds_the_assignments(folder: Path) -> None:
    """Assignments are evidence: the bundle holds them, is verified with them, and an altered copy is found."""
    from zipfile import ZipFile

    bundle = folder / "evidence.zip"
    run(folder, "check", "--assignments", str(folder / "who.yaml"), "-o", f"bundle:{bundle}")
    verified = CliRunner().invoke(main, ["verify", str(bundle)])
    with ZipFile(bundle) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["assignments/who.yaml"] = members["assignments/who.yaml"].replace("养老科".encode(), "社救科".encode())
    altered = folder / "altered.zip"
    with ZipFile(altered, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)

    assert 0 == verified.exit_code, verified.output
    assert OWNERS.encode() in (folder / "who.yaml").read_bytes()
    assert "assignments/who.yaml: altered" in CliRunner().invoke(main, ["verify", str(altered)]).output


def test_the_shipped_example_is_marked_and_fits_its_plan() -> None:
    """The assignments that are shipped for Yanqing are marked as made up, and give every commitment an owner."""
    path = ROOT / "facts" / "samples" / "yanqing.assignments.yaml"
    plan = load_plan("yanqing", assignments=path)

    assert "illustrative: true" in path.read_text("utf-8")
    assert set(plan.commitments) == set(plan.owners)


def test_all_who_are_named_in_an_office_stand_beside_it(folder: Path) -> None:
    """An office with two deputies is named with both, on its card by owner and in the brief; one by one each has its own."""
    (folder / "who.yaml").write_text(
        OWNERS.replace("office: 规财科, deputy: 某副局长", "office: 养老科, deputy: 另一副局长"), encoding="utf-8"
    )
    (folder / "a.facts.yaml").write_text(sheet_text("beds: 100 张\nlaw: in_force"), encoding="utf-8")
    asked = ("--assignments", str(folder / "who.yaml"), "--fail-on", "never", "--lang", "zh")
    named = "养老科（分管：某副局长，联系：010-1；分管：另一副局长）"

    assert f"{named}：未达标" in run(folder, "check", *asked, "--by", "owner")
    assert f"{named} 未达标" in run(folder, "check", *asked, "-o", "brief")
