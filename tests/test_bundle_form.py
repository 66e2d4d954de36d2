"""A bundle has one form: whatever an archive or a manifest has beside what a check writes is named, and is not verified."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from bundles import listed, members, packed, remade
from click.testing import CliRunner, Result
from dabiao.base.archive import find_foreign, make_archive
from dabiao.base.files import Upload
from dabiao.cli import main
from dabiao.engine.manifest import canonical
from dabiao.engine.requests import CheckRequest
from dabiao.engine.run import run as run_check
from dabiao.evidence import bundle
from dabiao.evidence.verify import VerifyRequest, verify
from helpers import plan_text
from hypothesis import given
from hypothesis import strategies as st
from test_bundle import COMMITMENTS, MEASURES, SHEET, bundled, lay_out

DIRECTORY = b"PK\x01\x02"
END = b"PK\x05\x06"


def run(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, [*map(str, arguments)])


def zipped(
    files: Mapping[str, bytes], comment: bytes = b"", compression: int = 0, **attributes: Any
) -> bytes:  # fmt: skip
    """Return an archive like that of a bundle but for a comment, a compression, and attributes of one member."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.comment = comment
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr, info.compress_type = 3, 0o100644 << 16, compression
            for attribute, value in attributes.items() if name == "report.txt" else ():
                setattr(info, "comment" if attribute == "remark" else attribute, value)
            archive.writestr(info, content)
    return target.getvalue()


def between(data: bytes) -> bytes:
    """Return an archive with bytes between its members and its directory."""
    start = data.index(DIRECTORY)
    at = data.rindex(END) + 16
    return data[:start] + b"approved" + data[start:at] + (start + 8).to_bytes(4, "little") + data[at + 4 :]


FORMS: dict[str, tuple[Callable[[bytes, dict[str, bytes]], bytes], str]] = {
    "a script before it": (lambda data, files: b"#!/bin/sh\n" + data, "10 bytes stand before the first file"),
    "a byte behind it": (lambda data, files: data + b"x", "1 byte stands behind the end of the archive"),
    "bytes within it": (lambda data, files: between(data), "8 bytes stand between sheets/1/s.facts.yaml and what comes"),
    "a comment": (lambda data, files: zipped(files, b"approved"), "the archive has a comment: approved"),
    "a comment of a file": (lambda data, files: zipped(files, remark=b"a"), "report.txt has a comment in the archive"),
    "another order": (lambda data, files: zipped(dict(sorted(files.items()))), "findings.json stands in the archive where manifest.json"),
    "another date": (lambda data, files: zipped(files, date_time=(2024, 5, 6, 7, 8, 10)), "report.txt has another date"),
    "a program": (lambda data, files: zipped(files, external_attr=0o100777 << 16), "report.txt has other permissions"),
    "another system": (lambda data, files: zipped(files, create_system=0), "report.txt has other permissions"),
    "compressed": (lambda data, files: zipped(files, b"", 8), "manifest.json is compressed"),
    "extra fields": (lambda data, files: zipped(files, extra=b"\x99\x99\x02\x00ab"), "report.txt has marks in the archive"),
    "a byte of a head": (lambda data, files: data[:4] + b"\x15" + data[5:], "not written as a check writes it, from byte 4 on"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_an_archive_has_one_form(name: str, tmp_path: Path) -> None:
    """The same files in an archive with anything more or anything else are named in words, and not verified."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    make, says = FORMS[name]
    out.write_bytes(make(out.read_bytes(), members(out)))
    result = run("verify", out, "--lang", "en")

    assert (1, True) == (result.exit_code, says in result.output), result.output
    assert "not as it was written: 1\n" in result.output
    assert 2 == run("compare", out, out).exit_code


@given(st.dictionaries(st.sampled_from("abcdef"), st.binary(max_size=5)), st.data())
def test_only_the_bytes_of_its_files_are_an_archive(files: dict[str, bytes], data: st.DataObject) -> None:
    """What an archive is written of is all there is in it: the same bytes have nothing foreign, any other that opens has."""
    made = make_archive(files)
    at = data.draw(st.integers(0, len(made)))
    other = made[:at] + data.draw(st.binary(min_size=1, max_size=3)) + made[at + data.draw(st.integers(0, 3)) :]

    assert [] == find_foreign(made, "a.zip", files)
    try:
        with zipfile.ZipFile(io.BytesIO(other)) as archive:
            same = files == {name: archive.read(name) for name in archive.namelist()} and len(files) == len(
                archive.infolist()
            )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return
    if same and other != made:
        assert find_foreign(other, "a.zip", files)


SAID: dict[str, tuple[Callable[[Any], object], str]] = {
    "a key": (lambda told: told.update(approved=True), "'approved' is no key of a manifest"),
    "a key of what was asked": (lambda told: told["asked"].update(by="x"), "'asked.by' is no key of a manifest"),
    "a key of a file": (lambda told: told["files"][0].update(by="x"), "'files[1].by' is no key of a manifest"),
    "a version": (lambda told: told["versions"].update(auditor="1"), "'versions.auditor' is no key of a manifest"),
    "a version of no text": (lambda told: told["versions"].update(python=3), "versions.python is 3; a check writes "),
    "a limit that is none": (lambda told: told["limits"].update(depth=24), "'limits.depth' is no key of a manifest"),
    "a day": (lambda told: told["asked"].update(as_of="20231231"), "asked.as_of is 20231231; a check writes 2023-12-31"),
    "nothing earlier": (lambda told: told["asked"].update(since=[]), "'asked.since' is no key of a manifest"),
    "an order": (lambda told: told["files"].reverse(), "files[1].bytes is"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_a_manifest_says_nothing_else(name: str, tmp_path: Path) -> None:
    """A key that no check writes, or a value written differently, is named and not verified, though it decides nothing."""
    lay_out(tmp_path)
    change, says = SAID[name]
    result = run("verify", remade(bundled(tmp_path), change), "--lang", "en")

    assert (1, True) == (result.exit_code, says in result.output), result.output


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (lambda told: json.dumps(told, ensure_ascii=False, sort_keys=True).encode(), 1),
        (lambda told: json.dumps(dict(reversed(told.items())), indent=1, ensure_ascii=False).encode() + b"\n", 1),
        (lambda told: canonical(told).decode().encode("utf-16"), 2),
        (lambda told: b"\xef\xbb\xbf" + canonical(told), 2),
    ],
    ids=["spaces", "order", "utf-16", "byte order mark"],
)
def test_a_manifest_is_written_in_one_way(write: Callable[[Any], bytes], code: int, tmp_path: Path) -> None:
    """The same manifest with other spaces, another order of keys or in another encoding is not verified."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    files = members(out)
    files["manifest.json"] = write(json.loads(files["manifest.json"]))

    assert code == run("verify", packed(out, files)).exit_code


@pytest.mark.parametrize(
    "place", ["sheets/2/x.facts.yaml", "sheets/1/more.facts.yaml", "plan/other.yaml", "waivers/w.yaml", "since/1/x"]
)
def test_a_listed_file_that_nothing_reads_is_named(place: str, tmp_path: Path) -> None:
    """A file that the manifest lists, and that is neither asked for nor part of the plan, is named and not verified."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    result = run("verify", packed(out, listed({**members(out), place: b"x: 1\n"})), "--lang", "en")

    assert 1 == result.exit_code
    assert f"{place}: nothing that was asked reads it" in result.output
    assert 2 == run("compare", out, out).exit_code


def test_parts_that_a_plan_does_not_name_stay_out(tmp_path: Path) -> None:
    """An uploaded plan given with more parts than it names gives a bundle without them, which is verified."""
    plan = Upload("demo.plan.yaml", plan_text(MEASURES, COMMITMENTS).encode())
    given_parts = (Upload("other.yaml", b"part_of: demo\n"),)
    outcome = run_check(CheckRequest(plan=plan, parts=given_parts, sheets=(Upload("s.facts.yaml", SHEET.encode()),)))
    path = tmp_path / "b.zip"
    with path.open("wb") as stream:
        bundle.write(outcome, "en", stream)

    assert "plan/other.yaml" not in members(path)
    assert 0 == verify(VerifyRequest(path)).exit_code


@pytest.mark.parametrize(
    "place", ["sheets/7/s.facts.yaml", "sheets/s.facts.yaml", "sheets/1/a/s.facts.yaml", "sheets/1/a:b.facts.yaml"]
)
def test_a_sheet_stands_where_a_check_puts_it(place: str, tmp_path: Path) -> None:
    """Sheets lie in folders numbered in their order, under names that any archive can hold; other places are refused."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    files = members(out)
    files[place] = files.pop("sheets/1/s.facts.yaml")
    out = remade(packed(out, listed(files)), lambda told: told["asked"].update(sheets=[place]))

    assert 2 == run("verify", out).exit_code


def took(*arguments: object, code: int) -> tuple[float, str]:
    """Run a command; return its seconds and what it said."""
    start = time.monotonic()
    result = run(*arguments, "--lang", "en")
    assert code == result.exit_code, result.output
    return time.monotonic() - start, result.output


def test_findings_with_one_key_are_told_apart_in_time(tmp_path: Path) -> None:
    """30,000 findings about the same are compared in the time of reading them."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    many = canonical({"findings": [{}] * 30_000})
    seconds, said = took("verify", packed(out, listed({**members(out), "findings.json": many})), code=1)

    assert re.search(r"differences when judged again: 30,?0\d\d", said)
    assert seconds < 20


@pytest.mark.parametrize(
    ("findings", "limit"),
    [
        (b'{"findings": [' + b"[]," * 2_000_001 + b"[]]}", "--limit cells"),
        (b'{"a": ' * 400 + b"1" + b"}" * 400, "--limit depth"),
        (b"[" * 1_000_000, "--limit depth"),
    ],
    ids=["many", "deep", "open"],
)
def test_findings_beyond_the_limits_are_not_compared(findings: bytes, limit: str, tmp_path: Path) -> None:
    """Findings of very many values or levels are named with the limit, before they are built."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    seconds, said = took("verify", packed(out, listed({**members(out), "findings.json": findings})), code=1)

    assert limit in said
    assert seconds < 20


def test_many_differences_are_counted(tmp_path: Path) -> None:
    """300,000 unknown fields of the findings, or keys of the manifest, are counted and not told one by one."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    more = {f"k{number}": number for number in range(300_000)}
    findings = canonical({**json.loads(members(out)["findings.json"]), **more})
    packed(out, listed({**members(out), "findings.json": findings}))
    seconds, said = took("verify", remade(out, lambda told: told.update(more)), code=1)

    assert "not as it was written: 300000" in said
    assert "differences when judged again: 300000" in said
    assert seconds < 40


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["asked"].update(select=[f"x{number}" for number in range(10_001)]),
        lambda told: told["asked"].update(since=[f"since/{number}/x" for number in range(1, 10_002)]),
        lambda told: told["versions"].update(polars="1.0 approved"),
        lambda told: told["limits"].update(depth=-1),
        lambda told: told["limits"].update(depth=10**4000),
        lambda told: told["limits"].update(depth=True),
        lambda told: told.update(exit_code=10**4000),
    ],
)
def test_what_no_run_has_is_refused(change: Callable[[Any], object], tmp_path: Path) -> None:
    """More names than an archive has files, a version that is none, a limit that cannot be set: no manifest says so."""
    lay_out(tmp_path)

    assert 2 == run("verify", remade(bundled(tmp_path), change)).exit_code


def test_a_manifest_beyond_the_limits_is_refused(tmp_path: Path) -> None:
    """So is a manifest of very many values or levels."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    for value, limit in (([[]] * 2_000_001, "--limit cells"), ([[[[[[[[[[[[]]]]]]]]]]]], "--limit depth")):
        remade(out, lambda told, value=value: told.update(more=value))

        assert limit in took("--limit", "depth=8", "verify", out, code=2)[1]
        remade(out, lambda told: told.pop("more"))


def test_deep_folders_are_refused(tmp_path: Path) -> None:
    """A bundle with a folder deeper than sheets are looked for in is refused with the limit; nor is one written."""
    lay_out(tmp_path)
    out = bundled(tmp_path)
    deep = "sheets/2/x/" + "a/" * 30_000 + "s.facts.yaml"
    files = listed({**members(out), **{f"{deep}{number}": b"x" for number in range(20)}})
    seconds, said = took("verify", packed(out, files), code=2)

    assert "--limit depth" in said
    assert seconds < 20


def test_what_is_as_deep_as_allowed_is_bundled_and_verified(tmp_path: Path) -> None:
    """The deepest folder in which sheets are found gives a bundle that is verified."""
    lay_out(tmp_path)
    folder = tmp_path / "x" / "/".join("a" * 24)
    folder.mkdir(parents=True)
    (tmp_path / "s.facts.yaml").rename(folder / "s.facts.yaml")
    out = bundled(tmp_path, sheets=(tmp_path / "x",))

    assert 0 == run("verify", out).exit_code
    assert any(name.endswith("a/s.facts.yaml") for name in members(out))
