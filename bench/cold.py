"""How long a cold `dabiao check` of one sheet takes, beside importing polars, pint, click and yaml. Prints ratios.

Each process is started anew, in turns with its peer, so that both meet the same noise; the median of the ratios is printed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "facts" / "samples"
PEER = [sys.executable, "-c", "import polars, pint, click, yaml"]
CASES = {
    "the illustrative plan": ["example", str(SAMPLES / "example-2023.facts.yaml")],
    "the Yanqing plan, 330 commitments": ["yanqing", str(SAMPLES / "yanqing-2020.facts.yaml")],
}


def seconds(command: list[str]) -> float:
    """Run a command once."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def main() -> None:
    """Compare and print."""
    for name, arguments in CASES.items():
        command = [sys.executable, "-m", "dabiao", "check", *arguments]
        seconds(command), seconds(PEER)  # byte code and file cache
        pairs = [(seconds(command), seconds(PEER)) for _ in range(9)]
        ratio = statistics.median(ours / peer for ours, peer in pairs)
        ours, peer = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(f"{name}: {ours:.2f} s, imports alone {peer:.2f} s: {ratio:.2f} times (ceiling 1.50)")


if __name__ == "__main__":
    main()
