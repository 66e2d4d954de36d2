"""Change one thing in the code at a time and see whether the tests near it notice.

`python tests/mutants/run.py [--sample N] [--seed N] [--sound] [MODULE ...]`

The changes are those of cosmic-ray that change a meaning: + for -, >= for >, `and` for `or`, a condition turned round, a
number one more or less, a loop that is left out. They are made in a copy, never in the tree itself. `mutants.yaml` says
which tests are near a module, and which changes change nothing, each with the reason. Everything else that no test
notices is printed, and the exit code is 1 where less than 95 % is noticed.
"""

# ruff: noqa: T201 - it reports to a terminal

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.ast.ast_query import ASTQuery
from cosmic_ray.mutating import mutate_and_test, mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COPY = ROOT / "build" / "mutants" / "dabiao"
WANTED = 95  # per cent of the changes that are not known to change nothing
SECONDS = 240  # for the tests of one change; one that takes longer is noticed
GUARDS = {"strict", "frozen", "slots"}  # of zips and dataclasses
OPERATORS = {
    "AddNot", "NumberReplacer", "ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue",
    "ZeroIterationForLoop", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak",
    *(f"ReplaceUnaryOperator_{change}" for change in ("Delete_Not", "Delete_Invert", "USub_UAdd")),
    *(
        f"ReplaceBinaryOperator_{change}"
        for change in (
            "Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Div", "Mod_FloorDiv", "Pow_Mul",
            "BitAnd_BitOr", "BitOr_BitAnd",
        )
    ),
    *(
        f"ReplaceComparisonOperator_{change}"
        for change in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_Gt", "Gt_Lt", "Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")
    ),
}  # fmt: skip

Outcome = Literal["noticed", "survived", "changes nothing"]


@dataclass(frozen=True)
class Mutant:
    """One change: the line as it is and as it becomes."""

    module: str
    spec: MutationSpec
    line: str
    becomes: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by in `mutants.yaml`."""
        return self.module, self.line, self.becomes

    def __str__(self) -> str:
        number = self.spec.start_pos[0]
        return f"{self.module}:{number} in {self.spec.definition_name}\n  - {self.line}\n  + {self.becomes}"


def main() -> int:
    """Make the changes, run the tests, print what happened; 1 if too few are noticed or the list is out of date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as rules/algebra.py (default: all)")
    parser.add_argument("--sample", type=int, help="how many changes, drawn at random (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sound", action="store_true", help="the tests have just passed without any change")
    given = parser.parse_args()
    known = yaml.safe_load((HERE / "mutants.yaml").read_text(encoding="utf-8"))
    near: dict[str, list[str]] = known["near"]
    unchanged = {key for one in known["unchanged"] for key in list_keys(one)}
    stale = find_stale(known["unchanged"])
    modules = given.modules or list(near)
    copy_tree()
    os.chdir(COPY)
    os.environ |= {"PYTHONPATH": str(COPY.parent), "POLARS_MAX_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    tests = test_command([test for module in modules for test in near[module]]).split()
    if not given.sound and subprocess.run(tests, check=False).returncode:
        print("the tests fail without any change")
        return 1
    counted: Counter[tuple[str, Outcome]] = Counter()
    start = time.monotonic()
    for number, mutant in enumerate(draw(modules, given.sample, given.seed), start=1):
        outcome = try_out(mutant, test_command(near[mutant.module]), unchanged)
        counted[mutant.module, outcome] += 1
        if outcome == "survived":
            print(f"{number} survived: {mutant}", flush=True)
    return report(modules, counted, stale, f"seed {given.seed}, {time.monotonic() - start:.0f} s")


def list_keys(one: Mapping[str, Any]) -> list[tuple[str, str, str | None]]:
    """List what an entry of `mutants.yaml` covers: one change of a line, several, or (None) all of them."""
    becomes = one.get("becomes")
    return [(one["module"], one["line"], text) for text in (becomes if isinstance(becomes, list) else [becomes])]


def copy_tree() -> None:
    """Copy the tree under the name of the package, so that it is found there before the installed one."""
    shutil.rmtree(COPY, ignore_errors=True)
    left_out = shutil.ignore_patterns(
        ".git", ".venv", "build", "dist", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info"
    )
    shutil.copytree(ROOT, COPY, ignore=left_out)


def test_command(near: Iterable[str]) -> str:
    """Return the command that runs some tests until the first fails, the same ones every time."""
    files = " ".join(f"tests/test_{name}.py" for name in dict.fromkeys(near))
    options = "-x -q --no-header -p no:cacheprovider -p _hypothesis_pytestplugin --hypothesis-profile=mutants"
    return f"{sys.executable} -m pytest {options} {files}"


def draw(modules: list[str], sample: int | None, seed: int) -> Iterator[Mutant]:
    """Iterate over the changes of modules, or over as many of them, in an order that depends on the seed alone."""
    specs = [(module, spec) for module in modules for spec in list_changes(COPY / module)]
    if sample is not None:
        random.Random(seed).shuffle(specs)
    found = (mutant for module, spec in specs if (mutant := make(module, spec)))
    for number, mutant in enumerate(found, start=1):
        yield mutant
        if number == sample:
            return


def list_changes(file: Path) -> list[MutationSpec]:
    """List the places where an operator can change something in a file."""
    nodes = list(ast_nodes(get_ast_from_path(file)))
    found = []
    for name in OPERATORS:
        operator = get_operator(f"core/{name}")()
        places = [(node, *place) for node in nodes for place in operator.mutation_positions(node)]
        found += [
            MutationSpec(file, f"core/{name}", number, start, end, definition_name=ASTQuery(node).get_definition_name())
            for number, (node, start, end) in enumerate(places)
        ]
    return sorted(found, key=lambda spec: (spec.start_pos, spec.operator_name, spec.occurrence))


def make(module: str, spec: MutationSpec) -> Mutant | None:
    """Return a change as the line that it changes; None if it leaves the code as it is, or no code at all."""
    before = (COPY / module).read_text(encoding="utf-8")
    after = mutate_code(before, get_operator(spec.operator_name)(), spec.occurrence)
    try:
        if after is None or code_of(before) == code_of(after):
            return None
    except SyntaxError:
        return None
    lines = zip(before.splitlines(), after.splitlines(), strict=False)
    line, becomes = next((line, changed) for line, changed in lines if line != changed)
    return Mutant(module, spec, line.strip(), becomes.strip())


def code_of(text: str) -> str:
    """Return what a program does: its tree without annotations, and without arguments that only guard against mistakes."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef():
                node.returns = None
            case ast.arg():
                node.annotation = None
            case ast.arguments():  # an argument that may be given by name or by place is called in one of these ways
                node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
                node.defaults = [*node.defaults, *filter(None, node.kw_defaults)]
                node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
            case ast.Call():
                node.keywords = [keyword for keyword in node.keywords if keyword.arg not in GUARDS]
            case ast.AnnAssign():
                node.annotation = ast.Constant(None)
    return ast.dump(tree)


def try_out(mutant: Mutant, command: str, unchanged: set[tuple[str, str, str | None]]) -> Outcome:
    """Return what becomes of a change. Raises `RuntimeError` if it cannot be made."""
    if mutant.key in unchanged or (mutant.module, mutant.line, None) in unchanged:
        return "changes nothing"
    result = mutate_and_test([mutant.spec], command, SECONDS)
    if result.worker_outcome != WorkerOutcome.NORMAL:
        raise RuntimeError(f"{mutant}\n{result.output}")
    return "survived" if result.test_outcome == TestOutcome.SURVIVED else "noticed"


def find_stale(unchanged: Iterable[dict[str, str]]) -> list[str]:
    """List the known changes whose line is no longer in its module, or that give no reason."""
    lines = {one["module"]: {line.strip() for line in (ROOT / one["module"]).read_text(encoding="utf-8").splitlines()} for one in unchanged}  # fmt: skip
    return [
        f"{one['module']}: {one['line']}"
        for one in unchanged
        if one["line"] not in lines[one["module"]] or not one["why"]
    ]


def report(modules: Iterable[str], counted: Counter[tuple[str, Outcome]], stale: list[str], how: str) -> int:
    """Print one line a module and the share of all that is noticed."""
    width = max(len(module) for module in modules)
    totals: Counter[Outcome] = Counter()
    for module in modules:
        row: dict[Outcome, int] = {name: counted[module, name] for name in ("noticed", "survived", "changes nothing")}
        totals.update(row)
        print(module.ljust(width), *(f"{number:4} {name}" for name, number in row.items()))
    judged = totals["noticed"] + totals["survived"]
    share = 100 * totals["noticed"] / judged if judged else 100.0
    print(f"{totals['noticed']} of {judged} changes noticed: {share:.1f} %, {WANTED} % wanted ({how})")
    for line in stale:
        print(f"mutants.yaml names a line that is not there, or no reason: {line}")
    return int(share < WANTED or bool(stale))


if __name__ == "__main__":
    sys.exit(main())
