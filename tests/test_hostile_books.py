"""Hostile workbooks and bundles, and hostile names on their way out: nothing is run, nothing leads outside, nothing is a formula."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from contextlib import chdir
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner
from dabiao.base.archive import make_archive
from dabiao.cli import main
from dabiao.engine.bundles import order
from test_hostile import PLAN, bounded
from test_limits import SHEET


@cache
def book() -> dict[str, bytes]:
    """Return the parts of the workbook that the program gives for the small plan."""
    with TemporaryDirectory() as folder, chdir(folder):
        Path("demo.plan.yaml").write_text(PLAN, "utf-8")
        made = CliRunner().invoke(
            main, ["template", "demo.plan.yaml", "--year", "2025", "--tier", "all", "--subject", "某区", "-o", "t.xlsx"]
        )
        assert 0 == made.exit_code, made.output
        with zipfile.ZipFile("t.xlsx") as archive:
            return {name: archive.read(name) for name in archive.namelist()}


@cache
def bundle() -> dict[str, bytes]:
    """Return the members of a bundle of evidence."""
    with TemporaryDirectory() as folder, chdir(folder):
        Path("demo.plan.yaml").write_text(PLAN, "utf-8")
        Path("s.facts.yaml").write_text(SHEET, "utf-8")
        made = CliRunner().invoke(main, ["check", "demo.plan.yaml", "s.facts.yaml", "-o", "bundle:b.zip"])
        assert 0 == made.exit_code, made.output
        with zipfile.ZipFile("b.zip") as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def packed(members: dict[str, bytes]) -> bytes:
    """Return a ZIP archive of members."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def first_sheet() -> str:
    """Return the name of the part that holds the sheet of the root's facts."""
    return (
        next(
            name for name, data in sorted(book().items()) if name.startswith("xl/worksheets/sheet") and b"beds" in data
        )
        if any(b"beds" in data for name, data in book().items() if name.startswith("xl/worksheets/"))
        else "xl/worksheets/sheet2.xml"
    )


def with_part(name: str, change: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """Return the parts with one of them changed."""
    return {**book(), name: change(book()[name])}


DOCTYPE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "' + b"a" * 100 + b'">]>'
BOOKS: dict[str, Callable[[], tuple[dict[str, bytes], str]]] = {
    "entities": lambda: (with_part("xl/workbook.xml", lambda part: re.sub(rb"(\?>)", rb"\1" + DOCTYPE, part, count=1) if b"?>" in part else DOCTYPE + part), "entities"),
    "path": lambda: ({**book(), "../../etc/cron.d/x": b"* * * * *"}, "points outside"),
    "zeros": lambda: ({**book(), "xl/media/a.bin": bytes(300 * 1024**2)}, "--limit unpacked="),
    "members": lambda: ({**book(), **{f"xl/media/{i}": b"" for i in range(10_001)}}, "--limit members="),
    "no sheets": lambda: ({name: data for name, data in book().items() if "worksheets" not in name}, "damaged"),
    "no workbook": lambda: ({"a.txt": b"hello"}, ""), "nothing": lambda: ({}, ""),
    "deep": lambda: (with_part(first_sheet(), lambda _: b"<a>" * 100_000), ""), "cut": lambda: (with_part(first_sheet(), lambda part: part[: len(part) // 2]), "damaged"),
    "binary": lambda: (with_part(first_sheet(), lambda _: bytes(range(256)) * 10), ""),
    "far cell": lambda: (with_part(first_sheet(), lambda part: part.replace(b"<sheetData>", b'<sheetData><row r="99999999999"><c r="A99999999999"><v>1</v></c></row>')), ""),
    "merged": lambda: (with_part(first_sheet(), lambda part: part.replace(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')), "--limit merged="),
    "far column": lambda: (with_part(first_sheet(), lambda part: re.sub(rb'r="A(\d+)"', rb'r="ZZZZZZZ\1"', part)), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BOOKS)
def test_a_hostile_workbook_is_refused(name: str, tmp_path: Path) -> None:
    """Bombs, entities, paths and damage in a workbook are refused by name, with little memory, and nothing is unpacked."""
    parts, says = BOOKS[name]()
    (tmp_path / "p.plan.yaml").write_text(PLAN, "utf-8")
    (tmp_path / "s.xlsx").write_bytes(packed(parts))
    found = bounded("check", str(tmp_path / "p.plan.yaml"), str(tmp_path / "s.xlsx"))
    assert (2, "") == (found.returncode, found.stdout), found.stderr[:500]
    assert all(line.startswith(str(tmp_path / "s.xlsx")) for line in found.stderr.splitlines())
    assert says in found.stderr
    assert "root:" not in found.stderr
    assert ["p.plan.yaml", "s.xlsx"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_workbook_that_is_refused_for_its_merged_cells_is_not_marked(tmp_path: Path) -> None:
    """What is too much to be read is not read again to be marked: the findings are a book of their own."""
    (tmp_path / "p.plan.yaml").write_text(PLAN, "utf-8")
    (tmp_path / "s.xlsx").write_bytes(packed(BOOKS["merged"]()[0]))
    found = bounded(
        "check", str(tmp_path / "p.plan.yaml"), str(tmp_path / "s.xlsx"), "-o", f"xlsx:{tmp_path / 'r.xlsx'}"
    )

    assert (2, True) == (found.returncode, (tmp_path / "r.xlsx").is_file())


BUNDLES: dict[str, Callable[[], dict[str, bytes]]] = {
    "path": lambda: {**bundle(), "../../x": b"1"}, "absolute": lambda: {**bundle(), "/tmp/dabiao-hostile": b"1"}, "added": lambda: {**bundle(), "sheets/x.yaml": b"1"},
    "no manifest": lambda: {name: data for name, data in bundle().items() if name != "manifest.json"}, "empty": dict, "zeros": lambda: {**bundle(), "z": bytes(300 * 1024**2)},
    "manifest leads out": lambda: {**bundle(), "manifest.json": bundle()["manifest.json"].replace(b"plan/", b"plan/../../")},
    "manifest is deep": lambda: {**bundle(), "manifest.json": b"[" * 100_000}, "manifest is a number": lambda: {**bundle(), "manifest.json": b"1e400"},
    "manifest is cut": lambda: {**bundle(), "manifest.json": bundle()["manifest.json"][:-20]},
    "findings changed": lambda: {**bundle(), "findings.json": bundle()["findings.json"].replace(b'"met"', b'"shortfall"')},
}  # fmt: skip


@pytest.mark.parametrize("name", BUNDLES)
def test_a_hostile_bundle_is_never_verified(name: str, tmp_path: Path) -> None:
    """A bundle that was altered, or made to write elsewhere, ends with a message and no file outside."""
    (tmp_path / "b.zip").write_bytes(packed(BUNDLES[name]()))
    found = bounded("verify", str(tmp_path / "b.zip"))
    assert found.returncode in (1, 2), found.stderr[:500]
    assert found.stderr or "altered" in found.stdout or found.returncode == 1
    assert ["b.zip"] == [path.name for path in tmp_path.iterdir()]
    assert not Path("/tmp/dabiao-hostile").exists()


def test_an_unchanged_bundle_is_verified(tmp_path: Path) -> None:
    """The bundle those were made from is sound, so that it is the change which is found."""
    (tmp_path / "b.zip").write_bytes(make_archive(order(bundle())))
    assert 0 == bounded("verify", str(tmp_path / "b.zip")).returncode


FORMULAS = ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+2", "-1+2", '=HYPERLINK("http://x")', "\uff1d1+1"]


def test_no_name_is_written_out_as_a_formula(tmp_path: Path) -> None:
    """Names that a spreadsheet would take for formulas are written as texts, in CSV and in workbooks."""
    rows = "\n".join(
        f"- {{kind: home, name: {json.dumps(name, ensure_ascii=False)}, facts: {{places: 0}}}}" for name in FORMULAS
    )
    (tmp_path / "p.plan.yaml").write_text(PLAN, "utf-8")
    sheet = tmp_path / "s.facts.yaml"
    sheet.write_text("plan: demo\nsubject: 某区\nyear: 2025\nfacts: {beds: 5}\nsubjects:\n" + rows, "utf-8")
    arguments = ["check", str(tmp_path / "p.plan.yaml"), str(sheet)]
    for report in ("csv", "xlsx"):
        made = CliRunner().invoke(main, [*arguments, "-o", f"{report}:{tmp_path / 'out'}.{report}"])
        assert 1 == made.exit_code, made.output
    cells = [cell for row in csv.reader((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()) for cell in row]
    assert not [cell for cell in cells if re.match(r"[=+@\t\r\uff1d]|-\d*[^\d.]", cell)]
    assert all(any(name in cell for cell in cells) for name in FORMULAS)
    for path in tmp_path.glob("out*.xlsx"):
        with zipfile.ZipFile(path) as archive:
            for part in archive.namelist():
                assert not part.startswith("xl/worksheets/sheet") or b"<f>" not in archive.read(part)
                assert b'TargetMode="External"' not in archive.read(part)
