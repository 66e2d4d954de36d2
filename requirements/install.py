"""Install from the lock into the environment of the Python that runs this.

`install.py [--editable]` installs Dabiao; `install.py dev`, `fuzz`, `mutants`, `site` or `spark`, after it, what its
development needs besides; `install.py newest` installs all that with the newest releases instead of the locked ones;
`install.py all` installs Dabiao with what its extras bring, `install.py bundle` also what packs that (`release/make.py`);
`install.py wheels FOLDER` writes wheels of Dabiao and of durable_rules, which has none, for this Python and system;
`install.py --can-build` installs nothing, and fails with one line where there is no C compiler.

What is built from source is built with the locked setuptools, so everything that pip fetches has its hash checked.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
# Python 3.13 dropped PyEval_CallObject, which durable_rules 2.0.28 calls; its repository has the same change, no release has
RENAMED = {"CPPFLAGS": "-DPyEval_CallObject=PyObject_CallObject", "CL": "/DPyEval_CallObject#PyObject_CallObject"}
FLAGS = RENAMED if sys.version_info >= (3, 13) else {}
ANEW = ["--no-cache-dir"] if FLAGS else []  # pip may keep one that was built without the flags


def missing() -> str:
    """Say what this machine lacks to build the one dependency that comes as source, nothing if it lacks nothing."""
    compiler = os.environ.get("CC") or sysconfig.get_config_var("CC")  # none on Windows, where setuptools finds it
    headers = Path(sysconfig.get_path("include"), "Python.h")
    if compiler and not shutil.which(shlex.split(compiler)[0]):
        chinese, english = f"C 编译器（{compiler}）", f"a C compiler ({compiler})"
    elif not headers.is_file():
        chinese, english = f"Python 头文件（{headers}）", f"the header file of Python ({headers})"
    else:
        return ""
    english = f"durable_rules comes as source only, and {english} is missing to build it"
    return f"durable_rules 只有源代码，编译它还缺少 {chinese} / {english}"


def pip(*arguments: str, command: str = "install") -> None:
    """Run `pip install`, or another command of it; ends the program if it fails."""
    quiet = ["--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", command, *quiet, *arguments], env=os.environ | FLAGS, check=False
    )
    if done.returncode:
        sys.exit(done.returncode)


def locked(name: str, *options: str) -> None:
    """Install one list of the lock."""
    pip("--require-hashes", "--no-build-isolation", *options, "--requirement", str(FOLDER / f"{name}.txt"))


def make_wheels(folder: Path) -> None:
    """Build wheels of what has none elsewhere, the source of the dependency being that of the lock."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (FOLDER / "runtime.txt").read_text(encoding="utf-8")
    (entry,) = re.findall(r"^durable-rules==.*(?:\n    --hash.*)+", lock, re.MULTILINE)
    with tempfile.TemporaryDirectory() as temporary:
        wanted = Path(temporary, "durable_rules.txt")
        wanted.write_text(f"{entry}\n", encoding="utf-8")
        built = ["--no-build-isolation", "--no-deps", *ANEW, "--wheel-dir", str(folder)]
        pip(*built, "--require-hashes", "--requirement", str(wanted), command="wheel")
    pip(*built, str(FOLDER.parent), command="wheel")


def main(arguments: list[str]) -> None:
    """Do what the arguments say: see above."""
    if lacking := missing():
        sys.exit(lacking)
    match arguments:
        case ["--can-build"]:
            return
        case ["newest"]:
            pip(*ANEW, "--editable", f"{FOLDER.parent}[all,dev]")
        case ["dev" | "fuzz" | "mutants" | "site" | "spark" as name]:
            locked(name)
        case ["all" | "bundle" as name]:
            locked("build")
            locked(name, *ANEW)
            pip("--no-build-isolation", "--no-deps", str(FOLDER.parent))
        case ["wheels", folder]:
            locked("build")
            make_wheels(Path(folder))
        case _:
            locked("build")
            locked("runtime", *ANEW)
            pip("--no-build-isolation", "--no-deps", *arguments, str(FOLDER.parent))


if __name__ == "__main__":
    main(sys.argv[1:])
