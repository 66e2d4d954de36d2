"""Changed facts: what a scenario sets is what the engine judges, and nothing else moves."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from dabiao import check, read_facts
from dabiao.base.problems import Location
from dabiao.facts.change import Change, Changes, ClosedSubject, OpenedSubject, apply_changes
from dabiao.facts.model import Facts
from dabiao.rules.model import Plan
from helpers import commitment, make_plan, measure, verdicts

HERE = Location("scenario.yaml", 1, 1)
MEASURES = measure("care_beds") + measure("beds", of="home") + measure("places", of="centre")
COMMITMENTS = (
    commitment("care", "measure: care_beds\nat_least: 100 张\ndue: 2025")
    + commitment("homes", "measure: count(home where beds >= 50 张)\nat_least: 2 个\ndue: 2025")
    + commitment("towns", "measure: share(count(centre) >= 1 个 of town)\nat_least: 100 %\ndue: 2025")
)


def sheets(folder: Path) -> tuple[Plan, Facts]:
    """Read a folder with a head, a table of homes, and towns with centres."""
    plan = make_plan(MEASURES, COMMITMENTS)
    (folder / "sheet.facts.yaml").write_text(
        "plan: demo\nsubject: 某区\nyear: 2025\nregisters: {home: 2, centre: complete}\nfacts: {care_beds: 90 张}\n"
        "subjects:\n- {kind: town, name: 东镇}\n- {kind: town, name: 西镇}\n- {kind: town, name: 南镇}\n"
        "- {kind: centre, name: 东站, in: 东镇, facts: {places: 5 张}}\n",
        encoding="utf-8",
    )
    (folder / "home.csv").write_text("name,beds [张]\n甲院,50\n乙院,49\n", encoding="utf-8")
    return plan, read_facts(folder, plan)


def change(kind: str, subject: str, name: str, value: Fraction | None) -> Changes:
    """Change one figure of 2025."""
    return Changes([Change("某区", kind, subject, 2025, name, value, HERE)])


def test_a_figure_of_the_root_is_set(tmp_path: Path) -> None:
    """A changed figure of the district is the one that is judged."""
    plan, facts = sheets(tmp_path)
    after = check(plan, apply_changes(facts, change("district", "某区", "care_beds", Fraction(100))))

    assert "shortfall" == verdicts(check(plan, facts))["care", "某区"]
    assert "met" == verdicts(after)["care", "某区"]


def test_a_cell_of_a_table_is_set_with_its_own_place(tmp_path: Path) -> None:
    """A changed figure of a table is judged exactly, and its place is the scenario's."""
    plan, facts = sheets(tmp_path)
    beds = Fraction(50) + Fraction(1, 3)
    after = apply_changes(facts, change("home", "乙院", "beds", beds))
    (finding,) = [f for f in check(plan, after).findings() if f.commitment.id == "homes"]

    assert "met" == finding.verdict
    assert (beds, HERE) in [(u.value, u.fact.location) for u in finding.used if u.fact]


def test_a_changed_cell_leaves_the_table_that_was_read_as_it_was(tmp_path: Path) -> None:
    """A change makes new facts: those that were read are judged as before, also if they are judged afterwards."""
    plan, facts = sheets(tmp_path)
    after = apply_changes(facts, change("home", "乙院", "beds", Fraction(50)))
    found = [verdicts(check(plan, one))["homes", "某区"] for one in (after, facts)]

    assert ["met", "shortfall"] == found


def test_a_figure_made_unknown_is_not_zero(tmp_path: Path) -> None:
    """A figure that a scenario makes unknown leaves its commitment undetermined."""
    plan, facts = sheets(tmp_path)
    after = check(plan, apply_changes(facts, change("home", "乙院", "beds", None)))

    assert "undetermined" == verdicts(after)["homes", "某区"]


def test_an_opened_subject_counts_and_the_register_grows(tmp_path: Path) -> None:
    """An opened home counts, and leaves nobody unlisted."""
    plan, facts = sheets(tmp_path)
    new = OpenedSubject("某区", "home", "丙院", 2025, None, {"beds": Fraction(60)}, HERE)
    after = apply_changes(facts, Changes(opened=[new]))

    assert {"home": 3, "centre": None} == dict(after.sheets[0].registers)
    assert "met" == verdicts(check(plan, after))["homes", "某区"]


def test_a_closed_town_takes_what_lies_in_it_along(tmp_path: Path) -> None:
    """A closed town is not unknown but gone, and its centre with it; the plan's register shrinks."""
    plan, facts = sheets(tmp_path)
    after = apply_changes(facts, Changes(closed=[ClosedSubject("某区", "town", "东镇", 2025)]))
    (finding,) = [f for f in check(plan, after).findings() if f.commitment.id == "towns"]

    assert (Fraction(0), Fraction(0)) == (finding.low, finding.high)
    assert [2, ["西镇", "南镇"]] == [
        after.sheets[0].registers["town"],
        after.sheets[0].names("town"),
    ]
    assert [] == after.sheets[0].names("centre")


def test_a_closed_home_of_a_table_is_gone(tmp_path: Path) -> None:
    """A closed home leaves its table, and the places of the others stay right."""
    plan, facts = sheets(tmp_path)
    after = apply_changes(facts, Changes(closed=[ClosedSubject("某区", "home", "甲院", 2025)]))
    fact = after.sheets[0].fact("home", "乙院", "beds")

    assert ["乙院"] == after.sheets[0].names("home")
    assert fact is not None
    assert (Fraction(49), 3) == (fact.value, fact.location.line)
    assert "shortfall" == verdicts(check(plan, after))["homes", "某区"]


def test_a_closed_home_takes_its_remarks_along(tmp_path: Path) -> None:
    """What a row of a table says of itself stays with its row when the row before it is gone."""
    plan, _ = sheets(tmp_path)
    (tmp_path / "home.csv").write_text("name,beds [张],note\n甲院,50,改造\n乙院,49,扩建\n", encoding="utf-8")
    after = apply_changes(read_facts(tmp_path, plan), Changes(closed=[ClosedSubject("某区", "home", "甲院", 2025)]))
    fact = after.sheets[0].fact("home", "乙院", "beds")

    assert fact is not None
    assert "扩建" == fact.note
