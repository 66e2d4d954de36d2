"""Registers in CSV folders: the same exact figures as in YAML, and every mistake at its line and column."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao import check, read_facts
from dabiao.base.problems import Problem, Refused
from dabiao.cli import main
from dabiao.facts.model import Fact
from dabiao.rules.model import Plan
from helpers import HEAD, commitment, covered_book, make_plan, measure, plan_text, sheet_text, verdicts
from hypothesis import given
from hypothesis import strategies as st

MEASURES = (
    measure("budget", "unit: 元") + measure("rehab", "yes_no: true", "town") + measure("beds", "unit: 张", "home")
    + measure("staff", "unit: 人", "home") + measure("grant", "unit: 万元", "home") + measure("pleased", 'unit: "%"', "home")
    + measure("share", "unit: 比值", "home") + measure("land", "unit: 亩", "home") + measure("rate", 'unit: "‰"', "home")
    + measure("stars", "ladder: rating", "home") + measure("visits", "unit: 人次", "centre")
    + "- {id: per_head, of: home, title: {zh: 人均床位, en: beds per head}, formula: beds / staff}\n"
    + "- {id: doors, of: home, title: {zh: 门 (个), en: doors (all)}, unit: 个}\n"
)  # fmt: skip
COMMITMENTS = commitment("pleased", "each: home\nmeasure: pleased\nat_least: 47.6 %\ndue: every_year")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A plan with every sort of measure."""
    return make_plan(MEASURES, COMMITMENTS)


def write(folder: Path, head: str | None = None, **tables: str | bytes) -> Path:
    """Write a CSV folder: the head, and each table by its kind."""
    folder.mkdir(exist_ok=True)
    if head != "":
        (folder / "sheet.facts.yaml").write_text(head or sheet_text(registers="home: complete"), encoding="utf-8")
    for kind, text in tables.items():
        (folder / f"{kind}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def facts_of(plan: Plan, folder: Path, kind: str = "home") -> list[dict[str, Fact]]:
    """Return the facts of each row of one kind's table, without empty cells."""
    (part,) = read_facts(folder, plan).sheets[0].of(kind)
    return [dict(part.facts(at)) for at in range(len(part.names()))]


def values(plan: Plan, folder: Path, kind: str = "home") -> list[dict[str, Fraction | None]]:
    """Return the exact values of each row."""
    return [{name: fact.value for name, fact in row.items()} for row in facts_of(plan, folder, kind)]


def problems_of(plan: Plan, folder: Path) -> list[Problem]:
    """Return what is wrong with a folder."""
    with pytest.raises(Refused) as refused:
        read_facts(folder, plan)
    return list(refused.value.problems)


def brief(problems: list[Problem]) -> list[tuple[str, str, int, int]]:
    """Return codes with file, line and column."""
    return [(p.code, Path(p.location.file).name, p.location.line, p.location.column) for p in problems]


# ---------------------------------------------------------------- headers and cells

HEADERS = {
    ("beds", "12"): "12", ("beds [张]", "12"): "12", ("beds[张]", "12"): "12", ("beds（张）", "12"): "12", ("beds(千张)", "1.2"): "1200",
    ("beds 指标", "12"): "12", ("beds 指标 [张]", "12"): "12", ("beds measure", "12"): "12", ("grant [万元]", "1.1"): "11000",
    ("grant [元]", "11000"): "11000", ("grant（千元）", "11"): "11000", ("grant 指标（亿元）", "0.00011"): "11000", ("pleased [%]", "47.6"): "0.476",
    ("pleased (%)", "47.6"): "0.476", ("pleased（％）", "47.6"): "0.476", ("pleased [‰]", "476"): "0.476", ("rate [‰]", "5"): "0.005",
    ("share", "0.1"): "0.1", ("land [亩]", "1.5"): "1000", ("land [平方米]", "1000"): "1000", ("land [公顷]", "0.1"): "1000",
    ("stars", "three"): "3", ("stars", "三星"): "3", ("stars", "three stars"): "3", ("staff [人]", "007"): "7", ("staff [名]", "+7"): "7",
    ("门 (个)", "3"): "3", ("doors (all)", "3"): "3", ("doors [个]", "3"): "3", (" beds ", "12"): "12",
    ("pleased%", "47.6"): "0.476", ("pleased 指标％", "47.6"): "0.476", ("beds/张", "12"): "12", ("beds 指标／千张", "1.2"): "1200", ("grant/万元", "1.1"): "11000",
}  # fmt: skip


@pytest.mark.parametrize(("header", "text"), HEADERS)
def test_headers_name_a_measure_and_its_unit(header: str, text: str, plan: Plan, tmp_path: Path) -> None:
    """A header is an id or a title, with or without a unit in any brackets; the value is exact in that unit."""
    folder = write(tmp_path / "s", home=f"name,{header}\n甲院,{text}\n")
    ((value,),) = (row.values() for row in values(plan, folder))
    assert Fraction(HEADERS[header, text]) == value


WRONG_HEADERS = {
    "beds/人": "fact-dimension", "beds%": "fact-dimension", "beds/foo": "unknown-unit", "bed/张": "unknown-measure", "bed%": "unknown-measure",
}  # fmt: skip


@pytest.mark.parametrize("header", WRONG_HEADERS)
def test_a_unit_behind_a_name_is_no_way_around_the_units(header: str, plan: Plan, tmp_path: Path) -> None:
    """A unit that the measure cannot have, and a name that no measure has, are one problem at the heading."""
    folder = write(tmp_path / "s", home=f"name,staff,{header}\n乙院,5,\n甲院,7,1\n")
    assert [(WRONG_HEADERS[header], "home.csv", 1, 3)] == brief(problems_of(plan, folder))


CELLS = {
    ("beds", "１２"): "12", ("beds", "12 张"): "12", ("beds", '"1,200"'): "1200", ("beds", '"1,200 张"'): "1200", ("beds", " 12 "): "12",
    ("beds", "1.2万"): "12000", ("beds [张]", "0.5 千张"): "500", ("pleased", "47.6 %"): "0.476", ("pleased", "４７．６％"): "0.476",
    ("pleased [%]", "47.6 %"): "0.476", ("pleased [%]", "476 ‰"): "0.476", ("share", "1:4"): "0.25", ("share", "12 %"): "0.12",
    ("grant [元]", "1.1 万元"): "11000", ("grant [万元]", "11000 元"): "11000", ("land", "1000 平方米"): "1000", ("stars", " 四星 "): "4",
    ("grant [万元]", "1.2万"): "12000", ("staff [万人]", "1.2万"): "12000", ("beds", "-0"): "0",
}  # fmt: skip


@pytest.mark.parametrize(("header", "text"), CELLS)
def test_a_cell_may_bring_its_own_unit(header: str, text: str, plan: Plan, tmp_path: Path) -> None:
    """A unit or a scale word in the cell goes before the header's; nothing is multiplied twice."""
    folder = write(tmp_path / "s", home=f"name,{header}\n乙院,\n甲院,{text}\n")
    empty, full = values(plan, folder)
    assert {} == empty
    assert [Fraction(CELLS[header, text])] == list(full.values())


WRONG = {
    ("beds", "1.5"): "not-whole", ("beds", "-1"): "out-of-range", ("beds", "NaN"): "bad-fact", ("beds", "inf"): "bad-fact", ("beds", "1e5"): "bad-fact",
    ("beds", '"12,34"'): "bad-fact", ("beds", "约12"): "bad-fact", ("beds", "—"): "blank-mark", ("beds", "应调尽调"): "bad-fact", ("beds", "null"): "blank-mark",
    ("beds", "12 人"): "fact-dimension", ("beds", "12 foo"): "unknown-unit", ("beds", "0x10"): "unknown-unit", ("pleased", "0.8"): "bare-fact",
    ("pleased", "80"): "bare-fact", ("pleased [%]", "100.1"): "out-of-range", ("pleased [%]", "-1"): "out-of-range", ("grant", "5"): "bare-fact",
    ("stars", "five"): "unknown-step", ("stars", "3"): "unknown-step", ("beds", "缺:不知"): "bad-fact", ("beds", "absent:"): "bad-fact",
    ("pleased [%]", "100.0000000000000000001"): "out-of-range", ("beds", "1.00000000000000000001"): "not-whole", ("beds", "-0.00000000000000000001"): "out-of-range",
}  # fmt: skip


@pytest.mark.parametrize(("header", "text"), WRONG)
def test_a_bad_cell_is_refused_at_its_place(header: str, text: str, plan: Plan, tmp_path: Path) -> None:
    """Each bad cell is one problem with its name, at its line and column."""
    folder = write(tmp_path / "s", home=f"name,staff,{header}\n乙院,5,\n甲院,7,{text}\n")
    assert [(WRONG[header, text], "home.csv", 3, 3)] == brief(problems_of(plan, folder))


BAD_HEADERS = {
    "bedz": "unknown-measure", "beds [foo]": "unknown-unit", "beds [人]": "fact-dimension", "stars [张]": "fact-dimension", "pleased [百分点]": "fact-dimension", "per_head": "derived-fact",
    "staff 指标": "duplicate-fact", "rehab": "unknown-measure",
}  # fmt: skip


@pytest.mark.parametrize("header", BAD_HEADERS)
def test_a_bad_header_is_refused_at_its_place(header: str, plan: Plan, tmp_path: Path) -> None:
    """An unknown, derived, doubled or mis-dimensioned column is refused by name in line 1."""
    folder = write(tmp_path / "s", home=f"name,staff,{header}\n甲院,7,5\n")
    found = problems_of(plan, folder)
    assert (BAD_HEADERS[header], "home.csv", 1, 3) in brief(found)
    if header == "bedz":
        assert "beds" == found[0].details["nearest"]


# ---------------------------------------------------------------- absent and empty


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("absent:late", "late"),
        ("缺:未统计", "not_collected"),
        ("缺：保密", "suppressed"),
        ("absent: not_applicable", "not_applicable"),
        ("缺:迟报", "late"),
    ],
)
def test_an_absent_cell_gives_its_reason(text: str, reason: str, plan: Plan, tmp_path: Path) -> None:
    """A cell may say that a figure is missing and why; it is no value and keeps its place."""
    folder = write(tmp_path / "s", home=f"name,pleased [%],beds\n甲院,{text},0\n乙院,,5\n")
    first, second = facts_of(plan, folder)
    assert (None, reason, 2, 2) == (
        first["pleased"].value,
        first["pleased"].absent,
        first["pleased"].location.line,
        first["pleased"].location.column,
    )
    assert (0, 5) == (first["beds"].value, second["beds"].value)
    assert "pleased" not in second
    result = check(plan, read_facts(folder, plan))
    assert {("pleased", "甲院"): "undetermined", ("pleased", "乙院"): "undetermined"} == verdicts(result)


def test_an_empty_cell_is_no_fact(plan: Plan, tmp_path: Path) -> None:
    """Empty, blank and quoted-empty cells are missing, never zero; a column may be wholly empty."""
    folder = write(tmp_path / "s", home='name,beds,staff,stars\n甲院,,   ,\n乙院,"",0,\n')
    assert [{}, {"staff": 0}] == values(plan, folder)


# ---------------------------------------------------------------- digits


@pytest.mark.parametrize(
    "digits", ["12345678901234567890", "9007199254740993", "999999999999999", "1000000000000001", "1234567890123456", "0.12345678901234567890",
               "123456789012345.123456789", "0.1", "0.30000000000000004", "1.000000000000000000001", "8.41e"[:4], "99999999999999.99"],
)  # fmt: skip
def test_long_digits_stay_exact(digits: str, plan: Plan, tmp_path: Path) -> None:
    """Twenty digits are twenty digits, before or behind the point, in a column of short numbers."""
    folder = write(tmp_path / "s", home=f"name,share,grant [元]\n甲院,{digits},1\n乙院,1,{digits}\n丙院,2.5,2.5\n")
    first, second, third = values(plan, folder)
    assert (Fraction(digits), 1) == (first["share"], first["grant"])
    assert (1, Fraction(digits)) == (second["share"], second["grant"])
    assert (Fraction(5, 2), Fraction(5, 2)) == (third["share"], third["grant"])


PERCENTS = st.integers(0, 4).flatmap(
    lambda p: st.integers(0, 100 * 10**p).map(lambda n: f"{Fraction(n, 10**p)}" if not p else f"{n / 10**p:.{p}f}")
)


@given(texts=st.lists(PERCENTS, min_size=1, max_size=20), limit=PERCENTS)
def test_percent_columns_are_exact_at_the_boundary(
    texts: list[str], limit: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """47.6 in a % column is 476/1000 as in YAML, and meets 47.6 % in both or in neither."""
    folder = tmp_path_factory.mktemp("percent")
    texts = [*texts, limit]
    plan = make_plan(MEASURES, COMMITMENTS.replace("47.6", limit))
    rows = [(f"院{i}", text) for i, text in enumerate(texts)]
    table = "".join(f"{name},{text}\n" for name, text in rows)
    from_csv = write(folder / "csv", home=f"name,pleased [%]\n{table}")
    sheet = folder / "s.facts.yaml"
    subjects = "".join(f"- {{kind: home, name: {name}, facts: {{pleased: {text} %}}}}\n" for name, text in rows)
    sheet.write_text(sheet_text(subjects=subjects, registers="home: complete"), "utf-8")
    exact = {("pleased", name): "met" if Fraction(text) >= Fraction(limit) else "shortfall" for name, text in rows}
    assert exact == verdicts(check(plan, read_facts(from_csv, plan)))
    assert exact == verdicts(check(plan, read_facts(sheet, plan)))
    assert [Fraction(text) / 100 for text in texts] == [row["pleased"] for row in values(plan, from_csv)]


def test_every_tenth_of_a_per_cent_is_exact(plan: Plan, tmp_path: Path) -> None:
    """All the thousand percentages with one decimal, and all thousandths, are read exactly."""
    rows = [f"{n // 10}.{n % 10}" for n in range(1001)]
    folder = write(
        tmp_path / "s",
        home="name,pleased [%],rate [‰],share\n" + "".join(f"院{i},{t},{t},{t}\n" for i, t in enumerate(rows)),
    )
    found = values(plan, folder)
    assert [Fraction(n, 1000) for n in range(1001)] == [row["pleased"] for row in found]
    assert [Fraction(n, 10000) for n in range(1001)] == [row["rate"] for row in found]
    assert [Fraction(n, 10) for n in range(1001)] == [row["share"] for row in found]


# ---------------------------------------------------------------- the file itself


def test_quoted_newlines_keep_the_line_numbers_right(plan: Plan, tmp_path: Path) -> None:
    """A name over several lines moves what follows: facts and problems still say the line they start in."""
    table = 'name,beds\n"甲院\n（东区）",5\n"乙院\n\n二部",6\n丙院,7\n'
    folder = write(tmp_path / "s", home=table)
    assert [2, 4, 7] == [row["beds"].location.line for row in facts_of(plan, folder)]
    bad = write(tmp_path / "t", home=table.replace(",7", ",7.5"))
    assert [("not-whole", "home.csv", 7, 2)] == brief(problems_of(plan, bad))


def test_a_header_may_have_a_quoted_newline(plan: Plan, tmp_path: Path) -> None:
    """A heading broken over two lines in a spreadsheet is read as one heading."""
    folder = write(tmp_path / "s", home='name,"beds\n[张]",staff\n甲院,5,6\n')
    (row,) = facts_of(plan, folder)
    assert (5, 6, 3) == (row["beds"].value, row["staff"].value, row["beds"].location.line)


def test_blank_lines_are_passed_over(plan: Plan, tmp_path: Path) -> None:
    """Blank lines count as lines, not as rows."""
    folder = write(tmp_path / "s", home="name,beds\n甲院,5\n\n乙院,6\n\n\n")
    assert [(2, 5), (4, 6)] == [(row["beds"].location.line, row["beds"].value) for row in facts_of(plan, folder)]
    folder = write(tmp_path / "t", home='name,beds\n\n"甲\n院",5\n\n乙院,6\n')
    assert [(3, 5), (6, 6)] == [(row["beds"].location.line, row["beds"].value) for row in facts_of(plan, folder)]


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", [True, False])
def test_spreadsheet_files_read_like_any_other(ends: str, mark: str, last: bool, plan: Plan, tmp_path: Path) -> None:
    """A byte order mark, the line ends of any system and a missing last line end change nothing."""
    text = mark + ends.join(["name,beds,pleased [%]", "甲院,5,47.6", "乙院,,30"]) + (ends if last else "")
    folder = write(tmp_path / "s", home=text)
    assert [{"beds": 5, "pleased": Fraction(476, 1000)}, {"pleased": Fraction(3, 10)}] == values(plan, folder)
    assert {("pleased", "甲院"): "met", ("pleased", "乙院"): "shortfall"} == verdicts(
        check(plan, read_facts(folder, plan))
    )


@pytest.mark.parametrize("row", ["乙院", "乙院,5,6,7", "乙院,5"])
def test_a_ragged_row_is_refused_at_its_line(row: str, plan: Plan, tmp_path: Path) -> None:
    """A row with too few or too many cells is refused with its line, never shifted or filled up."""
    folder = write(tmp_path / "s", home=f"name,beds,staff\n甲院,5,6\n{row}\n丙院,7,8\n")
    (problem,) = problems_of(plan, folder)
    assert ("bad-csv", 3) == (problem.code, problem.location.line)


FILES = {
    "empty": (b"", "empty-file"), "head-only": (b"name,beds\n", "empty-register"), "binary": (b"name\x00,beds\n", "binary-file"),
    "no-name": (b"beds\n5\n", "no-name-column"),
    "quote": ('name,beds\n"甲院,5\n乙院,6\n'.encode(), "reading.stray-quote"), "header-quote": ('"name,beds\n甲院,5\n'.encode(), None),
    "nameless": (b"name,beds\n,5\n", "no-name"), "blank": (b"name,beds\n  ,5\n", "no-name"),
}  # fmt: skip


@pytest.mark.parametrize("sort", FILES)
def test_a_table_that_cannot_be_read_is_refused(sort: str, plan: Plan, tmp_path: Path) -> None:
    """Empty, binary, wrongly encoded and nameless tables are refused by name."""
    data, code = FILES[sort]
    folder = write(tmp_path / "s", home=data)
    found = problems_of(plan, folder)
    assert {"home.csv"} == {Path(p.location.file).name for p in found}
    assert code is None or [code] == [p.code for p in found]


# ---------------------------------------------------------------- names


def test_the_same_name_twice_is_refused(plan: Plan, tmp_path: Path) -> None:
    """A name twice in a table, in the table and in the head, or in two folders of one district is refused with its line."""
    folder = write(tmp_path / "a", home="name,beds\n甲院,5\n乙院,6\n 甲院 ,7\n")
    assert {("duplicate-subject", 4)} <= {(p.code, p.location.line) for p in problems_of(plan, folder)}
    head = sheet_text(subjects="- {kind: home, name: 甲院, facts: {beds: 5}}", registers="home: complete")
    assert ["duplicate-subject"] == [
        p.code for p in problems_of(plan, write(tmp_path / "b", head, home="name,beds\n甲院,5\n"))
    ]
    (tmp_path / "two").mkdir()
    for name in ("c", "d"):
        write(tmp_path / "two" / name, home="name,beds\n甲院,5\n")
    assert "duplicate-subject" in {p.code for p in problems_of(plan, tmp_path / "two")}


def test_parents_are_columns_where_needed(plan: Plan, tmp_path: Path) -> None:
    """Centres say in which town they are; without the column, the cell or the town they are refused."""
    towns = "name,rehab\n东镇,yes\n西镇,否\n"
    good = write(tmp_path / "a", town=towns, centre="名称,所属,visits\n站一,东镇,5\n站二,西镇,6\n")
    assert [{"visits": 5}, {"visits": 6}] == values(plan, good, "centre")
    assert [{"rehab": 1}, {"rehab": 0}] == values(plan, good, "town")
    assert [("no-parent-column", "centre.csv", 1, 0)] == brief(
        problems_of(plan, write(tmp_path / "b", town=towns, centre="name,visits\n站一,5\n"))
    )
    bare = problems_of(plan, write(tmp_path / "c", town=towns, centre="name,in,visits\n站一,,5\n"))
    assert ("no-parent-named", "centre.csv", 2, 2) in brief(bare)
    (lost,) = problems_of(plan, write(tmp_path / "d", town=towns, centre="name,in,visits\n站一,东镇,5\n站二,西乡,5\n"))
    assert ("unknown-parent", 3, "西乡") == (lost.code, lost.location.line, lost.details["found"])


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("heading", ["{}", "所属{}", "所在{}（必填）", "{}名称", "In {}"])
def test_the_column_of_parents_may_have_their_title(heading: str, form: str, plan: Plan, tmp_path: Path) -> None:
    """乡镇 and 所属乡镇 over the places of centres are 所属; the title of the kind itself is that of the names."""
    town, centre = (plan.kinds[kind].title["en" if "In" in heading else "zh"] for kind in ("town", "centre"))
    heads, row = (centre, heading.format(town), "visits"), ("站一", "东镇", 5)
    if form == "csv":
        lines = "\n".join(",".join(map(str, line)) for line in (heads, row))
        path = write(tmp_path / "a", town="name,rehab\n东镇,yes\n西镇,否\n", centre=lines)
    else:
        book = covered_book()
        for kind, lines in (("town", (("name", "rehab"), ("东镇", "是"), ("西镇", "否"))), ("centre", (heads, row))):
            sheet = book.create_sheet(kind)
            for line in lines:
                sheet.append(line)
        book.save(path := tmp_path / "a.xlsx")
    (part,) = read_facts(path, plan).sheets[0].of("centre")
    assert ("东镇", Fraction(5)) == (part.parent(0), part.facts(0)["visits"].value)


def test_an_unknown_heading_over_the_parents_is_one_error(plan: Plan, tmp_path: Path) -> None:
    """A column of texts that may be meant is named, and is no unknown measure as well; other columns are told beside it."""
    found = problems_of(
        plan, write(tmp_path / "b", town="name,rehab\n东镇,yes\n", centre="name,归属地,visit,\n站一,东镇,5,\n")
    )
    assert [("no-known-heading", 2), ("unknown-measure", 3)] == [(p.code, p.location.column) for p in found]


def test_registers_hold_for_tables_too(plan: Plan, tmp_path: Path) -> None:
    """More rows than the register, and names outside a register of names, are refused as in YAML."""
    towns = "name,rehab\n" + "".join(f"镇{i},yes\n" for i in range(4))
    assert ["register-exceeded"] == [p.code for p in problems_of(plan, write(tmp_path / "a", town=towns))]
    named = make_plan(MEASURES, COMMITMENTS, head=HEAD.replace("register: 3", "register: [东山镇, 西山镇]"))
    (problem,) = problems_of(named, write(tmp_path / "b", town="name,rehab\n西山镇,yes\n东山乡,yes\n"))
    assert ("not-in-register", 3, "东山镇") == (problem.code, problem.location.line, problem.details["nearest"])


# ---------------------------------------------------------------- the folder


def test_a_folder_without_its_head_is_refused(plan: Plan, tmp_path: Path) -> None:
    """Tables without sheet.facts.yaml say neither plan nor year: the folder is refused."""
    folder = write(tmp_path / "s", "", home="name,beds\n甲院,5\n")
    assert ["no-sheet-head"] == [p.code for p in problems_of(plan, folder)]


@pytest.mark.parametrize("name", ["hme", "Home", "homes"])
def test_a_table_of_no_known_kind_is_refused(name: str, plan: Plan, tmp_path: Path) -> None:
    """A CSV file that is not named after a kind below the root is refused with the nearest kind, not passed over."""
    folder = write(tmp_path / "s", **{name: "name,beds\n甲院,5\n"})
    (problem,) = problems_of(plan, folder)
    assert ("unknown-kind", f"{name}.csv") == (problem.code, Path(problem.location.file).name)
    if name in ("hme", "homes"):
        assert "home" == problem.details["nearest"]


def test_everything_wrong_in_a_folder_is_said_in_one_run(tmp_path: Path) -> None:
    """One run of the command reports the mistakes of every table with line and column, and ends with 2."""
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS), "utf-8")
    folder = write(
        tmp_path / "s", sheet_text("budgte: 5", registers="home: complete"), home="name,beds,pleased\n甲院,1.5,0.8\n乙院,x,50 %\n",
        town="name,rehab\n东镇,maybe\n", centre="name,visits\n站,5\n", shops="name\n店\n",
    )  # fmt: skip
    found = CliRunner().invoke(main, ["check", str(tmp_path / "demo.plan.yaml"), str(folder)])
    assert 2 == found.exit_code
    places = [
        "sheet.facts.yaml:6:3: ", "home.csv:2:2: ", "home.csv:2:3: ", "home.csv:3:2: ", "town.csv:2:2: ", "centre.csv:1: ", "shops.csv: ",
    ]  # fmt: skip
    lines = found.stderr.splitlines()
    assert len(places) == len(lines), found.stderr
    assert all(any(f"/{place}" in line for line in lines) for place in places), found.stderr


def test_a_finding_names_the_cell_it_came_from(tmp_path: Path) -> None:
    """An explanation of a finding names the CSV file, line and column of the figure."""
    (tmp_path / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS), "utf-8")
    folder = write(tmp_path / "s", home="name,beds,pleased [%]\n乙院,1,90\n甲院,2,47.59\n")
    arguments = ["explain", str(tmp_path / "demo.plan.yaml"), str(folder), "pleased", "--subject", "甲院"]
    found = CliRunner().invoke(main, arguments, env={"COLUMNS": "400"})
    assert 0 == found.exit_code
    assert "home.csv:3:3" in found.stdout
    assert "47.59 %" in found.stdout
    assert "shortfall" in found.stdout
