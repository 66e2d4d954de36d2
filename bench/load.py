"""How long the shipped plans of the five documents take to load, compile and lint together, beside parsing their YAML alone.

Processor time, least and median of seven rounds, of plans never seen before and of plans that are kept.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml
from dabiao.__main__ import GARBAGE
from dabiao.base.kept import Kept
from dabiao.rules.kept import KeptPlans, use_kept_plans
from dabiao.rules.lint import lint
from dabiao.rules.load import find_shipped_plans, load_plan
from dabiao.rules.model import Plan

PLANS = ("yanqing", "tongzhou", "daxing", "chaoyang", "yanan")
ROUNDS = 7


def seconds(run: Callable[[], object]) -> float:
    """Time one call; what the calls before it left is not collected in its time."""
    gc.collect()
    start = time.process_time()
    run()
    return time.process_time() - start


def load() -> list[Plan]:
    """Load the plans."""
    return [load_plan(name) for name in PLANS]


def load_and_lint() -> int:
    """Load and lint the plans; return how many commitments they have."""
    plans = load()
    for plan in plans:
        lint(plan)
    return sum(len(plan.commitments) for plan in plans)


def main() -> None:
    """Compare and print."""
    gc.set_threshold(GARBAGE)  # as the command does
    folder = next(iter(find_shipped_plans().values())).parent
    texts = [path.read_text(encoding="utf-8") for name in PLANS for path in folder.glob(f"{name}.*.yaml")]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    def parse() -> None:
        for text in texts:
            yaml.load(text, loader)

    count = load_and_lint()
    with tempfile.TemporaryDirectory() as name:
        kept = KeptPlans(Kept(Path(name) / "plans", ".plan", 1 << 30, 100))

        def lint_kept() -> None:
            with use_kept_plans(lambda: kept):
                load_and_lint()

        for _ in range(2):  # what is seen twice is kept
            lint_kept()
        rounds = [[seconds(run) for run in (load_and_lint, load, lint_kept, parse)] for _ in range(ROUNDS)]
    both, alone, again, plain = ((min(times), statistics.median(times)) for times in zip(*rounds, strict=True))
    print(f"five plans, {count} commitments, least and median of {ROUNDS} rounds, processor time:")
    print(f"  load, compile and lint: {both[0]:.2f} s, {both[1]:.2f} s (ceiling 0.70)")
    print(f"  the same of plans seen before: {again[0]:.2f} s, {again[1]:.2f} s (ceiling 0.70)")
    print(f"  load and compile: {alone[0]:.2f} s, {alone[1]:.2f} s")
    print(f"  PyYAML with libyaml on the same texts: {plain[0]:.2f} s, {plain[1]:.2f} s")


if __name__ == "__main__":
    main()
