"""What `.ci/run` does, where there is no make: `python .ci/run.py`, or some of its steps: `python .ci/run.py lint types`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VIEW = ROOT / "build" / "view"
SYSTEMS = ("linux", "win32", "darwin")
STEPS = {
    "install": ("python requirements/install.py --editable", "python requirements/install.py dev"),
    "test": ("python -m pytest -n auto",),
    "lint": ("ruff check .", "ruff format --check ."),
    "types": tuple(f"mypy --config-file ../../pyproject.toml --platform {system} -p dabiao" for system in SYSTEMS),
    "layers": ("lint-imports ../../pyproject.toml",),
}  # name: commands, in their order
_IN_VIEW = ("types", "layers")


def main(names: list[str]) -> None:
    """Run the steps of these names, all of them without any; end with the code of the first that fails."""
    for name in names or STEPS:
        if name in _IN_VIEW:
            show_package()
        for command in STEPS[name]:
            tool, *words = command.split()
            program = sys.executable if tool == "python" else str(Path(sysconfig.get_path("scripts"), tool))
            sys.stdout.write(f"{command}\n")
            sys.stdout.flush()
            done = subprocess.run([program, *words], cwd=VIEW if name in _IN_VIEW else ROOT, check=False)
            if done.returncode:
                sys.exit(done.returncode)


def show_package() -> None:
    """Show the root, which is the package, under its name: as a copy, because Windows lets few people make links."""
    shutil.rmtree(VIEW, ignore_errors=True)
    package = VIEW / "dabiao"
    package.mkdir(parents=True)
    for file in (*ROOT.glob("*.py"), ROOT / "py.typed"):
        shutil.copyfile(file, package / file.name)
    for file in ROOT.glob("*/__init__.py"):
        shutil.copytree(file.parent, package / file.parent.name, ignore=shutil.ignore_patterns("__pycache__"))


if __name__ == "__main__":
    main(sys.argv[1:])
