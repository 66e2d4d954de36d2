"""Plans that were kept: a plan from there is the plan that would be read, says the same, and is believed only where it may be."""

from __future__ import annotations

import dataclasses
import gc
import hashlib
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from dabiao import Refused, load_plan
from dabiao.base.kept import Kept
from dabiao.base.limit_options import parse_limits
from dabiao.base.limits import use_limits
from dabiao.base.nodes import Node, parse_yaml
from dabiao.cli import main
from dabiao.rules import algebra, expressions, kept, model, packed
from dabiao.rules.amend import in_force
from dabiao.rules.kept import KeptPlans, program_files, use_kept_plans
from dabiao.rules.lint import lint
from dabiao.rules.load import find_shipped_plans
from dabiao.rules.model import Plan
from helpers import ROOT, commitment, measure, plan_text, sheet_text
from planted import file_of_all, file_of_another, link, open_to_all

MEASURES = measure("beds") + measure("homes", "unit: 家, baseline: 3 家")
COMMITMENTS = commitment("beds", "measure: beds\nat_least: 10 张\ndue: 2025")
PART = "part_of: demo\ncommitments:\n" + commitment("homes", "measure: homes\nat_least: 5 家\ndue: 2025").replace(
    "\n", "\n  "
).replace("- id", "  - id", 1)
SAMPLES = ROOT / "facts" / "samples"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of the files of plans that are really parsed."""
    names: list[str] = []

    def noting(text: str, file: str, problems: object) -> object:
        names.append(Path(file).name)
        return parse_yaml(text, file, problems)  # type: ignore[arg-type]

    monkeypatch.setattr("dabiao.rules.load.parse_yaml", noting)
    return names


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A plan of two files."""
    (tmp_path / "more.yaml").write_text(PART, encoding="utf-8")
    path = tmp_path / "demo.plan.yaml"
    path.write_text(plan_text(MEASURES, COMMITMENTS, "parts: [more.yaml]\n"), encoding="utf-8")
    return path


def load(source: str | Path, folder: Path, **more: Path) -> Plan:
    """Load a plan, keeping it in a folder."""
    with use_kept_plans(lambda: KeptPlans(Kept(folder, ".plan", 1 << 30, 100))):
        return load_plan(source, **more)


def keep(source: str | Path, folder: Path, **more: Path) -> Plan:
    """Load a plan twice, after which it is kept in a folder."""
    load(source, folder, **more)
    return load(source, folder, **more)


def entries(folder: Path) -> list[Path]:
    """Return the plans kept in a folder."""
    return sorted(folder.glob("*/*.plan"))


# ---------------------------------------------------------------- the same plan


@pytest.mark.parametrize("name", sorted(find_shipped_plans()))
def test_a_kept_plan_is_the_plan(name: str, tmp_path: Path, parsed: list[str]) -> None:
    """Every shipped plan comes back equal in all its fields, with equal notes, amended texts and text as written."""
    plain, _ = load_plan(name), keep(name, tmp_path / "k")
    parsed.clear()
    found = load(name, tmp_path / "k")
    assert (plain, repr(plain), lint(plain)) == (found, repr(found), lint(found))
    for amendment in plain.amendments:
        assert in_force(plain, amendment.effective) == in_force(found, amendment.effective)
    assert [] == parsed
    assert plain.original == found.original
    assert parsed


def test_every_sort_of_thing_in_a_plan_is_listed() -> None:
    """A class added to what plans are made of must be packed too, or no plan that has it would be kept."""
    others = {model.Owner, model.Assignment, expressions._Token}  # of files of their own, or of no plan
    found = {
        one
        for module in (model, algebra, expressions)
        for one in vars(module).values()
        if isinstance(one, type) and one.__module__ == module.__name__ and dataclasses.is_dataclass(one)
    }
    assert set() == found - others - {algebra._Joined} - set(packed.CLASSES)


def test_kept_plans_take_waivers_amendments_and_other_processes(tmp_path: Path) -> None:
    """A kept plan with waivers is that plan with waivers, also when it is sent to another process, and so is its text."""
    waivers = SAMPLES / "yanqing-2023.waivers.yaml"
    plain = load_plan("yanqing", waivers)
    keep("yanqing", tmp_path / "k", waivers=waivers)
    found = load("yanqing", tmp_path / "k", waivers=waivers)
    sent = pickle.loads(pickle.dumps(found))
    assert plain == found == sent
    assert plain.original == found.original == sent.original
    assert len(load_plan("yanqing").original.waivers) < len(found.original.waivers)


def _say(arguments: list[str], folder: str) -> tuple[int, str, str]:
    found = CliRunner().invoke(main, arguments, env={"DABIAO_CACHE": folder})
    return found.exit_code, found.stdout, found.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        *(
            ["check", path.name.split("-")[0], str(path), "--lang", "zh"]
            for path in sorted(SAMPLES.glob("*.facts.yaml"))
        ),
        ["check", "example", str(SAMPLES / "example-2023.facts.yaml"), "-o", "json"],
        ["check", "yanqing", str(SAMPLES / "yanqing-2023"), "--as-of", "2024-01-01"],
        ["lint", "tongzhou"],
        ["plans", "show", "example"],
        ["diff", "example", "--from", "2021-01-01", "--to", "2025-12-31"],
    ],
    ids=lambda arguments: " ".join(Path(one).name for one in arguments),
)
def test_commands_say_the_same_with_and_without(arguments: list[str], tmp_path: Path) -> None:
    """Exit code and every byte are the same: without what is kept, the first time, the second, and from what was kept."""
    expected = _say(arguments, "off")
    assert expected[1]
    assert [expected] * 3 == [_say(arguments, str(tmp_path / "k")) for _ in range(3)]
    assert entries(tmp_path / "k" / "plans")


def test_a_refused_sheet_is_told_alike(file: Path, tmp_path: Path) -> None:
    """What is wrong with a sheet is told in the same words by a kept plan."""
    (tmp_path / "s.facts.yaml").write_text(sheet_text("bedz: 5 张"), encoding="utf-8")
    said = [
        _say(["check", str(file), str(tmp_path / "s.facts.yaml")], at)
        for at in ("off", *(str(tmp_path / "k") for _ in range(3)))
    ]
    assert 2 == said[0][0]
    assert said[:1] * 4 == said


# ---------------------------------------------------------------- another plan


def test_an_unchanged_plan_is_not_parsed_again(file: Path, tmp_path: Path, parsed: list[str]) -> None:
    """The first time a plan is noted, the second time it is kept; from then on neither it nor its part is parsed."""
    sizes = []
    for _ in range(2):
        load(file, tmp_path / "k")
        sizes += [entry.stat().st_size for entry in entries(tmp_path / "k")]
    assert ["demo.plan.yaml", "more.yaml"] * 2 == parsed
    assert [True, False] == [size < 200 for size in sizes]
    assert ["beds", "homes"] == list(load(file, tmp_path / "k").commitments)
    assert 4 == len(parsed)


def test_a_plan_that_changes_is_only_noted(file: Path, tmp_path: Path) -> None:
    """While its part is being written, a plan is not kept."""
    for many in ("6 家", "7 家", "8 家"):
        (tmp_path / "more.yaml").write_text(PART.replace("5 家", many), encoding="utf-8")
        load(file, tmp_path / "k")
    assert [True] == [entry.stat().st_size < 200 for entry in entries(tmp_path / "k")]


@pytest.mark.parametrize("name", ["demo.plan.yaml", "more.yaml"])
def test_a_changed_file_is_seen(name: str, file: Path, tmp_path: Path) -> None:
    """One changed figure in the plan or its part counts, though size and date of the file are the same."""
    keep(file, tmp_path / "k")
    path = file.with_name(name)
    about = path.stat()
    text = path.read_text("utf-8")
    path.write_text(text.replace("10 张", "99 张").replace("5 家", "7 家"), encoding="utf-8")
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert about.st_size == path.stat().st_size
    found = load(file, tmp_path / "k")
    assert load_plan(file) == found
    assert {"demo.plan.yaml": (99, 5), "more.yaml": (10, 7)}[name] == tuple(
        c.bounds[0].target.form.number for c in found.commitments.values()
    )
    assert [found] * 2 == [load(file, tmp_path / "k") for _ in range(2)]


@pytest.mark.parametrize("what", ["limits", "program", "name"])
def test_what_a_plan_depends_on_makes_another_key(
    what: str, file: Path, tmp_path: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other limits, another program and another name of the file read the plan anew."""
    keep(file, tmp_path / "k")
    parsed.clear()
    if what == "program":
        monkeypatch.setattr(kept, "hash_program", lambda: "another")
    if what == "name":
        file = file.rename(file.with_name("moved.plan.yaml"))
    with use_limits(parse_limits(["text=19999"] if what == "limits" else [])):
        found = load(file, tmp_path / "k")
    assert 2 == len(parsed)
    assert str(file) == found.commitments["beds"].location.file


def test_a_limit_refuses_a_plan_that_was_kept(file: Path, tmp_path: Path) -> None:
    """A plan that is larger than a limit set now is refused, whatever was kept."""
    keep(file, tmp_path / "k")
    with use_limits(parse_limits(["cells=20"])), pytest.raises(Refused) as refused:
        load(file, tmp_path / "k")
    assert {"over-limit"} == {problem.code for problem in refused.value.problems}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own on Windows")
def test_a_part_that_has_become_a_link_out_is_refused(file: Path, tmp_path: Path) -> None:
    """A part that leads out of the folder of its plan is refused, though its text is the one that was kept."""
    keep(file, tmp_path / "k")
    (tmp_path / "else").mkdir()
    (tmp_path / "plan").mkdir()
    outside = (tmp_path / "more.yaml").rename(tmp_path / "else" / "more.yaml")
    (tmp_path / "more.yaml").symlink_to(outside)
    with pytest.raises(Refused) as plain:
        load_plan(file.rename(tmp_path / "plan" / file.name))
    assert ["unreadable"] == [problem.code for problem in plain.value.problems]
    moved = tmp_path / "plan" / file.name
    (tmp_path / "plan" / "more.yaml").symlink_to(outside)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            load(moved, tmp_path / "k")
        assert ["leads-out"] == [problem.code for problem in refused.value.problems]


def test_a_plan_with_an_error_is_not_kept(file: Path, tmp_path: Path) -> None:
    """An error is told again in the same words, and nothing is kept; so it is for a part that is not there."""
    text = file.read_text("utf-8")
    for wrong in (text.replace("measure: beds", "measure: bedz"), text.replace("[more.yaml]", "[gone.yaml]")):
        file.write_text(wrong, encoding="utf-8")
        said = []
        for _ in range(2):
            with pytest.raises(Refused) as refused:
                load(file, tmp_path / "k")
            said.append([problem.text("zh") for problem in refused.value.problems])
        with pytest.raises(Refused) as plain:
            load_plan(file)
        assert said == [[problem.text("zh") for problem in plain.value.problems]] * 2
    assert [] == entries(tmp_path / "k")


def test_the_key_covers_every_module_that_loading_needs(file: Path) -> None:
    """Whatever of the program is loaded to load a plan is part of its key."""
    script = (
        "import sys\nfrom dabiao.rules.load import load_plan\nload_plan(sys.argv[1])\nload_plan('yanqing')\n"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('dabiao.') and m.__file__), sep='\\n')"
    )
    found = subprocess.run([sys.executable, "-c", script, str(file)], capture_output=True, text=True, check=True)
    loaded = {Path(line).resolve() for line in found.stdout.splitlines()}
    covered = {path.resolve() for path in program_files()}
    assert {"load.py", "checks.py", "nodes.py"} <= {path.name for path in loaded}
    assert set() == loaded - covered
    assert "units.json" in {path.name for path in covered}


def test_another_program_has_another_digest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file of the program that is newer, larger or new changes what stands for the program."""
    files = [tmp_path / "a.py"]
    monkeypatch.setattr(kept, "program_files", lambda: files)
    seen = set()

    def note() -> None:
        kept.hash_program.cache_clear()
        seen.add(kept.hash_program())

    try:
        files[0].write_text("1", encoding="utf-8")
        os.utime(files[0], (1, 1))
        note()
        os.utime(files[0], (2, 2))
        note()
        files[0].write_text("12", encoding="utf-8")
        os.utime(files[0], (2, 2))
        note()
        (tmp_path / "b.py").write_text("", encoding="utf-8")
        files.append(tmp_path / "b.py")
        note()
        monkeypatch.setattr(kept, "__version__", "9")
        note()
    finally:
        kept.hash_program.cache_clear()
    assert 5 == len(seen)


# ---------------------------------------------------------------- entries


@pytest.mark.parametrize("how", ["cut", "bit", "empty", "foreign", "other", "short", "folder"])
def test_a_damaged_entry_is_ignored_and_written_anew(how: str, file: Path, tmp_path: Path, parsed: list[str]) -> None:
    """Whatever becomes of an entry, the plan is the right one, and comes from a sound entry once it was seen again."""
    right = keep(file, tmp_path / "k")
    (entry,) = entries(tmp_path / "k")
    data = entry.read_bytes()
    parts, (rows, places) = json.loads(data[32:])
    parsed.clear()

    def signed(what: object) -> bytes:
        body = json.dumps(what).encode()
        return hashlib.sha256(body).digest() + body

    if how == "folder":
        entry.unlink()
        entry.mkdir()
    else:
        entry.write_bytes({
            "cut": data[:-5], "bit": data[:-9] + bytes([data[-9] ^ 1]) + data[-8:], "empty": b"",
            "foreign": signed([["a"], 5]), "other": signed([parts, [rows, [0]]]), "short": signed([parts, [rows[:-1], places]]),
        }[how])  # fmt: skip
    assert right == load(file, tmp_path / "k")
    assert 2 == len(parsed)
    assert [right] * 2 == [load(file, tmp_path / "k") for _ in range(2)]
    assert {"folder": 6, "other": 2, "short": 2}.get(how, 4) == len(parsed)


def _shelf_open_to_all(folder: Path) -> None:
    for shelf in folder.iterdir():
        shelf.chmod(0o770)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes and owners of this kind")
@pytest.mark.parametrize("plant", [open_to_all, _shelf_open_to_all, file_of_all, file_of_another, link])
def test_what_others_may_have_written_is_not_believed(
    plant: Callable[[Path], None], file: Path, tmp_path: Path, parsed: list[str]
) -> None:
    """A kept plan is believed only where nobody else can write."""
    right = keep(file, tmp_path / "k")
    parsed.clear()
    plant(tmp_path / "k")
    assert right == load(file, tmp_path / "k")
    assert 2 == len(parsed)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes of this kind")
def test_what_is_kept_is_for_its_user_alone(file: Path, tmp_path: Path) -> None:
    """The folder, its shelves and entries can be read by nobody else, whatever the umask is."""
    before = os.umask(0)
    try:
        keep(file, tmp_path / "k")
    finally:
        os.umask(before)
    found = [tmp_path / "k", *(tmp_path / "k").rglob("*")]
    assert 3 == len(found)
    assert {0} == {path.stat().st_mode & 0o077 for path in found}


def test_two_commands_at_once_do_not_disturb_each_other(file: Path, tmp_path: Path) -> None:
    """Commands that are started together, with one folder, say what each says alone, and leave one whole entry."""
    (tmp_path / "s.facts.yaml").write_text(sheet_text("beds: 9 张\nhomes: 5 家"), encoding="utf-8")
    command = [sys.executable, "-m", "dabiao", "check", str(file), str(tmp_path / "s.facts.yaml")]
    environment = {**os.environ, "DABIAO_CACHE": str(tmp_path / "k")}
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(4)]
    said = [one.communicate()[0] for one in started]
    alone = subprocess.run(command, stdout=subprocess.PIPE, env={**environment, "DABIAO_CACHE": "off"}, check=False)
    assert alone.stdout
    assert [alone.stdout] * 4 == said
    assert 1 == len(entries(tmp_path / "k" / "plans"))
    assert [] == list(tmp_path.glob("k/**/*.tmp"))


def test_few_plans_are_kept(tmp_path: Path) -> None:
    """The folder stays within its bounds: the entries that were used last stay."""
    few = KeptPlans(Kept(tmp_path / "k", ".plan", 1 << 30, 2))
    for number in range(4):
        path = tmp_path / f"{number}.plan.yaml"
        path.write_text(plan_text(MEASURES, COMMITMENTS), encoding="utf-8")
        with use_kept_plans(lambda: few):
            load_plan(path)
        for entry in entries(tmp_path / "k"):
            os.utime(entry, (entry.stat().st_mtime - 10,) * 2)
    assert 2 == len(entries(tmp_path / "k"))


def test_a_folder_that_cannot_be_written_changes_nothing(file: Path, tmp_path: Path) -> None:
    """Where the folder is a file, a plan is loaded as without it."""
    (tmp_path / "k").write_text("no folder", encoding="utf-8")
    assert load_plan(file) == load(file, tmp_path / "k" / "plans")


@pytest.mark.parametrize("on", [True, False])
def test_garbage_is_looked_for_afterwards_as_before(on: bool, file: Path) -> None:
    """Loading a plan, or refusing one, leaves Python's search for garbage as it was."""
    before = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        load_plan(file)
        assert on == gc.isenabled()
        file.write_text("plan: 5", encoding="utf-8")
        with pytest.raises(Refused):
            load_plan(file)
        assert on == gc.isenabled()
    finally:
        (gc.enable if before else gc.disable)()


def test_plans_that_nobody_holds_go() -> None:
    """Of plans loaded one after the other in one process a few alone are still there: what a server has answered goes."""

    def count_nodes() -> int:
        return sum(isinstance(one, Node) for one in gc.get_objects())

    gc.collect()
    before = count_nodes()
    load_plan("example")
    one = count_nodes() - before
    for _ in range(60):
        load_plan("example")
    assert one > 0
    assert count_nodes() - before < 30 * one


def test_a_library_keeps_nothing_unasked(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python call keeps no plan of its own accord; the command does, unless `DABIAO_CACHE` says off."""
    monkeypatch.setenv("DABIAO_CACHE", str(tmp_path / "k"))
    plan = load_plan(file)
    assert in_force(plan, date(2025, 1, 1)) is plan
    assert not (tmp_path / "k").exists()
    (tmp_path / "s.facts.yaml").write_text(sheet_text("beds: 9 张\nhomes: 5 家"), encoding="utf-8")
    arguments = ["check", str(file), str(tmp_path / "s.facts.yaml")]
    for setting, expected in (("off", 0), (str(tmp_path / "k"), 1)):
        assert 1 == _say(arguments, setting)[0]
        assert expected == len(entries(tmp_path / "k" / "plans"))
