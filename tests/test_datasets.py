"""A data set is read as the sheets that say the same, and whatever is wrong in it is told by file and row."""

from __future__ import annotations

import json
import tempfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import jsonschema
import polars as pl
import pytest
import yaml
from click.testing import CliRunner, Result
from dabiao import check, read_facts
from dabiao.base.limits import Limits, use_limits
from dabiao.base.problems import Problem, Refused
from dabiao.cli import main
from dabiao.facts.model import Facts
from dabiao.rules.schema import schema_text
from datasets import (
    COMMITMENTS,
    MEASURES,
    PLAN,
    REST,
    Row,
    find_findings,
    find_followed,
    write_head,
    write_long,
    write_sheets,
    write_wide,
)
from helpers import ROOT, commitment, make_plan, measure, plan_text
from hypothesis import given, settings
from hypothesis import strategies as st

ROWS = (
    Row("district", "甲区", 2023, "甲区", {"budget": "12.5"}),
    Row("district", "甲区", 2022, "甲区", {"budget": "11.9"}),
    Row("district", "乙区", 2023, "乙区", {}),
    Row("town", "甲区", 2023, "东镇", {"sites": "3"}),
    Row("town", "甲区", 2023, "西镇", {}),
    Row("centre", "甲区", 2023, "一号", {"carers": "3"}, "东镇"),
    Row("centre", "甲区", 2023, "二号", {"carers": "2"}, "西镇"),
    Row("home", "甲区", 2023, "甲院", {"beds": "50", "pleased": "84.65", "cost": "165", "grade": "two"}),
    Row(
        "home",
        "甲区",
        2023,
        "乙院",
        {"beds": "120", "pleased": "84.6499999999999999999", "cost": "396.0000000000000001"},
    ),
    Row("home", "乙区", 2023, "甲院", {"beds": "80", "grade": "one"}),
    Row("home", "甲区", 2022, "甲院", {"beds": "49"}),
)


def judged(head: Path | list[Path]) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Return the findings of 2023 and what follows."""
    result = check(PLAN, read_facts(head, PLAN), year=2023)
    return find_findings(result), find_followed(result)


def faults(head: Path) -> list[Problem]:
    """Return what a data set is refused for."""
    with pytest.raises(Refused) as refused:
        read_facts(head, PLAN)
    return [problem for problem in refused.value.problems if problem.severity == "error"]


def told(head: Path) -> list[tuple[str, str]]:
    """Return the codes of what a data set is refused for, with the places."""
    return [(p.code, f"{Path(p.location.file).name}:{p.location.line}") for p in faults(head)]


def homes(folder: Path, **columns: object) -> Path:
    """Write a data set of homes with these columns; subject, year and name may be left out."""
    height = max(len(values) for values in columns.values() if isinstance(values, list | pl.Series))
    plain = {"subject": ["甲区"] * height, "year": [2023] * height, "name": [f"院{n}" for n in range(height)]}
    pl.DataFrame({**plain, **columns}).write_parquet(folder / "homes.parquet")
    return write_head(folder, [{"kind": "home", "files": "homes.parquet"}])


@pytest.mark.parametrize("form", ["parquet", "csv", "long"])
def test_a_data_set_says_what_its_sheets_say(tmp_path: Path, form: str) -> None:
    """Wide or long, Parquet or CSV: findings and consequences are those of one sheet a district and year."""
    expected = judged(write_sheets(tmp_path / "sheets", ROWS))
    head = write_long(tmp_path, ROWS) if form == "long" else write_wide(tmp_path, ROWS, form)

    assert expected == judged(head)


NUMBERS = st.one_of(
    st.integers(0, 100).map(str),
    st.decimals(0, 100, places=2).map(str),
    st.decimals(Decimal("84.64"), Decimal("84.66"), places=20).map(lambda number: f"{number:f}"),
    st.floats(0, 100).map(lambda number: f"{Decimal(repr(number)):.25f}".rstrip("0").rstrip(".") or "0"),
)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), form=st.sampled_from(["parquet", "csv", "long"]))
def test_any_data_set_says_what_its_sheets_say(data: st.DataObject, form: str) -> None:
    """Whatever the decimals and whatever is missing, a data set gives the findings of its sheets."""
    rows = []
    for root in ("甲区", "乙区"):
        rows += [Row("district", root, year, root, {}) for year in (2022, 2023)]
        for name in data.draw(st.lists(st.sampled_from(["甲院", "乙院", "丙院"]), unique=True)):
            for year in data.draw(st.sampled_from([[2023], [2022, 2023]])):
                facts = {
                    "beds": data.draw(st.none() | st.integers(0, 300).map(str)),
                    "pleased": data.draw(st.none() | NUMBERS), "cost": data.draw(st.none() | NUMBERS),
                    "grade": data.draw(st.none() | st.sampled_from(["one", "two", "三星"])),
                }  # fmt: skip
                rows.append(Row("home", root, year, name, {k: v for k, v in facts.items() if v is not None}))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        expected = judged(write_sheets(folder / "sheets", rows))
        head = write_long(folder, rows) if form == "long" else write_wide(folder, rows, form)

        assert expected == judged(head)


@pytest.mark.parametrize(("values", "heading", "expected"), [
    (pl.Series([Decimal("84.65"), Decimal("84.649999999999999999999")]), "pleased", ["met", "shortfall"]),
    (pl.Series([84.65, 84.64999999999999]), "pleased", ["met", "shortfall"]),
    (pl.Series([846.5, 846.4999999999999]), "pleased [‰]", ["met", "shortfall"]),
    (pl.Series([85, 84], dtype=pl.Int16), "pleased", ["met", "shortfall"]),
    (pl.Series([846.5, 846.4]), "pleased [‰]", ["met", "shortfall"]),
])  # fmt: skip
def test_every_type_of_number_is_exact(tmp_path: Path, values: pl.Series, heading: str, expected: list[str]) -> None:
    """Decimals, floats and whole numbers, converted from the unit of their column, decide at the boundary."""
    head = homes(tmp_path, **{heading: values})
    found = check(PLAN, read_facts(head, PLAN), select=["pleased"])

    assert expected == [finding.verdict for finding in found.findings()]


def test_a_float_holds_the_number_that_was_reported(tmp_path: Path) -> None:
    """A figure with more digits than a float has is shown and judged with all of them."""
    head = homes(tmp_path, pleased=["84.65000000000000000001"])
    (finding,) = check(PLAN, read_facts(head, PLAN), select=["pleased"]).findings()

    assert Fraction("0.8465000000000000000001") == finding.actual


@pytest.mark.parametrize(("value", "unit", "code"), [
    ("10", "5", "bad-fact"), ("10", "0元", "bad-fact"), ("10", ".5元", "bad-fact"), ("10", "0", "bad-fact"), ("", "元", None),
    ("10", "万元", None), ("10", "张", "fact-dimension"),
])  # fmt: skip
def test_a_unit_never_adds_a_digit(tmp_path: Path, value: str, unit: str, code: str | None) -> None:
    """In a long table with several units a figure that stands in the column of units does not become part of the value."""
    rows = [("甲院", value, unit), ("乙院", "7", "元"), ("丙院", "8", "")]
    frame = {"name": [row[0] for row in rows], "value": [row[1] for row in rows], "unit": [row[2] for row in rows]}
    pl.DataFrame(frame).with_columns(pl.lit("cost").alias("measure")).write_parquet(tmp_path / "l.parquet")
    head = write_head(tmp_path, [{"kind": "home", "files": "l.parquet"}], subject="甲区", year=2023)
    if code:
        assert [(code, "l.parquet:1")] == told(head)
    else:
        (sheet,) = read_facts(head, PLAN).sheets
        found = [part.fact(0, "cost") for part in sheet.parts if part.kind == "home"]
        assert [int(value) * 10_000 if value else None] == [fact and fact.value for fact in found]


def test_empty_rows_of_a_csv_file_say_nothing(tmp_path: Path) -> None:
    """Rows of commas and spaces, as spreadsheet programs write them, are passed over, and the lines are those of the file."""
    (tmp_path / "h.csv").write_text(
        "subject,year,name,beds\n,,,\n甲区,2023,甲院,50\n , ,,\n甲区,2023,乙院,x\n,,,\n", "utf-8"
    )
    head = write_head(tmp_path, [{"kind": "home", "files": "h.csv"}])
    assert [("bad-fact", "h.csv:5")] == told(head)

    (tmp_path / "h.csv").write_text("subject,year,name,beds\n,,,\n", "utf-8")
    assert ["dataset.no-rows"] == [problem.code for problem in faults(head)]


def test_a_year_may_be_a_float_or_a_decimal(tmp_path: Path) -> None:
    """2023.0 is 2023, whether alone, beside a file with whole numbers, or as a decimal."""
    plain = {"subject": ["甲区"], "beds": [1]}
    for name, years in {"a": [2023], "b": [2023.0], "c": pl.Series([Decimal("2023.0")])}.items():
        pl.DataFrame({**plain, "name": [name], "year": years}).write_parquet(tmp_path / f"{name}.parquet")
    for files in (["b.parquet"], ["c.parquet"], ["a.parquet", "b.parquet", "c.parquet"]):
        head = write_head(tmp_path, [{"kind": "home", "files": files}])
        assert [2023] == [sheet.year for sheet in read_facts(head, PLAN).sheets]


def test_names_of_folders_are_columns(tmp_path: Path) -> None:
    """Folders 区=甲区/年度=2023 say whose the rows are, as texts: a district 007 stays 007."""
    for root, year in (("007", 2022), ("007", 2023), ("%E4%B9%99%E5%8C%BA", 2023)):
        folder = tmp_path / "homes" / f"区={root}" / f"年度={year}"
        folder.mkdir(parents=True)
        pl.DataFrame({"name": ["甲院"], "beds": [year]}).write_parquet(folder / "part-0.parquet")
    (tmp_path / "homes" / "_SUCCESS").touch()
    head = write_head(tmp_path, [{"kind": "home", "files": "homes"}])
    facts = read_facts(head, PLAN)

    assert {("007", 2022), ("007", 2023), ("乙区", 2023)} == {(sheet.subject, sheet.year) for sheet in facts.sheets}


def test_faults_are_told_by_file_and_row(tmp_path: Path) -> None:
    """Cells that are no numbers, out of range or not whole stand with their file and row, all in one run."""
    pl.DataFrame({"name": ["甲", "乙"], "beds": ["50", "many"], "pleased": ["84", "184"]}).write_parquet(
        tmp_path / "a.parquet"
    )
    pl.DataFrame({"name": ["丙", "丁"], "beds": ["1.5", "-2"], "pleased": [None, "8 张"]}).write_parquet(
        tmp_path / "b.parquet"
    )
    head = write_head(tmp_path, [{"kind": "home", "files": ["a.parquet", "b.parquet"]}], subject="甲区", year=2023)

    assert {
        ("bad-fact", "a.parquet:2"), ("out-of-range", "a.parquet:2"), ("not-whole", "b.parquet:1"),
        ("out-of-range", "b.parquet:2"), ("fact-dimension", "b.parquet:2"),
    } == set(told(head))  # fmt: skip


def test_the_first_faults_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    """Of ten thousand bad figures in one column a score is shown, and a line says how many more there are."""
    found = faults(homes(tmp_path, beds=[-1] * 10_000))

    assert (["out-of-range"] * 20 + ["more-problems"], 9_980) == ([p.code for p in found], found[-1].details["found"])


@pytest.mark.parametrize(("columns", "code"), [
    ({"beds": [1], "bed": [2]}, "unknown-measure"),
    ({"beds [亩]": [1]}, "fact-dimension"),
    ({"beds": [1], "床位": [2], "beds 指标": [1]}, "unknown-measure"),
    ({"beds": [1], "beds 指标": [1]}, "duplicate-fact"),
    ({"beds": [1], "name": [""]}, "no-name"),
    ({"beds": [1], "subject": [None]}, "dataset.no-subject"),
    ({"beds": [1], "year": ["去年"]}, "dataset.no-year"),
    ({"beds": [1], "year": [2023.5]}, "dataset.no-year"),
    ({"beds": [1], "year": [1999]}, "year-outside"),
    ({"beds": [1], "@root": [1]}, "dataset.own-column"),
    ({"beds": [1], "@line": [1]}, "dataset.own-column"),
    ({"beds": [1, 2], "name": ["甲院", "甲院"]}, "duplicate-subject"),
    ({"beds": [1, 2], "name": ["甲院(东)", "甲院（东）"]}, "near-duplicate"),
    ({"beds": [1, 2], "subject": ["甲 区", "甲区"]}, "near-duplicate"),
    ({"beds": [1, 2], "name": ["甲院", "合计"]}, "totals-row"),
    ({"beds": [1, 2], "name": ["甲院", "无"]}, "names-nothing"),
    ({"beds": [1, 2], "name": ["甲院", "0"]}, "names-nothing"),
    ({"beds": [[1]]}, "reading.column-type"),
])  # fmt: skip
def test_what_cannot_be_is_refused(tmp_path: Path, columns: dict[str, object], code: str) -> None:
    """Unknown columns, wrong units, subjects twice or of nobody: each is an error with its place."""
    assert code in [problem.code for problem in faults(homes(tmp_path, **columns))]


@pytest.mark.parametrize(("names", "code"), [
    (["乙院(东)", "乙院（东）"], "near-duplicate"), (["乙院", "乙 院"], "near-duplicate"), (["—"], "names-nothing"), (["甲院\u200b"], "hidden-mark"),
    (["合计（全区）"], "totals-row"), (["丙院（东）"] * 2, "duplicate-subject"),
])  # fmt: skip
def test_a_faulty_name_is_found_behind_many_unusual_ones(tmp_path: Path, names: list[str], code: str) -> None:
    """However many districts have names with brackets, which are no fault, the faulty one of the last is told."""
    roots = [*(f"区{n}" for n in range(450)), *["末区"] * len(names)]
    found = faults(homes(tmp_path, subject=roots, name=["甲院（东）"] * 450 + names, beds=[1] * len(roots)))

    assert code in [problem.code for problem in found]


@pytest.mark.parametrize(
    ("first", "last", "size", "found"),
    [(3, 2, "complete", [("末区", 2)]), (3, 3, "complete", []), (2, 2, 2, [("区0", 2)]), (2, 2, 3, [])],
)
def test_a_register_one_short_is_told_behind_many_that_are_whole(
    tmp_path: Path, first: int, last: int, size: str | int, found: list[tuple[str, int]]
) -> None:
    """The plan has three towns: that the last of many districts lists fewer is told of it, that the head says fewer is told once."""
    rows = [(f"区{n}", f"镇{town}") for n in range(450) for town in range(first)]
    rows += [("末区", f"镇{town}") for town in range(last)]
    table = pl.DataFrame(rows, schema=["subject", "name"], orient="row").with_columns(year=2023, sites=1)
    table.write_parquet(tmp_path / "towns.parquet")
    head = write_head(tmp_path, [{"kind": "town", "files": "towns.parquet"}], registers={"town": size})
    told = faults(head) if found else read_facts(head, PLAN).notes

    assert found == [(p.details["subject"], p.details["found"]) for p in told if p.code == "register-shrunk"]


def test_a_district_that_is_not_listed_is_named(tmp_path: Path) -> None:
    """A home of a district that the table of districts does not have is refused, with the nearest one that it has."""
    pl.DataFrame({"subject": ["甲区县"], "year": [2023]}).write_parquet(tmp_path / "d.parquet")
    pl.DataFrame(
        {"subject": ["甲区县", "甲区"], "year": [2023, 2023], "name": ["a", "b"], "beds": [1, 1]}
    ).write_parquet(tmp_path / "h.parquet")
    head = write_head(tmp_path, [{"kind": "district", "files": "d.parquet"}, {"kind": "home", "files": "h.parquet"}])
    (problem,) = faults(head)

    assert ("dataset.unknown-subject", 2, "甲区县") == (problem.code, problem.location.line, problem.details["nearest"])


def test_a_town_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    """A centre in a town of another district is in no town."""
    rows = [
        Row("town", "甲区", 2023, "东镇", {}), Row("town", "乙区", 2023, "西镇", {}),
        Row("centre", "甲区", 2023, "一号", {"carers": "3"}, "东镇"), Row("centre", "乙区", 2023, "一号", {"carers": "3"}, "东镇"),
    ]  # fmt: skip
    assert [("unknown-parent", "centre.parquet:2")] == told(write_wide(tmp_path, rows))


def test_lines_of_a_csv_file_are_those_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CSV file is read a block at a time, and a fault stands in the line that it has in the whole file."""
    monkeypatch.setattr("dabiao.facts.datasets.pieces._BLOCK", 64)
    cells = [f'甲区,2023,"院\n{n}",{n}' for n in range(50)]
    cells[40] = "甲区,2023,院40,x"
    (tmp_path / "h.csv").write_text("subject,year,name,beds\n" + "\n".join(cells) + "\n", encoding="utf-8")
    head = write_head(tmp_path, [{"kind": "home", "files": "h.csv"}])

    assert ("bad-fact", "h.csv:82") in told(head)

    (tmp_path / "h.csv").write_text(
        "subject,year,name,beds\n" + "甲区,2023,a,1\n" * 9 + "甲区,2023,a\n", encoding="utf-8"
    )
    assert [("bad-csv", "h.csv:11")] == told(head)

    (tmp_path / "h.csv").write_text("subject,year,name,beds,@line\n甲区,2023,a,1,7\n", encoding="utf-8")
    assert ("dataset.own-column", "h.csv:1") in told(head)


@pytest.mark.parametrize(("table", "code"), [
    ({"kind": "home", "files": "../homes.parquet"}, "dataset.leads-out"),
    ({"kind": "home", "files": "none"}, "dataset.no-files"),
    ({"kind": "home", "files": "notes.txt"}, "dataset.no-table"),
    ({"kind": "homes", "files": "homes.parquet"}, "unknown-kind"),
    ({"kind": "home", "files": "homes.parquet", "columns": {"bed": "beds"}}, "dataset.no-column"),
    ({"kind": "home", "files": "homes.parquet", "ignored": ["bed"]}, "dataset.no-column"),
    ({"kind": "home", "files": "homes.parquet", "ignored": ["year"]}, "dataset.no-role"),
    ({"kind": "home", "files": "homes.parquet", "column": {}}, "unknown-key"),
    ({"kind": "home", "files": "broken.parquet"}, "reading.parquet"),
    ({"kind": "home", "files": "empty.parquet"}, "dataset.no-rows"),
    ({"kind": "home", "files": "empty.csv"}, "dataset.no-rows"),
])  # fmt: skip
def test_a_head_that_cannot_be_meant_is_refused(tmp_path: Path, table: dict[str, object], code: str) -> None:
    """Files that are not there or lie outside, columns that no file has, kinds that no plan has."""
    homes(tmp_path, beds=[1])
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no more PAR1")
    empty = pl.read_parquet(tmp_path / "homes.parquet").clear()
    empty.write_parquet(tmp_path / "empty.parquet")
    empty.write_csv(tmp_path / "empty.csv")

    assert code in [problem.code for problem in faults(write_head(tmp_path, [table]))]


@pytest.mark.parametrize("key", ["dataset", '"dataset"', "'dataset'"])
def test_a_head_is_known_by_its_key(tmp_path: Path, key: str) -> None:
    """In quotes or not, and behind a byte order mark."""
    head = homes(tmp_path, beds=[1])
    tables = yaml.safe_dump(yaml.safe_load(head.read_text(encoding="utf-8"))["dataset"], default_flow_style=True)
    head.write_text(f"{key}: {tables}plan: demo\n", encoding="utf-8-sig")

    assert 1 == len(read_facts(head, PLAN).sheets)


def test_a_data_set_has_limits_of_its_own(tmp_path: Path) -> None:
    """It may be larger than a sheet, and is refused above what it unpacks to, by name."""
    head = homes(tmp_path, beds=list(range(1000)))
    with use_limits(Limits(register=100)):
        assert 1 == len(read_facts(head, PLAN).sheets)
    with use_limits(Limits(dataset=100)):
        assert ["dataset"] == [problem.details["limit"] for problem in faults(head)]


def run(folder: Path, head: Path, *arguments: str) -> Result:
    """Run a check of a data set."""
    plan = folder / "demo.plan.yaml"
    plan.write_text(plan_text(MEASURES, COMMITMENTS, REST), encoding="utf-8")
    return CliRunner().invoke(main, ["check", str(plan), str(head), "--lang", "en", *arguments])


def test_every_format_can_be_written(tmp_path: Path) -> None:
    """What is found in a data set is written in every format that a sheet has, with the place of each figure."""
    forms = ("markdown", "html", "json", "csv", "junit", "sarif", "parquet")
    asked = [part for form in forms for part in ("-o", f"{form}:{tmp_path / form}")]
    result = run(tmp_path, write_wide(tmp_path, ROWS), "-o", "text", *asked)

    assert (1, True) == (result.exit_code, "home.parquet:2:" in result.output), result.output
    assert "home.parquet:2" in pl.read_parquet(tmp_path / "parquet")["location"].implode().list.join(" ")[0]


@pytest.mark.parametrize("is_long", [False, True])
def test_findings_that_are_alike_stand_in_lines_of_their_own(tmp_path: Path, is_long: bool) -> None:
    """What is worded once for many rows tells the file and the line of the figure of each: here those of a second file, too."""
    body = "subject,year,name,measure,value\n" if is_long else "subject,year,name,beds\n"
    row = "甲区,2023,{},beds,4\n" if is_long else "甲区,2023,{},4\n"
    (tmp_path / "a.csv").write_text(body + row.format("甲院") + row.format("乙院"), "utf-8")
    (tmp_path / "b.csv").write_text(body + row.format("丙院"), "utf-8")
    (tmp_path / "demo.plan.yaml").write_text(
        plan_text(
            measure("beds", of="home"),
            commitment("c", "each: home\nmeasure: beds\nat_least: 5 张\ndue: throughout"),
        ),
        "utf-8",
    )
    head = write_head(tmp_path, [{"kind": "home", "files": ["a.csv", "b.csv"]}])
    asked = ["check", str(tmp_path / "demo.plan.yaml"), str(head), "-o", f"jsonl:{tmp_path / 'found'}"]
    assert 1 == CliRunner().invoke(main, asked).exit_code
    found = [json.loads(line) for line in (tmp_path / "found").read_text("utf-8").splitlines()]

    assert [("甲院", "a.csv", 2), ("乙院", "a.csv", 3), ("丙院", "b.csv", 2)] == [
        (one["subject"], Path(one["file"]).name, one["line"]) for one in found if one["verdict"] == "shortfall"
    ]


def test_a_year_that_only_the_homes_have_stands_beside_long_decimals(tmp_path: Path) -> None:
    """A district's figure that no float holds, and a year of its homes of which its own table says nothing, are both read."""
    (tmp_path / "districts.csv").write_text("subject,year,size [张]\n甲区,2023,366.00000000000000001\n", "utf-8")
    (tmp_path / "homes.csv").write_text("subject,year,name,beds\n甲区,2022,甲院,5\n甲区,2023,甲院,5\n", "utf-8")
    plan = make_plan(
        measure("size", "unit: 张, whole: false") + measure("beds", of="home"),
        commitment("c", "measure: size\nat_most: 366 张\ndue: every_year"),
    )
    tables = [{"kind": "district", "files": "districts.csv"}, {"kind": "home", "files": "homes.csv"}]
    sheets = read_facts(write_head(tmp_path, tables), plan).sheets

    assert [("甲区", 2023, 2), ("甲区", 2022, 2)] == [(one.subject, one.year, len(one.parts)) for one in sheets]
    assert ["shortfall"] == [one.verdict for one in check(plan, Facts(plan, sheets), year=2023).findings()]
    assert ["undetermined"] == [one.verdict for one in check(plan, Facts(plan, sheets), year=2022).findings()]


def test_a_data_set_goes_into_no_bundle(tmp_path: Path) -> None:
    """A bundle keeps sheets; a data set is refused by name, and nothing is written."""
    result = run(tmp_path, write_wide(tmp_path, ROWS), "-o", f"bundle:{tmp_path / 'b.zip'}")

    assert (2, False) == (result.exit_code, (tmp_path / "b.zip").exists())
    assert "dataset.facts.yaml: a data set cannot go into a bundle" in result.output


def test_a_report_does_not_replace_the_data(tmp_path: Path) -> None:
    """A file of a data set is an input: a report of its name is refused before anything is judged."""
    result = run(tmp_path, write_wide(tmp_path, ROWS), "-o", f"parquet:{tmp_path / 'home.parquet'}")

    assert (2, 4) == (result.exit_code, pl.read_parquet(tmp_path / "home.parquet").height)


def test_a_data_set_stands_beside_sheets(tmp_path: Path) -> None:
    """The year before may be handed in as sheets: both together say what one of them would."""
    expected = judged(write_sheets(tmp_path / "all", ROWS))
    before = write_sheets(tmp_path / "before", [row for row in ROWS if row.year == 2022])

    assert expected == judged([write_wide(tmp_path, [row for row in ROWS if row.year == 2023]), *before])


def test_the_schema_is_the_reader(tmp_path: Path) -> None:
    """The published schema of a head is made of the classes that read it, and accepts what they read."""
    published = (ROOT / "rules" / "schemas" / "dataset.schema.json").read_text(encoding="utf-8")
    head = yaml.safe_load(write_wide(tmp_path, ROWS).read_text(encoding="utf-8"))

    assert schema_text("dataset") == published
    jsonschema.validate(head, json.loads(published))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**head, "dataset": [{"kind": "home"}]}, json.loads(published))
