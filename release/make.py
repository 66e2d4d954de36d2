"""Make the program that runs without Python and compiler, for the system this runs on: `python release/make.py`.

`build/bundle/dabiao` is the folder, and beside it stand an archive of it and the archive's SHA-256. It is made by
PyInstaller in an environment of its own, `build/bundle/venv`, from the versions of `requirements/bundle.txt`.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = ROOT / "build" / "bundle"
FOLDER = WORK / "dabiao"
_WINDOWS = sys.platform == "win32"
_STRIPPED = (
    "libpython*.so*",
    "*/_polars_runtime*.so",
)  # symbols that nobody looks up; the wheels of others bear no strip
_LICENCES = ("LICEN", "COPYING", "NOTICE", "AUTHORS")


def main() -> None:
    """Make the environment, and go on in it; there, make the folder and the archive."""
    own = WORK / "venv" / ("Scripts/python.exe" if _WINDOWS else "bin/python")
    if Path(sys.prefix).resolve() != (WORK / "venv").resolve():
        shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)  # what was taken away since would be packed too
        venv.create(WORK / "venv", with_pip=True, clear=True)
        _run(own, ROOT / "requirements" / "install.py", "bundle")
        _run(own, __file__)
        return
    _run(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=ERROR", f"--distpath={WORK}",
         f"--workpath={WORK / 'work'}", HERE / "dabiao.spec")  # fmt: skip
    _strip()
    _write_licences(FOLDER / "licences")
    text = (HERE / "begin.txt").read_text(encoding="utf-8")
    (FOLDER / "README.txt").write_text(text, encoding="utf-8-sig", newline="\r\n")  # for Notepad
    archive = _archive()
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_name(f"{archive.name}.sha256").write_text(
        f"{digest}  {archive.name}\n", encoding="ascii", newline="\n"
    )
    size = sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file() and not file.is_symlink())
    _say(f"{FOLDER.relative_to(ROOT)}: {size / 1e6:.0f} MB", f"{archive.name}: {archive.stat().st_size / 1e6:.0f} MB")


def _run(*words: object) -> None:
    done = subprocess.run([str(word) for word in words], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _strip() -> None:
    """Take the symbols out of the two large libraries, on Linux: 60 MB less, and nothing slower."""
    tool = shutil.which("strip")
    if tool and sys.platform == "linux":
        for pattern in _STRIPPED:
            for file in (FOLDER / "_internal").glob(pattern):
                _run(tool, "--strip-unneeded", file)


def _write_licences(folder: Path) -> None:
    """Put the licence of every library, and that of Python, beside the program."""
    shutil.copyfile(ROOT / "LICENSE", FOLDER / "LICENSE.txt")
    folder.mkdir()
    for library in distributions():
        for name, text in _licences_of(library):
            (folder / f"{library.metadata['Name']}-{library.version}-{name}.txt").write_bytes(text)
    base = Path(sys.base_prefix)
    python = [base / "LICENSE.txt", *base.glob("lib/python3*/LICENSE.txt")]
    for found in (file for file in python if file.is_file()):
        shutil.copyfile(found, folder / f"Python-{platform.python_version()}-LICENSE.txt")


def _licences_of(library: Distribution) -> Iterable[tuple[str, bytes]]:
    for file in library.files or ():
        if file.name.upper().startswith(_LICENCES) and not file.name.endswith(".py"):
            yield file.stem, Path(str(file.locate())).read_bytes()


def _archive() -> Path:
    """Pack the folder as people of this system open it: zip on Windows, else tar.gz, which keeps what may be run."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, sys.platform)
    name = f"dabiao-{version}-{system}-{platform.machine().lower()}"
    if _WINDOWS:
        path = WORK / f"{name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
            for file in sorted(FOLDER.rglob("*")):
                packed.write(file, file.relative_to(WORK))
    else:
        path = WORK / f"{name}.tar.gz"
        with tarfile.open(path, "w:gz", compresslevel=6) as packed:
            packed.add(FOLDER, FOLDER.name, filter=_without_owner)
    return path


def _without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    main()
