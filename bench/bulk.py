"""A million institution rows, five commitments on each and three district totals, beside hand-written Polars.

Both start from the same facts in memory, read from a data set, and end with the same columns (id, commitment, actual, target,
verdict); the verdicts are compared before anything is timed. Prints ratios: machines are noisy, and a ratio is not.
"""

from __future__ import annotations

import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
from dabiao import read_facts
from dabiao.engine.judge import judge
from dabiao.engine.measure import Measured
from dabiao.engine.results import VERDICTS
from dabiao.facts.tables import Tables, build_tables
from dabiao.rules.load import parse_plan

PLAN = """
plan: bench
version: "1"
title: {zh: 基准, en: Benchmark}
document: {title: {zh: 基准, en: Benchmark}}
period: {from: 2021, to: 2025}
baseline: 2020
subjects:
  - {id: district, title: {zh: 区, en: district}}
  - {id: institution, title: {zh: 机构, en: institution}, in: district, register: reported}
measures:
  - {id: beds, of: institution, title: {zh: 床位, en: beds}, unit: 张}
  - {id: reserved, of: institution, title: {zh: 预留, en: reserved}, unit: 张}
  - {id: nursing, of: institution, title: {zh: 护理, en: nursing}, unit: 张}
  - {id: carers, of: institution, title: {zh: 护理员, en: carers}, unit: 人}
  - {id: residents, of: institution, title: {zh: 入住, en: residents}, unit: 人}
  - {id: satisfaction, of: institution, title: {zh: 满意率, en: satisfaction}, unit: "%"}
  - {id: stars, of: institution, title: {zh: 星级, en: stars}, unit: 分}
commitments:
"""

PROMISES = {
    "satisfaction": "each: institution, measure: satisfaction, at_least: 85 %",
    "stars": "each: institution, measure: stars, at_least: 3 分",
    "reserve": "each: institution, measure: reserved / beds, at_least: 2 %",
    "nursing": "each: institution, measure: nursing / beds, at_least: 60 %",
    "staffing": "each: institution, measure: carers / residents, at_least: '1:4'",
    "total-beds": "measure: sum(beds of institution), at_least: 100000000 张",
    "large-homes": "measure: count(institution where beds >= 50), at_least: 900000 个",
    "compliant-share": "measure: share(reserved / beds >= 2 % of institution), at_least: 50 %",
}
PLAN += "".join(
    f"  - {{id: {name}, title: {{zh: a, en: a}}, cite: {{section: s, phrase: p}}, {promise}, due: throughout}}\n"
    for name, promise in PROMISES.items()
)

HEAD = """\
plan: bench
percentages: fraction
registers: {institution: complete}
dataset:
  - {kind: district, files: districts.parquet}
  - {kind: institution, files: institutions.parquet}
"""
VERDICT = pl.Enum(VERDICTS)


def institutions(rows: int) -> pl.DataFrame:
    """Make facts: whole numbers, two decimals of satisfaction, and two in a hundred figures of residents missing."""
    random.seed(2023)
    seeds = pl.int_range(rows, dtype=pl.UInt64, eager=True)

    def uniform(salt: int, low: int, high: int) -> pl.Series:
        return (seeds.hash(salt) % (high - low + 1)).cast(pl.Int64).cast(pl.Float64) + low

    beds = uniform(1, 10, 500)
    residents = uniform(6, 1, 400)
    residents = residents.set(uniform(7, 0, 99) < 2, None)
    return pl.DataFrame(
        {
            "@year": pl.Series([2023], dtype=pl.Int32).new_from_index(0, rows),
            "@root": pl.Series(["某区"]).new_from_index(0, rows),
            "@name": "i" + seeds.cast(pl.String),
            "@weight": pl.Series([1.0]).new_from_index(0, rows),
            "@source": pl.Series([0], dtype=pl.Int32).new_from_index(0, rows),
            "@row": seeds.cast(pl.Int32),
            "beds": beds,
            "reserved": (beds * uniform(2, 0, 60) / 1000).floor(),
            "nursing": (beds * uniform(3, 0, 1000) / 1000).floor(),
            "carers": uniform(4, 1, 80),
            "residents": residents,
            "satisfaction": uniform(5, 6000, 10000) / 10000,
            "stars": uniform(8, 0, 5),
        }
    )


def write(facts: pl.DataFrame, districts: list[str], folder: Path) -> Path:
    """Write the plan, and the facts as a data set of some districts in turns; return its head."""
    pl.DataFrame({"subject": districts, "year": [2023] * len(districts)}).write_parquet(folder / "districts.parquet")
    whose = pl.Series("subject", districts).gather(pl.int_range(facts.height, eager=True) % len(districts))
    rows = facts.with_columns(whose, pl.col("@year").alias("year"), pl.col("@name").alias("name"))
    rows.select(pl.exclude("^@.*$")).write_parquet(folder / "institutions.parquet")
    (folder / "bench.plan.yaml").write_text(PLAN, encoding="utf-8")
    (folder / "dataset.facts.yaml").write_text(HEAD, encoding="utf-8")
    return folder / "dataset.facts.yaml"


def ours(tables: Tables) -> pl.DataFrame:
    """Judge with the engine."""
    return judge(Measured(tables, 2023), list(tables.plan.commitments.values()))


def by_hand(facts: pl.DataFrame) -> pl.DataFrame:
    """Judge with Polars as one would write it for just these commitments."""
    c = pl.col
    names = pl.Enum(
        ["satisfaction", "stars", "reserve", "nursing", "staffing", "total-beds", "large-homes", "compliant-share"]
    )

    def verdict(met: pl.Expr, base: pl.Expr | None = None) -> pl.Expr:
        word = (
            pl.when(met).then(pl.lit("met", VERDICT)).when(~met).then(pl.lit("shortfall", VERDICT))
            .otherwise(pl.lit("undetermined", VERDICT))
        )  # fmt: skip
        return word if base is None else pl.when(base == 0).then(pl.lit("not_applicable", VERDICT)).otherwise(word)

    def each(name: str, actual: pl.Expr, target: float, met: pl.Expr, base: pl.Expr | None = None) -> pl.LazyFrame:
        return lazy.select(
            c("@name").alias("subject"), pl.lit(name, names).alias("commitment"), actual.alias("actual"),
            pl.lit(target).alias("target"), verdict(met, base).alias("verdict"),
        )  # fmt: skip

    def total(name: str, actual: pl.Expr, target: float) -> pl.LazyFrame:
        return lazy.select(
            pl.lit("某区").alias("subject"), pl.lit(name, names).alias("commitment"), actual.cast(pl.Float64).alias("actual"),
            pl.lit(target).alias("target"), verdict(actual >= target).alias("verdict"),
        )  # fmt: skip

    lazy = facts.lazy()
    return pl.concat(
        pl.collect_all(
            [
                each("satisfaction", c("satisfaction"), 0.85, c("satisfaction") >= 0.85),
                each("stars", c("stars"), 3.0, c("stars") >= 3),
                each("reserve", c("reserved") / c("beds"), 0.02, c("reserved") * 50 >= c("beds"), c("beds")),
                each("nursing", c("nursing") / c("beds"), 0.6, c("nursing") * 5 >= c("beds") * 3, c("beds")),
                each("staffing", c("carers") / c("residents"), 0.25, c("carers") * 4 >= c("residents"), c("residents")),
                total("total-beds", c("beds").sum(), 1e8),
                total("large-homes", (c("beds") >= 50).sum(), 900000.0),
                total("compliant-share", (c("reserved") * 50 >= c("beds")).mean(), 0.5),
            ]
        )
    )


def seconds(run: Callable[[], object], times: int) -> list[float]:
    """Time a call several times."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return found


def main() -> None:
    """Compare and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    plan = parse_plan(PLAN, "bench")
    facts = institutions(rows)
    with tempfile.TemporaryDirectory() as folder:
        tables = build_tables(read_facts(write(facts, ["某区"], Path(folder)), plan))
    mine, hand = ours(tables), by_hand(facts)
    same = mine["verdict"].cast(pl.String) == hand["verdict"].cast(pl.String)
    assert mine.height == hand.height
    assert bool(same.all()), "the two ways disagree"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pairs = [(seconds(lambda: ours(tables), 1)[0], seconds(lambda: by_hand(facts), 1)[0]) for _ in range(99)]
    ratio = statistics.median(theirs / our for our, theirs in pairs)
    our, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    checks = mine.height
    print(f"{checks:,} findings from {rows:,} rows; verdicts equal")
    print(f"dabiao        {our:.3f} s  {checks / our / 1e6:6.1f} million checks/s")
    print(f"hand-written  {theirs:.3f} s  {checks / theirs / 1e6:6.1f} million checks/s")
    print(f"speed of dabiao over hand-written: {ratio:.2f} (floor 0.80)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"peak memory {peak / 1024:.0f} MiB, {peak / 1024 / (rows / 1e6):.0f} a million rows;"
        f" {(peak - before) / 1024:.0f} of it while timing"
    )


if __name__ == "__main__":
    main()
