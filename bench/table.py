"""What users wait for: whole commands from file to file, each beside a script that does the same by hand, as a table.

`table.py [--write PAGE] [NAME...]` runs all cases, or those named, and prints the table; with `--write` it also puts it between
the marks of a page. Ours and the script take turns; the fastest of three rounds counts (one of what takes longer than 20 s).
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import cold
import dataset
import findings
import reading
from dabiao import __version__

import budget

HERE = Path(__file__).parent
LONG = 20.0
MARK = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end of table -->)", re.DOTALL)
DABIAO = [sys.executable, "-m", "dabiao"]
HEAD = "| what | seconds | by hand | times | memory | by hand |\n|---|--:|--:|--:|--:|--:|\n"


@dataclass(frozen=True)
class Case:
    """A command, the script that does the same (None: nobody would write one), and whether it has run before.

    What is kept of plans is used then; else there is none in any round.
    """

    what: str
    command: list[str]
    script: list[str] | None
    kept: bool = False


def make_cold(folder: Path) -> list[Case]:
    """A check of one sheet, beside the imports it needs."""
    cold.readme_files(folder)
    cases = []
    for what, (arguments, _) in cold.CASES.items():
        inside = [str(folder / word) if (folder / word).exists() else word for word in arguments]
        for kept in (False, True):
            label = f"check: {what}" + (", seen before" if kept else ", the first time")
            cases.append(Case(label, [*DABIAO, "check", *inside], cold.PEER, kept))
    return cases


def make_lint(folder: Path) -> list[Case]:
    """Lint of the five plans, beside parsing their YAML."""
    script = folder / "parse.py"
    texts = sorted((HERE.parent / "rules" / "plans").glob("*.yaml"))
    named = [
        str(path) for path in texts if path.name.split(".")[0] in ("yanqing", "tongzhou", "daxing", "chaoyang", "yanan")
    ]
    script.write_text(
        f"import yaml\nfor path in {named!r}:\n    yaml.load(open(path, encoding='utf-8'), yaml.CSafeLoader)\n",
        encoding="utf-8",
    )
    plans = ["yanqing", "tongzhou", "daxing", "chaoyang", "yanan"]
    what, ours = "lint: the five plans of districts", [*DABIAO, "lint", *plans]
    return [
        Case(what + (", seen before" if kept else ", the first time"), ours, [sys.executable, str(script)], kept)
        for kept in (False, True)
    ]


def make_sheets(folder: Path) -> list[Case]:
    """A thousand sheets of a hundred facts, read, judged and written."""
    (folder / "bench.plan.yaml").write_text(reading.plan_text(), encoding="utf-8")
    cases = []
    for form, write, what in (("yaml", reading.write_yaml, "YAML"), ("xlsx", reading.write_xlsx, "workbooks")):
        (folder / form).mkdir()
        write(folder / form, 1000)
        check = [
            *DABIAO,
            "check",
            str(folder / "bench.plan.yaml"),
            str(folder / form),
            "-o",
            f"csv:{folder / form}.csv",
        ]
        script = [sys.executable, str(HERE / "by_hand.py"), form, str(folder / form), str(folder / f"{form}-hand.csv")]
        cases.append(Case(f"check: 1,000 sheets as {what} to CSV", check, script))
    return cases


def make_findings(folder: Path) -> list[Case]:
    """Fifty thousand findings in each format."""
    findings.write_inputs(folder, 10_000)
    cases = []
    for form in findings.FORMATS:
        check = [
            *DABIAO,
            "check",
            str(folder / "bench.plan.yaml"),
            str(folder / "sheet"),
            "-o",
            f"{form}:{folder / form}",
        ]
        hand = [sys.executable, str(HERE / "findings.py"), "--by-hand", str(folder), form]
        cases.append(Case(f"check: 50,003 findings to {form}", check, hand if form not in ("json", "html") else None))
    return cases


def make_data_set(rows: int) -> Callable[[Path], list[Case]]:
    """A data set in 3,000 districts, from Parquet to Parquet."""

    def make(folder: Path) -> list[Case]:
        dataset.write_data_set(folder, rows)
        inputs = [str(folder / "bench.plan.yaml"), str(folder / "dataset.facts.yaml")]
        script = [sys.executable, str(folder / "by_hand.py"), str(folder)]
        ours = [*DABIAO, "check", *inputs, "-o", f"parquet:{folder / 'out'}/"]
        what = f"check: a data set of {rows:,} rows to Parquet"
        return [
            Case(f"{what}, the five columns of the script", [*ours, "--columns", ",".join(dataset.COLUMNS)], script),
            Case(f"{what}, all 38 columns", ours, script),
        ]

    return make


def make_budget(folder: Path) -> list[Case]:
    """A budget at full size, without a limit and with one, in a minute each."""
    rng = random.Random(1)
    sheet, costs, plan = (folder / f"bench.{form}.yaml" for form in ("facts", "costs", "plan"))
    sheet.write_text(budget.sheet_text(700, 500, rng), encoding="utf-8")
    costs.write_text(budget.costs_text(700, 500, 200, rng), encoding="utf-8")
    plan.write_text(budget.plan_text(700, rng), encoding="utf-8")
    ask = [*DABIAO, "budget", str(plan), str(sheet), "--costs", str(costs), "-o", f"json:{folder / 'budget.json'}"]
    ask += ["--time-limit", "60"]
    what = "budget: 700 commitments, 500 homes, 5 years, 200 actions"
    return [Case(f"{what}, no limit", ask, None), Case(f"{what}, 3,000 万元", [*ask, "--limit", "3000 万元"], None)]


CASES: dict[str, Callable[[Path], list[Case]]] = {
    "cold": make_cold,
    "lint": make_lint,
    "sheets": make_sheets,
    "findings": make_findings,
    "million": make_data_set(1_000_000),
    "ten-million": make_data_set(10_000_000),
    "budget": make_budget,
}


def run(case: Case, folder: Path) -> str:
    """Run a case and its script in turns; return its row of the table."""
    os.environ["DABIAO_CACHE"] = str(kept := folder / "kept")
    for _ in range(2 if case.kept else 0):  # a plan that was seen twice is kept
        dataset.measure(case.command)
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    while len(ours) < (1 if ours and ours[0][0] > LONG else 3):
        for made in (folder / "out", *(() if case.kept else (kept,))):
            shutil.rmtree(made, ignore_errors=True)
        ours.append(dataset.measure(case.command))
        if case.script:
            theirs.append(dataset.measure(case.script))
    seconds, memory = min(ours), max(most for _, most in ours)
    row = f"| {case.what} | {seconds[0]:.2f} |"
    if not theirs:
        return f"{row} | | {memory:,.0f} MiB | |"
    hand, most = min(theirs)[0], max(most for _, most in theirs)
    return f"{row} {hand:.2f} | {seconds[0] / hand:.1f} | {memory:,.0f} MiB | {most:,.0f} MiB |"


def describe() -> str:
    """Say when and on what machine the table was made."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    where = f"{os.cpu_count()} processors ({platform.machine()}), {memory:.0f} GiB, Python {platform.python_version()}"
    return f"Dabiao {__version__}, {date.today():%Y-%m-%d}, {where}.\n\n"


def main() -> None:
    """Run the cases, print the table, write it into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"the cases to run, of {', '.join(CASES)}; all unless given"
    )
    parser.add_argument("--write", type=Path, help="a page with the marks of a table")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(CASES):
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(CASES)}")
    rows = []
    for name in asked.names or CASES:
        with tempfile.TemporaryDirectory() as made:
            for case in CASES[name](Path(made)):
                rows.append(run(case, Path(made)))
                print(rows[-1], flush=True)
    if asked.write:
        table = describe() + HEAD + "".join(f"{row}\n" for row in rows)
        text = asked.write.read_text(encoding="utf-8")
        asked.write.write_text(MARK.sub(lambda _: table, text), encoding="utf-8")


if __name__ == "__main__":
    main()
