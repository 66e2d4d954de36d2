"""A thousand scenarios over one district's sheet, as columns, beside a single check in the same process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from dabiao import check, load_plan, read_facts
from dabiao.scenarios.apply import Variant
from dabiao.scenarios.sweep import parse_axis, sweep_variant

SAMPLES = Path(__file__).parent.parent / "facts" / "samples"


def seconds(run: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    """Compare and print."""
    plan = load_plan("yanqing")
    facts = read_facts([SAMPLES / "yanqing-2023", SAMPLES / "yanqing-2020.facts.yaml"], plan)
    variant, axis = Variant(plan, facts), parse_axis("care_centres=1:1000:1", plan)
    pairs = [
        (
            seconds(lambda: sweep_variant(variant, [axis], 2023, None)),
            seconds(lambda: check(plan, facts, year=2023, data_checks=False)),
        )
        for _ in range(7)
    ]
    swept, single = (statistics.median(times) for times in zip(*pairs, strict=True))
    findings = sweep_variant(variant, [axis], 2023, None).table.height
    print(f"what-if: {len(axis.values)} scenarios, {findings:,} findings: {swept:.2f} s; one check: {single:.3f} s")
    print(f"ratio to single checks in the same process: {swept / single:.1f} (ceiling 20)")


if __name__ == "__main__":
    main()
