"""Templates filled in as a clerk would, saved by LibreOffice, read back and judged."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from click.testing import CliRunner
from dabiao import check, load_plan, read_facts
from dabiao.base.problems import Problem, Refused
from dabiao.cli import main
from dabiao.facts import layout
from dabiao.facts.cells import is_no_name
from dabiao.facts.model import Fact, Facts
from dabiao.facts.template.book import sheet_names, write_book
from dabiao.facts.template.form import make_form
from dabiao.rules.model import Plan
from helpers import ROOT, commitment, form_words, make_plan, measure, own_facts, subjects
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SAMPLES = ROOT / "facts" / "samples"
SOFFICE = shutil.which("soffice")

PLAN = make_plan(
    measure("beds")
    + measure("people", "unit: 万人")
    + measure("rate", 'unit: "%"')
    + measure("growth", 'unit: "%", signed: true')
    + measure("cost", "unit: 万元")
    + measure("ratio", "unit: 比值")
    + measure("rules", "ladder: deliverable")
    + measure("done", "yes_no: true")
    + measure("room", "unit: 张", of="home")
    + measure("score", 'unit: "%"', of="home")
    + measure("stars", "ladder: rating", of="home")
    + measure("meals", "unit: 人次", of="centre"),
    commitment("rooms", "measure: sum(room of home)\nat_least: 10 张\ndue: 2023")
    + commitment("beds", "measure: beds\nat_least: 100 张\ndue: 2023"),
)
STEPS = ("已计划", "已起草", "已印发", "已施行")
STARS = ("未评级", "一星", "二星", "三星", "四星")


class Clerk:
    """Fills in a Chinese workbook, in the cells that are open for it and nowhere else."""

    def __init__(self, path: Path, plan: Plan) -> None:
        self.book: Any = openpyxl.load_workbook(path)
        self._names = sheet_names(plan, "zh")
        root = self.book[self._names[plan.root.id]]
        words = {words.say("zh"): key for key, words in layout.LIST.items()}
        self._columns = {words.get(cell.value, "number"): cell.column for cell in root[3]}
        self._rows = {root.cell(row, self._columns["id"]).value: row for row in range(4, root.max_row + 1)}
        self._root = root

    def _type(self, cell: Any, value: object) -> None:
        assert not cell.protection.locked, cell.coordinate
        cell.value = value

    def cover(self, label: str, value: object) -> None:
        """Fill in a line of the cover."""
        (row,) = [row for row in self.book["封面"].iter_rows() if row[0].value == label]
        self._type(row[1], value)

    def root(self, measure_id: str, value: object, column: str = "value") -> None:
        """Fill in a cell of the root sheet."""
        self._type(self._root.cell(self._rows[measure_id], self._columns[column]), value)

    def subject(self, kind: str, name: str, **cells: object) -> None:
        """Fill in the row of a subject: its own if its name is there, else the first that is free."""
        sheet = self.book[self._names[kind]]
        places = {cell.value: cell.column for cell in sheet[5]}
        names = [sheet.cell(row, 1).value for row in range(7, sheet.max_row + 1)]
        row = 7 + (names.index(name) if name in names else names.index(None))
        if name not in names:
            self._type(sheet.cell(row, 1), name)
            sheet.cell(row, 1).data_type = "s"
        for key, value in cells.items():
            self._type(sheet.cell(row, places["in" if key == "within" else key]), value)

    def save(self, path: Path) -> Path:
        """Save the workbook."""
        self.book.save(path)
        return path


def told(facts: Facts) -> dict[tuple[str, str], dict[str, Fraction | str]]:
    """Return everything a sheet reports: by subject and measure the value, or why there is none."""
    (sheet,) = facts.sheets
    return {
        who: {name: fact.absent or value_of(fact) for name, fact in own.items()} for who, own in subjects(sheet).items()
    }  # fmt: skip


def value_of(fact: Fact) -> Fraction:
    """Return the value of a fact that has one."""
    assert fact.value is not None
    return fact.value


def new_form(plan: Plan, path: Path) -> Clerk:
    """Write the template of a plan for 2023 and hand it to a clerk."""
    with path.open("wb") as stream:
        write_book(make_form(plan, 2023, "某区", blank=4), "zh", stream)
    return Clerk(path, plan)


def fill_example(folder: Path) -> Path:
    """Fill in the template of the example plan."""
    path = folder / "example.xlsx"
    arguments = form_words(path, "示例区", "zh")
    assert 0 == CliRunner().invoke(main, arguments).exit_code
    clerk = Clerk(path, load_plan("example"))
    clerk.cover("报送日期", date(2024, 1, 15))
    clerk.cover("数据来源", "民政局年报")
    clerk.cover("社区（村）总数", 2)
    clerk.cover("养老机构总数", "全部列出")
    for name, value in {
        "family_care_beds": 310, "residents_total": 0.28, "gdp_growth": 0.052, "care_spending": 8123.5, "care_fund": "已印发", "complaints": 0,
    }.items():  # fmt: skip
        clerk.root(name, value)
    clerk.root("allowance", "未统计", "reason")
    clerk.root("care_spending", "附件3", "evidence")
    clerk.root("care_spending", "初步数", "note")
    clerk.subject("town", "示例甲镇", rehab="是")
    clerk.subject("town", "示例乙镇", rehab="否")
    clerk.subject("town", "示例丙乡", rehab="缺:未统计")
    clerk.subject("home", "甲院", beds=50, reserved_beds=1, satisfaction=0.846, stars="三星", subsidised="是")
    clerk.subject("home", "乙院", beds=51, carers="缺:保密", satisfaction=0.79996, reason="迟报", note="在建")
    clerk.subject("community", "甲社区", within="示例甲镇", community_sort="社区", new_groups=2)
    clerk.subject("community", "乙村", within="示例乙镇", community_sort="村")
    return clerk.save(path)


EXAMPLE = {
    ("district", "示例区"): {
        "family_care_beds": Fraction(310), "residents_total": Fraction(2800), "gdp_growth": Fraction("0.052"),
        "care_spending": Fraction(81_235_000), "care_fund": Fraction(3), "complaints": Fraction(0), "allowance": "not_collected",
    },
    ("town", "示例甲镇"): {"rehab": Fraction(1)},
    ("town", "示例乙镇"): {"rehab": Fraction(0)},
    ("town", "示例丙乡"): {"rehab": "not_collected"},
    ("town", "示例丁街道"): {},
    ("town", "示例戊街道"): {},
    ("community", "甲社区"): {"community_sort": Fraction(0), "new_groups": Fraction(2)},
    ("community", "乙村"): {"community_sort": Fraction(1)},
    ("home", "甲院"): {
        "beds": Fraction(50), "reserved_beds": Fraction(1), "satisfaction": Fraction("0.846"), "stars": Fraction(3), "subsidised": Fraction(1),
    },
    ("home", "乙院"): {
        "beds": Fraction(51), "carers": "suppressed", "satisfaction": Fraction("0.79996"),
        **dict.fromkeys(("reserved_beds", "nursing_beds", "residents", "subsidised", "stars"), "late"),
    },
}  # fmt: skip


def fill_yanqing(folder: Path) -> Path:
    """Fill in the template of Yanqing for 2024, made with the sheet of 2023."""
    path = folder / "yanqing.xlsx"
    last = str(SAMPLES / "yanqing-2023")
    assert (
        0
        == CliRunner()
        .invoke(
            main,
            [
                "template",
                "yanqing",
                "--year",
                "2024",
                "--last",
                last,
                "--blank",
                "2",
                "--tier",
                "all",
                "--lang",
                "zh",
                "-o",
                str(path),
            ],
        )
        .exit_code
    )
    clerk = Clerk(path, load_plan("yanqing"))
    clerk.root("care_stations", 29)
    clerk.root("eco_burial_rate", 0.5741)
    clerk.root("carers_per_ten_thousand", 45.25)
    clerk.subject("institution", "示例一号养老院", sort="养老机构", beds=130, private="否")
    clerk.subject("institution", "示例新院", progress="在建")
    return clerk.save(path)


def fill_odd(folder: Path) -> Path:
    """Fill in what spreadsheet programs like to change: ratios, names like formulas, small and negative percentages."""
    clerk = new_form(PLAN, folder / "odd.xlsx")
    for name, value in {
        "ratio": "1:7",
        "growth": -0.035,
        "rate": 0.00005,
        "people": 0.0001,
        "cost": 12345.6789,
    }.items():
        clerk.root(name, value)
    clerk.subject("home", "=1+1", room=3)
    clerk.subject("home", "@院", room=4, score="缺:不适用")
    clerk.subject("home", "007", stars="二星")
    clerk.subject("town", "甲镇")
    clerk.subject("centre", "甲中心", within="甲镇", meals=10)
    return clerk.save(folder / "odd.xlsx")


ODD = {
    ("district", "某区"): {
        "ratio": Fraction(1, 7), "growth": Fraction("-0.035"), "rate": Fraction("0.00005"), "people": Fraction(1), "cost": Fraction(123_456_789),
    },
    ("home", "=1+1"): {"room": Fraction(3)},
    ("home", "@院"): {"room": Fraction(4), "score": "not_applicable"},
    ("home", "007"): {"stars": Fraction(2)},
    ("town", "甲镇"): {},
    ("centre", "甲中心"): {"meals": Fraction(10)},
}  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the filled workbooks, as the clerk saved them."""
    folder = tmp_path_factory.mktemp("filled")
    fill_example(folder)
    fill_yanqing(folder)
    fill_odd(folder)
    with (folder / "blank.xlsx").open("wb") as stream:
        write_book(make_form(PLAN, 2023, "某区", blank=4), "zh", stream)
    return folder


@pytest.fixture(scope="module")
def saved(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same workbooks opened and saved by LibreOffice."""
    if SOFFICE is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    folder = tmp_path_factory.mktemp("saved")
    profile = tmp_path_factory.mktemp("profile").as_uri()
    command = [
        SOFFICE,
        f"-env:UserInstallation={profile}",
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(folder),
    ]
    subprocess.run([*command, *map(str, sorted(filled.glob("*.xlsx")))], check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="module", params=["as the clerk saved it", "as LibreOffice saved it"])
def submitted(request: pytest.FixtureRequest) -> Path:
    """The filled workbooks, before and after LibreOffice."""
    folder: Path = request.getfixturevalue("filled" if "clerk" in request.param else "saved")
    return folder


def test_facts_read_are_the_facts_typed(submitted: Path) -> None:
    """What is read from a filled template is exactly what was typed into it, no fact more or less."""
    facts = read_facts(submitted / "example.xlsx", load_plan("example"))

    assert EXAMPLE == told(facts)
    (sheet,) = facts.sheets
    assert ("示例区", 2023, date(2024, 1, 15), "民政局年报") == (
        sheet.subject,
        sheet.year,
        sheet.submitted,
        sheet.source,
    )
    assert {"town": 5, "community": 2, "home": None} == dict(sheet.registers)
    spending = own_facts(sheet)["care_spending"]
    assert ("附件3", "初步数") == (spending.evidence, spending.note)
    assert ("区", "示例甲镇") == (
        spending.location.sheet,
        sheet.parent("community", "甲社区"),
    )
    assert () == facts.notes


def test_odd_entries_survive(submitted: Path) -> None:
    """Ratios stay ratios, names that look like formulas or numbers stay names, and small percentages keep their digits."""
    facts = read_facts(submitted / "odd.xlsx", PLAN)

    assert ODD == told(facts)


def test_filled_template_is_judged(submitted: Path) -> None:
    """A filled template is judged as the same figures in YAML would be."""
    plan = load_plan("example")
    result = check(plan, read_facts(submitted / "example.xlsx", plan))

    verdicts = {(f.commitment.id, f.subject): f.verdict for f in result.findings()}
    assert "shortfall" == verdicts["home-satisfaction", "甲院"]
    assert "shortfall" == verdicts["home-satisfaction", "乙院"]
    assert "met" == verdicts["emergency-bed-reserve", "甲院"]
    assert "undetermined" == verdicts["emergency-bed-reserve", "乙院"]
    assert "not_applicable" == verdicts["complaints-settled", "示例区"]


def test_last_years_figures_are_not_this_years(submitted: Path) -> None:
    """Last year's figures and names stand in a template, but only what is typed counts as reported."""
    facts = read_facts(submitted / "yanqing.xlsx", load_plan("yanqing"))

    found = {place: reported for place, reported in told(facts).items() if reported}
    assert {
        ("district", "延庆区"): {
            "care_stations": Fraction(29), "eco_burial_rate": Fraction("0.5741"), "carers_per_ten_thousand": Fraction("0.004525"),
        },
        ("institution", "示例一号养老院"): {"sort": Fraction(0), "beds": Fraction(130), "private": Fraction(0)},
        ("institution", "示例新院"): {"progress": Fraction(2)},
    } == found  # fmt: skip
    assert 28 == len(facts.sheets[0].names("institution"))


def test_unfilled_template_reports_nothing(tmp_path: Path) -> None:
    """A template nobody filled in reports no fact, and what it would judge is not met."""
    new_form(PLAN, tmp_path / "empty.xlsx")

    facts = read_facts(tmp_path / "empty.xlsx", PLAN)

    assert {("district", "某区"): {}} == told(facts)
    assert {"undetermined"} == set(check(PLAN, facts).table["verdict"].to_list())


def test_libreoffice_keeps_the_form(filled: Path, saved: Path) -> None:
    """Saved by LibreOffice, a template still has its rules, its protection and its colours (what is in view is not kept without a screen)."""
    before, after = (openpyxl.load_workbook(folder / "example.xlsx") for folder in (filled, saved))

    assert before.sheetnames == after.sheetnames
    assert "hidden" == after["选项"].sheet_state
    for name in before.sheetnames[:-1]:
        old, new = before[name], after[name]
        assert new.protection.sheet
        kinds = [sorted({rule.type or "any" for rule in sheet.data_validations.dataValidation}) for sheet in (old, new)]
        assert kinds[0] == kinds[1], name
        for row in old.iter_rows(max_row=12):
            for cell in row:
                if cell.value is not None:
                    assert cell.protection.locked == new[cell.coordinate].protection.locked, cell.coordinate
    value = next(cell.column_letter for cell in after["区"][3] if cell.value == "本年值")
    assert after["区"][f"{value}5"].fill.fgColor.rgb.endswith("FFF8DC")


def test_libreoffice_writes_every_name_once(saved: Path) -> None:
    """A template that LibreOffice saved defines the repeated headings of each sheet once: twice would be a damaged file to others."""
    with ZipFile(saved / "blank.xlsx") as archive:
        names = re.findall(r'localSheetId="(\d+)" name="_xlnm.Print_Titles"', archive.read("xl/workbook.xml").decode())

    assert ["2", "3", "4", "5"] == sorted(names)


def test_english_template_is_read(tmp_path: Path) -> None:
    """A template in English is read like one in Chinese."""
    path = tmp_path / "demo.xlsx"
    with path.open("wb") as stream:
        write_book(make_form(PLAN, 2023, "某区"), "en", stream)
    workbook = openpyxl.load_workbook(path)
    root, homes = workbook["district"], workbook["home"]
    titles = {cell.value: cell.column for cell in root[3]}
    rows = {root.cell(row, titles["id"]).value: row for row in range(4, root.max_row + 1)}
    root.cell(rows["rules"], titles["value"]).value = "in force"
    root.cell(rows["beds"], titles["reason if missing"]).value = "not collected"
    homes["A7"], homes["B7"], homes["C7"] = "A home", 12, "absent:late"
    workbook.save(path)

    assert {
        ("district", "某区"): {"rules": Fraction(3), "beds": "not_collected"}, ("home", "A home"): {"room": Fraction(12), "score": "late"},
    } == told(read_facts(path, PLAN))  # fmt: skip


@pytest.mark.parametrize(("size", "code"), [(2, "register-shrunk"), (4, "register-grown")])
def test_another_size_of_a_register_is_explained_on_the_cover(size: int, code: str, tmp_path: Path) -> None:
    """Who writes another number of towns than the plan's is sent to the line of the cover that takes the reason, and it is enough."""
    form = make_plan(
        measure("halls", of="town"), commitment("halls", "measure: sum(halls of town)\nat_least: 1 张\ndue: 2023")
    )
    clerk = new_form(form, tmp_path / "form.xlsx")
    clerk.cover("乡镇总数", size)
    (noted,) = _told_of_registers(clerk.save(tmp_path / "form.xlsx"), form)
    assert code == noted.code
    assert "在封面的“乡镇总数变动原因”中写明原因" in noted.text("zh")
    assert "give the reason on the cover, at “Why town changed in number”" in noted.text("en")

    clerk.cover("乡镇总数变动原因", "区划调整")
    (noted,) = _told_of_registers(clerk.save(tmp_path / "form.xlsx"), form)
    assert ("register-confirmed", "warning") == (noted.code, noted.severity)


def test_a_parent_that_is_unknown_is_told_at_its_own_cell(tmp_path: Path) -> None:
    """The cell that names a town which is not there is the wrong one, not that of the centre which lies in it."""
    clerk = new_form(PLAN, tmp_path / "form.xlsx")
    clerk.subject("town", "东镇")
    clerk.subject("centre", "一站", within="东山镇", meals=3)
    clerk.cover("养老机构总数", 0)
    clerk.cover("照料中心总数", 1)
    with pytest.raises(Refused) as refused:
        read_facts(clerk.save(tmp_path / "form.xlsx"), PLAN)
    (problem,) = (one for one in refused.value.problems if one.code == "unknown-parent")

    assert ("照料中心", "B7") == (problem.location.sheet, problem.location.cell)


def _told_of_registers(path: Path, plan: Plan) -> list[Problem]:
    """Return what is said of the registers of a sheet, whether it is refused or not."""
    try:
        found = read_facts(path, plan).notes
    except Refused as refused:
        found = refused.problems
    return [problem for problem in found if problem.code.startswith("register-")]


def parts(number: int, of: int) -> tuple[float, Fraction]:
    """Return what is typed and what is meant: a decimal, and exactly it."""
    return float(Fraction(number, of)), Fraction(number, of)


WHOLE = st.integers(0, 10**9).map(lambda n: (n, Fraction(n)))
PERCENT = st.integers(0, 10**6).map(lambda n: parts(n, 10**6))
ROOT_ENTRIES: dict[str, st.SearchStrategy[Any]] = {
    "beds": WHOLE,
    "people": st.integers(0, 10**9).map(lambda n: (float(Fraction(n, 10**4)), Fraction(n))),
    "rate": PERCENT,
    "growth": st.integers(-(10**6), 10**6).map(lambda n: parts(n, 10**5)),
    "cost": st.integers(0, 10**10).map(lambda n: (float(Fraction(n, 10**3)), Fraction(n * 10))),
    "ratio": st.tuples(st.integers(0, 99), st.integers(1, 99)).map(lambda r: (f"{r[0]}:{r[1]}", Fraction(*r))),
    "rules": st.sampled_from(STEPS).map(lambda step: (step, Fraction(STEPS.index(step)))),
    "done": st.booleans().map(lambda done: ("是" if done else "否", Fraction(done))),
}
REASON = st.sampled_from([(f"缺:{words.say('zh')}", key) for key, words in layout.REASONS.items()])
HOME_ENTRIES = {
    "room": WHOLE | REASON,
    "score": PERCENT | REASON,
    "stars": st.sampled_from([(step, Fraction(n)) for n, step in enumerate(STARS)]) | REASON,
}
NAMES = st.text("甲乙丙院A=+-@'1", min_size=1, max_size=4).filter(lambda name: not is_no_name(name))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    root=st.fixed_dictionaries({}, optional=ROOT_ENTRIES),
    absent=st.sampled_from(sorted(layout.REASONS)),
    homes=st.dictionaries(NAMES, st.fixed_dictionaries({}, optional=HOME_ENTRIES), max_size=4),
)
def test_any_facts_come_back(
    blank_form: bytes, tmp_path: Path, root: dict[str, Any], absent: str, homes: dict[str, dict[str, Any]]
) -> None:
    """Whatever is typed into a template is what is read: values exactly, reasons by name, and nothing that was left empty."""
    path = tmp_path / "form.xlsx"
    path.write_bytes(blank_form)
    clerk = Clerk(path, PLAN)
    expected: dict[tuple[str, str], dict[str, Any]] = {
        ("district", "某区"): {name: meant for name, (_, meant) in root.items()}
    }
    for name, (typed, _) in root.items():
        clerk.root(name, typed)
    for name in set(ROOT_ENTRIES) - set(root):
        clerk.root(name, layout.REASONS[absent].say("zh"), "reason")
        expected["district", "某区"][name] = absent
    for name, cells in homes.items():
        clerk.subject("home", name, **{key: typed for key, (typed, _) in cells.items()})
        expected["home", name] = {key: meant for key, (_, meant) in cells.items()}
    clerk.save(path)

    assert expected == told(read_facts(path, PLAN))


@pytest.fixture(scope="module")
def blank_form() -> bytes:
    """The template of the demo plan, not filled in."""
    stream = BytesIO()
    write_book(make_form(PLAN, 2023, "某区", blank=4), "zh", stream)
    return stream.getvalue()
