"""Files of facts: encodings, Parquet, lists, what is a sheet and what is not, and mixtures of formats."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from dabiao import check, load_plan, read_facts
from dabiao.base.problems import Location, Problem, Problems, Refused
from dabiao.cli import main
from dabiao.facts.cells import read_value
from dabiao.facts.model import Fact, Facts
from dabiao.facts.plain_numbers import PlainNumbers
from dabiao.rules.model import Plan
from helpers import ROOT, commitment, make_plan, measure, own_facts, plan_text, sheet_text, verdicts
from hypothesis import given
from hypothesis import strategies as st

MEASURES = (
    measure("beds", "unit: 张") + measure("people", "unit: 万人") + measure("coverage", 'unit: "%"') + measure("open", "yes_no: true")
    + "- {id: per_head, title: {zh: 人均床位, en: beds per head}, formula: beds / people}\n"
    + measure("places", "unit: 张", "home") + measure("pleased", 'unit: "%"', "home") + measure("grant", "unit: 万元", "home")
    + measure("share", "unit: 比值", "home") + measure("stars", "ladder: rating", "home") + measure("rehab", "yes_no: true", "town")
)  # fmt: skip
COMMITMENTS = commitment("beds", "measure: beds\nat_least: 10 张\ndue: every_year") + commitment(
    "places", "measure: sum(places of home)\nat_least: 10 张\ndue: every_year"
)
HEAD = sheet_text(registers="home: complete")


@cache
def shared_plan() -> Plan:
    """Return a plan with every sort of measure."""
    return make_plan(MEASURES, COMMITMENTS)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A plan with every sort of measure."""
    return shared_plan()


def folder_of(folder: Path, head: str = HEAD, **tables: str | bytes | pl.DataFrame) -> Path:
    """Write a CSV folder; a frame becomes a Parquet file."""
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "sheet.facts.yaml").write_text(head, encoding="utf-8")
    for kind, table in tables.items():
        if isinstance(table, pl.DataFrame):
            table.write_parquet(folder / f"{kind}.parquet")
        else:
            (folder / f"{kind}.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
    return folder


def homes(facts: Facts) -> list[dict[str, Fact]]:
    """Return the facts of each row of the homes, without empty cells."""
    (part,) = facts.sheets[0].of("home")
    return [dict(part.facts(at)) for at in range(len(part.names()))]


def root(facts: Facts) -> dict[str, Fact]:
    """Return the facts of the root subject."""
    return dict(own_facts(facts.sheets[0]))


def problems_of(plan: Plan, *paths: Path) -> list[Problem]:
    """Return what paths are refused for."""
    with pytest.raises(Refused) as refused:
        read_facts(paths, plan)
    return list(refused.value.problems)


def codes(problems: list[Problem]) -> list[str]:
    """Return the codes of problems."""
    return [problem.code for problem in problems]


# ---------------------------------------------------------------- encodings

TABLE = "name,places\n示例一号养老院,50\n䶮镇敬老院,7\n"


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", None), ("utf-8-sig", None), ("gb18030", "GB18030"), ("utf-16", "UTF-16")],
)
def test_a_table_in_any_usual_encoding_has_the_same_names(
    encoding: str, named: str | None, plan: Plan, tmp_path: Path
) -> None:
    """A table is read in UTF-8, and in what spreadsheet programs write; a note names an encoding that is not UTF-8."""
    facts = read_facts(folder_of(tmp_path / "s", home=TABLE.encode(encoding)), plan)
    assert ["示例一号养老院", "䶮镇敬老院"] == facts.sheets[0].names("home")
    assert ([named] if named else []) == [note.details["found"] for note in facts.notes]
    assert ["warning"] * bool(named) == [note.severity for note in facts.notes]


def test_a_list_may_be_in_gb18030_too(plan: Plan, tmp_path: Path) -> None:
    """The list of the root's facts is read in GB18030 with a note."""
    facts = read_facts(folder_of(tmp_path / "s", district="编号,指标,本年值\nbeds,beds 指标,5\n".encode("gbk")), plan)
    assert (5, ["reading.not-utf8"]) == (root(facts)["beds"].value, codes(list(facts.notes)))


def test_a_damaged_utf8_table_is_not_taken_for_another_encoding(plan: Plan, tmp_path: Path) -> None:
    """One broken character of a UTF-8 file is refused at its line: read as GB18030, every name would be another."""
    data = TABLE.encode().replace("敬".encode(), "敬".encode()[:2])
    (problem,) = problems_of(plan, folder_of(tmp_path / "s", home=data))
    assert ("not-utf8", 3) == (problem.code, problem.location.line)


def test_a_line_in_another_encoding_is_refused(plan: Plan, tmp_path: Path) -> None:
    """A line in UTF-8 that was put into a file in GB18030 is refused where it stands: its names would be others."""
    head, first, second = TABLE.splitlines(keepends=True)
    data = (head + first).encode("gb18030") + second.encode()
    (problem,) = problems_of(plan, folder_of(tmp_path / "s", home=data))

    assert ("reading.mixed", 3) == (problem.code, problem.location.line)


@pytest.mark.parametrize("data", [b"name,places\n\xff\xff\xff,5\n", b"name,places\n\x80\x81\xff,5\n"])
def test_bytes_in_no_encoding_are_refused(data: bytes, plan: Plan, tmp_path: Path) -> None:
    """What is neither UTF-8 nor GB18030 is refused at its line."""
    (problem,) = problems_of(plan, folder_of(tmp_path / "s", home=data))
    assert ("reading.encoding", 2) == (problem.code, problem.location.line)


# ---------------------------------------------------------------- Parquet


def test_a_parquet_register_is_exact(plan: Plan, tmp_path: Path) -> None:
    """Whole numbers, floats, decimals and texts come to the same exact values as in CSV; nulls are missing."""
    frame = pl.DataFrame({
        "name": ["甲院", "乙院", "丙院"], "places [张]": [50, None, 0], "pleased [%]": [47.6, 0.1, None],
        "grant [万元]": pl.Series([Decimal("1.10"), None, Decimal("0.0001")], dtype=pl.Decimal(10, 4)),
        "share": ["0.12345678901234567890", "1:4", None], "stars": ["三星", "none", None],
    })  # fmt: skip
    first, second, third = homes(read_facts(folder_of(tmp_path / "s", home=frame), plan))
    values = {name: fact.value for name, fact in first.items()}
    expected = {
        "places": 50, "pleased": Fraction(476, 1000), "grant": 11000, "share": Fraction("0.12345678901234567890"), "stars": 3,
    }  # fmt: skip
    assert expected == values
    assert {"pleased": Fraction(1, 1000), "share": Fraction(1, 4), "stars": 0} == {
        n: f.value for n, f in second.items()
    }
    assert {"places": 0, "grant": 1} == {name: fact.value for name, fact in third.items()}


@given(numbers=st.lists(st.integers(0, 10**6), min_size=1, max_size=8), places=st.integers(0, 4))
def test_parquet_and_csv_agree(numbers: list[int], places: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A register has the same figures as a CSV file, as floats and as decimals in Parquet."""
    plan = shared_plan()
    folder = tmp_path_factory.mktemp("p")
    decimals = [Decimal(number).scaleb(-places) for number in numbers]
    names = [f"院{i}" for i in range(len(numbers))]
    table = "".join(f"{name},{number:f},{number:f}\n" for name, number in zip(names, decimals, strict=True))
    plain = homes(read_facts(folder_of(folder / "c", home=f"name,share,grant [万元]\n{table}"), plan))
    for sort, column in (("f", [float(d) for d in decimals]), ("d", decimals)):
        frame = pl.DataFrame({"name": names, "share": column, "grant [万元]": column})
        typed = homes(read_facts(folder_of(folder / sort, home=frame), plan))
        assert [{n: f.value for n, f in row.items()} for row in plain] == [
            {n: f.value for n, f in row.items()} for row in typed
        ]


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ([float("nan")], "bad-fact"), ([float("inf")], "bad-fact"), ([-1], "out-of-range"), ([1.5], "not-whole"), ([True], "bad-fact"),
        ([[1]], "reading.column-type"), ([b"5"], "reading.column-type"), ([1e300], None),
    ],
)  # fmt: skip
def test_a_parquet_value_that_cannot_be_is_refused(
    column: list[object], code: str | None, plan: Plan, tmp_path: Path
) -> None:
    """NaN, infinity, a negative count, half a bed, truth values, lists and bytes are refused; a huge float is a number."""
    folder = folder_of(tmp_path / "s", home=pl.DataFrame({"name": ["甲院"], "places": column}))
    if code is None:
        assert Fraction("1e300") == homes(read_facts(folder, plan))[0]["places"].value
    else:
        assert [code] == codes(problems_of(plan, folder))


def test_a_damaged_parquet_file_is_refused(plan: Plan, tmp_path: Path) -> None:
    """A cut or invented Parquet file is refused by name, without a traceback."""
    folder = folder_of(tmp_path / "s", home=pl.DataFrame({"name": ["甲院"], "places": [5]}))
    file = folder / "home.parquet"
    for data in (file.read_bytes()[:-9], b"PAR1" + b"\0" * 40 + b"PAR1", b"name,places"):
        file.write_bytes(data)
        assert ["reading.parquet"] == codes(problems_of(plan, folder))


def test_csv_and_parquet_of_one_kind_are_refused(plan: Plan, tmp_path: Path) -> None:
    """Two tables of one kind are refused: nobody knows which holds."""
    folder = folder_of(tmp_path / "s", home="name,places\n甲院,5\n")
    pl.DataFrame({"name": ["甲院"], "places": [5]}).write_parquet(folder / "home.parquet")
    assert ["reading.two-tables"] == codes(problems_of(plan, folder))


# ---------------------------------------------------------------- the root's facts as a list


def test_the_roots_facts_may_stand_in_a_list(plan: Plan, tmp_path: Path) -> None:
    """A list gives value, unit, reason, evidence and note of each measure, at its line; an empty row is missing."""
    rows = "编号,指标,单位,本年值,缺报原因,异动确认（说明）,佐证,备注\nbeds,,张,12,,新建,附件3,初步\n,people 指标,万人,0.28,,,,\ncoverage,,,,未统计,,,\nopen,,,,,,,\n"
    facts = root(read_facts(folder_of(tmp_path / "s", district=rows), plan))
    assert {"beds", "people", "coverage"} == set(facts)
    beds = facts["beds"]
    assert (12, "初步", "新建", "附件3", 2, 4) == (
        beds.value, beds.note, beds.confirmed, beds.evidence, beds.location.line, beds.location.column,
    )  # fmt: skip
    assert (2800, None, "not_collected") == (
        facts["people"].value,
        facts["coverage"].value,
        facts["coverage"].absent,
    )


LISTS = {
    "id,value\nbedz,5\n": "unknown-measure", "id,value\nper_head,5\n": "derived-fact", "id,value\nbeds,5\nbeds,5\n": "duplicate-fact",
    "id,title,value\nbeds,people 指标,5\n": "reading.two-measures", "id,wert\nbeds,5\n": "reading.column", "title,unit\nbeds,5\n": "no-name-column",
    "id,value,value\nbeds,5,6\n": "reading.column-twice", "id,value,reason\nbeds,5,late\n": "value-or-absent", "id,value,reason\nbeds,,soon\n": "unknown-choice",
    "id,unit,value\nbeds,万人,5\n": "fact-dimension", "id,unit,value\nbeds,foo,5\n": "unknown-unit", "id,value\ncoverage,0.8\n": "bare-fact",
    "id,value\n,5\n": "no-name", "id,value\nbeds,5,6\n": "bad-csv", 'id,value\nbeds,"5\n': "reading.stray-quote",
}  # fmt: skip


@pytest.mark.parametrize("text", LISTS)
def test_a_bad_list_is_refused_by_name(text: str, plan: Plan, tmp_path: Path) -> None:
    """Each mistake in a list is one problem with its name, in the list."""
    found = problems_of(plan, folder_of(tmp_path / "s", district=text))
    assert LISTS[text] in codes(found)
    assert {"district.csv"} == {Path(problem.location.file).name for problem in found}


def test_a_fact_in_the_head_and_in_the_list_is_refused(plan: Plan, tmp_path: Path) -> None:
    """A measure given by the head and by the list is given twice."""
    folder = folder_of(tmp_path / "s", sheet_text("beds: 5", registers="home: complete"), district="id,value\nbeds,5\n")
    assert ["duplicate-fact"] == codes(problems_of(plan, folder))


# ---------------------------------------------------------------- columns that speak of the whole row


def test_a_row_gives_a_reason_for_its_empty_cells(plan: Plan, tmp_path: Path) -> None:
    """The reason of a row holds for its empty cells only, and its note and evidence for all of its figures."""
    table = "名称,places,pleased [%],缺报原因,备注,佐证,异动确认（说明）\n甲院,5,,迟报,初步,附件1,扩建\n乙院,,3,,,,\n"
    first, second = homes(read_facts(folder_of(tmp_path / "s", home=table), plan))
    assert (5, None, "初步", "扩建", "附件1") == (
        first["places"].value, first["places"].absent, first["places"].note, first["places"].confirmed, first["places"].evidence,
    )  # fmt: skip
    assert (None, "late") == (first["pleased"].value, first["pleased"].absent)
    assert {"pleased"} == set(second)


def test_an_unknown_reason_of_a_row_is_refused(plan: Plan, tmp_path: Path) -> None:
    """A word that is no reason is refused at its cell."""
    (problem,) = problems_of(plan, folder_of(tmp_path / "s", home="name,places,reason\n甲院,,以后再说\n"))
    assert ("unknown-choice", 2, 3) == (problem.code, problem.location.line, problem.location.column)


def test_a_row_confirms_that_there_is_nothing(plan: Plan, tmp_path: Path) -> None:
    """What a row says under `nothing` is kept with the block."""
    facts = read_facts(folder_of(tmp_path / "s", home="name,places,nothing\n甲院,,停业\n乙院,5,\n"), plan)
    assert ["停业", ""] == [next(facts.sheets[0].of("home")).nothing(at) for at in (0, 1)]


# ---------------------------------------------------------------- what a file is


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("s.yaml", b"PK\x03\x04 [Content_Types].xml", "XLSX"), ("s.facts.yaml", b"PK\x03\x04 abc", "ZIP"), ("s.json", b"%PDF-1.7", "PDF"),
        ("s.xlsx", b"<html><table>", "HTML"), ("s.csv", b"%PDF-1.7", "PDF"),
        ("s.csv", b"PK\x03\x04 xl/", "XLSX"), ("s.csv", b"PAR1....", "Parquet"), ("s.yaml", b"<!DOCTYPE html><p>", "HTML"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_is_named_is_refused(
    name: str, data: bytes, found: str, plan: Plan, tmp_path: Path
) -> None:
    """A name that lies is refused, and the message says what the file really is, in both languages."""
    (tmp_path / name).write_bytes(data)
    (problem,) = problems_of(plan, tmp_path / name)
    assert ("reading.lies", found) == (problem.code, problem.details["found"])
    assert all(found in problem.text(lang) for lang in ("zh", "en"))


@pytest.mark.parametrize("name", ["README.md", "notes.txt", "photo.png", "sheet"])
def test_a_named_file_that_is_no_sheet_is_refused(name: str, plan: Plan, tmp_path: Path) -> None:
    """What is named on the command line is never passed over."""
    (tmp_path / name).write_text("hello\n", encoding="utf-8")
    assert ["unknown-format"] == codes(problems_of(plan, tmp_path / name))


@pytest.mark.parametrize("name", ["home.csv", "home.parquet"])
def test_a_table_alone_is_refused(name: str, plan: Plan, tmp_path: Path) -> None:
    """A register without its head says neither plan nor year."""
    (tmp_path / name).write_text("name,places\n", encoding="utf-8")
    assert ["reading.alone"] == codes(problems_of(plan, tmp_path / name))


@pytest.mark.parametrize("name", ["report", "延庆区.2025", "s.yaml", "s.JSON"])
def test_a_sheet_is_known_by_its_content_where_the_name_says_nothing(name: str, plan: Plan, tmp_path: Path) -> None:
    """YAML and JSON are read under any name that claims nothing else; JSON may be named .yaml."""
    (tmp_path / name).write_text(
        json.dumps({"plan": "demo", "subject": "某区", "year": 2025, "facts": {"beds": "12 张"}})
    )
    assert 12 == root(read_facts(tmp_path / name, plan))["beds"].value


# ---------------------------------------------------------------- folders


def tree(folder: Path) -> Path:
    """Write two years of sheets in several formats, among files that are no sheets."""
    text = {year: sheet_text("beds: 12 张", year=year) for year in (2024, 2025)}
    for year in text:
        (folder / str(year)).mkdir(parents=True)
    (folder / "2024" / "old.facts.yaml").write_text(text[2024], encoding="utf-8")
    (folder / "2025" / "plain.yaml").write_text(text[2025], encoding="utf-8")
    folder_of(folder / "2025" / "tables", sheet_text(registers="home: complete"), home="name,places\n甲院,11\n")
    other = {"plan": "demo", "subject": "别区", "year": 2025, "facts": {"beds": 3}}
    (folder / "2025" / "other.json").write_text(json.dumps(other), encoding="utf-8")
    for name in ("README.md", "~$lock.xlsx", ".DS_Store", "Thumbs.db", ".hidden.facts.yaml"):
        (folder / "2025" / name).write_text("no sheet", encoding="utf-8")
    (folder / "2025" / "demo_test.yaml").write_text("plan: demo\ncases: [{year: 2025}]\n", encoding="utf-8")
    (folder / "2025" / "demo.waivers.yaml").write_text("plan: demo\nwaivers: []\n", encoding="utf-8")
    (folder / "2025" / "costs.yaml").write_text("plan: demo\nactions: []\n", encoding="utf-8")
    return folder


def test_a_folder_is_looked_through_with_its_years(plan: Plan, tmp_path: Path) -> None:
    """Sheets of every format and year are found below a folder; everything else is passed over."""
    facts = read_facts(tree(tmp_path / "reports"), plan)
    assert ["old.facts.yaml", "other.json", "plain.yaml", "sheet.facts.yaml"] == [
        Path(s.file).name for s in facts.sheets
    ]
    assert (2024, 2025) == facts.years
    found = verdicts(check(plan, facts))
    assert {("beds", "某区"): "met", ("beds", "别区"): "shortfall", ("places", "某区"): "met"}.items() <= found.items()


def test_a_mixture_may_be_named_on_the_command_line(tmp_path: Path) -> None:
    """The command takes files of several formats and folders together, and judges the latest year."""
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS), "utf-8")
    folder = tree(tmp_path / "reports")
    paths = [
        folder / "2024",
        folder / "2025" / "plain.yaml",
        folder / "2025" / "other.json",
        folder / "2025" / "tables",
    ]
    found = CliRunner().invoke(main, ["check", str(tmp_path / "demo.plan.yaml"), *map(str, paths), "-o", "json"])
    assert "" == found.stderr
    assert (1, 2025) == (found.exit_code, json.loads(found.stdout)["year"])


@pytest.mark.parametrize("suffix", [".xls", ".et", ".ods", ".xlsm", ".xlsb", ".numbers"])
def test_a_workbook_in_another_format_is_never_passed_over(suffix: str, plan: Plan, tmp_path: Path) -> None:
    """A submission in a format that is not read is refused, not overlooked, in a folder too."""
    (tree(tmp_path / "reports") / "2025" / f"延庆区{suffix}").write_bytes(b"\xd0\xcf\x11\xe0")
    named = problems_of(plan, tmp_path / "reports" / "2025" / f"延庆区{suffix}")
    assert ["other-workbook"] == codes(named) == codes(problems_of(plan, tmp_path / "reports"))
    assert all(suffix in (text := named[0].text(lang)) and ".xlsx" in text for lang in ("zh", "en"))


def test_tables_without_their_head_are_refused_among_sheets(plan: Plan, tmp_path: Path) -> None:
    """A folder of tables whose head is missing is refused, wherever it lies."""
    folder = tree(tmp_path / "reports") / "2025" / "tables"
    (folder / "sheet.facts.yaml").unlink()
    assert [("no-sheet-head", str(folder))] == [
        (p.code, p.location.file) for p in problems_of(plan, tmp_path / "reports")
    ]


def test_links_in_a_circle_are_harmless(plan: Plan, tmp_path: Path) -> None:
    """A link to a folder above is followed once: each sheet is read once."""
    folder = tree(tmp_path / "reports")
    (folder / "2024" / "again").symlink_to(folder, target_is_directory=True)
    (folder / "2025" / "self").symlink_to(folder / "2025", target_is_directory=True)
    (folder / "2025" / "gone.facts.yaml").symlink_to(folder / "nowhere")
    assert ["unreadable"] == codes(problems_of(plan, folder))
    (folder / "2025" / "gone.facts.yaml").unlink()
    assert 4 == len(read_facts(folder, plan).sheets)


@pytest.mark.parametrize(
    "name", ["home.data", "home.csv_old", "home.bak", "养老机构.asc", "sheet.of-2025", "s.yaml.bak"]
)
def test_what_looks_like_a_submission_under_an_unknown_ending_is_told(name: str, plan: Plan, tmp_path: Path) -> None:
    """A file with the headings of a register or the keys of a sheet is not passed over without a word, whatever its ending."""
    folder = tree(tmp_path / "reports")
    text = "名称,places\n丙院,3\n" if "sheet" not in name and "yaml" not in name else sheet_text("beds: 3 张")
    (folder / "2025" / name).write_text(text, encoding="utf-8")
    facts = read_facts(folder, plan)
    assert [("reading.overlooked", name)] == [(note.code, note.details["found"]) for note in facts.notes]
    (folder / "2025" / name).write_text("names, and other words: nothing here\n", encoding="utf-8")
    assert not read_facts(folder, plan).notes


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_sheet_with_a_mark_of_its_encoding_is_found(encoding: str, plan: Plan, tmp_path: Path) -> None:
    """A YAML file that begins with a byte order mark is known for a sheet: it is read, or told that it is not UTF-8."""
    folder = tree(tmp_path / "reports")
    (folder / "2025" / "plain.yaml").write_text(sheet_text("beds: 12 张"), encoding=encoding)
    if encoding == "utf-16":
        assert ["other-encoding"] == codes(problems_of(plan, folder))
    else:
        assert 4 == len(read_facts(folder, plan).sheets)


LINKS = {  # a link in the folder, and what it leads to beside the folder
    "2025/e.facts.yaml": "e.facts.yaml", "2025/tables/home.csv": "home.csv", "2025/tables/sheet.facts.yaml": "e.facts.yaml", "more": "elsewhere", "2025/x.csv": "home.csv",
    "2025/tables/deep": "elsewhere",
}  # fmt: skip


@pytest.mark.parametrize("link", LINKS)
def test_a_link_out_of_the_folder_is_not_followed(link: str, plan: Plan, tmp_path: Path) -> None:
    """A sheet, a table or a folder that a link fetches from outside is refused by name, and nothing of it is told."""
    folder = tree(tmp_path / "reports")
    (tmp_path / "elsewhere").mkdir()
    for name in ("e.facts.yaml", "elsewhere/f.facts.yaml", "home.csv"):
        (tmp_path / name).write_text("secret: [", encoding="utf-8")
    (folder / link).unlink(missing_ok=True)
    (folder / link).symlink_to(tmp_path / LINKS[link])
    (folder / "README.md").symlink_to(tmp_path / "home.csv")  # nobody reads it
    for path in (folder, folder / "2025" / "tables") if "tables" in link else (folder,):
        (problem,) = problems_of(plan, path)
        assert ("reading.link-out", str(folder / link)) == (problem.code, problem.location.file)
        assert not any("secret" in problem.text(lang) for lang in ("zh", "en"))


def test_a_link_within_the_folder_and_one_that_is_named_are_read(plan: Plan, tmp_path: Path) -> None:
    """A link to another file of the folder is read, and so is a link to anywhere that is given itself."""
    folder = tree(tmp_path / "reports")
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    home = folder / "2025" / "tables" / "home.csv"
    home.rename(folder / ".kept")
    home.symlink_to(folder / ".kept")
    assert 4 == len(read_facts(tmp_path / "link", plan).sheets)


def test_a_folder_without_sheets_is_refused(plan: Plan, tmp_path: Path) -> None:
    """An empty folder, and one with nothing but other files, are no submission."""
    (tmp_path / "README.md").write_text("nothing", encoding="utf-8")
    assert ["no-sheets"] == codes(problems_of(plan, tmp_path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_in_a_folder_does_not_wait(plan: Plan, tmp_path: Path) -> None:
    """A named pipe that claims to be a sheet is refused at once."""
    os.mkfifo(tmp_path / "s.facts.yaml")
    assert ["not-a-file"] == codes(problems_of(plan, tmp_path))


def test_two_files_of_one_subject_are_put_together_or_refused(plan: Plan, tmp_path: Path) -> None:
    """Two formats about one subject and year add up; a figure of which they say different things is refused."""
    (tmp_path / "a.yaml").write_text(sheet_text("beds: 5"), encoding="utf-8")
    other = {"plan": "demo", "subject": "某区", "year": 2025, "facts": {"coverage": "5 %"}}
    (tmp_path / "b.json").write_text(json.dumps(other), encoding="utf-8")
    assert 2 == len(read_facts(tmp_path, plan).sheets)
    (tmp_path / "b.json").write_text(json.dumps(other | {"facts": {"beds": 6}}), encoding="utf-8")
    assert ["two-values"] == codes(problems_of(plan, tmp_path))


# ---------------------------------------------------------------- the quick way

NUMBERS = st.from_regex(r"[+-]?[0-9０-９٣]{1,18}([.．][0-9]{0,18})?([,，][0-9]{3})?", fullmatch=True)
TEXTS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", " "]), NUMBERS, st.sampled_from(["", " ", "  ", "\u3000", "\n"]),
        st.sampled_from(["", "张", "%", "％", "‰", "万", "万人", "人", "千张", "e5", "百分点", "亩", "张/人", "1", ":4", "x", "．5", "万元", "①", "*", "注1", "[1]", "́"]),
    ),
)  # fmt: skip


@given(text=st.one_of(TEXTS, st.text(max_size=8)), percentages=st.sampled_from([None, "percent", "fraction"]))
def test_the_quick_way_agrees_with_the_slow_one(text: str, percentages: object) -> None:
    """Wherever the quick way answers, the slow one gives the same value and has nothing to say."""
    for each in shared_plan().measures.values():
        quick = PlainNumbers(each, percentages).value(text)  # type: ignore[arg-type]
        if quick is not None:
            problems = Problems()
            assert quick == read_value(text, each, Location("s"), problems, percentages)  # type: ignore[arg-type]
            assert () == problems.found


@given(whole=st.integers(0, 10**15 - 1), places=st.integers(0, 9))
def test_the_quick_way_reads_plain_figures(whole: int, places: int) -> None:
    """A plain number with the unit of its measure is read the quick way, exactly."""
    text = f"{Decimal(whole).scaleb(-places):f}"
    each = shared_plan().measures["district", "people"]
    value = Fraction(text) * 10_000
    assert (value if value.denominator == 1 else None) == PlainNumbers(each, None).value(f"{text} 万人")


def test_the_list_of_the_documentation_is_understood(tmp_path: Path) -> None:
    """The list that the page on fact sheets shows is read with the plan it belongs to."""
    page = (ROOT / "docs" / "fact-sheets.md").read_text(encoding="utf-8")
    table = page.split("```csv\n编号")[1].split("```")[0]
    head = "plan: yanqing\nsubject: 延庆区\nyear: 2023\n"
    facts = root(read_facts(folder_of(tmp_path / "s", head, district=f"编号{table}"), load_plan("yanqing")))
    assert (366, "附件1", "late") == (
        facts["family_care_beds"].value, facts["family_care_beds"].evidence, facts["eco_burial_rate"].absent,
    )  # fmt: skip
