"""Two submissions compared: what became of every finding, figure and doubt, by one text, in every format, from bundles too."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner, Result
from dabiao import Refused, check, read_facts
from dabiao.cli import main
from dabiao.engine.compare import FATES, Comparison, Fate, compare, find_fate
from dabiao.engine.requests import CompareRequest
from dabiao.engine.results import VERDICTS, Verdict
from dabiao.engine.run import compare as compare_submissions
from helpers import commitment, judge, make_plan, measure, plan_text, sheet_text
from hypothesis import given
from hypothesis import strategies as st

MEASURES = (
    measure("beds")
    + measure("staff", "unit: 人")
    + measure("step", "ladder: deliverable")
    + measure("places", of="home")
    + measure("kept", of="home")
)
COMMITMENTS = (
    commitment("many-beds", "measure: beds\nat_least: 500 张\ndue: every_year")
    + commitment("bound-staff", "measure: staff\nat_least: 20 人\ndue: every_year\nnature: binding")
    + commitment("paper", "measure: step\nat_least: issued\ndue: every_year")
    + commitment("reserve", "each: home\nmeasure: kept / places\nat_least: 2 %\ndue: throughout")
)
CHECKS = """\
checks:
  - {id: jump, measure: beds, jump: 2}
  - {id: kept-below, each: home, measure: kept, at_most: places, severity: warning}
"""
PLAN = make_plan(MEASURES, COMMITMENTS, CHECKS)


def homes(*rows: str) -> str:
    """Return the homes of a sheet: NAME PLACES KEPT, with a dash for what is not reported, and perhaps a town."""
    lines = []
    for row in rows:
        name, *numbers = row.split()
        facts = ", ".join(f"{m}: {n} 张" for m, n in zip(("places", "kept"), numbers, strict=True) if n != "-")
        lines.append(f"- {{kind: home, name: {name}, facts: {{{facts}}}}}\n")
    return "".join(lines)


def sheet(
    beds: str = "500 张", *rows: str, staff: str = "20 人", year: int = 2023, name: str = "某区", rest: str = ""
) -> str:
    """Return a sheet with its figures."""
    facts = f"beds: {beds}\nstaff: {staff}\nstep: issued\n{rest}"
    return sheet_text(facts, homes(*rows), year, "home: complete", name)


def compared(old: Sequence[str], new: Sequence[str], **years: int) -> Comparison:
    """Judge two submissions by way of real files, and compare them."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        after = judge(PLAN, Path(other), *new, year=years.get("year"))
        before = judge(PLAN, Path(one), *old, year=years.get("old_year"))
        return compare(before, after)


def fates(comparison: Comparison) -> dict[tuple[str, str], str]:
    """Return the fate of every finding that has one, by commitment and path."""
    found = {}
    for fate in FATES:
        for shift in comparison.shifts(fate):
            finding = shift.after or shift.before
            assert finding is not None
            found[finding.commitment.id, "/".join(name for _, name in finding.path)] = fate
    return found


def run(*words: object) -> Result:
    """Run the program."""
    return CliRunner().invoke(main, [*map(str, words), "--lang", "en"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the plan, an earlier and a corrected sheet."""
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS, CHECKS), encoding="utf-8")
    (tmp_path / "old.facts.yaml").write_text(sheet("480 张", "甲 50 1", "乙 51 1", staff="30 人"), encoding="utf-8")
    (tmp_path / "new.facts.yaml").write_text(sheet("490 张", "甲 50 1", "乙 51 2", staff="19 人"), encoding="utf-8")
    return tmp_path


# ---------------------------------------------------------------- findings


@pytest.mark.parametrize(
    ("before", "after", "fate"),
    [
        ("met", "shortfall", "new"), ("undetermined", "behind", "new"), ("waived", "shortfall", "new"), (None, "behind", "new"),
        ("shortfall", "shortfall", "still"), ("behind", "shortfall", "still"),
        ("shortfall", "met", "mended"), ("behind", "on_track", "mended"), ("shortfall", "early", "mended"),
        ("shortfall", "waived", "set_aside"), ("behind", "not_applicable", "set_aside"), ("met", "not_due", "set_aside"),
        ("shortfall", "undetermined", "unverifiable"), ("met", "undetermined", "unverifiable"), (None, "undetermined", "unverifiable"),
        ("shortfall", None, "gone"), ("met", None, "gone"), ("undetermined", None, "gone"),
        ("undetermined", "met", "newly_judged"), ("not_due", "met", "newly_judged"), (None, "early", "newly_judged"),
        ("met", "early", None), ("undetermined", "undetermined", None), ("not_due", "waived", None), (None, "not_due", None),
    ],
)  # fmt: skip
def test_the_fate_of_a_finding(before: Verdict | None, after: Verdict | None, fate: Fate | None) -> None:
    """What fell short and is waived, open or gone is none of it mended; what is short now is never passed over."""
    assert fate == find_fate(before, after)


def test_no_pair_of_verdicts_hides_a_shortfall() -> None:
    """Whatever was before: what is short now is new or still, and only what is reached now is mended."""
    sides = (*VERDICTS, None)
    for before in sides:
        for after in sides:
            fate = find_fate(before, after)
            assert (fate in ("new", "still")) == (after in ("shortfall", "behind"))
            assert fate != "mended" or (before in ("shortfall", "behind") and after in ("met", "early", "on_track"))
            assert before == after or {before, after} <= {"met", "early", "on_track"} or fate or not {before, after} & {
                "shortfall", "behind", "undetermined"
            }  # fmt: skip


def test_what_fell_short_was_mended_and_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A corrected submission: staff is newly short and binding, so first; the reserve of one home is mended; beds stay short."""
    monkeypatch.chdir(folder)  # a long place would wrap the tables
    result = run("compare", "demo.plan.yaml", "old.facts.yaml", "new.facts.yaml")

    assert 1 == result.exit_code
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert (
        "Demo plan (version 1) · text in force on 2023-12-31 · 2023, a new submission against an earlier one"
        == lines[0]
    )
    assert "Commitment 某区 met 30 人 shortfall 19 人 ≥ 20 人 1 人 short" in lines
    assert "still short or behind 1 (gap: narrower 1, wider 0, the same 0, not comparable 0)" in lines
    assert "Commitment 某区 shortfall 480 张 shortfall 490 张 ≥ 500 张 20 张 short 10 张 short narrower" in lines
    assert "Commitment 乙 shortfall 1.96 % met 3.92 % ≥ 2 % 1.92 pp to spare" in lines
    places = [
        re.search(rf"{name}.facts.yaml:\d+:\d+", line) for line in lines for name in ("old", "new") if "kept" in line
    ]
    assert any(line.startswith("某区 / 乙 kept measure 1 张 2 张 ") for line in lines)
    assert all(places)
    assert "changed: figures 3, subjects 0, registers 0; doubts 0" in lines


def test_the_gravest_comes_first() -> None:
    """Of what is newly short a binding commitment stands before others, whatever the order of the plan."""
    comparison = compared([sheet()], [sheet("1 张", staff="1 人")])
    assert ["bound-staff", "many-beds"] == [s.after.commitment.id for s in comparison.shifts("new") if s.after]


@pytest.mark.parametrize(
    ("before", "after", "trend"), [(480, 490, "narrower"), (490, 480, "wider"), (480, 480, "same")]
)
def test_what_is_still_short_says_how_the_gap_moved(before: int, after: int, trend: str) -> None:
    """The gap of a shortfall that stays is narrower, wider or the same."""
    comparison = compared([sheet(f"{before} 张")], [sheet(f"{after} 张")])
    assert {trend: 1} == {name: count for name, count in comparison.trends.items() if count}


def test_gaps_to_different_targets_are_not_compared(tmp_path: Path) -> None:
    """A value that rose while its target rose more is neither nearer nor farther, told one by one or from the columns."""
    stages = "measure: beds\nstaged: [{year: 2022, at_least: 100 张}, {year: 2023, at_least: 300 张}]"
    plan = make_plan(measure("beds"), commitment("c", stages))
    results = []
    for year, beds in ((2022, 90), (2023, 120)):
        (tmp_path / str(year)).mkdir()
        results.append(judge(plan, tmp_path / str(year), sheet_text(f"beds: {beds} 张", "", year)))

    assert {"unknown": 1} == {name: count for name, count in compare(*results).trends.items() if count}


def test_gaps_are_compared_exactly() -> None:
    """A gap that no float tells from another is narrower all the same."""
    plan = make_plan(measure("share", "unit: '%'"), commitment("c", "measure: share\nat_least: 90 %\ndue: every_year"))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        before = judge(plan, Path(one), sheet_text("share: 80.00000000000000000001 %"))
        after = judge(plan, Path(other), sheet_text("share: 80.00000000000000000002 %"))
        comparison = compare(before, after)
        (figure,) = comparison.figures()
    assert 1 == comparison.trends["narrower"]
    assert "changed" == figure.state


def test_a_home_that_moved_is_another_subject(tmp_path: Path) -> None:
    """A subject is its whole path: a centre listed in another town is gone from the one and newly short in the other."""
    plan = make_plan(
        measure("size", of="centre"), commitment("c", "each: centre\nmeasure: size\nat_least: 5 张\ndue: every_year")
    )
    towns = "- {kind: town, name: 东镇, facts: {}}\n- {kind: town, name: 西镇, facts: {}}\n- {kind: town, name: 南镇, facts: {}}\n"
    sheets = [
        sheet_text(
            "",
            f"{towns}- {{kind: centre, name: 甲, in: {town}, facts: {{size: 1 张}}}}\n",
            registers="centre: complete",
        )
        for town in ("东镇", "西镇")
    ]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    comparison = compare(judge(plan, tmp_path / "a", sheets[0]), judge(plan, tmp_path / "b", sheets[1]))

    assert {("c", "某区/东镇/甲"): "gone", ("c", "某区/西镇/甲"): "new"} == fates(comparison)
    assert [("gone", "东镇"), ("appeared", "西镇")] == [(s.state, s.path[1][1]) for s in comparison.subjects]


def test_other_districts_are_gone_and_new() -> None:
    """A district that no longer reports is gone with its homes, and its shortfall is not mended; one that came is new."""
    comparison = compared(
        [sheet("1 张", "甲 50 0", name="东区"), sheet(name="中区")],
        [sheet("1 张", "甲 50 0", name="西区"), sheet(name="中区")],
    )
    assert {"gone": 4, "new": 2, "newly_judged": 2} == {fate: n for fate, n in comparison.counts().items() if n}
    assert [("gone", (("district", "东区"),), 2, 5), ("appeared", (("district", "西区"),), 2, 5)] == [
        (s.state, s.path, s.subjects, s.figures) for s in comparison.subjects
    ]
    assert [] == list(comparison.figures())


def test_what_has_no_figures_of_its_own_is_gone_with_none() -> None:
    """The towns of a plan that asks nothing of towns are gone, and appear, with no figures."""
    towns = "".join(f"- {{kind: town, name: {name}, facts: {{}}}}\n" for name in ("甲镇", "乙镇"))
    old, new = (sheet_text("beds: 500 张", towns, 2023, name=name) for name in ("东区", "西区"))
    assert [("gone", 3, 1), ("appeared", 3, 1)] == [
        (s.state, s.subjects, s.figures) for s in compared([old], [new]).subjects
    ]


def test_efforts_and_restatements_are_not_counted() -> None:
    """What is never counted has no fate, whatever becomes of it."""
    twice = COMMITMENTS + commitment("again", "measure: beds\nat_least: 500 张\ndue: every_year\nsame_as: many-beds")
    twice += commitment("try", "measure: staff\nat_least: 20 人\ndue: every_year\ntier: {is: effort, why: 示例}")
    plan = make_plan(MEASURES, twice)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        comparison = compare(judge(plan, Path(one), sheet()), judge(plan, Path(other), sheet("1 张", staff="1 人")))
        assert {("many-beds", "某区"): "new", ("bound-staff", "某区"): "new"} == fates(comparison)
    assert 2 == comparison.transitions["met", "shortfall"]


# ---------------------------------------------------------------- years and figures


def test_two_years_stand_beside_each_other(folder: Path) -> None:
    """This year's report against last year's; a figure of last year that was changed in silence is told with its year."""
    (folder / "now").mkdir()
    (folder / "now" / "now.facts.yaml").write_text(sheet("510 张", "甲 50 1", year=2024), encoding="utf-8")
    (folder / "now" / "last.facts.yaml").write_text(
        sheet("485 张", "甲 50 1", "乙 51 1", staff="30 人"), encoding="utf-8"
    )
    result = run("compare", folder / "demo.plan.yaml", folder / "old.facts.yaml", folder / "now", "-o", "json")
    found = json.loads(result.output)

    assert ((2023, [2023]), (2024, [2023, 2024])) == tuple(
        (found[s]["year"], found[s]["years"]) for s in ("old", "new")
    )
    assert "2024-12-31" == found["as_of"]
    assert [
        ("beds", 2023, "480", 2024, "510"), ("staff", 2023, "30", 2024, "20"), ("beds", 2023, "480", 2023, "485"),
    ] == [
        (f["measure"], f["before"]["year"], f["before"]["value"], f["after"]["year"], f["after"]["value"])
        for f in found["figures"]
    ]  # fmt: skip
    text = run("compare", folder / "demo.plan.yaml", folder / "old.facts.yaml", folder / "now").output
    assert "2024 against 2023" in text.splitlines()[0]
    assert "beds measure in 2023" in text


def test_the_year_of_the_old_one_is_chosen() -> None:
    """Of an earlier submission with several years that of the new one is judged, or its latest, or the one asked for."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "p.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS), encoding="utf-8")
        for year in (2022, 2023, 2024):
            (place / f"{year}.facts.yaml").write_text(sheet(year=year), encoding="utf-8")
        (place / "both").mkdir()
        for year in (2022, 2023):
            (place / "both" / f"{year}.facts.yaml").write_text(sheet(year=year), encoding="utf-8")
        plan, old = str(place / "p.plan.yaml"), place / "both"

        def years(year: int, old_year: int | None = None) -> tuple[int, int]:
            asked = CompareRequest(plan=plan, old=old, new=place / f"{year}.facts.yaml", old_year=old_year)
            found = compare_submissions(asked)
            return found.old.year, found.new.year

        assert [(2022, 2022), (2023, 2024), (2022, 2024)] == [years(2022), years(2024), years(2024, 2022)]
        with pytest.raises(Refused) as refused:
            years(2024, 2021)
        assert ["year-not-reported"] == [problem.code for problem in refused.value.problems]


def test_sheets_beside_are_judged_with_both(folder: Path) -> None:
    """A sheet of the baseline year that both sides need is named once, even if it is one of them."""
    base = folder / "base.facts.yaml"
    base.write_text(sheet("10 张", year=2020), encoding="utf-8")
    plan, new = folder / "demo.plan.yaml", folder / "new.facts.yaml"
    both = json.loads(run("compare", plan, folder / "old.facts.yaml", new, "--with", base, "-o", "json").output)
    itself = json.loads(run("compare", plan, base, new, "--with", base, "-o", "json").output)

    assert ([2020, 2023], [2020, 2023]) == (both["old"]["years"], both["new"]["years"])
    assert (2020, [2020], 2023) == (itself["old"]["year"], itself["old"]["years"], itself["new"]["year"])


def test_earlier_years_that_only_the_new_one_has_stand_beside_both(folder: Path) -> None:
    """An old sheet is judged with the earlier years' sheets that come with the new one: nothing changed but one figure."""
    plan = plan_text(
        measure("beds"), commitment("more", "measure: beds / last(beds)\nat_least: 105 %\ndue: every_year")
    )
    (folder / "demo.plan.yaml").write_text(plan, encoding="utf-8")
    for name, beds, year in (("before", 400, 2022), ("old", 430, 2023), ("new", 440, 2023)):
        (folder / f"{name}.facts.yaml").write_text(sheet_text(f"beds: {beds} 张", year=year), encoding="utf-8")
    files = [folder / f"{name}.facts.yaml" for name in ("new", "before")]
    result = run(
        "check", folder / "demo.plan.yaml", *files, "--year", 2023, "--since", folder / "old.facts.yaml", "-o", "json"
    )
    since = json.loads(result.stdout)["since"]

    assert ({"still": 0, "new": 0, "unverifiable": 0}, [2022, 2023]) == (
        {fate: since["counts"][fate] for fate in ("still", "new", "unverifiable")},
        since["old"]["years"],
    )
    assert 1 == len(since["figures"])


def test_figures_appear_vanish_and_change_their_reason() -> None:
    """A figure that came, one that went, and one that is absent for another reason; a spelling is no change."""
    old = sheet("{absent: late}", "甲 50 1", "乙 - 1", staff="30 人")
    new = sheet("{absent: not_collected}", "甲 50 -", "乙 60 1", staff="30.0人")
    comparison = compared([old], [new])
    assert [("某区", "beds", "reason", "late", "not_collected"), ("甲", "kept", "gone", None, None),
            ("乙", "places", "appeared", None, None)] == [
        (f.path[-1][1], f.after.measure, f.state, *(u.fact and u.fact.absent for u in (f.before, f.after)))
        for f in comparison.figures()
    ]  # fmt: skip


def test_a_figure_without_a_reason_and_one_with_it_differ() -> None:
    """That nobody said a thing and that it is late are two things."""
    silent = sheet_text("staff: 20 人\nstep: issued", "", 2023, "home: complete")
    (figure,) = compared([silent], [sheet("{absent: late}")]).figures()
    assert ("reason", None, True) == (figure.state, figure.before.fact, figure.after.missing)


def test_registers_are_compared() -> None:
    """A register with another size, or with another number listed, is told even if every figure stands."""
    old, new = (sheet_text("beds: 500 张", homes("甲 50 1"), 2023, f"home: {size}") for size in (1, 3))
    (change,) = compared([old], [new]).registers
    assert (("某区", "home"), (1, 1), (1, 3)) == (
        (change.root, change.kind), (change.before.listed, change.before.size), (change.after.listed, change.after.size),
    )  # fmt: skip


def test_tables_are_compared_like_sheets(tmp_path: Path) -> None:
    """A CSV folder against another: digits beyond a float, a missing cell, a reason and a row that is gone."""
    plan = make_plan(MEASURES, COMMITMENTS)
    results = []
    for name, rows in (
        ("a", "甲,9007199254740993,1\n乙,5,absent:late\n丙,5,1\n"),
        ("b", "甲,9007199254740992,1\n乙,5,absent:not_collected\n"),
    ):
        (tmp_path / name).mkdir()
        head = sheet_text("beds: 500 张", "", 2023, "home: complete")
        (tmp_path / name / "sheet.facts.yaml").write_text(head, encoding="utf-8")
        (tmp_path / name / "home.csv").write_text(f"name,places,kept\n{rows}", encoding="utf-8")
        results.append(check(plan, read_facts(tmp_path / name, plan)))
    comparison = compare(*results)

    assert [("甲", "places", "changed"), ("乙", "kept", "reason")] == [
        (f.path[-1][1], f.after.measure, f.state) for f in comparison.figures()
    ]
    assert [("gone", "丙")] == [(s.state, s.path[-1][1]) for s in comparison.subjects]


# ---------------------------------------------------------------- doubts


def doubts(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Return the doubts: check, subject and state."""
    return [(doubt.check, doubt.subject, doubt.state) for doubt in comparison.doubts]


LAST = sheet("100 张", year=2022)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("乙 5 9", "乙 5 9", [("kept-below", "乙", "carried")]),
        ("乙 5 9", "乙 5 4", [("kept-below", "乙", "answered")]),
        ("乙 5 4", "乙 5 9", [("kept-below", "乙", "new")]),
        ("乙 5 9", "乙 5 -", [("kept-below", "乙", "open")]),
        ("乙 5 9", "甲 5 4", [("kept-below", "乙", "gone")]),
        ("乙 5 4", "乙 5 4", []),
    ],
)
def test_doubts_are_new_carried_answered_open_or_gone(
    before: str, after: str, expected: list[tuple[str, str, str]]
) -> None:
    """A doubt is answered only where the check was made again; a figure or a subject that is missing is no answer."""
    assert expected == doubts(compared([sheet("500 张", before)], [sheet("500 张", after)]))


def test_a_confirmation_answers_and_is_carried(folder: Path) -> None:
    """A jump that refused the first sheet is answered with a reason; the next submission carries it."""
    said = "{value: 500 张, confirmed: 新建两处}"
    for name, text in (("last", LAST), ("bad", sheet()), ("good", sheet(said))):
        (folder / f"{name}.facts.yaml").write_text(text, encoding="utf-8")
    last = ("--with", folder / "last.facts.yaml")
    plan, bad, good = folder / "demo.plan.yaml", folder / "bad.facts.yaml", folder / "good.facts.yaml"
    answered, carried = (
        json.loads(run("compare", plan, one, good, *last, "-o", "json").stdout) for one in (bad, good)
    )  # fmt: skip

    assert (True, "answered", "新建两处") == (
        answered["old"]["refused"],
        *(answered["doubts"][0][k] for k in ("state", "reason")),
    )
    assert (False, "carried", "新建两处") == (
        carried["old"]["refused"],
        *(carried["doubts"][0][k] for k in ("state", "reason")),
    )
    assert not carried["changed"]
    assert "data checks would refuse the earlier submission" in run("compare", plan, bad, good, *last).output
    refused = run("compare", plan, good, bad, *last)
    assert (2, True) == (refused.exit_code, "more than a factor of 2" in refused.output)


def test_a_doubt_beyond_the_limit_is_not_called_answered() -> None:
    """Where more fails than is listed nobody can tell what became of a doubt."""
    rows = [f"院{n} 5 9" for n in range(4)]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "p.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS, CHECKS), encoding="utf-8")
        (place / "a.facts.yaml").write_text(sheet("500 张", *rows[3:]), encoding="utf-8")
        (place / "b.facts.yaml").write_text(sheet("500 张", *rows), encoding="utf-8")
        result = run(
            "--limit",
            "problems=2",
            "compare",
            place / "p.plan.yaml",
            place / "a.facts.yaml",
            place / "b.facts.yaml",
            "-o",
            "json",
        )
    assert ["new", "new", "open"] == [doubt["state"] for doubt in json.loads(result.stdout)["doubts"]]


# ---------------------------------------------------------------- laws

NUMBERS = st.sampled_from(["-", "0", "1", "2", "49", "50", "51"])
ROWS = st.dictionaries(st.sampled_from("甲乙丙"), st.tuples(NUMBERS, NUMBERS), max_size=3)
SHEETS = st.builds(
    lambda beds, rows, year: sheet(beds, *(f"{name} {a} {b}" for name, (a, b) in rows.items()), year=year),
    st.sampled_from(["480 张", "490 张", "500 张", "{absent: late}", "{absent: not_collected}"]), ROWS, st.sampled_from([2023, 2024]),
)  # fmt: skip
SUBMISSIONS = st.dictionaries(st.sampled_from(["东区", "西区"]), SHEETS, min_size=1).map(
    lambda found: [text.replace("subject: 某区", f"subject: {name}") for name, text in found.items()]
)


@given(SUBMISSIONS)
def test_nothing_changed_against_itself(sheets: list[str]) -> None:
    """A submission compared with itself: nothing is other than it was, and what is short is still short by the same gap."""
    found = compared(sheets, sheets)
    assert not found.changed
    assert ([], (), ()) == (list(found.figures()), found.subjects, found.registers)
    assert {fate: 0 for fate in FATES if fate != "still"} == {f: n for f, n in found.counts().items() if f != "still"}
    assert found.trends["same"] + found.trends["unknown"] == found.counts()["still"]
    assert {"carried"} >= {doubt.state for doubt in found.doubts}


def turned(comparison: Comparison, back: bool) -> tuple[Any, ...]:
    """Return what changed with the sides in one order, as sets: the pairs of verdicts, figures, subjects, registers."""
    step = -1 if back else 1
    figures = {(f.path, f.after.measure, *(((u.year, u.value, u.fact and u.fact.absent)) for u in (f.before, f.after)[::step]))
               for f in comparison.figures()}  # fmt: skip
    subjects = {
        (s.path, s.years[::step], (s.state == "gone") != back, s.subjects, s.figures) for s in comparison.subjects
    }
    registers = {(r.root, r.kind, r.years[::step], (r.before, r.after)[::step]) for r in comparison.registers}
    pairs = {pair[::step]: count for pair, count in comparison.transitions.items()}
    return pairs, figures, subjects, registers


@given(SUBMISSIONS, SUBMISSIONS)
def test_the_other_way_round_is_the_mirror(one: list[str], other: list[str]) -> None:
    """Comparing the other way round tells the same pairs, turned round: what came is what went, narrower is wider."""
    there, back = compared(one, other), compared(other, one)
    assert turned(there, back=False) == turned(back, back=True)
    trends = there.trends
    assert {**trends, "narrower": trends["wider"], "wider": trends["narrower"]} == back.trends
    assert there.changed == back.changed
    open_, then = ({(d.check, d.subject, d.root) for d in side.doubts if d.state != "gone"} for side in (there, back))
    assert {place for place in open_ if place in then} == {place for place in then if place in open_}


@given(SUBMISSIONS, SUBMISSIONS)
def test_trends_by_columns_are_those_of_each_finding(one: list[str], other: list[str]) -> None:
    """How gaps moved is counted from columns, and comes to what every finding says by itself, exactly."""
    found = compared(one, other)
    each = [shift.trend for shift in found.shifts("still")]
    assert {trend: each.count(trend) for trend in found.trends} == found.trends


@given(SUBMISSIONS, SUBMISSIONS)
def test_every_finding_of_the_new_one_is_accounted_for(one: list[str], other: list[str]) -> None:
    """The pairs add up to the counts of both checks, and every figure that is told differs as said."""
    found = compared(one, other)
    assert set(get_args(Fate)) == set(found.counts())
    for result, side in ((found.old, 0), (found.new, 1)):
        sums = dict.fromkeys(VERDICTS, 0)
        for pair, count in found.transitions.items():
            if pair[side] is not None:
                sums[pair[side]] += count
        assert result.counts() == sums
    for figure in found.figures():
        values = figure.before.value, figure.after.value
        assert values[0] != values[1] or figure.state == "reason"
