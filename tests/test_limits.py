"""Limits: each is kept, is named with the option that sets it, and can be set; and bombs are met with little memory."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from dabiao.base import nodes
from dabiao.base.archive import open_archive
from dabiao.base.limit_options import parse_limits
from dabiao.base.limits import Limits, use_limits
from dabiao.base.problems import Location, Problem, Problems, Refused, nearest
from dabiao.cli import main
from helpers import ON_UNIX, sheet_text
from test_hostile import DABIAO, PLAN, bounded


def run(folder: Path, sheet: Path, *limits: str) -> tuple[int, str]:
    """Check a sheet under limits; return the exit code and what standard error says."""
    (folder / "p.plan.yaml").write_text(PLAN, "utf-8")
    options = [part for limit in limits for part in ("--limit", limit)]
    found = CliRunner().invoke(main, [*options, "check", str(folder / "p.plan.yaml"), str(sheet)])
    assert "Traceback" not in found.output
    return found.exit_code, found.stderr


SHEET = sheet_text(
    "beds: {value: 50, note: '一二三四五六七八九十'}",
    "- {kind: home, name: 一二三四五, facts: {places: 5}}",
    registers="home: 1",
)


@pytest.mark.parametrize(
    ("limit", "enough", "says"),
    [("file", 1000, "bytes in the file: "), ("depth", 5, "levels of nesting: "), ("text", 40, "characters in one text: "),
     ("name", 5, "characters in a name: 5"), ("cells", 60, "cells or values: ")],
)  # fmt: skip
def test_a_limit_is_named_and_can_be_set(limit: str, enough: int, says: str, tmp_path: Path) -> None:
    """A sheet within a limit is read; beyond it, it is refused with the limit, its name, and how to set it."""
    path = tmp_path / "s.facts.yaml"
    path.write_text(SHEET, "utf-8")
    plan_limits = {"file": 10_000, "text": 40, "depth": 6, "name": 5, "cells": 2_000}
    assert (0, "") == run(tmp_path, path)
    assert (0, "") == run(tmp_path, path, f"{limit}={max(enough, plan_limits[limit])}")
    low = {"file": 100, "depth": 3, "text": 9, "name": 4, "cells": 12}[limit]
    from dabiao import read_facts
    from dabiao.rules.load import parse_plan

    plan = parse_plan(PLAN)
    with use_limits(parse_limits([f"{limit}={low}"])), pytest.raises(Refused) as refused:
        read_facts(path, plan)
    problem = refused.value.problems[0]
    assert ("over-limit", limit, low) == (problem.code, problem.details["limit"], problem.details["most"])
    assert f"; the limit is {low}, and --limit {limit}=... sets it" in problem.text()
    assert f"上限 {low}；可用 --limit {limit}=… 调整" in problem.text("zh")
    assert says in problem.text()


def test_every_limit_has_words() -> None:
    """Every limit can be set, and is named in Chinese and English when it is reached."""
    from dabiao.base.problems import make_limit_problem

    for name in Limits.__dataclass_fields__:
        assert 7 == getattr(parse_limits([f"{name}=7"]), name)
        for lang in ("zh", "en"):
            assert f"--limit {name}=" in make_limit_problem(name, Location("f"), 1).text(lang)


@pytest.mark.parametrize(
    "text",
    ["fil=5", "file", "file=", "file=-1", "file=0", "file=1e9", "file=５５x", "depth=201", "file=9" + "9" * 20, "=5"],
)
def test_what_is_no_limit_is_refused(text: str) -> None:
    """An unknown limit, a size that is none, and more depth than the program bears end with 2 and a message."""
    found = CliRunner().invoke(main, ["--limit", text, "plans"])
    assert (2, "") == (found.exit_code, found.stdout)
    assert found.stderr.startswith("--limit: ")


def test_many_problems_are_counted(tmp_path: Path) -> None:
    """Of each file so many problems are told as the limit says, and the last line says how many more there are."""
    for name in ("a", "b"):
        facts = "\n".join(f"wrong{i}: 5" for i in range(30))
        (tmp_path / f"{name}.facts.yaml").write_text(sheet_text(facts), "utf-8")
    code, text = run(tmp_path, tmp_path, "problems=10")
    lines = text.splitlines()
    assert (2, 22) == (code, len(lines))
    assert [
        f"{tmp_path}/{name}.facts.yaml: and 20 more problems (to list more: --limit problems=...)" for name in "ab"
    ] == [line for line in lines if "more problems" in line]
    assert 60 == len(run(tmp_path, tmp_path)[1].splitlines())


def test_warnings_hide_no_errors_and_counts_add_up() -> None:
    """Errors and warnings are counted apart, also where one collector hands its problems to another."""
    with use_limits(parse_limits(["problems=3"])):
        inner, outer = Problems(), Problems()
        for number in range(10):
            inner.warn("empty-file", Location("f", number))
        assert () == inner.errors
        inner.add("empty-file", Location("f"))
        outer.extend(inner.found)
        outer.extend([Problem("empty-file", Location("f", 1))] * 4)
        assert [3, 1, 3, 1] == [len(list(g)) for g in (
            [p for p in outer.found if p.severity == "warning" and p.code != "more-problems"],
            [p for p in outer.found if p.severity == "warning" and p.code == "more-problems"],
            [p for p in outer.errors if p.code != "more-problems"],
            [p for p in outer.errors if p.code == "more-problems"],
        )]  # fmt: skip
        more = {p.severity: p.details["found"] for p in outer.found if p.code == "more-problems"}
    assert {"warning": 7, "error": 2} == more


def test_suggestions_end() -> None:
    """A million misspelt names do not wait for a million searches."""
    Problems()
    known = [f"name{i}" for i in range(1000)]
    assert "name7" == nearest("nam7", known)
    assert "" == nearest("x" * 10_000, ["x" * 10_001])
    for _ in range(200):
        nearest("zzz", known)
    assert "" == nearest("nam7", known)
    Problems()
    assert "name7" == nearest("nam7", known)


# ---------------------------------------------------------------- bombs, in a process with little memory

SIZE = int(float(os.environ.get("DABIAO_BOMBS", "0.2")) * 1_000_000)  # of each bomb; 16 MB is what a file may have
BOMBS: dict[str, Callable[[int], str]] = {
    "laughs": lambda _: "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in pairwise("abcdefghij")),
    "brackets": lambda n: "[" * n, "braces": lambda n: "{a: " * (n // 4), "dashes": lambda n: "- " * (n // 2), "questions": lambda n: "? " * (n // 2),
    "values": lambda n: "[" + "a," * (n // 2) + "]", "keys": lambda n: "{" + ",".join(f"k{i}: 1" for i in range(n // 12)) + "}",
    "same keys": lambda n: "{" + "k: 1," * (n // 6) + "}", "one text": lambda n: "plan: '" + "长" * (n // 3) + "'", "quotes": lambda n: "'" * n,
    "escapes": lambda n: 'plan: "' + "\\n" * (n // 2) + '"', "open": lambda n: 'plan: "' + "a " * (n // 2), "comments": lambda n: "#\n" * (n // 2), "lines": lambda n: "\n" * n,
    "tags": lambda n: "!" * n, "digits": lambda n: sheet_text("beds: " + "9" * n), "anchors": lambda n: "- &a b\n" * (n // 8), "documents": lambda n: "---\na\n" * (n // 8),
    "errors": lambda n: "plan: demo\nsubject: x\nyear: 2025\nfacts:\n" + "".join(f"  w{i}: 5\n" for i in range(n // 14)),
    "subjects": lambda n: "plan: demo\nsubject: x\nyear: 2025\nsubjects:\n" + "".join(f"- {{kind: hom, name: n{i}}}\n" for i in range(n // 32)),
    "alike": lambda n: "{" + ",".join(f"'{' ' * (i % 50)}甲{i // 50}': 1" for i in range(n // 45)) + "}",
}  # fmt: skip


def test_bombs_are_met_with_little_memory(tmp_path: Path) -> None:
    """Files made to exhaust memory, time or the stack are refused, each with a place, in one run of 1.5 GB."""
    (tmp_path / "p.plan.yaml").write_text(PLAN, "utf-8")
    names = [*((bomb, "yaml") for bomb in BOMBS), ("brackets", "json"), ("values", "json"), ("open", "json")]
    for bomb, suffix in names:
        (tmp_path / f"{bomb}.facts.{suffix}").write_text(BOMBS[bomb](SIZE), "utf-8")
    found = bounded(
        "check",
        str(tmp_path / "p.plan.yaml"),
        *(str(tmp_path / f"{bomb}.facts.{suffix}") for bomb, suffix in names),
        seconds=max(60, SIZE // 20_000),
    )
    assert (2, "") == (found.returncode, found.stdout), found.stderr[-500:]
    for bomb, suffix in names:
        lines = [
            line for line in found.stderr.splitlines() if line.startswith(str(tmp_path / f"{bomb}.facts.{suffix}"))
        ]
        assert 1 <= len(lines) <= 1001, bomb
        assert all(len(line) < 3000 for line in lines), bomb


# ---------------------------------------------------------------- depth, which libyaml limits too

NESTED: dict[str, tuple[str, int, int]] = {  # a text, and the place of the first value that is too deep
    "brackets": ("[" * 5000, 1, 26), "on a later line": ("# 规划\n长: " + "[" * 5000, 2, 28), "closed": ("a: " + "[" * 2000 + "]" * 2000, 1, 28),
    "braces": ("{a: " * 2000, 1, 98), "both": ("[{'[[[]]]': " * 2000, 1, 146), "quoted brackets first": ("a: [']]', \"}}\", " + "[" * 5000, 1, 40),
    "dashes": ("- " * 5000, 1, 51), "lines": ("\n".join(" " * i + "a:" for i in range(1200)), 25, 25), "under dashes": ("- " * 20 + "[" * 5000, 1, 46),
}  # fmt: skip


@pytest.mark.parametrize("parser", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize("name", NESTED)
def test_depth_is_limited_whatever_the_parser_bears(name: str, parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nesting beyond what libyaml bears is refused by the named limit, at the first value that is too deep."""
    text, line, column = NESTED[name]
    monkeypatch.setattr(nodes, "_Loader", getattr(yaml, parser))
    with pytest.raises(Refused) as caught:
        nodes.parse_yaml(text, "f.yaml", Problems())
    (problem,) = caught.value.problems
    assert ("over-limit", "depth", Location("f.yaml", line, column)) == (
        problem.code, problem.details.get("limit"), problem.location,
    )  # fmt: skip


@pytest.mark.parametrize("text", ["[" * 24, "[" * 24 + "]" * 23 + "%", "a: {b: '" + "[" * 5000 + "'", "- " * 23 + "]"])
def test_broken_yaml_within_the_depth_is_not_called_deep(text: str) -> None:
    """Broken YAML that is nested no deeper than the limit stays a mistake of syntax, whatever its texts hold."""
    with pytest.raises(Refused) as caught:
        nodes.parse_yaml(text, "f.yaml", Problems())
    assert ["yaml-syntax"] == [problem.code for problem in caught.value.problems]


DEEP = "x: " + "[" * 5000
READERS: dict[str, tuple[str, str]] = {  # a file that is too deep, and a command that reads it
    "plan": ("deep.plan.yaml", "lint deep.plan.yaml"),
    "part": ("p.deep.yaml", "lint whole.plan.yaml"),
    "cases": ("p_test.yaml", "test p.plan.yaml"),
    "sheet": ("deep.facts.yaml", "check p.plan.yaml deep.facts.yaml"),
    "JSON sheet": ("deep.facts.json", "check p.plan.yaml deep.facts.json"),
    "head of a folder": ("sheet.facts.yaml", "check p.plan.yaml ."),
    "waivers": ("deep.waivers.yaml", "check p.plan.yaml s.yaml --waivers deep.waivers.yaml"),
    "scenario": ("deep.yaml", "what-if p.plan.yaml s.yaml --scenario deep.yaml"),
    "costs": ("deep.yaml", "budget p.plan.yaml s.yaml --costs deep.yaml"),
}


@pytest.mark.parametrize("name", READERS)
def test_every_reader_of_yaml_names_the_depth(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever kind of file is too deep, the command says so at its place, and how to set the limit."""
    file, command = READERS[name]
    monkeypatch.chdir(tmp_path)
    Path("p.plan.yaml").write_text(PLAN, "utf-8")
    Path("whole.plan.yaml").write_text(PLAN + "\nparts: [p.deep.yaml]\n", "utf-8")
    Path("s.yaml").write_text(sheet_text("beds: 50", year=2023), "utf-8")
    Path(file).write_text(f'{{"x": {"[" * 5000}' if file.endswith("json") else DEEP, "utf-8")
    found = CliRunner().invoke(main, [*command.split(), "--lang", "en"])
    assert 2 == found.exit_code, found.output
    column = 31 if file.endswith("json") else 28
    assert f"{file}:1:{column}: levels of nesting: 25; the limit is 24, and --limit depth=... sets it" in found.stderr


# ---------------------------------------------------------------- archives


def packed(**files: bytes) -> bytes:
    """Return a ZIP archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def refused(data: bytes) -> list[str]:
    """Return the codes of what is wrong with an archive."""
    try:
        with open_archive(data, "a.zip") as archive:
            assert all(len(archive.read(m)) == m.file_size for m in archive.infolist())
    except Refused as refusal:
        assert all("a.zip" in p.text() and "a.zip" in p.text("zh") for p in refusal.problems)
        return [p.code for p in refusal.problems]
    return []


def test_a_sound_archive_is_opened() -> None:
    """An ordinary archive, with folders and other packers' habits, is opened; and what is none is refused."""
    assert [] == refused(packed(**{"a.xml": b"<a/>", "b/": b"", "b/c.bin": bytes(range(256)), "empty": b""}))
    assert [] == refused(b"#!/bin/sh\n" + packed(a=b"1"))
    for data in (b"", b"PK", b"PK\x03\x04" + b"\0" * 100, packed(a=b"1")[:-10], b"x" * 1000):
        assert ["bad-archive"] == refused(data)


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/etc/passwd", "C:/a", "c:a", "a\\..\\b", "\\\\host\\a", ".."])
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    """No archive may name a file outside itself."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        member = zipfile.ZipInfo("x" * len(name))
        archive.writestr(member, b"1")
    assert "archive-path" in refused(target.getvalue().replace(b"x" * len(name), name.encode()))


def test_zip_bombs_are_refused() -> None:
    """Too many members, too many bytes declared, more bytes than declared, and shared bytes are all refused."""
    bomb = packed(a=b"\0" * 20_000_000)
    assert len(bomb) < 25_000
    with use_limits(parse_limits(["unpacked=10M"])):
        assert ["over-limit"] == refused(bomb)
    assert [] == refused(bomb)
    with use_limits(parse_limits(["members=3"])):
        assert ["over-limit"] == refused(packed(a=b"", b=b"", c=b"", d=b""))
    lying = bomb.replace((20_000_000).to_bytes(4, "little"), (5).to_bytes(4, "little"))
    assert ["archive-damaged"] == refused(lying)
    twins = packed(a=b"1" * 100, b=b"1" * 100)
    start = twins.index(b"PK\x03\x04", 4)
    shared = twins.replace(start.to_bytes(4, "little"), (0).to_bytes(4, "little"))
    assert ["archive-overlap"] == refused(shared)


def test_other_archive_tricks_are_refused() -> None:
    """Two members of one name, encryption, damage, odd methods and hidden marks in names are refused."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("a", b"1")
            archive.writestr("a", b"2")
    assert ["archive-twice"] == refused(target.getvalue())
    assert ["archive-twice"] == refused(packed(a=b"1", A=b"2"))
    sound = packed(a=b"hello world" * 10)
    central = sound.index(b"PK\x01\x02")
    locked = bytearray(sound)
    locked[central + 8] |= 1
    assert ["archive-locked"] == refused(bytes(locked))
    damaged = bytearray(sound)
    damaged[35] ^= 0xFF
    assert ["archive-damaged"] == refused(bytes(damaged))
    for flag in (0x20, 0x40):  # patched data, strong encryption
        odd = bytearray(sound)
        odd[central + 8] |= flag
        assert ["archive-damaged"] == refused(bytes(odd))
    assert ["archive-damaged"] == refused(packed(abcde=b"1").replace(b"abcde", b"abcdx", 1))
    method = bytearray(sound)
    method[central + 10] = 12
    assert ["archive-damaged"] == refused(bytes(method))
    assert ["hidden-mark"] == refused(packed(**{"a\u202eb": b""}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_entities_are_refused(encoding: str) -> None:
    """XML that declares entities or a document type is refused in any encoding, also across the pieces it is read in."""
    for start in (
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        "<!ENTITY a 'b'>",
        "<! DOCTYPE a>",
        "<!doctype a>",
    ):
        assert ["xml-entity"] == refused(
            packed(**{"a.xml": f"<?xml version='1.0'?>{start}<a>&x;</a>".encode(encoding)})
        )
    at_the_seam = b" " * ((1 << 20) - 4) + b"<!DOCTYPE a><a/>"
    assert ["xml-entity"] == refused(packed(**{"x.rels": at_the_seam}))
    assert [] == refused(packed(**{"a.xml": "<a>&lt;!DOCTYPE</a>".encode(encoding), "a.bin": b"<!DOCTYPE"}))


# ---------------------------------------------------------------- tables


def table(folder: Path, data: bytes) -> Path:
    """Write a CSV folder."""
    (folder / "csv").mkdir(exist_ok=True)
    (folder / "csv" / "sheet.facts.yaml").write_text(sheet_text("beds: 50", year=2023), "utf-8")
    (folder / "csv" / "home.csv").write_bytes(data)
    return folder / "csv"


TABLES: dict[str, Callable[[], bytes]] = {
    "a million columns": lambda: b"name," + b"places," * 1_000_000 + b"\n", "an open quote": lambda: b'name,places\n"' + b"a" * 100_000_000,
    "an open quote in the header": lambda: b'"name' + b",places\n" * 5_000_000, "nul": lambda: b"name,places\n\x00,5\n", "empty": lambda: b"",
    "mark only": lambda: b"\xef\xbb\xbf", "blank": lambda: b"\n\n \n", "header only": lambda: b"name,places\n",
    "broken in the middle": lambda: "name,places\n甲,5\n".encode() + b"\xe7\x94,6\n\xff\xfe\n", "ragged": lambda: b"name,places\na,5\nb\nc,1,2\n",
    "quote in quote": lambda: b'name,places\n"a"b",5\n', "a long cell": lambda: b"name,places\n" + b"a" * 5_000_000 + b",5\n",
    "many errors": lambda: b"name,places\n" + b"".join(b"n%d,x\n" % i for i in range(100_000)), "twice": lambda: b"name,places,places\na,5,6\n",
    "alike": "name,places,ｐｌａｃｅｓ\na,5,6\n".encode, "hidden": "name,pla\u200bces\na,5\n".encode, "escape": lambda: b"name,\x1b[31mplaces\na,5\n",
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_hostile_table_is_refused(name: str, tmp_path: Path) -> None:
    """A table made to exhaust memory, or that is no table, is refused with its place."""
    (tmp_path / "p.plan.yaml").write_text(PLAN, "utf-8")
    folder = table(tmp_path, TABLES[name]())
    found = bounded("check", str(tmp_path / "p.plan.yaml"), str(folder))
    assert (2, "") == (found.returncode, found.stdout), found.stderr[:500]
    lines = found.stderr.splitlines()
    assert 1 <= len(lines) <= 1001
    assert all(
        line.startswith(str(folder / "home.csv")) and len(line) < 3000 and line.isprintable() for line in lines
    ), found.stderr[:500]


def test_tables_have_limits(tmp_path: Path) -> None:
    """Size, rows and columns of a table are limited, and the message names the limit."""
    names = "".join(f"n{i},5\n" for i in range(20))
    folder = table(tmp_path, b"name,places\n" + names.encode())
    for limit, value in (("register", 50), ("rows", 19), ("columns", 1)):
        code, text = run(tmp_path, folder, f"{limit}={value}")
        assert 2 == code
        assert "home.csv" in text
        assert f"the limit is {value}, and --limit {limit}=... sets it" in text
    assert 2 != run(tmp_path, folder, "register=200", "rows=20", "columns=2")[0]


def test_a_list_of_facts_has_the_limit_of_rows(tmp_path: Path) -> None:
    """The list of the root's facts is refused beyond the limit `rows`, which the message names."""
    folder = table(tmp_path, b"name,places\nn1,5\n")
    (folder / "district.csv").write_text("id,value\nbeds,50\nbeds,51\nbeds,52\n", "utf-8")
    code, text = run(tmp_path, folder, "rows=2")
    assert 2 == code
    assert "district.csv" in text
    assert "the limit is 2, and --limit rows=... sets it" in text


def test_line_ends_of_every_kind_are_read(tmp_path: Path) -> None:
    """Lines may end as on Windows, as on old Macs, or not at all."""
    for ends in ("\r\n", "\r", "\n"):
        code, text = run(tmp_path, table(tmp_path, ends.join(["name,places", "甲,5", "乙,x"]).encode()))
        assert (2, True) == (code, "home.csv:3" in text), text
        path = tmp_path / "s.facts.yaml"
        path.write_bytes(sheet_text("beds: 50\ncoverage: x").replace("\n", ends).encode())
        code, text = run(tmp_path, path)
        assert (2, True) == (code, "s.facts.yaml:6:13" in text), text


# ---------------------------------------------------------------- outputs


@ON_UNIX
def test_an_output_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """A folder that is not there, one in the place of the file, a full disk: a message, 2, and the old file as it was."""
    plan, sheet, old = tmp_path / "p.plan.yaml", tmp_path / "s.facts.yaml", tmp_path / "old.json"
    plan.write_text(PLAN, "utf-8")
    sheet.write_text(SHEET, "utf-8")
    old.write_text("old", "utf-8")
    (tmp_path / "taken").mkdir()
    for target in (tmp_path / "no" / "x.json", tmp_path / "taken", Path("/dev/full"), tmp_path / ("x" * 300)):
        found = bounded("check", str(plan), str(sheet), "-o", f"json:{target}")
        assert 2 == found.returncode, (target, found.stderr)
        assert str(target)[:40] in found.stderr
    for form, named in (
        ("json", "old.json: cannot be written"),
        ("xlsx", ": cannot be written"),
    ):  # a library's own file
        small = bounded("check", str(plan), str(sheet), "-o", f"{form}:{old}", preexec_fn=_no_more_bytes)
        assert (2, 1) == (small.returncode, small.stderr.count("\n")), small.stderr
        assert named in small.stderr
        assert "old" == old.read_text("utf-8")
    assert {"p.plan.yaml", "s.facts.yaml", "old.json", "taken"} == {p.name for p in tmp_path.iterdir()}


def _no_more_bytes() -> None:
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


@ON_UNIX
def test_standard_output_may_be_anything(tmp_path: Path) -> None:
    """A pipe closed early, a closed stream, a locale without Chinese: the exit code is right; a full device is said."""
    plan, sheet = tmp_path / "p.plan.yaml", tmp_path / "s.facts.yaml"
    plan.write_text(PLAN, "utf-8")
    sheet.write_text(SHEET.replace("value: 50", "value: 5"), "utf-8")
    check = " ".join([*DABIAO, "check", str(plan), str(sheet), "--lang", "zh"])
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    ascii_only = {**plain, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for line, environment, code, says in (
        (f"{check} >&-", plain, 1, ""), (f"{check} <&-", plain, 1, ""), (f"{check} 2>&- >/dev/null", plain, 1, ""), (f"{check} >/dev/null", ascii_only, 1, ""),
        (f"{check} >/dev/full", plain, 2, "磁盘已满"), (f"set -o pipefail; {check} | true", plain, 1, ""), (f"set -o pipefail; {check} -o text -o json:out.json | true", plain, 1, ""),
        (f"set -o pipefail; {check} nowhere 2>&1 | true", plain, 2, ""), (f"{check} nowhere", ascii_only, 2, "nowhere"),
    ):  # fmt: skip
        found = subprocess.run(["bash", "-c", line], env=environment, cwd=tmp_path, capture_output=True, check=False)
        assert code == found.returncode, (line, found.stderr)
        assert b"Traceback" not in found.stderr
        assert says.encode() in found.stderr
        assert says or not found.stderr, (line, found.stderr)
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["findings"]
    shown = subprocess.run(["bash", "-c", check], env=ascii_only, cwd=tmp_path, capture_output=True, check=False)
    assert shown.stdout.isascii()
    assert rb"\u672a\u8fbe\u6807" in shown.stdout
