"""Comparisons from bundles and in every format: what is told of them is the same, checked, escaped and verified."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao.base.files import Upload
from dabiao.cli import main
from dabiao.engine.compare import compare
from dabiao.engine.requests import CompareRequest
from dabiao.engine.run import compare as compare_submissions
from dabiao.reports import findings_schema
from helpers import ROOT, commitment, judge, make_plan, measure, plan_text, sheet_text
from jsonschema import Draft202012Validator
from test_compare import CHECKS, COMMITMENTS, MEASURES, fates, folder, run, sheet
from test_gate import errors, strict

__all__ = ["folder"]


# ---------------------------------------------------------------- bundles


def bundle(folder: Path, name: str, *more: object, plan: str = "demo.plan.yaml") -> Path:
    """Check one sheet of the folder, and return the bundle."""
    out = folder / f"{name}.zip"
    run("check", folder / plan, folder / f"{name}.facts.yaml", "-o", f"bundle:{out}", *more)
    return out


def test_two_bundles_need_no_plan(folder: Path) -> None:
    """Bundles are compared as their sheets are, with places that name the bundle; one of them is enough to bring the plan."""
    old, new = bundle(folder, "old"), bundle(folder, "new")
    plan, sheets = folder / "demo.plan.yaml", (folder / "old.facts.yaml", folder / "new.facts.yaml")
    ways = [(old, new), (plan, old, new), (old, sheets[1]), (sheets[0], new), (plan, *sheets)]
    results = [run("compare", *way, "-o", "json") for way in ways]
    found = [json.loads(result.stdout) for result in results]

    assert [1] * 5 == [result.exit_code for result in results]
    assert [found[0]["counts"]] * 5 == [one["counts"] for one in found]
    assert found[0]["figures"][0]["before"]["place"].endswith("old.zip/sheets/1/old.facts.yaml:6:9")


def test_a_bundle_says_what_it_was_judged_with(folder: Path) -> None:
    """Waivers, selection and day of the new bundle hold for the comparison, unless it is asked for others."""
    (folder / "w.yaml").write_text(
        "plan: demo\nwaivers:\n  - {commitment: many-beds, subject: 某区, year: 2023, reason: 洪水, authority: 市, expires: 2024-06-30}\n",
        encoding="utf-8",
    )
    old = bundle(folder, "old")
    new = bundle(folder, "new", "--waivers", folder / "w.yaml", "--select", "many-beds")
    as_it_is = json.loads(run("compare", old, new, "-o", "json").stdout)
    later = json.loads(
        run("compare", old, new, "--as-of", "2024-12-31", "--select", "bound-staff", "-o", "json").stdout
    )

    assert [("waived", "waived", 1)] == [tuple(t.values()) for t in as_it_is["transitions"]]
    assert ("2024-12-31", [("met", "shortfall", 1)]) == (
        later["as_of"],
        [tuple(t.values()) for t in later["transitions"]],
    )


def test_bundles_of_different_plans_are_refused_by_name(folder: Path) -> None:
    """Two plans are no common text; two versions of one plan are the same plan."""
    text = plan_text(MEASURES, COMMITMENTS, CHECKS)
    (folder / "other.plan.yaml").write_text(text.replace("plan: demo", "plan: other"), encoding="utf-8")
    (folder / "later.plan.yaml").write_text(text.replace('version: "1"', 'version: "2"'), encoding="utf-8")
    (folder / "foreign.facts.yaml").write_text(sheet().replace("plan: demo", "plan: other"), encoding="utf-8")
    old, foreign, new = (
        bundle(folder, "old"),
        bundle(folder, "foreign", plan="other.plan.yaml"),
        bundle(folder, "new", plan="later.plan.yaml"),
    )

    for ways in (
        (old, foreign),
        (foreign, old),
        (folder / "demo.plan.yaml", old, foreign),
        (folder / "demo.plan.yaml", foreign, old),
    ):
        result = run("compare", *ways)
        assert 2 == result.exit_code
        assert "the bundle is of the plan '" in result.output
        assert "'other'" in result.output
    assert "Demo plan (version 2)" in run("compare", old, new).output


def test_a_bundle_that_was_altered_is_refused(folder: Path) -> None:
    """What is in a bundle is looked at before it is believed; what is no bundle is refused by its own words."""
    import zipfile

    old, new = bundle(folder, "old"), bundle(folder, "new")
    with zipfile.ZipFile(old) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(old, "w") as archive:
        for name, content in files.items():
            archive.writestr(
                name, content.replace("480 张".encode(), "580 张".encode()) if name.startswith("sheets") else content
            )
    result = run("compare", old, new)
    assert (2, True) == (result.exit_code, "old.zip/sheets/1/old.facts.yaml: altered" in result.output)

    with zipfile.ZipFile(old, "w") as archive:
        archive.writestr("x.txt", "x")
    no_bundle = run("compare", folder / "demo.plan.yaml", old, new)
    assert (2, True) == (no_bundle.exit_code, "old.zip" in no_bundle.output)
    old.write_bytes(b"PK\x03\x04manifest.json")
    assert 2 == run("compare", folder / "demo.plan.yaml", old, new).exit_code


def test_a_check_since_a_bundle_is_evidence_itself(folder: Path) -> None:
    """The bundle of a check with --since holds the earlier submission, is verified with it, and can be compared in turn."""
    old = bundle(folder, "old")
    new = bundle(folder, "new", "--since", old)
    verified = run("verify", new)

    assert (0, True) == (verified.exit_code, "byte for byte" in verified.output)
    old.unlink()
    again = run("verify", new)
    assert 0 == again.exit_code
    assert 1 == run("compare", folder / "demo.plan.yaml", new, folder / "new.facts.yaml").exit_code


# ---------------------------------------------------------------- reports


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_check_since_tells_the_same_in_its_report(folder: Path, lang: str) -> None:
    """`check --since` has the sections of `compare` at the end of its report, and its JSON; its verdict is that of the check."""
    plan, old, new = folder / "demo.plan.yaml", folder / "old.facts.yaml", folder / "new.facts.yaml"
    args = [str(word) for word in ("check", plan, new, "--since", old, "--lang", lang)]
    alone = CliRunner().invoke(main, ["check", str(plan), str(new), "--lang", lang])
    since, page = CliRunner().invoke(main, args), CliRunner().invoke(main, [*args, "-o", "markdown"])
    compared_ = CliRunner().invoke(main, ["compare", *map(str, (plan, old, new)), "--lang", lang, "-o", "json"])
    values = json.loads(CliRunner().invoke(main, [*args, "-o", "json"]).stdout)

    assert alone.exit_code == since.exit_code == page.exit_code == 1
    assert alone.output.splitlines()[:10] == since.output.splitlines()[:10]
    assert alone.output.splitlines()[-1] == since.output.splitlines()[-1]
    assert {"zh": "### 新增未达标或滞后 1", "en": "### newly short or behind 1"}[lang] in page.output
    assert json.loads(compared_.stdout) == values["since"]


def test_json_is_as_its_schema_says(folder: Path) -> None:
    """The JSON of a comparison and of a check since another have the keys of their schemas, and no others."""
    plan, old, new = folder / "demo.plan.yaml", folder / "old.facts.yaml", folder / "new.facts.yaml"
    new.write_text(sheet("490 张", "甲 50 -", "丙 5 9", staff="{absent: late}"), encoding="utf-8")
    both = run("compare", plan, old, new, "-o", "json"), run("check", plan, new, "--since", old, "-o", "json")
    one, other = (json.loads(result.stdout) for result in both)
    printed = json.loads(run("schema", "comparison").stdout)

    Draft202012Validator.check_schema(printed)
    assert [] == errors(Draft202012Validator(strict(printed)), one)
    assert [] == errors(Draft202012Validator(strict(findings_schema.schema())), other)
    assert {"reason", "appeared", "gone", "changed"} >= {figure["state"] for figure in one["figures"]}
    assert one["doubts"] and one["subjects"] and one["registers"] == []


def test_csv_has_a_line_for_everything_that_changed(folder: Path) -> None:
    """Every line says what it is about; numbers are exact, in the unit beside them."""
    (folder / "new.facts.yaml").write_text(sheet("490 张", "甲 50 1", "丙 5 9", staff="19 人"), encoding="utf-8")
    result = run(
        "compare", folder / "demo.plan.yaml", folder / "old.facts.yaml", folder / "new.facts.yaml", "-o", "csv"
    )
    rows = list(csv.DictReader(io.StringIO(result.stdout.removeprefix("\ufeff"))))

    assert ["finding"] * 4 + ["figure"] * 2 + ["subject"] * 2 + ["doubt"] == [row["about"] for row in rows]
    assert ("still", "480", "490", "20", "10", "narrower", "张") == tuple(
        next(row for row in rows if row["commitment"] == "many-beds")[name]
        for name in ("state", "before", "after", "gap_before", "gap", "trend", "unit")
    )


def test_the_csv_is_headed_in_the_language_of_the_run(folder: Path) -> None:
    """A Chinese run heads its columns in Chinese; what is below is the same in both languages, but for the words of doubts."""
    words = ("compare", folder / "demo.plan.yaml", folder / "old.facts.yaml", folder / "new.facts.yaml", "-o", "csv")
    tables = []
    for lang in ("zh", "en"):
        told = CliRunner().invoke(main, [*map(str, words), "--lang", lang]).stdout
        tables.append(list(csv.reader(io.StringIO(told.removeprefix("\ufeff")))))

    assert ["记录代码", "变化代码", "承诺代码", "指标代码"] == tables[0][0][:4]
    assert ["about", "state", "commitment", "measure"] == tables[1][0][:4]
    assert [row[:4] for row in tables[1][1:]] == [row[:4] for row in tables[0][1:]]
    assert not [head for head in tables[0][0] if head.isascii()]


HOSTILE = ("=1+1", "<b>甲</b>", "a|b", "甲/乙", "[x](y)", "'; --", "{0}", "%s", "1:甲", "$\\frac$")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names(name: str, folder: Path) -> None:
    """A name is shown as it is, whatever the format would make of it, and is one subject however it is cut."""
    for file, kept in (("old", 1), ("new", 0)):
        rows = f"- {{kind: home, name: {json.dumps(name)}, facts: {{places: 50 张, kept: {kept} 张}}}}\n"
        text = sheet_text("beds: 500 张\nstaff: 20 人\nstep: issued", rows, 2023, "home: complete")
        (folder / f"{file}.facts.yaml").write_text(text, encoding="utf-8")
    words = ("compare", folder / "demo.plan.yaml", folder / "old.facts.yaml", folder / "new.facts.yaml")
    shown = {form: run(*words, "-o", form) for form in ("text", "markdown", "json", "csv")}

    assert {1} == {result.exit_code for result in shown.values()}
    assert name in shown["text"].output
    assert [["某区", name]] == [figure["path"] for figure in json.loads(shown["json"].stdout)["figures"]]
    assert "<b>" not in shown["markdown"].output
    cells = [cell for row in csv.reader(io.StringIO(shown["csv"].stdout)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-1+", "@"))]


def test_paths_that_read_alike_are_two_subjects(tmp_path: Path) -> None:
    """No sign in a name joins two paths: 2:ab of one length is not another."""
    plan = make_plan(
        measure("size", of="centre"), commitment("c", "each: centre\nmeasure: size\nat_least: 5 张\ndue: every_year")
    )
    results = []
    for number, (town, centre) in enumerate((("a1:b", "c"), ("a", "b1:c"))):
        towns = "".join(f"- {{kind: town, name: {json.dumps(name)}, facts: {{}}}}\n" for name in (town, "x", "y"))
        rows = f"{towns}- {{kind: centre, name: {json.dumps(centre)}, in: {json.dumps(town)}, facts: {{size: 1 张}}}}\n"
        (tmp_path / str(number)).mkdir()
        results.append(judge(plan, tmp_path / str(number), sheet_text("", rows, registers="centre: complete")))
    assert ["gone", "new"] == sorted(fates(compare(*results)).values())


@pytest.mark.parametrize(
    "words", [("a",), ("p", "a", "b", "c"), ("no-such", "a", "b"), ("example", "no-such", "no-such")]
)
def test_what_cannot_be_compared_is_refused(words: tuple[str, ...]) -> None:
    """One submission, four words, a plan or sheets that are not there: exit code 2 and one message each."""
    result = run("compare", *words)
    assert 2 == result.exit_code
    assert "Traceback" not in result.output
    assert "internal error" not in result.output


def test_a_report_never_replaces_the_earlier_submission(folder: Path) -> None:
    """The sheets and bundles of both sides are inputs."""
    old = bundle(folder, "old")
    before = old.read_bytes()
    plan, new = folder / "demo.plan.yaml", folder / "new.facts.yaml"
    for words in (("compare", plan, old, new), ("check", plan, new, "--since", old)):
        result = run(*words, "-o", f"json:{old}")
        assert (2, before) == (result.exit_code, old.read_bytes())


def test_uploads_are_compared_without_a_disk() -> None:
    """Both sides may be bytes with a name."""
    text = plan_text(MEASURES, COMMITMENTS)
    found = compare_submissions(
        CompareRequest(
            plan=Upload("demo.plan.yaml", text.encode()), old=Upload("old.facts.yaml", sheet("1 张").encode()),
            new=Upload("new.facts.yaml", sheet().encode()),
        )
    )  # fmt: skip
    assert ("mended", [], 0) == (fates(found)["many-beds", "某区"], list(found.problems), found.exit_code)


def test_shipped_samples_are_compared() -> None:
    """The published sheet of Yanqing against the made-up one of 2023, with the baseline beside both."""
    samples = ROOT / "facts" / "samples"
    base = samples / "yanqing-2020.facts.yaml"
    result = run("compare", "yanqing", base, samples / "yanqing-2023", "--with", base, "-o", "json")
    found = json.loads(result.stdout)

    assert (1, 2020, 2023) == (result.exit_code, found["old"]["year"], found["new"]["year"])
    assert (
        found["new"]["counts"]["shortfall"] + found["new"]["counts"]["behind"]
        == found["counts"]["new"] + found["counts"]["still"]
    )
