"""The lock: what it holds, who installs from it, and what is said where it cannot be installed."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from helpers import ROOT

LOCK = ROOT / "requirements"
WORKFLOWS = ("ci.yml", "release.yml")
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
JOBS: dict[str, Any] = WORKFLOW["jobs"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def plain(name: str) -> str:
    """Return the name of a library as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(name: str) -> dict[str, str]:
    """Return the versions of one list of the lock by library."""
    text = (LOCK / f"{name}.txt").read_text(encoding="utf-8")
    found = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE)
    assert len(found) == len(dict(found)), f"two versions of a library in {name}.txt"
    return {plain(library): version for library, version in found}


def asked(requirements: list[str]) -> set[str]:
    """Return the names of the libraries in lines of pyproject.toml."""
    return {plain(re.split(r"[<>=!~\[; ]", line)[0]) for line in requirements}


def for_users() -> list[str]:
    """Return the extras that add something to what the program does, in their order; Spark is too large to be one of `all`."""
    return sorted(
        set(PROJECT["project"]["optional-dependencies"]) - {"all", "bundle", "dev", "fuzz", "mutants", "site", "spark"}
    )


@pytest.mark.parametrize("name", ["build", "runtime", "dev", "fuzz", "mutants", "all", "bundle", "site", "spark"])
def test_everything_locked_has_hashes(name: str) -> None:
    """Each line of the lock is one version with at least one hash, and no address of a registry stands in it."""
    text = (LOCK / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"#.*", "", text).strip())

    assert entries and all(re.match(r"\S+==\S+ (; .*? )?\\\n    --hash=sha256:[0-9a-f]{64}", e) for e in entries)
    assert not re.search(r"://|--index|--find-links", text)


def test_lock_holds_what_the_project_asks_for() -> None:
    """What pyproject.toml asks for is in the lock, and lists that share a library share its version."""
    extras = PROJECT["project"]["optional-dependencies"]
    runtime, dev, fuzz, mutants = (locked(name) for name in ("runtime", "dev", "fuzz", "mutants"))
    bundle, site, spark = locked("bundle"), locked("site"), locked("spark")
    of_users = [line for name in for_users() for line in extras[name]]

    assert asked(PROJECT["project"]["dependencies"] + extras["page"]) <= set(runtime)
    assert [f"dabiao[{','.join(for_users())}]"] == extras["all"]
    assert asked(extras["dev"] + of_users) <= set(dev)
    assert asked(PROJECT["project"]["dependencies"] + extras["bundle"] + of_users) <= set(bundle)
    assert asked(PROJECT["project"]["dependencies"] + of_users) <= set(locked("all"))
    assert locked("all") == {name: version for name, version in bundle.items() if name in locked("all")}
    assert {} == {
        name: version for name, version in bundle.items() if {**locked("build"), **dev}.get(name, version) != version
    }
    assert asked(extras["fuzz"]) <= set(fuzz)
    assert asked(extras["mutants"]) <= set(mutants)
    assert asked(extras["site"]) <= set(site)
    assert asked(extras["spark"]) <= set(spark)
    assert asked(PROJECT["build-system"]["requires"]) == set(locked("build"))
    assert runtime == locked("versions")
    assert runtime == {name: version for name, version in dev.items() if name in runtime}
    assert runtime == {name: version for name, version in fuzz.items() if name in runtime}
    for more in (mutants, site, spark):
        assert {} == {name: version for name, version in more.items() if dev.get(name, version) != version}


def test_a_check_needs_no_library_of_development() -> None:
    """What draws, solves, tests or lints is not installed for a check."""
    extras = PROJECT["project"]["optional-dependencies"]

    of_rich, for_make_check = {"markdown-it-py"}, asked(extras["page"])
    others = asked([line for extra in extras.values() for line in extra])
    assert of_rich | for_make_check == set(locked("runtime")) & others
    assert not others & asked(PROJECT["project"]["dependencies"])


def test_every_package_is_installed() -> None:
    """Each folder with code and each file of data in it is named to setuptools, as a wheel holds nothing else."""
    setup = PROJECT["tool"]["setuptools"]
    apart = ("tests", "bench", "build", "dist", ".v")
    folders = [file.parent.relative_to(ROOT) for file in ROOT.glob("**/__init__.py")]
    packages = {".".join(("dabiao", *folder.parts)) for folder in folders if not str(folder).startswith(apart)}
    given = {
        file
        for name, patterns in setup["package-data"].items()
        for pattern in patterns
        for file in ROOT.joinpath(*name.split(".")[1:]).glob(pattern)
        if file.is_file()
    }
    ours = [ROOT.joinpath(*name.split(".")[1:]) for name in setup["packages"] if name != "dabiao"]
    data = {
        file for folder in ours for file in folder.rglob("*") if file.is_file() and file.suffix not in (".py", ".pyc")
    }

    assert packages == set(setup["packages"])
    assert data == given - {ROOT / "py.typed"}


@pytest.mark.skipif(not shutil.which("make"), reason="the system has no make")
def test_a_machine_without_compiler_is_told_at_once(tmp_path: Path) -> None:
    """Without a C compiler `make check` ends with one line in two languages, before anything is installed."""
    (tmp_path / "requirements").mkdir()
    for name in (
        "Makefile",
        "pyproject.toml",
        "requirements/install.py",
        "requirements/build.txt",
        "requirements/runtime.txt",
    ):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    env = {**os.environ, "CC": "nocc -pthread"}
    done = subprocess.run(
        ["make", "check", f"PYTHON={sys.executable}"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    line, *others = done.stderr.splitlines()

    assert done.returncode
    assert (
        "缺少 C 编译器（nocc -pthread） / durable_rules comes as source only, and a C compiler (nocc -pthread) is missing"
        in line
    )
    assert 1 == len(others)  # make's own
    assert not (tmp_path / ".venv").exists()


def test_a_machine_without_headers_of_python_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python's header file is missing, it is named."""
    spec = importlib.util.spec_from_file_location("install", LOCK / "install.py")
    assert spec and spec.loader
    install = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(install)
    monkeypatch.setenv("CC", sys.executable)
    monkeypatch.setattr(install.sysconfig, "get_path", lambda _: str(tmp_path))

    assert f"the header file of Python ({tmp_path / 'Python.h'}) is missing" in install.missing()
    (tmp_path / "Python.h").touch()
    assert "" == install.missing()


# ---------------------------------------------------------------- the project's own workflow


def runs(job: str) -> list[str]:
    """Return the commands of a job."""
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def test_workflow_is_of_the_shape_its_reader_asks_for() -> None:
    """The workflows are valid by the schema of their reader."""
    files = [str(ROOT / ".github" / "workflows" / name) for name in WORKFLOWS]
    result = CliRunner().invoke(check_jsonschema, ["--builtin-schema", "vendor.github-workflows", *files])

    assert 0 == result.exit_code, result.output


def test_workflow_runs_what_exists() -> None:
    """The jobs call the gate, the installer and targets of the Makefile that there are."""
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert [".ci/run"] == runs("all")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert ["make test-newest"] == runs("newest") and {"test-newest", "mutants"} <= set(targets)
    assert ["python .ci/run.py"] == runs("systems")
    assert "make test-spark" == runs("spark")[-1] and "test-spark" in targets
    assert ['sudo env "PATH=$PATH" make bundle'] == runs("bundle")
    assert "bundle" in targets


def test_other_systems_run_what_linux_runs() -> None:
    """The steps without make are those of the Makefile, command by command."""
    made = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$$system", "SYSTEM")
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    spec = importlib.util.spec_from_file_location("run", ROOT / ".ci" / "run.py")
    assert spec and spec.loader
    run = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(run)

    assert re.findall(r"^make (\w+)", gate, re.MULTILINE) == list(run.STEPS)[1:]
    for name, commands in run.STEPS.items():
        for command in commands:
            general = re.sub(r"--platform \w+", "--platform SYSTEM", command)
            assert re.search(rf"\$\((BIN|PYTHON)\)/{re.escape(general)}", made), (name, command)
    assert f"for system in {' '.join(run.SYSTEMS)};" in made


def test_workflow_covers_the_pythons_and_systems() -> None:
    """Tests run on Linux, macOS and Windows, from the oldest Python that the project takes."""
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=")

    for matrix in (JOBS[job]["strategy"]["matrix"] for job in ("all", "systems", "newest")):
        assert oldest == matrix["python"][0]
    assert ["macos-latest", "windows-latest"] == JOBS["systems"]["strategy"]["matrix"]["system"]
    assert "ubuntu-latest" == JOBS["all"]["runs-on"]


def test_newest_releases_and_mutants_are_tried_every_week() -> None:
    """The schedule runs the tests with the newest releases, and a sample of changes, another one every time; only those."""
    (schedule,) = WORKFLOW[True]["schedule"]  # YAML 1.1 reads `on` as a truth value

    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", schedule["cron"])
    assert all("github.event_name == 'schedule'" in JOBS[job]["if"] for job in ("newest", "mutants"))
    assert ["make mutants SAMPLE=60 SEED=${{ github.run_number }}"] == runs("mutants")
    assert all("!= 'schedule'" in JOBS[job]["if"] for job in ("all", "systems"))


def test_foreign_steps_are_pinned() -> None:
    """Every action that the workflow, the action and the page about them use is named by commit, with its version beside it."""
    for name in (*(f".github/workflows/{name}" for name in WORKFLOWS), "action.yml", "docs/gate.md"):
        used = re.findall(r"uses: (.*)", (ROOT / name).read_text(encoding="utf-8"))
        foreign = [step for step in used if step != "OWNER/dabiao@REVISION"]

        assert foreign and all(re.fullmatch(r"[\w-]+(/[\w-]+)+@[0-9a-f]{40}  # v[\d.]+", step) for step in foreign), (
            foreign
        )
    for name in WORKFLOWS:
        workflow = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
        assert {"contents": "read"} == workflow["permissions"]
