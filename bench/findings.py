"""How long findings take to write, file to file: the whole command in each format, beside a hand-written script.

Run with the number of rows (10,000 unless given; five findings each) and the formats. The script does what one would write for
just these commitments: it reads the Parquet file, judges by columns, and writes value, target, verdict and a plain sentence
with rounded numbers. Times are of the processor, as other work on the machine changes them less. What writing takes is the
time of the command less that of the same command with the text report.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import polars as pl
from bulk import PLAN, by_hand, institutions

FORMATS = ("csv", "jsonl", "json", "parquet", "arrow", "html")
FLOOR = 100_000  # findings a second that CSV and lines of JSON are written at


def write_inputs(folder: Path, rows: int) -> None:
    """Write the plan, and a sheet whose register is a Parquet file."""
    (folder / "bench.plan.yaml").write_text(PLAN, encoding="utf-8")
    (folder / "sheet").mkdir()
    head = f"plan: bench\nsubject: 某区\nyear: 2023\nregisters: {{institution: {rows}}}\nfacts: {{}}\n"
    (folder / "sheet" / "sheet.facts.yaml").write_text(head, encoding="utf-8")
    whole = ("beds", "reserved", "nursing", "carers", "residents", "stars")
    percent = pl.format("{} %", (pl.col("satisfaction") * 100).round(2))
    facts = institutions(rows).select(
        pl.col("@name").alias("name"), pl.col(*whole).cast(pl.Int64), percent.alias("satisfaction")
    )
    facts.write_parquet(folder / "sheet" / "institution.parquet")


def write_by_hand(folder: Path, form: str) -> None:
    """Read, judge and write with Polars alone."""
    facts = pl.read_parquet(folder / "sheet" / "institution.parquet").rename({"name": "@name"})
    percent = pl.col("satisfaction").str.strip_suffix(" %").cast(pl.Float64) / 100
    words = pl.format(
        "{}: {} reports {} for 2023; the target is {}: {}.", "commitment", "subject", pl.col("actual").round(4), "target",
        pl.col("verdict").cast(pl.String),
    )  # fmt: skip
    found = by_hand(facts.with_columns(percent, pl.col("stars").cast(pl.Float64))).with_columns(words.alias("sentence"))
    write = {
        "csv": found.write_csv,
        "jsonl": found.write_ndjson,
        "parquet": found.write_parquet,
        "arrow": found.write_ipc,
    }
    write[form](folder / f"hand.{form}")


def run(*words: str) -> tuple[float, float]:
    """Run a Python program to its end; return the seconds of processor it took, and its peak memory in MiB."""
    child = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, *words])
    _, status, used = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) in ((0,) if "--by-hand" in words else (0, 1, 3)), words
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Compare and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder, rows)
        check = ("-m", "dabiao", "check", str(folder / "bench.plan.yaml"), str(folder / "sheet"), "-o")
        judged, peak = run(*check, f"text:{folder / 'text'}")
        findings = 5 * rows + 3
        print(f"{findings:,} findings of {rows:,} rows; text report, from file to file: {judged:.2f} s, {peak:.0f} MiB")
        for form in sys.argv[2:] or FORMATS:
            whole, peak = run(*check, f"{form}:{folder / form}")
            writing = max(whole - judged, 0.001)
            size = (folder / form).stat().st_size / 2**20
            line = f"{form:8} {whole:6.2f} s, {peak:5.0f} MiB, {size:6.1f} MiB written;"
            line += f" {findings / writing:9,.0f} a second of writing"
            if form in ("csv", "jsonl", "parquet", "arrow"):
                hand, other = run(__file__, "--by-hand", name, form)
                line += f"; by hand {hand:.2f} s, {other:.0f} MiB: {whole / hand:.1f} times"
            print(line + (f" (floor {FLOOR:,})" if form in ("csv", "jsonl") else ""))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--by-hand"]:
        write_by_hand(Path(sys.argv[2]), sys.argv[3])
    else:
        main()
