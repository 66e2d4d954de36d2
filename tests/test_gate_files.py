"""The ready-made pieces for CI: each is of the shape its reader asks for, and its script lines run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from dabiao.cli import COMMANDS, main
from helpers import ROOT, form_words
from junitparser import JUnitXml
from openpyxl import load_workbook

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
GITLAB = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
PAGE = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
RECIPES = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
SAMPLES = ROOT / "facts" / "samples"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a job: sheets of the example in it, one with spaces in its name."""
    (tmp_path / "reports" / "2023").mkdir(parents=True)
    shutil.copy(SAMPLES / "example-2023.facts.yaml", tmp_path / "reports" / "2023" / "示例 区.facts.yaml")
    return tmp_path


def shell(script: str, folder: Path, program: str = "bash --noprofile --norc -eo pipefail -c", **variables: str) -> Any:
    """Run script lines as CI does, with the program on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "LANG": "en_GB.UTF-8", "HOME": str(folder), **variables}
    return subprocess.run([*program.split(), script], cwd=folder, env=env, capture_output=True, text=True, check=False)


def options_of(command: str) -> set[str]:
    """Return the options of a command."""
    found = main.get_command(click.Context(main), command)
    assert found
    return {name for parameter in found.params for name in parameter.opts if name.startswith("-")}


# ---------------------------------------------------------------- GitHub


def check_step() -> dict[str, Any]:
    """Return the step of the action that checks."""
    (step,) = (step for step in ACTION["runs"]["steps"] if step.get("id") == "check")
    return dict(step)


def run_action(folder: Path, **inputs: str) -> tuple[Any, dict[str, str]]:
    """Run the step of the action that checks, with its inputs put in as a runner does; return it and its outputs."""
    values = {name: str(given.get("default", "")) for name, given in ACTION["inputs"].items()} | {
        name.replace("_", "-"): value for name, value in inputs.items()
    }
    env = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: values[found[1]], text)
        for name, text in check_step()["env"].items()
    }
    output = folder / "output"
    output.touch()
    done = shell(
        check_step()["run"], folder, **env, GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(folder / "summary.md"),
        GITHUB_WORKSPACE=str(folder),
    )  # fmt: skip
    return done, dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--builtin-schema", "vendor.github-actions", "action.yml"],
        ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", "ci/gitlab.yml"],
    ],
)
def test_files_are_of_the_shape_their_reader_asks_for(arguments: list[str]) -> None:
    """The action and the GitLab job are valid by the schemas of their readers."""
    result = CliRunner().invoke(check_jsonschema, [*arguments[:-1], str(ROOT / arguments[-1])])

    assert 0 == result.exit_code, result.output


def test_action_puts_no_input_into_a_script() -> None:
    """Inputs reach scripts as variables only, and each one that is named exists."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")

    assert all("${{" not in step.get("run", "") for step in ACTION["runs"]["steps"])
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])


def test_action_uses_options_of_the_command() -> None:
    """Every option in the script of the action is one of `dabiao check`."""
    named = set(re.findall(r"(?<![\w-])(--?[a-z][\w-]*)(?= \")", check_step()["run"])) - {"-n"}

    assert {"--fail-on", "-o", "--year", "--waivers", "--lang"} <= named
    assert named <= options_of("check")


def test_action_annotates_summarises_and_writes_a_log(folder: Path) -> None:
    """The action's step exits as the check does, with annotations, a summary, a log and its outputs."""
    done, outputs = run_action(folder, plan="example", sheets="reports/**/*.facts.yaml\n", year="2023", lang="zh")

    assert 1 == done.returncode, done.stderr
    assert {"exit-code": "1"} == outputs
    assert "file=reports/2023/示例 区.facts.yaml" in done.stdout
    assert "未达标" in (folder / "summary.md").read_text(encoding="utf-8")
    log = json.loads((folder / "dabiao.sarif").read_text(encoding="utf-8"))
    uris = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in log["runs"][0]["results"]
    }
    assert {"reports/2023/%E7%A4%BA%E4%BE%8B%20%E5%8C%BA.facts.yaml"} == uris


def test_action_refuses_a_pattern_that_matches_nothing(folder: Path) -> None:
    """A pattern without files is no clean check."""
    done, outputs = run_action(folder, plan="example", sheets="reports/2024/*.facts.yaml")

    assert (2, {"exit-code": "2"}) == (done.returncode, outputs)
    assert "reports/2024/*.facts.yaml" in done.stderr
    assert "::error" in done.stdout


def test_action_takes_inputs_for_data(folder: Path) -> None:
    """Inputs that look like shell or like options are names of plans and files, and refused as such."""
    done, _ = run_action(folder, plan='$(touch pwned)"; touch pwned #', sheets="`touch pwned`\n--help\n$(touch pwned)")

    assert 2 == done.returncode
    assert not (folder / "pwned").exists()
    assert "Usage" not in done.stdout


def recording(folder: Path) -> Path:
    """Return a repository whose installer only records that it ran."""
    repository = folder / "a repository"
    (repository / "requirements").mkdir(parents=True)
    (repository / "requirements" / "install.py").write_text("print('installed', __file__)\n", encoding="utf-8")
    git = "git -c user.name=x -c user.email=x@example.org -C"
    done = shell(f"git init -q '{repository}'; {git} '{repository}' add -A; {git} '{repository}' commit -qm x", folder)
    assert 0 == done.returncode, done.stderr
    return repository


def test_action_installs_from_the_lock(folder: Path) -> None:
    """The action runs the installer of its own repository."""
    (step,) = (step for step in ACTION["runs"]["steps"] if "DABIAO_SOURCE" in step.get("env", {}))
    repository = recording(folder)
    done = shell(step["run"], folder, DABIAO_SOURCE=str(repository))

    assert "${{ github.action_path }}" == step["env"]["DABIAO_SOURCE"]
    assert f"installed {repository}/requirements/install.py\n" == done.stdout
    assert (ROOT / "requirements" / "install.py").is_file()


# ---------------------------------------------------------------- GitLab


def test_gitlab_job_installs_from_the_lock(folder: Path) -> None:
    """The GitLab job fetches the revision asked for, and runs its installer."""
    job = GITLAB[".dabiao-check"]
    repository = recording(folder)
    (line,) = job["before_script"]
    found = {
        revision: shell(line, folder, "sh -ec", DABIAO_SOURCE=str(repository), DABIAO_REVISION=revision)
        for revision in (job["variables"]["DABIAO_REVISION"], "nowhere")
    }

    assert 0 == found["HEAD"].returncode, found["HEAD"].stderr
    assert found["HEAD"].stdout.startswith("installed ")
    assert 0 != found["nowhere"].returncode


def test_gitlab_job_runs_and_leaves_its_reports(folder: Path) -> None:
    """The script of the GitLab job, run by sh with its variables, leaves the reports it names as artifacts."""
    job = GITLAB[".dabiao-check"]
    variables = {"DABIAO_PLAN": "example", "DABIAO_SHEETS": "reports/2023", "DABIAO_OPTIONS": "--year 2023 --lang zh"}
    (line,) = job["script"]
    done = shell(line, folder, "sh -ec", **{**job["variables"], **variables}, CI_PROJECT_DIR=str(folder))

    assert 1 == done.returncode, done.stderr
    assert job["artifacts"]["reports"]["junit"] == "dabiao.xml"
    assert JUnitXml.fromfile(str(folder / "dabiao.xml")).failures
    assert all((folder / name).is_file() for name in job["artifacts"]["paths"])


def test_gitlab_job_without_its_variables_fails(folder: Path) -> None:
    """A job whose plan, sheets or source were forgotten fails, and does not pass over it."""
    job = GITLAB[".dabiao-check"]

    for line in [*job["before_script"], *job["script"]]:
        done = shell(line, folder, "sh -ec", **job["variables"])
        assert done.returncode not in (0, 1, 3)


# ---------------------------------------------------------------- pre-commit


def test_hooks_are_commands_that_exist() -> None:
    """Each hook runs a command of the program, as Python, with a pattern that can be compiled."""
    for hook in HOOKS.values():
        program, command = hook["entry"].split()

        assert ("dabiao", "python") == (program, hook["language"])
        assert command in COMMANDS
        assert ["--constraint", "requirements/versions.txt"] == hook["additional_dependencies"]
        assert re.compile(hook["files"])
    assert {"dabiao-check", "dabiao-lint"} == set(HOOKS)


def test_lint_hook_checks_every_plan_it_is_given(folder: Path) -> None:
    """The lint hook gets the changed plans as arguments: all are checked, and one that is refused fails the hook."""
    good, bad = folder / "a.plan.yaml", folder / "b c.plan.yaml"
    shutil.copy(ROOT / "rules" / "plans" / "example.plan.yaml", good)
    bad.write_text("plan: x\n", encoding="utf-8")
    one = shell(f"{HOOKS['dabiao-lint']['entry']} a.plan.yaml", folder)
    both = shell(f"{HOOKS['dabiao-lint']['entry']} 'b c.plan.yaml' a.plan.yaml", folder)

    assert re.search(HOOKS["dabiao-lint"]["files"], bad.name)
    assert 0 == one.returncode
    assert 2 == both.returncode
    assert "b c.plan.yaml" in both.stderr
    assert "example: " in both.stdout


def test_check_hook_is_called_for_everything_that_is_judged() -> None:
    """A changed sheet of any format, a waiver file and a plan call the hook; other files do not."""
    files = re.compile(HOOKS["dabiao-check"]["files"])
    names = ["a/x.facts.yaml", "x.facts.json", "x/home.csv", "某区.xlsx", "x.parquet", "x.waivers.yaml", "x.plan.yaml"]

    assert all(files.search(name) for name in names)
    assert not any(files.search(name) for name in ("README.md", "x.yaml.txt", "main.py"))


def test_check_hook_runs_with_the_arguments_of_the_page(folder: Path) -> None:
    """The arguments of the recipe are understood by the hook's command."""
    (hook,) = (
        hook for recipe in RECIPES for repo in recipe.get("repos", ()) for hook in repo["hooks"] if "args" in hook
    )
    arguments = ["example", *hook["args"][1:]]
    done = shell(f"{HOOKS[hook['id']]['entry']} {shlex.join(arguments)}", folder)

    assert 1 == done.returncode, done.stderr


# ---------------------------------------------------------------- the page


def test_recipes_use_what_exists() -> None:
    """The recipes name inputs of the action, variables of the job and hooks that there are."""
    used = [
        step["with"]
        for recipe in RECIPES
        for job in recipe.get("jobs", {}).values()
        for step in job["steps"]
        if "with" in step
    ]
    jobs = [job for recipe in RECIPES for job in recipe.values() if isinstance(job, dict) and "extends" in job]
    hooks = {hook["id"] for recipe in RECIPES for repo in recipe.get("repos", ()) for hook in repo["hooks"]}

    assert used and all(set(given) <= set(ACTION["inputs"]) for given in used)
    assert jobs and all(set(job["variables"]) <= set(GITLAB[job["extends"]]["variables"]) for job in jobs)
    assert set(HOOKS) == hooks
    assert all(f"`{name}`" in PAGE for name in ACTION["inputs"])
    assert any(file["file"] == "/ci/gitlab.yml" for recipe in RECIPES for file in recipe.get("include", ()))


def test_command_of_the_page_is_understood(folder: Path) -> None:
    """The line for any other CI has options of the program and writes its files."""
    (line,) = re.findall(r"\$ dabiao (check .*)", PAGE)
    arguments = ["example" if part == "yanqing" else part for part in shlex.split(line)]
    done = shell(f"dabiao {shlex.join(arguments)}", folder)

    assert 1 == done.returncode, done.stderr
    assert (folder / "dabiao.xml").exists() and (folder / "dabiao.json").exists()


# ---------------------------------------------------------------- a workbook


def filled(folder: Path, value: object) -> tuple[Path, str]:
    """Fill in one figure of the template of the example; return the workbook and the cell."""
    path = folder / "报表.xlsx"
    made = form_words(path, "示例区", "en")
    assert 0 == CliRunner().invoke(main, made).exit_code
    book = load_workbook(path)
    cells = {cell.value: cell for row in book["district"].iter_rows() for cell in row if isinstance(cell.value, str)}
    cell = book["district"].cell(cells["Family care beds"].row, cells["value"].column)
    cell.value = value
    book.save(path)
    return path, f"district!{cell.coordinate}"


@pytest.mark.parametrize(("value", "code"), [("很多", 2), (350, 1)])
def test_cell_of_a_workbook_is_named_in_every_format(folder: Path, value: object, code: int) -> None:
    """A figure that is refused, and one that a finding rests on, is pointed at by file, sheet and cell."""
    path, cell = filled(folder, value)
    forms = ("json", "junit", "sarif", "github", "csv")
    options = [part for form in forms for part in ("-o", f"{form}:{folder / form}")]
    done = CliRunner().invoke(
        main, ["check", "example", str(path), "--select", "family-care-beds", "--fail-on", "behind", *options]
    )
    text = {form: (folder / form).read_text(encoding="utf-8") for form in forms}
    sheet, coordinate = cell.split("!")

    assert code == done.exit_code, done.stderr
    found = json.loads(text["json"])
    places = found["problems"] if code == 2 else [finding["at"] for finding in found["findings"]]
    assert (sheet, coordinate) in [(place["sheet"], place["cell"]) for place in places]
    assert f'"fullyQualifiedName": "{cell}"' in text["sarif"]
    assert all(f"报表.xlsx[{sheet}]!{coordinate}" in text[form] for form in ("junit", "github"))
    assert f",{sheet},{coordinate}," in text["csv"]
