"""Install from the lock into the environment of the Python that runs this.

`install.py [--editable]` installs Dabiao; `install.py dev`, `fuzz`, `mutants` or `site`, after it, what its development needs
besides; `install.py newest` installs all that with the newest releases instead of the locked ones, and
`install.py --can-build` installs nothing, and fails with one line where there is no C compiler.

What is built from source is built with the locked setuptools, so everything that pip fetches has its hash checked.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
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


def pip(*arguments: str) -> None:
    """Run `pip install`; ends the program if it fails."""
    quiet = ["--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *quiet, *arguments], env=os.environ | FLAGS, check=False
    )
    if done.returncode:
        sys.exit(done.returncode)


def locked(name: str, *options: str) -> None:
    """Install one list of the lock."""
    pip("--require-hashes", "--no-build-isolation", *options, "--requirement", str(FOLDER / f"{name}.txt"))


def main(arguments: list[str]) -> None:
    """Do what the arguments say: see above."""
    if lacking := missing():
        sys.exit(lacking)
    match arguments:
        case ["--can-build"]:
            return
        case ["newest"]:
            pip(*ANEW, "--editable", f"{FOLDER.parent}[budget,charts,word,dev]")
        case ["dev" | "fuzz" | "mutants" | "site" as name]:
            locked(name)
        case _:
            locked("build")
            locked("runtime", *ANEW)
            pip("--no-build-isolation", "--no-deps", *arguments, str(FOLDER.parent))


if __name__ == "__main__":
    main(sys.argv[1:])
