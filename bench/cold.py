"""How long a cold `dabiao check` of one sheet takes, beside importing polars, pint, click and yaml. Prints ratios.

Each process is started anew, in turns with its peer, so that both meet the same noise; the medians of the ratios of wall time
and of processor time are printed. `without` keeps no plans, `first` has an empty folder to keep them in, `kept` finds the plan
there, which the second check has kept. Byte code is written, as it is where the program is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "facts" / "samples"
PEER = [sys.executable, "-c", "import polars, pint, click, yaml"]
CASES = {
    "the plan and sheet of the README": (["care.plan.yaml", "district.facts.yaml"], 1.1),
    "the illustrative plan": (["example", str(SAMPLES / "example-2023.facts.yaml")], 1.4),
    "the Yanqing plan, 330 commitments": (["yanqing", str(SAMPLES / "yanqing-2020.facts.yaml")], 1.4),
}
ROUNDS = 9


def seconds(command: list[str], folder: Path, kept: Path | None) -> tuple[float, float]:
    """Run a command once; return wall time and processor time."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["DABIAO_CACHE"] = "off" if kept is None else str(kept)
    start, before = time.perf_counter(), os.times()
    silent = subprocess.DEVNULL
    subprocess.run(command, stdout=silent, stderr=silent, check=False, cwd=folder, env=environment)
    wall, after = time.perf_counter() - start, os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    return wall, used


def readme_files(folder: Path) -> None:
    """Write the files that the README shows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, body in re.findall(r"<!-- file: (\S+) -->\n```yaml\n(.*?)```", text, re.DOTALL):
        (folder / name).write_text(body, encoding="utf-8")


def main() -> None:
    """Compare and print."""
    with tempfile.TemporaryDirectory() as name:
        readme_files(Path(name))
        for case, (arguments, ceiling) in CASES.items():
            print(f"{case} (ceiling {ceiling}):")
            compare([sys.executable, "-m", "dabiao", "check", *arguments], Path(name))


def compare(command: list[str], folder: Path) -> None:
    """Time a command in a folder that has the files of the README: without kept plans, with none yet, and with its own."""
    kept = folder / "kept"
    for way in ("without", "first", "kept"):
        place = None if way == "without" else kept
        for _ in range(2):  # byte code and file cache; what is checked twice is kept
            seconds(command, folder, place), seconds(PEER, folder, None)
        pairs = []
        for _ in range(ROUNDS):
            if way == "first":
                shutil.rmtree(kept, ignore_errors=True)
            pairs.append((seconds(command, folder, place), seconds(PEER, folder, None)))
        wall, used = (statistics.median(ours[at] / peer[at] for ours, peer in pairs) for at in (0, 1))
        ours, peer = (statistics.median(side[0] for side in sides) for sides in zip(*pairs, strict=True))
        print(f"  {way}: {ours:.2f} s, imports alone {peer:.2f} s: {wall:.2f} times ({used:.2f} by processor time)")


if __name__ == "__main__":
    main()
