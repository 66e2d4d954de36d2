"""A million institution rows in 3,000 districts, from Parquet to findings in Parquet, beside a hand-written Polars script.

Both are processes of their own: the command line into a folder, and a script that reads, judges and writes by itself what is
asked of each row. The verdicts are compared, district by district. Prints the ratio of the two times, and the peak memory of
each with its children.

`dataset.py ROWS OPTION...` gives the options to the check: `dataset.py 1000000 --engine spark --master local[2]`; with
`--columns commitment,root,subject,actual,verdict` both write the same columns.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import polars as pl
from bulk import institutions, write

COLUMNS = ("commitment", "root", "subject", "actual", "verdict")
"""What the script writes."""
BY_HAND = """
import sys
import polars as pl
c, folder = pl.col, sys.argv[1]
rows = pl.scan_parquet(f"{folder}/institutions.parquet")
each = {
    "satisfaction": (c("satisfaction"), c("satisfaction") >= 0.85, None),
    "stars": (c("stars").cast(pl.Float64), c("stars") >= 3, None),
    "reserve": (c("reserved") / c("beds"), c("reserved") * 50 >= c("beds"), c("beds")),
    "nursing": (c("nursing") / c("beds"), c("nursing") * 5 >= c("beds") * 3, c("beds")),
    "staffing": (c("carers") / c("residents"), c("carers") * 4 >= c("residents"), c("residents")),
}
def verdict(met, base):
    word = pl.when(met).then(pl.lit("met")).when(~met).then(pl.lit("shortfall")).otherwise(pl.lit("undetermined"))
    return word if base is None else pl.when(base == 0).then(pl.lit("not_applicable")).otherwise(word)
parts = [
    rows.select(pl.lit(name).alias("commitment"), c("subject").alias("root"), c("name").alias("subject"),
                value.alias("actual"), verdict(met, base).alias("verdict"))
    for name, (value, met, base) in each.items()
]
pl.concat(parts).sink_parquet(f"{folder}/by-hand.parquet")
"""


def write_data_set(folder: Path, rows: int) -> None:
    """Write the data set, its head, its plan and the script by hand."""
    write(institutions(rows), [f"d{number}" for number in range(3000)], folder)
    (folder / "by_hand.py").write_text(BY_HAND, encoding="utf-8")


def measure(command: list[str]) -> tuple[float, float]:
    """Run a command; return the seconds it took, and the most memory (MiB) that it and its children had together."""
    start, most = time.perf_counter(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.returncode is None:
        most = max(most, sum(_memory(pid) for pid in _family(process.pid)))
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)  # looking takes time from those that are looked at
    took = time.perf_counter() - start
    assert process.returncode in (0, 1, 3), command  # 1 and 3: there are findings
    return took, most / 1024


def add_up(findings: pl.LazyFrame) -> pl.DataFrame:
    """Return how many findings each district has, and the sum of the hashes of who has which verdict: without a join."""
    about = pl.struct("commitment", "subject", "verdict").hash() // 2**32  # so that a sum of millions fits
    added = findings.group_by("root").agg(pl.len().alias("many"), about.sum().alias("sum"))
    return added.sort("root").collect(engine="streaming")


def _family(pid: int) -> list[int]:
    try:  # each thread knows those that it has started: Java starts the workers of Spark from one of many
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for one in threads for child in (one / "children").read_text(encoding="ascii").split()]
    except OSError:
        return []
    return [pid, *(each for child in children for each in _family(int(child)))]


def _memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def main() -> None:
    """Compare and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_data_set(folder, rows)
        check = [
            sys.executable,
            "-m",
            "dabiao",
            "check",
            *map(str, (folder / "bench.plan.yaml", folder / "dataset.facts.yaml")),
        ]
        ours, memory = measure([*check, "-o", f"parquet:{folder / 'out'}/", *sys.argv[2:]])
        theirs, by_hand_memory = measure([sys.executable, str(folder / "by_hand.py"), made])
        by_hand, mine = folder / "by-hand.parquet", folder / "out" / "findings" / "*.parquet"
        names = pl.scan_parquet(by_hand).select(pl.col("commitment").unique()).collect().to_series()
        same = pl.scan_parquet(mine).filter(pl.col("commitment").is_in(names.implode()))
        assert add_up(pl.scan_parquet(by_hand)).equals(add_up(same)), "the two ways disagree"
        found = pl.scan_parquet(mine).select(pl.len()).collect().item()
    print(f"{found:,} findings from {rows:,} rows; verdicts equal")
    print(f"dabiao        {ours:.1f} s  {memory:,.0f} MiB")
    print(f"hand-written  {theirs:.1f} s  {by_hand_memory:,.0f} MiB")
    print(f"speed of dabiao over hand-written: {theirs / ours:.3f}")


if __name__ == "__main__":
    main()
