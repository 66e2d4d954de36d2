"""The bundle of evidence: what is in it, that it is judged again to the same bytes, and what is said when it was altered."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from bundles import altered, manifest, members, packed, remade
from click.testing import CliRunner, Result
from dabiao import Refused
from dabiao.cli import main
from dabiao.engine.requests import CheckRequest
from dabiao.engine.run import run as run_check
from dabiao.evidence import bundle
from dabiao.evidence.verify import VerifyRequest, verify
from helpers import ROOT, commitment, measure, plan_text, sheet_text
from hypothesis import given
from hypothesis import strategies as st

MEASURES = measure("beds") + measure("reserved", of="home") + measure("places", of="home")
COMMITMENTS = commitment("many-beds", "measure: beds\nat_least: 500 张\ndue: 2023") + commitment(
    "reserve", "each: home\nmeasure: reserved / places\nat_least: 2 %\ndue: throughout"
)
HOMES = (
    "- {kind: home, name: 甲院, facts: {places: 50 张, reserved: 1 张}}\n"
    "- {kind: home, name: 乙院, facts: {places: 51 张, reserved: 1 张}}"
)
SHEET = sheet_text("beds: 480 张", HOMES, 2023, "home: complete")
PARTS = "parts: [demo.more.yaml]\n"


def lay_out(folder: Path, sheet: str = SHEET, rest: str = "") -> None:
    """Write a plan and a sheet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "demo.plan.yaml").write_text(plan_text(MEASURES, COMMITMENTS, rest), encoding="utf-8")
    (folder / "s.facts.yaml").write_text(sheet, encoding="utf-8")


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def bundled(folder: Path, *more: object, plan: object = None, sheets: tuple[object, ...] = ()) -> Path:
    """Check what was laid out, and return the bundle."""
    out = folder / "out.zip"
    run(
        "check",
        plan or folder / "demo.plan.yaml",
        *(sheets or (folder / "s.facts.yaml",)),
        "-o",
        f"bundle:{out}",
        *more,
    )
    return out


def test_a_bundle_is_verified(tmp_path: Path) -> None:
    """A bundle that nobody touched is judged to the same bytes, wherever it lies."""
    lay_out(tmp_path / "a")
    out = bundled(tmp_path / "a")
    shutil.rmtree(tmp_path / "b", ignore_errors=True)
    (tmp_path / "b").mkdir()
    moved = out.rename(tmp_path / "b" / "x.zip")
    shutil.rmtree(tmp_path / "a")
    result = run("verify", moved)

    assert 0 == result.exit_code
    assert "same 3 findings, byte for byte" in result.output
    assert hashlib.sha256(moved.read_bytes()).hexdigest() in result.output


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    """Folder, name of the archive and time of day leave no trace in a bundle."""
    first, second = tmp_path / "one", tmp_path / "some" / "where" / "else"
    lay_out(first)
    lay_out(second)

    assert bundled(first).read_bytes() == bundled(second).read_bytes()
    assert str(tmp_path).encode() not in b"".join(members(first / "out.zip").values())


def test_a_bundle_holds_what_was_judged(tmp_path: Path) -> None:
    """Plan with parts, sheets of several folders with one name, a CSV folder and waivers are in it, byte by byte."""
    lay_out(tmp_path, rest=PARTS)
    part = "part_of: demo\nmeasures:\n  " + measure("staff", "unit: 人")
    (tmp_path / "demo.more.yaml").write_text(part, encoding="utf-8")
    lay_out(tmp_path / "other", SHEET.replace("某区", "别区").replace("乙院", "戊院"))
    folder = tmp_path / "csv"
    folder.mkdir()
    (folder / "sheet.facts.yaml").write_text(sheet_text("beds: 1 张", "", 2023, name="丙区"), encoding="utf-8")
    (folder / "home.csv").write_text("name,places,reserved\n丁院,50,1\n", encoding="utf-8")
    (folder / "notes.txt").write_text("not a table", encoding="utf-8")
    waiver = "{commitment: reserve, subject: 乙院, year: 2023, reason: 改建, authority: 区政府, expires: 2024-12-31}"
    (tmp_path / "w.yaml").write_text(f"plan: demo\nwaivers: [{waiver}]\n", encoding="utf-8")
    sheets = (tmp_path / "s.facts.yaml", tmp_path / "other" / "s.facts.yaml", folder)
    out = bundled(tmp_path, "--waivers", tmp_path / "w.yaml", sheets=sheets)
    files = members(out)

    assert [
        "manifest.json", "findings.json", "plan/demo.more.yaml", "plan/demo.plan.yaml", "report.txt", "sheets/1/s.facts.yaml",
        "sheets/2/s.facts.yaml", "sheets/3/csv/home.csv", "sheets/3/csv/sheet.facts.yaml", "waivers/w.yaml",
    ] == list(files)  # fmt: skip
    assert (folder / "home.csv").read_bytes() == files["sheets/3/csv/home.csv"]
    assert (tmp_path / "other" / "s.facts.yaml").read_bytes() == files["sheets/2/s.facts.yaml"]
    assert 1 == json.loads(files["findings.json"])["counts"]["waived"]
    assert 0 == run("verify", out).exit_code


def test_a_shipped_plan_is_in_the_bundle(tmp_path: Path) -> None:
    """A plan that comes with the program is copied, and named in the manifest."""
    out = bundled(tmp_path, plan="example", sheets=(ROOT / "facts" / "samples" / "example-2023.facts.yaml",))
    shipped = (ROOT / "rules" / "plans" / "example.plan.yaml").read_bytes()

    assert "example" == manifest(out)["asked"]["shipped"]
    assert shipped == members(out)["plan/example.plan.yaml"]
    assert 0 == run("verify", out).exit_code


def test_the_manifest_has_every_file_with_its_digest(tmp_path: Path) -> None:
    """Size and SHA-256 of every file, what was asked, and the versions of what decides are in the manifest."""
    lay_out(tmp_path)
    out = bundled(tmp_path, "--year", 2023, "--as-of", "2023-12-31", "--select", "reserve", "--fail-on", "behind")
    told, files = manifest(out), members(out)

    assert "dabiao/bundle/1" == told["format"]
    assert {n: (len(c), hashlib.sha256(c).hexdigest()) for n, c in files.items() if n != "manifest.json"} == {
        entry["path"]: (entry["bytes"], entry["sha256"]) for entry in told["files"]
    }
    assert {
        "plan": "plan/demo.plan.yaml", "shipped": None, "sheets": ["sheets/1/s.facts.yaml"], "waivers": None,
        "assignments": None, "year": 2023,
        "as_of": "2023-12-31", "select": ["reserve"], "fail_on": "behind",
    } == told["asked"]  # fmt: skip
    assert {"dabiao", "python", "polars", "durable_rules", "pint", "pyyaml"} <= set(told["versions"])
    assert 1 == told["exit_code"]


def test_findings_are_canonical_json_and_name_files_in_the_bundle(tmp_path: Path) -> None:
    """The findings are the JSON report with sorted keys, and the places in it are those of the bundle."""
    lay_out(tmp_path)
    data = members(bundled(tmp_path))["findings.json"]
    findings = json.loads(data)

    assert (json.dumps(findings, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode() == data
    assert {"sheets/1/s.facts.yaml"} == {
        fact["place"].partition(":")[0]
        for finding in findings["findings"]
        for fact in finding["facts"]
        if fact["place"]
    }


@pytest.mark.parametrize(
    "sheet",
    ["beds: [", SHEET.replace("beds:", "bedz:"), SHEET.replace("2023", "1999")],
    ids=["yaml", "measure", "year"],
)
def test_refused_inputs_are_evidence_too(tmp_path: Path, sheet: str) -> None:
    """The bundle of a refused sheet has its problems as findings, and is verified like any other."""
    lay_out(tmp_path, sheet)
    out = bundled(tmp_path)
    findings = json.loads(members(out)["findings.json"])

    assert findings["refused"]
    assert findings["problems"][0]["place"].startswith("sheets/1/s.facts.yaml:")
    assert findings["problems"][0]["message"].encode() in members(out)["report.txt"]
    assert 0 == run("verify", out).exit_code


def test_inputs_that_do_not_exist_are_evidence_too(tmp_path: Path) -> None:
    """A plan or a sheet that is not there is refused in the bundle as it was outside."""
    lay_out(tmp_path)
    (tmp_path / "empty").mkdir()

    for plan, sheet in (
        ("yanquing", "s.facts.yaml"),
        ("demo.plan.yaml", "gone.facts.yaml"),
        ("demo.plan.yaml", "empty"),
    ):
        out = bundled(tmp_path, plan=tmp_path / plan, sheets=(tmp_path / sheet,))

        assert json.loads(members(out)["findings.json"])["refused"]
        assert 0 == run("verify", out).exit_code
        out.unlink()


@pytest.mark.parametrize("beds", ["500", "481"])
def test_an_input_that_changes_meanwhile_is_refused(tmp_path: Path, beds: str) -> None:
    """A bundle is not written if what would be in it is not what was judged, the verdicts or only a value."""
    lay_out(tmp_path)
    outcome = run_check(CheckRequest(plan=str(tmp_path / "demo.plan.yaml"), sheets=(tmp_path / "s.facts.yaml",)))
    lay_out(tmp_path, SHEET.replace("480", beds))
    with pytest.raises(Refused) as refused:
        bundle.write(outcome, "en", io.BytesIO())

    assert "bundle.changed" == refused.value.problems[0].code


def test_inputs_beyond_what_may_be_unpacked_are_refused(tmp_path: Path) -> None:
    """No bundle is written that would be refused when it is verified under the same limits."""
    lay_out(tmp_path)
    out = tmp_path / "out.zip"
    result = run(
        "--limit", "unpacked=1K", "check", tmp_path / "demo.plan.yaml", tmp_path / "s.facts.yaml", "-o", f"bundle:{out}"
    )

    assert 2 == result.exit_code
    assert "--limit unpacked=" in result.output
    assert not out.exists()


def test_odd_names_cannot_lead_anywhere(tmp_path: Path) -> None:
    """A file name with a backslash, a colon or a hidden mark is bundled under a plain one."""
    lay_out(tmp_path)
    odd = tmp_path / "..\\C:\u202e s.facts.yaml"
    (tmp_path / "s.facts.yaml").rename(odd)
    out = bundled(tmp_path, sheets=(odd,))

    assert "sheets/1/.._C__ s.facts.yaml" in members(out)
    assert 0 == run("verify", out).exit_code


def test_a_bundle_needs_a_file(tmp_path: Path) -> None:
    """Bytes are not written to a terminal."""
    lay_out(tmp_path)

    assert 2 == run("check", tmp_path / "demo.plan.yaml", tmp_path / "s.facts.yaml", "-o", "bundle").exit_code


def test_every_altered_file_is_named(tmp_path: Path) -> None:
    """One more byte in any file of the bundle is found, and the file is named; so is one taken out, and one put in."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    files = members(out)

    for name in files.keys() - {"manifest.json"}:
        result = run("verify", packed(out, {**files, name: files[name] + b"\n"}))

        assert 1 == result.exit_code
        assert f"{name}: altered" in result.output
        result = run("verify", packed(out, {other: files[other] for other in files if other != name}))

        assert 1 == result.exit_code
        assert f"{name}: missing" in result.output
    result = run("verify", packed(out, {**files, "sheets/1/more.facts.yaml": b"x"}))

    assert 1 == result.exit_code
    assert "sheets/1/more.facts.yaml: added" in result.output


def test_an_altered_sheet_is_told_by_its_verdicts(tmp_path: Path) -> None:
    """Who alters a figure and the digests with it is told which verdicts the altered figure gives."""
    lay_out(tmp_path)
    result = run("verify", altered(bundled(tmp_path), "sheets/1/s.facts.yaml", b"480", b"500", hidden=True))

    assert 1 == result.exit_code
    assert ": altered" not in result.output
    assert "many-beds · 某区 · 2023: the bundle says shortfall, judged again it is met" in result.output


def test_an_altered_finding_is_told(tmp_path: Path) -> None:
    """Who alters a verdict in the findings and the digests with it is told what it should be."""
    lay_out(tmp_path)
    out = altered(bundled(tmp_path), "findings.json", b'"verdict": "shortfall"', b'"verdict": "met"', hidden=True)
    result = run("verify", out, "--lang", "zh")

    assert 1 == result.exit_code
    assert "many-beds · 某区 · 2023 年：包中为“met”，重新判定为“shortfall”" in result.output


def test_findings_taken_out_or_added_are_told(tmp_path: Path) -> None:
    """A finding that is in the bundle or in the new judgement only is named."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    files = members(out)
    findings = json.loads(files["findings.json"])
    first = findings["findings"].pop(0)
    findings["findings"].append({**first, "subject": "子虚区"})
    problems = verify(VerifyRequest(packed(out, {**files, "findings.json": json.dumps(findings).encode()}))).differences

    assert [("bundle.only-now", "某区"), ("bundle.only-stored", "子虚区")] == [
        (problem.code, problem.details["subject"]) for problem in problems
    ]


def test_other_alterations_of_the_findings_are_told(tmp_path: Path) -> None:
    """A sentence, a count, the form of the JSON, or what is no JSON at all: each is told."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    files = members(out)
    findings = json.loads(files["findings.json"])
    sentence = json.loads(files["findings.json"])
    sentence["findings"][0]["sentence"] = "all is well"
    for content, code in (
        (json.dumps(sentence), "bundle.finding"),
        (json.dumps({**findings, "year": 2024}), "bundle.field"),
        (json.dumps(findings), "bundle.form"),
        ("[]", "bundle.not-json"),
        ("[" * 100_000, "over-limit"),
    ):
        verified = verify(VerifyRequest(packed(out, {**files, "findings.json": content.encode()})))

        assert [code] == [problem.code for problem in verified.differences]
        assert 1 == verified.exit_code


def test_an_altered_report_is_told(tmp_path: Path) -> None:
    """A report that does not say what the findings say is told, whatever the manifest says."""
    lay_out(tmp_path)
    out = altered(bundled(tmp_path), "report.txt", b"shortfall", b"met", hidden=True)

    assert ["bundle.report"] == [problem.code for problem in verify(VerifyRequest(out)).differences]


def test_another_exit_code_is_told(tmp_path: Path) -> None:
    """A manifest that says the check was clean when it was not is told."""
    lay_out(tmp_path)
    out = remade(bundled(tmp_path), lambda told: told.update(exit_code=0))

    assert ["bundle.exit-code"] == [problem.code for problem in verify(VerifyRequest(out)).differences]
    assert 1 == run("verify", out).exit_code


def test_another_version_is_noted(tmp_path: Path) -> None:
    """A bundle made with another version is judged, and the version is named: a difference may be due to it."""
    lay_out(tmp_path)
    out = remade(bundled(tmp_path), lambda told: told["versions"].update(dabiao="0.0.1"))
    result = run("verify", out)

    assert 0 == result.exit_code
    assert "made with dabiao 0.0.1" in result.output


def test_other_limits_are_noted(tmp_path: Path) -> None:
    """A bundle made under other limits says so."""
    lay_out(tmp_path)
    out = tmp_path / "out.zip"
    run("--limit", "depth=20", "check", tmp_path / "demo.plan.yaml", tmp_path / "s.facts.yaml", "-o", f"bundle:{out}")

    assert {"depth": 20} == manifest(out)["limits"]
    assert "depth=20" in run("verify", out).output
    assert "depth=20" not in run("--limit", "depth=20", "verify", out).output


def test_verification_is_told_to_programs(tmp_path: Path) -> None:
    """-o json has what differs, each with its code, and whether all is well."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    fine = json.loads(run("verify", out, "-o", "json").output)
    wrong = json.loads(run("verify", altered(out, "sheets/1/s.facts.yaml", b"480", b"470"), "-o", "json").output)

    assert (True, [], []) == (fine["verified"], fine["contents"], fine["differences"])
    assert ["bundle.altered"] == [problem["code"] for problem in wrong["contents"]]
    assert not wrong["verified"]


def hostile(name: str, content: bytes = b"x", **attributes: int) -> Callable[[Path], object]:
    """Return what adds a member to a bundle that it must not have."""

    def add(path: Path) -> None:
        with zipfile.ZipFile(path, "a") as archive:
            info = zipfile.ZipInfo(name)
            for attribute, value in attributes.items():
                setattr(info, attribute, value)
            archive.writestr(info, content)

    return add


def asking(**changes: object) -> Callable[[Path], object]:
    """Return what asks for something else in the manifest."""
    return lambda path: remade(path, lambda told: told["asked"].update(changes))


def telling(**changes: object) -> Callable[[Path], object]:
    """Return what says something else in the manifest."""
    return lambda path: remade(path, lambda told: told.update(changes))


def saying(content: bytes) -> Callable[[Path], object]:
    """Return what puts something else in the place of the manifest."""
    return lambda path: packed(path, {**members(path), "manifest.json": content})


LINK = (stat.S_IFLNK | 0o777) << 16
HOSTILE: dict[str, Callable[[Path], object]] = {
    "no archive": lambda path: path.write_bytes(b"plain text"),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-30]),
    "gone": lambda path: path.unlink(),
    "no manifest": lambda path: packed(path, {"x": b""}),
    "upwards": hostile("sheets/../../evil"),
    "absolute": hostile("/tmp/evil"),
    "backslash": hostile("sheets\\..\\evil"),
    "drive": hostile("C:/evil"),
    "link": hostile("sheets/1/link", b"/etc/passwd", external_attr=LINK, create_system=3),
    "folder": hostile("sheets/9/"),
    "twice": hostile("report.txt"),
    "twice but for case": hostile("REPORT.TXT"),
    "no json": saying(b"{"),
    "not an object": saying(b"[]"),
    "deep": saying(b"[" * 100_000),
    "key twice": saying(b'{"format": "dabiao/bundle/1", "format": "dabiao/bundle/1"}'),
    "huge number": saying(b'{"format": ' + b"9" * 5000 + b"}"),
    "no utf-8": saying(b'{"format": "\xff"}'),
    "other format": telling(format="dabiao/bundle/2"),
    "no files": telling(files=None),
    "file without name": telling(files=[{}]),
    "file elsewhere": telling(files=[{"path": "etc/x", "sha256": "0"}]),
    "file upwards": telling(files=[{"path": "plan/../../x", "sha256": "0"}]),
    "file under a file": telling(
        files=[{"path": "plan/a", "sha256": ""}, {"path": "plan/a", "sha256": ""}]
    ),
    "language": telling(lang="fr"),
    "exit code": telling(exit_code="0"),
    "limits": telling(limits={"depth": "1"}),
    "plan elsewhere": asking(plan="/etc/passwd"),
    "plan upwards": asking(plan="plan/../../x.plan.yaml"),
    "plan shipped here": asking(plan="yanqing"),
    "sheet elsewhere": asking(sheets=["/etc"]),
    "sheet upwards": asking(sheets=["sheets/../.."]),
    "sheet no text": asking(sheets=[1]),
    "waivers elsewhere": asking(waivers="../w.yaml"),
    "waivers no text": asking(waivers=1),
    "year": asking(year="2023"),
    "day": asking(as_of="soon"),
    "select": asking(select="all"),
    "fail on": asking(fail_on="nothing"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_bundle_is_refused(tmp_path: Path, name: str) -> None:
    """An archive that is none, leads out of itself, or has a manifest that means nothing: exit code 2 and a message."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    HOSTILE[name](out)
    before = sorted(tmp_path.rglob("*"))
    result = run("verify", out)

    assert 2 == result.exit_code
    assert str(out) in result.output
    assert "Traceback" not in result.output
    assert before == sorted(tmp_path.rglob("*"))


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    """An archive that unpacks to more than the limit, or has too many members, is refused with the name of the limit."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    packed(tmp_path / "big.zip", {**members(out), "sheets/1/big": b"\0" * 20_000_000})

    assert 2 == run("--limit", "unpacked=10M", "verify", tmp_path / "big.zip").exit_code
    assert "--limit unpacked" in run("--limit", "unpacked=10M", "verify", tmp_path / "big.zip").output
    assert "--limit members" in run("--limit", "members=3", "verify", out).output


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    """A member that says it is encrypted is refused."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    data = bytearray(out.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1  # the flag in the directory
    out.write_bytes(data)

    assert 2 == run("verify", out).exit_code


def test_no_flipped_byte_goes_unnoticed_or_breaks(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any byte of the archive may be wrong: what is verified then still has the same contents, and nothing else passes."""
    folder = tmp_path_factory.mktemp("flip")
    lay_out(folder)
    out = bundled(folder)
    sound, data = members(out), out.read_bytes()

    @given(position=st.integers(0, len(data) - 1), mask=st.integers(1, 255))
    def flipped(position: int, mask: int) -> None:
        out.write_bytes(data[:position] + bytes([data[position] ^ mask]) + data[position + 1 :])
        try:
            verified = verify(VerifyRequest(out))
        except Refused:
            return
        assert 1 == verified.exit_code or sound == members(out)

    flipped()


REPORTS = {"json": "out.json", "bundle": "out.zip", "xlsx": "out.xlsx"}
ASKED = ["check", "demo.plan.yaml", "s.facts.yaml", *(f"-o{report}:{file}" for report, file in REPORTS.items())]


def test_a_killed_run_leaves_the_old_file_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at any moment, a run leaves each report as it was or whole and new, and nothing a later run trips over."""
    monkeypatch.chdir(tmp_path)
    found = {}
    for beds in ("500", "480"):
        lay_out(tmp_path, SHEET.replace("480", beds))
        run(*ASKED)
        found[beds] = contents(tmp_path)
    lay_out(tmp_path, SHEET.replace("480", "500"))
    run(*ASKED)
    lay_out(tmp_path, SHEET)
    assert all(found["500"][file] != found["480"][file] for file in REPORTS.values())
    random = Random(5)

    def writing(file: str) -> Callable[[subprocess.Popen[bytes]], None]:
        before = set(tmp_path.iterdir())

        def wait(process: subprocess.Popen[bytes]) -> None:
            while process.poll() is None and not any(
                path.name.startswith(f".{file}.") for path in set(tmp_path.iterdir()) - before
            ):
                time.sleep(0.001)

        return wait

    caught = 0
    for file in (*REPORTS.values(), "", ""):
        moment = writing(file) if file else lambda _: time.sleep(random.random())
        command = [sys.executable, "-m", "dabiao", *ASKED]
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            moment(process)
            process.kill()
        caught += process.returncode == -signal.SIGKILL
        now = contents(tmp_path)

        assert all(now[name] in (found["500"][name], found["480"][name]) for name in REPORTS.values())
    assert caught >= 3
    run(*ASKED)

    assert found["480"] == contents(tmp_path)
    assert 0 == run("verify", "out.zip").exit_code


def contents(folder: Path) -> dict[str, object]:
    """Return what the reports say; a workbook also has the time it was made, which is left out."""
    found: dict[str, object] = {}
    for file in REPORTS.values():
        found[file] = (folder / file).read_bytes()
        if file.endswith(".xlsx"):
            files = members(folder / file)
            found[file] = {name: content for name, content in files.items() if not name.startswith("docProps")}
    return found
