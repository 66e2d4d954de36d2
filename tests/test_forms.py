"""Every form of promise that plans make (design, section 3), judged as met, as not met, and with a figure missing."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from dabiao import check, read_facts
from dabiao.cli import main
from dabiao.engine.results import Result
from dabiao.rules.model import Plan
from helpers import commitment, judge, make_plan, measure, one, plan_text, sheet_text, verdicts

OUTCOMES = ("met", "shortfall", "undetermined")


def subject(kind: str, name: str, within: str = "", **facts: str) -> str:
    """Return one subject of a sheet."""
    inside = f"in: {within}, " if within else ""
    figures = ", ".join(f"{key}: {value}" for key, value in facts.items())
    return f"- {{kind: {kind}, name: {name}, {inside}facts: {{{figures}}}}}\n"


def homes(*facts: dict[str, str]) -> str:
    """Return a sheet that lists every home of the district, in the order 甲 乙 丙 丁."""
    listed = "".join(subject("home", name, **figures) for name, figures in zip("甲乙丙丁", facts, strict=False))
    return sheet_text(subjects=listed, registers="home: complete")


def towns(*facts: dict[str, str], year: int = 2025) -> str:
    """Return a sheet with the towns 东 西 南, of which the register knows three."""
    listed = "".join(subject("town", name, **figures) for name, figures in zip("东西南", facts, strict=False))
    return sheet_text(subjects=listed, year=year)


def centres(*shares: str) -> str:
    """Return a sheet with three towns and in each a centre of ten beds with so many nursing beds."""
    listed = "".join(subject("town", name) for name in "东西南")
    for name, beds in zip("东西南", shares, strict=True):
        figures = {"centre_nursing": beds} if beds else {}
        listed += subject("centre", f"{name}心", name, centre_beds="10 张", **figures)
    return sheet_text(subjects=listed, registers="centre: complete")


def years(name: str, *values: str) -> tuple[str, ...]:
    """Return a sheet for each plan year from 2021 on, with one figure each; an empty value is not reported."""
    return tuple(sheet_text(f"{name}: {v}" if v else "", year=2021 + i) for i, v in enumerate(values))


class Form(NamedTuple):
    """A form, the sentence it stands for, the plan, and the sheets that meet it, miss it and leave it open."""

    number: str
    sentence: str
    measures: str
    keys: str
    met: str | tuple[str, ...]
    short: str | tuple[str, ...]
    missing: str | tuple[str, ...]


BEDS = measure("beds", of="home")
YES_NO = "yes_no: true"
PERCENT = 'unit: "%"'
GROWTH = 'unit: "%", signed: true'
NURSING = measure("centre_beds", of="centre") + measure("centre_nursing", of="centre")
FULL = {"beds": "50 张"}
PUBLIC = {"beds": "50 张", "nursing_beds": "30 张", "public": "yes"}

FORMS = [
    Form(
        "1", "80 % of the towns offer rehabilitation by 2025, from 11.1 %",
        measure("rehab", YES_NO, of="town"),
        "measure: share(rehab of town)\nat_least: 80 %\nbaseline: 11.1 %\ndue: 2025",
        towns({"rehab": "yes"}, {"rehab": "yes"}, {"rehab": "yes"}),
        towns({"rehab": "yes"}, {"rehab": "yes"}, {"rehab": "no"}), towns({"rehab": "yes"}, {"rehab": "yes"}),
    ),
    Form(
        "2", "300 family care beds in 2022 and 500 in 2025",
        measure("family_beds"),
        "measure: family_beds\nstaged: [{year: 2022, at_least: 300 张}, {year: 2025, at_least: 500 张}]",
        sheet_text("family_beds: 300 张", year=2022),
        sheet_text("family_beds: 299 张", year=2022), sheet_text(year=2022),
    ),
    Form(
        "3", "train at least 200 carers every year",
        measure("trained", "unit: 人"),
        "measure: trained\nat_least: 200 人\ndue: every_year",
        years("trained", "0 人", "200 人"), years("trained", "900 人", "199 人"), years("trained", "900 人", ""),
    ),
    Form(
        "4", "each home reserves at least 2 % of its beds",
        BEDS + measure("reserved_beds", of="home"),
        "each: home\nmeasure: reserved_beds / beds\nat_least: 2 %\ndue: throughout",
        homes({"beds": "50 张", "reserved_beds": "1 张"}),
        homes({"beds": "51 张", "reserved_beds": "1 张"}), homes({"beds": "50 张"}),
    ),
    Form(
        "5", "no home below 85 % satisfaction gets the subsidy",
        measure("satisfaction", PERCENT, of="home") + measure("subsidised", YES_NO, of="home"),
        "each: home\nholds: not (satisfaction < 85 % and subsidised)\ndue: throughout",
        homes({"satisfaction": "84.9 %", "subsidised": "no"}),
        homes({"satisfaction": "84.9 %", "subsidised": "yes"}), homes({"satisfaction": "84.9 %"}),
    ),
    Form(
        "6a", "at least two homes of 50 beds each",
        BEDS, "measure: count(home where beds >= 50)\nat_least: 2 个\ndue: 2025",
        homes(FULL, FULL), homes({"beds": "100 张"}, {"beds": "49 张"}), homes(FULL, {}),
    ),
    Form(
        "6b", "at least one public home with 60 % nursing beds",
        BEDS + measure("nursing_beds", of="home") + measure("public", YES_NO, of="home"),
        "measure: count(home where public and nursing_beds / beds >= 60 %)\nat_least: 1 个\ndue: 2025",
        homes(PUBLIC),
        homes({**PUBLIC, "public": "no"}, {**PUBLIC, "nursing_beds": "29 张"}),
        homes({**PUBLIC, "public": "no"}, {"beds": "50 张", "nursing_beds": "30 张"}),
    ),
    Form(
        "6c", "at least one home of three stars or better",
        measure("stars", "ladder: rating", of="home"),
        "measure: count(home where stars >= three)\nat_least: 1 个\ndue: 2025",
        homes({"stars": "four"}), homes({"stars": "two"}), homes({"stars": "two"}, {}),
    ),
    Form(
        "7", "every town has at least one centre whose nursing share is 60 %",
        NURSING,
        "measure: share(count(centre where centre_nursing / centre_beds >= 60 %) >= 1 个 of town)\n"
        "exactly: 100 %\ndue: 2025",
        centres("6 张", "6 张", "7 张"), centres("6 张", "5 张", "7 张"), centres("6 张", "", "7 张"),
    ),
    Form(
        "8", "half of the homes reserve at least 2 % of their beds",
        BEDS + measure("reserved_beds", of="home"),
        "measure: share(reserved_beds / beds >= 2 % of home)\nat_least: 50 %\ndue: 2025",
        homes({**FULL, "reserved_beds": "1 张"}, {**FULL, "reserved_beds": "0 张"}),
        homes({**FULL, "reserved_beds": "9 张"}, {**FULL, "reserved_beds": "0 张"}, {**FULL, "reserved_beds": "0 张"}),
        homes({**FULL, "reserved_beds": "0 张"}, FULL),
    ),
    Form(
        "9a", "one carer to four residents",
        measure("staff", "unit: 人", of="home") + measure("residents", "unit: 人", of="home"),
        "each: home\nmeasure: staff / residents\nat_least: 1:4\ndue: throughout",
        homes({"staff": "25 人", "residents": "100 人"}),
        homes({"staff": "24 人", "residents": "100 人"}), homes({"residents": "100 人"}),
    ),
    Form(
        "9b", "one carer to seven residents",
        measure("staff", "unit: 人") + measure("residents", "unit: 人"),
        "measure: staff / residents\nat_least: 1:7\ndue: throughout",
        sheet_text("staff: 15 人\nresidents: 105 人"),
        sheet_text("staff: 15 人\nresidents: 106 人"), sheet_text("staff: 15 人"),
    ),
    Form(
        "10", "one to two four-star homes",
        measure("stars", "ladder: rating", of="home"),
        "measure: count(home where stars = four)\nbetween: [1 个, 2 个]\ndue: 2025",
        homes({"stars": "four"}, {"stars": "three"}), homes({"stars": "three"}), homes({"stars": "three"}, {}),
    ),
    Form(
        "11a", "another 400 organisations on top of 2,369",
        measure("orgs", "unit: 家, baseline: 2369 家"),
        "measure: change(orgs)\nat_least: 400 家\ndue: 2025",
        sheet_text("orgs: 2769 家"), sheet_text("orgs: 2768 家"), sheet_text(),
    ),
    Form(
        "11b", "400 organisations newly founded in the plan period",
        measure("founded", "unit: 家"),
        "measure: total(founded)\nat_least: 400 家\ndue: 2023",
        years("founded", "100 家", "100 家", "200 家"),
        years("founded", "100 家", "100 家", "199 家"),
        years("founded", "100 家", "", "200 家"),
    ),
    Form(
        "11c", "two more members on average in each town",
        measure("members", "unit: 人", of="town"),
        "measure: average(change(members) of town)\nat_least: 2 人\ndue: 2025",
        (towns(*[{"members": "5 人"}] * 3, year=2020), towns(*({"members": f"{n} 人"} for n in (5, 5, 11)))),
        (towns(*[{"members": "5 人"}] * 3, year=2020), towns(*({"members": f"{n} 人"} for n in (5, 5, 10)))),
        (towns(*[{"members": "5 人"}] * 2, year=2020), towns(*({"members": f"{n} 人"} for n in (5, 5, 11)))),
    ),
    Form(
        "12", "zero growth of commercial cemeteries",
        measure("cemeteries", "unit: 处, baseline: 7 处"),
        "measure: cemeteries\ndirection: no_increase\nagainst: baseline\ndue: throughout",
        sheet_text("cemeteries: 7 处"), sheet_text("cemeteries: 8 处"), sheet_text(),
    ),
    Form(
        "13a", "income grows in step with GDP, within one percentage point",
        measure("income_growth", GROWTH) + measure("gdp_growth", GROWTH),
        "measure: income_growth\nbetween: [gdp_growth - 1 百分点, gdp_growth + 1 百分点]\ndue: every_year",
        sheet_text("income_growth: 5.2 %\ngdp_growth: 6.2 %"),
        sheet_text("income_growth: 5.19 %\ngdp_growth: 6.2 %"), sheet_text("income_growth: 5.2 %"),
    ),
    Form(
        "13b", "the allowance is above the municipal standard",
        measure("allowance", "unit: 元/人/月") + measure("municipal_standard", "unit: 元/人/月"),
        "measure: allowance\nmore_than: municipal_standard\ndue: every_year",
        sheet_text("allowance: 1245.01 元/人/月\nmunicipal_standard: 1245 元/人/月"),
        sheet_text("allowance: 1245 元/人/月\nmunicipal_standard: 1245 元/人/月"),
        sheet_text("allowance: 1245 元/人/月"),
    ),
    Form(
        "14a", "the regulation is issued",
        measure("regulation", "ladder: deliverable"), "measure: regulation\nat_least: issued\ndue: 2025",
        sheet_text("regulation: in_force"), sheet_text("regulation: drafted"), sheet_text(),
    ),
    Form(
        "14b", "the fund is in force and the regulation issued",
        measure("fund", "ladder: deliverable") + measure("regulation", "ladder: deliverable"),
        "holds: fund >= in_force and regulation >= issued\ndue: 2025",
        sheet_text("fund: in_force\nregulation: issued"),
        sheet_text("fund: in_force\nregulation: drafted"), sheet_text("fund: in_force"),
    ),
    Form(
        "15a", "every one of those who need it is cared for",
        measure("needing", "unit: 人") + measure("cared_for", "unit: 人"),
        "measure: cared_for / needing\nat_least: 100 %\ndue: every_year",
        sheet_text("needing: 30 人\ncared_for: 30 人"),
        sheet_text("needing: 30 人\ncared_for: 29 人"), sheet_text("needing: 30 人"),
    ),
    Form(
        "15b", "new homes have 50 beds",
        BEDS + measure("is_new", YES_NO, of="home"),
        "each: home\nwhere: is_new\nmeasure: beds\nat_least: 50 张\ndue: throughout",
        homes({"is_new": "yes", "beds": "50 张"}, {"is_new": "no", "beds": "1 张"}),
        homes({"is_new": "yes", "beds": "49 张"}, {"is_new": "no", "beds": "99 张"}), homes({"beds": "50 张"}),
    ),
    Form(
        "15c", "a newly hired head has a certificate or two years of practice",
        measure("certified", YES_NO, of="home") + measure("practice", "unit: 年", of="home"),
        "each: home\nholds: certified or practice >= 2 年\ndue: throughout",
        homes({"certified": "no", "practice": "2 年"}),
        homes({"certified": "no", "practice": "1.9 年"}), homes({"certified": "no"}),
    ),
    Form(
        "16a", "strictly more than 60 %",
        measure("rate", PERCENT), "measure: rate\nmore_than: 60 %\ndue: 2025",
        sheet_text("rate: 60.0001 %"), sheet_text("rate: 60 %"), sheet_text(),
    ),
    Form(
        "16b", "not one serious accident",
        measure("accidents", "unit: 次"), "measure: accidents\nexactly: 0 次\ndue: throughout",
        sheet_text("accidents: 0 次"), sheet_text("accidents: 1 次"), sheet_text("accidents: {absent: late}"),
    ),
    Form(
        "17a", "0.28 万人 are trained",
        measure("people", "unit: 人"), "measure: people\nat_least: 0.28 万人\ndue: 2025",
        sheet_text("people: 2,800人"), sheet_text("people: 2799 人"), sheet_text(),
    ),
    Form(
        "17b", "a cemetery of 90 亩",
        measure("land", "unit: 平方米"), "measure: land\nexactly: 90 亩\ndue: 2025",
        sheet_text("land: 6 公顷"), sheet_text("land: 59999.99 平方米"), sheet_text(),
    ),
    Form(
        "17c", "nine beds for a thousand residents",
        measure("beds") + measure("population", "unit: 万人"),
        "measure: beds / population\nat_least: 9 张/千人\ndue: 2025",
        sheet_text("beds: 3150 张\npopulation: 35 万人"),
        sheet_text("beds: 3149 张\npopulation: 35 万人"), sheet_text("beds: 3150 张"),
    ),
    Form(
        "17d", "1.2 亿元 are spent",
        measure("spent", "unit: 万元"), "measure: spent\nat_least: 1.2 亿元\ndue: 2025",
        sheet_text("spent: 12000 万元"), sheet_text("spent: 11999.99 万元"), sheet_text("spent: {absent: suppressed}"),
    ),
]  # fmt: skip

CASES = [
    pytest.param(form, expected, sheets, id=f"{form.number}-{form.sentence}-{expected}".replace(" ", "_"))
    for form in FORMS
    for expected, sheets in zip(OUTCOMES, form[4:], strict=True)
]


def judged(tmp_path: Path, measures: str, keys: str, *sheets: str, rest: str = "") -> Result:
    """Judge one commitment `c` by sheets."""
    return judge(make_plan(measures, commitment("c", keys), rest), tmp_path, *sheets)


@pytest.mark.parametrize(("form", "expected", "sheets"), CASES)
def test_form(tmp_path: Path, form: Form, expected: str, sheets: str | tuple[str, ...]) -> None:
    """Every form can be met, can be missed, and is undetermined where the figure that decides is missing."""
    result = judged(tmp_path, form.measures, form.keys, *([sheets] if isinstance(sheets, str) else sheets))
    finding = one(result)
    assert expected == finding.verdict
    unlisted = any(population.unlisted for population in finding.populations)
    assert (expected == "undetermined") == bool(finding.missing or unlisted)


def test_every_form_is_here() -> None:
    """The table above holds each of the forms 1 to 17; the forms 18 to 22 have tests of their own."""
    numbers = {int(form.number.rstrip("abcd")) for form in FORMS}
    assert set(range(1, 18)) == numbers


@pytest.mark.parametrize(("year", "beds", "expected"), [
    (2021, 150, "on_track"), (2021, 149, "behind"), (2022, 300, "met"), (2022, 299, "shortfall"),
    (2023, 367, "on_track"), (2023, 366, "behind"), (2024, 434, "on_track"), (2024, 433, "behind"),
    (2025, 300, "shortfall"), (2025, 500, "met"),
])  # fmt: skip
def test_staged_path(tmp_path: Path, year: int, beds: int, expected: str) -> None:
    """Between two stages the pace is measured from stage to stage: 366 2/3 beds are expected in 2023."""
    keys = "measure: family_beds\nstaged: [{year: 2022, at_least: 300 张}, {year: 2025, at_least: 500 张}]"
    sheet = sheet_text(f"family_beds: {beds} 张", year=year)
    finding = one(judged(tmp_path, measure("family_beds", "unit: 张, baseline: 0 张"), keys, sheet))
    assert expected == finding.verdict
    if year == 2023:
        assert Fraction(1100, 3) == finding.targets[0].expected


def test_every_year_alone(tmp_path: Path) -> None:
    """Twenty-five model communities in one year are not five a year."""
    plan = make_plan(measure("models", "unit: 个"), commitment("c", "measure: models\nat_least: 5 个\ndue: every_year"))
    sheets = years("models", "25 个", "0 个", "5 个")
    found = [one(judge(plan, tmp_path, *sheets, year=year)).verdict for year in (2021, 2022, 2023)]
    assert ["met", "shortfall", "met"] == found


def test_beds_are_whole(tmp_path: Path) -> None:
    """Two per cent of thirty beds is one bed: six tenths of a bed cannot be reserved."""
    measures = BEDS + measure("reserved_beds", of="home")
    keys = "each: home\nmeasure: reserved_beds / beds\nat_least: 2 %\ndue: throughout"
    finding = one(judged(tmp_path, measures, keys, homes({"beds": "30 张", "reserved_beds": "0 张"})))
    assert ("shortfall", 1, "张") == (finding.verdict, finding.whole_gap, finding.whole_unit)
    finding = one(judged(tmp_path, measures, keys, homes({"beds": "30 张", "reserved_beds": "1 张"})))
    assert ("met", 0) == (finding.verdict, finding.whole_gap)


def test_undecided_condition_that_does_not_matter(tmp_path: Path) -> None:
    """A home with 90 % satisfaction keeps the rule whether or not anybody knows of its subsidy."""
    measures = measure("satisfaction", PERCENT, of="home") + measure("subsidised", YES_NO, of="home")
    keys = "each: home\nholds: not (satisfaction < 85 % and subsidised)\ndue: throughout"
    assert "met" == one(judged(tmp_path, measures, keys, homes({"satisfaction": "90 %"}))).verdict


@pytest.mark.parametrize(("satisfaction", "followed"), [("84.99 %", ["甲"]), ("85 %", []), ("", [])])
def test_condition_and_consequence(tmp_path: Path, satisfaction: str, followed: list[str]) -> None:
    """Below 85 % the subsidy is cancelled; at 85 %, or without a figure, nothing follows."""
    rest = """\
    consequences:
      - {id: subsidy-cancelled, title: {zh: 取消补贴, en: Cancelled}, level: sanction, when: [{commitment: c}]}
    """
    keys = "each: home\nmeasure: satisfaction\nat_least: 85 %\ndue: every_year"
    sheet = homes({"satisfaction": satisfaction} if satisfaction else {})
    result = judged(tmp_path, measure("satisfaction", PERCENT, of="home"), keys, sheet, rest=rest)
    assert followed == [f.subject for f in result.followed if f.rule == "subsidy-cancelled"]


def test_each_town_has_a_centre(tmp_path: Path) -> None:
    """Town by town, one without a centre falls short; one that is not listed has none if all centres are listed elsewhere."""
    listed = subject("town", "东") + subject("town", "西") + subject("centre", "东心", "东")
    keys = "each: town\nmeasure: count(centre)\nat_least: 1 个\ndue: 2025"
    for register, expected in (("complete", "shortfall"), ("2", "undetermined")):
        sheet = sheet_text(subjects=listed, registers=f"centre: {register}")
        found = verdicts(judged(tmp_path, "", keys, sheet))
        assert {("c", "东"): "met", ("c", "西"): expected, ("c", ""): expected} == found


def test_three_shares_differ(tmp_path: Path) -> None:
    """Share of homes, own share and pooled share of the same facts give three different answers."""
    measures = BEDS + measure("reserved_beds", of="home")
    promises = (
        commitment("of-homes", "measure: share(reserved_beds / beds >= 2 % of home)\nat_least: 60 %\ndue: 2025")
        + commitment("pooled", "measure: sum(reserved_beds of home) / sum(beds of home)\nat_least: 2 %\ndue: 2025")
        + commitment("own", "each: home\nmeasure: reserved_beds / beds\nat_least: 2 %\ndue: 2025")
    )
    sheet = homes(
        {"beds": "400 张", "reserved_beds": "20 张"}, {"beds": "100 张", "reserved_beds": "0 张"}
    )  # fmt: skip
    result = judge(make_plan(measures, promises), tmp_path, sheet)
    expected = {
        ("of-homes", "某区"): "shortfall", ("pooled", "某区"): "met", ("own", "甲"): "met", ("own", "乙"): "shortfall",
    }  # fmt: skip
    assert expected == verdicts(result)
    actual = {(f.commitment.id, f.subject): f.actual for f in result.findings()}
    assert (Fraction(1, 2), Fraction(4, 100)) == (actual["of-homes", "某区"], actual["pooled", "某区"])


@pytest.mark.parametrize(("count", "expected"), [(0, "shortfall"), (1, "met"), (2, "met"), (3, "shortfall")])
def test_range_holds_at_both_ends(tmp_path: Path, count: int, expected: str) -> None:
    """One to two includes one and two, and neither none nor three."""
    keys = "measure: count(home where stars = four)\nbetween: [1 个, 2 个]\ndue: 2025"
    sheet = homes(*[{"stars": "four"}] * count, {"stars": "one"})
    assert expected == one(judged(tmp_path, measure("stars", "ladder: rating", of="home"), keys, sheet)).verdict


def test_net_change_is_not_newly_founded(tmp_path: Path) -> None:
    """Four hundred were founded and a hundred dissolved: newly founded is met, the net change is not."""
    measures = measure("orgs", "unit: 家, baseline: 2369 家") + measure("founded", "unit: 家")
    promises = commitment("net", "measure: change(orgs)\nat_least: 400 家\ndue: 2022")
    promises += commitment("new", "measure: total(founded)\nat_least: 400 家\ndue: 2022")
    promises += commitment("target", "measure: orgs\nat_least: baseline(orgs) + 400 家\ndue: 2022")
    sheets = [sheet_text(f"orgs: {n} 家\nfounded: 200 家", year=y) for y, n in ((2021, 2500), (2022, 2669))]
    found = verdicts(judge(make_plan(measures, promises), tmp_path, *sheets))
    assert {"net": "shortfall", "new": "met", "target": "shortfall"} == {name: v for (name, _), v in found.items()}


DIRECTIONS = {  # verdicts for one less, the same, one more
    "increase": ("shortfall", "shortfall", "met"),
    "decrease": ("met", "shortfall", "shortfall"),
    "no_increase": ("met", "met", "shortfall"),
    "no_decrease": ("shortfall", "met", "met"),
    "maintain": ("shortfall", "met", "shortfall"),
}


@pytest.mark.parametrize("against", ["baseline", "last_year"])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_direction(tmp_path: Path, direction: str, against: str) -> None:
    """A direction is judged against the baseline year or the year before, and equality is on one side of it."""
    keys = f"measure: places\ndirection: {direction}\nagainst: {against}\ndue: every_year"
    plan = make_plan(measure("places", "unit: 处"), commitment("c", keys))
    baseline, last = (10, 99) if against == "baseline" else (99, 10)
    before = [sheet_text(f"places: {n} 处", year=y) for y, n in ((2020, baseline), (2022, last))]
    found = [one(judge(plan, tmp_path, *before, sheet_text(f"places: {n} 处", year=2023))).verdict for n in (9, 10, 11)]
    assert DIRECTIONS[direction] == tuple(found)
    other = before[against == "baseline"]  # only the year that does not matter
    assert "undetermined" == one(judge(plan, tmp_path, other, sheet_text("places: 10 处", year=2023))).verdict


@pytest.mark.parametrize(("growth", "expected"), [
    ("4 %", "met"), ("3.99 %", "shortfall"), ("6 %", "met"), ("6.01 %", "shortfall"), ("-1 %", "shortfall"),
])  # fmt: skip
def test_in_step_is_percentage_points(tmp_path: Path, growth: str, expected: str) -> None:
    """A tolerance of one point around 5 % is 4 % to 6 %, not 4.95 % to 5.05 %."""
    measures = measure("income_growth", GROWTH) + measure("gdp_growth", GROWTH)
    keys = "measure: income_growth\nbetween: [gdp_growth - 1 百分点, gdp_growth + 1 百分点]\ndue: every_year"
    sheet = sheet_text(f"income_growth: {growth}\ngdp_growth: 5 %")
    assert expected == one(judged(tmp_path, measures, keys, sheet)).verdict


def test_two_parts_both_needed(tmp_path: Path) -> None:
    """A part that certainly falls short decides, whatever the other part is."""
    measures = measure("fund", "ladder: deliverable") + measure("regulation", "ladder: deliverable")
    keys = "holds: fund >= in_force and regulation >= issued\ndue: 2025"
    assert "shortfall" == one(judged(tmp_path, measures, keys, sheet_text("fund: drafted"))).verdict


@pytest.mark.parametrize(("certified", "practice", "expected"), [
    ("yes", "0 年", "met"), ("no", "2 年", "met"), ("yes", "", "met"), ("", "2 年", "met"), ("no", "1 年", "shortfall"),
])  # fmt: skip
def test_either_qualifies(tmp_path: Path, certified: str, practice: str, expected: str) -> None:
    """A certificate or two years of practice: one is enough, and then the other need not be known."""
    measures = measure("certified", YES_NO, of="home") + measure("practice", "unit: 年", of="home")
    facts = {k: v for k, v in (("certified", certified), ("practice", practice)) if v}
    keys = "each: home\nholds: certified or practice >= 2 年\ndue: throughout"
    assert expected == one(judged(tmp_path, measures, keys, homes(facts))).verdict


def test_nobody_in_need_is_not_applicable(tmp_path: Path) -> None:
    """Where nobody needs it, and where no new home exists, nothing is met."""
    measures = BEDS + measure("is_new", YES_NO, of="home")
    measures += measure("needing", "unit: 人") + measure("cared_for", "unit: 人")
    promises = commitment("care", "measure: cared_for / needing\nat_least: 100 %\ndue: every_year")
    promises += commitment("new", "each: home\nwhere: is_new\nmeasure: beds\nat_least: 50 张\ndue: throughout")
    sheet = homes({"is_new": "no", "beds": "60 张"}) + "facts: {needing: 0 人, cared_for: 0 人}\n"
    assert {"not_applicable"} == set(verdicts(judge(make_plan(measures, promises), tmp_path, sheet)).values())


@pytest.mark.parametrize(("key", "below", "equal", "above"), [
    ("more_than", "shortfall", "shortfall", "met"), ("at_least", "shortfall", "met", "met"),
    ("less_than", "met", "shortfall", "shortfall"), ("at_most", "met", "met", "shortfall"),
    ("exactly", "shortfall", "met", "shortfall"),
])  # fmt: skip
def test_comparators_at_equality(tmp_path: Path, key: str, below: str, equal: str, above: str) -> None:
    """Only at the target itself do strict and other comparators differ."""
    plan = make_plan(measure("rate", PERCENT), commitment("c", f"measure: rate\n{key}: 74.47 %\ndue: 2025"))
    found = [one(judge(plan, tmp_path, sheet_text(f"rate: {v} %"))).verdict for v in ("74.469", "74.47", "74.471")]
    assert [below, equal, above] == found


@pytest.mark.parametrize("facts", ["c_beds: 500 张", "c_beds: 0 张", ""], ids=["met", "not-met", "missing"])
def test_manual_clause(tmp_path: Path, facts: str) -> None:
    """A manual clause is listed and never judged, whatever is reported."""
    promises = commitment("by-hand", "manual: true") + commitment("c", "measure: c_beds\nat_least: 1 张\ndue: 2025")
    result = judge(make_plan(measure("c_beds"), promises), tmp_path, sheet_text(facts))
    assert ["by-hand"] == [c.id for c in result.manual]
    assert {("c", "某区")} == set(verdicts(result))


@pytest.mark.parametrize(("facts", "verdict", "severities"), [
    ("beds: 500 张", "met", (0, 0, 0)), ("beds: 499 张", "shortfall", (3, 2, 2)), ("", "undetermined", (0, 0, 0)),
])  # fmt: skip
def test_nature_sets_severity(tmp_path: Path, facts: str, verdict: str, severities: tuple[int, ...]) -> None:
    """The nature of a commitment never changes its verdict, only how grave a shortfall is."""
    natures = ("binding", "anticipatory", "unstated")
    keys = "measure: beds\nat_least: 500 张\ndue: 2025\nstrength: strive\nnature: "
    plan = make_plan(measure("beds"), "".join(commitment(nature, keys + nature) for nature in natures))
    findings = list(judge(plan, tmp_path, sheet_text(facts)).findings())
    assert [(verdict, severity) for severity in severities] == [(f.verdict, f.severity) for f in findings]
    assert {"strive"} == {f.commitment.strength for f in findings}


@pytest.mark.parametrize(("facts", "expected"), [
    ("beds: 150 张", ("met", "met")), ("beds: 120 张", ("shortfall", "met")), ("beds: 99 张", ("shortfall", "shortfall")),
    ("", ("undetermined", "undetermined")),
])  # fmt: skip
def test_said_twice(tmp_path: Path, facts: str, expected: tuple[str, str]) -> None:
    """The same promise said twice with different figures is judged twice, linked, with the chosen reading kept."""
    table = "measure: beds\nat_least: 150 张\ndue: 2025\nreading: {chosen: 表中150张, other: 正文100张, why: 表为准}"
    text = "measure: beds\nat_least: 100 张\ndue: 2025\nsame_as: in-table"
    plan = make_plan(measure("beds"), commitment("in-table", table) + commitment("in-text", text))
    assert expected == tuple(verdicts(judge(plan, tmp_path, sheet_text(facts))).values())
    reading = plan.commitments["in-table"].reading
    assert reading
    assert reading.other
    assert "in-table" == plan.commitments["in-text"].same_as
    assert ("表中150张", "正文100张", "表为准") == (reading.chosen, reading.other.says, reading.why)


AMENDED = """\
amendments:
  - id: revision-2023
    effective: 2023-07-01
    authority: 区人民政府
    changes: [{commitment: c, at_least: 85 %}]
  - {id: repeal, effective: 2025-06-01, authority: 区人民政府, changes: [{commitment: gone, withdrawn: true}]}
"""


def amended_plan() -> Plan:
    """Return a plan whose target rises in 2023 and of which one commitment is withdrawn in 2025."""
    promises = "".join(commitment(name, "measure: rate\nat_least: 80 %\ndue: 2025") for name in ("c", "gone"))
    return make_plan(measure("rate", PERCENT), promises, AMENDED)


@pytest.mark.parametrize(("rate", "before", "after"), [
    ("rate: 90 %", "met", "met"), ("rate: 84.99 %", "met", "shortfall"), ("rate: 79 %", "shortfall", "shortfall"),
    ("", "undetermined", "undetermined"),
])  # fmt: skip
def test_amendment(tmp_path: Path, rate: str, before: str, after: str) -> None:
    """A target is the old one up to the day before an amendment is in force, and the new one from that day on."""
    plan = amended_plan()
    path = tmp_path / "s.facts.yaml"
    path.write_text(sheet_text(rate), encoding="utf-8")
    facts = read_facts(path, plan)
    found = [verdicts(check(plan, facts, as_of=day))["c", "某区"] for day in (date(2023, 6, 30), date(2023, 7, 1))]
    assert [before, after] == found


def test_withdrawn_commitment(tmp_path: Path) -> None:
    """A withdrawn commitment is judged up to the day before, and not at all afterwards."""
    plan = amended_plan()
    path = tmp_path / "s.facts.yaml"
    path.write_text(sheet_text("rate: 79 %"), encoding="utf-8")
    before, after = (check(plan, read_facts(path, plan), as_of=day) for day in (date(2025, 5, 31), date(2025, 6, 1)))
    assert ({"c", "gone"}, {"c"}) == (set(before.table["commitment"]), set(after.table["commitment"]))
    assert (("revision-2023",), ("revision-2023", "repeal")) == (before.plan.amended, after.plan.amended)


@pytest.mark.parametrize(("day", "code"), [("2023-06-30", 0), ("2023-07-01", 1), ("01.07.2023", 2)])
def test_as_of_on_the_command_line(tmp_path: Path, day: str, code: int) -> None:
    """The command judges by the text in force on the day that --as-of names, and refuses what is no day."""
    plan, sheet = tmp_path / "p.plan.yaml", tmp_path / "s.facts.yaml"
    promise = commitment("c", "measure: rate\nat_least: 80 %\ndue: 2025")
    only_first = AMENDED.splitlines(keepends=True)[:5]
    plan.write_text(plan_text(measure("rate", PERCENT), promise, "".join(only_first)), encoding="utf-8")
    sheet.write_text(sheet_text("rate: 82 %"), encoding="utf-8")
    result = CliRunner().invoke(main, ["check", str(plan), str(sheet), "--as-of", day])
    assert code == result.exit_code, result.output


def waiver(name: str = "甲", year: int = 2025, expires: str = "2026-03-31") -> str:
    """Return a plan's waivers: one, of the reserve of beds."""
    keys = f"commitment: c, subject: {name}, year: {year}, reason: 改造, authority: 区民政局, expires: {expires}"
    return f"waivers:\n  - {{{keys}}}\n"


@pytest.mark.parametrize(("beds", "rest", "expected", "states"), [
    ("49 张", waiver(), "waived", ["used"]),
    ("49 张", waiver(expires="2025-12-31"), "waived", ["used"]),  # the last day still counts
    ("49 张", waiver(expires="2025-12-30"), "shortfall", ["expired"]),
    ("49 张", waiver(year=2024), "shortfall", []),
    ("49 张", waiver(name="乙"), "shortfall", ["unmatched"]),
    ("50 张", waiver(), "met", ["unused"]),
    ("", waiver(), "undetermined", ["unused"]),
])  # fmt: skip
def test_waiver(tmp_path: Path, beds: str, rest: str, expected: str, states: list[str]) -> None:
    """A waiver excuses a shortfall of its own subject and year until it expires; what is met or unknown it leaves alone."""
    sheet = homes({"beds": beds} if beds else {})
    result = judged(tmp_path, BEDS, "each: home\nmeasure: beds\nat_least: 50 张\ndue: every_year", sheet, rest=rest)
    finding = one(result)
    assert expected == finding.verdict
    assert states == [note.state for note in result.waivers]
    assert ("shortfall" if expected == "waived" else None) == finding.waived_from
    assert (int(expected == "waived"), int(expected == "met")) == (result.counts()["waived"], result.counts()["met"])
