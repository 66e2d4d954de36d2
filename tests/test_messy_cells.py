"""What clerks write into cells: understood exactly or refused by name, the same way in YAML, CSV and XLSX."""

from __future__ import annotations

import re
import tempfile
import unicodedata
import zipfile
from datetime import datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from dabiao import read_facts
from dabiao.base.problems import Problem, Problems, Refused
from dabiao.base.quantities import normalise, parse_quantity, split_mark
from dabiao.facts.formats.number_formats import shape_of
from dabiao.facts.formats.xlsx import read_xlsx
from dabiao.facts.model import Fact
from dabiao.facts.vocabulary import Vocabulary
from dabiao.rules.model import Plan
from helpers import commitment, covered_book, make_plan, measure, own_facts
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

MEASURES = (
    measure("beds", "unit: 张") + measure("people", "unit: 万人") + measure("coverage", 'unit: "%"')
    + measure("growth", 'unit: "%", signed: true') + measure("area", "unit: 平方米, whole: false")
    + measure("money", "unit: 元") + measure("ratio", 'unit: 比值') + measure("rehab", "yes_no: true")
    + measure("rules", "ladder: deliverable") + measure("exact", "unit: 比值, signed: true")
    + measure("points", "unit: 平方米, signed: true, whole: false")
)  # fmt: skip
COMMITMENT = commitment("manual", "manual: true")
PLAN = make_plan(MEASURES, COMMITMENT)
BARE = make_plan(MEASURES, COMMITMENT, rest="percentages: percent\n")
TOWN = make_plan(MEASURES.replace("{id:", "{of: town, id:"), COMMITMENT)


def book(path: Path, measure_id: str, value: Any, unit: str = "", form: str = "General") -> Path:
    """Write a workbook with one entry, in D3."""
    made = covered_book()
    sheet = made.create_sheet("区")
    sheet.append(["区级指标"])
    sheet.append(["编号", "指标", "单位", "本年值", "缺报原因", "备注"])
    sheet.append([measure_id, None, unit or None])
    sheet["D3"] = value
    sheet["D3"].number_format = form
    made.save(path)
    return path


def read_one(path: Path, plan: Plan = PLAN) -> tuple[list[Problem], Fact | None]:
    """Read a workbook; return what was noted, and the only fact if there is one."""
    problems = Problems()
    try:
        sheet = read_xlsx(path, Vocabulary(plan), problems)
    except Refused as refused:
        return list(refused.problems), None
    facts = list(own_facts(sheet).values()) if sheet else []
    assert len(facts) <= 1
    return list(problems.found), facts[0] if facts else None


# ---------------------------------------------------------------- one text, three formats

UNDERSTOOD = {  # measure and text: exact value in base units, and the warning if there is one
    ("beds", "５００"): ("500", ""), ("beds", "2,800"): ("2800", ""), ("beds", " 500\n张 "): ("500", ""), ("beds", "500张"): ("500", ""),
    ("beds", "1.2万张"): ("12000", ""), ("people", "1.2万人"): ("12000", ""), ("people", "2800人"): ("2800", ""), ("coverage", "４７．５％"): ("0.475", ""),
    ("growth", "－３．５％"): ("-0.035", ""), ("growth", "−3.5%"): ("-0.035", ""), ("ratio", "1:7"): ("1/7", ""), ("ratio", "１：７"): ("1/7", ""),
    ("area", "500m²"): ("500", ""), ("area", "500㎡"): ("500", ""), ("rehab", "无"): ("0", ""), ("rehab", "有"): ("1", ""), ("rules", "已印发"): ("2", ""),
    ("beds", "500①"): ("500", "footnote-mark"), ("beds", "500*"): ("500", "footnote-mark"), ("beds", "500＊"): ("500", "footnote-mark"),
    ("beds", "500[1]"): ("500", "footnote-mark"), ("beds", "500［１］"): ("500", "footnote-mark"), ("beds", "500注1"): ("500", "footnote-mark"),
    ("beds", "500（注2）"): ("500", "footnote-mark"), ("beds", "500²"): ("500", "footnote-mark"), ("beds", "500张①②"): ("500", "footnote-mark"),
    ("beds", "500⑴"): ("500", "footnote-mark"), ("coverage", "47.5%※"): ("0.475", "footnote-mark"), ("ratio", "1:7①"): ("1/7", "footnote-mark"),
    ("area", "500m²①"): ("500", "footnote-mark"), ("rehab", "是*"): ("1", "footnote-mark"), ("rules", "已印发①"): ("2", "footnote-mark"),
    ("people", "0.28万①"): ("2800", "footnote-mark"),
}  # fmt: skip
REFUSED = {
    **dict.fromkeys([("beds", t) for t in ("—", "-", "－", "——", "/", "／", "无", "暂无", "N/A", "n/a", "…", "……", "\\", "待定", "不适用", "无①")], "blank-mark"),
    **dict.fromkeys([("rules", t) for t in ("—", "/", "无", "暂无")], "blank-mark"), ("rehab", "—"): "blank-mark",
    **dict.fromkeys([("beds", t) for t in ("½", "①5", "1½", "5②0", "10²", "㏠", "⒈", "约500", "五百", "①", "500①张")], "bad-fact"),
    ("beds", "2.5×10⁴"): "unknown-unit", ("beds", "500-600"): "not-one-number", ("beds", "500[张]"): "unknown-unit", ("beds", "500注万"): "unknown-unit", ("coverage", "47.5"): "bare-fact", ("people", "0.28"): "bare-fact",
    ("coverage", "0.8"): "bare-fact", ("rules", "三级"): "unknown-step", ("beds", "TRUE"): "bad-fact", ("beds", "500人"): "fact-dimension",
    ("beds", "=250*2"): "uncomputed-formula",
}  # fmt: skip


def notes_of(measure_id: str, text: str, form: str, folder: Path) -> tuple[list[str], Fraction | None]:
    """Report one text in one format; return the codes of what was noted, and the value."""
    head = "plan: demo\nsubject: 某区\nyear: 2025\n"
    if form == "yaml":
        path = folder / "s.facts.yaml"
        quoted = text.replace("\\", "\\\\").replace("\n", "\\n")
        path.write_text(f'{head}facts: {{{measure_id}: "{quoted}"}}\n', encoding="utf-8")
    elif form == "csv":
        path = folder / "sheet"
        path.mkdir()
        (path / "sheet.facts.yaml").write_text(head, encoding="utf-8")
        quoted = text.replace('"', '""')
        (path / "town.csv").write_text(f'name,{measure_id}\n东镇,"{quoted}"\n', encoding="utf-8")
    else:
        path = book(folder / "s.xlsx", measure_id, text, form="@")
    plan = TOWN if form == "csv" else PLAN
    try:
        facts = read_facts(path, plan)
    except Refused as refused:
        return [p.code for p in refused.problems], None
    sheet = facts.sheets[0]
    fact = sheet.parts[-1].fact(0, measure_id)
    assert fact is not None
    return [p.code for p in facts.notes], fact.value


@pytest.mark.parametrize("form", ["yaml", "csv", "xlsx"])
@pytest.mark.parametrize(("measure_id", "text"), UNDERSTOOD)
def test_a_text_is_understood_exactly_in_every_format(measure_id: str, text: str, form: str, tmp_path: Path) -> None:
    """Full-width signs, separators, units and footnote marks come to the same exact value in YAML, CSV and XLSX."""
    value, warning = UNDERSTOOD[measure_id, text]
    codes, found = notes_of(measure_id, text, form, tmp_path)
    assert ([warning] if warning else [], Fraction(value)) == (codes, found)


@pytest.mark.parametrize("form", ["yaml", "csv", "xlsx"])
@pytest.mark.parametrize(("measure_id", "text"), REFUSED)
def test_a_text_that_is_no_value_is_refused_in_every_format(
    measure_id: str, text: str, form: str, tmp_path: Path
) -> None:
    """Marks for nothing, fractions, marks before figures and bare percentages are refused under the same name everywhere."""
    codes, _ = notes_of(measure_id, text, form, tmp_path)
    assert [REFUSED[measure_id, text]] == codes


def test_no_sign_becomes_a_digit() -> None:
    """Of all characters, none but digits becomes a digit: a number with any other sign behind it keeps its value."""
    for code in range(0x110000):
        sign = chr(code)
        if 0xD800 <= code <= 0xDFFF or sign.isdecimal() or not re.search(r"\d", unicodedata.normalize("NFKC", sign)):
            continue
        flat = normalise(f"5{sign}")
        assert "5" == re.match(r"\d+", flat)[0], (hex(code), flat)


@pytest.mark.parametrize(
    ("text", "parts"),
    {
        "500": ("500", ""), "500①②": ("500", "①②"), "500 张 *": ("500 张", "*"), "m²": ("m²", ""), "500m²": ("500m²", ""), "10²": ("10²", ""),
        "①": ("①", ""), "": ("", ""), "注1": ("注1", ""), "1.5¹": ("1.5", "¹"), "5[12]": ("5", "[12]"), "5[123]": ("5[123]", ""),
    }.items(),
)  # fmt: skip
def test_a_footnote_mark_is_what_stands_behind_a_value(text: str, parts: tuple[str, str]) -> None:
    """Raised figures of units and powers are no marks, and a mark alone marks nothing."""
    assert parts == split_mark(text)


def test_a_plan_never_has_footnote_marks() -> None:
    """A quantity of a plan with a mark is refused: only reported cells carry them."""
    for text in ("500①", "500²"):
        with pytest.raises(ValueError, match="500"):
            parse_quantity(text)


# ---------------------------------------------------------------- numbers and their formats

NUMBERS = {  # measure, unit cell, stored value, number format: exact value
    ("coverage", "", 0.475, "0.0%"): "0.475", ("coverage", "", 0.07000000000000001, "0%"): "0.07", ("coverage", "%", 47.5, "General"): "0.475",
    ("coverage", "", 0.29, "0.00%"): "0.29", ("coverage", "", 47.5, '0.0"%"'): "0.475", ("coverage", "", 47.5, "0.0\\%"): "0.475",
    ("coverage", "%", 0.475, "0.0%"): "0.475", ("beds", "", 500, "#,##0"): "500", ("beds", "", 500, "#,##0_ "): "500", ("beds", "", 500, '0"张"'): "500",
    ("beds", "", 0, '_-* #,##0_-;_-* "-"_-'): "0", ("beds", "", 500.00000000000006, "General"): "500", ("people", "万人", 0.28, "General"): "2800",
    ("people", "", 0.28, '0.00"万人"'): "2800", ("people", "人", 2800, "0"): "2800", ("money", "万元", 1.1, "0.0"): "11000", ("money", "", 5, '0"万元"'): "50000",
    ("money", "", 1500, '¥#,##0.00;[Red]-¥#,##0.00'): "1500", ("money", "", 1500, "G/通用格式"): "1500",
    ("money", "", 1500, '_ "¥"* #,##0.00_ ;_ "¥"* -#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ '): "1500", ("money", "", 5, '¥0"万元"'): "50000",
    ("growth", "", -0.035, "0.0%"): "-0.035", ("exact", "", 1e-5, "0.00E+00"): "0.00001", ("exact", "", 123456789012345, "0"): "123456789012345",
    ("ratio", "", 0.25, "# ?/?"): "0.25",
}  # fmt: skip


@pytest.mark.parametrize(("measure_id", "unit", "stored", "form"), NUMBERS)
def test_a_number_is_what_its_cell_shows(measure_id: str, unit: str, stored: float, form: str, tmp_path: Path) -> None:
    """Percent formats, units written by a format or a column, and the 15 digits a spreadsheet keeps give the exact value."""
    noted, fact = read_one(book(tmp_path / "s.xlsx", measure_id, stored, unit, form))
    assert [] == noted
    assert fact is not None
    assert Fraction(NUMBERS[measure_id, unit, stored, form]) == fact.value
    assert ("区", "D3") == (fact.location.sheet, fact.location.cell)


CELLS = {  # measure, stored value, number format: code, and what the message names
    ("ratio", time(1, 7), "h:mm"): ("time-not-ratio", "1:7"), ("ratio", timedelta(hours=25, minutes=30), "[h]:mm:ss"): ("time-not-ratio", "25:30"),
    ("ratio", datetime(2025, 1, 7), "m/d/yy"): ("time-not-ratio", "1:7"), ("ratio", datetime(2025, 1, 4), 'm"月"d"日"'): ("time-not-ratio", "1:4"),
    ("beds", datetime(2025, 1, 7), "yyyy-mm-dd"): ("date-not-number", "2025-01-07"), ("coverage", time(1, 7), "h:mm"): ("date-not-number", "01:07:00"),
    ("beds", True, "General"): ("bad-fact", "TRUE"), ("beds", "#DIV/0!", "General"): ("error-cell", "#DIV/0!"), ("beds", "#N/A", "General"): ("error-cell", "#N/A"),
    ("beds", "=1+1", "General"): ("uncomputed-formula", "beds"), ("coverage", 0.8, "General"): ("bare-fact", "0.8"), ("coverage", 47.5, "0.0%"): ("out-of-range", "4750%"),
    ("beds", 0.5, "0%"): ("fact-dimension", "50%"), ("beds", 12345, '0!.0,"万"'): ("odd-format", "12345"), ("money", 12345, '#,##0,"千元"'): ("odd-format", "12345"),
    ("beds", 50, '[>40]"100";0'): ("odd-format", "50"), ("beds", 5, '0"0"'): ("odd-format", "5"), ("beds", 5, '0".5"'): ("odd-format", "5"),
    ("beds", 5, '"约"0'): ("odd-format", "约"), ("beds", 1.5, "General"): ("not-whole", "1.5"), ("money", 5, '0"张"'): ("fact-dimension", "5张"),
    ("beds", 500, "¥#,##0"): ("fact-dimension", "¥500"), ("money", 500, "[$€-407]#,##0"): ("fact-dimension", "€500"), ("beds", 5, "*50"): ("odd-format", "*50"),
    ("beds", 1e300, "General"): ("long-number", "1000000"), ("rehab", 1, "General"): ("unknown-step", "1"), ("beds", -3, "General"): ("out-of-range", "-3"),
}  # fmt: skip


@pytest.mark.parametrize(("measure_id", "stored", "form"), CELLS)
def test_a_cell_that_is_no_value_is_refused_by_name(measure_id: str, stored: Any, form: str, tmp_path: Path) -> None:
    """Dates and times, booleans, errors, uncomputed formulas and misleading formats are refused with cell, measure and text."""
    code, named = CELLS[measure_id, stored, form]
    noted, fact = read_one(book(tmp_path / "s.xlsx", measure_id, stored, form=form))
    assert ([code], None) == ([p.code for p in noted], fact)
    for lang in ("zh", "en"):
        text = noted[0].text(lang)
        assert "s.xlsx[区]!D3: " in text
        assert named in text
        assert measure_id in text or code == "unknown-step"


def test_of_a_long_text_with_a_hidden_mark_the_beginning_is_shown(tmp_path: Path) -> None:
    """Of a page of text in a cell a line of sixty characters is quoted, though the mark that it hides stands behind them."""
    text = "院" * 80 + "\u202e"
    problems, fact = read_one(book(tmp_path / "a.xlsx", "beds", text))

    assert fact is None
    assert [("hidden-mark", text[:60])] == [(problem.code, problem.details["found"]) for problem in problems]


def test_a_boolean_answers_a_yes_or_no(tmp_path: Path) -> None:
    """TRUE under a yes-or-no measure is yes."""
    noted, fact = read_one(book(tmp_path / "s.xlsx", "rehab", value=True))
    assert ([], Fraction(1)) == (noted, fact.value if fact else None)


def test_a_bare_number_means_what_the_plan_says(tmp_path: Path) -> None:
    """47.5 in a general cell is 47.5 % where the plan says that bare numbers are percent."""
    noted, fact = read_one(book(tmp_path / "s.xlsx", "coverage", 47.5), BARE)
    assert ([], Fraction("0.475")) == (noted, fact.value if fact else None)


def test_a_small_bare_percentage_is_read_as_its_unit_says_with_a_warning(tmp_path: Path) -> None:
    """0.475 under the unit % is 0.475 %, and a warning asks whether 47.5 % was meant."""
    (noted,), fact = read_one(book(tmp_path / "s.xlsx", "coverage", 0.475, "%"))
    assert Fraction("0.00475") == fact.value if fact else None
    assert ("small-percentage", "warning", "47.5") == (noted.code, noted.severity, noted.details["times"])


@pytest.mark.parametrize("written", ["1.005", "0"])
def test_a_bare_percentage_above_one_or_of_nothing_is_no_small_one(tmp_path: Path, written: str) -> None:
    """1.005 under the unit % is 1.005 %, and nobody is asked whether 100.5 % was meant; nothing is nothing either way."""
    noted, fact = read_one(book(tmp_path / "s.xlsx", "coverage", float(written), "%"))
    assert ([], Fraction(written) / 100) == (noted, fact.value if fact else None)


@pytest.mark.parametrize(("measure_id", "unit"), [("beds", "张"), ("exact", "比值")])
@pytest.mark.parametrize(("text", "code"), [("500 公里", "fact-dimension"), ("约500", "bad-fact")])
def test_a_refusal_names_the_unit_that_is_expected(
    measure_id: str, unit: str, text: str, code: str, tmp_path: Path
) -> None:
    """Who reports kilometres of beds reads that 张 are expected, also of what is no number at all."""
    (problem,), _ = read_one(book(tmp_path / "s.xlsx", measure_id, text), PLAN)
    assert code == problem.code
    assert problem.text("zh").endswith(f"数（单位：{unit}）")


def test_a_computed_formula_is_its_value(tmp_path: Path) -> None:
    """A formula with a result, as a spreadsheet program saves it, is that result; a workbook never worked out is refused."""
    path = tmp_path / "f.xlsx"
    made = xlsxwriter.Workbook(path)
    cover, sheet = made.add_worksheet("封面"), made.add_worksheet("区")
    for row, line in enumerate((("规划", "demo"), ("年度", 2025), ("报送单位", "某区"))):
        cover.write_row(row, 0, line)
    sheet.write_row(0, 0, ("编号", "指标", "单位", "本年值"))
    sheet.write(1, 0, "beds")
    sheet.write_formula(1, 3, "=250*2", None, 500)
    made.close()
    noted, _ = read_one(path)  # its numbers are promises of the writing program, which has asked for a recalculation
    assert ["uncomputed-formula"] == [p.code for p in noted]
    saved = rewritten(path, "xl/workbook.xml", b' fullCalcOnLoad="1"', b"")
    noted, fact = read_one(saved)
    assert ([], Fraction(500)) == (noted, fact.value if fact else None)


def rewritten(path: Path, part: str, old: bytes, new: bytes) -> Path:
    """Copy a workbook with one part changed."""
    target = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            data = source.read(name)
            assert name != part or old in data
            made.writestr(name, data.replace(old, new) if name == part else data)
    return target


RICH = {  # runs of a cell (text, alignment, struck): exact value or code
    (("500", "", False), ("1", "superscript", False)): "500", (("500m", "", False), ("2", "superscript", False)): "500",
    (("500", "", False), ("600", "", True)): "bad", (("50", "", False), ("0", "", False)): "500", (("500", "", False), ("a", "superscript", False)): "500",
    (("500", "", False), ("2", "subscript", False)): "bad",
}  # fmt: skip


@pytest.mark.parametrize("runs", RICH)
def test_a_raised_figure_is_never_a_digit(runs: tuple[tuple[str, str, bool], ...], tmp_path: Path) -> None:
    """A figure raised by its format is a footnote mark or part of a unit, and struck-out text is not simply read on."""
    blocks = [
        TextBlock(InlineFont(vertAlign=align or None, strike=strike or None), text) for text, align, strike in runs
    ]
    name = "area" if "m" in runs[0][0] else "beds"
    noted, fact = read_one(book(tmp_path / "s.xlsx", name, CellRichText(*blocks)))
    if RICH[runs] == "bad":
        assert (None, True) == (fact, bool([p for p in noted if p.severity == "error"]))
    else:
        assert Fraction(RICH[runs]) == fact.value if fact else None


@pytest.mark.parametrize(
    ("code", "shown", "words"),
    [
        ("0.0%", "percent", ""), ("h:mm", "time", ""), ("yyyy/m/d", "date", ""), ("[h]:mm", "time", ""), ('yyyy"年"m"月"', "date", ""), ("#,##0.00", "plain", ""),
        ('0"人/月"', "plain", "人/月"), ("General", "plain", ""), ('General"张"', "plain", "张"), ("[DBNum1]0", "plain", ""), ("[$-804]0", "plain", ""),
        ('0"m2"', "plain", "m2"), ('"无"', "other", ""), ('0"0"', "other", ""),
        ('0"days"', "plain", "days"), ("0,", "other", ""), ('[>=10000]0!.0,"万";0', "other", ""), ("@", "plain", ""), ("mm:ss", "time", ""), ("0.00_);(0.00)", "plain", ""),
    ],
)  # fmt: skip
def test_a_number_format_is_understood(code: str, shown: str, words: str) -> None:
    """Percent, dates, times, units in quotes and scaled figures are told apart by the format code."""
    shape = shape_of(164, {164: code})
    assert (shown, words) == (shape.shown, shape.words)


# ---------------------------------------------------------------- a law

WIDE = str.maketrans("0123456789.-%,", "０１２３４５６７８９．－％，")


@settings(max_examples=60, deadline=None)
@given(
    digits=st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1), places=st.integers(0, 12),
    way=st.sampled_from(["number", "percent", "text", "wide"]),
)  # fmt: skip
def test_any_decimal_of_fifteen_digits_is_read_back_exactly(digits: int, places: int, way: str) -> None:
    """A decimal of up to 15 digits, as a number, a percentage, a text with its unit or full-width, is read as that number."""
    number = Decimal(digits).scaleb(-places)
    text = f"{number:f}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.xlsx"
        if way == "percent":
            book(path, "growth", float(number.scaleb(-2)), form="0.0%")
        elif way == "number":
            book(path, "points", float(number))
        else:
            book(path, "points", (text + "平方米").translate(WIDE if way == "wide" else {}))
        noted, fact = read_one(path)
    assert [] == noted
    assert fact is not None
    assert Fraction(number) / (100 if way == "percent" else 1) == fact.value
