"""What users wait for when findings are written, file to file: the whole command in each format, beside a hand-written script.

Run with the number of rows (10,000 unless given; five findings each) and the formats. The script does what one would write for
just these commitments: it reads the Parquet file, judges by columns, and writes value, target, verdict and a plain sentence
with rounded numbers. Of each format stand how long one waits, the seconds of the processor, which other work on the machine
changes less, and how many findings a second are written: in the seconds of the processor beyond those of reading and judging
alone. Memory is to stay below 1 GiB for a million findings.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from bulk import PLAN, by_hand, institutions
from dabiao.engine.requests import CheckRequest
from dabiao.engine.run import run as judged

FORMATS = ("text", "html", "csv", "jsonl", "json", "parquet", "arrow")
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


def judge_alone(folder: Path) -> None:
    """Read and judge, and write nothing."""
    outcome = judged(CheckRequest(plan=str(folder / "bench.plan.yaml"), sheets=(folder / "sheet",)))
    assert outcome.result is not None


def run(*words: str) -> tuple[float, float, float]:
    """Run a Python program to its end; return how long it took, the seconds of processor, and its peak memory in MiB."""
    begun = time.perf_counter()
    child = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, *words])
    _, status, used = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) in ((0,) if words[0] == __file__ else (0, 1, 3)), words
    return time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Compare and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder, rows)
        check = ("-m", "dabiao", "check", str(folder / "bench.plan.yaml"), str(folder / "sheet"), "-o")
        waited, alone, peak = run(__file__, "--judge-alone", name)
        findings = 5 * rows + 3
        print(f"{findings:,} findings of {rows:,} rows")
        print(f"{'judging':8} {waited:6.2f} s, {alone:6.2f} s of processor, {peak:5.0f} MiB; nothing is written")
        for form in sys.argv[2:] or FORMATS:
            waited, whole, peak = run(*check, f"{form}:{folder / form}")
            size = (folder / form).stat().st_size / 2**20
            line = f"{form:8} {waited:6.2f} s, {whole:6.2f} s of processor, {peak:5.0f} MiB, {size:7.1f} MiB written"
            if form not in ("text", "html"):  # these show some of the findings
                line += f"; {findings / max(whole - alone, 0.001):9,.0f} a second"
                line += f" (floor {FLOOR:,})" if form in ("csv", "jsonl") else ""
            if form in ("csv", "jsonl", "parquet", "arrow"):
                _, hand, other = run(__file__, "--by-hand", name, form)
                line += f"; by hand {hand:.2f} s, {other:.0f} MiB: {whole / hand:.1f} times"
            print(line)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--by-hand"]:
        write_by_hand(Path(sys.argv[2]), sys.argv[3])
    elif sys.argv[1:2] == ["--judge-alone"]:
        judge_alone(Path(sys.argv[2]))
    else:
        main()
