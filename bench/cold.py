"""How long a cold `dabiao check` of one sheet takes, beside importing polars, pint, click and yaml. Prints ratios.

Each process is started anew, in turns with its peer, so that both meet the same noise; the median of the ratios is printed.
"""

from __future__ import annotations

import re
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
    "the plan and sheet of the README": ["care.plan.yaml", "district.facts.yaml"],
    "the illustrative plan": ["example", str(SAMPLES / "example-2023.facts.yaml")],
    "the Yanqing plan, 330 commitments": ["yanqing", str(SAMPLES / "yanqing-2020.facts.yaml")],
}


def seconds(command: list[str], folder: Path) -> float:
    """Run a command once."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False, cwd=folder)
    return time.perf_counter() - start


def readme_files(folder: Path) -> None:
    """Write the files that the README shows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, body in re.findall(r"<!-- file: (\S+) -->\n```yaml\n(.*?)```", text, re.DOTALL):
        (folder / name).write_text(body, encoding="utf-8")


def main() -> None:
    """Compare and print."""
    with tempfile.TemporaryDirectory() as name:
        readme_files(Path(name))
        compare(Path(name))


def compare(folder: Path) -> None:
    """Time every case in a folder that has the files of the README."""
    for name, arguments in CASES.items():
        command = [sys.executable, "-m", "dabiao", "check", *arguments]
        seconds(command, folder), seconds(PEER, folder)  # byte code and file cache
        pairs = [(seconds(command, folder), seconds(PEER, folder)) for _ in range(9)]
        ratio = statistics.median(ours / peer for ours, peer in pairs)
        ours, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(f"{name}: {ours:.2f} s, imports alone {peer:.2f} s: {ratio:.2f} times (ceiling 1.50)")


if __name__ == "__main__":
    main()
