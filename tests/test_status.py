"""Who owes what: submitters that are expected, sheets that came, when they came, and what they lack."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from dabiao import Refused
from dabiao.cli import main
from dabiao.engine.status import Status, StatusRequest, status_of
from helpers import HEAD, make_plan, measure, plan_text, sheet_text
from hypothesis import given
from hypothesis import strategies as st

MEASURES = measure("beds") + measure("staff", "unit: 人") + measure("rehab", "yes_no: true", "town")
COMMITMENTS = (
    "- {id: one, title: {zh: 一, en: One}, cite: {section: 一, phrase: 一}, measure: beds, at_least: 1 张, due: 2025}"
)
NAMED = HEAD.replace("register: 3}", "register: [东镇, 西镇]}").replace(
    "title: {zh: 区, en: district}}", "title: {zh: 区, en: district}, register: [甲区, 乙区, 丙区]}"
)
TOWNS = "- {kind: town, name: 东镇, facts: {rehab: yes}}\n- {kind: town, name: 西镇, facts: {rehab: no}}"
FULL = "beds: 3 张\nstaff: 4 人"
DUE = date(2024, 3, 31)


def sheet(name: str, facts: str = FULL, subjects: str = TOWNS, submitted: str = "2024-03-01", rest: str = "") -> str:
    """Return the sheet of a district for 2023, complete unless something else is given."""
    text = sheet_text(facts, subjects, 2023, "home: 0, centre: 0", name)
    return text + (f"submitted: {submitted}\n" if submitted else "") + rest


def laid_out(folder: Path, head: str = NAMED, **sheets: str) -> Path:
    """Write a plan, and a folder with sheets."""
    (folder / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS, head=head), encoding="utf-8")
    (folder / "in").mkdir()
    for name, text in sheets.items():
        (folder / "in" / f"{name}.facts.yaml").write_text(text, encoding="utf-8")
    return folder


def ask(folder: Path, *options: str, head: str = NAMED) -> Status:
    """Find out who owes what, for the year 2023."""
    request = StatusRequest(plan="demo", sheets=(folder / "in",), due=DUE, year=2023, expect=options)
    return status_of(make_plan(MEASURES, COMMITMENTS, head=head), request)


def run(folder: Path, *options: str) -> Result:
    """Run the command on a folder that was laid out."""
    arguments = ["status", str(folder / "demo.plan.yaml"), str(folder / "in"), "--due", "2024-03-31", *options]
    return CliRunner().invoke(main, arguments)


def told(folder: Path, *options: str) -> dict[str, Any]:
    """Return what the command tells programs."""
    found = json.loads(run(folder, "-o", "json", *options).output)
    assert isinstance(found, dict)
    return found


def states(found: Status) -> dict[str, tuple[str, str]]:
    """Return state and timing of every submission."""
    return {s.name: (s.state, s.timing) for s in found.submissions}


def test_every_state_is_told_apart(tmp_path: Path) -> None:
    """Not submitted, late, of unknown date, nothing to report, partly submitted, refused and complete are different."""
    head = NAMED.replace("[甲区, 乙区, 丙区]", "[甲区, 乙区, 丙区, 丁区, 戊区, 己区, 庚区]")
    laid_out(
        tmp_path, head,
        a=sheet("甲区"), b=sheet("乙区", submitted="2024-04-05"), c=sheet("丙区", submitted=""),
        d=sheet("丁区", "", "", rest="nothing: 未开展\n"), e=sheet("戊区", "beds: 3 张"), f=sheet("己区", "bedz: 3 张"),
    )  # fmt: skip
    found = ask(tmp_path, head=head)

    assert {
        "甲区": ("complete", "in_time"), "乙区": ("complete", "late"), "丙区": ("complete", "unknown"),
        "丁区": ("nothing", "in_time"), "戊区": ("partly", "in_time"), "己区": ("refused", "in_time"),
        "庚区": ("not_submitted", "overdue"),
    } == states(found)  # fmt: skip
    assert {"refused": 1, "not_submitted": 1, "partly": 1, "nothing": 1, "complete": 3} == found.counts()
    assert 1 == found.exit_code


def test_all_complete_and_in_time_is_clean(tmp_path: Path) -> None:
    """Exit code 0 means that everybody expected submitted everything in time."""
    laid_out(tmp_path, a=sheet("甲区"), b=sheet("乙区"), c=sheet("丙区", "", "", rest="nothing: 未开展\n"))
    result = run(tmp_path)

    assert 0 == result.exit_code
    assert "complete 2" in result.output


@pytest.mark.parametrize(
    "third",
    [None, sheet("丙区", submitted="2024-04-01"), sheet("丙区", submitted=""), sheet("丙区", "beds: 1 张"), sheet("丙区", "x: 1")],
    ids=["missing", "late", "undated", "partly", "refused"],
)  # fmt: skip
def test_one_that_owes_is_not_clean(tmp_path: Path, third: str | None) -> None:
    """One submitter that owes, is late, undated or refused makes the exit code 1."""
    laid_out(tmp_path, a=sheet("甲区"), b=sheet("乙区"), **({"c": third} if third else {}))

    assert 1 == run(tmp_path).exit_code


def test_the_due_day_itself_is_in_time(tmp_path: Path) -> None:
    """A sheet handed in on the due day is in time, and one day later it is one day late."""
    laid_out(tmp_path, a=sheet("甲区", submitted="2024-03-31"), b=sheet("乙区", submitted="2024-04-01"))
    first, second, _ = ask(tmp_path).submissions

    assert ("in_time", 0) == (first.timing, first.days)
    assert ("late", 1) == (second.timing, second.days)


def test_a_sheet_without_a_date_is_never_in_time(tmp_path: Path) -> None:
    """A sheet that does not say when it was handed in is told as such, in words."""
    laid_out(tmp_path, a=sheet("甲区", submitted=""))
    result = run(tmp_path, "--as-of", "2024-03-01")

    assert "submitted, date unknown" in result.output
    assert 1 == result.exit_code


def test_of_a_split_sheet_the_last_part_counts(tmp_path: Path) -> None:
    """Two files of one submitter are one submission, as late as the later of them; undated if one of them is."""
    parts = {"a": sheet("甲区", subjects=""), "b": sheet("甲区", "", TOWNS, "2024-04-09")}
    laid_out(tmp_path, **parts)
    found = ask(tmp_path).submissions[0]

    assert ("complete", "late", date(2024, 4, 9), 9) == (found.state, found.timing, found.submitted, found.days)
    assert 2 == len(found.files)
    (tmp_path / "in" / "b.facts.yaml").write_text(sheet("甲区", "", TOWNS, ""), encoding="utf-8")
    assert "unknown" == ask(tmp_path).submissions[0].timing


def test_a_broken_sheet_does_not_hide_the_others(tmp_path: Path) -> None:
    """One file that is no YAML is listed with its first error; the others are told all the same."""
    laid_out(tmp_path, a=sheet("甲区"), b=sheet("乙区"), c="plan: demo\nsubject: [丙区\n")
    found = ask(tmp_path)

    assert ("complete", "in_time") == states(found)["甲区"]
    assert ("not_submitted", "overdue") == states(found)["丙区"]
    assert [str(tmp_path / "in" / "c.facts.yaml")] == [unread.file for unread in found.unread]
    assert ":3:1" in run(tmp_path).output
    assert 1 == found.exit_code


def test_a_refused_sheet_tells_how_many_errors_and_the_first_with_its_place(tmp_path: Path) -> None:
    """The row of a refused sheet has the number of its errors, and the place of the first."""
    laid_out(tmp_path, a=sheet("甲区", "bedz: 1 张\nstaff: 1.5 人"))
    found = ask(tmp_path).submissions[0]
    row = run(tmp_path).output

    assert 2 == len(found.problems)
    assert "2 errors, the first:" in row
    assert "unknown measure 'bedz'" in " ".join(row.split())
    assert 6 == found.problems[0].location.line


def test_errors_between_files_refuse_that_submitter_only(tmp_path: Path) -> None:
    """A figure given twice in two files of one submitter refuses that submission, and no other."""
    laid_out(tmp_path, a=sheet("甲区"), a2=sheet("甲区", "beds: 4 张", ""), b=sheet("乙区"))
    found = states(ask(tmp_path))

    assert "refused" == found["甲区"][0]
    assert "complete" == found["乙区"][0]


def test_missing_measures_are_named(tmp_path: Path) -> None:
    """Partly submitted means k of n measures, with the names of those that are missing."""
    laid_out(tmp_path, a=sheet("甲区", "beds: 3 张"))
    own = ask(tmp_path).submissions[0].own

    assert own is not None
    assert (1, 2, ("staff",)) == (own.reported, own.measures, own.missing)
    assert "1 of 2" in run(tmp_path).output
    assert "staff measure" in run(tmp_path).output


def test_absent_with_a_reason_is_counted_apart(tmp_path: Path) -> None:
    """A figure that is not collected is answered; one that is said to be late is still owed."""
    answered, owed = "staff: {absent: not_collected}", "staff: {absent: late}"
    laid_out(tmp_path, a=sheet("甲区", f"beds: 3 张\n{answered}"), b=sheet("乙区", f"beds: 3 张\n{owed}"))
    first, second, _ = ask(tmp_path).submissions

    assert "complete" == first.state
    assert first.own is not None
    assert ((), {"staff": "not_collected"}) == (first.own.missing, first.own.absent)
    assert "partly" == second.state
    assert second.own is not None
    assert ("staff",) == second.own.awaited
    assert "1 absent with a reason" in run(tmp_path).output


def test_all_not_applicable_is_nothing_to_report(tmp_path: Path) -> None:
    """A submitter all of whose figures are absent as not applicable confirms that there is nothing to report."""
    none = "beds: {absent: not_applicable}\nstaff: {absent: not_applicable}"
    towns = TOWNS.replace("yes", "{absent: not_applicable}").replace("no}", "{absent: not_applicable}}")
    laid_out(tmp_path, a=sheet("甲区", none, towns), b=sheet("乙区", none.replace("not_applicable", "late"), towns))
    first, second, _ = ask(tmp_path).submissions

    assert "nothing" == first.state
    assert "partly" == second.state


def test_nothing_to_report_beside_figures_does_not_excuse_what_is_missing(tmp_path: Path) -> None:
    """Who reports a figure has something to report, so that the rest is owed."""
    laid_out(tmp_path, a=sheet("甲区", "beds: 3 张", rest="nothing: 未开展\n"))

    assert "partly" == ask(tmp_path).submissions[0].state


def test_an_empty_sheet_is_not_complete(tmp_path: Path) -> None:
    """A sheet without any figure is partly submitted: nothing of two."""
    laid_out(tmp_path, a=sheet("甲区", "", ""))
    found = ask(tmp_path).submissions[0]

    assert "partly" == found.state
    assert found.own is not None
    assert (0, 2) == (found.own.reported, found.own.measures)


def test_towns_that_are_not_listed_are_named(tmp_path: Path) -> None:
    """A sheet that leaves out a town of the register is partly submitted, and the town is named."""
    laid_out(tmp_path, a=sheet("甲区", subjects=TOWNS.splitlines()[0]))
    found = ask(tmp_path).submissions[0]
    towns = next(listing for listing in found.listings if listing.kind == "town")

    assert "partly" == found.state
    assert (2, 1, ("西镇",)) == (towns.size, towns.unlisted, towns.names)
    assert "town: 1 of 2 not listed: 西镇" in run(tmp_path).output


def test_a_register_known_by_number_is_counted(tmp_path: Path) -> None:
    """Where only the number of towns is known, those that are not listed are counted."""
    laid_out(tmp_path, HEAD, a=sheet("甲区"))
    found = ask(tmp_path, head=HEAD).submissions[0]

    assert (3, 1, ()) == next((r.size, r.unlisted, r.names) for r in found.listings if r.kind == "town")
    assert "town: 1 of 3 not listed" in run(tmp_path).output


def test_a_register_that_nobody_sizes_is_owed(tmp_path: Path) -> None:
    """Where neither plan nor sheet says how many homes there are, the sheet is not complete; `complete` in it settles that."""
    measures = MEASURES + measure("rooms", "unit: 间", "home")
    text = sheet("甲区").replace("home: 0, ", "")
    for registers, state in (("centre: 0", "partly"), ("centre: 0, home: complete", "complete")):
        folder = tmp_path / state
        folder.mkdir()
        laid_out(folder, a=text.replace("centre: 0", registers))
        request = StatusRequest(plan="demo", sheets=(folder / "in",), due=DUE)
        found = status_of(make_plan(measures, COMMITMENTS, head=NAMED), request)

        assert state == found.submissions[0].state


def test_a_listed_subject_without_figures_is_not_submitted(tmp_path: Path) -> None:
    """A town whose name is filled in and nothing else has not been reported, and one with a reason why not has."""
    rows = "- {kind: town, name: 东镇}\n- {kind: town, name: 西镇, nothing: 撤并}"
    laid_out(tmp_path, a=sheet("甲区", subjects=rows))
    found = ask(tmp_path).submissions[0]
    towns = next(listing for listing in found.listings if listing.kind == "town")

    assert ["not_submitted", "nothing"] == [entry.state for entry in towns.entries]
    assert "partly" == found.state


def test_a_csv_folder_is_read_row_by_row(tmp_path: Path) -> None:
    """The rows of a register in a CSV folder have states of their own."""
    laid_out(tmp_path)
    folder = tmp_path / "in" / "jia"
    folder.mkdir()
    (folder / "sheet.facts.yaml").write_text(sheet("甲区", subjects=""), encoding="utf-8")
    (folder / "town.csv").write_text("name,rehab\n东镇,yes\n西镇,缺:迟报\n", encoding="utf-8")
    found = ask(tmp_path).submissions[0]
    (towns,) = (listing for listing in found.listings if listing.kind == "town")

    assert [("东镇", "complete"), ("西镇", "partly")] == [(e.name, e.state) for e in towns.entries]


def test_a_row_of_a_table_may_have_nothing_to_report(tmp_path: Path) -> None:
    """A row of a CSV register that confirms that it has nothing to report owes nothing."""
    laid_out(tmp_path)
    folder = tmp_path / "in" / "甲区"
    folder.mkdir()
    (folder / "sheet.facts.yaml").write_text(sheet("甲区", subjects=""), encoding="utf-8")
    (folder / "town.csv").write_text("name,rehab,nothing\n东镇,yes,\n西镇,,撤并\n", encoding="utf-8")
    first = ask(tmp_path).submissions[0]
    (towns,) = [listing for listing in first.listings if listing.kind == "town"]

    assert ["complete", "nothing"] == [entry.state for entry in towns.entries]


def test_without_a_register_those_who_came_are_expected(tmp_path: Path) -> None:
    """Where nobody is named as a submitter, only those who came can be told of."""
    laid_out(tmp_path, HEAD, a=sheet("甲区"))
    found = ask(tmp_path, head=HEAD)

    assert [("甲区", True)] == [(s.name, s.expected) for s in found.submissions]


def test_expect_adds_submitters(tmp_path: Path) -> None:
    """A submitter named by --expect owes a sheet; one that is not named is told as not expected."""
    laid_out(tmp_path, HEAD, a=sheet("甲区"), b=sheet("乙区"))
    found = ask(tmp_path, "乙区", "丙区", head=HEAD)

    assert [("乙区", True), ("丙区", True), ("甲区", False)] == [(s.name, s.expected) for s in found.submissions]
    assert "not_submitted" == found.submissions[1].state


def test_a_number_of_submitters_counts_those_without_a_name(tmp_path: Path) -> None:
    """A plan that says there are five districts has three that nobody can name when two came."""
    head = HEAD.replace("title: {zh: 区, en: district}}", "title: {zh: 区, en: district}, register: 5}")
    laid_out(tmp_path, head, a=sheet("甲区"), b=sheet("乙区"))

    assert 3 == ask(tmp_path, head=head).unnamed
    assert "3 submitters that the register counts" in run(tmp_path).output


def test_an_expected_name_the_register_lacks_is_refused(tmp_path: Path) -> None:
    """A mistyped submitter is refused with the nearest name of the register."""
    laid_out(tmp_path, a=sheet("甲区"))
    result = run(tmp_path, "--expect", "甲区县")

    assert 2 == result.exit_code
    assert "did you mean '甲区'" in result.output


def test_a_sheet_from_outside_the_register_is_refused(tmp_path: Path) -> None:
    """A sheet of somebody the register does not have is refused, not taken for that of somebody else."""
    laid_out(tmp_path, a=sheet("甲 区"))
    found = states(ask(tmp_path))

    assert "not_submitted" == found["甲区"][0]
    assert "refused" == found["甲 区"][0]


def test_before_the_due_day_there_is_still_time(tmp_path: Path) -> None:
    """Up to the due day nobody owes what has not come yet; a refused sheet is not excused by that."""
    laid_out(tmp_path, a=sheet("甲区"), b=sheet("乙区", "beds: 1 张"))
    result = run(tmp_path, "--as-of", "2024-03-31")

    assert 0 == result.exit_code
    assert "still time" in result.output
    assert 1 == run(tmp_path, "--as-of", "2024-04-01").exit_code
    (tmp_path / "in" / "c.facts.yaml").write_text(sheet("丙区", "x: 1"), encoding="utf-8")
    assert 1 == run(tmp_path, "--as-of", "2024-03-31").exit_code


def test_days_overdue_are_counted_to_the_day_of_asking(tmp_path: Path) -> None:
    """The day of asking says how long a sheet is overdue."""
    laid_out(tmp_path, a=sheet("甲区"))

    assert [10, 10] == [
        s["days"] for s in told(tmp_path, "--as-of", "2024-04-10")["submissions"] if s["timing"] == "overdue"
    ]


def test_sheets_of_other_years_count_for_nothing(tmp_path: Path) -> None:
    """A sheet of another year is named, and its submitter still owes this year's."""
    laid_out(tmp_path, a=sheet("甲区"), b=sheet("乙区").replace("year: 2023", "year: 2022"))
    found = told(tmp_path)

    assert 2023 == found["year"]
    assert [("乙区", 2022)] == [(s["subject"], s["year"]) for s in found["other_years"]]
    assert "not_submitted" == found["submissions"][1]["state"]


def test_an_empty_folder_means_that_everybody_owes(tmp_path: Path) -> None:
    """With a year and a register, a folder without a sheet is an answer."""
    laid_out(tmp_path)
    result = run(tmp_path, "--year", "2023")

    assert 1 == result.exit_code
    assert "not submitted 3" in result.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--year"),
        (("--year", "1999"), "1999"),
        (("--due", "soon"), "soon"),
        (("--as-of", "2024-02-30"), "2024-02-30"),
        (("-o", "pdf"), "pdf"),
    ],
)
def test_usage_that_means_nothing_is_refused(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    """Without a year to be found, or with a date or format that is none, the exit code is 2 and the message names it."""
    laid_out(tmp_path)
    result = run(tmp_path, "--year", "2023", *options) if options[:1] != () else run(tmp_path)

    assert 2 == result.exit_code
    assert said in result.output


def test_nobody_expected_and_nothing_come_is_refused(tmp_path: Path) -> None:
    """An empty folder without anybody expected is never clean."""
    laid_out(tmp_path, HEAD)

    assert 2 == run(tmp_path, "--year", "2023").exit_code


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """A mistyped folder is not taken for one in which nothing came."""
    laid_out(tmp_path)
    request = StatusRequest(plan="demo", sheets=(tmp_path / "nowhere",), due=DUE, year=2023)
    with pytest.raises(Refused) as refused:
        status_of(make_plan(MEASURES, COMMITMENTS, head=NAMED), request)

    assert "unreadable" == refused.value.problems[0].code


def test_json_and_csv_and_markdown_tell_the_same(tmp_path: Path) -> None:
    """The formats for programs have every submitter and every subject, and the exit code is the same."""
    laid_out(tmp_path, a=sheet("甲区", subjects=TOWNS.splitlines()[0]))
    found = told(tmp_path)
    rows = list(csv.DictReader(io.StringIO(run(tmp_path, "-o", "csv").output)))
    page = run(tmp_path, "-o", "markdown", "--lang", "zh")

    assert "dabiao/status/1" == found["format"]
    assert (1, 1, 1) == (found["exit_code"], page.exit_code, run(tmp_path, "-o", "csv").exit_code)
    assert ["甲区", "乙区", "丙区"] == [s["name"] for s in found["submissions"]]
    assert [("甲区", "partly"), ("东镇", "complete"), ("西镇", "not_submitted")] == [
        (r["name"], r["state"]) for r in rows[:3]
    ]
    assert "| 乙区 | 未报送 |" in page.output


def test_csv_runs_nothing_in_a_spreadsheet(tmp_path: Path) -> None:
    """A name that a spreadsheet would run as a formula is written as text."""
    laid_out(tmp_path, HEAD, a=sheet('"=cmd|calc"'))
    (row, *_) = csv.DictReader(io.StringIO(run(tmp_path, "-o", "csv").output.removeprefix("\ufeff")))

    assert "'=cmd|calc" == row["submitter"]


def test_the_report_can_be_written_to_a_file_in_chinese(tmp_path: Path) -> None:
    """-o text:FILE writes the table, in the language asked for."""
    laid_out(tmp_path, a=sheet("甲区"))
    run(tmp_path, "--lang", "zh", "-o", f"text:{tmp_path / 'out.txt'}")

    assert "已报全" in (tmp_path / "out.txt").read_text(encoding="utf-8")


FACTS = st.sampled_from(["", "{n}: 3 {u}", "{n}: {{absent: late}}", "{n}: {{absent: suppressed}}"])


@given(beds=FACTS, staff=FACTS, towns=st.lists(st.sampled_from(["东镇", "西镇"]), unique=True))
def test_complete_means_that_nothing_is_awaited(
    tmp_path_factory: pytest.TempPathFactory, beds: str, staff: str, towns: list[str]
) -> None:
    """A submission is complete if and only if every figure has a value or a reason other than late, for all in the register."""
    folder = tmp_path_factory.mktemp("law")
    facts = "\n".join(text.format(n=n, u=u) for text, n, u in ((beds, "beds", "张"), (staff, "staff", "人")))
    laid_out(
        folder, a=sheet("甲区", facts, "\n".join(f"- {{kind: town, name: {t}, facts: {{rehab: yes}}}}" for t in towns))
    )
    owed = any(text in ("", "{n}: {{absent: late}}") for text in (beds, staff)) or len(towns) < 2

    assert ("partly" if owed else "complete") == ask(folder).submissions[0].state


def test_the_last_of_all_days_is_a_due_day(tmp_path: Path) -> None:
    """What is due on the last day there is has no day after it, and is still owed on it."""
    laid_out(tmp_path, NAMED, a=sheet("甲区"))
    found = told(tmp_path, "--due", "9999-12-31")

    assert ("9999-12-31", "9999-12-31") == (found["due"], found["as_of"])
