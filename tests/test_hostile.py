"""What a hostile or broken input does: it is refused by name at its place, or read for what it is, and nothing else."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dabiao import read_facts
from dabiao.base.messages import visible
from dabiao.base.names import find_hidden_mark, fold_name
from dabiao.base.problems import Problem, Refused
from dabiao.cli import main
from dabiao.rules.load import parse_plan
from dabiao.rules.model import Plan
from helpers import ON_UNIX, commitment, make_plan, measure, own_facts, plan_text, sheet_text

MEASURES = (
    measure("beds")
    + measure("coverage", 'unit: "%"')
    + measure("places", of="home")
    + measure("visits", "unit: 人次", of="centre")
)
BEDS = commitment("beds", "measure: beds\nat_least: 10 张\ndue: every_year")
PLACES = commitment("places", "each: home\nmeasure: places\nat_least: 1 张\ndue: every_year")
PLAN = plan_text(MEASURES, BEDS + PLACES)
MEMORY = 1536 * 1024**2  # address space of a run: Python and Polars themselves take most of it
DABIAO = [sys.executable, "-m", "dabiao"]


def demo() -> Plan:
    """Return the small plan of these tests."""
    return parse_plan(PLAN, "demo.plan.yaml")


def cli(folder: Path, *arguments: str, plan: str = PLAN) -> Result:
    """Run `check` on arguments with the small plan; no traceback ever shows."""
    file = folder / "demo.plan.yaml"
    file.write_text(plan, "utf-8")
    found = CliRunner().invoke(main, ["check", str(file), *arguments])
    assert "Traceback" not in found.output
    assert "\x1b" not in found.output
    return found


def refused(folder: Path, text: str | bytes, name: str = "s.facts.yaml") -> list[Problem]:
    """Write a sheet, see the command line refuse it with a place on each line, and return its problems."""
    path = folder / name
    path.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    found = cli(folder, str(path))
    assert (2, "") == (found.exit_code, found.stdout), found.output
    assert all(line.startswith(str(path.parent)) for line in found.stderr.splitlines()), found.stderr
    assert all(line == visible(line) for line in found.stderr.splitlines())
    with pytest.raises(Refused) as caught:
        read_facts(path if path.suffix != ".csv" else folder, demo())
    assert len(caught.value.problems) == len(found.stderr.splitlines())
    return list(caught.value.problems)


def codes(problems: list[Problem]) -> list[tuple[str, int, int]]:
    """Return code, line and column of problems."""
    return [(p.code, p.location.line, p.location.column) for p in problems]


def bounded(*arguments: str, seconds: int = 60, **more: object) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own, with little memory and time; no traceback ever shows."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    environment = {**os.environ, "POLARS_MAX_THREADS": "1", "LANG": "en_GB.UTF-8", "LC_ALL": ""}
    run = {"capture_output": True, "text": True, "timeout": 5 * seconds, "preexec_fn": bound, "env": environment}
    found = subprocess.run([*DABIAO, *arguments], **{**run, **more}, check=False)  # type: ignore[call-overload]
    assert "Traceback" not in (found.stderr or "")
    return found  # type: ignore[no-any-return]


# ---------------------------------------------------------------- marks that are not seen

MARKS = {
    "\u202e": "U+202E", "\u200b": "U+200B", "\u200f": "U+200F",
    "\x1b": "U+001B", "\x07": "U+0007", "\x7f": "U+007F", "\x9b": "U+009B",
    "\u2066": "U+2066", "\ufeff": "U+FEFF", "\u00ad": "U+00AD",
}  # fmt: skip


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("place", ["name", "key", "note", "unknown key"])
def test_a_hidden_mark_is_refused_by_name(mark: str, place: str, tmp_path: Path) -> None:
    """A control or direction mark in a name, a key or a note is refused where it stands, and said by its code point."""
    escaped = json.dumps(mark)[1:-1] if ord(mark) < 0x10000 and not mark.isascii() else f"\\x{ord(mark):02x}"
    body = {
        "name": f'{{kind: home, name: "甲{escaped}院", facts: {{places: 5}}}}',
        "key": f'{{kind: home, name: 甲院, facts: {{"plac{escaped}es": 5}}}}',
        "note": f'{{kind: home, name: 甲院, facts: {{places: {{value: 5, note: "见{escaped}附件"}}}}}}',
        "unknown key": f'{{kind: home, name: 甲院, "no{escaped}te": 5}}',
    }[place]
    problems = refused(tmp_path, sheet_text("beds: 5", f"- {body}"))
    (found,) = [p for p in problems if p.code == "hidden-mark"]
    assert (7, MARKS[mark]) == (found.location.line, found.details["mark"])
    column = sheet_text("beds: 5", f"- {body}").splitlines()[6].index('"') + 1
    assert column == found.location.column


@pytest.mark.parametrize("mark", MARKS)
def test_a_hidden_mark_in_a_plan_is_refused_by_name(mark: str, tmp_path: Path) -> None:
    """A title of a plan with such a mark is refused, whether YAML itself knows it or not."""
    text = PLAN.replace("示例规划", f"示例{mark}规划")
    (tmp_path / "s.facts.yaml").write_text(sheet_text("beds: 5"), "utf-8")
    found = cli(tmp_path, str(tmp_path / "s.facts.yaml"), plan=text)
    assert 2 == found.exit_code
    assert "demo.plan.yaml:3:" in found.stderr
    assert MARKS[mark] in found.stderr


def test_a_raw_mark_that_yaml_knows_not_is_placed(tmp_path: Path) -> None:
    """A raw control character is named at its line and column."""
    assert [("hidden-mark", 5, 10)] == codes(refused(tmp_path, sheet_text("beds: 5\x1b[31m")))
    assert ["binary-file"] == [p.code for p in refused(tmp_path, sheet_text("beds: 5\x00"))]


def test_line_ends_in_texts_are_no_hidden_marks(tmp_path: Path) -> None:
    """A note of several lines is a note; a name that wraps is one name with or without its line end, and one line of a report."""
    path = tmp_path / "s.facts.yaml"
    path.write_text(sheet_text('beds: {value: 5, note: "一\\n二\\t"}'), "utf-8")
    assert "一\n二\t" == own_facts(read_facts(path, demo()).sheets[0])["beds"].note
    wrapped = '- {kind: home, name: "甲院\\n（东区）", facts: {places: 0}}'
    path.write_text(sheet_text("beds: 50", wrapped), "utf-8")
    found = CliRunner().invoke(main, ["explain", plan_file(tmp_path), str(path), "places"])
    assert (0, True) == (found.exit_code, "甲院 （东区）" in found.stdout)
    problems = refused(tmp_path, sheet_text("beds: 50", wrapped + "\n- {kind: home, name: 甲院（东区）}"))
    assert ["near-duplicate"] == [p.code for p in problems]


def plan_file(folder: Path) -> str:
    """Write the small plan and return its path."""
    (folder / "demo.plan.yaml").write_text(PLAN, "utf-8")
    return str(folder / "demo.plan.yaml")


def test_lone_halves_of_characters_are_refused(tmp_path: Path) -> None:
    """Half of a character, escaped in YAML or JSON or raw, is refused with its place."""
    for name, text in (
        ("s.facts.yaml", sheet_text("beds: 5", '- {kind: home, name: "甲\\ud800"}')),
        ("s.facts.json", '{"plan": "demo",\n"subject": "\\ud800", "year": 2025}'),
        ("s.facts.json", '{"plan": "demo",\n"subject": "\\udc00\\ud800", "year": 2025}'),
    ):
        (found,) = refused(tmp_path, text, name)
        assert found.code in ("yaml-syntax", "hidden-mark")
        assert found.location.line > 1
    assert ["not-utf8"] == [p.code for p in refused(tmp_path, sheet_text("beds: 5\ud800"))]


# ---------------------------------------------------------------- names that look alike

ALIKE = ["甲院 ", "甲　院", " 甲院", "甲 院", "甲院\u3000", "甲院\ufe00"]


@pytest.mark.parametrize("other", [*ALIKE, "Ｈｏｍｅ (1)", "HOM\u00c9", "home１"])
def test_two_names_that_look_alike_are_refused(other: str, tmp_path: Path) -> None:
    """Two subjects whose names differ in width, spaces or composition only are refused, with both places."""
    plain = {"Ｈｏｍｅ (1)": "Home （1）", "HOM\u00c9": "HOME\u0301", "home１": "home1"}.get(other, "甲院")
    rows = f'- {{kind: home, name: "{plain}", facts: {{places: 5}}}}\n- {{kind: home, name: "{other}", facts: {{places: 6}}}}'
    (found,) = refused(tmp_path, sheet_text("beds: 5", rows))
    assert ("near-duplicate", 8) == (found.code, found.location.line)
    assert ":7:" in str(found.details["first"])


def test_names_that_differ_to_the_eye_are_two() -> None:
    """Capitals, spaces between Latin words, and different characters make different names."""
    for one, other in (("New Town", "Newtown"), ("Home", "home"), ("甲院", "甲院2"), ("一院", "二院"), ("A B", "AB")):
        assert fold_name(one) != fold_name(other)
    for one, other in (
        ("甲 A院", "甲A 院"),
        ("ＡＢ", "AB"),
        ("a  b", "a\u00a0b"),
        ("㈠院", "(一)院"),
        ("\u3164甲", "甲"),
    ):
        assert fold_name(one) == fold_name(other)
    assert "" == find_hidden_mark("甲院 A-1 (东)　𠮷", name=True)


def test_names_that_look_alike_in_two_sheets_are_refused(tmp_path: Path) -> None:
    """The same home written in two ways in two years or files, and a district written in two ways, are refused."""
    home = "- {kind: home, name: NAME, facts: {places: 5}}"
    for first, second in (
        (sheet_text("beds: 5", home.replace("NAME", "甲院(东)")), sheet_text("", home.replace("NAME", "甲院（东）"))),
        (sheet_text("beds: 5", home.replace("NAME", "甲院")), sheet_text("beds: 5", home.replace("NAME", "甲　院"), year=2024)),
        (sheet_text("beds: 5", name="某区"), sheet_text("beds: 5", name="某 区")),
    ):  # fmt: skip
        for name, text in (("a.facts.yaml", first), ("b.facts.yaml", second)):
            (tmp_path / name).write_text(text, "utf-8")
        found = cli(tmp_path, str(tmp_path))
        assert 2 == found.exit_code
        (line,) = found.stderr.splitlines()
        assert "b.facts.yaml:" in line
        assert "looks the same" in line
        assert "a.facts.yaml:" in line


@pytest.mark.parametrize("key", ["ｂｅｄｓ", "beds ", "be\u200bds", "ＢＥＤＳ", "beds 指标", "beds　指标"])
def test_keys_that_look_alike_are_refused(key: str, tmp_path: Path) -> None:
    """A key written twice in two widths is refused at the second place; one alone is unknown, never guessed."""
    problems = refused(tmp_path, sheet_text(f'beds: 5\n"{key}": 6'))
    other = {
        "ＢＥＤＳ": "unknown-measure",
        "beds　指标": "unknown-measure",
        "beds 指标": "duplicate-fact",
        "be\u200bds": "hidden-mark",
    }
    assert other.get(key, "near-duplicate") in [p.code for p in problems]
    assert all(6 == p.location.line for p in problems)


def test_rows_of_a_table_that_look_alike_are_refused(tmp_path: Path) -> None:
    """In a table, and between a table and a sheet, two names that look alike are refused with both places."""
    (tmp_path / "sheet.facts.yaml").write_text(
        sheet_text("beds: 5", "- {kind: home, name: 丁院（东）, facts: {places: 5}}"), "utf-8"
    )
    (tmp_path / "home.csv").write_text(
        "name,places\n甲院,5\n甲　院,6\n乙院,1\n丁院(东),2\n丙院A,3\n丙院Ａ,3\n", "utf-8"
    )
    with pytest.raises(Refused) as caught:
        read_facts(tmp_path, demo())
    problems = caught.value.problems
    assert {"near-duplicate"} == {p.code for p in problems}
    assert {"甲\\u3000院", "丙院Ａ", "丁院(东)"} == {p.details["found"] for p in problems}
    assert {3, 5, 7} == {p.location.line for p in problems}
    assert 2 == cli(tmp_path, str(tmp_path)).exit_code


def test_hidden_marks_and_long_names_in_a_table_are_refused(tmp_path: Path) -> None:
    """A table's names are held to the same rules as a sheet's."""
    (tmp_path / "sheet.facts.yaml").write_text(sheet_text("beds: 5"), "utf-8")
    (tmp_path / "home.csv").write_text(
        f"name,places\n甲\u202e院,5\n{'长' * 201},6\n乙\u200b院,5\n乙院,5\n\x1b]8;;http://x\x07y,1\n", "utf-8"
    )
    found = cli(tmp_path, str(tmp_path))
    assert 2 == found.exit_code
    for words in (
        "home.csv:2",
        "U+202E",
        "home.csv:3",
        "characters in a name: 201; the limit is 200",
        "U+200B",
        "U+001B",
    ):
        assert words in found.stderr


def test_a_long_name_is_refused(tmp_path: Path) -> None:
    """A name of 10,000 characters is refused, and the limit is named and can be set."""
    path = tmp_path / "s.facts.yaml"
    path.write_text(
        sheet_text(
            "beds: 50",
            registers="home: complete",
            subjects=f"- {{kind: home, name: {'长' * 10_000}, facts: {{places: 5}}}}",
        ),
        "utf-8",
    )
    found = cli(tmp_path, str(path))
    assert 2 == found.exit_code
    assert (
        "s.facts.yaml:8:5: characters in a name: 10000; the limit is 200, and --limit name=... sets it" in found.stderr
    )
    plan = str(tmp_path / "demo.plan.yaml")
    assert 0 == CliRunner().invoke(main, ["--limit", "name=10000", "check", plan, str(path)]).exit_code


# ---------------------------------------------------------------- texts that other programs would act on


@pytest.mark.parametrize(
    "name", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+2", "-1", "[red]甲院[/red]", "[/]", "[link=http://x]a[/link]", "\\[bold]", "甲院\\", "<script>alert(1)</script>", "a|b", "`x`", "%s{0}{name}"],
)  # fmt: skip
def test_a_name_is_text_and_nothing_else(name: str, tmp_path: Path) -> None:
    """Formulas, markup and format signs in names and notes are read and shown as the text they are."""
    quoted = json.dumps(name, ensure_ascii=False)
    path = tmp_path / "s.facts.yaml"
    path.write_text(
        sheet_text(
            "beds: 50",
            f"- {{kind: home, name: {quoted}, facts: {{places: {{value: 0, note: {quoted}, evidence: {quoted}}}}}}}",
        ),
        "utf-8",
    )
    found = cli(tmp_path, str(path))
    assert 1 == found.exit_code, found.output
    assert name[:6] in found.stdout  # a long name is folded in its cell
    plan = str(tmp_path / "demo.plan.yaml")
    why = CliRunner().invoke(main, ["explain", plan, str(path), "places"])
    assert (0, True) == (why.exit_code, name in why.stdout), why.output
    told = CliRunner().invoke(main, ["check", plan, str(path), "-o", "json"])
    assert (1, True) == (told.exit_code, name in [f["subject"] for f in json.loads(told.stdout)["findings"]])


def test_markup_in_a_plan_is_shown(tmp_path: Path) -> None:
    """Titles and citations that look like terminal markup are printed as they are written."""
    plan = PLAN.replace("示例规划", "'[red]示例[/] [/red] [bold'").replace("第一部分 一", "'[/bold] [link=x]'")
    (tmp_path / "s.facts.yaml").write_text(sheet_text("beds: 5"), "utf-8")
    found = cli(tmp_path, str(tmp_path / "s.facts.yaml"), "--all", "--lang", "zh", plan=plan)
    assert 1 == found.exit_code, found.output
    assert "[red]示例[/] [/red] [bold" in found.stdout
    assert "[/bold] [link=x]" in found.stdout
    page = CliRunner().invoke(main, ["plans", "show", str(tmp_path / "demo.plan.yaml"), "--lang", "zh"])
    assert (0, True) == (page.exit_code, "[red]示例[/] [/red] [bold" in page.stdout)


# ---------------------------------------------------------------- numbers and dates

NUMBERS = [
    "NaN", ".nan", "inf", "-inf", ".inf", "Infinity", "1e400", "1e-400", "1E5", "0x1F", "0o17", "0b11", "1_000", "9" * 10_000, "0." + "0" * 9_999 + "1",
    "--5", "+-5", "1:0", "1::2", "1,00", "1.2.3", "５e５", "١٢٣x", "٫5", "½", "②5", "⒈5", "5²3", "1:30:00", "''", "' '", "'\u3000'", "'=5'", "'@5'", "[5]", "{}", "~", "2023-01-01", "yes",
]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS, ids=lambda text: text[:12])
def test_what_is_no_number_is_refused(number: str, tmp_path: Path) -> None:
    """NaN, infinity, exponents, other bases, endless digits and everything else that is no plain number is refused at its place."""
    problems = refused(tmp_path, sheet_text(f"beds: {number}"))
    assert [5] == [p.location.line for p in problems]
    assert all(len(p.text()) < 2_000 for p in problems)


def test_numbers_stay_the_text_they_are(tmp_path: Path) -> None:
    """1:30 is a ratio and never sixty times anything; 010 is ten; digits of other widths count; every value is exact."""
    plan = make_plan(MEASURES, BEDS)
    path = tmp_path / "s.facts.yaml"
    for text, value in (
        ("010", 10),
        ("１０", 10),
        ("1,000", 1000),
        ("'+5'", 5),
        ("0.0", 0),
        ("5.000", 5),
        ("1万", 10_000),
    ):
        path.write_text(sheet_text(f"beds: {text}"), "utf-8")
        assert Fraction(value) == own_facts(read_facts(path, plan).sheets[0])["beds"].value
    found = refused(tmp_path, sheet_text("beds: 1:30"))
    assert ["fact-dimension"] == [p.code for p in found]


@pytest.mark.parametrize(
    "day",
    [
        "0000-00-00",
        "2023-02-30",
        "99999999999-01-01",
        "2023-13-01",
        "２０２３-01-01",
        "20230101",
        "2023-W01-1",
        "2023-1-1",
        "2023-01-01T00:00:00",
    ],
)
def test_what_is_no_day_is_refused(day: str, tmp_path: Path) -> None:
    """A day that the calendar does not have, or that is written otherwise than YYYY-MM-DD, is refused."""
    found = refused(tmp_path, f"submitted: '{day}'\n" + sheet_text("beds: 5"))
    assert [("expected-date", 1, 12)] == codes(found)
    assert 2 == cli(tmp_path, str(tmp_path / "s.facts.yaml"), "--as-of", day).exit_code


@pytest.mark.parametrize("year", ["99999999999", "-1", "0", "10000", "1e3", "2025.0", "'2025'", "２０２５", "9" * 5000])
def test_an_impossible_year_is_refused(year: str, tmp_path: Path) -> None:
    """A year outside the calendar is refused in a sheet, on the command line, and in a plan."""
    text = sheet_text("beds: 5").replace("2025", year)
    assert 3 == refused(tmp_path, text)[0].location.line
    for key in ("to: 2025", "from: 2021", "baseline: 2020"):
        name = key.split(":")[0]
        found = cli(tmp_path, str(tmp_path / "s.facts.yaml"), plan=PLAN.replace(key, f"{name}: {year}"))
        assert 2 == found.exit_code
        assert "demo.plan.yaml:" in found.stderr


# ---------------------------------------------------------------- files that are none


@ON_UNIX
def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, a pipe, a device, a loop of links and a path too long are refused at once; nothing waits for them."""
    (tmp_path / "folder.facts.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.facts.yaml")
    (tmp_path / "zero.facts.yaml").symlink_to("/dev/zero")
    (tmp_path / "loop.facts.yaml").symlink_to("loop.facts.yaml")
    (tmp_path / "gone.facts.yaml").symlink_to("nowhere")
    plan = tmp_path / "p.plan.yaml"
    plan.write_text(PLAN, "utf-8")
    words = {
        "folder": "",
        "pipe": "a pipe, not a file",
        "zero": "a device, not a file",
        "loop": "symbolic links",
        "gone": "No such file",
    }
    found = bounded("check", str(plan), *(str(tmp_path / f"{name}.facts.yaml") for name in words))
    assert 2 == found.returncode, found.stderr
    for name, says in words.items():
        told = [line for line in found.stderr.splitlines() if f"{name}.facts.yaml" in line]
        assert [True] == [says in line for line in told], found.stderr
    assert 2 == bounded("check", str(plan), f"{tmp_path}/{'x' * 300}.facts.yaml").returncode
    assert 2 == bounded("check", str(tmp_path / "pipe.facts.yaml"), str(plan)).returncode
    assert 2 == bounded("check", str(plan), str(plan), "--waivers", str(tmp_path / "pipe.facts.yaml")).returncode


def test_what_may_not_be_read_is_refused(tmp_path: Path) -> None:
    """A file or folder without permission is refused with its name."""
    plan, sheet, shut = tmp_path / "p.plan.yaml", tmp_path / "s.facts.yaml", tmp_path / "shut"
    plan.write_text(PLAN, "utf-8")
    sheet.write_text(sheet_text("beds: 5"), "utf-8")
    shut.mkdir()
    sheet.chmod(0)
    shut.chmod(0)
    if os.access(sheet, os.R_OK):  # the superuser reads everything
        pytest.skip("this user may read every file")
    for path in (sheet, shut, shut / "s.facts.yaml"):
        found = bounded("check", str(plan), str(path))
        assert (2, True) == (found.returncode, path.name in found.stderr)


def test_a_name_that_is_no_text_can_be_told(tmp_path: Path) -> None:
    """A file name that is not UTF-8, or has control characters, is printed made visible, in every report."""
    plan = tmp_path / "p.plan.yaml"
    plan.write_text(PLAN, "utf-8")
    sheet = os.fsencode(tmp_path) + b"/\xff\x1b[31m\n.facts.yaml"
    Path(os.fsdecode(sheet)).write_text(sheet_text("beds: 5"), "utf-8")
    run = [os.fsencode(part) for part in DABIAO]
    reports = [b"-o", b"text", b"-o", b"json", b"-o", b"json:" + os.fsencode(tmp_path) + b"/out.json"]
    found = subprocess.run([*run, b"check", os.fsencode(plan), sheet, *reports], capture_output=True, check=False)
    assert 1 == found.returncode, found.stderr
    assert (True, True, False) == (b"\\x1b" in found.stdout, b'"findings"' in found.stdout, b"\x1b" in found.stdout)
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))
    found = subprocess.run([*run, b"explain", os.fsencode(plan), sheet, b"beds"], capture_output=True, check=False)
    assert (0, False, True) == (found.returncode, b"\x1b" in found.stdout, b"\\x1b[31m\\n.facts.yaml" in found.stdout)
    for path in (sheet + b".xyz", sheet.replace(b"facts", b"fact\xfes")):
        found = subprocess.run([*run, b"check", os.fsencode(plan), path], capture_output=True, check=False)
        assert (2, False, b"") == (found.returncode, b"\x1b" in found.stderr, found.stdout)
        assert b"Traceback" not in found.stderr
