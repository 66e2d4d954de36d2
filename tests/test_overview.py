"""Several districts at once: every number is that of the single checks, what was refused is told, nothing is added up."""

from __future__ import annotations

import csv
import io
import itertools
import json
import zipfile
from collections import Counter
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from dabiao.cli import main
from dabiao.engine.by_plan import OverviewRequest
from dabiao.engine.gravity import SUMMED_UP, find_gravest
from dabiao.engine.overview import Overview, overview
from dabiao.engine.requests import CheckOutcome, CheckRequest
from dabiao.engine.results import COUNTED, VERDICTS
from dabiao.engine.run import run
from dabiao.reports.overview import percent_text
from helpers import ROOT, commitment, measure, plan_text, sheet_text

SAMPLES = ROOT / "facts" / "samples"
BASELINES = [SAMPLES / f"{name}-2020.facts.yaml" for name in ("yanqing", "tongzhou", "daxing", "chaoyang", "yanan")]
MEASURES = measure("beds") + measure("staff", "unit: 人") + measure("places", of="home") + measure("kept", of="home")
BEDS = commitment("many-beds", "chapter: 养老\nmeasure: beds\nat_least: 500 张\ndue: every_year\nnature: binding")
STAFF = commitment("enough-staff", "chapter: 人才\nmeasure: staff\nat_least: 20 人\ndue: every_year")
RESERVE = commitment("reserve", "chapter: 养老\neach: home\nmeasure: kept / places\nat_least: 2 %\ndue: throughout")


def asked(*words: object, lang: str = "en") -> Result:
    """Run the program."""
    return CliRunner().invoke(main, [*map(str, words), "--lang", lang])


def as_json(*words: object) -> Any:
    """Run the program and read what it writes for programs."""
    return json.loads(asked(*words, "-o", "json").stdout)


def write_plan(folder: Path, name: str, *commitments: str) -> Path:
    """Write a plan; each of its commitments is titled by its id."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = []
    for text in commitments:
        title = text.split("\n", 1)[0].removeprefix("- id: ")
        texts.append(text.replace("{zh: 承诺, en: Commitment}", f"{{zh: {title}, en: {title}}}"))
    path = folder / f"{name}.plan.yaml"
    text = plan_text(MEASURES, "".join(texts)).replace("plan: demo", f"plan: {name}", 1)
    path.write_text(
        text.replace("{zh: 示例规划, en: Demo plan}", f"{{zh: {name}规划, en: Plan {name}}}"), encoding="utf-8"
    )
    return path


def write_sheet(
    folder: Path, plan: str, name: str, beds: str = "480 张", staff: str = "20 人", year: int = 2023
) -> Path:
    """Write a sheet of a district; a dash stands for what is not reported."""
    facts = "".join(f"{key}: {value}\n" for key, value in (("beds", beds), ("staff", staff)) if value != "-")
    text = sheet_text(facts, year=year, name="X", registers="home: complete").replace("plan: demo", f"plan: {plan}", 1)
    path = folder / f"{plan}-{len(list(folder.iterdir()))}.facts.yaml"
    path.write_text(text.replace("subject: X", f"subject: {json.dumps(name, ensure_ascii=False)}"), encoding="utf-8")
    return path


@cache
def look_at_samples() -> Overview:
    """Judge all samples at once."""
    return overview(OverviewRequest(given=(SAMPLES,)))


@cache
def check_samples() -> dict[str, CheckOutcome]:
    """Judge the samples of each plan by themselves."""
    sheets: dict[str, list[Path]] = {}
    for path in sorted(SAMPLES.iterdir()):
        if path.is_dir() or ".facts." in path.name:
            sheets.setdefault(path.name.partition("-")[0], []).append(path)
    return {plan: run(CheckRequest(plan=plan, sheets=tuple(paths))) for plan, paths in sheets.items()}


def test_the_baseline_sheets_of_the_five_plans(tmp_path: Path) -> None:
    """All of 2020 is from before the plans begin: nothing is due, and that is said; the exit code is 0."""
    out = tmp_path / "o.json"
    result = asked("check", "auto", *BASELINES, "-o", "text", "-o", f"json:{out}")
    told = json.loads(out.read_text("utf-8"))

    assert 0 == result.exit_code
    assert "Districts 5, plans 5" == result.stdout.splitlines()[0]
    assert "延庆区, 通州区, 大兴区, 朝阳区, 延安市: the figures are from before the plan begins" in result.stdout
    assert "Checked: nothing short, nothing behind" in result.stdout
    assert [2020] * 5 == [district["year"] for district in told["districts"]]
    for district in told["districts"]:
        for standing in district["tiers"].values():
            assert standing["total"] == standing["counts"]["not_due"] > 0
    assert [[], []] == [told["worst"], told["common"]]


def test_every_number_is_that_of_the_single_checks() -> None:
    """By tier, nature and chapter each commitment of a district is counted once, by the gravest of its findings."""
    found = look_at_samples()
    assert sorted(check_samples()) == sorted({found.result_of(one.outcome).plan.id for one in found.districts})

    for one in found.districts:
        single = check_samples()[found.result_of(one.outcome).plan.id].result
        assert single is not None
        verdicts: dict[str, str] = {}
        for finding in single.findings(tiers=COUNTED):
            if finding.root == one.name:
                name, verdict = finding.commitment.id, finding.verdict
                verdicts[name] = min(verdict, verdicts.get(name, verdict), key=SUMMED_UP.index)  # type: ignore[arg-type]
        commitments = single.plan.commitments
        for key, standings in (("tier", one.tiers), ("nature", one.natures), ("chapter", one.chapters)):
            counts = Counter(
                (getattr(commitments[name], key), verdict)
                for name, verdict in verdicts.items()
                if getattr(commitments[name], key) is not None
            )
            assert counts == Counter(
                {(group, verdict): n for group, s in standings.items() for verdict, n in s.counts.items() if n}
            )
        assert len(verdicts) == sum(standing.total for standing in one.tiers.values())


def test_the_worst_of_all_are_the_worst_of_each() -> None:
    """The groups of all districts are those of the single checks, none twice, and those of one keep their order."""
    found = look_at_samples()
    for place, outcome in enumerate(found.outcomes):
        assert outcome.result is not None
        assert find_gravest(outcome.result) == tuple(group for other, group in found.worst if other == place)
    severities = []
    for place, group in found.worst:
        finding = found.result_of(place).explain(group.rows[0])
        severities.append((-finding.severity, COUNTED.index(finding.commitment.tier), -group.missing))
    assert sorted(severities) == severities


def test_what_is_common_is_wrong_in_each_of_its_districts() -> None:
    """Each promise in common names two districts or more, each once, with findings that are short, behind or open there."""
    found = look_at_samples()

    assert found.common
    for one in found.common:
        names = [found.districts[member.district].name for member in one.members]
        assert len(names) == len(set(names)) >= 2
        assert one.sharing >= len(names)
        for member in one.members:
            district = found.districts[member.district]
            result = found.result_of(district.outcome)
            findings = [result.explain(row) for row in member.group.rows]
            assert {district.name} == {finding.root for finding in findings}
            assert {member.group.verdict} == {finding.verdict for finding in findings}
            assert member.group.verdict in ("shortfall", "behind", "undetermined")


def test_several_districts_of_one_plan(tmp_path: Path) -> None:
    """Each district of a plan has a row, a column of chapters, and what is short in two of them is in common, once."""
    write_plan(tmp_path, "one", BEDS, STAFF, RESERVE)
    for name, beds, staff in (("甲区", "480 张", "20 人"), ("乙区", "1 张", "-"), ("丙区", "500 张", "19 人")):
        write_sheet(tmp_path, "one", name, beds, staff)
    told = as_json("overview", tmp_path)
    text = asked("overview", tmp_path)

    assert ["甲区", "乙区", "丙区"] == [district["name"] for district in told["districts"]]
    assert [1, 0, 1] == [sum(tier["reached"] for tier in d["tiers"].values()) for d in told["districts"]]
    beds, staff = told["common"]
    assert (3, ["乙区", "甲区"]) == (beds["sharing"], sorted(one["root"] for one in beds["districts"]))
    assert ["shortfall", "undetermined"] == sorted(one["finding"]["verdict"] for one in staff["districts"])
    assert ["乙区", "甲区", "丙区"] == [one["root"] for one in told["worst"]]
    assert 1 == text.exit_code
    assert "2 of 3 that promised it" in text.stdout
    (chapter,) = [line.split() for line in text.stdout.splitlines() if line.startswith("养老")]
    assert ["养老", "0", "of", "2", "0", "of", "2", "1", "of", "2"] == chapter
    assert "3 districts: 3 with a shortfall, 0 with something behind, 1 with something undetermined" in text.stdout


def test_promises_of_two_plans_are_joined_by_measure_or_title_and_never_within_one(tmp_path: Path) -> None:
    """One measure or one title makes one promise of two plans; two commitments of one plan on one measure stay two."""
    again = commitment("beds-again", "measure: beds\nat_least: 600 张\ndue: every_year")
    other = commitment("enough-staff", "measure: beds / staff\nat_least: 100 张/人\ndue: every_year")
    write_plan(tmp_path, "one", BEDS, again, STAFF)
    write_plan(tmp_path, "two", BEDS.replace("many-beds", "lots-of-beds"), other)
    write_sheet(tmp_path, "one", "甲区", staff="1 人")
    write_sheet(tmp_path, "two", "乙区")
    told = as_json("check", "auto", tmp_path)
    pairs = [sorted(one["finding"]["commitment"] for one in common["districts"]) for common in told["common"]]

    assert [["lots-of-beds", "many-beds"], ["enough-staff", "enough-staff"]] == pairs
    assert "(there: lots-of-beds)" in asked("overview", tmp_path).stdout


def test_one_district_in_two_years_is_not_two_districts(tmp_path: Path) -> None:
    """A district has nothing in common with itself."""
    write_plan(tmp_path, "one", BEDS)
    write_sheet(tmp_path, "one", "甲区", year=2022)
    one = tmp_path / "one.zip"
    asked("check", tmp_path / "one.plan.yaml", *tmp_path.glob("*.facts.yaml"), "-o", f"bundle:{one}")
    write_sheet(tmp_path, "one", "甲区", year=2023)
    told = as_json("overview", tmp_path)

    assert [("甲区", 2023), ("甲区", 2022)] == [(d["name"], d["year"]) for d in told["districts"]]
    assert [] == told["common"]
    assert "Districts 1, plans 1" in asked("overview", tmp_path).stdout


def test_a_district_without_a_sheet_of_the_year_is_not_overlooked(tmp_path: Path) -> None:
    """The latest year of a plan is judged; a district that has not reported it is named, and the exit code is 3."""
    write_plan(tmp_path, "one", BEDS)
    sheet = write_sheet(tmp_path, "one", "甲区", beds="500 张")
    write_sheet(tmp_path, "one", "乙区", beds="500 张", year=2022)
    result = asked("overview", tmp_path)
    told = as_json("overview", tmp_path)

    assert 3 == result.exit_code == told["exit_code"]
    assert "乙区: not judged, there is no sheet of 2023 (sheets of 2022)" in result.stdout
    assert [("甲区", True), ("乙区", False)] == [(d["name"], d["judged"]) for d in told["districts"]]
    assert 3 == asked("overview", tmp_path, "--fail-on", "never").exit_code
    assert 0 == asked("overview", *tmp_path.glob("*.plan.yaml"), sheet).exit_code
    assert "no sheet of the year" in asked("overview", tmp_path, "-o", "csv").stdout


def test_each_plan_is_judged_for_its_latest_year_unless_one_is_named(tmp_path: Path) -> None:
    """The year is chosen plan by plan; a year that is named holds for all, and a plan without it is refused by itself."""
    for name, years in (("one", (2021, 2022)), ("two", (2022, 2023))):
        write_plan(tmp_path, name, BEDS)
        for year in years:
            write_sheet(tmp_path, name, f"{name}区", year=year)
    assert [2022, 2023] == [d["year"] for d in as_json("overview", tmp_path)["districts"]]
    assert [2022, 2022] == [d["year"] for d in as_json("overview", tmp_path, "--year", 2022)["districts"]]

    result = asked("overview", tmp_path, "--year", 2023)
    assert 2 == result.exit_code
    assert "Refused and left out: Plan one (errors: 1)" in result.stdout
    assert "two区" in result.stdout


FIGURES = {0: ("500 张", "20 人"), 1: ("480 张", "20 人"), 2: ("五百", "20 人"), 3: ("-", "20 人")}


@pytest.mark.parametrize("wanted", list(itertools.combinations_with_replacement(FIGURES, 2)))
def test_the_exit_code_is_the_gravest(wanted: tuple[int, int], tmp_path: Path) -> None:
    """Of two plans, 2 beats 1, 1 beats 3, and 3 beats 0; each plan alone has its own."""
    codes = []
    for name, code in zip(("one", "two"), wanted, strict=True):
        plan = write_plan(tmp_path, name, BEDS, STAFF)
        sheet = write_sheet(tmp_path, name, f"{name}区", *FIGURES[code])
        codes.append(asked("check", plan, sheet).exit_code)
    result = asked("check", "auto", tmp_path)

    assert list(wanted) == codes
    assert next((code for code in (2, 1, 3) if code in wanted), 0) == result.exit_code


def test_nothing_is_shown_where_a_sheet_belongs_to_no_plan(tmp_path: Path) -> None:
    """Nobody can say whose figures are missing: no district is shown, and the problems of all plans are told in one run."""
    write_plan(tmp_path, "one", BEDS)
    write_sheet(tmp_path, "one", "甲区", beds="五百")
    write_sheet(tmp_path, "on", "乙区")
    result = asked("check", "auto", tmp_path, "-o", "text", "-o", f"html:{tmp_path / 'o.html'}")
    told = as_json("check", "auto", tmp_path)

    assert 2 == result.exit_code == told["exit_code"]
    assert "" == result.stdout
    assert "there is no plan 'on' here" in result.stderr
    assert "did you mean 'one'?" in result.stderr
    assert "五百" in result.stderr
    assert [] == told["districts"]
    assert "there is no plan &#39;on&#39; here" in (tmp_path / "o.html").read_text("utf-8")
    assert "there is no plan" in asked("check", "auto", tmp_path, "-o", "csv").stdout


def bundle(folder: Path, name: str, *sheets: Path) -> Path:
    """Check sheets by a plan of the folder, or by one that comes with the program, and return the bundle."""
    folder.mkdir(exist_ok=True)
    out = folder / f"{name}.zip"
    asked(
        "check",
        folder / f"{name}.plan.yaml" if (folder / f"{name}.plan.yaml").exists() else name,
        *sheets,
        "-o",
        f"bundle:{out}",
    )
    return out


def alter(path: Path, old: bytes, new: bytes) -> None:
    """Write a bundle again with other bytes in its sheets."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content.replace(old, new) if name.startswith("sheets/") else content)


def test_bundles_are_judged_as_their_sheets_are(tmp_path: Path) -> None:
    """Bundles, sheets, and both together come to the same rows; bundles in a folder are found there."""
    plans = {name: write_plan(tmp_path, name, BEDS, STAFF) for name in ("one", "two")}
    sheets = {name: write_sheet(tmp_path, name, f"{name}区") for name in plans}
    bundles = {name: bundle(tmp_path, name, sheets[name]) for name in plans}
    folder = tmp_path / "in"
    folder.mkdir()
    for path in bundles.values():
        path.rename(folder / path.name)
    by_sheets = as_json("overview", *plans.values(), *sheets.values())
    for given in ([folder], sorted(folder.iterdir()), [folder / "one.zip", plans["two"], sheets["two"]]):
        told = as_json("overview", *given)
        rows = sorted((d["name"], json.dumps(d["tiers"])) for d in told["districts"])
        assert sorted((d["name"], json.dumps(d["tiers"])) for d in by_sheets["districts"]) == rows
        assert (1, []) == (told["exit_code"], told["problems"])


def test_a_bundle_that_was_altered_is_refused(tmp_path: Path) -> None:
    """What was altered is named, its district is left out, and the others are shown."""
    for name in ("one", "two"):
        write_plan(tmp_path, name, BEDS, STAFF)
        bundle(tmp_path, name, write_sheet(tmp_path, name, f"{name}区"))
    alter(tmp_path / "one.zip", b"480", b"580")
    result = asked("overview", tmp_path / "one.zip", tmp_path / "two.zip")
    told = as_json("overview", tmp_path / "one.zip", tmp_path / "two.zip")

    assert 2 == result.exit_code
    assert "one.zip/sheets/1/one-" in result.stderr
    assert "altered" in result.stderr
    assert "Refused and left out" in result.stdout
    assert ["two区"] == [district["name"] for district in told["districts"]]
    (tmp_path / "three.zip").write_bytes(b"PK\x03\x04manifest.json")
    assert 2 == asked("overview", tmp_path / "three.zip").exit_code


def test_a_district_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    """A bundle and the sheet that is in it would count twice."""
    plan = write_plan(tmp_path, "one", BEDS)
    sheet = write_sheet(tmp_path, "one", "甲区")
    result = asked("overview", bundle(tmp_path, "one", sheet), plan, sheet)

    assert 2 == result.exit_code
    assert "甲区 is given more than once for the plan one and the year 2023" in result.stderr
    assert "" == result.stdout


def test_a_bundle_with_a_plan_of_its_own_says_so(tmp_path: Path) -> None:
    """A bundle may bring another text under the name of a plan that comes with the program: a warning says that."""
    write_plan(tmp_path, "example", BEDS)
    own = bundle(tmp_path, "example", write_sheet(tmp_path, "example", "甲区", beds="500 张"))
    result = asked("overview", own)

    assert 0 == result.exit_code
    assert "the bundle brings a plan called 'example' of its own" in result.stderr
    assert "" == asked("overview", bundle(tmp_path / "x", "example", SAMPLES / "example-2023.facts.yaml")).stderr


def test_waivers_are_those_of_their_plan(tmp_path: Path) -> None:
    """A file of waivers counts for its plan alone, by either command."""
    for name in ("one", "two"):
        write_plan(tmp_path, name, BEDS)
        write_sheet(tmp_path, name, "甲区")
    waiver = "{commitment: many-beds, subject: 甲区, year: 2023, reason: 重建, authority: 区政府, expires: 2025-12-31}"
    (tmp_path / "w.yaml").write_text(f"plan: two\nwaivers: [{waiver}]\n", encoding="utf-8")
    for words in (("overview", tmp_path), ("check", "auto", tmp_path)):
        told = as_json(*words, "--waivers", tmp_path / "w.yaml")
        counts = [
            Counter(v for t in d["tiers"].values() for v in VERDICTS if t["counts"][v]) for d in told["districts"]
        ]
        assert [Counter(["shortfall"]), Counter(["waived"])] == counts


@pytest.mark.parametrize(
    "words", [("-o", "bundle:x.zip"), ("-o", "xlsx:x.xlsx"), ("--all",), ("--by", "due"), ("--subject", "甲")]
)
def test_what_is_for_one_plan_is_refused_by_name(words: tuple[str, ...], tmp_path: Path) -> None:
    """Formats and options that are about one result say so, and nothing is written."""
    write_plan(tmp_path, "one", BEDS)
    write_sheet(tmp_path, "one", "甲区")
    result = asked("check", "auto", tmp_path, *words)

    assert 2 == result.exit_code
    assert words[-1].partition(":")[0] in result.stderr or words[0] in result.stderr
    assert "dabiao check PLAN SHEETS" in result.stderr
    assert "" == result.stdout


def test_formats_of_single_checks_hold_every_check(tmp_path: Path) -> None:
    """JUnit has the suites of each plan, SARIF a run for each, GitHub the annotations of all; so do inputs of no plan."""
    for name in ("one", "two"):
        write_plan(tmp_path, name, BEDS)
        write_sheet(tmp_path, name, f"{name}区")
    suites = ElementTree.fromstring(asked("check", "auto", tmp_path, "-o", "junit").stdout.encode())
    log = json.loads(asked("check", "auto", tmp_path, "-o", "sarif").stdout)
    alerts = json.loads(asked("check", "auto", tmp_path, "-o", "code-scanning").stdout)
    notes = asked("check", "auto", tmp_path, "-o", "github").stdout

    assert ["one: 养老", "two: 养老"] == [suite.get("name") for suite in suites]
    assert ["one", "two"] == [run["properties"]["plan"] for run in log["runs"]]
    assert ["dabiao/one/1", "dabiao/two/2"] == [run["automationDetails"]["id"] for run in alerts["runs"]]
    assert ["one区", "two区"] == [name for name in ("one区", "two区") if name in notes]

    write_sheet(tmp_path, "tow", "丙区")
    suites = ElementTree.fromstring(asked("check", "auto", tmp_path, "-o", "junit").stdout.encode())
    assert "tow" in ElementTree.tostring(suites[0], encoding="unicode")
    assert 3 == len(json.loads(asked("check", "auto", tmp_path, "-o", "sarif").stdout)["runs"])
    assert "tow" in asked("check", "auto", tmp_path, "-o", "github").stdout


def test_hostile_names_are_escaped_everywhere(tmp_path: Path) -> None:
    """A district named like markup, a formula or a control sequence is shown as what it is, in every format."""
    plan = write_plan(tmp_path, "one", BEDS)
    sheet = write_sheet(tmp_path, "one", "X")
    text = sheet.read_text("utf-8").replace('"X"', json.dumps("=1+1<script>区</script>|`x`"))
    sheet.write_text(text, encoding="utf-8")
    write_sheet(tmp_path, "one", "乙区")
    for name in ("text", "markdown", "html", "csv", "json", "junit", "github"):
        result = asked("overview", plan, *tmp_path.glob("*.facts.yaml"), "-o", name)
        assert 1 == result.exit_code, name
        if name in ("html", "markdown"):
            assert "<script>区" not in result.stdout, name
        if name == "csv":
            cells = [row[0] for row in csv.reader(io.StringIO(result.stdout.removeprefix("\ufeff")))]
            assert not [cell for cell in cells if cell.startswith("=")]
    sheet.write_text(text.replace("=1+1", "\\u001b[31m\\u202e"), encoding="utf-8")
    hidden = asked("overview", tmp_path)
    assert not {"\x1b", "\u202e"} & set(hidden.stdout + hidden.stderr)


def test_the_page_has_the_brief_of_each_check_folded(tmp_path: Path) -> None:
    """The page holds the table, the worst, what is in common, and under a line for each check its brief."""
    for name in ("one", "two"):
        write_plan(tmp_path, name, BEDS)
        write_sheet(tmp_path, name, f"{name}区")
    page = asked("overview", tmp_path, "-o", "html").stdout

    assert 2 == page.count("<details")
    assert "one区 · Plan one · 2023" in page
    assert page.count("Who has not reported, and what is missing") == 2
    assert "District by district" not in asked("overview", tmp_path, "-o", "markdown").stdout


def test_chinese_says_all_of_it(tmp_path: Path) -> None:
    """The overview is in Chinese where that is asked for."""
    write_plan(tmp_path, "one", BEDS)
    write_sheet(tmp_path, "one", "甲区")
    write_sheet(tmp_path, "one", "乙区")
    shown = asked("overview", tmp_path, lang="zh").stdout

    assert "2 个地区，1 份规划" == shown.splitlines()[0]
    assert "2 个作出承诺的地区中的 2 个" in shown
    assert "2 个地区：2 个有未达标，0 个有滞后，0 个有无法判定" in shown


@pytest.mark.parametrize(
    ("reached", "total", "text"),
    [
        (3, 39, "7.7"),
        (17, 59, "28.8"),
        (0, 9, "0"),
        (9, 9, "100"),
        (1, 2, "50"),
        (1, 9999, "0.1"),
        (9998, 9999, "99.9"),
        (1, 16, "6.3"),
    ],
)
def test_percentages_are_rounded(reached: int, total: int, text: str) -> None:
    """A share has one decimal, a half rounded up; only none of them is 0 %, and only all of them 100 %."""
    assert text == percent_text(Fraction(reached, total))


def test_the_districts_come_before_the_warnings(tmp_path: Path) -> None:
    """The page begins with the row of each district; warnings about the sheets stand below; what is numbered has no bullets."""
    write_plan(tmp_path, "one", BEDS)
    write_sheet(tmp_path, "one", "甲区", year=2020)
    write_sheet(tmp_path, "one", "乙区")
    page = asked("overview", tmp_path, "-o", "html").stdout

    assert page.index("of 1 reached") < page.rindex("warnings 1") < page.rindex("Worst of all")
    assert '<ul class="numbered">' in page
    assert 1 == page.count('class="numbered"')
