"""The shipped plans and sample sheets: they load, stand on their documents, hold the published figures, and judge."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
import yaml
from click.testing import CliRunner
from dabiao import check, load_plan, read_facts
from dabiao.base.problems import Problems
from dabiao.base.quantities import parse_quantity
from dabiao.cli import main
from dabiao.engine.results import VERDICTS, Result
from dabiao.rules.documents import Document, verify
from dabiao.rules.load import find_shipped_plans, load_waivers
from dabiao.rules.model import Commitment
from helpers import ROOT, SHARED, own_facts

SAMPLES = ROOT / "facts" / "samples"
SEEDS = SHARED / "seeds"
PLANS = ("chaoyang", "daxing", "example", "tongzhou", "yanan", "yanqing")
REAL = tuple(name for name in PLANS if name != "example")


def sheets() -> list[Path]:
    """Return every sample sheet: files, and folders of CSV files."""
    return sorted([*SAMPLES.glob("*.facts.yaml"), *(p.parent for p in SAMPLES.glob("*/sheet.facts.yaml"))])


def plan_of(sheet: Path) -> str:
    """Return the plan a sample sheet answers to, by its file name."""
    return sheet.name.partition("-")[0]


def judged(*names: str, year: int = 2023, waivers: str = "") -> Result:
    """Judge sample sheets by name, all of one plan."""
    plan = load_plan(plan_of(Path(names[0])))
    if waivers:
        plan = plan.with_waivers(load_waivers(SAMPLES / waivers, plan))
    return check(plan, read_facts([SAMPLES / name for name in names], plan), year=year)


def yanqing() -> Result:
    """Judge Yanqing's made-up year 2023."""
    return judged("yanqing-2023", "yanqing-2020.facts.yaml", waivers="yanqing-2023.waivers.yaml")


def tongzhou() -> Result:
    """Judge Tongzhou's made-up year 2023."""
    return judged("tongzhou-2023", "tongzhou-2020.facts.yaml", waivers="tongzhou-2023.waivers.yaml")


def example() -> Result:
    """Judge the example."""
    return judged("example-2023.facts.yaml")


def subjects(result: Result, name: str, verdict: str) -> set[str]:
    """Return the subjects for which a commitment has a verdict."""
    rows = result.table.select("commitment", "subject", "verdict").iter_rows()
    return {subject for commitment, subject, found in rows if (commitment, found) == (name, verdict)}


def followed(result: Result) -> set[tuple[str, str]]:
    """Return the consequences and the subjects they fall on."""
    return {(f.rule, f.subject) for f in result.followed}


def exact(text: str) -> Fraction:
    """Return a figure in base units."""
    quantity = parse_quantity(text)
    assert quantity.unit is not None, f"{text} has no unit"
    return quantity.number * quantity.unit.factor


# the plans


def test_the_shipped_plans_are_these() -> None:
    """Five real plans and one example are shipped."""
    assert list(PLANS) == list(find_shipped_plans())


@pytest.mark.parametrize("name", PLANS)
def test_every_plan_is_linted_clean(name: str) -> None:
    """Every shipped plan loads without an error; what lint finds odd in a document is a warning."""
    result = CliRunner().invoke(main, ["lint", name, "--lang", "en"])
    assert (0, []) == (result.exit_code, [line for line in result.stderr.splitlines() if ": warning: " not in line])
    assert "no errors" in result.stdout


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the plan documents are not beside the project")
@pytest.mark.parametrize("name", REAL)
def test_every_citation_stands_in_its_document(name: str) -> None:
    """Every cited phrase stands in its section, and every promising sentence is cited or left out with a reason."""
    plan = load_plan(name)
    problems = Problems()
    coverage = verify(plan, Document.read(SEEDS / str(plan.document.file)), problems)
    assert [] == [problem.text("en") for problem in problems.found]
    assert [] == [sentence.text for sentence in coverage.open]
    assert 50 < coverage.promising


@pytest.mark.parametrize("name", PLANS)
def test_every_commitment_has_a_citation_and_both_titles(name: str) -> None:
    """Every commitment cites a section and a phrase, and has a Chinese and an English title."""
    for c in load_plan(name).commitments.values():
        assert c.cite.section.strip(), c.id
        assert c.cite.phrase.strip(), c.id
        assert re.search(r"[\u4e00-\u9fff]", c.title.zh), c.id
        assert re.search(r"[A-Za-z]", c.title.en), c.id
        assert not re.search(r"[\u4e00-\u9fff]", c.title.en), c.id


@pytest.mark.parametrize("name", PLANS)
def test_a_same_promise_is_linked_to_a_commitment_that_is_judged(name: str) -> None:
    """A commitment that states a promise again never stands for one that nobody judges, nor for itself by a ring."""
    plan = load_plan(name)
    for c in plan.commitments.values():
        seen, other = {c.id}, c.same_as
        while other:
            assert other not in seen, c.id
            seen.add(other)
            target = plan.commitments[other]
            assert not target.manual, c.id
            other = target.same_as


def test_the_example_says_that_it_is_none_of_the_real_plans() -> None:
    """The example is marked as made up, in its title and its document, in both languages."""
    plan = load_plan("example")
    for text in (plan.title, plan.document.title):
        assert "虚构" in text.zh
        assert "made up" in text.en
    assert plan.document.file is None
    assert 15 <= len(plan.commitments) <= 20


def test_the_example_shows_every_feature() -> None:
    """Each key of the plan language that a small plan can show is written in the example."""
    plan = load_plan("example")
    for form, needed in ((plan.original.commitments, _COMMITMENT_KEYS), (plan.original.measures, _MEASURE_KEYS)):
        shown = {key for item in form for key in (item.node.mapping if item.node and item.node.mapping else {})}
        assert needed <= shown, needed - shown
    assert {"year", "every_year", "throughout", "after"} == {c.due.kind for c in plan.commitments.values() if c.due}
    text = find_shipped_plans()["example"].read_text(encoding="utf-8")
    for word in ("count(", "sum(", "share(", "average(", "total(", "last(", "change("):
        assert word in text, word
    assert {"alert", "sanction", "status"} == {rule.level for rule in plan.consequences.values()}
    assert plan.amendments and plan.waivers and plan.left_out


_COMMITMENT_KEYS = {
    "chapter", "cite", "each", "where", "measure", "holds", "at_least", "exactly", "between", "direction", "against", "staged", "baseline", "due",
    "implied", "unit", "pace", "nature", "strength", "duty", "same_as", "reading", "manual", "note",
}  # fmt: skip
_MEASURE_KEYS = {
    "of", "unit", "ladder", "options", "yes_no", "formula", "baseline", "min", "max", "signed", "whole", "definition",
}  # fmt: skip


# the published tables

YANQING = {  # 行: commitment, measure, 2020年, 2025年
    1: ("centralised-support", "centralised_support_rate", "52.38 %", "100 %"),
    2: ("relief-beds", "relief_beds", "50 张", "50 张"),
    3: ("beds-per-thousand", "beds_per_thousand", "10.4 张/千人", "11 张/千人"),
    4: ("care-centres", "care_centres", "9 家", "16 家"),
    5: ("care-stations", "care_stations", "20 家", "30 家"),
    6: ("carers-per-ten-thousand", "carers_per_ten_thousand", "40 名/万人", "50 名/万人"),
    7: ("mental-health-beds", "mental_health_beds", "0 张", "100 张"),
    8: ("rehab-towns", "rehab_town_share", "11.1 %", "80 %"),
    9: ("child-beds-per-ten-thousand", "child_beds_per_ten_thousand", "0 张/万人", "15 张/万人"),
    10: ("child-institutions", "child_institutions", "0 所", "1 所"),
    11: ("secretary-studios", "secretary_studios", "2 个", "7 个"),
    12: ("direct-election", "direct_election_share", "74.47 %", "80 %"),
    13: ("block-demo-sites", "block_demo_sites", "6 个", "20 个"),
    14: ("committee-adjustments", "", "", "100 %"),  # 应调尽调
    15: ("local-workers-each-community", "local_worker_share", "40 %", "50 %"),
    16: ("federation-coverage", "federation_coverage", "16.7 %", "100 %"),
    17: ("community-orgs", "community_orgs", "2300 家", "3800 家"),
    18: ("social-work-agencies", "social_work_agencies", "11 家", "20 家"),
    19: ("social-workers", "social_workers", "500 人", "1000 人"),
    20: ("certified-social-workers", "certified_social_workers", "400 人", "500 人"),
    21: ("volunteer-share", "volunteer_share", "21 %", "21.5 %"),
    22: ("volunteer-stations", "volunteer_station_coverage", "40 %", "80 %"),
    23: ("eco-burial", "eco_burial_rate", "50 %", "60 %"),
    24: ("cemetery-coverage", "cemetery_coverage", "47 %", "100 %"),
    25: ("charity-stations", "charity_station_coverage", "0 %", "5 %"),
    26: ("psych-coverage", "psych_service_coverage", "40 %", "100 %"),
    27: ("psych-centres", "psych_centres", "6 个", "18 个"),
}


def target(c: Commitment) -> tuple[str, Fraction | None]:
    """Return the comparator and target of a commitment with one bound."""
    (bound,) = c.bounds
    return bound.operator, bound.target.form.number


@pytest.mark.parametrize("row", YANQING)
def test_yanqings_table_row_has_its_published_figures(row: int) -> None:
    """The commitment of a row has the baseline of 2020 and the target of 2025 that the document prints."""
    name, measure, baseline, due = YANQING[row]
    plan = load_plan("yanqing")
    c = plan.commitments[name]
    assert f"第二部分 三 行{row}" == c.cite.section
    assert (">=", exact(due)) == target(c)
    assert c.due is not None
    assert 2025 == c.due.year
    if baseline:
        assert c.baseline is not None
        assert exact(baseline) == c.baseline.number
        assert exact(baseline) == plan.measures["district", measure].baseline
        assert plan.measures["district", measure].formula is None


def test_every_row_of_yanqings_table_is_there_once() -> None:
    """Each of the 27 rows has one commitment on the reported figure; row 8 is also judged over the register."""
    plan = load_plan("yanqing")
    rows = Counter(
        c.cite.section for c in plan.commitments.values() if re.fullmatch(r"第二部分 三 行\d+", c.cite.section)
    )
    assert {f"第二部分 三 行{row}": 2 if row == 8 else 1 for row in YANQING} == dict(rows)
    assert "rehab-towns" == plan.commitments["rehab-towns-register"].same_as


@pytest.mark.parametrize("row", [row for row, (_, _, baseline, _) in YANQING.items() if baseline])
def test_yanqings_sheet_of_2020_reports_the_whole_column(row: int) -> None:
    """The sheet of 2020 reports the printed value of each row, from that row."""
    _, measure, baseline, _ = YANQING[row]
    (sheet,) = read_facts(SAMPLES / "yanqing-2020.facts.yaml", load_plan("yanqing")).sheets
    fact = own_facts(sheet)[measure]
    assert exact(baseline) == fact.value
    text = (SAMPLES / "yanqing-2020.facts.yaml").read_text(encoding="utf-8").splitlines()[fact.location.line - 1 :]
    assert f"第二部分 三 行{row}," in " ".join(text[:3])


def test_the_registers_reading_is_kept_beside_the_reported_share() -> None:
    """Three shares over towns are judged twice: as reported, and by the towns themselves."""
    plan = load_plan("yanqing")
    for name, other in (
        ("rehab-towns-register", "rehab-towns"), ("federation-coverage-text", "federation-coverage"), ("cemetery-coverage-text", "cemetery-coverage"),
    ):  # fmt: skip
        c = plan.commitments[name]
        assert c.value is not None
        assert c.value.text.startswith("share(")
        assert other == c.same_as
        assert target(plan.commitments[other]) == target(c)
        assert plan.commitments[other].baseline == c.baseline


TONGZHOU = {  # (表, 行): the printed words, and what they demand: a least value, a least step, or the parts that must all hold
    (2, 1): ("千人养老床位数(张) 7", "7 张/千人"),
    (2, 2): ("养老机构床位总数(张) 12180", "12180 张"),
    (2, 3): ("家庭养老床位数(张) 500", "500 张"),
    (2, 4): ("社区养老服务驿站/农村幸福晚年驿站(个) 220", "220 个"),
    (2, 5): ("养老照料中心(个) 22", "22 个"),
    (2, 6): ("公办民营在公办养老机构占比 65%", "65 %"),
    (2, 7): ("社会投入与兴办养老机构占比 60%", "60 %"),
    (2, 8): ("养老机构失能失智老年人入住率 50%", "50 %"),
    (2, 9): ("公办养老机构医养结合覆盖率 100%", "100 %"),
    (2, 10): ("照护型床位比重 60%", "60 %"),
    (2, 11): ("养老机构内养老护理人员数与入住需帮助老年人比例 1:07", "1:7"),
    (2, 12): ("养老机构内养老护理员人数与入住需照护老年人比例 1:04", "1:4"),
    (2, 13): ("参与公益活动老年人比例 15%", "15 %"),
    (2, 14): ("经常参加文体活动老年人比例 60%", "60 %"),
    (2, 15): ("农村邻里互助点(个) 100", "100 个"),
    (2, 16): ("城乡老年友好宜居环境示范社区(个) 50", "50 个"),
    (3, 1): ("区级养老院 建成运营 1个,29786.79平方米", {"district_home >= operating", "district_home_area >= 29786.79 平方米"}),
    (3, 2): ("区养老指挥中心 建立 1", "built"),
    (3, 3): ("儿童福利服务指导中心 改造升级 1", {"child_guidance_centres >= 1 个", "child_guidance_upgrade >= built"}),
    (3, 4): ("精神残疾康复床位 协同设置 100", "100 张"),
    (3, 5): ("智障人员服务床位 协同设置 100", "100 张"),
    (3, 6): ("区级社区服务中心 改造 1", {"district_service_centres >= 1 个", "district_service_centre_renovation >= built"}),
    (3, 7): (
        "5A级婚姻登记中心 升级改造 1",
        {"marriage_registries >= 1 个", "marriage_centre_upgrade >= built", "marriage_centre_grade >= five_a"},
    ),
    (3, 8): ("婚姻登记分中心 筹划", "planned"),
    (3, 9): ("精神卫生康复机构 筹划 1", {"mental_rehab_institutions >= 1 个", "mental_rehab_project >= planned"}),
    (3, 10): ("殡仪馆 迁建 1", "built"),
    (3, 11): (
        "墓园烈士陵园;回民墓园 筹划 11",
        {
            "martyrs_cemeteries >= 1 个", "hui_cemeteries >= 1 个",
            "martyrs_cemetery_project >= planned", "hui_cemetery_project >= planned",
        },
    ),
    (3, 12): ("区社会组织孵化基地 完善 1", {"district_incubators >= 1 个", "district_incubator_upgrade >= built"}),
    (3, 13): ("区救助站 新建 1", {"rescue_stations >= 1 个", "rescue_station >= built"}),
    (4, 1): ("养老院 补齐 乡镇全覆盖", "100 %"),
    (4, 2): ("照料中心 补齐 街道全覆盖", "100 %"),
    (4, 3): ("儿童福利服务中心 补齐 乡镇街道全覆盖", "100 %"),
    (4, 4): ("镇级公益性墓园 建设 9", "9 个"),
    (4, 5): ("社会组织孵化基地 补齐 乡镇街道全覆盖", "100 %"),
    (4, 6): ("慈善捐助点 设立 6", "6 个"),
    (4, 7): ("临时救助服务点 补齐 乡镇街道全覆盖", "100 %"),
    (5, 1): ("社区养老驿站 补齐 街道全覆盖", "100 %"),  # of the communities of the streets
    (5, 2): ("幸福晚年驿站 补齐 乡镇全覆盖", "100 %"),  # of the villages of the townships
    (5, 3): ("儿童之家 改造提升 村居", "100 %"),
    (5, 4): ("社区管理服务用房 达标 街道全达标", "100 %"),
    (5, 5): ("村管理服务空间 达标 乡村全达标", "100 %"),
    (5, 6): ("自然埋葬点 控制 0增长", "no_increase"),
    (5, 7): ("村社社会组织 孵化 每个村社区平均新增2", "2 家"),
    (5, 8): ("慈善捐助点 设立并提升 新增6", "6 个"),
}  # fmt: skip


@pytest.mark.parametrize("place", TONGZHOU)
def test_tongzhous_table_row_has_its_published_target(place: tuple[int, int]) -> None:
    """The commitment of a row cites the printed words and demands the printed figure by 2025."""
    table, row = place
    words, demand = TONGZHOU[place]
    found = [
        c for c in load_plan("tongzhou").commitments.values()
        if c.cite.section.endswith(f"表{table} 行{row}") and c.cite.phrase == f"{row} {words}"
    ]  # fmt: skip
    assert 1 == len(found)
    (c,) = found
    assert c.due is not None
    assert 2025 == c.due.year
    if isinstance(demand, set):
        assert c.wording.holds is not None
        assert demand == set(c.wording.holds.text.split(" and "))
    elif demand == "no_increase":
        assert (demand, "baseline") == (c.direction, c.against)
    elif c.steps and c.value and c.value.steps:
        operator, number = target(c)
        assert number is not None
        assert (">=", demand) == (operator, c.steps[int(number)].id)
    else:
        assert (">=", exact(demand)) == target(c)


def test_rows_of_one_table_read_streets_and_townships_alike() -> None:
    """Rows 1, 2 and 4 of table 5 ask for every community of the streets, or every village of the townships."""
    commitments = load_plan("tongzhou").commitments
    streets, townships = (
        "community_sort = urban and town_sort = street",
        "community_sort = village and town_sort = township",
    )
    expected = {
        "t5-community-stations": f"share(care_station of community where {streets})",
        "t5-happy-stations": f"share(happy_station of community where {townships})",
        "t5-management-rooms": f"share(management_rooms_ok of community where {streets})",
    }
    found = {name: commitments[name].value for name in expected}
    assert expected == {name: value and value.written and value.written.text for name, value in found.items()}


# the sample sheets


def test_there_is_a_sample_for_every_plan() -> None:
    """Every shipped plan has at least one sample sheet."""
    assert set(PLANS) == {plan_of(sheet) for sheet in sheets()}


@pytest.mark.parametrize("sheet", sheets(), ids=lambda sheet: sheet.name)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sample_sheet_is_judged(sheet: Path, lang: str) -> None:
    """Every sample sheet reads and is judged and reported in both languages, without an internal error."""
    result = CliRunner().invoke(main, ["check", plan_of(sheet), str(sheet), "--lang", lang])
    assert result.exit_code in (0, 1, 3), result.stderr
    told = result.stderr.splitlines()  # of a year before the plan, that it is one, and nothing else
    assert [f"{sheet}:2:1: "] * len(told) == [line[: len(f"{sheet}:2:1: ")] for line in told]
    assert (int(re.findall(r"\d{4}", sheet.name)[0]) < 2021) == bool(told)
    assert load_plan(plan_of(sheet)).title[lang] in result.stdout.replace("\n", "")


@pytest.mark.parametrize("sheet", sheets(), ids=lambda sheet: sheet.name)
def test_made_up_sheets_say_so(sheet: Path) -> None:
    """A sheet of 2023 is marked as made up, in a key and in words; a sheet of published figures is not."""
    (read,) = read_facts(sheet, load_plan(plan_of(sheet))).sheets
    assert (read.year == 2023) == read.synthetic
    assert read.synthetic == ("虚构" in read.source)


@pytest.mark.parametrize("sheet", [s for s in sheets() if "2023" not in s.name], ids=lambda sheet: sheet.name)
@pytest.mark.skipif(not SEEDS.is_dir(), reason="the plan documents are not beside the project")
def test_published_figures_stand_in_the_document(sheet: Path) -> None:
    """Every figure of a real sheet that cites its document stands there."""
    document = Document.read(SEEDS / str(load_plan(plan_of(sheet)).document.file))
    facts = yaml.safe_load(sheet.read_text(encoding="utf-8"))["facts"]
    phrases = [fact["cite"]["phrase"] for fact in facts.values() if isinstance(fact, dict) and "cite" in fact]
    assert phrases
    assert [] == [phrase for phrase in phrases if not document.find(phrase)]


@pytest.mark.parametrize("judge", [yanqing, tongzhou, example], ids=["yanqing", "tongzhou", "example"])
def test_a_made_up_year_shows_every_verdict(judge: object) -> None:
    """Each made-up year has findings of every verdict, and is marked as made up."""
    result: Result = judge()  # type: ignore[operator]
    counts = result.counts()
    assert [] == [verdict for verdict in VERDICTS if not counts[verdict]]
    assert result.synthetic


@pytest.mark.parametrize("judge", [yanqing, tongzhou], ids=["yanqing", "tongzhou"])
def test_most_findings_of_a_made_up_year_are_decided(judge: object) -> None:
    """Four in five findings lack no figure, so that the report reads like a real one; those that do say which."""
    result: Result = judge()  # type: ignore[operator]
    counts = result.counts()
    assert counts["undetermined"] * 5 < sum(counts.values())
    assert counts["undetermined"] * 3 < sum(
        counts[v] for v in ("met", "early", "shortfall", "on_track", "behind", "waived")
    )
    for finding in result.findings(["undetermined"]):
        assert finding.missing or finding.populations or finding.reason, finding.commitment.id


@pytest.mark.parametrize("name", ["yanqing", "tongzhou"])
def test_most_district_measures_are_filled(name: str) -> None:
    """The made-up sheet fills at least nine in ten of the district's measures; some are absent with a reason, some left out."""
    plan = load_plan(name)
    (sheet,) = read_facts(SAMPLES / f"{name}-2023", plan).sheets
    facts = own_facts(sheet)
    measures = plan.reported("district")
    known = [fact for fact in facts.values() if fact.value is not None]
    assert 0.9 * len(measures) <= len(known) < len(facts) < len(measures)
    assert {"late", "not_collected", "suppressed", "not_applicable"} == {f.absent for f in facts.values() if f.absent}


@pytest.mark.parametrize(("name", "towns", "homes"), [("yanqing", 18, 22), ("tongzhou", 21, 22)])
def test_the_made_up_registers_are_of_the_size_they_should_be(name: str, towns: int, homes: int) -> None:
    """The towns carry real names and the homes made-up ones, and a register is larger than its list."""
    (sheet,) = read_facts(SAMPLES / f"{name}-2023", load_plan(name)).sheets
    names = {part.kind: part.names() for part in sheet.parts}
    assert towns == len(names["town"])
    assert all(re.fullmatch(r"[\u4e00-\u9fff]+(街道|镇|乡)", town) for town in names["town"])
    elderly = [home for home in names["institution"] if home.endswith("养老院")]
    assert homes == len(elderly)
    assert all(home.startswith("示例") for home in names["institution"])
    assert (sheet.registers["community"] or 0) > len(names["community"])


def test_yanqings_year_has_both_consequences() -> None:
    """A private body found taking in children is to be closed down, and every shortfall calls the district to account."""
    result = yanqing()
    assert {("closure", "示例爱心之家"), ("accountability", "延庆区")} == followed(result)
    assert {"示例爱心之家"} == subjects(result, "private-intake-closed", "shortfall")
    (held,) = (f for f in result.followed if f.rule == "accountability")
    short = {(f.commitment.id, f.subject) for f in result.findings(["shortfall"])}
    assert short == set(held.because)
    assert {"延庆区"} == subjects(result, "zombie-orgs", "waived")
    assert {"示例七号养老院"} == subjects(result, "emergency-bed-reserve", "waived")
    assert {"示例十二号养老院"} == subjects(result, "safety-inspections", "shortfall")  # its waiver has expired
    assert {"used": 2, "expired": 1} == Counter(note.state for note in result.waivers)


def test_yanqings_reported_share_and_its_register_agree() -> None:
    """The share of towns as reported lies within what the register of towns allows."""
    result = yanqing()
    found = {f.commitment.id: f for f in result.findings() if f.subject == "延庆区"}
    for reported, register, verdict in (
        ("rehab-towns", "rehab-towns-register", "on_track"), ("federation-coverage", "federation-coverage-text", "behind"),
        ("cemetery-coverage", "cemetery-coverage-text", "on_track"),
    ):  # fmt: skip
        low, high, actual = found[register].low, found[register].high, found[reported].actual
        assert low is not None
        assert high is not None
        assert actual is not None
        assert low < high
        assert low - Fraction(1, 1000) <= actual <= high
        assert (verdict, verdict) == (found[reported].verdict, found[register].verdict)


def test_tongzhous_year_cancels_subsidies() -> None:
    """Homes below 85 % lose the subsidy, and the one whose subsidy goes on without a valid waiver is a shortfall."""
    result = tongzhou()
    below = {"示例四号养老院", "示例十一号养老院", "示例十六号养老院", "示例二十一号养老院"}
    assert {("subsidy-cancelled", name) for name in below} == followed(result)
    assert {"示例四号养老院"} == subjects(result, "no-subsidy-below-85", "shortfall")  # its waiver has expired
    assert {"示例十一号养老院", "示例二十一号养老院"} == subjects(result, "no-subsidy-below-85", "met")
    assert {"示例十六号养老院"} == subjects(result, "no-subsidy-below-85", "waived")
    judged_at_all = {f.subject for f in result.findings() if f.commitment.id == "no-subsidy-below-85"}
    assert "示例六号养老院" not in judged_at_all  # exactly 85 %
    assert {"used": 2, "expired": 1, "unused": 1} == Counter(note.state for note in result.waivers)


def test_without_its_waivers_tongzhou_has_one_shortfall_more() -> None:
    """A waiver takes effect only through its file, and never on the trigger of a consequence."""
    result = judged("tongzhou-2023", "tongzhou-2020.facts.yaml")
    assert {"示例四号养老院", "示例十六号养老院"} == subjects(result, "no-subsidy-below-85", "shortfall")
    assert followed(tongzhou()) == followed(result)
    assert 0 == result.counts()["waived"]


def test_the_examples_chain_of_consequences_follows() -> None:
    """In the example a subsidy is cancelled, a home is inspected, the year is failed, and a warning given."""
    result = example()
    expected = {
        ("subsidy-cancelled", "示例乙养老院"), ("subsidy-cancelled", "示例丙养老院"), ("on-site-inspection", "示例乙养老院"),
        ("year-failed", "示例区"), ("pace-warning", "示例区"),
    }  # fmt: skip
    assert expected == followed(result)


def test_the_examples_findings_are_these() -> None:
    """The example's findings, one by one where they illustrate a verdict."""
    result = example()
    expected = {
        ("beds-per-thousand", "示例区"): "on_track", ("family-care-beds", "示例区"): "behind", ("complaints-settled", "示例区"): "not_applicable",
        ("fund-and-rules", "示例区"): "not_due", ("platform-after-fund", "示例区"): "undetermined", ("large-homes", "示例区"): "met",
        ("rehab-coverage", "示例区"): "undetermined", ("spending-grows", "示例区"): "on_track", ("spending-level", "示例区"): "on_track",
        ("emergency-bed-reserve", "示例丁养老院"): "waived", ("emergency-bed-reserve", "示例戊养老院"): "undetermined",
        ("home-satisfaction", "示例丁养老院"): "met", ("no-subsidy-below-85", "示例乙养老院"): "shortfall",
        ("no-subsidy-below-85", "示例丙养老院"): "met", ("carer-ratio", "示例乙养老院"): "shortfall", ("carer-ratio", "示例甲养老院"): "met",
        ("station-each-town", "示例戊街道"): "undetermined", ("allowance-in-step", "示例区"): "undetermined",
    }  # fmt: skip
    found = {(str(c), s): v for c, s, v in result.table.select("commitment", "subject", "verdict").iter_rows()}
    assert expected == {place: found.get(place) for place in expected}


def test_the_examples_amendment_counts_from_its_day() -> None:
    """Before the amendment the target is 80 % and five-star homes are judged; from its day it is 90 % and they are not."""
    plan = load_plan("example")
    facts = read_facts(SAMPLES / "example-2023.facts.yaml", plan)
    day = plan.amendments[0].effective
    before = check(plan, facts, as_of=day.replace(month=6, day=30))
    after = check(plan, facts, as_of=day)
    assert (">=", exact("80 %")) == target(before.plan.commitments["rehab-coverage"])
    assert (">=", exact("90 %")) == target(after.plan.commitments["rehab-coverage"])
    assert "five-star-homes" in set(before.table["commitment"].cast(pl.String))
    assert "five-star-homes" not in set(after.table["commitment"].cast(pl.String))


def test_real_years_before_the_plan_have_nothing_due() -> None:
    """The sheets of the baseline year fail nobody: nothing is due before the plan begins."""
    for name in REAL:
        plan = load_plan(name)
        sheet = SAMPLES / f"{name}-2020.facts.yaml"
        assert {"not_due"} == set(check(plan, read_facts(sheet, plan)).table["verdict"].cast(pl.String))


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the plan documents are not beside the project")
def test_all_shipped_plans_are_linted_at_once() -> None:
    """Lint without a plan checks every shipped one, and finds every promising sentence of the five documents answered."""
    result = CliRunner().invoke(main, ["lint", "--documents", str(SEEDS), "--lang", "en"])
    assert (0, len(REAL)) == (result.exit_code, result.stdout.count("(100 %)"))
