"""How long the shipped plans of the five documents take to load, compile and lint together, beside parsing their YAML alone."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import yaml
from dabiao.rules.lint import lint
from dabiao.rules.load import find_shipped_plans, load_plan

PLANS = ("yanqing", "tongzhou", "daxing", "chaoyang", "yanan")


def seconds(run: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    """Compare and print."""
    folder = next(iter(find_shipped_plans().values())).parent
    texts = [path.read_text(encoding="utf-8") for name in PLANS for path in folder.glob(f"{name}.*.yaml")]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    def ours() -> int:
        plans = [load_plan(name) for name in PLANS]
        for plan in plans:
            lint(plan)
        return sum(len(plan.commitments) for plan in plans)

    count = ours()
    pairs = [
        (
            seconds(ours),
            seconds(lambda: [load_plan(name) for name in PLANS]),
            seconds(lambda: [yaml.load(t, loader) for t in texts]),
        )
        for _ in range(7)
    ]
    both, load, plain = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"five plans, {count} commitments: load and compile {load:.2f} s, with lint {both:.2f} s (ceiling 1.00)")
    print(f"PyYAML with libyaml on the same texts: {plain:.2f} s; ours over it: {both / plain:.2f}")


if __name__ == "__main__":
    main()
